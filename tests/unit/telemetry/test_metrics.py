"""What is counted, what a scrape shows."""

from __future__ import annotations

import re
import subprocess
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read

from codegym_jlab.telemetry import metrics, metrics as instruments


def test_a_scrape_can_be_read_in_both_forms() -> None:
    metrics.switch_on()
    instruments.checks.add("submit", "AC")
    instruments.check_seconds.observe(0.012, "submit")
    instruments.check_seconds.observe(-5.0, "submit")  # the clock was set back
    readings = [instruments.queue.reads(3), instruments.spares.reads(2, "namespaces")]
    media, text = metrics.page(readings, "")
    assert media.startswith("text/plain")
    found = {family.name: family for family in read(text.decode())}
    assert [(s.value, s.labels) for s in found["codegym_queue_submissions"].samples] == [(3, {})]
    assert [(s.value, s.labels) for s in found["codegym_sandbox_spares"].samples] == [(2, {"level": "namespaces"})]
    assert found["codegym_checks"].samples[0].value >= 1
    assert "process_resident_memory_bytes" in found
    assert b"_created" not in text
    media, text = metrics.page(readings, "application/openmetrics-text; version=1.0.0")
    assert media.startswith("application/openmetrics-text")
    assert "codegym_queue_submissions" in {family.name for family in read_open(text.decode())}


def test_a_gauge_is_not_kept_from_one_scrape_to_the_next() -> None:
    metrics.switch_on()
    assert b"codegym_outbox_events 9.0" in metrics.page([instruments.outbox.reads(9)])[1]
    assert b"codegym_outbox_events" not in metrics.page([])[1]


def test_names_are_as_prometheus_wants_them() -> None:
    known = metrics.INSTRUMENTS
    # OpenMetrics calls a counter's family by its name without _total
    assert len({one.name.removesuffix("_total") for one in known}) == len(known) > 20
    for one in known:
        assert re.fullmatch(r"codegym(_[a-z]+)+", one.name) and one.help.endswith(".")
        assert one.name.endswith("_total") == isinstance(one, metrics.Counter)
        if isinstance(one, metrics.Histogram):
            assert one.name.endswith(("_seconds", "_attempts")) and list(one.buckets) == sorted(one.buckets)
        assert not {"person", "user", "course", "exercise", "submission", "offering"} & set(one.labels)


def test_nothing_is_counted_or_imported_until_it_is_switched_on() -> None:
    """In a process of its own: this one has switched on."""
    asked = (
        "import sys; from codegym_jlab.telemetry import metrics as i; i.checks.add('submit', 'AC');"
        "i.check_seconds.observe(1, 'submit'); assert 'prometheus_client' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)
