"""Watch expressions: what a program's questions, and the parts of the lines told, are worth when they come to run.

It runs once more for that, with each of them kept under a name; what it does stays the same.
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from codegym_jlab.records import Json, frozen

from ..explain.program import called, every
from .bench import Step
from .example import Change, Watched, WatchedPart, is_table, value_text
from .program import Edit, Place, Program, text

_KEPT = "_codegym"  #: how the names begin
_MOST_VALUES, _MOST_MADE = 5, 8
_FALSE = frozenset("False None 0 0.0 '' [] () {} set()".split())
_TELLING = frozenset({"print", "append"})  #: calls whose values are what a line is for
#: What has no value of its own where it stands, or none to show.
_ASIDE = (ast.Constant, ast.Starred, ast.Lambda, ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr, ast.GeneratorExp)


@frozen
class _Part:
    text: str
    name: str = ""  #: that keeps it; "" for what is a name itself
    ends_at: bool | None = None  #: the rest of an `and` or `or` is not looked at once a part is this


@dataclass(slots=True)
class _Line:
    """What is watched in one line, in the order in which Python comes to it; the whole last."""

    parts: list[_Part] = field(default_factory=list)
    is_test: bool = False
    is_result: bool = False


@frozen
class _Visit:
    """One time that a line ran: what was known of its parts, and what it made of names."""

    line: int
    depth: int
    values: tuple[tuple[str, str], ...]
    made: Json


class Watch:
    """A program whose questions are watched, and the parts of these lines."""

    def __init__(self, program: Program, lines: Sequence[int]) -> None:
        self._lines: dict[int, _Line] = {}
        self._told = tuple(lines)
        self._source = program.source
        self._count = 0
        places = [place for place in program.places() if _is_test(place) or self._is_of_line(place)]
        self.edit = Edit("watched", (), 0.0, tuple((place.path, self._watched(place)) for place in places))

    def _is_of_line(self, place: Place) -> bool:
        """Whether it is what a line told works out, goes through, prints or adds to a list."""
        kinds = {"value": (ast.Return, ast.Yield, ast.Assign, ast.AugAssign), "iter": (ast.For,)}
        is_of_line = place.parent is not None and isinstance(place.parent, kinds.get(place.field, ()))
        is_told = called(place.parent) in _TELLING and place.field == "args"
        return (is_of_line or is_told) and place.node.lineno in self._told

    def _watched(self, place: Place) -> str:
        node, line = copy.deepcopy(place.node), self._lines.setdefault(place.node.lineno, _Line())
        line.is_test = line.is_test or _is_test(place)
        line.is_result = isinstance(place.parent, ast.Return) and not isinstance(node, (ast.Compare, ast.BoolOp))
        if isinstance(place.parent, ast.AugAssign) and isinstance(place.parent.target, ast.Name):
            line.parts.append(_Part(place.parent.target.id))
        match node:
            case ast.BoolOp():
                ends_at = isinstance(node.op, ast.Or)
                node.values = [self._side(one, line, ends_at) for one in node.values]
            case ast.UnaryOp(ast.Not()):
                node.operand = self._part(node.operand, line)
            case ast.Compare():
                node.left = self._part(node.left, line)
                node.comparators = [self._part(one, line) for one in node.comparators]
            case ast.BinOp():
                node.left, node.right = self._part(node.left, line), self._part(node.right, line)
            case ast.Subscript(slice=ast.Slice() as cut):
                cut.lower, cut.upper = (one and self._part(one, line) for one in (cut.lower, cut.upper))
            case ast.Call(ast.Name()):
                node.args = [self._part(one, line) for one in node.args]
            case ast.JoinedStr():
                for one in every(node, ast.FormattedValue):
                    one.value = self._part(one.value, line)
                return text(node)  # what is printed is told besides
        if isinstance(place.parent, ast.For) and called(node) == "range":
            node = ast.copy_location(ast.List([ast.Starred(node)]), node)
        return text(self._part(node, line))

    def _side(self, node: Any, line: _Line, ends_at: bool) -> Any:
        """A part of an `and` or `or`, behind the names that it compares."""
        sides = (node.left, *node.comparators) if isinstance(node, ast.Compare) else ()
        line.parts += [_Part(side.id) for side in sides if isinstance(side, ast.Name)]
        return self._part(node, line, ends_at)

    def _part(self, node: Any, line: _Line, ends_at: bool | None = None) -> Any:
        if isinstance(node, ast.Name):
            line.parts.append(_Part(node.id, ends_at=ends_at))
        elif not isinstance(node, _ASIDE) and not isinstance(getattr(node, "operand", None), ast.Constant):
            self._count += 1
            said = ast.get_source_segment(self._source, node) or text(node)
            line.parts.append(_Part(said, f"{_KEPT}{self._count}", ends_at))
            return ast.NamedExpr(ast.Name(line.parts[-1].name), node)
        return node

    def seen(
        self, steps: Sequence[Step], own: Sequence[Step], mended: Sequence[Step], got: str, made: str
    ) -> Watched | None:
        """The parts of a line told when it ran: the last time before a repair goes another way.

        `steps`: of the run that is watched; `own`, `mended`: of the runs without that; `got`, `made`: what comes of
        it, and of the line, which is told besides. None where nothing is to tell.
        """
        if [one.line for one in steps] != [one.line for one in own]:
            return None
        pairs = zip(own, mended, strict=False)
        same = [*takewhile(lambda pair: (pair[0].line, pair[0].names) == (pair[1].line, pair[1].names), pairs)]
        before = sum(one.event == "line" and one.line in self._told for one in own[: len(same)])
        visits = [one for one in self._visits(steps) if one.line in self._told]
        if mended and before:
            found = visits[before - 1 : before]
        else:
            top = min((one.depth for one in visits), default=0)
            at_top = [one for one in visits if one.depth == top]
            found = at_top[:1] if len(self._told) > 1 else at_top[-1:]  # lines in a wrong order show it at once
        for visit in found:
            told = [WatchedPart(*pair) for pair in dict.fromkeys(visit.values) if pair[0] != pair[1]]
            if len(told) > 1 and told[-1].value == (got if self._lines[visit.line].is_result else made):
                told.pop()
            if told:
                return Watched(visit.line, tuple(told[-_MOST_VALUES:]))
        return None

    def walk(self, steps: Sequence[Step]) -> tuple[Change, ...]:
        """What the lines of a run make of names and answer to its questions, in turn: the first and the last few.

        What it calls is not gone into.
        """
        told: list[Change] = []
        answers: dict[int, str] = {}
        for visit in (one for one in self._visits(steps) if one.depth == 1):
            name, value = self._answer(visit)
            if name and value != answers.get(visit.line):
                told.append(Change(visit.line, name, value, asks=True))
                answers[visit.line] = value  # the same once more is no news
            made = ((name, value_text(value)) for name, value in visit.made.items() if name[0] != "_")
            told += (Change(visit.line, name, value) for name, value in made if value[:1] not in "<…")
        if len(told) > _MOST_MADE:  # of questions in turn that are not true the last one
            after = zip(told, [*told[1:], None], strict=True)
            told = [one for one, next_ in after if not (next_ and next_.asks and one.asks and one.value == "False")]
        return tuple(told if len(told) <= _MOST_MADE else [*told[:2], Change(0, "", "…"), *told[3 - _MOST_MADE :]])

    def _answer(self, visit: _Visit) -> tuple[str, str]:
        """The question that a line asked, or of an `and` or `or` the part that decided it, and the answer."""
        line = self._lines.get(visit.line, _Line())
        if not (line.is_test and visit.values and visit.values[-1][0] == line.parts[-1].text):
            return "", ""
        whole = visit.values[-1]
        parts = [one.text for one in line.parts if one.ends_at is not None]
        decided = [one for one in visit.values if one[0] in parts and one[1] == whole[1]]
        return decided[-1] if decided else whole

    def _visits(self, steps: Sequence[Step]) -> Iterator[_Visit]:
        """Each time that a line ran to its end; of those that call others, after these."""
        states: dict[int, Json] = {}
        begun: dict[int, tuple[int, Json]] = {}
        depth = 0
        for step in steps:
            if step.depth > depth:
                states[step.depth] = {}
                begun.pop(step.depth, None)
            depth = step.depth
            state = {**states.setdefault(depth, {}), **step.names}
            states[depth] = state
            if depth in begun:
                line, before = begun.pop(depth)
                yield _Visit(line, depth, tuple(self._values(line, before, state, step)), step.names)
            if step.event == "line":
                begun[depth] = step.line, state
            else:
                depth -= 1

    def _values(self, line: int, before: Json, after: Json, step: Step) -> Iterator[tuple[str, str]]:
        """Of a line's parts that it came to. After an error nothing older counts."""
        held = step.names if step.event == "return" else after
        parts = self._lines[line].parts if line in self._lines else []
        is_over = False
        for number, part in enumerate(parts):
            is_whole = number == len(parts) - 1
            known = held if part.name else before
            name = part.name or part.text
            if name not in known or is_over and not is_whole:
                continue
            value = value_text(known[name])
            if value[:1] in "<…" or "\n" in value or is_table(known[name]):
                continue
            yield part.text, value
            is_over = is_over or part.ends_at is not None and (value not in _FALSE) == part.ends_at


def _is_test(place: Place) -> bool:
    return isinstance(place.parent, (ast.If, ast.While)) and place.field == "test"
