"""What a question asks of a topic: a comparison, another example, an error, a reason; and the name that it is about."""

from __future__ import annotations

import re

from ..text import fold

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
    r"(?:between|zwischen|entre|miedzy) (?P<a>.{1,40}?) (?:and|und|y|et|a|i|with) (?P<b>.+)"
    r"|(?P<c>.{1,40}?) (?:vs\.?|versus|or|instead of|rather than|better than|oder|statt|en lugar de|en vez de|ou"
    r"|au lieu de|albo|(?<=\w )czy|zamiast) (?P<d>.+)|(?P<e>.{1,40}?) ?(?:和|与|跟|还是) ?(?P<f>.+)"
    r"|(?P<g>.{1,40}?) (?:and|und|y|et|i) (?P<h>.+)"
)
#: the name that a question asks about, where it does so in so many words
_NAMED = re.compile(
    r"\b(?:what|how) (?:does|do|did|would) (?:the )?(?:\w{1,30} )??`?([\w.]{1,60})`?(?:\(\))?"
    r" (?:do|work|return|give|mean)\b"
    r"|\bwhat(?:'?s| is) (?:the )?`?([\w.]{1,60})`?(?:\(\))? (?:good )?for\b"
    r"|\bque (?:hace|devuelve) `?([\w.]{1,60})|\bwas (?:macht|tut|liefert) `?([\w.]{1,60})"
    r"|\bque (?:fait|renvoie) `?([\w.]{1,60})"
    r"|\bco (?:robi|zwraca) `?([\w.]{1,60})|`?([a-z_.]{1,60})`?(?:\(\))? ?(?:是做什么|有什么用|怎么用|做什么|返回什么)"
)
#: the name of which an example is wanted
_EXAMPLE_OF = re.compile(
    r"\bexamples? (?:of|for|with|using|about) (?:how )?(?:an? |the )?`?([\w.]+)`?(?:\(\))?[ ,]*"
    r"(?:[.?!]|$|\b(?:on|with|but|please|works?)\b)"
    r"|\bshow (?:me |us )?(?:how )?`?([\w.]+)`?(?:\(\))? (?:works?|on|with|again)\b"
)
#: a keyword where only a noun can stand, and one in a question that is not in English
_KEYWORD = re.compile(r"\b(an?|the) (for|else|while|with|as)\b(?![- ]?(?:loop|statement|block))", re.I)
_FOREIGN = re.compile(
    r"(?<![\w.`])()(for|if|else|elif|while|with|try|except|return|import|lambda|yield|raise|def)(?![\w`])"
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


def last_sentence(question: str) -> str:
    """Its last sentence of more than two words, which is mostly what is asked; the question itself where it is one."""
    parts = [part.strip() for part in re.split(r"(?<=[?!。？！])\s*|(?<=[.;])\s+|\s--?\s|\n", question)]
    long = [part for part in parts if len(part.split()) > 2 or re.search("[\u3400-\u9fff]{3}", part)]
    return long[-1] if long else question


def named(question: str) -> str:
    """The name that a question asks about in so many words, folded; empty where there is none."""
    found = _NAMED.search(fold(question)) or _EXAMPLE_OF.search(fold(question))
    return next(part for part in found.groups() if part is not None).strip("`.") if found else ""


def ticked(question: str, language: str) -> str:
    """The question with backticks round keywords: where only a noun can stand, and in one that is not in English."""
    return (_KEYWORD if language.startswith("en") else _FOREIGN).sub(r"\1 `\2`", question)
