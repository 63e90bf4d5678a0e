"""Likely mistakes that can be seen in a program that raised nothing: for hints and reviews before it passes."""

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from .explanation import Explanation, explain_error, explanation_of, found_by, read
from .program import (
    IN_PLACE,
    Candidate,
    Candidates,
    Case,
    called,
    changed_by,
    every,
    inner,
    is_value,
    names_in,
    returns,
)
from .rules import silent
from .rules.calls import from_call, missing_call, without_value
from .seen import Seen

_NEW = frozenset(
    "dropna fillna sort_values rename reset_index drop astype assign drop_duplicates set_index sort_index replace"
    " upper lower strip lstrip rstrip title capitalize split join format copy".split()
)
_NEW_PLAIN = frozenset("sorted reversed round abs str int float len sum max min".split())
_ERROR = re.compile(r"\w+\W+(?:f\W)?[A-Z]\w*(?:Error|Exception)\b")
_LEAVES = (ast.Return, ast.Break, ast.Continue, ast.Raise)


#: How likely a mistake must be to be told.
LIKELY = 0.7


@lru_cache(maxsize=64)
def mistakes_in(source: str, language: str = "en") -> Sequence[Explanation]:
    """What is likely wrong, the likeliest first, one a line; where Python cannot read it, that. Nothing is run."""
    tree, broken = read(source)
    if tree is None:
        return [explain_error(source, broken, language)] if broken.type else []
    found = found_by((*RULES, *silent.RULES), Case(source, tree, Seen()))
    likely = sorted((one for one in found if one.sure >= LIKELY), key=lambda one: (one.sure, -one.line))
    by_line = {one.line: one for one in likely}
    return [explanation_of(one, one.line, "", language) for one in reversed(by_line.values())]


#: Mistakes wherever they are: what a line works out comes nowhere.
LOST_RESULTS = frozenset({"unused", "not_returned"})
LOST = LOST_RESULTS | {"missing_call"}  #: or a function stands without its brackets


def lost_in(source: str) -> frozenset[str]:
    """What a program seems to lose: results, or the call of a function."""
    return LOST.intersection(part for one in mistakes_in(source) for part in (one.variant, one.cause))


def _puzzle(node: ast.AST, variant: str, sure: float, **words: str) -> Candidate:
    return Candidate("puzzle", sure, words, variant, getattr(node, "lineno", 1))


def nothing_back(case: Case) -> Candidates:
    """A path without `return`; the None of `print` or of a method in place, used or printed."""
    for function in case.all(ast.FunctionDef):
        path = without_value(case, function)
        if path is None:
            continue
        if any(one.value for one in returns(function)):
            yield replace(path, sure=LIKELY)
            continue
        is_open = any(isinstance(node, (ast.Pass, ast.Raise)) for node in function.body)
        if not (is_open or returns(function) or function.name.startswith("__")):
            is_used = any(not isinstance(case.parents[call], ast.Expr) for call in case.calls(function.name))
            if path.variant == "print" or is_used or not _acts(function):
                yield replace(path, sure=0.95 if is_used else LIKELY)
    for call in case.all(ast.Call):
        is_used = isinstance(case.parents[call], (ast.Assign, ast.Call, ast.Return))
        found = from_call(case, call) if is_used and called(call) not in case.functions else None
        if found is not None and found.cause == "none_return":
            yield found


def _acts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function changes more than its own names."""
    given = {one.arg for one in function.args.args}
    for one in inner(function):
        match one:
            case ast.Attribute(ctx=ast.Store()) | ast.Global() | ast.Nonlocal():
                return True
            case ast.AugAssign(ast.Name(name), _, value) if name in given and not isinstance(value, ast.Constant):
                return True  # maybe a list
        if changed_by(one):
            return True
    return False


def unused(case: Case) -> Candidates:
    """A value that is worked out and kept nowhere; a line after `return`."""
    for statement in case.all(ast.Expr):
        value = statement.value
        is_last = statement is case.tree.body[-1]  # a cell's last line is shown by the notebook itself
        if isinstance(value, ast.BinOp) or (isinstance(value, ast.Call) and not is_last and _gives(case, value)):
            function = case.above(statement, ast.FunctionDef)
            path = without_value(case, function) if function is not None else None
            if path is not None and path.line == statement.lineno:
                yield replace(path, sure=0.94)
            else:
                is_own = function is not None and called(value) == function.name
                yield _puzzle(statement, "not_returned" if is_own else "unused", 0.92, code=ast.unparse(value))
    for above in case.nodes:
        body = getattr(above, "body", None)
        for leaves in body[:-1] if isinstance(body, list) else ():
            if isinstance(leaves, _LEAVES):
                yield _puzzle(leaves, "unreachable", 0.9)


def _gives(case: Case, call: ast.Call) -> bool:
    """Whether a call only gives a value, and changes and shows nothing."""
    name = called(call)
    if not isinstance(call.func, ast.Name):
        is_inplace = any(k.arg == "inplace" for k in call.keywords)
        return name in _NEW and not is_inplace and is_value(case, call.func)
    if name not in case.functions:
        return name in _NEW_PLAIN
    own = case.functions[name][0]
    return bool(returns(own)) and not _acts(own) and all(called(one) != "print" for one in inner(own))


def overwritten(case: Case) -> Candidates:
    """In a loop: a total that each round replaces, or that each round begins anew."""
    for loop in case.all(ast.For, ast.While):
        nodes = [node for step in loop.body for node in ast.walk(step)]
        grown: list[ast.expr] = [one.target for one in nodes if isinstance(one, ast.AugAssign)]
        grown += [one for node in nodes for one in changed_by(node)]
        reads = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        for step in (s for s in loop.body if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)):
            name = ast.unparse(step.targets[0])
            values = [value for value in case.values(name, step) if value.lineno < loop.lineno]
            began = any(isinstance(value, (ast.Constant, ast.List)) for value in values)
            used = isinstance(loop, ast.For) and names_in(loop.target) & names_in(step.value)
            if began and used and name not in reads:
                yield _puzzle(step, "overwritten", 0.85, name=name)
            is_later = any(n.id == name and n.lineno > loop.end_lineno for n in case.all(ast.Name))
            if is_later and name in map(ast.unparse, grown) and not names_in(step.value):
                yield _puzzle(step, "begun_anew", 0.92, name=name)


def conditions(case: Case) -> Candidates:
    """`x == 1 or 2`, a text compared with a number."""
    for either in case.all(ast.BoolOp):
        bare = [v for v in either.values if isinstance(v, ast.Constant) and not isinstance(v.value, bool)]
        word = "or" if isinstance(either.op, ast.Or) else "and"
        if bare and any(isinstance(v, ast.Compare) for v in either.values):
            yield _puzzle(bare[0], "bare_side", 0.95, code=ast.unparse(bare[0]), word=word)
        elif len(bare) == len(either.values) and isinstance(case.parents[either], ast.Compare):
            yield _puzzle(either, "one_side", 0.95, code=ast.unparse(either), word=word)
    for compare in case.all(ast.Compare):
        kinds = {case.kind(compare.left), case.kind(compare.comparators[0])}
        if kinds in ({"str", "int"}, {"str", "float"}) and isinstance(compare.ops[0], (ast.Eq, ast.NotEq)):
            yield Candidate("str_plus_int", 0.93, {}, "compare", compare.lineno)


def texts(case: Case) -> Candidates:
    """Braces without `f`, a name in quotes; `:.2` or `:2f` for `:.2f`, `/n`; what is not called, or not raised."""
    for gap in case.all(ast.FormattedValue):
        form = ast.unparse(gap.format_spec)[2:-1] if gap.format_spec is not None else ""
        if re.fullmatch(r"\.\d+", form) and case.kind(gap.value) != "str":
            yield _puzzle(gap.value, "digits", 0.85, code=form)
        if re.fullmatch(r"[1-9]f", form):
            yield _puzzle(gap.value, "width", 0.93, code=form)
        if (name := ast.unparse(gap.value)) in case.functions:
            yield Candidate("missing_call", 0.95, {"name": name}, line=gap.value.lineno)
    for shown, given in ((one, given) for one in case.calls("print") for given in one.args):
        if isinstance(given, ast.Attribute) and given.attr in _NEW | IN_PLACE:
            yield Candidate("missing_call", 0.95, {"name": ast.unparse(given)}, line=given.lineno)
        for name in [name for name in case.bindings if "{" + name in str(getattr(given, "value", ""))][:1]:
            yield _puzzle(given, "braces", 0.93, name=name)
        is_alone = not names_in(shown) & case.bindings.keys()  # else it may be a word beside a value
        if isinstance(given, ast.Constant) and given.value in case.bindings and is_alone:
            yield _puzzle(given, "quoted", 0.93, name=given.value)
    for said in case.all(ast.Constant):
        if isinstance(said.value, str) and re.search(r"/n(?![a-z])", said.value):
            yield _puzzle(said, "slash", 0.93)
    for step in case.all(ast.Assign):
        match step.targets:
            case [ast.Attribute(ast.Name("plt"), name)]:
                yield _puzzle(step, "no_call", 0.95, code=f"plt.{name}")
    for step in (*case.all(ast.Return), *case.calls("print")):
        if _ERROR.match(ast.unparse(step)):
            yield _puzzle(step, "no_raise", 0.96)


def signs_turned(case: Case) -> Candidates:
    """`total =+ x`, which gives the name the value with a sign."""
    for step in case.all(ast.Assign):
        match step.value:
            case ast.UnaryOp(ast.UAdd()):
                yield _puzzle(step, "sign_turned", 0.93, name=ast.unparse(step.targets[0]))


def empty_ranges(case: Case) -> Candidates:
    """A `range` that is to go down and has no step: `range(start, 1)`."""
    for call in case.calls("range"):
        match call.args:
            case [start, ast.Constant(0 | 1) | ast.UnaryOp()] if not isinstance(start, (ast.Constant, ast.UnaryOp)):
                yield _puzzle(call, "empty_range", 0.92, code=ast.unparse(call))


def kept_nowhere(case: Case) -> Candidates:
    """In a method: a name that the object has, given a value without `self.`, and not read any more."""
    kept = {n.attr for n in case.all(ast.Attribute) if isinstance(n.value, ast.Name) and n.value.id == "self"}
    for method in case.all(ast.FunctionDef):
        reads = {n.id for n in every(method, ast.Name) if isinstance(n.ctx, ast.Load)}
        for step in every(method, ast.Assign) if isinstance(case.scope(method), ast.ClassDef) else ():
            if (name := ast.unparse(step.targets[0])) in kept - reads:
                words = {"name": name, "function": method.name}
                yield Candidate("missing_self", 0.95, words, "assigned", step.lineno)


RULES = (
    missing_call,
    nothing_back, unused, overwritten, conditions, texts, signs_turned, empty_ranges, kept_nowhere,
)  # fmt: skip
