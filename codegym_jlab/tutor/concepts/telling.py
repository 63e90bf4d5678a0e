"""A topic told: explanation, example with its output, what to try next. Markdown, in the student's language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .frames import frames
from .library import Found
from .topic import Example, Topic
from .words import EMPTY, stem, tokens

_EMPTY_STEMS = frozenset(map(stem, EMPTY))
#: a sentence in English that makes sense without the one before it, and on which none after it leans
_ALONE = re.compile(
    r"(?!.*\b(?:it|they|makes one)\b)(?:`[^`]+`(?:,? and `[^`]+`)?|A \w+|To \w+|In a \w+|With (?:a|the) \w+) [^;]+\.$"
)

#: a second topic that scores this share of the first is told too, as the question may mean it
NEAR = 0.72


def explain(found: Sequence[Found], question: str, language: str = "en", told: Sequence[str] = ()) -> str:
    """The answer to `question` from the topics found for it; of two that it compares both are told.

    `told`: the replies already given in this conversation; an example in them is not given again while there is
    another. Raises ValueError where nothing was found.
    """
    if not found:
        raise ValueError("no topic was found: ask back in place of this")
    frame = frames(language)
    first = found[0]
    if "compare" in first.aspects and len(found) > 1 and found[1].is_sure:
        parts = [_told(one.topic, question, language, told, short=True) for one in found[:2]]
        parts.append(frame["try"].format(first.topic.exercise))
        return "\n\n".join(parts)
    reply = _told(first.topic, question, language, told, short=False)
    if len(found) > 1 and found[1].score >= NEAR * first.score and "again" not in first.aspects:
        reply += f"\n\n{frame['or']}\n\n" + _told(found[1].topic, question, language, told, short=True)
    return reply


def _told(topic: Topic, question: str, language: str, told: Sequence[str], short: bool) -> str:
    frame = frames(language)
    example = _example(topic, question, told)
    text = (topic.said or {}).get(language.split("-")[0].lower(), topic.text)
    parts = [f"**{topic.title}**: {_stressed(text, question, topic)}"]
    parts.append(example.text or frame["example"])
    parts.append(shown(example, frame["prints"]))
    if not short:
        parts.append(frame["try"].format(topic.exercise))
    return "\n\n".join(parts)


def shown(example: Example, prints: str) -> str:
    """An example as fenced code with its output."""
    return f"```python\n{example.code}\n```\n\n{prints}\n\n```text\n{example.output}\n```"


def _example(topic: Topic, question: str, told: Sequence[str]) -> Example:
    """The one that fits the question, else the topic's own; one that was not told yet, if any."""
    asked, named = _content(question), _content(f"{topic.title} {topic.id.replace('-', ' ')}")
    fitting = [(asked & _content(" ".join(one.about)), one) for one in topic.more]
    shared, best = max(fitting, key=lambda pair: (len(pair[0] - named), len(pair[0])), default=(set(), topic.example))
    wanted = best if shared - named or len(shared) > 1 else topic.example
    if not _was_told(wanted, told):
        return wanted
    return next((one for one in (*topic.more, topic.example) if not _was_told(one, told)), topic.example)


def _was_told(example: Example, told: Sequence[str]) -> bool:
    return any(example.code in reply for reply in told)


def _content(text: str) -> set[str]:
    return {token for token in tokens(text) if token not in _EMPTY_STEMS}


def _stressed(text: str, question: str, topic: Topic) -> str:
    """The text led by the sentence that has most of the question's words, apart from the topic's name.

    In bold; one that leans on the sentence before it stays in its place.
    """
    asked = _content(question) - _content(f"{topic.title} {topic.id.replace('-', ' ')}")
    parts = re.split(r"(?<=[.;。]) +(?=[A-Z`¿„«]|[\u4e00-\u9fff])|(?<=。)", text)
    shared = [len(asked & _content(part)) for part in parts]
    best = max(range(len(parts)), key=lambda number: shared[number])
    if not shared[best] or shared.count(shared[best]) > 1 or len(parts) < 2:
        return text
    if best == 0 or not _ALONE.match(parts[best]) or parts[best - 1].endswith(";"):
        return text.replace(parts[best], f"**{parts[best]}**", 1)
    return " ".join((f"**{parts[best]}**", *parts[:best], *parts[best + 1 :]))
