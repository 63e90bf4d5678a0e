"""Offerings, people, progress, hints, openings and bases in SQL. Called by `sql.py`, in a thread of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from . import rows
from . import statements as sql
from .base import Enrolment, Give, HintGiven, Ledger, Ledgers, Offering, Override, Progress, new_id
from .life import SAVE_PROGRESS, add_events, ledger_of
from .tables import enrolments, hints_given, notebooks, offerings, openings, overrides, people

_PERSON = select(people.c.id).where(people.c.offering == sql.P("p_offering"), people.c.account == sql.P("p_account"))
_ENROLMENT = (
    select(offerings.c.id, offerings.c.course, offerings.c.time_zone, people.c.id.label("person"))
    .join_from(offerings, people, people.c.offering == offerings.c.id)
    .where(offerings.c.id == sql.P("p_offering"), people.c.id == sql.P("p_person"))
)


def enrol(db: Connection, offering: Offering, user: str) -> Enrolment:
    """Find or make the offering and the person. A person made here is a student; staff are enrolled by the class."""
    now = datetime.now(UTC)
    row = {name: getattr(offering, name) for name in ("id", "course", "title", "term", "time_zone", "contact")}
    db.execute(sql.ensure(offerings, db.dialect.name), {**row, "created_at": now})
    known = person(db, offering.id, user)
    if known is None:
        known = new_id()
        db.execute(
            insert(people),
            {"id": known, "offering": offering.id, "kind": "person", "account": user, "created_at": now},
        )
        db.execute(
            insert(enrolments),
            {"offering": offering.id, "person": known, "role": "student", "created_at": now},
        )
    found = enrolment(db, offering.id, known)
    assert found is not None
    return found


def person(db: Connection, offering: str, user: str) -> str | None:
    """The one place where an account meets a person."""
    found: str | None = db.execute(_PERSON, {"p_offering": offering, "p_account": user}).scalar_one_or_none()
    return found


def enrolment(db: Connection, offering: str, person: str) -> Enrolment | None:
    """By the person's id."""
    row = db.execute(_ENROLMENT, {"p_offering": offering, "p_person": person}).mappings().one_or_none()
    return None if row is None else Enrolment(row["id"], row["course"], row["person"], row["time_zone"])


def ledger(db: Connection, offering: str, person: str, unit: str, exercise: str) -> Ledger:
    """One exercise."""
    where = {"p_offering": offering, "p_person": person, "p_unit": unit, "p_exercise": exercise}
    empty = Progress(offering, person, exercise)
    row = db.execute(sql.LEDGER, where).mappings().one_or_none()
    return Ledger(empty) if row is None else ledger_of(db, row, empty)


def ledgers(db: Connection, offering: str, person: str) -> Ledgers:
    """A whole offering."""
    where = {"p_offering": offering, "p_person": person}
    lines = map(rows.progress_of, db.execute(sql.PROGRESS, where).mappings())
    return Ledgers(
        progress={line.exercise: line for line in lines},
        overrides=tuple(map(rows.override_of, db.execute(sql.OVERRIDES, where).mappings())),
        openings={unit: at for unit, at in db.execute(sql.OPENINGS, where)},
        waiting=frozenset(db.execute(sql.WAITING, where).scalars()),
    )


def override(db: Connection, offering: str, new: Override, by: str | None, at: datetime) -> None:
    """Set or remove."""
    key = {"offering": offering, "person": new.person, "unit": new.unit, "exercise": new.exercise}
    if new.fields:
        row = {**key, "fields": dict(new.fields), "set_by": by, "set_at": at}
        db.execute(sql.upsert(overrides, db.dialect.name), row)
    else:
        db.execute(delete(overrides).filter_by(**key))


def opened(db: Connection, offering: str, person: str, unit: str, at: datetime) -> datetime:
    """The first opening wins."""
    key = {"offering": offering, "person": person, "unit": unit}
    db.execute(sql.ensure(openings, db.dialect.name), {**key, "opened_at": at})
    first: datetime = db.execute(select(openings.c.opened_at).filter_by(**key)).scalar_one()
    return first


def hints(db: Connection, offering: str, person: str, exercise: str) -> list[HintGiven]:
    """Mildest first."""
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    return [HintGiven(h["rung"], h["given_at"], h["cost"]) for h in db.execute(sql.HINTS, where).mappings()]


def give_hint(db: Connection, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
    """Ask `give`, then write what it says."""
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    row = db.execute(sql.ONE_PROGRESS, where).mappings().one_or_none()
    before = Progress(offering, person, exercise) if row is None else rows.progress_of(row)
    hint, after, event = give(before, hints(db, offering, person, exercise))
    key = {"offering": offering, "person": person, "exercise": exercise}
    db.execute(insert(hints_given), {**key, "rung": hint.rung, "given_at": hint.given_at, "cost": hint.cost})
    db.execute(SAVE_PROGRESS[db.dialect.name], rows.progress_row(after))
    add_events(db, [event])
    return hint, after


def keep_base(db: Connection, row: dict[str, object]) -> None:
    """Once a digest."""
    db.execute(sql.ensure(notebooks, db.dialect.name), row)


def base(db: Connection, offering: str, person: str, unit: str, digest: str) -> str | None:
    """The body."""
    where = {"p_offering": offering, "p_person": person, "p_unit": unit, "p_digest": digest}
    found: str | None = db.execute(sql.BASE, where).scalar_one_or_none()
    return found
