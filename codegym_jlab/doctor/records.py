"""Where records are kept, in which form, and what waits in them."""

import os
import shlex
import sqlite3
import stat
from contextlib import closing
from datetime import datetime
from pathlib import Path

from codegym_jlab.health import EVENTS_WAIT_S, age_s
from codegym_jlab.settings import Settings
from codegym_jlab.store import store_at
from codegym_jlab.store.base import StoreError, StoreUnavailable
from codegym_jlab.store.migrations import HEAD, VERSION_TABLE
from codegym_jlab.store.sqlite import network_of, record_files

from .report import Fact


async def place(settings: Settings) -> Fact:
    """Where they are kept, and whether they can be."""
    if settings.database:
        try:
            from codegym_jlab.store.postgresql import look

            return Fact("records", True, await look(settings.database))
        except (ImportError, StoreUnavailable) as error:
            return Fact("records", False, f"the database of the setting `database`: {error}")
    folder = next((p for p in (settings.data_dir, *settings.data_dir.parents) if p.exists()), settings.data_dir)
    if not os.access(folder, os.W_OK):
        return Fact("records", False, f"{settings.data_dir} cannot be written; set --CodeGym.data_dir")
    if kind := network_of(folder):
        said = f"SQLite in {settings.data_dir}, on a network file system ({kind}): without WAL, slower, for one server"
        return Fact("records", False, f"{said} alone; set --CodeGym.data_dir to a local disk, or --CodeGym.database")
    return Fact("records", True, f"SQLite in {settings.data_dir}")


async def contents(settings: Settings) -> list[Fact]:
    """Form and size, what waits and what nobody will judge; nothing where there are no records yet."""
    place = settings.records
    if isinstance(place, Path) and not place.is_file():
        return []
    try:
        form, size, kind = _file(place) if isinstance(place, Path) else _database(place)
        rights = [_rights(place)] if isinstance(place, Path) else []
        return [_form(form, size, kind), *rights, *(await _waiting(place) if form == HEAD else ())]
    except (StoreError, ImportError, sqlite3.Error, OSError) as error:
        return [Fact("queue", False, f"cannot be read: {error}; look at the file, or the database, and its rights")]


def _file(path: Path) -> tuple[str, int, str]:
    """The form of its tables, its bytes, and of which kind it is."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        (form,) = db.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        (journal,) = db.execute("PRAGMA journal_mode").fetchone()
    size = sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))
    return form, size, f"SQLite {sqlite3.sqlite_version}, journal {journal}"


def _rights(records: Path) -> Fact:
    """Whether the owner alone may read and write the files of records, whoever made the folder."""
    loose = [path for path in record_files(records) if stat.S_IMODE(path.stat().st_mode) & 0o177]
    if not loose:
        return Fact("rights of the records", True, "their owner alone reads and writes them (0600)", fails=True)
    named = " ".join(shlex.quote(str(path)) for path in loose)
    return Fact("rights of the records", False, f"others can read the records: chmod 600 {named}", fails=True)


def _database(url: str) -> tuple[str, int, str]:
    """The same of a database."""
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from codegym_jlab.store.postgresql import address, make_engine, unavailable

    asked = f"SELECT version_num, pg_database_size(current_database()) FROM {VERSION_TABLE}"
    engine = make_engine(address(url))
    try:
        with engine.connect() as connection:
            form, size = connection.execute(text(asked)).one()
    except DBAPIError as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()
    return str(form), int(size), "PostgreSQL"


def _form(form: str, size: int, kind: str) -> Fact:
    said = f"{kind}, form {form}, {size / 2**20:.1f} MB"
    if form > HEAD:
        return Fact("form of the records", False, f"{said}: of a newer CodeGYM, this one knows {HEAD}; update it")
    later = "" if form == HEAD else f"; the next server that starts brings them to {HEAD}, and what waits is told then"
    return Fact("form of the records", True, said + later)


async def _waiting(place: Path | str) -> list[Fact]:
    store = store_at(place)
    try:
        depth, backlog = await store.depth(), await store.backlog()
    finally:
        await store.close()
    is_late = age_s(backlog.oldest) > EVENTS_WAIT_S
    queue = f"{backlog.waiting} wait to be judged{_since(backlog.oldest)}"
    is_old = age_s(depth.oldest) > EVENTS_WAIT_S
    events = f"{depth.waiting} events wait{_since(depth.oldest)}"
    dead = f"; {depth.dead} dead letters: codegym events dead" if depth.dead else ""
    away = "; does a server run, and do the sinks below answer?" if is_old else ""
    return [
        Fact("queue", not is_late, queue + ("; does a server run, with a sandbox that works?" if is_late else "")),
        Fact("parked", not backlog.parked, f"{backlog.parked}" + (": codegym parked OFFERING" * bool(backlog.parked))),
        Fact("outbox", not depth.dead and not is_old, f"{events}{away}{dead}"),
    ]


def _since(oldest: datetime | None) -> str:
    return f", the oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""
