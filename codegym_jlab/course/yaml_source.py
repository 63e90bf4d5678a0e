"""YAML text → a tree of nodes that know their lines, by the YAML 1.2 core schema
(https://yaml.org/spec/1.2.2/#103-core-schema).

PyYAML (libyaml where it is there) composes the tree; `no`, `2024-01-01` and `12:30` are text. The loader calls
`read_yaml` once a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from codegym_jlab.files import table_beside
from codegym_jlab.records import DomainError, Json

#: What authors read, by kinds of mistakes.
WORDS: Json = table_beside(__file__, "words.toml")
_INDENTATION = ("the indentation does not fit the lines above", "align it with them, or put the text in quotes")
_GOES_ON = ("the text goes on after its quote or bracket", "put the whole text in quotes, of the other kind")


@dataclass(eq=False)
class Unreadable(Exception):
    """The text is no YAML that can be read; `line` counts from 1."""

    line: int
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.problem}; {self.mend}"


def in_plain_words(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    """The parser's error, as an author of a course can use it."""
    mark = error.problem_mark or error.context_mark
    lines = text.rstrip().splitlines() or [""]
    line = min(mark.line + 1 if mark else 1, len(lines))
    if mark and mark.line >= len(lines) and "flow" in f"{error.context}":
        return Unreadable(line, "the text ends here, and a bracket is not closed", "write the closing bracket")
    before = lines[line - 1][: mark.column] if mark else ""
    if "\t" in before + lines[line - 1][len(before) : len(before) + 1] and not before.strip():
        return Unreadable(line, "a tab stands at the beginning", "indent with spaces")
    problem, mend = _words(f"{error.problem} ({error.context})", before)
    if "not closed" in problem and error.context_mark:
        line = error.context_mark.line + 1
    return Unreadable(line, problem, mend)


def _words(said: str, before: str) -> tuple[str, str]:
    """`before` is what stands in the line before the place where the parser stopped."""
    for pattern, problem, mend in WORDS["yaml"]:
        if re.search(pattern, said):
            if problem == _INDENTATION[0] and before.strip(" -"):
                return _GOES_ON
            return _INDENTATION if "second colon" in problem and ":" not in before else (problem, mend)
    return f"this is no YAML: {said}", "compare it with the lines above"


MAX_DEPTH = 60
MAX_NODES = 200_000  #: with aliases written out, so that a few lines cannot become gigabytes

_CORE = "tag:yaml.org,2002:"


class _CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Knows what a plain scalar means in the core schema."""

    yaml_implicit_resolvers: dict[Any, Any] = {}


for _kind, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
):
    _CoreLoader.add_implicit_resolver(_CORE + _kind, re.compile(rf"(?:{_pattern})\Z"), _first)

_VALUES: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": dict.fromkeys(("", "~", "null", "Null", "NULL")).__getitem__,
    "bool": {"true": True, "false": False}.__getitem__,
    "int": lambda text: int(text, 0 if text[:2] in ("0o", "0x") else 10),
    "float": lambda text: float(re.sub(r"\.(?=[inIN])", "", text)),
}
#: What may be tagged how, by PyYAML's words.
_TAGS = {"scalar": _VALUES, "sequence": ("seq",), "mapping": ("map",)}


class Trouble(NamedTuple):
    """A mistake that leaves the rest of the text readable."""

    line: int
    problem: str
    mend: str


@dataclass(slots=True)
class Node:
    """One value. `value` is a scalar, a list of nodes, or a dict of nodes by key."""

    value: Any
    line: int
    size: int = 1  #: nodes in it, aliases written out
    block: bool = False  #: a literal block scalar (`|`): its text begins on the next line
    bare: bool = False  #: a scalar without quotes
    key_lines: dict[Any, int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    damaged: bool = False  #: an unquoted comma cut it: what else looks wrong in it is the same mistake

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.value, dict)

    def plain(self) -> Any:
        """The value as Python's own dicts, lists and scalars."""
        if self.is_mapping:
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def get(self, key: Any) -> Node | None:
        """The node under a key or index, None where there is none."""
        if isinstance(self.value, dict):
            return self.value.get(key)
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]  # type: ignore[no-any-return]
        return None

    def line_of(self, path: tuple[Any, ...]) -> int:
        """The line of the last step of `path` that is written in the text: a key's own line, else the item's."""
        node, line = self, self.line
        for step in path:
            child = node.get(step)
            if child is None:
                break
            line = node.key_lines.get(step, child.line)
            node = child
        return line

    def walk(self) -> Iterator[Node]:
        """This node and all below it, each once."""
        seen = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            if isinstance(node.value, dict | list):
                waiting.extend(node.value.values() if isinstance(node.value, dict) else node.value)


def written(node: Node | None, key: str) -> str | None:
    """The text under a key; None where there is none, or nothing in it."""
    found = node.get(key) if node is not None else None
    return found.value if found is not None and isinstance(found.value, str) and found.value.strip() else None


def listed(node: Node, key: str) -> list[Node]:
    """The items of the list under a key; none where there is no list."""
    found = node.get(key)
    return found.value if found is not None and isinstance(found.value, list) else []


def read_yaml(text: str) -> Node:
    """The one document in `text`. Raises Unreadable; smaller mistakes stand in the nodes' `troubles`."""
    root = composed(text)
    return Node(None, 1) if root is None else _Tree(text).node(root)


def composed(text: str) -> yaml.Node | None:
    """PyYAML's own tree, whose marks say where each thing stands; None for an empty text. Raises Unreadable."""
    try:
        _refuse_deep(text)
        return yaml.compose(text, Loader=_CoreLoader)
    except yaml.MarkedYAMLError as error:
        raise in_plain_words(text, error) from None
    except yaml.reader.ReaderError as error:  # YAML allows control characters in escapes alone
        line = text.count("\n", 0, int(str(error.position))) + 1
        mend = "delete it, or write it as an escape in double quotes"
        raise Unreadable(line, "a control character stands here", mend) from None


def _refuse_deep(text: str) -> None:
    """Before it is composed: libyaml does that by recursion in C, which would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_CoreLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Unreadable(_line(event), f"this is nested more than {MAX_DEPTH} deep", "write it flatter")


class _Tree:
    """PyYAML's nodes as ours; what an alias repeats is one node."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.made: dict[int, Node | None] = {}  #: None: begun, and not done

    def node(self, given: Any) -> Node:
        line = _line(given)
        if id(given) in self.made:
            known = self.made[id(given)]
            if known is None:
                raise Unreadable(line, "an alias of this stands inside itself", "write the value out")
            return known
        self.made[id(given)] = None
        node = Node(None, line)
        if given.tag.removeprefix(_CORE) not in _TAGS[given.id]:
            short = given.tag.replace(_CORE, "!!", 1)
            node.troubles.append(Trouble(line, f"the tag `{short}` is not known here", "leave it out"))
        if isinstance(given, yaml.ScalarNode):
            _fill_scalar(node, given)
        elif isinstance(given, yaml.SequenceNode):
            node.value = [self.node(item) for item in given.value]
            node.size += sum(item.size for item in node.value)
        else:
            self._fill_mapping(node, given)
        if node.size > MAX_NODES:
            raise Unreadable(node.line, "the aliases in this grow too large", "write out only what is needed")
        self.made[id(given)] = node
        return node

    def _fill_mapping(self, node: Node, given: Any) -> None:
        node.value = {}
        for key_given, value_given in given.value:
            key, value = self.node(key_given), self.node(value_given)
            node.size += key.size + value.size
            if given.flow_style and _has_no_value(key_given, value_given, self.text):
                node.damaged = True
                node.troubles.append(_comma(key, node))
            else:
                _put(node, key, value)


def _put(node: Node, key: Node, value: Node) -> None:
    if isinstance(key.value, dict | list):
        told = ("a list or mapping stands where a key belongs", "quote it, or use `equals_expr`")
    elif key.value is None:
        told = ("a key is missing before the colon", "write a name there, or quote the text")
    elif key.value in node.value:
        first = node.key_lines[key.value]
        told = (f"`{key.value}` is here twice (first in line {first})", "keep one of them")
    else:
        node.value[key.value], node.key_lines[key.value] = value, key.line
        return
    node.troubles.append(Trouble(key.line, *told))


def _has_no_value(key: yaml.Node, value: yaml.Node, text: str) -> bool:
    """True for `b` in `{a: f(1, b}`: no colon was written."""
    begin, end = value.start_mark.index, key.end_mark.index
    if not isinstance(value, yaml.ScalarNode) or begin != value.end_mark.index:
        return False
    return ":" not in text[end : max(end, begin) + 1]


def _comma(key: Node, node: Node) -> Trouble:
    problem, advice = f"`{key.plain()}` has no value", "quote this text: it contains a comma"
    owner = next(reversed(node.value), None)
    if owner is None:
        return Trouble(key.line, problem, f"{advice} (a set goes under `equals_expr`)")
    whole = quoted(f"{node.value[owner].plain()}, {key.plain()}")
    return Trouble(key.line, problem, f"{advice} (`{owner}: {whole}`)")


def quoted(text: str) -> str:
    """`text` as a YAML scalar in quotes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _fill_scalar(node: Node, given: yaml.ScalarNode) -> None:
    text, kind = given.value, given.tag.removeprefix(_CORE)
    node.value, node.block, node.bare = text, given.style == "|", not given.style
    if kind not in _VALUES:
        return
    try:
        node.value = _VALUES[kind](text.lower() if kind == "bool" else text)
    except (ValueError, KeyError):  # Python reads no integer of more than 4300 digits
        told = (f"`{text}` is no {kind}", "leave out the tag")
        if len(text) > 4000:
            told = ("this number has too many digits", "put it in quotes, or use `equals_expr`")
        node.troubles.append(Trouble(node.line, *told))


def _line(place: Any) -> int:
    return int(place.start_mark.line) + 1


class _Dumper(yaml.SafeDumper):
    """Longer text as a block, as courses are written."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if re.match(r"[-+.]?\d", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_yaml(value: Any, width: int = 100) -> str:
    """As an author writes it, keys in their order. No blanks at the ends of lines: they make a block impossible."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)


# -- a text as whole lines: entries and items with the lines that are theirs, and items put in between;
# every line that is not touched stays as it is, comments and blank ones among them

BREAK = "\n\r\x85\u2028\u2029"  #: what ends a line for libyaml, which counts the lines here
BOM = "\ufeff"
_LINE = re.compile(rf"[^{BREAK}]*(?:\r\n|[{BREAK}])|[^{BREAK}]+")


class Block(NamedTuple):
    """Whole lines of one entry or item: comments above it from `start`, itself from `line`, comments on it to `end`."""

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

    def entries(self, node: yaml.Node, stop: int, floor: int | None = None) -> list[Block]:
        """The keys of a mapping, each with its lines. Raises Unreadable where two share a line.

        Comments above the first are its own from `floor` on.
        """
        found = [(str(key.value), value, key.start_mark, key.start_mark.column) for key, value in node.value]
        return self._blocks(found, stop, floor)

    def items(self, node: yaml.SequenceNode, stop: int, floor: int | None = None) -> list[Block]:
        """The items of a list, likewise."""
        found = []
        for item in node.value:
            before = self.lines[item.start_mark.line][: item.start_mark.column]
            if not re.fullmatch(r" *-\s*", before):
                raise Unreadable(item.start_mark.line + 1, "this item stands not right beside its dash", "put it there")
            found.append(("", item, item.start_mark, before.index("-")))
        return self._blocks(found, stop, floor)

    def _blocks(self, found: Sequence[tuple[str, yaml.Node, Any, int]], stop: int, floor: int | None) -> list[Block]:
        blocks: list[Block] = []
        floor = found[0][2].line if floor is None else floor
        for key, node, mark, column in found:
            if mark.line < floor:
                raise Unreadable(mark.line + 1, "several keys share this line", "write each on a line of its own")
            start = mark.line
            while start > floor and self.lines[start - 1].lstrip().startswith("#"):
                start -= 1
            floor = min(self.below(max(self.end(node), mark.line + 1), column), stop)
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

    def below(self, end: int, column: int) -> int:
        """The line after comments below `end` on what is above them: indented deeper, or with a blank line below."""
        apart = level = False
        for number, line in enumerate(self.lines[end:], end):
            bare = line.lstrip()
            indent = len(line) - len(bare)
            if not bare:
                end, apart, level = end if apart else number, True, level and apart
            elif bare[0] != "#" or indent < column:
                break
            elif indent == column:
                level = True
            elif not level:
                end = number + 1
        return end

    def shown(self, first: int, end: int, column: int) -> list[str]:
        """Lines as a cell shows them: without the indentation, and without what stands before the first's column."""
        bare = [line.rstrip(BREAK) for line in self.lines[first:end]]
        is_first = [not line.lstrip().startswith("#") for line in bare[:1]] + [False] * len(bare)
        return [
            line[column:] if own or not line[:column].strip() else line.lstrip()
            for own, line in zip(is_first, bare, strict=False)
        ]


def is_block(node: Any, kind: type[yaml.CollectionNode]) -> bool:
    """Written a line an item or key."""
    return isinstance(node, kind) and not node.flow_style


class NoPlace(DomainError):
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
        column = owner.start_mark.column
        begin = page.below(page.end(owner), column - 1)
        heading, new = [" " * column + f"{key}:"], _indented(items, column + 2)
    elif is_block(listed, yaml.SequenceNode):
        column = listed.start_mark.column
        begin = page.below(page.end(listed.value[-1 if index is None else index - 1]), column)
        new = _indented(items, column)
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
