"""The course as it stands for a person: drawn from the records, and what may be shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from codegym_jlab.classes.gradebook import Gradebook
from codegym_jlab.grading.errors import NotOpen, UnknownUnit
from codegym_jlab.records import Kind
from codegym_jlab.store.classes import Member

from .conftest import NOON, Class

pytestmark = pytest.mark.anyio


async def test_at_first_nothing_is_done(school: Class) -> None:
    page = (await school.manager.course_standing(school.who)).as_json()
    assert (page["points"], page["max_points"], page["done"], page["total"]) == (0.0, 6.0, 0, 3)
    assert page["go_on"] == {"unit": "loops", "exercise": "sum-even"}
    first = page["units"][0]["exercises"][0]
    assert (first["status"], first["score"], first["counting"], first["attempts"]) == ("not_started", None, None, None)
    assert (first["points"], first["concepts"], first["hints"]) == (2.0, ["loops"], {"given": 0, "total": 3})
    summary = (await school.manager.course_standing(school.who)).summary_json()
    assert (summary["state"], summary["exercises"], summary["next_due"]) == ("not_started", 3, None)


async def test_nothing_of_a_locked_unit_is_told_but_that_it_is_there(school: Class) -> None:
    locked = (await school.manager.course_standing(school.who)).as_json()["units"][1]
    assert (locked["locked"], locked["exercises"], locked["total"]) == (True, [], 1)
    assert locked["opens"] == "2026-11-01T08:00:00+00:00"
    school.clock.move(days=5)
    standing = await school.manager.course_standing(school.who)
    assert [e.id for e in standing.units[1].exercises] == ["hard"]
    assert standing.summary_json()["next_due"] == "2026-11-08T08:00:00+00:00"


async def test_points_and_what_is_done_add_up(school: Class) -> None:
    await school.send("AC 2")
    await school.send("WA 0.5", exercise="maximum")
    standing = await school.manager.course_standing(school.who)
    assert (standing.points, standing.done, standing.state) == (2.5, 1, "started")
    assert standing.go_on == ("loops", "maximum")
    school.clock.move(days=5)
    await school.send("AC 1", exercise="maximum")
    await school.send("AC 3", exercise="hard")
    standing = await school.manager.course_standing(school.who)
    assert (standing.points, standing.state, standing.go_on, standing.next_due) == (6.0, "done", None, None)


async def test_bonus_comes_on_top_and_is_never_asked_for(school: Class, tmp_path: Path) -> None:
    loops = tmp_path / "courses" / "basics" / "loops.yaml"
    loops.write_text(loops.read_text().replace("title: The largest", "title: The largest\n      bonus: true"))
    school.catalogue.refresh()
    school.clock.move(days=5)
    await school.send("AC 2")
    standing = await school.manager.course_standing(school.who)
    assert (standing.max_points, standing.done, standing.total) == (5.0, 1, 2)
    assert standing.go_on == ("later", "hard"), "it goes past what is bonus"
    await school.send("AC 1", exercise="maximum")
    await school.send("AC 3", exercise="hard")
    standing = await school.manager.course_standing(school.who)
    assert (standing.points, standing.max_points, standing.done, standing.state) == (6.0, 5.0, 2, "done")
    line = standing.units[0].exercises[1].as_json()
    assert (line["bonus"], line["answer"], line["score"], line["max_score"]) == (True, "code", 1.0, 1.0)
    member = Member(school.who.person, "ana", "student", "", NOON)
    head, row = Gradebook("o", school.catalogue.courses["basics"], [member], {}).wide()
    assert dict(zip(head, row, strict=True))["max_points"] == 5.0


async def test_go_on_is_the_one_touched_last_that_can_still_be_done(school: Class) -> None:
    await school.send("WA", exercise="maximum")
    assert (await school.manager.course_standing(school.who)).go_on == ("loops", "maximum")
    await school.policy(exercise="maximum", attempts=1)
    assert (await school.manager.course_standing(school.who)).go_on == ("loops", "sum-even")


async def test_a_better_one_that_counts_stands_beside_the_last(school: Class) -> None:
    await school.send("WA 1.5")
    school.clock.move(minutes=20)
    await school.send("WA 1")
    line = await school.line()
    assert (line["score"], line["counts"]) == (1.0, False)
    assert line["submitted_at"] == (NOON + timedelta(minutes=20)).isoformat()
    assert line["counting"] == {"score": 1.5, "submitted_at": NOON.isoformat()}


@pytest.mark.parametrize("feedback", ["none", "after_close"])
async def test_results_that_are_not_shown_yet_are_nowhere(school: Class, feedback: str) -> None:
    due = NOON + timedelta(days=1)
    await school.policy(feedback=feedback, due=due.isoformat())
    outcomes = [await school.send("AC 2"), await school.send("WA 0", exercise="maximum")]
    standing = await school.manager.course_standing(school.who)
    assert (standing.points, standing.done) == (0.0, 2), "done is what was handed in: it tells nothing"
    for outcome in outcomes:
        line = outcome.standing.as_json()
        assert (line["score"], line["counting"]["score"], line["status"]) == (None, None, "submitted")
    school.clock.now = due + timedelta(seconds=1)
    standing = await school.manager.course_standing(school.who)
    assert (standing.points, standing.done) == ((2.0, 1) if feedback == "after_close" else (0.0, 2))


async def test_closed_and_tried_and_submitted_are_told_apart(school: Class) -> None:
    due = NOON + timedelta(days=1)
    await school.policy(due=due.isoformat())
    await school.send("AC 2")
    await school.send("WA", Kind.TRY, exercise="maximum")
    assert (await school.line("maximum"))["status"] == "tried"
    school.clock.now = due + timedelta(seconds=1)
    assert ((await school.line())["status"], (await school.line("maximum"))["status"]) == ("submitted", "closed")
    assert (await school.manager.course_standing(school.who)).go_on is None


async def test_the_first_opening_is_remembered_and_starts_the_clock(school: Class) -> None:
    await school.policy(unit="loops", duration="PT90M", time_factor=2)
    await school.manager.open_unit(school.who, "loops")
    school.clock.move(hours=1)
    await school.manager.open_unit(school.who, "loops")
    due = (NOON + timedelta(hours=3)).isoformat()
    assert (await school.line())["due"] == due
    with pytest.raises(NotOpen):
        await school.manager.open_unit(school.who, "later")
    with pytest.raises(UnknownUnit):
        await school.manager.open_unit(school.who, "nothing")


async def test_bases_are_kept_by_digest(school: Class) -> None:
    await school.manager.keep_base(school.who, "loops", "v1", "{}")
    assert await school.manager.base(school.who, "loops", "v1") == "{}"
    assert await school.manager.base(school.who, "loops", "v2") is None


async def test_local_times_are_of_the_offerings_zone(school: Class) -> None:
    from dataclasses import replace

    await school.policy(due="2026-10-28T12:00")
    there = replace(school.who, time_zone="America/New_York")
    due = (await school.manager.standing(there, "sum-even")).as_json()["due"]
    assert due == "2026-10-28T16:00:00+00:00"
