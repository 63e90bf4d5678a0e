"""Likely mistakes in a program that runs, with their lines."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor import locale
from codegym_jlab.tutor.explain import mistakes_in

_KINDS = [
    ("a = [2, 1]\nprint(a.sort())\n", "none_return", 2),
    ("def f(x):\n    print(x * 2)\n\ny = f(3)\nprint(y)\n", "none_return", 2),
    ("x = 1\nx + 1\nprint(x)\n", "puzzle", 2),
    ("a = [2, 1]\nsorted(a)\nprint(a)\n", "puzzle", 2),
    ("total = 0\nfor p in [2, 3]:\n    total = p\nprint(total)\n", "puzzle", 3),
    ("for p in [2, 3]:\n    out = []\n    out.append(p)\nprint(out)\n", "puzzle", 2),
    ("x = 5\nif x == 1 or 2:\n    print('hi')\n", "puzzle", 2),
    ("x = input()\nif x == ('yes' or 'y'):\n    print('hi')\n", "puzzle", 2),
    (
        "class Lamp:\n    def __init__(self):\n        self.on = False\n\n    def press(self):\n        on = self.on\n",
        "missing_self",
        6,
    ),
    ('name = "Ana"\nprint("hi {name}")\n', "puzzle", 2),
    ('name = "Ana"\nage = 9\nprint("{name} is {age + 1}")\n', "puzzle", 3),
    ('w = "a"\nprint(w.upper)\n', "missing_call", 2),
    ("def half(n):\n    return n / 2\nprint(f'It is {half}.')\n", "missing_call", 3),
    ("rest = 4\nprint('left:', 'rest')\n", "puzzle", 2),
    ("def f(x):\n    return x\n    print(x)\n", "puzzle", 2),
    ("def f(x):\n    if x:\n        return x\n    f(x + 1)\n\nf(0)\n", "none_return", 4),
    ("n = 10\nwhile n > 0:\n    print(n)\n", "infinite_recursion", 2),
    ("t = 0\nfor x in [1, 2]:\n    t =+ x\nprint(t)\n", "puzzle", 3),
    ("def is_odd(x):\n    if x % 2:\n        return True\n", "none_return", 2),
    ("def put(n):\n    if n < 0:\n        print('ValueError')\n    return n\n", "puzzle", 3),
    ("n = int(input())\nfor i in range(n, 1):\n    print(i)\n", "puzzle", 2),
    ("def f(x):\n    if x < 1:\n        return True\n    if x % 2:\n        f(x - 1)\n    return False\n", "puzzle", 5),
    ("litres = 21.7\nprint(f'{litres:.1} litres')\n", "puzzle", 2),
    ("litres = 21.7\nprint(f'{litres:2f} litres')\n", "puzzle", 2),
    ("print('one')\nprint('two/n')\n", "puzzle", 2),
    ("plt.bar(['a'], [1])\nplt.title = 'All'\n", "puzzle", 2),
]


@pytest.mark.parametrize(("source", "cause", "line"), _KINDS)
def test_a_likely_mistake_is_seen_with_its_line_and_told_in_each_language(source: str, cause: str, line: int) -> None:
    first = mistakes_in(source)[0]
    assert (first.cause, first.line) == (cause, line)
    assert len({mistakes_in(source, language)[0].text for language in locale.LANGUAGES}) == 6


@pytest.mark.parametrize(
    "source",
    [
        "for i in range(3, 0, -1):\n    print(i)\n",
        "n = int(input())\nfor i in range(0, n):\n    print(i)\n",
        "xs = [3, -1]\nfor t in range(len(xs)):\n    if t > 0:\n        print(xs[t])\n",
        "bus = 7\nprint('bus', bus)\n",
        "print('and/nor')\nkm = 7.5\nprint(f'{km:8.2f} {km:12}')\n",
        "price = 2.5\nname = 'Ana'\nprint(f'{price:.2f} {name:.2}')\n",
        "print('Which bus is it?')\nbus = 7\n",
        "for bus in range(3):\n    print('Next bus')\n",
        "def f(n):\n    if n:\n        return f(n - 1)\n    return 0\n",
        "def f(n):\n    match n:\n        case 1:\n            return 2\n        case _:\n            return 3\n",
        "def first(xs):\n    xs[0] = 1\n    return xs\n\nxs = [2]\nfirst(xs)\nprint(xs)\n",
        "class A:\n    def __init__(self, n):\n        n = n * 2\n        self.n = n\n",
        "class A:\n    def add(self, n):\n        self.all.append(n)\n",
        "def swap(xs, i, j):\n    xs[i], xs[j] = xs[j], xs[i]\n\nxs = [1, 2]\nswap(xs, 0, 1)\nprint(xs)\n",
        "def add(items, more):\n    items += more\n\nxs = [1]\nadd(xs, [2])\nprint(xs)\n",
        "def count():\n    n = 0\n\n    def up():\n        nonlocal n\n        n += 1\n\n    up()\n    return n\n",
        "class A:\n    def __exit__(self, *args):\n        print('closed')\n",
        "xs = [2, 1]\nfor x in xs:\n    xs.sort()\n    print(x)\n",
        "a, b = 1, 2\nif a == 1:\n    print(a)\nif b == 2:\n    print(b)\nelse:\n    print(a + b)\n",
    ],
)
def test_what_only_looks_like_a_mistake_is_none(source: str) -> None:
    assert mistakes_in(source) == []


def test_a_cell_with_nothing_odd_has_no_mistake() -> None:
    either = "n = 3\nif n > 2:\n    word = 'a'\nif n <= 2:\n    word = 'b'\nprint(word, 'n', n)\n"
    assert mistakes_in(either) == []
    assert mistakes_in("total = 0\nfor x in [1, 2]:\n    total += x\nprint(total)\n") == []
    assert mistakes_in('things = []\nthing = ""\nprint(len(thing), "things")\n') == []  # a word beside a value
    assert mistakes_in("def (")[0].line == 1
    shown = "def f(x):\n    return x\nf(1)\n"
    assert [one.cause for one in mistakes_in(f"{shown}print(f)\n")][0] == "missing_call"
    for fine in ("print(list(map(f, [1])))", "print(len(df.index))", "f = f(2)\nprint(f)", "print(df.values)"):
        assert "missing_call" not in [one.cause for one in mistakes_in(f"{shown}{fine}\n")]
    for named in ("for n, f in [(1, 2)]:\n    print(f)", "def g(f):\n    print(f)", "def run(h):\n    h(1)\nrun(f)"):
        assert "missing_call" not in [one.cause for one in mistakes_in(f"{shown}{named}\n")]


def test_what_is_called_on_no_value_of_the_program_may_be_for_its_effect() -> None:
    drawn = 'plt.bar(["a"], [1])\nplt.title("Areas")\nprint(1)\n'
    assert mistakes_in(drawn) == [] == mistakes_in(f"import matplotlib.pyplot as plt\n{drawn}")
    assert mistakes_in('name = "ann"\nname.title()\nprint(name)\n') != []
