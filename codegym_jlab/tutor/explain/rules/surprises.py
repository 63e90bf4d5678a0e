"""What in a program that runs may surprise its author; told to who wonders at the outcome, or asks for a review."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..explanation import MAX_SOURCE, read
from ..program import FUNCTIONS, IN_PLACE, Candidate, Case, called, inner, is_generator, names_in, returns
from ..seen import Seen
from . import silent
from .limits import is_stuck

_LAZY = frozenset("map filter zip enumerate reversed generator iterator".split())
_NEW = frozenset(
    "dropna fillna sort_values rename reset_index drop astype assign drop_duplicates set_index sort_index replace"
    " upper lower strip lstrip rstrip title capitalize split join format copy".split()
)
_NEW_PLAIN = frozenset("sorted reversed round abs str int float len sum max min".split())
_LEAVES = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def surprises(source: str) -> list[Candidate]:
    """All that may surprise in a program, the likeliest first; empty for what is no program. Nothing is run."""
    tree = read(source)[0] if len(source) <= MAX_SOURCE else None
    if tree is None:
        return []
    case = Case(source, tree, Seen())
    found: list[Candidate] = []
    for rule in (*RULES, *silent.RULES):
        try:
            found += rule(case)
        except (RecursionError, ValueError, IndexError, AttributeError, TypeError):
            continue  # a program so odd that one rule stumbles; the others still look
    return sorted(found, key=lambda one: (-one.sure, one.line))


def _puzzle(node: ast.AST, variant: str, sure: float, **words: str) -> Candidate:
    return Candidate(getattr(node, "lineno", 1), "puzzle", sure, words, variant)


def nothing_back(case: Case) -> Iterator[Candidate]:
    """A function without `return`; the None of `print` or of a method in place, used or printed."""
    for function in case.all(ast.FunctionDef):
        is_odd = function.name.startswith("__") or is_generator(function) or returns(function)
        if is_odd or any(isinstance(node, (ast.Pass, ast.Raise)) for node in function.body):
            continue
        nodes = inner(function)
        prints = [n.lineno for n in nodes if isinstance(n, ast.Call) and called(n) == "print"]
        stores = any(isinstance(n, (ast.Attribute, ast.Subscript)) and _is_store(n) for n in nodes)
        uses = [c for c in case.calls(function.name) if not isinstance(case.parents[c], (ast.Expr, ast.Attribute))]
        if prints or uses or not (stores or _grown(function.body)):
            line, variant = (max(prints), "print") if prints else (function.body[-1].lineno, "forgotten")
            sure = 0.95 if uses else 0.7
            yield Candidate(line, "none_return", sure, {"function": function.name}, variant)
    for call in case.all(ast.Call):
        above, name = case.parents.get(call), called(call)
        if not isinstance(above, (ast.Assign, ast.Call, ast.Return)) or case.functions.get(name):
            continue
        if name == "print" and not isinstance(above, ast.Return):
            yield Candidate(call.lineno, "none_return", 0.95, {}, "printed")
        elif isinstance(call.func, ast.Attribute) and (name in IN_PLACE or _is_inplace(call)):
            yield Candidate(call.lineno, "none_return", 0.95, {"function": case.text(call)}, "in_place")


def _is_store(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _is_inplace(call: ast.Call) -> bool:
    return any(k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords)


def unused(case: Case) -> Iterator[Candidate]:
    """A value that is worked out and kept nowhere, a name alone, a line after `return`, a parameter nobody reads."""
    for statement in case.all(ast.Expr):
        value = statement.value
        is_last = statement is case.tree.body[-1]  # a cell's last line is shown by the notebook itself
        if isinstance(value, ast.BinOp) or (isinstance(value, ast.Call) and not is_last and _gives(case, value)):
            yield _puzzle(statement, "unused", 0.92, code=case.text(value))
        elif isinstance(value, (ast.Name, ast.Attribute)) and not is_last:
            yield _puzzle(statement, "no_call", 0.85, code=case.text(value))
    for above in case.nodes:
        body = getattr(above, "body", None)
        for leaves, after in zip(body, body[1:], strict=False) if isinstance(body, list) else ():
            if isinstance(leaves, _LEAVES):
                yield _puzzle(after, "unreachable", 0.9)
    for function in case.all(ast.FunctionDef):
        used = names_in(function) | {"self", "cls"}
        idle = [a.arg for a in function.args.args if a.arg not in used and not a.arg.startswith("_")]
        if idle and not function.name.startswith("__"):
            yield _puzzle(function, "idle", 0.75, name=idle[0])


def _gives(case: Case, call: ast.Call) -> bool:
    """Whether a call only gives a value, and changes and shows nothing."""
    name, is_plain = called(call), isinstance(call.func, ast.Name)
    own = case.functions.get(name, []) if is_plain else []
    if own:
        return bool(returns(own[0])) and not any(
            isinstance(n, ast.Call) and called(n) == "print" for n in inner(own[0])
        )
    return name in (_NEW_PLAIN if is_plain else _NEW) and not _is_inplace(call)


def overwritten(case: Case) -> Iterator[Candidate]:
    """In a loop: a total that each round replaces, or that each round begins anew. `=+`. A `while` without end."""
    for loop in case.all(ast.For, ast.While):
        names = names_in(loop.target) if isinstance(loop, ast.For) else set()
        reads = {n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and not _is_store(n)}
        for step in loop.body:
            if not isinstance(step, ast.Assign) or not isinstance(step.targets[0], ast.Name):
                continue
            name = step.targets[0].id
            began = any(isinstance(v, (ast.Constant, ast.List)) and v.lineno < loop.lineno for v in case.values(name))
            if began and names & names_in(step.value) and name not in reads:
                yield _puzzle(step, "overwritten", 0.85, name=name)
            empty = isinstance(step.value, (ast.List, ast.Dict, ast.Constant)) and not names_in(step.value)
            later = any(n.id == name and n.lineno > (loop.end_lineno or 0) for n in case.all(ast.Name))
            if empty and later and name in _grown(loop.body):
                yield _puzzle(step, "begun_anew", 0.92, name=name)
        ends = any(isinstance(n, _LEAVES) for n in ast.walk(loop))
        if isinstance(loop, ast.While) and is_stuck(loop) and not names_in(loop.test) & _grown(loop.body) and not ends:
            yield _puzzle(loop, "endless", 0.95, name=min(names_in(loop.test)), code=case.text(loop.test))
    for step in case.all(ast.Assign):
        line = case.lines[step.lineno - 1].replace(" ", "")
        if isinstance(step.value, ast.UnaryOp) and "=+" in line:
            yield _puzzle(step, "signed", 0.95, name=case.text(step.targets[0]))


def _grown(body: list[ast.stmt]) -> set[str]:
    """Names that a block adds to: by `+=`, or by a method."""
    nodes = [n for s in body for n in ast.walk(s)]
    grown: list[ast.expr] = [n.target for n in nodes if isinstance(n, ast.AugAssign)]
    grown += [n.func.value for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
              and n.func.attr in IN_PLACE]  # fmt: skip
    return {one.id for one in grown if isinstance(one, ast.Name)}


def conditions(case: Case) -> Iterator[Candidate]:
    """`x == 1 or 2`, `is` for `==`, a text compared with a number; a wider test before a narrower one."""
    for either in case.all(ast.BoolOp):
        bare = [v for v in either.values if isinstance(v, ast.Constant) and not isinstance(v.value, bool)]
        if bare and any(isinstance(v, ast.Compare) for v in either.values):
            word = "or" if isinstance(either.op, ast.Or) else "and"
            yield _puzzle(bare[0], "bare_side", 0.95, code=case.text(bare[0]), word=word)
    for compare in case.all(ast.Compare):
        kinds, sign = {case.kind(compare.left), case.kind(compare.comparators[0])}, compare.ops[0]
        if isinstance(sign, (ast.Is, ast.IsNot)) and not {"NoneType", "bool"} & kinds:
            yield _puzzle(compare, "identity", 0.92)
        elif kinds in ({"str", "int"}, {"str", "float"}) and isinstance(sign, (ast.Eq, ast.NotEq)):
            yield Candidate(compare.lineno, "str_plus_int", 0.93, {}, "compare")
    for choice in case.all(ast.If):
        after = choice.orelse[0] if len(choice.orelse) == 1 else None
        if isinstance(after, ast.If) and _covers(choice.test, after.test):
            yield _puzzle(choice, "covered", 0.94, code=case.text(choice.test), later=str(after.lineno))


def _covers(first: ast.expr, second: ast.expr) -> bool:
    """Whether whatever passes the second test passes the first, of one name against two numbers."""
    if not (isinstance(first, ast.Compare) and isinstance(second, ast.Compare)):
        return False
    low, high = (getattr(test.comparators[0], "value", None) for test in (first, second))
    if not (isinstance(low, (int, float)) and isinstance(high, (int, float))):
        return False
    if ast.dump(first.left) != ast.dump(second.left) or len(first.ops) + len(second.ops) != 2:
        return False
    signs = (first.ops[0], second.ops[0])
    up, down = (all(isinstance(sign, way) for sign in signs) for way in ((ast.Gt, ast.GtE), (ast.Lt, ast.LtE)))
    return (low < high and up) or (low > high and down)


def texts(case: Case) -> Iterator[Candidate]:
    """Digits that are text: repeated, joined, sorted by letters; braces without `f`; `^` for a power."""
    for node in case.all(ast.BinOp):
        kinds = {case.kind(node.left), case.kind(node.right)}
        digits = any(map(_is_digits, _held(case, node.left, node.right)))
        if isinstance(node.op, ast.Mult) and "str" in kinds and digits:
            yield _puzzle(node, "repeated", 0.94)
        elif isinstance(node.op, ast.Add) and kinds == {"str"} and digits:
            yield _puzzle(node, "joined", 0.93)
        elif isinstance(node.op, ast.BitXor) and kinds <= {"int", "float", ""}:
            yield _puzzle(node, "power", 0.9)
    for call in case.all(ast.Call):
        given = call.args[0] if call.args else getattr(call.func, "value", call)
        if called(call) in ("max", "min", "sorted", "sort"):
            lists = [v for v in _held(case, given) if isinstance(v, ast.List)]
            if any(_is_digits(item) for one in lists for item in one.elts):
                yield _puzzle(call, "by_letters", 0.9)
        elif called(call) == "print" and isinstance(given, ast.Constant) and isinstance(given.value, str):
            for name in [name for name in case.bindings if "{" + name in given.value][:1]:
                yield _puzzle(call, "braces", 0.93, name=name)


def _held(case: Case, *sides: ast.expr) -> list[ast.expr]:
    """The expressions themselves, and what the names among them are assigned."""
    return [*sides, *(value for side in sides if isinstance(side, ast.Name) for value in case.values(side.id))]


def _is_digits(node: ast.expr) -> bool:
    """Whether a value is text of digits, or was typed in."""
    if isinstance(node, ast.Call):
        return called(node) == "input"
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip("-. ").isdigit()


def objects(case: Case) -> Iterator[Candidate]:
    """Printed as it is: a function not called, a map or zip. A comma that makes a tuple. A parameter set in vain."""
    for given in (given for call in case.calls("print") for given in call.args):
        is_method = isinstance(given, ast.Attribute) and given.attr in _NEW | IN_PLACE
        if is_method or case.kind(given) == "function":
            yield Candidate(given.lineno, "missing_call", 0.95, {"name": case.text(given)})
        elif case.kind(given) in _LAZY:
            yield _puzzle(given, "lazy", 0.93, name=case.text(given))
    for step in case.all(ast.Assign):
        line = case.lines[(step.end_lineno or step.lineno) - 1].split("#")[0].rstrip()
        if isinstance(step.value, ast.Tuple) and len(step.value.elts) == 1 and line.endswith(","):
            yield _puzzle(step, "comma", 0.95, name=case.text(step.targets[0]))
    for function in case.all(*FUNCTIONS):
        nodes, parameters = inner(function), {a.arg for a in function.args.args}
        shows = any(isinstance(n, ast.Return) or (isinstance(n, ast.Call) and called(n) == "print") for n in nodes)
        for node in nodes if not shows else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and target.id in parameters:
                yield _puzzle(node, "parameter", 0.9, name=target.id, function=function.name)


RULES = (nothing_back, unused, overwritten, conditions, texts, objects)
