# ruff: noqa: E501  (one text a line)
"""Answers that try to decide their own test text: what the author's side must not take from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from contract.classroom import Classroom, course_of, open_classroom
from contract.sandbox_host import sandbox_host

from codegym_jlab.course.loader import LoadedCourse

Judge = Callable[[str, str, str], str]

LIMITS = {"seconds": 1, "total_s": 10, "output_kb": 8}

#: Run on the author's side, it makes every comparison hold.
PAYLOAD = """
import sys
space = vars(sys.modules['check'])
space['_codegym_equal'] = lambda a, b: True
import unittest
unittest.TestCase.assertEqual = unittest.TestCase.assertTrue = lambda *a, **k: None
unittest.TestResult.stop = lambda self: None
"""

#: How an answer gets at the process's own end of the talk with the test text.
REACH = """
import gc
def pupil():
    return next(o for o in gc.get_objects() if type(o).__name__ == 'StudentEndpoint')
"""


@pytest.fixture(scope="module", params=("namespaces", "confined", "remote"))
def room(request: pytest.FixtureRequest) -> Iterator[Classroom]:
    with sandbox_host() if request.param == "remote" else nullcontext():
        classroom = open_classroom(request.param)
        yield classroom
        classroom.close()


@pytest.fixture(scope="module")
def judged(room: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """An answer's judgement, by its solution and the test text; the solution itself passes, which is tried once."""
    courses: dict[tuple[str, str], LoadedCourse] = {}

    def judge(solution: str, code: str, source: str) -> str:
        if (solution, code) not in courses:
            task = {"solution": solution, "checks": [{"code": code}], "limits": LIMITS}
            courses[solution, code] = course_of(tmp_path_factory.mktemp("text"), task)
            assert room.judge(courses[solution, code], "task", solution).verdict == "AC"
        return room.judge(courses[solution, code], "task", source).verdict

    return judge


CODEC = "def encode(text): return text[::-1]\ndef decode(text): return text[::-1]"
ROUND = {
    "assert": "assert decode(encode('canary')) == 'canary'\nassert encode('ab') == 'ba'",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n"
    "        self.assertEqual(decode(encode('canary')), 'canary')\n        self.assertEqual(encode('ab'), 'ba')\n",
}
PYTHONS_OWN = ("eval", "exec", "lambda text: print or exec", "compile", "open", "getattr", "type", "str.format", "vars")


@pytest.mark.parametrize("text", ROUND)
@pytest.mark.parametrize("own", PYTHONS_OWN)
def test_what_is_pythons_own_runs_where_the_answer_runs(judged: Judge, own: str, text: str) -> None:
    """A round trip hands what the one function gave to the other: `decode = eval` must not be the author's `eval`."""
    source = f"def encode(text): return f'(exec({{PAYLOAD!r}}), {{text!r}})[1]'\nPAYLOAD = {PAYLOAD!r}\ndecode = {own}"
    assert judged(CODEC, ROUND[text], source) not in ("AC", "JE")


@pytest.mark.parametrize("text", ROUND)
def test_an_answer_that_hands_out_a_maker_of_classes(judged: Judge, text: str) -> None:
    """A class that the author's side made of an answer's functions would compare as the answer likes."""
    source = (
        "def encode(text): return text[::-1] if len(text) < 3 else 'Yes'\n"
        "def decode(text): return same\nsame = type\nfor s in (type, [].__class__.__class__): decode = s"
    )
    assert judged(CODEC, ROUND[text], source) not in ("AC", "JE")


FORGED = {
    # the test text is asked to call what it was not given
    "asks for eval": "pupil().ask({'on': ['builtin', 'eval'], 'named': {},"
    f" 'args': [['str', {f'exec({PAYLOAD!r})'!r}]]}})",
    "asks a type for it": "pupil().ask({'on': ['type', 'type'], 'named': {},"
    " 'args': [['str', 'X'], ['tuple', []], ['dict', []]]})",
    "asks for another thing": "pupil().ask({'on': ['own', 0], 'do': 'set', 'name': 'x', 'args': [], 'named': {}})",
    # names of the test text's own are given another meaning in the answer's process
    "has names that are the text's own": "pupil()._cells.namespace.update("
    "{n: lambda *a, **k: True for n in ('_codegym_equal', 'unittest', 'T', '__builtins__')})",
}  # fmt: skip


@pytest.mark.parametrize("text", ROUND)
@pytest.mark.parametrize("how", FORGED)
def test_the_talk_between_the_two_sides_is_forged(judged: Judge, how: str, text: str) -> None:
    source = (
        f"{REACH}\ndef encode(text):\n    try:\n        {FORGED[how]}\n    except Exception as e:\n        print(e)\n"
        "    return text\ndef decode(text): return text"
    )
    assert judged(CODEC, ROUND[text], source) not in ("AC", "JE")


def test_pythons_own_functions_still_cross(judged: Judge) -> None:
    """What harms nobody is the same object on both sides."""
    text = (
        "assert key is len and made is int and fails is KeyError\nassert biggest([1, 3]) == 3\n"
        "assert list(each(str, [1])) == ['1'] and shout('a') == 'A'\nassert text_of('{0}', 1) == '1'\n"
        "assert value('1 + 1') == 2"
    )
    answer = (
        "key = len\nmade = int\nfails = KeyError\nbiggest = max\neach = map\nshout = str.upper\ntext_of = str.format"
    )
    answer += "\nvalue = eval"
    assert judged(answer, text, answer) == "AC"


ENDS = {
    "assert": "assert all(map(even, [2, 4])) and not any(map(even, [1, 3]))\n"
    "for got, want in zip(map(even, [2, 3]), [True, False]):\n    assert got is want",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n"
    "        for got, want in zip(map(even, [2, 3]), [True, False]):\n            self.assertIs(got, want)\n",
}


@pytest.mark.parametrize("text", ENDS)
@pytest.mark.parametrize("error", ("StopIteration", "StopIteration(True)", "type('Stop', (StopIteration,), {})"))
def test_an_answer_that_ends_the_texts_loop(judged: Judge, text: str, error: str) -> None:
    """`map` takes a function's StopIteration for its own end: nothing is compared."""
    answer = f"def even(n): raise {error}"
    assert judged("def even(n): return n % 2 == 0", ENDS[text], answer) not in ("AC", "JE")


def test_a_stop_that_the_text_waits_for(judged: Judge) -> None:
    text = (
        "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        with self.assertRaises(StopIteration):\n            step()\n"
    )
    answer = "def step(): raise StopIteration"
    assert judged(answer, text, answer) == "AC"
    own = "class Count:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n"
    own += "    def __next__(self):\n        self.n += 1\n        if self.n > 3: raise StopIteration\n        return self.n"
    assert judged(own, "assert list(Count()) == [1, 2, 3]", own) == "AC"


MIMICS = {
    "SkipTest": "class SkipTest(Exception): pass\nSkipTest.__module__ = 'unittest.case'\ndef even(n): raise SkipTest('x')",
    "the real SkipTest": "import unittest\ndef even(n): raise unittest.SkipTest('x')",
    "_ShouldStop": "class _ShouldStop(Exception): pass\ndef even(n): raise _ShouldStop",
    "_Outcome": "import unittest.case\ndef even(n): raise unittest.case._ShouldStop",
    "AssertionError": "def even(n): raise AssertionError",
    "SystemExit": "def even(n): raise SystemExit(0)",
    "KeyboardInterrupt": "def even(n): raise KeyboardInterrupt",
    "GeneratorExit": "def even(n): raise GeneratorExit",
    "BaseException": "class Leave(BaseException): pass\ndef even(n): raise Leave",
    "TimeLimit": "class TimeLimit(BaseException): pass\ndef even(n): raise TimeLimit",
    "Garbled": "class Garbled(BaseException): pass\nclass UnsupportedValue(BaseException): pass\ndef even(n): raise Garbled",
    "ExceptionGroup": "def even(n): raise ExceptionGroup('x', [AssertionError(), StopIteration()])",
    "a metaclass that catches all": "class All(type):\n    def __subclasscheck__(cls, other): return True\n"
    "    def __instancecheck__(cls, other): return True\nclass E(Exception, metaclass=All): pass\ndef even(n): raise E",
    "a class that says it is bool": "class B:\n    __class__ = property(lambda self: bool)\n"
    "    def __eq__(self, other): return True\n    def __bool__(self): return True\n    __hash__ = None\n"
    "def even(n): return B()",
    "NotImplemented": "def even(n): return NotImplemented",
    "Ellipsis": "def even(n): return ...",
}  # fmt: skip


@pytest.mark.parametrize("text", ENDS)
@pytest.mark.parametrize("how", MIMICS)
def test_an_answer_that_leaves_in_an_odd_way(judged: Judge, text: str, how: str) -> None:
    solution = "def even(n): return n % 2 == 0"
    assert judged(solution, ENDS[text], MIMICS[how]) not in ("AC", "JE")
