"""The student's own code in plain words, statement by statement, from its syntax tree. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .concepts import find, topics
from .concepts.frames import frames
from .folding import fold
from .phrases import phrase
from .statements import closer, on_line
from .words import patterns, words

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


def asks_to_read(question: str) -> bool:
    """Whether the student wants the code in the cell told; called by the concepts agent where there is code."""
    folded = fold(question)
    return bool(_ASKS.search(folded)) or asks_of_a_line(folded)


def asks_of_a_line(folded: str) -> bool:
    """Whether a question, folded, names a line of the cell and asks what it does, not what is to stand there."""
    known = patterns("line")
    return bool(known["named"].search(folded) and known["asked"].search(folded) and not known["not"].search(folded))


def walk(source: str, question: str = "", language: str = "en") -> str:
    """The code told line by line, first of all the lines that the question is about. Markdown.

    Raises SyntaxError where Python cannot read `source`: that is for the explainer of errors.
    """
    tree = ast.parse(source)
    statements = list(_statements(tree.body))
    wanted = lines_asked(source, question)
    chosen = [one for one in statements if one.lineno in wanted]
    around = _with_headers(statements, chosen) if chosen else statements
    own = words(language)
    told = ["- " + on_line(one, source, own) for one in around[:MOST_LINES]]
    parts = [phrase("walk", language), "\n".join(told)]
    if len(around) > MOST_LINES:
        parts.append(phrase("rest", language))
    parts += [text for one in chosen[:2] for text in closer(one, own)]
    of_a_line = chosen and asks_of_a_line(fold(question))
    parts += _concept(chosen if of_a_line else [tree], source, question if chosen and not of_a_line else "", language)
    return "\n\n".join(parts)


def lines_asked(source: str, question: str) -> set[int]:
    """Numbers of the lines that a question names: `line 3`, `the yield line`, `the line with max`."""
    lines = source.splitlines()
    folded = fold(question)
    named = {int(n) for n in re.findall(r"(?:\blines?|\blinea|\bzeile|\bligne|\blini\w+|第)\s*(\d{1,3})", folded)}
    named |= {number or len(lines) for number, ordinal in _ORDINALS.items() if ordinal.search(folded)}
    if found := {number for number in named if number <= len(lines)}:
        return found
    meant = set(re.findall(r"[a-z_]\w*", folded)) - _COMMON
    return {
        number
        for number, line in enumerate(lines, 1)
        if meant & set(re.findall(r"[a-z_]\w*", _bare(line).lower())) and not line.strip().startswith("#")
    } & _focus(source, meant)


#: Lines named by an ordinal; 0 is the last one
_ORDINALS = {
    1: re.compile(r"\b(?:first|1st|primera|erste[nr]?|premiere|pierwsz\w+) (?:line|zeile|ligne|lini)|第一行"),
    2: re.compile(r"\b(?:second|2nd|segunda|zweite[nr]?|deuxieme|seconde|drug\w+) (?:line|zeile|ligne|lini)|第二行"),
    3: re.compile(r"\b(?:third|3rd|tercera|dritte[nr]?|troisieme|trzeci\w+) (?:line|zeile|ligne|lini)|第三行"),
    4: re.compile(r"\b(?:fourth|4th|cuarta|vierte[nr]?|quatrieme|czwart\w+) (?:line|zeile|ligne|lini)|第四行"),
    0: re.compile(r"\b(?:last|ultima|letzte[nr]?|derniere|ostatni\w+) (?:line|zeile|ligne|lini)|最后一行"),
}

#: English words that also stand in code, and say nothing about which line is meant
_COMMON = frozenset(
    "a i in is it if or and not my the as of on for with from do does this that line lines code step by mine at me you"
    " what why how can could show use using short shorter shorten write name names number numbers list loop value"
    " def function class result data import pass n x y".split()
)


def _focus(source: str, meant: set[str]) -> set[int]:
    """Lines that hold one of the words; nothing where that is most of the code, as then no line is meant."""
    lines = [line for line in source.splitlines() if line.strip()]
    found = {
        number
        for number, line in enumerate(source.splitlines(), 1)
        if meant & set(re.findall(r"[a-z_]\w*", _bare(line).lower()))
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


def _concept(nodes: Sequence[ast.AST], source: str, question: str, language: str) -> list[str]:
    """The idea behind the lines asked about, or else behind what is least common in the code."""
    found = find(question, language, None, source) if question else []
    wanted = [one.topic for one in found if one.is_sure and one.topic.id not in ("walk-code", "function")]
    if not wanted:
        kinds = {type(part) for node in nodes for part in _parts(node)}
        ids = [topic for nodes, topic in _IDEAS if kinds & set(nodes)]
        wanted = [topic for topic in topics() if topic.id in ids[:1]]
    if not wanted:
        return []
    topic = wanted[0]
    text = (topic.said or {}).get(language.split("-")[0].lower(), topic.text)
    return [f"**{topic.title}**: {text}", frames(language)["try"].format(topic.exercise)]


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """A statement with its expressions, not the statements of its block; a module whole."""
    if isinstance(node, ast.Module):
        yield from ast.walk(node)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield from _parts(child)
