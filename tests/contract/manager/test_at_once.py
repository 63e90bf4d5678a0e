"""Many at once over a real database: attempts hold, keys hold, two servers share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from contract.stored import patient, whole

from codegym_jlab.course.catalogue import load_catalogue
from codegym_jlab.course.notebook import unit_notebook
from codegym_jlab.grading.errors import AttemptsUsedUp
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Kind
from codegym_jlab.store.classes import Enrolment, Override
from codegym_jlab.store.sql.store import SqlStore

from . import worker

pytestmark = pytest.mark.anyio
Server = tuple[SqlStore, GradingManager]


@pytest.fixture
async def servers(place: Path | str, courses: Path) -> AsyncIterator[list[Server]]:
    """Two on one database."""
    made = [worker.manager_over(patient(place), courses) for _ in range(2)]
    for _, manager in made:
        await manager.start()
    yield made
    for store, manager in made:
        await manager.close()
        await store.close()


async def limit(server: Server, who: Enrolment, **fields: Any) -> None:
    await server[0].rule(who.offering, [whole(Override(fields))], by=None, at=datetime.now(UTC))


async def test_the_last_attempt_is_given_once_even_by_two_servers(servers: list[Server]) -> None:
    who = await servers[0][1].enrol("ana", "basics")
    assert await servers[1][1].enrol("ana", "basics") == who
    await limit(servers[0], who, attempts=3)

    async def send(number: int) -> object:
        manager = servers[number % 2][1]
        key = f"key-{number}"
        return await manager.submit(who, "sum-even", kind=Kind.SUBMIT, source=key, idempotency_key=key)

    outcomes = await asyncio.gather(*map(send, range(16)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, AttemptsUsedUp)]
    assert len(refused) == 13 and len(outcomes) - len(refused) == 3
    line = (await servers[1][1].standing(who, "sum-even")).as_json()
    assert line["attempts"] == {"used": 3, "max": 3, "left": 0}


async def test_a_key_sent_to_both_is_judged_by_one(servers: list[Server]) -> None:
    who = await servers[0][1].enrol("ana", "basics")

    async def send(manager: GradingManager) -> str:
        outcome = await manager.submit(who, "sum-even", kind=Kind.SUBMIT, source="x", idempotency_key="k")
        return outcome.submission.id

    assert len(set(await asyncio.gather(*(send(manager) for _, manager in servers * 5)))) == 1
    types = [pending.event.type for pending in await servers[0][0].undelivered(99)]
    assert types.count("code_submitted") == 1


async def test_drafts_are_kept_as_a_notebook_is_saved(servers: list[Server], courses: Path) -> None:
    _, manager = servers[0]
    who = await manager.enrol("ana", "basics")
    loaded = load_catalogue(courses).courses["basics"]
    notebook = unit_notebook(loaded, loaded.unit("loops"))
    assert await manager.draft(who, "loops", notebook) == [], "nothing is begun"
    answer = next(cell for cell in notebook["cells"] if cell["metadata"].get("codegym", {}).get("role") == "answer")
    answer["source"] = "def sum_even(xs): return 0"
    assert await manager.draft(who, "loops", notebook) == ["sum-even"]
    assert await manager.draft(who, "loops", notebook) == []
    answer["source"] += "  # done"
    assert await manager.draft(who, "loops", notebook) == ["sum-even"]
    standing = (await manager.standing(who, "sum-even")).as_json()
    assert (standing["status"], standing["attempts"]) == ("not_started", None)
