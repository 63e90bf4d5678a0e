"""Teams: who owns what is sent, what each member sees, and that two who send at once share the attempts."""

from __future__ import annotations

import asyncio
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from codegym_jlab.classes.gradebook import LONG, gradebook
from codegym_jlab.classes.history import past_of
from codegym_jlab.classes.manager import Scope
from codegym_jlab.classes.policy_overrides import Extension
from codegym_jlab.classes.reports import Survey
from codegym_jlab.classes.teams import TeamManager
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading import errors
from codegym_jlab.grading.regrade import Regrading
from codegym_jlab.privacy import Shelves, pack
from codegym_jlab.receipts import Signer
from codegym_jlab.records import CODE_SUBMITTED, Judgement, State, Submission, Verdict
from codegym_jlab.store.classes import Joining
from codegym_jlab.tutor.manager import TutorManager

from .conftest import ScriptedJudge, judgement
from .test_classroom import ANA, EVE, ID, PROF, TIM, School, school  # noqa: F401

pytestmark = pytest.mark.anyio
COURSE, LOOPS = Scope(), Scope(unit="loops")


@pytest.fixture
async def teams(school: School) -> TeamManager:  # noqa: F811
    """Ana and Ben are the team red in loops, which teams answer; Cem is in none."""
    made = TeamManager(school.store, school.classes)
    await school.classes.enlist(PROF, ID, [Joining("cem", "student", "A")])
    await made.group(PROF, ID, ["loops"], {"ana": "red", "ben": "red"})
    await school.rule(LOOPS, owner="team", attempts=3)
    return made


async def standing(school: School, account: str, exercise: str = "sum-even") -> dict[str, Any]:  # noqa: F811
    return (await school.manager.standing(await school.who(account), exercise)).as_json()


async def test_what_one_member_sends_counts_for_each(school: School, teams: TeamManager) -> None:  # noqa: F811
    sent = await school.send("WA 0.5", "ana")
    used = sent.standing.attempts
    assert (sent.standing.team, used and used.used) == ("red", 1)
    await school.send("AC 2", "ben")
    for account in ("ana", "ben"):
        seen = await standing(school, account)
        assert (seen["team"], seen["counting"]["score"], seen["attempts"]["left"]) == ("red", 2, 1)
    course = await school.manager.course_standing(await school.who("ben"))
    assert (course.points, course.done) == (2, 1)
    alone = await standing(school, "cem")
    assert (alone["team"], alone["status"], alone["attempts"]["used"]) == (None, "not_started", 0)
    assert sent.submission.submitter == (await school.who("ana")).person != sent.submission.person


async def test_both_may_see_it_and_nobody_else(school: School, teams: TeamManager) -> None:  # noqa: F811
    sent = (await school.send("AC 2", "ana")).submission.id
    for account in ("ana", "ben"):
        assert (await school.manager.outcome(account, sent)).submission.id == sent
    with pytest.raises(errors.UnknownSubmission):
        await school.manager.outcome("cem", sent)
    await teams.group(PROF, ID, ["loops"], {"ben": None}, "he asked")
    with pytest.raises(errors.UnknownSubmission):
        await school.manager.outcome("ben", sent)


async def test_two_who_send_at_once_share_the_attempts(school: School, teams: TeamManager) -> None:  # noqa: F811
    school.judge.hold = asyncio.Event()
    sends = [asyncio.create_task(school.send(f"WA {i}", who)) for i, who in enumerate(["ana", "ben"] * 3)]
    while not school.judge.judged:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    school.judge.hold.set()
    told = await asyncio.gather(*sends, return_exceptions=True)
    refused = [one for one in told if isinstance(one, errors.AttemptsUsedUp)]
    assert (len(told) - len(refused), len(refused)) == (3, 3)
    assert (await standing(school, "ben"))["attempts"] == {"used": 3, "max": 3, "left": 0}


async def test_who_goes_to_another_team_leaves_the_work_where_it_was(
    school: School,  # noqa: F811
    teams: TeamManager,
) -> None:
    await school.send("AC 2", "ana")
    await teams.group(PROF, ID, ["loops"], {"ben": "blue"}, "they quarrelled")
    assert (await standing(school, "ben"))["counting"] is None
    assert (await standing(school, "ana"))["counting"]["score"] == 2
    await school.send("WA 0.5", "ben")
    book = await gradebook(school.store, await school.manager.course(await school.who("ana")), ID)
    rows = {row[0]: row[2] for row in book.wide()}
    assert (rows["ana"], rows["ben"], rows["cem"]) == (2.0, 0.5, None)


async def test_each_member_is_told_the_teams_score_in_lists_and_exports(
    school: School,  # noqa: F811
    teams: TeamManager,
) -> None:
    await school.send("WA 1.5", "ana")
    page = await Survey(school.store, school.classes.places, school.clock).progress(ID)
    assert {row.account: row.points for row in page.rows} == {"ana": 1.5, "ben": 1.5, "cem": 0}
    book = await gradebook(school.store, await school.manager.course(await school.who("ana")), ID)
    rows = [dict(zip(LONG, row, strict=True)) for row in book.long()]
    assert [(row["account"], row["points"]) for row in rows if row["exercise"] == "sum-even"] == [
        *(("ana", 1.5), ("ben", 1.5))
    ]


async def test_where_teams_do_not_answer_they_change_nothing(school: School, teams: TeamManager) -> None:  # noqa: F811
    await school.classes.clear_policy(PROF, ID, LOOPS, ["owner"], "alone again")
    sent = await school.send("AC 2", "ana")
    assert sent.submission.person == sent.submission.submitter and sent.standing.team is None
    assert (await standing(school, "ben"))["counting"] is None


async def test_more_time_is_given_to_the_team(school: School, teams: TeamManager) -> None:  # noqa: F811
    due = school.clock() + timedelta(hours=1)
    await school.rule(LOOPS, due=due.isoformat())
    day = Extension(by=timedelta(days=1))
    with pytest.raises(errors.TeamAnswers, match="give the time to the team"):
        await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), day, "ill")
    await school.classes.extend(PROF, ID, Scope(team="red", unit="loops"), day, "ill")
    school.clock.move(hours=2)
    assert (await school.send("AC 2", "ben")).late_s is None
    with pytest.raises(errors.Closed):
        await school.send("AC 2", "cem")
    held = await school.classes.held(PROF, ID, Scope("ana", unit="loops"))
    assert held.policy.due == due + timedelta(days=1), "what holds for the team holds for Ana there"
    with pytest.raises(errors.UnknownTeam):
        await school.classes.extend(PROF, ID, Scope(team="pink", unit="loops"), day, "ill")


async def test_hints_are_the_teams(school: School, teams: TeamManager) -> None:  # noqa: F811
    await school.rule(LOOPS, hints={"cost": 0.5, "cooldown_s": 0})
    tutor = TutorManager(school.store, school.manager, clock=school.clock)
    await tutor.next_hint(await school.who("ana"), "sum-even")
    assert len((await tutor.hints(await school.who("ben"), "sum-even")).given) == 1
    school.clock.move(seconds=1)
    await school.send("AC 2", "ben")
    assert (await standing(school, "ana"))["counting"]["score"] == 1.5


async def test_the_newest_draft_of_the_team_is_collected(school: School, teams: TeamManager) -> None:  # noqa: F811
    due = school.clock() + timedelta(hours=1)
    await school.rule(LOOPS, due=due.isoformat())
    for account, source in (("ana", "WA 1"), ("ben", "AC 2")):
        school.clock.move(minutes=1)
        assert await school.manager.draft(await school.who(account), "loops", notebook(source)) == ["sum-even"]
    school.clock.move(hours=2)
    assert await school.manager.collect() == 1
    await school.manager.sweep()
    assert (await standing(school, "ana"))["counting"]["score"] == 2
    (event,) = [p.event for p in await school.store.undelivered(99) if p.event.type == CODE_SUBMITTED]
    assert event.data["submitter"] == (await school.who("ben")).person


def notebook(source: str) -> dict[str, Any]:
    marks = {"codegym": {"schema": 1, "exercise": "sum-even", "role": "answer"}}
    cell = {
        "cell_type": "code",
        "id": "a1",
        "metadata": marks,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    head = {"codegym": {"schema": 1, "course": "basics", "unit": "loops", "version": "v"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": head, "cells": [cell]}


async def test_no_event_of_a_team_names_anyone(school: School, teams: TeamManager) -> None:  # noqa: F811
    await school.send("AC 2", "ana")
    told = [p.event for p in await school.store.undelivered(99)]
    text = json.dumps([dict(event.data) for event in told if event.type != "course_published"])
    assert text and not [name for name in ("ana", "ben", "red") if f'"{name}"' in text]


# -- who may, and what is refused -----------------------------------------------------------------------


async def test_staff_look_and_instructors_change(school: School, teams: TeamManager) -> None:  # noqa: F811
    assert [(page.team, page.members, page.answers) for page in await teams.teams(TIM, ID)] == [
        ("red", ("ana", "ben"), True)
    ]
    for actor in (ANA, EVE):
        with pytest.raises(errors.NotAllowed):
            await teams.teams(actor, ID)
    for refused in (teams.group(TIM, ID, ["loops"], {"cem": "red"}), teams.rename(TIM, ID, "loops", "red", "green")):
        with pytest.raises(errors.NotAllowed):
            await refused


async def test_a_dry_run_says_what_would_become_of_each(school: School, teams: TeamManager) -> None:  # noqa: F811
    placings = {"cem": "blue", "ana": "red"}
    told = await teams.group(PROF, ID, ["loops"], placings, leave_others=True, dry_run=True)
    assert [(one.account, one.before, one.after) for one in told] == [
        ("ana", "red", "red"),
        ("ben", "red", None),
        ("cem", None, "blue"),
    ] and len(await teams.teams(PROF, ID)) == 1


async def test_what_makes_no_sense_is_refused_whole(school: School, teams: TeamManager) -> None:  # noqa: F811
    with pytest.raises(errors.NotStudents, match="tim, eve"):
        await teams.group(PROF, ID, ["loops"], {"cem": "blue", "tim": "blue", "eve": "blue"})
    with pytest.raises(errors.UnknownUnit):
        await teams.group(PROF, ID, ["loops", "nowhere"], {"cem": "blue"})
    with pytest.raises(errors.UnknownTeam):
        await teams.rename(PROF, ID, "loops", "pink", "green")
    assert [page.team for page in await teams.teams(PROF, ID)] == ["red"]
    with pytest.raises(errors.UnfitPolicy, match="for the whole class"):
        await school.classes.set_policy(PROF, ID, Scope("ana"), {"owner": "student"}, "alone")


async def test_a_class_without_teams_is_asked_nothing_more(school: School, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """What a check asks of the records: the same, whoever else could be in teams."""

    def nothing(*args: object, **more: object) -> None:
        raise AssertionError("a class without teams has nothing to ask")

    for name in ("ledger", "ledgers", "teams", "enrolment", "rulings"):
        monkeypatch.setattr(school.store, name, nothing)
    outcome = await school.send("AC 2", "ana")
    assert outcome.submission.state is State.JUDGED


async def test_a_member_is_given_what_they_sent_for_the_team(
    school: School,  # noqa: F811
    teams: TeamManager,
    tmp_path: Path,
) -> None:
    await school.send("WA 0.5", "ana")
    await school.send("AC 2", "ben")
    await school.classes.enlist(PROF, ID, [Joining("ana", "student", "A", "Haddad, Ana")])
    with await pack(Shelves(school.store, school.manager, Signer(tmp_path)), "ana", school.clock()) as file:
        archive = zipfile.ZipFile(file)
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert [text for name, text in texts.items() if name.endswith("answer.txt")] == ["WA 0.5"]
    about = json.loads(texts[f"{ID}/person.json"])
    assert about["teams"] == {"loops": "red"} and about["roles"][-1]["name"] == "Haddad, Ana"
    assert [(one["before"], one["after"], one["why"]) for one in about["team_moves"]] == [(None, "red", "")]
    assert [json.loads(text)["claims"]["version"] for name, text in texts.items() if "receipt" in name] == [2]


class Kinder(ScriptedJudge):
    """The check was put right: everything is accepted."""

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        return judgement(loaded, submission, Verdict.AC, 2.0)


async def test_a_regrade_changes_the_score_of_each_member(school: School, teams: TeamManager) -> None:  # noqa: F811
    await school.send("WA 0.5", "ana")
    loaded = await school.manager.course(await school.who("ana"))
    again = Regrading(school.store, loaded, Kinder(), ID)
    lines = await again.look(await again.page(["sum-even"], ("", ""), 9))
    done = await again.record(lines, who=None, why="a check was wrong", allow_lower=False)
    assert [one.recorded for one in done] == [1]
    assert {(await standing(school, account))["counting"]["score"] for account in ("ana", "ben")} == {2}


async def test_an_export_tells_the_teams_score_once_for_each_member(school: School, teams: TeamManager) -> None:  # noqa: F811
    """Whoever sent it, however often; what a member handed in alone before counts no more, and nobody is told twice."""
    await school.classes.clear_policy(PROF, ID, LOOPS, ["owner"], "alone at first")
    await school.send("AC 2", "ana")
    await school.rule(LOOPS, owner="team")
    school.clock.move(hours=1)
    for account, source in (("ben", "WA 0.5"), ("ana", "WA 1.5"), ("cem", "WA 1")):
        await school.send(source, account)

    async def told() -> list[tuple[object, ...]]:
        book = await gradebook(school.store, await school.manager.course(await school.who("ana")), ID)
        rows = [dict(zip(LONG, row, strict=True)) for row in book.long()]
        return [(row["account"], row["points"], row["submitted_at"]) for row in rows if row["unit"] == "loops"]

    at = school.clock().isoformat()
    assert sorted(await told()) == [("ana", 1.5, at), ("ben", 1.5, at), ("cem", 1.0, at)]
    await teams.group(PROF, ID, ["loops"], {"ben": None}, "he asked")
    assert sorted(who for who, _, _ in await told()) == ["ana", "cem"], "who left has nothing of the team's"


# -- who, when and why ----------------------------------------------------------------------------------


async def moved(school: School, account: str, exercise: str | None = None) -> list[tuple[Any, ...]]:  # noqa: F811
    told = await past_of(school.classes, ID, account, exercise)
    return [(one["before"], one["after"], one["who"], one["why"]) for one in told if "moved_at" in one]


@pytest.mark.parametrize(
    ("sender", "account", "team"),
    [
        ("ana", "ben", None),  # loses what the team has
        ("ana", "cem", "red"),  # gets it
        ("cem", "cem", "blue"),  # loses their own
    ],
)
async def test_nobodys_score_changes_with_a_team_without_saying_why(
    school: School,  # noqa: F811
    teams: TeamManager,
    sender: str,
    account: str,
    team: str | None,
) -> None:
    await school.send("AC 2", sender)
    for why in ("", "  "):
        with pytest.raises(errors.NeedsReason, match=account):
            await teams.group(PROF, ID, ["loops"], {account: team}, why)
    (told,) = await teams.group(PROF, ID, ["loops"], {account: team}, dry_run=True)
    assert told.changes and await standing(school, account) is not None
    await teams.group(PROF, ID, ["loops"], {account: team}, " ill ")
    assert (await moved(school, account))[-1][1:] == (team, "prof", "ill")


async def test_who_is_not_named_and_leaves_needs_a_reason_too(school: School, teams: TeamManager) -> None:  # noqa: F811
    await school.send("AC 2", "ana")
    with pytest.raises(errors.NeedsReason, match="ana"):
        await teams.group(PROF, ID, ["loops"], {"ben": "red"}, leave_others=True)
    await teams.group(PROF, ID, ["loops"], {"ana": "red", "ben": "red"})


async def test_before_anything_is_handed_in_no_reason_is_asked_and_who_and_when_are_kept(
    school: School,  # noqa: F811
    teams: TeamManager,
) -> None:
    await teams.group(PROF, ID, ["loops"], {"cem": "red", "ben": None})
    assert await moved(school, "cem") == [(None, "red", "prof", "")]
    assert await moved(school, "ben") == [(None, "red", "prof", ""), ("red", None, "prof", "")]


async def test_the_history_of_scores_tells_moves_between_what_was_handed_in(
    school: School,  # noqa: F811
    teams: TeamManager,
) -> None:
    school.clock.move(minutes=1)
    await school.send("AC 2", "ana")
    school.clock.move(minutes=1)
    await teams.group(PROF, ID, ["loops"], {"cem": "red"}, "came late")
    told = await past_of(school.classes, ID, "cem", None)
    assert [one.get("exercise") or one["unit"] for one in told] == ["sum-even", "loops"]
    assert len(await moved(school, "cem", "sum-even")) == 1
    loaded = await school.manager.course(await school.who("cem"))
    elsewhere = [one.id for unit in loaded.course.units if unit.id != "loops" for one in unit.exercises]
    assert elsewhere and not await moved(school, "cem", elsewhere[0])
