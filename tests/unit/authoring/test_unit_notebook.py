"""A unit's YAML as the author's notebook and back."""

from __future__ import annotations

import difflib
import random
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from codegym_jlab.authoring.convert import nbgrader, otter
from codegym_jlab.authoring.convert.conversion import Conversion
from codegym_jlab.authoring.unit_notebook import KEY, CellUnfit, to_notebook, to_yaml
from codegym_jlab.course.yaml_source import Unreadable, read_yaml

ROOT = Path(__file__).parents[3]
UNITS = [
    path
    for folder in ("courses", "examples", "tests", "evals", "codegym_jlab/course")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
    if "\ncells:" in path.read_text("utf-8")
]
UNIT = """\
# a unit
id: loops
title: Loops  # in Python
cells:
  - markdown: |
      ## Loops

  # the first
  - exercise:
      id: sum-even
      title: Sum
      points: 2   # two
      statement: Write `sum_even`.
      starter: |
        def sum_even(xs):
            ...

      # the author's own
      solution: |
        def sum_even(xs):
            return sum(x for x in xs if x % 2 == 0)
      checks:
        # seen
        - call: sum_even([1, 2])
          equals: 2
        - {call: "sum_even([])", equals: 0, hidden: an empty list}
      hints:
        - Look at `%`.

  - code: xs = [1]
    fails: true
"""
EXERCISE = "id: new\ntitle: New"
#: Text that YAML would read as something else, or that blocks cannot hold.
HARD = [
    "x: 1",
    "# c\n# d",
    "  first\nthen",
    "null",
    "- a",
    "\n\nlead",
    "a \n b",
    "",
    "a\u2028b",
    "\x07",
    "'",
    "ü\n\n\nü",
]


def cell(role: str, source: str) -> dict[str, Any]:
    return {"cell_type": "raw", "source": source, "metadata": {KEY: {"role": role}}}


def of(notebook: dict[str, Any], role: str) -> dict[str, Any]:
    """Its first cell of that role."""
    return next(one for one in notebook["cells"] if one["metadata"][KEY]["role"] == role)


def changes(before: str, after: str) -> list[str]:
    """Lines that went and came."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in list(found)[2:] if not line.startswith("@@")]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_unit_that_is_not_touched_comes_back_byte_for_byte(path: Path) -> None:
    text = path.read_bytes().decode()
    assert to_yaml(to_notebook(text)) == text


def for_nbgrader(name: str, solution: str, tests: list[str]) -> list[Any]:
    """A question's cells as their author writes them there."""
    made = [new_code_cell(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"), *map(new_code_cell, tests)]
    for number, one in enumerate(made):
        mark = {"solution": not number, "grade": number > 0, "points": number and 1}
        one.metadata["nbgrader"] = mark | {"grade_id": f"{name}-{number}", "schema_version": 3}
    return made


def for_otter(name: str, solution: str, tests: list[str]) -> list[Any]:
    """The same for Otter; the last test is hidden."""
    given = [new_raw_cell(f"# BEGIN QUESTION\nname: {name}\npoints: 2"), new_raw_cell("# BEGIN SOLUTION")]
    given += [new_code_cell(solution), new_raw_cell("# END SOLUTION"), new_raw_cell("# BEGIN TESTS")]
    given += [new_code_cell("# HIDDEN\n" * (test is tests[-1]) + test) for test in tests]
    return [*given, new_raw_cell("# END TESTS"), new_raw_cell("# END QUESTION")]


@pytest.mark.parametrize(("reader", "question"), [(nbgrader, for_nbgrader), (otter, for_otter)])
def test_a_unit_that_was_converted_comes_back_byte_for_byte(tmp_path: Path, reader: Any, question: Any) -> None:
    """All units here as notebooks of another grader, converted: sixty with those above at the least."""
    for number, path in enumerate(UNITS):
        cells: list[Any] = []
        for item in read_yaml(path.read_text("utf-8")).plain()["cells"]:
            own = item.get("exercise", {})
            checks = [check for check in own.get("checks", ()) if {"call", "equals"} <= check.keys()]
            tests = [f"assert {check['call']} == {check['equals']!r}" for check in checks]
            cells += [new_markdown_cell(text) for text in (item.get("markdown"), own.get("statement")) if text]
            cells += [new_code_cell(item["code"])] if "code" in item else []
            cells += question(own["id"], own.get("solution") or "pass", tests) if own else []
        nbformat.write(new_notebook(cells=cells), tmp_path / f"unit {number} {path.stem}.ipynb")
    course = Conversion(tmp_path, tmp_path / "moved", reader.read, "Moved")
    course.write()
    made = [path.read_bytes().decode() for path in (tmp_path / "moved").glob("unit-*.yaml")]
    assert len(made) == len(UNITS) >= 30 and sum(text.count("\n- exercise:") for text in made) > 200
    assert [text for text in made if to_yaml(to_notebook(text)) != text] == []


def test_ends_of_lines_and_of_the_file_stay_as_they_are() -> None:
    for text in (UNIT.rstrip("\n"), UNIT.replace("\n", "\r\n"), "\ufeff" + UNIT, UNIT + "\n\n# end"):
        assert to_yaml(to_notebook(text)) == text


def test_each_text_is_a_cell() -> None:
    told = [(one["cell_type"], one["metadata"][KEY]["role"], one["source"]) for one in to_notebook(UNIT)["cells"]]
    assert told == [
        ("raw", "unit", "id: loops\ntitle: Loops  # in Python"),
        ("markdown", "text", "## Loops"),
        ("raw", "exercise", "id: sum-even\ntitle: Sum\npoints: 2   # two"),
        ("markdown", "statement", "Write `sum_even`."),
        ("code", "starter", "def sum_even(xs):\n    ..."),
        ("code", "solution", "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"),
        ("raw", "check", "# seen\ncall: sum_even([1, 2])\nequals: 2"),
        ("raw", "check", '{call: "sum_even([])", equals: 0, hidden: an empty list}'),
        ("markdown", "hint", "Look at `%`."),
        ("code", "given", "xs = [1]"),
    ]


@pytest.mark.parametrize(
    ("role", "source", "changed"),
    [
        ("unit", "id: loops\ntitle: More", ["-title: Loops  # in Python", "+title: More"]),
        ("exercise", "id: sum-even\ntitle: Sum\npoints: 3", ["-      points: 2   # two", "+      points: 3"]),
        ("statement", "Do: it", ["-      statement: Write `sum_even`.", '+      statement: "Do: it"']),
        ("starter", "def sum_even(xs):\n    pass", ["-            ...", "+            pass"]),
        ("check", "# seen\ncall: sum_even([1, 2])\nequals: 4", ["-          equals: 2", "+          equals: 4"]),
        ("hint", "Two\nlines", ["-        - Look at `%`.", "+        - |-", "+          Two", "+          lines"]),
        ("hint", "", ["-      hints:", "-        - Look at `%`."]),
        ("given", "xs = []", ["-  - code: xs = [1]", "+  - code: xs = []"]),
    ],
)
def test_a_changed_cell_changes_its_lines_alone(role: str, source: str, changed: list[str]) -> None:
    notebook = to_notebook(UNIT)
    of(notebook, role)["source"] = source
    assert changes(UNIT, to_yaml(notebook)) == changed


def test_what_is_added_and_moved() -> None:
    notebook = to_notebook(UNIT)
    cells = notebook["cells"]
    cells.insert(7, cell("check", "call: sum_even([2, 2])\nequals: 4\nhidden: twice"))
    cells.append(cells.pop(1))
    cells += [cell("exercise", EXERCISE), cell("solution", "x = 1"), cell("misconception", "id: m\nwrong: x\nsay: y")]
    written = to_yaml(notebook)
    assert [one for one in changes(UNIT, written) if one[0] == "-"] == ["-  - markdown: |", "-      ## Loops", "-"]
    after = read_yaml(written).plain()["cells"]
    assert [next(iter(item)) for item in after] == ["exercise", "code", "markdown", "exercise"]
    assert [check["equals"] for check in after[0]["exercise"]["checks"]] == [2, 4, 0]
    assert after[3]["exercise"] == {
        "id": "new",
        "title": "New",
        "solution": "x = 1\n",
        "misconceptions": [{"id": "m", "wrong": "x", "say": "y"}],
    }
    assert to_yaml(to_notebook(written)) == written


#: Each comment says what it speaks of: a word of the line that it is beside, next above or next below. A `part` is
#: a heading of its own.
REMARKS = """\
# above loops
id: loops
title: Loops  # beside Loops
# above cells
cells:  # beside cells
  # above markdown
  - markdown: |  # beside markdown
      Words
  # below Words

  # part 1

  # above exercise
  - exercise:  # beside exercise
      # above one
      id: one
      points: 2  # beside points
      # above statement
      statement: A task.  # beside statement
      starter: |  # beside starter
        def first(xs): ...

      # part 2

      # above solution
      solution: >-  # beside solution
        def first(xs): return xs[0]
      checks:  # beside checks
        # above [1]
        - call: first([1])
          equals: 1  # beside equals
          # below equals
        # above [2]
        - {call: "first([2])", equals: 2}  # beside [2]

        # part 3

        # above [3]
        - call: first([3])
          equals: 3
      # above hints
      hints:
        # above 0
        - Look at 0.  # beside 0
        # above begin
        - "Where does it begin?"  # beside begin
          # below begin
      # below it

  # part 4

  # above ys
  - code: ys = [1]  # beside ys
    fails: true  # beside fails

  # above exercise
  - exercise:
      id: two
      statement: Two.
      checks:
        - call: second()
# part 5
"""


def remarks(text: str) -> list[str]:
    """Its comments. Fails if one stands not at what it speaks of."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        _, hash, comment = line.partition("# ")
        place, _, word = comment.partition(" ")
        if hash and place != "part":
            bare = [one for one in lines[number:] if one.strip() and not one.lstrip().startswith("#")]
            above = [one for one in lines[:number] if one.strip() and not one.lstrip().startswith("#")]
            at = {
                "beside": line.partition("#")[0],
                "above": bare[0] if bare else "",
                "below": above[-1] if above else "",
            }
            assert word in at[place] or word == "it", text
        found += [comment] * bool(hash)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_comments_stay_with_what_they_speak_of(seed: int) -> None:
    """Cells moved, also to another exercise, put in and changed: no comment goes, and none comes to another line."""
    chance = random.Random(seed)
    notebook = to_notebook(REMARKS)
    cells = notebook["cells"]
    for _ in range(chance.randint(1, 4)):
        role = chance.choice(["check", "hint", "text", "given", "solution", "statement"])
        at = chance.choice([n for n, one in enumerate(cells) if one["metadata"][KEY]["role"] == role])
        if role in ("check", "hint"):
            end = chance.choice([n for n, one in enumerate(cells) if one["metadata"][KEY]["role"] == "check"])
            cells.insert(end, cells.pop(at))
            cells.insert(end + chance.randint(0, 1), cell("check", f"call: f({seed})"))
        elif role in ("text", "given"):
            cells.append(cells.pop(at))
        elif role == "solution":
            cells.append(cells.pop(at))
        else:
            of(notebook, role)["source"] = "Another task:\nit is long" if seed % 2 else "task: b"
    written = to_yaml(notebook)
    assert sorted(remarks(written)) == sorted(remarks(REMARKS)), written
    assert to_yaml(to_notebook(written)) == written


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.full
def test_a_comment_may_stand_anywhere(seed: int) -> None:
    """However it is indented: untouched it comes back as it is, and it is still there where checks and hints move."""
    chance = random.Random(seed)
    lines = chance.choice(UNITS[:12]).read_text("utf-8").splitlines(keepends=True)
    wanted = read_yaml("".join(lines)).plain()
    for number in range(8):
        at = chance.randrange(len(lines))
        tried = [*lines[:at], f"{' ' * chance.choice(range(0, 14, 2))}# comment {number}\n", *lines[at:]]
        with suppress(Unreadable):
            lines = tried if read_yaml("".join(tried)).plain() == wanted else lines
    notebook = to_notebook("".join(lines))
    assert to_yaml(notebook) == "".join(lines)
    cells = notebook["cells"]
    for role in ("check", "hint", "check"):
        at, to = (
            chance.choice([n for n, one in enumerate(cells) if one["metadata"][KEY]["role"] == role]) for _ in "12"
        )
        cells.insert(to, cells.pop(at))
    written = to_yaml(notebook)
    counted = [sorted(re.findall(r"^ *# (comment \d)$", text, re.M)) for text in ("".join(lines), written)]
    assert counted[0] == counted[1] and to_yaml(to_notebook(written)) == written


@pytest.mark.parametrize("role", ["text", "solution", "check", "hint", "given"])
def test_what_is_deleted_takes_its_own_comments_along_alone(role: str) -> None:
    notebook = to_notebook(REMARKS)
    own = {"text": "markdown", "solution": "solution", "check": "[1]", "hint": "0", "given": "ys"}[role]
    notebook["cells"].remove(of(notebook, role))
    gone = {*remarks(REMARKS)} - {*remarks(to_yaml(notebook))}
    more = {"text": {"below Words"}, "check": {"beside equals", "below equals"}, "given": {"beside fails"}}
    assert gone | {f"beside {own}"} == {f"above {own}", f"beside {own}"} | more.get(role, set())


def test_a_comment_in_a_cell_of_settings_is_written_and_comes_back() -> None:
    notebook = to_notebook(REMARKS)
    for role in ("unit", "exercise"):
        of(notebook, role)["source"] = f"# new\n{of(notebook, role)['source']}\n# last"
    again = to_notebook(to_yaml(notebook))
    assert of(again, "unit")["source"] == "id: loops\ntitle: Loops  # beside Loops\n# last"
    assert of(again, "exercise")["source"] == of(notebook, "exercise")["source"]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_written_into_cells_is_there_again(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(UNITS[:12]).read_text("utf-8")
    notebook, wanted = to_notebook(text), []
    for one in notebook["cells"]:
        if one["cell_type"] != "raw" and chance.random() < 0.2:
            one["source"] = chance.choice(HARD)
        wanted.append((one["metadata"][KEY]["role"], one["source"].rstrip("\n")))
    after = [(one["metadata"][KEY]["role"], one["source"]) for one in to_notebook(to_yaml(notebook))["cells"]]
    assert after == [(role, source) for role, source in wanted if source.strip()]


def test_a_unit_begins_in_an_empty_list() -> None:
    notebook = to_notebook("id: one\ntitle: One\ncells: []\n")
    notebook["cells"] += [cell("exercise", EXERCISE), cell("statement", "Do it."), cell("check", "call: f()")]
    assert to_yaml(notebook) == (
        "id: one\ntitle: One\ncells:\n  - exercise:\n      id: new\n      title: New\n"
        "      statement: |\n        Do it.\n      checks:\n        - call: f()\n"
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([cell("hint", "x")], "Cell 2 (hint): it stands above all exercises"),
        ([cell("exercise", EXERCISE), *[cell("solution", "x")] * 2], "Cell 4 (solution): the exercise has a solution"),
        ([cell("exercise", "id: a\nid: b")], "Cell 2 (exercise): line 2: `id` is here twice"),
        ([cell("exercise", EXERCISE), cell("check", "call: f(\nequals")], "Cell 3 (check): line "),
        ([cell("exercise", EXERCISE), cell("check", "f(1)")], "Cell 3 (check): it has no keys"),
        ([cell("exercise", "hints: [a]"), cell("hint", "x")], "Cell 2 (exercise): `hints` has cells of its own"),
        ([cell("unit", "id: x")], "The unit's settings must stand in one cell"),
        ([cell("nonsense", "x")], "Cell 2 has no role"),
    ],
)
def test_what_cannot_be_written_is_refused_and_named(cells: list[dict[str, Any]], said: str) -> None:
    notebook = to_notebook("id: one\ntitle: One\ncells: []\n")
    notebook["cells"] += cells
    with pytest.raises(CellUnfit, match="^" + said.replace("(", r"\(").replace(")", r"\)")):
        to_yaml(notebook)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("just words", 1),
        ("id: a\ncells: [{markdown: x}]", 2),
        ("id: a\ncells:\n  - markdown: &a x\n  - markdown: *a", 3),
        ("id: a\ncells:\n  - exercise: {id: x}", 3),
        ("id: a\ncells:\n  - nothing: x", 3),
        ("id: a\ncells:\n  - markdown: [", 3),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Unreadable) as refused:
        to_notebook(text)
    assert refused.value.line == line
