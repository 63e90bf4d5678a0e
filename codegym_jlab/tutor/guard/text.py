"""A reply's characters as a reader takes them: look-alikes, invisible ones, entities and marks are made plain."""

from __future__ import annotations

import html
import re
import unicodedata

_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0xFEFF, *range(0x200B, 0x2010)]
    + [*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080)]
)
#: Letters of other scripts that look like Latin ones (Unicode TR39, those that fonts draw alike).
_ALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЈЅοαινυρ",
    "aeopcyxijsdhqwABEZHIKMNOPTYXABEKMHOPCTYXIJSoaivup",
)
_SIGNS = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "‚": "'",
        "′": "'",
        "″": '"',
        "−": "-",
        "–": "-",
        "—": "-",
        "‐": "-",
        "‑": "-",
        "×": "*",
        "÷": "/",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "←": "<-",
        "⟵": "<-",
        "≔": ":=",
        "→": "->",
        "·": ".",
        "\u00a0": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        "␣": " ",
        "（": "(",
        "）": ")",
        "，": ",",
        "：": ":",
        "；": ";",
        "。": ".",
        "【": "[",
        "】": "]",
        "、": ",",
        "⇥": "    ",
    }
)
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"[\u2000-\u200a\u202f\u205f\u3000]")


def plain(text: str) -> str:
    """`text` with look-alikes replaced. Other languages' words stay: only words with a Latin letter or digit change."""
    text = html.unescape(text).replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(_INVISIBLE).translate(_SIGNS)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", _SPACE.sub(" ", text)).translate(_SIGNS)
    return _WORD.sub(_latin, text)


def _latin(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii():
        return word
    changed = word.translate(_ALIKE)
    mixed = re.search(r"[A-Za-z0-9_]", word) is not None
    return changed if mixed or changed.isascii() else word


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]
