"""Ids of what is under way, for logs, and spans: what was done for one submission, and how long each part took.

Spans go to whoever collects traces (OTLP over HTTP). Off unless the settings or OpenTelemetry's own variables name a
collector; then every verb here costs less than a microsecond and OpenTelemetry is not imported. A span holds ids,
counts and how a process ended. What a student wrote and printed is in it only where that is switched on; what an
author expects, and the verdict of a hidden check, never.

A collector that is away touches no grading: spans wait in a queue of fixed length (`OTEL_BSP_MAX_QUEUE_SIZE`, 2048),
a thread of their own sends them, and what does not fit or cannot be sent is lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter


_NOTHING: Mapping[str, str] = MappingProxyType({})
_bound: ContextVar[Mapping[str, str]] = ContextVar("codegym_log_ids", default=_NOTHING)
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


@contextmanager
def bind(**ids: str | None) -> Iterator[None]:
    """Within it, whatever is logged in this task, and in those that it begins, has these ids. None binds nothing."""
    token = bind_for_good(**ids)
    try:
        yield
    finally:
        _bound.reset(token)


def bind_for_good(**ids: str | None) -> Token[Mapping[str, str]]:
    """The same until the present task ends."""
    return _bound.set({**_bound.get(), **{name: id for name, id in ids.items() if id}})


def request_id(given: str | None) -> str:
    """What a client, or the proxy before it, calls a request, where it is fit for a log; else one of ours."""
    return given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def bound_ids() -> Mapping[str, str]:
    """What `bind` has bound around the present task."""
    return _bound.get()


Value = str | int | float | bool | tuple[str, ...]
Role = Literal["internal", "server", "producer", "client"]


@dataclass(slots=True, eq=False)
class Span:
    """One piece of work under way, sent when it ends; where tracing is off it is no one's and does nothing."""

    _tracing: OpenTelemetry | None = None
    _name: str = ""
    _known: Mapping[str, Value | None] = field(default_factory=dict)
    _context: Context | None = None
    _role: Role = "internal"
    _span: Any = None
    _token: Token[Context] | None = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """It is over; with an error it has failed, of which its kind is told and not its text."""
        if self._token is not None:
            from opentelemetry import context

            context.detach(self._token)
        stopped = kind in (asyncio.CancelledError, GeneratorExit)  # nobody waits any more
        if stopped:
            self.note(cancelled=True)
        self.end(failed=kind.__name__ if kind is not None and not stopped else "")

    def begin(self) -> Self:
        """As entering, for good: what this task does from here on is a part of it. Ended by `end`."""
        if self._tracing is not None:
            from opentelemetry import context
            from opentelemetry.trace import set_span_in_context

            self._start(self._tracing, self._role)
            self._token = context.attach(set_span_in_context(self._span))
        return self

    __enter__ = begin

    def call(self) -> Self:
        """Begin to wait for another server's answer: what is done meanwhile is no part of it. Ended by `end`."""
        if self._tracing is not None:
            self._start(self._tracing, "client")
        return self

    def _start(self, tracing: OpenTelemetry, role: Role) -> None:
        from opentelemetry.trace import SpanKind

        kind = SpanKind[role.upper()]
        self._span = tracing.tracer.start_span(self._name, self._context, kind, record_exception=False)
        self.note(**self._known)

    def end(self, *, failed: str = "") -> None:
        """It is over; `failed` says of what kind the failure was."""
        if self._span is None:
            return
        if failed:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, failed))
        self._span.end()

    def note(self, **known: Value | None) -> None:
        """Attributes that are known only now; None is left out."""
        if self._span is not None:
            # ours begin with `codegym.`; a name with a point is one of OpenTelemetry's conventions
            self._span.set_attributes(
                {n if "." in n else f"codegym.{n}": value for n, value in known.items() if value is not None}
            )

    def show(self, **texts: str) -> None:
        """What a student wrote or printed: kept only where content is switched on."""
        if self._tracing is not None and self._tracing.shows_content:
            self.note(**{name: text[:MOST_CHARACTERS] for name, text in texts.items()})

    def rename(self, name: str) -> None:
        """Its name, known only now."""
        if self._span is not None:
            self._span.update_name(name)


nothing = Span()
_tracing: OpenTelemetry | None = None


def use(tracing: OpenTelemetry | None) -> None:
    """Spans go there from now on; None: nowhere."""
    global _tracing
    _tracing = tracing


def span(name: str, /, **known: Value | None) -> Span:
    """A part of what is being done here and now; nothing where nobody asked for that. To be entered once.

    Nothing where no span is under way: what the server does for itself makes no traces.
    """
    return Span(_tracing, name, known) if carry() is not None else nothing


def span_of(carried: str | None, name: str, role: Role = "internal", /, **known: Value | None) -> Span:
    """A part of what `carry` named, elsewhere or earlier; a trace of its own where that is None, or no traceparent."""
    if _tracing is None:
        return nothing
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    given = {"traceparent": carried} if carried else {}  # from outside: read with suspicion
    return Span(_tracing, name, known, TraceContextTextMapPropagator().extract(given, Context()), role)


def carry() -> str | None:
    """What is being done here and now, as a `traceparent` (W3C Trace Context, 55 characters); None where nothing is."""
    if _tracing is None:
        return None
    from opentelemetry.trace import get_current_span

    now = get_current_span().get_span_context()
    return f"00-{now.trace_id:032x}-{now.span_id:016x}-{now.trace_flags:02x}" if now.is_valid else None


log = logging.getLogger("codegym.traces")

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
#: Of a text that is kept where content is switched on.
MOST_CHARACTERS = 20_000
CLOSE_S = 3.0
_SILENCE_S = 600.0


class _Quiet(logging.Filter):
    """A collector that is away is told once in a while, in place of three lines at every try."""

    _until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Nothing of it goes on as it is."""
        if time.monotonic() >= self._until and record.levelno >= logging.WARNING:
            self._until = time.monotonic() + _SILENCE_S
            log.warning("traces are not delivered and may be lost; checks go on: %.200s", record.getMessage())
        return False


_exporters = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")


@dataclass(frozen=True, slots=True)
class Traces:
    """What the settings say of traces."""

    endpoint: str  #: http://HOST:PORT of a collector; `none`; empty: as OpenTelemetry's variables say
    content: bool = False  #: what students write and print goes there too

    def wanted(self, environment: Mapping[str, str] = os.environ) -> bool:
        """Whether somebody asked for traces: the setting, or OpenTelemetry's own variables."""
        if self.endpoint:
            return self.endpoint != "none"
        if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return False
        exporters = [name.strip() for name in environment.get("OTEL_TRACES_EXPORTER", "").split(",") if name.strip()]
        return "otlp" in exporters if exporters else any(environment.get(name) for name in _ENDPOINTS)


def switch_on(traces: Traces, version: str = "") -> None:
    """Begin to send spans, where that is wanted and can be; says in the log why not. Once a process."""
    if _tracing is not None or not traces.wanted():
        return
    where = f"{traces.endpoint.rstrip('/')}/v1/traces" if traces.endpoint else None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        use(OpenTelemetry(OTLPSpanExporter(endpoint=where), content=traces.content, version=version))
    except ImportError:
        log.warning("no traces: this needs packages more: pip install 'codegym-jlab[traces]'")


async def switch_off() -> None:
    """Send what waits, for a few seconds at most, and begin no more."""
    tracing = _tracing
    use(None)
    if tracing is not None:
        await asyncio.to_thread(tracing.close, CLOSE_S)


class OpenTelemetry:
    """A provider of our own: what another library of the process has set up stays as it is."""

    def __init__(self, exporter: SpanExporter, *, content: bool = False, version: str = "") -> None:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._exporter = exporter
        self._provider = TracerProvider(resource=_resource(version), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self._provider.get_tracer("codegym", version or None)
        self.shows_content = content  #: students' texts are kept
        self._quiet = _Quiet()
        _exporters.addFilter(self._quiet)

    def close(self, within_s: float) -> None:
        """From another thread than the event loop's."""
        ending = threading.Thread(target=self._provider.shutdown, name="codegym-traces-end", daemon=True)
        ending.start()
        ending.join(within_s)
        if ending.is_alive():  # nobody takes them: what is being tried is given up
            self._exporter.shutdown()
            ending.join(within_s)
        _exporters.removeFilter(self._quiet)


def _resource(version: str) -> Any:
    from opentelemetry.sdk.resources import Resource

    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    own = {} if named else {"service.name": "codegym"}
    return Resource.create({**own, **({"service.version": version} if version else {})})
