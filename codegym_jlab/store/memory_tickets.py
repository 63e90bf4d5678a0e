"""Questions to a person in dicts: a part of `memory.MemoryStore`. What each method promises stands in `tickets.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

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

    async def add_ticket(self, ticket: Ticket) -> bool:
        if ticket.person in self._erased:
            return False
        self._tickets[ticket.id] = ticket
        return True

    async def tickets_of(self, offering: str, person: str, exercise: str | None) -> Sequence[Ticket]:
        mine = (one for one in self._tickets_in(offering) if one.person == person)
        return [one for one in mine if exercise in (None, one.exercise)]

    async def tickets(self, offering: str, *, open_only: bool, after: str, limit: int) -> Sequence[Ticket]:
        found = (one for one in self._tickets_in(offering) if one.id > after)
        return [one for one in found if not (open_only and one.answered_at)][:limit]

    async def answer_ticket(self, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
        found = self._tickets.get(ticket)
        if found is None or found.offering != offering:
            return None
        self._tickets[ticket] = replace(found, answer=answer, answered_at=at, answered_by=by)
        return self._tickets[ticket]
