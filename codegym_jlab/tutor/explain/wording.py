"""A cause in words: the one table of a language, filled with what is quoted of the program."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

LANGUAGES = ("en", "es", "de", "fr", "pl", "zh")
_LONGEST = 60
_CODE = re.compile(r"`[^`]*`")


@cache
def _table(language: str) -> tuple[Mapping[str, str], Mapping[str, str], str]:
    """Titles, texts and the words for the line. Only our own names are imported."""
    name = language.lower().replace("_", "-").partition("-")[0]
    if name not in LANGUAGES:
        name = "en"
    try:
        module = importlib.import_module(f"{__package__}.texts.{name}")
    except ModuleNotFoundError:
        return _table("en")
    return module.TITLES, module.TEXTS, module.LINE


def title_of(cause: str, language: str = "en") -> str:
    """A few words that name the cause."""
    return _table(language)[0].get(cause) or _table("en")[0].get(cause, "")


def text_of(cause: str, variant: str, line: int, words: Mapping[str, Any], language: str = "en") -> str:
    """What is said of it: the line, what is the matter there, and a question or a next step."""
    _, texts, first = _table(language)
    keys = (f"{cause}.{variant}", cause)
    found = next((texts[key] for key in keys if key in texts), None)
    if found is None:
        _, texts, first = _table("en")
        found = next(texts[key] for key in keys if key in texts)
    filled = {name: quoted(str(value)) for name, value in words.items()}
    return f"{_fill(first, {'line': str(line)})} {_fill(found, filled)}"


def line_of(line: int, language: str = "en") -> str:
    """The words that point at a line."""
    return _fill(_table(language)[2], {"line": str(line)})


def quoted(text: str) -> str:
    """A piece of the student's program, harmless in Markdown: one line, no backtick, no sign of an end."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("`", "'")
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with its places filled; one in no code and of odd signs is put in backticks."""

    def inside(match: re.Match[str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: words.get(m[1]) or "…", match[0])

    def outside(match: re.Match[str]) -> str:
        word = words.get(match[1], "")
        plain = re.fullmatch(r"[\w ]*", word) is not None
        return (word or "…") if plain else f"`{word}`"

    pieces, place = [], 0
    for code in _CODE.finditer(text):
        pieces += [re.sub(r"\{(\w+)\}", outside, text[place : code.start()]), inside(code)]
        place = code.end()
    pieces.append(re.sub(r"\{(\w+)\}", outside, text[place:]))
    return "".join(pieces)
