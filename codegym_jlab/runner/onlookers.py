"""What could tell, or be told, that a check ran in the process of the cells and in no fork of its own.

The check's own code leaves nothing behind, but the cells may have laid something that hears of it: a stream of their
own, a hook, a timer, an object that does something once the collector finds it.
"""

from __future__ import annotations

import gc
import sys
from _thread import _count as _threads
from _weakref import ReferenceType as _Reference
from resource import RUSAGE_SELF as _SELF
from resource import getrusage as _usage

from . import traceless, violations
from .capture import Recording, Stream
from .cells import PRISTINE
from .signals import ITIMER_VIRTUAL as _VIRTUAL
from .signals import getitimer as _timer
from .typed import Typed

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

globals()["__builtins__"] = PRISTINE  # student code may put others in the place of what is called here

#: In the cells' text: who asks the collector would be told of other checks' garbage.
_WORDS = "import gc", "gc import", "gc.", "tracemalloc"
#: What is printed to and read from, with what hangs on a class and on an object of it.
_STREAMS = {type(made): (dict(vars(type(made))), vars(made).keys()) for made in (Stream(Recording(1), 1), Typed())}
_TOOLS = range(6)  # of `sys.monitoring`
_Generator: Any = type(_ for _ in ())
_mro, _attributes = type.__dict__["__mro__"].__get__, type.__dict__["__dict__"].__get__
_MUCH_KB = 16 * 1024
_peak_kb: int | None = None  #: of memory, when the last cell was over; before the first, no garbage is a student's


def are_there(texts: Iterable[str]) -> bool:
    """Whether something goes on in this process that hears of a check; `texts` are those of its cells."""
    if _threads() or gc.callbacks or violations.is_overheard() or _timer(_VIRTUAL)[0]:
        return True
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and any(monitoring.get_tool(number) is not None for number in _TOOLS):
        return True
    if any(map(_is_changed, (sys.stdout, sys.stderr, sys.stdin), (Stream, Stream, Typed))):
        return True
    return any(word in text for text in texts for word in _WORDS)


def _is_changed(stream: object, kind: type) -> bool:
    """Whether student code has put something in its place, or hung something on it."""
    methods, names = _STREAMS[kind]
    return type(stream) is not kind or vars(stream).keys() != names or vars(kind) != methods


def note_cell() -> None:
    """A cell is over: what memory was taken by now is not the checks'."""
    global _peak_kb
    _peak_kb = _usage(_SELF).ru_maxrss


class Garbage:
    """While checks run here: the collector may find what the cells left, and what it does then is not undone."""

    def __init__(self, end: Callable[[], object] = bool) -> None:
        """`end` is called before the collector begins where it may set something off. It need not return."""
        self._end = end
        self._is_calm = True

    def watch(self) -> None:
        """From now on."""
        if _peak_kb is not None:
            gc.callbacks.append(self._hear)

    def leave(self) -> bool:
        """No more checks run here; what they left in cycles takes no memory from those to come.

        False where the collector may have set something off.
        """
        if _peak_kb is not None and _usage(_SELF).ru_maxrss - _peak_kb > _MUCH_KB:
            gc.collect()
        if self._hear in gc.callbacks:
            gc.callbacks.remove(self._hear)
        return self._is_calm

    def _hear(self, phase: str, info: dict[str, Any]) -> None:
        if self._hear in gc.callbacks:  # once is enough: checks of this kind make nothing that sets something off
            gc.callbacks.remove(self._hear)
            if _sets_something_off():
                self._is_calm = False
                self._end()


def _sets_something_off() -> bool:
    """Whether anything that the cells made does something when it goes."""
    things: list[Any] = gc.get_objects()
    kinds = set(map(type, things)) - {_Generator}
    if any("__del__" in _attributes(base) for kind in kinds for base in _mro(kind)):
        return True
    if any(type(one) is _Generator and traceless.ends_late(one.gi_code) for one in things):
        return True
    references = {kind for kind in kinds if issubclass(kind, _Reference)}
    return bool(references) and any(one.__callback__ is not None for one in things if type(one) in references)
