"""`codegym models` and what doctor says of models, against a real Ollama and where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from contract import outside
from contract.llm.conftest import HINT


def run(llms: str, *arguments: str) -> tuple[int, str, str]:
    """Exit status, output, complaints."""
    environment = {**os.environ, "CODEGYM_LLM": llms, "COLUMNS": "200"}
    command = [sys.executable, "-m", "codegym_jlab.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout, done.stderr


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def away() -> str:
    return f"ollama:http://127.0.0.1:{outside.free_ports(1)[0]}#qwen2.5:3b"


def test_list_says_how_each_is_and_what_to_do(ollama: outside.Ollama, away: str) -> None:
    status, output, _ = run(f"{away},ollama:{ollama.url}#tiny,ollama:{ollama.url}#missing", "models", "list", "--json")
    seen = lines(output)
    assert status == 0
    assert [one["answers"] for one in seen] == [False, True, False]
    assert seen[0]["state"] == "away" and "nobody answers" in seen[0]["text"]
    assert seen[1]["context"] == 8192 and seen[1]["size"] > 10_000
    assert seen[2]["state"] == "absent" and "codegym models pull ollama:missing" in seen[2]["text"]


@pytest.mark.full
def test_list_without_any_that_answers(away: str) -> None:
    status, output, _ = run(away, "models", "list")
    assert status == 1 and "nobody answers" in output
    status, output, _ = run("none", "models", "list")
    assert status == 0 and "no model is set up" in output
    status, _, complaint = run("qwen", "models", "list")
    assert status == 2 and "ollama:MODEL" in complaint


def test_test_takes_times_of_each(ollama: outside.Ollama, away: str) -> None:
    status, output, _ = run(f"ollama:{ollama.url}#tiny,openai:{ollama.url}/v1#tiny,{away}", "models", "test", "--json")
    first, second, third = lines(output)
    assert status == 1 and "nobody answers" in third["error"]
    for timed in (first, second):
        assert timed["text"] == HINT and 0 < timed["first_token_s"] <= timed["total_s"] and timed["tokens_s"] > 0


def test_test_stops_what_does_not_end(ollama: outside.Ollama) -> None:
    status, output, _ = run(f"ollama:{ollama.url}#endless", "models", "test")
    assert status == 0 and "tokens/s" in output


def test_pull_says_why_it_cannot(ollama: outside.Ollama, away: str) -> None:
    status, _, complaint = run(f"ollama:{ollama.url}#127.0.0.1:1/library/nothing:1", "models", "pull")
    assert status == 1 and "nothing:1" in complaint
    status, _, complaint = run(away, "models", "pull")
    assert status == 1 and "nobody answers" in complaint
    status, _, complaint = run("openai:http://127.0.0.1:1/v1#m", "models", "pull", "openai:m")
    assert status == 1 and "nothing to fetch" in complaint


def test_doctor_tells_of_models(ollama: outside.Ollama) -> None:
    _, output, _ = run(f"ollama:{ollama.url}#tiny,nonsense", "doctor", "--json")
    facts = {fact["name"]: fact for fact in json.loads(output)["facts"] if fact["group"] == "Models"}
    assert facts["model tiny"]["good"] and not facts["models"]["good"] and "nonsense" in facts["models"]["text"]
