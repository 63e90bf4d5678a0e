"""What stands for a student's functions: callable alike, and with what a test text looks at beside: names, attributes.

What it does not mention is not asked for: each question is a frame.
"""

from __future__ import annotations

from types import MethodType

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

    from .proxies import Link

#: Attributes that functools gives to functions.
_OF_FUNCTOOLS = frozenset("cache_info cache_clear cache_parameters __wrapped__ register dispatch registry".split())
_OF_SIGNATURES = ("signature", "getfullargspec", "__annotations__", "__defaults__")
_DEFINED = r"\bdef\s+(\w+)"
_GIVEN = r"\b(\w+)\.(\w+)\s*(?:[-+*/|&]|//)?=(?!=)"
_USED = r"\.(\w+)"


class Curiosity:
    """What a test text looks at in functions."""

    def __init__(self, text: str = "", solution: str = "") -> None:
        self.attributes = bool(text) and _reads_attributes(text, solution)
        self.generators = "isgeneratorfunction" in text
        self.signature = any(word in text for word in _OF_SIGNATURES)
        self.source = "getsource" in text


def _reads_attributes(text: str, solution: str) -> bool:
    names = [part.partition("(")[0].strip() for part in solution.split("def ")[1:]]
    if not any(f"{name}." in solution for name in names) and not any(f".{name}" in text for name in _OF_FUNCTOOLS):
        return False  # most: expressions are compiled anew in each fork
    import re  # not in the zygote: what that holds, each fork pays for

    functions = set(re.findall(_DEFINED, solution))
    given = {attribute for name, attribute in re.findall(_GIVEN, solution) if name in functions}
    return not (given | _OF_FUNCTOOLS).isdisjoint(re.findall(_USED, text))


def stand_in_function(link: Link, number: int, names: list[str], doc: Any) -> Any:
    """`names`: its own, then "coroutine" or "generator" where it is such a function."""
    name, forms = names[0] if names else "function", names[1:]
    if link.curiosity.attributes:
        return Function(link, number, name, doc)
    made = _plain(link, number, forms, link.curiosity.generators)
    made.__name__ = made.__qualname__ = name
    made.__doc__ = doc
    made.__annotations__ = {}
    if link.curiosity.signature:
        _sign(made, link.request("signature", on=["own", number]))
    if link.curiosity.source:
        _show_source(made, name, number, link.request("source", on=["own", number]))
    return made


def _plain(link: Link, number: int, forms: list[str], generators: bool) -> Any:
    def function(*args: Any, **named: Any) -> Any:
        return link.apply({"do": "call", "on": ["own", number]}, args, named)

    async def coroutine(*args: Any, **named: Any) -> Any:
        return await function(*args, **named)

    def generator(*args: Any, **named: Any) -> Any:
        return (yield from function(*args, **named))

    if "coroutine" in forms:
        return coroutine
    return generator if generators and "generator" in forms else function


def _sign(function: Any, told: Any) -> None:
    """`told`: (name, kind, default, annotation) a parameter, what is missing as (); the last is what it returns."""
    import inspect

    if not isinstance(told, list) or not told:
        return
    *parts, (_, _, _, returns) = told
    none = inspect.Parameter.empty
    found = []
    for name, kind, default, annotation in parts:
        function.__annotations__ |= {name: annotation[0]} if annotation else {}
        given = {"default": default[0] if default else none, "annotation": annotation[0] if annotation else none}
        found.append(inspect.Parameter(name, inspect._ParameterKind(kind), **given))
    function.__annotations__ |= {"return": returns[0]} if returns else {}
    function.__signature__ = inspect.Signature(found, return_annotation=returns[0] if returns else none)
    function.__defaults__ = tuple(part[2][0] for part in parts if part[2] and part[1] < 2) or None


def _show_source(function: Any, name: str, number: int, text: Any) -> None:
    """As a file that `inspect` finds; nothing of it is run."""
    import linecache

    if not isinstance(text, str):
        return
    place = f"<{name} {number}>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    function.__code__ = function.__code__.replace(co_filename=place, co_firstlineno=1)


class Function:
    """A function of the student's whose attributes the test text reads."""

    def __init__(self, link: Link, number: int, name: str, doc: Any) -> None:
        mine = {"_link": link, "_on": ["own", number], "__name__": name, "__qualname__": name, "__doc__": doc}
        self.__dict__.update(mine)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._link.apply({"do": "call", "on": self._on}, args, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _OF_FUNCTOOLS:
            raise AttributeError(f"'function' object has no attribute '{name}'")
        found = self._link.request("get", on=self._on, name=name)
        if name != "cache_info":
            return found
        import functools

        return lambda: functools._CacheInfo(*found())

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            return object.__setattr__(self, name, value)
        self._link.request("set", on=self._on, name=name, value=self._link.encode(value))

    def __delattr__(self, name: str) -> None:
        self._link.request("del", on=self._on, name=name)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else MethodType(self, owner)


def told_signature(function: Any) -> list[Any]:
    """In the student's process: what `_sign` reads; nothing where it has none."""
    import inspect

    empty = inspect.Parameter.empty
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    returned = found.return_annotation

    def maybe(value: Any) -> tuple[Any, ...]:
        return () if value is empty else (value,)

    parts = [(p.name, int(p.kind), maybe(p.default), maybe(p.annotation)) for p in found.parameters.values()]
    return [*parts, ("return", 0, (), maybe(returned))]


def told_source(function: Any) -> str | None:
    """In the student's process: the lines that define it."""
    import inspect

    try:
        return inspect.getsource(function)
    except (TypeError, OSError):
        return None


def forms_of(function: Any) -> list[str]:
    """In the student's process: what kind of function."""
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    flags = flags if type(flags) is int else 0
    return [name for name, bit in (("generator", 0x20), ("coroutine", 0x80)) if flags & bit]
