"""A unit → its notebook: deterministic cells and ids, nothing hidden in it.

Notebooks here are plain JSON dicts of nbformat 4.5 (importing nbformat costs more than a check does).
"""

import re
from typing import Literal

from codegym_jlab.records import Json, digest_of, frozen

from .loader import LoadedCourse
from .schema import PYTHON_KERNELS, CodeCell, Exercise, ExerciseCell, MarkdownCell, Unit
from .validation import free_name

Notebook = Json
NotebookCell = Json
Cells = list[NotebookCell]
Role = Literal["statement", "answer", "given"]

SCHEMA = 1
ID_LENGTH = 64  #: nbformat's bound
WORDS_A_MINUTE = 130  #: that a beginner reads, code among them


@frozen
class Lesson:
    """What stands to be read from a heading on, up to the next heading or exercise; `id` is its first cell's."""

    id: str
    title: str
    minutes: int
    before: str | None  #: the exercise that follows; None at the end of the unit


def unit_notebook(loaded: LoadedCourse, unit: Unit) -> Notebook:
    """The notebook that a student gets on opening `unit` for the first time: the same one each time."""
    taken = {cell_id(exercise.id, role) for exercise in unit.exercises for role in ("statement", "answer")}
    cells = []
    for item in unit.cells:
        if isinstance(item, ExerciseCell):
            cells += [statement_cell(item.exercise), answer_cell(item.exercise)]
        else:
            cells.append(_given(item, taken))
    kernel, version = loaded.head.kernel_of(unit), loaded.unit_digests[unit.id]
    return {
        "cells": cells,
        "metadata": {
            "codegym": {"schema": SCHEMA, "course": loaded.id, "unit": unit.id, "version": version},
            "kernelspec": _kernelspec(kernel),
            **({"language_info": {"name": "python"}} if loaded.is_python(unit) else {}),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def lessons_of(loaded: LoadedCourse, unit: Unit) -> list[Lesson]:
    """The lessons of a unit in reading order: each begins at a cell of text that begins with a heading."""
    found: list[Lesson] = []
    before, words = None, 0  # what comes below: an exercise, and text that is the next heading's above
    for cell in reversed(unit_notebook(loaded, unit)["cells"]):
        heading = _heading(cell["source"]) if cell["cell_type"] == "markdown" else ""
        words += len(cell["source"].split())
        if exercise := mark_of(cell).get("exercise"):
            before, words = exercise, 0
        elif heading:
            found.append(Lesson(cell["id"], heading, max(1, round(words / WORDS_A_MINUTE)), before))
            words = 0
    return found[::-1]


def _heading(markdown: str) -> str:
    """The words of the heading that a text begins with; empty where it begins with none."""
    marks, _, words = markdown.lstrip().partition("\n")[0].partition(" ")
    return words.strip(" #").translate({ord("`"): None, ord("*"): None}) if marks.strip("#") == "" else ""


def cell_id(exercise: str, role: Role) -> str:
    """Id of an exercise's cell: `sum-even-answer`, shortened with a hash where it is over nbformat's 64."""
    plain = f"{exercise}-{role}"
    if len(plain) <= ID_LENGTH:
        return plain
    return f"{exercise[:40]}-{_hash(exercise)[:10]}-{role}"


def statement_cell(exercise: Exercise) -> NotebookCell:
    """Title, points, concepts and statement."""
    facts = " · ".join([f"`{exercise.points:g} pt`", *["bonus"] * exercise.bonus, *exercise.concepts])
    text = f"### {' '.join(exercise.title.split())}\n\n{facts}\n\n{statement_text(exercise)}"
    return _cell("markdown", cell_id(exercise.id, "statement"), text, _mark("statement", exercise.id))


def statement_text(exercise: Exercise) -> str:
    """What is asked, with what there is to choose from, to predict or to put in order."""
    parts = [exercise.statement.strip()]
    if exercise.answer == "choice":
        parts += [f"{letter}) {' '.join(one.text.split())}" for letter, one in exercise.lettered.items()]
    elif exercise.answer in ("predict", "order"):
        parts.append(_fenced(exercise.given.rstrip() or "\n".join(mixed_lines(exercise)), "python"))
    if exercise.stdin:
        parts.append(_fenced(exercise.stdin.rstrip("\n"), "text"))
    return "\n\n".join(parts)


def answer_cell(exercise: Exercise) -> NotebookCell:
    """The cell that is graded, with the starter in it."""
    mark = _mark("answer", exercise.id)
    if exercise.answer != "code":
        mark |= {"answer": exercise.answer, "controls": _controls(exercise)}
    if exercise.bonus:
        mark["bonus"] = True
    return _cell(kind_of_answer(exercise), cell_id(exercise.id, "answer"), starter_source(exercise), mark)


def kind_of_answer(exercise: Exercise) -> str:
    """The type of its answer cell."""
    return "code" if exercise.is_code else "markdown"


def starter_source(exercise: Exercise) -> str:
    """What stands in the answer cell at first, and again after a reset."""
    return _UNTOUCHED.get(exercise.answer) or exercise.starter.rstrip("\n")


def answer_source(exercise: Exercise, answer: str) -> str:
    """What the answer cell holds of a bare answer: letters of a choice, an output that is predicted, else as it is."""
    if exercise.answer == "choice":
        return f"Answer: {answer}"
    return _fenced(answer.rstrip("\n"), "text") if exercise.answer == "predict" else answer


def bare_answer(exercise: Exercise, source: str) -> str:
    """The other way round: what is answered in a cell; nothing where it is as it was."""
    if exercise.answer == "choice":
        return ", ".join(chosen(source))
    return predicted(source).strip("\n") if exercise.answer == "predict" else source


def chosen(source: str) -> tuple[str, ...]:
    """The letters in the answer cell of a choice, each once."""
    text = source.rpartition("Answer:")[2]
    return tuple(sorted(set(re.findall(r"(?<![^\W_])[a-z](?![^\W_])", text.lower()))))


def predicted(source: str) -> str:
    """The output in the answer cell of a prediction: what is fenced, else all."""
    found = re.search(r"^(`{3,})[^`\n]*\n(.*?)^\1`*[ \t]*$", source + "\n", re.M | re.S)
    return found[2] if found else source


def mixed_lines(exercise: Exercise) -> list[str]:
    """The lines to be put in order, without indentation, distractors among them: mixed, the same way each time."""
    lines = [line.strip() for line in exercise.solution.splitlines() if line.strip()]
    keyed = [(_hash(exercise.id, str(n), line), line) for n, line in enumerate([*lines, *exercise.distractors])]
    mixed = [line for _, line in sorted(keyed)]
    return mixed if mixed != lines else mixed[::-1]


#: What stands in an answer cell that has no starter of the course's.
_UNTOUCHED = {"choice": "Answer:", "predict": "```text\n\n```"}


def _controls(exercise: Exercise) -> Json:
    """What an editor of this kind of answer needs: no right option, no word on one, no order, no output."""
    match exercise.answer:
        case "choice":
            offered = [{"id": letter, "text": one.text} for letter, one in exercise.lettered.items()]
            several = exercise.several or len(exercise.checks) > 1
            return {"choices": offered, "several": several, "pick": exercise.pick}
        case "predict":
            return {"given": exercise.given.rstrip("\n")}
        case "order":
            return {"lines": mixed_lines(exercise)}
        case "text":
            return {"words": exercise.words.model_dump() if exercise.words else None}
    given = {"given": exercise.starter.rstrip("\n")} if exercise.answer in ("fill", "debug") else {}
    typed = next((check.stdin for check in exercise.sample_checks if check.action == "program"), None)
    return given | ({"stdin": typed} if exercise.is_program and exercise.answer != "fill" else {})


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def mark_of(cell: NotebookCell) -> Json:
    """`metadata.codegym` of a cell or a notebook, {} where there is none that can be one."""
    metadata = cell.get("metadata")
    mark = metadata.get("codegym") if isinstance(metadata, dict) else None
    sound = isinstance(mark, dict) and all(isinstance(mark.get(key, ""), str) for key in ("exercise", "role"))
    return mark if isinstance(mark, dict) and sound else {}


def role_of(cell: NotebookCell) -> str | None:
    """What a cell is by its mark; None where that says nothing."""
    role: str | None = mark_of(cell).get("role")
    return role


def _mark(role: Role, exercise: str | None = None) -> Json:
    return {"schema": SCHEMA, **({"exercise": exercise} if exercise else {}), "role": role}


def _given(item: MarkdownCell | CodeCell, taken: set[str]) -> NotebookCell:
    kind, source = ("markdown", item.markdown) if isinstance(item, MarkdownCell) else ("code", item.code)
    base = (item.id or f"c-{_hash(kind, source)[:12]}")[: ID_LENGTH - 5]
    identity = free_name(base, taken)
    taken.add(identity)
    return _cell(kind, identity, source.rstrip("\n"), _mark("given"))


def _cell(kind: str, identity: str, source: str, mark: Json) -> NotebookCell:
    cell: NotebookCell = {"cell_type": kind, "id": identity, "metadata": {"codegym": mark}, "source": source}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def _kernelspec(kernel: str) -> dict[str, str]:
    if kernel in PYTHON_KERNELS:
        return {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return {"name": kernel, "display_name": kernel}


def _hash(*parts: str) -> str:
    return digest_of("\0".join(parts))
