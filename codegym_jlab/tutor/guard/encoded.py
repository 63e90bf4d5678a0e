"""What was encoded in a reply: base64, hex, character codes, and letters that were moved on (ROT13)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache

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
    return [part for part in dict.fromkeys(_parts(text)) if part.strip() and _printable(part)]


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


def _text(decode: object, raw: str) -> Iterator[str]:
    try:
        yield decode(raw).decode("utf-8")  # type: ignore[operator]
    except (ValueError, binascii.Error):
        return


def _printable(text: str) -> bool:
    return sum(ch.isprintable() or ch in "\n\t\r" for ch in text) >= 0.97 * len(text)


def shifted(text: str) -> list[str]:
    """The text with its letters moved on (ROT13 and the like), where that looks like Python and the text does not."""
    if _looks(text) or not re.search(r"[A-Za-z]{3}", text):
        return []
    return [moved for by in range(1, 26) if _looks(moved := shift(text, by))]


def _looks(text: str) -> bool:
    return len(_KEYWORDS.findall(text)) >= 2 and _PYTHON.search(text) is not None


def shift(text: str, by: int) -> str:
    """Each letter moved on by `by` places."""
    return text.translate(_table(by % 26))


@cache
def _table(by: int) -> dict[int, int]:
    return {base + place: base + (place + by) % 26 for base in (65, 97) for place in range(26)}
