"""A check as a trace: what a real server sends to a collector, what it never sends, and a collector that is away."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.collector import Collector, collecting
from server.conftest import Call, answer
from server.test_answers import sent
from server.test_secrets import SECRETS

from codegym_jlab.telemetry import traces

TRACE, ABOVE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FROM_ELSEWHERE = {"traceparent": f"00-{TRACE}-{ABOVE}-01"}
SOURCE = "print('CANARY_PRINTED')\ndef add(a, b):\n    CANARY_WRITTEN = a + b\n    return CANARY_WRITTEN\n"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine has switched on."""
    for name in ("OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def collector(no_variables: None) -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture
def ready(call: Call, jp_asyncio_loop: Any) -> None:
    """Tracing begins with the managers, for which the first request waits."""
    jp_asyncio_loop.run_until_complete(call("GET", "courses"))


@pytest.mark.usefixtures("ready")
class TestOn:
    @pytest.fixture
    def settings(self, collector: Collector) -> dict[str, Any]:
        return {"traces": collector.endpoint}

    async def test_a_check_is_one_trace(self, call: Call, collector: Collector, tmp_path: Path) -> None:
        told = answer(await call("POST", "submissions", sent("add", SOURCE, "1"), headers=FROM_ELSEWHERE))
        request = "POST Submissions"
        grade = f"{request}/judge/grade"
        await self._wait_for_the_relay(tmp_path)
        await traces.switch_off()
        spans = collector.of(TRACE)
        assert {
            request,
            f"{request}/accept",
            f"{request}/judge",
            f"{request}/judge/queue",
            grade,
            f"{request}/judge/commit",
            f"{grade}/author",
            f"{grade}/cells",
            f"{grade}/cells/lease",
            f"{grade}/checks",
            f"{grade}/checks 2",
            f"{grade}/checker",
            f"{grade}/checker 2",
            f"{request}/accept/send",
            f"{request}/judge/commit/send",
            f"{request}/judge/commit/send 2",
        } == spans.keys()
        assert spans[request].parent == ABOVE
        assert spans[request].kind == 2  # server
        assert spans[request].known["http.response.status_code"] == 200
        assert spans[f"{request}/judge"].known["codegym.submission"] == told["submission"]["id"]
        assert spans[f"{request}/judge"].known["codegym.exercise"] == "add"
        assert spans[grade].known["codegym.level"] in ("namespaces", "confined")
        assert spans[f"{grade}/cells"].known["codegym.ended"] == "ok"
        hidden = [spans[f"{grade}/checks"].known["codegym.hidden"], spans[f"{grade}/checks 2"].known["codegym.hidden"]]
        assert hidden == [False, True]
        assert all(span.failed is None for span in spans.values())
        told_of = spans[f"{request}/accept/send"]
        assert told_of.kind == 4  # producer
        assert (told_of.known["codegym.sink"], told_of.known["codegym.event"]) == ("log", "code_submitted")

    async def _wait_for_the_relay(self, folder: Path) -> None:
        """Until all events have gone."""
        for _ in range(6000):
            with contextlib.closing(sqlite3.connect(folder / "records" / "codegym.sqlite")) as db:
                if not db.execute("SELECT count(*) FROM outbox WHERE delivered_at IS NULL").fetchone()[0]:
                    return
            await asyncio.sleep(0.02)
        raise AssertionError("events wait")

    async def test_no_content_and_nothing_hidden(self, call: Call, collector: Collector) -> None:
        crash = "def add(a, b):\n    raise ValueError('CANARY_RAISED')\n"
        for key, source in enumerate((SOURCE, crash, "CANARY_NAME +", "while True: CANARY = 1")):
            await call("POST", "submissions", sent("add", source, str(key)))
        await call("GET", "courses/demo")
        await call("POST", "courses/demo/exercises/add/hints", {})
        await traces.switch_off()

        assert len({span.trace for span in collector.spans}) == 6  # nobody above: each request is a trace of its own
        assert b"CANARY" not in collector.bytes
        assert not SECRETS.search(collector.bytes)
        verdicts = {"AC", "WA", "RTE", "TLE", "CE"}
        grades = [span.known for span in collector.spans if span.name in ("grade", "judge", "checks", "checker")]
        assert not any(value in verdicts for known in grades for value in known.values())

    async def test_a_page_that_is_not_asked_for_makes_no_trace(self, call: Call, collector: Collector) -> None:
        await call("GET", "courses", headers=FROM_ELSEWHERE)
        await traces.switch_off()
        assert [span.name for span in collector.spans] == ["GET Courses"], "the sweep and the relay are quiet"


@pytest.mark.usefixtures("ready")
class TestContent:
    @pytest.fixture
    def settings(self, collector: Collector) -> dict[str, Any]:
        return {"traces": collector.endpoint, "trace_content": True}

    async def test_what_a_student_wrote_and_saw_and_still_nothing_hidden(
        self, call: Call, collector: Collector
    ) -> None:
        loud = "print('CANARY_PRINTED')\ndef add(a, b):\n    print('HEARD', a)\n    return a + b\n"
        await call("POST", "submissions", sent("add", loud, "1"), headers=FROM_ELSEWHERE)
        await traces.switch_off()
        spans = collector.of(TRACE)
        assert spans["POST Submissions/accept"].known["codegym.source"] == loud
        assert spans["POST Submissions/judge/grade"].known["codegym.stdout"] == "CANARY_PRINTED\n"
        assert not SECRETS.search(collector.bytes), "what a hidden check made it print"


@pytest.mark.usefixtures("ready")
class TestDatadog:
    """The variables of Datadog's manual for OTLP to its agent."""

    @pytest.fixture
    def settings(self, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "dd-api-key=a-key")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "codegym-exams")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,service.version=7")
        return {}

    async def test_the_variables_alone(self, call: Call, collector: Collector) -> None:
        await call("POST", "submissions", sent("add", SOURCE, "1"), headers=FROM_ELSEWHERE)
        await traces.switch_off()
        path, headers, _ = collector.requests[0]
        assert path == "/v1/traces"
        assert headers["content-type"] == "application/x-protobuf"
        assert headers["content-encoding"] == "gzip"
        assert headers["dd-api-key"] == "a-key"
        named = {name: collector.resource[name] for name in ("service.name", "deployment.environment.name")}
        assert named == {"service.name": "codegym-exams", "deployment.environment.name": "prod"}
        assert "POST Submissions/judge/commit" in collector.of(TRACE)


@pytest.mark.usefixtures("ready")
class TestAway:
    @pytest.fixture
    def settings(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
        return {"traces": "http://127.0.0.1:9"}

    async def test_a_collector_that_is_away_touches_no_check(self, call: Call) -> None:
        for key in range(4):
            told = answer(await call("POST", "submissions", sent("add", f"{SOURCE}# {key}", str(key))))
            assert told["judgement"]["verdict"] == "AC"
        await traces.switch_off()
        told = answer(await call("POST", "submissions", sent("add", f"{SOURCE}# last", "last")))
        assert told["judgement"]["verdict"] == "AC"


async def test_off_unless_asked_for(call: Call) -> None:
    await call("POST", "submissions", sent("add", SOURCE, "1"), headers=FROM_ELSEWHERE)
    with traces.span_of(None, "request"):
        assert traces.carry() is None
