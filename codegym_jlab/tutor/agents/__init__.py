"""Who answers what: the few things that the tutor does well, and which of them a message goes to."""

from collections.abc import Awaitable, Callable

from .base import Agent, Answer, Asked, Climb, Judged, Terms, answer, led_by, with_choices
from .concept import concept
from .course_records import logistics, progress
from .hint import hint
from .moment import buttons
from .own_code import own_lines, trial
from .proposal import is_of_need, needless_parts, proposed, proposes
from .router import agent_of
from .small_talk import distress, frustration, human, injection, small_talk
from .solution_request import samples, solution_request
from .why import answer_error, answer_unknown, asks_on, review, why

_AGENTS: dict[Agent, Callable[[Asked], Awaitable[Answer]]] = {
    "hint": hint,
    "say_back": hint,
    "why": why,
    "explain_error": answer_error,
    "review": review,
    "concept": concept,
    "own_lines": own_lines,
    "trial": trial,
    "solution_request": solution_request,
    "progress": progress,
    "logistics": logistics,
    "samples": samples,
    "off_topic": small_talk,
    "frustration": frustration,
    "distress": distress,
    "injection": injection,
    "asks_back": answer_unknown,
    "asks_on": asks_on,
    "human": human,
}


async def answered(asked: Asked) -> Answer:
    """The course's own answer, with no model."""
    agent = agent_of(asked)
    return await (soothed(asked) if agent == "frustration" else _AGENTS[agent](asked))


#: What is said after a kind word to a message that asks for nothing else, by what is on the table.
_AFTER: dict[str, Agent] = {"error": "explain_error", "failed": "why", "code": "why", "open": "hint"}


async def soothed(asked: Asked) -> Answer:
    """A kind word, then what the message would be told without its anger."""
    own = agent_of(asked, is_calm=True)
    if own not in ("hint", "why", "explain_error", "samples", "review", "logistics") or asked.terms.only_hints:
        own = _AFTER.get(asked.stage, "frustration")
    made = await _AGENTS[own](asked)
    if own == "frustration":
        return made
    made = made if made.reply.choices else with_choices(made, *buttons(asked))
    return led_by(asked.words.say("kind.first"), made)


async def hinted(asked: Asked) -> Answer:
    """The same where the policy lets the tutor give hints only."""
    agent = agent_of(asked)
    if agent in ("hint", "why", "asks_on", "distress", "frustration", "human"):
        return await answered(asked)
    if agent == "solution_request":
        return await hint(asked)
    return answer("off", asked.words.say("note.hints_only"), fixed=True)
