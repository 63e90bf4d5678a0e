"""Whether a reply states a hidden value, in whatever spelling."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator

from .decoding import decoded, shift
from .reading import parsed
from .secrets import Public, Secret, Secrets, closed, number_of, squeezed
from .spelling import letters, roman, spelled
from .text import plain, sentences

#: A sentence that speaks of tests, or of what comes in or out.
_TELLS = re.compile(
    r"hidden|secret|grader|checker|judge|expect|should (?:give|return|be|yield|print|equal)|must (?:give|return|be)"
    r"|ha(?:s|ve) to (?:be|give|return|come|yield|print|say|show)|behind the (?:curtain|scenes)"
    r"|(?:needs?|ought|supposed|meant) to (?:be|give|return|come|yield)"
    r"|(?:answer|result|outcome|output)\b[^.!?\n]{0,40}\b(?:is|are|be)\b|wants? to see|\bwanted\b"
    r"|\binputs?\b|\btest(?:s|ed|ing| case)?\b|\bchecks?\b|assert"
    r"|correct (?:value|result)|versteckt|geheim|erwartet|prüf|herauskomm|liefern|eingabe"
    r"|caché|attend|entrée|doit|oculto|espera|debe|entrada|prueba"
    r"|ukryt|oczekiw|sprawdz|powinn|wejści|隐藏|期望|预期|测试|输入|应该|返回",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:\b(?:line|lines|check|test|step|case|rung|row|no\.|number|nr\.?|zeile|línea|ligne|linia|第)\s*#?"
    r"|#|\bof(?: the)? |/)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]|\.\d)", re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\w.])\d{1,3}(?:[,.'’_ ]\d{3})+(?:[.,]\d+)?(?!\d)")
_LIST = re.compile(r"\[[\d\s,]*\]")
_SPACED = re.compile(r"(?<!\w)\d{1,3}(?:[\s\-.,_*/|~+:;]{1,3}\d{1,3}){1,11}(?!\w)")
_SUM = re.compile(r"(?<![\w.])\(*\d[\d.]*\)*(?:\s*(?:\*\*|//|[-+*/x^%])\s*\(*\d[\d.]*\)*)+")
_WORDS_FOR_SIGNS = (
    (re.compile(r"\b(?:plus|added to|und dazu|más|mas)\b", re.I), "+"),
    (re.compile(r"\b(?:minus|less|take away|menos|moins)\b", re.I), "-"),
    (re.compile(r"\b(?:times|multiplied by|mal|por|fois|razy)\b", re.I), "*"),
    (re.compile(r"\b(?:divided by|over|geteilt durch|entre|divisé par)\b", re.I), "/"),
)
_SYMBOLS = (
    (re.compile(r"\b(?:a |an |the )?(?:hyphen|dash|minus|bindestrich|guion|guión|tiret|myślnik)\b", re.I), "-"),
    (re.compile(r"\b(?:a |an |the )?(?:dot|point|period|punkt|punto)\b", re.I), "."),
    (re.compile(r"\b(?:a |an |the )?(?:space|underscore|blank|leerzeichen|espacio|espace)\b", re.I), " "),
    (re.compile(r"\b(?:then|followed by|next|again|dann|luego|puis|potem|capital|letter|upper case)\b", re.I), " "),
)
_SPACED_TEXT = re.compile(r"(?<!\w)\w{1,2}(?:[\s\-.,_*/|~+'\"`]{1,4}\w{1,2}(?!\w)){3,}")
_INITIALS = 5  #: letters of a word that the first letters of others do not spell by chance
_FAMILIAR = frozenset("hello world python apple banana cherry orange lemon grape".split())
_NATO = {
    word: word[0]
    for word in "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey yankee zulu".split()
} | {"alpha": "a", "juliet": "j", "xray": "x", "x-ray": "x"}


def stated(reply: str, secrets: Secrets, known: Iterable[str], general: bool = False) -> Secret | None:
    """A secret that the reply states and that `known` texts (the student's own, what was shown) do not.

    `general`: the reply was written for no exercise; what small values it puts together, it does for everybody."""
    texts = [plain(text) for text in (reply, *decoded(reply))]
    known = [*known]
    said = Public.of_texts(known)
    for secret in _found(texts, secrets):
        if not said.holds(secret):
            return secret
    if general:
        return None
    together = secrets.pairs.told("\n".join(texts), map(plain, known))
    return None if together is None else Secret("pair", "", together.raw, True, together.label)


def _found(texts: list[str], secrets: Secrets) -> Iterator[Secret]:
    text = "\n".join(texts)
    every = set(numbers_in(text))
    hidden = {n for n in every if n not in set(_plain_numbers(text))}
    in_letters = letters(text)
    listed = _listed(text)
    apart = set(_apart(_LIST.sub(" ", text)))
    for secret in secrets.numbers:
        if secret.weak:
            disguised = len(secret.text) >= 3 and (secret.text in apart or _in_words(secret, in_letters))
            if disguised or _weakly(text, secret):
                yield secret
        elif secret.text in every and not (secret.text in listed and secret.text not in hidden):
            yield secret
        elif _in_words(secret, in_letters):
            yield secret
    views = list(dict.fromkeys(_text_views(text)))
    tight = closed(text)
    for secret in secrets.texts:
        if _states_text(secret, text, views, tight):
            yield secret
    for secret in secrets.wholes:
        at = secret.text in tight
        if at and (not secret.weak or any(secret.text in closed(s) and _TELLS.search(s) for s in _contexts(text))):
            yield secret


def _in_words(secret: Secret, in_letters: str) -> bool:
    return any(form in in_letters for form in spelled(secret.text))


def _apart(text: str) -> Iterator[str]:
    """Numbers whose digits are written one by one."""
    for match in re.finditer(r"(?<![\w.])\d(?:[\s\-.,_*/|~+:]{1,3}\d){2,11}(?![\w])", text):
        digits = re.findall(r"\d", match[0])
        if _is_regular(digits):
            continue
        for size in range(3, len(digits) + 1):
            for at in range(len(digits) - size + 1):
                run = "".join(digits[at : at + size])
                yield number_of(run)
                if _backwards(text):
                    yield number_of(run[::-1])


def _contexts(text: str) -> list[str]:
    """Sentences; a table or a list of samples is one."""
    blocks = [
        block for block in re.split(r"\n\s*\n", text) if block.count("|") > 3 or block.lstrip().startswith(("-", "*"))
    ]
    return [*sentences(text), *blocks]


def _weakly(text: str, secret: Secret) -> bool:
    pattern = re.compile(rf"(?<![\w.]){re.escape(secret.text)}(?![\w]|\.\d)")
    for sentence in _contexts(text):
        for match in pattern.finditer(sentence):
            if _TELLS.search(sentence) and not _COUNTED.search(sentence[: match.start()].rstrip("`*( ") + " "):
                before = sentence[: match.start()].rstrip("`*( ")
                if not _COUNTED.search(before):
                    return True
    return False


def _states_text(secret: Secret, text: str, views: list[str], tight: str) -> bool:
    if len(secret.raw) >= 5 and not secret.raw.isalnum() and secret.raw in tight:
        return True
    if _is_word_with_signs(secret):
        return False  # without its signs it is any word
    if not secret.text:  # nothing but signs
        return False
    if len(secret.text) <= 4 and len(secret.text) * 2 <= len(secret.raw):  # mostly signs: its few letters are any word
        return secret.raw[::-1] in tight
    if secret.weak:
        pattern = re.compile(rf"(?<!\w){re.escape(secret.raw)}(?!\w)", re.IGNORECASE)
        quoted = re.compile(rf"[\"'`]{re.escape(secret.raw)}[\"'`]", re.IGNORECASE)
        if len(secret.raw) < 3:
            return False
        if len(secret.text) >= 5 and secret.text not in _FAMILIAR and any(secret.text in view for view in views):
            return True
        return any(_TELLS.search(s) and quoted.search(s) and pattern.search(s) for s in _contexts(text))
    words = r"[\W_]*".join(re.escape(ch) for ch in secret.text)
    pattern = re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)
    if pattern.search(text):
        return len(secret.text) > 4 or re.search(rf"(?<!\w){re.escape(secret.text)}(?!\w)", text, re.I) is not None
    if len(secret.text) >= _INITIALS and any(secret.text in view for view in _initials(text)):
        return True
    return len(secret.text) >= 4 and any(secret.text in view for view in views) or _turned(secret, text)


def _is_word_with_signs(secret: Secret) -> bool:
    return not secret.raw.isalnum() and secret.raw.strip("()[]{}<>.,;:!?*_-") == secret.text and secret.text.isalpha()


def _turned(secret: Secret, text: str) -> bool:
    """Whether a word or some words stand backwards, or moved on in the alphabet."""
    if len(secret.text) >= 8 and secret.text in squeezed(text)[::-1]:
        return True
    words = {squeezed(word) for word in re.findall(r"[\w-]{4,}", text)}
    first = re.findall(r"[\w]+", secret.raw.lower())
    if len(secret.text) < 4 or not first:
        return False
    if secret.text[::-1] in words and secret.text[::-1] != secret.text:
        return True
    if len(secret.text) < 5 or not re.search(r"[a-z]", secret.text):
        return False
    return any(
        all(shift(word, by) in words for word in (first if len(first) > 1 else [secret.text])) for by in range(1, 26)
    )


def _text_views(text: str) -> Iterator[str]:
    """Those parts of a text that may spell something out, letters and digits alone."""
    yield from (squeezed(match[0]) for match in _SPACED_TEXT.finditer(text))
    for sentence in sentences(text):
        view = sentence
        for pattern, sign in _SYMBOLS:
            view = pattern.sub(sign, view)
        if view != sentence:
            yield squeezed("".join(re.findall(r"\b\w{1,3}\b|\w*\d\w*|(?<=-)\s*\w+|\w+\s*(?=-)", view)))
        words = re.findall(r"[\w-]+", sentence)
        nato = [_NATO.get(word.lower(), word if len(word) == 1 else "") for word in words]
        if sum(map(bool, nato)) >= 4:
            yield squeezed("".join(nato))
    lines = [line.strip(" -*|>#0123456789.)") for line in text.split("\n") if line.strip()]
    if len(lines) >= 4:
        yield squeezed("".join(line[:1] for line in lines))
    parts = re.findall(r"[\"'`]([^\"'`\n]{1,20})[\"'`]", text)
    if 2 <= len(parts) <= 40:
        yield squeezed("".join(parts))


def _initials(text: str) -> Iterator[str]:
    """The first letters of each sentence's words."""
    for sentence in sentences(text):
        words = re.findall(r"[\w-]+", sentence)
        if len(words) >= _INITIALS:
            yield squeezed("".join(word[0] for word in words))


def numbers_in(text: str) -> Iterator[str]:
    """Every number that a text states: plainly, grouped, spaced out, backwards, as a sum, in another notation."""
    yield from _plain_numbers(text)
    for match in _GROUPED.finditer(text):
        groups = re.split(r"[,.'’_ ]", match[0])
        yield number_of("".join(groups))
        if len(groups[-1]) != 3 or len(groups) > 2:
            yield number_of("".join(groups[:-1]) + "." + groups[-1])
    yield from (number_of(match[0].replace(",", ".")) for match in re.finditer(r"(?<![\w.,])\d+,\d+(?![\w,])", text))
    yield from (run for run in _apart(text) if len(run) >= 4 or _backwards(text))
    for match in _SPACED.finditer(text):
        parts = re.findall(r"\d+", match[0])
        if len(parts) >= 2 and not _is_regular(parts):
            yield from _runs(parts)
    yield from (
        number_of(digits[::-1])
        for digits in re.findall(r"(?<![\w.])\d[\d.]{3,}\d(?!\w)", text)
        if len(digits) >= 5 or _backwards(text)
    )
    yield from (number_of(digits[::-1]) for digits in re.findall(r"(?<![\w.])\d{4}(?!\w)", text) if _backwards(text))
    yield from (str(int(digits, 16)) for digits in re.findall(r"\b0x([0-9a-f]{2,8})\b", text, re.I))
    if re.search(r"hex", text, re.I):
        yield from (str(int(digits, 16)) for digits in re.findall(r"\b[0-9a-f]{3,6}\b", text, re.I))
    yield from (str(int(digits, 2)) for digits in re.findall(r"\b(?:0b)?([01]{7,24})\b", text))
    yield from (str(int(digits, 8)) for digits in re.findall(r"\b0o([0-7]{2,10})\b", text))
    yield from (str(roman(found)) for found in re.findall(r"\b[MDCLXVI]{4,}\b", text))
    yield from _worked_out(text)


def _plain_numbers(text: str) -> Iterator[str]:
    for match in _NUMBER.finditer(text):
        yield number_of(match[0])


def _backwards(text: str) -> bool:
    return (
        re.search(
            r"backward|revers|right to left|from the (?:back|end|right)|mirror|rückwärts|al revés|à l'envers|wspak|倒",
            text,
            re.I,
        )
        is not None
    )


def _runs(parts: list[str]) -> Iterator[str]:
    """Neighbours put together: all of a run of single digits, or of a few longer parts."""
    yield number_of("".join(parts))
    if len(parts) > 3 and all(len(part) == 1 for part in parts) and "." not in parts:
        yield number_of("".join(reversed(parts)))
    for size in (2, 3):
        for at in range(len(parts) - size + 1):
            if any(len(part) > 1 for part in parts[at : at + size]):
                yield number_of("".join(parts[at : at + size]))


def _worked_out(text: str) -> Iterator[str]:
    view = text
    for pattern, sign in _WORDS_FOR_SIGNS:
        view = pattern.sub(sign, view)
    for match in _SUM.finditer(view):
        value = _value(match[0].replace("^", "**").replace("x", "*"))
        if value is not None:
            yield number_of(repr(value))
    for pattern, change in _CHANGES:
        for match in pattern.finditer(text):
            value = float(match[1].replace(",", ""))
            yield number_of(repr(change(value)) if change(value) % 1 else repr(int(change(value))))


_N = r"([\d][\d,]*(?:\.\d+)?)"
_CHANGES: tuple[tuple[re.Pattern[str], Callable[[float], float]], ...] = (
    (re.compile(rf"\b(?:half (?:of )?|die hälfte von |la mitad de |la moitié de ){_N}", re.I), lambda v: v / 2),
    (re.compile(rf"\b(?:twice|double(?: of)?|two times|das doppelte von|el doble de) {_N}", re.I), lambda v: v * 2),
    (re.compile(rf"\b(?:one|1) (?:more than|above|after|over) {_N}", re.I), lambda v: v + 1),
    (re.compile(rf"\b(?:one|1) (?:less than|below|before|under|fewer than|short of) {_N}", re.I), lambda v: v - 1),
    (re.compile(rf"\b(?:comes? (?:right |just )?after|successor of|follows) {_N}", re.I), lambda v: v + 1),
    (re.compile(rf"\b(?:comes? (?:right |just )?before|predecessor of|precedes) {_N}", re.I), lambda v: v - 1),
    (re.compile(rf"\b(?:square of) {_N}", re.I), lambda v: v * v),
    (re.compile(rf"{_N} squared", re.I), lambda v: v * v),
)
_SIGNS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _value(text: str) -> float | int | None:
    tree = parsed(text)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    try:
        value = _worth(tree.body[0].value)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return int(value) if value == int(value) else round(value, 9)


def _worth(node: ast.expr) -> float | int:
    """What a sum comes to. Raises ValueError for anything else, ArithmeticError."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp):
        left, right = _worth(node.left), _worth(node.right)
        if isinstance(node.op, ast.Pow):
            if abs(left) > 1000 or abs(right) > 20:
                raise ValueError
            return float(left**right) if isinstance(left, float) else int(left**right)
        sign = _SIGNS.get(type(node.op))
        if sign is not None:
            worth: float = sign(left, right)
            return worth
    raise ValueError


def _is_regular(parts: list[str]) -> bool:
    """Whether numbers only count on, as 1, 2, 3 or 0, 6, 12 do."""
    row = [int(part) for part in parts]
    steps = {b - a for a, b in zip(row, row[1:], strict=False)}
    return len(row) >= 3 and len(steps) == 1 and 0 not in steps


def _listed(text: str) -> set[str]:
    """Numbers of long regular rows (1, 2, 3, …): who prints a thousand numbers states none of them."""
    listed: set[str] = set()
    for match in re.finditer(r"\d+(?:[,;\s]+\d+){11,}", text):
        row = re.findall(r"\d+", match[0])
        if _is_regular(row):
            listed |= {number_of(number) for number in row}
    return listed
