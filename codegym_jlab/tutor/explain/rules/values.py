"""Values of the wrong type: text and number mixed, a float for a count, no such method, too few names."""

from __future__ import annotations

import ast
import difflib
import re
import sys
from collections.abc import Iterator

from ..program import FUNCTIONS, Candidate, Case, called, names_in, targets
from .none import given_for

_OWN: dict[str, type] = {t.__name__: t for t in (str, list, dict, set, tuple, int, float, bytes, frozenset, bool)}
_SAFE = frozenset("math random json re string itertools functools collections statistics time datetime os".split())
_TABLES = (
    "mean sum max min head tail groupby sort_values sort_index value_counts columns index shape dtype reshape iloc loc "
    "append dropna fillna drop merge join apply describe rename unique reset_index set_index to_csv read_csv astype "
    "sqrt ceil floor randint choice shuffle isnull isna median std count plot copy array zeros arange linspace"
).split()
_FIXED = frozenset("append extend insert sort remove pop add update".split())
_FUNCTIONS = frozenset({"function", "method", "builtin_function_or_method", "coroutine", "generator"})
#: Messages of TypeErrors about a text where a number belongs, with the variant of what is said.
_TEXTS = (
    (r"bad operand type for .*'str'|not all arguments converted", "input"),
    (r"'str' object cannot be interpreted as an integer|must be real number, not str", "input"),
    (r"expected str instance, (?:int|float) found", "join"),
    (r"write\(\) argument must be str, not (?!bytes)", ""),
)
_WHOLE = (
    r"slice indices must be|'(?:numpy\.)?float(?:64)?' object cannot be interpreted as an integer"
    r"|indices must be integers(?: or slices)?, not '?float|integer argument expected, got float|only integers, slices"
    r"|integer is required|must be None or an integer|must be an integer|'float' object isn't"
)


def text_and_number(case: Case) -> Iterator[Candidate]:
    """`"7" + 1`, `"3" < 5`, `sum` of texts, text and bytes."""
    message, source = case.message, "input" if "input" in case.source else ""
    if case.error != "TypeError":
        return
    mixed = re.search(r"'(str|int|float)' and '(str|int|float)'", message)
    joined = re.search(r'can only concatenate str \(not "(\w+)"\) to str', message)
    times = re.search(r"can't multiply sequence by non-int of type '(str|float)'", message)
    if mixed and "str" in mixed.groups() and (mixed[1] != mixed[2] or "-" in message):
        other = next((kind for kind in mixed.groups() if kind != "str"), "int")
        yield Candidate(case.line, "str_plus_int", 0.93, {"kind": other}, source)
    elif joined:
        yield Candidate(case.line, "str_plus_int", 0.7 if joined[1] == "list" else 0.93, {"kind": joined[1]}, source)
    elif times and times[1] == "str":
        yield Candidate(case.line, "str_plus_int", 0.9, {"kind": "int"}, source)
    elif times:
        yield from _repeated(case)
    elif re.search(
        r"bytes-like object is required, not 'str'|can't concat str to bytes|must be str, not bytes", message
    ):
        yield Candidate(case.line, "encoding", 0.85, {}, "bytes")
    for pattern, variant in _TEXTS:
        if re.search(pattern, message):
            yield Candidate(case.line, "str_plus_int", 0.86, {"kind": "int"}, variant)


def _repeated(case: Case) -> Iterator[Candidate]:
    """Text or a list times a float: text that should be a number, or a count that became a float."""
    for node in case.at():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            sides = (node.left, node.right)
            division = _division(case, list(sides))
            is_text = any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in sides)
            if "list" in map(case.kind, sides) or (division is not None and is_text):
                yield Candidate(division or case.line, "integer_division", 0.93, {}, "times")
                return
    division = _division(case, [n for c in case.calls_at() for n in c.args])
    if division is not None and not any(isinstance(n, ast.BinOp) for n in case.at()):
        yield Candidate(division, "integer_division", 0.92, {}, "index")
    else:
        yield Candidate(case.line, "str_plus_int", 0.85, {"kind": "float"}, "input")


def conversion(case: Case) -> Iterator[Candidate]:
    """int(), float() and their like of a text that is no number."""
    found = re.match(
        r"(?:invalid literal for|could not convert string to) (\w+)(?:\(\) with base \d+)?: (.*)",
        case.message,
        re.DOTALL,
    )
    if case.error == "ValueError" and found:
        kind, text = found[1], found[2][:60]
        variant = "empty" if text in ("''", '""') else "decimal" if re.fullmatch(r"'-?\d*[.,]\d+'", text) else ""
        yield Candidate(case.line, "bad_conversion", 0.95, {"text": text, "kind": kind}, variant)
    elif found := re.search(r"(int|float)\(\) argument must be .*not (.*)", case.message):
        words = {"text": found[2][:40], "kind": found[1]}
        yield Candidate(case.line, "bad_conversion", 0.75, words, "type")
    elif re.search(r"does not match format|Invalid isoformat|unconverted data", case.message):
        yield Candidate(case.line, "bad_conversion", 0.85, {"text": "", "kind": "date"}, "date")
    elif re.search(r"cannot convert float NaN|Unable to parse|Cannot convert|Invalid literal for", case.message):
        yield Candidate(case.line, "bad_conversion", 0.75, {"text": "", "kind": "int"})


def whole_number(case: Case) -> Iterator[Candidate]:
    """A float where Python wants a whole number: `/` instead of `//`."""
    if case.error not in ("TypeError", "IndexError", "ValueError") or not re.search(_WHOLE, case.message):
        return
    use = "range" if "interpreted" in case.message else "slice" if "slice indices" in case.message else "index"
    line = _division(case, [n for n in case.at() if isinstance(n, ast.expr)])
    if line is None and ("float" in case.message or use == "slice"):
        line = case.line
    if line is not None:
        yield Candidate(line, "integer_division", 0.95, {}, use)


def _division(case: Case, ahead: list[ast.expr]) -> int | None:
    """The line of the `/` that a value goes back to, through names, parameters and functions."""
    done: set[ast.AST] = set()
    queue: list[ast.AST] = list(ahead)
    while queue and len(done) < 80:
        node = queue.pop(0)
        if node in done:
            continue
        done.add(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return node.lineno
        if isinstance(node, ast.Name):
            fact = case.own_fact(node.id)
            if fact is not None and fact.type in ("int", "str", "list", "dict") and len(case.seen.steps) == 1:
                continue
            queue += [*case.values(node.id, node), *given_for(case, node)]
            for one in case.all(ast.AugAssign):
                if isinstance(one.op, ast.Div) and isinstance(one.target, ast.Name) and one.target.id == node.id:
                    return int(one.lineno)
        elif isinstance(node, ast.Attribute):
            queue += [a.value for a in case.all(ast.Assign) for t in a.targets
                      if isinstance(t, ast.Attribute) and t.attr == node.attr]  # fmt: skip
        elif isinstance(node, ast.Call) and called(node) not in ("int", "len", "floor", "ceil"):
            own = (n for f in case.functions.get(called(node), []) for n in ast.walk(f) if isinstance(n, ast.Return))
            queue += [*(one.value for one in own if one.value is not None), *node.args]
        elif isinstance(node, ast.expr) and not isinstance(node, ast.Call):
            queue += [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    return None


def fixed(case: Case) -> Iterator[Candidate]:
    """Lists as keys; texts and tuples changed in place."""
    unhashable = re.search(r"unhashable type: '([\w.]+)'", case.message)
    if case.error == "TypeError" and unhashable:
        yield Candidate(case.line, "unhashable_key", 0.95, {"kind": unhashable[1].rpartition(".")[2]})
    kept = re.match(r"'([\w.]+)' object (?:does not|doesn't) support item (?:assignment|deletion)", case.message)
    if case.error == "TypeError" and kept:
        yield Candidate(case.line, "immutable_mutation", 0.95, {"kind": kept[1].rpartition(".")[2]})
    elif case.error == "FrozenInstanceError" or re.search(r"read-only|can't set attribute|has no setter", case.message):
        yield Candidate(case.line, "immutable_mutation", 0.9, {"kind": "object"}, "attribute")


def attribute(case: Case) -> Iterator[Candidate]:
    """A method or attribute that the type does not have: misspelt, or of another type."""
    found = re.match(r"(?:type object |module )?'([\w.]+)'(?: object)? has no attribute '(\w+)'", case.message)
    if case.error != "AttributeError" or not found or found[1] == "NoneType" or "circular" in case.message:
        return
    kind, name = found[1].rpartition(".")[2], found[2]
    right = _meant(case, kind, name)
    if kind in _FUNCTIONS or right == name:  # it has that name, but nothing has set it yet
        return
    line = next((n.lineno for n in case.at() if isinstance(n, ast.Attribute) and n.attr == name), case.line)
    other = [k for k, own in _OWN.items() if hasattr(own, name) and k != kind]
    words = {"name": name, "kind": kind, "right": right, "other": ", ".join(other[:2])}
    if kind in ("tuple", "str", "frozenset") and name in _FIXED:
        yield Candidate(line, "wrong_method_for_type", 0.9, words, "fixed")
    elif other and kind not in case.classes and right.lower() != name.lower():
        yield Candidate(line, "wrong_method_for_type", 0.92, words)
    elif right:
        uses = [n for n in case.all(ast.Attribute) if n.attr == name]
        others = [n for n in case.all(ast.Attribute) if n.attr == right]
        if len(uses) > 1 and len(others) == 1 and isinstance(others[0].ctx, ast.Store):
            line = others[0].lineno  # it is misspelt where it is set
        yield Candidate(line, "attribute_typo", 0.95, words)
    elif kind in case.classes:
        yield Candidate(line, "uninitialised_attribute", 0.6, words | {"function": ""})
    else:
        yield Candidate(line, "attribute_typo", 0.7, words, "unknown")


def _meant(case: Case, kind: str, name: str) -> str:
    """The nearest name that the type or module has; empty where none is near."""
    if said := re.search(r"Did you mean: '(\w+)'", case.message):
        return said[1]
    if kind in case.classes:
        own = case.classes[kind]
        known = [f.name for f in own.body if isinstance(f, FUNCTIONS)]
        known += [n.attr for n in ast.walk(own) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    elif kind in _OWN:
        known = [n for n in dir(_OWN[kind]) if not n.startswith("_")]
    else:
        known = list(vars(sys.modules[kind])) if kind in _SAFE and kind in sys.modules else _TABLES
    near = difflib.get_close_matches(name, known, 1, 0.7)
    return near[0] if near else ""


def unpacking(case: Case) -> Iterator[Candidate]:
    """More or fewer values than names; a dict of which only the keys come."""
    few = re.match(r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)", case.message)
    found = few or re.match(r"too many values to unpack \(expected (\d+)", case.message)
    loops = [n for n in case.at() if isinstance(n, (ast.For, ast.comprehension))]
    if case.error == "ValueError" and found:
        of_dict = any(case.kind(n.iter) in ("dict", "Counter", "defaultdict") for n in loops)
        variant = "dict" if of_dict else "few" if few else ""
        places = [t.lineno for n in case.at() for t in targets(n) if isinstance(t, (ast.Tuple, ast.List))]
        words = {"expected": found[1], "got": few[2] if few else "more"}
        yield Candidate(places[0] if places else case.line, "unpacking_mismatch", 0.95, words, variant)
    elif case.error == "TypeError" and re.match(r"cannot unpack non-iterable (?!NoneType)", case.message):
        yield Candidate(case.line, "unpacking_mismatch", 0.9, {"expected": "2", "got": "1"}, "single")
    elif case.is_silent:
        for loop in case.all(ast.For, ast.comprehension):
            if isinstance(loop.target, ast.Tuple) and case.kind(loop.iter) == "dict":
                words = {"expected": str(len(loop.target.elts)), "got": "1"}
                yield Candidate(loop.iter.lineno, "unpacking_mismatch", 0.85, words, "dict")


def not_iterable(case: Case) -> Iterator[Candidate]:
    """A single number where a list is wanted: `range` is forgotten, or the comma of a tuple."""
    found = re.match(r"'(int|float|bool)' object is not (iterable|subscriptable)", case.message)
    if case.error != "TypeError" or not found:
        return
    for node in case.at():
        if isinstance(node, ast.Subscript) and found[2] == "subscriptable":
            counts = (n for n in case.all(ast.For) if names_in(n.target) & names_in(node.value))
            if any(isinstance(n.iter, ast.Call) and called(n.iter) in ("range", "enumerate") for n in counts):
                words = {"key": case.text(node.slice), "other": "int"}
                yield Candidate(node.lineno, "wrong_key_type", 0.8, words, "number")
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
            if called(node.iter) == "len":
                yield Candidate(case.line, "off_by_one_index", 0.75, {}, "range")
    yield Candidate(case.line, "wrong_method_for_type", 0.45, {"kind": found[1], "name": found[2]}, "number")


RULES = (text_and_number, conversion, whole_number, fixed, attribute, unpacking, not_iterable)
