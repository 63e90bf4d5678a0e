"""Spans: nothing where nobody asked for them, and where somebody did, no text that may hold what it must not."""

from __future__ import annotations

import asyncio
import sys
import timeit
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from codegym_jlab.telemetry import traces
from codegym_jlab.telemetry.traces import OpenTelemetry, Traces

FROM_ELSEWHERE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Kept:
    """What was sent, once tracing is closed."""

    def __init__(self, content: bool = False) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing = OpenTelemetry(self._exporter, content=content)

    def all(self) -> dict[str, ReadableSpan]:
        traces.use(None)
        self.tracing.close(5)
        return {span.name: span for span in self._exporter.get_finished_spans()}


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    traces.use(made.tracing)
    yield made
    traces.use(None)


def test_off_costs_nothing_and_imports_nothing() -> None:
    work = "with span('grade', submission='s', kind='submit'): pass"
    names = {"span": traces.span}
    best = min(timeit.repeat(work, globals=names, number=20_000, repeat=5)) / 20_000
    empty = (
        min(timeit.repeat("with nothing: pass", globals={"nothing": traces.nothing}, number=20_000, repeat=5)) / 20_000
    )
    assert best < 20 * empty, "a handful of what entering and leaving anything costs"
    assert traces.span("a") is traces.span_of(None, "b") is traces.nothing
    assert traces.carry() is None
    fresh = "import sys, codegym_jlab.telemetry.traces; print(any(m.startswith('opentelemetry') for m in sys.modules))"
    import subprocess

    assert subprocess.check_output([sys.executable, "-c", fresh], text=True).strip() == "False"


def test_what_is_done_within_is_a_part(kept: Kept) -> None:
    with traces.span_of(FROM_ELSEWHERE, "request", "server") as request:
        with traces.span("store", submission="s1", lacking=None):
            pass
        request.note(fresh=True)
    found = kept.all()
    assert found["request"].parent is not None and found["request"].parent.span_id == 0xB7AD6B7169203331
    assert found["store"].parent == found["request"].context
    assert found["store"].attributes == {"codegym.submission": "s1"}
    assert found["request"].attributes == {"codegym.fresh": True}


def test_a_part_of_nothing_is_nothing(kept: Kept) -> None:
    with traces.span("sweep"):
        assert traces.carry() is None
    assert kept.all() == {}


@pytest.mark.parametrize(
    "told", [None, "", "nonsense", "00-00-00-00", FROM_ELSEWHERE.replace("0af7", "zzzz"), "x" * 9000]
)
def test_what_is_no_traceparent_begins_a_trace(kept: Kept, told: str | None) -> None:
    with traces.span_of(told, "request"):
        pass
    assert kept.all()["request"].parent is None


def test_an_error_is_told_by_its_kind_alone(kept: Kept) -> None:
    with pytest.raises(ValueError), traces.span_of(None, "grade"), traces.span("cells"):
        raise ValueError("CANARY")
    found = kept.all()
    assert "CANARY" not in "".join(span.to_json() for span in found.values())
    assert not found["cells"].events
    assert found["cells"].status.description == "ValueError"


async def _cancelled() -> None:
    async def wait() -> None:
        with traces.span_of(None, "hold"):
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_who_cancels_has_made_no_mistake(kept: Kept) -> None:
    asyncio.run(_cancelled())
    hold = kept.all()["hold"]
    assert hold.status.is_unset and hold.attributes == {"codegym.cancelled": True}


def test_content_only_where_it_is_switched_on() -> None:
    for content in (False, True):
        made = Kept(content)
        traces.use(made.tracing)
        with traces.span_of(None, "accept") as accept:
            accept.show(source="x" * 30_000)
        known = dict(made.all()["accept"].attributes or {})
        assert known == ({"codegym.source": "x" * traces.MOST_CHARACTERS} if content else {})


@pytest.mark.parametrize(
    ("setting", "variables", "wanted"),
    [
        ("", {}, False),
        ("http://c:4318", {}, True),
        ("none", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, False),
        ("", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ("", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ("", {"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ("", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, False),
        ("", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "True"}, False),
    ],
)
def test_who_asks_for_traces(setting: str, variables: dict[str, str], wanted: bool) -> None:
    assert Traces(setting).wanted(variables) is wanted


def test_a_collector_that_is_away_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
    traces.switch_on(Traces("http://127.0.0.1:9"))
    for _ in range(20):
        with traces.span_of(None, "check"):
            pass
    asyncio.run(traces.switch_off())
    told = [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert len(told) == 1 and told[0].startswith("traces are not delivered and may be lost; checks go on: ")
