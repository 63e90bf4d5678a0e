"""What stands for a student's functions, classes, objects, exceptions and iterators in a test text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import marshal
from .interface import Interface

if TYPE_CHECKING:
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
        names, kind = link.request("attributes", on=["own", number]), type(self)._of  # type: ignore[attr-defined]
        return {n: getattr(self, n) for n in names if link.interface.allows(kind, n)}


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
        made = _operator(interface, name, special)
        if made is not None:
            space[special] = made
    if "__eq__" in space and "__hash__" not in space:
        own = interface.classes.get(name)
        space["__hash__"] = None if own is not None and own.__hash__ is None else _forwarded("__hash__")
    elif "__hash__" in space and interface.classes.get(name, object).__hash__ is None:
        space["__hash__"] = None
    if "__str__" not in space and "__repr__" not in space and not is_error(names):
        space["__repr__"] = lambda self: f"<{type(self).__name__} object>"
    return space


def _operator(interface: Interface, name: str, special: str) -> Any:
    """One of them; None where Python's own exceptions have it."""
    definer = interface.definer(name, special)
    if definer in _PLAIN_BASES and special not in _SPECIALS - {"__len__", "__iter__", "__getitem__"}:
        return _of_the_copy(special)
    if definer in (list, dict, set) and special in _COMPARED:
        return _of_the_copy(special, fresh=True)
    if definer is not None and issubclass(definer, BaseException) and definer.__module__ == "builtins":
        return None
    if special in _COMPARED:
        return _compared(special, interface, name, "__dataclass_fields__" in vars(definer or object))
    return _forwarded(special)


def _forwarded(name: str) -> Any:
    def method(self: Any, *args: Any, **named: Any) -> Any:
        link = object.__getattribute__(self, "_codegym")[0]
        if name != "__exit__":
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


def stand_in_function(link: Link, number: int, name: str, doc: Any) -> Any:
    """A function of the student's: its name, its text of help and its calls."""

    def function(*args: Any, **named: Any) -> Any:
        return link.apply({"do": "call", "on": ["own", number]}, args, named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__annotations__ = {}
    return function
