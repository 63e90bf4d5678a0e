"""The student's cell with what a reply gives put into it: lines and functions."""

import ast
import builtins
import difflib
import itertools
import keyword
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache

from .syntax import body_of, head, parsed, tree_of

_MOST = 160
_LONGEST = 8  #: lines of a fragment that is put in
_COMES = frozenset({"self", "."})
_MENDS = frozenset(":()[]{},\"'`;\\.")
_KNOWN = frozenset({*keyword.kwlist, *dir(builtins), *dir(str), *dir(list), *dir(dict), *dir(set)})


def spliced(source: str, fragments: Sequence[str]) -> list[str]:
    """Cells that come of `source` by the fragments, the likeliest first."""
    lines = source.rstrip("\n").expandtabs(4).split("\n")
    found: dict[str, None] = {}
    for fragment in fragments:
        for text in itertools.islice(_put(lines, fragment), 60):
            if len(found) < _MOST and text != source and tree_of(text) is not None:
                found[text] = None
    return list(found)


def _put(lines: Sequence[str], fragment: str) -> Iterator[str]:
    """The fragment as lines in place of others, and between them."""
    part = textwrap.dedent(fragment.strip("\n")).split("\n")
    if len(part) > _LONGEST:
        yield from _functions("\n".join(lines), fragment)
        return
    first = head(part[0])
    if first is None or (len(part) == 1 and _is_idle(first)):
        return
    yield from _functions("\n".join(lines), fragment)
    for start, end, depth in _gaps(lines, part):
        follows = next((_depth(row) for row in lines[end:] if row.strip()), 0)
        swallows = len(part) > 1 or (start == end and not part[0].rstrip().endswith(":"))
        if follows <= depth or not swallows:
            yield "\n".join([*lines[:start], *(" " * depth + row for row in part), *lines[end:]])


def _gaps(lines: Sequence[str], part: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where it may stand: from which line to before which, and how deep."""
    for place in _places(lines, part[0]):
        for end in (place + 1, place + len(part), place + len(part) + 1, place + 2):
            yield place, end, _depth(lines[place])
    for place in range(len(lines), 0, -1):
        for depth in range(4, _depth(lines[place - 1]) + 5, 4):
            yield place, place, depth


def _is_idle(step: ast.stmt) -> bool:
    """Whether a line is a value alone, which does nothing: it would only take the place of one that does."""
    kinds = (ast.Expr, ast.Constant, ast.Name, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.expr_context)
    return isinstance(step, ast.Expr) and all(isinstance(part, kinds) for part in ast.walk(step))


def _places(lines: Sequence[str], first: str) -> list[int]:
    """Where a line may go, the most like it first."""
    likeness = [difflib.SequenceMatcher(None, line.strip(), first.strip()).ratio() for line in lines]
    order = sorted(range(len(lines)), key=lambda place: -likeness[place])
    return [place for place in order if lines[place].strip()][:8]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _functions(source: str, fragment: str) -> Iterator[str]:
    """A function or method of the cell replaced by the reply's of that name."""
    ours, theirs = parsed(source), body_of(textwrap.dedent(fragment))
    new = {node.name: node for node in theirs if isinstance(node, ast.FunctionDef)}
    if ours is None or not new:
        return
    for node in ast.walk(ours):
        if isinstance(node, ast.FunctionDef) and node.name in new:
            node.args, node.body = new[node.name].args, new[node.name].body
    yield ast.unparse(ours)


def only_mends(source: str, fixed: str) -> bool:
    """Whether `fixed` is `source` with signs that were missing, words spelt right and indentation alone."""
    old, new = _tokens(source), _tokens(fixed)
    broken = tree_of(source) is None
    if old == new:
        return broken  # indentation
    if not broken and not 0 <= len(new) - len(old) <= sum(token in _COMES for token in new):
        return False  # words for words, and what may come beside them: most cells need no closer look
    defined = re.findall(r"\b(\w+)\s*=(?!=)|\bdef (\w+)|\bfor (\w+)", source)
    names = {name for found in defined for name in found}
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = old[a:b], new[c:d]
        if broken and set(gone) | set(come) <= _MENDS | {"=", "==", "self"}:
            continue
        if len(gone) == len(come) and all(_misspelt(x, y, names) for x, y in zip(gone, come, strict=True)):
            continue
        if not broken and set(come) <= _COMES and not gone:
            continue
        return False
    return True


def _misspelt(old: str, new: str, names: set[str]) -> bool:
    if old == new:
        return True
    if not (old.isidentifier() and new.isidentifier()) or old in _KNOWN or old in names:
        return False
    return difflib.SequenceMatcher(None, old.lower(), new.lower()).ratio() >= 0.7


@lru_cache(maxsize=100)
def _tokens(text: str) -> list[str]:
    text = re.sub(r"#.*", "", text)
    return re.findall(r"\w+|==|!=|<=|>=|\*\*|//|[+\-*/]=|[^\w\s]", text.replace("'", '"'))
