"""A spare that nobody needed for a while has gone through what comes: nothing of that is to be found in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from contract.classroom import course_of, open_classroom

LOOKS = """
import gc, os, sys, threading
print(sorted(os.listdir('.')), sorted(globals()), threading.active_count(), sys.argv)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print('alone')
def f(x):
    print(sys.stdin.read(), gc.isenabled(), sorted(os.listdir('.')))
    return x
"""


def test_an_answer_finds_the_same_in_a_spare_that_waited(tmp_path: Path) -> None:
    course = course_of(tmp_path, {"checks": [{"call": "f(1)"}, {"call": "f(2)", "hidden": "another"}]})
    room = open_classroom()
    try:
        room.judge(course, "task", LOOKS)
        told = []
        for seconds in (0.0, 0.3):
            room.run(asyncio.sleep(seconds))
            judged = room.judge(course, "task", f"{LOOKS}# {seconds}")
            assert judged.verdicts == ["AC", "AC"]
            told.append((judged.judgement.stdout, [check.stdout for check in judged.judgement.checks]))
    finally:
        room.close()
    assert told[0] == told[1]
    assert "alone" in told[0][0]
