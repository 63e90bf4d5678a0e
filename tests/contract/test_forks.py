"""A check's fork that ends in the very moment in which it is looked at whether it lives: its frame counts."""

from __future__ import annotations

import subprocess
import sys

#: The parent waits some time for a frame, then looks whether its fork lives. Between the two the fork is let go here,
#: and has answered and died before the parent goes on.
SCRIPT = """
import os, sys, time
from codegym_jlab.runner.session import check as checks
from codegym_jlab.runner.wire import frames

out, into = os.pipe()

class Waiting:
    seconds = 5.0
    def listen(self, inward, outward):
        os.read(out, 1)
        frames.write_all(outward, frames.pack({"status": "value"}))

def amid(frame, event, argument):
    if event == "call" and time.monotonic() - began > 0.01:
        sys.settrace(None)
        os.write(into, b"x")
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

fork = checks.Fork(Waiting(), False)
fork.start(os.dup(1))
began = time.monotonic()
sys.settrace(amid)
reply = fork.collect()
fork.end()
print(reply[4:].decode() if isinstance(reply, bytes) else reply)
"""


def test_a_fork_that_ends_while_it_is_looked_at_has_answered() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == '{"status":"value"}', done.stdout + done.stderr
