"""A process of its own: a manager over a database, and students who send without pause, until it is killed.

Prints the key of each submission once it is acknowledged. In the round FATAL one answer is sent, and judging it kills.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from codegym_jlab.course.catalogue import load_catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Judgement, Kind, Score, ScorePart, Submission, Verdict, new_id
from codegym_jlab.store import store_at
from codegym_jlab.store.sql.store import SqlStore

#: Three kills are no proof against an answer that was at work at each of them.
SETTINGS = Settings(sweep_s=0.05, lease_s=0.3, at_once=4, fault_limit=4)
STUDENTS = 6
FATAL = "fatal"


@dataclass
class SlowJudge:
    """Takes a few milliseconds, so that a kill finds some under way."""

    seconds: float = 0.004
    dies: bool = False  #: the whole process, of an answer that is FATAL

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        if self.dies and submission.source == FATAL:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(self.seconds)
        return Judgement(
            id=new_id(),
            submission=submission.id,
            verdict=Verdict.WA,
            score=Score(1.0, 2.0),
            parts=(ScorePart("checker", 1.0, 2.0),),
            checks=(),
            hidden_not_run=0,
            stdout="",
            notices=(),
            failure=None,
            course_digest=loaded.digest,
            environment_digest="e",
            seed="s",
            level="none",
            wall_ms=1.0,
            judged_at=datetime.now(UTC),
        )


def manager_over(store: SqlStore, courses: Path, *, dies: bool = False) -> tuple[SqlStore, GradingManager]:
    """As a server has it."""
    return store, GradingManager(store, load_catalogue(courses), SlowJudge(dies=dies), settings=SETTINGS)


async def study(manager: GradingManager, student: int, round: str) -> None:
    """Send, print that it was accepted, send the next."""
    who = await manager.enrol(f"student-{student}", "basics")
    number = 0
    while True:
        number += 1
        key = f"{round}-{student}-{number}"
        wait = 0.0 if number % 3 else None
        await manager.submit(who, "sum-even", kind=Kind.SUBMIT, source=key, idempotency_key=key, wait_s=wait)
        sys.stdout.write(f"{student} {key}\n")
        sys.stdout.flush()


async def main(place: Path | str, courses: Path, round: str) -> None:
    """Until it is killed."""
    _, manager = manager_over(store_at(place), courses, dies=True)
    await manager.start()
    if round == FATAL:
        who = await manager.enrol("student-0", "basics")
        await manager.submit(who, "sum-even", kind=Kind.SUBMIT, source=FATAL, idempotency_key=FATAL, wait_s=0.0)
        await asyncio.sleep(60)  # the sweep takes it up where it was sent before
        return
    await asyncio.gather(*(study(manager, student, round) for student in range(STUDENTS)))


if __name__ == "__main__":
    place = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
    asyncio.run(main(place, Path(sys.argv[2]), sys.argv[3]))
