"""What the hidden checks of an exercise hold that no student may read, and whether a reply states it."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.course.schema import CodeCell, MarkdownCell
from codegym_jlab.grading.checker.expectation import Expected

from .encoded import decoded, shift
from .extract import plain, sentences
from .run import Place
from .student_code import closed
from .syntax import parsed

#: Numbers that stand in any text about programs.
_WELL_KNOWN = frozenset(
    map(
        int,
        "100 101 111 123 127 128 200 222 255 256 314 333 360 365 366 400 404 444 500 512 555 666 777 888 999 1000 1024 "
        "1234 2048 4096 8192 9999 12345 65535 65536 123456".split(),
    )
)
#: Words that stand in any text, or in anybody's examples.
_COMMON = frozenset(
    "hello world hallo hola test text data item items name names value values list dict word words apple apples banana "
    "cherry orange lemon pear grape mango kiwi fruit foo bar baz spam eggs egg cat dog bird fish lion tiger horse cow "
    "red green blue yellow black white anna alice bob carol dave emma john mary paul peter tom python code abcd abcde "
    "abcdef xyz racecar level noon madam true false none null yes tea coffee milk bread rain snow sun monday tuesday "
    "friday sunday paris london berlin rome error empty string number left right first last high low open closed "
    "north south east west mean sum max min count total price score amount category able about above after again all "
    "also always and another any anything are around ask away back bad because been before begin being below best "
    "better between big both bring but call came can come could day did does doing done down each early end enough "
    "even ever every everything far few find for four from full gave get give given goes going good got great had half "
    "has have having hear help her here him his how into its just keep kept know late less let like little live long "
    "look lot made make many may maybe mine more most much must near need never new next nice nobody nor not nothing "
    "now off often old once one only other our out over own part perhaps place play put quite ran rather read really "
    "round run said same saw say see seem seen shall she should show side since six small some something soon still "
    "stop such take tell ten than that the their them then there these they thing think this those three through time "
    "today together told too took try turn two under until upon use used very walk want was way well went were what "
    "when where which while who whole whose why will wish with within without work would write year yet you "
    "your".split()
)
#: A sentence that speaks of tests, or of what comes in or out.
_TELLS = re.compile(
    r"hidden|secret|grader|checker|judge|expect|assert|behind the (?:curtain|scenes)|wants? to see|\bwanted\b"
    r"|(?:should|must|ha(?:s|ve) to|needs? to|ought to|supposed to|meant to) (?:be|give|return|come|yield|print|equal"
    r"|say|show)|\binputs?\b"
    r"|(?:answer|result|outcome|output|correct value)\b[^.!?\n]{0,40}\b(?:is|are|be)\b|\btest(?:s|ed|ing| case)?\b"
    r"|\bchecks?\b|versteckt|geheim|erwartet|prüf|herauskomm|liefern|eingabe|caché|attend|entrée|doit|oculto|espera"
    r"|debe|entrada|prueba|ukryt|oczekiw|sprawdz|powinn|wejści|隐藏|期望|预期|测试|输入|应该|返回",
    re.IGNORECASE,
)
_BACKWARDS = re.compile(
    r"backward|revers|right to left|from the (?:back|end|right)|mirror|rückwärts|al revés|à l'envers|wspak|倒", re.I
)
#: What stands before a number that only counts: `line 12`, `3 of 12`.
_COUNTED = re.compile(
    r"(?:\b(?:lines?|checks?|test|step|case|rung|row|no\.|number|nr\.?|zeile|línea|ligne|linia|第) ?#?"
    r"|#|\bof(?: the)? |/)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,4})?(?!\w|\.\d)", re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\w.])\d{1,3}(?:[,.'’_ ]\d{3}){1,6}(?:[.,]\d{1,9})?(?!\d)")
_SPACED = re.compile(r"(?<!\w)\d{1,3}(?:[ \-.,_*/|~+:;]{1,3}\d{1,3}){1,11}(?!\w)")
_ROW = re.compile(r"\d{1,9}(?:[,; ]{1,2}\d{1,9}){11,}")
_SUM = re.compile(r"(?<![\w.])\(?\d[\d.]{0,20}\)?(?: ?(?:\*\*|//|[-+*/x^%]) ?\(?\d[\d.]{0,20}\)?){1,12}")
_SPELT = re.compile(r"(?<!\w)\w{1,2}(?:[ \-.,_*/|~+'\"`]{1,4}\w{1,2}(?!\w)){3,40}")
#: Letters of a word that the first letters of others do not spell by chance.
_INITIALS = 5


@dataclass(frozen=True, slots=True)
class Secret:
    """One value. A `weak` one is told only by a sentence that speaks of tests or of what is expected."""

    kind: str  #: number, text, whole
    text: str  #: as `number_of`, `squeezed` or `closed` write it
    raw: str
    weak: bool
    label: str


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


@dataclass(frozen=True, slots=True)
class Public:
    """What is known: what everybody may read, or what a student said or was shown."""

    numbers: frozenset[str]
    squeezed: str
    closed: str

    @classmethod
    def of(cls, texts: Iterable[str]) -> Public:
        """Of these texts."""
        text = "\n".join(texts)
        numbers = {number_of(found) for found in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", text)}
        return cls(frozenset(numbers), squeezed(text), closed(text))

    def holds(self, secret: Secret) -> bool:
        """Whether it is no secret."""
        if secret.kind == "number":
            return secret.text in self.numbers
        if secret.kind == "text":
            return secret.text in self.squeezed if secret.text else secret.raw in self.closed
        return secret.text in self.closed


@lru_cache(maxsize=200)
def secrets_of(place: Place) -> tuple[Secret, ...]:
    """What the hidden checks hold, less what the course shows."""
    public = Public.of(public_texts(place))
    found: dict[tuple[str, str], Secret] = {}
    for check in place.exercise.hidden_checks:
        for secret in _of_check(check, place):
            known = found.get((secret.kind, secret.text))
            if (known is None or known.weak) and not public.holds(secret):
                found[secret.kind, secret.text] = secret
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
    label = check.title
    for name in ("setup", "call", "run", "equals_expr", "code"):
        text = getattr(check, name)
        if text and not (check.random and name in ("call", "run")):
            yield from _of_code(text, label)
    expected = place.expected.get(str(check.id))
    prints = expected.prints if isinstance(expected, Expected) else None
    for text in (check.stdin, check.prints, prints):
        if text:
            yield from _of_text(text, label)
    if isinstance(expected, Expected) and expected.value is not None:
        yield from _of_wire(expected.value, label)
        if len(expected.text) < 400:
            yield from _whole(expected.text, label)


def _of_code(text: str, label: str) -> Iterator[Secret]:
    tree = parsed(text.strip())
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Constant):
            yield from _of_value(node.value, label)
        elif isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.Set)):
            yield from _whole(ast.unparse(node), label)
        elif isinstance(node, ast.BinOp) and isinstance(node.left, (ast.List, ast.BinOp, ast.Constant)):
            whole = ast.unparse(node)
            if len(closed(whole)) >= 9:
                yield Secret("whole", closed(whole), whole, False, label)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            parts = [part for argument in node.args for part in ast.walk(argument)]
            atoms = [part.value for part in parts if isinstance(part, ast.Constant)]
            plainly = not any(isinstance(part, (ast.Name, ast.Call, ast.Attribute, ast.Lambda)) for part in parts)
            if plainly and (len(atoms) >= 3 or not all(map(_is_trivial, atoms))):
                yield Secret("whole", closed(ast.unparse(node)), ast.unparse(node), False, label)


def _is_trivial(value: Any) -> bool:
    if isinstance(value, (bool, type(None))) or value is ...:
        return True
    return abs(value) <= 10 if isinstance(value, (int, float)) else not isinstance(value, str) or len(value) <= 1


def _of_value(value: Any, label: str) -> Iterator[Secret]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _of_number(repr(value), label)
    elif isinstance(value, str):
        yield from _of_text(value, label)


def _of_number(text: str, label: str) -> Iterator[Secret]:
    number = number_of(text)
    digits = number.replace(".", "").strip("0")
    if not re.fullmatch(r"[\d.]+", number) or len(number) > 40:
        return
    if "." in number:
        if len(digits) >= 2:
            yield Secret("number", number, number, len(digits) < 3, label)
        return
    value = int(number)
    weak = value < 100 or value in _WELL_KNOWN or len(digits) == 1 or 1900 <= value <= 2100
    if value > 10:
        yield Secret("number", number, number, weak or (value < 1000 and value % 10 == 0), label)


def _of_text(text: str, label: str) -> Iterator[Secret]:
    lines = [line for line in text.split("\n") if line.strip()]
    for line in dict.fromkeys([text.strip("\n"), *lines]):
        flat = squeezed(line)
        if 3 <= len(line) <= 400:
            is_word = line.isalpha() and (line.islower() or line.istitle() or line.isupper())
            weak = (is_word and (line.lower() in _COMMON or len(line) < 4)) or len(flat) < 3 or len(set(flat)) == 1
            yield Secret("text", flat, closed(line), weak, label)
    for word in re.findall(r"[\w./:-]+", text):
        if len(squeezed(word)) >= 5 and re.search(r"\d", word) and re.search(r"[^\W\d]", word):
            yield Secret("text", squeezed(word), closed(word), False, label)
        elif len(word) >= 7 and "-" in word.strip("-") and word.replace("-", "").isalpha():
            yield Secret("text", squeezed(word), closed(word), False, label)
    for number in _NUMBER.findall(text):
        yield from _of_number(number, label)
    if " " in text.strip():
        for word in re.findall(r"[^\W\d_]{5,}", text):
            yield Secret("text", squeezed(word), closed(word), True, label)


def _whole(text: str, label: str) -> Iterator[Secret]:
    shown = closed(text)
    atoms = re.findall(r'[\w.]+|"[^"]*"', shown)
    if len(atoms) >= 3 and len(set(atoms)) >= 2:
        common = all(re.fullmatch(r'\d{1,2}(\.0|\.5)?|"\w?"|True|False|None', atom) for atom in atoms)
        yield Secret("whole", shown, text, common and len(atoms) < 6, label)


def _of_wire(value: Any, label: str, depth: int = 0) -> Iterator[Secret]:
    """The leaves of a value on the wire."""
    match value:
        case ["int", digits, *_]:
            yield from _of_number(str(digits), label)
        case ["float", str(digits), *_]:
            number = float.fromhex(digits) if "x" in digits else float(digits)
            if abs(number) < 1e15:
                yield from _of_number(repr(number), label)
        case ["str", str(text), *_]:
            yield from _of_text(text, label)
        case ["bool" | "none", *_]:
            return
        case list(parts) if depth < 16:
            for part in parts[:200]:
                yield from _of_wire(part, label, depth + 1)


# -- whether it is stated ------------------------------------------------------------------------------


def stated(reply: str, place: Place, known: Iterable[str]) -> Secret | None:
    """A hidden value that the reply states and that `known` texts (the student's own, what was shown) do not."""
    secrets = secrets_of(place)
    if not secrets:
        return None
    text = "\n".join(plain(one) for one in (reply, *decoded(reply)))
    looked = _Looked(text)
    said: Public | None = None
    for secret in secrets:
        if looked.states(secret):
            said = said or Public.of(known)
            if not said.holds(secret):
                return secret
    return None


class _Looked:
    """A reply in every spelling in which it may state something."""

    def __init__(self, text: str) -> None:
        self._text, self._tight = text, closed(text)
        self._plain = {number_of(found) for found in _NUMBER.findall(text)}
        self._disguised = set(numbers_in(text))
        rows = [re.findall(r"\d+", row) for row in _ROW.findall(text)]
        self._listed = {number_of(one) for row in rows if _is_regular(row) for one in row}
        blocks = [part for part in text.split("\n\n") if part.count("|") > 3 or part.lstrip().startswith(("-", "*"))]
        self._contexts = [*sentences(text), *blocks]
        self._views = set(_text_views(text))
        self._initials = set(_initials(text))
        self._words = {squeezed(word) for word in re.findall(r"[\w-]{4,}", text)}

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
            return number in self._plain and number not in self._listed
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
        if secret.weak:
            if len(text) >= 5 and text not in _COMMON and any(text in view for view in self._views):
                return True
            quoted = re.compile(rf"[\"'`]{re.escape(raw)}[\"'`]", re.IGNORECASE)
            return any(_TELLS.search(one) and quoted.search(one) for one in self._contexts)
        words = r"[\W_]{0,3}".join(map(re.escape, text))
        if re.search(rf"(?<![^\W_]){words if len(text) > 4 else text}(?![^\W_])", self._text, re.IGNORECASE):
            return True
        if len(text) >= _INITIALS and any(text in view for view in self._initials):
            return True
        return (len(text) >= 4 and any(text in view for view in self._views)) or self._is_turned(secret)

    def _is_turned(self, secret: Secret) -> bool:
        """Whether a word or some words stand backwards, or moved on in the alphabet."""
        text, first = secret.text, re.findall(r"\w+", secret.raw.lower())
        if len(text) >= 8 and text[::-1] in squeezed(self._text):
            return True
        if len(text) < 4 or text[::-1] == text:
            return False
        if text[::-1] in self._words:
            return True
        parts = first if len(first) > 1 else [text]
        far = len(text) >= 5 and re.search(r"[a-z]", text) is not None
        return far and any(all(shift(word, by) in self._words for word in parts) for by in range(1, 26))


def _text_views(text: str) -> Iterator[str]:
    """Those parts of a text that may spell something out, letters and digits alone."""
    yield from (squeezed(match[0]) for match in _SPELT.finditer(text))
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
    """Numbers that a text states in another notation: grouped, spaced out, backwards, as a sum, in hexadecimal."""
    for match in _GROUPED.finditer(text):
        groups = re.split(r"[,.'’_ ]", match[0])
        yield number_of("".join(groups))
        if len(groups[-1]) != 3 or len(groups) > 2:
            yield number_of("".join(groups[:-1]) + "." + groups[-1])
    yield from (
        number_of(match[0].replace(",", ".")) for match in re.finditer(r"(?<![\w.,])\d{1,20},\d{1,9}(?![\w,])", text)
    )
    is_backwards = _BACKWARDS.search(text) is not None
    for match in _SPACED.finditer(text):
        parts = re.findall(r"\d+", match[0])
        if not _is_regular(parts):
            yield from _runs(parts, is_backwards)
    for digits in re.findall(r"(?<![\w.])\d[\d.]{2,20}\d(?!\w)", text):
        if len(digits) >= 5 or is_backwards:
            yield number_of(digits[::-1])
    for base, pattern in ((16, r"\b0x([0-9a-f]{2,8})\b"), (2, r"\b(?:0b)?([01]{7,24})\b"), (8, r"\b0o([0-7]{2,10})\b")):
        yield from (str(int(digits, base)) for digits in re.findall(pattern, text, re.IGNORECASE))
    yield from _in_words(text)
    for match in _SUM.finditer(text):
        value = _worked_out(match[0].replace("^", "**").replace("x", "*"))
        if value is not None:
            yield number_of(repr(value))


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
    is_fraction = False
    for word in [*re.findall(r"[a-z]+|[.;:!?]", text.lower()), "."]:
        if word in _WORTH and is_fraction:
            fraction += str(_WORTH[word])
        elif word in _WORTH:
            part += _WORTH[word]
        elif word == "hundred" and not is_fraction:
            part = 100 * max(part, 1)
        elif word in _SIZES and not is_fraction:
            whole, part = whole + _SIZES[word] * max(part, 1), 0
        elif word == "point" and whole + part:
            is_fraction = True
        elif word not in ("and", "a"):
            if whole + part >= 100:
                yield number_of(f"{whole + part}.{fraction}")
            whole, part, fraction, is_fraction = 0, 0, "", False


def _runs(parts: Sequence[str], is_backwards: bool) -> Iterator[str]:
    """Digits that are written one by one, or in a few groups."""
    whole = "".join(parts)
    if len(whole) >= 4 or is_backwards:
        yield number_of(whole)
        yield number_of(whole[::-1])
    if all(len(part) == 1 for part in parts):
        yield from (whole[at : at + size] for size in range(4, len(whole)) for at in range(len(whole) - size + 1))
    elif len(parts) > 2:
        yield from (number_of("".join(parts[at : at + 2])) for at in range(len(parts) - 1))


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _worked_out(text: str) -> float | int | None:
    """What a sum comes to; None for anything else."""
    tree = parsed(text)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    try:
        value = _worth(tree.body[0].value)
        return int(value) if value == int(value) else round(value, 9)
    except (ArithmeticError, ValueError, TypeError):
        return None


def _worth(node: ast.expr) -> Any:
    """The value of numbers and signs between them. Raises ValueError for anything else, ArithmeticError."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp):
        left, right = _worth(node.left), _worth(node.right)
        if isinstance(node.op, ast.Pow) and abs(left) <= 1000 and abs(right) <= 20:
            return left**right
        if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](left, right)
    raise ValueError


def _is_regular(parts: Sequence[str]) -> bool:
    """Whether numbers only count on, as 1, 2, 3 or 0, 6, 12 do: who prints a thousand numbers states none of them."""
    row = [int(part) for part in parts]
    steps = {b - a for a, b in zip(row, row[1:], strict=False)}
    return len(row) >= 3 and len(steps) == 1 and 0 not in steps
