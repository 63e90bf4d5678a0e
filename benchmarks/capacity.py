"""`python -m benchmarks.capacity`: how large a class a deployment carries, by simulation from what an answer costs.

The costs are those that `python -m benchmarks --only class` measures; give your machine's by the options. A semester
is simulated second by second: answers come as they do before a deadline, wait in line for a processor of each part, and
are judged in turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from codegym_jlab.cli.output import out

DAY_S = 24 * 3600
WEEK_S = 7 * DAY_S
CLASSES = (300, 1_000, 10_000, 100_000)
#: Work in each week of fifteen, beside a usual one: a slow start, two weeks before an exam, a free one, who gives up.
WEEKS = (0.5, 0.9, 1.0, 1.0, 1.1, 1.1, 1.3, 0.3, 1.0, 1.0, 0.9, 0.9, 1.0, 1.4, 0.6)
#: The same for each hour of a day.
HOURS = (
    *(0.6, 0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 1.1, 1.3, 1.3),
    *(1.0, 1.2, 1.4, 1.4, 1.4, 1.2, 1.1, 1.4, 1.6, 1.7, 1.5, 0.8),
)
#: The proxy and the Hub are one process each: beyond one processor another program has to take their place.
PARTS = ("service", "sandbox", "records", "proxy", "Hub")


@dataclass(frozen=True, slots=True)
class Shape:
    """When the answers of a week come: shares of the last day, hour and minute before the deadline."""

    day: float
    hour: float
    minute: float

    def per_second(self) -> np.ndarray:
        """Each second's share of the week's answers, the deadline's last."""
        hours = np.repeat(np.tile(HOURS, 7), 3_600)
        share = np.empty(WEEK_S)
        share[:-DAY_S] = (1 - self.day) * hours[:-DAY_S] / hours[:-DAY_S].sum()
        share[-DAY_S:-3_600] = (self.day - self.hour) * hours[-DAY_S:-3_600] / hours[-DAY_S:-3_600].sum()
        share[-3_600:-60] = (self.hour - self.minute) / (3_600 - 60)
        share[-60:] = self.minute / 60
        return share

    def semester(self, answers: float, exam: float) -> np.ndarray:
        """What one student sends in each second of WEEKS and of an exam of 90 minutes after them.

        Half of an exam's answers come in its last quarter of an hour, a tenth in its last minute.
        """
        weeks = [answers * week * self.per_second() for week in WEEKS]
        parts = ((0.5, 75 * 60), (0.4, 14 * 60), (0.1, 60))
        return np.concatenate([*weeks, *(np.full(length, exam * share / length) for share, length in parts)])


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
    service_ms: Annotated[float, typer.Option(help="Processor time of the service, an answer.")] = 7.5,
    sandbox_ms: Annotated[float, typer.Option(help="Of the sandbox host.")] = 6.7,
    records_ms: Annotated[float, typer.Option(help="Of PostgreSQL.")] = 1.9,
    proxy_ms: Annotated[float, typer.Option(help="Of the proxy.")] = 0.9,
    hub_ms: Annotated[float, typer.Option(help="Of the Hub.")] = 0.3,
    answers: Annotated[float, typer.Option(help="Answers that a student sends in a usual week.")] = 35,
    exam: Annotated[float, typer.Option(help="In the exam; 0: there is none.")] = 10,
    last_day: Annotated[float, typer.Option(help="Share of a week's answers in the last day.")] = 0.45,
    last_hour: Annotated[float, typer.Option(help="In the last hour.")] = 0.08,
    last_minute: Annotated[float, typer.Option(help="In the last minute.")] = 0.005,
    patience_s: Annotated[float, typer.Option(help="Seconds that nobody should wait longer than.")] = 5.0,
    at_once: Annotated[float, typer.Option(help="Share of students whose servers run in the busiest hour.")] = 0.3,
    server_mb: Annotated[float, typer.Option(help="Memory of a student's server.")] = 130,
    server_processors: Annotated[float, typer.Option(help="What a running server computes, its kernels too.")] = 0.1,
    processor_price: Annotated[float, typer.Option(help="Of a processor, an hour.")] = 0.04,
    gb_price: Annotated[float, typer.Option(help="Of a GB of memory, an hour.")] = 0.005,
    seed: int = 1,
) -> None:
    """Processors that each part needs, for classes of 300 to 100 000, what two would do, a thousand students' cost."""
    chance = np.random.default_rng(seed)
    usual = Shape(last_day, last_hour, last_minute).semester(answers, exam)
    costs = (service_ms, sandbox_ms, records_ms, proxy_ms, hub_ms)
    hours = len(usual) / 3_600
    table = Table("students", "answers", "worst minute", *PARTS, "two in all: waits", "a thousand students")
    for students in CLASSES:
        arrivals = chance.poisson(students * usual)
        needed = [processors(arrivals, cost, patience_s) for cost in costs]
        two = longest_wait_s(arrivals, 2000 / sum(costs))
        worst = int(np.convolve(arrivals, np.ones(60), "valid").max())
        running = students * at_once
        computing = max(2, processors(arrivals, sum(costs), patience_s)) + running * server_processors
        an_hour = computing * processor_price + running * server_mb / 1000 * gb_price
        row = (students, int(arrivals.sum()), worst, *needed)
        waits = f"{two:,.0f} s" if two >= 1 else "under 1 s"
        table.add_row(*(f"{number:,}" for number in row), waits, f"{1000 * an_hour * hours / students:,.0f}")
    out.print(table)
    first, most = max(zip(PARTS, costs, strict=True), key=lambda part: part[1])
    out.print(f"Full first: the {first}, one processor of which takes {1000 / most:.0f} answers a second.")
    out.print(f"300 answers at one moment, two processors for all: the last is judged after {0.15 * sum(costs):.1f} s.")
    judging = sum(arrivals.sum() / students * 1000 * cost for cost in costs) / 3_600_000
    out.print(f"Judging for a thousand students computes {judging:.1f} processor hours in {hours:,.0f}.")


if __name__ == "__main__":
    typer.run(main)
