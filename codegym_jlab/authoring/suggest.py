"""A check that tells a solution from a mutant: both are asked the same in the sandbox until their answers differ.

Inputs are the calls of an exercise's own checks with other literals. What stands at a border in the solution (`>= 8`)
is tried first, then what is near the author's own values.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, zip_longest
from typing import TYPE_CHECKING, Any

import yaml

from codegym_jlab.course.checks import Check, Raises
from codegym_jlab.grading.checker.expectation import Expected, decide
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.value_text import number_of, show, whole_of
from codegym_jlab.grading.grader.grader import image_of, limits_of
from codegym_jlab.grading.grader.plan import solution_names, student_plan
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.records import Cell, Verdict
from codegym_jlab.runner.wire import values
from codegym_jlab.sandbox.base import ProcessEnded, Sandbox, SandboxUnavailable

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.course.schema import Exercise, Unit


#: Trials of one exercise.
MOST = 260
_PAIRS = 100  #: of them with two literals changed
_LONGEST = 3000  #: characters of a text whose literals are looked at


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check does, without what it expects."""

    setup: str | None
    call: str | None
    run: str | None
    stdin: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A literal within one of a trial's texts, and what may stand there."""

    field: str
    start: int  #: in bytes
    end: int
    own: str
    others: tuple[str, ...]


def trials(checks: Sequence[Check], solution: str) -> list[Trial]:
    """At most MOST of them, all different, the likeliest first; of test text its calls of the solution are taken.

    Checks with fresh inputs have none.
    """
    known = _constants(solution)
    plain = [check for check in checks if check.code is None and check.random is None]
    own = [Trial(check.setup, check.call, check.run, check.stdin) for check in plain]
    own += [Trial(None, call, None, None) for check in checks for call in _calls_in(check.code or "", solution)]
    singles = _in_turns([_varied(trial, _places(trial, known)) for trial in own])
    pairs = _in_turns([_varied_twice(trial, _places(trial, known)) for trial in own])
    found = dict.fromkeys(islice((trial for trial in singles if trial not in own), MOST - _PAIRS))
    for trial in pairs:
        if len(found) >= MOST:
            break
        if trial not in own:
            found[trial] = None
    return list(found)


def _calls_in(code: str, solution: str) -> Iterator[str]:
    """Calls of what the solution defines, with nothing but literals in their brackets."""
    names = {node.name for node in _nodes(solution) if isinstance(node, ast.FunctionDef)}
    for node in _nodes(code):
        if not isinstance(node, ast.Call) or node.keywords:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        try:
            values = [_written(ast.literal_eval(argument)) for argument in node.args]
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
        if called in names:
            yield f"{called}({', '.join(values)})"


def _nodes(text: str) -> list[ast.AST]:
    """Every node of a program, in its order; none of what is no Python."""
    try:
        return list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _varied(trial: Trial, places: Sequence[_Place]) -> Iterator[Trial]:
    """The first other value of each literal, then the second of each, and so on."""

    def at(place: _Place) -> Iterator[Trial]:
        return (_with(trial, [(place, other)]) for other in place.others)

    return _in_turns([at(place) for place in places])


def _varied_twice(trial: Trial, places: Sequence[_Place]) -> Iterator[Trial]:
    def both(one: _Place, two: _Place) -> Iterator[Trial]:
        same = [other for other in one.others if other in two.others]
        for other in [*((one.own, two.own) if same else ()), *same[:6]]:
            yield _with(trial, [(one, other), (two, other)])
        for first in one.others[:4]:
            for second in two.others[:4]:
                yield _with(trial, [(one, first), (two, second)])

    apart = [pair for pair in combinations(places, 2) if pair[0].field != pair[1].field or pair[0].end <= pair[1].start]
    return _in_turns([both(one, two) for one, two in apart[:40]])


def _in_turns(sources: Iterable[Iterable[Trial]]) -> Iterator[Trial]:
    for row in zip_longest(*sources):
        yield from (trial for trial in row if trial is not None)


def _with(trial: Trial, edits: Sequence[tuple[_Place, str]]) -> Trial:
    for place, other in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
        text = getattr(trial, place.field).encode()
        changed = text[: place.start] + other.encode() + text[place.end :]
        trial = replace(trial, **{place.field: changed.decode()})
    return trial


# -- where literals stand --------------------------------------------------------------------------


def _places(trial: Trial, known: _Known) -> list[_Place]:
    found: list[_Place] = []
    for field in ("call", "run", "setup"):
        text = getattr(trial, field)
        if text and len(text) <= _LONGEST:
            found += _in_code(field, text, known)
    if trial.stdin:
        at = 0
        for line in trial.stdin.splitlines(keepends=True):
            word = line.rstrip("\n")
            others = [text for value in _others(_typed(word), known) if "\n" not in (text := str(value))]
            found.append(_Place("stdin", at, at + len(word.encode()), word, tuple(others)))
            at += len(line.encode())
    return found


def _typed(word: str) -> Any:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _in_code(field: str, text: str, known: _Known) -> Iterator[_Place]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def span(node: Any) -> tuple[int, int]:
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    def segment(node: ast.AST) -> str:
        start, end = span(node)
        return text.encode()[start:end].decode()

    for node in _literals(tree):
        if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            others = list(_other_collections(node, segment))
        else:
            others = [_written(value) for value in _others(ast.literal_eval(node), known)]
        yield _Place(field, *span(node), segment(node), tuple(dict.fromkeys(others)))


def _literals(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.JoinedStr):
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, (int, float, str)):
            yield node
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        yield node
        return
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)) and not isinstance(
        getattr(node, "ctx", 0), ast.Store
    ):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _literals(child)


def _other_collections(node: Any, segment: Any) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        items = [f"{segment(key)}: {segment(value)}" if key else f"**{segment(value)}" for key, value in pairs]
        opening, closing = "{", "}"
    else:
        items = [segment(item) for item in node.elts]
        opening, closing = {ast.List: ("[", "]"), ast.Tuple: ("(", ")"), ast.Set: ("{", "}")}[type(node)]
    for part in (items[:-1], items[1:], items[::-1], [*items, *items[:1]], [*items[-1:], *items], items[:1], []):
        if isinstance(node, ast.Set) and not part:
            continue
        comma = "," if isinstance(node, ast.Tuple) and len(part) == 1 else ""
        yield f"{opening}{', '.join(part)}{comma}{closing}"


# -- other values ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """The constants of the solution: borders and words on which something depends."""

    numbers: tuple[float, ...]
    texts: tuple[str, ...]


def _constants(solution: str) -> _Known:
    values = [node.value for node in _nodes(solution) if isinstance(node, ast.Constant)]
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 10_000]
    texts = [v for v in values if isinstance(v, str) and len(v) <= 20]
    return _Known(tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(texts)))


def _others(value: Any, known: _Known) -> list[Any]:
    """Other values of the same kind, without the value itself."""
    if isinstance(value, bool):
        return [not value]
    found: list[Any]
    if isinstance(value, int):
        found = list(_whole_numbers(value, known))
    elif isinstance(value, float):
        found = [*known.numbers, value + 1, value - 1, value + 0.5, value * 2, 0.0, -value]
    else:
        found = list(_texts(value, known))
    return [other for other in dict.fromkeys(found) if other != value or type(other) is not type(value)]


def _whole_numbers(value: int, known: _Known) -> Iterator[int]:
    yield from (value + 1, value - 1)
    whole = sorted((n for n in known.numbers if isinstance(n, int)), key=lambda n: abs(n - value))
    for number in whole[:6]:
        yield from (near for near in (number, number + 1, number - 1) if near >= 0 or value < 0)
    yield from (0, 1, 2, 3)
    if abs(value) < 1000:
        yield from (value * 2, value + 10)
    yield -value


def _texts(value: str, known: _Known) -> Iterator[str]:
    yield from known.texts[:8]
    for text in known.texts[:4]:
        yield from (value + text, text + value)
    yield from (value[:-1], value[1:], value + "a", value + value[-1:], value.upper(), value.lower(), value.title())
    yield from (value[::-1], value + " ", " " + value, value + "x", value * 2, "")


def _written(value: Any) -> str:
    text = repr(value)
    return '"' + text[1:-1] + '"' if text.startswith("'") and '"' not in text and "\\" not in text else text


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
    if kind in ("bool", "str") and len(str(rest[0])) <= LONGEST_VALUE:
        return {"equals": rest[0]}
    if kind == "float" and "n" not in rest[0]:  # neither nan nor inf
        return {"equals": number_of(rest[0])}
    text = show(wanted.value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    return {"equals_expr": text} if len(text) <= LONGEST_VALUE else {}
