"""The last check of a submission runs in the process of its cells: it gives what it would have given in a fork."""

from __future__ import annotations

import pytest
from contract.classroom import Classroom, Judged, course_of

from codegym_jlab.course.loader import LoadedCourse

LIMITS = {"seconds": 0.4, "total_s": 20, "output_kb": 4, "memory_mb": 128}
ODD = {
    "right": "return x",
    "wrong": "return -x",
    "text": "return 'é\\ud800' * x",
    "a list": "return [x, {x: (x, None)}]",
    "a student's object": "return type('C', (), {})()",
    "raises": "raise ValueError('odd')",
    "exits": "import os; os._exit(3)",
    "leaves Python": "raise SystemExit",
    "ends itself": "import os; os.kill(os.getpid(), 9); return x",
    "ends itself politely": "import os; os.kill(os.getpid(), 15); return x",
    "kills its parent": "import os; os.kill(os.getppid(), 9); return x",
    "aborts": "import os; os.abort()",
    "reads nowhere": "import ctypes; ctypes.string_at(0)",
    "is endless": "while True: pass",
    "is deaf": "import re; return re.match('(a+)+$', 'a' * 64 + 'b')",
    "is greedy": "return len([0] * 10**9)",
    "is loud": "while True: print('x' * 100)",
    "prints": "print('seen'); return x",
    "prints in C": "import ctypes; ctypes.CDLL(None).printf(b'seen'); return x",
    "calls out": "import socket; return socket.create_connection(('127.0.0.1', 9))",
    "speaks out of turn": "import os, select, contextlib\n        for n in range(3, 30):\n"
    "            with contextlib.suppress(OSError): os.write(n, b'x' * 99)",
    "forks": "import os; pid = os.fork(); pid or os._exit(0); os.waitpid(pid, 0); return x",
    "leaves a process": "import os, time\n        if not os.fork():\n            time.sleep(60)\n        return x",
    "leaves a thread": "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); return x",
    "awaits": "import asyncio; return asyncio.run(asyncio.sleep(0, x))",
    "traces": "import sys; sys.settrace(lambda *a: None); sys.setprofile(lambda *a: 1 / 0); return x",
    "takes the signals": "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); return x",
    "takes the output": "import sys; sys.stdout = None; return x",
    "writes a file": "open('f', 'a').write('x'); return len(open('f').read()) + x - 1",
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> LoadedCourse:
    checks = [{"call": f"f({n})", **({"hidden": f"of {n}"} if n > 1 else {})} for n in (1, 2, 3, 4)]
    return course_of(tmp_path_factory.mktemp("course"), {"checks": checks, "limits": LIMITS})


def odd_at(room: Classroom, course: LoadedCourse, body: str, number: int, before: str = "") -> Judged:
    """An answer that is right but for one number."""
    return room.judge(course, "task", f"{before}\ndef f(x):\n    if x == {number}:\n        {body}\n    return x")


@pytest.mark.parametrize("kind", ODD)
def test_the_last_check_gives_what_the_one_before_it_gives(room: Classroom, course: LoadedCourse, kind: str) -> None:
    third, fourth = (odd_at(room, course, ODD[kind], number) for number in (3, 4))
    amid, last = third.judgement.checks[2], fourth.judgement.checks[3]
    assert (last.verdict, last.stdout, last.failure) == (amid.verdict, amid.stdout, amid.failure)
    assert third.verdicts[3] == "AC"
    assert fourth.verdicts[:3] == ["AC"] * 3


def test_no_check_finds_what_another_changed(room: Classroom, course: LoadedCourse) -> None:
    body = "seen.append(x); return x if seen == [x] else 0"
    judged = room.judge(course, "task", f"seen = []\ndef f(x):\n    {body}")
    assert judged.verdicts == ["AC"] * 4


def test_a_thread_of_the_cells_is_in_every_check(room: Classroom, course: LoadedCourse) -> None:
    before = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    judged = room.judge(course, "task", f"{before}\ndef f(x): return x if threading.active_count() == 2 else 0")
    assert judged.verdicts == ["AC"] * 4


def test_what_a_thread_of_the_cells_prints_is_no_output_of_a_check(room: Classroom, course: LoadedCourse) -> None:
    before = """
import threading, time
def chatter():
    while True:
        print('chatter')
        time.sleep(0.0005)
threading.Thread(target=chatter, daemon=True).start()
"""
    judged = odd_at(room, course, "time.sleep(0.05); return x", 2, before)
    assert judged.verdicts == ["AC"] * 4
    assert [check.stdout for check in judged.judgement.checks] == [""] * 4
