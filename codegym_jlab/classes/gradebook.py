"""Scores of a class, in the browser and for other systems: tables of texts and numbers, and LTI's columns."""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.grading.admission import exercises_of_teams, unit_in
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.grading.progress import Dropped, Limits, dropped, limits_for
from codegym_jlab.records import Json, frozen, iso, resource_id, some
from codegym_jlab.store import Store
from codegym_jlab.store.base import LineKey, Progress
from codegym_jlab.store.classes import Enrolment, Member, Override

MOST = 10_000_000  #: lines of a class
#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | float | int | None

_GRADESCOPE = (
    "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,Submission Time,"
    "Lateness (H:M:S),View Count,Submission Count"
).split(",")
LONG = "account section unit exercise points max_points solved attempts hints submitted_at late_s status".split()


@frozen
class _Owners:
    """For whom a line stands: its owner, or each member of the team that owns it."""

    students: Collection[str]
    shared: Mapping[str, str]  #: exercise → unit
    members: Mapping[str, Sequence[str]]  #: by team
    grouped: Collection[tuple[str, str]]  #: person and unit, where they are in a team

    def of(self, owner: str, exercise: str) -> Sequence[str]:
        unit = self.shared.get(exercise)
        if unit is not None and owner in self.members:
            return [person for person in self.members[owner] if person in self.students]
        return [owner] if owner in self.students and (owner, unit) not in self.grouped else []


@frozen
class Gradebook:
    """The students of a class who can be named, by account, and what each handed in."""

    offering: str
    course: LoadedCourse = field(repr=False)
    students: Sequence[Member]
    lines: Mapping[str, Mapping[str, Progress]]  #: by person and exercise
    excused: Collection[LineKey] = ()  #: person and exercise of what leaves the sum and its maximum
    marked: Collection[LineKey] = ()  #: person and exercise where a person set what counts
    dropped: Mapping[LineKey, Dropped] = field(default_factory=dict)  #: what leaves the sum as the lowest

    def sums(self, person: str, exercises: Sequence[Exercise]) -> tuple[float, float]:
        """The points of a student, and how many there are to be had; without what is excused or dropped."""
        most = sum(e.counted_points for e in exercises if not self._out(person, e.id))
        return _points(self._counted(person, exercises)), half_up(most)

    def _counted(self, person: str, exercises: Sequence[Exercise]) -> list[Progress]:
        """What was handed in of these and is neither excused nor dropped."""
        mine = self.lines.get(person, {})
        return [mine[e.id] for e in exercises if e.id in mine and not self._out(person, e.id)]

    def as_json(self) -> Json:
        """The whole grid for HTTP, small: of each student a list by exercise of what counts, of tries and of signs."""
        return {
            "units": [{"unit": unit.id, "title": unit.title} for unit in self.course.units],
            "exercises": [
                {"unit": unit.id, "exercise": e.id, **some(e, "title points bonus")}
                for unit in self.course.units
                for e in unit.exercises
            ],
            "students": [self._student(student) for student in self.students],
        }

    def _found(self, person: str) -> list[tuple[str, Progress | None]]:
        """Each exercise in order, and what was handed in there."""
        mine = self.lines.get(person, {})
        return [(exercise.id, mine.get(exercise.id)) for exercise in self.course.exercises]

    def _student(self, student: Member) -> Json:
        found = self._found(student.person)
        points, most = self.sums(student.person, self.course.exercises)
        return {
            **some(student, "account section"),
            "points": points,
            "max_points": most,
            "scores": [_score(line) for _, line in found],
            "tries": [0 if line is None else line.attempts for _, line in found],
            "signs": ["".join(self._signs((student.person, exercise), line)) for exercise, line in found],
        }

    def _signs(self, key: LineKey, line: Progress | None) -> Iterator[str]:
        if line is not None:
            yield "s" if line.solved and not line.awaiting_review else ""
            yield "l" if (line.counting_late_s or 0) > 0 else ""
            yield "a" if line.awaiting_review else ""
        yield "x" if key in self.excused else ""
        yield "m" if key in self.marked else ""
        yield {"exercise": "d", "unit": "u", "": ""}[self.dropped.get(key, "")]

    def _out(self, person: str, exercise: str) -> str:
        """The word of a table for what does not count; empty where it does."""
        key = (person, exercise)
        return "excused" if key in self.excused else "dropped" if key in self.dropped else ""

    def table(self, form: str, unit: str = "") -> Iterator[list[Cell]]:
        """`long`, `moodle` or, of one unit, `gradescope`; else a row a student. Raises UnknownUnit."""
        if form == "gradescope":
            return self.gradescope(unit_in(self.course, unit))
        return self.moodle() if form == "moodle" else self.long() if form == "long" else self.wide()

    def wide(self) -> Iterator[list[Cell]]:
        """A head, then a row a student: an exercise a column, empty where nothing was handed in, then the sums."""
        exercises = self.course.exercises
        yield ["account", "section", *(e.id for e in exercises), "points", "max_points", "solved", "late"]
        for student in self.students:
            found = self._found(student.person)
            handed = [line for _, line in found if line is not None]
            points, most = self.sums(student.person, exercises)
            late = sum((line.counting_late_s or 0) > 0 for line in handed)
            scores = [self._out(student.person, exercise) or _score(line) for exercise, line in found]
            yield [student.account, student.section, *scores, points, most, sum(line.solved for line in handed), late]

    def long(self) -> Iterator[list[Cell]]:
        """A head, then a row for each student and exercise that was handed in."""
        yield [*LONG]
        for student in self.students:
            for exercise, line in self._found(student.person):
                if line is not None:
                    unit, of = self.course.find(exercise)
                    status = "awaiting_review" if line.awaiting_review else "judged"
                    status = self._out(student.person, exercise) or status
                    where = [student.account, student.section, unit.id, exercise]
                    score = [line.counting_score, of.points, int(line.solved), line.attempts]
                    yield [*where, *score, line.hints, iso(line.counting_at), line.counting_late_s, status]

    def moodle(self) -> Iterator[list[Cell]]:
        """For Moodle's CSV import: who, and the points of each unit, a grade item; empty where there are none yet."""
        units = self.course.units
        is_email = all("@" in (student.account or "") for student in self.students)
        yield ["Email address" if is_email else "Username", *(unit.title for unit in units)]
        for student in self.students:
            handed = [self._counted(student.person, unit.exercises) for unit in units]
            yield [student.account, *(_points(lines) if _is_graded(lines) else None for lines in handed)]

    def gradescope(self, unit: Unit) -> Iterator[list[Cell]]:
        """One unit as Gradescope's own export of an assignment has it; times are UTC's."""
        titles = (f"{n}: {one.title} ({one.points:g} pts)" for n, one in enumerate(unit.exercises, 1))
        yield [*_GRADESCOPE, *titles]
        for student in self.students:
            account, lines = student.account or "", self._counted(student.person, unit.exercises)
            by_exercise = {line.exercise: line for line in lines}
            points, most = self.sums(student.person, unit.exercises)
            status = "Missing" if not lines else "Graded" if _is_graded(lines) else "Ungraded"
            at = max(filter(None, (line.counting_at for line in lines)), default=None)
            sent = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S +0000") if at else None
            late = int(max((line.counting_late_s or 0 for line in lines), default=0))
            last, _, first = (student.name or "").rpartition(", ")
            who = [first, last, account, account if "@" in account else "", student.section]
            hours = f"{late // 3600:02}:{late // 60 % 60:02}:{late % 60:02}" if lines else None
            tries = sum(line.attempts for line in lines) if lines else None
            scores = [_score(by_exercise.get(exercise.id)) for exercise in unit.exercises]
            total = points if status == "Graded" else None
            yield [*who, total, most, status, None, sent, hours, None, tries, *scores]


def _score(line: Progress | None) -> float | None:
    return None if line is None else line.counting_score


def _is_graded(lines: Sequence[Progress]) -> bool:
    """Something was handed in, and nothing of it awaits a person."""
    return bool(lines) and not any(line.awaiting_review for line in lines)


def _points(lines: Sequence[Progress]) -> float:
    return half_up(sum(line.counting_score or 0.0 for line in lines))


async def gradebook(store: Store, course: LoadedCourse, offering: str, section: str | None = None) -> Gradebook:
    """As the records are now."""
    students = named_students(await store.members(offering), section)
    owners = await _owners(store, course, offering, students)
    lines = defaultdict[str, dict[str, Progress]](dict)
    for line in await store.lines(offering, ("", ""), MOST):
        for person in owners.of(*line.key):
            lines[person][line.exercise] = line
    rules = await store.overrides(offering)
    excused, marked = [_set_for(rules, field, course, owners) for field in ("excused", "mark")]
    book = Gradebook(offering, course, students, lines, excused, marked)
    return replace(book, dropped=_dropped(book, rules))


def named_students(members: Iterable[Member], section: str | None) -> list[Member]:
    """Those enrolled now who can be named."""
    return [m for m in members if m.is_student and m.account is not None and section in (None, m.section)]


async def left_out(
    store: Store, course: LoadedCourse, offering: str, students: Sequence[Member], *, dropped: bool = True
) -> frozenset[LineKey]:
    """Persons and exercises that leave the sum and its maximum: excused, or `dropped` as the lowest."""
    rules = await store.overrides(offering)
    if dropped and limits_for(course, Enrolment(offering, course.id, ""), rules) is not None:
        book = await gradebook(store, course, offering)
        return frozenset({*book.excused, *book.dropped})
    return _set_for(rules, "excused", course, await _owners(store, course, offering, students))


def _dropped(book: Gradebook, rules: Sequence[Override]) -> dict[LineKey, Dropped]:
    """Of each student; what is set is the same for all of a section of whom nothing is said alone."""
    alone, known = {rule.person for rule in rules}, dict[str, Limits | None]()
    found = dict[LineKey, Dropped]()
    for student in book.students:
        key = student.person if student.person in alone else f"section {student.section}"
        if key not in known:
            own = [r for r in rules if r.person in ("", student.person) and r.section in ("", student.section)]
            known[key] = limits_for(book.course, Enrolment(book.offering, book.course.id, student.person), own)
        lines = book.lines.get(student.person, {})
        scores = {exercise: line.counting_score or 0.0 for exercise, line in lines.items()}
        unknown = {exercise for exercise, line in lines.items() if line.awaiting_review}
        excused = {e.id for e in book.course.exercises if (student.person, e.id) in book.excused}
        gone = dropped(book.course, known[key], scores, unknown, excused)
        found |= {(student.person, exercise): why for exercise, why in gone.items()}
    return found


def _set_for(rules: Sequence[Override], field: str, course: LoadedCourse, owners: _Owners) -> frozenset[LineKey]:
    """Person and exercise where this is set for a student or a team; of an exercise before its unit's, that before all.

    Only people have it set: see `PersonPolicy`.
    """
    found: dict[LineKey, bool] = {}
    for rule in sorted(rules, key=lambda one: (bool(one.exercise), bool(one.unit))):
        if rule.person and field in rule.fields:
            within = [e.id for unit in course.units if rule.unit in ("", unit.id) for e in unit.exercises]
            said = rule.fields[field] not in (None, False)
            for exercise in [rule.exercise] if rule.exercise else within:
                found |= {(person, exercise): said for person in owners.of(rule.person, exercise)}
    return frozenset(key for key, said in found.items() if said)


def csv_text(rows: Iterable[Iterable[Cell]]) -> str:
    """RFC 4180: commas, CRLF, quotes where they are needed. No text of it is a spreadsheet's formula."""
    into = io.StringIO()
    csv.writer(into, lineterminator="\r\n").writerows([_defused(cell) for cell in row] for row in rows)
    return into.getvalue()


def _defused(cell: Cell) -> Cell:
    """A number is a number, also below zero; a text that would be a formula is shown, with a ' before it."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return "'" + cell
    return f"{cell:g}" if isinstance(cell, float) else cell


async def _owners(store: Store, course: LoadedCourse, offering: str, students: Sequence[Member]) -> _Owners:
    shared = await exercises_of_teams(store, course, offering)
    teams = await store.teams(offering) if shared else ()
    grouped = {(person, team.unit) for team in teams for person in team.members}
    return _Owners({m.person for m in students}, shared, {team.id: team.members for team in teams}, grouped)


def line_item(offering: str, unit: str, exercise: Exercise) -> Json:
    """For https://www.imsglobal.org/spec/lti-ags/v2p0, §3.2: `resourceId` and `tag` are the tool's own words."""
    return {
        "scoreMaximum": float(exercise.points),
        "label": exercise.title,
        "resourceId": resource_id(offering, exercise.id),
        "tag": unit,
    }
