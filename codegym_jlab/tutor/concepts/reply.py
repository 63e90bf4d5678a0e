"""A topic told: explanation, example with its output, what to try next. Markdown, short, in one language."""

import builtins
import re
from collections.abc import Sequence
from itertools import product
from keyword import iskeyword

from .. import locale
from .level import ANY, Level
from .search import Example, Found, Topic
from .words import is_empty, telling, words_in

#: Words of a reply, its code among them.
MOST_WORDS = 90
_SENTENCE = re.compile(r"(?<=[.;!?]) +(?=[A-Z`¿„«])|(?<=。)")


def explain(
    found: Sequence[Found],
    question: str,
    language: str = "en",
    told: Sequence[str] = (),
    source: str = "",
    level: Level = ANY,
    lead: str = "",
) -> str:
    """The answer to `question` from the topics found for it; of two that it compares both are told.

    `told`: the replies already given in this conversation; an example in them is not given again while there is
    another. `source`: the student's code, where it is looked for. `level`: what fits the exercise. `lead` stands first.
    """
    topic = found[0].topic
    language = language if topic.has(language) else "en"
    both = [one.topic for one in found[:2] if found[0].compares]
    most_words = MOST_WORDS - len(lead.split())
    text = "\n\n".join(f"**{one.title}**: {level.text(one.told(language))}" for one in both or [topic])
    is_above = not both and any(f"**{topic.title}**: " in one for one in told[-1:])
    text = f"**{topic.title}**" if is_above else text
    titled = telling(" ".join(f"{one.title} {one.id.replace('-', ' ')}" for one in both or [topic]))
    signs = {one for one in titled if not one.strip("`~").isalnum()}
    asked = telling(question) - (titled - signs if len(signs) > 1 else titled)  # of `//` and `%` one is asked for
    line = None if is_above else line_of(topic, source)
    here = f" {locale.text('concept.in_code', language, line=line)}" if line else ""
    example = level.example(_examples(topic, question, told), topic) if len(both) < 2 else None
    if language == "en" and _is_of(topic, f"{text} {example.code if example is not None else ''}"):
        last = locale.text("concept.try", language, exercise=topic.exercise)
    else:
        last = locale.text("concept.own", language) if example is not None else ""
    examples = [shown(example, language, output) for output in (True, False)] if example is not None else []
    tries = [*product((most_words, 45, 25), examples), (most_words - len(f"{here} {last}".split()), "")]
    for most, part in tries:
        whole = "\n\n".join(one for one in (lead, _cut(text, most, asked) + here, part, last) if one)
        if len(whole.split()) <= MOST_WORDS:
            break
    return whole


def shown(example: Example, language: str, output: bool) -> str:
    """An example as fenced code with its output, behind what it shows."""
    lead = example.text if example.text and language == "en" else locale.text("concept.example", language)
    prints = f"\n\n{locale.text('concept.prints', language)}\n\n```text\n{example.output}\n```"
    return f"{lead}\n\n```python\n{example.code}\n```{prints if output else ''}"


def _cut(text: str, most: int, asked: set[str]) -> str:
    """Whole sentences of so many words at most, of each paragraph alike: the first, and what was asked for."""
    parts = text.split("\n\n")
    return "\n\n".join(_sentences(part, most // len(parts), asked) for part in parts)


def _sentences(part: str, most: int, asked: set[str]) -> str:
    told = _SENTENCE.split(part)
    shared = [len(asked & telling(one)) for one in told]
    kept = {0}
    for at in sorted(range(1, len(told)), key=lambda at: -shared[at]):
        if sum(len(told[one].split()) for one in (*kept, at)) <= most:
            kept.add(at)
    best = max(range(len(told)), key=lambda at: shared[at])
    if best and best in kept and shared.count(shared[best]) == 1:
        told[best] = f"**{told[best]}**"
    return " ".join(told[at] for at in sorted(kept))


def line_of(topic: Topic, source: str) -> int | None:
    """The first line of the student's code with the topic in it, where its title is a name or sign of code."""
    parts = re.split(r"[ ,]+(?:and )?", topic.title.rpartition(".")[2])
    words = [word for word in parts if iskeyword(word) or not is_empty(word)]
    names = (
        words[:1] if words and iskeyword(words[0]) else words if len(words) == 1 or all(map(_is_code, words)) else []
    )
    pattern = "|".join(rf"(?<!\w)(?<!self\.){re.escape(name)}(?!\w)(?!\s*=[^=])" for name in names)
    lines = re.sub(r"#.*|\"[^\"\n]*\"|'[^'\n]*'", "", source).splitlines()
    return next((number for number, line in enumerate(lines, 1) if pattern and re.search(pattern, line)), None)


def _is_code(word: str) -> bool:
    return iskeyword(word) or hasattr(builtins, word) or not word.isalnum()


def _is_of(topic: Topic, seen: str) -> bool:
    """Whether its small exercise names nothing of examples that the student does not see."""
    code = "\n".join(one.code for one in (topic.example, *topic.more))
    named = words_in(" ".join(re.findall(r"`([^`]+)`", topic.exercise))) & words_in(code)
    return all(map(_is_code, named - words_in(seen)))


def _examples(topic: Topic, question: str, told: Sequence[str]) -> list[Example]:
    """The one that fits the question, else the topic's own, and the others; those that were not told yet, if any."""
    asked, named = telling(question), telling(f"{topic.title} {topic.id.replace('-', ' ')}")
    fitting = [(asked & telling(" ".join(one.about)), one) for one in topic.more]
    shared, best = max(fitting, key=lambda pair: (len(pair[0] - named), len(pair[0])), default=(set(), topic.example))
    wanted = best if shared - named or len(shared) > 1 else topic.example
    ahead = (wanted, *topic.more, topic.example)
    return [one for one in ahead if not any(one.code in reply for reply in told)] or [topic.example]
