"""Records ↔ rows: pure, one pair of functions a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from codegym_jlab.events.records import Event
from codegym_jlab.records import (
    Cell,
    CheckResult,
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
from ..classes import Enrolment, Offering, Override, Publication, RulingChange, TeamMove, Version
from ..engine import Row


def _columns(of: Any, *but: str) -> tuple[str, ...]:
    """Fields that are columns as they stand."""
    return tuple(field.name for field in fields(of) if field.name not in but)


_SUBMISSION = _columns(Submission, "kind", "cells", "state")
_JUDGEMENT = _columns(Judgement, "verdict", "score", "parts", "checks", "notices", "failure")
_CHECK = _columns(CheckResult, "check", "verdict", "failure")
_PART = _columns(ScorePart, "items")
_PROGRESS = _columns(Progress)
_OFFERING = _columns(Offering)
_TEAM_MOVE = _columns(TeamMove, "why")
_PUBLICATION = _columns(Publication)


def _plain(record: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _of(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def submission_row(sent: Submission, lease: Lease | None = None, not_before: datetime | None = None) -> dict[str, Any]:
    """For `submissions`; a draft has no lease, and neither has what waits for its turn."""
    return {
        **_plain(sent, _SUBMISSION),
        "kind": sent.kind.value,
        "cells": [[c.source, c.id, c.role, c.exercise] for c in sent.cells],
        "digest": sent.digest,
        "state": sent.state.value,
        "worker": lease.worker if lease else None,
        "leased_until": lease.until if lease else None,
        "not_before": not_before,
    }


def submission_of(row: Row) -> Submission:
    """From `submissions`."""
    cells = tuple(Cell(*cell) for cell in row["cells"])
    return Submission(**_of(row, _SUBMISSION), kind=Kind(row["kind"]), cells=cells, state=State(row["state"]))


def judgement_row(judged: Judgement) -> dict[str, Any]:
    """For `judgements`."""
    return {
        **_plain(judged, _JUDGEMENT),
        "current": True,
        "verdict": judged.verdict.value,
        "score": judged.score.points,
        "max_score": judged.score.max_points,
        "notices": [[n.code, n.text, n.args] for n in judged.notices],
        "failure": judged.failure and asdict(judged.failure),
    }


def check_rows(judged: Judgement) -> list[dict[str, Any]]:
    """For `check_results`, in order."""
    return [
        {
            **_plain(check, _CHECK),
            "judgement": judged.id,
            "position": position,
            "check_id": check.check,
            "verdict": check.verdict.value,
            "failure": check.failure and asdict(check.failure),
        }
        for position, check in enumerate(judged.checks)
    ]


def part_rows(judged: Judgement) -> list[dict[str, Any]]:
    """For `score_parts`, in order."""
    return [
        {
            **_plain(part, _PART),
            "judgement": judged.id,
            "position": position,
            "items": [[i.id, i.text, i.points, i.max_points] for i in part.items] or None,
        }
        for position, part in enumerate(judged.parts)
    ]


def judgement_of(row: Row, checks: Iterable[Row], parts: Iterable[Row]) -> Judgement:
    """From the three tables."""
    return Judgement(
        **_of(row, _JUDGEMENT),
        verdict=Verdict(row["verdict"]),
        score=Score(row["score"], row["max_score"]),
        parts=tuple(map(_part_of, parts)),
        checks=tuple(map(_check_of, checks)),
        notices=tuple(Notice(*notice) for notice in row["notices"]),
        failure=_failure_of(row["failure"]),
    )


def _part_of(row: Row) -> ScorePart:
    return ScorePart(**_of(row, _PART), items=tuple(RubricMark(*item) for item in row["items"] or ()))


def _check_of(row: Row) -> CheckResult:
    return CheckResult(
        **_of(row, _CHECK),
        check=row["check_id"],
        verdict=Verdict(row["verdict"]),
        failure=_failure_of(row["failure"]),
    )


def _failure_of(body: dict[str, Any] | None) -> Failure | None:
    if body is None:
        return None
    return Failure(**{**body, "frames": tuple(Frame(**frame) for frame in body["frames"])})


def progress_row(progress: Progress) -> dict[str, Any]:
    """For `progress`."""
    return _plain(progress, _PROGRESS) | {"failed": progress.failed or None}


def progress_of(row: Row) -> Progress:
    """From `progress`."""
    return Progress(**_of(row, _PROGRESS) | {"failed": tuple(row["failed"] or ())})


def override_of(row: Row) -> Override:
    """From `overrides`."""
    return _override(row, row["fields"])


def _override(row: Row, fields: dict[str, Any]) -> Override:
    return Override(fields, row["unit"], row["exercise"], row["person"], row["section"])


def ruling_change_of(row: Row) -> RulingChange:
    """From `override_changes`."""
    before, after = (None if row[name] is None else _override(row, row[name]) for name in ("before", "fields"))
    return RulingChange(before, after, row["set_by"], row["set_at"], row["why"] or "")


def team_move_of(row: Row) -> TeamMove:
    """From `team_moves`."""
    return TeamMove(**_of(row, _TEAM_MOVE), why=row["why"] or "")


def offering_row(offering: Offering) -> dict[str, Any]:
    """For `offerings`, made now."""
    return {**_plain(offering, _OFFERING), "created_at": datetime.now(UTC)}


def offering_of(row: Row) -> Offering:
    """From `offerings`."""
    return Offering(**_of(row, _OFFERING))


def enrolment_of(row: Row) -> Enrolment:
    """From a row of `offerings` with the person, the version in force and the role."""
    times = row["begins"], row["ends"]
    return Enrolment(row["id"], row["course"], row["person"], row["time_zone"], row["version"], row["role"], *times)


def version_row(version: Version) -> dict[str, Any]:
    """For `versions`."""
    return _plain(version, ("digest", "course", "title", "made_at")) | {"files": dict(version.files)}


def publication_row(publication: Publication) -> dict[str, Any]:
    """For `publications`."""
    return _plain(publication, _PUBLICATION)


def publication_of(row: Row) -> Publication:
    """From `publications`."""
    return Publication(**_of(row, _PUBLICATION) | {"changes": tuple(row["changes"])})


def event_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    """For `outbox`."""
    return [
        {
            "id": e.id,
            "type": e.type,
            "key": e.key,
            "offering": e.offering,
            "payload": dict(e.data),
            "created_at": e.time,
            "traceparent": e.traceparent,
        }
        for e in events
    ]


def event_of(row: Row) -> Event:
    """From `outbox`."""
    about = row["key"], row["offering"], row["created_at"]
    return Event(row["id"], row["type"], *about, row["payload"], row["traceparent"])
