"""Reviews: after acceptance what could be better, before it only what helps; lines and ideas asked for come first."""

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
    told = review(CLUMSY, accepted=True)
    assert "`kept = [value for value in values if value > 3]`" in told


def test_before_acceptance_no_own_line_is_rewritten_and_style_is_left_alone() -> None:
    told = review(CLUMSY)
    assert "for value in values if value" not in told
    assert "What could be better" not in told


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(a):\n    for x in a:\n        print(x)\n", "gives nothing back"),
        ("def f(a):\n    for x in a:\n        return x\n", "inside the loop's block"),
        ("def f(a):\n    a.strip()\n    return a\n", "nothing keeps it"),
        ("def f(a):\n    a = a.sort()\n    return a\n", "returns None"),
        ("def f(a):\n    t = 0\n    while t < 3:\n        a += 1\n    return a\n", "the loop never stops"),
        ("def f(a):\n    for x in a:\n        t = 0\n        t += x\n    return t\n", "begins anew"),
        ("def f(a):\n    return a == 1 or 2\n", "counts as true"),
        ("def f(a):\n    for x in a:\n        a.remove(x)\n    return a\n", "skip"),
        ("def f(a):\n    return a\n    print(a)\n", "never reached"),
    ],
)
def test_before_acceptance_likely_mistakes_are_named(source: str, words: str) -> None:
    assert words in review(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(a):\n    for i in range(len(a)):\n        print(a[i])\n", "`for value in a:`"),
        ("def f(a):\n    if a > 1:\n        return True\n    return False\n", "`return a > 1`"),
        ("def f(a):\n    if a == None:\n        return 1\n    return a\n", "`a is None`"),
        ("def f(list):\n    return list\n", "also the name of a function"),
        ("def f(a, seen=[]):\n    return seen + a\n", "shared by all calls"),
        ("def f(a, b):\n    if a > b:\n        b = a\n    return b\n", "`b = max(b, a)`"),
        ("def f(p):\n    log = open(p)\n    return log.read()\n", "without `with`"),
        ("def f(myValue):\n    return myValue\n", "`my_value`"),
    ],
)
def test_after_acceptance_what_could_be_better(source: str, words: str) -> None:
    assert words in review(source, accepted=True)


def test_good_code_needs_no_change_and_says_so() -> None:
    told = review(
        "def f(values):\n    if not values:\n        return 0\n    return sum(v * v for v in values)\n", accepted=True
    )
    assert "Nothing in it asks for a change" in told
    assert not {"you", "great", "well done"} & set(told.lower().split())


def test_cases_come_from_labels_that_may_be_seen() -> None:
    told = review(CLUMSY, exercise("def chosen(values):\n    pass\n"), accepted=True)
    assert "an empty list" in told and "secret" not in told
    assert "equal values" in review(CLUMSY, accepted=True, labels=["equal values only"])


def test_a_cell_as_it_was_given_asks_for_a_first_step() -> None:
    starter = "def chosen(values):\n    pass\n"
    assert "still as it was given" in review("def chosen(values):\n    pass\n\n", exercise(starter))


@pytest.mark.parametrize(("source", "words"), [("def f(:\n", "cannot read this yet: line 1")])
def test_what_cannot_be_reviewed_is_said(source: str, words: str) -> None:
    assert words in review(source)


def test_one_review_is_one_review_whatever_stands_in_the_cell() -> None:
    began = time.process_time()
    review("\n".join(f"x{i} = [a for a in range({i})]" for i in range(400)), accepted=True)
    assert time.process_time() - began < 5  # no rule is quadratic in the number of statements


def test_names_that_the_author_gave_are_not_the_students_to_change() -> None:
    source = "def chosen(dict):\n    return dict\n"
    assert "also the name of a function" in review(source, accepted=True)
    assert "also the name of a function" not in review(source, exercise("def chosen(dict):\n    pass\n"), accepted=True)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_review_is_in_the_students_language(accepted: bool) -> None:
    source = "def chosen(a, b):\n    t = 0\n    for x in a:\n        t += x\n        print(t)\n    open('f')\n"
    english = review(source, exercise("pass\n"), accepted=accepted)
    said = {english}
    for language in ("de", "es", "fr", "pl", "zh"):
        told = review(source, exercise("pass\n"), accepted=accepted, language=language)
        said.add(told)
        lines = [line for line in told.splitlines() if len(line.split()) > 4 and "an empty list" not in line]
        assert not set(lines) & set(english.splitlines())
    assert len(said) == 6


def test_braces_in_the_students_code_are_no_gaps() -> None:
    told = review("def f(a, b):\n    '{line}' == '{code}'\n    return a\n")
    assert "`'{line}'`" in told
