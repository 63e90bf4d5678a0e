"""A course changed while a student was at work: new and changed cells come in, what the student touched stays theirs.

A three-way merge by cells. `base` is what was generated when the student's notebook was made or last merged, `mine` the
student's notebook (repaired), `new` what the course generates now.
"""

import copy
import difflib
from collections.abc import Hashable
from dataclasses import dataclass, field

from ..records import Notice, frozen, without
from .notebook import Cells, Notebook, NotebookCell, mark_of, role_of
from .repair import number_cells

Key = Hashable


@frozen
class Merged:
    """The notebook to go on with; `changed` where it differs from the student's."""

    notebook: Notebook
    notices: tuple[Notice, ...]
    changed: bool


def merge(base: Notebook | None, mine: Notebook, new: Notebook) -> Merged:
    """Bring the changes from `base` to `new` into `mine`. None of the notebooks given is altered.

    Without a base, whatever in `mine` differs from `new` counts as touched.
    """
    work = _Merge(base["cells"] if base else [], copy.deepcopy(mine["cells"]), copy.deepcopy(new["cells"]))
    cells = work.merged()
    metadata = {**mine["metadata"], "codegym": dict(new["metadata"]["codegym"])}
    if base is not None and base["metadata"].get("kernelspec") != new["metadata"].get("kernelspec"):
        metadata |= {key: new["metadata"][key] for key in ("kernelspec", "language_info") if key in new["metadata"]}
    notebook = {**mine, "cells": cells, "metadata": metadata}
    return Merged(notebook, tuple(work.notices), notebook != mine)


def _key(cell: NotebookCell) -> Key:
    """What names a cell of the course across its versions; students' own cells have None."""
    role = role_of(cell)
    if role in ("statement", "answer"):
        return (role, mark_of(cell).get("exercise"))
    return (role, cell["id"]) if role == "given" else None


@dataclass
class _Merge:
    base: Cells
    mine: Cells
    new: Cells
    notices: list[Notice] = field(default_factory=list)

    def merged(self) -> Cells:
        self._follow_changed()
        old = {_key(cell): cell for cell in self.base}
        coming = {_key(cell): cell for cell in self.new}
        here = {_key(cell) for cell in self.mine}
        kept = {id(cell): self._one(cell, old, coming) for cell in self.mine}
        # a plain cell that the student took out stays away; statements and answers always come back
        deleted = {key for cell in self.base if role_of(cell) == "given" and (key := _key(cell))}
        arriving = [cell for cell in self.new if _key(cell) not in here and _key(cell) not in deleted]
        cells = _in_new_order(self.mine, kept, arriving, self.new)
        self._tell_arrivals(arriving)
        _settle_ids(cells, coming)
        return cells

    def _follow_changed(self) -> None:
        """A given cell without an authored id has another id once its text changes: by its place it is the same."""
        following = _paired(self.base, self.new)
        base = {cell["id"]: cell for cell in self.base}
        followed = set()
        for cell in self.mine:
            new_id = following.get(cell["id"]) if role_of(cell) == "given" else None
            if new_id is not None and _text(cell) == _text(base[cell["id"]]):
                followed.add(cell["id"])
                cell["id"] = new_id
        self.base = [{**c, "id": following[c["id"]]} if c["id"] in followed else c for c in self.base]

    def _one(self, cell: NotebookCell, old: dict[Key, NotebookCell], coming: dict[Key, NotebookCell]) -> Cells:
        """What becomes of one of the student's cells: itself, the new one, both, or nothing."""
        key = _key(cell)
        if key is None:
            return [cell]
        was, now = old.get(key), coming.get(key)
        touched = was is None or _text(was) != _text(cell)
        if now is None:
            return self._gone(cell, touched)
        if _text(now) == _text(cell) or (was is not None and _text(now) == _text(was)):
            return [_renewed(cell, now, keep_text=True)]
        if not touched:
            self._say(*_CHANGED[mark_of(now)["role"]], now)
            return [_renewed(cell, now, keep_text=False)]
        return self._both_changed(cell, now, was)

    def _gone(self, cell: NotebookCell, touched: bool) -> Cells:
        """The course no longer has this cell."""
        if not touched:
            return []
        if role_of(cell) == "answer":
            text = "An exercise is no longer in the course. Your answer stays as a cell of your own."
        else:
            text = "A cell that you changed is no longer in the course. It stays as a cell of your own."
        self._say("kept_as_yours", text, cell)
        return [_plain(cell)]

    def _both_changed(self, cell: NotebookCell, now: NotebookCell, was: NotebookCell | None) -> Cells:
        """The course and the student changed the same cell: the student's text stays."""
        role = role_of(now)
        if role == "statement":
            self._say("statement_changed", f"{_STATEMENT_NEW} Your own text is below it.", now)
            return [_renewed(cell, now, keep_text=False), _plain({**cell, "id": ""})]
        if role == "given" and was is not None:
            self._say("yours_kept", "The course has changed a cell that you changed too. Yours stays.", now)
        return [_renewed(cell, now, keep_text=True)]

    def _tell_arrivals(self, arriving: Cells) -> None:
        exercises = [cell for cell in arriving if role_of(cell) == "answer"]
        for cell in exercises:
            self._say("exercise_new", "The course has changed: an exercise is new.", cell)
        if not exercises and arriving:
            self._say("cell_new", "The course has changed: a cell is new.", arriving[0])

    def _say(self, code: str, text: str, cell: NotebookCell) -> None:
        exercise = mark_of(cell).get("exercise")
        notice = Notice(code, text, {"exercise": exercise} if exercise else {})
        if notice not in self.notices:
            self.notices.append(notice)


def _paired(base: Cells, new: Cells) -> dict[str, str]:
    """Ids of given cells that are gone → ids of those that stand in their places: between the same cells, in order."""
    before, after = ([_key(cell) for cell in cells] for cells in (base, new))
    pairs: dict[str, str] = {}
    for _, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone = [cell for cell in base[i:j] if role_of(cell) == "given" and _key(cell) not in after]
        come = [cell for cell in new[k:m] if role_of(cell) == "given" and _key(cell) not in before]
        both = zip(gone, come, strict=False)
        pairs |= {was["id"]: now["id"] for was, now in both if was["cell_type"] == now["cell_type"]}
    return pairs


_STATEMENT_NEW = "The course has changed: the statement is new, your answer is as it was."
#: What is said of a cell that the student had not touched, by its role.
_CHANGED = {
    "statement": ("statement_changed", _STATEMENT_NEW),
    "answer": ("starter_changed", "The course has changed: a starter that you had not touched is new."),
    "given": ("cell_changed", "The course has changed: a cell that you had not touched is new."),
}


def _text(cell: NotebookCell) -> tuple[str, str]:
    return cell["cell_type"], str(cell["source"])


def _renewed(cell: NotebookCell, now: NotebookCell, *, keep_text: bool) -> NotebookCell:
    """The student's cell with the course's mark and id; with the course's text too where it is replaced."""
    metadata = {**cell["metadata"], "codegym": dict(mark_of(now))}
    if keep_text:
        return {**cell, "id": now["id"], "metadata": metadata}
    return {**now, "metadata": metadata}


def _plain(cell: NotebookCell) -> NotebookCell:
    return {**cell, "metadata": without(cell["metadata"], "codegym")}


def _in_new_order(mine: Cells, kept: dict[int, Cells], arriving: Cells, new: Cells) -> Cells:
    """The course's cells as the course orders them now; the student's own stay below the cell that they stood below."""
    places = dict.fromkeys(map(_key, new))
    first: Cells = []
    below = {_key(cell): [cell] for cell in arriving}
    current = first
    for cell in mine:
        if _key(cell) in places:
            current = below.setdefault(_key(cell), [])
        current.extend(kept[id(cell)])
    return first + [cell for key in places for cell in below.get(key, [])]


def _settle_ids(cells: Cells, coming: dict[Key, NotebookCell]) -> None:
    """Ids of the course's cells are the course's; a cell of the student's that has one gets another."""
    own = {cell["id"] for cell in coming.values()}
    seen = set()
    for cell in cells:
        is_course = _key(cell) in coming
        if cell["id"] in seen or (cell["id"] in own and not is_course):
            cell["id"] = ""
        seen.add(cell["id"])
    number_cells(cells)
