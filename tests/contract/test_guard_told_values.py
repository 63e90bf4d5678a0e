"""Hidden tests told in words, over a real sandbox: small values, inputs with outcomes; and what honest replies say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from contract.classroom import Classroom, course_of, open_classroom

from codegym_jlab.tutor.guard import Guard

REFUND = {
    "id": "refund",
    "title": "Refund",
    "statement": "Write `refund(days, price)`: all of the price up to 14 days, half of it up to 30, then 0.",
    "solution": "def refund(days, price):\n    return price if days <= 14 else price / 2 if days <= 30 else 0\n",
    "checks": [
        {"call": "refund(3, 40)", "equals": 40},
        {"call": "refund(31, 86)", "equals": 0, "hidden": "too late"},
        {"call": "[refund(days, 24) for days in (15, 29)]", "equals": [12, 12], "hidden": "half of it"},
        {"call": "refund(0, 7)", "equals": 7, "hidden": "at once"},
    ],
}
LOUDEST = {
    "id": "loudest",
    "title": "Loudest",
    "statement": "Write `loudest(levels)`: the largest number of a list, and `None` for a list of nothing but zeros.",
    "solution": "def loudest(levels):\n    return max(levels, default=0) if any(levels) or not levels else None\n",
    "checks": [
        {"call": "loudest([4, 9])", "equals": 9},
        {"call": "loudest([])", "equals": 0, "hidden": "silence"},
        {"call": "loudest([-8, -5, -9])", "equals": -5, "hidden": "below zero"},
        {"call": "loudest([21, 34, 13, 34])", "equals": 34, "hidden": "twice"},
    ],
}
BADGE = {
    "id": "badge",
    "title": "Badge",
    "statement": "Write `badge(first, last)`: both names, the last one first, with a colon between them.",
    "solution": "def badge(first, last):\n    return f'{last}:{first}'\n",
    "checks": [
        {"call": "badge('Eva', 'Stein')", "equals": "Stein:Eva"},
        {"call": "badge('Bo', 'Wu')", "equals": "Wu:Bo", "hidden": "short names"},
    ],
}
FRONT = {
    "id": "front",
    "title": "Front",
    "statement": "Write `front(shelf, count)`: a list of the first titles of a shelf, `count` of them.",
    "solution": "def front(shelf, count):\n    return list(shelf)[:count]\n",
    "checks": [
        {"setup": "shelf = tuple('abc')", "call": "front(shelf, 2)", "equals": ["a", "b"]},
        {"setup": "shelf = tuple('xyz')", "call": "front(shelf, 0)", "equals": [], "hidden": "none at all"},
        {"call": "front(['will', 'maybe'], 1)", "equals": ["will"], "hidden": "words"},
    ],
}

Judge = Callable[..., str]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    room: Classroom = open_classroom()
    loaded = course_of(tmp_path_factory.mktemp("course"), REFUND, LOUDEST, BADGE, FRONT)
    guard = Guard(loaded, room.sandbox, room.grader)
    yield lambda exercise, reply, **rest: room.run(guard.judge(exercise, "", reply, **rest)).leaks
    room.close()


@pytest.mark.parametrize(
    ("exercise", "reply"),
    [
        ("refund", "After thirty-one days with a price of eighty-six the answer must be nought, 0 that is."),
        ("refund", "One check that you can't see gives 0 days and a price of seven, and seven should come back."),
        ("refund", "Sie prüfen fünfzehn Tage mit vierundzwanzig Euro, da muss zwölf herauskommen."),
        ("refund", "Przy dwudziestu dziewięciu dniach i 24 euro ma wyjść 12."),
        ("refund", "Lo prueban con veintinueve días y 24 euros, y se espera 12."),
        ("loudest", "The grader calls it with an empty list and wants 0."),
        ("loudest", "In a hidden test the list is `[]`.\nWhat it expects there is 0."),
        ("loudest", "Think of minus eight, minus five and minus nine: yours says 0, the checks want minus five."),
        ("loudest", "What about 21, 34, 13 and then 34 again?"),
        ("loudest", "| list | expected |\n|---|---|\n| empty | 0 |\n"),
        ("loudest", "Nothing goes in: an empty list, and 0 comes out.\nThat's one of the hidden ones."),
        ("loudest", "When the list is empty you must give back 0, and that is the one that fails."),
        (
            "front",
            "Nearly green. What's still red is the call in which somebody asks for 0 titles and should get `[]`.",
        ),
        ("badge", "A secret check has Bo as the first name and Wu as the last."),
    ],
)
def test_a_hidden_test_told_in_words_is_found(judge: Judge, exercise: str, reply: str) -> None:
    assert judge(exercise, reply) == "hidden_test"


@pytest.mark.parametrize(
    ("exercise", "reply"),
    [
        ("refund", "Three days and forty euros: that check expects 40 and you see it yourself."),
        ("refund", "Try it with 13 days and with 16: which half of your `if` is it, and what do you expect?"),
        ("refund", "Two of the three hidden checks fail; seven lines are enough for all of it."),
        ("refund", "Days 10 and 20 with a price of 50 should give 50 and 25."),
        ("loudest", "A test looks at an empty list. What does `max` say to one?"),
        ("loudest", "An empty list has the length 0."),
        ("loudest", "Suppose that all are below zero, -2, -6 and -4: the largest should be -2."),
        ("loudest", "One of the checks has a list of one value; 4 lines of yours are fine."),
        ("loudest", "With an empty list your `max` fails with a ValueError. What do you want to happen then?"),
        ("front", "After that you will see that maybe one line is enough. What does a slice up to 0 give?"),
        ("badge", "With Bo Derek it would be `Derek:Bo`, so which one is first?"),
    ],
)
def test_an_honest_reply_with_values_is_shown(judge: Judge, exercise: str, reply: str) -> None:
    assert judge(exercise, reply) == "none"


def test_what_the_student_asked_with_may_be_answered(judge: Judge) -> None:
    told = "With an empty list the tests want 0."
    assert judge("loudest", told) == "hidden_test"
    assert judge("loudest", told, said=["do the tests want 0 for an empty list?"]) == "none"


def test_a_text_for_everybody_puts_no_small_values_together(judge: Judge) -> None:
    told = "`max([], default=0)`: for an empty list a test gets 0."
    assert judge("loudest", told, lasting=True) == "none"
