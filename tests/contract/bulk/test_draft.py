"""`codegym author draft` with a scripted model: wrong, then right, and what is refused; a crash; into the course."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegym_jlab.authoring.draft import Order
from codegym_jlab.authoring.sessions import Session, Studio, TooManyDrafts
from codegym_jlab.course.loader import load_course
from codegym_jlab.llm.chain import Link
from codegym_jlab.llm.scripted import Line, Scripted
from codegym_jlab.sandbox.levels import open_sandbox
from codegym_jlab.store import store_at

UNIT = """\
id: loops
title: Loops
cells:
  - markdown: "# Loops"   # a heading
  - exercise:
      id: first
      title: First
      statement: Write `first(xs)`, the first of a list.
      starter: |
        def first(xs):
            ...
      solution: |
        def first(xs):
            return xs[0]
      checks:
        - call: first([1, 2])
          equals: 1

# the end
"""
RIGHT: dict[str, Any] = {
    "id": "double",
    "title": "Twice as much",
    "statement": "Write `double(n)`, which returns twice the number `n`.",
    "starter": "def double(n):\n    ...\n",
    "solution": "def double(n):\n    return 2 * n\n",
    "checks": [
        {"call": "double(4)", "equals": 8},
        {"call": "double(-3)", "equals": -6, "hidden": "a negative number"},
        {"call": "double(0)", "equals": 0, "hidden": "nothing"},
    ],
    "hints": ["What is a number and the same number again?"],
}
WRONG = RIGHT | {"solution": "def double(n):\n    return n[0] * 2\n\nprint('made')\n"}
LEAKS = RIGHT | {"statement": "Write `double(n)`. It is short: `return 2 * n`. Call it with double(-3) too."}
WEAK = RIGHT | {
    "id": "grown",
    "statement": "Write `grown(age)`: whether somebody is of age.",
    "starter": "def grown(age):\n    ...\n",
    "solution": "def grown(age):\n    return age >= 18\n",
    "checks": [{"call": "grown(40)", "equals": True}, {"call": "grown(3)", "equals": False, "hidden": "a child"}],
}


def said(body: Any) -> str:
    return f"Here it is:\n```yaml\n{yaml.safe_dump(body, sort_keys=False)}```\nI hope it helps."


class Desk:
    """An author's course, records and scripted model."""

    def __init__(self, folder: Path) -> None:
        self.course, self.records, self.script = folder / "course", folder / "codegym.sqlite", folder / "model.yaml"
        self.course.mkdir()
        head = {"schema": 1, "id": "c", "title": "Course", "units": ["loops"]}
        (self.course / "course.yaml").write_text(yaml.safe_dump(head))
        self.unit = self.course / "loops.yaml"
        self.unit.write_text(UNIT)

    def says(self, *replies: dict[str, Any] | str) -> None:
        lines = [reply if isinstance(reply, dict) else {"say": reply, "times": 1} for reply in replies]
        self.script.write_text(yaml.safe_dump(lines))

    def start(self, *words: str, group: str = "author") -> subprocess.Popen[str]:
        code = "from codegym_jlab.cli import main; main()"
        command = [sys.executable, "-c", code, group, *words, "--records", str(self.records)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})

    def run(self, *words: str, code: int = 0, group: str = "author") -> list[dict[str, Any]]:
        done = self.start(*words, group=group)
        out, err = done.communicate()
        assert done.returncode == code, (out, err)
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    def acts(self) -> list[tuple[str, dict[str, Any]]]:
        """Of the audit log, the oldest first."""
        lines = self.run("audit", "--json", group="class")
        return [(one["act"], one["what"]) for one in reversed(lines)]

    def draft(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        return self.run(
            "draft", str(self.course), "doubling", "--llm", f"scripted:{self.script}", "--json", *words, code=code
        )


def test_wrong_then_right_with_a_crash_between_goes_on_and_a_person_takes_it_over(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.says(said(WRONG), {"say": "never", "first_s": 600})
    first = desk.start(
        "draft", str(desk.course), "doubling", "--llm", f"scripted:{desk.script}", "--case", "double(3) == 6"
    )
    assert first.stdout is not None
    id = first.stdout.readline().split()[1]
    row = first.stdout.readline()
    assert "Not passed: its solution is not accepted" in row and "not subscriptable" in row
    first.send_signal(signal.SIGKILL)
    first.communicate()
    (listed,) = desk.run("drafts", "--json")
    assert (listed["id"], listed["state"], len(listed["attempts"])) == (id, "interrupted", 1)

    desk.says({"say": said(RIGHT), "when": "TypeError"})  # said only to who tells what went wrong
    one, two, last = desk.run("draft", "--resume", id, "--json")
    assert [one["verdict"], two["verdict"], last["state"]] == ["not_passed", "passes", "passed"]
    assert "the solution stops in line 2: TypeError" in one["reasons"][-1]
    printed, error = one["output"].splitlines()
    assert one["code"] == WRONG["solution"] and printed == "made" and error.startswith("TypeError: 'int' object is not")
    assert (two["code"], two["output"]) == (RIGHT["solution"], "")
    assert two["passed"] == two["checks"] == 3 and two["killed"] == two["mutants"] > 0 and two["reply_tokens"] > 20
    assert desk.unit.read_text() == UNIT, "nothing is in the course before a person says so"

    (put,) = desk.run("accept", id, "--json")
    text = desk.unit.read_text()
    kept = text.splitlines()
    del kept[put["line"] - 1 : put["line"] - 1 + put["lines"]]
    assert kept == UNIT.splitlines(), "every other line is as it was"
    loaded = load_course(desk.course)
    assert not loaded.errors and loaded.find("double")[1].solution == RIGHT["solution"]
    desk.run("accept", id, "--json", code=1)
    assert desk.unit.read_text() == text
    desk.run("stop", id)
    about = {"draft": id}
    acts = [("draft", {"course": "c", "unit": "loops"}), ("draft", about), ("accept", about), ("draft", about)]
    assert desk.acts() == acts, "begun, gone on with, taken over, stopped; what was refused has no line"


def test_what_leaks_is_weak_or_asks_to_be_let_through_is_refused_with_its_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    broken = "```yaml\nid: double\ntitle: [\n```"
    desk.says(said(LEAKS), said(WEAK), said(WEAK | {"equivalent": []}), broken)
    *attempts, last = desk.draft("--attempts", "3", "--write", code=1)
    assert [one["verdict"] for one in attempts] == ["too_weak", "too_weak", "not_passed", "not_passed"]
    leaks, weak, tricked, unread = (" ".join(one["reasons"]) for one in attempts)
    assert "stands in its own statement" in leaks
    assert "mutants are alive" in weak and any("grown(18)" in one for one in attempts[1]["suggestions"])
    assert "leave out `equivalent`" in tricked and "line 2" in unread
    assert attempts[3]["tight"] and last["state"] == "for_a_person" and desk.unit.read_text() == UNIT
    desk.says(said(RIGHT))
    one, last = desk.draft("--case", "double(3) == 7", "--attempts", "1", code=1)[::2]
    assert one["reasons"] == ["your case `double(3) == 7` does not hold"]


def test_hints_go_below_their_exercise_and_the_next_model_is_asked_where_one_does_not_answer(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    away = tmp_path / "away.yaml"
    away.write_text(yaml.safe_dump([{"say": "", "fault": "refused"}]))
    desk.says(said(["Which place has the first?", "return xs[0]\n"]), said({"hints": ["Which place has the first?"]}))
    both = ("--llm", f"scripted:{away}", "--llm", f"scripted:{desk.script}")
    words = ("draft", str(desk.course), "easy", "--mode", "hints", "--exercise", "first", *both, "--write", "--json")
    *attempts, last, put = desk.run(*words)
    assert [one["verdict"] for one in attempts][0] == "no_answer" and attempts[-1]["verdict"] == "passes"
    assert "hints:" in desk.unit.read_text().splitlines()[put["line"] - 2]
    loaded = load_course(desk.course)
    assert not loaded.errors and "Which place has the first?" in loaded.find("first")[1].hints
    assert [act for act, _ in desk.acts()] == ["draft", "accept"]
    assert "# the end" in desk.unit.read_text()


FIRST: dict[str, Any] = {
    "title": "Der erste Wert",
    "statement": "Schreibe `first_of(values)`: der erste Wert einer Liste.",
    "starter": "def first_of(values):\n    ...\n",
    "solution": "def first_of(values):\n    return values[0]\n",
    "checks": [
        {"call": "first_of([5, 6])", "equals": 5},
        {"call": "first_of([-1, 0, 3])", "equals": -1, "hidden": "three values"},
    ],
}
#: By mode: a reply that is refused, with a word of the reason, and one that is taken.
OTHER_MODES = {
    "checks": ([{"call": "first([7])", "equals": 7}], "hidden", [{"call": "first([7])", "equals": 7, "hidden": "one"}]),
    "misconceptions": (
        [{"id": "last", "wrong": "def first(xs):\n    return xs[0]\n", "say": "Which end is the first?"}],
        "last",
        [{"id": "last", "wrong": "def first(xs):\n    return xs[-1]\n", "say": "Which end is the first?"}],
    ),
    "variant": (FIRST | {"id": "first"}, "first", FIRST | {"id": "first-of"}),
    "translation": (
        FIRST | {"id": "erster", "starter": "def first_of(values):\n    return values[0]\n"},
        "starter",
        FIRST | {"id": "erster"},
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("mode", OTHER_MODES)
def test_a_draft_of_each_other_mode_is_refused_mended_and_taken_over(tmp_path: Path, mode: str) -> None:
    desk = Desk(tmp_path)
    wrong, why, right = OTHER_MODES[mode]
    desk.says(said(wrong), said(right))
    language = ("--language", "de") if mode == "translation" else ()
    one, two, last, put = desk.draft("--mode", mode, "--exercise", "first", *language, "--write")
    assert one["verdict"] != "passes" and why in " ".join(one["reasons"]), one
    assert two["verdict"] == "passes" and last["state"] == "passed", two
    kept = desk.unit.read_text().splitlines()
    del kept[put["line"] - 1 : put["line"] - 1 + put["lines"]]
    assert [row for row in kept if row != "      misconceptions:"] == UNIT.splitlines(), "every other line is as it was"
    loaded = load_course(desk.course)
    assert not loaded.errors
    first = loaded.find("first")[1]
    if isinstance(right, dict):
        assert [one.id for one in loaded.unit("loops").exercises] == ["first", right["id"]]
    else:
        assert len(first.checks) + len(first.misconceptions) == 2


async def over(studio: Studio, id: str) -> Session:
    while True:
        if (found := await studio.find(id)).is_over:
            return found
        await asyncio.sleep(0.1)


@pytest.mark.anyio
async def test_what_a_server_was_doing_when_it_ended_waits_for_a_person_to_go_on_with_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    order = Order(str(desk.course), "loops", "doubling", ["script"], who="ada")
    sandbox, store = await open_sandbox(None), store_at(desk.records)
    await store.open()
    asked = asyncio.Event()

    def studio(*lines: Line | str) -> Studio:
        link = Link(Scripted(lines))
        made = Studio(store, desk.records, lambda name: link, sandbox)
        made.on_told = lambda _, what, number: asked.set() if (what, number) == ("asked", 2) else None
        return made

    first = studio(Line(said(WRONG), times=1), Line("never", first_s=600))
    begun = await first.begin(order)
    await asked.wait()
    for _ in range(2):
        await first.begin(order)
    with pytest.raises(TooManyDrafts):
        await first.begin(order)
    await first.close()

    second = studio(said(RIGHT))
    try:
        found = await second.find(begun.id)
        assert (found.state, [one.verdict for one in found.attempts]) == ("interrupted", ["not_passed"])
        await second.resume(begun.id)
        found = await over(second, begun.id)
        assert (found.state, [one.verdict for one in found.attempts]) == ("passed", ["not_passed", "passes"])
    finally:
        await second.close()
        await store.close()
        await sandbox.close()
