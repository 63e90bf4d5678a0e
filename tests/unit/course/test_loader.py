"""A folder of YAML becomes a course, and every mistake one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegym_jlab.course.loader import LoadedCourse, load_course

from .conftest import COURSE, LOOPS, Write

HEAD = "id: loops\ntitle: Loops\ncells:\n"
EXERCISE = """\
  - exercise:
      id: one
      title: One
      statement: Write it.
      solution: x = 1
      checks:
"""


def lines(loaded: LoadedCourse) -> list[str]:
    return [str(error) for error in loaded.errors]


def test_a_whole_course(loaded: LoadedCourse) -> None:
    assert lines(loaded) == []
    assert not loaded.broken and loaded.course is not None
    assert [e.id for u in loaded.course.units for e in u.exercises] == ["sum-even", "largest"]
    unit, exercise = loaded.find("sum-even")
    assert (unit.id, exercise.points, exercise.hints) == ("loops", 2, ("SENTINEL-HINT",))
    assert loaded.limits("sum-even").seconds == 2
    with pytest.raises(KeyError):
        loaded.find("nothing")


def test_five_planted_mistakes_give_five_errors(write: Write) -> None:
    text = (
        LOOPS.replace("points: 2", "ponits: 2")
        .replace("equals: 6", "equals: 6\n          close_to: 6")
        .replace("return max(xs)", "return max(xs")
        .replace("id: sums-odd", "id: Sums odd")
        .replace("- markdown: Between.", "- markdwn: Between.")
    )
    assert lines(write(loops=text)) == [
        "loops.yaml:9: sum-even: `ponits` is not a key here; did you mean `points`?",
        "loops.yaml:21: sum-even: `equals` and `close_to` are two outcomes; keep one of them, or write two checks",
        "loops.yaml:28: sum-even: `id`: `Sums odd` is no id; use small letters, digits, `-` and `_`, a letter first: "
        "`sums-odd`",
        "loops.yaml:31: `markdwn` is not a key here; did you mean `markdown`?",
        "loops.yaml:41: largest: `solution` is no Python: '(' was never closed; correct this line",
    ]


@pytest.mark.parametrize(
    ("check", "line", "says"),
    [
        ("- {call: f(1, 2), equals: 3}", 12, 'quote this text: it contains a comma (`call: "f(1, 2)"`)'),
        (
            "- call: f()\n          hidden: true",
            13,
            "where text belongs; write what this test looks at: `hidden: an empty list`",
        ),
        ("- call: f()\n          hidden:", 13, "`hidden` is empty; write what this test looks at"),
        ("- call: f()\n          hidden: ''", 13, "`hidden` is empty; write what this test looks at"),
        ("- call: f()\n          weight: -1", 13, "`weight` is `-1`; write a number of at least 0"),
        ("- call: f()\n          weight: heavy", 13, "`weight` is text, where a number belongs"),
        ("- call: f(", 12, "`call` is no Python"),
        ("- call: x = 1", 12, "`call` is a statement, no expression; use `run`"),
        ("- call: |\n            f(1) +\n              * 2", 13, "`call` is no Python"),
        ("- run: |\n            x = 1\n            y = = 2\n          prints: a", 14, "`run` is no Python"),
        ("- run: f()\n          equals: 3", 13, "a `run` has no value"),
        ("- call: f()\n          run: g()", 13, "`call` and `run` are two actions"),
        ("- equals: 3", 12, "this check does nothing; write `call: an expression`"),
        ("- call: f()\n          raises: {type: ValueError, match: '('}", 13, "`match` is no regular expression"),
        ("- call: f()\n          raises: not a type", 13, "is no name of an exception"),
        ("- call: f()\n          close_to: near", 13, "`close_to` holds 'near', which is no number"),
        ("- call: f()\n          count: 3", 13, "`count` goes with `random`"),
        ("- call: f()\n          equals_expr: (1,", 13, "`equals_expr` is no Python"),
        ("- call: f()\n          reveal: all", 13, "`reveal` is `all`; write `verdict`"),
        ("- call: f()\n          equals: 1\n          equals: 2", 14, "`equals` is here twice (first in line 13)"),
        ("- f()", 12, "this is no mapping"),
        ("- call: f()\n          expected: 3", 13, "`expected` is not a key here; did you mean `equals`?"),
        ("- call: f()\n          equals: (1, 2)", 13, "no Python value; write `equals_expr:`"),
        ("- call: f()\n          equals: [(1, 2), (3, 4)]", 13, "no Python value; write `equals_expr:`"),
        ("- call: f()\n          equals: None", 13, "write `equals: null`"),
        ("- call: f()\n          close_to: 2\n          tolerance: 5%", 14, "without quotes or `%`: `tolerance: 0.05`"),
        ("- call: f()\n          close_to: 2\n          tolerance: x", 14, "without quotes or `%`: `tolerance: 0.5`"),
    ],
)
def test_mistakes_in_a_check(write: Write, check: str, line: int, says: str) -> None:
    loaded = write(loops=HEAD + EXERCISE + "        - call: x\n          equals: 1\n        " + check + "\n")
    found = lines(loaded)
    assert len(found) == 1, found
    assert found[0].startswith(f"loops.yaml:{line}: one: ")
    assert says in found[0]
    _, exercise = loaded.find("one")
    assert len(exercise.checks) == 1  # the bad one is left out, the other runs


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("      points: 2\n", "      points: -1\n", 9, "sum-even: `points` is `-1`; write a number of at least 0"),
        ("      points: 2\n", "      points: many\n", 9, "sum-even: `points` is text, where a number belongs"),
        (
            "title: Sum of the even numbers",
            "title: 12",
            8,
            '`title` is a number (`12`), where text belongs; put it in quotes: `title: "12"`',
        ),
        (
            "id: sum-even",
            "id: Sum Even",
            7,
            "`Sum Even` is no id; use small letters, digits, `-` and `_`, a letter first: `sum-even`",
        ),
        ("      title: Sum of the even numbers\n", "", 7, "sum-even: `title` is missing; write `title: …`"),
        (
            "      title: Sum of the even numbers\n",
            "      titel: Sum\n",
            8,
            "sum-even: `titel` is not a key here; did you mean `title`?",
        ),
        ("concepts: [for loops, modulo]", "concepts: loops", 10, "`concepts` is text, where a list belongs"),
        ("        - SENTINEL-HINT\n", "        - 3\n", 25, "item 1 of `hints` is a number (`3`), where text belongs"),
        (
            "      hints:\n        - SENTINEL-HINT\n",
            "      hints:\n",
            24,
            "`hints` is empty; write a value, or leave the key out",
        ),
        ("          say: SENTINEL-SAY\n", "", 27, "`say` is missing"),
        (
            "      points: 2\n",
            "      points: 2\n      uses: [largst]\n",
            10,
            "`uses` names `largst`, which is not above it here",
        ),
        ("      points: 2\n", "      answer: essay\n", 9, "`answer` is `essay`; write `code`"),
        ("      points: 2\n", "      limits: {seconds: 0}\n", 9, "`seconds` is `0`; write a number above 0"),
        (
            "      points: 2\n",
            "      policy: {due: 2026-10-27}\n",
            9,
            "`2026-10-27` is a date without a time; write the time too: `2026-10-27T23:59`",
        ),
        (
            "      points: 2\n",
            "      policy: {grace: 10 minutes}\n",
            9,
            "`10 minutes` is no duration; write an ISO 8601 duration",
        ),
        ("      points: 2\n", "      rubric: [{id: a, points: 3, text: x}]\n", 9, "the rubric gives 3 points of 1"),
        ("id: loops", "id: loop", 1, "the id `loop` is not the file's name; write `id: loops`"),
        (
            "id: largest",
            "id: sum-even",
            32,
            "sum-even: the id `sum-even` is taken; give it another (first in loops.yaml:7)",
        ),
    ],
)
def test_mistakes_in_a_unit(write: Write, old: str, new: str, line: int, says: str) -> None:
    assert old in LOOPS
    loaded = write(loops=LOOPS.replace(old, new, 1))
    found = lines(loaded)
    assert len(found) == 1, found
    assert found[0].startswith(f"loops.yaml:{line}: ")
    assert says in found[0]
    assert "\n" not in found[0]
    assert not loaded.broken
    assert loaded.find("largest" if "largest" not in old else "sum-even")


def test_all_errors_at_once_and_the_rest_runs(write: Write) -> None:
    text = LOOPS.replace("points: 2", "points: none").replace("weight", "w").replace("title: Loops", "titles: Loops")
    loaded = write(loops=text, course=COURSE + "kernell: x\nfiles: [nothing/*.csv]\n")
    assert [line.split(" ")[0] for line in lines(loaded)] == [
        "course.yaml:5:",
        "course.yaml:6:",
        "loops.yaml:2:",
        "loops.yaml:9:",
    ]
    assert loaded.find("sum-even")[1].points == 1


def test_broken_units_take_no_other_down(write: Write) -> None:
    loaded = write(course=COURSE.replace("[loops]", "[broken, loops, gone]"), broken="id: broken\n  x: [\n")
    assert loaded.course is not None and [unit.id for unit in loaded.course.units] == ["loops"]
    assert lines(loaded)[0].startswith("course.yaml:4: there is no file `gone.yaml`")
    assert lines(loaded)[1].startswith("broken.yaml:2: ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "id: x",
        "schema: 2\nid: x\ntitle: x\nunits: [loops]",
        COURSE.replace("id: basics", "id: ''"),
        "a: [",
        "\x00",
    ],
)
def test_a_course_that_cannot_be_used(write: Write, text: str) -> None:
    loaded = write(course=text)
    assert loaded.broken
    assert loaded.errors
    assert loaded.title


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_bytes(b"schema: 1\nid: \xff\xfe\n")
    assert lines(load_course(tmp_path)) == ["course.yaml:2: this is not UTF-8 text; save the file as UTF-8"]
    assert load_course(tmp_path / "nowhere").broken


def test_paths_cannot_leave_the_course(tmp_path: Path, write: Write) -> None:
    (tmp_path / "evil.yaml").write_text(LOOPS.replace("id: loops", "id: evil"))
    (tmp_path / "secret.csv").write_text("x")
    write()
    home = tmp_path / "basics"
    (home / "linked.yaml").symlink_to(tmp_path / "evil.yaml")
    (home / "linked.csv").symlink_to(tmp_path / "secret.csv")
    course = COURSE.replace("[loops]", "[loops, ../evil, linked, /etc/passwd]")
    loaded = write(course=course + "files: [../*.csv, linked.csv, /etc/passwd, '*.yaml', course.yaml]\n")
    assert loaded.course is not None and [unit.id for unit in loaded.course.units] == ["loops"]
    assert loaded.data_files == ()
    told = "\n".join(lines(loaded))
    assert "the unit `../evil` leaves the folder" in told
    assert "the unit `linked` is a link out of the folder" in told
    assert "the unit `/etc/passwd` is an absolute path" in told
    assert "`../*.csv` leaves the folder" in told
    assert "`linked.csv` would be given to students" in told
    assert "`loops.yaml` would be given to students" in told


def test_data_files(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "basics" / "data").mkdir()
    (tmp_path / "basics" / "data" / "a.csv").write_text("1")
    loaded = write(course=COURSE + "files: [data/*.csv]\n")
    assert [name for name, _ in loaded.data_files] == ["data/a.csv"]
    before = loaded.digest
    (tmp_path / "basics" / "data" / "a.csv").write_text("2")
    assert load_course(tmp_path / "basics").digest != before


def test_a_pipe_does_not_hang_the_loader(tmp_path: Path, write: Write) -> None:
    write()
    os.mkfifo(tmp_path / "basics" / "pipe.yaml")
    assert "there is no file" in lines(write(course=COURSE.replace("[loops]", "[loops, pipe]")))[0]


def test_digests(write: Write) -> None:
    first = write()
    again = write(loops="# a comment\n" + LOOPS.replace("equals: 6", "equals:   6"))
    assert (first.digest, first.unit_digests["loops"]) == (again.digest, again.unit_digests["loops"])
    other = write(loops=LOOPS.replace("equals: 6", "equals: 6.0"))
    assert other.unit_digests["loops"] != first.unit_digests["loops"]
    assert (
        write(loops=LOOPS.replace("equals: 6", "equals: {1: a}")).digest
        != write(loops=LOOPS.replace("equals: 6", 'equals: {"1": a}')).digest
    )


def test_other_kernels_know_run_and_prints_only(write: Write) -> None:
    text = HEAD.replace("cells:", "kernel: ir\ncells:") + "  - code: x <- 1\n" + EXERCISE.replace("x = 1", "x <- 1")
    loaded = write(
        loops=text + "        - run: print(x)\n          prints: '[1] 1'\n        - call: x\n          equals: 1\n"
    )
    assert lines(loaded) == [
        "loops.yaml:14: one: with the kernel `ir` a check is `run` with `prints`; "
        "write it so, or use the kernel `python3`"
    ]
    assert len(loaded.find("one")[1].checks) == 1
    check = "        - run: print(x)\n          prints: '[1] 1'\n"
    loaded = write(loops=text + check + check.replace("prints", "stdin: a\n          prints"))
    assert lines(loaded) == [
        "loops.yaml:14: one: with the kernel `ir` a check is `run` with `prints`, without `stdin`; "
        "write it so, or use the kernel `python3`"
    ]
    rules = text + check + "      forbids: {loops: true}\n"
    assert lines(write(loops=rules)) == ["loops.yaml:14: one: `forbids` reads Python, not the kernel `ir`; take it out"]


def test_ipython_is_allowed_where_students_see_it(write: Write) -> None:
    lines_of = "%matplotlib inline", "!ls", "x = %time 1", "len?", "await thing()"
    code = "  - code: |\n" + "".join(f"      {line}\n" for line in lines_of)
    code += "  - code: |\n      %%bash\n      ls -l\n"
    assert lines(write(loops=LOOPS.replace("cells:\n", "cells:\n" + code))) == []
    bad = LOOPS.replace("cells:\n", "cells:\n  - code: |\n      x = 1\n      def f(:\n")
    assert lines(write(loops=bad))[0].startswith("loops.yaml:6: `code` is no Python")


def test_an_exercise_of_a_units_name_has_its_own_line(write: Write) -> None:
    loaded = write(loops=LOOPS.replace("id: largest", "id: loops"))
    assert loaded.place_of("loops", "title") == ("loops.yaml", 33)
    assert loaded.place_of(None, "loops") == ("loops.yaml", 1)
    assert loaded.place_of(None, "loops", "numbers = [3, 1, 2]") == ("loops.yaml", 5)
