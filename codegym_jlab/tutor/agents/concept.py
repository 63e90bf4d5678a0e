"""Ideas of Python, numpy and pandas that are named, from the library; and what a name of the student's code is."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..concepts import Found, explain, find, telling, tokens, words_in
from ..diagnosis.evidence import call_of
from ..guard.syntax import nodes_of
from ..patterns import patterns
from .base import Agent, Answer, Asked, answer, led_by, with_choices
from .course_records import is_of_a_way
from .moment import (
    CLEAR,
    CLEARLY,
    FARTHER,
    MEANT,
    NEARER,
    OF_LIBRARY,
    asked_parts,
    form,
    goes_on,
    library_answer,
    library_questions,
    nearest_question,
    stored,
    was_said,
    words_of,
)
from .small_talk import asks_back, perhaps

#: A name of one's own program at the head of a question.
_NAMED = re.compile(
    r"\b(?:wh(?:at|ere)(?:\W?s| is| are| does| do)?(?: in)?|is(?= \w+ an? (?:special|key))) (?:the |my |this )?"
    r"`?([^\W\d]\w*)(?![\w\[(.]| ?=| (?:go|come|belong)s?\b)",
    re.I,
)
_WHAT = re.compile(r"\bwhat(?:.?s| is| are| does)\b", re.I)
FENCE = re.compile(r"```.*?```\n?", re.S)


async def concept(asked: Asked) -> Answer:
    """The explanation of what is named; the student is asked back where nothing is."""
    if told := general_answer(asked):
        page = [asked.named.topic.title] if asked.named is not None else []
        return with_choices(answer("concept", told, polish=True), *page)
    if own := placeholder(asked) or own_name(asked):
        return answer("concept", own, polish=True)
    if asked.named is None:
        return await asks_back(asked)
    whole = _explained(asked, asked.topics, "concept")
    if asked.named.exact or not asked.is_begun:
        return whole
    # the code at hand is the example
    return perhaps(asked, MEANT) or replace(whole, reply=replace(whole.reply, text=whole.plainer or ""))


def general_answer(asked: Asked) -> str:
    """The library's answer to a question that fits any exercise; "" where the author, or a run, says more."""
    is_why = asked.has("talk.mistake") or not asked.has("talk.idea")
    is_of_run = asked.is_wrong and is_why
    is_of_own = asked.has("talk.next") or is_of_a_way(asked)  # of which the code says more
    is_of_own = is_of_own or bool(named_first(asked) or placeholder(asked))
    if asked.exercise is None or is_of_run or is_of_own:
        return ""
    is_of_code = asked.is_wrong or "hintword" in asked.routed.heard
    is_of_code = is_of_code or asked.has("talk.step", "talk.mistake")
    is_plain = asked.has("talk.idea") and not is_of_code
    title = next((title for title, *_ in library_questions(asked)), "")
    is_named = asked.is_wrong and _WHAT.search(asked.message) is not None and title.startswith("What")
    is_named = is_named and set[str]() < telling(title) <= telling(asked.message)
    told, near = library_answer(asked, MEANT + FARTHER if is_plain or is_named else OF_LIBRARY)
    own = nearest_question(asked)[1]
    is_same = own < CLEARLY and title.startswith("What") and telling(title) == telling(asked.message)
    return told if near >= own + (0 if is_same else NEARER if own < CLEAR else FARTHER) else ""


def names_its_error(asked: Asked) -> bool:
    """Whether a message names the error on the table, of which its own code says more than a page."""
    return any(one.search(asked.message) and one.search(asked.error) for one in patterns("errors").values())


def idea_behind(asked: Asked) -> Answer | None:
    """An idea that a question is about, or that the exercise needs where it only goes on; None for none that is new."""
    if asked.is_accepted:
        return None  # who wonders about code that works asks something else
    near = [one for one in asked.topics[:1] if _is_clear(asked, one)]
    every = [replace(one, named=True) for one in near]
    every += asked.ideas[:2] if goes_on(asked) and asked.is_python else []
    new = [one for one in every if not was_said(f"**{one.topic.title}**", asked)]
    return _explained(asked, new[:1], "why", asked.say("why.idea")) if new else None


def _is_clear(asked: Asked, found: Found) -> bool:
    """Whether an idea is meant of which a message has no word: it is needed, or stands in the code."""
    held = words_in(asked.source).intersection(found.topic.title.split())
    return asked.needs(found.topic) or bool(set(tokens(asked.message)) & words_of(" ".join(held)))


def error_card(asked: Asked) -> Answer | None:
    """The page on an error that a message quotes, and that is not the one on the table; None for no other."""
    named = [(name, pattern) for name, pattern in patterns("errors").items() if pattern.search(asked.message)]
    others = (name for name, pattern in named[:1] if not pattern.search(asked.error))
    found = [one for name in others for one in find(name)[:1]]
    return led_by(asked.say("back.other_error"), _explained(asked, found, "explain_error")) if found else None


def _explained(asked: Asked, found: Sequence[Found], agent: Agent, lead: str = "") -> Answer:
    text = explain(found, asked.message, asked.words.language, asked.shown, asked.source, asked.level, lead)
    return replace(answer(agent, text, polish=True), plainer=without_code(text), lasting=True)


def without_code(text: str) -> str:
    """An explanation without its examples."""
    parts = map(str.strip, FENCE.sub("", text).split("\n\n"))
    return "\n\n".join(part for part in parts if part and not part.endswith((":", "：")))


def own_name(asked: Asked) -> str:
    """What a name is that stands in the student's code, where a question begins with it; "" for others."""
    return next(_told(asked, named_first(asked)), "") if asked.exercise is not None and asked.is_code else ""


def named_first(asked: Asked) -> str:
    """The name of the student's own code that a question begins with: "what is rows?"; "" for others."""
    parts = asked_parts(asked.message) or [asked.message]
    found = next(filter(None, map(_NAMED.search, parts)), None)
    known = {one.id for one in stored(asked.code)}.union(one.arg for one in nodes_of(asked.code, ast.arg))
    return found[1] if found is not None and found[1] in known else ""


def placeholder(asked: Asked) -> str:
    """What the gaps, dots or notes of the answer are for, where a message speaks of them; "" for others."""
    has_gap = "___" in asked.code and asked.has("talk.gap")
    return form(asked) if has_gap or "..." in asked.code and asked.has("talk.dots") else ""


def _told(asked: Asked, name: str) -> Iterator[str]:
    for loop in (one for one in nodes_of(asked.code, ast.For) if ast.unparse(one.target) == name):
        yield asked.say("name.loop", name=name, line=loop.lineno, values=ast.unparse(loop.iter))
    for own in nodes_of(asked.code, ast.FunctionDef):
        places = [argument.arg for argument in own.args.args]
        for check in asked.samples if name in places else ():
            function, given = call_of(check) or ("", [])
            if function == own.name and (value := given[places.index(name) :][:1]):
                gaps = {"name": name, "function": function, "call": check.call, "value": repr(value[0])}
                yield asked.say("name.parameter", **gaps)
    for made in (one for one in stored(asked.code) if one.id == name):
        yield asked.say("name.assigned", name=name, line=made.lineno)
