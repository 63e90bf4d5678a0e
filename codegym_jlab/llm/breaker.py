"""A model that failed several times in a row is left alone for a while, so that nobody waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import Away, CutOff, LlmError, Overloaded, Refused

#: Failures in a row.
MOST_FAULTS = 3
REST_S, MOST_REST_S = 30.0, 300.0
Standing = Literal["closed", "open", "trying"]


@dataclass(slots=True)
class Breaker:
    """Of one model. Closed: it is asked. Open: it rests. Trying: one question finds out whether it is back."""

    faults: int = 0
    until: float = 0.0
    rest_s: float = REST_S
    trying: bool = False

    def standing(self, now: float) -> Standing:
        """How it stands; changes nothing."""
        if self.trying:
            return "trying"
        return "open" if now < self.until else "closed"

    def lets_through(self, now: float) -> bool:
        """Whether it may be asked now. After a rest one question goes through, the others wait for how that ends."""
        if self.trying or now < self.until:
            return False
        self.trying = self.until > 0
        return True

    def worked(self) -> None:
        """It answered."""
        self.faults, self.until, self.rest_s, self.trying = 0, 0.0, REST_S, False

    def failed(self, error: LlmError, now: float) -> None:
        """It did not. A prompt that does not fit, and a bad answer, are no sign of its health."""
        was_trying, self.trying = self.trying, False
        if isinstance(error, Refused):  # whoever asks again is told the same, until somebody mends the settings
            self.faults = MOST_FAULTS
        elif isinstance(error, Away | Overloaded) or (isinstance(error, CutOff) and error.by != "length"):
            self.faults += 1
        else:
            self.worked()
            return
        if was_trying or self.faults >= MOST_FAULTS:
            self.until = now + self.rest_s
            self.rest_s = min(MOST_REST_S, self.rest_s * 2)

    def left(self) -> None:
        """Whoever asked went away before it was known how it would end."""
        self.trying = False
