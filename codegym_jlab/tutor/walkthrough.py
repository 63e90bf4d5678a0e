"""The student's own code in plain words, statement by statement, from its syntax tree. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .concepts import find, to_try, topics
from .locale import Words, words
from .text import fold, patterns

MOST_LINES = 14  #: statements told at once
_MOST = 60  #: characters of code that is quoted
_METHODS = frozenset("append extend add sort reverse remove update clear close write".split())
_OPERATIONS = ("Add", "Sub", "Mult", "Div", "FloorDiv", "Mod")
#: Gaps of the sentences, and the fields of statements that fill them, the last that is there.
_GAPS = {"value": "value exc subject", "name": "name target", "names": "target names targets", "test": "test",
         "source": "iter", "module": "module"}  # fmt: skip


def _assigned(node: ast.Assign) -> str:
    target = node.targets[-1]
    if isinstance(target, ast.Tuple | ast.List):
        return "unpack"
    return {ast.Subscript: "store_at", ast.Attribute: "store_attribute"}.get(type(target), "assign")


def _looped(node: ast.For | ast.AsyncFor) -> str:
    called = getattr(node.iter.func, "id", "") if isinstance(node.iter, ast.Call) else ""
    return called if called in ("range", "enumerate", "zip") else "for"


def _expressed(node: ast.Expr) -> str:
    value = node.value
    if isinstance(value, ast.Call):
        name = getattr(value.func, "id", "") or getattr(value.func, "attr", "")
        is_told = name == "print" if isinstance(value.func, ast.Name) else name in _METHODS
        return name if is_told else "call"
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return "docstring"
    kinds: dict[type, str] = {ast.Yield: "yield", ast.YieldFrom: "yield_from", ast.Await: "await"}
    return kinds.get(type(value), "lost")


#: What is said of a kind of statement.
_KEYS: dict[type[ast.stmt], str | Callable[[Any], str]] = {
    ast.ClassDef: "class", ast.While: "while", ast.With: "with", ast.AsyncWith: "with", ast.Try: "try",
    ast.Assert: "assert", ast.Import: "import", ast.ImportFrom: "import_from", ast.Global: "global",
    ast.Nonlocal: "global", ast.Delete: "delete", ast.Match: "match", ast.Pass: "pass", ast.Break: "break",
    ast.Continue: "continue", ast.Assign: _assigned, ast.For: _looped, ast.AsyncFor: _looped, ast.Expr: _expressed,
    ast.FunctionDef: lambda node: "function" if ast.unparse(node.args) else "function_bare",
    ast.AsyncFunctionDef: lambda node: "function" if ast.unparse(node.args) else "function_bare",
    ast.Return: lambda node: "return" if node.value else "return_bare",
    ast.AnnAssign: lambda node: "assign" if node.value else "other",
    ast.AugAssign: lambda node: name if (name := type(node.op).__name__) in _OPERATIONS else "change",
    ast.If: lambda node: "if_else" if node.orelse else "if",
    ast.Raise: lambda node: "raise" if node.exc else "other",
}  # fmt: skip


def sentence(node: ast.stmt, own: Words) -> str:
    """What one statement does, in the present tense."""
    key = _KEYS.get(type(node), "other")
    key = key if isinstance(key, str) else key(node)
    filled = {gap: _code(value) for gap, fields in _GAPS.items() for field in fields.split()
              if (value := getattr(node, field, None)) is not None}  # fmt: skip
    if key == "other":
        filled["value"] = _code(node)
    return own.say(f"walk.{key}", **{**filled, **_special(node, own)})


def _special(node: ast.stmt, own: Words) -> dict[str, str]:
    """What fills the gaps that one kind of statement has."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yields = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
        names = [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]
        return {"names": _code(names), "runs": own.say("walk.makes_generator" if yields else "walk.runs")}
    if isinstance(node, ast.Try):
        some = own.say("walk.any_error")
        return {"kinds": ", ".join(_code(one.type) if one.type else some for one in node.handlers) or some}
    if isinstance(node, ast.With | ast.AsyncWith):
        return {"value": _code(node.items)}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        owner = getattr(node.value.func, "value", node.value.func)
        return {"args": _code(node.value.args) or own.say("walk.nothing"), "owner": _code(owner)}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Await):
        return {"value": _code(node.value.value) or "`None`"}
    if isinstance(node, ast.Assign) and isinstance(place := node.targets[-1], ast.Subscript | ast.Attribute):
        return {"owner": _code(place.value), "place": _code(getattr(place, "slice", None)), "name": _code(place)}
    return {"aside": _aside(node.value, own) if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) else ""}


def _aside(value: ast.expr | None, own: Words) -> str:
    """What a comprehension or a choice in an expression does."""
    for part in ast.walk(value) if value is not None else ():
        if isinstance(part, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            loop = part.generators[0]
            key = "walk.each_if" if loop.ifs else "walk.each"
            told = {"name": loop.target, "source": loop.iter, "value": part.elt, "test": loop.ifs}
            return own.say(key, **{gap: _code(one) for gap, one in told.items()})
        if isinstance(part, ast.IfExp):
            return own.say("walk.choice", value=_code(part.body), test=_code(part.test), other=_code(part.orelse))
    return ""


def _code(node: Any) -> str:
    """A piece of the program in backticks; of a list each item."""
    if isinstance(node, list):
        return ", ".join(map(_code, node))
    text = ast.unparse(node) if isinstance(node, ast.AST) else str(node or "")
    text = text if len(text) <= _MOST else text[: _MOST - 3] + "…"
    return f"`{text}`" if text else ""


def on_line(node: ast.stmt, source: str, own: Words) -> str:
    """Its line, the line's text, and what it does."""
    text, told = source.splitlines()[node.lineno - 1].strip(), sentence(node, own)
    if "`" in text:
        return own.say("review.at", line=node.lineno, text=f"{own.say('walk.backtick')}: {told}")
    return own.say("review.on_line", line=node.lineno, code=text, text=told)


def _closer(node: ast.stmt, own: Words) -> list[str]:
    """More about a statement that the student asks about."""
    kind = type(node.value if isinstance(node, ast.Expr) else node)
    keys: dict[type, str] = {ast.Yield: "yield", ast.YieldFrom: "yield", ast.Return: "return", ast.While: "while"}
    return [own.say(f"walk.closer_{keys[kind]}")] if kind in keys else []


def asks_to_read(question: str) -> bool:
    """Whether the student wants the code in the cell told; called by the concepts agent where there is code."""
    folded = fold(question)
    return bool(patterns("line")["whole"].search(folded)) or asks_of_a_line(folded)


def asks_of_a_line(folded: str) -> bool:
    """Whether a question, folded, names a line of the cell and asks what it does, not what is to stand there."""
    known = patterns("line")
    return bool(known["named"].search(folded) and known["asked"].search(folded) and not known["not"].search(folded))


def walk(source: str, question: str = "", language: str = "en") -> str:
    """The code told line by line, first of all the lines that the question is about. Markdown.

    Raises SyntaxError where Python cannot read `source`: that is for the explainer of errors.
    """
    tree, own = ast.parse(source), words(language)
    wanted = lines_asked(source, question)
    statements = sorted((n for n in ast.walk(tree) if isinstance(n, ast.stmt)), key=lambda n: (n.lineno, n.col_offset))
    chosen = [one for one in statements if one.lineno in wanted]
    around = [one for one in statements if any(part in chosen for part in ast.walk(one))] if chosen else statements
    parts = [own.say("walk.heading"), "\n".join("- " + on_line(one, source, own) for one in around[:MOST_LINES])]
    if len(around) > MOST_LINES:
        parts.append(own.say("walk.rest"))
    parts += [text for one in chosen[:2] for text in _closer(one, own)]
    of_a_line = chosen and asks_of_a_line(fold(question))
    parts += _concept(chosen if of_a_line else [tree], question if chosen and not of_a_line else "", language)
    return "\n\n".join(parts)


#: English words that also stand in code, and say nothing about which line is meant
_COMMON = frozenset(
    "a i in is it if or and not my the as of on for with from do does this that line lines code step by mine at me you"
    " what why how can could show use using short shorter shorten write name names number numbers list loop value"
    " def function class result data import pass n x y".split()
)


def lines_asked(source: str, question: str) -> set[int]:
    """Numbers of the lines that a question names: `line 3`, `the yield line`, `the line with max`."""
    lines, folded = source.splitlines(), fold(question)
    named = {int(n) for n in re.findall(r"(?:\blines?|\blinea|\bzeile|\bligne|\blini\w+|第)\s*(\d{1,3})", folded)}
    ordinals = dict(zip((1, 2, 3, 4, len(lines)), patterns("ordinal").values(), strict=True))
    named |= {number for number, ordinal in ordinals.items() if ordinal.search(folded)}
    if found := {number for number in named if number <= len(lines)}:
        return found
    meant = set(re.findall(r"[a-z_]\w*", folded)) - _COMMON
    bare = (re.sub(r"(['\"]).*?\1|#.*", "", line).lower() for line in lines)
    found = {number for number, line in enumerate(bare, 1) if meant & set(re.findall(r"[a-z_]\w*", line))}
    return found if len(found) * 2 <= sum(bool(line.strip()) for line in lines) else set()


#: What in code calls for a word about the idea behind it, the rarest first.
_IDEAS: dict[type[ast.AST], str] = {
    ast.Yield: "generator", ast.YieldFrom: "generator", ast.Await: "async", ast.ListComp: "list-comprehension",
    ast.DictComp: "dict-comprehension", ast.GeneratorExp: "generator-expression", ast.Lambda: "lambda",
    ast.With: "context-manager", ast.Try: "try-except", ast.While: "while-loop", ast.ClassDef: "class",
    ast.For: "for-loop",
}  # fmt: skip


def _concept(nodes: Sequence[ast.AST], question: str, language: str) -> list[str]:
    """The idea behind the lines asked about, or else behind what is least common in the code."""
    found = find(question, language) if question else []
    wanted = [one.topic for one in found if one.is_sure and one.topic.id not in ("walk-code", "function")]
    if not wanted:
        kinds = {type(part) for node in nodes for part in _parts(node)}
        idea = next((topic for kind, topic in _IDEAS.items() if kind in kinds), "")
        wanted = [topic for topic in topics() if topic.id == idea]
    return [f"**{wanted[0].title}**: {wanted[0].told(language)}", to_try(wanted[0], language)] if wanted else []


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """A statement with its expressions, not the statements of its block; a module whole."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Module) or not isinstance(child, ast.stmt):
            yield from ast.walk(child) if isinstance(node, ast.Module) else _parts(child)
