"""The choice among intents: the likeliest by the weights, and what may be distress or injection before all."""

from __future__ import annotations

from collections.abc import Sequence

from codegym_jlab.tutor.question import Intent, Routed, Situation, Turn
from codegym_jlab.tutor.triage.features import rows
from codegym_jlab.tutor.triage.lexicon import Group, found
from codegym_jlab.tutor.triage.reading import Reading, read
from codegym_jlab.tutor.triage.weights import chances

CLEAR = 0.25  #: how far apart the two likeliest must be, to be sure
HEARD = 0.15  #: how likely distress or injection must be to come first, where their words were found
FOLLOWING = 4  #: words of a message that may only carry on what was asked before

#: To miss one of these is worse than to hear it wrongly; in the order of the labelling rules.
_FIRST: tuple[tuple[Intent, frozenset[Group]], ...] = (
    ("distress", frozenset({"distress", "human"})),
    ("injection", frozenset({"injection"})),
)


def choose(message: str, situation: Situation, earlier: Sequence[Turn] = ()) -> Routed:
    """The intent of `message`, with the second best where it is close and the turn before does not decide."""
    reading = read(message, situation)
    language = _language(reading, situation, earlier)
    groups = found(reading)
    chance = chances(rows(reading, groups))
    if "obey" in groups and "injection" in found(read(_given(situation), situation)):
        return Routed("injection", language=language)
    best, second = sorted(chance, key=lambda intent: -chance[intent])[:2]
    for intent, words in _FIRST:
        if intent != best and chance[intent] >= HEARD and not groups.isdisjoint(words):
            return Routed(intent, sure=False, other=best, language=language)
    if chance[best] - chance[second] >= CLEAR:
        return Routed(best, language=language)
    followed = _carried_on(reading, situation, earlier)
    if followed in (best, second):
        return Routed(followed, language=language)
    return Routed(best, sure=False, other=second, language=language)


def _language(reading: Reading, situation: Situation, earlier: Sequence[Turn]) -> str:
    """The message's own language; where it shows none clearly, that of the last turn that does, else the course's."""
    if reading.told or not earlier:
        return reading.language
    for turn in reversed(earlier):
        before = read(turn.message, situation)
        if before.told:
            return before.language
    return situation.language.split("-")[0]


def _given(situation: Situation) -> str:
    """What stands in the error and the output: quoted data, whatever it says."""
    return f"{situation.last_error or ''}\n{situation.output or ''}"


def _carried_on(reading: Reading, situation: Situation, earlier: Sequence[Turn]) -> Intent | None:
    """What the message before asked for, where this one is too short to ask for anything by itself."""
    if not earlier or len(reading.words) > FOLLOWING:
        return None
    return choose(earlier[-1].message, situation).intent
