"""The author's end of a `code` check: what stands for a student's functions, classes, objects and exceptions.

`Link` makes them, and says what the student's side may have of the test text's: its functions and iterators, to be
called. Any other object of the text's is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..wire import values
from ..wire.decode import error_with
from ..wire.frames import Json, Names
from . import marshal
from .interface import Interface
from .marshal import BUILTINS, HARMLESS, MUTABLE, OWN, Args, Side, form_of, help_of

_IMMUTABLE_BASES = (int, float, complex, str, bytes, tuple, frozenset)
_COMPARED = frozenset(f"__{name}__" for name in "eq ne lt le gt ge".split())


class UnsupportedValue(BaseException):
    """The test text uses a value of a kind that may not be used. It passes every `except Exception`."""

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(f"an unsupported kind of value: {name}")
        self.name, self.reason = name, reason


class Garbled(BaseException):
    """What came from the student's side is no value."""


# ---------------------------------------------------------------- classes and their objects


class ClassProxy(type):
    """The class of a class that stands for a student's."""

    _link: Link
    _of: str

    def __new__(mcs, name: str, bases: tuple[type, ...], space: Names, **own: Any) -> Any:
        if not own:
            raise TypeError(f"a test cannot derive a class from the answer's `{bases[0].__name__}`")
        space |= {"_link": own["link"], "_of": name, "__module__": "__main__"}
        return super().__new__(mcs, name, bases, space)

    def __call__(cls, *args: Any, **named: Any) -> Any:
        return cls._link.operate(_number(cls), "__call__", args, named)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") or not cls._link.interface.allows(cls._of, name):
            raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")
        return cls._link.operate(_number(cls), "get", (name,))

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__"):
            return super().__setattr__(name, value)
        cls._link.operate(_number(cls), "set", (name, value))

    def __bool__(cls) -> bool:
        return True


def _of_classes(name: str) -> Any:
    """An operator on a class, as an enum has it; of a class of type hints, its items."""

    def method(cls: Any, *args: Any) -> Any:
        own = cls._link.interface.classes.get(cls._of)
        if own is None or not (hasattr(type(own), name) or name == "__getitem__" and hasattr(own, "__class_getitem__")):
            raise TypeError(f"'{cls.__name__}' does not support {name}")
        return cls._link.operate(_number(cls), name, args)

    return method


for _name in ("__iter__", "__len__", "__getitem__", "__contains__"):
    setattr(ClassProxy, _name, _of_classes(_name))


def _link_of(value: Any) -> Link:
    found: Link = value._link if isinstance(value, ClassProxy) else object.__getattribute__(value, "_codegym")[0]
    return found


def _number(value: Any) -> int:
    """That of the student's object; of a class of which an object came first, once the class itself is had."""
    link = _link_of(value)
    number: Any = link.stands_for(value)
    return int(link.stands_for(link.fetch(value.__name__)) if number is None else number)  # type: ignore[arg-type]


def _forwarded(name: str, shy: bool = False) -> Any:
    """An operator that the author's class has. With `shy`, what it could never say yes to is not shown to the other."""

    def method(self: Any, *args: Any, **named: Any) -> Any:
        if shy and not isinstance(args[0], Object):
            return NotImplemented
        link = _link_of(self)
        if name != "__exit__":
            return link.operate(_number(self), name, args, named)
        kind, error, _ = args  # a traceback stays here
        if isinstance(error, AssertionError) and not hasattr(error, "_raised"):
            link.failures[id(error)] = error
        found = link.operate(_number(self), name, (kind, error, None))
        if not found:
            link.failures.pop(id(error), None)
        return found

    method.__name__ = name
    return method


class Object:
    """The base of stand-ins for a student's objects: attributes by the author's interface.

    Their operators are made by `operators_of`.
    """

    __copy__ = _forwarded("__copy__")

    def __getattr__(self, name: str) -> Any:
        return _operated(self, "get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _operated(self, "set", name, value)

    def __deepcopy__(self, memo: Any) -> Any:
        return _forwarded("__deepcopy__")(self)


def _operated(value: Any, do: str, name: str, *args: Any) -> Any:
    link, kind = _link_of(value), type(value)
    if not link.interface.allows(kind._of, name):
        raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")
    return link.operate(_number(value), do, (name, *args))


_text_of_args: Any = BaseException.__str__


class Error(Object):
    """The base of stand-ins for a student's exceptions."""

    def __str__(self) -> str:
        text = self.__dict__.get("_text")
        return str(text) if text is not None else _text_of_args(self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__") or name in ("args", "_text"):
            return object.__setattr__(self, name, value)
        return super().__setattr__(name, value)


def operators_of(interface: Interface, name: str, names: list[str]) -> Names:
    """The operators of a stand-in class: those that the author's class of that name has."""
    own = interface.classes.get(name, object)
    wanted = [n for n in names if n in marshal.ALL] if interface.anything else marshal.defined(own)
    space = {special: method for special in wanted if (method := _operator(interface, name, special)) is not None}
    if own.__hash__ is None and not space.keys().isdisjoint(("__eq__", "__hash__")):
        space["__hash__"] = None
    elif "__eq__" in space and "__hash__" not in space:
        space["__hash__"] = _forwarded("__hash__")
    if "__str__" not in space and "__repr__" not in space and "BaseException" not in names:
        space["__repr__"] = lambda self: f"<{type(self).__name__} object>"
    return space


def _operator(interface: Interface, name: str, special: str) -> Any:
    """One of them; None where Python's own exceptions have it."""
    definer = interface.definer(name, special)
    if definer in _IMMUTABLE_BASES:
        return _of_the_copy(special)
    if definer in (list, dict, set) and special in _COMPARED:
        return _of_the_copy(special, fresh=True)
    if definer is not None and issubclass(definer, BaseException) and definer.__module__ == "builtins":
        return None
    return _forwarded(special, shy=special in _COMPARED and not interface.may_equal(name, special))


def _plain_of(value: Any, fresh: bool) -> Any:
    if not isinstance(value, Object):
        return value
    link, number, plain = object.__getattribute__(value, "_codegym")
    return link.operate(number, "plain") if fresh else plain


def _of_the_copy(name: str, fresh: bool = False) -> Any:
    """Decided here, by what the object held when it came, or holds now (`fresh`): its class is one of Python's own."""

    def method(self: Any, *args: Any) -> Any:
        return marshal.apply(name, [_plain_of(each, fresh) for each in (self, *args)], {})

    method.__name__ = name
    return method


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


for _name in marshal.ALL - set("__eq__ __ne__ __hash__ __repr__ __str__ __format__".split()):
    setattr(Opaque, _name, _refused)


def _function(link: Link, number: int, name: str, doc: Any) -> Any:
    """A function of the student's: its name, its text of help and its calls."""

    def function(*args: Any, **named: Any) -> Any:
        return link.operate(number, "__call__", args, named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__annotations__ = {}
    return function


def _generator(link: Link, number: int, is_generator: bool) -> Any:
    """A generator or an iterator of the student's, as a generator of this side's."""
    do = "__next__"
    given: Args = ()
    while True:
        try:
            value = link.operate(number, do, given)
        except StopIteration as end:
            return end.value
        try:
            sent = yield value
            do, given = ("__next__", ()) if sent is None else ("send", (sent,))
        except GeneratorExit:
            if is_generator:
                link.operate(number, "close")
            raise
        except Exception as error:
            do, given = "throw", (error,)


# ---------------------------------------------------------------- the link

_MODULES = "builtins collections datetime decimal fractions uuid numpy pandas".split()
_COPIED = frozenset("int float complex str bytes tuple frozenset list dict set ndarray DataFrame Series".split())


class Link(Side):
    """The author's end. `operate` has the student's side do one thing and gives its value, or raises."""

    borrows = HARMLESS
    joins_ints = True

    def __init__(self, interface: Interface, exchange: Callable[[Json], Json]) -> None:
        """`exchange` sends one request and gives the answer to it."""
        super().__init__()
        self.interface = interface
        self.awaits_stop = True  #: whether StopIteration may leave a plain call of the student's
        self.opaque: list[tuple[str, str]] = []  #: name and reason of values that could not cross
        self.failures: dict[int, BaseException] = {}  #: of the text's own asserts, that went into student code
        self._exchange = exchange
        self._classes: dict[str, ClassProxy] = {}

    def fetch(self, name: str) -> Any:
        """A name of the student's. Raises NameError."""
        return self._value_of(self._exchange({"do": "global", "name": name}), ())

    def operate(self, number: int, name: str, args: Args = (), named: Names | None = None) -> Any:
        """Do one thing to an object of the student's; what that does to mutable arguments is seen here too."""
        named = named or {}
        given = (*args, *named.values())
        asked = {"do": "operate", "on": ["own", number], "name": name, **self.asking(args, named)}
        answer = self._exchange(asked)
        for index, content in answer.get("args") or []:
            new = self.read(content, given)
            if index >= len(given):
                raise Garbled
            if type(given[index]) is type(new):
                marshal.replace(given[index], new)
        try:
            return self._value_of(answer, given)
        except StopIteration as error:
            if self.awaits_stop or name == "__next__" or name in marshal.GENERATORS:
                raise
            ended: Any = RuntimeError("the answer raised StopIteration")  # a loop would end: PEP 479
            ended._raised = answer.get("number")
            raise ended from error

    def _value_of(self, answer: Json, arguments: Args) -> Any:
        if answer["status"] == "raised":
            raise self.error_of(answer["raised"], answer.get("number"))
        return self.read(answer["value"], arguments)

    def encode(self, value: Any, arguments: Args = ()) -> Any:
        """See `Side`. Raises TypeError for what cannot be given to the answer."""
        try:
            return super().encode(value, arguments)
        except values.Unsupported as error:
            what = f"{error.name}: {error.reason or 'an object of that kind'}"
            raise TypeError(f"{what}; a `code` check cannot give it to the answer, write a `call` check") from None

    def read(self, value: Any, arguments: Args = ()) -> Any:
        """What the student's side sent. Raises Garbled and UnsupportedValue."""
        try:
            return self.decode(value, arguments)
        except values.Unsupported as error:
            raise UnsupportedValue(error.name, error.reason or "") from error
        except values.WireError as error:
            raise Garbled from error

    def make(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        """What stands for an object of the student's."""
        name = names[0] if names else "object"
        if kind == "function":
            return self.stand_in(number, _function(self, number, name, plain))
        if kind in ("generator", "iterator"):
            return self.stand_in(number, _generator(self, number, kind == "generator"))
        if kind == "class" and (name in self.interface.classes or "BaseException" in names or self.interface.anything):
            known = self._classes.get(name)
            if known is None or self.stands_for(known) is not None:  # another of the same name
                known = self._new_class(name, names)
            known.__doc__ = plain
            return self.stand_in(number, known)
        if kind == "object":
            found = self._class_of(names)
            if found is not None:
                return self._object(number, found, None if isinstance(plain, MUTABLE) else plain)
            if type(plain).__name__ in names and type(plain).__name__ in _COPIED:
                return plain  # of a class that only the answer has: what it holds is all of it that counts
        self.opaque.append((name, names[1] if kind == "opaque" and len(names) > 1 else ""))
        return self.stand_in(number, Opaque(*self.opaque[-1]))

    def _object(self, number: int, kind: type, plain: Any) -> Any:
        made: Any
        if issubclass(kind, BaseException):
            made = BaseException.__new__(kind)
            made.args = plain if isinstance(plain, tuple) else ()
        else:
            made = object.__new__(kind)
        object.__setattr__(made, "_codegym", (self, number, plain))
        return self.stand_in(number, made)

    def _class_of(self, names: list[str]) -> ClassProxy | None:
        """The stand-in for the nearest class that the solution has too."""
        name = next((n for n in names if n in self.interface.classes), None)
        if name is None and self.interface.anything and names:
            return self._new_class(names[0], names)
        return self._classes.get(name) or self._new_class(name, names) if name is not None else None

    def _new_class(self, name: str, names: list[str]) -> ClassProxy:
        following = names[names.index(name) + 1 :]
        base: Any = self._class_of(following) if not self.interface.anything else None
        error = marshal.builtin_error(following)
        is_error = error is not None and not (base and issubclass(base, BaseException))
        bases = (base,) if base else (Error,) if error else (Object,)
        space = operators_of(self.interface, name, names)
        self._classes[name] = ClassProxy(name, (*bases, error) if is_error else bases, space, link=self)
        return self._classes[name]

    # ------------------------------------------------------------ the author's own objects

    def refer(self, value: Any, kind: type) -> list[Any] | None:
        """Functions and iterators of the test text's. Raises values.Unsupported for objects that are no values."""
        if isinstance(value, type):
            return self.ref(value, "function", [value.__name__])
        form = form_of(value, kind)
        if form is None and callable(value) and not hasattr(kind, "assertEqual"):  # a mock, say, but not the test
            form = "function"
        if form is not None:
            told = help_of(value) if form == "function" else ["none"]
            return self.ref(value, form, [str(getattr(value, "__name__", form))], told)
        if not isinstance(value, BaseException) and kind.__module__.partition(".")[0] not in _MODULES:
            raise values.Unsupported(kind.__name__)
        return None

    def serve(self, ask: Json) -> Any:
        """The student's call of a function that it was given, or its step of an iterator. Raises what that raises."""
        value = self.decode(ask["on"])
        args, named = self.arguments(ask)
        return value(*args, **named) if callable(value) else next(value)

    # ------------------------------------------------------------ exceptions

    def error_on_wire(self, error: BaseException) -> Json:
        """An exception of the test text's, on its way through student code."""
        own = self.stands_for(error)
        if isinstance(error, AssertionError) and own is None and not hasattr(error, "_raised"):
            self.failures[id(error)] = error
        on = ["own", own] if own is not None else self.ref(error, "object", [])
        return {"mro": values.type_names(type(error)), "args": self.encode(tuple(error.args)), "on": on}

    def error_of(self, raised: Json, number: Any) -> BaseException:
        """What student code raised: the author's own exception come back, or one of the same name."""
        if raised["on"][0] == "own":
            back: Any = self.read(raised["on"])
            self.failures.pop(id(back), None)
            return back if isinstance(back, BaseException) else Exception(raised["message"])
        at, args = raised["on"][1], self.read(raised["args"])
        args = args if isinstance(args, tuple) else (raised["message"],)
        kind = self._error_class(raised["mro"])
        error: Any = self.stand_ins.get(at)
        if not isinstance(error, kind):
            if isinstance(kind, ClassProxy):
                error = self._object(at, kind, args)
                object.__setattr__(error, "_text", raised["message"])
            else:
                error = _made(kind, args, raised["message"])
                self.stand_ins.setdefault(at, error)
                self._stood_for.setdefault(id(error), at)
        object.__setattr__(error, "_raised", number)
        return error  # type: ignore[no-any-return]

    def _error_class(self, names: list[str]) -> type:
        """Python's own; that of the solution's nearest; or one of that name, derived from Python's nearest."""
        error: type = marshal.builtin_error(names) or Exception
        if names[0] in BUILTINS:
            return error
        known = self.interface.classes
        own = self._class_of([n.removeprefix(OWN) for n in names if n not in BUILTINS or n not in known])
        if own is not None:
            return own if issubclass(own, BaseException) else Exception
        return type(names[0].removeprefix(OWN), (error,), {"__module__": "__main__"})


def _made(kind: Any, args: Args, message: str) -> BaseException:
    try:
        return error_with(kind, args)
    except TypeError:
        return Exception(message)
