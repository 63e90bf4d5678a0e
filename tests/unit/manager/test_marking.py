"""A person's marks: who may give them, what counts then, and what a regrade leaves of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from codegym_jlab.classes.gradebook import LONG, gradebook
from codegym_jlab.classes.history import past
from codegym_jlab.classes.manager import Scope
from codegym_jlab.classes.marks import Marks, Review, Reviewing
from codegym_jlab.classes.policy_overrides import Extension
from codegym_jlab.classes.reports import course_of
from codegym_jlab.classes.teams import TeamManager
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading import errors
from codegym_jlab.grading.feedback import bundle, outcome_view, text_plain
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.grading.regrade import Regrading
from codegym_jlab.records import Judgement, Kind, State, Submission, Verdict
from codegym_jlab.store.classes import Joining

from .conftest import judgement
from .test_classroom import ANA, EVE, ID, PROF, TIM, School, school  # noqa: F401

pytestmark = pytest.mark.anyio

ESSAYS = """
id: essays
title: Essays
cells:
  - exercise:
      id: essay
      title: Why loops?
      points: 4
      statement: Say it.
      answer: text
      marking: manual
  - exercise:
      id: shape
      title: In good shape
      points: 5
      statement: Write `shape()`, and write it well.
      solution: "def shape(): return 1"
      marking: manual
      rubric:
        - {id: names, points: 2, text: Names say what things are}
        - {id: tests, points: 1, text: It is tried}
      checks:
        - {call: shape(), equals: 1}
"""
NAMED = {"names": 1.5, "tests": 1}


@pytest.fixture
async def desk(school: School) -> Reviewing:  # noqa: F811
    course = school.folder / "course.yaml"
    course.write_text(course.read_text().replace("[loops, later]", "[loops, later, essays]"))
    (school.folder / "essays.yaml").write_text(ESSAYS)
    await school.publisher.publish(PROF, ID, school.folder, "with essays")
    return Reviewing(school.store, school.classes)


async def essay(school: School, account: str = "ana", text: str = "AC 0 well") -> Outcome:  # noqa: F811
    return await school.send(text, account, "essay")


async def seen(school: School, sent: Outcome, account: str = "ana") -> dict[str, Any]:  # noqa: F811
    return outcome_view(await school.manager.outcome(account, sent.submission.id))


async def mark(desk: Reviewing, sent: Outcome, *points: float, actor: Any = TIM, **more: Any) -> Review:
    marks = Marks(points[0] if points else None, **more)
    return await desk.mark(actor, ID, sent.submission.id, marks)


async def test_points_make_the_score_and_the_student_reads_them(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)
    assert sent.standing.status == "awaiting_review" and sent.submission.state is State.AWAITING_REVIEW
    before = len(await school.store.undelivered(99))
    review = await mark(desk, sent, 3.5, comment="Well told.\nShorter!")
    assert (review.submission.state, review.as_json()["points"]) == (State.JUDGED, 3.5)
    view = await seen(school, sent)
    assert (view["state"], view["score"], view["max_score"]) == ("judged", 3.5, 4)
    assert view["marks"] == {"points": 3.5, "max_points": 4, "lines": [], "comment": "Well told.\nShorter!"}
    assert text_plain(view).splitlines() == ["Marked. (3.5 of 4 points)", "Well told.", "Shorter!"]
    standing = await school.manager.standing(await school.who("ana"), "essay")
    assert standing.status == "submitted" and standing.counting is not None and standing.counting.score == 3.5
    told = [pending.event for pending in await school.store.undelivered(99)][before:]
    assert [event.type for event in told] == ["grading_complete", "user_progress_updated"]
    assert told[0].data["score"] == 3.5 and told[1].data["status"] == "submitted"
    assert "Well told" not in str(told)


async def test_by_the_lines_of_a_rubric_beside_the_checks(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await school.send("AC 2", exercise="shape")
    await mark(desk, sent, items=NAMED, comment="<b>good</b>")
    view = await seen(school, sent)
    assert view["score"] == 4.5 and [line["points"] for line in view["marks"]["lines"]] == [1.5, 1]
    words = text_plain(view)
    assert words.startswith("Marked. All 2 tests pass. (4.5 of 5 points)")
    assert "Names say what things are: 1.5 of 2 points" in words and "It is tried: 1 of 1 point" in words
    page = bundle(view)["text/html"]
    assert "&lt;b&gt;good" in page and "<b>" not in page


@pytest.mark.parametrize(
    ("exercise", "marks", "says"),
    [
        ("essay", Marks(), "points, from 0 to 4"),
        ("essay", Marks(4.01), "from 0 to 4 points, not 4.01"),
        ("essay", Marks(-1), "from 0 to 4"),
        ("essay", Marks(float("nan")), "from 0 to 4"),
        ("essay", Marks(1, {"names": 1}), "no rubric"),
        ("essay", Marks(1, comment="x" * 10_001), "longer"),
        ("shape", Marks(3), "names (to 2), tests (to 1)"),
        ("shape", Marks(None, {"names": 2}), "names (to 2), tests (to 1)"),
        ("shape", Marks(None, {"names": 2.5, "tests": 1}), "`names` takes from 0 to 2"),
        ("shape", Marks(None, {"named": 2, "tests": 1}), "names (to 2), tests (to 1)"),
    ],
)
async def test_points_that_are_none_are_refused(
    school: School,  # noqa: F811
    desk: Reviewing,
    exercise: str,
    marks: Marks,
    says: str,
) -> None:
    sent = await school.send("AC 2", exercise=exercise)
    with pytest.raises(errors.UnfitMarks) as refused:
        await desk.mark(TIM, ID, sent.submission.id, marks)
    assert says in str(refused.value)
    assert len(await school.store.history(sent.submission.id)) == 1


async def test_who_may_mark(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)
    for actor in (ANA, EVE):
        for refused in (mark(desk, sent, 4, actor=actor), desk.waiting(actor, ID)):
            with pytest.raises(errors.NotAllowed):
                await refused
        with pytest.raises(errors.NotAllowed):
            await desk.review(actor, ID, sent.submission.id)
    own = await essay(school, "tim")
    with pytest.raises(errors.OwnWork):
        await mark(desk, own, 4)
    await mark(desk, own, 4, actor=PROF)


async def test_a_member_of_the_team_does_not_mark_it(school: School, desk: Reviewing) -> None:  # noqa: F811
    """Ana, who answered with a team, is made a grader later."""
    teams = TeamManager(school.store, school.classes)
    await teams.group(PROF, ID, ["essays"], {"ana": "red", "ben": "red"})
    await school.rule(Scope(unit="essays"), owner="team")
    sent = await essay(school, "ben")
    await school.classes.enlist(PROF, ID, [Joining("ana", "grader")])
    with pytest.raises(errors.OwnWork):
        await mark(desk, sent, 4, actor=ANA)
    (waiting,), _ = await desk.waiting(TIM, ID)
    told = waiting.as_json()
    assert (told["team"], told["account"]) == ("red", None)
    assert (await mark(desk, sent, 4)).found.judgement is not None
    assert (await seen(school, sent, "ben"))["score"] == 4


async def test_what_cannot_be_marked_says_what_to_do(school: School, desk: Reviewing) -> None:  # noqa: F811
    tried = await school.manager.submit(
        await school.who("ana"), "shape", kind=Kind.TRY, source="AC 1", idempotency_key="tried"
    )
    with pytest.raises(errors.NothingToMark, match="only tried"):
        await mark(desk, tried, items=NAMED)
    with pytest.raises(errors.NothingToMark, match="its checks alone"):
        await mark(desk, await school.send("AC 2"), 1)
    with pytest.raises(errors.NothingToMark, match="codegym class review"):
        await desk.mark(TIM, ID, "nothing", Marks(1))
    with pytest.raises(errors.NothingToMark, match="not taken as handed in"):
        await mark(desk, await school.send("CE 0", exercise="shape"), items=NAMED)
    first, second = await essay(school), await essay(school, text="AC 0 better")
    with pytest.raises(errors.NewerSubmission, match=second.submission.id):
        await mark(desk, first, 2)


async def test_marked_again_only_with_a_reason_and_lower_only_when_asked(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)
    await mark(desk, sent, 3)
    await mark(desk, sent, 3)  # a request that was sent twice
    assert len(await school.store.history(sent.submission.id)) == 2
    with pytest.raises(errors.MarkedAlready):
        await mark(desk, sent, 4)
    with pytest.raises(errors.WouldLower, match="from 3 to 2"):
        await mark(desk, sent, 2, why="I had misread it")
    assert (await seen(school, sent))["score"] == 3
    await mark(desk, sent, 2, why="I had misread it", allow_lower=True, actor=PROF)
    told_of = await past(school.store, sent.submission)
    told = [(one["cause"], one["who"], one["score"], one["holds"]) for one in told_of["history"]]
    assert told == [("check", None, 0, False), ("mark", "tim", 3, False), ("mark", "prof", 2, True)]
    assert [one["why"] for one in told_of["history"]] == [None, "marked for the first time", "I had misread it"]


async def test_marks_are_taken_back_by_who_recorded_them_last(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)
    for points in (3, 0):
        with pytest.raises(errors.NothingToMark, match="not the last that you recorded"):
            await desk.take_back(TIM, ID, sent.submission.id)
        await mark(desk, sent, points)
        before = await desk.take_back(TIM, ID, sent.submission.id)
        assert (before.as_json()["state"], before.as_json()["points"]) == ("awaiting_review", None)
        assert ((await seen(school, sent))["state"], (await desk.waiting(TIM, ID))[1]) == ("awaiting_review", 1)
    await mark(desk, sent, 4)
    await mark(desk, sent, 2, why="misread", allow_lower=True, actor=PROF)
    with pytest.raises(errors.NothingToMark):
        await desk.take_back(TIM, ID, sent.submission.id)
    assert (await desk.take_back(PROF, ID, sent.submission.id)).as_json()["points"] == 4
    assert ((await seen(school, sent))["score"], (await desk.waiting(TIM, ID))[1]) == (4, 0)
    told = (await past(school.store, sent.submission))["history"]
    assert [(one["who"], one["why"]) for one in told[-2:]] == [("prof", "misread"), ("prof", "marks taken back")]


async def test_the_list_of_what_awaits_review(school: School, desk: Reviewing) -> None:  # noqa: F811
    older = await essay(school, "ben")
    await essay(school, "ana")
    newest = await essay(school, "ana", "AC 0 <b>newest</b>")
    shape = await school.send("AC 2", "ben", "shape")
    await school.send("AC 2", "ben")
    found, count = await desk.waiting(TIM, ID)
    ids = [older.submission.id, newest.submission.id, shape.submission.id]
    assert ([one.submission.id for one in found], count) == (ids, 3)
    row = found[1].as_json()
    assert (row["account"], row["unit"], row["source"], row["to_give"]) == ("ana", "essays", "AC 0 <b>newest</b>", 4)
    assert [line["id"] for line in found[2].as_json()["rubric"]] == ["names", "tests"]
    assert [one.as_json()["account"] for one in (await desk.waiting(TIM, ID, section="A"))[0]] == ["ana"]
    assert [one.as_json()["account"] for one in (await desk.waiting(TIM, ID, exercise="shape"))[0]] == ["ben"]
    assert (await desk.waiting(TIM, ID, unit="loops"))[1] == 0 and len((await desk.waiting(TIM, ID, limit=1))[0]) == 1
    for wrong, error in (
        ({"unit": "x"}, errors.UnknownUnit),
        ({"exercise": "x"}, errors.UnknownExercise),
        ({"section": "x"}, errors.UnknownSection),
    ):
        with pytest.raises(error):
            await desk.waiting(TIM, ID, **wrong)
    await mark(desk, older, 1)
    assert (await desk.waiting(TIM, ID))[1] == 2


async def test_what_was_handed_in_before_awaits_nothing_once_the_newest_is_marked(
    school: School,  # noqa: F811
    desk: Reviewing,
) -> None:
    older, newest = await essay(school), await essay(school, text="AC 0 better")
    await mark(desk, newest, 3)
    assert [(await seen(school, one))["state"] for one in (older, newest)] == ["judged", "judged"]
    assert (await seen(school, older))["score"] == 0
    back = await essay(school)
    assert back.submission.state is State.AWAITING_REVIEW and back.standing.status == "awaiting_review"


async def test_the_same_source_again_has_its_marks(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)
    again = await essay(school)
    assert again.judgement is not None and again.judgement.submission == sent.submission.id
    assert again.submission.state is State.AWAITING_REVIEW
    await mark(desk, again, 3)
    assert [(await seen(school, one))["state"] for one in (sent, again)] == ["judged", "judged"]
    third = await essay(school)
    assert third.submission.state is State.JUDGED and third.standing.status == "submitted"
    assert (await seen(school, third))["score"] == 3 and (await desk.waiting(TIM, ID))[1] == 0
    fourth = await essay(school, text="AC 0 another")
    assert fourth.standing.status == "awaiting_review"


async def test_late_marks_count_by_the_policy_and_by_more_time(school: School, desk: Reviewing) -> None:  # noqa: F811
    await school.rule(Scope(unit="essays"), due="2026-10-27T11:00+00:00", late={"per_day": 0.5})
    sent = await essay(school)
    await mark(desk, sent, 4)
    who = await school.who("ana")
    standing = await school.manager.standing(who, "essay")
    assert standing.counting is not None and standing.counting.score == 2
    await school.classes.extend(PROF, ID, Scope("ana", unit="essays"), Extension(timedelta(days=1)), "ill")
    standing = await school.manager.standing(who, "essay")
    assert standing.counting is not None and (standing.counting.score, standing.status) == (4, "submitted")
    view = await seen(school, sent)
    assert view["marks"]["points"] == 4
    again = await mark(desk, sent, 3, why="on a second look", allow_lower=True)
    assert again.as_json()["points"] == 3


async def test_two_markers_see_nothing_of_each_other_and_their_mean_counts(
    school: School,  # noqa: F811
    desk: Reviewing,
) -> None:
    await school.rule(Scope(), markers={"count": 2, "blind": True, "tolerance": 1})
    with pytest.raises(errors.UnfitPolicy, match="whole class"):
        await school.rule(Scope("ana"), markers={"count": 2})
    sent, far = await school.send("AC 2", exercise="shape"), await essay(school, "ben")

    async def view(actor: Any) -> dict[str, Any]:
        return (await desk.review(actor, ID, sent.submission.id)).as_json()

    assert [(one.as_json()["account"], one.as_json()["blind"]) for one in (await desk.waiting(TIM, ID))[0]] == [
        (None, True),
        (None, True),
    ]
    first = (await mark(desk, sent, items={"names": 2, "tests": 1}, comment="Well told.")).as_json()
    assert (first["markers"]["stage"], first["points"], first["account"]) == ("mine", 3, None)
    assert (await mark(desk, sent, items={"names": 1.5, "tests": 1}, comment="Good.")).as_json()["points"] == 2.5
    assert [one.submission.exercise for one in (await desk.waiting(TIM, ID))[0]] == ["essay"]
    other = await view(PROF)
    assert (other["points"], other["comment"], other["markers"]["given"]) == (None, "", [])
    assert (other["markers"]["stage"], other["account"]) == ("open", None)
    assert (await seen(school, sent))["state"] == "awaiting_review"
    both = (await mark(desk, sent, items={"names": 1, "tests": 0.5}, comment="Short.", actor=PROF)).as_json()
    assert (both["markers"]["stage"], both["points"], both["account"]) == ("done", 2, "ana")
    assert [line["points"] for line in both["rubric"]] == [1.25, 0.75] and sorted(both["comment"].split()) == [
        "Good.",
        "Short.",
    ]
    assert {(one["who"], one["points"]) for one in both["markers"]["given"]} == {("tim", 2.5), ("prof", 1.5)}
    with pytest.raises(errors.NotAllowed):
        await mark(desk, sent, items=NAMED, why="on a second look")

    await mark(desk, far, 4)
    apart = (await mark(desk, far, 1, actor=PROF)).as_json()
    assert (apart["markers"]["stage"], apart["points"], apart["account"]) == ("differ", None, "ben")
    assert ((await desk.waiting(TIM, ID))[1], (await desk.waiting(PROF, ID))[1]) == (0, 1)
    with pytest.raises(errors.NotAllowed):
        await mark(desk, far, 3)
    assert (await mark(desk, far, 3, actor=PROF)).as_json()["points"] == 3
    assert (await seen(school, far, "ben"))["score"] == 3
    assert await desk.agreement(TIM, ID) == {"answers": 2, "within": 1, "apart": 2, "drafts": []}
    last = (await school.store.history(far.submission.id))[-1]
    assert last.cause == "mark" and last.why == "two markers differed"


class Stricter:
    """A judge by whom nothing is right any more."""

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        return judgement(loaded, submission, Verdict.WA, 1.0)


async def test_a_regrade_leaves_a_persons_marks(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await school.send("AC 2", exercise="shape")
    waiting = await school.send("AC 2", "ben", exercise="shape")
    await mark(desk, sent, items=NAMED, comment="Well done.")
    course = await course_of(school.store, school.classes.places, ID)

    regrading = Regrading(school.store, course, Stricter(), ID, clock=school.clock)
    lines = await regrading.look(await regrading.page(["shape"], ("", ""), 9))
    await regrading.record(lines, who=None, why="a check was wrong", allow_lower=True)
    view = await seen(school, sent)
    assert (view["score"], view["marks"]["comment"], view["state"]) == (3.5, "Well done.", "judged")
    standing = await school.manager.standing(await school.who("ana"), "shape")
    assert standing.status == "submitted"
    assert (await seen(school, waiting, "ben"))["state"] == "awaiting_review"
    assert [one.as_json()["account"] for one in (await desk.waiting(TIM, ID))[0]] == ["ben"]


async def test_points_that_were_changed_since_want_a_regrade_first(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await school.send("AC 2", exercise="shape")
    text = ESSAYS.replace("{id: names, points: 2", "{id: names, points: 3")
    (school.folder / "essays.yaml").write_text(text)
    assert not load_course(school.folder).errors
    await school.publisher.publish(PROF, ID, school.folder, "more for names")
    with pytest.raises(errors.UnfitMarks, match="codegym regrade"):
        await mark(desk, sent, items={"names": 3, "tests": 1})


async def test_scores_that_leave_are_fully_graded_once_marked(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)

    async def score() -> dict[str, Any]:
        book = await gradebook(school.store, await course_of(school.store, school.classes.places, ID), ID)
        rows = [dict(zip(LONG, row, strict=True)) for row in book.long()]
        (found,) = [row for row in rows if (row["account"], row["exercise"]) == ("ana", "essay")]
        return found

    assert (await score())["status"] == "awaiting_review"
    await mark(desk, sent, 3.5)
    graded = await score()
    assert (graded["status"], graded["points"], graded["max_points"]) == ("judged", 3.5, 4)


async def test_what_awaits_marks_is_not_solved_on_the_map(school: School, desk: Reviewing) -> None:  # noqa: F811
    sent = await essay(school)

    async def signs() -> str:
        book = (await gradebook(school.store, await course_of(school.store, school.classes.places, ID), ID)).as_json()
        (ana,) = [one for one in book["students"] if one["account"] == "ana"]
        at = [one["exercise"] for one in book["exercises"]].index("essay")
        return str(ana["signs"][at])

    assert await signs() == "a"
    await mark(desk, sent, 4)
    assert await signs() == "s"


async def test_feedback_that_is_held_back_tells_no_marks(school: School, desk: Reviewing) -> None:  # noqa: F811
    await school.rule(Scope(unit="essays"), feedback="none")
    sent = await essay(school)
    await mark(desk, sent, 3, comment="Well told.")
    view = await seen(school, sent)
    assert view["score"] is None and "marks" not in view and "Well told" not in text_plain(view)
    await school.rule(Scope(unit="essays"), feedback="labels")
    assert (await seen(school, sent))["marks"]["comment"] == "Well told."
