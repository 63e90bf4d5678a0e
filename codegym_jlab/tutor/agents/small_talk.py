"""Answers that are the same for all: distress, attempts to give the tutor orders, and what is no part of a course."""

from __future__ import annotations

import re
from dataclasses import replace

from ..patterns import patterns
from ..question import Choice, Intent
from .base import Answer, Asked, answer
from .concept import has_own_code, topics_of
from .steps import next_step

#: So many to choose from at most.
_MOST = 4
#: Readings that are offered only where they were read, never for the moment's sake.
_READINGS = frozenset({"progress", "logistics", "off_topic", "distress", "injection"})


def meant(asked: Asked) -> tuple[Intent, ...]:
    """The one or two readings of a message."""
    routed = asked.routed
    return (routed.intent, routed.other) if routed.other else (routed.intent,)


def choices(asked: Asked, readings: tuple[Intent, ...]) -> tuple[Choice, ...]:
    """The readings, the page of the library that a message comes nearest to, and what else fits the moment."""
    words = asked.words
    titles = [one.topic.title for one in topics_of(asked)[:1] if one.is_sure]
    fitting: list[str] = []
    for one in readings:
        if one == "concept":
            fitting += titles or [words.say("back.concept_choice")]
        elif one in _READINGS or asked.exercise is not None or one == "explain_error":
            fitting.append(words.say(f"back.{one}"))
    if asked.situation.last_error:
        fitting.append(words.say("back.explain_error"))
    fitting += titles
    if asked.exercise is not None:
        fitting += [words.say("back.review")] if has_own_code(asked) else []
        fitting += [words.say("back.hint"), words.say("back.task")]
    fitting.append(words.say("back.concept_choice"))
    return tuple(Choice(label, label) for label in list(dict.fromkeys(fitting))[:_MOST])


def gives_thanks(message: str) -> bool:
    """Whether a short message gives thanks and asks nothing."""
    return _thanks(message) and not re.search("[?？]", message)


def _thanks(message: str) -> bool:
    return bool(patterns("small_talk")["thanks"].search(message)) and len(message.split()) < 12


async def distress(asked: Asked) -> Answer:
    """Names a human, in the student's language, and never a step of the exercise."""
    words = asked.words
    who = (
        words.say("distress.contact", contact=asked.terms.contact)
        if asked.terms.contact
        else words.say("distress.nobody")
    )
    parts = [words.say("distress.text"), who, words.say("distress.urgent"), words.say("distress.course")]
    return answer("distress", *parts, fixed=True)


async def injection(asked: Asked) -> Answer:
    """Calm, and back to the exercise."""
    before = sum(reply.agent == "injection" for reply in asked.replies)
    lead = asked.words.nth("injection.calm", before) if before else asked.words.pick("injection.calm", asked.message)
    about = asked.words.say("injection.about") if before != 1 else ""
    return answer("injection", lead, about, next_step(asked, own=False) if asked.exercise else "")


async def off_topic(asked: Asked) -> Answer:
    """Friendly and short."""
    if _thanks(asked.message):
        return answer("off_topic", asked.words.pick("off_topic.thanks", asked.message), fixed=True)
    return answer("off_topic", asked.words.pick("off_topic.else", asked.message), fixed=True)


async def human(asked: Asked) -> Answer:
    """Who can be asked."""
    words = asked.words
    text = words.say("human.contact", contact=asked.terms.contact) if asked.terms.contact else words.say("human.nobody")
    return answer("human", text, fixed=True)


async def asks_back(asked: Asked) -> Answer:
    """What could be meant: the two readings, and what fits the moment; never a guess acted on."""
    found = choices(asked, meant(asked))
    listed = "\n".join(f"- {one.label}" for one in found)
    made = answer("asks_back", asked.words.say("back.ask"), listed, fixed=True)
    return replace(made, reply=replace(made.reply, choices=found))
