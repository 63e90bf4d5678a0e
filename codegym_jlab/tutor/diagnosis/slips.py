"""Likely slips by their form, such as `total =+ x`, and which of them is what was found by running."""

import ast
from collections.abc import Sequence

from ..explain import LOST_RESULTS, Explanation, mistakes_in
from ..explain.program import every
from ..guard.syntax import nodes_of
from .diagnosis import Diagnosis

SURE = 0.9  #: of one that is told without a place found by running


def likely_slips(source: str, solution: str, language: str) -> Sequence[Explanation]:
    """The likeliest first; none of a result where the author's function has none."""
    found = mistakes_in(source, language)
    return [one for one in found if one.cause != "none_return" or not _is_silent(source, solution, one.line)]


def slip_of(found: Diagnosis, source: str, solution: str, language: str) -> Explanation | None:
    """The slip that is what was found by running; None for none."""
    if found.is_silent:
        return None
    return next((one for one in likely_slips(source, solution, language) if _fits(one, found)), None)


def _is_silent(source: str, solution: str, line: int) -> bool:
    """Whether a line stands in a function that gives nothing back in the author's answer either."""
    own, known = (nodes_of(text, ast.FunctionDef) for text in (source, solution))
    gives = {one.name for one in known if any(step.value for step in every(one, ast.Return))}
    silent = {one.name for one in known} - gives
    return any(one.lineno <= line <= (one.end_lineno or 0) and one.name in silent for one in own)


def _fits(slip: Explanation, found: Diagnosis) -> bool:
    """Whether a slip is on a line told, or seen in the example; else it must be sure."""
    if found.kind == "yields" or found.kind == "return_early" and slip.cause == "none_return":
        return False
    got, wanted = (found.example.got, found.example.wanted) if found.example is not None else ("?", "")
    is_placed = not found.lines or slip.line in found.lines
    if slip.variant == "endless" or slip.cause == "none_return" and got == "None" != wanted:
        return is_placed or not got
    is_lost = slip.variant in LOST_RESULTS
    return is_lost or (slip.line,) == found.lines or slip.sure >= SURE and is_placed
