"""Who answers what: one agent for each intent, and which of them a message goes to."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from .base import Agent, Answer, Asked, Climb, Judged, Terms, answer
from .code_help import answer_error, review, why
from .concept import concept, has_sure_page
from .course_records import logistics, progress
from .hint import hint, told_back
from .small_talk import asks_back, distress, gives_thanks, human, injection, off_topic
from .solution_request import asks_for_samples, samples, solution_request

__all__ = ["Agent", "Answer", "Asked", "Climb", "Judged", "Terms", "agent_of", "answered", "hinted"]

_AGENTS: dict[Agent, Callable[[Asked], Awaitable[Answer]]] = {
    "hint": hint,
    "say_back": hint,
    "why": why,
    "explain_error": answer_error,
    "review": review,
    "concept": concept,
    "solution_request": solution_request,
    "progress": progress,
    "logistics": logistics,
    "samples": samples,
    "off_topic": off_topic,
    "distress": distress,
    "injection": injection,
    "asks_back": asks_back,
    "human": human,
}


def agent_of(asked: Asked) -> Agent:
    """Who answers this message: as triage is sure, else as the situation decides, else the student is asked back."""
    intent = asked.routed.intent
    if told_back(asked):
        return "hint"
    if intent not in ("distress", "injection") and asks_for_samples(asked.message, asked.exercise):
        return "samples"
    if intent == "explain_error" and _looks_away_from_the_error(asked):
        return "concept"
    if asked.routed.sure or (intent == "off_topic" and gives_thanks(asked.message)):
        return intent
    return _of_two(asked, (intent, asked.routed.other))


def _looks_away_from_the_error(asked: Asked) -> bool:
    """Whether a message shares no word with the error that stands there, and the library has what it names."""
    error = (asked.situation.last_error or "").casefold()
    words = re.findall(r"\w{4,}", asked.message.casefold())
    return bool(error) and not any(word in error for word in words) and has_sure_page(asked)


def _of_two(asked: Asked, both: tuple[object, object]) -> Agent:
    """Of two readings the one that the situation makes likely and whose answer does no harm were it the other."""
    if "distress" in both:
        return "asks_back"
    if "concept" in both and has_sure_page(asked):
        return "concept"
    if "explain_error" in both and asked.situation.last_error:
        return "explain_error"
    if "solution_request" in both and asked.exercise is not None:
        return "solution_request"
    return "asks_back"


async def answered(asked: Asked) -> Answer:
    """The course's own answer, with no model."""
    agent = agent_of(asked)
    if agent == "hint" and asked.routed.intent != "hint":
        asked = replace(asked, routed=replace(asked.routed, intent="hint"))
    return await _AGENTS[agent](asked)


async def hinted(asked: Asked) -> Answer:
    """The same where the policy lets the tutor give hints only."""
    agent = agent_of(asked)
    if agent in ("hint", "distress", "human"):
        return await answered(asked)
    if agent == "solution_request":
        return await hint(asked)
    return answer("off", asked.words.say("note.hints_only"), fixed=True)
