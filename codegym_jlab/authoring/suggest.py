"""A check that tells a solution from a mutant: both are asked the same in the sandbox until their answers differ.

Inputs are the calls of an exercise's own checks with other literals. What stands at a border in the solution (`>= 8`)
is tried first, then what is near the author's own values.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

from codegym_jlab.authoring.mutants import quoted, replaced, slots
from codegym_jlab.course.checks import Check, Raises
from codegym_jlab.course.yaml_source import as_item
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.value_text import show
from codegym_jlab.grading.checker.verdict import Expected, decide
from codegym_jlab.grading.grader.plan import image_of, limits_of, solution_names, student_plan
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.records import Cell, Verdict
from codegym_jlab.runner.wire import values
from codegym_jlab.sandbox.base import ProcessEnded, Sandbox, SandboxUnavailable

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.course.schema import Exercise, Unit


FEW = 260  #: inputs that are tried in passing
_LONGEST = 3000  #: characters of a text whose literals are looked at
_COLLECTIONS = (ast.List, ast.Tuple, ast.Set)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check does, without what it expects."""

    setup: str | None
    call: str | None
    run: str | None
    stdin: str | None


def trials(checks: Sequence[Check], solution: str, most: int = FEW) -> list[Trial]:
    """At most so many of them, all different, the likeliest first; of test text its calls of the solution are taken.

    Checks with fresh inputs have none.
    """
    known = _constants(solution)
    plain = [check for check in checks if check.code is None and check.random is None]
    own = [Trial(check.setup, check.call, check.run, check.stdin) for check in plain]
    own += [Trial(None, call, None, None) for check in checks for call in _calls_in(check.code or "", solution)]
    found = dict.fromkeys(_in_turns([_varied(trial, known) for trial in own]))
    return list(islice((trial for trial in found if trial not in own), most))


def _calls_in(code: str, solution: str) -> Iterator[str]:
    """Calls of what the solution defines, with nothing but literals in their brackets."""
    names = {node.name for node in _nodes(solution) if isinstance(node, ast.FunctionDef)}
    for node in _nodes(code):
        if not isinstance(node, ast.Call) or node.keywords:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        try:
            arguments = [repr(ast.literal_eval(argument)) for argument in node.args]
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
        if called in names:
            yield quoted(f"{called}({', '.join(arguments)})")


def _nodes(text: str) -> list[ast.AST]:
    """Every node of a program, in its order; none of what is no Python."""
    try:
        return list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _varied(trial: Trial, known: list[Any]) -> Iterator[Trial]:
    """The first other value of each literal, then the second of each, and so on."""
    texts = [(name, text) for name in ("call", "run", "setup") for text in _variants(getattr(trial, name), known)]
    texts += [("stdin", lines) for lines in _other_lines(trial.stdin or "", known)]
    return _in_turns([[replace(trial, **{name: other}) for other in others] for name, others in texts])


def _in_turns(sources: Iterable[Iterable[Trial]]) -> Iterator[Trial]:
    for row in zip_longest(*sources):
        yield from (trial for trial in row if trial is not None)


def _other_lines(stdin: str, known: list[Any]) -> Iterator[list[str]]:
    lines = stdin.splitlines(keepends=True)
    for at, line in enumerate(lines):
        others = [str(value) for value in _others(_typed(line.rstrip("\n")), known)]
        yield ["".join([*lines[:at], other + "\n", *lines[at + 1 :]]) for other in others if "\n" not in other]


def _typed(word: str) -> Any:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _variants(text: str | None, known: list[Any]) -> Iterator[list[str]]:
    """The text with another value in the place of one of its literals: a list for each of them."""
    try:
        tree = ast.parse(text if text and len(text) <= _LONGEST else "")
    except (SyntaxError, ValueError, RecursionError):
        return
    for slot in slots(tree):
        if slot.is_within(ast.JoinedStr):
            continue
        others = []
        for other in _other_nodes(slot.node, known):
            slot.put(other)
            others.append(quoted(ast.unparse(tree)))
        slot.put(slot.node)
        yield list(dict.fromkeys(others))


def _other_nodes(node: ast.AST, known: list[Any]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        for pairs in _other_parts(list(zip(node.keys, node.values, strict=True))):
            yield ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
    elif isinstance(node, _COLLECTIONS):
        if not isinstance(getattr(node, "ctx", None), ast.Store):
            yield from (replaced(node, elts=part) for part in _other_parts(node.elts))
    elif isinstance(node, (ast.Constant, ast.UnaryOp)):
        try:
            value = ast.literal_eval(node)
        except ValueError:
            return
        if isinstance(value, (int, float, str)):
            yield from (ast.parse(repr(other), mode="eval").body for other in _others(value, known))


def _other_parts(items: list[Any]) -> list[list[Any]]:
    return [items[:-1], items[1:], items[::-1], [*items, *items[:1]], [*items[-1:], *items], items[:1], []]


def _constants(solution: str) -> list[Any]:
    """Of the solution: borders and words on which something depends."""
    found = (node.value for node in _nodes(solution) if isinstance(node, ast.Constant))
    return list(dict.fromkeys(v for v in found if isinstance(v, (int, float, str)) and len(str(v)) <= 20))


def _others(value: Any, known: list[Any]) -> list[Any]:
    """Other values of the same kind, the likeliest first."""
    if isinstance(value, bool):
        return [not value]
    alike = [one for one in known if type(one) is type(value)]
    found: list[Any]
    if isinstance(value, int):
        nearest = sorted(alike, key=lambda number: abs(number - value))[:6]
        found = [value + 1, value - 1, *(n + by for n in nearest for by in (0, 1, -1)), 0, 1, 2, 3, value * 2, -value]
    elif isinstance(value, float):
        found = [*alike, value + 1, value - 1, value + 0.5, value * 2, 0.0, -value]
    else:
        joined = [text for word in alike[:4] for text in (value + word, word + value)]
        less, more = (value[:-1], value[1:]), (value + "a", value + value[-1:])
        written = (value.upper(), value.lower(), value.title(), value[::-1])
        found = [*alike[:8], *joined, *less, *more, *written, value + " ", " " + value, value * 2, ""]
    return [other for other in dict.fromkeys(found) if other != value]


#: What the author replaces by words of their own.
LABEL = "say here what this looks at"
#: Characters of an expected value that is still written out.
LONGEST_VALUE = 400

_LOST = (SandboxUnavailable, SandboxLost, ProcessEnded)


class Suggester:
    """The trials of one exercise. The solution's answers are kept, so that each further mutant costs half."""

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
        self._above, self._gate = above, gate
        self._solution: Replay | None = None
        self._wanted: dict[Trial, Expected | None] = {}
        self._raised = _raised_by(exercise.solution)
        self._trials = trials(exercise.checks, exercise.solution, most)

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
        return Expected(value=values.check_wire(reply.value))
    except (ValueError, TypeError):
        return None


def _differ(wanted: Expected, reply: Reply) -> bool:
    try:
        return decide(wanted, reply).verdict is not Verdict.AC
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        return False


def _raised_by(solution: str) -> frozenset[str]:
    """The errors that the solution raises on purpose."""
    raised = [node.exc for node in _nodes(solution) if isinstance(node, ast.Raise)]
    errors = [error.func if isinstance(error, ast.Call) else error for error in raised]
    return frozenset(error.id for error in errors if isinstance(error, ast.Name))


def as_yaml(trial: Trial, wanted: Expected) -> str:
    """An item of `checks`. A value that is long or no plain literal is left out: the solution says what is expected."""
    body = {name: text for name in ("setup", "call", "run", "stdin") if (text := getattr(trial, name))}
    body |= _outcome(wanted)
    body["hidden"] = LABEL
    return as_item(body)


def _outcome(wanted: Expected) -> dict[str, Any]:
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
