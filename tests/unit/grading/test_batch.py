"""Work in its order, some of it at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from codegym_jlab.grading.batch import in_order


def test_a_slow_one_holds_up_no_other_and_all_come_in_their_order() -> None:
    ended: list[int] = []
    open_: set[int] = set()
    most = 0

    async def one(number: int) -> int:
        nonlocal most
        open_.add(number)
        most = max(most, len(open_))
        for _ in range(1000 if number == 0 else 1):
            await asyncio.sleep(0)
        open_.discard(number)
        ended.append(number)
        return number

    async def told() -> list[int]:
        works: list[Coroutine[Any, Any, int]] = [one(number) for number in range(6)]
        return [number async for number in in_order(works, 2)]

    assert asyncio.run(told()) == [0, 1, 2, 3, 4, 5]
    assert ended == [1, 2, 3, 4, 5, 0] and most == 2
