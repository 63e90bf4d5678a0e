"""Names that mean nothing, or not what they seem: misspelt, too early, elsewhere, unquoted, not imported."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, Function, names_in

MODULES = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sns": "seaborn", "sqrt": "math", "pi": "math",
    "ceil": "math", "floor": "math", "sin": "math", "cos": "math", "randint": "random", "choice": "random",
    "shuffle": "random", "uniform": "random", "Counter": "collections", "defaultdict": "collections",
    "deque": "collections", "namedtuple": "collections", "OrderedDict": "collections", "Path": "pathlib",
    "datetime": "datetime", "date": "datetime", "timedelta": "datetime", "dataclass": "dataclasses",
    "field": "dataclasses", "reduce": "functools", "partial": "functools", "lru_cache": "functools",
    "wraps": "functools", "mean": "statistics", "median": "statistics", "stdev": "statistics",
    "product": "itertools", "permutations": "itertools", "combinations": "itertools", "chain": "itertools",
    "islice": "itertools", "groupby": "itertools", "accumulate": "itertools", "sleep": "time", "deepcopy": "copy",
    "Decimal": "decimal", "Fraction": "fractions", "Enum": "enum", "ABC": "abc", "abstractmethod": "abc",
    "isclose": "math", "gcd": "math", "factorial": "math", "StringIO": "io", "Optional": "typing", "List": "typing",
    "Dict": "typing", "Union": "typing", "Any": "typing", "Callable": "typing", "itemgetter": "operator",
    "log": "math", "cmp_to_key": "functools", "timeit": "timeit", "SimpleNamespace": "types",
}  # fmt: skip
STANDARD = frozenset(
    "math random json re os sys datetime time csv string itertools functools collections statistics copy pathlib numpy "
    "pandas asyncio operator decimal fractions calendar glob shutil io pickle typing dataclasses enum heapq bisect "
    "textwrap pprint threading logging sqlite3 urllib tempfile uuid hashlib secrets zipfile contextlib types struct "
    "unittest argparse subprocess traceback warnings inspect queue timeit base64 html cmath array numbers".split()
)
BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_WORDS = {"true": "True", "false": "False", "null": "None", "none": "None", "nil": "None", "undefined": "None"}


def undefined(case: Case) -> Iterator[Candidate]:
    """NameError: the name that Python does not know."""
    found = re.match(r"(?:free variable|name) '(\w+)'", case.message)
    if case.error != "NameError" or not found:
        return
    name = found[1]
    yield from _compared(case, name)
    yield from _of_object(case, name)
    yield from _module(case, name)
    yield from _elsewhere(case, name)
    yield from _later(case, name)
    yield from _misspelt(case, name)
    yield from _unquoted(case, name)
    yield Candidate(case.line, "name_typo", 0.3, {"name": name}, "unknown")


def _compared(case: Case, name: str) -> Iterator[Candidate]:
    """`count == 0` as a whole statement."""
    statement = case.statement(case.line)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Compare):
        if isinstance(statement.value.ops[0], ast.Eq) and name in names_in(statement.value.left):
            yield Candidate(case.line, "comparison_assignment", 0.96, {"sign": "==", "name": name}, "statement")


def _of_object(case: Case, name: str) -> Iterator[Candidate]:
    """In a class: `self` is missing before the name, or in the method's brackets."""
    own = case.class_at(case.line)
    if own is None:
        return
    function = case.function_at(case.line)
    if name in ("self", "cls"):
        line = function.lineno if function is not None else case.line
        yield Candidate(line, "missing_self", 0.97, {"name": name, "function": _name(function)}, "parameter")
        return
    if function is None:
        return
    attributes = attributes_of(case, own) | set(_class_names(own))
    if name in attributes:
        yield Candidate(case.line, "missing_self", 0.96, {"name": name, "function": _name(function)}, "name")


def attributes_of(case: Case, own: ast.ClassDef) -> set[str]:
    """The attributes that a class's methods, or those of its bases here, give to objects."""
    classes = [own, *(case.classes[b.id] for b in own.bases if isinstance(b, ast.Name) and b.id in case.classes)]
    return {
        node.attr
        for one in classes
        for node in ast.walk(one)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value)
    }


def is_self(node: ast.expr) -> bool:
    """Whether an expression is `self`."""
    return isinstance(node, ast.Name) and node.id in ("self", "this")


def _class_names(own: ast.ClassDef) -> Iterator[str]:
    for node in own.body:
        if isinstance(node, FUNCTIONS):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id


def _name(function: Function | None) -> str:
    return function.name if function is not None else ""


def _module(case: Case, name: str) -> Iterator[Candidate]:
    """A module, or something out of one, that no line imports."""
    if name in case.bindings:
        return
    used_as_module = any(
        isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == name for n in case.nodes
    )
    if name in STANDARD and used_as_module:
        yield Candidate(case.line, "missing_import", 0.97, {"name": name, "module": name})
    elif name in MODULES:
        is_called = bool(case.calls(name)) or used_as_module or name in ("pi",) or name[:1].isupper()
        is_called = is_called or any(isinstance(d, ast.Name) and d.id == name for d in _decorators(case))
        close = _close(case, name, 0.8)
        sure = 0.94 if is_called and (close is None or name in ("np", "pd", "plt")) else 0.5
        yield Candidate(case.line, "missing_import", sure, {"name": name, "module": MODULES[name]}, _alias(name))
    elif name in STANDARD:
        yield Candidate(case.line, "missing_import", 0.75, {"name": name, "module": name})


def _alias(name: str) -> str:
    return "alias" if name in ("np", "pd", "plt", "sns") else "from"


def _decorators(case: Case) -> Iterator[ast.expr]:
    for node in case.nodes:
        yield from getattr(node, "decorator_list", [])


def _elsewhere(case: Case, name: str) -> Iterator[Candidate]:
    """The name lives in another function, in a comprehension, or in `except … as`."""
    bound = case.bindings.get(name, [])
    if not bound:
        return
    homes = [case.scope(node) if not isinstance(node, ast.arg) else case.scope(node) for node in bound]
    if any(isinstance(node, ast.ExceptHandler) for node in bound) and all(
        isinstance(node, ast.ExceptHandler) for node in bound
    ):
        yield Candidate(case.line, "scope_unboundlocal", 0.95, {"name": name, "function": "except"}, "handler")
    elif all(isinstance(home, (*FUNCTIONS, ast.Lambda)) or isinstance(node, ast.comprehension)
             for node, home in zip(bound, homes, strict=True)):  # fmt: skip
        home = next((h.name for h in homes if isinstance(h, FUNCTIONS)), "")
        variant = "outside" if home else "comprehension"
        yield Candidate(case.line, "scope_unboundlocal", 0.95, {"name": name, "function": home}, variant)
    elif all(isinstance(home, ast.ClassDef) for home in homes):
        inside = case.class_at(case.line)
        cause = "missing_self" if inside is not None else "scope_unboundlocal"
        variant = "name" if inside is not None else "outside"
        words = {"name": name, "function": getattr(homes[0], "name", "")}
        yield Candidate(case.line, cause, 0.9, words, variant)


def _later(case: Case, name: str) -> Iterator[Candidate]:
    """It gets its meaning further down, or only in some branch, or only by adding to itself."""
    bound = [n for n in case.bindings.get(name, []) if isinstance(case.scope(n), ast.Module)]
    if not bound:
        return
    steps = case.seen.steps
    outermost = steps[0].line if steps and steps[0].line != case.line else None
    line = outermost or case.line
    later = [n for n in bound if getattr(n, "lineno", 0) > line]
    variant = "function" if isinstance(bound[0], (*FUNCTIONS, ast.ClassDef)) else ""
    words = {"name": name, "later": getattr((later or bound)[0], "lineno", line)}
    if later and len(later) == len(bound):
        yield Candidate(line, "use_before_definition", 0.95, words, variant)
    elif any(isinstance(n, ast.AugAssign) and n.lineno == case.line for n in bound):
        yield Candidate(case.line, "use_before_definition", 0.9, words, "start")
    elif any(getattr(n, "lineno", 0) == case.line for n in bound):
        yield Candidate(case.line, "use_before_definition", 0.88, words, "start")
    elif any(isinstance(n, ast.Delete) for n in case.nodes):
        yield Candidate(case.line, "use_before_definition", 0.7, words)
    else:
        yield Candidate(case.line, "use_before_definition", 0.8, words, "branch")


def _misspelt(case: Case, name: str) -> Iterator[Candidate]:
    """Another name is nearly the same."""
    if name in _WORDS:
        yield Candidate(case.line, "name_typo", 0.93, {"name": name, "right": _WORDS[name]}, "")
        return
    right = _close(case, name)
    if right is None or not all(isinstance(n, ast.AugAssign) for n in case.bindings.get(name, [])):
        return
    variant = "case" if right.lower() == name.lower() else ""
    wrong = [n.lineno for n in case.all(ast.Name) if n.id == name]
    others = [n for n in case.all(ast.Name) if n.id == right]
    line, sure = case.line, 0.93
    if case.bindings.get(name):
        wrong = [*wrong, case.line]
    definitions = case.bindings.get(right, [])
    if len(set(wrong)) >= 2 and len(definitions) == 1 and not [n for n in others if isinstance(n.ctx, ast.Load)]:
        line = getattr(definitions[0], "lineno", line)
        variant, name, right = variant, right, name
    yield Candidate(line, "name_typo", sure, {"name": name, "right": right}, variant)


def _close(case: Case, name: str, cutoff: float = 0.7) -> str | None:
    """The name in sight that is nearest to one that means nothing."""
    known = [n for n in case.bindings if n != name]
    for other in [*known, *BUILTINS]:
        if other.lower() == name.lower() or other.replace("_", "").lower() == name.replace("_", "").lower():
            return other
    if len(name) < 3:
        return None
    imported = [a.name for n in case.all(ast.Import, ast.ImportFrom) for a in n.names]
    near = difflib.get_close_matches(name, [*known, *imported], 1, cutoff)
    near = near or difflib.get_close_matches(name, [b for b in BUILTINS if b[0].islower()], 1, max(cutoff, 0.75))
    if not near:
        longer = [n for n in known if len(name) > 3 and len(n) > 3 and (n.startswith(name) or name.startswith(n))]
        near = longer if len(longer) == 1 else []
    return near[0] if near else None


def _unquoted(case: Case, name: str) -> Iterator[Candidate]:
    """A word that is meant as text."""
    if name in case.bindings:
        return
    if any(isinstance(n, ast.Constant) and n.value == name for n in case.nodes):
        yield Candidate(case.line, "missing_quotes", 0.94, {"name": name})
        return
    node = next((n for n in case.at() if isinstance(n, ast.Name) and n.id == name), None)
    above = case.parents.get(node) if node is not None else None
    sure = 0.0
    if isinstance(above, ast.Subscript) and above.slice is node:
        sure = 0.85
    elif isinstance(above, ast.Compare) and isinstance(above.ops[0], (ast.Eq, ast.NotEq, ast.In)):
        sure = 0.8
    elif isinstance(above, (ast.Assign, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.keyword, ast.Return)):
        sure = 0.8
    elif isinstance(above, ast.Call) and above.func is not node:
        sure = 0.75
    elif isinstance(above, ast.Attribute):
        path = re.fullmatch(r"(csv|txt|json|py|png|xlsx?|dat|log)", above.attr)
        sure = 0.97 if path else 0.5
    elif isinstance(above, ast.BinOp):
        sure = 0.6
    if sure:
        yield Candidate(
            case.line, "missing_quotes", sure if _close(case, name, 0.8) is None else sure - 0.1, {"name": name}
        )


def unbound(case: Case) -> Iterator[Candidate]:
    """UnboundLocalError: an assignment somewhere in the function makes the name local."""
    found = re.search(r"local variable '(\w+)'", case.message)
    if case.error != "UnboundLocalError" or not found:
        return
    name = found[1]
    function = case.function_at(case.line)
    words = {"name": name, "function": _name(function)}
    own = case.class_at(case.line)
    if own is not None and name in attributes_of(case, own) | set(_class_names(own)):
        yield Candidate(case.line, "missing_self", 0.96, words, "name")
        return
    outer = [n for n in case.bindings.get(name, []) if isinstance(case.scope(n), (ast.Module, *FUNCTIONS))
             and case.scope(n) is not function]  # fmt: skip
    if outer:
        yield Candidate(case.line, "scope_unboundlocal", 0.95, words)
    elif name in BUILTINS:
        yield Candidate(case.line, "shadowed_builtin", 0.92, {"name": name}, "local")
    else:
        in_branch = any(
            case.above(n, ast.If, ast.For, ast.While, ast.Try) is not None for n in case.bindings.get(name, [])
        )
        start = any(isinstance(n, ast.AugAssign) and n.lineno == case.line for n in case.bindings.get(name, []))
        variant = "start" if start else "branch" if in_branch else ""
        words["later"] = max((getattr(n, "lineno", 0) for n in case.bindings.get(name, [])), default=case.line)
        cause = "use_before_definition" if start or not in_branch else "scope_unboundlocal"
        if cause == "scope_unboundlocal":
            variant = "branch"
        yield Candidate(case.line, cause, 0.9, words, variant)


def not_there(case: Case) -> Iterator[Candidate]:
    """ImportError and ModuleNotFoundError where no circle is about."""
    if case.error == "ModuleNotFoundError":
        found = re.search(r"No module named '([\w.]+)'", case.message)
        name = found[1] if found else ""
        near = difflib.get_close_matches(name, STANDARD, 1, 0.7)
        if near and near[0] != name:
            yield Candidate(case.line, "name_typo", 0.9, {"name": name, "right": near[0]})
        else:
            yield Candidate(case.line, "missing_import", 0.6, {"name": name, "module": name}, "package")
    found = re.match(r"cannot import name '(\w+)' from '([\w.]+)'", case.message)
    if case.error == "ImportError" and found and "circular" not in case.message:
        yield Candidate(case.line, "name_typo", 0.8, {"name": found[1], "right": ""}, "unknown")


RULES = (undefined, unbound, not_there)
