# ruff: noqa: E501  (programs)
"""Pseudo-code in other languages than English, with arrows of both directions, as Python."""

from __future__ import annotations

import ast

import pytest

from codegym_jlab.tutor.guard.pseudo import pseudo_python

TALL = "def tall(trees, limit):\n    many = 0\n    for tree in trees:\n        if tree > limit:\n            many = many + 1\n    return many"


@pytest.mark.parametrize(
    "told",
    [
        "FUNKCJA tall(trees, limit)\n  many ← 0\n  DLA KAŻDEGO tree Z trees WYKONAJ\n    JEŚLI tree > limit TO\n"
        "      many ← many + 1\n  ZWRÓĆ many",
        "funkcja tall(trees, limit)\n  many -> 0\n  dla tree w trees\n    jeżeli tree > limit to\n      many + 1 -> many\n"
        "  wynik: many",
        "FUNKTION tall(trees, limit)\n  many := 0\n  FÜR tree IN trees TUE\n    WENN tree > limit DANN\n"
        "      many := many + 1\n  GIB many ZURÜCK",
        "función tall(trees, limit)\n  many <- 0\n  para cada tree en trees hacer\n    si tree > limit entonces\n"
        "      many <- many + 1\n  devolver many",
        "fonction tall(trees, limit)\n  many <- 0\n  pour chaque tree dans trees faire\n    si tree > limit alors\n"
        "      many <- many + 1\n  retourner many",
        "函数 tall(trees, limit)\n  many ← 0\n  对于 trees 中的每个 tree\n    如果 tree > limit 那么\n"
        "      many ← many + 1\n  返回 many",
    ],
)  # fmt: skip
def test_a_loop_in_pseudo_code(told: str) -> None:
    assert any(ast.unparse(ast.parse(text)) == TALL for text in pseudo_python(told))


@pytest.mark.parametrize(
    "told",
    [
        'FUNKCJA steps(n)\n  DLA w OD 1 DO n (włącznie)\n    s <- pusty napis\n    s <- s + napis(w) + spacja\n    WYPISZ s',
        "funktion steps(n)\n  für w von 1 bis n\n    s <- leerer Text\n    s <- s + Text(w) + Leerzeichen\n    Ausgabe s",
        "función steps(n)\n  para w desde 1 hasta n\n    s <- texto vacío\n    s <- s + texto(w) + espacio\n    imprimir s",
    ],
)  # fmt: skip
def test_counting_and_printing_in_pseudo_code(told: str, capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, object] = {}
    exec(compile(ast.parse(pseudo_python(told)[0]), "told", "exec"), space)
    space["steps"](3)  # type: ignore[operator]
    assert capsys.readouterr().out == "1 \n2 \n3 \n"


def test_a_plan_without_its_values_is_no_program() -> None:
    plan = "Pętla po drzewach:\n  sprawdź wysokość\n  policz je\nNa końcu oddaj wynik"
    assert pseudo_python(plan) == []
