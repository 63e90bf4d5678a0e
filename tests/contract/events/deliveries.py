"""One pass of a relay, without its tasks."""

from __future__ import annotations

import asyncio

from codegym_jlab.events.relay import Relay


async def deliver(relay: Relay) -> int:
    """One batch of every lane; how many sinks took. Raises what a sink's absence raises."""
    outcomes = await asyncio.gather(*(lane.once() for lane in relay.lanes), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return sum(outcome for outcome in outcomes if isinstance(outcome, int))
