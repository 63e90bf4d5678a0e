"""The student's side of a `code` check: does with the student's names what the author's side asks, one thing at a time.

Frames that it answers, by `do` (v is a value of `marshal`):
    {"do":"global","name"}
    {"do":"operate","on":v,"name","args":[v],"named":{name:v}}     an operator of `marshal`
each perhaps with "stdin": text, "patched": {builtin: v|null}, "renamed": {name: v|null}, "seed": v.
{"do":"answer",…} answers its own question.

Answers: {"status":"value","value":v,"out":text,"args":[[i,v]]}, {"status":"raised","raised":{…},…},
a check's reply where a limit struck, or a question: {"status":"ask","on":v,"args":[v],"named":{name:v}}, to call a
function that it was given, or to have the next item of an iterator.
"""

import builtins
import sys
from typing import Any

from ..session import traceback
from ..session.cells import PRISTINE, Cells
from ..wire import frames, values
from ..wire.decode import error_with
from ..wire.frames import Json
from . import marshal
from .dialogue import Endpoint
from .marshal import HARMLESS, Args, Side, copied, error_names, form_of, help_of

_DEEPEST = 20


class StudentEndpoint(Endpoint):
    """See the module."""

    def __init__(self, frame: Json, cells: Cells) -> None:
        super().__init__(frame, cells)
        self.namespace = cells.namespace
        self._side = _StudentSide(self)
        cells.kit.renew(self.seconds, cells.limit)
        cells.kit.type(frame.get("stdin") or "")
        self._recording = cells.kit.recording
        self._told = 0

    def answer(self, frame: Json) -> Json:
        """One request, within what is left of the check's time."""
        result, error = self.limited(lambda: self._carry_out(frame))
        if error is None and self._recording.over:
            return frames.ended("output")
        answer = result if error is None else self._raised(error)
        return self._with_output(answer) if answer["status"] in ("value", "raised") else answer

    def ask(self, question: Json) -> Any:
        """Amid student code: have the author's side call something of its own, and give its value."""
        frame = self.wait(self._with_output({"status": "ask", **question}))
        while frame["do"] != "answer":  # before it answers, it wants something itself
            frame = self.wait(self._with_output(self._guarded(frame)))
        if frame["status"] == "raised":
            raise self._side.error_of(frame["raised"])
        return self._side.decode(frame["value"])

    def _guarded(self, frame: Json) -> Json:
        """A request amid another: what ends the whole check is not caught."""
        try:
            return self._carry_out(frame)
        except BaseException as error:
            if traceback.status_of(error) != "error":
                raise
            return self._raised(error)

    def _carry_out(self, frame: Json) -> Json:
        self._prepare(frame)
        if frame["do"] == "global":
            name = frame["name"]
            if name not in self.namespace:
                raise NameError(f"name '{name}' is not defined", name=name)
            return {"status": "value", "value": self._side.encode(self.namespace[name])}
        side, on = self._side, self._side.decode(frame["on"])
        args, named = side.arguments(frame)
        given = (*args, *named.values())
        before = side.contents(given)
        value = marshal.apply(frame["name"], [on, *args], named)
        changed = [i for i, content in side.contents(given).items() if content != before[i]]
        return {
            "status": "value",
            "value": side.encode(value, given),
            "args": [[i, side.encode(given[i])] for i in changed],
        }

    def _prepare(self, frame: Json) -> None:
        """What the test text has put in the place of Python's own."""
        if "stdin" in frame:
            self._cells.kit.type(frame["stdin"])
        for name, value in (frame.get("patched") or {}).items():
            setattr(builtins, name, PRISTINE[name] if value is None else self._side.decode(value))
        for name, value in (frame.get("renamed") or {}).items():
            self.namespace.pop(name, None)
            if value is not None:
                self.namespace[name] = self._side.decode(value)
        if "seed" in frame:
            import random

            random.seed(self._side.decode(frame["seed"]))

    def _with_output(self, answer: Json) -> Json:
        """What was printed since the last answer goes along, so that it appears where the test text looks for it."""
        self._recording.finish()
        answer["out"] = self._recording.printed(self._told)
        self._told = len(self._recording.parts)
        return answer

    def _raised(self, error: BaseException) -> Json:
        outcome = self._cells.outcome(error, self._recording)
        if outcome["status"] != "error":
            return frames.reply(outcome["status"], "", failure=outcome["failure"], violation=outcome["violation"])
        return {"status": "raised", "failure": outcome["failure"], "raised": self._side.error_on_wire(error)}


class _StudentSide(Side):
    """Objects of the student's are named; a function or an iterator of the author's is one that asks."""

    lends = HARMLESS

    def __init__(self, endpoint: StudentEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._within: set[int] = set()

    def encode(self, value: Any, arguments: Args = ()) -> Any:
        """See `Side`. What cannot cross is an opaque object."""
        try:
            return super().encode(value, arguments)
        except values.Unsupported as e:
            return self.ref(value, "opaque", [e.name, e.reason or ""])

    def contents(self, given: Args) -> dict[int, Any]:
        """What the mutable ones of a call's arguments hold, by their place."""
        return {i: self._content(value) for i, value in enumerate(given) if marshal.is_mutable(value)}

    def _content(self, value: Any) -> Any:
        """To be compared; of an array of numbers its bytes, which are quick to have."""
        is_plain = hasattr(value, "tobytes") and value.dtype.kind in "biufc"
        return value.tobytes() if is_plain else self.encode(value)

    def refer(self, value: Any, kind: type) -> list[Any] | None:
        """Functions, iterators, classes, and objects of classes that cells define."""
        if isinstance(value, type):
            return self.ref(value, "class", values.type_names(value), help_of(value))
        form = form_of(value, kind)
        if form is not None:
            name = getattr(value, "__name__", None)
            doc = help_of(value) if form == "function" else ["none"]
            return self.ref(value, form, [name if isinstance(name, str) else kind.__name__], doc)
        if not _is_own(kind):
            return None
        return self.ref(value, "object", _names(kind), self._held(value, kind))

    def unknown(self, value: Any, kind: type) -> list[Any]:
        """An object of a package's: it can be used where the course says `objects: any`."""
        return self.ref(value, "object", _names(kind))

    def _held(self, value: Any, kind: type) -> Any:
        """What it holds, where that is plain; what holds itself, or lies deep, is told of by its number alone."""
        if id(value) in self._within or len(self._within) > _DEEPEST:
            return ["none"]
        self._within.add(id(value))
        try:
            return self.encode(value.args) if isinstance(value, BaseException) else copied(self, value, kind)
        finally:
            self._within.discard(id(value))

    def make(self, number: int, kind: str, names: list[str], plain: Any) -> Any:
        """A function that asks, or a generator."""

        def function(*args: Any, **named: Any) -> Any:
            return self._endpoint.ask({"on": ["own", number], **self.asking(args, named)})

        function.__name__ = function.__qualname__ = names[0] if names else "function"
        function.__doc__ = plain
        return self.stand_in(number, function if kind == "function" else _iterate(function))

    def error_on_wire(self, error: BaseException) -> Json:
        """An exception, so that the author's side can raise its like."""
        own = self.stands_for(error)
        return {
            "mro": error_names(type(error), self._endpoint.namespace),
            "message": traceback.message_of(error),
            "args": self.encode(error.args),
            "on": ["own", own] if own is not None else self.ref(error, "object", values.type_names(type(error))),
        }

    def error_of(self, raised: Json) -> BaseException:
        """What the author's side raised: the student's own exception, or one of Python's of that name."""
        on = raised["on"]
        if on[0] == "own":
            known: BaseException = self.decode(on)
            return known
        error = error_with(marshal.builtin_error(raised["mro"]) or Exception, self.decode(raised["args"]))
        return self.stand_in(on[1], error)  # type: ignore[no-any-return]


def _iterate(step: Any) -> Any:
    while True:
        try:
            item = step()
        except StopIteration:
            return
        yield item


def _names(kind: type) -> list[str]:
    return [*values.type_names(kind)[:20], *marshal.defined(kind)]


def _is_own(kind: type) -> bool:
    """True for a class that is none of Python's or a package's: one that cells have made."""
    module = vars(kind).get("__module__")
    if module == "types":  # by make_dataclass and new_class
        return getattr(sys.modules["types"], kind.__name__, None) is not kind
    return bool(module == "__main__")
