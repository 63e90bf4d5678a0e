"""What is called and how: with too few values, without `self`, without brackets, or not a function at all.

And where a None comes from: a function that only prints, a branch without `return`, a method in place.
"""

import ast
import builtins
import re
from collections.abc import Iterable

from ..program import (
    FUNCTIONS,
    IN_PLACE,
    Candidate,
    Candidates,
    Case,
    Function,
    attributes_of,
    called,
    every,
    inner,
    origins,
    returns,
)
from .names import BUILTINS, shadow_of

_METHODS = frozenset(name for kind in (str, list, dict, set, tuple, bytes, int, float) for name in dir(kind)
                     if not name.startswith("_")) - {"real", "imag"}  # fmt: skip
#: Builtins that want a value, never a function.
_TAKE_PLAIN = frozenset(
    "len sum int float list sorted max min set range enumerate round abs str tuple run zip any all print".split()
)
_SHOWS = (ast.Call, ast.FormattedValue)  #: in which a function itself is never meant, but where a call takes one
_ARGUMENTS = (
    r"positional argument|required keyword|unexpected keyword|multiple values for|expected \d+ argument"
    r"|expected (?:at |exactly )?\w* ?\d* argument|takes (?:exactly|at most|at least|no) "
)


def arguments(case: Case) -> Candidates:
    """Too many, too few, or of a name that is not there; of a method without `self` one more than it takes."""
    if not case.said("TypeError", _ARGUMENTS):
        return
    owner, _, name = case.message.split()[0].removesuffix("()").rpartition(".")
    words = {
        "function": owner if name == "__init__" else name,
        "missing": ", ".join(re.findall(r"'(\w+)'", case.message)),
    }
    if name == "append" and "takes exactly one" in case.message:
        yield Candidate("wrong_arg_count", 0.9, words, "append")
    variant = "keyword" if "unexpected keyword" in case.message else "missing" if words["missing"] else "other"
    if counts := re.search(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)", case.message):
        words |= {"takes": counts[1], "given": counts[2]}
        variant = "many"
        for method in case.functions.get(name, []):
            names = [a.arg for a in method.args.args]
            is_plain = isinstance(case.scope(method), ast.ClassDef) and not method.decorator_list
            if is_plain and names[:1] not in (["self"], ["cls"]) and int(counts[2]) == len(names) + 1:
                yield Candidate("missing_self", 0.97, {"name": "self", "function": name}, "parameter", method.lineno)
    if len(own := case.functions.get(name, [])) == 1 and not case.calls(name):
        yield Candidate("wrong_arg_count", 0.9, words, "test", own[0].lineno)
    yield Candidate("wrong_arg_count", 0.85, words, variant)


def lost_attribute(case: Case) -> Candidates:
    """`self.x = …` was written as `x = …`, or nothing sets it before it is read."""
    found = case.said("AttributeError", r"^'(\w+)' object has no attribute '(\w+)'")
    if not found or found[1] not in case.classes:
        return
    own, name = case.classes[found[1]], found[2]
    methods = {f.name: f for f in own.body if isinstance(f, FUNCTIONS)}
    init = methods.get("__init__")
    for method in methods.values():
        local = [n for n in every(method, ast.Name) if n.id == name]
        if local and isinstance(local[0].ctx, ast.Store):
            sure, words = 0.96 if method is init else 0.8, {"name": name, "function": method.name}
            yield Candidate("missing_self", sure, words, "assigned", local[0].lineno)
    setters = [f.name for f in methods.values() if name in attributes_of(f)]
    if setters:
        line = own.lineno if init is None else init.end_lineno or 0
        yield Candidate("uninitialised_attribute", 0.93, {"name": name, "function": setters[0]}, line=line)


def not_callable(case: Case) -> Candidates:
    """Round brackets after what is no function."""
    found = case.said("TypeError", r"^'([\w.]+)' object is not callable")
    if not found:
        return
    kind = found[1]
    for call in case.at(ast.Call):
        code = ast.unparse(call.func)
        match call.func:
            case ast.Name() as func:
                yield from _called_name(case, func, kind)
            case ast.Tuple() | ast.List() | ast.Dict() | ast.JoinedStr() | ast.Constant(str()) as func:
                words = {"left": code, "right": "(…)"}
                yield Candidate("missing_comma", 0.95, words, "called", func.end_lineno or 0)
            case ast.Attribute(_, name) if hidden := _hidden(case, name):
                yield Candidate("not_callable_parens", 0.97, {"name": name}, "hidden", hidden)
            case func:
                variant = "attribute" if isinstance(func, ast.Attribute) else ""
                variant = "operator" if isinstance(func, (ast.Constant, ast.BinOp, ast.UnaryOp)) else variant
                yield Candidate("not_callable_parens", 0.9, {"name": code, "kind": kind}, variant, call.lineno)
    yield Candidate("not_callable_parens", 0.5, {"name": kind, "kind": kind})


def _hidden(case: Case, name: str) -> int:
    """The line where a class's method gives objects a value under the name of another method; 0 for none."""
    own = (each for each in map(case.scope, case.functions.get(name, ())) if isinstance(each, ast.ClassDef))
    made = (one for each in own for one in every(each, ast.Attribute) if isinstance(one.ctx, ast.Store))
    return next((one.lineno for one in made if one.attr == name), 0)


def _called_name(case: Case, name: ast.Name, kind: str) -> Candidates:
    line, words = shadow_of(case, name.id, name), {"name": name.id, "kind": kind}
    if line is not None:
        yield Candidate("shadowed_builtin", 0.97, words, line=line)
    elif name.id not in BUILTINS | case.functions.keys():
        variant = "operator" if kind in ("int", "float") else ""
        yield Candidate("not_callable_parens", 0.93, words, variant, name.lineno)


#: What a TypeError says of an object → what was done with it.
_DONE = {"has no len": "len(…)", "argument of type": "in", "not iterable": "for … in …", "not subscriptable": "…[…]",
         "item assignment": "…[…] = …", "item deletion": "del …[…]"}  # fmt: skip


def special_method(case: Case) -> Candidates:
    """An object of an own class is counted, gone through or added, and the class does not say how."""
    own = next((name for name in re.findall(r"'(\w+)'", case.message) if name in case.classes), "")
    if case.error != "TypeError" or not own:
        return
    sign = re.search(r"(?:for |')([^\s\w:']+)(?::|' not supported)", case.message)
    done = next((code for text, code in _DONE.items() if text in case.message), sign[1] if sign else "")
    sides = {ast.unparse(side) for one in case.at(ast.BinOp) for side in (one.left, one.right)}
    if done and "self" in sides:
        yield Candidate("special_method", 0.96, {}, "self")
    elif done:
        yield Candidate("special_method", 0.93, {"name": own, "code": done}, line=case.classes[own].lineno)


def missing_call(case: Case) -> Candidates:
    """A method or function without its brackets, or with square ones: what is used is the function itself."""
    whole = case.said("AttributeError", r"^type object '(\w+)' has no attribute")
    if whole and hasattr(builtins, whole[1]):
        yield Candidate("missing_call", 0.97, {"name": whole[1]})
    of_class = whole or case.said("TypeError", r"^(\w+)\.\w+\(\) missing 1 required positional argument: 'self'")
    for made in case.all(ast.Assign) if of_class and of_class[1] in case.classes else ():
        if isinstance(made.value, ast.Name) and of_class is not None and made.value.id == of_class[1]:
            yield Candidate("missing_call", 0.97, {"name": of_class[1]}, "class", made.lineno)
    speaks = re.search(r"builtin_function_or_method|method|function|'type'|coroutine was expected", case.message)
    if case.error in ("TypeError", "AttributeError", "ValueError") and speaks:
        here = case.at(ast.expr)
        for one in here if "not subscriptable" in case.message else ():
            match one:
                case ast.Subscript(ast.Name(name) | ast.Attribute(_, name)):
                    yield Candidate("missing_call", 0.98, {"name": name}, "square", one.lineno)
        made = [value for n in here if isinstance(n, ast.Name) for value in case.values(n.id, n)]
        made.sort(key=lambda value: value in here)  # what was made above
        used = [*made, *here] if case.error == "AttributeError" else [*here, *made]  # of what is it an attribute?
        yield from _uncalled(case, used, 0.93)
        for node in used:  # the error speaks of a method: an attribute that is read and not called
            if isinstance(node, ast.Attribute) and not isinstance(case.parents[node], (ast.Attribute, ast.Call)):
                yield Candidate("missing_call", 0.8, {"name": node.attr}, line=node.lineno)
    elif case.is_silent:
        tests = (ast.If, ast.While, ast.Compare, ast.BoolOp, ast.Assert, ast.Assign, ast.IfExp, ast.Expr, ast.UnaryOp)
        yield from _uncalled(case, (n for n in case.nodes if isinstance(case.parents.get(n), tests)), 0.86)
        shown = (n for n in case.nodes if isinstance(n, ast.Name) and isinstance(case.parents.get(n), _SHOWS))
        yield from _uncalled(case, (n for n in shown if _is_plain_function(case, n)), 0.96)


def _uncalled(case: Case, nodes: Iterable[ast.AST], sure: float) -> Candidates:
    found = (n for n in nodes if isinstance(n, (ast.Name, ast.Attribute)) and _is_function(case, n))
    for node in list(found)[:1]:
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        yield Candidate("missing_call", sure, {"name": name}, line=node.lineno)


def _is_plain_function(case: Case, node: ast.Name) -> bool:
    """Whether a name is only ever a function's, no method's, and goes into no function of the program."""
    made = case.bindings.get(node.id, ())
    is_plain = all(isinstance(one, FUNCTIONS) and not isinstance(case.scope(one), ast.ClassDef) for one in made)
    return is_plain and called(case.parents[node]) not in case.functions


def _is_function(case: Case, node: ast.Name | ast.Attribute) -> bool:
    """Whether an expression is a function that nobody calls."""
    above = case.parents.get(node)
    is_called = isinstance(above, ast.Call) and (above.func is node or called(above) not in _TAKE_PLAIN)
    if is_called or isinstance(above, ast.keyword) or not isinstance(node.ctx, ast.Load):
        return False
    if isinstance(node, ast.Name):
        is_alone = isinstance(above, ast.Expr) and callable(getattr(builtins, node.id, None))
        return node.id in case.functions or is_alone and not case.values(node.id, node)
    own = [f for f in case.functions.get(node.attr, []) if isinstance(case.scope(f), ast.ClassDef)]
    is_drawn = isinstance(above, ast.Expr) and isinstance(node.value, ast.Name) and node.value.id == "plt"
    is_drawn = is_drawn and node.attr.islower()  # and not `rcParams`
    is_method = bool(own) or is_drawn or node.attr in _METHODS and node.attr not in attributes_of(case.tree)
    return is_method and not any(f.decorator_list for f in own)


def none_used(case: Case) -> Candidates:
    """An error that speaks of None: follow the value back to where it was made."""
    if "NoneType" not in case.message or case.error not in ("TypeError", "AttributeError"):
        return
    here, message = case.at(), case.message
    bases = [n.value for n in here if isinstance(n, ast.Attribute) and f"'{n.attr}'" in message]
    back = origins(case, bases or [n for n in here if isinstance(n, ast.expr)])
    calls = (from_call(case, node) for node in back if isinstance(node, ast.Call))
    unknown = Candidate("none_return", 0.6, {"function": ""}, "unknown")
    yield next(filter(None, calls), unknown)


def from_call(case: Case, call: ast.Call) -> Candidate | None:
    """What gives None in a call: `print`, a method in place, a function that comes to its end without a value."""
    name = called(call)
    functions = case.functions.get(name, [])
    if functions and not isinstance(functions[0], ast.AsyncFunctionDef):
        return without_value(case, functions[0])
    if isinstance(case.parents.get(call), ast.Expr):
        return None
    if name == "print" and isinstance(call.func, ast.Name):
        return Candidate("none_return", 0.93, {"function": "print"}, "printed", call.lineno)
    is_method = isinstance(call.func, ast.Attribute)
    if is_method and name == "get" and len(call.args) == 1:
        return Candidate("missing_key", 0.85, {"key": ast.unparse(call.args[0])}, "get", call.lineno)
    if is_method and name in IN_PLACE or any(k.arg == "inplace" for k in call.keywords):
        return Candidate("none_return", 0.95, {"function": name}, "in_place", call.lineno)
    return None


def without_value(case: Case, function: Function) -> Candidate | None:
    """The line of a function from which it comes to its end without a value; None where it never does."""
    if inner(function, ast.Yield, ast.YieldFrom) or function.name == "__init__":
        return None
    words = {"function": function.name}
    given = [r for r in returns(function) if r.value is not None]
    last = _falls(function.body)
    if last is None:  # `return print(…)`, `return items.sort()`
        calls = [r.value for r in given if isinstance(r.value, ast.Call) and called(r.value) != function.name]
        return next(filter(None, (from_call(case, one) for one in calls)), None)
    value = last.value if given and isinstance(last, ast.Expr) else None
    if isinstance(value, ast.BinOp) or called(value) == function.name:
        return Candidate("none_return", 0.95, {**words, "code": ast.unparse(last)}, "dropped", last.lineno)
    end = _end(last).lineno
    if given:
        line, variant = (end, "loop") if isinstance(last, (ast.For, ast.While)) else (last.lineno, "branch")
        return Candidate("none_return", 0.9, words, variant, line)
    prints = (n.lineno for n in every(function, ast.Call) if called(n) == "print")
    shown = [one for one in prints if one in (end, function.body[-1].lineno)]
    line, variant = (shown[-1], "print") if shown else (end, "forgotten")
    return Candidate("none_return", 0.95, words, variant, line)


def _end(node: ast.stmt) -> ast.stmt:
    """The last line of a statement with blocks."""
    while block := getattr(node, "finalbody", None) or getattr(node, "orelse", None) or getattr(node, "body", None):
        node = block[-1]
    return node


def _falls(body: list[ast.stmt]) -> ast.stmt | None:
    """The statement by which a block comes to its end; None where each way returns or raises."""
    match last := body[-1]:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break() | ast.Match():  # a match may cover all
            return None
        case ast.If():
            return _falls(last.body) or (_falls(last.orelse) if last.orelse else last)
        case ast.With() | ast.AsyncWith():
            return _falls(last.body)
        case ast.While(ast.Constant(value)) if value:
            return None
        case ast.Try():
            blocks = (last.finalbody, *(h.body for h in last.handlers), last.orelse or last.body)
            return next(filter(None, map(_falls, filter(None, blocks))), None)
    return last


def raised(case: Case) -> Candidates:
    """The error that the program raises itself."""
    errors = (one.exc for one in case.at(ast.Raise) if one.exc is not None)
    if any((called(one) or ast.unparse(one)) == case.error for one in errors):
        yield Candidate("puzzle", 0.97, {}, "raised")


RULES = (raised, none_used, arguments, lost_attribute, not_callable, special_method, missing_call)
