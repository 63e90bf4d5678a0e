"""Scores for other systems: tables of texts and numbers, and the score objects of LTI's grade service.

LTI Assignment and Grade Services 2.0, https://www.imsglobal.org/spec/lti-ags/v2p0 (§3.2 line items, §3.4 scores).
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.grading.admission import exercises_of_teams
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.records import iso
from codegym_jlab.store.base import Progress, Store
from codegym_jlab.store.classes import Member

PAGE = 5000
#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | float | int | None

_GRADESCOPE = (
    "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,Submission Time,"
    "Lateness (H:M:S),View Count,Submission Count"
).split(",")
LONG = "account section unit exercise points max_points solved attempts hints submitted_at late_s status".split()


@dataclass(frozen=True)
class Gradebook:
    """The students of a class who can be named, by account, and what each handed in."""

    offering: str
    course: LoadedCourse = field(repr=False)
    students: Sequence[Member]
    lines: Mapping[str, Mapping[str, Progress]]  #: by person and exercise
    failed: Collection[tuple[str, str]] = ()  #: person and exercise of what could not be judged, by our fault
    excused: Collection[tuple[str, str]] = ()  #: person and exercise of what leaves the sum and its maximum
    marked: Collection[tuple[str, str]] = ()  #: person and exercise where a person set what counts

    @property
    def exercises(self) -> list[tuple[str, Exercise]]:
        """With their units' ids, in the course's order."""
        units = self.course.course.units if self.course.course else ()
        return [(unit.id, exercise) for unit in units for exercise in unit.exercises]

    def sums(self, person: str) -> tuple[float, float]:
        """The points of a student, and how many there are to be had; without what is excused."""
        mine = [(e, self.lines.get(person, {}).get(e.id)) for _, e in self.exercises]
        mine = [(exercise, line) for exercise, line in mine if (person, exercise.id) not in self.excused]
        points = sum(line.counting_score or 0.0 for _, line in mine if line is not None)
        return half_up(points), half_up(sum(exercise.counted_points for exercise, _ in mine))

    def _counted(self, person: str) -> dict[str, Progress]:
        """What was handed in and is not excused, by exercise."""
        mine = self.lines.get(person, {})
        return {exercise: line for exercise, line in mine.items() if (person, exercise) not in self.excused}

    def as_json(self) -> dict[str, Any]:
        """The whole grid for HTTP, small: of each student a list by exercise of what counts, of tries and of signs."""
        units = {unit.id: unit.title for unit in self.course.course.units} if self.course.course else {}
        return {
            "units": [{"unit": unit, "title": title} for unit, title in units.items()],
            "exercises": [
                {"unit": unit, "exercise": e.id, "title": e.title, "points": e.points, "bonus": e.bonus}
                for unit, e in self.exercises
            ],
            "students": [self._student(student) for student in self.students],
        }

    def _student(self, student: Member) -> dict[str, Any]:
        mine = self.lines.get(student.person, {})
        found = [(exercise.id, mine.get(exercise.id)) for _, exercise in self.exercises]
        points, most = self.sums(student.person)
        return {
            "account": student.account,
            "section": student.section,
            "points": points,
            "max_points": most,
            "scores": [None if line is None else line.counting_score for _, line in found],
            "tries": [0 if line is None else line.attempts for _, line in found],
            "signs": ["".join(self._signs((student.person, exercise), line)) for exercise, line in found],
        }

    def _signs(self, key: tuple[str, str], line: Progress | None) -> Iterator[str]:
        if line is not None:
            yield "s" if line.solved else ""
            yield "l" if (line.counting_late_s or 0) > 0 else ""
            yield "a" if line.awaiting_review else ""
        yield "x" if key in self.excused else ""
        yield "m" if key in self.marked else ""

    def wide(self) -> Iterator[list[Cell]]:
        """A head, then a row a student: an exercise a column, empty where nothing was handed in, then the sums."""
        exercises = [exercise for _, exercise in self.exercises]
        yield ["account", "section", *(e.id for e in exercises), "points", "max_points", "solved", "late"]
        for student in self.students:
            mine = self.lines.get(student.person, {})
            found = [mine.get(exercise.id) for exercise in exercises]
            handed = [line for line in found if line is not None]
            points, most = self.sums(student.person)
            late = sum((line.counting_late_s or 0) > 0 for line in handed)
            scores: list[Cell] = [
                "excused" if (student.person, e.id) in self.excused else None if line is None else line.counting_score
                for e, line in zip(exercises, found, strict=True)
            ]
            solved = sum(line.solved for line in handed)
            yield [student.account, student.section, *scores, points, most, solved, late]

    def long(self) -> Iterator[list[Cell]]:
        """A head, then a row for each student and exercise that was handed in."""
        yield [*LONG]
        for student in self.students:
            mine = self.lines.get(student.person, {})
            for unit, exercise in self.exercises:
                line = mine.get(exercise.id)
                if line is not None:
                    status = "awaiting_review" if line.awaiting_review else "judged"
                    status = "excused" if (student.person, exercise.id) in self.excused else status
                    where: list[Cell] = [student.account, student.section, unit, exercise.id]
                    score: list[Cell] = [line.counting_score, exercise.points, int(line.solved), line.attempts]
                    yield [*where, *score, line.hints, iso(line.counting_at), line.counting_late_s, status]

    def moodle(self) -> Iterator[list[Cell]]:
        """For Moodle's CSV import: who, and the points of each unit, a grade item; empty where there are none yet."""
        units = self.course.course.units if self.course.course else ()
        is_email = all("@" in (student.account or "") for student in self.students)
        yield ["Email address" if is_email else "Username", *(unit.title for unit in units)]
        for student in self.students:
            mine = self._counted(student.person)
            handed = [[mine[one.id] for one in unit.exercises if one.id in mine] for unit in units]
            yield [student.account, *(_points(lines) if _is_graded(lines) else None for lines in handed)]

    def gradescope(self, unit: Unit) -> Iterator[list[Cell]]:
        """One unit as Gradescope's own export of an assignment has it. Names are not known here; times are UTC's."""
        titles = (f"{n}: {one.title} ({one.points:g} pts)" for n, one in enumerate(unit.exercises, 1))
        yield [*_GRADESCOPE, *titles]
        most = half_up(sum(exercise.counted_points for exercise in unit.exercises))
        for student in self.students:
            mine, account = self._counted(student.person), student.account or ""
            each = [mine.get(exercise.id) for exercise in unit.exercises]
            lines = [line for line in each if line is not None]
            status = "Missing" if not lines else "Graded" if _is_graded(lines) else "Ungraded"
            at = max((line.counting_at for line in lines if line.counting_at is not None), default=None)
            sent = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S +0000") if at else None
            late = int(max((line.counting_late_s or 0 for line in lines), default=0))
            who: list[Cell] = ["", "", account, account if "@" in account else "", student.section]
            total: list[Cell] = [_points(lines) if status == "Graded" else None, most, status, None, sent]
            hours = f"{late // 3600:02}:{late // 60 % 60:02}:{late % 60:02}" if lines else None
            tries: list[Cell] = [hours, None, sum(line.attempts for line in lines) if lines else None]
            yield [*who, *total, *tries, *(None if line is None else line.counting_score for line in each)]

    def lti(self, now: datetime, users: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Each exercise that has points: its line item, and a score for each student who handed it in.

        `users`: LTI's user ids by account; whoever is not in it is left out. None: the accounts are these ids.
        """
        named = {s.person: s.account or "" for s in self.students}
        if users is not None:
            named = {person: users[account] for person, account in named.items() if account in users}
        return [
            {"lineitem": _line_item(self.offering, unit, exercise), "scores": list(self._scores(exercise, named, now))}
            for unit, exercise in self.exercises
            if exercise.points > 0
        ]

    def _scores(self, exercise: Exercise, named: Mapping[str, str], now: datetime) -> Iterator[dict[str, Any]]:
        for person, user in named.items():
            line = self.lines.get(person, {}).get(exercise.id)
            if (person, exercise.id) in self.excused:
                continue
            if line is not None:
                yield {"userId": user, "timestamp": stamp(now), **_graded(line, exercise)}
            elif (person, exercise.id) in self.failed:
                progress = {"activityProgress": "Submitted", "gradingProgress": "Failed"}
                yield {"userId": user, "timestamp": stamp(now), **progress}


def _is_graded(lines: Sequence[Progress]) -> bool:
    """Something was handed in, and nothing of it awaits a person."""
    return bool(lines) and not any(line.awaiting_review for line in lines)


def _points(lines: Sequence[Progress]) -> float:
    return half_up(sum(line.counting_score or 0.0 for line in lines))


async def gradebook(store: Store, course: LoadedCourse, offering: str, section: str | None = None) -> Gradebook:
    """As the records are now."""
    members = await store.members(offering)
    now = (m for m in members if m.is_student and m.account is not None)
    students = [m for m in now if section in (None, m.section)]
    owners = await _owners(store, course, offering, students)
    lines, after = defaultdict[str, dict[str, Progress]](dict), ("", "")
    while students and (page := await store.lines(offering, after, PAGE)):
        after = (page[-1].person, page[-1].exercise)
        for line in page:
            for person in owners.of(line.person, line.exercise):
                lines[person][line.exercise] = line
    sent = ((found.submission.person, found.submission.exercise) for found in await store.parked(offering))
    parked = {(person, exercise) for owner, exercise in sent for person in owners.of(owner, exercise)}
    excused, marked = [await _set_for(store, offering, field, course, owners) for field in ("excused", "mark")]
    return Gradebook(offering, course, students, lines, parked, excused, marked)


async def excuses(
    store: Store, course: LoadedCourse, offering: str, students: Sequence[Member]
) -> frozenset[tuple[str, str]]:
    """Persons and exercises that leave the sum and its maximum."""
    return await _set_for(store, offering, "excused", course, await _owners(store, course, offering, students))


async def _set_for(
    store: Store, offering: str, field: str, course: LoadedCourse, owners: _Owners
) -> frozenset[tuple[str, str]]:
    """Person and exercise where this is set for a student or a team; of an exercise before its unit's, that before all.

    Only people have it set: see `PersonPolicy`.
    """
    found: dict[tuple[str, str], bool] = {}
    rules = [ruling.override for ruling in await store.rulings(offering)]
    for rule in sorted(rules, key=lambda one: (bool(one.exercise), bool(one.unit))):
        if rule.person and field in rule.fields:
            units = course.course.units if course.course else ()
            within = [e.id for unit in units if rule.unit in ("", unit.id) for e in unit.exercises]
            said = rule.fields[field] not in (None, False)
            for exercise in [rule.exercise] if rule.exercise else within:
                found |= {(person, exercise): said for person in owners.of(rule.person, exercise)}
    return frozenset(key for key, said in found.items() if said)


def csv_text(rows: Iterable[Iterable[Cell]]) -> str:
    """RFC 4180: commas, CRLF, quotes where they are needed. No text of it is a spreadsheet's formula."""
    into = io.StringIO()
    writer = csv.writer(into, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_defused(cell) for cell in row])
    return into.getvalue()


def _defused(cell: Cell) -> Cell:
    """A number is a number, also below zero; a text that would be a formula is shown, with a ' before it."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return "'" + cell
    return f"{cell:g}" if isinstance(cell, float) else cell


@dataclass(frozen=True)
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


async def _owners(store: Store, course: LoadedCourse, offering: str, students: Sequence[Member]) -> _Owners:
    shared = await exercises_of_teams(store, course, offering)
    teams = await store.teams(offering) if shared else ()
    grouped = {(person, team.unit) for team in teams for person in team.members}
    return _Owners({m.person for m in students}, shared, {team.id: team.members for team in teams}, grouped)


def stamp(at: datetime) -> str:
    """ISO 8601 with a fraction and a zone, as §3.4.5 asks."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line_item(offering: str, unit: str, exercise: Exercise) -> dict[str, Any]:
    """§3.2: `resourceId` and `tag` are the tool's own words."""
    named = {"label": exercise.title, "resourceId": f"{offering}/{exercise.id}", "tag": unit}
    return {"scoreMaximum": float(exercise.points), **named}


def _graded(line: Progress, exercise: Exercise) -> dict[str, Any]:
    """§3.4: where a person has still to mark it there is no score yet. More may be handed in until it is accepted."""
    at = line.counting_at or line.submitted_at
    sent = {} if at is None else {"submission": {"submittedAt": stamp(at)}}
    if line.awaiting_review:
        return {"activityProgress": "Submitted", "gradingProgress": "PendingManual", **sent}
    progress = {
        "activityProgress": "Completed" if line.solved else "Submitted",
        "gradingProgress": "FullyGraded",
        **sent,
    }
    return {"scoreGiven": line.counting_score or 0.0, "scoreMaximum": float(exercise.points), **progress}
