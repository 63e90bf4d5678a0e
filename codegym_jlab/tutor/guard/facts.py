# ruff: noqa: E501  (tables)
"""What a solution does, step by step and free of any language, and how much of it a text tells in the same order.

For replies that cannot be run: prose, invented notations, languages that no parser here reads.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .lexicon import facts_said
from .reading import parsed

#: What every answer has, and what a plan may name: it decides little.
_LIGHT = {"loop": 0.4, "if": 0.4, "else": 0.5, "return": 0.4, "empty": 0.3, "none": 0.4, "len": 0.6, "get": 0.8, "items": 0.2, "str": 0.3, "int": 0.5}  # fmt: skip
_COMPARED = {
    ast.Lt: "order", ast.LtE: "order", ast.Gt: "order", ast.GtE: "order", ast.Eq: "eq", ast.NotEq: "eq",
    ast.Is: "eq", ast.IsNot: "eq", ast.In: "in", ast.NotIn: "in",
}  # fmt: skip
_COUNTED = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "div", ast.Mod: "mod",
    ast.USub: "sub", ast.Pow: "mul", ast.BitAnd: "in", ast.BitOr: "add",
}  # fmt: skip
_STEPS = {
    ast.For: "loop", ast.While: "loop", ast.Return: "return", ast.Yield: "yield",
    ast.Continue: "continue", ast.Break: "break", ast.Raise: "raise",
}  # fmt: skip
_CALLED = {
    "append": "add", "add": "add", "extend": "add", "insert": "add", "setdefault": "get", "reversed": "reverse", "sort": "sorted",
    "casefold": "lower", "lstrip": "strip", "rstrip": "strip", "partition": "split", "splitlines": "split", "remove": "pop",
    "isnumeric": "isdigit", "isdecimal": "isdigit", "list": "", "tuple": "", "set": "unique", "dict": "", "print": "", "range": "",
    "keys": "", "values": "", "enumerate": "", "popleft": "pop", "isinstance": "", "groupby": "group", "sort_values": "sorted", "sort_index": "sorted",
    "nlargest": "sorted", "nsmallest": "sorted", "drop_duplicates": "unique", "nunique": "unique", "dropna": "missing", "isna": "missing", "notna": "missing",
    "isnull": "missing", "fillna": "fill", "reset_index": "", "copy": "", "to_dict": "", "astype": "", "tolist": "", "agg": "", "transform": "", "apply": "",
    "idxmax": "max", "idxmin": "min", "argmax": "max", "argmin": "min", "head": "slice", "value_counts": "len", "isin": "in", "cumsum": "sum", "where": "if",
    "DataFrame": "", "Series": "", "array": "", "mean": "mean", "defaultdict": "", "Counter": "len", "OrderedDict": "", "deque": "",
}  # fmt: skip
_COMMON = frozenset({*_LIGHT, "add", "number 0", "number 1", "continue", "yield"})
_PUNCTUATION = re.compile(r"text \W+")
#: What is said in the place of a step.
_ALSO: dict[str, tuple[str, ...]] = {
    "max": ("order",), "min": ("order",), "slice": ("range",), "eq": ("in",), "in": ("eq",), "sum": ("add",),
    "empty": ("number 0",), "none": ("empty",), "else": ("if",), "isdigit": ("int",),
    "yield": ("add",), "get": ("in", "group"), "group": ("get",), "unique": ("in",), "any": ("if",), "all": ("if",), "sub": ("pop",), "add": ("sum",), "number 1": ("last",),
}  # fmt: skip
_KNOWN = frozenset("self add get isalnum isdigit max min sum len sorted reverse lower upper join split strip get items int float str ord chr pop zip any all group unique median missing fill merge if slice".split())  # fmt: skip


def facts_of(solution: str) -> list[list[str]]:
    """A solution's steps in the order in which they stand, and in that in which they are done."""
    tree = parsed(solution)
    if tree is None:
        return []
    names = frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return [list(_Walk(names, done).of(tree)) for done in (False, True)]


@dataclass(frozen=True)
class _Walk:
    """`own`: functions of the solution. `done`: what a call or a comprehension is made of comes before it."""

    own: frozenset[str]
    done: bool

    def of(self, node: ast.AST) -> Iterator[str]:
        """The steps of one node."""
        match node:
            case ast.JoinedStr():
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        yield from self.of(part.value)
            case ast.Constant():
                yield from _constant(node.value)
            case ast.Compare():
                yield from self.of(node.left)
                for operator, right in zip(node.ops, node.comparators, strict=True):
                    yield _COMPARED[type(operator)]
                    yield from self.of(right)
            case ast.Subscript(slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))):
                yield from self.of(node.value)
                yield "last"
            case ast.Call(func=ast.Name(id="set"), args=[]):
                yield "empty"
            case ast.BinOp():
                yield from self.of(node.left)
                yield from filter(None, [_COUNTED.get(type(node.op), "")])
                yield from self.of(node.right)
            case ast.If() | ast.IfExp():
                yield from self._choice(node)
            case ast.Expr(value=ast.Constant()):
                return
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                yield from self._each(node)
            case ast.Call():
                yield from self._call(node)
            case _:
                yield from self._other(node)

    def _other(self, node: ast.AST) -> Iterator[str]:
        if type(node) in _STEPS:
            yield _STEPS[type(node)]
        elif isinstance(node, (ast.AugAssign, ast.UnaryOp)):
            yield from filter(None, [_COUNTED.get(type(node.op), "")])
        elif isinstance(node, (ast.List, ast.Dict)) and not (node.elts if isinstance(node, ast.List) else node.keys):
            yield "empty"
        elif isinstance(node, ast.Slice):
            yield "slice"
        for child in ast.iter_child_nodes(node):
            yield from self.of(child)

    def _choice(self, node: ast.If | ast.IfExp) -> Iterator[str]:
        yield "if"
        yield from self.of(node.test)
        branches: list[Sequence[ast.AST]] = (
            [[node.body], [node.orelse]] if isinstance(node, ast.IfExp) else [node.body, node.orelse]
        )
        for place, branch in enumerate(branches):
            if place and branch:
                yield "else"
            for part in branch:
                yield from self.of(part)

    def _each(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Iterator[str]:
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        parts = [*node.generators, *made] if self.done else [*made, *node.generators]
        for part in parts:
            if isinstance(part, ast.comprehension):
                yield "loop"
                yield from self.of(part.iter)
                for test in part.ifs:
                    yield "if"
                    yield from self.of(test)
            else:
                yield from self.of(part)

    def _call(self, node: ast.Call) -> Iterator[str]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        fact = "self" if name in self.own else _CALLED.get(name, name)
        known = [fact] if fact in _KNOWN else [f"text {name}"] if fact and len(name) > 2 else []
        known = ["sum", "div"] if fact == "mean" else known
        inner = [*([node.func.value] if isinstance(node.func, ast.Attribute) else []), *node.args]
        inner += [keyword.value for keyword in node.keywords]
        if not self.done:
            yield from known
        for part in inner:
            yield from self.of(part)
        if self.done:
            yield from known


def _constant(value: object) -> Iterator[str]:
    if value is None:
        yield "none"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield f"number {value:g}"
    elif isinstance(value, str):
        yield f"text {value}" if value else "empty"


@dataclass(frozen=True)
class Steps:
    """One solution's steps. `public`: what everybody reads of the exercise; what it says decides less."""

    solution: str
    public: str

    @cached_property
    def orders(self) -> list[list[str]]:
        """The steps in each order in which they may be told."""
        return facts_of(self.solution)

    @cached_property
    def _given(self) -> frozenset[str]:
        return frozenset(facts_said(self.public, is_code=False))

    def worth(self, fact: str) -> float:
        """How much a step decides."""
        if fact in ("number 0", "number 1"):
            return 0.25
        if fact.startswith(("number", "text")):
            return 0.3 if fact in self._given or fact[5:] in self.public else 1.0
        return _LIGHT.get(fact, 1.0) * (0.7 if fact in self._given else 1.0)

    @cached_property
    def _names(self) -> tuple[str, str]:
        """Patterns of the functions that call themselves, and of the texts that the solution uses."""
        tree = parsed(self.solution)
        nodes = list(ast.walk(tree)) if tree else []
        defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        texts = {
            fact[5:] for fact in itertools.chain(*self.orders) if re.fullmatch(r"text (?:\w{3,}|[^\w\s]{3,})", fact)
        }
        return "|".join(map(re.escape, sorted(defined & called))), "|".join(map(re.escape, sorted(texts)))

    def quoted(self, text: str) -> str:
        """`text` with the solution's words in quotes, and its own name as what it is to it."""
        own, texts = self._names
        if texts:
            text = re.sub(rf"[\"'`]?(?<!\w)({texts})(?!\w)[\"'`]?", r' "\1" ', text)
        return re.sub(rf"(?<!\w)(?:{own})(?!\w)", " itself ", text) if own else text

    def named(self, stream: Sequence[str]) -> float:
        """The part of the steps' worth that a text names in any order."""
        have = Counter(stream)
        for fact, others in _ALSO.items():
            have[fact] += sum(have[other] for other in others)
        facts = self.orders[0] if self.orders else []
        total = sum(map(self.worth, facts))
        return sum(min(have[fact], n) * self.worth(fact) for fact, n in Counter(facts).items()) / (total or 1.0)

    def decided(self, stream: Sequence[str]) -> float:
        """The part of the steps that other tasks do not have too, such as a loop that adds up, that a text names."""
        wanted = Counter(
            fact for fact in (self.orders or [[]])[0] if fact not in _COMMON and not _PUNCTUATION.fullmatch(fact)
        )
        have = Counter(stream)
        for fact, others in _ALSO.items():
            have[fact] += sum(have[other] for other in others)
        return sum(min(have[fact], n) for fact, n in wanted.items()) / (wanted.total() or 1) if wanted else 1.0

    def adds(self, cell: str, stream: Sequence[str]) -> float:
        """The part of the steps that a student's cell lacks, by worth, that a text names; 0 where it lacks none."""
        done = Counter(facts_said(self.quoted(cell), is_code=True))
        for order in facts_of(cell)[:1]:
            done |= Counter(order)
        lacks = Counter(self.orders[0] if self.orders else []) - done
        new = Counter(stream) - done
        for fact, others in _ALSO.items():
            new[fact] += sum(new[other] for other in others)
        total = sum(self.worth(fact) * n for fact, n in lacks.items())
        return sum(self.worth(fact) * min(new[fact], n) for fact, n in lacks.items()) / total if total else 0.0

    def told(self, stream: Sequence[str]) -> float:
        """The part of the steps' worth that a text names in order, from 0 to 1."""
        shares = [self._in_order(facts, stream) / sum(map(self.worth, facts)) for facts in self.orders if facts]
        return max(shares, default=0.0)

    def _in_order(self, facts: Sequence[str], stream: Sequence[str]) -> float:
        """The worth of the longest sequence of steps that both have."""
        last = [0.0] * (len(stream) + 1)
        for fact in facts:
            worth, row, also = self.worth(fact), [0.0], _ALSO.get(fact, ())
            for place, said in enumerate(stream):
                best = max(row[place], last[place + 1])
                row.append(max(best, last[place] + worth) if said == fact or said in also else best)
            last = row
        return last[-1]
