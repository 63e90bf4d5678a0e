"""May it be accepted now? What holds for a person in an exercise, whose line it is, and how fast they may send.

A person stands in the offering of their class; else, on one's own computer, in `local:<course id>`, which is made when
a course is first opened. In an exercise of teams the line is the team's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.records import Kind, Submission, frozen, iso
from codegym_jlab.store import Store
from codegym_jlab.store.base import Ledger, Ledgers, Progress, Turn
from codegym_jlab.store.classes import Enrolment, Override, Team

from ..course.policy import EffectivePolicy, Layer, Level, Part, PersonPolicy, Policy, RateLimit, merged, resolved
from .errors import AttemptsUsedUp, Closed, NotOpen
from .places import Place


@frozen
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
    loaded: LoadedCourse, unit: Unit, exercise: Exercise | None, enrolment: Enrolment, overrides: Iterable[Override]
) -> list[Layer]:
    """Every place that has a say in it, the weakest first: of equal rank the course, then the unit, then the exercise.

    Unless anything else says otherwise, all of a class opens with its first day and is due on its last.
    """
    dates = {"opens": enrolment.begins, "due": enrolment.ends}
    term = Policy(**{name: at for name, at in dates.items() if at is not None})
    layers = [Layer("term", "course", term)] if term.model_fields_set else []
    layers += [Layer("yaml", "course", loaded.head.policy), Layer("yaml", "unit", unit.policy)]
    layers += [Layer("yaml", "exercise", exercise.policy)] if exercise is not None else []
    rows = [row for row in overrides if _holds_at(row, unit, exercise)]
    for row in sorted(rows, key=lambda row: [bool(at) for at in (row.person, row.section, row.exercise, row.unit)]):
        level: Level = "student" if row.person else "section" if row.section else "offering"
        part: Part = "exercise" if row.exercise else "unit" if row.unit else "course"
        model = PersonPolicy if row.person else Policy
        layers.append(Layer(level, part, model.model_validate(row.fields)))
    return layers


def _holds_at(row: Override, unit: Unit, exercise: Exercise | None) -> bool:
    if row.exercise:
        return exercise is not None and row.exercise == exercise.id
    return row.unit in ("", unit.id)


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


@frozen
class Share:
    """What the records hold of an owner in a whole offering: a person, or one of their teams."""

    who: Enrolment
    ledgers: Ledgers


@frozen
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
        return [owner_at(loaded, unit, exercise, who, ledger.overrides) for exercise in exercises]

    async def shares(self, who: Enrolment) -> Shares:
        """Their own records and their teams'."""
        teams = {
            unit: await self._share(replace(who, person=team.id, teams={unit: team}))
            for unit, team in who.teams.items()
        }
        return Shares(await self._share(who), teams)

    async def _share(self, who: Enrolment) -> Share:
        return Share(who, await self.store.ledgers(who.offering, who.person))

    async def may_see(self, user: str, sent: Submission) -> bool:
        """They own it, sent it, or are in the team that owns it."""
        if await self.store.person(sent.offering, user) in (sent.person, sent.submitter):
            return True
        mine = await self.store.memberships(user)
        teams = (m.enrolment.teams.values() for m in mine if m.offering.id == sent.offering)
        return any(team.id == sent.person for found in teams for team in found)

    async def find_sent(self, who: Enrolment, idempotency_key: str) -> str | None:
        """The submission that this person sent under a key, for themselves or for a team."""
        for owner in (who.person, *(team.id for team in who.teams.values())):
            found = await self.store.find_sent(who.offering, owner, idempotency_key)
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
    every = ((unit, exercise) for unit in loaded.units for exercise in unit.exercises)
    return {one.id: unit.id for unit, one in every if by_teams(loaded, unit, one, anyone, overrides)}


def turn_of(rate: RateLimit, full_at: datetime | None, now: datetime) -> Turn:
    """The turn of a new source that came at `now`. `full_at`: what the turn before left; None: there was none."""
    one = timedelta(seconds=rate.per_s / rate.sources)
    full_at = now if full_at is None else max(full_at, now)
    free_at = full_at - one * (rate.sources - 1)
    return Turn(free_at if free_at > now else None, full_at + one)
