"""What doctor found, in groups: for programs as JSON, for people in colour on a terminal, else in plain lines."""

from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from ..records import Json, frozen


@frozen
class Fact:
    """One thing that was looked at; the text of what is not good says what to do."""

    name: str
    good: bool
    text: str
    group: str = ""
    matters: bool = True  #: False: nothing is amiss without it
    fails: bool = False  #: where it is not good, doctor ends with 1


@frozen
class Report:
    """What was found."""

    facts: tuple[Fact, ...]
    level: str | None  #: of the sandbox; None: no answer can be checked safely here

    @property
    def failed(self) -> bool:
        """No answer can be checked safely here, or something has to be put right first."""
        return self.level is None or any(fact.fails and not fact.good for fact in self.facts)

    @property
    def troubles(self) -> tuple[Fact, ...]:
        """What is not good."""
        return tuple(fact for fact in self.facts if fact.matters and not fact.good)

    def as_json(self) -> Json:
        """For `--json`."""
        return {"level": self.level, "can_grade": bool(self.level), "facts": [asdict(fact) for fact in self.facts]}


def show(report: Report, out: Console) -> None:
    """Group by group, what is wrong in red; then how much is."""
    group = ""
    width = max((len(fact.name) for fact in report.facts), default=0) if out.is_terminal else 0
    for fact in report.facts:
        if fact.group != group:
            group = fact.group
            out.print(Text(f"\n{group}", "bold") if out.is_terminal else Text(group))
        out.print(_line(fact, width))
    wrong = len(report.troubles)
    out.print(Text(f"\n✗ {wrong} to look at" if wrong else "\n✓ all is well", "bold" if out.is_terminal else ""))


def _line(fact: Fact, width: int) -> Text:
    mark, colour = ("✓", "green") if fact.good else ("✗", "bold red") if fact.matters else ("–", "dim")
    return Text.assemble((mark, colour), f" {fact.name}: ".ljust(width + 3), fact.text)
