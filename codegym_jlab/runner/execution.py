"""Running pieces of Python text under a clock and a recording; used for cells and for checks alike."""

from __future__ import annotations

import sys

from .clock import Clock

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ALLOW_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
IS_COROUTINE = 0x80
_compile, _eval = compile, eval

#: What `compile` raises for text that is no program.
NO_PROGRAM = (SyntaxError, ValueError, OverflowError)


class Loop:
    """The event loop of top-level awaits: one for all cells, as in a kernel; a fork takes a new one."""

    def __init__(self) -> None:
        self._runner: Any = None

    def run(self, coroutine: Any) -> Any:
        """Await a coroutine to its end."""
        import asyncio

        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(coroutine)

    def forget(self) -> None:
        """After a fork: the loop belongs to the other process."""
        self._runner = None


def translate(source: str, name: str, mode: str) -> Any:
    """`source` as a code object; `mode` as for `compile`. Raises NO_PROGRAM, MemoryError or RecursionError."""
    return _compile(source, name, mode, _ALLOW_AWAIT, True)


def execute(code: Any, namespace: dict[str, Any], loop: Loop) -> Any:
    """Run a code object, awaiting it if its text had a top-level await. Returns an expression's value."""
    value = _eval(code, namespace)
    return loop.run(value) if code.co_flags & IS_COROUTINE else value


def limited(clock: Clock, action: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """`action()` within its time: its value, or what stopped it."""
    value, error = None, None
    try:
        try:
            clock.start()
            value = action()
        finally:
            clock.stop()
    except BaseException as e:
        error = e
    clock.halt()
    sys.settrace(None)
    sys.setprofile(None)
    return value, error
