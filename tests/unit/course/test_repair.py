"""Notebooks as students, Colab, VS Code and their own scripts leave them."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import mark_of, unit_notebook
from codegym_jlab.course.repair import Repaired, UnreadableNotebook, read_notebook, repair, text_of
from codegym_jlab.grading.grader.plan import answer_in

ANSWER = "def sum_even(xs):\n    total = 0\n    return total"
LARGEST = "def largest(xs):\n    return xs[0]"


@pytest.fixture
def notebook(loaded: LoadedCourse) -> dict[str, Any]:
    made = unit_notebook(loaded, loaded.unit("loops"))
    at(made, "sum-even-answer")["source"] = ANSWER
    at(made, "largest-answer")["source"] = LARGEST
    return made


def at(notebook: dict[str, Any], identity: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell.get("id") == identity)


def code(source: Any, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def answers(repaired: Repaired) -> dict[str, str]:
    """Source by exercise; asserts what holds of every repaired notebook."""
    nbformat.validate(repaired.notebook)
    json.dumps(repaired.notebook, allow_nan=False)
    found = [cell for cell in repaired.notebook["cells"] if mark_of(cell).get("role") == "answer"]
    by_exercise = {mark_of(cell)["exercise"]: cell["source"] for cell in found}
    assert len(found) == len(by_exercise) == 2
    assert all(cell["cell_type"] == "code" for cell in found)
    return by_exercise


def codes(repaired: Repaired) -> list[str]:
    return [notice.code for notice in repaired.notices]


def test_a_whole_notebook_is_left_as_it_is(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    before = copy.deepcopy(notebook)
    repaired = repair(notebook, loaded)
    assert (repaired.notebook, repaired.notices, repaired.changed, repaired.unit) == (before, (), False, "loops")
    on_disk = json.loads(nbformat.writes(nbformat.from_dict(notebook)))
    assert isinstance(on_disk["cells"][2]["source"], list)
    assert repair(on_disk, loaded).changed is False


def test_a_copy_below(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    duplicate = copy.deepcopy(at(notebook, "sum-even-answer"))
    duplicate |= {"id": "other", "source": ANSWER.replace("0", "1")}
    notebook["cells"].insert(4, duplicate)
    repaired = repair(notebook, loaded)
    assert answers(repaired)["sum-even"] == ANSWER
    assert [n.text for n in repaired.notices] == [
        "This cell was a copy of *Sum of the even numbers*. The first one is graded."
    ]
    assert ANSWER.replace("0", "1") in [cell["source"] for cell in repaired.notebook["cells"]]


def test_the_same_id_twice(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    notebook["cells"].append(copy.deepcopy(at(notebook, "sum-even-answer")))
    repaired = repair(notebook, loaded)
    assert answers(repaired)["sum-even"] == ANSWER
    assert codes(repaired) == ["copy"]


@pytest.mark.parametrize("original_is_second", [False, True])
def test_an_answer_split_in_two(loaded: LoadedCourse, notebook: dict[str, Any], original_is_second: bool) -> None:
    cell = at(notebook, "sum-even-answer")
    place = notebook["cells"].index(cell)
    head, tail = ANSWER.split("\n", 1)
    first, second = {**copy.deepcopy(cell), "source": head}, {**copy.deepcopy(cell), "source": tail}
    (first if original_is_second else second)["id"] = "half"
    notebook["cells"][place : place + 1] = [first, second]
    repaired = repair(notebook, loaded)
    assert answers(repaired)["sum-even"] == ANSWER
    assert codes(repaired) == ["joined"]


def test_an_answer_split_between_two_functions(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    cell = at(notebook, "sum-even-answer")
    place = notebook["cells"].index(cell)
    helper = {**copy.deepcopy(cell), "source": "def is_even(x):\n    return x % 2 == 0", "id": "half"}
    notebook["cells"].insert(place, helper)
    assert answers(repair(notebook, loaded))["sum-even"] == helper["source"] + "\n" + ANSWER


def test_two_answers_merged_into_one(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    cell = at(notebook, "sum-even-answer")
    cell["source"] = ANSWER + "\n\n" + LARGEST
    notebook["cells"].remove(at(notebook, "largest-answer"))
    repaired = repair(notebook, loaded)
    assert codes(repaired) == ["answer_back"]
    assert answers(repaired)["sum-even"] == cell["source"]


def test_a_deleted_answer_comes_back(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    notebook["cells"].remove(at(notebook, "sum-even-answer"))
    repaired = repair(notebook, loaded)
    assert answers(repaired) == {"sum-even": "def sum_even(xs):\n    ...", "largest": LARGEST}
    ids = [cell["id"] for cell in repaired.notebook["cells"]]
    assert ids.index("sum-even-answer") == ids.index("sum-even-statement") + 1
    assert codes(repaired) == ["answer_back"]


def test_everything_deleted(loaded: LoadedCourse) -> None:
    empty = {"cells": [], "metadata": {"codegym": {"unit": "loops"}}, "nbformat": 4, "nbformat_minor": 5}
    repaired = repair(empty, loaded)
    ids = [cell["id"] for cell in repaired.notebook["cells"]]
    assert ids == ["sum-even-statement", "sum-even-answer", "largest-statement", "largest-answer"]


def test_a_new_cell_by_hand_in_place_of_the_answer(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    place = notebook["cells"].index(at(notebook, "sum-even-answer"))
    notebook["cells"][place] = {**code(ANSWER), "id": "by-hand"}
    repaired = repair(notebook, loaded)
    assert answers(repaired)["sum-even"] == ANSWER
    assert codes(repaired) == ["found_again"]


def test_renamed_ids(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"renamed-{number}"
    repaired = repair(notebook, loaded)
    assert answers(repaired) == {"sum-even": ANSWER, "largest": LARGEST}
    assert at(repaired.notebook, "sum-even-answer")
    assert repaired.changed and repaired.notices


def test_reordered_cells(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    notebook["cells"].reverse()
    repaired = repair(notebook, loaded)
    assert (repaired.changed, repaired.notices) == (False, ())
    assert answers(repaired) == {"sum-even": ANSWER, "largest": LARGEST}


def test_an_answer_made_into_text(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    cell = at(notebook, "sum-even-answer")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    repaired = repair(notebook, loaded)
    assert answers(repaired)["sum-even"] == ANSWER
    assert codes(repaired) == ["kind_changed"]


def test_marks_copied_onto_other_cells(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    mark = copy.deepcopy(at(notebook, "sum-even-answer")["metadata"])
    notebook["cells"].insert(0, {**code("print('hello')", **copy.deepcopy(mark)), "id": "above"})
    at(notebook, "largest-statement")["metadata"] = copy.deepcopy(mark)
    repaired = repair(notebook, loaded)
    assert answers(repaired) == {"sum-even": ANSWER, "largest": LARGEST}
    assert "The original is graded." in repaired.notices[0].text


def test_ids_and_marks_gone_as_after_colab(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        del cell["id"]
        cell["metadata"] = {"id": "Xy12", "colab": {"base_uri": "x"}}
    notebook["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook["nbformat_minor"] = 0
    repaired = repair(notebook, loaded)
    assert answers(repaired) == {"sum-even": ANSWER, "largest": LARGEST}
    assert repaired.unit == "loops"
    assert "format" in codes(repaired)
    roles = [mark_of(cell).get("role") for cell in repaired.notebook["cells"]]
    assert roles == ["given", "given", "statement", "answer", "given", "statement", "answer"]


def test_answers_without_names_are_found_below_their_statement(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    at(notebook, "sum-even-answer")["source"] = "print(3)"
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    assert answers(repair(notebook, loaded)) == {"sum-even": "print(3)", "largest": LARGEST}


def test_sources_that_are_no_text(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    at(notebook, "sum-even-statement")["source"] = 12345
    notebook["cells"] += [code(["def f(n):", "\n  return 1"]), code(None), code(7.5), code({"a": 1})]
    repaired = repair(notebook, loaded)
    assert answers(repaired) == {"sum-even": ANSWER, "largest": LARGEST}
    assert codes(repaired) == ["put_right"]
    sources = [cell["source"] for cell in repaired.notebook["cells"]]
    assert {"def f(n):\n  return 1", "7.5", '{"a": 1}', "12345"} <= set(sources)


def test_metadata_out_of_bounds(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    cell = at(notebook, "sum-even-answer")
    cell["metadata"] |= {"__proto__": {"x": float("nan"), "y": float("inf"), "d": deep}}
    cell["outputs"] = [
        None,
        {"output_type": "stream"},
        {"output_type": "pyout"},
        {"output_type": "display_data", "data": {"text/plain": 3}},
    ]
    cell["execution_count"] = "3"
    notebook["metadata"] |= {"kernelspec": 3, "language_info": 1, "passed": True}
    notebook["metadata"]["codegym"] |= {"passed": True}
    assert answers(repair(notebook, loaded))["sum-even"] == ANSWER
    for value in (3, None, [], "x", {"exercise": ["a"], "role": {}}):
        cell["metadata"]["codegym"] = value
        notebook["metadata"]["codegym"] = value
        assert answers(repair(notebook, loaded))["sum-even"] == ANSWER


def test_a_notebook_of_something_else(loaded: LoadedCourse) -> None:
    repaired = repair({"cells": [code("x = 1")], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, loaded)
    nbformat.validate(repaired.notebook)
    assert (repaired.unit, codes(repaired)) == (None, ["not_of_this_course"])
    assert [cell["source"] for cell in repaired.notebook["cells"]] == ["x = 1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "x",
        "[1]",
        "3",
        "{}",
        '{"cells": [',
        "[" * 100_000,
        '{"a": ' * 5000,
        b"\xff\xfe\x00",
        "\x00",
        "9" * 5000,
    ],
)
def test_what_is_no_notebook(text: str | bytes, loaded: LoadedCourse) -> None:
    with pytest.raises(UnreadableNotebook) as error:
        repair(read_notebook(text), loaded)
    assert str(error.value).endswith(".")


def test_a_file_cut_off_says_so(notebook: dict[str, Any]) -> None:
    text = json.dumps(notebook)
    with pytest.raises(UnreadableNotebook):
        read_notebook(text[: len(text) * 6 // 10])
    assert read_notebook("\ufeff" + text) == read_notebook(b"\xef\xbb\xbf" + text.encode()) == notebook


def test_the_cells_above_an_answer(loaded: LoadedCourse, notebook: dict[str, Any]) -> None:
    notebook["cells"].insert(2, {**code("mine = 1", codegym={"schema": 1, "role": "given"}), "id": "forged"})
    whole = repair(notebook, loaded).notebook
    source, cells = answer_in(whole, "largest")
    assert source == LARGEST
    assert [(cell.source, cell.role, cell.exercise) for cell in cells] == [
        ("numbers = [3, 1, 2]", "given", None), ("mine = 1", None, None), (ANSWER, "answer", "sum-even"),
    ]  # fmt: skip
    with pytest.raises(KeyError):
        answer_in(whole, "nothing")


Mangle = Callable[[list[dict[str, Any]], int, int], None]


def _copy(cells: list[dict[str, Any]], i: int, j: int) -> None:
    cells.insert(j, copy.deepcopy(cells[i]))


def _copy_new_id(cells: list[dict[str, Any]], i: int, j: int) -> None:
    cells.insert(j, {**copy.deepcopy(cells[i]), "id": f"copy-{i}-{j}"})


def _move(cells: list[dict[str, Any]], i: int, j: int) -> None:
    cells.insert(j, cells.pop(i))


def _split(cells: list[dict[str, Any]], i: int, j: int) -> None:
    text = text_of(cells[i]["source"])
    cells[i : i + 1] = [{**copy.deepcopy(cells[i]), "source": part} for part in (text[: j * 3], text[j * 3 :])]


def _merge_down(cells: list[dict[str, Any]], i: int, j: int) -> None:
    if i + 1 < len(cells):
        cells[i]["source"] = text_of(cells[i]["source"]) + "\n\n" + text_of(cells.pop(i + 1)["source"])


def _swap_marks(cells: list[dict[str, Any]], i: int, j: int) -> None:
    cells[i]["metadata"] = copy.deepcopy(cells[j % len(cells)].get("metadata"))


def _change(key: str, *values: Any) -> Mangle:
    def change(cells: list[dict[str, Any]], i: int, j: int) -> None:
        cells[i][key] = copy.deepcopy(values[j % len(values)])

    return change


def _drop(key: str) -> Mangle:
    return lambda cells, i, j: cells[i].pop(key, None) and None


FORGED: list[Any] = [
    {},
    None,
    [],
    {"codegym": {"exercise": "sum-even", "role": "answer"}},
    {"codegym": {"role": "given"}},
]
IDS: list[Any] = ["sum-even-answer", "largest-statement", "bad id!", "", 7, None, "x" * 70]
SOURCES: list[Any] = [
    "def largest(x): pass",
    ["a", "b\n"],
    [["deep"], None],
    12,
    None,
    "",
    "é🎈\ud800",
    "### The largest number",
]
OUTPUTS: list[Any] = [None, [], "x", [{"output_type": "stream", "name": "stdout", "text": ["a"]}]]
MANGLES: list[Mangle] = [
    _copy,
    _copy_new_id,
    _move,
    _split,
    _merge_down,
    _swap_marks,
    _drop("id"),
    _drop("metadata"),
    _change("cell_type", "markdown", "code", "raw", "heading", "mystery", 3, None),
    _change("metadata", *FORGED),
    _change("id", *IDS),
    _change("source", *SOURCES),
    _change("outputs", *OUTPUTS),
]
steps = st.lists(st.tuples(st.integers(0, len(MANGLES) - 1), st.integers(0, 30), st.integers(0, 30)), max_size=8)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@example(steps=[(4, 23, 0), (0, 1, 0), (4, 23, 0), (10, 0, 1)])
def test_not_one_character_is_lost(loaded: LoadedCourse, steps: list[tuple[int, int, int]]) -> None:
    notebook = unit_notebook(loaded, loaded.unit("loops"))
    at(notebook, "sum-even-answer")["source"] = ANSWER
    for which, i, j in steps:
        MANGLES[which](notebook["cells"], i % len(notebook["cells"]), j)
    sources = [text_of(cell["source"]) for cell in notebook["cells"] if isinstance(cell, dict)]
    before = copy.deepcopy(notebook)
    repaired = repair(notebook, loaded)
    assert notebook == before
    answers(repaired)
    result = "\0".join(cell["source"] for cell in repaired.notebook["cells"])
    wanted, got = Counter("".join(sources)), Counter(result)
    assert not {character for character in wanted if wanted[character] > got[character]}
    lines = [line for source in sources for line in source.split("\n") if line.strip()]
    assert not [line for line in lines if line not in result]
    again = repair(copy.deepcopy(repaired.notebook), loaded)
    assert (again.notebook, again.changed) == (repaired.notebook, False)
