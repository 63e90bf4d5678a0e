"""What is called and how: with too few values, without `self`, without brackets, or not a function at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, Function, called
from .names import BUILTINS
from .shadows import shadow_of

_METHODS = frozenset(name for kind in (str, list, dict, set, tuple, bytes, int, float) for name in dir(kind)
                     if not name.startswith("_"))  # fmt: skip
_FUNCTION_TYPES = re.compile(r"'?(builtin_function_or_method|method|function|method_descriptor|type)'?")


_ARGUMENTS = (
    r"positional argument|required keyword|unexpected keyword|multiple values for|expected \d+ argument"
    r"|expected (?:at |exactly )?\w* ?\d* argument|takes (?:exactly|at most|at least|no) "
)


def arguments(case: Case) -> Iterator[Candidate]:
    """Too many, too few, or of a name that is not there."""
    if case.error != "TypeError" or not re.search(_ARGUMENTS, case.message):
        return
    name = re.match(r"(?:[\w.<>]*\.)?(\w+)(?:\(\))?", case.message)
    function = name[1] if name else ""
    words = {"function": function, "missing": ", ".join(re.findall(r"'(\w+)'", case.message))}
    yield from _self(case, function)
    if function in BUILTINS and (at := shadow_of(case, function)) is not None:
        yield Candidate(at, "shadowed_builtin", 0.96, {"name": function}, "function")
    counts = re.search(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)", case.message)
    variant = "missing"
    if counts:
        words |= {"takes": counts[1], "given": counts[2]}
        variant = "many"
    elif "unexpected keyword" in case.message:
        variant = "keyword"
    elif "missing" not in case.message:
        variant = "other"
    if function == "__init__":
        own = re.match(r"(\w+)\.__init__", case.message)
        words["function"] = own[1] if own else function
    line = _call_line(case, function)
    yield Candidate(line, "wrong_arg_count", 0.85, words, variant)


def _call_line(case: Case, function: str) -> int:
    """Where it is called: in a statement of many lines the call's own."""
    calls = [c for c in case.calls_at() if called(c) == function]
    return calls[0].lineno if len(calls) == 1 else case.line


def _self(case: Case, name: str) -> Iterator[Candidate]:
    """A method whose brackets lack `self`: Python gives one value more than it takes."""
    counts = re.search(r"takes (\d+) positional arguments? but (\d+) (?:was|were) given", case.message)
    methods = [f for f in case.functions.get(name, []) if isinstance(case.scope(f), ast.ClassDef)]
    for method in methods:
        names = [a.arg for a in (*method.args.posonlyargs, *method.args.args)]
        is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list)
        lacks = not is_static and names[:1] != ["self"] and names[:1] != ["cls"]
        if counts and lacks and int(counts[2]) == len(names) + 1:
            yield Candidate(method.lineno, "missing_self", 0.97, {"name": "self", "function": name}, "parameter")
        elif lacks and "multiple values" in case.message:
            yield Candidate(method.lineno, "missing_self", 0.9, {"name": "self", "function": name}, "parameter")
    missing = re.search(r"missing \d+ required positional arguments?: .*'(\w+)'", case.message)
    for method in methods:
        call = next((c for c in case.calls_at() if called(c) == name), None)
        if missing and call is not None and isinstance(call.func, ast.Attribute):
            is_class = isinstance(call.func.value, ast.Name) and call.func.value.id in case.classes
            if is_class and "'self'" in case.message:
                words = {"name": "self", "function": name}
                yield Candidate(case.line, "missing_call", 0.86, words | {"name": case.text(call.func.value)}, "class")
            first = [a.arg for a in method.args.args][:1]
            if not is_class and first and first != ["self"] and first != ["cls"] and not method.decorator_list:
                yield Candidate(method.lineno, "missing_self", 0.93, {"name": "self", "function": name}, "parameter")


def lost_attribute(case: Case) -> Iterator[Candidate]:
    """`self.x = …` was written as `x = …`, or nothing sets it before it is read."""
    found = re.match(r"'(\w+)' object has no attribute '(\w+)'", case.message)
    if case.error != "AttributeError" or not found or found[1] not in case.classes:
        return
    own, name = case.classes[found[1]], found[2]
    yield from _init_misspelt(own, name)
    for method in (f for f in own.body if isinstance(f, FUNCTIONS)):
        locals_ = [
            n for n in ast.walk(method) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
        ]
        if locals_:
            sure = 0.96 if method.name == "__init__" else 0.8
            words = {"name": name, "function": method.name}
            yield Candidate(locals_[0].lineno, "missing_self", sure, words, "assigned")
    stores = [
        n for n in ast.walk(own) if isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store)
    ]
    init = next((f for f in own.body if isinstance(f, FUNCTIONS) and f.name == "__init__"), None)
    words = {"name": name, "kind": found[1], "function": _function_of(case, stores)}
    if stores:
        line = case.line
        if init is not None:
            line = init.body[-1].end_lineno or init.body[-1].lineno
        if init is None or _base_lacks_super(case, own, init):
            line = init.lineno if init is not None else own.lineno
        yield Candidate(line, "uninitialised_attribute", 0.93, words)
    bases = [case.classes[b.id] for b in own.bases if isinstance(b, ast.Name) and b.id in case.classes]
    for base in bases:
        inherited = any(
            isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store) for n in ast.walk(base)
        )
        if (
            inherited
            and init is not None
            and "super" not in {called(c) for c in ast.walk(init) if isinstance(c, ast.Call)}
        ):
            yield Candidate(init.lineno, "uninitialised_attribute", 0.96, words, "super")


def _init_misspelt(own: ast.ClassDef, name: str) -> Iterator[Candidate]:
    """A method like `_init_` or `__int__` is never called by itself."""
    names = [f for f in own.body if isinstance(f, FUNCTIONS)]
    for method in names:
        is_meant = re.fullmatch(r"_*(?:init|int|inti|initt?|intit)_*", method.name) and method.name != "__init__"
        if is_meant and any(isinstance(n, ast.Attribute) and n.attr == name for n in ast.walk(method)):
            words = {"name": method.name, "right": "__init__", "kind": own.name}
            yield Candidate(method.lineno, "uninitialised_attribute", 0.97, words | {"function": method.name}, "init")


def _base_lacks_super(case: Case, own: ast.ClassDef, init: Function) -> bool:
    return bool(own.bases) and not any(called(c) == "super" for c in ast.walk(init) if isinstance(c, ast.Call))


def _function_of(case: Case, stores: list[ast.Attribute]) -> str:
    return getattr(case.scope(stores[0]), "name", "") if stores else ""


def not_callable(case: Case) -> Iterator[Candidate]:
    """Round brackets after what is no function."""
    found = re.match(r"'([\w.]+)' object is not callable", case.message)
    if case.error != "TypeError" or not found:
        return
    kind = found[1]
    for call in case.calls_at():
        if isinstance(call.func, ast.Name):
            yield from _called_name(case, call.func, kind)
        elif isinstance(call.func, ast.Attribute):
            yield from _called_attribute(case, call.func, kind)
        elif isinstance(call.func, (ast.Tuple, ast.List, ast.Dict, ast.JoinedStr)) or _is_text(call.func):
            line = call.func.end_lineno or call.lineno
            words = {"left": case.text(call.func), "right": "(…)"}
            sure = 0.95 if call.lineno == case.line or line == case.line else 0.85
            yield Candidate(line, "missing_comma", sure, words, "called")
        elif isinstance(call.func, (ast.Constant, ast.BinOp, ast.UnaryOp)):
            yield Candidate(
                call.lineno, "not_callable_parens", 0.94, {"name": case.text(call.func), "kind": kind}, "operator"
            )
        elif isinstance(call.func, ast.Call):
            yield Candidate(call.lineno, "not_callable_parens", 0.6, {"name": case.text(call.func), "kind": kind})
        elif isinstance(call.func, ast.Subscript):
            yield Candidate(call.lineno, "not_callable_parens", 0.8, {"name": case.text(call.func), "kind": kind})
    if kind == "module":
        yield Candidate(case.line, "wrong_method_for_type", 0.6, {"kind": "module", "name": ""}, "module")
    yield Candidate(case.line, "not_callable_parens", 0.5, {"name": kind, "kind": kind})


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _called_name(case: Case, name: ast.Name, kind: str) -> Iterator[Candidate]:
    at = shadow_of(case, name.id, name)
    if at is not None:
        yield Candidate(at, "shadowed_builtin", 0.97, {"name": name.id})
        return
    functions = name.id in case.functions or name.id in case.classes
    values = case.values(name.id, name)
    if functions and values:
        yield Candidate(values[0].lineno, "shadowed_builtin", 0.93, {"name": name.id}, "own")
        return
    if name.id in BUILTINS or functions:
        return
    variant = "operator" if kind in ("int", "float") else ""
    yield Candidate(name.lineno, "not_callable_parens", 0.93, {"name": name.id, "kind": kind}, variant)


def _called_attribute(case: Case, attribute: ast.Attribute, kind: str) -> Iterator[Candidate]:
    """An attribute of the same name as a method covers it."""
    methods = [f for f in case.functions.get(attribute.attr, []) if isinstance(case.scope(f), ast.ClassDef)]
    stores = [n for n in case.all(ast.Attribute) if n.attr == attribute.attr and isinstance(n.ctx, ast.Store)]
    properties = [m for m in methods if any(getattr(d, "id", "") == "property" for d in m.decorator_list)]
    if properties:
        yield Candidate(
            attribute.lineno, "not_callable_parens", 0.9, {"name": attribute.attr, "kind": kind}, "attribute"
        )
    elif methods and stores:
        yield Candidate(stores[0].lineno, "shadowed_builtin", 0.93, {"name": attribute.attr}, "method")
    else:
        words = {"name": case.text(attribute), "kind": kind}
        yield Candidate(attribute.lineno, "not_callable_parens", 0.86, words, "attribute")


def missing_call(case: Case) -> Iterator[Candidate]:
    """A method or function without its brackets: what is used is the function itself."""
    if case.error not in ("TypeError", "AttributeError", "AssertionError", "KeyError", "ValueError", ""):
        return
    speaks = (
        _FUNCTION_TYPES.search(case.message) is not None
        or "bound method" in case.message
        or "<function" in case.message
    )
    for node in case.at():
        if isinstance(node, ast.Subscript) and "subscriptable" in case.message and speaks:
            yield from _square(case, node)
    if (
        case.error in ("TypeError", "AttributeError", "ValueError")
        and speaks
        or "coroutine was expected" in case.message
    ):
        yield from _uncalled(case, case.at(), 0.93)
        yield from _unknown_method(case)
    elif case.is_silent:
        nodes = [n for n in case.nodes if _is_tested(case, n)]
        yield from _uncalled(case, nodes, 0.86)


def _square(case: Case, node: ast.Subscript) -> Iterator[Candidate]:
    """`len[x]`, `items.append[3]`."""
    name = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
    is_value = isinstance(node.value, ast.Name) and bool(case.values(name, node.value))
    if name and not is_value:
        yield Candidate(node.lineno, "not_callable_parens", 0.95, {"name": name, "kind": "function"}, "square")


def _is_tested(case: Case, node: ast.AST) -> bool:
    """Whether a bare method or function is used as a value: in `if`, in a comparison, in an assert."""
    above = case.parents.get(node)
    if isinstance(above, ast.UnaryOp):
        return True
    return isinstance(above, (ast.If, ast.While, ast.Compare, ast.BoolOp, ast.Assert, ast.Assign, ast.IfExp, ast.Expr))


def _uncalled(case: Case, nodes: list[ast.AST], sure: float) -> Iterator[Candidate]:
    for node in nodes:
        if isinstance(node, ast.expr):
            found = _function_value(case, node)
            if found is not None:
                yield Candidate(found.lineno, "missing_call", sure, {"name": _bare(found)}, "")
                return
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                for value in case.values(node.id, node):
                    if (found := _function_value(case, value)) is not None:
                        yield Candidate(found.lineno, "missing_call", sure, {"name": _bare(found)}, "")
                        return


def _unknown_method(case: Case) -> Iterator[Candidate]:
    """The error speaks of a method: an attribute that is read and not called, whatever it belongs to."""
    used = [n for n in case.at() if isinstance(n, ast.expr)]
    used += [v for n in used if isinstance(n, ast.Name) for v in case.values(n.id, n)]
    for node in used:
        above = case.parents.get(node)
        is_called = isinstance(above, ast.Call) and above.func is node
        if isinstance(node, ast.Attribute) and not is_called and not isinstance(above, ast.Attribute):
            yield Candidate(node.lineno, "missing_call", 0.8, {"name": node.attr})
            return


def _bare(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _function_value(case: Case, node: ast.expr) -> ast.expr | None:
    """The expression, where it is a function that nobody calls."""
    above = case.parents.get(node)
    if isinstance(above, ast.Call) and above.func is node:
        return None
    if isinstance(above, (ast.Call, ast.keyword)) and not _takes_plain(above):
        return None
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        own = [f for f in case.functions.get(node.attr, []) if isinstance(case.scope(f), ast.ClassDef)]
        if any(getattr(d, "id", "") in ("property", "cached_property") for f in own for d in f.decorator_list):
            return None
        stored = any(
            isinstance(n, ast.Attribute) and n.attr == node.attr and isinstance(n.ctx, ast.Store) for n in case.nodes
        )
        of_module = isinstance(node.value, ast.Name) and node.value.id in case.imported
        if own or (node.attr in _METHODS and not stored and not of_module and node.attr not in ("real", "imag")):
            return node
        if of_module and node.attr in ("random", "time", "now", "today", "getcwd", "input"):
            return node
    if isinstance(node, ast.Name) and node.id in case.functions and isinstance(node.ctx, ast.Load):
        return node
    return None


def _takes_plain(node: ast.AST) -> bool:
    """Builtins that want a value, never a function."""
    return isinstance(node, ast.Call) and called(node) in (
        "len",
        "sum",
        "int",
        "float",
        "list",
        "sorted",
        "max",
        "min",
        "set",
        "range",
        "enumerate",
        "round",
        "abs",
        "str",
        "tuple",
        "run",
        "zip",
        "any",
        "all",
        "print",
    )


RULES = (arguments, lost_attribute, not_callable, missing_call)
