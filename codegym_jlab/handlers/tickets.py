"""Ask a human, over HTTP: a student's questions, and what staff answer."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from . import bodies
from .base import ID, NAME, Handler
from .identity import STAFF
from .surveys import OFFERING, Surveying

MAX_QUESTION = 4_000  #: characters, of an answer too

QUESTION = {
    "question": bodies.Field(bodies.words(MAX_QUESTION)),
    "share": bodies.Field(bodies.some_of("answer", "hints", "conversation"), required=False, default=()),
    "source": bodies.Field(bodies.text(bodies.MAX_SOURCE), required=False, default=""),
    "idempotency_key": bodies.Field(bodies.key, required=False, default=""),
}
ANSWER = {"answer": bodies.Field(bodies.words(MAX_QUESTION))}


class Tickets(Handler):
    """One's own about one exercise."""

    @web.authenticated
    @authorized
    async def get(self, course: str, exercise: str) -> None:
        """Who can be asked, what was, and the answers."""
        from ..tutor.human import ticket_json

        services, enrolment = await self.admit(course)
        mine = await services.human.mine(enrolment, exercise)
        contact = await services.human.contact(enrolment)
        self.reply({"contact": contact, "tickets": [ticket_json(ticket) for ticket in mine]})

    @web.authenticated
    @authorized
    async def post(self, course: str, exercise: str) -> None:
        """One more."""
        from ..tutor.human import ticket_json

        asked = self.body(QUESTION)
        asked["key"] = asked.pop("idempotency_key")
        services, enrolment = await self.admit(course)
        self.reply(ticket_json(await services.human.ask(enrolment, exercise, **asked)))


class ClassTickets(Surveying):
    """All of a class."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """A page; with `open=1` those that wait."""
        await self.require(offering, STAFF)
        services = await self.backend.services()
        waiting, most = self.get_query_argument("open", "") == "1", self.number("limit", 50, 500)
        after, narrow = self.get_query_argument("after", ""), self.narrow()
        found, rest = await services.human.page(offering, open_only=waiting, after=after, limit=most, narrow=narrow)
        self.reply({"tickets": found, "next": rest})


class ClassTicket(Handler):
    """One of them."""

    @web.authenticated
    @authorized
    async def post(self, offering: str, ticket: str) -> None:
        """Answer it; the student's open tabs are told."""
        from ..tutor.human import staff_json, ticket_json

        answer = self.body(ANSWER)["answer"]
        person = await self.require(offering, STAFF)
        services = await self.backend.services()
        answered = await services.human.answer(offering, ticket, answer, person.name or person.user)
        course = offering.removeprefix("local:")
        found = await services.store.offering(offering)
        told = {"type": "ticket", "course": found.course if found else course, "ticket": ticket_json(answered)}
        self.backend.tell_person(answered.person, told)
        self.reply(staff_json(answered, None))


ROUTES: list[tuple[str, type[Handler]]] = [
    (rf"courses/{NAME}/exercises/{NAME}/tickets", Tickets),
    (rf"classes/{OFFERING}/tickets", ClassTickets),
    (rf"classes/{OFFERING}/tickets/{ID}", ClassTicket),
]
