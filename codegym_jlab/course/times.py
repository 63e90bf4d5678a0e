"""Moments and durations as a course writes them: ISO 8601, with an offset or local in the offering's time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from codegym_jlab.course.fault import fault

_DURATION = re.compile(
    r"P(?!$)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


def parse_moment(text: str) -> datetime:
    """A point in time, aware where `text` has an offset, else naive. Raises ValueError also for a bare date."""
    if "T" not in text.upper() and " " not in text.strip():
        raise ValueError("no time of day")
    moment = datetime.fromisoformat(text.strip())
    if not 1970 <= moment.year <= 9000:
        raise ValueError("far out of any term")
    return moment


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration in weeks, days, hours, minutes and seconds; a day is 24 hours. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration")
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds
    if total > 10 * 366 * 86400:
        raise ValueError("longer than ten years")
    return timedelta(seconds=total)


def iso_duration(duration: timedelta) -> str:
    """`duration` as ISO 8601 text: days and seconds."""
    seconds = duration.seconds + duration.microseconds / 1e6
    return f"P{duration.days}DT{seconds:g}S"


def on_the_clock(moment: datetime | None, zone: tzinfo, *, latest: bool) -> datetime | None:
    """`moment` in UTC; a local one is of `zone`. Where clocks change, a local time may be read in two ways:

    `latest` says which one is taken (for a due time the later: in the student's favour).
    """
    if moment is None:
        return None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    readings = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(readings) if latest else min(readings)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    text = str(value)
    try:
        return parse_moment(text)
    except ValueError:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise fault(f"`{text}` is a date without a time", f"write the time too: `{text}T23:59`") from None
        raise fault(f"`{text}` is no time", "write it as `2026-10-27T23:59`, with an offset or local") from None


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return parse_duration(str(value))
    except ValueError:
        mend = "write an ISO 8601 duration in days, hours and minutes: `PT10M`, `PT1H30M`, `P2D`"
        raise fault(f"`{value}` is no duration", mend) from None


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-?\d{2}-?\d{2}[Tt ]\d{2}"}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(iso_duration, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^P"}),
]
