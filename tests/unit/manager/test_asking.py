"""Questions to the tutor: policy binds them, and what was said is kept."""

from __future__ import annotations

from typing import Any

import pytest

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.errors import UnknownExercise
from codegym_jlab.tutor.asking import Desk, Shown
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.guard import Finding
from codegym_jlab.tutor.manager import TutorManager
from codegym_jlab.tutor.talk import Done, Piece, Status, Told
from codegym_jlab.tutor.tools import TutorOff

from .conftest import Class

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
