"""Judgements that take the place of others, in SQL. Called by `sql.py`, in a thread of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from codegym_jlab.submission import Judgement

from . import life, rows
from . import statements as sql
from .base import Found, Given, HandedIn, Progress, Revise
from .driver import Db, Row
from .tables import progress as progress_table

_ANSWERED = ("judged", "awaiting_review")


def handed_in(db: Db, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int) -> list[HandedIn]:
    """A page."""
    return [_whole(db, line) for line in lines(db, offering, exercises, after, limit)]


def lines(db: Db, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int) -> list[Progress]:
    """A page of lines. Those of other exercises are passed over here: the records lie by person."""
    found: list[Progress] = []
    while len(found) < limit:
        where = {"p_offering": offering, "p_person": after[0], "p_exercise": after[1], "p_limit": limit}
        page = [rows.progress_of(row) for row in db.all(sql.LINES, where)]
        found += [line for line in page if line.exercise in exercises]
        if len(page) < limit:
            break
        after = (page[-1].person, page[-1].exercise)
    return found[:limit]


def _whole(db: Db, line: Progress) -> HandedIn:
    where = {"p_offering": line.offering, "p_person": line.person, "p_exercise": line.exercise}
    sent = [row for row in db.all(sql.HANDED_IN, where) if row["state"] in _ANSWERED]
    judged: dict[str, Judgement | None] = {}
    for row in sent:
        of = row["same_as"] or row["id"]
        if of not in judged:
            judged[of] = life.current(db, of)
    found = (_found(row, judged[row["same_as"] or row["id"]]) for row in sorted(sent, key=lambda row: row["id"]))
    return HandedIn(line, tuple(one for one in found if one.judgement is not None))


def _found(row: Row, judgement: Judgement | None) -> Found:
    return Found(rows.submission_of(row), judgement, row["faults"])


def count_handed_in(db: Db, offering: str) -> dict[str, int]:
    """By exercise."""
    return {row["exercise"]: row["lines"] for row in db.all(sql.COUNT_LINES, {"p_offering": offering})}


def awaiting_review(db: Db, offering: str, after: tuple[str, str], limit: int) -> list[Progress]:
    """A page; there are few among all lines, so the database passes over the others."""
    where = {"p_offering": offering, "p_person": after[0], "p_exercise": after[1], "p_limit": limit}
    return [rows.progress_of(row) for row in db.all(sql.LINES_AWAITING, where)]


def supersede(
    db: Db, offering: str, person: str, exercise: str, revise: Revise, reason: Mapping[str, str | None]
) -> bool:
    """Ask `revise` about what stands, and write what it says. `reason`: `cause`, `who`, `why`."""
    life.hold(db, person)
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    row = db.one(sql.ONE_PROGRESS, where)
    if row is None:
        return False
    before = _whole(db, rows.progress_of(row))
    revision = revise(before)
    if not revision.judgements:
        return False
    standing = {f.submission.id: f.judgement for f in before.found if f.judgement is not None}
    for judged in revision.judgements:
        _replace(db, standing[judged.submission], judged, reason)
    db.run_each(sql.REVIEWED, [{"p_id": id} for id in sorted(revision.reviewed)])
    if revision.progress != before.progress:
        db.run(sql.upsert(progress_table, db.dialect.name), rows.progress_row(revision.progress))
    life.add_events(db, revision.events)
    return True


def _replace(db: Db, before: Judgement, judged: Judgement, reason: Mapping[str, Any]) -> None:
    """The one before steps down first, and then names the new one."""
    db.run(sql.RETIRE, {"p_id": before.id})
    db.run(sql.ADD_REVISED, {**rows.judgement_row(judged), **reason})
    db.run(sql.SUPERSEDE, {"p_id": before.id, "p_by": judged.id})
    life.add_results(db, judged)


def parked(db: Db, offering: str) -> list[Found]:
    """The oldest first."""
    found = sorted(db.all(sql.PARKED, {"p_offering": offering}), key=lambda row: row["id"])
    return [_found(row, life.current(db, row["id"])) for row in found]


def try_again(db: Db, offering: str, submission: str) -> bool:
    """Parked → waiting."""
    return bool(db.run(sql.TRY_AGAIN, {"p_offering": offering, "p_id": submission}))


def history(db: Db, submission: str) -> list[Given]:
    """From the current one back to the first."""
    row = db.one(sql.CURRENT, {"p_submission": submission})
    found: list[Given] = []
    while row is not None:
        given = (row["current"], row["cause"], row["who"], row["why"], row["superseded_by"])
        found.append(Given(life.judgement(db, row["id"]), *given))
        row = db.one(sql.SUPERSEDED_BY, {"p_id": row["id"]})
    return found[::-1]
