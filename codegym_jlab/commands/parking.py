"""`codegym parked`: what could not be judged three times by our fault; seen by staff, and tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .opening import Records, opened, records_at
from .terminal import AsJson, complain, line, out

if TYPE_CHECKING:
    from ..store.base import Found


def parked(
    offering: Annotated[str, typer.Argument(metavar="OFFERING", help="On this computer: local:COURSE.")],
    retry: Annotated[bool, typer.Option("--retry", help="Put all of them back: the server judges them again.")] = False,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """What could not be judged three times, by our fault. It cost no attempt; once that is mended, --retry."""
    found = asyncio.run(_parked(records_at(records), offering, retry))
    for one in found:
        told = _told(one)
        if as_json:
            line(told)
        else:
            out.print("  ".join(str(value) for value in told.values()))
    if retry:
        complain(f"{len(found)} wait to be judged again")


async def _parked(place: Path | str, offering: str, retry: bool) -> list[Found]:
    async with opened(place) as store:
        found = list(await store.parked(offering))
        return [one for one in found if not retry or await store.try_again(offering, one.submission.id)]


def _told(found: Found) -> dict[str, str | int]:
    sent, judged = found.submission, found.judgement
    why = "; ".join(notice.text for notice in judged.notices) if judged is not None else ""
    received = sent.received_at.isoformat(timespec="seconds")
    named: dict[str, str | int] = {"submission": sent.id, "person": sent.person, "exercise": sent.exercise}
    return {**named, "received_at": received, "faults": found.faults, "why": why}
