"""One submission → one judgement. Nothing is stored here, and no attempt, date or policy is known.

The student's cells and checks run in one lease of a sandbox, the author's in another; values cross as data and are
compared here, outside both. Samples run before the first hidden check, so that nothing a student is shown can hold a
hidden input. Beside the verdict stand remarks: skipped cells, and where Check differs from a student's kernel.
"""

import asyncio
import builtins
import difflib
import hashlib
import hmac
import json
import keyword
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import GAP, PYTHON_KERNELS
from codegym_jlab.records import (
    AWAY,
    STAFF,
    CheckResult,
    Failure,
    Json,
    Judgement,
    Kind,
    Notice,
    Submission,
    Verdict,
    digest_of,
    new_id,
    utc_now,
)
from codegym_jlab.sandbox.base import (
    Limits,
    Sandbox,
    SandboxUnavailable,
    SandboxUnfit,
    environment_digest,
    side_of_author,
)
from codegym_jlab.telemetry.traces import span

from ..checker.responses import WORDS, Reply, visible
from ..checker.verdict import Decision, broken_rules, is_closed, score_of, verdict_of
from . import kinds
from .code_checks import run_code_check
from .other_kernels import KernelGrader, KernelRun
from .plan import (
    ANSWER,
    CheckFiles,
    PlannedCell,
    Task,
    author_plan,
    files_of,
    image_of,
    ipython,
    limits_of,
    names_of,
    solution_names,
    student_plan,
    with_files,
)
from .replay import LOST, AuthorLease, AuthorPool, Replay
from .value_checks import (
    PICTURE,
    CourseFault,
    ExpectedValues,
    Wanted,
    asked,
    batches,
    is_anew,
    run_plain_check,
    run_random_check,
)

#: The author's side may take longer than a student's: it is worked out once.
AUTHOR_SECONDS, AUTHOR_TOTAL_S, AUTHOR_OUTPUT_KB = 10.0, 120.0, 4096
#: Teachers test accounts and queues with that many threads at once.
AUTHOR_THREADS = 1200

MAX_NOTICES = 8
GATE = Notice("gate", "The hidden tests earn points once all sample tests pass.")

_BUILTINS = frozenset(dir(builtins))
_NAME_ERROR = re.compile(r"name '(\w{1,80})' is not defined")
_FAULT = "fault"
_FAULTY = STAFF + _FAULT
_CELL_VERDICTS = {"error": Verdict.RTE, "syntax": Verdict.CE}


@dataclass(slots=True)
class _Run:
    """What a replay and its checks gave."""

    answer: Reply
    checks: list[CheckResult]
    notices: tuple[Notice, ...]
    verdict: Verdict | None = None  #: where it does not follow from the checks


@dataclass(eq=False)
class Grader:
    """Judges submissions over one sandbox. `key` is the server's secret for seeds."""

    sandbox: Sandbox
    key: bytes = b""
    _expected: ExpectedValues = field(default_factory=ExpectedValues)
    _authors: AuthorPool = field(default_factory=AuthorPool)
    _kernels: KernelGrader | None = None

    async def warm(self, loaded: LoadedCourse) -> None:
        """Start the zygote of a course and read what every first judgement would wait for."""
        ahead = map(asyncio.to_thread, (environment_digest, ipython))
        await asyncio.gather(self.sandbox.warm(image_of(loaded)), *ahead)

    async def judge(
        self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None, until_failure: bool = False
    ) -> Judgement:
        """The judgement of a submission whose exercise is in `loaded`.

        With `until_failure` (for mutants) no check is run after the first that does not pass. A fault of ours is a
        verdict JE, with a notice for staff. Raises KeyError for an exercise that is not there.
        """
        began = time.perf_counter()
        task = self._task(loaded, submission, seed, until_failure)
        try:
            run = await self._run(task)
        except SandboxUnfit as error:
            run = _fault(task, str(error))
        except LOST as error:
            code = AWAY if isinstance(error, SandboxUnavailable) else _FAULTY
            run = _fault(task, f"{type(error).__name__}: {error}", code)
        return self._judgement(task, run, (time.perf_counter() - began) * 1000)

    async def expected(
        self, loaded: LoadedCourse, submission: Submission, checks: Sequence[Check], *, seconds: float | None = None
    ) -> dict[str, Wanted]:
        """What passes each of these lasting checks of an exercise, by id, worked out once a version.

        They need not stand in the course: without an outcome the author's solution says what is right, in `seconds`
        of processor time, where the solution may not have been meant for it.
        Raises KeyError, SandboxUnavailable, SandboxLost and ProcessEnded.
        """
        return await self._expected_of(self._task(loaded, submission), checks, seconds)

    async def picture(self, loaded: LoadedCourse, submission: Submission) -> Json | None:
        """The figure that an exercise asks for, as its solution draws it: `png` (base64) and what it shows.

        Drawn once a version, on the author's side. None where there is none, or it cannot be drawn now.
        """
        task = self._task(loaded, submission)
        try:
            drawn = (await self._expected_of(task, [PICTURE]))[PICTURE.id]
        except LOST:
            return None
        value = None if isinstance(drawn, CourseFault) else drawn.value
        return json.loads(value[1]) if value is not None and value[0] == "str" else None

    async def given(self, loaded: LoadedCourse, submission: Submission) -> dict[str, str] | None:
        """What the starter gives for the first sample's `call` that it fails, beside what is `wanted`.

        Worked out once a version, on the author's side: no student's code is in it. None where there is none.
        """
        task = self._task(loaded, submission)
        broken = task.exercise.model_copy(update={"solution": task.exercise.starter})
        starter = replace(task, exercise=broken, version=f"{task.version}:starter")
        plain = (one for one in task.exercise.sample_checks if one.call and not (one.random or one.files))
        for check in plain:
            asked = Check(call=check.call, setup=check.setup, stdin=check.stdin)
            try:
                wanted = (await self._expected_of(task, [check]))[check.id]
                got = (await self._expected_of(starter, [asked], task.limits.seconds))[asked.id]
            except LOST:
                return None
            if isinstance(wanted, CourseFault) or isinstance(got, CourseFault) or wanted.satisfies:
                continue
            if got.text != wanted.text:
                return {"call": str(check.call), "got": got.text, "wanted": wanted.text}
        return None

    def _task(
        self, loaded: LoadedCourse, submission: Submission, seed: str | None = None, until_failure: bool = False
    ) -> Task:
        unit, exercise = loaded.find(submission.exercise)
        version = digest_of(json.dumps([loaded.digest, exercise.id]))  # any change of the course makes a new one
        # of exercise and source: the same code gets the same verdict
        own_seed = hmac.new(self.key, f"{version}:{submission.digest}".encode(), hashlib.sha256).hexdigest()
        return Task(
            loaded,
            unit,
            exercise,
            submission,
            student_plan(unit, exercise, submission.cells, submission.source),
            image_of(loaded),
            limits_of(loaded, exercise.id),
            version,
            seed or own_seed,
            until_failure,
        )

    async def _run(self, task: Task) -> _Run:
        """By the kind of answer and the kernel. Raises SandboxUnfit, and LOST where it cannot be run to its end."""
        if not task.exercise.is_code:
            return await self._run_nothing(task)
        if task.kernel not in PYTHON_KERNELS:
            return await self._run_in_kernel(task)
        async with AuthorLease(self._authors, task.version, lambda: self._author(task, None)) as lease:
            with span("author"):
                expected = await self._expected_of(task, [one for one in task.checks if not is_anew(one)])
            python = _PythonRun(task, self.sandbox, lease, expected)
            try:
                return await python.run()
            finally:
                for side in python.sides.values():
                    self._authors.give_up(side)

    async def _run_nothing(self, task: Task) -> _Run:
        """An answer that is no code of the student's."""
        expected: Wanted | None = None
        if task.exercise.answer == "predict":
            (expected,) = (await self._expected_of(task, task.exercise.checks)).values()
        try:
            judged = kinds.judged(task.exercise, task.submission.source, expected)
        except CourseFault as fault:
            return _fault(task, str(fault))
        if judged is None:
            return _Run(Reply("syntax", failure=Failure("Answer", "nothing is answered yet")), [], ())
        verdict, checks, noted = judged
        return _Run(Reply("ok"), checks, noted, verdict)

    async def _run_in_kernel(self, task: Task) -> _Run:
        """The same in another language's kernel."""
        self._kernels = self._kernels or KernelGrader()
        run, told = await self._kernels.judged(task, self.sandbox.level)
        told = told or [Decision(_verdict_of_cell(run.answer))] * len(task.checks)
        results = [decision.on(task.exercise, check) for check, decision in zip(task.checks, told, strict=True)]
        return _Run(run.answer, results, _notices_of(task, run, run.answer, results, ()))

    def _author(self, task: Task, seconds: float | None, files: CheckFiles = ()) -> Replay:
        """The author's side of an exercise, its cells not run yet."""
        limits = Limits(
            seconds=seconds or max(AUTHOR_SECONDS, task.limits.seconds),
            memory_mb=task.limits.memory_mb * 2,
            output_kb=max(AUTHOR_OUTPUT_KB, task.limits.output_kb),
            total_s=AUTHOR_TOTAL_S,
            processes=AUTHOR_THREADS,
        )
        plan = with_files(author_plan(task.unit, task.exercise), task.loaded, files)
        own = side_of_author(self.sandbox)
        return Replay(own, task.image, limits, plan, names_of(task.unit, task.exercise))

    async def rest(self) -> None:
        """End the author's processes that are kept for the next judgement."""
        await self._authors.close()

    async def close(self) -> None:
        """Wait until all that was leased is given back; before the sandbox is closed."""
        await self.rest()
        if self._kernels is not None:
            await self._kernels.close()

    async def _expected_of(
        self, task: Task, lasting: Sequence[Check], seconds: float | None = None
    ) -> dict[str, Wanted]:
        return await self._expected.of(task.version, lasting, partial(self._author, task, seconds))

    def _judgement(self, task: Task, run: _Run, wall_ms: float) -> Judgement:
        answered = run.answer.status == "ok"
        hidden_left = len(task.exercise.hidden_checks) if task.submission.kind is Kind.TRY else 0
        gated = task.loaded.is_gated(task.exercise.id)
        score, parts = score_of(task.exercise, run.checks, gated=gated)
        return Judgement(
            id=new_id(),
            submission=task.submission.id,
            verdict=run.verdict or (verdict_of(run.checks) if answered else _verdict_of_cell(run.answer)),
            score=score,
            parts=parts,
            checks=tuple(run.checks),
            hidden_not_run=hidden_left,
            stdout=visible(run.answer.stdout),
            notices=(GATE, *run.notices) if gated and is_closed(run.checks) else run.notices,
            failure=None if answered or run.answer.status == _FAULT else run.answer.failure or Failure("Exception", ""),
            course_digest=task.loaded.digest,
            # the packages here, and what is on another machine
            environment_digest=environment_digest(
                task.image.preload, getattr(self.sandbox, "environment", self.sandbox.level)
            ),
            seed=task.seed,
            level=self.sandbox.level,
            wall_ms=wall_ms,
            judged_at=utc_now(),
        )


@dataclass(slots=True)
class _PythonRun:
    """An answer in Python and its checks."""

    task: Task
    sandbox: Sandbox
    lease: AuthorLease
    expected: dict[str, Wanted]  #: by check; a fault of the course that shows only as the check runs comes here, too
    sides: dict[CheckFiles, Replay] = field(default_factory=dict)  #: the student's processes, by the files beside them

    async def run(self) -> _Run:
        """The cells, the answer last; then its checks, where it ran through and breaks no rule."""
        task, replay = self.task, await self._side(())
        answer = replay.answer
        assert answer is not None, "start() has returned"
        rules = broken_rules(task.exercise, replay.facts) if replay.facts is not None else []
        if answer.status == "ok" and not rules:
            results = await self._results()
        else:
            decision = Decision(Verdict.WA if answer.status == "ok" else _verdict_of_cell(answer), " ".join(rules))
            results = [decision.on(task.exercise, check) for check in task.checks]
        notices = [Notice("syntax_rule", rule) for rule in rules]
        if answer.status != "ok" or not all(check.passed for check in results):
            notices[:0] = kinds.notices_on(task.exercise, task.submission.source)
        notices += _notices_of(task, replay, answer, results, solution_names(task.exercise.solution).defined)
        return _Run(answer, results, (*notices, *_staff_notices(task, replay, self.expected)))

    async def _side(self, files: CheckFiles) -> Replay:
        """The student's process in which the answer has run, beside these files."""
        if files not in self.sides:
            task = self.task
            cells, names = with_files(task.plan, task.loaded, files), names_of(task.unit, task.exercise)
            self.sides[files] = replay = Replay(self.sandbox, task.image, task.limits, cells, names)
            replay.reads_syntax = not files and bool(task.exercise.forbids or task.exercise.requires)
            await replay.start()
        return self.sides[files]

    async def _results(self) -> list[CheckResult]:
        """Of the checks that were run, in the course's order. Samples run first."""
        found: dict[str, CheckResult] = {}
        for batch in batches(self.task.checks, until_failure=self.task.until_failure):
            side = await self._side(files_of(batch[0]))
            replies = await asked(side, batch, self.expected)
            with span("checker", number=len(batch), hidden=batch[0].is_hidden):
                for check in batch:
                    decision = await self._decided(side, check, replies.get(check.id))
                    found[check.id] = decision.on(self.task.exercise, check)
            if self.task.until_failure and not found[batch[-1].id].passed:
                break
        return [found[check.id] for check in self.task.checks if check.id in found]

    async def _decided(self, side: Replay, check: Check, reply: Reply | None) -> Decision:
        """The word on one check; `reply` is there where it was asked."""
        expected = self.expected.get(check.id)
        try:
            if isinstance(expected, CourseFault):
                raise expected
            if check.code is not None:
                return await run_code_check(self.lease, side, check, self.task.seed)
            if check.random is not None:
                return await run_random_check(self.lease, side, check, self.task.seed)
            assert expected is not None and reply is not None, "every lasting check was worked out and asked"
            return await run_plain_check(self.lease, side, check, expected, reply)
        except CourseFault as fault:
            self.expected[check.id] = fault
            return Decision(Verdict.JE)


def _verdict_of_cell(reply: Reply) -> Verdict:
    return reply.limit or _CELL_VERDICTS.get(reply.status, Verdict.JE)


def _fault(task: Task, why: str, code: str = _FAULTY) -> _Run:
    """Nothing could be judged, and it is our fault."""
    results = [Decision(Verdict.JE).on(task.exercise, check) for check in task.checks]
    return _Run(Reply(_FAULT), results, (Notice(code, why),))


def _staff_notices(task: Task, ran: Replay, expected: Mapping[str, Wanted]) -> tuple[Notice, ...]:
    faults = [
        Notice(f"{STAFF}course_fault", str(fault), {"check": check})
        for check, fault in expected.items()
        if isinstance(fault, CourseFault)
    ]
    lost = ((cell.name, ran.skipped.get(cell.name)) for cell in task.plan if cell.kind == "given")
    given = [
        Notice(f"{STAFF}given_cell", f"{name}: {reply.failure.type}: {reply.failure.message}", {"cell": name})
        for name, reply in lost
        if reply is not None and reply.failure is not None
    ]
    return (*faults, *given)


def _notices_of(
    task: Task, ran: Replay | KernelRun, answer: Reply, checks: Sequence[CheckResult], solution_names: Sequence[str]
) -> tuple[Notice, ...]:
    """What a student is told, from the cells' replies and the sample checks alone."""
    by_name, replies = {cell.name: cell for cell in task.plan}, {**ran.above, ANSWER: answer}
    found: list[Notice] = []
    for name, reply in ran.skipped.items():
        number = by_name[name].number
        what = f"Cell {number} above" if number is not None else "A cell of the course"
        why = WORDS["skipped"].get(reply.status, "stopped with an error and was skipped")
        found.append(Notice("cell_skipped", f"{what} {why}.", {"cell": number, "status": reply.status}))
    for name in (visible(one.module, 60) for one in (*ran.skipped.values(), *replies.values()) if one.module):
        words = f"The package `{name}` is not in this course. Check cannot import it."
        found.append(Notice("missing_package", words, {"name": name}))
    failures = [answer.failure, *(check.failure for check in checks if not check.hidden and not check.passed)]
    text = "\n".join(cell.text for cell in task.plan if cell.kind != "given")
    found += _unknown_names(failures, text, solution_names)
    for name, reply in replies.items():
        found += [_shadowed(by_name[name], word, line) for word, line in reply.shadowed if word in _BUILTINS]
    unique = {(n.code, n.text): n for n in found}
    return tuple(unique.values())[:MAX_NOTICES]


#: What gives a name a value: an assignment, a loop, an import, a definition or a parameter.
_BOUND = (
    r"\b{name}[ \t]*(?::[^=\n]{{0,80}}|[-+*/%&|]{{1,2}})?=(?!=)|\b(?:as|def|class|import)[ \t]+{name}\b"
    r"|\bfor\b[^\n]{{0,80}}?\b{name}\b[^\n]{{0,80}}?\bin\b|\bdef[ \t]+\w{{1,80}}\([^)\n]{{0,200}}\b{name}\b"
)


def _unknown_names(failures: Sequence[Failure | None], text: str, solution: Sequence[str]) -> Iterator[Notice]:
    for failure in failures:
        match = _NAME_ERROR.search(failure.message) if failure and failure.type == "NameError" else None
        if failure is None or match is None or match[1] == GAP:
            continue
        name = match[1]
        known = {*re.findall(r"\b[^\W\d]\w*", text[:8000]), *_BUILTINS, *keyword.kwlist} - {name}
        if name in solution and failure.cell is None:
            yield Notice("name_missing", f"The tests use `{name}`, which your answer does not define.", {"name": name})
        elif re.search(_BOUND.format(name=name), text[:8000]):
            continue  # by the answer itself: later, or in a function alone
        # no misspelling of a name that the text or Python knows
        elif not difflib.get_close_matches(name, known, n=1, cutoff=0.8):
            said = f"Nothing up to your answer defines `{name}`. If your kernel knows it, define it in a cell above"
            yield Notice("fresh_start", f"{said}: Check starts fresh.", {"name": name})


def _shadowed(cell: PlannedCell, name: str, line: int) -> Notice:
    place = f"line {line}" if cell.name == ANSWER else f"line {line} of cell {cell.number} above"
    words = f"`{name}` is a name of Python's that you gave away in {place}. The tests do not mind; your later code may."
    return Notice("shadowed_builtin", words, {"name": name, "line": line, "cell": cell.number})
