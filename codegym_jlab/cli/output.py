"""How every command speaks: words and tables to `out`, complaints and progress to `err`, JSON lines for programs.

Exit 0: done. 1: something could not be done or answered (`fail`). 2: wrong use (`wrong_use`). Also batches: JSON
objects in, one a line, and the answers out in their order.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Annotated, Any, NoReturn

from rich.console import Console
from typer import Exit, FileText, Option

from codegym_jlab.records import Cell, Json, shown

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

Batch = Annotated[
    FileText,
    Option(metavar="FILE.jsonl", encoding="utf-8", errors="replace", help="One question a line; - for standard input."),
]
_wants_json: ContextVar[bool] = ContextVar("json", default=False)


def _note(wants_json: bool) -> bool:
    _wants_json.set(wants_json)
    return wants_json


#: A command that takes it need not look at it: `for_programs` knows what was typed.
AsJson = Annotated[bool, Option("--json", callback=_note, help="JSON lines, for programs.")]


def for_programs() -> bool:
    """Whether this command was given --json."""
    return _wants_json.get()


def line(body: Any) -> None:
    """One JSON object, or a record as one, on a line of its own, at once: for `--json`."""
    sys.stdout.write(json.dumps(body, ensure_ascii=True, default=_object) + "\n")
    sys.stdout.flush()


def _object(record: Any) -> Json:
    return record if isinstance(record, dict) else shown(record)


def say(body: Any, *texts: str) -> None:
    """The body for programs, else the texts for people; where there are none, the same body as YAML."""
    if for_programs():
        return line(body)
    if not texts:
        from codegym_jlab.course.yaml_source import write_yaml

        texts = (harmless(write_yaml(json.loads(json.dumps(body, default=_object)))),)
    for text in texts:
        out.print(text)


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
    raise Exit(1) from None


def wrong_use(text: str, mistakes: Iterable[str] = ()) -> NoReturn:
    """What was asked for makes no sense: a plain line for each mistake and one in the end, and exit 2."""
    for one in (*mistakes, text):
        complain(one)
    raise Exit(2) from None


@contextmanager
def failing_on(*kinds: type[Exception]) -> Iterator[None]:
    """Within it these say what could not be done."""
    try:
        yield
    except kinds as error:
        fail(str(error))


@contextmanager
def wrong_use_on(*kinds: type[Exception]) -> Iterator[None]:
    """Within it these say what makes no sense."""
    try:
        yield
    except kinds as error:
        wrong_use(str(error))


def listing(bodies: Iterable[Any], fields: str, *, end: str = "", **shown: Callable[[Json], object]) -> None:
    """A line of JSON each, for programs; else a table of these fields and, where there is one, the line at its end.

    A column is the field of its name, unless `shown` makes it for people of the whole body.
    """
    told, names = map(_object, bodies), fields.split()
    if for_programs():
        for body in told:
            line(body)
        return
    from rich.table import Column, Table

    columns = (Column(name.replace("_", " "), no_wrap=not number, overflow="fold") for number, name in enumerate(names))
    table = Table(*columns, box=None, pad_edge=False)
    for one in told:
        table.add_row(*(_cell(name, shown[name](one) if name in shown else one[name]) for name in names))
    out.print(table)
    if end:
        out.print(end)


def print_changes(done: Sequence[Any], fields: str, dry_run: bool) -> None:
    """What became of each, or what would: records with `before`, `after` and `changes`; people see what changes."""
    rows = ({**one.as_json(), "dry_run": dry_run} for one in done if one.changes or for_programs())
    changing = [one for one in done if one.changes]
    new, left = sum(one.before is None for one in changing), sum(one.after is None for one in changing)
    counts = f"{new} new, {left} left, {len(changing) - new - left} moved, {len(done) - len(changing)} as they were"
    end = f"{len(changing)} changed: {counts}{'; nothing was done' if dry_run else ''}"
    listing(rows, fields, end=end)


def _cell(name: str, value: Any) -> str:
    return moment(value) if name.endswith("_at") else words(value)


def words(value: Any) -> str:
    """For people: what there is nothing of is empty, and a student's words give the terminal no orders."""
    if isinstance(value, dict):
        return assigned(value)
    if isinstance(value, list | tuple):
        return "; ".join(map(words, value))
    return "" if value is None else harmless(f"{value:g}" if isinstance(value, float) else value)


def assigned(fields: Json, within: str = "") -> str:
    """`late.per_day=0.1 due=null`."""
    each = (
        assigned(value, f"{within}{name}.") if isinstance(value, dict) else f"{within}{name}={words(value) or 'null'}"
        for name, value in fields.items()
    )
    return " ".join(each)


def moment(at: datetime | str | None, zone: str | None = None) -> str:
    """For people: in that time zone, else in this computer's; empty where there is none. A text is ISO 8601."""
    from zoneinfo import ZoneInfo

    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return at.astimezone(ZoneInfo(zone) if zone else None).strftime("%Y-%m-%d %H:%M") if at else ""


@contextmanager
def steps(wanted: bool = True, on: Console = err) -> Iterator[Callable[[str, int, int], None]]:
    """What tells people at a terminal how far it is: a bar for each name, of how much; no total: not known yet."""
    from rich.progress import Progress, TaskID

    tasks: dict[str, TaskID] = {}
    with Progress(console=on, transient=True, disable=for_programs() or not (wanted and on.is_terminal)) as shown:

        def step(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=total or None)
            shown.update(tasks[name], completed=done, total=total or None)

        yield step


class BadLine(ValueError):
    """A line that is not what is asked for; the text says what to write."""


def need_texts(body: Json, write: str, *names: str) -> None:
    """Raises BadLine, which says what to write, where one of these is not there or no text."""
    for name in names:
        if not isinstance(body.get(name), str):
            raise BadLine(f"`{name}` must be there, and text; {write}")


def cells_of(body: Json) -> tuple[Cell, ...]:
    """The student's cells above the answer: texts, or objects with `source` and perhaps `id`, `role`, `exercise`."""
    given = body.get("cells") or []
    if not isinstance(given, list):
        raise BadLine("`cells` must be a list")
    return tuple(map(_cell_of, given))


def _cell_of(given: Any) -> Cell:
    body = {"source": given} if isinstance(given, str) else given
    if not isinstance(body, dict) or not isinstance(body.get("source"), str):
        raise BadLine("each of `cells` must be text, or hold `source`")
    id, exercise = (one if isinstance(one := body.get(key), str) else None for key in ("id", "exercise"))
    return Cell(body["source"], id, body["role"] if body.get("role") in ("given", "answer") else None, exercise)


def answers_to(
    texts: Iterable[str], write: str, answer: Callable[[Json], Awaitable[Json]], *, beside: int = 1
) -> AsyncIterator[Json]:
    """`answer` of each line's JSON object, in the order of the lines, `beside` of them under way at a time.

    A line that holds none, for which `answer` raises BadLine, or that cannot be run, is answered by its error. `write`
    says what belongs.
    """
    from codegym_jlab.grading.batch import in_order
    from codegym_jlab.grading.grader.replay import LOST

    async def one(number: int, text: str) -> Json:
        body: Json = {}
        try:
            body = _body_of(text, write)
            return await answer(body)
        except LOST as error:
            why = f"it could not be run: {error}"
        except BadLine as error:
            why = str(error)
        return {"id": body.get("id"), "exercise": body.get("exercise"), "error": f"line {number}: {why}"}

    return in_order((one(number, text) for number, text in enumerate(texts, 1) if text.strip()), beside)


def _body_of(text: str, write: str) -> Json:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLine(f"this is not JSON; {write}") from None
    if not isinstance(body, dict):
        raise BadLine(write)
    return body


async def print_answers(answers: AsyncIterable[Json], words: Callable[[Json], str]) -> int:
    """Each answer as it comes, for programs or in `words`; the exit code: 1 where a line had none."""
    unanswered = 0
    async for answer in answers:
        unanswered += "error" in answer
        if for_programs():
            line(answer)
        elif "error" in answer:
            err.print(f"{answer['id']}: {answer['error']}")
        else:
            out.print(words(answer))
    return 1 if unanswered else 0
