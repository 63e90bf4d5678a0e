"""One reply in its conversation: the code in it, what of it the student wrote, and the submissions it could make."""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.grader.plan import solution_names

from .extract import MOST, Piece, plain, read, readings, shifted, texts_of
from .hidden_values import public_texts
from .run import Place
from .splice import spliced
from .student_code import StudentCode
from .syntax import body_of, is_code_line, parsed, tree_of

#: Characters of a program that is tried.
_LONGEST = 8000
_MOST_FRAGMENTS = 14


@dataclass(frozen=True)
class Case:
    """A reply, the student's cell, and the turns before, oldest first."""

    place: Place
    source: str
    reply: str
    said: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @cached_property
    def wanted(self) -> Wanted:
        """What a submission must define."""
        return Wanted(self.place.exercise)

    @cached_property
    def student(self) -> StudentCode:
        """What the student wrote, and what everybody may read."""
        return StudentCode(self.source, self.said, public_code(self.place))

    @cached_property
    def text(self) -> str:
        """The reply in plain characters."""
        return plain(self.reply)

    @cached_property
    def pieces(self) -> Sequence[Piece]:
        """The reply taken apart."""
        return read(self.text)

    @cached_property
    def before(self) -> list[Piece]:
        """The replies that were shown, taken apart; the newest that fit."""
        kept: list[Piece] = []
        room = 2 * MOST
        for text in reversed(self.shown):
            room -= len(text)
            if room < 0:
                break
            kept[:0] = read(plain(text))
        return kept

    # -- whole submissions, the likeliest first -----------------------------------------------------

    def direct(self) -> list[str]:
        """Blocks as they stand, in every reading, and joined."""
        blocks = [piece.text for piece in self.pieces if piece.is_block]
        found = [*texts_of(self.pieces), *itertools.islice(joined(blocks), 30)]
        if len(self.text) < _LONGEST:  # encoded or turned in the open, maybe after a line of talk
            rest = self.text.partition("\n\n")[2]
            found += [*readings(self.text)[1:], *(shifted(rest) if rest else [])]
        return self._programs(found)

    def assembled(self) -> list[str]:
        """Single lines put together, their indentation searched; earlier replies with this one."""
        found = [text for rows in self._sequences() for text in self._indented(rows)]
        if self.before:
            blocks = [piece.text for piece in (*self.before, *self.pieces) if piece.is_block]
            found += [*itertools.islice(joined(blocks[-5:]), 60), "\n".join(blocks)]
        return self._programs(found)

    def spliced(self) -> list[str]:
        """The student's cell with the reply's lines in it."""
        if not self.source.strip():
            return []
        fragments: list[str] = []
        for piece in self.pieces:
            if piece.text.strip() in self.source:
                continue
            fragments.append(piece.text)
            if piece.kind == "fence":
                fragments += readings(piece.text)[1:4]
                rows = [row for row in piece.text.split("\n") if row.strip()]
                fragments += [row for row in rows if row.strip() not in self.source][:6] if len(rows) > 1 else []
        cells = spliced(self.source, list(dict.fromkeys(fragments))[:_MOST_FRAGMENTS])
        return [text for text in cells if not self.student.holds(text)]

    # -- how they are made ---------------------------------------------------------------------------

    def _sequences(self) -> Iterator[list[str]]:
        """Lines in the order in which the reply gives them: inline and bare ones, with the blocks and without."""
        yield _rows(self.pieces, ("hidden",))
        every = [*self.before, *self.pieces]
        for pieces in (self.pieces, every) if self.before else (self.pieces,):
            yield _rows(pieces, ("inline", "bare", "row"))
            yield _rows(pieces, ("inline", "bare", "row", "fence"))

    def _indented(self, rows: Sequence[str]) -> list[str]:
        rows = [row for row in rows if row.strip()]
        while rows and not is_code_line(rows[0]):
            rows = rows[1:]
        start = next((at for at, row in enumerate(rows) if row.lstrip().startswith(("def ", "class "))), None)
        if start is not None:
            found = indented(rows[start:])
            return found + ["\n".join([*rows[:start], text]) for text in found[:10] if start]
        return indented([self.wanted.header, *rows]) if self.wanted.header is not None and rows else []

    def _programs(self, texts: Iterable[str]) -> list[str]:
        """Texts as submissions, without those that are the student's own."""
        found: dict[str, None] = {}
        for text in dict.fromkeys(texts):
            text = text.strip("\n").rstrip()
            if text.strip() and len(text) <= _LONGEST and not self.student.holds(text):
                found.update((whole, None) for whole in submissions(text, self.wanted) if not self.student.holds(whole))
        return list(found)


def _rows(pieces: Sequence[Piece], kinds: Sequence[str]) -> list[str]:
    """The rows of pieces that stand for statements; a name or a call in passing does not."""
    kept = (piece for piece in pieces if piece.kind in kinds)
    return [row for piece in kept if piece.is_block or _is_line(piece.text) for row in piece.text.split("\n")]


def _is_line(text: str) -> bool:
    return is_code_line(text) and not re.fullmatch(r"[\w.]+(?:\(\)?)?", text.strip())


@lru_cache(maxsize=200)
def public_code(place: Place) -> tuple[str, ...]:
    """Code that everybody has: the starter, and what stands in statement and samples."""
    found = [place.exercise.starter]
    for text in public_texts(place):
        found += [piece.text for piece in read(plain(text)) if piece.kind != "bare"]
    return tuple(text for text in found if text.strip())


# -- from pieces to whole submissions: joined, indented, under the right name, in a function ----------------

_OPENS = re.compile(r"^(?:async )?(?:def|class|for|while|if|elif|else|try|except|finally|with)\b.*:\s*(?:#.*)?$")
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MOST_STEPS = 6000  #: that the search for an indentation may take
_MOST_INDENTED = 80  #: indentations of the same lines
_MOST_PROGRAMS = 40  #: that come of one text


@dataclass(frozen=True)
class Wanted:
    """What a submission to an exercise must define."""

    exercise: Exercise

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Functions and classes of the solution that its checks mention, or its first definition."""
        defined = solution_names(self.exercise.solution).defined
        said = " ".join(f"{c.call} {c.run} {c.setup} {c.code}" for c in self.exercise.checks)
        used = tuple(name for name in defined if re.search(rf"\b{re.escape(name)}\b", said))
        return used or defined[:1]

    @cached_property
    def nodes(self) -> dict[str, ast.stmt]:
        """The solution's definition of each name."""
        return {node.name: node for node in body_of(self.exercise.solution) if isinstance(node, _DEFINES)}

    @cached_property
    def header(self) -> str | None:
        """The first line of the function that is wanted, by the starter where it has it; None for a class."""
        main = self.nodes.get(self.names[0]) if self.names else None
        if not isinstance(main, ast.FunctionDef):
            return None
        found = re.search(rf"^def {re.escape(main.name)}\(.*\).*:$", self.exercise.starter, re.MULTILINE)
        return found[0] if found else f"def {main.name}({ast.unparse(main.args)}):"

    @cached_property
    def imports(self) -> str:
        """Import lines of starter and solution: they give nothing away."""
        lines = re.findall(r"^(?:import|from) [^\n]+", f"{self.exercise.starter}\n{self.exercise.solution}", re.M)
        return "\n".join(dict.fromkeys(lines))


def joined(blocks: Sequence[str]) -> Iterator[str]:
    """Blocks put together: in their order, then in others."""
    blocks = [block.strip("\n").rstrip() for block in blocks if block.strip()]
    if len(blocks) > 1:
        yield "\n".join(blocks)
        yield "\n".join(map(textwrap.dedent, blocks))
        yield from map("\n".join, itertools.permutations(blocks[:5]))


def indented(lines: Sequence[str]) -> list[str]:
    """Sensible indentations of lines that have lost theirs, the likeliest first."""
    lines = [line.strip() for line in lines if line.strip()]
    if not 2 <= len(lines) <= 24:
        return []
    found: list[str] = []
    ahead = [[0]]  # indentations of the first lines, the likeliest last
    for _ in range(_MOST_STEPS):
        if not ahead or len(found) >= _MOST_INDENTED:
            break
        depths = ahead.pop()
        if len(depths) < len(lines):
            ahead += [[*depths, depth] for depth in reversed(list(_depths(lines, depths, len(depths))))]
            continue
        text = "\n".join("    " * depth + line for depth, line in zip(depths, lines, strict=True))
        if parsed(text) is not None:
            found.append(text)
    return found


def _depths(lines: Sequence[str], depths: Sequence[int], place: int) -> Iterable[int]:
    line, last = lines[place], depths[-1]
    if _OPENS.match(lines[place - 1]):
        return [last + 1]
    floor = 1 if lines[0].startswith(("def ", "class ", "async def")) else 0
    if re.match(r"(import|from|class|@)\b", line):
        return [0]
    if line.startswith(("def ", "async def ")):
        inside = any(each.startswith("class ") for each in lines[:place])
        return [1] if inside else [0]
    if re.match(r"(else|elif|except|finally)\b", line):
        openers = {
            d for each, d in zip(lines, depths, strict=False) if re.match(r"(if|elif|for|while|try|except)\b", each)
        }
        return [depth for depth in range(last, -1, -1) if depth in openers]
    if re.match(r"(return|break|continue|raise|pass)\b", lines[place - 1]):
        return range(last - 1, floor - 1, -1)
    if place == len(lines) - 1 and line.startswith("return"):
        return [floor, *range(last, floor, -1)]
    return range(last, floor - 1, -1)


def submissions(text: str, wanted: Wanted) -> Iterator[str]:
    """`text` as submissions that define what is wanted: as it is, under other names, in a function."""
    text = text if tree_of(text) is not None else textwrap.dedent(text)
    tree = tree_of(text)
    if tree is None or not tree.body:
        return
    if not any(check.call or check.run or check.code for check in wanted.exercise.checks):
        yield from itertools.islice(_programs(tree, wanted), _MOST_PROGRAMS)
    if not wanted.names:
        return
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Lambda):
        yield f"{wanted.names[0]} = {text.strip()}"
        return
    prelude = f"{wanted.imports}\n" if wanted.imports and "import" not in text else ""
    defined = dict(_named(tree))
    missing = [name for name in wanted.names if name not in defined]
    if not missing:
        yield prelude + text
        return
    for alias in _aliases(defined, wanted, missing):
        yield f"{prelude}{text}\n{alias}"
    if wanted.header is not None and not any(isinstance(n, ast.ClassDef) for n in tree.body):
        yield f"{prelude}{wanted.header}\n{textwrap.indent(_as_body(tree), '    ')}"


def _programs(tree: ast.Module, wanted: Wanted) -> Iterator[str]:
    """A program, also where it goes on after its end, as it is and with its plain values read from the input."""
    told = body_of(wanted.exercise.solution)
    reads = [one.value for one in told if isinstance(one, ast.Assign) and "input(" in ast.unparse(one)]
    for end in range(len(tree.body), 0, -1):
        body = tree.body[:end]
        steps = [one for one in body if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant)]
        for number in (0, len(reads)) if "print(" in ast.unparse(body[-1]) else ():
            for chosen in itertools.permutations(steps, number):
                pairs = zip(chosen, reads, strict=False)
                new: dict[ast.stmt, ast.stmt] = {one: ast.Assign(one.targets, read) for one, read in pairs}
                yield _unparsed([new.get(one, one) for one in body])


def _aliases(defined: Mapping[str, ast.AST], wanted: Wanted, missing: Sequence[str]) -> Iterator[str]:
    """Statements that give what is missing another's place, a class that of a class."""
    pools = []
    for name in missing:
        is_class = isinstance(wanted.nodes.get(name), ast.ClassDef)
        found = [other for other, node in defined.items() if isinstance(node, ast.ClassDef) is is_class]
        pools.append([(name, other) for other in reversed(found) if other != name][:4])
    if all(pools):
        for pairs in itertools.islice(itertools.product(*pools), 8):
            if len({other for _, other in pairs}) == len(pairs):
                yield "\n".join(f"{name} = {other}" for name, other in pairs)


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """What a program defines at its top, also by another name."""
    for node in tree.body:
        if isinstance(node, _DEFINES):
            yield node.name, node
        elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Lambda, ast.Name, ast.Attribute, ast.Call)):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _as_body(tree: ast.Module) -> str:
    """Statements as the body of the wanted function; where they return nothing, what the last of them is about."""
    body = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    returns = any(isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) for node in ast.walk(tree))
    if body and not returns and isinstance(last := body[-1], ast.Expr | ast.Assign):
        body[-1] = ast.Return(last.value)
    return _unparsed(body)


def _unparsed(body: Sequence[ast.stmt]) -> str:
    return "\n".join(ast.unparse(ast.fix_missing_locations(node)) for node in body)
