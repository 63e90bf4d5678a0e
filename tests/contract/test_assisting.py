"""`codegym mcp`: the protocol's own client starts the command and asks it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from codegym_jlab.store import store_at

pytestmark = pytest.mark.anyio
COURSE = """\
schema: 1
id: small
title: Small
units: [one]
"""
UNIT = """\
id: one
title: One
cells:
  - exercise:
      id: double
      title: Double it
      statement: Write `double(x)`.
      solution: "def double(x): return 2 * x"
      hints: [Which sign multiplies?]
      checks:
        - {call: double(2), equals: 4}
        - {call: double(987001), equals: 1974002, hidden: large}
"""


@pytest.fixture
async def desk(tmp_path: Path) -> list[str]:
    """Words for the command: a course, and records of somebody who has looked at it."""
    course = tmp_path / "courses" / "small"
    course.mkdir(parents=True)
    (course.parent / "config.yaml").write_text("courses: [small]\n")
    (course / "course.yaml").write_text(COURSE)
    (course / "one.yaml").write_text(UNIT)
    store = store_at(tmp_path / "codegym.db")
    await store.open()
    await store.close()
    return ["mcp", "--courses", str(course.parent), "--records", str(tmp_path / "codegym.db")]


@pytest.mark.full
async def test_an_assistant_on_this_computer(desk: list[str]) -> None:
    command = StdioServerParameters(command=sys.executable, args=["-m", "codegym_jlab.cli", *desk])
    async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
        told = await session.initialize()
        assert told.server_info.name == "codegym" and "Never write the answer" in (told.instructions or "")
        asked = {"course": "small", "exercise": "double"}
        courses = (await session.call_tool("list_courses", {})).structured_content
        assert courses == {"courses": [{"id": "small", "title": "Small"}]}
        exercise = (await session.call_tool("read_exercise", asked)).structured_content
        assert exercise["hidden_tests"] == ["large"] and "987001" not in str(exercise)
        hints = (await session.call_tool("next_hint", asked)).structured_content
        assert hints["given"] == [{"rung": 1, "text": "Which sign multiplies?"}]
        refused = await session.call_tool("next_hint", asked)
        assert refused.is_error and refused.structured_content["error"]["code"] == "no_more_hints"
