"""An error and its program → the line of the mistake, its cause, and words for the student. Nothing is run here."""

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from codegym_jlab.records import parse

from ...records import frozen
from .. import locale
from .program import Candidate, Candidates, Case
from .rules import RULES, mends, syntax
from .seen import Seen, from_traceback

_LONGEST = 60
_GAP = re.compile(r"\{(\w+)\}")


def quoted(text: str, most: int = _LONGEST, *, is_code: bool = False) -> str:
    """A piece of the student's program, harmless in Markdown: one line, no backtick; only in code blanks stay."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("`", "'")
    text = text if is_code else " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with its places filled; one in no code and of odd signs is put in backticks."""

    def fill(gap: re.Match[str], is_code: bool) -> str:
        word = words.get(gap[1]) or "…"
        return word if is_code or re.fullmatch(r"[\w …]*", word) else f"`{word}`"

    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(_GAP.sub(lambda gap, code=at % 2: fill(gap, code), piece) for at, piece in enumerate(pieces))


#: Longer programs are looked at by Python's own line alone.
MAX_SOURCE = 12_000
#: Rules that would begin later than this are left out: a program made to keep them busy holds nobody up.
MOST_S = 0.3

_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})


@frozen
class Explanation:
    """What the tutor says of an error."""

    line: int  #: where the mistake is, from 1; 0 where it stopped in no line of the program, and none is known
    cause: str  #: the end of a key `explain.title.…`
    title: str
    text: str  #: Markdown; at most 90 words, ends in a question or a next step
    sure: float = 0.0  #: 0 to 1
    variant: str = ""  #: of the cause


def explain_error(source: str, failure: Seen | str, language: str = "en") -> Explanation:
    """Explain an error that is known already: a `Seen`, or a traceback's text (its last line will do).

    Called by the tutor's agents with a notebook's last error; takes a few milliseconds. Never raises for odd input.
    """
    seen = from_traceback(failure, source) if isinstance(failure, str) else failure
    best = max(candidates(source, seen), key=lambda one: one.sure)
    line = min(max(best.line, 1), source.count("\n") + 1)
    is_none = seen.of_test and line == source.rstrip().count("\n") + 1 or not source  # of code that is elsewhere
    line = 0 if is_none else line
    return explanation_of(best, line, f"{seen.type}: {seen.message}" if seen.message else seen.type, language)


def explanation_of(found: Candidate, line: int, error: str, language: str) -> Explanation:
    """A candidate in words: the line, what is the matter there, and a question or a next step."""
    title, said = (_message(f"explain.{part}.{found.cause}", found.variant, language) for part in ("title", "text"))
    words = {name: quoted(str(value)) for name, value in {**found.words, "line": line}.items()}
    words.setdefault("error", quoted(error, 2 * _LONGEST))
    place = f"{locale.text('explain.line', language, line=line)} " if line else ""
    return Explanation(line, found.cause, title, place + _fill(said, words), found.sure, found.variant)


def _message(key: str, variant: str, language: str) -> str:
    try:
        return locale.message(f"{key}.{variant}", language)
    except KeyError:
        return locale.message(key, language)


def candidates(source: str, seen: Seen) -> Candidates:
    """What all rules think of it."""
    end = source.rstrip().count("\n") + 1
    variant = "nothing" if not seen.type else "beyond" if seen.of_test else "unsure"
    yield Candidate("name_typo", 0.005, {"name": ""}, variant, seen.raised or end)
    if seen.type in _SYNTAX:  # nothing ran, so that no value can be looked at
        yield Candidate("unreadable", 0.006, line=seen.raised or end)
    tree, broken = read(source)
    if tree is None and not broken.type:
        return
    if tree is None or (seen.type in _SYNTAX and broken.type):
        told = tree is None and seen.type in _SYNTAX and seen.raised is not None
        yield from found_by(syntax.RULES + mends.RULES, syntax.Broken(source, seen if told else broken))
    else:
        yield from found_by(RULES, Case(source, tree, seen))


def found_by(rules: Sequence[Callable[[Any], Candidates]], program: Case | syntax.Broken) -> Candidates:
    """What these rules think of a program."""
    ends = monotonic() + MOST_S
    for rule in rules:
        if monotonic() > ends:
            return
        try:
            for one in rule(program):
                yield one if one.line else replace(one, line=program.line)
        except (RecursionError, ValueError, IndexError, AttributeError, KeyError, TypeError):
            continue  # a program so odd that one rule stumbles; the others still answer


def read(source: str) -> tuple[ast.Module | None, Seen]:
    """The program's tree, and what Python says against it; neither of a long one. Parsed as text, never run.

    With a tree and an error it is one that a notebook would not mind, such as `await` outside a function.
    """
    if len(source) > MAX_SOURCE:
        return None, Seen()
    tree = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = parse(source)
            compile(source, "cell", "exec", dont_inherit=True)
        except SyntaxError as error:
            said = error.msg + (error.text or "")
            seen = Seen(type(error).__name__, error.msg, (), error.lineno)
            return (tree if "outside" in error.msg and "await" in said else None), seen
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            return tree, Seen() if tree else Seen("SyntaxError", re.sub(r"[^\w ]", " ", str(error))[:100], (), 1)
    return tree, Seen()
