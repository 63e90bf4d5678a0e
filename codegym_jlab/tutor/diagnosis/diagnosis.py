"""Where a wrong answer is wrong, of which kind the mistake is, and the smallest example that shows it."""

import ast
import builtins
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence, Set
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from io import TextIOBase
from types import EllipsisType

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

from ..explain.explanation import MAX_SOURCE, explain_error
from ..explain.program import DEFINITIONS, called, every, is_str, names_in, own_nodes
from ..explain.seen import Seen, Step
from ..guard.syntax import is_text, parsed
from ..locale import Words, words
from ..misconceptions import Once, WrongPatterns
from .bench import WHOLE_STEPS, Bench, Outcome, OutOfTime
from .evidence import Evidence, joined, new_checks, signatures, usable
from .example import Change, Example, change_of, example_of, input_of, is_faint, of_check
from .program import Edit, Place, Program, text
from .repairs import MARGIN, MOST_COST, Finding, Search
from .sentences import (
    NAMES,
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
MOST_LINES = 3
_TWO = 2
#: A right answer that is so few lines away shows the place, whatever else mends the program.
_CLOSE = 1.5
#: Errors whose mistake is in the line that raised. Others come of a value, which may be wrong from elsewhere, or of a
#: name that should have got one before.
_IN_LINE = frozenset({"NameError", "TypeError", "AttributeError"})
#: What does nothing as a statement.
_DROPPED = (ast.Attribute, ast.Subscript, ast.Compare, ast.BinOp)
_GIVING = frozenset("sorted reversed len sum abs round str int float bool range enumerate zip".split())
#: Methods of texts, which are never changed themselves.
_OF_TEXTS = frozenset("replace upper lower strip lstrip rstrip capitalize swapcase split zfill".split())
_RESIZES = frozenset({"remove", "pop", "append", "insert"})
_AT_AN_END = ("return_missing", "return_early")
_SURE = 0.8
#: Checks on which a program is watched that is not known to be wrong.
_WATCHED = 3
_CASES = frozenset({"missing_case", "empty_test"})
_OF_ROUNDS = ("extra_line", "too_deep", "too_shallow")  #: whose question is how often a line runs
_GROWN = re.compile(r"^ *\w+ [-+*/]+= ", re.M)  #: a step that changes what a name holds
_NOTHING = frozenset({0, "", None})
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
        repairs = self.finding.repairs if self.finding is not None and not self.lines else []
        places = {one.lines for one in _near(repairs)} if repairs and repairs[0].cost <= MOST_COST else set()
        is_either = len(places) == _TWO and all(len(one) == 1 for one in places)
        return tuple(sorted(line for one in places for line in one)) if is_either else ()

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
                lines, kind = _place(program, finding)
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


def _place(program: Program, finding: Finding) -> tuple[tuple[int, ...], str]:
    """The lines that may be told, and the kind of mistake; repairs tell a place only where the cheapest agree on it."""
    if idle := _idle(program, finding.ran):
        return idle, "dropped"
    cause, cause_kind = _cause_of(program.source, finding)
    hole = unfinished(program, finding.ran)
    if finding.repairs:
        lines, kind = _agreed(program, finding)
        if finding.stops_itself and len(lines) != 1:  # one edit for the call, and one for what it calls
            return ((cause,), cause_kind) if cause is not None else ((), "")
        if not lines and cause is not None and any(cause in one.lines for one in _near(finding.repairs)):
            return (cause,), cause_kind  # the error tells which of several repairs
        return lines, _kind_told(program, finding, lines, kind, hole)
    if hole is not None:
        return (hole,), "unfinished"
    if head := _misfit(program, finding):
        return head, "arguments"
    if shrinks := _shrinking(program, finding.ran):
        return shrinks, "copy"
    if cause is not None:
        return (cause,), cause_kind
    aside = (*DEFINITIONS, ast.arg, ast.Import, ast.ImportFrom)
    only = finding.ran - {node.lineno for node in every(program.tree, *aside)}
    if len(only) == 1 and finding.failure is None:
        has_text = any(is_str(node) for node in every(program.tree, ast.Constant) if node.lineno in only)
        return tuple(only), "wrong_text" if has_text else "only_line" if _reckons(program, [*only]) else "part"
    return (), ""


def _near(repairs: Sequence[Edit]) -> list[Edit]:
    """Those that are about as cheap as the first, which is the cheapest."""
    return [one for one in repairs if one.cost <= repairs[0].cost + MARGIN]


def _kind_told(program: Program, finding: Finding, lines: tuple[int, ...], kind: str, hole: int | None) -> str:
    """The kind of mistake whose question fits these lines; "" for none."""
    if any(one.kind == "rows" and one.lines == lines for one in finding.repairs):
        return "rows"
    kind = _kind_of_repair(program, finding, lines, kind, hole)
    heads = (one.lineno for one in every(program.tree, ast.While) if isinstance(one.test, ast.Constant))
    if kind == "condition" and not set(lines).isdisjoint(heads):
        return "sequence"  # `while True` asks nothing
    tests = (one.lineno for one in every(program.tree, ast.While, ast.If))
    if kind == "step" and not set(lines).isdisjoint(tests):
        return "condition"
    if any("format_spec" in path for path, _ in finding.repairs[0].patches):
        return "format"
    if kind == "wrong_text" and any(_adds_braces(program, one) for one in _near(finding.repairs) if one.lines == lines):
        return "braces"
    if kind == "extra_line" and not any(new for _, new in finding.repairs[0].patches):
        return "needless"
    return "part" if kind == "only_line" and not _reckons(program, lines) else kind


def _adds_braces(program: Program, edit: Edit) -> bool:
    """Whether a word of a text becomes the value of that name."""
    sides = [place.node for place in _changed(program, edit)], [parse(told) for _, told in edit.patches]
    old, new = ([part for one in side for part in every(one, ast.JoinedStr)] for side in sides)
    said = " ".join(str(one.value) for part in old for one in part.values if isinstance(one, ast.Constant))
    here, there = (set[str]().union(*map(names_in, side)) for side in (old, new))
    return not (there - here).isdisjoint(re.findall(r"\w+", said))


def _reckons(program: Program, lines: Sequence[int]) -> bool:
    """Whether one of these lines works with numbers, or compares."""
    return any(one.lineno in lines for one in every(program.tree, ast.BinOp, ast.Compare))


def _kind_of_repair(program: Program, finding: Finding, lines: tuple[int, ...], kind: str, hole: int | None) -> str:
    repair, failure = finding.repairs[0], finding.failure
    if kind == "undefined" and (failure is None or failure.type != "NameError"):
        kind = "wrong_name"  # a cell above has it
    if lines == (hole,):
        return "unfinished"
    rows, new = program.source.splitlines(), [text for _, text in repair.patches]
    if "yield" not in program.source and any("yield" in one for one in new):
        return "yields"
    is_moved = not {text(one) for one in every(program.tree, ast.stmt)}.isdisjoint(new)
    if is_moved and sum(isinstance(path[-1], tuple) for path, _ in repair.patches) > 1:  # a whole line stands elsewhere
        kind = {"wrong_value": "sequence", "left_out": "too_deep", "extra_line": "too_deep"}.get(kind, kind)
    if kind == "wrong_value":  # in a line that is to be another as a whole
        words = {one.partition(" ")[0] for one in new} - {rows[line - 1].split()[0] for line in lines}
        if words & {"for", "while"}:
            return "extra_line"
        if "return" in words and not any(one.lineno > lines[-1] for one in every(program.tree, ast.Return)):
            return "left_out"
        if "if" in words:
            is_new = _GROWN.search("\n".join(new)) and not any(_GROWN.match(rows[line - 1]) for line in lines)
            kind = "left_out" if is_new else "extra_line"
    is_while = any(one.lineno in lines for one in every(program.tree, ast.While))  # `while True` is no value
    if kind == "left_out" and not is_while and _kind_of_value(program, repair) == "fixed_value":
        return "fixed_value"  # what it is to be is not there yet
    if kind in ("off_by_one", "range"):
        return _kind_of_number(program, kind, lines)
    if kind == "return_missing" and all(rows[line - 1].strip() in new for line in lines):
        kind = "too_deep"
    if kind in _OF_ROUNDS and not any(every(program.tree, ast.For, ast.While)):
        return "cases" if any(every(program.tree, ast.If)) else "sequence"
    is_filled = any(one.lineno in lines for one in every(program.tree, ast.JoinedStr))
    if is_filled and kind in ("wrong_value", "result_kind") and any(re.search(r"\bf['\"]", one) for one in new):
        return "wrong_text"
    if kind == "result_kind":  # another sum of the same names is no other kind
        of_value = _kind_of_value(program, repair)
        kind = of_value if of_value == "only_line" and len(repair.patches) == 1 else kind
    if kind in NAMES:
        of_value = _kind_of_value(program, repair)
        kind = of_value if of_value == "quoted" or kind == "wrong_value" else kind
        reads = (one for one in every(program.tree, ast.Name) if one.lineno in lines and isinstance(one.ctx, ast.Load))
        kind = kind if kind not in NAMES or any(reads) else ""
        named = _NAMED if kind == "wrong_value" else (*_NAMED, ast.stmt)  # a whole line may be wrong in anything
        if any(one.field == "func" and isinstance(one.node, ast.Attribute) for one in _changed(program, repair)):
            return "method"
        is_named = any(isinstance(one.node, named) and not _is_slice(one.node) for one in _changed(program, repair))
        return kind if is_named or kind not in NAMES else "part"
    return kind


#: What a question about names fits: more than one is worked out, or written as a whole.
_NAMED = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)


def _is_slice(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)


def _changed(program: Program, edit: Edit) -> list[Place]:
    """Where an edit changes a node."""
    paths = dict(edit.patches)
    return [place for place in program.places() if place.path in paths]


def _kind_of_number(program: Program, kind: str, lines: tuple[int, ...]) -> str:
    """What a number is that is one too many or too few: the end of a `range`, a start, a remainder, or a border."""
    rows = program.source.splitlines()
    told = "\n".join(rows[line - 1] for line in lines)
    if kind == "range" or "range(" in told:
        return "range" if "range(" in told else "over"
    plain = (one for one in every(program.tree, ast.Assign) if isinstance(one.value, (ast.Constant, ast.UnaryOp)))
    if lines and {one.lineno for one in plain}.issuperset(lines):
        return "start_value"
    has_border = any(one.lineno in lines for one in every(program.tree, ast.Compare, ast.Subscript))
    return kind if has_border and "%" not in told else "sign"


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


def _idle(program: Program, ran: frozenset[int]) -> tuple[int, ...]:
    """The lines that ran and do nothing, `xs.sort` or `n == 0`: mistakes whatever else is one.

    A cell shows its last, and who looks at a part of a table above it has made no mistake.
    """
    top = program.tree.body
    looks = [one for one in top if one is top[-1] or isinstance(getattr(one, "value", None), ast.Subscript)]
    nodes = (node for node in every(program.tree, ast.Expr) if node not in looks)
    own = {one.name for one in every(program.tree, ast.FunctionDef)}
    own |= {"replace"} if re.search(r"\b(?:Path|os)\b", program.source) else set()  # which is a file's there
    return _few({node.lineno for node in nodes if _gives_only(node.value, own)} & ran)


def _gives_only(value: ast.expr, own: Set[str]) -> bool:
    """Whether an expression does nothing but give a value. `own`: the functions of the program."""
    match value:
        case ast.Call(ast.Name(name)):
            return name in _GIVING - own
        case ast.Call(ast.Attribute(_, name), _, []):
            return name in _OF_TEXTS - own
    return isinstance(value, _DROPPED)


def _few(lines: Set[int]) -> tuple[int, ...]:
    """Lines in their order; none where they are too many to be told."""
    return tuple(sorted(lines)) if len(lines) <= MOST_LINES else ()


def unfinished(program: Program, ran: frozenset[int]) -> int | None:
    """The one line that ran in vain: `pass` or `...` in place of a step, a condition that is no question."""
    found = set()
    for place in program.places():
        node, parent = place.node, place.parent
        if getattr(node, "lineno", 0) not in ran:
            continue
        has_other = isinstance(parent, ast.If) and (parent.orelse or place.field == "orelse")
        match node:
            case ast.Return(ast.Constant(None)) | ast.If(ast.Constant()):
                found.add(node.lineno)
            case ast.Pass() | ast.Expr(ast.Constant(EllipsisType())) if not has_other:
                found.add(node.lineno)
    return found.pop() if len(found) == 1 else None


def _misfit(program: Program, finding: Finding) -> tuple[int, ...]:
    """The head of a function that takes fewer or more values than a check gives it."""
    failure = finding.failure
    told = re.match(r"(?:\w+\.)*(\w+)\(\) (takes|missing) ", failure.message) if failure is not None else None
    if told is None or finding.crash is not None:
        return ()
    heads = [one.lineno for one in every(program.tree, ast.FunctionDef) if one.name == told[1]]
    return tuple(heads) if len(heads) == 1 else ()


def _shrinking(program: Program, ran: frozenset[int]) -> tuple[int, ...]:
    """The lines that ran in which a loop changes the list that it goes through, and goes on."""
    found = set()
    for loop in every(program.tree, ast.For):
        verbs = {f"{text(loop.iter)}.{verb}" for verb in _RESIZES}
        if not any(own_nodes(loop.body, ast.Break, ast.Return)):
            found |= {one.lineno for one in own_nodes(loop.body, ast.Call) if text(one.func) in verbs}
    return _few(found & ran)


def _agreed(program: Program, finding: Finding) -> tuple[tuple[int, ...], str]:
    """The lines that all repairs touch which are about as cheap as the cheapest, and its kind; nothing without any."""
    repairs = finding.repairs
    if repairs[0].kind in _AT_AN_END and all(one.is_empty for one in finding.failing):
        # it can be met at the entry and at the end, unless a right answer shows where
        repairs = [one for one in repairs if one.far is not None and one.cost <= repairs[0].cost + MARGIN]
    if not repairs:
        return (), ""
    best = repairs[0]
    is_pair = len(best.lines) > 1
    is_case = best.kind == "missing_case" and not is_pair  # the entry runs where it passes, too
    if best.cost > MOST_COST and not is_case:
        return (), ""
    near = _near(repairs)
    if best.far is not None and best.far <= _CLOSE:
        near = [one for one in near if one.far is not None]
    if best.kind == "empty_test":  # that meets the case and fails is wrong, whatever else would meet it
        near = [one for one in near if one.kind == best.kind]
    if is_case and best.far is None:
        return _place_of_case(program, finding), best.kind
    lines = _few(set(best.lines).intersection(*(one.lines for one in near)))
    if lines != best.lines:
        return lines, ""  # of a part of it the question may be another
    named = (one.kind for one in _near(repairs) if one.lines == lines and one.kind != "wrong_value")
    return lines, next(named, best.kind) if best.kind == "wrong_value" else best.kind


def _place_of_case(program: Program, finding: Finding) -> tuple[int, ...]:
    """Of a case that is missing: where an `if` meets it; the line that stops; where a name lacks a value the entry.

    An `if` meets it whose first line runs in failing checks alone.
    """
    passing = (outcome.lines for outcome in finding.outcomes.values() if outcome.passed)
    alone = finding.ran.difference(*passing) - {finding.crash}
    if met := _few({node.body[0].lineno for node in every(program.tree, ast.If)} & alone):
        return met
    if finding.failure is None or finding.crash is None:
        return ()  # it can be met anywhere before it matters
    return finding.repairs[0].lines if finding.failure.type == "UnboundLocalError" else (finding.crash,)


def _kind_of_value(program: Program, edit: Edit) -> str:
    """Of a value in place of which another is wanted: a text, one with a name that is not read there, or neither."""
    places = _changed(program, edit)
    old = [place.node for place in places]
    sides = (old, [parse(text) for _, text in edit.patches])
    here, new = (set[str]().union(*map(names_in, side)) for side in sides)
    if len(edit.lines) == 1:  # what its line reads besides
        reads = (one for one in every(program.tree, ast.Name) if isinstance(one.ctx, ast.Load))
        here |= {one.id for one in reads if one.lineno in edit.lines}
    names = {node.id for node in every(program.tree, ast.Name)}
    if any(not hasattr(builtins, name) for name in new - here):
        texts = {one.value for side in old for one in every(side, ast.Constant)}
        is_fixed = bool(old) and all(isinstance(side, ast.Constant) for side in old)
        is_start = is_fixed and texts <= _NOTHING  # which begins something, and stands for no case
        kind = "start_value" if is_start else "fixed_value" if is_fixed else "wrong_value"
        gone = texts - {one.value for side in sides[1] for one in every(side, ast.Constant)}
        words = {word for one in gone if isinstance(one, str) for word in re.findall(r"\w+", one)}
        return "quoted" if gone & names or words & (new - here) else kind
    if here and new and any(isinstance(node, ast.Call) for node in old):
        return "wrong_value"  # the same names in other places of a call
    if any(isinstance(place.parent, (ast.Subscript, ast.Tuple)) for place in places):
        return "wrong_value"  # the name of a column
    if places and all(isinstance(place.parent, ast.keyword) and _is_option(place.parent) for place in places):
        return "option"
    if not old or not all(map(is_str, old)):
        return "only_line"
    if any(called(place.parent) == "open" for place in places):
        return "mode"
    return "option" if any(_is_option(place.parent) for place in places) else "wrong_text"


#: Of a call what it shows, which is no choice.
_SHOWN = frozenset("sep end label title xlabel ylabel color".split())


def _is_option(parent: ast.AST) -> bool:
    """Whether a call takes a text as a choice: of no method that keeps or shows words, as Python's own do."""
    match parent:
        case ast.keyword(name):
            return name not in _SHOWN
        case ast.Call(ast.Attribute(attr=name)):
            return not any(hasattr(kind, name) for kind in (str, list, dict, set, TextIOBase))
    return False


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
