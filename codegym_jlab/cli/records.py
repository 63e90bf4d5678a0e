"""`codegym backup | restore | person | retention | parked | receipt | events`: the records as a whole, what is kept.

Of events: what was told to the outside, what was refused, and sending that again.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

from typer import Argument, Exit, FileBinaryRead, Option

from codegym_jlab.events.cloud_event import cloud_event
from codegym_jlab.events.relay import EventRefused
from codegym_jlab.files import private_folder
from codegym_jlab.receipts import PUBLIC, NoKey, Signer, read_public, verify as examine, write_once
from codegym_jlab.records import Json, plain, some, utc_now
from codegym_jlab.store.base import Erasure, StoreError
from codegym_jlab.store.classes import Membership

from .command import (
    DryRun,
    Managers,
    OfferingId,
    Records,
    asynchronous,
    command,
    flag,
    group,
    place_of,
    records_at,
    records_read,
    settings_here,
)
from .output import (
    AsJson,
    assigned,
    complain,
    fail,
    failing_on,
    for_programs,
    line,
    listing,
    out,
    say,
    steps,
    wrong_use,
    wrong_use_on,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from codegym_jlab.store.backup import Manifest, Reader


#: Beside the records, of this server: seeds of random inputs, and what signs receipts.
KEYS = ("server.key", "receipts.key")


def backup(
    output: Path = Option(..., "--output", "-o", help="The new file to write; in a folder, it is named by the time."),
    with_keys: bool = flag("--with-keys", "Include the server's keys: anyone with the file can then sign receipts."),
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Save all records in one file, as they are at one moment, while servers run. Everything acknowledged is in it."""
    from codegym_jlab.store.backup import note, save

    place = records_at(records)
    file = output / f"codegym-{_stamp()}.zip" if output.is_dir() else output
    if not file.absolute().parent.is_dir():
        fail(f"there is no folder {file.parent}")
    keys = _keys_in(folder := _key_folder(place)) if with_keys else {}
    with _refusals(), steps() as step:
        manifest = save(place, file.absolute(), keys=keys, told=partial(step, "saved"))
    try:
        note(place, getpass.getuser(), {"path": str(file), "with_keys": with_keys})
    except Exception as why:  # an older form, a full disk, a user without a name: the file is worth more
        complain(f"the audit log has no line of this: {why}")
    if for_programs():
        return line(_manifest_json(file, manifest))
    out.print(f"{file}: {_counted(manifest)}, {file.stat().st_size / 1e6:.1f} MB")
    if not with_keys:
        complain("the server's keys are not in it (--with-keys): keep server.key and receipts.key elsewhere")
    elif lacking := sorted({*KEYS} - {*keys}):
        complain(f"not in it: {' and '.join(lacking)}, which {folder} has not. CODEGYM_DATA_DIR names another folder")


def restore(
    file: Path = Argument(metavar="FILE", help="A file from codegym backup."),
    replace: bool = flag("--replace", "Replace existing records; they are backed up first."),
    dry_run: bool = flag("--dry-run", "Only read the whole file and say what it contains."),
    erased: list[Path] | None = Option(
        None, exists=True, dir_okay=False, help="Another list of erased people: erased.jsonl of a backup."
    ),
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Restore records from any backup, into a SQLite file or a PostgreSQL database. Stop the server first.

    People who were erased since then are erased again: by the existing records, and by erased.jsonl beside FILE.
    """
    from codegym_jlab.store.audit import Act
    from codegym_jlab.store.backup import LIST, Reader, listed
    from codegym_jlab.store.restore import restore, verify

    place, again = place_of(records), 0
    with _refusals(), closing(Reader(file)) as reader, steps() as step:
        known = [one for list_ in (file.with_name(LIST), *(erased or ())) for one in listed(list_)]
        if dry_run:
            verify(reader)
        else:
            folder = _key_folder(place)
            other = [name for name in _other_keys(reader, folder) if (folder / name).exists()]
            if other and not replace:
                fail(f"{folder} has a different {other[0]}, which was kept. To use the one from the backup: --replace")
            aside = partial(_save_first, place, folder) if replace else None
            act = Act(getpass.getuser(), "restore", what={"made_at": reader.manifest.made_at})
            again = restore(reader, place, aside=aside, told=partial(step, "restored"), erased=known, act=act)
            _put_keys(reader, folder)
        manifest = reader.manifest
    if again:
        complain(f"erased again (they were erased after the backup was made): {again}")
    words = f"{'good' if dry_run else 'restored'}: {_counted(manifest)}, of {manifest.made_at}"
    say({**_manifest_json(file, manifest), "restored": not dry_run, "erased_again": again}, words)


def _manifest_json(file: Path, manifest: Manifest) -> dict[str, object]:
    known = plain(manifest, "version", "tables", "counters")
    return {"file": str(file), **known, "rows": manifest.rows, "keys": sorted(manifest.keys)}


def _counted(manifest: Manifest) -> str:
    rows = manifest.rows
    people, sent = rows.get("people", 0), rows.get("submissions", 0)
    return f"{sent} submissions of {people} people, {sum(rows.values())} rows in all"


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with failing_on(StoreError):
            yield
    except KeyboardInterrupt:
        fail("stopped; nothing was changed")


def _key_folder(place: Path | str) -> Path:
    return place.parent if isinstance(place, Path) else settings_here().data_dir


def _keys_in(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in KEYS if (folder / name).is_file()}


def _other_keys(reader: Reader, folder: Path) -> list[str]:
    files = {name: folder / name for name in KEYS if name in reader.manifest.keys}
    return [name for name, file in files.items() if not file.is_file() or file.read_bytes() != reader.key(name)]


def _put_keys(reader: Reader, folder: Path) -> None:
    """What was there before is kept under another name."""
    try:
        for name in _other_keys(reader, folder):
            private_folder(folder)
            if (folder / name).exists():
                os.rename(folder / name, folder / f"{name}.before-{_stamp()}")
            write_once(folder / name, reader.key(name))
    except (OSError, KeyboardInterrupt) as error:
        why = str(error) or "stopped"
        fail(f"the records are restored, but not all of the server's keys ({why}); the same with --replace puts them")


def _save_first(place: Path | str, folder: Path) -> None:
    from codegym_jlab.store.backup import save

    kept = folder / "backups" / f"before-restore-{_stamp()}.zip"
    private_folder(kept.parent)
    save(place, kept, keys=_keys_in(folder))
    complain(f"the previous ones are kept in {kept}")


def _stamp() -> str:
    return utc_now().strftime("%Y%m%dT%H%M%S%fZ")


person = group("person", "Export or erase what is kept of a person.")

Account = Annotated[str, Argument(metavar="ACCOUNT", help="Their account on the server; on this computer: local.")]


@command(person, "export")
async def export_person(
    m: Managers,
    account: Account,
    output: Path = Option(..., "--output", "-o", metavar="FILE.zip", help="The file to write."),
) -> None:
    """Export all that is kept of a person, as they may see it: sources, judgements, receipts, hints, openings."""
    from codegym_jlab.privacy import Shelves, pack

    if output.exists():  # noqa: ASYNC240
        wrong_use(f"{output} already exists")
    memberships = await m.store.memberships(account)
    if not memberships and not await m.store.exercise_drafts(account, 1):
        fail(f"nothing is kept of {account}")
    kept = Shelves(m.store, m.grading, Signer(_key_folder(m.place)))
    with await pack(kept, account, utc_now()) as archive:
        for one in memberships:
            async with m.acting("export", {"offering": one.offering.id}):
                await m.store.note_act(one.enrolment.person)
        async with m.acting("" if memberships else "export", {}):  # an author who is in no class
            pass
        for_owner = partial(os.open, mode=0o600)
        with failing_on(OSError), open(output, "xb", opener=for_owner) as file:  # noqa: ASYNC230
            shutil.copyfileobj(archive, file)
    where = ", ".join(one.offering.id for one in memberships) or "no class"
    out.print(f"{output} holds what is kept of {account} in {where}")


@command(person)
async def erase(
    m: Managers,
    account: Account,
    reason: str = Option("", help="The reason; it is recorded with the time and your name."),
    dry_run: DryRun = False,
    yes: bool = flag("--yes", "Do it. This cannot be undone."),
    offering: str | None = Option(None, help="Only in this class; default: in all."),
) -> int:
    """Erase a person: account, sources, cells, outputs, drafts, notebooks, hints. Scores stay, without a name.

    Answers that wait are cancelled. Backups and the person's own folder are not touched: docs/how-to/privacy.md.
    """
    from codegym_jlab.privacy import ALL_TURNS

    if dry_run == yes:
        wrong_use("say --dry-run, or --yes with --reason WHY")
    if yes and not reason.strip():
        wrong_use("--reason WHY is needed: it is recorded")
    known = await m.store.memberships(account)
    mine = [one for one in known if offering in (None, one.offering.id)]
    if offering is not None and known and not mine:
        wrong_use(f"{account} is not in {offering}; they are in {', '.join(one.offering.id for one in known)}")
    await _each(m, mine, reason.strip(), yes)
    drafted = 0 if known else len(await m.store.exercise_drafts(account, ALL_TURNS))
    if drafted:  # an author who is in no class
        async with m.acting("erase", {"dry_run": not yes}):
            await m.store.forget_exercise_drafts(account) if yes else None
        say({"account": account, "erased": yes, "exercise_drafts": drafted})
    if not mine and not drafted:
        complain(f"nothing is kept of {account} that names them")
    if yes and not await m.store.compact():
        complain("another program reads the records: what was erased may still be in the file. Run this again")
        return 1
    return 0


async def _each(m: Managers, mine: Sequence[Membership], reason: str, yes: bool) -> None:
    for membership in mine:
        who = membership.enrolment
        holdings = asdict(await m.store.holdings(who.offering, who.person))
        if yes:
            erasure = Erasure(who.offering, who.person, utc_now(), m.actor.account, reason)
            async with m.acting("erase", {"offering": who.offering}):
                await m.store.erase(erasure)
        say({"offering": who.offering, "person": who.person, "erased": yes, **holdings})


@command(None, act="retention")
async def retention(
    m: Managers,
    dry_run: DryRun = False,
    apply: bool = flag("--apply", "Delete it, as the server does every few hours."),
) -> None:
    """Find or delete what is older than `CodeGym.retention` allows. What counts for a score is never deleted."""
    from codegym_jlab.privacy import BadRetention, Keeper, retention_of

    if dry_run == apply:
        wrong_use("say --dry-run or --apply")
    with wrong_use_on(BadRetention):
        wanted = retention_of(settings_here().retention)
    counts = await Keeper(m.store, wanted, utc_now).let_go(dry_run=dry_run)
    say({"applied": apply, "keep": wanted, **counts})


@command(None)
async def parked(
    m: Managers,
    offering: OfferingId,
    retry: bool = flag("--retry", "Put all of them back into the queue: the server judges them again."),
) -> None:
    """List submissions that failed three times through our fault. They cost no attempt. Once it is fixed: --retry."""
    from codegym_jlab.classes.regrades import parked_json

    async with m.acting("retry", {"offering": offering, "dry_run": not retry}):
        every = await m.store.parked(offering)
        found = [one for one in every if not retry or await m.store.try_again(offering, one.submission.id)]
    listing(map(parked_json, found), "submission person exercise received_at faults why")
    if retry:
        complain(f"{len(found)} wait to be judged again")


receipt = group("receipt", "Receipts of what was handed in.")


@receipt.command()
def verify(
    file: FileBinaryRead = Argument(help="The receipt, unchanged; - for standard input."),
    key: Path | None = Option(
        None,
        metavar="PUBLIC.pem",
        exists=True,
        dir_okay=False,
        help="The server's public key. Default: the key of this computer's server.",
    ),
    source: FileBinaryRead | None = Option(
        None, help="An answer, or a notebook with it, to compare with what was handed in."
    ),
    as_json: AsJson = False,
) -> None:
    """Check a receipt. Exit 0: valid; 1: not valid, with what is wrong; 2: wrong use."""
    finding = examine(_text(file), _public_key(key), _text(source) if source else None)
    claims = (f"- {name}: {claim}" for name, claim in (finding.claims or {}).items() if claim is not None)
    problems = (f"- {problem.text}" for problem in finding.problems)
    say(finding, *(("Valid.", *claims) if finding.valid else ("Not valid.", *problems)))
    raise Exit(0 if finding.valid else 1)


def _public_key(path: Path | None) -> Ed25519PublicKey:
    named = path or settings_here().data_dir / PUBLIC
    if path is None and not named.exists():
        wrong_use("this computer's own server has signed no receipt yet: name the key, --key PUBLIC.pem")
    try:
        return read_public(named.read_bytes())
    except NoKey as why:
        wrong_use(f"{named}: {why}")


def _text(file: BinaryIO) -> str:
    """As it is: whether it holds what it should is found out later."""
    return file.read().decode("utf-8", "surrogateescape")


events = group("events", "Events that are sent to other systems.")


@events.command()
def tail(
    from_start: bool = flag("--from-start", "Also show the events so far."),
    once: bool = flag("--once", "Stop after the events so far."),
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


@command(events, act="resend")
async def resend(m: Managers) -> None:
    """Put all dead letters back into the queue: the server sends them again within seconds."""
    again = await m.store.resend()
    say({"again": again}, f"{again} back in the queue")


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
