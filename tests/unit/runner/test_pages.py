"""Python's own code in large pages: whatever the kernel gives, the interpreter goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os, re
from codegym_jlab.runner.pages import enlarge_code
moved = enlarge_code()
rights = [line.split()[1] for line in open("/proc/self/maps")]
print(moved >= 0, not any("w" in r and "x" in r for r in rights))
print(sorted(re.findall("[a-c]+", "xxabcxxbcaxx")), sum(x * x for x in range(1000)))
pid = os.fork()
if not pid:
    os._exit(len(str(2 ** 100)))
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), enlarge_code() >= 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux's")
def test_python_goes_on() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split("\n") == ["True True", "['abc', 'bca'] 332833500", "31 True", ""]
