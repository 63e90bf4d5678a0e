"""A short human word: greetings, thanks, frustration, distress, orders to the tutor; and what was not understood."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from ..concepts import heading
from ..patterns import fold, word_lists
from .base import Agent, Answer, Asked, answer, with_choices
from .moment import (
    ACT,
    CLEAR,
    ENOUGH,
    FARTHER,
    NEAR,
    PERHAPS,
    authored,
    buttons,
    library_questions,
    moment,
    near_questions,
    offered,
    task_told,
    was_said,
)

_ABOUT = 0.05  #: how much farther the second question may be
_MOST = 80  #: words of two answers
_MOST_OF_TASK = 50  #: words of a task that are told beside what was not understood


def small_talk_of(message: str) -> str | None:
    """Which kind of small talk a message is that holds nothing else: hello, thanks, joy or ok."""
    known, said = _lists(), _said(message)
    kinds = {kind for kind, listed in known.items() if not listed.isdisjoint(said)}
    if not set[str]().union(*known.values()).issuperset(said):
        return None
    asks_on = "?" in message and kinds <= {"ok", "filler"}
    return None if asks_on else next((kind for kind in ("thanks", "joy", "hello", "ok") if kind in kinds), None)


def is_thanked(message: str) -> bool:
    """Whether the last thing that somebody says is thank you, for whatever, and nothing is asked."""
    last = re.split(r"[.!,;:]\s+", message.strip())[-1]
    return "?" not in message and not _lists()["thanks"].isdisjoint(_said(last)[:2])


def has_thanks(message: str) -> bool:
    """Whether a word of thanks stands anywhere in a message."""
    return not _lists()["thanks"].isdisjoint(_said(message))


@cache
def _lists() -> dict[str, set[str]]:
    """The words of each kind of small talk."""
    return {kind: set(map(_squeezed, listed)) for kind, listed in word_lists("talk").items()}


def _said(message: str) -> list[str]:
    return list(map(_squeezed, re.findall(r"[^\W_]+", fold(message))))


def _squeezed(word: str) -> str:
    """A word with each of its letters once in a row, however long somebody was glad: `yaaay`."""
    return re.sub(r"(.)\1+", r"\1", word)


async def small_talk(asked: Asked) -> Answer:
    """A word back, and where we are."""
    kind, is_who = small_talk_of(asked.message), asked.has("talk.who")
    if kind is None and not is_who and is_thanked(asked.message):
        kind = "thanks"
    if kind is None and not is_who and asked.is_accepted and "?" not in asked.message:
        kind = "thanks" if has_thanks(asked.message) else "joy"
    plain = asked.say("talk.ask" if asked.has("talk.ask") else "talk.who" if is_who else "talk.outside")
    told = f"{asked.say(f'talk.{kind}')} {moment(asked)}" if kind is not None else plain
    return _with_buttons(asked, "off_topic", told)


async def frustration(asked: Asked) -> Answer:
    """Kindness, and ways on; where there is something to say of the answer that comes with it, see `soothed`."""
    return _with_buttons(asked, "off_topic", kind_word(asked), moment(asked))


async def distress(asked: Asked) -> Answer:
    """Names a human, and never a step of the exercise; emergency numbers only where life is spoken of."""
    urgent = asked.say("distress.urgent") if asked.has("talk.life") else ""
    contact = asked.terms.contact
    who = asked.say("distress.contact", contact=contact) if contact else asked.say("distress.nobody")
    return answer("distress", asked.say("distress.text"), who, urgent, asked.say("distress.course"), fixed=True)


def is_frustrated(asked: Asked) -> bool:
    """Whether a message is about how hard it is, or fears to break something; a question on what is right is not."""
    is_question = asked.is_accepted and "?" in asked.message
    return not is_question and asked.has("talk.frustration") or asked.has("talk.broken")


def kind_word(asked: Asked) -> str:
    """What is said first to who finds it hard, or is afraid to break something."""
    return asked.say("kind.broken" if asked.has("talk.broken") else "kind.first")


async def injection(asked: Asked) -> Answer:
    """Calm, and back to the exercise."""
    return _with_buttons(asked, "injection", asked.say("talk.order"))


async def human(asked: Asked) -> Answer:
    """Who can be asked."""
    return answer("human", asked.words.whom(asked.terms.contact), fixed=True)


def perhaps(asked: Asked, least: float = PERHAPS) -> Answer | None:
    """The author's or the library's answer to a question that may be meant, or to two that are about as near.

    None where none is near, or was told.
    """
    own = near_questions(asked)[:2] if asked.helps_freely else []
    found = [(near, heading(question.ask), authored(asked, question.say)) for question, near in own]
    others = [] if asked.terms.only_hints else library_questions(asked)
    found += [(near - FARTHER, title, say) for title, say, near in others]
    found = [one for one in found if one[0] >= NEAR and not was_said(one[2], asked)]
    near, first, told = max(found, default=(0.0, "", ""))
    if near < least:
        return None
    second = [one for one in found if ENOUGH > near > one[0] >= near - _ABOUT][:1]
    also = [f"**{title}**\n\n{ACT.sub('', say)}" for _, title, say in second if len(f"{told} {say}".split()) < _MOST]
    ask, doubt = f"**{first}**", asked.say("back.unsure") if near < PERHAPS else ""
    ask = asked.say("author.perhaps", question=ask) if PERHAPS <= near < CLEAR else ask
    made = replace(answer("foreseen", doubt, ask, told, *also, polish=True), plainer=asked.say("back.ask"))
    return with_choices(made, *buttons(asked, offered(asked, made.reply.text)))


async def asks_back(asked: Asked) -> Answer:
    """Answers to questions near to it, the author's or the library's; else one honest sentence, and buttons."""
    if found := perhaps(asked, NEAR):
        return found
    ideas = asked.ideas if asked.stage in ("open", "passed") else []
    topics = [one.topic.title for one in ideas][:1]
    if asked.helps_freely:
        topics = offered(asked) + topics
    if asked.is_accepted:
        return _with_buttons(asked, "asks_back", f"{moment(asked)} {asked.say('back.ask')}", topics=topics)
    task = task_told(asked) if asked.stage == "open" else ""  # what else there is to go by; a button tells it whole
    task = "" if len(task.split()) > _MOST_OF_TASK or was_said(task, asked) else task
    return _with_buttons(asked, "asks_back", asked.say("back.ask"), task, topics=topics)


def _with_buttons(asked: Asked, agent: Agent, *parts: str, topics: Sequence[str] = ()) -> Answer:
    return with_choices(answer(agent, *parts, fixed=True), *buttons(asked, topics))
