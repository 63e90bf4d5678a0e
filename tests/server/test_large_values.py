"""Values that are large cost the student who sends them: their verdict is an honest one, and nobody else waits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from server.conftest import Call, answer
from server.test_answers import RIGHT, sent

EXERCISE = """
  - exercise:
      id: halves
      title: Halves
      statement: Write `halves()`.
      solution: "def halves(): return {wanted}"
      checks:
        - call: halves()
          equals_expr: "{wanted}"
"""
FORGED = """
import os, struct
KEYS = b",".join(b'["int","%d"]' % (k * (2**61 - 1)) for k in range(200_000))
BODY = b'{"status":"value","stdout":"","value":["set",[' + KEYS + b"]]}"
def halves():
    for fd in range(3, 16):
        try:
            view = memoryview(struct.pack(">I", len(BODY)) + BODY)
            while view:
                view = view[os.write(fd, view):]
        except OSError:
            pass
"""
#: How much longer another student waits beside such an answer than beside none: they share the processors.
ROOM = 40


@pytest.fixture
def identity_class() -> str:
    return "server.identities.ByHeader"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"staff_tokens": True}


async def verdict(call: Call, who: str, exercise: str, source: str, key: str) -> str:
    body = sent(exercise, source, key, kind="try")
    return str(answer(await call("POST", "submissions", body, headers={"X-Who": who}))["judgement"]["verdict"])


@pytest.mark.parametrize(
    ("wanted", "source", "says"),
    [
        ("[0.5, 1.5]", "def halves(): return range(10**30)", {"WA"}),
        ("[0.5, 1.5]", "def halves(): return [complex(10**300, 1e300), 1e308]", {"WA"}),
        ("[k / 8 for k in range(150_000)]", "def halves(): return [k / 7 for k in range(150_000)]", {"WA"}),
        ("{0.5, 1.5}", FORGED, {"WA", "SV"}),
    ],
    ids=["a range", "a complex number", "floats", "forged keys"],
)
@pytest.mark.full
async def test_an_honest_answer_is_wrong_and_the_answers_of_others_are_not_held_up(
    call: Call, courses_dir: Path, wanted: str, source: str, says: set[str]
) -> None:
    unit = courses_dir / "demo" / "two.yaml"
    unit.write_text(unit.read_text() + EXERCISE.format(wanted=wanted))

    async def waits(number: int) -> float:
        began = perf_counter()
        assert await verdict(call, "ben", "add", f"{RIGHT}# {number}", f"b{number}") == "AC"
        return perf_counter() - began

    alone = max([await waits(number) for number in range(12)][2:])
    large = asyncio.create_task(verdict(call, "ada", "halves", source, "a"))
    number, longest = 100, 0.0
    while not large.done():
        longest, number = max(longest, await waits(number)), number + 1
    assert large.result() in says
    assert longest < ROOM * alone
