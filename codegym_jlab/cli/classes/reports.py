"""`codegym class progress | scores | hardest | stuck | wrong | questions | withheld | history`: how it stands.

And `codegym export scores`, for other systems: CSV, Moodle's, Gradescope's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, FileTextWrite, Option

from codegym_jlab.records import Json
from codegym_jlab.store.base import Narrow

from ..command import ALL, Exercise, Managers, OfferingId, Section, Unit, classes, command, flag, grading, group
from ..output import complain, for_programs, line, listing, out, say, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.tutor.reports import QuestionSurvey

Days = Annotated[float | None, Option(min=0, max=36500, help="Only questions of the last so many days.")]


@command(classes)
async def progress(m: Managers, offering: OfferingId, unit: Unit = None, section: Section = None) -> None:
    """Show each student's progress: exercises solved, points, late work, when they were last seen."""
    found = await m.survey.progress(offering, unit=unit, section=section)
    end = f"{found.students} students; {found.total} exercises, {found.max_points:g} points"
    listing(found.rows, "account section done points late seen_at", end=end)


@command(classes)
async def scores(
    m: Managers, offering: OfferingId, unit: Unit = None, exercise: Exercise = None, section: Section = None
) -> None:
    """Show how the points are spread: students by the share of all points that they have."""
    say(await m.survey.scores(offering, unit=unit, exercise=exercise, section=section))


@command(classes)
async def hardest(m: Managers, offering: OfferingId, unit: Unit = None, section: Section = None) -> None:
    """List the checks that the fewest students pass with their newest answer. Hidden ones by their label."""
    found = await m.survey.hardest(offering, unit=unit, section=section)
    listing(
        found,
        "exercise check passed failed people",
        check=lambda one: one["label"] + (" (hidden)" if one["hidden"] else ""),
        passed=lambda one: f"{100 * one['passed']:.0f} %",
    )


@command(classes)
async def stuck(
    m: Managers,
    offering: OfferingId,
    section: Section = None,
    days: float = Option(3.0, min=0, help="Stuck: began it so many days ago, or sent it five times without success."),
) -> None:
    """List who is stuck on the exercise that they worked on last, at which check, and since when."""
    found = await m.survey.stuck(offering, section=section, after=timedelta(days=days))
    columns = "account section title sends days verdict failed seen_at"
    listing(found, columns, end=f"{len(found)} students", days=lambda one: round(one["for_s"] / 86400, 1))


@command(classes)
async def wrong(
    m: Managers, offering: OfferingId, exercise: str = Argument(metavar="EXERCISE", help="Its id.")
) -> None:
    """Show the wrong answers to an exercise by kind and place of the mistake, each with a drafted misconception."""
    from codegym_jlab.tutor.diagnosis import Diagnoser
    from codegym_jlab.tutor.diagnosis.clusters import clusters
    from codegym_jlab.tutor.misconceptions import WrongPatterns
    from codegym_jlab.tutor.questions import right_answers

    loaded = await m.classes.course(offering)
    async with grading() as grader:
        diagnoser = Diagnoser(grader, WrongPatterns(grader), rights=partial(right_answers, m.store))
        found: Json = {"left": 1}
        while found["left"]:
            found = await clusters(m.store, diagnoser, loaded, offering, exercise, "en")
    say(found)


@command(classes)
async def questions(
    m: Managers, offering: OfferingId, exercise: Exercise = None, section: Section = None, days: Days = None
) -> None:
    """Show what the class asks the tutor, by exercise: how often, what about, hints used, thumbs, what was withheld."""
    found = await _questions(m).questions(offering, _narrow(exercise, section, days))
    if for_programs():
        return line(found)
    told = found.as_json()
    columns = "title turns intents hints helped unhelped withheld accepted_after_s"
    listing(told["exercises"], columns, end=f"{told['turns']} questions")


@command(classes)
async def withheld(
    m: Managers, offering: OfferingId, exercise: Exercise = None, section: Section = None, days: Days = None
) -> None:
    """List the tutor's replies that were withheld from students, and why, for you to review."""
    found = await _questions(m).withheld(offering, "", ALL, _narrow(exercise, section, days))
    for one in found:
        say(one)
    if not for_programs():
        out.print(f"{len(found)} replies")


@command(classes)
async def history(
    m: Managers,
    offering: OfferingId,
    student: str = Argument(metavar="ACCOUNT", help="Whose scores."),
    exercise: Exercise = None,
) -> None:
    """Show how a student got their scores: what was handed in, each judgement and team, by whom, when and why."""
    from codegym_jlab.classes.history import past_of

    found = await past_of(m.classes, offering, student, exercise)
    if not (found or for_programs()):
        return complain("nothing was handed in")
    for one in found:
        say(one)


def _questions(m: Managers) -> QuestionSurvey:
    from codegym_jlab.tutor.reports import QuestionSurvey

    return QuestionSurvey(m.store, m.places)


def _narrow(exercise: str | None, section: str | None, days: float | None) -> Narrow:
    return Narrow(exercise, section, None if days is None else datetime.now(UTC) - timedelta(days=days))


export = group("export", "Export scores for other systems.")


_Written = FileTextWrite | None


def _to_file(help: str, *names: str) -> Any:
    return Option(*names, metavar="FILE", encoding="utf-8", help=help)


@command(export, "scores", act="export")
async def export_scores(
    m: Managers,
    offering: OfferingId,
    csv_file: Annotated[_Written, _to_file("A row a student; - to see it.", "--csv")] = None,
    long: bool = flag("--long", "With --csv: a row for each student and exercise."),
    moodle: Annotated[_Written, _to_file("For Moodle's import of grades: a unit a grade item; - to see it.")] = None,
    gradescope: Annotated[_Written, _to_file("A unit, as Gradescope exports an assignment; - to see it.")] = None,
    unit: str = Option("", help="With --gradescope: the unit."),
    section: Section = None,
) -> None:
    """Export the scores that count, of enrolled students. Text that a spreadsheet would run gets a ' before it."""
    from codegym_jlab.classes.gradebook import csv_text, gradebook

    named = {"long" if long else "wide": csv_file, "moodle": moodle, "gradescope": gradescope}
    targets = [(form, file) for form, file in named.items() if file is not None]
    if len(targets) != 1:
        wrong_use("name one of --csv FILE, --moodle FILE and --gradescope FILE; - for standard output")
    if bool(unit) != (gradescope is not None):
        wrong_use("--gradescope and --unit go together")
    book = await gradebook(m.store, await m.classes.course(offering), offering, section)
    ((form, file),) = targets
    file.write(csv_text(book.table(form, unit)))
