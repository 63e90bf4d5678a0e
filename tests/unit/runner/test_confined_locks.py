"""The locks of threads that stand in for multiprocessing's: what is done to both has the same outcome."""

from __future__ import annotations

import threading
from _multiprocessing import SemLock as Real
from collections.abc import Callable
from multiprocessing.synchronize import RECURSIVE_MUTEX, SEMAPHORE
from typing import Any

import pytest

from codegym_jlab.runner.isolation.confined import SemLock

STEPS: dict[str, Callable[[Any], Any]] = {
    "acquire": lambda lock: lock.acquire(False),
    "wait": lambda lock: lock.acquire(True, 0.001),
    "late": lambda lock: lock.acquire(timeout=-1),
    "release": lambda lock: lock.release(),
    "elsewhere": lambda lock: _in_a_thread(lock.release),
    "taken elsewhere": lambda lock: _in_a_thread(lambda: lock.acquire(False)),
    "enter": lambda lock: lock.__enter__() if not lock._is_zero() else None,
    "exit": lambda lock: lock.__exit__(None, None, None),
}


def _in_a_thread(act: Callable[[], Any]) -> Any:
    told: list[Any] = []
    thread = threading.Thread(target=lambda: told.append(_tried(lambda _: act(), None)))
    thread.start()
    thread.join()
    return told[0]


def _tried(act: Callable[[Any], Any], lock: Any) -> Any:
    try:
        return act(lock)
    except (ValueError, AssertionError) as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize(
    ("kind", "value", "most"),
    [(RECURSIVE_MUTEX, 1, 1), (SEMAPHORE, 1, 1), (SEMAPHORE, 0, 2**31 - 1), (SEMAPHORE, 2, 2)],
    ids=["rlock", "lock", "semaphore", "bounded"],
)
@pytest.mark.parametrize(
    "steps",
    [
        "acquire acquire wait release release release",
        "release acquire elsewhere acquire taken_elsewhere release",
        "enter enter late exit exit taken_elsewhere acquire",
        "acquire elsewhere release release acquire acquire late wait",
    ],
)
def test_both_say_the_same(kind: int, value: int, most: int, steps: str) -> None:
    ours, theirs = SemLock(kind, value, most, "/a", True), Real(kind, value, most, f"/cg-test-{id(steps)}-{kind}", True)
    for step in steps.split():
        act = STEPS[step.replace("_", " ") if step.startswith("taken") else step]
        assert _tried(act, ours) == _tried(act, theirs), step
        for state in ("_count", "_is_mine", "_get_value", "_is_zero"):
            assert getattr(ours, state)() == getattr(theirs, state)(), (step, state)
    assert (ours.kind, ours.maxvalue) == (theirs.kind, theirs.maxvalue)
