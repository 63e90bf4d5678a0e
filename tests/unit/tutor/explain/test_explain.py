"""Errors that are known already, explained without running anything."""

from __future__ import annotations

import contextlib
import io
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

from codegym_jlab.tutor import locale
from codegym_jlab.tutor.explain import Explanation, Seen, Step, explain_error, mistakes_in
from codegym_jlab.tutor.explain.seen import from_traceback

TITLES = locale.names("explain.title")

SHADOWED = """list = ["tea", "jam"]
for item in list:
    print(item)
letters = list("abc")
"""


def test_the_line_of_the_mistake_is_named_where_python_names_another() -> None:
    found = explain_error(SHADOWED, Seen("TypeError", "'list' object is not callable", (Step(4),)))
    assert (found.line, found.cause) == (1, "shadowed_builtin")
    assert found.text.startswith("Look at line 1.")
    assert "`list`" in found.text


def test_a_method_that_was_not_called_above_is_the_cause_of_what_it_lacks() -> None:
    source = "text = input()\ntext = text.strip\ntext = text.upper\nprint(text)\n"
    error = Seen("AttributeError", "'builtin_function_or_method' object has no attribute 'upper'", (Step(3),))
    found = explain_error(source, error)
    assert (found.line, found.cause) == (2, "missing_call") and "`strip`" in found.text


def test_super_without_its_brackets_is_the_cause() -> None:
    source = "class A:\n    cost = len\nclass B(A):\n    def cost(self):\n        return super.cost()\n"
    error = Seen("AttributeError", "type object 'super' has no attribute 'cost'", (Step(5),))
    found = explain_error(source + "B().cost()\n", error)
    assert (found.line, found.cause) == (5, "missing_call") and "`super` without parentheses" in found.text


def test_an_attribute_that_is_misspelt_where_it_is_changed_needs_no_start_value() -> None:
    source = (
        "class Pig:\n    def __init__(self):\n        self.cents = 0\n    def put(self, n):\n        self.cent += n\n"
    )
    found = explain_error(source, Seen("AttributeError", "'Pig' object has no attribute 'cent'", (Step(5),)))
    assert (found.line, found.cause) == (5, "attribute_typo") and "`cents`" in found.text


def test_what_one_method_names_for_itself_is_missed_by_another() -> None:
    source = "class A:\n    def __init__(self):\n        prices = []\n    def add(self, n):\n        prices.append(n)\n"
    found = explain_error(source, Seen("NameError", "name 'prices' is not defined", (Step(5),)))
    assert (found.line, found.cause) == (3, "missing_self") and "What is missing before `prices`" in found.text


@pytest.mark.parametrize("call", ["cold.append[cold]", "print(len[cold])", "twice[4]"])
def test_square_brackets_behind_a_function_are_told_as_such(call: str) -> None:
    source = f"def twice(x):\n    return 2 * x\nfor x in [3]:\n    cold = [x]\n    {call}\n"
    kind = "function" if call == "twice[4]" else "builtin_function_or_method"
    found = explain_error(source, Seen("TypeError", f"'{kind}' object is not subscriptable", (Step(5),)))
    assert (found.line, found.cause) == (5, "missing_call") and "Which ones are here?" in found.text


def test_a_gap_in_another_line_is_not_what_python_cannot_read() -> None:
    source = (
        "class Counter:\n    def click(self.count):\n        self.count += 1\n    def reset(self):\n        ____ = 0\n"
    )
    found = explain_error(source, Seen("SyntaxError", "invalid syntax", line=2))
    assert (found.line, found.cause) == (2, "unreadable") and "A `def` line has this form" in found.text


PLAIN = """Traceback (most recent call last):
  File "/tmp/ipykernel/1.py", line 4, in <module>
    letters = list("abc")
TypeError: 'list' object is not callable"""
COLOURED = """\x1b[31m---------------------------------------------------------------------------\x1b[39m
\x1b[31mTypeError\x1b[39m                                 Traceback (most recent call last)
\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[2]\x1b[39m\x1b[32m, line 4\x1b[39m
\x1b[32m      3\x1b[39m     print(item)
\x1b[32m----> 4\x1b[39m letters = list("abc")

\x1b[31mTypeError\x1b[39m: 'list' object is not callable"""


@pytest.mark.parametrize("text", [PLAIN, COLOURED])
def test_a_notebooks_traceback_will_do(text: str) -> None:
    found = explain_error(SHADOWED, text)
    assert (found.line, found.cause) == (1, "shadowed_builtin")


BROKEN = {
    "data = [\n    (1, 2),\n    (3, 4,\n    (5, 6),\n]\n": (3, "unmatched_bracket"),
    "prices = {\n    'tea': 2\n    'jam': 3,\n}\n": (2, "missing_comma"),
    "x = (1 + 2\ny = 3\nprint(x)\n": (1, "unmatched_bracket"),
    "while True\n    break\n": (1, "missing_colon"),
    "s = 'it's'\n": (1, "unclosed_string"),
    "if x = 3:\n    pass\n": (1, "comparison_assignment"),
    "for i in range(3):\nprint(i)\n": (2, "indentation"),
    "print(Good morning)\n": (1, "missing_quotes"),
    "x = 1\nprint(Hello, world!)\n": (2, "missing_quotes"),
    "Hello, world!\n": (1, "missing_quotes"),
    "n = input(Number: )\n": (1, "missing_quotes"),
    "who = 'Ana'\nprint(Hello, who!)\n": (2, "missing_quotes"),
    "n = 5\nf = n!\n": (2, "unreadable"),
    "def f(n):\n    return n?\n": (2, "unreadable"),
    "def f():\n    x = 1\nreturn x\n": (3, "indentation"),
    "n = 5\nif n > 3 and < 9:\n    pass\n": (2, "condition"),
    "n = 5\nif n is bigger than 3:\n    pass\n": (2, "condition"),
    "n = 5\nif n > 3 && n < 9:\n    pass\n": (2, "condition"),
    "a, b = 3, 4\nc = a x b\n": (2, "not_callable_parens"),
    "n = 5\nwhile not == n:\n    pass\n": (2, "condition"),
}


def test_a_loop_over_a_dict_gives_its_keys_and_a_name_in_quotes_is_a_text() -> None:
    source = "d = {'Mia': 5}\nt = 0\nfor n in d:\n    t = t + n\nprint(t)\n"
    found = explain_error(source, Seen("TypeError", "unsupported operand type(s) for +: 'int' and 'str'", (Step(4),)))
    assert found.line == 3 and "gives the keys" in found.text
    ranged = explain_error(
        "for i in range([1]):\n    pass\n", "TypeError: 'list' object cannot be interpreted as an integer"
    )
    assert "`range` counts up to a whole number, and here it gets a list" in ranged.text
    found = explain_error("def f(d, name):\n    return d['name']\n", Seen("KeyError", "'name'", (Step(2, "f"),)))
    assert found.line == 2 and "In quotes, `name` is plain text" in found.text


@pytest.mark.parametrize("source", BROKEN)
def test_a_text_that_is_no_program_is_explained_without_a_run(source: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        compile(source, "cell", "exec")
    found = explain_error(source, f"{raised.type.__name__}: {raised.value.msg}")
    assert (found.line, found.cause) == BROKEN[source]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\x00",
        "(" * 400,
        "x = " + "-" * 5000 + "1",
        "\ufeffprint(1)",
        "def f(:",
        "'" * 7,
        "a" * 70_000,
        "é = 1\n\t y",
    ],
)
def test_odd_text_gets_a_sane_answer(source: str) -> None:
    found = explain_error(source, "SyntaxError: invalid syntax")
    assert bool(source) <= found.line <= source.count("\n") + 1
    assert found.cause in TITLES


@pytest.mark.parametrize(
    "seen",
    [
        Seen("TypeError", "x" * 2000, (Step(10**6),)),
        Seen("`rm`\n# ok", "![](http://x.example/a.png) ``` <script>", (Step(1),)),
        Seen("KeyError", "", (), -3),
        Seen("RecursionError", "maximum recursion depth exceeded", ()),
    ],
)
def test_names_and_messages_that_lie_are_quoted_and_no_more(seen: Seen) -> None:
    found = explain_error("print(1)\n", seen)
    assert found.line in (1, 2)
    assert len(found.text.split()) <= 90
    assert "\n" not in found.text
    outside = re.sub(r"`[^`]*`", "", found.text)
    assert "<script>" not in outside and "http" not in outside and "`" not in outside


def test_a_students_words_stay_inside_their_quotes() -> None:
    text = explain_error("{}['a']\n", Seen("KeyError", "'`![x](http://evil.example)`'", (Step(1),))).text
    assert "http" not in re.sub(r"`[^`]*`", "", text)


def test_each_cause_has_a_title_and_a_text_that_ends_in_a_question() -> None:
    texts = {key: locale.message(f"explain.text.{key}") for key in locale.names("explain.text")}
    assert {key.partition(".")[0] for key in texts} == {one.partition(".")[0] for one in TITLES}
    for key, text in texts.items():
        if key not in ("circular_reference", "modified_during_iteration"):  # only their variants are told
            assert text.rstrip().endswith(("?", ".")) and len(text.split()) < 120, key


def test_an_explanation_is_in_the_students_language_and_quotes_the_program_as_it_is() -> None:
    seen = Seen("TypeError", "'list' object is not callable", (Step(4),))
    said = {language: explain_error(SHADOWED, seen, language) for language in ("en", "de-CH", "zh_CN", "xx")}
    assert said["de-CH"].text.startswith("Sieh dir Zeile 1 an.")
    assert said["zh_CN"].text.startswith("请看第 1 行")
    assert said["xx"].text == said["en"].text
    assert len({found.title for found in said.values()}) == 3
    assert all("`list`" in found.text and found.line == 1 for found in said.values())


def test_a_name_that_differs_in_capital_letters_alone_is_no_text() -> None:
    seen = Seen("NameError", "name 'House' is not defined", (Step(2),))
    assert explain_error("house = 1\nprint(House)\n", seen).cause == "name_typo"


def test_a_traceback_into_another_cell_keeps_to_the_line_of_this_one() -> None:
    source = "tries = 0\nprint(verdict(7, input()))\n"
    text = (
        "TypeError   Traceback (most recent call last)\nCell In[3], line 2\n      1 tries = 0\n"
        "----> 2 print(verdict(7, input()))\n\nCell In[2], line 4, in verdict(secret, guess)\n"
        "      3 def verdict(secret, guess):\n----> 4     if guess < secret:\n\nTypeError: '<' not supported"
    )
    assert from_traceback(text, source).raised == 2
    assert from_traceback(text).raised == 4, "whose line it is nobody knows without the source"


def test_a_traceback_of_libraries_keeps_to_the_students_own_lines() -> None:
    text = (
        'Traceback (most recent call last):\n  File "cell.py", line 3, in <module>\n    df["x"]\n'
        "  File \"/usr/lib/python3/pandas/core/frame.py\", line 4102, in __getitem__\n    raise\nKeyError: 'x'"
    )
    seen = from_traceback(text)
    assert (seen.type, seen.message, seen.raised) == ("KeyError", "'x'", 3)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('import pandas as pd\ntable = pd.DataFrame({"pages": [1]})\n\nif table["pages"] > 1:\n    print(table)\n', 4),
        ('import pandas as pd\n\ntable = pd.DataFrame({"pages": [1]})\ntable["nothere"]\nprint(1)\n', 4),
        ("import random\n\n\ndef pick(bag):\n    return random.choice(bag)\n\n\npick([])\n", 5),
    ],
)
def test_the_arrow_of_a_notebook_into_a_library_is_no_line_of_the_students(source: str, line: int) -> None:
    shell, told = InteractiveShell.instance(), io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            shell.run_cell(source, store_history=True)
    finally:
        InteractiveShell.clear_instance()  # it would take what other tests display
    text = told.getvalue()
    assert ".py:" in text, "the library's own frames are shown"
    assert from_traceback(text).raised == line


def test_where_nothing_failed_the_silent_mistake_is_looked_for() -> None:
    found: Explanation = explain_error("def f(x, seen=[]):\n    seen.append(x)\n    return seen\n", Seen())
    assert (found.line, found.cause) == (1, "mutable_default")
    assert explain_error("print('fine')\n", Seen()).text.startswith("Look at line 1. This ran without an error")


DIGITS = "def digits(n):\n    if n == 0:\n        return 0\n    n % 10 + digits(n // 10)\n"
BASKET = "def cost(basket, prices):\n    t = 0\n    for thing in basket:\n        t += basket[thing] * prices.thing\n"
SHOWN = "def larger(a, b):\n    best = max(a, b)\n    return best\n\nlarger(4, 9)\nprint(best)\n"


@pytest.mark.parametrize(
    ("source", "error", "line", "words"),
    [
        ("eggs = 64\nboxes = eggs ____ 6\n", "SyntaxError: invalid syntax", 2, "gap"),
        ("print(____)\n", "NameError: name '____' is not defined", 1, "gap"),
        ("age = 9\nif age => 6:\n    print(age)\n", "SyntaxError: invalid syntax", 2, "no such operator"),
        (BASKET,
         "AttributeError: 'dict' object has no attribute 'thing'", 4, "square brackets"),
        ("with open('a') as file:\n    text = file\nx = 'x'\nprint(text.count(x))\n",
         "AttributeError: '_io.TextIOWrapper' object has no attribute 'count'", 4, "A file has no method `count`"),
        ("missing = {}\nx = 1\n\nmissing.add(x)\n",
         "AttributeError: 'dict' object has no attribute 'add'", 4, "empty dict"),
        ("a = input()\nb = input()\nprint(a[0] + a[2] + b[0])\n",
         "IndexError: string index out of range", 3, "does not exist"),
        ("word = input()\nstars = 0\nfor c in word:\n    stars = stars + '*'\n",
         "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 4, "starts as a number in line 2"),
        (SHOWN, "NameError: name 'best' is not defined", 6, "alone on its line"),
        ("a = input()\nb = input()\nprint(a * b)\n",
         "TypeError: can't multiply sequence by non-int of type 'str'", 3, "Both values"),
        ("a = float(input())\nb = input()\nprint(a / 100 * b)\n",
         "TypeError: can't multiply sequence by non-int of type 'float'", 3, "What comes from `input()`"),
        ("counts = {}\nfor word in ['a']:\n    counts[word] += 1\n", "KeyError: 'a'", 3, "first time"),
        ("t, d = 0, {}\nfor word in ['a']:\n    t += d[word]\n", "KeyError: 'a'", 3, "has no key"),
        ("t, d = [], {}\nfor word in ['a']:\n    t.append(d[word])\n", "KeyError: 'a'", 3, "has no key"),
        ('n = 4\nt = "a" + int(n)\n', 'TypeError: can only concatenate str (not "int") to str', 2,
         "This line already has"),
        ('n = 4\nt = "a" + n\n', 'TypeError: can only concatenate str (not "int") to str', 2, "a number since line 1"),
        ('name = int(input("Name: "))\nprint(name)\n', "ValueError: invalid literal for int() with base 10: 'Mia'", 1,
         "type at `'Name: '` goes through `int(...)`"),
        ("n = input()\nfor i in range(n, 0, -1):\n    print(i)\n",
         "TypeError: 'str' object cannot be interpreted as an integer", 2, "`n` is text (str): line 1 takes it"),
        (DIGITS, "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'", 4, "digits(n // 10)` works"),
        ("a, b = 3, [1]\nprint(a > b)\n", "TypeError: '>' not supported between instances of 'int' and 'list'", 2,
         "`list`"),
    ],
)  # fmt: skip
def test_the_code_decides_what_a_message_means(source: str, error: str, line: int, words: str) -> None:
    found = explain_error(source, f'  File "answer", line {line}\n{error}')
    assert found.line == line and words in found.text


@pytest.mark.parametrize(
    ("source", "line", "cause"),
    [
        ("def f(a, b=1, c):\n    return a\n", 1, "parameter_order"),
        ("if 1 > 2:\n    pass\nelif:\n    pass\n", 3, "condition"),
        ("if 1 > 2:\n    pass\nelse 2 > 1:\n    pass\n", 3, "condition"),
        ("if 1 > 2:\n    pass\nelse if 2 > 1:\n    pass\n", 3, "condition"),
    ],
)
def test_a_question_that_is_missing_or_too_much_and_parameters_out_of_order(source: str, line: int, cause: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        compile(source, "cell", "exec")
    error = f'  File "cell", line {raised.value.lineno}\nSyntaxError: {raised.value.msg}'
    found = explain_error(source, error)
    assert (found.line, found.cause) == (line, cause)


LIST = (
    "class List:\n    def __init__(self):\n        self.all = []\n\n    def len(self):\n        return len(self.all)\n"
)


@pytest.mark.parametrize(
    ("error", "line", "words"),
    [
        ("object of type 'List' has no len()", 1, "`len(…)` is used on an object of your class `List`"),
        ("argument of type 'List' is not iterable", 1, "`in` is used on"),
        ("'List' object is not iterable", 1, "`for … in …` is used on"),
        ("unsupported operand type(s) for +: 'List' and 'int'", 1, "`+` is used on"),
        ("'<' not supported between instances of 'List' and 'List'", 1, "`<` is used on"),
    ],
)
def test_what_an_own_class_does_not_answer_to_is_told_at_the_class(error: str, line: int, words: str) -> None:
    found = explain_error(LIST, f"TypeError: {error}")
    assert (found.line, found.cause) == (line, "special_method") and words in found.text


def test_an_error_of_the_test_alone_is_told_at_no_line_of_the_answer() -> None:
    found = explain_error(LIST, Seen("LookupError", "what was that", of_test=True))
    assert found.line == 0 and "not in a line of yours" in found.text and "Look at line" not in found.text


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("xs = []\nxs.append(1, 2)\n",
         "TypeError: list.append() takes exactly one argument (2 given)", "several values"),
        ("n = 3\nprint('age' > n)\n",
         "TypeError: '>' not supported between instances of 'str' and 'int'", "the text `'age'` itself is compared"),
        ("p = 'a'.split('@')\nprint(p[0] != '' and p[1])\n", "IndexError: list index out of range",
         "place 1 of `p`, and this time `p` is shorter"),
        ("import datetime\nprint(datetime.date(2020, 1, 2).month())\n", "TypeError: 'int' object is not callable",
         "is a value already, of type int"),
        ("import pandas as pd\nprint(pd.DataFrame({'x': [1.5]}).loc[abs(1.5)])\n", "KeyError: 1.5",
         "`loc` looks in the index"),
    ],
)  # fmt: skip
def test_an_error_that_is_often_met_is_told_by_what_the_line_has(source: str, error: str, words: str) -> None:
    found = explain_error(source, error)
    assert found.line == 2 and words in found.text


def test_a_call_that_the_test_makes_is_told_at_the_def() -> None:
    found = explain_error(
        "x = 1\ndef price(pages):\n    return pages * 6\n",
        "TypeError: price() takes 1 positional argument but 2 were given",
    )
    assert (found.line, found.cause, found.variant) == (2, "wrong_arg_count", "test")


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("xs = []\nprint(sum(xs) / len(xs))\n", "ZeroDivisionError: division by zero", "`len(xs)` is 0"),
        ("a = b = 0\nprint(1 % a, 1 / b)\n", "ZeroDivisionError: division by zero", "which one is 0"),
        ("class Log:\n    pass\nLog().size\n", "AttributeError: 'Log' object has no attribute 'size'", "Nothing sets"),
    ],
)
def test_a_text_has_no_place_that_nothing_fills(source: str, error: str, words: str) -> None:
    text = explain_error(source, f'  File "answer", line {source.count(chr(10))}\n{error}').text
    assert words in text and "…" not in text


def test_a_word_of_another_language_at_the_start_of_a_line_is_named() -> None:
    found = explain_error("n = 1\nfunction two(x):\n    return 2\n", Seen("SyntaxError", "invalid syntax", (Step(2),)))
    assert found.line == 2 and "Python writes `def`" in found.text
    own = explain_error("func = 1\nprint(func 2)\n", Seen("SyntaxError", "invalid syntax", (Step(2),)))
    assert "Python writes `def`" not in own.text


HOUSES = 'for house in range(3):\n    print("House", i)\n'


@pytest.mark.parametrize(
    ("source", "line", "error", "cause", "said"),
    [
        ("import math\nprint(pi * 2)\n", 2, "name 'pi' is not defined", "name_typo", "Line 1 gives you `math`"),
        ("import math as m\nprint(sqrt(4))\n", 2, "name 'sqrt' is not defined", "name_typo", "gives you `m`"),
        ("from math import e\nprint(pi)\n", 2, "name 'pi' is not defined", "missing_import", "no line here imports"),
        (
            "def to_half(n):\n    return n / 2\nx = half + 1\n",
            3,
            "name 'half' is not defined",
            "name_typo",
            "does not know",
        ),
        (HOUSES.replace("i)", "hose)"), 2, "name 'hose' is not defined", "name_typo", "close to `house`"),
        (HOUSES.replace("i)", "house, i)"), 2, "name 'i' is not defined", "name_typo", "look for the line"),
        ("print(null)\n", 1, "name 'null' is not defined", "name_typo", "`null`, Python writes `None`"),
        ("print(Hello)\n", 1, "name 'Hello' is not defined", "missing_quotes", "needs quotes"),
        ("rest = 64 % 6\nprint(left_over)\n", 2, "name 'left_over' is not defined", "name_typo", "its value"),
        ("n = int('five')\n", 1, "invalid literal for int() with base 10: 'five'", "bad_conversion", "is not a number"),
    ],
)
def test_what_is_said_surely_is_seen_in_the_code(source: str, line: int, error: str, cause: str, said: str) -> None:
    kind = "NameError" if error.startswith("name") else "ValueError"
    found = explain_error(source, Seen(kind, error, (Step(line),)))
    assert (found.line, found.cause) == (line, cause) and said in found.text


PAGES = "import pandas as pd\nt = pd.DataFrame({'a': [1]})\n"
LAMP = "class Lamp:\n    def press(self):\n        return 1\nlamp = Lamp\nlamp.press()\n"
MADE = "age = int(input('Age: '))\nprint('You are ' + age)\n"
YEARS = "years = 0\nwhile years < 9:\n    year = year + 1\n"
ROWS = "for row in rows:\n    for seat in rows[row]:\n        print(seat)\n"
GOAL = "goal = float(input('Goal: '))\nfor year in range(goal):\n    print(year)\n"


@pytest.mark.parametrize(
    ("source", "error", "line", "said"),
    [
        ("def two(d):\n    return d['Mia']\nprint(two({'Mia': 1}))\n", "KeyError: 'Mia'", 2, "written into this line"),
        ("x = 1\nprint(x == NaN)\n", "NameError: name 'NaN' is not defined", 2, "shows a hole"),
        ("def f(rows):\n    return len(rows)\nf(rows)\n", "NameError: name 'rows' is not defined", 3,
         "a parameter of `f`"),
        ("def f(xs):\n    big = max(xs)\n    return big\nf([1])\nprint(big)\n",
         "NameError: name 'big' is not defined", 5, "is lost"),
        (PAGES + "t['b'] = 'a' / 'c'\n", "TypeError: unsupported operand type(s) for /: 'str' and 'str'", 3,
         "`a` is only a text here, and no column"),
        (PAGES + "t['b'] == t['a'] * 2\n", "KeyError: 'b'", 3, "`==` only compares"),
        ("def f(n):\n    n = n - 1\nwhile n > 0:\n    f(1)\n", "NameError: name 'n' is not defined", 3,
         "this line stands outside"),
        ("class Dot:\n    def at(self, x):\n        self.y = x\n    def of(self):\n        return self.x\nDot().of()\n",
         "AttributeError: 'Dot' object has no attribute 'x'", 5, "a parameter of `at`"),
        ("class Dot:\n    def grow(self):\n        return self + 1\nDot().grow()\n",
         "TypeError: unsupported operand type(s) for +: 'Dot' and 'int'", 3, "`self` is the whole object"),
        ("xs = [1]\nxs.remove(2)\n", "ValueError: list.remove(x): x not in list", 2, "does not hold the value"),
        ("xs = [1]\nxs.index(2)\n", "ValueError: 2 is not in list", 2, "does not hold the value"),
        (LAMP, "AttributeError: type object 'Lamp' has no attribute 'on'", 4, "is the class itself"),
        (LAMP, "TypeError: Lamp.press() missing 1 required positional argument: 'self'", 4, "is the class itself"),
        (
            "found.append(1)\n",
            "NameError: name 'found' is not defined",
            1,
            "look for the line that should give `found`",
        ),
        ("cost = petrol * price\n", "NameError: name 'petrol' is not defined", 1, "should give `petrol` its value"),
        (
            "x = 2.0\nprint(x ^ 2)\n",
            "TypeError: unsupported operand type(s) for ^: 'float' and 'int'",
            2,
            "two characters",
        ),
        ("x = 3\nelif x > 2:\n    print(x)\n", "SyntaxError: invalid syntax", 2, "none begins above it"),
        (MADE, "TypeError: can only concatenate str (not \"int\") to str", 2, "`age` is a number since line 1"),
        (YEARS, "NameError: name 'year' is not defined", 3, "close to `years`"),
        ("count = count + 1\n", "NameError: name 'count' is not defined", 1, "reads `count` in order to change it"),
        (GOAL, "TypeError: 'float' object cannot be interpreted as an integer", 2, "line 1 makes it one with `float"),
        ("n = input()\nn = n + 1\n", "TypeError: can only concatenate str (not \"int\") to str", 2,
         "comes from `input()`"),
        ("n = input()\nprint(n + [n])\n", "TypeError: can only concatenate str (not \"list\") to str", 2,
         "the other the type `list`"),
        ("n = 20%\nprint(n)\n", "SyntaxError: invalid syntax", 1, "`%` has no value behind it"),
        ("n =\nprint(n)\n", "SyntaxError: invalid syntax", 1, "`n` gets no value yet"),
        ("time = 7:05\n", "SyntaxError: leading zeros in decimal integer literals are not permitted", 1, "is a text"),
        ("n = input()\nprint(2.5 / n)\n", "TypeError: unsupported operand type(s) for /: 'float' and 'str'", 2,
         "meets a number (float)"),
        ("self.n =\nprint(n)\n", "SyntaxError: invalid syntax", 1, "`self.n` gets no value yet"),
        ("a * b = c\n", "SyntaxError: cannot assign to expression", 1, "the name stands alone on its left"),
        ("for n in [1]:\n    print(n)\nif n > 0:\n",
         "IndentationError: expected an indented block after 'if' statement on line 3", 3, "the program ends there"),
        ("n = int('How many? ')\n", "ValueError: invalid literal for int() with base 10: 'How many? '", 1,
         "gets the very words `'How many? '`"),
        ("print(first(:3))\n", "SyntaxError: invalid syntax", 1, "`first(:3)` has a colon in round brackets"),
        ("boxes = eggs : size\n", "SyntaxError: invalid syntax", 1, "In `eggs : size` stands a colon"),
        ("def best(d):\n    for name, score in d:\n        print(name)\nbest({'a': 1})\n",
         "ValueError: too many values to unpack (expected 2)", 2, "takes the key itself apart"),
        ("f = open('a', 'w')\nf.write(3)\n",
         "TypeError: write() argument must be str, not int", 2, "`write` takes only text"),
        ("boxes = eggs \\\\ size\n", "SyntaxError: unexpected character after line continuation character", 1,
         "leans the other way"),
        ("name = 'Ada'\nprint(name[0, 3])\n", "TypeError: string indices must be integers, not 'tuple'", 2,
         "makes one thing of them, a *tuple*"),
        ("n = 0\nn = n + input('Next: ')\n", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 2,
         "comes from `input()`"),
        ("n = '5'\nn.slice(2)\n", "AttributeError: 'str' object has no attribute 'slice'", 2, "is not an attribute"),
        ("n = '5'\nn.int()\n", "AttributeError: 'str' object has no attribute 'int'", 2, "a function of its own"),
        ("def mean(xs):\n    for x in xs:\n        print(x)\n    return len(x)\nmean([1])\n",
         "TypeError: object of type 'int' has no len()", 4, "`x` is only one of the values of `xs`"),
        ("ts, n = [5], 0\nfor t in ts:\n    if ts[t] < 0:\n        n += 1\n",
         "IndexError: list index out of range", 3, "`t` is already one of the values of `ts`"),
        ("xs, ys = [5, 6], [1]\nfor x in xs:\n    print(ys[x])\n", "IndexError: list index out of range", 3,
         "This index (position) does not exist"),
        ("import pandas as pd\nt.loc[t['a'] > 1] = 4.0\n", "TypeError: Invalid value '4.0' for dtype 'str'.", 2,
         "chooses rows, and no column"),
        ("import pandas as pd\nt[t['a'] == h]\n",
         "ValueError: Can only compare identically-labeled Series objects", 2, "one of the two should be a"),
        ("x = [1, 2]\nplt.plot(x, [3])",
         "ValueError: x and y must have same first dimension, but have shapes (2,) and (1,)", 2, "2 values for x here"),
        ("x = [1, 2]\nplt.scatter(x, [3])", "ValueError: x and y must be the same size", 2, "not as many values for x"),
        ("import pandas as pd\ntop = t['a'].max()\nprint(t.loc[top])\n", "KeyError: 76.77", 3,
         "No row here has the label `76.77`"),
        ('t["a", "b"]\n', "KeyError: ('a', 'b')", 1, "Two names in one pair of square brackets make one key"),
        ('t["stars"].groupby("genre").mean()\n', "KeyError: 'genre'", 1, "or one column of it only?"),
        ('t.groupby("a").agg(m=("b", "average"))\n',
         "AttributeError: 'SeriesGroupBy' object has no attribute 'average'", 1, "in pandas that is `mean`"),
        ('t["date"].month\n', "AttributeError: 'Series' object has no attribute 'month'", 1, "Behind `.dt`"),
        ('t["a"].unique().sorted()\n', "AttributeError: 'StringArray' object has no attribute 'sorted'", 1,
         "a function of its own"),
        ('t[t["h"] == hours & t["c"] != city]\n', "TypeError: unsupported operand type(s) for &: 'float' and 'str'", 1,
         "each comparison needs round brackets"),
        ("h = 5 // 2\nprint(h + ' h')\n", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 2, "text"),
        ("xs = ['4']\nprint(sum(xs))\n", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 2,
         "values of `xs`, and at least one of them is text"),
        ("for i in xs:\n    print(xs[i])\n", "TypeError: list indices must be integers or slices, not str", 2,
         "`i` is of type str here"),
        ("n = 1\nwhile n:\n    \n", "IndentationError: expected an indented block after 'while' statement on line 2", 2,
         "expects an indented block"),
        ("n = (1 +\n     2))\n", "SyntaxError: unmatched ')'", 2, "bracket"),
        ("xs = [9, 4]\nxs.pop(max(xs))\n", "IndexError: pop index out of range", 2, "the number of a place"),
        (ROWS, "TypeError: list indices must be integers or slices, not list", 2, "`row` is of type list here"),
        ("print('ab'.substring(0, 1))\n", "AttributeError: 'str' object has no attribute 'substring'", 1,
         "Python writes it with `[start:end]`"),
        ("xs = []\nxs.push(1)\n", "AttributeError: 'list' object has no attribute 'push'", 2, "`.append(…)`"),
        ("m = {'a': 5}\nfor i in range(len(m)):\n    print(m[i])\n", "KeyError: 0", 3, "A dict has no places 0, 1, 2"),
        ("def f(n):\n    if n < 0:\n        raise ValueError('too small')\nf(-1)\n", "ValueError: too small", 3,
         "raises the error itself, with `raise`: nothing is broken"),
        ("print(f'{total euros}')\n", "SyntaxError: f-string: invalid syntax. Perhaps you forgot a comma?", 1,
         "Here two words stand side by side in it"),
        ("import pandas as pd\ndef f(table, column):\n    return table.column.isna()\n",
         "AttributeError: 'DataFrame' object has no attribute 'column'", 3, "looks for something that is called just"),
        ("import pandas as pd\ndef f(table, column):\n    return table['column'].isna()\n", "KeyError: 'column'", 3,
         "In quotes, `column` is plain text"),
        ("a, b = [1], [2]\nprint(a - b)\n", "TypeError: unsupported operand type(s) for -: 'list' and 'list'", 2,
         "no minus between two lists"),
        ("n = float(input())\n", "ValueError: could not convert string to float: '6,2'", 1, "is written with a comma"),
    ],
)  # fmt: skip
def test_a_cause_is_told_that_is_the_programs_own(source: str, error: str, line: int, said: str) -> None:
    kind, _, message = error.partition(": ")
    found = explain_error(source, Seen(kind, message, (Step(line),)))
    assert found.line == line and said in found.text


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("if n:\n    raise ValueEror('x')\n", "NameError: name 'ValueEror' is not defined", "raises the error itself"),
        ("import pandas as pd\naverage = df['x'].average()\n",
         "AttributeError: 'Series' object has no attribute 'average'", "is a name of yours"),
        ("import pandas as pd\nhours = table['hours'].sum()\n", "KeyError: 'hours'", "is plain text"),
        ("counts = {}\nfor d in range(1, 7):\n    counts[d] += 1\n", "KeyError: 1", "has no places"),
        ("p = {'name': 'Ann'}\ncity = p['city']\n", "KeyError: 'city'", "is plain text"),
        ("n = 5\nn.contains(3)\n", "AttributeError: 'int' object has no attribute 'contains'", "other languages"),
        ("codes = [17]\nfor i in range(1):\n    print(p[codes[i]])\n", "KeyError: 17", "has no places"),
        ("{}.push(1)\n", "AttributeError: 'dict' object has no attribute 'push'", "other languages"),
        ("row = ['3,5']\nfloat(row[0])\n", "ValueError: could not convert string to float: '3,5'", "with a comma, and"),
    ],
)  # fmt: skip
def test_a_rule_keeps_silent_where_its_words_would_be_untrue(source: str, error: str, said: str) -> None:
    kind, _, message = error.partition(": ")
    assert said not in explain_error(source, Seen(kind, message, (Step(source.count("\n")),))).text


def test_a_value_that_hides_a_method_is_told_where_it_gets_its_name() -> None:
    source = "class Order:\n    def __init__(self):\n        self.total = 0\n    def total(self):\n        return 1\n"
    found = explain_error(f"{source}print(Order().total())\n", "TypeError: 'int' object is not callable")
    assert found.line == 3 and "a method of the class has the same name" in found.text
    other = explain_error("n = 5\nprint(n.real())\n", "TypeError: 'int' object is not callable")
    assert other.line == 2 and "same name" not in other.text


def test_keys_that_are_no_numbers_are_not_told_to_be_of_another_type() -> None:
    found = explain_error("money = {'Mia': 5}\nprint(money[5])\n", "KeyError: 5")
    assert found.cause == "missing_key"
    assert explain_error("money = {'5': 1}\nprint(money[5])\n", "KeyError: 5").cause == "wrong_key_type"


def test_a_value_that_is_last_in_a_function_lacks_its_return() -> None:
    (found,) = [one for one in mistakes_in("def less(a, b):\n    a - b\n", "en") if one.sure > 0.9]
    assert found.line == 2 and found.cause == "none_return"
    (found,) = [one for one in mistakes_in("def less(a, b):\n    a - b\n    return a\n", "en") if one.sure > 0.9]
    assert found.variant == "unused"


@pytest.mark.parametrize(
    ("source", "error", "line", "untrue"),
    [
        ("ages = {'Ben': 1}\nn, who = 0, 'Mia'\nif ages[who] > 2:\n    n += 1\n", "KeyError: 'Mia'", 3, "start value"),
        ("pairs = [(1, 2, 3)]\nfor a, b in pairs:\n    d = {}\n    for k in d:\n        print(k)\n",
         "ValueError: too many values to unpack (expected 2)", 2, "dict"),
        ("from collections import Counter\nc = Counter('ab')\nc.most_comon()\n",
         "AttributeError: 'Counter' object has no attribute 'most_comon'", 3, "square brackets"),
        ("def f(x):\n    return 'a' + x\nx = 5\nf(3)\n",
         "TypeError: can only concatenate str (not \"int\") to str", 2, "since line"),
        ("def get_total():\n    return 1\nget_total()\nprint(total)\n",
         "NameError: name 'total' is not defined", 4, "close to"),
    ],
)  # fmt: skip
def test_what_stands_elsewhere_in_the_program_is_not_told_to_be_the_cause(
    source: str, error: str, line: int, untrue: str
) -> None:
    kind, _, message = error.partition(": ")
    found = explain_error(source, Seen(kind, message, (Step(line),)))
    assert found.line == line and untrue not in found.text


@pytest.mark.parametrize(
    ("code", "error", "title"),
    [
        ("for turn in 2:\n    print(turn)\n", "TypeError: 'int' object is not iterable", "This type cannot do that"),
        ("n = 0\nwhile n < 3:\n    print(n)\n", "TLE: ", "It goes on without end"),
        ("n = 5\nwhile n > 0:\n    n += 1\n", "TLE: ", "It goes on without end"),
        ("def f(n):\n    return f(n)\n\nf(1)\n", Seen("RecursionError", "", (Step(2, "f"),)), "It goes"),
        ("class A:\n    pass\n\nA().go()\n", "AttributeError: 'A' object has no attribute 'go'", "have it yet"),
    ],
)
def test_a_title_is_true_of_all_that_stands_below_it(code: str, error: Seen | str, title: str) -> None:
    assert title in explain_error(code, error).title


def test_a_loop_that_nothing_stops_is_told_alone() -> None:
    found = explain_error("n = 0\nwhile n < 3:\n    print(n)\n", "TLE: ")
    assert found.line == 2 and "Nothing in this loop changes `n`" in found.text and found.sure > 0.9


@pytest.mark.parametrize(
    ("source", "error", "never"),
    [
        ("n = int('x5') & 1 == 0\n", "ValueError: invalid literal for int() with base 10: 'x5'", "round brackets"),
        ("class ArrayStack:\n    pass\ns = ArrayStack()\ns.order()\n",
         "AttributeError: 'ArrayStack' object has no attribute 'order'", "in pandas"),
        ("class Series:\n    pass\nprint(Series().title)\n",
         "AttributeError: 'Series' object has no attribute 'title'", "`.dt`"),
        ("df.str.upper()\n", "AttributeError: 'DataFrame' object has no attribute 'str'", "a function of its own"),
        ("def f(grid):\n    return grid[0, 1]\n", "KeyError: (0, 1)", "column"),
        ("def f(board):\n    return plot(board['y'])\n", "KeyError: 'y'", "column"),
        ("xs = np.array([1])\nxs.sort_by()\n",
         "AttributeError: 'numpy.ndarray' object has no attribute 'sort_by'", "in pandas"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_not_told_as_one(source: str, error: str, never: str) -> None:
    kind, _, message = error.partition(": ")
    found = explain_error(source, Seen(kind, message, (), source.count("\n")))
    assert found.text and never not in found.text


def test_a_key_that_only_a_test_asks_for_is_looked_for_in_what_the_code_makes() -> None:
    source = "def f(t):\n    b = t['a'] * 2\n    return t\n"
    found = explain_error(source, Seen("KeyError", "'b'", (), of_test=True))
    assert found.line == 2 and "makes a variable with the name `b`" in found.text


def test_what_draws_is_called() -> None:
    found = explain_error("import matplotlib.pyplot as plt\nplt.plot([1], [2])\nplt.legend\n", Seen())
    assert (found.line, found.cause) == (3, "missing_call")


@pytest.mark.parametrize(
    ("source", "error", "line", "said"),
    [
        ("print('10' - '3')\n", "TypeError: unsupported operand type(s) for -: 'str' and 'str'", 1, "Both values here"),
        (
            "class Box:\n    def __init__(self, width):\n        width = width\n    def area(self):\n"
            "        return self.width\nBox(2).area()\n",
            "AttributeError: 'Box' object has no attribute 'width'",
            3,
            "`self",
        ),
        (
            "def make():\n    total = 3\n    return total\ndef show(total):\n    return total\nmake()\nprint(total)\n",
            "NameError: name 'total' is not defined",
            7,
            "is lost",
        ),
        ("f = lambda x: x + 1\nprint(x)\n", "NameError: name 'x' is not defined", 2, "comprehension or lambda"),
        ("def area(width):\n    return width\narea(width=width)\n", "NameError: name 'width' is not defined", 3,
         "Which value do you want to hand to `area`"),
        ("def walk(n):\n    return walk(n)\nprint(n)\n", "NameError: name 'n' is not defined", 3, "stands outside"),
        ("title = 'a'\ntitle.upper()\nages = {'Al': 1}\nprint(ages['Bo'])\n", "KeyError: 'Bo'", 4, "'Bo'"),
        ("xs = (1, 2)\nxs.index(3)\n", "ValueError: tuple.index(x): x not in tuple", 2, "Python stopped here"),
    ],
)  # fmt: skip
def test_a_cause_is_not_taken_for_one_that_it_is_like(source: str, error: str, line: int, said: str) -> None:
    found = explain_error(source, from_traceback(f'File "answer", line {line}\n{error}', source))
    assert found.line == line and said in found.text


def test_a_parameter_with_the_name_of_a_key_makes_no_column() -> None:
    source = "def stats(total):\n    return {'count': total}\n"
    assert "makes a variable" not in explain_error(source, Seen("KeyError", "'total'", (), of_test=True)).text


def test_a_setting_of_the_charts_is_no_function() -> None:
    found = explain_error("import matplotlib.pyplot as plt\nplt.plot([1], [2])\nplt.rcParams\n", Seen())
    assert found.cause != "missing_call"
