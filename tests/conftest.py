"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from absent import Absent, skip
from contract import postgres as pg
from contract.engine import Engine


@pytest.fixture
def anyio_backend() -> str:
    """What the coroutines among the tests run on."""
    return "asyncio"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A container engine; DOCKER_HOST names it. Where there can be none, tests skip with its own words."""
    running = Engine()
    before = os.environ.get("DOCKER_HOST")
    try:
        running.start()
        os.environ["DOCKER_HOST"] = running.address
        yield running
    except Absent as problem:
        skip(problem)
    finally:
        running.stop()
        os.environ.pop("DOCKER_HOST", None)
        if before is not None:
            os.environ["DOCKER_HOST"] = before


@pytest.fixture(scope="session")
def postgres() -> Iterator[pg.Server]:
    """A PostgreSQL server of this session's own. Where there is none, tests skip with the reason."""
    server: pg.Server | None = None
    try:
        server = pg.Server()
        server.make()
        server.start()
    except Absent as problem:
        if server is not None:
            server.close()
        skip(problem)
    yield server
    server.close()
