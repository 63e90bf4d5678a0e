"""Checks whose code leaves nothing behind need no fork: each gives what it gives in one."""

from __future__ import annotations

import pytest
from contract.sandbox.conftest import Place, by_design, few_in_containers

from codegym_jlab.sandbox import Limits

CELL = """
import math
from math import floor
import os
limit = 3
seen = []
def twice(x):
    return x * 2
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def counted(text, words={}):
    for word in text.split():
        words[word] = words.get(word, 0) + 1
    return dict(words)
def kept(x):
    seen.append(x)
    return list(seen)
def bumped():
    global limit
    limit += 1
    return limit
def marked():
    marked.times = getattr(marked, "times", 0) + 1
    return marked.times
def made():
    total = 0
    def add(x):
        nonlocal total
        total += x
        return total
    return [add(1), add(2)]
def maker():
    held = []
    def add(x):
        held.append(x)
        return list(held)
    return add
adder = maker()
def sorts(values):
    values.sort()
    return values
def loud(x):
    print("got", x)
    return f"{x!r:>8}"
def raises(x):
    try:
        return [1, 2][x]
    except IndexError as error:
        raise ValueError(f"no {x}", *error.args) from error
def endless():
    while True:
        pass
def stubborn():
    while True:
        try:
            while True:
                pass
        except:
            pass
def deaf():
    return sum(range(10**12))
def greedy():
    return len([0] * 10**10)
def hoards():
    held = [0] * 12_000_000
    raise ValueError(f"{len(held)} of them")
def deep(x):
    return deep(x + 1)
def flood():
    while True:
        print("x" * 1000)
def huge():
    return "x" * 100_000_000
def squares(n):
    yield from (i * i for i in range(n))
class Box:
    full = []
    def put(self, x):
        self.full.append(x)
        return list(self.full)
def boxed(x):
    return Box().put(x)
def listed(x):
    return sorted(os.listdir()), open(str(x), "w").write("x")
def area(r):
    return floor(math.pi * math.pow(r, 2))
def pid():
    return os.getpid()
def asks():
    first = input("first? ")
    return [first, input()]
"""
NAMES = [line[4:].partition("(")[0] for line in CELL.splitlines() if line.startswith("def ")] + ["adder", "Box"]
CALLS = (
    "twice(3)", "fib(9)", "counted('a b a')", "kept(1)", "bumped()", "marked()", "made()", "adder(4)", "sorts([3, 1])",
    "loud('x')", "raises(5)", "deep(0)", "huge()", "flood()", "list(squares(4))", "squares(2)", "boxed(1)", "listed(1)",
    "Box().put(2)", "[twice(i) for i in range(3)]", "sorted('abc', key=lambda c: -fib(ord(c) - 96))", "len(", "nothing",
    "(lambda f: f(f))(lambda g: 1)", "print('a', end='')", "greedy()", "fib", "area(3)", "hoards()",
)  # fmt: skip
ENDLESS = "endless()", "stubborn()", "deaf()"


@pytest.mark.parametrize("call", CALLS)
def test_one_gives_the_same_each_time_and_in_a_fork(place: Place, call: str) -> None:
    few_in_containers(place, call in ("twice(3)", "kept(1)", "raises(5)"))
    with place.lease(*NAMES) as lease:
        assert lease.cell(CELL)["status"] == "ok"
        here = lease.together("twice(1)", call, call, "twice('ab')", call)
        apart = lease.together("twice(1)", call, call, "twice('ab')", call, apart=True)
        assert (here.given, here.ended) == (apart.given, apart.ended)
        assert len(here.given) == 5
        assert here.given[1] == here.given[2] == here.given[4]


SETUPS = "limit = 9", "import math", "x = []\nx.append(1)", "twice = len", "def g(y): return y"


@pytest.mark.parametrize("setup", SETUPS)
def test_what_a_check_sets_up_is_its_own(place: Place, setup: str) -> None:
    few_in_containers(place, setup == SETUPS[0])
    with place.lease(*NAMES) as lease:
        assert lease.cell(CELL)["status"] == "ok"
        calls = "twice('a')", "sorted(globals())[:3]", "twice('a')"
        told = [lease.together(*calls, setup=setup, apart=apart).given for apart in (False, True)]
        assert told[0] == told[1]
        assert told[0][0] == told[0][2]


@pytest.mark.parametrize("stdin", (None, "a\n", "a\nb\nc\n", "é"))
def test_what_it_reads_is_its_own(place: Place, stdin: str | None) -> None:
    with place.lease(*NAMES) as lease:
        assert lease.cell(CELL)["status"] == "ok"
        calls = "asks()", "input()", "asks()", "[input(), input(), input()]", "kept(input())"
        told = [lease.together(*calls, stdin=stdin, apart=apart).given for apart in (False, True)]
        assert told[0] == told[1]
        assert told[0][0] == told[0][2]


@pytest.mark.parametrize("call", ENDLESS)
def test_one_that_does_not_end_is_late_there_and_in_a_fork(place: Place, call: str) -> None:
    with place.lease(*NAMES, limits=Limits(seconds=0.3)) as lease:
        assert lease.cell(CELL)["status"] == "ok"
        apart = lease.together("twice(1)", call, "twice(2)", apart=True)
        assert [answer["status"] for answer in apart.given] == ["value", "timeout", "value"]
        here = lease.together("twice(1)", call, "twice(2)")
        if here.ended is None:
            assert [answer["status"] for answer in here.given] == ["value", "timeout", "value"]
        else:  # deaf to its time, it is ended from outside, and the host asks again
            assert here.ended.kind == "timeout"


def test_no_process_is_started_for_them(place: Place) -> None:
    by_design(place, "confined", "no process may start another")
    with place.lease(*NAMES) as lease:
        assert lease.cell(CELL)["status"] == "ok"
        calls = "twice(1)", "fib(5)", "made()", "area(2)", "asks()", "pid()"

        def forks(apart: bool) -> int:
            before, after = (
                int(told.given[-1]["value"][1])
                for told in (lease.together("pid()"), lease.together(*calls, apart=apart))
            )
            return after - before

        assert forks(apart=True) == len(calls)
        # what takes its time is forked from then on, and so may these be where the machine is busy
        assert any(forks(apart=False) == 1 for _ in range(300))
