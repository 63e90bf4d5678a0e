"""Ideas of Python, numpy and pandas, from the library."""

from __future__ import annotations

import re
from dataclasses import replace

from ..concepts import Found, explain, find
from ..question import Choice
from .base import Answer, Asked, answer
from .steps import next_step

_FENCE = re.compile(r"```.*?```\n?", re.S)
#: The score from which the best topic is told although it is not sure.
LIKELY = 1.6


async def concept(asked: Asked) -> Answer:
    """The explanation, or a question back where no topic fits."""
    found = topics_of(asked)
    if not found or found[0].score < LIKELY:
        return _which(asked, found)
    text = explain(found, asked.message, asked.routed.language, asked.shown)
    return replace(answer("concept", text, polish=True), plainer=without_code(text), lasting=True)


def topics_of(asked: Asked) -> list[Found]:
    """What the question is about, best first."""
    return find(asked.message, asked.routed.language, before=asked.said)


def without_code(text: str) -> str:
    """An explanation without its examples."""
    kept = [
        part for part in _FENCE.sub("", text).split("\n\n") if part.strip() and not part.strip().endswith((":", "："))
    ]
    return "\n\n".join(part.strip() for part in kept)


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
