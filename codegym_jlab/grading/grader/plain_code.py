"""Whether a check needs no fork of its own: read from texts alone, of which all has to be known.

Plain checks leave nothing behind once they have run, so that the next may run in the same process. Known are
statements, calls and methods that work on their own values, each in steps that a timer can part. Then a check can
change only what it reads by a name, so no function and no check may read a name whose value can be changed. What is not
known here may be harmless, too; it runs in forks. `replay` asks for each check; the tutor's diagnosis, for programs
that know no way to their own text.
"""

import ast
import builtins
import math
import symtable
from collections.abc import Iterable, Iterator
from functools import lru_cache

from codegym_jlab.records import frozen, parse

#: Characters; longer text is not read, since the event loop waits for it.
MOST_PLAIN = 4000

#: Their values cannot be changed, and of the others' who knows.
_FIXED = frozenset("abs bool chr divmod float input int isinstance len ord print repr round str".split())
#: Of Python's own functions.
PLAIN_CALLS = _FIXED | frozenset(
    "all any dict enumerate filter list map max min reversed set sorted sum tuple zip Exception IndexError KeyError "
    "TypeError ValueError ZeroDivisionError".split()
)
#: What values of Python's own do, but `format`, which reads attributes.
PLAIN_METHODS = {name for kind in (str, list, tuple, dict, set) for name in dir(kind) if name[0] != "_"}
PLAIN_METHODS -= {"format", "format_map"}
_MATH = {name for name in dir(math) if name[0] != "_"} - {"factorial", "comb", "perm"}  # one step may take for ever
#: Kinds of syntax that change nothing but what they name, whatever stands in them.
_KNOWN = (
    "Module FunctionDef Return Assign AugAssign AnnAssign Delete For While If Raise Assert Expr Pass Break Continue "
    "BoolOp BinOp UnaryOp Lambda IfExp Compare Call Constant Dict Set List Tuple ListComp SetComp DictComp "
    "GeneratorExp Subscript Slice Starred FormattedValue JoinedStr Yield YieldFrom comprehension arg keyword alias "
    "boolop unaryop cmpop operator expr_context"
)
_KNOWN_KINDS = tuple(getattr(ast, name) for name in _KNOWN.split())


@frozen
class Facts:
    """Of a known text."""

    loose: frozenset[str]  #: names that it gives values which may be changed
    read: frozenset[str]  #: names that it reads
    by_functions: frozenset[str]  #: global names that functions in it read


def is_plain(cells: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether a check of these texts leaves nothing behind in a process in which these cells have run."""
    above, own = list(map(facts_of, cells)), list(map(facts_of, texts))
    if None in above or None in own:
        return False
    loose = {name for one in above if one for name in one.loose}
    used = {name for one in above if one for name in one.by_functions}
    used |= {name for one in own if one for name in one.read}
    return loose.isdisjoint(used)


@lru_cache(maxsize=1000)
def facts_of(source: str) -> Facts | None:
    """None: something in it is not known, or it is no program."""
    if len(source) > MOST_PLAIN:
        return None
    try:
        tree = parse(source)
        table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = list(ast.walk(tree))
    loops = [node.iter for node in nodes if isinstance(node, (ast.For, ast.comprehension))]
    calls = [one.func for one in loops if isinstance(one, ast.Call)]
    # elsewhere, as in `sum(range(n))`, it is one step
    ranges = {id(name) for name in calls if isinstance(name, ast.Name) and name.id == "range"}
    if not all(id(node) in ranges or _is_known(node) for node in nodes):
        return None
    read = {node.id for node in nodes if isinstance(node, ast.Name)}
    return Facts(frozenset(_loose(tree)), frozenset(read), frozenset(_read_below(table)))


def _loose(tree: ast.Module) -> Iterator[str]:
    """Names that a cell itself, not its functions, gives values which may change."""
    nodes = list(_outside_functions(tree))
    fixed = [target for one in nodes if isinstance(one, ast.Assign) and _is_fixed(one.value) for target in one.targets]
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in fixed:
            yield node.id


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _outside_functions(child)


def _is_fixed(node: ast.expr | None) -> bool:
    """Whether a value cannot be changed, whatever it is."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Compare() | None:
            return True
        case ast.Call(func=ast.Name(name)):
            return name in _FIXED
        case ast.UnaryOp(operand=one):
            return isinstance(node.op, ast.Not) or _is_fixed(one)
        case ast.BinOp(left=left, right=right):
            pair = (left, right)
            return all(map(_is_fixed, pair)) or not isinstance(node.op, ast.Mult) and any(map(_is_fixed, pair))
        case ast.Tuple(elts=parts):
            return all(map(_is_fixed, parts))
    return False


def _read_below(table: symtable.SymbolTable, *, depth: int = 0) -> Iterator[str]:
    """The global names that functions read; what a comprehension of the cell itself reads it reads at once."""
    for child in table.get_children():
        if depth or not child.get_name().endswith("comp"):
            yield from (one.get_name() for one in child.get_symbols() if one.is_global())
        yield from _read_below(child, depth=depth + 1)


def _is_known(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name, ctx=context):
            return _is_name(name) and (isinstance(context, ast.Load) or name not in PLAIN_CALLS)
        case ast.FunctionDef(name=name, decorator_list=decorators):
            return _is_name(name) and name not in PLAIN_CALLS and not decorators
        case ast.arguments(defaults=defaults, kw_defaults=named):
            return all(map(_is_fixed, (*defaults, *named)))
        case ast.Attribute(value=value, attr=name, ctx=ast.Load()):
            return name in PLAIN_METHODS or name in _MATH and isinstance(value, ast.Name) and value.id == "math"
        case ast.BinOp(op=ast.Pow(), right=ast.Constant(int(power) | float(power))):
            return power < 10
        case ast.BinOp(op=ast.Pow()) | ast.AugAssign(op=ast.Pow()) | ast.LShift() | ast.Invert():
            return False  # `~True` warns, once
        case ast.Import(names=names):
            return all(one.name == "math" and not one.asname for one in names)
        case ast.ImportFrom(module="math", level=0, names=names):
            return all(one.name in _MATH and not one.asname for one in names)
    return isinstance(node, _KNOWN_KINDS)


def _is_name(name: str) -> bool:
    is_strange = name.startswith("__") or name == "get_ipython"
    return name in PLAIN_CALLS or not (is_strange or hasattr(builtins, name))
