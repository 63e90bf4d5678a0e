"""Errors explained, and code reviewed: after it passed what could be better, before that what helps on."""

from __future__ import annotations

from dataclasses import replace

from ..review import review as reviewed
from .asked import Answer, Asked, answer
from .concept import PLAINLY, concept, reading, sure_page, told_lines, topics_of, without_code
from .puzzled import has_remark, quiet_mistake, wonders
from .steps import about_code, next_step


async def explain_error(asked: Asked) -> Answer:
    """What the error means here, with the line where the mistake is."""
    found = None
    if asked.explains is not None:
        found = await asked.explains.explained(asked.situation, asked.routed.language)
    if found is None:
        return await _without_code(asked)
    made = answer("explain_error", found.text, title=found.title, polish=True)
    return replace(made, reply=replace(made.reply, line=found.line))


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
    quiet = quiet_mistake(asked)
    if quiet is not None:
        made = answer("review", quiet.text, title=quiet.title or None, polish=True)
        return replace(made, reply=replace(made.reply, line=quiet.line))
    puzzled = wonders(asked)
    if puzzled and not has_remark(source):
        return _puzzled(asked)
    told = None if puzzled else reading(asked)
    labels = asked.judged.failing if asked.judged is not None else ()
    text = told or reviewed(source, asked.exercise, asked.is_accepted, asked.message, asked.routed.language, labels)
    first = "" if asked.is_accepted or told else about_code(asked) or ""
    found = topics_of(asked) if puzzled else []
    page = sure_page(asked, found) if found and found[0].score >= PLAINLY else ""
    made = answer("review", first, text, page, polish=True)
    return replace(made, plainer="\n\n".join(part for part in (first, without_code(text)) if part))


def _puzzled(asked: Asked) -> Answer:
    """Where to look, what each line does, and the idea that the student names."""
    first, told, page = about_code(asked) or "", told_lines(asked) or "", sure_page(asked, topics_of(asked))
    made = answer("review", first, told, page, polish=True)
    return replace(made, plainer="\n\n".join(part for part in (first, told, without_code(page)) if part))
