"""What is told by running: of an answer that passes, of a value that the student says, of an error without its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.course.loader import load_course
from codegym_jlab.grading.batch import judge_unrecorded
from codegym_jlab.tutor.agents.base import Judged
from codegym_jlab.tutor.batch import Line, answer_line
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.diagnosis import Diagnoser
from codegym_jlab.tutor.guard import Guard
from codegym_jlab.tutor.misconceptions import WrongPatterns
from codegym_jlab.tutor.question import Reply

COUNT: dict[str, Any] = {
    "solution": (
        "def count(text):\n    n = 0\n    for sign in text:\n"
        "        if sign == 'a':\n            n += 1\n    return n\n"
    ),
    "starter": "def count(text):\n    # Where does the counting begin?\n    ...\n",
    "checks": [{"call": "count('aba')", "equals": 2}, {"call": "count('')", "equals": 0, "hidden": "nothing"}],
    "hints": ["Before the first sign nothing was counted.", "How often does each line run?"],
}
RIGHT: str = COUNT["solution"]
PASSED: dict[str, Any] = {"source": RIGHT, "last_verdict": "AC", "judged": Judged(True, (), ("count('aba')",))}
PRICE: dict[str, Any] = {
    "answer": "program",
    "solution": (
        "money = int(input('Money: '))\nstep = int(input('Step: '))\n"
        "while money < 9:\n    money += step\nprint(money)\n"
    ),
    "checks": [{"stdin": "5\n2\n"}, {"stdin": "1\n1\n", "hidden": "one"}],
}


def told(room: Classroom, folder: Path, *turns: str, task: dict[str, Any] = COUNT, **line: Any) -> list[str]:
    loaded = course_of(folder, task)
    guard, diagnoser = Guard(loaded, room.grader), Diagnoser(room.grader)
    talk = Room(loaded, guard, None, room.sandbox, diagnoser)
    asked = Line("one", turns, "task", **{**PASSED, **line})
    return [reply.text for reply in room.run(answer_line(talk, asked)).replies]


def test_how_it_works_is_shown_step_by_step_once(room: Classroom, tmp_path: Path) -> None:
    first, second = told(room, tmp_path, "why does it work?", "i still dont understand why it works")
    assert "With `count('aba')`, step by step: line 2 makes `n` `0`;" in first
    assert "line 5 makes `n` `1`, `2`. So it gives `2`." in first and second != first


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what would happen if i write != instead of ==", "Try it: say first what you expect"),
        ("and what would have happened without the loop", "Try it: say first what you expect"),
        ("what happens if the text is empty", "I ran it: `count('')` gives `0`"),
        ("how do others do it", "Yours has 6 lines, the course's own answer 6."),
        ("cant i just use sum()", "The course's own answer does without `sum`."),
        ("can i use while for that", "The course's own answer does without `while`."),
        ("which one do most people use", "Yours has 6 lines, the course's own answer 6."),
        ("could i write it nicer", "Yours has 6 lines, the course's own answer 6."),
    ],
)
def test_a_curious_question_is_answered_by_running_and_by_no_hint(
    room: Classroom, tmp_path: Path, question: str, answer: str
) -> None:
    (reply,) = told(room, tmp_path, question)
    assert answer in reply and not any(hint in reply for hint in COUNT["hints"])


def test_a_value_that_is_given_to_a_name_is_typed_in_its_place(room: Classroom, tmp_path: Path) -> None:
    accepted: dict[str, Any] = {**PASSED, "source": PRICE["solution"], "judged": Judged(True, (), ("one",))}
    (four,) = told(room, tmp_path, "what if the step was 4", task=PRICE, **accepted)
    (none,) = told(room, tmp_path, "what would happen if the step was 0", task=PRICE, **accepted)
    assert "`5, 4` gives" in four and "9" in four
    assert "`5, 0`: it does not end" in none


def test_a_value_is_heard_as_the_answer_to_what_was_asked(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("n += 1", "n = 1")
    wrong: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("count('aba')",), ())}
    first, right = told(room, tmp_path, "why is it wrong?", "2?", **wrong)
    assert "What should it be by then?" in first and right.startswith("Yes, `2`.") and len(right) > 20
    _, other = told(room, tmp_path, "why is it wrong?", "is it 7?", **wrong)
    assert other.startswith("Not `7`.")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("text - 1", "TypeError: unsupported operand type(s) for -: 'str' and 'int'"),
        ("signs", "NameError: name 'signs' is not defined"),
    ],
)
def test_an_error_without_its_line_is_found_on_an_open_sample(
    room: Classroom, tmp_path: Path, code: str, error: str
) -> None:
    source = f"def count(text):\n    n = {code}\n    return n\n"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "what does that mean", **line)
    assert "Look at line 2." in reply


def test_an_error_of_a_program_is_found_with_what_a_sample_types(room: Classroom, tmp_path: Path) -> None:
    source = "money = input('Money: ')\nif money % 2:\n    print(money)\nelse:\n    print(0)\n"
    error = "TypeError: not all arguments converted during string formatting"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "i am not formatting anything??", task=PRICE, **line)
    assert "Look at line 2." in reply


def test_advice_keeps_the_rules_of_the_task(room: Classroom, tmp_path: Path) -> None:
    source = (
        "def best(xs):\n    top = xs[0]\n    for x in xs:\n        if x > top:\n            top = x\n    return top\n"
    )
    free = {"solution": source, "checks": [{"call": "best([1, 3])", "equals": 3}]}
    accepted: dict[str, Any] = {"source": source, "judged": Judged(True, (), ("best([1, 3])",))}
    (advice,) = told(room, tmp_path, "review my code", task=free, **accepted)
    assert "max(top, x)" in advice
    (kept,) = told(room, tmp_path, "review my code", task={**free, "forbids": {"calls": ["max"]}}, **accepted)
    assert "max" not in kept


def test_a_name_that_no_line_makes_is_told_at_its_line_alone(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("    n = 0\n", "")
    error = "NameError: name 'm' is not defined"
    line: dict[str, Any] = {
        "source": source.replace("return n", "return m"), "last_error": error, "last_verdict": "WA",
        "judged": Judged(False, ("count('aba')",), ()),
    }  # fmt: skip
    (reply,) = told(room, tmp_path, "i DID use m", **line)
    assert reply.count("Look at") == 1 and "Look at line 5." in reply


def test_a_function_that_gives_nothing_back_is_not_asked_to(room: Classroom, tmp_path: Path) -> None:
    solution = "class Lamp:\n    is_on = False\n\n    def press(self):\n        self.is_on = not self.is_on\n"
    lamp = {
        "solution": solution,
        "checks": [{"setup": "lamp = Lamp()\nlamp.press()", "call": "lamp.is_on", "equals": True}],
    }
    wrong = solution.replace("self.is_on = not self.is_on", "print(not self.is_on)")
    judged = Judged(False, ("lamp.is_on",), ())
    (reply,) = told(room, tmp_path, "it prints True", task=lamp, source=wrong, last_verdict="WA", judged=judged)
    assert "gives nothing back" not in reply and "line 5. What happens to the result of this line?" in reply


def test_values_that_differ_in_a_number_are_no_matter_of_signs(room: Classroom, tmp_path: Path) -> None:
    solution = "minutes = int(input())\nprint(f'{minutes // 60} h {minutes % 60} min')\n"
    film = {"answer": "program", "solution": solution, "checks": [{"stdin": "135\n"}]}
    wrong = solution.replace("minutes % 60", "minutes - 2")
    turns = ("why is it wrong?", "how do i get from 135 to 15")
    judged = Judged(False, ("135",), ())
    _, second = told(room, tmp_path, *turns, task=film, source=wrong, last_verdict="WA", judged=judged)
    assert "Every character counts" not in second


def wrong(source: str, label: str = "count('aba')", **more: Any) -> dict[str, Any]:
    return {"source": source, "last_verdict": "WA", "judged": Judged(False, (label,), ()), **more}


def test_a_step_that_is_left_out_is_asked_for_below_a_line(room: Classroom, tmp_path: Path) -> None:
    solution = "minutes = int(input())\nhours = minutes // 60\nrest = minutes % 60\nprint(hours, rest)\n"
    film: dict[str, Any] = {"answer": "program", "solution": solution, "checks": [{"stdin": "135\n"}]}
    source = solution.replace("rest = minutes % 60\n", "")
    error = "NameError: name 'rest' is not defined"
    _, second = told(
        room, tmp_path, "why?", "whats wrong with line 3", task=film, **wrong(source, "135", last_error=error)
    )
    assert "Look at line 2. What is still missing after this line?" in second


def test_why_a_value_comes_is_not_answered_by_the_task(room: Classroom, tmp_path: Path) -> None:
    lamp = {**COUNT, "statement": "`count(text)` gives back how often the sign is there, which is `0` at first."}
    turns = ("why is it wrong?", "i see. but why is it 0 again at the end")
    _, second = told(room, tmp_path, *turns, task=lamp, **wrong(RIGHT.replace("n += 1", "n = 0")))
    assert "The task says" not in second


def test_an_answer_that_breaks_a_rule_is_told_what_else_is_wrong(room: Classroom, tmp_path: Path) -> None:
    rule = "The statement asks for an answer with a loop."
    source = RIGHT.replace("sign == 'a'", "sign != 'a'")
    broken: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, (), (), rule=rule)}
    (reply,) = told(room, tmp_path, "why does it say 1 for aba", **broken)
    assert reply.startswith(rule) and "Look at line 4." in reply
    (reply,) = told(room, tmp_path, "why is it not accepted", **{**broken, "source": RIGHT})
    assert reply.startswith(rule) and "the rest may well be right" in reply


def test_who_asks_how_many_is_not_told_whether(room: Classroom, tmp_path: Path) -> None:
    begun: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "how many loops do i need then", **begun)
    assert "Another way" not in reply and "own answer" not in reply
    (reply,) = told(room, tmp_path, "how do i start? can i use while", **begun)
    assert reply.startswith("The course's own answer does without `while`.")


def test_a_return_too_early_is_not_told_to_lack_another(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("n += 1\n    return n", "n += 1\n            return n")
    (reply,) = told(room, tmp_path, "why do i get 1 and not 2", **wrong(source))
    assert "Look at line 6. When does the function end here" in reply and "gives back None" not in reply


def test_what_is_right_so_far_is_said_to_be(room: Classroom, tmp_path: Path) -> None:
    solution = "n = int(input())\nprint(n)\nif n > 2:\n    print('many')\nelse:\n    print('few', n * n)\n"
    task: dict[str, Any] = {"answer": "program", "solution": solution, "checks": [{"stdin": "3\n"}, {"stdin": "1\n"}]}
    (reply,) = told(room, tmp_path, "is it ok so far?", task=task, **wrong(solution[: solution.index("if")], "3"))
    assert reply.startswith("In this example what comes so far is right; the rest is missing.")
    (reply,) = told(room, tmp_path, "is it ok so far?", task=task, **wrong("n = int(input())\nprint(-n)\n", "3"))
    assert "is right" not in reply


def test_a_name_in_quotes_is_told_before_what_the_error_says_of_texts(room: Classroom, tmp_path: Path) -> None:
    solution = "def evens(xs):\n    n = 0\n    for x in xs:\n        if x % 2 == 0:\n            n += x\n    return n\n"
    task: dict[str, Any] = {"solution": solution, "checks": [{"call": "evens([1, 2])", "equals": 2}]}
    error = "TypeError: not all arguments converted during string formatting"
    source = solution.replace("if x %", "if 'x' %")
    (reply,) = told(
        room, tmp_path, "i dont convert anything", task=task, **wrong(source, "evens([1, 2])", last_error=error)
    )
    assert reply.startswith("Look at line 4. In quotes, a name is plain text.") and "input()" not in reply


def test_an_else_is_asked_for_by_what_stands_in_it(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("            n += 1\n", "            n = 1\n        else:\n            n = n\n")
    (reply,) = told(room, tmp_path, "no i mean the else in line 6, what does it do", **wrong(source))
    assert "never reached" not in reply and "Line 7" in reply


def test_words_that_part_at_their_first_letter_are_told_by_it(room: Classroom, tmp_path: Path) -> None:
    solution = "name = input()\nprint(f'Guests: {name} litres')\n"
    task: dict[str, Any] = {"answer": "program", "solution": solution, "checks": [{"stdin": "ana\n"}]}
    source = solution.replace("Guests", "guests").replace("litres", "liters")
    _, second = told(room, tmp_path, "why is it wrong?", "i dont see any difference", task=task, **wrong(source, "ana"))
    assert "The first character that differs: `g` instead of `G`." in second
    source = solution.replace("Guests", "hosts")
    _, second = told(room, tmp_path, "why is it wrong?", "i dont see any difference", task=task, **wrong(source, "ana"))
    assert "first character" not in second


def test_a_sample_of_a_bare_name_is_not_worked_out_on_paper(room: Classroom, tmp_path: Path) -> None:
    solution = "def put(bag):\n    bag.append(1)\n"
    task: dict[str, Any] = {
        "solution": solution, "starter": "def put(bag):\n    ...\n",
        "checks": [{"setup": "bag = [2]\nput(bag)", "call": "bag", "equals": [2, 1]}],
    }  # fmt: skip
    begun: dict[str, Any] = {"source": task["starter"], "last_verdict": None, "judged": None}
    for reply in told(room, tmp_path, "why is it wrong?", "what now?", "and then?", task=task, **begun):
        assert "Take the sample `bag`." not in reply


def test_who_asks_how_before_the_first_line_gets_the_hint_that_speaks_of_it(room: Classroom, tmp_path: Path) -> None:
    begun: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    (of_it,) = told(room, tmp_path, "i dont know how often each line has to run", **begun)
    (first,) = told(room, tmp_path, "i dont know how to start, help", **begun)
    assert of_it.startswith(COUNT["hints"][1]) and first.startswith(COUNT["hints"][0])


def test_only_the_sentence_that_asks_for_a_way_says_which(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("return n", "print(n)")
    (reply,) = told(room, tmp_path, "it prints 2 but the check says None. do i need return?", **wrong(source))
    assert reply.startswith("The course's own answer uses `return`.")


def test_where_a_constant_comes_from_is_no_question_on_what_is_given(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("return n", "print(n)")
    (reply,) = told(room, tmp_path, "where does the None come from", **wrong(source))
    assert "Nobody types it in" not in reply and "Look at line 6" in reply


@pytest.mark.parametrize(
    ("source", "error", "line"),
    [
        ("def first(text):\n    a, b = text.split()\n    c = a\n    return c\n",
         "ValueError: too many values to unpack (expected 2)", 2),
        ("def first(text):\n    parts = text.split()\n    a = parts[1]\n    b = parts[0]\n    return b\n",
         "IndexError: list index out of range", 3),
    ],
)  # fmt: skip
def test_an_error_that_a_hidden_test_raises_is_told_at_its_line(
    room: Classroom, tmp_path: Path, source: str, error: str, line: int
) -> None:
    solution = "def first(text):\n    return text.split()[0]\n"
    checks = [{"call": "first('a b')", "equals": "a"}]
    checks += [{"call": f"first({text!r})", "equals": "a", "hidden": text} for text in ("a b c", "a")]
    (reply,) = told(
        room, tmp_path, "what does that mean", task={"solution": solution, "checks": checks},
        **wrong(source, "a", last_error=error),
    )  # fmt: skip
    assert f"Look at line {line}." in reply


FARE: dict[str, Any] = {
    "answer": "program",
    "solution": ("age = int(input())\nif age < 6:\n    print(0)\nelif age < 18:\n    print(5)\nelse:\n    print(12)\n"),
    "checks": [{"stdin": "5\n"}, {"stdin": "10\n"}, {"stdin": "40\n"}, {"stdin": "18\n", "hidden": "of age"}],
}
TABLE: dict[str, Any] = {
    "answer": "program",
    "solution": (
        "size = int(input())\nfor row in range(1, size + 1):\n    for place in range(1, size + 1):\n"
        "        print(row * place, end=' ')\n    print()\n"
    ),
    "checks": [{"stdin": "2\n"}],
}
NEEDLESS: str = FARE["solution"].replace("age < 18", "age >= 6 and age < 18")


def test_a_loop_that_takes_its_value_before_it_has_no_wrong_turn_and_no_name_in_quotes(
    room: Classroom, tmp_path: Path
) -> None:
    head = "secret = 7\ntries = 0\nguess = 0\n"
    solution = head + "while guess != secret:\n    guess = int(input('Your guess: '))\n    tries += 1\n"
    solution += "    print('right' if guess == secret else 'no')\nprint(tries)\n"
    source = head.replace("guess = 0", "guess = int(input('Your guess: '))") + "while guess != secret:\n"
    source += "    print('no')\n    tries += 1\n    guess = int(input('Your guess: '))\nprint(tries)\n"
    task = {"answer": "program", "solution": solution, "checks": [{"stdin": "3\n9\n7\n"}, {"stdin": "7\n"}]}
    (reply,) = told(room, tmp_path, "it never says right", task=task, **wrong(source, "3 9 7"))
    assert "In quotes" not in reply and "What should it be by then?" not in reply


def test_the_number_behind_a_word_of_an_error_is_asked_about_with_it(room: Classroom, tmp_path: Path) -> None:
    error = "ValueError: invalid literal for int() with base 10: 'Mia'"
    line: dict[str, Any] = {"source": "n = int('Mia')\n", "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, f"{error.partition(': ')[2]}  what is base 10", **line)
    assert reply.startswith('**Why does int("hello") crash?**') and "base case" not in reply


def test_dots_of_another_function_do_not_hide_a_call_whose_value_is_lost(room: Classroom, tmp_path: Path) -> None:
    weight = "def weight(box):\n    total = 0\n    for item in box:\n        if isinstance(item, list):\n"
    weight += "            total += weight(item)\n        else:\n            total += item\n    return total\n"
    solution = weight + "def depth(box):\n    return 1\n"
    starter = "def weight(box):\n    ...\ndef depth(box):\n    ...\n"
    checks = [{"call": "weight([3, [1, 2]])", "equals": 6}, {"call": "depth([])", "equals": 1}]
    task = {"solution": solution, "starter": starter, "checks": checks}
    half = solution.replace("return 1", "...")
    (reply,) = told(room, tmp_path, "what is wrong", task=task, **wrong(half, "depth([])"))
    assert reply.startswith("Look at line 10. The dots from the start are still there.")
    lost = half.replace("total += weight(item)", "weight(item)")
    (reply,) = told(room, tmp_path / "lost", "what is wrong", task=task, **wrong(lost, "weight([3, [1, 2]])"))
    assert reply.startswith("Look at line 5. `weight(item)` calls the function once more")


def test_a_condition_that_is_asked_about_is_not_left_out_with_its_block(room: Classroom, tmp_path: Path) -> None:
    source = (
        "def count(text):\n    n = 0\n    for one in text:\n        if one.strip():\n            n += 1\n    return n\n"
    )
    task = {"solution": source, "checks": [{"call": "count('a b')", "equals": 2}]}
    accepted: dict[str, Any] = {"source": source, "last_verdict": "AC", "judged": Judged(True, (), ("count('a b')",))}
    question = "why can i write if one.strip(): without == something"
    (reply,) = told(room, tmp_path, question, task=task, **accepted)
    assert "Without line 4" not in reply


def test_questions_in_the_wrong_order_are_found(room: Classroom, tmp_path: Path) -> None:
    source = "age = int(input())\nif age < 18:\n    print(5)\nelif age < 6:\n    print(0)\nelse:\n    print(12)\n"
    line: dict[str, Any] = {"task": FARE, "source": source, "last_verdict": "WA", "judged": Judged(False, ("5",), ())}
    (reply,) = told(room, tmp_path, "i have a line for 5, why is it wrong", **line)
    assert reply.startswith("Look at lines 2 and 4 together. Python asks from the top")


@pytest.mark.parametrize(("right", "mistaken"), [("range(1, n + 1)", "range(2, n + 1)"), ("range(3)", "range(2)")])
def test_rounds_of_a_loop_with_one_inside_are_its_own(
    room: Classroom, tmp_path: Path, right: str, mistaken: str
) -> None:
    solution = (
        "n = int(input())\nfor a in range(1, n + 1):\n    for b in range(3):\n        print(a * b)\n    print()\n"
    )
    table: dict[str, Any] = {"answer": "program", "solution": solution, "checks": [{"stdin": "2\n"}]}
    source = solution.replace(right, mistaken)
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("2",), ())}
    replies = told(room, tmp_path, "why is it wrong", "why", "how", task=table, **line)
    assert not any(f"ound {number}" in reply for reply in replies for number in (3, 4))


def test_values_that_a_cut_leaves_out_are_shown_as_left_out(room: Classroom, tmp_path: Path) -> None:
    given = {**COUNT, "checks": [{"call": "count('abcabcabc')", "equals": 3}]}
    (reply,) = told(room, tmp_path, "what does line 3 do", task=given)
    assert "`a`, `…`" in reply.replace("'", "")


def test_an_input_that_is_not_needed_is_told_from_one_that_asks_too_often(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("    n = 0", "    text = input()\n    n = 0")
    line = wrong(source, last_error="EOFError: EOF when reading a line")
    (reply,) = told(room, tmp_path, "what does that mean", **line)
    assert "it needs no `input`" in reply


def test_the_error_at_hand_is_explained_at_its_line_by_its_name(room: Classroom, tmp_path: Path) -> None:
    line: dict[str, Any] = {"last_verdict": None, "judged": None}
    source = RIGHT.replace("sign == 'a'", "Sign == 'a'") + "count('aba')\n"
    error = "Traceback (most recent call last):\n  File \"answer\", line 4\nNameError: name 'Sign' is not defined"
    (reply,) = told(room, tmp_path, "NameError what do i do now", source=source, last_error=error, **line)
    assert reply.startswith("Look at line 4.")
    source = RIGHT.replace("    return n", "return n")
    error = "Traceback (most recent call last):\n  File \"answer\", line 6\nSyntaxError: 'return' outside function"
    question = "'return' outside function, but it is the last line of my function"
    (reply,) = told(room, tmp_path, question, source=source, last_error=error, **line)
    assert reply.startswith("Look at line 6.")


def test_no_example_of_an_idea_is_the_answers_own_loop(room: Classroom, tmp_path: Path) -> None:
    begun: dict[str, Any] = {"source": "size = int(input())\n", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "show me an example of nested loops", task=TABLE, **begun)
    assert "nested loops" in reply and "row * column" not in reply
    (reply,) = told(room, tmp_path, "show me an example of nested loops", **{**begun, "source": COUNT["starter"]})
    assert "row * column" in reply


def test_what_comes_is_right_so_far_where_only_the_rest_is_missing(room: Classroom, tmp_path: Path) -> None:
    source = "size = int(input())\nfor i in range(1, size + 1):\n    print(i, end=' ')\n"
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("2",), ())}
    (reply,) = told(room, tmp_path, "why is it wrong", task=TABLE, **line)
    assert reply.startswith("In this example what comes so far is right")


def test_a_right_answer_is_not_told_a_wrong_idea_for_its_form(room: Classroom, tmp_path: Path) -> None:
    solution = "age = int(input())\nprint(f'Now you are {age + 1}.')\n"
    wrong_code = "age = int(input())\nprint(f'Now you are {age}.')\n"
    task: dict[str, Any] = {
        "answer": "program", "solution": solution, "checks": [{"stdin": "5\n"}],
        "misconceptions": [{"id": "same", "wrong": wrong_code, "say": "What has changed since then?"}],
    }  # fmt: skip
    source = "age = int(input())\nage += 1\nprint(f'Now you are {age}.')\n"
    line: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "is that right now", task=task, **line)
    assert "What has changed" not in reply and "I ran the open samples" in reply


def test_an_idea_that_moves_a_line_is_not_told_to_who_moved_none(room: Classroom, tmp_path: Path) -> None:
    right = "def total(xs):\n    t = 0\n    for x in xs:\n        t = t + x\n    return t\n"
    moved = "def total(xs):\n    for x in xs:\n        t = 0\n        t = t + x\n    return t\n"
    task: dict[str, Any] = {
        "solution": right, "checks": [{"call": "total([1, 2])", "equals": 3}],
        "misconceptions": [{"id": "zero", "wrong": moved, "say": "In each round it begins at 0 again."}],
    }  # fmt: skip
    assert idea_of(room, tmp_path, task, moved) == "zero"
    assert idea_of(room, tmp_path, task, right.replace("t = t + x", "t = x")) is None


def idea_of(room: Classroom, folder: Path, task: dict[str, Any], source: str) -> str | None:
    loaded = course_of(folder, task)

    async def found() -> str | None:
        _, judgement = await judge_unrecorded(room.grader, loaded, "task", source)
        return await WrongPatterns(room.grader).misconception(loaded, loaded.find("task")[1], judgement, source)

    return room.run(found())


def test_an_idea_is_no_idea_of_code_that_has_what_it_leaves_out(room: Classroom, tmp_path: Path) -> None:
    solution = "age = input()\nprint('You are ' + str(int(age) + 1))\n"
    idea = {"id": "no_int", "wrong": "age = input()\nprint('You are ' + str(age + 1))\n", "say": "A text is no number."}
    task = {"answer": "program", "solution": solution, "misconceptions": [idea], "checks": [{"stdin": "7\n"}]}
    assert idea_of(room, tmp_path, task, idea["wrong"]) == "no_int"
    assert idea_of(room, tmp_path, task, "age = input()\nprint('You are ' + str(int(age)) + 1)\n") is None
    loop = "for i in range(1):\n    print({} + 1)\n"  # a call in a block is one call
    task = {
        **task,
        "solution": loop.format("int(input())"),
        "misconceptions": [{**idea, "wrong": loop.format("input()")}],
    }
    assert (
        idea_of(room, tmp_path / "loop", task, "for i in range(1):\n    pass\nprint(str(int(input())) + 1)\n") is None
    )


def test_an_idea_is_no_idea_of_code_that_only_leaves_out_a_call_of_it(room: Classroom, tmp_path: Path) -> None:
    solution = "def first(xs):\n    return max(sorted(xs), key=xs.count)\n"
    idea = {"id": "last", "wrong": solution.replace("xs)", "xs, reverse=bool(1))"), "say": "You find the last one."}
    checks = [{"call": call} for call in ("first([1, 2])", "first([2, 1])", "first([3, 3, 1])")]
    task = {"solution": solution, "misconceptions": [idea], "checks": [*checks[1:], {"call": "first([2, 1, 2, 1])"}]}
    assert idea_of(room, tmp_path, task, str(idea["wrong"])) == "last"
    assert idea_of(room, tmp_path, task, solution.replace("sorted(xs)", "xs")) is None


def test_joy_over_an_accepted_answer_is_shared(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "finally!! that took me an hour lol", **PASSED)
    assert reply.startswith("Well done.")


@pytest.mark.parametrize("question", ["i am just too stupid for loops", "i hate these loops"])
def test_who_is_sad_about_an_idea_gets_no_card(room: Classroom, tmp_path: Path, question: str) -> None:
    begun: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, question, **begun)
    assert "That is frustrating" in reply and "**for loop**" not in reply


def test_how_the_next_step_is_taken_is_a_hint_of_the_author(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    n = 0\n    return n\n"
    (reply,) = told(
        room, tmp_path, "how do i get to the single signs now", source=source, last_verdict=None, judged=None
    )
    assert any(hint in reply for hint in COUNT["hints"])


def test_a_name_that_python_does_not_know_is_the_error_at_hand(room: Classroom, tmp_path: Path) -> None:
    source = "total = walk\nfor walk in [1, 2]:\n    print(walk)\n"
    error = "Traceback (most recent call last):\n  File \"answer\", line 1\nNameError: name 'walk' is not defined"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "what is walk? python says it doesnt know it", **line)
    assert reply.startswith("Look at line 1.") and "before it is defined" in reply


def test_a_function_that_is_named_is_no_other_call_of_it(room: Classroom, tmp_path: Path) -> None:
    task = {"solution": "def larger(a, b):\n    return max(a, b)\n", "checks": [{"call": "larger(1, 2)", "equals": 2}]}
    line: dict[str, Any] = {"source": task["solution"], "judged": Judged(True, (), ("larger(1, 2)",))}
    (reply,) = told(room, tmp_path, "is using max() cheating?", task=task, last_verdict="AC", **line)
    assert "max()`" not in reply and "Another way is fine, too" in reply


def test_what_is_typed_into_a_function_that_nobody_calls_is_not_told(room: Classroom, tmp_path: Path) -> None:
    source = "def ask(n):\n    return int(input('More: ')) + n\n"
    task = {"solution": source, "checks": [{"call": "ask(1)", "stdin": "2\n", "equals": 3}]}
    line: dict[str, Any] = {"source": source, "judged": Judged(True, (), ("ask(1)",))}
    (reply,) = told(room, tmp_path, "what if someone types abc?", task=task, last_verdict="AC", **line)
    assert "I ran it" not in reply


CHOICE: dict[str, Any] = {
    "exercise": {
        "id": "task",
        "title": "Names",
        "statement": "Which can be a name?",
        "answer": "choice",
        "choices": [
            {"text": "`total_price`", "right": True, "say": "Letters and `_` are fine."},
            {"text": "`shoe-size`", "say": "Python reads a subtraction."},
            {"text": "`class`", "say": "This word belongs to Python."},
        ],
    }
}


def test_an_option_that_is_named_is_told_once_it_gives_nothing_away(room: Classroom, tmp_path: Path) -> None:
    accepted: dict[str, Any] = {"source": "Answer: a", "judged": Judged(True, (), ()), "last_verdict": "AC"}
    (reply,) = told(room, tmp_path, "why is class not allowed", task=CHOICE, **accepted)
    assert reply == "**`class`**\n\nThis word belongs to Python."
    wrong: dict[str, Any] = {"source": "Answer: a, b", "judged": Judged(False, ("b",), ()), "last_verdict": "WA"}
    (reply,) = told(room, tmp_path, "what is bad about shoe-size", task=CHOICE, **wrong)
    assert reply == "**`shoe-size`**\n\nPython reads a subtraction."
    (reply,) = told(room, tmp_path, "and class, is that right?", task=CHOICE, **wrong)
    assert "belongs to Python" not in reply, "it was not chosen: the word would say what it is"


def test_who_is_not_understood_is_told_what_the_author_foresaw_and_that_it_may_be_another(
    room: Classroom, tmp_path: Path
) -> None:
    questions = [{"ask": "Do I need the brackets? are the brackets needed here?", "say": "Yes, `print` is called."}]
    source = "print('owl')\n"
    task = {"answer": "program", "solution": source, "checks": [{"prints": "owl\n"}], "questions": questions}
    line: dict[str, Any] = {"source": source, "judged": Judged(True, (), ("prints",))}
    loaded = course_of(tmp_path, task)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    asked = Line("one", ("who came up with needing the brackets",), "task", last_verdict="AC", **line)
    (reply,) = room.run(answer_line(talk, asked)).replies
    assert reply.text.startswith("I am not sure") and reply.text.endswith(
        "**Do I need the brackets?**\n\nYes, `print` is called."
    )


def test_where_no_place_is_known_a_question_that_is_near_is_told(room: Classroom, tmp_path: Path) -> None:
    letters = {"ask": "Do capital letters count? does a big A count too?", "say": "Only the small ones."}
    task = {**COUNT, "questions": [letters], "policy": {"diagnosis": "off"}}
    wrong = {"source": RIGHT.replace("n += 1", "n += 2"), "last_verdict": "WA"}
    judged = Judged(False, ("count('aba')",), ())
    near, far = (
        told(room, tmp_path / name, said, task=task, judged=judged, **wrong)[0]
        for name, said in (("near", "i think a capital letter counts too"), ("far", "i think it is all wrong"))
    )
    assert "count('aba')" in near and near.endswith("Only the small ones.") and "small ones" not in far


def test_an_if_that_should_go_on_from_the_one_above_is_found(room: Classroom, tmp_path: Path) -> None:
    source = FARE["solution"].replace("elif", "if")
    line: dict[str, Any] = {"task": FARE, "source": source, "last_verdict": "WA", "judged": Judged(False, ("5",), ())}
    (reply,) = told(room, tmp_path, "why does it print two lines", **line)
    assert reply.startswith("Look at line 4. Here a new `if` begins")


def test_a_start_of_nothing_is_no_value_for_one_case(room: Classroom, tmp_path: Path) -> None:
    solution = "def largest(xs):\n    best = xs[0]\n    for x in xs:\n        if x > best:\n"
    solution += "            best = x\n    return best\n"
    checks = [{"call": f"largest({xs})", "equals": max(xs)} for xs in ([1, 2], [-5, -3], [-2, -9, -4])]
    source = solution.replace("xs[0]", "0")
    judged = Judged(False, ("largest([-5, -3])",), ())
    (reply,) = told(
        room, tmp_path, "what is wrong with 0", task={"solution": solution, "checks": checks}, source=source,
        last_verdict="WA", judged=judged,
    )  # fmt: skip
    assert "Look at line 2" in reply and "fits only one case" not in reply


@pytest.mark.parametrize(
    ("question", "agent_says"),
    [
        ("do I need str() in line 4 or something", "Look at line 4."),
        ("whats wrong with range(text)", "Look at line 4."),
        ("what does interpreted mean", "Look at line 4."),
    ],
)
def test_a_question_at_an_error_is_answered_by_the_error(
    room: Classroom, tmp_path: Path, question: str, agent_says: str
) -> None:
    source = "text = input()\nn = 0\nprint(n)\nfor i in range(text):\n    n += 1\n"
    error = 'Traceback (most recent call last):\n  File "answer", line 4\n'
    error += "TypeError: 'str' object cannot be interpreted as an integer"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, question, task=PRICE, **line)
    assert reply.startswith(agent_says)


GAPS: dict[str, Any] = {
    "answer": "fill",
    "statement": "Print each house from 2 on. At house 9 the bag is empty, and you stop.",
    "starter": "for house in range(2, ____):\n    print('House', ____)\n",
    "solution": "for house in range(2, 9):\n    print('House', house)\n",
    "checks": [{"call": "house", "equals": 8}],
}


def test_code_with_gaps_is_asked_about(room: Classroom, tmp_path: Path) -> None:
    source = GAPS["starter"].replace("____", "9", 1)
    line: dict[str, Any] = {"task": GAPS, "source": source, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "is house a special word in python", **line)
    assert reply.startswith("`house` gets the values")
    (reply,) = told(room, tmp_path, "can i just write 7 prints instead? would be easier", **line)
    assert "Next is line 2, `print('House', ____)`" in reply


def test_another_way_of_a_wrong_answer_comes_with_what_is_wrong(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("n = 0", "n = 1")
    (reply,) = told(room, tmp_path, "can i use a while loop for that", **wrong(source))
    assert "course's own answer does without `while`" in reply and "Look at line 2" in reply


def test_several_ifs_that_should_go_on_from_each_other_are_found(room: Classroom, tmp_path: Path) -> None:
    solution = (
        "age = int(input())\nif age < 6:\n    print(0)\nelif age < 18:\n    print(5)\n"
        "elif age < 65:\n    print(12)\nelif age < 99:\n    print(8)\n"
    )
    task = {**FARE, "solution": solution, "checks": [{"stdin": f"{age}\n"} for age in (5, 10, 40, 70)]}
    source = solution.replace("elif", "if")
    judged = Judged(False, ("5",), ())
    (reply,) = told(
        room, tmp_path, "why does it print so many lines", task=task, source=source, last_verdict="WA", judged=judged
    )
    assert reply.startswith("Look at lines 4, 6 and 8 together. Here a new `if` begins")


def test_a_keyword_that_is_asked_for_is_the_one_that_is_used_or_not(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("            n += 1\n", "")
    begun: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    begun["task"] = {**COUNT, "concepts": ["if, elif and else"]}
    (reply,) = told(room, tmp_path, "Do I need an else here?", **begun)
    assert reply.startswith("The course's own answer does without `else`.")
    (reply,) = told(room, tmp_path, "do i need an if for the empty text", **begun)
    assert reply.startswith("The course's own answer uses `if`.")


def test_a_hint_for_code_that_waits_for_more_is_the_authors(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("for sign in text:", "for sign in range(text, , ):")
    (reply,) = told(room, tmp_path, "can you give me a hint", source=source, last_verdict=None, judged=None)
    assert COUNT["hints"][0] in reply and "Python cannot read" not in reply


def test_a_name_that_is_not_quite_the_one_asked_for_is_told(room: Classroom, tmp_path: Path) -> None:
    task: dict[str, Any] = {
        "answer": "program",
        "statement": "Work out `hours`, the hours of a week, and print them.",
        "solution": "hours = 7 * 24\nprint(hours)\n",
        "checks": [{"label": "the line", "prints": "168"}, {"call": "hours", "equals": 168, "hidden": "the variable"}],
    }
    judged = Judged(False, ("the variable",), ("168",))
    line: dict[str, Any] = {"source": "Hours = 7 * 24\nprint(Hours)\n", "last_verdict": "WA", "judged": judged}
    for question in ("why is it wrong", "the line is right. what is missing?"):
        (reply,) = told(room, tmp_path, question, task=task, **line)
        assert "The tests look for the name `hours`" in reply and "It has `Hours`" in reply


def test_using_a_function_is_no_question_of_honesty(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "am i allowed to use sum() or is that cheating", **PASSED)
    assert "Another way is fine, too" in reply and "somebody else" not in reply


def test_what_the_names_of_a_told_line_hold_is_told_with_it(room: Classroom, tmp_path: Path) -> None:
    solution = "eggs = 64\nsize = 6\nboxes = eggs // size\nrest = eggs % size\nprint(boxes, rest)\n"
    task: dict[str, Any] = {"answer": "program", "solution": solution, "checks": [{"label": "all", "prints": "10 4"}]}
    source = solution.replace("eggs % size", "eggs - boxes")
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("all",), ())}
    (reply,) = told(room, tmp_path, "why is it 54", task=task, **line)
    assert reply.startswith("Look at line 4.") and "When it comes to line 4: `eggs` = `64`, `boxes` = `10`." in reply


def test_that_a_case_works_is_no_question_on_it(room: Classroom, tmp_path: Path) -> None:
    source = TABLE["solution"].replace("range(1, size + 1)", "range(1, 4)", 1)
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("2",), ())}
    (reply,) = told(room, tmp_path, "it works for 3! why is it not accepted", task=TABLE, **line)
    assert "I ran it" not in reply and "Look at line 2" in reply
    (reply,) = told(room, tmp_path, "what comes out with 2", task=TABLE, **{**line, "source": TABLE["solution"]})
    assert "1 2 ⏎ 2 4" in reply or "1 2  ⏎ 2 4" in reply


def test_one_of_two_ways_is_not_asked_as_what_a_line_is_for(room: Classroom, tmp_path: Path) -> None:
    begun: dict[str, Any] = {"source": RIGHT, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "do i need n += 1 or can i write n = n + 1", **begun)
    assert "Without line" not in reply
    (reply,) = told(room, tmp_path, "is it cheating if i use sum", **PASSED)
    assert "somebody else" not in reply


MEALS: dict[str, Any] = {
    "solution": (
        "def meals(lines):\n    total = 0\n    for line in lines:\n"
        "        if line.strip() == '':\n            continue\n        total += int(line)\n    return total\n"
    ),
    "checks": [{"call": "meals(['3', '', '4'])", "equals": 7}, {"call": "meals([])", "equals": 0, "hidden": "none"}],
    "hints": [
        "Begin with 0 before the loop. What grows in it?",
        "How do you find out that there is nothing in an empty line?",
        "A line is text. Which word makes a number of it?",
    ],
}


@pytest.mark.parametrize(
    ("source", "question", "hint"),
    [
        ("def meals(lines):\n    total = 0\n", "how do i skip the empty lines", 1),
        ("def meals(lines):\n    total = 0\n", "where do i make a number of the text", 2),
    ],
)
def test_a_hint_is_the_one_that_is_asked_for(
    room: Classroom, tmp_path: Path, source: str, question: str, hint: int
) -> None:
    begun: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, question, task=MEALS, **begun)
    assert MEALS["hints"][hint] in reply


def test_a_hint_that_has_no_word_of_what_was_asked_says_that_it_was_not_understood(
    room: Classroom, tmp_path: Path
) -> None:
    begun: dict[str, Any] = {"task": MEALS, "source": "", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "i dont get why 7 for ['3', '4'], the biggest is 4", **begun)
    assert reply.startswith("I am not sure that I understood your question.") and MEALS["hints"][0] in reply
    (reply,) = told(room, tmp_path / "next", "give me a hint", **begun)
    assert reply == MEALS["hints"][0]


def test_what_is_half_there_is_not_called_wrong(room: Classroom, tmp_path: Path) -> None:
    source = "def meals(lines):\n    total = 0\n    for line in lines:\n        total += int(line)\n"
    begun: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "is this right so far?", task=MEALS, **begun)
    assert reply.startswith("What you wrote is right so far.") and MEALS["hints"][1] in reply
    other = source.replace("int(line)", "len(line)")
    (reply,) = told(room, tmp_path, "is this right so far?", task=MEALS, **{**begun, "source": other})
    assert reply.startswith("It is not complete yet.") and MEALS["hints"][1] in reply
    gap: dict[str, Any] = {"task": GAPS, "source": GAPS["starter"].replace("____", "9", 1), **begun, "judged": None}
    (reply,) = told(room, tmp_path, "right so far?", **{**gap, "source": GAPS["starter"].replace("____", "9", 1)})
    assert reply.startswith("What you filled in so far is right. Next is line 2")
    gap["source"] = GAPS["starter"].replace("____", "8", 1)
    (reply,) = told(room, tmp_path, "right so far?", **gap)
    assert "What should line 2 do" in reply and "right" not in reply


@pytest.mark.parametrize("question", ["What comes next?", "ok and now?", "how do i go on", "is this right so far?"])
def test_the_author_has_a_word_on_the_line_that_comes_next(room: Classroom, tmp_path: Path, question: str) -> None:
    known = MEALS["solution"].splitlines()[1:]
    asks = [{"ask": f"thing {row}?", "say": f"Word {at}.", "line": row.strip()} for at, row in enumerate(known)]
    task = {**MEALS, "hints": [], "questions": asks}
    head = "def meals(lines):\n"
    for source, word in (
        (head + "    total = 0\n", "Word 1."),
        (head + "    eaten = 0\n    for one in lines:\n        ...\n", "Word 2."),  # other names
        (head + "    for line in lines:\n        if not line.strip():\n            continue\n", "Word 0."),
        (head + "    total = 0\n    for line in lines:\n", "Word 2."),  # the loop is still empty
    ):
        (reply,) = told(room, tmp_path, question, task=task, source=source, last_verdict=None, judged=None)
        assert reply.endswith(word)
    begun: dict[str, Any] = {"task": task, "source": head, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "where does the continue go", **begun)
    assert reply.endswith("Word 3.")
    other = head + "    while lines:\n        lines.pop()\n"  # goes another way
    (reply,) = told(room, tmp_path, question, task=task, source=other, last_verdict=None, judged=None)
    assert "Word" not in reply


def test_a_gap_is_counted_among_all_of_the_starter(room: Classroom, tmp_path: Path) -> None:
    source = GAPS["starter"].replace("____", "9", 1)
    begun: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "what goes in the second gap", task=GAPS, **begun)
    assert "Next is line 2" in reply
    hinted = {**GAPS, "hints": ["The first gap is where it ends.", "The second gap is a name.", "Look at the loop."]}
    hinted["questions"] = [{"ask": "What goes into the second gap?", "say": "What the loop gives a value."}]
    (reply,) = told(room, tmp_path, "first gap is 9, whats next", task=hinted, **begun)
    assert reply.partition("\n\n")[2].startswith("The second gap is a name.")


def test_a_line_that_fails_outside_its_try_is_told(room: Classroom, tmp_path: Path) -> None:
    source = (
        "def meals(lines):\n    total = 0\n    for line in lines:\n        number = int(line)\n        try:\n"
        "            total += number\n        except ValueError:\n            pass\n    return total\n"
    )
    error = 'Traceback (most recent call last):\n  File "answer", line 4, in meals\n'
    error += "ValueError: invalid literal for int() with base 10: ''"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "why do i still get a ValueError", task=MEALS, **line)
    assert "Line 4 raises the ValueError" in reply and "`try` that begins in line 5" in reply
    inside = source.replace("        number = int(line)\n", "").replace("+= number", "+= int(line)")
    inside = inside.replace("ValueError", "KeyError")
    (reply,) = told(room, tmp_path, "why do i still get a ValueError", task=MEALS, **{**line, "source": inside})
    assert "outside the `try`" not in reply


def test_a_loop_that_was_stopped_is_told_as_one_that_never_ends(room: Classroom, tmp_path: Path) -> None:
    source = PRICE["solution"].replace("    money += step\n", "    print(money)\n")
    error = 'Traceback (most recent call last):\n  File "answer", line 4\nKeyboardInterrupt'
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "it just hangs. what is wrong", task=PRICE, **line)
    assert reply.startswith("Look at line 3. Nothing in this loop changes `money`")


def test_who_asks_for_the_tutors_name_is_told_what_it_is(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "yesss finally!! whats your name btw", **PASSED)
    assert reply.startswith("I am a program.")


def test_a_name_that_python_guesses_at_is_the_one_of_the_error(room: Classroom, tmp_path: Path) -> None:
    task: dict[str, Any] = {"solution": "total = apples + pears\n", "checks": [{"call": "total", "equals": 7}]}
    loaded = course_of(tmp_path, {"code": "apples = 3\npears = 4"}, task)
    error = "NameError: name 'pear' is not defined. Did you mean: 'pears'?"
    line = Line("one", ("what is wrong",), "task", "more = apples\ntotal = more + pear\n", last_error=error)
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    (reply,) = [one.text for one in room.run(answer_line(talk, line)).replies]
    assert reply.startswith("Look at line 2.") and "`apples`" not in reply


def test_what_looks_like_a_gap_or_a_try_and_is_none_breaks_nothing(room: Classroom, tmp_path: Path) -> None:
    begun: dict[str, Any] = {"source": "def count(text):\n    return ___\n", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "what do i write in the first gap?", **begun)
    assert "What should line 2 do" in reply
    error = "Traceback (most recent call last):\n  File \"answer\", line 5\nNameError: name 'totl' is not defined"
    source = "total = 1\ntry:\n    total += 1\nexcept:\n    pass\nprint(totl)\n"
    line: dict[str, Any] = {"source": source, "last_error": error.replace("line 5", "line 6"), "last_verdict": None}
    (reply,) = told(room, tmp_path, "what is wrong", judged=None, **line)
    assert "outside the `try`" not in reply and "`total`" in reply
    raised = "age = ''\ntry:\n    int(age)\nexcept ValueError:\n    raise ValueError('no age')\n"
    error = error.replace("NameError: name 'totl' is not defined", "ValueError: no age")
    line = {**line, "source": raised, "last_error": error}
    (reply,) = told(room, tmp_path, "what is wrong", judged=None, **line)
    assert "outside the `try`" not in reply


def test_a_question_near_to_an_authors_is_answered_with_a_perhaps(room: Classroom, tmp_path: Path) -> None:
    zero = {"ask": "Why does n begin at zero? What is the zero for?", "say": "Nothing was counted yet."}
    case = {"ask": "Does it find capital letters? Why not the big ones?", "say": "A big letter is another sign."}
    task = {**COUNT, "questions": [zero, case]}
    (sure,) = told(room, tmp_path, "what is the zero for", task=task)
    assert sure == "**Why does n begin at zero?**\n\nNothing was counted yet."
    (near,) = told(room, tmp_path, "why must anyone begin at a zero there", task=task)
    assert near.startswith("Perhaps you mean this: **Why does n begin at zero?**\n\nNothing was counted yet.")
    (far,) = told(room, tmp_path, "zorp blim?", task=task)
    assert "I did not understand that" in far


def test_of_two_answers_told_together_only_the_first_ends_in_its_question(room: Classroom, tmp_path: Path) -> None:
    start = {"ask": "Why does n begin at zero? What is the zero for?", "say": "Nothing was counted yet. What was?"}
    ends = {"ask": "Can n stay zero? Is a zero at the end wrong?", "say": "It may stay so. For which word?"}
    (reply,) = told(room, tmp_path, "can the zero go", task={**COUNT, "questions": [start, ends]})
    assert "It may stay so. For which word?" in reply and reply.endswith("Nothing was counted yet.")


def test_a_line_that_does_nothing_is_told_also_where_nothing_was_run(room: Classroom, tmp_path: Path) -> None:
    source = "t = 0\nfor x in [1, 2]:\n    t + x\nshow(t)\n"
    begin = {"ask": "What comes at the end?", "say": "Show it.", "line": "print(t)"}
    solution = "t = 0\nfor x in [1, 2]:\n    t += x\nprint(t)\n"
    task = {"answer": "program", "solution": solution, "checks": [{"stdin": ""}], "questions": [begin]}
    policy = {"diagnosis": "off"}
    line: dict[str, Any] = {"task": task | {"policy": policy}, "source": source, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "is this right so far?", **line)
    assert "Look at line 3" in reply


def test_of_what_was_not_run_nobody_says_that_it_does_not_pass(room: Classroom, tmp_path: Path) -> None:
    solution = "def double(n):\n    return n * 2\n"
    back = {"ask": "The head is there, what comes below it?", "say": "A return.", "line": "return n * 2"}
    task = {"solution": solution, "checks": [{"code": "assert double(2) == 4"}], "questions": [back]}
    source = solution.replace("* 2", "+ 2")
    (reply,) = told(room, tmp_path, "is it right so far?", task=task, source=source, last_verdict=None, judged=None)
    assert "does not pass" not in reply and "Press Check" in reply


def test_where_it_is_not_clear_what_is_asked_other_questions_are_offered(room: Classroom, tmp_path: Path) -> None:
    loop = {"ask": "How often does the loop go round?", "say": "Once for each sign of the text. How many has 'owl'?"}
    sign = {"ask": "What does the sign hold in each round of the loop?", "say": "One sign of the text."}
    line = {"ask": "Is it n += 1 in the loop that goes round?", "say": "One more for each."}
    then = {"ask": "I have the loop, what do I do next?", "say": "Give back what was counted."}
    loaded = course_of(tmp_path, {**COUNT, "questions": [loop, sign, line, then]})
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox, Diagnoser(room.grader))
    wrong = RIGHT.replace("n += 1", "n += 2")

    def ask(message: str, **line: Any) -> Reply:
        judged = Judged(False, ("count('aba')",), ())
        line = {"source": wrong, "last_verdict": "failed 1/2", "judged": judged, **line}
        return room.run(answer_line(talk, Line("one", (message,), "task", **line))).replies[0]

    unclear = ask("i get 4. it goes round the loop too often i think")
    assert "Look at line 5" in unclear.text and unclear.text.endswith("Or did you ask one of these?")
    assert [one.message for one in unclear.choices] == [loop["ask"], then["ask"]]
    assert ask(loop["ask"]).choices == ()  # just that is answered
    near = ask("is a sign held by each turn")  # a neighbour alone would be beside the mistake
    assert near.agent == "why" and near.text.startswith("Look at line 5.")
    assert sign["ask"] in [one.message for one in near.choices]
    assert then["say"] in ask(then["ask"]).text
    assert ask("why is it wrong?").choices == ()
    assert ask("what did i do wrong, why does it go round the loop too often?").choices == ()  # it is clear, and told
    assert ask("Why is it wrong?", judged=None).choices == ()
    assert ask("give me a hint").choices == ()


def test_two_values_that_are_asked_about_are_no_change_of_one_to_the_other(room: Classroom, tmp_path: Path) -> None:
    source = "n = int(input())\nif n % 2 == 0:\n    print('even')\nelse:\n    print('odd')\n"
    task = {"answer": "program", "solution": source, "checks": [{"stdin": "7", "prints": "odd\n"}]}
    accepted: dict[str, Any] = {**PASSED, "source": source, "judged": Judged(True, (), ("7",))}
    (reply,) = told(room, tmp_path, "what happens with 0 or minus, is -4 even for python?", task=task, **accepted)
    assert "With line 2" not in reply


def test_which_of_two_is_no_value_to_be_run(room: Classroom, tmp_path: Path) -> None:
    two = {"ask": "Is it n + 1 or n + 2? why n + 1?", "say": "One more is what is wanted."}
    task = {**COUNT, "questions": [two]}
    (reply,) = told(room, tmp_path, "is it n + 1 or n + 2, what is the difference", task=task)
    assert "I ran it" not in reply and "One more is what is wanted." in reply


@pytest.mark.parametrize("typed", ["0.5", "-3"])
def test_a_number_with_a_point_or_a_sign_is_typed_whole(room: Classroom, tmp_path: Path, typed: str) -> None:
    source = "n = float(input())\nif n > 1:\n    print('big')\n"
    task = {"answer": "program", "solution": source, "checks": [{"stdin": "7", "prints": "big\n"}]}
    accepted: dict[str, Any] = {**PASSED, "source": source + "print(n)\n", "judged": Judged(True, (), ("7",))}
    (reply,) = told(room, tmp_path, f"what happens when i type {typed}", task=task, **accepted)
    assert f"I ran it: `{typed}` gives `{float(typed)}`" in reply


@pytest.mark.parametrize("question", ["what happens if i type hello", "what would happen if i type hello instead of 5"])
def test_what_somebody_might_type_is_typed(room: Classroom, tmp_path: Path, question: str) -> None:
    accepted: dict[str, Any] = {**PASSED, "source": PRICE["solution"], "judged": Judged(True, (), ("one",))}
    (reply,) = told(room, tmp_path, question, task=PRICE, **accepted)
    assert "I ran it: `hello` gives `ValueError: invalid literal for int()" in reply


def test_a_call_in_a_question_is_run(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, 'would "banana".count("ana") be 2')
    assert """I ran it: `"banana".count("ana")` gives `1`""" in reply


def test_an_error_of_an_open_sample_is_found_though_none_was_told(room: Classroom, tmp_path: Path) -> None:
    solution = "class Pig:\n    cents = 0\n\n    def put(self, n):\n        self.cents += n\n"
    check = {"setup": "pig = Pig()\npig.put(5)", "call": "pig.cents", "equals": 5}
    source = solution.replace("self, n", "n")
    error = "Expected `5`; your answer raised `TypeError`."
    task = {"solution": solution, "checks": [check]}
    said = "takes 1 positional argument but 2 were given??"
    (reply,) = told(room, tmp_path, said, task=task, **wrong(source, "pig.cents", last_error=error))
    assert "ran without an error" not in reply and "Look at line 4." in reply


def test_a_name_of_one_letter_in_given_code_is_no_word_of_a_language(room: Classroom, tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "id": "task", "title": "Task", "statement": "Foretell it.", "answer": "predict",
        "given": "n = input()\nn = int(n)\nprint(n * 2)\n", "stdin": "7\n",
        "questions": [{"ask": "What does int(n) do? Does n stay a number?", "say": "It makes a number of the text."}],
    }  # fmt: skip
    (reply,) = told(
        room,
        tmp_path,
        "what does n = int(n) do to n",
        task={"exercise": given},
        source="",
        last_verdict=None,
        judged=None,
    )
    assert reply.endswith("It makes a number of the text.")


@pytest.mark.parametrize("message", ["why is it wrong", "which line is wrong", "i dont get it"])
def test_which_line_prints_what_is_not_told_where_it_is_to_be_foretold(
    room: Classroom, tmp_path: Path, message: str
) -> None:
    given: dict[str, Any] = {
        "id": "task", "title": "Task", "statement": "Foretell it.", "answer": "predict",
        "given": "def knock(n):\n    print('knock' * n)\n\nprint('start')\nknock(2)\nprint('end')\nknock(1)\n",
    }  # fmt: skip
    typed = wrong("start\nknock 2\nend\nknock 1", "x", judged=Judged(False, ("x",), (), ("Lines 2 and 4 differ.",)))
    (reply,) = told(room, tmp_path, message, task={"exercise": given}, **typed)
    assert "Lines 2 and 4 differ." in reply and "print('knock'" not in reply
    assert "Up to line 1 your answer is right; line 4 of the program, `print('start')`, shows that one." in reply
    (reply,) = told(room, tmp_path, message, task={"exercise": given}, **{**typed, "source": "knock\nstart"})
    assert "Put your finger" in reply and "of the program," not in reply, "nothing is right yet"


FORETOLD: dict[str, Any] = {
    "id": "task", "title": "Task", "statement": "Foretell it.", "answer": "predict",
    "given": "coins = 5\ncoins = coins + 2\ncoins = coins * 10\nprint(coins)\nprint('all of it')\n",
}  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [
        "5 + 2 * 10 is 25 because times goes before plus",
        "is 7 * 10 equal to 70?",
        "what is 7 * 10",
        "is 'all of ' + 'it' the same as 'all of it'?",
    ],
)
def test_no_sum_backs_or_gives_away_what_is_to_be_foretold(room: Classroom, tmp_path: Path, question: str) -> None:
    typed = wrong("25\nall of it", "x", judged=Judged(False, ("x",), (), ("Line 1 differs.",)))
    (reply,) = told(room, tmp_path, question, task={"exercise": FORETOLD}, **typed)
    assert "I ran it" not in reply and "Yes" not in reply
    (other,) = told(room, tmp_path / "other", "what is 3 * 3", task={"exercise": FORETOLD}, **typed)
    assert "`3 * 3` gives `9`" in other


def test_blanks_are_shown_where_a_screen_is_quoted(room: Classroom, tmp_path: Path) -> None:
    rows = ["   *", "  ***", " *****", "   |"]
    solution = "".join(f"print({row!r})\n" for row in rows)
    task = {"answer": "program", "solution": solution, "checks": [{"prints": "\n".join(rows) + "\n"}]}
    begun: dict[str, Any] = {"source": "".join(solution.splitlines(True)[:3]), "last_verdict": None, "judged": None}
    (half,) = told(room, tmp_path, "is it ok so far?", task=task, **begun)
    assert "It prints `… ␣*****`. It should print `… ␣***** ⏎ ␣␣␣|`." in half
    in_one = f"print({str(rows)[1:-1]})\n"
    (one,) = told(room, tmp_path, "why is it wrong?", task=task, **wrong(in_one, "the tree"))
    assert "It prints `␣␣␣*␣␣␣***␣␣*****␣␣␣␣|`. It should print `␣␣␣* ⏎ …`." in one


def test_a_loop_without_end_is_told_at_one_place(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    n = i = 0\n    while i < len(text):\n        if text[i] == 'a':\n"
    line = wrong(source + "            n += 1\n            i += 1\n    return n\n", last_error="TLE: ")
    (reply,) = told(room, tmp_path, "it never stops, help", **line)
    assert "Look at line 6." in reply and "Look at line 3." not in reply


def test_a_prediction_that_is_begun_has_no_wrong_idea_by_its_form(room: Classroom, tmp_path: Path) -> None:
    idea = {"id": "from-one", "wrong": "p\nl\nn\n", "say": "You start counting at 1."}
    given: dict[str, Any] = {
        "id": "task", "title": "Task", "statement": "Foretell it.", "answer": "predict", "misconceptions": [idea],
        "given": "word = 'planet'\nprint(word[1])\nprint(word[5])\nprint(word[3])\n",
    }  # fmt: skip
    begun: dict[str, Any] = {"source": "l\nt\n", "last_verdict": None, "judged": None}
    for question in ("is the third one 5 or 6, because it starts with 0?", "why is it wrong?", "hint"):
        (reply,) = told(room, tmp_path / question[:4], question, task={"exercise": given}, **begun)
        assert "counting at 1" not in reply


def test_the_idea_that_makes_just_this_prediction_comes_before_a_question_that_is_only_near(room: Classroom) -> None:
    loaded = load_course(Path(__file__).parents[4] / "courses" / "python-basics")
    talk = Room(loaded, Guard(loaded, room.grader), None, room.sandbox)
    belief = (
        "I thought when one if is true, Python skips all the other questions and goes to the end. "
        "Is that not how it works?"
    )
    judged = Judged(False, ("x",), (), ("1 line is missing.",), misconception="one-branch-of-all")
    line = Line("one", (belief,), "which-branch", "passed\nend\n", last_verdict="WA", judged=judged)
    (reply,) = room.run(answer_line(talk, line)).replies
    assert "The second `if` begins a new question." in reply.text and "elif" not in reply.text


def test_an_error_that_is_given_back_is_told_as_that_to_who_asks_of_its_line(room: Classroom, tmp_path: Path) -> None:
    solution = "def loud(n):\n    if n > 9:\n        raise ValueError('too loud')\n    return n\n"
    task = {
        "solution": solution,
        "checks": [{"call": "loud(3)", "equals": 3}, {"call": "loud(11)", "raises": "ValueError"}],
    }
    line = wrong(solution.replace("raise", "return"), "loud(11)")
    (reply,) = told(room, tmp_path, "it wants a ValueError and i do give one in line 3, what else", task=task, **line)
    assert reply.startswith("Look at line 3. The task wants an error here.") and "What do the names" not in reply


LAMP: dict[str, Any] = {
    "solution": (
        "class Lamp:\n    def __init__(self):\n        self.is_on = False\n\n"
        "    def press(self):\n        self.is_on = not self.is_on\n"
    ),
    "checks": [{"setup": "lamp = Lamp()\nlamp.press()", "call": "lamp.is_on", "equals": True}],
}


def test_a_method_that_is_not_written_yet_is_no_attribute_without_a_start_value(
    room: Classroom, tmp_path: Path
) -> None:
    line = wrong("".join(LAMP["solution"].splitlines(True)[:3]), "press")
    (give,) = told(room, tmp_path, "can you just write press for me", task=LAMP, **line)
    assert "Look at line 3. What is still missing after this line?" in give  # there is no next line
    line |= {"last_error": "AttributeError: 'Lamp' object has no attribute 'press'"}
    (reply,) = told(room, tmp_path / "error", "what does the error mean?", task=LAMP, **line)
    assert reply.startswith("Look at line 1. Nothing sets or defines `press` in this class yet. If it is called")
    assert "line 3" not in reply


def test_a_loop_that_is_left_in_place_of_its_next_round(room: Classroom, tmp_path: Path) -> None:
    solution = "def rest(xs):\n    out = []\n    for x in xs:\n        if x < 0:\n            continue\n"
    solution += "        out.append(x)\n    return out\n"
    checks = [{"call": "rest([1, -2, 3])", "equals": [1, 3]}, {"call": "rest([-1, 4])", "equals": [4], "hidden": "x"}]
    line = wrong(solution.replace("continue", "break"), "rest([1, -2, 3])")
    (reply,) = told(room, tmp_path, "why is it wrong", task={"solution": solution, "checks": checks}, **line)
    assert reply.startswith("Look at line 5. After this line, should the loop be over")


def test_where_a_wrong_value_comes_from_is_no_question_on_what_is_typed_in(room: Classroom, tmp_path: Path) -> None:
    line = wrong(RIGHT.replace("n = 0", "n = 3"), "count('aba')")
    (reply,) = told(room, tmp_path, "the loop is right but there is a 5?! where does it come from", **line)
    assert "Look at line 2." in reply


def test_what_is_not_found_in_accepted_code_is_not_told_as_a_change_of_it(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "accepted but count(['a'], 0) gives an error. why is that right?")
    assert "With line" not in reply


def test_who_asks_whether_before_the_check_is_not_answered_with_the_next_step_as_if_it_were_that(
    room: Classroom, tmp_path: Path
) -> None:
    begun: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    (whether,) = told(
        room,
        tmp_path,
        "do i write the first sign as text or as n?",
        **begun | {"source": "def count(text):\n    n = 0\n"},
    )
    (how,) = told(room, tmp_path, "how do i start", **begun)
    assert whether.startswith("I am not sure that I understood") and not how.startswith("I am not sure")


def test_a_text_of_which_no_number_can_be_made_is_not_to_be_converted(room: Classroom, tmp_path: Path) -> None:
    source = PRICE["solution"].replace("step = int(input('Step: '))", "step = input('Step: ')")
    error = "TypeError: unsupported operand type(s) for +=: 'int' and 'str'"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    shop = {**PRICE, "checks": [{"stdin": "5\n2\n"}]}
    (number,) = told(room, tmp_path, "what does the error mean?", task=shop, **line)
    assert "Convert it with `int(...)`" in number
    kinds = "money = int(input())\nfor size in ['small']:\n    money = money + size\nprint(money)\n"
    line |= {"source": kinds, "last_error": error.replace("+=", "+")}
    (text,) = told(room, tmp_path / "text", "what does the error mean?", task=shop, **line)
    assert "If one of the two is not what you expect" in text and "`size` = `'small'`" in text


def test_a_question_after_a_place_is_not_answered_by_a_closer_look_as_if_it_were_that(
    room: Classroom, tmp_path: Path
) -> None:
    line = wrong(RIGHT.replace("n += 1", "n = 1"))
    _, asked = told(
        room, tmp_path, "why is it wrong", "does the if have to come before the loop or can it come after", **line
    )
    assert asked.startswith("I am not sure that I understood your question.")
    _, objects = told(room, tmp_path, "why is it wrong", "my neighbour has written just the same line there", **line)
    assert not objects.startswith("I am not sure")


def test_an_answer_of_the_authors_is_not_told_twice_where_another_is_as_near(room: Classroom, tmp_path: Path) -> None:
    ask = "what is the value of count when it has no return? what does it give back then?"
    nothing = {"ask": ask, "say": "`None`, and nothing else."}
    zero = {"ask": "is None the same as zero? is it like 0?", "say": "No: 0 is a number."}
    task = {**COUNT, "questions": [nothing, zero]}
    first, then = told(room, tmp_path, "what does it give back then", "what does it give back, is it zero", task=task)
    assert nothing["say"] in first and zero["say"] in then


def test_who_wonders_about_an_error_in_code_that_passes_is_told_the_authors_answer_that_is_near(
    room: Classroom, tmp_path: Path
) -> None:
    out = {"ask": "what would happen if I left n = 0 out? why do I need it?", "say": "The name would have no value."}
    task = {**COUNT, "questions": [out]}
    message = "green, but i only have n = 0 because there was an error without it. why"
    (wonders,) = told(room, tmp_path, message, task=task)
    assert wonders.startswith("I am not sure that I understood") and out["say"] in wonders
    (fails,) = told(room, tmp_path, "passed but i get an error for count(3)", task=task)
    assert "Which call goes wrong?" in fails


def test_a_name_is_told_only_to_who_asks_what_it_is(room: Classroom, tmp_path: Path) -> None:
    line: dict[str, Any] = {"source": RIGHT, "last_verdict": None, "judged": None}
    (what,) = told(room, tmp_path, "what is n", **line)
    assert "`n` is a name in your own code" in what
    for other in ("i put a print in to see what n does. is that allowed?", "why does it matter where n = 0 is"):
        (reply,) = told(room, tmp_path, other, **line)
        assert "is a name in your own code" not in reply


def test_what_a_line_makes_is_no_sure_answer_to_whether_another_place_is_better(
    room: Classroom, tmp_path: Path
) -> None:
    (reply,) = told(room, tmp_path, "is n += 1 so far in really needed or can it be outside? whats better")
    assert reply.startswith("I am not sure that I understood your question.") and "`n += 1`" in reply
    (plain,) = told(room, tmp_path, "what does line 5 do")
    assert plain.startswith("Line 5 is")


def test_dots_in_place_of_a_function_are_told_as_what_is_not_written_yet(room: Classroom, tmp_path: Path) -> None:
    two = {"solution": f"{RIGHT}\n\ndef twice(text):\n    return 2 * count(text)\n"}
    two |= {"starter": "def count(text):\n    ...\n\n\ndef twice(text):\n    ...\n"}
    two |= {"checks": [{"call": "twice('aba')", "equals": 4}, {"call": "twice('')", "equals": 0, "hidden": "nothing"}]}
    half = f"{RIGHT}\n\ndef twice(text):\n    ...\n"
    wrong = Judged(False, ("twice('aba')",), ())
    (reply,) = told(room, tmp_path, "why is it wrong?", task=two, source=half, last_verdict="WA", judged=wrong)
    assert reply.startswith("Look at line 10. The dots from the start are still there.")


def test_a_name_of_the_code_is_no_record_of_the_course(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    points = 0\n    return points\n"
    line: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    (own,) = told(room, tmp_path, "does it still look at the points then", **line)
    (record,) = told(room, tmp_path, "how many points does this give", **line | {"source": "x = 1"})
    assert "Points for" not in own and "Points for" in record


def test_an_except_that_waits_for_another_error_is_told(room: Classroom, tmp_path: Path) -> None:
    solution = "def number(text):\n    try:\n        return int(text)\n    except ValueError:\n        return 0\n"
    task = {"solution": solution, "checks": [{"call": "number('a')", "equals": 0}]}
    error = "ValueError: invalid literal for int() with base 10: 'a'"
    said = "i have an except but it still crashes"
    other = solution.replace("ValueError", "(TypeError, KeyError)")
    (reply,) = told(room, tmp_path, said, task=task, **wrong(other, "number('a')", last_error=error))
    assert "waits for `KeyError`, `TypeError`" in reply


def test_two_questions_in_one_message_get_two_answers(room: Classroom, tmp_path: Path) -> None:
    zero = {"ask": "Why does n begin at zero? What is the zero for?", "say": "Nothing was counted yet."}
    case = {"ask": "Does it find capital letters? Why not the big ones?", "say": "A big letter is another sign."}
    task = {**COUNT, "questions": [zero, case]}
    (both,) = told(room, tmp_path, "does it find capital letters? and what is the zero for", task=task)
    assert "Nothing was counted yet." in both and "A big letter is another sign." in both
    (one,) = told(room, tmp_path, "ok i see the loop now. what is the zero for", task=task)
    assert one == "**Why does n begin at zero?**\n\nNothing was counted yet."


WALK: dict[str, Any] = {
    "solution": "def seats(rows):\n    free = 0\n    for row in rows:\n        free += row.count(1)\n    return free\n",
    "starter": "def seats(rows):\n    ...\n",
    "checks": [{"call": "seats([[1, 0], [1]])", "equals": 2}, {"call": "seats([])", "equals": 0, "hidden": "none"}],
}
HALF: dict[str, Any] = {
    "source": "def seats(rows):\n    free = 0\n    for row in rows:\n",
    "last_verdict": None,
    "judged": None,
}


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("so 7 % 2 is 3?", "I ran it: `7 % 2` gives `1`."),
        ("so 7 % 2 is 1?", "Yes, `1`. I ran it: `7 % 2` gives `1`."),
        ("so 17 // 5 is 3.4?", "I ran it: `17 // 5` gives `3`."),
        ("so len('this is it') is 10?", "Yes, `10`. I ran it: `len('this is it')` gives `10`."),
    ],
)
def test_what_a_sum_gives_is_told_of_code_that_is_begun(
    room: Classroom, tmp_path: Path, question: str, wanted: str
) -> None:
    (reply,) = told(room, tmp_path, question, task=WALK, **HALF)
    assert reply.startswith(wanted)


def test_a_name_in_brackets_alone_is_not_run(room: Classroom, tmp_path: Path) -> None:
    source = "n = int(input())\nprint(n + 1)\n"
    task = {"answer": "program", "solution": source, "checks": [{"stdin": "7", "prints": "8\n"}]}
    accepted: dict[str, Any] = {**PASSED, "source": source, "judged": Judged(True, (), ("7",))}
    (reply,) = told(room, tmp_path, "what is the int( ) around input for?", task=task, **accepted)
    assert "I ran it" not in reply


def test_the_quotes_of_two_values_are_no_difference(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def tag(name):\n    return '1. ' + name\n",
        "checks": [{"call": "tag('Mia')", "equals": "1. Mia"}, {"call": "tag('x')", "equals": "1. x", "hidden": "one"}],
    }
    line: dict[str, Any] = {"source": "def tag(name):\n    return ''\n", "last_verdict": "WA", "judged": None}
    replies = told(room, tmp_path, *["why is it wrong?", "and now?", "why?", "i dont get it"], task=task, **line)
    assert not any("`'` instead of `'`" in one for one in replies)


def test_the_authors_answer_comes_before_a_page_which_a_button_still_opens(room: Classroom, tmp_path: Path) -> None:
    loop = {"ask": "Which loop do I need, for or while? How does the loop stop?", "say": "The one along the text."}
    task = {**COUNT, "questions": [loop]}
    line: dict[str, Any] = {"source": "def count(text):\n    n = 0\n", "last_verdict": None, "judged": None}
    first, page = told(room, tmp_path, "how does the loop stop, it always goes on", "while loop", task=task, **line)
    assert "The one along the text." in first and page.startswith("**while loop**")


def test_whether_a_loop_is_needed_is_the_authors_to_say_of_code_that_is_begun(room: Classroom, tmp_path: Path) -> None:
    task = {**COUNT, "questions": [{"ask": "Do I need two loops, one inside the other?", "say": "No, one is enough."}]}
    line: dict[str, Any] = {"source": "def count(text):\n    n = 0\n", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "ok. do i need a second for loop inside?", task=task, **line)
    assert "No, one is enough." in reply


@pytest.mark.parametrize(
    ("source", "question"),
    [
        ("d = {[1]: 2}\n", "is d a list or a dict"),
        (f"d = {'-' * 11000}1\n", "is d a list or a dict"),
        ("n = 123\nn = str(n)\n", "is n a string now"),
        ("def count(text):\n    text = text.split()\n    for sign in text:\n", "is sign a text"),
        ("def add(a, b):\n", "why, it says b is a string"),
    ],
)
def test_of_which_kind_a_name_is_is_told_only_where_that_is_sure(
    room: Classroom, tmp_path: Path, source: str, question: str
) -> None:
    (reply,) = told(room, tmp_path, question, source=source, last_verdict=None, judged=None)
    assert "whole number (int)" not in reply and "`sign` is" not in reply


def test_an_option_of_a_choice_is_run_for_nobody_who_has_not_chosen(room: Classroom, tmp_path: Path) -> None:
    options = [{"text": "`len('ice cream') == 8`", "say": "Count."}, {"text": "`'a' in 'ab'`", "right": True}]
    task: dict[str, Any] = {"exercise": {"id": "task", "title": "T", "statement": "Which?", "answer": "choice"}}
    task["exercise"]["choices"] = options
    line: dict[str, Any] = {"source": "", "last_verdict": None, "judged": None}
    for question in ("what is len('ice cream') == 8", "so len('ice cream') is 9?"):
        (reply,) = told(room, tmp_path / str(len(question)), question, task=task, **line)
        assert "I ran it" not in reply


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how can while True stop", "**What does while True mean?**"),
        ("how do you make evrything small letters", "**What does lower do?**"),
        ("how can i divide so that nothing is after the point", "Perhaps you mean this: **What does // do?**"),
        ("does it make a difference if i write ' ' or ''", "**"),
    ],
)
def test_the_library_answers_in_other_words_and_says_so_where_it_is_not_sure(
    room: Classroom, tmp_path: Path, question: str, answer: str
) -> None:
    (reply,) = told(room, tmp_path, question, source=COUNT["starter"], last_verdict=None, judged=None)
    assert reply.startswith(answer) and "&&" not in reply


def test_a_claim_of_a_value_is_run_also_where_it_is_said_as_a_question(room: Classroom, tmp_path: Path) -> None:
    line: dict[str, Any] = {"source": "def count(text):\n    n = 0\n", "last_verdict": None, "judged": None}
    claims = "is 64 % 6 equal to 4", "is 64 % 6 really 5?", "is 2 * 3 the same as 6 * 2?", "what is ' ' * 3"
    right, wrong, begun, blanks = told(room, tmp_path, *claims, **line)
    assert right.startswith("Yes, `4`") and wrong.startswith("I ran it: `64 % 6` gives `4`")
    assert "Yes" not in begun and "`'␣␣␣'`" in blanks


def test_a_name_that_loses_its_value_by_a_move_is_no_result(room: Classroom, tmp_path: Path) -> None:
    task = {"solution": "def area(r):\n    a = 3 * r\n    return a\n", "checks": [{"call": "area(1)", "equals": 3}]}
    question = "could i have left out the variable a and put everything behind return?"
    (reply,) = told(room, tmp_path, question, task=task, source=task["solution"])
    assert "UnboundLocalError" not in reply and "Another way is fine" in reply


def test_what_goes_below_a_line_is_the_next_step_and_no_lesson_on_indents(room: Classroom, tmp_path: Path) -> None:
    asked_of = {"ask": "What comes below the if?", "say": "Count this sign.", "line": "n += 1"}
    source = RIGHT.partition("            n += 1")[0]
    line: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None}
    task = {**COUNT, "questions": [asked_of]}
    (reply,) = told(room, tmp_path, "what do I have to write under the if", task=task, **line)
    assert "Count this sign." in reply and "indented block" not in reply


def test_an_error_that_is_on_the_table_is_no_page_of_the_library(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    best = max(text)\n    return best\n\n\ncount('')\n"
    error = 'Traceback\n  File "answer", line 2\nValueError: max() arg is an empty sequence'
    line: dict[str, Any] = {"source": source, "last_verdict": None, "judged": None, "last_error": error}
    (reply,) = told(room, tmp_path, "What is a ValueError? with aba it works", **line)
    assert reply.startswith("Look at line 2.")


def test_a_return_that_is_too_far_in_and_a_text_in_braces_get_their_own_question(
    room: Classroom, tmp_path: Path
) -> None:
    larger = "def larger(a, b):\n    best = a\n    if b > a:\n        best = b\n    return best\n"
    checks = [{"call": "larger(4, 9)", "equals": 9}, {"call": "larger(7, 2)", "equals": 7}]
    line: dict[str, Any] = {"last_verdict": "WA", "judged": None}
    deep = larger.replace("    return", "        return")
    task = {"solution": larger, "checks": checks}
    (reply,) = told(room, tmp_path / "1", "why is it wrong?", task=task, source=deep, **line)
    assert "which only where a question is true" in reply
    clock = "def clock(m):\n    h = m // 60\n    return f'{h:02}:{m % 60:02}'\n"
    task = {"solution": clock, "checks": [{"call": f"clock({at})", "equals": f"0{at // 60}:05"} for at in (65, 125)]}
    (reply,) = told(room, tmp_path / "2", "why is it wrong?", task=task, source=clock.replace(":02", ""), **line)
    assert "character by character" in reply


def test_of_a_heading_of_the_library_alone_nothing_is_told(room: Classroom, tmp_path: Path) -> None:
    """Where its answer holds the exercise's own."""
    task = {"solution": "def even(n):\n    return n % 2 == 0\n", "checks": [{"call": "even(2)", "equals": True}]}
    line: dict[str, Any] = {"source": "def even(n):\n", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "how do i check if a number is even", task=task, **line)
    assert not reply.endswith("**") and "n % 2" not in reply


@pytest.mark.parametrize("message", ["(text := 'a') or text == ''", "(yield) or text == '', same thing?", "`*a` or *b"])
def test_odd_code_in_a_question_stops_nothing(room: Classroom, tmp_path: Path, message: str) -> None:
    source = "def count(text):\n    if text == '':\n        return 0\n"
    question = f"does it make a difference if i write {message}"
    (reply,) = told(room, tmp_path, question, source=source, last_verdict=None, judged=None)
    assert reply


def test_output_without_an_end_is_said_to_be_too_large(room: Classroom, tmp_path: Path) -> None:
    solution = "n = int(input())\nwhile n > 0:\n    print(n)\n    n = n - 1\nprint('Go!')\n"
    task = {"answer": "program", "solution": solution, "checks": [{"stdin": "2\n", "prints": "2\n1\nGo!\n"}]}
    source = solution.replace("    n = n - 1\n", "")
    (reply,) = told(room, tmp_path, "is it right so far?", task=task, source=source, last_verdict=None, judged=None)
    assert "output too large" in reply and "`''`" not in reply


def test_a_gap_beside_others_is_not_told_by_the_word_on_their_line(room: Classroom, tmp_path: Path) -> None:
    solution = "for n in range(2, 12, 3):\n    print(n)\n"
    stop = {"ask": "Where does it stop?", "say": "The stop is never reached.", "line": "for n in range(2, 12, 3):"}
    starter = solution.replace("2, 12, 3", "____, ____, ____")
    task = {
        "answer": "fill",
        "solution": solution,
        "starter": starter,
        "questions": [stop],
        "checks": [{"prints": "2\n"}],
    }
    line: dict[str, Any] = {"task": task, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "what goes into the last gap?", source=solution.replace(" 3", " ____"), **line)
    assert "line 1" in reply and "never reached" not in reply


MEALS_AHEAD: dict[str, Any] = {
    **MEALS,
    "hints": [],
    "questions": [
        {"ask": "the loop is there, what about empty lines?", "say": "Ask about an empty line first.",
         "line": "if line.strip() == '':"},
        {"ask": "the empty lines are skipped, what about the others?", "say": "Now add the number.",
         "line": "total += int(line)"},
    ],
}  # fmt: skip
MEALS_HALF = "def meals(lines):\n    total = 0\n    for line in lines:\n"
UNJUDGED: dict[str, Any] = {"task": MEALS_AHEAD, "last_verdict": None, "judged": None}


@pytest.mark.parametrize(
    "question",
    ["what do i do next", "whats missing in my for", "is something missing", "am i done?", "which step now?"],
)
def test_of_half_an_answer_the_next_line_is_spoken_of_and_no_page_on_a_word(
    room: Classroom, tmp_path: Path, question: str
) -> None:
    (reply,) = told(room, tmp_path, question, source=f"{MEALS_HALF}        print(line)\n", **UNJUDGED)
    assert reply.endswith("Ask about an empty line first.") and "Look at line" not in reply


def test_a_line_that_is_cut_is_not_there_and_one_that_stands_is_no_other_one(room: Classroom, tmp_path: Path) -> None:
    cut = f"{MEALS_HALF}        if line.strip() ==\n"
    (reply,) = told(room, tmp_path, "what do i do next", source=cut, **UNJUDGED)
    assert reply.endswith("Ask about an empty line first.")
    task = {
        "answer": "program",
        "solution": "for n in range(3, 0, -1):\n    print(n)\nprint('Go!')\n",
        "starter": "print('Go!')\n",
        "checks": [{"prints": "3\n2\n1\nGo!\n"}],
        "questions": [{"ask": "the loop stands, what goes in?", "say": "Show n.", "line": "print(n)"}],
    }
    source = "for n in range(3, 0, -1):\n    \nprint('Go!')\n"
    (reply,) = told(room, tmp_path, "what do i do next", source=source, **{**UNJUDGED, "task": task})
    assert reply.endswith("Show n.")


def test_a_page_of_the_library_has_to_fit_most_of_a_question(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "so is that like going round the corner", source=MEALS_HALF, **UNJUDGED)
    assert "**round**" not in reply
    (reply,) = told(room, tmp_path, "what does round do", source=MEALS_HALF, **UNJUDGED)
    assert "round" in reply and "did not understand" not in reply


def test_dates_and_rules_are_no_answer_to_a_question_on_code(room: Classroom, tmp_path: Path) -> None:
    source = f"{MEALS_HALF}        total += line\n    return total\n"
    error = "TypeError: unsupported operand type(s) for +=: 'int' and 'str'"
    wrong: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "do i have to put int( ) where i ask or can i do it later", task=MEALS, **wrong)
    assert "Courses" not in reply
    (reply,) = told(room, tmp_path, "where do i see when it is due", task=MEALS, **wrong)
    assert "due" in reply


def test_a_word_of_an_error_is_explained_beside_the_error(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    return text + 1\n\ncount('a')\n"
    error = 'File "answer", line 2\nTypeError: can only concatenate str (not "int") to str'
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    question = 'i get can only concatenate str (not "int") to str. what does concatenate mean'
    (reply,) = told(room, tmp_path, question, **line)
    assert "joins two texts" in reply and "Look at line 2." in reply


def test_what_stops_a_cell_by_itself_is_told_by_no_check(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("sign == 'a'", "sign[0] > 'a'") + "\ncount(4)\n"
    error = 'File "answer", line 8\nFile "answer", line 3, in count\nTypeError: \'int\' object is not iterable'
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "int object is not iterable, where", **line)
    assert reply.startswith("Look at line 3.") and "`text` = `4`" in reply


def test_who_asks_something_else_beside_an_error_is_told_so(room: Classroom, tmp_path: Path) -> None:
    error = "File \"answer\", line 4\nNameError: name 'verdict' is not defined"
    source = RIGHT.replace("sign == 'a'", "verdict(sign)")
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "i typed 7 and yet the window with my guess comes again", **line)
    assert reply.startswith("I am not sure") and "`verdict`" in reply
    for related in ("its red", "what is verdict", "why does it stop"):
        (reply,) = told(room, tmp_path, related, **line)
        assert not reply.startswith("I am not sure")


def test_why_one_comes_first_is_no_question_on_a_number(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("n = 0", "n = 0  # first")
    (reply,) = told(room, tmp_path, "why must 0 be first", **{**PASSED, "source": source})
    assert "n = 1" not in reply


def test_a_hint_that_shares_a_word_is_no_answer(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "is a sign cheaper in a shop", source="", last_verdict=None, judged=None)
    assert not any(reply == hint for hint in COUNT["hints"])


def test_an_error_of_code_that_is_not_seen_is_told_by_what_was_asked(room: Classroom, tmp_path: Path) -> None:
    line: dict[str, Any] = {"source": "", "last_verdict": None, "judged": None}
    question = "invalid decimal literal?? there is no decimal in it"
    (reply,) = told(room, tmp_path, question, last_error="SyntaxError: invalid decimal literal", **line)
    assert "Can a variable name start with a number?" in reply


OWL: dict[str, Any] = {
    "answer": "program",
    "solution": "print('owl')\nprint('hen')\n",
    "checks": [{"prints": "owl\nhen\n"}],
    "questions": [
        {"ask": "Do I need the brackets? are the brackets needed here?", "say": "Yes, `print` is called."},
        {"ask": "Do I need the quotes? are the quotes needed?", "say": "Yes, they hold a text."},
        {"ask": "What should I do here? what do i do? what is the task?", "say": "Show two birds, one a line."},
    ],
}


def test_two_questions_that_are_about_as_near_are_both_answered(room: Classroom, tmp_path: Path) -> None:
    line: dict[str, Any] = {"source": OWL["solution"], "judged": Judged(True, (), ("prints",))}
    (reply,) = told(room, tmp_path, "do people need these brackets and quotes here", task=OWL, **line)
    assert "**Do I need the brackets?**\n\nYes" in reply and "**Do I need the quotes?**\n\nYes" in reply


def test_a_question_that_begins_with_a_name_of_code_stands_as_it_is_written(room: Classroom, tmp_path: Path) -> None:
    task = {**OWL, "questions": [{"ask": "print_all or show, which is better? which name?", "say": "Either."}]}
    line: dict[str, Any] = {"source": OWL["solution"], "judged": Judged(True, (), ("prints",))}
    (reply,) = told(room, tmp_path, "print_all or show, which is better?", task=task, **line)
    assert reply.startswith("**print_all or show")


def test_who_has_solved_it_is_not_told_what_to_do_here(room: Classroom, tmp_path: Path) -> None:
    line: dict[str, Any] = {"source": OWL["solution"], "last_verdict": "AC", "judged": Judged(True, (), ("prints",))}
    (reply,) = told(room, tmp_path, "and what do people do with this here?", task=OWL, **line)
    assert "Show two birds" not in reply


def test_what_happens_is_told_by_running_and_what_is_asked_on_by_the_author(room: Classroom, tmp_path: Path) -> None:
    where = {"ask": "Where does the return go? where do i put return?", "say": "Below the loop, as far left as `for`."}
    one = {"ask": "Why does it stop after one sign? it stops at the first sign?", "say": "A `for` takes them all."}
    task = {**COUNT, "questions": [where, one]}
    source = RIGHT.replace("    return n", "        return n")
    wrong: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("count('aba')",), ())}
    first, then = told(
        room, tmp_path, "it stops at the first sign", "ok where do i put the return then?", task=task, **wrong
    )
    assert first.startswith("Look at line 6.") and "`for` takes them all" not in first
    assert "Where does the return go?" in then and "Below the loop" in then


def test_a_branch_that_no_example_reaches_is_told_where_no_place_is_found(room: Classroom, tmp_path: Path) -> None:
    fee = "def fee(n):\n    if n >= 100 and n % 7 == 3 or n == 21:\n        return 1\n    {}\n    return 0\n"
    solution = fee.format(
        "if n > 9:\n        return 2\n    if n > 5:\n        return 3\n    if n == 4:\n        return 8"
    )
    own = "def fee(n):\n    if n > 0:\n        return 0\n    elif n > 9:\n        return 2\n    return 0\n"
    checks: list[dict[str, Any]] = [{"call": "fee(1)", "equals": 0}, {"call": "fee(10)", "equals": 2, "hidden": "ten"}]
    checks += [{"call": f"fee({n})", "equals": got, "hidden": f"more {n}"} for n, got in ((6, 3), (4, 8), (21, 1))]
    line: dict[str, Any] = {"source": own, "last_verdict": "WA", "judged": Judged(False, ("ten",), ("fee(1)",))}
    (reply,) = told(room, tmp_path, "why is it wrong?", task={"solution": solution, "checks": checks}, **line)
    assert "Python never reached line 5: `return 2`" in reply


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        (RIGHT, "no line calls it, so there is nothing to see. Write `print(count('aba'))` below it"),
        ("text = 'aba'\nn = len(text)\n", "No line shows anything: Python works it out"),
        ("n = 3\nif n > 4:\n    text = 'aba'\n", "No line shows anything: Python works it out"),
        ("n = 3\nif n > 4:\n    print(n)\n", ""),
        (RIGHT + "print(count('a'))\n", ""),
    ],
)
def test_who_sees_nothing_is_told_what_shows_nothing(room: Classroom, tmp_path: Path, source: str, answer: str) -> None:
    for question in ("i ran it and nothing happens", "how can i see what it makes", "it runs and... nothing"):
        (reply,) = told(room, tmp_path, question, source=source, last_verdict=None, judged=None)
        assert answer in reply and ("nothing to see" in reply or "No line shows" in reply) == bool(answer)


def test_a_line_that_may_run_too_often_or_lacks_a_return_is_asked_of_that(room: Classroom, tmp_path: Path) -> None:
    solution = "def some(xs):\n    found = []\n    for x in xs:\n        x = abs(x)\n        if x:\n"
    solution += "            found.append(x)\n    return found\n"
    task = {"solution": solution, "checks": [{"call": "some([1, 0, -2])", "equals": [1, 2]}]}
    wrong: dict[str, Any] = {"task": task, "last_verdict": "WA", "judged": Judged(False, ("some",), ())}
    always = solution.replace("        if x:\n    ", "")
    (reply,) = told(room, tmp_path, "why is the 0 still in it", source=always, **wrong)
    assert reply.startswith("Look at line 5. How often does this line run")
    sum_ = "def digits(n):\n    if n == 0:\n        return 0\n    last = n % 10\n    rest = n // 10\n"
    task = {"solution": sum_ + "    return last + digits(rest)\n", "checks": [{"call": "digits(12)", "equals": 3}]}
    (reply,) = told(room, tmp_path, "why None", **{**wrong, "task": task}, source=sum_)
    assert "Is each name" not in reply


def test_the_question_on_a_line_is_the_one_of_the_repair_that_is_of_this_line_alone(
    room: Classroom, tmp_path: Path
) -> None:
    area = "def area(r):\n    r = 2\n    print(3 * r * r)\n"
    wrong = {"id": "shown", "wrong": area, "say": "A number on the screen is not given back."}
    task = {
        "solution": "def area(r):\n    return 3 * r * r\n",
        "checks": [{"call": "area(2)", "equals": 12}, {"call": "area(1)", "equals": 3}],
        "misconceptions": [wrong],
    }
    line: dict[str, Any] = {"source": area, "judged": Judged(False, ("area(2)",), (), misconception="shown")}
    (reply,) = told(room, tmp_path, "why is it wrong", task=task, last_verdict="WA", **line)
    assert "Look at line 2. A number on the screen" not in reply and "not given back" in reply


def test_a_try_without_its_except_is_told_as_that(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    try:\n        n = int(text)\n    return n\n"
    error = "SyntaxError: expected 'except' or 'finally' block"
    (reply,) = told(room, tmp_path, "what is it", source=source, last_error=error, last_verdict=None, judged=None)
    assert "Look at line 4." in reply and "A `try` needs an `except` below it" in reply and "bracket" not in reply


def test_what_is_begun_with_try_is_not_told_to_begin_with_it(room: Classroom, tmp_path: Path) -> None:
    solution = (
        "def count(text):\n    try:\n        n = int(text)\n    except ValueError:\n        n = 0\n    return n\n"
    )
    opened = {"ask": "How do I begin to try it? where does try go?", "say": "Open it.", "line": "try:"}
    caught = {"ask": "How do I catch it? what comes below?", "say": "Catch it.", "line": "except ValueError:"}
    task = {"solution": solution, "checks": [{"call": "count('2')", "equals": 2}], "questions": [opened, caught]}
    source = "def count(text):\n    try:\n        n = int(text)\n"
    (reply,) = told(
        room, tmp_path, "ok i have that now, what comes next", task=task, source=source, last_verdict=None, judged=None
    )
    assert "Catch it." in reply and "Open it." not in reply


def test_where_dots_are_the_author_says_what_comes_there(room: Classroom, tmp_path: Path) -> None:
    first = {"ask": "What is n at the start? where does n begin?", "say": "Give `n` its first value.", "line": "n = 0"}
    task = {**COUNT, "questions": [first]}
    (reply,) = told(
        room,
        tmp_path,
        "what goes where the dots are",
        task=task,
        source=COUNT["starter"],
        last_verdict=None,
        judged=None,
    )
    assert "`...` holds the place" in reply and reply.endswith("Give `n` its first value.")


def test_whether_a_whole_prediction_is_right_says_the_check_alone(room: Classroom, tmp_path: Path) -> None:
    task = {"exercise": {"id": "task", "title": "See", "statement": "What is printed?", "answer": "predict"}}
    task["exercise"] |= {"given": "print(1 > 2)\nprint(2 > 1)\n"}
    for source in ("True\nFalse", "False\nTrue"):
        (reply,) = told(room, tmp_path, "so far ok?", task=task, source=source, last_verdict=None, judged=None)
        assert reply.startswith("Whether an answer is right says *Check*")
    half: dict[str, Any] = {"task": task, "source": "False", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "so far ok?", **half)
    assert reply.startswith("Up to line 1 your answer is right; line 1 of the program, `print(1 > 2)`, shows that one.")
    (reply,) = told(room, tmp_path, "i am stuck", **half)
    assert "your answer is right" not in reply, "nobody asked that, and it was not checked"


def test_who_fears_to_have_broken_something_is_told_that_nothing_is(room: Classroom, tmp_path: Path) -> None:
    error = "NameError: name 'totl' is not defined"
    line: dict[str, Any] = {"source": "print(totl)\n", "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "red text everywhere, did i break something? im scared to press run", **line)
    assert reply.startswith("**You cannot break anything here.**") and "counsel" not in reply and "`totl`" in reply


def test_a_fair_question_with_the_word_answer_in_it_is_not_refused(room: Classroom, tmp_path: Path) -> None:
    source = "answer = input()\nif answer == yes:\n    print('in')\n"
    task = {"answer": "program", "solution": source.replace("yes", "'yes'"), "checks": [{"stdin": "yes"}]}
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("yes",), ())}
    (reply,) = told(room, tmp_path, "when do i need quotes and when not, answer has none", task=task, **line)
    assert "give away" not in reply


def test_what_a_sample_gives_is_no_change_of_the_program(room: Classroom, tmp_path: Path) -> None:
    solution = "def down(n):\n    while n > 0:\n        yield n\n        n = n - 1\n"
    task = {"solution": solution, "checks": [{"call": "list(down(3))", "equals": [3, 2, 1]}]}
    source = "def down(n):\n    yield n\n    while n > 0:\n        n = n - 1\n"
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("list(down(3))",), ())}
    (reply,) = told(
        room, tmp_path, "list(down(3)) is just [3]. the loop does count down, doesnt it?", task=task, **line
    )
    assert not reply.startswith("With line") and "Look at line" in reply


def test_a_whole_program_that_is_wrong_is_not_right_so_far(room: Classroom, tmp_path: Path) -> None:
    source = RIGHT.replace("        if", "        n = 0\n        if")
    (reply,) = told(room, tmp_path, "is it ok to have n = 0 twice?", source=source, last_verdict=None, judged=None)
    assert "right so far" not in reply


def test_a_value_that_comes_too_late_is_not_said_to_come_in_a_branch(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    for sign in text:\n        if sign == best:\n            best = sign\n"
    source += "    best = 'a'\n    return best\n"
    error = "UnboundLocalError: cannot access local variable 'best' where it is not associated with a value"
    (reply,) = told(room, tmp_path, "but it is there?", source=source, last_error=error, last_verdict=None, judged=None)
    assert "comes later (line 5)" in reply and "branch" not in reply


def test_whether_it_is_right_so_far_is_told_with_the_line_that_is_not(room: Classroom, tmp_path: Path) -> None:
    solution = "start = int(input())\nfor n in range(start, 0, -1):\n    print(n)\nprint('Go!')\n"
    task = {"answer": "program", "solution": solution, "checks": [{"stdin": "3"}]}
    source = solution.replace("start, 0, -1", "start")
    (reply,) = told(room, tmp_path, "am i right so far?", task=task, source=source, last_verdict=None, judged=None)
    assert "Look at line 2." in reply and "`3` gives" in reply


def test_ok_and_now_asks_for_the_next_step(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    text = text.lower()\n"
    (reply,) = told(room, tmp_path, "ok and now", source=source, last_verdict=None, judged=None)
    assert reply.startswith("Before the first sign nothing was counted.")


def test_the_name_of_an_idea_alone_is_asked_what_it_is(room: Classroom, tmp_path: Path) -> None:
    comma = {"ask": "Can I print with commas instead of f-strings? must it be an f-string?", "say": "Yes."}
    (reply,) = told(room, tmp_path, "f-string??", task={**OWL, "questions": [comma]}, source="", judged=None)
    assert reply.startswith("**f-string**")


def test_code_that_passes_and_was_not_checked_is_not_half_an_answer(room: Classroom, tmp_path: Path) -> None:
    solution = (
        "words = {'dog': 'Hund'}\nword = input()\nif word in words:\n    print(words[word])\nelse:\n    print('no')\n"
    )
    asks = {"ask": "I have the word, what comes next? how do i ask for it?", "say": "Ask for the key with `if`."}
    task: dict[str, Any] = {"answer": "program", "solution": solution, "checks": [{"stdin": "dog"}, {"stdin": "cat"}]}
    task["questions"] = [{**asks, "line": "if word in words:"}]
    source = "words = {'dog': 'Hund'}\nword = input()\nprint(words.get(word, 'no'))\n"
    for question in ("is it a problem that there is no if in mine", "give me a hint", "is it right so far?"):
        (reply,) = told(room, tmp_path, question, task=task, source=source, last_verdict=None, judged=None)
        assert "rest is missing" not in reply and "Ask for the key" not in reply and "not pass" not in reply, question
    assert "each gives what it should" in reply


def test_a_place_that_a_list_has_not_yet_is_no_range_that_is_too_long(room: Classroom, tmp_path: Path) -> None:
    task = {"solution": "def signs(text):\n    return list(text)\n", "checks": [{"call": "signs('ab')"}]}
    source = "def signs(text):\n    found = []\n    for i in range(len(text)):\n        found[i] = text[i]\n"
    line: dict[str, Any] = {"source": source, "last_error": "IndexError: list assignment index out of range"}
    (reply,) = told(room, tmp_path, "what does it mean", task=task, last_verdict=None, judged=None, **line)
    assert "`found` has no place with this number yet" in reply and "too far" not in reply


def test_a_sign_that_is_asked_about_is_no_change_that_is_proposed(room: Classroom, tmp_path: Path) -> None:
    source = FARE["solution"].replace("elif", "if")
    line: dict[str, Any] = {"task": FARE, "source": source, "last_verdict": "WA", "judged": Judged(False, ("5",), ())}
    (reply,) = told(room, tmp_path, "5 gives two lines. does > not work with words?", **line)
    assert not reply.startswith("With line")


def test_a_loop_that_ends_with_its_change_skips_nothing(room: Classroom, tmp_path: Path) -> None:
    own = "def count(text):\n    found = list(text)\n    for sign in found:\n        if sign == 'a':\n"
    own += "            found.remove(sign)\n            return 1\n        else:\n            return 0\n"
    line: dict[str, Any] = {"source": own, "last_verdict": "WA", "judged": Judged(False, ("count('aba')",), ())}
    (reply,) = told(room, tmp_path, "why is it wrong", **line)
    assert "skips" not in reply


@pytest.mark.parametrize(
    ("message", "is_refused"),
    [
        ("just give me the answer", True),
        ("whats the answer", True),
        ("what would the line look like if i wanted the answer at the front and not at the end", False),
        ("ok it shows the answer. does the line i want go before the print or after", False),
    ],
)
def test_who_asks_something_else_with_the_word_answer_is_not_refused(
    room: Classroom, tmp_path: Path, message: str, is_refused: bool
) -> None:
    source = RIGHT.replace("n += 1", "n = 1")
    line: dict[str, Any] = {"source": source, "last_verdict": "WA", "judged": Judged(False, ("count('aba')",), ())}
    (reply,) = told(room, tmp_path, message, **line)
    assert ("give away the answer" in reply) == is_refused


@pytest.mark.parametrize(
    "question",
    [
        "how do i see if the sign is an a?",
        "when text is empty nothing is printed, is that right?",
        "can i break it here",
    ],
)
def test_what_only_sounds_like_nothing_seen_or_broken_is_no_such_thing(
    room: Classroom, tmp_path: Path, question: str
) -> None:
    (reply,) = told(room, tmp_path, question)
    assert "no line calls it" not in reply and "cannot break" not in reply


def test_an_end_that_is_one_too_far_is_told_of_a_list_that_is_full(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    xs = list(text)\n    for i in range(len(xs) + 1):\n        xs[i] = 0\n"
    error = "IndexError: list assignment index out of range"
    line: dict[str, Any] = {"source": source, "last_error": error, "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "what does it mean", **line)
    assert "at the end of a list" not in reply


def test_of_code_that_passes_a_question_on_how_good_it_is_is_answered_by_a_look_at_it(
    room: Classroom, tmp_path: Path
) -> None:
    asked_of = {"ask": "Is n = 1 right at the start? Could n begin at another number?", "say": "It begins at zero."}
    task = {**COUNT, "questions": [asked_of]}
    good, passed, shorter = (
        told(room, tmp_path, one, task=task)[0]
        for one in (
            "my friend starts n elsewhere, is mine right too", "passed. is this good code?", "can it be shorter",
        )
    )  # fmt: skip
    assert good.startswith("Yes, it is right: all tests pass.") and "not sure" not in good
    assert passed.startswith("Well done.") and "`pass`" not in passed
    assert shorter.startswith("Well done. Check looks at what comes out")


def test_who_blames_the_test_hears_what_it_asks_and_then_the_place(room: Classroom, tmp_path: Path) -> None:
    line = wrong(RIGHT.replace("== 'a'", "!= 'a'"))
    for said in ("your test is wrong!!", "i think the check is broken, count is ok"):
        (reply,) = told(room, tmp_path, said, **line)
        assert reply.startswith("The tests ask what the task says") and "Look at line 4." in reply
    for said in ("which test is this", "can you check what is wrong", "please check if this is wrong"):
        (plain,) = told(room, tmp_path, said, **line)
        assert "The tests ask" not in plain


def test_what_range_gives_is_told_as_its_numbers(room: Classroom, tmp_path: Path) -> None:
    (reply,) = told(room, tmp_path, "what does range(2, 5) give", last_verdict=None, judged=None)
    assert "`list(range(2, 5))` gives `[2, 3, 4]`" in reply and "expected" not in reply
    (third,) = told(room, tmp_path, "what is range(2, 5)[2]?", last_verdict=None, judged=None)
    assert "`range(2, 5)[2]` gives `4`" in third


def test_a_sum_that_is_only_said_is_not_told_again(room: Classroom, tmp_path: Path) -> None:
    line = wrong(RIGHT.replace("n += 1", "n += 2"))
    (said,) = told(room, tmp_path, "no more error now :) but 4 comes out, 1+1 is 2", **line)
    (asked,) = told(room, tmp_path, "is 1 + 1 really 2?", **line)
    assert "I ran it" not in said and said.startswith("Look at line 5.") and asked.startswith("Yes, `2`.")


def test_an_error_of_what_was_typed_is_explained_though_the_samples_work(room: Classroom, tmp_path: Path) -> None:
    said = "i typed 6,2 and ValueError: could not convert string to float: '6,2'. but it may have decimals"
    price = {**PRICE, "solution": PRICE["solution"].replace("int(", "float(")}
    line: dict[str, Any] = {"source": price["solution"], "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, said, task=price, **line)
    assert reply.startswith("`'6,2'` is written with a comma") and "Look at line" not in reply
    many = "TypeError: f() takes 1 positional argument but 2 were given"
    (whole,) = told(room, tmp_path, f"{many}. why?", task=price, **line)
    assert "takes 1 positional arguments, but this call gives 2" in whole  # no word of it is left out
    (wanted,) = told(room, tmp_path, "it should raise ValueError: too small, how?", task=price, **line)
    assert "too small" not in wanted


def test_a_word_of_an_error_that_names_a_function_is_not_taken_for_it(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    n = text[9]\n    return n\n"
    line = wrong(source, last_error="IndexError: string index out of range")
    (reply,) = told(room, tmp_path, "string index out of range. what does range mean", **line)
    assert "Look at line 2." in reply and "What does range do?" not in reply


def test_a_line_that_stops_in_the_example_is_asked_what_its_names_hold(room: Classroom, tmp_path: Path) -> None:
    task = {
        "answer": "program",
        "solution": "name = input('Name: ')\nprint(name[:3].upper())\n",
        "checks": [{"stdin": "Grace\n"}, {"stdin": "Al\n", "hidden": "a short name"}],
    }
    source = "name = input('Name: ')\nprint((name[0] + name[1] + name[2]).upper())\n"
    (reply,) = told(room, tmp_path, "with Grace its right, why red", task=task, **wrong(source, "a short name"))
    assert reply.startswith("Look at line 2. What do the names in this line hold when it runs?")
    assert "`Gr` gives `IndexError: string index out of range`" in reply
    of_test = wrong(source, "a short name", last_error="IndexError: string index out of range")
    (seen,) = told(room, tmp_path, "i get GRA as it should be", task=task, **of_test)
    assert "Look at line 2." in seen and "`Gr` gives `IndexError" in seen  # which the student has not seen


def test_a_none_that_is_printed_too_much_is_told_as_what_a_call_gives(room: Classroom, tmp_path: Path) -> None:
    solution = "def double(n):\n    return 2 * n\nprint(double(4))\n"
    task = {"answer": "program", "solution": solution, "checks": [{}, {"call": "double(1)", "equals": 2}]}
    source = solution.replace("return 2 * n", "print(2 * n)")
    (reply,) = told(room, tmp_path, "where does the None come from", task=task, **wrong(source, "program"))
    assert "`None` is what a call gives whose function returns nothing." in reply and "is too many" not in reply


def test_of_code_to_be_mended_it_is_said_that_the_rest_stays(room: Classroom, tmp_path: Path) -> None:
    task = {**COUNT, "answer": "debug", "starter": RIGHT.replace("n += 1", "n += 2")}
    line: dict[str, Any] = {"source": task["starter"], "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "do i have to write it all new? where do i type it", task=task, **line)
    assert reply.startswith("Change only what is wrong in the code that is given")


BEGUN: dict[str, Any] = {"source": RIGHT.partition("        if")[0], "last_verdict": None, "judged": None}


def test_of_code_that_is_begun_the_next_step_goes_before_a_question_that_is_only_near(
    room: Classroom, tmp_path: Path
) -> None:
    near = {"ask": "Can I go through the text with while? How do I go through the text?", "say": "A counter would do."}
    (reply,) = told(room, tmp_path, "ok i go through text. and now?", task={**COUNT, "questions": [near]}, **BEGUN)
    assert "Perhaps you mean" not in reply and reply.startswith("What you wrote is right so far.")


def test_of_two_ideas_the_library_says_more_than_a_question_that_is_only_near(room: Classroom, tmp_path: Path) -> None:
    near = {"ask": "Is a capital the same as a small letter? Are both counted?", "say": "Each sign is its own."}
    start: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    task = {**COUNT, "questions": [near]}
    (reply,) = told(room, tmp_path, "is a dictionary the same as a set? both have { }", task=task, **start)
    assert reply.startswith("**dictionary**") and "**set**" in reply


def test_what_a_name_holds_is_told_and_no_question_that_is_only_near(room: Classroom, tmp_path: Path) -> None:
    near = {"ask": "What is in the text now, the signs?", "say": "Whatever is given."}
    line = {**BEGUN, "source": "def count(text):\n    n = 0\n    return n\n"}
    (reply,) = told(room, tmp_path, "what is in n now?", task={**COUNT, "questions": [near]}, **line)
    assert reply.startswith("Line 2 is `n = 0`.")


def test_of_code_that_passes_a_word_that_it_has_not_is_answered_by_the_author(room: Classroom, tmp_path: Path) -> None:
    asked_of = {"ask": "Why is there no else? Do I need an else after the if?", "say": "Other signs change nothing."}
    task = {**COUNT, "questions": [asked_of]}
    (reply,) = told(room, tmp_path, "its green :) but no else, should there be one? is it cleaner", task=task)
    assert "Other signs change nothing." in reply and "Yours has" not in reply


def test_who_thanks_is_thanked_and_who_asks_on_is_praised(room: Classroom, tmp_path: Path) -> None:
    thanks, onward = told(room, tmp_path, "ok thx, you were a great help :)", "what comes next?")
    assert thanks.startswith("You are welcome.") and onward.startswith("Well done.")


def test_a_plain_no_is_for_who_asks(room: Classroom, tmp_path: Path) -> None:
    line = wrong(RIGHT.replace("n += 1", "n += 2"))
    asked, said = (
        told(room, tmp_path, one, **line)[0] for one in ("is this right?", "the loop is right but 4 comes out")
    )
    assert asked.startswith("No, not yet.") and said.startswith("Look at line 5.")


def test_a_method_that_is_not_called_is_told_without_a_word_on_print_and_once_more_with_its_question(
    room: Classroom, tmp_path: Path
) -> None:
    task = {"answer": "program", "solution": "for row in ['a ', 'b ']:\n    print(row.strip(), 'x')\n", "checks": [{}]}
    line = wrong("for row in ['a ', 'b ']:\n    print(row.strip, 'x')\n", "program")
    first, missing = told(room, tmp_path, "whats this garbage", "but what is missing", task=task, **line)
    assert first.startswith("Look at line 2. `row.strip` without parentheses")
    assert "Look at line 2. `row.strip` without parentheses" in missing


def test_who_has_passed_and_asks_how_good_it_is_hears_the_author_where_that_is_near(
    room: Classroom, tmp_path: Path
) -> None:
    ask = "Is it slow for long lists? is it still ok with a million numbers?"
    task = {**COUNT, "questions": [{"ask": ask, "say": "Yes, for long ones."}]}
    said = "passed. would this still be ok with a million numbers or would i sit here till tomorrow"
    (reply,) = told(room, tmp_path, said, task=task)
    assert "Yes, for long ones." in reply


def test_another_way_is_told_of_code_alone(room: Classroom, tmp_path: Path) -> None:
    options = [{"text": "1", "right": True}, {"text": "2", "say": "Count."}]
    task = {"exercise": {"id": "task", "title": "Task", "statement": "?", "answer": "choice", "choices": options}}
    start: dict[str, Any] = {"source": "", "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "do i need the cell above for this", task=task, **start)
    assert "Another way" not in reply


def test_what_differs_in_signs_alone_needs_no_values(room: Classroom, tmp_path: Path) -> None:
    task = {"answer": "program", "solution": "n = 4\nprint(f'There are {n} of us.')\n", "checks": [{}]}
    (reply,) = told(room, tmp_path, "why", task=task, **wrong("n = 4\nprint(f'There are {n} of us')\n", "program"))
    assert "only punctuation differs" in reply and "When it comes to line" not in reply


def test_a_range_that_ends_too_early_is_told_with_where_range_stops(room: Classroom, tmp_path: Path) -> None:
    task = {"answer": "program", "solution": "for n in range(2, 12, 3):\n    print(n)\n", "checks": [{}]}
    source = task["solution"].replace("12", "11")
    (reply,) = told(room, tmp_path, "11 is missing", task=task, **wrong(source, "program"))
    assert "stops before" in reply and "Look at line 1." in reply


def test_a_program_whose_calls_stand_in_the_function_is_told_that_no_line_calls_it(
    room: Classroom, tmp_path: Path
) -> None:
    solution = "def thank(name):\n    print('Thanks, ' + name)\n\nthank('Ida')\n"
    task = {"answer": "program", "solution": solution, "checks": [{}]}
    line = wrong(solution.replace("\nthank", "\n    thank"), "program")
    (reply,) = told(room, tmp_path, "nothing comes out at all", task=task, **line)
    assert "no line calls it" in reply


def test_what_to_do_with_given_lines_is_told_by_the_form(room: Classroom, tmp_path: Path) -> None:
    start = {"source": "ticket = 9\n# Make the total.\n", "last_verdict": None, "judged": None}
    task = {**COUNT, "starter": start["source"]}
    (given,) = told(room, tmp_path, "do i have to change the line on top?", task=task, **start)
    assert given.startswith("Type your Python")  # no line of it is in the answer
    kept = {**task, "starter": "def count(text):\n    n = 0\n", "solution": RIGHT}
    (stays,) = told(
        room, tmp_path, "do i have to change the line on top?", task=kept, **{**start, "source": kept["starter"]}
    )
    assert stays.startswith("The lines that are given can stay as they are")


def test_who_asks_whether_to_ask_may(room: Classroom, tmp_path: Path) -> None:
    start: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    asking = (
        "hello! first day here. is it ok to ask dumb questions",
        "do you like comics?",
        "can i ask chatgpt questions?",
    )
    welcome, taste, others = (told(room, tmp_path, one, **start)[0] for one in asking)
    assert welcome.startswith("Yes, ask whatever you like") and taste.startswith("I am a program.")
    assert not others.startswith("Yes")  # whose help is allowed is another matter


def test_a_word_that_is_typed_is_not_tried_where_one_of_two_is_asked(room: Classroom, tmp_path: Path) -> None:
    task = {"answer": "program", "solution": "n = int(input('N: '))\nprint(n + 1)\n", "checks": [{"stdin": "5\n"}]}
    start: dict[str, Any] = {"source": task["solution"], "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "when i type 7 is that a text or a number?", task=task, **start)
    assert "I ran it" not in reply


def test_a_hint_and_not_the_answer_is_a_hint(room: Classroom, tmp_path: Path) -> None:
    start: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    (reply,) = told(room, tmp_path, "can i have a little hint pls, not the whole thing", **start)
    assert COUNT["hints"][0] in reply or "Before the first sign" in reply


def test_lines_and_columns_are_of_a_table_only_where_the_course_has_tables(room: Classroom, tmp_path: Path) -> None:
    start: dict[str, Any] = {"source": COUNT["starter"], "last_verdict": None, "judged": None}
    plain, meant = (
        told(room, tmp_path, one, **start)[0] for one in ("no idea how to do columns", "what is a dataframe")
    )
    assert "df[" not in plain and "DataFrame" in meant


def test_what_was_typed_and_works_is_not_tried_again(room: Classroom, tmp_path: Path) -> None:
    task = {"answer": "program", "solution": "n = int(input('N: '))\nprint(n + 1)\n", "checks": [{"stdin": "5\n"}]}
    start: dict[str, Any] = {"source": task["solution"], "last_verdict": None, "judged": None}
    said, asked = (
        told(room, tmp_path, one, task=task, **start)[0]
        for one in ("it works already when i type 7", "what comes when i type 7?")
    )
    assert "`7` gives" not in said and "I ran it: `7` gives" in asked


def test_a_comma_is_told_as_the_cause_of_a_space_only_where_print_has_one(room: Classroom, tmp_path: Path) -> None:
    task = {
        "answer": "program",
        "solution": "text = input('Say: ').strip()\nprint(text + '!')\n",
        "checks": [{"stdin": " owl \n"}],
    }
    sources = "text = input('Say: ') + '!'\nprint(text.strip())\n", "text = input('Say: ').strip()\nprint(text, '!')\n"
    glued, comma = (told(room, tmp_path, "why a space?", task=task, **wrong(one, "program"))[0] for one in sources)
    assert "differ only in spaces" in glued and "Where a comma stands" not in glued and "Where a comma stands" in comma


def test_words_of_an_error_are_not_doubted(room: Classroom, tmp_path: Path) -> None:
    source = "def count(text):\n    text = str(text)\n    return text.sign\n"
    line = wrong(source, last_error="AttributeError: 'str' object has no attribute 'sign'")
    (reply,) = told(room, tmp_path, "'str' object has no attribute 'sign'. but sign is right there in the def", **line)
    assert "`str`: that can stay" not in reply
