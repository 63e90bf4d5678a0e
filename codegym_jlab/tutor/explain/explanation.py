"""An error and its program → the line of the mistake, its cause, and words for the student. Nothing is run here."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from .. import locale
from .program import Candidate, Case, called
from .rules import RULES, syntax
from .seen import Seen, from_syntax, from_traceback

_LONGEST = 60
_CODE = re.compile(r"`[^`]*`")


def title_of(cause: str, language: str = "en") -> str:
    """A few words that name the cause."""
    return locale.text(f"explain.title.{cause}", language)


def text_of(cause: str, variant: str, line: int, words: Mapping[str, Any], language: str = "en") -> str:
    """What is said of it: the line, what is the matter there, and a question or a next step."""
    return f"{line_of(line, language)} {said_of(cause, variant, words, language)}"


def said_of(cause: str, variant: str, words: Mapping[str, Any], language: str = "en") -> str:
    """The same without the line."""
    try:
        found = locale.message(f"explain.text.{cause}.{variant}", language)
    except KeyError:
        found = locale.message(f"explain.text.{cause}", language)
    return _fill(found, {name: quoted(str(value)) for name, value in words.items()})


def line_of(line: int, language: str = "en") -> str:
    """The words that point at a line."""
    return locale.text("explain.line", language, line=line)


def quoted(text: str) -> str:
    """A piece of the student's program, harmless in Markdown: one line, no backtick, no sign of an end."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("`", "'")
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with its places filled; one in no code and of odd signs is put in backticks."""

    def inside(match: re.Match[str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: words.get(m[1]) or "…", match[0])

    def outside(match: re.Match[str]) -> str:
        word = words.get(match[1], "")
        plain = re.fullmatch(r"[\w ]*", word) is not None
        return (word or "…") if plain else f"`{word}`"

    pieces, place = [], 0
    for code in _CODE.finditer(text):
        pieces += [re.sub(r"\{(\w+)\}", outside, text[place : code.start()]), inside(code)]
        place = code.end()
    pieces.append(re.sub(r"\{(\w+)\}", outside, text[place:]))
    return "".join(pieces)


#: Longer programs are looked at by Python's own line alone.
MAX_SOURCE = 12_000
#: Rules that would begin later than this are left out: a program made to keep them busy holds nobody up.
MOST_S = 0.3

_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the tutor says of an error."""

    line: int  #: where the mistake is, from 1
    cause: str  #: a word of `texts.en.TITLES`
    title: str
    text: str  #: Markdown; at most 160 words, ends in a question or a next step
    sure: float = 0.0  #: 0 to 1


def explain_error(source: str, failure: Seen | str, language: str = "en") -> Explanation:
    """Explain an error that is known already: a `Seen`, or a traceback's text (its last line will do).

    Called by the tutor's agents with a notebook's last error; takes a few milliseconds. Never raises for odd input.
    """
    seen = from_traceback(failure) if isinstance(failure, str) else failure
    best = best_candidate(source, seen)
    lines = source.count("\n") + 1
    line = min(max(best.line, 1), lines)
    error = f"{seen.type}: {seen.message}" if seen.message else seen.type
    words = {"error": error, **best.words, "line": line}
    text = text_of(best.cause, best.variant, line, words, language)
    return Explanation(line, best.cause, title_of(best.cause, language), text, best.sure)


def best_candidate(source: str, seen: Seen) -> Candidate:
    """What the surest rule thinks."""
    return max(candidates(source, seen), key=lambda c: c.sure)


def candidates(source: str, seen: Seen) -> Iterator[Candidate]:
    """What all rules think of it."""
    if len(source) > MAX_SOURCE:
        yield Candidate(seen.raised or 1, "name_typo", 0.01, {"name": ""}, "unsure")
        return
    tree, broken = read(source)
    if tree is None:
        found = broken if seen.type not in _SYNTAX or seen.raised is None else seen
        text = syntax.Broken(source, found)
        for look in syntax.RULES:
            yield from look(text)
        return
    if seen.type in _SYNTAX and broken.type:
        seen = broken
        text = syntax.Broken(source, seen)
        for look in syntax.RULES:
            yield from look(text)
        return
    ends = monotonic() + MOST_S
    for place in places(tree, seen):
        yield from _of_program(Case(source, tree, place), ends)
    yield Candidate(seen.raised or 1, "name_typo", 0.005, {"name": ""}, "unsure")


def _of_program(case: Case, ends: float) -> Iterator[Candidate]:
    for rule in RULES:
        if monotonic() > ends:
            return
        try:
            yield from rule(case)
        except (RecursionError, ValueError, IndexError, AttributeError, KeyError, TypeError):
            continue  # a program so odd that one rule stumbles; the others still answer


def read(source: str) -> tuple[ast.Module | None, Seen]:
    """The program's tree, and what Python says against it. Parsed as text, never run.

    With a tree and an error it is one that a notebook would not mind, such as `await` outside a function.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            return None, from_syntax(error)
        except (ValueError, RecursionError, MemoryError) as error:
            return None, Seen("SyntaxError", re.sub(r"[^\w ]", " ", str(error))[:100], (), 1)
        try:
            compile(source, "cell", "exec", dont_inherit=True)
        except SyntaxError as error:
            seen = from_syntax(error)
            return (
                (tree, seen) if "outside" in seen.message and "await" in seen.message + _text(error) else (None, seen)
            )
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return tree, Seen()
    return tree, Seen()


def _text(error: SyntaxError) -> str:
    return error.text if isinstance(error.text, str) else ""


_Fits = Callable[[ast.AST], bool]


MOST_PLACES = 40


def places(tree: ast.Module, seen: Seen) -> list[Seen]:
    """`seen` at each line that it can speak of, the first lines first; itself where it has a line."""
    if seen.raised is not None or not seen.type:
        return [seen]
    fits = _sought(seen.type, seen.message)
    lines = {node.lineno for node in ast.walk(tree) if fits is not None and fits(node) and hasattr(node, "lineno")}
    if not lines:
        lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    return [replace(seen, line=line) for line in sorted(lines)[:MOST_PLACES]] or [seen]


def _sought(kind: str, message: str) -> _Fits | None:
    """What the node looks like that such an error comes from."""
    name = re.search(r"'(\w+)'", message)
    if kind in ("NameError", "UnboundLocalError") and name:
        return lambda n: (
            (isinstance(n, ast.Name) and n.id == name[1] and not isinstance(n.ctx, ast.Store))
            or (isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name) and n.target.id == name[1])
        )
    attribute = re.search(r"has no attribute '(\w+)'", message)
    if attribute:
        return lambda n: isinstance(n, ast.Attribute) and n.attr == attribute[1] and isinstance(n.ctx, ast.Load)
    if kind == "KeyError":
        return lambda n: (
            isinstance(n, ast.Subscript) and (not isinstance(n.slice, ast.Constant) or repr(n.slice.value) == message)
        )
    if kind == "ZeroDivisionError":
        return lambda n: isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Div, ast.FloorDiv, ast.Mod))
    function = re.match(r"(?:\w+\.)?(\w+)\(\) (?:missing|takes|got)", message)
    if function:
        return lambda n: isinstance(n, ast.Call) and called(n) == function[1]
    conversion = re.search(r"(?:invalid literal for|convert string to) (int|float)", message)
    if conversion:
        return lambda n: isinstance(n, ast.Call) and called(n) == conversion[1]
    if "unpack" in message:
        return lambda n: isinstance(n, ast.Tuple) and isinstance(n.ctx, ast.Store)
    if "item assignment" in message:
        return lambda n: isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)
    return _by_words(kind, message)


def _by_words(kind: str, message: str) -> _Fits | None:
    """By what is done there: two added or compared, something indexed, called or looped over."""
    if "not callable" in message or "argument" in message or kind == "RecursionError":
        return lambda n: isinstance(n, ast.Call)
    if "concatenate" in message or "unsupported operand" in message:
        return lambda n: isinstance(n, (ast.BinOp, ast.AugAssign))
    if "not supported between" in message:
        return lambda n: isinstance(n, ast.Compare)
    if "broadcast" in message or "shapes" in message:
        return lambda n: isinstance(n, ast.BinOp)
    if kind == "IndexError" or "unhashable" in message or "subscriptable" in message or "indices" in message:
        return lambda n: isinstance(n, (ast.Subscript, ast.Dict, ast.Set))
    if "during iteration" in message:
        return lambda n: isinstance(n, ast.For)
    if kind == "AssertionError":
        return lambda n: isinstance(n, ast.Assert)
    return None
