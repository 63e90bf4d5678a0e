"""More mistakes that raise nothing where they are made: joined texts, early returns, names set in vain, no `self`."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, Function, called, names_in, targets
from .kinds import inner
from .names import attributes_of, is_self
from .tokens import Token, tokens


def joined_texts(case: Case) -> Iterator[Candidate]:
    """Two texts side by side in a list are one text."""
    if not (case.is_silent or case.error in ("IndexError", "KeyError", "ValueError", "TypeError")):
        return
    pieces = [t for t in tokens(case.source) if t.kind != "newline"]
    for place, (left, right) in enumerate(zip(pieces, pieces[1:], strict=False)):
        if left.kind == right.kind == "string" and left.depth == right.depth and left.depth > 0:
            literal = _opens_literal(pieces, place)
            sure = 0.93 if literal else 0.5 if left.end == right.line else 0.3
            if not case.is_silent:
                sure += 0.03 if literal and "unpack" in case.message else -0.02
            words = {"left": left.text[:30], "right": right.text[:30]}
            yield Candidate(left.end, "missing_comma", sure, words, "joined")


def _opens_literal(pieces: list[Token], place: int) -> bool:
    """Whether the bracket round a piece is that of a list, set, tuple or dict with commas."""
    depth = pieces[place].depth
    start = next((i for i in range(place, -1, -1) if pieces[i].depth < depth), 0)
    commas = any(t.text == "," and t.depth == depth for t in pieces[start : place + 40])
    before = pieces[start - 1] if start else None
    is_call = pieces[start].text == "(" and before is not None and (before.kind == "name" or before.text in ")]")
    return commas and not is_call


def early_return(case: Case) -> Iterator[Candidate]:
    """`return` indented into the loop ends it in the first round."""
    if not case.is_silent:
        return
    for function in case.all(*FUNCTIONS):
        for loop in (n for n in function.body if isinstance(n, (ast.For, ast.While))):
            last = loop.body[-1]
            if (
                isinstance(last, ast.Return)
                and last.value is not None
                and len(loop.body) > 1
                and loop is function.body[-1]
            ):
                yield Candidate(last.lineno, "indentation", 0.83, {"word": "return", "header": loop.lineno}, "return")
            elif isinstance(last, ast.Return) and last.value is not None and len(loop.body) > 1:
                yield Candidate(last.lineno, "indentation", 0.7, {"word": "return", "header": loop.lineno}, "return")


def after_loop(case: Case) -> Iterator[Candidate]:
    """A line that stands after the loop, though it speaks of the loop's own variable and adds it up."""
    if not case.is_silent:
        return
    for above in case.nodes:
        body = getattr(above, "body", None)
        if not isinstance(body, list):
            continue
        for loop, after in zip(body, body[1:], strict=False):
            if isinstance(loop, ast.For) and _is_step(after):
                used = names_in(after) & names_in(loop.target)
                is_call = isinstance(after, ast.Expr) and isinstance(after.value, ast.Call)
                adds = not is_call or called(after.value) in ("append", "add")
                if adds and (used or names_in(after) & _stored(loop)):
                    sure = 0.88 if used and isinstance(after, ast.AugAssign) else 0.8
                    yield Candidate(after.lineno, "indentation", sure, {"word": "for", "header": loop.lineno}, "after")


def _is_step(node: ast.AST) -> bool:
    return isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def inner_name(case: Case) -> Iterator[Candidate]:
    """A function sets a name of its own; the one outside stays as it is."""
    if not case.is_silent:
        return
    for function in case.all(*FUNCTIONS):
        declared = {n for s in ast.walk(function) if isinstance(s, (ast.Global, ast.Nonlocal)) for n in s.names}
        kept = declared | {a.arg for a in function.args.args}
        for node in (n for n in inner(function) if isinstance(n, ast.Assign)):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id not in kept:
                    yield from _set_in_vain(case, function, node, target.id)


def _set_in_vain(case: Case, function: Function, node: ast.Assign, name: str) -> Iterator[Candidate]:
    reads = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
    own = case.scope(function)
    if isinstance(own, ast.ClassDef) and name in attributes_of(case, own) | _of_class(own):
        if not reads:
            words = {"name": name, "function": function.name}
            yield Candidate(node.lineno, "missing_self", 0.92, words, "assigned")
        return
    outer = [
        n for n in case.bindings.get(name, []) if isinstance(case.scope(n), ast.Module) and isinstance(n, ast.Assign)
    ]
    if outer and not reads:
        words = {"name": name, "function": function.name}
        yield Candidate(node.lineno, "scope_unboundlocal", 0.87, words, "vain")


def _of_class(own: ast.ClassDef) -> set[str]:
    return {t.id for s in own.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}


def misspelt_store(case: Case) -> Iterator[Candidate]:
    """A name or attribute that is set once, never read, and nearly the same as another."""
    if not case.is_silent:
        return
    reads = {n.id for n in case.all(ast.Name) if isinstance(n.ctx, ast.Load)}
    stores = [n for n in case.all(ast.Name) if isinstance(n.ctx, ast.Store)]
    for node in stores:
        others = [n for n in case.bindings if n != node.id and n in reads]
        near = difflib.get_close_matches(node.id, others, 1, 0.8)
        if node.id not in reads and near and len(node.id) > 3 and not node.id[-1].isdigit():
            yield Candidate(node.lineno, "name_typo", 0.84, {"name": node.id, "right": near[0]}, "stored")
    got = {n.attr for n in case.all(ast.Attribute) if isinstance(n.ctx, ast.Load)}
    for attribute in case.all(ast.Attribute):
        if isinstance(attribute.ctx, ast.Store) and attribute.attr not in got:
            others = [
                n.attr for n in case.all(ast.Attribute) if n.attr != attribute.attr and isinstance(n.ctx, ast.Store)
            ]
            near = difflib.get_close_matches(attribute.attr, others, 1, 0.75)
            if near:
                words = {"name": attribute.attr, "right": near[0], "kind": "object", "other": ""}
                yield Candidate(attribute.lineno, "attribute_typo", 0.88, words, "stored")


def not_awaited(case: Case) -> Iterator[Candidate]:
    """A call of an `async` function whose result nobody waits for."""
    speaks = "coroutine" in case.message or "async" in case.message
    if not (speaks or case.is_silent):
        return
    for call in case.all(ast.Call):
        functions = case.functions.get(called(call), [])
        is_async = any(isinstance(f, ast.AsyncFunctionDef) for f in functions) or _is_sleep(call)
        above = case.parents.get(call)
        if not is_async or isinstance(above, ast.Await) or _is_gathered(case, call):
            continue
        generator = any(isinstance(n, ast.Yield) for f in functions for n in ast.walk(f))
        name = case.text(call.func)
        near = 0.02 if call.lineno <= case.line else 0.0
        if generator:
            if isinstance(above, (ast.For, ast.comprehension)) and not _is_async_for(above):
                yield Candidate(call.lineno, "async_misuse", 0.95, {"name": name}, "for")
        elif speaks:
            yield Candidate(call.lineno, "async_misuse", 0.95 + near, {"name": name})
        else:
            yield Candidate(call.lineno, "async_misuse", 0.9 + near, {"name": name})
    if speaks or "awaitable" in case.message:
        yield Candidate(case.line, "async_misuse", 0.7, {"name": "…"}, "plain")


def _is_async_for(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncFor) or (isinstance(node, ast.comprehension) and bool(node.is_async))


def _is_sleep(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in ("sleep", "gather", "wait_for")
        and (isinstance(call.func.value, ast.Name) and call.func.value.id == "asyncio")
    )


def _is_gathered(case: Case, call: ast.Call) -> bool:
    """Whether something else waits: `asyncio.run`, `gather`, a task."""
    above: ast.AST | None = case.parents.get(call)
    while isinstance(
        above,
        (ast.Starred, ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp, ast.Call, ast.keyword, ast.comprehension),
    ):
        if isinstance(above, ast.Call) and called(above) in (
            "run",
            "gather",
            "create_task",
            "wait",
            "wait_for",
            "ensure_future",
            "run_until_complete",
            "as_completed",
        ):
            return True
        above = case.parents.get(above)
    if isinstance(above, (ast.AsyncWith, ast.AsyncFor)):
        return True
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        name = above.targets[0].id
        return any(isinstance(n.value, ast.Name) and n.value.id == name for n in case.all(ast.Await)) or any(
            called(c) in ("run", "gather", "create_task", "wait_for") and name in names_in(c)
            for c in case.all(ast.Call)
        )
    return False


def late_names(case: Case) -> Iterator[Candidate]:
    """Functions made in a loop all see the loop's last value."""
    if case.error != "AssertionError":
        return
    for function in case.all(ast.Lambda, *FUNCTIONS):
        loop = case.above(function, ast.For, ast.ListComp)
        names = names_in(loop.target) if isinstance(loop, ast.For) else (
            {n for g in loop.generators for n in names_in(g.target)} if isinstance(loop, ast.ListComp) else set()
        )  # fmt: skip
        parameters = {a.arg for a in function.args.args}
        body = function.body if isinstance(function.body, list) else [function.body]
        if names & {n for b in body for n in names_in(b)} - parameters:
            yield Candidate(
                function.lineno, "scope_unboundlocal", 0.85, {"name": min(names), "function": "lambda"}, "late"
            )


def mixed_types(case: Case) -> Iterator[Candidate]:
    """A text compared with a number is never equal; a key of the other type is never found."""
    if case.error != "AssertionError":
        return
    for compare in case.all(ast.Compare):
        kinds = {case.kind(compare.left), case.kind(compare.comparators[0])}
        if kinds == {"str", "int"} and isinstance(compare.ops[0], (ast.Eq, ast.NotEq)):
            yield Candidate(compare.lineno, "str_plus_int", 0.6, {"kind": "int"}, "compare")
    for call in case.calls("get"):
        base = call.func.value if isinstance(call.func, ast.Attribute) else None
        if call.args and isinstance(base, ast.Name):
            keys = {type(k.value).__name__ for v in case.values(base.id, call) if isinstance(v, ast.Dict)
                    for k in v.keys if isinstance(k, ast.Constant)}  # fmt: skip
            kind = case.kind(call.args[0])
            if len(keys) == 1 and kind in ("int", "str") and kind not in keys:
                yield Candidate(
                    call.lineno, "wrong_key_type", 0.88, {"key": case.text(call.args[0]), "other": keys.pop()}
                )
    for compare in case.all(ast.Compare):
        if isinstance(compare.ops[0], ast.In) and isinstance(compare.comparators[0], ast.Name):
            keys = {type(k.value).__name__ for v in case.values(compare.comparators[0].id, compare)
                    if isinstance(v, ast.Dict) for k in v.keys if isinstance(k, ast.Constant)}  # fmt: skip
            kind = case.kind(compare.left)
            if len(keys) == 1 and kind in ("int", "str") and kind not in keys:
                yield Candidate(
                    compare.lineno, "wrong_key_type", 0.85, {"key": case.text(compare.left), "other": keys.pop()}
                )


def divided(case: Case) -> Iterator[Candidate]:
    """An assert about a whole number where `/` made a float, or `//` cut one off."""
    if case.error != "AssertionError":
        return
    for node in case.all(ast.BinOp):
        if isinstance(node.op, ast.FloorDiv):
            yield Candidate(node.lineno, "integer_division", 0.6, {}, "floor")
        if isinstance(node.op, ast.Div) and any(called(c) in ("str", "isinstance", "type") for c in case.all(ast.Call)):
            yield Candidate(node.lineno, "integer_division", 0.72, {}, "whole")
        elif isinstance(node.op, ast.Div) and any(isinstance(n, ast.JoinedStr) for n in case.nodes):
            yield Candidate(node.lineno, "integer_division", 0.6, {}, "whole")


def self_not_used(case: Case) -> Iterator[Candidate]:
    """A method that never sets what it is told to: only in classes, only where an assert fails."""
    if case.error != "AssertionError":
        return
    for own in case.all(ast.ClassDef):
        known = attributes_of(case, own)
        for method in (f for f in own.body if isinstance(f, FUNCTIONS)):
            for node in ast.walk(method):
                for target in targets(node):
                    if isinstance(target, ast.Name) and target.id in known and isinstance(node, ast.Assign):
                        if any(
                            isinstance(n, ast.Attribute) and n.attr == target.id and is_self(n.value)
                            for n in ast.walk(node.value)
                        ):
                            words = {"name": target.id, "function": method.name}
                            yield Candidate(node.lineno, "missing_self", 0.85, words, "assigned")


RULES = (
    joined_texts, early_return, after_loop, inner_name, misspelt_store, not_awaited, late_names, mixed_types, divided,
    self_not_used,
)  # fmt: skip
