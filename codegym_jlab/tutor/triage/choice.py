"""The choice among intents: what a message speaks of, weighed by what is on the table."""

from __future__ import annotations

from collections.abc import Sequence

from codegym_jlab.tutor.question import Intent, Routed, Turn
from codegym_jlab.tutor.triage.lexicon import found
from codegym_jlab.tutor.triage.reading import Reading
from codegym_jlab.tutor.triage.rules import scores


def choose(reading: Reading, earlier: Sequence[Turn] = ()) -> Routed:
    """The intent of a message, with the second best where it is close."""
    ranked = sorted(scores(reading, found(reading)).items(), key=lambda item: -item[1])
    (best, most), (second, less) = ranked[0], ranked[1]
    sure = most - less >= 0.5
    return Routed(best, sure=sure, other=None if sure else second, language=reading.language)


def intents() -> tuple[Intent, ...]:
    """All intents, in the order of the rules."""
    return (
        "distress",
        "injection",
        "solution_request",
        "explain_error",
        "review",
        "hint",
        "concept",
        "progress",
        "logistics",
        "off_topic",
    )
