"""`codegym events`: what was told to the outside, what was refused, and sending that again."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Argument, Option

from codegym_jlab.events.envelope import cloud_event
from codegym_jlab.events.relay import EventRefused
from codegym_jlab.records import Json

from .command import Records, asynchronous, group, records_at, records_read
from .output import AsJson, complain, for_programs, out, say, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.store.sql.store import SqlStore

events = group("events", "Events: what is told to the outside.")


@events.command()
def tail(
    from_start: bool = Option(False, "--from-start", help="Everything there is, not only what comes."),
    once: bool = Option(False, "--once", help="End when all that there is has been told."),
    as_json: AsJson = False,
    records: Records = "",
) -> None:
    """Show events as they come, until Ctrl-C."""
    with suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(_tail(records_at(records), from_start, once))


@events.command()
@asynchronous
async def dead(as_json: AsJson = False, records: Records = "") -> None:
    """List the events that a sink refused for good, each with its reason."""
    async with records_read(records_at(records)) as store:
        letters = await store.dead(100_000)
    for letter in letters:
        about: Json = {"id": letter.event.id, "type": letter.event.type, "key": letter.event.key}
        about |= {"time": letter.event.time.isoformat(), "tries": letter.tries, "why": letter.why}
        say(about, f"{about['time']}  {about['id']}  {about['why']}")
    if not letters and not for_programs():
        out.print("There are no dead letters.")


@events.command()
@asynchronous
async def resend(
    ids: list[str] | None = Argument(None, metavar="[ID]...", help="Events' ids, as `dead` shows."),
    everything: bool = Option(False, "--all", help="All dead letters."),
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


def _sentence(event: Json) -> str:
    """One line for people: when, what, about whom, and what is worth a look."""
    data = event["data"]
    shown = ("exercise", "kind", "verdict", "score", "max_score", "status", "solved", "attempts", "rung", "digest")
    facts = [f"{name}={data[name]}" for name in shown if data.get(name) is not None]
    return f"{event['time']}  {event['type'].split('.')[1]}  {event['subject']}  {' '.join(facts)}"


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
