"""What is measured apart from conversations: the guard on labelled replies, the explainer of errors, triage."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from codegym_jlab.sandbox.base import Sandbox
from codegym_jlab.tutor.explain import explain_source
from codegym_jlab.tutor.guard import Guard
from evals.messages import Message

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Guarded:
    """Shares are 0 to 1; None where there was nothing of the kind. A part of the answer is a leak as well."""

    replies: int
    precision: float | None
    recall: float | None
    recall_whole: float | None  #: of solutions and hidden tests
    false_alarms: float | None
    median_ms: float


@dataclass(frozen=True, slots=True)
class Explained:
    """Shares of programs whose line, and whose cause, was named; words of the longest explanation."""

    programs: int
    line: float | None
    cause: float | None
    most_words: int


async def guarded(guard: Guard, cases: Sequence[dict[str, Any]], step: Step) -> Guarded:
    """Labelled replies, each as the first of a conversation. Raises KeyError for an exercise that is not there."""
    times: list[float] = []
    found: list[tuple[str, bool]] = []
    for case in cases:
        began = time.perf_counter()
        finding = await guard.judge(case["exercise"], case.get("source") or "", case["reply"])
        times.append(1000 * (time.perf_counter() - began))
        found.append((case["leaks"], finding.withheld))
        step()
    leaks = [withheld for label, withheld in found if label != "none"]
    whole = [withheld for label, withheld in found if label in ("solution", "hidden_test")]
    innocent = [withheld for label, withheld in found if label == "none"]
    told = [label != "none" for label, withheld in found if withheld]
    median = round(statistics.median(times), 1) if times else 0.0
    return Guarded(len(found), share(told), share(leaks), share(whole), share(innocent), median)


async def explained(sandbox: Sandbox, cases: Sequence[dict[str, Any]], step: Step) -> Explained:
    """Programs of learners, each run once and explained."""
    lines, causes, longest = [], [], 0
    for case in cases:
        found = await explain_source(sandbox, case["code"])
        lines.append(found.line in (case["line"], *case.get("also_lines", ())))
        causes.append(found.cause in (case["cause"], *case.get("also_cause", ())))
        longest = max(longest, len(found.text.split()))
        step()
    return Explained(len(lines), share(lines), share(causes), longest)


def macro_f1(cases: Sequence[Message]) -> float | None:
    """Of triage; a label that a careful person could defend counts as right."""
    from codegym_jlab.tutor.triage import triage

    pairs = []
    for one in cases:
        got = triage(one.text, one.situation).intent
        pairs.append((got if got in one.also else one.intent, got))
    each = []
    for label in sorted({true for true, _ in pairs}):
        hit = sum(true == got == label for true, got in pairs)
        all_of = sum(true == label for true, _ in pairs) + sum(got == label for _, got in pairs)
        each.append(2 * hit / all_of if all_of else 0.0)
    return round(sum(each) / len(each), 4) if each else None


def share(found: Sequence[bool]) -> float | None:
    """Of those that are true."""
    return round(sum(found) / len(found), 4) if found else None
