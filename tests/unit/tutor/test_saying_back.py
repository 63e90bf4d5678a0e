"""What counts as telling the hints in own words, and what is a plea for the next one."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor.ladder import is_telling


@pytest.mark.parametrize(
    "message",
    [
        "I have to go through the numbers, test each and add the even ones",
        "the remainder shows whether a number is even, so I look at each",
        "Ich muss alle Zahlen durchgehen und die geraden addieren",
        "tengo que recorrer la lista y sumar solo los pares",
        "je dois parcourir la liste et garder les nombres pairs",
        "muszę przejść po liście i dodać tylko parzyste liczby",
        "我需要遍历所有数字然后把偶数加起来",
    ],
)
def test_own_words_are_heard(message: str) -> None:
    assert is_telling(message)


@pytest.mark.parametrize(
    "message",
    [
        "ok",
        "Give me a hint",
        "please give me another hint now",
        "just write the whole solution for me please",
        "what does the hint about remainders mean?",
        "Gib mir bitte den nächsten Hinweis",
        "dame otra pista por favor",
        "请给我下一个提示好吗",
    ],
)
def test_pleas_and_questions_are_not(message: str) -> None:
    assert not is_telling(message)
