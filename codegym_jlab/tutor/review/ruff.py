"""Style by ruff's rules, where ruff is installed: its findings as remarks. The review does not need it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from .remark import Remark

LIMIT_S = 0.25
_RULES = "E7,F,W6,B,SIM,C4,RET,PERF,PIE,UP"
#: rules whose advice is not for learners, or that own rules tell better
_LEFT_OUT = "E701,E702,E741,F821,F401,B006,B007,SIM105,SIM108,SIM115,RET503,PERF401,UP"
#: our words where ruff's are too technical
_WORDS = {
    "E711": "`None` is tested with `is`.",
    "E712": "A value that is true or false needs no comparison with `True` or `False`.",
    "E713": "`x not in y` reads better than `not x in y`.",
    "E714": "`x is not y` reads better than `not x is y`.",
    "E721": "Types are compared with `isinstance`.",
    "E722": "A bare `except` hides every mistake. Name the error that you expect.",
    "E731": "A `lambda` that gets a name is better written as a `def`.",
    "F541": "The f-string holds no braces, so the `f` is not needed.",
    "F811": "The same name is defined twice; the first one is lost.",
    "F841": "This name gets a value that is never used.",
    "SIM102": "Two `if`, one inside the other, can be one with `and`.",
    "SIM103": "The condition is already true or false, so it can be returned as it is.",
    "SIM110": "The loop asks for one or all of the values: `any` or `all` does that.",
    "SIM118": "`key in d` needs no `.keys()`.",
    "SIM201": "`!=` reads better than `not … ==`.",
    "SIM210": "The condition is already true or false; no `True if … else False` is needed.",
    "SIM401": "`.get` with a default does this without the `if`.",
    "C400": "A comprehension reads better here than `list(...)` round a generator.",
    "C401": "A set comprehension reads better here.",
    "C408": "`[]`, `{}` and `()` are shorter than a call without values.",
    "C414": "`sorted` takes any values; the inner call is not needed.",
    "C416": "The comprehension only copies: `list(...)` does that.",
    "C419": "`any` and `all` need no list; without the brackets they can stop early.",
    "RET504": "The value can be returned at once, without a name for it.",
    "RET505": "After a `return`, no `else` is needed.",
    "PERF102": "Only keys or only values are used here: `.keys()` or `.values()` says so.",
    "PERF402": "`list(...)` or `.copy()` copies in one go.",
}


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
        Remark(one["location"]["row"], _WORDS.get(one["code"], one["message"]), 1.4, "style")
        for one in found
        if one.get("code") in _WORDS
    ]


@cache
def _program() -> str | None:
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff")
