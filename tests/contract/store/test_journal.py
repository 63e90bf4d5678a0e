"""SQLite keeps its log beside the file where the file lies on a network: WAL would need memory that servers share."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from codegym_jlab.doctor import records
from codegym_jlab.settings import CodeGym
from codegym_jlab.store import sqlite, store_at
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.sql.store import SqlStore
from codegym_jlab.store.sqlite import network_of

from .conftest import Desk

pytestmark = pytest.mark.anyio
OFFERING = Offering("local:basics", "basics", "Python basics")


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    """A machine whose homes lie on a server, with a local disk in one of them."""
    for folder in ("home/ana/scratch", "home/a b", "homely"):
        (tmp_path / folder).mkdir(parents=True)
    table = tmp_path / "mounts"
    table.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        f"server:/home {tmp_path}/home nfs4 rw 0 0\n"
        f"/dev/sdb1 {tmp_path}/home/ana/scratch xfs rw 0 0\n"
        f"//server/b {tmp_path}/home/a\\040b cifs rw 0 0\n"
    )
    return table


@pytest.mark.parametrize(
    ("place", "network"),
    [
        ("home/ana", "nfs4"),
        ("home/ana/not/yet/there", "nfs4"),
        ("home/ana/scratch/records.db", ""),
        ("home/a b", "cifs"),
        ("homely", ""),
    ],
)
def test_where_a_file_lies_is_told_by_its_innermost_mount(
    tmp_path: Path, mounts: Path, place: str, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codegym_jlab.store.sqlite.MOUNTS", mounts)
    assert network_of(tmp_path / place) == network


def test_where_there_is_no_table_of_mounts_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegym_jlab.store.sqlite.MOUNTS", tmp_path / "none")
    assert network_of(tmp_path) == ""


async def test_on_a_network_there_is_no_wal_and_doctor_says_so(
    tmp_path: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "MOUNTS", mounts)
    for folder, journal, good in (("home/ana", "delete", False), ("homely", "wal", True)):
        settings = CodeGym(data_dir=str(tmp_path / folder)).settings(tmp_path / folder)
        assert isinstance(settings.records, Path)
        store = store_at(settings.records)
        await store.open()
        assert settings.records.with_name("codegym.sqlite-wal").exists() == good
        await store.close()
        with closing(sqlite3.connect(settings.records)) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == (journal,)
        fact = await records(settings)
        assert fact.good == good and ("on a network file system (nfs4): without WAL" in fact.text) != good


async def test_without_wal_records_are_kept_as_well(tmp_path: Path) -> None:
    """A file that was in WAL before, too: as when a folder moves to a network."""
    path = tmp_path / "records.db"
    judged = []
    for journal in ("WAL", "TRUNCATE", "TRUNCATE"):
        store = SqlStore(path, journal=journal)
        await store.open()
        desk = Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))
        judged.append(await desk.judged(desk.send(f"x = {len(judged)}")))
        for one in judged:
            found = await store.find(one.submission)
            assert found is not None and found.judgement == one
        await store.close()
        with sqlite3.connect(path) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal" if journal == "WAL" else "delete",)
        db.close()
    assert not path.with_name("records.db-wal").exists()


async def test_without_wal_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "records.db", journal="TRUNCATE")
    await store.open()

    def pragmas(db):  # type: ignore[no-untyped-def]
        return [db.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert await store._writer.run(pragmas) == ["truncate", 2]
    await store.close()
