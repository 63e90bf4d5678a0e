"""Small changes of an expression that mend what beginners get wrong in one: borders, names, indices, signs, kinds."""

import ast
import builtins
import difflib
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

from codegym_jlab.records import grouped

from ...explain.program import called, names_in
from ...guard.syntax import twin
from ..program import IN_QUOTES, Edit, Place, kind_of, kind_of_value, text

#: (kind of mistake, cost, the expression in its place)
Change = tuple[str, float, str]


def _meant(table: str) -> dict[str, list[tuple[Any, str, float]]]:
    """An operator a line, and those that may be meant in its place, each with the kind of mistake and its cost."""
    found = {}
    for operator, *others in (line.split() for line in table.strip().splitlines()):
        cells = (other.split(":") for other in others)
        found[operator] = [(getattr(ast, name), kind, float(cost)) for name, kind, cost in cells]
    return found


_ORDER = _meant("""
Lt     LtE:strict:1.0  Gt:turned:1.5   GtE:turned:1.6  NotEq:turned:2.0
LtE    Lt:strict:1.0   GtE:turned:1.5  Gt:turned:1.6   Eq:turned:2.0
Gt     GtE:strict:1.0  Lt:turned:1.5   LtE:turned:1.6  NotEq:turned:2.0
GtE    Gt:strict:1.0   LtE:turned:1.5  Lt:turned:1.6   Eq:turned:2.0
Eq     NotEq:turned:1.5  LtE:strict:1.5  GtE:strict:1.5  Lt:turned:2.0  Gt:turned:2.0  In:turned:1.8
NotEq  Eq:turned:1.5     Lt:turned:1.8   Gt:turned:1.8   NotIn:turned:1.8
Is     Eq:turned:0.9     IsNot:turned:1.5
IsNot  NotEq:turned:0.9  Is:turned:1.5
In     NotIn:turned:1.4  Eq:turned:1.7
NotIn  In:turned:1.4     NotEq:turned:1.7
""")
_SIGNS = _meant("""
Add       Sub:sign:1.4           Mult:sign:1.7
Sub       Add:sign:1.4
Mult      Pow:sign:1.6           Add:sign:1.6      Div:sign:1.8   Mod:sign:1.9
Div       FloorDiv:division:0.9  Mod:division:1.5  Mult:sign:1.8
FloorDiv  Div:division:0.9       Mod:division:1.3
Mod       FloorDiv:division:1.3  Div:division:1.6
Pow       Mult:sign:1.5
""")
_MISSING = ("none", "'nan'", "'none'", "''", "np.nan", "pd.na", "float('nan')", "math.nan")
_EMPTY = ("[]", "()", "''")
_SMALL = 2  #: what is one more or less more often than a larger number
_UNREAD = 0.5  #: of a parameter that nothing reads, in the place of another value


def changes_in(place: Place) -> Iterator[Edit]:
    """Every small change of the expression at a place, as edits."""
    node = place.node
    if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return
    own = text(node)
    for maker in (_MAKERS.get(type(node)), _by_context):
        for kind, cost, new in maker(place) if maker is not None else ():
            if new != own:
                yield Edit(kind, (node.lineno,), cost, ((place.path, new),))


def _of_compare(place: Place) -> Iterator[Change]:
    node = place.node
    for number, operator in enumerate(node.ops):
        for other, kind, cost in _ORDER[type(operator).__name__]:
            yield kind, cost, text(twin(node, ops=[*node.ops[:number], other(), *node.ops[number + 1 :]]))
    is_list = kind_of(node.left, place.scope.kinds) in ("list", "tuple", "str", "") and isinstance(node.left, ast.Name)
    zero = isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value in (0, None)
    if isinstance(node.ops[0], (ast.Eq, ast.Is)) and text(node.comparators[0]).casefold() in _MISSING:
        yield "condition", 0.8, f"{text(node.left)} != {text(node.left)}"  # what is missing in a table equals nothing
    if len(node.ops) == 1 and (text(node.comparators[0]) in _EMPTY or is_list and zero):
        sign = "not " if isinstance(node.ops[0], (ast.Eq, ast.Is)) else ""
        yield "empty_test", 0.5, f"{sign}{text(node.left)}"
    elif len(node.ops) == 1 and not isinstance(node.comparators[0], ast.Constant):
        for at in (0, 1):
            left, right = (ast.Subscript(side, ast.Constant(at)) for side in (node.left, node.comparators[0]))
            yield "element", 1.2, text(twin(node, left=left, comparators=[right]))


def _of_and_or(place: Place) -> Iterator[Change]:
    node = place.node
    is_and = isinstance(node.op, ast.And)
    yield "and_or", 0.3 if _is_decided(node) else 1.2, text(twin(node, op=ast.Or() if is_and else ast.And()))


def _is_decided(node: ast.BoolOp) -> bool:
    """Whether it is the same for any value: `n == 1 and n == 2`, `n != 1 or n != 2`."""
    sign = ast.Eq if isinstance(node.op, ast.And) else ast.NotEq
    asked = [text(one.left) for one in node.values if isinstance(one, ast.Compare) and isinstance(one.ops[0], sign)]
    return len({*asked}) < len(asked)


def _of_constant(place: Place) -> Iterator[Change]:
    value = place.node.value
    yield from (("fixed_value", _UNREAD, name) for name in place.scope.unread)
    read = (name for name in place.scope.params if name not in place.scope.unread and value is not None)
    yield from (("fixed_value", 1.4, name) for name in read if place.scope.kinds[name] in ("", kind_of_value(value)))
    yield from (("fixed_value", 1.4, name) for name in place.scope.own if value is not None)
    match value:
        case bool():
            yield "wrong_value", 1.2, repr(not value)
        case int() | float():
            cost = 1.2 if abs(value) <= _SMALL else 1.5
            yield from (("off_by_one", cost, str(number)) for number in (value + 1, value - 1))
            if isinstance(place.parent, ast.Subscript):
                yield from (("fixed_value", 1.3, name) for name in place.scope.names("int"))
        case str():
            if value in place.scope.names("str"):
                yield "wrong_name", 1.2, value
            if IN_QUOTES.fullmatch(value):
                yield "quoted", 0.6, value
        case None if isinstance(place.parent, ast.Return):
            others = (*place.scope.kinds, "[]", "0", "''", "True", "False", "-1")
            yield from (("wrong_value", 1.3, new) for new in others)


def _of_name(place: Place) -> Iterator[Change]:
    node, scope = place.node, place.scope
    own = scope.kinds.get(node.id, "")
    is_called = isinstance(place.parent, ast.Call) and place.field == "func"
    if not scope.is_defined(node.id):
        near = set(difflib.get_close_matches(node.id, [*scope.kinds, *scope.known, "len", "range", "True", "False"]))
        if f"self.{node.id}" in scope.own:
            yield "undefined", 0.2, f"self.{node.id}"
        for name in {**scope.kinds, **dict.fromkeys(scope.known | near)}:
            yield "undefined", 0.3 if name in near else 0.7, name
        return
    if is_called:
        return
    yield from (("wrong_name", _UNREAD, name) for name in scope.unread)
    if node.id not in scope.kinds and node.id not in scope.known and not isinstance(place.parent, ast.keyword):
        yield from (("wrong_name", 0.9, name) for name in scope.kinds)  # a name of Python's own, used as a value
        return
    if own != "int" and isinstance(place.parent, ast.Call) and place.field == "args":
        whole = (name for name, kind in scope.kinds.items() if kind == "int")
        yield from (("element", 1.4, f"{node.id}[{name}]") for name in whole)
    if own == "int" and not isinstance(place.parent, ast.Subscript):
        yield from (("element", 1.4, f"{name}[{node.id}]") for name in scope.names("list", "str") if name != node.id)
    for name, kind in scope.kinds.items():
        if name != node.id and name not in scope.unread:
            cost = 1.3 if kind and kind == own else 1.5 if not (kind and own) else 2.2
            yield "wrong_name", cost, name
    yield from (("wrong_name", 1.4, name) for name in scope.own if node.id != "self")


def _of_attribute(place: Place) -> Iterator[Change]:
    if text(place.node) in place.scope.own and place.field != "func":
        yield from (("wrong_name", 1.3, name) for name in place.scope.own)


def _of_binary(place: Place) -> Iterator[Change]:
    node = place.node
    for sign, mistake, cost in _SIGNS.get(type(node.op).__name__, ()):
        yield mistake, cost, text(twin(node, op=sign()))
    match node:
        case ast.BinOp(ast.BinOp(one, first, other), then, last):
            yield "sign", 1.2, text(ast.BinOp(one, first, ast.BinOp(other, then, last)))
        case ast.BinOp(one, first, ast.BinOp(other, then, last)):
            yield "sign", 1.2, text(ast.BinOp(ast.BinOp(one, first, other), then, last))
    if isinstance(node.op, ast.Div) and called(node.left) == "sum" and isinstance(node.left.func, ast.Attribute):
        yield "division", 0.9, f"{text(node.left.func.value)}.mean()"
    if isinstance(node.op, (ast.Add, ast.Sub)) and isinstance(node.right, ast.Constant) and node.right.value == 1:
        yield "off_by_one", 1.0, text(node.left)


_PAIRS = (
    *("min max", "any all", "upper lower", "append extend", "remove discard", "pop remove", "find rfind"),
    *("sum count", "mean median", "head tail", "idxmax max", "idxmin min", "isalpha islower", "keys values"),
)
_SWAPPED = grouped((one, other) for pair in _PAIRS for one, other in permutations(pair.split()))


def _of_call(place: Place) -> Iterator[Change]:
    node, name = place.node, called(place.node)
    for other in _SWAPPED.get(name, ()):
        changed = {"id" if isinstance(node.func, ast.Name) else "attr": other}
        yield "wrong_call", 1.4, text(twin(node, func=twin(node.func, **changed)))
    other_way = _OTHER_WAY.get(name)
    if other_way and not {one.arg for one in node.keywords} & {"reverse", "ascending"}:
        yield "order", 1.1, f"{text(node)[:-1]}{', ' if node.args or node.keywords else ''}{other_way})"
    match node:
        case ast.Call(ast.Name(outer), [inner, *_], []) if outer in _WRAPS:
            yield "wrong_call", 1.3, text(inner)
            if outer == "str":
                yield "result_kind", 1.2, f"''.join({text(inner)})"
        case ast.Call(ast.Name("open"), [path, *own]):
            for mode in "rwa":
                yield "mode", 1.0, text(twin(node, args=[path, ast.Constant(mode), *own[1:]]))
        case ast.Call(ast.Name("input")):
            yield "step", 1.5, f"{text(node)}.strip()"
        case ast.Call(ast.Name("print"), [ast.Constant(str(said))], []) if not said.strip():
            yield "wrong_text", 0.7, "print()"
        case ast.Call(ast.Name("range"), [end]):
            yield from (("range", 1.3, f"range(1, {text(end)}{more})") for more in ("", " + 1"))
        case ast.Call(ast.Name("range"), [start, end]) if not isinstance(start, ast.Constant):
            yield "range", 1.3, f"range({text(end)})"
    if isinstance(node.func, ast.Attribute) and node.args:
        yield "wrong_call", 1.2, text(twin(node, args=[]))
    elif len(node.args) > 1 and hasattr(builtins, name):
        yield "wrong_call", 1.2, text(twin(node, args=node.args[:-1]))
    if len(node.args) > 1 and not hasattr(builtins, name):
        yield "arguments", 1.3, text(twin(node, args=[node.args[1], node.args[0], *node.args[2:]]))
    if name == "pop" and not node.args:
        yield from (("wrong_call", 1.3, f"{text(node)[:-1]}{at})") for at in ("0", *place.scope.names("int")))
    if name == "count" and isinstance(node.func, ast.Attribute) and not node.args:
        yield "wrong_call", 1.2, f"len({text(node.func.value)})"
    if name == "print" and len(node.args) > 1 and not node.keywords:
        yield "comma", 0.5, f"{text(node)[:-1]}, sep='')"
    if name in ("list", "tuple") and len(node.args) == 1 and kind_of(node.args[0], place.scope.kinds) == "set":
        yield "order", 0.5, text(twin(node, func=ast.Name("sorted")))  # a set keeps no order


#: What turns the order of what a call sorts.
_OTHER_WAY = {"sorted": "reverse=True", "sort": "reverse=True", "sort_values": "ascending=False"}
#: Of Python's functions those that give their first argument in another form.
_WRAPS = frozenset("round int float str abs sorted list set len".split())


_MAKERS: dict[type[ast.AST], Callable[[Place], Iterator[Change]]] = {
    ast.Compare: _of_compare, ast.BoolOp: _of_and_or, ast.Constant: _of_constant,
    ast.Name: _of_name, ast.BinOp: _of_binary, ast.Call: _of_call, ast.Attribute: _of_attribute,
}  # fmt: skip


#: What takes the labels of a Series as well as its values.
_LABELLED = frozenset("list sorted set tuple bar barh plot scatter pie".split())
#: A value as one of another kind.
_INTO = {"str": "''.join({})", "list": "list({})", "set": "set({})", "tuple": "tuple({})", "int": "int({})"}


def _by_context(place: Place) -> Iterator[Change]:
    """By where the expression stands: a border, or what a loop goes through."""
    node, parent, own = place.node, place.parent, text(place.node)
    kind = kind_of(node, place.scope.kinds)
    if not isinstance(node, ast.Constant) and kind in ("int", "") and _is_border(place):
        cost = 1.2 if isinstance(parent, (ast.Slice, ast.Subscript)) or called(parent) == "range" else 1.5
        yield from (("off_by_one", cost, f"{own} {sign} 1") for sign in "+-")
    if isinstance(parent, (ast.If, ast.While, ast.BoolOp)) and isinstance(node, ast.BinOp):
        yield "condition", 0.8, f"{own} == 0"
    if isinstance(parent, ast.Return):
        wanted = (one for one in sorted(place.scope.wanted) if one != kind and one in _INTO)
        yield from (("result_kind", 0.8, _INTO[one].format(own)) for one in wanted)
    if isinstance(node, ast.Name) and not kind and called(parent) in _LABELLED and place.field == "args":
        yield "labels", 1.1, f"{own}.index"
    if isinstance(node, ast.Name) and isinstance(parent, ast.Compare) and kind in ("str", ""):
        yield "step", 1.4, f"{own}.strip()"
    is_kept = isinstance(parent, ast.Yield) or called(parent) == "append" and place.field == "args"
    if isinstance(node, ast.Name) and is_kept and kind in ("list", ""):
        yield "copy", 1.0, f"list({own})"
    if isinstance(node, ast.Subscript):
        match node.value:  # of a table the label of a row for its place
            case ast.Attribute(_, "loc"):
                yield "rows", 0.6, text(twin(node, value=twin(node.value, attr="iloc")))
            case ast.Subscript(_, ast.Constant(str())):
                yield "rows", 0.9, f"{text(node.value)}.iloc[{text(node.slice)}]"
        match node.slice:  # the other side of a place
            case ast.Slice(ast.expr() as border, None, None):
                first = border.operand if isinstance(border, ast.UnaryOp) else border  # the first few for the last
                yield "part", 1.2, text(twin(node, slice=ast.Slice(None, first)))
            case ast.Slice(None, ast.expr() as border, None):
                yield "part", 1.2, text(twin(node, slice=ast.Slice(border)))
        if kind_of(node.slice, place.scope.kinds) == "int":
            whole, at = text(node.value), text(node.slice)
            yield from (("part", 1.4, f"{whole}[{part}]") for part in (f"{at}:", f":{at}"))
        near = (name for name in place.scope.names("int") if name not in names_in(node) | {*place.scope.params})
        yield from (("wrong_name", 1.6, name) for name in near)
    if isinstance(parent, (ast.For, ast.comprehension)) and place.field == "iter":
        if isinstance(parent.target, ast.Tuple) and kind in ("dict", ""):
            yield "method", 0.7, f"{own}.items()"
        if kind != "int":
            yield "copy", 1.4, f"list({own})"
            yield "range", 1.6, f"range(len({own}))"
        elif called(node) != "range":
            yield "range", 0.8, f"range({own})"


def _is_border(place: Place) -> bool:
    node, parent = place.node, place.parent
    if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant):
        return False  # its constant has edits of its own
    if isinstance(parent, ast.Subscript):
        return place.field == "slice" and not isinstance(node, (ast.Slice, ast.Tuple))
    borders = isinstance(parent, (ast.Slice, ast.Compare)) or called(parent) == "range" and place.field == "args"
    return borders or isinstance(parent, ast.Return) and not isinstance(node, (ast.Compare, ast.BoolOp, ast.List))
