"""How much of the author's solution a reply spells out: lines that decide something, and whole keys."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .run import Place
from .student_code import Line, Own, line_of, lines_of
from .syntax import parsed

#: Nodes from which on an expression decides something by itself.
KEY_WEIGHT = 7
#: The share of the lines that decide from which on a reply gives them away.
HALF = 0.5
#: Nodes of a line that nobody writes by chance.
_LONG = 5


@dataclass(frozen=True)
class Decisive:
    """What decides in a solution, each without its names; what is in the starter or the statement is left out."""

    solution: str
    starter: str

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Statements that are more than a start value, a header or the way out."""
        tree = parsed(self.solution)
        if tree is None:
            return ()
        given = {line.form for line in lines_of(self.starter)}
        found = [line for line in lines_of(tree) if line.form not in given and not _is_frame(line)]
        return tuple(dict.fromkeys(found))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Functions given to others, and the like: the point of the matter where there is one."""
        tree = parsed(self.solution)
        found = set()
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Lambda):
                line = line_of(node.body)
                if line.weight >= KEY_WEIGHT - 1:
                    found.add(line.form)
        return frozenset(found)

    def has_key(self, lines: Sequence[Line], own: Own) -> bool:
        """Whether these hold a whole key that is not the student's."""
        return any(line.form in self.keys for line in lines if line.form not in own.lines)

    def share(self, lines: Iterable[Line]) -> float:
        """The part of the deciding lines that these are, from 0 to 1: by number, or by how much they decide."""
        if not self.lines:
            return 0.0
        told = self._among(lines)
        by_weight = sum(map(_worth, told)) / sum(map(_worth, self.lines))
        return max(by_weight, len(told) / len(self.lines))

    def is_told(self, lines: Iterable[Line]) -> bool:
        """Whether these give half or more of it away: two lines at least, or the only one where that is a long one."""
        lines = list(lines)
        number = self.number(lines)
        alone = number == len(self.lines) == 1 and self.lines[0].weight >= _LONG
        return (number >= 2 or alone) and self.share(lines) >= HALF

    def number(self, lines: Iterable[Line]) -> int:
        """How many of them."""
        return len(self._among(lines))

    def _among(self, lines: Iterable[Line]) -> list[Line]:
        """The deciding lines that these are, or whose value they are."""
        forms = {line.form for line in lines}
        return [line for line in self.lines if line.form in forms or self._values.get(line.form) in forms]

    @cached_property
    def _values(self) -> dict[str, str]:
        """What a line gives back, hands out or keeps, as a line of its own; by the line's form."""
        tree = parsed(self.solution)
        found = {}
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.stmt) and (value := value_of(node)) is not None:
                line = line_of(ast.Expr(value=value))
                if line.weight >= _LONG:
                    found[line_of(node).form] = line.form
        return found


def _worth(line: Line) -> float:
    return min(3.0, 1 + line.weight / 12)


_START = re.compile(r"(Return|Expr|Assign)\(.{0,40}(Constant\([^()]*\)|List\(\[\]\)|Dict\(\[\],\[\]\))+\)?\)")


def _is_frame(line: Line) -> bool:
    """A header, a start value, a bare return: every answer has them."""
    if line.form.startswith(("def(", "ClassDef(")):
        return True
    return line.weight <= 2 or (line.weight <= 3 and _START.fullmatch(line.form) is not None)


def value_of(node: ast.stmt) -> ast.expr | None:
    """What a statement is about, where that is all it has to say."""
    match node:
        case ast.Expr(value=ast.Yield(value=ast.expr() as value)):
            return value
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value) | ast.AugAssign(value=value):
            return value
    return None


@lru_cache(maxsize=200)
def decisive_of(place: Place) -> Decisive:
    """What decides in an exercise's solution."""
    exercise = place.exercise
    return Decisive(exercise.solution, exercise.solution if exercise.answer == "order" else exercise.starter)
