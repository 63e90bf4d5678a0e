"""Short reads on the event loop's own thread: never old, never in another file, never in the way."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from codegym_jlab.store.base import Offering, StoreUnavailable
from codegym_jlab.store.sql import SqlStore
from codegym_jlab.store.sqlite import Journal, Lane

pytestmark = pytest.mark.anyio
CLASS = Offering("class", "basics", "Python basics")


@asynccontextmanager
async def stores(path: Path, number: int, journal: Journal | None = None) -> AsyncIterator[list[SqlStore]]:
    made = [SqlStore(path, busy_s=0.2, journal=journal) for _ in range(number)]
    for store in made:
        await store.open()
    yield made
    for store in made:
        await store.close()


async def offerings(store: SqlStore) -> list[str]:
    return [mine.offering.id for mine in await store.memberships("ana")]


@asynccontextmanager
async def lane(path: Path, journal: Journal | None = None) -> AsyncIterator[Lane]:
    made = Lane("reader", path, begin="BEGIN", journal=journal)
    await made.run(lambda db: None)
    yield made
    await made.close()


def thread(db: Any) -> int:
    db.driver.execute("SELECT count(*) FROM sqlite_master")
    return threading.get_ident()


async def test_what_another_server_wrote_is_seen_at_the_next_read(tmp_path: Path) -> None:
    async with stores(tmp_path / "records.db", 2) as (one, two):
        for n in range(20):
            writer, reader = (one, two) if n % 2 else (two, one)
            await writer.enrol(Offering(f"class-{n}", "basics", "Python basics"), "ana")
            assert f"class-{n}" in await offerings(reader) and f"class-{n}" in await offerings(writer)


async def test_a_file_in_the_place_of_another_is_the_one_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    async with stores(path, 1) as (store,):
        await store.enrol(CLASS, "ana")
        assert await offerings(store) == ["class"]
        for name in os.listdir(tmp_path):
            os.rename(tmp_path / name, tmp_path / f"away-{name}")
        with pytest.raises(StoreUnavailable):
            await store.memberships("ana")
        async with stores(path, 1) as (other,):
            await other.enrol(Offering("new", "basics", "Python basics"), "ana")
            assert await offerings(store) == ["new"]


@pytest.mark.parametrize("journal", ["WAL", "TRUNCATE"])
async def test_it_needs_no_other_thread_where_readers_wait_for_nobody(tmp_path: Path, journal: Journal) -> None:
    async with lane(tmp_path / "records.db", journal) as made:
        here = await made.glance(thread) == threading.get_ident()
        assert here == (journal == "WAL")


async def test_who_is_locked_out_waits_in_the_lane_and_not_on_the_loop(tmp_path: Path) -> None:
    async with lane(tmp_path / "records.db") as made:
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        await made.close()  # an exclusive lock is had by who is alone
        other.execute("CREATE TABLE mine (n)")
        again = Lane("reader", tmp_path / "records.db", begin="BEGIN", busy_s=0.5)
        asking = asyncio.create_task(again.run(thread))
        began = time.monotonic()
        await asyncio.sleep(0.01)
        assert time.monotonic() - began < 0.4
        with pytest.raises(StoreUnavailable):
            await asking
        with pytest.raises(StoreUnavailable):
            await again.glance(thread)
        other.close()
        assert await again.glance(thread) != threading.get_ident()
        assert await again.glance(thread) == threading.get_ident()
        await again.close()


async def test_what_the_read_itself_raises_is_raised(tmp_path: Path) -> None:
    def fails(db: Any) -> None:
        raise LookupError("two rows")

    async with lane(tmp_path / "records.db") as made:
        with pytest.raises(LookupError):
            await made.glance(fails)
        with pytest.raises(StoreUnavailable):
            await made.glance(lambda db: db.driver.execute("SELECT nothing"))


async def test_who_looks_while_it_is_closed_opens_nothing(tmp_path: Path) -> None:
    made = Lane("reader", tmp_path / "records.db", begin="BEGIN")
    await made.run(lambda db: None)
    closing = asyncio.create_task(made.close())
    await asyncio.sleep(0)
    with suppress(StoreUnavailable):
        await made.glance(thread)
    await closing
    assert not [name for name in open_files() if name.startswith(str(tmp_path))]


def open_files() -> Iterator[str]:
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the listing itself
            yield os.readlink(f"/proc/self/fd/{fd}")
