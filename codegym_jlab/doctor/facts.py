"""What doctor found, in groups."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at; the text of what is not good says what to do."""

    name: str
    good: bool
    text: str
    group: str = ""
    matters: bool = True  #: False: nothing is amiss without it


def grouped(group: str, *facts: Fact) -> list[Fact]:
    """These in one group."""
    return [replace(fact, group=group) for fact in facts]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; `can_grade` where answers can be checked safely here."""

    facts: tuple[Fact, ...]
    level: str | None

    @property
    def can_grade(self) -> bool:
        """True where some sandbox level works."""
        return self.level is not None

    @property
    def troubles(self) -> tuple[Fact, ...]:
        """What is not good."""
        return tuple(fact for fact in self.facts if fact.matters and not fact.good)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"level": self.level, "can_grade": self.can_grade, "facts": [asdict(fact) for fact in self.facts]}
