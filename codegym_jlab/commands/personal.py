"""`codegym person export | erase`: what is kept of one person, given to them, or taken away."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Records, managed, opened, records_at, settings_here
from .overseeing import Courses
from .terminal import AsJson, complain, fail, line, out, wrong_use

if TYPE_CHECKING:
    from ..grading.manager import GradingManager
    from ..receipts.signing import Signer
    from ..store.base import Store
    from ..store.register import Membership
    from ..store.sql import SqlStore

person = typer.Typer(name="person", help="What is kept of one person.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="As the server knows them; on this computer: local.")]
Offering = Annotated[str | None, typer.Option(help="Only in this class; default: in all.")]


@person.callback()
def _group() -> None:
    """What is kept of one person."""


@dataclass(frozen=True, slots=True)
class _Shelves:
    """What a dossier is put together from."""

    store: Store
    manager: GradingManager
    receipts: Signer


@person.command("export")
def export_person(
    account: Account,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.zip", help="The file to write.")],
    courses: Courses = None,
    records: Records = "",
) -> None:
    """All that is kept of a person, as they may see it: sources, judgements, receipts, hints, openings. For them."""
    if output.exists():
        wrong_use(f"{output} is there already")
    found = asyncio.run(_export(account, output, courses, records_at(records)))
    if not found:
        fail(f"nothing is kept of {account}")
    out.print(f"{output} holds what is kept of {account} in {', '.join(found)}")


async def _export(account: str, output: Path, courses: Path | None, place: Path | str) -> list[str]:
    from ..grading.dossier import pack
    from ..receipts.signing import Signer

    async with managed(place, courses) as held:
        memberships = await held.store.memberships(account)
        if not memberships:
            return []
        # the keys lie beside the records, where these are a file
        folder = place.parent if isinstance(place, Path) else settings_here().data_dir
        with await pack(_Shelves(held.store, held.manager, Signer(folder)), account, datetime.now(UTC)) as archive:
            _write(archive, output)
    return [membership.offering.id for membership in memberships]


def _write(archive: Any, output: Path) -> None:
    """For its owner's eyes."""
    try:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as into:
            shutil.copyfileobj(archive, into)
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")


@person.command()
def erase(
    account: Account,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the time and with who did it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. There is no way back.")] = False,
    offering: Offering = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Erase a person: account, sources, cells, outputs, drafts, notebooks, hints. Scores stay, and name nobody.

    What waits to be judged is cancelled. Backups, and the person's own folder, are not reached: docs/privacy.md.
    """
    if dry_run == yes:
        wrong_use("say --dry-run, or --yes with --reason WHY")
    if yes and not reason.strip():
        wrong_use("--reason WHY is needed: it is kept")
    raise typer.Exit(asyncio.run(_erase(account, reason.strip(), yes, offering, records, as_json)))


async def _erase(account: str, reason: str, yes: bool, offering: str | None, records: str, as_json: bool) -> int:
    async with opened(records_at(records)) as store:
        known = await store.memberships(account)
        mine = [m for m in known if offering in (None, m.offering.id)]
        if offering is not None and known and not mine:
            wrong_use(f"{account} is not in {offering}; they are in {', '.join(m.offering.id for m in known)}")
        await _each(store, mine, reason, yes, as_json)
        if not mine:
            complain(f"nothing is kept of {account} that names them")
        if yes and not await store.compact():
            complain("another program reads the records: what was erased may still lie in the file. Run this again")
            return 1
    return 0


async def _each(store: SqlStore, mine: Sequence[Membership], reason: str, yes: bool, as_json: bool) -> None:
    from ..store.privacy import Erasure

    for membership in mine:
        who = membership.enrolment
        holdings = asdict(await store.holdings(who.offering, who.person))
        if yes:
            await store.erase(Erasure(who.offering, who.person, datetime.now(UTC), getpass.getuser(), reason))
        told = {"offering": who.offering, "person": who.person, "erased": yes, **holdings}
        if as_json:
            line(told)
        else:
            counts = ", ".join(f"{count} {name}" for name, count in holdings.items() if count)
            out.print(f"{who.offering}: {'erased' if yes else 'would erase'} the account, {counts or 'nothing else'}")
