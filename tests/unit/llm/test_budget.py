"""Tokens a day."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date

import pytest

from codegym_jlab.llm.budget import Budget, Limits, Spent

pytestmark = pytest.mark.anyio


class Day:
    today = date(2026, 11, 20)


class MemoryLedger:
    """Of this process, while it runs."""

    def __init__(self) -> None:
        self._used: Counter[tuple[date, str, str | None]] = Counter()

    async def used(self, day: date, offering: str, person: str | None) -> int:
        return self._used[day, offering, person]

    async def add(self, day: date, offering: str, person: str, tokens: int) -> None:
        self._used[day, offering, person] += tokens
        self._used[day, offering, None] += tokens


def budget(student: int | None = None, offering: int | None = None) -> Budget:
    return Budget(Limits(student, offering), MemoryLedger(), lambda: Day.today)


async def used(own: Budget, offering: str, person: str, tokens: int) -> None:
    await own.hold(offering, person, tokens)
    await own.settle(offering, person, tokens, tokens)


async def test_what_was_used_is_gone_and_comes_back_tomorrow() -> None:
    own = budget(student=100)
    await used(own, "class-1", "ada", 60)
    assert await own.left("class-1", "ada") == 40
    with pytest.raises(Spent) as caught:
        await own.hold("class-1", "ada", 60)
    assert caught.value.whose == "student" and "tomorrow" in caught.value.text
    await used(own, "class-1", "bob", 60)
    Day.today = date(2026, 11, 21)
    assert await own.left("class-1", "ada") == 100


async def test_a_class_has_its_own() -> None:
    own = budget(offering=100)
    await used(own, "class-1", "ada", 60)
    with pytest.raises(Spent, match="This class"):
        await own.hold("class-1", "bob", 60)
    await used(own, "class-2", "bob", 60)


async def test_what_is_set_aside_and_not_used_is_free_again() -> None:
    own = budget(student=100)
    await own.hold("class-1", "ada", 80)
    assert await own.left("class-1", "ada") == 20
    await own.settle("class-1", "ada", 80, 10)
    assert await own.left("class-1", "ada") == 90


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
