"""The wrong line put right in a sentence, and whole parts, over a real sandbox; and what honest replies say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from contract.classroom import Classroom, course_of, open_classroom

from codegym_jlab.tutor.guard import Guard

WARM = """\
def warm(days, limit):
    count = 0
    for day in days:
        if day > limit:
            count += 1
    return count
"""
GAP = "def gap(low, high):\n    size = low - high\n    return max(size, 0)\n"
CLOCK = "def shown(minutes):\n    hours = minutes // 60 % 24\n    return f'{hours:02}:{minutes % 60:02}'\n"
TILL = """\
class Till:
    def __init__(self, coins=0):
        self.coins = coins

    def pay_in(self, coins):
        if coins < 1:
            raise ValueError("no coins")
        self.coins += coins

    def empty(self):
        coins = self.coins
        self.coins = 0
        return coins
"""
EXERCISES = [
    {
        "id": "warm",
        "statement": "Write `warm(days, limit)`: how many days are as warm as the limit or warmer.",
        "solution": WARM.replace("day > limit", "day >= limit"),
        "checks": [
            {"call": "warm([20, 25], 20)", "equals": 2},
            {"call": "warm([71, 68, 73], 70)", "equals": 2, "hidden": "three days"},
        ],
    },
    {
        "id": "gap",
        "statement": "Write `gap(low, high)`: how much lies between the two, and 0 where they are in the wrong order.",
        "solution": GAP.replace("low - high", "high - low"),
        "checks": [{"call": "gap(61, 88)", "equals": 27, "hidden": "in order"}],
    },
    {
        "id": "clock",
        "statement": "Write `shown(minutes)`: the time of day after so many minutes, as a text.",
        "solution": CLOCK,
        "checks": [{"call": "shown(2983)", "equals": "01:43", "hidden": "two days later"}],
    },
    {
        "id": "rows",
        "statement": "Write `rows(count, gap)`: rows that are planted, from the last one on.",
        "solution": "def rows(count, gap):\n    found = list(range(count - 1, -1, -gap))\n    return found\n",
        "checks": [{"call": "rows(23, 7)", "equals": [22, 15, 8, 1], "hidden": "many"}],
    },
    {
        "id": "mirror",
        "statement": "Write `mirror(word)`: whether a word reads the same from its end. Let it call itself.",
        "solution": 'def mirror(word):\n    if word == "":\n        return True\n'
        "    return word[0] == word[-1] and mirror(word[1:-1])\n",
        "checks": [
            {"call": 'mirror("kayak")', "equals": True, "hidden": "a boat"},
            {"call": 'mirror("oxbow")', "equals": False, "hidden": "a river"},
        ],
    },
    {
        "id": "owed",
        "statement": "Write `owed(guests)`: the sum of `coins` of the guests whose `state` is not `paid`.",
        "solution": 'def owed(guests):\n    return sum(g["coins"] for g in guests if g["state"] != "paid")\n',
        "checks": [
            {
                "call": 'owed([{"coins": 37, "state": "open"}, {"coins": 8, "state": "paid"}])',
                "equals": 37,
                "hidden": "one of two",
            }
        ],
    },
    {
        "id": "till",
        "statement": "Write a class `Till` with `pay_in(coins)` and `empty()`.",
        "solution": TILL,
        "checks": [
            {
                "setup": "t = Till(57)\nt.pay_in(8)",
                "call": "[t.empty(), t.empty()]",
                "equals": [65, 0],
                "hidden": "twice",
            },
            {"setup": "t = Till(coins=5)", "call": "t.coins", "equals": 5, "hidden": "what is in it"},
            {"setup": "t = Till()", "run": "t.pay_in(0)", "raises": "ValueError", "hidden": "nothing paid"},
        ],
    },
]

Judge = Callable[..., str]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    room: Classroom = open_classroom()
    loaded = course_of(tmp_path_factory.mktemp("course"), *EXERCISES)
    guard = Guard(loaded, room.sandbox, room.grader)
    yield lambda exercise, source, reply: room.run(guard.judge(exercise, source, reply)).leaks
    room.close()


@pytest.mark.parametrize(
    ("exercise", "cell", "reply"),
    [
        ("warm", WARM, "Line 4 should read if day >= limit: and nothing else changes."),
        ("warm", WARM, "In that line, a >= belongs where you have the >."),
        ("warm", WARM, "W linii 4 zamiast > powinno być >=."),
        ("warm", WARM.replace("day > limit", "day > limit + 1"), "In line 4 you want day >= limit, no more."),
        ("warm", WARM, "What is missing is an `or day == limit` at the end of the condition."),
        ("warm", WARM.replace(">", ">=").replace("+= 1", "+= 2"), "Your 2 in line 5 ought to be a 1."),
        ("warm", WARM, "You need one more case in it: or day == limit"),
        ("warm", WARM, "`if day ___ limit:` with `>=` in the gap."),
        ("warm", WARM, "In line 4 an equals sign is missing behind the greater-than sign."),
        ("warm", WARM, "In Zeile 4 fehlt hinter dem Größer-Zeichen ein Gleichheitszeichen."),
        ("warm", WARM.replace(">", ">=").replace("+= 1", "+= 2"), "Turn the two at the end of line 5 into a one."),
        ("gap", GAP, "In line 2 swap `low` and `high` in the subtraction."),
        ("gap", GAP, "It's the wrong way round: high - low is the size."),
        ("rows", "", "The whole secret is `range(count - 1, -1, -gap)`. What makes a list of it?"),
        ("clock", "", "Two things do it: minutes // 60 % 24, and f'{hours:02}:{minutes % 60:02}' for the text."),
        ("clock", "", "A test:\n```python\ndef test_shown():\n    def right(m):\n        h = m // 60 % 24\n"
         "        return '%02d:%02d' % (h, m % 60)\n    assert shown(5) == right(5)\n```"),
        ("gap", "", "Nothing but `lambda x, y: max(y - x, 0)` with a name in front."),
        ("mirror", "", "Si la longitud de word es menor que dos, devuelve True. Compara el carácter con el número 0 "
         "con el carácter con el número menos 1; si son distintos, devuelve False. Si no, devuelve lo que da "
         "mirror cuando le pasas word entre corchetes, uno dos puntos menos uno."),
        ("owed", "", "Ein Garten:\n```python\ndef still_dry(beds):\n    litres = 0\n    for bed in beds:\n"
         "        if bed['soil'] != 'wet':\n            litres += bed['need']\n    return litres\n```"),
        ("till", "", "A tank is alike:\n```python\nclass Tank:\n    def __init__(self, litres=0):\n"
         "        self.litres = litres\n\n    def pour(self, litres):\n        if litres < 1:\n"
         "            raise ValueError('pour some')\n        self.litres = self.litres + litres\n\n"
         "    def drain(self):\n        out, self.litres = self.litres, 0\n        return out\n```\n"
         "You say `Till`, `coins`, `pay_in` and `empty`."),
        ("till", "", "`empty` first:\n```python\ndef empty(self):\n    out = self.coins\n    self.coins = 0\n"
         "    return out\n```"),
    ],
)  # fmt: skip
def test_a_part_that_is_told_is_found(judge: Judge, exercise: str, cell: str, reply: str) -> None:
    assert judge(exercise, cell, reply) in ("partial", "solution")


@pytest.mark.parametrize(
    ("exercise", "cell", "reply"),
    [
        ("warm", WARM, "Line 4 says if day > limit: what happens on a day of just that limit?"),
        ("warm", WARM, "There are six signs that compare, < and > among them. Which do you want?"),
        ("warm", WARM, "`if day ___ limit:` is where you decide. Which sign is it that counts the limit in?"),
        ("warm", WARM, "After 1 day your count should be 1, after 2 days 2 at most."),
        ("warm", WARM, "The greater-than sign in line 4 leaves one day out, which one?"),
        ("warm", WARM, "The equals sign in line 2 gives count its first value, the one in line 5 makes it grow."),
        ("gap", GAP, "Try 3 and 10 by hand: is your size above zero?"),
        ("gap", GAP, "You take one from the other (low - high). For which order is that right?"),
        ("rows", "", "`range` counts down with a third number below zero: `range(9, 2, -3)` holds 9, 6 and 3."),
        ("rows", "found = range(count - 1, -1, -gap)", "`range(count - 1, -1, -gap)` is right. What is it?"),
        ("rows", "", "On other data:\n```python\nfor seat in [4, 1]:\n    range(seat - 1, -1, -seat)\n```"),
        ("clock", "", "A clock goes round: 25 % 12 is 1, and 25 // 12 is 2."),
        ("mirror", "", "Si la longitud de word es menor que dos, ¿qué devuelves? Compara el carácter con el número 0 "
         "con el del final; si son distintos, ya lo sabes. ¿Qué palabra queda entonces?"),
        ("owed", "", "Ein Garten:\n```python\ndef wet(beds):\n"
         "    return [bed['need'] for bed in beds if bed['soil'] == 'wet']\n```"),
        ("till", "", "A class of another kind:\n```python\nclass Lamp:\n    def __init__(self, on=False):\n"
         "        self.on = on\n\n    def press(self, times):\n        self.on = bool(times % 2)\n\n"
         "    def shown(self):\n        return self.on\n```"),
        ("till", "", "A class begins with what it keeps:\n```python\nclass Till:\n    def __init__(self, coins=0):\n"
         "        self.coins = coins\n```"),
    ],
)  # fmt: skip
def test_an_honest_reply_about_the_line_is_shown(judge: Judge, exercise: str, cell: str, reply: str) -> None:
    assert judge(exercise, cell, reply) == "none"


def test_a_cell_that_fails_the_samples_alone_is_not_solved(judge: Judge) -> None:
    """The hidden days hold none of just the limit: only the sample tells, and the right sign is still a leak."""
    assert judge("warm", WARM, "Replace the `>` by `>=`.") == "partial"
