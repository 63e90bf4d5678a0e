"""What a request for a review asks in particular: lines, an idea such as `max`, names, speed, all lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..concepts import Topic, find
from ..text import fold
from ..walkthrough import asks_to_read, lines_asked

_KINDS = {
    "naming": r"\bnam(e|es|ing)\b|\bvariable names?\b|\bnombres?\b|\bnamen\b|\bnoms?\b|\bnazwy?\b|命名|变量名",
    "speed": (
        r"\b(fast|faster|slow|speed|efficien\w*|performance|complexity|big o|twice|rapido|lento|schnell\w*|langsam"
        r"|vite|rapide|lent|szybk\w*|wolno|wydajn\w*)\b|快|慢|效率"
    ),
    "shorter": (
        r"\b(short\w*|clean\w*|simpl\w*|long|pythonic|clunky|elegant\w*|concise|largo|corto|acortar|kurz\w*"
        r"|eleganter|court|raccourc\w*|krot\w*|skroc\w*|zwiezl\w*)\b|短|简洁|长"
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`lines`: 1-based, of the student's code; `kinds`: of remarks; `whole`: every line is to be told."""

    lines: tuple[int, ...] = ()
    topic: Topic | None = None
    kinds: tuple[str, ...] = ()
    shorter: bool = False
    whole: bool = False


def asked_of(question: str, source: str) -> Asked:
    """What `question` names. Nothing of it where it only asks for a look at the code."""
    folded = fold(question)
    kinds = tuple(kind for kind, pattern in _KINDS.items() if re.search(pattern, folded))
    whole = asks_to_read(question)
    lines = () if whole else tuple(sorted(lines_asked(source, question)))[:3]
    return Asked(lines, None if whole else _topic(question, source), kinds, "shorter" in kinds, whole)


def _topic(question: str, source: str) -> Topic | None:
    """The construct that the question names, if it names one."""
    found = [one for one in find(_without_pleas(question)) if one.score >= 4.0]
    fitting = [one for one in found if one.topic.id not in _TOO_WIDE]
    new = [one for one in fitting if one.score >= 0.4 * found[0].score and one.topic.title not in source]
    first = [*new, *fitting][:1] if found[0:1] == fitting[0:1] else []
    return first[0].topic if first else None


_TOO_WIDE = frozenset(
    "walk-code debugging assert function variable jupyter-basics big-o help traceback try-except method break-continue"
    " list string describe pathlib digits".split()
)


def _without_pleas(question: str) -> str:
    """Without words of a plea for a review, which name no construct."""
    return re.sub(
        r"(?i)\b(it'?s|is|was|got)?\s*accepted\b|\(?\d{1,6}\s?/\s?\d{1,6}\)?|\breview\b|\bcheck\b|\btests?\b"
        r"|\bpass(es|ed)?\b|\bsubmit\w*"
        r"|\bcode\b|\bsolution\b|\bstyle\b|\blines?\b|\blook over\b|\bnam(e|es|ing)\b|\bsingle letters?\b",
        " ",
        question,
    )
