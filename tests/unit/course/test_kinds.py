"""The kinds of answers in YAML and in the notebook: what goes with each, what it is shown with, what its cell holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.notebook import answer_cell, chosen, mixed_lines, predicted, statement_cell, unit_notebook
from codegym_jlab.course.repair import repair
from codegym_jlab.course.schema import gaps_of
from codegym_jlab.course.snapshot import freeze

TOUR = Path(__file__).parents[2] / "contract" / "kinds"


@pytest.fixture(scope="module")
def tour() -> LoadedCourse:
    return load_course(TOUR)


def mistakes(folder: Path, **exercise: Any) -> list[str]:
    whole = {"id": "one", "title": "One", "statement": "Do it."} | exercise
    (folder / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\n")
    unit = {"id": "u", "title": "U", "cells": [{"exercise": whole}]}
    (folder / "u.yaml").write_text(yaml.safe_dump(unit, sort_keys=False))
    return [str(error) for error in load_course(folder).errors]


TWO = [{"text": "x", "right": True}, {"text": "y", "say": "no"}]
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"answer": "program", "checks": [{"stdin": "1"}]}, "`solution` is missing"),
    ({"answer": "code", "solution": "x = 1", "checks": [{"stdin": "1"}]}, "this check does nothing"),
    ({"answer": "debug", "solution": "print(1)"}, "`starter` is missing; write the program that does not work"),
    ({"answer": "fill", "starter": "print()", "solution": "print(1)"}, "`starter` has no gap; write `____`"),
    ({"answer": "fill", "starter": "print(____)", "solution": "x = 1"}, "not the starter with its gaps filled"),
    ({"answer": "order", "solution": "x = 1", "starter": "x"}, "`starter` does not go with `answer: order`"),
    ({"answer": "predict"}, "`given` is missing; write the code that is shown"),
    ({"answer": "predict", "given": "print(1)", "checks": [{"call": "1"}]}, "`checks` does not go with"),
    ({"answer": "code", "solution": "x = 1", "checks": [{"call": "x"}], "choices": TWO}, "`choices` does not go with"),
    ({"answer": "choice", "choices": TWO[:1]}, "there are 1 choices; write 2 to 26"),
    ({"answer": "choice", "choices": [TWO[1], TWO[1]]}, "no choice is right; write `right: true` at one"),
    ({"answer": "choice", "choices": [TWO[0], {"text": "y"}]}, "the wrong choice `y` has no `say`"),
    ({"answer": "choice", "choices": TWO, "pick": 2}, "`pick` is 2, and 1 are right; write `pick: 1`"),
    (
        {"solution": "x = 1", "checks": [{"call": "x"}], "questions": [{"ask": "?", "say": "!", "line": "x = 2"}]},
        "the question's `line` `x = 2` is not in the solution; copy it from there",
    ),
    ({"answer": "text", "marking": "manual", "words": {"least": 0}}, "`least` is `0`"),
]


@pytest.mark.parametrize(("exercise", "says"), MISTAKES)
def test_what_does_not_go_with_a_kind_is_told(tmp_path: Path, exercise: dict[str, Any], says: str) -> None:
    found = mistakes(tmp_path, **exercise)
    assert len(found) == 1, found
    assert says in found[0]


def test_what_is_to_be_mended_or_filled_need_not_be_python(tmp_path: Path) -> None:
    assert not mistakes(tmp_path, answer="debug", starter='print("on)', solution='print("on")')
    assert not mistakes(tmp_path, answer="fill", starter="print(2 ____ 6)", solution="print(2 * 6)")


def test_another_kernel_has_code_choices_and_texts(tmp_path: Path) -> None:
    found = mistakes(tmp_path, answer="choice", choices=TWO)
    assert not found
    (tmp_path / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\nkernel: bash\n")
    assert not load_course(tmp_path).errors
    text = (tmp_path / "u.yaml").read_text().replace("answer: choice", "answer: predict")
    (tmp_path / "u.yaml").write_text(text)
    assert "the kernel `bash` has no `answer: predict`" in str(load_course(tmp_path).errors[0])


def test_the_answer_cell_says_its_kind_and_what_its_editor_needs(tour: LoadedCourse) -> None:
    def mark(exercise: str) -> dict[str, Any]:
        return answer_cell(tour.find(exercise)[1])["metadata"]["codegym"]  # type: ignore[no-any-return]

    assert mark("total-price")["controls"] == {"stdin": "3.50\n4\n"}
    assert mark("vowels")["controls"].keys() == {"given"}
    assert mark("greeting")["controls"].keys() == {"given", "stdin"}
    assert mark("countdown")["controls"]["given"].count("____") == 3
    assert sorted(mark("sum-lines")["controls"]["lines"]) == sorted(mixed_lines(tour.find("sum-lines")[1]))
    assert mark("what-prints")["controls"].keys() == {"given"}
    assert mark("which-ends")["controls"]["several"] is False
    both = mark("which-true")
    assert (both["bonus"], both["controls"]["several"], both["controls"]["pick"]) == (True, True, 2)
    assert both["controls"]["choices"][1] == {"id": "b", "text": "`'3' == 3`"}
    assert mark("why-ends")["controls"] == {"words": {"least": 20, "most": 80}}


def test_the_notebook_gives_nothing_away(tour: LoadedCourse) -> None:
    text = json.dumps(unit_notebook(tour, tour.unit("tour")))
    secrets = ["right", "Nothing in this loop", "Its value is 1", "range(5, 0, -1)", "n += 1", "{name}", "stop 4"]
    assert not [secret for secret in secrets if secret in text]
    lines = mixed_lines(tour.find("sum-lines")[1])
    assert lines[:3] != ["total = 0", "for n in [2, 4, 6]:", "total += n"]
    assert all(line in lines for line in ("total = n", "return total", "total += n"))


def test_any_viewer_shows_the_options_the_code_and_the_lines(tour: LoadedCourse) -> None:
    def text(exercise: str) -> str:
        return statement_cell(tour.find(exercise)[1])["source"]  # type: ignore[no-any-return]

    assert "\n\nb) `for n in range(10): print(n)`\n\nc) " in text("which-ends")
    assert '```python\nwords = ["go", "stop"]\n' in text("what-prints")
    assert "```python\n" in text("sum-lines")
    assert "`2 pt` · bonus" in text("which-true")


def test_controls_are_renewed_and_the_answer_stays(tour: LoadedCourse) -> None:
    notebook = unit_notebook(tour, tour.unit("tour"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "which-ends-answer")
    cell["source"] = "Answer: b"
    cell["metadata"]["codegym"]["controls"] = {"choices": []}
    again = repair(notebook, tour, "tour").notebook["cells"]
    mine = next(cell for cell in again if cell["id"] == "which-ends-answer")
    assert (mine["source"], len(mine["metadata"]["codegym"]["controls"]["choices"])) == ("Answer: b", 3)


@pytest.mark.parametrize(
    ("source", "letters"),
    [
        ("Answer: b", "b"),
        ("Answer: d, a", "ad"),
        ("Answer:", ""),
        ("", ""),
        ("b", "b"),
        ("**Answer:** B.", "b"),
        ("Answer: an apple", ""),
        ("Answer: a, a", "a"),
    ],
)
def test_what_was_chosen(source: str, letters: str) -> None:
    assert "".join(chosen(source)) == letters


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("```text\ngo 2\n```", "go 2\n"),
        ("```text\n\n```", "\n"),
        ("go 2\nstop 4", "go 2\nstop 4"),
        ("My guess:\n```\n1\n2\n```\n", "1\n2\n"),
        ("````text\n```\n````", "```\n"),
        ("```text\nno end", "```text\nno end"),
    ],
)
def test_what_was_predicted(source: str, output: str) -> None:
    assert predicted(source) == output


@pytest.mark.parametrize(
    ("source", "gaps"),
    [
        ("for n in range(5, 0, -1):\n    print(n)", ("0", "-1", "n")),
        ("for n in range(5, 0, -1):   \n    print( n )\n", ("0", "-1", "n")),
        ("for n in range(5, ____, ____):\n    print(____)", ("____", "____", "____")),
        ("for n in range(5, f(1, 2), -1):\n    print(n)", ("f(1", "2), -1", "n")),
        ("for n in range(5):\n    print(n)", None),
        ("for n in range(5, 0, -1): print(n)", None),
        ("", None),
    ],
)
def test_what_stands_in_the_gaps(source: str, gaps: tuple[str, ...] | None) -> None:
    assert gaps_of("for n in range(5, ____, ____):\n    print(____)\n", source) == gaps


def test_a_long_line_is_aligned_soon() -> None:
    assert gaps_of("f(____, ____, ____, ____, ____)", "f(" + ", " * 200_000) is None


CALL = {"answer": "code", "solution": "x = 1"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.csv": "b.csv"}, "is no file of data; name one of the course"),
        ({"a.csv": "u.yaml"}, "is no file of data"),
        ({"a.csv": "../b.csv"}, "leaves the folder"),
        ({"/etc/a": "b.csv"}, "is an absolute path"),
    ],
)
def test_files_of_a_check_are_files_of_the_course(tmp_path: Path, files: dict[str, str], says: str) -> None:
    found = mistakes(tmp_path, **CALL, checks=[{"call": "x", "files": files}])
    assert len(found) == 1 and found[0].startswith("u.yaml:") and says in found[0]


def test_files_of_a_check_are_not_given_to_students_and_belong_to_the_version(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    assert not mistakes(tmp_path, **CALL, checks=[{"call": "x", "files": {"a.csv": "b.csv"}}])
    course = tmp_path / "course.yaml"
    course.write_text(course.read_text() + "files: ['*.csv']\n")
    loaded = load_course(tmp_path)
    assert [name for name, _ in loaded.data_files] == ["a.csv"]
    assert set(freeze(tmp_path).files) == {"course.yaml", "u.yaml", "a.csv", "b.csv"}
    (tmp_path / "b.csv").write_text("other")
    assert load_course(tmp_path).digest != loaded.digest


def test_files_do_not_go_with_test_text(tmp_path: Path) -> None:
    found = mistakes(tmp_path, **CALL, checks=[{"code": "assert x", "files": {"a": "u.yaml"}}])
    assert "`files` does not go with `code`" in found[0]
