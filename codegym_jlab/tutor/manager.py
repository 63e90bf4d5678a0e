"""What a student may ask of the tutor now. The ladder is state on the server, not words in a prompt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from codegym_jlab.grading.admission import Situation as Standpoint
from codegym_jlab.grading.errors import Refused
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.records import Clock, Json, Subject, utc_now
from codegym_jlab.store import Store
from codegym_jlab.store.classes import Enrolment
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.traces import bind

from .ladder import TOLD_TURNS, Hints, Ladder, has_told
from .question import Said, Told

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse

    from .questions import Desk, Questions, Shown


@contextmanager
def _counted(kind: str) -> Iterator[None]:
    """One turn of the tutor: how long it took, and how it ended."""
    began, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "given"
    except Refused:
        outcome = "refused"
        raise
    except (asyncio.CancelledError, GeneratorExit):  # by the student, or their tab is gone
        outcome = "stopped"
        raise
    finally:
        metrics.turns.add(kind, outcome)
        metrics.turn_seconds.observe(time.perf_counter() - began, kind)


@cache
def _read_ahead() -> None:
    """Word lists and the modules that answer: more than a second, for a thread."""
    from . import questions  # noqa: F401
    from .triage import warm

    warm()


@dataclass
class TutorManager:
    """One a process, beside the grading manager; `on_events` is called after every transaction that wrote events."""

    store: Store
    grading: GradingManager
    clock: Clock = utc_now
    on_events: Callable[[], None] = lambda: None
    #: Called at the first question: guard, models and explainer are heavy to import.
    desk: Callable[[], Desk] | None = None

    async def hints(self, enrolment: Enrolment, exercise: str) -> Hints:
        """The ladder as far as it was given. Raises UnknownExercise, NotOpen."""
        ladder, now = await self._ladder(enrolment, exercise)
        given = await self.store.hints(now.owner.offering, now.owner.person, exercise)
        return ladder.seen(now.progress, given)

    async def next_hint(self, enrolment: Enrolment, exercise: str, *, is_said_back: bool = False) -> Hints:
        """One more rung; `is_said_back`: the message at hand, which is not kept yet, tells the hints in own words.

        Raises UnknownExercise, NotOpen, HintsOff, NoMoreHints, SayBackFirst, HintNotYet.
        """
        with bind(offering=enrolment.offering), _counted("hint"):
            ladder, now = await self._ladder(enrolment, exercise, is_said_back)
            await self.store.give_hint(now.owner.offering, now.owner.person, exercise, ladder.give)
            self.on_events()
            return await self.hints(enrolment, exercise)

    async def ask(
        self, enrolment: Enrolment, exercise: str, message: str, shown: Shown | None = None
    ) -> AsyncGenerator[Told, None]:
        """A question's answer as it comes: status, pieces, and at last Done. Who reads it closes it, which stops it.

        The turn is kept, stopped or whole. Raises before the first event: UnknownExercise, NotOpen, questions.TutorOff,
        questions.TooManyQuestions, llm.chain.UnknownLlm.
        """
        from .questions import Shown

        with bind(offering=enrolment.offering), _counted("question"):
            async with aclosing(self._questions.ask(enrolment, exercise, message, shown or Shown())) as events:
                async for event in events:
                    yield event

    async def diagnosis(self, outcome: Outcome, language: str) -> Json:
        """The row under a wrong judgement, see `diagnosis.row.Rows.row`; its question is in this language."""
        await self.make_ready()
        return await self._questions.row(outcome, language)

    async def clusters(self, loaded: LoadedCourse, offering: str, exercise: str, language: str) -> Json:
        """A class's wrong answers, see `diagnosis.clusters`. Raises UnknownExercise."""
        await self.make_ready()
        return await self._questions.clusters(loaded, offering, exercise, language)

    async def make_ready(self) -> None:
        """Someone looks at a course: what the first question needs is read, in a thread."""
        if self.desk is not None:
            await asyncio.to_thread(_read_ahead)

    async def conversation(self, enrolment: Enrolment, exercise: str, put_away: bool = False) -> list[Said]:
        """What was said so far, or put away, the oldest first. Raises UnknownExercise, NotOpen, TutorOff."""
        from .questions import TURNS, admitted, said_of

        await admitted(self.grading, enrolment, exercise, self.clock())
        return said_of(await self.store.turns(enrolment.offering, enrolment.person, exercise, TURNS), put_away)

    async def begin_anew(self, enrolment: Enrolment, exercise: str) -> None:
        """The student puts the conversation away; for the guard it still counts."""
        await self._questions.begin_anew(enrolment, exercise)

    async def thumb(self, enrolment: Enrolment, turn: str, thumb: int) -> bool:
        """What the student thinks of an answer: 1, 0 or −1; False where it is none of theirs."""
        return await self.store.thumb(enrolment.offering, enrolment.person, turn, thumb)

    async def close(self) -> None:
        """What is being answered ends, and is kept as far as it came."""
        if "_questions" in self.__dict__:
            await self._questions.close()

    @cached_property
    def _questions(self) -> Questions:
        from .questions import Questions

        if self.desk is None:
            raise RuntimeError("this tutor was given no desk: it gives hints only")
        return Questions(partial(LadderOfRecords, self), self.store, self.grading, self.desk(), self.clock)

    async def _has_told(self, enrolment: Enrolment, now: Standpoint) -> bool:
        """Whether who asks told the newest hints in own words; looked up only where the policy asks for it."""
        exercise, owner = now.place.exercise.id, now.owner
        if now.policy.hint_explain_back_after is None:
            return False
        given = await self.store.hints(owner.offering, owner.person, exercise)
        if not given:
            return False
        turns = await self.store.turns(enrolment.offering, enrolment.person, exercise, TOLD_TURNS)
        return has_told(turns, given[-1].given_at)

    async def _ladder(
        self, enrolment: Enrolment, exercise: str, is_said_back: bool = False
    ) -> tuple[Ladder, Standpoint]:
        """A team climbs one ladder together, as its hints cost points of one score."""
        now = await self.grading.situation(enrolment, exercise)
        subject = Subject(now.owner.offering, now.owner.course, exercise, now.owner.person)
        is_said_back = is_said_back or await self._has_told(enrolment, now)
        return Ladder(now.place.exercise, now.policy, subject, self.clock(), is_said_back), now


@dataclass
class LadderOfRecords:
    """The ladder in the records, as `agents.Climb`."""

    manager: TutorManager
    who: Enrolment
    exercise: str

    async def seen(self) -> Hints:
        """What was given."""
        return await self.manager.hints(self.who, self.exercise)

    async def next(self, *, is_said_back: bool = False) -> Hints:
        """One more rung."""
        return await self.manager.next_hint(self.who, self.exercise, is_said_back=is_said_back)
