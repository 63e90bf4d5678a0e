"""Whether a check can leave anything behind in its process: code that cannot needs no fork of its own.

Such code computes with values of Python's own types that it made itself, in functions that do the same: it binds no
name outside, sets no attribute, imports nothing, and calls nothing but itself and builtins that change nothing. What is
not known to be so is taken for the contrary. Code that lies about itself gains nothing: it runs in the process of
the cells, as the cells did, and right and wrong are decided elsewhere.
"""

from __future__ import annotations

from . import traceless_sample
from .cells import PRISTINE

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import CodeType, FunctionType
    from typing import Any

_Function, _Code = type(lambda: None), type((lambda: None).__code__)
_Builtin, _Module = type(len), type(traceless_sample)
_MATH = "math"  #: the one module whose functions change nothing either
_CONSTANTS = frozenset((int, float, complex, str, bytes, bool, type(None), type(...), range))
_GROUPS = frozenset((tuple, frozenset))
_AWAITS = 0x80 | 0x100 | 0x200  # coroutines, those made of generators, and generators that await

_CALLED = """
abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float format frozenset
hash hex int isinstance issubclass iter len list map max min next oct ord pow print range repr reversed round set slice
sorted str sum tuple type zip
""".split()
_FAULTS = [name for name, value in PRISTINE.items() if isinstance(value, type) and issubclass(value, BaseException)]
#: Builtins by their identity: student code may have put others in their place.
_HARMLESS = frozenset(id(PRISTINE[name]) for name in (*_CALLED, *_FAULTS, "NotImplemented", "Ellipsis"))
_OWN_TYPES = str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset, range, slice
#: Attributes of values of Python's own types, which is all that such code meets.
_ATTRIBUTES = frozenset(name for kind in _OWN_TYPES for name in dir(kind) if name[:2] != "__") | {"args", "__name__"}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is _Code:
            yield from _codes(constant)


#: What the interpreter is told to do by code that leaves nothing behind, whatever its version calls it.
_STEPS = frozenset(step for given in traceless_sample.code() for code in _codes(given) for step in code.co_code[::2])


class Traces:
    """Of the checks of one group: the functions that they call are looked at once."""

    def __init__(self) -> None:
        self._known: set[int] = set()  #: functions that leave none

    def leaves_none(self, codes: Sequence[CodeType], space: Mapping[str, Any], builtins: Mapping[str, Any]) -> bool:
        """Whether these texts, run one after another in `space`, which is theirs alone, leave nothing outside it."""
        look = _Look(self._known)
        own = frozenset(name for code in codes for name in code.co_names if name not in space and name[:2] != "__")
        if not all(look.is_harmless(code, space, builtins, own) for code in codes):
            return False
        self._known |= look.met
        return True


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
        for name in code.co_names:
            if name in space:
                value = space[name]
                if not self._is_fixed(value):
                    return False
                if type(value) is _Module:
                    own |= vars(value).keys()
            elif name in builtins:
                if id(builtins[name]) not in _HARMLESS:
                    return False
            elif name not in _ATTRIBUTES and name not in own:  # a module's name comes before its attributes'
                return False
        nested = (constant for constant in code.co_consts if type(constant) is _Code)
        return all(self.is_harmless(one, space, builtins, own) for one in nested)

    def _is_fixed(self, value: object) -> bool:
        """Whether a value from outside is the same however it is used."""
        kind = type(value)
        if kind in _CONSTANTS or id(value) in _HARMLESS:
            return True
        if kind in _GROUPS:
            return all(self._is_fixed(part) for part in value)  # type: ignore[attr-defined]
        if kind is _Builtin or kind is _Module:
            return _MATH == (value.__module__ if kind is _Builtin else value.__name__)  # type: ignore[attr-defined]
        return kind is _Function and self._is_harmless_function(value)  # type: ignore[arg-type]

    def _is_harmless_function(self, function: FunctionType) -> bool:
        if id(function) in self._known or id(function) in self.met:
            return True
        self.met.add(id(function))
        defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        if function.__closure__ is not None or function.__dict__ or not all(map(self._is_fixed, defaults)):
            return False  # something hangs on it that a call could change
        return self.is_harmless(function.__code__, function.__globals__, function.__builtins__)  # type: ignore[attr-defined]
