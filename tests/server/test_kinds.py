"""The kinds of exercises over HTTP, as a browser asks for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from zlib import crc32

import jsonschema
import pytest
from server.conftest import Call, answer

from codegym_jlab.grading import feedback

TOUR = Path(__file__).parents[1] / "contract" / "kinds"
SCHEMA = json.loads(Path(feedback.__file__).with_name("judgement.schema.json").read_text())


@pytest.fixture
def courses_dir(tmp_path: Path) -> Path:
    """The tour alone."""
    folder = tmp_path / "courses"
    shutil.copytree(TOUR, folder / "kinds")
    (folder / "config.yaml").write_text("courses: [kinds]\n")
    return folder


async def send(call: Call, exercise: str, source: str) -> Any:
    """The answer to a submission; its judgement is what the schema says."""
    body = {"course": "kinds", "exercise": exercise, "kind": "submit", "source": source}
    key = str(crc32(f"{exercise} {source}".encode()))
    found = answer(await call("POST", "submissions", body | {"idempotency_key": key}))
    jsonschema.validate(found["judgement"], SCHEMA)
    return found


async def test_the_page_says_the_kind_of_each_and_what_is_bonus(call: Call) -> None:
    page = answer(await call("GET", "courses/kinds"))
    rows = {row["id"]: row for row in page["units"][0]["exercises"]}
    kinds = [row["answer"] for row in rows.values()]
    assert kinds == "program debug debug fill order predict choice choice code text".split()
    assert [name for name, row in rows.items() if row["bonus"]] == ["which-true"]
    assert (page["max_points"], page["total"]) == (9.0, 9)


async def test_answers_without_code(call: Call) -> None:
    nothing = await send(call, "which-true", "Answer:")
    assert (nothing["judgement"]["verdict"], nothing["exercise"]["tries"]) == ("CE", 0)
    wrong = (await send(call, "which-true", "Answer: a, b"))["judgement"]
    assert (wrong["verdict"], wrong["score"], wrong["answer"]) == ("WA", 0, "choice")
    assert [check["message"] for check in wrong["checks"]] == ["", "One is text, one is a number."]
    right = await send(call, "which-true", "Answer: a, c")
    assert (right["judgement"]["verdict"], right["exercise"]["score"]) == ("AC", 2)
    assert right["bundle"]["text/plain"].startswith("Right.")
    assert (await send(call, "what-prints", "```text\ngo 2\nstop 4\n```"))["judgement"]["verdict"] == "AC"
    page = answer(await call("GET", "courses/kinds"))
    assert (page["points"], page["done"]) == (3.0, 1)  # what is bonus comes on top


async def test_the_picture_of_a_wanted_figure(call: Call) -> None:
    page = answer(await call("GET", "courses/kinds"))
    assert [row["id"] for row in page["units"][0]["exercises"] if row["picture"]] == ["rain"]
    drawn = answer(await call("GET", "courses/kinds/exercises/rain/picture"))["picture"]
    assert (drawn["kind"], drawn["ylabel"], drawn["rows"][0]) == ("bar", "rain in mm", ["Jan", "62"])
    assert answer(await call("GET", "courses/kinds/exercises/vowels/picture")) == {"picture": None}


async def test_what_a_program_to_be_mended_gives_now(call: Call) -> None:
    told = answer(await call("GET", "courses/kinds/exercises/vowels/given"))["outcome"]
    assert told == {"call": 'vowels("radio")', "got": "1", "wanted": "3"}
    for exercise in ("greeting", "rain"):  # a script, and none to be mended
        assert answer(await call("GET", f"courses/kinds/exercises/{exercise}/given")) == {"outcome": None}


async def test_gaps_and_lines(call: Call) -> None:
    source = 'for n in range(5, 1, -1):\n    print(n)\nprint("Go")'
    filled = (await send(call, "countdown", source))["judgement"]
    assert (filled["verdict"], filled["gaps"]) == ("WA", [False, True, True])
    lines = (await send(call, "sum-lines", "total = 0\nprint(total)"))["judgement"]
    assert lines["notices"][0]["text"] == "Look at line 2."


async def test_a_starter_is_what_the_cell_held(call: Call) -> None:
    for exercise, source in (("which-ends", "Answer:"), ("what-prints", "```text\n\n```"), ("sum-lines", "")):
        assert answer(await call("GET", f"courses/kinds/exercises/{exercise}/starter")) == {"source": source}
