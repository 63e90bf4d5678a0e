"""Where a message goes: word lists of many languages and what is on the table, weighed; no model, no network."""

from __future__ import annotations

from collections.abc import Sequence

from codegym_jlab.tutor.question import Routed, Situation, Turn

__all__ = ["triage", "warm"]


def triage(message: str, situation: Situation, earlier: Sequence[Turn] = ()) -> Routed:
    """What `message` asks for, beside `situation` and after the turns `earlier`.

    Called by the tutor before anything else answers; no model, a millisecond or so, no error for any text.
    Unless the answer is `sure`, the student is asked which of `intent` and `other` was meant.
    """
    from .classifier import choose

    return choose(message, situation, earlier)


def warm() -> None:
    """Read word lists and weights now (a third of a second), so that the first message need not wait. For a thread."""
    from codegym_jlab.tutor.triage.lexicon import LANGUAGES, groups

    from .classifier import chances

    for language in LANGUAGES:
        groups(language)
    chances([])
