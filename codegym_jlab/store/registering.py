"""Classes in SQL: offerings, their people, overrides and published versions. A part of `sql.SqlStore`.

What each method promises stands in `register.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from codegym_jlab.events.records import Event
from codegym_jlab.submission import Submission

from . import class_statements as sql
from . import classbook, rows
from .driver import Db, Row, Transactions
from .ids import new_id
from .life import add_events
from .register import (
    Change,
    Enlist,
    Joining,
    Member,
    Membership,
    Offering,
    Override,
    Publication,
    Ruling,
    RulingChange,
    Version,
)
from .statements import ensure, upsert
from .tables import course_files, enrolments, offerings, overrides, versions
from .teaming import members_of, teams_of


class RegisterStore:
    """What `register.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def make_offering(self, offering: Offering) -> bool:
        row = rows.offering_row(offering)
        return await self._writer.run(lambda db: db.run(ensure(offerings, db.dialect.name), row) > 0)

    async def change_offering(self, id: str, change: Callable[[Offering], Offering]) -> Offering | None:
        return await self._writer.run(lambda db: _change_offering(db, id, change))

    async def offering(self, id: str) -> Offering | None:
        return await self._reader.run(lambda db: _offering(db, id))

    async def offerings(self) -> Sequence[Offering]:
        return await self._reader.run(lambda db: [rows.offering_of(row) for row in db.all(sql.OFFERINGS, {})])

    async def memberships(self, account: str) -> Sequence[Membership]:
        return await self._reader.glance(lambda db: _memberships(db, account))

    async def members(self, offering: str) -> Sequence[Member]:
        return await self._reader.run(lambda db: members_of(db, offering))

    async def accounts(self, offering: str) -> Mapping[str, str | None]:
        found = await self._reader.run(lambda db: db.all(sql.ACCOUNTS, {"p_offering": offering}))
        return {row["id"]: row["account"] for row in found}

    async def enlist(self, offering: str, enlist: Enlist, at: datetime) -> Sequence[Joining]:
        return await self._writer.run(lambda db: _enlist(db, offering, enlist, at))

    async def override(self, offering: str, override: Override, *, by: str | None, at: datetime, why: str = "") -> None:
        await self.rule(offering, [(override, lambda _: override.fields)], by=by, at=at, why=why)

    async def rule(
        self, offering: str, changes: Sequence[Change], *, by: str | None, at: datetime, why: str = ""
    ) -> Sequence[Override]:
        reason = {"set_by": by, "set_at": at, "why": rows.storable(why)}
        return await self._writer.run(lambda db: _rule(db, offering, changes, reason))

    async def rulings(self, offering: str) -> Sequence[Ruling]:
        found = await self._reader.run(lambda db: db.all(sql.RULINGS, {"p_offering": offering}))
        return [Ruling(rows.override_of(r), r["set_by"], r["set_at"], r["why"] or "") for r in found]

    async def ruling_changes(self, offering: str, limit: int) -> Sequence[RulingChange]:
        asked = {"p_offering": offering, "p_limit": limit}
        found = await self._reader.run(lambda db: db.all(sql.RULING_CHANGES, asked))
        return list(map(rows.ruling_change_of, found))

    async def publish(
        self, publication: Publication, version: Version, bodies: Mapping[str, bytes], event: Event
    ) -> bool:
        return await self._writer.run(lambda db: _publish(db, publication, version, bodies, event))

    async def publications(self, offering: str) -> Sequence[Publication]:
        found = await self._reader.run(lambda db: db.all(sql.PUBLICATIONS, {"p_offering": offering}))
        return list(map(rows.publication_of, found))

    async def version(self, digest: str) -> Version | None:
        row = await self._reader.run(lambda db: db.one(sql.VERSION, {"p_digest": digest}))
        return None if row is None else Version(**row)

    async def course_files(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        return await self._reader.run(lambda db: _course_files(db, digests))

    async def unsubmitted(self, after: tuple[str, str, str], limit: int) -> Sequence[tuple[str, str, str]]:
        asked = {**_key(*after), "p_limit": limit}
        found = await self._reader.run(lambda db: db.all(sql.UNSUBMITTED, asked))
        return [(row["offering"], row["person"], row["exercise"]) for row in found]

    async def newest_draft(self, offering: str, person: str, exercise: str, until: datetime) -> Submission | None:
        asked = {**_key(offering, person, exercise), "p_until": until}
        row = await self._reader.run(lambda db: db.one(sql.NEWEST_DRAFT_UNTIL, asked))
        return None if row is None else rows.submission_of(row)

    async def dealt_with(self, offering: str, person: str, exercise: str) -> None:
        await self._writer.run(lambda db: db.run(sql.DEALT_WITH, _key(offering, person, exercise)))


def _key(offering: str, person: str, exercise: str) -> dict[str, Any]:
    return {"p_offering": offering, "p_person": person, "p_exercise": exercise}


def _offering(db: Db, id: str) -> Offering | None:
    row = db.one(sql.OFFERING, {"p_offering": id})
    return None if row is None else rows.offering_of(row)


def _change_offering(db: Db, id: str, change: Callable[[Offering], Offering]) -> Offering | None:
    db.hold(sql.HOLD_OFFERING, {"p_offering": id})
    before = _offering(db, id)
    if before is None:
        return None
    after = replace(change(before), id=before.id, course=before.course)
    db.run(sql.CHANGE_OFFERING, {"p_offering": id, **{f"p_{name}": getattr(after, name) for name in sql.CHANGEABLE}})
    _look_again(db, id)
    return after


def _memberships(db: Db, account: str) -> list[Membership]:
    """One account is in few offerings: sorted here, so that the statement needs no index for it."""
    found = db.all(sql.MEMBERSHIPS, {"p_account": account})
    ordered = sorted(found, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    return [_membership(db, row) for row in ordered]


def _membership(db: Db, row: Row) -> Membership:
    enrolment = rows.enrolment_of(row)
    if row["teamed"]:
        enrolment = replace(enrolment, teams=teams_of(db, enrolment.offering, enrolment.person))
    return Membership(rows.offering_of(row), enrolment, row["section"] or "")


def _enlist(db: Db, offering: str, enlist: Enlist, at: datetime) -> list[Joining]:
    db.hold(sql.HOLD_OFFERING, {"p_offering": offering})
    if _offering(db, offering) is None:
        raise KeyError(offering)
    joinings = list(enlist(members_of(db, offering)))
    for joining in joinings:
        _join(db, offering, joining, at)
    return joinings


def _join(db: Db, offering: str, joining: Joining, at: datetime) -> None:
    """The role that they held ends; of the same role again the first day stays."""
    person = classbook.person(db, offering, joining.account)
    if person is None and joining.role is not None:
        person = classbook.make_person(db, offering, joining.account)
    if person is None:
        return
    db.run(sql.END, {"p_offering": offering, "p_person": person, "p_at": at})
    if joining.role is not None:
        key = {"offering": offering, "person": person, "role": joining.role}
        db.run(ensure(enrolments, db.dialect.name), {**key, "created_at": at})
        since = db.scalar(sql.SINCE, {f"p_{name}": value for name, value in key.items()})
        row = {**key, "section": joining.section or None, "created_at": since, "ended_at": None}
        db.run(upsert(enrolments, db.dialect.name), row)


def _rule(db: Db, offering: str, changes: Sequence[Change], reason: Mapping[str, Any]) -> list[Override]:
    db.hold(sql.HOLD_OFFERING, {"p_offering": offering})
    after = [_rule_one(db, offering, where, change, reason) for where, change in changes]
    people = {where.person for where, _ in changes}
    for person in {""} if "" in people else people:
        _look_again(db, offering, person)
    return after


def _look_again(db: Db, offering: str, person: str = "") -> None:
    """Times may have changed, of one person or of all: so what is to be collected is looked for anew."""
    asked = {"p_offering": offering, **({"p_person": person} if person else {})}
    db.run(sql.look_again(db.dialect.name, one=bool(person)), asked)


def _rule_one(
    db: Db,
    offering: str,
    where: Override,
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    reason: Mapping[str, Any],
) -> Override:
    place = {"person": where.person, "section": where.section, "unit": where.unit, "exercise": where.exercise}
    key = {"offering": offering, **place}
    asked = {f"p_{name}": value for name, value in key.items()}
    row = db.one(sql.OVERRIDE, asked)
    before = None if row is None else dict(row["fields"])
    fields = dict(change(before or {}))
    if fields == (before or {}):
        return replace(where, fields=fields)
    if fields:
        db.run(upsert(overrides, db.dialect.name), {**key, "fields": fields, **reason})
    else:
        db.run(sql.REMOVE_OVERRIDE, asked)
    db.run(sql.ADD_RULING_CHANGE, {"id": new_id(), **key, "before": before, "fields": fields or None, **reason})
    return replace(where, fields=fields)


def _publish(db: Db, new: Publication, version: Version, bodies: Mapping[str, bytes], event: Event) -> bool:
    db.hold(sql.HOLD_OFFERING, {"p_offering": new.offering})
    if (db.scalar(sql.LAST_NUMBER, {"p_offering": new.offering}) or 0) != new.number - 1:
        return False
    for digest in sorted(bodies):
        db.run(ensure(course_files, db.dialect.name), {"digest": digest, "body": bodies[digest]})
    db.run(ensure(versions, db.dialect.name), rows.version_row(version))
    db.run(sql.ADD_PUBLICATION, rows.publication_row(new))
    add_events(db, [event])
    _look_again(db, new.offering)
    return True


def _course_files(db: Db, digests: Sequence[str]) -> dict[str, bytes]:
    found = {digest: db.scalar(sql.COURSE_FILE, {"p_digest": digest}) for digest in set(digests)}
    return {digest: bytes(body) for digest, body in found.items() if body is not None}
