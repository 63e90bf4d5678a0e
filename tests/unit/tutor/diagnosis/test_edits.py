"""The edits that the search tries: which there are, that each is a program of its own, and how two go together."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from codegym_jlab.tutor.diagnosis.program import Edit, Program, Signature
from codegym_jlab.tutor.diagnosis.repairs import edits_of, suspicion

SUM = "def total(xs):\n    t = 0\n    for x in xs:\n        if x > 3:\n            t = t + x\n        return t\n"


def mended(source: str, edit: Edit) -> str:
    """The program once the edit is made, as the sandbox makes it."""
    tree: Any = ast.parse(source)
    for path, text in edit.patches:
        node = tree
        for part in path[:-1]:
            node = node[part] if isinstance(part, int) else getattr(node, part)
        last = path[-1]
        if isinstance(last, tuple):
            node[last[0] : last[1]] = ast.parse(text).body
        elif isinstance(last, int):
            node[last] = ast.parse(text, mode="eval").body
        else:
            setattr(node, last, ast.parse(text, mode="eval").body if text else None)
    return ast.unparse(tree)


def all_mended(source: str, **signatures: Signature) -> dict[str, Edit]:
    return {mended(source, edit): edit for edit in edits_of(Program(source, signatures=signatures))}


CASES = [
    ("strict", "if x > 3", "if x >= 3", 4),
    ("return_early", "        return t\n", "    return t\n", 6),
    ("off_by_one", "t = 0", "t = 1", 2),
    ("wrong_name", "t = t + x", "t = x + x", 5),
    ("sign", "t = t + x", "t = t - x", 5),
]


@pytest.mark.parametrize("kind, old, new, line", CASES, ids=[case[0] for case in CASES])
def test_an_edit_of_each_kind_is_among_them_and_knows_its_line(kind: str, old: str, new: str, line: int) -> None:
    found = all_mended(SUM)[ast.unparse(ast.parse(SUM.replace(old, new)))]
    assert (found.kind, found.lines) == (kind, (line,))


@pytest.mark.parametrize(
    "wrong, right, kind",
    [
        ("def f(a):\n    print(a)", "def f(a):\n    return a", "printed"),
        ("def f(a):\n    a = a.sort()\n    return a", "def f(a):\n    a.sort()\n    a = a\n    return a", "none_kept"),
        ("def f(a):\n    return a.append(1)", "def f(a):\n    a.append(1)\n    return a", "none_kept"),
        ("def f(a):\n    a.strip()\n    return a", "def f(a):\n    a = a.strip()\n    return a", "dropped"),
        ("def f(a):\n    return b", "def f(a):\n    return a", "undefined"),
        ("def f(a):\n    for x in a:\n        t = 0\n        t += x\n    return t",
         "def f(a):\n    t = 0\n    for x in a:\n        t += x\n    return t", "start_in_loop"),
        ("def f(a):\n    r = []\n    for x in a:\n        r += x\n    return r",
         "def f(a):\n    r = []\n    for x in a:\n        r += [x]\n    return r", "element_added"),
        ("def f(n):\n    while n:\n        print(n)\n    n -= 1",
         "def f(n):\n    while n:\n        print(n)\n        n -= 1",
         "too_shallow"),
        ("def f(a):\n    print('True')", "def f(a):\n    return True", "printed"),
        ("def f(a):\n    return a / 2", "def f(a):\n    return a // 2", "division"),
        ("def f(a):\n    return a[:2] < a", "def f(a):\n    return a[:2] > a", "turned"),
        ("def f(a, b):\n    return a and b", "def f(a, b):\n    return a or b", "and_or"),
        ("def f(a):\n    b = a\n    return b", "def f(a):\n    b = a.copy()\n    return b", "copy"),
        ("def f(a):\n    a.sort()\n    return a", "def f(a):\n    a = a.copy()\n    a.sort()\n    return a", "copy"),
        ("def f(a):\n    a[0] = 1\n    return a", "def f(a):\n    a = a.copy()\n    a[0] = 1\n    return a", "copy"),
        ("def f(a):\n    for x in a:\n        a.pop()", "def f(a):\n    for x in list(a):\n        a.pop()", "copy"),
        ("for x in [3, 4]:\n    print(x)", "for x in range(len([3, 4])):\n    print(x)", "range"),
        ("def f(n):\n    return range(1, n)", "def f(n):\n    return range(1, n + 1)", "off_by_one"),
        ("def f(a):\n    sum = 0\n    return sum(a)",
         "def f(a):\n    sum = 0\n    return __import__('builtins').sum(a)", "shadowed"),
        ("list = []\nprint(list(list))", "list = []\nprint(__import__('builtins').list(list))", "shadowed"),
        ("def f(len):\n    return len('a')", "def f(len):\n    return __import__('builtins').len('a')", "shadowed"),
        ("def f(a):\n    return a[0]", "def f(a):\n    if not a:\n        return 0\n    return a[0]", "missing_case"),
    ],
)  # fmt: skip
def test_what_beginners_do_is_mended_by_one_edit(wrong: str, right: str, kind: str) -> None:
    assert all_mended(wrong)[ast.unparse(ast.parse(right))].kind == kind


def test_every_edit_of_a_program_can_be_made() -> None:
    assert len(all_mended(SUM, total=Signature(["list"], {"int"}))) > 50
    assert len(all_mended("def f(n):\n    with open(n) as g:\n        t = g.read()\n        return t\n")) > 5


def test_two_edits_go_together_unless_one_holds_the_other() -> None:
    found = all_mended(SUM)
    strict = found[ast.unparse(ast.parse(SUM.replace("x > 3", "x >= 3")))]
    start = found[ast.unparse(ast.parse(SUM.replace("t = 0", "t = 1")))]
    late = found[ast.unparse(ast.parse(SUM.replace("        return", "    return")))]
    both = strict.with_(start)
    assert both.lines == (2, 4) and not strict.meets(start)
    assert mended(SUM, both) == ast.unparse(ast.parse(SUM.replace("x > 3", "x >= 3").replace("t = 0", "t = 1")))
    later = SUM.replace("x > 3", "x >= 3").replace("        return", "    return")
    assert mended(SUM, strict.with_(late)) == ast.unparse(ast.parse(later))
    assert late.meets(found[ast.unparse(ast.parse(SUM.replace("return t", "return x")))])


def test_what_is_put_before_a_statement_does_not_move_what_is_changed_within_it() -> None:
    source = 'def f(xs):\n    """First."""\n    return xs[0]\n'
    found = all_mended(source)
    case = found[ast.unparse(ast.parse(source.replace("    return", "    if not xs:\n        return 0\n    return")))]
    last = found[ast.unparse(ast.parse(source.replace("[0]", "[-1]")))]
    wanted = source.replace("    return xs[0]", "    if not xs:\n        return 0\n    return xs[-1]")
    assert mended(source, case.with_(last)) == mended(source, last.with_(case)) == ast.unparse(ast.parse(wanted))


def test_a_line_is_suspicious_that_runs_where_it_fails_alone() -> None:
    found = suspicion([(frozenset({1, 2}), False), (frozenset({1, 3}), True)])
    assert found[2] == 1.0 and found[1] == pytest.approx(0.707, abs=0.01) and 3 not in found
