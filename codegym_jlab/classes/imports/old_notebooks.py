"""Students' notebooks that were made for nbgrader or Otter: which cells are answers of a course that was moved.

Their cells get our marks; what the old grader put beside the answers (its tests, its calls) goes.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import field
from datetime import UTC, datetime
from typing import TypeVar

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import Cells, Notebook, NotebookCell, mark_of
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.records import frozen

Named = TypeVar("Named", Unit, Exercise)
GRADEBOOK = "gradebook.db"
MOST_STEPS = 100_000_000  #: of SQLite, seconds: what a file calls a table can be a question without an end
_OTTER_LINE = re.compile(r"(grader\.(check|export)\w*\(.*|grader *= *otter\.Notebook\b.*|import otter|#.*)?$")
_OTTER_CHECK = re.compile(r"grader\.check\( *['\"]([^'\"]{1,200})['\"]")


def mark_answers(notebook: Notebook, loaded: LoadedCourse, names: Iterable[str]) -> None:
    """Give it our marks, where it is of the old grader's; `names`: of the file and its folders, nearest first."""
    if any(map(mark_of, (notebook, *notebook["cells"]))):
        return
    found = list(_named(notebook["cells"]))
    wanted = {name for _, name in found if name}
    units = next((like for name in names if (like := _like(loaded.units, name))), loaded.units)
    unit = max(units, key=lambda one: len(_exercises(one, wanted)), default=None)
    if unit is None or not (ids := _exercises(unit, wanted)):
        return
    kept: Cells = []
    given = set()
    for cell, name in found:
        if name is None:
            continue
        if (id := ids.get(name)) is not None and id not in given:
            given.add(id)
            cell["metadata"]["codegym"] = {"exercise": id, "role": "answer"}
            starter = next(one.starter for one in unit.exercises if one.id == id)
            if _without_blanks(cell["source"]) == _without_blanks(starter):
                cell["source"] = starter  # not begun
        elif id is not None and kept and mark_of(kept[-1]).get("exercise") == id:  # an answer of several cells
            kept[-1]["source"] += f"\n\n{cell['source']}"
            continue
        kept.append(cell)
    notebook["cells"] = kept
    notebook["metadata"]["codegym"] = {"course": loaded.id, "unit": unit.id}


def _without_blanks(source: str) -> list[str]:
    return [line.expandtabs(4).rstrip() for line in source.splitlines() if line.strip()]


def plain(name: str) -> str:
    """As the id of what was moved is made of its name."""
    found = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_") or "x"
    return found if found[0].isalpha() else f"q-{found}"


def _like(ones: Iterable[Named], name: str) -> list[Named]:
    """What has the id that is made of this name; else what has it with a number behind, as another had it first."""
    own, listed = plain(name), list(ones)
    same = [one for one in listed if one.id == own]
    return same or [one for one in listed if re.fullmatch(re.escape(own) + r"-\d+", one.id)]


def _exercises(unit: Unit, names: Iterable[str]) -> dict[str, str]:
    """The exercise of each name, where there is one."""
    found = ((name, _like(unit.exercises, name)) for name in names)
    return {name: like[0].id for name, like in found if len(like) == 1}


def _named(cells: Cells) -> Iterator[tuple[NotebookCell, str | None]]:
    """Each cell with its answer's name: empty where it is none, None where it is the grader's own."""
    for place, cell in enumerate(cells):
        said, tags = cell["metadata"].get("nbgrader"), cell["metadata"].get("tags")
        mark = said if isinstance(said, dict) else {}
        if mark.get("solution") or mark.get("task"):
            yield cell, str(mark.get("grade_id") or "")
        elif mark.get("grade"):
            yield cell, None
        elif isinstance(tags, list) and "otter_answer_cell" in tags:
            yield cell, _checked_by(cells[place + 1 :])
        elif cell["cell_type"] == "code" and _is_otters(cell["source"]):
            yield cell, None
        else:
            yield cell, ""


def _checked_by(below: Cells) -> str:
    """The question that Otter checks next."""
    for cell in below:
        if cell["cell_type"] == "code" and (found := _OTTER_CHECK.search(cell["source"])):
            return found[1]
    return ""


def _is_otters(source: str) -> bool:
    is_call = _OTTER_CHECK.search(source) or "otter.Notebook" in source
    return bool(is_call) and all(_OTTER_LINE.match(line.strip()) for line in source.splitlines())


@frozen
class Gradebook:
    """What nbgrader's `gradebook.db` knows: other names of a student, and when an assignment was handed in, in UTC."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    handed_in: Mapping[tuple[str, str], datetime] = field(default_factory=dict)  #: by student and assignment


def gradebook_of(content: bytes) -> Gradebook:
    """An empty one where it cannot be read."""
    try:
        with closing(sqlite3.connect(":memory:")) as book:
            book.deserialize(content)
            book.set_progress_handler(lambda: 1, MOST_STEPS)
            people = book.execute("SELECT id, email, lms_user_id FROM student").fetchall()
            sent = book.execute(
                "SELECT s.student_id, a.name, s.timestamp FROM submitted_assignment s JOIN assignment a"
                " ON a.id = s.assignment_id WHERE s.timestamp IS NOT NULL"
            ).fetchall()
    except sqlite3.Error:
        return Gradebook()
    names = {str(id): tuple(str(one) for one in others if one) for id, *others in people}
    times = {(str(who), str(what)): datetime.fromisoformat(str(at)).replace(tzinfo=UTC) for who, what, at in sent}
    return Gradebook(names, times)
