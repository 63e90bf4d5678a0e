"""What in a program that runs may surprise its author; told to who wonders at the outcome, or asks for a review."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ... import locale
from ..explanation import MAX_SOURCE, quoted, read, said_of
from ..program import FUNCTIONS, IN_PLACE, Case, Function, called, inner, is_generator, names_in, returns
from ..seen import Seen
from .keys import changes

_LAZY = frozenset("map filter zip enumerate reversed generator iterator".split())
_NEW = frozenset(
    "dropna fillna sort_values rename reset_index drop astype assign drop_duplicates set_index sort_index replace"
    " upper lower strip lstrip rstrip title capitalize split join format copy".split()
)
_NEW_PLAIN = frozenset("sorted reversed round abs str int float len sum max min".split())
_LOOPS = (ast.For, ast.While)


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One surprise: its line, from 1, the name of its text, and how likely it is what is wondered at (0 to 1)."""

    line: int
    kind: str  #: of `words` where it begins with `puzzle.` or `mistake.`, else a cause and variant of the explainer
    likely: float
    words: dict[str, str] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """What is said of it, without the line."""
        if self.kind.startswith(("puzzle.", "mistake.")):
            filled = {name: quoted(word) for name, word in self.words.items()}
            return locale.text(self.kind, language, **filled)
        cause, _, variant = self.kind.partition(".")
        return said_of(cause, variant, self.words, language)


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
    """A function without `return`; the None of `print` or of a method in place, used or printed."""
    for function in case.all(ast.FunctionDef):
        is_odd = function.name.startswith("__") or is_generator(function) or returns(function)
        if is_odd or any(isinstance(node, (ast.Pass, ast.Raise)) for node in function.body):
            continue
        prints = [n for n in inner(function) if isinstance(n, ast.Call) and called(n) == "print"]
        stores = any(isinstance(n, (ast.Attribute, ast.Subscript)) and _is_store(n) for n in inner(function))
        uses = [c for c in case.calls(function.name) if not isinstance(case.parents[c], (ast.Expr, ast.Attribute))]
        words = {"function": function.name}
        if prints:
            yield Puzzle(max(p.lineno for p in prints), "none_return.print", 0.95 if uses else 0.7, words)
        elif uses or not (stores or _grown(function.body)):
            yield Puzzle(function.body[-1].lineno, "none_return.forgotten", 0.95 if uses else 0.65, words)
    for call in case.all(ast.Call):
        above, name = case.parents.get(call), called(call)
        if not isinstance(above, (ast.Assign, ast.Call, ast.Return)) or case.functions.get(name):
            continue
        if name == "print" and not isinstance(above, ast.Return):
            yield Puzzle(call.lineno, "none_return.printed", 0.95)
        elif isinstance(call.func, ast.Attribute) and (name in IN_PLACE or _is_inplace(call)):
            yield Puzzle(call.lineno, "none_return.in_place", 0.95, {"function": case.text(call)})


def _is_store(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _is_inplace(call: ast.Call) -> bool:
    return any(k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords)


def unused(case: Case) -> Iterator[Puzzle]:
    """A value that is worked out and kept nowhere, a name alone, a line after `return`, a parameter nobody reads."""
    for statement in case.all(ast.Expr):
        value, words = statement.value, {"code": case.text(statement.value)}
        if isinstance(value, ast.Compare):
            sign = {"sign": "==", "name": case.text(value.left)}
            yield Puzzle(statement.lineno, "comparison_assignment.statement", 0.93, sign)
        if isinstance(value, ast.BinOp):
            yield Puzzle(statement.lineno, "puzzle.unused", 0.93, words)
        if case.tree.body and statement is case.tree.body[-1]:
            continue  # a cell's last line is shown by the notebook itself
        if isinstance(value, (ast.Name, ast.Attribute)):
            yield Puzzle(statement.lineno, "mistake.no_call", 0.85, words)
        if not isinstance(value, ast.Call) or _is_inplace(value):
            continue
        name, is_plain = called(value), isinstance(value.func, ast.Name)
        own = case.functions.get(name, []) if is_plain else []
        gives = bool(own) and bool(returns(own[0])) and not any(called(c) == "print" for c in _calls(own[0]))
        if gives or (not is_plain and name in _NEW) or (is_plain and not own and name in _NEW_PLAIN):
            yield Puzzle(statement.lineno, "puzzle.unused", 0.92, words)
    for above in case.nodes:
        body = getattr(above, "body", None)
        for leaves, after in zip(body, body[1:], strict=False) if isinstance(body, list) else ():
            if isinstance(leaves, (ast.Return, ast.Break, ast.Continue, ast.Raise)):
                yield Puzzle(after.lineno, "mistake.unreachable", 0.9)
    for function in case.all(ast.FunctionDef):
        read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} | {"self", "cls"}
        idle = [a.arg for a in function.args.args if a.arg not in read and not a.arg.startswith("_")]
        if idle and not function.name.startswith("__"):
            yield Puzzle(function.lineno, "mistake.unused", 0.75, {"name": idle[0]})


def _calls(node: ast.AST) -> list[ast.Call]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Call)]


def overwritten(case: Case) -> Iterator[Puzzle]:
    """In a loop: a total that each round replaces, or that each round begins anew. `=+`."""
    for loop in case.all(*_LOOPS):
        names = names_in(loop.target) if isinstance(loop, ast.For) else set()
        reads = {n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and not _is_store(n)}
        for step in loop.body:
            if not (isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Name)) or _is_signed(case, step):
                continue
            name = step.targets[0].id
            began = [v for v in case.values(name, step) if v.lineno < loop.lineno]
            if began and isinstance(began[0], (ast.Constant, ast.List)) and names & names_in(step.value):
                if name not in reads:
                    yield Puzzle(step.lineno, "puzzle.overwritten", 0.85, {"name": name})
            empty = isinstance(step.value, (ast.List, ast.Dict, ast.Constant)) and not names_in(step.value)
            later = any(n.id == name and n.lineno > (loop.end_lineno or 0) for n in case.all(ast.Name))
            if empty and later and name in _grown(loop.body):
                yield Puzzle(step.lineno, "puzzle.begun_anew", 0.92, {"name": name})
    for step in case.all(ast.Assign):
        if _is_signed(case, step):
            yield Puzzle(step.lineno, "puzzle.signed", 0.95, {"name": case.text(step.targets[0])})


def _is_signed(case: Case, step: ast.Assign) -> bool:
    """`x =+ 1`, where `x += 1` was meant."""
    line = case.lines[step.lineno - 1]
    return isinstance(step.value, ast.UnaryOp) and ("=+" in line.replace(" ", "") or "=- " in line)


def _grown(body: list[ast.stmt]) -> set[str]:
    """Names that a block adds to: by `+=`, or by a method."""
    nodes = [n for s in body for n in ast.walk(s)]
    adds = {n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    bases = [n.func.value for n in nodes
             if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in IN_PLACE]  # fmt: skip
    return adds | {base.id for base in bases if isinstance(base, ast.Name)}


def conditions(case: Case) -> Iterator[Puzzle]:
    """`x == 1 or 2`, `x != 1 or x != 2`, `is` for `==`, NaN, texts and numbers compared; a wider test first."""
    for either in case.all(ast.BoolOp):
        bare = [v for v in either.values if isinstance(v, ast.Constant) and not isinstance(v.value, bool)]
        if bare and any(isinstance(v, ast.Compare) for v in either.values):
            word = "or" if isinstance(either.op, ast.Or) else "and"
            yield Puzzle(bare[0].lineno, "puzzle.bare_side", 0.95, {"code": case.text(bare[0]), "word": word})
        unequal = [v for v in either.values if isinstance(v, ast.Compare) and isinstance(v.ops[0], ast.NotEq)]
        if isinstance(either.op, ast.Or) and len({case.text(v.left) for v in unequal}) == 1 < len(unequal):
            yield Puzzle(either.lineno, "puzzle.never_both", 0.93, {"name": case.text(unequal[0].left)})
    for compare in case.all(ast.Compare):
        sides, sign = (compare.left, compare.comparators[0]), compare.ops[0]
        kinds = [case.kind(side) for side in sides]
        if any(case.text(s) in ("np.nan", "math.nan", "float('nan')") for s in (*sides, *_held(case, *sides))):
            yield Puzzle(compare.lineno, "puzzle.nan", 0.95)
        elif isinstance(sign, (ast.Is, ast.IsNot)) and not {"NoneType", "bool"} & set(kinds):
            yield Puzzle(compare.lineno, "puzzle.identity", 0.92)
        elif set(kinds) in ({"str", "int"}, {"str", "float"}) and isinstance(sign, (ast.Eq, ast.NotEq)):
            yield Puzzle(compare.lineno, "str_plus_int.compare", 0.93)
        elif kinds == ["str", "str"] and isinstance(sign, (ast.Lt, ast.Gt, ast.LtE, ast.GtE)):
            yield Puzzle(compare.lineno, "puzzle.by_letters", 0.9)
        elif "float" in kinds and isinstance(sign, ast.Eq):
            yield Puzzle(compare.lineno, "float_precision", 0.8)
    for choice in case.all(ast.If):
        after = choice.orelse[0] if len(choice.orelse) == 1 else None
        if isinstance(after, ast.If) and _covers(choice.test, after.test):
            words = {"code": case.text(choice.test), "later": str(after.lineno)}
            yield Puzzle(choice.lineno, "puzzle.covered", 0.94, words)


def _held(case: Case, *sides: ast.expr) -> list[ast.expr]:
    return [value for side in sides if isinstance(side, ast.Name) for value in case.values(side.id)]


def _covers(first: ast.expr, second: ast.expr) -> bool:
    """Whether whatever passes the second test passes the first, of one name against two numbers."""
    if not (isinstance(first, ast.Compare) and isinstance(second, ast.Compare)):
        return False
    low, high = (getattr(test.comparators[0], "value", None) for test in (first, second))
    if ast.dump(first.left) != ast.dump(second.left) or len(first.ops) + len(second.ops) != 2:
        return False
    if not (isinstance(low, (int, float)) and isinstance(high, (int, float))):
        return False
    signs = (first.ops[0], second.ops[0])
    up, down = (all(isinstance(sign, way) for sign in signs) for way in ((ast.Gt, ast.GtE), (ast.Lt, ast.LtE)))
    return (low < high and up) or (low > high and down)


def texts(case: Case) -> Iterator[Puzzle]:
    """Digits that are text: repeated, joined, sorted by letters; names in quotes; braces without `f`; `^`."""
    for node in case.all(ast.BinOp):
        kinds = {case.kind(node.left), case.kind(node.right)}
        sides = (node.left, node.right)
        digits = any(_is_digits(side) for side in (*sides, *_held(case, *sides)))
        if isinstance(node.op, ast.Mult) and "str" in kinds and digits:
            yield Puzzle(node.lineno, "puzzle.repeated", 0.94)
        elif isinstance(node.op, ast.Add) and kinds == {"str"} and digits:
            yield Puzzle(node.lineno, "puzzle.joined", 0.93)
        elif isinstance(node.op, ast.BitXor) and not {"set", "Series", "bool"} & kinds:
            yield Puzzle(node.lineno, "puzzle.power", 0.9)
        elif isinstance(node.op, (ast.Div, ast.FloorDiv)):
            is_floor = isinstance(node.op, ast.FloorDiv)
            yield Puzzle(node.lineno, "integer_division.floor" if is_floor else "puzzle.divided", 0.6)
    for call in case.calls("print"):
        for text in (a for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)):
            known = [name for name in case.bindings if "{" + name in str(text.value)]
            if known:
                yield Puzzle(call.lineno, "puzzle.braces", 0.93, {"name": known[0]})
            elif str(text.value) in case.bindings and len(call.args) == 1:
                yield Puzzle(call.lineno, "puzzle.quoted", 0.9, {"name": str(text.value)})
    for call in case.all(ast.Call):
        given = call.args[0] if call.args else getattr(call.func, "value", None)
        if called(call) in ("max", "min", "sorted", "sort") and given is not None:
            lists = [v for v in (given, *_held(case, given)) if isinstance(v, ast.List)]
            if any(_is_digits(item) for one in lists for item in one.elts):
                yield Puzzle(call.lineno, "puzzle.by_letters", 0.9)


def _is_digits(node: ast.expr) -> bool:
    """Whether a value is text of digits, or was typed in."""
    if isinstance(node, ast.Call):
        return called(node) == "input"
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip("-. ").isdigit()


def objects(case: Case) -> Iterator[Puzzle]:
    """Printed as it is: a function not called, a map or zip; a comma that makes a tuple; a key twice; ends."""
    stored = {n.id for n in case.all(ast.Name) if _is_store(n)}
    for call in case.calls("print"):
        for given in call.args:
            name = given.attr if isinstance(given, ast.Attribute) else getattr(given, "id", "")
            is_method = isinstance(given, ast.Attribute) and name in _NEW | IN_PLACE
            if is_method or (name in case.functions and name not in stored):
                yield Puzzle(given.lineno, "missing_call", 0.95, {"name": case.text(given)})
            elif case.kind(given) in _LAZY:
                yield Puzzle(given.lineno, "puzzle.lazy", 0.93, {"name": case.text(given)})
    for step in case.all(ast.Assign):
        line = case.lines[(step.end_lineno or step.lineno) - 1].split("#")[0].rstrip()
        if isinstance(step.value, ast.Tuple) and len(step.value.elts) == 1 and line.endswith(","):
            yield Puzzle(step.lineno, "puzzle.comma", 0.95, {"name": case.text(step.targets[0])})
    for table in case.all(ast.Dict):
        keys = [ast.dump(key) for key in table.keys if isinstance(key, ast.Constant)]
        if len(keys) != len(set(keys)):
            yield Puzzle(table.lineno, "puzzle.same_key", 0.95)
    for call in case.calls("range"):
        yield Puzzle(call.lineno, "puzzle.range_end", 0.5, {"code": case.text(call)})
    for node in case.all(ast.Subscript):
        if isinstance(node.slice, ast.Slice) and node.slice.upper is not None and node.slice.step is None:
            yield Puzzle(node.lineno, "puzzle.slice_end", 0.55, {"code": case.text(node)})


def functions(case: Case) -> Iterator[Puzzle]:
    """A parameter that is set in vain, a default that is shared."""
    for function in case.all(*FUNCTIONS):
        yield from _of_function(case, function)


def _of_function(case: Case, function: Function) -> Iterator[Puzzle]:
    given = {a.arg for a in function.args.args}
    if any(isinstance(default, (ast.List, ast.Dict, ast.Set)) for default in function.args.defaults):
        yield Puzzle(function.lineno, "mutable_default", 0.85, {"name": "=", "function": function.name})
    for node in inner(function):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, (ast.Assign, ast.AugAssign)) and isinstance(target, ast.Name) and target.id in given:
            if not returns(function) and not any(called(c) == "print" for c in _calls(function)):
                words = {"name": target.id, "function": function.name}
                yield Puzzle(node.lineno, "puzzle.parameter", 0.9, words)


def loops(case: Case) -> Iterator[Puzzle]:
    """A `while` that nothing ends; a `return` in the first round; a list that is changed in its loop."""
    for loop in case.all(*_LOOPS):
        last = loop.body[-1]
        branches = (last.body, last.orelse) if isinstance(last, ast.If) else ([last],)
        if all(branch and isinstance(branch[-1], ast.Return) for branch in branches):
            yield Puzzle(branches[-1][-1].lineno, "indentation.return", 0.94)
        if isinstance(loop, ast.For):
            if (line := changes(case, loop)) is not None:
                yield Puzzle(line, "modified_during_iteration.skips", 0.9, {"name": "list"})
            continue
        names = names_in(loop.test)
        changed = {n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and _is_store(n)}
        ends = any(isinstance(n, (ast.Break, ast.Return, ast.Raise)) for n in ast.walk(loop))
        if isinstance(loop.test, ast.Compare) and names and not names & (changed | _grown(loop.body)) and not ends:
            if not _calls(loop.test):
                words = {"name": min(names), "code": case.text(loop.test)}
                yield Puzzle(loop.lineno, "puzzle.endless", 0.95, words)


RULES: tuple[Callable[[Case], Iterator[Puzzle]], ...] = (
    nothing_back, unused, overwritten, conditions, texts, objects, functions, loops,
)  # fmt: skip
