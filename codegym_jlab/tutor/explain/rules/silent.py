"""The well-known quiet mistakes: shared lists, lists changed in a loop, lost results, floats compared, no end.

They raise nothing where they are made: what shows is a wrong answer, a failed assert, or an error further on.
"""

import ast
from itertools import pairwise

from ..program import (
    FUNCTIONS,
    Candidate,
    Candidates,
    Case,
    attributes_of,
    called,
    changed_by,
    every,
    inner,
    is_value,
    names_in,
    own_nodes,
    root,
    stored,
    targets,
)
from .containers import changes
from .syntax import tokens

_ENDLESS = frozenset({"TLE", "OLE", "MLE", "MemoryError"})
_SHARED = frozenset({"list", "dict", "set", "ndarray", "DataFrame", "defaultdict", "Counter", "deque"})
_TEXT_METHODS = frozenset("upper lower strip replace title capitalize rstrip lstrip swapcase".split())


def mutable_default(case: Case) -> Candidates:
    """A list or dict as a default lives on from call to call."""
    for function in case.all(*FUNCTIONS):
        for argument, default in zip(reversed(function.args.args), reversed(function.args.defaults), strict=False):
            if case.kind(default) in _SHARED:
                sure = 0.95 if case.is_silent else 0.65
                words = {"name": argument.arg, "function": function.name}
                yield Candidate("mutable_default", sure, words, line=default.lineno)


def shared_rows(case: Case) -> Candidates:
    """`[[0] * 3] * 3`."""
    sure = 0.94 if case.is_silent else 0.45
    for node in case.all(ast.BinOp):
        for side in (node.left, node.right) if isinstance(node.op, ast.Mult) else ():
            if isinstance(side, ast.List) and any(case.kind(item) in {"list", *case.classes} for item in side.elts):
                yield Candidate("aliasing", sure, {"name": ast.unparse(side)}, "rows", node.lineno)


def two_names(case: Case) -> Candidates:
    """`b = a` and `self.items = items` give the same list another name."""
    sure = 0.86 if case.is_silent else 0.4
    for statement in case.all(ast.Assign):
        value, target = statement.value, statement.targets[0]
        is_name = all(isinstance(one, (ast.Name, ast.Attribute)) for one in (value, target))
        if is_name and case.kind(value) in {"", *_SHARED}:
            later = [one for n in case.nodes if getattr(n, "lineno", 0) > statement.lineno for one in changed_by(n)]
            own = [value] if isinstance(target, ast.Attribute) else [value, target]
            roots, changed = ({getattr(root(one), "id", "self") for one in some} for some in (own, later))
            if roots & changed - {"self"}:
                words = {"name": ast.unparse(target), "other": ast.unparse(value)}
                yield Candidate("aliasing", sure, words, line=statement.lineno)


def class_attribute(case: Case) -> Candidates:
    """A list in the class body is one list for all objects."""
    for own in case.all(ast.ClassDef):
        for statement in own.body:
            for target in targets(statement) if case.kind(getattr(statement, "value", None)) in _SHARED else ():
                if isinstance(target, ast.Name) and target.id not in attributes_of(own):
                    words = {"name": target.id, "other": own.name}
                    yield Candidate("aliasing", 0.93 if case.is_silent else 0.4, words, "class", statement.lineno)


def changed_in_loop(case: Case) -> Candidates:
    """A list that is changed while a loop goes through it: items are skipped, or it never ends."""
    is_endless = case.error in _ENDLESS
    if case.is_silent or is_endless or case.error in ("ValueError", "IndexError"):
        for loop in case.all(ast.For):
            line = changes(case, loop)
            if line is not None and not any(own_nodes(loop.body, ast.Return, ast.Break)):  # else it may be the last
                sure = 0.96 if case.is_silent or is_endless else 0.8
                yield Candidate("modified_during_iteration", sure, {"name": "list"}, "skips", line)


def lost_change(case: Case) -> Candidates:
    """`name.upper()` as a statement: texts stay as they are. `x == 3` as a statement compares and forgets."""
    is_unknown = case.error in ("NameError", "KeyError")  # `count == 0`, `d["n"] == 0` in the place of `=`
    for statement in case.all(ast.Expr) if case.is_silent or is_unknown else ():
        match statement.value:
            case ast.Call(ast.Attribute(_, name) as method) if (
                not is_unknown and name in _TEXT_METHODS and is_value(case, method)
            ):
                words = {"kind": "str", "name": name}
                if "pandas" not in case.source:
                    yield Candidate("immutable_mutation", 0.9, words, "result", statement.lineno)
            case ast.Compare(left, [ast.Eq(), *_]) if not is_unknown or statement.lineno == case.line:
                words = {"sign": "==", "name": ast.unparse(left)}
                yield Candidate("comparison_assignment", 0.96, words, "statement", statement.lineno)


def float_compared(case: Case) -> Candidates:
    """`==` between floats."""
    for compare in case.all(ast.Compare) if case.is_silent or case.error in ("TLE", "OLE") else ():
        is_equal = isinstance(compare.ops[0], (ast.Eq, ast.NotEq, ast.In))
        if is_equal and any(_is_fraction(case, node) for node in ast.walk(compare)):
            in_loop = isinstance(case.parents.get(compare), ast.While)
            yield Candidate("float_precision", 0.95 if in_loop else 0.84, {}, "loop" if in_loop else "", compare.lineno)


def _is_fraction(case: Case, node: ast.AST) -> bool:
    """Whether a node is a decimal number, or a name that is given or grows by one."""
    match node:
        case ast.Name(name):
            made = (one.value for one in case.all(ast.Assign, ast.AugAssign) if name in stored(one))
            return any(_is_fraction(case, part) for value in made for part in every(value, ast.Constant))
        case ast.Constant(float(value)):
            return not value.is_integer()
    return False


def joined_texts(case: Case) -> Candidates:
    """Two texts side by side in a list are one text."""
    if not case.is_silent and case.error not in ("IndexError", "KeyError", "ValueError", "TypeError"):
        return
    kinds = (ast.List, ast.Tuple, ast.Set, ast.Dict)
    lines = {n.lineno for n in case.all(ast.Constant) if isinstance(case.parents[n], kinds)}
    pieces = [t for t in tokens(case.source) if t.kind != "newline"]
    for left, right in pairwise(pieces):
        if left.kind == right.kind == "string" and left.depth == right.depth and left.line in lines:
            words = {"left": left.text[:30], "right": right.text[:30]}
            yield Candidate("missing_comma", 0.96 if "unpack" in case.message else 0.93, words, "joined", left.end)


def early_return(case: Case) -> Candidates:
    """`return` indented into the loop ends it in the first round."""
    loops = (n for f in case.all(*FUNCTIONS) for n in f.body if isinstance(n, (ast.For, ast.While)))
    for loop in loops if case.is_silent else ():
        last = loop.body[-1]
        ends = [last.body[-1], *last.orelse[-1:]] if isinstance(last, ast.If) and last.orelse else [last]
        if all(isinstance(end, ast.Return) and end.value is not None for end in ends):
            words = {"word": "return", "header": loop.lineno}
            yield Candidate("indentation", 0.83, words, "return", ends[-1].lineno)


# -- what has no end: calls and loops that nothing stops


def recursion(case: Case) -> Candidates:
    """A function that calls itself without end."""
    function = case.function
    if case.error != "RecursionError" or function is None:
        return
    words, calls = {"function": function.name}, inner(function, ast.Call)
    own = [call for call in calls if called(call) == function.name]
    if own:
        parameters = [a.arg for a in function.args.args if a.arg != "self"]
        same = [c for c in own if c.args and [ast.unparse(a) for a in c.args] == parameters[: len(c.args)]]
        variant = "same" if same else "" if inner(function, ast.If) else "base"
        yield Candidate("infinite_recursion", 0.94, words, variant, (same or own)[0].lineno)
    else:
        yield Candidate("infinite_recursion", 0.85, words, "mutual", calls[0].lineno if calls else case.line)


def endless(case: Case) -> Candidates:
    """A loop that nothing stops; where a program did not end, printed without end, or took all memory, any loop."""
    is_endless, loops = case.error in _ENDLESS, [*case.all(ast.While)]
    for loop in loops if is_endless or case.is_silent else ():
        if _is_stuck(loop):
            words = {"name": next(every(loop.test, ast.Name)).id, "code": ast.unparse(loop.test)}
            yield Candidate("infinite_recursion", 0.95, words, "endless", loop.lineno)
    if is_endless:
        yield Candidate("infinite_recursion", 0.45, {}, "unending", loops[-1].lineno if loops else case.line)


def _is_stuck(loop: ast.While) -> bool:
    """Whether a loop's condition reads only names that no line of its block sets, and none leaves it."""
    reads = names_in(loop.test)
    sets = stored(loop).union(*(names_in(one) for node in ast.walk(loop) for one in changed_by(node)))
    is_left = any(every(loop.test, ast.Call)) or any(every(loop, ast.Return, ast.Break, ast.Raise))
    return bool(reads) and not reads & sets and not is_left


RULES = (
    mutable_default, shared_rows, two_names, class_attribute, changed_in_loop, lost_change,
    float_compared, joined_texts, early_return, recursion, endless,
)  # fmt: skip
