"""A report for people: in colour on a terminal, plain lines where it is piped."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from .facts import Fact, Report


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
