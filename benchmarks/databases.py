"""A submission stored and its judgement recorded, both durable: SQLite, and PostgreSQL where one is named.

$CODEGYM_BENCH_DATABASE names it: `postgresql://…`, as who may make a database. One is made, filled and dropped.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.desk import Desk, timed
from benchmarks.figures import Figure, figure
from benchmarks.records import MANY
from codegym_jlab.records import (
    Cell,
    CheckResult,
    Judgement,
    Kind,
    Score,
    ScorePart,
    State,
    Submission,
    Verdict,
    new_id,
)
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import Lease, Progress, Step
from codegym_jlab.store.classes import Enrolment, Offering

VARIABLE = "CODEGYM_BENCH_DATABASE"
STUDENTS = 32
_OFFERING = Offering("local:bench", "bench", "bench")
#: Copies of the newest submission of who sent most, as `records.multiply` makes them in SQLite.
_COPIES = """
CREATE TEMPORARY TABLE newest AS
 SELECT judgements.id, submission FROM judgements JOIN progress USING (submission) ORDER BY attempts DESC LIMIT 1;
{inserts}
"""
_ROWS = (
    ("submissions", ("id", "idempotency_key", "digest"), "id = (SELECT submission FROM newest)"),
    ("judgements", ("id", "submission"), "id = (SELECT id FROM newest)"),
    ("check_results", ("judgement",), "judgement = (SELECT id FROM newest)"),
    ("score_parts", ("judgement",), "judgement = (SELECT id FROM newest)"),
)


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Turn by turn: SQLite, PostgreSQL, PostgreSQL with many stored; so each stands beside the other's moment."""
    places: list[Path | str] = [desk.scratch("store") / "codegym.sqlite"]
    many = MANY if desk.rounds >= 200 else MANY // 20
    async with AsyncExitStack() as stack:
        if named := os.environ.get(VARIABLE):
            places += [await stack.enter_async_context(made_database(named)) for _ in range(2)]
            await _measured(places[2:], 1)
            desk.say(f"{many} stored submissions are made …")
            await asyncio.to_thread(_multiply, places[2], many)
        else:
            desk.say(f"PostgreSQL is left out: {VARIABLE} names none")
        alone, together = await _measured(places, desk.rounds)
    name, beside = "a submission stored and judged", f"the same, {STUDENTS} students at once"
    yield (one := figure("databases", f"SQLite: {name}", alone[0]))
    yield (class_ := figure("databases", f"SQLite: {beside}", together[0]))
    if named:
        yield (few := figure("databases", f"PostgreSQL: {name}", alone[1], one))
        yield figure("databases", f"PostgreSQL: {beside}", together[1], class_)
        yield figure("databases", f"PostgreSQL: {name}, many stored", alone[2], few, f"{many} stored")


async def _measured(places: Sequence[Path | str], rounds: int) -> tuple[list[list[float]], list[list[float]]]:
    """Milliseconds of one after the other; and of each where many are at work, by the time of all. A list a place."""
    stores = [store_at(place) for place in places]
    alone: list[list[float]] = [[] for _ in places]
    together: list[list[float]] = [[] for _ in places]
    try:
        for store in stores:
            await store.open()
        classes = [[await store.enrol(_OFFERING, f"student-{n}") for n in range(STUDENTS)] for store in stores]
        for _ in range(10 + rounds):
            for store, students, into in zip(stores, classes, alone, strict=True):
                with timed(into):
                    await _one(store, students[0])
        for _ in range(max(5, rounds // 10)):
            for store, students, into in zip(stores, classes, together, strict=True):
                began = time.perf_counter()
                await asyncio.gather(*(_one(store, who) for who in students))
                into.append((time.perf_counter() - began) * 1000 / STUDENTS)
        return [times[10:] for times in alone], together
    finally:
        for store in stores:
            await store.close()


async def _one(store: Store, who: Enrolment) -> None:
    """Both transactions of a submission of five checks; the judge takes no time."""
    now = datetime.now(UTC)
    sent = Submission(
        id=new_id(),
        offering=who.offering,
        course=who.course,
        exercise="twice",
        person=who.person,
        submitter=who.person,
        kind=Kind.SUBMIT,
        source=f"def twice(x):\n    return 2 * x\n# {secrets.token_hex(8)}\n",
        cells=(Cell("import math"),),
        idempotency_key=new_id(),
        received_at=now,
        claimed_at=None,
    )
    lease = Lease("bench", now + timedelta(seconds=30))
    await store.accept(
        sent, unit="one", course_digest="d" * 64, admit=lambda ledger: None, events=[_event(sent, "sent")], lease=lease
    )

    def advance(before: Progress, faults: int) -> Step:
        line = replace(before, submitted_at=now, submission=sent.id, score=1.0, max_score=1.0)
        line = replace(line, solved=True, attempts=before.attempts + 1)
        return Step(State.JUDGED, line, line.attempts, [_event(sent, "judged"), _event(sent, "progress")])

    if not (await store.record(sent, _judgement(sent, now), advance)).fresh:
        raise RuntimeError("a judgement was not recorded")


def _event(sent: Submission, what: str) -> Any:
    from codegym_jlab.records import Event

    data = {"submission": sent.id, "exercise": sent.exercise, "kind": sent.kind.value}
    return Event(f"{what}:{sent.id}", what, sent.person, sent.offering, sent.received_at, data)


def _judgement(sent: Submission, now: datetime) -> Judgement:
    checks = tuple(
        CheckResult(f"c{n}", f"twice({n})", n > 2, Verdict.AC, 1.0, expected=str(2 * n), got=str(2 * n))
        for n in range(5)
    )
    return Judgement(
        id=new_id(),
        submission=sent.id,
        verdict=Verdict.AC,
        score=Score(1.0, 1.0),
        parts=(ScorePart("checker", 1.0, 1.0),),
        checks=checks,
        hidden_not_run=0,
        stdout="",
        notices=(),
        failure=None,
        course_digest="d" * 64,
        environment_digest="e" * 64,
        seed="5eed",
        level="none",
        wall_ms=1.0,
        judged_at=now,
    )


@asynccontextmanager
async def made_database(named: str) -> AsyncIterator[str]:
    """A database of our own on the server named; the one named is not touched."""
    from codegym_jlab.store.postgresql import address

    url, name = address(named), f"codegym_bench_{secrets.token_hex(4)}"
    await asyncio.to_thread(_run, named, f"CREATE DATABASE {name}")
    try:
        yield url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        await asyncio.to_thread(_run, named, f"DROP DATABASE {name} WITH (FORCE)")


def _multiply(place: Path | str, many: int) -> None:
    from sqlalchemy import inspect
    from sqlalchemy.exc import DBAPIError

    from codegym_jlab.store.postgresql import address, make_engine

    engine, inserts = make_engine(address(str(place))), []
    for table, renamed, which in _ROWS:
        columns = [column["name"] for column in inspect(engine).get_columns(table)]
        # a digest has no room for more
        taken = ", ".join(f"right({c}, 50) || '-' || n" if c in renamed else f'"{c}"' for c in columns)
        listed = ", ".join(f'"{c}"' for c in columns)
        series = f"generate_series(1, {many}) AS n"
        inserts.append(f"INSERT INTO {table} ({listed}) SELECT {taken} FROM {table}, {series} WHERE {which};")
    _run(place, _COPIES.format(inserts="\n".join(inserts)))
    _run(place, "VACUUM (ANALYZE)")
    with suppress(DBAPIError):  # not everyone may ask for it
        _run(place, "CHECKPOINT")


def _run(place: Path | str, statements: str) -> None:
    from codegym_jlab.store.postgresql import address, make_engine

    engine = make_engine(address(str(place)))
    with engine.connect() as connection:
        connection.exec_driver_sql(statements)
    engine.dispose()
