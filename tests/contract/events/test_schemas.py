"""What is told in the Jupyter event log is what the schemas say, and holds no name, code or hidden value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from jupyter_events import EventLogger

from codegym_jlab.course.policy import resolved
from codegym_jlab.events.cloud_event import schema, schema_id
from codegym_jlab.events.relay import EventRefused
from codegym_jlab.events.sinks import EventLog
from codegym_jlab.grading.apply_judgement import CountingRules, JudgementStep, submitted_event
from codegym_jlab.records import (
    EVENT_TYPES,
    Cell,
    CheckResult,
    Event,
    Failure,
    Judgement,
    Kind,
    Score,
    Subject,
    Submission,
    Verdict,
    course_published,
    hint_given,
    new_id,
)
from codegym_jlab.store.base import Progress

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 10, 27, 14, tzinfo=timezone(timedelta(hours=2)))
SUBJECT = Subject("local:basics", "basics", "sum-even", new_id())


def sent(**changes: Any) -> Submission:
    made = Submission(
        id=new_id(),
        offering=SUBJECT.offering,
        course=SUBJECT.course,
        exercise=SUBJECT.exercise,
        person=SUBJECT.person,
        submitter=SUBJECT.person,
        kind=Kind.SUBMIT,
        source="THE CODE",
        cells=(Cell("THE CODE ABOVE"),),
        idempotency_key="k",
        received_at=NOON,
        claimed_at=NOON,
    )
    return replace(made, **changes)


def judged(submission: Submission, verdict: Verdict, failure: Failure | None = None) -> Judgement:
    fault = Failure("ValueError", "HIDDEN MESSAGE")
    hidden = CheckResult("c1", "LABEL", True, verdict, 1.0, expected="HIDDEN 1", got="HIDDEN 2", failure=fault)
    return Judgement(
        id=new_id(),
        submission=submission.id,
        verdict=verdict,
        score=Score(1.5, 2.0),
        parts=(),
        checks=(hidden,),
        hidden_not_run=0,
        stdout="HIDDEN OUTPUT",
        notices=(),
        failure=failure,
        course_digest="d",
        environment_digest="e",
        seed="SEED",
        level="none",
        wall_ms=1.0,
        judged_at=NOON,
    )


def events() -> Iterator[Event]:
    """Of every type, and of every verdict."""
    policy = resolved({}, "UTC", None)
    yield submitted_event(sent())
    yield submitted_event(sent(kind=Kind.TRY, claimed_at=None))
    for verdict in Verdict:
        if verdict is not Verdict.JE:
            submission = sent()
            rules = CountingRules(policy, NOON, by_person=verdict is Verdict.WA)
            step = JudgementStep(submission, judged(submission, verdict), rules)
            yield from step.step(Progress(SUBJECT.offering, SUBJECT.person, SUBJECT.exercise), 0).events
    yield hint_given(SUBJECT, rung=1, cost=0.5, time=NOON)
    yield course_published(offering="o", number=1, course="basics", digest="d", time=NOON)


async def test_every_event_is_taken_by_the_log_as_its_schema_says() -> None:
    logger, heard = EventLogger(), []

    async def listen(logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        heard.append((schema_id, data))

    for type in EVENT_TYPES:
        logger.add_listener(schema_id=schema_id(type), listener=listen)
    log = EventLog(logger)
    told = list(events())
    for event in told:
        await log.send(event)
    await logger.gather_listeners()
    assert {event.type for event in told} == set(EVENT_TYPES)
    assert [id for id, _ in heard] == [schema_id(event.type) for event in told]
    assert [data["id"] for _, data in heard] == [event.id for event in told]


async def test_an_event_that_does_not_fit_is_refused() -> None:
    logger = EventLogger()

    async def listen(**_: Any) -> None:
        pass

    for type in EVENT_TYPES:
        logger.add_listener(schema_id=schema_id(type), listener=listen)
    log, good = EventLog(logger), next(events())
    for data in ({**good.data, "name": "Ana"}, {}):
        with pytest.raises(EventRefused):
            await log.send(replace(good, data=data))


def test_no_event_holds_code_or_anything_hidden() -> None:
    text = json.dumps([[event.id, event.key, dict(event.data)] for event in events()])
    for secret in ("CODE", "HIDDEN", "LABEL", "SEED", "ValueError"):
        assert secret not in text


@pytest.mark.parametrize("verdict", [Verdict.TLE, Verdict.RTE, Verdict.MLE, Verdict.OLE, Verdict.SV])
def test_the_finer_verdict_of_a_hidden_check_is_in_no_event(verdict: Verdict) -> None:
    submission = sent()
    policy = resolved({}, "UTC", None)
    hidden = JudgementStep(submission, judged(submission, verdict), CountingRules(policy, NOON))
    own = JudgementStep(submission, judged(submission, verdict, Failure("x", "y")), CountingRules(policy, NOON))
    line = Progress(SUBJECT.offering, SUBJECT.person, SUBJECT.exercise)
    assert hidden.step(line, 0).events[0].data["verdict"] == "WA"
    assert own.step(line, 0).events[0].data["verdict"] == verdict.value


def test_the_key_is_the_person_or_the_offering() -> None:
    for event in events():
        assert event.key == (event.offering if event.type == "course_published" else SUBJECT.person)


def test_ids_are_unique_and_times_are_utc() -> None:
    ids = [event.id for event in events()]
    assert len(set(ids)) == len(ids)
    for event in events():
        if "received_at" in event.data:
            assert datetime.fromisoformat(event.data["received_at"]).utcoffset() == timedelta(0)
            assert datetime.fromisoformat(event.data["received_at"]) == NOON.astimezone(UTC)


@pytest.mark.parametrize("type", EVENT_TYPES)
def test_a_schema_says_its_version_and_what_each_field_is(type: str) -> None:
    body = schema(type)
    assert body["version"] == "1" and body["$id"] == schema_id(type) and body["additionalProperties"] is False
    only_of_teams = {"submitter"} if type == "code_submitted" else set()
    assert set(body["properties"]) - set(body["required"]) == only_of_teams
