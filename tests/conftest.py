"""What tests of several rooms share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from absent import skip
from contract import postgres as pg
from contract.engine import Engine

from codegym_jlab.hub.postgresql import Missing

#: What only `make test-all` runs: tests of these folders, at these values of a parameter, or with these fixtures.
FULL_FOLDERS = ("acceptance", "faults", "contract/kernels", "contract/bulk", "contract/events")
FULL_PARAMETERS = set("confined remote docker docker+runsc postgresql kafka dapr ollama".split())
FULL_FIXTURES = {"postgres", "engine", "broker", "sidecar", "mlflow", "ollama", "own_ollama"}
TESTS = Path(__file__).parent
#: `make test-kubernetes` and `make test-compose` alone run those: minutes for a cluster, minutes for images.
APART = {"CODEGYM_CLUSTER": "kubernetes", "CODEGYM_COMPOSE": "compose"}
collect_ignore = [folder for variable, folder in APART.items() if variable not in os.environ]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a server, a container, a browser or another sandbox level as `full`; `quick` keeps one out.

    What takes minutes comes first: begun late, it would leave the other lanes idle.
    """
    for item in items:
        if not item.get_closest_marker("quick") and _needs_much(item):
            item.add_marker("full")
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


def _needs_much(item: pytest.Item) -> bool:
    folder = item.path.relative_to(TESTS).as_posix()
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return (
        folder.startswith(FULL_FOLDERS)
        or any(isinstance(value, str) and value in FULL_PARAMETERS for value in values)
        or not FULL_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    )


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A socket left open fails the test that left it, not one that comes later in its lane."""
    if item.get_closest_marker("minutes"):
        gc.collect()


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
    except Missing as problem:
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
    except Missing as problem:
        if server is not None:
            server.close()
        skip(problem)
    yield server
    server.close()
