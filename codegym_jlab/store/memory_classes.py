"""Classes in dicts: the part of `memory.MemoryStore` that knows offerings, people, overrides and versions.

No method awaits between reading and writing, so each is a transaction of its own on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from codegym_jlab.events.records import Event
from codegym_jlab.submission import State, Submission

from .ids import new_id
from .memory_teams import MemoryTeams
from .register import (
    Change,
    Enlist,
    Enrolment,
    Joining,
    Member,
    Membership,
    Offering,
    Override,
    Publication,
    Ruling,
    RulingChange,
    TeamRef,
    Version,
)
from .remembered import Kept, Posted

_Place = tuple[str, str, str, str, str]  #: offering, person, section, unit, exercise


class MemoryClasses(MemoryTeams):
    """Offerings, people, overrides and versions."""

    _kept: dict[str, Kept]
    _outbox: list[Posted]

    def __init__(self) -> None:
        super().__init__()
        self._offerings: dict[str, Offering] = {}
        self._people: dict[tuple[str, str], str] = {}  #: offering and account → person
        self._roles: dict[tuple[str, str, str], Member] = {}  #: offering, person and role
        self._rulings: dict[_Place, Ruling] = {}
        self._ruling_changes: dict[str, list[RulingChange]] = {}
        self._publications: dict[str, list[Publication]] = {}
        self._versions: dict[str, Version] = {}
        self._files: dict[str, bytes] = {}
        self._unsubmitted: set[tuple[str, str, str]] = set()

    async def make_offering(self, offering: Offering) -> bool:
        if offering.id in self._offerings:
            return False
        self._offerings[offering.id] = offering
        return True

    async def change_offering(self, id: str, change: Callable[[Offering], Offering]) -> Offering | None:
        before = self._offerings.get(id)
        if before is None:
            return None
        after = self._offerings[id] = replace(change(before), id=id, course=before.course)
        self._look_again(id)
        return after

    async def offering(self, id: str) -> Offering | None:
        return self._offerings.get(id)

    async def offerings(self) -> Sequence[Offering]:
        return [self._offerings[id] for id in sorted(self._offerings)]

    async def enrol(self, offering: Offering, user: str) -> Enrolment:
        kept = self._offerings.setdefault(offering.id, offering)
        if (kept.id, user) not in self._people:
            self._enlist_one(kept.id, Joining(user, "student"), datetime.now(UTC))
        return self._enrolment(kept, self._people[kept.id, user])

    def _enrolment(self, offering: Offering, person: str) -> Enrolment:
        published = self._publications.get(offering.id)
        version = published[-1].version if published else None
        holds = self._standing(offering.id, person)
        role = holds.role if holds else None
        times = offering.begins, offering.ends
        return Enrolment(offering.id, offering.course, person, offering.time_zone, version, role, *times)

    async def person(self, offering: str, user: str) -> str | None:
        return self._people.get((offering, user))

    async def make_person(self, offering: str, user: str) -> str:
        return self._people.setdefault((self._offerings[offering].id, user), new_id())

    async def enrolment(self, offering: str, person: str) -> Enrolment | None:
        team = self._teams.get(person)
        if team is not None and team.offering == offering:
            teams = {team.team.unit: TeamRef(person, team.team.name)}
            return replace(self._enrolment(self._offerings[offering], person), teams=teams)
        known = any(found == person and of == offering for (of, _), found in self._people.items())
        return self._enrolment(self._offerings[offering], person) if known else None

    async def memberships(self, account: str) -> Sequence[Membership]:
        mine = {offering: person for (offering, user), person in self._people.items() if user == account}
        found = [offering for offering in reversed(self._offerings.values()) if offering.id in mine]
        return [self._membership(offering, mine[offering.id]) for offering in found]

    def _membership(self, offering: Offering, person: str) -> Membership:
        holds = self._standing(offering.id, person)
        enrolment = replace(self._enrolment(offering, person), teams=self._teams_of(offering.id, person))
        return Membership(offering, enrolment, holds.section if holds else "")

    async def members(self, offering: str) -> Sequence[Member]:
        return self._members(offering)

    async def accounts(self, offering: str) -> Mapping[str, str | None]:
        return {person: user for (of, user), person in self._people.items() if of == offering}

    async def enlist(self, offering: str, enlist: Enlist, at: datetime) -> Sequence[Joining]:
        if offering not in self._offerings:
            raise KeyError(offering)
        joinings = list(enlist(self._members(offering)))
        for joining in joinings:
            self._enlist_one(offering, joining, at)
        return joinings

    def _enlist_one(self, offering: str, joining: Joining, at: datetime) -> None:
        person = self._people.get((offering, joining.account))
        if person is None and joining.role is not None:
            person = self._people.setdefault((offering, joining.account), new_id())
        if person is None:
            return
        holds = self._standing(offering, person)
        if holds is not None:
            self._roles[offering, person, holds.role] = replace(holds, ended_at=at)
        if joining.role is not None:
            before = self._roles.get((offering, person, joining.role))
            since = before.since if before else at
            member = Member(person, joining.account, joining.role, joining.section, since)
            self._roles[offering, person, joining.role] = member

    async def override(self, offering: str, override: Override, *, by: str | None, at: datetime, why: str = "") -> None:
        await self.rule(offering, [(override, lambda _: override.fields)], by=by, at=at, why=why)

    async def rule(
        self, offering: str, changes: Sequence[Change], *, by: str | None, at: datetime, why: str = ""
    ) -> Sequence[Override]:
        after = [self._rule(offering, where, change, by, at, why) for where, change in changes]
        self._look_again(offering)
        return after

    def _look_again(self, offering: str) -> None:
        sent = [kept.submission for kept in self._kept.values()]
        drafts = [s for s in sent if s.offering == offering and s.state is State.KEPT]
        self._unsubmitted.update((s.offering, s.person, s.exercise) for s in drafts)

    def _rule(
        self,
        offering: str,
        where: Override,
        change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        by: str | None,
        at: datetime,
        why: str,
    ) -> Override:
        key = (offering, where.person, where.section, where.unit, where.exercise)
        before = self._rulings[key].override if key in self._rulings else None
        fields = dict(change(before.fields if before else {}))
        after = replace(where, fields=fields)
        if fields == (before.fields if before else {}):
            return after
        self._rulings.pop(key, None)
        if fields:
            self._rulings[key] = Ruling(after, by, at, why)
        changes = self._ruling_changes.setdefault(offering, [])
        changes.append(RulingChange(before, after if fields else None, by, at, why))
        return after

    async def rulings(self, offering: str) -> Sequence[Ruling]:
        return [ruling for key, ruling in self._rulings.items() if key[0] == offering]

    async def ruling_changes(self, offering: str, limit: int) -> Sequence[RulingChange]:
        return self._ruling_changes.get(offering, [])[::-1][:limit]

    def _overriding(self, offering: str, person: str) -> tuple[Override, ...]:
        section = self._section(offering, person)
        return tuple(
            ruling.override
            for key, ruling in self._rulings.items()
            if key[0] == offering and key[1] in ("", person) and key[2] in ("", section)
        )

    async def publish(
        self, publication: Publication, version: Version, bodies: Mapping[str, bytes], event: Event
    ) -> bool:
        published = self._publications.setdefault(publication.offering, [])
        if len(published) != publication.number - 1:
            return False
        self._files = {**bodies, **self._files}
        self._versions.setdefault(version.digest, version)
        published.append(publication)
        self._outbox.append(Posted(event))
        self._look_again(publication.offering)
        return True

    async def publications(self, offering: str) -> Sequence[Publication]:
        return self._publications.get(offering, [])[::-1]

    async def version(self, digest: str) -> Version | None:
        return self._versions.get(digest)

    async def course_files(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        return {digest: self._files[digest] for digest in digests if digest in self._files}

    async def unsubmitted(self, after: tuple[str, str, str], limit: int) -> Sequence[tuple[str, str, str]]:
        return sorted(key for key in self._unsubmitted if key > after)[:limit]

    async def newest_draft(self, offering: str, person: str, exercise: str, until: datetime) -> Submission | None:
        place = (offering, person, exercise)
        drafts = [
            kept.submission
            for kept in self._kept.values()
            if kept.submission.state is State.KEPT and kept.submission.received_at <= until
        ]
        mine = [s for s in drafts if (s.offering, s.person, s.exercise) == place]
        return max(mine, key=lambda s: s.id, default=None)

    async def dealt_with(self, offering: str, person: str, exercise: str) -> None:
        self._unsubmitted.discard((offering, person, exercise))
