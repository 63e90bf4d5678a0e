"""One run of a program in the sandbox, so that its error is known whole, or what the parts of a line held then.

Nothing that comes back is believed: texts are capped, lines are numbers, and what breaks the protocol is a violation.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.grader.plan import ANSWER, CellUnreadable, Names, PlannedCell, python_text
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.records import literal_eval
from codegym_jlab.sandbox.base import Image, Limits, Sandbox, SandboxUnavailable

from ..guard.syntax import body_of, nodes_of
from .explanation import Explanation, explain_error, read
from .seen import Seen, Step

#: What learners' programs are run with.
IMAGE = Image(preload=("numpy", "pandas"))
LIMITS = Limits(seconds=2.0, memory_mb=256, output_kb=64, total_s=8.0)


async def explain_source(sandbox: Sandbox, source: str, language: str = "en") -> Explanation:
    """Run a program, and explain what stopped it, or what is likely wrong where nothing did.

    Called by `codegym explain` and by the tutor where a notebook told no error. Raises SandboxUnavailable.
    """
    try:
        text = python_text(source)
    except CellUnreadable as error:
        return explain_error(source, Seen("SyntaxError", str(error), (), error.line or 1), language)
    tree, broken = read(text)
    if tree is None and broken.type:
        return explain_error(text, broken, language)
    seen = await seen_in(sandbox, text)
    if broken.type and not seen.type:
        seen = broken
    return explain_error(text, seen, language)


async def seen_in(sandbox: Sandbox, source: str) -> Seen:
    """How a program ended in the sandbox. Raises SandboxUnavailable."""
    return await ended(Replay(sandbox, IMAGE, LIMITS, [PlannedCell(ANSWER, "answer", source)], Names((), ())))


async def ended(replay: Replay) -> Seen:
    """How the answer of a replay that is not running yet ended. Raises SandboxUnavailable."""
    source = replay.answer_text
    try:
        async with replay.running():
            failure = replay.answer.failure if replay.answer else None
    except SandboxLost as lost:
        raise SandboxUnavailable(str(lost)) from lost
    if failure is None:
        return Seen()
    last = source.count("\n") + 1
    own = (frame for frame in failure.frames if frame.cell == ANSWER and frame.line <= last)
    line = failure.line if failure.line is not None and failure.line <= last else None
    return Seen(failure.type, failure.message, tuple(Step(frame.line, frame.function) for frame in own), line)


#: Run in the sandbox around the program; what it found comes back as the words of an error, and is not believed.
_ASK = """
def _told(value):
    kind = type(value).__name__
    if kind in ("DataFrame", "Series"):
        names = [one for one in value.index.names if one is not None]
        own = str(list(value.columns)[:12] if kind == "DataFrame" else value.name)[:80]
        if kind == "Series" and [one for one in value.index[:1] if isinstance(one, str)]:
            own += f", labels {list(value.index[:3])}"[:80]
        return f"{kind}, {own}, index {names}"[:200] if names else f"{kind}, {own}"
    if type(value).__module__ != "builtins" or kind == "module":
        return ""
    return kind if callable(value) else repr(value)[:80]
_inputs = iter(_typed)
def _input(*_):
    return next(_inputs)
try:
    globals().update(__name__="__main__", input=_input)
    exec(compile(_source, "answer", "exec"), globals())
except Exception as _error:
    _trace = _error.__traceback__
    while _trace.tb_next is not None and _trace.tb_next.tb_frame.f_code.co_filename == "answer":
        _trace = _trace.tb_next
    _frame, _held = _trace.tb_frame, []
    for _code in _parts if _trace.tb_lineno == _line else ():
        try:
            if _value := _told(eval(_code, _frame.f_globals, _frame.f_locals)):
                _held.append((_code, _value))
        except Exception:
            pass
    raise LookupError(repr(_held)) from None
"""
_MOST, _LONGEST = 8, 100  #: parts of a line that are looked at, and their characters
_MOST_TOLD = 4000  #: characters of what they held
#: Calling one of these again would give, or take, something else.
_ONCE = frozenset("input pop popitem next read readline readlines write append remove insert open".split())


async def values_at(
    sandbox: Sandbox, source: str, line: int, typed: str, below: Callable[[str], Replay | None] | None = None
) -> list[tuple[str, str]]:
    """Pieces of a line's code, each with what it held when the program stopped there; [] where it does not.

    `below`: makes a program ready to run below the cells above it. Raises SandboxUnavailable.
    """
    parts = [one for one in dict.fromkeys(_parts(source, line)) if len(one) < _LONGEST][:_MOST]
    if not parts:
        return []
    given = {"_typed": typed.splitlines(), "_source": source, "_parts": parts, "_line": line}
    asking = "\n".join(f"{name} = {value!r}" for name, value in given.items()) + _ASK
    replay = below(asking) if below is not None else None
    seen = await (ended(replay) if replay is not None else seen_in(sandbox, asking))
    try:
        held = literal_eval(seen.message[:_MOST_TOLD]) if seen.type == "LookupError" else []
        return [(str(code), str(value)) for code, value in held]
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return []


def _parts(source: str, line: int) -> Iterator[str]:
    """What a loop goes through, and what stands before square brackets or a dot, in them, or beside a sign."""
    nodes = [one for one in nodes_of(source, ast.expr) if one.lineno == line]
    yield from (
        ast.unparse(one.iter) for one in nodes_of(source, ast.For) if one.lineno == line and _is_asked(one.iter)
    )
    for node in nodes:
        sides = [node.value, node.slice] if isinstance(node, ast.Subscript) else []
        sides += [node.left, node.right] if isinstance(node, ast.BinOp) else []
        sides += [node.value] if isinstance(node, ast.Attribute) else []
        yield from (ast.unparse(one) for one in sides if _is_asked(one))


def _is_asked(node: ast.expr) -> bool:
    """Whether a piece of code says more than what is written there, and may be worked out twice."""
    is_read = any(isinstance(one, ast.Name) and not hasattr(builtins, one.id) for one in ast.walk(node))
    return is_read and _ONCE.isdisjoint(re.findall(r"\w+", ast.unparse(node)))


def on_sample(source: str, check: Check) -> str:
    """A program with an open check's call in place of its own."""
    rows = source.splitlines()
    for node in body_of(source):
        if isinstance(node, ast.Expr):
            rows[node.lineno - 1 : node.end_lineno] = [""] * len(rows[node.lineno - 1 : node.end_lineno])
    return "\n".join([*rows, check.setup or "", check.call or ""])
