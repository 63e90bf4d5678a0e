"""Where a None comes from: a function that only prints, a branch without `return`, a method in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..program import FUNCTIONS, IN_PLACE, Candidate, Case, Function, called, is_generator, names_in, returns, targets

_MOST_STEPS = 60


def none_used(case: Case) -> Iterator[Candidate]:
    """An error that speaks of None: follow the value back to where it was made."""
    if "NoneType" not in case.message or case.error not in ("TypeError", "AttributeError"):
        return
    found = trace(case, _suspects(case))
    if found is not None:
        yield found
        return
    yield Candidate(case.line, "none_return", 0.6, {"function": ""}, "unknown")


def none_compared(case: Case) -> Iterator[Candidate]:
    """An assert about a value that is None."""
    if not case.is_silent or case.error != "AssertionError":
        return
    statement = case.statement(case.line)
    if not isinstance(statement, ast.Assert):
        return
    if any(isinstance(n, ast.Constant) and n.value is None for n in ast.walk(statement.test)):
        return
    names = [n for n in ast.walk(statement.test) if isinstance(n, ast.Name)]
    nones = [n for n in names if (f := case.own_fact(n.id)) is not None and f.type == "NoneType"]
    calls = [n for n in ast.walk(statement.test) if isinstance(n, ast.Call) and called(n) in case.functions]
    found = trace(case, [*nones, *calls])
    if found is not None and found.variant != "unknown":
        partly = found.variant in ("branch", "loop")
        sure = 0.93 if nones else 0.5 if partly else 0.85
        yield Candidate(found.line, found.cause, sure, found.words, found.variant)


def _suspects(case: Case) -> list[ast.expr]:
    """The expressions of the line that can be the None, the likeliest first."""
    nodes = case.at()
    found: list[ast.expr] = []
    message = case.message
    for node in nodes:
        if isinstance(node, ast.Attribute) and f"'{node.attr}'" in message:
            found.append(node.value)
        elif isinstance(node, ast.Subscript) and ("subscriptable" in message or "assignment" in message):
            found.append(node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)) and "iter" in message:
            found.append(node.iter)
        elif isinstance(node, ast.Call) and "callable" in message:
            found.append(node.func)
        elif isinstance(node, ast.Call):
            found += node.args
        elif isinstance(node, ast.BinOp):
            found += [node.right, node.left]
        elif isinstance(node, ast.AugAssign):
            found += [node.value, node.target]
        elif isinstance(node, ast.Compare):
            found += [node.left, *node.comparators]
        elif isinstance(node, (ast.Assign, ast.Starred)) and "unpack" in message:
            found.append(node.value)
        elif isinstance(node, ast.FormattedValue):
            found.append(node.value)

    def likely(node: ast.expr) -> int:
        fact = case.own_fact(node.id) if isinstance(node, ast.Name) else None
        return 1 if fact is None else 0 if fact.type == "NoneType" else 2

    sure = [node for node in sorted(found, key=likely) if likely(node) < 2]
    return sure + [node for node in found if node not in sure]


def trace(case: Case, ahead: list[ast.expr]) -> Candidate | None:
    """Breadth first, back from expressions to the call that gave None."""
    done: set[ast.expr] = set()
    queue = list(ahead)
    while queue and len(done) < _MOST_STEPS:
        node = queue.pop(0)
        if node in done:
            continue
        done.add(node)
        if isinstance(node, ast.Call):
            found = _from_call(case, node)
            if found is not None:
                return found
        queue += _origins(case, node)
    return None


def _from_call(case: Case, call: ast.Call) -> Candidate | None:
    name = called(call)
    functions = case.functions.get(name, [])
    if functions and not isinstance(functions[0], ast.AsyncFunctionDef):
        return without_value(case, functions[0])
    if name == "print" and isinstance(call.func, ast.Name):
        return Candidate(call.lineno, "none_return", 0.93, {"function": "print"}, "printed")
    if isinstance(call.func, ast.Attribute) and name in IN_PLACE and not isinstance(case.parents.get(call), ast.Expr):
        return Candidate(call.lineno, "none_return", 0.95, {"function": name}, "in_place")
    if isinstance(call.func, ast.Attribute) and name in ("match", "search", "fullmatch"):
        return Candidate(call.lineno, "none_return", 0.75, {"function": name}, "no_match")
    if isinstance(call.func, ast.Attribute) and name == "get" and len(call.args) == 1:
        return Candidate(call.lineno, "missing_key", 0.85, {"key": case.text(call.args[0])}, "get")
    if any(word.arg == "inplace" for word in call.keywords):
        return Candidate(call.lineno, "none_return", 0.95, {"function": name}, "in_place")
    return None


def _origins(case: Case, node: ast.expr) -> list[ast.expr]:
    """The expressions that a value can come from."""
    if isinstance(node, ast.Name):
        return _of_name(case, node)
    if isinstance(node, ast.Attribute):
        assigned = [a for a in case.all(ast.Assign) for t in a.targets if isinstance(t, ast.Attribute)
                    and t.attr == node.attr]  # fmt: skip
        return [*(a.value for a in assigned), node.value]
    if isinstance(node, ast.Call):
        inside = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        own = [r.value for f in case.functions.get(called(node), []) for r in returns(f) if r.value is not None]
        return [*own, *node.args, *inside]
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return [node.elt, *(g.iter for g in node.generators)]
    if isinstance(node, ast.DictComp):
        return [node.value, node.key]
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _of_name(case: Case, node: ast.Name) -> list[ast.expr]:
    found: list[ast.expr] = list(case.values(node.id, node))
    for place in case.all(ast.For, ast.comprehension, ast.AugAssign, ast.Assign):
        names = {n for t in targets(place) for n in names_in(t)}
        if node.id in names and not (isinstance(place, ast.Assign) and place.value in found):
            found.append(place.iter if isinstance(place, (ast.For, ast.comprehension)) else place.value)
    for call in case.all(ast.Call):
        if called(call) in ("append", "add", "insert", "extend") and isinstance(call.func, ast.Attribute):
            if isinstance(call.func.value, ast.Name) and call.func.value.id == node.id:
                found += call.args
    for statement in case.all(ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == node.id:
                found.append(statement.value)
    return found + given_for(case, node)


def given_for(case: Case, node: ast.Name) -> list[ast.expr]:
    """What callers give for a parameter."""
    scope = case.scope(node)
    if not isinstance(scope, FUNCTIONS):
        return []
    names = [a.arg for a in scope.args.args]
    if node.id not in names:
        return []
    place, found = names.index(node.id), []
    is_method = isinstance(case.scope(scope), ast.ClassDef) and names[0] == "self"
    class_name = getattr(case.scope(scope), "name", "")
    for call in case.calls(class_name if scope.name == "__init__" else scope.name):
        position = place - is_method
        found += [k.value for k in call.keywords if k.arg == node.id]
        if 0 <= position < len(call.args):
            found.append(call.args[position])
    return found


def without_value(case: Case, function: Function) -> Candidate | None:
    """The line of a function from which it comes to its end without a value; None where it never does."""
    if is_generator(function) or function.name == "__init__":
        return None
    words = {"function": function.name}
    given = [r for r in returns(function) if r.value is not None]
    given = [r for r in given if not (isinstance(r.value, ast.Constant) and r.value.value is None)]
    bare = [r for r in returns(function) if r not in given]
    found = _falls(function.body)
    if found is None:
        for one in given:  # `return print(…)`, `return items.sort()`
            if isinstance(one.value, ast.Call) and (inner := _from_call(case, one.value)) is not None:
                return inner
        return Candidate(bare[0].lineno, "none_return", 0.9, words, "bare") if bare else None
    if not given:
        prints = [n for n in ast.walk(found) if isinstance(n, ast.Call) and called(n) == "print"]
        last = _last(found)
        if _is_print(last):
            return Candidate(last.lineno, "none_return", 0.96, words, "print")
        prints = [n for n in ast.walk(function) if isinstance(n, ast.Call) and called(n) == "print"]
        tail = [p for p in prints if p.lineno == function.body[-1].lineno]
        if tail:
            return Candidate(tail[-1].lineno, "none_return", 0.95, words, "print")
        return Candidate(last.lineno, "none_return", 0.94, words, "forgotten")
    return _partly(found, words, function)


def _partly(found: ast.stmt, words: dict[str, str], function: Function) -> Candidate:
    """Some ways out have a value, this one has none."""
    if isinstance(found, ast.If):
        return Candidate(found.lineno, "none_return", 0.93, words, "branch")
    if isinstance(found, (ast.For, ast.While)):
        return Candidate(_last(found).lineno, "none_return", 0.9, words, "loop")
    if isinstance(found, ast.Expr) and isinstance(found.value, ast.Call) and called(found.value) == function.name:
        return Candidate(found.lineno, "none_return", 0.95, words, "recursive")
    return Candidate(found.lineno, "none_return", 0.93, words, "print" if _is_print(found) else "branch")


def _is_print(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and called(node.value) == "print"


def _last(node: ast.stmt) -> ast.stmt:
    """The last line of a statement with blocks."""
    while True:
        blocks = [getattr(node, name, None) for name in ("finalbody", "orelse", "body")]
        block = next((b for b in blocks if b), None)
        if not block or not isinstance(block, list) or isinstance(node, ast.Expr):
            return node
        node = block[-1]


def _falls(body: list[ast.stmt]) -> ast.stmt | None:
    """The statement by which a block comes to its end; None where each way returns or raises."""
    if not body:
        return None
    last = body[-1]
    if isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        return None
    if isinstance(last, ast.If):
        return _branches(last)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return _falls(last.body)
    if isinstance(last, ast.While) and isinstance(last.test, ast.Constant) and last.test.value:
        return None
    if isinstance(last, ast.Try):
        for block in (last.finalbody, *(h.body for h in last.handlers), last.orelse or last.body):
            if block and (found := _falls(block)) is not None:
                return found
        return None
    if isinstance(last, (ast.For, ast.While)) and last.orelse:
        return _falls(last.orelse)
    return last


def _branches(node: ast.If) -> ast.stmt | None:
    inside = _falls(node.body)
    if inside is not None:
        return inside
    if not node.orelse:
        return node
    return _falls(node.orelse)


RULES = (none_used, none_compared)
