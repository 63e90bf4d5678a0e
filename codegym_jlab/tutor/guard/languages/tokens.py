# ruff: noqa: E501  (tables of patterns)
"""The words and signs of a program in JavaScript's syntax, and reading along them."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+)|(?P<line>\n)
    |(?P<number>0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<name>[A-Za-z_$][\w$]*[?!]?(?=\()|[A-Za-z_$][\w$]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
    |(?P<sign>>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|/=|%=|\*\*|<<|>>|[-+*/%=<>!?:;,.(){}\[\]&|^~@])
    """,
    re.VERBOSE,
)
REGEX = re.compile(r"/(?![*/ ])((?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([gimsuy]*)")


class Unreadable(ValueError):
    """It is not of a syntax that is known."""


class Reader:
    """A place among the tokens; ends of lines are passed over unless they are asked for."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def _peek(self, skip_lines: bool = True) -> str | None:
        at = self._at
        while skip_lines and at < len(self._tokens) and self._tokens[at] == "\n":
            at += 1
        if skip_lines:
            self._at = at
        return self._tokens[at] if at < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise Unreadable
        self._at += 1
        return token

    def _take(self, *wanted: str) -> bool:
        if self._peek() in wanted:
            self._at += 1
            return True
        return False

    def _need(self, token: str) -> None:
        if self._next() != token:
            raise Unreadable

    def _after(self, number: int) -> str | None:
        rest = [token for token in self._tokens[self._at : self._at + 3 * number + 6] if token != "\n"]
        return rest[number] if number < len(rest) else None


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "/" and (
            not found or re.fullmatch(r"[=(,;:!&|?{}\[\n+\-*%<>~^]|=>|&&|\|\||return|===|!==", found[-1])
        ):
            match = REGEX.match(text, at)
            if match:
                found.append(match[0])
                at = match.end()
                continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable
        if match.lastgroup != "space":
            found.append(match[0])
        at = match.end()
    return found
