"""What in a program that runs may surprise its author; told only to who wonders at the outcome."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .case import FUNCTIONS, Case, Function, called, names_in
from .explaining import MAX_SOURCE, read
from .kinds import IN_PLACE, inner, is_generator, returns
from .seen import Seen

_LAZY = frozenset("map filter zip enumerate reversed generator iterator".split())
_NEW_OF_TABLE = frozenset(
    "dropna fillna sort_values rename reset_index drop astype assign drop_duplicates set_index sort_index"
    " replace".split()
)
_NEW = _NEW_OF_TABLE | frozenset("upper lower strip lstrip rstrip title capitalize split join format copy".split())
_NEW_PLAIN = frozenset("sorted reversed round abs str int float len sum max min".split())


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One surprise: its line, from 1, the name of its text, and how likely it is what is wondered at (0 to 1)."""

    line: int
    kind: str
    likely: float
    words: dict[str, str] = field(default_factory=dict)


def puzzles(source: str) -> list[Puzzle]:
    """All that may surprise in a program, the likeliest first; empty for what is no program. Nothing is run."""
    tree = read(source)[0] if len(source) <= MAX_SOURCE else None
    if tree is None:
        return []
    case = Case(source, tree, Seen())
    found: list[Puzzle] = []
    for rule in RULES:
        try:
            found += rule(case)
        except (RecursionError, ValueError, IndexError, AttributeError, TypeError):
            continue  # a program so odd that one rule stumbles; the others still look
    return sorted(found, key=lambda one: (-one.likely, one.line))


def nothing_back(case: Case) -> Iterator[Puzzle]:
    """The None of a function without `return`, or of a method in place, used or printed."""
    for call in case.all(ast.Call):
        above, name = case.parents.get(call), called(call)
        if isinstance(above, (ast.Expr, ast.Attribute)):
            continue
        own = case.functions.get(name, []) if isinstance(call.func, ast.Name) else []
        if own and isinstance(own[0], ast.FunctionDef) and not returns(own[0]) and not is_generator(own[0]):
            prints = [n for n in inner(own[0]) if isinstance(n, ast.Call) and called(n) == "print"]
            kind, line = ("print", prints[-1].lineno) if prints else ("forgotten", own[0].body[-1].lineno)
            yield Puzzle(line, f"none_return.{kind}", 0.95, {"function": name})
        elif name == "print" and isinstance(above, (ast.Assign, ast.Call)):
            yield Puzzle(call.lineno, "none_return.printed", 0.95)
        elif isinstance(call.func, ast.Attribute) and (name in IN_PLACE or _is_inplace(call)) and not own:
            if isinstance(above, (ast.Assign, ast.Call, ast.Return)):
                yield Puzzle(call.lineno, "none_return.in_place", 0.95, {"function": case.text(call)})


def _is_inplace(call: ast.Call) -> bool:
    return any(k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords)


def unused(case: Case) -> Iterator[Puzzle]:
    """A value that is worked out and kept nowhere."""
    for statement in case.all(ast.Expr):
        value = statement.value
        if isinstance(value, ast.BinOp):
            yield Puzzle(statement.lineno, "unused", 0.93, {"code": case.text(value)})
        if not isinstance(value, ast.Call) or _is_inplace(value) or _is_last(case, statement):
            continue
        name, is_plain = called(value), isinstance(value.func, ast.Name)
        own = case.functions.get(name, []) if is_plain else []
        gives = bool(own) and bool(returns(own[0])) and not any(called(n) == "print" for n in _calls(own[0]))
        if gives or (not is_plain and name in _NEW) or (is_plain and not own and name in _NEW_PLAIN):
            yield Puzzle(statement.lineno, "unused", 0.92, {"code": case.text(value)})


def _is_last(case: Case, statement: ast.stmt) -> bool:
    """A cell's last line is shown by the notebook itself."""
    return bool(case.tree.body) and statement is case.tree.body[-1]


def _calls(node: ast.AST) -> list[ast.Call]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Call)]


def overwritten(case: Case) -> Iterator[Puzzle]:
    """In a loop: a total that each round replaces, or that each round begins anew; `=+`."""
    for loop in case.all(ast.For, ast.While):
        names = names_in(loop.target) if isinstance(loop, ast.For) else set()
        for step in loop.body:
            if not (isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Name)):
                continue
            name = step.targets[0].id
            if _is_signed(case, step):
                continue
            began = [v for v in case.values(name, step) if v.lineno < loop.lineno]
            reads = {
                n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }
            if began and isinstance(began[0], (ast.Constant, ast.List)) and names & names_in(step.value):
                if name not in reads and not isinstance(case.parents.get(loop), FUNCTIONS + (ast.For,)):
                    yield Puzzle(step.lineno, "overwritten", 0.9, {"name": name})
                elif name not in reads:
                    yield Puzzle(step.lineno, "overwritten", 0.85, {"name": name})
            empty = isinstance(step.value, (ast.List, ast.Dict, ast.Constant)) and not names_in(step.value)
            if empty and name in _grown(loop.body) and _read_after(case, loop, name):
                yield Puzzle(step.lineno, "begun_anew", 0.92, {"name": name})
    for step in case.all(ast.Assign):
        if _is_signed(case, step):
            yield Puzzle(step.lineno, "signed", 0.95, {"name": case.text(step.targets[0])})


def _is_signed(case: Case, step: ast.Assign) -> bool:
    """`x =+ 1`, where `x += 1` was meant."""
    line = case.lines[step.lineno - 1].replace(" ", "")
    return isinstance(step.value, ast.UnaryOp) and (
        "=+" in line or ("=-" in line and "=- " in case.lines[step.lineno - 1])
    )


def _grown(body: list[ast.stmt]) -> set[str]:
    """Names that a block adds to: by `+=`, or by a method."""
    nodes = [n for s in body for n in ast.walk(s)]
    adds = {n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    calls = [
        n.func.value
        for n in nodes
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in IN_PLACE
    ]
    return adds | {base.id for base in calls if isinstance(base, ast.Name)}


def _read_after(case: Case, loop: ast.stmt, name: str) -> bool:
    last = loop.end_lineno or loop.lineno
    return any(n.id == name and isinstance(n.ctx, ast.Load) and n.lineno > last for n in case.all(ast.Name))


def conditions(case: Case) -> Iterator[Puzzle]:
    """`x == 1 or 2`, `x != 1 or x != 2`, `is` for `==`, NaN, texts and numbers compared."""
    for either in case.all(ast.BoolOp):
        bare = [v for v in either.values if isinstance(v, ast.Constant) and not isinstance(v.value, bool)]
        if bare and any(isinstance(v, ast.Compare) for v in either.values):
            word = "or" if isinstance(either.op, ast.Or) else "and"
            yield Puzzle(bare[0].lineno, "bare_side", 0.95, {"code": case.text(bare[0]), "word": word})
        unequal = [v for v in either.values if isinstance(v, ast.Compare) and isinstance(v.ops[0], ast.NotEq)]
        if isinstance(either.op, ast.Or) and len({case.text(v.left) for v in unequal}) == 1 < len(unequal):
            yield Puzzle(either.lineno, "never_both", 0.93, {"name": case.text(unequal[0].left)})
    for compare in case.all(ast.Compare):
        sides = (compare.left, compare.comparators[0])
        kinds = [case.kind(side) for side in sides]
        if any(
            case.text(s) in ("np.nan", "math.nan", "numpy.nan", "float('nan')") for s in (*sides, *_held(case, sides))
        ):
            yield Puzzle(compare.lineno, "nan", 0.95)
        elif isinstance(compare.ops[0], (ast.Is, ast.IsNot)) and not {"NoneType", "bool"} & set(kinds):
            yield Puzzle(compare.lineno, "identity", 0.92)
        elif set(kinds) in ({"str", "int"}, {"str", "float"}) and isinstance(compare.ops[0], (ast.Eq, ast.NotEq)):
            yield Puzzle(compare.lineno, "str_plus_int.compare", 0.93)
        elif kinds == ["str", "str"] and isinstance(compare.ops[0], (ast.Lt, ast.Gt, ast.LtE, ast.GtE)):
            yield Puzzle(compare.lineno, "by_letters", 0.9)
        elif "float" in kinds and isinstance(compare.ops[0], ast.Eq):
            yield Puzzle(compare.lineno, "float_precision", 0.8)


def _held(case: Case, sides: tuple[ast.expr, ...]) -> list[ast.expr]:
    return [value for side in sides if isinstance(side, ast.Name) for value in case.values(side.id)]


def branches(case: Case) -> Iterator[Puzzle]:
    """An `else` of the last `if` alone; a wider condition before a narrower; both branches of a loop that return."""
    for block in case.nodes:
        body = getattr(block, "body", None)
        for first, second in zip(body, body[1:], strict=False) if isinstance(body, list) else ():
            if isinstance(first, ast.If) and isinstance(second, ast.If) and not first.orelse and second.orelse:
                if _stored(first) & _stored(second):
                    yield Puzzle(second.lineno, "two_questions", 0.85, {"line": str(first.lineno)})
    for choice in case.all(ast.If):
        after = choice.orelse[0] if len(choice.orelse) == 1 else None
        if isinstance(after, ast.If) and _covers(choice.test, after.test):
            words = {"code": case.text(choice.test), "later": str(after.lineno)}
            yield Puzzle(choice.lineno, "covered", 0.94, words)
    for loop in case.all(ast.For, ast.While):
        last = loop.body[-1]
        if (
            isinstance(last, ast.If)
            and last.orelse
            and all(isinstance(b[-1], ast.Return) for b in (last.body, last.orelse))
        ):
            yield Puzzle(last.orelse[-1].lineno, "both_return", 0.94)


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _covers(first: ast.expr, second: ast.expr) -> bool:
    """Whether whatever passes the second test passes the first, of one name against two numbers."""
    if not (isinstance(first, ast.Compare) and isinstance(second, ast.Compare)):
        return False
    limits = first.comparators[0], second.comparators[0]
    if ast.dump(first.left) != ast.dump(second.left) or len(first.ops) + len(second.ops) != 2:
        return False
    low, high = (n.value if isinstance(n, ast.Constant) else None for n in limits)
    if not (isinstance(low, (int, float)) and isinstance(high, (int, float))):
        return False
    up, down = (ast.Gt, ast.GtE), (ast.Lt, ast.LtE)
    both = (first.ops[0], second.ops[0])
    return (low < high and all(isinstance(o, up) for o in both)) or (
        low > high and all(isinstance(o, down) for o in both)
    )


def texts(case: Case) -> Iterator[Puzzle]:
    """Digits that are text: repeated, joined, sorted by letters; names in quotes; braces without `f`; `^`."""
    for node in case.all(ast.BinOp):
        kinds = {case.kind(node.left), case.kind(node.right)}
        if isinstance(node.op, ast.Mult) and "str" in kinds and _may_be_number(case, node):
            yield Puzzle(node.lineno, "repeated", 0.94)
        elif isinstance(node.op, ast.Add) and kinds == {"str"} and _may_be_number(case, node):
            yield Puzzle(node.lineno, "joined", 0.93)
        elif isinstance(node.op, ast.BitXor) and not {"set", "Series", "bool"} & kinds:
            yield Puzzle(node.lineno, "power", 0.9)
    for call in case.all(ast.Call):
        for text in (a for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)):
            known = [n for n in case.bindings if "{" + n in str(text.value)]
            if known and called(call) == "print":
                yield Puzzle(call.lineno, "braces", 0.93, {"name": known[0]})
            elif (word := str(text.value)) in case.bindings and called(call) == "print" and len(call.args) == 1:
                yield Puzzle(call.lineno, "quoted", 0.9, {"name": word})
        given = call.args[0] if call.args else getattr(call.func, "value", None)
        for value in (
            (given, *_held(case, (given,))) if called(call) in ("max", "min", "sorted", "sort") and given else ()
        ):
            if isinstance(value, ast.List) and any(_is_digits(item) for item in value.elts):
                yield Puzzle(call.lineno, "by_letters", 0.9)


def _may_be_number(case: Case, node: ast.BinOp) -> bool:
    """Whether a side is text of digits, or was typed in."""
    sides = (node.left, node.right)
    return any(
        _is_digits(v) or (isinstance(v, ast.Call) and called(v) == "input") for v in (*sides, *_held(case, sides))
    )


def _is_digits(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip("-. ").isdigit()


def objects(case: Case) -> Iterator[Puzzle]:
    """Printed as it is: a function not called, a map or zip; `append` of a list; a comma that makes a tuple."""
    for call in case.calls("print"):
        for given in call.args:
            name = given.attr if isinstance(given, ast.Attribute) else getattr(given, "id", "")
            if (
                isinstance(given, ast.Attribute)
                and name in _NEW | IN_PLACE
                or (name in case.functions and name not in _all_set(case))
            ):
                yield Puzzle(given.lineno, "missing_call", 0.95, {"name": case.text(given)})
            elif case.kind(given) in _LAZY:
                yield Puzzle(given.lineno, "lazy", 0.93, {"name": case.text(given)})
    for call in case.calls("append"):
        if call.args and case.kind(call.args[0]) == "list" and isinstance(case.parents.get(call), ast.Expr):
            if case.above(call, ast.For, ast.While) is None:
                yield Puzzle(call.lineno, "one_item", 0.85)
    for step in case.all(ast.Assign):
        line = case.lines[(step.end_lineno or step.lineno) - 1].split("#")[0].rstrip()
        if isinstance(step.value, ast.Tuple) and len(step.value.elts) == 1 and line.endswith(","):
            yield Puzzle(step.lineno, "comma", 0.95, {"name": case.text(step.targets[0])})


def _all_set(case: Case) -> set[str]:
    return {n.id for n in case.all(ast.Name) if isinstance(n.ctx, ast.Store)}


def functions(case: Case) -> Iterator[Puzzle]:
    """A parameter that is set in vain, a function that nobody calls."""
    for function in case.all(*FUNCTIONS):
        if isinstance(case.scope(function), ast.Module):
            yield from _of_function(case, function)


def _of_function(case: Case, function: Function) -> Iterator[Puzzle]:
    given = {a.arg for a in function.args.args}
    for node in inner(function):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, (ast.Assign, ast.AugAssign)) and isinstance(target, ast.Name) and target.id in given:
            if not returns(function) and not any(called(c) == "print" for c in _calls(function)):
                yield Puzzle(node.lineno, "parameter", 0.9, {"name": target.id, "function": function.name})
    used = [n for n in case.all(ast.Name) if n.id == function.name]
    prints = any(called(c) == "print" for c in _calls(function))
    if not used and prints and not given and len(case.tree.body) == 1:
        yield Puzzle(function.lineno, "uncalled", 0.83, {"name": function.name})


def loops(case: Case) -> Iterator[Puzzle]:
    """A `while` that nothing ends; `print` in the loop or after it; what is left of the loop's own name."""
    for loop in case.all(ast.While):
        names, changed = names_in(loop.test), {n for s in loop.body for n in _stored(s)}
        ends = any(isinstance(n, (ast.Break, ast.Return, ast.Raise)) for n in ast.walk(loop))
        if isinstance(loop.test, ast.Compare) and names and not names & (changed | _grown(loop.body)) and not ends:
            if not _calls(loop.test):
                yield Puzzle(loop.lineno, "endless", 0.95, {"name": min(names), "code": case.text(loop.test)})
    for loop in case.all(ast.For):
        grown = _grown(loop.body)
        for step in loop.body:
            if isinstance(step, ast.Expr) and isinstance(step.value, ast.Call) and called(step.value) == "print":
                if grown & names_in(step):
                    yield Puzzle(step.lineno, "each_round", 0.7)
        last = loop.end_lineno or loop.lineno
        for call in (c for c in case.calls("print") if c.lineno > last and case.scope(c) is case.scope(loop)):
            own = names_in(loop.target) & {n for a in call.args for n in names_in(a)}
            if own and case.above(call, ast.For, ast.While) is None:
                yield Puzzle(call.lineno, "last_round", 0.8, {"name": min(own)})


def numbers(case: Case) -> Iterator[Puzzle]:
    """Right, and yet often not what was meant: `/`, `//`, ends of ranges and slices, halves, floats."""
    for node in case.all(ast.BinOp):
        floats = [n for n in (node.left, node.right) if isinstance(n, ast.Constant) and type(n.value) is float]
        if isinstance(node.op, (ast.Div, ast.FloorDiv)):
            is_floor = isinstance(node.op, ast.FloorDiv)
            yield Puzzle(node.lineno, "integer_division.floor" if is_floor else "divided", 0.6)
        elif floats and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
            yield Puzzle(node.lineno, "float_precision", 0.62)
    for call in case.all(ast.Call):
        if called(call) == "range" and 0 < len(call.args) < 4:
            yield Puzzle(call.lineno, "range_end", 0.5, {"code": case.text(call)})
        elif called(call) == "round" and len(call.args) == 1:
            yield Puzzle(call.lineno, "halves", 0.65)
        elif called(call) == "int" and call.args and case.kind(call.args[0]) == "float":
            yield Puzzle(call.lineno, "cut", 0.65)
        elif called(call) == "list" and len(call.args) == 1 and case.kind(call.args[0]) == "list":
            yield Puzzle(call.lineno, "copied", 0.64, {"name": case.text(call.args[0])})
    for node in case.all(ast.Subscript):
        if isinstance(node.slice, ast.Slice) and node.slice.upper is not None and node.slice.step is None:
            yield Puzzle(node.lineno, "slice_end", 0.55, {"code": case.text(node)})
    for table in case.all(ast.Dict):
        keys = [ast.dump(k) for k in table.keys if isinstance(k, ast.Constant)]
        if len(keys) != len(set(keys)):
            yield Puzzle(table.lineno, "same_key", 0.95)


RULES: tuple[Callable[[Case], Iterator[Puzzle]], ...] = (
    nothing_back, unused, overwritten, conditions, branches, texts, objects, functions, loops, numbers,
)  # fmt: skip
