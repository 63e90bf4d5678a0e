"""The tutor's own sentences, a table for each language; what holds a list has variants, so that answers differ."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from zlib import crc32

LANGUAGES = ("en", "es", "de", "fr", "pl", "zh")


class Words:
    """One language's table. `pick` takes the variant that a text decides: the same question gets the same words."""

    def __init__(self, language: str, table: Mapping[str, Mapping[str, Any]]) -> None:
        self.language, self._table = language, table

    def say(self, key: str, **values: object) -> str:
        """The sentence `part.name`, with `{names}` filled in. Raises KeyError."""
        return _filled(self._found(key), values)

    def pick(self, key: str, by: str, **values: object) -> str:
        """A variant of the sentence, chosen by the text `by`."""
        return self.nth(key, crc32(by.strip().casefold().encode()), **values)

    def nth(self, key: str, number: int, **values: object) -> str:
        """The variant of this number, counted round."""
        found = self._found(key)
        variants = found if isinstance(found, list) else [found]
        return _filled(variants[number % len(variants)], values)

    def number(self, key: str) -> int:
        """How many variants there are."""
        found = self._found(key)
        return len(found) if isinstance(found, list) else 1

    def keys(self, part: str) -> tuple[str, ...]:
        """The names in a part of the table."""
        return tuple(self._table[part])

    def _found(self, key: str) -> Any:
        part, _, name = key.partition(".")
        return self._table[part][name]


def _filled(text: str, values: Mapping[str, object]) -> str:
    """In one pass: what fills a gap is a student's, and its own braces are no gaps."""
    return re.sub(r"\{(\w+)\}", lambda gap: str(values.get(gap[1], gap[0])), text)


@cache
def words(language: str) -> Words:
    """The table of a BCP 47 tag, English where there is none."""
    tag = language.split("-")[0].lower()
    tag = tag if tag in LANGUAGES else "en"
    text = (resources.files(__package__) / f"{tag}.toml").read_text("utf-8")
    return Words(tag, tomllib.loads(text))


@cache
def patterns(part: str) -> Mapping[str, re.Pattern[str]]:
    """What messages are recognised by, by name, in the file's order; all languages in one, as people mix them."""
    table = tomllib.loads((resources.files(__package__) / "patterns.toml").read_text("utf-8"))[part]
    return {name: re.compile("|".join(rows), re.I) for name, rows in table.items()}
