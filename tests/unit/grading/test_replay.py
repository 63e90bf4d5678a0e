"""What the grader makes of a sandbox that misbehaves: ends, is lost, is unavailable, or answers what is no reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contract.classroom import course_of, submission

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.grader import replay, value_checks
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Judgement
from codegym_jlab.sandbox.base import (
    Answers,
    ExitKind,
    ExitStatus,
    Image,
    Limits,
    Process,
    ProcessEnded,
    SandboxUnavailable,
    goes_on,
)

Frame = dict[str, Any]
RIGHT: Frame = {"status": "value", "value": ["int", "1"], "stdout": ""}


class Scripted(Process):
    """A sandbox that answers a frame as a script says; it counts leases and gives back."""

    level = "scripted"

    def __init__(self, answer: Callable[[Frame], Frame | ExitKind], delay: float = 0) -> None:
        self.answer, self.delay = answer, delay
        self.leases = self.closed = 0
        self.frames: list[Frame] = []

    async def lease(self, image: Image, limits: Limits) -> Scripted:
        self.leases += 1
        return self

    async def ask_all(self, checks: Sequence[Frame], *, within: float, total: float) -> Answers:
        answers = Answers()
        for check in checks:
            try:
                answers.given.append(await self._told(check, within))
            except ProcessEnded as end:
                answers.ended = end.status
            if answers.ended or not goes_on(check, answers.given[-1]):
                break
        return answers

    async def _told(self, frame: Frame, within: float) -> Frame:
        assert within > 0
        self.frames.append(frame)
        if frame["op"] == "begin":
            return {"ok": True}
        reply = self.answer(frame)
        if frame["op"] == "check" and self.delay:
            await asyncio.sleep(self.delay)
        if isinstance(reply, ExitKind):
            raise ProcessEnded(ExitStatus(reply, signal=11, detail="scripted"))
        return reply

    async def warm(self, image: Image) -> None: ...

    async def close(self) -> None:
        self.closed += 1


def ran(frame: Frame) -> Frame:
    return {"status": "ok", "stdout": ""} if frame["op"] == "cell" else RIGHT


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedCourse:
    checks = [{"call": f"f({n})", "equals": 1, "hidden": f"case {n}"} for n in range(3)]
    return course_of(tmp_path, {"code": "y = 2"}, {"checks": [{"call": "f(9)", "equals": 1}, *checks]})


#: Of which it is not known that it leaves nothing behind, and of which it is.
FORKED, PLAIN = "def f(x: object): return 1", "def f(x): return 1"


def judge(sandbox: Any, loaded: LoadedCourse, source: str = FORKED, **more: Any) -> Judgement:
    async def work() -> Judgement:
        grader = Grader(sandbox, key=b"k")
        judgement = await grader.judge(loaded, submission(loaded, "task", source, ["z = 3"]), **more)
        await grader.close()
        return judgement

    return asyncio.run(work())


def verdicts(judgement: Judgement) -> list[str]:
    return [check.verdict.value for check in judgement.checks]


def test_one_lease_when_all_is_well(loaded: LoadedCourse) -> None:
    sandbox = Scripted(ran)
    judgement = judge(sandbox, loaded, seed="given")
    assert (judgement.verdict, judgement.seed, judgement.level) == ("AC", "given", "scripted")
    assert (sandbox.leases, sandbox.closed) == (1, 1)
    assert [f.get("name") for f in sandbox.frames] == [None, "course cell 1", "cell 1", "answer", *["check"] * 4]


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (ExitKind.TIMEOUT, "TLE"),
        (ExitKind.MEMORY, "MLE"),
        (ExitKind.OUTPUT, "OLE"),
        (ExitKind.PROTOCOL, "SV"),
        (ExitKind.SIGNALLED, "RTE"),
        (ExitKind.EXITED, "RTE"),
    ],
)
def test_a_check_that_ends_the_process_costs_that_check_alone(
    loaded: LoadedCourse, kind: ExitKind, verdict: str
) -> None:
    sandbox = Scripted(lambda frame: kind if frame.get("call") == "f(1)" else ran(frame))
    judgement = judge(sandbox, loaded)
    assert verdicts(judgement) == ["AC", "AC", verdict, "AC"]
    assert (sandbox.leases, sandbox.closed) == (2, 2)


def test_a_plain_check_that_ends_the_process_is_asked_again_in_a_fork_and_so_are_all_after_it(
    loaded: LoadedCourse,
) -> None:
    sandbox = Scripted(lambda frame: ExitKind.TIMEOUT if frame.get("call") == "f(1)" and frame["plain"] else ran(frame))
    assert verdicts(judge(sandbox, loaded, PLAIN)) == ["AC"] * 4
    asked = [(frame["call"], frame["plain"]) for frame in sandbox.frames if frame["op"] == "check"]
    assert asked == [("f(9)", True), ("f(0)", True), ("f(1)", True), ("f(1)", False), ("f(2)", False)]
    ends = Scripted(lambda frame: ExitKind.TIMEOUT if frame.get("call") == "f(1)" else ran(frame))
    assert verdicts(judge(ends, loaded, PLAIN)) == ["AC", "AC", "TLE", "AC"]


@pytest.mark.parametrize(("where", "ending"), [("name", "cell 1"), ("call", "f(1)")])
def test_a_given_cell_that_is_late_after_the_students_code_is_no_fault_of_ours(
    loaded: LoadedCourse, where: str, ending: str
) -> None:
    ended: list[str] = []

    def late(frame: Frame) -> Frame | ExitKind:
        if frame.get("name") == "course cell 1" and ended:
            return ExitKind.TIMEOUT
        if frame.get(where) == ending:
            ended.append(ending)
            return ExitKind.EXITED
        return ran(frame)

    assert judge(Scripted(late), loaded).verdict != "JE"
    assert judge(Scripted(late), loaded).verdict == "JE", "late from the beginning"


def test_a_cell_that_ends_the_process_is_left_out(loaded: LoadedCourse) -> None:
    sandbox = Scripted(lambda frame: ExitKind.EXITED if frame.get("name") == "cell 1" else ran(frame))
    judgement = judge(sandbox, loaded)
    assert judgement.verdict == "AC"
    assert sum(f.get("name") == "cell 1" for f in sandbox.frames) == 1


def test_a_late_end_leaves_the_cells_above_their_time(tmp_path: Path) -> None:
    checks = [{"call": f"f({n})", "equals": 1, "hidden": f"case {n}"} for n in range(2)]
    loaded = course_of(tmp_path, {"checks": checks, "limits": {"total_s": 0.5}})
    sandbox = Scripted(lambda frame: ExitKind.EXITED if frame.get("call") == "f(0)" else ran(frame), delay=0.3)
    assert (verdicts(judge(sandbox, loaded)), sandbox.leases) == (["RTE", "AC"], 2)
    assert [f.get("name") for f in sandbox.frames].count("cell 1") == 2


def test_what_goes_on_beside_gives_each_check_a_process_whose_start_costs_it_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(replay, "time", SimpleNamespace(monotonic=lambda: now[0]))

    class Slow(Scripted):
        async def lease(self, image: Image, limits: Limits) -> Scripted:
            now[0] += 20.0
            return await super().lease(image, limits)

    calls = [{"call": f"f({n})", "equals": 1} for n in range(4)]
    task = {"checks": calls, "limits": {"seconds": 1, "total_s": 30}}
    sandbox = Slow(lambda frame: {**ran(frame), "beside": frame["op"] == "cell"})
    assert verdicts(judge(sandbox, course_of(tmp_path, task))) == ["AC"] * 4
    asked = [frame for frame in sandbox.frames if frame["op"] == "check"]
    assert (sandbox.leases, [frame.get("within") for frame in asked]) == (4, [True] * 4)


def test_a_lost_sandbox_is_tried_once_more(loaded: LoadedCourse) -> None:
    losses: Iterator[bool] = iter([True, False, False, False, False])
    sandbox = Scripted(lambda frame: ExitKind.LOST if frame["op"] == "check" and next(losses) else ran(frame))
    assert verdicts(judge(sandbox, loaded)) == ["AC"] * 4


@pytest.mark.parametrize("name", ["cell 1", "answer", "check"])
def test_the_time_until_a_loss_is_seen_is_not_the_answers(
    loaded: LoadedCourse, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A sandbox host that hangs is given up after longer than a whole submission may take."""
    now, lost = [0.0], list[str]()
    monkeypatch.setattr(replay, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def hang_once(frame: Frame) -> Frame | ExitKind:
        if frame["name"] != name or lost:
            return ran(frame)
        lost.append(name)
        now[0] += 45.0
        return ExitKind.LOST

    assert verdicts(judge(Scripted(hang_once), loaded)) == ["AC"] * 4


@pytest.mark.parametrize("name", ["cell 1", "answer", "check"])
def test_twice_lost_is_our_fault(loaded: LoadedCourse, name: str) -> None:
    judgement = judge(Scripted(lambda frame: ExitKind.LOST if frame["name"] == name else ran(frame)), loaded)
    assert (judgement.verdict, verdicts(judgement)) == ("JE", ["JE"] * 4)
    assert judgement.notices[0].code == "staff_fault"


def test_no_sandbox_is_our_fault(loaded: LoadedCourse) -> None:
    class None_(Scripted):
        async def lease(self, image: Image, limits: Limits) -> Scripted:
            raise SandboxUnavailable("no namespaces here")

    judgement = judge(None_(ran), loaded)
    assert (judgement.verdict, judgement.failure) == ("JE", None)
    assert "no namespaces here" in judgement.notices[0].text


MALFORMED: list[Any] = [
    {},
    {"status": "AC"},
    {"status": ["value"]},
    {"status": "value", "value": {"t": "int"}},
    {"status": "value", "value": ["int", "one"]},
    {"status": "value", "value": ["float", "0x1p+9999"]},
    {"status": "value", "value": ["range", "0", "0", "0"]},
    {"status": "value", "value": ["list", [["list", "x"]]]},
    {"status": "value", "value": ["ndarray", "f8", [3], []]},
    {"status": "value", "stdout": 7},
    {"status": "raised", "raised": {"type": "E", "mro": 5, "message": ""}},
    {"status": "error", "failure": {"type": "E", "message": "", "line": "x", "cell": None, "frames": []}},
    {"status": "error", "failure": "none"},
    {"status": "timeout", "failure": {"frames": [{"cell": 1}]}},
    {"status": "ok", "shadowed": [{"name": 1}]},
]


@pytest.mark.parametrize("reply", MALFORMED)
def test_what_is_no_reply_is_a_violation_never_our_fault(loaded: LoadedCourse, reply: Frame) -> None:
    for op in ("cell", "check"):
        judgement = judge(Scripted(lambda frame, op=op: reply if frame["op"] == op else ran(frame)), loaded)
        assert judgement.verdict in ("SV", "WA", "RTE", "TLE")


@pytest.mark.parametrize("status", ["ok", "value", "raised", "error", "syntax", "unsupported", "timeout", "violation"])
def test_a_bare_status_is_survived(loaded: LoadedCourse, status: str) -> None:
    for op in ("cell", "check"):
        own = {"op": op} if op == "check" else {"op": op, "kind": "answer"}  # a given cell's time is our affair
        judgement = judge(
            Scripted(lambda f, own=own: {"status": status} if own.items() <= f.items() else ran(f)), loaded
        )
        assert judgement.verdict != "JE"


def test_huge_texts_are_cut(loaded: LoadedCourse) -> None:
    big = "x" * 3_000_000
    frames = [{"cell": big, "line": 1, "function": big}] * 1000
    failure = {"type": big, "message": big, "line": 1, "cell": big, "frames": frames}
    raised = {"type": big, "mro": [big], "message": big}
    reply = {"status": "raised", "stdout": big, "failure": failure, "raised": raised}
    judgement = judge(Scripted(lambda frame: reply if frame["op"] == "check" else ran(frame)), loaded)
    assert len(str(judgement)) < 500_000


def test_what_is_expected_is_worked_out_once(tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {"checks": [{"call": "f(1)"}, {"call": "f(2)", "equals_expr": "1"}]})
    sandbox = Scripted(ran)

    async def work() -> list[int]:
        grader, counts = Grader(sandbox), []
        for number in range(3):
            await grader.judge(loaded, submission(loaded, "task", f"# {number}"))
            counts.append(sandbox.leases)
        await asyncio.gather(*(grader.judge(loaded, submission(loaded, "task", f"#{n}")) for n in range(3)))
        await grader.close()
        return [*counts, sandbox.leases]

    assert asyncio.run(work()) == [2, 3, 4, 7]


def test_nothing_of_the_authors_reaches_the_students_process(tmp_path: Path) -> None:
    solution = "def f(x): return 'SECRET-SOLUTION'"
    checks: list[dict[str, Any]] = [
        {"call": "f(1)", "equals_expr": "'SECRET-EXPR'"},
        {"call": "f(2)", "equals": "SECRET-VALUE"},
        {"call": "f(3)"},
    ]
    loaded = course_of(tmp_path, {"checks": checks, "solution": solution})

    made: list[Scripted] = []

    class Apart(Scripted):
        async def lease(self, image: Image, limits: Limits) -> Scripted:
            made.append(Scripted(ran))
            return made[-1]

    judge(Apart(ran), loaded)
    author, student = made
    assert "SECRET" in str(author.frames)
    assert "SECRET" not in str(student.frames)


def test_what_is_expected_is_there_though_the_memory_is_full(
    loaded: LoadedCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_checks, "MOST_KNOWN", 1)
    checks = [Check(call="f(1)"), Check(call="f(2)", equals=1), Check(call="f(3)")]

    async def work() -> list[list[str]]:
        grader, sent = Grader(Scripted(ran), key=b"k"), submission(loaded, "task", FORKED)
        told = [await grader.expected(loaded, sent, some) for some in (checks[:1], checks, checks)]
        await grader.close()
        return [list(one) for one in told]

    assert asyncio.run(work()) == [[one.id for one in some] for some in (checks[:1], checks, checks)]
