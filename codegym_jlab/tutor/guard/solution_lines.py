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

    def is_told(self, lines: Iterable[Line]) -> bool:
        """Whether these give half or more of it away: two lines at least, or the only one where that is a long one.

        Half is meant by number, or by how much the lines decide.
        """
        forms = {line.form for line in lines}
        told = [line for line in self.lines if line.form in forms]
        is_alone = len(told) == len(self.lines) == 1 and told[0].weight >= _LONG
        by_weight = sum(map(_worth, told)) >= HALF * sum(map(_worth, self.lines))
        return (len(told) >= 2 or is_alone) and (by_weight or len(told) >= HALF * len(self.lines))


def _worth(line: Line) -> float:
    return min(3.0, 1 + line.weight / 12)


_START = re.compile(r"(Return|Expr|Assign)\(.{0,40}(Constant\([^()]*\)|List\(\[\]\)|Dict\(\[\],\[\]\))+\)?\)")


def _is_frame(line: Line) -> bool:
    """A header, a start value, a bare return: every answer has them."""
    if line.form.startswith(("def(", "ClassDef(")):
        return True
    return line.weight <= 2 or (line.weight <= 3 and _START.fullmatch(line.form) is not None)


@lru_cache(maxsize=200)
def decisive_of(place: Place) -> Decisive:
    """What decides in an exercise's solution."""
    exercise = place.exercise
    return Decisive(exercise.solution, exercise.solution if exercise.answer == "order" else exercise.starter)
