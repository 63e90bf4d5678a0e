"""Programs that differ from an answer by small edits, each run on the same checks: what became of every run.

The host says where nodes of the answer's syntax tree are replaced, and by which text; it knows why, and what is
right. Here is neither: edits are pieces of text, checks are calls, and values go back.

    {"op":"variants","source","edits":[[[path,text]…]…],"checks":[a check's frame…],"seconds","each","steps","traced"}
    {"outcomes":[a check's reply…],"runs":[[number of an outcome, for each check]…],"traces":[…],"spent": seconds}

A path leads from the module to a place: names of fields, numbers in lists; its last part may be [from, to], the
statements there. `seconds` of processor time are for all, `each` for one run; `steps`: rounds of loops and calls of
functions. An edit that gives no program has no runs, one that does not end none after that; of those after the time
is over none is told.
"""

import ast
import copy
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import process_time
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import Any

from ..wire import frames, values
from ..wire.frames import Json, Names
from . import check, figure
from .cells import NO_PROGRAM
from .limits import TimeLimit

_NAME = "answer"
_TICK = "__codegym_tick__"
_MOST_VALUE = 40_000  # characters of one outcome; of all
_MOST_ALL = 4_000_000
_MOST_STEPS, _MOST_SHOWN = 400, 400  # lines of a trace, characters of a value in it
_LASTING = (type, ModuleType, FunctionType, BuiltinFunctionType, int, float, str, bytes, bool, complex, type(None))
_BLOCKS = "body orelse finalbody handlers cases".split()  #: where statements hold others
_MISPLACED = (LookupError, AttributeError, TypeError)


class _Tracer:
    """Which lines of the answer ran, and what names held before each: what changed since the line before alone."""

    def __init__(self) -> None:
        self.lines = set[int]()
        self.steps: list[list[Any]] = []  #: line, depth of calls, names that changed and their values on the wire
        self._depth = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != _NAME:
            return None
        self._depth += 1
        known: dict[str, str] = {}
        depth = self._depth

        def local(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "return":
                self._depth -= 1
            if event in ("line", "return"):
                self.lines.add(frame.f_lineno)
                if len(self.steps) < _MOST_STEPS:
                    self.steps.append([frame.f_lineno, depth, event, dict(self._changed(frame, known))])
            return local

        return local

    def _changed(self, frame: FrameType, known: dict[str, str]) -> Iterator[tuple[str, Any]]:
        for name, value in list(frame.f_locals.items()):
            wire, text = None, ""  # of what is too large, or cannot cross
            with suppress(Exception):
                if _size(value) <= _MOST_SHOWN:
                    wire = values.encode(value)
                    text = json.dumps(wire)
            if len(text) > _MOST_SHOWN:
                wire, text = None, ""
            if known.get(name, "") != text:
                known[name] = text
                yield name, wire


def _size(value: Any) -> int:
    """How many parts a list or a table has at least, which is known at once."""
    if isinstance(value, (list, tuple, dict, set, str)):
        return len(value)
    return int(value.size) if type(value).__module__.partition(".")[0] in ("pandas", "numpy") else 0


class _OnVariant(check.Check):
    """A check whose answer is not what the cells left, but a variant of it that runs first."""

    def take(self, code: Any, scope: Callable[[], Names], tracer: _Tracer | None) -> None:
        """Before `run`: the variant, what it finds, and who follows it."""
        self._variant, self._scope, self._tracer = code, scope, tracer

    def perform(self) -> Any:
        scope = self._scope()
        figure.close_all()
        if self._tracer is not None:
            sys.settrace(self._tracer)
        exec(self._variant, scope)
        if not self.has_action:
            return None
        self.kit.recording.renew(self._cells.limit)
        self.namespace = self.names_in(scope)
        return super().perform()


class Variants(check.Check):
    """See the module. As one check it is made ready by the parent and answers in a fork."""

    def make_ready(self) -> None:
        """Before the fork: all that needs no student code."""
        self._steps = int(self.frame["steps"])
        self._places: dict[str, int] = {}
        self._outcomes: list[Json] = []
        self._size = 0
        self._checks = [_OnVariant(one, self._cells) for one in self.frame["checks"]]
        for one in self._checks:
            one.make_ready()
        base = self._cells.namespace
        self._copied = [n for n, v in base.items() if not n.startswith("__") and not isinstance(v, _LASTING)]

    def answer(self) -> bytes:
        """In the fork: the frame that answers it."""
        ends = process_time() + self.seconds * 0.9
        try:
            self._tree = ast.parse(self.frame["source"])
            self._compiled()
        except (*NO_PROGRAM, RecursionError):
            return frames.pack({"outcomes": [], "runs": [], "traces": []})
        self._parsed: dict[str, list[Any]] = {}
        runs: list[list[int]] = []
        traces: list[list[Any]] = []
        for edit in self.frame["edits"]:
            if process_time() > ends or self._size > _MOST_ALL:
                break
            code = self._edited(edit)
            runs.append(self._runs(code, traces) if code is not None else [])
        return check.packed({"outcomes": self._outcomes, "runs": runs, "traces": traces, "spent": process_time()})

    def _runs(self, code: Any, traces: list[list[Any]]) -> list[int]:
        """One variant on each check; on no more after one that it did not end."""
        told: list[int] = []
        for one in self._checks:
            told.append(self._run(one, code, traces))
            if self._outcomes[told[-1]]["status"] in ("timeout", "memory") and not self.frame.get("traced"):
                break
        return told

    def _edited(self, edit: list[Any]) -> Any:
        """The code of the module once the edit is made, which is undone at once; None where it gives no program."""
        undo: list[tuple[Any, Any, Any]] = []
        try:
            for path, text in edit:
                self._put(path, text, undo)
            return self._compiled()
        except (*NO_PROGRAM, *_MISPLACED, RecursionError):
            return None
        finally:
            for place, key, old in reversed(undo):
                place[key] = old

    def _put(self, path: list[Any], text: str, undo: list[tuple[Any, Any, Any]]) -> None:
        holder: Any = self._tree
        for part in path[:-1]:
            holder = holder[part] if isinstance(part, int) else getattr(holder, part)
        last = path[-1]
        place = holder if isinstance(holder, list) else vars(holder)
        if isinstance(last, list):
            key: Any = slice(None)
            undo.append((place, key, list(place)))
            new = self._nodes(text)
            if len(new) == last[1] - last[0] == 1:
                self._set_lines(new[0], place[last[0]])
            place[last[0] : last[1]] = new
            if not place:
                place.append(ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=4))
            return
        undo.append((place, last, place[last]))
        node = self._nodes(text)[0].value if text else None
        self._set_lines(node, place[last])
        place[last] = node

    def _set_lines(self, new: Any, old: Any) -> None:
        """Where lines are told: a piece in one line has the line of what it stands for."""
        if self.frame.get("traced") and new is not None and not hasattr(new, "body"):
            for inner in ast.walk(new):
                ast.copy_location(inner, old)

    def _nodes(self, text: str) -> list[Any]:
        if text not in self._parsed:
            self._parsed[text] = ast.parse(text).body
        return self._parsed[text]

    def _compiled(self) -> Any:
        module = ast.Module([self._with_ticks(statement) for statement in self._tree.body], [])
        return compile(module, _NAME, "exec", 0, True)

    def _with_ticks(self, node: Any) -> Any:
        """The statement, or a copy of it with a count of the rounds at the head of each loop and function in it."""
        blocks = [part for part in _BLOCKS if getattr(node, part, None)]
        twin = copy.copy(node) if blocks else node
        for part in blocks:
            setattr(twin, part, [self._with_ticks(one) for one in getattr(node, part)])
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            where = {"lineno": first.lineno, "col_offset": 0, "end_lineno": first.lineno, "end_col_offset": 1}
            call = ast.Call(ast.Name(_TICK, ast.Load(), **where), [], [], **where)
            has_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            twin.body.insert(1 if has_text else 0, ast.Expr(call, **where))
        return twin

    def _run(self, one: _OnVariant, code: Any, traces: list[list[Any]]) -> int:
        """Run one variant on one check, in a namespace of its own: the number of its outcome."""
        self._left = self._steps
        tracer = _Tracer() if self.frame.get("traced") else None
        one.clock = one.kit.renew(self.frame["each"], self._cells.limit)
        one.take(code, self._scope, tracer)
        outcome = one.run()
        if tracer is not None:
            traces.append([self._steps - self._left, sorted(tracer.lines), tracer.steps])
        return self._number(outcome)

    def _scope(self) -> Names:
        """The names that the cells above the answer left; of what a variant may change, a copy for each."""
        scope = {**self._cells.namespace, _TICK: self._tick}
        memo: dict[int, Any] = {}
        for name in self._copied:
            with suppress(Exception):
                scope[name] = copy.deepcopy(scope[name], memo)
        return scope

    def _tick(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TimeLimit

    def _number(self, outcome: Json) -> int:
        text = json.dumps(outcome)
        if len(text) > _MOST_VALUE:
            outcome = frames.reply("unsupported", "", unsupported="object", reason="too large")
            text = json.dumps(outcome)
        if text not in self._places:
            self._places[text] = len(self._outcomes)
            self._outcomes.append(outcome)
            self._size += len(text)
        return self._places[text]
