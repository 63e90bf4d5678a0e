"""`codegym class progress | scores | hardest | stuck | wrong | questions | withheld | history`: how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from codegym_jlab.records import Json
from codegym_jlab.store.base import Narrow

from ..command import ERASED, After, Exercise, Limit, Managers, OfferingId, Section, Unit, classes, command, grading
from ..output import complain, for_programs, harmless, line, listing, moment, out, say, table, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.tutor.reports import QuestionSurvey

Days = Annotated[float | None, Option(min=0, max=36500, help="Only what was asked in the last so many days.")]
WIDTH = 20
_CAUSES = {"check": "judged", "regrade": "regraded", "mark": "marked"}


@command(classes, without="account")
async def progress(
    m: Managers,
    offering: OfferingId,
    unit: Unit = None,
    section: Section = None,
    sort: str = Option("name", help="name, points, done, late or seen."),
    page: int = Option(1, min=1, help="500 students a page."),
) -> None:
    """Each student's progress: exercises solved, points, what came late, when they were last seen."""
    from codegym_jlab.classes.reports import MAX_PAGE, SORTS

    if sort not in SORTS:
        wrong_use(f"--sort takes {', '.join(SORTS)}")
    first = (page - 1) * MAX_PAGE
    found = await m.survey.progress(offering, unit=unit, section=section, sort=sort, offset=first)
    rows = (
        [
            row.account,
            row.section,
            _bar(row.done, found.total),
            f"{row.done}/{found.total}",
            f"{row.points:g} of {found.max_points:g}",
            str(row.late or ""),
            moment(row.seen_at) or "never",
        ]
        for row in found.rows
    )
    heads = ["student", "section", "solved", "", "points", "late", "seen"]
    shown = f"{first + 1}-{first + len(found.rows)} of " if found.rows else ""
    listing(found.rows, heads, rows, whole=("solved",), end=f"{shown}{found.students} students")


@command(classes, without="account")
async def scores(
    m: Managers, offering: OfferingId, unit: Unit = None, exercise: Exercise = None, section: Section = None
) -> None:
    """How the points are spread: students by the share that they reached of all there is."""
    found = await m.survey.scores(offering, unit=unit, exercise=exercise, section=section)
    if for_programs():
        return line(found)
    most = max(*found.bins, found.not_begun, 1)
    rows = [[f"{10 * n}-{10 * n + 10} %", _bar(count, most), str(count)] for n, count in enumerate(found.bins)]
    rows.append(["not begun", _bar(found.not_begun, most), str(found.not_begun)])
    table([f"of {found.max_points:g} points", "students", ""], rows, whole=("students",))
    if found.mean is not None:
        out.print(f"mean {found.mean:g}, median {found.median:g}, of those who handed something in")


@command(classes, without="account")
async def hardest(
    m: Managers,
    offering: OfferingId,
    unit: Unit = None,
    section: Section = None,
    limit: int = Option(20, "--limit", "-n", min=1, help="So many checks."),
    least: int = Option(1, min=1, help="Of exercises that so many handed in."),
) -> None:
    """The checks that fewest pass, by each student's newest answer. Hidden ones by their label."""
    found = await m.survey.hardest(offering, unit=unit, section=section, limit=limit, least=least)
    rows = (
        [
            c.exercise,
            c.label + (" (hidden)" if c.hidden else ""),
            _bar(c.people - c.failed, c.people),
            f"{100 * c.passed:.0f} %",
            f"{c.failed} of {c.people} fail",
        ]
        for c in found
    )
    listing(found, ["exercise", "check", "pass", "", ""], rows, whole=("pass",))


@command(classes, without="account")
async def stuck(
    m: Managers,
    offering: OfferingId,
    section: Section = None,
    sends: int = Option(5, min=1, help="Sent it so often without success."),
    days: float = Option(3.0, min=0, help="Or began it so many days ago."),
) -> None:
    """Who does not get on with the exercise that they worked at last, at which check, and since when."""
    found = await m.survey.stuck(offering, section=section, sends=sends, after=timedelta(days=days))
    rows = (
        [
            one.account,
            one.section,
            one.title,
            str(one.row.sends),
            f"{one.for_s / 86400:.1f} days",
            one.row.verdict or "tried",
            "; ".join(one.labels[:3]),
            moment(one.row.last_at),
        ]
        for one in found
    )
    heads = ["student", "section", "exercise", "sent", "for", "verdict", "does not pass", "seen"]
    listing(found, heads, rows, end=f"{len(found)} students")


@command(classes, without="account")
async def wrong(
    m: Managers, offering: OfferingId, exercise: str = Argument(metavar="EXERCISE", help="Its id.")
) -> None:
    """The wrong answers to an exercise by kind and place of the mistake, each with a drafted misconception."""
    from codegym_jlab.tutor.diagnosis import Diagnoser
    from codegym_jlab.tutor.diagnosis.clusters import clusters
    from codegym_jlab.tutor.misconceptions import WrongPatterns
    from codegym_jlab.tutor.questions import right_answers

    loaded = await m.survey.course(offering)
    async with grading() as (sandbox, grader):
        diagnoser = Diagnoser(sandbox, grader, WrongPatterns(grader), rights=partial(right_answers, m.store))
        found: Json = {"left": 1}
        while found["left"]:
            found = await clusters(m.store, diagnoser, loaded, offering, exercise, "en")
    if for_programs():
        return line(found)
    for one in found["clusters"]:
        place = f"line {one['lines'][0]}: {one['code']}" if one["lines"] else "no one place"
        spoken = f" (misconception {one['misconception']})" if one["misconception"] else ""
        out.print(f"{one['answers']} × {harmless(place)}{spoken}")
        out.print(f"  {harmless(one['question'])} Fails: {'; '.join(one['failed'][:3])}")
        if one["draft"] is not None:
            out.print("\n".join(map(harmless, one["draft"]["yaml"].splitlines())))
    out.print(f"{found['answers']} wrong answers")


@command(classes, without="account")
async def questions(
    m: Managers, offering: OfferingId, exercise: Exercise = None, section: Section = None, days: Days = None
) -> None:
    """What the class asks the tutor, by exercise: how often, what it wants, hints used, thumbs, what was withheld."""
    found = await _questions(m).questions(offering, _narrow(exercise, section, days))
    if for_programs():
        return line(found)
    rows = (
        [
            one.title,
            str(one.turns),
            ", ".join(f"{intent} {turns}" for intent, turns in sorted(one.intents.items(), key=lambda item: -item[1])),
            "" if one.hints is None else f"{one.hints:g}",
            f"+{one.helped} -{one.unhelped}" if one.helped or one.unhelped else "",
            str(one.withheld or ""),
            "" if one.accepted_after_s is None else f"{one.accepted_after_s / 60:.0f} min",
        ]
        for one in found.exercises
    )
    table(["exercise", "questions", "wants", "hints", "thumbs", "withheld", "accepted after"], rows)
    out.print(f"{sum(one.turns for one in found.exercises)} questions")


@command(classes, without="account")
async def withheld(
    m: Managers,
    offering: OfferingId,
    exercise: Exercise = None,
    section: Section = None,
    days: Days = None,
    after: After = "",
    limit: Limit = 50,
) -> None:
    """Replies of the tutor that students were not shown, and why: to be read by hand."""
    found = await _questions(m).withheld(offering, after, limit, _narrow(exercise, section, days))
    for one in found:
        say(one, *_withheld_words(one))
    if not for_programs():
        out.print(f"{len(found)} replies")


def _withheld_words(one: Json) -> Iterator[str]:
    yield f"{one['id']}  {one['asked_at']}  {one['title']}"
    yield f"  asked: {harmless(one['message'])}"
    for each in one["withheld"]:
        why, text = harmless(each.get("why", "")), harmless(each.get("text", ""))
        yield f"  not shown ({each.get('leaks', '')}; {why}): {text}"
    yield f"  shown: {harmless(one['shown'])}"


@command(classes, without="account")
async def history(
    m: Managers,
    offering: OfferingId,
    student: str = Argument(metavar="ACCOUNT", help="Whose scores."),
    exercise: Exercise = None,
) -> None:
    """How a student's scores came to be: what was handed in, each judgement and each team, by whom, when and why."""
    from codegym_jlab.classes.history import past_of

    found = await past_of(m.store, m.places, offering, student, exercise)
    if not (found or for_programs()):
        return complain("nothing was handed in")
    rows = (row for one in found for row in ([_moved(one)] if "moved_at" in one else _judged(one)))
    listing(found, ["exercise", "", "when", "score", "who", "why"], rows)


def _moved(one: Mapping[str, Any]) -> list[str]:
    """The line of a unit in which the student came to a team or left it."""
    before, after = harmless(one["before"] or ""), harmless(one["after"] or "")
    how = f"left {before}, alone" if not after else f"{before} → {after}" if before else f"came to {after}"
    return [one["unit"], how, moment(one["moved_at"]), "", one["who"] or "", harmless(one["why"])]


def _judged(one: Mapping[str, Any]) -> Iterator[list[str]]:
    """A line for what was handed in, and one for each judgement of it."""
    how, whose = "collected" if one["collected"] else "handed in", f" for {one['team']}" if one["team"] else ""
    who = (one["sent_by"] or ERASED) + whose
    yield [one["exercise"], how, moment(one["received_at"]), "", who, harmless(one["reason"] or "")]
    for given in one["history"]:
        how = _CAUSES[given["cause"]] + ("" if given["holds"] else ", replaced")
        score = f"{given['verdict']} {given['score']:g}/{given['max_score']:g}"
        who = "" if given["cause"] == "check" else given["who"] or ERASED
        yield ["", how, moment(given["judged_at"]), score, who, harmless(given["why"] or "")]
    if not one["history"]:
        yield ["", one["state"], "", "", "", ""]


def _questions(m: Managers) -> QuestionSurvey:
    from codegym_jlab.tutor.reports import QuestionSurvey

    return QuestionSurvey(m.store, m.places)


def _narrow(exercise: str | None, section: str | None, days: float | None) -> Narrow:

    return Narrow(exercise, section, None if days is None else datetime.now(UTC) - timedelta(days=days))


def _bar(value: float, of: float) -> str:
    """Text, so that it is read aloud as nothing and copied as it is."""
    filled = round(WIDTH * value / of) if of else 0
    return "█" * filled + "·" * (WIDTH - filled)
