"""A student puzzled by what the own code does, with no error in front: the quiet mistake in the cell."""

from __future__ import annotations

import ast

from ..explain import explain_error
from ..explain.explaining import Explanation
from ..explain.seen import Seen
from ..folding import fold
from ..review.mistakes import mistakes
from ..words import patterns
from .asked import Asked

#: A quiet mistake less sure, or a remark less weighty, is not told before what was read from the message.
_SURE, _WEIGHTY = 0.8, 4.0


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
    """What the explainer sees in the cell of who tells of an odd outcome, where it is sure; nothing is run."""
    source = asked.situation.source
    if not source.strip() or not _tells_of_odd(asked):
        return None
    found = explain_error(source, Seen(), asked.routed.language)
    return found if found.sure >= _SURE else None


def has_remark(source: str) -> bool:
    """Whether a review has something weighty to say of the cell."""
    try:
        return any(one.weight >= _WEIGHTY for one in mistakes(ast.parse(source), False))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
