"""A figure: what was timed, how often, and what it stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """What was timed, in milliseconds, sorted; `beside` is the median of its floor or peer in the same run."""

    part: str
    name: str
    ms: tuple[float, ...]
    beside: float | None = None  #: milliseconds
    beside_name: str = ""
    note: str = ""

    @property
    def p50(self) -> float:
        """The median, in milliseconds."""
        return self.at(0.5)

    @property
    def per_s(self) -> float | None:
        """How many of them a second holds."""
        return 1000 / self.p50 if self.p50 > 0 else None

    @property
    def ratio(self) -> float | None:
        """How many times what it stands beside: over 1 is slower."""
        return self.p50 / self.beside if self.beside else None

    def at(self, share: float) -> float:
        """The value below which `share` of them lie."""
        return self.ms[min(len(self.ms) - 1, int(len(self.ms) * share))]

    def as_json(self) -> dict[str, Any]:
        """One line of `python -m benchmarks --json`."""
        return {
            "part": self.part, "name": self.name, "n": len(self.ms), "p50_ms": self.p50, "p99_ms": self.at(0.99),
            "per_s": self.per_s, "ratio": self.ratio, "beside": self.beside_name or None, "goal": GOALS.get(self.name),
            "note": self.note or None,
        }  # fmt: skip


def figure(part: str, name: str, ms: Sequence[float], beside: Figure | None = None, note: str = "") -> Figure:
    """A figure from times in the order in which they were taken; the first tenth warms up and is left out."""
    kept = tuple(sorted(ms[len(ms) // 10 :]))
    return Figure(part, name, kept, beside.p50 if beside else None, beside.name if beside else "", note)


#: What DESIGN's figures ask for, by the name of the figure.
GOALS = {
    "sandbox: begin, a cell, 5 checks": "≤ 2 × floor",
    "sandbox: the same, numpy and pandas preloaded": "≤ 2 × floor",
    "batch: an answer of 5 checks": "≥ 200 a second, ≤ 2 × floor",
    "http: request to durable judgement, 5 checks": "≤ 10 ms, p99 ≤ 30 ms",
    "http: the same, numpy and pandas preloaded": "≤ 2 × floor",
    "http: a class of 100, an answer": "≥ 200 a second",
    "records: a check with many stored": "≤ 1.2 ×",
    "regrade: a submission": "≥ 167 a second: 10 000 in a minute",
    "kernel: start to first reply": "≤ 150 ms",
    "startup: added to a server's start": "≤ 100 ms",
    "startup: import codegym_jlab": "≤ 150 ms",
    "peers: a notebook of three, beside nbgrader": "≤ 0.01 ×",
    "peers: a notebook of three, beside otter": "≤ 0.0033 ×",
}


def table(figures: Iterable[Figure]) -> list[str]:
    """Lines of a Markdown table."""
    lines = ["| what | p50 ms | p99 ms | a second | beside | goal |", "|---|---|---|---|---|---|"]
    for found in figures:
        beside = f"{found.ratio:.3g} × {found.beside_name} ({found.beside:.2f} ms)" if found.ratio else ""
        rate = f"{found.per_s:.0f}" if found.per_s else ""
        cells = (found.name, f"{found.p50:.2f}", f"{found.at(0.99):.2f}", rate, beside, GOALS.get(found.name, ""))
        lines.append(f"| {' | '.join(cells)} |")
    return lines
