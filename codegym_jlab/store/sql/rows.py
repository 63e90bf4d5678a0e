"""How records are kept: what columns are made of, times and JSON too, and one pair of functions a record ↔ row."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    TypeDecorator,
    and_,
    bindparam,
    text,
)
from sqlalchemy import Text as AnyText

from codegym_jlab.records import (
    Cell,
    CheckResult,
    Event,
    Failure,
    Frame,
    Judgement,
    Kind,
    Notice,
    RubricMark,
    Score,
    ScorePart,
    State,
    Submission,
    Verdict,
)

from ..base import Lease, Progress
from ..classes import Enrolment, Override, RulingChange
from ..engine import Row

R = TypeVar("R")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware time, kept as UTC: SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Naive times are refused: they are a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Text(TypeDecorator[str]):
    """Text as databases take it: a lone surrogate or NUL, which a student can print, is written as its escape."""

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Nothing that a database refuses."""
        if value is None:
            return None
        return _UNSTORABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), value)


Json = JSON(none_as_null=True)


def same(columns: Any, *names: str) -> ColumnElement[bool]:
    """That each of these columns is the value given under its name, as `p_…`."""
    return and_(*(columns[name] == bindparam(f"p_{name}") for name in names))


def where(condition: str, in_postgresql: str = "") -> dict[str, Any]:
    """For an index over some of the rows."""
    return {"sqlite_where": text(condition), "postgresql_where": text(in_postgresql or condition)}


def needed(name: str, kind: Any = None, **kw: Any) -> Column[Any]:
    """Never empty; a short text, unless another kind is said."""
    return Column(name, String(255) if kind is None else kind, nullable=False, **kw)


def id_column() -> Column[str]:
    """A primary key of its own."""
    return Column("id", String(255), primary_key=True)


def reference(name: str, target: str, **kw: Any) -> Column[str]:
    """To a row of another table; never empty, unless said."""
    kw.setdefault("nullable", False)
    return Column(name, String(255), ForeignKey(target), **kw)


def key_part(name: str, target: str | None = None, kind: Any = None) -> Column[Any]:
    """A part of a composite primary key; a short text, unless another kind is said."""
    args = (ForeignKey(target),) if target else ()
    return Column(name, String(255) if kind is None else kind, *args, primary_key=True, nullable=False)


def key_of_person(*more: str) -> list[Column[Any]]:
    """The key of what is a person's in an offering, with further parts."""
    return [key_part("offering", "offerings.id"), key_part("person", "people.id"), *map(key_part, more)]


def of_person() -> list[Column[str]]:
    """What is a person's in an offering, and has a key of its own."""
    return [reference("offering", "offerings.id"), reference("person", "people.id")]


def row_of(record: Any, /, *but: str, **changed: Any) -> Row:
    """Its fields as columns, `but` some; `changed` in the place of others, and beside them."""
    names = (field.name for field in fields(record) if field.name not in but)
    return {name: getattr(record, name) for name in names} | changed


def record_of(kind: type[R], row: Row, /, **changed: Any) -> R:
    """The other way round."""
    names = (field.name for field in fields(kind) if field.name not in changed)  # type: ignore[arg-type]
    return kind(**{name: row[name] for name in names}, **changed)


def submission_row(sent: Submission, lease: Lease | None = None, not_before: datetime | None = None) -> Row:
    """For `submissions`; a draft has no lease, and neither has what waits for its turn."""
    return row_of(
        sent,
        kind=sent.kind.value,
        cells=[astuple(cell) for cell in sent.cells],
        digest=sent.digest,
        state=sent.state.value,
        worker=lease.worker if lease else None,
        leased_until=lease.until if lease else None,
        not_before=not_before,
    )


def submission_of(row: Row) -> Submission:
    """From `submissions`."""
    cells = tuple(Cell(*cell) for cell in row["cells"])
    return record_of(Submission, row, kind=Kind(row["kind"]), cells=cells, state=State(row["state"]))


def judgement_row(judged: Judgement) -> Row:
    """For `judgements`."""
    return row_of(
        judged,
        "parts",
        "checks",
        current=True,
        verdict=judged.verdict.value,
        score=judged.score.points,
        max_score=judged.score.max_points,
        notices=[astuple(notice) for notice in judged.notices],
        failure=judged.failure and asdict(judged.failure),
    )


def check_rows(judged: Judgement) -> list[Row]:
    """For `check_results`, in order."""
    return [
        row_of(
            check,
            "check",
            judgement=judged.id,
            position=position,
            check_id=check.check,
            verdict=check.verdict.value,
            failure=check.failure and asdict(check.failure),
        )
        for position, check in enumerate(judged.checks)
    ]


def part_rows(judged: Judgement) -> list[Row]:
    """For `score_parts`, in order."""
    return [
        row_of(part, judgement=judged.id, position=position, items=[astuple(i) for i in part.items] or None)
        for position, part in enumerate(judged.parts)
    ]


def judgement_of(row: Row, checks: Iterable[Row], parts: Iterable[Row]) -> Judgement:
    """From the three tables."""
    return record_of(
        Judgement,
        row,
        verdict=Verdict(row["verdict"]),
        score=Score(row["score"], row["max_score"]),
        parts=tuple(
            record_of(
                ScorePart,
                part,
                items=tuple(RubricMark(*item) for item in part["items"] or ()),
                accepted=tuple(part["accepted"] or ()),
            )
            for part in parts
        ),
        checks=tuple(
            record_of(
                CheckResult,
                check,
                check=check["check_id"],
                verdict=Verdict(check["verdict"]),
                failure=_failure_of(check["failure"]),
            )
            for check in checks
        ),
        notices=tuple(Notice(*notice) for notice in row["notices"]),
        failure=_failure_of(row["failure"]),
    )


def _failure_of(body: Row | None) -> Failure | None:
    if body is None:
        return None
    return Failure(**{**body, "frames": tuple(Frame(**frame) for frame in body["frames"])})


def progress_row(progress: Progress) -> Row:
    """For `progress`."""
    return row_of(progress, failed=progress.failed or None)


def progress_of(row: Row) -> Progress:
    """From `progress`."""
    return record_of(Progress, row, failed=tuple(row["failed"] or ()))


def override_of(row: Row) -> Override:
    """From `overrides`."""
    return record_of(Override, row)


def ruling_change_of(row: Row) -> RulingChange:
    """From `override_changes`."""
    each = (row["before"], row["fields"])
    before, after = (None if fields is None else record_of(Override, row, fields=fields) for fields in each)
    return RulingChange(before, after, row["set_by"], row["set_at"], row["why"] or "")


def enrolment_of(row: Row) -> Enrolment:
    """From a row of `offerings` with the person, the version in force and the role."""
    return record_of(Enrolment, row, offering=row["id"], teams={})


def event_rows(events: Sequence[Event]) -> list[Row]:
    """For `outbox`."""
    return [row_of(e, "data", "time", payload=dict(e.data), created_at=e.time) for e in events]


def event_of(row: Row) -> Event:
    """From `outbox`."""
    return record_of(Event, row, data=row["payload"], time=row["created_at"])
