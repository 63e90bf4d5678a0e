"""A chain of models: who is asked when, what is told, when one is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest
from steps import gist, whole

from codegym_jlab.llm.base import Draft, Message, NoAnswer, Overloaded, Piece, Prompt
from codegym_jlab.llm.chain import MOST_WAIT_S, REST_S, Chain, Link, Patience, Step, UnknownLlm, without_talk
from codegym_jlab.llm.scripted import Line, Scripted

pytestmark = pytest.mark.anyio
PROMPT = Prompt((Message("system", "Be kind."), Message("user", "Why?")))
GOOD = "Look at the loop."


class World:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, list[float]()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def chain(self, *llms: Scripted, tries: int = 2, whole_s: float = 180.0) -> Chain:
        links = [Link(llm, tries=tries) for llm in llms]
        return Chain(links, clock=self.clock, sleep=self.sleep, whole_s=whole_s)


def model(name: str, *lines: Line | str) -> Scripted:
    return Scripted(lines, f"scripted:{name}")


async def asked(chain: Chain, prompt: Prompt = PROMPT) -> tuple[str, list[Step]]:
    steps: list[Step] = []
    reply = await whole(chain.stream(prompt, steps.append))
    return reply.text, steps


def kinds(steps: Sequence[Step]) -> list[str]:
    return [step.what for step in steps]


@pytest.mark.parametrize("fault", ["away", "overloaded", "refused", "cut off", "too long", "bad answer"])
async def test_whatever_goes_wrong_the_next_one_gives_a_whole_answer(fault: str) -> None:
    world = World()
    chain = world.chain(model("small", Line("One two three", fault=fault, after=2)), model("big", GOOD))
    text, steps = await asked(chain)
    assert text == GOOD
    assert steps[-1].what == "answered" and steps[-1].llm == "big"
    assert {step.error for step in steps if step.what == "failed"} == {fault}
    assert gist(steps) == ("big", {"small": fault})


async def test_who_shows_pieces_at_once_can_tell_where_the_answer_begins_again() -> None:
    chain = World().chain(model("small", Line("One two three", fault="cut off", after=2)), model("big", GOOD))
    draft, shown = Draft(), []
    async with aclosing(chain.stream(PROMPT)) as pieces:
        async for piece in pieces:
            if draft.add(piece):
                shown.clear()
            shown.append(piece.text)
    assert "".join(shown) == draft.text == GOOD and piece.llm == "big"


async def test_the_first_that_answers_at_once_needs_no_note() -> None:
    text, steps = await asked(World().chain(model("small", GOOD), model("big", "No.")))
    assert text == GOOD and kinds(steps) == ["asked", "began", "answered"] and gist(steps) == ("small", {})


async def test_nobody_answers() -> None:
    chain = World().chain(model("small", Line(fault="away")), model("big", Line(fault="refused")))
    steps: list[Step] = []
    with pytest.raises(NoAnswer) as caught:
        await whole(chain.stream(PROMPT, steps.append))
    assert "small" in caught.value.text and "big" in caught.value.text
    assert gist(steps) == (None, {"small": "away", "big": "refused"})


async def test_no_model_at_all() -> None:
    chain = World().chain()
    steps: list[Step] = []
    with pytest.raises(NoAnswer, match="turned off"):
        await whole(chain.stream(PROMPT, steps.append))
    assert not chain and gist(steps) == (None, {})


async def test_a_busy_one_is_asked_again_after_a_while() -> None:
    world = World()
    text, steps = await asked(world.chain(model("small", Line(fault="overloaded", times=1), GOOD), model("big", "No.")))
    assert text == GOOD and len(world.slept) == 1 and 0 < world.slept[0] <= MOST_WAIT_S
    assert gist(steps) == ("small", {"small": "overloaded"})


class Busy(Scripted):
    """Says when it may be asked again."""

    wait_s = MOST_WAIT_S * 2

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        raise Overloaded(self.name, "the server has no time now", wait_s=self.wait_s)
        yield Piece("", self.name)


async def test_one_that_wants_long_to_be_left_alone_is_passed_over() -> None:
    world = World()
    text, _ = await asked(world.chain(Busy([], "scripted:small"), model("big", GOOD)))
    assert text == GOOD and world.slept == []


async def test_the_last_one_is_asked_again_when_it_died() -> None:
    world = World()
    chain = world.chain(model("small", Line("One two", fault="cut off", after=1, times=1), GOOD))
    text, steps = await asked(chain)
    assert text == GOOD and kinds(steps).count("asked") == 2 and len(world.slept) == 1


async def test_a_model_that_fails_again_and_again_is_left_alone_then_tried_by_one() -> None:
    world = World()
    small = model("small", Line("One", fault="away", times=4), GOOD)
    chain = world.chain(small, model("big", "From big."))
    for _ in range(3):
        assert (await asked(chain))[0] == "From big."
    count = len(small.asked)
    text, steps = await asked(chain)
    assert text == "From big." and len(small.asked) == count and kinds(steps)[0] == "resting"
    world.now += REST_S + 1
    assert (await asked(chain))[0] == "From big." and len(small.asked) == count + 1  # its trial failed
    assert (await asked(chain))[0] == "From big." and len(small.asked) == count + 1
    world.now += REST_S + 1
    assert (await asked(chain))[0] == (await asked(chain))[0] == GOOD


async def test_while_one_question_finds_out_the_others_do_not_wait() -> None:
    world = World()
    small = model("small", Line(fault="away", times=3), Line(GOOD, between_s=0.01))
    chain = world.chain(small, model("big", "From big."))
    for _ in range(3):
        await asked(chain)
    world.now += REST_S + 1
    texts = [text for text, _ in await asyncio.gather(*(asked(chain) for _ in range(5)))]
    assert sorted(texts) == sorted([GOOD, *["From big."] * 4])


async def test_a_prompt_that_does_not_fit_is_no_sign_of_its_health() -> None:
    chain = World().chain(model("small", Line(fault="too long")), model("big", GOOD))
    for _ in range(5):
        _, steps = await asked(chain)
        assert steps[0].what == "asked"


async def test_all_tries_together_have_an_end() -> None:
    world = World()
    chain = world.chain(model("small", Line(fault="overloaded")), tries=1000, whole_s=5.0)
    with pytest.raises(NoAnswer):
        await whole(chain.stream(PROMPT))
    assert sum(world.slept) < 10


async def test_one_that_says_nothing_is_no_answer() -> None:
    text, steps = await asked(World().chain(model("small", ""), model("big", GOOD)))
    assert text == GOOD and steps[1].error == "bad answer"


async def test_time_that_the_reader_takes_is_not_the_models() -> None:
    chain = Chain([Link(model("small", Line(GOOD)), patience=Patience(1.0, 0.2, 0.4), tries=1)])
    async with aclosing(chain.stream(PROMPT)) as pieces:
        texts = []
        async for piece in pieces:
            await asyncio.sleep(0.15)
            texts.append(piece.text)
    assert "".join(texts) == GOOD


def test_a_prompt_without_the_talk_keeps_the_systems_words_and_the_last() -> None:
    shorter = without_talk(Prompt((*PROMPT.messages, Message("assistant", "x" * 900), Message("user", "And now?"))))
    assert shorter is not None and [m.text for m in shorter.messages] == ["Be kind.", "And now?"]
    assert without_talk(shorter) is None


async def test_who_asks_may_choose_who_is_first_and_the_others_come_after() -> None:
    world = World()
    chain = world.chain(model("small", GOOD), model("big", Line("No.", fault="away", times=1), "Yes."), tries=1)
    text, steps = await asked(chain.led_by("big"))
    assert text == GOOD and gist(steps) == ("small", {"big": "away"})
    assert (await asked(chain.led_by("big")))[0] == "Yes."
    assert (await asked(chain))[0] == GOOD  # for all others it is as it was
    assert not chain.led_by("")
    for known in (chain, Chain([])):
        with pytest.raises(UnknownLlm):
            known.led_by("huge")
