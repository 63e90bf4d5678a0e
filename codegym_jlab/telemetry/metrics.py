"""Counters, histograms and gauges for Prometheus, in a registry of our own.

Until `switch_on` every verb does nothing: the command line pays for no metrics. Counters are the process's, as
Prometheus means them; gauges are read at each scrape, from the one server that is asked, so none outlives its server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

#: Series of one name. Labels have few values; should one of them not, the rest is counted together.
MOST_SERIES = 100
OTHER = "other"

_known: list[Instrument] = []
_registry: CollectorRegistry | None = None


class Instrument:
    """Something counted or timed. Its verbs may be called from any thread, and cost about a microsecond."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._family: Any = None
        self._series: dict[tuple[str, ...], Any] = {}
        _known.append(self)

    def make(self, registry: CollectorRegistry) -> None:
        """Begin to count."""
        raise NotImplementedError

    def _of(self, labels: tuple[str, ...]) -> Any:
        series = self._series.get(labels)
        return series if series is not None else self._new(labels)

    def _new(self, labels: tuple[str, ...]) -> Any:
        if len(labels) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}")
        if labels and len(self._series) >= MOST_SERIES:
            labels = (OTHER,) * len(labels)
        made = self._family.labels(*labels) if labels else self._family
        return self._series.setdefault(labels, made)


class Counter(Instrument):
    """What only grows; its name ends in `_total`."""

    def make(self, registry: CollectorRegistry) -> None:
        """Begin to count."""
        from prometheus_client import Counter

        self._family = Counter(self.name, self.help, self.labels, registry=registry)

    def add(self, *labels: str, by: float = 1) -> None:
        """One more, or `by`."""
        if self._family is not None:
            self._of(labels).inc(by)


class Histogram(Instrument):
    """Durations; its name ends in `_seconds`."""

    def __init__(self, name: str, help: str, buckets: Sequence[float], *labels: str) -> None:
        super().__init__(name, help, *labels)
        self.buckets = buckets

    def make(self, registry: CollectorRegistry) -> None:
        """Begin to count."""
        from prometheus_client import Histogram

        self._family = Histogram(self.name, self.help, self.labels, registry=registry, buckets=self.buckets)

    def observe(self, seconds: float, *labels: str) -> None:
        """It took so long. A clock that was set back counts as no time."""
        if self._family is not None:
            self._of(labels).observe(max(0.0, seconds))


@dataclass(frozen=True, slots=True)
class Reading:
    """A gauge's value for some labels, at one moment."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


class Gauge(Instrument):
    """What goes up and down: never set, only read."""

    def make(self, registry: CollectorRegistry) -> None:
        """Nothing is kept."""

    def reads(self, value: float, *labels: str) -> Reading:
        """What it shows now."""
        return Reading(self, value, labels)


def instruments() -> Sequence[Instrument]:
    """All there are: for documentation, and for tests that hold dashboards to them."""
    from . import instruments  # noqa: F401

    return tuple(_known)


def switch_on() -> None:
    """Begin to count, once a process. Imports prometheus_client, which a Jupyter server has loaded already."""
    global _registry
    if _registry is not None:
        return
    from prometheus_client import CollectorRegistry, ProcessCollector

    made = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=made)
    for instrument in instruments():
        instrument.make(made)
    _registry = made


def page(readings: Iterable[Reading], accept: str = "") -> tuple[str, bytes]:
    """Media type and text of a scrape: what was counted since `switch_on`, and these readings."""
    from prometheus_client.exposition import choose_encoder

    encode, media = choose_encoder(accept)
    collector: Any = _Scrape(tuple(readings))
    return media, encode(collector)


class _Scrape:
    """What an encoder takes for a registry."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Without the moments at which each series began, which nobody asks for and double the page."""
        for family in _registry.collect() if _registry is not None else ():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        families: dict[Gauge, GaugeMetricFamily] = {}
        for reading in self._readings:
            gauge = reading.gauge
            family = families.setdefault(gauge, GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels))
            family.add_metric(reading.labels, reading.value)
        yield from families.values()
