"""Which checks the author's wrong ideas fail is found once for all who ask, and anew where nothing could run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import evals
from codegym_jlab.course.loader import load_course
from codegym_jlab.records import CheckResult, Judgement, Score, Submission, Verdict
from codegym_jlab.sandbox.base import SandboxUnavailable
from codegym_jlab.tutor.misconceptions import WrongPatterns

pytestmark = pytest.mark.anyio
LOADED = load_course(Path(evals.__file__).parent / "course")
EXERCISE = LOADED.find("tide_gaps")[1]
SOURCE = EXERCISE.misconceptions[0].wrong
WRONG = Judgement(
    "j", "s", Verdict.WA, Score(0.0, 1.0), (), (CheckResult("c1", "one", False, Verdict.WA, 1.0),), 0, "", (), None,
    "", "", "", "", 0.0, datetime.now(UTC),
)  # fmt: skip


class Grader:
    """Fails each wrong idea at a check of its own; the first one at `c1`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False
        self.lost = False

    async def judge(self, _: Any, sent: Submission, **__: Any) -> Judgement:
        self.asked.append(sent.source)
        await asyncio.sleep(0)
        if self.lost:
            raise SandboxUnavailable("none")
        if self.away:
            return replace(WRONG, verdict=Verdict.JE, checks=())
        number = 1 + [one.wrong for one in EXERCISE.misconceptions].index(sent.source)
        return replace(WRONG, checks=(CheckResult(f"c{number}", "", False, Verdict.WA, 1.0),))


async def test_many_who_ask_at_once_have_each_idea_graded_once() -> None:
    grader = Grader()
    patterns: Any = WrongPatterns(grader)  # type: ignore[arg-type]
    first = asyncio.create_task(patterns.misconception(LOADED, EXERCISE, WRONG, SOURCE))
    asking = [asyncio.create_task(patterns.misconception(LOADED, EXERCISE, WRONG, SOURCE)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*asking) == [EXERCISE.misconceptions[0].id] * 3, "also where who asked first went away"
    assert len(grader.asked) == len(EXERCISE.misconceptions)


@pytest.mark.parametrize("fault", ["away", "lost"])
async def test_where_nothing_can_run_no_idea_is_known_yet(fault: str) -> None:
    grader = Grader()
    patterns: Any = WrongPatterns(grader)  # type: ignore[arg-type]
    setattr(grader, fault, True)
    assert await patterns.misconception(LOADED, EXERCISE, WRONG, SOURCE) is None
    setattr(grader, fault, False)
    assert await patterns.misconception(LOADED, EXERCISE, WRONG, SOURCE) == EXERCISE.misconceptions[0].id


def failed(*results: tuple[str, str]) -> Judgement:
    """A judgement of these checks: what each got in place of what was wanted, "" where it passed."""
    verdicts = {"": Verdict.AC}
    checks = (CheckResult(id, "", False, verdicts.get(got, Verdict.WA), 1.0, got=got) for id, got in results)
    return replace(WRONG, checks=tuple(checks))


async def test_an_idea_is_known_by_what_comes_of_it() -> None:
    class One(Grader):
        async def judge(self, _: Any, sent: Submission, **__: Any) -> Judgement:
            return failed(("c1", "3"), ("c2", ""))

    patterns: Any = WrongPatterns(One())  # type: ignore[arg-type]
    idea = EXERCISE.misconceptions[0].id

    async def known(*results: tuple[str, str]) -> str | None:
        found: str | None = await patterns.misconception(LOADED, EXERCISE, failed(*results), SOURCE)
        return found

    assert await known(("c1", "3"), ("c2", "")) == idea
    assert await known(("c1", "3")) == idea, "also where the rest was not run"
    assert await known(("c1", "4"), ("c2", "")) is None, "it fails the same check, in another way"
    assert await known(("c1", "3"), ("c2", "8")) is None
    early = EXERCISE.solution.replace("    return", "        return")
    for source in (early, early.replace("gaps", "found") + "print(1)\n"):
        other = await patterns.misconception(LOADED, EXERCISE, failed(("c1", "3")), source)
        assert other is None, "it has the solution's lines: what is wrong is another thing"


class One(Grader):
    """Every answer gets a 3 at `c1`."""

    async def judge(self, _: Any, sent: Submission, **__: Any) -> Judgement:
        return failed(("c1", "3"))


async def test_an_idea_that_prints_is_not_told_of_a_function_that_only_computes() -> None:
    patterns: Any = WrongPatterns(One())  # type: ignore[arg-type]
    shown = "def half(n):\n    print(n / 2)\n"
    exercise = replace_ideas(EXERCISE, shown).model_copy(update={"solution": "def half(n):\n    return n / 2\n"})
    for source, told in ((shown, "adds"), ("def half(n):\n    n / 2\n\nprint(half(3))\n", None)):
        assert await patterns.misconception(LOADED, exercise, failed(("c1", "3")), source) == told


async def test_an_idea_that_adds_a_call_is_not_told_of_code_without_it() -> None:
    patterns: Any = WrongPatterns(One())  # type: ignore[arg-type]
    exercise = replace_ideas(EXERCISE, EXERCISE.solution.replace("heights[1:]", "sorted(heights)[1:]"))
    for source, told in (
        (exercise.misconceptions[0].wrong.replace("gaps", "found"), "adds"),
        (EXERCISE.solution.replace("zip(heights, heights[1:])", "enumerate(abs(one) for one in heights)"), None),
    ):
        assert await patterns.misconception(LOADED, exercise, failed(("c1", "3")), source) == told


@pytest.mark.parametrize(
    ("solution", "wrong", "other"),
    [
        (
            "y = int(input())\nprint(y % 4 == 0 and y % 100 != 0 or y % 400 == 0)\n",
            "y = int(input())\nprint(y % 4 == 0 and y % 100 != 0)\n",
            "y = int(input())\nok = y % 4 == 0 or y % 400 == 0\nif y % 100 == 0:\n    ok = False\nprint(ok)\n",
        ),
        (
            "def clean(s):\n    s = s.strip()\n    return s\n",
            "def clean(s):\n    s.strip()\n    return s\n",
            "def clean(s):\n    if s[0] == None:\n        s = s[1:]\n    return s\n",
        ),
    ],
)
async def test_an_idea_is_not_told_of_code_that_has_what_it_leaves_out_or_loses_nothing(
    solution: str, wrong: str, other: str
) -> None:
    patterns: Any = WrongPatterns(One())  # type: ignore[arg-type]
    exercise = replace_ideas(EXERCISE, wrong).model_copy(update={"solution": solution})
    for source, told in ((wrong, "adds"), (other, None)):
        assert await patterns.misconception(LOADED, exercise, failed(("c1", "3")), source) == told


def replace_ideas(exercise: Any, wrong: str) -> Any:
    """An exercise with this one wrong idea."""
    idea = exercise.misconceptions[0].model_copy(update={"id": "adds", "wrong": wrong})
    return exercise.model_copy(update={"misconceptions": [idea]})
