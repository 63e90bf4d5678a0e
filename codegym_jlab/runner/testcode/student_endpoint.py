"""The student's side of a `code` check: does with the student's names what the author's side asks, one thing at a time.

Frames that it answers, by `do` (v is a value of `marshal`):
    {"do":"globals","names":[…]} {"do":"global","name"}
    {"do":"call","on":v,"args":[v],"named":{name:v}} {"do":"special","name","args":[v],"named"}
    {"do":"method","on":v,"name","args":[v]}
    {"do":"get","on":v,"name"} {"do":"set","on":v,"name","value":v} {"do":"plain","on":v}
each perhaps with "stdin": text, "patched": {builtin: v|null}, "seed": v. {"do":"answer",…} answers its own question.

Answers: {"status":"value","value":v,"out":text,"args":[[i,v]],"globals":{name:v}}, {"status":"raised","raised":{…},…},
a check's reply where a limit struck, or a question: {"status":"ask","do":"call"|"get"|"set"|"special",…}.
"""

from __future__ import annotations

import builtins
import sys
from _thread import RLock
from typing import Any

from ..session import check, traceback
from ..session.cells import PRISTINE, Cells, limited
from ..session.limits import Clock
from . import marshal
from .dialogue import Endpoint
from .marshal import HARMLESS, Shared, Side, class_names, copied, error_names, form_of, wire_copy

_DOC, _DEEPEST = 2000, 20


class StudentEndpoint(Endpoint):
    """See the module."""

    def __init__(self, frame: dict[str, Any], cells: Cells, names: list[str], limit: int) -> None:
        super().__init__(frame, cells, names, limit)
        self._side = _StudentSide(self)
        cells.kit.renew(self.seconds, limit)
        cells.kit.type(frame.get("stdin") or "")
        self._recording = cells.kit.recording
        self._told = 0
        self._watched: dict[str, Any] = {}
        self._ahead: dict[str, Any] = {}
        self._clock: Clock | None = None
        self._lock = RLock()
        self._is_asked = False

    @property
    def namespace(self) -> dict[str, Any]:
        """The student's names."""
        return self._cells.namespace

    def answer(self, frame: dict[str, Any]) -> dict[str, Any]:
        """One request, within what is left of the check's time."""
        self._clock = self.clock()
        self._is_asked = True
        result, error = limited(self._clock, lambda: self._carry_out(frame))
        with self._lock:
            self._is_asked = False
        if error is None and not self._recording.over:
            return self._with_output(result)
        if error is None:
            return check.reply("output", "", failure=check.death("OLE", ""))
        answer = self._raised(error)
        return answer if answer["status"] != "raised" else self._with_output(answer)

    def ask(self, question: dict[str, Any]) -> Any:
        """Amid student code: have the author's side do something with an object of its own, and give its value."""
        with self._lock:
            frame = self._waited(question)
        if frame["status"] == "raised":
            raise self._side.error_of(frame["raised"])
        return self._side.decode(frame["value"])

    def _waited(self, question: dict[str, Any]) -> dict[str, Any]:
        if not self._is_asked:
            raise RuntimeError("the call that was given this object is over")
        assert self._clock is not None
        self._clock.pause()
        frame = self.wait(self._with_output({"status": "ask", **question}))
        while frame["do"] != "answer":  # before it answers, it wants something itself
            self._clock.resume(self.left())
            answer = self._guarded(frame)
            self._clock.pause()
            frame = self.wait(self._with_output(answer))
        self._clock.resume(self.left())
        return frame

    def _guarded(self, frame: dict[str, Any]) -> dict[str, Any]:
        """A request amid another: what ends the whole check is not caught."""
        try:
            return self._carry_out(frame)
        except BaseException as error:
            if traceback.status_of(error) != "error":
                raise
            return self._raised(error)

    def _carry_out(self, frame: dict[str, Any]) -> dict[str, Any]:
        self._prepare(frame)
        shared = Shared()
        act = getattr(self, f"_do_{frame['do']}")
        value = act(frame, shared)
        answer: dict[str, Any] = {"status": "value", "value": self._side.encode(value, shared)}
        answer["args"] = shared.changed(self._side)
        answer["globals"] = {**self._ahead, **self._changed_globals()}
        self._ahead = {}
        return answer

    def _prepare(self, frame: dict[str, Any]) -> None:
        """What the test text has put in the place of Python's own."""
        if "stdin" in frame:
            self._cells.kit.type(frame["stdin"])
        for name, value in (frame.get("patched") or {}).items():
            setattr(builtins, name, PRISTINE[name] if value is None else self._side.decode(value))
        if "seed" in frame:
            __import__("random")
            sys.modules["random"].seed(self._side.decode(frame["seed"]))

    # ------------------------------------------------------------ what can be asked

    def _do_global(self, frame: dict[str, Any], shared: Shared) -> Any:
        name = frame["name"]
        if name not in self._cells.namespace:
            raise NameError(f"name '{name}' is not defined", name=name)
        value = self._cells.namespace[name]
        if form_of(value, type(value)) is None and not isinstance(value, type):
            self._watched[name] = self._side.encode(value)
        return value

    def _do_globals(self, frame: dict[str, Any], shared: Shared) -> None:
        """Several at once, told as changed ones are; what is not there is left out."""
        for name in frame["names"]:
            if name in self._cells.namespace:
                self._ahead[name] = self._side.encode(self._do_global({"name": name}, shared))

    def _do_call(self, frame: dict[str, Any], shared: Shared) -> Any:
        on = self._side.decode(frame["on"])
        args = [self._side.decode(value, shared) for value in frame["args"]]
        named = {name: self._side.decode(value, shared) for name, value in frame["named"].items()}
        shared.remember(self._side)
        return on(*args, **named)

    def _do_method(self, frame: dict[str, Any], shared: Shared) -> Any:
        """A generator's own."""
        if frame["name"] not in ("send", "throw", "close"):
            raise AttributeError(frame["name"])
        args = [self._side.decode(value) for value in frame["args"]]
        return getattr(self._side.decode(frame["on"]), frame["name"])(*args)

    def _do_special(self, frame: dict[str, Any], shared: Shared) -> Any:
        args = [self._side.decode(value, shared) for value in frame["args"]]
        named = {name: self._side.decode(value, shared) for name, value in frame.get("named", {}).items()}
        shared.remember(self._side)
        return marshal.apply(frame["name"], args, named)

    def _do_get(self, frame: dict[str, Any], shared: Shared) -> Any:
        return getattr(self._side.decode(frame["on"]), frame["name"])

    def _do_set(self, frame: dict[str, Any], shared: Shared) -> None:
        setattr(self._side.decode(frame["on"]), frame["name"], self._side.decode(frame["value"]))

    def _do_del(self, frame: dict[str, Any], shared: Shared) -> None:
        delattr(self._side.decode(frame["on"]), frame["name"])

    def _do_attributes(self, frame: dict[str, Any], shared: Shared) -> Any:
        """The names that `vars` tells of an object."""
        return [name for name in getattr(self._side.decode(frame["on"]), "__dict__", {}) if isinstance(name, str)]

    def _do_plain(self, frame: dict[str, Any], shared: Shared) -> Any:
        """A copy of what an object of a class derived from Python's own holds, by that base's slots."""
        return wire_copy(self._side.decode(frame["on"]))

    # ------------------------------------------------------------ how it is told

    def _changed_globals(self) -> dict[str, Any]:
        """Values of names that the test text uses, where a call has changed them."""
        found = {}
        for name, before in self._watched.items():
            after = self._side.encode(self._cells.namespace.get(name))
            if after != before:
                found[name] = self._watched[name] = after
        return found

    def _with_output(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What was printed since the last answer goes along, so that it appears where the test text looks for it."""
        self._recording.finish()
        printed, _ = self._recording.since(self._told)
        answer["out"] = "".join(printed)
        self._told = len(self._recording.parts)
        return answer

    def _raised(self, error: BaseException) -> dict[str, Any]:
        outcome = self._cells.outcome(error, self._recording)
        if outcome["status"] != "error":
            return check.reply(outcome["status"], "", failure=outcome["failure"], violation=outcome["violation"])
        return {"status": "raised", "failure": outcome["failure"], "raised": self._side.error_on_wire(error)}


class _StudentSide(Side):
    """Objects of the student's are named; those of the author's become shadows."""

    lends = HARMLESS

    def __init__(self, endpoint: StudentEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._kinds: dict[tuple[str, ...], type] = {}
        self._within: set[int] = set()

    def refer(self, value: Any, kind: type) -> list[Any] | None:
        """Functions, iterators, classes, and objects of classes that cells define."""
        if isinstance(value, type):
            return self.ref(value, "class", class_names(value), self._doc(value))
        form = form_of(value, kind)
        if form is not None:
            return self.ref(value, form, [_name_of(value, kind)], self._doc(value) if form == "function" else ["none"])
        if not _is_own(kind):
            return None
        names = [*class_names(kind)[:20], *marshal.defined(kind)]
        return self.ref(value, "object", names, self._held(value, kind))

    def _held(self, value: Any, kind: type) -> Any:
        """What it holds, where that is plain; what holds itself, or lies deep, is told of by its number alone."""
        if id(value) in self._within or len(self._within) > _DEEPEST:
            return ["none"]
        self._within.add(id(value))
        try:
            return self.encode(value.args) if isinstance(value, BaseException) else copied(self, value, kind)
        finally:
            self._within.discard(id(value))

    def _doc(self, value: Any) -> Any:
        doc = getattr(value, "__doc__", None)
        return ["str", str.__str__(doc)[:_DOC]] if isinstance(doc, str) else ["none"]

    def make(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        """A shadow of something of the test text's."""
        endpoint = self._endpoint
        if kind in ("function", "class"):

            def function(*args: Any, **named: Any) -> Any:
                return endpoint.ask({"do": "call", "on": ["own", number], **self.given(args, named)})

            function.__name__ = function.__qualname__ = names[0] if names else "function"
            function.__doc__ = plain
            return self.stand_in(number, function)
        specials = tuple(n for n in names if n in marshal.ALL)
        if kind in ("iterator", "generator"):
            specials = ("__iter__", "__next__")
        made: Any = object.__new__(self._kinds.get(specials) or self._shadow_class(specials, names))
        object.__setattr__(made, "_student_side", (endpoint, self, number))
        return self.stand_in(number, made)

    def given(self, args: Any, named: dict[str, Any]) -> dict[str, Any]:
        """Arguments on the wire."""
        return {"args": [self.encode(a) for a in args], "named": {n: self.encode(v) for n, v in named.items()}}

    def _shadow_class(self, specials: tuple[str, ...], names: list[str]) -> type:
        space = {name: _special(name) for name in specials}
        found = self._kinds[specials] = type(names[0] if names else "object", (_Shadow,), space)
        return found

    def error_on_wire(self, error: BaseException, depth: int = 2) -> dict[str, Any]:
        """An exception, so that the author's side can raise its like; those that it came from with it."""
        kind = type(error)
        own = self.stands_for(error)
        names = error_names(kind, self._endpoint.namespace)
        linked = {name: getattr(error, f"__{name}__") for name in ("cause", "context")} if depth else {}
        return {
            **{name: self.error_on_wire(e, depth - 1) for name, e in linked.items() if e is not None},
            "type": names[0],
            "mro": names,
            "message": traceback.message_of(error),
            "args": self.encode(error.args),
            "on": ["own", own] if own is not None else self.ref(error, "object", class_names(kind)),
        }

    def error_of(self, raised: dict[str, Any]) -> BaseException:
        """What the author's side raised: the student's own exception, or one of Python's of that name."""
        on = raised["on"]
        if on[0] == "own":
            known: BaseException = self.decode(on)
            return known
        found = next((PRISTINE[n] for n in raised["mro"] if isinstance(PRISTINE.get(n), type)), Exception)
        args = self.decode(raised["args"])
        error: BaseException = found.__new__(found, *args)
        error.args = args
        return self.stand_in(on[1], error)  # type: ignore[no-any-return]


class _Shadow:
    """An object of the test text's: its public attributes and the operators of its class, and nothing else of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        endpoint, _, number = object.__getattribute__(self, "_student_side")
        return endpoint.ask({"do": "get", "on": ["own", number], "name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        endpoint, side, number = object.__getattribute__(self, "_student_side")
        endpoint.ask({"do": "set", "on": ["own", number], "name": name, "value": side.encode(value)})


def _special(name: str) -> Any:
    def method(self: Any, *args: Any, **named: Any) -> Any:
        endpoint, side, number = object.__getattribute__(self, "_student_side")
        question: dict[str, Any] = {
            "do": "special",
            "name": name,
            "named": {n: side.encode(v) for n, v in named.items()},
        }
        return endpoint.ask({**question, "args": [["own", number], *(side.encode(a) for a in args)]})

    method.__name__ = name
    return method


def _is_own(kind: type) -> bool:
    """True for a class that is none of Python's or a package's: one that cells have made."""
    module = vars(kind).get("__module__")
    if module == "types":  # by make_dataclass and new_class
        return getattr(sys.modules["types"], kind.__name__, None) is not kind
    return bool(module == "__main__")


def _name_of(value: Any, kind: type) -> str:
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else kind.__name__
