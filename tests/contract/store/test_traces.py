"""In which trace a submission came and an event was written is kept, for whoever judges or sends it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from codegym_jlab.store.base import Lease

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_it_comes_back(desk: Desk) -> None:
    sent = desk.send(traceparent=TRACEPARENT)
    await desk.accept(sent, events=[replace(desk.event(sent), traceparent=TRACEPARENT)])
    await desk.accept(desk.send("x = 2"))
    claimed = await desk.store.claim(Lease("me", NOON + timedelta(hours=1)), NOON + timedelta(minutes=1), limit=9)
    assert [one.submission.traceparent for one in sorted(claimed, key=lambda one: one.submission.id)] == [
        TRACEPARENT,
        None,
    ]
    pending = await desk.store.undelivered(9)
    assert [one.event.traceparent for one in pending] == [TRACEPARENT, None]
