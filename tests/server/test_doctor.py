"""`codegym doctor`: what it says of records, of servers that run here, and what to do about what is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from contract.postgres import Server
from contract.store.conftest import NOON, Desk
from faults.served import Served, Unanswered
from rich.console import Console

from codegym_jlab.doctor import Fact, Report, contents, roles, servers, show
from codegym_jlab.records import State, Verdict
from codegym_jlab.settings import CodeGym, Settings
from codegym_jlab.store import store_at
from codegym_jlab.store.base import Step
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.migrations import HEAD
from codegym_jlab.store.sqlite import record_files

Facts = dict[str, Fact]
OFFERING = Offering("local:basics", "basics", "Basics")


def settings_of(folder: Path, database: str = "") -> Settings:
    return CodeGym(data_dir=str(folder), database=database).settings(folder)


async def found(settings: Settings) -> Facts:
    return {fact.name: fact for fact in await contents(settings)}


async def put_trouble(place: Path | str) -> None:
    """Something waits since long, something is parked, an event is dead."""
    store = store_at(place)
    await store.open()
    desk = Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))
    waits, parked = (desk.send(f"x = {n}", received_at=NOON + timedelta(seconds=n)) for n in range(2))
    for sent in (waits, parked):
        await desk.accept(sent)
    await store.record(parked, desk.judge(parked, Verdict.JE), lambda before, faults: Step(State.PARKED, before))
    await store.close()


def check_trouble(facts: Facts) -> None:
    assert facts["queue"].text.startswith(
        "1 wait to be judged, the oldest since 2026-10-27 12:00 UTC; does a server run"
    )
    assert (facts["queue"].good, facts["parked"].good) == (False, False)
    assert facts["parked"].text == "1: codegym parked OFFERING"
    assert "events wait" in facts["outbox"].text and f"form {HEAD}" in facts["form of the records"].text


async def test_records_with_trouble_in_them(tmp_path: Path) -> None:
    assert await found(settings_of(tmp_path)) == {}
    assert os.listdir(tmp_path) == [], "nothing is made"
    await put_trouble(tmp_path / "codegym.sqlite")
    facts = await found(settings_of(tmp_path))
    check_trouble(facts)
    assert "journal wal" in facts["form of the records"].text


async def test_records_that_others_can_read_fail(tmp_path: Path) -> None:
    store = store_at(tmp_path / "codegym.sqlite")
    await store.open()
    await store.close()
    for path in record_files(tmp_path / "codegym.sqlite"):
        path.chmod(0o600)
    own = (await found(settings_of(tmp_path)))["rights of the records"]
    assert own.good and not Report((own,), "namespaces").failed
    for loose in ("codegym.sqlite", "server.key"):
        (tmp_path / loose).touch()
        (tmp_path / loose).chmod(0o644)
        told = (await found(settings_of(tmp_path)))["rights of the records"]
        assert not told.good and f"{tmp_path / loose}" in told.text and "chmod 600" in told.text
        assert Report((told,), "namespaces").failed
        for path in record_files(tmp_path / "codegym.sqlite"):
            path.chmod(0o600)


def test_it_says_who_may_do_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BINDER_SERVICE_HOST", raising=False)
    assert "is everything in every course" in roles().text
    monkeypatch.setenv("JUPYTERHUB_USER", "ana")
    assert "the roles of its enrolment (on a service also the Hub's)" in roles().text


async def test_the_same_in_a_database(tmp_path: Path, postgres: Server) -> None:
    name = postgres.database()
    await put_trouble(postgres.url(name))
    facts = await found(settings_of(tmp_path, postgres.url(name)))
    check_trouble(facts)
    postgres.drop(name)


async def test_records_of_a_newer_version_and_what_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "codegym.sqlite"
    store = store_at(file)
    await store.open()
    await store.close()
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    fact = (await found(settings_of(tmp_path)))["form of the records"]
    assert not fact.good and "update it" in fact.text
    file.write_text("no database")
    fact = (await found(settings_of(tmp_path)))["queue"]
    assert not fact.good and "look at the file" in fact.text


async def test_records_of_the_version_before_are_no_trouble(tmp_path: Path) -> None:
    """After an update, before the first start of a server: what waits lies in tables of another form."""
    with closing(sqlite3.connect(tmp_path / "codegym.sqlite")) as db:
        db.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('0010')")
    facts = await found(settings_of(tmp_path))
    assert facts.keys() == {"form of the records", "rights of the records"}, "nothing is read from the tables"
    fact = facts["form of the records"]
    assert fact.good and f"the next server that starts brings them to {HEAD}" in fact.text


FOUND = Fact("a", True, "well", "One"), Fact("b", False, "not here", "One", matters=False)
REPORT = Report((*FOUND, Fact("c", False, "mend it", "One")), "x")


def test_it_is_plain_where_it_is_piped() -> None:
    out = Console(force_terminal=False, width=200, record=True)
    with out.capture() as told:
        show(REPORT, out)
    assert told.get() == "One\n✓ a: well\n– b: not here\n✗ c: mend it\n\n✗ 1 to look at\n"


def test_it_is_coloured_on_a_terminal() -> None:
    out = Console(force_terminal=True, color_system="standard", width=200)
    with out.capture() as told:
        show(REPORT, out)
    assert "\x1b[32m✓" in told.get() and "\x1b[1;31m✗" in told.get()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("doctor")
    server = Served(folder / "server", folder / "records", {"metrics_token": "scrape"})
    server.start()
    yield server
    server.stop()


def doctor(served: Served, **more: str) -> tuple[int, dict[str, Any]]:
    homes = {f"JUPYTER_{name}_DIR": str(served.folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "codegym_jlab.cli", "doctor", "--json"]
    done = subprocess.run(command, env={**os.environ, **homes, **more}, capture_output=True, text=True, timeout=300)
    report = json.loads(done.stdout)
    return done.returncode, {fact["name"]: fact for fact in report["facts"]}


@pytest.mark.full
def test_a_server_that_runs_is_found_and_asked(served: Served) -> None:
    code, facts = doctor(served)
    own = facts[f"server http://localhost:{served.port}/"]
    assert code == 0 and own["good"] and own["text"].startswith("ready")
    assert facts["disk"]["group"] == "Machine"
    assert not facts["sandbox process"]["good"] and not facts["sandbox process"]["matters"]


@pytest.mark.full
def test_one_that_cannot_check_says_why(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.stop()
    served.settings["sandbox"] = "granite"
    served.launch()
    while True:
        time.sleep(0.1)
        try:
            if "codegym doctor" in json.dumps(served.ask("GET", "health/ready", who="ana")[1]):
                break
        except Unanswered:
            assert served.process is not None and served.process.poll() is None
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(served.folder / "runtime"))
    facts = {fact.name: fact for fact in asyncio.run(servers())}
    own = facts[f"server http://localhost:{served.port}/"]
    assert not own.good and own.text.startswith("not ready: No sandbox works here")
