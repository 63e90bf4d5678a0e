# ruff: noqa: E501  (one text a line)
"""What unittest and its mocks can do beside plain asserts, in `code` checks: as in one process with the answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of

LIMITS = {"seconds": 2, "total_s": 20, "output_kb": 16}
HEAD = "import unittest\nfrom unittest import mock\nimport mine\nfrom mine import *\n"
CASE = "class T(unittest.TestCase):\n"


def test_text(body: str) -> str:
    """A test file with one class, whose methods are `body`."""
    return HEAD + CASE + "".join(f"    {line}\n" for line in body.splitlines())


test_text.__test__ = False  # type: ignore[attr-defined]

#: By feature: the solution, the test text, and answers that unittest refuses.
FEATURES: dict[str, tuple[str, str, list[str]]] = {
    'patch of io for the test itself': (
        'def even(n): return n % 2 == 0',
        test_text("@mock.patch('io.StringIO')\ndef test(self, m):\n    self.assertFalse(even(5))"),
        ['def even(n): return True'],
    ),
    'subTest params': (
        'def even(n): return n % 2 == 0',
        test_text('def test(self):\n    for n,w in [(2,True),(3,False),(5,False)]:\n        with self.subTest(n=n):\n            self.assertIs(even(n),w)'),
        ['def even(n): return n != 3'],
    ),
    'setUpClass': (
        'def even(n): return n % 2 == 0',
        test_text('@classmethod\ndef setUpClass(cls): cls.got=even(5)\ndef test(self): self.assertFalse(self.got)'),
        ['def even(n): return n != 3'],
    ),
    'setUpModule': (
        'def even(n): return n % 2 == 0',
        'import unittest\nfrom mine import *\ndef setUpModule():\n    global got\n    got = even(5)\nclass T(unittest.TestCase):\n    def test(self): self.assertFalse(got)\ndef tearDownModule():\n    assert not even(5)\n',
        ['def even(n): return n != 3'],
    ),
    'tearDown fails': (
        'def even(n): return n % 2 == 0',
        test_text('def test(self): pass\ndef tearDown(self): self.assertFalse(even(5))'),
        ['def even(n): return n != 3'],
    ),
    'tearDownClass fails': (
        'def even(n): return n % 2 == 0',
        test_text('def test(self): pass\n@classmethod\ndef tearDownClass(cls): assert not even(5)'),
        ['def even(n): return n != 3'],
    ),
    'addCleanup': (
        'def even(n): return n % 2 == 0',
        test_text('def test(self):\n    self.addCleanup(self.check, 5)\ndef check(self,n): self.assertFalse(even(n))'),
        ['def even(n): return n != 3'],
    ),
    'addClassCleanup': (
        'def even(n): return n % 2 == 0',
        test_text('@classmethod\ndef setUpClass(cls): cls.addClassCleanup(cls.check)\n@classmethod\ndef check(cls): assert not even(5)\ndef test(self): pass'),
        ['def even(n): return n != 3'],
    ),
    'enterContext': (
        'def even(n): return n % 2 == 0',
        test_text("def test(self):\n    import contextlib,io\n    out=self.enterContext(contextlib.redirect_stdout(io.StringIO()))\n    print(even(5))\n    self.assertEqual(out.getvalue(),'False\\n')"),
        ['def even(n): return n != 3'],
    ),
    'patch.object instance': (
        'class Account:\n    rate=2\n    def __init__(self,b=0): self.b=b\n    def fee(self): return 1\n    def withdraw(self,n): self.b-=n+self.fee(); return self.b\ndef make(): return Account(5)',
        test_text('def test(self):\n    a=Account(10)\n    a.fee=lambda: 5\n    self.assertEqual(a.withdraw(1),4)'),
        ['class Account:\n    rate=2\n    def __init__(self,b=0): self.b=b\n    def fee(self): return 1\n    def withdraw(self,n): self.b-=n+1; return self.b\ndef make(): return Account(5)'],
    ),
    'ExceptionGroup': (
        "def f(): raise ExceptionGroup('g',[ValueError('a'),KeyError('b')])",
        test_text('def test(self):\n    with self.assertRaises(ExceptionGroup) as cm: f()\n    self.assertEqual(len(cm.exception.exceptions),2)'),
        ["def f(): raise ExceptionGroup('g',[ValueError('a')])"],
    ),
    'except*': (
        "def f(): raise ExceptionGroup('g',[ValueError('a'),KeyError('b')])",
        test_text('def test(self):\n    seen=[]\n    try: f()\n    except* ValueError: seen.append(1)\n    except* KeyError: seen.append(2)\n    self.assertEqual(seen,[1,2])'),
        ["def f(): raise ExceptionGroup('g',[KeyError('b')])"],
    ),
    'assertCountEqual gen': (
        'def f(): yield from (3,1,2)',
        test_text('def test(self): self.assertCountEqual(f(),[1,2,3])'),
        ['def f(): yield 1'],
    ),
    'skipIf/Unless': (
        'def even(n): return n % 2 == 0',
        test_text("@unittest.skipIf(True,'x')\ndef test_a(self): self.fail()\n@unittest.skipUnless(True,'x')\ndef test_b(self): self.assertFalse(even(5))"),
        ['def even(n): return n != 3'],
    ),
    'expectedFailure': (
        'def even(n): return n % 2 == 0',
        test_text('@unittest.expectedFailure\ndef test(self): self.assertTrue(even(5))'),
        ['def even(n): return n != 3'],
    ),
    'Mock side_effect list': (
        'def retry(f):\n    for _ in range(3):\n        try: return f()\n        except ValueError: pass',
        test_text('def test(self):\n    m=mock.Mock(side_effect=[ValueError,ValueError,7])\n    self.assertEqual(retry(m),7)\n    self.assertEqual(m.call_count,3)'),
        ['def retry(f): return f()'],
    ),
    'create_autospec': (
        'def even(n): return n % 2 == 0',
        test_text('def test(self):\n    m=mock.create_autospec(even,return_value=True)\n    self.assertTrue(m(3))\n    self.assertFalse(even(5))'),
        ['def even(n): return n != 3'],
    ),
    'load_tests': (
        'def even(n): return n % 2 == 0',
        'import unittest\nfrom mine import *\nclass T(unittest.TestCase):\n    def runTest(self): self.assertFalse(even(5))\ndef load_tests(loader,tests,pattern):\n    s=unittest.TestSuite(); s.addTest(T()); return s\n',
        ['def even(n): return n != 3'],
    ),
    'deepcopy/copy': (
        'class Account:\n    rate=2\n    def __init__(self,b=0): self.b=b\n    def fee(self): return 1\n    def withdraw(self,n): self.b-=n+self.fee(); return self.b\ndef make(): return Account(5)',
        test_text('def test(self):\n    import copy\n    a=Account(5); b=copy.copy(a); c=copy.deepcopy(a)\n    b.withdraw(1)\n    self.assertEqual((a.b,b.b,c.b),(5,3,5))'),
        ['class Account:\n    rate=2\n    def __init__(self,b=0): self.b=b\n    def fee(self): return 1\n    def withdraw(self,n): self.b-=n+1+self.fee(); return self.b\ndef make(): return Account(5)'],
    ),
    '__defaults__/wraps': (
        'import functools\ndef deco(f):\n    @functools.wraps(f)\n    def g(*a): return f(*a)+1\n    return g',
        test_text("def test(self):\n    @deco\n    def h(x):\n        'doc'\n        return x\n    self.assertEqual(h(1),2)\n    self.assertEqual(h.__name__,'h')\n    self.assertEqual(h.__doc__,'doc')"),
        ['def deco(f):\n    def g(*a): return f(*a)+1\n    return g'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("feature", FEATURES)
def test_it_says_what_unittest_says(room: Classroom, tmp_path: Path, feature: str) -> None:
    solution, text, wrong = FEATURES[feature]
    loaded = course_of(tmp_path, {"solution": solution, "checks": [{"code": text}], "limits": LIMITS})
    right = room.judge(loaded, "task", solution)
    assert right.verdict == "AC", (right.first.message, right.first.failure)
    for answer in wrong:
        assert room.judge(loaded, "task", answer).verdict not in ("AC", "JE"), answer


#: What a test text would do to its own process alone, and the answer would not notice.
ELSEWHERE = {
    "assertLogs": "def test(self):\n    with self.assertLogs('shop'): even(3)",
    "assertWarns": "def test(self):\n    with self.assertWarns(UserWarning): even(3)",
    "patch of random.randint": "@mock.patch('random.randint', return_value=4)\ndef test(self, m): self.assertFalse(even(5))",
    "patch of mine.random.randint": "@mock.patch('mine.random.randint')\ndef test(self, m): self.assertFalse(even(5))",
    "patch of mine.even": "def test(self):\n    with mock.patch('mine.even', lambda n: False): self.assertFalse(even(5))",
    "patch of mine": "@mock.patch.object(mine, 'even')\ndef test(self, m): self.assertFalse(even(5))",
    "inspect": "def test(self):\n    import inspect\n    self.assertNotIn('for', inspect.getsource(even))",
    "asyncio": "def test(self):\n    import asyncio\n    self.assertFalse(asyncio.run(even(5)))",
    "pickle": "def test(self):\n    import pickle\n    self.assertFalse(pickle.loads(even(5)))",
    "even.calls": "def test(self):\n    even(3)\n    self.assertEqual(even.calls, 1)",
    "cache_info": "def test(self): self.assertEqual(even.cache_info().hits, 0)",
    "mock_open": "def test(self):\n    with mock.patch('builtins.open', mock.mock_open(read_data='a')): self.assertFalse(even(5))",
    "dir": "def test(self): self.assertIn('real', dir(even(5)))",
    "eval": "def test(self): self.assertEqual(eval(repr(even(5))), False)",
    "exec": "def test(self):\n    for do in (exec,): do(even.__doc__ or '')",
    "vars": "def test(self): self.assertEqual(vars(even(5)), {})",
    "str.format": "def test(self): self.assertEqual(str.format(even.__name__), 'even')",
    "string').Formatter": "def test(self): __import__('string').Formatter().format('x')",
    "__cause__": "def test(self):\n    with self.assertRaises(ValueError) as cm: even(5)\n    self.assertIsNone(cm.exception.__cause__)",
    "threading": "def test(self):\n    import threading\n    threading.Thread(target=even, args=(5,)).start()",
    "patch of os.environ": "def test(self):\n    with mock.patch.dict('os.environ', {'A': '1'}): self.assertFalse(even(5))",
}


@pytest.mark.parametrize("words", ELSEWHERE)
def test_what_reaches_one_process_alone_is_refused_by_name(room: Classroom, tmp_path: Path, words: str) -> None:
    solution = "def even(n): return n % 2 == 0"
    checks = [{"code": test_text(ELSEWHERE[words])}]
    loaded = course_of(tmp_path, {"solution": solution, "checks": checks, "limits": LIMITS})
    judged = room.judge(loaded, "task", solution)
    assert judged.verdict == "JE"
    assert f"{words}: a `code` check cannot do this" in str(judged.judgement.notices)
