"""What the guard makes of a text, with no sandbox: pieces, other readings, hidden numbers, own lines."""

from __future__ import annotations

import base64
import codecs

import pytest

from codegym_jlab.tutor.guard.extract import plain, read, readings
from codegym_jlab.tutor.guard.hidden_values import numbers_in
from codegym_jlab.tutor.guard.reply import indented
from codegym_jlab.tutor.guard.splice import only_mends
from codegym_jlab.tutor.guard.student_code import Own, lines_of

CODE = "def total(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t"


WRAPPED = {
    "prompts": ">>> def total(xs):\n...     t = 0\n...     for x in xs:\n...         t += x\n...     return t",
    "diff": "\n".join("+" + row for row in CODE.split("\n")),
    "comments": "\n".join("# " + row for row in CODE.split("\n")),
    "numbers": "\n".join(f"{n:>2} {row}" for n, row in enumerate(CODE.split("\n"), 1)),
    "mirror": "\n".join(row[::-1] for row in CODE.split("\n")),
    "rot13": codecs.encode(CODE, "rot13"),
    "base64": base64.b64encode(CODE.encode()).decode(),
    "hex": CODE.encode().hex(),
    "strings": "lines = [\n" + ",\n".join(map(repr, CODE.split("\n"))) + "\n]",
    "exec": f"exec({CODE!r})",
    "docstring": 'def f():\n    """\n' + "\n".join("    " + row for row in CODE.split("\n")) + '\n    """',
    "a text before code": f'"""\nHere is one way, line by line:\n{CODE}\n"""',
    "a text in no program": f'see below:\n"""\n{CODE}\n"""',
}


@pytest.mark.parametrize("way", WRAPPED)
def test_a_program_is_found_in_each_wrapping(way: str) -> None:
    assert CODE in [text.strip("\n") for text in readings(WRAPPED[way])]


def test_look_alikes_and_invisible_signs_go() -> None:
    assert plain("r\u200beturn “x” ≤ ｙ") == 'return "x" <= y'


def test_pieces_stand_in_their_order() -> None:
    reading = read("First `t = 0`.\n\n```python\nfor x in xs:\n    t += x\n```\n\n| 4 | `return t` |\n")
    assert [(piece.kind, piece.text) for piece in reading] == [
        ("inline", "t = 0"),
        ("fence", "for x in xs:\n    t += x"),
        ("row", "return t"),
    ]


def test_lost_indentation_is_found_again() -> None:
    assert CODE in indented([row.strip() for row in CODE.split("\n")])


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("918,273", "918273"),
        ("4 - 7 - 1 - 1", "4711"),
        ("1174 read backwards", "4711"),
        ("77,125", "77.125"),
        ("one hundred point two five", "100.25"),
        ("four thousand seven hundred and eleven", "4711"),
    ],
)
def test_a_number_is_found_in_each_notation(text: str, number: str) -> None:
    assert number in set(numbers_in(text))


# ---------------------------------------------------------------- what is the student's own


def test_a_renaming_is_the_same_code() -> None:
    own = Own(lines_of(CODE))
    assert own.has_all(lines_of(CODE.replace("t ", "s ").replace("return t", "return s")))


def test_another_variable_in_one_place_is_other_code() -> None:
    own = Own(lines_of(CODE))
    assert not own.has_all(lines_of(CODE.replace("return t", "return x")))


@pytest.mark.parametrize(
    ("wrong", "right", "mends"),
    [
        ("for x in xs\n    print(x)", "for x in xs:\n    print(x)", True),
        ("xs.apend(1)", "xs.append(1)", True),
        ("print((x)", "print(x)", True),
        ("if x < 3: print(x)", "if x <= 3: print(x)", False),
        ("xs.min()", "xs.max()", False),
        ("range(n)", "range(n + 1)", False),
    ],
)
def test_spelling_is_told_from_thought(wrong: str, right: str, mends: bool) -> None:
    assert only_mends(wrong, right) is mends
