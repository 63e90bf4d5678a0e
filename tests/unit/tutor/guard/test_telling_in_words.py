"""How much of a solution a reply tells in words or in another language, what is public or the student's left out."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor.guard.facts import Steps
from codegym_jlab.tutor.guard.telling import share_told

STEPS = Steps(
    "def fare(ages):\n    total = 0\n    for age in ages:\n        if age < 7:\n            continue\n"
    "        total += 5 if age < 19 else 8\n    return round(total * 0.9, 2)\n",
    "Write `fare(ages)`: what a group pays.",
)
TOLD = {
    "english": "Start with a total of zero. For each age: if it is below 7, skip it. If it is less than 19 add 5 to "
    "the total, otherwise add 8. Return the total times 0.9 to 2 places.",
    "german": "Beginne mit 0. Für jedes Alter: wenn es kleiner als 7 ist, überspring es. Erhöhe um 5, wenn es unter 19 "
    "ist, sonst um 8. Gib die Summe mal 0.9 zurück, auf 2 Stellen.",
    "polish": "Ustaw sumę na 0. Dla każdego wieku: jeśli jest mniejszy niż 7, pomiń go. Zwiększ sumę o 5, jeśli jest "
    "mniejszy niż 19, w przeciwnym razie o 8. Zwróć sumę razy 0.9 z 2 miejscami.",
    "chinese": "总和从 0 开始，遍历每个年龄：如果小于 7 就跳过；如果小于 19 就加 5，否则加 8。"
    "最后返回总和乘以 0.9，保留 2 位。",
    "an old language": "```basic\nLET total = 0\nFOR EACH age IN ages\n  IF age < 7 THEN GOTO 90\n  IF age < 19 THEN\n"
    "    total = total + 5\n  ELSE\n    total = total + 8\n90 NEXT\nRETURN total * 0.9\n```",
}
INNOCENT = {
    "a plan": "Keep a total while you go over the ages. For each age decide what this person pays; there are three "
    "groups. Return the total at the end.",
    "questions": "What if you start with 0? For each age, is it below 7? Less than 19, add 5, otherwise 8? Times 0.9?",
    "a skeleton": "```\nSET total TO ?\nFOR EACH age IN ages\n  IF ? THEN ?\n  ELSE ?\nRETURN ?\n```",
    "the same build": "```java\nint total(List<Integer> bills) {\n  int total = 0;\n  for (int b : bills) {\n"
    "    if (b == null) continue;\n    total += b;\n  }\n  return total;\n}\n```",
    "another task": "```js\nfunction longest(words) {\n  let best = '';\n  for (const w of words) {\n    "
    "if (w.length > best.length) best = w;\n  }\n  return best;\n}\n```",
}


@pytest.mark.parametrize("how", TOLD)
def test_a_solution_told_in_words_or_another_language(how: str) -> None:
    assert share_told(STEPS, TOLD[how], [], []) > 0.55


VAGUE = {
    "a count": (
        "def doubles(ns):\n    total = 0\n    for n in ns:\n        if n % 2 == 0:\n            total += n\n"
        "    return total\n",
        "Begin with a tally at nothing. Whenever a number that you meet can be halved without anything left over, let "
        "the tally grow by it. Hand the tally back.",
        "Begin with a tally at nothing and look at each number. What has to be true for the tally to grow?",
    ),
    "letters": (
        'def soft(text):\n    count = 0\n    for c in text.lower():\n        if c in "lmnr":\n            count += 1\n'
        "    return count\n",
        "Empieza con cero. Recorre las letras en minúsculas; si la letra es una de l, m, n o r, suma uno. "
        "Devuelve el total.",
        "Recorre las letras, una después de otra. ¿Cuáles de ellas quieres contar?",
    ),
    "the largest": (
        "def oldest(ages):\n    if not ages:\n        return []\n    top = max(ages.values())\n"
        "    return sorted(name for name, age in ages.items() if age == top)\n",
        "If nobody is there, hand back an empty list. Otherwise find the highest age there is. Keep everybody who has "
        "exactly that many, and hand them back in alphabetical order.",
        "Find out what the highest age is before you look for names. Then decide who belongs on the list.",
    ),
}


@pytest.mark.parametrize("what", VAGUE)
def test_a_recipe_without_a_word_of_code(what: str) -> None:
    solution, recipe, hint = VAGUE[what]
    steps = Steps(solution, "Write it.")
    assert share_told(steps, recipe, [], []) > 0.55
    assert share_told(steps, hint, [], []) == 0


@pytest.mark.parametrize("how", INNOCENT)
def test_what_names_no_deciding_step(how: str) -> None:
    assert share_told(STEPS, INNOCENT[how], [], []) == 0


def test_what_the_student_told_is_theirs_in_one_turn_or_in_a_few() -> None:
    whole = TOLD["english"]
    sentences = whole.split(". ")
    assert share_told(STEPS, whole, ["", whole], []) == 0
    assert share_told(STEPS, whole, ["", *sentences[:2], ". ".join(sentences[2:])], []) == 0
    assert share_told(STEPS, whole, ["", "I start with a total of zero, and then?"], []) > 0.55


def test_one_who_says_very_much_is_not_served_by_a_choice_of_it() -> None:
    heap = " ".join(f"Add {n}, if less than {n} times 0.{n}, skip, otherwise return." for n in range(60))
    assert share_told(STEPS, TOLD["english"], ["", heap], []) > 0.55


def test_steps_that_stand_in_the_cell_are_the_students() -> None:
    cell = STEPS.solution.replace("age < 7", "age < 6").replace(" * 0.9", "")
    walk = (
        "You start with 0. For each age below 6 you skip. If it is less than 19 you add 5, otherwise 8. You return it."
    )
    assert share_told(STEPS, walk, [cell], []) == 0
    assert share_told(STEPS, TOLD["english"], [cell], []) > 0.55


def test_the_statement_may_be_repeated() -> None:
    assert share_told(STEPS, TOLD["german"], [], [TOLD["german"]]) == 0


def test_an_example_on_given_values_tells_no_steps() -> None:
    steps = Steps("def boxes(eggs):\n    return f'{eggs // 12} and {eggs % 12}'\n", "Write `boxes(eggs)`.")
    told = "Use // by 12 for the boxes and % by 12 for the rest, and return both."
    shown = "The double slash divides whole, the percent sign gives the remainder: 17 // 12 is 1 and 17 % 12 is 5."
    assert share_told(steps, told, [], []) > 0.5
    assert share_told(steps, shown, [], []) == 0.0


IDIOMS = {
    "a jar": "Picture a jar with nothing in it. Take the numbers of ns one after another; one that leaves nothing over "
    "when you split it in two is thrown in, you throw it into the jar. What the jar holds is what comes out.",
    "a German list": "* Fang mit null an.\n* Geh die Zahlen der Reihe nach durch.\n* Lässt sich die Zahl ohne Rest "
    "durch zwei teilen, schlag sie auf die Summe drauf.\n* Am Schluss lieferst du die Summe ab.",
    "Chinese": "从零开始，一个一个地看 ns 里的数，能被二整除的话就加到总和里，最后把总和交出去。",
}


@pytest.mark.parametrize("how", IDIOMS)
def test_steps_said_by_phrases_in_a_list_or_not(how: str) -> None:
    steps = Steps(VAGUE["a count"][0], "Write `doubles(ns)`.")
    assert share_told(steps, IDIOMS[how], [], []) > 0.6


def test_the_marks_of_a_list_are_no_signs() -> None:
    steps = Steps(
        "def gap(low, high):\n    rest = high - low * 2\n    return rest + 1 - low\n", "Write `gap(low, high)`."
    )
    assert (
        share_told(steps, "- one\n- look at it\n* and here\n* return\n1. then\n+ more\n+ of it\n- this", [], []) == 0.0
    )
