"""A submission's trace goes on where another process judges it, and its events are parts of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.telemetry import traces
from codegym_jlab.telemetry.traces import OpenTelemetry

from .conftest import Class

pytestmark = pytest.mark.anyio


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[OpenTelemetry]:
    tracing = OpenTelemetry(exporter)
    traces.use(tracing)
    yield tracing
    traces.use(None)
    tracing.close(5)


async def test_whoever_judges_it(
    school: Class, settings: Settings, exporter: InMemorySpanExporter, tracing: OpenTelemetry
) -> None:
    school.judge.hold = asyncio.Event()
    with traces.span_of(None, "request"):
        request = traces.carry()
        await school.send("AC 2", wait_s=0.01)
    await school.manager.close()  # the server ends; another takes it up
    school.judge.hold = None
    other = GradingManager(school.store, school.catalogue, school.judge, settings=settings, clock=school.clock)
    assert await other.sweep() == 1
    await other.close()

    told = [pending.event for pending in await school.store.undelivered(9)]
    assert request is not None
    traces.use(None)
    tracing.close(5)
    found = {span.name: span for span in exporter.get_finished_spans()}  # the newest of each name
    assert {"request", "accept", "judge", "queue", "grade", "commit"} == found.keys()
    assert {f"{span.context.trace_id:032x}" for span in found.values() if span.context} == {request[3:35]}
    assert found["judge"].parent is not None and f"{found['judge'].parent.span_id:016x}" == request[36:52]
    above = {event.type: event.traceparent for event in told}
    for event, name in (("code_submitted", "accept"), ("grading_complete", "commit")):
        context = found[name].context
        assert context is not None
        assert (above[event] or "").startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")


async def test_not_traced_is_not_carried(school: Class) -> None:
    outcome = await school.send("AC 2")
    assert outcome.submission.traceparent is None
    assert {pending.event.traceparent for pending in await school.store.undelivered(9)} == {None}
