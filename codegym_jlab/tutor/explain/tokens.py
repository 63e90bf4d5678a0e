"""A text that is no program, cut into pieces all the same: words, numbers, strings, brackets, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PIECE = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<triple>[rRbBfFuU]{0,2}(?:\"{3}(?:[^\\]|\\.)*?(?:\"{3}|\Z)|'{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)))
    | (?P<string>[rRbBfFuU]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    | (?P<open_string>[rRbBfFuU]{0,2}["'][^\n]*)
    | (?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[jJ]?)
    | (?P<name>[^\W\d]\w*)
    | (?P<join>\\\n)
    | (?P<newline>\n)
    | (?P<op>\*\*=?|//=?|<<=?|>>=?|[-+*/%&|^@!=<>:]=|->|[-+*/%&|^@~<>=:;,.()\[\]{}])
    | (?P<space>[ \t\r\f\v]+)
    | (?P<odd>.)
    """,
    re.VERBOSE | re.DOTALL,
)
OPENING, CLOSING = "([{", ")]}"
_PAIRS = dict(zip(CLOSING, OPENING, strict=True))
KEYWORDS = frozenset(
    "False None True and as assert async await break class continue def del elif else except finally for from global "
    "if import in is lambda nonlocal not or pass raise return try while with yield".split()
)
#: Words that begin a block, whose line ends in a colon.
BLOCKS = frozenset("if elif else for while def class try except finally with async match case".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A piece. `depth` is the number of brackets round it, `end` the line on which it ends."""

    kind: str
    text: str
    line: int
    end: int
    column: int
    depth: int
    inside: str  #: the innermost bracket that is open before it, or nothing

    @property
    def is_operand(self) -> bool:
        """Whether a value can be, or end, here."""
        if self.kind == "name":
            return self.text not in KEYWORDS or self.text in ("True", "False", "None")
        return self.kind in ("number", "string", "triple")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A bracket that does not fit: the opening one, the closing one, or both."""

    opening: Token | None
    closing: Token | None


def tokens(source: str) -> list[Token]:
    """The pieces of a text without space and comments; line ends are kept where no bracket is open."""
    return list(_cut(source))


def _cut(source: str) -> Iterator[Token]:
    line, start, open_ = 1, 0, list[str]()
    for piece in _PIECE.finditer(source):
        kind, text = piece.lastgroup or "odd", piece[0]
        end = line + text.count("\n")
        if kind == "op" and text in CLOSING and open_:
            open_.pop()
        if kind not in ("comment", "space", "join"):
            inside = open_[-1] if open_ else ""
            yield Token(kind, text, line, end, piece.start() - start, len(open_), inside)
        if kind == "op" and text in OPENING:
            open_.append(text)
        if "\n" in text:
            start = piece.start() + text.rindex("\n") + 1
        line = end


def logical_lines(source: str) -> list[list[Token]]:
    """The pieces by physical line; what stands inside brackets that were opened before it is in the same list."""
    found: list[list[Token]] = [[]]
    for token in tokens(source):
        if token.kind != "newline":
            found[-1].append(token)
        elif token.depth == 0:
            found.append([])
    return [line for line in found if line]


def physical_lines(source: str) -> dict[int, list[Token]]:
    """The pieces of each line."""
    found: dict[int, list[Token]] = {}
    for token in tokens(source):
        if token.kind != "newline":
            found.setdefault(token.line, []).append(token)
    return found


def bracket_trouble(pieces: Sequence[Token]) -> Trouble | None:
    """The first bracket that does not fit. A new statement at the left ends what is open there."""
    open_: list[Token] = []
    fresh = True
    for place, token in enumerate(pieces):
        if token.kind == "newline":
            fresh = True
            continue
        if fresh and open_ and _begins_statement(place, pieces, open_):
            return Trouble(open_[-1], None)
        fresh = False
        if token.kind != "op":
            continue
        if token.text in OPENING:
            open_.append(token)
        elif token.text in CLOSING:
            if not open_:
                return Trouble(None, token)
            if open_[-1].text != _PAIRS[token.text]:
                return Trouble(open_[-1], token)
            open_.pop()
    return Trouble(open_[-1], None) if open_ else None


def _begins_statement(place: int, pieces: Sequence[Token], open_: Sequence[Token]) -> bool:
    """Whether a line inside open brackets looks like the next statement: a keyword, or `name =` at its start."""
    token = pieces[place]
    if token.kind != "name" or token.line == open_[-1].line:
        return False
    if token.text in ("def", "class", "import", "return", "while", "elif", "try", "print", "with", "assert", "raise"):
        return True
    after = pieces[place + 1] if place + 1 < len(pieces) else None
    assigns = after is not None and after.text in ("=", "+=", "-=") and open_[-1].text != "("
    if assigns:
        return True
    last = pieces[place - 2] if place > 1 and pieces[place - 1].kind == "newline" else None
    ends = last is not None and (last.is_operand or last.text in CLOSING)
    return token.text in ("for", "if") and token.column == 0 and ends and _has_colon(token, pieces)


def _has_colon(token: Token, pieces: Sequence[Token]) -> bool:
    own = [p for p in pieces if p.line == token.line and p.kind != "newline"]
    return bool(own) and own[-1].text == ":"
