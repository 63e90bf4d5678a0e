"""What is the student's own: code of their cell and of their turns, in any spelling. It is shown and never run."""

import ast
import builtins
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from codegym_jlab.records import frozen

from .extract import plain, read, texts_of
from .syntax import ELSE_ROW, head, is_code_line, is_text, tree_of

#: Steps that the search for a renaming may take.
_MOST_STEPS = 3000
#: So many times as many lines as it uses may a student have dictated: picking the right ones is help.
_POOL_SHARE, _POOL_SPARE = 1.5, 4
_FEW = 2  #: lines that nobody needs to pick out of others
_VARIANTS = 8  #: of one line, with other names
#: Turns whose code is the student's own.
_TURNS = 60


@frozen
class Line:
    """A statement's own part (a loop without its body), its names numbered in the order in which they stand."""

    form: str
    names: tuple[str, ...]
    weight: int  #: nodes of the tree: how much is decided in it


#: The other case: what it is for decides, but that there is one is said, too.
ELSE = Line("else", (), 1)


class Own:
    """The student's lines, by their form."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines: dict[str, list[Line]] = {}
        for line in lines:
            known = self.lines.setdefault(line.form, [])
            if line not in known and len(known) < _VARIANTS:
                known.append(line)

    def adds(self, lines: Sequence[Line]) -> list[Line]:
        """Those of `lines` that are not the student's, with one renaming for all of them."""
        new = [line for line in lines if line.form not in self.lines]
        rest = [line for line in lines if line.form in self.lines]
        if not rest or _renaming(rest, self.lines):
            return new
        same = [line for line in rest if line not in self.lines[line.form]]
        return new + same

    def has_all(self, lines: Sequence[Line]) -> bool:
        """Whether they are the student's, and no mere choice of few among many."""
        real = [line for line in lines if line.weight > 1]
        if self.adds(lines):
            return False
        if len(real) <= _FEW:
            return True
        number = sum(known[0].weight > 1 for known in self.lines.values())
        return number <= _POOL_SHARE * len({line.form for line in real}) + _POOL_SPARE


@lru_cache(maxsize=64)
def lines_of(text: str) -> tuple[Line, ...]:
    """The statements of a program, each without those within it. Imports, `pass` and texts are left out."""
    tree = tree_of(text)
    return tuple(_lines_in(tree)) if tree is not None else ()


def _lines_in(tree: ast.AST) -> Iterator[Line]:
    for node in _in_order(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)) or is_text(node):
            continue
        yield line_of(node)
        if _has_else(node):
            yield ELSE


def _has_else(node: ast.stmt) -> bool:
    """Whether a statement has another case; one that asks again is a line of its own."""
    match node:
        case ast.If(_, _, [ast.If()]):
            return False
    return bool(getattr(node, "orelse", []))


def _in_order(tree: ast.AST) -> Iterable[ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
        if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _in_order(node)


def line_of(node: ast.AST) -> Line:
    """One statement or expression."""
    names: dict[str, int] = {}
    weight = 0

    def form(part: object) -> str:
        nonlocal weight
        if isinstance(part, (ast.expr_context, ast.stmt, ast.ExceptHandler)) and part is not node:
            return ""
        weight += isinstance(part, ast.expr)
        match part:
            case list():
                return "[" + ",".join(form(each) for each in part if not isinstance(each, ast.stmt)) + "]"
            case ast.Name(name) | ast.arg(name):
                return _name(name, names)
            case ast.FunctionDef(name, arguments):
                return f"def({_name(name, names)},{form(arguments)})"
            case ast.AugAssign(target, sign, value):  # `a += 1` is `a = a + 1`
                own = form(target)
                return f"Assign([{own}],BinOp({own},{type(sign).__name__}(),{form(value)}))"
            case ast.Slice(lower, upper, step):  # which of its three parts is there, decides
                return f"Slice({':'.join(form(each) if each else '' for each in (lower, upper, step))})"
            case ast.AST():
                fields = (value for key, value in ast.iter_fields(part) if key not in _LEFT_OUT and value is not None)
                return f"{type(part).__name__}({','.join(filter(None, map(form, fields)))})"
        return repr(part)

    text = form(node)
    return Line(text, tuple(names), weight)


_LEFT_OUT = frozenset({"type_comment", "returns", "annotation", "kind", "simple", "type_params", "ctx"})


def _name(name: str, names: dict[str, int]) -> str:
    if hasattr(builtins, name):
        return name
    return f"_{names.setdefault(name, len(names))}"


def _renaming(lines: Sequence[Line], known: dict[str, list[Line]]) -> bool:
    """Whether one-to-one names make every line one of the known ones."""
    order = sorted(dict.fromkeys(lines), key=lambda line: (len(known[line.form]), -len(line.names)))
    steps = [0]

    def match(place: int, there: dict[str, str], back: dict[str, str]) -> bool:
        steps[0] += 1
        if place == len(order):
            return True
        if steps[0] > _MOST_STEPS:
            return False
        line = order[place]
        for own in known[line.form]:
            pairs = list(zip(line.names, own.names, strict=True))
            if all(there.get(a, b) == b and back.get(b, a) == a for a, b in pairs):
                if match(place + 1, {**there, **dict(pairs)}, {**back, **{b: a for a, b in pairs}}):
                    return True
        return False

    return match(0, {}, {})


def lines_of_pieces(texts: Iterable[str]) -> list[Line]:
    """The statements that stand in pieces of code, whole programs or single lines, and what lambdas give back."""
    found: dict[Line, None] = {}
    for text in texts:
        tree = tree_of(text)
        rows = [] if tree is not None else [row.strip() for row in text.split("\n")]
        if any(row.startswith("else") and row.endswith(":") for row in rows):
            found[ELSE] = None
        heads = [node for row in rows if not ELSE_ROW.match(row) and (node := head(row)) is not None]
        found.update(dict.fromkeys(lines_of(text) if tree is not None else map(line_of, heads)))
        for part in itertools.chain.from_iterable(map(ast.walk, [tree] if tree is not None else heads)):
            if isinstance(part, ast.Lambda):
                found[line_of(part.body)] = None
    return list(found)


@lru_cache(maxsize=1000)
def lines_said(text: str) -> tuple[Line, ...]:
    """The lines of a cell, of one turn, or of a text of the course, in every reading."""
    texts = [text, *texts_of(read(plain(text)))]
    rows = [row for part in texts for row in part.split("\n") if is_code_line(row)]
    return tuple(lines_of_pieces([*texts, *rows]))


@dataclass(frozen=True)
class StudentCode:
    """What a student wrote: `source`, their cell, and `said`, their turns, oldest first; `public`: what all read."""

    source: str
    said: tuple[str, ...]
    public: tuple[str, ...]

    @cached_property
    def _turns(self) -> list[list[Line]]:
        """Lines by turn; the cell's and everybody's stand in each."""
        everybody = [line for text in (self.source, *self.public) for line in lines_said(text)]
        return [everybody, *([*everybody, *lines_said(turn)] for turn in self.said[-_TURNS:])]

    @cached_property
    def own(self) -> Own:
        """All of them."""
        return Own(itertools.chain(*self._turns))

    @cached_property
    def _owns(self) -> list[Own]:
        """Those of the cell, of each turn, and of all of them."""
        return [*map(Own, self._turns), self.own]

    def holds(self, program: str) -> bool:
        """Whether a program adds nothing to what the cell, a turn or a few turns hold."""
        lines = lines_of(program)
        if not lines or any(line.form not in self.own.lines for line in lines) or self.own.adds(lines):
            return False
        return any(own.has_all(lines) for own in self._owns)


def closed(text: str) -> str:
    """Without blanks, quotes of one kind: how literals and lines are compared."""
    return "".join(text.split()).replace("'", '"').rstrip(",")
