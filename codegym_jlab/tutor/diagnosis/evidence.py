"""What shows a mistake: the sample checks, and new inputs like theirs, which the author's solution answers.

What is told of a mistake follows from these, from the student's own text and from right answers (`safe_guides`).
Where a grade is at stake no hidden check is looked at, and an input that a hidden check has is left out. The new
inputs are the same for all submissions of an exercise, so that a thousand of them teach these few values, and no more.
"""

import ast
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.checker.equality import EqualityRules
from codegym_jlab.grading.checker.verdict import Expected
from codegym_jlab.grading.grader.value_checks import Wanted
from codegym_jlab.records import frozen, grouped, literal_eval, parse

from ..guard.syntax import parsed
from .program import Signature, kind_of_value

#: New inputs of an exercise, at most, and how often one is drawn for.
MOST_NEW, MOST_TYPED, _DRAWS = 24, 12, 200
_SHORT_NAME = 2  #: letters
MOST_SIGNS = 120  #: of one
_MOST_SIZE = 8


@frozen
class Evidence:
    """One check that candidates run on. `shown`: a student may see it."""

    check: Check
    expected: Expected
    shown: bool
    is_new: bool = False

    @property
    def size(self) -> int:
        """How much there is to read in it: the smallest that fails is told."""
        return sum(len(part or "") for part in (self.check.call, self.check.run, self.check.setup, self.check.stdin))

    @property
    def written(self) -> str:
        """Its call as Python writes it, or what is typed; "" where it does neither."""
        return written(self.check.call) if self.check.call else self.check.stdin or ""

    def order(self) -> tuple[bool, int]:
        """For sorting: samples before new ones, and the smallest first."""
        return self.is_new, self.size

    @property
    def is_empty(self) -> bool:
        """Whether it calls with something that holds nothing."""
        return self._has([], (), "", {})

    @property
    def is_bare(self) -> bool:
        """Whether it calls with nothing, or with 0, of which little can be learnt."""
        return self.is_empty or self._has(0)

    def _has(self, *values: Any) -> bool:
        call = call_of(self.check)
        return call is not None and any(one in values and not isinstance(one, bool) for one in call[1])


def usable(check: Check) -> bool:
    """Whether the student's process alone answers it, and the host alone decides."""
    is_beyond = check.code or check.files
    return not is_beyond and check.random is None and check.satisfies is None


def joined(checks: Sequence[Check], new: Sequence[Check], expected: Mapping[str, Wanted]) -> list[Evidence]:
    """The checks whose outcome is known; new ones are compared as those of the same function are.

    A new input at which the solution fails is none that was meant.
    """
    found, rules = [], dict[str, EqualityRules]()
    for check in (*checks, *new):
        known = expected.get(str(check.id))
        is_new = check not in checks
        if isinstance(known, Expected) and known.pattern is None and not (is_new and known.raises is not None):
            as_known = rules.setdefault((call_of(check) or (check.action,))[0], known.rules)
            known = replace(known, rules=as_known) if is_new else known
            found.append(Evidence(check, known, not check.is_hidden, is_new))
    return found


def signatures(evidence: Iterable[Evidence]) -> dict[str, Signature]:
    """What checks say of each function: kinds of arguments, and of what is expected."""
    found: dict[str, Signature] = {}
    for one in evidence:
        call = call_of(one.check)
        if call is None:
            continue
        name, arguments = call
        kinds = [*map(kind_of_value, arguments)]
        told = found.setdefault(name, Signature())
        told.arguments = [a if a == b else "" for a, b in zip(told.arguments or kinds, kinds, strict=False)]
        if one.expected.value is not None:
            tag = str(one.expected.value[0])
            told.results.add({"float": "int"}.get(tag, tag))
    return found


def call_of(check: Check) -> tuple[str, list[Any]] | None:
    """Function and arguments of a check that only calls one with values written out."""
    return None if check.call is None or check.setup or check.stdin else call_in(check.call)


def call_in(text: str) -> tuple[str, list[Any]] | None:
    """The same of a text."""
    with suppress(SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        match parse(text.strip(), mode="eval").body:
            case ast.Call(ast.Name(name), arguments, []):
                return name, [*map(literal_eval, arguments)]
    return None


def new_checks(exercise: Exercise) -> list[Check]:
    """Calls like those of the samples: smaller ones first, then others of the same values. The same at every call.

    Of programs what is typed, with other numbers.
    """
    plain = (call_of(check) for check in exercise.sample_checks if check.outcome not in ("raises", "prints"))
    calls = grouped(call for call in plain if call is not None and call[1])
    taken = {*map(_input, exercise.checks)}
    found: list[Check] = []
    for name, samples in calls.items():
        texts = dict.fromkeys(f"{name}({', '.join(map(repr, drawn))})" for drawn in _Draw(samples).inputs())
        new = (Check(call=text) for text in texts if len(text) <= MOST_SIGNS)
        found += islice((one for one in new if _input(one) not in taken), MOST_NEW // len(calls))
    typed = [check.stdin for check in exercise.sample_checks if check.stdin and check.action == "program"]
    new = (Check(stdin=text) for text in _typed_like(typed))
    return [*found, *islice((one for one in new if _input(one) not in taken), MOST_TYPED)]


def _typed_like(typed: Sequence[str]) -> Iterator[str]:
    """The same with one line another number: one more or less, or half-way to the next of that line, or to 0.

    Or with a name of two letters.
    """
    every = [text.splitlines() for text in typed]
    drawn: list[list[str]] = []
    for rows in every:
        for at, row in enumerate(rows):
            if row.isdecimal():
                number, known = int(row), {int(one[at]) for one in every if one[at:] and one[at].isdecimal()}
                below = max((one for one in known if one < number), default=0)
                above = min((one for one in known if one > number), default=3 * number)
                near = (number + 1, number - 1, (number + below) // 2, (number + above) // 2)
                drawn.append(["\n".join([*rows[:at], str(one), *rows[at + 1 :], ""]) for one in near if one >= 0])
            elif row.isalpha() and row.istitle() and len(row) > _SHORT_NAME:
                drawn.append(["\n".join([*rows[:at], row[:_SHORT_NAME], *rows[at + 1 :], ""])])
    yield from dict.fromkeys(one for turn in zip_longest(*drawn) for one in turn if one is not None)


def _input(check: Check) -> tuple[str, ...]:
    """What goes in, whatever blanks and quotes it is written with."""
    code = (written((part or "").strip()) for part in (check.setup, check.call or check.run))
    return *code, (check.stdin or "").rstrip("\n")


def written(call: str) -> str:
    """A call as Python writes it, whatever its blanks and quotes are."""
    tree = parsed(call)
    return ast.unparse(tree) if tree is not None else call


class _Draw:
    """Arguments like those of the samples: of their kinds and values, and as sorted and as distinct as they are."""

    def __init__(self, samples: Sequence[list[Any]]) -> None:
        self._samples = [one for one in samples if len(one) == len(samples[0])]
        self._random = random.Random(repr(self._samples))
        self._pool: dict[type, list[Any]] = {}
        for value in self._samples:
            self._collect(value)
        self._negative = any(number < 0 for number in self._pool.get(int, []))

    def _collect(self, value: Any) -> None:
        if isinstance(value, (list, tuple, set)):
            for part in value:
                self._collect(part)
        elif isinstance(value, dict):
            self._collect(list(value.items()))
        elif value not in self._pool.setdefault(type(value), []):
            self._pool[type(value)].append(value)

    def inputs(self) -> Iterator[list[Any]]:
        """Smaller ones than each sample, one argument at a time; then ones drawn anew."""
        for sample in self._samples:
            for place, value in enumerate(sample):
                for other in self._smaller(value):
                    yield self._fit([*sample[:place], other, *sample[place + 1 :]])
        for _ in range(_DRAWS):
            sample = self._random.choice(self._samples)
            yield self._fit([self._drawn(value) for value in sample])

    def _smaller(self, value: Any) -> Iterator[Any]:
        if isinstance(value, (list, tuple, str)) and value:
            parts: Any = value.split(" ") if isinstance(value, str) and " " in value.strip() else value
            shorter = [parts[:size] for size in (0, 1, 2, len(parts) - 1) if size < len(parts)]
            shorter += [parts[-1:], parts[1:]]
            yield from shorter if parts is value else map(" ".join, shorter)  # a word is no place to cut
            if not isinstance(value, str) and len(value) > 1:
                yield type(value)([*value[:2], value[0]])
                yield value[::-1]
        elif isinstance(value, int) and not isinstance(value, bool):
            yield from (n for n in (value - 1, value + 1, 0, 1, 2) if n >= 0 or self._negative)
        elif isinstance(value, dict) and value:
            yield {}
            yield dict(list(value.items())[:1])

    def _drawn(self, value: Any) -> Any:
        if type(value) is int:
            near = self._random.choice(self._pool[int]) + self._random.choice((-1, 0, 0, 0, 1))
            return near if near >= 0 or self._negative else 0
        if isinstance(value, tuple) and len({type(part) for part in value}) > 1:
            return tuple(self._drawn(part) for part in value)
        if isinstance(value, (list, tuple)) and value:
            size = self._random.randint(1, min(len(value) + 1, _MOST_SIZE))
            return type(value)(self._drawn(self._random.choice(value)) for _ in range(size))
        return self._random.choice(self._pool.get(type(value), [value]))

    def _fit(self, arguments: list[Any]) -> list[Any]:
        """As sorted, and as distinct, as the samples are in that place."""
        for place, value in enumerate(arguments):
            samples = (sample[place] for sample in self._samples)
            like = [one for one in samples if isinstance(one, (list, tuple)) and len(one) > 2]
            if like and isinstance(value, (list, tuple)):
                arguments[place] = self._ordered(value, like)
        return arguments

    def _ordered(self, value: Any, like: Sequence[Any]) -> Any:
        made = list(value)
        with suppress(TypeError):
            if all(list(one) == sorted(one) for one in like):
                made = sorted(made)
        rows = [row for one in like for row in one]
        if rows and all(isinstance(row, (tuple, list)) for row in rows):
            for column in range(min(len(row) for row in rows)):
                if all(_is_distinct([row[column] for row in one]) for one in like):
                    made = list({repr(row[column]): row for row in made if len(row) > column}.values())
        elif all(_is_distinct(one) for one in like) and len(like) > 1:
            made = list({repr(part): part for part in made}.values())
        return type(value)(made)


def _is_distinct(parts: Sequence[Any]) -> bool:
    return len({*map(repr, parts)}) == len(parts)
