"""`codegym class review | mark | tickets | answer`: what students wait for from a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Argument, Option

from codegym_jlab.grading.errors import WouldLower
from codegym_jlab.records import Json

from ..command import ALL, ERASED, Exercise, Managers, OfferingId, Section, Unit, classes, command, flag
from ..output import for_programs, harmless, listing, out, say, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.classes.marks import Marks
    from codegym_jlab.tutor.tickets import HumanDesk


@command(classes)
async def tickets(
    m: Managers, offering: OfferingId, waiting: bool = flag("--open", "Only those that wait for an answer.")
) -> None:
    """List students' questions to a person, with what they chose to show."""
    shown = 0
    last: str | None = ""
    while last is not None:  # each is told as it is read: what was shared can be long
        found, last = await _human(m).page(offering, open_only=waiting, after=last, limit=500)
        for one in found:
            say(one)
        shown += len(found)
    if not for_programs():
        out.print(f"{shown} questions")


@command(classes, act="answer")
async def answer(
    m: Managers,
    offering: OfferingId,
    ticket: str = Argument(metavar="ID", help="As `codegym class tickets` shows it."),
    text: str = Argument(metavar="TEXT", help="The answer for the student."),
) -> None:
    """Answer a student's question. The student sees it where they asked, with the name of --as.

    Another answer takes the place of the first.
    """
    from codegym_jlab.tutor.tickets import staff_json

    if not text.strip():
        wrong_use("TEXT is empty")
    say(staff_json(await _human(m).answer(offering, ticket, text, m.actor.account), None))


def _human(m: Managers) -> HumanDesk:
    from codegym_jlab.tutor.tickets import HumanDesk

    return HumanDesk(m.store, m.grading)


@command(classes)
async def review(
    m: Managers,
    offering: OfferingId,
    submission: str = Argument(
        "", metavar="[SUBMISSION]", help="Show all of this one, marked or not; default: list them."
    ),
    unit: Unit = None,
    exercise: Exercise = None,
    section: Section = None,
) -> None:
    """List what waits for marks, the oldest first; or show one with its text, rubric and what to type."""
    if submission:
        one = (await m.reviewing.review(m.actor, offering, submission)).as_json()
        say(one)
        what = " ".join(f"{item['id']}=POINTS" for item in one["rubric"]) or f"POINTS    # from 0 to {one['to_give']:g}"
        if not for_programs():
            out.print(f"Mark it: codegym class mark {offering} {one['submission']} --comment TEXT {what}")
        return
    found, count = await m.reviewing.waiting(
        m.actor, offering, unit=unit or "", exercise=exercise or "", section=section or "", limit=ALL
    )
    end = f"{count} await review"
    if found:
        end += f"\nRead one: codegym class review {offering} {found[0].submission.id}"
    listing(found, "submission student exercise received_at passed total", end=end, student=_whose)


@command(classes, act="mark")
async def mark(
    m: Managers,
    offering: OfferingId,
    submission: str = Argument(metavar="SUBMISSION", help="Its number, as `codegym class review` lists it."),
    points: list[str] | None = Argument(
        None, metavar="[LINE=POINTS]…", help="For each line of the rubric; without a rubric, POINTS."
    ),
    comment: str = Option("", help="A comment that the student sees with the points."),
    why: str = Option("", help="The reason, for the history; needed if it was marked before."),
    allow_lower: bool = flag("--allow-lower", "Allow the score to fall."),
) -> None:
    """Mark an answer. The student sees points and comment; who marked is recorded.

    Marked again, the new marks take the place of the old ones, which the history keeps (`codegym class history`). A
    regrade leaves a person's marks as they are.
    """
    marks = _marks(points or [], comment, why, allow_lower)
    try:
        found = (await m.reviewing.mark(m.actor, offering, submission, marks)).as_json()
    except WouldLower as error:
        wrong_use(f"{error} Say --allow-lower.")
    given = f"{found['exercise']} of {_whose(found)}: {found['score']:g} of {found['max_score']:g} points"
    say(found, _WAITS.get(found["markers"] and found["markers"]["stage"], given))


#: Marks of two markers that are kept and not recorded yet.
_WAITS = {
    "mine": "Your marks are kept. Another marker is to mark it, too; neither sees the other's marks before.",
    "differ": "Your marks are kept. The other marker's are too far from them: an instructor decides.",
}


def _marks(words: list[str], comment: str, why: str, allow_lower: bool) -> Marks:
    """`style=2 tests=1`, or `3.5`."""
    from codegym_jlab.classes.marks import Marks

    items: dict[str, float] = {}
    for word in words:
        name, _, value = word.rpartition("=")
        if name in items:
            wrong_use(f"{word!r}: this line has points twice")
        try:
            items[name] = float(value)
        except ValueError:
            wrong_use(f"{word!r}: write LINE=POINTS, such as style=2; or, without a rubric, only points, such as 3.5")
    return Marks(items.pop("", None), items, comment, why, allow_lower)


def _whose(one: Json) -> str:
    nobody = "(hidden)" if one["blind"] else ERASED
    return f"team {harmless(one['team'])}" if one["team"] else one["account"] or nobody
