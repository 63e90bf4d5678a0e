"""Why an answer is wrong, what an error means, and accepted code looked at: all about the student's own lines."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable

from ..concepts import explain, find
from ..explain import Explanation, Seen, explain_error, mistakes_in
from ..explain.run import seen_in
from ..explain.seen import from_traceback
from ..misconceptions import wrong_idea
from ..question import Choice, Situation
from ..review import review as reviewed
from .base import Agent, Answer, Asked, answer
from .concept import without_code
from .moment import by_hand, moment, next_step, was_said

_SURE = 0.9  #: of an explanation beside which no other place is told
_PLACED = re.compile(r"\bline \d+", re.I)


async def why(asked: Asked) -> Answer:
    """The place, a question on it and the smallest example; else that none was found. No hint is spent."""
    if asked.is_accepted:
        return await review(asked)
    if not asked.is_code:
        told = asked.terms.judged.told if asked.terms.judged is not None else ()
        return answer("why", " ".join(told) or asked.words.say("why.unchecked"), next_step(asked), fixed=True)
    if not asked.is_begun:
        lead = moment(asked) if asked.exercise is None else asked.words.say("hint.unstarted")
        return answer("why", lead, by_hand(asked) or "", polish=True)
    if asked.stage == "error" and wrong_idea(asked) is None:
        return await answer_error(asked)
    seen = about_code(asked)
    if seen:
        return told_place(asked, seen, "why")
    when = asked.terms.policy.diagnosis if asked.terms.policy is not None else "at_check"
    if when == "as_hint":
        made = answer("why", asked.words.say("why.as_hint"), fixed=True)
        return replace(made, reply=replace(made.reply, choices=(Choice(*[asked.words.say("ask.hint")] * 2),)))
    failing = asked.terms.judged.failing if asked.terms.judged is not None else ()
    if not failing:
        return answer("why", asked.words.say("why.unchecked"), next_step(asked), polish=True)
    none = asked.words.say("diagnosis.none") if when == "at_check" else ""
    labels = asked.words.say("hint.failing", labels=", ".join(f"*{label}*" for label in failing[:3]))
    return answer("why", f"{none} {labels}".strip(), next_step(asked), polish=True)


def told_place(asked: Asked, text: str, agent: Agent) -> Answer:
    """What is seen in the code as an answer. No guard looks at it: it is the author's word, or was run before."""
    made = answer(agent, text, fixed=True, polish=True)
    return replace(made, reply=replace(made.reply, line=next(iter(asked.diagnosis.lines), None)))


def about_code(asked: Asked) -> str | None:
    """What is to be seen in the code and was not said yet: the author's word, the diagnosis, a likely slip."""
    if not asked.is_begun or asked.is_accepted:
        return None
    own = diagnosis_text(asked)
    texts = [own] if own else _likely(asked)
    return next((text for text in texts if not was_said(text.split("\n\n")[0], asked)), None)


def _likely(asked: Asked) -> list[str]:
    """A likely slip by its form alone, where nothing was run; none of a result where only prints are checked."""
    checks = asked.exercise.checks if asked.exercise is not None else []
    prints = bool(checks) and all(check.outcome == "prints" for check in checks)
    found = mistakes_in(asked.situation.source, asked.words.language)
    return [one.text for one in found if not (prints and one.cause == "none_return")][:1]


def diagnosis_text(asked: Asked) -> str:
    """The diagnosis in words: the author's, or those of a known pattern of mistakes that stands on a line told."""
    found, language = replace(asked.diagnosis, idea=wrong_idea(asked)), asked.words.language
    if found.lines and asked.course.language.split("-")[0] != language:  # a reply is in one language
        found = replace(found, idea=None)
    known = mistakes_in(asked.situation.source, language) if found.lines and found.idea is None else ()
    told = found.text(language, next((one.text for one in known if (one.line,) == found.lines), ""))
    return told if found.lines or found.idea or not told else f"{told} {asked.words.say('why.compare')}"


async def answer_error(asked: Asked) -> Answer:
    """What the error means here, with the line where the mistake is."""
    found = await explained(asked.sandbox, asked.situation, asked.words.language) if asked.sandbox else None
    if found is not None:
        cause, language = asked.diagnosis, asked.words.language
        is_better = cause.lines and cause.kind != "crash" and found.sure < _SURE and found.line not in cause.lines
        first = replace(cause, example=None).text(language) if is_better else ""
        made = answer("explain_error", first, found.text, title=found.title, polish=True)
        return replace(made, reply=replace(made.reply, line=cause.lines[0] if is_better else found.line))
    error = (asked.situation.last_error or "").strip()
    if not error:
        return answer("explain_error", asked.words.say("error.none"), fixed=True)
    pages = find(error.splitlines()[-1], asked.words.language)
    page = explain(pages[:1], error, asked.words.language) if pages and pages[0].is_named else ""
    return answer("explain_error", page or asked.words.say("error.unknown"), polish=True)


async def explained(sandbox: Sandbox, situation: Situation, language: str) -> Explanation | None:
    """By our own rules, in a thread; where no line is told, the cell is run once more to see what its names held.

    None where there is no code to look at, or nothing is wrong that can be seen.
    """
    source, error = situation.source, (situation.last_error or "").strip()
    if not source.strip():
        return None
    exercise = situation.exercise
    known = re.findall(r"`(\w+)`|^(\w+) *=", f"{exercise.statement}\n{exercise.starter}", re.M) if exercise else []
    names = tuple(one or other for one, other in known)
    if not error or not _PLACED.search(error):
        try:
            seen = await seen_in(sandbox, source)
        except SandboxUnavailable:
            seen = Seen()
        name = error.splitlines()[-1].split(":")[0].strip().rpartition(".")[2] if error else seen.type
        if seen.type and name == seen.type:
            return await asyncio.to_thread(explain_error, source, replace(seen, known=names), language)
    if not error:
        return None
    return await asyncio.to_thread(explain_error, source, replace(from_traceback(error), known=names), language)


async def review(asked: Asked) -> Answer:
    """What could be better in accepted code; of other code, why it is wrong."""
    source = asked.situation.source
    is_wrong = asked.stage in ("error", "failed", "open") or about_code(asked) is not None
    if is_wrong and asked.exercise is not None and source.strip():
        return await why(asked)
    if not asked.is_code:
        return answer("review", moment(asked), asked.next_title(), fixed=True)
    if not source.strip():
        return answer("review", asked.words.say("review.none"), fixed=True)
    text = await asyncio.to_thread(reviewed, source, asked.exercise, asked.words.language)  # it runs ruff
    return replace(answer("review", text, asked.next_title(), polish=True), plainer=without_code(text))
