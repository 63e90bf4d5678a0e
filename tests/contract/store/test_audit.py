"""The audit log on each database: a line comes with what is done, stays as it is, and names nobody who was erased."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from codegym_jlab.store import Store
from codegym_jlab.store.audit import Act, acting
from codegym_jlab.store.base import Erasure, StoreUnavailable
from codegym_jlab.store.classes import Joining, Offering
from codegym_jlab.store.engine import Db

from .conftest import NOON

pytestmark = pytest.mark.anyio
AUTUMN = Offering("autumn", "basics", "Basics")


async def enlist(store: Store, act: Act, *joinings: Joining) -> None:
    async with acting(store, act):
        await store.enlist(AUTUMN.id, lambda members: joinings, NOON)


@pytest.fixture
async def autumn(store: Store) -> Store:
    async with acting(store, Act("root", "make")):
        await store.make_offering(AUTUMN)
    await enlist(store, Act("root", "members", AUTUMN.id), Joining("ana", "student"), Joining("prof", "instructor"))
    return store


async def test_what_is_done_and_its_line_are_one(autumn: Store) -> None:
    with pytest.raises((StatementError, TypeError)):
        await enlist(autumn, Act("prof", "members", AUTUMN.id, {"no JSON": object()}), Joining("ben", "student"))
    assert {member.account for member in await autumn.members(AUTUMN.id)} == {"ana", "prof"}
    with pytest.raises(KeyError):
        async with acting(autumn, Act("prof", "members", AUTUMN.id)):
            await autumn.enlist("nowhere", lambda members: (), NOON)
    assert [(one["who"], one["act"], one["offering"]) for one in await autumn.acts(AUTUMN.id)] == [
        ("root", "members", AUTUMN.id),
        ("root", "make", AUTUMN.id),
    ]
    assert (await autumn.acts(None))[0]["whom"] == [
        {"name": "ana", "became": "student"},
        {"name": "prof", "became": "instructor"},
    ]


async def test_no_line_can_be_changed_or_taken_away(autumn: Store) -> None:
    async with acting(autumn, Act("author", "accept", what={"draft": "d"})):
        pass
    lines = await autumn.acts(None)
    writer: Any = autumn._writer
    columns = "id, done_at, offering, who, account, 'other', whom, what"
    statements = (
        "delete from staff_acts",
        "delete from staff_acts where act = 'make'",
        "update staff_acts set act = 'other'",
        "update staff_acts set who = null",
        "update staff_acts set account = 'other'",
        "truncate staff_acts",
        f"insert or replace into staff_acts select {columns} from staff_acts",
    )
    for statement in map(text, statements):
        try:
            await writer.run(partial(Db.run, statement=statement))
        except (StoreUnavailable, IntegrityError):
            pass  # of SQLite's REPLACE nothing is heard, and nothing comes
    assert await autumn.acts(None) == lines and len(lines) == 3


async def test_what_changes_nothing_need_not_have_a_line(autumn: Store) -> None:
    """As a launch from a learning platform, which enrols once and binds a course once."""
    before = await autumn.acts(None)
    for _ in range(2):
        async with acting(autumn, Act("prof", "launch", AUTUMN.id), anyway=False):
            await autumn.lti_bind(AUTUMN.id, "course", "")
        async with acting(autumn, Act("prof", "launch", AUTUMN.id), anyway=False):
            await autumn.enlist(
                AUTUMN.id, lambda members: [Joining("lea", "student")] if len(members) < 3 else (), NOON
            )
    enrolled, bound, *rest = await autumn.acts(None)
    assert rest == before and {one["who"] for one in (enrolled, bound)} == {"prof"}
    assert (bound["whom"], enrolled["whom"]) == ([], [{"name": "lea", "became": "student"}])


async def test_a_page_follows_another(autumn: Store) -> None:
    first, second = await autumn.acts(AUTUMN.id)
    assert await autumn.acts(AUTUMN.id, limit=1) == [first]
    assert await autumn.acts(AUTUMN.id, after=first["id"]) == [second]


async def test_whoever_is_erased_has_no_name_in_it(autumn: Store) -> None:
    for who in ("ana", "prof"):
        async with acting(autumn, Act(who, "accept")):
            pass
        person = await autumn.person(AUTUMN.id, who)
        async with acting(autumn, Act("root", "erase")):
            await autumn.erase(Erasure(AUTUMN.id, str(person), NOON, "root", "asked"))
    lines = await autumn.acts(None)
    assert "ana" not in str(lines) and "prof" not in str(lines)
    assert [one["who"] for one in lines] == ["root", None, "root", None, "root", "root"]
    assert lines[0]["whom"] == [{"name": None, "became": ""}]
