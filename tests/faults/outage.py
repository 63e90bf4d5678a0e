"""PostgreSQL is away for a while under a crowd: stopped as a machine that goes down, or hanging, and back again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from contract.postgres import Server
from faults.audit import Figures, held
from faults.served import Served
from faults.students import Crowd

#: What a student's page asks for.
LOOKS = ("courses", "courses/basics", "courses/basics/exercises/twice/hints")


@contextmanager
def stopped(postgres: Server) -> Iterator[None]:
    """Gone at once, and nobody listens."""
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


def away(
    folder: Path,
    postgres: Server,
    how: Callable[[Server], AbstractContextManager[None]],
    *,
    students: int,
    away_s: float,
    say: Callable[[str], None] = lambda text: None,
) -> tuple[Figures, Crowd]:
    """A crowd that sends and looks around before, while and after; then what the records say."""
    name = postgres.database()
    settings = {"sweep_s": 0.2, "wait_s": 0.03, "database": postgres.url(name)}
    server = Served(folder / "server", folder / "records", settings)
    crowd = Crowd([server], students, pause_s=0.2, again_s=0.5, looks=LOOKS)
    try:
        server.start()
        crowd.start()
        crowd.wait_for(students)
        with how(postgres):
            _stay(crowd, students, away_s)
            say(f"away for {away_s:g} s: {len(crowd.acknowledged)} acknowledged, {len(crowd.refused)} refused")
        crowd.wait_for(students)
        figures = held(crowd, server)
    finally:
        server.kill()
        postgres.drop(name)
    assert not crowd.unanswered, "everyone is told, at once or when the server's patience is over"
    return figures, crowd


def _stay(crowd: Crowd, refusals: int, away_s: float) -> None:
    """For so long, and until so many were told that the records are away."""
    until = time.monotonic() + away_s
    while time.monotonic() < until or len(crowd.refused) < refusals:
        assert not crowd.faults, crowd.faults
        assert time.monotonic() < until + 120, "nobody is told"
        time.sleep(0.05)
