"""The student's own code in plain words, statement by statement, from its syntax tree. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .concepts import find, topics
from .concepts.frames import frames
from .folding import fold
from .phrases import phrase

MOST_LINES = 14  #: statements told at once
_ASKS = re.compile(
    r"\b(step by step|line by line|walk (me )?through|go through (my|this|the) (code|function|solution))\b"
    r"|\bwhat (does|do|is|happens?)\b.{0,40}\b(my|this|these|mine)\b.{0,40}\b(code|lines?|loop|function|cell)\b"
    r"|\bwhat (does|do|happens?)\b.{0,20}\b(the|that|in)\b.{0,20}\b(code|lines?)\b"
    r"|\bexplain\b.{0,20}\b(my|this|own)\b.{0,12}\b(code|lines?|function|loop|cell)\b|\bwhat .{0,20} line \d+"
    r"|\bpaso a paso\b|\blinea por linea\b|\bque hace\b.{0,20}\b(codigo|linea|bucle)\b"
    r"|\bschritt fur schritt\b|\bzeile fur zeile\b|\bwas (macht|passiert)\b.{0,30}\b(code|zeile|schleife)\b"
    r"|\b(pas a pas|etape par etape|ligne par ligne)\b|\bque fait\b.{0,20}\b(code|ligne|boucle)\b"
    r"|\b(krok po kroku|linia po linii)\b|\bco robi\b.{0,20}\b(kod|linia|linijka|petla)\b"
    r"|一步一步|逐行|每一行|(这|我).{0,6}(代码|这行|这一行).{0,8}(什么|做)"
)
_OPERATIONS: dict[type[ast.operator], str] = {
    ast.Add: "adds {value} to {name}",
    ast.Sub: "takes {value} away from {name}",
    ast.Mult: "multiplies {name} by {value}",
    ast.Div: "divides {name} by {value}",
    ast.FloorDiv: "divides {name} by {value} and rounds down",
    ast.Mod: "replaces {name} by its remainder after division by {value}",
}
_METHODS = {
    "append": "puts {args} at the end of {owner}",
    "extend": "puts every value of {args} at the end of {owner}",
    "add": "puts {args} into {owner}",
    "sort": "sorts {owner} in place",
    "reverse": "turns {owner} round in place",
    "remove": "takes the first {args} out of {owner}",
    "update": "takes the entries of {args} over into {owner}",
    "clear": "empties {owner}",
    "close": "closes {owner}",
    "write": "writes {args} to {owner}",
}


def asks_to_read(question: str) -> bool:
    """Whether the student wants the code in the cell told; called by the concepts agent where there is code."""
    return bool(_ASKS.search(fold(question)))


def walk(source: str, question: str = "", language: str = "en") -> str:
    """The code told line by line, first of all the lines that the question is about. Markdown.

    Raises SyntaxError where Python cannot read `source`: that is for the explainer of errors.
    """
    tree = ast.parse(source)
    statements = list(_statements(tree.body))
    wanted = lines_asked(source, question)
    chosen = [one for one in statements if one.lineno in wanted]
    around = _with_headers(statements, chosen) if chosen else statements
    told = [f"- line {one.lineno}, {_line(source, one)}: {sentence(one)}" for one in around[:MOST_LINES]]
    parts = [phrase("walk", language), "\n".join(told)]
    if len(around) > MOST_LINES:
        parts.append(phrase("rest", language))
    parts += [text for one in chosen[:2] for text in _closer(one)]
    parts += _concept(tree, source, question if chosen else "", language)
    return "\n\n".join(parts)


def lines_asked(source: str, question: str) -> set[int]:
    """Numbers of the lines that a question names: `line 3`, `the yield line`, `the line with max`."""
    lines = source.splitlines()
    folded = fold(question)
    named = {int(n) for n in re.findall(r"(?:\blines?|\blinea|\bzeile|\bligne|\blini\w+|第)\s*(\d{1,3})", folded)}
    if found := {number for number in named if number <= len(lines)}:
        return found
    words = set(re.findall(r"[a-z_]\w*", folded)) - _COMMON
    return {
        number
        for number, line in enumerate(lines, 1)
        if words & set(re.findall(r"[a-z_]\w*", _bare(line).lower())) and not line.strip().startswith("#")
    } & _focus(source, words)


#: English words that also stand in code, and say nothing about which line is meant
_COMMON = frozenset(
    "a i in is it if or and not my the as of on for with from do does this that line lines code step by mine at me you"
    " what why how can could show use using short shorter shorten write name names number numbers list loop value"
    " def function class result data import pass n x y".split()
)


def _focus(source: str, words: set[str]) -> set[int]:
    """Lines that hold one of the words; nothing where that is most of the code, as then no line is meant."""
    lines = [line for line in source.splitlines() if line.strip()]
    found = {
        number
        for number, line in enumerate(source.splitlines(), 1)
        if words & set(re.findall(r"[a-z_]\w*", _bare(line).lower()))
    }
    return found if len(found) * 2 <= len(lines) else set()


def _bare(line: str) -> str:
    return re.sub(r"(['\"]).*?\1|#.*", "", line)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements in the order of their lines."""
    for one in body:
        yield one
        for inner in ("body", "handlers", "orelse", "finalbody", "cases"):
            for part in getattr(one, inner, []):
                if isinstance(part, ast.stmt):
                    yield from _statements([part])
                else:
                    yield from _statements(part.body)


def _with_headers(statements: list[ast.stmt], chosen: list[ast.stmt]) -> list[ast.stmt]:
    """The chosen ones, and the loops and functions that they stand in."""
    kept = {id(one) for one in chosen}
    for one in statements:
        inside = {id(part) for part in ast.walk(one)}
        if kept & inside:
            kept.add(id(one))
    return [one for one in statements if id(one) in kept]


def _line(source: str, node: ast.stmt) -> str:
    text = source.splitlines()[node.lineno - 1].strip()
    return f"`{text}`" if "`" not in text else "with a backtick in it"


def _code(node: ast.AST | None) -> str:
    text = ast.unparse(node) if node is not None else ""
    text = text if len(text) <= 60 else text[:57] + "…"
    return f"`{text}`"


def sentence(node: ast.stmt) -> str:
    """What one statement does, as half a sentence in present tense."""
    name = type(node).__name__
    tell = globals().get(f"_tell_{name.lower()}")
    told = tell(node) if tell is not None else f"does {_code(node)}."
    return str(told)


def _tell_functiondef(node: ast.FunctionDef) -> str:
    names = ", ".join(f"`{arg.arg}`" for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
    takes = f"which takes {names}" if names else "which takes nothing"
    runs = "a call makes a generator, and runs nothing yet" if _yields(node) else "its lines run when it is called"
    return f"defines the function `{node.name}`, {takes}; {runs}."


_tell_asyncfunctiondef = _tell_functiondef


def _yields(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))


def _tell_classdef(node: ast.ClassDef) -> str:
    return f"defines the class `{node.name}`; its methods run when they are called."


def _tell_return(node: ast.Return) -> str:
    if node.value is None:
        return "ends the function; the caller gets `None`."
    return f"works out {_code(node.value)}{_inside(node.value)}, hands it back to the caller and ends the function."


def _tell_assign(node: ast.Assign) -> str:
    target = node.targets[-1]
    if isinstance(target, ast.Tuple | ast.List):
        return f"takes {_code(node.value)} apart and gives its parts the names {_code(target)}."
    if isinstance(target, ast.Subscript):
        return f"stores {_code(node.value)} in {_code(target.value)} at {_code(target.slice)}."
    if isinstance(target, ast.Attribute):
        return f"stores {_code(node.value)} as {_code(target)}, an attribute of the object."
    names = " and ".join(_code(one) for one in node.targets)
    return f"works out {_code(node.value)}{_inside(node.value)} and gives it the name {names}."


def _tell_annassign(node: ast.AnnAssign) -> str:
    if node.value is None:
        return f"says that {_code(node.target)} is meant to be {_code(node.annotation)}."
    return f"works out {_code(node.value)} and gives it the name {_code(node.target)}."


def _tell_augassign(node: ast.AugAssign) -> str:
    form = _OPERATIONS.get(type(node.op), "changes {name} by {value}")
    return form.format(value=_code(node.value), name=_code(node.target)) + "."


def _tell_for(node: ast.For) -> str:
    source = node.iter
    called = source.func.id if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) else ""
    what = {
        "range": f"counts through {_code(source)}; each number is called {_code(node.target)} in turn",
        "enumerate": f"takes index and value in turn from {_code(source)}, as {_code(node.target)}",
        "zip": f"takes pairs from {_code(source)}, as {_code(node.target)}",
    }.get(called, f"takes one value after another from {_code(source)} and calls it {_code(node.target)}")
    return f"{what}; the indented lines run once for each."


def _tell_while(node: ast.While) -> str:
    return f"asks whether {_code(node.test)} is true; if so the block runs, and then it asks again."


def _tell_if(node: ast.If) -> str:
    end = "" if not node.orelse else "; if not, it goes on at `else` or `elif`"
    return f"runs its block only if {_code(node.test)} is true{end}."


def _tell_expr(node: ast.Expr) -> str:
    value = node.value
    if isinstance(value, ast.Yield):
        given = _code(value.value) if value.value is not None else "`None`"
        return f"hands out {given} and pauses here; on the next call of `next` it resumes after this line."
    if isinstance(value, ast.YieldFrom):
        return f"hands out the values of {_code(value.value)} one at a time, and pauses at each."
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return "says in words what this is for; Python skips it."
    if isinstance(value, ast.Await):
        return f"waits until {_code(value.value)} is done."
    if isinstance(value, ast.Call):
        return _told_call(value)
    return f"works out {_code(value)} and does nothing with it."


def _told_call(call: ast.Call) -> str:
    args = ", ".join(_code(arg) for arg in call.args) or "nothing"
    if isinstance(call.func, ast.Name) and call.func.id == "print":
        return f"shows {args} on the screen; it hands nothing back." if call.args else "shows an empty line."
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        return _METHODS[call.func.attr].format(args=args, owner=_code(call.func.value)) + "."
    return f"calls {_code(call)}."


def _tell_with(node: ast.With) -> str:
    item = node.items[0]
    named = f" as {_code(item.optional_vars)}" if item.optional_vars is not None else ""
    return f"opens {_code(item.context_expr)}{named} for the block, and closes it at the end."


def _tell_try(node: ast.Try) -> str:
    kinds = ", ".join(_code(handler.type) if handler.type else "any error" for handler in node.handlers)
    return f"tries its block; if {kinds or 'an error'} comes, it goes on at `except`."


def _tell_raise(node: ast.Raise) -> str:
    return f"stops with the error {_code(node.exc)}." if node.exc else "raises the error again."


def _tell_assert(node: ast.Assert) -> str:
    return f"stops with an error unless {_code(node.test)} is true."


def _tell_import(node: ast.Import) -> str:
    return "makes the module " + ", ".join(f"`{name.asname or name.name}`" for name in node.names) + " known."


def _tell_importfrom(node: ast.ImportFrom) -> str:
    return f"takes {', '.join(f'`{name.asname or name.name}`' for name in node.names)} out of `{node.module}`."


def _tell_global(node: ast.Global | ast.Nonlocal) -> str:
    return f"says that {', '.join(f'`{name}`' for name in node.names)} means the variable outside the function."


_tell_nonlocal = _tell_global


def _tell_delete(node: ast.Delete) -> str:
    return f"deletes {', '.join(_code(target) for target in node.targets)}."


def _tell_match(node: ast.Match) -> str:
    return f"compares {_code(node.subject)} with one `case` after another and runs the first that fits."


def _tell_pass(_: ast.Pass) -> str:
    return "does nothing; it only fills the block."


def _tell_break(_: ast.Break) -> str:
    return "leaves the loop at once."


def _tell_continue(_: ast.Continue) -> str:
    return "skips the rest of this round and goes on with the next value."


def _inside(value: ast.expr) -> str:
    """What a comprehension or choice in an expression does, as an aside."""
    for part in ast.walk(value):
        if isinstance(part, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            loop = part.generators[0]
            only = f", if {_code(loop.ifs[0])} is true" if loop.ifs else ""
            return f" (for each {_code(loop.target)} of {_code(loop.iter)} it takes {_code(part.elt)}{only})"
        if isinstance(part, ast.IfExp):
            return f" ({_code(part.body)} if {_code(part.test)} is true, otherwise {_code(part.orelse)})"
    return ""


def _closer(node: ast.stmt) -> list[str]:
    """More about a statement that the student asks about."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        return [
            "Step by step: the first `next` runs the function from its top to the `yield`. There the value goes out "
            "and the function pauses, with all its variables kept. The next `next`, or the next round of a `for` "
            "loop, resumes it right after the `yield`. When the function ends, the generator is used up."
        ]
    if isinstance(node, ast.Return) and node.value is not None:
        return ["After a `return` no later line of the function runs, not even inside a loop."]
    if isinstance(node, ast.While):
        return ["Look at which line in the block changes the condition: without one, the loop never ends."]
    return []


#: what in code calls for a word about the idea behind it, the rarest first
_IDEAS: tuple[tuple[tuple[type[ast.AST], ...], str], ...] = (
    ((ast.Yield, ast.YieldFrom), "generator"),
    ((ast.Await,), "async"),
    ((ast.ListComp,), "list-comprehension"),
    ((ast.DictComp,), "dict-comprehension"),
    ((ast.GeneratorExp,), "generator-expression"),
    ((ast.Lambda,), "lambda"),
    ((ast.With,), "context-manager"),
    ((ast.Try,), "try-except"),
    ((ast.While,), "while-loop"),
    ((ast.ClassDef,), "class"),
    ((ast.For,), "for-loop"),
)


def _concept(tree: ast.Module, source: str, question: str, language: str) -> list[str]:
    """The idea behind the lines asked about, or else behind what is least common in the code."""
    found = find(question, language, None, source) if question else []
    wanted = [one.topic for one in found if one.is_sure and one.topic.id not in ("walk-code", "function")]
    if not wanted:
        kinds = {type(node) for node in ast.walk(tree)}
        ids = [topic for nodes, topic in _IDEAS if kinds & set(nodes)]
        wanted = [topic for topic in topics() if topic.id in ids[:1]]
    if not wanted:
        return []
    topic = wanted[0]
    text = (topic.said or {}).get(language.split("-")[0].lower(), topic.text)
    return [f"**{topic.title}**: {text}", frames(language)["try"].format(topic.exercise)]
