"""How a submission grows with its checks, the cells above it and what it prints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.desk import PAUSE_S, Desk, sandbox
from benchmarks.figures import Figure, figure
from benchmarks.sandbox import one

KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("5 checks", {}),
    ("1 check", {"checks": 1}),
    ("10 checks", {"checks": 10}),
    ("20 checks", {"checks": 20}),
    ("5 checks, 20 cells above", {"cells": 20}),
    ("5 checks, 60 kB of output in each", {"output": 60_000}),
)


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Each beside five checks, no cells above, no output."""
    from codegym_jlab.sandbox.base import Image

    image = Image()
    async with sandbox() as opened:
        await opened.warm(image)
        await asyncio.sleep(10 * PAUSE_S)
        first: Figure | None = None
        for name, more in KINDS:
            taken = [(await one(opened, image, **more))["all"] for _ in range(max(10, desk.rounds // 2))]
            found = figure("growth", f"growth: {name}", taken, first)
            first = first or found
            yield found
