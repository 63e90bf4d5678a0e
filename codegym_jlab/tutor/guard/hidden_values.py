"""What the hidden checks of an exercise hold that no student may read, and whether a reply states it."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from codegym_jlab.course.checks import Check
from codegym_jlab.course.schema import CodeCell, MarkdownCell
from codegym_jlab.grading.checker.verdict import Expected
from codegym_jlab.records import frozen

from .extract import decoded, plain, sentences, shift
from .run import Place
from .student_code import closed
from .syntax import nodes_of, parsed

#: Words of anybody's examples.
_COMMON = frozenset(
    "hello world test text data item items name names value values word words apple banana cherry orange lemon fruit "
    "python level racecar madam abcde abcdef green black white yellow alice carol error empty string number false "
    "monday tuesday friday sunday paris london berlin count total price score right first after before".split()
)
#: A sentence that speaks of tests, or of what comes in or out.
_TELLS = re.compile(
    r"hidden|secret|grader|checker|judge|expect|assert|\bwanted\b|wants? to see|\binputs?\b"
    r"|(?:should|must|ha(?:s|ve) to|needs? to|supposed to|meant to) (?:be|give|return|yield|print|equal|say|show)"
    r"|(?:answer|result|outcome|output|correct value)\b[^.!?\n]{0,40}\b(?:is|are|be)\b|\btest(?:s|ed|ing| case)?\b"
    r"|\bchecks?\b",
    re.IGNORECASE,
)
_BACKWARDS = re.compile(r"backward|revers|right to left|mirror|from the (?:back|end|right)", re.IGNORECASE)
#: What stands before a number that only counts: `line 12`, `3 of 12`.
_COUNTED = re.compile(
    r"(?:\b(?:lines?|checks?|test|step|case|rung|row|no\.|number) ?#?|#|\bof(?: the)? |/)$", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,4})?(?!\w|\.\d)", re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\w.])\d{1,3}(?:[,.'’_ ]\d{3}){1,6}(?!\d)")
_SPACED = re.compile(r"(?<!\w)\d{1,3}(?:[ \-.,_*/|~+:;]{1,3}\d{1,3}){1,11}(?!\w)")


@frozen
class Secret:
    """One value. A `weak` one is told only by a sentence that speaks of tests or of what is expected."""

    kind: str  #: number, text, whole
    text: str  #: as `number_of`, `squeezed` or `closed` write it
    raw: str
    weak: bool
    label: str = ""  #: of the check that holds it


def number_of(text: str) -> str:
    """A number without sign, leading zeros and a decimal part of nothing."""
    text = text.lower().lstrip("+-")
    if "e" in text:
        try:
            text = format(float(text), "f")
        except (ValueError, OverflowError):
            return text
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def squeezed(text: str) -> str:
    """Letters and digits alone, small."""
    return "".join(ch for ch in text.lower() if ch.isalnum())


# -- what is hidden ----------------------------------------------------------------------------------


class Public:
    """What is known: what everybody may read, or what a student said or was shown."""

    def __init__(self, texts: Iterable[str]) -> None:
        text = "\n".join(texts)
        self._numbers = {number_of(found) for found in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", text)}
        self._squeezed, self._closed = squeezed(text), closed(text)

    def holds(self, secret: Secret) -> bool:
        """Whether it is no secret."""
        if secret.kind == "number":
            return secret.text in self._numbers
        if secret.kind == "text":
            return secret.text in self._squeezed if secret.text else secret.raw in self._closed
        return secret.text in self._closed


@lru_cache(maxsize=200)
def secrets_of(place: Place) -> tuple[Secret, ...]:
    """What the hidden checks hold, less what the course shows."""
    public = Public(public_texts(place))
    found: dict[tuple[str, str], Secret] = {}
    for check in place.exercise.hidden_checks:
        for secret in _of_check(check, place):
            known = found.get((secret.kind, secret.text))
            if (known is None or known.weak) and not public.holds(secret):
                found[secret.kind, secret.text] = replace(secret, label=check.title)
    return tuple(found.values())


def public_texts(place: Place) -> list[str]:
    """The texts of the course that students see at this exercise."""
    exercise = place.exercise
    texts = [exercise.title, exercise.statement, exercise.starter, *exercise.hints]
    texts += [check.title for check in exercise.checks if check.is_hidden]
    texts += [misconception.say for misconception in exercise.misconceptions]
    names = ("setup", "call", "run", "stdin", "prints", "equals_expr", "label", "code")
    for check in exercise.sample_checks:
        expected = place.expected.get(str(check.id))
        texts += [str(getattr(check, name) or "") for name in names]
        texts += [expected.text] if isinstance(expected, Expected) else []
    texts += [cell.code for cell in place.unit.cells if isinstance(cell, CodeCell)]
    return texts + [cell.markdown for cell in place.unit.cells if isinstance(cell, MarkdownCell)]


def _of_check(check: Check, place: Place) -> Iterator[Secret]:
    for _, code in check.texts("setup call run equals_expr code"):
        yield from _of_code(code)
    expected = place.expected.get(str(check.id))
    prints = expected.prints if isinstance(expected, Expected) else None
    for text in (check.stdin, check.prints, prints):
        if text:
            yield from _of_text(text)
    if isinstance(expected, Expected) and expected.value is not None:
        known = _of_code if parsed(expected.text) is not None else _of_text  # a table is no Python
        yield from known(expected.text)


def _of_code(text: str) -> Iterator[Secret]:
    for node in nodes_of(text.strip(), ast.AST):
        match node:
            case ast.Constant(str(value)):
                yield from _of_text(value)
            case ast.Constant(value) if type(value) in (int, float):
                yield from _of_number(repr(value))
            case ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
                yield from _whole(ast.unparse(node))
            case ast.BinOp(ast.List() | ast.BinOp() | ast.Constant()):
                whole = ast.unparse(node)
                if len(closed(whole)) >= 9:
                    yield Secret("whole", closed(whole), whole, False)
            case ast.Call(ast.Name(), arguments):
                parts = [part for argument in arguments for part in ast.walk(argument)]
                atoms = [part for part in parts if isinstance(part, ast.Constant)]
                plainly = not any(isinstance(part, (ast.Name, ast.Call, ast.Attribute, ast.Lambda)) for part in parts)
                if plainly and len(atoms) >= 3:
                    yield Secret("whole", closed(ast.unparse(node)), ast.unparse(node), False)


def _of_number(text: str) -> Iterator[Secret]:
    number = number_of(text)
    digits = number.replace(".", "").strip("0")
    if not re.fullmatch(r"[\d.]+", number) or len(number) > 40:
        return
    if "." in number:
        if len(digits) >= 2:
            yield Secret("number", number, number, len(digits) < 3)
        return
    value = int(number)
    weak = value < 100 or len(digits) == 1 or 1900 <= value <= 2100
    if value > 10:
        yield Secret("number", number, number, weak or (value < 1000 and value % 10 == 0))


def _of_text(text: str) -> Iterator[Secret]:
    lines = [line for line in text.split("\n") if line.strip()]
    for line in dict.fromkeys([text.strip("\n"), *lines]):
        flat = squeezed(line)
        if 3 <= len(line) <= 400:
            is_word = line.isalpha() and (line.islower() or line.istitle() or line.isupper())
            weak = (is_word and (line.lower() in _COMMON or len(line) < 5)) or len(flat) < 3 or len(set(flat)) == 1
            yield Secret("text", flat, closed(line), weak)
    for number in _NUMBER.findall(text):
        yield from _of_number(number)
    if " " in text.strip():
        for word in re.findall(r"[^\W\d_]{5,}", text):
            yield Secret("text", squeezed(word), closed(word), True)


def _whole(text: str) -> Iterator[Secret]:
    shown = closed(text)
    atoms = re.findall(r'[\w.]+|"[^"]*"', shown)
    if len(atoms) >= 3 and len(set(atoms)) >= 2:
        common = all(re.fullmatch(r'\d{1,2}(\.0|\.5)?|"\w?"|True|False|None', atom) for atom in atoms)
        yield Secret("whole", shown, text, common and len(atoms) < 6)


# -- whether it is stated ------------------------------------------------------------------------------


def stated(reply: str, place: Place, known: Iterable[str]) -> Secret | None:
    """A hidden value that the reply states and that `known` texts (the student's own, what was shown) do not."""
    looked = _Looked("\n".join(plain(one) for one in (reply, *decoded(reply))))
    said = Public(known)
    return next((one for one in secrets_of(place) if looked.states(one) and not said.holds(one)), None)


class _Looked:
    """A reply in every spelling in which it may state something."""

    def __init__(self, text: str) -> None:
        self._text, self._tight = text, closed(text)
        self._plain = {number_of(found) for found in _NUMBER.findall(text)}
        self._disguised = set(numbers_in(text))
        self._contexts = sentences(text)

    def states(self, secret: Secret) -> bool:
        """Whether it does."""
        match secret.kind:
            case "number":
                return self._states_number(secret)
            case "text":
                return self._states_text(secret)
        return secret.text in self._tight and (not secret.weak or self._is_told_by(secret.text))

    def _is_told_by(self, tight: str) -> bool:
        return any(tight in closed(one) and _TELLS.search(one) for one in self._contexts)

    def _states_number(self, secret: Secret) -> bool:
        number = secret.text
        if number in self._disguised and (not secret.weak or len(number) >= 3):
            return True
        if not secret.weak:
            return number in self._plain
        return number in self._plain and any(
            _TELLS.search(sentence) and not _COUNTED.search(sentence[: match.start()].rstrip("`*( "))
            for sentence in self._contexts
            for match in _NUMBER.finditer(sentence)
            if number_of(match[0]) == number
        )

    def _states_text(self, secret: Secret) -> bool:
        text, raw = secret.text, secret.raw
        if len(raw) >= 5 and not raw.isalnum() and raw in self._tight:
            return True
        bare = raw.strip("()[]{}<>.,;:!?*_-") == text and text.isalpha() and raw != text
        if bare or len(text) < 3 or (len(text) <= 4 and len(text) * 2 <= len(raw)):
            return False  # without its signs it is any word
        if len(text) > 4 and re.search(r"[\W_]{1,3}".join(map(re.escape, text)), self._text, re.IGNORECASE):
            return True  # spelt out
        if secret.weak:
            quoted = re.compile(rf"[\"'`]{re.escape(raw)}[\"'`]", re.IGNORECASE)
            return any(_TELLS.search(one) and quoted.search(one) for one in self._contexts)
        words = r"[\W_]{0,3}".join(map(re.escape, text))
        if re.search(rf"(?<![^\W_]){words if len(text) > 4 else text}(?![^\W_])", self._text, re.IGNORECASE):
            return True
        turned = {text[::-1], shift(text, 13)} - {text} if len(text) > 4 else ()
        return any(re.search(rf"\b{re.escape(one)}\b", self._text, re.IGNORECASE) for one in turned)


def numbers_in(text: str) -> Iterator[str]:
    """Numbers that a text states in another notation: grouped, with a comma, spaced out, backwards, in words."""
    yield from (number_of(re.sub(r"[,.'’_ ]", "", match[0])) for match in _GROUPED.finditer(text))
    yield from (
        number_of(found.replace(",", ".")) for found in re.findall(r"(?<![\w.,])\d{1,20},\d{1,9}(?![\w,])", text)
    )
    is_backwards = _BACKWARDS.search(text) is not None
    for match in _SPACED.finditer(text):
        parts = re.findall(r"\d+", match[0])
        whole = "".join(parts)
        if len(whole) >= 4 or is_backwards:
            yield from (number_of(whole), number_of(whole[::-1]))
    if is_backwards:
        yield from (number_of(found[::-1]) for found in _NUMBER.findall(text))
    yield from _in_words(text)


_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORTH = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SIZES = {"thousand": 1000, "million": 10**6}


def _in_words(text: str) -> Iterator[str]:
    """Numbers in English words, where they are more than a hundred."""
    whole, part, fraction = 0, 0, ""
    for word in [*re.findall(r"[a-z]+|[.;:!?]", text.lower()), "."]:
        if word in _WORTH and fraction:
            fraction += str(_WORTH[word])
        elif word in _WORTH:
            part += _WORTH[word]
        elif word == "hundred":
            part = 100 * max(part, 1)
        elif word in _SIZES:
            whole, part = whole + _SIZES[word] * max(part, 1), 0
        elif word == "point":
            fraction = "."
        elif word not in ("and", "a"):
            if whole + part >= 100:
                yield number_of(f"{whole + part}{fraction}")
            whole, part, fraction = 0, 0, ""
