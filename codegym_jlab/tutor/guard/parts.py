"""Pieces of a reply in place of the same part of the author's solution: what passes so is that part, told."""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .case import Case
from .own import lines_of
from .reading import head, parsed
from .renaming import renamed
from .running import Candidate
from .structure import HALF, KEY_WEIGHT, Decisive

_MOST = 60
_RENAMINGS = 6
_HERE = "part_of_the_reply"
_EXPRESSIONS = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parts(case: Case, decisive: Decisive) -> list[Candidate]:
    """The solution with a part of it replaced by the reply's: at least half of what decides, or a whole key."""
    tree = parsed(decisive.solution)
    if tree is None:
        return []
    found: dict[str, None] = {}
    for text in case.texts:
        fragment = parsed(textwrap.dedent(text)) or _as_statement(text)
        if fragment is None or not fragment.body or len(text) > 3000:
            continue
        if not case.own.adds([line for line in lines_of(fragment) if line.weight > 2]):
            continue
        made = (_blocks(decisive, fragment), _keys(decisive, fragment), _functions(decisive, fragment))
        for whole in itertools.chain(*made):
            if len(found) < _MOST:
                found[whole] = None
    return [Candidate(text) for text in found]


def _as_statement(text: str) -> ast.Module | None:
    """A header without its body is no part; `key=lambda …` is an argument."""
    text = text.strip()
    if head(text) is not None and not text.endswith(":"):
        return parsed(text)
    return parsed(f"_({text})")


def _blocks(decisive: Decisive, fragment: ast.Module) -> Iterator[str]:
    """Neighbouring statements of a body replaced, where they are half of what decides."""
    body = [node for node in fragment.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    if not body or any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in body):
        return
    if sum(line.weight for line in lines_of(fragment)) < KEY_WEIGHT:
        return
    theirs = _names(body)
    texts: dict[tuple[tuple[str, str], ...], str] = {}
    for gap in _gaps(decisive):
        for renaming in _renamings(theirs, gap.names):
            key = tuple(renaming.items())
            if key not in texts:
                texts[key] = "\n".join(ast.unparse(renamed(node, renaming)) for node in body)
            yield gap.filled(texts[key])


@dataclass(frozen=True, slots=True)
class _Gap:
    """The solution without neighbouring statements that are half of what decides."""

    before: str
    after: str
    depth: str  #: blanks before each line
    names: tuple[str, ...]  #: of what is gone

    def filled(self, text: str) -> str:
        return self.before + textwrap.indent(text, self.depth) + self.after


@lru_cache(maxsize=200)
def _gaps(decisive: Decisive) -> tuple[_Gap, ...]:
    source = ast.parse(decisive.solution)
    found = []
    for owner in list(ast.walk(source)):
        statements = getattr(owner, "body", None)
        if not isinstance(statements, list) or isinstance(owner, (ast.Module, ast.ClassDef)):
            continue
        lines = [lines_of(ast.Module(body=[node], type_ignores=[])) for node in statements]
        for start, end in itertools.combinations(range(len(statements) + 1), 2):
            if decisive.share(itertools.chain(*lines[start:end])) < HALF:
                continue
            owner.body = [*statements[:start], ast.Expr(ast.Name(_HERE)), *statements[end:]]  # type: ignore[attr-defined]
            before, depth, after = re.split(rf"^( *){_HERE}$", ast.unparse(source), maxsplit=1, flags=re.MULTILINE)
            found.append(_Gap(before, after, depth, tuple(_names(statements[start:end]))))
        owner.body = statements  # type: ignore[attr-defined]
    return tuple(found)


def _keys(decisive: Decisive, fragment: ast.Module) -> Iterator[str]:
    """A function or comprehension replaced by the reply's of that kind."""
    theirs = [node for node in ast.walk(fragment) if isinstance(node, _EXPRESSIONS) and _weight(node) >= KEY_WEIGHT]
    if not theirs:
        return
    source = ast.parse(decisive.solution)
    for parent in list(ast.walk(source)):
        for name, value in list(ast.iter_fields(parent)):
            if not isinstance(value, _EXPRESSIONS) or _weight(value) < KEY_WEIGHT:
                continue
            lines = [line for line in decisive.lines if line.weight]
            total = sum(line.weight for line in lines) or 1
            if not isinstance(value, ast.Lambda) and _weight(value) / total < HALF:
                continue
            for new in theirs:
                if type(new) is type(value):
                    for renaming in _renamings(_free(new), _free(value)):
                        setattr(parent, name, renamed(new, renaming))
                        yield ast.unparse(source)
            setattr(parent, name, value)


def _functions(decisive: Decisive, fragment: ast.Module) -> Iterator[str]:
    """One of several functions or methods replaced by the reply's of that name, where it does more than begin."""
    theirs = {node.name: node for node in ast.walk(fragment) if isinstance(node, ast.FunctionDef)}
    if not theirs:
        return
    source = ast.parse(decisive.solution)
    bodies = [node.body for node in ast.walk(source) if isinstance(node, (ast.Module, ast.ClassDef))]
    if sum(isinstance(node, ast.FunctionDef) for body in bodies for node in body) < 2:
        return
    for body in bodies:
        for at, node in enumerate(body):
            if isinstance(node, ast.FunctionDef) and node.name in theirs and not node.name.startswith("__"):
                if len(node.body) > 1 or decisive.share(lines_of(node)) >= HALF:
                    body[at] = theirs[node.name]
                    yield ast.unparse(source)
                    body[at] = node


def _weight(node: ast.AST) -> int:
    return sum(isinstance(part, ast.expr) for part in ast.walk(node))


def _names(body: Sequence[ast.stmt]) -> list[str]:
    found: dict[str, None] = {}
    for node in body:
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                found[part.id] = None
    return list(found)


def _free(node: ast.expr) -> list[str]:
    bound = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    bound |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return [name for name in _names([ast.Expr(value=node)]) if name not in bound]


def _renamings(theirs: Sequence[str], ours: Sequence[str]) -> Iterator[dict[str, str]]:
    """None where the names are the same, else the ways to give the author's names to those that differ."""
    yield {}
    new = [name for name in theirs if name not in ours and not _is_builtin(name)]
    free = [name for name in ours if name not in theirs and not _is_builtin(name)]
    if new and len(new) <= 3 and free:
        size = min(len(new), len(free))
        for order in itertools.islice(itertools.permutations(free, size), _RENAMINGS):
            yield dict(zip(new, order, strict=False))


def _is_builtin(name: str) -> bool:
    import builtins

    return hasattr(builtins, name)
