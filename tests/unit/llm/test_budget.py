"""Tokens a day."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import date

import pytest

from codegym_jlab.llm import counting
from codegym_jlab.llm.base import LlmError, Message, Prompt, whole
from codegym_jlab.llm.budget import Budget, Limits, MemoryLedger, Spent
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.llm.scripted import Line, Scripted

pytestmark = pytest.mark.anyio
PROMPT = Prompt((Message("user", "Why?"),), max_tokens=50)
MOST = counting.at_most(PROMPT) + 50


class Day:
    today = date(2026, 11, 20)


def budget(student: int | None = None, offering: int | None = None, ledger: MemoryLedger | None = None) -> Budget:
    return Budget(Limits(student, offering), ledger or MemoryLedger(), lambda: Day.today)


async def test_what_was_used_is_gone_and_comes_back_tomorrow() -> None:
    own = budget(student=MOST)
    llm = own.of(Scripted(["Look there."]), "class-1", "ada")
    reply = await whole(llm.stream(PROMPT))
    assert await own.left("class-1", "ada") == MOST - reply.usage.total
    with pytest.raises(Spent) as caught:
        await whole(llm.stream(PROMPT))
    assert caught.value.whose == "student" and "tomorrow" in caught.value.text
    assert await whole(own.of(llm.llm, "class-1", "bob").stream(PROMPT))
    Day.today = date(2026, 11, 21)
    assert await own.left("class-1", "ada") == MOST


async def test_a_class_has_its_own() -> None:
    own = budget(offering=MOST)
    scripted = Scripted(["Look there."])
    await whole(own.of(scripted, "class-1", "ada").stream(PROMPT))
    with pytest.raises(Spent, match="This class"):
        await whole(own.of(scripted, "class-1", "bob").stream(PROMPT))
    await whole(own.of(scripted, "class-2", "bob").stream(PROMPT))


async def test_what_is_under_way_counts() -> None:
    own = budget(student=MOST * 2)
    slow = own.of(Scripted([Line("One two three", between_s=0.05)]), "class-1", "ada")
    ended = await asyncio.gather(*(whole(slow.stream(PROMPT)) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, Spent) for one in ended) == 2


async def test_what_is_stopped_or_fails_costs_and_holds_nothing_back() -> None:
    own = budget(student=10_000)
    llm = own.of(Scripted([Line("One two three", fault="cut off", after=2)]), "class-1", "ada")
    with pytest.raises(LlmError):
        await whole(llm.stream(PROMPT))
    after_fault = await own.left("class-1", "ada")
    assert after_fault is not None and 10_000 - MOST < after_fault < 10_000
    async with aclosing(own.of(Scripted(["One two"]), "class-1", "ada").stream(PROMPT)) as pieces:
        await anext(pieces)
    left = await own.left("class-1", "ada")
    assert left is not None and after_fault - MOST < left < after_fault


async def test_failed_tries_of_a_chain_count() -> None:
    one, both = MemoryLedger(), MemoryLedger()
    good = Scripted(["Look there."])
    await whole(budget(ledger=one).of(good, "c", "ada").stream(PROMPT))
    chain = Chain([Link(Scripted([Line("One two", fault="refused", after=1)])), Link(good)])
    await whole(budget(ledger=both).of(chain, "c", "ada").stream(PROMPT))
    assert await both.used(Day.today, "c", "ada") > await one.used(Day.today, "c", "ada")


async def test_no_limit_is_no_limit() -> None:
    assert await budget().left("class-1", "ada") is None


async def test_questions_at_once_together_get_no_more_than_is_left() -> None:
    class Slow(MemoryLedger):
        async def used(self, day: date, offering: str, person: str | None) -> int:
            found = await super().used(day, offering, person)
            await asyncio.sleep(0)
            return found

    budget = Budget(Limits(student=10, offering=100), Slow(), lambda: date(2026, 1, 1))
    held = await asyncio.gather(*(budget.hold("class", "ada", 10) for _ in range(3)), return_exceptions=True)
    assert [isinstance(one, Spent) for one in held] == [False, True, True]
