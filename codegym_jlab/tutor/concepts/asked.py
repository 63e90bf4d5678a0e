"""What of a topic a question asks for: a comparison, another example, an error, a reason."""

from __future__ import annotations

import re

from ..folding import fold

_ASPECTS = {
    name: re.compile("|".join(([rf"\b({words})\b"] if words else []) + ([signs] if signs else [])))
    for name, words, signs in (
        (
            "compare",
            r"differ\w*|diff|vs|versus|compare\w*|better|instead of|rather than|or|same as"
            r"|unterschied\w*|oder|statt|diferencia\w*|en vez de|en lugar de|au lieu|plutot|ou bien"
            r"|roznic\w*|roznia|rozni|albo|(?<=\w )czy|zamiast",
            "区别|不同|还是|差别",
        ),
        (
            "again",
            r"(?:another|one more|second|different) (?:example|one|way)|other words|still|again"
            r"|don'?t (?:get|understand) it|otro ejemplo|otra vez|sigo sin|aun no entiendo|noch (?:ein|mal|einmal)"
            r"|immer noch nicht|un autre exemple|encore|toujours pas|inny przyklad|jeszcze|nadal nie",
            "再(?:来|举|给|讲|说)|另一个|还是不",
        ),
        (
            "error",
            r"\w+(?:error|exception|warning|iteration)|error|fehler\w*|erreur|blad\w*|traceback|crash\w*",
            "错误|报错",
        ),
        ("why", "why|how come|por que|warum|wieso|weshalb|pourquoi|dlaczego", "为什么|怎么会"),
        (
            "example",
            r"exampl\w*|show|ejemplo\w*|ensena\w*|muestra\w*|beispiel\w*|zeig\w*|exempl\w*|montr\w*"
            r"|przyklad\w*|pokaz\w*",
            "例",
        ),
    )
}
#: what only stands for others of its kind: `things like a.upper() or b.sort()`
_SUCH_AS = re.compile(r"\b(?:stuff|things?|something|cases|lines|code|ones) (?:like|such as)\b[^?!]*")
_BETWEEN = re.compile(
    r"(?:between|zwischen|entre|miedzy)\s+(?P<a>.+?)\s+(?:and|und|y|et|a|i|with)\s+(?P<b>.+)"
    r"|(?P<c>.+?)\s+(?:vs\.?|versus|or|instead of|rather than|better than|oder|statt|en lugar de|en vez de|ou"
    r"|au lieu de|albo|(?<=\w )czy|zamiast)\s+(?P<d>.+)|(?P<e>.+?)\s*(?:和|与|跟|还是)\s*(?P<f>.+)"
    r"|(?P<g>.+?)\s+(?:and|und|y|et|i)\s+(?P<h>.+)"
)


def aspects_of(question: str) -> tuple[str, ...]:
    """The aspects that its words name."""
    words = without_samples(question)
    return tuple(name for name, pattern in _ASPECTS.items() if pattern.search(words))


def without_samples(question: str) -> str:
    """The question, folded, without what it only names as one of a kind."""
    return _SUCH_AS.sub(" ", fold(question))


def sides(question: str) -> tuple[str, str] | tuple[()]:
    """The two things that a question compares, with the words round them; nothing where it names no two."""
    match = _BETWEEN.search(fold(question).rstrip("?!. "))
    if match is None:
        return ()
    first, second = (part for part in match.groups() if part is not None)
    return first, second


def sentences(question: str) -> list[str]:
    """Its sentences, those of one word left out; the question itself where it is one."""
    parts = [part.strip() for part in re.split(r"(?<=[?!。？！])\s*|(?<=[.;])\s+|\s--?\s|\n", question)]
    return [part for part in parts if len(part.split()) > 2 or re.search("[\u3400-\u9fff]{3}", part)] or [question]
