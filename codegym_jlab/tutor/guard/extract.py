"""The code in a reply: its pieces, fenced, inline, in tables, lists, HTML or bare, and the ways to read a piece."""

import ast
import base64
import html
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from string import ascii_letters, ascii_lowercase
from typing import Literal

from codegym_jlab.records import frozen
from codegym_jlab.tutor.patterns import collapsed

from .syntax import is_code_line, nodes_of, tree_of, without_marks

#: Characters of a text that are read.
MOST = 20_000

# -- characters ------------------------------------------------------------------------------------

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180e\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    r"\U000e0000-\U000e007f]"
)
#: Letters of other scripts that look like Latin ones (Unicode TR39, those that fonts draw alike).
_ALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЈЅοαινυρ", "aeopcyxijsdhqwABEZHIKMNOPTYXABEKMHOPCTYXIJSoaivup"
)
_SIGNS = str.maketrans(
    dict(zip("“”„«»‘’‚′″−–—‐‑×÷·\u2028\u2029（），：；。【】、", '"""""\'\'\'\'"-----*/.\n\n(),:;.[],', strict=True))
    | {"≤": "<=", "≥": ">=", "≠": "!=", "←": "<-", "→": "->", "⇥": "    "}
)
_SPACE = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=200)
def plain(text: str) -> str:
    """A text as a reader takes it: look-alikes of letters and signs, entities and invisible characters made plain.

    Words of other languages stay: only those with a Latin letter or digit change. Long runs of blanks are cut.
    """
    text = _INVISIBLE.sub("", html.unescape(text[: 2 * MOST]).replace("\r\n", "\n")).translate(_SIGNS)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _SPACE.sub(" ", text)).translate(_SIGNS)
        text = _WORD.sub(_latin, text)
    return collapsed(text, MOST)


def _latin(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii():
        return word
    changed = word.translate(_ALIKE)
    return changed if changed.isascii() or re.search(r"[A-Za-z0-9_]", word) else word


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return [part for part in re.split(r"(?<=[.!?])[ \t]|\n", text) if part.strip()]


# -- pieces ----------------------------------------------------------------------------------------

Kind = Literal["fence", "inline", "bare", "row", "hidden"]

_OPEN = re.compile(r"^([ \t>]*)(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`]+)\1(?!`)")
_HTML = re.compile(
    r"<!--((?:(?!<!--|-->)[\s\S])*)"
    r"|<(?:pre|code|samp|kbd|script|template|textarea|details|summary|noscript|span|div|p|td)\b[^<>]*>([^<]*)"
)


@frozen
class Piece:
    """Part of a reply in the order in which it stands."""

    text: str
    kind: Kind

    @property
    def is_block(self) -> bool:
        """Whether it may be a whole program."""
        return self.kind in ("fence", "hidden")


def texts_of(pieces: Sequence[Piece]) -> list[str]:
    """Every piece in every reading, once."""
    return list(dict.fromkeys(text for piece in pieces for text in readings(piece.text)))


@lru_cache(maxsize=200)
def read(text: str) -> Sequence[Piece]:
    """Take a reply (made plain before) apart: its pieces in order."""
    pieces: list[Piece] = []
    prose: list[str] = []
    block: list[str] | None = None
    indent = mark = ""
    for line in text.split("\n"):
        opened = _OPEN.match(line)
        if block is None and opened:
            pieces += _in_prose(prose)
            prose, block, indent, mark = [], [], opened[1], opened[2]
        elif block is not None and opened and opened[2].startswith(mark) and not opened[3]:
            pieces.append(Piece(_unquoted(block, indent), "fence"))
            block = None
        else:
            (prose if block is None else block).append(line)
    if block is not None:
        pieces.append(Piece(_unquoted(block, indent), "fence"))
    pieces += _in_prose(prose)
    for found in _HTML.finditer(text):
        inner = found[1] or found[2] or ""
        if inner.strip():
            pieces.append(Piece(inner.expandtabs(4).strip("\n"), "hidden"))
    return pieces


def _unquoted(lines: list[str], indent: str) -> str:
    """A block without the quotation marks or the indentation that stand before its fence."""
    if ">" in indent:
        lines = [re.sub(r"^[ \t]*>[ ]?", "", line) for line in lines]
    elif indent:
        width = len(indent.expandtabs(4))
        lines = [line.expandtabs(4) for line in lines]
        lines = [line[min(width, len(line) - len(line.lstrip())) :] for line in lines]
    return "\n".join(lines).expandtabs(4).rstrip()


def _in_prose(lines: list[str]) -> Iterator[Piece]:
    """Indented blocks of code, then the code in single lines."""
    block: list[str] = []
    for line in [*lines, "end"]:
        if line.startswith(("    ", "\t")) or (block and not line.strip()):
            block.append(line)
            continue
        body = textwrap.dedent("\n".join(block).expandtabs(4)).strip("\n")
        rows = body.split("\n")
        if body.strip() and sum(map(is_code_line, rows)) > len(rows) / 2:
            yield Piece(body, "fence")
        block = []
    for line in lines:
        inline = [match[2] for match in _INLINE.finditer(line) if match[2].strip()]
        if line.strip().startswith("|") and line.count("|") > 1:
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
            bare = [cell for cell in cells if "`" not in cell and is_code_line(cell)]
            yield from (Piece(code, "row") for code in [*inline, *bare])
        elif inline:
            yield from (Piece(code, "inline") for code in inline)
        elif is_code_line(without_marks(line)):
            yield Piece(without_marks(line).rstrip(), "bare")


# -- ways to read a piece ----------------------------------------------------------------------------

#: What stands before each line of a program that is shown as something else: the line without it is read.
_MARKS = (
    re.compile(r"^[ ]*(?:>>>|\.\.\.|In \[\d*\]:|\.\.\.:|\$)(?: |$)"),  # a transcript
    re.compile(r"^[+ ](?!\+\+)|^[|<>] ?"),  # a diff, a quotation
    re.compile(r"^ *(?:\(?\d{1,3}[.):|]?|L\d{1,3}:?|\[\d{1,3}\]|line \d{1,3}:)[ \t]?", re.I),
    re.compile(r"(?<=^)(?:#|//|--|;|%|'|REM\b|\*)+ ?|(?<= )(?:#|//)+ ?", re.I),  # a comment
)
_DOC = re.compile(r"\"\"\"((?:(?!\"\"\")[\s\S])*)|'''((?:(?!''')[\s\S])*)")
_MOST_READINGS = 24


@lru_cache(maxsize=400)
def readings(block: str) -> tuple[str, ...]:
    """The block as it stands, then every other way in which it may hold a program; each once."""
    found: dict[str, None] = {block: None}
    for way in (_marked, _docs, _strings, _turned):
        for text in way(block):
            text = text.strip("\n").rstrip()
            if text.strip():
                found[textwrap.dedent(text)] = None
    for text in (*decoded(block), *shifted(block)):
        found[text] = None
        if tree_of(text) is None:
            found.update(dict.fromkeys([*_turned(text), *_marked(text), *shifted(text), *decoded(text)][:6]))
    return tuple(found)[:_MOST_READINGS]


def _marked(block: str) -> Iterator[str]:
    """Lines without what marks them: all of them, and those that had it."""
    lines = [line for line in block.split("\n") if line.strip() not in ("", "...", "pass")]
    for mark in _MARKS:
        marked = [line for line in lines if mark.search(line)]
        if marked:
            yield "\n".join(mark.sub("", line, count=1) for line in lines)
            yield "\n".join(mark.sub("", line, count=1) for line in marked)
    bare = [without_marks(line) for line in lines]
    if bare != lines:
        yield "\n".join(bare)


def _docs(block: str) -> Iterator[str]:
    """What stands in triple quotes, where the block is no program, too: from each line on that is code."""
    for match in _DOC.finditer(block):
        lines = (match[1] or match[2] or "").expandtabs(4).split("\n")
        for start in range(min(8, len(lines))):
            text = textwrap.dedent("\n".join(lines[start:])).strip()
            if not start or is_code_line(text.split("\n", 1)[0]):
                yield text


def _strings(block: str) -> Iterator[str]:
    """Programs in string literals: whole ones, as for exec, and lists of lines."""
    for node in nodes_of(block, ast.Constant, ast.List, ast.Tuple):
        parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
        lines = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        text = "\n".join(line.rstrip("\n") for line in lines)
        if "\n" in text:
            yield text


def _turned(block: str) -> Iterator[str]:
    lines = block.split("\n")
    if any(word in block for word in ("fed", "nruter", "rof", "ssalc", "adbmal", "dleiy")):
        yield "\n".join(line[::-1] for line in lines)
        yield block[::-1]
        yield _WORD.sub(lambda word: word[0][::-1], block)
    if len(lines) > 1 and block.lstrip().startswith(("return", "yield", "else")):
        yield "\n".join(reversed(lines))


# -- what is encoded ------------------------------------------------------------------------------------

_B64 = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_B64_LINE = re.compile(r"^[ \t>|]*([A-Za-z0-9+/_-]{8,}=*)[ \t|]*$", re.MULTILINE)
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9a-fA-F]{2}[ \n,:]?){6,}")
_CODES = re.compile(r"\b\d{1,3}(?:[ \n,;.|/-]{1,3}\d{1,3}){5,}\b")
_KEYWORDS = re.compile(
    r"\b(?:def|return|for|in|if|else|while|class|lambda|import|print|yield|self|range|len|from|not|and)\b"
)
_PYTHON = re.compile(r"\b(?:def|class) \w|\breturn\b|\bfor \w+ in\b|lambda \w|\w = |\byield\b|[\w\])]\(")


def decoded(text: str) -> list[str]:
    """Every printable text that some part of `text` decodes to, once."""
    found = (part for part in dict.fromkeys(_parts(text)) if part.strip())
    return [one for one in found if sum(ch.isprintable() or ch in "\n\t\r" for ch in one) >= 0.97 * len(one)]


def _parts(text: str) -> Iterator[str]:
    lines = "".join(_B64_LINE.findall(text))
    for raw in ([lines] if len(lines) >= 16 else []) + _B64.findall(text):
        raw = raw.rstrip("=").translate(str.maketrans("-_", "+/"))
        for order in (raw, raw[::-1]):
            yield from _text(base64.b64decode, order + "=" * (-len(order) % 4))
    for match in _HEX.finditer(text):
        digits = re.sub(r"\\x|0x|[ \n,:]", "", match[0])
        yield from _text(bytes.fromhex, digits[: len(digits) // 2 * 2])
    for match in _CODES.finditer(text):
        codes = [int(number) for number in re.findall(r"\d+", match[0])]
        if all(code in (9, 10, 13) or 32 <= code < 127 for code in codes):
            yield "".join(map(chr, codes))


def _text(decode: Callable[[str], bytes], raw: str) -> Iterator[str]:
    with suppress(ValueError):
        yield decode(raw).decode("utf-8")


def shifted(text: str) -> list[str]:
    """The text with its letters moved on (ROT13 and the like), where that looks like Python and the text does not."""
    if _looks(text) or not re.search(r"[A-Za-z]{3}", text):
        return []
    return [moved for by in range(1, 26) if _looks(moved := shift(text, by))]


def _looks(text: str) -> bool:
    return len(_KEYWORDS.findall(text)) >= 2 and _PYTHON.search(text) is not None


def shift(text: str, by: int) -> str:
    """Each letter moved on by `by` places."""
    moved = ascii_lowercase[by:] + ascii_lowercase[:by]
    return text.translate(str.maketrans(ascii_letters, moved + moved.upper()))
