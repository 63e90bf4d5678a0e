"""How the models are, told at once; and one that is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from steps import whole

from codegym_jlab.llm.base import Away, Message, Prompt, Pulled, Readiness
from codegym_jlab.llm.chain import Chain, Link, UnknownLlm
from codegym_jlab.llm.scripted import Line, Scripted
from codegym_jlab.llm.status import Glance, NothingToPull

pytestmark = pytest.mark.anyio
PROMPT = Prompt((Message("user", "Why?"),))


class Library(Scripted):
    """Looked at and fetched as a test lets it."""

    def __init__(self, name: str, *lines: Line | str) -> None:
        super().__init__(lines or ["Look at the loop."], f"scripted:{name}")
        self.ready, self.looks = Readiness(self.name, "ready"), 0
        self.answers, self.goes_on = asyncio.Event(), asyncio.Event()
        self.answers.set()
        self.fails = False

    async def look(self) -> Readiness:
        self.looks += 1
        await self.answers.wait()
        return self.ready

    async def pull(self) -> AsyncIterator[Pulled]:
        yield Pulled("pulling manifest")
        yield Pulled("a", 5, 10)
        await self.goes_on.wait()
        if self.fails:
            raise Away(self.name, "nobody answers there")
        yield Pulled("a", 10, 10)
        yield Pulled("b", 30, 30)
        self.ready = Readiness(self.name, "ready")


class World:
    def __init__(self, *llms: Scripted, patience_s: float = 5.0) -> None:
        self.now = 100.0
        self.chain = Chain([Link(llm) for llm in llms], clock=lambda: self.now)
        self.glance = Glance(self.chain, patience_s=patience_s, clock=lambda: self.now)

    async def states(self) -> list[str]:
        return [one.state for one in await self.glance.seen()]


async def test_one_that_does_not_answer_holds_nobody_up_for_long_and_hides_no_other() -> None:
    dead, good = Library("dead"), Library("good")
    dead.answers.clear()
    world = World(dead, good, patience_s=0.01)
    assert await world.states() == ["unknown", "ready"]
    dead.ready = Readiness(dead.name, "away", "nobody answers there")
    dead.answers.set()
    world.now += 5
    seen = await world.glance.seen()
    assert [(one.state, one.text) for one in seen] == [("away", "nobody answers there"), ("ready", "")]


async def test_what_was_seen_is_told_for_some_seconds_then_looked_at_anew() -> None:
    llm = Library("one")
    world = World(llm)
    assert await asyncio.gather(*(world.states() for _ in range(3))) == [["ready"]] * 3
    assert llm.looks == 1
    llm.ready = Readiness(llm.name, "away", "gone")
    assert await world.states() == ["ready"]
    world.now += 5
    assert await world.states() == ["away"] and llm.looks == 2


async def test_the_chain_is_lit_while_it_answers_and_says_how_fast() -> None:
    small = Library("small", Line("One two", fault="cut off", after=1))
    world = World(small, Library("big", "One two three"))
    stream = world.chain.stream(PROMPT)
    async with aclosing(stream) as pieces:
        assert (await anext(pieces)).llm == "small"
        assert await world.states() == ["answering", "ready"]
        async for piece in pieces:
            if piece.llm == "big" and piece.usage is None:
                world.now += 0.5
                assert await world.states() == ["tried", "answering"]
    seen = await world.glance.seen()
    assert [one.state for one in seen] == ["tried", "ready"]
    assert seen[1].pace is not None and (seen[1].pace.first_s, seen[1].pace.tokens_s) == (0.0, pytest.approx(2 / 1.5))
    await world.glance.close()


async def test_whoever_stops_reading_leaves_nothing_lit() -> None:
    world = World(Library("small", "One two three"))
    async with aclosing(world.chain.stream(PROMPT)) as pieces:
        await anext(pieces)
    assert await world.states() == ["ready"]
    await world.glance.close()


async def test_a_fetch_is_one_for_all_and_goes_on_by_itself() -> None:
    llm = Library("one")
    llm.ready = Readiness(llm.name, "absent", "fetch it")
    world = World(llm)
    assert await world.states() == ["absent"]
    fetch = world.glance.pull("one")
    assert world.glance.pull("one") is fetch
    async for at in fetch.follow():
        if at.total:
            assert (at.done, at.total) == (5, 10)
            break
    assert await world.states() == ["pulling"]
    llm.goes_on.set()
    assert [at async for at in fetch.follow()][-1].done == 40
    assert fetch.over and not fetch.error and await world.states() == ["ready"]
    assert (await whole(world.chain.stream(PROMPT))).text
    await world.glance.close()


async def test_a_fetch_can_be_stopped_begun_again_and_fail() -> None:
    llm = Library("one")
    llm.ready = Readiness(llm.name, "absent", "fetch it")
    world = World(llm)
    first = world.glance.pull("one")
    await world.glance.stop("one")
    assert first.over and first.stopped and [one.state for one in await world.glance.seen()] == ["absent"]
    llm.fails = True
    again = world.glance.pull("one")
    llm.goes_on.set()
    assert [at async for at in again.follow()] and again.error == "nobody answers there"
    (seen,) = await world.glance.seen()
    assert (seen.state, seen.text, seen.can_pull) == ("absent", "nobody answers there", True)
    await world.glance.close()


async def test_what_cannot_be_fetched() -> None:
    world = World(Scripted(["No."], "scripted:fixed"))
    with pytest.raises(NothingToPull):
        world.glance.pull("fixed")
    with pytest.raises(UnknownLlm):
        world.glance.pull("other")
    with pytest.raises(UnknownLlm):
        await world.glance.stop("other")
