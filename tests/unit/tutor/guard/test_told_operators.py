"""Operators that a reply tells by their look, in six languages; and explanations of them, which dictate nothing."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor.guard.prose import dictated
from codegym_jlab.tutor.guard.signs import with_operators
from codegym_jlab.tutor.guard.text import plain


@pytest.mark.parametrize(
    "reply",
    [
        "For boxes, take eggs, the double slash, then twelve. For over, take eggs, then the percent sign, twelve.",
        "Für boxes: eggs, doppelter Schrägstrich, zwölf. Für over: eggs, Prozentzeichen, zwölf.",
        "Para boxes: eggs, doble barra, doce. Para over: eggs, el signo de porcentaje, doce.",
        "Pour boxes : eggs, deux barres obliques, douze. Pour over : eggs, signe pour cent, douze.",
        "Dla boxes: eggs, podwójny ukośnik, dwanaście. Dla over: eggs, znak procentu, dwanaście.",
        "boxes 就是 eggs 双斜杠 12，over 就是 eggs 百分号 12，其他不用改。",
    ],
)  # fmt: skip
def test_operators_told_by_their_look_are_read(reply: str) -> None:
    assert dictated(plain(reply), None, whole=False) == ["boxes = eggs // 12", "over = eggs % 12"]


def test_what_comes_after_return_is_read() -> None:
    told = "After return comes side, then the two stars, then a three."
    assert dictated(told, "def cube(side):") == ["def cube(side):\n    return side ** 3"]


@pytest.mark.parametrize(
    ("told", "signs"),
    [
        ("a, a less-than sign and then an equals sign, b", "a <= b"),
        ("a, ein Größer-Zeichen, danach ein Gleichheitszeichen, b", "a >= b"),
        ("a, an exclamation mark, an equals sign, b", "a != b"),
    ],
)
def test_signs_side_by_side_are_one(told: str, signs: str) -> None:
    assert with_operators(told) == signs


@pytest.mark.parametrize(
    "reply",
    [
        "The double slash divides and drops what is left over, the percent sign gives what is left over.",
        "Der doppelte Schrägstrich teilt ganzzahlig, das Prozentzeichen gibt den Rest. Was brauchst du für boxes?",
        "For the boxes, think about which of the two you need: the double slash or the percent sign.",
    ],
)
def test_an_explanation_of_operators_dictates_nothing(reply: str) -> None:
    assert dictated(plain(reply), None, whole=False) == []
