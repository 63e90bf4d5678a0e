"""Where a wrong answer is wrong, of which kind the mistake is, and the smallest example that shows it."""

import ast
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Misconception
from codegym_jlab.grading.batch import unrecorded
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plain_code import facts_of
from codegym_jlab.grading.grader.plan import (
    ANSWER,
    CellUnreadable,
    PlannedCell,
    python_text,
    solution_names,
    student_plan,
)
from codegym_jlab.grading.grader.replay import SandboxLost, student_replay
from codegym_jlab.records import Cell, Judgement, Verdict, frozen, parse
from codegym_jlab.sandbox.base import ProcessEnded

from ..explain.explanation import MAX_SOURCE
from ..explain.program import DEFINITIONS, every
from ..guard.syntax import is_text, parsed
from ..locale import Words, words
from ..misconceptions import Once, WrongPatterns
from .bench import WHOLE_STEPS, Bench, Outcome, OutOfTime
from .evidence import Evidence, joined, new_checks, signatures, usable
from .example import Change, Example, change_of, example_of, input_of, is_faint, of_check
from .place import either_of, place_of
from .program import Program
from .repairs import MOST_COST, Finding, Search
from .sentences import (
    difference_text,
    example_text,
    is_asked_by,
    is_loop_told,
    only_text,
    place_text,
    question_text,
    seen_question,
)
from .watch import Watch

#: What cannot be run, or not to the end.
_UNRUN = (CellUnreadable, SandboxLost, ProcessEnded)
#: Of answers that ran.
WRONG = frozenset({Verdict.WA, Verdict.RTE, Verdict.TLE, Verdict.MLE, Verdict.OLE})
#: Checks on which a program is watched that is not known to be wrong.
_WATCHED = 3
_CASES = frozenset({"missing_case", "empty_test"})
#: Processor seconds that are kept for the example.
EXAMPLE_S = 0.2
#: Processor seconds of the author's solution on an input that was drawn: it may not be meant for it.
NEW_INPUT_S = 0.25


@frozen
class Diagnosis:
    """What was found. Without lines or the author's idea nothing is said but the smallest example that fails."""

    lines: tuple[int, ...] = ()  #: of the answer, from 1; at most three
    kind: str = ""  #: of mistake, as `sentences` knows it
    idea: Misconception | None = None  #: the author's, whose checks fail as those of the answer
    example: Example | None = None
    change: Change | None = None  #: in that example, where no loop goes round
    walk: tuple[Change, ...] = ()  #: what its lines make of names, one after the other; the first and last of them
    ran: Mapping[int, str] = field(default_factory=dict)  #: lines that ran, and an input that may be told
    finding: Finding | None = None  #: what the search saw, for measurements; never shown
    spent_s: float = 0.0  #: processor time

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing at all to say."""
        return not self.has_place and self.idea is None and self.example is None

    @property
    def has_place(self) -> bool:
        """Whether there is a line to look at, or one of two."""
        return bool(self.lines or self.either)

    @property
    def either(self) -> tuple[int, ...]:
        """Where no line is told the two of which one alone would have to change, by all repairs about as cheap."""
        return either_of(self.finding) if self.finding is not None and not self.lines else ()

    def question(self, said: Words) -> str:
        """What to ask oneself there: the author's word, or what the kind of mistake asks for."""
        if self.idea is not None:
            return self.idea.say.strip()
        return seen_question(said, self.kind, self.example) or question_text(said, self.kind)

    def text(self, language: str, place: str = "") -> str:
        """In a teacher's words, Markdown; "" for nothing. `place`: better words than ours on where and what."""
        if self.is_silent:
            return ""
        said = words(language)
        kind = "raises" if self.example is not None and self.example.lacks_error else self.kind
        # then the example says it better, or asks itself
        is_shown = only_text(said, self.example) or is_asked_by(self.example, self.change, kind)
        question = "" if is_shown and self.idea is None else replace(self, kind=kind).question(said)
        seen = difference_text(said, self.example) or is_loop_told(self.example)
        is_placed = self.has_place or self.idea is None and not seen
        first = place or f"{place_text(said, self.lines, self.either) if is_placed else ''} {question}".strip()
        shown = example_text(said, self.example, self.change) if self.example else ""
        return "\n\n".join(filter(None, (first, shown)))


@frozen
class StudentAnswer:
    """A student's answer to an exercise, below these cells; the right answers of its class guide the diagnosis."""

    loaded: LoadedCourse
    exercise: Exercise
    source: str
    cells: Sequence[Cell] = ()
    offering: str = ""

    @property
    def key(self) -> object:
        """The same for the same answer."""
        return self.loaded.digest, self.offering, self.exercise.id, self.source, tuple(self.cells)

    @property
    def text(self) -> str:
        """Its Python. Raises CellUnreadable."""
        return python_text(self.source)


async def _at_once() -> None:
    """Nothing to wait for."""


@dataclass
class Diagnoser:
    """Diagnoses wrong answers with the sandbox and the author's values of a grader; each once for all who ask.

    `calm` is awaited before each run: it returns when nothing is waiting that comes first. `rights` gives accepted
    answers of others for the ids of an offering and of an exercise; they are never shown.
    """

    grader: Grader
    patterns: WrongPatterns | None = None
    calm: Callable[[], Awaitable[None]] = _at_once
    rights: Callable[[str, str], Awaitable[Sequence[str]]] | None = None
    _known: Once[Diagnosis] = field(default_factory=lambda: Once(2000))

    def is_known(self, answer: StudentAnswer, call: str = "") -> bool:
        """Whether this answer was diagnosed before, or is just now, so that asking takes no run."""
        return any((answer.key, practice, call) in self._known for practice in (True, False))

    async def diagnose(
        self, answer: StudentAnswer, *, practice: bool, judgement: Judgement | None = None, call: str = ""
    ) -> Diagnosis:
        """Of an answer that did not pass. `practice`: no grade is at stake, so that hidden checks are looked at, too.

        `judgement`: where the author's own ideas may be named; `call`: best for an example, if it is an open check's.
        Raises SandboxUnavailable.
        """
        idea = None
        if judgement is not None and self.patterns is not None:
            known = await self.patterns.misconception(answer.loaded, answer.exercise, judgement, answer.source)
            idea = next((one for one in answer.exercise.misconceptions if one.id == known), None)
        found = await self._known.of((answer.key, practice, call), partial(self._found, answer, practice, call))
        return replace(found, idea=idea)

    async def _found(self, answer: StudentAnswer, practice: bool, call: str) -> Diagnosis:
        loaded, exercise = answer.loaded, answer.exercise
        unit, _ = loaded.find(exercise.id)
        if not (loaded.is_python(unit) and exercise.is_code):
            return Diagnosis()
        try:
            text = answer.text
            if len(text) > MAX_SOURCE or parsed(text) is None:
                return Diagnosis()
            await self.calm()
            evidence = await self._evidence(answer, practice)
            if not evidence:
                return Diagnosis()
            others = await self.rights(answer.offering, exercise.id) if self.rights is not None else ()
            rights = [exercise.solution, *exercise.solutions, *others]
            if not practice:
                rights = safe_guides(text, student_plan(unit, exercise, answer.cells, ""), rights, exercise, evidence)
            program = Program(text, signatures=signatures(evidence))
            is_whole = practice and all(usable(one) for one in exercise.checks)
            async with self._bench(answer) as bench:
                finding = await Search(program, bench, evidence, rights, is_whole=is_whole).find()
                lines, kind = place_of(program, finding)
                bench.total_s += EXAMPLE_S
                found = await _with_example(Diagnosis(lines, kind, finding=finding), program, bench, finding, call)
                shown = [(one, finding.outcomes.get(str(one.check.id))) for one in reversed(evidence) if one.shown]
                seen = [(one, own.lines) for one, own in shown if own is not None and not finding.is_cut]
                ran = {line: input_of(one.check) for one, lines in seen for line in lines}
                return replace(found, ran=ran, spent_s=bench.spent_s)
        except (*_UNRUN, RecursionError):  # the last of a sum of a thousand terms
            return Diagnosis()

    async def tried(self, answer: StudentAnswer, call: str = "") -> tuple[Example | None, bool] | None:
        """An open check that an answer does not pass, best this call's, and whether it passes all of them.

        None where it cannot be run. Raises SandboxUnavailable.
        """
        try:
            evidence = sorted(await self._evidence(answer, practice=False), key=Evidence.order)
            async with self._bench(answer) as bench:
                outcomes = await bench.run([None], evidence, steps=WHOLE_STEPS)
        except (*_UNRUN, OutOfTime):
            return None
        if not outcomes or not outcomes[0]:
            return None
        failed = [(one, own) for one, own in zip(evidence, outcomes[0], strict=False) if not own.passed]
        failed.sort(key=lambda run: input_of(run[0].check) != call)
        made = (example_of(parse(answer.text), (), one, own, None) for one, own in failed if one.shown)
        return next(filter(None, made), None), not failed

    async def watched(self, answer: StudentAnswer) -> Diagnosis:
        """A program that is not known to be wrong, on the smallest check that is shown: what its lines make of names.

        Raises SandboxUnavailable.
        """
        try:
            known = sorted(await self._evidence(answer, practice=False), key=Evidence.order)
            async with self._bench(answer) as bench:
                seen = [(one, (await bench.traced(None, [one]))[0]) for one in known[:_WATCHED]]
        except (*_UNRUN, OutOfTime):
            return Diagnosis()
        if not seen:
            return Diagnosis()
        program = Program(answer.text)
        one, own = max(seen, key=lambda run: len(run[1].lines))
        own = of_check(program.tree, one, own)
        is_cut = any(whole.reply.limit is not None for _, whole in seen)
        ran = {} if is_cut else {line: input_of(one.check) for one, whole in seen for line in whole.lines}
        walk = Watch(program, ()).walk(own.steps)
        return Diagnosis(example=example_of(program.tree, (), one, own, None), walk=walk, ran=ran)

    @asynccontextmanager
    async def _bench(self, answer: StudentAnswer) -> AsyncIterator[Bench]:
        """Where an answer and edits of it run, below its cells. Raises CellUnreadable."""
        text, names = answer.text, solution_names(answer.exercise.solution)
        replay = student_replay(self.grader.sandbox, answer.loaded, answer.exercise, answer.cells, "", names)
        async with replay.running():
            yield Bench(replay, text, self.calm)

    async def _evidence(self, answer: StudentAnswer, practice: bool) -> list[Evidence]:
        loaded, exercise = answer.loaded, answer.exercise
        checks = [one for one in exercise.checks if usable(one) and (practice or not one.is_hidden)]
        new = new_checks(exercise)
        nobody = unrecorded(loaded, exercise.id, "")
        known = await self.grader.expected(loaded, nobody, checks)
        drawn = await self.grader.expected(loaded, nobody, new, seconds=NEW_INPUT_S)
        return joined(checks, new, {**known, **drawn})


async def _with_example(found: Diagnosis, program: Program, bench: Bench, finding: Finding, call: str) -> Diagnosis:
    """With a failing check that may be shown, and which the cheapest repair passes, where there is one.

    The one of this call, else the smallest.
    """
    repair = finding.repairs[0] if finding.repairs else None
    is_case = repair is not None and repair.kind in _CASES and repair.cost <= MOST_COST

    def order(one: Evidence) -> tuple[bool, bool, bool, bool, int, str]:
        faint = is_faint(one.expected, finding.outcome_of(one).reply)
        is_drawn = one.is_new and one.check.stdin is not None  # where a session of the task's own fails that is told
        return one.written != call, faint, is_drawn, one.is_bare and not is_case, one.size, one.written

    shown = sorted((one for one in finding.failing if one.shown), key=order)
    tried = shown[:3] + [one for one in shown[3:] if not one.is_new][:2]
    for one in () if finding.stops_itself else tried:  # no check shows what stops before it
        mended = None
        with suppress(OutOfTime):
            mended = (await bench.traced(repair, [one]))[0] if repair is not None else None
        if mended is None or mended.passed:
            whole = finding.outcome_of(one)
            own = of_check(program.tree, one, whole)
            if whole.reply.raised is not None and not own.steps and any(s.depth > 1 for s in whole.steps):
                break  # a call of the answer's own stops it before any check's begins
            is_sure = bool(found.lines) and repair is not None and repair.keeps_lines
            other = of_check(program.tree, one, mended) if mended and is_sure else None
            example = example_of(program.tree, found.lines, one, own, other)
            found = replace(found, example=example, change=change_of(found.lines, own, other))
            return await _with_watch(found, program, bench, one, own, other)
    for one in finding.failing[:1]:  # of lines that only set names what they make of these is the same for each check
        if not (one.check.stdin or one.check.setup or any(isinstance(node, DEFINITIONS) for node in program.tree.body)):
            return replace(found, walk=Watch(program, ()).walk(finding.outcome_of(one).steps))
    return found


async def _with_watch(
    found: Diagnosis, program: Program, bench: Bench, one: Evidence, own: Outcome, mended: Outcome | None
) -> Diagnosis:
    """With what the lines of one run make of names, and what the parts of a line told are worth in it."""
    watch, steps = Watch(program, found.lines), own.steps
    with suppress(OutOfTime):
        steps = of_check(program.tree, one, (await bench.traced(watch.edit, [one]))[0]).steps
    example, made = found.example, found.change.value if found.change is not None else ""
    if example is not None:
        seen = watch.seen(steps, own.steps, mended.steps if mended is not None else (), example.got, made)
        example = replace(example, watched=seen)
    return replace(found, example=example, walk=watch.walk(steps))


# -- which right answers may guide where a grade is at stake: parts of one then stand in a process with the student's
# code, which would read itself and say by the line that is told what it found. So the program must be one that cannot
# look at itself, and no right answer counts that holds a value which the student cannot see.

_SMALL = (0, 1, 2, -1, "", " ")


def _is_plain(source: str) -> bool:
    """Whether a program is functions alone, which compute with values and know no way to their own text."""
    tree = parsed(source)
    is_functions = tree is not None and all(isinstance(one, ast.FunctionDef) or is_text(one) for one in tree.body)
    return is_functions and facts_of(source) is not None


def safe_guides(
    source: str, plan: Sequence[PlannedCell], rights: Iterable[str], exercise: Exercise, evidence: Sequence[Evidence]
) -> list[str]:
    """Of these right answers those that may guide; none for a program, or cells above it, that could look at it."""
    above = (cell.text for cell in plan if cell.name != ANSWER and cell.kind != "given")
    if not _is_plain(source) or None in map(facts_of, above):
        return []
    samples = (f"{one.check.call} {one.expected.text}" for one in evidence if one.shown and not one.is_new)
    seen = "\n".join((exercise.statement, *samples))
    return [one for one in rights if _is_plain(one) and _is_seen(one, seen)]


def _is_seen(source: str, seen: str) -> bool:
    """Whether all values that are written in a right answer are small ones, or such as the student sees."""
    tree = parse(source)
    idle = [one.value for one in every(tree, ast.Expr) if is_text(one)]
    values = [one.value for one in every(tree, ast.Constant) if one not in idle]
    return all(value is None or value in _SMALL or str(value) in seen for value in values)
