"""What stands for a student's functions, classes, objects, exceptions and iterators in a test text.

What a text does not mention of a function (its attributes, signature, source) is not asked for: each question is a
frame.
"""

from __future__ import annotations

from types import MethodType

from . import marshal
from .interface import Interface

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

    from .link import Link


_SPECIALS = frozenset(marshal.PLAIN) - {"__str__", "__repr__", "__hash__", "__bool__", "__call__"}
_PLAIN_BASES = (int, float, complex, str, bytes, tuple, frozenset)
_COMPARED = frozenset(f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge"))


class UnsupportedValue(BaseException):
    """The test text uses a value of a kind that may not be used. It passes every `except Exception`."""

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(f"an unsupported kind of value: {name}")
        self.name, self.reason = name, reason


class Garbled(BaseException):
    """What came from the student's side is no value."""


def is_error(names: list[str]) -> bool:
    """True for the class names of an exception."""
    return "BaseException" in names


class ClassProxy(type):
    """The class of a class that stands for a student's."""

    _link: Link
    _of: str

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any], **own: Any) -> Any:
        if not own:
            raise TypeError(f"a test cannot derive a class from the answer's `{bases[0].__name__}`")
        space |= {"_link": own["link"], "_of": own["of"], "__module__": "__main__"}
        return super().__new__(mcs, name, bases, space)

    def __init__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any], **own: Any) -> None:
        super().__init__(name, bases, space)

    def __call__(cls, *args: Any, **named: Any) -> Any:
        return cls._link.apply({"do": "call", "on": _on(cls)}, args, named)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") or not cls._link.interface.allows(cls._of, name):
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        return cls._link.request("get", on=_on(cls), name=name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__"):
            return super().__setattr__(name, value)
        cls._link.request("set", on=_on(cls), name=name, value=cls._link.encode(value))

    def __delattr__(cls, name: str) -> None:
        if name.startswith("__"):
            return super().__delattr__(name)
        cls._link.request("del", on=_on(cls), name=name)

    def __dir__(cls) -> list[str]:
        return sorted({*super().__dir__(), *cls._link.interface.names_of(cls._of)})

    def __iter__(cls) -> Any:
        return cls._operate("__iter__")

    def __len__(cls) -> Any:
        return cls._operate("__len__")

    def __getitem__(cls, key: Any) -> Any:
        return cls._operate("__getitem__", key)

    def __contains__(cls, item: Any) -> Any:
        return cls._operate("__contains__", item)

    def __bool__(cls) -> bool:
        return True

    def _operate(cls, name: str, *args: Any) -> Any:
        own = cls._link.interface.classes.get(cls._of)
        if own is None or not (hasattr(type(own), name) or name == "__getitem__" and hasattr(own, "__class_getitem__")):
            raise TypeError(f"'{cls.__name__}' does not support {name}")
        return cls._link.apply({"do": "special", "name": name}, (cls, *args), {})


def _on(value: Any) -> list[Any]:
    link = value._link if isinstance(value, ClassProxy) else object.__getattribute__(value, "_codegym")[0]
    number = link.stands_for(value)
    if number is None:  # an object of it came before the class itself
        number = link.stands_for(link.request("global", name=value.__name__))
    return ["own", number]


class _Attributes:
    """Attributes by the author's interface."""

    def __getattr__(self, name: str) -> Any:
        link, number, _ = object.__getattribute__(self, "_codegym")
        if not link.interface.allows(type(self)._of, name):  # type: ignore[attr-defined]
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return link.request("get", on=["own", number], name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        link, number, _ = object.__getattribute__(self, "_codegym")
        if not link.interface.allows(type(self)._of, name):  # type: ignore[attr-defined]
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        link.request("set", on=["own", number], name=name, value=link.encode(value))

    def __delattr__(self, name: str) -> None:
        link, number, _ = object.__getattribute__(self, "_codegym")
        link.request("del", on=["own", number], name=name)

    def __dir__(self) -> list[str]:
        link = object.__getattribute__(self, "_codegym")[0]
        return sorted({*super().__dir__(), *link.interface.names_of(type(self)._of)})  # type: ignore[attr-defined]


class Object(_Attributes):
    """The base of stand-ins for a student's objects; their operators are made by `operators_of`."""

    def __copy__(self) -> Any:
        return _forwarded("__copy__")(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return _forwarded("__deepcopy__")(self)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        """The attributes of the student's object; what is here beside them is not the text's."""
        link, number, _ = object.__getattribute__(self, "_codegym")
        names = link.request("attributes", on=["own", number])
        return {n: getattr(self, n) for n in names if link.interface.allows(type(self)._of, n)}  # type: ignore[attr-defined]


class Error(_Attributes):
    """The base of stand-ins for a student's exceptions."""

    def __str__(self) -> str:
        text = self.__dict__.get("_text")
        if text is not None:
            return str(text)
        args = self.args
        return str(args[0]) if len(args) == 1 else str(args) if args else ""

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__") or name in ("args", "_text"):
            return object.__setattr__(self, name, value)
        return super().__setattr__(name, value)


def operators_of(interface: Interface, name: str, names: list[str]) -> dict[str, Any]:
    """The operators of a stand-in class: those that the author's class of that name has."""
    space: dict[str, Any] = {}
    for special in [n for n in names if n in marshal.ALL] if interface.anything else interface.operators(name):
        definer = interface.definer(name, special)
        if definer in _PLAIN_BASES and special not in _SPECIALS - {"__len__", "__iter__", "__getitem__"}:
            space[special] = _of_the_copy(special)
        elif definer in (list, dict, set) and special in _COMPARED:
            space[special] = _of_the_copy(special, fresh=True)
        elif definer is not None and issubclass(definer, BaseException) and definer.__module__ == "builtins":
            continue
        elif special in _COMPARED:
            generated = "__dataclass_fields__" in vars(definer or object)
            space[special] = _compared(special, interface, name, generated)
        else:
            space[special] = _forwarded(special)
    if "__eq__" in space and "__hash__" not in space:
        own = interface.classes.get(name)
        space["__hash__"] = None if own is not None and own.__hash__ is None else _forwarded("__hash__")
    elif "__hash__" in space and interface.classes.get(name, object).__hash__ is None:
        space["__hash__"] = None
    if "__str__" not in space and "__repr__" not in space and not is_error(names):
        space["__repr__"] = lambda self: f"<{type(self).__name__} object>"
    return space


def _forwarded(name: str) -> Any:
    def method(self: Any, *args: Any, **named: Any) -> Any:
        link = object.__getattribute__(self, "_codegym")[0]
        if name not in ("__exit__", "__aexit__"):
            return link.apply({"do": "special", "name": name}, (self, *args), named)
        error = args[1] if len(args) > 1 else None
        if isinstance(error, AssertionError) and not hasattr(error, "_raised"):
            link.failures[id(error)] = error
        found = link.apply({"do": "special", "name": name}, (self, *args[:2], None), named)  # a traceback stays here
        if not found:
            link.failures.pop(id(error), None)
        return found

    method.__name__ = name
    return method


def _compared(name: str, interface: Interface, kind: str, generated: bool) -> Any:
    """A comparison that the author's class has. What it could never say yes to is not shown to the student's.

    `generated`: by `dataclass`, which compares with its like alone.
    """
    forwarded = _forwarded(name)

    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, Object) and (generated or not interface.may_equal(kind, name, other)):
            return NotImplemented
        return forwarded(self, other)

    method.__name__ = name
    return method


def _plain_of(value: Any, fresh: bool) -> Any:
    if not isinstance(value, Object):
        return value
    link, number, plain = object.__getattribute__(value, "_codegym")
    return link.request("plain", on=["own", number]) if fresh else plain


def _of_the_copy(name: str, fresh: bool = False) -> Any:
    """Decided here, by what the object held when it came, or holds now (`fresh`): its class is one of Python's own."""

    def method(self: Any, *args: Any) -> Any:
        return marshal.apply(name, [_plain_of(each, fresh) for each in (self, *args)], {})

    method.__name__ = name
    return method


class Iterator:
    def __init__(self, link: Link, number: int) -> None:
        self._link, self._number = link, number

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        return self._link.request("special", name="__next__", args=[["own", self._number]])


class AsyncIterator:
    def __init__(self, link: Link, number: int) -> None:
        self._link, self._number = link, number

    def __aiter__(self) -> AsyncIterator:
        return self

    def __anext__(self) -> Any:
        return self._link.request("special", name="__anext__", args=[["own", self._number]])


def generator(link: Link, number: int) -> Any:
    """A generator of the student's, as one of this side's."""
    on = ["own", number]
    do, given = "send", None
    while True:
        try:
            value = link.apply({"do": "method", "on": on, "name": do}, (given,), {})
        except StopIteration as end:
            return end.value
        try:
            do, given = "send", (yield value)
        except GeneratorExit:
            link.apply({"do": "method", "on": on, "name": "close"}, (), {})
            raise
        except Exception as error:
            do, given = "throw", error


class Opaque:
    """A value that may be held and be compared by identity, and no more."""

    def __init__(self, name: str, reason: str) -> None:
        self.__dict__["_codegym_name"] = (name, reason)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnsupportedValue(*self.__dict__["_codegym_name"])

    def __repr__(self) -> str:
        return f"<{self.__dict__['_codegym_name'][0]} object>"


def _refused(self: Any, *args: Any) -> Any:
    raise UnsupportedValue(*self.__dict__["_codegym_name"])


for _name in marshal.ALL - {"__eq__", "__ne__", "__hash__", "__repr__", "__str__", "__format__"}:
    setattr(Opaque, _name, _refused)


#: Attributes that functools gives to functions.
_OF_FUNCTOOLS = frozenset("cache_info cache_clear cache_parameters __wrapped__ register dispatch registry".split())
_OF_SIGNATURES = ("signature", "getfullargspec", "__annotations__", "__defaults__")
_DEFINED = r"\bdef\s+(\w+)"
_GIVEN = r"\b(\w+)\.(\w+)\s*(?:[-+*/|&]|//)?=(?!=)"
_USED = r"\.(\w+)"


class Mentions:
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
    if link.mentions.attributes:
        return Function(link, number, name, doc)
    made = _plain(link, number, forms, link.mentions.generators)
    made.__name__ = made.__qualname__ = name
    made.__doc__ = doc
    made.__annotations__ = {}
    if link.mentions.signature:
        _sign(made, link.request("signature", on=["own", number]))
    if link.mentions.source:
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


def signature_of(function: Any) -> list[Any]:
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


def source_of(function: Any) -> str | None:
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
