"""A class as it stands: its students as they are enrolled now, and their lines of progress or their teams'.

Who was erased still counts, by number alone. A class of thousands is answered whole, in no order.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, case, cast, func, select
from sqlalchemy import bindparam as P

from ..base import Found, LineKey, Progress
from ..classes import ExerciseTally, Shared, Standstill, Tally
from ..engine import Aggregate, Db, Row, reads
from . import rows
from .revisions import has_handed_in, page
from .submissions import JUDGED_BY, judgement
from .tables import enrolments, judgements, progress, submissions, team_members

E, G, J, M, S = enrolments.c, progress.c, judgements.c, team_members.c, submissions.c
_lines_of_class = select(G.person, G.exercise).where(G.offering == P("p_offering"))
#: When a person last sent something for an exercise.
_touched = case(
    (G.tried_at.is_(None), G.submitted_at),
    (G.submitted_at.is_(None), G.tried_at),
    (G.submitted_at < G.tried_at, G.tried_at),
    else_=G.submitted_at,
).label("touched")
LINES_OF_UNITS = _lines_of_class.add_columns(
    case((G.submitted_at.is_not(None), 1), else_=0).label("handed_in"),
    cast(G.solved, Integer).label("solved"),
    case((G.counting_late_s > 0, 1), else_=0).label("late"),
    cast(G.awaiting_review, Integer).label("awaiting_review"),
    func.coalesce(G.counting_score, 0.0).label("points"),
    _touched,
)
LINES_HANDED_IN = _lines_of_class.where(G.submitted_at.is_not(None)).add_columns(G.verdict, G.attempts, G.failed)
LINES_TOUCHED = _lines_of_class.where(_touched.element.is_not(None)).add_columns(
    G.solved, G.awaiting_review, G.verdict, G.failed, _touched
)
_SUMS = ("handed_in", "solved", "late", "awaiting_review", "points")


def _lines(
    db: Db, statement: Select[Any], offering: str, section: str | None, shared: Shared | None
) -> Iterator[tuple[str, Row]]:
    """Each student's lines: their own, and in what teams answer that of the team which they are in."""
    shared = shared or {}
    enrolled = select(E.person).filter_by(offering=offering, role="student", ended_at=None)
    enrolled = enrolled if section is None else enrolled.filter_by(section=section)
    students = {row["person"] for row in db.all(enrolled)}
    members = defaultdict(list)
    in_team = set()
    of_teams = select(M.person, M.unit, M.team).filter_by(offering=offering, ended_at=None)
    for row in db.all(of_teams) if shared else ():
        in_team.add((row["person"], row["unit"]))
        if row["person"] in students:
            members[row["team"], row["unit"]].append(row["person"])
    for line in db.all(statement, {"p_offering": offering}):
        owner, unit = line["person"], shared.get(line["exercise"])
        if owner in students and (unit is None or (owner, unit) not in in_team):
            yield owner, line
        elif unit is not None:
            yield from ((member, line) for member in members.get((owner, unit), ()))


def tallies(
    db: Db,
    offering: str,
    units: Mapping[str, str],
    section: str | None = None,
    shared: Shared | None = None,
    excused: Collection[LineKey] = (),
) -> list[Tally]:
    """By student and unit; `units` says in which unit an exercise is, and leaves out what is not asked for.

    `excused`: students and exercises that are left out, too.
    """
    found: dict[tuple[str, str], list[Any]] = {}
    for student, line in _lines(db, LINES_OF_UNITS, offering, section, shared):
        unit = units.get(line["exercise"])
        if unit is None or (student, line["exercise"]) in excused:
            continue
        sums = found.setdefault((student, unit), [0, 0, 0, 0, 0.0, None])
        for place, name in enumerate(_SUMS):
            sums[place] += line[name]
        at = line["touched"]
        if at is not None and (sums[5] is None or sums[5] < at):
            sums[5] = at
    return [Tally(*key, *sums) for key, sums in found.items()]


def exercise_tallies(
    db: Db, offering: str, section: str | None = None, shared: Shared | None = None
) -> list[ExerciseTally]:
    """By exercise. Each member of a team counts as one who handed in what the team did."""
    handed_in, accepted, attempts = Counter[str](), Counter[str](), Counter[str]()
    failed: dict[str, Counter[str]] = defaultdict(Counter)
    for _, line in _lines(db, LINES_HANDED_IN, offering, section, shared):
        exercise = line["exercise"]
        handed_in[exercise] += 1
        accepted[exercise] += line["verdict"] == "AC"
        attempts[exercise] += line["attempts"]
        failed[exercise].update(line["failed"] or ())
    return [ExerciseTally(e, many, accepted[e], attempts[e], dict(failed[e])) for e, many in handed_in.items()]


def standstills(db: Db, offering: str, section: str | None = None, shared: Shared | None = None) -> list[Standstill]:
    """The exercise that each student worked at last, where it is not accepted yet."""
    newest: dict[str, tuple[datetime, Row]] = {}
    for student, line in _lines(db, LINES_TOUCHED, offering, section, shared):
        at, before = line["touched"], newest.get(student)
        if before is None or (before[0], line["exercise"]) < (at, before[1]["exercise"]):
            newest[student] = at, line
    stands = ((student, line) for student, (_, line) in newest.items() if not line["solved"])
    found = (_standstill(db, offering, student, line) for student, line in stands if not line["awaiting_review"])
    return [one for one in found if one is not None]


def _standstill(db: Db, offering: str, student: str, line: Row) -> Standstill | None:
    """None where all that was sent are drafts."""
    at = S.received_at
    first, last = func.min(at, type_=at.type), func.max(at, type_=at.type)
    counts = func.count().label("sends"), first.label("first_at"), last.label("last_at")
    theirs = (S.offering == offering, S.person == line["person"], S.exercise == line["exercise"])
    sent = db.only(select(*counts).where(*theirs, S.kind != "draft"))
    if not sent["sends"]:
        return None
    return Standstill(student, line["exercise"], **sent, verdict=line["verdict"], failed=tuple(line["failed"] or ()))


def _judged(offering: str, verdicts: Collection[str], *columns: Any) -> Select[Any]:
    """Tries and submissions of a class that were judged so; not those whose text is gone."""
    of = (S.offering == offering, S.kind != "draft", S.digest != "", J.verdict.in_(list(verdicts)))
    return select(*columns).select_from(submissions.join(judgements, JUDGED_BY)).where(*of)


def count_judged(db: Db, offering: str, verdicts: Collection[str]) -> Mapping[str, int]:
    """How many people had an answer that was judged so, by exercise."""
    people = func.count(S.person.distinct()).label("people")
    counted = _judged(offering, verdicts, S.exercise, people).group_by(S.exercise)
    return {row["exercise"]: row["people"] for row in db.all(counted)}


def judged_answers(db: Db, offering: str, exercise: str, verdicts: Collection[str], limit: int) -> list[Found]:
    """Those of an exercise, the newest first."""
    asked = _judged(offering, verdicts, *submissions.c, J.id.label("judgement_id")).where(S.exercise == exercise)
    found = db.all(asked.order_by(S.id.desc()).limit(limit))
    return [Found(rows.submission_of(row), judgement(db, row["judgement_id"]), row["faults"]) for row in found]


def lines(db: Db, offering: str, after: LineKey, limit: int) -> list[Progress]:
    """A page of what was handed in, by person and exercise; `after` is the last of the page before."""
    return page(db, after, limit, has_handed_in(offering))


class Dashboards(Aggregate):
    """`section`: None for all of the class. `shared`: exercises that teams answer, and the unit that each is in."""

    tallies = reads(tallies)
    exercise_tallies = reads(exercise_tallies)
    standstills = reads(standstills)
    judged_answers = reads(judged_answers)
    count_judged = reads(count_judged)
    lines = reads(lines)
