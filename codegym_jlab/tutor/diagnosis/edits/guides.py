"""Right answers as guides: where a wrong program differs from one that is like it, and what stands there instead.

The statements of both are laid side by side, block by block, at the least cost; names of the right answer become the
student's by the places where they stand. Each difference is an edit, and so are the differences of one answer together.
"""

import ast
import builtins
import copy
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, lru_cache, reduce
from itertools import combinations
from operator import itemgetter
from typing import Any

from codegym_jlab.records import parse

from ...explain.program import every, names_in, stored
from ...guard.syntax import is_text
from ..program import Edit, Patch, Path, found_at, text
from .flow import Unfold, folded, names_of, with_ways

#: Right answers of others that are looked at, their characters, those that guide, and how many lines away they may be.
MOST_RIGHT, _LONGEST, _NEAREST, _MOST_FAR = 50, 3000, 8, 6.0
#: The differences of a right answer at most, and of those that make an edit the lines that are told, and their size.
_MOST_HUNKS, _MOST_LINES, _MOST_SIZE = 6, 3, 4.5
#: What one difference costs, each further one of the same answer, and how much more for each line that it is far.
_COST, _FURTHER, _FAR = 0.6, 0.45, 0.15
#: What it costs to lay a `return` beside a statement that is none, and each word of a difference beyond the first few.
_LEAVES, _WORDS, _FEW = 0.5, 0.04, 8
_WORD = re.compile(r"\w+|[^\w\s]")


def edits_toward(tree: ast.Module, rights: Sequence[str], kept: Set[str] = frozenset()) -> list[Edit]:
    """What the right answers that are most like a program have in place of its own, the nearest first.

    `kept`: names that checks read.
    """
    tree = with_ways(copy.deepcopy(tree))
    own, flat = _Forms(tree, names_of(tree)), _Forms(*folded(tree, kept))
    shape = own.shape()
    short = [one for one in dict.fromkeys(rights[: MOST_RIGHT + 1]) if len(one) <= _LONGEST]
    parsed = [one for one in map(_shape, short) if one is not None]
    near = sorted(parsed, key=lambda one: ((shape - one[1]) + (one[1] - shape)).total())[:_NEAREST]
    found: dict[object, Edit] = {}
    nearest = []
    for source, _ in near:
        styles = [*_styles(source)]
        flatter = [folded(right, kept)[0] for right in styles]
        for mine, others in ((own, styles), (flat, flatter)):
            nearest.append(min((_differences(mine, right) for right in others), key=itemgetter(0)))
    for far, hunks in sorted(nearest, key=itemgetter(0)):
        if len(hunks) > _MOST_HUNKS or far > min(_MOST_FAR, shape.total()):  # so far it is another program
            continue
        for number in range(1, len(hunks) + 1):
            for some in combinations(hunks, number):
                edit = reduce(Edit.with_, some)
                if len(edit.lines) <= _MOST_LINES and edit.cost <= _MOST_SIZE:
                    cost = _COST + _FAR * far + _FURTHER * (edit.cost - 1) + _WORDS * _new_words(tree, edit)
                    found.setdefault(edit.patches, replace(edit, cost=cost, far=far, parts=number))
    return list(found.values())


def _new_words(tree: ast.Module, edit: Edit) -> int:
    """How many words stand there in place of others, beyond a few for each place."""
    found = 0
    for path, new in edit.patches:
        old, now = (Counter(_WORD.findall(one)) for one in (text(found_at(tree, path)), new))
        found += max((old - now).total(), (now - old).total(), _FEW) - _FEW
    return found


@lru_cache(maxsize=500)
def _shape(source: str) -> tuple[str, Counter[str]] | None:
    try:
        return source, _Forms(parse(source)).shape()
    except (SyntaxError, ValueError, RecursionError):
        return None


class _Forms:
    """The statements of a program in words that can be compared, whatever the names of its variables are."""

    def __init__(self, tree: ast.Module, folds: dict[str, str] | None = None) -> None:
        self.tree, self.folds = tree, folds or {}
        self.names = stored(tree) | {node.arg for node in every(tree, ast.arg)}
        self.head = cache(self._head)

    def _head(self, node: Any) -> tuple[list[str], list[str]]:
        """The words of a statement without the blocks that it holds; the same with one name for all variables."""
        words = _WORD.findall(type(node).__name__ + " " + " ".join(text(part) for _, part in _head_parts(node)))
        return words, ["_" if word in self.names else word for word in words]

    def shape(self) -> Counter[str]:
        """How often each form of a statement stands in it."""
        return Counter(" ".join(self.head(node)[1]) for node in every(self.tree, ast.stmt))


def form_of(source: str, line: int) -> str:
    """The statement at a line of a program, whatever the names of its variables are; "" for none."""
    forms = _Forms(parse(source))
    at = (node for node in every(forms.tree, ast.stmt) if node.lineno <= line <= node.end_lineno)
    found = max(at, key=lambda node: node.lineno, default=None)
    return " ".join(forms.head(found)[1]) if found is not None else ""


def _head_parts(node: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a statement that a change of its head changes; of one without blocks the statement itself."""
    if not hasattr(node, "body"):
        yield "", node
    elif isinstance(node, ast.FunctionDef):
        yield from (("args", one) for one in node.args.args)
    else:
        yield from ((name, getattr(node, name)) for name in ("target", "iter", "test") if hasattr(node, name))


def _styles(source: str) -> Iterator[ast.Module]:
    """A right answer as it is; what follows an `if` that leaves behind each of them; and in their `else`."""
    seen = set()
    for change in (list, _level, _nest):
        tree = parse(source)
        for node in (one for one in every(tree, ast.AST) if isinstance(getattr(one, "body", None), list)):
            node.body = change(node.body)
        if (form := ast.dump(tree)) not in seen:
            seen.add(form)
            yield tree


def _leaves(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.body[-1], (ast.Return, ast.Continue, ast.Break))


def _level(block: list[Any]) -> list[Any]:
    found = []
    for one in block:
        found.append(one)
        if _leaves(one):
            found += _level(one.orelse)
            one.orelse = []
    return found


def _nest(block: list[Any]) -> list[Any]:
    for at, one in enumerate(block[:-1]):
        if _leaves(one) and not one.orelse:
            one.orelse = _nest(block[at + 1 :])
            return block[: at + 1]
    return block


def _differences(own: _Forms, right: ast.Module) -> tuple[float, list[Edit]]:
    """How far a right answer, which gets the student's names, is in lines, and in what it differs. Costs are lines."""
    names = _names(own, _Forms(right))
    for node in ast.walk(right):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
    match = _Match(own, _Forms(right), plain=False)
    cost, steps = match.blocks(own.tree.body, right.body)
    return cost, list(match.hunks(own.tree.body, right.body, steps, ("body",), 1))


def _names(own: _Forms, right: _Forms) -> dict[str, str]:
    """For the variables of a right answer those of the program that stand in the same places most often."""
    votes = Counter[tuple[str, str]]()
    match = _Match(own, right, plain=True)
    for one, other in match.pairs(own.tree.body, right.tree.body):
        (words, forms), (others, other_forms) = own.head(one), right.head(other)
        if forms == other_forms:
            votes.update((b, a) for a, b in zip(words, others, strict=True) if a in own.names and b in right.names)
        if isinstance(one, ast.FunctionDef):
            for a, b in zip(one.args.args, other.args.args, strict=False):
                votes[b.arg, a.arg] += 100
    found: dict[str, str] = {}
    for name in right.names & own.names:
        votes[name, name] += 1
    for (name, mine), _ in votes.most_common():
        if name not in found and mine not in found.values():
            found[name] = mine
    for name in right.names - found.keys():
        found[name] = f"{name}_" if name in found.values() else name
    return found


@dataclass
class _Match:
    """The cheapest way to lay the statements of two programs side by side. `plain`: whatever their names are."""

    own: _Forms
    right: _Forms
    plain: bool

    def __post_init__(self) -> None:
        self._beside = cache(self._cost_beside)

    def blocks(self, own: Sequence[Any], right: Sequence[Any]) -> tuple[float, str]:
        """The cost, and for each step whether a statement goes (-), comes (+) or stands beside one (=)."""
        row: list[tuple[float, str]] = [(0.0, "")]
        for other in right:
            row.append((row[-1][0] + _lines(other), row[-1][1] + "+"))
        for one in own:
            before, row = row, [(row[0][0] + _lines(one), row[0][1] + "-")]
            for at, other in enumerate(right):
                beside = before[at][0] + self._beside(one, other), before[at][1] + "="
                goes = before[at + 1][0] + _lines(one), before[at + 1][1] + "-"
                comes = row[at][0] + _lines(other), row[at][1] + "+"
                row.append(min(beside, goes, comes, key=lambda step: step[0]))
        return row[-1]

    def _cost_beside(self, one: Any, other: Any) -> float:
        is_same = is_text(one) == is_text(other) and getattr(one, "name", "") == getattr(other, "name", "")
        is_block = hasattr(one, "body") or hasattr(other, "body")
        if not is_same or is_block and type(one) is not type(other):
            return 1e9
        cost = self._differ(one, other) + _LEAVES * (isinstance(one, ast.Return) != isinstance(other, ast.Return))
        for part in ("body", "orelse", "finalbody"):
            cost += self.blocks(getattr(one, part, []), getattr(other, part, []))[0]
        return cost

    def _differ(self, one: Any, other: Any) -> float:
        """From 0 for the same head to 1."""
        a, b = self.own.head(one)[self.plain], self.right.head(other)[self.plain]
        if a == b:
            return 0.0
        return 1.0 - (Counter(a) & Counter(b)).total() / (len(a) + len(b))

    def pairs(self, own: Sequence[Any], right: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """All that stand side by side, within blocks, too."""
        ones, others = iter(own), iter(right)
        for step in self.blocks(own, right)[1]:
            one = next(ones) if step != "+" else None
            other = next(others) if step != "-" else None
            if one is not None and other is not None:
                yield one, other
                for part in ("body", "orelse"):
                    yield from self.pairs(getattr(one, part, []), getattr(other, part, []))

    def hunks(self, own: Sequence[Any], right: Sequence[Any], steps: str, path: Path, above: int) -> Iterator[Edit]:
        """What differs. `above`: the line before the block."""
        at = to = 0
        for run in re.findall(r"=|[-+]+", steps):
            gone = own[at : at + run.count("-")]
            new = [one for one in right[to : to + run.count("+")] if not is_text(one)]
            if run == "=":
                yield from self._within(own[at], right[to])
                at, to = at + 1, to + 1
                continue
            at, to = at + len(gone), to + run.count("+")
            first, last = (gone[0].way[-1], gone[-1].way[-1] + 1) if gone else [_place(own, at)] * 2
            if all(map(is_text, (*gone, *new))) or last - first != len(gone):
                continue
            lines = tuple(dict.fromkeys(s.lineno for one in gone if not is_text(one) for s in every(one, ast.stmt)))
            before = [one.end_lineno for one in own[: at - len(gone)] if not is_text(one)]
            near = before[-1] if before else own[0].lineno if own else above
            way = (*path, (first, last))
            size = max(sum(map(_lines, gone)), sum(map(_lines, new)))
            yield Edit(_kind(gone, new), lines or (near,), size, ((way, text(new)),), own[0].lineno if own else above)

    def _within(self, one: Any, other: Any) -> Iterator[Edit]:
        if self._differ(one, other) and not isinstance(one, ast.FunctionDef):
            kind = _kind([one], [other])
            if hasattr(one, "body"):
                both = zip(_head_parts(one), _head_parts(other), strict=True)
                found = [part for (_, a), (_, b) in both if text(a) != text(b) for part in self._smallest(a, b)]
            else:
                found = [*self._smallest(one, other)]
            for line, patch in found:  # of a value that is folded into it, the line is another
                own = kind if one.lineno <= line <= one.end_lineno else "wrong_value"
                shows = isinstance(other, ast.Expr) and not isinstance(one, (ast.Expr, ast.expr))  # in place of a value
                yield Edit(own, (line,), 1.5 if shows else 1, (patch,))
        above = one.lineno
        for part in ("body", "orelse"):
            mine, its = getattr(one, part, []), getattr(other, part, [])
            yield from self.hunks(mine, its, self.blocks(mine, its)[1], (*one.way, part), above)
            above = mine[-1].end_lineno if mine else above

    def _smallest(self, one: Any, other: Any) -> Iterator[tuple[int, Patch]]:
        """The innermost expressions that hold all in which two nodes differ, one a line: what stands in their place."""
        pairs = _pairs(one, other)
        if pairs and len({a.lineno for a, _ in pairs}) == len(pairs):
            for a, b in pairs:
                yield from self._smallest(a, b)
            return
        if isinstance(one, ast.Name) and not self._is_known(one.id):
            return  # what it lacks is a line that gives it a value
        line, way = one.lineno, one.way
        path = (*way[:-1], (way[-1], way[-1] + 1)) if isinstance(one, ast.stmt) else way
        yield line, (path, text(Unfold(self.own.folds).visit(copy.deepcopy(other))))

    def _is_known(self, name: str) -> bool:
        return name in self.own.names or hasattr(builtins, name) or name in names_in(self.right.tree)


def _place(block: Sequence[Any], at: int) -> Any:
    """The number, in the program, of what is put before a statement of a block."""
    return block[at - 1].way[-1] + 1 if at else block[0].way[-1] if block else 0


def _pairs(one: Any, other: Any) -> list[tuple[Any, Any]]:
    """The expressions within two nodes in which alone they differ; none where they differ in more."""
    if type(one) is not type(other):
        return []
    found = list[tuple[Any, Any]]()
    for name, value in ast.iter_fields(one):
        its = getattr(other, name)
        both = [(value, its)]
        if isinstance(value, list) and isinstance(its, list) and len(value) == len(its):
            both = [*zip(value, its, strict=True)]
        for a, b in both if name != "ctx" else ():
            if _dump(a) == _dump(b):
                continue
            if isinstance(a, ast.keyword) and isinstance(b, ast.keyword) and a.arg == b.arg:
                a, b = a.value, b.value
            if not (isinstance(a, ast.expr) and isinstance(b, ast.expr)):
                return []
            found.append((a, b))
    return found


def _dump(value: Any) -> str:
    return ast.dump(ast.Expr(value))


def _lines(node: Any) -> float:
    return 0.01 if is_text(node) else sum(isinstance(one, ast.stmt) for one in ast.walk(node))


def _kind(gone: Sequence[Any], new: Sequence[Any]) -> str:
    """The mistake, as far as the form of what differs tells it."""
    if any(isinstance(one, ast.Pass) for one in gone):
        return "unfinished"
    if not new:
        return "extra_line"
    if not gone:
        return "return_missing" if isinstance(new[-1], ast.Return) else "left_out"
    if isinstance(gone[0], ast.Expr) and isinstance(new[0], ast.Assign | ast.AugAssign):
        return "dropped"
    kinds = {ast.If: "condition", ast.While: "condition", ast.For: "range", ast.Return: "result_kind"}
    return kinds.get(type(gone[0]), "wrong_value")
