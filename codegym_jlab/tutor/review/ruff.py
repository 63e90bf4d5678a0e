"""Style by ruff's rules, where ruff is installed: its findings as remarks. The review does not need it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from .remark import Remark, say

LIMIT_S = 0.25
_RULES = "E7,F,W6,B,SIM,C4,RET,PERF,PIE,UP"
#: rules whose advice is not for learners, or that own rules tell better
_LEFT_OUT = "E701,E702,E741,F821,F401,B006,B007,SIM105,SIM108,SIM115,RET503,PERF401,UP"
#: told in our own words, as ruff's are too technical
_TOLD = frozenset(
    "E711 E712 E713 E714 E721 E722 E731 F541 F811 F841 SIM102 SIM103 SIM110 SIM118"
    " SIM201 SIM210 SIM401 C400 C401 C408 C414 C416 C419 RET504 RET505 PERF102 PERF402".split()
)


def ruff(source: str) -> list[Remark]:
    """What ruff finds in `source`; nothing where it is not installed, or slower than `LIMIT_S`."""
    program = _program()
    if program is None:
        return []
    command = [program, "check", "--isolated", "--quiet", "--output-format=json", "--select", _RULES]
    command += ["--ignore", _LEFT_OUT, "--stdin-filename", "answer.py", "-"]
    try:
        ran = subprocess.run(command, input=source, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        found = json.loads(ran.stdout or "[]")
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return []
    return [
        Remark(one["location"]["row"], say(f"ruff.{one['code']}"), 1.4, "style")
        for one in found
        if one.get("code") in _TOLD
    ]


@cache
def _program() -> str | None:
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff")
