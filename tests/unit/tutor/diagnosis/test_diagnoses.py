"""Wrong answers and what is told of them: the place, the kind, an example with its turns, or honestly nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.tutor.diagnosis import Diagnoser, Diagnosis, StudentAnswer, bench
from codegym_jlab.tutor.diagnosis.row import told
from codegym_jlab.tutor.diagnosis.slips import slip_of
from codegym_jlab.tutor.misconceptions import WrongPatterns

RIGHT = """\
def sum_even(xs):
    t = 0
    for x in xs:
        if x % 2 == 0:
            t += x
    return t
"""
COUNTED = """\
def sum_even(xs):
    t, i = 0, 0
    while i < len(xs):
        if xs[i] % 2 == 0:
            t += xs[i]
    return t
"""
SUM_EVEN = {
    "solution": RIGHT,
    "checks": [
        {"call": "sum_even([1, 2, 3, 4])", "equals": 6},
        {"call": "sum_even([])", "equals": 0, "hidden": "an empty list"},
        {"call": "sum_even([7, 8, 8])", "equals": 16, "hidden": "twice the same"},
    ],
}
GRADES = {
    "solution": "def grade(n):\n    if n >= 50:\n        return 'pass'\n    return 'fail'\n",
    "checks": [
        {"call": "grade(50)", "equals": "pass"},
        {"call": "grade(20)", "equals": "fail"},
        {"call": "grade(80)", "equals": "pass", "hidden": "a good one"},
    ],
}


pytestmark = pytest.mark.usefixtures("patient")
SLACK_S = 2 - bench.TOTAL_S  #: beyond the budget, for the step that is under way


def diagnosed(
    room: Classroom, folder: Path, exercise: dict[str, Any], source: str, practice: bool = False
) -> Diagnosis:
    loaded = course_of(folder, exercise)
    _, task = loaded.find("task")
    diagnoser = Diagnoser(room.grader)
    return room.run(diagnoser.diagnose(StudentAnswer(loaded, task, source), practice=practice))


@pytest.mark.parametrize(
    "source, lines, kind",
    [
        (RIGHT.replace("== 0", "== 1"), (4,), ""),
        (RIGHT.replace("    return", "        return"), (6,), "return_early"),
        (RIGHT.replace("    t = 0\n    for x in xs:\n", "    for x in xs:\n        t = 0\n"), (3,), "start_in_loop"),
        (RIGHT.replace("+=", "="), (5,), "accumulate"),
        (RIGHT.replace("return t", "print(t)"), (6,), "printed"),
        (RIGHT.replace("+= x", "+= y"), (5,), "undefined"),
        (COUNTED, (5,), "no_step"),
        ("def sum_even(xs):\n    return len(xs)\n", (2,), "part"),
        ("def sum_even(xs):\n    sum = 0\n    return sum(x for x in xs if x % 2 == 0)\n", (2,), "shadowed"),
    ],
    ids=[
        "condition",
        "return_early",
        "start_in_loop",
        "overwritten",
        "printed",
        "undefined",
        "endless",
        "only",
        "shadowed",
    ],
)
@pytest.mark.parametrize("practice", [True, False], ids=["practice", "class"])
def test_the_line_of_a_mistake_is_told(
    room: Classroom, tmp_path: Path, source: str, lines: tuple[int, ...], kind: str, practice: bool
) -> None:
    found = diagnosed(room, tmp_path, SUM_EVEN, source, practice)
    assert found.lines == lines and kind in ("", found.kind)
    assert 0 < found.spent_s < bench.TOTAL_S + SLACK_S


MIDDLE = "def middle(xs):\n    {}\n    return ys[len(ys) // 2]\n"
KEPT = {
    "solution": "def middle(xs):\n    return sorted(xs)[len(xs) // 2]\n",
    "checks": [
        {"call": "(lambda xs: (middle(xs), xs))([3, 1, 2])", "equals_expr": "(2, [3, 1, 2])"},
        {"call": "(lambda xs: (middle(xs), xs))([5, 4])", "equals_expr": "(5, [5, 4])", "hidden": "two"},
    ],
}


@pytest.mark.parametrize(
    ("source", "line", "kind"),
    [
        (MIDDLE.format("ys = xs\n    ys.sort()"), 2, "copy"),
        ("def middle(xs):\n    xs.sort()\n    return xs[len(xs) // 2]\n", 2, "copy"),
        (MIDDLE.format("len = 0\n    ys = sorted(xs)"), 2, "shadowed"),
        (MIDDLE.format("ys = sorted(xs)").replace("(xs):", "(xs, sorted=0):"), 1, "shadowed"),
    ],
    ids=["two names", "a parameter", "a function's name", "a function's name as a parameter"],
)
def test_an_input_that_is_changed_and_a_name_of_pythons_own_are_told_where_they_are(
    room: Classroom, tmp_path: Path, source: str, line: int, kind: str
) -> None:
    found = diagnosed(room, tmp_path, KEPT, source, practice=True)
    assert (found.lines, found.kind) == ((line,), kind) and found.finding is not None and found.finding.repairs


COUNT = "def count(words, letter):\n    rows = [w for w in words if w[:1] == letter]\n    return len(rows)\n"
COUNTED_OF = {
    "solution": "def count(words, letter):\n    return len([w for w in words if w[:1] == letter])\n",
    "checks": [{"call": f"count(['ab', 'ac', 'b'], '{one}')", "equals": n} for one, n in (("a", 2), ("b", 1))],
}
KINDS = {
    "solution": "def kinds(words):\n    found = set(words)\n    return sorted(found)\n",
    "checks": [{"call": "kinds(['f', 'e', 'd', 'c', 'b', 'a', 'a'])", "equals": list("abcdef")}],
}


@pytest.mark.parametrize(
    ("exercise", "source", "kind"),
    [
        (COUNTED_OF, COUNT.replace("== letter", "== 'a'"), "fixed_value"),
        (COUNTED_OF, "all = ['q']\n" + COUNT.replace("in words if", "in all if w in all and"), "wrong_name"),
        (KINDS, KINDS["solution"].replace("sorted", "list") + "\n", "order"),
    ],
    ids=["a value", "another name", "a set's order"],
)
def test_a_parameter_that_nothing_reads_and_an_order_by_chance_are_told_where_they_are(
    room: Classroom, tmp_path: Path, exercise: dict[str, Any], source: str, kind: str
) -> None:
    found = diagnosed(room, tmp_path, exercise, source, practice=True)
    place = {"fixed_value": "== 'a'", "wrong_name": "in all if", "order": "list("}[kind]
    assert found.kind == kind and [place in source.splitlines()[line - 1] for line in found.lines] == [True]


def test_a_text_in_place_of_a_value_is_told_as_that(room: Classroom, tmp_path: Path) -> None:
    exercise = {"solution": "def big(n):\n    return n > 9\n", "checks": [{"call": "big(10)", "equals": True}]}
    text = diagnosed(room, tmp_path, exercise, "def big(n):\n    return str(n > 9)\n").text("en")
    assert "One of the two is a text, in quotes, and the other is not" in text and "full stop" not in text


def test_the_example_is_small_and_says_the_first_wrong_turn(room: Classroom, tmp_path: Path) -> None:
    found = diagnosed(room, tmp_path, SUM_EVEN, RIGHT.replace("+=", "-="))
    example = found.example
    assert example is not None and (example.call, example.is_new) == ("sum_even([2])", True)
    assert (example.got, example.wanted, example.first_wrong, example.name) == ("-2", "2", 1, "t")
    assert list(example.turns[0].names.items()) == [("x", "2"), ("t", "-2")]  # the loop's own variable first
    text = found.text("en")
    assert text.startswith("Look at line 5.") and "gives `-2`. It should give `2`." in text and "+=" not in text
    assert found.text("de").startswith("Sieh dir Zeile 5 an.")


def test_a_turn_tells_names_as_they_were_first_made(room: Classroom, tmp_path: Path) -> None:
    right = "def both(xs):\n    b, a = 0, 1\n    for x in xs:\n        a = a * x\n        b = b + x\n    return a, b\n"
    exercise = {"solution": right, "checks": [{"call": "both([2, 5])", "equals_expr": "(10, 7)"}]}
    example = diagnosed(room, tmp_path, exercise, right.replace("b + x", "b - x")).example
    assert example is not None and [list(turn.names) for turn in example.turns][:1] == [["x", "b", "a"]]
    assert example.name == "b"


def test_a_border_is_told_by_a_question(room: Classroom, tmp_path: Path) -> None:
    source = "def grade(n):\n    if n > 50:\n        return 'pass'\n    return 'fail'"
    found = diagnosed(room, tmp_path, GRADES, source)
    assert (found.lines, found.kind) == ((2,), "strict")
    assert ">=" not in found.text("en") and "grade(50)" in found.text("en")


def test_a_whole_program_is_run_with_what_is_typed(room: Classroom, tmp_path: Path) -> None:
    right = "n = int(input('Number: '))\nfor i in range(n, 0, -1):\n    print(i)\nprint('Go!')\n"
    program = {"answer": "program", "solution": right, "checks": [{"stdin": "2\n"}, {"stdin": "0\n", "hidden": "none"}]}
    found = diagnosed(room, tmp_path, program, right.replace("0, -1", "1, -1"))
    assert found.lines == (2,) and found.example is not None
    assert (found.example.call, found.example.got) == ("2", "Number: 2\n2\nGo!")
    assert found.example.wanted == "Number: 2\n2\n1\nGo!"
    off = diagnosed(room, tmp_path, program, right.replace("print(i)", "print(i + 1)"))
    assert off.example is not None and (off.example.got, off.example.wanted) == ("…\n3\n…", "…\n2\n…")
    silent = diagnosed(room, tmp_path, program, "n = input('')\n")
    assert silent.example is not None and "still running" not in silent.text("en")


def test_two_screens_are_told_from_the_line_on_in_which_they_part(room: Classroom, tmp_path: Path) -> None:
    greet = {"answer": "program", "solution": "print('Hello, Ana!')\nprint('Bye')\n", "checks": [{"stdin": ""}]}
    for name, own in enumerate(("hello Ana", "hello, Ana!", "Hello; Ana!")):
        text = diagnosed(room, tmp_path / str(name), greet, f"print('{own}')\nprint('Bye')\n").text("en")
        assert (
            f"It prints `{own} ⏎ …`. It should print `Hello, Ana! ⏎ …`." in text and "which name holds it" not in text
        )
        first = "`;` instead of `,`" if ";" in own else "`h` instead of `H`"
        assert f"The first character that differs: {first}." in text
    fir = {"answer": "program", "solution": "print('  *')\nprint(' ***')\nprint('*****')\n", "checks": [{"stdin": ""}]}
    text = diagnosed(room, tmp_path / "fir", fir, "print('  *')\nprint(' ***')\nprint('****')\n").text("en")
    assert "It prints `… ****`. It should print `… *****`." in text, "the blanks of the first line are there"
    rows = "n = int(input())\nfor r in range(1, n):\n    for c in range(1, n):\n"
    rows += "        print(r * c, end=' ')\n    print()\n"
    table = {"answer": "program", "solution": rows, "checks": [{"stdin": "4\n"}]}
    for name, own in enumerate((rows.replace("    print()\n", ""), rows.replace(", end=' '", ""))):
        text = diagnosed(room, tmp_path / f"t{name}", table, own).text("en")
        assert "It should give `… 1 2 3 ⏎ …`." in text and "spaces or line ends" not in text


def test_a_name_that_the_tests_ask_for_is_no_matter_of_a_line(room: Classroom, tmp_path: Path) -> None:
    found = diagnosed(room, tmp_path, SUM_EVEN, "import math\n\ndef sum_evens(xs):\n    return sum(xs)\n")
    assert found.lines == ()


def test_a_prediction_and_a_choice_are_no_programs(room: Classroom, tmp_path: Path) -> None:
    told = {"id": "task", "title": "T", "statement": "S"}
    predict = told | {"answer": "predict", "given": "n = input()\nprint(n + n)\n", "stdin": "7\n"}
    choices = [{"text": "x", "right": True}, {"text": "y", "say": "no"}]
    for exercise, answer in ((predict, "14"), (told | {"answer": "choice", "choices": choices}, "Answer: b")):
        assert diagnosed(room, tmp_path, {"exercise": exercise}, answer, practice=True) == Diagnosis()


def test_where_nothing_is_found_it_says_so_with_an_example(room: Classroom, tmp_path: Path) -> None:
    source = "def sum_even(xs):\n    a = len(xs)\n    b = a * 7\n    c = b + 5\n    return c"
    found = diagnosed(room, tmp_path, SUM_EVEN, source)
    assert found.lines == () and found.example is not None
    assert found.text("en").startswith("I did not find one place.")


def test_what_fails_hidden_tests_alone_is_not_told_where_a_grade_is_at_stake(room: Classroom, tmp_path: Path) -> None:
    secret = {
        "solution": "def f(n):\n    return 900 if n == 77 else n\n",
        "checks": [{"call": "f(2)", "equals": 2}, {"call": "f(77)", "equals": 900, "hidden": "a special one"}],
    }
    found = diagnosed(room, tmp_path, secret, "def f(n):\n    return n\n")
    assert found.is_silent and found.text("en") == ""


def test_the_row_has_the_words_for_a_slip_that_the_tutor_has(room: Classroom, tmp_path: Path) -> None:
    turned = str(SUM_EVEN["solution"]).replace("+=", "=+")
    loaded = course_of(tmp_path, SUM_EVEN)
    exercise = loaded.find("task")[1]
    found = room.run(Diagnoser(room.grader).diagnose(StudentAnswer(loaded, exercise, turned), practice=True))
    slip = slip_of(found, turned, exercise.solution, "en")
    assert slip is not None and turned.splitlines()[slip.line - 1].strip() == "t =+ x"
    row = told(found, "en", slip)
    assert row["lines"] == [slip.line] and row["question"].startswith("`=+` gives `t` the new value")
    assert told(found, "en")["question"] not in ("", row["question"])


def test_a_mode_of_a_file_has_a_question_of_its_own(room: Classroom, tmp_path: Path) -> None:
    solution = "def save(n):\n    with open('best.txt', 'w') as f:\n        f.write(str(n))\n"
    read = "open('best.txt').read()"
    checks = [{"setup": f"save({a}); save({b})", "call": read, "equals": str(b)} for a, b in ((1, 2), (5, 7))]
    found = diagnosed(
        room, tmp_path, {"solution": solution, "checks": checks}, solution.replace("'w'", "'a'"), practice=True
    )
    assert found.lines == (2,) and "What does the mode of this `open` do" in found.text("en")


def test_a_line_in_the_wrong_block_is_no_step_that_is_missing(room: Classroom, tmp_path: Path) -> None:
    solution = "n = int(input())\nif n > 5:\n    kind = 'big'\nelse:\n    kind = 'small'\nprint(f\"It is {kind}.\")\n"
    checks = [{"stdin": "9\n"}, {"stdin": "3\n"}]
    loaded = course_of(tmp_path, {"answer": "program", "solution": solution, "checks": checks})
    answer = StudentAnswer(loaded, loaded.find("task")[1], solution.replace("print", "    print"))
    text = room.run(Diagnoser(room.grader).diagnose(answer, practice=True)).text("en")
    assert text.startswith("Look at line 6. Which of the lines runs always, and which only where a question is true?")


def test_of_a_run_that_is_watched_in_part_no_line_is_said_to_be_never_reached(room: Classroom, tmp_path: Path) -> None:
    solution = "def twice(n):\n    t = 0\n    for i in range(n):\n        t += 2\n    return t\n"
    exercise = {"solution": solution, "checks": [{"call": f"twice({n})", "equals": 2 * n} for n in (40_000, 50_000)]}
    source = "def twice(n):\n    t = 0\n    for i in range(n):\n        t += 1\n    t = t + n + 1\n    return t\n"
    assert diagnosed(room, tmp_path, exercise, source).ran == {}


def test_no_program_and_an_answer_that_ends_python_say_nothing(room: Classroom, tmp_path: Path) -> None:
    assert diagnosed(room, tmp_path / "a", SUM_EVEN, "def sum_even(xs:\n").is_silent
    ending = "import os\ndef sum_even(xs):\n    os._exit(0)\n"
    assert diagnosed(room, tmp_path / "b", SUM_EVEN, ending).lines == ()


def test_a_solution_that_does_not_end_on_an_input_of_ours_holds_nobody_up(room: Classroom, tmp_path: Path) -> None:
    turn = "n = n // 2 if n % 2 == 0 else 3 * n + 1"
    steps = f"def steps(n):\n    c = 0\n    while n != 1:\n        {turn}\n        c += 1\n    return c"
    collatz = {"solution": steps, "checks": [{"call": "steps(8)", "equals": 3}, {"call": "steps(6)", "equals": 8}]}
    found = diagnosed(room, tmp_path, collatz, steps.replace("c += 1", "c += 2"))
    assert found.lines == (5,) and found.spent_s < bench.TOTAL_S + SLACK_S


def test_an_idea_of_the_author_comes_first(room: Classroom, tmp_path: Path) -> None:
    ideas = [{"id": "odd", "wrong": "def sum_even(xs):\n    return sum(x for x in xs if x % 2)", "say": "Even or odd?"}]
    loaded = course_of(tmp_path, {**SUM_EVEN, "misconceptions": ideas})
    _, task = loaded.find("task")
    source = RIGHT.replace("== 0", "== 1")
    judgement = room.judge(loaded, "task", source).judgement
    diagnoser = Diagnoser(room.grader, WrongPatterns(room.grader))
    found = room.run(diagnoser.diagnose(StudentAnswer(loaded, task, source), practice=True, judgement=judgement))
    assert found.idea is not None and found.text("en").startswith("Look at line 4. Even or odd?")


BY_STEPS = """\
def sum_even(xs):
    total = 0
    for at in range(0, len(xs)):
        number = xs[at]
        if number % 2 != 0:
            continue
        total += number
    return total
"""


@pytest.mark.full
def test_right_answers_guide_each_in_its_own_class(room: Classroom, tmp_path: Path) -> None:
    wrong = BY_STEPS.replace("xs[at]", "at * 3 + 1")
    told = diagnosed(room, tmp_path / "b", {**SUM_EVEN, "solutions": [BY_STEPS]}, wrong)
    assert not diagnosed(room, tmp_path / "a", SUM_EVEN, wrong).lines and told.lines == (4,)

    async def rights(offering: str, exercise: str) -> list[str]:
        return [BY_STEPS] if offering == "one" else []

    loaded = course_of(tmp_path / "c", SUM_EVEN)
    _, task = loaded.find("task")
    diagnoser = Diagnoser(room.grader, rights=rights)
    for offering, lines in (("other", ()), ("one", (4,))):
        answer = StudentAnswer(loaded, task, wrong, (), offering)
        assert not diagnoser.is_known(answer)
        found = room.run(diagnoser.diagnose(answer, practice=True))
        assert found.lines == lines and diagnoser.is_known(answer)


def test_a_line_that_does_nothing_is_told_whatever_else_mends_it(room: Classroom, tmp_path: Path) -> None:
    right = "def falling(xs):\n    ys = sorted(xs)\n    ys.reverse()\n    return ys\n"
    checks = [{"call": "falling([3, 1, 2])", "equals": [3, 2, 1]}, {"call": "falling([])", "equals": []}]
    found = diagnosed(room, tmp_path, {"solution": right, "checks": checks}, right.replace("reverse()", "reverse"))
    assert (found.lines, found.kind) == ((3,), "dropped")


FIRST = {
    "solution": "def first(xs):\n    for x in xs:\n        return x\n    return -1\n",
    "checks": [{"call": "first([3, 4])", "equals": 3}, {"call": "first([])", "equals": -1}],
}


def test_a_case_that_can_be_met_at_the_entry_and_at_the_end_has_no_one_place(room: Classroom, tmp_path: Path) -> None:
    exercise = {**FIRST, "solution": "def first(xs):\n    return xs[0] if xs else -1\n"}
    found = diagnosed(room, tmp_path, exercise, "def first(xs):\n    for x in xs:\n        return x\n", practice=True)
    assert not found.lines and found.example is not None and found.example.call == "first([])"


def test_a_case_that_an_if_meets_already_is_wrong_within(room: Classroom, tmp_path: Path) -> None:
    source = "def first(xs):\n    if xs == []:\n        xs = [1]\n    for x in xs:\n        return x\n    return 0\n"
    assert 2 not in diagnosed(room, tmp_path, FIRST, source, practice=True).lines


def test_a_case_that_can_be_met_anywhere_before_it_matters_has_no_one_place(room: Classroom, tmp_path: Path) -> None:
    mean = "def mean(xs):\n    t = 0\n    n = 0\n    for x in xs:\n        t += x\n        n += 1\n    return t / n\n"
    checks = [{"call": "mean([3, 4])", "equals": 3.5}, {"call": "mean([])", "equals": 0}]
    solution = "def mean(xs):\n    if not xs:\n        return 0\n    return sum(xs) / len(xs)\n"
    found = diagnosed(room, tmp_path, {"solution": solution, "checks": checks}, mean, practice=True)
    assert found.lines in ((), (7,)) and found.example is not None and found.example.call == "mean([])"


def test_a_printed_line_that_is_missing_is_no_slip_in_the_next_one(room: Classroom, tmp_path: Path) -> None:
    poem = "def poem():\n    print('rain on the roof')\n    print('tea in the cup')\n"
    exercise = {"solution": poem, "checks": [{"call": "poem()", "prints": "rain on the roof\ntea in the cup\n"}]}
    assert diagnosed(room, tmp_path, exercise, poem.replace("print('rain on the roof')", "pass")).lines == (2,)


def test_a_mistake_that_is_made_twice_is_one_mistake(room: Classroom, tmp_path: Path) -> None:
    right = "def low(n):\n    return n < 3\n\ndef few(xs):\n    n = len(xs)\n    return n < 3\n"
    other = """\
def low(n):
    for small in (0, 1, 2):
        if n == small:
            return True
    return n < 0

def few(xs):
    seen = []
    for x in xs:
        seen += [x]
    left = seen[3:]
    if not seen:
        return True
    return not left and len(seen) != 3
"""
    calls = {"low(2)": "True", "low(3)": "False", "low(5)": "False", "few([])": "True", "few([4, 5, 6])": "False"}
    checks = [{"call": call, "equals_expr": value} for call, value in calls.items()]
    exercise = {"solution": other, "checks": checks}
    assert diagnosed(room, tmp_path, exercise, right.replace("<", ">"), practice=True).lines == (2, 6)


def test_a_function_of_pythons_that_stands_for_the_parameter_is_told(room: Classroom, tmp_path: Path) -> None:
    assert diagnosed(room, tmp_path, SUM_EVEN, RIGHT.replace("in xs", "in list")).lines == (3,)


def test_a_name_that_never_got_a_value_is_no_matter_of_the_line_that_stops(room: Classroom, tmp_path: Path) -> None:
    source = "def sum_even(xs):\n    for n in range(len(xs) * 3):\n        t = t + n * 7 - 1\n    return t\n"
    assert diagnosed(room, tmp_path, SUM_EVEN, source).kind != "crash"


def test_a_loop_that_takes_out_of_its_own_list_is_told_where_nothing_mends_it(room: Classroom, tmp_path: Path) -> None:
    right = """\
def once(xs):
    ys = []
    for x in xs:
        if x not in ys:
            ys.append(x)
    return ys
"""
    wrong = """\
def once(xs):
    for x in xs:
        if xs.count(x) > 1:
            xs.remove(x)
    return xs
"""
    exercise = {"solution": right, "checks": [{"call": "once([3, 4, 5, 1, 3])", "equals": [3, 4, 5, 1]}]}
    shrinks = diagnosed(room, tmp_path / "a", exercise, wrong)
    assert (shrinks.lines, shrinks.kind) == ((4,), "copy")
    ends = diagnosed(room, tmp_path / "b", exercise, wrong.replace("remove(x)\n", "remove(x)\n            break\n"))
    assert not ends.lines


def test_a_function_that_takes_fewer_values_than_it_is_given_is_told_at_its_head(
    room: Classroom, tmp_path: Path
) -> None:
    checks = [{"call": "power(2, 3)", "equals": 8}, {"call": "power(5, 0)", "equals": 1}]
    exercise = {"solution": "def power(a, n):\n    return a ** n\n", "checks": checks}
    found = diagnosed(room, tmp_path, exercise, "\ndef power(a):\n    return a * power(a - 1)\n")
    assert found.lines == (2,) and "still needed" not in found.text("en"), "nothing is changed there"


def test_a_case_is_told_where_it_stops_however_seldom_it_comes(room: Classroom, tmp_path: Path) -> None:
    right = "def span(xs):\n    if not xs:\n        return 0\n    return max(xs) - min(xs)\n"
    calls = {f"span({list(range(1, n))})": str(max(n - 2, 0)) for n in range(2, 9)}
    checks = [{"call": call, "equals_expr": value} for call, value in {**calls, "span([])": "0"}.items()]
    wrong = """\
def span(xs):
    low = xs[0]
    high = xs[0]
    for x in xs:
        low = min(low, x)
        high = max(high, x)
    return high - low
"""
    found = diagnosed(room, tmp_path, {"solution": right, "checks": checks}, wrong, practice=True)
    assert (found.lines, found.kind) == ((2,), "missing_case")


@pytest.mark.parametrize("is_nested", [True, False])
def test_an_else_behind_a_line_that_leaves_is_no_difference(room: Classroom, tmp_path: Path, is_nested: bool) -> None:
    level = "def power(a, n):\n    if n == 0:\n        return 1\n    return a * power(a, n - 1)\n"
    nested = "def power(a, n):\n    if n == 0:\n        return 1\n    else:\n        return a * power(a, n - 1)\n"
    right, wrong, line = (nested, level, 4) if is_nested else (level, nested, 5)
    checks = [{"call": "power(2, 3)", "equals": 8}, {"call": "power(5, 0)", "equals": 1}]
    found = diagnosed(room, tmp_path, {"solution": right, "checks": checks}, wrong.replace("(a, n - 1)", "(n - 1)"))
    assert found.lines == (line,)


MOST = """\
def most(xs):
    best = 0
    for x in xs:
        if x > best:
            best = x
    return best
"""
STEPS = """\
def most(xs):
    i = 0
    best = xs[0]
    while i < len(xs):
        if xs[i] > best:
            best = xs[i]
    i += 1
    return best
"""


@pytest.mark.parametrize("wrong, lines", [(MOST, (2,)), (STEPS, (7,))])
def test_a_start_that_fits_some_lists_and_a_step_behind_its_loop_are_told(
    room: Classroom, tmp_path: Path, wrong: str, lines: tuple[int, ...]
) -> None:
    checks = [{"call": "most([3, 5, 4])", "equals": 5}, {"call": "most([-3, -2, -4])", "equals": -2}]
    assert diagnosed(room, tmp_path, {"solution": "most = max\n", "checks": checks}, wrong).lines == lines


def test_an_unknown_name_in_two_lines_is_one_mistake_and_not_a_missing_start(room: Classroom, tmp_path: Path) -> None:
    solution = "def evens(xs):\n    return [x for x in xs if x % 2 == 0]\n"
    exercise = {"solution": solution, "checks": [{"call": "evens([2, 3, 4])", "equals": [2, 4]}]}
    wrong = """\
def evens(xs):
    ys = []
    for x in xs:
        if x % 2 == 0:
            found.append(x)
    return found
"""
    assert diagnosed(room, tmp_path, exercise, wrong).lines == (5, 6)


def test_a_test_on_emptiness_that_fails_is_told_whatever_else_meets_the_case(room: Classroom, tmp_path: Path) -> None:
    source = "def first(xs):\n    if xs == ():\n        return -1\n    for x in xs:\n        return x\n"
    found = diagnosed(room, tmp_path, FIRST, source, practice=True)
    assert (found.lines, found.kind) == ((2,), "empty_test")


def test_rounds_that_are_alike_keep_their_numbers(room: Classroom, tmp_path: Path) -> None:
    solution = "def sevens(xs):\n    n = 0\n    for x in xs:\n        if x == 7:\n            n += 1\n    return n\n"
    exercise = {"solution": solution, "checks": [{"call": "sevens([1, 1, 1, 1, 1, 1, 1, 7, 7])", "equals": 2}]}
    found = diagnosed(room, tmp_path, exercise, solution.replace("n += 1", "n = 1"))
    assert found.example is not None
    numbers = [one.number for one in found.example.turns]
    assert numbers[-1] == found.example.first_wrong and f"After round {numbers[-1]}" in found.text("en")


@pytest.mark.parametrize(
    "odd",
    ["    for () in range(0):\n        pass\n", "    print(" + " + ".join(["1"] * 1000) + ")\n"],
    ids=["no", "long"],
)
@pytest.mark.parametrize("depth", ["", "    "], ids=["below", "within"])
def test_an_odd_program_is_no_fault_of_the_search(room: Classroom, tmp_path: Path, odd: str, depth: str) -> None:
    source = RIGHT.replace("== 0", "== 1")
    first, rest = source.split("\n", 1)
    odd = odd if depth else odd.replace("\n    ", "\n").removeprefix("    ")
    source = f"{first}\n{odd}{rest}" if depth else f"{source}{odd}"
    assert diagnosed(room, tmp_path, SUM_EVEN, source).lines in ((), (4,), (6,))


def test_an_input_that_is_new_is_compared_as_the_samples_of_its_function_are(room: Classroom, tmp_path: Path) -> None:
    degrees = {
        "solution": "def warm(c):\n    return c * 9 / 5 + 32\n",
        "checks": [
            {"call": "warm(10)", "close_to": 50},
            {"call": "[warm(c) for c in (0, 36.6)]", "equals_expr": "[32.0, 97.88]", "hidden": "others"},
        ],
    }
    found = diagnosed(room, tmp_path, degrees, "def warm(c):\n    return round(c * 9 / 5 + 32)\n", practice=True)
    assert found.example is not None and float(found.example.got) != float(found.example.wanted)


DOWN = "def down(n):\n    out = []\n    while n > 0:\n        out.append(n)\n        n = n - 1\n    return out\n"
DOWN_SWAPPED = DOWN.replace("out.append(n)\n        n = n - 1", "n = n - 1\n        out.append(n)")
SUM_HEAD = "def sums(rows):\n    total = 0\n    for row in rows:\n"
SUMS = f"{SUM_HEAD}        if row.strip():\n            total += int(row)\n    return total\n"
REST = "def rest(d, key):\n    n = d[key]\n    total = sum(d.values()) - n\n    return total\n"
RESTS = {"rest({'one': 1}, 'one')": 0, "rest({'one': 7, 'two': 2}, 'one')": 2}
REST_FIXED = REST.replace("    n = d[key]\n", "").replace("- n", "- 1")
SHOWN = f"{SUM_HEAD}        print(row)\n    return total\n"


@pytest.mark.parametrize(
    ("solution", "source", "checks", "lines", "kind"),
    [
        (DOWN, DOWN_SWAPPED, {"down(2)": [2, 1]}, (4, 5), "sequence"),
        (SUMS, SHOWN, {"sums(['3', ' '])": 3}, (4,), "left_out"),
        (REST, REST_FIXED, RESTS, (2,), "fixed_value"),
    ],
)
def test_lines_that_are_swapped_or_left_out_and_a_value_for_one_case_are_asked_for_as_that(
    room: Classroom,
    tmp_path: Path,
    solution: str,
    source: str,
    checks: dict[str, Any],
    lines: tuple[int, ...],
    kind: str,
) -> None:
    task = {"solution": solution, "checks": [{"call": call, "equals": value} for call, value in checks.items()]}
    found = diagnosed(room, tmp_path, task, source, practice=True)
    assert (found.lines, found.kind) == (lines, kind)
