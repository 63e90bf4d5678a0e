"""Python's text → its tree."""

import gc
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from codegym_jlab.records import parse


class Finalizer:
    """Its end is Python's own code, at which another thread may go on."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        for _ in range(50):
            pass


@pytest.fixture
def many_switches() -> Iterator[None]:
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5, 2, 2)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("many_switches")
def test_threads_that_make_trees_do_not_disturb_each_other() -> None:
    text, found = "x = [1, (2, 3), f(a, b, c)]\n" * 30, []

    def work(depth: int) -> None:
        if depth:
            return work(depth - 1)
        for _ in range(100):
            Finalizer()
            found.append(len(parse(text).body))
        return None

    threads = [Thread(target=work, args=(depth,)) for depth in (0, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [30] * 200
