"""Tokens a day."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date

import pytest

from codegym_jlab.llm.budget import Budget, Limits

pytestmark = pytest.mark.anyio


class Day:
    today = date(2026, 11, 20)


class Records:
    """What was used, as the records tell it."""

    def __init__(self, limits: Limits) -> None:
        self._used: Counter[tuple[date, str, str | None]] = Counter()
        self.budget = Budget(limits, self.used, lambda: Day.today)

    async def used(self, day: date, offering: str, person: str) -> tuple[int, int]:
        await asyncio.sleep(0)
        return self._used[day, offering, person], self._used[day, offering, None]

    async def ask(self, offering: str, person: str, held: int, tokens: int) -> bool:
        if not await self.budget.hold(offering, person, held):
            return False
        self._used[Day.today, offering, person] += tokens
        self._used[Day.today, offering, None] += tokens
        self.budget.settle(offering, person, held)
        return True


async def test_what_was_used_is_gone_and_comes_back_tomorrow() -> None:
    own = Records(Limits(student=100))
    assert await own.ask("class-1", "ada", 60, 60)
    assert not await own.ask("class-1", "ada", 60, 60)
    assert await own.ask("class-1", "bob", 60, 60)
    Day.today = date(2026, 11, 21)
    assert await own.ask("class-1", "ada", 60, 60)


async def test_a_class_has_its_own() -> None:
    own = Records(Limits(offering=100))
    assert await own.ask("class-1", "ada", 60, 60)
    assert not await own.ask("class-1", "bob", 60, 60)
    assert await own.ask("class-2", "bob", 60, 60)


async def test_what_is_set_aside_and_not_used_is_free_again() -> None:
    own = Records(Limits(student=100))
    assert await own.ask("class-1", "ada", 80, 10)
    assert await own.ask("class-1", "ada", 80, 10)


async def test_no_limit_is_no_limit() -> None:
    assert await Records(Limits()).ask("class-1", "ada", 10**9, 1)


async def test_questions_at_once_together_get_no_more_than_is_left() -> None:
    own = Records(Limits(student=10, offering=100)).budget
    held = await asyncio.gather(*(own.hold("class", "ada", 10) for _ in range(3)))
    assert held == [True, False, False]
