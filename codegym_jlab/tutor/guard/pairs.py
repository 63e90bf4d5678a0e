# ruff: noqa: E501  (tables of patterns)
"""What hidden checks give to a function and what must come of it, and whether a reply tells both.

Small values stand in any text; an input beside the outcome that belongs to it stands in no innocent one, so these
count where the values alone would not.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.outcomes import Expected

from .reading import parsed
from .running import Place
from .saying import EMPTY, ERROR, SMALL, Said, atoms, is_number, run_of, said_in, words_of
from .text import sentences

_MOST_ATOMS = 24  #: of one value
_MOST_PAIRS = 120
#: So many values in a row are nobody's own example.
_ROW = 3

#: A sentence about what nobody may see.
SECRET = re.compile(
    r"hidden|secret|grader|grading|checker|\bjudge|examin(?:er|ation)|\bmarker\b|autograd|behind the (?:curtain|scenes)|unseen"
    r"|private (?:test|check)|versteckt|geheim|verdeckt|unsichtbar|caché|ocult|secreto|secreta|ukryt|tajn|niewidoczn|sprawdzark"
    r"|隐藏|秘密|看不见|评测|判题",
    re.IGNORECASE,
)
#: A sentence about tests, or about what they want.
_TESTS = re.compile(
    r"\btests?\b|\bchecks?\b|\bexpect|\bassert|\bthey (?:call|feed|use|pass|try|give|ask|want|put)|\bwants?\b|\bwanted\b|look(?:s|ing) for"
    r"|\basks? for|erwart|\bprüf|testet|testfall|prueba|\bespera|comprueb|attend|vérifi|épreuve|oczekuj|sprawdza"
    r"|\bthe (?:one|call|case|input|situation) (?:that|which|where)\b[^.!?\n]{0,20}\b(?:fails?|breaks?|goes wrong)"
    r"|(?:still|is|are|stays?|left) (?:red|failing)\b|not (?:yet |quite )?green|der Fall, (?:der|an dem)|noch rot|que (?:aún )?falla"
    r"|qui échoue|który nie przechodzi|没通过|没有通过"
    r"|期望|预期|测试|检查",
    re.IGNORECASE,
)
#: What must come of something, and so is no example of the reader's own.
_SHOULD = re.compile(
    r"\b(?:should|ought to|must|has to|have to|needs? to|is supposed to|is meant to|are meant to)\b|\b(?:soll(?:te)?n?|muss|müss(?:en|te|ten))\b"
    r"|\b(?:tienen?|debe|debería|habría|hay) (?:que )?|\b(?:il faut|doi(?:t|vent)|devrai\w*)\b|\b(?:ma(?:ją)?|musi|powin\w+)\b|应该?|必须|得到",
    re.IGNORECASE,
)
_ORDERS = re.compile(r"^\W*(?:check|test)\b", re.IGNORECASE)  #: to the reader
_GIVES = re.compile(
    r"=>?|->|\b(?:gives?|returns?|yields?|is|are|becomes?|should|must|has to|makes?|gets?|come|comes|result|answer|output|for|from)\b|\|"
    r"|ergibt|liefert|ist|soll|muss|devuelve|\bes\b|debe|da\b|donne|renvoie|doit|zwraca|daje|powin|返回|得到|应|是",
    re.IGNORECASE,
)
#: A sentence that says what the one before it was.
_POINTS = re.compile(
    r"\W*(?:that|this|these|those|it|they|das|dies\w*|es[aeo]|est[aeo]s?|c'est|ce|ces|cela|to|te)\b|这|那",
    re.IGNORECASE,
)
_UNKNOWN: Any = object()
_QUESTION = re.compile(r"[?？]\W*$")


@dataclass(frozen=True, slots=True)
class Pair:
    """One hidden call: `given`, the atoms of each argument, and those of what must come of it."""

    given: tuple[tuple[str, ...], ...]
    comes: tuple[str, ...]
    raw: str
    label: str

    @property
    def whole(self) -> list[tuple[str, ...]]:
        """Input and outcome."""
        return [*self.given, self.comes]

    @property
    def input(self) -> list[str]:
        """All that goes in."""
        return [one for values in self.given for one in values]

    @property
    def size(self) -> int:
        """How many values it is made of."""
        return len(self.input) + len(self.comes)


@dataclass(frozen=True, slots=True)
class Row:
    """Some values in a row that a hidden check holds."""

    atoms: tuple[str, ...]
    raw: str
    label: str


@dataclass(frozen=True)
class Pairs:
    """All of an exercise's, less what the course shows."""

    pairs: tuple[Pair, ...] = ()
    rows: tuple[Row, ...] = ()
    shown: frozenset[str] = field(default_factory=frozenset)  #: atoms of the course's own texts
    words: re.Pattern[str] | None = None

    @classmethod
    def of(cls, place: Place, own: Sequence[str], around: Sequence[str]) -> Pairs:
        """Those of the hidden checks. `own`: the exercise's texts that everybody reads; `around`: its unit's."""
        samples = {
            (pair.given, pair.comes) for check in place.exercise.sample_checks for pair in _of_check(check, place)
        }
        found = [pair for check in place.exercise.hidden_checks for pair in _of_check(check, place)]
        found = [pair for pair in dict.fromkeys(found) if (pair.given, pair.comes) not in samples][:_MOST_PAIRS]
        words = words_of(
            one[1:] for pair in found for part in (*pair.given, pair.comes) for one in part if one[:1] == '"'
        )
        views = [View(text, words) for text in own]
        kept = tuple(pair for pair in found if not any(view.is_plainly(pair) for view in views))
        rows = dict.fromkeys(row for pair in found for row in _rows(pair))
        hidden = tuple(row for row in rows if not any(view.has_row(row.atoms) for view in views))
        shown = frozenset(one.atom for text in (*own, *around) for one in said_in(text, words))
        return cls(kept, hidden, shown, words)

    def told(self, reply: str, known: Iterable[str]) -> Pair | Row | None:
        """The first that a reply tells and that the `known` texts do not."""
        if not self.pairs and not self.rows:
            return None
        view = View(reply, self.words)
        own: list[View] | None = None
        for one in view.told(self):
            own = own if own is not None else [View(text, self.words) for text in known]
            if isinstance(one, Row):
                if not any(each.has_row(one.atoms) for each in own):
                    return one
            elif not any(each.holds(one) for each in own):
                return one
        return None

    def worth(self, values: Iterable[str]) -> float:
        """How much values tell by themselves: 1 for one that few texts have and the course's own do not."""
        return sum(map(self._worth, set(values)))

    def _worth(self, one: str) -> float:
        if one in self.shown or one in (EMPTY, ERROR, "True", "False", "None"):
            return 0.0
        if is_number(one):
            return 1.0 if float(one) > SMALL or "." in one else 0.2
        return min(1.0, (len(one) - 1) / 4)


class View:
    """A text with the values that it says, looked at a sentence, or two, at a time."""

    def __init__(self, text: str, words: re.Pattern[str] | None) -> None:
        parts = sentences(text)
        self._parts = [_Part(part, said_in(part, words), _speaks_of(parts, at)) for at, part in enumerate(parts)]
        self._is_secret = SECRET.search(text) is not None

    @property
    def said(self) -> list[Said]:
        """All of them."""
        return [one for part in self._parts for one in part.said]

    def has_row(self, row: Sequence[str]) -> bool:
        """Whether the values stand there one after the other."""
        return any(part.has([row]) for part in self._parts)

    def holds(self, pair: Pair) -> bool:
        """Whether some sentence, or two, have input and outcome."""
        return any(part.has(pair.whole) for part in self._windows())

    def is_plainly(self, pair: Pair) -> bool:
        """Whether one says the pair and no other value."""
        return any(len(part.said) <= pair.size and part.has(pair.whole) for part in self._parts)

    def told(self, pairs: Pairs) -> Iterator[Pair | Row]:
        """What its sentences tell."""
        for row in pairs.rows:
            telling = len(row.atoms) > _ROW or pairs.worth(row.atoms) >= 1
            if any(part.has([row.atoms]) and (telling or part.is_about_tests) for part in self._parts):
                yield row
        several: list[Pair] = []
        for part in self._windows():
            for pair in pairs.pairs:
                if len(part.said) <= 2 * pair.size + 2 and part.has(pair.whole):
                    says = [one for values in pair.whole for one in values]
                    if (
                        part.is_about_tests
                        or (pairs.worth(pair.input) >= 1 and _GIVES.search(part.text))
                        or (pairs.worth(says) >= 1 and _SHOULD.search(part.text))
                    ):
                        yield pair
                    elif pair not in several:
                        several.append(pair)
                elif part.is_about_tests and _tells_half(pair, pairs, part):
                    yield pair
        if self._is_secret and len(several) > 1:
            yield several[0]

    def _windows(self) -> Iterator[_Part]:
        """Each sentence, and each with the next."""
        yield from self._parts
        for one, other in zip(self._parts, self._parts[1:], strict=False):
            if one.said and other.said:
                shift = len(one.text) + 1
                moved = [Said(each.start + shift, each.end + shift, each.atom) for each in other.said]
                about = f"{one.about}\n{other.about}"
                yield _Part(f"{one.text} {other.text}", [*one.said, *moved], about)


def _speaks_of(parts: Sequence[str], at: int) -> str:
    """A sentence with what says what it is about: the head of its table, what announces it, what points back to it."""
    before, found, after = parts[at - 1] if at else "", [parts[at]], parts[at + 1] if at + 1 < len(parts) else ""
    if parts[at].lstrip().startswith("|"):
        head = at
        while head and parts[head - 1].lstrip().startswith("|"):
            head -= 1
        found += [parts[head], *parts[head - 1 : head]]
    elif before.rstrip().endswith((":", "：")):
        found.append(before)
    if _POINTS.match(after):
        found.append(after)
    return "\n".join(reversed(found))


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence or two. `about`: the same with what says what it speaks of."""

    text: str
    said: Sequence[Said]
    about: str

    @property
    def is_about_tests(self) -> bool:
        """Whether it speaks of what nobody may see, or says what tests want."""
        if SECRET.search(self.about):
            return True
        return _TESTS.search(_ORDERS.sub("", self.about)) is not None and not _QUESTION.search(self.text)

    def has(self, wanted: Iterable[Sequence[str]]) -> bool:
        """Whether it says all of these, each in a place of its own."""
        left = list(self.said)
        for values in sorted(wanted, key=len, reverse=True):
            place = run_of(values, left, self.text)
            if place is None:
                return False
            left = [one for one in left if one.end <= place[0] or one.start >= place[1]]
        return True


def _tells_half(pair: Pair, pairs: Pairs, part: _Part) -> bool:
    """Whether the input alone is said, or the outcome, and tells something."""
    return any(
        pairs.worth(one for values in half for one in values) >= 1 and part.has(half)
        for half in (pair.given, [pair.comes])
    )


def _rows(pair: Pair) -> Iterator[Row]:
    """Its lists of numbers and texts that are no mere 1, 2, 3."""
    names = [tuple(one for one in values if not is_number(one)) for values in pair.whole]
    for values in dict.fromkeys([*pair.whole, *names]):
        numbers = [float(one) for one in values if is_number(one)]
        steps = {b - a for a, b in zip(numbers, numbers[1:], strict=False)}
        regular = len(numbers) == len(values) and len(steps) == 1
        if len(values) >= _ROW and len(set(values)) > 1 and not regular:
            yield Row(values, pair.raw, pair.label)


def _of_check(check: Check, place: Place) -> Iterator[Pair]:
    """What a check's call gives, part by part where it makes a list of several."""
    expected = place.expected.get(str(check.id))
    if not isinstance(expected, Expected) or check.random or not (check.call or check.run):
        return
    tree = parsed((check.call or check.run or "").strip())
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return
    node = tree.body[0].value
    calls = list(_calls(node, _set_up(check.setup)))
    for call, outcome in zip(calls, _outcomes(expected, node, len(calls)), strict=False):
        given = tuple(atoms(value) for value in call)
        if (
            given
            and all(given)
            and outcome not in ((), ("None",))
            and sum(map(len, given)) + len(outcome) <= _MOST_ATOMS
        ):
            yield Pair(given, outcome, ", ".join(map(repr, call)), check.title)


def _outcomes(expected: Expected, node: ast.expr, size: int) -> list[tuple[str, ...]]:
    """The atoms of what each of a check's calls gives."""
    if expected.raises is not None:
        return [(ERROR,)] * size
    if expected.prints is not None:
        return [atoms(expected.prints.strip())] * size
    value = _value(expected.value)
    if _makes_a_list(node):
        return [atoms(each) for each in value] if isinstance(value, list) and len(value) == size else []
    return [atoms(value)] * size


def _makes_a_list(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple, ast.ListComp))


def _calls(node: ast.expr, known: dict[str, Any]) -> Iterator[list[Any]]:
    """The arguments of each call of an expression, where they are plain values."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            if all(isinstance(part, ast.Call) for part in parts):
                for part in parts:
                    yield from _calls(part, known)
        case ast.ListComp(
            elt=ast.Call() as call, generators=[ast.comprehension(target=ast.Name(id=name), ifs=[]) as each]
        ):
            values = _plain(each.iter, known)
            for value in values if isinstance(values, (list, tuple, str, set)) else ():
                yield from _calls(call, {**known, name: value})
        case ast.Call(func=ast.Name(id=name), args=[ast.Call() as inner]) if hasattr(builtins, name):
            yield from _calls(inner, known)
        case ast.Call():
            values = [_plain(part, known) for part in [*node.args, *(keyword.value for keyword in node.keywords)]]
            told = [value for value in values if value is not _UNKNOWN]
            if told and (len(told) == len(values) or _is_of_a_table(node, known)):
                yield told


def _is_of_a_table(node: ast.Call, known: dict[str, Any]) -> bool:
    """Whether all that a call gets besides plain values is one name, of something that no text says."""
    unknown = [part for part in node.args if _plain(part, known) is _UNKNOWN]
    return len(unknown) == 1 and isinstance(unknown[0], ast.Name) and len(unknown) + 1 <= len(node.args)


def _plain(node: ast.expr, known: dict[str, Any]) -> Any:
    """What a literal, or a name of one, is; `_UNKNOWN` for all else."""
    if isinstance(node, ast.Name):
        return known.get(node.id, _UNKNOWN)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _UNKNOWN


def _set_up(text: str | None) -> dict[str, Any]:
    """Names to which statements give a plain value."""
    tree = parsed(text.strip()) if text else None
    found: dict[str, Any] = {}
    for node in tree.body if tree else ():
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = _plain(node.value, {})
    return {name: value for name, value in found.items() if value is not _UNKNOWN}


def _value(told: Any) -> Any:
    """A value on the wire as Python's own; `_UNKNOWN` where it is of another kind."""
    match told:
        case ["int", text]:
            return int(text, 16) if "x" in text else int(text)
        case ["float", text]:
            return float.fromhex(text) if "x" in text else float(text)
        case ["str" | "bool", value]:
            return value
        case ["none"]:
            return None
        case ["list" | "tuple" | "set" | "frozenset", [*parts]]:
            values = [_value(part) for part in parts]
            return _UNKNOWN if _UNKNOWN in values else values
        case ["dict", [*parts]]:
            values = [_value(one) for pair in parts for one in pair]
            return _UNKNOWN if _UNKNOWN in values else values
    return _UNKNOWN
