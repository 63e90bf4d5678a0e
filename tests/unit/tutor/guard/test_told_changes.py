"""Changes that a sentence names, put into a program; programs out of trees and numbers that are written down."""

from __future__ import annotations

import ast

import pytest

from codegym_jlab.tutor.guard.adjusting import adjusted
from codegym_jlab.tutor.guard.instructed import changed
from codegym_jlab.tutor.guard.numerals import in_digits
from codegym_jlab.tutor.guard.trees import programs

CELL = """\
def late(trains, limit):
    found = []
    for train in trains:
        if train["delay"] < limit:
            found.append(train["name"])
    return found
"""


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("Write `>` instead of `<` there.", 'if train["delay"] > limit:'),
        ("It should say greater than, not less than.", 'if train["delay"] > limit:'),
        ("Put a `- 1` after `limit`.", 'if train["delay"] < limit - 1:'),
        ("Setz vor `limit` ein Minus.", 'if train["delay"] < - limit:'),
        ("Run `s/found.append/found.insert/` on it.", 'found.insert(train["name"])'),
        ("Wrap what you append in `str(…)`.", 'found.append(str(train["name"]))'),
        ("Use `trains[1:]`.", "for train in trains[1:]:"),
        ("`.strip()` on what you append.", 'found.append(train["name"].strip())'),
        ("Add an else with `found.clear()` in it, as `else` is missing.", "else:"),
        ("It must be found[::-1] and not found.", "return found[::-1]"),
        ("Give the call `key=len`.", 'found.append(train["name"], key=len)'),
    ],
)
def test_a_change_that_a_sentence_names(sentence: str, line: str) -> None:
    made = [[row.strip() for row in text.split("\n")] for text in changed(CELL, [sentence])]
    assert any(line in rows for rows in made)


@pytest.mark.parametrize(
    "sentence",
    [
        "`append` adds one thing, `insert` one at a place.",
        "Is `found` what you want?",
        "Look at the fourth line again.",
    ],
)
def test_a_sentence_that_only_describes_changes_nothing(sentence: str) -> None:
    assert all(ast.dump(ast.parse(text)) == ast.dump(ast.parse(CELL)) for text in changed(CELL, [sentence]))


def test_a_line_is_moved_where_it_is_said_to_go() -> None:
    moved = list(changed(CELL, ["Move the `return` to the right, into the loop."]))
    assert any("        return found" in text for text in moved)
    assert not list(changed(CELL, ["Should it be inside the loop?"]))


def test_a_dumped_tree_is_the_program_again() -> None:
    assert programs(f"Here: {ast.dump(ast.parse(CELL))}")[0] == ast.unparse(ast.parse(CELL))
    short = "Return(BinOp(Name('a'), Add(), Constant(1)))"
    assert programs(short) == ["return a + 1"]
    told = '{"_type": "Return", "value": {"_type": "Name", "id": "a"}}'
    assert programs(told) == ["return a"]
    assert programs("Return(__import__('os'))") == programs("Assign(1, 2") == programs("no tree") == []


def test_numbers_in_words() -> None:
    assert in_digits("four hundred and a thousand, twenty-five, zwölf") == "400 and 1000, 25, 12"
    assert in_digits("one of them") == "one of them"
    assert in_digits("one thousand four hundred and forty, two thousand and five") == "1440, 2005"
    assert in_digits("eighteen, siedemnaście, vingt, dix-neuf") == "18, 17, 20, 19"
    assert in_digits("one after another") == "one after another"
    assert in_digits("one hundred and one hundred") == "100 and 100"


CHAIR = "def chair(place, step):\n    return place + step\n"


@pytest.mark.parametrize(
    "reply",
    [
        "Put brackets around place plus step, and after them the percent sign and a twelve.",
        "Setze place plus step in Klammern und hänge ein Prozentzeichen und zwölf an.",
        "Mets des parenthèses autour de place plus step, puis le signe pour cent, puis douze.",
        "给 place 加 step 加上括号,再写百分号 12.",
    ],
)
def test_brackets_and_what_follows_them_are_told_in_words(reply: str) -> None:
    assert CHAIR.replace("place + step", "(place + step) % 12") in list(adjusted(CHAIR, [reply]))


def test_a_question_about_brackets_changes_nothing() -> None:
    asked = "Do brackets around place plus step and a percent sign with 12 after them do what you want?"
    assert list(adjusted(CHAIR, [asked])) == []


def test_an_equals_sign_less() -> None:
    told = "One character is too many: the equals sign."
    assert list(adjusted("x = [d for d in days if d >= 5]", [told])) == ["x = [d for d in days if d > 5]"]
