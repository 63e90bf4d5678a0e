"""Records ↔ rows: pure, one pair of functions a record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Protocol

from codegym_jlab.events.records import Event
from codegym_jlab.submission import (
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

from .base import Lease, Progress, Turn
from .register import Enrolment, Offering, Override, Publication, RulingChange, Version
from .teams import TeamMove


class Row(Protocol):
    """A row by column names."""

    def __getitem__(self, column: str, /) -> Any: ...


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PROGRESS = tuple(f.name for f in fields(Progress))
_OFFERING = tuple(f.name for f in fields(Offering))
_TEAM_MOVE = tuple(f.name for f in fields(TeamMove) if f.name != "why")
_PUBLICATION = tuple(f.name for f in fields(Publication))


def storable(text: str) -> str:
    """Text as databases take it: a lone surrogate or NUL, which a student can print, is written as its escape."""
    return _UNSTORABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _maybe(text: str | None) -> str | None:
    return None if text is None else storable(text)


def submission_row(
    submission: Submission, lease: Lease | None = None, not_before: datetime | None = None
) -> dict[str, Any]:
    """For `submissions`; a draft has no lease, and neither has what waits for its turn."""
    return {
        "id": submission.id,
        "offering": submission.offering,
        "person": submission.person,
        "submitter": submission.submitter,
        "course": submission.course,
        "exercise": submission.exercise,
        "kind": submission.kind.value,
        "source": storable(submission.source),
        "cells": [[c.source, c.id, c.role, c.exercise] for c in submission.cells],
        "digest": submission.digest,
        "idempotency_key": submission.idempotency_key,
        "received_at": submission.received_at,
        "claimed_at": submission.claimed_at,
        "state": submission.state.value,
        "worker": lease.worker if lease else None,
        "leased_until": lease.until if lease else None,
        "not_before": not_before,
        "version": submission.version,
        "collected_from": submission.collected_from,
        "traceparent": submission.traceparent,
        "reason": None if submission.reason is None else storable(submission.reason),
    }


def pace_row(submission: Submission, turn: Turn) -> dict[str, Any]:
    """For `paces`."""
    return {
        "offering": submission.offering,
        "person": submission.person,
        "exercise": submission.exercise,
        "full_at": turn.full_at,
    }


def submission_of(row: Row) -> Submission:
    """From `submissions`."""
    return Submission(
        id=row["id"],
        offering=row["offering"],
        course=row["course"],
        exercise=row["exercise"],
        person=row["person"],
        submitter=row["submitter"],
        kind=Kind(row["kind"]),
        source=row["source"],
        cells=tuple(Cell(*cell) for cell in row["cells"]),
        idempotency_key=row["idempotency_key"],
        received_at=row["received_at"],
        claimed_at=row["claimed_at"],
        attempt=row["attempt"],
        state=State(row["state"]),
        version=row["version"],
        collected_from=row["collected_from"],
        traceparent=row["traceparent"],
        reason=row["reason"],
    )


def judgement_row(judgement: Judgement) -> dict[str, Any]:
    """For `judgements`."""
    return {
        "id": judgement.id,
        "submission": judgement.submission,
        "current": True,
        "verdict": judgement.verdict.value,
        "score": judgement.score.points,
        "max_score": judgement.score.max_points,
        "hidden_not_run": judgement.hidden_not_run,
        "stdout": storable(judgement.stdout),
        "notices": [[n.code, n.text, n.args] for n in judgement.notices],
        "failure": _failure_json(judgement.failure),
        "course_digest": judgement.course_digest,
        "environment_digest": judgement.environment_digest,
        "seed": judgement.seed,
        "level": judgement.level,
        "wall_ms": judgement.wall_ms,
        "judged_at": judgement.judged_at,
    }


def check_rows(judgement: Judgement) -> list[dict[str, Any]]:
    """For `check_results`, in order."""
    return [
        {
            "judgement": judgement.id,
            "position": position,
            "check_id": c.check,
            "label": storable(c.label),
            "hidden": c.hidden,
            "verdict": c.verdict.value,
            "weight": c.weight,
            "message": storable(c.message),
            "reveal": c.reveal,
            "expected": _maybe(c.expected),
            "got": _maybe(c.got),
            "diff": c.diff,
            "stdout": storable(c.stdout),
            "failure": _failure_json(c.failure),
        }
        for position, c in enumerate(judgement.checks)
    ]


def part_rows(judgement: Judgement) -> list[dict[str, Any]]:
    """For `score_parts`, in order."""
    return [
        {
            "judgement": judgement.id,
            "position": position,
            "source": p.source,
            "points": p.points,
            "max_points": p.max_points,
            "who": p.who,
            "comment": _maybe(p.comment),
            "items": [[i.id, storable(i.text), i.points, i.max_points] for i in p.items] or None,
        }
        for position, p in enumerate(judgement.parts)
    ]


def judgement_of(row: Row, checks: Iterable[Row], parts: Iterable[Row]) -> Judgement:
    """From the three tables."""
    return Judgement(
        id=row["id"],
        submission=row["submission"],
        verdict=Verdict(row["verdict"]),
        score=Score(row["score"], row["max_score"]),
        parts=tuple(map(_part_of, parts)),
        checks=tuple(map(_check_of, checks)),
        hidden_not_run=row["hidden_not_run"],
        stdout=row["stdout"],
        notices=tuple(Notice(*notice) for notice in row["notices"]),
        failure=_failure_of(row["failure"]),
        course_digest=row["course_digest"],
        environment_digest=row["environment_digest"],
        seed=row["seed"],
        level=row["level"],
        wall_ms=row["wall_ms"],
        judged_at=row["judged_at"],
    )


def _part_of(row: Row) -> ScorePart:
    items = tuple(RubricMark(*item) for item in row["items"] or ())
    return ScorePart(row["source"], row["points"], row["max_points"], row["who"], row["comment"], items)


def _check_of(row: Row) -> CheckResult:
    return CheckResult(
        check=row["check_id"],
        label=row["label"],
        hidden=row["hidden"],
        verdict=Verdict(row["verdict"]),
        weight=row["weight"],
        message=row["message"],
        reveal=row["reveal"],
        expected=row["expected"],
        got=row["got"],
        diff=row["diff"],
        stdout=row["stdout"],
        failure=_failure_of(row["failure"]),
    )


def _failure_json(failure: Failure | None) -> dict[str, Any] | None:
    return None if failure is None else asdict(failure)


def _failure_of(body: dict[str, Any] | None) -> Failure | None:
    if body is None:
        return None
    return Failure(**{**body, "frames": tuple(Frame(**frame) for frame in body["frames"])})


def progress_row(progress: Progress) -> dict[str, Any]:
    """For `progress`."""
    row = {name: getattr(progress, name) for name in _PROGRESS}
    return row | {"failed": list(progress.failed) or None}


def progress_of(row: Row) -> Progress:
    """From `progress`."""
    line = {name: row[name] for name in _PROGRESS}
    return Progress(**line | {"failed": tuple(row["failed"] or ())})


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
    return TeamMove(**{name: row[name] for name in _TEAM_MOVE}, why=row["why"] or "")


def offering_row(offering: Offering) -> dict[str, Any]:
    """For `offerings`, made now."""
    return {**{name: getattr(offering, name) for name in _OFFERING}, "created_at": datetime.now(UTC)}


def offering_of(row: Row) -> Offering:
    """From `offerings`."""
    return Offering(**{name: row[name] for name in _OFFERING})


def enrolment_of(row: Row) -> Enrolment:
    """From a row of `offerings` with the person, the version in force and the role."""
    times = row["begins"], row["ends"]
    return Enrolment(row["id"], row["course"], row["person"], row["time_zone"], row["version"], row["role"], *times)


def version_row(version: Version) -> dict[str, Any]:
    """For `versions`."""
    return {name: getattr(version, name) for name in ("digest", "course", "title", "made_at")} | {
        "files": dict(version.files)
    }


def publication_row(publication: Publication) -> dict[str, Any]:
    """For `publications`."""
    row = {name: getattr(publication, name) for name in _PUBLICATION}
    return {**row, "note": storable(publication.note), "changes": list(publication.changes)}


def publication_of(row: Row) -> Publication:
    """From `publications`."""
    return Publication(**{name: row[name] for name in _PUBLICATION} | {"changes": tuple(row["changes"])})


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
