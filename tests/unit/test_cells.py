"""Cells as IPython reads them: what commands become, and that no line moves."""

from __future__ import annotations

import glob
import os
import sys
import time
from pathlib import Path

import pytest

from codegym_jlab.grading.grader import plan
from codegym_jlab.grading.grader.plan import CellUnreadable, python_text


def outcome(source: str) -> str:
    """What plain Python does with the text: its names, or the error with its line."""
    space: dict[str, object] = {}
    try:
        exec(compile(source, "cell", "exec"), space)
    except Exception as error:
        line = error.__traceback__.tb_next.tb_lineno  # type: ignore[union-attr]
        return f"{type(error).__name__} in line {line}: {error}"
    return repr({name: value for name, value in space.items() if not name.startswith("__")})


QUIET = [
    "%matplotlib inline\nx = 1",
    "x = 1\n%timeit x + 1",
    "%load_ext autoreload\n%autoreload 2\nx = 1",
    "x = 1\nx?\nx??\n?x\n??x",
    "%%time\nx = 1",
    "\n\n%%time\nx = 1",
    "%%capture\n%%time\nx = 1",
    "%time x = 1",
    "x = %time 0 + 1",
    "x = %matplotlib inline\nx = 1",
    "if True:\n    %matplotlib inline\n    x = 1",
    ">>> x = 1",
    "In [3]: x = 1",
    "    x = 1",
    "%config InlineBackend.figure_format = 'retina'\nx = 1",
]


@pytest.mark.parametrize("source", QUIET)
def test_a_harmless_command_does_nothing(source: str) -> None:
    assert outcome(python_text(source)) == "{'x': 1}"


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x = 1\n!ls -l", 2, "`!ls -l` runs a shell command; Check has no shell."),
        ("x = 1\n\n!!ls", 3, "`!!ls` runs a shell command; Check has no shell."),
        ("found = !ls \\\n  -l\n", 1, "`!ls    -l` runs a shell command; Check has no shell."),
        ("!pip install seaborn", 1, "`!pip install seaborn` installs a package;"),
        ("%pip install seaborn", 1, "`%pip` installs a package;"),
        ("\n%%bash\nls", 2, "`%%bash` runs a shell command; Check has no shell."),
        ("%%time\n%%bash\nls", 2, "`%%bash` runs a shell command"),
        ("%%writefile x.py\nprint(1)", 1, "`%%writefile` is a command of the notebook that Check does not know."),
        ("b = %env HOME", 1, "`%env` is a command of the notebook that Check does not know."),
        ("def f():\n    !ls\nf()", 3, "`!ls` runs a shell command"),
    ],
)
def test_any_other_command_raises_a_named_error_when_reached(source: str, line: int, words: str) -> None:
    assert outcome(python_text(source)).startswith(f"NotInCheck in line {line}: {words}")


def test_a_command_that_is_not_reached_does_no_harm() -> None:
    assert outcome(python_text("x = 1\nif x > 1:\n    !rm -rf /\n    %foo\n")) == "{'x': 1}"


def test_no_line_moves() -> None:
    source = "\n%matplotlib inline\n!ls \\\n -l \\\n -a\nx = %time 1 + \\\n 1\nprint?\nhere = 1\n"
    assert python_text(source).splitlines()[8] == "here = 1"


STAYS = ["x = 5 ?", "x = 7 %", "a = '''\n!ls\n%x\nwhy?\n'''", "if x:\n    y = 1\n  z = 2\n%time x"]


@pytest.mark.parametrize("source", STAYS)
def test_what_is_no_command_stays(source: str) -> None:
    assert python_text(source).rstrip("\n") == source


def test_python_without_commands_is_left_alone() -> None:
    """The quick way gives what IPython gives: every tenth file of the standard library, both ways."""
    library = os.path.dirname(os.__file__)
    for path in sorted(glob.glob(f"{library}/*.py"))[::10]:
        text = Path(path).read_text(encoding="utf-8")
        if len(text) < 60_000:
            assert python_text(text) == text
            assert plan._translate(text).rstrip("\n") == text.rstrip("\n")


@pytest.mark.parametrize(
    ("source", "words", "line"),
    [
        ("x = 1\n\0", "NUL", 2),
        ("x = 1\n\n'\ud800'", "half of a character", 3),
        ("x" * (plan.MAX_SOURCE + 1), "longer than", None),
        ("%x\n" * 20_000, "too much text with notebook commands", None),
    ],
)
def test_what_no_cell_can_hold_is_told(source: str, words: str, line: int | None) -> None:
    with pytest.raises(CellUnreadable, match=words) as told:
        python_text(source)
    assert told.value.line == line


HOSTILE = ["(" * 100_000, "!" * 100_000, "a" * 100_000 + "?\n", "%x " + "\\\n" * 50_000, "[" * 9999]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_text_is_read_in_bounded_time(source: str) -> None:
    start = time.process_time()
    python_text(source)
    assert time.process_time() - start < 5


def test_ipython_is_not_imported_for_plain_python() -> None:
    code = """import sys
from codegym_jlab.grading.grader.plan import python_text
python_text('x = 7 % 2\\nprint("why?")')
sys.exit('IPython' in sys.modules)"""
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0
