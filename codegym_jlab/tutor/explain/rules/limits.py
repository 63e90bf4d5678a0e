"""Calls and loops without end, rings of objects, division by zero, files that are not there or of odd encoding."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..program import Candidate, Case, Function, called, inner, names_in, returns
from .keys import changes

_ENDLESS = frozenset({"TLE", "OLE", "MLE", "MemoryError"})


def recursion(case: Case) -> Iterator[Candidate]:
    """A function that calls itself without end."""
    if case.error != "RecursionError":
        return
    places = (case.line, *(step.line for step in case.seen.steps))
    for function in dict.fromkeys(map(case.function_at, places)):
        if function is not None:
            yield from _calls_itself(case, function)
    yield Candidate(case.line, "infinite_recursion", 0.6, {"function": ""})


def _calls_itself(case: Case, function: Function) -> Iterator[Candidate]:
    words = {"function": function.name}
    calls = [node for node in inner(function) if isinstance(node, ast.Call)]
    own = [call for call in calls if called(call) == function.name]
    if own:
        ends = [one for one in returns(function) if not _calls(one, function.name)]
        stops = bool(ends) and any(isinstance(node, ast.If) for node in inner(function))
        parameters = [a.arg for a in function.args.args if a.arg != "self"]
        same = [c for c in own if c.args and [case.text(a) for a in c.args] == parameters[: len(c.args)]]
        variant = "same" if same else "" if stops else "base"
        yield Candidate((same or own)[0].lineno, "infinite_recursion", 0.94, words, variant)
    for node in inner(function):
        if isinstance(node, ast.Attribute) and node.attr == function.name and function.decorator_list:
            yield Candidate(node.lineno, "infinite_recursion", 0.95, words, "property")
    for other in calls:
        if any(_calls(target, function.name) for target in case.functions.get(called(other), [])):
            yield Candidate(other.lineno, "infinite_recursion", 0.85, words, "mutual")
            return


def _calls(node: ast.AST, name: str) -> bool:
    return any(isinstance(one, ast.Call) and called(one) == name for one in ast.walk(node))


def ring(case: Case) -> Iterator[Candidate]:
    """Data that holds itself, found when it is written out: the last line before that puts one name into another."""
    if "ircular reference" in case.message:
        puts = [n for n in case.all(ast.Call) if called(n) in ("append", "add", "insert") and names_in(n) and n.args]
        puts += [
            n for n in case.all(ast.Assign) if isinstance(n.value, ast.Name) and not isinstance(n.targets[0], ast.Name)
        ]
        lines = [n.lineno for n in puts if n.lineno < case.line]
        yield Candidate(max(lines, default=case.line), "circular_reference", 0.97, {}, "data")


def by_zero(case: Case) -> Iterator[Candidate]:
    """Division by zero, often by the length of an empty list."""
    if case.error == "ZeroDivisionError":
        signs = (ast.Div, ast.FloorDiv, ast.Mod)
        divided = [n for n in case.at() if isinstance(n, ast.BinOp) and isinstance(n.op, signs)]
        names = " ".join(case.text(node.right) for node in divided)
        line = divided[0].lineno if divided else case.line
        yield Candidate(line, "division_by_zero", 0.93, {"name": names[:40]}, "length" if "len(" in names else "")


def files(case: Case) -> Iterator[Candidate]:
    """A file or folder that is not there: the line that names it."""
    found = re.search(r"(?:o such file or directory|s a directory|ot a directory)[^']*'([^']*)'", case.message)
    if case.error in ("FileNotFoundError", "IsADirectoryError", "NotADirectoryError") or found:
        path = found[1] if found else ""
        texts = [n for n in case.all(ast.Constant) if isinstance(n.value, str) and n.value and path.endswith(n.value)]
        is_here = not texts or any(node in texts for node in case.at())
        line = case.line if is_here else max(texts, key=lambda n: (len(n.value), n.lineno)).lineno
        yield Candidate(line, "file_not_found", 0.95, {"path": path[:60]}, "folder" if "/" in path else "")


def characters(case: Case) -> Iterator[Candidate]:
    """Bytes read or written by another encoding than they have: the line of `open` names it."""
    if case.error.startswith("Unicode") or (case.error == "LookupError" and "encoding" in case.message):
        names = ("open", "read_csv", "read_text", "write_text", "reader", "decode", "encode")
        here = [call.lineno for call in case.calls_at() if called(call) in names]
        before = [call.lineno for call in case.calls("open") if call.lineno <= case.line]
        line = [*here, *sorted(before, reverse=True), case.line][0]
        yield Candidate(line, "encoding", 0.96, {}, "" if "Decode" in case.error else "write")


def limits(case: Case) -> Iterator[Candidate]:
    """The program did not end, printed without end, or took all memory: a loop that nothing stops."""
    word = {"SV": "forbidden", "Exit": "exit", "Crash": "exit"}.get(case.error)
    if word is not None:
        yield Candidate(case.line, "name_typo", 0.1, {"name": ""}, word)
    if case.error not in _ENDLESS:
        return
    for loop in case.all(ast.For):
        if (line := changes(case, loop)) is not None:
            yield Candidate(line, "modified_during_iteration", 0.9, {"name": "list"}, "endless")
    for loop in case.all(ast.While):
        sure = 0.45 if is_stuck(loop) else 0.4 if case.is_in(loop) else 0.0
        yield Candidate(loop.lineno, "off_by_one_index", sure, {}, "endless")
    yield Candidate(case.line, "off_by_one_index", 0.1, {}, "endless")


def is_stuck(loop: ast.While) -> bool:
    """Whether a loop's condition reads only names that no line of its block sets."""
    stored = {n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    reads = names_in(loop.test)
    return bool(reads) and not reads & stored and not any(isinstance(n, ast.Call) for n in ast.walk(loop.test))


def last_resort(case: Case) -> Iterator[Candidate]:
    """Nothing is known of it: the line that Python names."""
    yield Candidate(case.line, "name_typo", 0.01, {"name": ""}, "nothing" if not case.error else "unsure")


RULES = (recursion, ring, by_zero, files, characters, limits, last_resort)
