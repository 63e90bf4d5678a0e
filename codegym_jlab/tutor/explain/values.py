"""Values of a type that an operation does not take: text and numbers mixed, floats for counts, keys that cannot be."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, called, names_in, targets
from .nothing import _given
from .seen import value_of

_OWN = {"list": list, "dict": dict, "str": str, "set": set, "tuple": tuple, "int": int, "float": float, "bytes": bytes}


def text_and_number(case: Case) -> Iterator[Candidate]:
    """`"7" + 1`, `"3" < 5`, `sum` of texts."""
    message = case.message
    if case.error != "TypeError":
        return
    mixed = re.search(r"'(str|int|float)' and '(str|int|float)'", message)
    pair = {mixed[1], mixed[2]} if mixed else set()
    joins = re.search(r'can only concatenate str \(not "(\w+)"\) to str', message)
    times = re.search(r"can't multiply sequence by non-int of type '(str|float)'", message)
    other = joins[1] if joins else "int"
    if "str" in pair and len(pair) == 2 or (joins and other in ("int", "float", "bool", "int64", "float64")):
        other = (pair - {"str"}).pop() if pair and not joins else other
        yield Candidate(case.line, "str_plus_int", 0.93, {"kind": other}, _source_of_text(case))
    elif pair == {"str"} and "-" in message or (times and times[1] == "str"):
        yield Candidate(case.line, "str_plus_int", 0.9, {"kind": "int"}, _source_of_text(case))
    elif times:
        yield from _repeated(case)
    elif joins and other == "list":
        yield Candidate(case.line, "str_plus_int", 0.7, {"kind": "list"})
    elif "bad operand type for" in message and "'str'" in message:
        yield Candidate(case.line, "str_plus_int", 0.85, {"kind": "int"}, "input")
    elif "not all arguments converted" in message:
        yield Candidate(case.line, "str_plus_int", 0.85, {"kind": "int"}, "input")
    elif re.search(r"expected str instance, (int|float) found", message):
        yield Candidate(case.line, "str_plus_int", 0.9, {"kind": "int"}, "join")
    elif "'str' object cannot be interpreted as an integer" in message or "must be real number, not str" in message:
        yield Candidate(case.line, "str_plus_int", 0.86, {"kind": "int"}, "input")
    elif "a bytes-like object is required, not 'str'" in message or "can't concat str to bytes" in message:
        yield Candidate(case.line, "encoding", 0.85, {}, "bytes")
    elif "write() argument must be str, not" in message:
        cause = "encoding" if "bytes" in message else "str_plus_int"
        yield Candidate(case.line, cause, 0.9, {"kind": "int"}, "bytes" if cause == "encoding" else "")
    elif "can only concatenate list" in message or "can only concatenate tuple" in message:
        yield Candidate(case.line, "wrong_method_for_type", 0.7, {"kind": "list", "name": "+"}, "plus")


def _repeated(case: Case) -> Iterator[Candidate]:
    """Text or a list times a float: text that should be a number, or a count that became a float."""
    for node in case.at():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            kinds = [case.kind(node.left), case.kind(node.right)]
            division = _division(case, [node.left, node.right])
            if "list" in kinds or (division is not None and _has_constant_text(node)):
                yield Candidate(division or case.line, "integer_division", 0.93, {}, "times")
                return
    division = _division(case, [n for c in case.calls_at() for n in c.args])
    if division is not None and not any(isinstance(n, ast.BinOp) for n in case.at()):
        yield Candidate(division, "integer_division", 0.92, {}, "index")
        return
    yield Candidate(case.line, "str_plus_int", 0.85, {"kind": "float"}, "input")


def _has_constant_text(node: ast.BinOp) -> bool:
    return any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in (node.left, node.right))


def _source_of_text(case: Case) -> str:
    return "input" if "input" in case.source else ""


def conversion(case: Case) -> Iterator[Candidate]:
    """int(), float() and their like of a text that is no number."""
    found = re.match(r"invalid literal for (\w+)\(\) with base \d+: (.*)", case.message, re.DOTALL)
    other = re.match(r"could not convert string to (float|complex): (.*)", case.message, re.DOTALL)
    match = found or other
    if case.error == "ValueError" and match:
        kind, text = match.groups()
        text = text[:60]
        variant = "empty" if text in ("''", '""') else "decimal" if re.fullmatch(r"'-?\d*[.,]\d+'", text) else ""
        yield Candidate(case.line, "bad_conversion", 0.95, {"text": text, "kind": kind}, variant)
    elif case.error == "TypeError" and re.search(r"(int|float)\(\) argument must be", case.message):
        yield Candidate(
            case.line,
            "bad_conversion",
            0.75,
            {"text": case.message.rpartition("not ")[2][:40], "kind": case.message[:5].rstrip("(")},
            "type",
        )
    elif case.error == "ValueError" and re.search(
        r"does not match format|Invalid isoformat|unconverted data", case.message
    ):
        yield Candidate(case.line, "bad_conversion", 0.85, {"text": "", "kind": "date"}, "date")
    elif "InvalidOperation" in case.error or (case.error == "ValueError" and "Fraction" in case.message):
        yield Candidate(case.line, "bad_conversion", 0.8, {"text": "", "kind": "Decimal"}, "")
    elif case.error == "ValueError" and re.search(
        r"cannot convert float NaN|Unable to parse|is not a valid|Cannot convert", case.message
    ):
        yield Candidate(case.line, "bad_conversion", 0.75, {"text": "NaN", "kind": "int"}, "")
    elif case.error in ("IntCastingNaNError", "DateParseError", "OverflowError"):
        yield Candidate(case.line, "bad_conversion", 0.7, {"text": "", "kind": "int"}, "")


def whole_number(case: Case) -> Iterator[Candidate]:
    """A float where Python wants a whole number: `/` instead of `//`."""
    if case.error not in ("TypeError", "IndexError", "KeyError", "ValueError") or not re.search(_WHOLE, case.message):
        if case.error == "KeyError" and re.fullmatch(r"\d+\.\d+", case.message):
            at = _division(case, [n for n in case.at() if isinstance(n, ast.Subscript)])
            if at is not None:
                yield Candidate(at, "integer_division", 0.94, {}, "index")
        return
    use = "range" if "interpreted" in case.message else "slice" if "slice indices" in case.message else "index"
    at = _division(case, [n for n in case.at() if isinstance(n, ast.expr)])
    if at is not None or "float" in case.message:
        yield Candidate(at or _float_source(case) or case.line, "integer_division", 0.95, {}, use)
    elif "slice indices" in case.message:
        yield Candidate(case.line, "integer_division", 0.7, {}, use)


_WHOLE = (
    r"slice indices must be|'(?:numpy\.)?float(?:64)?' object cannot be interpreted as an integer"
    r"|indices must be integers or slices, not float|integer argument expected, got float|only integers, slices"
    r"|integer is required"
    r"|must be None or an integer|must be an integer|indices must be integers, not '?float|'float' object isn't"
)


def _float_source(case: Case) -> int | None:
    """Where a name of the line got its float."""
    for node in case.at():
        if isinstance(node, ast.Name) and (fact := case.own_fact(node.id)) is not None and fact.type == "float":
            values = case.values(node.id, node)
            if values:
                return values[0].lineno
    return None


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
            queue += [*case.values(node.id, node), *_given(case, node)]
            augmented = (n for n in case.all(ast.AugAssign) if isinstance(n.op, ast.Div))
            for one in augmented:
                if isinstance(one.target, ast.Name) and one.target.id == node.id:
                    return int(one.lineno)
        elif isinstance(node, ast.Attribute):
            queue += [
                a.value
                for a in case.all(ast.Assign)
                for t in a.targets
                if isinstance(t, ast.Attribute) and t.attr == node.attr
            ]
        elif isinstance(node, ast.Call) and called(node) in ("int", "len", "floor", "ceil"):
            continue
        elif isinstance(node, ast.Call):
            for function in case.functions.get(called(node), []):
                queue += [r.value for r in ast.walk(function) if isinstance(r, ast.Return) and r.value is not None]
            queue += node.args
        elif isinstance(node, ast.expr):
            queue += [n for n in ast.iter_child_nodes(node) if isinstance(n, (ast.expr, ast.slice))]
    return None


def unhashable(case: Case) -> Iterator[Candidate]:
    """Lists, dicts and sets as keys or in sets."""
    found = re.search(r"unhashable type: '([\w.]+)'", case.message)
    if case.error == "TypeError" and found:
        yield Candidate(case.line, "unhashable_key", 0.95, {"kind": found[1].rpartition(".")[2]})


def immutable(case: Case) -> Iterator[Candidate]:
    """Texts and tuples cannot be changed in place."""
    found = re.match(
        r"'([\w.]+)' object (?:does not support|doesn't support) item (?:assignment|deletion)", case.message
    )
    if case.error == "TypeError" and found:
        yield Candidate(case.line, "immutable_mutation", 0.95, {"kind": found[1].rpartition(".")[2]})
    elif (
        case.error == "FrozenInstanceError"
        or "read-only" in case.message
        or (case.error == "AttributeError" and re.search(r"can't set attribute|has no setter", case.message))
    ):
        yield Candidate(case.line, "immutable_mutation", 0.9, {"kind": "object"}, "attribute")


def attribute(case: Case) -> Iterator[Candidate]:
    """A method or attribute that the type does not have: misspelt, or of another type."""
    found = re.match(r"(?:type object |module )?'([\w.]+)'(?: object)? has no attribute '(\w+)'", case.message)
    if case.error != "AttributeError" or not found or found[1] == "NoneType" or "circular" in case.message:
        return
    kind, name = found[1].rpartition(".")[2], found[2]
    if kind in ("function", "method", "builtin_function_or_method", "coroutine", "generator"):
        return
    line = next((n.lineno for n in case.at() if isinstance(n, ast.Attribute) and n.attr == name), case.line)
    right = _meant(case, kind, name)
    if right == name:  # it has that name, but nothing has set it yet
        return
    other = [k for k, own in _OWN.items() if hasattr(own, name) and k != kind]
    words = {"name": name, "kind": kind, "right": right, "other": ", ".join(other[:2])}
    if kind in ("tuple", "str", "frozenset") and name in (
        "append",
        "extend",
        "insert",
        "sort",
        "remove",
        "pop",
        "add",
        "update",
    ):
        yield Candidate(line, "wrong_method_for_type", 0.9, words, "fixed")
    elif other and kind not in case.classes and not (right and right.lower() == name.lower()):
        yield Candidate(line, "wrong_method_for_type", 0.92, words)
    elif right:
        yield Candidate(*_misspelt_line(case, name, right, line), words)
    elif kind in case.classes:
        yield Candidate(line, "uninitialised_attribute", 0.6, words | {"function": ""})
    else:
        yield Candidate(line, "attribute_typo", 0.7, words, "unknown")


def _misspelt_line(case: Case, name: str, right: str, line: int) -> tuple[int, str, float]:
    """Where an attribute of an own class is misspelt: where it is set, if all others write it as it is read."""
    uses = [n for n in case.all(ast.Attribute) if n.attr == name]
    sets = [n for n in case.all(ast.Attribute) if n.attr == right and isinstance(n.ctx, ast.Store)]
    others = [n for n in case.all(ast.Attribute) if n.attr == right]
    if len(uses) >= 2 and len(others) == 1 and sets:
        return sets[0].lineno, "attribute_typo", 0.95
    return line, "attribute_typo", 0.95


def _meant(case: Case, kind: str, name: str) -> str:
    said = re.search(r"Did you mean: '(\w+)'", case.message)
    if said:
        return said[1]
    known: list[str] = []
    if kind in case.classes:
        own = case.classes[kind]
        known = [f.name for f in own.body if isinstance(f, FUNCTIONS)]
        known += [n.attr for n in ast.walk(own) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    elif kind in _OWN:
        known = [n for n in dir(_OWN[kind]) if not n.startswith("_")]
    else:
        import sys

        module = sys.modules.get(kind)
        known = list(vars(module)) if module is not None and kind in _SAFE else _TABLES
    near = difflib.get_close_matches(name, known, 1, 0.7)
    return near[0] if near else ""


_SAFE = frozenset("math random json re string itertools functools collections statistics time datetime os".split())
_TABLES = (
    "mean sum max min head tail groupby sort_values sort_index value_counts columns index shape dtype reshape iloc loc "
    "append dropna fillna drop merge join apply describe rename unique reset_index set_index to_csv read_csv astype "
    "sqrt ceil floor randint choice shuffle isnull isna median std count plot copy array zeros arange linspace"
).split()


def unpacking(case: Case) -> Iterator[Candidate]:
    """More or fewer values than names."""
    many = re.match(r"too many values to unpack \(expected (\d+)", case.message)
    few = re.match(r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)", case.message)
    match = many or few
    if case.error == "ValueError" and match:
        expected = match[1]
        words = {"expected": expected, "got": few[2] if few else "more"}
        sure, variant = 0.95, "few" if few else ""
        for node in case.at():
            iterated = node.iter if isinstance(node, (ast.For, ast.comprehension)) else None
            if iterated is not None and case.kind(iterated) in ("dict", "Counter", "defaultdict"):
                variant = "dict"
        yield Candidate(_unpack_line(case), "unpacking_mismatch", sure, words, variant)
    elif case.error == "TypeError" and re.match(r"cannot unpack non-iterable (\w+)", case.message):
        if "NoneType" not in case.message:
            yield Candidate(case.line, "unpacking_mismatch", 0.9, {"expected": "2", "got": "1"}, "single")
    elif case.error == "ValueError" and "dictionary update sequence" in case.message:
        yield Candidate(case.line, "unpacking_mismatch", 0.8, {"expected": "2", "got": "…"}, "")


def _unpack_line(case: Case) -> int:
    for node in case.at():
        if any(isinstance(t, (ast.Tuple, ast.List)) for t in targets(node)):
            return getattr(node, "lineno", None) or targets(node)[0].lineno
    return case.line


def pairs_of_dict(case: Case) -> Iterator[Candidate]:
    """`for key, value in d` that fails nowhere, as its keys happen to have two letters."""
    if not case.is_silent:
        return
    for loop in case.all(ast.For, ast.comprehension):
        if isinstance(loop.target, ast.Tuple) and case.kind(loop.iter) == "dict":
            literals = [v for n in names_in(loop.iter) for v in case.values(n) if isinstance(v, ast.Dict)]
            texts = any(isinstance(k, ast.Constant) and isinstance(k.value, str) for d in literals for k in d.keys)
            if texts:
                words = {"expected": len(loop.target.elts), "got": "1"}
                yield Candidate(loop.iter.lineno, "unpacking_mismatch", 0.85, words, "dict")


def not_iterable(case: Case) -> Iterator[Candidate]:
    """A single number where a list is wanted: `(5)` is no tuple, `range` is forgotten."""
    found = re.match(r"'(int|float|bool)' object is not (iterable|subscriptable)", case.message)
    if case.error != "TypeError" or not found:
        return
    for node in case.at():
        over = node.iter if isinstance(node, (ast.For, ast.comprehension)) else None
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and found[2] == "subscriptable":
            counts = (
                n for n in case.all(ast.For) if node.value.id in names_in(n.target) and isinstance(n.iter, ast.Call)
            )
            if any(called(n.iter) in ("range", "enumerate") for n in counts):
                yield Candidate(
                    node.lineno, "wrong_key_type", 0.8, {"key": case.text(node.slice), "other": "int"}, "number"
                )
        if isinstance(over, ast.Call) and called(over) == "len":
            yield Candidate(case.line, "off_by_one_index", 0.75, {}, "range")
        for name in names_in(node) if isinstance(node, ast.expr) else ():
            for value in case.values(name, node):
                text = case.source.split("\n")[value.lineno - 1]
                if isinstance(value, ast.Constant) and re.search(r"\(\s*[^(),]+\s*\)", text):
                    yield Candidate(
                        value.lineno, "missing_comma", 0.85, {"left": case.text(value), "right": ""}, "tuple"
                    )
    fact = [f for n in case.at() if isinstance(n, ast.Name) and (f := case.own_fact(n.id)) and value_of(f) is not None]
    yield Candidate(
        case.line, "wrong_method_for_type", 0.5 if fact else 0.45, {"kind": found[1], "name": found[2]}, "number"
    )


RULES = (
    text_and_number,
    conversion,
    whole_number,
    unhashable,
    immutable,
    attribute,
    unpacking,
    pairs_of_dict,
    not_iterable,
)
