"""Calls and loops without end, rings of objects, division by zero, files that are not there or of odd encoding."""

import ast
from collections.abc import Iterator

from ..program import Candidate, Case, Function, called, every, inner, names_in, stored

_ENDLESS = frozenset({"TLE", "OLE", "MLE", "MemoryError"})


def recursion(case: Case) -> Iterator[Candidate]:
    """A function that calls itself without end."""
    if case.error != "RecursionError":
        return
    if (function := case.function_at(case.line)) is not None:
        yield from _calls_itself(case, function)
    yield Candidate(case.line, "infinite_recursion", 0.6, {"function": ""})


def _calls_itself(case: Case, function: Function) -> Iterator[Candidate]:
    words = {"function": function.name}
    calls = [node for node in inner(function) if isinstance(node, ast.Call)]
    own = [call for call in calls if called(call) == function.name]
    if own:
        stops = any(isinstance(node, ast.If) for node in inner(function))
        parameters = [a.arg for a in function.args.args if a.arg != "self"]
        same = [c for c in own if c.args and [case.text(a) for a in c.args] == parameters[: len(c.args)]]
        variant = "same" if same else "" if stops else "base"
        yield Candidate((same or own)[0].lineno, "infinite_recursion", 0.94, words, variant)
    else:
        yield Candidate(calls[0].lineno if calls else case.line, "infinite_recursion", 0.85, words, "mutual")


def limits(case: Case) -> Iterator[Candidate]:
    """The program did not end, printed without end, or took all memory: a loop that nothing stops."""
    if case.error in _ENDLESS:
        loops = sorted(case.all(ast.While), key=is_stuck)
        yield Candidate(loops[-1].lineno if loops else case.line, "off_by_one_index", 0.45, {}, "endless")


def is_stuck(loop: ast.While) -> bool:
    """Whether a loop's condition reads only names that no line of its block sets."""
    reads = names_in(loop.test)
    return bool(reads) and not reads & stored(loop) and not any(every(loop.test, ast.Call))


RULES = (recursion, limits)
