"""Which cells run before an answer, and in what order: "restart and run up to here".

The student's cells run in document order. A given cell of the course runs in the course's own words: where the
student's notebook has it unchanged, in its place; where it was changed or deleted, after what stands before it in the
course. One that fails on purpose, or waits for somebody who types, is for the student's kernel alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from codegym_jlab.course.notebook import mark_of
from codegym_jlab.course.schema import CodeCell, Exercise, ExerciseCell, Unit
from codegym_jlab.records import Cell

from .ipython_syntax import python_text

ANSWER = "answer"
#: A "program" is an answer that each check runs anew, as a script.
CellKind = Literal["given", "student", "answer", "program"]


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One cell to run. `number` is its place among the student's code cells, from 1; None where the course adds it."""

    name: str
    kind: CellKind
    text: str  #: as the notebook has it
    number: int | None = None


def answer_in(notebook: Mapping[str, Any], exercise: str) -> tuple[str, tuple[Cell, ...]]:
    """The answer in a repaired notebook, and the code cells above it. Raises KeyError where it is not in it."""
    above: list[Cell] = []
    for cell in notebook["cells"]:
        role, owner = mark_of(cell).get("role"), mark_of(cell).get("exercise")
        if role == "answer" and owner == exercise:
            return cell["source"], tuple(above)
        if cell["cell_type"] == "code":
            known = role if role in ("given", "answer") else None
            above.append(Cell(cell["source"], cell["id"], known, owner if role == "answer" else None))
    raise KeyError(exercise)


def student_plan(unit: Unit, exercise: Exercise, cells: Sequence[Cell], answer: str) -> tuple[PlannedCell, ...]:
    """The cells of a submission, in the order in which they run."""
    given = _given_above(unit, exercise)
    places = _places(given, cells)
    missing: dict[int, list[PlannedCell]] = {}
    after = 0
    for number, item in enumerate(given):
        if number in places:
            after = max(after, places[number] + 1)
        elif isinstance(item, CodeCell) and not item.fails:
            name = f"course cell {number + 1}"
            missing.setdefault(after, []).append(PlannedCell(name, "given", item.code))
    is_given = {place: item for number, place in places.items() if isinstance(item := given[number], CodeCell)}
    plan: list[PlannedCell] = []
    for place, cell in enumerate(cells):
        plan += missing.get(place, [])
        if _wanted(cell, unit, exercise) and not (place in is_given and is_given[place].fails):
            kind: CellKind = "given" if place in is_given else "student"
            plan.append(PlannedCell(f"cell {place + 1}", kind, cell.source, place + 1))
    return (*plan, *missing.get(len(cells), []), _answer(exercise, answer))


def author_plan(unit: Unit, exercise: Exercise) -> tuple[PlannedCell, ...]:
    """The author's own way to the exercise: given cells and the solutions above it, then its solution."""
    plan = []
    for number, item in enumerate(_given_above(unit, exercise), start=1):
        if isinstance(item, CodeCell):
            plan += [] if item.fails else [PlannedCell(f"course cell {number}", "given", item.code)]
        elif is_used(item.exercise, exercise):
            plan.append(PlannedCell(f"course cell {number}", "student", item.exercise.solution))
    return (*plan, _answer(exercise, exercise.solution))


def _answer(exercise: Exercise, text: str) -> PlannedCell:
    return PlannedCell(ANSWER, "program" if exercise.is_program else "answer", text)


def with_files(plan: Sequence[PlannedCell], files: Mapping[str, bytes]) -> tuple[PlannedCell, ...]:
    """A plan that begins by laying these out in the working folder, in place of the course's own."""
    if not files:
        return tuple(plan)
    text = (
        "import os as __os\n"
        f"for __name, __body in {dict(files)!r}.items():\n"
        "    __os.makedirs(__os.path.dirname(__name) or '.', exist_ok=True)\n"
        "    if __os.path.lexists(__name): __os.remove(__name)\n"
        "    with open(__name, 'wb') as __file: __file.write(__body)\n"
        "del __os, __name, __body, __file"
    )
    return (PlannedCell("the check's files", "given", text), *plan)


def is_used(earlier: Exercise, exercise: Exercise) -> bool:
    """Whether an answer above runs first: unasked, a whole program neither lends its names nor borrows any."""
    if not earlier.is_code:
        return False
    if exercise.uses is not None:
        return earlier.id in exercise.uses
    return not earlier.is_program and not exercise.is_program


def _given_above(unit: Unit, exercise: Exercise) -> list[CodeCell | ExerciseCell]:
    above: list[CodeCell | ExerciseCell] = []
    for item in unit.cells:
        if isinstance(item, ExerciseCell) and item.exercise.id == exercise.id:
            break
        if isinstance(item, (CodeCell, ExerciseCell)):
            above.append(item)
    return above


def _places(given: list[CodeCell | ExerciseCell], cells: Sequence[Cell]) -> dict[int, int]:
    """Where in the student's notebook each of the course's cells stands unchanged (answers: stands at all)."""
    places: dict[int, int] = {}
    for number, item in enumerate(given):
        for place, cell in enumerate(cells):
            if place not in places.values() and _is(item, cell):
                places[number] = place
                break
    return places


def _is(item: CodeCell | ExerciseCell, cell: Cell) -> bool:
    if isinstance(item, ExerciseCell):
        return cell.role == "answer" and cell.exercise == item.exercise.id
    return cell.role != "answer" and cell.source.rstrip() == item.code.rstrip()


def _wanted(cell: Cell, unit: Unit, exercise: Exercise) -> bool:
    if cell.role != "answer" or cell.exercise is None:
        return True
    earlier = next((one for one in unit.exercises if one.id == cell.exercise), None)
    if earlier is None:
        return exercise.uses is None
    # gaps and a broken program that nobody has touched yet could only stop with an error
    is_untouched = earlier.answer in ("fill", "debug") and cell.source.strip() == earlier.starter.strip()
    return is_used(earlier, exercise) and not is_untouched


@dataclass(frozen=True, slots=True)
class Names:
    """What the author's solution binds: the names that come from the student, and its imports as statements."""

    defined: tuple[str, ...]
    imports: tuple[tuple[str, str], ...]  #: (name, statement)

    @lru_cache(maxsize=4000)  # noqa: B019  of a course's checks, not of a student's answers
    def imports_for(self, *texts: str | None) -> str:
        """Import statements of the solution for the names that these texts use, each on a line."""
        words = set(re.findall(r"\w+", " ".join(text or "" for text in texts)))
        return "\n".join(dict.fromkeys(statement for name, statement in self.imports if name in words))


@lru_cache(maxsize=2000)
def solution_names(solution: str) -> Names:
    """The names bound at the top level of a solution, read from its text; none where it cannot be read."""
    try:
        tree = ast.parse(python_text(solution))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names((), ())
    defined: dict[str, None] = {}
    imports: list[tuple[str, str]] = []
    for node in _top_level(tree.body):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports += _imported(node)
        else:
            defined.update(dict.fromkeys(_bound(node)))
    return Names(tuple(defined), tuple(pair for pair in imports if pair[0] not in defined))


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run in the module itself, those within if, for, while, try, with and match included."""
    for node in body:
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for part in ("body", "orelse", "finalbody"):
            yield from _top_level(getattr(node, part, []))
        for inner in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            yield from _top_level(inner.body)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__" or alias.name == "*"):
            continue
        name = alias.asname or alias.name.partition(".")[0]
        source = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
        yield name, f"{source}import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    for target in _targets(node):
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
        return [node.target]
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    if isinstance(node, ast.Expr):
        return [part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr)]
    return []
