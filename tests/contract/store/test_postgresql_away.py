"""A database server that is away, hangs, restarts, ends connections: told, taken up again, and nothing half done."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from contract.postgres import Server

from codegym_jlab.records import State
from codegym_jlab.store.base import Ledger, Progress, Step, StoreUnavailable
from codegym_jlab.store.engine import TRIES, Db
from codegym_jlab.store.postgresql import PostgresStore, address, look
from codegym_jlab.store.sql.tables import people as people_table

from .conftest import NOON, Desk
from .test_postgresql import OFFERING, in_the_end, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    """At a database of the usual patience."""
    made = await opened(database)
    yield made
    await made.store.close()


def count(before: Progress, faults: int) -> Step:
    line = replace(before, attempts=before.attempts + 1, max_score=2.0)
    return Step(State.JUDGED, line, line.attempts)


# -- away, and back -----------------------------------------------------------------------------------------------


async def test_a_database_that_went_away_is_told_and_taken_up_again(postgres: Server, database: str) -> None:
    desk = await opened(database)
    kept = await desk.judged(desk.send("x = 1"))
    postgres.stop()
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="does not answer"):
                await desk.accept(desk.send("x = 2"))
            with pytest.raises(StoreUnavailable, match="does not answer"):
                await desk.store.find(kept.submission)
        with pytest.raises(StoreUnavailable):
            await look(database)
    finally:
        postgres.start()
    found = await desk.store.find(kept.submission)
    assert found is not None and found.judgement == kept
    assert (await desk.accept(desk.send("x = 2"))).fresh
    await desk.store.close()


async def test_a_database_that_restarted_between_two_requests_is_not_noticed(postgres: Server, database: str) -> None:
    desk = await opened(database)
    await desk.accept(desk.send("x = 1"))
    await desk.store.ledgers(OFFERING.id, desk.enrolment.person)
    postgres.stop()
    postgres.start()
    assert (await desk.accept(desk.send("x = 2"))).fresh
    assert (await desk.store.ledgers(OFFERING.id, desk.enrolment.person)).waiting == {"sum-even"}
    await desk.store.close()


async def test_a_database_that_hangs_is_as_good_as_away(postgres: Server, database: str) -> None:
    desk = await opened(database, patience_s=2.0)
    sent = desk.send()
    await in_the_end(lambda: desk.accept(sent))
    await in_the_end(lambda: desk.store.find(sent.id))
    with postgres.frozen():
        began = time.monotonic()
        more = [desk.send(f"x = {n}") for n in range(12)]
        outcomes = await asyncio.gather(*map(desk.accept, more), desk.store.find(sent.id), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 13
        assert time.monotonic() - began < 120, "nobody waits for ever"
    again = await in_the_end(lambda: desk.accept(more[0]))
    assert again.found.submission.id == more[0].id
    found = await in_the_end(lambda: desk.store.find(sent.id))
    assert found is not None and found.submission == sent
    await desk.store.close()


async def test_a_store_closes_while_its_database_hangs(postgres: Server, database: str) -> None:
    desk = await opened(database, patience_s=3.0)
    with postgres.frozen():
        waiting = asyncio.ensure_future(desk.accept(desk.send()))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        async with asyncio.timeout(60):
            await desk.store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await desk.store.find("x")


async def test_a_server_that_starts_before_its_database_waits_for_nobody(postgres: Server, database: str) -> None:
    postgres.stop()
    store = PostgresStore(database)
    try:
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await store.open()
    finally:
        postgres.start()
    await store.open()
    await store.close()


# -- whole or not at all ------------------------------------------------------------------------------------------


def end_connection(postgres: Server) -> None:
    """As an administrator does, or a machine between the two: whatever is in a transaction now."""
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")


async def test_what_is_cut_off_in_the_middle_is_done_again(postgres: Server, desk: Desk) -> None:
    sent = desk.send()
    times: list[int] = []

    def admit(ledger: Ledger) -> None:
        times.append(ledger.waiting)
        if len(times) == 1:
            end_connection(postgres)

    assert (await desk.accept(sent, admit=admit)).fresh
    assert times == [0, 0], "nothing of the first try was there at the second"
    assert len(await desk.store.undelivered(9)) == 1


async def test_nothing_is_half_done_when_the_database_dies_before_the_commit(postgres: Server, desk: Desk) -> None:
    """Judgement, progress and event: all or none."""
    sent = desk.send()
    await desk.accept(sent)
    (accepted,) = [pending.event.id for pending in await desk.store.undelivered(9)]
    written = threading.Event()

    def die(before: Progress, faults: int) -> Step:
        step = count(before, faults)

        def events():  # type: ignore[no-untyped-def]
            written.set()
            postgres.stop()
            yield replace(desk.event(sent), id="told")

        return replace(step, events=Late(events))

    try:
        with pytest.raises(StoreUnavailable):
            await desk.store.record(sent, desk.judge(sent), die)
    finally:
        if written.is_set():
            postgres.start()
    assert written.is_set()
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement is None and found.submission.state is State.WAITING
    assert (await desk.store.ledgers(OFFERING.id, sent.person)).progress == {}
    assert [pending.event.id for pending in await desk.store.undelivered(9)] == [accepted]
    judged = desk.judge(sent)
    assert (await desk.store.record(sent, judged, count)).fresh
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement == judged


async def test_a_commit_whose_outcome_nobody_knows_is_not_tried_again(postgres: Server, own_database: str) -> None:
    """The connection ends while the database commits: whoever sends again under the same key finds out."""
    name = address(own_database).database or ""
    for statement in (
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON submissions DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION slow()",
    ):
        postgres.execute(statement, name)
    desk = await opened(own_database, patience_s=60.0)
    sent, asked = desk.send(), []
    sending = asyncio.ensure_future(desk.accept(sent, admit=asked.append))
    committing = f"FROM pg_stat_activity WHERE datname = '{name}' AND query = 'COMMIT' AND state = 'active'"
    async with asyncio.timeout(120):
        while not postgres.execute(f"SELECT pg_terminate_backend(pid) {committing}"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    with pytest.raises(StoreUnavailable):
        await sending
    assert len(asked) == 1
    postgres.execute("DROP TRIGGER slow ON submissions", name)
    assert (await desk.accept(sent)).found.submission == sent
    await desk.store.close()


class Late(tuple):  # type: ignore[type-arg]
    """Events that are made when they are written: after the judgement and the progress."""

    def __new__(cls, made):  # type: ignore[no-untyped-def]
        self = super().__new__(cls)
        self.made = made
        return self

    def __iter__(self):  # type: ignore[no-untyped-def]
        return self.made()


@pytest.mark.parametrize("state", ["40001", "40P01"], ids=["serialization", "deadlock"])
async def test_work_that_met_other_work_is_done_again(desk: Desk, state: str) -> None:
    writer = desk.store._writer  # type: ignore[attr-defined]
    tries: list[int] = []

    def work(db: Db) -> str:
        tries.append(1)
        if len(tries) < 3:
            db.connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '{state}'; END $$")
        return "done"

    assert await writer.run(work) == "done" and len(tries) == 3
    tries[:] = [1] * -100

    def never(db: Db) -> None:
        tries.append(1)
        db.connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(StoreUnavailable):
        await writer.run(never)
    assert len(tries) == TRIES


async def test_a_real_deadlock_ends_with_both_done(database: str, desk: Desk) -> None:
    """Two transactions that hold two people's rows crosswise: one is told to begin again."""
    ben = await desk.store.enrol(OFFERING, "ben")
    people, both = [desk.enrolment.person, ben.person], threading.Barrier(2)
    writer = desk.store._writer  # type: ignore[attr-defined]

    def crosswise(order: list[str]):  # type: ignore[no-untyped-def]
        first = True

        def work(db: Db) -> None:
            nonlocal first
            db.hold(people_table, order[0])
            if first:
                first = False
                both.wait(120)
            db.hold(people_table, order[1])

        return work

    await asyncio.gather(writer.run(crosswise(people)), writer.run(crosswise(people[::-1])))


async def test_what_a_request_no_longer_waits_for_is_whole_all_the_same(desk: Desk) -> None:
    inside, may_go = threading.Event(), threading.Event()

    def slow(ledger: Ledger) -> None:
        inside.set()
        may_go.wait(120)

    sent = desk.send()
    task = asyncio.ensure_future(desk.accept(sent, admit=slow))
    await asyncio.to_thread(inside.wait, 120)
    task.cancel()
    await asyncio.wait({task})
    may_go.set()
    async with asyncio.timeout(120):
        while await desk.store.find(sent.id) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(await desk.store.undelivered(9)) == 1


async def test_the_database_says_kept_only_when_it_is_on_its_disk(postgres: Server, own_database: str) -> None:
    """Whatever the database's own setting is."""
    name = address(own_database).database
    postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    postgres.execute(f"ALTER DATABASE {name} SET timezone = 'Europe/Berlin'")
    desk = await opened(own_database)
    asked = "SELECT current_setting('synchronous_commit'), current_setting('timezone'), current_setting('jit')"
    said = await desk.store._writer.run(lambda db: db.connection.exec_driver_sql(asked).one())  # type: ignore[attr-defined]
    assert said == ("on", "UTC", "off")
    sent = desk.send()
    await desk.accept(sent)
    found = await desk.store.find(sent.id)
    assert found is not None and found.submission.received_at == NOON
    await desk.store.close()
