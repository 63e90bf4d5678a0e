"""Errors explained, and code reviewed: after it passed what could be better, before that what helps on."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable

from ..concepts import explain, find
from ..diagnosis import Diagnosis
from ..explain import Explanation, Seen, explain_error
from ..explain.run import seen_in
from ..misconceptions import wrong_idea
from ..question import Situation
from ..review import review as reviewed
from .base import Answer, Asked, answer
from .concept import concept, without_code
from .steps import diagnosed, diagnosis_text, next_step

#: Words of code that stand in any English sentence.
_EVERYDAY = frozenset("all and any for from not the with".split())
_PLACED = re.compile(r"\bline \d+", re.I)


async def answer_error(asked: Asked) -> Answer:
    """What the error means here, with the line where the mistake is."""
    found = await explained(asked.sandbox, asked.situation, asked.routed.language) if asked.sandbox else None
    if found is None:
        return await _without_code(asked)
    cause = asked.diagnosis if asked.diagnosis.kind != "crash" else Diagnosis()  # that is the explainer's own word
    first = replace(cause, example=None).text(asked.routed.language) if cause.lines else ""
    made = answer("explain_error", first, found.text, title=found.title, polish=True)
    return replace(made, reply=replace(made.reply, line=next(iter(cause.lines), found.line)))


async def why(asked: Asked) -> Answer:
    """Why an answer is wrong: the diagnosis, in which nothing is guessed; without any what to do next."""
    if asked.is_accepted:
        return await review(asked)
    text = diagnosis_text(asked)
    return diagnosed(asked, "why") if text else answer("why", next_step(asked), polish=True)


async def explained(sandbox: Sandbox, situation: Situation, language: str) -> Explanation | None:
    """By our own rules, in a thread; where no line is told, the cell is run once more to see what its names held.

    None where there is no code to look at, or nothing is wrong that can be seen.
    """
    source, error = situation.source, (situation.last_error or "").strip()
    if not source.strip():
        return None
    if not error or not _PLACED.search(error):
        try:
            seen = await seen_in(sandbox, source)
        except SandboxUnavailable:
            seen = Seen()
        name = error.splitlines()[-1].split(":")[0].strip().rpartition(".")[2] if error else seen.type
        if seen.type and name == seen.type:
            return await asyncio.to_thread(explain_error, source, seen, language)
    return await asyncio.to_thread(explain_error, source, error, language) if error else None


async def _without_code(asked: Asked) -> Answer:
    """The error's text alone: what the library has about it."""
    error = (asked.situation.last_error or "").strip()
    if not error:
        return (
            await concept(asked)
            if asked.message
            else answer("explain_error", asked.words.say("error.none"), fixed=True)
        )
    last = error.splitlines()[-1]
    told = await concept(replace(asked, message=last))
    if told.reply.agent != "concept":
        return answer("explain_error", asked.words.say("error.unknown"), next_step(asked))
    return replace(told, reply=replace(told.reply, agent="explain_error"))


async def review(asked: Asked) -> Answer:
    """The student's own code looked at."""
    source = asked.situation.source
    if not source.strip():
        return answer("review", asked.words.say("review.none"), fixed=True)
    idea = wrong_idea(asked)
    if asked.diagnosis.lines:
        return diagnosed(asked, "review")
    labels = asked.terms.judged.failing if asked.terms.judged is not None else ()
    known = source, asked.exercise, asked.is_accepted, asked.routed.language, labels
    text = await asyncio.to_thread(reviewed, *known)  # it runs ruff
    first = idea.say.strip() if idea is not None else ""
    pages = find(_named_code(asked), asked.routed.language)
    page = explain(pages[:1], asked.message, asked.routed.language, asked.shown) if pages and pages[0].is_sure else ""
    made = answer("review", first, text, page, polish=True)
    return replace(made, plainer="\n\n".join(part for part in (first, without_code(text)) if part))


def _named_code(asked: Asked) -> str:
    """The words of the message that stand in the student's code as well: what it asks about."""
    in_code = set(re.findall(r"[^\W\d]\w{2,}", asked.situation.source)) - _EVERYDAY
    return " ".join(word for word in re.findall(r"\w+", asked.message) if word in in_code)
