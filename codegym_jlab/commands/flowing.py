"""`codegym flows` and `codegym worker`: bulk work, looked at, stopped, gone on with, and shared."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..telemetry import logs
from .opening import Records, records_at
from .terminal import AsJson, complain, fail, line, out, wrong_use
from .working import Workplace, dbos_flows, working

if TYPE_CHECKING:
    from ..bulk.flows import Flow, Ledger
    from ..telemetry.metrics import Reading

flows = typer.Typer(name="flows", help="Bulk work: regrading, imports.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="FLOW", help="Its id.")]


@flows.callback()
def _group() -> None:
    """Bulk work, newest first: what runs, what is done, what was stopped."""


@flows.command("list")
def list_(records: Records = "", as_json: AsJson = False) -> None:
    """Every flow that is known, the newest first."""
    for flow in _ledger(records).all():
        _tell(flow, as_json)


@flows.command()
def show(flow: Id, records: Records = "", as_json: AsJson = False) -> None:
    """One flow, with what came of it."""
    found = _found(_ledger(records), flow)
    _tell(found, as_json)
    if found.result is not None and not as_json:
        out.print(json.dumps({k: v for k, v in found.result.items() if k not in ("changed", "rows")}))
    elif found.result is not None:
        line(found.result)


@flows.command()
def cancel(flow: Id, records: Records = "") -> None:
    """Begin no more of it. What is under way is finished whole, and what is recorded stays."""
    ledger = _ledger(records)
    found = _found(ledger, flow)
    if found.is_over:
        complain(f"{flow} is over already: {found.state}")
    else:
        ledger.cancel(flow)
    _tell(_found(ledger, flow), False)


@flows.command()
def resume(flow: Id, records: Records = "") -> None:
    """Put it back into the queue: a worker, or the same command again, goes on with what is not done."""
    ledger = _ledger(records)
    found = _found(ledger, flow)
    if found.state not in ("cancelled", "failed"):
        complain(f"{flow} needs no resuming: it is {found.state}")
    id = ledger.resume(found)
    if id != flow:
        complain(f"{flow} had failed; it is begun anew as {id}, and what is done is not done again")
    _tell(_found(ledger, id), False)


def worker(
    records: Records = "",
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Metrics for Prometheus there, at /metrics; 0: any free port.")
    ] = None,
    metrics_address: Annotated[str, typer.Option(help="Of this machine: 0.0.0.0 for all of its.")] = "127.0.0.1",
) -> None:
    """Work on flows until stopped. On PostgreSQL any number of these share them, on any number of machines."""
    place = records_at(records)
    page = None if metrics_port is None else metrics_listener(metrics_address, metrics_port)
    logs.to_stderr()

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with working(place) as at, _metrics(page, at):
            complain("works on flows")
            await stop.wait()

    asyncio.run(work())


def metrics_listener(address: str, port: int) -> socket.socket:
    """Where a page of metrics will be; a port that cannot be had is told."""
    from ..telemetry.serving import listening

    try:
        return listening(address, port)
    except OSError as error:
        fail(f"metrics cannot be served at {address}:{port} ({error.strerror}); name another --metrics-port")


@asynccontextmanager
async def _metrics(page: socket.socket | None, at: Workplace) -> AsyncIterator[None]:
    """While this is open, where it is wanted."""
    if page is None:
        yield
        return
    from ..telemetry.serving import serving

    with serving(page, lambda: _readings(at)) as address:
        complain(f"metrics at {address}")
        yield


async def _readings(at: Workplace) -> list[Reading]:
    """What waits in the records is left out while they do not answer."""
    from ..sandbox import counted
    from ..store.base import StoreError
    from ..watch import waiting

    found = counted.readings(at.sandbox)
    try:
        async with asyncio.timeout(2):
            return [*found, *waiting(await at.store.depth(), await at.store.backlog())]
    except (StoreError, TimeoutError):
        return found


def _ledger(records: str) -> Ledger:
    from ..bulk.place import FlowPlace

    found: Ledger = dbos_flows().Ledger(FlowPlace(records_at(records)))
    return found


def _found(ledger: Ledger, id: str) -> Flow:
    found = ledger.find(id)
    if found is None:
        wrong_use(f"there is no flow {id}")
    return found


def _tell(flow: Flow, as_json: bool) -> None:
    if as_json:
        line(flow.as_json())
        return
    begun = datetime.fromtimestamp(flow.created_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    order: dict[str, Any] = flow.order
    about = f"{order.get('offering')}: {order.get('why')}"
    told = f"{flow.id}  {flow.kind}  {flow.state}  {flow.done}/{flow.spans}  {begun}  {about}"
    out.print(f"{told}  {flow.why}".rstrip())
