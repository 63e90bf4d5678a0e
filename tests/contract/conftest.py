"""Databases for whatever keeps records."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from contract.classroom import room as room
from contract.postgres import Server
from contract.stored import patient

from codegym_jlab.store import Store, store_at


@pytest.fixture(scope="session")
def migrated_on_postgres(postgres: Server) -> str:
    """The name of a database of records, made once."""
    name = postgres.database()

    asyncio.run(_make(store_at(postgres.url(name))))
    return name


async def _make(store: Store) -> None:
    await store.open()
    await store.close()


@pytest.fixture
def database(postgres: Server, migrated_on_postgres: str) -> Iterator[str]:
    """The URL of that database, for one test after the other: empty at the beginning of each."""
    yield postgres.url(migrated_on_postgres)
    postgres.empty(migrated_on_postgres)


@pytest.fixture
def own_database(postgres: Server, migrated_on_postgres: str) -> Iterator[str]:
    """The URL of a copy, for a test that changes more than rows."""
    name = postgres.database(migrated_on_postgres)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made once: tests take copies."""
    path = tmp_path_factory.mktemp("store") / "records.db"
    asyncio.run(_make(store_at(path)))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Where empty records are kept: a file, or the URL of a database."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("database")
        return url
    folder: Path = request.getfixturevalue("tmp_path")
    return Path(shutil.copy(request.getfixturevalue("migrated"), folder))


@pytest.fixture
async def store(place: Path | str) -> AsyncIterator[Store]:
    """Opened, and empty: one of each kind."""
    made = patient(place)
    await made.open()
    yield made
    await made.close()
