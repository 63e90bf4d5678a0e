"""What could be better in code that works: shorter forms, names, speed, safety. Own rules over the syntax tree."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator

from .remark import Remark, say

LONG_FUNCTION, DEEP, LONG_LINE = 25, 3, 100
_LOOPS = (ast.For, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def style(tree: ast.Module, source: str) -> list[Remark]:
    """All that the rules find, in order of their weight."""
    found = [remark for rule in _RULES for remark in rule(tree)]
    found += [
        Remark(number, say("style.long_line", length=len(line), most=LONG_LINE), 0.4)
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > LONG_LINE
    ]
    return sorted(found, key=lambda remark: (-remark.weight, remark.line))


def _nodes(tree: ast.AST, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for part in ("body", "orelse", "finalbody"):
            body = getattr(node, part, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield body


def _range_len(tree: ast.Module) -> Iterator[Remark]:
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            continue
        match = re.fullmatch(r"range\(len\((.+)\)\)", ast.unparse(loop.iter))
        if match is None:
            continue
        index, owner = loop.target.id, match[1]
        uses = [n for part in loop.body for n in ast.walk(part) if isinstance(n, ast.Name) and n.id == index]
        text = "".join(ast.unparse(part) for part in loop.body)
        plain_uses = len(re.findall(rf"{re.escape(owner)}\[{index}\]", text))
        stored = any(
            isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) and ast.unparse(n.value) == owner
            for part in loop.body
            for n in ast.walk(part)
        )
        if not uses or stored or not plain_uses:
            continue
        if plain_uses == len(uses):
            better = f"for value in {owner}:"
            told = say("style.no_index", index=index, owner=owner)
            yield Remark(loop.lineno, told, 3, "shorter", "for-loop", better)
        else:
            better = f"for {index}, value in enumerate({owner}):"
            told = say("style.enumerate", owner=owner)
            yield Remark(loop.lineno, told, 2.6, "shorter", "enumerate", better)


def _append_loop(tree: ast.Module) -> Iterator[Remark]:
    for body in _bodies(tree):
        for before, loop in zip(body, body[1:], strict=False):
            made = _collected(before, loop)
            if made is not None:
                name, better = made
                told = say("style.collects", name=name)
                yield Remark(loop.lineno, told, 2.4, "shorter", "list-comprehension", better)


def _collected(before: ast.stmt, loop: ast.stmt) -> tuple[str, str] | None:
    if not (isinstance(before, ast.Assign) and isinstance(loop, ast.For) and not loop.orelse and len(loop.body) == 1):
        return None
    if ast.unparse(before.value) not in ("[]", "list()") or not isinstance(before.targets[0], ast.Name):
        return None
    name, inner, only = before.targets[0].id, loop.body[0], ""
    if isinstance(inner, ast.If) and not inner.orelse and len(inner.body) == 1:
        only, inner = f" if {ast.unparse(inner.test)}", inner.body[0]
    if not (isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call)):
        return None
    if ast.unparse(inner.value.func) != f"{name}.append" or len(inner.value.args) != 1:
        return None
    inside = f"{ast.unparse(inner.value.args[0])} for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}{only}"
    if re.search(rf"\b{name}\b", inside):
        return None
    return name, f"{name} = [{inside}]"


def _sum_loop(tree: ast.Module) -> Iterator[Remark]:
    for body in _bodies(tree):
        for before, loop in zip(body, body[1:], strict=False):
            if not (isinstance(before, ast.Assign) and isinstance(loop, ast.For) and len(loop.body) == 1):
                continue
            step, only = loop.body[0], ""
            if isinstance(step, ast.If) and not step.orelse and len(step.body) == 1:
                only, step = f" if {ast.unparse(step.test)}", step.body[0]
            if not (isinstance(step, ast.AugAssign) and isinstance(step.op, ast.Add)) or loop.orelse:
                continue
            name = ast.unparse(step.target)
            if ast.unparse(before) not in (f"{name} = 0", f"{name} = 0.0"):
                continue
            inside = f"{ast.unparse(step.value)} for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}{only}"
            if ast.unparse(step.value) == ast.unparse(loop.target) and not only:
                inside = ast.unparse(loop.iter)
            if name != "sum" and not re.search(rf"\b{name}\b", inside):
                told = say("style.adds_up", name=name)
                yield Remark(loop.lineno, told, 2.3, "shorter", "sum", f"{name} = sum({inside})")


def _bool_return(tree: ast.Module) -> Iterator[Remark]:
    for body in _bodies(tree):
        for number, branch in enumerate(body):
            if not isinstance(branch, ast.If) or len(branch.body) != 1:
                continue
            other = branch.orelse if branch.orelse else body[number + 1 : number + 2]
            values = [ast.unparse(one[0]) for one in (branch.body, other) if len(one) == 1]
            if values in (["return True", "return False"], ["return False", "return True"]):
                test = ast.unparse(branch.test)
                better = f"return {test}" if values[0] == "return True" else f"return not ({test})"
                told = say("style.is_bool", code=test)
                yield Remark(branch.lineno, told, 3, "shorter", "truthiness", better)


def _best_so_far(tree: ast.Module) -> Iterator[Remark]:
    for branch in ast.walk(tree):
        if not (isinstance(branch, ast.If) and not branch.orelse and len(branch.body) == 1):
            continue
        test, inner = branch.test, branch.body[0]
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(inner, ast.Assign)):
            continue
        left, right = ast.unparse(test.left), ast.unparse(test.comparators[0])
        name, value = ast.unparse(inner.targets[0]), ast.unparse(inner.value)
        if {left, right} != {name, value} or not isinstance(test.ops[0], ast.Gt | ast.Lt | ast.GtE | ast.LtE):
            continue
        bigger = left if isinstance(test.ops[0], ast.Gt | ast.GtE) else right
        function = "max" if bigger == value else "min"
        told = say("style.larger" if function == "max" else "style.smaller")
        yield Remark(branch.lineno, told, 2.5, "shorter", "min-max", f"{name} = {function}({name}, {value})")


def _count_in_dict(tree: ast.Module) -> Iterator[Remark]:
    for branch in ast.walk(tree):
        if not (isinstance(branch, ast.If) and len(branch.body) == len(branch.orelse) == 1):
            continue
        test = branch.test
        if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In | ast.NotIn)):
            continue
        pair = [*branch.body, *branch.orelse]
        step = next((one for one in pair if isinstance(one, ast.AugAssign) and isinstance(one.op, ast.Add)), None)
        if step is None or not isinstance(step.target, ast.Subscript):
            continue
        owner, key, value = (ast.unparse(n) for n in (step.target.value, step.target.slice, step.value))
        better = f"{owner}[{key}] = {owner}.get({key}, 0) + {value}"
        yield Remark(branch.lineno, say("style.new_key"), 2.4, "shorter", "dict-get", better)


def _comparisons(tree: ast.Module) -> Iterator[Remark]:
    for test in ast.walk(tree):
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            continue
        left, operator, right = ast.unparse(test.left), test.ops[0], ast.unparse(test.comparators[0])
        whole = ast.unparse(test)
        is_equal = isinstance(operator, ast.Eq)
        if right in ("True", "False") and isinstance(operator, ast.Eq | ast.NotEq):
            better = left if (right == "True") is is_equal else f"not {left}"
            yield Remark(test.lineno, say("style.true_false", code=whole), 2, "style", "truthiness", better)
        elif right == "None" and isinstance(operator, ast.Eq | ast.NotEq):
            better = f"{left} {'is' if is_equal else 'is not'} None"
            yield Remark(test.lineno, say("style.none", code=whole), 2, "style", "is-vs-equals", better)
        elif re.fullmatch(r"len\(.+\)", left) and right == "0" and isinstance(operator, ast.Eq | ast.Gt):
            inner = left[4:-1]
            better = f"not {inner}" if is_equal else inner
            yield Remark(test.lineno, say("style.empty", code=whole), 1.2, "style", "truthiness", better)


def _names(tree: ast.Module) -> Iterator[Remark]:
    seen: set[str] = set()
    for name, line, is_short in _given_names(tree):
        if name in seen:
            continue
        seen.add(name)
        if name in _BUILTINS:
            yield Remark(line, say("style.hides", name=name), 2.8, "naming", "shadowing")
        elif name in ("l", "O", "I"):
            yield Remark(line, say("style.digit", name=name), 1.8, "naming", "variable")
        elif len(name) == 1 and not is_short and name not in "_ijkxyzn":
            yield Remark(line, say("style.no_meaning", name=name), 1.6, "naming", "variable")
        elif re.search(r"[a-z][A-Z]", name):
            better = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
            yield Remark(line, say("style.camel", name=name, better=better), 1.5, "naming", "variable")


_BUILTINS = frozenset(dir(builtins)) - {"_", "copyright", "credits", "license", "exit", "quit", "help"}


def _given_names(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """Each name that the code gives, its line, and whether it may be one letter: of a loop, or a parameter."""
    loops = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.For | ast.comprehension)
        for part in ast.walk(node.target)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno, id(node) in loops
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno, True
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno, True


def _speed(tree: ast.Module) -> Iterator[Remark]:
    for loop in _nodes(tree, *_LOOPS):
        inner = [node for part in getattr(loop, "body", []) for node in ast.walk(part)]
        deeper = next((node for node in inner if isinstance(node, ast.For)), None)
        if deeper is not None and isinstance(loop, ast.For):
            yield Remark(deeper.lineno, say("style.nested"), 1.1, "speed", "big-o")
        for node in inner:
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sorted", "min", "max", "sum") and node.args:
                if _is_fixed(node.args[0], loop):
                    yield Remark(node.lineno, say("style.again", code=ast.unparse(node)), 2.1, "speed", "big-o")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "count":
                if node.args and _is_fixed(node.func.value, loop):
                    yield Remark(node.lineno, say("style.count", code=ast.unparse(node)), 1.9, "speed", "counter")


def _is_fixed(value: ast.expr, loop: ast.AST) -> bool:
    """Whether it names nothing that the loop changes."""
    used = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    changed = {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    changed |= {
        node.func.value.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    return bool(used) and not used & changed


def _sorted_twice(tree: ast.Module) -> Iterator[Remark]:
    for body in _bodies(tree):
        sorts = [
            node
            for one in body
            if not isinstance(one, _SCOPES)
            for node in ast.walk(one)
            if isinstance(node, ast.Call) and re.search(r"(^|\.)(sorted|sort|sort_values)$", ast.unparse(node.func))
        ]
        if len(sorts) > 1:
            yield Remark(sorts[1].lineno, say("style.sorts_twice"), 2.2, "speed", "sorted-key")


def _size(tree: ast.Module) -> Iterator[Remark]:
    for function in _functions(tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONG_FUNCTION:
            told = say("style.long_function", name=function.name, length=length)
            yield Remark(function.lineno, told, 1.7, "style", "function")
        depth, line = _depth(function.body)
        if depth > DEEP:
            yield Remark(line, say("style.deep", depth=depth), 1.9, "style", "break-continue")


def _depth(body: list[ast.stmt], level: int = 0) -> tuple[int, int]:
    deepest = (level, body[0].lineno if body else 0)
    for one in body:
        if isinstance(one, _SCOPES):
            continue
        goes_in = isinstance(one, ast.If | ast.For | ast.While | ast.With | ast.Try)
        for part in ("body", "orelse", "handlers", "finalbody"):
            inner = [x for x in getattr(one, part, []) if isinstance(x, ast.stmt)]
            is_elif = part == "orelse" and isinstance(one, ast.If) and len(inner) == 1 and isinstance(inner[0], ast.If)
            if inner:
                deepest = max(deepest, _depth(inner, level + (goes_in and not is_elif)))
    return deepest


def _safety(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield Remark(node.lineno, say("style.bare_except"), 2.7, "safety", "try-except")
        elif isinstance(node, ast.FunctionDef):
            for value in (*node.args.defaults, *node.args.kw_defaults):
                if isinstance(value, ast.List | ast.Dict | ast.Set):
                    yield Remark(
                        node.lineno, say("style.default", code=ast.unparse(value)), 3, "safety", "mutable-default"
                    )
        elif isinstance(node, ast.Global):
            yield Remark(node.lineno, say("style.global", code=ast.unparse(node)), 1.8, "safety", "global")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "open" and not _is_in_with(tree, node):
            yield Remark(node.lineno, say("style.open"), 2.3, "safety", "open-file")


def _is_in_with(tree: ast.Module, call: ast.Call) -> bool:
    return any(
        call in ast.walk(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for item in node.items
    )


def _leftovers(tree: ast.Module) -> Iterator[Remark]:
    for function in _functions(tree):
        has_return = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))
        stored = [n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        for name in stored:
            if name.id not in read and not name.id.startswith("_") and has_return:
                yield Remark(name.lineno, say("style.unused", name=name.id), 1.7, "style", "variable")
                break
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print" and has_return:
                yield Remark(node.lineno, say("style.left_print"), 1.5, "style", "return-vs-print")
                break


def _tables(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name, keywords = ast.unparse(node.func), {key.arg: ast.unparse(key.value) for key in node.keywords}
        if name.endswith(".iterrows"):
            yield Remark(node.lineno, say("style.iterrows"), 2.3, "speed", "iterrows")
        elif name.endswith(".apply") and keywords.get("axis") == "1":
            yield Remark(node.lineno, say("style.apply"), 2, "speed", "pandas-apply")
        elif keywords.get("inplace") == "True":
            yield Remark(node.lineno, say("style.inplace"), 1.6, "style", "pandas-copy")


def _text_in_loop(tree: ast.Module) -> Iterator[Remark]:
    texts = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and ast.unparse(node.value) in ("''", '""', "str()")
    }
    for loop in _nodes(tree, *_LOOPS):
        for node in ast.walk(loop):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in texts:
                yield Remark(node.lineno, say("style.copied", name=node.target.id), 1.6, "speed", "join")
                return


_RULES: tuple[Callable[[ast.Module], Iterator[Remark]], ...] = (
    _range_len,
    _append_loop,
    _sum_loop,
    _bool_return,
    _best_so_far,
    _count_in_dict,
    _comparisons,
    _names,
    _speed,
    _sorted_twice,
    _size,
    _safety,
    _leftovers,
    _tables,
    _text_in_loop,
)
