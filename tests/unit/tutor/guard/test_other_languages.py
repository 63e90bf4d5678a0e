"""Programs as those who write the language write them: read as Python, they do what they say."""

from __future__ import annotations

from typing import Any

import pytest

from codegym_jlab.tutor.guard.foreign import translated
from codegym_jlab.tutor.guard.languages.shim import PRELUDE

PROGRAMS: dict[str, tuple[str, str, tuple[Any, ...], Any]] = {
    "C#: a tuple": ("csharp", "static (int Low, int High) Ends(int[] t) => (t.Min(), t.Max());", ([4, -2],), [-2, 4]),
    "C#: a filled text": ("csharp", 'string Clock(int s) => $"{s / 60}:{s % 60:D2}";', (65,), "1:05"),
    "C#: a set without another": (
        "csharp",
        "HashSet<string> Left(List<string> a, List<string> b) => a.Except(b).ToHashSet();",
        (["x", "y"], ["x"]),
        {"y"},
    ),
    "Kotlin: a filled text": ("kotlin", 'fun box(n: Int) = "$n in ${n / 6} boxes"', (13,), "13 in 2 boxes"),
    "Kotlin: a triple": ("kotlin", "fun look(t: List<Int>) = Triple(t.min(), t.max(), 0)", ([3, 1],), [1, 3, 0]),
    "Kotlin: chunks": (
        "kotlin",
        "fun rows(a: List<Int>, n: Int): List<List<Int>> {\n    require(n > 0)\n    return a.chunked(n)\n}",
        ([1, 2, 3], 2),
        [[1, 2], [3]],
    ),
    "Java: groups that are counted": (
        "java",
        "static Map<Integer, Long> sizes(List<String> w) {\n    return w.stream()"
        ".collect(Collectors.groupingBy(String::length, Collectors.counting()));\n}",
        (["a", "b", "cc"],),
        {1: 2, 2: 1},
    ),
    "Java: a set without another": (
        "java",
        "static Set<String> left(List<String> a, List<String> b) {\n    Set<String> rest = new HashSet<>(a);\n"
        "    rest.removeAll(b);\n    return rest;\n}",
        (["x", "y"], ["y"]),
        {"x"},
    ),
    "Ruby: a method in one row": ("ruby", "def last_digit(n) = n.digits.first", (742,), 2),
    "Ruby: cases": (
        "ruby",
        "def size(n)\n  case n\n  when 0...3 then 1\n  when 3..5 then 2\n  else 3\n  end\nend",
        (5,),
        2,
    ),
    "R: a function in one row": ("r", "hot <- function(days) days[days > 30]", ([31, 30, 33],), [31, 33]),
    "JavaScript: a number as text": (
        "js",
        "const product = n => [...String(n)].reduce((p, d) => p * Number(d), 1);",
        (234,),
        24,
    ),
    "JavaScript: a comma for its effect": (
        "js",
        "const counts = words => words.reduce((all, w) => (all[w] = (all[w] || 0) + 1, all), {});",
        (["a", "b", "a"],),
        {"a": 2, "b": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_another_language_does_what_it_says(name: str) -> None:
    lang, text, given, wanted = PROGRAMS[name]
    (python,) = translated(text, lang)[:1]
    names: dict[str, Any] = {"__name__": "told"}
    exec(PRELUDE, names)
    known = set(names)
    exec(python, names)
    (function,) = [value for key, value in names.items() if key not in known and not key.startswith("_")]
    assert function(*given) == wanted
