"""Names that mean nothing, or not what they seem: misspelt, too early, elsewhere, unquoted, not imported."""

import ast
import builtins
import difflib
from typing import Any

from ..program import (
    DEFINITIONS,
    FUNCTIONS,
    KNOWN,
    Candidate,
    Candidates,
    Case,
    attributes_of,
    called,
    names_in,
    returns,
    targets,
)

MODULES = {name: module for module, some in KNOWN["modules"].items() for name in some.split()}
STANDARD = frozenset(KNOWN["standard"].split())
BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_ALIASES = ("np", "pd", "plt", "sns")


def undefined(case: Case) -> Candidates:
    """NameError: the name that Python does not know."""
    found = case.said("NameError", r"^(?:free variable|name) '(\w+)'")
    if not found:
        return
    name = found[1]
    if not name.strip("_"):
        yield Candidate("gap", 0.99)
    if name == "NaN":
        yield Candidate("name_typo", 0.96, {"name": name}, "hole")
    if name in case.seen.above:
        yield Candidate("use_before_definition", 0.98, {"name": name}, "above")
    for look in (_of_object, _not_imported, _elsewhere, _later, _of_loop, _misspelt, _unquoted):
        yield from look(case, name)
    yield Candidate("name_typo", 0.3, {"name": name}, "unknown")


def _of_loop(case: Case, name: str) -> Candidates:
    """A place in a list, `xs[i]`, in a loop that goes through the values themselves."""
    if name in case.bindings:
        return
    used = [one for one in case.all(ast.Subscript) if isinstance(one.slice, ast.Name) and one.slice.id == name]
    for loop in case.all(ast.For):
        is_within = any(loop.lineno < one.lineno <= (loop.end_lineno or 0) for one in used)
        if is_within and isinstance(loop.target, ast.Name) and not isinstance(loop.iter, ast.Call):
            words = {"name": name, "item": loop.target.id, "header": loop.lineno}
            yield Candidate("name_typo", 0.93, words, "loop")


def _of_object(case: Case, name: str) -> Candidates:
    """In a class: `self` is missing before the name, or in the method's brackets."""
    own, function = case.innermost(ast.ClassDef), case.function
    words = {"name": name, "function": getattr(function, "name", "")}
    if own is not None and name in ("self", "cls"):
        yield Candidate("missing_self", 0.97, words, "parameter", function.lineno if function else case.line)
    elif own is not None and function is not None and name in members_of(own):
        yield Candidate("missing_self", 0.96, words, "name")


def members_of(own: ast.ClassDef) -> set[str]:
    """The names that objects of a class have: attributes, methods, and what they share."""
    methods = {node.name for node in own.body if isinstance(node, FUNCTIONS)}
    shared = {t.id for node in own.body for t in targets(node) if isinstance(t, ast.Name)}
    return attributes_of(own) | methods | shared


def _not_imported(case: Case, name: str) -> Candidates:
    """A module, or something out of one, that no line imports."""
    if name in case.bindings:
        return
    as_module = any(isinstance(n.value, ast.Name) and n.value.id == name for n in case.all(ast.Attribute))
    if name in STANDARD:
        yield Candidate("missing_import", 0.97 if as_module else 0.75, {"name": name, "module": name})
    elif name in MODULES:
        is_used = as_module or bool(case.calls(name)) or name == "pi" or name[:1].isupper()
        sure = 0.94 if is_used and (name in _ALIASES or _close(case, name) is None) else 0.5
        words: dict[str, Any] = {"name": name, "module": MODULES[name]}
        imports = ((one, node.lineno) for node in case.all(ast.Import) for one in node.names)
        whole = [(one.asname or one.name, line) for one, line in imports if one.name == MODULES[name]]
        if name in _ALIASES:
            yield Candidate("missing_import", sure, words, "alias")
        elif whole:
            words["module"], words["header"] = whole[0]
            yield Candidate("name_typo", sure, words, "module")
        else:
            yield Candidate("missing_import", sure, words, "from")


def _elsewhere(case: Case, name: str) -> Candidates:
    """The name lives in another function or in a comprehension."""
    bound = case.bindings.get(name, [])
    homes = [(node, case.scope(node)) for node in bound]
    mine = case.scope(case.function or case.tree)
    for node, home in homes if isinstance(mine, ast.ClassDef) else ():  # another method set it, for itself
        if isinstance(node, ast.Assign) and isinstance(home, FUNCTIONS) and case.scope(home) is mine:
            yield Candidate("missing_self", 0.96, {"name": name, "function": home.name}, "assigned", node.lineno)
    if bound and all(isinstance(h, (*FUNCTIONS, ast.Lambda)) or isinstance(n, ast.comprehension) for n, h in homes):
        function = next((h.name for _, h in homes if isinstance(h, FUNCTIONS)), "")
        is_given = any(one.value is not None for own in case.functions.get(function, []) for one in returns(own))
        is_alone = any(isinstance(case.parents[call], ast.Expr) for call in case.calls(function))
        variant = "dropped" if is_given and is_alone else "outside" if function else "comprehension"
        owner = next((h.name for n, h in homes if isinstance(n, ast.arg) and isinstance(h, FUNCTIONS)), "")
        if owner and all(getattr(home, "name", "") == owner for _, home in homes):
            calls = (one for one in case.at(ast.Call) if called(one) == owner)
            given = (part for call in calls for part in (*call.args, *(word.value for word in call.keywords)))
            variant = "argument" if any(isinstance(p, ast.Name) and p.id == name for p in given) else "parameter"
            function = owner
        yield Candidate("scope_unboundlocal", 0.95, {"name": name, "function": function}, variant)


def _later(case: Case, name: str) -> Candidates:
    """It gets its meaning further down, or only in some branch, or only by adding to itself."""
    bound = [n for n in case.bindings.get(name, []) if isinstance(case.scope(n), ast.Module)]
    if not bound:
        return
    line = case.seen.steps[0].line if case.seen.steps else case.line
    lines = [getattr(n, "lineno", 0) for n in bound]
    later = [number for number in lines if number > line]
    variant, sure = "branch", 0.8
    if len(later) == len(bound):
        variant, sure = "function" if isinstance(bound[0], DEFINITIONS) else "", 0.95
    elif case.line in lines:
        variant, sure, line = "start", 0.9, case.line
    yield Candidate("use_before_definition", sure, {"name": name, "later": (later or lines)[0]}, variant, line)


def _misspelt(case: Case, name: str) -> Candidates:
    """Another name is nearly the same."""
    meant = KNOWN["meant"].get(name)
    right = meant or _close(case, name)
    if right is None or not all(_grows(n, name) for n in case.bindings.get(name, [])):
        return
    made = {one.name for one in case.all(ast.FunctionDef)}
    if right in made and not case.calls(name):  # what a function gives has another name than the function
        yield Candidate("name_typo", 0.93, {"name": name}, "unknown")
        return
    variant = "case" if right.lower() == name.lower() else "meant" if meant else ""
    yield Candidate("name_typo", 0.93, {"name": name, "right": right}, variant)


def _grows(node: ast.AST, name: str) -> bool:
    """Whether a step only makes a new value of the old one."""
    return isinstance(node, ast.AugAssign) or isinstance(node, ast.Assign) and name in names_in(node.value)


def _close(case: Case, name: str) -> str | None:
    """The name in sight that is nearest to one that means nothing."""
    imported = [a.name for n in case.all(ast.Import, ast.ImportFrom) for a in n.names]
    own: list[str] = [n for n in (*case.bindings, *imported, *case.seen.known) if n != name]
    for other in (*own, *BUILTINS):
        if other.replace("_", "").lower() == name.replace("_", "").lower():
            return other
    near = difflib.get_close_matches(name, own, 1, 0.7)
    if case.calls(name):  # the builtins in small letters are functions
        near += difflib.get_close_matches(name, [b for b in BUILTINS if b[0].islower()], 1, 0.75)
    return near[0] if near and len(name) > 2 else None


_ENDINGS = frozenset({"csv", "txt", "json", "png"})
#: What a word stands in that may be meant as text.
_TEXT_IN = (ast.Subscript, ast.Assign, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.keyword, ast.Return, ast.Compare,
            ast.Call, ast.BinOp)  # fmt: skip


def _unquoted(case: Case, name: str) -> Candidates:
    """A word that is meant as text."""
    if name.casefold() in map(str.casefold, case.bindings):
        return
    node = next((n for n in case.at(ast.Name) if n.id == name), None)
    above = case.parents.get(node) if node is not None else None
    is_called = node is getattr(above, "func", None) or isinstance(above, ast.Subscript) and above.value is node
    is_variable = len(name) == 1 and name.islower()
    is_variable = is_variable or isinstance(above, ast.BinOp) and not isinstance(above.op, ast.Add)
    if name in case.seen.texts or any(n.value == name for n in case.all(ast.Constant)):
        yield Candidate("missing_quotes", 0.94, {"name": name})
    elif isinstance(above, ast.Attribute) and above.attr in _ENDINGS:
        yield Candidate("missing_quotes", 0.97, {"name": name})
    elif isinstance(above, _TEXT_IN) and not (is_called or is_variable or _spare(case)):
        yield Candidate("missing_quotes", 0.8, {"name": name})


def _spare(case: Case) -> set[str]:
    """The names that get a value and that nothing reads: one of them may be meant."""
    names = [*case.all(ast.Name)]
    return {one.id for one in names} - {one.id for one in names if isinstance(one.ctx, ast.Load)}


def unbound(case: Case) -> Candidates:
    """UnboundLocalError: an assignment somewhere in the function makes the name local."""
    found = case.said("UnboundLocalError", r"local variable '(\w+)'")
    if not found:
        return
    name, function = found[1], case.function
    bound = case.bindings.get(name, [])
    lines = [getattr(n, "lineno", 0) for n in bound]
    words: dict[str, Any] = {"name": name, "function": getattr(function, "name", ""), "later": max(lines, default=0)}
    yield from _of_object(case, name)
    if any(not isinstance(case.scope(n), ast.ClassDef) and case.scope(n) is not function for n in bound):
        yield Candidate("scope_unboundlocal", 0.95, words)
    elif name in BUILTINS:
        yield Candidate("shadowed_builtin", 0.92, words, "local")
    elif case.line in lines:
        yield Candidate("use_before_definition", 0.9, words, "start")
    elif all(case.above(n, ast.If, ast.For, ast.While, ast.Try) is not None for n in bound):
        yield Candidate("scope_unboundlocal", 0.9, words, "branch")
    else:
        yield Candidate("use_before_definition", 0.9, words)


def shadow_of(case: Case, name: str, use: ast.AST) -> int | None:
    """The line where the program took one of Python's own names; the function's own line first, else the module's."""
    found = [n for n in case.bindings.get(name, []) if not isinstance(n, (ast.Import, ast.ImportFrom))]
    if name not in BUILTINS and name not in case.imported:
        return None
    near = (n for home in (case.scope(use), case.tree) for n in found if case.scope(n) is home)
    return getattr(next(near, None), "lineno", None)


def builtin_used(case: Case) -> Candidates:
    """A builtin or module that is a plain value now, used other than by a call."""
    if case.error not in ("TypeError", "AttributeError"):
        return
    for node in case.at(ast.Name):
        above, name = case.parents[node], node.id
        is_read = isinstance(above, ast.Attribute) and f"'{above.attr}'" in case.message
        if is_read and (line := shadow_of(case, name, node)) is not None:
            variant = "module" if name in case.imported else ""
            yield Candidate("shadowed_builtin", 0.96, {"name": name}, variant, line)


RULES = (undefined, unbound, builtin_used)
