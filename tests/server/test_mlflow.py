"""A check's trace in a real MLflow, by the variables of its manual, as its own REST API tells it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from absent import running
from contract.llm.odd import Odd, chunk
from contract.outside import Mlflow
from server.conftest import Call, answer
from server.test_answers import sent
from server.test_secrets import SECRETS
from server.test_traces import SOURCE

from codegym_jlab.telemetry import traces as otlp

ASKED, SAID = "I am stuck, CANARY_ASKED. How do I begin?", "both names, CANARY_SAID."


@pytest.fixture(scope="module")
def mlflow() -> Iterator[Mlflow]:
    with running(Mlflow) as made:
        yield made


@pytest.fixture
def experiment(mlflow: Mlflow, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    made: str = mlflow.call("2.0/mlflow/experiments/create", {"name": request.node.name})["experiment_id"]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", mlflow.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-mlflow-experiment-id={made}")
    return made


@pytest.fixture
def model() -> Iterator[Odd]:
    """A server of models that says one thing."""
    made = Odd()
    usage = {"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 7}}
    made.streams(chunk("Look at "), chunk(SAID), chunk("", "stop"), usage)
    yield made
    made.close()


@pytest.fixture
def content() -> bool:
    return False


@pytest.fixture
def settings(experiment: str, model: Odd, content: bool) -> dict[str, Any]:
    return {"llms": [f"openai:{model.url}#tiny"], "trace_content": content}


async def traces(mlflow: Mlflow, experiment: str, about: str) -> list[dict[str, Any]]:
    """Those that hold this text, whole."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    for _ in range(1200):
        found = mlflow.call("3.0/mlflow/traces/search", {"locations": [place], "max_results": 100}).get("traces", [])
        whole = [mlflow.call(f"3.0/mlflow/traces/get?trace_id={each['trace_id']}")["trace"] for each in found]
        if named := [each for each in whole if about in json.dumps(each)]:
            return named
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come")


def by_path(trace: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Its spans, each with the names above it."""
    spans = {span["span_id"]: span for span in trace["spans"]}

    def path(span: dict[str, Any]) -> str:
        above = spans.get(span.get("parent_span_id", ""))
        return f"{path(above)}/{span['name']}" if above else str(span["name"])

    return [(path(span), span) for span in spans.values()]


def known_of(span: dict[str, Any]) -> dict[str, Any]:
    """Its attributes as plain values."""
    return {each["key"]: _plain(each["value"]) for each in span["attributes"]}


def _plain(value: dict[str, Any]) -> Any:
    ((kind, found),) = value.items()
    return [_plain(each) for each in found["values"]] if kind == "array_value" else found


async def test_a_check_is_one_trace_in_mlflow(call: Call, mlflow: Mlflow, experiment: str) -> None:
    await call("GET", "courses")
    told = answer(await call("POST", "submissions", sent("add", SOURCE, "1")))
    await otlp.switch_off()

    (trace,) = await traces(mlflow, experiment, told["submission"]["id"])
    assert trace["trace_info"]["state"] == "OK"
    assert trace["trace_info"]["tags"]["service.name"] == "codegym"
    paths = sorted(path for path, span in by_path(trace) if span["name"] != "send")
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


@pytest.mark.parametrize("content", [False, True])
async def test_a_turn_of_the_tutor_is_one_trace_by_the_conventions_for_generative_ai(
    call: Call, mlflow: Mlflow, experiment: str, content: bool
) -> None:
    await call("GET", "courses")
    response = await call("POST", "courses/demo/exercises/add/conversation", {"message": ASKED})
    turn = json.loads(response.body.splitlines()[-1])["turn"]
    assert turn["reply"]["by"] == "tiny" and "CANARY_SAID" in turn["reply"]["text"]
    await otlp.switch_off()

    (trace,) = await traces(mlflow, experiment, "invoke_agent tutor")
    assert trace["trace_info"]["state"] == "OK"
    spans = dict(by_path(trace))
    top = "POST CoursesExercisesConversation/invoke_agent tutor"
    for name in ("triage", "invoke_agent hint", "chat tiny", "execute_tool guard"):
        assert f"{top}/{name}" in spans, sorted(spans)
    whole, chat = known_of(spans[top]), known_of(spans[f"{top}/chat tiny"])
    assert whole["gen_ai.operation.name"] == "invoke_agent" and whole["gen_ai.agent.name"] == "tutor"
    assert whole["gen_ai.conversation.id"].endswith(":add") and whole["codegym.intent"] == "hint"
    assert chat["gen_ai.operation.name"] == "chat" and chat["gen_ai.request.model"] == "tiny"
    assert (chat["gen_ai.usage.input_tokens"], chat["gen_ai.usage.output_tokens"]) == (900, 7)
    assert chat["gen_ai.response.finish_reasons"] == ["stop"]
    guard = known_of(spans[f"{top}/execute_tool guard"])
    assert guard["gen_ai.tool.name"] == "guard" and guard["codegym.leaks"] == "none"
    kept = json.dumps(trace)
    assert ("CANARY_ASKED" in kept, "CANARY_SAID" in kept) == (content, content)
    assert not SECRETS.search(kept.replace("SENTINEL_HINT_1", "").encode()), "the rung is what the student is told"
