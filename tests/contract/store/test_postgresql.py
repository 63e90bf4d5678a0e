"""What only a database server can do wrong: be away, hang, end a connection, refuse, run beside another server."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from contract.postgres import Server
from sqlalchemy import NullPool, create_engine, text

from codegym_jlab.store import statements
from codegym_jlab.store.base import Ledger, Offering, Progress, Step, StoreTooNew, StoreUnavailable
from codegym_jlab.store.driver import Db
from codegym_jlab.store.migrations import HEAD
from codegym_jlab.store.postgresql import TRIES, PostgresStore, address, look
from codegym_jlab.store.tables import metadata
from codegym_jlab.submission import State

from .conftest import NOON, Desk
from .test_sqlite import NAMES

pytestmark = pytest.mark.anyio
OFFERING = Offering("local:basics", "basics", "Python basics")


async def opened(url: str, **options: Any) -> Desk:
    store = PostgresStore(url, **options)
    await store.open()
    return Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))


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
    desk = await opened(database, patience_s=0.5)
    sent = desk.send()
    await desk.accept(sent)
    await desk.store.find(sent.id)
    with postgres.frozen():
        began = time.monotonic()
        more = [desk.send(f"x = {n}") for n in range(12)]
        outcomes = await asyncio.gather(*map(desk.accept, more), desk.store.find(sent.id), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 13
        assert time.monotonic() - began < 30, "nobody waits for ever"
    async with asyncio.timeout(60):
        while True:
            try:
                again = await desk.accept(more[0])
                break
            except StoreUnavailable:
                await asyncio.sleep(0.1)
    assert again.found.submission.id == more[0].id
    found = await desk.store.find(sent.id)
    assert found is not None and found.submission == sent
    await desk.store.close()


async def test_a_store_closes_while_its_database_hangs(postgres: Server, database: str) -> None:
    desk = await opened(database, patience_s=0.3)
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

    with pytest.raises(StoreUnavailable):
        await desk.store.record(sent, desk.judge(sent), die)
    assert written.is_set()
    postgres.start()
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
    async with asyncio.timeout(30):
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
            db.driver.execute(f"DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '{state}'; END $$")  # type: ignore
        return "done"

    assert await writer.run(work) == "done" and len(tries) == 3
    tries[:] = [1] * -100

    def never(db: Db) -> None:
        tries.append(1)
        db.driver.execute(f"DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '{state}'; END $$")  # type: ignore

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
            db.hold(statements.HOLD, {"p_person": order[0]})
            if first:
                first = False
                both.wait(30)
            db.hold(statements.HOLD, {"p_person": order[1]})

        return work

    await asyncio.gather(writer.run(crosswise(people)), writer.run(crosswise(people[::-1])))


async def test_what_a_request_no_longer_waits_for_is_whole_all_the_same(desk: Desk) -> None:
    inside, may_go = threading.Event(), threading.Event()

    def slow(ledger: Ledger) -> None:
        inside.set()
        may_go.wait(30)

    sent = desk.send()
    task = asyncio.ensure_future(desk.accept(sent, admit=slow))
    await asyncio.to_thread(inside.wait, 30)
    task.cancel()
    await asyncio.wait({task})
    may_go.set()
    async with asyncio.timeout(30):
        while await desk.store.find(sent.id) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(await desk.store.undelivered(9)) == 1


async def test_the_database_says_kept_only_when_it_is_on_its_disk(postgres: Server, own_database: str) -> None:
    """Whatever the database's own setting is."""
    name = address(own_database).database
    postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    postgres.execute(f"ALTER DATABASE {name} SET timezone = 'Europe/Berlin'")
    desk = await opened(own_database)
    asked = "SELECT current_setting('synchronous_commit'), current_setting('timezone')"
    said = await desk.store._writer.run(lambda db: db.driver.execute(asked).fetchone())  # type: ignore[attr-defined]
    assert said == ("on", "UTC")
    sent = desk.send()
    await desk.accept(sent)
    found = await desk.store.find(sent.id)
    assert found is not None and found.submission.received_at == NOON
    await desk.store.close()


# -- the form of the records --------------------------------------------------------------------------------------


def test_the_migrations_lead_to_the_tables(postgres: Server, own_database: str) -> None:
    """With checks, partial indexes and defaults: autogenerate sees none of these."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with create_engine(address(own_database), poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []
    declared = postgres.database()
    with create_engine(address(postgres.url(declared)), poolclass=NullPool).begin() as connection:
        metadata.create_all(connection)
    asked = [
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%' ORDER BY 1, 2",
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2",
    ]
    for statement in asked:
        found = postgres.execute(statement, address(own_database).database or "")
        assert found and found == postgres.execute(statement, declared)
    postgres.drop(declared)


async def test_an_empty_database_is_made_ready_by_servers_that_start_together(postgres: Server) -> None:
    name = postgres.database()
    desks = await asyncio.gather(*(opened(postgres.url(name)) for _ in range(4)))
    assert len({desk.enrolment.person for desk in desks}) == 1
    await asyncio.gather(*(desk.store.close() for desk in desks))
    postgres.drop(name)


async def test_a_newer_database_is_told_and_left_alone(postgres: Server, own_database: str) -> None:
    postgres.execute("UPDATE alembic_version SET version_num = '9999'", address(own_database).database or "")
    store = PostgresStore(own_database)
    with pytest.raises(StoreTooNew, match="Update CodeGYM"):
        await store.open()
    await store.close()


async def test_somebody_elses_database_is_never_written_to(postgres: Server) -> None:
    name = postgres.database()
    postgres.execute("CREATE TABLE somebody_elses (id int)", name)
    store = PostgresStore(postgres.url(name))
    with pytest.raises(StoreUnavailable, match="holds something else"):
        await store.open()
    await store.close()
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.execute(tables, name) == [("somebody_elses",)]
    postgres.drop(name)


# -- what is said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://ana:s3cret@/nothing?host={folder}&port=5432", "no such database"),
        ("postgresql://nobody-known:s3cret@/postgres?host={folder}&port=5432", "refused the name"),
        ("postgresql://ana:s3cret@127.0.0.1:1/records", "does not answer"),
        ("postgresql://ana:s3cret@/postgres?host=/nowhere", "does not answer"),
        ("postgresql:///records?host=127.0.0.1&port=1&user=ana&password=s3cret", "does not answer"),
        ("mysql://ana:s3cret@host/records", "not understood"),
        ("s3cret", "not understood"),
    ],
)
async def test_what_is_wrong_is_said_without_the_password(
    postgres: Server, caplog: pytest.LogCaptureFixture, url: str, says: str
) -> None:
    postgres.execute("DO $$ BEGIN CREATE ROLE ana LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    with pytest.raises(StoreUnavailable, match=says) as told:
        store = PostgresStore(url.format(folder=postgres.folder))
        try:
            await store.open()
        finally:
            await store.close()
    assert "s3cret" not in f"{told.value}{caplog.text}"


async def test_a_name_without_rights_is_told(postgres: Server, own_database: str) -> None:
    postgres.execute("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    store = PostgresStore(own_database.replace("//postgres@", "//guest@"))
    with pytest.raises(StoreUnavailable, match="rights"):
        await store.open()
    await store.close()


async def test_doctor_names_the_database_and_whether_it_answers(
    postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codegym_jlab.config import CodeGym
    from codegym_jlab.doctor import records

    monkeypatch.setenv("CODEGYM_DATABASE", database.replace("//postgres@", "//postgres:s3cret@"))
    settings = CodeGym().settings(".")
    unsafe = await records(settings)
    assert not unsafe.good and "fsync=off" in unsafe.text, "as tests have it, for speed"
    postgres.stop()
    try:
        away = await records(settings)
    finally:
        postgres.start()
    assert not away.good and "does not answer" in away.text
    assert "s3cret" not in f"{unsafe}{away}{settings}"


def test_who_keeps_records_in_a_file_needs_no_driver() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from pathlib import Path\n"
        "import codegym_jlab.config\n"
        "from codegym_jlab.store.choice import store_at\n"
        "store_at(Path('x'))\n"
        "try: store_at('postgresql://host/records')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert re.match(r"StoreUnavailable .*pip install 'codegym-jlab\[postgres\]'", said)


# -- plans --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_has_an_index_to_go_by(database: str, name: str) -> None:
    """So that a check costs the same with 10 submissions and with 1 000 000: the tables here are empty, so the planner
    is forbidden what it would do with small ones; what it does all the same it would have to do with large ones."""
    with create_engine(address(database), poolclass=NullPool).begin() as connection:
        for step in ("seqscan", "sort", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{step} = off"))
        db = Db(connection.connection.dbapi_connection, connection.dialect)  # type: ignore[arg-type]
        plan = plan_of(db, getattr(statements, name))
    assert "Seq Scan" not in plan and "Sort" not in plan, plan


def plan_of(db: Db, statement: Any) -> str:
    """With values that fit its types."""
    compiled = statement.compile(dialect=db.dialect, compile_kwargs={"render_postcompile": True})
    values = {}
    for bind, key in compiled.bind_names.items():
        kind = bind.type.python_type if bind.type.__class__.__name__ != "NullType" else str
        example = {int: 9, float: 1.0, bool: True, str: "x"}.get(kind, NOON)
        values[key] = 9 if key in ("p_limit", "param_1") else bind.value if bind.value is not None else example
    cursor = db.driver.cursor()
    cursor.execute(f"EXPLAIN {compiled}", values)
    return "\n".join(row[0] for row in cursor.fetchall())


def test_psycopg_is_the_fast_one() -> None:
    """Its part in C, which the extra `postgres` brings."""
    assert psycopg.pq.__impl__ == "binary"
