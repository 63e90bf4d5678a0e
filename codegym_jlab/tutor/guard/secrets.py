"""What the hidden checks of an exercise hold that no student may read: their inputs and outcomes, piece by piece."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.course.schema import CodeCell, MarkdownCell
from codegym_jlab.grading.outcomes import Expected

from .pairs import Pairs
from .reading import parsed
from .running import Place

#: Numbers that stand in any text about programs.
_WELL_KNOWN = frozenset(
    {
        100,
        101,
        111,
        123,
        127,
        128,
        200,
        222,
        255,
        256,
        314,
        333,
        360,
        365,
        366,
        400,
        404,
        444,
        500,
        512,
        555,
        666,
        777,
        888,
        999,
        1000,
        1024,
        1234,
        2048,
        4096,
        8192,
        9999,
        12345,
        65535,
        65536,
        123456,
    }
)
_COMMON = frozenset(
    "hello world hallo hola test text data item items name names value values list dict word words apple apples banana "
    "cherry orange lemon pear grape mango kiwi fruit foo bar baz spam eggs egg cat dog bird fish lion tiger horse cow "
    "red green blue yellow black white anna alice bob carol dave emma john mary paul peter tom python code abcd abcde "
    "abcdef xyz racecar level noon madam true false none null yes tea coffee milk bread rain snow sun monday tuesday "
    "friday sunday paris london berlin rome error empty string number left right first last high low open closed "
    "north south east west mean sum max min count total price score amount category "
    # what most English sentences are made of
    "able about above after again all also always and another any anybody anyone anything are around ask away "
    "back bad because been before begin being below best better between big both bring but call came can come "
    "could day did does doing done down each early end enough even ever every everybody everyone everything far "
    "few find for four from full gave get give given goes going gone good got great had half has have having hear "
    "help her here hers him his how into its just keep kept know last late less let like little live long look "
    "lot made make many may maybe mine more most much must near need never new next nice nobody nor not nothing "
    "now off often old once one only other our ours out over own part perhaps place play put quite ran rather "
    "read really round run said same saw say see seem seen shall she should show side since six small some "
    "somebody someone something soon still stop such take tell ten than that the their them then there these they "
    "thing think this those three through time today together told tomorrow too took try turn two under until "
    "upon use used very walk want was way well went were what when where which while who whole whose why will "
    "wish with within without wonder work world would write year yesterday yet you young your".split()
)


@dataclass(frozen=True, slots=True)
class Secret:
    """One value. A `weak` one is told only by a sentence that speaks of tests or of what is expected."""

    kind: str  #: number, text, whole, call, pair
    text: str  #: as `number_of`, `squeezed` or `closed` write it
    raw: str
    weak: bool
    label: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """All of an exercise's."""

    numbers: tuple[Secret, ...]
    texts: tuple[Secret, ...]
    wholes: tuple[Secret, ...]
    pairs: Pairs = field(default_factory=Pairs)


def number_of(text: str | int | float) -> str:
    """A number without sign, leading zeros and a decimal part of nothing."""
    text = str(text).lower().lstrip("+-")
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


def closed(text: str) -> str:
    """Without space, quotes of one kind: how literals are compared."""
    return re.sub(r"\s+", "", text).replace("'", '"').rstrip(",")


def secrets_of(place: Place) -> Secrets:
    """What the hidden checks hold, less what the course shows."""
    public = Public.of(place)
    found: dict[tuple[str, str], Secret] = {}
    for check in place.exercise.hidden_checks:
        for secret in _of_check(check, place):
            if not public.holds(secret):
                known = found.get((secret.kind, secret.text))
                if known is None or known.weak:
                    found[secret.kind, secret.text] = secret
    every = list(found.values())
    return Secrets(
        tuple(secret for secret in every if secret.kind == "number"),
        tuple(secret for secret in every if secret.kind == "text"),
        tuple(secret for secret in every if secret.kind in ("whole", "call")),
        Pairs.of(place, own_texts(place), texts_around(place)),
    )


@dataclass(frozen=True, slots=True)
class Public:
    """What everybody may read: statements, samples, hints."""

    numbers: frozenset[str]
    squeezed: str
    closed: str

    @classmethod
    def of(cls, place: Place) -> Public:
        """Of an exercise and of the given cells of its unit."""
        return cls.of_texts(public_texts(place))

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Public:
        """Of these."""
        text = "\n".join(texts)
        numbers = {number_of(found) for found in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", text)}
        return cls(frozenset(numbers), squeezed(text), closed(text))

    def holds(self, secret: Secret) -> bool:
        """Whether it is no secret."""
        if secret.kind == "number":
            return secret.text in self.numbers
        if secret.kind == "text":
            return bool(secret.text) and secret.text in self.squeezed if secret.text else secret.raw in self.closed
        return secret.text in self.closed


def public_texts(place: Place) -> list[str]:
    """The texts of the course that students see at this exercise."""
    return [*own_texts(place), *texts_around(place)]


def texts_around(place: Place) -> list[str]:
    """What stands beside an exercise in its unit."""
    cells = [cell for cell in place.unit.cells if isinstance(cell, (CodeCell, MarkdownCell))]
    return [cell.code if isinstance(cell, CodeCell) else cell.markdown for cell in cells]


def own_texts(place: Place) -> list[str]:
    """What students see of an exercise itself."""
    exercise = place.exercise
    texts = [exercise.title, exercise.statement, exercise.starter, *exercise.hints]
    texts += [check.title for check in exercise.checks if check.is_hidden]
    texts += [misconception.say for misconception in exercise.misconceptions]
    for check in exercise.sample_checks:
        texts += [
            str(getattr(check, name) or "")
            for name in ("setup", "call", "run", "stdin", "prints", "equals_expr", "label", "code")
        ]
        expected = place.expected.get(str(check.id))
        if isinstance(expected, Expected):
            texts.append(expected.text)
    return texts


def _of_check(check: Check, place: Place) -> Iterator[Secret]:
    label = check.title
    for name in ("setup", "call", "run", "equals_expr", "code"):
        text = getattr(check, name)
        if text and not (check.random and name in ("call", "run")):
            yield from _of_code(text, label)
    for text in (check.stdin, check.prints):
        if text:
            yield from _of_text(text, label)
    expected = place.expected.get(str(check.id))
    if isinstance(expected, Expected):
        if expected.value is not None:
            yield from _of_wire(expected.value, label)
            if len(expected.text) < 400:
                yield from _whole(expected.text, label)
        if expected.prints is not None:
            yield from _of_text(expected.prints, label)


def _of_code(text: str, label: str) -> Iterator[Secret]:
    tree = parsed(text.strip())
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            yield from _of_value(node.value, label)
        elif isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.Set)):
            yield from _whole(ast.unparse(node), label)
        elif isinstance(node, ast.BinOp) and isinstance(node.left, (ast.List, ast.BinOp, ast.Constant)):
            whole = ast.unparse(node)
            if len(closed(whole)) >= 9:
                yield Secret("whole", closed(whole), whole, False, label)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and _is_constant(node):
            atoms = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            if any(not _is_trivial(atom) for atom in atoms) or len(atoms) >= 3:
                yield Secret("call", closed(ast.unparse(node)), ast.unparse(node), False, label)


def _is_constant(node: ast.Call) -> bool:
    return all(
        isinstance(
            part,
            (
                ast.Constant,
                ast.List,
                ast.Tuple,
                ast.Dict,
                ast.Set,
                ast.UnaryOp,
                ast.expr_context,
                ast.unaryop,
                ast.BinOp,
                ast.operator,
            ),
        )
        for argument in node.args
        for part in ast.walk(argument)
    )


def _is_trivial(value: Any) -> bool:
    if isinstance(value, (bool, type(None))) or value is ...:
        return True
    return abs(value) <= 10 if isinstance(value, (int, float)) else not isinstance(value, str) or len(value) <= 1


def _of_value(value: Any, label: str) -> Iterator[Secret]:
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        yield from _of_number(repr(value), label)
    elif isinstance(value, str):
        yield from _of_text(value, label)


def _of_number(text: str, label: str) -> Iterator[Secret]:
    number = number_of(text)
    digits = number.replace(".", "").strip("0")
    if not re.fullmatch(r"[\d.]+", number):
        return
    if "." in number:
        if len(digits) >= 2:
            yield Secret("number", number, number, len(digits) < 3, label)
        return
    value = int(number)
    if value <= 10:
        return
    weak = value < 100 or value in _WELL_KNOWN or len(digits) == 1 or 1900 <= value <= 2100
    weak = weak or (value < 1000 and value % 10 == 0)
    yield Secret("number", number, number, weak, label)


def _of_text(text: str, label: str) -> Iterator[Secret]:
    lines = [line for line in text.split("\n") if line.strip()]
    for line in dict.fromkeys([text.strip("\n"), *lines]):
        flat = squeezed(line)
        if len(line) < 3 or len(line) > 400:
            continue
        is_word = line.isalpha() and (line.islower() or line.istitle() or line.isupper())
        weak = (is_word and (line.lower() in _COMMON or len(line) < 4)) or len(flat) < 3
        if len(set(flat)) == 1 or not flat:
            weak = True
        yield Secret("text", flat, closed(line), weak, label)
    for word in re.findall(r"[\w./:-]*\d[\w./:-]*", text):
        if re.search(r"[^\W\d]", word) and len(squeezed(word)) >= 5:
            yield Secret("text", squeezed(word), closed(word), False, label)
    for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", text):
        yield from _of_number(number, label)
    if " " in text.strip():
        for word in re.findall(r"[^\W\d_]{5,}", text):
            yield Secret("text", squeezed(word), closed(word), True, label)
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)+", text):
        if len(word) >= 7:
            yield Secret("text", squeezed(word), closed(word), False, label)


def _whole(text: str, label: str) -> Iterator[Secret]:
    shown = closed(text)
    atoms = re.findall(r'[\w.]+|"[^"]*"', shown)
    if len(atoms) >= 3 and len(set(atoms)) >= 2:
        plain = all(_is_plain(atom) for atom in atoms)
        yield Secret("whole", shown, text, plain and len(atoms) < 6, label)


def _is_plain(atom: str) -> bool:
    return re.fullmatch(r'\d{1,2}(\.0|\.5)?|"\w?"|True|False|None', atom) is not None


def _of_wire(value: Any, label: str, depth: int = 0) -> Iterator[Secret]:
    """The leaves of a value on the wire."""
    if not isinstance(value, list) or not value or depth > 8:
        return
    match value[0]:
        case "int":
            yield from _of_number(str(value[1]), label)
        case "float":
            try:
                number = float.fromhex(value[1]) if "x" in value[1] else float(value[1])
            except (ValueError, OverflowError):
                return
            if number == number and abs(number) < 1e15:
                yield from _of_number(repr(number), label)
        case "str":
            yield from _of_text(value[1], label)
        case "bool" | "none":
            return
        case _:
            for part in value[1:]:
                yield from _parts(part, label, depth)


def _parts(part: Any, label: str, depth: int) -> Iterator[Secret]:
    if isinstance(part, list):
        if part and isinstance(part[0], str) and len(part) <= 5:
            yield from _of_wire(part, label, depth + 1)
        else:
            for inner in part[:200]:
                yield from _parts(inner, label, depth + 1)
