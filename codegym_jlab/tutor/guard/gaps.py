# ruff: noqa: E501  (tables of patterns)
"""Programs with a token left out: filled by what the reply gives away, or by what stands there most often."""

from __future__ import annotations

import builtins
import itertools
import keyword
import re

from .reading import head, parsed

#: What a gap may look like. Three dots alone are Python, so they count within a line only.
_GAP = re.compile(
    r"(?<![A-Za-z0-9_])_{2,}(?![A-Za-z0-9_])|(?<![\w.])\.{3,}(?!\w)|…+|(?<=[\s(\[,=])\?{1,}(?=[\s\]),:(]|$)|<[A-Z_ ]{2,}>|\[\s*\]\s*\?|\{\{?\s*\w*\s*\}?\}(?=\?)|□+|▢+|■+|█+"
    r"|⬚+|\[(?:blank|gap|lücke|hueco|trou|luka|空|fill(?: in)?|missing)\]|<(?:blank|gap|missing|fill)>|/\*\s*\?+\s*\*/|\bXXX+\b|\bTODO\b",
    re.IGNORECASE,
)
_USUAL = (
    "0", "1", "-1", "2", "None", "True", "False", "[]", "{}", '""', "set()", "<", ">", "<=", ">=", "==", "!=", "+", "-", "*", "/",
    "//", "%", "+=", "-=", "*=", "and", "or", "not", "in", "not in", "is", "is not", "max", "min", "sum", "len", "sorted", "range", "append", "return",
    "yield", "break", "continue", "if", "else", "elif", "while", "for", "pop", "get", "items", "values", "keys", "add", "join", "split", "strip", "lower", "upper",
    "int", "str", "float", "list", "dict", "set", "reversed", "enumerate", "zip", "abs", "self", "lambda", "key", "reverse",
    "median", "mean", "sum()", "ascending", "axis", "extend", "isdigit", "isalnum", "count", "index", "startswith", "-", "any", "all",
)  # fmt: skip
_OF_PYTHON = frozenset({*dir(builtins), *dir(str), *dir(list), *dir(dict), *dir(set)}) - {"all", "format", "print"}
_MOST = 240
_MOST_NAMED = 8


def filled(text: str, reply: str, public: str) -> list[str]:
    """`text` with its one gap filled in every likely way; with two or three gaps only by what the reply names."""
    gaps = [match for match in _GAP.finditer(text) if not _is_ellipsis(text, match)]
    if not gaps or len(gaps) > 6:
        return []
    lines = [match for match in gaps if match[0].startswith("_")]
    gaps = lines or gaps
    kinds = list(dict.fromkeys(match[0] for match in gaps))
    named = _named(reply)
    if len(gaps) > 1:
        named = list(dict.fromkeys([*(name for name in named if name in _USUAL), *_builtin_words(reply), *named]))
    found: dict[str, None] = {}
    if len(gaps) == 1 or (len(kinds) == 1 and len(gaps) <= 3):
        words = dict.fromkeys([*named, *_USUAL, *_named_in_text(public), *_names(text)])
        for word in words:
            _try(text, gaps, [word] * len(gaps), found)
    if 2 <= len(gaps) <= 3:
        for words_of in itertools.permutations(named[:12], len(gaps)):
            _try(text, gaps, list(words_of), found)
    return list(found)[:_MOST]


def as_named(line: str, reply: str) -> list[str]:
    """A single line with its one gap filled by each token that the reply names beside it."""
    gaps = [match for match in _GAP.finditer(line) if not _is_ellipsis(line, match)]
    if len(gaps) != 1 or "\n" in line.strip():
        return []
    start, end = gaps[0].span()
    words = [word for word in _named(reply.replace(line, " ")) if word not in line][:_MOST_NAMED]
    return [whole for word in words if head(whole := line[:start] + word + line[end:]) is not None]


def _try(text: str, gaps: list[re.Match[str]], words: list[str], found: dict[str, None]) -> None:
    parts, end = [], 0
    for match, word in zip(gaps, words, strict=True):
        parts += [text[end : match.start()], word]
        end = match.end()
    whole = "".join(parts) + text[end:]
    if len(found) < _MOST and parsed(whole) is not None:
        found[whole] = None


def _is_ellipsis(text: str, match: re.Match[str]) -> bool:
    """Three dots that are all of a line are a body left open; two underscores are part of a name."""
    line_start = text.rfind("\n", 0, match.start()) + 1
    line = text[line_start : text.find("\n", match.end()) if "\n" in text[match.end() :] else len(text)]
    if set(match[0]) == {"."}:
        return line.split("#")[0].strip() == match[0]
    if set(match[0]) == {"_"}:
        around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        return any(ch.isalnum() for ch in around) and match.end() - match.start() == 2
    return False


def _named(reply: str) -> list[str]:
    """Single tokens that a reply names: inline, in quotes, or as words of its prose."""
    prose = re.sub(r"```.*?(?:```|\Z)", " ", reply, flags=re.DOTALL)
    found = dict.fromkeys(re.findall(r"[`\"']([^`\"'\s]{1,24})[`\"']", prose))
    signs = {
        "less than": "<",
        "greater than": ">",
        "at least": ">=",
        "at most": "<=",
        "equal": "==",
        "zero": "0",
        "one": "1",
        "plus": "+",
        "minus": "-",
        "or equal": "<=",
    }
    found.update({sign: None for word, sign in signs.items() if word in prose.lower()})
    found.update(dict.fromkeys(re.findall(r"(?<!\w)\d{1,4}(?!\w)", prose)))
    return list(found)[:60]


def _builtin_words(reply: str) -> list[str]:
    """Words of the prose that are Python's own."""
    prose = re.sub(r"```.*?(?:```|\Z)", " ", reply, flags=re.DOTALL)
    return [word for word in dict.fromkeys(re.findall(r"\b[a-z]{3,12}\b", prose)) if word in _OF_PYTHON][:8]


def _named_in_text(text: str) -> list[str]:
    words = dict.fromkeys(re.findall(r"\b[a-z]{3,12}\b|\b\d{1,4}\b", text.lower()))
    return [word for word in words if not keyword.iskeyword(word)][:90]


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[A-Za-z]\w*", text)))[:40]
