"""Questions to a person in dicts: a part of `memory.MemoryStore`. What each method promises stands in `tickets.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from .conversations import ALL, Narrow
from .ids import mark_of
from .privacy import Erasure
from .tickets import Ticket


class MemoryTickets:
    """Tickets by id, which sorts by time."""

    _erased: dict[str, Erasure]

    def __init__(self) -> None:
        super().__init__()
        self._tickets: dict[str, Ticket] = {}

    def _tickets_in(self, offering: str) -> list[Ticket]:
        return sorted((one for one in self._tickets.values() if one.offering == offering), key=lambda one: one.id)

    def _within(self, offering: str, narrow: Narrow, exercise: str, person: str, at: datetime | None = None) -> bool:
        raise NotImplementedError  # `MemoryConversations` has it

    async def add_ticket(self, ticket: Ticket) -> Ticket | None:
        if ticket.person in self._erased:
            return None
        mine = await self.tickets_of(ticket.offering, ticket.person, ticket.exercise)
        same = next((one for one in mine if mark_of(one.id) == mark_of(ticket.id)), None)
        return same or self._tickets.setdefault(ticket.id, ticket)

    async def tickets_of(self, offering: str, person: str, exercise: str | None) -> Sequence[Ticket]:
        mine = (one for one in self._tickets_in(offering) if one.person == person)
        return [one for one in mine if exercise in (None, one.exercise)]

    async def tickets(
        self, offering: str, *, open_only: bool, after: str, limit: int, narrow: Narrow = ALL
    ) -> Sequence[Ticket]:
        newer = (one for one in self._tickets_in(offering) if one.id > after)
        found = (one for one in newer if self._within(offering, narrow, one.exercise, one.person, one.asked_at))
        return [one for one in found if not (open_only and one.answered_at)][:limit]

    async def waiting_tickets(self, offering: str, narrow: Narrow = ALL) -> int:
        return len(await self.tickets(offering, open_only=True, after="", limit=len(self._tickets), narrow=narrow))

    async def answer_ticket(self, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
        found = self._tickets.get(ticket)
        if found is None or found.offering != offering:
            return None
        self._tickets[ticket] = replace(found, answer=answer, answered_at=at, answered_by=by)
        return self._tickets[ticket]
