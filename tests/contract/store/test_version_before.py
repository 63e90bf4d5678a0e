"""A row of every table, as the version before had it, holds what it held after the step to the newest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, MetaData, NullPool, create_engine

from codegym_jlab.store import store_at
from codegym_jlab.store.migrations import HEAD
from codegym_jlab.store.postgresql import address

from .conftest import NOON
from .test_migrations import database

pytestmark = pytest.mark.anyio
OURS = "alembic_version"

#: Where a column takes only certain words.
WORDS = {
    ("people", "kind"): "person",
    ("enrolments", "role"): "student",
    ("submissions", "kind"): "submit",
    ("submissions", "state"): "judged",
    ("score_parts", "source"): "person",
}
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Records in the form before this one, empty."""
    yield from database(request, tmp_path, [("0001", ""), ("0012", "")])


async def test_nothing_of_the_version_before_is_lost_or_changed(before: Path | str) -> None:
    url = f"sqlite:///{before}" if isinstance(before, Path) else address(before)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        fill(connection)
    with engine.begin() as connection:
        was = rows(connection)
    store = store_at(before)
    await store.open()
    await store.close()
    with engine.begin() as connection:
        after = rows(connection)
        assert connection.execute(sa.text(f"SELECT version_num FROM {OURS}")).all() == [(HEAD,)]
    engine.dispose()
    assert len(was) > 20 and all(len(found) == 1 for found in was.values())
    for table, (row,) in was.items():
        (now,) = after[table]
        assert {name: now[name] for name in row} == row, table


def tables(connection: Connection) -> list[sa.Table]:
    """Those that refer to another one after it."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != OURS]


def rows(connection: Connection) -> Rows:
    return {t.name: [dict(row) for row in connection.execute(t.select()).mappings()] for t in tables(connection)}


def fill(connection: Connection) -> None:
    """A row in each table, which refers to those of the others; nothing that it may leave empty is."""
    made: Rows = {}
    for table in tables(connection):
        row = {column.name: value(column, made) for column in table.columns}
        connection.execute(table.insert(), row)
        made[table.name] = [row]


def value(column: sa.Column[Any], made: Rows) -> Any:
    if (word := WORDS.get((column.table.name, column.name))) is not None:
        return word
    for key in column.foreign_keys:
        if key.column.table is column.table:
            return None
        return made[key.column.table.name][0][key.column.name]
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.DateTime):
        return NOON if getattr(kind, "timezone", False) else NOON.replace(tzinfo=None)
    if isinstance(kind, sa.JSON):
        return {"of": column.name}
    if isinstance(kind, sa.LargeBinary):
        return b"\x00 of " + column.name.encode()
    if isinstance(kind, (sa.Integer, sa.Numeric, sa.Float)):
        return 1
    return f"{column.table.name} {column.name}"[: getattr(kind, "length", None) or 99]
