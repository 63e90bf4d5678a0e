"""Where a wrong answer is wrong, of which kind the mistake is, and the smallest example that shows it."""

import ast
import builtins
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import field, replace
from functools import partial

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import PYTHON_KERNELS, Exercise, Misconception
from codegym_jlab.grading.batch import unrecorded
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import (
    ANSWER,
    PLAIN_CALLS,
    PLAIN_METHODS,
    CellUnreadable,
    PlannedCell,
    python_text,
    solution_names,
    student_plan,
)
from codegym_jlab.grading.grader.replay import SandboxLost, student_replay
from codegym_jlab.records import Cell, Judgement, Verdict, frozen
from codegym_jlab.sandbox.base import ProcessEnded, Sandbox

from ..explain.explanation import explain_error
from ..explain.program import DEFINITIONS, every, is_str, names_in, own_nodes
from ..explain.seen import Seen, Step
from ..guard.syntax import parsed
from ..locale import Words, words
from ..misconceptions import Once, WrongPatterns
from .bench import WHOLE_STEPS, Bench, OutOfTime
from .evidence import Evidence, joined, new_checks, signatures, usable
from .example import Change, Example, came_of, change_of, example_of, input_of, of_check, walk_of
from .guides import is_text
from .program import Edit, Program, text
from .search import MARGIN, PAIR_MARGIN, Finding, Repair, Search
from .sentences import NAMES, example_text, only_text, place_text, question_text

#: Of answers that ran.
WRONG = frozenset({Verdict.WA, Verdict.RTE, Verdict.TLE, Verdict.MLE, Verdict.OLE})
MOST_LINES = 3
#: A cheapest repair that is dearer, alone or as a pair, looks too little like a beginner's mistake to be told.
MOST_COST, MOST_PAIR = 2.0, 2.2
#: So cheap a repair of several lines mends one mistake that was made in each of them.
_ONE_MISTAKE = 1.0
#: A repair that costs as much, that no right answer has, at a line that is less suspicious than others, is a guess.
_WEAK_COST, _WEAK = 1.0, 0.8
#: A right answer that is so few lines away shows the place, whatever else mends the program.
_CLOSE = 1.5
#: Errors whose mistake is in the line that raised. Others come of a value, which may be wrong from elsewhere, or of a
#: name that should have got one before.
_IN_LINE = frozenset({"NameError", "TypeError", "AttributeError"})
#: What does nothing as a statement.
_DROPPED = (ast.Attribute, ast.Subscript, ast.Compare, ast.BinOp)
_RESIZES = frozenset({"remove", "pop", "append", "insert"})
_AT_AN_END = ("return_missing", "return_early")
_SURE = 0.8
#: Checks on which a program is watched that is not known to be wrong.
_WATCHED = 3
_OF_ROUNDS = ("extra_line", "too_deep", "too_shallow")  #: whose question is how often a line runs
_ASKED_OF = 2  #: lines of a place at most that are asked one question
_NOTHING = frozenset({0, "", None})
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
        return not self.lines and self.idea is None and self.example is None

    def question(self, said: Words) -> str:
        """What to ask oneself there: the author's word, or what the kind of mistake asks for."""
        return self.idea.say.strip() if self.idea is not None else question_text(said, self.kind)

    def text(self, language: str, place: str = "") -> str:
        """In a teacher's words, Markdown; "" for nothing. `place`: better words than ours on where and what."""
        if self.is_silent:
            return ""
        said = words(language)
        kind = "raises" if self.example is not None and self.example.lacks_error else self.kind
        is_shown = kind != "wrong_text" and only_text(said, self.example)  # then the example says it better
        question = "" if is_shown and self.idea is None else replace(self, kind=kind).question(said)
        is_placed = self.lines or self.idea is None and not only_text(said, self.example)
        first = place or f"{place_text(said, self.lines) if is_placed else ''} {question}".strip()
        return "\n\n".join(filter(None, (first, example_text(said, self.example, self.change) if self.example else "")))


async def _at_once() -> None:
    """Nothing to wait for."""


class Diagnoser:
    """Diagnoses wrong answers with the sandbox and the author's values of a grader; each once for all who ask.

    `calm` is awaited before each run: it returns when nothing is waiting that comes first. `rights` gives accepted
    answers of others for the ids of an offering and of an exercise; they are never shown.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        grader: Grader,
        patterns: WrongPatterns | None = None,
        calm: Callable[[], Awaitable[None]] = _at_once,
        rights: Callable[[str, str], Awaitable[Sequence[str]]] | None = None,
    ) -> None:
        self._sandbox, self.grader, self._patterns = sandbox, grader, patterns
        self._calm, self._rights = calm, rights
        self._known = Once[Diagnosis](2000)

    def is_known(
        self, loaded: LoadedCourse, exercise: Exercise, source: str, cells: Sequence[Cell] = (), *, offering: str = ""
    ) -> bool:
        """Whether this answer was diagnosed before, or is just now, so that asking takes no run."""
        about = (loaded.digest, offering, exercise.id, source, tuple(cells))
        return any((about, practice) in self._known for practice in (True, False))

    async def diagnose(
        self,
        loaded: LoadedCourse,
        exercise: Exercise,
        source: str,
        cells: Sequence[Cell] = (),
        *,
        practice: bool,
        judgement: Judgement | None = None,
        offering: str = "",
    ) -> Diagnosis:
        """Of an answer that did not pass. `practice`: no grade is at stake, so that hidden checks are looked at, too.

        `judgement`: where the author's own ideas may be named; `offering`: whose right answers guide. Raises
        SandboxUnavailable.
        """
        idea = None
        if judgement is not None and self._patterns is not None:
            known = await self._patterns.misconception(loaded, exercise, judgement, source)
            idea = next((one for one in exercise.misconceptions if one.id == known), None)
        key = ((loaded.digest, offering, exercise.id, source, tuple(cells)), practice)
        work = partial(self._found, loaded, exercise, source, cells, practice, offering)
        return replace(await self._known.of(key, work), idea=idea)

    async def _found(
        self,
        loaded: LoadedCourse,
        exercise: Exercise,
        source: str,
        cells: Sequence[Cell],
        practice: bool,
        offering: str,
    ) -> Diagnosis:
        unit, _ = loaded.find(exercise.id)
        is_python = loaded.course is not None and loaded.course.kernel_of(unit) in PYTHON_KERNELS
        if not (is_python and exercise.is_code):
            return Diagnosis()
        try:
            text = python_text(source)
            Program(text)
        except (CellUnreadable, SyntaxError, ValueError, RecursionError):
            return Diagnosis()
        try:
            await self._calm()
            evidence = await self._evidence(loaded, exercise, practice)
            if not evidence:
                return Diagnosis()
            others = await self._rights(offering, exercise.id) if self._rights is not None else ()
            rights = [exercise.solution, *exercise.solutions, *others]
            if not practice:
                rights = safe_guides(text, student_plan(unit, exercise, cells, ""), rights, exercise, evidence)
            program = Program(text, signatures=signatures(evidence))
            is_whole = practice and all(usable(one) for one in exercise.checks)
            async with self._bench(loaded, exercise, text, cells) as bench:
                finding = await Search(program, bench, evidence, rights, is_whole=is_whole).find()
                found = told(program, finding)
                found = await _with_example(found, program, bench, finding)
                shown = [(one, finding.outcomes.get(str(one.check.id))) for one in reversed(evidence) if one.shown]
                ran = {line: input_of(one.check) for one, seen in shown if seen for line in seen.trace.lines}
                return replace(found, ran=ran, spent_s=bench.spent_s)
        except (SandboxLost, ProcessEnded):
            return Diagnosis()

    async def tried(
        self,
        loaded: LoadedCourse,
        exercise: Exercise,
        source: str,
        cells: Sequence[Cell] = (),
        call: str = "",
        *,
        practice: bool,
    ) -> tuple[Example | None, bool] | None:
        """What a changed program makes of a check that a student may see: of one that fails, else of this call's.

        And whether it passes all: hidden ones only in `practice`, where no grade is at stake; of those no example is
        told. None where it cannot be run. Raises SandboxUnavailable.
        """
        try:
            known = await self._evidence(loaded, exercise, practice)
            known.sort(key=Evidence.order)
            async with self._bench(loaded, exercise, python_text(source), cells) as bench:
                outcomes = await bench.run([None], known, steps=WHOLE_STEPS)
        except (CellUnreadable, SandboxLost, ProcessEnded, OutOfTime):
            return None
        runs = [*zip(known, outcomes[0] if outcomes else [], strict=False)]
        is_right = all(own.passed for _, own in runs)
        is_told = not (is_right and practice)  # that all passes says more than any example
        told = [(one, own) for one, own in runs if is_told and one.shown and own.passed is is_right]
        told.sort(key=lambda run: input_of(run[0].check) != call)
        made = (example_of(ast.parse(source), (), one, own, None) for one, own in told)
        return (next(filter(None, made), None), is_right) if runs else None

    async def apart(
        self, loaded: LoadedCourse, exercise: Exercise, source: str, changed: str, cells: Sequence[Cell] = ()
    ) -> tuple[Example | None, bool] | None:
        """The first open check of which a changed program makes something else than the answer itself (`wanted`).

        And whether there is none. None where one of both cannot be run. Raises SandboxUnavailable.
        """
        outcomes = []
        try:
            known = sorted(await self._evidence(loaded, exercise, practice=False), key=Evidence.order)
            for program in (source, changed):
                async with self._bench(loaded, exercise, python_text(program), cells) as bench:
                    outcomes += await bench.run([None], known, steps=WHOLE_STEPS)
        except (CellUnreadable, SandboxLost, ProcessEnded, OutOfTime):
            return None
        for one, own, other in zip(known, *outcomes, strict=False):
            now, then = (came_of(one.expected, run.reply) for run in (own, other))
            if one.shown and now != then:
                return Example(" ".join(input_of(one.check).split()), then, now, one.is_new), False
        return None, True

    async def watched(
        self, loaded: LoadedCourse, exercise: Exercise, source: str, cells: Sequence[Cell] = ()
    ) -> Diagnosis:
        """A program that is not known to be wrong, on the smallest check that is shown: what its lines make of names.

        Raises SandboxUnavailable.
        """
        try:
            program = Program(python_text(source))
            known = sorted(await self._evidence(loaded, exercise, practice=False), key=Evidence.order)
            async with self._bench(loaded, exercise, program.source, cells) as bench:
                seen = [(one, (await bench.traced(None, [one]))[0]) for one in known[:_WATCHED]]
        except (CellUnreadable, SyntaxError, ValueError, RecursionError, SandboxLost, ProcessEnded, OutOfTime):
            return Diagnosis()
        if not seen:
            return Diagnosis()
        one, own = max(seen, key=lambda run: len(run[1].trace.lines))
        own = of_check(program.tree, one, own)
        ran = {line: input_of(one.check) for one, whole in seen for line in whole.trace.lines}
        return Diagnosis(example=example_of(program.tree, (), one, own, None), walk=walk_of(own), ran=ran)

    @asynccontextmanager
    async def _bench(
        self, loaded: LoadedCourse, exercise: Exercise, text: str, cells: Sequence[Cell]
    ) -> AsyncIterator[Bench]:
        """Where an answer and edits of it run, below these cells."""
        names = solution_names(exercise.solution)
        replay = student_replay(self._sandbox, loaded, exercise, cells, "", names)
        async with replay.running():
            yield Bench(replay, text, self._calm)

    async def _evidence(self, loaded: LoadedCourse, exercise: Exercise, practice: bool) -> list[Evidence]:
        checks = [one for one in exercise.checks if usable(one) and (practice or not one.is_hidden)]
        new = new_checks(exercise)
        nobody = unrecorded(loaded, exercise.id, "")
        known = await self.grader.expected(loaded, nobody, checks)
        drawn = await self.grader.expected(loaded, nobody, new, seconds=NEW_INPUT_S)
        return joined(checks, new, {**known, **drawn})


def told(program: Program, finding: Finding) -> Diagnosis:
    """What may be said of it: a place only where all repairs about as cheap as the cheapest agree on it."""
    if idle := _idle(program, finding.ran):
        return Diagnosis(idle, "dropped", finding=finding)
    cause, cause_kind = _cause_of(program.source, finding)
    hole = unfinished(program, finding.ran)
    if finding.repairs and cause_kind != "shadowed":  # whatever else makes the name the function's again
        lines, kind = _agreed(program, finding)
        rows = program.source.splitlines()
        has_range = any("range(" in rows[line - 1] for line in lines)
        if kind == "off_by_one" and has_range:
            kind = "range"
        elif kind == "range" and not has_range:
            kind = "over"
        if kind in NAMES:
            of_value = _kind_of_value(program, finding.repairs[0].edit)
            kind = of_value if of_value == "quoted" or kind == "wrong_value" else kind
        if "yield" not in program.source and any("yield" in new for _, new in finding.repairs[0].edit.patches):
            kind = "yields"
        loads = (one for one in program.nodes(ast.Name) if one.lineno in lines and isinstance(one.ctx, ast.Load))
        if lines == (hole,):
            kind = "unfinished"
        elif kind in NAMES and not any(loads):
            kind = ""
        if kind in _OF_ROUNDS and not any(program.nodes(ast.For, ast.While)):
            kind = "cases" if any(program.nodes(ast.If)) else "sequence"
        kind = kind if len(lines) <= _ASKED_OF or kind == "chain" else ""  # no one question fits them all
        return Diagnosis(lines, kind, finding=finding)
    if hole is not None:
        return Diagnosis((hole,), "unfinished", finding=finding)
    if head := _misfit(program, finding):
        return Diagnosis(head, "arguments", finding=finding)
    if shrinks := _shrinking(program, finding.ran):
        return Diagnosis(shrinks, "copy", finding=finding)
    if cause is not None:
        return Diagnosis((cause,), cause_kind, finding=finding)
    heads = {node.lineno for node in program.nodes(*DEFINITIONS, ast.arg)}
    if len(ran := finding.ran - heads) == 1 and finding.failure is None:
        nodes = (node for node in program.nodes(ast.AST) if getattr(node, "lineno", 0) in ran)
        return Diagnosis(tuple(ran), "wrong_text" if any(map(is_str, nodes)) else "only_line", finding=finding)
    return Diagnosis(finding=finding)


async def _with_example(found: Diagnosis, program: Program, bench: Bench, finding: Finding) -> Diagnosis:
    """With the smallest failing check that may be shown, and which the cheapest repair passes, where there is one."""
    shown = sorted((one for one in finding.failing if one.shown), key=lambda one: (one.size, one.check.call or ""))
    repair = finding.repairs[0].edit if finding.repairs else None
    for one in shown[:3]:
        mended = None
        with suppress(OutOfTime):
            mended = (await bench.traced(repair, [one]))[0] if repair is not None else None
        if mended is None or mended.passed:
            whole = finding.outcome_of(one)
            own = of_check(program.tree, one, whole)
            if whole.reply.raised is not None and not own.trace.steps and any(s.depth > 1 for s in whole.trace.steps):
                break  # a call of the answer's own stops it before any check's begins
            other = of_check(program.tree, one, mended) if mended and repair and repair.keeps_lines else None
            example = example_of(program.tree, found.lines, one, own, other)
            return replace(found, example=example, change=change_of(found.lines, own, other), walk=walk_of(own))
    for one in finding.failing[:1]:  # of lines that only set names what they make of these is the same for each check
        if not (one.check.stdin or one.check.setup or any(isinstance(node, DEFINITIONS) for node in program.tree.body)):
            return replace(found, walk=walk_of(finding.outcome_of(one)))
    return found


def _idle(program: Program, ran: frozenset[int]) -> tuple[int, ...]:
    """The lines of functions that ran and do nothing, `xs.sort` or `n == 0`: mistakes whatever else is one."""
    nodes = (place.node for place in program.places() if not isinstance(place.scope.owner, ast.Module))
    found = {node.lineno for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, _DROPPED)} & ran
    return tuple(sorted(found)) if len(found) <= MOST_LINES else ()


def unfinished(program: Program, ran: frozenset[int]) -> int | None:
    """The one line that ran in vain: `pass` or `...` in place of a step, a condition that is no question."""
    found = set()
    for place in program.places():
        node, parent = place.node, place.parent
        if getattr(node, "lineno", 0) not in ran:
            continue
        is_bare = isinstance(node, ast.Pass) or isinstance(node, ast.Expr) and _is(node.value, ...)
        has_other = isinstance(parent, ast.If) and (parent.orelse or place.field == "orelse")
        is_empty = isinstance(node, ast.Return) and node.value is not None and _is(node.value, None)
        if (is_bare and not has_other) or is_empty or isinstance(node, ast.If) and isinstance(node.test, ast.Constant):
            found.add(node.lineno)
    return found.pop() if len(found) == 1 else None


def _misfit(program: Program, finding: Finding) -> tuple[int, ...]:
    """The head of a function that takes fewer or more values than a check gives it."""
    failure = finding.failure
    if failure is None or finding.crash is not None or not re.match(r"\w+\(\) (takes|missing) ", failure.message):
        return ()
    name = failure.message.partition("(")[0]
    return tuple(one.lineno for one in program.tree.body if isinstance(one, ast.FunctionDef) and one.name == name)


def _shrinking(program: Program, ran: frozenset[int]) -> tuple[int, ...]:
    """The lines that ran in which a loop changes the list that it goes through, and goes on."""
    found = set()
    for loop in program.nodes(ast.For):
        verbs = {f"{text(loop.iter)}.{verb}" for verb in _RESIZES}
        if not any(own_nodes(loop.body, ast.Break, ast.Return)):
            found |= {one.lineno for one in own_nodes(loop.body, ast.Call) if text(one.func) in verbs}
    return tuple(sorted(found & ran)) if len(found) <= MOST_LINES else ()


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _agreed(program: Program, finding: Finding) -> tuple[tuple[int, ...], str]:
    """The lines that all repairs touch which are about as cheap as the cheapest, and its kind; nothing without any."""
    repairs = finding.repairs
    if repairs[0].edit.kind in _AT_AN_END and all(one.is_empty for one in finding.failing):
        # it can be met at the entry and at the end, unless a right answer shows where
        repairs = [one for one in repairs if one.edit.far is not None and one.cost <= repairs[0].cost + MARGIN]
    if not repairs:
        return (), ""
    best = repairs[0]
    is_pair = len(best.edit.lines) > 1
    is_case = best.edit.kind == "missing_case" and not is_pair  # the entry runs where it passes, too
    if best.cost > (MOST_PAIR if is_pair else MOST_COST) and not is_case:
        return (), ""
    margin = PAIR_MARGIN if is_pair and best.cost > _ONE_MISTAKE else MARGIN
    near = [one for one in repairs if one.cost <= best.cost + margin]
    if best.edit.far is not None and best.edit.far <= _CLOSE:
        near = [one for one in near if one.edit.far is not None]
    if best.edit.kind == "empty_test":  # that meets the case and fails is wrong, whatever else would meet it
        near = [one for one in near if one.edit.kind == best.edit.kind]
    if is_case and best.edit.far is None:
        return _place_of_case(program, finding), best.edit.kind
    # the use may be meant, or the parameter
    if best.edit.kind == "undefined" and _is_unused(program, best.edit) or _is_weak(best, finding.suspicion):
        return (), ""
    shared = set(best.edit.lines).intersection(*(one.edit.lines for one in near))
    return (tuple(sorted(shared)), best.edit.kind) if 0 < len(shared) <= MOST_LINES else ((), "")


def _place_of_case(program: Program, finding: Finding) -> tuple[int, ...]:
    """Of a case that is missing: the `if` that meets it; the line that stops; where a name lacks a value the entry."""
    if met := _met(program, finding):
        return met
    if finding.failure is None or finding.crash is None:
        return ()  # it can be met anywhere before it matters
    return finding.repairs[0].edit.lines if finding.failure.type == "UnboundLocalError" else (finding.crash,)


def _is_weak(best: Repair, suspicion: Mapping[int, float]) -> bool:
    """Whether a repair is dear, no right answer has it, and other lines than its one ran more often where it fails."""
    edit = best.edit
    if best.cost < _WEAK_COST or edit.far is not None or len(edit.lines) > 1:
        return False
    return max(suspicion.get(line, 0.0) for line in (*edit.lines, edit.reach)) < _WEAK * max(suspicion.values())


def _kind_of_value(program: Program, edit: Edit) -> str:
    """Of a value in place of which another is wanted: a text, one with a name that is not read there, or neither."""
    paths = dict(edit.patches)
    old = [place.node for place in program.places() if place.path in paths]
    sides = (old, [ast.parse(text) for text in paths.values()])
    here, new = (set[str]().union(*map(names_in, side)) for side in sides)
    names = {node.id for node in program.nodes(ast.Name)}
    if any(not hasattr(builtins, name) for name in new - here):
        texts = {one.value for side in old for one in every(side, ast.Constant)}
        is_fixed = bool(old) and all(isinstance(side, ast.Constant) for side in old)
        is_start = is_fixed and texts <= _NOTHING  # which begins something, and stands for no case
        kind = "start_value" if is_start else "fixed_value" if is_fixed else "wrong_value"
        return "quoted" if texts & names else kind
    return "wrong_text" if old and all(map(is_str, old)) else "only_line"


def _is_unused(program: Program, edit: Edit) -> bool:
    """Whether an edit writes a parameter that nothing in its function uses."""
    for place in program.places():
        if place.own is not None and place.node.lineno <= edit.lines[0] <= place.node.end_lineno:
            used = {node.id for node in own_nodes(place.node.body, ast.Name)}
            if any(new in place.own.params and new not in used for _, new in edit.patches):
                return True
    return False


def _met(program: Program, finding: Finding) -> tuple[int, ...]:
    """Where the case is met already by an `if`: the first lines of what is done in failing checks alone."""
    passing = (outcome.trace.lines for outcome in finding.outcomes.values() if outcome.passed)
    alone = finding.ran.difference(*passing) - {finding.crash}
    met = {node.body[0].lineno for node in program.nodes(ast.If)} & alone
    return tuple(sorted(met)) if len(met) <= MOST_LINES else ()


def _cause_of(text: str, finding: Finding) -> tuple[int | None, str]:
    """Where the mistake behind an error is: its cause, where the explainer is sure of it, else the line that raised."""
    failure, crash = finding.failure, finding.crash
    if failure is None or crash is None or finding.outcome_of(finding.failing[0]).reply.limit is not None:
        return None, ""  # where the time was over says nothing
    if failure.type == "EOFError":
        return None, ""  # it reads more than was typed: that says nothing of where
    steps = tuple(Step(frame.line, frame.function) for frame in failure.frames if frame.cell == "answer")
    found = explain_error(text, Seen(failure.type, failure.message, steps))
    is_in_line = failure.type in _IN_LINE
    if found.sure >= _SURE:
        kind = "shadowed" if found.cause == "shadowed_builtin" else "crash"
        return found.line if is_in_line or found.line != crash else None, kind
    return crash if is_in_line else None, "crash"


# -- which right answers may guide where a grade is at stake: parts of one then stand in a process with the student's
# code, which would read itself and say by the line that is told what it found. So the program must be one that cannot
# look at itself, and no right answer counts that holds a value which the student cannot see.

_CALLS = PLAIN_CALLS | {"divmod", "pow", "range"}
_NEVER = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.AsyncFunctionDef, ast.Try, ast.With, ast.Match, ast.Await)
_SMALL = (0, 1, 2, -1, "", " ")


def is_plain(source: str, *, functions_only: bool = True) -> bool:
    """Whether a program computes with values and knows no way to its own text; as a rule of functions alone."""
    tree = parsed(source)
    if tree is None:
        return False
    if functions_only and not all(isinstance(one, ast.FunctionDef) or is_text(one) for one in tree.body):
        return False
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.name if isinstance(node, ast.FunctionDef) else ""
        is_strange = name.startswith("__") or hasattr(builtins, name) and name not in _CALLS
        if is_strange or isinstance(node, _NEVER) or isinstance(node, ast.Attribute) and node.attr not in PLAIN_METHODS:
            return False
    return True


def safe_guides(
    source: str, plan: Sequence[PlannedCell], rights: Iterable[str], exercise: Exercise, evidence: Sequence[Evidence]
) -> list[str]:
    """Of these right answers those that may guide; none for a program, or cells above it, that could look at it."""
    above = (cell.text for cell in plan if cell.name != ANSWER and cell.kind != "given")
    if not (is_plain(source) and all(is_plain(text, functions_only=False) for text in above)):
        return []
    samples = (f"{one.check.call} {one.expected.text}" for one in evidence if one.shown and not one.is_new)
    seen = "\n".join((exercise.statement, *samples))
    return [one for one in rights if is_plain(one) and _is_seen(one, seen)]


def _is_seen(source: str, seen: str) -> bool:
    """Whether all values that are written in a right answer are small ones, or such as the student sees."""
    tree = ast.parse(source)
    idle = [one.value for one in every(tree, ast.Expr) if is_text(one)]
    values = [one.value for one in every(tree, ast.Constant) if one not in idle]
    return all(value is None or value in _SMALL or str(value) in seen for value in values)
