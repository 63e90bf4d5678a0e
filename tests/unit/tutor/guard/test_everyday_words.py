"""Whole answers told in everyday sentences of six languages, and teaching in the same words, which tells none."""

from __future__ import annotations

import ast

import pytest

from codegym_jlab.tutor.guard.prose import dictated
from codegym_jlab.tutor.guard.text import plain

SO_FAR = "def so_far(rains):\n    wet = 0\n    for r in rains:\n        wet += r\n        yield wet"


@pytest.mark.parametrize(
    "reply",
    [
        "Before the loop, wet starts at nought. After that r runs through rains. Inside, wet grows by r, and then "
        "you hand out wet with yield.",
        "Lege vor der Schleife eine Variable wet mit dem Wert null an. Dann kommt eine for-Schleife, in der r durch "
        "rains läuft. Darin wird wet um r erhöht, und danach gibst du wet mit yield heraus.",
        "Antes del bucle la variable wet empieza en cero. Luego r recorre rains. Dentro, wet aumenta en r, y después "
        "entregas wet con yield.",
        "Avant la boucle, wet vaut zéro. Ensuite r parcourt rains. Dans la boucle, wet augmente de r, puis tu donnes "
        "wet avec yield.",
        "Przed pętlą wet ma wartość zero. Potem r przebiega rains. W środku wet rośnie o r, a pod tym oddajesz wet "
        "przez yield.",
        "先让 wet 等于 0。然后让 r 依次取 rains 里的每个数。把 r 加到 wet 上，再用 yield 给出 wet。",
    ],
)
def test_a_loop_told_in_everyday_words(reply: str) -> None:
    assert SO_FAR in dictated(plain(reply), "def so_far(rains):")


@pytest.mark.parametrize(
    "reply",
    [
        "Turn mine into a set, do the same with yours, and give back the first minus the second.",
        "Mach aus mine eine Menge, aus yours auch, zieh die zweite von der ersten ab und gib das Ergebnis zurück.",
        "Convierte mine en conjunto, también yours, resta el segundo del primero y devuelve el resultado.",
        "Transforme mine en ensemble, fais de même avec yours, puis retourne le premier moins le second.",
        "Zamień mine na zbiór, yours też, odejmij drugi od pierwszego i zwróć wynik.",
        "把 mine 用 set 变成集合，再把 yours 也变成集合，用前一个减去后一个，然后返回结果。",
    ],
)
def test_whole_values_told_of_a_first_and_a_second(reply: str) -> None:
    (program,) = dictated(plain(reply), "def only(mine, yours):")
    space: dict[str, object] = {}
    exec(compile(ast.parse(program), "told", "exec"), space)
    assert space["only"]([1, 2, 2], [2, 3]) == {1}  # type: ignore[operator]


@pytest.mark.parametrize(
    "reply",
    [
        "A generator hands values out with yield, one after the other. Where does yours have to stand?",
        "Überlege, was du dir von Runde zu Runde merken musst, und an welcher Stelle du es herausgibst.",
        "Un conjunto no tiene elementos repetidos. Dos conjuntos se pueden unir o restar. ¿Qué necesitas aquí?",
        "Un ensemble n'a pas de doublons. On peut réunir deux ensembles ou retirer l'un de l'autre : que faut-il ici ?",
        "Najpierw suma ma wartość zero, potem coś do niej dodajesz. Które liczby wolno dodać?",
        "集合里没有重复的元素，两个集合之间可以做运算。想一想：哪种运算合适？",
    ],
)
def test_teaching_in_the_same_words_tells_no_program(reply: str) -> None:
    assert dictated(plain(reply), "def only(mine, yours):") == []
