"""The remarks beside a judgement: skipped cells, and where Check differs from a student's kernel.

A notice whose code begins with `staff_` is for staff alone.
"""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence

from codegym_jlab.course.schema import GAP
from codegym_jlab.grading.checker.responses import Reply, visible
from codegym_jlab.records import CheckResult, Failure, Judgement, Notice

from .plan import ANSWER, PlannedCell

STAFF = "staff_"
#: No sandbox could be had: nobody's code was run, and what was sent is not to blame.
AWAY = STAFF + "sandbox_away"
MAX_NOTICES = 8
GATE = Notice("gate", "The hidden tests earn points once all sample tests pass.")

_BUILTINS = frozenset(dir(builtins))
_NAME_ERROR = re.compile(r"name '(\w{1,80})' is not defined")
_SKIPPED = {
    "timeout": "took too long and was skipped",
    "memory": "needed too much memory and was skipped",
    "output": "printed too much and was skipped",
    "violation": "tried something that Check does not allow and was skipped",
    "syntax": "cannot be read by Python and was skipped",
    "exited": "ended Python and was skipped",
    "crashed": "ended Python and was skipped",
}


def is_for_staff(notice: Notice) -> bool:
    """True for a notice that a student is not shown."""
    return notice.code.startswith(STAFF)


def is_away(judged: Judgement) -> bool:
    """True where nothing was run because no sandbox could be had."""
    return any(notice.code == AWAY for notice in judged.notices)


def staff(code: str, text: str, **args: object) -> Notice:
    """A notice for staff alone."""
    return Notice(STAFF + code, text, args)


def notices_of(
    plan: Sequence[PlannedCell],
    skipped: Mapping[str, Reply],
    ran: Mapping[str, Reply],
    samples: Sequence[CheckResult],
    solution_names: Sequence[str],
) -> tuple[Notice, ...]:
    """What a student is told, from the cells' replies (`ran` holds the answer's too) and the sample checks alone."""
    by_name = {cell.name: cell for cell in plan}
    found = [skipped_cell(by_name[name], reply) for name, reply in skipped.items()]
    replies = [*skipped.values(), *ran.values()]
    found += [_missing_package(reply.module) for reply in replies if reply.module]
    answer = ran.get(ANSWER)
    failures = [answer.failure] if answer is not None else []
    failures += [check.failure for check in samples if not check.passed]
    text = "\n".join(cell.text for cell in plan if cell.kind != "given")
    found += _unknown_names(failures, text, solution_names)
    for name, reply in ran.items():
        found += [_shadowed(by_name[name], word, line) for word, line in reply.shadowed if word in _BUILTINS]
    unique = {(n.code, n.text): n for n in found}
    return tuple(unique.values())[:MAX_NOTICES]


def skipped_cell(cell: PlannedCell, reply: Reply) -> Notice:
    """A cell above the answer did not run through."""
    what = f"Cell {cell.number} above" if cell.number is not None else "A cell of the course"
    why = _SKIPPED.get(reply.status, "stopped with an error and was skipped")
    return Notice("cell_skipped", f"{what} {why}.", {"cell": cell.number, "status": reply.status})


def _missing_package(module: str) -> Notice:
    name = visible(module, 60)
    words = f"The package `{name}` is not in this course. Check cannot import it."
    return Notice("missing_package", words, {"name": name})


def _unknown_names(failures: Sequence[Failure | None], text: str, solution: Sequence[str]) -> Iterator[Notice]:
    for failure in failures:
        match = _NAME_ERROR.search(failure.message) if failure and failure.type == "NameError" else None
        if failure is None or match is None or match[1] == GAP:
            continue
        name = match[1]
        if name in solution and failure.cell is None:
            yield Notice("name_missing", f"The tests use `{name}`, which your answer does not define.", {"name": name})
        elif not _is_slip(name, text):
            words = f"Check starts fresh and does not know `{name}`, which only your kernel knows."
            yield Notice("fresh_start", f"{words} Define it in a cell above.", {"name": name})


def _is_slip(name: str, text: str) -> bool:
    """True where the name looks like a misspelling of one that the text or Python knows."""
    words = set(re.findall(r"\b[^\W\d]\w*", text[:8000])) - {name}
    return bool(difflib.get_close_matches(name, [*words, *_BUILTINS, *keyword.kwlist], n=1, cutoff=0.8))


def _shadowed(cell: PlannedCell, name: str, line: int) -> Notice:
    place = f"line {line}" if cell.name == ANSWER else f"line {line} of cell {cell.number} above"
    words = f"`{name}` is a name of Python's that you gave away in {place}. The tests do not mind; your later code may."
    return Notice("shadowed_builtin", words, {"name": name, "line": line, "cell": cell.number})
