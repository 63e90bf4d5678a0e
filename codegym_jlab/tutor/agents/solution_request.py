"""Who asks for the answer gets kindness and the next step; who asks for hidden tests, what of them is open."""

from __future__ import annotations

from dataclasses import replace

from codegym_jlab.grading.errors import Refused

from ..patterns import patterns
from .base import Answer, Asked, answer
from .small_talk import choices, meant
from .statement import told_sample
from .steps import next_step


async def solution_request(asked: Asked) -> Answer:
    """Declines in passing and helps at once; never the same words twice in a conversation."""
    before = sum(reply.agent == "solution_request" for reply in asked.replies)
    if patterns("open")["tests"].search(asked.message) and asked.exercise is not None:
        return _about_tests(asked, before)
    key = "decline.again" if before else "decline.code"
    lead = asked.words.nth(key, before - 1) if before else asked.words.pick(key, asked.message)
    first = "" if before else await _first_rung(asked)
    made = answer("solution_request", lead, first or next_step(asked), polish=False)
    if asked.routed.sure:
        return made
    others = tuple(one for one in meant(asked) if one != "solution_request")
    return replace(made, reply=replace(made.reply, choices=choices(asked, others)))


def _about_tests(asked: Asked, before: int) -> Answer:
    words, exercise = asked.words, asked.exercise
    assert exercise is not None
    if before:
        return answer("solution_request", words.nth("decline.again", before - 1), next_step(asked))
    labels = list(dict.fromkeys(check.title for check in exercise.hidden_checks))
    open_labels = ", ".join(labels[:6])
    lead = (
        words.pick("decline.tests", asked.message, labels=open_labels) if labels else words.say("decline.tests_plain")
    )
    samples = [told_sample(check, words) for check in exercise.sample_checks[:1]]
    own = words.say("decline.own") if labels else ""
    return answer("solution_request", lead, words.say("decline.samples") if samples else "", *samples, own)


async def _first_rung(asked: Asked) -> str:
    """The mildest hint, where none was given yet and it costs nothing. Insisting climbs no further."""
    if asked.terms.climb is None or asked.exercise is None:
        return ""
    seen = await asked.terms.climb.seen()
    if seen.given or seen.next is None or not seen.next.ready or seen.next.cost > 0:
        return ""
    try:
        return (await asked.terms.climb.next()).given[-1].strip()
    except Refused:
        return ""
