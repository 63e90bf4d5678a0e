"""A judgement's outcome made, and put into words, while the disk is waited for; told only once it is there.

What the answer to a request says is known when the second transaction has done its work, half a millisecond before
that is on the disk. It counts only for the very record that the store then returns: else all is made from that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from codegym_jlab.store.base import Foretell, Recorded

from .judging import Work
from .outcome import Outcome, outcome_of

Words = Callable[[Outcome], None]


class Foretelling:
    """The requests that wait for a judgement in this process, by their submission. Belongs to one event loop."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._waiting: dict[str, Words] = {}
        self._made: dict[str, tuple[Recorded, Outcome]] = {}

    @contextmanager
    def awaited(self, submission: str, words: Words | None) -> Iterator[None]:
        """While a request waits: `words` is called with the outcome that is about to be."""
        if words is not None:
            self._waiting[submission] = words
        try:
            yield
        finally:
            self._waiting.pop(submission, None)
            self._made.pop(submission, None)

    def teller(self, work: Work) -> Foretell | None:
        """For the second transaction; None where no request waits for it."""
        if work.submission.id not in self._waiting:
            return None
        loop = asyncio.get_running_loop()

        def foretell(recorded: Recorded) -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits there
                loop.call_soon_threadsafe(self._make, work, recorded)

        return foretell

    def _make(self, work: Work, recorded: Recorded) -> None:
        id = work.submission.id
        if (words := self._waiting.get(id)) is not None:
            outcome = self.outcome(work, recorded)
            self._made[id] = recorded, outcome
            words(outcome)

    def outcome(self, work: Work, recorded: Recorded) -> Outcome:
        """What there is to say of it: the one that was made ahead, where it is of this very record."""
        made, outcome = self._made.get(work.submission.id, (None, None))
        if outcome is not None and made is recorded:
            return outcome
        return outcome_of(work.enrolment, work.place, work.policy, recorded.found, recorded.progress, self._clock())
