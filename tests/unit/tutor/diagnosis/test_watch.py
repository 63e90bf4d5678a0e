"""What the parts of a line told, and a program's questions, are worth when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.tutor.diagnosis import Diagnoser, Diagnosis, StudentAnswer
from codegym_jlab.tutor.diagnosis.example import Example
from codegym_jlab.tutor.diagnosis.sentences import is_begun

pytestmark = pytest.mark.usefixtures("patient")


def task(solution: str, *checks: Any) -> dict[str, Any]:
    return {"solution": solution, "checks": [{"call": call, "equals": wanted} for call, wanted in checks]}


GRADE = task("def grade(n):\n    return n >= 50\n", ("grade(50)", True), ("grade(20)", False), ("grade(80)", True))
MEAN = task("def mean(x, y):\n    return (x + y) / 2\n", ("mean(1, 2)", 1.5), ("mean(4, 0)", 2.0))
SOUGHT = "def place(x, xs):\n    for i in range(len(xs)):\n        if x <= xs[i]:\n            return i\n"
PLACE = task(SOUGHT + "    return len(xs)\n", ("place(5, [-1, 5, 8])", 1), ("place(9, [-1, 5])", 2))
TOTAL = task(
    "def total(low, high):\n    n = 0\n    for i in range(low, high + 1):\n        n += i\n    return n\n",
    ("total(0, 1)", 1),
    ("total(2, 4)", 9),
)
LARGEST = task("def largest(a, b, c):\n    return max(a, b, c)\n", ("largest(2, 2, 1)", 2), ("largest(1, 3, 2)", 3))
BY_PLACE = "i in range(1, len(xs)):\n        if xs[i] % 2 == 0:\n            t += xs[i]"
EVENS = task(
    "def evens(xs):\n    t = 0\n    for x in xs:\n        if x % 2 == 0:\n            t += x\n    return t\n",
    ("evens([1, 2, 3, 4])", 6),
    ("evens([7])", 0),
    ("evens([8, 8])", 16),
    ("evens([-4, 3, 0])", -4),
)
TURNED = task("def turned(xs):\n    return xs[::-1]\n", ("turned([1, 2, 3])", [3, 2, 1]), ("turned([5, 6])", [6, 5]))
EIGHTHS = task(
    "def eighths(xs):\n    n = 0\n    for x in xs:\n        if x and 8 % x == 0:\n            n += 1\n    return n\n",
    ("eighths([3, 2, 0])", 1),
    ("eighths([3, 4, 8, 0])", 2),
)


def diagnosed(room: Classroom, folder: Path, exercise: dict[str, Any], source: str, **head: Any) -> Diagnosis:
    loaded = course_of(folder, exercise, **head)
    answer = StudentAnswer(loaded, loaded.find("task")[1], source)
    return room.run(Diagnoser(room.grader).diagnose(answer, practice=True))


@pytest.mark.parametrize(
    ("exercise", "change", "told"),
    [
        (GRADE, ("n >= 50", "n > 50"), "line 2: `n` = `50`, `n > 50` → `False`."),
        (MEAN, ("(x + y) / 2", "x + y / 2"), "line 2: `x` = `1`, `y / 2` → `0.5`."),
        (PLACE, ("x <= xs", "x < xs"), "line 3: `x` = `5`, `xs[i]` → `5`, `x < xs[i]` → `False`."),
        (TOTAL, ("high + 1", "high"), "line 3: `low` = `1`, `high` = `1`, `range(low, high)` → `[]`."),
        (TOTAL, ("n += i", "n += low"), "line 4: `n` = `1`, `low` = `1`. After round 2"),
    ],
    ids=["a result", "operands", "a question in a loop", "a range", "a sum"],
)
def test_the_parts_of_the_line_told_are_worth_what_they_are_in_the_example(
    room: Classroom, tmp_path: Path, exercise: dict[str, Any], change: tuple[str, str], told: str
) -> None:
    text = diagnosed(room, tmp_path, exercise, exercise["solution"].replace(*change)).text("en")
    assert f"When it comes to {told}" in text


def test_of_a_question_that_is_decided_the_rest_is_not_told(room: Classroom, tmp_path: Path) -> None:
    found = diagnosed(room, tmp_path, EIGHTHS, EIGHTHS["solution"].replace("x and 8 % x == 0", "x and 8 % x != 0"))
    assert found.example is not None and found.example.watched is not None
    assert found.lines == (4,) and "`8 % x != 0`" in found.text("en")
    zero = diagnosed(room, tmp_path, EIGHTHS, EIGHTHS["solution"].replace("x and", "not x and"))
    assert zero.example is not None and zero.example.watched is not None
    texts = [part.text for part in zero.example.watched.parts]
    assert "8 % x == 0" not in texts[:-1], "it was worth something in an earlier turn"


def test_a_way_line_by_line_tells_the_questions_too(room: Classroom, tmp_path: Path) -> None:
    source = """\
def largest(a, b, c):
    if a > b and a > c:
        return a
    elif b > a and b > c:
        return b
    else:
        return c
"""
    found = diagnosed(room, tmp_path, LARGEST, source)
    asked = [(one.line, one.name, one.value) for one in found.walk if one.asks]
    assert asked == [(2, "a > b", "False"), (4, "b > a", "False")]


def test_a_loop_without_an_end_says_its_question_once(room: Classroom, tmp_path: Path) -> None:
    source = TOTAL["solution"].replace("for i in range(low, high + 1):", "while low <= high:").replace("+= i", "+= low")
    found = diagnosed(room, tmp_path, TOTAL, source)
    asked = [(one.line, one.name, one.value) for one in found.walk if one.asks]
    assert found.example is not None and not found.example.got and len(asked) <= 1, asked


def test_what_is_watched_reads_and_changes_nothing_twice(room: Classroom, tmp_path: Path) -> None:
    solution = "if int(input()) > 3:\n    print('more')\nelse:\n    print('less')\nprint(input())\n"
    checks = [{"stdin": "4\nend", "prints": "more\nend"}, {"stdin": "3\nend", "prints": "less\nend"}]
    exercise = {"answer": "program", "solution": solution, "checks": checks}
    found = diagnosed(room, tmp_path, exercise, solution.replace("> 3", ">= 3"))
    assert found.lines == (1,) and "`int(input())` → `3`, `int(input()) >= 3` → `True`" in found.text("en")


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("print('Mean:', total / turn)", "`total / turn` → `9.0`."),
        ("print(f'Mean: {total / turn}')", "`total / turn` → `9.0`."),
    ],
)
def test_what_a_line_prints_is_told_with_what_it_is_made_of(
    room: Classroom, tmp_path: Path, shown: str, told: str
) -> None:
    source = f"count = int(input())\ntotal = 0.0\nfor turn in range(count):\n    total += float(input())\n{shown}\n"
    solution, checks = source.replace("/ turn", "/ count"), [{"stdin": "2\n1\n8\n"}, {"stdin": "3\n3\n3\n3\n"}]
    found = diagnosed(room, tmp_path, {"answer": "program", "solution": solution, "checks": checks}, source)
    assert found.lines == (5,) and told in found.text("en")


@pytest.mark.parametrize(
    ("exercise", "change", "asked"),
    [
        (GRADE, ("n >= 50", "n > 50"), "In the example `n` is exactly `50` here. What should happen then?"),
        (TOTAL, ("high + 1", "high"), "In the example this `range` gives `[]`. Which number is missing"),
        (EIGHTHS, ("x and 8", "not x and 8"), "In the example `not x` is `True` here. Should it be?"),
        (
            EVENS,
            ("x in xs:\n        if x % 2 == 0:\n            t += x", BY_PLACE),
            "In the example this `range` gives `[]`.",
        ),
        (TURNED, ("xs[::-1]", "xs[-1:]"), "In the example `xs[-1:]` gives `["),
    ],
    ids=["a border", "a range", "a condition", "a range with other repairs", "a part"],
)
def test_the_question_is_of_what_is_seen_there(
    room: Classroom, tmp_path: Path, exercise: dict[str, Any], change: tuple[str, str], asked: str
) -> None:
    assert asked in diagnosed(room, tmp_path, exercise, exercise["solution"].replace(*change)).text("en")


def test_an_example_says_more_than_nothing_and_than_another_kind_of_number(room: Classroom, tmp_path: Path) -> None:
    halves = task("def halves(n):\n    return n // 2\n", ("halves(5)", 2), ("halves(8)", 4))
    found = diagnosed(room, tmp_path, halves, "def halves(n):\n    return n / 2\n")
    assert found.example is not None and (found.example.got, found.example.wanted) == ("0.5", "0")


def test_the_call_that_is_asked_about_is_the_example(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, TOTAL)
    answer = StudentAnswer(loaded, loaded.find("task")[1], TOTAL["solution"].replace("high + 1", "high"))
    diagnoser = Diagnoser(room.grader)
    room.run(diagnoser.diagnose(answer, practice=True))
    assert diagnoser.is_known(answer) and not diagnoser.is_known(answer, "total(2, 4)"), "that takes a run of its own"
    found = room.run(diagnoser.diagnose(answer, practice=True, call="total(2, 4)"))
    assert found.example is not None and found.example.call == "total(2, 4)"
    assert "`range(low, high)` → `[2, 3]`" in found.text("en")


def test_a_loop_in_which_nothing_changes_is_seen(room: Classroom, tmp_path: Path) -> None:
    solution = (
        "def digits(n):\n    count = 1\n    while n > 9:\n        n = n // 10\n        count += 1\n    return count\n"
    )
    exercise = task(solution, ("digits(3)", 1), ("digits(40)", 2), ("digits(812)", 3))
    source = (
        "def digits(n):\n    m, count = n, 1\n    while n > 9:\n        m = n // 10\n        count = len([m]) + 1\n"
    )
    found = diagnosed(room, tmp_path, exercise, source + "    return count\n")
    assert found.example is not None and (found.example.got, found.example.stuck) == ("", (3, 1))


@pytest.mark.parametrize(
    "body",
    ["        xs.append(1)\n        m = 1\n", "        m = next(xs)\n        m = 1\n", "        m = 3 - m\n"],
    ids=["it grows", "out of sight", "to and fro"],
)
def test_a_loop_in_which_something_changes_is_not_said_to_stand_still(
    room: Classroom, tmp_path: Path, body: str
) -> None:
    solution = "def digits(n):\n    return len(str(n))\n"
    exercise = task(solution, ("digits(3)", 1), ("digits(40)", 2), ("digits(812)", 3))
    start = "iter(range(10 ** 9))" if "next" in body else "[]"
    source = f"def digits(n):\n    xs, m = {start}, 1\n    while m < 9:\n{body}    return m\n"
    found = diagnosed(room, tmp_path, exercise, source)
    assert found.example is not None and (found.example.got, found.example.stuck) == ("", None)


def test_a_loop_without_a_round_is_seen(room: Classroom, tmp_path: Path) -> None:
    found = diagnosed(room, tmp_path, TOTAL, TOTAL["solution"].replace("low, high + 1", "high + 1, low"))
    assert found.example is not None and found.example.idle == 3


def test_a_condition_that_can_never_be_is_told_before_what_follows_it(room: Classroom, tmp_path: Path) -> None:
    solution = """\
def steps(n):
    if n < 1:
        return 0
    a, b = 0, 1
    for _ in range(n - 1):
        a, b = b, a + b
    return b
"""
    source = """\
def steps(n):
    if n < 1:
        return 0
    elif n == 1 and n == 2:
        return 1
    elif n > 2:
        a = 1
        b = 1
        for i in range(3, n + 1):
            c = a + b
            a = b
            b = c
        return b
"""
    few = task(solution, *((f"steps({n})", wanted) for n, wanted in enumerate((0, 1, 1, 2, 3, 5, 8))))
    assert diagnosed(room, tmp_path, few, source).lines == (4,)


def test_a_printed_line_that_is_missing_or_too_many_is_named(room: Classroom, tmp_path: Path) -> None:
    solution = "name = input()\nif name == 'Kim':\n    print('Hello!')\nprint('Welcome, ' + name)\nprint('Bye')\n"
    checks = [{"stdin": "Kim", "prints": "Hello!\nWelcome, Kim\nBye"}, {"stdin": "Bo", "prints": "Welcome, Bo\nBye"}]
    exercise = {"answer": "program", "solution": solution, "checks": checks}
    less = diagnosed(room, tmp_path, exercise, solution.replace("print('Bye')", "bye = 'Bye'"))
    more = diagnosed(room, tmp_path / "more", exercise, solution.replace("print('Bye')", "print('Bye')\nprint(name)"))
    assert "One line is missing: `Bye`." in less.text("en")
    assert "One line is too many: `Bo`." in more.text("en") or "One line is too many: `Kim`." in more.text("en")


def test_an_empty_line_is_no_line_that_is_missing(room: Classroom, tmp_path: Path) -> None:
    solution = "print('Rain on the roof,')\nprint('rain in the tree.')\n"
    exercise = {
        "answer": "program",
        "solution": solution,
        "checks": [{"prints": "Rain on the roof,\nrain in the tree."}],
    }
    found = diagnosed(room, tmp_path, exercise, "print('\\nRain on the roof,\\nrain in the tree.')\n")
    assert "differ only in spaces or line ends" in found.text("en") and "One line is" not in found.text("en")


def test_a_function_that_hands_nothing_back_is_told_so_by_its_name(room: Classroom, tmp_path: Path) -> None:
    evens = task(
        "def evens(xs):\n    return [x for x in xs if x % 2 == 0]\n", ("evens([1, 2])", [2]), ("evens([4])", [4])
    )
    source = "def evens(xs):\n    ys = []\n    for x in xs:\n        if x % 2 == 0:\n            ys.append(x)\n"
    assert "`evens` works something out and then ends without `return`" in diagnosed(
        room, tmp_path, evens, source
    ).text("en")


def test_what_is_typed_stands_behind_the_call_that_reads_it(room: Classroom, tmp_path: Path) -> None:
    solution = "def sums():\n    return int(input()) + int(input())\n"
    checks = [{"call": "sums()", "stdin": "3\n4", "equals": 7}, {"call": "sums()", "stdin": "5\n1", "equals": 6}]
    found = diagnosed(room, tmp_path, {"solution": solution, "checks": checks}, solution.replace("+", "-"))
    assert found.example is not None and found.example.call in ("sums() ⌨ 3, 4", "sums() ⌨ 5, 1")


def test_a_loop_that_asks_nothing_is_no_condition(room: Classroom, tmp_path: Path) -> None:
    solution = """\
def years(money, goal):
    n = 0
    while money < goal:
        money *= 2
        n += 1
    return n
"""
    source = """\
def years(money, goal):
    n = 0
    while True:
        money *= 2
        n += 1
        if money >= goal:
            break
    return n
"""
    exercise = task(solution, ("years(1, 8)", 3), ("years(9, 8)", 0), ("years(3, 12)", 2))
    assert "Say the condition" not in diagnosed(room, tmp_path, exercise, source).text("en")


FRAME = "pd.DataFrame({'town': ['Bonn', 'Ulm', 'Aue'], 'size': [3, 1, 2]})"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("table.iloc[::-1]", "The values are right; only their order differs."),
        ("table[['size', 'town']]", "they are `size, town`, and should be `town, size`."),
        ("table.head(1)", "1 come, and 3 are wanted."),
        ("table.set_axis([0, '1', 2])", "of the rows, the index, differ: `'1'` comes, and `1` is wanted."),
        ("table.assign(size=[3, 1, 0])", "in `size` differ. In the row `2`, `size` is `0`; it should be `2`."),
        ("table['town']", "What comes is a `Series`, and a `DataFrame` is wanted."),
        ("table['town'].tolist()", "What comes is a `list`, and a `DataFrame` is wanted."),
        ("table.assign(size=[3, 0, 2], town='Bonn')", "In the row `1`, `town` is `'Bonn'`; it should be `'Ulm'`."),
        ("table.sort_values('size').assign(size=0)", ""),
        ("table.astype({'size': object})", "their kind, the dtype, differs:"),
    ],
)
def test_what_alone_two_tables_differ_in_is_said(room: Classroom, tmp_path: Path, made: str, said: str) -> None:
    check = {"setup": f"table = {FRAME}", "call": "told(table)", "exact": True}
    told = "import pandas as pd\n\ndef told(table):\n    return "
    exercise = {"solution": f"{told}table\n", "checks": [check]}
    text = diagnosed(room, tmp_path, exercise, f"{told}{made}\n", preload=["pandas"]).text("en")
    assert said in text and (said or not any(one in text for one in ("differ", "wanted", "In the row")))


def test_of_long_lists_the_first_value_that_differs_is_told(room: Classroom, tmp_path: Path) -> None:
    exercise = task("def up():\n    return list(range(100, 150))\n", ("up()", [*range(100, 150)]))
    wrong = "def up():\n    return [n if n < 130 else 7 for n in range(100, 150)]\n"
    text = diagnosed(room, tmp_path, exercise, wrong).text("en")
    assert "The first that differs is `7`; it should be `130`." in text


def test_of_a_chart_it_is_told_what_its_first_wrong_part_has(room: Classroom, tmp_path: Path) -> None:
    chart = "import matplotlib.pyplot as plt\nplt.bar(['Ulm', 'Aue'], [2, 1])\nplt.title('Both')\n"
    checks = [{"figure": part, "label": f"the {part}"} for part in ("names", "title")]
    exercise = {"solution": chart, "checks": checks}
    turned = chart.replace("['Ulm', 'Aue'], [2, 1]", "['Aue', 'Ulm'], [1, 2]")
    text = diagnosed(room, tmp_path, exercise, turned, preload=["matplotlib.pyplot"]).text("en")
    assert "*the names*: your chart has `['Aue', 'Ulm']`, and `['Ulm', 'Aue']` is wanted. The values are right" in text


@pytest.mark.parametrize(
    ("exercise", "source", "told", "silent"),
    [
        (
            task("def add(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t\n", ("add([1, 2])", 3)),
            "def add(xs):\n    t = 0\n    for x in xs:\n        t = x\n    return t\n",
            "What becomes here of the value that the name had before?",
            "What is added here",
        ),
        (
            task("def end(s):\n    return s.rfind('.')\n", ("end('a.b.c')", 3), ("end('x.')", 1)),
            "def end(s):\n    return s.find('.')\n",
            "In the example `s.find('.')` gives `",
            "What does this call change",
        ),
        (
            task("def yes(s):\n    return 1 if s == 'yes' else 0\n", ("yes('yes')", 1), ("yes('no')", 0)),
            "def yes(s):\n    if s == 'Yes':\n        return 1\n    return 0\n",
            "`s == 'Yes'` is `False` here. Should it be?",
            "character by character",
        ),
        (
            task("def ends(s):\n    t = s[0] + s[-1]\n    return t\n", ("ends('ab c')", "ac"), ("ends('xyz')", "xz")),
            "def ends(s):\n    t = s.upper()\n    return t\n",
            "After line 2, `t` is `'",
            "In the example `s.upper()`",
        ),
    ],
)
def test_the_question_is_about_what_the_line_does(
    room: Classroom, tmp_path: Path, exercise: dict[str, Any], source: str, told: str, silent: str
) -> None:
    text = diagnosed(room, tmp_path, exercise, source).text("en")
    assert told in text and silent not in text


def test_what_differs_in_blanks_alone_is_told_once_and_a_comma_only_where_one_may_be(
    room: Classroom, tmp_path: Path
) -> None:
    exercise = {"answer": "program", "solution": "print('good morning')\n", "checks": [{"prints": "good morning"}]}
    first = diagnosed(room, tmp_path, exercise, "print(' good morning')\n").text("en")
    within = diagnosed(room, tmp_path, exercise, "print('good ', 'morning')\n").text("en")
    assert "differ only in spaces" in first and "character by character" not in first and "comma" not in first
    assert "Where a comma stands" in within


def test_of_two_lists_with_the_same_values_the_order_is_said(room: Classroom, tmp_path: Path) -> None:
    assert "only their order differs." in diagnosed(room, tmp_path, TURNED, "def turned(xs):\n    return xs\n").text(
        "en"
    )


@pytest.mark.parametrize(
    ("got", "wanted", "is_so"),
    [("'1. a'", "'1. a\\n2. b'", True), ("1\n", "1\n2\n", True), ("''", "'a'", False), ("'b'", "'a'", False)],
)
def test_a_text_is_begun_where_the_one_that_is_wanted_goes_on(got: str, wanted: str, is_so: bool) -> None:
    assert is_begun(Example("f(2)", got, wanted, is_new=False)) == is_so
