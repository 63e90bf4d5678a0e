"""A course changes while a student is at work."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from codegym_jlab.course.merge import Merged, merge
from codegym_jlab.course.notebook import unit_notebook

from .conftest import LOOPS, Write

Make = Callable[[str], dict[str, Any]]
EXTRA = """\
  - exercise:
      id: product
      title: The product
      statement: Write `product(xs)`.
      solution: "def product(xs): return 1"
      checks:
        - call: product([])
          equals: 1
"""


@pytest.fixture
def make(write: Write) -> Make:
    def made(text: str) -> dict[str, Any]:
        loaded = write(loops=text)
        assert not loaded.errors, loaded.errors
        return unit_notebook(loaded, loaded.unit("loops"))

    return made


def at(notebook: dict[str, Any], identity: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["id"] == identity)


def ids(notebook: dict[str, Any]) -> list[str]:
    return [cell["id"] for cell in notebook["cells"]]


def worked(base: dict[str, Any]) -> dict[str, Any]:
    """A student's notebook: one answer written and run, one cell of their own."""
    mine = copy.deepcopy(base)
    answer = at(mine, "sum-even-answer")
    answer["source"] = "def sum_even(xs):\n    return 2"
    answer["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "mine"}]
    answer["metadata"]["collapsed"] = True
    own = {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "source": "sum_even([2])",
        "outputs": [],
        "execution_count": 3,
    }
    mine["cells"].insert(ids(mine).index("sum-even-answer") + 1, own)
    return mine


def texts(merged: Merged) -> list[str]:
    nbformat.validate(merged.notebook)
    return [notice.text for notice in merged.notices]


def test_nothing_new_changes_nothing(make: Make) -> None:
    base = make(LOOPS)
    mine = worked(base)
    merged = merge(base, mine, base)
    assert (merged.notebook, merged.notices, merged.changed) == (mine, (), False)


def test_a_new_statement(make: Make) -> None:
    base, new = make(LOOPS), make(LOOPS.replace("in a list.", "in a list or tuple."))
    mine = worked(base)
    merged = merge(base, mine, new)
    assert texts(merged) == ["The course has changed: the statement is new, your answer is as it was."]
    assert "or tuple" in at(merged.notebook, "sum-even-statement")["source"]
    assert at(merged.notebook, "sum-even-answer") == at(mine, "sum-even-answer")
    assert merged.notebook["metadata"]["codegym"]["version"] == new["metadata"]["codegym"]["version"]
    assert ids(merged.notebook) == ids(mine)


def test_a_statement_that_the_student_wrote_in(make: Make) -> None:
    base, new = make(LOOPS), make(LOOPS.replace("in a list.", "in a list or tuple."))
    mine = worked(base)
    at(mine, "sum-even-statement")["source"] += "\n\nMy notes."
    merged = merge(base, mine, new)
    place = ids(merged.notebook).index("sum-even-statement")
    theirs = merged.notebook["cells"][place + 1]
    assert theirs["source"].endswith("My notes.") and "codegym" not in theirs["metadata"]
    assert "Your own text is below it." in texts(merged)[0]
    unchanged = merge(base, mine, base)
    assert unchanged.notebook == mine


def test_a_new_starter_comes_only_where_it_was_not_touched(make: Make) -> None:
    new_text = LOOPS.replace("            ...", "            pass")
    base, new = make(LOOPS), make(new_text)
    merged = merge(base, worked(base), new)
    assert at(merged.notebook, "largest-answer")["source"].endswith("pass")
    assert at(merged.notebook, "sum-even-answer")["source"].endswith("return 2")
    assert texts(merged) == ["The course has changed: a starter that you had not touched is new."]


def test_new_cells_come_in_at_their_place(make: Make) -> None:
    base, new = make(LOOPS), make(LOOPS.replace("  - markdown: Between.\n", EXTRA + "  - markdown: Between.\n"))
    merged = merge(base, worked(base), new)
    assert texts(merged) == ["The course has changed: an exercise is new."]
    order = [i for i in ids(merged.notebook) if not i.startswith("c-")]
    assert order == [
        "sum-even-statement", "sum-even-answer", "own", "product-statement", "product-answer", "largest-statement",
        "largest-answer",
    ]  # fmt: skip


def test_the_course_reorders_and_the_students_cell_goes_with_its_answer(make: Make) -> None:
    head, first, second = LOOPS.partition("  - exercise:\n      id: largest")
    start, _, one = head.partition("  - exercise:\n      id: sum-even")
    swapped = start + first + second + "  - exercise:\n      id: sum-even" + one
    base, new = make(LOOPS), make(swapped)
    merged = merge(base, worked(base), new)
    order = [i for i in ids(merged.notebook) if not i.startswith("c-")]
    assert order == ["largest-statement", "largest-answer", "sum-even-statement", "sum-even-answer", "own"]


def test_what_left_the_course_goes_only_if_untouched(make: Make) -> None:
    base = make(LOOPS)
    new = make(
        LOOPS[: LOOPS.index("  - exercise:\n      id: sum-even")] + LOOPS[LOOPS.index("  - markdown: Between.") :]
    )
    merged = merge(base, worked(base), new)
    assert texts(merged) == ["An exercise is no longer in the course. Your answer stays as a cell of your own."]
    sources = [cell["source"] for cell in merged.notebook["cells"]]
    assert "def sum_even(xs):\n    return 2" in sources and "sum_even([2])" in sources
    assert not any("Sum of the even" in source for source in sources)
    untouched = merge(base, base, new)
    assert untouched.notebook["cells"] == new["cells"]


def test_a_changed_given_cell(make: Make) -> None:
    base, new = make(LOOPS), make(LOOPS.replace("numbers = [3, 1, 2]", "numbers = [3, 1, 2, 5]"))
    merged = merge(base, worked(base), new)
    assert [c["source"] for c in merged.notebook["cells"] if "numbers =" in c["source"]] == ["numbers = [3, 1, 2, 5]"]
    mine = worked(base)
    mine["cells"][1]["source"] = "numbers = [9]"
    kept = merge(base, mine, new)
    assert [c["source"] for c in kept.notebook["cells"] if "numbers =" in c["source"]] == [
        "numbers = [9]", "numbers = [3, 1, 2, 5]",
    ]  # fmt: skip
    assert texts(kept)[0] == "A cell that you changed is no longer in the course. It stays as a cell of your own."


def test_a_plain_cell_that_the_student_deleted_stays_away(make: Make) -> None:
    base, new = make(LOOPS), make(LOOPS.replace("in a list.", "in a list or tuple."))
    mine = worked(base)
    del mine["cells"][0]
    assert not any("# Loops" in cell["source"] for cell in merge(base, mine, new).notebook["cells"])


def test_without_a_base_nothing_is_lost(make: Make) -> None:
    base, new = make(LOOPS), make(LOOPS.replace("in a list.", "in a list or tuple."))
    mine = worked(base)
    merged = merge(None, mine, new)
    sources = [cell["source"] for cell in merged.notebook["cells"]]
    assert all(cell["source"] in sources for cell in mine["cells"])
    assert merge(None, merged.notebook, new).changed is False


edits = st.lists(
    st.tuples(st.sampled_from(["edit", "delete", "insert", "move"]), st.integers(0, 30), st.integers(0, 30)), max_size=6
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=edits, which=st.integers(0, 3), with_base=st.booleans())
def test_whatever_the_student_wrote_is_still_there(
    make: Make, edits: list[tuple[str, int, int]], which: int, with_base: bool
) -> None:
    base = make(LOOPS)
    swapped = LOOPS.replace("numbers = [3, 1, 2]", "n = 1").replace("...", "pass").replace("the sum", "the whole sum")
    news = [LOOPS, swapped, LOOPS + EXTRA, LOOPS[: LOOPS.index("  - markdown: Between.")]]
    new = make(news[which])
    mine, written = copy.deepcopy(base), []
    for number, (what, place, other) in enumerate(edits):
        cells = mine["cells"]
        if what == "insert":
            cell = {"cell_type": "markdown", "id": f"own-{number}", "metadata": {}, "source": f"written {number}"}
            cells.insert(place % (len(cells) + 1), cell)
            written.append(f"written {number}")
        elif what == "edit":
            cells[place % len(cells)]["source"] += f"\nwritten {number}"
            written.append(f"written {number}")
        elif what == "move":
            cells.insert(other % len(cells), cells.pop(place % len(cells)))
        elif cells[place % len(cells)]["metadata"].get("codegym", {}).get("role") == "given":
            gone = cells.pop(place % len(cells))
            written = [text for text in written if text not in gone["source"]]
    before = copy.deepcopy(mine)
    merged = merge(base if with_base else None, mine, new)
    assert mine == before
    nbformat.validate(merged.notebook)
    everything = "\n".join(cell["source"] for cell in merged.notebook["cells"])
    assert all(text in everything for text in written)
    marks = [cell["metadata"]["codegym"] for cell in merged.notebook["cells"] if "codegym" in cell["metadata"]]
    answers = [mark["exercise"] for mark in marks if mark["role"] == "answer"]
    assert sorted(answers) == sorted(
        c["metadata"]["codegym"]["exercise"] for c in new["cells"] if c["id"].endswith("-answer")
    )
    assert merge(new, merged.notebook, new).changed is False
