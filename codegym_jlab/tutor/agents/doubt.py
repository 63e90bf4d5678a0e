"""Whether a part of the code is right or needed: a student's own suspicion beside what was found by running."""

import ast
import re
from collections.abc import Set
from itertools import takewhile
from keyword import iskeyword

from ..concepts import facts, is_empty_word, words_in
from ..diagnosis.sentences import METHODS
from ..explain.explanation import quoted
from ..guard.syntax import nodes_of, tree_of
from ..patterns import patterns
from .base import Asked

_QUOTED = 6  #: characters of code by which its line is known


def doubted(asked: Asked) -> tuple[str, set[int]]:
    """What of the code a first question asks about, whether it is right or needed, and its lines; "" for nothing.

    Only where it is known which line is wrong. Without lines: what is not there.
    """
    if not (asked.is_wrong and asked.is_code and asked.diagnosis.lines) or asked.replies:
        return "", set()
    if asked.has("talk.decides") and asked.has("solved.right", "talk.mistake", "lines.word"):
        nodes: list[ast.expr | ast.stmt] = [*nodes_of(asked.source, ast.expr), *nodes_of(asked.source, ast.stmt)]
        inner = (one for one in nodes if not isinstance(one, (ast.Name, ast.Constant)))
        parts = ((one.lineno, ast.get_source_segment(asked.source, one) or "") for one in inner)
        named = [(line, part) for line, part in parts if len(part) >= _QUOTED and part in asked.message]
        if named:
            line, part = max(named, key=lambda pair: len(pair[1]))
            return part, {line}
    code = words_in(asked.source)
    every = ((word, _lines_of(asked, word)) for word in _words_doubted(asked))
    found = {word: lines for word, lines in every if lines or word not in code}
    place = {*asked.diagnosis.lines}
    # first what is in the code; of two of which one is in the place the other
    return min(found.items(), key=lambda pair: (not pair[1], not place.isdisjoint(pair[1])), default=("", set()))


def _words_doubted(asked: Asked) -> list[str]:
    """The names and keywords of the code, or of Python, of which a message asks whether they are right or needed."""
    said, known = asked.message.replace("`", ""), patterns("doubt")
    code = words_in(asked.source)
    words = [one for one in dict.fromkeys(re.findall(r"[^\W\d]\w*", said)) if one in code or one in facts()]
    is_plain = {one for one in words if one not in code or is_empty_word(one) or iskeyword(one)}  # it may be English
    found = []
    for word in words:
        cue = rf"{known['cue'].pattern} {word}\b|\.{word}\b|\b{word}(?:\(| line\b)" if word in is_plain else word
        told = re.sub(rf"(?<![\w.])(?:\w+\.)?{word}\b(?:\([^()]*\))?", "x()", said)
        is_asked = known["right" if word in code else "needed"].search(told)
        found += [word] if is_asked and re.search(cue, said, re.I) else []
    return found


def _lines_of(asked: Asked, word: str) -> set[int]:
    """The lines that call a name, give it a value, define it, or have it as a text; those a keyword begins."""
    found: set[int] = set()
    for node in nodes_of(asked.source, ast.AST):
        match node:
            case ast.Call(ast.Name(name) | ast.Attribute(_, name)) if name == word:
                found.add(node.lineno)
            case ast.Name(name, ast.Store()) | ast.Constant(str(name)) if name == word:
                found.add(node.lineno)
            case ast.FunctionDef(name) | ast.ClassDef(name) if name == word:
                found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    rows = asked.source.splitlines() if iskeyword(word) else []
    return found | {at for at, row in enumerate(rows, 1) if re.match(rf"\s*{word}\b", row)}


def doubt_text(asked: Asked, place: Set[int]) -> str:
    """What is to be said of what a message doubts, where this is the place; "" for nothing.

    Whether it is there or elsewhere; of a call what it does; that the program comes right without what is not there.
    """
    word, lines = doubted(asked)
    if not word:
        calls = {one for one in facts() if not _lines_of(asked, one).isdisjoint(place)}
        return _fact(asked, *calls) if asked.diagnosis.kind in METHODS and len(calls) == 1 else ""
    code = quoted(word, is_code=True)
    if lines:
        is_there = not lines.isdisjoint(place)
        there = f"{asked.say('why.there')} {_fact(asked, word)}".strip()
        return there if is_there else asked.say("why.elsewhere", code=code)
    repairs = asked.diagnosis.finding.repairs if asked.diagnosis.finding is not None else []
    tree = tree_of(asked.source)
    mended = ast.unparse(repairs[0].applied(tree)) if repairs and tree is not None else word
    return "" if word in words_in(mended) else asked.say("why.without", code=code)


def _fact(asked: Asked, word: str) -> str:
    """What the library says a call does, without its exercise; "" where it has nothing for the place in the course."""
    is_read = asked.words.language == "en" and asked.is_python
    told = asked.level.text(facts(of_tables="pandas" in asked.course.preload).get(word, "")) if is_read else ""
    kept = takewhile(lambda one: one[-1:] != "?" and not one.startswith("Try"), re.split(r"(?<=[.?]) (?=[A-Z`])", told))
    return " ".join([*kept][:2])
