"""Where a student meets a diagnosis in the talk with the tutor, and where the policy keeps it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.course.loader import load_course
from codegym_jlab.course.policy import resolved
from codegym_jlab.tutor.agents import Judged, Terms
from codegym_jlab.tutor.batch import Answered, Line, answer_line
from codegym_jlab.tutor.conversation import Conversation, Room
from codegym_jlab.tutor.diagnosis import Diagnoser
from codegym_jlab.tutor.guard import Guard
from codegym_jlab.tutor.question import Done, Situation
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
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    return room.run(answer_line(talk, Line("one", turns, "task", source, last_verdict="WA")))


def of_task(
    room: Classroom,
    folder: Path,
    task: dict[str, Any],
    source: str,
    judged: Judged | None = None,
    question: str = "why is it wrong?",
) -> str:
    loaded = course_of(folder, task)
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    verdict = "AC" if judged is not None and judged.passed else "WA"
    line = Line("one", (question,), "task", source, last_verdict=verdict, judged=judged)
    return room.run(answer_line(talk, line)).replies[0].text


@pytest.mark.parametrize("question", ["why is it wrong?", "What is wrong with my code?", "warum ist das falsch?"])
def test_the_first_answer_names_the_line_and_an_example(room: Classroom, tmp_path: Path, question: str) -> None:
    (reply,) = asked(room, tmp_path, question).replies
    assert reply.line == 4 and "`total([" in reply.text
    assert len(reply.text.split()) <= 90


def test_where_no_place_is_found_the_example_is_gone_through(room: Classroom, tmp_path: Path) -> None:
    largest = "def largest(a, b, c):\n    first = a\n    if a > b and a > c:\n        return first\n"
    largest += "    elif b > a and b > c:\n        return b\n    else:\n        return c\n"
    checks = [{"call": call, "equals_expr": call} for call in ("largest(2, 2, 1)", "largest(3, 1, 2)")]
    task = {"solution": "def largest(a, b, c):\n    return max(a, b, c)\n", "checks": checks}
    text = of_task(room, tmp_path, task, largest)
    assert "I did not find one place." in text and "line 2 makes `first` `2`" in text and len(text.split()) <= 90


def test_a_known_pattern_on_that_line_lends_its_words(room: Classroom, tmp_path: Path) -> None:
    (reply,) = asked(room, tmp_path, "why is it wrong?", source=EARLY).replies
    assert reply.line == 5 and "inside the loop" in reply.text and "It should give" in reply.text


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Thanks for your help!", "You are welcome."),
        ("Yes, it does! Thank you so much for explaining the loop.", "You are welcome."),
        ("Oh I see. Let me fix that.", "The cell that I see has not changed."),
        ("I will change it", "The cell that I see has not changed."),
        ("je vais corriger ça", "La cellule"),
    ],
)
def test_who_thanks_or_goes_to_work_is_neither_outside_nor_refused(
    room: Classroom, tmp_path: Path, message: str, said: str
) -> None:
    assert asked(room, tmp_path, "why is it wrong?", message).replies[1].text.startswith(said)


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


OVER = "def total(xs):\n    t = 0\n    for i in range(len(xs) + 1):\n        t += xs[i]\n    return t\n"
TWICE_OF = "def total(xs):\n    t = 0\n    for x in xs:\n        t += 2 * x\n    return t\n"
NONE = "def total(xs):\n    sum(xs)\n"
LONE = "def total(xs):\n    if not xs:\n        return 9\n    t = 0\n    for x in xs:\n        t -= x\n    return t\n"


@pytest.mark.parametrize(
    ("source", "question", "told"),
    [
        (MINUS, "so should I write += ?", "You are at the right place (line 4)."),
        (MINUS, "muss ich += nehmen?", "Probier"),
        (EARLY, "do i have to move the return out of the loop?", "You are at the right place (line 5)."),
        (EARLY, "so the return goes further left?", "You are at the right place (line 5)."),
        (MINUS, "should i use plus instead?", "You are at the right place (line 4)."),
        (MINUS, "should i write t = 0 before the loop?", "Try it"),
        (OVER, "so i delete the + 1, len(xs) alone?", "You are at the right place (line 3)."),
        (TWICE_OF, "so it has to give 10?", "You are at the right place (line 4)."),
        (MINUS, "should i use int() instead of str()?", "Try it: change it and press Check"),
        (OVER, "should i write for instead of the last if", "You are at the right place (line 3)."),
        (EARLY, "should i swap t and x there?", "Try it"),
        (EARLY, "so i put it further left?", "You are at the right place (line 5)."),
        (MINUS, "so i add or len(xs) == 0?", "Try it"),  # not clear what is to stand there
    ],
)
def test_a_change_that_is_proposed_is_to_be_tried(
    room: Classroom, tmp_path: Path, source: str, question: str, told: str
) -> None:
    _, reply = asked(room, tmp_path, "why is it wrong?", question, source=source).replies
    assert told in reply.text and reply.agent == "why" and len(reply.text.split()) <= 90
    assert ("right place" in reply.text) == ("right place" in told)


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("just give me the solution", "so i just flip the sign?"),
        ("why is it wrong?", "should i use it then?"),
        ("why is it wrong?", "can i just write print(1) before the end?"),
        ("give me a hint", "what if i write  if xs == (1 or 2):"),
    ],
)
def test_a_proposal_is_one_after_any_word_on_the_code(
    room: Classroom, tmp_path: Path, before: str, question: str
) -> None:
    _, reply = asked(room, tmp_path, before, question).replies
    assert reply.agent == "why" and "Try it" in reply.text


ONES = "def total(xs):\n    if xs.count(1) == 1:\n        return 9\n    return sum(xs)\n"


SIGN = "def sign(n):\n    if n > 0:\n        return 1\n    else:\n        return 0\n"
SIGNS = {"solution": SIGN, "checks": [{"call": "sign(3)", "equals": 1}, {"call": "sign(0)", "equals": 0}]}


def test_who_asks_what_a_line_does_by_its_number_is_told_after_any_word_on_the_code(
    room: Classroom, tmp_path: Path
) -> None:
    _, reply = asked(room, tmp_path, "why is it wrong?", "i do add! look at line 4").replies
    assert reply.agent == "own_lines" and "Line 4 is `t -= x`" in reply.text


def test_code_that_was_not_checked_is_tried_on_the_open_samples(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, TOTAL)
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    told = []
    for source in (MINUS, LONE.replace("-=", "+=")):
        line = Line("one", ("is my code right before i press check?",), "task", source)
        told += [reply.text for reply in room.run(answer_line(talk, line)).replies]
    assert told[0].startswith("As a whole it does not pass yet.") and "`total([1])` gives `-1`" in told[0]
    assert told[1].startswith("I ran the open samples") and "Press Check" in told[1]


def test_nothing_that_is_proposed_is_run_where_the_policy_tells_no_place(room: Classroom, tmp_path: Path) -> None:
    for number, policy in enumerate(({"diagnosis": "off"}, {"duration": "PT90M"}, {"diagnosis": "as_hint"})):
        turns = "why is it wrong?", "so should I write += ?"
        _, reply = asked(room, tmp_path / str(number), *turns, **policy).replies
        assert "Try it" in reply.text and "line 4" not in reply.text


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("what happens with [1, 2] then?", "`total([1, 2])` gives `-3`"),
        ("and when xs is [1]?", "`total([1])` gives `-1`. It should give `1`."),
        ("what does total([4, 5]) give?", "`total([4, 5])` gives `-9`"),
        ("was ist 7 // 2", "`7 // 2` gibt `3`"),
        ("what is total([1, 'a'])", "gives `TypeError"),
    ],
)
def test_a_value_is_tried_with_the_students_own_code(
    room: Classroom, tmp_path: Path, question: str, wanted: str
) -> None:
    (reply,) = asked(room, tmp_path, question).replies
    assert wanted in reply.text and "6" not in reply.text


@pytest.mark.parametrize(
    "question",
    [
        "what should total([1, 2]) give", "what if i change 0 to 1", "what is t + 1", "what does __import__('os') give",
        "what happens with not 5", "what happens with {[1]: 2}", "what happens with -'a1'",
    ],
)  # fmt: skip
def test_what_should_be_and_what_is_not_at_hand_is_not_tried(room: Classroom, tmp_path: Path, question: str) -> None:
    (reply,) = asked(room, tmp_path, question).replies
    assert reply.agent != "trial" and "I ran it" not in reply.text


def test_what_does_not_end_is_told_so(room: Classroom, tmp_path: Path) -> None:
    (reply,) = asked(room, tmp_path, "what does total([4]) give", source="def total(xs):\n    while 1: pass\n").replies
    assert reply.agent == "trial" and "`total([4])`: it does not end" in reply.text


def test_what_is_to_be_foretold_is_told_by_no_run(room: Classroom) -> None:
    loaded = load_course(Path(__file__).parents[4] / "courses" / "python-basics")
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    turns = ("what is fruit[-1]", "what is fruit[-2] then")

    def told(source: str, verdict: str) -> list[str]:
        line = Line("one", turns, "fruit-list", source, last_verdict=verdict)
        return [one.text for one in room.run(answer_line(talk, line)).replies]

    wrong = told("4", "WA")
    assert "fig" not in wrong[0] and "plum" not in wrong[1]
    right = told("4\npear\nfig\n['kiwi', 'pear', 'plum', 'fig']", "AC")
    assert "`fruit[-2]` gives `'plum'`" in right[1]


IDEAS = {**TOTAL, "concepts": ["for loop", "recursion"]}
ONWARD = ("I still dont get it", "can you explain it differently?", "i still dont understand", "and now?")


def test_each_turn_brings_something_new_until_all_is_said(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, IDEAS)
    guard, diagnoser = Guard(loaded, room.grader), Diagnoser(room.grader)
    judged = Judged(failing=("total([1, 2, 3])",), passing=("no number",))
    line = Line("one", ("why is it wrong?", *ONWARD * 3), "task", MINUS, last_verdict="failed 1/2", judged=judged)
    replies = room.run(answer_line(Room(loaded, guard, None, room.sandbox, diagnoser), line)).replies
    told = [one.text for one in replies]
    first = told.index(next(text for text in told if "everything that I see" in text))
    rungs = [number for number, one in enumerate(replies) if one.rung is not None]
    assert len(set(told[:first])) == first > 4 and rungs and min(rungs) > 2, "a free hint comes last"
    assert "line by line" in told[1] and "**for loop**" in told[first - 2] and "**recursion**" in told[first - 1]
    assert {one.label for one in replies[first].choices} >= {"Give me a hint", "Whom can I ask?"}


@pytest.mark.parametrize(
    ("belief", "hint", "rung"),
    [("but i made a new variable total", 1, None), ("how do i say that it is included", 0, 1), ("in line 2?", 0, 1)],
)
def test_an_own_thought_after_the_place_is_answered_by_no_idea_that_it_does_not_name(
    room: Classroom, tmp_path: Path, belief: str, hint: int, rung: int | None
) -> None:
    loaded = course_of(tmp_path, IDEAS)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None)
    judged = Judged(failing=("total([1, 2, 3])",), passing=("no number",))
    turns = ("why is it wrong?", belief, "what is a for loop?")
    line = Line("one", turns, "task", MINUS, last_verdict="failed 1/2", judged=judged)
    _, second, third = room.run(answer_line(talk, line)).replies
    assert second.text.endswith(IDEAS["hints"][hint]) and second.rung == rung
    assert "`for` takes things one by one" in third.text
    broken = replace(line, source=MINUS.replace("total -", "totl -"), last_error='File "answer", line 4\nNameError: x')
    _, second, _ = room.run(answer_line(talk, broken)).replies
    assert "An example on other data" not in second.text and second.choices


def test_a_rule_that_was_told_is_followed_by_its_idea_and_an_error_by_another_word(
    room: Classroom, tmp_path: Path
) -> None:
    loaded = course_of(tmp_path, {**TOTAL, "concepts": ["recursion"]})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None)
    rule = Judged(failing=("a",), rule="The task asks for recursion.")
    for more in (Line("", (), judged=rule), Line("", (), last_error="File \"answer\", line 4\nKeyError: 'u'")):
        line = replace(more, turns=("why is it wrong?", "i still dont understand"), exercise="task", source=MINUS)
        first, second = (one.text for one in room.run(answer_line(talk, line)).replies)
        assert second.count("**") > 1 and first not in second, "an idea"


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
    guard, diagnoser = Guard(loaded, room.grader), Diagnoser(room.grader)
    said = []
    for verdict in ("WA", None):
        line = Line("one", (question,), "task", str(TWICE["starter"]), last_verdict=verdict)
        talk = Room(loaded, guard, None, room.sandbox, diagnoser)
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    assert "55" in said[0] and "one line that you are sure of" not in " ".join(said)


@pytest.mark.parametrize("source", ["# return sum(xs)\n", "# Add. def total(xs): return sum(xs)\n# done\n"])
def test_code_behind_a_remark_is_seen(room: Classroom, tmp_path: Path, source: str) -> None:
    (reply,) = asked(room, tmp_path, "why is it wrong?", source=source).replies
    assert "after a `#`" in reply.text


def test_a_name_that_all_tests_ask_for_is_told_before_any_line() -> None:
    check = {"hidden": False, "failure": {"type": "NameError"}}
    view = {"checks": [check], "notices": [{"code": "name_missing", "text": "The tests use `f`."}]}
    assert rule_in(view) == "The tests use `f`."
    assert rule_in({**view, "checks": [check, {"hidden": False, "failure": None}]}) == ""


def test_who_gives_up_or_has_no_hint_left_gets_the_first_step_in_the_own_code_and_buttons(
    room: Classroom, tmp_path: Path
) -> None:
    turns = ("why is it wrong?", "give me a hint", "another hint", "another hint", "i give up")
    *_, last, kind = asked(room, tmp_path, *turns, hints={"cooldown_s": 0}).replies
    assert "You have all 2 hints" in last.text and "frustrating" in kind.text
    assert "Look at line 4." in last.text and all(len(one.choices) > 1 for one in (last, kind))
    assert "Give me a hint" not in [one.label for one in last.choices]


FROST = {
    **TOTAL,
    "statement": "Return a **new** list with the nights below zero.\n\n```python\ntotal([1])  # 1\n```\n\n"
    "Zero itself is no frost. Until the next morning a night is *one* night.",
}


def test_what_the_task_means_is_told_in_its_own_words_and_spends_no_hint(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, FROST)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None)
    asked = {
        "what does until the next morning mean": "Until the next morning",
        "is 0 frost": "\u201cZero itself",
        "was soll das heissen below zero": "\u201eReturn a **new** list",
        "what does mornight mean": "I did not understand that",
        "is it right": "I did not understand that",
        "what does 5 mean": "I did not understand that",
        "what is a list": "A list holds many values",
        "give me a hint": str(TOTAL["hints"][0]),
    }
    line = Line("one", tuple(asked), "task", str(TOTAL["starter"]))
    replies = room.run(answer_line(talk, line)).replies
    for (question, told), reply in zip(asked.items(), replies, strict=True):
        assert told in reply.text, question
        assert bool(reply.choices) == (reply.agent in ("asks_back", "concept", "foreseen"))


def test_who_asks_whether_it_is_right_is_told_no_and_how_much_passes(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, TOTAL)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    judged = Judged(failing=("total([1, 2, 3])",), passing=("no number",))
    line = Line("one", ("is it right now?",), "task", MINUS, last_verdict="failed 1/2", judged=judged)
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.text.startswith("Not yet: 1 of 2 tests pass.\n\nLook at line 4.") and reply.line == 4


def test_a_program_that_asks_on_is_told_so(room: Classroom, tmp_path: Path) -> None:
    right = "n = int(input())\nprint(n)\n"
    loaded = course_of(tmp_path, {"answer": "program", "solution": right, "checks": [{"stdin": "3\n"}]})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    wrong = "while True:\n    n = int(input())\nprint(n)\n"
    error = "line 2, in <module>\nEOFError: EOF when reading a line"
    turns = "it never prints n", "where do i put the break?"
    line = Line("one", turns, "task", wrong, last_error=error, judged=Judged(failing=("3",)))
    reply, after = room.run(answer_line(talk, line)).replies
    assert "found nothing to read" not in after.text
    assert reply.line in (None, 1) and "Look at line 1. The program still asks" in reply.text


def test_the_page_of_an_error_is_no_idea_where_nothing_was_raised(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {**TOTAL, "concepts": ["for loop"]})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    turns = "why is it wrong?", "it still fails, i dont know how often they type it wrong"
    line = Line("one", turns, "task", MINUS, last_verdict="WA", judged=Judged(failing=("total([1, 2, 3])",)))
    _, second = room.run(answer_line(talk, line)).replies
    assert "TypeError" not in second.text


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
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    source = str(HOURS["solution"]).replace("//", "/")
    said = []
    for question in ("why 2.25", "should it show the hours when they are 0", "warum 2.25"):
        line = Line("one", (question,), "task", source, last_verdict="WA")
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    assert all("`hours` " in text and "`2.25`" in text for text in said)
    assert "The task says: \u201cThe hours are always whole" in said[1] and "The task says" not in said[0]
    assert "Nach Zeile 2" in said[2]


def test_questions_on_single_lines_are_answered_by_what_was_seen_when_it_ran(room: Classroom, tmp_path: Path) -> None:
    source = "def total(xs):\n    t = 1\n    if len(xs) > 99:\n        t = 5\n    return t + sum(xs)\n"
    turns = ("why is it wrong?", "and then?", "what does line 2 do", "is line 4 ever reached?")
    first, walk, line, never = (one.text for one in asked(room, tmp_path, *turns, source=source).replies)
    assert walk != first and "`t` `1`" in walk and "line by line" in walk
    assert "it makes `t` `1`" in line and "never reached" in never


SHELL = {
    "a sum": "add_up() {\n    echo $1 + $2\n}\n",
    "a loop": "add_up() {\n    for n in $@; do\n        total=$((total + n))\n    done\n    echo $total\n}\n",
    "a remark": "# add_up adds\n",
}


@pytest.mark.parametrize("source", SHELL.values(), ids=SHELL)
def test_code_of_another_language_is_not_read_as_python(room: Classroom, tmp_path: Path, source: str) -> None:
    checks = [{"run": "add_up 1 2", "prints": "3"}]
    task = {"solution": "add_up() { echo $(($1 + $2)); }", "checks": checks}
    loaded = course_of(tmp_path, task, kernel="bash")
    guard, diagnoser = Guard(loaded, room.grader), Diagnoser(room.grader)
    talk = Room(loaded, guard, None, room.sandbox, diagnoser)
    turns = ("why is it wrong?", "why does it print 1 + 2 and not 3", "what does this error mean", "review my code")
    said = []
    for verdict, error in (("WA", None), (None, "bash: line 2: 1: command not found"), (None, None), ("AC", None)):
        line = Line("one", turns, "task", source, last_verdict=verdict, last_error=error)
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    for text in said:
        assert not any(part in text for part in ("Python", "Look at line", "after a `#`", "short and clear")), text


LARGER = {
    "solution": "def larger(a, b):\n    if b > a:\n        return b\n    return a\n",
    "starter": "def larger(a, b):\n    ...\n",
    "checks": [{"call": "larger(2, 1)", "equals": 2}, {"call": "larger(4, 9)", "equals": 9}],
}


@pytest.mark.parametrize("call", ["print(larger(4, 9))", "for n in [4]:\n    n = larger(n, 9)"])
def test_line_by_line_tells_of_the_example_alone_and_goes_into_nothing_that_it_calls(
    room: Classroom, tmp_path: Path, call: str
) -> None:
    loaded = course_of(tmp_path, LARGER)
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    source = "def is_more(x, y):\n    more = x > y\n    return more\n\ndef larger(a, b):\n    best = a\n"
    source += f"    more = is_more(b, a)\n    if more:\n        best = b\n        return best\n\n{call}\n"
    line = Line("one", ("why is it wrong?", "and then?", "and then?"), "task", source, last_verdict="WA")
    first, _, walk = room.run(answer_line(talk, line)).replies
    assert "`larger(1, 1)` gives `None`" in first.text
    assert "line 6 makes `best` `1`; line 7 makes `more` `False`; on line 8 `more` is `False`. Which" in walk.text


def test_a_refusal_names_the_line_that_is_known(room: Classroom, tmp_path: Path) -> None:
    _, refused = asked(room, tmp_path, "why is it wrong?", "just give me the solution").replies
    assert refused.agent == "solution_request" and "Look at line 4." in refused.text


def test_where_a_value_is_to_be_handed_on_the_question_is_about_that(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def run(xs):\n    t = 0\n    for x in xs:\n        t += x\n        yield t\n",
        "checks": [{"call": "list(run([1, 2]))", "equals": [1, 3]}, {"call": "list(run([]))", "equals": []}],
    }
    loaded = course_of(tmp_path, task)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    source = str(task["solution"]).replace("yield", "return")
    line = Line("one", ("why is it wrong?",), "task", source, last_verdict="WA")
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.line == 5 and "lets the function go on" in reply.text


def test_a_value_is_typed_into_a_program_that_reads_one(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, TWICE)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    source = "n = input()\nif n > 3:\n    print(n)\n"
    line = Line("one", ("what happens with 4 then?",), "task", source, last_verdict="WA")
    (reply,) = room.run(answer_line(talk, line)).replies
    assert "`4` gives `TypeError: '>' not supported" in reply.text


def test_an_error_that_is_returned_is_no_error_that_is_left_out(room: Classroom, tmp_path: Path) -> None:
    right = "def put(n):\n    if n <= 0:\n        raise ValueError\n    return n\n"
    task = {"solution": right, "checks": [{"call": "put(5)", "equals": 5}, {"call": "put(0)", "raises": "ValueError"}]}
    loaded = course_of(tmp_path, task)
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    said = []
    for instead in ("return ValueError", "n = 1"):
        source = right.replace("raise ValueError", instead)
        line = Line("one", ("why is it wrong?",), "task", source, last_verdict="WA")
        said += [one.text for one in room.run(answer_line(talk, line)).replies]
    assert "a value like any other" in said[0] and "goes on as if" not in said[0]
    assert "a value like any other" not in said[1] and "goes on as if" in said[1]


def test_an_error_that_is_printed_is_no_value_that_is_not_returned(room: Classroom, tmp_path: Path) -> None:
    right = "def put(n):\n    if n <= 0:\n        raise ValueError\n    else:\n        return n\n"
    task = {"solution": right, "checks": [{"call": "put(5)", "equals": 5}, {"call": "put(0)", "raises": "ValueError"}]}
    source = right.replace("raise ValueError", "print('ValueError')")
    text = of_task(room, tmp_path, task, source)
    assert "Look at line 3. The task wants an error here." in text and "gives back None" not in text


def test_where_none_comes_out_the_path_without_a_value_is_told(room: Classroom, tmp_path: Path) -> None:
    right = "def is_name(t):\n    return t.isalpha() and t.istitle() and len(t) > 2\n"
    calls = {"Anna": True, "Al": False, "7": False, "anna": False}
    task = {"solution": right, "checks": [{"call": f"is_name({one!r})", "equals": it} for one, it in calls.items()]}
    source = (
        "def is_name(t):\n    if len(t) <= 2:\n        return False\n    if not t.isalpha():\n        return False\n"
        "    if t[0].isupper():\n        return True\n"
    )
    assert "Look at line 6. Not every path" in of_task(room, tmp_path, task, source)


@pytest.mark.parametrize(("wrong", "told"), [("print(n + n)", "nothing keeps it"), ("int(n)\nprint(n + n)", "Glued.")])
def test_a_value_that_is_lost_is_told_before_an_idea_that_only_does_the_same(
    room: Classroom, tmp_path: Path, wrong: str, told: str
) -> None:
    idea = {"id": "glued", "wrong": f"n = input()\n{wrong}\n", "say": "Glued."}
    task = {
        "answer": "program",
        "solution": "n = int(input())\nprint(n * 2)\n",
        "checks": [{"stdin": "5"}, {"stdin": "21"}],
        "misconceptions": [idea],
    }
    judged = Judged(failing=("5", "21"), misconception="glued")
    text = of_task(room, tmp_path, task, "n = input()\nint(n)\nprint(n * 2)\n", judged)
    assert told in text and ("Glued." in text) == (told == "Glued.")


def test_line_by_line_leads_to_the_end(room: Classroom, tmp_path: Path) -> None:
    rows = ["t = 0", "for x in xs: t += x ** 3 - 7", *(f"u{n} = t" for n in range(5)), "z = t // 9 + t % 4", "return z"]
    source = "\n    ".join(["def total(xs):", *rows]) + "\n"
    walk = asked(room, tmp_path, "why is it wrong?", "and then?", source=source).replies[1].text
    assert "line 2 makes `t` `0`" in walk and "; …; " in walk and "line 9 makes `z`" in walk


def test_an_error_of_the_answers_own_call_is_not_told_of_another_call(room: Classroom, tmp_path: Path) -> None:
    source = (
        "def total(xs):\n    t = 0\n    for x in xs:\n        t -= 6 / (x - 3)\n    return t\n\nprint(total([3]))\n"
    )
    replies = asked(room, tmp_path, "why is it wrong?", "and then?", "what now?", source=source).replies
    assert not any("gives `ZeroDivisionError" in one.text for one in replies)


def test_which_way_is_free_is_told_by_the_rules_of_the_task(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {**TOTAL, "requires": {"loops": True}})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    (reply,) = room.run(answer_line(talk, Line("one", ("is recursion ok too?",), "task", MINUS))).replies
    assert "asks for an answer with a loop" in reply.text


BARE = "def total(xs):\n    for x in xs:\n        t = t + x\n    return t\n"


def test_an_error_is_explained_of_the_line_that_stopped(room: Classroom, tmp_path: Path) -> None:
    error = "File \"answer\", line 3\nUnboundLocalError: cannot access local variable 't' where it is not associated"
    loaded = course_of(tmp_path, TOTAL)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    line = Line(
        "one", ("what does this error mean?", "but why outside and not in the loop"), "task", BARE, last_error=error
    )
    assert not any("not run this time" in one.text for one in room.run(answer_line(talk, line)).replies)


def test_a_conversion_that_is_lost_is_told_before_what_the_error_means(room: Classroom, tmp_path: Path) -> None:
    source = "age = input()\nint(age)\nage = age + 1\nprint(age)\n"
    error = 'File "answer", line 3\nTypeError: can only concatenate str (not "int") to str'
    task = {"answer": "program", "solution": "print(int(input()) + 1)\n", "checks": [{"stdin": "3", "prints": "4"}]}
    loaded = course_of(tmp_path, task)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    (reply,) = room.run(
        answer_line(
            talk, Line("one", ("what does the error mean? i did convert it",), "task", source, last_error=error)
        )
    ).replies
    assert reply.text.startswith("Look at line 2.") and reply.line == 2 and "line 3" in reply.text


LETTERS = {
    "solution": "def short(text):\n    s = ''\n    for word in text.split():\n        s += word[0]\n    return s\n",
    "starter": "def short(text):\n    ...\n",
    "checks": [{"call": "short('ab cd')", "equals": "ac"}, {"call": "short('x')", "equals": "x", "hidden": "one"}],
    "hints": ["Take one word. How do you get its first letter?", "A loop along text gives letters. What gives words?"],
}
ALONG = "def short(text):\n    s = ''\n    for word in text:\n        s += word[0]\n    return s\n"


def talked(
    room: Classroom, folder: Path, *turns: str, task: dict[str, Any] = LETTERS, above: str = "", **line: Any
) -> list[str]:
    loaded = course_of(folder, *([{"code": above}] if above else []), task)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    answered = room.run(
        answer_line(talk, Line("one", turns, "task", **{"source": ALONG, "last_verdict": "WA", **line}))
    )
    return [reply.text for reply in answered.replies]


def test_who_asks_on_is_told_the_authors_hint_that_speaks_of_it(room: Classroom, tmp_path: Path) -> None:
    told = talked(room, tmp_path, "why is it wrong?", "i want words not letters, how", "give me a hint")
    assert told[1].endswith(LETTERS["hints"][1])
    assert told[2].startswith(LETTERS["hints"][0]), "no rung of the ladder was spent"


def test_whether_half_written_code_is_right_is_told_by_the_authors_lines(room: Classroom, tmp_path: Path) -> None:
    def told(source: str) -> str:
        return talked(room, tmp_path, "is this right so far?", source=source, last_verdict=None)[0]

    half = "def short(text):\n    letters = ''\n    for one in text.split():\n        letters += one[0]\n"
    assert told(half).startswith("What you wrote is right so far.")
    asked = "is this right so far or do i need brackets?"
    assert "right so far" in talked(room, tmp_path, asked, source=half, last_verdict=None)[0]
    assert not told(half.replace("one[0]", "one[1]")).startswith(("What you wrote is right", "No"))
    inside = LETTERS["solution"].replace("    return s", "        return s")
    assert "right so far" not in told(inside)


def test_a_name_of_a_cell_above_is_no_slip_and_one_of_the_answers_texts_lacks_its_quotes(
    room: Classroom, tmp_path: Path
) -> None:
    task = {"solution": "cost = apples * 2\nword = 'y'", "checks": [{"call": "cost", "equals": 6}]}
    error: dict[str, Any] = {"task": task, "last_verdict": None, "above": "apples = 3"}
    for source, name, said in (
        ("more_apples = 1\ncost = apples * 2\n", "apples", "in a cell above the exercise"),
        ("apples = 1\nword = y\n", "y", "it needs quotes around it"),
    ):
        stopped = f"NameError: name '{name}' is not defined"
        (reply,) = talked(room, tmp_path, "what does it mean?", **error, source=source, last_error=stopped)
        assert reply.startswith("Look at line 2.") and said in reply


def test_what_stands_for_an_object_is_not_told_as_its_value(room: Classroom, tmp_path: Path) -> None:
    source = "class Lamp:\n    def press():\n        pass\nlamp = Lamp()\nlamp.press()\n"
    error = "TypeError: Lamp.press() takes 0 positional arguments but 1 was given"
    (reply,) = talked(room, tmp_path, "what does it mean?", source=source, last_verdict=None, last_error=error)
    assert "Look at line 2." in reply and "When it stopped" not in reply


def test_a_mended_line_of_a_program_that_python_cannot_read_is_right(room: Classroom, tmp_path: Path) -> None:
    task = {"answer": "debug", "starter": 'print("tea)\npritn(2)\n', "solution": 'print("tea")\nprint(2)\n'}
    task["checks"] = [{"prints": "tea\n2\n"}]
    right = talked(
        room, tmp_path, "is line 1 right now?", task=task, source='print("tea")\npritn(2)\n', last_verdict=None
    )
    assert right[0].startswith("What you wrote is right so far.")


def test_an_authors_hint_on_another_way_is_not_told_to_who_asks_on(room: Classroom, tmp_path: Path) -> None:
    hints = ["A loop along text gives letters. What of them gives words with `zip`?"]
    told = talked(room, tmp_path, "why is it wrong?", "i want words not letters, how", task={**LETTERS, "hints": hints})
    assert "zip" not in told[1]


def test_anger_is_followed_by_something_new(room: Classroom, tmp_path: Path) -> None:
    first, second = talked(room, tmp_path, "why is it wrong?", "it gives letters? but i want words, thats stupid")
    assert first not in second and LETTERS["hints"][1] in second


def test_a_word_of_the_tutors_own_is_no_question_on_another_idea(room: Classroom, tmp_path: Path) -> None:
    source = "def short(text):\n    for c in text:\n        if c == ' ':\n            text.remove(c)\n    return text\n"
    _, second = talked(room, tmp_path, "why is it wrong?", "what does it mean it skips neighbours", source=source)
    assert "break and continue" not in second


def test_a_value_that_a_function_should_hand_back_is_not_called_lost(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def digits(n):\n    if n == 0:\n        return 0\n    return n % 10 + digits(n // 10)\n",
        "starter": "def digits(n):\n    ...\n",
        "checks": [{"call": "digits(12)", "equals": 3}],
    }
    source = "def digits(n):\n    if n == 0:\n        return 0\n    n % 10 + digits(n // 10)\n"
    error = "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'"
    told = talked(
        room,
        tmp_path,
        "what does this error mean",
        "but i calculated it, why is it not returned automaticly",
        task=task,
        source=source,
        last_error=error,
    )
    assert "Give the new value a name" not in told[1] and "`return`" in told[1]


def test_who_asks_which_test_fails_is_told_it(room: Classroom, tmp_path: Path) -> None:
    judged = Judged(False, ("an empty list",), ("total([1])",))
    (told,) = talked(
        room, tmp_path, "nearly all is green, which one goes wrong", task=TOTAL, source=MINUS, judged=judged
    )
    assert told.startswith("Not passing yet: *an empty list*.") and "line 4" in told


KEYS = {
    "solution": "def put(d, k):\n    d[k] = d.get(k, 0) + 1\n    return d\n",
    "starter": "def put(d, k):\n    ...\n",
    "checks": [{"call": "put({}, 'tea')", "equals": {"tea": 1}}],
}


@pytest.mark.parametrize(("question", "is_told"), [("how does get work", True), ("i dont get it, why", False)])
def test_a_word_that_the_tutor_wrote_as_code_is_that_code(
    room: Classroom, tmp_path: Path, question: str, is_told: bool
) -> None:
    source = "def put(d, k):\n    d[k] = d[k] + 1\n    return d\n"
    error = "Traceback\n  File \"answer\", line 2\nKeyError: 'tea'"
    _, second = talked(
        room, tmp_path, "what does this error mean", question, task=KEYS, source=source, last_error=error
    )
    assert ("**dict.get**" in second) is is_told


def test_an_idea_alone_is_told_beside_an_error_and_no_place_is_denied_that_was_told(
    room: Classroom, tmp_path: Path
) -> None:
    task = {
        "solution": "class Lamp:\n    def press(self):\n        return True\n",
        "starter": "class Lamp:\n    ...\n",
        "checks": [{"call": "Lamp().press()", "equals": True}],
    }
    source = task["solution"].replace("self", "")
    error = "TypeError: Lamp.press() takes 0 positional arguments but 1 was given"
    first, second = talked(
        room,
        tmp_path,
        "what does it mean",
        "self? why, i dont use it when i call it",
        task=task,
        source=source,
        last_error=error,
    )
    assert "line 2" in first and "`self`" in second and "did not find" not in second


def test_a_question_on_signs_beside_an_error_is_answered_with_the_idea(room: Classroom) -> None:
    loaded = load_course(Path(__file__).parents[4] / "courses" / "python-basics")
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    error = "SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
    turns = "invalid syntax???", "so when do i use = and when =="
    line = Line(
        "one", turns, "rock-paper-scissors", "one = input()\nif one = 'rock':\n    print(1)\n", last_error=error
    )
    first, second = room.run(answer_line(talk, line)).replies
    assert "line 2" in first.text and "`=` stores, `==` asks" in second.text


def test_an_error_that_is_named_is_explained_at_once(room: Classroom, tmp_path: Path) -> None:
    source = "def put(d, k):\n    d[k] = d[k] + 1\n    return d\n"
    error = "Traceback\n  File \"answer\", line 2\nKeyError: 'tea'"
    question = "it crashes with tea, KeyError. how do i stop that"
    (told,) = talked(room, tmp_path, question, task=KEYS, source=source, last_error=error)
    assert "line 2" in told and "I did not understand that" not in told


def test_an_idea_of_an_earlier_question_is_not_told_to_who_only_goes_on(room: Classroom, tmp_path: Path) -> None:
    turns = "why is it wrong?", "which test fails then", "i dont get it", "i dont get it", "i dont get it"
    told = talked(room, tmp_path, *turns, source=MINUS, task={**TOTAL, "concepts": ["for loops"]})
    assert not any("**tests of your own**" in one for one in told)


def test_a_change_is_not_called_right_by_samples_that_pass_without_it(room: Classroom, tmp_path: Path) -> None:
    judged = Judged(failing=("no number",), passing=("total([1, 2, 3])",))
    loaded = course_of(tmp_path, TOTAL)
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    source = "def total(xs):\n    t = xs[0]\n    for x in xs[1:]:\n        t += x\n    return t\n"
    line = Line("one", ("so should i write t = t + x ?",), "task", source, last_verdict="WA", judged=judged)
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.agent == "why" and "as it should" not in reply.text


def test_who_does_not_get_the_place_is_told_more_of_it_and_spends_no_hint(room: Classroom, tmp_path: Path) -> None:
    _, second = asked(room, tmp_path, "why is it wrong?", "but i dont get why the last one wins").replies
    assert second.agent == "why" and second.rung is None


def test_who_asks_on_where_only_hints_are_open_is_answered(room: Classroom, tmp_path: Path) -> None:
    turns = "why is it wrong?", "but i dont see why the last one wins"
    loaded = course_of(tmp_path, TOTAL)
    diagnoser = Diagnoser(room.grader)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, diagnoser)
    exercise = loaded.find("task")[1]

    async def replies() -> list[str]:
        conversation, told = Conversation(talk), []
        terms = Terms(cells=(), only_hints=True, judged=Judged(failing=("total([1, 2, 3])",)))
        for turn in turns:
            situation = Situation(exercise, MINUS, True, last_verdict="failed 1/2")
            told += [
                one.turn.reply.agent async for one in conversation.ask(turn, situation, terms) if isinstance(one, Done)
            ]
        return told

    assert room.run(replies()) == ["why", "why"]


@pytest.mark.parametrize("practice", [True, False])
def test_what_a_right_answer_lacks_is_told_in_practice_alone(room: Classroom, tmp_path: Path, practice: bool) -> None:
    loaded = course_of(tmp_path, TOTAL)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    situation = Situation(loaded.find("task")[1], MINUS, True, last_verdict="failed 1/2")
    terms = Terms(cells=(), practice=practice, judged=Judged(failing=("total([1, 2, 3])",)))

    async def reply() -> str:
        told = Conversation(talk).ask("do i need an if in the loop?", situation, terms)
        return "".join([one.turn.reply.text async for one in told if isinstance(one, Done) and one.turn.reply])

    text = room.run(reply())
    assert ("without `if`" in text) == practice and "Look at line 4." in text


def shown_here(room: Classroom, folder: Path, *turns: str, **line: Any) -> list[str]:
    """The replies to turns on an answer that was judged, in practice."""
    judged = Judged(failing=("total([1, 2, 3])", "no number"))
    return talked(room, folder, *turns, task=TOTAL, **{"source": MINUS, "judged": judged, **line})


HELLO = {"solution": "def hello():\n    return 'too high'\n", "checks": [{"call": "hello()", "equals": "too high"}]}


@pytest.mark.parametrize(
    "turns",
    [
        ("why is it wrong?", "where exactly?"),
        ("why is it wrong?", "i checked it 3 times, it IS the same!!"),
        ("warum ist das falsch?", "und wo genau?"),
    ],
)
def test_who_is_told_a_text_and_asks_on_is_told_where_it_parts(
    room: Classroom, tmp_path: Path, turns: tuple[str, str]
) -> None:
    told = talked(room, tmp_path, *turns, task=HELLO, source="def hello():\n    return 'to high'\n")
    assert "`to`" in told[1] and "`o␣high`" in told[1]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("ok i changed it to += but now the last number is missing", "The cell that I see has not changed."),
        ("i did move it, now it says 'return' outside function", "**indentation**"),
        ("now it says expected an indented block", "**IndentationError**"),
    ],
)
def test_a_change_that_is_not_in_the_cell_is_no_guess(room: Classroom, tmp_path: Path, message: str, told: str) -> None:
    assert told in shown_here(room, tmp_path, "why is it wrong?", message)[1]


ROUND = "def total(xs):\n    t = 0\n    for x in xs:\n        t =+ x\n    return t\n"


def test_the_way_goes_turn_by_turn_also_where_a_value_stays(room: Classroom, tmp_path: Path) -> None:
    told = " ".join(shown_here(room, tmp_path, "why is it wrong?", "why?", "why?", source=ROUND))
    assert "after round 1 `x`" in told and "; after round 2 `x`" in told


RIGHT = "def total(xs):\n    t = 0\n    if len(xs) == 0:\n        return t\n" + MINUS[MINUS.index("    for") :].replace(
    "-", "+"
)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("what does line 2 do", "Line 2 is `t = 0`. With `total([1, 2, 3])` it makes `t` `0`."),
        ("what happens if i leave out the len(xs) == 0 part?", "Try it: say first what you expect"),
    ],
)
def test_an_accepted_answer_is_run_for_who_asks_about_it(
    room: Classroom, tmp_path: Path, message: str, told: str
) -> None:
    judged = Judged(passed=True, passing=("total([1, 2, 3])", "no number"))
    assert told in shown_here(room, tmp_path, message, source=RIGHT, judged=judged, last_verdict="AC")[0]


def test_an_example_shows_the_steps_before_it_and_whole_words(room: Classroom, tmp_path: Path) -> None:
    lamp = "class Lamp:\n    def __init__(self):\n        self.on = False\n    def press(self):\n        self.on = {}\n"
    check = {"setup": "lamp = Lamp()\nlamp.press()\n", "call": "lamp.on", "equals": True}
    task = {"solution": lamp.format("not self.on"), "checks": [check]}
    assert "`lamp = Lamp(); lamp.press(); lamp.on` gives `False`" in of_task(
        room, tmp_path, task, lamp.format("self.on")
    )
    last = {
        "solution": "def last(t):\n    return t.split()[-1]\n",
        "checks": [{"call": "last('ab cd ef')", "equals": "ef"}],
    }
    assert "`last('ab" in of_task(room, tmp_path, last, "def last(t):\n    return t.split()[0]\n")


def test_names_of_an_answer_that_only_sets_names_are_told(room: Classroom, tmp_path: Path) -> None:
    check = {"call": "change", "equals": 3, "hidden": "the change"}
    task = {"solution": "cost = 7\nchange = 10 - cost\n", "checks": [{"call": "cost", "equals": 7}, check]}
    told = talked(
        room, tmp_path, "why is it wrong?", "but i took it away", task=task, source="cost = 7\nchange = cost - 10\n"
    )
    assert "Line 2 is `change = cost - 10`. It makes `change` `-3`." in told[1] and "`3`" not in told[1]


LATER = "def total(xs):\n    t = 0\n    for x in xs:\n        y = x\n    t = t + y\n    return t\n"


@pytest.mark.parametrize(
    ("source", "question", "told"),
    [
        (LATER, "i do add! look at line 5", "Line 5 is `t = t + y`."),
        (MINUS, "but line 4 counts down", "Line 4 is `t -= x`"),
        (MINUS, "what is in x then", "Line 3 is `for x in xs:`"),
        (MINUS, "what do you mean by variable?", "**variables and names**"),
        (MINUS, "do i also have to print the total, what is a blank", "**What is a blank?**"),
    ],
)
def test_what_is_said_back_is_heard(room: Classroom, tmp_path: Path, source: str, question: str, told: str) -> None:
    loaded = course_of(tmp_path, {**TOTAL, "statement": "Return the sum of the numbers.\n\nIt prints nothing."})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    line = Line("one", ("why is it wrong?", question), "task", source, last_verdict="WA")
    first, second = room.run(answer_line(talk, line)).replies
    assert told in second.text and second.text != first.text
    assert len(second.text.split()) <= 90


GAPS = {"answer": "fill", "starter": "def total(xs):\n    t = ____\n    for x in xs:\n        t ____ x\n    return t\n"}


def test_the_gap_that_is_counted_out_is_told(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {**TOTAL, **GAPS})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None)
    turns = "what goes into the second gap", "and in the first gap?", "was kommt in die letzte lücke"
    line = Line("one", turns, "task", str(GAPS["starter"]))
    second, first, last = (one.text for one in room.run(answer_line(talk, line)).replies)
    assert "line 4" in second and "`t ____ x`" in second
    assert "line 2" in first
    assert "Zeile 4" in last


def test_a_gap_that_is_left_is_no_mistake(room: Classroom, tmp_path: Path) -> None:
    source = str(GAPS["starter"]).replace("____", "0", 1)
    text = of_task(room, tmp_path, {**TOTAL, **GAPS}, source, None, "is it my loop, a name or a number")
    assert "line 4" in text and "NameError" not in text


def test_an_accepted_answer_is_called_right(room: Classroom, tmp_path: Path) -> None:
    judged = Judged(passed=True, passing=("total([1, 2, 3])",))
    text = of_task(room, tmp_path, TOTAL, str(TOTAL["solution"]), judged, "is it right now?")
    assert text.startswith("Yes, it is right")


def test_nobody_is_refused_who_asks_for_an_idea(room: Classroom, tmp_path: Path) -> None:
    _, reply = asked(room, tmp_path, "why is it wrong?", "i want to know what int does").replies
    assert "**int, float and str**" in reply.text and "hand out" not in reply.text


@pytest.mark.parametrize(
    ("call", "held"), [("\ntotal([5])\n", "`xs` = `[5]`"), ("", "`xs` = `[1, 2, 3]`"), ("\ntotal([1] * 9)\n", "")]
)
def test_an_error_is_told_with_what_the_names_of_its_line_held(
    room: Classroom, tmp_path: Path, call: str, held: str
) -> None:
    loaded = course_of(tmp_path, TOTAL)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None)
    error = 'File "answer", line 2, in total\nIndexError: list index out of range'
    source = f"def total(xs):\n    return xs[3]\n{call}"
    line = Line("one", ("what does this error mean?",), "task", source, last_error=error)
    (reply,) = room.run(answer_line(talk, line)).replies
    assert "Look at line 2" in reply.text and held in reply.text
    assert ("When it stopped" in reply.text) == (held != "" or "`xs` = `[1, 2, 3]`" in reply.text)


def test_of_a_parameter_that_got_another_value_the_line_is_told_that_gave_it(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def bill(bag):\n    return sum(bag.values())\n",
        "checks": [{"call": "bill({'a': 1})", "equals": 1}],
    }
    source = "def bill(bag):\n    total = 0\n    bag = sorted(bag)\n    for thing in bag:\n"
    source += "        total += bag[thing]\n    return total\n"
    error = 'File "answer", line 5, in bill\nTypeError: list indices must be integers or slices, not str'
    loaded = course_of(tmp_path, task)
    line = Line("one", ("what does this error mean?",), "task", source, last_error=error)
    (reply,) = room.run(answer_line(Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None), line)).replies
    assert "Line 3 gave `bag` this value" in reply.text


def test_a_key_under_the_wrong_name_is_no_key_that_lacks_a_start(room: Classroom, tmp_path: Path) -> None:
    solution = "def count(words):\n    n = {}\n    for word in words:\n        w = word.strip('!')\n"
    solution += "        n[w] = n.get(w, 0) + 1\n    return n\n"
    source = "def count(words):\n    n = {}\n    for word in words:\n        w = word.strip('!')\n        if w in n:\n"
    source += "            n[word] += 1\n        else:\n            n[w] = 1\n    return n\n"
    task = {"solution": solution, "checks": [{"call": "count(['a', 'a!'])", "equals": {"a": 2}}]}
    text = of_task(room, tmp_path, task, source, Judged(False, ("count",)), "KeyError: 'a!' but i stripped it??")
    assert "Look at line 6. Is each name" in text and "start value" not in text


def test_an_error_that_only_the_test_meets_is_told_by_the_place_and_the_example(
    room: Classroom, tmp_path: Path
) -> None:
    right = "def made(d):\n    d = dict(d)\n    d['a'] = abs(d['a'])\n    return d\n"
    calls = ("made({'a': -1})['a']", "made({'a': 2})['a']")
    task = {"solution": right, "checks": [{"call": call} for call in calls]}
    source = right.replace("d['a'] = abs(d['a'])", "d = {'b': abs(d['a'])}")
    text = of_task(room, tmp_path, task, source, Judged(False, calls), "KeyError: 'a' why??")
    assert text.startswith("Look at line 3.") and "gives `KeyError: 'a'`" in text and "does not exist" not in text


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("is it this line: t -= x ?", "You are looking in the right place."),
        ("is return t right?", "It is not `return t`: that can stay"),
        ("i think the mistake is in the return", "It is not `return`: that can stay"),
        ("is the line with t right?", "You are looking in the right place."),
        ("do i need an if in the loop?", "It can come right without `if`."),
        ("what do I do next?", "Look at line 4."),
        ("should I use t.get(x, 0) there?", "It can come right without `get`."),
        ("should i write >= instead of -= there?", "It can come right without `>=`."),
        ("is the -= wrong?", "You are looking in the right place."),
        ("for x in xs gives one after the other, right?", "Look at line 4."),
    ],
)
def test_who_asks_whether_a_line_is_right_is_told(room: Classroom, tmp_path: Path, question: str, lead: str) -> None:
    (reply,) = asked(room, tmp_path, question).replies
    assert reply.text.startswith(lead) and "Look at line 4." in reply.text


def test_who_doubts_a_method_in_the_place_is_told_what_it_does(room: Classroom, tmp_path: Path) -> None:
    source = 'def count(text):\n    return text.find("a")\n'
    task = {"solution": 'def count(text): return text.count("a")', "checks": [{"call": "count('banana')"}]}
    text = of_task(room, tmp_path, task, source, Judged(False, ("count",)), "does find not look at the whole text?")
    assert text.startswith("You are looking in the right place. `.find()` gives the place where") and "line 2" in text


def test_what_stands_below_the_line_told_is_not_said_to_be_right(room: Classroom, tmp_path: Path) -> None:
    source = "def total(n):\n    if n < 10:\n        return 0\n    return n % 10 + total(n // 10)\n"
    right = source.replace("n < 10", "n == 0")
    task = {"solution": right, "checks": [{"call": f"total({n})"} for n in (7, 0, 42)]}
    text = of_task(room, tmp_path, task, source, Judged(False, ("total(7)",)), "so return 0 is correct there, no?")
    assert "Look at line" in text and "that can stay" not in text


def test_the_session_that_a_student_speaks_of_is_the_example(room: Classroom, tmp_path: Path) -> None:
    task = {**HOURS, "checks": [{"stdin": "135\n"}, {"stdin": "61\n"}]}
    source = str(HOURS["solution"]).replace("//", "/")
    for typed in ("135", "61"):
        assert f"`{typed}` gives" in of_task(
            room, tmp_path, task, source, question=f"I typed {typed}, why is it so odd?"
        )


def test_a_name_that_the_tests_look_for_and_that_is_not_there_is_told(room: Classroom, tmp_path: Path) -> None:
    task = {"statement": "Make `hours`.", "solution": "hours = 7 * 24", "checks": [{"call": "hours"}]}
    text = of_task(room, tmp_path, task, "week = 7 * 24\n", Judged(False, ("hours",)), "why is it wrong?")
    assert text.startswith("The tests look for the name `hours`")


def test_a_function_that_is_only_named_is_told_before_the_author_s_idea(room: Classroom, tmp_path: Path) -> None:
    idea = {"id": "gap", "wrong": 'print("a")\nprint("b")', "say": "What is between the two?"}
    task = {"answer": "program", "solution": 'print("a")\nprint()\nprint("b")', "checks": [{"prints": "a\n\nb"}]}
    judged = Judged(False, ("program",), misconception="gap")
    task |= {"misconceptions": [idea]}
    text = of_task(room, tmp_path, task, 'print("a")\nprint\nprint("b")\n', judged, "why is the gap missing?")
    assert "`print` without parentheses" in text and "between the two" not in text


def test_a_run_that_is_asked_for_is_told_beside_the_place(room: Classroom, tmp_path: Path) -> None:
    (reply,) = asked(room, tmp_path, "what does total([4, 5]) give?").replies
    assert "`total([4, 5])` gives `-9`" in reply.text and "Look at line 4" in reply.text


@pytest.mark.parametrize(
    ("failing", "step"),
    [
        ("no number", "Make up a small input of the kind that the test's name says"),
        ("total([1, 2, 3])", "Go through it by hand, line by line"),
        ("the names", "Which line of your code makes that?"),
    ],
)
def test_with_no_place_the_step_fits_the_test(room: Classroom, tmp_path: Path, failing: str, step: str) -> None:
    chart = {"solution": "plt.bar(['a'], [1])\n", "checks": [{"figure": "names", "label": "the names"}]}
    loaded = course_of(tmp_path, chart if failing == "the names" else TOTAL)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    line = Line("one", ("why is it wrong?",), "task", MINUS, last_verdict="WA", judged=Judged(failing=(failing,)))
    (reply,) = room.run(answer_line(talk, line)).replies
    assert step in reply.text


def test_a_file_that_a_test_misses_is_no_fault_of_a_line(room: Classroom, tmp_path: Path) -> None:
    solution = "def save(name, xs):\n    with open(name, 'w') as f:\n        f.write(''.join(xs))\n"
    check = {"setup": "save('a.txt', [])", "call": "open('a.txt').read()", "equals": ""}
    task = {"solution": solution, "checks": [check]}
    wrong = "def save(name, xs):\n    for x in xs:\n        with open(name, 'w') as f:\n            f.write(x)\n"
    loaded = course_of(tmp_path, task)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    error = "FileNotFoundError: [Errno 2] No such file or directory: 'a.txt'"
    line = Line("one", ("what does this error mean?",), "task", wrong, last_error=error, judged=Judged(failing=("a",)))
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.line is None and "Look at line" not in reply.text


@pytest.mark.parametrize(
    ("body", "told", "held"),
    [
        ("    n = t.groupby('a').size()\n    return n['a']\n", "`'a'` is the index of `n` here", "index ['a']"),
        (
            "    n = t.groupby('a')[['b']].sum()\n    return n['a']\n",
            "`'a'` is the index",
            "DataFrame, ['b'], index ['a']",
        ),
        ("    yes = t['b'] > 1\n    return yes.groupby('a').sum()\n", "`yes` is a Series here", "`yes` = `Series, b`"),
        ("    n = t[['b']]\n    return n['a']\n", "does not have it", "`n` = `DataFrame, ['b']`"),
        ("    n = t.iloc[0]\n    return n['c']\n", "does not have it", "`n` = `Series, 0, labels ['a', 'b']`"),
        ("    n = t.groupby('a').sum()\n    return n['b'].sum() / n['a']\n", "`'a'` is the index of `n`", "`n`"),
    ],
)
def test_a_column_that_is_missing_is_looked_for_in_the_very_table(
    room: Classroom, tmp_path: Path, body: str, told: str, held: str
) -> None:
    """By a run below the cells above, which import what the code needs."""
    given = {"code": "import pandas as pd\ntable = pd.DataFrame({'a': ['x'], 'b': [2]})"}
    loaded = course_of(tmp_path, given, {"checks": [{"call": "f(table)", "equals": 1}]}, preload=["pandas"])
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, None)
    key = "'c'" if "n['c']" in body else "'a'"
    error = f'File "answer", line 3, in f\nKeyError: {key}'
    line = Line("one", (f"KeyError: {key} but there is one",), "task", f"def f(t):\n{body}f(table)\n", last_error=error)
    (reply,) = room.run(answer_line(talk, line)).replies
    assert reply.line == 3 and told in reply.text and held in reply.text


PARROT = {
    "answer": "program",
    "solution": "word = input('Word: ')\nprint(word, word)\nprint('End')\n",
    "starter": "",
    "checks": [{"stdin": "hi\n"}, {"stdin": "no\n"}],
}


def test_values_of_the_example_that_are_typed_in_are_told_as_that(room: Classroom, tmp_path: Path) -> None:
    source = "word = 'hi'\nprint('Word: hi')\nprint(word, word)\nprint('End')\n"
    text = of_task(room, tmp_path, PARROT, source, Judged(failing=("2",)), "it is the same as in the task, unfair")
    assert "No line of this program asks for input" in text


def test_a_line_that_is_asked_about_as_wrong_is_told_as_the_place_that_it_is(room: Classroom, tmp_path: Path) -> None:
    source = "word = input('Word: ')\nprint(word, word)\nprint('end')\n"
    text = of_task(room, tmp_path, PARROT, source, Judged(failing=("1", "2")), "what is wrong with line 3?")
    assert "Look at line 3" in text and "Line 3 runs" not in text


def test_a_name_that_is_still_to_come_is_no_answer(room: Classroom, tmp_path: Path) -> None:
    told = of_task(room, tmp_path, TOTAL, "t = t + 1\nt = 0\n", None, "what does t + 1 give here?")
    assert "NameError" not in told


def test_who_asks_why_of_code_that_passes_is_told_what_is_near_before_their_code_is_doubted(
    room: Classroom, tmp_path: Path
) -> None:
    near = {"ask": "Why does the loop need a colon? why is a colon there?", "say": "It begins a block."}
    right, done = str(TOTAL["solution"]), Judged(passed=True, passing=("total([1, 2, 3])",))
    asks = "why does the loop need a colon, i tried without and it crashed"
    assert "It begins a block." in of_task(room, tmp_path, {**TOTAL, "questions": [near]}, right, done, asks)
    told = of_task(room, tmp_path / "other", {**TOTAL, "questions": [near]}, right, done, "it crashes when i call it")
    assert "Which call goes wrong" in told


def test_a_program_whose_gaps_are_filled_waits_for_no_more_lines(room: Classroom, tmp_path: Path) -> None:
    """What is wrong in it is told before it is checked, too."""
    given = "eggs = 64\nboxes = eggs ____ 6\nprint('boxes:', boxes)\n"
    says = {
        "ask": "How do I count the boxes? which sign counts boxes?",
        "say": "Whole boxes.",
        "line": "boxes = eggs // 6",
    }
    task = {
        "answer": "fill",
        "starter": given,
        "solution": given.replace("____", "//"),
        "checks": [{"prints": "boxes: 10\n"}],
        "questions": [says],
    }
    loaded = course_of(tmp_path, task)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    line = Line("one", ("why 10.66 i only want the 10",), "task", given.replace("____", "/"), cells=())
    (reply,) = room.run(answer_line(talk, line)).replies
    assert "Look at line 2" in reply.text
