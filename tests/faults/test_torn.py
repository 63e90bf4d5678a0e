"""A write that was torn: SQLite's log cut or garbled at any byte of its tail, as a power cut may leave it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from contract.manager import worker
from contract.manager.conftest import write_courses
from contract.stored import patient

from codegym_jlab.records import Kind, State

pytestmark = pytest.mark.anyio

MANY = 12
CUTS = 120


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    return write_courses(tmp_path / "courses")


@dataclass(frozen=True)
class Written:
    """The database and its log as they lay on the disk, and from which length of the log on each answer was in it."""

    path: Path
    log: bytes
    acknowledged: dict[str, int]
    began: int  #: length of the log before the first answer

    def torn(self, into: Path, place: int, tail: bytes) -> Path:
        """A copy whose log is as it was up to `place`, and then `tail`."""
        shutil.copy(self.path, into)
        into.with_name(into.name + "-wal").write_bytes(self.log[:place] + tail)
        return into

    def kept(self, place: int) -> set[str]:
        return {id for id, length in self.acknowledged.items() if length <= place}


async def written(folder: Path, courses: Path) -> Written:
    """As a server leaves it that is killed: its log is not taken over into the file."""
    path = folder / "records.db"
    store, manager = worker.manager_over(patient(path), courses)
    await manager.start()
    who = await manager.enrol("ana", "basics")
    wal = path.with_name("records.db-wal")
    acknowledged, began = {}, wal.stat().st_size
    for number in range(MANY):
        sent = {"kind": Kind.SUBMIT, "source": f"x = {number}", "idempotency_key": f"k{number}"}
        outcome = await manager.submit(who, "sum-even", **sent)  # type: ignore[arg-type]
        assert outcome.submission.state is State.JUDGED
        acknowledged[outcome.submission.id] = wal.stat().st_size
    copy = folder / "copy"
    copy.mkdir()
    found = Written(Path(shutil.copy(path, copy)), wal.read_bytes(), acknowledged, began)
    await manager.close()
    await store.close()
    return found


def look(path: Path, kept: set[str]) -> None:
    """Each transaction whole or not at all, and all that was acknowledged before the tear."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        states = dict(db.execute("SELECT id, state FROM submissions"))
        judged = [id for (id,) in db.execute("SELECT submission FROM judgements WHERE current")]
        told = dict(db.execute("SELECT id, type FROM outbox WHERE type != 'user_progress_updated'"))
        attempts = db.execute("SELECT attempts FROM progress").fetchall()
    assert {id.partition(":")[2] for id, type in told.items() if type == "code_submitted"} == set(states)
    complete = [id.split(":")[1] for id, type in told.items() if type == "grading_complete"]
    assert sorted(judged) == sorted(complete) == sorted(id for id, state in states.items() if state == "judged")
    assert sum(number for (number,) in attempts) == len(judged)
    assert {id for id in kept if states.get(id) == "judged"} == kept
    assert len(states) - len(judged) <= 1


async def test_a_torn_log_loses_nothing_that_was_acknowledged(tmp_path: Path, courses: Path) -> None:
    whole = await written(tmp_path, courses)
    assert len(whole.log) > 100_000
    chance = random.Random(20261120)
    for number in range(CUTS):
        place = chance.randrange(whole.began, len(whole.log))
        tail = (b"", chance.randbytes(5000), bytes(len(whole.log) - place))[number % 3]
        look(whole.torn(tmp_path / f"torn-{number}.db", place, tail), whole.kept(place))
    look(whole.torn(tmp_path / "whole.db", len(whole.log), b""), set(whole.acknowledged))


async def test_a_server_goes_on_after_a_torn_log(tmp_path: Path, courses: Path) -> None:
    whole = await written(tmp_path, courses)
    lengths = sorted(whole.acknowledged.values())
    for number, place in enumerate([(lengths[5] + 3 * lengths[6]) // 4, (3 * lengths[5] + lengths[6]) // 4]):
        path = whole.torn(tmp_path / f"torn-{number}.db", place, b"")
        store, manager = worker.manager_over(patient(path), courses)
        await manager.start()
        who = await manager.enrol("ana", "basics")
        for key in range(MANY):
            sent = {"kind": Kind.SUBMIT, "source": f"x = {key}", "idempotency_key": f"k{key}"}
            outcome = await manager.submit(who, "sum-even", **sent)  # type: ignore[arg-type]
            assert outcome.submission.state in (State.JUDGED, State.WAITING)
        async with asyncio.timeout(60):
            while (await store.ledgers(who.offering, who.person)).waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        line = (await store.ledgers(who.offering, who.person)).progress["sum-even"]
        assert line.attempts == MANY
        await manager.close()
        await store.close()
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT count(*) FROM submissions").fetchone() == (MANY,)
