"""Ideas of Python, numpy and pandas, from the library; the student's own code told line by line."""

from __future__ import annotations

import re
from dataclasses import replace

from ..concepts import Found, explain, find
from ..question import Choice
from ..text import fold
from ..walkthrough import asks_of_a_line, asks_to_read, walk
from .base import Answer, Asked, answer
from .steps import next_step

_FENCE = re.compile(r"```.*?```\n?", re.S)
#: The score from which the best topic is told although it is not sure.
LIKELY = 1.6


async def concept(asked: Asked) -> Answer:
    """The explanation, or a question back where no topic fits."""
    told = reading(asked)
    found = topics_of(asked)
    if told is not None:
        extra = "" if asks_of_a_line(fold(asked.message)) else sure_page(asked, found)
        made = answer("concept", told, extra, polish=True)
        return replace(made, plainer=told)
    if not found or found[0].score < LIKELY:
        return _which(asked, found)
    text = _explained(asked, found)
    return replace(answer("concept", text, polish=True), plainer=without_code(text), lasting=True)


def topics_of(asked: Asked) -> list[Found]:
    """What the question is about, best first."""
    return find(asked.message, asked.routed.language, before=asked.said)


def reading(asked: Asked) -> str | None:
    """The student's own code in words, where that is asked and there is some."""
    if not (asked.situation.source.strip() and asks_to_read(asked.message)):
        return None
    return told_lines(asked)


def told_lines(asked: Asked) -> str | None:
    """The cell in words, line by line; None where Python cannot read it."""
    try:
        return walk(asked.situation.source, asked.message, asked.routed.language)
    except (SyntaxError, ValueError, RecursionError):
        return None


def without_code(text: str) -> str:
    """An explanation without its examples."""
    kept = [
        part for part in _FENCE.sub("", text).split("\n\n") if part.strip() and not part.strip().endswith((":", "："))
    ]
    return "\n\n".join(part.strip() for part in kept)


def sure_page(asked: Asked, found: list[Found]) -> str:
    """The best topic told, if it is sure."""
    return _explained(asked, found[:1]) if found and found[0].is_sure else ""


def _explained(asked: Asked, found: list[Found]) -> str:
    return explain(found, asked.message, asked.routed.language, asked.shown)


def _which(asked: Asked, found: list[Found]) -> Answer:
    choices = tuple(Choice(one.topic.title, one.topic.title) for one in found[:2])
    if len(choices) == 2:
        made = answer("asks_back", asked.words.say("back.concept"), fixed=True)
        return replace(made, reply=replace(made.reply, choices=choices))
    return answer("concept", asked.words.say("back.more"), next_step(asked) if asked.exercise else "", polish=True)


def has_sure_page(asked: Asked) -> bool:
    """Whether the library surely has what the message asks for."""
    found = topics_of(asked)
    return bool(found) and found[0].is_sure


def has_own_code(asked: Asked) -> bool:
    """Whether there is code of the student's beside the starter, also where it is not told."""
    now = asked.situation
    return asked.is_begun or bool(now.last_verdict) or (now.has_code and not now.source.strip())
