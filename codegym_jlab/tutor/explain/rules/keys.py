"""Keys that are not there, keys of another type, positions past the end, containers changed in a loop over them."""

import ast
import difflib
import re
from collections.abc import Iterator
from typing import Any

from ..program import Candidate, Case, called, names_in

_CHANGES = frozenset("pop remove insert append discard clear popitem extend add update popleft".split())
DICTS = frozenset({"dict", "Counter", "defaultdict"})


def missing_key(case: Case) -> Iterator[Candidate]:
    """KeyError of a dict."""
    if case.error != "KeyError" or is_table(case):
        return
    key, known, line = case.message[:80], keys_in(case), _subscript_line(case)
    near = [one for one in difflib.get_close_matches(key, known, 1, 0.75) if one != key]
    counts = case.at(ast.AugAssign) or any(called(one) == "append" for one in case.at())
    name = key.strip("'\"")
    if name != key and name in case.bindings and not near and key not in known:
        yield Candidate(line, "puzzle", 0.94, {"name": name}, "quoted")
    for name, variant in _items_of(case):
        yield Candidate(line, "missing_key", 0.97, {"key": key, "name": name}, variant)
    if other := _other_type(key, known):
        yield Candidate(line, "wrong_key_type", 0.95, {"key": key, "other": other})
    elif any(case.text(one.slice) == key for one in case.at(ast.Subscript)):
        yield Candidate(line, "missing_key", 0.87, {"key": key}, "fixed")
    elif near:
        yield Candidate(line, "missing_key", 0.85, {"key": key, "right": near[0]}, "near")
    else:
        yield Candidate(line, "missing_key", 0.85, {"key": key}, "first" if counts else "")


def _items_of(case: Case) -> Iterator[tuple[str, str]]:
    """A name in the brackets that comes from a loop over the values of a dict, or over its pairs, and which of both."""
    names = {case.text(one.slice) for one in case.at(ast.Subscript)}
    for loop in (one for one in case.all(ast.For) if case.text(one.target) in names):
        if (variant := {"values": "value", "items": "pair"}.get(called(loop.iter))) is not None:
            yield case.text(loop.target), variant


def _subscript_line(case: Case) -> int:
    found = case.at(ast.Subscript)
    return found[0].lineno if len(found) == 1 else case.line


def keys_in(case: Case) -> list[str]:
    """The keys of all dicts that are written out, as Python writes them."""
    return [repr(key.value) for one in case.all(ast.Dict) for key in one.keys if isinstance(key, ast.Constant)]


def _other_type(key: str, known: list[str]) -> str:
    """The type of a key that looks the same but for its type."""
    bare, is_text = key.strip("'\""), key[:1] in "'\""
    texts = bool(known) and all(k[:1] in "'\"" and k.strip("'\"").isdigit() for k in known)
    if is_text and bare in known:
        return "int"
    return "str" if not is_text and (f"'{bare}'" in known or (texts and bare.isdigit())) else ""


def is_table(case: Case) -> bool:
    """Whether what is asked for a key is a table, or may be one."""
    asked = case.at(ast.Subscript, ast.Attribute)
    own = [n for n in asked if isinstance(n, ast.Subscript) and case.text(n.slice) == case.message]
    kinds = {case.kind(n.value) for n in own or asked}
    return bool(kinds & {"DataFrame", "Series"}) or "pandas" in case.source and not kinds & DICTS


def key_type(case: Case) -> Iterator[Candidate]:
    """A text as the index of a list, an item for its position."""
    found = case.said("TypeError", r"(?:list|tuple|str\w*) indices must be integers(?: or slices)?,? not '?(\w+)'?")
    if found and found[1] != "float":
        index = [case.text(one.slice) for one in case.at(ast.Subscript)]
        items = {case.text(one.target) for one in case.all(ast.For)}
        is_item = len(index) == 1 and index[0].isidentifier() and (found[1] != "str" or index[0] in items)
        variant = "item" if is_item else "list"
        words = {"key": found[1], "other": "int", "name": "".join(index[:1])}
        yield Candidate(_subscript_line(case), "wrong_key_type", 0.83, words, variant)


def position(case: Case) -> Iterator[Candidate]:
    """IndexError: counting from zero, one past the end, or in an empty list."""
    if case.error != "IndexError" or "out of bounds for axis" in case.message and "size" not in case.message:
        return
    subscripts = case.at(ast.Subscript)
    firsts = [one for one in subscripts if case.text(one.slice) in ("0", "-1")]
    for subscript in firsts if len(firsts) == len(subscripts) else ():  # else another may be the one
        yield Candidate(case.line, "empty_input", 0.88, {"name": case.text(subscript.value)}, "first")
    used = {name for s in subscripts for name in names_in(s.slice)}  # the positions may come from a range one too long
    loops = [n for n in case.all(ast.For, ast.comprehension) if names_in(n.target) & used and _is_range(n.iter)]
    line, variant = (loops[0].iter.lineno, "loop") if loops else (case.line, "")
    yield Candidate(line, "off_by_one_index", 0.85, {}, variant)


def _is_range(node: Any) -> bool:
    return called(node) == "range" and bool(node.args)


def size_changed(case: Case) -> Iterator[Candidate]:
    """RuntimeError: a dict or set changed in a loop over it."""
    found = re.search(r"(dictionary|[Ss]et|deque) (?:keys )?(?:changed|mutated).* during iteration", case.message)
    if found:
        loops = [loop for loop in case.all(ast.For) if loop.lineno <= case.line <= loop.end_lineno]
        lines = [line for loop in reversed(loops) if (line := changes(case, loop)) is not None]
        yield Candidate([*lines, case.line][0], "modified_during_iteration", 0.97, {"name": found[1].lower()}, "size")


def changes(case: Case, loop: ast.For) -> int | None:
    """The line in a loop which changes what is looped over."""
    over: ast.expr = loop.iter
    if isinstance(over, ast.Call):  # `enumerate(items)`, `prices.items()`
        through = [over.func.value] if isinstance(over.func, ast.Attribute) else over.args
        if called(over) not in ("enumerate", "reversed", "items", "keys", "values") or not through:
            return None
        over = through[0]
    if not isinstance(over, (ast.Name, ast.Attribute)):
        return None
    name, is_dict = case.text(over), case.kind(over) in DICTS or "dictionary" in case.message
    changing = (n for s in loop.body for n in ast.walk(s) if _changes(case, n, name, is_dict))
    return next((getattr(n, "lineno", loop.lineno) for n in changing), None)


def _changes(case: Case, node: ast.AST, name: str, is_dict: bool) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _CHANGES and case.text(node.func.value) == name
    if isinstance(node, ast.Delete) or (isinstance(node, ast.Assign) and is_dict):
        return any(isinstance(t, ast.Subscript) and case.text(t.value) == name for t in node.targets)
    return False


RULES = (missing_key, key_type, position, size_changed)
