"""Ask a human: a question goes to staff with what the student lets be seen, and the answer comes to their tab."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from server.conftest import Call, answer, word
from server.description import check_message
from server.test_answers import WRONG, sent

HERE = "courses/demo/exercises/add/tickets"
CLASS = "classes/local:demo/tickets"
ADA, PROF, BEN = {"X-Who": "ada"}, {"X-Who": "prof"}, {"X-Who": "ben"}


@pytest.fixture
def identity_class() -> str:
    return "server.identities.ByHeader"


@pytest.fixture
def settings() -> dict[str, Any]:
    """Staff have no browser here."""
    return {"staff_tokens": True}


@pytest.fixture
def courses_dir(courses_dir: Path) -> Path:
    """The course names somebody to ask."""
    file = courses_dir / "demo" / "course.yaml"
    file.write_text(file.read_text() + "contact: Dr. Ana Ruiz\n")
    return courses_dir


async def test_a_question_and_its_answer(call: Call, jp_ws_fetch: Any) -> None:
    judged = answer(await call("POST", "submissions", sent("add", WRONG, "k1"), headers=ADA))
    assert answer(await call("GET", HERE, headers=ADA)) == {"contact": "Dr. Ana Ruiz", "tickets": []}
    given = answer(await call("POST", HERE.replace("tickets", "hints"), {}, headers=ADA))["given"]
    talk = await call("POST", HERE.replace("tickets", "conversation"), {"message": "what is a tuple?"}, headers=ADA)
    told = json.loads(talk.body.splitlines()[-1])["turn"]["reply"]["text"]
    tab = await jp_ws_fetch("codegym/api", "stream", headers=dict(ADA))
    body = {"question": " Why? ", "share": ["answer", "hints", "conversation"], "source": "x = 1"}
    asked = answer(await call("POST", HERE, body, headers=ADA))
    assert (asked["question"], asked["answer"]) == ("Why?", None)
    assert asked["shared"] == ["hints", "source", "submission", "transcript"]

    (seen,) = answer(await call("GET", CLASS, headers=PROF, params={"open": "1"}))["tickets"]
    (turn,) = seen["shared"].pop("transcript")
    assert (turn["message"], turn["reply"]) == ("what is a tuple?", told) and told
    shared = {"source": "x = 1", "submission": judged["submission"]["id"], "hints": len(given)}
    assert (seen["id"], seen["account"], seen["shared"], len(given)) == (asked["id"], "ada", shared, 1)
    said = await call("POST", f"{CLASS}/{asked['id']}", {"answer": "Look at the sign."}, headers=PROF)
    assert said.code == 200
    message: dict[str, Any] = {}
    while "ticket" not in message:  # a tab hears of other things, too
        message = json.loads(await asyncio.wait_for(tab.read_message(), 60))
        check_message(message)
    tab.close()
    assert message["ticket"]["answer"] == "Look at the sign." and message["ticket"]["answered_by"] == "Prof"
    (mine,) = answer(await call("GET", HERE, headers=ADA))["tickets"]
    assert mine == message["ticket"]
    assert answer(await call("GET", CLASS, headers=PROF, params={"open": "1"})) == {"tickets": [], "next": None}
    assert answer(await call("GET", HERE, headers=BEN))["tickets"] == []


async def test_sent_twice_it_is_one_question(call: Call) -> None:
    body = {"question": "Why?", "idempotency_key": "k1"}
    both = await asyncio.gather(*(call("POST", HERE, body, headers=ADA) for _ in range(2)))
    one, other = (answer(each) for each in both)
    assert one == other
    assert answer(await call("GET", HERE, headers=ADA))["tickets"] == [one]
    taken = await call("POST", HERE, {**body, "question": "Something else?"}, headers=ADA)
    assert (taken.code, word(taken)) == (409, "key_taken")
    assert answer(await call("POST", HERE, body, headers=BEN))["id"] != one["id"]


async def test_a_page_of_much_that_was_shared_ends_early(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegym_jlab.tutor.tickets.MAX_PAGE", 1000)
    for number in range(3):
        await call("POST", HERE, {"question": f"{number}?"}, headers=ADA)
    await call("POST", HERE, {"question": "3?", "share": ["answer"], "source": "x" * 1000}, headers=BEN)
    first = answer(await call("GET", CLASS, headers=PROF, params={"limit": "2"}))
    assert [one["question"] for one in first["tickets"]] == ["0?", "1?"] and first["next"] == first["tickets"][-1]["id"]
    rest = answer(await call("GET", CLASS, headers=PROF, params={"after": first["next"], "limit": "9"}))
    assert [one["question"] for one in rest["tickets"]] == ["2?", "3?"] and rest["next"] is None


async def test_the_class_is_narrowed(call: Call) -> None:
    await call("POST", HERE, {"question": "?"}, headers=ADA)

    async def found(**asked: str) -> int:
        return len(answer(await call("GET", CLASS, headers=PROF, params=asked))["tickets"])

    assert await found(exercise="add") == 1 and await found(exercise="other") == 0
    assert await found(since="2020-01-01T00:00:00Z") == 1 and await found(since="2100-01-01T00:00:00+00:00") == 0
    refused = await call("GET", CLASS, headers=PROF, params={"since": "yesterday"})
    assert (refused.code, word(refused)) == (400, "malformed")


async def test_only_what_is_shared_is_sent(call: Call) -> None:
    asked = answer(await call("POST", HERE, {"question": "Why?", "source": "SECRET"}, headers=ADA))
    assert asked["shared"] == []
    (seen,) = answer(await call("GET", CLASS, headers=PROF))["tickets"]
    assert seen["shared"] == {} and "SECRET" not in json.dumps(seen)


async def test_a_few_questions_at_a_time(call: Call) -> None:
    for number in range(10):
        assert (await call("POST", HERE, {"question": f"{number}?"}, headers=ADA)).code == 200
    refused = await call("POST", HERE, {"question": "more?"}, headers=ADA)
    assert (refused.code, word(refused)) == (409, "too_many")
    first = answer(await call("GET", CLASS, headers=PROF, params={"limit": "1"}))["tickets"][0]
    await call("POST", f"{CLASS}/{first['id']}", {"answer": "So."}, headers=PROF)
    assert (await call("POST", HERE, {"question": "more?"}, headers=ADA)).code == 200


async def test_many_at_once_are_no_way_round_it(call: Call) -> None:
    await call("GET", "courses/demo", headers=ADA)
    for number in range(8):
        await call("POST", HERE, {"question": f"{number}?"}, headers=ADA)
    asked = await asyncio.gather(*(call("POST", HERE, {"question": "more?"}, headers=ADA) for _ in range(6)))
    assert sorted(one.code for one in asked) == [200] * 2 + [409] * 4


async def test_who_and_what_is_turned_away(call: Call) -> None:
    cases: list[tuple[dict[str, str], str, Any, int, str]] = [
        (ADA, CLASS, None, 403, "forbidden"),
        (ADA, f"{CLASS}/x", {"answer": "so"}, 403, "forbidden"),
        (PROF, f"{CLASS}/x", {"answer": "so"}, 404, "unknown_ticket"),
        (ADA, HERE, {"question": "  "}, 422, "unfit"),
        (ADA, HERE, {"question": "a\0b"}, 422, "unfit"),
        (PROF, f"{CLASS}/x", {"answer": "a\0b"}, 422, "unfit"),
        (ADA, HERE, {"question": "?", "share": ["all"]}, 422, "unfit"),
        (ADA, HERE, {"question": "?", "share": "answer"}, 422, "unfit"),
        (ADA, HERE.replace("add", "none"), {"question": "?"}, 404, "unknown_exercise"),
        (ADA, "courses/timed/exercises/locked/tickets", {"question": "?"}, 409, "not_open"),
        (ADA, "courses/timed/exercises/late/tickets", {"question": "?"}, 409, "no_contact"),
    ]
    for who, path, body, status, code in cases:
        await call("GET", "courses/demo", headers=ADA)
        response = await call("GET" if body is None else "POST", path, body, headers=who)
        assert (response.code, word(response)) == (status, code), path
