"""A student puzzled by what the own code does, with no error in front: the quiet mistake in the cell."""

from __future__ import annotations

import ast
import re

from ..explain import explain_error
from ..explain.explaining import Explanation
from ..explain.puzzles import Puzzle, puzzles
from ..explain.seen import Seen
from ..explain.wording import line_of, quoted, text_of
from ..folding import fold
from ..review.mistakes import mistakes
from ..words import patterns
from .asked import Asked
from .subjects import subjects

#: A quiet mistake less sure, or a remark less weighty, is not told before what was read from the message.
_SURE, _WEIGHTY = 0.8, 4.0
#: Subjects of the course's rules that the cell has no answer to.
_RULES = frozenset({"due", "late", "attempts", "points", "hints", "contact", "history", "grading"})


def is_puzzled(asked: Asked) -> bool:
    """Whether a message tells of an odd outcome of the cell, and there is something in the cell to show for it."""
    if quiet_mistake(asked) is not None or (_tells_of_odd(asked) and has_remark(asked.situation.source)):
        return True
    return wonders(asked)


def wonders(asked: Asked) -> bool:
    """Whether a message asks why the cell does what it does, of begun code with no error in front."""
    if not asked.is_begun or not _may_be_odd(asked):
        return False
    known, said = patterns("puzzled"), fold(asked.message)
    return bool(known["why"].search(said) and known["odd"].search(said))


def _may_be_odd(asked: Asked) -> bool:
    return not (asked.situation.last_error or "").strip() and not asked.is_accepted


def _tells_of_odd(asked: Asked) -> bool:
    if not _may_be_odd(asked):
        return False
    known, said = patterns("puzzled"), fold(asked.message)
    if not (known["own"].search(said) or known["why"].search(said)):
        return False
    return bool(known["odd"].search(said) or known["fails"].search(said))


def quiet_mistake(asked: Asked) -> Explanation | None:
    """What is surely seen in the cell of who tells of an odd outcome, or what may surprise there; nothing is run."""
    source = asked.situation.source
    if not source.strip() or not (_tells_of_odd(asked) or _is_surprised(asked)):
        return None
    found = explain_error(source, Seen(), asked.routed.language)
    if found.sure >= _SURE:
        return found
    fits = [one for one in puzzles(source) if one.likely >= _SURE or _points_at(asked.message, source)]
    return _told(asked, fits[0]) if fits else None


def _is_surprised(asked: Asked) -> bool:
    """Whether a message of begun code has any word of wonder, and asks for no rule of the course."""
    if _RULES & set(subjects(asked.message)) or not asked.is_begun or not _may_be_odd(asked):
        return False
    return bool(patterns("puzzled")["wonders"].search(fold(asked.message)))


def _points_at(message: str, source: str) -> bool:
    """Whether a message names a number, or a word that stands in the program."""
    words = set(re.findall(r"[^\W\d]\w{2,}", source))
    return bool(re.search(r"\d", message) or words & set(re.findall(r"[A-Za-z_]\w*", message)))


def _told(asked: Asked, puzzle: Puzzle) -> Explanation:
    """A surprise in words, its line first."""
    language = asked.routed.language
    cause, _, variant = puzzle.kind.partition(".")
    if variant or cause in ("float_precision", "missing_call"):
        text = text_of(cause, variant, puzzle.line, puzzle.words, language)
    else:
        words = {name: quoted(word) for name, word in puzzle.words.items()}
        text = f"{line_of(puzzle.line, language)} {asked.words.say(f'puzzle.{puzzle.kind}', **words)}"
    return Explanation(puzzle.line, cause, "", text, puzzle.likely)


def has_remark(source: str) -> bool:
    """Whether a review has something weighty to say of the cell."""
    try:
        return any(one.weight >= _WEIGHTY for one in mistakes(ast.parse(source), False))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
