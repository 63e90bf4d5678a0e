"""Candidates against an exercise's hidden checks: the guard as a customer of grading and of the sandbox.

One lease serves a reply. Each source that was read as it stands runs in forks of its own; the many ways of putting the
same lines together share one, and whatever passes there is run again alone. What passes is decided outside, as ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from codegym_jlab.grading.replies import Raised, Reply
from codegym_jlab.grading.unrecorded import judge_unrecorded
from codegym_jlab.runner import wire
from codegym_jlab.sandbox.base import Sandbox, side_of_author
from codegym_jlab.submission import Verdict

from .languages.shim import PRELUDE

#: Processor seconds of one try: a reply's code that takes longer is no answer to a student in a hurry.
MOST_S = 0.5
#: Variants that share a fork.
TOGETHER = 60
#: Checks that a first look asks; what passes them is asked all.
LOOK = 2
#: Sources that an exercise whose checks need the author's side may be graded with for one reply.
MOST_GRADED = 12

#: Runs many texts in one process, each in names of its own; what they do to each other costs them a second look only.
_HARNESS = """
def __many(texts, asked, given, shim):
    import contextlib, io, signal
    class Late(BaseException): pass
    def late(*_): raise Late
    signal.signal(signal.SIGVTALRM, late)
    exec(shim, given)
    said = []
    for text in texts:
        answers = []
        space = dict(given)
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, ONE_S)
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(text, "<reply>", "exec"), space)
            for setup, call, run in asked:
                out = io.StringIO()
                try:
                    with contextlib.redirect_stdout(out):
                        if setup: exec(setup, space)
                        if run: exec(run, space)
                        value = eval(call, space) if call else None
                    if hasattr(value, "__next__"): value = None
                    answers.append(["value", value, out.getvalue()[:2000]])
                except Exception as error:
                    answers.append(["raised", [t.__name__ for t in type(error).__mro__], str(error)[:300]])
        except BaseException:
            answers = []
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        said.append(answers)
    return said
""".replace("ONE_S", "0.1")


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


@dataclass(frozen=True, slots=True)
class Place:
    """An exercise in its course, with what its checks expect as far as that can be kept."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise
    expected: Mapping[str, Expected | CourseFault]

    @property
    def plain_checks(self) -> list[Check]:
        """Hidden checks (all, where none is) that the student's process alone answers, the most telling first."""
        found = [check for check in self.judging if isinstance(self.expected.get(str(check.id)), Expected)]
        found = [check for check in found if check.satisfies is None]
        return sorted(found, key=self._telling, reverse=True)

    @property
    def judging(self) -> tuple[Check, ...]:
        """The checks that decide."""
        return self.exercise.hidden_checks or self.exercise.checks

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

    async def place(self, loaded: LoadedCourse, exercise: str) -> Place:
        """Raises KeyError for an exercise that the course has not, SandboxUnavailable, ProcessEnded."""
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
        return Place(loaded, unit, found, known)

    def trial(self, place: Place) -> Trial:
        """One reply's runs; to be closed."""
        return Trial(place, self._sandbox, self._grader)


class Trial:
    """The lease of one reply: candidates in, the first that passes out."""

    def __init__(self, place: Place, sandbox: Sandbox, grader: Grader) -> None:
        self._place, self._grader = place, grader
        limits = limits_of(place.loaded, place.exercise.id)
        self._limits = replace(limits, seconds=min(limits.seconds, MOST_S), total_s=max(limits.total_s, 60.0))
        plan = [
            PlannedCell(cell.name, "given", cell.text)
            for cell in author_plan(place.unit, place.exercise)
            if cell.name != ANSWER
        ]
        plan.append(PlannedCell(ANSWER, "answer", ""))
        names = solution_names(place.exercise.solution)
        self._replay = Replay(sandbox, image_of(place.loaded), self._limits, plan, names)
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
        replies = await self._replay.checks([self._question(candidate, check) for check in plain])
        return all(self._fits(candidate, check, reply) for check, reply in zip(plain, replies, strict=True))

    async def first(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """The first that passes all that decides; each in forks of its own. Raises SandboxUnavailable, SandboxLost."""
        for passed in (one for one in candidates if self._known.get(one)):
            return passed
        new = [one for one in dict.fromkeys(candidates) if one not in self._known]
        self.number += len(new)
        for likely in await self._looked(new):
            if await self._whole(likely):
                self._known[likely] = True
                return likely
        for one in new:
            self._known.setdefault(one, False)
        return None

    async def first_of_many(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """The same for ways of putting the same lines together: many in one fork."""
        new = [one for one in dict.fromkeys(candidates) if one not in self._known]
        if not self._place.plain_checks:
            return await self.first(new[:MOST_GRADED])
        for start in range(0, len(new), TOGETHER):
            some = new[start : start + TOGETHER]
            self.number += len(some)
            for likely in await self._together(some):
                if await self._whole(likely):
                    self._known[likely] = True
                    return likely
            self._known |= dict.fromkeys(some, False)
        return None

    async def close(self) -> None:
        """Give the lease back."""
        await self._replay.close()

    async def _looked(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that pass a first check."""
        checks = self._place.plain_checks[:1]
        if not checks:
            return list(candidates)
        replies = await self._replay.checks([self._question(one, checks[0]) for one in candidates])
        return [one for one, reply in zip(candidates, replies, strict=True) if self._fits(one, checks[0], reply)]

    async def _whole(self, candidate: Candidate) -> bool:
        checks = self._place.plain_checks[1:]
        replies = await self._replay.checks([self._question(candidate, check) for check in checks])
        if not all(self._fits(candidate, check, reply) for check, reply in zip(checks, replies, strict=True)):
            return False
        if self._place.is_plain and self._place.plain_checks:
            first = self._place.plain_checks[0]
            reply = await self._replay.checks([self._question(candidate, first)])
            return self._fits(candidate, first, reply[0])
        if self._graded >= MOST_GRADED:
            return False
        self._graded += 1
        loaded, id = self._place.loaded, self._place.exercise.id
        _, judgement = await judge_unrecorded(self._grader, loaded, id, candidate.text, until_failure=True)
        return judgement.verdict is Verdict.AC

    async def _together(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        checks = self._place.plain_checks[:LOOK]
        asked = [(self._setup(check), check.call, check.run) for check in checks]
        texts = [one.text for one in candidates]
        shim = PRELUDE if any(one.needs_shim for one in candidates) else ""
        call = f"__many({texts!r}, {asked!r}, dict(globals()), {shim!r})"
        question = self._replay.question(setup=_HARNESS, call=call, run=None, stdin=None, want="value")
        question["seconds"] = self._limits.seconds
        (reply,) = await self._replay.checks([question])
        rows = _rows(reply, len(candidates))
        if rows is None:  # one of them took the others with it
            return await self._looked(candidates)
        return [
            one
            for one, row in zip(candidates, rows, strict=True)
            if len(row) == len(checks)
            and all(self._fits(one, check, reply) for check, reply in zip(checks, row, strict=True))
        ]

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

    def _fits(self, candidate: Candidate, check: Check, reply: Reply) -> bool:
        expected = self._place.expects(check)
        if candidate.loose and expected.value is not None and reply.value is not None:
            if _loosely(expected.value) == _loosely(reply.value):
                return True
        try:
            return decide(expected, reply).verdict is Verdict.AC
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return False


def _rows(reply: Reply, number: int) -> list[list[Reply]] | None:
    """What the harness says of each text; None where it is not to be had."""
    if reply.value is None:
        return None
    try:
        told = wire.check_wire(reply.value)
        rows = [[_read(answer[1]) for answer in row[1]] for row in told[1]]
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
