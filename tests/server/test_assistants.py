"""Other assistants: the protocol's own client at a real server, and who is turned away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from server.conftest import Call, answer
from server.test_answers import WRONG, sent

Asked = dict[str, Any]
EXERCISE = {"course": "demo", "exercise": "add"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture
def server(call: Call, jp_serverapp: Any) -> Any:
    """One that answers: `call` has it listen."""
    return jp_serverapp


@asynccontextmanager
async def assistant(server: Any) -> AsyncIterator[ClientSession]:
    """A client that holds the server's token."""
    headers = {"Authorization": f"token {server.identity_provider.token}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        async with streamable_http_client(f"{server.connection_url}codegym/mcp", http_client=http) as (read, write):
            async with ClientSession(read, write) as session:
                await session.initialize()
                yield session


async def ask(session: ClientSession, tool: str, **given: str) -> tuple[Asked, bool]:
    result = await session.call_tool(tool, given)
    told = result.structured_content
    assert json.loads(result.content[0].text) == told  # type: ignore[union-attr]
    return told, bool(result.is_error)


async def test_an_assistant_reads_what_its_student_may_see(call: Call, server: Any) -> None:
    judged = answer(await call("POST", "submissions", sent("add", WRONG, "k1")))
    async with assistant(server) as session:
        offered = (await session.list_tools()).tools
        assert {tool.name for tool in offered} >= {"list_exercises", "read_exercise", "read_answer", "next_hint"}
        courses, _ = await ask(session, "list_courses")
        assert [course["id"] for course in courses["courses"]] == ["demo", "timed"]
        exercises, _ = await ask(session, "list_exercises", course="demo")
        assert exercises["units"][0]["exercises"][0]["status"] == "submitted"
        exercise, _ = await ask(session, "read_exercise", **EXERCISE)
        assert exercise["sample_checks"] == [{"label": "add(1, 2)", "do": "add(1, 2)", "expect": "3"}]
        assert exercise["hidden_tests"] == ["large numbers", "texts", "negative numbers", "nothing"]
        mine, _ = await ask(session, "read_answer", **EXERCISE)
        assert (mine["source"], mine["judgement"]) == (WRONG, judged["judgement"])
        nothing, _ = await ask(session, "read_answer", course="demo", exercise="limited")
        assert nothing == {"source": None, "received_at": None, "judgement": None}


async def test_nothing_hidden_leaves_by_any_tool(call: Call, server: Any) -> None:
    await call("POST", "submissions", sent("add", WRONG, "k1"))
    async with assistant(server) as session:
        said = str(await session.list_tools())
        for tool in ("list_exercises", "read_exercise", "read_answer", "read_hints"):
            given = {"course": "demo"} if tool == "list_exercises" else EXERCISE
            told, failed = await ask(session, tool, **given)
            assert not failed
            said += json.dumps(told)
        assert "SENTINEL" not in said and "987001" not in said


async def test_hints_come_up_the_ladder_of_the_server(call: Call, server: Any) -> None:
    async with assistant(server) as session:
        assert (await ask(session, "read_hints", **EXERCISE))[0]["given"] == []
        given, failed = await ask(session, "next_hint", **EXERCISE)
        assert not failed and [hint["rung"] for hint in given["given"]] == [1]
        refused, failed = await ask(session, "next_hint", **EXERCISE)
        assert failed and refused["error"]["code"] == "not_yet"
    assert len(answer(await call("GET", "courses/demo/exercises/add/hints"))["given"]) == 1


@pytest.mark.parametrize(
    ("policy", "code"), [("tutor: off", "tutor_off"), ("hints: {cost: 0.5, cooldown_s: 0}", "needs_click")]
)
async def test_the_policy_binds_assistants(courses_dir: Path, server: Any, policy: str, code: str) -> None:
    file = courses_dir / "demo" / "one.yaml"
    file.write_text(file.read_text().replace("      points: 2\n", f"      points: 2\n      policy: {{{policy}}}\n", 1))
    async with assistant(server) as session:
        refused, failed = await ask(session, "next_hint", **EXERCISE)
        assert failed and refused["error"]["code"] == code
        if code == "tutor_off":
            for tool in ("read_exercise", "read_answer", "read_hints"):
                assert (await ask(session, tool, **EXERCISE))[1]


async def test_what_cannot_be_answered_says_why(server: Any) -> None:
    cases: list[tuple[str, Asked, str]] = [
        ("read_exercise", {"course": "demo"}, "malformed"),
        ("read_exercise", EXERCISE | {"more": "x"}, "malformed"),
        ("solve", EXERCISE, "unknown_tool"),
        ("read_exercise", {"course": "demo", "exercise": "none"}, "unknown_exercise"),
        ("read_exercise", {"course": "none", "exercise": "add"}, "unknown_course"),
        ("read_exercise", {"course": "timed", "exercise": "locked"}, "not_open"),
    ]
    for tool, given, code in cases:
        async with assistant(server) as session:
            told, failed = await ask(session, tool, **given)
        assert failed and told["error"]["code"] == code and told["error"]["message"]


async def test_who_may_not_ask_is_turned_away(jp_fetch: Any) -> None:
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 200),
        ({"Authorization": ""}, 403),
        ({"Authorization": "token wrong"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ]
    for headers, status in cases:
        response = await jp_fetch(
            *("codegym", "mcp"), method="POST", body=json.dumps(INITIALIZE), headers=ACCEPT | headers, raise_error=False
        )
        assert response.code == status
        if status == 200:
            assert json.loads(response.body)["result"]["serverInfo"]["name"] == "codegym"


async def test_nonsense_is_an_error_and_no_fault_of_ours(jp_fetch: Any) -> None:
    for body in ["", "{", "[]", '"x"', '{"jsonrpc": "2.0"}', '{"jsonrpc":"2.0","id":1,"method":"no"}']:
        response = await jp_fetch("codegym", "mcp", method="POST", body=body, headers=ACCEPT, raise_error=False)
        assert response.code < 500 and "error" in json.loads(response.body)


async def test_there_is_no_stream_of_the_servers_own(jp_fetch: Any) -> None:
    assert (await jp_fetch("codegym", "mcp", method="GET", raise_error=False)).code == 405
