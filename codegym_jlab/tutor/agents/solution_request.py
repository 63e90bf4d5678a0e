"""Who asks for the answer gets kindness and the next step; who asks for hidden tests, what of them is open."""

from __future__ import annotations

import re
from dataclasses import replace

from codegym_jlab.course.checks import Check
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.errors import Refused

from ..locale import Words
from ..patterns import patterns
from .base import Answer, Asked, answer
from .small_talk import choices, meant
from .steps import next_step

_ORDER = (
    (r"last|últim|letzt|dernier|dernière|ostatni|最后", -1),
    (r"second|2nd|\b2\b|segund|zweite|deuxième|second|drug|第二|第2", 1),
    (r"third|3rd|\b3\b|tercer|dritte|troisième|trzeci|第三|第3", 2),
    (r"first|1st|\b1\b|primer|erste|premi[eè]r|pierwsz|第一|第1", 0),
)


def asks_for_samples(message: str, exercise: Exercise | None) -> bool:
    """Whether a message wants an open check, or the task's own words, and nothing like an answer."""
    known = patterns("open")
    if exercise is None or len(message) > 300 or known["closed"].search(message) or known["answer"].search(message):
        return False
    sample = known["sample"].search(message) and known["tell"].search(message)
    return bool(sample or known["task"].search(message))


async def samples(asked: Asked) -> Answer:
    """What is open of the exercise: the check that is asked for, all of them, or the statement."""
    words, exercise = asked.words, asked.exercise
    assert exercise is not None, "asks_for_samples saw one"
    if not patterns("open")["sample"].search(asked.message):
        return answer("samples", words.say("samples.task"), exercise.statement.strip())
    known = exercise.sample_checks
    if not known:
        labels = ", ".join(check.title for check in exercise.hidden_checks)
        return answer("samples", words.say("samples.none", labels=labels))
    at = next((place for pattern, place in _ORDER if re.search(pattern, asked.message, re.I)), None)
    if at is None and len(known) > 1:
        return answer("samples", words.say("samples.intro"), *(told_sample(check, words) for check in known[:5]))
    at = (at or 0) % len(known) if at is None or at < len(known) else len(known) - 1
    return answer("samples", words.say("samples.one", number=at + 1), told_sample(known[at], words))


def told_sample(check: Check, words: Words) -> str:
    """A sample check with what it expects, as code."""
    parts = [words.say("samples.setup"), _block(check.setup)] if check.setup else []
    parts.append(_block(check.call or check.run or check.code or ""))
    if check.stdin:
        parts += [words.say("samples.typed"), _block(check.stdin, "text")]
    match check.outcome:
        case "equals":
            parts += [words.say("samples.expects"), _block(repr(check.equals))]
        case "equals_expr":
            parts += [words.say("samples.expects"), _block(str(check.equals_expr))]
        case "close_to":
            parts += [words.say("samples.expects"), _block(repr(check.close_to))]
        case "prints":
            parts += [words.say("samples.prints"), _block(check.prints or "", "text")]
        case "raises" if check.raises is not None:
            parts.append(words.say("samples.raises", type=check.raises.type))
        case _:
            parts.append(words.say("samples.closed"))
    return "\n\n".join(parts)


def _block(text: str, language: str = "python") -> str:
    return f"```{language}\n{text.strip()}\n```"


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
