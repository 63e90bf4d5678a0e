"""Whether a check can leave anything behind in its process: code that cannot needs no fork of its own.

Such code computes with values of Python's own types that it made itself, in functions that do the same: it binds no
name outside, sets no attribute, imports nothing, and calls nothing but itself and builtins that change nothing. What is
not known to be so is taken for the contrary. Code that lies about itself gains nothing: it runs in the process of
the cells, as the cells did, and right and wrong are decided elsewhere.
"""

from __future__ import annotations

import math

from . import traceless_sample
from .cells import PRISTINE

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import CodeType
    from typing import Any

globals()["__builtins__"] = PRISTINE  # student code may put others in the place of what is called here

_Function, _Code = type(lambda: None), type((lambda: None).__code__)
_CONSTANTS = frozenset((int, float, complex, bool, type(None), type(...), range))
_GROUPS = frozenset((tuple, frozenset))
_OF_FUNCTIONS = 0x1 | 0x2  # whose names are their own; a module's code binds those of its globals
_GENERATOR = 0x20
_AWAITS = 0x80 | 0x100 | 0x200  # coroutines, those made of generators, and generators that await

#: Not `type`, which makes classes, nor what warns, as `complex` may; bytes are told from text by codecs, which may be
#: the student's.
_CALLED = """
abs all any ascii bin bool callable chr dict divmod enumerate filter float format frozenset hash hex input int
isinstance issubclass iter len list map max min next oct ord pow print range repr reversed round set slice sorted str
sum tuple zip
""".split()
_FAULTS = [name for name, value in PRISTINE.items() if isinstance(value, type) and issubclass(value, BaseException)]
_MATH = {name: value for name, value in vars(math).items() if name[:2] != "__"}
#: Values by their identity: student code may have put others in their place.
_HARMLESS = frozenset(id(PRISTINE[name]) for name in (*_CALLED, *_FAULTS, "Ellipsis")) | frozenset(
    map(id, _MATH.values())
)
_OWN_TYPES = str, int, float, complex, list, tuple, dict, set, frozenset, range, slice
_CODED = {"encode", "to_bytes"}
#: Attributes of values of Python's own types, which is all that such code meets.
_ATTRIBUTES = frozenset(name for kind in _OWN_TYPES for name in dir(kind) if name[:2] != "__") - _CODED | {
    "args",
    "__name__",
}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is _Code:
            yield from _codes(constant)


def _steps(given: Sequence[CodeType]) -> frozenset[int]:
    return frozenset(step for whole in given for code in _codes(whole) for step in code.co_code[::2])


#: What the interpreter is told to do by code that leaves nothing behind, whatever its version calls it.
_LINEAR = _steps(traceless_sample.code())
_CATCHING = _steps(traceless_sample.catching()) - _LINEAR
_STEPS = _LINEAR | _CATCHING
_NAMED, _BINDS = (_steps([compile(text, "", "exec")]) for text in ("a", "a = a"))
_BINDS -= _NAMED


class Traces:
    """Of the checks of one group: the functions that they call are looked at once."""

    def __init__(self) -> None:
        self._known: set[int] = set()  #: functions that leave none

    def leaves_none(self, codes: Sequence[CodeType], space: Mapping[str, Any], builtins: Mapping[str, Any]) -> bool:
        """Whether these texts, run one after another in `space`, which is theirs alone, leave nothing outside it."""
        look = _Look(self._known)
        own = frozenset(name for code in codes for name in _bound(code))
        if not all(look.is_harmless(code, space, builtins, own) for code in codes):
            return False
        self._known |= look.met
        return True


def ends_late(code: CodeType) -> bool:
    """Whether a generator of this code may do something once it is left, whenever that is."""
    return not _CATCHING.isdisjoint(code.co_code[::2])


def _bound(code: CodeType) -> Iterator[str]:
    """The names that a text of a check binds in the check's own space."""
    steps = code.co_code
    for place in range(0, len(steps), 2):
        if steps[place] in _BINDS and steps[place + 1] < len(code.co_names):
            yield code.co_names[steps[place + 1]]


class _Look:
    """At one check. Functions may call each other: those that were met are taken for harmless until all are seen."""

    def __init__(self, known: set[int]) -> None:
        self._known = known
        self.met: set[int] = set()

    def is_harmless(
        self, code: CodeType, space: Mapping[str, Any], builtins: Mapping[str, Any], own: frozenset[str] = frozenset()
    ) -> bool:
        """`own`: names that belong to nothing before the code binds them."""
        if code.co_flags & _AWAITS or not _STEPS.issuperset(code.co_code[::2]):
            return False
        if code.co_flags & _GENERATOR and ends_late(code):
            return False
        for name in code.co_names:
            if name in space:
                value = space[name]
                if value is math:
                    if not own >= _MATH.keys():
                        own |= _MATH.keys()
                elif not self._is_fixed(value):
                    return False
            elif name in builtins:
                if id(builtins[name]) not in _HARMLESS:
                    return False
            elif name not in _ATTRIBUTES and name not in own:  # a module's name comes before its attributes'
                return False
            if name in _MATH and vars(math).get(name) is not _MATH[name]:
                return False
        return all(
            self.is_harmless(one, space, builtins, own) if type(one) is _Code else self._is_fixed(one)
            for one in code.co_consts
        )

    def _is_fixed(self, value: object) -> bool:
        """Whether a value from outside is the same however it is used."""
        kind = type(value)
        if kind in _CONSTANTS or id(value) in _HARMLESS:
            return True
        if kind is str:
            return _is_plain(value)  # type: ignore[arg-type]
        if kind in _GROUPS:
            return all(self._is_fixed(part) for part in value)  # type: ignore[attr-defined]
        if kind is slice:
            return all(map(self._is_fixed, (value.start, value.stop, value.step)))  # type: ignore[attr-defined]
        return kind is _Function and self._is_harmless_function(value)

    def _is_harmless_function(self, function: Any) -> bool:
        if id(function) in self._known or id(function) in self.met:
            return True
        self.met.add(id(function))
        code, space, named = function.__code__, function.__globals__, function.__kwdefaults__ or {}
        if function.__closure__ is not None or function.__dict__ or ~code.co_flags & _OF_FUNCTIONS:
            return False  # something hangs on it that a call could change
        builtins = function.__builtins__
        if not type(space) is type(builtins) is type(named) is dict:
            return False  # looking up a name may call something
        if not self._is_fixed(function.__defaults__) or not all(map(self._is_fixed, named.values())):
            return False
        return self.is_harmless(code, space, builtins)


def _is_plain(text: str) -> bool:
    """Whether it is no template that `format` would follow into an object, as "{0.__globals__}"."""
    for field in text.split("{")[1:]:
        end = min((place for place in map(field.find, ":!}") if place >= 0), default=-1)
        if end < 0 or "." in field[:end] or "[" in field[:end]:
            return False
    return True
