"""What a student may ask of the tutor now. The ladder is state on the server, not words in a prompt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from codegym_jlab.grading.counting import subject_of
from codegym_jlab.grading.errors import Refused
from codegym_jlab.grading.manager import GradingManager, utc_now
from codegym_jlab.store.base import Enrolment, Progress, Store
from codegym_jlab.telemetry import instruments
from codegym_jlab.telemetry.logs import bind

from .ladder import Hints, Ladder


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
    finally:
        instruments.turns.add(kind, outcome)
        instruments.turn_seconds.observe(time.perf_counter() - began, kind)


class TutorManager:
    """One a process, beside the grading manager; `on_events` is called after every transaction that wrote events."""

    def __init__(
        self,
        store: Store,
        grading: GradingManager,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._grading, self._clock, self._on_events = store, grading, clock, on_events

    async def hints(self, enrolment: Enrolment, exercise: str) -> Hints:
        """The ladder as far as it was given. Raises UnknownExercise, NotOpen."""
        ladder, line = await self._ladder(enrolment, exercise)
        return ladder.seen(line, await self._store.hints(enrolment.offering, enrolment.person, exercise))

    async def next_hint(self, enrolment: Enrolment, exercise: str) -> Hints:
        """One more rung. Raises UnknownExercise, NotOpen, HintsOff, NoMoreHints, HintNotYet."""
        with bind(offering=enrolment.offering), _counted("hint"):
            ladder, _ = await self._ladder(enrolment, exercise)
            await self._store.give_hint(enrolment.offering, enrolment.person, exercise, ladder.give)
            self._on_events()
            return await self.hints(enrolment, exercise)

    async def _ladder(self, enrolment: Enrolment, exercise: str) -> tuple[Ladder, Progress]:
        now = await self._grading.situation(enrolment, exercise)
        ladder = Ladder(now.place.exercise, now.policy, subject_of(enrolment, exercise), self._clock())
        return ladder, now.progress
