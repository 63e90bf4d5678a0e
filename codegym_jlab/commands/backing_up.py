"""`codegym backup` and `codegym restore`: all records in one file, while servers run; and records from such a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .opening import Records, place_of, records_at, settings_here
from .terminal import AsJson, bar, complain, fail, line, out, wrong_use

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..store.backup.archive import Manifest, Reader

#: Beside the records, of this server: seeds of random inputs, and what signs receipts.
KEYS = ("server.key", "receipts.key")


def backup(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write, a new one; a folder: named by time.")
    ],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="The server's keys, too: who has the file can then sign receipts.")
    ] = False,
    offering: Annotated[
        str | None, typer.Option(help="This class alone, to be put beside others elsewhere.", show_default=False)
    ] = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """All records in one file, as they are at one moment; servers go on meanwhile. What was acknowledged is in it."""
    from ..store.backup.archive import keys_in
    from ..store.backup.saving import save

    if offering is not None and with_keys:
        wrong_use("--with-keys does not go with --offering: the keys are the server's, and sign for its other classes")
    place = records_at(records)
    file = output / f"codegym-{_stamp()}.zip" if output.is_dir() else output
    keys = keys_in(_key_folder(place), KEYS) if with_keys else {}
    with _telling(), bar(not as_json) as shown:
        manifest = save(
            place, file.absolute(), keys=keys, version=_version(), told=_row_bar(shown, "saved"), offering=offering
        )
    if as_json:
        line(_told(file, manifest))
        return
    out.print(f"{file}: {_counted(manifest)}, {file.stat().st_size / 1e6:.1f} MB")
    if not with_keys and offering is None:
        complain("the server's keys are not in it (--with-keys): keep server.key and receipts.key elsewhere")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What codegym backup wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of the records that are there, which are backed up first.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only read the file, to its end, and say what it holds.")
    ] = False,
    erased: Annotated[
        list[Path] | None, typer.Option("--erased", help="One more list of who was erased: erased.jsonl of a backup.")
    ] = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Records from a backup, into a SQLite file or a PostgreSQL database, wherever made. Stop the server first.

    A class that was backed up alone (--offering) is put beside those that are there, which stay as they are.
    Whoever was erased since is erased from it again: by the records that are there, and by erased.jsonl beside FILE.
    """
    from ..store.backup.alone import add
    from ..store.backup.archive import Reader
    from ..store.backup.erased import LIST, listed
    from ..store.backup.restoring import restore, verify

    place, again = place_of(records), 0
    if missing := next((list_ for list_ in erased or () if not list_.is_file()), None):
        fail(f"there is no list {missing}")
    with _telling(), _opened(file) as reader, bar(not as_json) as shown:
        assert isinstance(reader, Reader)
        told = _step_bar(shown)
        known = [one for list_ in (file.with_name(LIST), *(erased or ())) for one in listed(list_)]
        if dry_run:
            verify(reader, told)
        elif reader.manifest.offering is not None:
            if replace:
                wrong_use("this is one class, which is put beside what is there: without --replace")
            again = add(reader, place, told=told, erased=known)
        else:
            folder = _key_folder(place)
            _refuse_other_keys(reader, folder, replace)
            aside = _aside(place, folder) if replace else None
            again = restore(reader, place, aside=aside, told=told, erased=known)
            _put_keys(reader, folder)
        manifest = reader.manifest
    if as_json:
        line({**_told(file, manifest), "restored": not dry_run, "erased_again": again})
    else:
        out.print(f"{'good' if dry_run else 'restored'}: {_counted(manifest)}, of {manifest.made_at}")
        if again:
            out.print(f"erased again, since they were erased after it was made: {again}")


def _told(file: Path, manifest: Manifest) -> dict[str, object]:
    tables = {each.shape.name: each.rows for each in manifest.tables}
    known: dict[str, str | None] = {"made_at": manifest.made_at, "schema": manifest.schema, "origin": manifest.origin}
    known |= {"offering": manifest.offering}
    return {"file": str(file), **known, "rows": tables, "keys": sorted(manifest.keys)}


def _counted(manifest: Manifest) -> str:
    people, sent = manifest.count("people"), manifest.count("submissions")
    which = "" if manifest.offering is None else f"{manifest.offering}: "
    return f"{which}{sent} submissions of {people} people, {manifest.rows} rows in all"


@contextmanager
def _telling() -> Iterator[None]:
    from ..store.errors import StoreError

    try:
        yield
    except StoreError as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("stopped; nothing was changed")


@contextmanager
def _opened(file: Path) -> Iterator[Reader]:
    from ..store.backup.archive import Reader

    reader = Reader(file)
    try:
        yield reader
    finally:
        reader.close()


# -- keys ------------------------------------------------------------------------------------------


def _key_folder(place: Path | str) -> Path:
    return place.parent if isinstance(place, Path) else settings_here().data_dir


def _refuse_other_keys(reader: Reader, folder: Path, replace: bool) -> None:
    """Before anything is written."""
    for name in _other_keys(reader, folder):
        if name not in KEYS:
            fail(f"the backup holds a key of a name that is not known: {name}")
        if (folder / name).exists() and not replace:
            fail(f"another {name} is in {folder}, and stays. To put the backup's in its place: --replace")


def _other_keys(reader: Reader, folder: Path) -> list[str]:
    files = {name: folder / name for name in reader.manifest.keys}
    return [name for name, file in files.items() if not file.is_file() or file.read_bytes() != reader.key(name)]


def _put_keys(reader: Reader, folder: Path) -> None:
    """What was there before is kept under another name."""
    try:
        _write_keys(reader, folder)
    except (OSError, KeyboardInterrupt) as error:
        why = str(error) or "stopped"
        fail(f"the records are restored, but not all of the server's keys ({why}); the same with --replace puts them")


def _write_keys(reader: Reader, folder: Path) -> None:
    from ..receipts.keys import write_once

    for name in _other_keys(reader, folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / name).exists():
            os.rename(folder / name, folder / f"{name}.before-{_stamp()}")
        write_once(folder / name, reader.key(name))


# -- what is there already -------------------------------------------------------------------------


def _aside(place: Path | str, folder: Path) -> Callable[[], None]:
    def save_first() -> None:
        from ..store.backup.archive import keys_in
        from ..store.backup.saving import save

        kept = folder / "backups" / f"before-restore-{_stamp()}.zip"
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save(place, kept, keys=keys_in(folder, KEYS), version=_version())
        complain(f"what was there is kept in {kept}")

    return save_first


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def _version() -> str:
    from importlib.metadata import version

    return version("codegym-jlab")


# -- progress --------------------------------------------------------------------------------------


def _row_bar(shown: Progress, name: str) -> Callable[[int, int], None]:
    step = _step_bar(shown)
    return lambda done, all: step(name, done, all)


def _step_bar(shown: Progress) -> Callable[[str, int, int], None]:
    tasks = {}

    def told(name: str, done: int, all: int) -> None:
        if name not in tasks:
            tasks[name] = shown.add_task(name, total=all)
        shown.update(tasks[name], completed=done, total=all)

    return told
