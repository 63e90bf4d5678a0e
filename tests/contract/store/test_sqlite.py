"""What only a database can do wrong: migrations, locks, lost files, plans, threads."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from codegym_jlab import records
from codegym_jlab.records import ASKER, new_id
from codegym_jlab.store.base import Lease, StoreTooNew, StoreUnavailable
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.engine import Db
from codegym_jlab.store.sql.store import SqlStore
from codegym_jlab.store.sqlite import SqliteLane

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio


async def opened(path: Path, **options: object) -> Desk:
    store = SqlStore(path, **options)  # type: ignore[arg-type]
    await store.open()
    offering = Offering("local:basics", "basics", "Python basics")
    return Desk(store, offering, await store.enrol(offering, "ana"))


async def test_folder_and_file_are_made_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "records.db"
    desk = await opened(path)
    assert stat.S_IMODE(os.stat(path.parent).st_mode) & 0o077 == 0
    await desk.store.close()
    await desk.store.close()


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    desk = await opened(tmp_path / "records.db")
    judged = await desk.judged(desk.send())
    await desk.store.close()
    again = await opened(tmp_path / "records.db")
    found = await again.store.find(judged.submission)
    assert found is not None and found.judgement == judged and again.enrolment == desk.enrolment
    await again.store.close()


async def test_a_newer_database_is_told_and_left_alone(migrated: Path, tmp_path: Path) -> None:
    path = shutil.copy(migrated, tmp_path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    store = SqlStore(Path(path))
    with pytest.raises(StoreTooNew, match="Update CodeGYM"):
        await store.open()
    await store.close()


@pytest.mark.parametrize("content", [b"this is no database at all, but some text" * 20, None])
async def test_another_file_is_never_written_to(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "records.db"
    if content is None:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE somebody_elses (id)")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    store = SqlStore(path)
    with pytest.raises(StoreUnavailable, match=r"another (one|file)"):
        await store.open()
    await store.close()
    assert path.read_bytes()[100:] == before[100:]


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SqlStore(tmp_path / "file" / "records.db")
    with pytest.raises(StoreUnavailable, match="folder"):
        await store.open()
    await store.close()


async def test_a_lock_held_by_another_program_is_told_and_survived(tmp_path: Path) -> None:
    desk = await opened(tmp_path / "records.db", busy_s=0.05)
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    sent = desk.send()
    with pytest.raises(StoreUnavailable, match="another program"):
        await desk.accept(sent)
    assert await desk.store.find(sent.id) is None
    other.execute("COMMIT")
    other.close()
    assert (await desk.accept(sent)).fresh
    await desk.store.close()


async def test_two_servers_share_one_database(tmp_path: Path) -> None:
    one, two = await asyncio.gather(opened(tmp_path / "records.db"), opened(tmp_path / "records.db"))
    assert one.enrolment == two.enrolment
    keys = [new_id() for _ in range(20)]
    sent = await asyncio.gather(*(d.accept(d.send(idempotency_key=key)) for key in keys for d in (one, two)))
    assert sum(accepted.fresh for accepted in sent) == len(keys)
    claims = await asyncio.gather(
        *(
            d.store.claim(Lease(str(i), NOON + timedelta(hours=1)), NOON + timedelta(minutes=1), limit=15)
            for i, d in enumerate((one, two))
        )
    )
    ids = [s.submission.id for claim in claims for s in claim]
    assert len(ids) == len(set(ids)) == 20
    await asyncio.gather(one.store.close(), two.store.close())


async def test_a_file_that_was_moved_away_is_noticed(tmp_path: Path) -> None:
    desk = await opened(tmp_path / "records.db")
    for name in os.listdir(tmp_path):
        os.rename(tmp_path / name, tmp_path / f"away-{name}")
    with pytest.raises(StoreUnavailable, match="replaced"):
        await desk.accept(desk.send())
    assert (await desk.store.enrol(desk.offering, "ana")).person != desk.enrolment.person
    await desk.store.close()


async def test_after_close_the_error_is_ours(tmp_path: Path) -> None:
    desk = await opened(tmp_path / "records.db")
    await desk.store.close()
    with pytest.raises(StoreUnavailable):
        await desk.accept(desk.send())
    with pytest.raises(StoreUnavailable):
        await desk.store.find("x")


async def test_nothing_runs_on_the_event_loop(tmp_path: Path) -> None:
    desk = await opened(tmp_path / "records.db")
    threads: set[int] = set()
    await desk.accept(desk.send(), admit=lambda ledger: threads.add(threading.get_ident()))
    assert threads and threading.get_ident() not in threads
    await desk.store.close()


async def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    """`synchronous=FULL`: in WAL mode, NORMAL may lose what was acknowledged when the power fails."""
    desk = await opened(tmp_path / "records.db")
    writer = desk.store._writer  # type: ignore[attr-defined]

    def pragmas(db):  # type: ignore[no-untyped-def]
        names = ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        return {name: db.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    found = await writer.run(pragmas)
    assert found == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
    await desk.store.close()


async def test_ids_go_on_after_those_of_a_clock_that_was_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    desk = await opened(tmp_path / "records.db")
    ahead = desk.send(id="0fff" + new_id()[4:])
    await desk.accept(ahead)
    await desk.store.close()
    monkeypatch.setattr(records, "_last", 0)
    assert new_id() < ahead.id
    again = await opened(tmp_path / "records.db")
    assert again.send().id > ahead.id
    await again.store.close()
    monkeypatch.undo()


async def test_who_asks_for_much_waits_for_themselves_and_no_longer_than_their_patience(tmp_path: Path) -> None:
    lane, order, may_go = SqliteLane("one", tmp_path / "records.db"), list[str](), threading.Event()

    def asked(who: str, name: str, **more: float) -> asyncio.Task[None]:
        def work(db: Db) -> None:
            assert may_go.wait(60)
            order.append(name)

        ASKER.set(who)
        return asyncio.create_task(lane.run(work, **more))

    many = [asked("ana", f"ana {n}") for n in range(3)]
    hurried, other = asked("ana", "hurried", patience_s=0.01), asked("ben", "ben")
    await asyncio.sleep(0.1)
    may_go.set()
    await asyncio.gather(*many, other)
    with pytest.raises(StoreUnavailable):
        await hurried
    assert order == ["ana 0", "ben", "ana 1", "ana 2"]
    await lane.close()
