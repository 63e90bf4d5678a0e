"""How long a model may take: to begin, between two pieces, in all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from .base import CutOff, Overloaded, Piece


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. A model of 3 GB that must be loaded first and reads a long prompt on two cores takes half a minute."""

    first_s: float = 45.0
    between_s: float = 15.0
    total_s: float = 120.0


async def timed(stream: AsyncGenerator[Piece, None], patience: Patience, llm: str) -> AsyncGenerator[Piece, None]:
    """The same pieces, if they come in time; only waiting for the model counts. Raises Overloaded, CutOff."""
    waited, heard = 0.0, False
    clock = asyncio.get_running_loop().time
    async with aclosing(stream) as pieces:
        while True:
            began = clock()
            due = patience.between_s if heard else patience.first_s
            try:
                async with asyncio.timeout(min(due, patience.total_s - waited)):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise _late(llm, heard, waited + due < patience.total_s, patience) from None
            waited, heard = waited + clock() - began, True
            yield piece


def _late(llm: str, heard: bool, silent: bool, patience: Patience) -> Overloaded | CutOff:
    if not heard:
        return Overloaded(llm, f"it did not begin within {patience.first_s:g} seconds", wait_s=float("inf"))
    if silent:
        return CutOff(llm, f"it said nothing more for {patience.between_s:g} seconds", by="silent")
    return CutOff(llm, f"it was not done within {patience.total_s:g} seconds", by="silent")
