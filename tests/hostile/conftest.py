"""Which levels run how much of the corpus: the dear ones run some cases by one of their two test texts, in turn."""

from __future__ import annotations

import os

import pytest

#: One in so many of the cases' test texts is run, and one in so many of the cases without any; else all. A container
#: takes a second or two of processor time for each.
_TEXTS = {"remote": 4, "docker": 16, "docker+runsc": 48}
_CALLS = {"docker": 3, "docker+runsc": 6}


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
    if call is None or not {"room", "case"} <= call.params.keys():
        return False
    one_in = (_TEXTS if "by_test_text" in call.params else _CALLS).get(call.params["room"], 1)
    return bool((call.indices["case"] + call.indices.get("by_test_text", 0)) % one_in)
