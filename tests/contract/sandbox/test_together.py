"""Checks that are asked together: each is answered as if it had been asked alone."""

from __future__ import annotations

from typing import Any

import pytest
from contract.sandbox.conftest import Place, by_design

from codegym_jlab.sandbox import Answers, ExitKind, Limits

CELL = """
import os, random, signal, time
random.seed(7)
seen = []
def f(x):
    print("got", x)
    seen.append(x)
    return len(seen)
def end(how):
    if how == "exit":
        os._exit(3)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "raise":
        raise LookupError("no")
    if how == "spin":
        while True:
            pass
    if how == "deaf":
        for number in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(60)
    if how == "flood":
        print("x" * 1_000_000)
    if how == "files":
        open("left.txt", "w").write("here")
        return os.listdir()
    return sorted(os.listdir())
def draw():
    return random.random()
def told():
    return input()
"""
ENDS = {
    "exit": "exited", "kill": "crashed", "raise": "raised", "spin": "timeout", "deaf": "timeout", "flood": "output",
}  # fmt: skip


def values(answers: Answers) -> list[Any]:
    return [answer["value"] for answer in answers.given]


def test_each_finds_what_the_cells_left(place: Place) -> None:
    with place.lease("f", "end", "draw", "told") as lease:
        assert lease.cell(CELL)["status"] == "ok"
        answers = lease.together("f(1)", "f(2)", "draw()", "draw()", "end('files')", "end('')")
        assert answers.ended is None
        assert [answer["stdout"] for answer in answers.given[:2]] == ["got 1\n", "got 2\n"]
        found = values(answers)
        assert found[:2] == [["int", "1"]] * 2
        assert found[2] == found[3] == lease.together("draw()").given[0]["value"]
        assert found[4] == ["list", [["str", "left.txt"]]]
        assert found[5] == ["list", []]
        assert values(lease.together("told()", "told()", stdin="a\nb\n")) == [["str", "a"]] * 2
        assert lease.together().given == []
        assert lease.check("f(9)")["value"] == ["int", "1"]


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.full
def test_one_that_comes_to_a_bad_end_touches_no_other(place: Place, how: str) -> None:
    with place.lease("f", "end", limits=Limits(seconds=0.3)) as lease:
        assert lease.cell(CELL)["status"] == "ok"
        answers = lease.together("f(1)", f"end({how!r})", "f(3)", f"end({how!r})", "f(5)")
        assert answers.ended is None
        assert [answer["status"] for answer in answers.given] == ["value", ENDS[how], "value", ENDS[how], "value"]
        assert [answer["stdout"] for answer in answers.given[::2]] == ["got 1\n", "got 3\n", "got 5\n"]
        alone = lease.check(f"end({how!r})")
        assert {**answers.given[1], "failure": None} == {**alone, "failure": None}
        assert (answers.given[1]["failure"] or {}).get("message") == (alone["failure"] or {}).get("message")


def test_what_a_check_leaves_running_is_gone_before_the_next(place: Place) -> None:
    by_design(place, "confined", "no process may start another")
    cell = """
import os, time
def leave():
    if not os.fork():
        while True:
            time.sleep(0.01)
            open("ping", "a").write("x")
    while not os.path.exists("ping"):
        time.sleep(0.01)
    return True
def there():
    time.sleep(0.05)
    return os.path.exists("ping")
"""
    with place.lease("leave", "there") as lease:
        assert lease.cell(cell)["status"] == "ok"
        answers = lease.together("leave()", "there()", "leave()", "there()")
        assert values(answers) == [["bool", True], ["bool", False]] * 2


@pytest.mark.full
def test_the_end_of_the_process_is_told_for_the_check_that_it_met(place: Place) -> None:
    by_design(place, "confined", "each check has a process of its own")
    cell = """
import time
def f(x):
    return x
def wait():
    time.sleep(30)
"""
    with place.lease("f", "wait") as lease:
        assert lease.cell(cell)["status"] == "ok"
        found = lease.together("f(1)", "f(2)", "wait()", "f(4)", total=5.0, seconds=20)
        assert values(found) == [["int", "1"], ["int", "2"]]
        assert found.ended is not None and found.ended.kind is ExitKind.TIMEOUT
        again = lease.together("f(1)")
        assert again.given == [] and again.ended == found.ended


@pytest.mark.full
def test_a_wait_is_that_of_each_check(place: Place) -> None:
    with place.lease("f") as lease:
        assert lease.cell("import time\ndef f(s):\n    time.sleep(s)\n    return s")["status"] == "ok"
        answers = lease.together(*["f(0.5)"] * 10, within=4.5, seconds=5)
        assert answers.ended is None and len(answers.given) == 10


def test_one_that_answers_by_itself_and_stays_holds_up_no_other(place: Place) -> None:
    by_design(place, "confined", "each check has a process of its own, which is ended once it has answered")
    cell = """
import os, struct, time
SAID = b'{"status":"value","stdout":"","value":["int","77"]}'
def say(stay):
    for fd in range(3, 30):
        try:
            os.write(fd, struct.pack(">I", len(SAID)) + SAID)
            os.close(fd)
        except OSError:
            pass
    while stay:
        time.sleep(1)
    os._exit(0)
def f():
    return 5
"""
    with place.lease("say", "f") as lease:
        assert lease.cell(cell)["status"] == "ok"
        answers = lease.together("say(True)", "f()", "say(False)", "f()")
        assert values(answers) == [["int", "77"], ["int", "5"]] * 2
        assert answers.ended is None


@pytest.mark.parametrize(
    ("source", "status"),
    [("def f(x): return x", "ok"), ("def f(x): return x\n1/0", "error"), ("def f(x)", "syntax"), ("f(", "syntax")],
)
def test_what_is_asked_with_a_cell_is_answered_where_it_runs_through(place: Place, source: str, status: str) -> None:
    cell = {"op": "cell", "name": "answer", "source": source, "kind": "answer", "seconds": 2.0}
    check = {"op": "check", "name": "check", "call": "f(3)", "seconds": 2.0, "want": "value"}
    with place.lease("f") as lease:
        answers: Answers = place.run(lease.process.ask_all([cell, check, check], within=6, total=60))
        assert answers.ended is None and answers.given[0]["status"] == status
        assert [answer["value"] for answer in answers.given[1:]] == [["int", "3"]] * (2 if status == "ok" else 0)
        assert lease.cell("def f(x): return 2 * x")["status"] == "ok"
        assert lease.check("f(3)")["value"] == ["int", "6"]  # nobody was left with an answer to something else
