"""Checks that need no fork: what the host reads as plain answers the same in one process and in forks, in any order."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from contract.sandbox.conftest import Place, by_design

from codegym_jlab.grading.grader.plain_code import is_plain
from codegym_jlab.sandbox import Limits

#: What keeps something from one check to the next, each in its own way: none of it is plain.
KEEPING = {
    "a list": ("seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)", "f(1)"),
    "a list of a given name": ("seen = []", "seen.append(1) or len(seen)"),
    "a list of a loop's": ("for seen in [[]]:\n    pass\ndef f(x):\n    seen.append(x)\n    return len(seen)", "f(1)"),
    "a part of a list": ("box = [0]\ndef f():\n    box[0] += 1\n    return box[0]", "f()"),
    "a list in a tuple": ("box = (1, [])\ndef f():\n    box[1].append(1)\n    return len(box[1])", "f()"),
    "a list times one": ("box = [0] * 1\ndef f():\n    box.append(1)\n    return len(box)", "f()"),
    "a default": ("def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)", "f(1)"),
    "a lambda's default": ("f = lambda x, seen=[]: seen.append(x) or len(seen)", "f(1)"),
    "a global name": ("n = 0\ndef f():\n    global n\n    n += 1\n    return n", "f()"),
    "a closure": (
        "def make():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n"
        "    return g\nf = make()",
        "f()",
    ),
    "a closure's list": (
        "def make(seen):\n    def g():\n        seen.append(1)\n        return len(seen)\n    return g\nf = make([])",
        "f()",
    ),
    "a bound method": ("add = [].append\ndef f():\n    add(1)\n    return 1", "f()"),
    "a function's own names": ("def f():\n    f.n = len(vars(f)) + 1\n    return f.n", "f()"),
    "an annotation": ("def f(x: (seen := [])):\n    seen.append(x)\n    return len(seen)", "f(1)"),
    "a decorator": ("def once(g):\n    return print\n@once\ndef f(x):\n    return x", "f(1)"),
    "a generator": ("steps = (n for n in [1, 2, 3])\ndef f():\n    return sum(n for n in steps)", "f()"),
    "a generator under way": ("steps = (n for n in [1, 2, 3])", "[n for n in steps]"),
    "a class": ("class Box:\n    n = 0\ndef f():\n    Box.n += 1\n    return Box.n", "f()"),
    "a module": ("import math\ndef f():\n    math.n = getattr(math, 'n', 0) + 1\n    return math.n", "f()"),
    "a module of another name": ("import math as m\ndef f(x):\n    m.x = [x]\n    return x", "f(1)"),
    "a template": ("seen = []\ndef f():\n    return '{0.__globals__[seen]}'.format(f)", "f()"),
    "the notebook's shell": ("def f():\n    return len(str(get_ipython().pop))", "f()"),
    "a warning that comes once": ("def f(x):\n    return ~x", "f(True)"),
    "a module's cache": ("import functools\n@functools.cache\ndef f(x):\n    print(x)\n    return x", "f(1)"),
    "a file": ("def f():\n    return open('left.txt', 'a').write('x')", "f()"),
    "an error that is kept": (
        "kept = [0]\ndef f():\n    try:\n        f.x\n    except Exception as e:\n        kept[0] = e\n    return 1",
        "f()",
    ),
    "a name that is Python's": ("def str(x):\n    return []\nbox = str(1)\ndef f():\n    return box.append(1)", "f()"),
    "what is one long step": ("def f(n):\n    return sum(range(n))", "f(10)"),
    "a power without bounds": ("def f(n):\n    return 2 ** n", "f(10)"),
}  # fmt: skip
PLAIN = '''
"""Functions of a learner's, beside a lesson's own lines."""
import math
from math import floor
limit, rows = 3, [1, 2]
name = "ada"
pair = (1, "b")
total = 0
for number in [3, 1, 2]:
    total += number
print(f"{name}: {total}")
for n in range(3):
    print(n * 2)
def twice(x):
    return x * 2
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def area(r: float, whole=False) -> float:
    found = math.pi * r ** 2
    return floor(found) if whole else found
def counts(text):
    words = {}
    for word in text.lower().split():
        words[word] = words.get(word, 0) + 1
    return words
def sorts(values):
    values.sort(key=lambda one: -one)
    return values
def made():
    held = []
    def add(x):
        held.append(x)
        return len(held)
    return [add(1), add(2)]
def loud(x):
    print("got", x, name, pair[0])
    if x == "no":
        raise ValueError(f"not {x}")
def squares(n):
    yield from (i * i for i in range(n))
def deep(n):
    return deep(n + 1)
def endless():
    while True:
        pass
def slow(n):
    while n:
        n -= 1
    return n
def flood():
    while True:
        print("x" * 1000)
def greedy(n):
    return len("x" * n)
def hoards(n):
    held = [0] * n
    raise ValueError(f"{len(held)} of them")
'''
CALLS = (
    "twice(3)", "fib(9)", "area(2)", "area(2, True)", "counts('a b A')", "sorts([1, 3, 2])", "made()", "loud('x')",
    "loud('no')", "sum(squares(4))", "squares(2)", "deep(0)", "slow(3_000_000)", "greedy(200_000_000)",
    "greedy(10_000_000_000)", "hoards(12_000_000)", "[twice(i) for i in range(3)]", "rows", "nothing", "twice", "len(",
    "flood()",
)  # fmt: skip


@pytest.mark.parametrize("way", KEEPING)
def test_what_keeps_something_is_not_plain(way: str) -> None:
    cell, call = KEEPING[way]
    assert not is_plain([cell], [call])


@pytest.mark.full
def test_a_plain_one_gives_the_same_each_time_and_in_a_fork(place: Place) -> None:
    by_design(place, "confined", "no process may start another")
    with place.lease(*re.findall(r"def (\w+)", PLAIN), "rows", limits=Limits(seconds=12.0)) as lease:
        assert lease.cell(PLAIN)["status"] == "ok"
        for call in CALLS:
            assert call in ("nothing", "len(", "twice", "rows") or is_plain([PLAIN], [call])
            here = lease.together("twice(1)", call, call, "fib(5)", call, plain=True)
            apart = lease.together("twice(1)", call, call, "fib(5)", call, plain=False)
            assert here.ended is apart.ended is None
            assert told(here.given) == told(apart.given), call


def test_one_that_never_ends_is_late_in_a_fork_and_others_are_answered(place: Place) -> None:
    with place.lease("endless", "twice", limits=Limits(seconds=0.3)) as lease:
        assert lease.cell(PLAIN)["status"] == "ok"
        given = lease.together("twice(1)", "endless()", "twice(2)", plain=True).given
        if place.sandbox.level == "confined":
            given = [lease.together(call, plain=True).given[0] for call in ("twice(1)", "endless()", "twice(2)")]
    assert [answer["status"] for answer in given] == ["value", "timeout", "value"]


def told(given: list[Any]) -> list[str]:
    """Replies without addresses of objects, and lines: of code that is warm Python 3.11 may name the one before."""
    return [re.sub("0x[0-9a-f]+|'line': [0-9]+", "#", repr(answer)) for answer in given]


# -- programs drawn at random: some keep what they saw, some do not -------------------------------

GLOBALS = (
    "limit = 3", "word = 'ab'", "pair = (1, 'b')", "seen = []", "counts = {}", "for limit in [1, 2]:\n    pass",
    "later = (i for i in [1, 2, 3])", "limit = seen = [0]", "def note(x):\n    return twice(x)", "word = str(limit)",
    "adder = seen.append", "limit += 1", "word, pair = 'c', [1]", "limit = [0] * 2", "print(limit, word)",
)  # fmt: skip
EXPRESSIONS = (
    "a", "b", "limit", "word", "pair", "[a, b]", "(a, b)", "str(a)", "len(str(b))", "twice(a)", "sorted([str(a)])",
    "[i for i in range(3) if i != a]", "f'{a!r}'", "{str(a): b}", "a if b else word", "max([1, 2], key=lambda i: -i)",
    "print(a, limit)", "list(map(lambda i, k=1: (i, k), [b]))", "a == limit", "len(seen)", "list(counts)", "note(b)",
)  # fmt: skip
KEEPING_PARTS = (
    "seen.append(a)", "counts.setdefault(str(a), b)", "list(later)", "adder(a)", "pair.append(a)", "limit.append(1)",
    "counts.update(k=len(counts))",
)  # fmt: skip
STATEMENTS = (
    "v = {e}", "print({e})", "v = [{e}]\nv.append({e})", "if {e}:\n    v = {e}\nelse:\n    v = 1", "limit[0] = {e}",
    "for i in range(2):\n    v = {e}", "seen[:] = [{e}]", "return {e}", "counts[str({e})] = 1", "assert {e}",
    "def inner(x):\n    return x, {e}\nv = inner(1)", "del v\nv = {e}", "seen += [{e}]",
)  # fmt: skip


def drawn(draw: Random) -> tuple[str, list[str]]:
    """A cell and calls of its functions."""

    def expression() -> str:
        return draw.choice(KEEPING_PARTS if draw.random() < 0.1 else EXPRESSIONS)

    def function(name: str) -> str:
        lines = [line for _ in range(draw.randint(1, 3)) for line in statement().splitlines()]
        return "\n".join([f"def {name}(a, b=1):", "    v = None", *(f"    {line}" for line in lines), "    return v"])

    def statement() -> str:
        text = draw.choice(STATEMENTS)
        while "{e}" in text:
            text = text.replace("{e}", expression(), 1)
        return text

    heads = ["limit, word, pair, seen, counts = 1, 'a', (1,), [], {}", "def twice(x):\n    return x * 2"]
    heads = heads if draw.random() < 0.5 else ["limit = 1", "word = 'a'", "pair = (1,)", heads[1]]
    names = [f"f{number}" for number in range(draw.randint(1, 3))]
    cell = "\n".join([*heads, *draw.sample(GLOBALS, draw.randint(0, 3)), *map(function, names)])
    values = "0", "2", "'ab'", "[1]", "None", "limit"
    calls = [f"{draw.choice(names)}({draw.choice(values)})" for _ in range(4)]
    return cell, [*calls, draw.choice(("limit", "word", "pair", "twice(limit)"))]


def test_programs_drawn_at_random_answer_the_same(place: Place) -> None:
    by_design(place, "confined", "no process may start another")
    plain = 0
    for seed in range(40 if place.sandbox.level == "namespaces" else 3):
        cell, calls = drawn(Random(seed))
        frame = {"op": "check", "name": "check", "seconds": 5.0, "want": "value"}
        frames = [{**frame, "call": call, "plain": is_plain([cell], [call])} for call in calls]
        plain += sum(bool(one["plain"]) for one in frames)
        names = "limit", "word", "pair", "twice", "f0", "f1", "f2"
        with place.lease(*names, limits=Limits(seconds=5.0)) as lease:
            lease.cell(cell)
            runs = [frames, frames[::-1], [one | {"plain": False} for one in frames]]
            here, back, apart = (place.run(lease.process.ask_all(one, within=20, total=60)).given for one in runs)
        assert told(here) == told(back[::-1]) == told(apart), (seed, cell, calls)
    assert plain > 20 or place.sandbox.level != "namespaces", "hardly any was told to be plain"
