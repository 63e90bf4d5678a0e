"""Teams in every store: who is in which, what they own, and how they are added up and erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from contract.stored import whole

from codegym_jlab.records import Kind, State, Submission
from codegym_jlab.store import Store
from codegym_jlab.store.base import Erasure, Progress, Step, StoreUnavailable
from codegym_jlab.store.classes import Grouping, Joining, Member, Offering, Override, Standstill, Team

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
CLASS = Offering("autumn", "basics", "Basics")
SHARED = {"sum-even": "loops"}


class Room:
    """A class of three, with ways to put them into teams."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people: dict[str, str] = {}

    async def fill(self) -> None:
        await self.store.make_offering(CLASS)
        joinings = [Joining("ana", "student", "A"), Joining("ben", "student", "A"), Joining("cem", "student", "B")]
        await self.store.enlist(CLASS.id, lambda members: joinings, NOON)
        self.people = {m.account or "": m.person for m in await self.store.members(CLASS.id)}

    async def group(self, unit: str = "loops", at: timedelta = timedelta(), **teams: str | None) -> None:
        groupings = [Grouping(self.people[name], unit, team) for name, team in teams.items()]
        await self.store.regroup(CLASS.id, lambda teams, members: groupings, NOON + at)

    async def team(self, name: str, unit: str = "loops") -> Team:
        (found,) = [team for team in await self.store.teams(CLASS.id) if (team.unit, team.name) == (unit, name)]
        return found

    async def desk(self, account: str, owner: str) -> Desk:
        (mine,) = await self.store.memberships(account)
        return Desk(self.store, CLASS, replace(mine.enrolment, person=owner))

    async def sent(self, account: str, team: Team, source: str = "AC", score: float = 2.0) -> Submission:
        """Something that the team handed in, judged."""
        desk = await self.desk(account, team.id)
        sent = desk.send(source, submitter=self.people[account])
        await desk.accept(sent)
        await handed_in(desk, sent, score)
        return sent


async def handed_in(desk: Desk, sent: Submission, score: float) -> None:
    """Judged, and counted."""
    line = desk.line(submitted_at=NOON, submission=sent.id, score=score, max_score=2.0, attempts=1)
    line = replace(line, counting_submission=sent.id, counting_at=NOON, counting_score=score)
    await desk.store.record(sent, desk.judge(sent), lambda before, faults: Step(State.JUDGED, line, 1))


@pytest.fixture
async def room(store: Store) -> Room:
    made = Room(store)
    await made.fill()
    return made


async def test_a_student_is_in_one_team_of_a_unit_at_a_time(room: Room) -> None:
    await room.group(ana="red", ben="red", cem="blue")
    await room.group("later", ana="blue")
    red, blue = await room.team("red"), await room.team("blue")
    assert red.members == tuple(sorted([room.people["ana"], room.people["ben"]]))
    (ana,) = await room.store.memberships("ana")
    assert {unit: team.name for unit, team in ana.enrolment.teams.items()} == {"loops": "red", "later": "blue"}
    assert ana.enrolment.teams["loops"].id == red.id and (await room.team("blue", "later")).id != blue.id
    await room.group(ana="blue", ben=None, at=timedelta(hours=1))
    assert (await room.team("red")).members == ()
    assert (await room.team("blue")).members == (room.people["cem"], room.people["ana"])
    (ben,) = await room.store.memberships("ben")
    assert ben.enrolment.teams == {}


async def test_what_is_refused_inside_changes_nothing(room: Room) -> None:
    await room.group(ana="red")

    def refuse(teams: Sequence[Team], members: Sequence[Member]) -> Sequence[Grouping]:
        assert [team.name for team in teams] == ["red"] and len(members) == 3
        raise LookupError

    with pytest.raises(LookupError):
        await room.store.regroup(CLASS.id, refuse, NOON)
    with pytest.raises(KeyError):
        await room.store.regroup("nowhere", lambda teams, members: [], NOON)
    assert (await room.team("red")).members == (room.people["ana"],)


async def test_a_team_gets_another_name_unless_one_has_it(room: Room) -> None:
    await room.group(ana="red", ben="blue")
    red = await room.team("red")
    assert not await room.store.rename_team(CLASS.id, red.id, "blue")
    assert await room.store.rename_team(CLASS.id, red.id, "green") and (await room.team("green")).id == red.id
    with pytest.raises(KeyError):
        await room.store.rename_team(CLASS.id, room.people["ana"], "black")


async def test_a_team_owns_what_a_member_sends(room: Room) -> None:
    await room.group(ana="red", ben="red")
    red = await room.team("red")
    sent = await room.sent("ana", red)
    found = await room.store.find(sent.id)
    assert found is not None
    assert (found.submission.person, found.submission.submitter) == (red.id, room.people["ana"])
    who = await room.store.enrolment(CLASS.id, red.id)
    assert who is not None and (who.person, who.team, who.course) == (red.id, "red", "basics")
    assert list((await room.store.ledgers(CLASS.id, red.id)).progress) == ["sum-even"]
    assert not (await room.store.ledgers(CLASS.id, room.people["ana"])).progress


async def test_a_sections_dates_hold_for_a_team_that_is_all_in_it(room: Room) -> None:
    await room.store.rule(CLASS.id, [whole(Override({"attempts": 3}, section="A"))], by=None, at=NOON)
    await room.group(ana="red", ben="red", cem="blue")
    red, blue = await room.team("red"), await room.team("blue")

    async def overrides(team: Team) -> list[str]:
        return [one.section for one in (await room.store.ledger(CLASS.id, team.id, "loops", "sum-even")).overrides]

    assert await overrides(red) == ["A"] and await overrides(blue) == []
    await room.group(cem="red")
    assert await overrides(red) == [], "they are in two sections"


async def test_each_member_has_the_teams_line_where_teams_answer(room: Room) -> None:
    store, people = room.store, room.people
    await room.group(ana="red", ben="red")
    await room.sent("ana", await room.team("red"), score=1.5)
    alone = await room.desk("ana", people["ana"])
    own = alone.send("mine")
    await alone.accept(own)
    await handed_in(alone, own, 0.5)
    units = {"sum-even": "loops"}
    tallies = {one.person: one.points for one in await store.tallies(CLASS.id, units, None, SHARED)}
    assert tallies == {people["ana"]: 1.5, people["ben"]: 1.5}
    assert {one.person: one.points for one in await store.tallies(CLASS.id, units)} == {people["ana"]: 0.5}
    assert {one.person for one in await store.tallies(CLASS.id, units, "B", SHARED)} == set()
    (tally,) = await store.exercise_tallies(CLASS.id, None, SHARED)
    assert tally.handed_in == 2
    beside = replace(alone.send("mine"), exercise="own-way")
    await alone.accept(beside)
    line = replace(alone.line(submitted_at=NOON, submission=beside.id, score=1.0, attempts=1), exercise="own-way")
    line = replace(line, counting_submission=beside.id, counting_at=NOON, counting_score=1.0)
    await store.record(beside, alone.judge(beside), lambda before, faults: Step(State.JUDGED, line, 1))
    both = await store.tallies(CLASS.id, units | {"own-way": "loops"}, "A", SHARED)
    assert {one.person: (one.handed_in, one.points) for one in both} == {
        people["ana"]: (2, 2.5),
        people["ben"]: (1, 1.5),
    }
    counts = {one.exercise: one.handed_in for one in await store.exercise_tallies(CLASS.id, "A", SHARED)}
    assert counts == {"sum-even": 2, "own-way": 1}
    stuck = {one.person: one for one in await store.standstills(CLASS.id, None, SHARED)}
    assert isinstance(stuck[people["ben"]], Standstill) and stuck.keys() == {people["ana"], people["ben"]}
    assert stuck[people["ben"]].sends == 1
    await room.group(ben=None)
    assert {one.person for one in await store.tallies(CLASS.id, units, None, SHARED)} == {people["ana"]}


async def test_the_newest_of_own_and_team_lines_is_where_a_member_stands(room: Room) -> None:
    store, people = room.store, room.people
    await room.group(ana="red", ben="red")
    red = (await room.team("red")).id

    async def send(account: str, owner: str, exercise: str, hours: int, solved: bool = False) -> None:
        desk = replace(await room.desk(account, owner), exercise=exercise)
        sent = desk.send(f"{exercise} {hours}", submitter=people[account], received_at=NOON + timedelta(hours=hours))
        await desk.accept(sent)
        line = desk.line(submitted_at=sent.received_at, submission=sent.id, score=1.0, attempts=1, solved=solved)
        await store.record(sent, desk.judge(sent), lambda before, faults: Step(State.JUDGED, line, 1))

    async def stuck(section: str | None = None) -> dict[str, tuple[str, int]]:
        found = await store.standstills(CLASS.id, section, SHARED)
        return {next(name for name in people if people[name] == one.person): (one.exercise, one.sends) for one in found}

    await send("ana", people["ana"], "sum-even", 9)  # alone, in what the team answers: it is not asked
    await send("ben", red, "sum-even", 1)
    await send("ana", people["ana"], "own-way", 1)  # as late: the first by name
    await send("ben", people["ben"], "own-way", 0)
    await send("cem", people["cem"], "sum-even", 1)  # in no team
    late = Joining("dan", "student", "D")  # whose id is greater than the team's
    await store.enlist(CLASS.id, lambda members: [late], NOON)
    people["dan"] = next(m.person for m in await store.members(CLASS.id) if m.account == "dan")
    await room.group(dan="red")
    await send("dan", people["dan"], "own-way", 0)
    assert await stuck("D") == {"dan": ("sum-even", 1)}
    await room.group(dan=None)
    await store.enlist(CLASS.id, lambda members: [Joining("dan", None)], NOON)
    of_a = {"ana": ("own-way", 1), "ben": ("sum-even", 1)}
    assert await stuck() == of_a | {"cem": ("sum-even", 1)}
    assert await stuck("A") == of_a
    await send("ana", red, "sum-even", 2)
    assert await stuck("A") == {"ana": ("sum-even", 2), "ben": ("sum-even", 2)}
    await send("ben", red, "sum-even", 3, solved=True)
    assert await stuck() == {"cem": ("sum-even", 1)}
    await send("ben", people["ben"], "own-way", 4)
    assert await stuck("A") == {"ben": ("own-way", 2)}


async def erase(room: Room, account: str) -> None:
    assert await room.store.erase(Erasure(CLASS.id, room.people[account], NOON, "root", "asked"))


async def test_erasing_a_member_keeps_the_teams_work_and_the_last_one_takes_it(room: Room) -> None:
    store = room.store
    await room.group(ana="red", ben="red")
    red = await room.team("red")
    sent = await room.sent("ana", red, source="ours")
    desk = await room.desk("ana", red.id)
    draft = desk.send("begun", kind=Kind.DRAFT, state=State.KEPT, submitter=room.people["ana"])
    assert await store.keep([draft])
    await erase(room, "ana")
    kept, begun = await store.find(sent.id), await store.find(draft.id)
    assert kept is not None and kept.submission.source == "ours"
    assert begun is not None and begun.submission.source == "", "what was not handed in goes with who wrote it"
    assert (await store.accounts(CLASS.id)).get(kept.submission.submitter) is None
    with pytest.raises(StoreUnavailable):
        await desk.accept(desk.send("late", submitter=room.people["ana"]))
    await erase(room, "ben")
    gone = await store.find(sent.id)
    assert gone is not None and gone.submission.source == ""
    (line,) = (await store.ledgers(CLASS.id, red.id)).progress.values()
    assert isinstance(line, Progress) and line.score == 2.0, "scores stay"


async def test_what_was_sent_for_a_team_is_found_with_its_sender(room: Room) -> None:
    await room.group(ana="red", ben="red")
    red = await room.team("red")
    sent = await room.sent("ana", red)
    await room.group(ana="blue")
    assert list(await room.store.sent_by(CLASS.id, room.people["ana"])) == [sent.id]
    assert list(await room.store.sent_by(CLASS.id, room.people["ben"])) == []


async def moves(room: Room, account: str) -> list[tuple[str, str | None, str | None, str | None, str]]:
    """Unit, teams before and after by name, who did it and why."""
    names = {team.id: team.name for team in await room.store.teams(CLASS.id)}
    found = await room.store.team_moves(CLASS.id, room.people[account])
    return [
        (m.unit, m.before and names[m.before], m.after and names[m.after], m.moved_by, m.why)
        for m in found
        if m.person == room.people[account]
    ]


async def test_each_move_keeps_who_when_and_why(room: Room) -> None:
    prof = await room.store.make_person(CLASS.id, "prof")

    async def move(hours: int, why: str, **teams: str | None) -> None:
        groupings = [Grouping(room.people[name], "loops", team) for name, team in teams.items()]
        at = NOON + timedelta(hours=hours)
        await room.store.regroup(CLASS.id, lambda now, members: groupings, at, by=prof, why=why)

    await move(0, "", ana="red", ben="red")
    await move(1, "they asked", ana="red", ben="blue")
    await move(2, "moved away", ben=None, cem=None)
    await move(3, "is back", ben="red")
    assert await moves(room, "ana") == [("loops", None, "red", prof, "")], "who stays where they are has not moved"
    assert await moves(room, "ben") == [
        ("loops", None, "red", prof, ""),
        ("loops", "red", "blue", prof, "they asked"),
        ("loops", "blue", None, prof, "moved away"),
        ("loops", None, "red", prof, "is back"),
    ]
    assert await moves(room, "cem") == []
    at = [move.moved_at for move in await room.store.team_moves(CLASS.id, room.people["ben"])]
    assert at == [NOON + timedelta(hours=hours) for hours in range(4)]
    assert (await room.team("red")).members == (room.people["ana"], room.people["ben"])


async def test_erasing_takes_the_reason_and_leaves_the_move(room: Room) -> None:
    groupings = [Grouping(room.people[name], "loops", "red") for name in ("ana", "ben")]
    await room.store.regroup(CLASS.id, lambda now, members: groupings, NOON, why="both ill, wrote ana")
    await erase(room, "ana")
    assert await moves(room, "ana") == [("loops", None, "red", None, "")]
    assert await moves(room, "ben") == [("loops", None, "red", None, "both ill, wrote ana")]


async def test_a_learning_platform_gets_scores_of_each_member(store: Store) -> None:
    room = Room(store)
    await room.fill()
    await room.group(ana="blue", ben="blue")
    blue = await room.team("blue")
    assert not await store.lti_bound(CLASS.id, "there")
    await store.lti_bind(CLASS.id, "there", "items")
    await store.lti_know(CLASS.id, "there", {"ana": "u-1", "ben": "u-2", "cem": "u-3", "nobody": "u-4"})
    await store.lti_know(CLASS.id, "elsewhere", {"ana": "v-1"})  # a course that no instructor bound
    assert await store.lti_bound(CLASS.id, "there")
    assert sorted(one.user for one in await store.lti_learners(CLASS.id, blue.id)) == ["u-1", "u-2"]
    assert [one.user for one in await store.lti_learners(CLASS.id, room.people["cem"])] == ["u-3"]
    await store.erase(Erasure(CLASS.id, room.people["cem"], NOON, "prof", "asked"))
    assert await store.lti_learners(CLASS.id, room.people["cem"]) == []
    assert await store.lti_known(CLASS.id, "there") == {"u-1": "ana", "u-2": "ben"}
    until = NOON + timedelta(minutes=5)
    assert [await store.lti_once("nonce", NOON, until) for _ in range(2)] == [True, False]
    assert await store.lti_once("nonce", until + timedelta(seconds=1), until)  # what is over is not kept
