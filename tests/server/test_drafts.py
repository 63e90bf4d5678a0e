"""Drafts over HTTP with a scripted model: begun, told as they come, stopped, gone on with, taken over; reviews."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.collector import Collector, Traced
from server.conftest import COURSES, Call, answer, word
from server.description import check_message

from codegym_jlab.llm.scripted import Scripted
from codegym_jlab.telemetry import traces

RIGHT: dict[str, Any] = {
    "id": "treble",
    "title": "Three times as much",
    "statement": "Write `treble(n)`, which returns three times the number `n`.",
    "starter": "def treble(n):\n    ...\n",
    "solution": "def treble(n):\n    return 3 * n\n",
    "checks": [
        {"call": "treble(4)", "equals": 12},
        {"call": "treble(-3)", "equals": -9, "hidden": "a negative number"},
        {"call": "treble(0)", "equals": 0, "hidden": "nothing"},
    ],
}
SCRIPT = [
    {"when": "be slow", "say": "never", "first_s": 600, "times": 1},
    {"when": "take a while", "say": "a word", "first_s": 2},
    {"when": "does not pass yet", "say": yaml.safe_dump(RIGHT, sort_keys=False)},
    {"say": yaml.safe_dump(RIGHT | {"solution": "def treble(n):\n    return n\n"}, sort_keys=False)},
]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump(SCRIPT))
    return {"llms": [{"llm": f"scripted:{script}", "label": "class server"}]}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> list[Scripted]:
    """The models that the server has read from its script."""
    made: list[Scripted] = []

    class Kept(Scripted):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words)
            made.append(self)

    monkeypatch.setattr("codegym_jlab.llm.scripted.Scripted", Kept)
    return made


async def over(call: Call, id: str) -> dict[str, Any]:
    """The draft, once nothing more happens by itself."""
    while True:
        told: dict[str, Any] = answer(await call("GET", f"authoring/drafts/{id}"))
        if told["state"] not in ("waiting", "drafting"):
            return told
        await asyncio.sleep(0.1)


async def test_a_draft_is_told_as_it_comes_stopped_gone_on_with_changed_and_taken_over(
    models: list[Scripted], call: Call, courses_dir: Path, jp_ws_fetch: Callable[..., Awaitable[Any]], jp_fetch: Call
) -> None:
    health = answer(await call("GET", "authoring/health"))
    assert health == {"ready": True, "why": "", "llms": ["class server"]}
    assert answer(await call("GET", "authoring/drafts")) == {"drafts": []}
    stream = await jp_ws_fetch("codegym/api", "stream")
    unit = courses_dir / "demo" / "one.yaml"
    before = unit.read_text()
    wish = {"course": "demo", "unit": "one", "topic": "three times, be slow", "cases": ["treble(1) == 3"]}
    begun = answer(await call("POST", "authoring/generate", wish))
    assert begun["order"]["llms"] == ["class server"] and "course_dir" not in begun["order"]
    told = json.loads(await stream.read_message())
    check_message(told)
    assert told == {"type": "draft", "draft": begun["id"], "what": "asked", "attempt": 1}
    while not any(model.asked for model in models):  # noqa: ASYNC110  its first line is then said
        await asyncio.sleep(0.01)
    stopped = answer(await call("POST", f"authoring/drafts/{begun['id']}/stop"))
    assert stopped["state"] == "stopped" and stopped["attempts"] == []
    assert word(await call("POST", f"authoring/drafts/{begun['id']}/accept")) == "unfit"

    await call("POST", f"authoring/drafts/{begun['id']}/resume")
    done = await over(call, begun["id"])
    assert [one["verdict"] for one in done["attempts"]] == ["not_passed", "passes"] and done["state"] == "passed"
    steps = [json.loads(await stream.read_message()) for _ in range(4)]
    assert [(one["what"], one["attempt"]) for one in steps] == [
        ("asked", 1),
        ("attempt", 1),
        ("asked", 2),
        ("attempt", 2),
    ]
    stream.close()
    assert unit.read_text() == before
    put = answer(await call("POST", f"authoring/drafts/{begun['id']}/accept"))
    assert put["file"] == "one.yaml" and unit.read_text().splitlines()[put["line"] - 1].strip() == "- exercise:"
    again = await call("POST", f"authoring/drafts/{begun['id']}/accept")
    assert (again.code, word(again)) == (422, "unfit"), "its id is taken now"

    other = answer(await call("POST", "authoring/refine", {"draft": begun["id"], "wish": "a shorter statement"}))
    assert other["order"]["earlier"] == done["attempts"][-1]["yaml"]
    assert (await over(call, other["id"]))["state"] == "for_a_person"
    stats = answer(await call("GET", "authoring/stats"))
    assert stats["states"] == {"passed": 1, "for_a_person": 1} and stats["attempts_a_draft"] == 2
    assert stats["llms"]["class server"]["attempts"] == 6 and stats["tokens"] > 1000
    page = (await jp_fetch("codegym", "metrics")).body.decode()
    assert 'codegym_draft_attempts_total{llm="class server",verdict="passes"} 1.0' in page
    assert 'codegym_draft_length_attempts_sum{outcome="passed"} 2.0' in page
    assert f'codegym_draft_tokens_total{{llm="class server"}} {stats["tokens"]}.0' in page


class TestTraced(Traced):
    async def test_an_attempt_is_a_span_with_its_call_of_the_model(self, call: Call, collector: Collector) -> None:
        wish = {"course": "demo", "unit": "one", "topic": "three times"}
        begun = answer(await call("POST", "authoring/generate", wish))
        assert (await over(call, begun["id"]))["state"] == "passed"
        await traces.switch_off()
        attempts = [one for one in collector.spans if one.name == "draft attempt"]
        assert [one.known for one in attempts] == [
            {"codegym.flow": begun["id"], "codegym.mode": "exercise", "codegym.attempt": number} for number in (1, 2)
        ]
        for attempt in attempts:
            [asked] = [one for one in collector.spans if one.parent == attempt.id and one.name.startswith("chat")]
            assert asked.known["gen_ai.usage.output_tokens"] > 0

    async def test_the_prose_of_a_review_is_a_span_with_its_call_of_the_model(
        self, call: Call, collector: Collector
    ) -> None:
        ask = {"course": "demo", "exercise": "add", "parts": ["reading"], "llm": "class server"}
        assert answer(await call("POST", "authoring/review", ask))["reviews"][0]["prose"]["text"]
        await traces.switch_off()
        (review,) = [one for one in collector.spans if one.name == "review prose"]
        (asked,) = [one for one in collector.spans if one.name.startswith("chat")]
        assert review.known == {"codegym.exercise": "add"} and asked.parent == review.id


async def test_what_cannot_be_drafted_is_told(call: Call) -> None:
    wish = {"course": "demo", "topic": "x"}
    for more, code in (
        ({"llms": ["gpt"]}, "unknown_llm"),
        ({"course": "none"}, "unknown_course"),
        ({"mode": "hints"}, "unfit"),
        ({"cases": ["=="]}, "unfit"),
        ({"topic": " "}, "unfit"),
    ):
        assert word(await call("POST", "authoring/generate", wish | more)) == code, more
    assert word(await call("GET", "authoring/drafts/none")) == "unknown_draft"


async def test_an_exercise_is_validated_and_reviewed_in_parts(call: Call) -> None:
    text = yaml.safe_dump(RIGHT, sort_keys=False)
    told = answer(await call("POST", "authoring/validate", {"course": "demo", "yaml": text}))
    assert told["verdict"] == "passes" and told["killed"] == told["mutants"] > 0
    told = answer(await call("POST", "authoring/validate", {"course": "demo", "yaml": text + "pionts: 2\n"}))
    assert told["verdict"] == "not_passed" and told["reasons"] == ["leave out `pionts`: a draft has no such key"]
    (found,) = answer(await call("POST", "authoring/review", {"code": "import os\n", "parts": ["style"]}))["reviews"]
    assert [part["name"] for part in found["parts"]] == ["style"] and "F401" in found["parts"][0]["reasons"][0]
    (found,) = answer(await call("POST", "authoring/review", {"course": "demo", "exercise": "add"}))["reviews"]
    assert {"check", "leaks", "mutants", "coverage"} <= {part["name"] for part in found["parts"]}
    assert word(await call("POST", "authoring/review", {"course": "demo", "exercise": "none"})) == "unknown_exercise"
    assert word(await call("POST", "authoring/review", {"course": "broken"})) == "course_broken"
    assert found["prose"] is None
    ask = {"code": "import os\n", "llm": "class server"}
    (found,) = answer(await call("POST", "authoring/review", ask))["reviews"]
    assert found["prose"]["llm"] == "class server" and "treble" in found["prose"]["text"] and found["score"] < 10
    assert word(await call("POST", "authoring/review", ask | {"llm": "gpt"})) == "unknown_llm"
    assert word(await call("POST", "authoring/review", {})) == "unfit"


def refuse(error: Exception, *_: object) -> None:
    raise error


async def test_what_a_person_wrote_is_put_into_the_unit_where_its_check_passes(
    call: Call, courses_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = courses_dir / "demo" / "one.yaml"
    before = unit.read_text()
    idea = {"id": "second", "wrong": "def add(a, b):\n    return b\n", "say": "Where is `a` used?"}
    wish = {"course": "demo", "exercise": "add", "mode": "misconceptions"}
    for change in ({"wrong": "def add(a, b):\n    return b + a\n"}, {"says": "x"}, {"id": "Not an id"}):
        body = wish | {"yaml": yaml.safe_dump([idea | change])}
        assert word(await call("POST", "authoring/place", body)) == "unfit", change
    hello = {"yaml": "hello"}, {"yaml": "- ["}, {"yaml": ""}
    no_label = {"mode": "checks", "yaml": "- {call: 'add(1, 2)', equals: 3}"}
    for body in (*hello, no_label, {"mode": "variant", "yaml": "- markdown: hi"}):
        assert word(await call("POST", "authoring/place", wish | body)) == "unfit", body
    assert unit.read_text() == before
    with monkeypatch.context() as closed:
        closed.setattr("codegym_jlab.authoring.draft.write", partial(refuse, OSError(30, "Read-only file system")))
        refused = await call("POST", "authoring/place", wish | {"yaml": yaml.safe_dump([idea])})
    assert (refused.code, word(refused)) == (409, "cannot_write")
    placed = answer(await call("POST", "authoring/place", wish | {"yaml": yaml.safe_dump([idea])}))
    after = unit.read_text().splitlines()
    own = after[placed["line"] - 1 : placed["line"] - 1 + placed["lines"]]
    assert placed["file"] == "one.yaml" and any("id: second" in row for row in own)
    assert [row for row in before.splitlines() if row not in after] == []
    other = wish | {"yaml": yaml.safe_dump([idea | {"id": "third", "wrong": "def add(a, b):\n    return a\n"}])}
    twice = await asyncio.gather(*(call("POST", "authoring/place", other) for _ in range(2)))
    assert sorted(one.code for one in twice) == [200, 422] and unit.read_text().count("id: third") == 1


async def test_a_part_of_a_review_has_its_address_and_nothing_is_run_for_the_others(
    call: Call, monkeypatch: pytest.MonkeyPatch, jp_fetch: Call
) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("nobody asked for mutants")

    async def part(address: str, body: dict[str, Any]) -> dict[str, Any]:
        (found,) = answer(await call("POST", f"authoring/{address}", body))["reviews"]
        (told,) = found["parts"]
        return dict(told)

    monkeypatch.setattr("codegym_jlab.authoring.survivors.MutationRun.tally", never)
    one = {"course": "demo", "exercise": "add"}
    style, coverage = await part("pep8", {"code": "import os\n"}), await part("coverage", one)
    assert style["name"] == "style" and "F401" in style["reasons"][0]
    assert (coverage["name"], coverage["figure"]) == ("coverage", "2 of 2 statements")
    assert (await part("complexity", one))["figure"] == "1"
    assert (await part("review", one | {"parts": ["check"]}))["mark"] == 1
    refused = {"code": "x = 1"}, {"course": "demo", "code": "x"}, one | {"parts": ["style"]}, {}
    assert [word(await call("POST", "authoring/coverage", body)) for body in refused] == ["unfit"] * 4
    assert word(await call("POST", "authoring/review", one | {"parts": ["taste"]})) == "unfit"
    page = (await jp_fetch("codegym", "metrics")).body.decode()
    for route, outcome in ("pep8", "done"), ("coverage", "done"), ("coverage", "refused"):
        assert f'codegym_author_turns_total{{outcome="{outcome}",route="{route}"}}' in page
    assert 'codegym_author_turn_seconds_count{route="complexity"}' in page


async def test_a_person_has_three_checks_and_reviews_under_way_and_hears_what_to_do_then(
    call: Call, jp_root_dir: Path
) -> None:
    shutil.copy(COURSES / "demo" / "one.yaml", jp_root_dir)
    slow = {"code": "'take a while'", "llm": "class server"}
    under_way = [asyncio.create_task(call("POST", "authoring/review", slow)) for _ in range(3)]
    await asyncio.sleep(1)
    for address, body in (
        ("pep8", {"code": "x = 1"}),
        ("validate", {"course": "demo", "yaml": yaml.safe_dump(RIGHT)}),
        ("check", {"path": "one.yaml", "exercise": "add"}),
    ):
        refused = await call("POST", f"authoring/{address}", body)
        assert (refused.code, word(refused), refused.headers["Retry-After"]) == (429, "too_many_requests", "5"), address
        assert "Try again when one of them has ended." in answer(refused)["error"]["message"]
    assert [one.code for one in await asyncio.gather(*under_way)] == [200, 200, 200]
    assert (await call("POST", "authoring/pep8", {"code": "x = 1"})).code == 200
