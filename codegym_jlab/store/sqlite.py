"""One SQLite file, or SQLite in memory: how it is opened, what lies beside it, what is said when it cannot be used.

SQLite's WAL does not reach over a network.
"""

import os
import re
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from .base import StoreUnavailable, causes
from .engine import Lane

MOUNTS = Path("/proc/mounts")
NETWORK = frozenset(
    "nfs nfs4 cifs smb3 smbfs 9p virtiofs afs ceph lustre beegfs gpfs glusterfs"
    " fuse.sshfs fuse.glusterfs fuse.ceph fuse.juicefs fuse.s3fs fuse.rclone fuse.grpcfuse fuse.osxfs".split()
)
#: What lies beside a SQLite file of records: bulk flows, and the keys of the server and of its receipts.
BESIDE = tuple(
    "flows.sqlite* drafts.lock flows.lock server.key* receipts.key* erased.jsonl codegym-*.zip backups/*.zip".split()
)

_CAUSES = causes("sqlite")


def unavailable(error: BaseException) -> StoreUnavailable:
    """In plain words; the path is in the log, not here: students read this."""
    said = str(getattr(error, "orig", error)).lower()
    cause = next((text for word, text in _CAUSES.items() if word in said), f"the database said: {said}")
    return StoreUnavailable(f"The records cannot be used now: {cause}.")


def make_engine(path: Path | None, *, begin: str = "BEGIN", busy_s: float = 5.0, journal: str = "") -> Engine:
    """An engine for one file, or for memory; `begin` begins its transactions.

    The journal is WAL, and on a network file system, where WAL would tear the file, one that is written beside it.
    """
    kept = journal or ("TRUNCATE" if path is not None and network_of(path) else "WAL")
    engine = create_engine(
        "sqlite://" if path is None else f"sqlite:///{path}",
        poolclass=StaticPool if path is None else QueuePool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def connected(driver: sqlite3.Connection, record: Any) -> None:
        driver.isolation_level = None  # Python's sqlite3 is kept from beginning transactions by itself
        driver.execute(f"PRAGMA busy_timeout={int(busy_s * 1000)}")
        _use_journal(driver, kept, busy_s)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            driver.execute(f"PRAGMA {pragma}")
        record.info["inode"] = _inode(path)

    @event.listens_for(engine, "checkout")
    def checked_out(_driver: Any, record: Any, _fairy: Any) -> None:
        if record.info["inode"] != _inode(path):
            raise DisconnectionError("the file was moved away or replaced since it was opened")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_journal(driver: sqlite3.Connection, journal: str, busy_s: float) -> None:
    """SQLite's busy timeout does not hold for this one, and two servers may open a new file at the same time."""
    until = time.monotonic() + busy_s
    while True:
        try:
            driver.execute(f"PRAGMA journal_mode={journal}")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


class SqliteLane(Lane):
    """Transactions of one file."""

    unavailable = staticmethod(unavailable)

    def __init__(self, name: str, path: Path | None, prepare: Any = None, **options: Any) -> None:
        engine = make_engine(path, **options)
        if path is not None:
            event.listen(engine, "do_connect", lambda *_: keep_private(path))
        super().__init__(name, engine, prepare=prepare)

    def compacted(self, connection: Connection) -> bool:
        """Write the file anew, without the pages that deleted rows leave behind, and empty the log."""
        connection.exec_driver_sql("COMMIT")  # what `begin` began: a file is written anew outside of transactions
        connection.exec_driver_sql("VACUUM")
        return not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()


def _inode(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path and path.stat()
    except FileNotFoundError:
        found = None
    return (found.st_dev, found.st_ino) if found else None


def record_files(records: Path) -> list[Path]:
    """The SQLite file of records, its log, and what else in its folder only its owner may read; those that exist."""
    names = (f"{records.name}*", *BESIDE)
    return sorted(path for name in names for path in records.parent.glob(name) if path.is_file())


def network_of(place: Path) -> str:
    """The type of the network's file system that holds `place`, which need not be there yet; else empty."""
    here = next((folder for folder in (place, *place.parents) if folder.exists()), place).resolve()
    best, kind = Path("/"), ""
    try:
        lines = MOUNTS.read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        _, point, found = line.split()[:3]
        # a space in a name stands there as \040
        mounted = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point))
        if here.is_relative_to(mounted) and mounted.is_relative_to(best):
            best, kind = mounted, found
    return kind if kind in NETWORK else ""


def keep_private(records: Path) -> None:
    """Make the file for its owner alone, unless it is there: SQLite gives its log the same rights.

    Then take from others what they may do with it and with what lies beside it, as far as these files are ours.
    """
    with suppress(OSError):  # it is there already, or whoever opens it says what is wrong
        records.touch(mode=0o600, exist_ok=False)
    for path in record_files(records):
        with suppress(OSError):
            about = path.stat()
            if about.st_mode & 0o077 and about.st_uid == os.geteuid():
                path.chmod(about.st_mode & 0o700)
