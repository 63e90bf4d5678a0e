"""Values of the wrong type: a float for a count, no such method, too few names, a number where a list is wanted."""

import ast
import difflib
import io
import re
import sys

from ..program import FUNCTIONS, KNOWN, Candidate, Candidates, Case, called, origins, stored
from .containers import DICTS
from .names import members_of

_OWN: dict[str, type] = {t.__name__: t for t in (str, list, dict, set, tuple, int, float, bytes, frozenset, bool)}
_OWN["TextIOWrapper"] = io.TextIOWrapper
_SAFE = frozenset("math random json re string itertools functools collections statistics time datetime os".split())
_TABLES = (
    "mean sum max min head tail groupby sort_values sort_index value_counts columns index shape dtype reshape iloc loc "
    "append dropna fillna drop merge join apply describe rename unique reset_index set_index to_csv read_csv astype "
    "isnull isna median std count plot copy"
).split()
_ARRAYS = "sqrt ceil floor randint choice shuffle array zeros arange linspace".split()
#: Of pandas and numpy: what holds many values.
_MANY = re.compile(r"Series|DataFrame|GroupBy|Array|Index|ndarray")
_FIXED = frozenset("append extend insert sort remove pop add update".split())
_FUNCTIONS_OF_VALUES = frozenset("len sum int float str sorted max min abs round print range list reversed".split())
_FUNCTIONS = frozenset({"function", "method", "builtin_function_or_method", "coroutine", "generator"})
_WHOLE = (
    r"slice indices must be|'(?:numpy\.)?float(?:64)?' object cannot be interpreted as an integer"
    r"|indices must be integers(?: or slices)?, not '?float|integer argument expected, got float|only integers, slices"
    r"|integer is required|must be None or an integer|must be an integer|'float' object isn't"
    r"|can't multiply sequence by non-int of type 'float'"
)


def whole_number(case: Case) -> Candidates:
    """A float where Python wants a whole number: `/` instead of `//`."""
    if case.error not in ("TypeError", "IndexError", "ValueError") or not re.search(_WHOLE, case.message):
        return
    back = [*origins(case, case.at(ast.expr))]  # through names, parameters and functions
    line = next((n.lineno for n in back if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)), None)
    if "multiply" in case.message and (line is None or any(called(one) == "input" for one in back)):
        return  # a text, and no number that was divided
    if line is not None or re.search("float|slice", case.message):
        variant = "range" if "interpreted" in case.message else ""
        yield Candidate("integer_division", 0.95, {}, variant, line or case.line)


def attribute(case: Case) -> Candidates:
    """A method or attribute that the type does not have: misspelt, or of another type."""
    found = case.said("AttributeError", r"^(?:type object |module )?'([\w.]+)'(?: object)? has no attribute '(\w+)'")
    if not found or found[1] == "NoneType" or "circular" in case.message:
        return
    kind, name = found[1].rpartition(".")[2], found[2]
    right = _meant(case, kind, name)
    if kind in _FUNCTIONS or right == name:  # it has that name, but nothing has set it yet
        return
    other = [k for k, own in _OWN.items() if hasattr(own, name) and k != kind]
    plain = "file" if kind == "TextIOWrapper" else kind
    words = {"name": name, "kind": plain, "right": right, "other": ", ".join(other[:2])}
    methods = [one for one in case.all(*FUNCTIONS) if case.scope(one) is case.classes.get(kind)]
    for method in methods if kind in case.classes else ():
        is_given = name in {one.arg for one in method.args.args}
        if is_given and method.name != "__init__" and name not in stored(method):  # else `self.` is missing there
            yield Candidate("attribute_typo", 0.97, words | {"function": method.name}, "parameter")
    is_key = any(n.value == name for n in case.all(ast.Constant)) or name in case.bindings
    if kind in DICTS and is_key and not other:
        yield Candidate("wrong_method_for_type", 0.96, words, "key")
    empty = next((n for n in case.all(ast.Assign) if isinstance(n.value, ast.Dict) and not n.value.keys), None)
    if kind == "dict" and name in ("add", "discard") and empty is not None:
        words |= {"at": str(empty.lineno), "path": ast.unparse(empty.targets[0])}
        yield Candidate("wrong_method_for_type", 0.97, words, "braces")
    is_many = kind not in case.classes and _MANY.search(kind) is not None
    if is_many and case.is_bound_elsewhere(name) and not other:
        yield Candidate("wrong_method_for_type", 0.985, words, "column")
    if is_many and "array" not in kind.casefold() and (called_so := KNOWN["tables"].get(name)):
        yield Candidate("wrong_method_for_type", 0.98, words | {"right": called_so}, "table")
    if is_many and kind == "Series" and (name in KNOWN["dates"].split() or hasattr(str, name)):
        yield Candidate("wrong_method_for_type", 0.96, words, "each")
    functions = _FUNCTIONS_OF_VALUES - {"str"} if is_many else _FUNCTIONS_OF_VALUES  # a Series has a `.str`
    if (kind in _OWN and not other or is_many) and name in functions:
        yield Candidate("wrong_method_for_type", 0.97, words, "function")
    if kind in ("tuple", "str", "frozenset") and name in _FIXED:
        yield Candidate("wrong_method_for_type", 0.9, words, "fixed")
    elif other and kind not in case.classes and right.lower() != name.lower():
        yield Candidate("wrong_method_for_type", 0.92, words)
    elif right:
        yield Candidate("attribute_typo", 0.95, words)
    elif kind in case.classes:
        is_used = any(n.attr == name for n in case.all(ast.Attribute))  # else a test uses it
        line = case.line if is_used else case.classes[kind].lineno
        yield Candidate("uninitialised_attribute", 0.8, words, "never", line)
    elif kind in _OWN and (python := KNOWN["foreign"].get(name)) and _fits(kind, python):
        yield Candidate("wrong_method_for_type", 0.95, words | {"right": python}, "foreign")
    else:
        yield Candidate("attribute_typo", 0.7, words, "unknown")


_NEEDED = {"len(": "__len__", " in …": "__iter__", "round(": "__round__"}  #: by a part of what Python writes


def _fits(kind: str, python: str) -> bool:
    """Whether values of a kind have what Python has in place of another language's word."""
    needed = next((own for word, own in _NEEDED.items() if word in python), "__class__")
    own = re.sub(r"\W", "", python) if python[0] == "." else needed
    return hasattr(_OWN[kind], own) and (python[0] != "[" or kind in ("str", "list", "tuple"))


def _meant(case: Case, kind: str, name: str) -> str:
    """The nearest name that the type or module has; empty where none is near."""
    if said := re.search(r"Did you mean: '(\w+)'", case.message):
        return said[1]
    if kind in case.classes:
        known = sorted(members_of(case.classes[kind]))
    elif kind in _OWN:
        known = [n for n in dir(_OWN[kind]) if not n.startswith("_")]
    else:
        known = _TABLES if _MANY.search(kind) else [*_TABLES, *_ARRAYS]
        known = list(vars(sys.modules[kind])) if kind in _SAFE and kind in sys.modules else known
    near = difflib.get_close_matches(name, known, 1, 0.7)
    return near[0] if near else ""


def keys_of_a_loop(case: Case) -> Candidates:
    """A key of a dict, as a loop over it gives it, where one of its values is meant."""
    is_text = case.error == "TypeError" and "'str'" in case.message or "invalid literal" in case.message
    used = {n.id for n in case.at(ast.Name)} if is_text else set()
    for loop in (n for n in case.all(ast.For) if isinstance(n.target, ast.Name) and n.target.id in used):
        if case.kind(loop.iter) == "dict":
            words = {"name": loop.target.id, "other": ast.unparse(loop.iter)}
            yield Candidate("wrong_key_type", 0.97, words, "loop", loop.lineno)


def unpacking(case: Case) -> Candidates:
    """More or fewer values than names; a dict of which only the keys come."""
    few = case.said("ValueError", r"^not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)")
    found = few or case.said("ValueError", r"^too many values to unpack \(expected (\d+)")
    if not found:
        return
    of_dict = any(case.kind(n.iter) in DICTS for n in case.at(ast.For, ast.comprehension))
    words = {"expected": found[1], "got": few[2] if few else "more"}
    variant = "dict" if of_dict else "few" if few else ""
    yield Candidate("unpacking_mismatch", 0.95, words, variant)


def written(case: Case) -> Candidates:
    """`int("Number: ")`: the very words stand there, and nobody was asked."""
    for call in case.at(ast.Call) if "invalid literal" in case.message or "string to float" in case.message else ():
        match call:
            case ast.Call(ast.Name("int" | "float" as kind), [ast.Constant(str(text)), *_]) if text[-1:] in " :?":
                yield Candidate("bad_conversion", 0.97, {"kind": kind, "text": repr(text)}, "written")


def quoted_columns(case: Case) -> Candidates:
    """`"pages" / "days"`: the names of columns are divided, and not the columns."""
    is_column = any(isinstance(one, ast.Subscript) for made in case.at(ast.Assign) for one in made.targets)
    if is_column and case.said("TypeError", "unsupported operand.*'str' and 'str'"):
        for one in case.at(ast.BinOp):
            match one.left, one.right:
                case ast.Constant(str(name)), ast.Constant(str()) if name.isidentifier():
                    yield Candidate("puzzle", 0.97, {"name": name}, "column_text")


RULES = (whole_number, attribute, keys_of_a_loop, unpacking, written, quoted_columns)
