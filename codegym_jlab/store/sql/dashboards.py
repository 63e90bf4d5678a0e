"""A class as it stands: its students as they are enrolled now, and their lines of progress or their teams'.

Who was erased still counts, by number alone. A class of thousands is answered whole, in no order.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, literal, select, tuple_

from ..base import Found, LineKey
from ..classes import ExerciseTally, Shared, Standstill, Tally
from ..engine import Aggregate, Db, Json, Row, reads, record_of
from .submissions import ITS_LINE, JUDGED_BY, found_of
from .tables import enrolments, judgements, progress, submissions, team_members

E, G, J, M, S = enrolments.c, progress.c, judgements.c, team_members.c, submissions.c
NONE: Shared = {}
#: When a person last sent something for an exercise.
_touched = case((G.submitted_at > G.tried_at, G.submitted_at), else_=func.coalesce(G.tried_at, G.submitted_at))
_COUNTS = {"handed_in": G.submitted_at.is_not(None), "solved": G.solved, "late": G.counting_late_s > 0}


def _lines(
    db: Db, statement: Select[Any], offering: str, section: str | None, shared: Shared
) -> Iterator[tuple[str, Row]]:
    """Each student's lines: their own, and in what teams answer that of the team which they are in.

    The statement may have the database add up lines, but not those of several people in what teams answer.
    """
    enrolled = select(E.person).filter_by(offering=offering, role="student", ended_at=None)
    enrolled = enrolled if section is None else enrolled.filter_by(section=section)
    students = set(db.column(enrolled))
    members = defaultdict(list)
    for row in db.all((M.person, M.unit, M.team), offering=offering, ended_at=None):
        if row["person"] in students:
            members[row["team"], row["unit"]].append(row["person"])
        members[row["person"], row["unit"]] = []  # their own lines count for nobody
    for line in db.all(statement.where(G.offering == offering, G.person.in_(enrolled) | G.exercise.in_(shared))):
        owner = line["person"]
        for student in members.get((owner, shared.get(line["exercise"])), {owner} & students):
            yield student, line


def tallies(
    db: Db,
    offering: str,
    units: Mapping[str, str],
    section: str | None = None,
    shared: Shared = NONE,
    excused: Collection[LineKey] = (),
) -> list[Tally]:
    """By student and unit; `units` says in which unit an exercise is, and leaves out what is not asked for.

    `excused`: students and exercises that are left out, too.
    """
    alone = {*shared, *(exercise for _, exercise in excused)}
    parts = literal({e: (unit, e in alone and e) for e, unit in units.items()}, Json)
    # materialized: else SQLite reads it anew for every line
    part = func.json_each(parts).table_valued("key", "value").select().cte().prefix_with("MATERIALIZED").c
    counts = (func.count().filter(is_so).label(name) for name, is_so in _COUNTS.items())
    told = func.max(_touched).label("touched"), func.sum(G.counting_score).label("points")
    asked = select(G.person, func.min(G.exercise).label("exercise"), *counts, *told)
    asked = asked.where(part.key == G.exercise).group_by(G.person, cast(part.value, Text))
    found = defaultdict(list)
    for student, line in _lines(db, asked, offering, section, shared):
        if (student, line["exercise"]) not in excused:
            found[student, units[line["exercise"]]].append(line)
    return [
        Tally(
            person,
            unit,
            **{name: sum(line[name] or 0 for line in of) for name in (*_COUNTS, "points")},
            last_at=max(filter(None, (line["touched"] for line in of)), default=None),
        )
        for (person, unit), of in found.items()
    ]


def exercise_tallies(db: Db, offering: str, section: str | None = None, shared: Shared = NONE) -> list[ExerciseTally]:
    """By exercise. Each member of a team counts as one who handed in what the team did."""
    by = G.exercise, cast(G.failed, Text).label("missed")
    counts = func.min(G.person).label("person"), func.count().label("people")
    asked = select(*by, *counts).where(G.submitted_at.is_not(None))
    asked = asked.group_by(*by, case((G.exercise.in_(shared), G.person), else_=""))
    handed_in, failed = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for _, line in _lines(db, asked, offering, section, shared):
        exercise, people = line["exercise"], line["people"]
        handed_in[exercise] += people
        for check in json.loads(line["missed"] or "[]"):
            failed[exercise][check] += people
    return [ExerciseTally(exercise, people, failed[exercise]) for exercise, people in handed_in.items()]


def standstills(db: Db, offering: str, section: str | None = None, shared: Shared = NONE) -> list[Standstill]:
    """The exercise that each student worked at last, where it is not accepted yet; not where all are drafts."""
    own = select(G.person, func.max(_touched)).where(G.offering == offering, G.exercise.not_in(shared))
    newest = tuple_(G.person, _touched).in_(own.group_by(G.person).correlate(None))
    at = S.received_at
    sent = func.count(S.id).label("sends"), func.min(at).label("first_at"), func.max(at).label("last_at")
    asked = select(progress, _touched.label("touched"), *sent).outerjoin(submissions, ITS_LINE & (S.kind != "draft"))
    asked = asked.where(newest | G.exercise.in_(shared), _touched.is_not(None)).group_by(*progress.primary_key)
    lines = sorted(_lines(db, asked, offering, section, shared), key=lambda one: one[1]["exercise"], reverse=True)
    return [
        record_of(Standstill, line, person=student)
        for student, line in dict(sorted(lines, key=lambda one: one[1]["touched"])).items()
        if line["sends"] and not (line["solved"] or line["awaiting_review"])
    ]


def _judged(offering: str, verdicts: Collection[str], *columns: Any) -> Select[Any]:
    """Tries and submissions of a class that were judged so; not those whose text is gone."""
    of = (S.offering == offering, S.kind != "draft", S.digest != "", J.verdict.in_(list(verdicts)))
    return select(*columns).select_from(submissions.join(judgements, JUDGED_BY)).where(*of)


def count_judged(db: Db, offering: str, verdicts: Collection[str]) -> Mapping[str, int]:
    """How many people had an answer that was judged so, by exercise."""
    people = func.count(S.person.distinct())
    return db.pairs(_judged(offering, verdicts, S.exercise, people).group_by(S.exercise))


def judged_answers(db: Db, offering: str, exercise: str, verdicts: Collection[str], limit: int) -> list[Found]:
    """Those of an exercise, the newest first."""
    asked = _judged(offering, verdicts, *submissions.c).where(S.exercise == exercise)
    return [found_of(db, row) for row in db.all(asked.order_by(S.id.desc()).limit(limit))]


class Dashboards(Aggregate):
    """`section`: None for all of the class. `shared`: exercises that teams answer, and the unit that each is in."""

    tallies = reads(tallies)
    exercise_tallies = reads(exercise_tallies)
    standstills = reads(standstills)
    judged_answers = reads(judged_answers)
    count_judged = reads(count_judged)
