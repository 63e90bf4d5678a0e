"""`codegym class review | mark`: what a person marks, to be read, and the points for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Records
from .overseeing import Courses, OfferingId
from .teaching import Account, Desk, at_desk
from .terminal import AsJson, harmless, line, lines, moment, out, table, wrong_use

if TYPE_CHECKING:
    from ..grading.marks import Marks

ERASED = "(erased)"
Id = Annotated[str, typer.Argument(metavar="SUBMISSION", help="Its number, as `codegym class review` lists it.")]


def review(
    offering: OfferingId,
    submission: Annotated[
        str, typer.Argument(metavar="[SUBMISSION]", help="Show this one whole, marked or not; default: list them.")
    ] = "",
    unit: Annotated[str, typer.Option(help="Only this unit.")] = "",
    exercise: Annotated[str, typer.Option(help="Only this exercise.")] = "",
    section: Annotated[str, typer.Option(help="Only this section.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="So many.")] = 500,
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """What awaits a person's marks, the oldest first; or one of them with its text, rubric and what to type."""
    if submission:
        return _show(offering, submission, account, courses, records, as_json)
    wanted = {"unit": unit, "exercise": exercise, "section": section}

    async def do(d: Desk) -> tuple[list[dict[str, Any]], int]:
        found, count = await d.reviewing.waiting(d.actor, offering, limit=limit, **wanted)
        return [one.as_json() for one in found], count

    found, count = at_desk(records, account, do, courses=courses)
    if as_json:
        return lines(found)
    rows = ([one["submission"], _whose(one), one["exercise"], _when(one), _checked(one)] for one in found)
    table(["submission", "student", "exercise", "handed in", "checks"], rows, whole=("submission",))
    shown = f"{len(found)} of {count}" if len(found) < count else str(count)
    out.print(f"{shown} await review")
    if found:
        out.print(f"Read one: codegym class review {offering} {found[0]['submission']}")


def _show(offering: str, submission: str, account: str, courses: Any, records: str, as_json: bool) -> None:
    async def do(d: Desk) -> dict[str, Any]:
        return (await d.reviewing.review(d.actor, offering, submission)).as_json()

    found = at_desk(records, account, do, courses=courses)
    if as_json:
        return line(found)
    out.print(f"{found['title']} ({found['exercise']}), of {_whose(found)}, handed in {_when(found)}")
    out.print(harmless(found["source"]).rstrip("\n"))
    out.print("")
    if found["total"]:
        out.print(f"Its checks: {_checked(found)}")
    for item in found["rubric"]:
        given = "" if item["points"] is None else f"; given: {item['points']:g}"
        out.print(f"  {item['id']}  (to {item['max_points']:g}{given})  {harmless(item['text'])}")
    if found["points"] is not None:
        out.print(f"Marked: {found['points']:g} of {found['to_give']:g}. {harmless(found['comment'])}".rstrip())
    what = " ".join(f"{item['id']}=POINTS" for item in found["rubric"]) or f"POINTS    # from 0 to {found['to_give']:g}"
    out.print(f"Mark it: codegym class mark {offering} {found['submission']} --comment TEXT {what}")


def mark(
    offering: OfferingId,
    submission: Id,
    points: Annotated[
        list[str] | None, typer.Argument(metavar="[LINE=POINTS]…", help="By line of the rubric; without one, POINTS.")
    ] = None,
    comment: Annotated[str, typer.Option(help="To the student, who reads it with the points.")] = "",
    why: Annotated[str, typer.Option(help="For the history; needed where it was marked before.")] = "",
    allow_lower: Annotated[bool, typer.Option("--allow-lower", help="The score may fall by it.")] = False,
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Give a person's marks for what was handed in. The student sees points and comment, and who marked is kept.

    Marked again, the new marks take the place of the old ones, which the history keeps (`codegym class history`). A
    regrade leaves a person's marks as they are.
    """
    marks = _marks(points or [], comment, why, allow_lower)

    async def do(d: Desk) -> dict[str, Any]:
        from ..grading.errors import WouldLower

        try:
            return (await d.reviewing.mark(d.actor, offering, submission, marks)).as_json()
        except WouldLower as error:
            wrong_use(f"{error} Say --allow-lower.")

    found = at_desk(records, account, do, courses=courses)
    if as_json:
        return line(found)
    out.print(f"{found['exercise']} of {_whose(found)}: {found['score']:g} of {found['max_score']:g} points")


def _marks(words: list[str], comment: str, why: str, allow_lower: bool) -> Marks:
    """`style=2 tests=1`, or `3.5`."""
    from ..grading.marks import Marks

    alone: float | None = None
    items: dict[str, float] = {}
    for word in words:
        name, equals, value = word.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            wrong_use(f"{word!r}: write LINE=POINTS, as style=2; or, without a rubric, the points alone, as 3.5")
        if name in items or (not equals and alone is not None):
            wrong_use(f"{word!r}: points for the same are given twice")
        if equals:
            items[name] = number
        else:
            alone = number
    return Marks(alone, items, comment, why, allow_lower)


def _whose(one: Mapping[str, Any]) -> str:
    return f"team {harmless(one['team'])}" if one["team"] else one["account"] or ERASED


def _when(one: Mapping[str, Any]) -> str:
    return moment(datetime.fromisoformat(one["received_at"]))


def _checked(one: Mapping[str, Any]) -> str:
    return f"{one['passed']} of {one['total']} pass" if one["total"] else ""
