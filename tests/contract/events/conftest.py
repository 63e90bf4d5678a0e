"""Events of every type, and the real parts that they are sent to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest
from absent import running
from contract import outside
from moments import NOON

from codegym_jlab.records import (
    CODE_SUBMITTED,
    GRADING_COMPLETE,
    USER_PROGRESS_UPDATED,
    Event,
    Subject,
    course_published,
    hint_given,
    new_id,
)


class Told:
    """Makes events, each with an id of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def hint(self, person: str, exercise: str = "sum-even") -> Event:
        subject = Subject("local:basics", "basics", exercise, person)
        return hint_given(subject, rung=next(self._numbers), cost=0.5, time=NOON)

    def progress(self, person: str, exercise: str, score: float, time: datetime) -> Event:
        subject, sent = Subject("local:basics", "basics", exercise, person), new_id()
        times = {"tried_at": None, "submitted_at": time.isoformat()}
        counting = {"submission": sent, "score": score, "submitted_at": time.isoformat()}
        rest = {"status": "submitted", "submission": sent, "score": score, "max_score": 2.0, "attempts": 1}
        facts = {**times, **rest, "solved": score == 2.0, "counting": counting}
        return subject.event(USER_PROGRESS_UPDATED, sent, time, **facts)

    def of_every_type(self, person: str) -> list[Event]:
        subject, sent, judged = Subject("local:basics", "basics", "sum-even", person), new_id(), new_id()
        result = {"kind": "submit", "verdict": "WA", "score": 1.0, "max_score": 2.0, "passed": 1, "total": 2}
        return [
            subject.event(
                CODE_SUBMITTED, sent, NOON, submission=sent, kind="submit", digest="d" * 64,
                received_at=NOON.isoformat(), claimed_at=None,
            ),
            subject.event(
                GRADING_COMPLETE, judged, NOON, judgement=judged, submission=sent, repeated=False,
                course_digest="c" * 64, **result,
            ),
            self.progress(person, "sum-even", 1.0, NOON),
            self.hint(person),
            replace(
                course_published(offering="local:basics", number=1, course="basics", digest="c" * 64, time=NOON),
                id=f"course_published:{new_id()}",
            ),
        ]  # fmt: skip


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def broker() -> Iterator[outside.Broker]:
    """A Kafka of this session's own; a test that kills it starts it again."""
    with running(outside.Broker) as made:
        yield made


@pytest.fixture(scope="session")
def sidecar() -> Iterator[outside.Sidecar]:
    """A daprd with a component in memory."""
    with running(lambda: outside.Sidecar(["codegym.events"])) as made:
        yield made
