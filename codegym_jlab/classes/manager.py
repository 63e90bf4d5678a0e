"""Running a class: who is in it as what, and what policy holds for whom. What each role may do is decided here.

Nothing is remembered between two calls: what one instructor changes, the next request of anyone sees.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy, PersonPolicy, Policy, iso_duration
from codegym_jlab.grading.admission import (
    Places,
    UnitPlace,
    is_zone,
    layers_for,
    owner_at,
    place_in,
    policy_for,
    team_named,
    unit_in,
)
from codegym_jlab.grading.regrade import recount_exercises
from codegym_jlab.store import Store
from codegym_jlab.store.classes import (
    ROLES,
    Change,
    Enrolment,
    FieldsChange,
    Joining,
    Member,
    Offering,
    Override,
    Publication,
    Ruling,
    RulingChange,
)

from ..grading.errors import (
    LastInstructor,
    NeedsReasonFor,
    NotAllowed,
    NothingToMark,
    OfferingTaken,
    Refused,
    TeamAnswers,
    TooManyPoints,
    UnfitOffering,
    UnfitPolicy,
    UnknownExercise,
    UnknownOffering,
    UnknownPerson,
    UnknownSection,
    UnknownTeam,
)
from ..records import Clock, Json, frozen, is_local, plain, some, utc_now
from .policy_overrides import Extension, Field, checked, clearing, conditions_in, explained, setting
from .reports import course_of

ADMIN = "admin"
#: What holds for the whole class alone, and why.
FOR_ALL = {
    "owner": "Who answers holds for the whole class. Whoever is to answer alone is in no team.",
    "markers": "Who marks holds for the whole class.",
}
READS = frozenset({"grader", "instructor", ADMIN})
CHANGES = frozenset({"instructor", ADMIN})


@frozen
class Actor:
    """Who does it: an account, and the roles that it holds besides those in the records (`admin`: of the site)."""

    account: str
    roles: frozenset[str] = frozenset()


@frozen
class Scope:
    """What an override is for: a unit or exercise (neither: the course); of a person, section or team (none: all)."""

    account: str = ""
    section: str = ""
    unit: str = ""
    exercise: str = ""
    team: str = ""  #: by name, of the unit or the exercise's


@frozen
class Enlisted:
    """What becomes of one account. No `after`: it leaves; the same before and after: nothing."""

    account: str
    before: tuple[str, ...] | None  #: role, section and, where there is one, name
    after: tuple[str, ...] | None

    @property
    def changes(self) -> bool:
        """Something is to be done."""
        return self.before != self.after

    def as_json(self) -> Json:
        """One line of `--json` and of HTTP's answer."""
        keys = "role", "section", "name"
        before, after = (p and dict(zip(keys, p, strict=False)) for p in (self.before, self.after))
        return {"account": self.account, "before": before, "after": after, "changes": self.changes}


@frozen
class ClassPage:
    """A class at a glance."""

    offering: Offering
    members: tuple[Member, ...]  #: those who are in it now
    published: Publication | None

    @property
    def roles(self) -> dict[str, int]:
        """How many there are of each."""
        return {role: sum(m.role == role for m in self.members) for role in ROLES}

    def as_json(self) -> Json:
        """For the command line and over HTTP."""
        students = Counter(m.section for m in self.members if m.role == "student")  # none: under the empty text
        sections = [{"section": name, "students": count} for name, count in sorted(students.items())]
        newest = self.published
        held = {"publication": newest and newest.number, "version": newest and newest.version}
        return {**plain(self.offering), "people": self.roles, "sections": sections, **held}


@frozen
class Held:
    """The policy that holds for a person in a unit or an exercise."""

    policy: EffectivePolicy
    fields: tuple[Field, ...]
    opened_at: datetime | None
    time_zone: str

    def as_json(self) -> Json:
        """Defaults and clock filled in, and each field with the place that set it."""
        policy = self.policy
        names = "opens due in_time_until closes attempts count owner unsubmitted feedback tutor time_factor"
        duration = None if policy.duration is None else iso_duration(policy.duration)
        return {**plain(self, "policy"), "holds": {**some(policy, names), "duration": duration}}


@frozen
class Names:
    """Whose an id of an offering is, and what was done there as JSON, by whom; an account is null once erased."""

    accounts: Mapping[str, str | None]
    teams: Mapping[str, str]

    def owner(self, id: str) -> Json:
        """The account of a person, or the name of a team."""
        return {"account": self.accounts.get(id), "team": self.teams.get(id)}

    def _set(self, override: Override, by: Ruling | RulingChange) -> Json:
        """For whom and where something was set, by whom, when and why."""
        return {
            "account": self.accounts.get(override.person) if override.person else None,
            "section": override.section or None,
            "team": self.teams.get(override.person),
            "unit": override.unit or None,
            "exercise": override.exercise or None,
            "person": override.person or None,
            "set_by": self.accounts.get(by.set_by or ""),
            **some(by, "set_at why"),
        }

    def ruling_json(self, ruling: Ruling) -> Json:
        """An override that stands."""
        return {**self._set(ruling.override, ruling), "fields": dict(ruling.override.fields)}

    def ruling_change_json(self, change: RulingChange) -> Json:
        """What was set or taken away."""
        where = change.after or change.before
        assert where is not None, "one of them is there"
        before, after = (None if one is None else dict(one.fields) for one in (change.before, change.after))
        return {**self._set(where, change), "before": before, "after": after}

    def publication_json(self, publication: Publication) -> Json:
        """A version that was published for a class."""
        return {**plain(publication, "offering"), "published_by": self.accounts.get(publication.published_by or "")}


@frozen
class ClassManager:
    """One a process, over the same records as the grading manager. Every method says first who asks."""

    store: Store
    places: Places
    clock: Clock = utc_now

    # -- offerings ---------------------------------------------------------------------------------

    async def offerings(self, actor: Actor) -> list[Offering]:
        """Those that the actor may look into: all for an admin. Raises StoreUnavailable, as everything here does."""
        if ADMIN in actor.roles:
            return list(await self.store.offerings())
        return [m.offering for m in await self.store.memberships(actor.account) if m.role in READS]

    async def make(self, actor: Actor, offering: Offering, instructors: Iterable[str] = ()) -> Offering:
        """A new class, for admins. Raises NotAllowed, UnfitOffering, OfferingTaken."""
        if ADMIN not in actor.roles:
            raise NotAllowed(roles="admins")
        _refuse_unfit(offering)
        if is_local(offering.id):
            raise UnfitOffering("An id that begins with `local:` is that of a computer's own; give the class another.")
        if not await self.store.make_offering(offering):
            raise OfferingTaken(offering=offering.id)
        joinings = [Joining(account, "instructor") for account in instructors]
        await self.store.enlist(offering.id, lambda members: joinings, self.clock())
        return offering

    async def change(self, actor: Actor, offering: str, fields: Json) -> Offering:
        """Title, term, time zone, contact, first and last day. Raises NotAllowed, UnknownOffering, UnfitOffering."""
        await self.allow(actor, offering, CHANGES)

        def change(before: Offering) -> Offering:
            after = replace(before, **fields)
            _refuse_unfit(after)
            return after

        return await self.store.change_offering(offering, change)

    async def page(self, actor: Actor, offering: str) -> ClassPage:
        """Raises NotAllowed, UnknownOffering."""
        found = await self.allow(actor, offering, READS)
        members = [m for m in await self.store.members(offering) if m.ended_at is None]
        published = await self.store.publications(offering)
        return ClassPage(found, tuple(members), published[0] if published else None)

    # -- people ------------------------------------------------------------------------------------

    async def members(self, actor: Actor, offering: str) -> Sequence[Member]:
        """Everyone who is or was in it. Raises NotAllowed, UnknownOffering."""
        await self.allow(actor, offering, READS)
        return await self.store.members(offering)

    async def person(self, actor: Actor, offering: str, account: str, *, whole: bool = False) -> Enrolment:
        """Whose records an instructor may erase: a student's. An admin: anyone's, and read the `whole` of them, too.

        Raises NotAllowed, UnknownOffering, UnknownPerson.
        """
        found = await self.allow(actor, offering, frozenset({ADMIN}) if whole else CHANGES)
        who = await self._person(found, account)
        if ADMIN not in actor.roles and who.role in READS:
            raise NotAllowed(roles="admins")
        return who

    async def acts(self, actor: Actor, offering: str, after: str = "", limit: int = 500) -> list[Json]:
        """A page of what staff did in it, the newest first. Raises NotAllowed, UnknownOffering."""
        await self.allow(actor, offering, CHANGES)
        return await self.store.acts(offering, after, limit)

    async def names(self, actor: Actor, offering: str) -> Names:
        """Of all who ever did anything in it, and of its teams. Raises NotAllowed, UnknownOffering."""
        await self.allow(actor, offering, READS)
        teams = {team.id: team.name for team in await self.store.teams(offering)}
        return Names(await self.store.accounts(offering), teams)

    async def enlist(
        self,
        actor: Actor,
        offering: str,
        joinings: Sequence[Joining],
        *,
        leave_others: bool = False,
        dry_run: bool = False,
    ) -> list[Enlisted]:
        """Enrol, move and let go, all or nothing; returns what became of each, or what would.

        `leave_others`: students who are not named leave. What was done by who leaves stays, and is theirs again if they
        come back. Raises NotAllowed, UnknownOffering, LastInstructor.
        """
        await self.allow(actor, offering, CHANGES)
        told: list[Enlisted] = []

        def enlist(members: Sequence[Member]) -> Sequence[Joining]:
            names = {m.account: m.name for m in members}
            now = (m for m in members if m.ended_at is None)
            standing = {m.account: _place(m.role, m.section, m.name) for m in now if m.account}
            named = {j.account for j in joinings}
            left = [a for a, (role, *_) in standing.items() if leave_others and role == "student" and a not in named]
            wanted = [*joinings, *(Joining(account, None) for account in left)]
            after = (_place(j.role, j.section, j.name or names.get(j.account)) if j.role else None for j in wanted)
            told[:] = [
                Enlisted(j.account, standing.get(j.account), place) for j, place in zip(wanted, after, strict=True)
            ]
            if ADMIN not in actor.roles:
                _refuse_without_instructor(standing, told)
            changing = {one.account for one in told if one.changes}
            return [] if dry_run else [j for j in wanted if j.account in changing]

        await self.store.enlist(offering, enlist, self.clock())
        return told

    # -- policy ------------------------------------------------------------------------------------

    async def rulings(self, actor: Actor, offering: str) -> list[Json]:
        """All overrides that stand. Raises NotAllowed, UnknownOffering."""
        names = await self.names(actor, offering)
        return [names.ruling_json(one) for one in await self.store.rulings(offering)]

    async def ruling_changes(self, actor: Actor, offering: str) -> list[Json]:
        """What was set and taken away, the newest first. Raises NotAllowed, UnknownOffering."""
        names = await self.names(actor, offering)
        return [names.ruling_change_json(one) for one in await self.store.ruling_changes(offering, 1000)]

    async def set_policy(self, actor: Actor, offering: str, scope: Scope, fields: Json, why: str = "") -> Override:
        """These fields, beside those that are set there; from the next request on. `null` lifts a bound.

        Raises UnfitPolicy, NeedsReason, UnknownUnit, UnknownExercise, UnknownPerson, UnknownSection, NotAllowed, ….
        """
        written = checked(fields, PersonPolicy if scope.account or scope.team else Policy)
        if written.get("mark") is not None or written.get("excused"):
            await self._refuse_mark(await self.allow(actor, offering, CHANGES), scope, written.get("mark"))
        for field in sorted(FOR_ALL.keys() & written) if scope.account or scope.section or scope.team else ():
            raise UnfitPolicy(FOR_ALL[field], field=field)
        drop = written.get("drop_lowest") or {}
        if drop and (scope.team or (scope.exercise and "units" in drop)):
            text = "It is set for the class, a section or a student; units are dropped from the course, or one stays."
            raise UnfitPolicy(text, field="drop_lowest")
        return await self._rule(actor, offering, scope, written, setting(written), why)

    async def clear_policy(
        self, actor: Actor, offering: str, scope: Scope, names: Sequence[str] = (), why: str = ""
    ) -> Override:
        """These fields are no longer set there; all of them, where none is named. Raises as `set_policy` does."""
        return await self._rule(actor, offering, scope, names, clearing(names), why)

    async def _rule(
        self, actor: Actor, offering: str, scope: Scope, names: Collection[str], change: FieldsChange, why: str
    ) -> Override:
        found = await self.allow(actor, offering, CHANGES)
        where = await self._where(found, scope)

        def reasoned(before: Mapping[str, Any]) -> Mapping[str, Any]:
            after = change(before)
            _refuse_without_reason([n for n in {*before, *after} if before.get(n) != after.get(n)], why)
            return after

        (changed,) = await self._write(actor, offering, [(where, reasoned)], why)
        if where.person and where.exercise and ("mark" in names or not names):
            who, at = await self._at(found, scope)
            assert at.exercise is not None, "the scope names it"
            by, why, now = actor.account, why.strip(), self.clock()
            await recount_exercises(
                self.store, at.loaded, who, [at.exercise], by=by, why=why, now=now, allow_lower=True
            )
        return changed

    async def _refuse_mark(self, offering: Offering, scope: Scope, mark: float | None) -> None:
        """No `mark`: it is excused. Raises UnfitPolicy, NothingToMark, TeamAnswers."""
        if mark is not None and not scope.exercise:
            raise UnfitPolicy("A mark is set for one exercise. Name it.", field="mark")
        if not (scope.exercise or scope.unit):
            return
        who, at = await self._alone(offering, scope)
        if mark is None:
            return
        if at.exercise is not None and mark > at.exercise.points:
            raise TooManyPoints(points=at.exercise.points, mark=mark, field="mark")
        line = (await self.store.ledgers(offering.id, who.person)).progress.get(scope.exercise)
        if line is None or line.submission is None:
            raise NothingToMark("There is no answer here to set a mark for. You can excuse it instead.")

    async def extend(self, actor: Actor, offering: str, scope: Scope, extension: Extension, why: str) -> list[Override]:
        """More time for one person in a unit (and in those of its exercises that have other times) or an exercise.

        What came too late for the former time counts by the new one. Raises NothingToExtend, and as `set_policy` does.
        """
        found = await self.allow(actor, offering, CHANGES)
        _refuse_without_reason(["due"], why)
        who, at = await self._alone(found, scope)
        ledger = await self.store.ledger(offering, who.person, at.unit.id, "")
        changes = extension.changes(who, at, ledger.overrides, ledger.opened_at)
        written = await self._write(actor, offering, changes, why)
        own = at.unit.exercises if at.exercise is None else [at.exercise]
        await recount_exercises(self.store, at.loaded, who, own, by=actor.account, why=why.strip(), now=self.clock())
        return list(written)

    async def _write(self, actor: Actor, offering: str, changes: Sequence[Change], why: str) -> Sequence[Override]:
        by = await self.store.make_person(offering, actor.account)
        return await self.store.rule(offering, changes, by=by, at=self.clock(), why=why.strip())

    async def held(self, actor: Actor, offering: str, scope: Scope) -> Held:
        """What holds for a person now in a unit or an exercise, and where each field of it comes from.

        Raises UnknownPerson, UnknownUnit, UnknownExercise, NotPublished, NotAllowed, UnknownOffering.
        """
        found = await self.allow(actor, offering, READS)
        who, at = await self._at(found, scope)
        ledger = await self.store.ledger(offering, who.person, at.unit.id, at.exercise.id if at.exercise else "")
        policy = policy_for(at, who, ledger.overrides, ledger.opened_at)
        layers = layers_for(at, who, ledger.overrides)
        return Held(policy, tuple(explained(layers)), ledger.opened_at, who.time_zone)

    async def course(self, offering: str) -> LoadedCourse:
        """What it holds now, whoever asks. Raises as `course_of` does."""
        return await course_of(self.store, self.places, offering)

    # -- who may, and where ------------------------------------------------------------------------

    async def allow(self, actor: Actor, offering: str, roles: frozenset[str]) -> Offering:
        """The offering. Raises NotAllowed; UnknownOffering, for admins alone."""
        held = set(actor.roles)
        if ADMIN not in held:
            held |= {
                m.role for m in await self.store.memberships(actor.account) if m.offering.id == offering and m.role
            }
        if not held & roles:
            raise NotAllowed(roles={CHANGES: "instructors", READS: "staff"}.get(roles, "admins"))
        found = await self.store.offering(offering)
        if found is None:
            raise UnknownOffering(offering=offering)
        return found

    async def may(self, actor: Actor, offering: str, roles: frozenset[str]) -> bool:
        """Whether `allow` lets them."""
        try:
            return bool(await self.allow(actor, offering, roles))
        except Refused:
            return False

    async def _where(self, offering: Offering, scope: Scope) -> Override:
        """The place of an override, whose parts all have to be there."""
        person = (await self._whose(offering, scope)).person if scope.account or scope.team else ""
        if scope.section:
            await students_in(self.store, offering.id, scope.section)
        if scope.unit or scope.exercise:
            _find(await self.course(offering.id), scope)
        return Override({}, "" if scope.exercise else scope.unit, scope.exercise, person, scope.section)

    async def _at(self, offering: Offering, scope: Scope) -> tuple[Enrolment, UnitPlace]:
        """For whom it holds there: the person, or the team that they answer with."""
        who = await self._whose(offering, scope)
        at = _find(await self.places.course(who), scope)
        return owner_at(at, who, await self.store.overrides(offering.id)), at

    async def _alone(self, offering: Offering, scope: Scope) -> tuple[Enrolment, UnitPlace]:
        """The same, where a person who is named answers alone. Raises TeamAnswers."""
        found = await self._at(offering, scope)
        if scope.account and found[0].team is not None:
            raise TeamAnswers(account=scope.account, team=found[0].team)
        return found

    async def _whose(self, offering: Offering, scope: Scope) -> Enrolment:
        """Raises UnknownPerson, UnknownTeam, UnknownUnit, UnknownExercise."""
        if not scope.team:
            return await self._person(offering, scope.account)
        unit = _find(await self.course(offering.id), scope).unit
        team = await team_named(self.store, offering.id, unit.id, scope.team)
        found = await self.store.enrolment(offering.id, team.id) if team is not None else None
        if found is None:
            raise UnknownTeam(team=scope.team, unit=unit.id)
        return found

    async def _person(self, offering: Offering, account: str) -> Enrolment:
        found = next((m.enrolment for m in await self.store.memberships(account) if m.offering.id == offering.id), None)
        if found is None:
            raise UnknownPerson(account=account)
        return found


async def students_in(store: Store, offering: str, section: str) -> set[str]:
    """The persons of a section. Raises UnknownSection: a name that is mistyped would bind nobody, seen by nobody."""
    students = [m for m in await store.members(offering) if m.is_student]
    found = {m.person for m in students if m.section == section}
    if not found:
        known = ", ".join(sorted({m.section for m in students if m.section})) or "none"
        text = f"No student of this class is in a section {section!r}. There are: {known}."
        raise UnknownSection(text, section=section)
    return found


def _place(role: str, section: str, name: str | None) -> tuple[str, ...]:
    return (role, section, name) if name else (role, section)


def _refuse_without_instructor(standing: Mapping[str, tuple[str, ...]], told: Sequence[Enlisted]) -> None:
    after = {**standing, **{one.account: one.after for one in told}}
    before, left = (any(place and place[0] == "instructor" for place in of.values()) for of in (standing, after))
    if before and not left:
        raise LastInstructor


def _refuse_without_reason(names: Iterable[str], why: str) -> None:
    if not why.strip() and (conditions := conditions_in(names)):
        raise NeedsReasonFor(conditions=", ".join(conditions), fields=conditions)


def _refuse_unfit(offering: Offering) -> None:
    if not is_zone(offering.time_zone):
        said = f"{offering.time_zone!r} is no time zone. Write one as Europe/Berlin or America/New_York."
        raise UnfitOffering(said, field="time_zone")
    if offering.begins is not None and offering.ends is not None and offering.ends <= offering.begins:
        raise UnfitOffering("The last day lies before the first.", field="ends")


def _find(loaded: LoadedCourse, scope: Scope) -> UnitPlace:
    """Raises UnknownUnit, UnknownExercise."""
    if scope.exercise:
        place = place_in(loaded, scope.exercise)
        if scope.unit not in ("", place.unit.id):
            raise UnknownExercise(exercise=scope.exercise)
        return place
    return UnitPlace(loaded, unit_in(loaded, scope.unit))
