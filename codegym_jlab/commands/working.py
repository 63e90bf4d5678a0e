"""A process that works on bulk flows: what `regrade`, `import`, `flows` and `worker` share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .opening import grading, opened, sandboxed, settings_here
from .terminal import bar, complain, fail, wrong_use

if TYPE_CHECKING:
    from ..bulk.flows import Flow
    from ..bulk.orders import ImportOrder, Order
    from ..bulk.place import FlowPlace
    from ..sandbox.base import Sandbox
    from ..store.base import Store


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a process works on flows with."""

    store: Store
    place: FlowPlace
    sandbox: Sandbox


@asynccontextmanager
async def working(records: Path | str) -> AsyncIterator[Workplace]:
    """This process works on flows, while it is open; what others left is taken over."""
    from ..bulk.hand import Hand
    from ..bulk.place import FlowPlace, Taken

    flows = dbos_flows()
    place = FlowPlace(records)
    async with _traced(), opened(records) as store, sandboxed() as sandbox, grading(sandbox) as own:
        hand = Hand(store, lambda: own)
        try:
            worker = await asyncio.to_thread(flows.Worker, place, hand)
        except Taken as error:
            fail(str(error))
        taking = asyncio.create_task(_take_over(worker))
        try:
            yield Workplace(store, place, sandbox)
        finally:
            taking.cancel()
            await asyncio.to_thread(worker.close)
            await hand.close()


@asynccontextmanager
async def _traced() -> AsyncIterator[None]:
    """What is done meanwhile is told to a collector, where the settings name one."""
    from ..telemetry.otlp import switch_off, switch_on

    await asyncio.to_thread(switch_on, settings_here().traces)
    try:
        yield
    finally:
        await switch_off()


async def _take_over(worker: Any) -> None:
    while True:
        try:
            await asyncio.to_thread(worker.take_over)
        except Exception as error:  # the database is away: it may come back
            complain(f"what others left is taken over later: {type(error).__name__}")
        await asyncio.sleep(5)


async def carried_out(place: FlowPlace, order: Order | ImportOrder, total: int, show: bool, doing: str) -> Flow:
    """A flow with this order, begun or gone on with, until it is over; how far it is, is shown: of `total`."""
    ledger = await asyncio.to_thread(dbos_flows().Ledger, place)
    try:
        going = await asyncio.to_thread(ledger.under_way, order)
        if going is not None:
            complain(f"{going.id} goes on where it was")
        id = going.id if going else await asyncio.to_thread(ledger.begin, order)
        return await _watched(ledger, id, total, show, doing)
    finally:
        await asyncio.to_thread(ledger.close)


async def _watched(ledger: Any, id: str, total: int, show: bool, doing: str) -> Flow:
    with bar(show) as shown:
        task = shown.add_task(doing, total=total)
        while True:
            flow: Flow = await asyncio.to_thread(ledger.find, id)
            if flow.spans:
                shown.update(task, completed=total * flow.done // flow.spans)
            if flow.is_over:
                return flow
            await asyncio.sleep(0.2)


def dbos_flows() -> Any:
    try:
        from ..bulk import flows
    except ImportError:
        wrong_use("this needs a package more: pip install 'codegym-jlab[bulk]'")
    return flows
