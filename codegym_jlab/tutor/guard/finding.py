"""What the guard says of a reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Leaks = Literal["none", "partial", "solution", "hidden_test"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a reply gives something away. `why` is for staff: it never reaches a student.

    `runs`: how many sources this verdict counts for against `policy.rate` (0: nothing secret was looked at). A reply
    is one source, however many ways of reading it were tried: all that becomes known of them is whether it is shown.
    """

    leaks: Leaks = "none"
    why: str = ""
    runs: int = 0
    unjudged: bool = False  #: it would have to be run, and may not be now: the rate is spent

    @property
    def withheld(self) -> bool:
        """Whether a student must not see it."""
        return self.leaks != "none" or self.unjudged
