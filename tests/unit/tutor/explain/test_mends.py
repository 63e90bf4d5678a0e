"""Lines that Python cannot read, as beginners write them: the mend that makes one readable says what is told."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor.explain.explanation import explain_error, read

N = "n = 4\n"
WORDS = "words = input().split()\n"


@pytest.mark.parametrize(
    ("source", "line", "cause", "said"),
    [
        # what Python's words are not
        ("foor i in range(3):\n    print(i)\n", 1, "name_typo", "no word `foor`. It is close to `for`"),
        (N + "if n.is_on = 3:\n    print(n)\n", 2, "comparison_assignment", "Python wants `==`"),
        (N + "If n > 3:\n    print(n)\n", 2, "name_typo", "`if`"),
        (N + "while n > 1 nd n < 9:\n    n += 1\n", 2, "name_typo", "`and`"),
        (N + "n++\n", 2, "name_typo", "Python writes `n += 1`"),
        ("1st = 4\n", 1, "name_typo", "`1st` begins with a digit"),
        ("def mean(number, number 2):\n    return 1\n", 1, "name_typo", "a blank in `number 2`"),
        ("int total = 0\n", 1, "unreadable", "no type stands before a new name"),
        ("float size\n", 1, "unreadable", "without `float`"),
        # signs: apart, missing, too many
        (N + "n // = 10\n", 2, "unreadable", "To Python `//=` is one sign"),
        (N + "while n ! = 0:\n    n -= 1\n", 2, "comparison_assignment", "no such operator"),
        (N + "c = (n - 32)5 / 9\n", 2, "not_callable_parens", "`…)` and `5` stand side by side"),
        (N + "c = 2n\n", 2, "not_callable_parens", "`2` and `n` stand side by side"),
        (N + "print('It is ' + str(n) '.')\n", 2, "not_callable_parens", "joins texts"),
        (N + "print('It is 'n)\n", 2, "missing_comma", "`'It is '` and `n`"),
        (N + "print(n, end'.')\n", 2, "unreadable", "`end` gets its value through a `=`"),
        (N + "print('She said 'hi' to me')\n", 2, "unclosed_string", "quote"),
        (N + "print(, n)\n", 2, "unreadable", "Between `(` and `,` nothing stands"),
        (WORDS + "print(words[])\n", 2, "unreadable", "Between `[` and `]`"),
        (N + "print('It is', n.)\n", 2, "unreadable", "Between `.` and `)`"),
        (N + "if 1 <= n, n <= 9:\n    print(n)\n", 2, "condition", "two questions with a comma"),
        ("ages = {'Ann' 3, 'Bo': 4}\n", 1, "missing_colon", "colon"),
        # calls
        (WORDS + "if len words > 2:\n    print(words)\n", 2, "missing_call", "`len` is a function"),
        (WORDS + "print('{}'.format words)\n", 2, "missing_call", "`format` is a function"),
        ("print(end=' ', 4)\n", 1, "parameter_order", "values without a name come first"),
        # two statements, and the form of one
        ("n = input()print(n)\n", 1, "unreadable", "Two statements stand in this line"),
        ("a = 0 and b = 0\n", 1, "unreadable", "Two statements stand in this line"),
        (WORDS + "for k:v in words:\n    print(k)\n", 2, "unreadable", "A `for` line has this form"),
        ("def cost(price, int(count)):\n    return 1\n", 1, "unreadable", "A `def` line has this form"),
        (N + "print(\\n, n)\n", 2, "unreadable", "only between quotes"),
        ('print("\\")\n', 1, "unclosed_string", "takes away its meaning"),
        # a bracket that is open is told before what stands in the next line
        (N + "a = int(str(n)\nb = int(str(n))\n", 2, "unmatched_bracket", "never closed"),
    ],
)
def test_a_line_that_python_cannot_read_is_told_by_what_makes_it_readable(
    source: str, line: int, cause: str, said: str
) -> None:
    _, seen = read(source)
    found = explain_error(source, seen)
    assert (found.line, found.cause) == (line, cause) and said in found.text


@pytest.mark.parametrize("source", ["print(" + "a b, " * 400 + ")\n", "(" * 90 + "a b" + ")" * 90, "x = " + "- " * 300])
def test_a_long_line_holds_nobody_up(source: str) -> None:
    _, seen = read(source)
    assert explain_error(source, seen).line == 1
