"""A unit becomes a notebook: the same one each time, with nothing hidden in it."""

from __future__ import annotations

import json

import nbformat
import pytest

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import cell_id, lessons_of, unit_notebook

from .conftest import LOOPS, Write

SECRETS = ("SENTINEL", "770077", "880088", "max(xs)", "x % 2", "sums-odd")


def notebook_text(loaded: LoadedCourse) -> str:
    return json.dumps(unit_notebook(loaded, loaded.unit("loops")))


def test_cells_ids_and_marks(loaded: LoadedCourse) -> None:
    notebook = unit_notebook(loaded, loaded.unit("loops"))
    nbformat.validate(notebook)
    cells = notebook["cells"]
    assert [cell["cell_type"] for cell in cells] == [
        "markdown",
        "code",
        "markdown",
        "code",
        "markdown",
        "markdown",
        "code",
    ]
    assert [cell["id"] for cell in cells][2:4] == ["sum-even-statement", "sum-even-answer"]
    assert cells[1]["metadata"]["codegym"] == {"schema": 1, "role": "given"}
    assert cells[2]["metadata"]["codegym"] == {"schema": 1, "exercise": "sum-even", "role": "statement"}
    assert cells[3]["metadata"]["codegym"] == {"schema": 1, "exercise": "sum-even", "role": "answer"}
    assert cells[3]["source"] == "def sum_even(xs):\n    ..."
    assert cells[2]["source"] == (
        "### Sum of the even numbers\n\n`2 pt` · for loops · modulo\n\n"
        "Write `sum_even(xs)`, the sum of the even numbers in a list."
    )
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["codegym"] == {
        "schema": 1, "course": "basics", "unit": "loops", "version": loaded.unit_digests["loops"],
    }  # fmt: skip


def test_lessons_stand_in_reading_order(write: Write) -> None:
    unit = LOOPS.replace("cells:\n", "cells:\n  - markdown: '# The `for` loop'\n  - markdown: no heading\n", 1)
    loaded = write(loops=unit + "  - id: ahead\n    markdown: '## What comes next'\n")
    first, *_, last = lessons_of(loaded, loaded.unit("loops"))
    assert (first.title, first.minutes, first.before) == ("The for loop", 1, "sum-even")
    assert (last.id, last.title, last.before) == ("ahead", "What comes next", None)


def test_the_same_each_time(write: Write) -> None:
    assert notebook_text(write()) == notebook_text(write())


def test_nothing_hidden_is_in_it(loaded: LoadedCourse) -> None:
    text = notebook_text(loaded)
    assert not [secret for secret in SECRETS if secret in text]


def test_nothing_hidden_is_in_what_a_log_would_hold(loaded: LoadedCourse) -> None:
    text = f"{loaded!r} {loaded.find('sum-even')[1]!r} {loaded.find('sum-even')[0]!r}"
    assert not [secret for secret in SECRETS if secret in text and secret != "SENTINEL"]
    assert "SENTINEL-SOLUTION" not in text


def test_plain_cells_keep_their_own_id_and_repeats_are_numbered(write: Write) -> None:
    cells = "  - markdown: Same.\n  - markdown: Same.\n  - code: x\n    id: mine\n  - code: y\n    id: mine\n"
    loaded = write(loops=LOOPS.replace("cells:\n", "cells:\n" + cells))
    notebook = unit_notebook(loaded, loaded.unit("loops"))
    nbformat.validate(notebook)
    ids = [cell["id"] for cell in notebook["cells"][:4]]
    assert ids[1] == f"{ids[0]}-2"
    assert ids[2:] == ["mine", "mine-2"]


@pytest.mark.parametrize("length", [54, 55, 64, 200])
def test_ids_fit_nbformat(length: int) -> None:
    one, two = cell_id("a" * length, "answer"), cell_id("a" * (length - 1) + "b", "answer")
    assert one != two
    assert len(one) <= 64 and one.endswith("-answer")


def test_an_exercise_without_a_starter_has_an_empty_cell(write: Write) -> None:
    starter = "      starter: |\n        def largest(xs):\n            ...\n"
    assert starter in LOOPS
    loaded = write(loops=LOOPS.replace(starter, ""))
    assert unit_notebook(loaded, loaded.unit("loops"))["cells"][-1]["source"] == ""


def test_another_kernel_is_named(write: Write) -> None:
    loaded = write(loops="id: loops\ntitle: Loops\nkernel: ir\ncells:\n  - code: x <- 1\n")
    assert unit_notebook(loaded, loaded.unit("loops"))["metadata"]["kernelspec"]["name"] == "ir"
