"""Who answers what: one agent for each intent, and which of them a message goes to."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Literal

from ..concepts.library import SURE
from ..folding import fold
from ..triage import triage
from ..words import patterns
from .asked import Agent, Answer, Asked, Climb, Judged, Records, answer
from .code_help import explain_error, review
from .concept import BY_FAR, LIKELY, PLAINLY, concept, parts_of, reading, second_idea
from .hint import hint, told_back
from .language import (
    asks_of_the_language,
    asks_with_a_name,
    has_a_name,
    has_own_code,
    is_about_own_code,
    names_an_idea,
    names_own,
    score_of,
)
from .puzzled import is_puzzled, quiet_mistake
from .samples import asks_for_samples, samples
from .small_talk import asks_back, distress, gives_thanks, human, injection, off_topic
from .solution_request import solution_request
from .standing import logistics, progress
from .statement import asks_of_the_statement
from .subjects import subjects

__all__ = ["Agent", "Answer", "Asked", "Climb", "Judged", "Records", "agent_of", "answered", "hinted"]

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
#: The same for a short question how something is done, and how long that is, in characters.
_ASKED, _SHORT = 4.5, 120
#: Where a question about an idea stands among two readings; `named` where it is first and names something of Python.
_Place = Literal["named", "first", "second", "nowhere"]
#: The least score of a page for it, without and with a word that asks for help; None where no page is told.
_LEAST: Mapping[tuple[_Place, bool], float | None] = {
    ("named", False): LIKELY,
    ("named", True): SURE,
    ("first", False): SURE,
    ("first", True): SURE,
    ("second", False): SURE,
    ("second", True): PLAINLY,
    ("nowhere", False): PLAINLY,
    ("nowhere", True): None,
}
#: Something that only what stands before the student can tell.
_DEICTIC = re.compile(
    r"\b(?:do|solve|fix|finish|continue|improve|write|start|get|make) (?:this|that|it)\b"
    r"(?! (?:into|a|an|to|in|from|so)\b)"
    r"|\b(?:this|these) (?:function|method|class|code|loop|one|problem|question)\b"
    r"|\b(?:esto|das hier|dies hier|ça)\b|这个题",
    re.I,
)
#: Words of somebody who is at work on the exercise, and asks about it.
_OF_THE_TASK = patterns("open")["at_work"]
_OWN_CODE = re.compile(r"\b(?:my|this|the) code\b|\bcode of mine\b", re.I)
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning)\b")


def agent_of(asked: Asked) -> Agent:
    """Who answers this message."""
    intent = asked.routed.intent
    if intent == "solution_request" and asks_for_samples(asked.message, asked.exercise, strictly=True):
        return "samples"
    if (intent in ("solution_request", "hint") or not asked.routed.sure) and _wants_own_code_read(asked):
        return "concept"
    if _may_ask_of_the_statement(asked) and asks_of_the_statement(asked) and not is_puzzled(asked):
        return "samples"
    if asks_of_the_language(asked) and not is_puzzled(asked):
        return "concept"
    if intent in _FIRST and asked.routed.sure:
        return intent
    if told_back(asked):
        return "hint"
    if intent not in _FIRST and asks_for_samples(asked.message, asked.exercise):
        return "samples"
    if (intent not in _FIRST or (intent == "distress" and not asked.routed.sure)) and is_puzzled(asked):
        return "review"
    if intent == "concept" and _asks_for_rules_too(asked):
        return "logistics"
    if intent not in _FIRST and _names_a_topic(asked):
        return "concept"
    if asked.routed.sure or (intent == "off_topic" and gives_thanks(asked.message)):
        return intent
    if "distress" not in (intent, asked.routed.other) and "history" in subjects(asked.message):
        return "logistics"
    if _is_concept_after_all(asked):
        return "concept"
    if _is_error_after_all(asked):
        return "explain_error"
    return _next_step_or_question(asked)


def _may_ask_of_the_statement(asked: Asked) -> bool:
    """Whether nothing else comes first: an error on the table, despair, orders."""
    return asked.routed.intent not in ("distress", "injection") and not asked.situation.last_error


def _wants_own_code_read(asked: Asked) -> bool:
    """Whether a message wants no more than its own cell told in words."""
    answer_word = patterns("open")["answer"]
    if reading(asked) is None or answer_word.search(_OWN_CODE.sub(" ", asked.message)):
        return False
    return quiet_mistake(asked) is None


def _asks_for_rules_too(asked: Asked) -> bool:
    """Whether one part of a message asks for the course's rules and another for an idea: the rules go first."""
    parts = [part for part in parts_of(asked.message) if subjects(part)]
    return any(triage(part, asked.situation).intent == "logistics" for part in parts) and bool(second_idea(asked))


def _names_a_topic(asked: Asked) -> bool:
    """Whether a message read as something else names an idea of Python too plainly for that."""
    intent = asked.routed.intent
    if intent == "concept":
        return False
    score = score_of(asked)
    if intent == "explain_error":
        return score >= PLAINLY and _looks_away_from_the_error(asked) and names_an_idea(asked)
    if not asked.situation.last_error and _ERROR.search(asked.message):
        return score >= SURE
    if intent == "hint":
        if asked.exercise is None:
            return score >= LIKELY
        return (names_an_idea(asked) and _asks_for_an_idea(asked)) or (score >= _ASKED and _asks_how(asked))
    if intent == "review":
        return score >= _ASKED and _asks_how(asked) and not is_about_own_code(asked)
    if intent == "logistics" and subjects(asked.message):
        return score >= BY_FAR and asks_with_a_name(asked) and not second_idea(asked)
    if score >= BY_FAR and _asks_how(asked) and not names_own(asked):
        return True
    return asks_with_a_name(asked) and names_an_idea(asked)


def _asks_for_an_idea(asked: Asked) -> bool:
    return bool(patterns("open")["idea"].search(asked.message)) and not _OF_THE_TASK.search(asked.message)


def _asks_how(asked: Asked) -> bool:
    """Whether a short message asks how something is done, and says nothing of the exercise or of its own code."""
    message = asked.message
    if len(message) > _SHORT or not patterns("open")["howto"].search(message) or _OF_THE_TASK.search(message):
        return False
    if has_own_code(asked) and not has_a_name(asked) and score_of(asked) < BY_FAR:
        return False
    return not (_names_the_task(asked) or _DEICTIC.search(message))


def _names_the_task(asked: Asked) -> bool:
    """Whether it names the exercise, or a function of its starter."""
    exercise = asked.exercise
    if exercise is None:
        return False
    names = [exercise.id, exercise.title, *re.findall(r"^\s*(?:def|class)\s+(\w+)", exercise.starter, re.M)]
    return any(len(name) > 3 and name.casefold() in asked.message.casefold() for name in names)


def _looks_away_from_the_error(asked: Asked) -> bool:
    """An error stands on the table, and the question is about something else that has a name."""
    message, error = asked.message.casefold(), (asked.situation.last_error or "").casefold()
    shared = any(word in error for word in re.findall(r"\w{4,}", message))
    about = patterns("open")["about_error"].search(message) or _OF_THE_TASK.search(message)
    return bool(patterns("open")["idea"].search(message)) and not shared and not about


def _is_concept_after_all(asked: Asked) -> bool:
    """Of two readings, one perhaps a question about an idea: telling it does no harm, whatever else was meant."""
    both = (asked.routed.intent, asked.routed.other)
    wants_help = bool(patterns("python")["not"].search(fold(asked.message)))
    is_named = has_a_name(asked)
    if "concept" not in both:
        place: _Place = "nowhere"
        if "distress" in both or not (is_named or _asks_how(asked)):
            return False
    else:
        place = "second" if both[0] != "concept" else "named" if is_named else "first"
        if wants_help and "hint" in both and (_DEICTIC.search(asked.message) or names_own(asked)):
            return False
    least = _LEAST[place, wants_help]
    return least is not None and score_of(asked) >= least


def _is_error_after_all(asked: Asked) -> bool:
    """Of two readings, one the error that stands on the table: telling it does no harm either."""
    both = (asked.routed.intent, asked.routed.other)
    return bool(asked.situation.last_error) and "explain_error" in both and "distress" not in both


def _next_step_or_question(asked: Asked) -> Agent:
    """Of two readings, one the wish for the answer, or the turn before was it: a next step fits the other as well."""
    both = (asked.routed.intent, asked.routed.other)
    if asked.exercise is None or "distress" in both:
        return "asks_back"
    insists = bool(asked.replies) and asked.replies[-1].agent == "solution_request"
    if insists or patterns("open")["closed"].search(asked.message):
        return "solution_request"
    wants_a_step = patterns("python")["declines"].search(fold(asked.message))
    if "solution_request" in both and "logistics" not in both and not wants_a_step:
        return "solution_request"
    is_plea = wants_a_step or ("solution_request" not in both and patterns("open")["howto"].search(asked.message))
    return "hint" if "hint" in both and is_plea else "asks_back"


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
