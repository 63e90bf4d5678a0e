"""Many programs in one fork: the harness that runs them there, what it says of each, and which may share one.

A fork costs milliseconds, a program of a reply a fraction of one. Each check finds the program run anew.
"""

from __future__ import annotations

import re
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.replies import Raised, Reply

#: Runs many texts in one process, each check in names of its own. Of one that took too long it says nothing, and after
#: two of these there is little time for others: lines that are put together in all ways often run for ever.
HARNESS = """
def __many(texts, asked, given, shim):
    import contextlib, io, signal
    class Late(BaseException): pass
    def late(*_): raise Late
    signal.signal(signal.SIGVTALRM, late)
    exec(shim, given)
    said, time_left = [], [0.1, 0.1]
    for text in texts:
        answers = []
        try:
            code = compile(text, "<reply>", "exec")
            for setup, call, run in asked:
                out = io.StringIO()
                space = dict(given)
                signal.setitimer(signal.ITIMER_VIRTUAL, time_left[0] if time_left else 0.03)
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    exec(code, space)
                try:
                    with contextlib.redirect_stdout(out):
                        if setup: exec(setup, space)
                        if run: exec(run, space)
                        value = eval(call, space) if call else None
                    if hasattr(value, "__next__"): value = None
                    answers.append(["value", value, out.getvalue()[:20000]])
                except Exception as error:
                    answers.append(["raised", [t.__name__ for t in type(error).__mro__], str(error)[:300]])
        except Late:
            answers = None
            del time_left[:1]
        except BaseException:
            answers = []
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        said.append(answers)
    return said
"""

#: What can change the process for whatever runs after it, or what the harness runs otherwise than a check does.
_WILD = re.compile(
    r"""\b(?:builtins|sys|os|gc|signal|ctypes|_?threads?|_?threading|multiprocessing|subprocess|asyncio|async|await|inspect
        |exec|eval|compile|setattr|delattr|globals|vars|open|input|exit|quit|importlib|weakref|faulthandler|warnings|options)\b
      | __(?:builtins|import|dict|class|globals|code|subclasses|base|bases|mro|closure|defaults|setattr|delattr)__
      | \bset_(?:option|printoptions)\b | \bseterr\b | \bimport\s*\*""",
    re.VERBOSE,
)
_IMPORTED = re.compile(r"^\s*import\s+([\w., ]+)", re.MULTILINE)
#: A module's own attribute, given another value: `math.pi = 3`.
_STORED = r"^\s*(?:{})\.[\w.]+\s*(?:[-+*/]?=)(?!=)"


def is_tame(text: str) -> bool:
    """Whether a program leaves the process as it found it, as far as can be seen: then others may run after it."""
    if _WILD.search(text):
        return False
    names = [
        part.split()[-1].split(".")[0] for found in _IMPORTED.findall(text) for part in found.split(",") if part.split()
    ]
    return not names or re.search(_STORED.format("|".join(map(re.escape, names))), text, re.MULTILINE) is None


def is_askable(check: Check) -> bool:
    """Whether the harness asks a check as the sandbox does."""
    return check.stdin is None and "await" not in f"{check.setup} {check.call} {check.run}"


def rows_of(reply: Reply, number: int) -> list[list[Reply] | None] | None:
    """What the harness says of each text, check by check; none for one that took too long.

    None as a whole where it is not to be had: one of them took the others with it, or gave what cannot cross. Values
    are as they came: whoever compares one checks what it is.
    """
    if reply.value is None:
        return None
    try:
        rows = [None if row[0] == "none" else [_read(answer[1]) for answer in row[1]] for row in reply.value[1]]
    except (ValueError, TypeError, IndexError, KeyError, RecursionError):
        return None
    return rows if len(rows) == number else None


def _read(parts: Any) -> Reply:
    """One answer of the harness, `["value", value, printed]` or `["raised", names, message]`, as a reply."""
    status, first, second = parts
    if status[1] == "value":
        return Reply("value", str(second[1]), value=first)
    names = tuple(str(name[1]) for name in first[1])
    return Reply("raised", raised=Raised(names[0], names, str(second[1])))
