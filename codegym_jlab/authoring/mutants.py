"""Mutants of a solution: copies of its text with one small mistake each. Pure: text in, texts out.

What the checks of an exercise do not tell from the solution, they do not tell from a student's mistake either.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from codegym_jlab.authoring.mutations import Around, changes

#: Mutants of one solution that are run; of more, these are taken evenly.
CAP = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """A solution with one mistake in it."""

    id: str  #: from its change alone, so that it stays when other lines change
    kind: str  #: comparison, arithmetic, boolean, constant, string, condition, return, index, range, call, statement
    line: int  #: of the first line that differs, from 1
    source: str
    diff: str  #: unified, from the solution to the mutant

    @property
    def changed_lines(self) -> tuple[str, ...]:
        """The lines that it has in place of the solution's, without what is before and after them."""
        return tuple(line[1:].strip() for line in self.diff.splitlines()[2:] if line.startswith("+"))


def mutants_of(source: str, *, messages: bool = True) -> tuple[Mutant, ...]:
    """The mutants of a program, in the order of its text, each different from the others; none of what is no Python.

    `messages` False leaves the texts of errors alone, where no check looks at them.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(_named(source, list(_Text(source, tree).mutants(messages))))


def spread(mutants: Sequence[Mutant], cap: int = CAP) -> tuple[Mutant, ...]:
    """At most `cap` of them, taken evenly."""
    if len(mutants) <= cap:
        return tuple(mutants)
    return tuple(mutants[number * len(mutants) // cap] for number in range(cap))


def _named(source: str, made: Sequence[tuple[str, str]]) -> Iterator[Mutant]:
    seen: dict[str, int] = {}
    for kind, text in made:
        before, after = source.splitlines(keepends=True), text.splitlines(keepends=True)
        lines = list(difflib.unified_diff(before, after, "solution", "mutant", n=1))
        change = "\n".join(line[0] + line[1:].strip() for line in lines[2:] if line[0] in "+-")
        digest = "m-" + hashlib.sha256(change.encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        number = f"-{seen[digest]}" if seen[digest] > 1 else ""
        at = next((n for n, pair in enumerate(zip(before, after, strict=False), 1) if pair[0] != pair[1]), len(before))
        yield Mutant(digest + number, kind, at, text, "".join(_ended(line) for line in lines))


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n"


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in the tree that holds a node, and can hold another."""

    node: ast.AST
    around: Around
    index: int | None

    def put(self, new: ast.AST) -> None:
        if self.index is None:
            setattr(self.around.parent, self.around.field, new)
        else:
            getattr(self.around.parent, self.around.field)[self.index] = new


class _Text:
    """A program's text and tree, and the same text with one node written anew."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self._bytes = source.encode()
        self._tree = tree
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def mutants(self, messages: bool) -> Iterator[tuple[str, str]]:
        """(kind, text) of each, without those whose tree was there before."""
        seen = {ast.dump(self._tree)}
        numbers = _numbers(self._tree)
        for slot in list(_slots(self._tree, (), numbers, messages)):
            for kind, new in changes(slot.node, slot.around):
                slot.put(new)
                wanted = ast.dump(self._tree)
                text = self._written(slot, new, wanted) if wanted not in seen else None
                slot.put(slot.node)
                seen.add(wanted)
                if text is not None:
                    yield kind, text

    def _written(self, slot: _Slot, new: ast.AST, wanted: str) -> str | None:
        """The text whose tree is the wanted one, as near to the author's own as can be; None where there is none."""
        for node, text in self._attempts(slot, new):
            start, end = self._span(node)
            program = (self._bytes[:start] + text.encode() + self._bytes[end:]).decode()
            try:
                if ast.dump(ast.parse(program)) == wanted:
                    return program
            except (SyntaxError, ValueError):
                continue
        return None

    def _attempts(self, slot: _Slot, new: ast.AST) -> Iterator[tuple[Any, str]]:
        """(node of the text, what to write in its place): the smallest change first, then ever larger ones."""
        parents = slot.around.parents
        joined = next((parent for parent in parents if isinstance(parent, ast.JoinedStr)), None)
        if joined is None:  # positions within an f-string are not to be relied on
            for text in (self._sparing(slot.node, new), _quoted(ast.unparse(new)), ast.unparse(new)):
                if text is not None:
                    yield slot.node, text
                    yield slot.node, f"({text})"
        else:
            yield joined, _quoted(ast.unparse(joined))
            yield joined, ast.unparse(joined)
        statement = next((p for p in reversed((*parents, slot.node)) if isinstance(p, ast.stmt)), None)
        if statement is not None and statement is not slot.node:
            yield statement, self._indented(statement)

    def _sparing(self, old: Any, new: Any) -> str | None:
        """The author's own words, with only the operator changed, or only the part that is left."""
        if getattr(new, "lineno", None) and type(new) is not type(old):
            return self._segment(new)
        if isinstance(new, ast.Slice) or type(new) is not type(old):
            return None
        pairs = _operands(old)
        found = [
            (left, right, a, b)
            for (left, right, a), (_, _, b) in zip(pairs, _operands(new), strict=False)
            if type(a) is not type(b)
        ]
        if not found or len(pairs) != len(_operands(new)):
            return None
        start, end = self._span(old)
        text = self._bytes[start:end].decode()
        for left, right, a, b in reversed(found):
            at, until = self._span(left)[1] - start, self._span(right)[0] - start
            gap = self._bytes[start + at : start + until].decode().replace(_sign(a), _sign(b), 1)
            text = (text.encode()[:at] + gap.encode() + text.encode()[until:]).decode()
        return text

    def _segment(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._bytes[start:end].decode()

    def _span(self, node: Any) -> tuple[int, int]:
        """Its first byte, and the one after its last."""
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _indented(self, statement: ast.stmt) -> str:
        lines = _quoted(ast.unparse(statement)).split("\n")
        return ("\n" + " " * statement.col_offset).join(lines)


def _slots(node: ast.AST, parents: tuple[ast.AST, ...], numbers: frozenset[str], messages: bool) -> Iterator[_Slot]:
    """Every place of the tree in the order of the text, but annotations, decorators and patterns."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params", "pattern", "ctx", "op", "ops"):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST):
                continue
            around = Around((*parents, node), field, numbers, messages)
            yield _Slot(child, around, index if isinstance(value, list) else None)
            yield from _slots(child, (*parents, node), numbers, messages)


def _numbers(tree: ast.AST) -> frozenset[str]:
    """Names that count or are calculated with: `for i in range(…)`, `i += 1`."""
    found: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            found.add(node.target)
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
            name = getattr(node.iter.func, "id", "")
            if name == "range":
                found.add(node.target)
            elif name == "enumerate" and isinstance(node.target, ast.Tuple):
                found.add(node.target.elts[0])
    return frozenset(target.id for target in found if isinstance(target, ast.Name))


def _operands(node: Any) -> list[tuple[ast.AST, ast.AST, ast.AST]]:
    """(left, right, operator between them), for what has any."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return list(zip(sides, sides[1:], node.ops, strict=False))
    if isinstance(node, ast.BinOp):
        return [(node.left, node.right, node.op)]
    if isinstance(node, ast.BoolOp):
        return [(a, b, node.op) for a, b in zip(node.values, node.values[1:], strict=False)]
    if isinstance(node, ast.AugAssign):
        return [(node.target, node.value, node.op)]
    return []


_SIGNS: dict[type[ast.AST], str] = {
    **{ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="},
    **{ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in", ast.And: "and", ast.Or: "or"},
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**"},
    **{ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.MatMult: "@"},
}


def _sign(operator: ast.AST) -> str:
    return _SIGNS[type(operator)]


def _quoted(text: str) -> str:
    """With the double quotes that most authors write, where that is the same text."""
    return text if '"' in text or "\\" in text else text.replace("'", '"')
