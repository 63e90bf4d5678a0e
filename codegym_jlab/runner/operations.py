"""The operators that may be used on an object of the other side, by the name of their special method."""

from __future__ import annotations

import operator

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

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
    "__aenter__": lambda value: value.__aenter__(),
    "__aexit__": lambda value, *error: value.__aexit__(*error),
    "__aiter__": lambda value: value.__aiter__(),
    "__anext__": lambda value: value.__anext__(),
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
