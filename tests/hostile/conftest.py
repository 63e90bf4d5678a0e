"""Which levels run how much of the corpus: the dear ones run some cases by one of their two test texts, in turn."""

from __future__ import annotations

import os

import pytest

#: One in so many of the cases' test texts is run; without any test text each case is.
_ONE_IN = {"remote": 4, "docker": 8, "docker+runsc": 8}


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
    if call is None or not {"room", "case", "by_test_text"} <= call.params.keys():
        return False
    return bool((call.indices["case"] + call.indices["by_test_text"]) % _ONE_IN.get(call.params["room"], 1))
