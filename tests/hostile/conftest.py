"""Which levels run how much of the corpus: the dear ones run some cases by one of their two test texts, in turn."""

from __future__ import annotations

import os
from typing import Any

import pytest
from contract.classroom import room as room

#: One in so many of the cases' test texts is run, and one in so many of the cases without any; else all. A case takes
#: a second or two of processor time in a container, and many wait for a limit. `make corpus` runs them all.
_TEXTS = {"namespaces": 32, "confined": 64, "remote": 64, "docker": 128, "docker+runsc": 512}
_CALLS = {"confined": 8, "remote": 16, "docker": 24, "docker+runsc": 60}
_OWN = {"confined": 2, "remote": 4, "docker": 7, "docker+runsc": 7}  # of the exercises themselves, with or without
_ROOMS = list(_TEXTS)
#: They wait for a limit at each of their checks, more than five seconds; one of them is for `make test`.
_LONG = {"bo-t2", "bo-t3", "bo-t5", "bo-t6", "bo-t7", "gr-10", "tl-2", "tl-9", "wi-3"}
_HANDFUL = 40  #: one in so many of the cases at `confined` is for `make test` too
_QUICK = 3  #: and one in so many of those at `namespaces`


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """CODEGYM_WHOLE_CORPUS=1 leaves nothing out."""
    for item in items:
        if _is_of_the_handful(item):
            item.add_marker("quick")
        elif _is_by_text(item) or _is_left_to_the_full_tier(item):
            item.add_marker("full")
    if os.environ.get("CODEGYM_WHOLE_CORPUS"):
        return
    spared = {item for item in items if _is_spared(item)}
    if spared:
        config.hook.pytest_deselected(items=list(spared))
        items[:] = [item for item in items if item not in spared]


def _call(item: pytest.Item) -> Any:
    call = getattr(item, "callspec", None)
    return call if call is not None and "room" in call.params and {"case", "exercise"} & call.params.keys() else None


def _is_by_text(item: pytest.Item) -> bool:
    call = _call(item)
    return call is not None and {"case", "by_test_text"} <= call.params.keys()


def _is_left_to_the_full_tier(item: pytest.Item) -> bool:
    call = _call(item)
    if call is None or "case" not in call.params:
        return False
    return call.params["case"]["id"] in _LONG or call.indices["case"] % _QUICK > 0


def _is_of_the_handful(item: pytest.Item) -> bool:
    call = _call(item)
    if call is None or call.params["room"] != "confined" or "by_test_text" in call.params:
        return False
    return "case" in call.params and call.indices["case"] % _HANDFUL == 0


def _is_spared(item: pytest.Item) -> bool:
    call = _call(item)
    if call is None or _is_of_the_handful(item):
        return False
    by_text, room = "by_test_text" in call.params, call.params["room"]
    shares = (_TEXTS if by_text else _CALLS) if "case" in call.params else _OWN
    turn = _ROOMS.index(room) if room in _ROOMS else 0  # so that levels run different ones
    number = call.indices.get("case", 0) + call.indices.get("exercise", 0) + call.indices.get("by_test_text", 0)
    return bool((number + turn) % shares.get(room, 1))
