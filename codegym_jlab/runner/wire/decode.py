"""From the wire to values again: plain builtins, the standard library's values, arrays and tables.

Used inside a sandbox alone: on the author's side for copies of what a student's code gave, on the student's side for
inputs that the author's side drew. No class of the other side is ever built: a dataclass or enum becomes this side's
own class of that name, or a plain record.
"""

import builtins
import sys
from binascii import a2b_base64
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from typing import Any

from .frames import Names
from .values import Unsupported, WireError

_BUILTINS = dict(vars(builtins))
_DTYPES = tuple("bool int uint float complex datetime64 timedelta64 Int UInt Float boolean".split())
#: What crosses as its base, and is rebuilt where the wire names it: the class, by its module.
_TYPED = {"Counter": "collections", "OrderedDict": "collections", "deque": "collections", "bytearray": "builtins"}
_MOST_ALIKE = 100  #: keys of one hash
_HELD = ("dict", "list", "bytes")  #: what those are made of: of a range that is claimed, a copy would fill the memory
#: What a cell of an array of numbers or moments may be.
_CELLS = frozenset("bool int float complex none datetime date timedelta nat na masked".split())


class Record:
    """A value of a class that is not there: its fields, and nothing that it could do."""

    def __init__(self, kind: str, fields: Names) -> None:
        self.__dict__.update(fields)
        self.__dict__["_kind"] = kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(_hash_of(value) for value in vars(self).values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if name != "_kind")
        return f"{self.__dict__['_kind']}({fields})"


def _hash_of(value: Any) -> int:
    try:
        return hash(value)
    except TypeError:  # of a list, say
        return 0


def decode(value: Any, classes: Names | None = None) -> Any:
    """A value from its tagged lists. `classes`: this side's own, by name, for dataclasses and enums.

    Raises WireError for what is no value, and Unsupported for one that cannot be built here.
    """
    return Decoder(classes or {}).decode(value)


class Decoder:
    """See `decode`. A subclass adds tags of its own."""

    tags = frozenset("dict slice enum dataclass exception type typed ndarray series frame".split())

    def __init__(self, classes: Names) -> None:
        self._classes = classes

    def decode(self, value: Any) -> Any:
        """See `decode`."""
        try:
            return self.value(value)
        except (WireError, Unsupported, MemoryError):
            raise
        except Exception as e:  # a set of an answer's own lists that have a hash there; a forged date of letters
            raise Unsupported(str(value[0])) from e

    def value(self, value: Any) -> Any:
        """One value, raising whatever its parts raise."""
        tag, parts = value[0], value[1:]
        if tag in _PLAIN:
            return _PLAIN[tag](*parts)
        if tag in _COLLECTIONS:
            return _COLLECTIONS[tag](self.values(*parts))
        if tag not in self.tags:
            raise WireError("unknown kind of value")
        return getattr(self, f"_{tag}")(*parts)

    def values(self, items: Any) -> list[Any]:
        """Each of a list's values."""
        return [self.value(item) for item in items]

    def _dict(self, pairs: Any) -> Any:
        keys = _spread(self.values(key for key, _ in pairs))
        return dict(zip(keys, self.values(value for _, value in pairs), strict=True))

    def _slice(self, *parts: Any) -> Any:
        return slice(*self.values(parts))

    def _enum(self, kind: str, member: str) -> Any:
        own = self._classes.get(kind)
        try:
            return own[member]  # type: ignore[index]
        except (TypeError, KeyError):
            return Record(kind, {"name": member})

    def _dataclass(self, kind: str, fields: Any) -> Any:
        values = {name: self.value(part) for name, part in fields}
        own = self._classes.get(kind)
        if not hasattr(own, "__dataclass_fields__"):
            return Record(kind, values)
        made = object.__new__(own)  # type: ignore[arg-type]
        try:
            for name, part in values.items():
                object.__setattr__(made, name, part)
        except (AttributeError, TypeError):  # fields that this side's class does not have
            return Record(kind, values)
        return made

    def _exception(self, kind: str, args: Any) -> Any:
        found = _BUILTINS.get(kind)
        base: Any = found
        if not isinstance(found, type) or not issubclass(found, BaseException):
            base = type(kind, (Exception,), {"__module__": "__main__"})
        return error_with(base, tuple(self.values(args)))

    def _type(self, name: str) -> Any:
        found = _BUILTINS.get(name)
        return found if isinstance(found, type) else self._classes.get(name) or type(name, (), {})

    def _typed(self, name: str, inner: Any) -> Any:
        plain = self.value(inner)
        module, _, kind = name.rpartition(".")
        is_held = _TYPED.get(kind) == module and inner[0] in _HELD
        is_scalar = module == "numpy" and module in sys.modules and kind in _SCALARS
        return _of(module, kind)(plain) if is_held or is_scalar else plain

    def _ndarray(self, dtype: str, shape: Any, items: Any) -> Any:
        import numpy as np

        missing: Names = {"masked": np.ma.masked}
        if dtype.startswith(("datetime64", "timedelta64")):
            missing["nat"] = (np.datetime64 if dtype[0] == "d" else np.timedelta64)("NaT")
        flat = [missing[item[0]] if item[0] in missing else self.value(item) for item in items]
        make = np.ma.array if any(item == ["masked"] for item in items) else np.array
        if _is_plain(dtype) and all(item[0] in _CELLS for item in items):
            return make(flat, dtype=dtype).reshape(shape)
        if flat and all(isinstance(item, (str, bytes)) for item in flat):
            return make(flat).reshape(shape)  # the dtype is found anew, a width that is claimed is not trusted
        out = np.empty(len(flat), object)
        for place, value in enumerate(flat):  # all at once, numpy would unfold lists and ranges
            out[place] = value
        return out.reshape(shape)

    def _series(self, name: Any, index: Any, dtype: str, items: Any) -> Any:
        import pandas as pd

        column = _column(pd, self.values(items), dtype)
        column.index = _index(pd, self.values(index))
        column.name = self.value(name)
        return column

    def _frame(self, columns: Any, index: Any, dtypes: Any, data: Any) -> Any:
        import pandas as pd

        parts = {n: _column(pd, self.values(items), d) for n, (items, d) in enumerate(zip(data, dtypes, strict=True))}
        frame = pd.DataFrame(parts, index=range(len(index)))
        frame.columns = _index(pd, self.values(columns))
        frame.index = _index(pd, self.values(index))
        return frame


def error_with(kind: Any, args: tuple[Any, ...]) -> BaseException:
    """An exception of that class, which is not asked to make it."""
    made: BaseException = kind.__new__(kind, *args)
    made.args = args
    return made


def _spread(keys: list[Any]) -> list[Any]:
    """`keys`, unless so many share one hash that to look them up takes the square of their number.

    Raises TypeError for what has no hash, and Unsupported.
    """
    if len(keys) > _MOST_ALIKE and max(Counter(map(hash, keys)).values()) > _MOST_ALIKE:
        raise Unsupported("dict", "too large")
    return keys


def _is_plain(dtype: str) -> bool:
    """Of one number or moment a cell: with a comma or a bracket numpy makes cells of any size."""
    return dtype.startswith(_DTYPES) and len(dtype) < 40 and not any(sign in dtype for sign in ",()")


def _column(pd: Any, values: list[Any], dtype: str) -> Any:
    known = _is_plain(dtype) or dtype in ("object", "str", "category", "string")
    try:
        return pd.Series(values, dtype=dtype if known else None)
    except (TypeError, ValueError):
        return pd.Series(values, dtype=object)


def _index(pd: Any, labels: list[Any]) -> Any:
    whole = all(type(label) is int for label in labels)
    if labels and whole and labels == list(range(len(labels))):
        return pd.RangeIndex(len(labels))
    return pd.Index(labels)


def integer(text: str) -> int:
    """An int from decimal digits, or from hexadecimal ones."""
    return int(text, 16) if "x" in text else int(text)


def _of(module: str, name: str) -> Any:
    """What a library has under that name, which may be dotted."""
    return attrgetter(name)(import_module(module))


def _made_by(module: str, name: str) -> Callable[..., Any]:
    """What that class or method of a library makes of the parts."""
    return lambda *parts: _of(module, name)(*parts)


_PLAIN: dict[str, Callable[..., Any]] = {
    "none": lambda: None,
    "bool": lambda truth: truth is True,
    "int": integer,
    "float": float.fromhex,
    "complex": lambda real, imag: complex(float.fromhex(real), float.fromhex(imag)),
    "str": str,
    "bytes": a2b_base64,
    "range": lambda *parts: range(*map(integer, parts)),
    "ellipsis": lambda: ...,
    "datetime": _made_by("datetime", "datetime.fromisoformat"),
    "date": _made_by("datetime", "date.fromisoformat"),
    "time": _made_by("datetime", "time.fromisoformat"),
    "timedelta": _made_by("datetime", "timedelta"),
    "decimal": _made_by("decimal", "Decimal"),
    "fraction": lambda a, b: _of("fractions", "Fraction")(integer(a), integer(b)),
    "nat": lambda: _of("pandas", "NaT"),
    "na": lambda: _of("pandas", "NA"),
    "masked": lambda: _of("numpy", "ma.masked"),
    "uuid": _made_by("uuid", "UUID"),
}
_COLLECTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": lambda items: set(_spread(items)),
    "frozenset": lambda items: frozenset(_spread(items)),
}
_SCALARS = frozenset("float64 float32 float16 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool bool_".split())
