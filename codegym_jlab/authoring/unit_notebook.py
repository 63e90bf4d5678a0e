"""A unit's YAML ↔ the author's notebook: each text of it is a cell, and lines that nobody touched stay as they are.

A notebook holds the text that it was made of (`base`), and each cell the place that it came from (`at`). Writing cuts
the base into blocks of whole lines, replaces those whose cell changed, and puts them in the cells' order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile
from typing import Any

import yaml

from codegym_jlab.course.yaml_source import BOM, BREAK, Block, Lines, Unreadable, is_block, read_yaml
from codegym_jlab.records import Json, some

KEY = "codegym_author"  #: of a notebook's and a cell's metadata
PARTS = {"statement": "statement", "given": "shown", "starter": "starter", "solution": "solution"}
LISTS = {"checks": "check", "hints": "hint", "misconceptions": "misconception", "questions": "question"}
_ROLES = PARTS | LISTS  #: of what belongs to an exercise, by its keys, in the order of new ones
_WITHIN = {*_ROLES.values()}
_ITEMS = {"markdown": "text", "code": "given"}
_ITEM_KEYS = {"text": "markdown", "given": "code", "exercise": "exercise"}
_SETTINGS = ("unit", "exercise")
_RAW = (*_SETTINGS, "check", "misconception", "question")  #: YAML in a raw cell
_MARKDOWN = ("text", "statement", "hint")


class CellUnfit(Exception):
    """A cell cannot be written; the text names it."""


@dataclass(slots=True)
class _Cell:
    """A cell: what it is for, its text, where it stood (None: new), and the YAML that it came from."""

    role: str
    source: str
    at: tuple[Any, ...] | None
    block: Block | None = None  #: the lines that it was, of a text
    number: int = 0  #: among the notebook's cells, from 1
    parts: list[_Cell] = field(default_factory=list)  #: of an exercise

    def refuse(self, problem: str) -> CellUnfit:
        """The error that names this cell."""
        return CellUnfit(f"Cell {self.number} ({self.role}): {problem}.")


class _Unit:
    """A unit's text, cut up."""

    def __init__(self, text: str) -> None:
        self.text = Lines(text)
        root = self.text.root
        if root is None or not is_block(root, yaml.MappingNode):
            raise Unreadable(1, "this file is no unit", "begin with `id:`, `title:` and `cells:`")
        event: Any
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if getattr(event, "anchor", None):
                raise Unreadable(event.start_mark.line + 1, "an alias cannot be shown in cells", "write the value out")
        self.entries = self.text.entries(root, len(self.text.lines))
        self.list = next((entry for entry in self.entries if entry.key == "cells"), None)
        self.items = []
        self.exercises: dict[int, list[Block]] = {}  #: the keys of each, by its place in `items`
        if self.list is not None and isinstance(self.list.node, yaml.SequenceNode) and self.list.node.value:
            if self.list.node.flow_style:
                raise Unreadable(self.list.line + 1, "`cells` is written in brackets", "write each on lines of its own")
            self.items = self.list_of(self.list)
        for number, item in enumerate(self.items):
            self._cut(number, item)

    def _cut(self, number: int, item: Block) -> None:
        keys = [key.value for key, _ in item.node.value] if isinstance(item.node, yaml.MappingNode) else []
        if not is_block(item.node, yaml.MappingNode) or not {"exercise", *_ITEMS} & {*keys}:
            raise Unreadable(item.line + 1, "this is no cell", "write `markdown:`, `code:` or `exercise:` at its head")
        body = item.node.value[-1][1]
        if "exercise" not in keys:
            return
        if keys != ["exercise"] or not is_block(body, yaml.MappingNode) or body.start_mark.line == item.line:
            raise Unreadable(item.line + 1, "this exercise has no keys below it", "write each on a line of its own")
        self.exercises[number] = self.text.entries(body, item.end, item.line + 1)

    def cells(self) -> list[_Cell]:
        """All that it holds, in order."""
        found = [_Cell("unit", self.settings([e for e in self.entries if e.key != "cells"]), ())]
        for number, item in enumerate(self.items):
            if number in self.exercises:
                found += self._exercise_cells(number, self.exercises[number])
                continue
            for entry in self.keys_of(item):
                if entry.key in _ITEMS:
                    found.append(_Cell(_ITEMS[entry.key], _source(entry.node), (number,), entry))
        return found

    def _exercise_cells(self, number: int, entries: list[Block]) -> list[_Cell]:
        own = [entry for entry in entries if not self.has_cell(entry)]
        found = [_Cell("exercise", self.settings(own), (number,))]
        by_key = {entry.key: entry for entry in entries if entry not in own}
        for key in sorted(by_key, key=[*_ROLES].index):
            entry = by_key[key]
            if key in PARTS:
                found.append(_Cell(PARTS[key], _source(entry.node), (number, key), entry))
                continue
            for index, item in enumerate(self.list_of(entry)):
                source = _source(item.node)
                if key != "hints":
                    above = self.text.shown(item.start, item.line, item.column)
                    source = "\n".join([*above, *self.text.shown(item.line, item.end, item.node.start_mark.column)])
                found.append(_Cell(LISTS[key], source, (number, key, index), item))
        return found

    def has_cell(self, entry: Block) -> bool:
        """Whether an exercise's key is shown in cells of its own; what is written unusually stays in the settings."""
        if entry.key in PARTS:
            return isinstance(entry.node, yaml.ScalarNode)
        return entry.key in LISTS and is_block(entry.node, yaml.SequenceNode)

    def list_of(self, entry: Block) -> list[Block]:
        """The items of a list."""
        assert isinstance(entry.node, yaml.SequenceNode)
        return self.text.items(entry.node, entry.end, entry.line + 1)

    def keys_of(self, item: Block) -> list[Block]:
        """The keys of an item; comments above it are those of its first."""
        return self.text.entries(item.node, item.end, item.start)

    def settings(self, entries: Iterable[Block]) -> str:
        """Keys without cells of their own, as one text. A blank line tells a comment on a key from one on the next."""
        found = []
        for entry in entries:
            found += self.text.shown(entry.start, entry.end, entry.column)
            found += [""] * (self.text.end(entry.node) < entry.end)
        return "\n".join(found).rstrip("\n")


def _source(node: yaml.Node) -> str:
    """A scalar as its cell shows it: without the ends of its last lines."""
    return str(node.value).rstrip("\n") if isinstance(node, yaml.ScalarNode) else ""


def to_notebook(text: str, kernel: str = "python3") -> Json:
    """The notebook (nbformat 4.5) in which an author edits the unit `text`. Raises Unreadable, with the line."""
    prose = False  # an answer in words: its solution is one too
    cells: list[Json] = []
    for number, cell in enumerate(_Unit(text.removeprefix(BOM)).cells(), 1):
        if cell.role == "exercise":
            prose = re.search(r"^answer: *text\b", cell.source, re.M) is not None
        words = cell.role in _MARKDOWN or (prose and cell.role in ("starter", "solution"))
        kind = "raw" if cell.role in _RAW else "markdown" if words else "code"
        cells.append(
            {"cell_type": kind, "id": f"cell-{number}", "source": cell.source}
            | {"metadata": {KEY: some(cell, "role at")}}
            | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        )
    about = {"kernelspec": {"name": kernel, "display_name": kernel}, KEY: {"base": text}}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def to_yaml(notebook: Json) -> str:
    """The unit's YAML with what was changed in its notebook. Raises CellUnfit, and Unreadable for a bad base."""
    base: str = notebook["metadata"][KEY]["base"]
    old = _Unit(base.removeprefix(BOM))
    empty = {cell.at for cell in old.cells() if not cell.source.strip()}
    read = [_read(given, number) for number, given in enumerate(notebook["cells"], 1)]
    cells = [cell for cell in read if cell.source.strip() or cell.at in empty]
    written = _Writing(old).unit(cells)
    try:
        kept = Counter(_content(cell) for cell in _Unit(written).cells())
    except Unreadable as error:
        raise CellUnfit(f"What would be written cannot be read again, in line {error.line}: {error}.") from None
    wanted = Counter(_content(cell) for cell in cells)
    if kept != wanted:
        lost = next((cell for cell in cells if wanted[_content(cell)] > kept[_content(cell)]), cells[0])
        raise lost.refuse("YAML cannot hold this beside the others; compare it with a cell of the same kind")
    return BOM * base.startswith(BOM) + written


def _content(cell: _Cell) -> tuple[str, str]:
    """What must be there again after writing."""
    if cell.role in _RAW:
        return cell.role, json.dumps(read_yaml(f"{cell.source}\n").plain(), sort_keys=True, default=str)
    return cell.role, cell.source


def _read(given: Json, number: int) -> _Cell:
    """A notebook's cell. One without a role is text, or code that is given."""
    source = "".join(given["source"])  # a text, or its lines
    mark = (given.get("metadata") or {}).get(KEY) or {}
    role = mark.get("role") or _ITEMS.get(given["cell_type"])
    if role not in (*_WITHIN, *_ITEMS.values(), *_SETTINGS):
        raise CellUnfit(f"Cell {number} has no role: choose one in its head, or delete it.")
    cell = _Cell(role, source.rstrip("\n"), tuple(mark["at"]) if mark.get("at") is not None else None, None, number)
    if role in _RAW and source.strip():
        try:
            node = read_yaml(source)
        except Unreadable as error:
            raise cell.refuse(f"line {error.line}: {error}") from None
        if not node.is_mapping or node.troubles:
            said = f"line {node.troubles[0].line}: {node.troubles[0].problem}" if node.troubles else "it has no keys"
            raise cell.refuse(f"{said}; write `key: value` on each line")
    return cell


#: How a changed or new item is written: from its old block, None for a new one, the column of its dash, and its cell.
_Render = Callable[[Block | None, int, _Cell], list[str]]


class _Writing:
    """One unit's text from its cells."""

    def __init__(self, old: _Unit) -> None:
        self.old, self.lines, self.newline = old, old.text.lines, old.text.newline
        self.blocks = {cell.at: cell.block for cell in old.cells()}

    def unit(self, cells: list[_Cell]) -> str:
        """The whole text."""
        heads = [cell for cell in cells if cell.role == "unit"]
        if len(heads) != 1:
            raise CellUnfit("The unit's settings must stand in one cell: undo what took it away, or delete the copy.")
        placed = [(self._place(cell), cell) for cell in _grouped(cell for cell in cells if cell is not heads[0])]
        made = self._list(self.old.list, "cells", 0, self.old.items, placed, self._item)
        body = self._settings(self.old.entries, heads[0], {"cells": made}, 0)
        *lines, last = [*self.lines[: self.old.entries[0].start], *body]
        return "".join(line if line.endswith((*BREAK,)) else line + self.newline for line in lines) + last

    def verbatim(self, block: Block) -> list[str]:
        """Its own lines."""
        return self.lines[block.start : block.end]

    def _sequence(self, old: Sequence[Block], new: Sequence[tuple[Block | None, list[str]]], apart: bool) -> list[str]:
        """Blocks in their new order. Comments that stand apart stay above what is below them, or come after all."""
        gaps = [self.lines[block.end : block.stop] for block in old]
        blank = [[*takewhile(_is_blank, gap)] for gap in gaps]
        between = blank[0] if len(gaps) > 1 else [self.newline] * apart
        kept = {block.line for block, _ in new if block}
        notes, waiting = dict[int, list[str]](), list[str]()
        for above, block, gap in zip([None, *old], old, [[], *gaps], strict=False):
            apart_from_it = [*dropwhile(_is_blank, gap)]
            waiting += apart_from_it if above is None or above.line in kept else gap * bool(apart_from_it)
            if block.line in kept:
                notes[block.line], waiting = waiting, []
        found = []
        for number, (own, lines) in enumerate(new, 1):
            found += [*(notes[own.line] if own else ()), *lines]
            if number < len(new):
                found += between if own is None or own is old[-1] else blank[old.index(own)]
        return [*found, *[self.newline] * bool(waiting), *waiting, *(gaps[-1] if gaps else ())] if new else []

    def _settings(self, old: Sequence[Block], cell: _Cell, made: dict[str, list[str] | None], column: int) -> list[str]:
        """The entries of a mapping: those of the settings' cell and, by key, those made of other cells (None: gone)."""
        given = Lines(cell.source)
        found = given.entries(given.root, len(given.lines), 0) if isinstance(given.root, yaml.MappingNode) else []
        wanted = {entry.key: entry for entry in found}
        if twice := sorted(wanted.keys() & made.keys()):
            raise cell.refuse(f"`{twice[0]}` has cells of its own; write it there")
        before = {entry.key: entry for entry in old}
        lines = {key: made_of for key, made_of in made.items() if made_of is not None}
        for key, entry in wanted.items():
            below = "".join(given.lines[entry.end : entry.stop]).rstrip().splitlines()
            shown = given.shown(entry.start, entry.end + len(below), entry.column)
            own = before.get(key)
            lines[key] = self._again(own.start, own.end, own.column, shown) if own else self._indented(shown, column)
            stays = own and (own.end < own.stop or lines[key] == self.verbatim(own))
            if entry.end + len(below) > given.end(entry.node) and not stays:
                lines[key].append(self.newline)
        order = [key for key in before if key in lines]
        _add(order, [*wanted], 0)
        _add(order, [key for key in (*_ROLES, "cells") if key in lines], len(order))
        return self._sequence(old, [(before.get(key), lines[key]) for key in order], apart=False)

    def _again(self, first: int, end: int, column: int, shown: list[str]) -> list[str]:
        """Old lines, or the new text in their place."""
        if self.old.text.shown(first, end, column) == shown:
            return self.lines[first:end]
        return [self.lines[first][:column] + self._indented(shown[:1], 0)[0], *self._indented(shown[1:], column)]

    def _indented(self, shown: Iterable[str], column: int) -> list[str]:
        return [(" " * column + line if line.strip() else "") + self.newline for line in shown]

    def _list(
        self, entry: Block | None, key: str, column: int, old: list[Block],
        new: list[tuple[int | None, _Cell]], render: _Render,
    ) -> list[str] | None:  # fmt: skip
        """An entry that holds a list; None where nothing is left in it."""
        dash = old[0].column if old else column + 2
        left = dict(enumerate(old))
        found = []
        for index, cell in new:
            block = left.pop(index, None) if index is not None else None
            found.append((block, render(block, dash, cell)))
        body = self._sequence(old, found, apart=key == "cells")
        if not old:
            if not body:
                return self.verbatim(entry) if entry is not None else None
            lead = self.lines[entry.start : entry.line] if entry is not None else []
            return [*lead, f"{' ' * column}{key}:{self._remark(entry)}{self.newline}", *body]
        assert entry is not None
        if not body:
            above, below = self.lines[entry.start : entry.line], self.lines[entry.line + 1 : old[0].start]
            return [*above, f"{' ' * column}{key}: []{self.newline}", *below] if key == "cells" else None
        return [*self.lines[entry.start : old[0].start], *body]

    def _place(self, cell: _Cell) -> int | None:
        """Which of the old items it is, of the same kind."""
        number = cell.at[0] if cell.at and len(cell.at) == 1 else len(self.old.items)
        keys = (key.value for item in self.old.items[number : number + 1] for key, _ in item.node.value)
        return number if _ITEM_KEYS[cell.role] in keys else None

    def _item(self, block: Block | None, dash: int, cell: _Cell) -> list[str]:
        """An item of `cells`."""
        if cell.role == "exercise":
            return self._exercise(block, dash, cell)
        key = _ITEM_KEYS[cell.role]
        if block is None:
            return self._scalar(f"{' ' * dash}- {key}: ", dash + 2, cell, None)
        own = next(entry for entry in self.old.keys_of(block) if entry.key == key)
        return self.lines[block.start : own.start] + self._entry(own, cell) + self.lines[own.end : block.end]

    def _exercise(self, block: Block | None, dash: int, cell: _Cell) -> list[str]:
        number = cell.at[0] if block is not None and cell.at else None
        entries = self.old.exercises[number] if number is not None else []
        column = entries[0].column if entries else dash + 4
        by_key = {entry.key: entry for entry in entries if self.old.has_cell(entry)}
        made = dict.fromkeys(by_key)
        for key, role in _ROLES.items():
            parts = [part for part in cell.parts if part.role == role]
            entry = by_key.get(key)
            if key in PARTS and len(parts) > 1:
                raise parts[1].refuse(f"the exercise has a {role} already; delete one")
            if key in PARTS and parts:
                head = f"{' ' * column}{key}: "
                made[key] = self._entry(entry, parts[0]) if entry else self._scalar(head, column, parts[0], None)
            elif key in LISTS and parts:
                old = self.old.list_of(entry) if entry else []
                new = [(part.at[2] if part.at and part.at[:2] == (number, key) else None, part) for part in parts]
                made[key] = self._list(entry, key, column, old, new, self._part)
        body = self._settings(entries, cell, made, column)
        if block is None:
            return [f"{' ' * dash}- exercise:{self.newline}", *body]
        return [*self.lines[block.start : entries[0].start], *body]

    def _part(self, block: Block | None, dash: int, cell: _Cell) -> list[str]:
        """A hint, check, misconception or question."""
        lead = self.lines[block.start : block.line] if block else []
        column = block.node.start_mark.column if block else dash + 2
        if cell.role == "hint":
            if block and _source(block.node) == cell.source:
                return self.verbatim(block)
            head = self.lines[block.line][:column] if block else " " * dash + "- "
            return self._scalar(head, dash, cell, block)
        shown = [line.rstrip() for line in cell.source.strip("\n").rstrip().split("\n")]
        begin = next(n for n, line in enumerate(shown) if line and not line.lstrip().startswith("#"))
        above = [line for line in shown[:begin] if line]
        if block:
            if above != self.old.text.shown(block.start, block.line, block.column):
                lead = self._indented(above, dash)
            return [*lead, *self._again(block.line, block.end, column, shown[begin:])]
        first, *rest = self._indented(shown[begin:], column)
        return [*self._indented(above, dash), " " * dash + "- " + first[column:], *rest]

    def _entry(self, entry: Block, cell: _Cell) -> list[str]:
        """A key and its scalar, with another text."""
        if _source(entry.node) == cell.source:
            return self.verbatim(entry)
        return self._scalar(f"{self.lines[entry.line][: entry.column]}{entry.key}: ", entry.column, cell, entry)

    def _remark(self, block: Block | None) -> str:
        """The comment at the end of a value's line."""
        if block is None:
            return ""
        is_text = isinstance(block.node, yaml.ScalarNode) and block.node.style in ("|", ">")
        mark = block.node.start_mark if is_text else block.node.end_mark
        found = re.match(r"(?:[|>]\S*)?(\s+#.*)", self.lines[mark.line][mark.column :].rstrip(BREAK))
        return found[1] if found else ""

    def _scalar(self, head: str, column: int, cell: _Cell, old: Block | None) -> list[str]:
        """A cell's text as YAML after `head`, with the comments that it had, wherever that was, else those of `old`.

        `column` is the parent's. A block where it was one, or has several lines.
        """
        old = self.blocks.get(cell.at) or old
        if old is None:
            return self._text(head, column, cell.source, None, "")
        text, margin = self.old.text, len(head) - len(head.lstrip())
        above = [line.strip() for line in self.lines[old.start : old.line]]
        below = [line for line in text.shown(text.end(old.node), old.end, old.column) if line.lstrip().startswith("#")]
        made = self._text(head, column, cell.source, old.node, self._remark(old))
        return [*self._indented(above, margin), *made, *self._indented(below, margin)]

    def _text(self, head: str, column: int, source: str, old: yaml.Node | None, remark: str) -> list[str]:
        is_hint = head.rstrip().endswith("-")
        blocky = old.style in ("|", ">") if isinstance(old, yaml.ScalarNode) else not is_hint
        if "\n" not in source and not blocky:
            plain = source if _reads_as(f"a: {source}", source) else json.dumps(source, ensure_ascii=False)
            return [head + plain + remark + self.newline]
        value = source + "\n" * (old is None or "\n" in old.value)
        chomp = "" if value.endswith("\n") else "-"
        begins = next((line for line in value.split("\n") if line), "")
        mark = f"|{2 if begins[:1] in (' ', chr(9)) else ''}{chomp}"
        indent = " " * (column + 2)
        body = [indent * bool(line) + line + self.newline for line in value.removesuffix("\n").split("\n")]
        if not _reads_as(f"{' ' * column}a: {mark}\n" + "".join(body), value):
            return [head + json.dumps(value, ensure_ascii=False) + remark + self.newline]
        return [head + mark + remark + self.newline, *body]


def _add(order: list[str], keys: list[str], default: int) -> None:
    """Put those of `keys` that are missing into `order`, each behind those that stand before it in `keys`."""
    for number, key in enumerate(keys):
        if key not in order:
            order.insert(max((order.index(one) + 1 for one in keys[:number]), default=default), key)


def _is_blank(line: str) -> bool:
    return not line.strip()


def _reads_as(yaml_text: str, value: str) -> bool:
    """Whether the value in `a: …` is this text."""
    try:
        return bool(read_yaml(yaml_text).plain() == {"a": value})
    except Unreadable:
        return False


def _grouped(cells: Iterable[_Cell]) -> list[_Cell]:
    """Items of the unit in order; what belongs to an exercise hangs on the last one above."""
    found = []
    exercise = None
    for cell in cells:
        if cell.role == "exercise":
            exercise = cell
        if cell.role not in _WITHIN:
            found.append(cell)
        elif exercise is None:
            raise cell.refuse("it stands above all exercises; move it below the settings of one")
        else:
            exercise.parts.append(cell)
    return found
