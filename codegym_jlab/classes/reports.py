"""What staff see of a whole class: progress by unit, how points are spread, hardest checks, who is stuck.

The records add up (`store.survey`); here their numbers meet the course's titles, points and labels. Nothing is kept.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter
from statistics import median

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.admission import Places, exercises_of_teams, unit_in
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.records import Clock, Json, frozen, grouped, iso, plain, utc_now
from codegym_jlab.store import Store
from codegym_jlab.store.base import LineKey
from codegym_jlab.store.classes import Enrolment, ExerciseTally, Member, Standstill, Tally

from ..grading.errors import UnknownExercise, UnknownOffering
from .gradebook import left_out, named_students

SORTS = ("name", "points", "done", "late", "seen")
BINS = 10


@frozen
class UnitRow:
    """One student in one unit. Points are those that count."""

    unit: str
    handed_in: int
    done: int
    total: int
    late: int
    points: float
    max_points: float


@frozen
class StudentRow:
    """One student in the units that were asked for."""

    person: str
    account: str
    section: str
    units: tuple[UnitRow, ...]
    seen_at: datetime | None  #: when they last sent something
    done: int  #: exercises solved
    late: int  #: exercises whose counting answer came late
    points: float  #: of what counts


@frozen
class Page:
    """Some of a class's students, and how many there are."""

    rows: tuple[StudentRow, ...]
    students: int
    total: int  #: exercises asked for
    max_points: float


@frozen
class Spread:
    """How many students reached which share of the points: `BINS` bins of equal width, the last with its upper end."""

    bins: tuple[int, ...]
    not_begun: int  #: handed nothing in
    max_points: float
    mean: float | None  #: of those who handed something in
    median: float | None


@frozen
class HardCheck:
    """A check among the newest answers of a class, as staff see it."""

    exercise: str
    title: str
    check: str
    label: str
    hidden: bool
    people: int  #: who handed the exercise in
    failed: int
    passed: float  #: the share of people, 0 to 1


@frozen
class Survey:
    """A class as its staff see it. Every question raises UnknownOffering, and as `Places.course` does."""

    store: Store
    places: Places
    clock: Clock = utc_now

    async def _course(self, offering: str) -> tuple[LoadedCourse, dict[str, str]]:
        """The course as the class holds it now, and what teams answer in it: the unit of each exercise."""
        loaded = await course_of(self.store, self.places, offering)
        return loaded, await exercises_of_teams(self.store, loaded, offering)

    async def progress(
        self,
        offering: str,
        *,
        unit: str | None = None,
        section: str | None = None,
        sort: str = "name",
        offset: int = 0,
        limit: int | None = None,
    ) -> Page:
        """A page of students with their units, or all; whoever has most first, but by name. Raises UnknownUnit."""
        loaded, shared = await self._course(offering)
        exercises = exercises_in(loaded, unit)
        units = {exercise.id: name for exercise, name in exercises}
        students = named_students(await self.store.members(offering), section)
        out = await left_out(self.store, loaded, offering, students)
        tallies = await self.store.tallies(offering, units, section, shared, out)
        rows = _ordered(_rows(students, tallies, exercises, out), sort)
        points = half_up(sum(exercise.counted_points for exercise, _ in exercises))
        return Page(tuple(rows[offset : limit and offset + limit]), len(rows), len(exercises), points)

    async def scores(
        self, offering: str, *, unit: str | None = None, exercise: str | None = None, section: str | None = None
    ) -> Spread:
        """Of one exercise, one unit, or all. Raises UnknownUnit, UnknownExercise."""
        loaded, shared = await self._course(offering)
        exercises = exercises_in(loaded, unit, exercise)
        units = {one.id: "" for one, _ in exercises}
        students = [m for m in await self.store.members(offering) if m.is_student and section in (None, m.section)]
        out = await left_out(self.store, loaded, offering, students, dropped=exercise is None)
        tallies = await self.store.tallies(offering, units, section, shared, out)
        worth = {one.id: one.points if exercise else one.counted_points for one, _ in exercises}
        most = {m.person: sum(p for id, p in worth.items() if (m.person, id) not in out) for m in students}
        points = [(tally.points, most[tally.person]) for tally in tallies if tally.handed_in]
        asked = sum(any((m.person, id) not in out for id in worth) for m in students)
        return _spread(points, asked, half_up(sum(worth.values())))

    async def hardest(
        self, offering: str, *, unit: str | None, section: str | None, limit: int = 20, least: int = 1
    ) -> list[HardCheck]:
        """Checks by the share of people whose newest answer passes them, the smallest first.

        `least`: of exercises that so many handed in. Raises UnknownUnit.
        """
        loaded, shared = await self._course(offering)
        asked = {exercise.id: exercise for exercise, _ in exercises_in(loaded, unit)}
        tallies = await self.store.exercise_tallies(offering, section, shared)
        told = [tally for tally in tallies if tally.exercise in asked and tally.handed_in >= least]
        found = [check for tally in told for check in _checks(asked[tally.exercise], tally)]
        return sorted(found, key=lambda c: (c.passed, -c.failed, c.exercise, c.label, c.check))[:limit]

    async def stuck(
        self, offering: str, *, section: str | None = None, sends: int = 5, after: timedelta = timedelta(days=3)
    ) -> list[Json]:
        """Who sent their newest exercise so often, or began it so long ago, and has no accepted answer to it.

        Whoever sent most comes first. As JSON: `for_s` from the first send to now, `failed` labels of checks.
        """
        (loaded, shared), now = await self._course(offering), self.clock()
        students = {m.person: m for m in named_students(await self.store.members(offering), section)}
        rows = [row for row in await self.store.standstills(offering, section, shared) if row.person in students]
        rows = [row for row in rows if row.sends >= sends or now - row.first_at >= after]
        rows.sort(key=lambda row: (-row.sends, row.first_at, students[row.person].account))
        return [_stuck(loaded, students[row.person], row, now) for row in rows]


async def course_of(store: Store, places: Places, offering: str) -> LoadedCourse:
    """The course that an offering holds now. Raises UnknownOffering, and as `Places.course` does."""
    found = await store.offering(offering)
    if found is None:
        raise UnknownOffering(offering=offering)
    published = await store.publications(offering)
    version = published[0].version if published else None
    return await places.course(Enrolment(offering, found.course, "", found.time_zone, version))


def exercises_in(loaded: LoadedCourse, unit: str | None, only: str | None = None) -> list[tuple[Exercise, str]]:
    """The exercises of a unit, or of all, or one, each with its unit's id. Raises UnknownUnit, UnknownExercise."""
    units = loaded.units if unit is None else [unit_in(loaded, unit)]
    found = [(exercise, one.id) for one in units for exercise in one.exercises if only in (None, exercise.id)]
    if only is not None and not found:
        raise UnknownExercise(exercise=only)
    return found


def _rows(
    students: Sequence[Member],
    tallies: Sequence[Tally],
    exercises: Sequence[tuple[Exercise, str]],
    out: Collection[LineKey],
) -> Iterator[StudentRow]:
    of_unit = grouped((unit, exercise) for exercise, unit in exercises)
    done = {(tally.person, tally.unit): tally for tally in tallies}
    for student in students:
        person = student.person
        found = [done.get((person, unit)) or Tally(person, unit, 0, 0, 0, 0.0, None) for unit in of_unit]
        own = ([e for e in of if (person, e.id) not in out] for of in of_unit.values())
        units = tuple(map(_unit_row, found, own))
        seen_at = max(filter(None, (tally.last_at for tally in found)), default=None)
        points = half_up(sum(one.points for one in units))
        solved, late = sum(one.done for one in units), sum(one.late for one in units)
        yield StudentRow(person, student.account or "", student.section, units, seen_at, solved, late, points)


def _unit_row(tally: Tally, exercises: Sequence[Exercise]) -> UnitRow:
    most, points = half_up(sum(exercise.counted_points for exercise in exercises)), half_up(tally.points)
    return UnitRow(tally.unit, tally.handed_in, tally.solved, len(exercises), tally.late, points, most)


def _ordered(rows: Iterable[StudentRow], sort: str) -> list[StudentRow]:
    named = sorted(rows, key=lambda row: (row.account.casefold(), row.account))
    if sort == "seen":
        return sorted(named, key=lambda row: row.seen_at.timestamp() if row.seen_at else 0.0, reverse=True)
    return named if sort == "name" else sorted(named, key=attrgetter(sort), reverse=True)


def _spread(reached: Sequence[tuple[float, float]], students: int, most: float) -> Spread:
    """`reached`: the points of each who handed something in, of how many."""
    bins = [0] * BINS
    for one, own in reached:
        share = one / own if own else 0.0
        bins[min(int(share * BINS + 1e-9), BINS - 1)] += 1
    points = [one for one, _ in reached]
    mean = half_up(sum(points) / len(points)) if points else None
    middle = half_up(median(points)) if points else None
    return Spread(tuple(bins), students - len(points), most, mean, middle)


def _checks(exercise: Exercise, tally: ExerciseTally) -> list[HardCheck]:
    """Those that the course still has."""
    about, people = (exercise.id, exercise.title), tally.handed_in
    told = [(check, tally.failed[check.id]) for check in exercise.checks if check.id in tally.failed]
    return [HardCheck(*about, c.id, c.title, c.is_hidden, people, n, round(1 - n / people, 4)) for c, n in told]


def _stuck(loaded: LoadedCourse, student: Member, row: Standstill, now: datetime) -> Json:
    title, labels = row.exercise, list[str]()
    with suppress(KeyError):  # the course has it no more
        _, exercise = loaded.find(row.exercise)
        title, labels = exercise.title, [check.title for check in exercise.checks if check.id in row.failed]
    return {
        **plain(row, "last_at"),
        "account": student.account or "",
        "section": student.section,
        "title": title,
        "seen_at": iso(row.last_at),
        "for_s": round((now - row.first_at).total_seconds()),
        "failed": labels,
    }
