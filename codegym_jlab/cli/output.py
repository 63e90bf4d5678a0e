"""How every command speaks: words and tables to `out`, complaints and progress to `err`, JSON lines for programs.

Exit 0: done. 1: something could not be done or answered (`fail`). 2: wrong use (`wrong_use`). Also batches: JSON
objects in, one a line, and the answers out in their order.
"""

from __future__ import annotations

import json
import sys
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

Batch = Annotated[
    typer.FileText,
    typer.Option(
        metavar="FILE.jsonl", encoding="utf-8", errors="replace", help="A question a line; - for standard input."
    ),
]
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
    from codegym_jlab.grading.checker.responses import visible

    return visible(str(text))


def complain(text: str) -> None:
    """One plain line on standard error; the command goes on."""
    err.print(f"codegym: {text}")


def fail(text: str) -> NoReturn:
    """It could not be done: one plain line, and exit 1."""
    complain(text)
    raise typer.Exit(1) from None


def wrong_use(text: str, mistakes: Iterable[str] = ()) -> NoReturn:
    """What was asked for makes no sense: a plain line for each mistake and one in the end, and exit 2."""
    for one in (*mistakes, text):
        complain(one)
    raise typer.Exit(2) from None


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Collection[str] = ()) -> None:
    """For people; a column whose head is in `whole` is not wrapped."""
    from rich.table import Column, Table

    made = Table(*(Column(head, no_wrap=head in whole, overflow="fold") for head in heads), box=None, pad_edge=False)
    for row in rows:
        made.add_row(*row)
    out.print(made)


def listing(
    as_json: bool,
    bodies: Iterable[Mapping[str, Any]],
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    whole: Collection[str] = (),
    end: str = "",
) -> None:
    """A line of JSON each, for programs; else a table and, where there is one, the line at its end."""
    if as_json:
        return lines(bodies)
    table(heads, rows, whole=whole)
    if end:
        out.print(end)


def moment(at: datetime | str | None, zone: str | None = None) -> str:
    """For people: in that time zone, else in this computer's; empty where there is none. A text is ISO 8601."""
    from zoneinfo import ZoneInfo

    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return at.astimezone(ZoneInfo(zone) if zone else None).strftime("%Y-%m-%d %H:%M") if at else ""


def bar(wanted: bool, on: Console = err, *, grows: bool = False, of_bytes: bool = False) -> Progress:
    """How far it is; shown where it is wanted and `on` is a terminal. `grows`: its total is found out on the way."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    clock = TimeElapsedColumn() if grows else TimeRemainingColumn()
    count = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = TextColumn("{task.description}"), BarColumn(), count, clock
    return Progress(*columns, console=on, transient=True, disable=not (wanted and on.is_terminal))


def steps_on(shown: Progress) -> Callable[[str, int, int], None]:
    """Tells a bar for each name how far it is, of how much; no total: it is not known yet."""
    tasks: dict[str, TaskID] = {}

    def step(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = shown.add_task(name, total=total or None)
        shown.update(tasks[name], completed=done, total=total or None)

    return step


class BadLine(ValueError):
    """A line that is not what is asked for; the text says what to write."""


def answers_to(
    texts: Iterable[str], write: str, answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]], *, beside: int = 1
) -> AsyncIterator[dict[str, Any]]:
    """`answer` of each line's JSON object, in the order of the lines, `beside` of them under way at a time.

    A line that holds none, or for which `answer` raises BadLine, is answered by its error. `write` says what belongs.
    """
    from codegym_jlab.grading.batch import in_order

    async def one(number: int, text: str) -> dict[str, Any]:
        body: dict[str, Any] = {}
        try:
            body = _body_of(text, write)
            return await answer(body)
        except BadLine as error:
            return {"id": body.get("id"), "exercise": body.get("exercise"), "error": f"line {number}: {error}"}

    return in_order((one(number, text) for number, text in enumerate(texts, 1) if text.strip()), beside)


def _body_of(text: str, write: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLine(f"this is not JSON; {write}") from None
    if not isinstance(body, dict):
        raise BadLine(write)
    return body


async def print_answers(
    answers: AsyncIterable[Mapping[str, Any]], as_json: bool, words: Callable[[Mapping[str, Any]], str]
) -> int:
    """Each answer as it comes, for programs or in `words`; the exit code: 1 where a line had none."""
    unanswered = 0
    async for answer in answers:
        unanswered += "error" in answer
        if as_json:
            line(answer)
        elif "error" in answer:
            err.print(f"{answer['id']}: {answer['error']}")
        else:
            out.print(words(answer))
    return 1 if unanswered else 0
