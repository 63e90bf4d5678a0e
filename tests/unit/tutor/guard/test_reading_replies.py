"""What the guard makes of a text, with no sandbox: pieces, other readings and languages, dictation, own lines."""

from __future__ import annotations

import ast
import base64
import codecs
from typing import Any

import pytest

from codegym_jlab.tutor.guard.foreign import translated
from codegym_jlab.tutor.guard.gaps import filled
from codegym_jlab.tutor.guard.languages.shim import PRELUDE
from codegym_jlab.tutor.guard.own import Own, lines_of
from codegym_jlab.tutor.guard.pieces import read
from codegym_jlab.tutor.guard.prose import dictated
from codegym_jlab.tutor.guard.pseudo import pseudo_python
from codegym_jlab.tutor.guard.renaming import as_told
from codegym_jlab.tutor.guard.shaping import indented
from codegym_jlab.tutor.guard.spelling import letters, roman, spelled
from codegym_jlab.tutor.guard.splicing import only_mends
from codegym_jlab.tutor.guard.text import plain
from codegym_jlab.tutor.guard.unwrapping import readings
from codegym_jlab.tutor.guard.values import numbers_in

CODE = "def total(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t"


def run(program: str, name: str, *args: Any) -> Any:
    """The value of a translated function of the tests' own."""
    space: dict[str, Any] = {}
    exec(f"{PRELUDE}\n{program}", space)
    return space[name](*args)


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
}


@pytest.mark.parametrize("way", WRAPPED)
def test_a_program_is_found_in_each_wrapping(way: str) -> None:
    assert CODE in [text.strip("\n") for text in readings(WRAPPED[way])]


def test_look_alikes_and_invisible_signs_go() -> None:
    assert plain("r\u200beturn “x” ≤ ｙ") == 'return "x" <= y'


def test_pieces_stand_in_their_order() -> None:
    reading = read("First `t = 0`.\n\n```python\nfor x in xs:\n    t += x\n```\n\n| 4 | `return t` |\n")
    assert [(piece.kind, piece.text) for piece in reading.pieces] == [
        ("inline", "t = 0"),
        ("fence", "for x in xs:\n    t += x"),
        ("row", "return t"),
    ]
    assert reading.pieces[-1].depth == 4


def test_lost_indentation_is_found_again() -> None:
    assert CODE in indented([row.strip() for row in CODE.split("\n")])


FOREIGN = {
    "javascript": ("js", "function total(xs) {\n  let t = 0;\n  for (const x of xs) { t += x; }\n  return t;\n}"),
    "counting loop": ("js", "function total(xs) {\n  let t = 0;\n  for (let i = 0; i < xs.length; i++) {\n    if (!xs[i]) continue;\n    t += xs[i];\n  }\n  return t;\n}"),  # noqa: E501
    "arrow": ("js", "const total = xs => xs.reduce((a, b) => a + b, 0);"),
    "java": ("java", "public static int total(List<Integer> xs) {\n    int t = 0;\n    for (int x : xs) {\n        t += x;\n    }\n    return t;\n}"),  # noqa: E501
    "c++": ("cpp", "int total(std::vector<int> xs) {\n    int t = 0;\n    for (auto x : xs) t += x;\n    return t;\n}"),
    "go": ("go", "func total(xs []int) int {\n\tt := 0\n\tfor _, x := range xs {\n\t\tt += x\n\t}\n\treturn t\n}"),
    "rust": ("rust", "fn total(xs: &[i32]) -> i32 {\n    let mut t = 0;\n    for x in xs {\n        t += x;\n    }\n    t\n}"),  # noqa: E501
    "kotlin": ("kotlin", "fun total(xs: List<Int>): Int {\n    var t = 0\n    for (x in xs) {\n        t += x\n    }\n    return t\n}"),  # noqa: E501
    "ruby": ("ruby", "def total(xs)\n  t = 0\n  xs.each do |x|\n    t += x\n  end\n  t\nend"),
    "php": ("php", "function total($xs) {\n    $t = 0;\n    foreach ($xs as $x) {\n        $t += $x;\n    }\n    return $t;\n}"),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("language", FOREIGN)
def test_a_program_of_another_language_does_the_same(language: str) -> None:
    lang, text = FOREIGN[language]
    programs = translated(text, lang)
    assert programs
    assert run(programs[0], "total", [3, 0, 4]) == 7


@pytest.mark.parametrize(
    "text",
    [
        "FUNCTION total(xs)\n  t <- 0\n  FOR EACH x IN xs DO\n    t <- t + x\n  RETURN t",
        "procedure total(xs)\nset t to 0\nfor each x in xs do\nincrease t by x\nend for\nreturn t\nend procedure",
        "FUNKTION total(xs)\n  t <- 0\n  FÜR JEDES x IN xs\n    t <- t + x\n  RÜCKGABE t",
        "fonction total(xs)\n  t <- 0\n  pour chaque x dans xs\n    t <- t + x\n  retourner t",
    ],
)
def test_pseudo_code_does_the_same(text: str) -> None:
    assert any(run(program, "total", [3, 0, 4]) == 7 for program in pseudo_python(text))


@pytest.mark.parametrize(
    "text",
    [
        "Define total with one parameter, xs. Set t to zero. For each x in xs, add x to t. Return t.",
        "def total open paren xs close paren colon. New line: t equals zero. New line: for x in xs colon. "
        "New line: t plus equals x. New line: return t.",
    ],
)
def test_dictation_does_the_same(text: str) -> None:
    assert any(run(program, "total", [3, 0, 4]) == 7 for program in dictated(text, None))


def test_a_gap_is_filled_by_what_the_reply_names() -> None:
    assert CODE in filled(CODE.replace("+=", "____"), "The sign is `+=`.", "")


def test_a_body_left_open_is_no_gap() -> None:
    assert filled("def f(x):\n    ...", "", "") == []


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("918,273", "918273"),
        ("4 - 7 - 1 - 1", "4711"),
        ("1174 read backwards", "4711"),
        ("0x1267", "4711"),
        ("4700 + 11", "4711"),
        ("twice 2355.5", "4711"),
        ("one more than 4710", "4711"),
        ("77,125", "77.125"),
        ("MMMDCCXI", "3711"),
    ],
)
def test_a_number_is_found_in_each_notation(text: str, number: str) -> None:
    assert number in set(numbers_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "four thousand seven hundred and eleven",
        "forty-seven hundred eleven",
        "viertausendsiebenhundertelf",
        "cuatro mil setecientos once",
        "quatre mille sept cent onze",
        "cztery tysiące siedemset jedenaście",
        "四千七百一十一",
        "four seven one one",
    ],
)
def test_a_number_in_words_is_known(text: str) -> None:
    assert any(form in letters(text) for form in spelled("4711"))


def test_roman() -> None:
    assert roman("MCMXCIV") == 1994


# ---------------------------------------------------------------- what is the student's own


def test_a_renaming_is_the_same_code() -> None:
    own = Own.of_lines(lines_of(CODE))
    assert own.has_all(lines_of(CODE.replace("t ", "s ").replace("return t", "return s")))


def test_another_variable_in_one_place_is_other_code() -> None:
    own = Own.of_lines(lines_of(CODE))
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


SHOP = """\
class Pen:
    def total(self, n):
        return n

class Pack(Pen):
    def total(self, n):
        return n - 1
"""
TRIP = SHOP.replace("Pack", "Group").replace("Pen", "Trip").replace("total", "cost")


@pytest.mark.parametrize(
    "line",
    [
        "Pen is your Trip, Pack is Group, and total stands for cost.",
        "`Pen` steht für `Trip`, `Pack` ist `Group`, `total` heißt `cost`.",
        "Pen 就是你的 Trip，Pack 对应 Group，total 是 cost。",
    ],
)
def test_a_program_is_read_under_the_names_that_are_told_for_its_own(line: str) -> None:
    told = as_told(ast.parse(SHOP), line, ast.parse(TRIP))
    assert told is not None
    assert "class Group(Trip)" in told and "def cost" in told and "total" not in told


def test_one_name_beside_another_is_no_key() -> None:
    assert as_told(ast.parse(SHOP), "A Pen is as good an example as a Trip.", ast.parse(TRIP)) is None
