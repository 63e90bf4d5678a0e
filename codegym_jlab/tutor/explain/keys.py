"""Keys that are not there, keys of another type, positions past the end."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from .case import Candidate, Case, called, names_in
from .kinds import is_generator
from .seen import value_of

_GONE = frozenset(
    {"pop", "remove", "insert", "append", "discard", "clear", "popitem", "extend", "add", "update", "popleft"}
)


def missing_key(case: Case) -> Iterator[Candidate]:
    """KeyError of a dict."""
    if case.error != "KeyError":
        return
    key = case.message[:80]
    known = _keys(case)
    if _is_table(case):
        return
    other = _other_type(key, known)
    near = difflib.get_close_matches(key, known, 1, 0.75) if known else []
    line = _subscript_line(case)
    if other:
        yield Candidate(line, "wrong_key_type", 0.95, {"key": key, "other": other})
    elif re.fullmatch(r"\d+\.\d{6,}", key):
        yield Candidate(line, "float_precision", 0.9, {}, "key")
    elif near:
        yield Candidate(line, "missing_key", 0.85, {"key": key, "right": near[0]}, "near")
    else:
        counts = any(isinstance(n, ast.AugAssign) for n in case.at()) or any(
            called(c) == "append" for c in case.calls_at()
        )
        yield Candidate(line, "missing_key", 0.85, {"key": key}, "first" if counts else "")


def _subscript_line(case: Case) -> int:
    found = [n for n in case.at() if isinstance(n, ast.Subscript)]
    return found[0].lineno if len(found) == 1 else case.line


def _keys(case: Case) -> list[str]:
    """The keys of the dict that was asked, as Python writes them."""
    found: list[str] = []
    for node in case.at():
        base = node.value if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("pop", "remove"):
            base = node.func.value
        if base is None:
            continue
        fact = case.own_fact(base.id) if isinstance(base, ast.Name) else None
        if fact is not None and fact.words:
            found += [word for word in fact.words if word[:1] in "'\"-0123456789TF"]
        elif isinstance(base, ast.Name):
            for value in case.values(base.id, base):
                if isinstance(value, ast.Dict):
                    found += [repr(k.value) for k in value.keys if isinstance(k, ast.Constant)]
    if not found:
        found = [repr(k.value) for d in case.all(ast.Dict) for k in d.keys if isinstance(k, ast.Constant)]
    return found


def _other_type(key: str, known: list[str]) -> str:
    """The type of a key that looks the same but for its type."""
    bare = key.strip("'\"")
    if key[:1] in "'\"" and bare in known:
        return "int"
    if key == bare and (f"'{bare}'" in known):
        return "str"
    if key == bare and re.fullmatch(r"-?\d+(\.0)?", key) and known and all(k[:1] in "'\"" for k in known):
        return "str"
    if key[:1] in "'\"" and re.fullmatch(r"-?\d+", bare) and known and all(re.fullmatch(r"-?\d+", k) for k in known):
        return "int"
    return ""


def _is_table(case: Case) -> bool:
    asked = [n for n in case.at() if isinstance(n, (ast.Subscript, ast.Attribute))]
    own = [n for n in asked if isinstance(n, ast.Subscript) and case.text(n.slice) == case.message]
    kinds = {case.kind(n.value) for n in own or asked}
    return bool(kinds & {"DataFrame", "Series"}) or (
        "pandas" in case.source and not kinds & {"dict", "Counter", "defaultdict"} and "'" in case.message
    )


def key_type(case: Case) -> Iterator[Candidate]:
    """A text as the index of a list, a row used like a dict."""
    found = re.search(r"(list|string|tuple|str) indices must be integers(?: or slices)?,? not '?(\w+)'?", case.message)
    if case.error != "TypeError" or not found:
        return
    container, given = found[1], found[2]
    if given == "float":
        return
    line = _subscript_line(case)
    if given == "tuple":
        gap = next(
            (n for n in case.at() if isinstance(n, ast.Subscript) and isinstance(n.value, (ast.List, ast.Tuple))), None
        )
        if gap is not None:
            words = {"left": case.text(gap.value), "right": "[…]"}
            yield Candidate(gap.value.end_lineno or gap.lineno, "missing_comma", 0.97, words, "called")
        else:
            yield Candidate(line, "wrong_key_type", 0.85, {"key": "tuple", "other": "int"}, "pair")
        return
    nested = next((n for n in case.all(ast.Subscript) if isinstance(n.value, ast.List) and n.lineno <= line), None)
    if nested is not None and nested in case.at():
        words = {"left": case.text(nested.value), "right": "[…]"}
        yield Candidate(nested.value.end_lineno or nested.lineno, "missing_comma", 0.95, words, "called")
    variant = "text" if container in ("string", "str") else "element" if _loops_over(case) else "list"
    yield Candidate(line, "wrong_key_type", 0.93, {"key": given, "other": "int"}, variant)


def _loops_over(case: Case) -> bool:
    """`for x in xs: xs[x]`."""
    for node in case.at():
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
            for loop in case.all(ast.For):
                if node.slice.id in names_in(loop.target) and names_in(loop.iter) & names_in(node.value):
                    return True
    return False


def position(case: Case) -> Iterator[Candidate]:
    """IndexError: counting from zero, one past the end, or in an empty list."""
    if case.error != "IndexError" or "out of bounds for axis" in case.message and "size" not in case.message:
        return
    if "too many indices" in case.message:
        yield Candidate(case.line, "axis_mismatch", 0.85, {}, "indices")
        return
    if "pop from empty" in case.message or "from an empty" in case.message or "empty sequence" in case.message:
        yield Candidate(case.line, "empty_input", 0.9, {"name": ""}, "pop")
        return
    subscripts = [
        n for n in case.at() if isinstance(n, ast.Subscript) and isinstance(n.ctx, (ast.Load, ast.Store, ast.Del))
    ]
    yield from _emptied(case, subscripts)
    for subscript in subscripts:
        fact = case.own_fact(subscript.value.id) if isinstance(subscript.value, ast.Name) else None
        first = isinstance(subscript.slice, (ast.Constant, ast.UnaryOp)) and case.text(subscript.slice) in ("0", "-1")
        if fact is not None and fact.size == 0 and (first or isinstance(subscript.slice, ast.Constant)):
            yield Candidate(case.line, "empty_input", 0.91, {"name": case.text(subscript.value)}, "first")
        elif first and fact is None:
            yield Candidate(case.line, "empty_input", 0.88, {"name": case.text(subscript.value)}, "first")
    line, variant = _counting_line(case, subscripts)
    yield Candidate(line, "off_by_one_index", 0.85, {}, variant)


def _emptied(case: Case, subscripts: list[ast.Subscript]) -> Iterator[Candidate]:
    """The list grows shorter in the loop over its positions."""
    for loop in case.all(ast.For, ast.While):
        if not loop.lineno <= case.line <= (loop.end_lineno or loop.lineno):
            continue
        head = loop.iter if isinstance(loop, ast.For) else loop.test
        for node in ast.walk(loop):
            line = shrinks(node, names_in(head))
            if line is not None and isinstance(loop, ast.For):
                yield Candidate(line, "modified_during_iteration", 0.95, {"name": "list"}, "positions")
                return


def shrinks(node: ast.AST, names: set[str]) -> int | None:
    """The line, where a node takes something out of one of these lists."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        if node.func.attr in ("pop", "remove", "popleft", "clear") and node.func.value.id in names:
            return node.lineno
    if isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id in names:
                return node.lineno
    return None


def _counting_line(case: Case, subscripts: list[ast.Subscript]) -> tuple[int, str]:
    """Where the positions come from: a range one too long, `<=`, `+ 1`, or the line itself."""
    used = {name for s in subscripts for name in names_in(s.slice)}
    loops = [n for n in case.all(ast.For, ast.comprehension) if names_in(n.target) & used and _is_range(n.iter)]
    for loop in sorted(loops, key=lambda n: -_runs_over(case, n, subscripts)):
        body = loop.iter
        assert isinstance(body, ast.Call)
        last = body.args[1] if len(body.args) > 1 else body.args[0]
        shifted = any(isinstance(s.slice, ast.BinOp) for s in subscripts)
        too_long = isinstance(last, ast.BinOp) and isinstance(last.op, ast.Add)
        line = getattr(loop, "lineno", loop.iter.lineno)
        if too_long or shifted or isinstance(last, (ast.Constant, ast.Name, ast.Call)):
            return line, "loop"
    for loop in case.all(ast.While):
        if loop.lineno <= case.line <= (loop.end_lineno or loop.lineno) and names_in(loop.test) & used:
            signs = [type(o) for c in ast.walk(loop.test) if isinstance(c, ast.Compare) for o in c.ops]
            if ast.LtE in signs or ast.NotEq in signs:
                return loop.lineno, "while"
            return loop.lineno, "while"
    return case.line, ""


def _runs_over(case: Case, loop: ast.For | ast.comprehension, subscripts: list[ast.Subscript]) -> int:
    """1 where what the loop counted is past the end of what it is an index of; else 0. The innermost comes first."""
    for subscript in subscripts:
        if isinstance(subscript.slice, ast.Name) and subscript.slice.id in names_in(loop.target):
            index = case.own_fact(subscript.slice.id)
            base = case.own_fact(subscript.value.id) if isinstance(subscript.value, ast.Name) else None
            number = value_of(index) if index is not None else None
            if isinstance(number, int) and base is not None and base.size is not None:
                return 2 if number >= base.size else 0
    return 1


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called(node) == "range" and bool(node.args)


def one_too_few(case: Case) -> Iterator[Candidate]:
    """An assert after a loop whose range stops early or begins late."""
    if case.error != "AssertionError":
        return
    for loop in case.all(ast.For, ast.comprehension):
        if _is_range(loop.iter):
            assert isinstance(loop.iter, ast.Call)
            args = [case.text(a) for a in loop.iter.args]
            line = loop.iter.lineno
            sure = 0.0
            if args[-1:] and re.fullmatch(r"len\(.*\) - 1", args[min(1, len(args) - 1)]):
                sure = 0.6
            elif len(args) == 2 and args[0] == "1" and args[1].isidentifier():
                sure = 0.55
            elif len(args) == 2 and args[0] == "1" and args[1].startswith("len("):
                sure = 0.5
            elif len(args) == 1 and args[0].isidentifier():
                sure = 0.35
            if sure:
                yield Candidate(line, "off_by_one_index", sure, {}, "stops")
    for piece in case.all(ast.Slice):
        upper = case.text(piece.upper) if piece.upper is not None else ""
        if upper == "-1" or upper.endswith("- 1"):
            yield Candidate(piece.upper.lineno, "off_by_one_index", 0.45, {}, "stops")
        elif piece.lower is not None and case.text(piece.lower) == "1":
            yield Candidate(piece.lower.lineno, "off_by_one_index", 0.35, {}, "stops")
    for loop in case.all(ast.While):
        if isinstance(loop.test, ast.Compare) and isinstance(loop.test.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
            yield Candidate(loop.lineno, "off_by_one_index", 0.35, {}, "stops")


def size_changed(case: Case) -> Iterator[Candidate]:
    """RuntimeError: a dict or set changed in a loop over it."""
    found = re.search(
        r"(dictionary|Set|set|deque) (?:keys )?(?:changed size|changed|mutated) during iteration", case.message
    )
    if case.error != "RuntimeError" or not found:
        return
    loops = [loop for loop in case.all(ast.For) if loop.lineno <= case.line <= (loop.end_lineno or loop.lineno)]
    for loop in reversed(loops):
        line = changes(case, loop)
        if line is not None:
            yield Candidate(line, "modified_during_iteration", 0.97, {"name": found[1].lower()}, "size")
            return
    yield Candidate(case.line, "modified_during_iteration", 0.8, {"name": found[1].lower()}, "size")


def changes(case: Case, loop: ast.For) -> int | None:
    """The line in a loop, or in a function that it calls, which changes what is looped over."""
    over = loop.iter
    while isinstance(over, ast.Call):
        if isinstance(over.func, ast.Name) and over.func.id in ("list", "tuple", "sorted", "set", "dict", "range"):
            return None
        if isinstance(over.func, ast.Attribute):
            if over.func.attr in ("copy", "split"):
                return None
            over = over.func.value
        elif over.args:
            over = over.args[0]
        else:
            return None
    if not isinstance(over, (ast.Name, ast.Attribute)):
        return None
    name = case.text(over)
    called_here = {called(c) for s in loop.body for c in ast.walk(s) if isinstance(c, ast.Call)}
    bodies: list[ast.stmt] = [*loop.body, *(s for f in called_here for g in case.functions.get(f, []) for s in g.body)]
    for statement in bodies:
        for node in ast.walk(statement):
            if _changes(case, node, name):
                return getattr(node, "lineno", loop.lineno)
    return None


def _changes(case: Case, node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _GONE and case.text(node.func.value) == name
    if isinstance(node, ast.Delete):
        return any(isinstance(t, ast.Subscript) and case.text(t.value) == name for t in node.targets)
    if isinstance(node, ast.Assign):
        kind = case.kind(ast.parse(name, mode="eval").body) if name.isidentifier() else ""
        is_dict = kind in ("dict", "defaultdict", "Counter") or "dictionary" in case.message
        return is_dict and any(isinstance(t, ast.Subscript) and case.text(t.value) == name for t in node.targets)
    return False


def generator_function(case: Case, name: str) -> bool:
    """Whether a function of the program's own is a generator."""
    return any(is_generator(f) for f in case.functions.get(name, []))


RULES = (missing_key, key_type, position, one_too_few, size_changed)
