"""Ask a human: a question to the people of a course, with what the student lets be seen, and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Literal
from weakref import WeakValueDictionary

from codegym_jlab.events.records import iso
from codegym_jlab.grading.errors import NotOpen, Refused
from codegym_jlab.grading.manager import GradingManager, utc_now
from codegym_jlab.grading.rules import Situation
from codegym_jlab.store.base import Enrolment, Store, StoreUnavailable, new_id
from codegym_jlab.store.conversations import KeptTurn
from codegym_jlab.store.tickets import Ticket

Share = Literal["answer", "hints", "conversation"]
SHARES: tuple[Share, ...] = ("answer", "hints", "conversation")
MAX_OPEN = 10  #: questions of one person that wait for an answer
TRANSCRIPT = 50  #: turns


class NoContact(Refused):
    """Nobody is named who could be asked."""

    code = "no_contact"

    def __init__(self) -> None:
        super().__init__("This course names nobody who can be asked here.")


class TooManyTickets(Refused):
    """A person has many questions open."""

    code = "too_many"

    def __init__(self) -> None:
        super().__init__(f"{MAX_OPEN} of your questions wait for an answer. Wait for one before you ask the next.")


class UnknownTicket(Refused):
    """No such question in this class."""

    code = "unknown_ticket"

    def __init__(self) -> None:
        super().__init__("There is no such question in this class.")


class HumanDesk:
    """Questions to a person. Staff's methods ask nothing about who calls them: the door does."""

    def __init__(self, store: Store, grading: GradingManager, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._store, self._grading, self._clock = store, grading, clock
        self._asking: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def contact(self, enrolment: Enrolment) -> str | None:
        """Who can be asked: the class's own, else the course's. Raises as `Places.course` does."""
        offering = await self._store.offering(enrolment.offering)
        if offering is not None and offering.contact:
            return offering.contact
        course = (await self._grading.course(enrolment)).course
        return course.contact if course else None

    async def ask(
        self, enrolment: Enrolment, exercise: str, question: str, share: Collection[str], source: str
    ) -> Ticket:
        """Send a question. `share`: what of SHARES goes with it; `source`: the answer cell as it stands.

        Raises NoContact, TooManyTickets, UnknownExercise, NotOpen, StoreUnavailable.
        """
        now = await self._grading.situation(enrolment, exercise)
        if not now.policy.is_open(self._clock()):
            raise NotOpen(now.policy.opens)
        if await self.contact(enrolment) is None:
            raise NoContact
        lock = self._asking.setdefault((enrolment.offering, enrolment.person), asyncio.Lock())
        async with lock:  # who sends many at once is counted all the same
            mine = await self._store.tickets_of(enrolment.offering, enrolment.person, None)
            if sum(ticket.answered_at is None for ticket in mine) >= MAX_OPEN:
                raise TooManyTickets
            return await self._send(enrolment, exercise, question, await self._shared(enrolment, now, share, source))

    async def _shared(
        self, enrolment: Enrolment, now: Situation, share: Collection[str], source: str
    ) -> dict[str, Any]:
        shared: dict[str, Any] = {}
        if "answer" in share:
            shared |= {"source": source, "submission": now.progress.submission}
        if "hints" in share:
            shared["hints"] = now.progress.hints
        if "conversation" in share:
            shared["transcript"] = await self._transcript(enrolment, now.place.exercise.id)
        return shared

    async def _send(self, enrolment: Enrolment, exercise: str, question: str, shared: dict[str, Any]) -> Ticket:
        ticket = Ticket(
            new_id(), enrolment.offering, enrolment.person, exercise, self._clock(), question.strip(), shared
        )
        if not await self._store.add_ticket(ticket):
            raise StoreUnavailable("Your records were erased while this was sent. Reload the page.")
        return ticket

    async def mine(self, enrolment: Enrolment, exercise: str) -> Sequence[Ticket]:
        """A person's own questions about an exercise, the oldest first."""
        return await self._store.tickets_of(enrolment.offering, enrolment.person, exercise)

    async def page(self, offering: str, *, open_only: bool, after: str, limit: int) -> list[dict[str, Any]]:
        """A class's questions, for its staff, with the accounts of who asked."""
        accounts = {member.person: member.account for member in await self._store.members(offering)}
        found = await self._store.tickets(offering, open_only=open_only, after=after, limit=limit)
        return [staff_json(ticket, accounts.get(ticket.person)) for ticket in found]

    async def answer(self, offering: str, ticket: str, answer: str, by: str) -> Ticket:
        """Answer one, or put another answer in its place. Raises UnknownTicket."""
        answered = await self._store.answer_ticket(offering, ticket, answer.strip(), self._clock(), by)
        if answered is None:
            raise UnknownTicket
        return answered

    async def _transcript(self, enrolment: Enrolment, exercise: str) -> list[dict[str, Any]]:
        turns = await self._store.turns(enrolment.offering, enrolment.person, exercise, TRANSCRIPT)
        return [_turn(turn) for turn in turns if not turn.hidden]


def _turn(turn: KeptTurn) -> dict[str, Any]:
    return {"asked_at": iso(turn.asked_at), "message": turn.message, "reply": turn.reply and turn.reply.get("text")}


def ticket_json(ticket: Ticket) -> dict[str, Any]:
    """As the one who asked sees it."""
    return {
        "id": ticket.id,
        "exercise": ticket.exercise,
        "asked_at": iso(ticket.asked_at),
        "question": ticket.question,
        "shared": sorted(ticket.shared),
        "answer": ticket.answer,
        "answered_at": iso(ticket.answered_at),
        "answered_by": ticket.answered_by,
    }


def staff_json(ticket: Ticket, account: str | None) -> dict[str, Any]:
    """As staff see it."""
    return ticket_json(ticket) | {"person": ticket.person, "account": account, "shared": dict(ticket.shared)}
