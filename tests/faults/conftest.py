"""Servers for a test of a fault: real ones, on records that they may share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
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
