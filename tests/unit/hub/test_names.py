"""What a learning platform calls people is what staff read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codegym_jlab.hub.lti import called, enrol
from codegym_jlab.records import utc_now
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.classes import Joining, Offering

pytestmark = pytest.mark.anyio
CLASS = "demo-autumn"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = store_at(tmp_path / "records.sqlite")
    await store.open()
    await store.make_offering(Offering(CLASS, "demo", "Demo"))
    yield store
    await store.close()


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"family_name": "Haddad", "given_name": "Ana", "name": "Ana Haddad"}, "Haddad, Ana"),
        ({"given_name": "Ana", "name": " Ana Haddad "}, "Ana Haddad"),
        ({"name": "王伟"}, "王伟"),
        ({"family_name": None, "name": ""}, ""),
        ({"name": "Ana\x1b[2J"}, ""),
        ({"name": "A" * 201}, ""),
        ({}, ""),
    ],
)
def test_a_name_as_a_roster_has_it(claims: dict[str, Any], name: str) -> None:
    assert called(claims) == name


async def test_a_launch_names_who_comes_and_keeps_role_and_section(store: Store) -> None:
    async def members() -> dict[str | None, tuple[str, str, str | None]]:
        return {m.account: (m.role, m.section, m.name) for m in await store.members(CLASS) if m.ended_at is None}

    async def launched(account: str, role: str, name: str) -> None:
        services: Any = SimpleNamespace(store=store)
        await enrol(services, {"account": account}, CLASS, {account: (role, name)})

    before = [Joining("u-1", "student", "A"), Joining("u-2", "grader", "B", "Okoye, Ben")]
    await store.enlist(CLASS, lambda _: before, utc_now())
    await launched("u-1", "student", "Haddad, Ana")
    await launched("u-2", "student", "")  # the platform says nothing: what a table said stays, and so does the role
    await launched("u-3", "student", "Lee, Kim")
    assert await members() == {
        "u-1": ("student", "A", "Haddad, Ana"),
        "u-2": ("grader", "B", "Okoye, Ben"),
        "u-3": ("student", "", "Lee, Kim"),
    }
    await launched("u-2", "student", "Okoye, Benedict")
    assert (await members())["u-2"] == ("grader", "B", "Okoye, Benedict")
    acts = len(await store.acts(CLASS))
    await launched("u-1", "student", "Haddad, Ana")
    assert len(await store.acts(CLASS)) == acts, "what changes nothing is no act"
