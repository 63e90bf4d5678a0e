# ruff: noqa: E501  (one text a line)
"""`code` checks: the teacher's own test text on the author's side, the student's names reached over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, Judged, course_of

QUICK = {"seconds": 1, "total_s": 20, "output_kb": 8}


class Bench:
    """Judges answers by one test text after another."""

    def __init__(self, room: Classroom, folder: Path) -> None:
        self._room, self._folder, self._made = room, folder, 0

    def __call__(self, solution: str, code: str, source: str | None = None, **check: Any) -> Judged:
        """The solution itself, where there is no other `source`."""
        return self.by_each(solution, [code], source, **check)

    def by_each(self, solution: str, codes: Iterable[str], source: str | None = None, **check: Any) -> Judged:
        """The same by several texts, each a check."""
        self._made += 1
        checks = [{"code": code, "id": f"n{number}", **check} for number, code in enumerate(codes)]
        loaded = course_of(self._folder / str(self._made), {"solution": solution, "checks": checks, "limits": QUICK})
        return self._room.judge(loaded, "task", solution if source is None else source)


@pytest.fixture
def judge(room: Classroom, tmp_path: Path) -> Bench:
    return Bench(room, tmp_path)


DOUBLE = "def f(x): return x * 2"

# ---------------------------------------------------------------- kinds of text


def test_bare_asserts(judge: Bench) -> None:
    text = "for n in range(3):\n    assert f(n) == 2 * n\nassert f('a') == 'aa', 'texts too'"
    assert judge(DOUBLE, text).verdict == "AC"
    wrong = judge(DOUBLE, text, "def f(x): return x * 2 if x else 1")
    assert (wrong.verdict, wrong.first.got) == ("WA", "1")
    assert wrong.first.message == "Line 2 of the test: `assert f(n) == 2 * n` does not hold."
    assert wrong.first.diff == {"kind": "value", "expected": "0", "got": "1"}
    assert "texts too" in judge(DOUBLE, text, "def f(x): return x + x if x != 'a' else x").first.message
    error = judge(DOUBLE, text, "def f(x):\n    return 2 / x * x * x")
    assert error.verdict == "RTE"
    assert error.first.failure is not None
    assert (error.first.failure.type, error.first.failure.line) == ("ZeroDivisionError", 2)


UNITTEST = """
import unittest
from doubling import f
import doubling as module

class FirstTest(unittest.TestCase):
    def setUp(self):
        self.two = f(1)
    def test_a_number(self):
        self.assertEqual(f(2), 4)
    def test_b_text(self):
        with self.subTest("short"):
            self.assertEqual(module.f("a"), "aa")
    @unittest.skip("later")
    def test_c_later(self):
        self.fail()

def helper(): raise ValueError

if __name__ == "__main__":
    unittest.main()
"""


def test_unittest_classes_as_they_stand(judge: Bench) -> None:
    assert judge(DOUBLE, UNITTEST).verdict == "AC"
    wrong = judge(DOUBLE, UNITTEST, "def f(x): return x * 2 if x != 'a' else x")
    assert wrong.verdict == "WA"
    assert wrong.first.message.startswith("Line 13 of the test (test_b_text): `self.assertEqual(module.f")
    missing = judge(DOUBLE, UNITTEST, "def g(x): return x")
    assert missing.verdict == "RTE"
    assert "cannot import name 'f' from 'doubling'" in missing.first.message


def test_doctests(judge: Bench) -> None:
    text = ">>> f(2)\n4\n>>> print(f('a'))\naa\n>>> f(None)\nTraceback (most recent call last):\nTypeError: no"
    solution = "def f(x):\n    if x is None: raise TypeError('no')\n    return x * 2"
    assert judge(solution, text).verdict == "AC"
    wrong = judge(solution, text, DOUBLE)
    assert wrong.verdict == "RTE" or wrong.verdict == "WA"
    assert "Line 5 of the test" in wrong.first.message
    other = judge(solution, text, solution.replace("x * 2", "x * 3"))
    assert other.first.message == "Line 1 of the test: `f(2)` does not hold: expected 4, got 6."


def test_functions_called_test_are_run(judge: Bench) -> None:
    text = "from mine import f\ndef test_one():\n    assert f(1) == 2\ndef test_two():\n    assert f(2) == 4\n"
    assert judge(DOUBLE, text).verdict == "AC"
    assert "Line 5" in judge(DOUBLE, text, "def f(x): return 2").first.message


def test_asserts_on_arrays_ask_for_all_of_them(judge: Bench) -> None:
    solution = "import numpy as np\ndef f(n): return np.arange(n)"
    text = "import numpy as np\nassert f(2) == np.array([0, 1])\nassert f(1) == [0]\nassert f(1) == 0"
    assert judge(solution, text).verdict == "AC"
    for wrong in ("np.array([0, 2])", "np.array([[0, 1], [0, 1]])", "0", "np.zeros((0, 2))"):
        assert judge(solution, text, f"import numpy as np\ndef f(n): return {wrong}").verdict in ("WA", "RTE")


def test_a_text_may_read_the_answers_own(judge: Bench) -> None:
    text = "assert 'while' not in __answer__\nassert f(2) == 4"
    assert judge(DOUBLE, text).verdict == "AC"
    assert judge(DOUBLE, text, "def f(x):\n    while x: return x * 2").verdict == "WA"


def test_setup_stdin_and_drawn_inputs(judge: Bench) -> None:
    solution = "def f(x):\n    return x * int(input())"
    check = {"setup": "y = 5", "stdin": "3\n4\n"}
    assert judge(solution, "assert f(y) == 15\nassert f(y) == 20", **check).verdict == "AC"
    drawn = {"random": {"n": "rng.randint(2, 99)"}, "count": 5}
    assert judge(DOUBLE, "assert f(n) == n + n", **drawn).verdict == "AC"
    wrong = judge(DOUBLE, "assert f(n) == n + n", "def f(x): return x", **drawn)
    assert wrong.verdict == "WA"
    assert wrong.first.message.startswith("With n = ")


# ---------------------------------------------------------------- what crosses

SHOP = """
import enum
from collections import namedtuple
from dataclasses import dataclass

class ShopError(Exception):
    def __init__(self, message, item=None):
        super().__init__(message)
        self.item = item

class SoldOut(ShopError): pass

class Shop:
    opened = 2020
    def __init__(self, *items):
        self.items = list(items)
        self._log = []
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __contains__(self, item): return item in self.items
    def __getitem__(self, n): return self.items[n]
    def __setitem__(self, n, item): self.items[n] = item
    def __add__(self, other): return Shop(*self.items, *other.items)
    def __eq__(self, other): return isinstance(other, Shop) and self.items == other.items
    def __lt__(self, other): return len(self) < len(other)
    def __repr__(self): return f"Shop({', '.join(map(repr, self.items))})"
    def __enter__(self): return self
    def __exit__(self, *error): self.items.clear(); return error[0] is KeyError
    def __call__(self, n): return self.items[:n]
    def __bool__(self): return bool(self.items)
    def __hash__(self): return 7
    def sell(self, item):
        if item not in self.items: raise SoldOut(f"no {item}", item)
        self.items.remove(item)
        return self
    @property
    def first(self): return self.items[0]
    @classmethod
    def of(cls, text): return cls(*text.split())
    @staticmethod
    def tax(price): return price * 2

class Size(enum.Enum):
    SMALL = 1
    LARGE = 2

@dataclass
class Price:
    amount: int
    unit: str = "EUR"
    def twice(self): return Price(self.amount * 2, self.unit)

Point = namedtuple("Point", "x y")
counter = 0
names = []

def count():
    global counter
    counter += 1
    names.append(counter)

def numbers(n):
    for i in range(n):
        got = yield i
        if got: yield got

def adder(n): return lambda m: n + m
def apply(f, *values, **named): return [f(v) for v in values] + [f(v) for v in named.values()]
def push(items, item): items.append(item); return items
def first(items): return next(iter(items))
def sizes(): return list(Size)
def shops(): return [Shop("a"), Shop("b")]
def truth(): return True
def say(what): print(what, end="!")
def ask(): return input("? ")
def fail(kind): raise {"key": KeyError("k"), "own": ShopError("own", 3), "exit": SystemExit(2)}[kind]
def plain(): return {"a": [1, (2.5, None)], 3: {4}}, b"x", 2 + 1j, range(3)
def at(): return Point(1, 2)
def f(): pass
def helped(): "Helps."
class Helped: "Told."
"""

CROSSING = {
    "methods": "s = Shop('a', 'b')\nassert s.sell('a').items == ['b'] and s.first == 'b' and s.items == ['b']",
    "operators": "s = Shop('a') + Shop('b')\nassert len(s) == 2 and 'b' in s and s[1] == 'b' and s(1) == ['a'] and s",
    "iteration": "assert [x for x in Shop('a', 'b')] == list(Shop('a', 'b')) == ['a', 'b']\na, b = Shop(1, 2)",
    "comparison": "assert Shop(1) == Shop(1) != Shop(2) and Shop() < Shop(1) and sorted([Shop(1, 2), Shop(3)])[0][0] == 3",
    "identity": "s = Shop(1)\nassert s.sell(1) is s and s is not Shop() and shops()[0] is not shops()[0]",
    "truth": "assert truth() is True and Shop().sell is not None and not Shop() and apply(bool, 1) == [True]",
    "hash": "assert hash(Shop()) == 7 and len({Shop(1), Shop(1)}) == 1",
    "text": "assert repr(Shop(1)) == str(Shop(1)) == f'{Shop(1)}' == 'Shop(1)'",
    "item set": "s = Shop(1)\ns[0] = 5\nassert s.items == [5]",
    "attribute set": "s = Shop(1)\ns.items = [7]\nassert len(s) == 1 and s[0] == 7",
    "class": "assert Shop.of('x y').items == ['x', 'y'] and Shop.tax(2) == 4 and Shop.opened == 2020",
    "isinstance": "s = Shop()\nassert isinstance(s, Shop) and type(s) is Shop and not isinstance(Size.SMALL, Shop)",
    "with": "with Shop(1) as s:\n    assert s.items == [1]\n    {}['x']\nassert s.items == []",
    "enum": "assert Size.SMALL is Size(1) is Size['SMALL'] and Size.LARGE.value == 2 and sizes() == [Size.SMALL, Size.LARGE]",
    "enum iteration": "assert [s.name for s in Size] == ['SMALL', 'LARGE'] and len(Size) == 2 and Size.SMALL in Size",
    "dataclass": "p = Price(3)\nassert p == Price(3) and p.twice() == Price(6) and p.amount == 3 and p != 3",
    "namedtuple": "p = at()\nassert p == (1, 2) and p.x == 1 and p[1] == 2 and [*p] == [1, 2] and p == Point(1, 2) and len(p) == 2",
    "globals of a module": "import shop\nshop.count()\nassert shop.counter == 1 and shop.names == [1]",
    "generators": "g = numbers(3)\nassert next(g) == 0 and g.send('x') == 'x' and list(g) == [1, 2] and list(g) == []",
    "generators end": "import types\ng = numbers(9)\nnext(g)\ng.close()\nassert list(g) == [] and isinstance(g, types.GeneratorType)",
    "functions": "assert adder(2)(3) == 5 and callable(adder(1)) and list(map(adder(1), [1, 2])) == [2, 3]",
    "callbacks": "seen = []\nassert apply(lambda v: seen.append(v) or v * 2, 1, x=2) == [2, 4] and seen == [1, 2]",
    "callbacks of builtins": "assert apply(str, 1) == ['1'] and apply(len, 'ab') == [2] and apply(str.upper, 'a') == ['A']",
    "callbacks that call": "assert apply(lambda n: adder(n)(1), 4) == [5]",
    "arguments changed": "xs = [1, [2]]\nys = push(xs, 3)\nassert xs == [1, [2], 3] and ys is xs\npush(xs[1], 4)\nassert xs[1] == [2, 4]",
    "iterators given": "import itertools\nassert apply(str, *map(int, '12')) == ['1', '2'] and first(itertools.count(5)) == 5 and first(n for n in [7]) == 7",
    "plain values": "assert plain()[0] == {'a': [1, (2.5, None)], 3: {4}} and plain()[1:4] == (b'x', 2 + 1j, range(3))",
    "print": "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    say('hi')\nassert out.getvalue() == 'hi!'",
    "input": "from unittest import mock\nwith mock.patch('builtins.input', side_effect=['x', 'y']):\n    assert ask() == 'x' and ask() == 'y'",
    "stdin": "import io, sys\nsys.stdin = io.StringIO('line\\n')\nassert ask() == 'line'",
    "names that are there": "assert 'truth' in dir() and 'nothing_of_that_name' not in dir()",
    "star import": "from shop import *\nassert truth() and Shop(1)[0] == 1",
    "mock objects": "from unittest.mock import Mock\nm = Mock(return_value=3)\nassert apply(m, 1) == [3]\nm.assert_called_once_with(1)",
    "help": "assert f.__doc__ is None and f.__name__ == 'f' and helped.__doc__ == 'Helps.' and Helped.__doc__ == 'Told.'",
}  # fmt: skip


def test_what_crosses(judge: Bench) -> None:
    judged = judge.by_each(SHOP, CROSSING.values())
    found = zip(CROSSING, judged.judgement.checks, strict=True)
    assert not [(name, check.message, check.failure) for name, check in found if check.verdict != "AC"]


@pytest.mark.full
def test_a_long_list_of_numbers_is_given(room: Classroom, tmp_path: Path) -> None:
    """Longer than the wire lets values be: exercism's `sublist` gives a million."""
    task = {"solution": "def first(xs): return xs[0]", "limits": {"seconds": 8, "total_s": 60}}
    text = "xs = list(range(250_000))\nassert first(xs) == 0 and first(tuple(xs)) == 0"
    loaded = course_of(tmp_path, {**task, "checks": [{"code": text}]})
    judged = room.judge(loaded, "task", task["solution"])
    assert judged.verdict == "AC", judged.first.message


ERRORS = """
import unittest
from shop import *
class ErrorTest(unittest.TestCase):
    def test_own(self):
        with self.assertRaises(SoldOut) as caught:
            Shop().sell("x")
        self.assertEqual(caught.exception.args, ("no x",))
        self.assertEqual(str(caught.exception), "no x")
        self.assertEqual(caught.exception.item, "x")
        self.assertEqual(type(caught.exception), SoldOut)
        with self.assertRaises(ShopError): Shop().sell("x")
        with self.assertRaisesRegex(Exception, "^no"): Shop().sell("x")
    def test_python(self):
        with self.assertRaisesRegex(KeyError, "'k'"): fail("key")
        with self.assertRaises(SystemExit): fail("exit")
        with self.assertRaises(TypeError): truth(1)
        with self.assertRaises(AttributeError): Shop().nothing
        with self.assertRaises(AttributeError): Shop.nothing
        with self.assertRaises(IndexError): Shop()[3]
        with self.assertRaises(TypeError): Shop() * 2
    def test_of_the_text(self):
        class Mine(Exception): pass
        mine = Mine("m")
        def stop(v): raise mine
        with self.assertRaises(Mine) as caught: apply(stop, 1)
        self.assertIs(caught.exception, mine)
    def test_classes(self):
        self.assertTrue(issubclass(SoldOut, ShopError) and issubclass(ShopError, Exception))
        error = ShopError("made", 4)
        self.assertEqual((str(error), error.item), ("made", 4))
        with self.assertRaises(ShopError): raise error
"""


def test_exceptions(judge: Bench) -> None:
    judged = judge(SHOP, ERRORS)
    assert judged.verdict == "AC", (judged.first.message, judged.first.failure)
    unrelated = judge(SHOP, ERRORS, SHOP.replace("class SoldOut(ShopError)", "class SoldOut(Exception)"))
    assert unrelated.verdict in ("RTE", "WA")
    silent = judge(SHOP, "import unittest\nfrom shop import *\n" + ERRORS, SHOP.replace("raise SoldOut", "return "))
    assert silent.verdict == "WA"
    assert "SoldOut not raised" in silent.first.message


# ---------------------------------------------------------------- the author's solution is the interface

LIAR = (
    "class Yes:\n"
    "    def __eq__(self, o): return True\n"
    "    def __ne__(self, o): return False\n"
    "    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__\n"
    "    def equals(self, o): return True\n"
    "    def __getattr__(self, name): return lambda *a, **k: True\n"
    "    def __bool__(self): return True\n"
    "    def __len__(self): return 4\n"
    "    def __hash__(self): return hash(4)\n"
    "    def __repr__(self): return '4'\n"
    "    def __iter__(self): return iter([4])\n"
    "    def __getitem__(self, n): return self\n"
)
ASSERTS = [
    "assert f(2) == 4", "assert 4 == f(2)", "assert not f(2) != 4", "assert f(2).equals(4)", "assert f(2) >= 4",
    "assert f(2) in {4}", "assert f(2) in [4]", "assert len(f(2)) == 4", "assert [*f(2)] == [4]", "assert f(2)[0] == 4",
    "assert f(2)", "assert bool(f(2)) is True", "assert f(2).all()", "assert 4 in f(2)", "assert f(2) is 4 or f(2) == 4",
    "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(f(2), 4)",
    "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertTrue(f(2))",
    "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertIn(f(2), [4])",
    "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertAlmostEqual(f(2), 4)",
    ">>> f(2)\n4", "assert isinstance(f(2), int) and f(2) == 4", "assert hash(f(2)) == hash(4)", "assert max(f(2), 3) == 4",
]  # fmt: skip


@pytest.mark.parametrize("made", ["Yes()", "Int(0)", "Yes"])
def test_an_object_that_lies_passes_nothing(judge: Bench, made: str) -> None:
    liar = LIAR + LIAR.replace("Yes:", "Int(int):")
    judged = judge.by_each(DOUBLE, ASSERTS, liar + f"def f(x): return {made}")
    found = zip(ASSERTS, judged.verdicts, strict=True)
    assert not [text for text, verdict in found if verdict not in ("WA", "RTE")]


def test_what_may_not_be_used_is_told(judge: Bench) -> None:
    judged = judge(DOUBLE, "assert f(2)", "class Odd: pass\ndef f(x): return Odd()")
    assert (judged.verdict, judged.first.diff) == ("WA", {"kind": "unsupported", "type": "Odd"})
    assert "unsupported kind of value: Odd." in judged.first.message


def test_objects_any(judge: Bench) -> None:
    solution = "def f(x): return x"
    answer = (
        "class Box:\n    def __init__(self, x): self.x = x\n    def get(self): return self.x\ndef f(x): return Box(x)"
    )
    text = "assert f(3).get() == 3 and f(3).x == 3"
    assert judge(solution, text, answer).verdict != "AC"
    assert judge(solution, text, answer, objects="any").verdict == "AC"
    made = "import string\nimport numpy as np\ndef f(x): return [string.Template(x), np.zeros((500, 500))]"
    text = "page, big = f('$a')\nassert page.substitute(a=1) == '1' and page.template == '$a' and big.sum() == 0"
    assert "kind of value: Template" in judge(made, text, made).first.message
    assert judge(made, text, made, objects="any").verdict == "AC"
    liar = "class Yes:\n    def __eq__(self, other): return True\ndef f(x): return Yes()"
    assert judge(solution, "assert f(3) == 3", liar, objects="any").verdict == "WA", "it is not asked"


def test_a_name_that_only_the_test_gives_is_there_for_the_answer_where_the_solution_reads_it(judge: Bench) -> None:
    solution = "def area(x):\n    secret = 1\n    return side * x"
    text = "side, secret = 3, 7\nassert area(2) == 6\nside = 5\nassert area(2) == 10"
    assert judge(solution, text, solution).verdict == "AC"
    assert judge(solution, text, "def area(x): return [6, 10][side > 3]").verdict == "AC"
    assert judge(solution, text, "def area(x): return secret * x").first.failure.type == "NameError"


BOX = "class Box:\n    def __init__(self, n): self.n = n\n    def get(self): return self.n\n"


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("assert Box(3) == 3", "    def __eq__(self, o): return True\n"),
        ("assert Box(3) != Box(3)", "    def __eq__(self, o): return False\n    def __ne__(self, o): return False\n"),
        ("assert Box(3).equals(3)", "    def equals(self, o): return True\n"),
        ("assert len(Box(3)) == 3", "    def __len__(self): return 3\n"),
        ("assert Box(3) in [3]", "    def __eq__(self, o): return True\n    __hash__ = None\n"),
        ("assert Box(3).total == 3", "    total = 3\n"),
        ("assert Box(3).get() == 4", "    def get(self): return Box(4)\n    def __eq__(self, o): return True\n"),
    ],
)
def test_only_what_the_solutions_class_has_is_used(judge: Bench, text: str, extra: str) -> None:
    expected = "AC" if "!=" in text else "WA"  # without `__eq__` two objects differ, whatever the answer says
    verdict = judge(BOX, text, BOX + extra).verdict
    assert verdict == expected or (expected == "WA" and verdict == "RTE")


def test_no_expected_value_is_an_argument_of_the_answers_comparison(judge: Bench) -> None:
    spy = "    def __eq__(self, o): print('seen', o); return True\n    __hash__ = None\n    equals = __eq__\n"
    for text in ("assert Box(3) == 771", "assert Box(3) in [771]", "assert 771 == Box(3)", "assert Box(3).equals(771)"):
        judged = judge(BOX, text, BOX + spy)
        assert judged.verdict in ("WA", "RTE")
        assert "seen" not in judged.first.stdout
    pair = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
    judged = judge(
        pair, "assert P(1) == 771", pair.replace("@dataclass\n", "") + "    def __init__(self, x): pass\n" + spy
    )
    assert judged.verdict == "WA"
    assert "seen" not in judged.first.stdout


def test_a_comparison_that_knows_its_own_class_alone_sees_nothing_else(judge: Bench) -> None:
    guarded = "    def __eq__(self, other): return isinstance(other, Box) and self.n == other.n\n    __hash__ = None\n"
    numbers = "    def __eq__(self, o): return self.n == (o if isinstance(o, int) else o.n)\n    __hash__ = None\n"
    liar = "    def __eq__(self, o): print('seen', o); return True\n    __hash__ = None\n"
    text = "assert Box(3) == Box(3)\nassert Box(3).get() == 771"
    judged = judge(BOX + guarded, text, BOX + liar + "    def get(self): return self\n")
    assert judged.verdict == "WA"
    assert "seen 771" not in judged.first.stdout
    assert judge(BOX + numbers, "assert Box(3) == 3 and 3 == Box(3) and Box(3) != 4").verdict == "AC"


# ---------------------------------------------------------------- ends and limits

ENDS = {
    "def f(x):\n    while True: pass": "TLE",
    "import time\ndef f(x): time.sleep(60)": "TLE",
    "def f(x): return [0] * 10 ** 10": "MLE",
    "def f(x):\n    while True: print('x' * 100)": "OLE",
    "import os\ndef f(x): os._exit(0)": "RTE",
    "import os\ndef f(x): os.kill(os.getpid(), 9)": "RTE",
    "import socket\ndef f(x): socket.create_connection(('127.0.0.1', 9))": "SV",
    "import unittest\ndef f(x): raise unittest.SkipTest('no')": "RTE",
    "def f(x): raise KeyboardInterrupt": "RTE",
    "def f(x): raise SystemExit(0)": "RTE",
    "def f(x): raise GeneratorExit": "RTE",
    "def f(x): raise StopIteration": "RTE",
    "class E(BaseException): pass\ndef f(x): raise E": "RTE",
    "class E(AssertionError): pass\ndef f(x): raise E": "RTE",
    "def f(x): return f(x)": "RTE",
    "import sys\ndef f(x): sys.exit(0)": "RTE",
    "def f(x):\n    a = []\n    a.append(a)\n    return a": "WA",
    "def f(x): return 'x' * 10_000_000": "WA",
    "def f(x): return iter(int, 1)": "WA",
}


@pytest.mark.parametrize("source", ENDS)
def test_how_an_answer_may_end(judge: Bench, source: str) -> None:
    wanted = ENDS[source]
    texts = ["assert f(2) == 4", UNITTEST, ">>> f(2)\n4"][: 1 if wanted == "TLE" else 3]
    *plain, doctest = [*judge.by_each(DOUBLE, texts, source).verdicts]
    assert {*plain, doctest} - {"WA"} <= {wanted} and (wanted == "RTE" or doctest == wanted)
    assert all(verdict == wanted for verdict in plain)


@pytest.mark.full
def test_endless_values_and_endless_talk(judge: Bench) -> None:
    endless = "def f(x):\n    while True: yield x"
    assert judge("def f(x): yield x", "assert list(f(1)) == [1]", endless).verdict in ("TLE", "MLE")
    ping = "def f(g): return g(g)"
    assert judge("def f(g): return 1", "def g(h): return f(h)\nassert f(g) == 1", ping).verdict in ("RTE", "TLE")


FORGERS = [
    # as many frames as will fit are written where the next answers are expected
    "import os, json, struct\ndef f(x):\n    w = json.dumps({'status': 'value', 'value': ['int', '4'], 'out': ''}).encode()\n"
    "    for fd in range(3, 64):\n        for _ in range(9):\n            try: os.write(fd, struct.pack('>I', len(w)) + w)\n"
    "            except OSError: break\n    return 0",
    "import os\ndef f(x):\n    for fd in range(3, 64):\n        try: os.write(fd, b'\\x00\\x00\\x00\\x02{}')\n"
    "        except OSError: pass\n    return 0",
    "import gc\ndef f(x):\n    for o in gc.get_objects():\n        if type(o).__name__ in ('StudentEndpoint', '_StudentSide'):\n"
    "            o.encode = lambda *a: ['int', '5']\n            o._side = None\n    return 0",
    "import sys\ndef f(x):\n    m = sys.modules['codegym_runner.testcode.student_endpoint']\n    m.StudentEndpoint._carry_out = lambda s, fr: 7\n    return 0",
]


@pytest.mark.parametrize("source", FORGERS)
def test_forged_frames_pass_nothing_and_are_no_fault_of_ours(judge: Bench, source: str) -> None:
    text = "assert f(1) == 2\nassert f(2) == 5\nassert f(3) == 6"
    assert judge(DOUBLE, text, source).verdict in ("SV", "WA", "RTE", "TLE", "MLE")


def test_hidden_test_text_stays_hidden(judge: Bench) -> None:
    text = "secret = 'canary-771'\nassert f(secret) == secret * 2, 'canary-772'"
    spies = [
        "def f(x): print(x); return x",
        "def f(x): raise ValueError(x)",
        "import gc\ndef f(x): return str([o for o in gc.get_objects() if 'canary' in str(o)[:9999]])",
    ]
    for spy in spies:
        judged = judge(DOUBLE, text, spy, hidden="by test text")
        assert judged.verdict in ("WA", "RTE", "TLE")
        assert "canary" not in str(judged.view)
        assert judged.view["checks"] == [
            {"label": "by test text", "hidden": True, "verdict": "WA", "status": "not_passed"}
        ]


def test_a_callback_gives_nothing_away(judge: Bench) -> None:
    text = "expected = 'canary-7'\ndef give(n): return n + 1\nassert apply(give) == expected"
    solution = "def apply(g): return 'canary-7'"
    for reach in ("g.__globals__", "g.__closure__", "g.__code__", "g.__self__", "g.__func__", "type(g).__mro__"):
        judged = judge(solution, text, f"def apply(g): print({reach}); return str(list({reach}))")
        assert judged.verdict in ("WA", "RTE", "OLE")
        assert "canary" not in judged.first.stdout


def test_a_text_that_cannot_run_is_told(judge: Bench) -> None:
    judged = judge(DOUBLE, "import nowhere.at.all as n\nassert n.f(2) == 4\nassert undefined")
    assert judged.verdict == "RTE"
    assert "name 'undefined' is not defined" in judged.first.message


def test_what_a_call_does_to_an_array_is_seen_and_a_deleted_name_is_gone(judge: Bench) -> None:
    solution = "import numpy as np\n\ndef half(a):\n    a /= 2\n\ndef both(a, b):\n    half(a)\n    half(b)"
    text = "import numpy as np\na = np.array([2.0, 4.0])\nhalf(a)\nassert a.tolist() == [1, 2]"
    assert judge(solution, text).verdict == "AC"
    assert judge(solution, text, "def half(a):\n    return a / 2").verdict == "WA"
    text = """
import numpy as np
kept = half
del half
try:
    both(np.ones(1), np.ones(1))
except NameError:
    pass
else:
    raise AssertionError("use half")
finally:
    half = kept
half(np.ones(1))
"""
    assert judge(solution, text).verdict == "AC"
    assert judge(solution, text, solution.replace("half(a)\n    half(b)", "a /= 2; b /= 2")).verdict == "WA"
