"""Who answers what: one agent for each intent, and which of them a message goes to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from .asked import Agent, Answer, Asked, Climb, Judged, Records
from .code_help import explain_error, review
from .concept import concept, topics_of
from .hint import hint, is_telling
from .samples import asks_for_samples, samples
from .small_talk import asks_back, distress, human, injection, off_topic
from .solution_request import solution_request
from .standing import logistics, progress

__all__ = ["Agent", "Answer", "Asked", "Climb", "Judged", "Records", "agent_of", "answered"]

_AGENTS: dict[Agent, Callable[[Asked], Awaitable[Answer]]] = {
    "hint": hint,
    "say_back": hint,
    "explain_error": explain_error,
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
#: Whose word no other reading overrides.
_FIRST = ("distress", "injection", "solution_request")


def agent_of(asked: Asked) -> Agent:
    """Who answers this message."""
    intent, other = asked.routed.intent, asked.routed.other
    if intent in _FIRST and asked.routed.sure:
        return intent
    if asked.replies and asked.replies[-1].agent == "say_back" and is_telling(asked.message):
        return "hint"
    if asks_for_samples(asked.message, asked.exercise) and intent not in _FIRST:
        return "samples"
    if asked.routed.sure:
        return intent
    if "concept" in (intent, other) and other not in _FIRST:
        found = topics_of(asked)
        if found and found[0].is_sure:
            return "concept"
    return "asks_back"


async def answered(asked: Asked) -> Answer:
    """The course's own answer, with no model."""
    agent = agent_of(asked)
    if agent == "hint" and asked.routed.intent != "hint":
        asked = replace(asked, routed=replace(asked.routed, intent="hint"))
    return await _AGENTS[agent](asked)
