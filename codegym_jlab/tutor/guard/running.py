"""Candidates against an exercise's hidden checks: the guard as a customer of grading and of the sandbox.

One lease serves a reply. Programs share forks as far as they do each other nothing (`sharing.py`): what was read as it
stands is asked every check there, the many ways of putting the same lines together the most telling ones at first.
Whatever did not finish there, could change the process or needs what is typed runs in forks of its own, one a check.
What passes is decided outside, as ever.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.grading.asking import is_anew
from codegym_jlab.grading.environment import image_of, limits_of
from codegym_jlab.grading.expected import AuthorSide, CourseFault, ExpectedValues, version_of
from codegym_jlab.grading.grader import Grader
from codegym_jlab.grading.outcomes import Expected, decide
from codegym_jlab.grading.plan import ANSWER, PlannedCell, author_plan, solution_names
from codegym_jlab.grading.replay import Replay
from codegym_jlab.grading.replies import Reply
from codegym_jlab.grading.unrecorded import judge_unrecorded
from codegym_jlab.runner import wire
from codegym_jlab.sandbox.base import Sandbox, side_of_author
from codegym_jlab.submission import Verdict

from .languages.shim import PRELUDE
from .reading import parsed
from .sharing import HARNESS, is_askable, is_tame, rows_of

#: Processor seconds of one try: a reply's code that takes longer is no answer to a student in a hurry.
MOST_S = 0.5
#: The same for each that shares a fork, should all take too long; see `HARNESS`.
LATE_S = 0.03
#: Variants that share a fork.
TOGETHER = 60
#: So many checks a first look asks of all that share a fork, or the first two; what passes them is asked all.
LOOK, LOOK_OF_MORE = 4, 2
#: Exercises that are kept as they were read.
_KEPT = 200
#: Sources that an exercise whose checks need the author's side may be graded with for one reply.
MOST_GRADED = 12

_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_SHIMMED = re.compile(r"\b_(?:call|idx|get|add|items|i?div|s|new|set|put|slice|range|num|pushed)\(")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole submission. `loose`: of another language, so lists and tuples, ints and floats are not told apart."""

    text: str
    loose: bool = False

    @property
    def program(self) -> str:
        """With what it calls, where it is of another language."""
        return f"{PRELUDE}\n{self.text}" if self.needs_shim else self.text

    @property
    def needs_shim(self) -> bool:
        """Whether a translation calls what stands for another language's own."""
        return self.loose and _SHIMMED.search(self.text) is not None


@dataclass(frozen=True, eq=False)
class Place:
    """An exercise in its course, with what its checks expect as far as that can be kept."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise
    expected: Mapping[str, Expected | CourseFault]

    @cached_property
    def plain_checks(self) -> list[Check]:
        """Hidden checks (all, where none is) that the student's process alone answers, the most telling first."""
        found = [check for check in self.judging if isinstance(self.expected.get(str(check.id)), Expected)]
        found = [check for check in found if check.satisfies is None]
        return sorted(found, key=self._telling, reverse=True)

    @property
    def judging(self) -> tuple[Check, ...]:
        """The checks that decide."""
        return self.exercise.hidden_checks or self.exercise.checks

    @cached_property
    def above(self) -> list[str]:
        """The cells above the answer, by the author's answers."""
        return [cell.text for cell in author_plan(self.unit, self.exercise) if cell.name != ANSWER]

    @cached_property
    def shares(self) -> bool:
        """Whether one program may follow another in a process: the cells above give no data that one could change."""
        trees = [parsed(text) for text in self.above]
        return all(tree is not None and all(isinstance(node, _DEFINES) for node in tree.body) for tree in trees)

    @cached_property
    def plans(self) -> tuple[tuple[PlannedCell, ...], ...]:
        """What runs before any program: in one cell where that can be, then as it stands, should that fail."""
        cells = [PlannedCell(f"course cell {number}", "given", text) for number, text in enumerate(self.above)]
        apart = (*cells, PlannedCell(ANSWER, "answer", ""))
        if not self.shares or any("__future__" in text for text in self.above):
            return (apart,)
        return ((PlannedCell(ANSWER, "given", "\n\n".join(self.above)),), apart)

    @property
    def is_plain(self) -> bool:
        """Whether no check needs the author's side."""
        return len(self.plain_checks) == len(self.judging)

    def expects(self, check: Check) -> Expected:
        """What passes one of `plain_checks`."""
        found = self.expected[str(check.id)]
        assert isinstance(found, Expected)
        return found

    def _telling(self, check: Check) -> int:
        """The longer its input and its outcome, the fewer pass it by chance."""
        return min(len(check.call or check.run or ""), 60) + 4 * min(len(self.expects(check).text), 20)


class Room:
    """Where replies are run. One a process; what checks expect is kept."""

    def __init__(self, sandbox: Sandbox, grader: Grader) -> None:
        self._sandbox, self._grader = sandbox, grader
        self._expected = ExpectedValues()
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    async def place(self, loaded: LoadedCourse, exercise: str) -> Place:
        """Raises KeyError for an exercise that the course has not, SandboxUnavailable, ProcessEnded."""
        key = f"{loaded.digest}:{loaded.root}:{exercise}"
        if key in self._places:
            return self._places[key]
        unit, found = loaded.find(exercise)
        lasting = [check for check in found.checks if not is_anew(check)]
        version = version_of(loaded.digest, found.id)
        known = self._expected.known(version, lasting)
        if known is None:
            own = side_of_author(self._sandbox)
            limits = replace(limits_of(loaded, found.id), seconds=10.0, total_s=120.0, processes=1200)
            names = solution_names(found.solution)
            replay = Replay(own, image_of(loaded), limits, author_plan(unit, found), names)
            known = await self._expected.of(AuthorSide(version, replay), lasting)
        self._places[key] = Place(loaded, unit, found, known)
        while len(self._places) > _KEPT:
            self._places.popitem(last=False)
        return self._places[key]

    @asynccontextmanager
    async def trial(self, place: Place) -> AsyncIterator[Trial]:
        """One reply's runs. Nobody waits for the end of the process that they had."""
        trial = Trial(place, self._sandbox, self._grader)
        try:
            yield trial
        finally:
            closing = asyncio.create_task(trial.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


class Trial:
    """The lease of one reply: candidates in, the first that passes out."""

    def __init__(self, place: Place, sandbox: Sandbox, grader: Grader) -> None:
        self._place, self._grader, self._sandbox = place, grader, sandbox
        limits = limits_of(place.loaded, place.exercise.id)
        self._limits = replace(limits, seconds=min(limits.seconds, MOST_S), total_s=max(limits.total_s, 60.0))
        self._names = solution_names(place.exercise.solution)
        self._plans = list(place.plans)
        self._replay = self._replay_of(self._plans.pop(0))
        self._begun = False
        self._known: dict[Candidate, bool] = {}
        self._graded = 0
        self.number = 0  #: of sources that were run

    @property
    def tried(self) -> frozenset[Candidate]:
        """What was run so far."""
        return frozenset(self._known)

    async def passes(self, candidate: Candidate) -> bool:
        """Whether this one passes."""
        return await self.first([candidate]) is not None

    async def solves(self, candidate: Candidate) -> bool:
        """Whether this one passes, and the samples too as far as they need no author's side."""
        if not await self.passes(candidate):
            return False
        told = [(check, self._place.expected.get(str(check.id))) for check in self._place.exercise.sample_checks]
        plain = [check for check, expected in told if isinstance(expected, Expected) and expected.satisfies is None]
        return bool(await self._fitting([candidate], plain))

    async def first(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """The first that passes all that decides, each asked all of it. Raises SandboxUnavailable, SandboxLost."""
        for passed in (one for one in candidates if self._known.get(one)):
            return passed
        new = [one for one in dict.fromkeys(candidates) if one not in self._known]
        self.number += len(new)
        fitting = await self._fitting(new, self._place.plain_checks)
        return await self._first_graded(new, fitting)

    async def first_of_many(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """The same for ways of putting the same lines together: many in one fork."""
        new = [one for one in dict.fromkeys(candidates) if one not in self._known]
        if not any(map(is_askable, self._place.plain_checks)):
            return await self.first(new[:MOST_GRADED])
        for start in range(0, len(new), TOGETHER):
            some = new[start : start + TOGETHER]
            self.number += len(some)
            passed = await self._first_graded(some, await self._together(some))
            if passed is not None:
                return passed
        return None

    async def close(self) -> None:
        """Give the lease back."""
        await self._replay.close()

    async def _first_graded(self, tried: Sequence[Candidate], fitting: Sequence[Candidate]) -> Candidate | None:
        """The first of `fitting` that passes what needs the author's side too; all `tried` are known after it."""
        for likely in fitting:
            if await self._is_right(likely):
                self._known[likely] = True
                return likely
        for one in tried:
            self._known.setdefault(one, False)
        return None

    async def _is_right(self, candidate: Candidate) -> bool:
        """Of one that passes all plain checks."""
        if self._place.is_plain and self._place.plain_checks:
            return True
        if self._graded >= MOST_GRADED:
            return False
        self._graded += 1
        loaded, id = self._place.loaded, self._place.exercise.id
        _, judgement = await judge_unrecorded(self._grader, loaded, id, candidate.text, until_failure=True)
        return judgement.verdict is Verdict.AC

    async def _together(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that pass: a first look in one fork, and a second alone where the first was not all or not safe."""
        plain = self._place.plain_checks
        looked = [check for check in plain if is_askable(check)]
        looked = looked if len(looked) <= LOOK else looked[:LOOK_OF_MORE]
        (rows,) = await self._rows([candidates], looked)
        if rows is None:  # one of them took the others with it
            return await self._alone(candidates, plain)
        likely = [one for one, row in zip(candidates, rows, strict=True) if self._fits_all(one, looked, row)]
        if not likely or (len(looked) == len(plain) and self._place.shares and self._are_tame(candidates, likely[0])):
            return likely[:1]
        return await self._each(likely, plain)

    def _are_tame(self, candidates: Sequence[Candidate], last: Candidate) -> bool:
        """Whether nothing that ran up to `last` can have helped it."""
        return all(is_tame(one.text) for one in candidates[: candidates.index(last) + 1])

    async def _fitting(self, candidates: Sequence[Candidate], checks: Sequence[Check]) -> list[Candidate]:
        """Those that pass all of `checks`: what may share a fork there, all else alone if nothing passes in it."""
        if not checks or not candidates:
            return list(candidates)
        shared = [one for one in candidates if self._may_share(one, checks)]
        rows = (await self._rows([shared], checks))[0] if shared else []
        passed, unsure = [], [one for one in candidates if one not in shared]
        for one, row in zip(shared, rows or [None] * len(shared), strict=True):
            if row is None:
                unsure.append(one)
            elif self._fits_all(one, checks, row):
                passed.append(one)
        return passed or await self._alone(unsure, checks)

    async def _each(self, candidates: Sequence[Candidate], checks: Sequence[Check]) -> list[Candidate]:
        """Those that pass all of `checks`, each in a process that no other was in."""
        own = [one for one in candidates if self._may_share(one, checks)]
        rows = await self._rows([[one] for one in own], checks)
        told = {one: row[0] if row is not None else None for one, row in zip(own, rows, strict=True)}
        unsure = [one for one in candidates if told.get(one) is None]
        fitting = {one for one, row in told.items() if row is not None and self._fits_all(one, checks, row)}
        fitting |= set(await self._alone(unsure, checks))
        return [one for one in candidates if one in fitting]

    def _may_share(self, candidate: Candidate, checks: Sequence[Check]) -> bool:
        """Whether what the harness says of a program alone holds as if each check had a fork."""
        return self._place.shares and is_tame(candidate.text) and all(map(is_askable, checks))

    async def _alone(self, candidates: Sequence[Candidate], checks: Sequence[Check]) -> list[Candidate]:
        """Those that pass all of `checks`, one check a fork."""
        replies = await self._asked([self._question(one, checks[0]) for one in candidates])
        likely = [one for one, reply in zip(candidates, replies, strict=True) if self._fits(one, checks[0], reply)]
        found = []
        for one in likely:
            rest = await self._asked([self._question(one, check) for check in checks[1:]])
            if all(self._fits(one, check, reply) for check, reply in zip(checks[1:], rest, strict=True)):
                found.append(one)
        return found

    async def _rows(
        self, shares: Sequence[Sequence[Candidate]], checks: Sequence[Check]
    ) -> list[list[list[Reply] | None] | None]:
        """What the harness says of each program in each fork; see `rows_of`."""
        asked = [(self._setup(check), check.call, check.run) for check in checks]
        questions = []
        for share in shares:
            shim = PRELUDE if any(one.needs_shim for one in share) else ""
            call = f"__many({[one.text for one in share]!r}, {asked!r}, dict(globals()), {shim!r})"
            question = self._replay.question(setup=HARNESS, call=call, run=None, stdin=None, want="value")
            questions.append(question | {"seconds": MOST_S + LATE_S * len(share)})
        replies = await self._asked(questions)
        return [rows_of(reply, len(share)) for reply, share in zip(replies, shares, strict=True)]

    def _replay_of(self, plan: Sequence[PlannedCell]) -> Replay:
        return Replay(self._sandbox, image_of(self._place.loaded), self._limits, plan, self._names)

    async def _asked(self, questions: Sequence[dict[str, Any]]) -> list[Reply]:
        """The replies; the first questions go with the cells above, all of which are the course's own."""
        if not self._begun and questions:
            self._begun = True
            self._replay.ask_ahead(questions)
            await self._replay.start()
            if self._plans and (self._replay.answer is None or self._replay.answer.status != "ok"):
                await self._replay.close()
                self._replay = self._replay_of(self._plans.pop(0))
        return await self._replay.checks(questions)

    def _question(self, candidate: Candidate, check: Check) -> dict[str, Any]:
        expected = self._place.expects(check)
        wants = check.call is not None and expected.prints is None
        setup = f"{candidate.program}\n{self._setup(check) or ''}"
        return self._replay.question(
            setup=setup, call=check.call, run=check.run, stdin=check.stdin, want="value" if wants else "none"
        )

    def _setup(self, check: Check) -> str | None:
        prelude = self._replay.prelude(check.setup, check.call, check.run)
        return f"{prelude}\n{check.setup or ''}" if prelude else check.setup

    def _fits_all(self, candidate: Candidate, checks: Sequence[Check], row: Sequence[Reply] | None) -> bool:
        return (
            row is not None
            and len(row) == len(checks)
            and all(self._fits(candidate, check, reply) for check, reply in zip(checks, row, strict=True))
        )

    def _fits(self, candidate: Candidate, check: Check, reply: Reply) -> bool:
        expected = self._place.expects(check)
        try:
            if candidate.loose and expected.value is not None and reply.value is not None:
                if _loosely(expected.value) == _loosely(wire.check_wire(reply.value)):
                    return True
            return decide(expected, reply).verdict is Verdict.AC
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return False


def _loosely(value: Any) -> str:
    """A value on the wire by what it holds: whatever orders things is a list, whatever counts is a number."""
    return json.dumps(_loose(value), sort_keys=True)


def _loose(value: Any) -> Any:
    tag, *rest = value
    match tag:
        case "int" | "float" | "bool":
            return ["number", _number(str(rest[0]))]
        case "list" | "tuple":
            return ["list", [_loose(part) for part in rest[0]]]
        case "set" | "frozenset":
            return ["list", sorted((_loose(part) for part in rest[0]), key=json.dumps)]
        case "dict":
            return ["dict", sorted(([_loose(key), _loose(part)] for key, part in rest[0]), key=json.dumps)]
    return value


def _number(text: str) -> float | str:
    if text in ("True", "False"):
        return float(text == "True")
    try:
        return round(float.fromhex(text) if re.search("x", text) else float(text), 9)
    except (ValueError, OverflowError):
        return text
