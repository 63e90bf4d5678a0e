"""The statements of a check, written before it comes: SQLAlchemy takes some 10 ms for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Executable

from codegym_jlab.events.records import Event
from codegym_jlab.submission import CheckResult, Judgement, Kind, Score, ScorePart, Submission, Verdict

from . import rows
from . import statements as sql
from .base import Progress
from .driver import Wording
from .tables import progress

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_SENT = Submission("", "", "", "", "", "", Kind.TRY, "", (), "", _NOON)
_CHECK = CheckResult("", "", False, Verdict.AC, 1.0)
_JUDGED = Judgement(
    id="",
    submission="",
    verdict=Verdict.AC,
    score=Score(0.0, 0.0),
    parts=(ScorePart("checker", 0.0, 0.0),),
    checks=(_CHECK,),
    hidden_not_run=0,
    stdout="",
    notices=(),
    failure=None,
    course_digest="",
    environment_digest="",
    seed="",
    level="",
    wall_ms=0.0,
    judged_at=_NOON,
)


def write_ahead(wording: Wording) -> None:
    """All that an answer's two transactions say, and the relay after them; for a thread."""
    for statement, columns in _said(wording.dialect.name):
        wording.of(statement, columns)


def _said(dialect: str) -> Iterator[tuple[Executable, dict[str, Any]]]:
    """Each with a row that has the columns of a real one."""
    asked = (sql.HOLD, sql.LEDGER_FOR, sql.NOT_ERASED, sql.OVERRIDES, sql.JUDGEMENT, sql.CHECKS, sql.PARTS)
    for statement in (*asked, sql.BOOKKEEPING, sql.JUDGED, sql.UNDELIVERED, sql.SENDS, sql.DELIVERED):
        yield statement, {}
    yield sql.take_lease(dialect), {}
    yield sql.ADD_SUBMISSION, rows.submission_row(_SENT)
    yield sql.ADD_EVENTS, rows.event_rows([Event("", "", "", "", _NOON, {})])[0]
    yield sql.ADD_JUDGEMENT, rows.judgement_row(_JUDGED)
    yield sql.ADD_CHECKS, rows.check_rows(_JUDGED)[0]
    yield sql.ADD_PARTS, rows.part_rows(_JUDGED)[0]
    yield sql.upsert(progress, dialect), rows.progress_row(Progress("", "", ""))
