"""Values between the author's process and the student's: plain copies, and numbers for what stays where it is.

Operators cross by the name of their special method. Beside the tags of `wire.values`:
    ["ref",n,kind,[names],plain]  an object of the sender's; kind: object, function, iterator, generator, class, opaque;
                                  names are those of its classes, nearest first, then of operators; plain is what it
                                  holds, or its text of help
    ["own",n]                     an object of the receiver's
    ["arg",i]                     the i-th argument of the call that is answered, a mutable one
    ["builtin",name] ["stringio",text,n] ["notimplemented"]
    ["packed",dtype,[shape],base64]  an array of numbers, as its bytes
    ["ints",bool,[int...]]        to the student's side: many small ones, as a list, or else a tuple
"""

import builtins
import copy
import operator
from _io import StringIO  # not by `io`, where a test text may patch it
from binascii import a2b_base64
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, GeneratorType, MethodType
from typing import Any

from ..wire import tables, values as wire
from ..wire.decode import Decoder
from ..wire.frames import Json, Names

#: What a call is given.
Args = tuple[Any, ...]
_TWO = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split()

#: Operators whose method says NotImplemented where it does not know the other operand.
BINARY = frozenset(
    [f"__{way}{name}__" for name in _TWO for way in ("", "r", "i")]
    + [f"__{name}__" for name in "lt le gt ge eq ne".split()]
)


def _method(name: str) -> Callable[..., Any]:
    return lambda value, *args: getattr(value, name)(*args)


_BY_BUILTIN = "len iter next bool str repr hash int float complex bytes abs round format reversed".split()
_BY_OPERATOR = "index neg pos invert getitem setitem delitem contains".split()

#: Those that Python itself carries out best: it knows what to do where a method is missing.
PLAIN: dict[str, Callable[..., Any]] = {
    **{f"__{name}__": vars(builtins)[name] for name in _BY_BUILTIN},
    **{f"__{name}__": getattr(operator, name) for name in _BY_OPERATOR},
    "__call__": lambda value, *args, **named: value(*args, **named),
    "__copy__": copy.copy,
    "__deepcopy__": copy.deepcopy,
    **{name: _method(name) for name in "__enter__ __exit__ __trunc__ __floor__ __ceil__".split()},
}
ALL = frozenset(BINARY | PLAIN.keys())

#: What generators have beside, and what is done to attributes and to what is derived from a plain type.
GENERATORS = {name: _method(name) for name in ("send", "throw", "close")}
_OTHERS: dict[str, Callable[..., Any]] = {
    **GENERATORS, "get": getattr, "set": setattr, "plain": lambda value: wire_copy(value),
}  # fmt: skip


def apply(name: str, args: list[Any], named: Names) -> Any:
    """Carry out one operator on `args[0]`; Python tells what is missing. Raises KeyError for others."""
    if name not in BINARY:
        return (PLAIN.get(name) or _OTHERS[name])(*args, **named)
    method = getattr(type(args[0]), name, None)
    return NotImplemented if method is None else method(*args)


def defined(kind: type) -> list[str]:
    """The operators that a class or a base of it defines, `object` aside."""
    bases = [base for base in _mro(kind) if base is not object]
    return list(dict.fromkeys(name for base in bases for name in _space(base) if name in ALL))


MUTABLE = (list, dict, set, bytearray)
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, type(str.upper), type("".__len__), type(str.__len__))
_WRAPPERS = ("partial", "_lru_cache_wrapper", "method-wrapper", "_SingleDispatchCallable")
_NAMES, _HELP, _MOST_HELD, _MANY, _SMALL = 150, 2000, 1000, 1000, 2**53
_mro = type.__dict__["__mro__"].__get__
_space = type.__dict__["__dict__"].__get__
BUILTINS = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}

#: Python's own that do no harm whoever calls them; any other of a student's stays on that side, and is called there.
HARMLESS = {
    name: value
    for name, value in BUILTINS.items()
    if isinstance(value, type)
    and issubclass(value, BaseException)
    or name
    in "bool int float complex str bytes bytearray list tuple dict set frozenset range slice object enumerate zip map "
    "filter reversed abs all any ascii bin callable chr divmod format hash hex id isinstance issubclass iter len max "
    "min next oct ord pow print repr round sorted sum".split()
}
_NAME_OF = {id(value): name for name, value in BUILTINS.items()}


class Side:
    """One of the two processes: its objects that the other may name, and stand-ins for the other's.

    A subclass says which objects of its own are named rather than copied, and makes the stand-ins.
    """

    lends = borrows = BUILTINS  #: which of Python's own are told by name, and which of the other's are believed

    joins_ints = False  #: whether many small ints are written as JSON's own numbers: a million of them are one value

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.stand_ins: dict[int, Any] = {}
        self._stood_for: dict[int, int] = {}

    def refer(self, value: Any, kind: type) -> list[Any] | None:
        """How an own object that is no plain value is named; None where it is to be copied."""
        raise NotImplementedError

    def unknown(self, value: Any, kind: type) -> list[Any] | None:
        """How an own object of a package's class is named; None where it cannot be told of."""
        return None

    def make(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        """A stand-in for an object of the other side; `plain` is a copy of what it holds, or None."""
        raise NotImplementedError

    def ref(self, value: Any, kind: str, names: list[str], plain: Any = ("none",)) -> list[Any]:
        """An own object on the wire, from now on kept."""
        number = self._numbers.setdefault(id(value), len(self.objects))
        if number == len(self.objects):
            self.objects.append(value)
        return ["ref", number, kind, [str.__str__(n)[:200] for n in names[:_NAMES]], list(plain)]

    def stands_for(self, value: Any) -> int | None:
        """The number of the other's object, if this is a stand-in."""
        return self._stood_for.get(id(value))

    def stand_in(self, number: int, value: Any) -> Any:
        """Remember a stand-in."""
        self.stand_ins[number] = value
        self._stood_for[id(value)] = number
        return value

    def encode(self, value: Any, arguments: Args = ()) -> Any:
        """`value` on the wire, where `arguments` are those of a call. Raises wire.Unsupported."""
        tables.capture()
        return _Encoder(self, arguments).encode(value)

    def decode(self, value: Any, arguments: Args = ()) -> Any:
        """A value from the wire. Raises wire.WireError and wire.Unsupported."""
        return _Decoder(self, arguments).decode(value)

    def asking(self, args: Args, named: Names) -> Json:
        """The arguments of a request."""
        return {"args": [self.encode(v) for v in args], "named": {n: self.encode(v) for n, v in named.items()}}

    def arguments(self, frame: Json) -> tuple[list[Any], Json]:
        """The same as they came."""
        return [self.decode(v) for v in frame["args"]], {n: self.decode(v) for n, v in frame["named"].items()}


def is_mutable(value: Any) -> bool:
    """A container or table whose changes are told to the other side: what a call does to it is seen there."""
    return type(value) in MUTABLE or wire.is_table(type(value)) and hasattr(type(value), "__setitem__")


def replace(old: Any, new: Any) -> None:
    """Give a mutable container the content of another of its kind."""
    if hasattr(old, "_update_inplace"):  # a frame or series
        old._update_inplace(new)
    elif hasattr(old, "dtype"):
        old[...] = new
    elif isinstance(old, (list, bytearray)):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)


class _Encoder(wire.Encoder):
    packs = True

    def __init__(self, side: Side, arguments: Args) -> None:
        super().__init__(True)
        self._side = side
        self._arguments = {id(value): index for index, value in enumerate(arguments) if is_mutable(value)}

    def encode(self, value: Any) -> Any:
        kind = type(value)
        number = self._side.stands_for(value)
        if number is not None:
            return ["own", number]
        if id(value) in self._arguments:
            return ["arg", self._arguments[id(value)]]
        if not wire.is_plain(kind):
            found = self._special(value, kind) or self._side.refer(value, kind)
            if found is not None:
                return found
        if self._side.joins_ints and kind in (list, tuple) and len(value) > _MANY:
            if all(type(one) is int and -_SMALL < one < _SMALL for one in value):
                return ["ints", kind is list, list(value)]
        return super().encode(value)

    def unknown(self, value: Any, kind: type) -> Any:
        """One of a package's own classes may be named."""
        return self._side.unknown(value, kind) or super().unknown(value, kind)

    def _special(self, value: Any, kind: type) -> list[Any] | None:
        """What is a value of Python's own, and is no wire's."""
        if value is NotImplemented:
            return ["notimplemented"]
        name = _NAME_OF.get(id(value))
        if name in self._side.lends:
            return ["builtin", name]
        if kind.__module__ == "_io" and kind.__name__ == "StringIO":
            return ["stringio", self.text(value.getvalue()), value.tell()]
        return None


def copied(side: Side, value: Any, kind: type) -> Any:
    """On the wire, what an object of a class derived from a plain type or a table's holds; none where it is large."""
    base = next((b for b in _mro(kind) if wire.is_plain(b) or wire.is_table(b)), None)
    if base is None or base in MUTABLE and base.__len__(value) > _MOST_HELD:
        return ["none"]
    try:
        if wire.is_plain(base):
            return side.encode(wire_copy(value))
        return wire.Encoder.encode(_Encoder(side, ()), value)
    except wire.Unsupported:
        return ["none"]


def wire_copy(value: Any) -> Any:
    """What an object of a class derived from a plain type holds, as that type."""
    base = next((b for b in _mro(type(value)) if wire.is_plain(b)), None)
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
    #: a class crosses as a reference
    tags = (Decoder.tags - {"type"}).union("ref own arg builtin stringio notimplemented packed ints".split())

    def __init__(self, side: Side, arguments: Args) -> None:
        super().__init__({})
        self._side = side
        self._arguments = arguments

    def _ref(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        known = self._side.stand_ins.get(number)
        return known if known is not None else self._side.make(number, kind, names, self.value(plain))

    def _own(self, number: int) -> Any:
        if not 0 <= number < len(self._side.objects):
            raise wire.WireError("no such object")
        return self._side.objects[number]

    def _arg(self, index: int) -> Any:
        if not 0 <= index < len(self._arguments):
            raise wire.WireError("no such argument")
        return self._arguments[index]

    def _builtin(self, name: str) -> Any:
        if name not in self._side.borrows:
            raise wire.WireError("not to be had from the other side")
        return self._side.borrows[name]

    def _stringio(self, text: str, at: int) -> Any:
        made = StringIO(text)
        made.seek(at)
        return made

    def _packed(self, dtype: str, shape: list[int], text: str) -> Any:
        import numpy as np

        return np.frombuffer(a2b_base64(text), dtype).reshape(shape).copy()

    def _notimplemented(self) -> Any:
        return NotImplemented

    def _ints(self, is_list: bool, items: list[int]) -> Any:
        return items if is_list else tuple(items)


def builtin_error(names: list[str]) -> Any:
    """The first of these that is an exception of Python's own; None where none is."""
    kinds = [BUILTINS[n] for n in names if isinstance(BUILTINS.get(n), type)]
    return next((kind for kind in kinds if issubclass(kind, BaseException)), None)


OWN = "__main__."  #: before the name of an exception's class that has the name of one of Python's, and is none
_ANOTHER = "another."  #: before the name of one that has the name of another class of the student's


def error_names(kind: type, namespace: Names) -> list[str]:
    """The names of an exception's class and its bases, nearest first.

    Python's names are for what is Python's alone, those of `namespace` for what stands there.
    """
    found = []
    for name, base in zip(wire.type_names(kind)[:50], _mro(kind), strict=False):
        known = namespace.get(name)
        if name in BUILTINS:
            found.append(name if BUILTINS[name] is base else OWN + name)
        else:
            found.append(_ANOTHER + name if isinstance(known, type) and known is not base else name)
    return found


def help_of(value: Any) -> list[str]:
    """Its text of help on the wire; none where it has none."""
    doc = getattr(value, "__doc__", None)
    return ["str", str.__str__(doc)[:_HELP]] if isinstance(doc, str) else ["none"]


def form_of(value: Any, kind: type) -> str | None:
    """ "function", "generator" or "iterator" for what crosses as that, whoever made it."""
    if isinstance(value, _FUNCTIONS) or (kind.__module__ == "functools" and kind.__name__ in _WRAPPERS):
        return "function"
    if kind is GeneratorType:
        return "generator"
    own = kind.__module__ in ("builtins", "itertools", "_collections", "_csv")  # of containers, map, zip and the like
    return "iterator" if own and hasattr(kind, "__next__") else None
