"""`codegym events`: what was told to the outside, what was refused, and sending that again."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from .config import Settings
    from .store.sql import SqlStore

T = TypeVar("T")
PAGE = 500
LOOK_S = 0.5

events = typer.Typer(name="events", help="Events: what is told to the outside.", no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the records; default: the server's.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")]


@events.callback()
def _group() -> None:
    """Events: what is told to the outside."""


@events.command()
def tail(
    from_start: Annotated[bool, typer.Option("--from-start", help="Everything there is, not only what comes.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End when all that there is has been told.")] = False,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="What the topic holds, not what the records' outbox holds.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One CloudEvent a line.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show events as they come, until Ctrl-C."""
    settings = _settings(data_dir)
    source = _on_topic(settings, from_start, once) if kafka else _in_outbox(settings, from_start, once)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(_tell(source, as_json))


@events.command()
def dead(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the events that a sink refused for good, each with its reason."""
    letters = asyncio.run(_with_records(_settings(data_dir), lambda store: store.dead(100_000)))
    for letter in letters:
        about: dict[str, Any] = {"id": letter.event.id, "type": letter.event.type, "key": letter.event.key}
        about |= {"time": letter.event.time.isoformat(), "tries": letter.tries, "why": letter.why}
        _line(json.dumps(about) if as_json else f"{about['time']}  {about['id']}  {about['why']}")
    if not letters and not as_json:
        _line("There are no dead letters.")


@events.command()
def resend(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Events' ids, as `dead` shows.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Put dead letters back into the queue: the server sends them again within seconds."""
    if bool(ids) == everything:
        _end("name ids of dead letters, or --all", 2)
    back, unknown = asyncio.run(_with_records(_settings(data_dir), lambda store: _resend(store, ids)))
    for id in unknown:
        typer.echo(f"codegym: there is no dead letter {id}", err=True)
    _line(f"{back} back in the queue")
    raise typer.Exit(1 if unknown else 0)


async def _resend(store: SqlStore, ids: list[str] | None) -> tuple[int, list[str]]:
    if not ids:
        return await store.resend(None), []
    places: dict[str, list[int]] = {}
    for letter in await store.dead(1_000_000):
        places.setdefault(letter.event.id, []).append(letter.place)
    found = [place for id in ids for place in places.get(id, ())]
    return await store.resend(found), [id for id in ids if id not in places]


async def _tell(source: AsyncIterator[dict[str, Any]], as_json: bool) -> None:
    async for event in source:
        _line(json.dumps(event, ensure_ascii=False) if as_json else _sentence(event))


def _sentence(event: dict[str, Any]) -> str:
    """One line for people: when, what, about whom, and what is worth a look."""
    data = event["data"]
    shown = ("exercise", "kind", "verdict", "score", "max_score", "status", "solved", "attempts", "rung", "digest")
    facts = [f"{name}={data[name]}" for name in shown if data.get(name) is not None]
    return f"{event['time']}  {event['type'].split('.')[1]}  {event['subject']}  {' '.join(facts)}"


async def _in_outbox(settings: Settings, from_start: bool, once: bool) -> AsyncIterator[dict[str, Any]]:
    from .events.forms import cloud_event
    from .events.relay import EventRefused

    async with _records(settings) as store:
        after = 0 if from_start else await store.newest()
        while True:
            page = await store.told(after, PAGE)
            for each in page:
                after = each.place
                try:
                    yield json.loads(cloud_event(each.event))
                except EventRefused as error:
                    typer.echo(f"codegym: {each.event.id}: {error}", err=True)
            if not page and once:
                return
            if not page:
                await asyncio.sleep(LOOK_S)


async def _on_topic(settings: Settings, from_start: bool, once: bool) -> AsyncIterator[dict[str, Any]]:
    from .events.relay import SinkUnavailable
    from .events.sinks import NotASink

    try:
        broker = settings.events.broker()
        from .events.kafka import read_topic

        async for value in read_topic(broker, from_start=from_start, once=once):
            yield json.loads(value)
    except NotASink as error:
        _end(str(error), 2)
    except SinkUnavailable as error:
        _end(str(error), 1)


async def _with_records(settings: Settings, ask: Callable[[SqlStore], Awaitable[T]]) -> T:
    async with _records(settings) as store:
        return await ask(store)


@asynccontextmanager
async def _records(settings: Settings) -> AsyncIterator[SqlStore]:
    """The server's records, beside it. Reading changes nothing, not even their form."""
    from .store.base import StoreError
    from .store.choice import store_at

    file = settings.data_dir / "codegym.sqlite"
    if not settings.database and not file.is_file():
        _end(f"there are no records in {settings.data_dir}", 1)
    try:
        store = store_at(settings.database or file)
        try:
            yield store
        finally:
            await store.close()
    except StoreError as error:
        _end(str(error), 1)


def _settings(data_dir: Path | None) -> Settings:
    from .config import CodeGym

    made = CodeGym(data_dir=str(data_dir), database="") if data_dir is not None else CodeGym()
    return made.settings(Path.cwd())


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _end(text: str, code: int) -> NoReturn:
    typer.echo(f"codegym: {text}", err=True)
    raise typer.Exit(code)
