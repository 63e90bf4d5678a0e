"""Ideas of Python, numpy and pandas, from the library; the student's own code told line by line."""

from __future__ import annotations

import re
from dataclasses import replace

from ..concepts import Found, explain, find
from ..folding import fold
from ..reading import asks_of_a_line, asks_to_read, walk
from ..talk import Choice
from ..words import patterns
from .asked import Answer, Asked, answer
from .steps import next_step
from .subjects import subjects

_FENCE = re.compile(r"```.*?```\n?", re.S)
_PUZZLED = re.compile(
    r"\b(?:why|how come)\b.{0,20}\b(?:my|this|the|it)\b.{0,30}\b(?:print\w*|giv\w+|show\w*|return\w*|output\w*"
    r"|do\w*|run\w*|end\w*|stop\w*|chang\w+|nothing|empty|none|twice)\b"
    r"|\bpor qu[eé]\b.{0,40}\b(?:imprime|muestra|devuelve|nada)\b"
    r"|\b(?:warum|wieso)\b.{0,40}\b(?:gibt|druckt|zeigt|nichts)\b|\bpourquoi\b.{0,40}\b(?:affiche|renvoie|rien)\b"
    r"|\bdlaczego\b.{0,40}\b(?:wypisuje|zwraca|nic)\b|为什么.{0,12}(?:输出|打印|返回|没有)",
    re.I,
)
#: Where one question of a message ends and another may begin.
_PARTS = re.compile(r"[?.!;,]\s+|[，。？！；]|,? \b(?:and|und|y|et|oraz|also|además|außerdem|aussi)\b ", re.I)
#: Scores from which the best topic is told although it is not sure, from which a message names it plainly, and from
#: which it outweighs another reading: as rules that are named as well, or by a single word of sorrow.
LIKELY, PLAINLY, BY_FAR = 1.6, 10.0, 14.0


async def concept(asked: Asked) -> Answer:
    """The explanation, or a question back where no topic fits."""
    told = reading(asked)
    found = topics_of(asked)
    if told is not None:
        extra = "" if asks_of_a_line(fold(asked.message)) else sure_page(asked, found)
        made = answer("concept", told, extra, polish=True)
        return replace(made, plainer=told)
    if not found or found[0].score < LIKELY:
        return _which(asked, found)
    text = _explained(asked, found)
    return replace(answer("concept", text, polish=True), plainer=without_code(text), lasting=True)


def topics_of(asked: Asked) -> list[Found]:
    """What the question is about, best first."""
    return find(
        asked.message, asked.routed.language, asked.exercise, asked.situation.source, before=asked.said, limit=3
    )


def reading(asked: Asked) -> str | None:
    """The student's own code in words, where that is asked and there is some."""
    if not (asked.situation.source.strip() and (asks_to_read(asked.message) or _puzzles_over_a_try(asked))):
        return None
    return told_lines(asked)


def told_lines(asked: Asked) -> str | None:
    """The cell in words, line by line; None where Python cannot read it."""
    try:
        return walk(asked.situation.source, asked.message, asked.routed.language)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _puzzles_over_a_try(asked: Asked) -> bool:
    """Whether a message asks why code does what it does that is no answer to the exercise, and had no error."""
    if asked.situation.last_error or not _PUZZLED.search(asked.message):
        return False
    names = re.findall(r"^\s*(?:def|class)\s+(\w+)", asked.exercise.starter, re.M) if asked.exercise else []
    return not any(re.search(rf"\b{name}\b", asked.situation.source) for name in names)


def beside(asked: Asked) -> str:
    """The idea that a message about something else names as well; empty where it names none for sure."""
    found = topics_of(asked)
    return _explained(asked, found) if found and found[0].is_sure and found[0].aspects else ""


def parts_of(message: str) -> list[str]:
    """The parts of a message that asks for more than one thing, as far as signs and small words tell; else none."""
    parts = [part for part in _PARTS.split(message) if part.strip()]
    return parts if len(parts) > 1 else []


def second_idea(asked: Asked) -> str:
    """The idea that one part of a message asks for, where another part asks for something else."""
    idea = patterns("open")["idea"]
    for part in parts_of(asked.message):
        if idea.search(part) and not subjects(part):
            found = topics_of(replace(asked, message=part))
            if found and found[0].score >= PLAINLY:
                return explain(found[:1], part, asked.routed.language, asked.shown)
    return ""


def without_code(text: str) -> str:
    """An explanation without its examples."""
    kept = [
        part for part in _FENCE.sub("", text).split("\n\n") if part.strip() and not part.strip().endswith((":", "："))
    ]
    return "\n\n".join(part.strip() for part in kept)


def sure_page(asked: Asked, found: list[Found]) -> str:
    """The best topic told, if it is sure."""
    return _explained(asked, found[:1]) if found and found[0].is_sure else ""


def _explained(asked: Asked, found: list[Found]) -> str:
    return explain(found, asked.message, asked.routed.language, asked.shown)


def _which(asked: Asked, found: list[Found]) -> Answer:
    choices = tuple(Choice(one.topic.title, one.topic.title) for one in found[:2])
    if len(choices) == 2:
        made = answer("asks_back", asked.words.say("back.concept"), fixed=True)
        return replace(made, reply=replace(made.reply, choices=choices))
    return answer("concept", asked.words.say("back.more"), next_step(asked) if asked.exercise else "", polish=True)
