"""A student puzzled by what the own code does, with no error in front: the quiet mistake in the cell."""

from __future__ import annotations

import ast
import re

from ..explain import explain_error
from ..explain.explaining import Explanation
from ..explain.seen import Seen
from ..review.mistakes import mistakes
from .asked import Asked

#: A quiet mistake less sure, or a remark less weighty, is not told before what was read from the message.
_SURE, _WEIGHTY = 0.8, 4.0
#: The student's own doing or its result: "I sorted", "my list", "the sum is always".
_OWN = re.compile(
    r"\b(?:my|i (?:call|use|wr[io]te|sort|add|change|replace|put|loop|count)\w*|the \w+ (?:is|are))\b", re.I
)
#: Something else came out than was awaited.
_ODD = re.compile(
    r"\bnothing (?:changes|happens)\b|\b(?:is|are|it'?s) (?:always|still|now|just|only|none|gone|empty|missing)\b"
    r"|\b(?:does|do|did)(?:n'?t| not) (?:change|work|do)\b|\b(?:isn'?t|aren'?t) there\b|\bstays? the same\b",
    re.I,
)


def is_puzzled(asked: Asked) -> bool:
    """Whether a message tells of an odd outcome of the cell, and the cell has a quiet mistake to show for it."""
    return quiet_mistake(asked) is not None or (_tells_of_odd(asked) and _has_remark(asked.situation.source))


def _tells_of_odd(asked: Asked) -> bool:
    if (asked.situation.last_error or "").strip() or asked.is_accepted:
        return False
    return bool(_OWN.search(asked.message) and _ODD.search(asked.message))


def quiet_mistake(asked: Asked) -> Explanation | None:
    """What the explainer sees in the cell of who tells of an odd outcome, where it is sure; nothing is run."""
    source = asked.situation.source
    if not source.strip() or not _tells_of_odd(asked):
        return None
    found = explain_error(source, Seen(), asked.routed.language)
    return found if found.sure >= _SURE else None


def _has_remark(source: str) -> bool:
    try:
        return any(one.weight >= _WEIGHTY for one in mistakes(ast.parse(source), False))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
