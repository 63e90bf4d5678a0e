"""A check with ten stored submissions, and with many of the same student's on the same exercise."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.desk import PAUSE_S, Desk, timed
from benchmarks.figures import Figure, figure
from benchmarks.server import server, submit

FEW = 10
MANY = 1_000_000
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)"
#: Rows that belong to one submission, and the columns that name it: each copy gets a name of its own.
_ROWS = (
    ("submissions", ("id", "idempotency_key", "digest"), "id = :submission"),
    ("judgements", ("id", "submission"), "id = :judgement"),
    ("check_results", ("judgement",), "judgement = :judgement"),
    ("score_parts", ("judgement",), "judgement = :judgement"),
)


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """The second beside the first, in one run on one server; the copies are made in between."""
    for found in await asyncio.to_thread(_few_and_many, desk):
        yield found


def _few_and_many(desk: Desk) -> list[Figure]:
    many = MANY if desk.rounds >= 200 else desk.rounds * 200
    with server(desk) as served:
        ask = served.connect()
        ask("POST", "courses/bench/units/one/open", {})
        for _ in range(FEW):
            submit(ask)
        times: list[list[float]] = [[], []]
        for into in times:
            for _ in range(desk.rounds):
                with timed(into):
                    submit(ask)
                time.sleep(PAUSE_S)
            if into is times[0]:
                desk.say(f"{many} stored submissions are made …")
                multiply(served.records, many)
                for _ in range(FEW):
                    submit(ask)
    few = figure("records", f"a check with {FEW} stored", times[0])
    return [few, figure("records", "records: a check with many stored", times[1], few, f"{many} stored")]


def multiply(records: Path, many: int) -> None:
    """Copy the newest judged submission `many` times, with all that hangs on it."""
    with sqlite3.connect(records, timeout=60) as db:
        newest = db.execute(
            "SELECT id, submission FROM judgements WHERE current = 1 ORDER BY id DESC LIMIT 1"
        ).fetchone()
        names = {"judgement": newest[0], "submission": newest[1], "many": many}
        for table, renamed, which in _ROWS:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            taken = ", ".join(f"{c} || '-' || n" if c in renamed else f'"{c}"' for c in columns)
            listed = ", ".join(f'"{c}"' for c in columns)
            db.execute(
                f"INSERT INTO {table} ({listed}) {_NUMBERS} SELECT {taken} FROM {table}, numbers WHERE {which}", names
            )
    db.close()
