"""Wrong answers as people write them, by other roads than the author's: which line is told, and what is asked there."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of
from unit.tutor.diagnosis.test_diagnoses import diagnosed

from codegym_jlab.tutor.diagnosis import Diagnoser, StudentAnswer
from codegym_jlab.tutor.diagnosis.row import told

pytestmark = pytest.mark.usefixtures("patient")

ONCE = "def once(words):\n    return sorted({word.lower() for word in words})\n"
MEAN = "def mean(xs):\n    return round(sum(xs) / len(xs), 1)\n"
WARM = "def warm(c):\n    return c * 9 / 5 + 32\n"
TOTAL = "def total(bag):\n    return sum(bag.values())\n"
COUNTER = """\
class Counter:
    def __init__(self):
        self.count = 0

    def click(self):
        self.count += 1

    def reset(self):
        self.count = 0
"""
CLICKED = ["(lambda c: (c.click(), c.reset(), c.count))(Counter())"]
CART = """\
class Cart:
    def __init__(self):
        self.things = []

    def add(self, thing):
        self.things.append(thing)
"""
FILLED = ["(lambda a, b: (a.add(1), b.add(2), len(a.things)))(Cart(), Cart())"]
BEST = "def best(points):\n    return max(points.values())\n"
SHOUT = "def shout(text):\n    return text.strip().upper()\n"
LEAP = "def leap(y):\n    return y % 4 == 0\n"
BOTH = "def labels(xs):\n    out = []\n    for x in xs:\n        if x > 0:\n            out.append('a')\n"
LOUD = "def loud(text):\n    return text.upper().replace(' ', '_')\n"
PAIRS = "def pairs(xs):\n    return [a + b for a in xs for b in xs]\n"
GROUPS = "def groups(xs, n):\n    found = []\n    for x in range(0, len(xs), n):\n        found.append(xs[x:x + n])\n"
GROUPS += "    return found\n"
TABLE = "def table(n):\n    rows = []\n    for row in range(n):\n        rows.append([row] * n)\n    return rows\n"
LEVEL = "def level(points):\n    return 'new' if 10 > points else 'old'\n"
TOP = "def top(points, n):\n    return sorted(points, reverse=True)[:n]\n"
FOUND = "def price(prices, thing):\n    return prices.get(thing, 7)\n"
YEARS = "def years(money, goal):\n    n = 0\n    while money < goal:\n        money *= 2\n    n = n + 1\n    return n\n"
SEATS = "def seats(rows):\n    return sum(sum(row) for row in rows)\n"
MONTH = "def rounded(x):\n    return str(round(x))\n"
CUT = """\
class Trip:
    def __init__(self, price):
        self.price = price

    def cost(self, people):
        whole = people * self.price
        if people > 9:
            return whole - self.price
        return whole
"""
CUTS = ["Trip(12).cost(10)", "Trip(12).cost(2)", "Trip(7).cost(12)"]
NUMBER = "def number(text):\n    try:\n        return int(text[0])\n    except IndexError:\n        return 0\n"


@pytest.mark.parametrize(
    ("solution", "source", "calls", "lines", "kind"),
    [
        # names for steps that the author writes as one expression
        (MEAN, "def mean(xs):\n    m = sum(xs) / len(xs)\n    return m\n", ["mean([1, 1, 2])", "mean([3])"],
         (3,), "step"),
        (WARM, "def warm(c):\n    f = (c + 32) * 9 / 5\n    return f\n", ["warm(10)", "warm(0)"], (2,), "only_line"),
        (SHOUT, "def shout(text):\n    short = text.strip()\n    loud = short.lower()\n    return loud\n",
         ["shout(' a ')", "shout('b')"], (3,), "method"),
        (SHOUT, "def shout(text):\n    loud = text.upper()\n    return loud\n", ["shout(' a ')", "shout('b')"],
         (2,), "step"),
        (SHOUT, "def shout(text):\n    text = text.strip\n    return text.upper()\n", ["shout(' a ')"], (2,), "method"),
        # what is given back, and what is lost
        (ONCE, "def once(words):\n    small = list({w.lower() for w in words})\n    sorted(small)\n    return small\n",
         ["once(['b', 'A', 'c', 'd'])"], (3,), "dropped"),
        (TOTAL, "def total(bag):\n    t = 0\n    for v in bag.values():\n        t == t + v\n    return t\n",
         ["total({'a': 2})"], (4,), "dropped"),
        # objects
        (COUNTER, COUNTER.replace("reset(self):\n        self.count", "reset(self):\n        count"), CLICKED,
         (9,), ""),
        (CART, CART.replace("    def __init__(self):\n        self.things = []\n", "    things = []\n\n"
                            "    def __init__(self):\n        self.open = True\n"), FILLED, (2,), "start_value"),
        (CUT, CUT.replace("whole - self.price", "whole - 1"), CUTS, (8,), "fixed_value"),
        (COUNTER.replace("click(self):", "click(self, n):").replace("+= 1", "+= n"),
         COUNTER.replace("click(self):", "click(self, n):").replace("self.count += 1", "n += self.count"),
         ["(lambda c: (c.click(2), c.count))(Counter())"], (6,), "assigned"),
        # a call that takes one value too many
        (MONTH, "def rounded(x):\n    whole = round(x, 0)\n    text = str(whole)\n    return text\n", ["rounded(2.6)"],
         (2,), "wrong_call"),
        # brackets, a remainder that is asked for nothing, two values the wrong way round, a whole in place of a part
        ("def more(x, p):\n    return x * (1 + p)\n", "def more(x, p):\n    new = x * 1 + p\n    return new\n",
         ["more(2, 3)", "more(5, 1)"], (2,), "sign"),
        ("def leap(y):\n    return y % 4 == 0 and y % 100 != 0 or y % 400 == 0\n",
         "def leap(y):\n    if y % 4 == 0 and y % 100 != 0 or y % 400:\n        return True\n    return False\n",
         ["leap(2024)", "leap(2023)", "leap(1900)", "leap(2000)"], (2,), "condition"),
        ("def less(a, b):\n    return a - b\n\n\ndef gap(a, b):\n    return less(b, a)\n",
         "def less(a, b):\n    return a - b\n\n\ndef gap(a, b):\n    found = less(a, b)\n    return found\n",
         ["gap(1, 3)", "gap(9, 2)", "less(3, 1)"], (6,), "arguments"),
        (SEATS, "def seats(rows):\n    n = 0\n    for i in range(len(rows)):\n        for j in range(len(rows)):\n"
         "            n += rows[i][j]\n    return n\n", ["seats([[1, 1]])", "seats([[1], [0]])"], (4,), "element"),
        # what a loop starts with, ends by, and takes in
        (BEST, "def best(points):\n    top = 0\n    for name in points:\n        if points[name] > top:\n"
         "            top = points[name]\n    return top\n", ["best({'a': -3, 'b': -1})", "best({'a': 2})"],
         (2,), "start_value"),
        (TOTAL, "def total(bag):\n    t = 0\n    for k in bag:\n        v = bag[k]\n    t = t + v\n    return t\n",
         ["total({'a': 1, 'b': 2})", "total({'a': 1})"], (5,), "too_shallow"),
        (YEARS.replace("2\n    ", "2\n        "), YEARS, ["years(1, 8)", "years(1, 2)", "years(3, 2)"], (5,),
         "too_shallow"),
        (BOTH + "        else:\n            out.append('b')\n    return out\n",
         BOTH + "        out.append('b')\n    return out\n", ["labels([1, -1])"], (6,), "cases"),
        # what is done above a loop, in it, and to what it has given away
        (TABLE, "def table(n):\n    rows = []\n    line = []\n    for row in range(n):\n"
         "        for column in range(n):\n            line.append(row)\n        rows.append(line)\n    return rows\n",
         ["table(2)", "table(3)"], (3,), "too_shallow"),
        (GROUPS, "def groups(xs, n):\n    found = []\n    part = []\n    for x in xs:\n        part.append(x)\n"
         "        if len(part) == n:\n            found.append(part)\n            part.clear()\n    return found\n",
         ["groups([1, 2], 1)", "groups([1, 2, 3, 4], 2)"], (8,), "copy"),
        (PAIRS, "def pairs(xs):\n    found = []\n    for i in range(len(xs)):\n        for k in range(i, len(xs)):\n"
         "            found.append(xs[i] + xs[k])\n    return found\n", ["pairs(['a', 'b'])", "pairs(['c'])"],
         (4,), "range"),
        (TOTAL, "def total(bag):\n    t = 0\n    for thing, many in bag:\n        t += many\n    return t\n",
         ["total({'tea': 1})", "total({'milk': 2, 'jam': 3})"], (3,), "method"),
        # texts that stay as they are, the wrong way round, a key that is missing
        (LOUD, "def loud(text):\n    text.upper()\n    text.replace(' ', '_')\n    return text\n", ["loud('a b')"],
         (2, 3), "dropped"),
        (TOP, "def top(points, n):\n    best = sorted(points)\n    return best[:n]\n", ["top([1, 3, 2], 2)"],
         (2,), "order"),
        (FOUND, "def price(prices, thing):\n    one = prices[thing]\n    return one\n",
         ["price({'tea': 2}, 'tea')", "price({}, 'tea')"], (2,), "missing_key"),
        # questions: one is as suspicious as what it leads to
        (LEVEL, "def level(points):\n    if points <= 10:\n        word = 'new'\n    else:\n        word = 'old'\n"
         "    return word\n", ["level(10)", "level(3)", *(f"level({n})" for n in range(11, 19))], (2,), "strict"),
        (LEAP, "def leap(y):\n    if y % 4:\n        return True\n    return False\n", ["leap(2024)", "leap(2023)"],
         (2,), "condition"),
        (NUMBER.replace("IndexError", "(IndexError, ValueError)"), NUMBER, ["number('x')", "number('')", "number('7')"],
         (4,), "cases"),
    ],
)  # fmt: skip
def test_the_line_is_told_whatever_road_was_taken(
    room: Classroom, tmp_path: Path, solution: str, source: str, calls: list[str], lines: tuple[int, ...], kind: str
) -> None:
    checks = [{"call": call, "equals_expr": call} for call in calls]
    found = diagnosed(room, tmp_path, {"solution": solution, "checks": checks}, source, practice=True)
    assert (found.lines, found.kind) == (lines, kind)


def test_what_would_leave_the_students_own_lines_in_vain_is_no_mend(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def long(words, n):\n    return [w for w in words if len(w) > n]\n",
        "checks": [{"call": call, "equals_expr": call} for call in ("long(['ab', 'a'], 1)", "long(['abc'], 1)")],
    }
    source = "def long(words, n):\n    found = []\n    for w in words:\n        if len(w) >= n:\n"
    source += "            found.append(w)\n    return found\n"
    found = diagnosed(room, tmp_path, task, source, practice=True)
    assert found.lines == (4,) and found.finding is not None
    last = [one.cost for one in found.finding.repairs if one.lines == (6,)]
    assert all(cost > found.finding.repairs[0].cost + 1 for cost in last)


def test_a_check_that_takes_long_is_not_failed_for_that(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def total(n):\n    return sum(range(n + 1))\n",
        "checks": [{"call": "total(3)", "equals": 6}, {"call": "total(9000)", "equals_expr": "9000 * 9001 // 2"}],
    }
    source = "def total(n):\n    t = 0\n    for x in range(n + 1):\n        t += x\n    return t if n > 3 else 5\n"
    found = diagnosed(room, tmp_path, task, source)
    failing = [one.check.call for one in found.finding.failing] if found.finding is not None else []
    assert "total(3)" in failing and "total(9000)" not in failing


LAST = "def last(x, xs):\n    found = -1\n    for n in range(len(xs)):\n        if xs[n] == x:\n            found = n\n"
EVEN = "def even(a, b):\n    return (a + b) % 2 == 0\n"


@pytest.mark.parametrize(
    ("solution", "old", "new", "calls", "kind"),
    [
        (LAST + "    return found\n", "-1", "0", ["last(1, [])", "last(1, [2])", "last(1, [1, 1])"], "start_value"),
        (EVEN, "== 0", "== 1", ["even(1, 2)", "even(2, 2)"], "sign"),
        ("def mean(a, b):\n    return (a + b) / 2\n", "(a + b)", "a + b", ["mean(1, 0)", "mean(3, 1)"], "sign"),
    ],
)
def test_a_question_fits_what_the_line_does(
    room: Classroom, tmp_path: Path, solution: str, old: str, new: str, calls: list[str], kind: str
) -> None:
    checks = [{"call": call, "equals_expr": call} for call in calls]
    found = diagnosed(room, tmp_path, {"solution": solution, "checks": checks}, solution.replace(old, new))
    assert (found.lines, found.kind) == ((2,), kind)


def test_a_head_that_does_not_fit_is_told_with_a_question(room: Classroom, tmp_path: Path) -> None:
    checks = [{"call": "less(3, 1)", "equals": 2}, {"call": "less(4, 4)", "equals": 0}]
    task = {"solution": "def less(a, b):\n    return a - b\n", "checks": checks}
    found = diagnosed(room, tmp_path, task, "def less(a):\n    b = 1\n    return a - b\n")
    assert found.lines == (1,) and "Compare the names in these brackets" in found.text("en")


SPLIT = """\
def words(text):
    out = []
    word = ''
    for c in text.lower() + ' ':
        if c == ' ':
            out.append(word)
            word = ''
        else:
            word += c
    out.sort()
    return out[:4]
"""


def test_an_input_with_nothing_in_it_is_no_example_where_nothing_mends_the_program(
    room: Classroom, tmp_path: Path
) -> None:
    task = {
        "solution": "def words(text):\n    return sorted(set(text.lower().split()))\n",
        "checks": [{"call": call, "equals_expr": call} for call in ("words('b a')", "words('no No yes no')")],
    }
    found = diagnosed(room, tmp_path, task, SPLIT)
    assert found.lines == () and found.example is not None and "no No" in found.example.call


def test_many_checks_that_do_not_end_leave_time_for_the_search(room: Classroom, tmp_path: Path) -> None:
    total = "def total(n):\n    t = 0\n    while n > 0:\n        t += n\n        n -= 1\n    return t\n"
    checks = [{"call": f"total({n})", "equals": n * (n + 1) // 2} for n in range(1, 16)]
    found = diagnosed(room, tmp_path, {"solution": total, "checks": checks}, total.replace("        n -= 1\n", ""))
    assert found.finding is not None and found.finding.repairs and found.lines == (4,)


def test_of_a_loop_that_never_ends_no_output_is_told(room: Classroom, tmp_path: Path) -> None:
    down = "def down(n):\n    while n > 0:\n        print(n)\n        n = n - 1\n"
    task = {"solution": down, "checks": [{"call": "down(2)", "prints": "2\n1\n"}]}
    found = diagnosed(room, tmp_path, task, down.replace("        n = n - 1\n", "        m = n - 1\n"))
    assert "too large" not in found.text("en")


PLOT = "counts = {'a': 2, 'b': 1}\nplt.bar(list(counts), list(counts.values()))\nplt.title('Both')\n"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [("list(counts.values())", "list(counts)", (2,)), ("bar", "plot", (2,)), ("title('Both')", "title('Bath')", (3,))],
)
def test_a_chart_is_drawn_again_to_find_the_line(
    room: Classroom, tmp_path: Path, old: str, new: str, lines: tuple[int, ...]
) -> None:
    head = "import matplotlib.pyplot as plt\n"
    checks = [{"figure": part, "label": part} for part in ("kind", "names", "heights", "title")]
    loaded = course_of(tmp_path, {"solution": head + PLOT, "checks": checks}, preload=["matplotlib.pyplot"])
    answer = StudentAnswer(loaded, loaded.find("task")[1], head + PLOT.replace(old, new, 1))
    found = room.run(Diagnoser(room.grader).diagnose(answer, practice=True))
    assert found.lines == tuple(line + 1 for line in lines)


def test_an_if_without_an_else_where_nothing_is_printed_is_told(room: Classroom, tmp_path: Path) -> None:
    head, said = "y = int(input())\n", "if y % 4 == 0:\n    if y % 100 == 0:\n        if y % 400 == 0:\n"
    source = head + said + "            print('yes')\n    else:\n        print('yes')\nelse:\n    print('no')\n"
    solution = head + "is_leap = y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)\nprint('yes' if is_leap else 'no')\n"
    checks = [{"stdin": f"{year}\n"} for year in (1900, 2000, 2023, 2024)]
    task = {"answer": "program", "solution": solution, "checks": checks}
    found = diagnosed(room, tmp_path, task, source, practice=True)
    assert (found.lines, found.kind) == ((4,), "otherwise")


def test_a_legend_that_comes_before_its_lines_is_told(room: Classroom, tmp_path: Path) -> None:
    lines = "plt.plot([1, 2], label='a')\nplt.plot([2, 1], label='b')\n"
    head = "import matplotlib.pyplot as plt\n"
    task = {"solution": f"{head}{lines}plt.legend()\n", "checks": [{"figure": "legend"}]}
    loaded = course_of(tmp_path, task, preload=["matplotlib.pyplot"])
    answer = StudentAnswer(loaded, loaded.find("task")[1], f"{head}plt.legend()\n{lines}")
    found = room.run(Diagnoser(room.grader).diagnose(answer, practice=True))
    assert (found.lines, found.kind) == ((2,), "sequence")


BOOKS = "pd.DataFrame({'title': ['b', 'a', 'b'], 'stars': [1, None, 5]})"


@pytest.mark.parametrize(
    ("solution", "source", "result", "line", "kind"),
    [
        # what is missing equals nothing; a hole, and a whole column; labels, and values; a table, and each column;
        # a row's label, and its place; which rows a merge keeps
        ("return t.sort_values('title').iloc[0]['title']",
         "r = t.sort_values('title')\nreturn r.loc[0]['title']", "made(%s)", 3, "rows"),
        ("return t[t['title'] < 'c']['title'].iloc[0]",
         "r = t[t['title'] < 'c']\nreturn r['title'][0]", "made(%s.tail(2))", 3, "rows"),
        ("return t.merge(pd.DataFrame({'title': ['b', 'c']}), on='title', how='left')['title'].tolist()",
         "o = pd.DataFrame({'title': ['b', 'c']})\nreturn t.merge(o, on='title', how='outer')['title'].tolist()",
         "made(%s)", 3, "option"),
        ("return int(t['stars'].isna().sum())",
         "n = 0\nfor x in t['stars']:\n    if x == 'NaN':\n        n += 1\nreturn n", "made(%s)", 4, "condition"),
        ("r = t.copy()\nr['stars'] = r['stars'].fillna(r['stars'].median())\nreturn r",
         "r = t.copy()\nm = r['stars'].median()\nr['stars'] = m\nreturn r", "made(%s)['stars'].tolist()", 4, "step"),
        ("return sorted(set(t['title']), key=list(t['title']).count, reverse=True)",
         "n = t['title'].value_counts()\nreturn list(n)",
         "made(%s)", 3, "labels"),
        ("return len(t[t['title'] == 'b'])", "some = t[t['title'] == 'b']\nreturn some.count()", "made(%s)", 3,
         "wrong_call"),
    ],
)  # fmt: skip
def test_what_goes_wrong_with_tables_is_told_where_it_does(
    room: Classroom, tmp_path: Path, solution: str, source: str, result: str, line: int, kind: str
) -> None:
    def whole(body: str) -> str:
        return "import pandas as pd\n\n\ndef made(t):\n    " + body.replace("\n", "\n    ") + "\n"

    call = result % BOOKS
    task = {"solution": whole(solution), "checks": [{"call": call, "equals_expr": call}]}
    loaded = course_of(tmp_path, task, preload=["pandas"])
    answer = StudentAnswer(loaded, loaded.find("task")[1], whole(source))
    found = room.run(Diagnoser(room.grader).diagnose(answer, practice=True))
    assert (found.lines, found.kind) == ((line + 3,), kind)


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("t[t.index('@'):]", "t[:t.index('@')]", "part"),  # the other side
        ("t[:1]", "t[-1:]", "part"),
        ("''.join(open(t, 'w').write('x') * [t])", "''.join(open(t).write('x') * [t])", "mode"),
    ],
)
def test_the_other_side_of_a_place_and_the_mode_of_a_file_are_told(
    room: Classroom, tmp_path: Path, right: str, wrong: str, kind: str
) -> None:
    checks = [{"call": f"made({text!r})"} for text in ("a@bc", "@b", "xy@z")]
    task = {"solution": f"def made(t):\n    return {right}\n", "checks": checks}
    found = diagnosed(room, tmp_path, task, f"def made(t):\n    return {wrong}\n", practice=True)
    assert (found.lines, found.kind) == ((2,), kind)


def test_two_tables_stand_one_below_the_other_and_not_in_a_line(room: Classroom, tmp_path: Path) -> None:
    made = "import pandas as pd\n\ndef made():\n    return pd.DataFrame({'x': [1, 2], 'y': [3, 4]})\n"
    task = {"solution": made, "checks": [{"call": "made()", "equals_expr": "made()"}]}
    loaded = course_of(tmp_path, task, preload=["pandas"])
    answer = StudentAnswer(loaded, loaded.find("task")[1], made.replace("[1, 2]", "[2, 1]").replace("[3, 4]", "[4, 3]"))
    text = room.run(Diagnoser(room.grader).diagnose(answer, practice=True)).text("en")
    assert "```text\n   x  y\n0  2  4\n1  1  3\n```" in text and "only their order differs" in text


def test_of_two_lines_that_would_both_mend_it_both_are_named(room: Classroom, tmp_path: Path) -> None:
    solution = "def cost(bag, prices):\n    return sum(prices[thing] * bag[thing] for thing in bag)\n"
    source = "def cost(bag, prices):\n    total = 0\n    for thing in prices:\n"
    source += "        total += prices[thing] * bag[thing]\n    return total\n"
    calls = ("cost({'a': 1}, {'a': 2, 'b': 3})", "cost({}, {'a': 2})", "cost({'a': 2}, {'a': 2})")
    checks = [{"call": call, "equals_expr": call} for call in calls]
    found = diagnosed(room, tmp_path, {"solution": solution, "checks": checks}, source, practice=True)
    assert (found.lines, found.either) == ((), (3, 4))
    assert found.text("en").startswith("Line ")
    assert told(found, "en")["question"].startswith("Line ") and told(found, "en")["lines"] == []


def test_a_table_without_columns_is_no_fault_of_the_way(room: Classroom, tmp_path: Path) -> None:
    frame = "import pandas as pd\n\ndef made(xs):\n    df = pd.DataFrame()\n    df['x'] = xs\n    return df\n"
    task = {"solution": frame, "checks": [{"call": "made([1, 2])", "equals_expr": "made([1, 2])"}]}
    loaded = course_of(tmp_path, task, preload=["pandas"])
    answer = StudentAnswer(loaded, loaded.find("task")[1], frame.replace("= xs", "= xs[::-1]"))
    assert room.run(Diagnoser(room.grader).diagnose(answer, practice=True)).lines == (5,)


def test_no_table_is_told_in_a_line(room: Classroom, tmp_path: Path) -> None:
    large = "import pandas as pd\n\ndef large(xs):\n    df = pd.DataFrame({'x': xs})\n    some = df[df['x'] > 2]\n"
    large += "    return some['x'].tolist()\n"
    task = {"solution": large, "checks": [{"call": "large([1, 2, 3])", "equals": [3]}]}
    loaded = course_of(tmp_path, task, preload=["pandas"])
    answer = StudentAnswer(loaded, loaded.find("task")[1], large.replace("> 2", "> 1"))
    found = room.run(Diagnoser(room.grader).diagnose(answer, practice=True))
    assert found.lines == (5,) and found.example is not None and found.change is None


def test_the_error_decides_between_lines_that_would_both_mend_it(room: Classroom, tmp_path: Path) -> None:
    solution = "age = int(input())\nnext_age = age + 1\nprint(next_age)\n"
    task = {"answer": "program", "solution": solution, "checks": [{"stdin": "7\n"}, {"stdin": "10\n"}]}
    found = diagnosed(room, tmp_path, task, solution.replace("int(input())", "input()"), practice=True)
    assert found.lines == (2,)


def test_lines_that_try_a_class_out_are_no_place_of_its_mistake(room: Classroom, tmp_path: Path) -> None:
    source = CART.replace("        self.things = []\n", "        self.open = True\n").replace(
        "class Cart:\n", "class Cart:\n    things = []\n\n"
    )
    source += "\n\ncart = Cart()\ncart.add(1)\nprint(len(cart.things))\n"
    checks = [{"call": "(lambda a: (a.add(1), len(a.things)))(Cart())", "equals_expr": "(None, 1)"}]
    found = diagnosed(room, tmp_path, {"solution": CART, "checks": checks}, source, practice=True)
    assert found.finding is not None and all(max(one.lines) < 10 for one in found.finding.repairs)
    assert max(found.lines, default=0) < 10
