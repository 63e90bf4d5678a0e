"""`codegym class tickets | answer`: what students asked a person, and what that person says."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from .opening import Records, managed, records_at
from .overseeing import Courses, OfferingId
from .terminal import AsJson, harmless, line, moment, out, wrong_use

if TYPE_CHECKING:
    from ..tutor.human import HumanDesk

T = TypeVar("T")


def tickets(
    offering: OfferingId,
    waiting: Annotated[bool, typer.Option("--open", help="Only those that wait for an answer.")] = False,
    after: Annotated[str, typer.Option(metavar="ID", help="Go on after this one.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="So many.")] = 50,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Questions of students to a person, with what they let be seen."""

    async def pages(desk: HumanDesk) -> int:
        """Each told as it is read: what was shared can be long."""
        told, last = 0, after
        while told < limit:
            found, rest = await desk.page(offering, open_only=waiting, after=last, limit=limit - told)
            for one in found:
                line(one) if as_json else _tell(one)
            told += len(found)
            if rest is None:
                break
            last = rest
        return told

    number = _desk(records, courses, pages)
    if not as_json:
        out.print(f"{number} questions")


def _tell(one: dict[str, Any]) -> None:
    """One question, as text."""
    out.print(f"{one['id']}  {one['account'] or one['person']}  {one['exercise']}  {one['asked_at']}")
    out.print(f"  {harmless(one['question'])}")
    for name, value in one["shared"].items():
        out.print(f"  {name}: {harmless(value)}")
    if one["answer"] is not None:
        out.print(f"  answered by {one['answered_by']}: {harmless(one['answer'])}")


def answer(
    offering: OfferingId,
    ticket: Annotated[str, typer.Argument(metavar="ID", help="As `codegym class tickets` shows it.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the student reads.")],
    name: Annotated[str, typer.Option("--as", help="The name that the student sees; default: your account's.")] = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Answer a student's question; it is shown where it was asked. Another answer takes the place of the first."""
    from ..events.records import iso
    from ..tutor.human import staff_json

    if not text.strip():
        wrong_use("TEXT is empty")
    by = name.strip() or getpass.getuser()
    answered = _desk(records, courses, lambda desk: desk.answer(offering, ticket, text, by))
    if as_json:
        line(staff_json(answered, None))
    else:
        out.print(f"{answered.id} answered as {by} at {moment(answered.answered_at) or iso(answered.answered_at)}")


def _desk(records: str, courses: Path | None, do: Callable[[HumanDesk], Awaitable[T]]) -> T:
    from ..grading.errors import Refused
    from ..tutor.human import HumanDesk

    async def ask() -> T:
        async with managed(records_at(records), courses) as held:
            try:
                return await do(HumanDesk(held.store, held.manager))
            except Refused as error:
                wrong_use(str(error))

    return asyncio.run(ask())
