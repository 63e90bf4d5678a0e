"""Reviews of accepted code: what could be better."""

import time

import pytest

from codegym_jlab.course.schema import Exercise
from codegym_jlab.tutor.review import review

CLUMSY = """def chosen(values):
    kept = []
    for value in values:
        if value > 3:
            kept.append(value)
    return kept
"""


def exercise(starter: str) -> Exercise:
    return Exercise.model_validate(
        {
            "id": "chosen",
            "title": "Chosen",
            "statement": "Keep the large ones.",
            "starter": starter,
            "solution": "def chosen(values):\n    return [v for v in values if v > 3]\n",
            "checks": [{"call": "chosen([])", "equals": [], "label": "an empty list"},
                       {"call": "chosen([9])", "equals": [9], "hidden": "the secret label"}],
        }
    )  # fmt: skip


def test_an_accepted_line_may_be_shown_the_other_way() -> None:
    told = review(CLUMSY)
    assert "`kept = [value for value in values if value > 3]`" in told


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(a):\n    for i in range(len(a)):\n        print(a[i])\n", "`for value in a:`"),
        ("def f(a):\n    if a > 1:\n        return True\n    return False\n", "`return a > 1`"),
        ("def f(a):\n    if a == None:\n        return 1\n    return a\n", "`a is None`"),
        ("def f(list):\n    return list\n", "also the name of one of Python's functions"),
        ("def f(a, seen=[]):\n    return seen + a\n", "shared by all calls"),
        ("def f(a, b):\n    if a > b:\n        b = a\n    return b\n", "`b = max(b, a)`"),
        ("def f(p):\n    log = open(p)\n    return log.read()\n", "without `with`"),
        (
            "def f(a):\n    if a:\n        b = 1\n    else:\n        if a is None:\n            b = 2\n    return b\n",
            "`elif`",
        ),
        ("def f(myValue):\n    return myValue\n", "`my_value`"),
    ],
)
def test_after_acceptance_what_could_be_better(source: str, words: str) -> None:
    assert words in review(source)


def test_good_code_needs_no_change_and_says_so() -> None:
    told = review("def f(values):\n    if not values:\n        return 0\n    return sum(v * v for v in values)\n")
    assert "There is nothing to change" in told
    assert not {"you", "great", "well done"} & set(told.lower().split())


@pytest.mark.parametrize(("source", "words"), [("def f(:\n", "cannot read this yet: line 1")])
def test_what_cannot_be_reviewed_is_said(source: str, words: str) -> None:
    assert words in review(source)


def test_one_review_is_one_review_whatever_stands_in_the_cell() -> None:
    began = time.process_time()
    review("\n".join(f"x{i} = [a for a in range({i})]" for i in range(400)))
    assert time.process_time() - began < 5  # no rule is quadratic in the number of statements


def test_names_that_the_author_gave_are_not_the_students_to_change() -> None:
    source = "def chosen(dict):\n    return dict\n"
    assert "also the name of one of Python's functions" in review(source)
    assert "also the name of one of Python's functions" not in review(source, exercise("def chosen(dict):\n    pass\n"))


def test_a_review_is_in_the_students_language() -> None:
    source = "def chosen(a, b):\n    t = 0\n    for x in a:\n        t += x\n        print(t)\n    open('f')\n"
    english = review(source, exercise("pass\n"))
    said = {english}
    for language in ("de", "es", "fr", "pl", "zh"):
        told = review(source, exercise("pass\n"), language=language)
        said.add(told)
        lines = [line for line in told.splitlines() if len(line.split()) > 4 and "an empty list" not in line]
        assert not set(lines) & set(english.splitlines())
    assert len(said) == 6


def test_braces_in_the_students_code_are_no_gaps() -> None:
    assert "{line}" in review("def f(a):\n    if a == None and '{line}':\n        return a\n    return 1\n")


def test_an_authors_answer_that_is_no_plain_python_stops_no_review() -> None:
    timed = exercise("").model_copy(update={"solution": "%%timeit\nprint(1 + x)\n"})
    assert review("print(2 * 3)\n", timed) == review("print(2 * 3)\n")
