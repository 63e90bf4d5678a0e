"""Questions to the tutor are bounded: by messages a minute, by tokens a day, and by what a student has to say back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.errors import SayBackFirst
from codegym_jlab.llm.base import Piece as Said, Prompt
from codegym_jlab.llm.budget import Budget, Limits
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.llm.scripted import Scripted
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.guard import Finding
from codegym_jlab.tutor.manager import TutorManager
from codegym_jlab.tutor.question import Done, Piece, Reply
from codegym_jlab.tutor.questions import MESSAGES, Desk, Shown, TooManyQuestions

from .conftest import Class, tokens_used

pytestmark = pytest.mark.anyio


class Notes:
    """A guard that has nothing against anything, and knows what it was shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bool]] = []

    async def judge(self, exercise: Any, source: str, reply: str, *, lasting: bool = False, **_: Any) -> Finding:
        self.seen.append((exercise if isinstance(exercise, str) else exercise.id, reply, lasting))
        return Finding()


class Stuck(Scripted):
    """A model that says a sentence, and then nothing for as long as anybody waits."""

    def __init__(self) -> None:
        super().__init__(["unused"], "stuck")
        self.reached, self.closed = asyncio.Event(), False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Said, None]:
        try:
            yield Said("Look at the first number. What", self.name)
            self.reached.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


def tutor_of(school: Class, *llms: Scripted, guard: Notes | None = None, tokens: int | None = None) -> TutorManager:
    chain = Chain([Link(llm) for llm in llms]) if llms else None
    looks = guard or Notes()

    def room(loaded: LoadedCourse) -> Room:
        return Room(loaded, looks, chain)

    ledger = tokens_used(school.store)
    budget = Budget(Limits(student=tokens), ledger, lambda: school.clock().date()) if tokens else None
    return TutorManager(school.store, school.manager, clock=school.clock, desk=lambda: Desk(room, budget=budget))


async def reply(tutor: TutorManager, school: Class, message: str) -> Reply:
    *_, last = [event async for event in tutor.ask(school.who, "sum-even", message, Shown())]
    assert isinstance(last, Done) and last.turn.reply is not None
    return last.turn.reply


async def test_who_goes_away_in_mid_stream_stops_the_model_and_the_turn_is_kept(school: Class) -> None:
    llm = Stuck()
    tutor = tutor_of(school, llm)
    heard: list[str] = []

    async def listen() -> None:
        async for event in tutor.ask(school.who, "sum-even", "give me a hint", Shown()):
            if isinstance(event, Piece):
                heard.append(event.text)

    asking = asyncio.create_task(listen())
    await llm.reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert "".join(heard).strip() == "Look at the first number."
    assert llm.closed, "nobody waits for what nobody reads"
    (kept,) = await tutor.conversation(school.who, "sum-even")
    assert kept.message == "give me a hint" and kept.reply is not None
    assert (kept.reply.agent, kept.reply.text.strip()) == ("stopped", "Look at the first number.")
    assert (await school.store.spent(school.who.offering, school.who.person, school.clock.now)).person > 0
    again = await reply(tutor_of(school), school, "another hint please")
    assert again.text, "the next question waits for nothing"


async def test_more_messages_than_a_person_types_wait(school: Class) -> None:
    tutor = tutor_of(school)
    for _ in range(MESSAGES.sources):
        await reply(tutor, school, "thanks")
    with pytest.raises(TooManyQuestions) as refused:
        await reply(tutor, school, "thanks")
    wait = refused.value.details["wait_s"]
    assert 0 < wait <= MESSAGES.per_s
    assert len(await tutor.conversation(school.who, "sum-even")) == MESSAGES.sources, "what is refused is no turn"
    school.clock.move(seconds=wait)
    await reply(tutor, school, "thanks")
    with pytest.raises(TooManyQuestions):
        await reply(tutor, school, "thanks")


async def test_whose_share_of_the_day_is_used_up_gets_the_course_s_own_words(school: Class) -> None:
    llm = Scripted(["Look at the first number. Is it even?"], "small")
    tutor = tutor_of(school, llm, tokens=4500)
    first = await reply(tutor, school, "give me a hint")
    assert first.by == "small" and len(llm.asked) == 1
    school.clock.move(minutes=10)
    second = await reply(tutor, school, "another hint please")
    assert second.by is None and second.note and len(llm.asked) == 1, "the model was not asked"
    assert "warmer" in second.text or "mild" in second.text
    school.clock.move(days=1)
    third = await reply(tutor, school, "another hint please")
    assert third.by == "small", "a new day, a new share"


async def test_a_hint_is_said_back_before_the_next(school: Class) -> None:
    await school.policy(exercise="sum-even", hints={"explain_back_after": 1})
    tutor = tutor_of(school)
    assert (await reply(tutor, school, "give me a hint")).rung == 1
    school.clock.move(minutes=30)
    for message in ("another hint please", "next hint?"):
        asked = await reply(tutor, school, message)
        assert asked.agent == "say_back" and "warmer" not in asked.text
    assert len((await tutor.hints(school.who, "sum-even")).given) == 1, "insisting gives no rung"
    told = await reply(tutor, school, "I have to go over the numbers and add up the even ones")
    assert told.rung == 2 and "warmer" in told.text


async def test_no_button_is_a_way_round_saying_it_back(school: Class) -> None:
    await school.policy(exercise="sum-even", hints={"explain_back_after": 1, "cost": 0.5, "cooldown_s": 0})
    tutor, here = tutor_of(school), (school.who, "sum-even")
    await tutor.next_hint(*here)
    school.clock.move(minutes=1)
    with pytest.raises(SayBackFirst):
        await tutor.next_hint(*here)
    for message in ("Give me a hint", "please give me one more hint now", "Gib mir bitte den nächsten Hinweis"):
        wanted = [event async for event in tutor.ask(*here, message, Shown(wants="hint"))][-1]
        assert isinstance(wanted, Done) and wanted.turn.reply and wanted.turn.reply.agent == "say_back"
        school.clock.move(seconds=10)
    seen = (await tutor.hints(*here)).next
    assert seen is not None and seen.say_back and not seen.ready
    told = await reply(tutor, school, "I have to go over the numbers and add up the even ones")
    assert "0.5 points" in told.text, "what costs is given by the button alone"
    await tutor.begin_anew(*here)
    school.clock.move(seconds=10)
    assert (await tutor.next_hint(*here)).given[-1] == "warmer"
    with pytest.raises(SayBackFirst):
        await tutor.next_hint(*here)
