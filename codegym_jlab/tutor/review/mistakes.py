"""Before an answer is accepted: what in its form is often a mistake. Names the line and asks; mends nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from .remark import Remark, say

_PURE = re.compile(
    r"\.(upper|lower|strip|lstrip|rstrip|replace|title|capitalize|split|join|format|copy|dropna|fillna|sort_values"
    r"|rename|reset_index|drop|astype|merge|assign|drop_duplicates)$|^(sorted|reversed|round|abs|str|int|float|len)$"
)
_IN_PLACE = re.compile(r"\.(append|extend|insert|remove|sort|reverse|add|update|clear)$|^print$")


def mistakes(tree: ast.Module, starter_is_left: bool) -> list[Remark]:
    """What is worth a look, the surest first. `starter_is_left`: the cell still holds what stood there at first."""
    found = [remark for rule in _RULES for remark in rule(tree)]
    if starter_is_left:
        found.append(Remark(0, say("mistake.starter"), 9, "mistake"))
    return sorted(found, key=lambda remark: (-remark.weight, remark.line))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Nodes of the function without those of functions inside it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            todo[:0] = ast.iter_child_nodes(node)


def _no_return(tree: ast.Module) -> Iterator[Remark]:
    for function in _functions(tree):
        own = list(_own(function))
        if function.name.startswith("__") or any(
            isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in own
        ):
            continue
        prints = [node for node in own if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"]
        if prints:
            yield Remark(prints[-1].lineno, say("mistake.printed"), 5, "mistake", "return-vs-print")
        elif not any(isinstance(node, ast.Pass | ast.Raise) for node in function.body):
            told = say("mistake.no_return", name=function.name)
            yield Remark(function.body[-1].lineno, told, 3.5, "mistake", "return-vs-print")


def _early_return(tree: ast.Module) -> Iterator[Remark]:
    for function in _functions(tree):
        for loop in ast.walk(function):
            if not isinstance(loop, ast.For | ast.While):
                continue
            last = loop.body[-1]
            branch = isinstance(last, ast.If) and last.orelse and _ends(last.body) and _ends(last.orelse)
            if isinstance(last, ast.Return) or branch:
                yield Remark(last.lineno, say("mistake.return_in_loop"), 4.5, "mistake", "return-vs-print")


def _ends(body: list[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Return)


def _thrown_away(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func)
            keywords = {key.arg for key in node.value.keywords}
            if _PURE.search(called) and "inplace" not in keywords:
                told = say("mistake.thrown", name=called.rsplit(".", 1)[-1])
                yield Remark(node.lineno, told, 4.2, "mistake", "string-immutable")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare):
            yield Remark(
                node.lineno, say("mistake.compared", code=ast.unparse(node.value)), 4.4, "mistake", "comparison"
            )
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func)
            if _IN_PLACE.search(called):
                name, target = called.rsplit(".", 1)[-1], ast.unparse(node.targets[0])
                yield Remark(
                    node.lineno, say("mistake.in_place", name=name, target=target), 4.6, "mistake", "type-error-none"
                )


def _missing_call(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name | ast.Attribute):
            yield Remark(node.lineno, say("mistake.no_call", code=ast.unparse(node.value)), 3.8, "mistake", "method")


def _reset_in_loop(tree: ast.Module) -> Iterator[Remark]:
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For):
            continue
        changed = {
            ast.unparse(node.target) for part in loop.body for node in ast.walk(part) if isinstance(node, ast.AugAssign)
        }
        for part in loop.body[:2]:
            if not (isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant | ast.List)):
                continue
            name = ast.unparse(part.targets[0])
            inner_changes = any(
                isinstance(node, ast.For | ast.While) and name in ast.unparse(node)
                for node in loop.body
                if node is not part
            )
            if name in changed and not inner_changes:
                yield Remark(part.lineno, say("mistake.reset", name=name), 4, "mistake", "accumulate")


def _endless(tree: ast.Module) -> Iterator[Remark]:
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.While):
            continue
        leaves = any(
            isinstance(node, ast.Break | ast.Return | ast.Raise) for part in loop.body for node in ast.walk(part)
        )
        asked = {node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)}
        touched = {
            node.id
            for part in loop.body
            for node in ast.walk(part)
            if isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Store) or _is_owner(part, node))
        }
        if not leaves and not asked & touched:
            yield Remark(loop.lineno, say("mistake.endless", code=ast.unparse(loop.test)), 4.8, "mistake", "while-loop")


def _is_owner(part: ast.AST, name: ast.Name) -> bool:
    return any(isinstance(node, ast.Attribute) and node.value is name for node in ast.walk(part))


def _unused_parameters(tree: ast.Module) -> Iterator[Remark]:
    for function in _functions(tree):
        read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        for arg in function.args.args:
            is_free = arg.arg not in ("self", "cls") and not arg.arg.startswith("_")
            if is_free and arg.arg not in read and not function.name.startswith("__"):
                yield Remark(function.lineno, say("mistake.unused", name=arg.arg), 3, "mistake", "function")
                break


def _changed_while_looping(tree: ast.Module) -> Iterator[Remark]:
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Name):
            for node in ast.walk(loop):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("remove", "pop", "append", "insert")
                    and ast.unparse(node.func.value) == loop.iter.id
                ):
                    yield Remark(
                        node.lineno, say("mistake.changed", name=loop.iter.id), 4.1, "mistake", "changing-while-looping"
                    )


def _one_sided_or(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            if isinstance(node.values[0], ast.Compare) and isinstance(node.values[-1], ast.Constant):
                yield Remark(
                    node.lineno, say("mistake.one_sided", code=ast.unparse(node)), 4.7, "mistake", "and-or-not"
                )


def _shared_default(tree: ast.Module) -> Iterator[Remark]:
    for function in _functions(tree):
        for value in function.args.defaults:
            if isinstance(value, ast.List | ast.Dict | ast.Set):
                yield Remark(
                    function.lineno, say("mistake.default", code=ast.unparse(value)), 3.9, "mistake", "mutable-default"
                )


def _unreachable(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for one, after in zip(body, body[1:], strict=False):
            if isinstance(one, ast.Return | ast.Break | ast.Continue | ast.Raise):
                yield Remark(after.lineno, say("mistake.unreachable"), 4.3, "mistake")
                break


_RULES: tuple[Callable[[ast.Module], Iterator[Remark]], ...] = (
    _no_return,
    _early_return,
    _thrown_away,
    _missing_call,
    _reset_in_loop,
    _endless,
    _unused_parameters,
    _changed_while_looping,
    _one_sided_or,
    _shared_default,
    _unreachable,
)
