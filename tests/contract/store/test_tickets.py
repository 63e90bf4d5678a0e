"""What each store keeps of questions to a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from codegym_jlab.records import id_of, new_id
from codegym_jlab.store import Store
from codegym_jlab.store.base import Erasure, Narrow, Ticket
from codegym_jlab.store.classes import Offering

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
SHARED = {"source": "x = 1 – naïve ✓", "submission": None, "hints": 2, "transcript": [{"message": "why?"}]}
LATER = NOON + timedelta(hours=2)


def ticket(desk: Desk, question: str = "Why does it fail?", **changes: Any) -> Ticket:
    who = desk.enrolment
    given = {"exercise": desk.exercise, "asked_at": NOON, "shared": SHARED, **changes}
    return Ticket(new_id(), who.offering, who.person, question=question, **given)


async def test_a_question_and_its_answer_come_back_whole(store: Store, desk: Desk) -> None:
    who = desk.enrolment
    asked = [ticket(desk, "one"), ticket(desk, "two", exercise="other", shared={})]
    for one in asked:
        assert await store.add_ticket(one)
    answered = replace(asked[0], answer="Look at line 2.", answered_at=LATER, answered_by="Dr. Ruiz")
    assert await store.answer_ticket(who.offering, asked[0].id, "Look at line 2.", LATER, "Dr. Ruiz") == answered
    assert await store.tickets_of(who.offering, who.person, desk.exercise) == [answered]
    assert await store.tickets_of(who.offering, who.person, None) == [answered, asked[1]]
    again = await store.answer_ticket(who.offering, asked[0].id, "At line 3.", LATER, "Dr. Weiß")
    assert again is not None and (again.question, again.answer, again.answered_by) == ("one", "At line 3.", "Dr. Weiß")


async def test_a_class_is_read_page_by_page(store: Store, desk: Desk) -> None:
    elsewhere = Offering("other", "basics", "Other")
    stranger = Desk(store, elsewhere, await store.enrol(elsewhere, "eve"))
    asked = [ticket(desk, str(n)) for n in range(4)]
    for one in [*asked, ticket(stranger)]:
        await store.add_ticket(one)
    here = desk.offering.id
    await store.answer_ticket(here, asked[1].id, "So.", LATER, "prof")
    first = await store.tickets(here, open_only=False, after="", limit=3)
    rest = await store.tickets(here, open_only=False, after=first[-1].id, limit=3)
    assert [one.question for one in [*first, *rest]] == ["0", "1", "2", "3"]
    unanswered = await store.tickets(here, open_only=True, after="", limit=9)
    assert [one.question for one in unanswered] == ["0", "2", "3"]


async def test_the_same_key_twice_is_one_question(store: Store, desk: Desk) -> None:
    who = desk.enrolment
    first, again = (replace(ticket(desk), id=id_of("k1")) for _ in range(2))
    assert first.id != again.id
    kept = await asyncio.gather(store.add_ticket(first), store.add_ticket(again))
    assert kept[0] == kept[1] and kept[0] in (first, again)
    ben = Desk(store, desk.offering, await store.enrol(desk.offering, "ben"))
    theirs = replace(ticket(ben), id=id_of("k1"))
    assert await store.add_ticket(theirs) == theirs
    other = replace(ticket(desk), id=id_of("k2"))
    assert await store.add_ticket(other) == other
    assert len(await store.tickets_of(who.offering, who.person, None)) == 2


async def test_a_class_is_narrowed(store: Store, desk: Desk) -> None:
    asked = [ticket(desk), ticket(desk, exercise="other"), ticket(desk, exercise="other", asked_at=LATER)]
    for one in asked:
        await store.add_ticket(one)
    here, narrow = desk.offering.id, Narrow("other", since=LATER)
    assert await store.tickets(here, open_only=True, after="", limit=9, narrow=narrow) == asked[2:]
    assert await store.waiting_tickets(here) == 3 and await store.waiting_tickets(here, narrow) == 1
    await store.answer_ticket(here, asked[2].id, "So.", LATER, "prof")
    assert await store.waiting_tickets(here, narrow) == 0


async def test_another_class_answers_nothing(store: Store, desk: Desk) -> None:
    one = ticket(desk)
    await store.add_ticket(one)
    assert await store.answer_ticket("other", one.id, "So.", LATER, "prof") is None
    assert await store.answer_ticket(desk.offering.id, "none", "So.", LATER, "prof") is None
    assert await store.tickets_of(desk.offering.id, desk.enrolment.person, None) == [one]


async def test_who_was_erased_has_asked_nothing(store: Store, desk: Desk) -> None:
    who = desk.enrolment
    await store.add_ticket(ticket(desk))
    assert (await store.holdings(who.offering, who.person)).tickets == 1
    assert await store.erase(Erasure(who.offering, who.person, NOON, "staff", "asked"))
    assert not await store.add_ticket(ticket(desk))
    assert await store.tickets(who.offering, open_only=False, after="", limit=9) == []
