"""`hold_back`, as a class has it: by HTTP and by the stream nothing is known before its time, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from server.conftest import Call, answer
from server.test_answers import RIGHT, WRONG, sent
from server.test_stream import Open, tab, told

__all__ = ["tab"]
#: Longer than a quarter of a second, so that it is known a second after it began.
SLOW = f"import time\ntime.sleep(0.3)\n{RIGHT}"
ADA = {"X-Who": "ada"}


@pytest.fixture
def identity_class() -> str:
    return "server.identities.ByHeader"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"hold_back": True, "sweep_s": 0.1}


@pytest.fixture
def courses_dir(courses_dir: Path) -> Path:
    """Two new sources at once in `demo`, then one a second."""
    course = courses_dir / "demo" / "course.yaml"
    course.write_text(course.read_text() + "policy: {rate: {sources: 2, per_s: 2}}\n")
    return courses_dir


async def test_what_took_long_is_known_everywhere_at_the_same_moment(call: Call, tab: Open) -> None:
    await call("POST", "submissions", sent("add", WRONG, "0"), headers=ADA)  # nothing is made ready after this
    stream = await tab("ada")
    began = time.monotonic()
    asking = asyncio.ensure_future(call("POST", "submissions", sent("add", SLOW, "1"), headers=ADA))
    message = await told(stream)
    assert time.monotonic() - began >= 1.0 and message["tab"] == "1"
    reply = answer(await asking)
    assert time.monotonic() - began >= 1.0 and reply["judgement"]["verdict"] == "AC"
    assert datetime.fromisoformat(reply["judgement"]["judged_at"]).microsecond == 0


async def test_a_source_too_many_is_kept_says_when_and_is_judged_then(call: Call, tab: Open) -> None:
    stream = await tab("ada")
    bodies = [sent("add", f"{RIGHT}#{n}", f"{n}") for n in range(4)]
    replies = await asyncio.gather(*(call("POST", "submissions", body, headers=ADA) for body in bodies))
    waiting = [answer(reply) for reply in replies if reply.code == 202]
    assert waiting, "they came at once"
    for kept in waiting:
        facts = kept["submission"]
        assert (facts["state"], kept["judgement"], kept["exercise"]["status"]) == ("waiting", None, "kept")
        assert datetime.fromisoformat(facts["not_before"]) > datetime.fromisoformat(facts["received_at"])
    judged = {(await told(stream))["tab"] for _ in replies}
    assert judged == {str(n) for n in range(4)}
    for reply in replies:
        now = answer(await call("GET", f"submissions/{answer(reply)['submission']['id']}", headers=ADA))
        assert (now["judgement"]["verdict"], now["submission"]["not_before"]) == ("AC", None)
