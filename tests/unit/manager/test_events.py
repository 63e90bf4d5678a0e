"""What a student's day tells the outside: every event as its schema says, and nothing that is nobody's business."""

from __future__ import annotations

import json

import pytest

from codegym_jlab.events.cloud_event import cloud_event
from codegym_jlab.records import Cell, Kind

from .conftest import Class

pytestmark = pytest.mark.anyio
SECRET = "PLANTED-SECRET"


async def told(school: Class) -> list[str]:
    return [cloud_event(pending.event).decode() for pending in await school.store.told(0, 999)]


async def test_what_happens_is_told_in_order_and_once(school: Class) -> None:
    await school.tutor.next_hint(school.who, "sum-even")
    await school.send("WA 1", Kind.TRY)
    await school.send("AC 2", Kind.SUBMIT, idempotency_key="the same")
    await school.send("AC 2", Kind.SUBMIT, idempotency_key="the same")
    events = [json.loads(event) for event in await told(school)]
    sent = ["codegym.code_submitted.v1", "codegym.grading_complete.v1", "codegym.user_progress_updated.v1"]
    assert [event["type"] for event in events] == ["codegym.hint_given.v1", *sent, *sent]
    assert len({event["id"] for event in events}) == len(events)
    assert {event["subject"] for event in events} == {school.who.person}


async def test_no_name_code_label_message_or_hint_leaves(school: Class) -> None:
    """`ana` and the texts are the fixture's: the judge puts `secret` where a hidden check got something."""
    await school.tutor.next_hint(school.who, "sum-even")
    for kind in (Kind.TRY, Kind.SUBMIT):
        for word in ("WA 1", "AC 2", "RTE 0", "CE 0", "TLE 0", "JE 0"):
            cells = [Cell(f"# {SECRET} above"), Cell(f"{word} # {SECRET} {kind}")]
            await school.send(f"{word} # {SECRET} {kind}", kind, cells=cells, idempotency_key=f"{SECRET}-{word}-{kind}")
    everything = "".join(await told(school)).lower()
    assert everything.count("grading_complete.v1") >= 10
    for text in (SECRET.lower(), "secret", '"ana"', "an empty list", "sum_even(", "mild", "xs", "above"):
        assert text not in everything


async def test_an_event_is_there_exactly_when_what_it_tells_of_is(school: Class) -> None:
    """What a transaction refuses, or a fault of ours, tells nothing of a judgement."""
    await school.policy(attempts=1)
    await school.send("WA 1")
    before = len(await told(school))
    with pytest.raises(Exception, match="attempt"):
        await school.send("AC 2")
    assert len(await told(school)) == before
    await school.send("JE", Kind.TRY)
    assert [json.loads(e)["type"] for e in (await told(school))[before:]] == ["codegym.code_submitted.v1"]
