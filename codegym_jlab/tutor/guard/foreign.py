# ruff: noqa: E501  (tables of patterns)
"""Programs in other languages as Python: those with braces are parsed, those with `end` are given them."""

from __future__ import annotations

import re

from .languages.normal import kind, normal
from .languages.parser import Unreadable, python_of
from .reading import parsed

_BRACES = re.compile(r"[{};]|=>|^\s*end\b|^\s*(?:fun|def) \w+.* = |<- ?(?:function|\\)\s*\(", re.MULTILINE)
_WHOLE = frozenset(
    {
        "java",
        "c#",
        "csharp",
        "cs",
        "c",
        "cpp",
        "c++",
        "go",
        "golang",
        "rust",
        "rs",
        "kotlin",
        "kt",
        "swift",
        "ruby",
        "rb",
    }
)
_FUNCTION = re.compile(
    r"\b(?:function\b|const \w+ = |let \w+ = |var \w+ = |func \w|fn \w|fun \w|class \w)|^\s*(?:[\w<>\[\], ]+) \w+\([^)]*\)\s*\{|^\s*def \w+.*[^:]$",
    re.MULTILINE,
)


def translated(text: str, lang: str) -> list[str]:
    """Python programs that do what `text` does, to be run with the shim; none where it is of no language known."""
    if lang in ("python", "py", "python3") or not _BRACES.search(text) or len(text) > 6000:
        return []
    if not lang and (not _FUNCTION.search(text) or parsed(text) is not None):
        return []
    found: dict[str, None] = {}
    for part in _programs(text):
        for how in dict.fromkeys((lang or kind(part), kind(part), "js", "java")):
            try:
                python = python_of(normal(part, how), how in _WHOLE or kind(part) in _WHOLE)
            except (Unreadable, RecursionError, IndexError):
                continue
            if python.strip() and parsed(python) is not None:
                found[_unclassed(python)] = None
                break
    return list(found)


def translated_value(text: str) -> list[str]:
    """Python of one expression of another language, such as a chain of methods with blocks."""
    if not 12 <= len(text) <= 400 or not _BRACES.search(text) or parsed(text) is not None:
        return []
    found: dict[str, None] = {}
    for how in ("ruby", "js", "kotlin"):
        try:
            python = python_of(normal(text, how))
        except (Unreadable, RecursionError, IndexError):
            continue
        if parsed(python) is not None:
            found[python] = None
    return list(found)


def _programs(text: str) -> list[str]:
    """The whole, and the part from the first function to the last brace."""
    begin = _FUNCTION.search(text)
    end = text.rfind("}")
    whole = [text]
    if begin and end > begin.start() and (begin.start() > 0 or end < len(text) - 1):
        whole.append(text[begin.start() : end + 1])
    return whole


def _unclassed(python: str) -> str:
    """Static methods of a class that holds nothing else, as functions."""
    rows = python.split("\n")
    if not rows[0].startswith("class ") or any(re.match(r"    def __init__|class ", row) for row in rows[1:]):
        return python
    if any("self." in row for row in rows):
        return python
    inner = [row[4:] if row.startswith("    ") else row for row in rows[1:]]
    return "\n".join(re.sub(r"^def (\w+)\(self(?:, )?", r"def \1(", row) for row in inner)
