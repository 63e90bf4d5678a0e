"""The search for an input on which a mutant differs from its solution: both are asked the same in the sandbox."""

import ast
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.course.yaml_source import write_yaml
from codegym_jlab.grading.batch import judge_unrecorded
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.value_text import show
from codegym_jlab.grading.checker.verdict import Expected, decide
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import is_used, solution_names
from codegym_jlab.grading.grader.replay import LOST, Replay, student_replay
from codegym_jlab.grading.grader.value_checks import expected_of, question
from codegym_jlab.records import Cell, Json, Judgement, Submission, Verdict, frozen, in_parts, literal_eval
from codegym_jlab.sandbox.base import Sandbox
from codegym_jlab.tutor.explain.program import called
from codegym_jlab.tutor.guard.syntax import nodes_of

from .inputs import Trial, trials

#: What a student reads of the check, until the author writes better words.
LABEL = "another case"
#: Characters of an expected value that is still written out.
LONGEST_VALUE = 400
WIDTH = 1000  #: of a line of YAML
TOGETHER = 25  #: inputs that are asked in one go
MOST_ENDLESS = 10  #: inputs that take the solution too long, before no more are asked


def earlier_solutions(unit: Unit, exercise: Exercise) -> tuple[Cell, ...]:
    """The solutions of the exercises above it that it may use: what a student who solved them has there."""
    above = takewhile(lambda other: other.id != exercise.id, unit.exercises)
    used = (other for other in above if other.solution and is_used(other, exercise))
    return tuple(Cell(other.solution, role="answer", exercise=other.id) for other in used)


async def judge_source(
    grader: Grader, loaded: LoadedCourse, exercise: str, source: str, *, until_failure: bool = False
) -> tuple[Submission, Judgement]:
    """A source as its student would send it, below those solutions. Raises KeyError."""
    above = earlier_solutions(*loaded.find(exercise))
    return await judge_unrecorded(grader, loaded, exercise, source, above, until_failure=until_failure)


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
        return write_yaml([self.check | {"hidden": LABEL}], WIDTH)


class Search:
    """The inputs of one exercise. What the solution gives for them is kept, for each further mutant."""

    def __init__(
        self, sandbox: Sandbox, loaded: LoadedCourse, exercise: str, gate: asyncio.Semaphore, most: int
    ) -> None:
        self._sandbox, self._loaded, self._gate, self._most = sandbox, loaded, gate, most
        self._unit, self._exercise = loaded.find(exercise)
        self._asking = asyncio.Lock()  #: of the solution, which several mutants may want at a time
        self._wanted: dict[Trial, Expected] | None = None  #: what the solution does, once it was asked

    async def difference(self, mutant: str) -> tuple[Difference | None, int]:
        """The smallest input found on which they differ, None where there is none; and how many were tried."""
        tried = 0
        async with self._gate:
            async with self._asking:
                if self._wanted is None:
                    self._wanted = await self._ask_solution()
            try:
                async with self._replay(mutant).running() as other:
                    for chunk in in_parts([*self._wanted.items()], TOGETHER):
                        replies = await _ask(other, [trial for trial, _ in chunk])
                        for (trial, wanted), reply in zip(chunk, replies, strict=True):
                            tried += 1
                            if decide(wanted, reply).verdict is not Verdict.AC:
                                return Difference(trial, wanted, reply, self._exercise.is_program), tried
            except LOST:
                pass
        return None, tried

    async def kills(self, mutant: str, found: Sequence[Difference]) -> list[bool]:
        """Which of these inputs, found for other mutants, tell this one from the solution too."""
        async with self._gate:
            try:
                async with self._replay(mutant).running() as other:
                    replies = await _ask(other, [one.trial for one in found])
            except LOST:
                return [False] * len(found)
        pairs = zip(found, replies, strict=True)
        return [decide(one.wanted, reply).verdict is not Verdict.AC for one, reply in pairs]

    def _replay(self, source: str) -> Replay:
        above, names = earlier_solutions(self._unit, self._exercise), solution_names(self._exercise.solution)
        return student_replay(self._sandbox, self._loaded, self._exercise, above, source, names)

    async def _ask_solution(self) -> dict[Trial, Expected]:
        """What it does for each input; those that it is not made for are left out."""
        exercise, raised = self._exercise, _raised_by(self._exercise)
        tried = await asyncio.to_thread(trials, exercise.checks, exercise.solution, self._most, exercise.id)
        found, endless = dict[Trial, Expected](), 0
        async with self._replay(exercise.solution).running() as solution:
            for chunk in in_parts(tried, TOGETHER):
                for trial, reply in zip(chunk, await _ask(solution, chunk), strict=True):
                    endless += reply.status == "timeout"
                    with suppress(ValueError, TypeError):
                        wanted = expected_of(trial.check, reply)
                        if isinstance(wanted, Expected) and (wanted.raises is None or wanted.raises.type in raised):
                            found[trial] = wanted
                if endless >= MOST_ENDLESS:
                    break
        return found


async def _ask(replay: Replay, asked: Sequence[Trial]) -> list[Reply]:
    replay.begin_again()
    return await replay.checks([replay.question(**question(trial.check)) for trial in asked])


def _raised_by(exercise: Exercise) -> frozenset[str]:
    """The errors that the solution raises on purpose, or that a check wants."""
    raised = [called(node.exc) or getattr(node.exc, "id", "") for node in nodes_of(exercise.solution, ast.Raise)]
    return frozenset([*raised, *(check.raises.type for check in exercise.checks if check.raises is not None)])


def _outcome(wanted: Expected) -> Json:
    if wanted.raises is not None:
        return {"raises": wanted.raises.type}
    if wanted.prints is not None:
        return {"prints": "".join(line.rstrip() + "\n" for line in wanted.prints.rstrip().splitlines())}
    text = show(wanted.value or ["none"])
    try:
        value = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    if len(text) > LONGEST_VALUE:
        return {}
    return {"equals": value} if value is None or isinstance(value, int | float | str) else {"equals_expr": text}


def _quoted(text: str) -> str:
    text = _one_line(text)
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`" if text else "nothing"


def _one_line(text: str) -> str:
    return " ⏎ ".join(text.strip("\n").split("\n"))
