"""Where a None comes from: a function that only prints, a branch without `return`, a method in place."""

import ast
from collections.abc import Iterator

from ..program import IN_PLACE, Candidate, Case, Function, called, every, inner, origins, returns


def none_used(case: Case) -> Iterator[Candidate]:
    """An error that speaks of None: follow the value back to where it was made."""
    if "NoneType" not in case.message or case.error not in ("TypeError", "AttributeError"):
        return
    here, message = case.at(), case.message
    bases = [n.value for n in here if isinstance(n, ast.Attribute) and f"'{n.attr}'" in message]
    back = origins(case, bases or [n for n in here if isinstance(n, ast.expr)])
    calls = (from_call(case, node) for node in back if isinstance(node, ast.Call))
    unknown = Candidate(case.line, "none_return", 0.6, {"function": ""}, "unknown")
    yield next((found for found in calls if found is not None), unknown)


def from_call(case: Case, call: ast.Call) -> Candidate | None:
    """What gives None in a call: `print`, a method in place, a function that comes to its end without a value."""
    name = called(call)
    functions = case.functions.get(name, [])
    if functions and not isinstance(functions[0], ast.AsyncFunctionDef):
        return without_value(case, functions[0])
    if isinstance(case.parents.get(call), ast.Expr):
        return None
    if name == "print" and isinstance(call.func, ast.Name):
        return Candidate(call.lineno, "none_return", 0.93, {"function": "print"}, "printed")
    is_method = isinstance(call.func, ast.Attribute)
    if is_method and name == "get" and len(call.args) == 1:
        return Candidate(call.lineno, "missing_key", 0.85, {"key": ast.unparse(call.args[0])}, "get")
    if is_method and name in IN_PLACE or any(k.arg == "inplace" for k in call.keywords):
        return Candidate(call.lineno, "none_return", 0.95, {"function": name}, "in_place")
    return None


def without_value(case: Case, function: Function) -> Candidate | None:
    """The line of a function from which it comes to its end without a value; None where it never does."""
    if inner(function, ast.Yield, ast.YieldFrom) or function.name == "__init__":
        return None
    words = {"function": function.name}
    given = [r for r in returns(function) if r.value is not None]
    last = _falls(function.body)
    if last is None:  # `return print(…)`, `return items.sort()`
        calls = [r.value for r in given if isinstance(r.value, ast.Call) and called(r.value) != function.name]
        inside = (from_call(case, one) for one in calls)
        return next((found for found in inside if found is not None), None)
    value = last.value if given and isinstance(last, ast.Expr) else None
    if isinstance(value, ast.BinOp) or called(value) == function.name:
        return Candidate(last.lineno, "none_return", 0.95, {**words, "code": ast.unparse(last)}, "dropped")
    if given:
        is_loop = isinstance(last, (ast.For, ast.While))
        line, variant = (_end(last).lineno, "loop") if is_loop else (last.lineno, "branch")
        return Candidate(line, "none_return", 0.9, words, variant)
    prints = [n for n in every(function, ast.Call) if called(n) == "print"]
    shown = [p for p in prints if p.lineno in (_end(last).lineno, function.body[-1].lineno)]
    line, variant = (shown[-1].lineno, "print") if shown else (_end(last).lineno, "forgotten")
    return Candidate(line, "none_return", 0.95, words, variant)


def _end(node: ast.stmt) -> ast.stmt:
    """The last line of a statement with blocks."""
    while block := getattr(node, "finalbody", None) or getattr(node, "orelse", None) or getattr(node, "body", None):
        node = block[-1]
    return node


def _falls(body: list[ast.stmt]) -> ast.stmt | None:
    """The statement by which a block comes to its end; None where each way returns or raises."""
    last = body[-1]
    if isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break, ast.Match)):  # a match may cover all
        return None
    if isinstance(last, ast.If):
        return _falls(last.body) or (_falls(last.orelse) if last.orelse else last)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return _falls(last.body)
    if isinstance(last, ast.While) and isinstance(last.test, ast.Constant) and last.test.value:
        return None
    if isinstance(last, ast.Try):
        blocks = (last.finalbody, *(h.body for h in last.handlers), last.orelse or last.body)
        return next((found for block in blocks if block and (found := _falls(block)) is not None), None)
    return last


RULES = (none_used,)
