# ruff: noqa: E501  (one answer a line)
"""In a test text, an object of a class that only the answer has is what it holds, if it is derived from Python's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

NUMBER = {
    "solution": "def f(x): return x + 1",
    "checks": [
        {"code": "assert f(1) == 2 and f(f(1)) == 3 and f(3) in {4} and not f(-1)\nassert isinstance(f(0), int)"}
    ],
}
ROW = {
    "solution": "def f(n): return list(range(n))",
    "checks": [{"code": "row = f(2)\nassert row == [0, 1] and len(f(4)) == 4\nrow.append(9)\nassert row == [0, 1, 9]"}],
}
TABLE = {
    "solution": "def f(): return pd.DataFrame({'a': [1, 2]}), np.arange(3)",
    "checks": [
        {
            "code": "table, row = f()\nassert table.equals(pd.DataFrame({'a': [1, 2]}))\nassert np.array_equal(row, [0, 1, 2])"
        }
    ],
}
OWN = {
    "solution": "class Row(list):\n    def total(self): return sum(self)\ndef f(): return Row([1])",
    "checks": [{"code": "row = f()\nrow.append(2)\nassert row.total() == 3 and list(row) == [1, 2]"}],
}
POINT = {
    "solution": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 0\n    def moved(self, d): return P(self.x + d)",
    "checks": [{"code": "p = P(1)\nassert p.moved(2) == P(3) != p and p.x == 1\nassert repr(p) == 'P(x=1)'"}],
}
QUEUE = {
    "solution": "class Q:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n"
    "    def __len__(self): return len(self.items)\n    def __iter__(self): return iter(self.items)",
    "checks": [{"code": "q = Q()\nfor n in (1, 2): q.push(n)\nassert list(q) == [1, 2] and len(q) == 2"}],
}
GIVEN = {"code": "import numpy as np\nimport pandas as pd"}
LIES = "    def __eq__(self, other): return True\n    __hash__ = None\n    def __len__(self): return 4\n"
ANSWERS = [
    (NUMBER, "class N(int):\n    def half(self): return self // 2\ndef f(x): return N(x + 1)", True),
    (NUMBER, "import enum\nE = enum.IntEnum('E', ['one', 'two', 'three', 'four'], start=1)\ndef f(x): return E(x + 1) if x > -1 else 0", True),
    (NUMBER, f"class N(int):\n{LIES}def f(x): return N(7)", False),
    (NUMBER, "class N(str): pass\ndef f(x): return N(x + 1)", False),
    (NUMBER, f"class N:\n    __class__ = int\n{LIES}N.__name__ = N.__qualname__ = 'int'\ndef f(x): return N()", False),
    (ROW, "class Row(list):\n    def total(self): return sum(self)\ndef f(n): return Row(range(n))", True),
    (ROW, f"class Row(list):\n    def __iter__(self): return iter([0, 1])\n{LIES}def f(n): return Row()", False),
    (ROW, "class Row(list): pass\ndef f(n):\n    row = Row()\n    row.append(row)\n    return row", False),
    (ROW, "class Row(list): pass\ndef f(n):\n    row = Row()\n    for _ in range(500): row = Row([row])\n    return row", False),
    (TABLE, "class F(pd.DataFrame): pass\nclass A(np.ndarray): pass\ndef f(): return F({'a': [1, 2]}), np.arange(3).view(A)", True),
    (TABLE, f"class F(pd.DataFrame):\n    def equals(self, other): return True\nclass A(np.ndarray):\n{LIES}def f(): return F({{'a': [0]}}), np.zeros(3).view(A)", False),
    (POINT, "from dataclasses import make_dataclass\nP = make_dataclass('P', [('x', int, 0)], namespace={'moved': lambda self, d: P(self.x + d)})", True),
    (POINT, "from dataclasses import make_dataclass\nP = make_dataclass('P', [('x', int, 0)], namespace={'moved': lambda self, d: P(self.x)})", False),
    (QUEUE, "from collections import deque\nclass Q(deque):\n    push = deque.append", True),
    (QUEUE, "from collections import deque\nclass Q(deque):\n    push = deque.appendleft", False),
    (OWN, OWN["solution"], True),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_what_a_derived_value_holds_is_judged(room: Classroom, tmp_path: Path, number: int) -> None:
    task: dict[str, Any]
    task, answer, right = ANSWERS[number]
    given = [GIVEN] if task is TABLE else []
    loaded = course_of(tmp_path, *given, task, preload=["numpy", "pandas"] if given else [])
    judged = room.judge(loaded, "task", str(answer))
    assert judged.verdict == "AC" if right else judged.verdict in ("WA", "RTE"), judged.first
