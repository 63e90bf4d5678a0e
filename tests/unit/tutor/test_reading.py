"""The student's own code told in words: every kind of statement, the lines asked about first."""

import re

import pytest

from codegym_jlab.tutor.walkthrough import MOST_LINES, asks_to_read, lines_asked, walk

STREAM = "def count_up(n):\n    for i in range(n):\n        yield i\n"
TALK = '''import math
from pathlib import Path
class Till(object):
    """A till."""
    total: int = 0
    def pay(self, *sums, tip=0):
        global seen
        self.total += sum(sums)
        for sum_, name in zip(sums, "ab"):
            if sum_ < 0:
                raise ValueError(name)
            elif sum_ == 0:
                continue
            else:
                break
        while tip:
            tip -= 1
        try:
            assert tip == 0
        except AssertionError:
            return
        with open("log") as log:
            log.write("done")
        a, b = divmod(7, 2)
        rows = {}
        rows["a"] = [x * 2 for x in sums if x]
        rows["a"].append(a)
        del b
        print(rows)
        match a:
            case 3:
                pass
        return max(rows["a"]) if rows else None
'''


def test_a_line_asked_about_is_told_with_what_it_stands_in() -> None:
    told = walk(STREAM, "what does this code of mine do at the yield line, step by step?")
    assert "line 3, `yield i`: hands out `i` and pauses here" in told
    assert "line 2, `for i in range(n):`" in told and "resumes" in told
    assert "**generator and yield**" in told


def test_every_statement_is_told_in_words() -> None:
    told = walk(TALK) + "".join(walk(TALK, f"line {number}") for number in range(1, TALK.count("\n") + 1))
    assert "does `" not in re.sub(r"\*\*Try it:\*\*.*", "", told)  # a page's exercise may say so
    for words in ("makes the module `math`", "adds `sum(sums)`", "takes pairs from", "leaves the loop at once",
                  "closes it at the end", "puts `a` at the end of", "compares `a` with one `case`"):  # fmt: skip
        assert words in told


def test_long_code_is_told_up_to_a_bound() -> None:
    told = walk("\n".join(f"x{number} = {number}" for number in range(200)))
    assert told.count("\n- line") == MOST_LINES and "There is more below" in told


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("what happens in line 2?", {2}),
        ("was macht Zeile 3", {3}),
        ("the yield line?", {3}),
        ("explain my code", set()),
        ("what about line 99", set()),
    ],
)
def test_the_lines_that_a_question_names(question: str, lines: set[int]) -> None:
    assert lines_asked(STREAM, question) == lines


@pytest.mark.parametrize(
    ("question", "is_asked"),
    [
        ("can u go through my solution line by line", True),
        ("¿qué hace mi código paso a paso?", True),
        ("逐行解释一下我的代码", True),
        ("what does dict.get do", False),
        ("explain list comprehension to me", False),
        ("what does the zip function do", False),
    ],
)
def test_whether_the_own_code_is_to_be_read(question: str, is_asked: bool) -> None:
    assert asks_to_read(question) is is_asked


def test_code_that_python_cannot_read_is_for_the_explainer() -> None:
    with pytest.raises(SyntaxError):
        walk("def f(:\n")


def test_the_heading_is_in_the_language_of_the_student() -> None:
    assert walk(STREAM, language="fr").startswith("Ton code, ligne par ligne")


EVERYTHING = """import math
from os import path
class Shop(Base):
    pass
async def wait(x):
    async with x as y:
        await y
    async for z in x:
        yield z
def tell(a, *, b):
    'Says it.'
    global c
    d: int
    e: int = 1
    a, b = b, a
    a[0] = b.c = 1
    b.c = [x for x in a if x] if a else [y for y in b]
    e += 1
    e @= 2
    while e:
        break
    for i in range(3):
        continue
    for i, j in enumerate(a):
        print(i, j)
        print()
        a.append()
        tell(i)
    with open('`') as f, open('g'):
        a + b
    with f:
        del a, b
    try:
        raise ValueError('{name}')
    except:
        raise
    match a:
        case 1:
            assert a
    if a:
        return
    elif b:
        yield from b
    return (a for a in b)
"""


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "pl", "zh"])
def test_every_statement_is_told_in_the_students_language(language: str) -> None:
    lines = EVERYTHING.splitlines()
    for number, line in enumerate(lines, 1):
        if not re.match(r"\s*(except|case|elif|try|else)", line):
            told = walk(EVERYTHING, f"what does line {number} do?", language)
            found = [row for row in told.splitlines() if row.startswith("- ") and f" {number}" in row[:12]]
            assert found, line
            assert re.sub(r"`[^`]*`", "", found[-1]).strip("- :：。."), line
            assert not re.search(r"\{(value|names?|owner|test|aside|kinds)\}", re.sub(r"`[^`]*`", "", found[-1])), line
    assert (walk(EVERYTHING, "", language) == walk(EVERYTHING)) is (language == "en")
