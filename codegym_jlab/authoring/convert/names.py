"""What a test needs of the cells before it: statements that bind the names it reads, worked out from their text."""

import ast
import dis
import doctest
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from types import CodeType

from codegym_jlab.grading.grader.plan import CellUnreadable, python_text
from codegym_jlab.records import frozen
from codegym_jlab.tutor.explain.program import DEFINITIONS
from codegym_jlab.tutor.guard.syntax import body_of

_PARTS = (ast.Attribute, ast.Subscript)  #: `x.y`, `x[y]`
_LOADS = frozenset("LOAD_NAME LOAD_GLOBAL LOAD_FROM_DICT_OR_GLOBALS".split())
_STORES = frozenset("STORE_NAME DELETE_NAME".split())


@frozen
class Statement:
    """One statement at the top level of a cell."""

    text: str
    binds: frozenset[str]
    reads: frozenset[str]
    touches: frozenset[str]  #: what it may change: `x` in `x[0] = 1` and `x.sort()`

    @property
    def imports(self) -> bool:
        """Whether it is an import."""
        return self.text.startswith(("import ", "from "))


@frozen
class Code:
    """A cell before a test. `is_there`: the course gives it above the answer, so it runs by itself."""

    statements: Sequence[Statement]
    is_there: bool = False
    is_answer: bool = False


def plain(cell: str) -> str:
    """Without what is IPython's alone, a doctest as statements; as it stands where that cannot be."""
    if cell.startswith(">>>"):
        return "".join(example.source for example in doctest.DocTestParser().get_examples(cell))
    try:
        return python_text(cell)
    except CellUnreadable:
        return cell


@lru_cache(maxsize=4000)
def statements(cell: str) -> tuple[Statement, ...]:
    """None of a text that is no Python. Each cell is asked for by every test below it."""
    text = plain(cell)
    lines = text.splitlines()
    return tuple(_statement(node, lines) for node in body_of(text))


def _statement(node: ast.stmt, lines: Sequence[str]) -> Statement:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    text = "\n".join(lines[first - 1 : node.end_lineno])
    if first == node.lineno and node.col_offset:
        text = ast.unparse(node)  # behind a semicolon
    binds, reads = set[str](), set[str]()
    with suppress(SyntaxError):  # a `return` of no function
        code = compile(ast.Interactive([node]), "", "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
        reads = _read(code, binds)
    return Statement(text, frozenset(binds), frozenset(reads), frozenset(_touched(node)))


def _read(code: CodeType, bound: set[str]) -> set[str]:
    """Names that it looks for outside, as Python has compiled it; what it binds itself is added to `bound`."""
    found = set[str]()
    for one in dis.get_instructions(code):
        if isinstance(one.argval, CodeType):  # of a function or class, which is not called or made yet
            found |= _read(one.argval, {*bound, one.argval.co_name})
        elif one.opname in _LOADS and one.argval not in bound:
            found.add(one.argval)
        elif one.opname in _STORES:
            bound.add(one.argval)
        elif one.argval == ("*",):  # of an import
            bound.add("*")
    return found


def _touched(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, DEFINITIONS):
        return
    for part in ast.walk(node):
        target: ast.expr | None = None
        if isinstance(part, _PARTS) and not isinstance(part.ctx, ast.Load):
            target = part
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            target = part.value.func
        if isinstance(target, _PARTS) and "assert" not in ast.unparse(target):
            while isinstance(target, _PARTS):
                target = target.value
            if isinstance(target, ast.Name):
                yield target.id


def names_made(text: str) -> frozenset[str]:
    """Bound or changed at the top level."""
    return frozenset(name for one in statements(text) for name in one.binds | one.touches)


def only_changed(cells: Iterable[Code]) -> set[str]:
    """Names that answers change, and none of them binds."""
    answers = [one for cell in cells if cell.is_answer for one in cell.statements]
    bound = {name for one in answers for name in one.binds}
    modules = {name for cell in cells for one in cell.statements if one.imports for name in one.binds}
    return {name for one in answers for name in one.touches} - bound - modules


def to_bind(cells: Iterable[Code], reads: set[str]) -> set[str]:
    """What the solution has to bind, where a test reads these names: what answers only change.

    Also what they import, where the test reads nothing else of an answer: everybody would pass.
    """
    answers = [one for cell in cells if cell.is_answer for one in cell.statements]
    changed = only_changed(cells)
    own = {name for one in answers if not one.imports for name in one.binds} | changed
    return (changed if own & reads else {name for one in answers for name in one.binds}) & reads


def free_names(code: Iterable[Statement], at_once: bool = False) -> set[str]:
    """Read before they are bound. With `at_once` those aside that only a call will read."""
    free: set[str] = set()
    bound: set[str] = set()
    for one in code:
        if not (at_once and one.text.startswith(("def ", "async def ", "class ", "@"))):
            free |= one.reads - bound
        bound |= one.binds
    return free


def hoisted(test: str, before: Sequence[Code]) -> tuple[list[str], set[str]]:
    """Statements of the cells before a test that have to run with it, in order; and which names it reads in the end.

    What hangs on an answer is worked out with the test, so that it hangs on the student's.
    """
    hangs: set[str] = set()
    students = only_changed(before)
    each = []
    for cell in before:
        for one in cell.statements:
            is_hanging = cell.is_answer or bool(one.reads & hangs)
            if is_hanging:
                hangs |= one.binds | one.touches if cell.is_answer else one.binds
            each.append((cell, one, is_hanging))
    wanted = free_names(statements(test))
    every = set(wanted)
    there = [one for cell, one, _ in each if cell.is_answer or cell.is_there]
    read = {name for one in there if one.binds & wanted for name in one.reads}
    bound = {name for one in (*there, *statements(test)) for name in one.binds}
    wanted |= read - bound  # an earlier test may give it to the answer
    kept = []
    filled: set[str] = set()  #: by what is kept: such a name begins anew, else it would be filled twice
    for cell, one, is_hanging in reversed(each):
        made = (one.binds | one.touches) & wanted
        if not made and "*" not in one.binds:
            continue
        is_anew = is_hanging and not made <= students or bool(made & filled)
        if cell.is_answer or (cell.is_there and not is_anew):
            wanted -= one.binds
            continue
        kept.append(one.text)
        filled |= made & one.touches
        wanted = (wanted - one.binds) | one.reads
        every |= one.reads
    return kept[::-1], every
