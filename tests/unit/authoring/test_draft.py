"""Drafts: what is taken of a reply, who is asked next, and where it goes in a unit's text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegym_jlab.authoring.draft import MOST, Attempt, NotTaken, Order, next_turn, read_reply
from codegym_jlab.authoring.placement import place, write
from codegym_jlab.course.loader import load_course
from codegym_jlab.course.yaml_source import NoPlace, with_items


def order(**more: Any) -> Order:
    return Order("/course", "u", "topic", ["small", "large"], tries=2, **more)


def test_each_model_has_its_tries_then_a_short_prompt_then_a_person() -> None:
    done: list[Attempt] = []
    asked = []
    while (turn := next_turn(order(), done)) is not None:
        asked.append(turn)
        done.append(Attempt(len(done) + 1, *turn))
    assert asked == [("small", False), ("small", False), ("large", False), ("large", False), ("large", True)]
    assert next_turn(order(), [Attempt(1, "small", verdict="passes")]) is None
    away = [Attempt(1, "small", verdict="no_answer")]
    assert next_turn(order(), away) == ("large", False)
    assert next_turn(order(), [*away, Attempt(2, "large", verdict="no_answer")]) is None


@pytest.mark.parametrize(
    "around", ["{}", "Sure!\n```yaml\n{}```\nDone.", "```\n- exercise:\n    id: a\n    title: T\n```"]
)
def test_an_exercise_is_found_in_what_is_said_round_it(around: str) -> None:
    items, id = read_reply(around.replace("{}", "id: a\ntitle: T\n"), "exercise")
    assert (items, id) == ("- exercise:\n    id: a\n    title: T\n", "a")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I cannot do that.", "this is no exercise"),
        ("id: a\nid: b\n", "here twice"),
        ("id: a\nstarter_scores: true\n", "leave out `starter_scores`"),
        ("id: a\nmarking: manual\n", "leave out `marking`"),
        ("id: a\nanswer: text\n", "leave out `answer: text`"),
        ("id: [1, 2\n", "not closed"),
        ("id: !!python/object/apply:os.system [ls]\n", "tag"),
        ("a: &a [1, 1]\nb: &b [" + "*a, " * 99 + "1]\nc: [" + "*b, " * 99 + "1]\n", "more than 2000 values"),
        ("x" * (MOST + 1), "longer than"),
        ("[" * 99, "nested"),
    ],
)
def test_other_replies_are_not_taken_and_it_is_said_why(reply: str, why: str) -> None:
    with pytest.raises(NotTaken, match=why):
        read_reply(reply, "exercise")


def test_items_of_one_kind() -> None:
    assert read_reply("hints:\n- One?\n- Two?\n", "hints") == ("- One?\n- Two?\n", "")
    with pytest.raises(NotTaken, match="holds `hidden`"):
        read_reply("- call: f(1)\n  equals: 2\n", "checks")
    with pytest.raises(NotTaken, match="no list of misconceptions"):
        read_reply("misconceptions: none\n", "misconceptions")


UNIT = """\
id: u
title: U
cells:
- exercise:
    id: a
    hints:
      - One?   # kept

    title: A
- exercise: {id: b, title: B}
# the end
"""


@pytest.mark.parametrize(
    ("exercise", "key", "before", "new"),
    [
        ("", "", "- exercise: {id: b, title: B}", "- x: 1"),
        ("a", "", "    title: A", "- x: 1"),
        ("a", "hints", "      - One?   # kept", "      - x: 1"),
        ("a", "checks", "    checks:", "      - x: 1"),
    ],
)
def test_items_go_to_their_place_and_other_lines_stay(
    tmp_path: Path, exercise: str, key: str, before: str, new: str
) -> None:
    (tmp_path / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\n")
    (tmp_path / "u.yaml").write_text(UNIT)
    placed = place(load_course(tmp_path), "u", "- x: 1\n", exercise, key)
    lines = placed.text.splitlines()
    assert lines[placed.begin - 2 : placed.begin] == [before, new]
    left = [line for line in lines if line not in (new, "    checks:")]
    assert left == UNIT.splitlines()


def test_the_ends_of_lines_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\n")
    (tmp_path / "u.yaml").write_bytes(UNIT.replace("\n", "\r\n").encode())
    loaded = load_course(tmp_path)
    placed = place(loaded, "u", "- x: 1\n", "a", "hints")
    write(loaded, placed)
    assert (tmp_path / "u.yaml").read_bytes().count(b"\r\n") == UNIT.count("\n") + 1 == placed.text.count("\n")


@pytest.mark.parametrize(
    ("unit", "exercise", "why"),
    [
        (UNIT.replace("hints:\n", "hints: &h\n") + "- exercise:\n    id: c\n    hints: *h\n", "c", "used elsewhere"),
        (UNIT, "b", "in brackets"),
        (UNIT.replace("hints:\n      - One?   # kept\n", "hints:\n"), "a", "or empty"),
    ],
)
def test_what_would_change_more_is_left_to_a_person(tmp_path: Path, unit: str, exercise: str, why: str) -> None:
    (tmp_path / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\n")
    (tmp_path / "u.yaml").write_text(unit)
    with pytest.raises(NoPlace, match=why):
        place(load_course(tmp_path), "u", "- x: 1\n", exercise, "hints")


def test_empty_lines_that_are_text_stay_text() -> None:
    hints = "hints:\n  - |+\n    One?\n\n"
    assert with_items(hints + "title: T\n", "- Two?\n", (), "hints").text == hints + "  - Two?\ntitle: T\n"


def test_comments_below_an_item_stay_with_it() -> None:
    checks = "checks:\n  - call: f(1)\n    # the smallest\n  # - call: f(2)\n\n  # end\nhints: [a]\n"
    added = with_items(checks, "- call: f(3)\n", (), "checks").text
    assert added == checks.replace("f(2)\n", "f(2)\n  - call: f(3)\n")
    assert with_items("id: a\n# of a\n", "- x: 1\n", (), "checks").text == "id: a\n# of a\nchecks:\n  - x: 1\n"


def test_a_name_goes_into_brackets() -> None:
    added = with_items("units: [a, 'b' ] # two\nfiles: []\n", "- c\n", (), "units")
    assert added.text == "units: [a, 'b', c] # two\nfiles: []\n"
    assert with_items(added.text, "- d.csv\n", (), "files").text.endswith("files: [d.csv]\n")


def test_a_server_starts_without_what_proves_drafts() -> None:
    asked = "import sys, codegym_jlab.authoring.sessions; print('codegym_jlab.authoring.draft' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True).stdout == "False\n"
