"""The dashboard, alerts and scrape configuration in examples/monitoring ask for what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegym_jlab.handlers import routes as api
from codegym_jlab.records import Kind, Verdict
from codegym_jlab.sandbox.base import ExitKind
from codegym_jlab.telemetry import metrics

FOLDER = Path(__file__).parents[3] / "examples" / "monitoring"
KNOWN = {one.name: one for one in metrics.INSTRUMENTS}
#: What Prometheus adds of its own, and each label's values where they are few.
OWN_LABELS = {"instance", "job", "le"}
VALUES = {
    "kind": {*map(str, Kind), "hint"},
    "outcome": {*map(str, Verdict), "repeated", "refused", "unavailable", "put_off", "cancelled"},
    "end": {*(kind.value for kind in ExitKind), "closed"},
    "why": {"first", "restart"},
    "lane": {"writer", "reader"},
}


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text())
    return loaded


def queries() -> list[str]:
    return [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]


def alerts() -> list[str]:
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule["expr"] for rule in group["rules"]]


def instrument(name: str) -> metrics.Instrument:
    """That of a series."""
    bare = re.sub(r"_(bucket|sum|count)$", "", name)
    found = KNOWN.get(name) or KNOWN.get(bare)
    assert found is not None, f"there is no {name}"
    assert (name == found.name) != isinstance(found, metrics.Histogram), f"{name}: of a histogram _bucket or _sum"
    return found


@pytest.mark.parametrize("asked", [*queries(), *alerts()])
def test_each_query_asks_for_what_there_is(asked: str) -> None:
    for name, selected in re.findall(r"(codegym_[a-z_]+)(?:\{([^}]*)\})?", asked):
        labels = {*instrument(name).labels, *OWN_LABELS}
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', selected):
            assert label in labels, f"{name} has no label {label}"
            assert label in OWN_LABELS or value in VALUES[label], f"{label} is never {value}"
    for grouped in re.findall(r"by \(([^)]*)\)", asked):
        own = {label for name in re.findall(r"codegym_[a-z_]+", asked) for label in instrument(name).labels}
        assert {label.strip() for label in grouped.split(",")} <= own | OWN_LABELS


def test_the_dashboard_shows_everything_that_is_measured() -> None:
    shown = {instrument(name).name for asked in queries() for name in re.findall(r"codegym_[a-z_]+", asked)}
    assert set(KNOWN) - shown == set()


def test_its_panels_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells


def test_probes_and_scrapes_name_addresses_that_there_are() -> None:
    served = {f"/codegym/api/{pattern}" for pattern in api.ROUTES}
    probes = yaml.safe_load((FOLDER / "probes.yaml").read_text())
    assert {probe["httpGet"]["path"] for probe in probes.values()} <= served
    (job,) = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    assert job["metrics_path"] == "/codegym/metrics" and job["job_name"] == "codegym"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here (Debian: apt install prometheus)")
def test_prometheus_itself_understands_them(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "codegym-metrics-token").write_text("x")
    asked = [query.replace("$__rate_interval", "5m").replace("$instance", ".*") for query in queries()]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(asked)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    for order in (["rules", "alerts.yml", "panels.yml"], ["config", "prometheus.yml"]):
        done = subprocess.run(["promtool", "check", *order], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here (Debian: apt install prometheus)")
def test_prometheus_finds_no_fault_with_a_page() -> None:
    metrics.switch_on()
    for one in KNOWN.values():
        labels = tuple("x" for _ in one.labels)
        if isinstance(one, metrics.Counter):
            one.add(*labels)
        elif isinstance(one, metrics.Histogram):
            one.observe(0.01, *labels)
    readings = [one.reads(1, *("x" for _ in one.labels)) for one in KNOWN.values() if isinstance(one, metrics.Gauge)]
    page = metrics.page(readings)[1]
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
