"""A lease of a sandbox in which the cells up to an answer have run, and whose checks can then be asked.

Both sides use it, each in processes of its own: no student's code ever runs where the author's solution has run, and no
student's process ever sees an expected value. When a cell or a check takes the whole process with it, a new one is
leased and the cells run again, without the cell that did it.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.records import Cell, Failure, Json, begin_task
from codegym_jlab.sandbox.base import (
    ExitKind,
    ExitStatus,
    Image,
    Limits,
    Process,
    ProcessEnded,
    Sandbox,
    SandboxUnavailable,
)
from codegym_jlab.telemetry.traces import span

from ..checker import responses
from ..checker.responses import FORGED, Budget, Malformed, Reply, SyntaxFacts, syntax_facts_of
from .plain_code import is_plain
from .plan import ANSWER, CellUnreadable, Names, PlannedCell, image_of, limits_of, python_text, student_plan

#: Wall seconds beyond the sandbox's own limit before the host ends the process itself.
GRACE_S = 2.0
#: Share of the submission's time that cells above the answer may take.
ABOVE_SHARE = 0.5
#: Cells longer than this are translated in a thread, so that the event loop goes on.
LONG_CELL = 20_000
#: Of the standard library, for test texts.
PREPARED = "random re ast threading importlib.machinery unittest unittest.mock doctest".split()
KEPT_PROCESSES, IDLE_S = 4, 20.0


class SandboxLost(Exception):
    """The sandbox itself went away twice, or a given cell takes too long: our fault."""


#: Nothing can be run, or not to the end, by no fault of what was run.
LOST = (SandboxUnavailable, SandboxLost, ProcessEnded)


class Ended(Exception):
    """A dialogue came to no answer: `reply` says how the process ended."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(eq=False)
class Replay:
    """One side's run of one exercise. `answer` is the answer cell's reply once `start` has returned."""

    _sandbox: Sandbox
    _image: Image
    limits: Limits
    _cells: Sequence[PlannedCell]
    names: Names
    answer: Reply | None = None  #: until it is there, the cells run for the first time
    facts: SyntaxFacts | None = None  #: of the answer's text, where they were wanted and it is Python
    reads_syntax = False  #: whether `facts` are wanted
    reorders = True  #: whether a given cell that fails among the student's cells runs before them
    _process: Process | None = None
    _lost = 0
    _is_spent = False  #: a check has run in the process itself
    _forks_all = False  #: a check that should leave nothing behind has ended the process
    _met_student = False  #: code of the student was asked to run

    def __post_init__(self) -> None:
        self._plan = list(self._cells)
        self._sources = {cell.name: cell.text for cell in self._cells}
        self._python: dict[str, str] = {}
        self._dropped = set[str]()
        self._began = time.monotonic()
        self.skipped: dict[str, Reply] = {}  #: cells above the answer that did not run through, by name
        self.above: dict[str, Reply] = {}  #: what the others said
        self.budget = Budget()  #: of what its checks give back

    @property
    def left_s(self) -> float:
        """Seconds left of the submission's time."""
        return self.limits.total_s - (time.monotonic() - self._began)

    @property
    def answer_text(self) -> str:
        """As it was written."""
        return self._sources[ANSWER]

    @property
    def is_running(self) -> bool:
        """Whether its process is there, the answer run through."""
        return self._process is not None and self.is_answered

    @property
    def is_answered(self) -> bool:
        """Whether the answer ran through."""
        return self.answer is not None and self.answer.status == "ok"

    def begin_again(self) -> None:
        """The time of a submission counts from now on: one process was lost, and another follows."""
        self._began = time.monotonic()

    def begin_anew(self) -> None:
        """The same, for another submission: no loss is its own."""
        self._lost = 0
        self.begin_again()

    async def prepare(self) -> None:
        """On the author's side: import what the checks' forks would each import for themselves, under no name."""
        if self.is_running:
            text = f"for _m in {PREPARED}: __import__(_m)\ndel _m"
            await self._cell(PlannedCell("preparation", "student", text))

    async def start(self) -> None:
        """Lease a process and run the cells, the answer last; `answer` says how that went.

        Raises SandboxUnavailable and SandboxLost.
        """
        with span("cells", number=len(self._plan)) as running:
            while not await self._run_cells():
                await self.close()
            assert self.answer is not None, "it is the last of the cells"
            running.note(ended=self.answer.limit or self.answer.status, skipped=len(self.skipped))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Started, and given back at the end. Raises what `start` does."""
        try:
            await self.start()
            yield self
        finally:
            await self.close()

    async def go_on(self, cells: Sequence[PlannedCell]) -> None:
        """Run more cells, the last one an answer, in the process as it is: earlier answers are cells above it now.

        Raises SandboxUnavailable and SandboxLost.
        """
        for place, one in enumerate(self._plan):
            if one.name == ANSWER:
                self._plan[place] = replace(one, name=f"{ANSWER} {place}")
        self._plan += cells
        self._sources |= {cell.name: cell.text for cell in self._plan}
        self._python.pop(ANSWER, None)
        self.answer = None
        if self._process is None or not await self._run(cells):
            await self.close()
            await self.start()

    async def check(self, **asked: Any) -> Reply:
        """The reply to one check, in a fork of the process; how the process ended, where it did.

        `asked`: as `value_checks.question` has it, or a part of that.
        Raises SandboxUnavailable and SandboxLost.
        """
        return (await self.checks([self.question(**asked)]))[0]

    def question(self, **asked: Any) -> Json:
        """A check as `checks` asks it."""
        frame = self.with_prelude({"want": "value", **asked})
        plain = not asked.get("figure") and self._is_plain((frame["setup"], asked.get("run"), asked.get("call")))
        return {"op": "check", "name": "check", "seconds": self.limits.seconds, "plain": plain, **frame}

    def with_prelude(self, asked: Mapping[str, Any]) -> Json:
        """A check whose set-up begins with the imports of the solution that it uses."""
        prelude = self.names.imports_for(asked.get("setup"), asked.get("call"), asked.get("run"))
        return {**asked, "setup": "\n".join(filter(None, (prelude, asked.get("setup"))))}

    def _is_plain(self, texts: Iterable[str | None]) -> bool:
        """Whether a check of these texts leaves nothing behind, so that it needs no fork."""
        cells = [self._python.get(cell.name, cell.text) for cell in self._plan]
        own = [text.strip() for text in texts if text]
        if self._plan[-1].kind == "program":
            own = [cells.pop()] if not own else []  # of a program's names a second run may find those of the first
        return bool(own) and not self.skipped and is_plain(cells, own)

    async def checks(self, questions: Sequence[Json]) -> list[Reply]:
        """The replies to several checks, each in a fork of its own, one after another, asked in one go.

        One that takes the whole process with it costs no other its reply: for those the cells run again.
        Raises SandboxUnavailable and SandboxLost.
        """
        found: list[Reply] = []
        while len(found) < len(questions):
            try:
                process = await self._ready(opening=True)
            except Ended as end:
                found.append(end.reply)
                continue
            rest = [{**one, "plain": one["plain"] and not self._forks_all} for one in questions[len(found) :]]
            found += await self._asked(process, [self._within(rest[0])] if self._leaves_threads else rest)
        return found

    async def _ready(self, *, opening: bool) -> Process:
        """The process, leased where there is none, the answer run through. Raises Ended."""
        if self._is_spent and opening:
            await self.close()
        if self.left_s <= 0:
            raise Ended(responses.exceeded("timeout"))
        if self._process is None and not opening:
            raise Ended(responses.violated("ending Python amid a check"))
        if self._process is None:
            await self.start()
        if self._process is None or not self.is_answered:
            raise Ended(self.answer or responses.violated("ending Python while the cells run again"))
        return self._process

    @property
    def _leaves_threads(self) -> bool:
        return self.answer is not None and self.answer.beside

    def _within(self, question: Json) -> Json:
        """To be carried out in the process itself: a fork would lack the threads that the cells left running."""
        self._is_spent = True
        return {**question, "within": True}

    async def _asked(self, process: Process, questions: Sequence[Json]) -> list[Reply]:
        """Replies as far as the process came, the last of them on its end, unless that was a fault of ours."""
        answers = await process.ask_all(questions, within=self.limits.wall_s + GRACE_S, total=self.left_s)
        found = [self.read(answer, "check") for answer in answers.given]
        if answers.ended is None:
            return found
        await self.close()
        if self._is_lost(answers.ended) or questions[len(found)].get("plain"):
            self._forks_all = True
            return found
        return [*found, responses.ended(answers.ended)]

    async def exchange(self, frame: Json, *, opening: bool) -> Json:
        """One frame of a dialogue, and what came back, unread; `opening` one leases a process where there is none.

        Raises Ended, SandboxUnavailable and SandboxLost.
        """
        process = await self._ready(opening=opening)
        within = min(self.limits.wall_s + GRACE_S, self.left_s)
        if opening and self._leaves_threads:
            frame = self._within(frame)
        try:
            return await process.ask({"seconds": self.limits.seconds, **frame}, within=within)
        except ProcessEnded as end:
            await self.close()
            if self._is_lost(end.status):
                raise SandboxLost(f"the sandbox ended amid a check: {end.status.detail}") from None
            raise Ended(responses.ended(end.status)) from None

    def read(self, answer: Any, op: Literal["cell", "check"]) -> Reply:
        """What a process answered, read with suspicion; a violation where that is no reply."""
        try:
            return responses.read(answer, op, output_kb=self.limits.output_kb, sources=self._sources)
        except Malformed:
            return responses.violated(FORGED)

    async def close(self) -> None:
        """Give the process back. May be called twice."""
        process, self._process, self._is_spent = self._process, None, False
        if process is not None:
            await process.close()

    async def _run_cells(self) -> bool:
        """True when the answer was reached; False when the process ended before, and all begins again."""
        began = time.monotonic()
        with span("lease", level=self._sandbox.level):
            self._process = await self._sandbox.lease(self._image, self.limits)
        self._began += time.monotonic() - began  # a container takes a second to start, which is not the answer's
        try:
            await self._begin()
        except ProcessEnded as end:
            self._count_lost(end.status.detail)
            return False
        return await self._run(self._plan)

    async def _run(self, cells: Sequence[PlannedCell]) -> bool:
        """The same of these cells, in the process that is there and begun."""
        for cell in cells:
            if cell.name in self._dropped:
                continue
            try:
                reply, has_ended = await self._cell(cell), False
            except ProcessEnded as end:
                if self._is_lost(end.status):
                    return False
                reply, has_ended = responses.ended(end.status), True
            if cell.name == ANSWER:
                self.answer = reply
                if has_ended:
                    await self.close()
            elif reply.status == "ok":
                if self.answer is None:
                    self.above[cell.name] = reply
            else:
                # after code of the student ran, here or in a process before, the time may be gone by it
                if reply.status == "timeout" and cell.kind == "given" and not self._met_student:
                    raise SandboxLost(f"{cell.name}, given by the course, ran out of time")
                if self.answer is None:
                    self.skipped.setdefault(cell.name, reply)
                if has_ended:
                    self._dropped.add(cell.name)
                if has_ended or self._moves_up(cell):
                    return False
        return True

    def _moves_up(self, cell: PlannedCell) -> bool:
        """A given cell that fails among the student's may miss what they spoiled: next time it runs before them."""
        place = self._plan.index(cell)
        first = next((n for n, c in enumerate(self._plan) if c.kind != "given"), place)
        if not self.reorders or cell.kind != "given" or first >= place:
            return False
        self._plan.insert(first, self._plan.pop(place))
        self.skipped.pop(cell.name, None)
        return True

    async def _begin(self) -> None:
        assert self._process is not None
        begin = {
            "op": "begin",
            "names": list(self.names.defined),
            "output_kb": self.limits.output_kb,
            "seconds": self.limits.seconds,
        }
        within = self.limits.wall_s + GRACE_S
        await self._process.ask(begin, within=within)
        if self.reads_syntax and self.answer is None:
            with contextlib.suppress(CellUnreadable):  # the answer cell's own reply will say so
                text = await self._translated(self._plan[-1])
                self.facts = syntax_facts_of(await self._process.ask({"op": "syntax", "source": text}, within=within))

    async def _cell(self, cell: PlannedCell) -> Reply:
        left = self.left_s
        if cell.name != ANSWER and self.answer is None:
            left -= self.limits.total_s * (1 - ABOVE_SHARE)
        if left <= 0:
            return responses.exceeded("timeout")
        try:
            source = await self._translated(cell)
        except CellUnreadable as error:
            return Reply("syntax", failure=Failure("SyntaxError", str(error), error.line, cell.name))
        self._met_student = self._met_student or cell.kind != "given"
        frame = {"op": "cell", "name": cell.name, "source": source, "kind": cell.kind, "seconds": self.limits.seconds}
        assert self._process is not None
        within = min(self.limits.wall_s + GRACE_S, left)
        return self.read(await self._process.ask(frame, within=within), "cell")

    async def _translated(self, cell: PlannedCell) -> str:
        if cell.name not in self._python:
            in_thread = len(cell.text) > LONG_CELL
            text = await asyncio.to_thread(python_text, cell.text) if in_thread else python_text(cell.text)
            self._python[cell.name] = text
        return self._python[cell.name]

    def _is_lost(self, end: ExitStatus) -> bool:
        """True where the sandbox is at fault and it may be tried once more. Raises SandboxLost the second time."""
        if end.kind not in (ExitKind.LOST, ExitKind.KILLED):
            return False
        self._count_lost(end.detail)
        return True

    def _count_lost(self, detail: str) -> None:
        self._lost += 1
        if self._lost > 1:
            raise SandboxLost(f"the sandbox ended twice without an answer: {detail}")
        self.begin_again()  # what passed until that was seen is not the answer's


class Conversation:
    """One check's dialogue with one side. Used as a context; the fork ends with it."""

    def __init__(self, replay: Replay, speaker: str, *, seconds: float | None = None, **opening: Any) -> None:
        """`seconds`: processor time in place of the replay's own; `opening` goes along with the first frame."""
        self.replay, self._opening = replay, {"op": "talk", "speaker": speaker, **opening}
        self._each = {} if seconds is None else {"seconds": seconds}
        self._is_open = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._is_open and (error is None or isinstance(error, Exception)):
            with contextlib.suppress(Ended):
                await self.replay.exchange({"op": "hush"}, opening=False)

    async def ask(self, **frame: Any) -> Json:
        """The answer to one frame, as it came: read it with suspicion.

        Raises Ended, SandboxUnavailable and SandboxLost.
        """
        opening = {"op": "more"} if self._is_open else self._opening
        answer = await self.replay.exchange({**opening, **self._each, **frame}, opening=not self._is_open)
        self._is_open = True
        return answer

    async def check(self, **frame: Any) -> Reply:
        """The reply to a frame that is answered as a check is; how the process ended, where it did."""
        try:
            return self.read(await self.ask(**frame))
        except Ended as end:
            return end.reply

    def read(self, answer: Any) -> Reply:
        """A check's reply, likewise."""
        return self.replay.read(answer, "check")


class AuthorPool:
    """Author's processes that nobody uses just now, newest last. Belongs to one event loop."""

    def __init__(self) -> None:
        self._idle = OrderedDict[Replay, tuple[str, asyncio.TimerHandle]]()
        self._closing = set[asyncio.Task[None]]()

    def take(self, version: str) -> Replay | None:
        """A kept process of that version."""
        for replay, (kept, timer) in reversed(self._idle.items()):
            if kept == version:
                timer.cancel()
                del self._idle[replay]
                replay.begin_anew()
                return replay
        return None

    def keep(self, version: str, replay: Replay) -> None:
        """Take one back, to be lent again; the oldest goes where there are too many."""
        timer = asyncio.get_running_loop().call_later(IDLE_S, self._drop, replay)
        self._idle[replay] = (version, timer)
        while len(self._idle) > KEPT_PROCESSES:
            self._drop(next(iter(self._idle)))

    def give_up(self, replay: Replay) -> None:
        """Close a process, in the background: nobody waits for its tree to be gone (1.5 ms of a processor)."""
        begin_task(self._closing, replay.close())

    def _drop(self, replay: Replay) -> None:
        found = self._idle.pop(replay, None)
        if found is not None:
            found[1].cancel()
            self.give_up(replay)

    async def close(self) -> None:
        """End them all."""
        for replay in list(self._idle):
            self._drop(replay)
        await asyncio.gather(*self._closing)


@dataclass
class AuthorLease:
    """One judgement's author's side of the exercise `version`: a context, whose process is leased at its first use."""

    authors: AuthorPool
    version: str
    make: Callable[[], Replay]
    _replay: Replay | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Give the process back; one that is not sound, or whose solution did not run, is not lent again."""
        if self._replay is None:
            return
        if error is None and self._replay.is_running:
            self.authors.keep(self.version, self._replay)
        else:
            self.authors.give_up(self._replay)

    async def replay(self) -> Replay:
        """The author's process, its cells run. Raises SandboxUnavailable and SandboxLost."""
        if self._replay is None:
            self._replay = self.authors.take(self.version) or self.make()
            if self._replay.answer is None:
                await self._replay.start()
                await self._replay.prepare()
        return self._replay


def student_replay(
    sandbox: Sandbox, loaded: LoadedCourse, exercise: Exercise, cells: Sequence[Cell], source: str, names: Names
) -> Replay:
    """Of a student's answer below what runs above it, within the limits of its exercise."""
    plan = student_plan(loaded.find(exercise.id)[0], exercise, cells, source)
    return Replay(sandbox, image_of(loaded), limits_of(loaded, exercise.id), plan, names)
