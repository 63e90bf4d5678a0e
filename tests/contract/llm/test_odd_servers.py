"""What servers that speak OpenAI's form were seen to do besides what Ollama does: replayed by a small server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.llm.conftest import ask
from contract.llm.odd import Odd, chunk
from steps import whole

from codegym_jlab.llm.base import Away, CutOff, LlmError, Overloaded, Refused, TooLong
from codegym_jlab.llm.client import Key
from codegym_jlab.llm.openai import OpenAi

pytestmark = pytest.mark.anyio
KEY = "sk-very-secret-71144"


@pytest.fixture
def odd() -> Iterator[Odd]:
    made = Odd()
    yield made
    made.close()


@pytest.fixture
async def llm(odd: Odd, tmp_path: Path) -> AsyncIterator[OpenAi]:
    (tmp_path / "key").write_text(f"{KEY}\n")
    made = OpenAi(odd.url, "big", key=Key(file=str(tmp_path / "key")))
    yield made
    await made.close()


async def fails(llm: OpenAi) -> LlmError:
    with pytest.raises(LlmError) as caught:
        await whole(llm.stream(ask()))
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}', Refused),
        (403, '{"detail": "no"}', Refused),
        (404, '{"error": {"message": "The model `big` does not exist"}}', Refused),
        (400, '{"error": {"message": "This model\'s maximum context length is 8 tokens"}}', TooLong),
        (413, "", TooLong),
        (400, '[{"error": {"message": "Unknown field seed"}}]', Refused),
        (429, '{"error": {"message": "slow down"}}', Overloaded),
        (503, "<html>busy</html>", Overloaded),
        (500, "oops", Away),
        (502, "<html>bad gateway</html>", Away),
        (301, "", Refused),
    ],
)
async def test_what_a_server_answers_has_a_word(
    odd: Odd, llm: OpenAi, status: int, body: str, kind: type[LlmError]
) -> None:
    odd.says(body, "application/json", status, Location="http://elsewhere.example/")
    error = await fails(llm)
    assert type(error) is kind and "<html>" not in error.text


async def test_a_key_is_sent_and_read_anew(odd: Odd, llm: OpenAi, tmp_path: Path) -> None:
    odd.streams(chunk("Hi"), chunk("", "stop"))
    await whole(llm.stream(ask()))
    (tmp_path / "key").write_text("renewed")
    await whole(llm.stream(ask()))
    assert [heard["authorization"] for heard, _ in odd.heard] == [f"Bearer {KEY}", "Bearer renewed"]
    (tmp_path / "key").unlink()
    assert "cannot be read" in (await fails(llm)).text


async def test_a_key_that_is_not_set_is_told_before_anything_is_sent(odd: Odd) -> None:
    llm = OpenAi(odd.url, "big", key=Key(env="CODEGYM_TEST_NO_SUCH_KEY"))
    assert "CODEGYM_TEST_NO_SUCH_KEY" in (await fails(llm)).text and odd.heard == []


async def test_how_long_it_wants_to_be_left_alone(odd: Odd, llm: OpenAi) -> None:
    odd.says("{}", "application/json", 429, Retry_After="7")
    assert (await fails(llm)).wait_s == 7
    odd.says("{}", "application/json", 429, Retry_After="Fri, 20 Nov 2026 10:00:00 GMT")
    assert (await fails(llm)).wait_s is None


@pytest.mark.parametrize(
    ("events", "done", "kind"),
    [
        ([chunk("Look")], False, CutOff),
        ([chunk("Look")], True, CutOff),
        ([chunk("Look"), "{not json"], False, CutOff),
        ([chunk("Look"), {"error": {"message": "engine died"}}], False, CutOff),
        ([{"error": {"message": "maximum context length"}}], False, TooLong),
        ([chunk("Look", "length")], True, CutOff),
        ([chunk("", "content_filter")], True, Refused),
        ([], True, Away),
    ],
)
async def test_a_stream_that_does_not_end_as_it_should(
    odd: Odd, llm: OpenAi, events: list[Any], done: bool, kind: type[LlmError]
) -> None:
    odd.streams(*events, done=done)
    assert type(await fails(llm)) is kind


async def test_comments_names_of_events_and_thoughts_are_passed_over(odd: Odd, llm: OpenAi) -> None:
    thinking = {"choices": [{"delta": {"reasoning_content": "hm", "content": None}}]}
    whole_one = f": ping\n\nevent: chunk\ndata: {json.dumps(thinking)}\n\n"
    odd.says(
        f"{whole_one}data: {json.dumps(chunk('<think>so'))}\n\ndata: {json.dumps(chunk('</think> Look', 'stop'))}\n\n"
    )
    reply = await whole(llm.stream(ask()))
    assert reply.text == "Look" and not reply.usage.counted and reply.usage.reply > 0


async def test_a_page_is_no_answer(odd: Odd, llm: OpenAi) -> None:
    odd.says("<html>Sign in</html>", "text/html")
    assert "/v1" in (await fails(llm)).text
    assert (await llm.look()).state == "refused"


async def test_a_prompt_that_was_cut_silently_is_found_by_its_count(odd: Odd, llm: OpenAi) -> None:
    odd.streams(chunk("Look", "stop"), {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 1}})
    with pytest.raises(TooLong):
        await whole(llm.stream(ask("so many words " * 500)))
