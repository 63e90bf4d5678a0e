"""Of two indexes that serve alike SQLite takes the one that was made last: their order is no chance."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

MAKE = """
import asyncio, sys
from pathlib import Path
from codegym_jlab.store import store_at

async def make():
    store = store_at(Path(sys.argv[1]))
    await store.open()
    await store.close()

asyncio.run(make())
"""


@pytest.mark.parametrize("seed", ["1", "2", "8"])
def test_indexes_are_made_in_the_same_order_by_every_process(tmp_path: Path, seed: str) -> None:
    records = tmp_path / "records.db"
    env = os.environ | {"PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", MAKE, str(records)], check=True, env=env, timeout=120)
    with sqlite3.connect(records) as db:
        made = db.execute(
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid"
        ).fetchall()
        waiting = db.execute(
            "EXPLAIN QUERY PLAN SELECT count(*) FROM submissions"
            " WHERE offering = 'o' AND person = 'p' AND exercise = 'e' AND state = 'waiting' AND kind = ?",
            ("submit",),
        ).fetchone()
    db.close()
    by_table = [[name for of, name in made if of == table] for table in dict.fromkeys(of for of, _ in made)]
    assert by_table == [sorted(names) for names in by_table]
    assert "ix_submissions_waiting" in waiting[3], "what a person has stored is not gone through at each check"
