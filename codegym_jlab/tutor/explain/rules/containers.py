"""Keys that are not there, keys of another type, positions past the end, containers changed in a loop over them.

Of numpy and pandas: columns, shapes, truth of many values, copies that are changed in vain.
"""

import ast
import difflib
import re
from typing import Any

from ..program import FUNCTIONS, Candidate, Candidates, Case, called, changed_by, every, is_str, names_in, root, targets

DICTS = frozenset({"dict", "Counter", "defaultdict"})


def missing_key(case: Case) -> Candidates:
    """KeyError of a dict."""
    if case.error != "KeyError" or _is_table(case):
        return
    key, known = case.message[:80], _keys_in(case)
    near = [one for one in difflib.get_close_matches(key, known, 1, 0.75) if one != key]
    grown = [one.target for one in case.at(ast.AugAssign)]
    grown += [one.func.value for one in case.at(ast.Call) if called(one) == "append"]
    counts = any(isinstance(one, ast.Subscript) for one in grown)
    name = key.strip("'\"")
    if not near and key not in known:
        yield from _same_name(case, key, 0.94)
    # a key that looks the same but for its type
    if other := "int" if name != key and name in known else "str" if repr(key) in known else "":
        yield Candidate("wrong_key_type", 0.95, {"key": key, "other": other})
    elif any(ast.unparse(one.slice) == key for one in case.at(ast.Subscript)):
        yield Candidate("missing_key", 0.87, {"key": key}, "fixed")
    elif key.isdigit() and not counts and _is_place(case):
        yield Candidate("missing_key", 0.95, {"key": key}, "place")
    elif near:
        yield Candidate("missing_key", 0.85, {"key": key, "right": near[0]}, "near")
    else:
        yield Candidate("missing_key", 0.85, {"key": key}, "first" if counts else "")


def _same_name(case: Case, key: str, sure: float) -> Candidates:
    """A name of the program's that is spelt as the key: it is read in quotes, or made where the key was meant."""
    name = key.strip("'\"")
    if name == key or not case.is_bound_elsewhere(name):
        return
    is_read = any(ast.unparse(one.slice) == key for one in case.all(ast.Subscript))
    made = [
        one for one in case.bindings[name] if isinstance(one, ast.Assign) and isinstance(case.scope(one), FUNCTIONS)
    ]
    if is_read or not case.seen.of_test:
        yield Candidate("puzzle", sure, {"name": name}, "quoted")
    elif made:
        yield Candidate("keyerror_column", sure, {"key": key, "name": name}, "variable", made[0].lineno)


def _is_place(case: Case) -> bool:
    """Whether a dict is asked for a number that `range` gives, as a list is for a place."""
    read = (n for n in case.at(ast.Subscript) if case.kind(n.value) not in ("list", "tuple", "str"))
    names = {n.slice.id for n in read if isinstance(n.ctx, ast.Load) and isinstance(n.slice, ast.Name)}
    counted = (n for n in case.all(ast.For) if isinstance(n.iter, ast.Call) and called(n.iter) == "range")
    return any(isinstance(n.target, ast.Name) and n.target.id in names for n in counted)


def _keys_in(case: Case) -> list[str]:
    """The keys of all dicts that are written out, as Python writes them."""
    return [repr(key.value) for one in case.all(ast.Dict) for key in one.keys if isinstance(key, ast.Constant)]


def _is_table(case: Case) -> bool:
    """Whether what is asked for a key is a table, or may be one."""
    asked = case.at(ast.Subscript, ast.Attribute)
    own = [n for n in asked if isinstance(n, ast.Subscript) and ast.unparse(n.slice) == case.message]
    kinds = {case.kind(n.value) for n in own or asked}
    methods = (one for one in case.at(ast.Call) if isinstance(one.func, ast.Attribute))
    is_used = "pandas" in case.source or any(called(one) in _OF_TABLES for one in methods)
    pairs = (n.slice.elts for n in own if isinstance(n.slice, ast.Tuple))
    is_used = is_used or any(all(map(is_str, pair)) for pair in pairs)
    return bool(kinds & {"DataFrame", "Series"}) or is_used and not kinds & DICTS


def key_type(case: Case) -> Candidates:
    """A text as the index of a list, an item for its position."""
    found = case.said("TypeError", r"(?:list|tuple|str\w*) indices must be integers(?: or slices)?,? not '?(\w+)'?")
    if found and found[1] != "float":
        index = [ast.unparse(one.slice) for one in case.at(ast.Subscript)]
        is_item = len(index) == 1 and index[0].isidentifier()
        variant = "item" if is_item else "list"
        words = {"key": found[1], "other": "int", "name": "".join(index[:1])}
        yield Candidate("wrong_key_type", 0.83, words, variant)


def position(case: Case) -> Candidates:
    """IndexError: counting from zero, one past the end, or in an empty list."""
    if case.error != "IndexError" or "out of bounds for axis" in case.message and "size" not in case.message:
        return
    subscripts = case.at(ast.Subscript)
    if subscripts and all(ast.unparse(one.slice) in ("0", "-1") for one in subscripts):  # else another may be the one
        yield Candidate("empty_input", 0.88, {"name": ast.unparse(subscripts[0].value)}, "first")
    if "assignment" in case.message:
        stored = [one.value for one in subscripts if isinstance(one.ctx, ast.Store) and isinstance(one.value, ast.Name)]
        for one in stored[:1]:
            if any(isinstance(value, ast.List) and not value.elts for value in case.values(one.id, one)):  # as `[]`
                yield Candidate("off_by_one_index", 0.86, {"name": one.id}, "grows")
    used = {name for s in subscripts for name in names_in(s.slice)}  # the positions may come from a range one too long
    loops = [n for n in case.all(ast.For, ast.comprehension) if names_in(n.target) & used and called(n.iter) == "range"]
    line, variant = (loops[0].iter.lineno, "loop") if loops else (case.line, "")
    if case.message.startswith("pop index"):
        variant = "pop"
    fixed = [(one.slice.value, ast.unparse(one.value)) for one in subscripts if isinstance(one.slice, ast.Constant)]
    if fixed and len(fixed) == len(subscripts) and len({name for _, name in fixed}) == 1:  # it may have fewer parts
        index, name = max(fixed)
        yield Candidate("off_by_one_index", 0.86, {"name": name, "index": str(index)}, "fixed")
    yield Candidate("off_by_one_index", 0.85, {}, variant, line)


def size_changed(case: Case) -> Candidates:
    """RuntimeError: a dict or set changed in a loop over it."""
    found = re.search(r"(dictionary|[Ss]et|deque) (?:keys )?(?:changed|mutated).* during iteration", case.message)
    if found:
        loop = case.innermost(ast.For)
        line = changes(case, loop) if loop is not None else None
        yield Candidate("modified_during_iteration", 0.97, {"name": found[1].lower()}, "size", line or case.line)


def changes(case: Case, loop: ast.For) -> int | None:
    """The line in a loop which changes what is looped over."""
    over: Any = loop.iter
    if called(over) in ("enumerate", "reversed", "items", "keys", "values"):
        over = over.func.value if isinstance(over.func, ast.Attribute) else next(iter(over.args), None)
    if not isinstance(over, (ast.Name, ast.Attribute)):
        return None
    for node in (node for step in loop.body for node in every(step, ast.stmt, ast.Call)):
        is_item = isinstance(node, (ast.Assign, ast.AugAssign)) and "dictionary" not in case.message
        if is_item or called(node) in ("sort", "reverse", "shuffle"):  # as many as before
            continue
        if ast.unparse(over) in map(ast.unparse, changed_by(node)):
            return int(node.lineno)
    return None


_SHAPES = (
    r"could not be broadcast|could not broadcast|shape mismatch|not aligned|mismatch in its core dimension"
    r"|[Ll]ength mismatch|cannot reshape|must match exactly|all the input array|Length of values|out of bounds for a"
    r"|must (?:all )?be (?:of )?the same length|Lengths must match|Shape of passed values|axis .* is out of bounds"
    r"|No axis named|same number of dimensions|identically-labeled|does not match length"
)
_PLACES = frozenset({"loc", "iloc", "at", "iat"})
_OF_TABLES = frozenset("groupby merge agg sort_values value_counts crosstab pivot_table set_index fillna plot".split())
_COPIES = frozenset("query head tail copy filter dropna".split())


def column(case: Case) -> Candidates:
    """A column that the table has not."""
    if case.error != "KeyError" or not _is_table(case):
        return
    listed = re.search(r"\[([^\[\]]*)\](?:\"| not| are)", case.message)
    key = (listed[1] if listed else case.message)[:60]
    words = {"key": key, "columns": ", ".join(_keys_in(case)[:6])}
    yield from _same_name(case, key, 0.97)
    pairs = (one.slice for one in case.at(ast.Subscript) if isinstance(one.slice, ast.Tuple))
    is_pair = any(ast.unparse(one) == case.message for one in pairs)
    places = (one for one in case.at(ast.Subscript) if not isinstance(one.slice, ast.Tuple | ast.Compare))
    is_row = any(isinstance(one.value, ast.Attribute) and one.value.attr in ("loc", "at") for one in places)
    variant = "pair" if is_pair else "row" if is_row else "" if words["columns"] else "unknown"
    yield Candidate("keyerror_column", 0.96 if is_pair else 0.94, words, variant)


def truth(case: Case) -> Candidates:
    """`if` of many values at once; `and` between masks; `&` without brackets around what it joins."""
    joined = (one for one in case.at(ast.BinOp) if isinstance(one.op, ast.BitAnd | ast.BitOr))
    is_stopped = case.error in ("TypeError", "ValueError")
    around = (case.parents[one] for one in joined)
    if is_stopped and any(isinstance(one, ast.Compare) and len(one.ops) > 1 for one in around):
        yield Candidate("ambiguous_truth", 0.98, {}, "brackets")
    if case.said("ValueError", "truth value of"):
        here = case.at()
        kind = next((kind for kind in ("Series", "DataFrame") if kind in case.message), "array")
        variant = "and" if any(isinstance(n, (ast.BoolOp, ast.Not)) for n in here) else ""
        yield Candidate("ambiguous_truth", 0.97, {"kind": kind}, variant)


def shape(case: Case) -> Candidates:
    """Shapes that do not fit."""
    if case.said("ValueError", "same first dimension|must be the same size|shape mismatch: objects"):
        numbers = re.findall(r"\((\d+),\)", case.message)
        words = dict(zip(("x", "y"), numbers, strict=False))
        yield Candidate("axis_mismatch", 0.96, words, "drawn" if len(numbers) > 1 else "drawn_bare")
    elif case.error in ("ValueError", "AxisError", "IndexError", "TypeError") and re.search(_SHAPES, case.message):
        words = {"shapes": " / ".join(re.findall(r"\(\d+(?:,\s?\d*)*\)|\b\d+\b", case.message)[:2])}
        yield Candidate("axis_mismatch", 0.94, words, "" if words["shapes"] else "compared")


def one_for_all(case: Case) -> Candidates:
    """A loop's variable in place of what the loop goes through; whole rows in place of one column of them."""
    is_index = case.error == "IndexError"
    if is_index or case.said("TypeError", r"has no len\(\)|not iterable|not subscriptable"):
        reads = [one for one in case.at(ast.Name) if isinstance(one.ctx, ast.Load)]
        used = {*map(ast.unparse, case.at(ast.Subscript) if is_index else reads)}
        for loop in case.all(ast.For):
            match loop.target, loop.iter:
                case ast.Name(name), ast.Name(whole) if (f"{whole}[{name}]" if is_index else name) in used:
                    yield Candidate("puzzle", 0.97, {"name": name, "whole": whole}, "place" if is_index else "item")
    if case.said("TypeError", r"Invalid value .* for dtype"):
        for one in case.at(ast.Subscript):
            if getattr(one.value, "attr", "") == "loc" and not isinstance(one.slice, ast.Tuple):
                yield Candidate("puzzle", 0.93, {"code": ast.unparse(one)}, "columns")


def copies(case: Case) -> Candidates:
    """`df[…][…] = …` or a part cut out is a copy: the table stays as it was."""
    if not re.search(r"pandas|DataFrame", case.source):
        return
    sure = 0.94 if case.is_silent else 0.4
    for statement in case.all(ast.Assign, ast.AugAssign):
        for target in targets(statement):
            if _is_chain(target) and case.kind(root(target)) not in ("dict", "list", "ndarray", "defaultdict"):
                yield Candidate("chained_assignment", sure, line=statement.lineno)


def _is_chain(target: ast.expr) -> bool:
    """`df[…][…]`, `df.loc[…][…]`, `df[…].name`, `df.name[…]`, `df.query(…)[…]`."""
    base = target.value if isinstance(target, (ast.Subscript, ast.Attribute)) else None
    if isinstance(base, ast.Attribute) and base.attr in _PLACES:
        base = base.value
    match base:
        case ast.Call():
            return called(base) in _COPIES
        case ast.Subscript():
            return True
        case ast.Attribute(ast.Name(owner), name) if isinstance(target, ast.Subscript):
            return owner != "self" and name not in ("columns", "index", "values")
    return False


RULES = (missing_key, key_type, position, size_changed, column, truth, shape, one_for_all, copies)
