"""Tokens that a student and a class may use a day. Who has none left gets the course's own words, as with no model."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from codegym_jlab.records import frozen

from .base import LlmError

Whose = Literal["student", "class"]


class Spent(LlmError):
    """Nothing is left for today."""

    word = "spent"

    def __init__(self, whose: Whose) -> None:
        mine = "Your" if whose == "student" else "This class's"
        super().__init__("budget", f"{mine} share of the language model is used up for today; it begins anew tomorrow.")
        self.whose = whose


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

    async def hold(self, offering: str, person: str, tokens: int) -> None:
        """Set so many aside. Raises Spent."""
        own, every = await self.used(self.today(), offering, person)
        # what is held is looked at last, after all waiting: who asks at the same time may have held meanwhile
        shares: list[tuple[Whose, int | None, int]] = [
            ("student", self.limits.student, own + self._held[offering, person]),
            ("class", self.limits.offering, every + self._held[offering, None]),
        ]
        for whose, most, taken in shares:
            if most is not None and taken + tokens > most:
                raise Spent(whose)
        self._held[offering, person] += tokens
        self._held[offering, None] += tokens

    def settle(self, offering: str, person: str, held: int) -> None:
        """The call is over, and what it used is in the records: what was set aside is free again."""
        for key in ((offering, person), (offering, None)):
            self._held[key] -= held
            if not self._held[key]:
                del self._held[key]
