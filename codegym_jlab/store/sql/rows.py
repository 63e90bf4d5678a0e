"""Records ↔ rows: pure, one pair of functions a record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Protocol

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


#: Columns that are fields as they stand.
_SUBMISSION = tuple(
    "id offering person submitter course exercise idempotency_key received_at claimed_at version collected_from "
    "traceparent".split()
)
_JUDGEMENT = tuple("id submission hidden_not_run course_digest environment_digest seed level wall_ms judged_at".split())
_CHECK = ("hidden", "weight", "reveal", "diff")
_TEXTS = ("label", "message", "expected", "got", "stdout")
_PART = ("source", "points", "max_points", "who")


def _plain(record: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _of(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def submission_row(sent: Submission, lease: Lease | None = None, not_before: datetime | None = None) -> dict[str, Any]:
    """For `submissions`; a draft has no lease, and neither has what waits for its turn."""
    return {
        **_plain(sent, _SUBMISSION),
        "kind": sent.kind.value,
        "source": storable(sent.source),
        "cells": [[c.source, c.id, c.role, c.exercise] for c in sent.cells],
        "digest": sent.digest,
        "state": sent.state.value,
        "worker": lease.worker if lease else None,
        "leased_until": lease.until if lease else None,
        "not_before": not_before,
        "reason": _maybe(sent.reason),
    }


def submission_of(row: Row) -> Submission:
    """From `submissions`."""
    return Submission(
        **_of(row, (*_SUBMISSION, "source", "attempt", "reason")),
        kind=Kind(row["kind"]),
        cells=tuple(Cell(*cell) for cell in row["cells"]),
        state=State(row["state"]),
    )


def judgement_row(judged: Judgement) -> dict[str, Any]:
    """For `judgements`."""
    return {
        **_plain(judged, _JUDGEMENT),
        "current": True,
        "verdict": judged.verdict.value,
        "score": judged.score.points,
        "max_score": judged.score.max_points,
        "stdout": storable(judged.stdout),
        "notices": [[n.code, n.text, n.args] for n in judged.notices],
        "failure": None if judged.failure is None else asdict(judged.failure),
    }


def check_rows(judged: Judgement) -> list[dict[str, Any]]:
    """For `check_results`, in order."""
    return [
        {
            **_plain(check, _CHECK),
            **{name: _maybe(getattr(check, name)) for name in _TEXTS},
            "judgement": judged.id,
            "position": position,
            "check_id": check.check,
            "verdict": check.verdict.value,
            "failure": None if check.failure is None else asdict(check.failure),
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
            "comment": _maybe(part.comment),
            "items": [[i.id, storable(i.text), i.points, i.max_points] for i in part.items] or None,
        }
        for position, part in enumerate(judged.parts)
    ]


def judgement_of(row: Row, checks: Iterable[Row], parts: Iterable[Row]) -> Judgement:
    """From the three tables."""
    return Judgement(
        **_of(row, (*_JUDGEMENT, "stdout")),
        verdict=Verdict(row["verdict"]),
        score=Score(row["score"], row["max_score"]),
        parts=tuple(map(_part_of, parts)),
        checks=tuple(map(_check_of, checks)),
        notices=tuple(Notice(*notice) for notice in row["notices"]),
        failure=_failure_of(row["failure"]),
    )


def _part_of(row: Row) -> ScorePart:
    return ScorePart(**_of(row, (*_PART, "comment")), items=tuple(RubricMark(*item) for item in row["items"] or ()))


def _check_of(row: Row) -> CheckResult:
    return CheckResult(
        **_of(row, (*_CHECK, *_TEXTS)),
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
    return _plain(progress, _PROGRESS) | {"failed": list(progress.failed) or None}


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
    return {
        **_plain(publication, _PUBLICATION),
        "note": storable(publication.note),
        "changes": list(publication.changes),
    }


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
