"""What only a database server can do wrong: be away, hang, end a connection, refuse, run beside another server."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
import pytest
from contract.postgres import Server
from contract.stored import patient

from codegym_jlab.store.base import StoreTooNew, StoreUnavailable
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.postgresql import PostgresStore, address

from .conftest import Desk

pytestmark = pytest.mark.anyio
OFFERING = Offering("local:basics", "basics", "Python basics")
T = TypeVar("T")


async def in_the_end(ask: Callable[[], Awaitable[T]]) -> T:
    """What it gives once the database answers within its patience: a busy machine may take longer than that."""
    async with asyncio.timeout(120):
        while True:
            with suppress(StoreUnavailable):
                return await ask()
            await asyncio.sleep(0.1)


async def opened(url: str, **options: Any) -> Desk:
    store = PostgresStore(url, **options) if options else patient(url)
    await store.open()
    return Desk(store, OFFERING, await in_the_end(lambda: store.enrol(OFFERING, "ana")))


# -- the form of the records --------------------------------------------------------------------------------------


async def test_an_empty_database_is_made_ready_by_servers_that_start_together(postgres: Server) -> None:
    name = postgres.database()
    desks = await asyncio.gather(*(opened(postgres.url(name)) for _ in range(4)))
    assert len({desk.enrolment.person for desk in desks}) == 1
    await asyncio.gather(*(desk.store.close() for desk in desks))
    postgres.drop(name)


async def test_who_has_it_open_goes_on_beside_a_newer_server(own_database: str) -> None:
    """Also by connections that it makes later: it was one at a time until now, and is many at once."""
    store = PostgresStore(own_database)
    try:
        await store.open()
        with psycopg.connect(own_database) as newer:
            newer.execute("UPDATE alembic_version SET version_num = '9999'")
        spring = Offering("spring", "basics", "Basics")
        await asyncio.gather(*(store.enrol(spring, f"user-{n}") for n in range(40)))
        assert len(await store.accounts(spring.id)) == 40
    finally:
        await store.close()


async def test_a_newer_database_is_told_and_left_alone(postgres: Server, own_database: str) -> None:
    postgres.execute("UPDATE alembic_version SET version_num = '9999'", address(own_database).database or "")
    store = PostgresStore(own_database)
    with pytest.raises(StoreTooNew, match="Update CodeGYM"):
        await store.open()
    await store.close()


async def test_a_database_without_records_is_told_to_who_only_reads(postgres: Server) -> None:
    name = postgres.database()
    store = PostgresStore(postgres.url(name))
    with pytest.raises(StoreUnavailable, match="not there yet"):
        await store.depth()
    await store.close()
    postgres.drop(name)


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
    from codegym_jlab.doctor import records
    from codegym_jlab.settings import CodeGym

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
        "import codegym_jlab.wiring\n"
        "from codegym_jlab.store import store_at\n"
        "store_at(Path('x'))\n"
        "try: store_at('postgresql://host/records')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert re.match(r"StoreUnavailable .*pip install 'codegym-jlab\[postgres\]'", said)


def test_psycopg_is_the_fast_one() -> None:
    """Its part in C, which the extra `postgres` brings."""
    assert psycopg.pq.__impl__ == "binary"
