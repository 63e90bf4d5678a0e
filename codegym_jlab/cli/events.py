"""`codegym events`: what was told to the outside, what was refused, and sending that again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .command import Records, asynchronous, records_at, records_read
from .output import AsJson, complain, line, out, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.store.sql.store import SqlStore

events = typer.Typer(name="events", help="Events: what is told to the outside.", no_args_is_help=True)


@events.command()
def tail(
    from_start: Annotated[bool, typer.Option("--from-start", help="Everything there is, not only what comes.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End when all that there is has been told.")] = False,
    as_json: AsJson = False,
    records: Records = "",
) -> None:
    """Show events as they come, until Ctrl-C."""
    with suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(_print_events(_in_outbox(records_at(records), from_start, once), as_json))


@events.command()
@asynchronous
async def dead(as_json: AsJson = False, records: Records = "") -> None:
    """List the events that a sink refused for good, each with its reason."""
    async with records_read(records_at(records)) as store:
        letters = await store.dead(100_000)
    for letter in letters:
        about: dict[str, Any] = {"id": letter.event.id, "type": letter.event.type, "key": letter.event.key}
        about |= {"time": letter.event.time.isoformat(), "tries": letter.tries, "why": letter.why}
        if as_json:
            line(about)
        else:
            out.print(f"{about['time']}  {about['id']}  {about['why']}")
    if not letters and not as_json:
        out.print("There are no dead letters.")


@events.command()
@asynchronous
async def resend(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Events' ids, as `dead` shows.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    records: Records = "",
) -> int:
    """Put dead letters back into the queue: the server sends them again within seconds."""
    if bool(ids) == everything:
        wrong_use("name ids of dead letters, or --all")
    async with records_read(records_at(records)) as store:
        back, unknown = await _resend(store, ids)
    for id in unknown:
        complain(f"there is no dead letter {id}")
    out.print(f"{back} back in the queue")
    return 1 if unknown else 0


async def _resend(store: SqlStore, ids: list[str] | None) -> tuple[int, list[str]]:
    if not ids:
        return await store.resend(None), []
    places: dict[str, list[int]] = {}
    for letter in await store.dead(1_000_000):
        places.setdefault(letter.event.id, []).append(letter.place)
    found = [place for id in ids for place in places.get(id, ())]
    return await store.resend(found), [id for id in ids if id not in places]


async def _print_events(source: AsyncIterator[dict[str, Any]], as_json: bool) -> None:
    async for event in source:
        if as_json:
            line(event)
        else:
            out.print(_sentence(event))


def _sentence(event: dict[str, Any]) -> str:
    """One line for people: when, what, about whom, and what is worth a look."""
    data = event["data"]
    shown = ("exercise", "kind", "verdict", "score", "max_score", "status", "solved", "attempts", "rung", "digest")
    facts = [f"{name}={data[name]}" for name in shown if data.get(name) is not None]
    return f"{event['time']}  {event['type'].split('.')[1]}  {event['subject']}  {' '.join(facts)}"


async def _in_outbox(records: Path | str, from_start: bool, once: bool) -> AsyncIterator[dict[str, Any]]:
    from codegym_jlab.events.relay import EventRefused
    from codegym_jlab.events.sinks import cloud_event

    async with records_read(records) as store:
        after = 0 if from_start else await store.newest()
        while (page := await store.told(after, 500)) or not once:
            for each in page:
                after = each.place
                try:
                    yield json.loads(cloud_event(each.event))
                except EventRefused as error:
                    complain(f"{each.event.id}: {error}")
            if not page:
                await asyncio.sleep(0.5)
