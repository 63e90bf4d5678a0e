"""Where an exercise is found, what holds there for a person, whose line it is: may an answer be accepted now?

A person stands in the offering of their class; else, on one's own computer, in `local:<course id>`, which is made when
a course is first opened. That one sees the course folder as it was read last; a class sees what was published for it,
nothing else. In an exercise of teams the line is the team's.
"""

import asyncio
import os
import shutil
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.course.snapshot import is_whole, thaw
from codegym_jlab.records import LOCAL, Kind, Submission, digest_of, frozen, is_local, iso, without_nulls
from codegym_jlab.store import Store
from codegym_jlab.store.base import Ledger, Ledgers, Progress, StoreUnavailable, Turn
from codegym_jlab.store.classes import Enrolment, Membership, Offering, Override, Team, Version

from ..course.policy import EffectivePolicy, Layer, Level, Part, PersonPolicy, Policy, RateLimit, merged, resolved
from .errors import (
    AttemptsUsedUp,
    Closed,
    CourseBroken,
    NotOpen,
    NotPublished,
    UnknownCourse,
    UnknownExercise,
    UnknownUnit,
)

KEPT = 16  #: versions in memory


@frozen
class UnitPlace:
    """A unit in its course, as they were read last, or one exercise of it."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise | None = None


@frozen
class Place(UnitPlace):
    """An exercise."""

    exercise: Exercise


def class_in(memberships: Iterable[Membership], course: str, now: datetime) -> Membership | None:
    """The class of this course that a person is in: one that goes on now rather than another, else the newest."""
    mine = [m for m in memberships if m.offering.course == course and m.role and not is_local(m.offering.id)]
    return max(mine, key=lambda m: goes_on(m.offering, now), default=None)


def goes_on(offering: Offering, now: datetime) -> bool:
    """True between its first and last day."""
    begun = offering.begins is None or offering.begins <= now
    return begun and (offering.ends is None or now <= offering.ends)


def local_offering(loaded: LoadedCourse) -> Offering:
    """The one offering of a course on a laptop, in the laptop's time zone."""
    id, contact = f"{LOCAL}{loaded.id}", loaded.head.contact
    return Offering(id, loaded.id, loaded.title, time_zone=local_time_zone(), contact=contact)


@cache
def local_time_zone() -> str:
    """The IANA name of this machine's time zone; UTC where it does not say."""
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        if name and is_zone(name):
            return name
    return "UTC"


def is_zone(name: str) -> bool:
    """It is a time zone of IANA's."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


class Versions:
    """One a server. `folder` is its own; None: one that goes with the process."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._scratch = ExitStack()
        self._loaded = OrderedDict[str, LoadedCourse]()
        self._reading = asyncio.Lock()

    async def course(self, digest: str) -> LoadedCourse:
        """The course of that version. Raises StoreUnavailable, and KeyError where it is not kept."""
        async with self._reading:
            if digest not in self._loaded:
                self._loaded[digest] = await self._read(digest)
            self._loaded.move_to_end(digest)
            while len(self._loaded) > KEPT:
                self._loaded.popitem(last=False)
            return self._loaded[digest]

    async def _read(self, digest: str) -> LoadedCourse:
        version = await self._store.version(digest)
        if version is None:
            raise KeyError(digest)
        folder = self._home / digest
        if await asyncio.to_thread(is_whole, folder, version.files):
            return replace(await asyncio.to_thread(load_course, folder), digest=digest)
        bodies = await self._store.course_files(list(version.files.values()))
        return await asyncio.to_thread(self._write, folder, version, bodies)

    @cached_property
    def _home(self) -> Path:
        return self._folder or Path(self._scratch.enter_context(TemporaryDirectory(prefix="codegym-versions-")))

    def close(self) -> None:
        """The folder goes, where it is not the server's."""
        self._scratch.close()

    def _write(self, folder: Path, version: Version, bodies: Mapping[str, bytes]) -> LoadedCourse:
        """In place of what was damaged, if there was something."""
        files = {path: bodies.get(name, b"") for path, name in version.files.items()}
        if any(digest_of(body) != version.files[path] for path, body in files.items()):
            said = "A file of the published course is damaged in the records. Publish the course again."
            raise StoreUnavailable(said)
        shutil.rmtree(folder, ignore_errors=True)
        return thaw(files, folder, version.digest)


@frozen
class Places:
    """Looks up courses, units and exercises by id."""

    catalogue: Catalogue
    versions: Versions

    def folder(self, id: str) -> LoadedCourse:
        """A course of the folder. Raises UnknownCourse, CourseBroken."""
        loaded = self.catalogue.courses.get(id)
        if loaded is None:
            raise UnknownCourse(course=id)
        if loaded.broken:
            raise CourseBroken(course=id)
        return loaded

    async def course(self, who: Enrolment) -> LoadedCourse:
        """The course as this person's offering holds it. Raises UnknownCourse, CourseBroken, NotPublished."""
        if is_local(who.offering):
            return self.folder(who.course)
        if who.version is None:
            raise NotPublished(course=who.course)
        return await self.version(who.version)

    async def version(self, digest: str) -> LoadedCourse:
        """A version that was published some time. Raises CourseBroken."""
        loaded = await self.versions.course(digest)
        if loaded.broken:
            raise CourseBroken(course=loaded.id)
        return loaded

    async def unit(self, who: Enrolment, id: str) -> tuple[LoadedCourse, Unit]:
        """Raises UnknownUnit, and as `course` does."""
        loaded = await self.course(who)
        return loaded, unit_in(loaded, id)

    async def exercise(self, who: Enrolment, id: str) -> Place:
        """Raises UnknownExercise, and as `course` does."""
        return place_in(await self.course(who), id)

    async def received(self, sent: Submission, who: Enrolment) -> Place:
        """Where it is judged: in the version that was in force when it was received. Raises as `exercise` does."""
        loaded = await self.course(who) if sent.version is None else await self.version(sent.version)
        return place_in(loaded, sent.exercise)

    async def shown(self, sent: Submission, who: Enrolment) -> Place:
        """Where it is looked at: as the course is now, and where that has no such exercise any more, as it was then."""
        try:
            return await self.exercise(who, sent.exercise)
        except UnknownExercise:
            return await self.received(sent, who)


def unit_in(loaded: LoadedCourse, id: str) -> Unit:
    """Raises UnknownUnit."""
    try:
        return loaded.unit(id)
    except KeyError:
        raise UnknownUnit(unit=id) from None


def place_in(loaded: LoadedCourse, exercise: str) -> Place:
    """Raises UnknownExercise."""
    try:
        return Place(loaded, *loaded.find(exercise))
    except KeyError:
        raise UnknownExercise(exercise=exercise) from None


@frozen
class Situation:
    """Where a person, or the team they answer with, stands in an exercise, and the policy that holds there."""

    place: Place
    policy: EffectivePolicy
    progress: Progress
    owner: Enrolment  #: the person, or the team whose line it is


def situation_at(place: Place, owner: Enrolment, ledger: Ledger) -> Situation:
    """By the records of the owner there."""
    policy = policy_for(place, owner, ledger.overrides, ledger.opened_at)
    return Situation(place, policy, ledger.progress, owner)


async def situation_for(store: Store, place: Place, owner: Enrolment) -> Situation:
    """The same, by what the records hold now."""
    ledger = await store.ledger(owner.offering, owner.person, place.unit.id, place.exercise.id)
    return situation_at(place, owner, ledger)


async def situation_of(
    store: Store, sent: Submission, find: Callable[[Submission, Enrolment], Awaitable[Place]]
) -> Situation:
    """Where a submission stands, in the place that `find` gives. Raises what that does."""
    owner = await store.enrolment(sent.offering, sent.person)
    assert owner is not None, "foreign keys hold"
    return await situation_for(store, await find(sent, owner), owner)


def policy_for(
    at: UnitPlace, enrolment: Enrolment, overrides: Iterable[Override], opened_at: datetime | None
) -> EffectivePolicy:
    """What holds for this person there."""
    layers = layers_for(at, enrolment, overrides)
    return resolved(merged(layer.policy for layer in layers), enrolment.time_zone, opened_at)


def layers_for(at: UnitPlace, enrolment: Enrolment, overrides: Iterable[Override]) -> list[Layer]:
    """Every place that has a say in it, the weakest first: of equal rank the course, then the unit, then the exercise.

    Unless anything else says otherwise, all of a class opens with its first day and is due on its last.
    """
    dates = {"opens": enrolment.begins, "due": enrolment.ends}
    term = Policy(**without_nulls(dates))
    layers = [Layer("term", "course", term)] if term.model_fields_set else []
    layers += [Layer("yaml", "course", at.loaded.head.policy), Layer("yaml", "unit", at.unit.policy)]
    layers += [Layer("yaml", "exercise", at.exercise.policy)] if at.exercise is not None else []
    id = at.exercise.id if at.exercise is not None else None
    rows = [row for row in overrides if (row.exercise == id if row.exercise else row.unit in ("", at.unit.id))]
    for row in sorted(rows, key=lambda row: [bool(at) for at in (row.person, row.section, row.exercise, row.unit)]):
        level: Level = "student" if row.person else "section" if row.section else "offering"
        part: Part = "exercise" if row.exercise else "unit" if row.unit else "course"
        model = PersonPolicy if row.person else Policy
        layers.append(Layer(level, part, model.model_validate(row.fields)))
    return layers


def admit(kind: Kind, policy: EffectivePolicy, ledger: Ledger, now: datetime) -> None:
    """Raises NotOpen, Closed or AttemptsUsedUp where this may not be accepted at `now`.

    A try is always taken once it is open. The same source again costs no attempt, and is answered with none left.
    """
    if not policy.is_open(now):
        raise NotOpen(policy.opens)
    if kind is not Kind.SUBMIT:
        return
    if policy.is_closed(now):
        raise Closed(due=iso(policy.closes))
    used, limit = ledger.progress.attempts, policy.attempts
    if limit is not None and not ledger.repeat and used + ledger.waiting >= limit:
        judging = "No attempts left. Your last one is still being judged. You can still check." if used < limit else ""
        raise AttemptsUsedUp(judging, used=used, max=limit, left=0)


def owner_at(at: UnitPlace, who: Enrolment, overrides: Iterable[Override]) -> Enrolment:
    """Whose line it is there: the person's own, or their team's."""
    team = who.teams.get(at.unit.id)
    if team is None or not by_teams(at, who, overrides):
        return who
    return replace(who, person=team.id, teams={at.unit.id: team})


def by_teams(at: UnitPlace, who: Enrolment, overrides: Iterable[Override]) -> bool:
    """Teams answer it: in the course's YAML, or as it is set for the whole class; for no one person or section."""
    return class_policy(at, who, overrides).owner == "team"


def class_policy(at: UnitPlace, who: Enrolment, overrides: Iterable[Override]) -> EffectivePolicy:
    """What holds in the class of `who` for all of whom nothing is said alone or by section."""
    for_all = [one for one in overrides if not one.person and not one.section]
    return policy_for(at, who, for_all, None)


@frozen
class Share:
    """What the records hold of an owner in a whole offering: a person, or one of their teams."""

    who: Enrolment
    ledgers: Ledgers

    def policy(self, at: UnitPlace) -> EffectivePolicy:
        """What holds there for the owner."""
        return policy_for(at, self.who, self.ledgers.overrides, self.ledgers.openings.get(at.unit.id))


@frozen
class Shares:
    """All that stands for a person: their own, and by owner their own and that of each team they are in."""

    own: Share
    each: Mapping[str, Share]

    def at(self, at: UnitPlace) -> Share:
        """What stands there."""
        return self.each[owner_at(at, self.own.who, self.own.ledgers.overrides).person]


@frozen
class Owners:
    """Asked by the grading manager. All of it raises StoreUnavailable."""

    store: Store

    async def at(self, who: Enrolment, place: Place) -> Enrolment:
        """Who owns what this person sends there."""
        return (await self.each(who, place.loaded, place.unit, [place.exercise]))[0]

    async def each(
        self, who: Enrolment, loaded: LoadedCourse, unit: Unit, exercises: Sequence[Exercise | None]
    ) -> list[Enrolment]:
        """The same for each of these of a unit; None is the unit itself."""
        if unit.id not in who.teams:
            return [who] * len(exercises)
        ledger = await self.store.ledger(who.offering, who.person, unit.id, "")
        return [owner_at(UnitPlace(loaded, unit, exercise), who, ledger.overrides) for exercise in exercises]

    async def shares(self, who: Enrolment) -> Shares:
        """Their own records and their teams'."""
        owners = [who, *(replace(who, person=team.id, teams={unit: team}) for unit, team in who.teams.items())]
        each = {owner.person: Share(owner, await self.store.ledgers(owner.offering, owner.person)) for owner in owners}
        return Shares(each[who.person], each)

    async def may_see(self, user: str, sent: Submission) -> bool:
        """They own it, sent it, or are in the team that owns it."""
        at = sent.offering, user  # the first look is short, and enough for nearly all
        mine = await self.store.person(*at) in (sent.person, sent.submitter)
        return mine or sent.person in await ids_of(self.store, *at)

    async def find_sent(self, who: Enrolment, idempotency_key: str) -> str | None:
        """The submission that this person sent under a key, for themselves or for a team."""
        for owner in (who.person, *(team.id for team in who.teams.values())):
            found = await self.store.find_sent(who.offering, owner, idempotency_key)
            if found is not None:
                return found
        return None


async def ids_of(store: Store, offering: str, account: str) -> set[str]:
    """Under which an account stands in an offering: its person's, and those of the teams that they are in."""
    every = (one.enrolment for one in await store.memberships(account) if one.offering.id == offering)
    return {id for one in every for id in (one.person, *(team.id for team in one.teams.values()))}


async def team_named(store: Store, offering: str, unit: str, name: str) -> Team | None:
    """The team of a unit."""
    return next((team for team in await store.teams(offering) if (team.unit, team.name) == (unit, name)), None)


async def exercises_of_teams(store: Store, loaded: LoadedCourse, offering: str) -> dict[str, str]:
    """Exercise → unit, of those that teams answer in a class; none where no team was made."""
    if not await store.teams(offering):
        return {}
    overrides = await store.overrides(offering)
    anyone = Enrolment(offering, loaded.id, "")
    every = (Place(loaded, unit, exercise) for unit in loaded.units for exercise in unit.exercises)
    return {at.exercise.id: at.unit.id for at in every if by_teams(at, anyone, overrides)}


def turn_of(rate: RateLimit, full_at: datetime | None, now: datetime) -> Turn:
    """The turn of a new source that came at `now`. `full_at`: what the turn before left; None: there was none."""
    one = timedelta(seconds=rate.per_s / rate.sources)
    full_at = now if full_at is None else max(full_at, now)
    free_at = full_at - one * (rate.sources - 1)
    return Turn(free_at if free_at > now else None, full_at + one)
