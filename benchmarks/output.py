"""What `python -m benchmarks` prints: figures as they are taken, at last a table; or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import run
from benchmarks.desk import desk
from benchmarks.figures import GOALS, Figure


async def tell(
    parts: Sequence[str], rounds: int, page: Path | None, *, as_json: bool, out: Console, err: Console
) -> None:
    """Time the parts; progress goes to `err`, figures to `out` and, where asked, to the page."""
    figures: list[Figure] = []
    with desk(rounds, err.print) as at:
        async for found in run(at, parts):
            figures.append(found)
            if as_json:
                out.print(json.dumps(found.as_json(), ensure_ascii=False))
    if not as_json:
        out.print(_table(figures))
    if page is not None:
        from benchmarks.page import write

        write(page, figures, rounds)


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("what", "p50 ms", "p99 ms", "a second", "beside", "goal")
    for found in figures:
        beside = f"{found.ratio:.3g} × {found.beside_name}" if found.ratio else ""
        rate = f"{found.per_s:.0f}" if found.per_s else ""
        table.add_row(found.name, f"{found.p50:.2f}", f"{found.at(0.99):.2f}", rate, beside, GOALS.get(found.name, ""))
    return table
