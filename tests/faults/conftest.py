"""Servers for a test of a fault: real ones, on records that they may share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from absent import running
from contract.postgres import Server
from faults.served import Served

FAST = {"sweep_s": 0.2, "wait_s": 0.03}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Makes servers on the same records; ends them."""
    made: list[Served] = []

    def make(**more: object) -> Served:
        terms = {"records": tmp_path / "records", "settings": FAST, **more}
        server = Served(tmp_path / f"server-{len(made)}", **terms)  # type: ignore[arg-type]
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def database() -> Iterator[str]:
    """An empty one of PostgreSQL."""
    with running(made) as postgres:
        yield postgres.url(postgres.database())


def made() -> Server:
    server = Server()
    server.make()
    return server
