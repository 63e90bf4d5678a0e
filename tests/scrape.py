"""What a page of metrics says."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from codegym_jlab.telemetry import metrics


def value(page: str, name: str, **labels: str) -> float:
    """Of the series of that name whose labels hold these, all together; 0 where there is none."""
    samples = (sample for family in text_string_to_metric_families(page) for sample in family.samples)
    return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())


def counted(name: str, **labels: str) -> float:
    """The same of what this process has counted."""
    return value(metrics.page([])[1].decode(), name, **labels)
