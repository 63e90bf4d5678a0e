"""A dry run of regrading after a check was changed, all of it; its diff has to be the one that was put there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.desk import Desk, exercise_text, sandbox
from benchmarks.figures import Figure, figure

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.grading.regrade import Change
    from codegym_jlab.records import Judgement, Submission
    from codegym_jlab.store import Store

MANY = 10_000
PAGE = 200
_NOON = datetime(2026, 10, 27, 12, tzinfo=UTC)
#: Answers, and whether the change lowers (−1), raises (1) or leaves (0) their points.
_ANSWERS = {
    "def twice(x):\n    return 2 * x\n": -1,
    "def twice(x):\n    return x + x if x != 0 else 1\n": 1,
    "def twice(x):\n    return x + 5 if x == 0 else x\n": 0,
    "def twice(x):\n    return [x, x]\n": 0,
}
#: The sample that is changed: it counts, and has a name.
_CHECK = "call: twice(0)\n          equals: 0"
_CHANGED = "\n          id: changed\n          weight: 1"


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """With a source of its own for each submission, beside the bare floor's."""
    many = MANY if desk.rounds >= 200 else desk.rounds * 5
    seconds, floor_ms = await _dry_run(desk, many)
    desk.say(f"{many} submissions: {seconds:.1f} s")
    floor = figure("regrade", "floor, after it", [floor_ms])
    yield floor
    yield figure("regrade", "regrade: a submission", [seconds * 1000 / many], floor)


async def _dry_run(desk: Desk, many: int) -> tuple[float, float]:
    """Seconds of all, and milliseconds of one answer of the floor.

    Raises RuntimeError where the diff is not the one that was put there.
    """
    from benchmarks.floor import Floor
    from benchmarks.processors import usable
    from codegym_jlab.course.loader import load_course
    from codegym_jlab.grading.batch import AHEAD
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.grading.grader.plan import image_of
    from codegym_jlab.grading.regrade import Regrading
    from codegym_jlab.store.sql.store import SqlStore

    folder = await asyncio.to_thread(_course, desk.scratch("regrade"))
    before = await asyncio.to_thread(load_course, folder / "before")
    after = await asyncio.to_thread(load_course, folder / "after")
    store = SqlStore(folder / "records.sqlite")
    await store.open()
    async with sandbox() as opened:
        grader = Grader(opened)
        desk.say(f"{many} submissions are stored …")
        sent = await _fill(store, grader, before, many)
        await grader.rest()
        regrading = Regrading(store, after, grader, f"local:{before.id}")
        began = time.perf_counter()
        found: dict[str, Change] = {}
        at = ("", "")
        while page := await regrading.page(["twice"], at, PAGE):
            lines = await regrading.look(page)
            found.update({change.before.submission: change for line in lines for change in line.changes})
            at = (page[-1].progress.person, page[-1].progress.exercise)
        took = time.perf_counter() - began
        bare = Floor(opened.level, image_of(after))
        floor_ms = bare.measure(PAGE, AHEAD * usable())["all_s"] * 1000 / PAGE
        bare.close()
        await grader.close()
    await store.close()
    wanted = {one.id: _sign(one) for one in sent if _sign(one)}
    told = {id: 1 if change.after.score.points > change.before.score.points else -1 for id, change in found.items()}
    if told != wanted or any({c.check for c in change.because} != {"changed"} for change in found.values()):
        raise RuntimeError("the diff is not the one that was put there")
    return took, floor_ms


def _course(folder: Path) -> Path:
    """The benchmarks' own exercise, before and after one of its samples that has weight is changed."""
    text = "id: one\ntitle: One\ncells:\n" + exercise_text("twice")
    for name, expected in (("before", 0), ("after", 1)):
        (folder / name).mkdir()
        (folder / name / "one.yaml").write_text(text.replace(_CHECK, f"{_CHECK[:-1]}{expected}{_CHANGED}"))
        (folder / name / "course.yaml").write_text("schema: 1\nid: bench\ntitle: bench\nunits: [one]\n")
    return folder


def _sign(sent: Submission) -> int:
    return _ANSWERS[sent.source.partition("#")[0]]


async def _fill(store: Store, grader: Grader, loaded: LoadedCourse, many: int) -> list[Submission]:
    """Submissions of as many people; what one of each answer was judged is written for all of them."""
    from codegym_jlab.grading.admission import local_offering
    from codegym_jlab.grading.batch import judge_unrecorded

    judged: list[Judgement] = []
    for text in _ANSWERS:
        judged.append((await judge_unrecorded(grader, loaded, "twice", text))[1])
    offering = local_offering(loaded)

    async def one(number: int) -> Submission:
        from codegym_jlab.records import Kind, Submission

        who = await store.enrol(offering, f"person-{number}")
        kind = number % len(_ANSWERS)
        text = f"{list(_ANSWERS)[kind]}# {number}\n"
        id, at = f"{number:032x}", _NOON + timedelta(seconds=number)
        sent = Submission(
            id, who.offering, who.course, "twice", who.person, who.person, Kind.SUBMIT, text, (), id, at
        )  # fmt: skip
        await _store(store, loaded, sent, replace(judged[kind], id=f"j{id[1:]}", submission=id))
        return sent

    sent: list[Submission] = []
    for start in range(0, many, PAGE):
        sent += await asyncio.gather(*map(one, range(start, min(start + PAGE, many))))
    return sent


async def _store(store: Store, loaded: LoadedCourse, sent: Submission, judged: Judgement) -> None:
    from codegym_jlab.grading.admission import Place, situation_for
    from codegym_jlab.grading.apply_judgement import CountingRules, JudgementStep
    from codegym_jlab.store.base import Lease

    unit, exercise = loaded.find("twice")
    lease = Lease("bench", sent.received_at + timedelta(days=1))
    await store.accept(sent, unit=unit.id, course_digest=loaded.digest, admit=lambda _: None, events=(), lease=lease)
    enrolment = await store.enrolment(sent.offering, sent.person)
    assert enrolment is not None
    policy = (await situation_for(store, Place(loaded, unit, exercise), enrolment)).policy
    await store.record(sent, judged, JudgementStep(sent, judged, CountingRules(policy, sent.received_at)).step)
