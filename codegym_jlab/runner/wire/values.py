"""Values on the wire: JSON that says of every value what kind it is, and never builds a student's class.

`encode` runs in the sandbox. It reads values through the C slots of the builtin base, captured before any student
code ran, so that a subclass that lies crosses as the plain value that it holds. `check_wire` runs on the host, and
refuses whatever is not of the shapes below.

    ["none"] ["bool",true] ["int","-12"|"0x..."] ["float","0x1.8p+1"|"nan"|"inf"|"-inf"] ["complex",re,im] ["str","..."]
    ["bytes",base64] ["list",[v...]] ["tuple",[v...]] ["set",[v...]] ["frozenset",[v...]] ["dict",[[k,v]...]]
    ["range",a,b,c] ["slice",v,v,v] ["ellipsis"] ["datetime",iso] ["date",iso] ["time",iso]
    ["timedelta",days,seconds,microseconds] ["decimal","1.20"] ["fraction","1","3"] ["uuid",text]
    ["enum",class,member] ["dataclass",class,[[field,v]...]] ["exception",class,[v...]] ["type",name]
    ["ndarray",dtype,[shape],[v...]] ["masked"] ["series",name v,[index v...],dtype,[v...]]
    ["frame",[column v...],[index v...],[dtypes],[[v...]...]] ["nat"] ["na"] ["typed","module.Type",v]
"""

import math
import re
import sys
from binascii import b2a_base64
from collections.abc import Callable
from functools import partial
from typing import Any

MAX_DEPTH = 60
MAX_NODES = 250_000
MAX_CHARS = 4_000_000

_mro = type.__dict__["__mro__"].__get__
class_name = type.__dict__["__name__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_get = object.__getattribute__


class Unsupported(Exception):
    """A value that cannot cross. `name` is its type's; `reason` is "too large", "refers to itself" or None."""

    def __init__(self, name: str, reason: str | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.reason = reason


class WireError(ValueError):
    """What came over the wire is not a value."""


def type_name(kind: type) -> str:
    """The class's own plain name, whatever its metaclass says, at most 200 characters."""
    return str.__str__(class_name(kind))[:200]


def type_names(kind: type) -> list[str]:
    """The names of a class and its bases, nearest first."""
    return [type_name(base) for base in _mro(kind)]


def name_of(value: object) -> str:
    """The name of the value's real class."""
    return type_name(type(value))


def encode(value: Any, exact: bool = False) -> Any:
    """`value` as JSON-ready lists. Raises Unsupported.

    With `exact`, what is of a subclass of a builtin, or a numpy scalar, is wrapped in its type's name.
    """
    try:
        return Encoder(exact).encode(value)
    except (Unsupported, MemoryError):
        raise
    except Exception as e:  # a class so odd that its own slots fail
        raise Unsupported(name_of(value)) from e


#: How a kind of value crosses: the encoder, and the value.
Encode = Callable[["Encoder", Any], Any]


class Encoder:
    """One value's way onto the wire: counts what it holds. `testcode.marshal` has more kinds of values."""

    packs = False  #: whether an array of numbers crosses as its bytes

    def __init__(self, exact: bool) -> None:
        self._exact = exact
        self._nodes = self._chars = self._depth = 0
        self._path: set[int] = set()

    def encode(self, value: Any) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or self._depth > MAX_DEPTH:
            raise Unsupported(name_of(value), "too large")
        self._depth += 1
        found = self.of_kind(value, type(value))
        self._depth -= 1  # what could not be encoded ends all of it
        return found

    def of_kind(self, value: Any, kind: type) -> Any:
        plain = _PLAIN.get(kind)
        if plain is not None:
            return plain(self, value)
        for base in _mro(kind):
            through = _PLAIN.get(base)
            if through is not None:
                return self.typed(kind, through(self, value))
        return self._other(value, kind)

    def typed(self, kind: type, inner: Any) -> Any:
        """`inner`, wrapped in the name of its type where types count."""
        if not self._exact:
            return inner
        module = kind.__module__ if isinstance(kind.__module__, str) else "?"
        return ["typed", f"{module}.{_type_qualname(kind)}"[:300], inner]

    def _other(self, value: Any, kind: type) -> Any:
        for base in _mro(kind):
            found = _BY_TYPE.get(base) or _by_name(base)
            if found is not None:
                return self._guard(value, partial(found, self, value))
        fields = next((vars(b)["__dataclass_fields__"] for b in _mro(kind) if "__dataclass_fields__" in vars(b)), None)
        if isinstance(fields, dict) and not isinstance(value, type):
            return self._guard(value, lambda: self._dataclass(value, fields))
        if BaseException in _mro(kind):
            return self._guard(value, lambda: ["exception", name_of(value), self.items(_args(value))])
        if type in _mro(kind):
            return ["type", self.text(class_name(value)[:200])]
        return self.unknown(value, kind)

    def unknown(self, value: Any, kind: type) -> Any:
        """What stands for a value of no kind that crosses."""
        raise Unsupported(name_of(value))

    def _dataclass(self, value: Any, fields: dict[str, Any]) -> Any:
        pairs = [[str.__str__(n), self.encode(_get(value, n))] for n in fields if isinstance(n, str)]
        return ["dataclass", name_of(value), pairs]

    def _guard(self, value: Any, make: Callable[[], Any]) -> Any:
        """`make()`, with cycles refused and surprises turned into Unsupported."""
        key = id(value)
        if key in self._path:
            raise Unsupported(name_of(value), "refers to itself")
        self._path.add(key)
        try:
            return make()
        except (Unsupported, MemoryError):
            raise
        except Exception as e:
            raise Unsupported(name_of(value)) from e
        finally:
            self._path.discard(key)

    def text(self, text: str) -> str:
        """Count a piece of text against the cap."""
        self._chars += (len(text) if text.isascii() else 6 * len(text)) + 8  # JSON escapes are six characters
        if self._chars > MAX_CHARS:
            raise Unsupported("str", "too large")
        return text

    def packed(self, size: int, content: Callable[[], bytes]) -> str:
        """So many bytes as text."""
        if size > MAX_CHARS * 3 // 4:
            raise Unsupported("bytes", "too large")
        return self.text(b2a_base64(content(), newline=False).decode("ascii"))

    def items(self, values: Any) -> list[Any]:
        """Each of an iterable's items on the wire."""
        return [self.encode(v) for v in values]

    def collect(self, tag: str, iterate: Callable[[Any], Any], value: Any) -> Any:
        """A container, by its base's own iterator."""
        return self._guard(value, lambda: [tag, self.items(iterate(value))])


def is_plain(kind: type) -> bool:
    """True for Python's own plain types."""
    return kind in _PLAIN


def is_table(kind: type) -> bool:
    """True for the classes of arrays and tables that were registered."""
    return kind in _BY_TYPE


_dict_items = dict.items
_args = BaseException.__dict__["args"].__get__
_int_repr, _int_format, _int_bits = int.__repr__, int.__format__, int.bit_length
_float_hex = float.hex


def integer(value: int) -> str:
    """Decimal digits, or hexadecimal where Python's own limit on digits would be near."""
    if _int_bits(value) > 2000:  # some 600 digits: student code may have lowered sys.set_int_max_str_digits to 640
        return ("-" if value < 0 else "") + "0x" + _int_format(abs(int(value)), "x")
    return _int_repr(value)


def _encode_complex(e: Encoder, v: Any) -> Any:
    plain = complex.__pos__(v)
    return ["complex", _float_hex(plain.real), _float_hex(plain.imag)]


def _encode_int(e: Encoder, v: Any) -> Any:
    plain = int.__pos__(v)
    if _int_bits(plain) > 8 * MAX_CHARS // 2:
        raise Unsupported("int", "too large")
    return ["int", e.text(integer(plain))]


def _encode_bytes(e: Encoder, v: Any) -> Any:
    return ["bytes", e.packed(len(memoryview(v)), lambda: v)]


#: The builtins, read through their own slots; subclasses of them come here too.
_PLAIN: dict[type, Encode] = {
    type(None): lambda e, v: ["none"],
    bool: lambda e, v: ["bool", v is True],
    int: _encode_int,
    float: lambda e, v: ["float", _float_hex(v)],
    complex: _encode_complex,
    str: lambda e, v: ["str", e.text(str.__str__(v))],
    bytes: _encode_bytes,
    bytearray: lambda e, v: e.typed(bytearray, _encode_bytes(e, v)),
    list: lambda e, v: e.collect("list", list.__iter__, v),
    tuple: lambda e, v: e.collect("tuple", tuple.__iter__, v),
    set: lambda e, v: e.collect("set", set.__iter__, v),
    frozenset: lambda e, v: e.collect("frozenset", frozenset.__iter__, v),
    dict: lambda e, v: e._guard(v, lambda: ["dict", [e.items(pair) for pair in _dict_items(v)]]),
    range: lambda e, v: ["range", *(e.text(integer(n)) for n in (v.start, v.stop, v.step))],
    slice: lambda e, v: e._guard(v, lambda: ["slice", *e.items((v.start, v.stop, v.step))]),
    type(...): lambda e, v: ["ellipsis"],
}


def _by_name(kind: type) -> Encode | None:
    """How a class of the standard library crosses, if it is the very one that its module holds."""
    module, found = _BY_NAME.get(class_name(kind), ("", None))
    return found if getattr(sys.modules.get(module), class_name(kind), None) is kind else None


# ---------------------------------------------------------------- the standard library's values


def _encode_timedelta(e: Encoder, v: Any) -> Any:
    base = sys.modules["datetime"].timedelta
    return ["timedelta", *(int(getattr(base, n).__get__(v)) for n in ("days", "seconds", "microseconds"))]


def _isoformat(kind: str) -> Encode:
    return lambda e, v: [kind, e.text(getattr(sys.modules["datetime"], kind).isoformat(v))]


#: What is known by the module and name of a base, so that nothing is imported for its sake.
_BY_NAME: dict[str, tuple[str, Encode]] = {
    "timedelta": ("datetime", _encode_timedelta),
    "datetime": ("datetime", _isoformat("datetime")),
    "date": ("datetime", _isoformat("date")),
    "time": ("datetime", _isoformat("time")),
    "Enum": ("enum", lambda e, v: ["enum", name_of(v), e.text(str.__str__(_get(v, "_name_")))]),
    "Decimal": ("decimal", lambda e, v: ["decimal", e.text(sys.modules["decimal"].Decimal.__str__(v))]),
    "Fraction": (
        "fractions",
        lambda e, v: ["fraction", *(e.text(integer(_get(v, n))) for n in ("_numerator", "_denominator"))],
    ),
    "UUID": ("uuid", lambda e, v: ["uuid", e.text(sys.modules["uuid"].UUID.__str__(v))]),
}


_BY_TYPE: dict[type, Encode] = {}


def register(kind: type, through: Callable[[Any, Any], Any]) -> None:
    """Let values of that class cross by `through(encoder, value)`; `tables` does for numpy and pandas."""
    _BY_TYPE[kind] = through


# ---------------------------------------------------------------- what the host lets pass

_INT = re.compile(r"-?(?:[0-9]{1,4000}|0x[0-9a-f]{1,4000000})", re.ASCII)
_FLOAT = re.compile(
    r"nan|inf|-inf|-?0x[01](?:\.[0-9a-f]{1,13})?p(?:[+-][0-9]{1,3}|\+10(?:[01][0-9]|2[0-3])|-10(?:[01][0-9]|2[0-2]))",
    re.ASCII,
)
_TEXT = re.compile(r".*", re.DOTALL)
PACKED = re.compile(r"u?int(?:8|16|32|64)|float(?:32|64)|complex(?:64|128)", re.ASCII)
_LEAVES = {"int": _INT, "float": _FLOAT, "str": _TEXT}

#: What a whole text is like, by its letter below.
_PATTERNS = {
    "I": _INT,
    "R": _FLOAT,
    "T": _TEXT,
    "K": PACKED,
    "B": re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII),
    "M": re.compile(r"[0-9T:.+\- ]{1,60}", re.ASCII),
    "D": re.compile(r"-?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:E[+-]?[0-9]{1,18})?|Infinity|s?NaN[0-9]*)", re.ASCII),
    "U": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII),
}
Shapes = dict[str, tuple[Any, ...]]


def _shapes(table: str) -> Shapes:
    """By tag, its payload: one letter a part.

    v value, V values, P pairs of values, F pairs of a name and a value, C columns of values, S texts, N sizes, n a
    small integer, b a truth value, else a whole text of `_PATTERNS`.
    """
    rows = (word.partition(":") for word in table.split())
    return {tag: tuple(_PATTERNS.get(letter, letter) for letter in letters) for tag, _, letters in rows}


_SHAPES = _shapes("""
    none: bool:b int:I float:R complex:RR str:T bytes:B list:V tuple:V set:V frozenset:V dict:P range:III slice:vvv
    ellipsis: datetime:M date:M time:M timedelta:nnn decimal:D fraction:II uuid:U enum:TT dataclass:TF exception:TV
    type:T ndarray:TNV masked: series:vVTV frame:VVSC nat: na: typed:Tv
""")
#: The tags of `testcode.marshal`, which a process of the student's may send amid a `code` check.
_CROSSING = _SHAPES | _shapes("ref:nTSv own:n arg:n builtin:T stringio:Tn notimplemented: packed:KNB")


def check_crossing(obj: Any) -> Any:
    """The same for a value between the two sides of a `code` check, see `testcode.marshal`. Raises WireError."""
    return check_wire(obj, _CROSSING)


def check_wire(obj: Any, shapes: Shapes = _SHAPES) -> Any:
    """`obj`, fresh from JSON, if it is a value on the wire. Raises WireError. Called by the host, never inside.

    Counts depth and nodes itself, without recursion: what it lets pass is safe to walk.
    """
    nodes = 1
    stack: list[tuple[Any, int]] = [(obj, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > 2 * MAX_DEPTH + 2:  # the sender counts no depth for `typed`
            raise WireError("too large")
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            raise WireError("a value is a list that begins with its tag")
        shape = shapes.get(value[0])
        if shape is None or len(value) != len(shape) + 1:
            raise WireError("unknown kind of value")
        for part, wanted in zip(value[1:], shape, strict=True):
            inner = _inner(part, wanted)
            nodes += len(inner)
            if nodes > 2 * MAX_NODES:
                raise WireError("too large")
            stack += [(one, depth + 1) for one in inner if not _is_leaf(one)]
        _check_whole(value)
    return obj


def _is_leaf(value: Any) -> bool:
    """Whether it is a whole number or text, the commonest values; what is not is looked at in full."""
    if type(value) is not list or len(value) != 2 or type(value[0]) is not str:
        return False
    pattern = _LEAVES.get(value[0])
    text = value[1]
    return pattern is not None and type(text) is str and len(text) <= MAX_CHARS and pattern.fullmatch(text) is not None


def _inner(part: Any, wanted: Any) -> list[Any]:
    """The values that a part holds, once it is of its shape."""
    if isinstance(wanted, re.Pattern):
        if not isinstance(part, str) or len(part) > MAX_CHARS or not (wanted is _TEXT or wanted.fullmatch(part)):
            raise WireError("malformed text")
        return []
    if wanted == "v":
        return [part]
    if wanted in _WHOLE:
        _require(_WHOLE[wanted](part))
        return []
    _require(isinstance(part, list))
    if wanted == "V":
        return list(part)
    if wanted == "C":
        _require(all(isinstance(column, list) for column in part))
        return [v for column in part for v in column]
    _require(all(isinstance(pair, list) and len(pair) == 2 for pair in part))
    if wanted == "F":
        _require(all(isinstance(pair[0], str) for pair in part))
        return [pair[1] for pair in part]
    return [v for pair in part for v in pair]


def _is_small(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**62) < value < 2**62


#: Parts that hold no values.
_WHOLE: dict[str, Callable[[Any], bool]] = {
    "b": lambda part: isinstance(part, bool),
    "n": _is_small,
    "N": lambda part: isinstance(part, list) and len(part) <= 64 and all(_is_small(n) and n >= 0 for n in part),
    "S": lambda part: isinstance(part, list) and all(isinstance(text, str) for text in part),
}


def _require(truth: bool) -> None:
    if not truth:
        raise WireError("malformed value")


def _check_whole(value: list[Any]) -> None:
    """That the parts of one value agree with each other."""
    if value[0] == "ndarray":
        _require(math.prod(value[2]) == len(value[3]))
    elif value[0] == "packed":
        _, dtype, shape, text = value
        size = int(dtype.lstrip("uintfloacmpex")) // 8 * math.prod(shape)
        _require(len(text) % 4 == 0 and len(text) // 4 * 3 - text[-2:].count("=") == size)
    elif value[0] == "bytes":
        _require(len(value[1]) % 4 == 0)
    elif value[0] == "range":
        _require(value[3].strip("-0x") != "")
    elif value[0] == "series":
        _require(len(value[2]) == len(value[4]))
    elif value[0] == "frame":
        _, columns, index, dtypes, data = value
        _require(len(columns) == len(dtypes) == len(data))
        _require(all(len(column) == len(index) for column in data))
