"""`codegym flows` and `codegym worker`: bulk work, looked at, stopped, gone on with, and shared."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from typer import Argument, Exit, Option

from codegym_jlab.bulk.database import FlowDatabase, Taken
from codegym_jlab.records import frozen
from codegym_jlab.telemetry import logs
from codegym_jlab.telemetry.metrics import Reading, listening, serving
from codegym_jlab.telemetry.traces import switch_off, switch_on

from .command import Managers, Records, asynchronous, command, grading, group, opened, records_at, settings_here
from .output import AsJson, complain, fail, failing_on, for_programs, moment, say, steps, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.bulk.flows import Flow
    from codegym_jlab.bulk.steps import ImportOrder, Order
    from codegym_jlab.sandbox.base import Sandbox
    from codegym_jlab.store import Store
    from codegym_jlab.store.audit import Act


@frozen
class Workplace:
    """What a process works on flows with."""

    store: Store
    place: FlowDatabase
    sandbox: Sandbox


@asynccontextmanager
async def working(records: Path | str) -> AsyncIterator[Workplace]:
    """This process works on flows, while it is open; what others left is taken over."""
    from codegym_jlab.bulk.steps import Steps

    flows = dbos_flows()
    place = FlowDatabase(records)
    await asyncio.to_thread(switch_on, settings_here().traces)
    async with AsyncExitStack() as at_end, opened(records) as store, grading() as grader:
        at_end.push_async_callback(switch_off)
        hand = Steps(store, lambda: grader, settings_here().at_once)
        with failing_on(Taken):
            worker = await asyncio.to_thread(flows.Worker, place, hand)
        taking = asyncio.create_task(_take_over(worker))
        try:
            yield Workplace(store, place, grader.sandbox)
        finally:
            taking.cancel()
            await asyncio.to_thread(worker.close)
            await hand.close()


async def _take_over(worker: Any) -> None:
    while True:
        try:
            await asyncio.to_thread(worker.take_over)
        except Exception as error:  # the database is away: it may come back
            complain(f"what others left is taken over later: {type(error).__name__}")
        await asyncio.sleep(5)


async def carried_out(at: Workplace, act: Act, order: Order | ImportOrder, total: int, doing: str) -> Flow:
    """A flow with this order, begun or gone on with, until it is over; how far it is, is shown: of `total`."""
    from codegym_jlab.store.audit import acting

    ledger = await asyncio.to_thread(dbos_flows().Ledger, at.place)
    try:
        async with acting(at.store, act):
            await at.store.note_act()  # the flow goes on whatever becomes of this command
            going = await asyncio.to_thread(ledger.under_way, order)
            if going is not None:
                complain(f"{going.id} continues where it stopped")
            id = going.id if going else await asyncio.to_thread(ledger.begin, order)
            return await _watched(ledger, id, total, doing)
    finally:
        await asyncio.to_thread(ledger.close)


async def _watched(ledger: Any, id: str, total: int, doing: str) -> Flow:
    with steps() as step:
        while True:
            flow: Flow = await asyncio.to_thread(ledger.find, id)
            step(doing, total * flow.done // max(flow.spans, 1), total)
            if flow.is_over:
                return flow
            await asyncio.sleep(0.2)


def until_stopped(work: Coroutine[Any, Any, int], said: str) -> NoReturn:
    """Exits as `work` says; where Ctrl-C stops it, with what is said then."""
    try:
        raise Exit(asyncio.run(work))
    except KeyboardInterrupt:
        complain(f"stopped; {said}")
        raise Exit(1) from None


def how_to_go_on(flow: Flow) -> str:
    """What is said of a flow that is not done."""
    return f"{flow.id} {flow.state}: {flow.why}\nTo go on: codegym flows resume {flow.id}"


def dbos_flows() -> Any:
    try:
        from codegym_jlab.bulk import flows
    except ImportError:
        wrong_use("this needs another package: pip install 'codegym-jlab[bulk]'")
    return flows


flows = group("flows", "Bulk work: regrading, imports.")
Id = Annotated[str, Argument(metavar="FLOW", help="Its id.")]
MetricsPort = Annotated[
    int | None, Option(min=0, max=65535, help="Port for Prometheus metrics, at /metrics; 0: any free port.")
]
MetricsAddress = Annotated[str, Option(help="An address of this machine; 0.0.0.0 for all of them.")]


@flows.command("list")
def list_(records: Records = "", as_json: AsJson = False) -> None:
    """List all flows, the newest first."""
    for flow in _ledger(records_at(records)).all():
        _tell(flow)


@flows.command()
def show(flow: Id, records: Records = "", as_json: AsJson = False) -> None:
    """Show one flow and its outcome."""
    found = _found(_ledger(records_at(records)), flow)
    say(found)
    if found.result is not None:
        say({k: v for k, v in found.result.items() if for_programs() or k not in ("changed", "rows")})


@command(flows)
async def cancel(m: Managers, flow: Id) -> None:
    """Start no further steps. Steps under way are finished, and what is recorded stays."""
    ledger = _ledger(m.place)
    if (found := _found(ledger, flow)).is_over:
        complain(f"{flow} has already ended: {found.state}")
    else:
        await _note(m, "cancel", found)
        ledger.cancel(flow)
    _tell(_found(ledger, flow))


@command(flows)
async def resume(m: Managers, flow: Id) -> None:
    """Put a flow back into the queue: a worker, or the same command again, continues with what is left."""
    ledger = _ledger(m.place)
    if (found := _found(ledger, flow)).state not in ("cancelled", "failed"):
        complain(f"{flow} needs no resuming: it is {found.state}")
    else:
        await _note(m, "resume", found)
    id = ledger.resume(found)
    if id != flow:
        complain(f"{flow} had failed; it starts again as {id}, without repeating what is done")
    _tell(_found(ledger, id))


async def _note(m: Managers, act: str, flow: Flow) -> None:
    """The line comes first: a flow goes on, or stops, whatever becomes of this command."""
    async with m.acting(act, {"offering": flow.order.get("offering"), "flow": flow.id}):
        pass


@asynchronous
async def worker(
    records: Records = "", metrics_port: MetricsPort = None, metrics_address: MetricsAddress = "127.0.0.1"
) -> None:
    """Work on flows until stopped. With PostgreSQL, any number of workers share them, on any machines."""
    place = records_at(records)
    page = metrics_listener(metrics_address, metrics_port)
    logs.to_stderr()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with working(place) as at:
        with serving(page, lambda: _readings(at)) if page else nullcontext() as address:
            if address:
                complain(f"metrics at {address}")
            complain("works on flows")
            await stop.wait()


def metrics_listener(address: str, port: int | None) -> socket.socket | None:
    """Where a page of metrics will be, if one is wanted; a port that cannot be had is told."""
    try:
        return None if port is None else listening(address, port)
    except OSError as error:
        fail(f"metrics cannot be served at {address}:{port} ({error.strerror}); name another --metrics-port")


async def _readings(at: Workplace) -> list[Reading]:
    from codegym_jlab.health import waiting
    from codegym_jlab.sandbox.base import readings

    return [*readings(at.sandbox), *await waiting(at.store)]


def _ledger(records: Path | str) -> Any:
    return dbos_flows().Ledger(FlowDatabase(records))


def _found(ledger: Any, id: str) -> Flow:
    found: Flow | None = ledger.find(id)
    if found is None:
        wrong_use(f"there is no flow {id}")
    return found


def _tell(flow: Flow) -> None:
    begun = moment(datetime.fromtimestamp(flow.created_ms / 1000, UTC), "UTC")
    about = f"{flow.order.get('offering')}: {flow.order.get('why')}"
    shown = f"{flow.id}  {flow.kind}  {flow.state}  {flow.done}/{flow.spans}  {begun}  {about}"
    say(flow, f"{shown}  {flow.why}".rstrip())
