"""Counters, histograms and gauges for Prometheus, in a registry of our own.

Until `switch_on` every verb does nothing: the command line pays for no metrics. Counters are the process's, as
Prometheus means them; gauges are read at each scrape, from the one server that is asked, so none outlives its server.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


INSTRUMENTS: list[Instrument] = []  #: all there are; tests hold documentation and dashboards to them
_registry: CollectorRegistry | None = None


class Instrument:
    """Something counted, timed or read. Its verbs may be called from any thread, and cost about a microsecond."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        self.name, self.help, self.labels = name, help, labels
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

    def __init__(self, name: str, help: str, buckets: Sequence[float], *labels: str) -> None:
        super().__init__(name, help, *labels)
        self.buckets = buckets

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
    scrape: Any = SimpleNamespace(collect=lambda: [*families, *gauges.values()])  # all that an encoder asks of it
    return media, encode(scrape)


#: Seconds. A check takes about 12 ms; one that waits for its turn, minutes.
QUICK = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
WHOLE = (0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

checks = Counter(
    "codegym_checks_total",
    "Checks by how they ended: a verdict, repeated (answered from the same source before), refused, unavailable "
    "(could not be stored), put_off (no sandbox), cancelled.",
    "kind",
    "outcome",
)
check_seconds = Histogram("codegym_check_seconds", "From arrival to the judgement on the disk.", WHOLE, "kind")
check_wait_seconds = Histogram("codegym_check_wait_seconds", "From arrival until it is judged.", WHOLE, "kind")
check_judge_seconds = Histogram(
    "codegym_check_judge_seconds", "Judging: cells and checks in the sandbox, values compared.", WHOLE, "kind"
)

turns = Counter(
    "codegym_tutor_turns_total",
    "What the tutor was asked, by how that ended: given, refused, stopped (by the student), failed.",
    "kind",
    "outcome",
)
turn_seconds = Histogram("codegym_tutor_turn_seconds", "From the question to the reply.", WHOLE, "kind")

#: Seconds: a model of 3 GB on two cores may think for a minute before its first word.
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 45.0, 120.0)

llm_calls = Counter(
    "codegym_llm_calls_total",
    "Calls of language models, by how they ended: answered, stopped (nobody waited any more), away, overloaded, "
    "refused, cut off, too long, bad answer.",
    "llm",
    "outcome",
)
llm_first_seconds = Histogram("codegym_llm_first_piece_seconds", "From the call to the first word.", SLOW, "llm")
llm_seconds = Histogram("codegym_llm_call_seconds", "From the call to its end.", SLOW, "llm")
llm_tokens = Counter("codegym_llm_tokens_total", "Tokens of prompts and replies.", "llm", "kind")

drafts = Counter(
    "codegym_drafts_total",
    "Drafts of exercises that are over: passed, for_a_person (no attempt passed).",
    "mode",
    "outcome",
)
draft_attempts = Counter(
    "codegym_draft_attempts_total", "Attempts at drafts: passes, too_weak, not_passed, no_answer.", "llm", "verdict"
)
draft_tokens = Counter("codegym_draft_tokens_total", "Tokens of attempts at drafts, prompts and replies.", "llm")
draft_seconds = Histogram("codegym_draft_attempt_seconds", "From asking the model to the verdict.", SLOW, "llm")
draft_length = Histogram(
    "codegym_draft_length_attempts", "Attempts of a draft that is over.", (1, 2, 3, 4, 5, 7, 10, 20, 50), "outcome"
)
author_turns = Counter(
    "codegym_author_turns_total",
    "Reviews (review, pep8, complexity, coverage), validate and check over HTTP: done, failed, refused, stopped.",
    "route",
    "outcome",
)
author_seconds = Histogram("codegym_author_turn_seconds", "From asking to the whole answer.", SLOW, "route")

leases = Counter(
    "codegym_sandbox_leases_total",
    "Sandbox leases by how they ended: closed (as they should), or as their process did: memory (out of memory), "
    "timeout, signalled, output, protocol, exited, killed, lost (our fault).",
    "level",
    "end",
)
lease_seconds = Histogram("codegym_sandbox_lease_seconds", "From asking for a sandbox to having it.", QUICK, "level")
lease_failures = Counter("codegym_sandbox_lease_failures_total", "Times that no sandbox could be had.", "level")
zygotes_started = Counter(
    "codegym_sandbox_zygotes_started_total",
    "Zygotes started, by why: first, restart (the one before died).",
    "level",
    "why",
)

transaction_seconds = Histogram(
    "codegym_store_transaction_seconds", "A transaction of the records, its commit with it.", QUICK, "lane"
)
transaction_failures = Counter(
    "codegym_store_transaction_failures_total", "Transactions that the database did not take.", "lane"
)

sends = Counter(
    "codegym_relay_sends_total", "Events offered to a sink: taken, refused, away (sent again later).", "sink", "outcome"
)

# read when they are asked for
info = Gauge("codegym_info", "Always 1; its labels say what runs.", "version", "level", "records", "place")
ready = Gauge("codegym_ready", "1 where checks can be taken, as /codegym/api/health/ready says.")
start_seconds = Gauge("codegym_start_seconds", "How long the last start of the managers took.")
queue = Gauge("codegym_queue_submissions", "Stored and not judged, of all servers on these records.")
queue_age = Gauge("codegym_queue_oldest_seconds", "Age of the oldest of them; 0 where none waits.")
parked = Gauge("codegym_parked_submissions", "Not judged three times by our fault: codegym parked.")
judging = Gauge("codegym_checks_under_way", "Judged just now, or about to be, by this server.")
outbox = Gauge("codegym_outbox_events", "Events that wait for some sink.")
outbox_age = Gauge("codegym_outbox_oldest_seconds", "Age of the oldest of them; 0 where none waits.")
dead_letters = Gauge("codegym_dead_letters", "Events that a sink refused for good: codegym events dead.")
zygotes = Gauge("codegym_sandbox_zygotes", "Zygotes alive.", "level")
spares = Gauge("codegym_sandbox_spares", "Sandboxes forked ahead of need and ready.", "level")
spares_wanted = Gauge("codegym_sandbox_spares_wanted", "As many as there should be.", "level")
leased = Gauge("codegym_sandbox_leases_open", "Sandboxes in use.", "level")
tabs = Gauge("codegym_tabs", "Open tabs that are told of what happens.")
disk_free = Gauge("codegym_disk_free_bytes", "Free on the disk of the data folder.")


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
