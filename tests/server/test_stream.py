"""What happens in one tab reaches the person's others, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from server.conftest import Call, answer
from server.description import check_message
from server.test_answers import ENDLESS, RIGHT, sent, stop

from codegym_jlab.handlers import lifecycle, routes
from codegym_jlab.handlers.identity import Person
from codegym_jlab.handlers.lifecycle import Broadcast
from codegym_jlab.records import utc_now
from codegym_jlab.store.classes import Joining

Open = Callable[..., Awaitable[Any]]


@pytest.fixture
def identity_class() -> str:
    return "server.identities.ByHeader"


@pytest.fixture
def tab(jp_ws_fetch: Open, jp_http_port: int, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Open]:
    """`await tab("ada")`: an open connection of that person, by token or with the headers of a session."""
    opened = []

    async def connect(who: str, **headers: str) -> Any:
        headers |= {"X-Who": who, "Host": f"127.0.0.1:{jp_http_port}"}  # where its cookie is of
        connection = await jp_ws_fetch("codegym/api", "stream", headers=headers)
        opened.append(connection)
        return connection

    async def close() -> None:
        for connection in opened:
            connection.close()
            await asyncio.sleep(0.01)

    yield connect
    jp_asyncio_loop.run_until_complete(close())


async def told(connection: Any) -> Any:
    """The next message, as described in openapi.yaml."""
    text = await asyncio.wait_for(connection.read_message(), 60)
    assert text is not None, "the connection was closed"
    message = json.loads(text)
    check_message(message)
    return message


async def silent(connection: Any) -> bool:
    """True where nothing comes."""
    try:
        await asyncio.wait_for(asyncio.shield(connection.read_message()), 0.3)
    except TimeoutError:
        return True
    return False


async def test_a_judgement_reaches_all_tabs_of_its_person(call: Call, tab: Open) -> None:
    first, second, other = await tab("ada"), await tab("ada"), await tab("bob")
    await call("GET", "courses", headers={"X-Who": "bob"})
    reply = answer(await call("POST", "submissions", sent("add", RIGHT, "tab-7"), headers={"X-Who": "ada"}))
    for connection in (first, second):
        message = await told(connection)
        assert message == {"type": "judgement", "course": "demo", **reply, "tab": "tab-7"}
    assert await silent(other)


async def test_staff_who_read_a_class_hear_that_something_was_judged(
    call: Call, tab: Open, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a burst; nobody hears who is not its staff, shows a token, or reads another class."""
    monkeypatch.setattr(lifecycle, "STIR_S", 0.5)
    prof, head, token, bob = [
        *(await tab("prof", **session), await tab("head", **session)),
        *(await tab("prof"), await tab("bob", **session)),
    ]
    await call("GET", "courses/demo", headers={"X-Who": "ada"})
    assert (await call("GET", "classes/local:demo/gradebook", headers={"X-Who": "prof", **session})).code == 200
    assert (await call("GET", "classes/local:demo/gradebook", headers={"X-Who": "bob", **session})).code == 403
    for key in ("one", "two", "three"):
        await call("POST", "submissions", sent("add", RIGHT, key), headers={"X-Who": "ada"})
    assert await told(prof) == {"type": "class", "offering": "local:demo"}
    for connection in (prof, head, token, bob):
        assert await silent(connection)


async def test_who_is_staff_no_more_hears_nothing(
    call: Call, tab: Open, session: dict[str, str], monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any
) -> None:
    monkeypatch.setattr(lifecycle, "STIR_S", 0.1)
    tim = {"X-Who": "tim", **session}
    await call("GET", "courses/demo", headers={"X-Who": "ada"})
    store = (await jp_serverapp.extension_manager.extension_points["codegym_jlab"].app.backend.services()).store
    await store.enlist("local:demo", lambda members: [Joining("tim", "grader")], utc_now())
    connection = await tab("tim", **session)
    assert (await call("GET", "classes/local:demo/gradebook", headers=tim)).code == 200
    await call("POST", "submissions", sent("add", RIGHT, "one"), headers={"X-Who": "ada"})
    assert (await told(connection))["type"] == "class"
    await store.enlist("local:demo", lambda members: [Joining("tim", None)], utc_now())
    await call("POST", "submissions", sent("add", RIGHT, "two"), headers={"X-Who": "ada"})
    assert await silent(connection)


async def test_what_was_stopped_reaches_the_tabs(call: Call, tab: Open) -> None:
    ada = {"X-Who": "ada"}
    first = await tab("ada")
    await call("GET", "courses/demo", headers=ada)
    sending = asyncio.create_task(call("POST", "submissions", sent("add", ENDLESS, "tab-7"), headers=ada))
    stopped = await stop("tab-7", call, headers=ada)
    assert await told(first) == {"type": "judgement", "course": "demo", **stopped, "tab": "tab-7"}
    assert answer(await sending) == stopped


async def test_a_hint_and_an_opening_reach_the_tabs(call: Call, tab: Open) -> None:
    connection = await tab("ada")
    await call("POST", "courses/demo/exercises/add/hints", headers={"X-Who": "ada"})
    assert (await told(connection))["exercise"]["hints"] == {"given": 1, "total": 2}
    await call("POST", "courses/demo/units/one/open", headers={"X-Who": "ada"})
    assert (await told(connection))["path"] == "demo/one.ipynb"


async def test_a_changed_course_reaches_every_tab(
    call: Call, tab: Open, courses_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codegym_jlab.handlers.lifecycle.LOOK_S", 0)
    await call("GET", "courses")
    connection = await tab("ada")
    file = courses_dir / "demo" / "course.yaml"
    file.write_text(file.read_text().replace("title: Demo", "title: Demonstration"))
    page = answer(await call("GET", "courses/demo"))
    assert page["course"]["title"] == "Demonstration"
    assert await told(connection) == {"type": "course", "course": "demo"}


async def test_what_a_tab_sends_changes_nothing(call: Call, tab: Open) -> None:
    connection = await tab("ada")
    for message in ('{"type": "judgement"}', "[" * 4000, b"\xff"):
        await connection.write_message(message, binary=isinstance(message, bytes))
    await call("POST", "courses/demo/exercises/add/hints", headers={"X-Who": "ada"})
    assert (await told(connection))["type"] == "progress"


async def test_a_message_too_long_closes_that_tab(tab: Open) -> None:
    connection = await tab("ada")
    await connection.write_message("x" * 5000)
    assert await asyncio.wait_for(connection.read_message(), 60) is None
    assert connection.close_code == 1009


async def test_too_many_tabs(tab: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MAX_TABS", 2)
    kept = [await tab("ada"), await tab("ada")]
    third = await tab("ada")
    assert await asyncio.wait_for(third.read_message(), 60) is None
    assert third.close_code == 1013
    kept[0].close()
    while not await silent(await tab("ada")):  # until the server has heard of it
        pass


async def test_the_end_of_the_server_closes_tabs(tab: Open, jp_serverapp: Any) -> None:
    connection = await tab("ada")
    app = jp_serverapp.extension_manager.extension_points["codegym_jlab"].app
    await app.stop_extension()
    assert await asyncio.wait_for(connection.read_message(), 60) is None
    assert connection.close_code == 1001


async def test_a_slow_tab_is_closed_and_holds_little(
    tab: Open, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_WAITING", 20)
    connection = await tab("ada")
    broadcast = jp_serverapp.extension_manager.extension_points["codegym_jlab"].app.backend.broadcast
    for n in range(200):  # far more than sockets hold, and the tab does not read
        broadcast.tell("ada", {"n": n, "text": "x" * 200_000})
        await asyncio.sleep(0)
    got = []
    while (text := await asyncio.wait_for(connection.read_message(), 60)) is not None:
        got.append(json.loads(text)["n"])
    assert got == [*range(len(got))]
    assert 20 <= len(got) < 200
    assert connection.close_code == 1013


async def test_leaving_twice_is_leaving_once() -> None:
    broadcast, one, other = Broadcast(), Mock(who=Person("ada")), Mock(who=Person("nobody"))
    assert broadcast.join(one)
    for tab in (one, one, other):
        broadcast.leave(tab)
    assert not broadcast.count
