"""The pieces of a reply that may be code: fenced, inline, in tables, lists, HTML, comments, or bare in the prose."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .reading import is_code_line, without_marks
from .unmarked import unmarked

Kind = Literal["fence", "inline", "bare", "row", "hidden"]

_FENCE = re.compile(
    r"^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<lang>[\w+#.-]*)[^\n]*\n"
    r"(?P<body>.*?)(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z)",
    re.DOTALL | re.MULTILINE,
)
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_HTML = (
    re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL),
    re.compile(
        r"<(?:pre|code|samp|kbd|script|template|textarea|details|summary|noscript|span|div|p|font|td)\b[^>]*>(.*?)</",
        re.DOTALL | re.I,
    ),
    re.compile(
        r"\b(?:title|alt|data-[\w-]+|value|content|aria-label|href|placeholder)\s*=\s*\"([^\"]{8,})\"", re.DOTALL
    ),
    re.compile(r"!?\[([^\]]{12,})\]\("),
    re.compile(r"!?\[[^\]]*\]\([^)\s]*\s+\"([^\"]{12,})\"\)"),
    re.compile(r"^\[[^\]]*\]:\s*\S*\s*[\"(]([^\n]{8,})[\")]$", re.MULTILINE),
    re.compile(r"\\begin\{(?:verbatim|lstlisting|minted)\}(?:\{\w+\})?(.*?)\\end\{", re.DOTALL),
    re.compile(r"\[code[^\]]*\](.*?)\[/code\]", re.DOTALL | re.I),
    re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL),
)
_ROW = re.compile(r"^\s*\|(.+)\|\s*$")
_INDENTED = re.compile(r"(?:^(?: {4}|\t)[^\n]*\n?|^[ \t]*\n)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a reply in the order in which it stands. `depth`: indentation that was told, in columns."""

    text: str
    kind: Kind
    lang: str = ""
    depth: int | None = None


@dataclass(slots=True)
class Reading:
    """A reply taken apart: its pieces in order, and what is left of it as prose."""

    text: str
    pieces: list[Piece] = field(default_factory=list)
    prose: str = ""

    @property
    def fences(self) -> list[Piece]:
        """The blocks."""
        return [piece for piece in self.pieces if piece.kind == "fence"]


def read(text: str) -> Reading:
    """Take a reply (made plain before) apart."""
    reading = Reading(text)
    end = 0
    for match in _FENCE.finditer(text):
        _read_prose(text[end : match.start()], reading)
        body = match["body"]
        if match["indent"].strip().startswith(">"):
            body = re.sub(r"^[ \t]*>[ ]?", "", body, flags=re.MULTILINE)
        elif match["indent"] and not re.search(r"^\S", body, re.MULTILINE):
            width = len(match["indent"].expandtabs(4))
            body = re.sub(rf"^ {{0,{width}}}", "", body.expandtabs(4), flags=re.MULTILINE)
        reading.pieces.append(Piece(body.expandtabs(4).rstrip(), "fence", match["lang"].lower()))
        end = match.end()
    _read_prose(text[end:], reading)
    for pattern in _HTML:
        for found in pattern.finditer(text):
            inner = re.sub(r"<br\s*/?>", "\n", found[1], flags=re.I)
            inner = re.sub(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", "", inner, flags=re.I)
            if inner.strip():
                reading.pieces.append(Piece(inner.expandtabs(4).strip("\n"), "hidden"))
    return reading


def _read_prose(prose: str, reading: Reading) -> None:
    reading.prose += prose + "\n"
    for block in _INDENTED.finditer(prose):
        body = textwrap.dedent(block[0].expandtabs(4)).strip("\n")
        if body.strip() and sum(map(is_code_line, body.split("\n"))) > len(body.split("\n")) / 2:
            reading.pieces.append(Piece(body, "fence"))
    for line in _paragraph_lines(prose):
        cells = _ROW.match(line)
        if cells:
            reading.pieces += _of_row(cells[1])
            continue
        inline = [match[2].strip("\n") for match in _INLINE.finditer(line)]
        if inline:
            reading.pieces += [Piece(code if code.strip() else "", "inline") for code in inline if code.strip()]
            continue
        bare = without_marks(line)
        if is_code_line(bare):
            reading.pieces.append(Piece(bare.rstrip(), "bare"))
        else:
            reading.pieces += [Piece(code, "inline") for _, code in unmarked(line)]


def _paragraph_lines(prose: str) -> Iterator[str]:
    """Its lines; those that an inline span runs over are one."""
    held = ""
    for line in prose.split("\n"):
        held = f"{held}\n{line}" if held else line
        if held.count("`") % 2 == 0 or not line.strip():
            yield held
            held = ""
    if held:
        yield held


def _of_row(row: str) -> Iterator[Piece]:
    """A table's row: the code in it, and the indentation that another cell tells."""
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)]
    numbers = [int(cell) for cell in cells if re.fullmatch(r"\d{1,2}", cell)]
    depth = numbers[-1] if numbers else None
    for cell in cells:
        code = cell.replace("\\|", "|")
        found = _INLINE.search(code)
        inner = found[2] if found else code
        inner = re.sub(r"^(?:&nbsp;|&emsp;)+", lambda m: " " * (len(m[0]) // 6), inner)
        if found or is_code_line(inner):
            yield Piece(inner, "row", depth=depth)
