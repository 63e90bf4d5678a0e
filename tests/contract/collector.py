"""A collector of traces for tests: takes OTLP over HTTP as any other does, and keeps what came."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue


@dataclass(frozen=True)
class Seen:
    """A span that came."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    known: dict[str, Any]
    failed: str | None


@dataclass
class Collector:
    """What came to it."""

    endpoint: str
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def spans(self) -> list[Seen]:
        """Every span, in the order in which they ended."""
        return [
            _seen(span)
            for request in self._read()
            for each in request.resource_spans
            for scope in each.scope_spans
            for span in scope.spans
        ]

    @property
    def resource(self) -> dict[str, Any]:
        """Of whom the spans are."""
        return _values(self._read()[0].resource_spans[0].resource.attributes)

    @property
    def bytes(self) -> bytes:
        """All that came, as it came."""
        return b"".join(body for _, _, body in self.requests)

    def of(self, trace: str) -> dict[str, Seen]:
        """The spans of one trace by their paths, `judge/grade/cells`; a second one of a path has a number."""
        own = {span.id: span for span in self.spans if span.trace == trace}
        found: dict[str, Seen] = {}
        for span in sorted(own.values(), key=lambda span: len(_path(span, own))):
            path = _path(span, own)
            number = sum(name == path or name.startswith(f"{path} ") for name in found)
            found[f"{path} {number + 1}" if number else path] = span
        return found

    def _read(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for path, _, body in self.requests if path == "/v1/traces"]


def _path(span: Seen, own: dict[str, Seen]) -> str:
    above = own.get(span.parent)
    return f"{_path(above, own)}/{span.name}" if above is not None else span.name


def _seen(span: Any) -> Seen:
    failed = span.status.message if span.status.code == 2 else None
    known = _values(span.attributes)
    return Seen(span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.kind, known, failed)


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each.value) for each in attributes}


def _value(value: AnyValue) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on this machine, until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            collector.requests.append((self.path, headers, body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: Any) -> None:
            """Nothing is told of it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Traced:
    """Tests of a server whose spans go to a collector, whatever the machine has switched on."""

    @pytest.fixture
    def collector(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
        for name in [name for name in os.environ if name.startswith("OTEL_")]:
            monkeypatch.delenv(name)
        with collecting() as running:
            yield running

    @pytest.fixture
    def settings(self, settings: dict[str, Any], collector: Collector) -> dict[str, Any]:
        return settings | {"traces": collector.endpoint}
