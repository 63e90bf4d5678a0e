"""What was encoded in a reply: base64, hex, character codes, bits, Caesar's shifts, percent signs, escapes."""

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import re
import urllib.parse
import zlib
from collections.abc import Iterator
from functools import cache

_MOST = 40_000
_B64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_B64_LINES = re.compile(r"(?:[A-Za-z0-9+/_-]{8,}={0,2}[ \t]*\n?){2,}")
_B32 = re.compile(r"\b[A-Z2-7]{24,}={0,6}(?!\w)")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s,:]*){6,}|(?:(?:\\x|0x)[0-9a-fA-F]{2}[\s,]*){4,}")
_CODES = re.compile(r"\b\d{1,3}(?:[\s,;.|/-]+\d{1,3}){5,}\b")
_BITS = re.compile(r"\b[01]{7,8}(?:[\s,]+[01]{7,8}){3,}\b")
_PERCENT = re.compile(r"(?:[\w.~+-]|%[0-9A-Fa-f]{2}|[()=\[\]:,'\"*!]){12,}")
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[0-7]{3}){4,}")
#: Text of a program or a sentence has these.
_WORDS = re.compile(
    r"\b(def|return|for|in|if|else|while|class|lambda|import|print|yield|self|range|len|from|not|and)\b"
)
_PYTHON = re.compile(r"\b(?:def|class) \w+|\breturn\b|\bfor \w+ in\b|lambda \w|\w = |\byield\b|[\w\])]\(")


def decoded(text: str) -> list[str]:
    """Every printable text that some part of `text` decodes to, once."""
    found: dict[str, None] = {}
    for part in _parts(text[:_MOST]):
        if part.strip() and _printable(part):
            found[part] = None
    return list(found)


def _parts(text: str) -> Iterator[str]:
    for match in (*_B64_LINES.finditer(text), *_B64.finditer(text)):
        yield from _base64(re.sub(r"\s", "", match[0]))
    for match in _B32.finditer(text):
        yield from _tried(lambda m=match: base64.b32decode(m[0] + "=" * (-len(m[0]) % 8)))
    for match in _HEX.finditer(text):
        digits = re.sub(r"\\x|0x|[\s,:]", "", match[0])
        yield from _tried(lambda d=digits: bytes.fromhex(d[: len(d) // 2 * 2]))
    for match in _BITS.finditer(text):
        yield "".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", match[0]))
    for match in _CODES.finditer(text):
        codes = [int(number) for number in re.findall(r"\d+", match[0])]
        if all(code in (9, 10, 13) or 32 <= code < 127 for code in codes):
            yield "".join(map(chr, codes))
        elif all(1 <= code <= 27 for code in codes):
            yield "".join(" " if code == 27 else chr(96 + code) for code in codes)
    for match in _PERCENT.finditer(text):
        if match[0].count("%") >= 3:
            yield urllib.parse.unquote_plus(match[0])
    for match in _ESCAPED.finditer(text):
        yield from _tried(lambda m=match: codecs.decode(m[0], "unicode_escape").encode())


def _base64(raw: str) -> Iterator[str]:
    raw = raw.rstrip("=").translate(str.maketrans("-_", "+/"))
    for text in (raw, raw[::-1]):
        for data in _bytes(text):
            yield from _tried(lambda d=data: d)
            yield from _tried(lambda d=data: zlib.decompress(d))
            yield from _tried(lambda d=data: gzip.decompress(d))


def _bytes(text: str) -> Iterator[bytes]:
    try:
        yield base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        return


def _tried(make: object) -> Iterator[str]:
    try:
        yield make().decode("utf-8")[:_MOST]  # type: ignore[operator]
    except (ValueError, binascii.Error, zlib.error, OSError, EOFError):
        return


def _printable(text: str) -> bool:
    return sum(ch.isprintable() or ch in "\n\t\r" for ch in text) >= 0.97 * len(text)


def shifted(text: str) -> list[str]:
    """Caesar's shifts (ROT13 among them) and Atbash of a text that look like Python while it itself does not."""
    if _looks(text) or not re.search(r"[A-Za-z]{3}", text):
        return []
    found = [shift(text, by) for by in range(1, 26)]
    found.append(text.translate(_MIRROR))
    found.append(text.translate(_ROT47))
    return [each for each in found if _looks(each)]


def _looks(text: str) -> bool:
    return len(_WORDS.findall(text)) >= 2 and _PYTHON.search(text) is not None


def shift(text: str, by: int) -> str:
    """Each letter moved on by `by` places."""
    return text.translate(_table(by % 26))


@cache
def _table(by: int) -> dict[int, int]:
    return {base + place: base + (place + by) % 26 for base in (65, 97) for place in range(26)}


_MIRROR = {base + place: base + 25 - place for base in (65, 97) for place in range(26)}
_ROT47 = {code: 33 + (code + 14) % 94 for code in range(33, 127)}
