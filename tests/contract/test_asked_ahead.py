"""Samples go to the process in one message with the answer cell: what comes of it is what comes of asking later."""

from __future__ import annotations

import pytest
from contract.classroom import Classroom, course_of
from contract.test_last_check import LIMITS, ODD, odd_at

from codegym_jlab.course.loader import LoadedCourse

KINDS = ("right", "raises", "exits", "ends itself", "kills its parent", "is loud", "forks", "speaks out of turn")
CELLS = {
    "fails": "1 / 0",
    "is no program": "def g(",
    "exits": "import os; os._exit(3)",
    "prints": "print('seen')",
    "looks for others": "import gc; print([o for o in gc.get_objects() if type(o) is dict and 'f' + '(2)' in f'{o}'])",
}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> list[LoadedCourse]:
    """The second looks at the answer's syntax, and asks nothing before that is done."""
    checks = [{"call": f"f({n})", **({"hidden": f"of {n}"} if n > 1 else {})} for n in (0, 1, 2, 3)]
    ways: list[dict[str, object]] = [{}, {"forbids": {"imports": ["turtle"]}}]
    return [course_of(tmp_path_factory.mktemp("course"), {"checks": checks, "limits": LIMITS, **way}) for way in ways]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_judged_as_when_it_is_asked_later(room: Classroom, ways: list[LoadedCourse], kind: str) -> None:
    for number in (0, 1):
        ahead, later = (odd_at(room, course, ODD[kind], number).judgement for course in ways)
        facts = [[(c.verdict, c.stdout, c.failure) for c in one.checks] for one in (ahead, later)]
        assert facts[0] == facts[1] and ahead.verdict == later.verdict
        assert [c.verdict for c in ahead.checks[2:]] == ["AC", "AC"]


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_that_does_something_of_its_own(room: Classroom, ways: list[LoadedCourse], kind: str) -> None:
    ahead, later = (room.judge(way, "task", f"def f(x): return x\n{CELLS[kind]}").judgement for way in ways)
    assert (ahead.verdict, ahead.stdout, ahead.failure) == (later.verdict, later.stdout, later.failure)
    assert [(c.verdict, c.stdout) for c in ahead.checks] == [(c.verdict, c.stdout) for c in later.checks]
    if kind == "looks for others":
        assert ahead.stdout == "[]\n"
