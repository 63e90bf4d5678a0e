"""What goes wrong with a real server: the word that it gets, who answers in its place, and what a student is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from contract import outside
from contract.llm import tiny
from contract.llm.conftest import HINT, ask
from steps import gist, whole

from codegym_jlab.llm.base import Away, Draft, Llm, LlmError, Overloaded, Refused
from codegym_jlab.llm.chain import Chain, Link, Patience, Step
from codegym_jlab.llm.ollama import Ollama
from codegym_jlab.llm.openai import OpenAi
from codegym_jlab.llm.scripted import Scripted

pytestmark = pytest.mark.anyio
QUICK = Patience(first_s=30.0, between_s=10.0, total_s=60.0)
MANY = 8000  #: tokens of what does not end: many seconds, since a busy machine may keep a test waiting before its kill


@pytest.fixture(params=["ollama", "openai"])
async def by(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[str, str], Ollama | OpenAi]]:
    """The same server by its own form and by OpenAI's; what was asked for is closed with the test."""
    made: list[Ollama | OpenAi] = []

    def ask_for(url: str, model: str) -> Ollama | OpenAi:
        made.append(Ollama(model, url) if request.param == "ollama" else OpenAi(f"{url}/v1", model))
        return made[-1]

    yield ask_for
    await asyncio.gather(*(each.close() for each in made))


class Asked:
    """A question to a model and, should it fail, to a second one."""

    def __init__(self, first: Llm, patience: Patience = QUICK, tries: int = 2) -> None:
        self.steps: list[Step] = []
        self.shown: list[str] = []
        self.draft = Draft()
        second = Link(Scripted([HINT], "openai:big"), "class server")
        self.chain = Chain([Link(first, "", patience, tries), second])

    async def ask(self, at_piece: int = 0, then: Callable[[], None] = lambda: None, **more: Any) -> str:
        """The answer as whoever obeys `Draft` has it in the end; `then` is done at a piece of the first."""
        async with aclosing(self.chain.stream(ask(**more), self.steps.append)) as pieces:
            number = 0
            async for piece in pieces:
                number += bool(piece.text)
                if self.draft.add(piece):
                    self.shown.append("again")
                if number == at_piece:
                    then()
        return self.draft.text

    @property
    def errors(self) -> list[str]:
        return [step.error for step in self.steps if step.what == "failed"]

    @property
    def gist(self) -> tuple[str | None, dict[str, str]]:
        return gist(self.steps)


def kill_runners(server: outside.Ollama) -> None:
    for pid in server.runners():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def test_a_runner_that_dies_half_way_gives_way_to_the_next(
    own_ollama: outside.Ollama, by: Callable[[str, str], Llm]
) -> None:
    first = by(own_ollama.url, "endless")
    asked = Asked(first)
    assert await asked.ask(4, lambda: kill_runners(own_ollama), max_tokens=MANY) == HINT
    assert asked.errors == ["cut off"] and asked.shown == ["again"]
    assert asked.gist == ("class server", {"endless": "cut off"})
    assert (await whole(by(own_ollama.url, "second").stream(ask()))).text == HINT  # it starts a runner again


async def test_a_runner_that_dies_is_asked_again_where_there_is_no_other(own_ollama: outside.Ollama) -> None:
    first = Ollama("endless", own_ollama.url)
    chain = Chain([Link(first)])
    steps: list[Step] = []
    seen = 0
    with contextlib.suppress(LlmError):
        async with aclosing(chain.stream(ask(max_tokens=MANY), steps.append)) as pieces:
            async for piece in pieces:
                seen = max(seen, piece.attempt)
                if piece.attempt == 1 and piece.text:
                    kill_runners(own_ollama)
                if piece.attempt == 2 and piece.text:
                    break
    assert seen == 2 and [step.what for step in steps][:4] == ["asked", "began", "failed", "asked"]
    await first.close()


async def test_a_server_that_dies_half_way_gives_way_and_is_away_then(
    own_ollama: outside.Ollama, by: Callable[[str, str], Llm]
) -> None:
    first = by(own_ollama.url, "endless")
    asked = Asked(first)
    assert await asked.ask(4, own_ollama.end, max_tokens=MANY) == HINT
    assert asked.errors == ["cut off"]
    with pytest.raises(Away) as caught:
        await whole(first.stream(ask()))
    assert own_ollama.url in caught.value.text
    assert (await first.look()).state == "away"


async def test_a_server_that_is_away(by: Callable[[str, str], Llm]) -> None:
    (port,) = outside.free_ports(1)
    first = by(f"http://127.0.0.1:{port}", "tiny")
    asked = Asked(first)
    assert await asked.ask() == HINT
    assert asked.errors == ["away"] and asked.gist == ("class server", {"tiny": "away"})
    ready = await first.look()
    assert ready.state == "away" and "nobody answers" in ready.text


async def test_a_server_that_does_not_begin(own_ollama: outside.Ollama, by: Callable[[str, str], Llm]) -> None:
    """Stopped, it will never answer: it is the given time alone that ends the wait."""
    first = by(own_ollama.url, "tiny")
    await whole(first.stream(ask()))
    for pid in own_ollama.runners():
        os.kill(pid, signal.SIGSTOP)
    asked = Asked(first, Patience(first_s=0.5))
    assert await asked.ask() == HINT
    assert asked.errors == ["overloaded"] and asked.gist == ("class server", {"tiny": "overloaded"})


async def test_a_server_that_falls_silent(own_ollama: outside.Ollama, by: Callable[[str, str], Llm]) -> None:
    def stop() -> None:
        for pid in own_ollama.runners():
            os.kill(pid, signal.SIGSTOP)

    first = by(own_ollama.url, "endless")
    asked = Asked(first, Patience(first_s=30, between_s=0.7))
    assert await asked.ask(4, stop, max_tokens=MANY) == HINT
    assert asked.errors == ["cut off"]


async def test_one_that_goes_on_and_on_is_stopped(ollama: outside.Ollama, by: Callable[[str, str], Llm]) -> None:
    first = by(ollama.url, "endless")
    asked = Asked(first, Patience(total_s=1.0))
    assert await asked.ask(max_tokens=100_000 if isinstance(first, OpenAi) else 8000) == HINT
    assert asked.errors == ["cut off"]


async def test_a_server_whose_queue_is_full(own_ollama: outside.Ollama, by: Callable[[str, str], Llm]) -> None:
    """One answer under way, one model in memory, one place in the queue: the rest gets 503."""
    busy = by(own_ollama.url, "endless")
    others = [by(own_ollama.url, model) for model in ("tiny", "second") for _ in range(4)]
    async with aclosing(busy.stream(ask(max_tokens=MANY))) as pieces:
        await anext(pieces)
        for pid in own_ollama.runners():  # it will not be done by itself
            os.kill(pid, signal.SIGSTOP)
        asking = [asyncio.create_task(whole(other.stream(ask()))) for other in others]
        await asyncio.wait(asking, return_when=asyncio.FIRST_EXCEPTION)
        refused = [task.exception() for task in asking if task.done() and task.exception()]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert refused and all(isinstance(error, Overloaded) for error in refused)
    assert "no time" in str(refused[0])


async def test_a_model_that_is_not_there(ollama: outside.Ollama, by: Callable[[str, str], Llm]) -> None:
    first = by(ollama.url, "qwen9")
    asked = Asked(first)
    assert await asked.ask() == HINT
    assert asked.errors == ["refused"] and asked.gist == ("class server", {"qwen9": "refused"})
    assert [step.what for step in asked.steps].count("asked") == 2  # it is not asked twice


async def test_a_foreign_host(
    ollama: outside.Ollama, by: Callable[[str, str], Llm], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ollama takes requests for names that are its own; a proxy or a DNS name before it needs its leave."""
    known = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        return known("127.0.0.1" if host in ("models.example.org", b"models.example.org") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    first = by(f"http://models.example.org:{ollama.port}", "tiny")
    with pytest.raises(Refused, match="models.example.org"):
        await whole(first.stream(ask()))
    assert (await first.look()).state == "refused"


async def test_a_prompt_past_the_context_is_given_on(ollama: outside.Ollama, by: Callable[[str, str], Llm]) -> None:
    first = by(ollama.url, "tiny")
    asked = Asked(first, Patience())
    assert await asked.ask(text="so many words " * 4000) == HINT
    assert asked.errors == ["too long"]
    assert asked.gist == ("class server", {"tiny": "too long"})


async def test_ollamas_context_grows_with_the_prompt(ollama: outside.Ollama) -> None:
    """Its own default would cut this to 2048 tokens and answer as if nothing were."""
    llm = Ollama("tiny", ollama.url)
    reply = await whole(llm.stream(ask("x" * 5000 + " as JSON")))
    assert reply.usage.prompt > 5000 and reply.text.startswith("{")
    await llm.close()


async def test_a_server_that_is_no_ollama(ollama: outside.Ollama) -> None:
    llm = Ollama("tiny", f"{ollama.url}/v1")
    assert (await llm.look()).state == "refused"
    with pytest.raises(Refused):
        await whole(llm.stream(ask()))
    await llm.close()


async def test_what_is_loaded_is_told_and_kept_as_long_as_was_said(own_ollama: outside.Ollama) -> None:
    llm = Ollama("tiny", own_ollama.url, keep_alive="0s")
    assert (await llm.look()).state == "ready"
    lasting = Ollama("tiny", own_ollama.url)
    await whole(lasting.stream(ask()))
    assert (await lasting.look()).state == "loaded"
    await asyncio.gather(llm.close(), lasting.close())


async def test_a_pull_that_cannot_be(ollama: outside.Ollama) -> None:
    """There is no registry to be reached: its own words come back."""
    llm = Ollama("127.0.0.1:1/library/nothing:1", ollama.url)
    with pytest.raises((Refused, Away), match="cannot be fetched|failed"):
        async for step in llm.pull():
            assert step.doing
    await llm.close()


async def test_a_slow_one_is_waited_for(tmp_path: Any, own_ollama: outside.Ollama) -> None:
    """Slow by its size: as long as pieces come in time, nothing is lost."""
    tiny.write(tmp_path / "slow.gguf", {"hint": HINT}, {}, layers=8, wide=16384)
    own_ollama.have("slow", tmp_path / "slow.gguf", tiny.template("<|say:hint|>"))
    llm = Ollama("slow", own_ollama.url)
    asked = Asked(llm, Patience())
    assert await asked.ask() == HINT
    assert asked.gist == ("slow", {}) and asked.draft.attempt == 1
    await llm.close()
