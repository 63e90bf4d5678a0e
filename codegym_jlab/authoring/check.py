"""`codegym check`: is a course fit to be given to students?

Its schema holds, given cells run, each solution is accepted, starter and empty cell score nothing, each misconception
is caught, patterns end, nothing hidden stands in notebooks, files or feedback, and the checks notice mutants. What is
said of each exercise, and of the course at the end, is made here too.
"""

import re
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import answer_source
from codegym_jlab.course.schema import CodeCell, Exercise, ExerciseCell, Unit, effective_limits
from codegym_jlab.grading.batch import in_order
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import ANSWER, Names, PlannedCell, author_plan, image_of
from codegym_jlab.grading.grader.replay import LOST, Replay
from codegym_jlab.records import AWAY, STAFF, Json, Judgement, Submission, Verdict, frozen, some
from codegym_jlab.sandbox.base import Limits, Sandbox, side_of_author
from codegym_jlab.tutor.guard import Guard

from .leaks import Finding, feedback_leaks, leaks
from .search import judge_source
from .survivors import MutantResult, MutationRun, Tally

BESIDE = 4  #: exercises graded at the same time
#: Processor seconds in which a sound pattern is done with its texts many times over.
PATTERN_S = 0.5

_NO_ANSWER = PlannedCell(ANSWER, "answer", "")


@frozen
class Checked:
    """What was found for one exercise, or for a unit's given cells (`is_unit`)."""

    exercise: str
    title: str
    findings: tuple[Finding, ...]
    mutants: Tally | None = None  #: None where none were run
    #: what wrong answers would score: "starter", "empty" (cell), and each misconception by its id
    scores: dict[str, float] = field(default_factory=dict)
    max_score: float = 0.0
    is_unit: bool = False
    solution: Judgement | None = None  #: of the author's own answer; None where there is nothing to judge
    seconds: float = 0.0  #: that it took

    @property
    def is_accepted(self) -> bool:
        """Whether the author's own answer passes every check."""
        return self.solution is not None and self.solution.verdict is Verdict.AC

    def as_json(self) -> Json:
        """For `--json`: one line an exercise."""
        named = {"exercise": None, "unit": self.exercise} if self.is_unit else {"exercise": self.exercise}
        return {
            **named,
            **some(self, "title scores max_score"),
            "findings": [finding.as_json() for finding in self.findings],
            "mutants": self.mutants.as_json() if self.mutants else None,
        }


async def check_course(
    loaded: LoadedCourse, grader: Grader, mutation: MutationRun | None = None
) -> AsyncIterator[Checked]:
    """Each exercise's findings, in the order of the course; before them a unit's, where its given cells fail.

    Schema errors are `loaded.errors`, not repeated here. `grader` is on the author's side (`side_of_author`), as
    everywhere in this room. `mutation` None runs no mutants.
    """

    async def of_unit(unit: Unit) -> Checked:
        found = [finding async for finding in _failing_cells(loaded, grader, unit)]
        return Checked(unit.id, unit.title, tuple(found), is_unit=True)

    def works() -> Iterator[Coroutine[Any, Any, Checked]]:
        for unit in loaded.units:
            yield of_unit(unit)
            yield from (check_exercise(loaded, grader, one.id, mutation) for one in unit.exercises)

    async for checked in in_order(works(), BESIDE):
        if checked.findings or not checked.is_unit:
            yield checked


async def check_exercise(
    loaded: LoadedCourse, grader: Grader, exercise: str, mutation: MutationRun | None = None
) -> Checked:
    """What is found for the exercise of this id, and how its solution, wrong answers and mutants fare.

    `mutation` None runs no mutants. Raises KeyError.
    """
    return await _Exercise(loaded, grader, *loaded.find(exercise)).checked(mutation)


async def shortcomings(loaded: LoadedCourse, sandbox: Sandbox) -> list[str]:
    """What is found before a course is published, mutants aside: a line each. Solutions run on the author's side."""
    grader = Grader(side_of_author(sandbox))
    try:
        return [str(f) async for checked in check_course(loaded, grader) for f in checked.findings]
    finally:
        await grader.close()


@dataclass
class _Exercise:
    """The check of one exercise."""

    loaded: LoadedCourse
    grader: Grader
    unit: Unit
    exercise: Exercise
    scores: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    async def checked(self, mutation: MutationRun | None) -> Checked:
        exercise, tally, solution, began = self.exercise, None, None, time.monotonic()
        self._add(leaks(self.loaded, self.unit, exercise))
        if exercise.marking != "manual" and (exercise.rubric or exercise.answer == "text"):
            key = "rubric" if exercise.rubric else "answer"
            self._found("marking", f"nobody gives the points of its `{key}`; write `marking: manual` as well", key)
        answer = exercise.solution
        if exercise.answer == "choice":
            answer = ", ".join(str(check.id) for check in exercise.checks)
        elif exercise.answer == "predict":
            answer, trouble = await self._output()
            for text in trouble:
                self._found("solution", f"the code that is shown {text}", "given")
        if exercise.checks and answer.strip():
            _, solution = await self._judge(answer)
            if fault := fault_of(solution):
                self._found("sandbox", fault)
            else:
                await self._graded(solution)
                is_python = exercise.is_code and self.loaded.is_python(self.unit)
                if mutation is not None and solution.verdict is Verdict.AC and is_python:
                    tally = await mutation.tally(self.loaded, exercise.id)
                    for text in tally.troubles:
                        self._found("mutants", text, "equivalent")
        return Checked(
            exercise.id,
            exercise.title,
            tuple(self.findings),
            tally,
            self.scores,
            solution.score.max_points if solution else 0.0,
            solution=solution,
            seconds=time.monotonic() - began,
        )

    async def _output(self) -> tuple[str, list[str]]:
        """What the code prints whose output is to be predicted, and what is wrong with that; it runs twice."""
        (check,), found = self.exercise.checks, []
        for _ in range(2):
            plan = author_plan(self.unit, self.exercise)
            try:
                async with _replay(self.loaded, self.grader, self.unit, plan).running() as replay:
                    reply = await replay.check(stdin=check.stdin, want="none", program=True)
            except LOST as error:
                return "", [f"cannot be run: {error}"]
            if reply.status != "value":
                return "", [f"does not run through: {_how(reply)}; show code that ends"]
            found.append(reply.printed)
        if not found[0].strip():
            return "", ["prints nothing; ask for something that is printed"]
        if found[0] != found[1]:
            return "", ["prints something else each time; leave chance, time and addresses out"]
        return found[0], []

    async def _graded(self, solution: Judgement) -> None:
        if solution.verdict is not Verdict.AC:
            self._found("solution", f"its solution is not accepted: {why(solution)}; mend it, or the check")
        for number, source in enumerate(self.exercise.solutions):
            _, judged = await self._judge(source)
            if judged.verdict is not Verdict.AC:
                text = f"it is not accepted: {why(judged)}; mend it, or take it out"
                self._found("solutions", text, "solutions", number)
        await self._untouched()
        for misconception in self.exercise.misconceptions:
            submission, judged = await self._judge(misconception.wrong)
            self.scores[misconception.id] = judged.score.points
            whose = f"the wrong code of `{misconception.id}`"
            if judged.verdict in (Verdict.AC, Verdict.JE):
                text = f"no check refuses {whose} ({judged.verdict}); add one that does"
                self._found("misconception", text, "misconceptions", misconception.id)
            elif unmet := _unmet(judged):
                self._found("misconception", f"{whose} {unmet}", "misconceptions", misconception.id)
            self._add(feedback_leaks(self.exercise, submission, judged, whose, self.loaded.head.language))
        await self._endless_patterns()
        await self._tellings()

    async def _untouched(self) -> None:
        """Starter and empty cell: neither is accepted, nor earns anything, unless the exercise says so."""
        exercise = self.exercise
        starter = exercise.starter.rstrip("\n")
        submission, judged = await self._judge(starter)
        self._add(feedback_leaks(exercise, submission, judged, "the starter", self.loaded.head.language))
        self._scored("its starter", judged)
        self.scores |= {"starter": judged.score.points, "empty": judged.score.points}
        if starter.strip():
            _, judged = await self._judge("")
            self._scored("an empty cell", judged)
            self.scores["empty"] = judged.score.points

    def _scored(self, whose: str, judged: Judgement) -> None:
        if self.exercise.starter_scores:
            return
        if judged.verdict is Verdict.AC:
            self._found("starter", f"{whose} is accepted as it is; check what it does not do yet", "starter")
        elif judged.score.points:
            points = f"{judged.score.points:g} of {judged.score.max_points:g}"
            mend = "write a sample check that it fails, or `starter_scores: true`"
            self._found("starter", f"{whose} scores {points} points; {mend}", "starter")

    async def _endless_patterns(self) -> None:
        """Patterns of `raises` that take for ever on some text, tried in the sandbox under a limit."""
        for number, check in enumerate(self.exercise.checks):
            pattern = check.raises.match if check.raises else None
            if pattern is None:
                continue
            call = f"[__import__('re').search({pattern!r}, text) is None for text in {repeated_texts(pattern)!r}]"
            try:
                async with _replay(self.loaded, self.grader, self.unit, (_NO_ANSWER,), PATTERN_S).running() as replay:
                    reply = await replay.check(call=call, want="value")
            except LOST:
                continue
            if reply.status == "timeout":
                text = f"`match: {pattern}` takes for ever on some messages; repeat nothing that repeats, as `(a+)+`"
                self._found("match", text, "checks", number)

    async def _tellings(self) -> None:
        """What the tutor says in the author's words, as far as its guard keeps that back from students."""
        guard, exercise = Guard(self.loaded, self.grader), self.exercise
        hints = [(("hints", number), text) for number, text in enumerate(exercise.hints)]
        ideas = [(("misconceptions", one.id), one.say) for one in exercise.misconceptions]
        answers = [(("questions", number), one.say) for number, one in enumerate(exercise.questions)]
        for at, text in [*hints, *ideas, *answers]:
            with suppress(*LOST):
                found = await guard.judge(exercise.id, exercise.starter, text)
                if found.withheld:
                    is_of_test = found.leaks == "hidden_test"
                    told = "what hidden tests expect" if is_of_test else "the answer, or much of it"
                    self._found("leak", f"students are not told this: it gives away {told}; say less", *at)

    async def _judge(self, source: str) -> tuple[Submission, Judgement]:
        return await judge_source(self.grader, self.loaded, self.exercise.id, answer_source(self.exercise, source))

    def _found(self, kind: str, text: str, *at: Any) -> None:
        self._add([Finding(self.exercise.id, kind, text, at)])

    def _add(self, findings: Iterable[Finding]) -> None:
        for one in findings:
            file, line = self.loaded.place_of(self.exercise.id, *one.at)
            self.findings.append(replace(one, file=file, line=line))


async def _failing_cells(loaded: LoadedCourse, grader: Grader, unit: Unit) -> AsyncIterator[Finding]:
    """The unit from top to bottom with the solutions as answers: given cells that do not run through."""
    cells = list(_cells_of(unit))
    if not loaded.is_python(unit) or not any(is_given for is_given, _ in cells):
        return
    plan = [PlannedCell(f"cell {number}", "student", text) for number, (_, text) in enumerate(cells)]
    replay = _replay(loaded, grader, unit, [*plan, _NO_ANSWER])
    try:
        async with replay.running():
            pass
    except LOST:
        return  # the exercises' own findings say that nothing can be run
    for number, (is_given, text) in enumerate(cells):
        reply = replay.skipped.get(f"cell {number}")
        if is_given and reply is not None:
            file, line = loaded.place_of(None, unit.id, text)
            problem = f"this given cell fails: {_how(reply)}; mend it, or write `fails: true` beside `code`"
            yield Finding(None, "given", problem, file=file, line=line)


def _cells_of(unit: Unit) -> Iterator[tuple[bool, str]]:
    """What runs: whether it is given and meant to run through, and its text."""
    for item in unit.cells:
        if isinstance(item, CodeCell):
            yield not item.fails, item.code
        elif isinstance(item, ExerciseCell) and item.exercise.is_code and not item.exercise.is_program:
            yield False, item.exercise.solution


def _how(reply: Reply) -> str:
    if reply.failure is not None:
        return f"{reply.failure.type}: {reply.failure.message}".rstrip(": ")
    return {"timeout": "it takes too long", "memory": "it needs too much memory"}.get(reply.status, reply.status)


def _replay(
    loaded: LoadedCourse, grader: Grader, unit: Unit, plan: Sequence[PlannedCell], seconds: float | None = None
) -> Replay:
    own = effective_limits(loaded.head.limits, unit.limits)
    limits = Limits(seconds or own.seconds, own.memory_mb, own.output_kb, own.total_s)
    return Replay(grader.sandbox, image_of(loaded), limits, plan, Names((), ()))


def fault_of(judgement: Judgement) -> str:
    """Why nothing of it could be judged; empty where it could."""
    texts = (notice.text for notice in judgement.notices if notice.code in (f"{STAFF}fault", AWAY))
    return next((f"nothing could be run: {text.removeprefix('SandboxUnavailable: ')}" for text in texts), "")


def _unmet(judgement: Judgement) -> str:
    """Why no answer is ever taken for this wrong code, which is known by what it does; "" where one is."""
    if judgement.verdict is Verdict.CE:
        return f"cannot be read: {why(judgement)}; mend it, so that answers can be compared with it"
    if any(notice.code == "syntax_rule" for notice in judgement.notices):
        return "breaks a rule of the exercise, and such an answer is told that rule alone; write one that keeps it"
    return ""


def why(judgement: Judgement) -> str:
    """What a judgement that should be AC says, for staff."""
    if judgement.failure:
        line = f" in line {judgement.failure.line}" if judgement.failure.line else ""
        return f"{judgement.verdict}, {judgement.failure.type}: {judgement.failure.message}{line}"
    for check in judgement.checks:
        if not check.passed:
            faults = (notice.text for notice in judgement.notices if notice.args.get("check") == check.check)
            detail = next(faults, check.message or (check.failure.message if check.failure else ""))
            values = f" (expected {check.expected}, got {check.got})" if check.got is not None else ""
            return f"{check.verdict} at the check “{check.label}”{values}{': ' + detail if detail else ''}"
    return str(judgement.verdict)


# -- texts on which a pattern that backtracks takes for ever

LENGTH = 500  #: characters of an exception's message on which a pattern is matched
MOST_TEXTS = 200
_END = "\x01!"  #: what no pattern expects
#: In a pattern's text: what groups or repeats, or else a piece that stands for one character.
_PIECE = re.compile(r"\(\?(?:P?<\w+>|[a-zA-Z]*[:=!])|\{[\d,]*\}|[()*+?|^$]|(\[\^?\]?[^\]]{0,60}\]|\\.|.)", re.DOTALL)
_SAMPLES = "a0 _A-.!,\n"


def repeated_texts(pattern: str) -> list[str]:
    """At most MOST_TEXTS texts: what the pattern's pieces say up to one of them, which comes again to the end."""
    said = "".join(map(_example, _PIECE.findall(pattern)))
    units = [("", unit) for unit in ("a", "0", " ", "a ")]
    units += [(said[:at], said[at : at + length]) for at in range(len(said)) for length in (1, 2)]
    return list(dict.fromkeys((head + unit * LENGTH)[:LENGTH] + _END for head, unit in units))[:MOST_TEXTS]


def _example(piece: str) -> str:
    """A character that it may mean; nothing for what means none."""
    try:
        return next((char for char in _SAMPLES + piece if re.fullmatch(piece, char)), "")
    except re.error:
        return ""


#: Percent of a course's mutants that may be marked as equivalent; one may be in any course.
MOST_MARKED = 5


@dataclass(slots=True)
class Summary:
    """The sum over a course. `least` is the percent of mutants that must be killed; None asks for none."""

    errors: int  #: of its schema
    least: float | None
    exercises: int = 0
    found: int = 0
    tally: Tally | None = None  #: of all exercises; None where no mutants were run

    def add(self, checked: Checked) -> None:
        """Count one exercise."""
        self.exercises += not checked.is_unit
        self.found += len(checked.findings)
        if checked.mutants is not None:
            self.tally = Tally((*(self.tally or Tally()).mutants, *checked.mutants.mutants))

    @property
    def mistakes(self) -> tuple[str, ...]:
        """What is wrong with the course as a whole."""
        if (tally := self.tally) is None:
            return ()
        told = []
        everything = tally.total + tally.marked
        if tally.marked > max(1, everything * MOST_MARKED / 100):
            told.append(
                f"{tally.marked} of {everything} mutants are marked as equivalent, and at most {MOST_MARKED} % may be; "
                "kill some by checks, or write the solutions more simply"
            )
        if self.least is not None and tally.share < self.least:
            told.append(
                f"the checks kill {percent(tally.share)} of the mutants, and {percent(self.least)} are asked for; "
                "add the checks that are suggested above"
            )
        return tuple(told)

    @property
    def is_fit(self) -> bool:
        """True where nothing is to be mended."""
        return not (self.errors or self.found or self.mistakes)

    def as_json(self, course: str) -> Json:
        """The last line of `--json`."""
        return {
            "course": course,
            "exercises": self.exercises,
            "fit": self.is_fit,
            "mutants": self.tally.counts if self.tally else None,
            "mistakes": list(self.mistakes),
        }

    def lines(self, title: str) -> Iterator[str]:
        """The last lines for people."""
        yield from self.mistakes
        count = self.errors + self.found + len(self.mistakes)
        verdict = f"{count} {'thing' if count == 1 else 'things'} to mend" if count else "fit for students"
        tally = self.tally or Tally()
        told = f" Its checks kill {tally.killed} of {tally.total} mutants ({percent(tally.share)})."
        yield f"{title}: {self.exercises} exercises, {verdict}.{told if tally.total else ''}"


def percent(share: float) -> str:
    """`95 %`, with one decimal where there is one; never rounded up to 100."""
    return f"{min(share, 99.9) if share < 100 else 100:.1f}".removesuffix(".0") + " %"


def exercise_lines(checked: Checked) -> Iterator[str]:
    """One exercise for people: its mark, its share of mutants, what is to be mended, and what survived."""
    tally = checked.mutants
    killed = ""
    if tally is not None:
        marked = f", {tally.marked} marked as equivalent" if tally.marked else ""
        killed = f"  {percent(tally.share)} of mutants killed ({tally.killed} of {tally.total}{marked})"
    yield f"{'✗' if checked.findings else '✓'} {checked.exercise}{killed}"
    if checked.scores:
        names = {"empty": "empty cell"}
        scores = ", ".join(f"{names.get(name, name)} {points:g}" for name, points in checked.scores.items())
        yield f"    of {checked.max_score:g} points: {scores}"
    yield from (" ".join(str(finding).split()) for finding in checked.findings)
    for survivor in tally.survivors if tally else ():
        yield from _survivor_lines(survivor)


def _survivor_lines(survivor: MutantResult) -> Iterator[str]:
    mutant = survivor.mutant
    yield f"    no check notices {mutant.id} ({mutant.kind}, line {mutant.line}):"
    for line in mutant.diff.splitlines()[2:]:
        yield f"        {line}"
    if survivor.suggestion is None:
        yield "      no input was found that tells it from the solution; if there is none, mark it as equivalent:"
        yield "        equivalent:"
        yield f"          - mutant: {mutant.id}"
        yield "            reason: say here why it means the same"
        return
    yield "      this check does; it goes under `checks`:"
    for line in survivor.suggestion.splitlines():
        yield f"        {line}"
