"""Where flows are kept, and which processes are alive there: a lock that the system lets go of when its holder dies.

On one machine one process works on flows of a name, and its lock is a file's. On PostgreSQL any number do, each with an
advisory lock under a name of its own: who gets another's lock knows that it is gone.
"""

import fcntl
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codegym_jlab.files import private_folder
from codegym_jlab.records import DomainError, digest_of, new_id

_SPACE = 0x0C0DE  #: of advisory locks: ours


class Taken(DomainError):
    """another codegym works on these records now. Wait for it, or look: codegym flows list"""


@dataclass(slots=True)
class FlowDatabase:
    """Beside a SQLite file of records, or in a PostgreSQL database."""

    records: Path | str
    name: str = "flows"  #: of the file and of its lock; in PostgreSQL all share a database
    _lock: Any = field(default=None, repr=False)
    _alias: str = ""

    @property
    def is_file(self) -> bool:
        """One machine, one process."""
        return isinstance(self.records, Path)

    @property
    def url(self) -> str:
        """For DBOS."""
        if isinstance(self.records, Path):
            return f"sqlite:///{self.records.with_name(f'{self.name}.sqlite').absolute()}"
        from sqlalchemy import make_url

        return make_url(self.records).set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def is_idle(self) -> bool:
        """Nobody works on it; of PostgreSQL, where others may, that is not known."""
        if not isinstance(self.records, Path):
            return False
        try:
            os.close(_lock_file(self.records.with_name(f"{self.name}.lock")))
        except Taken:
            return False
        return True

    def make(self) -> None:
        """The file, for its owner alone."""
        if isinstance(self.records, Path):
            private_folder(self.records.parent)
            self.records.with_name(f"{self.name}.sqlite").touch(mode=0o600)

    def take(self) -> str:
        """The name under which this process works. Raises Taken."""
        if isinstance(self.records, Path):
            self._lock = _lock_file(self.records.with_name(f"{self.name}.lock"))
            return "local"
        self._alias = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-8:]}"
        self._hold()
        return self._alias

    def is_gone(self, name: str) -> bool:
        """Whether the process of this name has ended. On one machine there is no other.

        Raises psycopg.Error where the database is away; asked again, this process first holds its own name anew.
        """
        if self.is_file:
            return True
        if self._lock.closed:
            self._hold()
        number = _number(name)
        if not self._ask(f"SELECT pg_try_advisory_lock({_SPACE}, {number})"):
            return False
        self._ask(f"SELECT pg_advisory_unlock({_SPACE}, {number})")
        return True

    def release(self) -> None:
        """May be called twice."""
        lock, self._lock = self._lock, None
        if isinstance(lock, int):
            os.close(lock)
        elif lock is not None:
            lock.close()

    def _hold(self) -> None:
        import psycopg

        self._lock = psycopg.connect(self.url, autocommit=True, keepalives_idle=10, keepalives_interval=5)
        # not waited for: a connection of ours that was cut may hold it a while longer, and serves as well
        self._ask(f"SELECT pg_try_advisory_lock({_SPACE}, {_number(self._alias)})")

    def _ask(self, statement: str) -> Any:
        return self._lock.execute(statement).fetchone()[0]


def _lock_file(path: Path) -> int:
    private_folder(path.parent)
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise Taken from None
    return held


def _number(name: str) -> int:
    """31 bits of it."""
    return int(digest_of(name)[:8], 16) >> 1
