"""The page and the picture: `--page benchmarks` fills its README.md and draws performance.png."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, table
from benchmarks.processors import usable

_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


def write(folder: Path, figures: Sequence[Figure], rounds: int) -> None:
    """Replace what stands between the marks of README.md. Raises ValueError where they are missing."""
    page = folder / "README.md"
    text = page.read_text(encoding="utf-8")
    if _BEGIN not in text or _END not in text:
        raise ValueError(f"{page} lacks the lines {_BEGIN} and {_END}")
    body = "\n".join([_BEGIN, _machine(rounds), "", *table(figures), _END])
    page.write_text(re.sub(f"{_BEGIN}.*?{_END}", lambda _: body, text, flags=re.S), encoding="utf-8")
    draw(folder / "performance.png", figures)


def _machine(rounds: int) -> str:
    load, kernel = os.getloadavg()[0], platform.release().split("-")[0]
    return (
        f"Taken on {datetime.now(UTC):%d %B %Y}, Linux {kernel}, Python {platform.python_version()}, "
        f"{usable()} processors, load {load:.1f} at the end, {rounds} rounds."
    )


def draw(file: Path, figures: Sequence[Figure]) -> None:
    """Bars on a logarithmic scale: each figure that has a floor or a peer, and that beside it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [f for f in figures if f.beside and f.name.startswith(f.part)]
    figure, axes = pyplot.subplots(figsize=(9, 0.62 * len(shown) + 1.4), layout="constrained")
    for row, found in enumerate(reversed(shown)):
        _bars(axes, row, found)
    axes.set_yticks(range(len(shown)), [f.name for f in reversed(shown)])
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds, the median (a logarithmic scale)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    figure.suptitle("CodeGYM beside its floors and peers, in one run", x=0.01, ha="left", fontsize=12)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _bars(axes: Any, row: int, found: Figure) -> None:
    assert found.beside is not None
    for offset, ms, colour, said in (
        (0.2, found.p50, "#1f77b4", f"{found.p50:.3g} ms"),
        (-0.2, found.beside, "#b0b0b0", f"{found.beside:.3g} ms: {found.beside_name}"),
    ):
        axes.barh(row + offset, max(ms, 0.01), height=0.36, color=colour)
        axes.text(max(ms, 0.01) * 1.05, row + offset, said, va="center", fontsize=7.5, color="#444444")
