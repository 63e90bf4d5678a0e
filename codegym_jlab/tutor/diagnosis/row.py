"""The row under a judgement: the diagnosis as a student sees it at *Check*, made in the background.

One at a time, while no submission waits to be judged; of a student's answers to an exercise the newest alone is looked
at, and beyond `MOST_WAITING` none. What is said follows the policy: at once, at the price of a hint, or not at all.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from codegym_jlab.course.policy import RateLimit
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.store.base import HintGiven

from ...records import Clock, Json, Judgement, end_tasks, is_local
from ..explain import Explanation
from ..locale import words
from .diagnosis import WRONG, Diagnoser, Diagnosis, StudentAnswer
from .sentences import place_text
from .slips import slip_of

log = logging.getLogger("codegym.tutor")

#: Students whose answers wait for a diagnosis.
MOST_WAITING = 500
#: A request is answered after so long at the latest, and asks again; so long submissions come first.
WAIT_S, CALM_S = 20.0, 10.0
_LOOK_S = 0.02
NOTHING: Json = {"state": "off", "lines": [], "question": "", "example": None, "hint": None}

_Key = tuple[str, str, str]  #: offering, person, exercise
#: Whether `rate` has room for one run more; True takes it.
MayRun = Callable[[_Key, RateLimit], bool]


def calm_of(busy: Callable[[], int]) -> Callable[[], Awaitable[None]]:
    """What waits while submissions are judged: they come first."""

    async def calm() -> None:
        ends = monotonic() + CALM_S
        while busy() and monotonic() < ends:  # noqa: ASYNC110  nobody tells when the last one is judged
            await asyncio.sleep(_LOOK_S)

    return calm


@dataclass
class Rows:
    """Rows of all students."""

    diagnoser: Diagnoser
    may_run: MayRun
    clock: Clock
    _one: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _waiting: dict[_Key, tuple[str, asyncio.Task[Diagnosis]]] = field(default_factory=dict)

    async def row(self, outcome: Outcome, given: Sequence[HintGiven], language: str) -> Json:
        """As JSON: `state` is off, looking (ask again), hint (`hint` says its price), found or none.

        `given`: the hints so far; one that was given after the answer was sent pays for the row.
        """
        task = self._task(outcome) if self._is_told(outcome) else None
        if task is None:
            return NOTHING
        await asyncio.wait({task}, timeout=WAIT_S)
        if not task.done():
            return NOTHING | {"state": "looking"}
        if task.cancelled() or task.exception() is not None:
            return NOTHING
        found, policy = task.result(), outcome.policy
        since = outcome.submission.received_at
        if policy.diagnosis == "as_hint" and not any(hint.given_at >= since for hint in given):
            total = len(outcome.exercise.hints)
            if not (found.has_place or found.idea) or len(given) >= total:
                return NOTHING
            price = {"rung": len(given) + 1, "total": total, "cost": policy.hint_cost}
            return NOTHING | {"state": "hint", "hint": price}
        slip = slip_of(found, outcome.submission.source, outcome.exercise.solution or "", language)
        return told(found, language, slip)

    async def close(self) -> None:
        """Ends what is under way."""
        await end_tasks(*(task for _, task in self._waiting.values()))

    def _is_told(self, outcome: Outcome) -> bool:
        """Whether the policy lets anything be said of this answer, and it is one that is wrong."""
        judgement, policy = outcome.judgement, outcome.policy
        is_open = policy.diagnosis != "off" and policy.tutor != "off" and policy.feedback_at(self.clock())[0] == "full"
        is_code = outcome.exercise.is_code or bool(outcome.exercise.misconceptions)
        return is_open and is_code and judgement is not None and judgement.verdict in WRONG

    def _task(self, outcome: Outcome) -> asyncio.Task[Diagnosis] | None:
        """What diagnoses it; None where it may not run now."""
        sent = outcome.submission
        key = (sent.offering, outcome.enrolment.person, sent.exercise)
        before = self._waiting.get(key)
        if before is not None and before[0] == sent.id:
            return before[1]
        rate = outcome.policy.rate
        answer = StudentAnswer(outcome.loaded, outcome.exercise, sent.source, sent.cells, sent.offering)
        if not self.diagnoser.is_known(answer):
            if len(self._waiting) >= MOST_WAITING or rate is not None and not self.may_run(key, rate):
                return None
        if before is not None:
            before[1].cancel()
        task = asyncio.create_task(self._diagnosed(answer, outcome.judgement), name=f"codegym-diagnosis-{sent.id}")
        self._waiting[key] = sent.id, task
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def _forget(self, key: _Key, task: asyncio.Task[Diagnosis]) -> None:
        if key in self._waiting and self._waiting[key][1] is task:
            del self._waiting[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("an answer could not be diagnosed: %s", error)

    async def _diagnosed(self, answer: StudentAnswer, judgement: Judgement | None) -> Diagnosis:
        async with self._one:
            practice = is_local(answer.offering)
            return await self.diagnoser.diagnose(answer, practice=practice, judgement=judgement)


def told(found: Diagnosis, language: str, slip: Explanation | None = None) -> Json:
    """A diagnosis as JSON, its question in a language: the author's, or that of a slip which shows it."""
    said = words(language)
    example = found.example.as_json() if found.example is not None and found.example.call else None
    lines, question = found.lines, place_text(said, (), found.either) if found.either else found.question(said)
    if slip is not None and found.idea is None:
        lines = (slip.line,)
        question = slip.text.removeprefix(place_text(said, lines)).strip()
    if not (lines or question):
        return NOTHING | {"state": "none", "example": example}
    return NOTHING | {"state": "found", "lines": list(lines), "question": question, "example": example}
