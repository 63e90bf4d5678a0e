"""Spans: what was done for one submission, and how long each part of it took, for whoever collects traces.

Off unless the settings or OpenTelemetry's own variables name a collector (`otlp.py`); then every verb here costs
less than a microsecond and nothing is imported. A span holds ids, counts and how a process ended. What a student wrote
and printed only where that is switched on; what an author expects, and the verdict of a hidden check, never.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

T = TypeVar("T")
Value = str | int | float | bool | tuple[str, ...]
Role = Literal["internal", "server", "producer", "client"]


class Span:
    """One piece of work under way; this one, where tracing is off, is no one's and does nothing."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """It is over; with an error it has failed, of which its kind is told and not its text."""

    def begin(self) -> Self:
        """As entering, for good: what this task does from here on is a part of it. Ended by `end`."""
        return self

    def call(self) -> Self:
        """Begin to wait for another server's answer: what is done meanwhile is no part of it. Ended by `end`."""
        return self

    def end(self, *, failed: str = "") -> None:
        """It is over; `failed` says of what kind the failure was."""

    def note(self, **known: Value | None) -> None:
        """Attributes that are known only now; None is left out."""

    def show(self, **texts: str) -> None:
        """What a student wrote or printed: kept only where content is switched on."""

    def rename(self, name: str) -> None:
        """Its name, known only now."""


class Tracing(Protocol):
    """Where spans go, once tracing is on."""

    def span(self, name: str, known: dict[str, Value | None]) -> Span: ...
    def span_of(self, carried: str | None, name: str, role: Role, known: dict[str, Value | None]) -> Span: ...
    def carry(self) -> str | None: ...
    def close(self, within_s: float) -> None: ...


nothing = Span()
_tracing: Tracing | None = None


def use(tracing: Tracing | None) -> None:
    """Spans go there from now on; None: nowhere."""
    global _tracing
    _tracing = tracing


def in_use() -> Tracing | None:
    """Where they go."""
    return _tracing


def span(name: str, /, **known: Value | None) -> Span:
    """A part of what is being done here and now; nothing where nobody asked for that. To be entered once."""
    return nothing if _tracing is None else _tracing.span(name, known)


def span_of(carried: str | None, name: str, role: Role = "internal", /, **known: Value | None) -> Span:
    """A part of what `carry` named, elsewhere or earlier; a trace of its own where that is None, or no traceparent."""
    return nothing if _tracing is None else _tracing.span_of(carried, name, role, known)


def carry() -> str | None:
    """What is being done here and now, as a `traceparent` (W3C Trace Context, 55 characters); None where nothing is."""
    return None if _tracing is None else _tracing.carry()


def carried(work: Callable[..., T]) -> Callable[..., T]:
    """The same work, for another thread: what it does there is a part of what is being done here."""
    return work if _tracing is None else partial(contextvars.copy_context().run, work)
