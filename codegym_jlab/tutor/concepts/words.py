"""Questions and names as tokens: lower case, no accents, light stems, code kept apart from words, Chinese in pairs.

The words are those of `words.toml`; a plain word becomes what it means: `glue` is `~join`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from codegym_jlab.files import table_beside

from ...records import Json
from ..patterns import fold

_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]+"  # Chinese and its neighbours
    r"|\\[a-z](?![a-z])"  # a backslash and its letter
    r"|(?P<dot>\.)?(?P<path>[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)(?P<call>\s?\()?(?P<named>=(?![=\s]))?"
    r"|(?P<at>(?<=[\]\"'\w])\[-?\d+\])"
    r"|#(?!\w)|\*\*|//|==|!=|<=|>=|:=|->|\+=|-=|\[:,|\[::?-?1?\]|\[\]|\{\}|\(\)|[%*@<>=]|\d+(?:\.\d+)?"
)
_LONE = re.compile(r"(?<![^\s`'\"(])[-+/&|:;,!^\\]{1,2}(?![^\s`'\")?.])")  #: a sign that stands alone, as in `a + b`
#: Words of Python that say nothing elsewhere: "a for loop", "the try".
_WORD = re.compile(
    r"\b(?:for|while)(?=[ -]loop)|(?:(?<=\bthe )|(?<=\ban )|(?<=\ba ))(?:try|if|else|for|while|with)\b", re.I
)
_CJK = re.compile("[\u3400-\u9fff]")
#: 0.30000000000000004 and 2.6799999999999997, as floats come out
_ROUNDED_OFF = re.compile(r"\d[.,]\d{0,20}?(?:0{6,20}[1-9]|9{6,20})\d*")
#: keywords that are no words of a question otherwise
_KEYWORDS = frozenset("finally except elif lambda yield nonlocal async await assert raise".split())
_READ: Json = table_beside(__file__, "words.toml")
#: other forms of a word
_FORMS = {form: word for word, forms in _READ["forms"].items() for form in forms.split(", ")}
#: words that say nothing about a topic
EMPTY = frozenset(_READ["empty"].split())


def tokens(text: str) -> list[str]:
    """Stems in order, meanings such as `~join`; beside a name in code its code token: `` `get` `` for `.get(`."""
    words = _words()
    folded = _ROUNDED_OFF.sub(" roundoff ", fold(text))
    folded = words.sign.sub(lambda name: f" {words.signs[(name.lastindex or 1) - 1]} ", folded)
    found: list[str] = []
    for number, part in enumerate(re.split(r"`([^`\n]+)`", folded)):
        found += _scanned(part, is_code=number % 2 == 1)
    return words.meant(found, folded)


def is_empty(token: str) -> bool:
    """Whether a token says nothing about a topic."""
    return token in _words().empty


def words_in(text: str) -> set[str]:
    """The words, names and numbers of a text as they are written."""
    return set(re.findall(r"\w+", text))


def is_empty_word(word: str) -> bool:
    """The same of a word as it was written."""
    return is_empty(stem(fold(word)))


def saying(text: str) -> set[str]:
    """The words of a text, as they are written, that say something about a topic."""
    return {word for word in words_in(text) if not is_empty_word(word)}


def telling(text: str) -> set[str]:
    """What a text says of a topic."""
    return {token for token in tokens(text) if not is_empty(token)}


@lru_cache(maxsize=4096)
def ideas(text: str) -> tuple[frozenset[str], ...]:
    """The words of a text that say something, each with its stem, what it means, and as code; lone signs, too."""
    found: list[set[str]] = []
    for one in tokens(text):
        if one[0] in "~`" and found:
            found[-1].add(one)
        else:
            found.append({one})
    found += [{one} for one in _LONE.findall(text)] + [{f"`{one.lower()}`"} for one in _WORD.findall(text)]
    told = (frozenset(part for part in one if not is_empty(part)) for one in found)
    return tuple(one for one in dict.fromkeys(told) if one)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without the commonest English endings, other forms as one; names in code are left alone."""
    word = _FORMS.get(word, word)
    if len(word) < 4 or "_" in word or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _scanned(text: str, is_code: bool) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        path = match["path"]
        if path is None:
            whole = "[i]" if match["at"] else match[0]
            pairs = [whole[at : at + 2] for at in range(len(whole) - 1)]
            yield from pairs if pairs and "\u3040" <= whole[0] <= "\u9fff" else [whole]
            continue
        parts = path.split(".")
        yield from map(stem, parts)
        if is_code or path in _KEYWORDS or match["dot"] or len(parts) > 1 or match["call"] or "_" in path:
            yield f"`{parts[-1]}`"
        if match["named"]:
            yield f"`{parts[-1]}=`"
        if len(parts) > 1:
            yield f"`{path}`"


_Phrase = tuple[tuple[str, ...], str, bool]


class _Words:
    """What `words.toml` says, ready for use."""

    def __init__(self) -> None:
        self.signs = list(_READ["signs"])
        self.sign = re.compile("|".join(f"({'|'.join(names)})" for names in _READ["signs"].values()))
        self.empty = frozenset(stem(fold(word)) for word in EMPTY)
        self._phrases: dict[str, list[_Phrase]] = defaultdict(list)
        self._heads: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._cjk: list[tuple[str, str]] = []
        for word, others in _READ["same"].items():
            self._take(others, stem(word), False)
        for meaning, words in (_READ["doing"] | _READ["things"]).items():
            self._take(words["terms"], f"~{meaning}", True)
            self._take(words["plain"], f"~{meaning}", False)
        for phrases in self._phrases.values():
            phrases.sort(key=lambda one: -len(one[0]))

    def _take(self, listed: str, meaning: str, is_term: bool) -> None:
        for phrase in " ".join(listed.split()).split(", "):
            if _CJK.match(phrase):
                self._cjk.append((phrase, meaning))
            elif phrase.endswith("*") and " " not in phrase:
                self._heads[phrase[:3]].append((phrase[:-1], meaning))
            else:
                words = tuple(map(stem, phrase.replace("*", "").split()))
                self._phrases[words[0]].append((words, meaning, is_term))

    def meant(self, stems: Sequence[str], text: str) -> list[str]:
        """`stems` with meanings in place of plain words, and beside terms; those of Chinese in `text` at the end."""
        found: list[str] = []
        at = 0
        while at < len(stems):
            token, phrases = stems[at], self._phrases.get(stems[at], ())
            match = next((one for one in phrases if tuple(stems[at : at + len(one[0])]) == one[0]), None)
            if match is None:
                heads = [meaning for head, meaning in self._heads.get(token[:3], ()) if token.startswith(head)]
                found += heads if heads and not heads[0].startswith("~") else (token, *heads)
                at += 1
                continue
            words, meaning, is_term = match
            found += (token, meaning) if is_term else (meaning,)
            at += len(words)
        if _CJK.search(text):
            found += (meaning for sign, meaning in self._cjk if sign in text)
        return found


@cache
def _words() -> _Words:
    return _Words()
