"""Where a student meets a diagnosis in the talk with the tutor, and where the policy keeps it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.course.policy import resolved
from codegym_jlab.tutor.batch import Answered, Line, answer_line
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.diagnosis import Diagnoser
from codegym_jlab.tutor.guard import Guard

TOTAL = {
    "solution": "def total(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t\n",
    "starter": "def total(xs):\n    ...\n",
    "checks": [{"call": "total([1, 2, 3])", "equals": 6}, {"call": "total([])", "equals": 0, "hidden": "no number"}],
    "hints": ["How often does each line run?", "Where does the sum begin?"],
}
MINUS = "def total(xs):\n    t = 0\n    for x in xs:\n        t -= x\n    return t\n"
EARLY = "def total(xs):\n    t = 0\n    for x in xs:\n        t += x\n        return t\n"


def asked(room: Classroom, folder: Path, *turns: str, source: str = MINUS, **policy: Any) -> Answered:
    loaded = course_of(folder, {**TOTAL, "policy": policy})
    diagnoser = Diagnoser(room.sandbox, room.grader)
    talk = Room(loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, diagnoser)
    return room.run(answer_line(talk, Line("one", turns, "task", source, last_verdict="WA")))


@pytest.mark.parametrize("question", ["why is it wrong?", "What is wrong with my code?", "warum ist das falsch?"])
def test_the_first_answer_names_the_line_and_an_example(room: Classroom, tmp_path: Path, question: str) -> None:
    (reply,) = asked(room, tmp_path, question).replies
    assert reply.line == 4 and "`total([" in reply.text
    assert len(reply.text.split()) <= 90


def test_a_known_pattern_on_that_line_lends_its_words(room: Classroom, tmp_path: Path) -> None:
    (reply,) = asked(room, tmp_path, "why is it wrong?", source=EARLY).replies
    assert reply.line == 5 and "inside the loop" in reply.text and "It should give" in reply.text


def test_what_was_said_is_not_said_again(room: Classroom, tmp_path: Path) -> None:
    first, second = asked(room, tmp_path, "why is it wrong?", "give me a hint").replies
    assert "line 4" in first.text and "line 4" not in second.text
    assert second.rung == 1


def test_an_answer_that_passes_is_not_looked_at(room: Classroom, tmp_path: Path) -> None:
    (reply,) = asked(room, tmp_path, "why is it wrong?", source=str(TOTAL["solution"])).replies
    assert "Look at line" not in reply.text


def test_as_a_hint_it_comes_beside_a_rung_alone(room: Classroom, tmp_path: Path) -> None:
    hinted, reviewed = asked(
        room, tmp_path, "give me a hint", "please review my code", diagnosis="as_hint", hints={"cooldown_s": 0}
    ).replies
    assert hinted.rung == 1 and "Look at line 4." in hinted.text
    assert "Look at line 4." not in reviewed.text


def test_off_says_nothing_and_an_exam_is_off_by_itself(room: Classroom, tmp_path: Path) -> None:
    for number, policy in enumerate(({"diagnosis": "off"}, {"duration": "PT90M"})):
        (reply,) = asked(room, tmp_path / str(number), "why is it wrong?", **policy).replies
        assert "Look at line" not in reply.text
    assert resolved({}, "UTC", None).diagnosis == "at_check"
    assert resolved({"diagnosis": "as_hint"}, "UTC", None).diagnosis == "as_hint"
