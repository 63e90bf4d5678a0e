"""A reply's Markdown made harmless: no picture, link or HTML of a model's is ever drawn. Code is left as it is."""

from __future__ import annotations

import re

_CODE = re.compile(r"(^[ \t]*(?:```|~~~).*?(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)|`[^`\n]*`)", re.S | re.M)
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)?|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\(\s*<?[^)]*\)?|\[[^\]]*\])")
_REFERENCE = re.compile(r"^[ \t]{0,3}\[[^\]]+\]:.*$", re.M)
_TAG = re.compile(r"<\s{0,9}/?\s{0,9}[A-Za-z!][^>]*>?")
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{0,30}:)?//[^\s<>)\]]+|\b(?:data|javascript|mailto|file):[^\s<>)\]]+|\bwww\.[^\s<>)\]]+",
    re.I,
)
_SIGNS = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> str:
    """`text` without pictures, links, HTML and unseen signs; what they said stays as words."""
    parts = _CODE.split(text.translate(_SIGNS))
    return "".join(part if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    text = _REFERENCE.sub("", text)
    for pattern in (_IMAGE, _LINK):
        text = pattern.sub(lambda match: match[1], text)
    return _TAG.sub("", _ADDRESS.sub("", text))


def units(text: str) -> tuple[list[str], str]:
    """What of a growing text is whole: sentences and blocks of code, each with the space after it; and the rest."""
    whole: list[str] = []
    rest = text
    while rest:
        end = _end_of_unit(rest)
        if end is None:
            break
        whole.append(rest[:end])
        rest = rest[end:]
    return whole, rest


_BLOCK = re.compile(r"\s*(```+|~~~+)")
_SENTENCE = re.compile(r"(?:[.!?:]['\")*_]*(?=\s)|[。！？]|\n\s*\n)\s*")


def _end_of_unit(text: str) -> int | None:
    opened = _BLOCK.match(text)
    if opened:
        closed = re.compile(rf"^[ \t]*{re.escape(opened[1])}[ \t]*\n", re.M).search(text, opened.end())
        return closed.end() if closed else None
    block = re.search(r"^[ \t]*(?:```|~~~)", text, re.M)
    limit = block.start() if block else len(text)
    for match in _SENTENCE.finditer(text, 0, limit):
        if text[: match.start() + 1].count("`") % 2 == 0:
            return match.end()
    return limit if block and limit else None
