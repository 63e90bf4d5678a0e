"""A topic told: explanation, example with its output, what to try next. Markdown, in the student's language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .. import locale
from .search import Example, Found, Topic
from .words import is_empty, tokens

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
    first = found[0]
    if first.compares and len(found) > 1 and found[1].is_sure:
        parts = [_page(one.topic, question, language, told) for one in found[:2]]
        return "\n\n".join([*parts, to_try(first.topic, language)])
    parts = [_page(first.topic, question, language, told), to_try(first.topic, language)]
    if len(found) > 1 and found[1].score >= NEAR * first.score and not first.again:
        parts += [locale.text("concept.or", language), _page(found[1].topic, question, language, told)]
    return "\n\n".join(parts)


def _page(topic: Topic, question: str, language: str, told: Sequence[str]) -> str:
    example = _example(topic, question, told)
    parts = [f"**{topic.title}**: {_stressed(topic.told(language), question, topic)}"]
    parts.append(example.text or locale.text("concept.example", language))
    return "\n\n".join([*parts, shown(example, language)])


def shown(example: Example, language: str) -> str:
    """An example as fenced code with its output."""
    prints = locale.text("concept.prints", language)
    return f"```python\n{example.code}\n```\n\n{prints}\n\n```text\n{example.output}\n```"


def to_try(topic: Topic, language: str) -> str:
    """What to try next."""
    return locale.text("concept.try", language, exercise=topic.exercise)


def _example(topic: Topic, question: str, told: Sequence[str]) -> Example:
    """The one that fits the question, else the topic's own; one that was not told yet, if any."""
    asked, named = _content(question), _content(f"{topic.title} {topic.id.replace('-', ' ')}")
    fitting = [(asked & _content(" ".join(one.about)), one) for one in topic.more]
    shared, best = max(fitting, key=lambda pair: (len(pair[0] - named), len(pair[0])), default=(set(), topic.example))
    wanted = best if shared - named or len(shared) > 1 else topic.example
    ahead = (wanted, *topic.more, topic.example)
    return next((one for one in ahead if not any(one.code in reply for reply in told)), topic.example)


def _content(text: str) -> set[str]:
    return {token for token in tokens(text) if not is_empty(token)}


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
