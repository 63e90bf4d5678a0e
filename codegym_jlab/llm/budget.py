"""Tokens that a student and a class may use a day. Who has none left gets the course's own words, as with no model."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date

from codegym_jlab.records import frozen


@frozen
class Limits:
    """Tokens a day, prompts and replies together; None: no limit."""

    student: int | None = None
    offering: int | None = None


#: Tokens that were used on a day in an offering: by a person, and by all.
Used = Callable[[date, str, str], Awaitable[tuple[int, int]]]


@dataclass
class Budget:
    """What is asked before a call and told after it; what was used is looked up in the records. `today`: of the class.

    What calls under way may use at most is set aside until they are over, in this process: two servers on the same
    records can together pass a limit by what is under way on them.
    """

    limits: Limits
    used: Used
    today: Callable[[], date]
    _held: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    async def hold(self, offering: str, person: str, tokens: int) -> bool:
        """Set so many aside; False where less is left of the student's share, or of the class's."""
        own, every = await self.used(self.today(), offering, person)
        # what is held is looked at last, after all waiting: who asks at the same time may have held meanwhile
        shares = (
            (self.limits.student, own + self._held[offering, person]),
            (self.limits.offering, every + self._held[offering, None]),
        )
        if any(most is not None and taken + tokens > most for most, taken in shares):
            return False
        self._held[offering, person] += tokens
        self._held[offering, None] += tokens
        return True

    def settle(self, offering: str, person: str, held: int) -> None:
        """The call is over, and what it used is in the records: what was set aside is free again."""
        for key in ((offering, person), (offering, None)):
            self._held[key] -= held
            if not self._held[key]:
                del self._held[key]
