"""The choice among intents: the likeliest by the weights, and what may be distress or injection before all."""

from __future__ import annotations

from collections.abc import Sequence

from codegym_jlab.tutor.question import Routed, Turn
from codegym_jlab.tutor.triage.features import rows
from codegym_jlab.tutor.triage.lexicon import found
from codegym_jlab.tutor.triage.reading import Reading
from codegym_jlab.tutor.triage.weights import chances

CLEAR = 0.2  #: how far apart the two likeliest must be, to be sure


def choose(reading: Reading, earlier: Sequence[Turn] = ()) -> Routed:
    """The intent of a message, with the second best where it is close."""
    groups = found(reading)
    chance = chances(rows(reading, groups))
    best, second = sorted(chance, key=lambda intent: -chance[intent])[:2]
    sure = chance[best] - chance[second] >= CLEAR
    return Routed(best, sure=sure, other=None if sure else second, language=reading.language)
