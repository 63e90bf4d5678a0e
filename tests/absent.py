"""What tests need and this machine may lack."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import pytest

from codegym_jlab.hub.postgresql import Missing

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codegym"


class Absent(Missing):
    """It is not there; the text says what brings it. `forever`: nothing does, on this machine."""

    def __init__(self, why: str, forever: bool = False) -> None:
        super().__init__(why)
        self.forever = forever


def skip(problem: Exception) -> NoReturn:
    """Skip the test; in CI, where everything can be had that a machine can have, it fails."""
    if os.environ.get("CI") and not getattr(problem, "forever", False):
        pytest.fail(str(problem))
    pytest.skip(str(problem))


def part(name: str, how: str = "make parts") -> Path:
    """Where a part lies that `how` brings. Raises Absent."""
    found = max(CACHE.glob(f"{name}-*"), default=None)
    if found is None:
        raise Absent(f"{name} is not there: {how}")
    return found


def part_of(name: str) -> Path:
    """The same; the test skips where it is not there."""
    try:
        return part(name)
    except Absent as problem:
        skip(problem)


class Part(Protocol):
    """A program that runs beside the tests."""

    def start(self) -> None:
        """Returns when it answers."""
        ...

    def close(self) -> None:
        """Ends it, and leaves nothing behind."""
        ...


P = TypeVar("P", bound=Part)


@contextmanager
def running(make: Callable[[], P]) -> Iterator[P]:
    """One that runs; tests skip where it is absent."""
    try:
        part = make()
    except Missing as problem:
        skip(problem)
    try:
        part.start()
        yield part
    except Missing as problem:
        skip(problem)
    finally:
        part.close()
