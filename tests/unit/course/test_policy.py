"""What holds for whom and when: one function, field by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from codegym_jlab.course.policy import EffectivePolicy, LateOffer, Policy, merged, resolved


def effective(*layers: dict[str, Any], time_zone: str = "UTC", first_opened: datetime | None = None) -> EffectivePolicy:
    return resolved(merged(map(Policy.model_validate, layers)), time_zone, first_opened)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_defaults() -> None:
    policy = effective()
    assert (policy.attempts, policy.count, policy.feedback, policy.tutor) == (None, "best", "full", "full")
    assert (policy.opens, policy.due, policy.closes, policy.rate) == (None, None, None, None)
    assert policy.takes_answers(utc(2026, 1, 1))
    assert policy.late_factor(utc(2026, 1, 1)) == 1


def test_the_last_that_sets_a_field_wins() -> None:
    layers = [
        {"attempts": 5, "count": "last", "hints": {"cost": 1}},
        {"attempts": 4, "tutor": "off"},
        {"hints": {"cooldown_s": 9}},
    ]
    plain = effective(*layers)
    assert (plain.attempts, plain.count, plain.hint_cost, plain.hint_cooldown_s) == (4, "last", 1, 9)
    assert effective(*layers, {"attempts": 3}).attempts == 3
    assert effective(*layers, {"attempts": 3}).tutor == "off"


def test_null_lifts_what_is_set_above() -> None:
    assert effective({"attempts": 2}, {}, {"attempts": None}).attempts is None
    assert effective({"late": {"per_day": 0.1}, "due": "2026-01-01T10:00"}, {"late": None}).late_per_day is None


def test_local_times_are_of_the_offerings_zone() -> None:
    policy = {"due": "2026-10-20T23:59", "opens": "2026-10-01T08:00+02:00"}
    berlin = effective(policy, time_zone="Europe/Berlin")
    assert berlin.due == utc(2026, 10, 20, 21, 59)
    assert berlin.opens == utc(2026, 10, 1, 6, 0)
    assert effective(policy).due == utc(2026, 10, 20, 23, 59)
    assert effective(policy, time_zone="America/New_York").due == utc(2026, 10, 21, 3, 59)


def test_where_clocks_change_a_due_time_is_read_in_the_students_favour() -> None:
    twice = {"due": "2026-10-25T02:30", "opens": "2026-10-25T02:30"}  # 02:30 comes twice in Berlin
    policy = effective(twice, time_zone="Europe/Berlin")
    assert (policy.opens, policy.due) == (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30))
    never = effective({"due": "2026-03-29T02:30"}, time_zone="Europe/Berlin")  # and never in March
    assert never.due == utc(2026, 3, 29, 1, 30)


def test_a_day_over_a_clock_change_is_24_hours() -> None:
    policy = effective({"due": "2026-10-24T12:00", "late": {"per_day": 0.5}}, time_zone="Europe/Berlin")
    assert policy.late_factor(utc(2026, 10, 25, 10, 0)) == 0.5
    assert policy.late_factor(utc(2026, 10, 25, 10, 1)) == 0


def test_opens_and_closes() -> None:
    policy = effective({"opens": "2026-01-01T10:00", "due": "2026-01-02T10:00", "grace": "PT10M"})
    assert not policy.is_open(utc(2026, 1, 1, 9, 59))
    assert policy.takes_answers(utc(2026, 1, 1, 10, 0))
    assert policy.takes_answers(utc(2026, 1, 2, 10, 10))
    assert policy.is_closed(utc(2026, 1, 2, 10, 11))
    assert policy.is_open(utc(2026, 1, 3))  # it can still be read
    assert policy.late_factor(utc(2026, 1, 2, 10, 10)) == 1
    assert policy.late_factor(utc(2026, 1, 2, 10, 11)) == 0


@pytest.mark.parametrize(("hours", "factor"), [(0, 1), (1, 0.9), (24, 0.9), (25, 0.8), (24 * 9, 0.1), (24 * 9 + 1, 0)])
def test_late_by_started_days(hours: int, factor: float) -> None:
    policy = effective({"due": "2026-01-01T00:00", "late": {"per_day": 0.1}})
    received = utc(2026, 1, 1) + timedelta(hours=hours)
    assert policy.late_factor(received) == pytest.approx(factor)
    assert policy.is_closed(received) == (factor == 0)
    assert policy.late_by(received) == (timedelta(hours=hours) if hours else None)


def test_what_is_offered_to_who_is_late() -> None:
    policy = effective({"due": "2026-01-01T00:00", "grace": "PT1H", "late": {"per_day": 0.1, "floor": 0.8}})
    day = utc(2026, 1, 1)
    assert policy.late_offer(day) is policy.late_offer(day + timedelta(hours=1)) is None  # in time
    assert policy.late_offer(day + timedelta(hours=2)) == LateOffer(0.9, day + timedelta(days=1))
    assert policy.late_offer(day + timedelta(days=1, hours=1)) == LateOffer(0.8, None)  # the floor: for ever
    closed = effective({"due": "2026-01-01T00:00", "late": {"per_day": 0.5}})
    assert closed.late_offer(day + timedelta(hours=2)) == LateOffer(0.5, day + timedelta(days=1))
    assert closed.late_offer(day + timedelta(days=1, hours=2)) is None


def test_a_floor_keeps_it_open() -> None:
    policy = effective({"due": "2026-01-01T00:00", "late": {"per_day": 0.5, "floor": 0.25}})
    assert policy.closes is None
    assert policy.late_factor(utc(2027, 1, 1)) == 0.25


def test_duration_runs_from_the_first_opening_and_is_granted_longer() -> None:
    policy = {"due": "2026-01-01T12:00", "duration": "PT90M"}
    opened = utc(2026, 1, 1, 9, 0)
    assert effective(policy).due == utc(2026, 1, 1, 12, 0)
    assert effective(policy, first_opened=opened).due == utc(2026, 1, 1, 10, 30)
    assert effective(policy, {"time_factor": 1.5}, first_opened=opened).due == utc(2026, 1, 1, 11, 15)
    assert effective(policy, first_opened=utc(2026, 1, 1, 11, 0)).due == utc(2026, 1, 1, 12, 0)


def test_feedback_after_the_close() -> None:
    policy = effective({"due": "2026-01-01T00:00", "feedback": "after_close"})
    assert policy.feedback_at(None) == ("none", utc(2026, 1, 1).isoformat())
    assert effective({"due": "2026-01-01T00:00"}).feedback_at(None) == ("full", None)


def test_rate() -> None:
    assert effective({"rate": {"sources": 3, "per_s": 10}}).rate == (3, 10)


@pytest.mark.parametrize(
    "fields",
    [
        {"due": "2026-01-01"}, {"due": "tomorrow"}, {"due": 20260101}, {"due": "2026-13-01T10:00"},
        {"opens": "0001-01-01T00:00"},
        {"grace": "10"}, {"grace": "P1M"}, {"grace": "P"}, {"grace": "PT"}, {"grace": "-PT1M"}, {"grace": "P99999999D"},
        {"attempts": 0}, {"attempts": True}, {"attempts": "3"}, {"count": "first"}, {"late": {"per_day": 1.5}},
        {"late": {"per_week": 1}}, {"tutor": False}, {"time_factor": 0}, {"rate": {"sources": 0}},
    ],
)  # fmt: skip
def test_what_a_policy_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(fields)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT10M", 10), ("P1D", 1440), ("PT1H30M", 90), ("P1W", 10080), ("PT0.5H", 30), ("P1DT1H", 1500)],
)
def test_durations(text: str, minutes: int) -> None:
    assert Policy.model_validate({"grace": text}).grace == timedelta(minutes=minutes)
