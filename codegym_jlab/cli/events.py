"""`codegym events`: what was told to the outside, what was refused, and sending that again."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from typer import Option

from codegym_jlab.events.cloud_event import cloud_event
from codegym_jlab.events.relay import EventRefused
from codegym_jlab.records import Json, some

from .command import Records, asynchronous, group, records_at, records_read
from .output import AsJson, assigned, complain, listing, out, say

events = group("events", "Events that are sent to other systems.")


@events.command()
def tail(
    from_start: bool = Option(False, "--from-start", help="Also show the events so far."),
    once: bool = Option(False, "--once", help="Stop after the events so far."),
    as_json: AsJson = False,
    records: Records = "",
) -> None:
    """Show events as they happen, until Ctrl-C."""
    with suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(_tail(records_at(records), from_start, once))


@events.command()
@asynchronous
async def dead(as_json: AsJson = False, records: Records = "") -> None:
    """List the events that a sink refused for good (dead letters), with the reasons."""
    async with records_read(records_at(records)) as store:
        letters = await store.dead(100_000)
    rows = (
        {**some(one.event, "id type key"), "time": one.event.time.isoformat(), **some(one, "tries why")}
        for one in letters
    )
    listing(rows, "id type key time tries why", end=f"{len(letters)} dead letters")


@events.command()
@asynchronous
async def resend(records: Records = "") -> None:
    """Put all dead letters back into the queue: the server sends them again within seconds."""
    async with records_read(records_at(records)) as store:
        out.print(f"{await store.resend()} back in the queue")


def _sentence(event: Json) -> str:
    """One line for people: when, what, about whom, and what is worth a look."""
    data = event["data"]
    shown = ("exercise", "kind", "verdict", "score", "max_score", "status", "solved", "attempts", "rung", "digest")
    facts = assigned({name: data[name] for name in shown if data.get(name) is not None})
    return f"{event['time']}  {event['type'].split('.')[1]}  {event['subject']}  {facts}"


async def _tail(records: Path | str, from_start: bool, once: bool) -> None:
    async with records_read(records) as store:
        after = 0 if from_start else await store.newest()
        while (page := await store.told(after, 500)) or not once:
            for each in page:
                after = each.place
                try:
                    event = json.loads(cloud_event(each.event))
                    say(event, _sentence(event))
                except EventRefused as error:
                    complain(f"{each.event.id}: {error}")
            if not page:
                await asyncio.sleep(0.5)
