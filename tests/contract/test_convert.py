"""`codegym convert`: a course that gives the points of the grader it came from."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from absent import part_of
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from typer.testing import CliRunner

from codegym_jlab.authoring.unit_notebook import to_notebook, to_yaml
from codegym_jlab.cli import app
from codegym_jlab.course.loader import load_course

PICTURE = base64.b64encode(b"\x89PNG a picture").decode()


def marked(source: str, grade_id: str, *, answer: bool = False, points: float | None = None, **more: Any) -> Any:
    """A code cell of nbgrader's."""
    mark = {"grade_id": grade_id, "solution": answer, "grade": points is not None, "schema_version": 3, **more}
    mark = {"locked": points is not None and not answer, "task": False, **mark}
    return new_code_cell(source, metadata={"nbgrader": mark | ({"points": points} if points is not None else {})})


DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
TESTS = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(-1.5) == -3\n### END HIDDEN TESTS"


BAG = "class Bag:\n    def __init__(self, items): self.items = items\n    def __len__(self): return len(self.items)"

NOSE = "from nose.tools import assert_is_instance"
QUIET = "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    assert len(Bag([1, 2])) == 2"


def saved(folder: Path, *cells: Any, name: str = "week 1", **metadata: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def convert(kind: str, source: Path, into: Path) -> list[dict[str, Any]]:
    told = CliRunner().invoke(app, ["convert", kind, str(source), "-o", str(into), "--json"])
    assert told.exit_code == 0, told.output
    for unit in into.glob("[!c]*.yaml"):  # all but course.yaml: an author can open it as a notebook
        text = unit.read_bytes().decode()
        assert to_yaml(to_notebook(text)) == text
    return [json.loads(line) for line in told.stdout.splitlines()]


def graded(course: Path, exercise: str, source: str, tmp_path: Path, *above: tuple[str, str]) -> tuple[float, float]:
    """Points, and the most there are."""
    cells = [{"source": text, "role": "answer", "exercise": one} for one, text in above]
    batch = tmp_path / "batch.jsonl"
    batch.write_text(json.dumps({"id": 1, "exercise": exercise, "source": source, "cells": cells}))
    told = CliRunner().invoke(app, ["grade", str(course), "--batch", str(batch), "--json", "--staff"])
    answer = json.loads(told.stdout.splitlines()[0])
    return answer["score"], answer["max_score"]


def exercises(course: Path, unit: str) -> dict[str, dict[str, Any]]:
    cells = yaml.safe_load((course / f"{unit}.yaml").read_text())["cells"]
    return {cell["exercise"]["id"]: cell["exercise"] for cell in cells if "exercise" in cell}


def test_an_assignment_of_nbgrader_gives_the_same_points(tmp_path: Path) -> None:
    source = tmp_path / "course" / "source" / "ps1"
    text = new_markdown_cell("## Doubling\n![it](attachment:a.png)  \nWrite it.")
    text["attachments"] = {"a.png": {"image/png": PICTURE}}
    saved(
        source,
        new_code_cell("%reset -f\n!pip install rain\nimport math\nSCALE = math.floor(1.5)"),
        text,
        marked(DOUBLE, "double", answer=True),
        new_code_cell("print(double(3))"),
        marked(TESTS, "double_test", points=2),
        marked("assert double(0) == 0 < SCALE", "zero", points=1),
    )
    (source / "data").mkdir()
    (source / "data" / "rain.csv").write_text("mm\n3\n")
    course = tmp_path / "moved"
    (told,) = convert("nbgrader", tmp_path / "course", course)
    assert (told["tests"], told["moved"], told["points"], told["refused"]) == (2, 2, 3, [])
    own = exercises(course, "week-1")["double"]
    assert own["starter"] == "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert "BEGIN" not in json.dumps(own) and own["title"] == "Doubling"
    assert "code: |-\n    # %reset -f\n    # !pip install rain\n    import math" in (course / "week-1.yaml").read_text()
    assert (course / "data" / "rain.csv").is_file() and len(list((course / "images").iterdir())) == 1
    assert [check.get("hidden", "") for check in own["checks"]] == ["", "double_test", ""]
    assert "-1.5" not in json.dumps([check for check in own["checks"] if "hidden" not in check])
    assert graded(course, "double", "def double(x):\n    return 2 * x", tmp_path) == (3, 3)
    assert graded(course, "double", "def double(x):\n    return 2 * int(x)", tmp_path) == (1, 3)
    assert graded(course, "double", own["starter"], tmp_path) == (0, 3)


def test_a_test_is_of_the_answer_whose_names_it_reads_and_brings_what_it_needs(tmp_path: Path) -> None:
    """Helpers of given cells and earlier tests, and what a given cell makes of the answer."""
    saved(
        tmp_path / "a",
        marked(DOUBLE, "double", answer=True),
        marked("def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION", "half", answer=True),
        new_code_cell("doubled = [double(n) for n in range(3)]"),
        marked("def near(a, b):\n    return abs(a - b) < 1e-6\nassert near(half(3), 1.5)", "halves", points=1),
        marked("assert doubled == [0, 2, 4]\nassert near(double(0.1), 0.2)", "doubles", points=2),
        marked("assert half(double(7)) == 7", "both", points=4),
    )
    course = tmp_path / "moved"
    (told,) = convert("nbgrader", tmp_path / "a", course)
    assert told["moved"] == 3 and told["refused"] == []
    found = exercises(course, "week-1")
    assert {name: one["points"] for name, one in found.items()} == {"double": 2, "half": 5}
    half, double = "def half(x):\n    return x / 2", "def double(x):\n    return x + x"
    assert graded(course, "double", "def double(x):\n    return x ** 2", tmp_path) == (0, 2)
    assert graded(course, "half", half, tmp_path, ("double", double)) == (5, 5)
    assert graded(course, "half", half, tmp_path, ("double", "def double(x):\n    return x")) == (1, 5), "its own"


def test_assignments_with_other_files_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    """Data, modules and pictures: each is found where it was, by cells, answers and tests."""
    for week, number in (("a", 3), ("b", 4)):
        folder = tmp_path / "course" / "source" / week
        saved(
            folder,
            new_markdown_cell("See ![a plot](img/plot.png), ![another](https://example.org/img/plot.png)."),
            new_code_cell("import helper"),
            marked(
                "### BEGIN SOLUTION\nsize = len(open('data.csv').read()) * helper.BY\n### END SOLUTION",
                week,
                answer=True,
            ),
            marked(f"assert size == {number * number} == len(open('data.csv').read()) ** 2", f"{week}_test", points=1),
            name=week,
        )
        (folder / "data.csv").write_text("x" * number)
        (folder / "helper.py").write_text(f"BY = {number}")
        (folder / "img").mkdir()
        (folder / "img" / "plot.png").write_bytes(base64.b64decode(PICTURE))
    saved(tmp_path / "course" / "source", new_markdown_cell("Of no assignment."), name="header")
    course = tmp_path / "moved"
    assert [(one["moved"], one["refused"]) for one in convert("nbgrader", tmp_path / "course", course)] == [(1, [])] * 2
    assert (course / "data.csv").read_text() == "xxx" and (course / "b" / "data.csv").read_text() == "xxxx"
    cells = yaml.safe_load((course / "b.yaml").read_text())["cells"]
    assert "](b/img/plot.png)" in cells[1]["markdown"] and "org/img/plot.png)" in cells[1]["markdown"]
    for week, answer in (("a", 9), ("b", 16)):
        assert graded(course, week, f"size = {answer}", tmp_path) == (1, 1)
    assert graded(course, "b", "size = 9", tmp_path) == (0, 1)


@pytest.mark.full
def test_an_answer_that_only_changes_a_name_has_its_tests_and_cells_that_fail_on_purpose_are_marked(
    tmp_path: Path,
) -> None:
    saved(
        tmp_path / "a",
        marked("### BEGIN SOLUTION\nages = {'Ana': 3}\n### END SOLUTION", "make", answer=True),
        new_code_cell("ages['Ben']"),
        new_code_cell("import fractions"),
        marked("### BEGIN SOLUTION\nages['Ben'] = 4\n### END SOLUTION", "change", answer=True),
        marked("assert ages['Ben'] == 4", "changed", points=2),
        new_code_cell("numbers = [1]"),
        marked("### BEGIN SOLUTION\nnumbers.append(2)\n### END SOLUTION", "more", answer=True),
        marked("assert numbers == [1, 2]", "given", points=1),
        marked("### BEGIN SOLUTION\nimport math as m\nfor i in [1]: pass\n### END SOLUTION", "load", answer=True),
        marked("for i in [1, 2]: assert m.pi > i", "loaded", points=1),
        marked("### BEGIN SOLUTION\ndef area(x):\n    return side * x\n### END SOLUTION", "read", answer=True),
        marked("side = 3\nassert area(2) == 6\nside = 5\nassert area(2) == 10", "outside", points=1),
        marked("### BEGIN SOLUTION\nimport string\npage = string.Template('$x')\n### END SOLUTION", "t", answer=True),
        marked("assert page.substitute(x=1) == '1'", "templated", points=1),
        marked("### BEGIN SOLUTION\nhalf = fractions.Fraction(1, 2)\n### END SOLUTION", "half", answer=True),
        marked("assert 'half' in globals() and type(half) == fractions.Fraction", "typed", points=1),
        marked("### BEGIN SOLUTION\nclass Box:\n    def put(self, n): self.n = n\n### END SOLUTION", "b", answer=True),
        new_code_cell("box = Box()"),
        marked("### BEGIN SOLUTION\nbox.put(3)\n### END SOLUTION", "put", answer=True),
        marked("assert box.n == 3", "boxed", points=1),
    )
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    assert (told["moved"], told["refused"]) == (7, [])
    assert graded(tmp_path / "moved", "load", "from math import pi", tmp_path) == (0, 1)
    assert graded(tmp_path / "moved", "more", "numbers.append(2)", tmp_path) == (1, 1)
    assert graded(tmp_path / "moved", "more", "pass", tmp_path) == (0, 1)
    box = "b", "class Box:\n    def put(self, n): self.n = n"
    assert graded(tmp_path / "moved", "put", "box.put(4)", tmp_path, box) == (0, 1)
    assert graded(tmp_path / "moved", "put", "pass", tmp_path, ("b", "pass")) == (0, 1), "there is no box"
    assert graded(tmp_path / "moved", "read", "def area(x):\n    return 3 * x", tmp_path) == (0, 1)
    assert graded(tmp_path / "moved", "half", "half = 0.5", tmp_path) == (0, 1)
    assert graded(tmp_path / "moved", "half", "other = fractions.Fraction(1, 2)", tmp_path) == (0, 1)
    assert {name: one["points"] for name, one in exercises(tmp_path / "moved", "week-1").items()} == {
        "make": 0,
        "change": 2,
        "more": 1,
        "load": 1,
        "read": 1,
        "t": 1,
        "half": 1,
        "b": 0,
        "put": 1,
    }
    cells = yaml.safe_load((tmp_path / "moved" / "week-1.yaml").read_text())["cells"]
    assert [cell.get("fails") for cell in cells if "code" in cell] == [True, None, None, None]


def test_what_cannot_be_moved_is_told_and_its_points_are_a_persons(tmp_path: Path) -> None:
    saved(
        tmp_path / "a",
        marked("assert True", "early", points=1),
        marked(DOUBLE, "double", answer=True),
        marked("assert double(2) == 5", "wrong", points=2),
        marked("assert double(2) == 4\n1.5", "partial", points=1),
        marked("def score(f): return f(0.5)\nscore(double)", "scored", points=1),
        marked("assert In[1]\nassert double(1) == 2", "history", points=1),
        marked("### BEGIN HIDDEN TESTS\nassert double(1) == 2", "open", points=1),
        marked("assert double(3) == 6", "good", points=3),
        marked("assert double(3) == 6", "mistaken", answer=True, points=3),
        marked("import math\nassert double(math.e) > 5\nprint('well done')", "autograded", answer=True),
        marked("thrice = 3 * double(1)\nassert thrice == 6", "own", answer=True),
    )
    course = tmp_path / "moved"
    (told,) = convert("nbgrader", tmp_path / "a", course)
    refused = {one["what"]: one["why"] for one in told["refused"]}
    assert set(refused) == {"early", "wrong", "partial", "scored", "history", "open", "mistaken", "autograded"}
    assert {one["what"]: one["cell"] for one in told["refused"]}["autograded"] == 10
    assert all("Autograder tests" in one["mend"] for one in told["refused"] if "marked as an answer" in one["why"])
    assert [one["mend"] for one in told["refused"] if not one["mend"]] == [] and "holds tests" in refused["autograded"]
    assert set(exercises(course, "week-1")) == {"double", "own"}
    assert "no answer" in refused["early"] and "own solution does not pass" in refused["wrong"]
    assert "END" in refused["open"] and "In[" in refused["history"] and "points" in refused["partial"]
    assert "a number, which nbgrader takes for the points" in refused["scored"]
    own = exercises(course, "week-1")["double"]
    assert (told["tests"], told["moved"], own["points"]) == (7, 1, 8)
    assert own["marking"] == "manual" and own["rubric"][0]["points"] == 5, "of wrong, partial, scored and history"
    assert graded(course, "double", "def double(x):\n    return 2 * x", tmp_path)[0] == 3


def test_what_students_saw_is_left_out_where_only_the_hidden_part_makes_it_hold(tmp_path: Path) -> None:
    hidden = "### BEGIN HIDDEN TESTS\nlimit = 3\n### END HIDDEN TESTS\n"
    saved(
        tmp_path / "a",
        marked(f"{DOUBLE}\nlimit = 0", "double", answer=True),
        marked(f"{hidden}assert double(limit) == 6", "own", points=1),
        marked(
            "assert double(limit) > 5\n### BEGIN HIDDEN TESTS\nassert limit\n### END HIDDEN TESTS", "next", points=2
        ),
    )
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    assert (told["moved"], told["refused"]) == (2, [])
    assert all("hidden" in check for check in exercises(tmp_path / "moved", "week-1")["double"]["checks"])
    right = "def double(x):\n    return 2 * x\nlimit = 1"
    assert graded(tmp_path / "moved", "double", right, tmp_path) == (3, 3)
    assert graded(tmp_path / "moved", "double", right.replace("2", "3"), tmp_path)[0] < 3


def test_what_cannot_be_read_here_is_told_with_the_answers_cell_and_what_to_do(tmp_path: Path) -> None:
    saved(
        tmp_path / "a",
        new_markdown_cell("Double it."),
        marked(DOUBLE, "double", answer=True),
        marked("assert double(2) == 4", "less", points=-2),
    )
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    assert {(one["cell"], one["what"], one["mend"]) for one in told["refused"]} == {
        (2, "double", "write a number of at least 0"),
        (3, "less", "see what is said of cell 2"),
    }


def test_a_test_at_the_wrong_answer_is_refused_and_its_points_are_a_persons(tmp_path: Path) -> None:
    """One that stands before its answer; one that reads nothing of its own question's."""
    triple = "def triple(x):\n    return 3 * x"
    saved(
        tmp_path / "a",
        marked("assert triple(1) == 3", "first", points=1),
        marked(DOUBLE, "double", answer=True),
        marked("assert double(2) == 4 and sum([1])", "good", points=2),
        marked("assert triple(2) == 6", "early", points=3),
        marked("assert double(triple(1)) == 6", "both", points=1),
        marked(triple, "triple", answer=True),
        marked("sum = triple(1)", "sum", answer=True),
    )
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    why, mend = "it tests `triple`, which is answered in cell 6 below", "put it behind that"
    assert [(one["cell"], one["what"], one["why"], one["mend"]) for one in told["refused"]] == [
        (1, "first", why, mend), (4, "early", why, mend), (5, "both", why, mend),
    ]  # fmt: skip
    found = exercises(tmp_path / "moved", "week-1")
    assert (told["moved"], told["points"]) == (1, 7) and "marking" not in found["double"]
    assert {name: one["points"] for name, one in found.items()} == {"double": 2, "triple": 5, "sum": 0}
    answers = "def double(x):\n    return 2 * x", triple, "four = double(2)", "import random\nrandom.shuffle(deck)"
    tests = "assert double(1) == 2\nassert five == 5", "assert triple(1) == 3", "assert double(0) == 0", "assert deck"
    cells = [new_code_cell("deck = [1, 2]")]
    for number, (answer, test) in enumerate(zip(answers, tests, strict=True), 1):
        cells += [fenced(f"# BEGIN QUESTION\nname: q{number}\npoints: 2"), fenced("# BEGIN SOLUTION")]
        cells += [new_code_cell(answer), fenced("# END SOLUTION"), fenced("# BEGIN TESTS"), new_code_cell(test)]
        cells += [fenced("# END TESTS"), fenced("# END QUESTION")]
    cells += [fenced("# BEGIN QUESTION\nname: q5"), fenced("# BEGIN SOLUTION"), new_code_cell("five = 5")]
    saved(tmp_path / "b", *cells, fenced("# END SOLUTION"), fenced("# END QUESTION"))
    (told,) = convert("otter", tmp_path / "b", tmp_path / "other")
    assert [(one["cell"], one["why"], one["mend"]) for one in told["refused"]] == [
        (7, "it tests `five`, which is answered in cell 34 below", "put it among the tests of `q5`"),
        (23, "it tests `double`, which is answered in cell 2 above", "put it among the tests of `q1`"),
    ]
    found = exercises(tmp_path / "other", "week-1")
    assert (told["moved"], {found[f"q{number}"]["points"] for number in range(1, 5)}) == (2, {2})
    assert {name for name, one in found.items() if one.get("marking") == "manual"} == {"q1", "q3"}


@pytest.mark.full
def test_classes_attributes_and_lists_that_given_cells_fill_are_the_students(tmp_path: Path) -> None:
    """And what a test's last line shows is no number of points."""
    saved(
        tmp_path / "a",
        new_code_cell("import string"),
        marked("class Box:\n    def put(self, n): self.n = n", "box", answer=True),
        marked("assert 'put' in dir(Box)", "box_test", points=1),
        marked("page = string.Template('$x')", "page", answer=True),
        marked("assert isinstance(page, string.Template)", "kind", points=1),
        marked("assert type(page) == type(string.Template('$y'))", "type", points=1),
        marked("def square(n): return n * n", "square", answer=True),
        new_code_cell("squares = []\nfor n in range(3):\n    squares.append(square(n))"),
        marked("total = sum(squares)", "total", answer=True),
        marked("assert total == sum(squares) == 5; squares", "total_test", points=1),
        marked("assert total == 5\n2", "full", points=2),
        marked("def odd(n):\n    ### BEGIN SOLUTION\n    return n % 2\n    ### END SOLUTION", "odd", answer=True),
        marked("import inspect\nassert 'while' not in inspect.getsource(odd) and odd(3)", "text", points=1),
        marked("import inspect\nassert len(inspect.getsourcelines(odd)[0]) == 2", "lines", points=1),
    )
    saved(tmp_path / "a", new_code_cell("x = 1\nassert x == 1"), name="a lecture")
    course = tmp_path / "moved"
    lecture, told = convert("nbgrader", tmp_path / "a", course)
    assert (lecture["tests"], told["moved"], told["refused"]) == (0, 7, [])
    assert graded(course, "odd", "# while\ndef odd(n): return n % 2", tmp_path) == (1, 2)
    assert graded(course, "odd", "def odd(n):\n    while n > 1: n -= 2\n    return n", tmp_path) == (0, 2)
    assert graded(course, "box", "class Box:\n    def take(self): pass", tmp_path) == (0, 1)
    assert graded(course, "page", "page = string.Template('')", tmp_path) == (2, 2)
    assert graded(course, "page", "page = string.Formatter()", tmp_path) == (0, 2)
    square = "square", "def square(n): return n * n"
    assert graded(course, "total", "total = 0\nfor one in squares: total += one", tmp_path, square) == (3, 3)
    assert graded(course, "total", "total = 4", tmp_path, square) == (0, 3)


def test_given_objects_that_a_test_hands_to_an_answer_are_the_students(tmp_path: Path) -> None:
    """Of a given class, and one of its objects; what a test makes of a class of its own is refused, at once."""
    shape = "class Shape:\n    def __init__(self, side):\n        self.side = side"
    saved(
        tmp_path / "a",
        new_code_cell(f"{shape}\nSQUARE = Shape(3)\nGOLD = 1.5"),
        marked(
            "def area(shape):\n    ### BEGIN SOLUTION\n    return shape.side ** 2\n    ### END SOLUTION",
            "area",
            answer=True,
        ),
        marked("assert area(Shape(2)) == 4 and area(SQUARE) == 9", "squares", points=2),
        marked("class Own:\n    side = 2\nassert area(Own()) == 4", "own", points=1),
        marked("def golden(x):\n    return GOLD * x", "golden", answer=True),
        marked("assert golden(2) == 2 * GOLD", "gold", points=1),
    )
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    assert (told["moved"], [one["what"] for one in told["refused"]]) == (2, ["own"])
    assert "write a `call` check" in told["refused"][0]["why"]
    found = exercises(tmp_path / "moved", "week-1")
    assert found["area"]["solution"].endswith("\nSQUARE = SQUARE  # for the tests\nShape = Shape  # for the tests")
    assert "for the tests" not in found["golden"]["solution"]
    other = "def area(shape):\n    a = shape.side\n    return a * a"
    assert graded(tmp_path / "moved", "area", other, tmp_path) == (2, 3)
    assert graded(tmp_path / "moved", "area", other.replace("a * a", "a + a"), tmp_path) == (0, 3)
    assert graded(tmp_path / "moved", "area", found["area"]["starter"], tmp_path) == (0, 3)


@pytest.mark.full
def test_a_classs_name_its_methods_and_their_texts_are_as_they_were_there_and_so_are_warnings(tmp_path: Path) -> None:
    saved(
        tmp_path / "a",
        new_code_cell("import string\nfrom nose.tools import assert_equal, assert_true as true"),
        marked("page = string.Template('$x')", "page", answer=True),
        marked("assert_equal(page.template, '$x')\ntrue(page.safe_substitute(x=1))", "given", points=1),
        marked("assert page.__class__ == string.Template", "class", points=1),
        marked(f"{NOSE}\nassert_is_instance(page, string.Template, msg='no')", "nosed", points=1),
        marked("class Box:\n    def open(self):\n        return 'lid'", "box", answer=True),
        marked("import inspect\nbox = Box()\nassert 'lid' in inspect.getsource(box.open)", "method", points=1),
        marked(BAG, "bag", answer=True),
        marked("assert '__len__' in dir(Bag([1]))\nassert 'items' in dir(Bag([]))", "sized", points=1),
        marked("import warnings\nif len(Bag([1, 2])) != 2:\n    warnings.warn('no')", "warned", points=1),
        marked("import sys\nif len(Bag([1])) != 1:\n    sys.stderr.write('no')", "written", points=1),
        marked(QUIET, "quiet", points=1),
    )
    course = tmp_path / "moved"
    (told,) = convert("nbgrader", tmp_path / "a", course)
    assert (told["tests"], told["moved"]) == (8, 8)
    assert graded(course, "page", "page = string.Formatter()", tmp_path) == (0, 3)
    assert graded(course, "box", "class Box:\n    def open(self):\n        return 'li' + 'd'", tmp_path) == (0, 1)
    assert graded(course, "bag", BAG, tmp_path) == (4, 4)
    assert graded(course, "bag", BAG.replace("__len__", "size"), tmp_path) == (0, 4)
    assert graded(course, "bag", BAG.replace("return len(self.items)", "return 7"), tmp_path) == (1, 4), "it is warned"


def test_names_that_a_test_has_of_its_own_and_those_that_it_hands_on(tmp_path: Path) -> None:
    saved(
        tmp_path / "a",
        marked("class Point:\n    pass", "bare", answer=True),
        marked("point = Point()\nassert point", "bare_test", points=1),
        marked("class Point:\n    def __init__(self, x):\n        self.x = x", "full", answer=True),
        marked("try:\n    point = Point(4)\nexcept TypeError as e:\n    raise e\nassert point.x == 4", "try", points=1),
        marked("def pick(n):\n    return choice([n])", "pick", answer=True),
        marked("from random import choice\nfirst = 3\n\nassert pick(first) == 3", "pick_1", points=1),
        marked("assert pick(5) == 5", "pick_2", points=1),
        marked("second = first + 1", "second", answer=True),
        marked("def own():\n    point = second\n    return point\n\nassert own() == 4", "second_test", points=1),
        marked("total = 0\nfor n in range(3):\n    total += n", "sum", answer=True),
        marked("assert total == 3", "sum_test", points=1),
        marked("def area():\n    return 3 * side", "area", answer=True),
        marked("side = 2\nassert area() == 6", "area_1", points=1),
        marked("side = 5\nassert area() == 15", "area_2", points=1),
        marked("def other():\n    return side", "other", answer=True),
        marked("side = 4\nassert other() == 4", "other_test", points=1),
        marked(" ### BEGIN SOLUTION\nz = 2\n ### END SOLUTION", "indented", answer=True),
        marked("assert z == 2", "indented_test", points=1),
        name="names",
    )
    course = tmp_path / "moved"
    (told,) = convert("nbgrader", tmp_path / "a", course)
    assert (told["moved"], told["refused"]) == (10, [])
    assert graded(course, "second", "second = first + 1", tmp_path) == (1, 1)
    assert graded(course, "second", "second = first", tmp_path) == (0, 1)
    assert graded(course, "pick", "def pick(n):\n    return n + 1", tmp_path) == (0, 2)
    assert exercises(course, "names")["indented"]["starter"].startswith("# YOUR CODE HERE")


def test_a_refusal_names_the_cause_and_not_what_comes_of_it(tmp_path: Path) -> None:
    saved(
        tmp_path / "a",
        new_code_cell("%matplotlib inline\nimport no_such_package\n\nbase = no_such_package.base"),
        new_code_cell("more = base + 1"),
        new_code_cell("base.x = 1\nfrom no_such_package import *"),
        marked("first = more", "first", answer=True),
        marked("assert first", "first_test", points=1),
        marked("second = first", "second", answer=True),
        marked("assert second", "second_test", points=1),
        marked("third = first.x if made() else base", "third", answer=True),
        marked("assert third", "third_test", points=1),
        marked("fourth = [base, first]\n", "fourth", answer=True),
        marked("fourth.sort()\nassert made(fourth)", "fourth_test", points=1),
        marked("### BEGIN SOLUTION\n### END SOLUTION", "none", answer=True),
        marked("assert None is None", "none_test", points=1),
        marked("def f():\n    return 1", "f", answer=True),
        marked("### BEGIN HIDDEN TESTS\nassert f() == 2\n### END HIDDEN TESTS", "hidden", points=1),
        marked("import inspect\nassert 'return' in inspect.getsource(type(f))", "text", points=1),
        marked("for n in range(20000):\n    print('line')\nlong = 1", "long", answer=True),
        marked("assert long == 1", "long_test", points=1),
        marked("import no_such_package.part as part\nassert part.sum(f())", "package", points=1),
        marked("# Do not change this cell.", "comment", points=1),
        marked("def test_f():\n    assert f() == 3", "uncalled", points=1),
        marked("assert f() == 1", "twice", points=1),
        marked("assert f() < 2", "twice", points=1),
    )
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    refused = {one["what"]: f"{one['why']}; {one['mend']}" for one in told["refused"]}
    for name in ("first_test", "second_test", "third_test", "fourth_test"):
        assert "ModuleNotFoundError: No module named 'no_such_package'; install" in refused[name]
    assert "`none` has no solution" in refused["none_test"] and refused["none"].startswith("it has no solution")
    assert "assert f() == 2" in refused["hidden"], "the line that does not hold, though it is hidden"
    assert "`getsource`" in refused["text"] and "`__answer__`" in refused["text"]
    assert "No module named 'no_such_package'; install" in refused["package"]
    assert "it tests nothing" in refused["comment"] and "it tests nothing" in refused["uncalled"]
    assert told["moved"] == 3 and {"long_test", "twice"}.isdisjoint(refused)


def test_answers_that_a_person_marks_and_those_without_points(tmp_path: Path) -> None:
    scheme = "Explain it.\n=== BEGIN MARK SCHEME ===\nTwo reasons.\n=== END MARK SCHEME ==="
    task = new_markdown_cell(scheme)
    task.metadata["nbgrader"] = {"grade_id": "why", "task": True, "grade": False, "solution": False, "points": 4}
    saved(
        tmp_path / "a",
        marked("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "draw", answer=True, points=5),
        task,
        marked("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "free", answer=True),
        marked("y = x\n### BEGIN SOLUTION\nz = 2\n### END SOLUTION", "nought", answer=True),
        marked("assert z == 2", "nothing", points=0),
    )
    course = tmp_path / "moved"
    convert("nbgrader", tmp_path / "a", course)
    found = exercises(course, "week-1")
    assert found["draw"]["marking"] == found["why"]["marking"] == "manual"
    assert "Two reasons" not in found["why"]["statement"]
    assert {name: one["points"] for name, one in found.items()} == {"draw": 5, "why": 4, "free": 0, "nought": 0}
    assert graded(course, "nought", "z = 2", tmp_path) == (0, 0)


def older(cell: Any, version: int) -> Any:
    """The cell as nbgrader wrote it in an older schema: none has `task`, and each knows less than the next."""
    if mark := cell.metadata.get("nbgrader"):
        mark |= {"schema_version": version, "checksum": 32 * "a", "cell_type": cell.cell_type}
        unknown = {"task"} | ({"cell_type"} if version < 2 else set())
        if version == 0:  # what is false was not always written, and points were a field's text, of any number
            unknown |= {"schema_version"} | {key for key, value in mark.items() if value is False}
            mark["points"] = {0: -1}.get(points, str(points)) if (points := mark.get("points")) is not None else ""
        cell.metadata["nbgrader"] = {key: value for key, value in mark.items() if key not in unknown}
    return cell


@pytest.mark.parametrize("version", [0, 1, 2])
def test_older_metadata_of_nbgrader_gives_the_same_course(tmp_path: Path, version: int) -> None:
    for folder, number in (("new", 3), ("old", version)):
        why = new_markdown_cell("Since.")
        why.metadata = marked("", "why", answer=True, points=2).metadata
        read_only = new_markdown_cell("Do not change it.")
        read_only.metadata = marked("", "locked", locked=True).metadata
        cells = [
            read_only,
            marked("SCALE = 2", "scale", locked=True),
            marked(DOUBLE, "double", answer=True),
            marked(TESTS, "double_test", points=1.5),
            marked("assert double(0) == 0", "nothing", points=0),
            marked("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "draw", answer=True, points=5),
            why,
            marked("assert SCALE == 2", "none"),
        ]
        saved(tmp_path / folder, *(cell if number == 3 else older(cell, number) for cell in cells))
        (told,) = convert("nbgrader", tmp_path / folder, tmp_path / f"{folder} moved")
        assert (told["tests"], told["moved"], told["points"], told["refused"]) == (2, 2, 8.5, [])
    new, old = ((tmp_path / f"{folder} moved" / "week-1.yaml").read_text() for folder in ("new", "old"))
    assert new == old


def test_a_cell_whose_mark_says_nothing_is_read_by_its_text(tmp_path: Path) -> None:
    """What the first releases left where a box was ticked and cleared again; students must not get the solution."""
    bare = new_code_cell("### BEGIN SOLUTION\nx = 2\n### END SOLUTION")
    bare.metadata["nbgrader"] = {"grade": False, "grade_id": "old", "points": "", "solution": False}
    saved(tmp_path / "a", bare, new_code_cell("assert x == 2"))
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    assert (told["moved"], told["points"]) == (1, 1)
    assert [*exercises(tmp_path / "moved", "week-1")] == ["x"]


def test_points_that_are_no_number_are_told(tmp_path: Path) -> None:
    test = marked("assert double(2) == 4", "words", points=1)
    test.metadata["nbgrader"]["points"] = "two"
    saved(tmp_path / "a", marked(DOUBLE, "double", answer=True), test)
    (told,) = convert("nbgrader", tmp_path / "a", tmp_path / "moved")
    (refused,) = told["refused"]
    assert (refused["cell"], refused["what"], refused["mend"]) == (2, "words", "write a number")


def fenced(text: str) -> Any:
    return new_raw_cell(text)


def test_a_notebook_of_otter_gives_the_same_points(tmp_path: Path) -> None:
    value = new_code_cell("square(3)")
    value["outputs"] = [new_output("execute_result", {"text/plain": "9"})]
    config = "hidden: true\npoints: 3\nfailure_message: Mind the sign."
    shown = new_code_cell("for n in (1, 2):\n    print(square(n))")
    shown["outputs"] = [new_output("stream", text="1\n4\n")]
    hidden = f'""" # BEGIN TEST CONFIG\n{config}\n""" # END TEST CONFIG\n'
    solution = (
        "def square(x):\n    # BEGIN SOLUTION\n    return x ** 2\n    # END SOLUTION\n\nnine = square(3) # SOLUTION"
    )
    saved(
        tmp_path / "a",
        fenced("# ASSIGNMENT CONFIG\ngenerate: true"),
        new_code_cell("import otter\ngrader = otter.Notebook()"),
        fenced("# BEGIN QUESTION\nname: q1\npoints: 5"),
        new_markdown_cell("**Question 1.** Square it."),
        fenced("# BEGIN SOLUTION"),
        new_code_cell(solution),
        fenced("# END SOLUTION"),
        fenced("# BEGIN TESTS"),
        value,
        shown,
        new_code_cell(hidden + "assert square(-2) == 4"),
        fenced("# END TESTS"),
        fenced("# END QUESTION"),
        new_code_cell('grader.check("q1")'),
        fenced("# BEGIN QUESTION\nname: q2\nmanual: true\npoints: 2"),
        new_markdown_cell("Why?"),
        fenced("# BEGIN SOLUTION"),
        new_markdown_cell("**SOLUTION** Since."),
        fenced("# END SOLUTION"),
        fenced("# END QUESTION"),
    )
    course = tmp_path / "moved"
    (told,) = convert("otter", tmp_path / "a", course)
    assert (told["tests"], told["moved"], told["points"], told["refused"]) == (3, 3, 7, [])
    own = exercises(course, "week-1")
    assert own["q1"]["starter"] == "def square(x):\n    ...\n\nnine = ..."
    assert [check["weight"] for check in own["q1"]["checks"]] == [1, 1, 3] and own["q2"]["answer"] == "text"
    assert "otter" not in (course / "week-1.yaml").read_text()
    assert graded(course, "q1", "def square(x):\n    return x * abs(x)", tmp_path) == (2, 5)
    assert graded(course, "q1", "def square(x):\n    return 3 * x", tmp_path) == (1, 5), "what it prints counts"
    assert graded(course, "q1", "def square(x):\n    return x * x", tmp_path) == (5, 5)


def question(head: str, solution: str, *tests: Any) -> list[Any]:
    """The cells of one of Otter's; `head`: its YAML."""
    asked = [fenced(f"# BEGIN QUESTION\n{head}"), fenced("# BEGIN SOLUTION"), new_code_cell(solution)]
    asked += [fenced("# END SOLUTION"), fenced("# BEGIN TESTS"), *tests]
    return [*asked, fenced("# END TESTS"), fenced("# END QUESTION")]


def configured(test: str, **config: Any) -> Any:
    """A test of Otter's with a configuration of its own."""
    return new_code_cell(f'""" # BEGIN TEST CONFIG\n{yaml.safe_dump(config)}""" # END TEST CONFIG\n{test}')


def test_otters_seed_is_set_before_each_answer_and_hides_no_name(tmp_path: Path) -> None:
    drawn = "assert {name} == __import__('random').Random(7).random()"
    saved(
        tmp_path / "a",
        fenced("# ASSIGNMENT CONFIG\ngenerate:\n  seed: 7"),
        new_code_cell("from random import random\nfrom numpy.random import rand"),
        *question("name: q1", "first = random() # SOLUTION", new_code_cell(drawn.format(name="first"))),
        *question("name: q2", "second = random() # SOLUTION", new_code_cell(drawn.format(name="second"))),
        *question(
            "name: q3",
            "third = rand() # SOLUTION",
            new_code_cell("assert third == __import__('numpy').random.RandomState(7).rand()"),
        ),
    )
    (told,) = convert("otter", tmp_path / "a", tmp_path / "moved")
    assert (told["moved"], told["refused"]) == (3, [])
    first = "q1", "first = random()"
    assert graded(tmp_path / "moved", "q2", "second = random()", tmp_path, first) == (1, 1)
    assert graded(tmp_path / "moved", "q2", "random()\nsecond = random()", tmp_path, first) == (0, 1)


def test_otters_messages_are_the_checks_or_are_told(tmp_path: Path) -> None:
    why = "its `success_message` is left out: passed checks say nothing"
    cells = question(
        "name: q1\npoints: 2",
        "x = 2 # SOLUTION",
        configured("assert x > 0", success_message="It is positive."),
        configured("assert x == 2", hidden=True, failure_message="Mind the sign: not 3."),
    )
    saved(tmp_path / "a", *cells)
    (told,) = convert("otter", tmp_path / "a", tmp_path / "moved")
    assert told["moved"] == 2
    assert [(one["cell"], one["what"], one["why"]) for one in told["refused"]] == [(6, "q1-1", why)]
    batch = tmp_path / "batch.jsonl"
    batch.write_text(json.dumps({"id": 1, "exercise": "q1", "source": "x = 3"}))
    told = CliRunner().invoke(app, ["grade", str(tmp_path / "moved"), "--batch", str(batch), "--json"])
    assert [check["message"] for check in json.loads(told.stdout)["checks"]] == ["", "Mind the sign: not 3."]
    saved(tmp_path / "moved", *cells, name="as it is")
    (tmp_path / "moved" / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [as it is.ipynb]\n")
    assert load_course(tmp_path / "moved").errors == (), "nothing is to be mended"


def test_a_point_in_three_tests_is_one_point(tmp_path: Path) -> None:
    tests = [new_code_cell(f"assert two() == {n}") for n in ("2", "4 / 2", "1 + 1")]
    saved(
        tmp_path / "a",
        fenced("# ASSIGNMENT CONFIG\ngenerate: true"),
        fenced("# BEGIN QUESTION\nname: q1\npoints: 1"),
        fenced("# BEGIN SOLUTION"),
        new_code_cell("def two():\n    # BEGIN SOLUTION\n    return 2\n    # END SOLUTION"),
        fenced("# END SOLUTION"),
        fenced("# BEGIN TESTS"),
        *tests,
        fenced("# END TESTS"),
        fenced("# END QUESTION"),
    )
    convert("otter", tmp_path / "a", tmp_path / "moved")
    assert exercises(tmp_path / "moved", "week-1")["q1"]["points"] == 1


def test_given_cells_and_tests_behind_an_answer_of_otters_stay_there(tmp_path: Path) -> None:
    saved(
        tmp_path / "a",
        fenced("# BEGIN QUESTION\nname: q1\npoints: 1"),
        fenced("# BEGIN SOLUTION"),
        new_code_cell("nine = 9 # SOLUTION"),
        fenced("# END SOLUTION"),
        new_code_cell("ten = nine + 1"),
        fenced("# BEGIN TESTS"),
        new_code_cell("assert ten == 10"),
        fenced("# END TESTS"),
        fenced("# END QUESTION"),
        fenced("# BEGIN QUESTION\nname: q2\npoints: 2"),
        new_markdown_cell("It is odd, too."),
        fenced("# BEGIN TESTS"),
        new_code_cell("nine % 2 == 1", outputs=[new_output("execute_result", {"text/plain": "np.True_"})]),
        fenced("# END TESTS"),
        fenced("# END QUESTION"),
    )
    (told,) = convert("otter", tmp_path / "a", tmp_path / "moved")
    assert (told["moved"], told["refused"]) == (2, [])
    cells = yaml.safe_load((tmp_path / "moved" / "week-1.yaml").read_text())["cells"]
    assert [next(iter(cell)) for cell in cells] == ["exercise", "code", "markdown"]
    assert graded(tmp_path / "moved", "q1", "nine = 7", tmp_path) == (2, 3), (
        "the second question has no answer of its own"
    )


def test_the_older_format_and_tests_that_are_functions(tmp_path: Path) -> None:
    old = tmp_path / "old"
    shown = new_code_cell("# TEST\nx > 1")
    shown["outputs"] = [new_output("execute_result", {"text/plain": "True"})]
    saved(
        old,
        new_markdown_cell("**Q** Assign x.\n```\nBEGIN QUESTION\nname: q1\npoints: [1, 2]\n```"),
        new_code_cell("x = 2 # SOLUTION"),
        shown,
        new_code_cell("## HIDDEN TEST ##\nassert x == 2"),
        new_code_cell("y = 1"),
    )
    (told,) = convert("otter", old, tmp_path / "moved")
    own = exercises(tmp_path / "moved", "week-1")["q1"]
    assert told["moved"] == 2 and own["points"] == 3 and own["statement"] == "**Q** Assign x."
    assert graded(tmp_path / "moved", "q1", "x = 3", tmp_path) == (1, 3)
    (tmp_path / "assign.yml").write_text("tests:\n  ok_format: false\n")
    saved(
        tmp_path / "plain",
        fenced("# ASSIGNMENT CONFIG\nconfig_file: ../assign.yml"),
        fenced("# BEGIN QUESTION\nname: q1\nall_or_nothing: true"),
        fenced("# BEGIN SOLUTION"),
        new_code_cell("x = 2 # SOLUTION"),
        fenced("# END SOLUTION"),
        fenced("# BEGIN TESTS"),
        new_code_cell("def test_small(x):\n    assert x < 9\n\ntest_small(x)"),
        new_code_cell("# HIDDEN\ndef test_it(x):\n    assert x == 2"),
        fenced("# END TESTS"),
        fenced("# END QUESTION"),
    )
    convert("otter", tmp_path / "plain", tmp_path / "other")
    assert graded(tmp_path / "other", "q1", "x = 3", tmp_path) == (0, 1)
    assert graded(tmp_path / "other", "q1", "x = 2", tmp_path) == (1, 1)


@pytest.mark.parametrize(("name", "text"), [("empty", None), ("broken", "{"), ("full", "")])
def test_wrong_use_is_told(tmp_path: Path, name: str, text: str | None) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    saved(source, new_code_cell("x = 1")) if name == "full" else source.mkdir()
    if text:
        (source / "a.ipynb").write_text(text)
    if name == "full":
        into.mkdir()
        (into / "mine.txt").write_text("keep")
    told = CliRunner().invoke(app, ["convert", "nbgrader", str(source), "-o", str(into)])
    words = {"empty": "no notebook", "broken": "no notebook that can be read", "full": "holds something already"}[name]
    assert told.exit_code in (1, 2) and words in " ".join(told.output.split())


def test_a_notebook_in_another_language_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "a", new_code_cell("x <- 1"), kernelspec={"name": "ir", "language": "R", "display_name": "R"})
    told = CliRunner().invoke(app, ["convert", "nbgrader", str(tmp_path / "a"), "-o", str(tmp_path / "b"), "--json"])
    assert told.exit_code == 1 and "it is in R" in told.stdout


#: Answers as `old_grader.py` does, by rote: 2 points for the solution's text, and for nothing at all. Begun by a shell,
#: since a first line that names Python takes no folder with a space.
STAND_IN = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import json, sys
if sys.argv[2] != "import nbgrader":
    for sent in json.load(sys.stdin)["submissions"]:
        text = sent["answers"].get("double", "starter")
        right = not text or "return 2 * x" in text
        print(json.dumps({{"id": sent["id"], "points": {{"double_test": [2.0 * right, 2.0]}}}}))
"""


@pytest.mark.parametrize("real", [False, pytest.param(True, marks=pytest.mark.full)])
def test_the_proof_shows_each_test_whose_points_differ(tmp_path: Path, real: bool) -> None:
    python = tmp_path / "python"
    if real:
        python = part_of("nbgrader") / "bin" / "python"
    else:
        python.write_text(STAND_IN.format(python=sys.executable))
        python.chmod(0o755)
    never = marked("assert double(2) == 5", "never", points=1)
    saved(tmp_path / "a", marked(DOUBLE, "double", answer=True), marked(TESTS, "double_test", points=2), never)
    command = ["convert", "nbgrader", str(tmp_path / "a"), "-o", str(tmp_path / "moved"), "--prove", str(python)]
    told = CliRunner().invoke(app, [*command, "--json"])
    assert told.exit_code == 0, told.output
    proof = json.loads(told.stdout.splitlines()[-1])
    assert not proof["failed"] and proof["unfit"] == [["week 1.ipynb", "never"]], "refused, and there too"
    assert {kind: n["tests"] for kind, n in proof["proof"].items()} == {
        "solution": 1,
        "reformatted": 1,
        "starter": 1,
        "blank": 1,
        "mutant": 4,
    }
    assert [(row["kind"], row["test"], row["old"], row["ours"]) for row in proof["differences"]] == (
        [] if real else [("blank", "double_test", 2.0, 0.0)]
    )
    page = (tmp_path / "moved" / "proof.html").read_text()
    assert ("nbgrader 2, CodeGYM 0 of 2 points" in page) != real and "NameError" in page or real
    assert "prefers-color-scheme" in page and "@media print" in page and "http" not in page


@pytest.mark.full
def test_otter_itself_gives_each_test_the_same_points(tmp_path: Path) -> None:
    """Saved values, hidden tests, points, the seed, all or nothing, and a test that its own solution does not pass."""
    python = part_of("otter-grader") / "bin" / "python"
    first = question(
        "name: q1\npoints: 6",
        "def double(x):\n    # BEGIN SOLUTION\n    return 2 * x\n    # END SOLUTION",
        new_code_cell("double(2)", outputs=[new_output("execute_result", {"text/plain": "4"})]),
        configured("assert double(-1.5) <= -3", hidden=True, points=3, failure_message="Of any number."),
        configured("assert double(2) == 5", hidden=True, points=1),
    )
    first.insert(4, new_markdown_cell("Text between the answer and its tests."))
    saved(
        tmp_path / "a",
        fenced("# ASSIGNMENT CONFIG\ngenerate:\n  seed: 7"),
        new_code_cell("import random"),
        *first,
        *question(
            "name: q2\npoints: 2\nall_or_nothing: true",
            "roll = random.random() # SOLUTION",
            new_code_cell("assert roll"),
            new_code_cell("# HIDDEN\nassert roll == random.Random(7).random()"),
        ),
        kernelspec={"name": "python3", "language": "python", "display_name": "Python 3"},
    )
    command = ["convert", "otter", str(tmp_path / "a"), "-o", str(tmp_path / "moved"), "--prove", str(python)]
    told = CliRunner().invoke(app, [*command, "--json"])
    assert told.exit_code == 0, told.output
    proof = json.loads(told.stdout.splitlines()[-1])
    assert (proof["failed"], proof["differences"]) == ({}, [])
    assert proof["unfit"] == [["week 1.ipynb", "q1-3"]], "refused, and there too"
    assert {kind: (n["tests"], n["full"], n["none"]) for kind, n in proof["proof"].items()} == {
        "solution": (4, 4, 0),
        "reformatted": (4, 4, 0),
        "starter": (4, 0, 4),
        "blank": (4, 0, 4),
        "mutant": (10, 1, 9),
    }


def test_where_the_old_grader_is_missing_it_says_how_to_install_it(tmp_path: Path) -> None:
    saved(tmp_path / "a", new_code_cell("x = 1"))
    for python in (sys.executable, str(tmp_path / "nowhere")):
        command = ["convert", "otter", str(tmp_path / "a"), "-o", str(tmp_path / "moved"), "--prove", python]
        told = CliRunner().invoke(app, command)
        text = " ".join(told.output.split())
        assert told.exit_code == 2 and ("pip install otter-grader" in text or "there is no program" in text)
    assert not (tmp_path / "moved").exists()
