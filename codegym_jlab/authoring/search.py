"""The search for an input on which a mutant differs from its solution: both are asked the same in the sandbox.

Calls are asked fifty at a time in one fork; what shows a difference there is asked again in a fork of its own.
"""

import ast
import asyncio
from collections.abc import Sequence
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.course.yaml_source import as_item
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.value_text import show
from codegym_jlab.grading.checker.verdict import Expected, decide
from codegym_jlab.grading.grader.plan import image_of, limits_of, solution_names, student_plan
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.grading.grader.value_checks import expected_of, question
from codegym_jlab.records import Cell, Json, Verdict, frozen
from codegym_jlab.runner.wire import values
from codegym_jlab.sandbox.base import ProcessEnded, Sandbox, SandboxUnavailable

from .inputs import FEW, Trial, nodes_of, trials

#: What a student reads of the check, until the author writes better words.
LABEL = "another case"
#: Characters of an expected value that is still written out.
LONGEST_VALUE = 400
TOGETHER = 50  #: calls that are asked in one fork
OF_SECONDS = 20  #: the part of a check's time that each of them has
#: Forks at most in which the solution is asked together, and those of all that may take too long.
MOST_FORKS, MOST_ENDLESS = 400, 10

_LOST = (SandboxUnavailable, SandboxLost, ProcessEnded)

#: What each call gives: the name of its error, its value, and the lines that it prints where it gives none. One that
#: takes longer than `seconds` of processor time has an error too.
_EACH = """\
def __each(calls, seconds):
    import contextlib, io, signal
    class Endless(BaseException):
        pass
    def end(*_):
        raise Endless
    signal.signal(signal.SIGVTALRM, end)
    for call in calls:
        printed, error, value = io.StringIO(), "", None
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
            with contextlib.redirect_stdout(printed):
                value = call()
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except (Exception, Endless) as raised:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            error = type(raised).__name__
        lines = printed.getvalue().rstrip().splitlines() if value is None else []
        yield error, value, [line.rstrip() for line in lines]
"""


@frozen
class Difference:
    """An input that tells a mutant from the solution."""

    trial: Trial
    wanted: Expected  #: what the solution does
    got: Reply  #: what the mutant does
    is_program: bool

    @property
    def words(self) -> str:
        """`sum_even([2, 2])` is `4`, the mutant says `2`."""
        return f"{self.input} {self.of_solution}, the mutant {self.of_mutant}."

    @property
    def input(self) -> str:
        """What is done, in Markdown on one line."""
        done = self.trial.call or self.trial.run or ""
        parts = [f"`{_one_line(text)}`" for text in (self.trial.setup, done) if text]
        if self.trial.stdin is not None:
            typed = f"with {_quoted(self.trial.stdin)} typed"
            parts.append(f"{typed}," if done else f"{typed} it")
        return ", ".join(parts) or "it"

    @property
    def of_solution(self) -> str:
        """What the solution gives: is `4`."""
        if self.wanted.raises is not None:
            return f"raises `{self.wanted.raises.type}`"
        if self.wanted.prints is not None:
            return f"prints {_quoted(self.wanted.prints)}"
        return f"is {_quoted(show(self.wanted.value or ['none']))}"

    @property
    def of_mutant(self) -> str:
        """What the mutant gives: says `2`."""
        error = self.got.raised or self.got.failure
        if self.got.status != "value":
            how = {"timeout": "does not end", "memory": "needs too much memory"}.get(self.got.status)
            return how or (f"raises `{error.type}`" if error else "stops")
        if self.wanted.prints is not None:
            return f"prints {_quoted(self.got.printed)}"
        return f"says {_quoted(show(self.got.value))}"

    @property
    def check(self) -> Json:
        """An item of `checks` without a label: a sample. Where what is expected is long, the solution says it."""
        body = {name: text for name in ("setup", "call", "run", "stdin") if (text := getattr(self.trial, name))}
        return body if self.is_program and "call" not in body else body | _outcome(self.wanted)

    @property
    def yaml(self) -> str:
        """The same as a course writes it, hidden."""
        return as_item(self.check | {"hidden": LABEL})


class Search:
    """The inputs of one exercise. What the solution gives for them is kept, for each further mutant."""

    def __init__(
        self,
        sandbox: Sandbox,
        loaded: LoadedCourse,
        unit: Unit,
        exercise: Exercise,
        above: Sequence[Cell],
        gate: asyncio.Semaphore,
        most: int = FEW,
    ) -> None:
        self._sandbox, self._loaded, self._unit, self._exercise = sandbox, loaded, unit, exercise
        self._above, self._gate, self._most = above, gate, most
        self._solution: Replay | None = None
        self._asking = asyncio.Lock()  #: of the solution, which several mutants may want at a time
        self._raised = _raised_by(exercise)
        self._calls: dict[Trial, Any] = {}  #: what may be asked together, and what the solution gives
        self._alone: dict[Trial, Expected] = {}
        self._forks = self._endless = 0

    async def difference(self, mutant: str) -> tuple[Difference | None, int]:
        """The smallest input found on which they differ, None where there is none; and how many were tried."""
        async with self._gate:
            async with self._asking:
                if self._solution is None:
                    await self._ask_solution()
            other, tried = self._replay(mutant), 0
            try:
                await other.start()
                calls = list(self._calls)
                for start in range(0, len(calls), TOGETHER):
                    chunk = calls[start : start + TOGETHER]
                    trial = await self._first(other, chunk)
                    tried += len(chunk)
                    if trial is None:
                        continue
                    async with self._asking:
                        wanted = await self._want(trial)
                    if wanted is not None and (found := await self._told(other, trial, wanted)):
                        return found, tried
                for trial, wanted in self._alone.items():
                    tried += 1
                    if found := await self._told(other, trial, wanted):
                        return found, tried
                return None, tried
            except _LOST:
                return None, tried
            finally:
                await other.close()

    async def kills(self, mutant: str, found: Sequence[Difference]) -> list[bool]:
        """Which of these inputs, found for other mutants, tell this one from the solution too."""
        async with self._gate:
            try:
                async with self._replay(mutant).running() as other:
                    replies = await other.checks([other.question(**question(one.trial.check)) for one in found])
            except _LOST:
                return [False] * len(found)
        return [_differ(one.wanted, reply) for one, reply in zip(found, replies, strict=True)]

    async def close(self) -> None:
        """Give the solution's process back."""
        if self._solution is not None:
            await self._solution.close()

    def _replay(self, source: str) -> Replay:
        plan = student_plan(self._unit, self._exercise, self._above, source)
        limits = limits_of(self._loaded, self._exercise.id)
        names = solution_names(self._exercise.solution)
        return Replay(self._sandbox, image_of(self._loaded), limits, plan, names)

    async def _ask_solution(self) -> None:
        """What it gives for each input; those that it is not made for are left out."""
        exercise = self._exercise
        found = await asyncio.to_thread(
            trials, exercise.checks, exercise.solution, self._most, exercise.id, is_program=exercise.is_program
        )
        self._solution = self._replay(exercise.solution)
        await self._solution.start()
        calls = [trial for trial in found if trial.is_call and not exercise.is_program]
        for start in range(0, len(calls), TOGETHER):
            if self._endless < MOST_ENDLESS:
                await self._keep(calls[start : start + TOGETHER])
        for trial in found:
            if trial not in calls and self._endless < MOST_ENDLESS and (wanted := await self._want(trial)) is not None:
                self._alone[trial] = wanted

    async def _keep(self, chunk: Sequence[Trial]) -> None:
        assert self._solution is not None
        self._forks += 1
        self._solution.begin_again()
        items, status = await _together(self._solution, chunk)
        self._endless += status == "timeout"
        if items is None and len(chunk) > 1 and self._forks < MOST_FORKS and self._endless < MOST_ENDLESS:
            for half in (chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]):
                await self._keep(half)
        for trial, item in zip(chunk, items or (), strict=False):
            if not item[1][0][1] or item[1][0][1] in self._raised:
                self._calls[trial] = item

    async def _first(self, other: Replay, chunk: Sequence[Trial]) -> Trial | None:
        """The first of them that seems to differ."""
        items, _ = await _together(other, chunk)
        if items is not None:
            pairs = zip(chunk, items, strict=True)
            return next((trial for trial, item in pairs if _differ_in_it(self._calls[trial], item)), None)
        if len(chunk) == 1:
            return chunk[0]
        half = len(chunk) // 2
        return await self._first(other, chunk[:half]) or await self._first(other, chunk[half:])

    async def _want(self, trial: Trial) -> Expected | None:
        """What the solution does; None for input that it is not made for."""
        assert self._solution is not None
        self._solution.begin_again()
        try:
            reply = await self._solution.check(**question(trial.check))
            self._endless += reply.status == "timeout"
            wanted = expected_of(trial.check, reply)
        except (ValueError, TypeError):
            return None
        if not isinstance(wanted, Expected) or (wanted.raises and wanted.raises.type not in self._raised):
            return None
        return wanted

    async def _told(self, other: Replay, trial: Trial, wanted: Expected) -> Difference | None:
        reply = await other.check(**question(trial.check))
        return Difference(trial, wanted, reply, self._exercise.is_program) if _differ(wanted, reply) else None


async def _together(replay: Replay, chunk: Sequence[Trial]) -> tuple[list[Any] | None, str]:
    """What each call gives, as values of the wire; None where that cannot be said, as when one never ends. And how."""
    call = "list(__each([" + ", ".join(f"lambda: ({trial.call}\n)" for trial in chunk)
    call += f"], {replay.seconds / OF_SECONDS}))"
    reply = await replay.check(setup=_EACH, call=call, want="value", program=True)
    try:
        return list(values.check_wire(reply.value)[1]) if reply.status == "value" else None, reply.status
    except (ValueError, TypeError):
        return None, reply.status


def _differ(wanted: Expected, reply: Reply) -> bool:
    try:
        return decide(wanted, reply).verdict is not Verdict.AC
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        return False


def _differ_in_it(ours: Any, theirs: Any) -> bool:
    return bool(ours != theirs and _differ(Expected(value=ours), Reply("value", value=theirs)))


def _raised_by(exercise: Exercise) -> frozenset[str]:
    """The errors that the solution raises on purpose, or that a check wants."""
    raised = [node.exc for node in nodes_of(exercise.solution) if isinstance(node, ast.Raise)]
    errors = [error.func if isinstance(error, ast.Call) else error for error in raised]
    wanted = [check.raises.type for check in exercise.checks if check.raises is not None]
    return frozenset([*wanted, *(error.id for error in errors if isinstance(error, ast.Name))])


def _outcome(wanted: Expected) -> Json:
    if wanted.raises is not None:
        return {"raises": wanted.raises.type}
    if wanted.prints is not None:
        return {"prints": "".join(line.rstrip() + "\n" for line in wanted.prints.rstrip().splitlines())}
    text = show(wanted.value or ["none"])
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    if len(text) > LONGEST_VALUE:
        return {}
    return {"equals": value} if value is None or isinstance(value, (int, float, str)) else {"equals_expr": text}


def _quoted(text: str) -> str:
    text = _one_line(text)
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`" if text else "nothing"


def _one_line(text: str) -> str:
    return " ⏎ ".join(text.strip("\n").split("\n"))
