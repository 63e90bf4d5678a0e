"""Calls without end, circles, division by nothing, empty lists, files and their characters, limits of the sandbox."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, Function, called, names_in, targets
from .keys import changes
from .kinds import inner, returns


def recursion(case: Case) -> Iterator[Candidate]:
    """A function that calls itself without end."""
    if case.error != "RecursionError":
        return
    yield from _ring(case)
    function = case.function_at(case.line)
    known = [f for s in case.seen.steps if (f := case.function_at(s.line)) is not None]
    for one in [*([function] if function is not None else []), *known]:
        yield from _calls_itself(case, one)
    yield Candidate(case.line, "infinite_recursion", 0.6, {"function": function.name if function else ""})


def _calls_itself(case: Case, function: Function) -> Iterator[Candidate]:
    words = {"function": function.name}
    calls = [n for n in inner(function) if isinstance(n, ast.Call) and called(n) == function.name]
    if calls:
        stops = any(isinstance(n, ast.If) for n in inner(function)) and any(
            not _reads_call(r, function.name) for r in returns(function)
        )
        same = [c for c in calls if _is_same(c, function)]
        call = (same or calls)[0]
        yield Candidate(call.lineno, "infinite_recursion", 0.94, words, "same" if same else "" if stops else "base")
    for node in inner(function):
        if isinstance(node, ast.Attribute) and node.attr == function.name and function.decorator_list:
            variant = "property"
            yield Candidate(node.lineno, "infinite_recursion", 0.95, words, variant)
    if function.name.startswith("__"):
        for node in inner(function):
            if (
                isinstance(node, ast.Name)
                and node.id == "self"
                and not isinstance(case.parents.get(node), ast.Attribute)
            ):
                yield Candidate(node.lineno, "infinite_recursion", 0.9, words, "base")
    others = [n for n in inner(function) if isinstance(n, ast.Call) and called(n) in case.functions]
    for other in others:
        for target in case.functions[called(other)]:
            if any(isinstance(n, ast.Call) and called(n) == function.name for n in ast.walk(target)):
                yield Candidate(other.lineno, "infinite_recursion", 0.85, words, "mutual")
                return


def _reads_call(node: ast.Return, name: str) -> bool:
    return any(isinstance(n, ast.Call) and called(n) == name for n in ast.walk(node))


def _is_same(call: ast.Call, function: Function) -> bool:
    """Whether it is called with just what it was given."""
    names = [a.arg for a in function.args.args if a.arg != "self"]
    given = [a.id if isinstance(a, ast.Name) else "" for a in call.args]
    return bool(given) and given == names[: len(given)]


def _ring(case: Case) -> Iterator[Candidate]:
    """Objects that lead back to themselves: the line that closes the ring."""
    line = ring_line(case)
    if line is None:
        return
    function = case.function_at(case.line)
    attributes = {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)} if function else set()
    statement = case.statement(line)
    set_here = {t.attr for t in targets(statement) if isinstance(t, ast.Attribute)} if statement is not None else set()
    if not set_here or set_here & attributes or function is None or not case.function_at(line):
        yield Candidate(line, "circular_reference", 0.95, {}, "object")


def ring_line(case: Case) -> int | None:
    """The last line that puts a thing into itself, or two into each other; outside functions first."""
    edges: list[tuple[str, str, int]] = []
    for node in case.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, (ast.Attribute, ast.Subscript)):
                    edges += [(_base(target), name, node.lineno) for name in _held(node.value)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in (
                "append",
                "add",
                "update",
                "insert",
                "extend",
                "setdefault",
                "add_child",
                "link",
                "connect",
            ) or (node.func.attr in case.functions):
                edges += [(_base(node.func.value), name, node.lineno) for a in node.args for name in _held(a)]
    for made in case.all(ast.Assign):
        if isinstance(made.targets[0], ast.Name) and isinstance(made.value, (ast.Dict, ast.List, ast.Call)):
            edges += [(made.targets[0].id, name, made.lineno) for name in _held(made.value) if name in case.bindings]
    edges = sorted({e for e in edges if e[0] and e[1]}, key=lambda e: e[2])
    reach: dict[str, set[str]] = {}
    edges = [*_in_literals(case), *edges]
    for holder, held, line in edges:
        if holder == held or holder in _reached(reach, held):
            return line
        reach.setdefault(holder, set()).add(held)
    return None


def _in_literals(case: Case) -> list[tuple[str, str, int]]:
    """What the keys of a dict that is written out lead to, where its values name its keys."""
    found: list[tuple[str, str, int]] = []
    for node in case.all(ast.Dict):
        keys = {k.value for k in node.keys if isinstance(k, ast.Constant)}
        for key, value in zip(node.keys, node.values, strict=True):
            named = [n for n in ast.walk(value) if isinstance(n, ast.Constant) and n.value in keys]
            found += [(f"={_word(key)}", f"={_word(n)}", n.lineno) for n in named]
    return found


def _word(key: ast.expr | None) -> str:
    return str(key.value) if isinstance(key, ast.Constant) and isinstance(key.value, (str, int)) else ""


def _base(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _held(node: ast.expr) -> set[str]:
    """The names that a value holds as they are."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, (ast.List, ast.Tuple)):
        return {n for e in node.elts for n in _held(e)}
    if isinstance(node, ast.Dict):
        return {n for e in node.values for n in _held(e)}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[:1].isupper():
        return {n for e in (*node.args, *(k.value for k in node.keywords)) for n in _held(e)}
    return set()


def _reached(reach: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += reach.get(one, ())
    return found


def circle(case: Case) -> Iterator[Candidate]:
    """Data that holds itself, found when it is written out."""
    if case.error in ("ValueError", "RecursionError") and "ircular reference" in case.message:
        yield Candidate(ring_line(case) or case.line, "circular_reference", 0.97, {}, "data")
    elif case.error in ("TLE", "AssertionError", "MLE", "OLE"):
        line = ring_line(case)
        if line is not None:
            yield Candidate(line, "circular_reference", 0.88 if case.error != "AssertionError" else 0.5, {}, "object")


def circular_import(case: Case) -> Iterator[Candidate]:
    """Modules that need each other while they are read."""
    found = re.search(r"partially initialized module '([\w.]+)'", case.message)
    is_circular = "circular import" in case.message or found
    files = _files(case)
    edges = {name: set(re.findall(r"(?:from|import)\s+(\w+)", text)) & set(files) for name, (text, _) in files.items()}
    ring = [name for name in files if name in _walk(edges, name)]
    if ring and (is_circular or case.error in ("ImportError", "AttributeError", "NameError")):
        yield Candidate(files[ring[0]][1], "circular_import", 0.96, {"name": ring[0], "other": ring[-1]})
    elif is_circular:
        yield Candidate(case.line, "circular_import", 0.8, {"name": found[1] if found else "", "other": ""})


def _walk(edges: dict[str, set[str]], start: str) -> set[str]:
    """What can be reached from a name, itself only by a ring."""
    return {n for first in edges.get(start, set()) for n in _reached(edges, first)}


def _files(case: Case) -> dict[str, tuple[str, int]]:
    """Modules that the program writes: name → text and line."""
    found: dict[str, tuple[str, int]] = {}
    for node in case.nodes:
        if not isinstance(node, (ast.Call, ast.Dict, ast.With)):
            continue
        texts = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(key.value, str):
                    found.setdefault(key.value.removesuffix(".py"), (str(value.value), key.lineno))
            continue
        names = [t.value for t in texts if isinstance(t.value, str) and re.fullmatch(r"[\w/.]*\w\.py", t.value)]
        bodies = [t for t in texts if isinstance(t.value, str) and re.search(r"\bimport\b", t.value)]
        if names and bodies:
            module = names[0].rpartition("/")[2].removesuffix(".py")
            found.setdefault(module, (str(bodies[0].value), bodies[0].lineno))
    return found


def by_zero(case: Case) -> Iterator[Candidate]:
    """Division by zero, often by the length of an empty list."""
    if case.error == "ZeroDivisionError":
        names = " ".join(
            case.text(n.right)
            for n in case.at()
            if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Div, ast.FloorDiv, ast.Mod))
        )
        line = next(
            (
                n.lineno
                for n in case.at()
                if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Div, ast.FloorDiv, ast.Mod))
            ),
            case.line,
        )
        yield Candidate(line, "division_by_zero", 0.93, {"name": names[:40]}, "length" if "len(" in names else "")
    if case.error in ("FloatingPointError", "RuntimeWarning"):
        yield Candidate(case.line, "division_by_zero", 0.6, {"name": ""})


_NOTHING = (
    r"empty (?:sequence|iterable)|arg is an empty|requires at least one data point|no data|zero-size array"
    r"|sequence is empty|Cannot choose from an empty|attempt to get arg\w+ of an empty|iterable argument is empty"
    r"|no mode for empty|EOF when reading|No columns to parse|empty separator|Expecting value"
)


def empty(case: Case) -> Iterator[Candidate]:
    """max(), min(), choice() or mean() of nothing; input that is not there."""
    if case.error in (
        "ValueError",
        "StatisticsError",
        "IndexError",
        "TypeError",
        "EOFError",
        "EmptyDataError",
        "JSONDecodeError",
    ) and re.search(_NOTHING, case.message):
        call = next(
            (
                called(c)
                for c in case.calls_at()
                if called(c)
                in ("max", "min", "choice", "mean", "median", "reduce", "argmax", "argmin", "mode", "sample")
            ),
            "",
        )
        variant = "input" if case.error == "EOFError" else ""
        yield Candidate(case.line, "empty_input", 0.87, {"name": call}, variant)
    if case.error == "StopIteration":
        yield Candidate(case.line, "generator_exhausted", 0.75, {"name": "next", "kind": "iterator"}, "next")


def files(case: Case) -> Iterator[Candidate]:
    """A file or folder that is not there."""
    found = re.search(
        r"(?:No such file or directory|Is a directory|Not a directory|Unable to find file)[^']*'([^']*)'", case.message
    )
    if case.error in ("FileNotFoundError", "IsADirectoryError", "NotADirectoryError") or found:
        path = found[1] if found else ""
        texts = [n for n in case.all(ast.Constant) if isinstance(n.value, str) and path and n.value == path]
        tail = [n for n in case.all(ast.Constant) if isinstance(n.value, str) and n.value and path.endswith(n.value)]
        here = [n for n in case.at() if isinstance(n, ast.Constant) and n in [*texts, *tail]]
        line = case.line if here or not (texts or tail) else (texts or tail)[-1].lineno
        yield Candidate(line, "file_not_found", 0.95, {"path": path[:60]}, "folder" if "/" in path else "")


def characters(case: Case) -> Iterator[Candidate]:
    """Bytes read or written by another encoding than they have."""
    if case.error not in ("UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "LookupError"):
        return
    if case.error == "LookupError" and "encoding" not in case.message:
        return
    codec = re.match(r"'([\w-]+)' codec", case.message)
    words = {"codec": codec[1] if codec else ""}
    is_read = "Decode" in case.error
    opened = [
        c
        for c in case.all(ast.Call)
        if called(c) in ("open", "read_csv", "read_text", "write_text", "reader", "decode", "encode")
    ]
    own = [c for c in opened if c in case.calls_at()]
    before = [c for c in opened if c.lineno <= case.line and called(c) == "open" and _reads(c) == is_read]
    line = case.line
    if own:
        line = own[0].lineno
    elif before:
        line = before[-1].lineno
    yield Candidate(line, "encoding", 0.96, words, "" if is_read else "write")


def _reads(call: ast.Call) -> bool:
    modes = [
        a.value
        for a in (*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode"))
        if isinstance(a, ast.Constant)
    ]
    return not any(isinstance(m, str) and set(m) & set("wax") for m in modes)


def mixed_codecs(case: Case) -> Iterator[Candidate]:
    """An assert about text that was written by one encoding and read by another."""
    if case.error != "AssertionError":
        return
    found: list[tuple[str, int, bool]] = []
    for call in case.all(ast.Call):
        if called(call) in ("encode", "decode", "open", "read_text", "write_text", "read_csv", "str", "bytes"):
            texts = [n.value for n in (*call.args, *(k.value for k in call.keywords)) if isinstance(n, ast.Constant)]
            names = [t.lower().replace("_", "-") for t in texts if isinstance(t, str)]
            codec = next(
                (n for n in names if re.fullmatch(r"utf-?(8|16|32)(-sig)?|latin-?1|cp\d+|iso-?8859-?\d+|ascii", n)), ""
            )
            reads = called(call) in ("decode", "read_text", "read_csv", "str") or (
                called(call) == "open" and _reads(call)
            )
            if codec or (called(call) in ("encode", "decode") and not call.args):
                found.append((codec or "utf-8", call.lineno, reads))
    codecs = {c.replace("-", "") for c, _, _ in found}
    reading = [line for _, line, reads in found if reads]
    if len(codecs) > 1 and reading:
        yield Candidate(reading[-1], "encoding", 0.88, {"codec": ""}, "")
    lengths = [
        c for c in case.calls("len") if any(called(i) == "encode" for i in ast.walk(c) if isinstance(i, ast.Call))
    ]
    if lengths:
        yield Candidate(lengths[0].lineno, "encoding", 0.8, {"codec": ""}, "length")


def limits(case: Case) -> Iterator[Candidate]:
    """The program did not end, printed without end, or took all memory: a loop that nothing stops."""
    if case.error not in ("TLE", "OLE", "MLE", "MemoryError", "Crash", "Exit", "SV"):
        return
    for loop in case.all(ast.For):
        line = changes(case, loop)
        if line is not None:
            yield Candidate(line, "modified_during_iteration", 0.9, {"name": "list"}, "endless")
    loops = list(case.all(ast.While))
    for loop in loops:
        reads = names_in(loop.test)
        writes = {
            n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        calls = any(isinstance(n, ast.Call) for n in ast.walk(loop.test))
        inside = loop.lineno <= case.line <= (loop.end_lineno or loop.lineno)
        stuck = bool(reads) and not reads & writes and not calls
        after = [s for s in _after(case, loop) if reads & {n for t in targets(s) for n in names_in(t)}]
        if stuck and after:
            yield Candidate(after[0].lineno, "indentation", 0.8, {"word": "while", "header": loop.lineno}, "after")
        elif inside or stuck:
            yield Candidate(loop.lineno, "off_by_one_index", 0.45 if stuck else 0.4, {}, "endless")
    word = {"SV": "forbidden", "Exit": "exit", "Crash": "exit"}.get(case.error, "endless")
    yield Candidate(case.line, "off_by_one_index" if word == "endless" else "name_typo", 0.1, {"name": ""}, word)


def _after(case: Case, loop: ast.While) -> list[ast.stmt]:
    body = getattr(case.parents.get(loop), "body", [])
    return body[body.index(loop) + 1 :] if isinstance(body, list) and loop in body else []


def last_resort(case: Case) -> Iterator[Candidate]:
    """Nothing is known of it: the line that Python names."""
    if isinstance(case.statement(case.line), FUNCTIONS):
        pass
    yield Candidate(case.line, "name_typo", 0.01, {"name": ""}, "nothing" if not case.error else "unsure")


RULES = (recursion, circle, circular_import, by_zero, empty, files, characters, mixed_codecs, limits, last_resort)
