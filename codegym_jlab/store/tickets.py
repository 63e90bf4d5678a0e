"""The store seam for questions to a person: what a student asked of staff, what they let be seen, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .conversations import ALL, Narrow


@dataclass(frozen=True, slots=True)
class Ticket:
    """One question to a person. What was asked never changes; it is answered once or more, the last answer stands."""

    id: str
    offering: str
    person: str
    exercise: str
    asked_at: datetime
    question: str
    shared: Mapping[str, Any] = field(default_factory=dict)  #: what the student sent with it
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None  #: the name that the student is shown


class Tickets(Protocol):
    """Questions of an offering. Times are UTC and aware."""

    async def add_ticket(self, ticket: Ticket) -> Ticket | None:
        """Keep a question; None where its person was erased.

        Where the person has one whose id has the same mark (`ids.mark_of`), that one is answered and nothing is kept.
        """
        ...

    async def tickets_of(self, offering: str, person: str, exercise: str | None) -> Sequence[Ticket]:
        """A person's own, the oldest first; of all exercises where that is None."""
        ...

    async def tickets(
        self, offering: str, *, open_only: bool, after: str, limit: int, narrow: Narrow = ALL
    ) -> Sequence[Ticket]:
        """A page of a class's, by id; `after`: the last of the page before."""
        ...

    async def waiting_tickets(self, offering: str, narrow: Narrow = ALL) -> int:
        """How many of a class's have no answer."""
        ...

    async def answer_ticket(self, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
        """Answer one; None where the offering has none of this id."""
        ...
