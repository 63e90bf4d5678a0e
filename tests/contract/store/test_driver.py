"""Statements on the driver's own connection: the same values in and out as SQLAlchemy's, and mistakes are told."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select
from sqlalchemy.schema import CreateTable

from codegym_jlab.store.engine import MOST_KEPT, Db, Wording
from codegym_jlab.store.sql.people import ONE_PROGRESS
from codegym_jlab.store.sql.tables import metadata, outbox
from codegym_jlab.store.sqlite import DIALECT

from .conftest import NOON

ADD = insert(outbox).inline()
ALL = select(outbox.c.seq, outbox.c.payload, outbox.c.created_at, outbox.c.dead).order_by(outbox.c.seq)
ROW = {"id": "1", "type": "t", "key": "k", "offering": "o", "payload": {"a": [1, None]}, "created_at": NOON}


@pytest.fixture
def db() -> Db:
    """An empty database in memory."""
    driver = sqlite3.connect(":memory:", isolation_level=None)
    for table in metadata.sorted_tables:
        driver.execute(str(CreateTable(table).compile(dialect=DIALECT)))
    return Db(driver, Wording(DIALECT))


def test_values_come_back_as_they_went_in(db: Db) -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    db.run_each(ADD, [ROW, {**ROW, "created_at": berlin}])
    assert db.all(ALL, {}) == [
        {"seq": seq, "payload": {"a": [1, None]}, "created_at": datetime(2026, 10, 27, 12, tzinfo=UTC), "dead": False}
        for seq in (1, 2)
    ]


def test_a_row_with_other_columns_is_told_and_not_shortened(db: Db) -> None:
    db.run(ADD, ROW)
    with pytest.raises(KeyError, match="not made for"):
        db.run(ADD, {**ROW, "problem": "lost"})
    with pytest.raises(KeyError, match="lacks"):
        db.run_each(ADD, [ROW, {k: v for k, v in ROW.items() if k != "payload"}])
    with pytest.raises(KeyError, match="lacks"):
        db.all(ONE_PROGRESS, {"p_offering": "o"})


def test_one_row_or_none_and_never_the_first_of_two(db: Db) -> None:
    assert db.one(ALL, {}) is None and db.scalar(ALL, {}) is None
    db.run(ADD, ROW)
    assert db.scalar(ALL, {}) == 1
    db.run(ADD, ROW)
    with pytest.raises(LookupError):
        db.one(ALL, {})


def test_a_time_without_a_zone_is_refused(db: Db) -> None:
    with pytest.raises(ValueError, match="zone"):
        db.run(ADD, {**ROW, "created_at": datetime(2026, 10, 27)})  # noqa: DTZ001


def test_statements_that_are_made_anew_each_time_do_not_pile_up() -> None:
    wording = Wording(DIALECT)
    for _ in range(2 * MOST_KEPT):
        wording.of(select(outbox.c.seq), {})
    assert len(wording) <= MOST_KEPT
