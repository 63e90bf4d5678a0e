"""A store of each kind, and records to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moments import NOON
from sqlalchemy import Engine, NullPool, create_engine, event

from codegym_jlab.records import (
    CODE_SUBMITTED,
    Cell,
    CheckResult,
    Event,
    Failure,
    Frame,
    Judgement,
    Kind,
    Notice,
    Score,
    ScorePart,
    State,
    Subject,
    Submission,
    Verdict,
    iso,
    new_id,
)
from codegym_jlab.store import Store
from codegym_jlab.store.base import Accepted, Lease, Ledger, Progress, Step
from codegym_jlab.store.classes import Enrolment, Offering
from codegym_jlab.store.postgresql import address
from codegym_jlab.store.sql.tables import metadata


@dataclass(frozen=True)
class Desk:
    """A person at work in one offering."""

    store: Store
    offering: Offering
    enrolment: Enrolment
    exercise: str = "sum-even"
    unit: str = "loops"

    def send(self, source: str = "x = 1", **changes: Any) -> Submission:
        who = self.enrolment
        sent = Submission(
            id=new_id(),
            offering=who.offering,
            course=who.course,
            exercise=self.exercise,
            person=who.person,
            submitter=who.person,
            kind=Kind.SUBMIT,
            source=source,
            cells=(Cell("import math"), Cell("y = 2", "c-1", "answer", "first")),
            idempotency_key=new_id(),
            received_at=NOON,
            claimed_at=NOON - timedelta(seconds=3),
        )
        return replace(sent, **changes)

    def event(self, sent: Submission) -> Event:
        subject = Subject(sent.offering, sent.course, sent.exercise, sent.person)
        facts = {"submission": sent.id, "kind": sent.kind.value, "digest": sent.digest}
        times = {"received_at": iso(sent.received_at), "claimed_at": iso(sent.claimed_at)}
        return subject.event(CODE_SUBMITTED, sent.id, sent.received_at, **facts, **times)

    async def accept(self, sent: Submission, **changes: Any) -> Accepted:
        terms: dict[str, Any] = {
            "unit": self.unit,
            "course_digest": "d" * 64,
            "admit": lambda ledger: None,
            "events": [self.event(sent)],
            "lease": Lease("me", NOON + timedelta(seconds=10)),
        }
        return await self.store.accept(sent, **{**terms, **changes})

    def judge(self, sent: Submission, verdict: Verdict = Verdict.WA, **changes: Any) -> Judgement:
        failure = Failure("ZeroDivisionError", "division by zero", 4, "answer", (Frame("answer", 4, "mean", "a / b"),))
        checks = (
            CheckResult("c1", "mean([1])", False, Verdict.AC, 0.0, expected="1", got="1"),
            CheckResult(
                "c2", "an empty list", True, verdict, 1.5, "say", True, "0", None, {"kind": "value"}, "", failure
            ),
        )
        judged = Judgement(
            id=new_id(),
            submission=sent.id,
            verdict=verdict,
            score=Score(1.33, 2.0),
            parts=(ScorePart("checker", 1.33, 2.0), ScorePart("person", 0.0, 0.0, "p", "well")),
            checks=checks,
            hidden_not_run=0,
            stdout="printed\n",
            notices=(Notice("skipped", "Cell 4 was skipped.", {"cell": 4}),),
            failure=failure,
            course_digest="d" * 64,
            environment_digest="e" * 64,
            seed="5eed",
            level="namespaces",
            wall_ms=9.25,
            judged_at=NOON + timedelta(seconds=1),
        )
        return replace(judged, **changes)

    def line(self, **changes: Any) -> Progress:
        who = self.enrolment
        return replace(Progress(who.offering, who.person, self.exercise), **changes)

    async def judged(self, sent: Submission, verdict: Verdict = Verdict.WA, step: Step | None = None) -> Judgement:
        """Accept and record in one go."""
        await self.accept(sent)
        judged = self.judge(sent, verdict)
        await self.store.record(sent, judged, lambda before, faults: step or Step(State.JUDGED, before, 1))
        return judged


@pytest.fixture
async def desk(store: Store) -> Desk:
    offering = Offering("local:basics", "basics", "Python basics", time_zone="Europe/Berlin")
    return Desk(store, offering, await store.enrol(offering, "ana"))


#: Listed for who looks after a site or a class, and nobody waits for it; the others hold what waits or is refused.
MAY_SCAN = (
    "offerings",
    "erasures",
    "ix_submissions_queue",
    "ix_submissions_parked",
    "ix_outbox_undelivered",
    "ix_outbox_dead",
)
#: What the databases keep of themselves.
THEIRS = ("sqlite_master", "pg_catalog", "pg_locks", "alembic_version")


@pytest.fixture(autouse=True)
def planned(request: pytest.FixtureRequest) -> Iterator[None]:
    """No statement that a test asks of the records reads a whole table: a check costs the same with 1 000 000 of them.

    The tables are all but empty, so PostgreSQL's planner is forbidden what it would do with small ones.
    """
    if "store" not in request.fixturenames:
        yield
        return
    place: Path | str = request.getfixturevalue("place")
    ran: dict[str, Any] = {}

    def note(_c: object, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not any(name in statement for name in THEIRS):
            ran.setdefault(statement, values[0] if many else values)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    engine = create_engine(f"sqlite:///{place}" if isinstance(place, Path) else address(place), poolclass=NullPool)
    explain = "EXPLAIN QUERY PLAN" if isinstance(place, Path) else "EXPLAIN"
    with engine.connect() as connection:
        if not isinstance(place, Path):
            for step in ("seqscan", "sort", "bitmapscan"):
                connection.exec_driver_sql(f"SET LOCAL enable_{step} = off")
        for statement, values in ran.items():
            plan = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", values)]
            for words in map(str.split, plan):
                is_scan = words[0] == "SCAN" and words[1] in metadata.tables
                assert not is_scan or any(name in words for name in MAY_SCAN), (statement, plan)
                assert "Seq Scan" not in " ".join(words) or any(name in words for name in MAY_SCAN), (statement, plan)
    engine.dispose()


@pytest.fixture
def seen() -> tuple[list[Ledger], Callable[[Ledger], None]]:
    """What `admit` was shown, and an `admit` that lets everything in."""
    ledgers: list[Ledger] = []
    return ledgers, ledgers.append
