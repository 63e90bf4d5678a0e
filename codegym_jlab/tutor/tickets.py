"""Ask a human: a question to the people of a course, with what the student lets be seen, and its answer."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakValueDictionary

from codegym_jlab.grading.admission import Situation
from codegym_jlab.grading.errors import NotOpen, Refused
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Clock, Json, id_of, iso, mark_of, new_id, some, utc_now
from codegym_jlab.store import Store
from codegym_jlab.store.base import ALL, KeyTaken, Narrow, StoreUnavailable, Ticket
from codegym_jlab.store.classes import Enrolment


async def contact_of(store: Store, grading: GradingManager, enrolment: Enrolment) -> str | None:
    """The class's own, else the course's; None where nobody is named. Raises as `Places.course` does."""
    offering = await store.offering(enrolment.offering)
    if offering is not None and offering.contact:
        return offering.contact
    course = (await grading.course(enrolment)).course
    return course.contact if course else None


Share = Literal["answer", "hints", "conversation"]
MAX_OPEN = 10  #: questions of one person that wait for an answer
TRANSCRIPT = 50  #: turns
_AT_ONCE = 10  #: tickets that are read together
MAX_PAGE = 2_000_000  #: characters of what was shared, after which a page ends early


class NoContact(Refused):
    """This course names nobody who can be asked here."""

    code = "no_contact"


class TooManyTickets(Refused):
    """{most} of your questions wait for an answer. Wait for one before you ask the next."""

    code = "too_many"


class UnknownTicket(Refused):
    """There is no such question in this class."""

    code = "unknown_ticket"


@dataclass
class HumanDesk:
    """Questions to a person. Staff's methods ask nothing about who calls them: the door does."""

    store: Store
    grading: GradingManager
    clock: Clock = utc_now
    _asking: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def contact(self, enrolment: Enrolment) -> str | None:
        """Who can be asked: the class's own, else the course's. Raises as `Places.course` does."""
        return await contact_of(self.store, self.grading, enrolment)

    async def ask(
        self, enrolment: Enrolment, exercise: str, question: str, share: Collection[str], source: str, key: str = ""
    ) -> Ticket:
        """Send a question. `share`: what goes with it, each a `Share`; `source`: the answer cell as it stands.

        Twice with the same `key` is once. Raises NoContact, TooManyTickets, UnknownExercise, NotOpen, KeyTaken,
        StoreUnavailable.
        """
        now = await self.grading.situation(enrolment, exercise)
        if not now.policy.is_open(self.clock()):
            raise NotOpen(now.policy.opens)
        if await self.contact(enrolment) is None:
            raise NoContact
        lock = self._asking.setdefault((enrolment.offering, enrolment.person), asyncio.Lock())
        async with lock:  # who sends many at once is counted all the same
            mine = await self.store.tickets_of(enrolment.offering, enrolment.person, None)
            id = id_of(f"{enrolment.offering}|{enrolment.person}|{exercise}|{key}") if key else new_id()
            is_new = all(mark_of(ticket.id) != mark_of(id) for ticket in mine)
            if is_new and sum(ticket.answered_at is None for ticket in mine) >= MAX_OPEN:
                raise TooManyTickets(most=MAX_OPEN)
            shared = await self._shared(enrolment, now, share, source)
            who = enrolment.offering, enrolment.person, exercise
            kept = await self.store.add_ticket(Ticket(id, *who, self.clock(), question.strip(), shared))
        if kept is None:
            raise StoreUnavailable("Your records were erased while this was sent. Reload the page.")
        if kept.question != question.strip():  # another one was sent under this key before
            raise KeyTaken
        return kept

    async def _shared(self, enrolment: Enrolment, now: Situation, share: Collection[str], source: str) -> Json:
        shared: Json = {}
        if "answer" in share:
            shared |= {"source": source, "submission": now.progress.submission}
        if "hints" in share:
            shared["hints"] = now.progress.hints
        if "conversation" in share:
            exercise = now.place.exercise.id
            turns = await self.store.turns(enrolment.offering, enrolment.person, exercise, TRANSCRIPT)
            shared["transcript"] = [
                {"asked_at": iso(one.asked_at), "message": one.message, "reply": one.reply and one.reply.get("text")}
                for one in turns
                if not one.hidden
            ]
        return shared

    async def mine(self, enrolment: Enrolment, exercise: str) -> Sequence[Ticket]:
        """A person's own questions about an exercise, the oldest first."""
        return await self.store.tickets_of(enrolment.offering, enrolment.person, exercise)

    async def page(
        self, offering: str, *, open_only: bool, after: str, limit: int, narrow: Narrow = ALL
    ) -> tuple[list[Json], str | None]:
        """A class's questions, for its staff, with the accounts of who asked; and after which one there may be more.

        A page ends early where much was shared, so that no class's questions fill the memory.
        """
        accounts = {member.person: member.account for member in await self.store.members(offering)}
        told: list[Json] = []
        size, last = 0, after
        while len(told) < limit and size < MAX_PAGE:
            few = min(_AT_ONCE, limit - len(told))
            found = await self.store.tickets(offering, open_only=open_only, after=last, limit=few, narrow=narrow)
            for ticket in found:
                told.append(staff_json(ticket, accounts.get(ticket.person)))
                size, last = size + len(str(ticket.shared)), ticket.id
            if len(found) < few:
                return told, None
        return told, last if told else None

    async def answer(self, offering: str, ticket: str, answer: str, by: str) -> Ticket:
        """Answer one, or put another answer in its place. Raises UnknownTicket."""
        answered = await self.store.answer_ticket(offering, ticket, answer.strip(), self.clock(), by)
        if answered is None:
            raise UnknownTicket
        return answered


def ticket_json(ticket: Ticket) -> Json:
    """As the one who asked sees it."""
    told = some(ticket, "id exercise asked_at question answer answered_at answered_by")
    return told | {"shared": sorted(ticket.shared)}


def staff_json(ticket: Ticket, account: str | None) -> Json:
    """As staff see it."""
    return ticket_json(ticket) | {"person": ticket.person, "account": account, "shared": dict(ticket.shared)}
