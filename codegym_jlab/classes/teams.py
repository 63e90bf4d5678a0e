"""Teams of a class: who answers a unit together. Who may look or change is said by `classes.manager`."""

from collections.abc import Mapping, Sequence

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.admission import exercises_of_teams, team_named, unit_in
from codegym_jlab.store import Store
from codegym_jlab.store.classes import Grouping, Member, Team

from ..grading.errors import NeedsReason, NotStudents, TeamNameTaken, UnknownTeam
from ..records import Json, frozen, plain
from .manager import CHANGES, READS, Actor, ClassManager


@frozen
class Grouped:
    """What becomes of one student in one unit: the names of the teams before and after."""

    account: str
    unit: str
    before: str | None
    after: str | None

    @property
    def changes(self) -> bool:
        """Something is to be done."""
        return self.before != self.after

    def as_json(self) -> Json:
        """One line of `--json` and of HTTP's answer."""
        return {**plain(self), "changes": self.changes}


@frozen
class TeamPage:
    """A team as staff see it."""

    team: str  #: its name
    unit: str
    id: str  #: as the owner of what it sent
    members: tuple[str | None, ...]  #: their accounts; None: erased
    answers: bool  #: teams answer an exercise of its unit, by the policy


@frozen
class TeamManager:
    """One a process, beside the class manager. Everything raises NotAllowed, UnknownOffering, StoreUnavailable."""

    store: Store
    classes: ClassManager

    async def teams(self, actor: Actor, offering: str) -> list[TeamPage]:
        """All that were ever made, by unit and name. Raises as `Places.course` does."""
        await self.classes.allow(actor, offering, READS)
        teams = await self.store.teams(offering)
        if not teams:
            return []
        names = await self.store.accounts(offering)
        loaded = await self.classes.course(offering)
        answered = set((await exercises_of_teams(self.store, loaded, offering)).values())
        return [
            TeamPage(team.name, team.unit, team.id, tuple(map(names.get, team.members)), team.unit in answered)
            for team in teams
        ]

    async def group(
        self,
        actor: Actor,
        offering: str,
        units: Sequence[str],
        placings: Mapping[str, str | None],
        why: str = "",
        *,
        leave_others: bool = False,
        dry_run: bool = False,
    ) -> list[Grouped]:
        """Put students into teams of these units, all or nothing; returns what became of each, or what would.

        `placings`: the team of each account; None: in none. `leave_others`: whoever is not named leaves their team.
        What was sent stays the team's that it was sent for.
        Who did it, when and why is kept of each. Raises UnknownUnit, NotStudents, NeedsReason where a score changes,
        and as `Places.course` does.
        """
        await self.classes.allow(actor, offering, CHANGES)
        loaded = await self.classes.course(offering)
        for unit in units:
            unit_in(loaded, unit)
        why = why.strip()
        if not (why or dry_run):
            people = _students(await self.store.members(offering))
            known = {account: team for account, team in placings.items() if account in people}
            moves = _told(await self.store.teams(offering), people, units, known, leave_others)
            await self._refuse_unsaid(loaded, offering, people, moves)
        told: list[Grouped] = []

        def regroup(teams: Sequence[Team], members: Sequence[Member]) -> Sequence[Grouping]:
            people = _students(members)
            if strangers := [account for account in placings if account not in people]:
                named = ", ".join(dict.fromkeys(strangers))
                raise NotStudents(
                    f"Not among the students of this class: {named}. Enrol them first.", accounts=strangers
                )
            told[:] = _told(teams, people, units, placings, leave_others)
            return [] if dry_run else [Grouping(people[o.account], o.unit, o.after) for o in told if o.changes]

        by = None if dry_run else await self.store.make_person(offering, actor.account)
        await self.store.regroup(offering, regroup, self.classes.clock(), by=by, why=why)
        return told

    async def _refuse_unsaid(
        self, loaded: LoadedCourse, offering: str, people: Mapping[str, str], moves: Sequence[Grouped]
    ) -> None:
        """Raises NeedsReason where somebody's score changes: theirs or a team's, in what teams answer."""
        shared = await exercises_of_teams(self.store, loaded, offering)
        ids = {(team.unit, team.name): team.id for team in await self.store.teams(offering)}
        for one in moves:
            names = (one.before, one.after) if one.changes else ()
            owners = {ids.get((one.unit, name)) if name else people[one.account] for name in names}
            for owner in owners - {None}:
                lines = (await self.store.ledgers(offering, str(owner))).progress
                if any(line.submitted_at and shared.get(exercise) == one.unit for exercise, line in lines.items()):
                    text = f"Say why: with the team, the score of {one.account} in {one.unit} changes."
                    raise NeedsReason(text, fields=["team"], account=one.account, unit=one.unit)

    async def rename(self, actor: Actor, offering: str, unit: str, team: str, name: str) -> None:
        """Another name for a team; what it did is its own still. Raises UnknownTeam, TeamNameTaken."""
        await self.classes.allow(actor, offering, CHANGES)
        found = await team_named(self.store, offering, unit, team)
        if found is None:
            raise UnknownTeam(team=team, unit=unit)
        if not await self.store.rename_team(offering, found.id, name):
            raise TeamNameTaken(team=name, unit=unit)


def _students(members: Sequence[Member]) -> dict[str, str]:
    return {m.account: m.person for m in members if m.is_student and m.account is not None}


def _told(
    teams: Sequence[Team],
    people: Mapping[str, str],
    units: Sequence[str],
    placings: Mapping[str, str | None],
    leave_others: bool,
) -> list[Grouped]:
    standing = {(person, team.unit): team.name for team in teams for person in team.members}
    after = {**(dict.fromkeys(people) if leave_others else {}), **placings}
    told = [
        Grouped(who, unit, standing.get((people[who], unit)), team) for unit in units for who, team in after.items()
    ]
    return [one for one in told if one.account in placings or one.changes]
