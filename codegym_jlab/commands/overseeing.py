"""`codegym class progress | scores | hardest | stuck | questions | withheld | history`: how it stands, for staff."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from .opening import Records, opened, records_at, settings_here
from .terminal import AsJson, complain, harmless, line, lines, moment, out, table, wrong_use

if TYPE_CHECKING:
    from ..grading.places import Places
    from ..grading.survey import Survey
    from ..store.conversations import Narrow
    from ..store.sql import SqlStore
    from ..tutor.asked import QuestionSurvey

T = TypeVar("T")

OfferingId = Annotated[str, typer.Argument(metavar="OFFERING", help="The class; on this computer: local:COURSE.")]
Unit = Annotated[str | None, typer.Option(help="Only this unit.")]
Section = Annotated[str | None, typer.Option(help="Only this section.")]
Exercise = Annotated[str | None, typer.Option(help="Only this exercise.")]
Days = Annotated[float | None, typer.Option(min=0, max=36500, help="Only what was asked in the last so many days.")]
Courses = Annotated[
    Path | None, typer.Option(help="Folder of courses, for local:COURSE; default: the settings'.", show_default=False)
]
WIDTH = 20
ERASED = "(erased)"
_CAUSES = {"check": "judged", "regrade": "regraded", "mark": "marked"}


classes = typer.Typer(name="class", help="Classes: who is in them, and how they stand.", no_args_is_help=True)


@classes.callback()
def _group() -> None:
    """Classes: who is in them, and how they stand."""


@classes.command()
def progress(
    offering: OfferingId,
    unit: Unit = None,
    section: Section = None,
    sort: Annotated[str, typer.Option(help="name, points, done, late or seen.")] = "name",
    page: Annotated[int, typer.Option(min=1, help="500 students a page.")] = 1,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Each student's progress: exercises solved, points, what came late, when they were last seen."""
    from ..grading.survey import MAX_PAGE, SORTS

    if sort not in SORTS:
        wrong_use(f"--sort takes {', '.join(SORTS)}")
    wanted = {"unit": unit, "section": section, "sort": sort, "offset": (page - 1) * MAX_PAGE}
    found = _ask(records, courses, lambda survey: survey.progress(offering, **wanted))  # type: ignore[arg-type]
    if as_json:
        return lines(row.as_json() for row in found.rows)
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
    table(["student", "section", "solved", "", "points", "late", "seen"], rows, whole=("solved",))
    shown = f"{(page - 1) * MAX_PAGE + 1}-{(page - 1) * MAX_PAGE + len(found.rows)} of " if found.rows else ""
    out.print(f"{shown}{found.students} students")


@classes.command()
def scores(
    offering: OfferingId,
    unit: Unit = None,
    exercise: Exercise = None,
    section: Section = None,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """How the points are spread: students by the share that they reached of all there is."""
    asked = {"unit": unit, "exercise": exercise, "section": section}
    found = _ask(records, courses, lambda survey: survey.scores(offering, **asked))
    if as_json:
        return line(found.as_json())
    most = max(*found.bins, found.not_begun, 1)
    rows = [[f"{10 * n}-{10 * n + 10} %", _bar(count, most), str(count)] for n, count in enumerate(found.bins)]
    rows.append(["not begun", _bar(found.not_begun, most), str(found.not_begun)])
    table([f"of {found.max_points:g} points", "students", ""], rows, whole=("students",))
    if found.mean is not None:
        out.print(f"mean {found.mean:g}, median {found.median:g}, of those who handed something in")


@classes.command()
def hardest(
    offering: OfferingId,
    unit: Unit = None,
    section: Section = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="So many checks.")] = 20,
    least: Annotated[int, typer.Option(min=1, help="Of exercises that so many handed in.")] = 1,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """The checks that fewest pass, by each student's newest answer. Hidden ones by their label."""
    asked: dict[str, Any] = {"unit": unit, "section": section, "limit": limit, "least": least}
    found = _ask(records, courses, lambda survey: survey.hardest(offering, **asked))
    if as_json:
        return lines(check.as_json() for check in found)
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
    table(["exercise", "check", "pass", "", ""], rows, whole=("pass",))


@classes.command()
def stuck(
    offering: OfferingId,
    section: Section = None,
    sends: Annotated[int, typer.Option(min=1, help="Sent it so often without success.")] = 5,
    days: Annotated[float, typer.Option(min=0, help="Or began it so many days ago.")] = 3.0,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Who does not get on with the exercise that they worked at last, at which check, and since when."""
    asked: dict[str, Any] = {"section": section, "sends": sends, "after": timedelta(days=days)}
    found = _ask(records, courses, lambda survey: survey.stuck(offering, **asked))
    if as_json:
        return lines(one.as_json() for one in found)
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
    table(["student", "section", "exercise", "sent", "for", "verdict", "does not pass", "seen"], rows)
    out.print(f"{len(found)} students")


@classes.command()
def questions(
    offering: OfferingId,
    exercise: Exercise = None,
    section: Section = None,
    days: Days = None,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """What the class asks the tutor, by exercise: how often, what it wants, hints used, thumbs, what was withheld."""
    found = _ask_questions(
        records, courses, lambda survey: survey.questions(offering, _narrow(exercise, section, days))
    )
    if as_json:
        line(found.as_json())
        return
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


@classes.command()
def withheld(
    offering: OfferingId,
    exercise: Exercise = None,
    section: Section = None,
    days: Days = None,
    after: Annotated[str, typer.Option(metavar="ID", help="Go on after this one.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="So many.")] = 50,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Replies of the tutor that students were not shown, and why: to be read by hand."""
    narrow = _narrow(exercise, section, days)
    found = _ask_questions(records, courses, lambda survey: survey.withheld(offering, after, limit, narrow))
    if as_json:
        return lines(found)
    for one in found:
        out.print(f"{one['id']}  {one['asked_at']}  {one['title']}")
        out.print(f"  asked: {harmless(one['message'])}")
        for each in one["withheld"]:
            why, text = harmless(each.get("why", "")), harmless(each.get("text", ""))
            out.print(f"  not shown ({each.get('leaks', '')}; {why}): {text}")
        out.print(f"  shown: {harmless(one['shown'])}")
    out.print(f"{len(found)} replies")


@classes.command()
def history(
    offering: OfferingId,
    student: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose scores.")],
    exercise: Exercise = None,
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """How a student's scores came to be: what was handed in, each judgement and each team, by whom, when and why."""
    found = _history(records, courses, offering, student, exercise)
    if as_json:
        return lines(found)
    if not found:
        return complain("nothing was handed in")
    shown = (row for one in found for row in ([_moved(one)] if "moved_at" in one else _judged(one)))
    table(["exercise", "", "when", "score", "who", "why"], shown)


def _history(
    records: str, courses: Path | None, offering: str, student: str, exercise: str | None
) -> list[dict[str, Any]]:
    from ..grading.history import past_of

    async def ask() -> list[dict[str, Any]]:
        async with class_records(records, courses) as (store, places):
            return await past_of(store, places, offering, student, exercise)

    return asyncio.run(ask())


def _moved(one: Mapping[str, Any]) -> list[str]:
    """The line of a unit in which the student came to a team or left it."""
    before, after = harmless(one["before"] or ""), harmless(one["after"] or "")
    how = f"left {before}, alone" if not after else f"{before} → {after}" if before else f"came to {after}"
    return [one["unit"], how, _moment(one["moved_at"]), "", one["who"] or "", harmless(one["why"])]


def _judged(one: Mapping[str, Any]) -> Iterator[list[str]]:
    """A line for what was handed in, and one for each judgement of it."""
    how, whose = "collected" if one["collected"] else "handed in", f" for {one['team']}" if one["team"] else ""
    who = (one["sent_by"] or ERASED) + whose
    yield [one["exercise"], how, _moment(one["received_at"]), "", who, harmless(one["reason"] or "")]
    for given in one["history"]:
        how = _CAUSES[given["cause"]] + ("" if given["holds"] else ", replaced")
        score = f"{given['verdict']} {given['score']:g}/{given['max_score']:g}"
        who = "" if given["cause"] == "check" else given["who"] or ERASED
        yield ["", how, _moment(given["judged_at"]), score, who, harmless(given["why"] or "")]
    if not one["history"]:
        yield ["", one["state"], "", "", "", ""]


def _moment(text: str) -> str:
    return moment(datetime.fromisoformat(text))


def _narrow(exercise: str | None, section: str | None, days: float | None) -> Narrow:
    from ..store.conversations import Narrow

    return Narrow(exercise, section, None if days is None else datetime.now(UTC) - timedelta(days=days))


def _ask_questions(records: str, courses: Path | None, question: Callable[[QuestionSurvey], Awaitable[T]]) -> T:
    from ..tutor.asked import QuestionSurvey

    async def ask() -> T:
        async with class_records(records, courses) as (store, places):
            return await question(QuestionSurvey(store, places))

    return asyncio.run(ask())


def _ask(records: str, courses: Path | None, question: Callable[[Survey], Awaitable[T]]) -> T:
    from ..grading.survey import Survey

    async def ask() -> T:
        async with class_records(records, courses) as (store, places):
            return await question(Survey(store, places, lambda: datetime.now(UTC)))

    return asyncio.run(ask())


@asynccontextmanager
async def class_records(records: str, courses: Path | None) -> AsyncIterator[tuple[SqlStore, Places]]:
    """The records, and where the courses are that they tell of. What is refused is told."""
    from ..course.catalogue import load_catalogue
    from ..grading.errors import Refused
    from ..grading.places import Places
    from ..grading.versions import Versions

    place, folder = records_at(records), courses or settings_here().courses_dir
    async with opened(place) as store:
        versions = Versions(store)
        try:
            yield store, Places(load_catalogue(folder), versions)
        except Refused as error:
            wrong_use(str(error))
        finally:
            versions.close()


def _bar(value: float, of: float) -> str:
    """Text, so that it is read aloud as nothing and copied as it is."""
    filled = round(WIDTH * value / of) if of else 0
    return "█" * filled + "·" * (WIDTH - filled)
