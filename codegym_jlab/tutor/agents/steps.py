"""Small steps that help on without a rung of the ladder: what to try next, each said once in a conversation."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from ..locale import Words
from ..misconceptions import wrong_idea
from .base import Asked

_IN_PLACE = frozenset({"append", "extend", "sort", "add", "update", "remove", "reverse", "insert", "clear", "pop"})
_PURE = frozenset(
    "replace strip lower upper title split join sorted reversed format lstrip rstrip drop dropna fillna sort_values"
    " reset_index rename round abs sum max min".split()
)


@dataclass(frozen=True, slots=True)
class Noticed:
    """The name of a sentence in the words' part `notice`, and what fills it."""

    kind: str
    line: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)


def noticed(source: str) -> Iterator[Noticed]:
    """The most telling first. Nothing is run; SyntaxError is one of them."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield Noticed("unread", error.lineno, {"line": error.lineno or 1})
        return
    except (ValueError, RecursionError, MemoryError):
        return
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for look in (_returns_in_loop, _one_round, _lost, _no_return, _unused):
        for function in functions:
            yield from look(function)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """A function's nodes, those of functions in it left out."""
    ahead = list(ast.iter_child_nodes(function))
    while ahead:
        node = ahead.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            ahead = [*ast.iter_child_nodes(node), *ahead]


def _returns_in_loop(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Noticed]:
    """A `return` that ends every first round."""
    for loop in _own(function):
        if isinstance(loop, (ast.For, ast.While)):
            for node in loop.body:
                if isinstance(node, ast.Return):
                    yield Noticed("returns_in_loop", node.lineno, {"line": node.lineno})


def _one_round(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Noticed]:
    """A collection or counter that is begun anew in a loop and read after it."""
    for loop in _own(function):
        if not isinstance(loop, (ast.For, ast.While)):
            continue
        first = loop.body[0]
        if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Name) and _is_empty(first.value):
            name = first.targets[0].id
            end = loop.end_lineno or loop.lineno
            after = (n for n in _own(function) if isinstance(n, ast.Name) and n.id == name and n.lineno > end)
            if next(after, None) is not None:
                yield Noticed("one_round", first.lineno, {"line": first.lineno, "name": name})


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Tuple)):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return isinstance(value, ast.Constant) and value.value in (0, "")


def _lost(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Noticed]:
    """A call for its value that nobody keeps."""
    for node in _own(function):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            continue
        called = node.value.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if (name in _PURE or name == function.name) and name not in _IN_PLACE:
            yield Noticed("lost", node.lineno, {"line": node.lineno})


def _no_return(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Noticed]:
    """No value comes back: nothing, or something printed in its place."""
    own = list(_own(function))
    if function.name.startswith("__") or any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own):
        return
    if any(isinstance(n, ast.Return) and n.value is not None for n in own):
        return
    prints = next((n for n in own if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"), None)
    if prints is not None:
        yield Noticed("prints", prints.lineno, {"name": function.name, "line": prints.lineno})
    elif not any(isinstance(n, (ast.Attribute,)) and isinstance(n.ctx, ast.Store) for n in own):
        yield Noticed("no_return", function.lineno, {"name": function.name})


def _unused(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Noticed]:
    if function.name.startswith("__"):  # what comes in there is Python's to say
        return
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    for arg in function.args.args:
        if arg.arg not in read and arg.arg not in ("self", "cls") and not arg.arg.startswith("_"):
            yield Noticed("unused", function.lineno, {"name": arg.arg})


#: Steps that speak of no exercise: they are safe wherever they stand.
PLAIN = ("smallest", "plan", "watch", "inout", "words", "part", "teach")
_WITH_CODE = ("watch", "smallest", "words", "part", "teach", "inout")
_WITHOUT = ("inout", "plan", "smallest", "words", "part", "teach")


def next_step(asked: Asked, *, own: bool = True) -> str:
    """The most fitting step that was not said yet; `own`: what stands in the student's code comes first."""
    found = next(_steps(asked, own), None)
    return found or asked.words.pick("step.part", asked.message)


def plain_step(asked: Asked) -> str:
    """One that says nothing about the exercise, and was not said yet if any is left."""
    return next(_plain(asked), asked.words.nth("step.part", len(asked.shown)))


def about_code(asked: Asked) -> str | None:
    """What is to be seen in the student's code: the author's word on a wrong idea, else where to look."""
    if not asked.is_begun or asked.is_accepted:
        return None
    idea = wrong_idea(asked)
    if idea is not None and not _was_said(idea.say.strip(), asked):
        return idea.say.strip()
    for one in noticed(asked.situation.source):
        text = asked.words.say(f"notice.{one.kind}", **one.values)
        if not _was_said(text, asked):
            return text
    return None


def by_hand(asked: Asked) -> str | None:
    """A sample check to be gone through on paper."""
    exercise = asked.exercise
    calls = [c.call for c in exercise.sample_checks if c.call and "`" not in c.call] if exercise else []
    if not calls:
        return None
    call = " ".join(max(calls, key=lambda text: min(len(text), 60)).split())
    if _was_said(f"`{call}`", asked):
        return None
    return asked.words.pick("step.hand", asked.message, call=call) if len(call) <= 120 else None


def concepts(words: Words, names: tuple[str, ...]) -> str | None:
    """The ideas that the author named."""
    return words.say("step.concept", concepts=", ".join(names)) if names else None


def _steps(asked: Asked, own: bool) -> Iterator[str]:
    if own and (seen := about_code(asked)):
        yield seen
    exercise = asked.exercise
    if exercise is not None:
        few = [by_hand(asked), concepts(asked.words, exercise.concepts)]
        turned = crc32(asked.message.encode()) % 3
        for text in [*few[turned:], *few[:turned]] if turned < 2 else []:
            if text and not _was_said(text[:40], asked):
                yield text
    yield from _plain(asked)
    if exercise is not None:
        for text in (by_hand(asked), concepts(asked.words, exercise.concepts)):
            if text and not _was_said(text, asked):
                yield text


def _plain(asked: Asked) -> Iterator[str]:
    names = _WITH_CODE if asked.is_begun else _WITHOUT
    turned = crc32(asked.message.casefold().encode()) // 7 % len(names)
    for name in (*names[turned:], *names[:turned]):
        text = asked.words.say(f"step.{name}")
        if not _was_said(text, asked):
            yield text


def _was_said(text: str, asked: Asked) -> bool:
    return any(text in shown for shown in asked.shown)
