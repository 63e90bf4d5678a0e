"""A model of each kind that says given sentences, from real servers where a kind has one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from absent import running
from contract import outside
from contract.llm import tiny

from codegym_jlab.llm.base import Llm, Message, Prompt
from codegym_jlab.llm.ollama import Ollama
from codegym_jlab.llm.openai import OpenAi
from codegym_jlab.llm.scripted import Line, Scripted

HINT = "Che cosa succede se la lista è vuota? Prova a stampare il valore. ✓"
JSON = '{"level": 2, "hint": "Look at the last item."}'
LEAK = "def add(a, b):\n    return a + b"
SENTENCES = {"hint": HINT, "json": JSON, "leak": LEAK}
TRIGGERS = {"as JSON": "json", "LEAK": "leak"}
KINDS = ("scripted", "ollama", "openai")


def ask(text: str = "Why does it print None?", **more: object) -> Prompt:
    """One question."""
    return Prompt((Message("user", text),), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tiny.write(path, SENTENCES, TRIGGERS)
    return path


def furnish(server: outside.Ollama, file: Path) -> None:
    """The models that tests ask for: `tiny` says sentences by their triggers, `endless` never ends."""
    server.have("tiny", file, tiny.template("<|switch|>"))
    server.have("second", file, tiny.template("<|say:hint|>"))
    server.have("endless", file, tiny.template("<|loop|>"))


@pytest.fixture(scope="session")
def ollama(tiny_file: Path) -> Iterator[outside.Ollama]:
    """One that runs for all tests, which leave it as it was."""
    # its runner may lose the place of a request that was stopped, and would answer nobody with one place alone
    with running(lambda: outside.Ollama(OLLAMA_MAX_LOADED_MODELS="3", OLLAMA_NUM_PARALLEL="4")) as server:
        furnish(server, tiny_file)
        yield server


@pytest.fixture
def own_ollama(tiny_file: Path) -> Iterator[outside.Ollama]:
    """One that a test may kill."""
    with running(lambda: outside.Ollama(OLLAMA_MAX_QUEUE="1", OLLAMA_MAX_LOADED_MODELS="1")) as server:
        furnish(server, tiny_file)
        yield server


@dataclass(frozen=True)
class Kind:
    """One kind of provider; `make` gives one of its models by a name that it may not have."""

    name: str
    make: Callable[[str], Llm]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param == "scripted":
        return Kind("scripted", _scripted)
    server: outside.Ollama = request.getfixturevalue("ollama")
    if request.param == "ollama":
        return Kind("ollama", lambda model: Ollama(model, server.url))
    return Kind("openai", lambda model: OpenAi(f"{server.url}/v1", model, context=2048))


def _scripted(model: str) -> Scripted:
    lines = [Line(JSON, "as JSON"), Line(LEAK, "LEAK"), Line("tick tock " * 10_000, "ENDLESS", between_s=0.001), HINT]
    return Scripted(lines if model == "tiny" else [], model, context=8192)


@pytest.fixture
async def llm(kind: Kind) -> AsyncIterator[Llm]:
    """One that is there."""
    made = kind.make("tiny")
    yield made
    await made.close()
