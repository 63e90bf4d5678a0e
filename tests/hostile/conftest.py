"""Which levels run how much of the corpus: the dear ones run some cases by one of their two test texts, in turn."""

from __future__ import annotations

import os

import pytest
from contract.classroom import room as room

#: One in so many of the cases' test texts is run, and one in so many of the cases without any; else all. A case takes
#: a second or two of processor time in a container, and many wait for a limit. `make corpus` runs them all.
_TEXTS = {"namespaces": 3, "confined": 6, "remote": 8, "docker": 24, "docker+runsc": 64}
_CALLS = {"remote": 2, "docker": 4, "docker+runsc": 10}
_OWN_TEXTS = {"docker": 4, "docker+runsc": 7}  # of the exercises themselves
_ROOMS = list(_TEXTS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """CODEGYM_WHOLE_CORPUS=1 leaves nothing out."""
    if os.environ.get("CODEGYM_WHOLE_CORPUS"):
        return
    spared = [item for item in items if _is_spared(item)]
    if spared:
        config.hook.pytest_deselected(items=spared)
        items[:] = [item for item in items if item not in set(spared)]


def _is_spared(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    if call is None or "room" not in call.params or not {"case", "exercise"} & call.params.keys():
        return False
    by_text, room = "by_test_text" in call.params, call.params["room"]
    shares = (_TEXTS if by_text else _CALLS) if "case" in call.params else _OWN_TEXTS if by_text else {}
    turn = _ROOMS.index(room) if room in _ROOMS else 0  # so that levels run different ones
    number = call.indices.get("case", 0) + call.indices.get("exercise", 0) + call.indices.get("by_test_text", 0)
    return bool((number + turn) % shares.get(room, 1))
