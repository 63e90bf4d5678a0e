"""Who owns an answer, the policy that holds for them, and whether the answer may be accepted now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy, Layer, Level, Part, Policy, RateLimit, merged, resolved
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.records import Kind, Submission, iso
from codegym_jlab.store.base import Ledger, Ledgers, Progress, Store, Turn
from codegym_jlab.store.classes import Enrolment, Override, Team

from .errors import AttemptsUsedUp, Closed, NotOpen


@dataclass(frozen=True, slots=True)
class Place:
    """An exercise in its unit and course, as they were read last."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a person, or the team they answer with, stands in an exercise, and the policy that holds there."""

    place: Place
    policy: EffectivePolicy
    progress: Progress
    owner: Enrolment  #: the person, or the team whose line it is


def policy_at(place: Place, enrolment: Enrolment, ledger: Ledger) -> EffectivePolicy:
    """What holds for this person in this exercise."""
    return policy_for(place.loaded, place.unit, place.exercise, enrolment, ledger.overrides, ledger.opened_at)


def policy_for(
    loaded: LoadedCourse,
    unit: Unit,
    exercise: Exercise | None,
    enrolment: Enrolment,
    overrides: Iterable[Override],
    opened_at: datetime | None,
) -> EffectivePolicy:
    """What holds for this person in an exercise, or in a unit where that is None."""
    layers = layers_for(loaded, unit, exercise, enrolment, overrides)
    return resolved(merged(layer.policy for layer in layers), enrolment.time_zone, opened_at)


def layers_for(
    loaded: LoadedCourse,
    unit: Unit,
    exercise: Exercise | None,
    enrolment: Enrolment,
    overrides: Iterable[Override],
) -> list[Layer]:
    """Every place that has a say in it, the weakest first: of equal rank the course, then the unit, then the exercise.

    Unless anything else says otherwise, all of a class opens with its first day and is due on its last.
    """
    assert loaded.course is not None
    dates = {"opens": enrolment.begins, "due": enrolment.ends}
    term = Policy(**{name: at for name, at in dates.items() if at is not None})
    layers = [Layer("term", "course", term)] if term.model_fields_set else []
    layers += [Layer("yaml", "course", loaded.course.policy), Layer("yaml", "unit", unit.policy)]
    layers += [Layer("yaml", "exercise", exercise.policy)] if exercise is not None else []
    rows = [row for row in overrides if _holds_at(row, unit, exercise)]
    levels: tuple[Level, ...] = ("offering", "section", "student")
    parts: tuple[Part, ...] = ("course", "unit", "exercise")
    for level in levels:
        for part in parts:
            fields = [row.fields for row in rows if (_level_of(row), _part_of(row)) == (level, part)]
            layers += [Layer(level, part, Policy.model_validate(one)) for one in fields]
    return layers


def _holds_at(row: Override, unit: Unit, exercise: Exercise | None) -> bool:
    if row.exercise:
        return exercise is not None and row.exercise == exercise.id
    return row.unit in ("", unit.id)


def _level_of(row: Override) -> Level:
    return "student" if row.person else "section" if row.section else "offering"


def _part_of(row: Override) -> Part:
    return "exercise" if row.exercise else "unit" if row.unit else "course"


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


def owner_at(
    loaded: LoadedCourse, unit: Unit, exercise: Exercise | None, who: Enrolment, overrides: Iterable[Override]
) -> Enrolment:
    """Whose line it is in an exercise, or in the unit where that is None: the person's own, or their team's."""
    team = who.teams.get(unit.id)
    if team is None or not by_teams(loaded, unit, exercise, who, overrides):
        return who
    return replace(who, person=team.id, teams={unit.id: team})


def by_teams(
    loaded: LoadedCourse, unit: Unit, exercise: Exercise | None, who: Enrolment, overrides: Iterable[Override]
) -> bool:
    """Teams answer it: in the course's YAML, or as it is set for the whole class; for no one person or section."""
    for_all = [one for one in overrides if not one.person and not one.section]
    return policy_for(loaded, unit, exercise, who, for_all, None).owner == "team"


@dataclass(frozen=True, slots=True)
class Share:
    """What the records hold of an owner in a whole offering: a person, or one of their teams."""

    who: Enrolment
    ledgers: Ledgers


@dataclass(frozen=True, slots=True)
class Shares:
    """All that stands for a person: their own, and that of each team they are in, by unit."""

    own: Share
    teams: Mapping[str, Share]

    def at(self, loaded: LoadedCourse, unit: Unit, exercise: Exercise | None) -> Share:
        """What stands there."""
        team = self.teams.get(unit.id)
        if team is None or not by_teams(loaded, unit, exercise, self.own.who, self.own.ledgers.overrides):
            return self.own
        return team


class Owners:
    """Asked by the grading manager. All of it raises StoreUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def at(self, who: Enrolment, place: Place) -> Enrolment:
        """Who owns what this person sends there."""
        return (await self.each(who, place.loaded, place.unit, [place.exercise]))[0]

    async def each(
        self, who: Enrolment, loaded: LoadedCourse, unit: Unit, exercises: Sequence[Exercise | None]
    ) -> list[Enrolment]:
        """The same for each of these of a unit; None is the unit itself."""
        if unit.id not in who.teams:
            return [who] * len(exercises)
        ledger = await self._store.ledger(who.offering, who.person, unit.id, "")
        return [owner_at(loaded, unit, exercise, who, ledger.overrides) for exercise in exercises]

    async def shares(self, who: Enrolment) -> Shares:
        """Their own records and their teams'."""
        teams = {
            unit: await self._share(replace(who, person=team.id, teams={unit: team}))
            for unit, team in who.teams.items()
        }
        return Shares(await self._share(who), teams)

    async def _share(self, who: Enrolment) -> Share:
        return Share(who, await self._store.ledgers(who.offering, who.person))

    async def may_see(self, user: str, sent: Submission) -> bool:
        """They own it, sent it, or are in the team that owns it."""
        if await self._store.person(sent.offering, user) in (sent.person, sent.submitter):
            return True
        mine = await self._store.memberships(user)
        teams = (m.enrolment.teams.values() for m in mine if m.offering.id == sent.offering)
        return any(team.id == sent.person for found in teams for team in found)

    async def find_sent(self, who: Enrolment, idempotency_key: str) -> str | None:
        """The submission that this person sent under a key, for themselves or for a team."""
        for owner in (who.person, *(team.id for team in who.teams.values())):
            found = await self._store.find_sent(who.offering, owner, idempotency_key)
            if found is not None:
                return found
        return None


async def team_named(store: Store, offering: str, unit: str, name: str) -> Team | None:
    """The team of a unit."""
    return next((team for team in await store.teams(offering) if (team.unit, team.name) == (unit, name)), None)


async def exercises_of_teams(store: Store, loaded: LoadedCourse, offering: str) -> dict[str, str]:
    """Exercise → unit, of those that teams answer in a class; none where no team was made."""
    if not await store.teams(offering):
        return {}
    overrides = [ruling.override for ruling in await store.rulings(offering)]
    anyone = Enrolment(offering, loaded.id, "")
    units = loaded.course.units if loaded.course else ()
    return {
        exercise.id: unit.id
        for unit in units
        for exercise in unit.exercises
        if by_teams(loaded, unit, exercise, anyone, overrides)
    }


#: What took no longer is released at once, in seconds.
AT_ONCE_S = 0.25
RELEASES_S = (1.0, 4.0, 16.0)


def turn_of(rate: RateLimit, full_at: datetime | None, now: datetime) -> Turn:
    """The turn of a new source that came at `now`. `full_at`: what the turn before left; None: there was none."""
    one = timedelta(seconds=rate.per_s / rate.sources)
    full_at = now if full_at is None else max(full_at, now)
    free_at = full_at - one * (rate.sources - 1)
    return Turn(free_at if free_at > now else None, full_at + one)


def released_after(took_s: float, total_s: float) -> float:
    """Seconds after its beginning at which a judgement is released that took `took_s` of at most `total_s`."""
    if took_s <= AT_ONCE_S:
        return took_s
    return min((at for at in (*RELEASES_S, total_s) if at >= took_s), default=took_s)


@dataclass(frozen=True, slots=True)
class Holding:
    """Holds judgements back. `timer` gives seconds that never go back; a test whose time stands still has its own."""

    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def hold(self, began: float, took_s: float, total_s: float) -> None:
        """Return when the judgement that began at `began` (of `timer`) may be known."""
        rest = began + released_after(took_s, total_s) - self.timer()
        if took_s > AT_ONCE_S and rest > 0:
            await self.sleep(rest)
