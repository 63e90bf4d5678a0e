"""Databases for whatever keeps records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from contract.postgres import Server

from codegym_jlab.store.postgresql import PostgresStore


@pytest.fixture(scope="session")
def migrated_on_postgres(postgres: Server) -> str:
    """The name of a database of records, made once."""
    name = postgres.database()

    async def make() -> None:
        store = PostgresStore(postgres.url(name))
        await store.open()
        await store.close()

    asyncio.run(make())
    return name


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
