"""The tutor's sentences: one gettext catalogue a language, `en.po` and its translations, read when first needed.

`text("explain.title.aliasing", "de")`. A message's id is a key, its parts set off by dots. What `en.po` has and a
translation lacks is said in English.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ...records import frozen

LANGUAGES = ("en", "es", "de", "fr", "pl", "zh")
_MESSAGE = re.compile(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', re.M)
_GAP = re.compile(r"\{(\w+)\}")


def text(key: str, language: str = "en", **values: object) -> str:
    """The sentence of a key with its `{gaps}` filled; raises KeyError where English has none.

    `language` is a BCP 47 tag; of a language without a catalogue the sentence is English.
    """
    return filled(message(key, language), values)


def message(key: str, language: str = "en") -> str:
    """The sentence as the catalogue has it, its gaps open; raises KeyError."""
    found = catalogue(tag_of(language)).get(key)
    return catalogue("en")[key] if found is None else found


def names(part: str) -> tuple[str, ...]:
    """The keys below `part`, without it, in the order of `en.po`."""
    return tuple(key.removeprefix(f"{part}.") for key in catalogue("en") if key.startswith(f"{part}."))


def filled(sentence: str, values: Mapping[str, object]) -> str:
    """A sentence with its gaps filled in one pass: braces in a student's words are no gaps."""
    return _GAP.sub(lambda gap: str(values.get(gap[1], gap[0])), sentence)


@frozen
class Words:
    """The sentences in one language."""

    language: str

    def say(self, key: str, **values: object) -> str:
        """The sentence, its gaps filled."""
        return text(key, self.language, **values)

    def whom(self, contact: str | None) -> str:
        """Which person can be asked."""
        return self.say("human.contact", contact=contact) if contact else self.say("human.nobody")


def words(language: str) -> Words:
    """The sentences for a BCP 47 tag."""
    return Words(tag_of(language))


def tag_of(language: str) -> str:
    """The catalogue for a BCP 47 tag: `de` for `de-CH`, `en` for a language without one."""
    tag = language.lower().replace("_", "-").partition("-")[0]
    return tag if tag in LANGUAGES else "en"


@cache
def catalogue(tag: str) -> Mapping[str, str]:
    """The messages of one language by id. Babel's reader takes 100 ms for what these lines read in 3."""
    source = Path(__file__).with_name(f"{tag}.po").read_text("utf-8")
    found = {_joined(entry[1]): _joined(entry[2]) for entry in _MESSAGE.finditer(source)}
    return {key: sentence for key, sentence in found.items() if key and sentence}


def _joined(lines: str) -> str:
    return "".join(json.loads(line) for line in lines.splitlines())
