"""The row under a wrong judgement over HTTP: what the policy lets be told of it, and when."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from server.conftest import Call, answer
from server.test_answers import RIGHT, sent

LATE = "def add(a, b):\n    a = b\n    return a + b\n"
MINUS = "def add(a, b):\n    return a - b"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"llms": []}


def with_policy(courses_dir: Path, policy: str) -> None:
    file = courses_dir / "demo" / "one.yaml"
    points = "      points: 2\n"
    file.write_text(file.read_text().replace(points, f"{points}      policy: {policy}\n", 1))


async def row(call: Call, source: str, key: str = "k1", language: str = "en") -> Any:
    """Of an answer that is sent first, once it is no longer looked for."""
    judged = answer(await call("POST", "submissions", sent("add", source, key)))
    return await row_of(call, judged["submission"]["id"], language)


async def row_of(call: Call, submission: str, language: str = "en") -> Any:
    while True:
        told = answer(await call("GET", f"submissions/{submission}/diagnosis", params={"language": language}))
        if told["state"] != "looking":
            return told


async def test_a_wrong_answer_is_told_its_line_a_question_and_an_example(call: Call) -> None:
    told = await row(call, LATE)
    assert (told["state"], told["lines"]) == ("found", [2])
    assert told["question"] and told["example"]["call"].startswith("add(")
    german = await row(call, LATE, "k2", "de")
    assert german["lines"] == [2] and german["question"] != told["question"]


async def test_the_authors_words_on_a_known_idea_fill_the_row(call: Call) -> None:
    told = await row(call, MINUS)
    assert (told["state"], told["lines"], told["question"]) == ("found", [2], "SENTINEL_SAY Look at the sign.")


async def test_a_right_answer_and_one_that_cannot_be_read_have_no_row(call: Call) -> None:
    assert (await row(call, RIGHT))["state"] == "off"
    assert (await row(call, "def add(a, b:", "k2"))["state"] == "off"


@pytest.mark.parametrize(
    "policy", ["{diagnosis: off}", "{tutor: off}", "{feedback: labels}", "{duration: PT90M}", "{feedback: none}"]
)
async def test_where_the_policy_says_so_there_is_no_row(call: Call, courses_dir: Path, policy: str) -> None:
    with_policy(courses_dir, policy)
    assert await row(call, LATE) == {"state": "off", "lines": [], "question": "", "example": None, "hint": None}


async def test_as_a_hint_it_says_its_price_and_nothing_else_until_one_was_taken(call: Call, courses_dir: Path) -> None:
    with_policy(courses_dir, "{diagnosis: as_hint, hints: {cost: 0.2}}")
    judged = answer(await call("POST", "submissions", sent("add", LATE, "k1")))
    id = judged["submission"]["id"]
    told = await row_of(call, id)
    assert told["state"] == "hint" and told["hint"] == {"rung": 1, "total": 2, "cost": 0.2}
    assert not told["lines"] and not told["question"] and told["example"] is None
    await call("POST", "courses/demo/exercises/add/hints")
    assert (await row_of(call, id))["lines"] == [2]
    again = await row(call, LATE + "\n", "k2")
    assert again["hint"]["rung"] == 2, "the next answer has its own price"


async def test_the_newest_answer_wins_and_the_tutor_says_the_same(call: Call) -> None:
    other = "def add(a, b):\n    b = a\n    return a + b\n"
    first, second = await asyncio.gather(row(call, LATE, "k1"), row(call, other, "k2"))
    assert {first["state"], second["state"]} & {"found"}
    assert (await row(call, LATE, "k3"))["lines"] == [2]
    assert (await said(call, "why is it wrong?", LATE))["line"] == 2


async def said(call: Call, message: str, source: str, **more: Any) -> Any:
    """The tutor's reply."""
    body = {"message": message, "source": source, **more}
    told = (await call("POST", "courses/demo/exercises/add/conversation", body)).body.splitlines()
    return json.loads(told[-1])["turn"]["reply"]


async def test_the_button_gets_the_diagnosis_whatever_the_words_are(call: Call) -> None:
    await row(call, LATE)
    told = await said(call, "?", LATE, wants="why")
    assert told["agent"] == "why" and told["text"].startswith("Look at line 2.") and "`add(" in told["text"]


async def test_the_button_tells_no_place_that_costs_a_hint(call: Call, courses_dir: Path) -> None:
    with_policy(courses_dir, "{diagnosis: as_hint}")
    await row(call, LATE)
    told = await said(call, "?", LATE, wants="why")
    assert told["agent"] == "why" and told["line"] is None and told["text"]


async def test_an_error_that_comes_of_another_line_is_explained_from_there(call: Call) -> None:
    source = "def add(a, b):\n    a = [a]\n    return a + b\n"
    told = await row(call, source)
    reply = await said(call, "Explain this error", source, wants="explain_error")
    assert reply["agent"] == "explain_error" and told["lines"] == [reply["line"]] == [2]
    assert reply["text"].startswith("Look at line 2.")


async def test_no_hidden_value_is_told(call: Call) -> None:
    told = [await row(call, source, f"k{n}") for n, source in enumerate((LATE, "def add(a, b):\n    return 3\n"))]
    text = json.dumps(told)
    assert "SENTINEL_INPUT" not in text and "987001" not in text and "SENTINEL_SOLUTION" not in text
