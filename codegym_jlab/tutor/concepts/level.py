"""What of a topic fits a place in a course: examples in forms that were taught there, and not the answer asked for."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from keyword import iskeyword

from codegym_jlab.course.schema import CodeCell, Course, Exercise, ExerciseCell

from ...records import frozen
from ..explain.program import attributes_of, every
from ..guard.syntax import parsed
from .search import Example, Topic

_SPAN = re.compile(r"`([^`\n]+)`")
_PLAIN = (ast.Name, ast.Constant, ast.Expr, ast.Assign, ast.Tuple)
_SHORT = 3  #: statements of a loop that says nothing of an answer
_FORMS = (ast.expr, ast.stmt, ast.operator, ast.cmpop, ast.boolop, ast.comprehension)


@frozen
class Level:
    """The forms of code seen so far, None where all are fit to be told; and the expressions of the answer."""

    known: frozenset[str] | None = None
    answers: frozenset[str] = frozenset()

    def example(self, ahead: Iterable[Example], topic: Topic) -> Example | None:
        """The first of these that can be read here, else the plainest; none that tells an answer."""
        known = None if self.known is None else self.known | _own(topic)
        told = [one for one in ahead if not self.tells(one.code)]
        return min(told, key=lambda one: 0 if known is None else len(_forms_of(one.code) - known), default=None)

    def reads(self, topic: Topic) -> bool:
        """Whether what all examples of a topic show was taught."""
        return self.known is None or _own(topic) <= self.known

    def tells(self, code: str) -> bool:
        """Whether an expression of the answer stands in this code, whatever its names are."""
        return bool(self.answers) and not self.answers.isdisjoint(_expressions(_tree(code)))

    def text(self, text: str) -> str:
        """A text without the sentences that hold an expression of the answer."""
        sentences = re.split(r"(?<=[.!?]) +(?=[A-Z`])", text)
        return " ".join(one for one in sentences if not any(map(self.tells, _SPAN.findall(one))))


ANY = Level()  #: of a place where everything may be told


def level_of(course: Course, exercise: Exercise | None) -> Level:
    """That of an exercise: what stands in the course up to it, in cells and answers."""
    if exercise is None:
        return ANY
    open_code = [exercise.starter, exercise.given, *_SPAN.findall(exercise.statement)]
    told = frozenset[str]().union(*(_expressions(_tree(code)) for code in open_code))
    known = frozenset[str]().union(*map(_forms_of, _codes(course, exercise)))
    return Level(known or None, _expressions(_tree(exercise.solution)) - told)


def _own(topic: Topic) -> frozenset[str]:
    return frozenset.intersection(*(_forms_of(one.code) for one in (topic.example, *topic.more)))


def _codes(course: Course, exercise: Exercise) -> Iterator[str]:
    for unit in course.units:
        for cell in unit.cells:
            if isinstance(cell, CodeCell):
                yield cell.code
            elif isinstance(cell, ExerciseCell):
                yield from (cell.exercise.given, cell.exercise.starter, cell.exercise.solution)
                if cell.exercise is exercise:
                    return


def _tree(code: str) -> ast.Module:
    return parsed(code) or ast.Module([], [])


@lru_cache(maxsize=4096)
def _forms_of(code: str) -> frozenset[str]:
    """Kinds of statements, expressions and operators, and what is called by which name."""
    tree = _tree(code)
    found: set[str] = set()
    made = attributes_of(tree) | {node.name for node in every(tree, ast.FunctionDef, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, _FORMS) and not isinstance(node, _PLAIN):
            found.add(type(node).__name__)
        match node:
            case ast.Call(ast.Name(name)) if name not in made:
                found.add(name)
            case ast.Attribute(_, name) if name not in made:
                found.add(f".{name}")
            case ast.keyword(name):
                found.add(f"{name}=")
            case ast.FormattedValue(_, conversion, form) if form is not None or conversion != -1:
                found.add("format")
    return frozenset(found)


def _expressions(tree: ast.Module) -> frozenset[str]:
    """Sums, comparisons and conditions that hold a further one, and loops of some lines, their names left out."""
    kinds = (ast.BinOp, ast.Compare, ast.BoolOp)
    large = [node for node in every(tree, *kinds) if len([*every(node, *kinds)]) > 1]
    loops = [node for node in every(tree, ast.For, ast.While) if len([*every(node, ast.stmt)]) > _SHORT]
    return frozenset(map(_bare, [*large, *loops]))


def _bare(node: ast.AST) -> str:
    """Code without its own names, and without what a `range` goes from and to."""
    code = re.sub(r"\brange\(.*\):", "range():", ast.unparse(node))
    return re.sub(r"[^\W\d]\w*", lambda one: one[0] if iskeyword(one[0]) or hasattr(builtins, one[0]) else "_", code)
