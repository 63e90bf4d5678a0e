"""How every command speaks: words and tables to `out`, complaints and progress to `err`, JSON lines for programs.

Exit 0: done. 1: something could not be done or answered (`fail`). 2: wrong use (`wrong_use`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")]


def line(body: Mapping[str, Any]) -> None:
    """One JSON object on a line of its own, at once: for `--json`."""
    sys.stdout.write(json.dumps(body, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def lines(bodies: Iterable[Mapping[str, Any]]) -> None:
    """The same of each, as they come: a listing for programs."""
    for body in bodies:
        line(body)


def harmless(text: object) -> str:
    """What a student wrote, for a terminal: what would be an order to it is written out."""
    from ..grading.rendering import visible

    return visible(str(text))


def complain(text: str) -> None:
    """One plain line on standard error; the command goes on."""
    err.print(f"codegym: {text}")


def fail(text: str) -> NoReturn:
    """It could not be done: one plain line, and exit 1."""
    complain(text)
    raise typer.Exit(1) from None


def wrong_use(text: str) -> NoReturn:
    """What was asked for makes no sense: one plain line, and exit 2."""
    complain(text)
    raise typer.Exit(2) from None


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Collection[str] = ()) -> None:
    """For people; a column whose head is in `whole` is not wrapped."""
    from rich.table import Column, Table

    made = Table(*(Column(head, no_wrap=head in whole, overflow="fold") for head in heads), box=None, pad_edge=False)
    for row in rows:
        made.add_row(*row)
    out.print(made)


def moment(at: datetime | None, zone: str | None = None) -> str:
    """For people: in that time zone, else in this computer's; empty where there is none."""
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(zone) if zone else None).strftime("%Y-%m-%d %H:%M") if at else ""


def bar(wanted: bool, on: Console = err, *, grows: bool = False) -> Progress:
    """How far it is; shown where it is wanted and `on` is a terminal. `grows`: its total is found out on the way."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    clock = TimeElapsedColumn() if grows else TimeRemainingColumn()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), clock
    return Progress(*columns, console=on, transient=True, disable=not (wanted and on.is_terminal))
