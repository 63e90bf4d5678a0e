"""An answer that only runs out of time is given less of it, and one that is merely slow loses nothing by that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of, open_classroom

#: Says how much time it has for arguments from 10 on, and never ends for others.
TELLS = "import signal\ndef f(x):\n    while x < 10: pass\n    return signal.getitimer(signal.ITIMER_PROF)[0]"
SECONDS = 0.4
WHOLE, PART = f"result > {SECONDS / 2}", f"result < {SECONDS / 2}"  # the kernel counts in ticks


@pytest.fixture(scope="module", params=["namespaces", "confined"])
def room(request: pytest.FixtureRequest) -> Iterator[Classroom]:
    classroom = open_classroom(request.param)
    yield classroom
    classroom.close()


def verdicts(room: Classroom, folder: Path, *checks: tuple[int, str]) -> list[str]:
    """Of checks f(x), by what the time given to each has to satisfy."""
    wanted = [{"call": f"f({x})", "satisfies": text, "hidden": str(n)} for n, (x, text) in enumerate(checks)]
    limits = {"seconds": SECONDS, "total_s": 30}
    loaded = course_of(folder, {"checks": wanted, "limits": limits, "solution": "def f(x): return 0.01"})
    return room.judge(loaded, "task", TELLS).verdicts


def test_after_two_that_ran_out_of_time_a_check_gets_a_quarter(room: Classroom, tmp_path: Path) -> None:
    assert verdicts(room, tmp_path, (1, PART), (2, PART), (10, PART)) == ["TLE", "TLE", "AC"]


def test_one_that_ends_in_time_brings_the_whole_time_back(room: Classroom, tmp_path: Path) -> None:
    found = verdicts(room, tmp_path, (1, PART), (2, PART), (10, PART), (3, PART), (4, PART), (11, WHOLE))
    assert found == ["TLE", "TLE", "AC", "TLE", "TLE", "AC"]


def test_an_answer_of_which_a_check_ended_in_time_keeps_the_whole_time(room: Classroom, tmp_path: Path) -> None:
    assert verdicts(room, tmp_path, (10, WHOLE), (1, PART), (2, PART), (11, WHOLE)) == ["AC", "TLE", "TLE", "AC"]


def test_one_that_ran_out_of_time_costs_the_next_nothing(room: Classroom, tmp_path: Path) -> None:
    assert verdicts(room, tmp_path, (1, PART), (10, WHOLE)) == ["TLE", "AC"]
