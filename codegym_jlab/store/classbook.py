"""Offerings, people, progress, hints, openings and bases in SQL. Called by `sql.py`, in a thread of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from . import rows
from . import statements as sql
from .base import Enrolment, Give, HintGiven, Ledger, Ledgers, Offering, Progress, new_id
from .driver import Db
from .life import add_events, hold, ledger_of
from .register import TeamRef
from .tables import enrolments, notebooks, offerings, openings, people, progress


def enrol(db: Db, offering: Offering, user: str) -> Enrolment:
    """Find or make the offering and the person. A person made here is a student; staff are enrolled by the class."""
    now = datetime.now(UTC)
    db.run(sql.ensure(offerings, db.dialect.name), rows.offering_row(offering))
    known = person(db, offering.id, user)
    if known is None:
        known = make_person(db, offering.id, user)
        row = {"offering": offering.id, "person": known, "role": "student", "created_at": now}
        db.run(sql.ensure(enrolments, db.dialect.name), row)
    found = enrolment(db, offering.id, known)
    assert found is not None
    return found


def person(db: Db, offering: str, user: str) -> str | None:
    """The one place where an account meets a person."""
    found: str | None = db.scalar(sql.PERSON, {"p_offering": offering, "p_account": user})
    return found


def make_person(db: Db, offering: str, user: str) -> str:
    """Found, or made and enrolled as nothing."""
    row = {"id": new_id(), "offering": offering, "kind": "person", "account": user, "created_at": datetime.now(UTC)}
    db.run(sql.ensure(people, db.dialect.name), row)
    known = person(db, offering, user)  # another server may have made them before
    assert known is not None
    return known


def enrolment(db: Db, offering: str, person: str) -> Enrolment | None:
    """By the person's id, or a team's."""
    row = db.one(sql.ENROLMENT, {"p_offering": offering, "p_person": person})
    if row is None:
        return None
    found = rows.enrolment_of(row)
    if row["team_unit"] is None:
        return found
    return replace(found, teams={row["team_unit"]: TeamRef(person, row["team_name"])})


def ledger(db: Db, offering: str, person: str, unit: str, exercise: str) -> Ledger:
    """One exercise."""
    where = {"p_offering": offering, "p_person": person, "p_unit": unit, "p_exercise": exercise}
    empty = Progress(offering, person, exercise)
    row = db.one(sql.LEDGER, where)
    return Ledger(empty) if row is None else ledger_of(db, row, empty)


def ledgers(db: Db, offering: str, person: str) -> Ledgers:
    """A whole offering."""
    where = {"p_offering": offering, "p_person": person}
    lines = map(rows.progress_of, db.all(sql.PROGRESS, where))
    return Ledgers(
        progress={line.exercise: line for line in lines},
        overrides=tuple(map(rows.override_of, db.all(sql.OVERRIDES, where))),
        openings={row["unit"]: row["opened_at"] for row in db.all(sql.OPENINGS, where)},
        waiting=frozenset(row["exercise"] for row in db.all(sql.WAITING, where)),
    )


def opened(db: Db, offering: str, person: str, unit: str, at: datetime) -> datetime:
    """The first opening wins."""
    key = {"offering": offering, "person": person, "unit": unit}
    db.run(sql.ensure(openings, db.dialect.name), {**key, "opened_at": at})
    row = db.one(sql.OPENED, {f"p_{name}": value for name, value in key.items()})
    assert row is not None, "it was just put there"
    first: datetime = row["opened_at"]
    return first


def hints(db: Db, offering: str, person: str, exercise: str) -> list[HintGiven]:
    """Mildest first."""
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    return [HintGiven(h["rung"], h["given_at"], h["cost"]) for h in db.all(sql.HINTS, where)]


def give_hint(db: Db, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
    """Ask `give`, then write what it says."""
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    hold(db, person)
    row = db.one(sql.ONE_PROGRESS, where)
    before = Progress(offering, person, exercise) if row is None else rows.progress_of(row)
    hint, after, event = give(before, hints(db, offering, person, exercise))
    key = {"offering": offering, "person": person, "exercise": exercise}
    db.run(sql.ADD_HINT, {**key, "rung": hint.rung, "given_at": hint.given_at, "cost": hint.cost})
    db.run(sql.upsert(progress, db.dialect.name), rows.progress_row(after))
    add_events(db, [event])
    return hint, after


def keep_base(db: Db, row: dict[str, object]) -> None:
    """Once a digest."""
    db.run(sql.ensure(notebooks, db.dialect.name), row)


def base(db: Db, offering: str, person: str, unit: str, digest: str) -> str | None:
    """The body."""
    where = {"p_offering": offering, "p_person": person, "p_unit": unit, "p_digest": digest}
    found: str | None = db.scalar(sql.BASE, where)
    return found
