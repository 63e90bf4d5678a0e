"""Who answers what: the few things that the tutor does well, and which of them a message goes to."""

from collections.abc import Awaitable, Callable

from ..concepts import telling
from ..question import Reply
from .base import Agent, Answer, Asked, Climb, Judged, Terms, answer, led_by, with_choices
from .concept import concept
from .course_records import logistics, progress
from .error import is_of_error
from .hint import asks_how_good, asks_what_is_so, foreseen, hint
from .moment import CLEAR, buttons, nearest_question, offered, pressed
from .own_code import own_lines, trial
from .router import agent_of
from .small_talk import distress, frustration, human, injection, kind_word, perhaps, small_talk
from .solution_request import samples, solution_request
from .why import answer_error, answer_unknown, asks_on, proposal, review, why
from .wrong import about_code, diagnosis_place

#: What is said after a kind word to a message that asks for nothing else, by what is on the table.
_AFTER: dict[str, Agent] = {"error": "explain_error", "failed": "why", "code": "why", "open": "hint"}


async def soothed(asked: Asked) -> Answer:
    """A kind word, then what the message would be told without its anger."""
    own: Agent | None = agent_of(asked, is_calm=True)
    if own not in ("hint", "why", "explain_error", "samples", "review", "logistics") or asked.terms.only_hints:
        own = _AFTER.get(asked.stage)
    if own is None:
        return await frustration(asked)
    made = with_choices(await _AGENTS[own](asked), *buttons(asked))
    return led_by(kind_word(asked), made)


_AGENTS: dict[Agent, Callable[[Asked], Awaitable[Answer]]] = {
    "hint": hint,
    "why": why,
    "proposal": proposal,
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
    "frustration": soothed,
    "distress": distress,
    "injection": injection,
    "asks_back": answer_unknown,
    "asks_on": asks_on,
    "foreseen": foreseen,
    "human": human,
}

#: Who answers where the policy lets the tutor give hints only; in place of an answer that is asked for comes a hint.
_WITH_HINTS = ("hint", "why", "proposal", "asks_on", "distress", "frustration", "human")


async def answered(asked: Asked, agent: Agent) -> Answer:
    """The course's own answer, with no model; `agent` as `agent_of` has it."""
    if asked.terms.only_hints and agent == "solution_request":
        return await hint(asked)
    if asked.terms.only_hints and agent not in _WITH_HINTS:
        return answer("off", asked.say("note.hints_only"), fixed=True)
    is_first = asked.is_wrong and not asked.replies  # what is wrong comes first, whatever was asked
    is_asked = asks_what_is_so(asked)
    is_open = is_asked and agent in _BESIDE and agent != "hint"
    is_open = is_open or agent == "foreseen" and nearest_question(asked)[1] < CLEAR
    if is_first and is_open and not asked.has_model and about_code(asked):
        agent = "why"  # the questions that are near stand below as buttons
    made = await _AGENTS[agent](asked)
    is_sure = asked.has_model or agent == "review" and asked.is_accepted and asks_how_good(asked)
    is_guess = not is_sure and agent in _BESIDE and made.reply.agent not in ("asks_back", "foreseen", "samples")
    if is_guess and (_is_beside(asked, agent, made) or is_asked and not is_first):
        made = is_asked and perhaps(asked) or led_by(asked.say("back.unsure"), made)
    place = diagnosis_place(asked) if is_first and agent in _BESIDE_PLACE else ""
    if place and place not in made.reply.text:
        made = led_by("", made, place)
    others = _others(asked, agent, made.reply)
    end = "back.seen" if asked.is_code and made.reply.line else "back.others"
    return with_choices(led_by("", made, asked.say(end)), *others) if others else made


def _others(asked: Asked, agent: Agent, reply: Reply) -> list[str]:
    """The author's questions that may be meant instead; none where it is clear what is asked."""
    is_open = nearest_question(asked)[1] < CLEAR if agent == "foreseen" else agent in _GUESSES
    is_said = asked.terms.wants is None and pressed(asked.message) is None
    is_free = asked.helps_freely and not (asked.terms.only_hints or asked.has_model or reply.choices)
    is_told = reply.line is not None and asked.has("talk.why", "talk.mistake")
    return offered(asked, reply.text) if is_open and is_said and is_free and not is_told else []


def _is_beside(asked: Asked, agent: Agent, made: Answer) -> bool:
    """Whether an answer is on another error than is asked about, or a guess with no word of what was asked."""
    if agent not in ("hint", "why"):
        return agent == "explain_error" and not is_of_error(asked)
    if asked.is_wrong or asked.has("talk.next", "talk.onward", "talk.step"):
        return False
    said = telling(asked.message)
    return len(said) > 1 and said.isdisjoint(telling(made.reply.text))


#: Who answers what is asked without a look at what is wrong in the answer.
_BESIDE_PLACE = ("concept", "trial", "foreseen", "own_lines")

#: Who answers with what comes next, or what a line does, whatever was asked.
_BESIDE = ("hint", "why", "review", "own_lines", "explain_error")

#: Who answers what is asked in other words, so that something else may be meant.
_GUESSES = (*_BESIDE, "concept", "samples")
