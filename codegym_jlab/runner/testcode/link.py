"""The author's end of a `code` check: stand-ins for what is the student's, and what may be done with the author's.

A stub that the test text asks afterwards (a mock, a spy, the test itself) is the text's own witness: student code may
use it, and not make it lie.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from typing import Any

from ..wire import values
from . import marshal
from .interface import Interface
from .marshal import HARMLESS, OWN, Shared, Side, class_names, form_of
from .proxies import (
    ClassProxy,
    Error,
    Garbled,
    Iterator,
    Object,
    Opaque,
    UnsupportedValue,
    generator,
    is_error,
    operators_of,
    stand_in_function,
)


def may_get(value: Any, name: str) -> bool:
    """Whether an attribute may be read: of a mock what it stands for, of a test its asserts."""
    kind = _unittest_kind(value)
    if kind == "mock":
        return name == "return_value" or not _steers(name)
    return kind is None or name.startswith(("assert", "fail"))


def may_set(value: Any, name: str) -> bool:
    """Whether an attribute may be set: none that is a method, or by which a mock is asked."""
    kind = _unittest_kind(value)
    if kind == "mock":
        return not _steers(name)
    return kind is None and not callable(getattr(type(value), name, None))


def _steers(name: str) -> bool:
    """Whether it is of mocks themselves, and not of what one stands for."""
    mock = sys.modules["unittest.mock"]
    return any(hasattr(kind, name) for kind in (mock.Mock, mock.AsyncMock))


def _unittest_kind(value: Any) -> str | None:
    modules = [base.__module__ for base in type(value).__mro__]
    if "unittest.mock" in modules:
        return "mock"
    return "test" if any(module.startswith("unittest") for module in modules) else None


_BUILTINS = dict(vars(builtins))
_UNSAFE = frozenset(("module", "frame", "code", "traceback", "cell"))
_CHANGEABLE = (list, dict, set, bytearray)
_COPIED = frozenset("int float complex str bytes tuple frozenset list dict set ndarray DataFrame Series".split())


def _ends(do: str, frame: dict[str, Any]) -> bool:
    """Whether a request may end an iteration."""
    return do == "method" or frame.get("name") == "__next__"


class Link(Side):
    """The author's end. `request` has the student's side do one thing and gives its value, or raises."""

    borrows = HARMLESS

    def __init__(self, interface: Interface, exchange: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """`exchange` sends one request and gives the answer to it."""
        super().__init__()
        self.interface = interface
        self.awaits_stop = True  #: whether StopIteration may leave a plain call of the student's
        self.opaque: list[tuple[str, str]] = []  #: name and reason of values that could not cross
        self.failures: dict[int, BaseException] = {}  #: of the text's own asserts, that went into student code
        self._exchange = exchange
        self._classes: dict[str, type] = {}
        self._errors: dict[tuple[str, type], type] = {}

    def request(self, do: str, **frame: Any) -> Any:
        """Carry out one request."""
        return self._answered(self._exchange({"do": do, **frame}), None, _ends(do, frame))

    def apply(self, frame: dict[str, Any], args: Any, named: dict[str, Any]) -> Any:
        """A request with arguments; what it does to mutable ones is seen here too."""
        shared = Shared(growing=True)
        frame["args"] = [self.encode(value, shared) for value in args]
        frame["named"] = {name: self.encode(value, shared) for name, value in named.items()}
        return self._answered(self._exchange(frame), shared, _ends(frame["do"], frame))

    def _answered(self, answer: dict[str, Any], shared: Shared | None, ends: bool) -> Any:
        if shared is not None:
            self._apply(shared, answer.get("args") or [])
        if answer["status"] == "raised":
            error = self.error_of(answer["raised"], answer.get("number"))
            if isinstance(error, StopIteration) and not ends and not self.awaits_stop:  # a loop would end: PEP 479
                ended: Any = RuntimeError("the answer raised StopIteration")
                ended._raised = answer.get("number")
                raise ended from error
            raise error
        return self.read(answer["value"], shared)

    def _apply(self, shared: Shared, changes: list[list[Any]]) -> None:
        try:
            shared.apply(self, changes)
        except values.Unsupported as error:
            raise UnsupportedValue(error.name, error.reason or "") from error
        except (values.WireError, LookupError) as error:
            raise Garbled from error

    def read(self, value: Any, shared: Shared | None = None) -> Any:
        """What the student's side sent. Raises Garbled and UnsupportedValue."""
        try:
            return self.decode(value, shared)
        except values.Unsupported as error:
            raise UnsupportedValue(error.name, error.reason or "") from error
        except values.WireError as error:
            raise Garbled from error

    # ------------------------------------------------------------ stand-ins

    def make(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        """What stands for an object of the student's."""
        if kind == "function":
            name = names[0] if names else "function"
            return self.stand_in(number, stand_in_function(self, number, name, plain))
        if kind == "class":
            found = self._class(number, names)
            if isinstance(found, ClassProxy):
                found.__doc__ = plain
            return found
        if kind == "generator":
            return self.stand_in(number, generator(self, number))
        if kind == "iterator":
            return self.stand_in(number, Iterator(self, number))
        if kind == "object":
            found = self._class_of(names)
            if found is not None:
                return self._object(number, found, None if isinstance(plain, _CHANGEABLE) else plain)
            if type(plain).__name__ in names and type(plain).__name__ in _COPIED:
                return plain  # of a class that only the answer has: what it holds is all of it that counts
        name = names[0] if names else "object"
        self.opaque.append((name, names[1] if kind == "opaque" and len(names) > 1 else ""))
        return self.stand_in(number, Opaque(name, self.opaque[-1][1]))

    def _object(self, number: int, kind: type, plain: Any) -> Any:
        made: Any
        if issubclass(kind, BaseException):
            made = BaseException.__new__(kind)
            made.args = plain if isinstance(plain, tuple) else ()
        else:
            made = object.__new__(kind)
        object.__setattr__(made, "_codegym", (self, number, plain))
        return self.stand_in(number, made)

    def _class_of(self, names: list[str]) -> type | None:
        """The stand-in for the nearest class that the solution has too."""
        name = next((n for n in names if n in self.interface.classes), None)
        if name is None and self.interface.anything and names:
            return ClassProxy(
                names[0], (Object,), operators_of(self.interface, names[0], names), link=self, of=names[0]
            )
        return self._classes.get(name) or self._new_class(name, names) if name is not None else None

    def _class(self, number: int, names: list[str]) -> Any:
        name = names[0]
        known = self._classes.get(name)
        if known is None or self.stands_for(known) is not None:
            if name not in self.interface.classes and not is_error(names) and not self.interface.anything:
                self.opaque.append((name, ""))
                return self.stand_in(number, Opaque(name, ""))
            known = self._new_class(name, names)
        return self.stand_in(number, known)

    def _new_class(self, name: str, names: list[str]) -> type:
        following = names[names.index(name) + 1 :]
        nearest = next((n for n in following if n in self.interface.classes), None)
        bases: list[Any] = [self._classes.get(nearest) or self._new_class(nearest, names)] if nearest else []
        error: Any = next((_BUILTINS[n] for n in following if isinstance(_BUILTINS.get(n), type)), object)
        if issubclass(error, BaseException) and not any(issubclass(b, BaseException) for b in bases):
            bases.append(error)
        own = any(issubclass(b, BaseException) for b in bases)
        kinds = tuple(bases) if any(isinstance(b, ClassProxy) for b in bases) else (Error if own else Object, *bases)
        space = operators_of(self.interface, name, names)
        made = self._classes[name] = ClassProxy(name, kinds, space, link=self, of=name)
        return made

    # ------------------------------------------------------------ the author's own objects

    def refer(self, value: Any, kind: type) -> list[Any] | None:
        """Functions, and objects of classes that the test text or a library has made."""
        if kind.__name__ in _UNSAFE:
            raise TypeError(f"a {kind.__name__} cannot be given to the answer")
        if isinstance(value, type):
            return self.ref(value, "class", class_names(value))
        form = form_of(value, kind)
        if form is not None:
            doc = getattr(value, "__doc__", None)
            told = ["str", doc[:2000]] if isinstance(doc, str) and form == "function" else ["none"]
            return self.ref(value, form, [getattr(value, "__name__", form)], told)
        if isinstance(value, BaseException) or kind.__module__ in ("datetime", "decimal", "fractions", "uuid"):
            return None
        if kind.__module__.partition(".")[0] in ("numpy", "pandas", "builtins", "collections"):
            return None
        return self.ref(value, "object", [kind.__name__, *marshal.defined(kind)])

    def serve(self, frame: dict[str, Any]) -> Any:
        """What student code asks of an object that it was given. Raises what that raises; TypeError where refused."""
        on = frame["args"][0] if frame["do"] == "special" else frame["on"]
        if on[0] != "own" or on[1] in self.closed:
            raise TypeError("this object cannot be used")
        if frame["do"] == "call":
            on = self.decode(frame["on"])
            args = [self.decode(value) for value in frame["args"]]
            return on(*args, **{name: self.decode(value) for name, value in frame["named"].items()})
        if frame["do"] == "special" and frame["name"] in marshal.ALL:
            args = [self.decode(value) for value in frame["args"]]
            named = {name: self.decode(value) for name, value in frame["named"].items()}
            return marshal.apply(frame["name"], args, named)
        name = frame["name"]
        if name.startswith("_") or not self._is_open(frame["on"]):
            raise AttributeError(f"no attribute '{name}'")
        value = self.decode(frame["on"])
        if frame["do"] == "set":
            if not may_set(value, name):
                raise AttributeError(f"'{name}' is not to be changed")
            return setattr(value, name, self.decode(frame["value"]))
        if not may_get(value, name):
            raise AttributeError(f"no attribute '{name}'")
        return getattr(value, name)

    def _is_open(self, on: Any) -> bool:
        """Whether attributes may be read: of objects, never of functions, classes, generators or frames."""
        value = self.decode(on)
        return form_of(value, type(value)) is None and not isinstance(value, type)

    # ------------------------------------------------------------ exceptions

    def error_on_wire(self, error: BaseException) -> dict[str, Any]:
        """An exception of the test text's, on its way through student code."""
        own = self.stands_for(error)
        if isinstance(error, AssertionError) and own is None and not hasattr(error, "_raised"):
            self.failures[id(error)] = error
        on = ["own", own] if own is not None else self.ref(error, "object", [])
        return {"mro": class_names(type(error)), "args": self.encode(tuple(error.args)), "on": on}

    def error_of(self, raised: dict[str, Any], number: Any) -> BaseException:
        """What student code raised: the author's own exception come back, or one of the same name."""
        if raised["on"][0] == "own":
            back: Any = self.read(raised["on"])
            self.failures.pop(id(back), None)
            return back if isinstance(back, BaseException) else Exception(raised["message"])
        names, args = raised["mro"], self.read(raised["args"])
        error: BaseException = self._made(self._error_class(raised["type"], names), args, raised)
        if self.stands_for(error) is None and raised["on"][1] not in self.stand_ins:
            self.stand_in(raised["on"][1], error)
        object.__setattr__(error, "_raised", number)
        for name in ("cause", "context"):
            if raised.get(name) is not None:
                object.__setattr__(error, f"__{name}__", self.error_of(raised[name], number))
        return error

    def _made(self, kind: Any, args: Any, raised: dict[str, Any]) -> Any:
        args = args if isinstance(args, tuple) else (raised["message"],)
        if isinstance(kind, ClassProxy):
            known = self.stand_ins.get(raised["on"][1])
            if isinstance(known, kind):
                return known
            error = self._object(raised["on"][1], kind, args)
            object.__setattr__(error, "_text", raised["message"])
            return error
        try:
            error = kind.__new__(kind, *args)
            error.args = args
        except TypeError:
            error = Exception.__new__(Exception, raised["message"])
        return error

    def _error_class(self, name: str, names: list[str]) -> type:
        builtin = _BUILTINS.get(name)
        if isinstance(builtin, type) and issubclass(builtin, BaseException):
            return builtin
        name, known = name.removeprefix(OWN), self.interface.classes
        own = [n.removeprefix(OWN) for n in names if n not in _BUILTINS or n not in known]
        if any(n in known for n in own):
            found = self._class_of(own)
            if found is not None and (found.__name__ == name or not issubclass(found, BaseException)):
                return found if issubclass(found, BaseException) else Exception
            base: Any = found
        else:
            base = next((_BUILTINS[n] for n in names if isinstance(_BUILTINS.get(n), type)), Exception)
        if not issubclass(base, BaseException):
            base = Exception
        made = self._errors.get((name, base))
        if made is None:
            space = {"__module__": "__main__"}
            kind = (
                ClassProxy(name, (base,), space, link=self, of=base.__name__) if isinstance(base, ClassProxy) else None
            )
            made = self._errors[name, base] = kind or type(name, (base,), space)
        return made
