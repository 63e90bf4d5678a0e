"""YAML text → a tree of nodes that know their lines, by the YAML 1.2 core schema
(https://yaml.org/spec/1.2.2/#103-core-schema).

PyYAML's parser (libyaml where it is there) gives the events; what a scalar means is decided here, so `no`, `2024-01-01`
and `12:30` are text. The loader calls `read_yaml` once a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

_IN_QUOTES = "put the text in quotes"
_BRACKET = "put text that holds brackets or commas in quotes, or write the closing bracket"
_INDENTATION = ("the indentation does not fit the lines above", f"align it with them, or {_IN_QUOTES}")
_GOES_ON = ("the text goes on after its quote or bracket", "put the whole text in quotes, of the other kind")
_KEPT = ("this begins with a character that YAML keeps for itself", _IN_QUOTES)

#: libyaml's and PyYAML's own messages; the first that fits is taken
_PLAIN_WORDS = (
    (r"mapping values are not allowed", "a second colon stands in this line", _IN_QUOTES),
    (r"cannot start any token|alphabetic or numeric character", *_KEPT),
    (r"unexpected end of stream", "a quote is opened and not closed", "write the closing quote"),
    (r"unknown escape", "`\\` before this means nothing in double quotes", "use single quotes, or write `\\\\`"),
    (r"expected ',' or '[\]}]'", "a bracket that opens here is not closed", _BRACKET),
    (r"could not find expected ':'", "a colon is missing after this key", f"write `key: value`, or {_IN_QUOTES}"),
    (r"block end|expected key|'-' indicator", *_INDENTATION),
    (r"undefined alias", "an alias is used that is not defined", "write the value out"),
    (r"node content", "a value is missing here", f"write it, or {_IN_QUOTES}"),
    (r"document start", "the text goes on after the end of the document", f"indent it, or {_IN_QUOTES}"),
)


class Unreadable(Exception):
    """The text is no YAML that can be read; `line` counts from 1."""

    def __init__(self, line: int, problem: str, mend: str) -> None:
        super().__init__(f"{problem}; {mend}")
        self.line, self.problem, self.mend = line, problem, mend


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
    for pattern, problem, mend in _PLAIN_WORDS:
        if re.search(pattern, said):
            if problem == _INDENTATION[0] and before.strip(" -"):
                return _GOES_ON
            return _INDENTATION if "second colon" in problem and ":" not in before else (problem, mend)
    return f"this is no YAML: {said}", "compare it with the lines above"


def strange_character(text: str, error: yaml.reader.ReaderError) -> Unreadable:
    """A control character, which YAML allows in escapes alone."""
    position = error.position if isinstance(error.position, int) else 0
    line = text.count("\n", 0, position) + 1
    return Unreadable(line, "a control character stands here", "delete it, or write it as an escape in double quotes")


MAX_DEPTH = 60
MAX_NODES = 200_000  #: with aliases written out, so that a few lines cannot become gigabytes

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INF = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NAN = {".nan", ".NaN", ".NAN"}
_CORE = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Trouble:
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

    def plain(self) -> Any:
        """The value as Python's own dicts, lists and scalars."""
        if isinstance(self.value, dict):
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
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            if isinstance(node.value, (dict, list)):
                waiting.extend(node.value.values() if isinstance(node.value, dict) else node.value)


def read_yaml(text: str) -> Node:
    """The one document in `text`. Raises Unreadable; smaller mistakes stand in the nodes' `troubles`."""
    try:
        return _Composer(text).document()
    except yaml.MarkedYAMLError as error:
        raise in_plain_words(text, error) from None
    except yaml.reader.ReaderError as error:
        raise strange_character(text, error) from None


class _Composer:
    """Builds nodes from parse events."""

    def __init__(self, text: str) -> None:
        self.text = text
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events = iter(yaml.parse(text, Loader=loader))
        self.anchors: dict[str, Node | None] = {}

    def document(self) -> Node:
        next(self.events)  # the stream
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            return Node(None, 1)
        root = self.node(next(self.events), 0)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise Unreadable(
                _line(after), "a second document begins here", "leave out the `---`, or use a file for each"
            )
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Unreadable(_line(event), f"this is nested more than {MAX_DEPTH} deep", "write it flatter")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, depth)
        else:
            node = self.mapping(event, depth)
        if node.size > MAX_NODES:
            raise Unreadable(node.line, "the aliases in this grow too large", "write out only what is needed")
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent) -> Node:
        node = self.anchors.get(str(event.anchor))
        if node is None:
            inside = str(event.anchor) in self.anchors
            problem = "stands inside itself" if inside else "is not defined above"
            raise Unreadable(_line(event), f"the alias `*{event.anchor}` {problem}", "write the value out")
        return node

    def sequence(self, event: yaml.SequenceStartEvent, depth: int) -> Node:
        items: list[Node] = []
        node = Node(items, _line(event))
        _only_tag(event, node, "seq")
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(item, depth + 1))
            node.size += items[-1].size
        return node

    def mapping(self, event: Any, depth: int) -> Node:
        node = Node({}, _line(event))
        _only_tag(event, node, "map")
        flow = bool(event.flow_style)
        while not isinstance(start := next(self.events), yaml.MappingEndEvent):
            key = self.node(start, depth + 1)
            value_event = next(self.events)
            value = self.node(value_event, depth + 1)
            node.size += key.size + value.size
            if flow and _has_no_value(start, value_event, self.text):
                node.damaged = True
                node.troubles.append(_comma(start, node))
            else:
                _put(node, key, value)
        return node


def _put(node: Node, key: Node, value: Node) -> None:
    if isinstance(key.value, (dict, list)):
        node.troubles.append(
            Trouble(key.line, "a list or mapping stands where a key belongs", "quote it, or use `equals_expr`")
        )
    elif key.value is None:
        node.troubles.append(
            Trouble(key.line, "a key is missing before the colon", "write a name there, or quote the text")
        )
    elif key.value in node.value:
        first = node.key_lines[key.value]
        node.troubles.append(
            Trouble(key.line, f"`{key.value}` is here twice (first in line {first})", "keep one of them")
        )
    else:
        node.value[key.value] = value
        node.key_lines[key.value] = key.line


def _has_no_value(key: yaml.Event, value: yaml.Event, text: str) -> bool:
    """True for `b` in `{a: f(1, b}`: no colon was written."""
    if not isinstance(value, yaml.ScalarEvent) or value.value or not value.implicit[0]:
        return False
    begin, end = _offset(text, value.start_mark), _offset(text, key.end_mark)
    if begin != _offset(text, value.end_mark):
        return False
    return ":" not in text[end : max(end, begin)] and text[end : end + 1] != ":"


def _offset(text: str, mark: Any) -> int:
    return int(mark.index) + (1 if text[:1] == "\ufeff" else 0)


def _comma(key: yaml.Event, node: Node) -> Trouble:
    stray = getattr(key, "value", "")
    owner = next(reversed(node.value), None)
    if owner is None:
        advice = "quote this text: it contains a comma (a set goes under `equals_expr`)"
        return Trouble(_line(key), f"`{stray}` has no value", advice)
    whole = f"{node.value[owner].plain()}, {stray}"
    return Trouble(
        _line(key), f"`{stray}` has no value", f"quote this text: it contains a comma (`{owner}: {quoted(whole)}`)"
    )


def quoted(text: str) -> str:
    """`text` as a YAML scalar in quotes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _only_tag(event: Any, node: Node, kind: str) -> None:
    if event.tag not in (None, "!", _CORE + kind):
        node.troubles.append(Trouble(node.line, f"the tag `{_short(event.tag)}` is not known here", "leave it out"))


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag


def _scalar(event: yaml.ScalarEvent) -> Node:
    node = Node(event.value, _line(event), block=event.style == "|", bare=not event.style)
    tag = event.tag
    try:
        if tag is None and event.implicit[0] and not event.style:
            node.value = resolve(event.value)
        elif tag in (_CORE + "int", _CORE + "float", _CORE + "bool", _CORE + "null"):
            node.value = _as_tagged(event.value, tag.removeprefix(_CORE), node)
        elif tag not in (None, "!", _CORE + "str"):
            node.troubles.append(Trouble(node.line, f"the tag `{_short(tag)}` is not known here", "leave it out"))
    except ValueError:  # Python reads no integer of more than 4300 digits
        node.troubles.append(
            Trouble(node.line, "this number has too many digits", "put it in quotes, or use `equals_expr`")
        )
    return node


def _as_tagged(text: str, kind: str, node: Node) -> Any:
    value = resolve(text)
    if kind == "float" and type(value) is int:
        value = float(value)
    name = "null" if value is None else type(value).__name__
    if name != kind:
        node.troubles.append(Trouble(node.line, f"`{text}` is no {kind}", "leave out the tag"))
    return value


def resolve(text: str) -> Any:
    """What a plain scalar means in the core schema."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if match := _INF.fullmatch(text):
        return float(match[1] + "inf")
    return float("nan") if text in _NAN else text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
