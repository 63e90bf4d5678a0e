"""What an answer does with its streams is the same in a cell, in a check and in a test text, at each level."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of, open_classroom

TOTAL = """\
def total():
    n = int(input())
    print(sum(int(input()) for _ in range(n)))
"""
CALLS = [
    {"run": "total()", "stdin": "2\n3\n4\n", "prints": "7\n"},
    {"run": "total()\ntotal()", "stdin": "1\n9\n1\n8\n", "prints": "9\n8\n", "hidden": "two in a row"},
]
CODE = [
    {
        "code": "import contextlib, io, sys\nout = io.StringIO()\nsys.stdin = io.StringIO('2\\n3\\n4\\n')\n"
        "with contextlib.redirect_stdout(out):\n    total()\nassert out.getvalue() == '7\\n'"
    },
    {
        "code": "import io\nfrom unittest.mock import patch\nwith patch('sys.stdin', io.StringIO('1\\n5\\n')), "
        "patch('sys.stdout', io.StringIO()) as out:\n    total()\nassert out.getvalue() == '5\\n'",
        "hidden": "patched",
    },
]
WAYS = {
    "readline by the name of input": "import sys\ninput = sys.stdin.readline\n" + TOTAL,
    "streams by their own names": "from sys import stdin, stdout\ndef total():\n    n = int(stdin.readline())\n"
    "    stdout.write(f'{sum(int(stdin.readline()) for _ in range(n))}\\n')\n",
    "streams as defaults": "import sys\ndef total(to=sys.stdout, source=sys.stdin):\n    n = int(next(source))\n"
    "    print(sum(int(next(source)) for _ in range(n)), file=to)\n",
    "bytes": "import sys\nread = sys.stdin.buffer.readline\ndef total():\n    n = int(read())\n"
    "    sys.stdout.buffer.write(b'%d\\n' % sum(int(read()) for _ in range(n)))\n",
    "bytes, a few at once": "import sys\ndef total():\n    n = int(sys.stdin.buffer.read(2))\n"
    "    print(sum(int(sys.stdin.buffer.read(2)) for _ in range(n)))\n",
    "a stream closed before": "import sys\nsys.stdin.close()\n" + TOTAL,
    "standard error beside it": "import sys\n"
    + TOTAL.replace("    n =", "    print('how many?', file=sys.stderr)\n    n ="),
}
WRONG = {
    "standard error in its place": "import sys\n" + TOTAL.replace("))\n", "), file=sys.stderr)\n"),
    "nothing is read": "def total(): print(7)\n",
}


@pytest.fixture(scope="module", params=("namespaces", "confined"))
def room(request: pytest.FixtureRequest) -> Iterator[Classroom]:
    classroom = open_classroom(request.param)
    yield classroom
    classroom.close()


@pytest.mark.parametrize("checks", (CALLS, CODE), ids=("calls", "test text"))
@pytest.mark.parametrize("way", (*WAYS, *WRONG))
def test_streams(room: Classroom, tmp_path: Path, way: str, checks: list[dict[str, str]]) -> None:
    loaded = course_of(tmp_path, {"solution": TOTAL, "checks": checks})
    judged = room.judge(loaded, "task", {**WAYS, **WRONG}[way])
    assert (judged.verdict == "AC") == (way in WAYS), judged.verdicts
