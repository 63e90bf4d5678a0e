"""A student's notebook, whatever happened to it → one answer cell for each exercise, and not a character lost.

Called on opening and on submission. A cell's identity is its id, then its metadata, then its content.
"""

import difflib
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import Any

from ..records import Json, Notice, frozen
from .loader import LoadedCourse
from .notebook import (
    Cells,
    Notebook,
    NotebookCell,
    Role,
    answer_cell,
    cell_id,
    kind_of_answer,
    mark_of,
    role_of,
    starter_source,
    statement_cell,
    unit_notebook,
)
from .schema import Exercise, Unit

_DEFINES = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=]+)?=(?!=)", re.M)


def defined_names(source: str) -> frozenset[str]:
    """Functions, classes and variables that `source` defines at its top; it need not parse."""
    return frozenset(name for match in _DEFINES.finditer(source) for name in match.groups() if name)


def is_copy(first: str, second: str) -> bool:
    """True where two cells marked as one answer are the same work twice, False where they are two halves of it."""
    if not first.strip() or not second.strip() or first.strip() == second.strip():
        return True
    one, other = defined_names(first), defined_names(second)
    if one & other:
        return True
    if one and other:
        return False
    return difflib.SequenceMatcher(None, first[:2000], second[:2000], autojunk=False).ratio() > 0.6


@frozen
class Repaired:
    """A valid notebook; `changed` where it is not what came in; `unit` None where it is of no unit of this course."""

    notebook: Notebook
    changed: bool
    notices: tuple[Notice, ...]
    unit: str | None


def repair(raw: Any, loaded: LoadedCourse, unit_id: str | None = None, base: Notebook | None = None) -> Repaired:
    """Repair the JSON `raw` of any notebook-like file. `unit_id` where it is known whose notebook this is.

    `base`, what it was generated from where that is known: its given cells keep their marks, and a merge knows them.

    Raises UnreadableNotebook where it is no notebook at all.
    """
    notebook = as_valid(raw)
    unit = find_unit(notebook, loaded, unit_id)
    if unit is None:
        number_cells(notebook["cells"])
        stranger = Notice("not_of_this_course", "This notebook does not belong to this course.")
        return Repaired(notebook, notebook != _comparable(raw), (stranger,), None)
    fresh = unit_notebook(loaded, unit)
    work = _Repair(notebook["cells"], fresh["cells"], unit, base["cells"] if base else [])
    notebook["cells"] = work.cells_repaired()
    _settle_metadata(notebook, fresh)
    changed, notices = notebook != _comparable(raw), list(work.notices)
    if (raw.get("nbformat"), raw.get("nbformat_minor")) != (4, 5):
        notices.append(Notice("format", "This notebook was saved in another format. It is up to date again."))
    elif changed and not notices:
        notices.append(
            Notice(
                "put_right", "Internal marks of this notebook were damaged and are repaired. Your text has not changed."
            )
        )
    return Repaired(notebook, changed, tuple(notices), unit.id)


def find_unit(notebook: Notebook, loaded: LoadedCourse, unit_id: str | None = None) -> Unit | None:
    """The unit whose notebook this is: as it says itself, else by most of its cells."""
    units = {unit.id: unit for unit in loaded.units}
    said = mark_of(notebook)
    says = said.get("unit") if said.get("course") in (None, loaded.id) else None
    for name in (unit_id, says):
        if isinstance(name, str) and name in units:
            return units[name]
    votes = Counter[str]()
    for unit in units.values():
        for exercise in unit.exercises:
            ids = {cell_id(exercise.id, "answer"), cell_id(exercise.id, "statement")}
            heading = _heading(exercise)
            for cell in notebook["cells"]:
                marked = mark_of(cell).get("exercise") == exercise.id or cell["id"] in ids
                votes[unit.id] += marked or (cell["cell_type"] == "markdown" and _begins_with(cell, heading))
    best = votes.most_common(1)
    return units[best[0][0]] if best and best[0][1] else None


@dataclass
class _Repair:
    """One repair of one notebook: first who is what, then what is missing."""

    cells: Cells
    fresh: Cells  #: as the unit's notebook is now
    unit: Unit
    base: Cells  #: as it was when this notebook was generated
    notices: list[Notice] = field(default_factory=list)
    found: dict[tuple[str, Role], NotebookCell] = field(default_factory=dict)  #: by exercise and role

    def cells_repaired(self) -> Cells:
        for step in (self._claim_statement, self._claim_answer, self._guess_answer, self._fill_in):
            for exercise in self.unit.exercises:
                step(exercise)
        self._mark()
        return self.cells

    def say(self, code: str, text: str, exercise: Exercise) -> None:
        self.notices.append(Notice(code, text, {"exercise": exercise.id, "title": exercise.title}))

    def _free(self, cell: NotebookCell) -> bool:
        return all(cell is not one for one in self.found.values())

    def _place(self, cell: NotebookCell) -> int:
        """Its index; cells are told apart as objects, since a copy is equal."""
        return next(at for at, other in enumerate(self.cells) if other is cell)

    def _marked(self, exercise: Exercise, role: Role) -> Cells:
        """Cells that say they are it: by id or by metadata."""
        ids = {other.id for other in self.unit.exercises}
        wanted = cell_id(exercise.id, role)
        found = []
        for cell in filter(self._free, self.cells):
            said = (mark_of(cell).get("exercise"), role_of(cell))
            if said == (exercise.id, role) or (cell["id"] == wanted and said[0] not in ids):
                found.append(cell)
        return found

    def _claim_statement(self, exercise: Exercise) -> None:
        heading = _heading(exercise)
        marked = self._marked(exercise, "statement")
        like = [cell for cell in marked if _begins_with(cell, heading)]
        like += [cell for cell in marked if cell["cell_type"] == "markdown"]
        free = [cell for cell in filter(self._free, self.cells) if cell["cell_type"] == "markdown"]
        like += [cell for cell in free if _begins_with(cell, heading)]
        if like:
            self.found[exercise.id, "statement"] = like[0]
            _change_kind(like[0], "markdown")

    def _claim_answer(self, exercise: Exercise) -> None:
        marked, kind = self._marked(exercise, "answer"), kind_of_answer(exercise)
        original = [cell for cell in marked if cell["id"] == cell_id(exercise.id, "answer")]
        fitting = [cell for cell in [*original, *marked] if cell["cell_type"] == kind]
        if not marked:
            return
        chosen = (fitting or marked)[0]
        self.found[exercise.id, "answer"] = chosen
        if _change_kind(chosen, kind):
            self.say("kind_changed", f"The answer of *{exercise.title}* had become text. It is code again.", exercise)
        copies = self._join_halves(exercise, chosen, [cell for cell in marked if cell is not chosen])
        if copies:
            which = "first one" if self._place(chosen) < self._place(copies[0]) else "original"
            self.say("copy", f"This cell was a copy of *{exercise.title}*. The {which} is graded.", exercise)

    def _join_halves(self, exercise: Exercise, chosen: NotebookCell, others: Cells) -> Cells:
        """Join what a split made of the answer. What is a copy stays as a cell of the student's own: it is returned."""
        while (half := self._half_beside(chosen, others)) is not None:
            halves = sorted((chosen, half), key=self._place)
            chosen["source"] = "\n".join(cell["source"] for cell in halves)
            if chosen["cell_type"] == "code":
                chosen["outputs"] = [output for cell in halves for output in cell["outputs"]]
            del self.cells[self._place(half)]
            others = [cell for cell in others if cell is not half]
            self.say("joined", f"The answer of *{exercise.title}* was split. It is one cell again.", exercise)
        return others

    def _half_beside(self, chosen: NotebookCell, others: Cells) -> NotebookCell | None:
        for cell in others:
            distance = self._place(cell) - self._place(chosen)
            beside = abs(distance) == 1 and cell["cell_type"] == chosen["cell_type"]
            if beside and not is_copy(chosen["source"], cell["source"]):
                return cell
        return None

    def _guess_answer(self, exercise: Exercise) -> None:
        """Marks and id are gone: the cell that defines what the starter does, else the first below the statement."""
        if (exercise.id, "answer") in self.found:
            return
        kind, names = kind_of_answer(exercise), defined_names(exercise.starter) or defined_names(exercise.solution)
        below = {id(cell) for cell in self._below_statement(exercise)}
        given = [cell for cell in [*self.fresh, *self.base] if role_of(cell) == "given"]
        free = [cell for cell in filter(self._free, self.cells) if cell["cell_type"] == kind]
        free = [cell for cell in free if not any(_alike(one, cell) for one in given)]
        defining = [cell for cell in free if kind == "code" and names & defined_names(cell["source"])]
        found = sorted(defining, key=lambda cell: id(cell) not in below)
        if not any(mark_of(cell).get("exercise") for cell in self.cells):
            # else the answer was deleted, and what stands below is something new
            starters = [defined_names(other.starter) for other in self.unit.exercises if other is not exercise]
            taken = frozenset[str]().union(*starters)
            found += [cell for cell in free if id(cell) in below and not taken & defined_names(cell["source"])]
        found += [cell for cell in free if cell["source"].strip() == starter_source(exercise).strip() != ""]
        if found:
            self.found[exercise.id, "answer"] = found[0]
            text = f"The answer of *{exercise.title}* had lost its mark. It was found again by what it holds."
            self.say("found_again", text, exercise)

    def _below_statement(self, exercise: Exercise) -> Cells:
        """The cells between its statement and the next cell of another exercise."""
        statement = self.found.get((exercise.id, "statement"))
        if statement is None:
            return []
        return list(takewhile(self._free, self.cells[self._place(statement) + 1 :]))

    def _fill_in(self, exercise: Exercise) -> None:
        """What is still missing is put back, at its place."""
        statement, answer = (self.found.get((exercise.id, role)) for role in ("statement", "answer"))
        if statement is None:
            statement = self.found[exercise.id, "statement"] = statement_cell(exercise)
            at = self._place(answer) if answer is not None else self._place_for(exercise)
            self.cells.insert(at, statement)
            if answer is not None:
                self.say("statement_back", f"The statement of *{exercise.title}* was missing. It is back.", exercise)
        if answer is None:
            answer = self.found[exercise.id, "answer"] = answer_cell(exercise)
            self.cells.insert(self._place(statement) + 1, answer)
            self.say("answer_back", f"The answer cell of *{exercise.title}* was missing. A new one is there.", exercise)

    def _place_for(self, exercise: Exercise) -> int:
        """Below the exercise before it, which is there by now; the first one above all others."""
        at = self.unit.exercises.index(exercise)
        if at:
            return self._place(self.found[self.unit.exercises[at - 1].id, "answer"]) + 1
        return next((place for place, cell in enumerate(self.cells) if not self._free(cell)), len(self.cells))

    def _mark(self) -> None:
        """Write ids and marks as they should be; a mark on any other cell goes."""
        marks = {(m["exercise"], m["role"]): cell for cell in self.fresh if "exercise" in (m := mark_of(cell))}
        roles = {id(cell): role for role, cell in self.found.items()}
        own_ids, given = {cell["id"] for cell in self.fresh}, self._given()
        for cell in self.cells:
            role = roles.get(id(cell))
            model = marks.get(role) if role is not None else given.get(id(cell))
            cell["metadata"].pop("codegym", None)
            if model is not None:
                cell["metadata"]["codegym"] = mark_of(model)
                cell["id"] = model["id"]
            elif cell["id"] in own_ids:
                cell["id"] = ""
        number_cells(self.cells)

    def _given(self) -> dict[int, NotebookCell]:
        """The course's own plain cell that a cell is, each one once: by id, else by content."""
        models = {c["id"]: c for c in [*self.base, *self.fresh] if role_of(c) == "given"}
        free, found = [*filter(self._free, self.cells)], dict[int, NotebookCell]()
        for is_it in (_is_same, _alike):
            for cell in free:
                model = next((one for one in models.values() if is_it(one, cell)), None)
                if id(cell) not in found and model is not None:
                    found[id(cell)] = models.pop(model["id"])
        return found


def _is_same(one: NotebookCell, other: NotebookCell) -> bool:
    return (one["id"], one["cell_type"]) == (other["id"], other["cell_type"])


def _change_kind(cell: NotebookCell, kind: str) -> bool:
    """Make it a cell of that kind; False where it is one."""
    if cell["cell_type"] == kind:
        return False
    cell["cell_type"] = kind
    if kind == "code":
        cell.pop("attachments", None)
        cell |= {"outputs": [], "execution_count": None}
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    return True


def _heading(exercise: Exercise) -> str:
    return str(statement_cell(exercise)["source"]).split("\n", 1)[0]


def _begins_with(cell: NotebookCell, heading: str) -> bool:
    return str(cell["source"]).lstrip().split("\n", 1)[0].strip() == heading


def _alike(one: NotebookCell, other: NotebookCell) -> bool:
    text = str(one["source"]).strip()
    return text != "" and one["cell_type"] == other["cell_type"] and text == str(other["source"]).strip()


def _settle_metadata(notebook: Notebook, fresh: Notebook) -> None:
    """Whose notebook it is; its version stays, as that says what it was generated from."""
    metadata, own = notebook["metadata"], dict(fresh["metadata"]["codegym"])
    version = mark_of(notebook).get("version")
    own["version"] = version if isinstance(version, str) and len(version) <= 64 else ""
    metadata["codegym"] = own
    for key in ("kernelspec", "language_info"):
        if key in fresh["metadata"]:
            metadata.setdefault(key, fresh["metadata"][key])


def _comparable(raw: Json) -> Json:
    """`raw` with sources that are lists of lines as one text each: how a file writes them makes no difference."""
    listed = [cell | {"source": text_of(cell["source"])} if "source" in cell else cell for cell in raw["cells"]]
    return {**raw, "cells": listed}


# -- any file that calls itself a notebook → a valid nbformat 4.5 dict with every cell's text in it;
# see https://nbformat.readthedocs.io

MAX_DEPTH = 60  #: metadata nested deeper is cut off there
_NOT_WHOLE = "This file is empty, cut off or no notebook. Save it again in JupyterLab, then hand it in."
_TOO_DEEP = "This notebook is nested too deeply to be read. Save it again in JupyterLab."
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class UnreadableNotebook(Exception):
    """The file is no notebook that can be read; the text says why and what to do."""


def read_notebook(text: str | bytes) -> Json:
    """The JSON of a notebook file. Raises UnreadableNotebook."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        data = json.loads(text.removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise UnreadableNotebook("This file is not text. Hand in the notebook itself, an .ipynb file.") from None
    except RecursionError:
        raise UnreadableNotebook(_TOO_DEEP) from None
    except ValueError:
        raise UnreadableNotebook(_NOT_WHOLE) from None
    return _checked(data)


def _checked(data: Any) -> Json:
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise UnreadableNotebook("This file is no notebook: it has no cells. Hand in an .ipynb file.")
    return dict(data)


def as_valid(raw: Any) -> Notebook:
    """A valid notebook with the text of every cell of `raw`, in order. Raises UnreadableNotebook where it is none.

    Ids that are missing, not allowed or used twice are left to `number_cells`: such cells have the id "".
    """
    raw = _checked(raw)
    try:
        cells = [_cell(item) for item in raw["cells"]]
    except RecursionError:
        raise UnreadableNotebook(_TOO_DEEP) from None
    seen = set()
    for cell in cells:
        if cell["id"] in seen:
            cell["id"] = ""
        seen.add(cell["id"])
    return {"cells": cells, "metadata": _metadata(raw.get("metadata")), "nbformat": 4, "nbformat_minor": 5}


def number_cells(cells: Cells) -> None:
    """Give every cell without an id one that depends on its place alone."""
    taken = {cell["id"] for cell in cells}
    free = (id for number in count(1) if (id := f"cell-{number}") not in taken)
    for cell in cells:
        cell["id"] = cell["id"] or next(free)


def _cell(item: Json) -> NotebookCell:
    kind, identity = item.get("cell_type"), item.get("id")
    cell: NotebookCell = {
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "id": identity if isinstance(identity, str) and _ID.fullmatch(identity) else "",
        "metadata": _metadata(item.get("metadata")),
        "source": text_of(item.get("source")),
    }
    if cell["cell_type"] == "code":
        outputs = item.get("outputs") if isinstance(item.get("outputs"), list) else []
        cell["outputs"] = [kept for output in outputs or [] if (kept := _output(output)) is not None]
        cell["execution_count"] = _count(item.get("execution_count"))
    elif isinstance(attachments := item.get("attachments"), dict):
        cell["attachments"] = {str(name): clean_json(one) for name, one in attachments.items() if isinstance(one, dict)}
    return cell


def text_of(source: Any) -> str:
    """The text of a cell's source: a text, or a list of lines; what else was put there is written out as JSON."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else "" if source is None else json.dumps(source)


def clean_json(value: Any, depth: int = 0) -> Any:
    """`value` as strict JSON: no NaN or infinity, no nesting without end."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | bool) or value is None:
        return value
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {str(key): clean_json(item, depth + 1) for key, item in value.items()}
    return [clean_json(item, depth + 1) for item in value] if isinstance(value, list | tuple) else None


#: Parts of the metadata without which a frontend cannot show a notebook: they are what nbformat says, or they go.
_MAPPINGS = ("kernelspec", "language_info", "jupyter", "execution")


def _metadata(value: Any) -> Json:
    cleaned = clean_json(value) if isinstance(value, dict) else {}
    return {key: item for key, item in cleaned.items() if key not in _MAPPINGS or isinstance(item, dict)}


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


#: What nbformat asks of each kind of output, and of which type.
_OUTPUTS: dict[Any, Json] = {
    "stream": {"name": str, "text": (str, list)},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _output(output: Any) -> Json | None:
    """The output as nbformat wants it, None where it cannot be."""
    kind = output.get("output_type") if isinstance(output, dict) else None
    parts = _OUTPUTS.get(kind) if isinstance(kind, str) else None
    if parts is None or not all(isinstance(output.get(name), kinds) for name, kinds in parts.items()):
        return None
    kept = {"output_type": kind, **{name: clean_json(output[name]) for name in parts}}
    return kept | ({"execution_count": _count(output.get("execution_count"))} if kind == "execute_result" else {})
