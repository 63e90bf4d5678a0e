"""A check's trace in a real MLflow, by the variables of its manual, as its own REST API tells it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from absent import running
from contract.outside import Mlflow
from server.conftest import Call, answer
from server.test_answers import sent
from server.test_secrets import SECRETS
from server.test_traces import SOURCE

from codegym_jlab.telemetry import otlp


@pytest.fixture(scope="module")
def mlflow() -> Iterator[Mlflow]:
    with running(Mlflow) as made:
        yield made


@pytest.fixture
def experiment(mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch) -> str:
    made: str = mlflow.call("2.0/mlflow/experiments/create", {"name": "codegym"})["experiment_id"]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", mlflow.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-mlflow-experiment-id={made}")
    return made


@pytest.fixture
def settings(experiment: str) -> dict[str, Any]:
    return {}


async def traces(mlflow: Mlflow, experiment: str, about: str) -> list[dict[str, Any]]:
    """Those that hold this text, whole."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    for _ in range(100):
        found = mlflow.call("3.0/mlflow/traces/search", {"locations": [place], "max_results": 100}).get("traces", [])
        whole = [mlflow.call(f"3.0/mlflow/traces/get?trace_id={each['trace_id']}")["trace"] for each in found]
        if named := [each for each in whole if about in json.dumps(each)]:
            return named
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come")


async def test_a_check_is_one_trace_in_mlflow(call: Call, mlflow: Mlflow, experiment: str) -> None:
    await call("GET", "courses")
    told = answer(await call("POST", "submissions", sent("add", SOURCE, "1")))
    await otlp.switch_off()

    (trace,) = await traces(mlflow, experiment, told["submission"]["id"])
    assert trace["trace_info"]["state"] == "OK"
    assert trace["trace_info"]["tags"]["service.name"] == "codegym"
    spans = {span["span_id"]: span for span in trace["spans"]}

    def path(span: dict[str, Any]) -> str:
        above = spans.get(span.get("parent_span_id", ""))
        return f"{path(above)}/{span['name']}" if above else str(span["name"])

    paths = sorted(path(span) for span in spans.values() if span["name"] != "send")
    grade = "POST Submissions/judge/grade"
    assert paths == sorted(
        [
            "POST Submissions",
            "POST Submissions/accept",
            "POST Submissions/judge",
            "POST Submissions/judge/commit",
            "POST Submissions/judge/queue",
            *(grade, f"{grade}/author", f"{grade}/cells", f"{grade}/cells/lease"),
            *(f"{grade}/checks", f"{grade}/checks", f"{grade}/checker", f"{grade}/checker"),
        ]
    )
    kept = json.dumps(trace)
    assert "CANARY" not in kept and not SECRETS.search(kept.encode())
