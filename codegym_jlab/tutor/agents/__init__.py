"""Who answers what: the few things that the tutor does well, and which of them a message goes to."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..concepts import is_empty, tokens
from ..patterns import patterns
from .accepted_answer import asked_of_solved, without_line
from .base import Agent, Answer, Asked, Climb, Judged, Terms, answer, with_choices
from .concept import concept, of_number, own_name, placeholder
from .course_records import is_of_a_way, logistics, progress
from .hint import hint, told_back
from .moment import (
    asks_how,
    asks_of_meaning,
    asks_whether,
    buttons,
    is_said,
    of_meaning,
    pressed,
    speaks_of_answer,
    subjects,
)
from .small_talk import (
    asks_back,
    distress,
    frustration,
    human,
    injection,
    is_frustrated,
    is_of_life,
    small_talk,
    small_talk_of,
)
from .solution_request import asks_for_samples, asks_for_the_answer, asks_of_the_task, samples, solution_request
from .wrong import about_code, answer_error, review, why

__all__ = ["Agent", "Answer", "Asked", "Climb", "Judged", "Terms", "agent_of", "answered", "hinted", "without_line"]

#: Words that a message has at least which is taken for something outside the course.
_TALK = 4

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
    "off_topic": small_talk,
    "frustration": frustration,
    "distress": distress,
    "injection": injection,
    "asks_back": asks_back,
    "human": human,
}


def agent_of(asked: Asked) -> Agent:
    """Who answers this message: what clearly asks for it, by the state that is seen; else the student is asked back."""
    if asked.terms.wants is not None:
        return asked.terms.wants
    if told_back(asked):
        return "hint"
    found = _of_words(asked)
    of_solved = asked_of_solved(asked)
    is_way = found == "logistics" and of_solved != "why" and any(one.titled for one in asked.topics[:1])
    if of_solved and (found is None or found == "logistics" and not is_way):
        return "review"
    if found is None:
        found = "frustration" if is_frustrated(asked) else _of_moment(asked)
        if found in ("hint", "solution_request") and (asks_of_meaning(asked) or asks_whether(asked)):
            found = "asks_back"  # no hint is an answer to what a word means, or to whether something is so
    return "why" if found == "asks_back" and asked.has_model and asked.exercise is not None else found


def _of_words(asked: Asked) -> Agent | None:
    """What the words alone decide."""
    message, routed = asked.message, asked.routed
    if is_of_life(message):
        return "distress"
    if (found := pressed(message)) is not None:
        return found
    if routed.intent == "injection" and routed.sure:
        return "injection"
    if small_talk_of(message) or patterns("talk")["who"].search(message):
        return "off_topic"
    is_of_error = asked.stage == "error" and routed.intent == "explain_error"
    if of_meaning(asked):
        return "samples"
    if (asks_for_samples(message, asked.exercise) or asks_how(asked)) and not is_of_error:
        return "samples"
    if routed.intent == "distress" and "human" in routed.heard:
        return "human"
    if is_of_a_way(asked) and asked.stage != "error":
        return "logistics"
    if asks_of_the_task(asked):
        return "samples"
    if (placeholder(asked) or of_number(asked) or _names_an_idea(asked)) and (_asks(asked) or not is_frustrated(asked)):
        return "concept"
    if routed.intent == "distress" and routed.sure and not is_frustrated(asked):
        return "distress"
    return None


def _names_an_idea(asked: Asked) -> bool:
    """Whether it asks what something is that the library has, or the student's own code."""
    routed, found, asks = asked.routed, asked.topics, _asks(asked)
    is_named = bool(found) and found[0].is_named
    is_titled = is_named and found[0].exact
    is_concept = routed.intent == "concept" and routed.sure
    said = [one for one in tokens(asked.message) if not is_empty(one)]
    if asks_of_meaning(asked):  # what something means is no question on a mean
        said = [one for one in said if not one.startswith("~")]
    if all(one.isdigit() for one in said) and not is_titled:
        return False  # a number alone is no idea
    if asked.is_given and asked.stage == "open" and patterns("talk")["mistake"].search(asked.message):
        return False
    if is_named and asked.message.strip().casefold() == found[0].topic.title.casefold():
        return True
    is_result = bool(patterns("talk")["result"].search(asked.message)) or "error" in asked.message.casefold()
    if asked.is_begun and is_result and not asked.is_accepted:
        return False
    if asked.is_wrong or asked.stage == "error":  # a word of the library mostly stands in words on what came of it
        is_about = is_titled or is_named and found[0].titled and is_concept
        return asks and not is_result and (is_about or is_concept and bool(own_name(asked)))
    if asked.is_accepted:
        is_other = routed.sure and routed.intent in ("review", "progress") or "line" in asked.message.casefold()
        return is_named and not is_other and (asks or is_concept and (is_titled or found[0].titled))
    is_stuck = routed.intent == "hint" and "stuck" in routed.heard and not asks
    if routed.intent == "injection" or routed.sure and (is_stuck or routed.intent in ("review", "solution_request")):
        return False
    if is_concept:
        return is_named or bool(own_name(asked)) or not _is_own(asked)
    is_open = not routed.sure and "concept" in (routed.intent, routed.other) or _is_empty(asked)
    return is_titled or is_open and is_named or not routed.sure and bool(own_name(asked))


def _asks(asked: Asked) -> bool:
    """Whether it asks what something is, or how something is done."""
    return bool(patterns("talk")["idea"].search(asked.message))


def _is_own(asked: Asked) -> bool:
    """Whether a message that names no idea is about this exercise: its own names, or code that is there."""
    return speaks_of_answer(asked) or asked.is_begun


def _is_empty(asked: Asked) -> bool:
    """Whether it was taken for a question on the course's records, and names none of them."""
    return asked.routed.intent == "logistics" and not subjects(asked.message)


def _of_moment(asked: Asked) -> Agent:
    """What a message asks for, as triage is sure, and as the answer stands."""
    routed, stage = asked.routed, asked.stage
    match routed.intent if routed.sure else None:
        case "explain_error":
            return "explain_error" if stage == "error" else "why" if asked.is_begun else "explain_error"
        case "hint" if routed.heard & {"hintword", "stuck"} and not asked.is_accepted:
            return "hint"
        case "hint" if is_said(asked.message) and not asked.is_accepted:
            is_result = patterns("talk")["result"].search(asked.message) and not asked.is_given
            return "why" if stage != "open" or is_result else "hint"
        case "review":
            return "review"
        case "progress" if stage in ("error", "failed", "code") and not patterns("talk")["standing"].search(
            asked.message
        ):
            return "hint"
        case "solution_request" if asked.is_accepted and not asks_for_the_answer(asked):
            return "asks_back"
        case "solution_request" if asked.is_wrong and not asks_for_the_answer(asked):
            return "explain_error" if stage == "error" else "why"
        case "solution_request" | "progress" | "injection" | "distress" as found:
            return found
        case "logistics" if not _is_empty(asked):
            return "logistics"
        case "off_topic" if (
            not speaks_of_answer(asked)
            and len(asked.message.split()) >= _TALK
            and (not asked.is_wrong or patterns("talk")["addressed"].search(asked.message))
        ):
            return "off_topic"
    return _by_state(asked)


def _by_state(asked: Asked) -> Agent:
    """Words that ask for nothing by themselves are about what is on the table; who says none is asked back."""
    both = (asked.routed.intent, asked.routed.other)
    is_about = speaks_of_answer(asked)
    if not asked.is_code and not asked.is_accepted and is_said(asked.message):
        return "why"
    if asked.stage == "error" and ("explain_error" in both or is_about):
        return "explain_error"
    if asked.stage in ("error", "failed") and (is_about or is_said(asked.message)):
        return "why"
    if asked.stage == "code" and asked.is_begun and (is_about or _asks(asked)):
        return "why"
    names_value = re.search(r"\d", asked.message) or patterns("talk")["mistake"].search(asked.message)
    is_of_value = asked.is_given and bool(names_value)
    is_stuck = is_about or ("hint" in both or is_of_value) and is_said(asked.message)
    return "hint" if asked.stage == "open" and is_stuck else "asks_back"


async def answered(asked: Asked) -> Answer:
    """The course's own answer, with no model."""
    agent = agent_of(asked)
    made = await (soothed(asked) if agent == "frustration" else _AGENTS[agent](asked))
    is_again = agent == "explain_error" and bool(asked.replies) and made.reply.text == asked.replies[-1].text
    return await hint(asked) if is_again and asked.terms.climb is not None else made


#: What is said after a kind word to a message that asks for nothing else, by what is on the table.
_AFTER: dict[str, Agent] = {"error": "explain_error", "failed": "why", "code": "why", "open": "hint"}


async def soothed(asked: Asked) -> Answer:
    """A kind word, then what the message would be told without its anger."""
    own = _of_moment(asked)
    if own not in ("hint", "why", "explain_error", "samples", "review", "logistics") or asked.terms.only_hints:
        own = _AFTER.get(asked.stage, "frustration")
    if own == "why" and about_code(asked) is None:  # what was seen in the code is told again: it is the first step
        asked = replace(asked, replies=())
    made = await _AGENTS[own](asked)
    if own == "frustration":
        return made
    made = made if made.reply.choices else with_choices(made, *buttons(asked))
    kind = asked.words.say("kind.first")
    told = replace(made.reply, text=f"{kind}\n\n{made.reply.text}")
    return replace(made, reply=told, plainer=made.plainer and f"{kind}\n\n{made.plainer}")


async def hinted(asked: Asked) -> Answer:
    """The same where the policy lets the tutor give hints only."""
    agent = agent_of(asked)
    if agent in ("hint", "why", "distress", "frustration", "human"):
        return await answered(asked)
    if agent == "solution_request":
        return await hint(asked)
    return answer("off", asked.words.say("note.hints_only"), fixed=True)
