"""A server whose records are on PostgreSQL: a check over HTTP, and what is told while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from contract.postgres import Server
from server.conftest import Call, answer, word
from server.test_answers import RIGHT, sent
from server.test_denials import ID, ROUTES, Route

OTHER = "def add(a, b):\n    return b + a\n"


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """An empty one: the server makes its tables."""
    name = postgres.database()
    yield name
    postgres.drop(name)


@pytest.fixture
def settings(postgres: Server, database: str) -> dict[str, Any]:
    return {"database": postgres.url(database)}


async def test_what_is_checked_over_http_is_kept_there(
    call: Call, postgres: Server, database: str, tmp_path: Any
) -> None:
    reply = answer(await call("POST", "submissions", sent("add", RIGHT, "1")))
    assert reply["judgement"]["verdict"] == "AC"
    assert postgres.execute("SELECT state, attempt FROM submissions", database) == [("judged", 1)]
    assert postgres.execute("SELECT verdict FROM judgements WHERE current", database) == [("AC",)]
    assert not (tmp_path / "records" / "codegym.sqlite").exists()


async def test_while_it_is_away_a_student_is_told_and_then_it_goes_on(
    call: Call, postgres: Server, database: str
) -> None:
    await call("POST", "submissions", sent("add", RIGHT, "1"))
    postgres.stop()
    try:
        away = await call("POST", "submissions", sent("add", OTHER, "2"))
    finally:
        postgres.start()
    assert (away.code, word(away)) == (503, "store_unavailable")
    assert int(away.headers["Retry-After"]) > 0 and "postgres" not in away.body.decode().lower()
    again = await call("POST", "submissions", sent("add", OTHER, "2"))
    assert again.code == 200 and answer(again)["judgement"]["verdict"] == "AC"
    async with asyncio.timeout(120):
        while postgres.execute("SELECT count(*) FROM outbox WHERE delivered_at IS NULL", database) != [(0,)]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("identity_class", ["server.identities.ByHeader"])
async def test_whose_answers_wait_for_the_records_keeps_nobody_else_from_them(
    call: Call, postgres: Server, database: str
) -> None:
    """The row of one person is held meanwhile: all that they send stands behind it, as in a flood of theirs."""

    def check(who: str, number: int) -> asyncio.Task[Any]:
        body = sent("add", f"{RIGHT}# {number}\n", f"{who}-{number}", kind="try")
        return asyncio.ensure_future(call("POST", "submissions", body, headers={"X-Who": who}))

    await asyncio.gather(check("ada", 0), check("ben", 0))
    with psycopg.connect(postgres.url(database)) as other:
        other.execute("SELECT id FROM people WHERE account = 'ada' FOR UPDATE")
        flood = [check("ada", number) for number in range(1, 9)]
        await asyncio.sleep(0.5)
        (told,) = await asyncio.wait_for(asyncio.gather(check("ben", 1)), 8)
        assert answer(told)["judgement"]["verdict"] == "AC" and not any(one.done() for one in flood)
        other.rollback()
    assert {one.code for one in await asyncio.gather(*flood)} == {200}


async def test_while_it_is_away_no_address_breaks(call: Call, postgres: Server) -> None:
    kept = answer(await call("POST", "submissions", sent("add", RIGHT, "1")))["submission"]["id"]
    postgres.stop()

    async def told(route: Route) -> tuple[str, int, str]:
        response = await call(route.method, route.path.replace(ID, kept), route.body)
        code = word(response) if response.code >= 400 and route.path != "health/ready" else ""
        return f"{route.method} {route.path}", response.code, code

    try:
        asked = [told(route) for route in ROUTES if not route.path.startswith("llms/")]
        seen = {name: (status, code) for name, status, code in await asyncio.gather(*asked)}
    finally:
        postgres.start()
    before_the_records = {(404, "not_found"), (404, "unknown_file"), (404, "unknown_llm"), (422, "unfit")}
    before_the_records |= {(429, "too_many_requests")}  # of the author's checks so many at once
    assert set(seen.values()) <= {(200, ""), (503, ""), (503, "store_unavailable"), *before_the_records}, seen
    assert seen["GET authoring/drafts"] == (503, "store_unavailable")
    assert seen["GET health/ready"] == (503, "") and seen["GET health/live"] == (200, "")
