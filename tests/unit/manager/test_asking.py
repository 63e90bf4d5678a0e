"""Questions to the tutor: policy binds them, and what was said is kept."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scrape import counted

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.errors import UnknownExercise
from codegym_jlab.llm.budget import Budget, Limits
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.llm.scripted import Line, Scripted
from codegym_jlab.records import Kind
from codegym_jlab.store.base import StoreUnavailable
from codegym_jlab.telemetry import metrics, traces
from codegym_jlab.telemetry.traces import OpenTelemetry
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.guard import Finding
from codegym_jlab.tutor.manager import TutorManager
from codegym_jlab.tutor.question import Again, Done, Piece, Status, Told
from codegym_jlab.tutor.questions import Desk, Shown, TutorOff

from .conftest import Class, tokens_used

pytestmark = pytest.mark.anyio


class LetsThrough:
    """A guard that has nothing against anything."""

    async def judge(self, *_: Any, **__: Any) -> Finding:
        return Finding()


@pytest.fixture
def tutor(school: Class) -> TutorManager:
    def room(loaded: LoadedCourse) -> Room:
        return Room(loaded, LetsThrough())

    return TutorManager(school.store, school.manager, clock=school.clock, desk=lambda: Desk(room))


async def ask(tutor: TutorManager, school: Class, message: str, exercise: str = "sum-even") -> list[Told]:
    return [event async for event in tutor.ask(school.who, exercise, message, Shown())]


async def test_an_answer_comes_in_pieces_and_is_kept(school: Class, tutor: TutorManager) -> None:
    told = await ask(tutor, school, "what is a list comprehension?")
    assert isinstance(told[0], Status) and isinstance(told[-1], Done)
    assert "".join(one.text for one in told if isinstance(one, Piece)) == told[-1].turn.reply.text  # type: ignore[union-attr]
    (kept,) = await tutor.conversation(school.who, "sum-even")
    assert kept == told[-1].turn
    await tutor.begin_anew(school.who, "sum-even")
    assert await tutor.conversation(school.who, "sum-even") == []


async def test_turns_are_counted_and_traced_by_how_they_ended(school: Class, tutor: TutorManager) -> None:
    def count(outcome: str) -> float:
        return counted("codegym_tutor_turns_total", kind="question", outcome=outcome)

    metrics.switch_on()
    before = {outcome: count(outcome) for outcome in ("given", "stopped", "refused")}
    exporter = InMemorySpanExporter()
    tracing = OpenTelemetry(exporter)
    traces.use(tracing)
    try:
        await ask(tutor, school, "what is a list comprehension?")
        async with aclosing(tutor.ask(school.who, "sum-even", "what is a loop?", Shown())) as events:
            await anext(events)
    finally:
        traces.use(None)
        tracing.close(5)
    await school.policy(exercise="sum-even", tutor="off")
    with pytest.raises(TutorOff):
        await ask(tutor, school, "hint please")
    assert {outcome: count(outcome) - was for outcome, was in before.items()} == dict.fromkeys(before, 1)
    whole, stopped = (span for span in exporter.get_finished_spans() if span.name == "invoke_agent tutor")
    assert whole.parent is stopped.parent is None, "each is a trace of its own where nothing is above it"
    assert whole.context and stopped.context and whole.context.trace_id != stopped.context.trace_id
    assert not whole.status.description and not stopped.status.description, "to be stopped is no error"
    assert whole.attributes and whole.attributes["codegym.agent"] == "concept"
    assert stopped.attributes and stopped.attributes["codegym.cancelled"] is True


@pytest.mark.parametrize("source", ["CE 0", "WA 1"])
async def test_what_was_checked_last_is_known_also_where_it_cost_no_attempt(
    school: Class, tutor: TutorManager, source: str
) -> None:
    await school.send("WA 0")
    await school.send(source, Kind.SUBMIT if source == "CE 0" else Kind.TRY)
    told = [one async for one in tutor.ask(school.who, "sum-even", "why doesnt it work", Shown(source))]
    assert isinstance(told[-1], Done) and told[-1].turn.reply is not None
    assert told[-1].turn.reply.agent != "asks_back" and "an empty list" in told[-1].turn.reply.text


async def test_a_policy_that_is_off_answers_nobody(school: Class, tutor: TutorManager) -> None:
    await school.policy(exercise="sum-even", tutor="off")
    with pytest.raises(TutorOff):
        await ask(tutor, school, "hint please")


async def test_where_hints_only_are_given_nothing_else_is(school: Class, tutor: TutorManager) -> None:
    await school.policy(exercise="sum-even", tutor="hints")
    told = await ask(tutor, school, "what is a list comprehension?")
    assert isinstance(told[-1], Done) and told[-1].turn.reply is not None
    assert told[-1].turn.reply.agent == "off" and "```" not in told[-1].turn.reply.text


async def test_an_exercise_that_is_not_there_is_said(school: Class, tutor: TutorManager) -> None:
    with pytest.raises(UnknownExercise):
        await ask(tutor, school, "hint", "nowhere")


class Remembers:
    """A guard that keeps back what holds a word, and what it was told of earlier texts."""

    def __init__(self, word: str = "SOLUTION") -> None:
        self.word, self.shown = word, ""

    async def judge(self, *given: Any, shown: Any = (), **_: Any) -> Finding:
        self.shown = "\n".join(shown)
        return Finding(leaks="answer", why="it is") if self.word in given[2] else Finding()


class TestWithAModel:
    """What the student saw counts for the guard and for the day's share, whether it was whole, stopped or void."""

    @pytest.fixture
    def guard(self) -> Remembers:
        return Remembers()

    @pytest.fixture
    def tutor(self, school: Class, guard: Remembers) -> TutorManager:
        lines = [
            Line("SLOW start. And on. And on.", when="walrus", between_s=0.2),
            Line("FIRST half. Then the SOLUTION. And more.", when="zebra"),
            Line("SECOND half. And on. And on."),
        ]
        chain = Chain([Link(Scripted(lines))])
        self.budget = Budget(Limits(student=100_000), tokens_used(school.store), lambda: school.clock().date())
        desk = Desk(lambda loaded: Room(loaded, guard, chain), budget=self.budget)
        return TutorManager(school.store, school.manager, clock=school.clock, desk=lambda: desk)

    async def stopped(self, tutor: TutorManager, school: Class, message: str) -> None:
        async with aclosing(tutor.ask(school.who, "sum-even", message, Shown())) as events:
            async for event in events:
                if isinstance(event, Piece):
                    return

    async def test_what_was_shown_before_a_stop_counts(
        self, school: Class, tutor: TutorManager, guard: Remembers
    ) -> None:
        await self.stopped(tutor, school, "give me a hint")
        (kept,) = await tutor.conversation(school.who, "sum-even")
        assert kept.reply is not None and (kept.reply.agent, kept.reply.text) == ("stopped", "SECOND half. ")
        # a stop is no way round the day's share
        assert not await self.budget.hold(school.who.offering, school.who.person, 100_000)
        await ask(tutor, school, "another hint please")
        assert "SECOND half." in guard.shown

    async def test_what_is_void_was_seen_all_the_same(
        self, school: Class, tutor: TutorManager, guard: Remembers
    ) -> None:
        told = await ask(tutor, school, "zebra: give me a hint")
        assert Piece("FIRST half. ") in told and Again(None) in told
        (kept,) = await tutor.conversation(school.who, "sum-even")
        assert kept.reply is not None and "FIRST" not in kept.reply.text
        assert "FIRST half." in guard.shown, "for the course's own words that follow it"
        await ask(tutor, school, "another hint please")
        assert "FIRST half." in guard.shown

    async def test_a_server_that_stops_ends_what_is_under_way_and_keeps_it(
        self, school: Class, tutor: TutorManager
    ) -> None:
        told = asyncio.Event()

        async def listen() -> None:
            async with aclosing(tutor.ask(school.who, "sum-even", "walrus: give me a hint", Shown())) as events:
                async for event in events:
                    if isinstance(event, Piece):
                        told.set()

        listening = asyncio.create_task(listen())
        await told.wait()
        await tutor.close()
        assert listening.cancelled()
        (kept,) = await tutor.conversation(school.who, "sum-even")
        assert kept.reply is not None and (kept.reply.agent, kept.reply.text) == ("stopped", "SLOW start. ")

    async def test_what_is_being_answered_is_put_away_with_the_rest(self, school: Class, tutor: TutorManager) -> None:
        async with aclosing(tutor.ask(school.who, "sum-even", "walrus: give me a hint", Shown())) as events:
            async for event in events:
                if isinstance(event, Piece):
                    await tutor.begin_anew(school.who, "sum-even")
                    break
        assert await tutor.conversation(school.who, "sum-even") == []
        await ask(tutor, school, "give me a hint")
        assert len(await tutor.conversation(school.who, "sum-even")) == 1

    async def test_records_that_are_away_hold_no_tokens_back(
        self, school: Class, tutor: TutorManager, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(_: object) -> None:
            raise StoreUnavailable("The records cannot be used now.")

        with monkeypatch.context() as patch:
            patch.setattr(school.store, "add_turn", away)
            with pytest.raises(StoreUnavailable):
                await self.stopped(tutor, school, "give me a hint")
        await self.budget.hold(school.who.offering, school.who.person, 100_000)
