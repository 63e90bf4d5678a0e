"""The authored ladder: rungs are given one by one, mildest first; how far it has gone is state of the records."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.errors import HintNotYet, HintsOff, NoMoreHints, NotOpen, SayBackFirst
from codegym_jlab.records import Event, Json, Subject, frozen, hint_given
from codegym_jlab.store.base import HintGiven, KeptTurn, Progress

from .question import Situation


@frozen
class NextHint:
    """The rung that comes next: when, for how many points, and whether the hints are to be said back before it."""

    ready: bool
    wait_s: float
    cost: float
    say_back: bool = False


@frozen
class Hints:
    """The ladder of an exercise as far as a person has seen it."""

    given: tuple[str, ...]
    total: int
    next: NextHint | None

    def as_json(self) -> Json:
        """For HTTP."""
        return {
            "given": [{"rung": rung, "text": text} for rung, text in enumerate(self.given, 1)],
            "total": self.total,
            "next": self.next and asdict(self.next),
        }


@frozen
class Ladder:
    """One exercise's ladder under the policy that holds for a person at `now`."""

    exercise: Exercise
    policy: EffectivePolicy
    subject: Subject
    now: datetime
    is_said_back: bool = False  #: the student told the newest hints in own words

    @property
    def total(self) -> int:
        """Rungs in all."""
        return len(self.exercise.hints)

    def seen(self, line: Progress, given: Sequence[HintGiven]) -> Hints:
        """What the person sees. Raises NotOpen."""
        self._open()
        return Hints(self.exercise.hints[: len(given)], self.total, self._next(line, given))

    def give(self, line: Progress, given: Sequence[HintGiven]) -> tuple[HintGiven, Progress, Event]:
        """One more rung. Raises NotOpen, HintsOff, NoMoreHints, SayBackFirst, HintNotYet. Run in the transaction."""
        self._open()
        if self.policy.tutor == "off":
            raise HintsOff
        if len(given) >= self.total:
            raise NoMoreHints(total=self.total)
        if self._owes(given):
            raise SayBackFirst
        wait = self._wait_s(line, given)
        if wait > 0:
            raise HintNotYet(wait)
        cost = self.policy.hint_cost
        hint = HintGiven(len(given) + 1, self.now, cost)
        after = replace(line, hints=hint.rung, hint_cost=line.hint_cost + cost)
        return hint, after, hint_given(self.subject, rung=hint.rung, cost=cost, time=self.now)

    def _open(self) -> None:
        if not self.policy.is_open(self.now):
            raise NotOpen(self.policy.opens)

    def _next(self, line: Progress, given: Sequence[HintGiven]) -> NextHint | None:
        if len(given) >= self.total or self.policy.tutor == "off":
            return None
        wait = self._wait_s(line, given)
        owes = self._owes(given)
        return NextHint(wait <= 0 and not owes, wait, self.policy.hint_cost, owes)

    def _owes(self, given: Sequence[HintGiven]) -> bool:
        """Whether the hints are to be said back first: each time that so many more were given."""
        after = self.policy.hint_explain_back_after
        return after is not None and bool(given) and len(given) % after == 0 and not self.is_said_back

    def _wait_s(self, line: Progress, given: Sequence[HintGiven]) -> float:
        """Seconds to the next rung: none after something was sent, else what is left of the cooldown."""
        if not given:
            return 0.0
        last = given[-1].given_at
        is_sent = any(at is not None and at > last for at in (line.tried_at, line.submitted_at))
        if is_sent or last > self.now:  # the clock was set back: how long ago that was is not known
            return 0.0
        return max(0.0, round(self.policy.hint_cooldown_s - (self.now - last).total_seconds(), 3))


# -- the hints told in own words, which a policy may want before the next rung ---------------------------

#: Words that a student's own telling of the hints has at least, and a plea for a hint at most.
_LEAST, _PLEA = 4, 7
#: Groups of words that ask for something to be given.
_WANTED = {"answer", "doforme", "give"}
#: Turns that are looked at.
TOLD_TURNS = 40


def is_telling(message: str) -> bool:
    """Whether a message says something in own words: some words, no mere question, and no plea for the next hint."""
    size = max(len(message.split()), sum("\u4e00" <= sign <= "\u9fff" for sign in message) // 2)
    return size >= _LEAST and not message.strip().endswith(("?", "？")) and not _pleads(message, size)


def has_told(turns: Sequence[KeptTurn], since: datetime) -> bool:
    """Whether one of the turns since then answers the tutor's wish to hear the hints in own words."""
    asked = [False, *((turn.reply or {}).get("agent") == "say_back" for turn in turns)]
    return any(
        was_asked and turn.asked_at > since and is_telling(turn.message)
        for was_asked, turn in zip(asked, turns, strict=False)
    )


def _pleads(message: str, size: int) -> bool:
    from .triage import triage

    routed = triage(message, Situation())
    if size <= _PLEA and "hintword" in routed.heard:
        return True
    wants = routed.intent == "hint" or (routed.intent == "solution_request" and bool(routed.heard & _WANTED))
    return routed.sure and wants
