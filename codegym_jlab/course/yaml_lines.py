"""A YAML text as whole lines: entries and items with the lines that are theirs, and items put in between.

Every line that is not touched stays as it is, comments and blank ones among them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import yaml

from .yaml_source import Unreadable, composed, read_yaml

BREAK = "\n\r\x85\u2028\u2029"  #: what ends a line for libyaml, which counts the lines here
BOM = "\ufeff"
_LINE = re.compile(rf"[^{BREAK}]*(?:\r\n|[{BREAK}])|[^{BREAK}]+")


class Block(NamedTuple):
    """Whole lines of one entry or item: comments above it from `start`, itself from `line` to `end`, then a tail."""

    key: str
    node: yaml.Node
    column: int  #: of the key or the dash
    start: int
    line: int
    end: int
    stop: int  #: where the next begins


class Lines:
    """The lines of a text and its tree."""

    def __init__(self, text: str) -> None:
        self.lines: list[str] = _LINE.findall(text)
        self.newline = "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"
        self.root = composed(text)

    def entries(self, node: yaml.Node, stop: int) -> list[Block]:
        """The keys of a mapping, each with its lines. Raises Unreadable where two share a line."""
        found = [(str(key.value), value, key.start_mark, key.start_mark.column) for key, value in node.value]
        return self._blocks(found, stop)

    def items(self, node: yaml.SequenceNode, stop: int) -> list[Block]:
        """The items of a list, each with its lines."""
        found = []
        for item in node.value:
            before = self.lines[item.start_mark.line][: item.start_mark.column]
            if not re.fullmatch(r" *-\s*", before):
                raise Unreadable(item.start_mark.line + 1, "this item stands not right beside its dash", "put it there")
            found.append(("", item, item.start_mark, before.index("-")))
        return self._blocks(found, stop)

    def _blocks(self, found: Sequence[tuple[str, yaml.Node, Any, int]], stop: int) -> list[Block]:
        blocks: list[Block] = []
        floor = found[0][2].line if found else stop
        for key, node, mark, column in found:
            if mark.line < floor:
                raise Unreadable(mark.line + 1, "several keys share this line", "write each on a line of its own")
            start = mark.line
            while blocks and start > floor and self.lines[start - 1].lstrip().startswith("#"):
                start -= 1
            floor = max(self.end(node), mark.line + 1)
            blocks.append(Block(key, node, column, start, mark.line, floor, stop))
        nexts = [block.start for block in blocks[1:]] + [stop]
        return [block._replace(stop=after) for block, after in zip(blocks, nexts, strict=True)]

    def end(self, node: yaml.Node) -> int:
        """The line after its last one; blank lines below it are not its own."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self.end(last[1] if isinstance(last, tuple) else last)
        end = node.end_mark
        if not isinstance(node, yaml.ScalarNode) or node.style not in ("|", ">"):
            return int(end.line) + 1
        line = int(end.line) + (end.column > 0)
        while not node.value.endswith("\n\n") and line > node.start_mark.line + 1 and not self.lines[line - 1].strip():
            line -= 1
        return line

    def shown(self, first: int, end: int, column: int) -> list[str]:
        """Lines as a cell shows them: without the indentation, and without what stands before the first's column."""
        bare = [line.rstrip(BREAK) for line in self.lines[first:end]]
        return [
            *(line[column:] for line in bare[:1]),
            *(line[column:] if not line[:column].strip() else line.lstrip() for line in bare[1:]),
        ]


def is_block(node: Any, kind: type[yaml.CollectionNode]) -> bool:
    """Written a line an item or key."""
    return isinstance(node, kind) and not node.flow_style


class NoPlace(Exception):
    """It cannot be put in by a program; the text says why."""

    code = "unfit"


class Added(NamedTuple):
    """A text with items put in, in its lines `begin` to `end` (from 1, the last one left out)."""

    text: str
    begin: int
    end: int


def with_items(text: str, items: str, path: Sequence[str | int], key: str, index: int | None = None) -> Added:
    """`items` (YAML of a list's items, at the margin) put into the list under `key` of the mapping at `path`.

    They stand before its item `index`, else at its end; a list that is not there is made. Raises NoPlace.
    """
    page, wanted = Lines(text), read_yaml(text).plain()
    owner: Any = page.root
    place = wanted
    for step in path:
        owner, place = owner.value[step] if isinstance(step, int) else child(owner, step), place[step]
    listed, heading = child(owner, key), list[str]()
    if isinstance(listed, yaml.SequenceNode) and listed.flow_style and items.count("\n") == 1:
        begin, mark = listed.end_mark.line, listed.end_mark
        line = page.lines.pop(begin)
        more = f"{', ' if listed.value else ''}{items.removeprefix('- ').rstrip()}"
        new = [line[: mark.column - 1].rstrip() + more + line[mark.column - 1 :].rstrip(BREAK)]
    elif listed is None and is_block(owner, yaml.MappingNode):
        begin, column = page.end(owner), owner.start_mark.column
        heading, new = [" " * column + f"{key}:"], _indented(items, column + 2)
    elif is_block(listed, yaml.SequenceNode):
        begin = page.end(listed.value[-1 if index is None else index - 1])
        new = _indented(items, listed.start_mark.column)
    else:
        raise NoPlace(f"`{key}` is in brackets, or empty; write a line for each item, with a `-` before it")
    above, added = page.lines[:begin], [line + page.newline for line in heading + new]
    ends = not above or above[-1].endswith((*BREAK,))
    made = "".join([*above, *[page.newline][ends:], *added, *page.lines[begin:]])
    known = place.get(key) or []
    at = len(known) if index is None else index
    place[key] = known[:at] + read_yaml(items).plain() + known[at:]
    with suppress(Unreadable):
        if read_yaml(made).plain() == wanted:
            return Added(made, begin + 1 + len(heading), begin + 1 + len(heading) + len(new))
    raise NoPlace("what stands there is used elsewhere too, or fits between no two lines")


def _indented(items: str, column: int) -> list[str]:
    return [" " * column + line if line.strip() else "" for line in items.splitlines()]


def child(node: Any, key: str) -> Any:
    """The value under a key; None where there is none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)
