"""Transactions are counted and timed, and what a database says of them has the submission's id in the log."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from contract.postgres import Server
from contract.stored import patient
from scrape import counted
from sqlalchemy import NullPool, create_engine, text

from codegym_jlab.records import State, Verdict
from codegym_jlab.store.base import Backlog, Step, StoreTooNew, StoreUnavailable
from codegym_jlab.store.migrations import HEAD
from codegym_jlab.store.postgresql import address
from codegym_jlab.store.sql.store import SqlStore
from codegym_jlab.telemetry import metrics, traces

from .conftest import NOON, Desk
from .test_postgresql import opened

pytestmark = pytest.mark.anyio


class Kept(logging.Handler):
    """Records with the ids that were bound where they were made."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[str, dict[str, str]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.getMessage(), dict(traces.bound_ids())))


@pytest.fixture
def kept() -> Iterator[Kept]:
    metrics.switch_on()
    handler = Kept()
    logging.getLogger("codegym").addHandler(handler)
    yield handler
    logging.getLogger("codegym").removeHandler(handler)


async def test_each_transaction_is_timed(desk: Desk) -> None:
    metrics.switch_on()
    before = [counted("codegym_store_transaction_seconds_count", lane=lane) for lane in ("writer", "reader")]
    await desk.judged(desk.send("x = 1"))
    await desk.store.depth()
    after = [counted("codegym_store_transaction_seconds_count", lane=lane) for lane in ("writer", "reader")]
    grown = [now - then for now, then in zip(after, before, strict=True)]
    assert [more > 0 for more in grown] == [True, True]


async def test_a_file_that_cannot_be_used_is_logged_with_whose_work_it_was(migrated: Path, kept: Kept) -> None:
    failures = counted("codegym_store_transaction_failures_total", lane="writer")
    store = SqlStore(migrated, busy_s=0.05)
    await store.open()
    holder = sqlite3.connect(migrated, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with traces.bind(submission="s1"), pytest.raises(StoreUnavailable):
            await store.postpone("s1", NOON)
    finally:
        holder.close()
        await store.close()
    assert [ids for text, ids in kept.records if text.startswith("records at")] == [{"submission": "s1"}]
    assert counted("codegym_store_transaction_failures_total", lane="writer") - failures == 1


async def test_so_is_a_database_that_is_away(postgres: Server, database: str, kept: Kept) -> None:
    desk = await opened(database)
    failures = counted("codegym_store_transaction_failures_total", lane="reader")
    postgres.stop()
    try:
        with traces.bind(submission="s2"), pytest.raises(StoreUnavailable):
            await desk.store.find("s2")
    finally:
        postgres.start()
        await desk.store.close()
    assert [ids for text, ids in kept.records if text.startswith("records at")] == [{"submission": "s2"}]
    assert counted("codegym_store_transaction_failures_total", lane="reader") - failures == 1


COLLECTED = {"collected_from": "a-draft"}


async def test_what_waits_and_what_is_parked_is_counted(desk: Desk) -> None:
    await desk.store.check()
    assert await desk.store.backlog() == Backlog(0, None, 0)
    first, second, third = (desk.send(f"x = {n}", received_at=NOON + timedelta(minutes=n)) for n in range(3))
    lately = [desk.send(received_at=NOON - timedelta(days=9), **how) for how in ({"reason": "mail"}, COLLECTED)]
    for sent in (second, first, third, *lately):
        await desk.accept(sent)
    assert await desk.store.backlog() == Backlog(5, first.received_at, 0), "staff's and drafts' have not waited so long"
    for sent in lately:
        await desk.store.cancel(sent.id)
    await desk.judged(first)
    await desk.store.cancel(second.id)
    assert await desk.store.backlog() == Backlog(1, third.received_at, 0)
    await desk.store.record(third, desk.judge(third, Verdict.JE), lambda before, faults: Step(State.PARKED, before))
    assert await desk.store.backlog() == Backlog(0, None, 1)


async def test_records_that_another_server_changed_are_told(place: Path | str) -> None:
    store = patient(place)
    await store.open()
    for version, what in (("9999", StoreTooNew), ("0001", StoreUnavailable)):
        set_version(place, version)
        with pytest.raises(what):
            await store.check()
    set_version(place, HEAD)
    await store.check()
    await store.close()


def set_version(place: Path | str, version: str) -> None:
    engine = create_engine(f"sqlite:///{place}" if isinstance(place, Path) else address(place), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    engine.dispose()
