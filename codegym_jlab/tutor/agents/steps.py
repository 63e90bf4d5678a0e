"""Small steps that help on without a rung of the ladder: what to try next, each said once in a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zlib import crc32

from ..explain import mistakes_in
from ..locale import Words
from ..misconceptions import wrong_idea
from .base import Agent, Answer, Asked, answer

#: Steps that speak of no exercise: they are safe wherever they stand.
PLAIN = ("smallest", "plan", "watch", "inout", "words", "part", "teach")
_WITH_CODE = ("watch", "smallest", "words", "part", "teach", "inout")
_WITHOUT = ("inout", "plan", "smallest", "words", "part", "teach")


def next_step(asked: Asked, *, own: bool = True) -> str:
    """The most fitting step that was not said yet; `own`: what stands in the student's code comes first."""
    found = next(_steps(asked, own), None)
    return found or asked.words.pick("step.part", asked.message)


def plain_step(asked: Asked) -> str:
    """One that says nothing about the exercise, and was not said yet if any is left."""
    return next(_plain(asked), asked.words.nth("step.part", len(asked.shown)))


def about_code(asked: Asked) -> str | None:
    """What is to be seen in the student's code: the author's word on a wrong idea, the diagnosis, a likely mistake."""
    if not asked.is_begun or asked.is_accepted:
        return None
    texts = [diagnosis_text(asked)] if asked.diagnosis.lines or wrong_idea(asked) is not None else []
    texts += [one.text for one in mistakes_in(asked.situation.source, asked.words.language)]
    texts += [diagnosis_text(asked)] if asked.diagnosis.example is not None else []
    return next((text for text in texts if not _was_said(text, asked)), None)


def diagnosis_text(asked: Asked) -> str:
    """The diagnosis in words: the author's, or those of a known pattern of mistakes that stands on a line told."""
    found, language = replace(asked.diagnosis, idea=wrong_idea(asked)), asked.words.language
    known = mistakes_in(asked.situation.source, language) if found.lines and found.idea is None else ()
    return found.text(language, next((one.text for one in known if (one.line,) == found.lines), ""))


def diagnosed(asked: Asked, agent: Agent, first: str = "") -> Answer:
    """The diagnosis as an answer. No guard looks at it: what it holds was run, and a student may see all of it."""
    made = answer(agent, first, diagnosis_text(asked), fixed=True, polish=True)
    return replace(made, reply=replace(made.reply, line=next(iter(asked.diagnosis.lines), None)))


def by_hand(asked: Asked) -> str | None:
    """A sample check to be gone through on paper."""
    exercise = asked.exercise
    calls = [c.call for c in exercise.sample_checks if c.call and "`" not in c.call] if exercise else []
    if not calls:
        return None
    call = " ".join(max(calls, key=lambda text: min(len(text), 60)).split())
    if _was_said(f"`{call}`", asked):
        return None
    return asked.words.pick("step.hand", asked.message, call=call) if len(call) <= 120 else None


def concepts(words: Words, names: tuple[str, ...]) -> str | None:
    """The ideas that the author named."""
    return words.say("step.concept", concepts=", ".join(names)) if names else None


def _steps(asked: Asked, own: bool) -> Iterator[str]:
    if own and (seen := about_code(asked)):
        yield seen
    exercise = asked.exercise
    if exercise is not None:
        for text in (by_hand(asked), concepts(asked.words, exercise.concepts)):
            if text and not _was_said(text[:40], asked):
                yield text
    yield from _plain(asked)


def _plain(asked: Asked) -> Iterator[str]:
    names = _WITH_CODE if asked.is_begun else _WITHOUT
    turned = crc32(asked.message.casefold().encode()) // 7 % len(names)
    for name in (*names[turned:], *names[:turned]):
        text = asked.words.say(f"step.{name}")
        if not _was_said(text, asked):
            yield text


def _was_said(text: str, asked: Asked) -> bool:
    return any(text in shown for shown in asked.shown)
