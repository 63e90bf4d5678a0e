"""Calls and loops without end, rings of objects, division by zero, nothing where something is needed, files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..program import Candidate, Case, Function, called, inner, names_in, returns, targets
from .keys import changes

_PUT = frozenset("append add update insert extend setdefault add_child link connect".split())
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)
_NOTHING = (
    r"empty (?:sequence|iterable)|arg is an empty|requires at least one data point|no data|zero-size array"
    r"|sequence is empty|Cannot choose from an empty|attempt to get arg\w+ of an empty|iterable argument is empty"
    r"|no mode for empty|EOF when reading|No columns to parse|empty separator|Expecting value"
)
_TAKES_SOME = frozenset("max min choice mean median reduce argmax argmin mode sample".split())


def recursion(case: Case) -> Iterator[Candidate]:
    """A function that calls itself without end, or objects that lead back to themselves."""
    if case.error != "RecursionError":
        return
    line = ring_line(case)
    if line is not None and not (case.function_at(line) and case.function_at(case.line)):
        yield Candidate(line, "circular_reference", 0.95, {}, "object")
    for place in (case.line, *(step.line for step in case.seen.steps)):
        if (function := case.function_at(place)) is not None:
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
        whole = isinstance(node, ast.Name) and node.id == "self" and not isinstance(case.parents[node], ast.Attribute)
        if whole and function.name.startswith("__"):  # `print(self)` in `__str__`
            yield Candidate(getattr(node, "lineno", case.line), "infinite_recursion", 0.9, words, "base")
    for other in calls:
        if any(_calls(target, function.name) for target in case.functions.get(called(other), [])):
            yield Candidate(other.lineno, "infinite_recursion", 0.85, words, "mutual")
            return


def _calls(node: ast.AST, name: str) -> bool:
    return any(isinstance(one, ast.Call) and called(one) == name for one in ast.walk(node))


def ring_line(case: Case) -> int | None:
    """The last line that puts a thing into itself, or two into each other."""
    edges: set[tuple[int, str, str]] = set()
    for node in case.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                is_inside = isinstance(target, (ast.Attribute, ast.Subscript))
                if is_inside or isinstance(node.value, (ast.Dict, ast.List, ast.Call)):
                    edges |= {(node.lineno, _base(target), name) for name in _held(node.value)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _PUT or node.func.attr in case.functions:
                edges |= {(node.lineno, _base(node.func.value), name) for a in node.args for name in _held(a)}
    held_by: dict[str, set[str]] = {}
    for line, holder, held in sorted(edges):
        if holder and held and holder in _reached(held_by, held):
            return line
        held_by.setdefault(holder, set()).add(held)
    return None


def _base(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _held(node: ast.expr) -> set[str]:
    """The names that a value holds as they are."""
    if isinstance(node, ast.Name):
        return {node.id}
    inside: list[ast.expr] = []
    if isinstance(node, (ast.List, ast.Tuple)):
        inside = node.elts
    elif isinstance(node, ast.Dict):
        inside = node.values
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[:1].isupper():
        inside = [*node.args, *(k.value for k in node.keywords)]
    return {name for one in inside for name in _held(one)}


def _reached(held_by: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += held_by.get(one, ())
    return found


def circle(case: Case) -> Iterator[Candidate]:
    """Data that holds itself, found when it is written out; modules that import each other."""
    if case.error in ("ValueError", "RecursionError") and "ircular reference" in case.message:
        yield Candidate(ring_line(case) or case.line, "circular_reference", 0.97, {}, "data")
    elif case.error in ("TLE", "MLE", "OLE") and (line := ring_line(case)) is not None:
        yield Candidate(line, "circular_reference", 0.88, {}, "object")
    found = re.search(r"partially initialized module '([\w.]+)'", case.message)
    if found or "circular import" in case.message:
        yield Candidate(case.line, "circular_import", 0.96, {"name": found[1] if found else "", "other": ""})


def by_zero(case: Case) -> Iterator[Candidate]:
    """Division by zero, often by the length of an empty list."""
    if case.error == "ZeroDivisionError":
        divided = [n for n in case.at() if isinstance(n, ast.BinOp) and isinstance(n.op, _DIVISIONS)]
        names = " ".join(case.text(node.right) for node in divided)
        line = divided[0].lineno if divided else case.line
        yield Candidate(line, "division_by_zero", 0.93, {"name": names[:40]}, "length" if "len(" in names else "")


def empty(case: Case) -> Iterator[Candidate]:
    """max(), min(), choice() or mean() of nothing; input that is not there."""
    if re.search(_NOTHING, case.message):
        name = next((called(call) for call in case.calls_at() if called(call) in _TAKES_SOME), "")
        yield Candidate(case.line, "empty_input", 0.87, {"name": name}, "input" if case.error == "EOFError" else "")
    if case.error == "StopIteration":
        yield Candidate(case.line, "generator_exhausted", 0.75, {"name": "next", "kind": "iterator"}, "next")


def files(case: Case) -> Iterator[Candidate]:
    """A file or folder that is not there."""
    found = re.search(
        r"(?:No such file or directory|Is a directory|Not a directory|Unable to find file)[^']*'([^']*)'", case.message
    )
    if case.error in ("FileNotFoundError", "IsADirectoryError", "NotADirectoryError") or found:
        path = found[1] if found else ""
        texts = [n for n in case.all(ast.Constant) if isinstance(n.value, str) and n.value and path.endswith(n.value)]
        is_here = not texts or any(node in texts for node in case.at())
        line = case.line if is_here else max(texts, key=lambda n: (len(n.value), n.lineno)).lineno
        yield Candidate(line, "file_not_found", 0.95, {"path": path[:60]}, "folder" if "/" in path else "")


def characters(case: Case) -> Iterator[Candidate]:
    """Bytes read or written by another encoding than they have: the line of `open` names it."""
    if not (case.error.startswith("Unicode") or (case.error == "LookupError" and "encoding" in case.message)):
        return
    is_read = "Decode" in case.error
    names = ("open", "read_csv", "read_text", "write_text", "reader", "decode", "encode")
    here = [call for call in case.calls_at() if called(call) in names]
    before = [call for call in case.calls("open") if call.lineno <= case.line and _reads(call) == is_read]
    line = next((call.lineno for call in (*here, *before[-1:])), case.line)
    yield Candidate(line, "encoding", 0.96, {}, "" if is_read else "write")


def _reads(call: ast.Call) -> bool:
    modes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
    return not any(isinstance(m, ast.Constant) and set(str(m.value)) & set("wax") for m in modes)


def limits(case: Case) -> Iterator[Candidate]:
    """The program did not end, printed without end, or took all memory: a loop that nothing stops."""
    if case.error not in ("TLE", "OLE", "MLE", "MemoryError", "Crash", "Exit", "SV"):
        return
    for loop in case.all(ast.For):
        if (line := changes(case, loop)) is not None:
            yield Candidate(line, "modified_during_iteration", 0.9, {"name": "list"}, "endless")
    for loop in case.all(ast.While):
        reads = names_in(loop.test)
        writes = {n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and not _is_read(n)}
        stuck = bool(reads) and not reads & writes and not any(isinstance(n, ast.Call) for n in ast.walk(loop.test))
        if stuck and (after := _after(case, loop, reads)) is not None:
            yield Candidate(after.lineno, "indentation", 0.8, {"word": "while", "header": loop.lineno}, "after")
        elif stuck or loop.lineno <= case.line <= (loop.end_lineno or loop.lineno):
            yield Candidate(loop.lineno, "off_by_one_index", 0.45 if stuck else 0.4, {}, "endless")
    word = {"SV": "forbidden", "Exit": "exit", "Crash": "exit"}.get(case.error, "endless")
    yield Candidate(case.line, "off_by_one_index" if word == "endless" else "name_typo", 0.1, {"name": ""}, word)


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _after(case: Case, loop: ast.While, names: set[str]) -> ast.stmt | None:
    """The statement after a loop that sets one of these names."""
    body = getattr(case.parents.get(loop), "body", [])
    after = body[body.index(loop) + 1 :] if isinstance(body, list) and loop in body else []
    return next((s for s in after if names & {n for t in targets(s) for n in names_in(t)}), None)


def last_resort(case: Case) -> Iterator[Candidate]:
    """Nothing is known of it: the line that Python names."""
    yield Candidate(case.line, "name_typo", 0.01, {"name": ""}, "nothing" if not case.error else "unsure")


RULES = (recursion, circle, by_zero, empty, files, characters, limits, last_resort)
