"""`codegym retention`: what is older than the settings keep it, looked at or let go of now."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .opening import Records, opened, records_at, settings_here
from .terminal import AsJson, line, out, wrong_use

if TYPE_CHECKING:
    from ..grading.retention import Retention


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much is old.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Let go of it, as the server does every few hours.")] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DAYS", help="In place of the setting: drafts_days=14, outputs_days=never, …"),
    ] = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """What is older than `CodeGym.retention` keeps it. What counts for a score is never among it."""
    from ..grading.retention import BadRetention, retention_of

    if dry_run == apply:
        wrong_use("say --dry-run or --apply")
    odd = [text for text in keep or [] if "=" not in text]
    if odd:
        wrong_use(f"--keep takes NAME=DAYS, not {odd[0]!r}")
    try:
        wanted = retention_of({**settings_here().retention, **dict(text.split("=", 1) for text in keep or [])})
    except BadRetention as error:
        wrong_use(str(error))
    counts = asyncio.run(_through(wanted, apply, records))
    if as_json:
        return line({"applied": apply, "keep": asdict(wanted), **counts})
    for kind, count in counts.items():
        days = wanted.kinds[kind]
        out.print(f"{kind}: {count} older than {days:g} days{' no longer kept' if apply else ''}")
    forever = [name.removesuffix("_days") for name, days in asdict(wanted).items() if days is None]
    if forever:
        out.print(f"kept for ever: {', '.join(forever)}")


async def _through(wanted: Retention, apply: bool, records: str) -> dict[str, int]:
    from ..grading.retention import Keeper

    async with opened(records_at(records)) as store:
        keeper = Keeper(store, wanted, lambda: datetime.now(UTC))
        return await (keeper.let_go() if apply else keeper.look())
