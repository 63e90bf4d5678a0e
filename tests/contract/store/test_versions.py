"""Published versions of a course, in every store."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from codegym_jlab.records import course_published
from codegym_jlab.store import Store
from codegym_jlab.store.classes import Offering, Publication, Version

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
AUTUMN = Offering("basics-autumn", "basics", "Basics")
BODY = bytes(range(256)) * 40


def name(body: bytes) -> str:
    return sha256(body).hexdigest()


def version(digest: str, *bodies: bytes) -> Version:
    files = {f"data/{n}.csv": name(body) for n, body in enumerate(bodies)}
    return Version(digest, "basics", "Basics", files, NOON)


async def publish(store: Store, number: int, frozen: Version, *bodies: bytes, by: str | None = None) -> bool:
    new = Publication(AUTUMN.id, number, frozen.digest, by, NOON, f"note {number}", ("one\ttwo", "ü"))
    event = course_published(offering=AUTUMN.id, number=number, course="basics", digest=frozen.digest, time=NOON)
    return await store.publish(new, frozen, {name(body): body for body in bodies}, event)


@pytest.fixture
async def autumn(store: Store) -> Store:
    await store.make_offering(AUTUMN)
    return store


async def test_what_is_published_is_kept_byte_for_byte(autumn: Store) -> None:
    first = version("v1", BODY, b"")
    assert await publish(autumn, 1, first, BODY, b"")
    assert await autumn.version("v1") == first and await autumn.version("v2") is None
    assert await autumn.course_files([name(BODY), name(b""), "gone"]) == {name(BODY): BODY, name(b""): b""}


async def test_a_file_that_did_not_change_need_not_be_sent_again(autumn: Store) -> None:
    await publish(autumn, 1, version("v1", BODY), BODY)
    assert await publish(autumn, 2, version("v2", BODY))
    assert await autumn.course_files([name(BODY)]) == {name(BODY): BODY}


async def test_the_newest_is_in_force_and_an_earlier_one_may_come_back(autumn: Store) -> None:
    who = await autumn.enrol(AUTUMN, "ana")
    assert who.version is None
    held = []
    for number, digest in enumerate(("v1", "v2", "v1"), 1):
        await publish(autumn, number, version(digest, BODY), BODY, by=who.person)
        found = await autumn.enrolment(who.offering, who.person)
        (mine,) = await autumn.memberships("ana")
        assert found is not None and found.version == mine.enrolment.version
        held.append(found.version)
    assert held == ["v1", "v2", "v1"]
    told = await autumn.publications(AUTUMN.id)
    assert [(p.number, p.version) for p in told] == [(3, "v1"), (2, "v2"), (1, "v1")]
    assert [p.note for p in told] == ["note 3", "note 2", "note 1"]
    assert told[0].changes == ("one\ttwo", "ü") and told[0].published_by == who.person
    assert await autumn.publications("nowhere") == []


async def test_of_many_at_once_one_gets_a_number_and_its_event(autumn: Store) -> None:
    won = await asyncio.gather(*(publish(autumn, 1, version(f"v{n}", BODY), BODY) for n in range(6)))
    assert sum(won) == 1
    (held,) = await autumn.publications(AUTUMN.id)
    assert held.version == f"v{won.index(True)}"
    assert [p.event.id for p in await autumn.undelivered(9)] == [f"course_published:{AUTUMN.id}:1"]
    assert not await publish(autumn, 3, version("v9")), "one is left out"


async def test_a_submission_remembers_its_version_its_draft_and_why_staff_sent_it(desk: Desk) -> None:
    sent = desk.send(version="v1", collected_from="a-draft", reason="by mail")
    await desk.accept(sent)
    found = await desk.store.find(sent.id)
    assert found is not None and found.submission == sent
