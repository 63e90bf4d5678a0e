"""The command, and what lies in the records after it."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from contract.stored import Stored, filled, write_course
from typer.testing import CliRunner

from codegym_jlab.bulk.steps import Order
from codegym_jlab.cli import app
from codegym_jlab.course.loader import load_course
from codegym_jlab.store import store_at
from codegym_jlab.store.base import Given

PATIENCE_S = 120


@dataclass
class Office:
    """Records, the course that they belong to, and the commands of whoever looks after them."""

    records: Path | str
    stored: Stored

    def command(self, *words: str) -> list[str]:
        code = "from codegym_jlab.cli import main; main()"
        return [sys.executable, "-c", code, *words, "--records", str(self.records)]

    def say(self, *words: str, exit_code: int = 0) -> Result:
        """A command in this process, which is quicker; what is to be killed is started."""
        named = () if "--records" in words else ("--records", str(self.records))
        done = CliRunner().invoke(app, [*words, *named])
        logging.getLogger("dbos").handlers.clear()  # it would go on writing to this command's standard error
        assert done.exit_code == exit_code, done.output
        return done

    def regrade(self, *words: str) -> list[dict[str, Any]]:
        done = self.say("regrade", str(self.stored.folder), "--json", *words)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        )

    def put_right(self) -> None:
        """The check expects what it should."""
        write_course(self.stored.folder, 10)

    def order(self, **more: Any) -> Order:
        """To record all of it, in small spans."""
        loaded = load_course(self.stored.folder)
        terms = {"who": self.stored.answers[0][0], "why": "large expected 11", "allow_lower": True, "span": 3, **more}
        return Order(str(self.stored.folder), loaded.digest, "local:basics", ["double", "twice"], **terms)

    def histories(self) -> dict[str, list[Given]]:
        """By submission."""

        async def read() -> dict[str, list[Given]]:
            store = store_at(self.records)
            await store.open()
            try:
                return {id: list(await store.history(id)) for _, _, id, _ in self.stored.answers}
            finally:
                await store.close()

        return asyncio.run(read())

    def told(self) -> Counter[str]:
        """How often each event's id is in the outbox, of those that tell of a judgement that followed another."""

        async def read() -> Counter[str]:
            store = store_at(self.records)
            await store.open()
            try:
                pending = await store.undelivered(99_999)
            finally:
                await store.close()
            return Counter(one.event.id for one in pending if one.event.type == "grading_complete")

        return asyncio.run(read())

    def superseded(self) -> int:
        """So many submissions have a second judgement."""
        return sum(len(history) > 1 for history in self.histories().values())


def until(what: Callable[[], Any]) -> Any:
    """Its value, once it is true."""
    end = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, Stored]]:
    """Files of records, each made once: tests take copies."""

    @cache
    def made(people: int, **more: int) -> tuple[Path, Stored]:
        folder = tmp_path_factory.mktemp("office")
        return folder / "codegym.sqlite", filled(folder / "codegym.sqlite", folder / "basics", people, **more)

    return made


@pytest.fixture
def office(
    tmp_path: Path, filled_once: Callable[..., tuple[Path, Stored]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Office]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))

    def made(people: int, records: Path | str = "", **more: int) -> Office:
        if records:
            stored = filled(records, tmp_path / "basics", people, **more)
        else:
            kept, stored = filled_once(people, **more)
            records = Path(shutil.copy(kept, tmp_path))
            stored = replace(stored, folder=shutil.copytree(stored.folder, tmp_path / "basics"))
        return Office(records, stored)

    return made
