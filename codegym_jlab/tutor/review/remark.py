"""A remark on a line of the student's code."""

from __future__ import annotations

from dataclasses import dataclass

from ..locale import words


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of `words`, and what fills it."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def told(self, language: str) -> str:
        """In this language (BCP 47)."""
        return words(language).say(self.key, **dict(self.values))

    @property
    def name(self) -> str:
        """The name that it is about; empty where it is about none."""
        return str(dict(self.values).get("name", ""))


def say(key: str, **values: object) -> Sentence:
    """The sentence `part.name`, with what fills it."""
    return Sentence(key, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Remark:
    """`weight` orders remarks, the most useful first; `better` is the student's own line written the other way.

    `better` and `topic` are told only where the answer is accepted; before, the topic's example on other data is.
    """

    line: int  #: 1-based; 0 where it is about the whole
    text: Sentence
    weight: float = 1.0
    kind: str = "style"  #: style, naming, speed, shorter, safety, praise, mistake
    topic: str = ""  #: id of a concept that shows the idea on other data
    better: str = ""
