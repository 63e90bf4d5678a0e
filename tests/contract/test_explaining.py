"""Programs of learners and of attackers, run in the real sandbox and explained."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from absent import skip

from codegym_jlab.course.loader import load_course
from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable
from codegym_jlab.sandbox.levels import open_sandbox
from codegym_jlab.tutor.agents.base import Asked
from codegym_jlab.tutor.agents.error import error_told
from codegym_jlab.tutor.explain import Explanation, explain_source
from codegym_jlab.tutor.explain.run import seen_in
from codegym_jlab.tutor.locale import names
from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.triage import triage

Run = Callable[[Callable[[Sandbox], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(scope="module", params=["namespaces", "confined"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Does something with a sandbox of that level."""
    with asyncio.Runner() as runner:
        try:
            sandbox = runner.run(open_sandbox(request.param))
        except SandboxUnavailable as problem:
            skip(problem)
        yield lambda do: runner.run(do(sandbox))
        runner.run(sandbox.close())


def explained(run: Run, source: str) -> Explanation:
    found: Explanation = run(lambda sandbox: explain_source(sandbox, source))
    return found


async def _all(sandbox: Sandbox, cases: list[dict[str, Any]]) -> list[Explanation]:
    gate = asyncio.Semaphore(3)

    async def one(case: dict[str, Any]) -> Explanation:
        async with gate:
            return await explain_source(sandbox, case["code"])

    work: list[Awaitable[Explanation]] = [one(case) for case in cases]
    return await asyncio.gather(*work)


def is_right(case: dict[str, Any], found: Explanation) -> tuple[bool, bool]:
    """Line and cause, as the exam counts them."""
    lines = [case["line"], *case.get("also_lines", [])]
    causes = [case["cause"], *case.get("also_cause", [])]
    return found.line in lines, found.cause in causes


@pytest.mark.parametrize("name", ["first", "second", "unseen", "later", "last"])
@pytest.mark.full
def test_of_learners_programs_most_are_explained_rightly(run: Run, name: str) -> None:
    text = (Path(__file__).parents[2] / "evals" / "errors" / f"{name}.yaml").read_text(encoding="utf-8")
    cases = yaml.safe_load(text)
    found = run(lambda sandbox: _all(sandbox, cases))
    lines, causes = zip(*map(is_right, cases, found), strict=True)
    assert sum(lines) >= 0.9 * len(cases) and sum(causes) >= 0.85 * len(cases), (sum(lines), sum(causes), len(cases))
    assert all(len(f.text.split()) <= 160 and f.cause in names("explain.title") for f in found)


HOSTILE = {
    "an endless loop": ["while True:", "    pass"],
    "a flood of output": ["while True:", "    print('x' * 10000)"],
    "all memory": ["x = []", "while True:", "    x.append(bytearray(10 ** 7))"],
    "the end of Python": ["import os", "os._exit(0)"],
    "a quiet end": ["raise SystemExit"],
    "its own end by a signal": ["import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"],
    "many processes": ["import os", "while True:", "    os.fork()"],
    "words on the channel": [
        "import os",
        "for n in range(3, 60):",
        "    try: os.write(n, b'{}')",
        "    except OSError: pass",
    ],
    "a class with a loud text": [
        "class E(Exception):",
        "    def __str__(self):",
        "        while True: pass",
        "raise E",
    ],
    "a text of ten megabytes": ["raise ValueError('y' * 10 ** 7)"],
    "a class whose name lies": [
        "E = type('`x` ![](http://evil.example)\\n# h', (Exception,), {})",
        "raise E('`' * 50)",
    ],
    "a name that is no text": [
        "class M(type):",
        "    __name__ = property(lambda c: 1 / 0)",
        "class E(Exception, metaclass=M): pass",
        "raise E",
    ],
    "a borrowed traceback": [
        "def f(): 1 / 0",
        "try: f()",
        "except Exception as e: t = e.__traceback__",
        "raise ValueError('no').with_traceback(t)",
    ],
    "a traceback that lies": ["e = KeyError('k')", "e.__traceback__ = None", "raise e from e"],
    "locals that fight": [
        "class L:",
        "    def __repr__(self): 1 / 0",
        "    def __len__(self): 1 / 0",
        "    __class__ = property(lambda s: 1 / 0)",
        "x = L()",
        "undefined_name",
    ],
    "builtins that were replaced": ["import builtins", "builtins.repr = builtins.len = None", "x = [1]", "x.nothing"],
    "a deep recursion": ["def f(): f()", "f()"],
    "half a character": ["print('\ud800')"],
    "nothing": [""],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_programs_get_a_sane_explanation(run: Run, what: str) -> None:
    source = "\n".join(HOSTILE[what]) + "\n"
    found = explained(run, source)
    assert 1 <= found.line <= source.count("\n") + 1
    assert found.cause in names("explain.title")
    assert len(found.text) < 1500 and "\n" not in found.text
    outside = "".join(found.text.split("`")[::2])
    assert "http" not in outside and found.text.count("`") % 2 == 0


def test_after_all_that_the_sandbox_still_answers(run: Run) -> None:
    found = explained(run, "text = 'a'\nprint(text.uper())\n")
    assert (found.line, found.cause) == (2, "attribute_typo")


def test_the_lines_on_the_way_come_back(run: Run) -> None:
    source = "def f(plan, key):\n    return plan[key]\n\nf({1: 'a'}, '1')\n"
    seen = run(lambda sandbox: seen_in(sandbox, source))
    assert [step.line for step in seen.steps] == [4, 2]


def test_columns_of_a_table_are_named(run: Run) -> None:
    found = explained(run, "import pandas as pd\ndf = pd.DataFrame({'Age': [3]})\nprint(df['age'])\n")
    assert found.cause == "keyerror_column"
    assert "'Age'" in found.text


def test_what_a_notebook_reads_is_read_here_too(run: Run) -> None:
    found = explained(run, "%matplotlib inline\nimport math\nprint(math.squrt(4))\n")
    assert (found.line, found.cause) == (3, "attribute_typo")


def test_await_at_the_top_is_a_notebooks_right_and_a_scripts_mistake(run: Run) -> None:
    source = "import asyncio\nasync def f():\n    return 1\nprint(await f() + 'x')\n"
    assert explained(run, source).cause == "str_plus_int"


async def _while_it_thinks(sandbox: Sandbox) -> bool:
    """Whether others are served while a cell is explained whose error is known, so that nothing is run."""
    situation = Situation(source="print(totl)\n", last_error="line 1\nNameError: name 'totl' is not defined")
    course = load_course(Path(__file__).parents[2] / "courses" / "python-basics").course
    assert course is not None
    message = "what does the error mean?"
    asked = Asked(message, situation, triage(message, situation), course, sandbox=sandbox)
    thinking = asyncio.create_task(error_told(asked))
    await asyncio.sleep(0)  # it begins
    served = not thinking.done()
    found = await thinking
    assert found is not None and found.reply.line == 1
    return served


def test_a_server_does_other_things_while_a_cell_is_explained(run: Run) -> None:
    assert run(_while_it_thinks)
