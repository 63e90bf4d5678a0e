"""Where a student meets a diagnosis in the talk with the tutor, and where the policy keeps it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.course.policy import resolved
from codegym_jlab.tutor.agents import Judged
from codegym_jlab.tutor.batch import Answered, Line, answer_line
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.diagnosis import Diagnoser
from codegym_jlab.tutor.guard import Guard
from codegym_jlab.tutor.questions import rule_in

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


TWICE = {
    "answer": "debug",
    "starter": "n = input()\nprint(n * 2)\n",
    "solution": "n = int(input())\nprint(n * 2)\n",
    "checks": [{"stdin": "5\n"}, {"stdin": "7\n"}],
    "hints": ["What comes out for 5?"],
}


@pytest.mark.parametrize("question", ["why is it wrong?", "why 55", "warum ist das falsch?"])
def test_a_program_that_is_to_be_mended_is_looked_at_once_it_was_checked(
    room: Classroom, tmp_path: Path, question: str
) -> None:
    loaded = course_of(tmp_path, TWICE)
    guard, diagnoser = Guard(loaded, room.sandbox, room.grader), Diagnoser(room.sandbox, room.grader)
    said = []
    for verdict in ("WA", None):
        line = Line("one", (question,), "task", str(TWICE["starter"]), last_verdict=verdict)
        talk = Room(loaded, guard, None, room.sandbox, diagnoser)
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    assert "55" in said[0] and "one line that you are sure of" not in " ".join(said)


@pytest.mark.parametrize("source", ["# return sum(xs)\n", "# Add. def total(xs): return sum(xs)\n# done\n"])
def test_code_behind_a_remark_is_seen(room: Classroom, tmp_path: Path, source: str) -> None:
    (reply,) = asked(room, tmp_path, "why is it wrong?", source=source).replies
    assert "behind a `#`" in reply.text


def test_a_name_that_all_tests_ask_for_is_told_before_any_line() -> None:
    check = {"hidden": False, "failure": {"type": "NameError"}}
    view = {"checks": [check], "notices": [{"code": "name_missing", "text": "The tests use `f`."}]}
    assert rule_in(view) == "The tests use `f`."
    assert rule_in({**view, "checks": [check, {"hidden": False, "failure": None}]}) == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("why do i need t = 0", "Take line 2 away, `t = 0`, and see: `total(["),
        ("line 5, what is it for", "Take line 5 away, `return t`, and see: `total(["),
        ("what is the for good for", "Take the block from line 3 to line 4 out, `for x in xs:` and what"),
        ("why 0 and not 1", "Write `1` in place of `0` in line 2, and see: `total(["),
        ("why does the variable x do nothing", "`x` gets one value of `xs` after another"),
        ("would t = 1 work too", "Try it: say first what will come out"),
        ("is my for loop ok?", "Yes. *Task* is solved."),
        ("wof\u00fcr ist t = 0 da", "Nimm Zeile 2 weg"),
    ],
)
def test_a_question_on_what_passes_is_answered_by_running(
    room: Classroom, tmp_path: Path, question: str, told: str
) -> None:
    loaded = course_of(tmp_path, {**TOTAL, "title": "Task"})
    talk = Room(
        loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, Diagnoser(room.sandbox, room.grader)
    )
    line = Line("one", (question,), "task", str(TOTAL["solution"]), last_verdict="AC")
    (reply,) = room.run(answer_line(talk, line)).replies
    assert told in reply.text


def test_who_gives_up_or_has_no_hint_left_gets_the_first_step_in_the_own_code_and_buttons(
    room: Classroom, tmp_path: Path
) -> None:
    turns = ("why is it wrong?", "give me a hint", "another hint", "another hint", "i give up")
    *_, last, kind = asked(room, tmp_path, *turns, hints={"cooldown_s": 0}).replies
    assert "You have all 2 hints" in last.text and "frustrating" in kind.text
    assert all("Look at line 4." in one.text and len(one.choices) > 1 for one in (last, kind))
    assert "Give me a hint" not in [one.label for one in last.choices]


def test_a_number_of_the_own_code_is_explained_by_what_it_is_given_to(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, TOTAL)
    talk = Room(loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, None)
    source = "def total(xs):\n    return sum(xs[i] for i in range(len(xs) - 1, -1, -1))\n"
    line = Line("one", ("what does the -1 do",), "task", source, last_verdict="AC")
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.text.startswith("**range**")


def test_who_gives_a_prediction_up_begins_where_the_program_takes_a_way(room: Classroom, tmp_path: Path) -> None:
    given = "n = 3\nif n > 2:\n    print('big')\nprint('end')\n"
    task = {"id": "task", "title": "Task", "statement": "What?", "answer": "predict", "given": given}
    loaded = course_of(tmp_path, {"exercise": task})
    talk = Room(loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, None)
    line = Line("one", ("i give up", "ich geb auf"), "task", "```text\nend\n```", last_verdict="WA")
    first, again = room.run(answer_line(talk, line)).replies
    assert "Begin with line 2, `if n > 2:`" in first.text and first.choices
    assert "Zeile 2" in again.text


FROST = {
    **TOTAL,
    "statement": "Return a **new** list with the nights below zero.\n\n```python\ntotal([1])  # 1\n```\n\n"
    "Zero itself is no frost. Until the next morning a night is *one* night.",
}


def test_what_the_task_means_is_told_in_its_own_words_and_spends_no_hint(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, FROST)
    talk = Room(loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, None)
    asked = {
        "what does until the next morning mean": "\u201cUntil the next morning",
        "is 0 frost": "\u201cZero itself",
        "what does new list mean": "\u201cReturn a **new** list",
        "was soll das heissen below zero": "\u201eReturn a **new** list",
        "what does mornight mean": "I did not get that",
        "is it right": "I did not get that",
        "what does 5 mean": "I did not get that",
        "what is a list": "**list**",
        "give me a hint": str(TOTAL["hints"][0]),
    }
    line = Line("one", tuple(asked), "task", str(TOTAL["starter"]))
    replies = room.run(answer_line(talk, line)).replies
    for (question, told), reply in zip(asked.items(), replies, strict=True):
        assert told in reply.text, question
        assert ("total([1])  # 1" in reply.text) == (reply.agent == "samples")
        assert bool(reply.choices) == (reply.agent == "asks_back")


def test_what_is_solved_may_be_told_of_an_option(room: Classroom, tmp_path: Path) -> None:
    choices = [
        {"text": "one", "right": True, "say": "It is."},
        {"text": "two", "say": "Count."},
        {"text": "3", "say": "No."},
    ]
    task = {"id": "task", "title": "Task", "statement": "Which?", "answer": "choice", "choices": choices}
    loaded = course_of(tmp_path, {"exercise": task})
    talk = Room(loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox)
    said = []
    for verdict, question in (("AC", "why is b wrong"), ("WA", "why is b wrong"), ("WA", "is it right now?")):
        line = Line("one", (question,), "task", "Answer: a", last_verdict=verdict)
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    assert said[0] == "The course says to this: \u201cCount.\u201d" and "Count." not in said[1]


def test_who_asks_whether_it_is_right_is_told_no_and_how_much_passes(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, TOTAL)
    talk = Room(
        loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, Diagnoser(room.sandbox, room.grader)
    )
    judged = Judged(failing=("total([1, 2, 3])",), passing=("no number",))
    line = Line("one", ("is it right now?",), "task", MINUS, last_verdict="failed 1/2", judged=judged)
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.text.startswith("Not yet: 1 of 2 tests pass.\n\nLook at line 4.") and reply.line == 4


HOURS = {
    "answer": "program",
    "statement": "Print the hours.\n\nThe hours are always whole, also when they are 0.",
    "starter": "minutes = int(input())\n",
    "solution": "minutes = int(input())\nhours = minutes // 60\nprint(hours, 'h')\n",
    "checks": [{"stdin": "135\n"}, {"stdin": "60\n", "hidden": "an hour"}],
}


def test_without_a_loop_the_value_after_the_line_is_told_and_the_task_is_quoted(
    room: Classroom, tmp_path: Path
) -> None:
    loaded = course_of(tmp_path, HOURS)
    talk = Room(
        loaded, Guard(loaded, room.sandbox, room.grader), None, room.sandbox, Diagnoser(room.sandbox, room.grader)
    )
    source = str(HOURS["solution"]).replace("//", "/")
    said = []
    for question in ("why 2.25", "should it show the hours when they are 0", "warum 2.25"):
        line = Line("one", (question,), "task", source, last_verdict="WA")
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    assert all("`hours` " in text and "`2.25`" in text for text in said)
    assert "The task says: \u201cThe hours are always whole" in said[1] and "The task says" not in said[0]
    assert "Nach Zeile 2" in said[2]
