"""Who was erased stays erased when a backup from before is put back.

The records that it takes the place of name them. Beside backups lies a list, random ids and times alone, for where
those records are gone: each backup that is made adds to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from ..engine import Db
from ..erasure import Erasure
from ..sql.columns import Utc
from ..sql.erasure import erase_all
from .archive import BackupError, whole

LIST = "erased.jsonl"
_BY, _WHY = "codegym restore", "erased before; the backup was older"
_TABLE = table("erasures", column("person"), column("offering"), column("erased_at", Utc()))


def erased_in(connection: Connection) -> list[Erasure]:
    """Of records in any form; none where they are too old to have any."""
    if not inspect(connection).has_table(_TABLE.name):
        return []
    return [Erasure(row.offering, row.person, row.erased_at, _BY, _WHY) for row in connection.execute(select(_TABLE))]


def erase_again(connection: Connection, erasures: Iterable[Erasure]) -> int:
    """Within its transaction, of records in our form; how many were somebody again. Who is not there is passed over."""
    found = {(one.offering, one.person): one for one in erasures}
    return sum(erase_all(Db(connection), one) for one in found.values())


def listed(file: Path) -> list[Erasure]:
    """A list's erasures; none where there is no list. Raises BackupError."""
    if not file.is_file():
        return []
    found = []
    for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        try:
            told = json.loads(line)
            erased_at = datetime.fromisoformat(told["erased_at"])
            found.append(Erasure(told["offering"], told["person"], erased_at, _BY, _WHY))
        except (ValueError, KeyError, TypeError):
            what = f"{file}:{number}: this is no line of a list of who was erased."
            raise BackupError(f"{what} Mend the line, or take the list away.") from None
    return found


def add_to_list(file: Path, erasures: Sequence[Erasure]) -> None:
    """Whole or as it was, for its owner alone; what is in it stays. Raises BackupError."""
    known = {(one.offering, one.person): one for one in (*erasures, *listed(file))}
    with whole(file) as into:
        for one in sorted(known.values(), key=lambda one: one.erased_at):
            told = {"offering": one.offering, "person": one.person, "erased_at": one.erased_at.isoformat()}
            into.write(json.dumps(told, separators=(",", ":")).encode() + b"\n")
