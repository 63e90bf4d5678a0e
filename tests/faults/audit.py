"""What the records and the event log must say after whatever has happened, read from where they lie, not through us."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from faults.served import Served
from faults.students import Acknowledged, Crowd

PATIENCE_S = 120.0
Arrived = Sequence[tuple[str, str]]  #: person and id of each event, as they came
Records = Path | str  #: a folder with the file in it, or the address of a PostgreSQL database


@dataclass(frozen=True)
class Figures:
    """What was counted; `lost` and `doubled` are 0 where the promise holds."""

    acknowledged: int
    sent_again: int
    stored: int
    lost: int
    doubled: int
    events: int
    sent_twice: int  #: events that were delivered more than once, as they may be


def held(crowd: Crowd, *servers: Served) -> Figures:
    """Let the students end, the records settle, and look."""
    crowd.stop()
    records = servers[0].settings.get("database", servers[0].records)
    settle(records)
    return audit(records, crowd.acknowledged, logged([server.events for server in servers]))


def settle(records: Records, patience_s: float = PATIENCE_S) -> None:
    """Until nothing waits and every event is delivered: the leases of who was killed have to run out.

    Patience is with a standstill: a slow machine may take as long as it needs.
    """
    least, end = None, 0.0
    while True:
        waiting = rows(records, "SELECT count(*) FROM submissions WHERE state = 'waiting'")[0][0]
        owed = rows(records, "SELECT count(*) FROM outbox WHERE delivered_at IS NULL")[0][0]
        if not waiting and not owed:
            return
        if least is None or waiting + owed < least:
            least, end = waiting + owed, time.monotonic() + patience_s
        assert time.monotonic() < end, f"{waiting} submissions and {owed} events wait"
        time.sleep(0.1)


def rows(records: Records, sql: str) -> list[tuple[Any, ...]]:
    """An answer of the database."""
    if isinstance(records, str):
        with psycopg.connect(records) as connection:
            return connection.execute(sql.encode()).fetchall()
    with closing(sqlite3.connect(records / "codegym.sqlite", timeout=30)) as db:
        return db.execute(sql).fetchall()


def audit(records: Records, acknowledged: Sequence[Acknowledged], arrived: Arrived | None) -> Figures:
    """Raises AssertionError at the first thing that is not as it was promised; where events go nowhere, not of them."""
    if isinstance(records, Path):
        assert rows(records, "PRAGMA integrity_check") == [("ok",)]
        assert rows(records, "PRAGMA foreign_key_check") == []
    states = dict(rows(records, "SELECT id, state FROM submissions"))
    keys = Counter(key for (key,) in rows(records, "SELECT idempotency_key FROM submissions"))
    lost = [sent for sent in acknowledged if states.get(sent.submission) != "judged"]
    doubled = [sent for sent in acknowledged if keys[sent.key] != 1]
    assert not lost, lost[:5]
    assert not doubled, doubled[:5]
    _judged_once(records, acknowledged)
    _counted_once(records)
    events, again = (0, 0) if arrived is None else _told(records, arrived)
    return Figures(
        len(acknowledged),
        sum(sent.tries > 1 for sent in acknowledged),
        len(states),
        len(lost),
        len(doubled),
        events,
        again,
    )


def _judged_once(records: Records, acknowledged: Sequence[Acknowledged]) -> None:
    """One current judgement each, no fault of ours among them, and one that says what was answered.

    Of an answer that was regraded meanwhile that may be an earlier one: a student saw it before the regrade ended.
    """
    current = rows(records, "SELECT submission, count(*) FROM judgements WHERE current GROUP BY submission")
    assert {number for _, number in current} <= {1}
    judged = {sent: (verdict, score) for sent, verdict, score in rows(records, _CURRENT)}
    assert set(judged) == {id for (id,) in rows(records, "SELECT id FROM submissions")}
    assert "JE" not in {verdict for verdict, _ in judged.values()}
    told = {tuple(row) for row in rows(records, _EVER)}
    for sent in acknowledged:
        if sent.judgement is not None and sent.judgement["verdict"] is not None and sent.kind == "submit":
            assert (sent.submission, sent.judgement["verdict"], sent.judgement["score"]) in told, sent


_CURRENT = """
SELECT s.id, j.verdict, j.score FROM submissions s JOIN judgements j
ON j.submission = coalesce(s.same_as, s.id) AND j.current
"""
_EVER = _CURRENT.replace(" AND j.current", "")


def _counted_once(records: Records) -> None:
    """Attempts 1, 2, 3 … of each student, none twice, and the line of progress says the same."""
    attempts: dict[str, list[int]] = defaultdict(list)
    for person, attempt in rows(records, "SELECT person, attempt FROM submissions WHERE kind = 'submit'"):
        assert attempt is not None
        attempts[person].append(attempt)
    for person, used in rows(records, "SELECT person, attempts FROM progress"):
        assert sorted(attempts[person]) == list(range(1, used + 1)), person


def _told(records: Records, arrived: Arrived) -> tuple[int, int]:
    """Every event at least once, and each person's in the order of the outbox."""
    owed: dict[str, list[str]] = defaultdict(list)
    for key, id in rows(records, "SELECT key, id FROM outbox ORDER BY seq"):
        owed[key].append(id)
    told: dict[str, list[str]] = defaultdict(list)
    copies: Counter[str] = Counter()
    for person, id in arrived:
        copies[id] += 1
        if copies[id] == 1:
            told[person].append(id)
    assert dict(told) == dict(owed)
    about = Counter(id for ids in owed.values() for id in ids)
    assert set(about.values()) <= {1}
    return sum(map(len, owed.values())), sum(number > 1 for number in copies.values())


def logged(logs: Sequence[Path]) -> Arrived:
    """What event logs took: in the order of one log, whose clock may have been set; of several, by their clocks."""
    lines = list(_lines(logs))
    if len(logs) > 1:
        lines.sort(key=lambda event: event["__timestamp__"])
    return [(event["person"], event["id"]) for event in lines]


def _lines(logs: Sequence[Path]) -> Iterable[dict[str, Any]]:
    """Whole lines: one that a kill has cut was not taken, and is sent again."""
    for log in logs:
        for line in log.read_bytes().splitlines() if log.exists() else []:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if "codegym" in event.get("__schema__", ""):
                yield event
