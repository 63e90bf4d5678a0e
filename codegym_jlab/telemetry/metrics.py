"""Counters, histograms and gauges for Prometheus, in a registry of our own.

Until `switch_on` every verb does nothing: the command line pays for no metrics. Counters are the process's, as
Prometheus means them; gauges are read at each scrape, from the one server that is asked, so none outlives its server.
"""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
INSTRUMENTS: list[Instrument] = []  #: all there are; tests hold documentation and dashboards to them
_registry: CollectorRegistry | None = None


class Instrument:
    """Something counted, timed or read. Its verbs may be called from any thread, and cost about a microsecond."""

    def __init__(self, name: str) -> None:
        """As `metrics.toml` has it."""
        self.name, told = name, _TOLD[name]
        self.help, self.labels = told["help"], tuple(told.get("labels", ()))
        self.buckets = _TOLD["buckets"].get(told.get("buckets"))
        self.family: Any = None  #: Prometheus's own, once counting has begun
        INSTRUMENTS.append(self)

    def series(self, labels: tuple[str, ...]) -> Any:
        """What is counted under these labels."""
        return self.family.labels(*labels) if labels else self.family


class Counter(Instrument):
    """What only grows; its name ends in `_total`."""

    def add(self, *labels: str, by: float = 1) -> None:
        """One more, or `by`."""
        if self.family is not None:
            self.series(labels).inc(by)


class Histogram(Instrument):
    """Durations: its name ends in `_seconds`; or how many attempts something took: in `_attempts`."""

    def observe(self, value: float, *labels: str) -> None:
        """It took so long, or had so many. A clock that was set back counts as no time."""
        if self.family is not None:
            self.series(labels).observe(max(0.0, value))


@dataclass(frozen=True, slots=True)
class Reading:
    """A gauge's value for some labels, at one moment."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


class Gauge(Instrument):
    """What goes up and down: never set, only read."""

    def reads(self, value: float, *labels: str) -> Reading:
        """What it shows now."""
        return Reading(self, value, labels)


def switch_on() -> None:
    """Begin to count, once a process. Imports prometheus_client, which a Jupyter server has loaded already."""
    global _registry
    if _registry is not None:
        return
    import prometheus_client as prometheus

    made = prometheus.CollectorRegistry(auto_describe=False)
    prometheus.ProcessCollector(registry=made)
    for one in INSTRUMENTS:
        if isinstance(one, Counter):
            one.family = prometheus.Counter(one.name, one.help, one.labels, registry=made)
        elif isinstance(one, Histogram):
            one.family = prometheus.Histogram(one.name, one.help, one.labels, registry=made, buckets=one.buckets)
    _registry = made


def page(readings: Iterable[Reading], accept: str = "") -> tuple[str, bytes]:
    """Media type and text of a scrape: what was counted since `switch_on`, and these readings."""
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.exposition import choose_encoder

    families = list(_registry.collect()) if _registry is not None else []
    for family in families:  # without the moments at which each series began, which double the page
        family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
    gauges: dict[Gauge, GaugeMetricFamily] = {}
    for reading in readings:
        gauge = reading.gauge
        family = gauges.setdefault(gauge, GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels))
        family.add_metric(reading.labels, reading.value)
    encode, media = choose_encoder(accept)
    scrape = SimpleNamespace(collect=lambda: [*families, *gauges.values()])  # all that an encoder asks of it
    return media, encode(scrape)


checks = Counter("codegym_checks_total")
check_seconds = Histogram("codegym_check_seconds")
check_wait_seconds = Histogram("codegym_check_wait_seconds")
check_judge_seconds = Histogram("codegym_check_judge_seconds")
turns = Counter("codegym_tutor_turns_total")
turn_seconds = Histogram("codegym_tutor_turn_seconds")
llm_calls = Counter("codegym_llm_calls_total")
llm_first_seconds = Histogram("codegym_llm_first_piece_seconds")
llm_seconds = Histogram("codegym_llm_call_seconds")
llm_tokens = Counter("codegym_llm_tokens_total")
drafts = Counter("codegym_drafts_total")
draft_attempts = Counter("codegym_draft_attempts_total")
draft_tokens = Counter("codegym_draft_tokens_total")
draft_seconds = Histogram("codegym_draft_attempt_seconds")
draft_length = Histogram("codegym_draft_length_attempts")
author_turns = Counter("codegym_author_turns_total")
author_seconds = Histogram("codegym_author_turn_seconds")
leases = Counter("codegym_sandbox_leases_total")
lease_seconds = Histogram("codegym_sandbox_lease_seconds")
lease_failures = Counter("codegym_sandbox_lease_failures_total")
zygotes_started = Counter("codegym_sandbox_zygotes_started_total")
transaction_seconds = Histogram("codegym_store_transaction_seconds")
transaction_failures = Counter("codegym_store_transaction_failures_total")
sends = Counter("codegym_relay_sends_total")

info = Gauge("codegym_info")
ready = Gauge("codegym_ready")
start_seconds = Gauge("codegym_start_seconds")
queue = Gauge("codegym_queue_submissions")
queue_age = Gauge("codegym_queue_oldest_seconds")
parked = Gauge("codegym_parked_submissions")
judging = Gauge("codegym_checks_under_way")
outbox = Gauge("codegym_outbox_events")
outbox_age = Gauge("codegym_outbox_oldest_seconds")
dead_letters = Gauge("codegym_dead_letters")
zygotes = Gauge("codegym_sandbox_zygotes")
spares = Gauge("codegym_sandbox_spares")
spares_wanted = Gauge("codegym_sandbox_spares_wanted")
leased = Gauge("codegym_sandbox_leases_open")
tabs = Gauge("codegym_tabs")
disk_free = Gauge("codegym_disk_free_bytes")

Readings = Callable[[], Awaitable[Sequence[Reading]]]


def listening(address: str, port: int) -> socket.socket:
    """A port of this machine, before rights or networks are given up; counting begins. Raises OSError."""
    switch_on()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family)


@contextmanager
def serving(listener: socket.socket, readings: Readings) -> Iterator[str]:
    """On the running event loop, while this is open; the page's address. Imports tornado."""
    from tornado.httpserver import HTTPServer
    from tornado.web import Application, RequestHandler

    class Page(RequestHandler):
        async def get(self) -> None:
            media, text = page(await readings(), self.request.headers.get("Accept", ""))
            self.set_header("Content-Type", media)
            self.finish(text)

    listener.setblocking(False)
    server = HTTPServer(Application([(r"/metrics", Page)], log_function=lambda _: None), max_body_size=1024)
    server.add_socket(listener)
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}/metrics"
    finally:
        server.stop()
