# ruff: noqa: E501  (one text a line)
"""Answers that turn the test text's own means against it: its mocks, its asserts, its templates."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of

LIMITS = {"seconds": 2, "total_s": 20, "output_kb": 64}

EACH = "import gc\ndef pupil(): return next(o for o in gc.get_objects() if type(o).__name__ == 'StudentEndpoint')\n"
FORGED = {
    "type": "SystemExit", "mro": ["SystemExit", "BaseException"], "message": "", "args": ["tuple", []],
    "on": ["ref", 99999, "object", [], ["none"]],
}  # fmt: skip
EACH = "def each(f, xs):\n    for x in xs: f(x)"
MOCK = "m = mock.Mock()\neach(m, [1, 2])\n"

#: By trick: the solution, the body of a test, the answer that must not pass.
TRICKS = {
    "a mock's assert is replaced": (EACH, MOCK + "m.assert_called_with(2)", "def each(f, xs): f.assert_called_with = f"),
    "a mock's count is set": (EACH, MOCK + "self.assertEqual(m.call_count, 2)", "def each(f, xs): f.call_count = 2"),
    "a mock's calls are set": (EACH, MOCK + "self.assertEqual(m.call_args_list, [mock.call(1), mock.call(2)])",
        "def each(f, xs):\n    f(1)\n    f.call_args_list.append(f.call_args_list[0])"),
    "a mock forgets": ("def quiet(f): pass", "m = mock.Mock()\nquiet(m)\nm.assert_not_called()",
        "def quiet(f):\n    f(1)\n    f.reset_mock()"),
    "a mock is configured": (EACH, MOCK + "m.assert_called_with(2)",
        "def each(f, xs): f.configure_mock(**{'assert_called_with': f})"),
    "a failed assert is swallowed by __exit__": (
        "class M:\n    def __enter__(self): return 3\n    def __exit__(self, *e): return False",
        "with M() as v: self.assertEqual(v, 3)",
        "class M:\n    def __enter__(self): return 4\n    def __exit__(self, *e): return True"),
    "a failed assert is swallowed by the caller": ("def guard(f): return f()",
        "guard(lambda: self.assertEqual(guard(lambda: 2), 2))",
        "def guard(f):\n    try: f()\n    except BaseException: pass\n    return 3"),
    "an exception of the right name": ("class E(Exception): pass\ndef f(): raise E('x')",
        "with self.assertRaises(E): f()",
        "class E(Exception): pass\nclass Z(Exception): __class__ = E\nZ.__name__ = 'E'\ndef f(): raise Z('x')"),
    "a ValueError that is none": ("def f(): raise ValueError('x')", "with self.assertRaises(ValueError): f()",
        "class M(type):\n    def __subclasscheck__(c, o): return True\nclass V(Exception, metaclass=M):\n    __class__ = ValueError\nV.__name__, V.__module__ = 'ValueError', 'builtins'\ndef f(): raise V('x')"),
}  # fmt: skip

#: Texts that teachers write and that use the same means rightly.
RIGHT = {
    "a template": ("TEMPLATE = 'Hi {0.real:>3} {name}'", "self.assertEqual(TEMPLATE.format(7, name='A'), 'Hi   7 A')"),
    "a swallowed assert that the author swallows too": (
        "def count(tests):\n    bad = 0\n    for t in tests:\n        try: t()\n        except AssertionError: bad += 1\n    return bad",
        "def no(): assert False\nself.assertEqual(count([no, int]), 1)"),
    "an own exception with the name of one of Python's": (
        "class TimeoutError(Exception): pass\ndef f(): raise TimeoutError('x')",
        "with self.assertRaises(TimeoutError) as e: f()\nself.assertEqual(str(e.exception), 'x')"),
}  # fmt: skip


def verdicts(room: Classroom, folder: Path, solution: str, body: str, *answers: str) -> list[str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = f"import unittest\nfrom unittest import mock\nfrom mine import *\nclass T(unittest.TestCase):\n    def test(self):\n{lines}"
    loaded = course_of(folder, {"solution": solution, "checks": [{"code": text}], "limits": LIMITS})
    return [room.judge(loaded, "task", answer).verdict for answer in (solution, *answers)]


@pytest.mark.parametrize("trick", TRICKS)
def test_the_witness_is_not_bought(room: Classroom, tmp_path: Path, trick: str) -> None:
    solution, body, answer = TRICKS[trick]
    right, wrong = verdicts(room, tmp_path, solution, body, answer)
    assert right == "AC"
    assert wrong not in ("AC", "JE")


@pytest.mark.parametrize("way", RIGHT)
def test_what_is_meant_well_passes(room: Classroom, tmp_path: Path, way: str) -> None:
    assert verdicts(room, tmp_path, *RIGHT[way]) == ["AC"]


LEAK = (
    "F = '{u._codegym[0].interface._texts}{u.__init__.__globals__}'\nclass U:\n    def __init__(self, n): self.name = n"
)


@pytest.mark.parametrize("way", ("F.format(u=U('A'))", "list(map(lambda f: f(u=U('A')), [F.format]))[0]",
    "F.format_map({'u': U('A')})"))  # fmt: skip
def test_a_template_reads_nothing_private(room: Classroom, tmp_path: Path, way: str) -> None:
    solution = "F = 'Hi {u.name}'\nclass U:\n    def __init__(self, n):\n        self.name = n  # secret-918274"
    task = {"solution": solution, "checks": [{"code": f"assert {way} == 'Hi A'"}], "limits": LIMITS}
    loaded = course_of(tmp_path, task)
    assert room.judge(loaded, "task", solution).verdict == "AC"
    judged = room.judge(loaded, "task", LEAK)
    assert judged.verdict == "WA"
    assert "918274" not in str(judged.view)
