"""Whether a student told the hints in own words, which a policy may want before the next rung."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from codegym_jlab.store.conversations import KeptTurn

from .question import Situation

#: Words that a student's own telling of the hints has at least, and a plea for a hint at most.
_LEAST, _PLEA = 4, 7
#: Groups of words that ask for something to be given.
_WANTED = {"answer", "doforme", "give"}
#: Turns that are looked at.
TURNS = 40


def is_telling(message: str) -> bool:
    """Whether a message says something in own words: some words, no mere question, and no plea for the next hint."""
    size = max(len(message.split()), sum("\u4e00" <= sign <= "\u9fff" for sign in message) // 2)
    return size >= _LEAST and not message.strip().endswith(("?", "？")) and not _pleads(message, size)


def has_told(turns: Sequence[KeptTurn], since: datetime) -> bool:
    """Whether one of the turns since then answers the tutor's wish to hear the hints in own words."""
    asked = [False, *((turn.reply or {}).get("agent") == "say_back" for turn in turns)]
    return any(
        was_asked and turn.asked_at > since and is_telling(turn.message)
        for was_asked, turn in zip(asked, turns, strict=False)
    )


def _pleads(message: str, size: int) -> bool:
    from .triage import triage
    from .triage.lexicon import found
    from .triage.message import read

    said = found(read(message, Situation()))
    if size <= _PLEA and "hintword" in said:
        return True
    routed = triage(message, Situation())
    wants = routed.intent == "hint" or (routed.intent == "solution_request" and bool(said & _WANTED))
    return routed.sure and wants
