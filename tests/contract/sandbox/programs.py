"""Small programs as learners write them, drawn at random: some keep what they saw, some do not."""

from __future__ import annotations

from random import Random

CONSTANTS = "0", "1", "2", "-3", "7", "'ab'", "'x y'", "1.5", "True", "None", "(1, 2)", "()"
GLOBALS = """
import math
import sys
limit = 3
name = "ada"
pair = (1, "b")
seen = []
counts = {}
later = (i * i for i in range(100))
def twice(x):
    return x * 2
def note(x):
    seen.append(x)
    return len(seen)
def maker():
    held = []
    def add(x):
        held.append(x)
        return len(held)
    return add
adder = maker()
class Box:
    full = 0
    def __init__(self, x):
        self.x = x
        Box.full += 1
    def __repr__(self):
        return f"Box({self.x!r}, {Box.full})"
"""
EXPRESSIONS = (
    "{a} + {b}", "{a} * 2", "[{a}, {b}]", "({a}, {b})", "{{{a}: {b}}}", "[{a}, {b}][{a}]", "f'{{{a}!r:>8}} {{{b}}}'",
    "{a} if {b} else {c}", "{a} == {b}", "{a} is None", "{a} and {b} or {c}", "not {a}", "len(str({a}))",
    "sorted([str({a}), str({b})])", "[i for i in range(4) if {a}]", "{{str(i): {a} for i in range(2)}}",
    "sum(i for i in range(5) if i != {a})", "list(map(lambda i, k={a}: (i, k), [{b}]))", "str({a})[::-1]",
    "str({a})[1:]", "max([1, 2], key=lambda i: i == {a})", "'{{}} {{:>5}}'.format({a}, {b})", "'-'.join([str({a})])",
    "isinstance({a}, (int, str))", "list(zip([{a}], [{b}]))", "dict(k={a}, **{{'z': {b}}})", "limit", "name.upper()",
    "pair", "math.sqrt(4)", "math.floor(2.5)", "twice({a})", "print({a}, {b}, sep='/')",
    "print({a}, end='', flush=True)",
    "(k := {a})", "[*str({a}), {b}]", "repr({a})", "abs(limit)", "min({a}, {b})", "int(str({a}))", "round(2.345, 1)",
)  # fmt: skip
#: What outlives its call, or sees what did.
KEEPING = (
    "note({a})", "list(seen)", "adder({a})", "seen.append({a})", "counts.setdefault(str({a}), {b})", "len(counts)",
    "next(later)", "repr(Box({a}))", "Box.full", "globals().get('fresh', 0)", "getattr(twice, 'times', 0)",
    "sys.stdout.write(str({a}))", "maker()({a})", "type('Kind', (), {{}}).__name__", "str({a}).encode()",
    "vars(Box)['full']",
)  # fmt: skip
STATEMENTS = (
    "v = {e}", "v = {e}\nv = [v]", "w = {e}", "print({e})", "v, w = {e}, {e}", "v = [{e}]\nv += [{e}]\nv[0] = {e}",
    "if {e}:\n    v = {e}\nelse:\n    w = {e}", "for i in range(3):\n    v = {e}\n    if i == {e}:\n        break",
    "try:\n    v = {e}\nexcept (TypeError, ValueError) as error:\n    v = str(error)\nfinally:\n    w = {e}",
    "try:\n    v = {e}\nexcept Exception as error:\n    kept = error\n    raise ValueError(*error.args) from error",
    "match {e}:\n    case [x, *rest]:\n        v = x\n    case str() | int():\n        v = {e}",
    "def inner(x, y={e}):\n    nonlocal v\n    v = x\n    return inner and y\nw = inner({e})", "del w\nw = {e}",
    "n = 0\nwhile n < 3:\n    n += 1\n    v = {e}", "assert {e}, {e}", "return {e}", "v = [j for j in [{e}] if j]",
    "box = []\nbox.append(box)\nv = len(box)", "x = {{'a': {e}}}\nx['b'] = v\ndel x['a']\nw = x",
)  # fmt: skip
KEEPING_STATEMENTS = (
    "global limit\nlimit += 1", "global fresh\nfresh = {e}", "d.append({e})\nv = len(d)", "twice.times = {e}",
    "import math as m\nv = m.pi", "counts['k'] = counts.get('k', 0) + 1", "seen[:] = [{e}]", "Box.full = {e}",
    "with open('left.txt', 'a') as file:\n    v = file.write('x')",
)  # fmt: skip
SHAPES = (
    "def {name}(a, b=1, *rest, d=(), **others):\n    v = w = None\n{body}\n    return v, w",
    "def {name}(a, b=1):\n    v = w = None\n{body}\n    yield v\n    yield w",
    "def {name}(a, b=1, d=[]):\n    v = w = None\n{body}\n    return [v, w]",
)


class Author:
    """Writes programs: the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)

    def program(self) -> tuple[str, list[str], list[str]]:
        """A cell, the names that it defines, and calls of them."""
        keeps = self._draw.random() < 0.5
        names = [f"f{n}" for n in range(self._draw.randint(1, 4))]
        functions = [self._function(name, names[:place], keeps) for place, name in enumerate(names)]
        calls = [self._call(names) for _ in range(self._draw.randint(2, 6))]
        if keeps:
            calls += ["list(seen)", "limit", "len(counts)"][: self._draw.randint(0, 3)]
            self._draw.shuffle(calls)
        known = ["twice", "note", "adder", "Box", "seen", "counts", "limit", "name", "pair", "later", "maker", *names]
        return "\n".join([GLOBALS, *functions]), known, calls

    def _function(self, name: str, others: list[str], keeps: bool) -> str:
        body = [self._statement(others, keeps) for _ in range(self._draw.randint(1, 4))]
        lines = "\n".join(body).splitlines()
        declared = [line for line in lines if line.startswith("global ")]  # before any use of the name
        rest = [line for line in lines if not line.startswith("global ")]
        text = "\n".join(f"    {line}" for line in [*dict.fromkeys(declared), *rest])
        return self._draw.choice(SHAPES).format(name=name, body=text)

    def _statement(self, others: list[str], keeps: bool) -> str:
        kinds = KEEPING_STATEMENTS if keeps and self._draw.random() < 0.2 else STATEMENTS
        text = self._draw.choice(kinds)
        parts = text.split("{e}")
        told = "".join(part + self._expression(2, others, keeps) for part in parts[:-1]) + parts[-1]
        return told.replace("{{", "{").replace("}}", "}") if "{{'a'" in text else told

    def _expression(self, depth: int, others: list[str], keeps: bool) -> str:
        chance = self._draw.random()
        if depth == 0 or chance < 0.2:
            return self._draw.choice(("a", "b", "v", "w", *CONSTANTS))
        if others and chance < 0.35:
            return f"{self._draw.choice(others)}({self._expression(depth - 1, [], keeps)})"
        kinds = KEEPING if keeps and chance > 0.8 else EXPRESSIONS
        parts = {letter: self._expression(depth - 1, others, keeps) for letter in "abc"}
        if "!r" in (text := self._draw.choice(kinds)):
            parts = {letter: self._draw.choice(("a", "b", "limit")) for letter in "abc"}
        return f"({text.format(**parts)})"

    def _call(self, names: list[str]) -> str:
        call = f"{self._draw.choice(names)}({self._draw.choice(CONSTANTS)})"
        return self._draw.choice(("{}", "{}", "list({})", "next(iter({}))", "[{0}, {0}]", "print({})")).format(call)
