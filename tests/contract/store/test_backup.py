"""A backup holds every row of one moment; what is restored is those rows, on either database, or nothing at all."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from contract.postgres import Server
from contract.stored import patient
from sqlalchemy import Boolean, Column, LargeBinary, MetaData, Table

from codegym_jlab.store import store_at
from codegym_jlab.store.audit import Act, acting
from codegym_jlab.store.backup import (
    BackupError,
    Manifest,
    Reader,
    connected,
    form_of,
    line_of,
    row_of,
    save,
    tables_of,
)
from codegym_jlab.store.base import StoreTooNew
from codegym_jlab.store.classes import Joining, Offering
from codegym_jlab.store.engine import Json, Utc
from codegym_jlab.store.migrations import HEAD
from codegym_jlab.store.restore import InUse, NotEmpty, restore

from .conftest import NOON, Desk
from .test_migrations import LATER_ROWS, OFFERING, ROWS, database

pytestmark = pytest.mark.anyio
Place = Path | str
Rows = dict[str, list[tuple[Any, ...]]]


def nothing(*_: object) -> None:
    """Told to nobody."""


def put_back(file: Path, place: Place, aside: Callable[[], None] | None = None) -> Manifest:
    """Restore, quietly."""
    reader = Reader(file)
    try:
        restore(reader, place, aside=aside, told=nothing)
        return reader.manifest
    finally:
        reader.close()


def rows_of(place: Place) -> Rows:
    """Every row of every table, in one order whatever the database."""
    with connected(place) as connection:
        assert form_of(connection) == HEAD
        found = {t.name: [tuple(row) for row in connection.execute(t.select())] for t in tables_of(connection)}
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def hand_in(place: Place, who: str, *sources: str) -> None:
    """Each is accepted and judged."""

    async def work() -> None:
        store = patient(place)
        await store.open()
        desk = Desk(store, OFFERING, await store.enrol(OFFERING, who))
        for source in sources:
            await desk.judged(desk.send(source))
        await store.close()

    asyncio.run(work())


@pytest.fixture(params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Records that went through every form, with rows in most tables, and newer ones."""
    making = database(request, tmp_path, [("0001", ROWS + LATER_ROWS)])
    place = next(making)
    body = "x'00ff0a'" if isinstance(place, Path) else r"'\x00ff0a'"
    hand_in(place, "ana", "x = 'é\U0001f600\\u2028'", "y = 1")
    change(place, f"INSERT INTO course_files (digest, body) VALUES ('d', {body})")
    yield place
    next(making, None)


@pytest.fixture
def empty_database(postgres: Server) -> Iterator[str]:
    """A database without tables."""
    name = postgres.database()
    yield postgres.url(name)
    postgres.drop(name)


def test_from_either_to_either_and_back(full: Place, empty_database: str, tmp_path: Path) -> None:
    before = rows_of(full)
    assert sum(bool(rows) for rows in before.values()) > 12
    file = tmp_path / "1.zip"
    manifest = save(full, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert manifest.rows == {name: len(rows) for name, rows in before.items()}
    places: list[Place] = [tmp_path / "new" / "codegym.sqlite", empty_database, tmp_path / "last.sqlite"]
    for number, place in enumerate(places):
        put_back(file, place)
        assert rows_of(place) == before
        file = tmp_path / f"again-{number}.zip"
        save(place, file)
    with zipfile.ZipFile(tmp_path / "1.zip") as first, zipfile.ZipFile(tmp_path / "again-0.zip") as second:
        assert {n: first.read(n) for n in first.namelist() if n.endswith("jsonl")} == {
            n: second.read(n) for n in second.namelist() if n.endswith("jsonl")
        }


async def test_work_goes_on_where_it_was(full: Place, empty_database: str, tmp_path: Path) -> None:
    """No event is sent twice, numbers go on after the highest ever given, and what waited is judged."""
    store = store_at(full)
    await store.open()
    desk = Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))
    undelivered = [pending.event.id for pending in await store.undelivered(99)]
    newest = await store.newest()
    await store.close()
    change(full, f"DELETE FROM outbox WHERE seq = {newest}")  # as retention does
    save(full, tmp_path / "b.zip")

    place: Place = tmp_path / "c.sqlite" if isinstance(full, str) else empty_database
    put_back(tmp_path / "b.zip", place)
    store = patient(place)
    await store.open()
    assert [pending.event.id for pending in await store.undelivered(99)] == undelivered[:-1]
    desk = Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))
    sent = desk.send("z = 1")
    await desk.judged(sent)
    assert await store.newest() == newest + 1
    assert max(found.submission.id for found in [(await store.find(sent.id))] if found) == sent.id
    await store.close()


def change(place: Place, statement: str) -> None:
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as db:
            db.execute(statement)
            db.commit()
    else:
        import psycopg

        with psycopg.connect(place) as driver:
            driver.execute(statement.encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Records in the form of 0001, which no newer version has opened."""
    yield from database(request, tmp_path, [("0001", ROWS)])


async def test_an_older_form_is_brought_up_to_date(old: Place, empty_database: str, tmp_path: Path) -> None:
    manifest = save(old, tmp_path / "old.zip")
    assert manifest.schema == "0001"
    for place in (tmp_path / "new.sqlite", empty_database):
        put_back(tmp_path / "old.zip", place)
        store = patient(place)
        await store.open()
        found = await store.find("s1")
        assert found is not None and found.judgement is not None and found.judgement.id == "j1"
        history = [(given.judgement.id, given.superseded_by) for given in await store.history("s1")]
        assert sorted(history) == [("j0", "j1"), ("j1", None)], "a row that refers to a later one"
        await store.close()


async def test_a_backup_under_load_holds_what_was_acknowledged(place: Place, tmp_path: Path) -> None:
    store = patient(place)
    await store.open()
    offering = Offering("local:basics", "basics", "Basics")
    desk = Desk(store, offering, await store.enrol(offering, "ana"))
    acknowledged: list[str] = []
    stop, more = asyncio.Event(), asyncio.Semaphore(0)

    async def work(number: int) -> None:
        while not stop.is_set():
            sent = desk.send(f"x = {number} + {len(acknowledged)}")
            await desk.judged(sent)
            acknowledged.append(sent.id)
            more.release()

    workers = [asyncio.create_task(work(number)) for number in range(4)]
    for number in range(2):
        for _ in range(30):
            await more.acquire()
        before = list(acknowledged)
        await asyncio.to_thread(save, place, tmp_path / f"{number}.zip")
        copy = tmp_path / f"{number}.sqlite"
        await asyncio.to_thread(put_back, tmp_path / f"{number}.zip", copy)
        rows = {name: len(found) for name, found in rows_of(copy).items()}
        with closing(sqlite3.connect(copy)) as db:
            there = {id for (id,) in db.execute("SELECT id FROM submissions")}
            judged = db.execute("SELECT count(*) FROM submissions WHERE state = 'judged'").fetchone()[0]
        assert there >= set(before)
        assert judged == rows["judgements"], "a judgement and what it changes are of one moment"
    stop.set()
    await asyncio.gather(*workers)
    await store.close()


# -- what is refused, and leaves everything as it was -------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A backup of a few records."""
    hand_in(tmp_path / "small.sqlite", "ben", *(f"x = {number}" for number in range(20)))
    save(tmp_path / "small.sqlite", tmp_path / "small.zip")
    return tmp_path / "small.zip"


@pytest.fixture(params=["sqlite", "postgresql"])
def occupied(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Records of somebody else."""
    target: Place = tmp_path / "there.sqlite"
    if request.param == "postgresql":
        target = request.getfixturevalue("empty_database")
    hand_in(target, "eva", "mine = 1")
    return target


def test_records_that_are_there_stay(small: Path, occupied: Place, tmp_path: Path) -> None:
    before = rows_of(occupied)
    with pytest.raises(NotEmpty):
        put_back(small, occupied)
    assert rows_of(occupied) == before
    kept = tmp_path / "kept.zip"
    put_back(small, occupied, lambda: [save(occupied, kept)] and None)
    assert rows_of(occupied) == rows_of(tmp_path / "small.sqlite")
    put_back(kept, tmp_path / "undone.sqlite")
    assert rows_of(tmp_path / "undone.sqlite") == before


def test_a_session_that_ends_meanwhile_is_waited_for(small: Path, empty_database: str) -> None:
    """As the server's does that was stopped just before."""
    import threading

    from sqlalchemy import create_engine

    engine = create_engine(empty_database, connect_args={"application_name": "codegym"})
    session = engine.connect()
    leaving = threading.Timer(0.5, lambda: (session.close(), engine.dispose()))
    leaving.start()
    put_back(small, empty_database)
    leaving.join()
    assert rows_of(empty_database)


async def test_the_audit_log_keeps_what_was_done_after_the_backup(occupied: Place, tmp_path: Path) -> None:
    store = store_at(occupied)
    await store.open()
    for who in ("prof", "tim"):
        async with acting(store, Act("prof", "members", OFFERING.id)):
            await store.enlist(OFFERING.id, lambda members, who=who: [Joining(who, "instructor")], NOON)
        if who == "prof":
            save(occupied, tmp_path / "early.zip")
    async with acting(store, Act("tim", "publish", OFFERING.id)):
        pass
    async with acting(store, Act("root", "make")):
        await store.make_offering(Offering("spring", "basics", "Basics"))
    async with acting(store, Act("prof", "pace", "spring", {"unit": "u"})):
        pass
    before = await store.acts(None)
    await store.close()
    for _ in range(2):
        put_back(tmp_path / "early.zip", occupied, nothing)
    store = store_at(occupied)
    await store.open()
    after = await store.acts(None)
    assert not await store.memberships("tim") and len(await store.acts("spring")) == 0
    await store.close()
    facts = ("id", "done_at", "who", "act")
    assert [[one[f] for f in facts] for one in after] == [[one[f] for f in facts] for one in before]
    assert after[0]["what"] == {"unit": "u", "offering": "spring"} and after[2]["offering"] == OFFERING.id


async def test_a_server_that_runs_keeps_its_records(small: Path, occupied: Place) -> None:
    store = store_at(occupied)
    await store.open()
    with pytest.raises(InUse):
        put_back(small, occupied, nothing)
    desk = Desk(store, OFFERING, await store.enrol(OFFERING, "eva"))
    await desk.judged(desk.send("more = 1"))
    await store.close()


@pytest.mark.parametrize("cut", [0, 1000, -300, -1])
def test_a_file_that_was_cut_off(small: Path, tmp_path: Path, cut: int) -> None:
    torn = tmp_path / "torn.zip"
    torn.write_bytes(small.read_bytes()[:cut])
    with pytest.raises(BackupError, match="damaged|no backup"):
        put_back(torn, tmp_path / "new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()


def test_a_file_in_which_a_byte_is_another(small: Path, tmp_path: Path) -> None:
    whole, chance, refused = small.read_bytes(), random.Random(7), 0
    expected = rows_of(tmp_path / "small.sqlite")
    for number in range(24):
        bad = bytearray(whole)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        (tmp_path / "bad.zip").write_bytes(bad)
        target = tmp_path / f"{number}.sqlite"
        try:
            put_back(tmp_path / "bad.zip", target)
        except BackupError:
            refused += 1
            assert not target.exists()
        else:  # what a zip holds of times and rights, and the manifest of people
            assert rows_of(target) == expected
    assert refused > 14


def test_a_newer_form(small: Path, tmp_path: Path) -> None:
    newer = changed(small, "manifest.json", lambda text: json.dumps({**json.loads(text), "schema": "9999"}))
    with pytest.raises(StoreTooNew, match="Update CodeGYM"):
        put_back(newer, tmp_path / "n.sqlite")
    another = changed(small, "manifest.json", lambda text: json.dumps({**json.loads(text), "codegym_backup": 3}))
    with pytest.raises(BackupError, match="newer CodeGYM"):
        put_back(another, tmp_path / "n.sqlite")
    assert not (tmp_path / "n.sqlite").exists()


def changed(file: Path, member: str, change: Callable[[str], str]) -> Path:
    """The same zip, with another content of one member."""
    other = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name == member else text)
    return other


def test_a_database_of_something_else(small: Path, empty_database: str, tmp_path: Path) -> None:
    change(empty_database, "CREATE TABLE theirs (a int)")
    with pytest.raises(BackupError, match="something else"):
        put_back(small, empty_database, nothing)
    (tmp_path / "letter.txt").write_text("Dear Ana, " * 200)
    with pytest.raises(BackupError, match="Put it aside"):
        put_back(small, tmp_path / "letter.txt", nothing)
    with pytest.raises(BackupError, match="no records"):
        save(tmp_path / "nothing.sqlite", tmp_path / "x.zip")
    with pytest.raises(BackupError, match="there already"):
        save(tmp_path / "small.sqlite", small)


_KILLED = """
import os, signal, sys
from pathlib import Path
from codegym_jlab.store.backup import Reader
from codegym_jlab.store.restore import restore

def told(done, all):
    if done >= all * float(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

place = sys.argv[2] if sys.argv[2].startswith("postgresql:") else Path(sys.argv[2])
restore(Reader(Path(sys.argv[1])), place, aside=lambda: None, told=told)
"""


@pytest.mark.parametrize(
    ("occupied", "share"), [("sqlite", "0.3"), ("sqlite", "1"), ("postgresql", "1")], indirect=["occupied"]
)
def test_killed_in_the_middle_the_old_records_are_there(small: Path, occupied: Place, share: str) -> None:
    before = rows_of(occupied)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(small), str(occupied), share], check=False)
    assert done.returncode == -signal.SIGKILL
    assert rows_of(occupied) == before
    _when_it_is_gone(lambda: put_back(small, occupied, nothing))
    assert rows_of(occupied)["people"] != before["people"]
    if isinstance(occupied, Path):
        assert not list(occupied.parent.glob("*.restoring-*"))


def _when_it_is_gone(work: Callable[[], object]) -> None:
    """PostgreSQL sees shortly after its end that a client was killed."""
    for _ in range(1200):
        with suppress(InUse):
            work()
            return
        time.sleep(0.05)
    raise AssertionError("still in use")


def test_a_backup_of_the_version_before_is_restored(small: Path, tmp_path: Path) -> None:
    """It said of each column of which kind it is, and of each table and key its SHA-256."""

    def as_before(text: str) -> str:
        told = json.loads(text)
        tables = [
            {**t, "columns": dict.fromkeys(t["columns"], "text"), "sha256": "0", "own": []} for t in told["tables"]
        ]
        return json.dumps({**told, "codegym_backup": 1, "tables": tables, "keys": {}})

    put_back(changed(small, "manifest.json", as_before), tmp_path / "new.sqlite")
    assert rows_of(tmp_path / "new.sqlite") == rows_of(tmp_path / "small.sqlite")


def test_noon_is_kept_to_the_microsecond() -> None:
    table = Table("t", MetaData(), Column("at", Utc), Column("body", LargeBinary), Column("known", Boolean))
    table.append_column(Column("told", Json))
    row = (NOON + timedelta(microseconds=1), b"\x00\xff", True, {"a": [None, 1.5, "\u2028\ud800"]})
    assert tuple(row_of(table, table.c.keys(), line_of(row)).values()) == row
