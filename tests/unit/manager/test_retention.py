"""How long what is kept: the setting in words, and a keeper whose clock is set by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from codegym_jlab import privacy
from codegym_jlab.cli import app
from codegym_jlab.privacy import RETENTION, BadRetention, Keeper, retention_of
from codegym_jlab.records import Event, Kind, State, Submission, new_id
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import HintGiven
from codegym_jlab.store.classes import Enrolment, Offering
from codegym_jlab.store.sql.store import SqlStore

NOON = datetime(2026, 10, 27, 12, tzinfo=UTC)
CLASS = Offering("local:basics", "basics", "Basics")
pytestmark = pytest.mark.anyio


def draft(who: Enrolment, n: int, begin: datetime) -> Submission:
    at = begin + timedelta(days=n)
    facts: tuple[Any, ...] = (Kind.DRAFT, f"x = {n}", (), new_id(), at, None, None, State.KEPT)
    return Submission(new_id(), CLASS.id, "basics", "sum-even", who.person, who.person, *facts)


async def filled(store: Store, begin: datetime = NOON) -> None:
    """Five drafts, one a day, of what was handed in; and an event that was delivered just now."""
    who = await store.enrol(CLASS, "ana")
    for n in range(5):
        await store.keep([draft(who, n, begin)])
    event = Event("hint:1", "hint_given", who.person, who.offering, NOON, {"rung": 1})
    given = HintGiven(1, NOON)
    await store.give_hint(
        CLASS.id, who.person, "sum-even", lambda before, _: (given, replace(before, attempts=1), event)
    )
    await store.took([pending.place for pending in await store.undelivered(9)], "log", {"log"})


@pytest.mark.parametrize(
    ("setting", "kinds"),
    [
        ({}, {"deliveries": 30, "drafts": 30}),
        ({"drafts_days": "never", "deliveries_days": 0}, {}),
        (
            {"outputs_days": "90", "submissions_days": 400.5},
            {"deliveries": 30, "drafts": 30, "outputs": 90, "submissions": 400.5},
        ),
    ],
)
def test_nothing_that_was_sent_goes_unless_it_is_set(setting: dict[str, Any], kinds: dict[str, float]) -> None:
    kept = retention_of(setting)
    assert {name.removesuffix("_days"): days for name, days in kept.items() if days is not None} == kinds


@pytest.mark.parametrize(
    "setting", [{"draft_days": 3}, {"drafts_days": "soon"}, {"drafts_days": -1}, {"drafts_days": [3]}]
)
def test_a_setting_that_is_not_understood_is_told(setting: dict[str, Any]) -> None:
    with pytest.raises(BadRetention, match=r"CodeGym\.retention"):
        retention_of(setting)


async def test_as_time_goes_by(anyio_backend: str) -> None:
    store, now = SqlStore(), NOON
    await filled(store)
    keeper = Keeper(store, RETENTION, lambda: now)
    assert await keeper.let_go() == {"deliveries": 0, "drafts": 0}
    now = NOON + timedelta(days=32.5)
    looked = [await keeper.let_go(dry_run=True) for _ in range(2)]
    assert looked == [{"deliveries": 0, "drafts": 2}] * 2, "looking lets go of nothing"
    assert await keeper.let_go() == {"deliveries": 0, "drafts": 2} and (await keeper.let_go())["drafts"] == 0
    now = datetime.now(UTC) + timedelta(days=300)
    assert await keeper.let_go() == {"deliveries": 1, "drafts": 2}
    who = await store.enrol(CLASS, "ana")
    newest = await store.newest_draft(CLASS.id, who.person, "sum-even", now)
    assert newest is not None and newest.source == "x = 4"


async def test_a_server_does_so_by_itself(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "FIRST_S", 0.001)
    gone = asyncio.Event()

    class Told(SqlStore):
        async def let_go_of(self, kind: str, ids: Sequence[str], before: datetime) -> int:
            count = await super().let_go_of(kind, ids, before)
            if not (await self.stale("drafts", before, "", 9)).ids:
                gone.set()
            return count

    store = Told()
    await filled(store)
    keeper = Keeper(store, RETENTION, lambda: NOON + timedelta(days=100))
    keeper.start()
    await gone.wait()
    await keeper.close()
    assert not (await store.stale("drafts", NOON + timedelta(days=70), "", 9)).ids


async def test_a_database_that_is_away_ends_nothing(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from codegym_jlab.store.base import StoreUnavailable

    monkeypatch.setattr(privacy, "FIRST_S", 0.001)
    monkeypatch.setattr(privacy, "EVERY_S", 0.001)
    asked: list[str] = []
    back = asyncio.Event()

    class Away(SqlStore):
        async def stale(self, kind: str, before: datetime, after: str, limit: int) -> Any:
            asked.append(kind)
            if len(asked) < 3:
                raise StoreUnavailable("away")
            if kind == "drafts":
                back.set()
            return await super().stale(kind, before, after, limit)

    store = Away()
    await filled(store)
    keeper = Keeper(store, RETENTION, lambda: NOON + timedelta(days=100))
    keeper.start()
    await back.wait()
    await keeper.close()


def test_the_command_looks_and_lets_go(tmp_path: Path) -> None:
    async def make() -> None:
        store = store_at(tmp_path / "codegym.sqlite")
        await store.open()
        await filled(store, datetime.now(UTC) - timedelta(days=50))
        await store.close()

    asyncio.run(make())

    def ask(*words: str) -> Any:
        result = CliRunner().invoke(app, ["retention", *words, "--records", str(tmp_path)])
        return json.loads(result.stdout) if "--json" in words and result.exit_code == 0 else result

    looked = ask("--dry-run", "--json")
    assert looked["applied"] is False and looked["drafts"] > 0
    assert ask("--apply", "--json")["drafts"] == looked["drafts"]
    assert ask("--apply", "--json")["drafts"] == 0
    assert "drafts: 0" in ask("--dry-run").stdout
    assert ask().exit_code == 2
