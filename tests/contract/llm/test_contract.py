"""What any language model does, whoever serves it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from contract.llm.conftest import HINT, LEAK, Kind, ask
from steps import whole

from codegym_jlab.llm.base import CutOff, Llm, Message, Piece, Prompt, Refused, TooLong

pytestmark = pytest.mark.anyio


async def heard(llm: Llm, prompt: Prompt) -> list[Piece]:
    async with aclosing(llm.stream(prompt)) as pieces:
        return [piece async for piece in pieces]


async def test_an_answer_comes_in_pieces_and_whole(llm: Llm) -> None:
    pieces = await heard(llm, ask())
    assert "".join(piece.text for piece in pieces).replace("\u200b", "") == HINT
    assert sum(bool(piece.text) for piece in pieces) > 3
    assert {piece.llm for piece in pieces} == {llm.name} and {piece.attempt for piece in pieces} == {1}


async def test_usage_comes_with_the_last_piece_alone(llm: Llm) -> None:
    *before, last = await heard(llm, ask())
    assert all(piece.usage is None for piece in before)
    assert last.usage is not None and last.usage.counted
    assert 10 < last.usage.prompt < 60 and 3 < last.usage.reply < 40


async def test_lines_and_blanks_are_kept(llm: Llm) -> None:
    assert (await whole(llm.stream(ask("LEAK")))).text.replace("\u200b", "") == LEAK


async def test_a_system_and_turns_before_are_taken(llm: Llm) -> None:
    turns = Message("system", "Be kind."), Message("user", "LEAK"), Message("assistant", "No."), Message("user", "why")
    assert (await whole(llm.stream(Prompt(turns)))).text


async def test_an_answer_past_its_length_is_cut_off(llm: Llm) -> None:
    with pytest.raises(CutOff) as caught:
        await whole(llm.stream(ask(max_tokens=3)))
    assert caught.value.by == "length" and "3 tokens" in caught.value.text


async def test_a_prompt_past_the_context_is_not_cut_silently(llm: Llm) -> None:
    with pytest.raises(TooLong):
        await whole(llm.stream(ask("so many words. " * 2000)))


async def test_who_stops_listening_stops_it(kind: Kind, llm: Llm) -> None:
    endless = llm if kind.name == "scripted" else kind.make("endless")
    async with aclosing(endless.stream(ask("ENDLESS", max_tokens=1000))) as pieces:
        assert (await anext(pieces)) is not None
    assert (await whole(llm.stream(ask()))).text
    if endless is not llm:
        await endless.close()


async def test_who_is_cancelled_stops_it(kind: Kind, llm: Llm) -> None:
    endless = llm if kind.name == "scripted" else kind.make("endless")
    began = asyncio.Event()

    async def listen() -> None:
        async with aclosing(endless.stream(ask("ENDLESS", max_tokens=1000))) as pieces:
            async for _ in pieces:
                began.set()

    listening = asyncio.create_task(listen())
    await asyncio.wait({listening, asyncio.create_task(began.wait())}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert (await whole(llm.stream(ask()))).text
    if endless is not llm:
        await endless.close()


async def test_several_are_answered_at_a_time(llm: Llm) -> None:
    replies = await asyncio.gather(*(whole(llm.stream(ask(text))) for text in ("why", "LEAK", "how", "LEAK")))
    assert [LEAK == reply.text.replace("\u200b", "") for reply in replies] == [False, True, False, True]


async def test_what_is_there_says_so(llm: Llm) -> None:
    ready = await llm.look()
    assert ready.answers and ready.llm == llm.name


async def test_what_is_not_there_refuses_and_says_what_to_do(kind: Kind) -> None:
    missing = kind.make("no-such-model")
    with pytest.raises(Refused) as caught:
        await whole(missing.stream(ask()))
    assert caught.value.llm == missing.name
    ready = await missing.look()
    assert kind.name == "scripted" or (ready.state == "absent" and ready.text)
    await missing.close()
