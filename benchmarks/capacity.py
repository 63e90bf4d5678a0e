"""`python -m benchmarks.capacity`: how large a class a deployment carries, by simulation from what an answer costs.

The costs are those that `python -m benchmarks --only class` measures; give your machine's by the options. A week of
homework is simulated second by second: answers come as they do before a deadline, wait in line for a processor of a
sandbox host and one of a service, and are judged in turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from codegym_jlab.cli.output import out

WEEK_S = 7 * 24 * 3600
CLASSES = (300, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Shape:
    """When the answers of a week come: shares of the last day, hour and minute before the deadline."""

    day: float
    hour: float
    minute: float

    def per_second(self) -> np.ndarray:
        """Each second's share of the week's answers, the deadline's last: within a part, day and night alike."""
        share = np.full(WEEK_S, (1 - self.day) / (WEEK_S - 86_400))
        share[-86_400:] = (self.day - self.hour) / (86_400 - 3_600)
        share[-3_600:] = (self.hour - self.minute) / (3_600 - 60)
        share[-60:] = self.minute / 60
        return share


def longest_wait_s(arrivals: np.ndarray, per_s: float) -> float:
    """Of a line that `per_s` answers leave each second: seconds that the last to come waits at the worst time."""
    grown = np.cumsum(arrivals - per_s)
    return float((grown - np.minimum(np.minimum.accumulate(grown), 0)).max() / per_s)


def processors(arrivals: np.ndarray, cost_ms: float, patience_s: float) -> int:
    """The fewest with which nobody waits longer than that."""
    low, high = 1, max(1, math.ceil(arrivals.max() * cost_ms / 1000))
    while low < high:
        middle = (low + high) // 2
        if longest_wait_s(arrivals, 1000 * middle / cost_ms) <= patience_s:
            high = middle
        else:
            low = middle + 1
    return low


def main(
    service_ms: Annotated[float, typer.Option(help="Processor time of the service, an answer.")] = 14.0,
    sandbox_ms: Annotated[float, typer.Option(help="Of the sandbox host.")] = 10.0,
    records_ms: Annotated[float, typer.Option(help="Of PostgreSQL.")] = 2.0,
    answers: Annotated[int, typer.Option(help="Answers that a student sends in a week.")] = 35,
    last_day: Annotated[float, typer.Option(help="Share of them in the last day.")] = 0.45,
    last_hour: Annotated[float, typer.Option(help="In the last hour.")] = 0.08,
    last_minute: Annotated[float, typer.Option(help="In the last minute.")] = 0.005,
    patience_s: Annotated[float, typer.Option(help="Seconds that nobody should wait longer than.")] = 5.0,
    seed: int = 1,
) -> None:
    """Processors that each part needs, for classes of 300 to 100 000, and what two would do."""
    chance, share = np.random.default_rng(seed), Shape(last_day, last_hour, last_minute).per_second()
    table = Table("students", "answers a week", "worst minute", "service", "sandbox", "records", "two in all: waits")
    for students in CLASSES:
        arrivals = chance.poisson(students * answers * share)
        needed = [processors(arrivals, cost, patience_s) for cost in (service_ms, sandbox_ms, records_ms)]
        two = longest_wait_s(arrivals, 2000 / (service_ms + sandbox_ms + records_ms))
        worst = int(arrivals[-60:].sum())
        row = (students, int(arrivals.sum()), worst, *needed)
        table.add_row(*(f"{number:,}" for number in row), f"{two:,.0f} s" if two >= 1 else "under 1 s")
    out.print(table)


if __name__ == "__main__":
    typer.run(main)
