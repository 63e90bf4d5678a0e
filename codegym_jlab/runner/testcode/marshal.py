"""Values between the author's process and the student's: plain copies, and numbers for what stays where it is.

Operators cross by the name of their special method. Beside the tags of `wire.values`:
    ["ref",n,kind,[names],plain]  an object of the sender's; kind: object, function, iterator, generator, class, opaque;
                                  names are those of its classes, nearest first, then of operators; plain is what it
                                  holds, or its text of help
    ["own",n]                     an object of the receiver's
    ["mut",i,v]  ["arg",i]        a mutable argument of a call, and the same one again
    ["builtin",name] ["deque",v,v] ["view",kind,[v...]] ["stringio",text,n] ["notimplemented"]
    ["ints",bool,[int...]]        many small ones: a list, or else a tuple
"""

from __future__ import annotations

import builtins
import operator
from _io import StringIO  # not by `io`, where a test text may patch it
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, GeneratorType, MethodType
from typing import Any

from ..wire import tables
from ..wire import values as wire
from ..wire.decode import Decoder

_TWO = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split()

#: Operators whose method says NotImplemented where it does not know the other operand.
BINARY = frozenset(
    [f"__{way}{name}__" for name in _TWO for way in ("", "r", "i")]
    + [f"__{name}__" for name in ("lt", "le", "gt", "ge", "eq", "ne")]
)


def _exit_of(value: Any, *error: Any) -> Any:
    return value.__exit__(*error)


#: Those that Python itself carries out best: it knows what to do where a method is missing.
PLAIN: dict[str, Callable[..., Any]] = {
    "__len__": len,
    "__iter__": iter,
    "__next__": next,
    "__bool__": bool,
    "__str__": str,
    "__repr__": repr,
    "__hash__": hash,
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__bytes__": bytes,
    "__index__": operator.index,
    "__abs__": abs,
    "__neg__": operator.neg,
    "__pos__": operator.pos,
    "__invert__": operator.invert,
    "__round__": round,
    "__format__": format,
    "__reversed__": reversed,
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__contains__": operator.contains,
    "__call__": lambda value, *args, **named: value(*args, **named),
    "__enter__": lambda value: value.__enter__(),
    "__exit__": _exit_of,
    "__copy__": lambda value: __import__("copy").copy(value),
    "__deepcopy__": lambda value, memo=None: __import__("copy").deepcopy(value),
    "__trunc__": lambda value: value.__trunc__(),
    "__floor__": lambda value: value.__floor__(),
    "__ceil__": lambda value: value.__ceil__(),
}

ALL = frozenset(BINARY | PLAIN.keys())


def apply(name: str, args: list[Any], named: dict[str, Any]) -> Any:
    """Carry out one operator on `args[0]`; Python tells what is missing. Raises KeyError for others."""
    if name not in BINARY:
        return PLAIN[name](*args, **named)
    method = getattr(type(args[0]), name, None)
    return NotImplemented if method is None else method(*args)


def defined(kind: type) -> list[str]:
    """The operators that a class or a base of it defines, `object` aside."""
    found = []
    for base in type.__dict__["__mro__"].__get__(kind):
        if base is not object:
            found += [name for name in type.__dict__["__dict__"].__get__(base) if name in ALL]
    return list(dict.fromkeys(found))


_MANY, _MOST_INTS, _MOST_DIGITS = 1000, 1_500_000, 6_000_000
_MUTABLE = (list, dict, set, bytearray)
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, type(str.upper), type("".__len__), type(str.__len__))
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_NAMES, _SMALL, _MOST_HELD = 150, 2**53, 1000
_mro = type.__dict__["__mro__"].__get__
_BUILTINS = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}
_NAME_OF = {id(value): name for name, value in _BUILTINS.items()}
_METHOD_OF = {
    id(value): f"{kind.__name__}.{name}"
    for kind in (str, int, float, list, dict, set, tuple, bytes)
    for name, value in vars(kind).items()
    if not name.startswith("_")
}


#: Python's own that do no harm whoever calls them; any other of a student's stays on that side, and is called there.
HARMLESS = frozenset(
    [name for name, value in _BUILTINS.items() if isinstance(value, type) and issubclass(value, BaseException)]
    + "bool int float complex str bytes bytearray list tuple dict set frozenset range slice object enumerate zip map "
    "filter reversed abs all any ascii bin callable chr divmod format hash hex id isinstance issubclass iter len max "
    "min next oct ord pow print repr round sorted sum".split()
    + [name for name in _METHOD_OF.values() if not name.startswith("str.format")]
)


class Side:
    """One of the two processes: its objects that the other may name, and stand-ins for the other's.

    A subclass says which objects of its own are named rather than copied, and makes the stand-ins.
    """

    lends: frozenset[str] | None = None  #: which of Python's own are told by name; None: all
    borrows: frozenset[str] | None = None  #: which of them are believed

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.closed: set[int] = set()  #: numbers of own objects that the other may name and not use
        self._numbers: dict[int, int] = {}
        self.stand_ins: dict[int, Any] = {}
        self._stood_for: dict[int, int] = {}

    def refer(self, value: Any, kind: type) -> list[Any] | None:
        """How an own object that is no plain value is named; None where it is to be copied."""
        raise NotImplementedError

    def make(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        """A stand-in for an object of the other side; `plain` is a copy of what it holds, or None."""
        raise NotImplementedError

    def expose(self, value: Any) -> int:
        """The number of an own object, from now on kept."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return number

    def ref(self, value: Any, kind: str, names: list[str], plain: Any = ("none",)) -> list[Any]:
        """An own object on the wire."""
        number = self.expose(value)
        if kind == "opaque":
            self.closed.add(number)
        return ["ref", number, kind, [str.__str__(n)[:200] for n in names[:_NAMES]], list(plain)]

    def stands_for(self, value: Any) -> int | None:
        """The number of the other's object, if this is a stand-in."""
        return self._stood_for.get(id(value))

    def stand_in(self, number: int, value: Any) -> Any:
        """Remember a stand-in."""
        self.stand_ins[number] = value
        self._stood_for[id(value)] = number
        return value

    def encode(self, value: Any, shared: Shared | None = None) -> Any:
        """`value` on the wire. What cannot cross is an opaque object."""
        tables.capture()
        known = len(shared.values) if shared is not None else 0
        try:
            return _Encoder(self, shared).encode(value, 0)
        except wire.Unsupported as e:
            if shared is not None:
                shared.forget_after(known)
            return self.ref(value, "opaque", [e.name, e.reason or ""])

    def decode(self, value: Any, shared: Shared | None = None) -> Any:
        """A value from the wire. Raises wire.WireError."""
        return _Decoder(self, shared).decode(value)


class Shared:
    """The mutable arguments of one call, which are the same objects on both sides while it lasts."""

    def __init__(self, growing: bool = False) -> None:
        """`growing`: those that are encoded are numbered; else only what was numbered before is known again."""
        self.values: list[Any] = []
        self.growing = growing
        self._indices: dict[int, int] = {}
        self._before: list[Any] = []

    def add(self, value: Any) -> int:
        """Number one more."""
        self._indices[id(value)] = len(self.values)
        self.values.append(value)
        return len(self.values) - 1

    def forget_after(self, count: int) -> None:
        """Keep the first `count` alone."""
        for value in self.values[count:]:
            del self._indices[id(value)]
        del self.values[count:]

    def index(self, value: Any) -> int | None:
        """Its number, if it has one."""
        return self._indices.get(id(value))

    def remember(self, side: Side) -> None:
        """Before the call: how they are."""
        self._before = self._contents(side)

    def changed(self, side: Side) -> list[list[Any]]:
        """After the call: number and content of those that are different now."""
        after = self._contents(side)
        return [[i, new] for i, (old, new) in enumerate(zip(self._before, after, strict=True)) if old != new]

    def _contents(self, side: Side) -> list[Any]:
        found = []
        for value in self.values:
            try:
                encoder = _Encoder(side, self)
                found.append(encoder.content(value))
            except wire.Unsupported as e:
                found.append(side.ref(value, "opaque", [e.name, e.reason or ""]))
        return found

    def apply(self, side: Side, changes: list[list[Any]]) -> None:
        """On the caller's side: make the arguments what the call has made of them."""
        for index, content in changes:
            old, new = self.values[index], side.decode(content, self)
            if type(old) is type(new):
                replace(old, new)


def replace(old: Any, new: Any) -> None:
    """Give a mutable container the content of another of its kind."""
    if isinstance(old, (list, bytearray)):
        old[:] = new
    else:
        old.clear()
        old.update(new)


class _Encoder(wire.Encoder):
    def __init__(self, side: Side, shared: Shared | None) -> None:
        super().__init__(True)
        self._side = side
        self._shared = shared

    def encode(self, value: Any, depth: int) -> Any:
        kind = type(value)
        number = self._side.stands_for(value)
        if number is not None:
            return ["own", number]
        if self._shared is not None and kind in _MUTABLE:
            index = self._shared.index(value)
            if index is not None:
                return ["arg", index]
            if self._shared.growing:
                return ["mut", self._shared.add(value), self.content(value, depth)]
        if not wire.is_plain(kind):
            found = self._special(value, kind, depth) or self._side.refer(value, kind)
            if found is not None:
                return found
        return self.content(value, depth)

    def content(self, value: Any, depth: int = 0) -> Any:
        """A value that is copied; many small ints together are written as JSON's own numbers."""
        kind = type(value)
        if (kind is list or kind is tuple) and len(value) > _MANY and all(map(_is_small, value)):
            if len(value) > _MOST_INTS or len(value) + sum(map(len, map(repr, value))) > _MOST_DIGITS:
                raise wire.Unsupported(wire.name_of(value), "too large")
            return ["ints", kind is list, list(value)]
        return super().encode(value, depth)

    def _special(self, value: Any, kind: type, depth: int) -> list[Any] | None:
        """What is a value of Python's own, and is no wire's."""
        if value is NotImplemented:
            return ["notimplemented"]
        name = _NAME_OF.get(id(value)) or _METHOD_OF.get(id(value))
        if name is not None and (kind is type or kind in _FUNCTIONS):
            lends = self._side.lends
            return ["builtin", name] if lends is None or name in lends else None
        if kind in _VIEWS:
            return ["view", _VIEWS[kind], self.items(list(value), depth)]
        if kind.__module__ == "collections" and kind.__name__ == "deque":
            return ["deque", self.items(list(value), depth), self.encode(value.maxlen, depth + 1)]
        if kind.__module__ == "_io" and kind.__name__ == "StringIO":
            return ["stringio", self.text(value.getvalue()), value.tell()]
        return None

    def _other(self, value: Any, kind: type, depth: int) -> Any:
        try:
            return super()._other(value, kind, depth)
        except wire.Unsupported as e:
            if e.reason is not None:
                raise
            return self._side.ref(value, "opaque", [e.name, ""])


def copied(side: Side, value: Any, kind: type) -> Any:
    """On the wire, what an object of a class derived from a plain type or a table's holds; none where it is large."""
    base = next((b for b in kind.__mro__ if wire.is_plain(b) or wire.is_table(b)), None)
    if base is None or base in _MUTABLE and base.__len__(value) > _MOST_HELD:
        return ["none"]
    if wire.is_plain(base):
        return side.encode(wire_copy(value))
    try:
        return _Encoder(side, None).content(value)
    except wire.Unsupported:
        return ["none"]


def wire_copy(value: Any) -> Any:
    """What an object of a class derived from a plain type holds, as that type."""
    base = next((b for b in type(value).__mro__ if wire.is_plain(b)), None)
    if base is None:
        raise TypeError(f"'{type(value).__name__}' holds no plain value")
    if base in (int, float, complex):
        return base.__pos__(value)
    if base is str:
        return str.__str__(value)
    if base is dict:
        return dict(dict.items(value))
    return base(base.__iter__(value)) if hasattr(base, "__iter__") else base(value)


class _Decoder(Decoder):
    def __init__(self, side: Side, shared: Shared | None) -> None:
        super().__init__({})
        self._side = side
        self._shared = shared

    def other(self, tag: str, parts: list[Any]) -> Any:
        method = getattr(self, f"_{tag}", None) if tag in _TAGS else None
        if method is None:
            raise wire.WireError("unknown kind of value")
        return method(*parts)

    def _ref(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        known = self._side.stand_ins.get(number)
        if known is not None:
            return known
        return self._side.make(number, kind, names, self.value(plain))

    def _own(self, number: int) -> Any:
        if not 0 <= number < len(self._side.objects):
            raise wire.WireError("no such object")
        return self._side.objects[number]

    def _ints(self, is_list: bool, items: list[int]) -> Any:
        return items if is_list else tuple(items)

    def _arg(self, index: int) -> Any:
        if self._shared is None or not 0 <= index < len(self._shared.values):
            raise wire.WireError("no such argument")
        return self._shared.values[index]

    def _mut(self, index: int, inner: Any) -> Any:
        """A container is known before its items are, so that they may hold it again."""
        assert self._shared is not None
        value: Any = {"list": list, "ints": list, "dict": dict, "set": set}.get(inner[0], bytearray)()
        if self._shared.add(value) != index:
            raise wire.WireError("arguments out of order")
        replace(value, self.value(inner))
        return value

    def _type(self, name: str) -> Any:
        raise wire.WireError("a class crosses as a reference")

    def _builtin(self, name: str) -> Any:
        if self._side.borrows is not None and name not in self._side.borrows:
            raise wire.WireError("not to be had from the other side")
        kind, _, method = name.partition(".")
        found = _BUILTINS[kind]
        return vars(found)[method] if method else found

    def _view(self, kind: str, items: Any) -> Any:
        values = self.values(items)
        if kind == "keys":
            return dict.fromkeys(values).keys()
        return dict(values).items() if kind == "items" else dict(enumerate(values)).values()

    def _deque(self, items: Any, most: Any) -> Any:
        from collections import deque

        return deque(self.values(items), self.value(most))

    def _stringio(self, text: str, at: int) -> Any:
        made = StringIO(text)
        made.seek(at)
        return made

    def _notimplemented(self) -> Any:
        return NotImplemented


_TAGS = frozenset("ref own arg mut builtin view deque stringio notimplemented ints".split())


def _is_small(value: Any) -> bool:
    return type(value) is int and -_SMALL < value < _SMALL


def class_names(kind: type) -> list[str]:
    """The names of a class and its bases, nearest first."""
    return [str.__str__(wire.class_name(base)) for base in _mro(kind)]


_ANOTHER = "another."  #: before the name of one that has the name of another class of the student's
OWN = "__main__."  #: before the name of an exception's class that has the name of one of Python's, and is none


def error_names(kind: type, namespace: dict[str, Any]) -> list[str]:
    """The names of an exception's class and its bases, nearest first.

    Python's names are for what is Python's alone, those of `namespace` for what stands there.
    """
    found = []
    for name, base in zip(class_names(kind)[:50], _mro(kind), strict=False):
        known = namespace.get(name)
        if name in _BUILTINS:
            found.append(name if _BUILTINS[name] is base else OWN + name)
        else:
            found.append(_ANOTHER + name if isinstance(known, type) and known is not base else name)
    return found


def is_iterator(kind: type) -> bool:
    """True for Python's own iterators: those of containers, files of itertools, map, zip and the like."""
    return kind.__module__ in ("builtins", "itertools", "_collections", "_csv") and hasattr(kind, "__next__")


def form_of(value: Any, kind: type) -> str | None:
    """ "function", "generator" or "iterator" for what crosses as that, whoever made it."""
    if isinstance(value, _FUNCTIONS) or (kind.__module__ == "functools" and kind.__name__ in _WRAPPERS):
        return "function"
    if kind is GeneratorType:
        return "generator"
    return "iterator" if is_iterator(kind) else None


_WRAPPERS = ("partial", "_lru_cache_wrapper", "method-wrapper", "_SingleDispatchCallable")
