"""Where a message goes: rules first, weights where rules are unsure, and a question back where both are."""

from __future__ import annotations

from collections.abc import Sequence

from codegym_jlab.tutor.question import Routed, Situation, Turn

__all__ = ["triage"]


def triage(message: str, situation: Situation, earlier: Sequence[Turn] = ()) -> Routed:
    """What `message` asks for, beside `situation` and after the turns `earlier`.

    Called by the tutor before anything else answers; no model, a millisecond or so, no error for any text.
    Unless the answer is `sure`, the student is asked which of `intent` and `other` was meant.
    """
    from codegym_jlab.tutor.triage.choice import choose
    from codegym_jlab.tutor.triage.reading import read

    return choose(read(message, situation), earlier)
