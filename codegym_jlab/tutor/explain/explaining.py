"""An error and its program → the line of the mistake, its cause, and words for the student. Nothing is run here."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

from . import calls, flow, keys, names, nothing, quiet, shadows, shared, silent, syntax, tables, values
from .case import Candidate, Case
from .locating import places
from .seen import Seen, from_syntax, from_traceback
from .wording import text_of, title_of

#: Longer programs are looked at by Python's own line alone.
MAX_SOURCE = 12_000
#: Rules that would begin later than this are left out: a program made to keep them busy holds nobody up.
MOST_S = 0.3

_FAMILIES = (names, nothing, calls, shadows, values, keys, tables, shared, silent, quiet, flow)
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
    for family in _FAMILIES:
        for rule in family.RULES:
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
