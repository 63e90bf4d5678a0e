"""Whether a part of the code is right or needed: a student's own suspicion beside what was found by running."""

import ast
import re
from collections.abc import Set
from itertools import pairwise, takewhile
from keyword import iskeyword

from ..concepts import facts, is_empty_word, words_in
from ..diagnosis.sentences import METHODS
from ..explain.explanation import quoted
from ..explain.program import called
from ..guard.syntax import nodes_of, tree_of
from ..patterns import patterns
from .base import Asked
from .moment import stored

_QUOTED = 6  #: characters of code by which its line is known
_SIGN = re.compile(r"[<>=!]=|//|\*\*|[-+*/%]=|[<>%/*]")
_FEW = 2  #: calls of a line that are told what they do
_MOST = 20  #: words of a message that are looked for


def doubted(asked: Asked) -> tuple[str, set[int]]:
    """What of the code a first question asks about, whether it is right or needed, and its lines; "" for nothing.

    Only where it is known which line is wrong. Without lines: what is not there.
    """
    if not (asked.is_wrong and asked.is_code and asked.diagnosis.lines) or asked.replies:
        return "", set()
    if asked.has("talk.decides", "talk.so") and asked.has("solved.right", "talk.mistake", "lines.word", "talk.so"):
        nodes: list[ast.expr | ast.stmt] = [*nodes_of(asked.source, ast.expr), *nodes_of(asked.source, ast.stmt)]
        inner = (one for one in nodes if not isinstance(one, (ast.Name, ast.Constant)))
        parts = ((one.lineno, ast.get_source_segment(asked.source, one) or "") for one in inner)
        named = [(line, part) for line, part in parts if len(part) >= _QUOTED and part in asked.message]
        if named:
            line, part = max(named, key=lambda pair: len(pair[1]))
            return part, {line}
    code = _words_of(asked.source)
    every = ((word, _lines_of(asked, word)) for word in _words_doubted(asked))
    found = {word: lines for word, lines in every if lines or word not in code}
    place = {*asked.diagnosis.lines}
    held = _variables(asked)

    def order(pair: tuple[str, set[int]]) -> tuple[bool, bool, bool]:
        """First what is in the code, and no variable; of two of which one is in the place the other."""
        return not pair[1], pair[0] in held, not place.isdisjoint(pair[1])

    return min(found.items(), key=order, default=("", set()))


def _variables(asked: Asked) -> set[str]:
    return {*(one.id for one in stored(asked.source)), *(one.arg for one in nodes_of(asked.source, ast.arg))}


def _words_doubted(asked: Asked) -> list[str]:
    """Names, keywords and signs of which a message asks whether they are right, or needed where they are not there."""
    error = asked.error_line.partition(": ")[2]  # its words are Python's
    said, code = asked.message.replace(error or "`", "").replace("`", ""), _words_of(asked.source)
    pieces = [*pairwise(["", *re.findall(r"\w+|[.(]", said), ""])]
    written = {then for one, then in pieces if one == "."} | {one for one, then in pieces if then == "("}
    words = [one for one, _ in pieces if one.isidentifier() and (one in code or one in written or one in facts())]
    words += [one for one in said.split() if _SIGN.fullmatch(one)]
    return [
        word
        for word in [*dict.fromkeys(words)][:_MOST]
        if patterns("doubt")["right" if word in code else "needed"].search(_marked(said, word))
        and (word in code and not (is_empty_word(word) or iskeyword(word)) or _is_as_code(said, word))
    ]


def _words_of(code: str) -> set[str]:
    """The names, keywords and signs of a program."""
    return {*words_in(code), *code.split()}


def _marked(said: str, word: str) -> str:
    """A message with `x()` in place of a word, of what stands before its dot, and of what it is called with."""
    if not word.isidentifier():
        return re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", "x()", said)
    return re.sub(rf"(?<![\w.])(?:\w+\.)?{word}\b(?:\([^()]*\))?", "x()", said)


def _is_as_code(said: str, word: str) -> bool:
    """Whether a word that may be plain English is meant as code: "the if", "a for line", "get()", a sign."""
    if not word.isidentifier():
        return True
    cue = patterns("doubt")["cue"].pattern
    return re.search(rf"{cue} {word}\b|\.{word}\b|\b{word}(?:\(| line\b)", said, re.I) is not None


def _lines_of(asked: Asked, word: str) -> set[int]:
    """The lines that have a name, call or define it, or have it as a text; those that a keyword begins."""
    found: set[int] = set()
    for node in nodes_of(asked.source, ast.AST):
        match node:
            case ast.Name(name) | ast.Attribute(_, name) | ast.Constant(str(name)) if name == word:
                found.add(node.lineno)
            case ast.FunctionDef(name) | ast.ClassDef(name) if name == word:
                found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    rows = [row.replace(":", " ").split() for row in asked.source.splitlines()]
    starts, is_sign = iskeyword(word), not word.isidentifier()
    return found | {at for at, row in enumerate(rows, 1) if starts and row[:1] == [word] or is_sign and word in row}


def doubt_text(asked: Asked, place: Set[int]) -> str:
    """What is to be said of what a message doubts, where this is the place; "" for nothing.

    Whether it is there or elsewhere; of a call what it does; that the program comes right without what is not there.
    """
    word, lines = doubted(asked)
    is_there = not lines.isdisjoint(place)
    if is_there or not word:
        return " ".join(filter(None, (asked.say("why.there") if is_there else "", _facts_of(asked, place, is_there))))
    code = quoted(word, is_code=True)
    repairs = asked.diagnosis.finding.repairs if asked.diagnosis.finding is not None else []
    if lines:
        # of a variable the mistake may be that it is not there; another repair may be of these lines, or of their block
        mended_at = {line for one in repairs for line in one.lines} | _blocks_of(asked, place)
        is_sure = word not in _variables(asked) and lines.isdisjoint(mended_at)
        return asked.say("why.elsewhere", code=code) if is_sure else ""
    tree = tree_of(asked.source) if asked.terms.practice else None  # else it would tell of a right answer, word by word
    mended = ast.unparse(repairs[0].applied(tree)) if repairs and tree is not None else word
    return "" if word in _words_of(mended) else asked.say("why.without", code=code)


def _blocks_of(asked: Asked, place: Set[int]) -> set[int]:
    """The lines within the statements that begin in these lines."""
    kinds: tuple[type[ast.If | ast.While | ast.For], ...] = (ast.If, ast.While, ast.For)
    blocks = (one for one in nodes_of(asked.source, *kinds) if one.lineno in place)
    return {line for one in blocks for line in range(one.lineno, (one.body[-1].end_lineno or 0) + 1)}


def _facts_of(asked: Asked, place: Set[int], is_there: bool) -> str:
    """What the calls in these lines do: where one is the mistake, or the message doubts one; "" for more than a few."""
    is_of_call, said = asked.diagnosis.kind in METHODS and asked.stage != "error", words_in(asked.message)
    calls = [one for one in nodes_of(asked.source, ast.Call) if one.lineno in place and called(one) != "print"]
    ends = sorted((one.func.end_lineno or 0, one.func.end_col_offset or 0, called(one)) for one in calls)
    is_of_range = asked.diagnosis.kind == "range"
    names = [name for *_, name in ends if is_of_call or is_there and name in said or is_of_range and name == "range"]
    names = [*dict.fromkeys(names)]
    told = (_fact(asked, name, 2 if len(names) == 1 else 1) for name in names)
    return " ".join(filter(None, told)) if len(names) <= _FEW else ""


def _fact(asked: Asked, word: str, most: int) -> str:
    """What the library says a call does, in so many sentences; "" where it has nothing for the place in the course."""
    is_read = asked.words.language == "en" and asked.is_python
    told = asked.level.text(facts(of_tables="pandas" in asked.course.preload).get(word, "")) if is_read else ""
    kept = takewhile(lambda one: one[-1:] != "?" and not one.startswith("Try"), re.split(r"(?<=[.?]) (?=[A-Z`])", told))
    fact = " ".join([*kept][:most])
    return fact if word in fact else fact and f"`{word}`: {fact}"
