"""A check that tells a solution from a mutant: both are asked the same in the sandbox until their answers differ."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import yaml

from codegym_jlab.authoring.trials import Trial, trials
from codegym_jlab.course.checks import Raises
from codegym_jlab.grading.environment import image_of, limits_of
from codegym_jlab.grading.outcomes import Expected, decide
from codegym_jlab.grading.plan import solution_names, student_plan
from codegym_jlab.grading.rendering import number_of, show, whole_of
from codegym_jlab.grading.replay import Replay, SandboxLost
from codegym_jlab.grading.replies import Reply
from codegym_jlab.runner import wire
from codegym_jlab.sandbox.base import ProcessEnded, Sandbox, SandboxUnavailable
from codegym_jlab.submission import Cell, Verdict

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.course.schema import Exercise, Unit

#: What the author replaces by words of their own.
LABEL = "say here what this looks at"
#: Characters of an expected value that is still written out.
_LONGEST = 400

_LOST = (SandboxUnavailable, SandboxLost, ProcessEnded)


class Suggesting:
    """The trials of one exercise. The solution's answers are kept, so that each further mutant costs half."""

    def __init__(
        self,
        sandbox: Sandbox,
        loaded: LoadedCourse,
        unit: Unit,
        exercise: Exercise,
        above: Sequence[Cell],
        gate: asyncio.Semaphore,
    ) -> None:
        self._sandbox, self._loaded, self._unit, self._exercise = sandbox, loaded, unit, exercise
        self._above, self._gate = above, gate
        self._solution: Replay | None = None
        self._wanted: dict[Trial, Expected | None] = {}
        self._raised = _raised_by(exercise.solution)
        self._trials = trials(exercise.checks, exercise.solution)

    async def check_for(self, mutant: str) -> str | None:
        """YAML of a check that the solution passes and the mutant does not; None where no trial shows a difference."""
        async with self._gate:
            other = self._replay(mutant)
            try:
                if self._solution is None:
                    self._solution = self._replay(self._exercise.solution)
                    await self._solution.start()
                await other.start()
                for trial in self._trials:
                    wanted = await self._want(self._solution, trial)
                    if wanted is not None and _differ(wanted, await _ask(other, trial)):
                        return as_yaml(trial, wanted)
                return None
            except _LOST:
                return None
            finally:
                await other.close()

    async def close(self) -> None:
        """Give the solution's process back."""
        if self._solution is not None:
            await self._solution.close()

    def _replay(self, source: str) -> Replay:
        plan = student_plan(self._unit, self._exercise, self._above, source)
        limits = limits_of(self._loaded, self._exercise.id)
        names = solution_names(self._exercise.solution)
        return Replay(self._sandbox, image_of(self._loaded), limits, plan, names)

    async def _want(self, solution: Replay, trial: Trial) -> Expected | None:
        """What the solution does; None for input that it is not made for."""
        if trial not in self._wanted:
            self._wanted[trial] = _expected(trial, await _ask(solution, trial), self._raised)
        return self._wanted[trial]


async def _ask(replay: Replay, trial: Trial) -> Reply:
    want: Any = "value" if trial.call is not None else "none"
    return await replay.check(setup=trial.setup, call=trial.call, run=trial.run, stdin=trial.stdin, want=want)


def _expected(trial: Trial, reply: Reply, raised: frozenset[str]) -> Expected | None:
    if reply.status == "raised" and reply.raised is not None:
        return Expected(raises=Raises(type=reply.raised.type, match=None)) if reply.raised.type in raised else None
    if reply.status != "value":
        return None
    if trial.call is None or (reply.value == ["none"] and reply.printed.strip()):
        return Expected(prints=reply.printed)
    try:
        return Expected(value=wire.check_wire(reply.value))
    except (ValueError, TypeError):
        return None


def _differ(wanted: Expected, reply: Reply) -> bool:
    try:
        return decide(wanted, reply).verdict is not Verdict.AC
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        return False


def _raised_by(solution: str) -> frozenset[str]:
    """The errors that the solution raises on purpose."""
    try:
        nodes = list(ast.walk(ast.parse(solution)))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    raised = [
        node.exc.func if isinstance(node.exc, ast.Call) else node.exc for node in nodes if isinstance(node, ast.Raise)
    ]
    return frozenset(error.id for error in raised if isinstance(error, ast.Name))


# -- as YAML ---------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Longer text as a block, as courses are written."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if style is None and "'" in text and not {'"', "\\"} & set(text) and (text[0] in "[{'" or ": " in text):
        style = '"'  # PyYAML would double each single quote
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(trial: Trial, wanted: Expected) -> str:
    """An item of `checks`. A value that is long or no plain literal is left out: the solution says what is expected."""
    body = {name: text for name in ("setup", "call", "run", "stdin") if (text := getattr(trial, name))}
    body |= _outcome(wanted)
    body["hidden"] = LABEL
    return yaml.dump([body], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def _outcome(wanted: Expected) -> dict[str, Any]:
    if wanted.raises is not None:
        return {"raises": wanted.raises.type}
    if wanted.prints is not None:
        return {"prints": "".join(line.rstrip() + "\n" for line in wanted.prints.rstrip().splitlines())}
    kind, *rest = wanted.value or ["none"]
    if kind == "none":
        return {"equals": None}
    if kind == "int" and len(rest[0]) < 40:
        return {"equals": whole_of(rest[0])}
    if kind in ("bool", "str") and len(str(rest[0])) <= _LONGEST:
        return {"equals": rest[0]}
    if kind == "float" and "n" not in rest[0]:  # neither nan nor inf
        return {"equals": number_of(rest[0])}
    text = show(wanted.value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    return {"equals_expr": text} if len(text) <= _LONGEST else {}
