"""A process of its own: a manager over a database, and students who send without pause, until it is killed.

Prints the key of each submission once it is acknowledged.
"""

from __future__ import annotations

import asyncio
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


@dataclass
class SlowJudge:
    """Takes a few milliseconds, so that a kill finds some under way."""

    seconds: float = 0.004

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
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


def manager_over(store: SqlStore, courses: Path) -> tuple[SqlStore, GradingManager]:
    """As a server has it."""
    return store, GradingManager(store, load_catalogue(courses), SlowJudge(), settings=SETTINGS)


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
    _, manager = manager_over(store_at(place), courses)
    await manager.start()
    await asyncio.gather(*(study(manager, student, round) for student in range(STUDENTS)))


if __name__ == "__main__":
    place = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
    asyncio.run(main(place, Path(sys.argv[2]), sys.argv[3]))
