"""What a check expects, what the checker says of a reply to it, and what all checks come to: verdict and points.
And which rules about its text (`forbids`, `requires`) an answer breaks.

The grader has the author's side (`grader.value_checks`) say what is expected, asks the student's process, and calls
`decide` for each check, `verdict_of` and `score_of` at the end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import zip_longest

from codegym_jlab.course.checks import DEFAULT_TOLERANCE, Check, Raises
from codegym_jlab.course.schema import Exercise, Syntax
from codegym_jlab.records import CheckResult, Failure, Json, Score, ScorePart, Verdict, WireValue, frozen
from codegym_jlab.runner.wire import values

from .equality import PLAIN, Difference, EqualityRules, alike, cells_differ, compare
from .responses import FORGED, WORDS, Raised, Reply, SyntaxFacts, visible
from .value_text import CAP, cell, show

#: Characters of a message that a pattern of the course is tried on.
MATCHED = 500
_SPECIAL = frozenset(r".^$*+?{}[]\|()")


@dataclass(frozen=True)
class Expected:
    """What passes a check: exactly one of a value, a printed text, an exception, and an expression that is true."""

    value: WireValue | None = None
    rules: EqualityRules = PLAIN
    prints: str | None = None
    screen: str | None = None  #: of a program that reads: what it prints and what is typed, as a terminal shows them
    raises: Raises | None = None
    satisfies: str | None = None

    @property
    def pattern(self) -> str | None:
        """The regular expression that the author's side tries on the message; None where there is none, or plain text.

        It never runs here: on a message that an answer chose it could take for ever.
        """
        match = self.raises.match if self.raises is not None else None
        return match if match is not None and _SPECIAL & set(match) else None

    @cached_property
    def text(self) -> str:
        """As it is shown: the same for every answer."""
        if self.satisfies is not None:
            return visible(self.satisfies.strip(), CAP)
        if self.raises is not None:
            return _raises_text(self.raises)
        if self.prints is not None:
            return visible("\n".join(printed_lines(self.screen or self.prints)), CAP)
        return show(self.value)


@frozen
class Decision:
    """The word on one check: the checker's on a reply, or what the author's test text came to."""

    verdict: Verdict
    message: str = ""
    got: str | None = None
    diff: Json | None = None
    failure: Failure | None = None
    expected: Expected | None = None
    stdout: str = ""  #: what the answer printed

    def on(self, exercise: Exercise, check: Check) -> CheckResult:
        """What is recorded of that check."""
        passed = self.verdict is Verdict.AC
        return CheckResult(
            check=check.id,
            label=visible(check.title, 500),
            hidden=check.is_hidden,
            verdict=self.verdict,
            weight=exercise.weight_of(check),
            message="" if passed else check.message or ("" if check.is_hidden else self.message),
            reveal=check.reveal is not None,
            expected=self.expected.text if self.expected is not None else None,
            got=self.got,
            diff=self.diff,
            stdout=visible(self.stdout),
            failure=self.failure,
        )


def stated(check: Check) -> Expected | None:
    """What the course file itself states; None where the author's sandbox has to say it.

    Raises values.Unsupported for a value that is too large.
    """
    name = check.outcome
    if name in ("equals", "close_to"):
        return Expected(value=values.encode(getattr(check, name)), rules=rules_of(check))
    return Expected(**{name: getattr(check, name)}) if name in ("prints", "raises", "satisfies") else None


def rules_of(check: Check) -> EqualityRules:
    """The rules of comparison that a check's keys ask for."""
    near = check.outcome == "close_to"
    tolerance = DEFAULT_TOLERANCE if near and check.tolerance is None else check.tolerance
    return EqualityRules(exact=check.exact, tolerance=tolerance, by_value=near or check.figure is not None)


def decide(expected: Expected, reply: Reply) -> Decision:
    """Verdict, sentence, what the answer gave and the difference. A value that breaks the protocol is SV.

    Where the author's side has a say too (`satisfies`, `pattern`), AC means: as far as can be told here.
    """
    try:
        decision = _decided(expected, reply)
    except values.WireError:
        decision = Decision(Verdict.SV, failure=Failure(Verdict.SV, FORGED))
    except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
        decision = Decision(Verdict.WA)  # a value that cannot be computed with is not equal
    return replace(decision, expected=expected, stdout=reply.stdout)


def _decided(expected: Expected, reply: Reply) -> Decision:
    if reply.limit is not None:
        return Decision(reply.limit, failure=reply.failure)
    if reply.status in ("error", "syntax"):  # the cells ran again after a check's end, and the answer did not
        return Decision(Verdict.RTE, failure=reply.failure)
    if reply.status == "raised" and reply.raised is not None:
        return _of_raised(expected, reply.raised, reply.failure)
    if expected.raises is not None:
        return _not_raised(expected.raises, reply)
    if expected.prints is not None:
        return _of_printed(expected.prints, expected.screen, reply)
    if reply.status == "unsupported" or reply.value is None:
        return unsupported(reply.unsupported, reply.reason)
    if expected.satisfies is not None:  # whether it is true, the author's side says
        return Decision(Verdict.AC, got=show(values.check_wire(reply.value)))
    return _of_value(expected, reply.value)


def _of_value(expected: Expected, got: WireValue) -> Decision:
    # what is the same as the author's value, part for part, needs no check: most right answers are
    if is_same(expected, got):
        return Decision(Verdict.AC, got=expected.text)
    found = compare(expected.value, values.check_wire(got), expected.rules)
    if found is None:
        return Decision(Verdict.AC, got=show(got))
    diff, sentence = described(found, expected.value, got, expected.rules)
    return Decision(Verdict.WA, sentence, show(got), diff)


def is_same(expected: Expected, got: WireValue) -> bool:
    """Whether it is the author's value, part for part."""
    return expected.value is not None and bool(got == expected.value)


_TOO_LARGE = "Your answer returned a value that is too large to be compared."
_CYCLE = "Your answer returned a value that holds itself. Return one that comes to an end."
_REASONS = {"too large": _TOO_LARGE, "refers to itself": _CYCLE}


def unsupported(name: str | None, reason: str | None) -> Decision:
    """The word on a value of a kind that cannot cross, or may not be used."""
    name = visible(name or "object", 80)
    text = f"Your answer returned an unsupported kind of value: {name}. Return a list, text, number or table."
    text = _REASONS.get(reason or "", text)
    return Decision(Verdict.WA, text, f"<{name}>", {"kind": "unsupported", "type": name})


def _of_printed(expected: str, screen: str | None, reply: Reply) -> Decision:
    is_right = printed_lines(expected) == printed_lines(reply.printed)
    shown = (screen, reply.stdout) if screen else (expected, reply.printed)
    ours, theirs = map(printed_lines, shown)
    text = visible("\n".join(theirs), CAP)
    if is_right:
        return Decision(Verdict.AC, got=text)
    diff = lines_diff(ours, theirs)
    typed = dict(reply.typed) if screen else {}
    for line in diff["lines"]:
        if line["n"] in typed:
            line["typed"] = typed[line["n"]]
    return Decision(Verdict.WA, lines_sentence(ours, theirs), text, diff)


def _of_raised(expected: Expected, raised: Raised, failure: Failure | None) -> Decision:
    name, wanted = visible(raised.type), expected.raises
    shown = f"{name}: {visible(raised.message, 200)}" if raised.message else name
    if wanted is None:
        return Decision(Verdict.RTE, failure=failure or Failure(name, visible(raised.message)))
    if wanted.type.rpartition(".")[2] not in raised.bases:
        diff = {"kind": "raises", "expected": _raises_text(wanted), "got": name, "value": None}
        return Decision(Verdict.WA, f"Expected `{wanted.type}`; your answer raised `{name}`.", shown, diff, failure)
    if expected.pattern is None and wanted.match is not None and wanted.match not in raised.message[:MATCHED]:
        return other_message(Decision(Verdict.AC, got=shown, failure=failure, expected=expected))
    return Decision(Verdict.AC, got=shown)


def other_message(decision: Decision) -> Decision:
    """The word on an exception of the right type whose message does not match; `decision`: without the message."""
    assert decision.expected is not None and decision.expected.raises is not None and decision.got is not None
    diff = {"kind": "raises", "expected": decision.expected.text, "got": decision.got, "value": None}
    sentence = f"`{decision.got.partition(':')[0]}` is right, its message is another."
    return replace(decision, verdict=Verdict.WA, message=sentence, diff=diff)


def _not_raised(wanted: Raises, reply: Reply) -> Decision:
    if reply.value is not None:
        value = show(values.check_wire(reply.value))
    else:
        value = f"<{visible(reply.unsupported, 80)}>" if reply.unsupported else ""
    diff = {"kind": "raises", "expected": _raises_text(wanted), "got": None, "value": value or None}
    did = f"returned `{visible(value, 80)}`" if value else "raised nothing"
    return Decision(Verdict.WA, f"Expected `{wanted.type}`; your answer {did}.", value or None, diff)


def _raises_text(wanted: Raises) -> str:
    return wanted.type if wanted.match is None else f"{wanted.type} with a message like {wanted.match}"


_CENT = Decimal("0.01")


def half_up(points: float | Decimal) -> float:
    """Rounded to two decimals, half up: 0.125 is 0.13."""
    return float(Decimal(str(points)).quantize(_CENT, ROUND_HALF_UP))


def verdict_of(checks: Iterable[CheckResult]) -> Verdict:
    """AC when every check's is, else that of the first that is not; JE where one of them could not be judged."""
    verdicts = [check.verdict for check in checks if not check.passed]
    return Verdict.JE if Verdict.JE in verdicts else next(iter(verdicts), Verdict.AC)


def is_closed(checks: Sequence[CheckResult]) -> bool:
    """Whether a gate keeps points back: a hidden check passes, and a sample does not."""
    return _is_shut(checks) and any(check.hidden and check.passed and check.weight for check in checks)


def _is_shut(checks: Sequence[CheckResult]) -> bool:
    return not all(check.passed for check in checks if not check.hidden)


def score_of(exercise: Exercise, checks: Sequence[CheckResult], *, gated: bool) -> tuple[Score, tuple[ScorePart, ...]]:
    """Points × passed weight / total weight, in which checks that were not run count too.

    `gated`: hidden checks earn nothing until all samples pass. Where there is no check, a person gives the points.
    """
    if not exercise.checks:
        return Score(0.0, half_up(exercise.points)), ()
    earning = [c for c in checks if c.passed and not (gated and c.hidden and _is_shut(checks))]
    passed = sum(Decimal(repr(c.weight)) for c in earning)
    total = sum(Decimal(repr(exercise.weight_of(check))) for check in exercise.checks)
    share = passed / total if total else Decimal(all(c.passed for c in checks))
    if exercise.grading == "all" and (share < 1 or not all(c.passed for c in checks if c.weight)):
        share = Decimal(0)
    points = half_up(Decimal(repr(exercise.checked_points)) * share)
    part = ScorePart("checker", points, half_up(exercise.checked_points))
    return Score(points, half_up(exercise.points)), (part,)


def broken_rules(exercise: Exercise, facts: SyntaxFacts) -> list[str]:
    """One plain sentence for each rule of `forbids` and `requires` that the answer breaks."""
    forbidden = _forbidden(exercise.forbids, facts) if exercise.forbids else ()
    missing = _missing(exercise.requires, facts) if exercise.requires else ()
    asked = "The statement asks for an answer"
    return [*(f"{asked} without {told}." for told in forbidden), *(f"{asked} {told}." for told in missing)]


def _forbidden(rule: Syntax, facts: SyntaxFacts) -> Iterator[str]:
    for module in rule.imports:
        if (line := _line_of_import(module, facts)) is not None:
            yield f"the module `{module}`; it is imported in line {line}"
    for name in rule.calls:
        if (line := facts["calls"].get(name, facts["names"].get(name))) is not None:
            yield f"`{name}`; it stands in line {line}"
    for word, line in [*facts["loops"].items()][:1] if rule.loops else ():
        yield f"a loop; there is a `{word}` in line {line}"
    for name, line in [*facts["recursion"].items()][:1] if rule.recursion else ():
        yield f"recursion; `{visible(name, 80)}` in line {line} calls itself"


def _missing(rule: Syntax, facts: SyntaxFacts) -> Iterator[str]:
    yield from (f"that imports `{module}`" for module in rule.imports if _line_of_import(module, facts) is None)
    yield from (f"that calls `{name}`" for name in rule.calls if name not in facts["calls"])
    if rule.loops and not facts["loops"]:
        yield "with a loop (`for` or `while`)"
    if rule.recursion and not facts["recursion"]:
        yield "with recursion: a function that calls itself"


def _line_of_import(module: str, facts: SyntaxFacts) -> int | None:
    lines = [line for name, line in facts["imports"].items() if name == module or name.startswith(f"{module}.")]
    return min(lines, default=None)


Diff = Json

#: Rows of a table, lines of output and characters of a line that a DIFF holds.
MAX_ROWS, MAX_LINES, LINE_CAP = 10, 40, 300
WHOLE_CAP = 300

_TYPES = {"none": "NoneType", "frame": "DataFrame", "series": "Series", "decimal": "Decimal", "fraction": "Fraction"}
_NOT_THERE = {"missing": "is missing", "extra": "is not expected"}
_TABLE_PARTS = frozenset("columns index shape dtype dtypes name".split())


def kind_words(wire: WireValue) -> str:
    """The kind of a value in plain words: "a whole number"."""
    if wire[0] in ("dataclass", "enum", "typed"):
        return f"`{visible(wire[1], 80)}`"
    return str(WORDS["kinds"].get(wire[0], f"`{type_name(wire)}`"))


def type_name(wire: WireValue) -> str:
    """The name of its type, as Python says it."""
    if wire[0] in ("dataclass", "enum", "exception", "typed"):
        return visible(wire[1], 80)
    return _TYPES.get(wire[0], str(wire[0]))


def described(found: Difference, expected: WireValue, got: WireValue, rules: EqualityRules) -> tuple[Diff, str]:
    """DIFF and sentence for two whole values and their first difference."""
    if expected[0] == got[0] == "str" and "\n" in expected[1] + got[1]:
        ours, theirs = expected[1].split("\n"), got[1].split("\n")
        return lines_diff(ours, theirs), ""
    if found.path == "" and found.reason == "kind":
        return _kind(expected, got)
    if found.reason in _TABLE_PARTS:
        return _item(found, expected, got), _part_sentence(found)
    if expected[0] in ("frame", "series") and got[0] == expected[0]:
        table = _table(expected, got, rules)
        number = len(table["rows"]) + table["more"]
        return table, f"{number} of {table['total']} rows differ{'s' if number == 1 else ''}."
    if found.path == "" and found.reason in ("value", "length"):
        return _value(expected, got), _length_sentence(found) if found.reason == "length" else ""
    return _item(found, expected, got), _item_sentence(found, expected, got)


def _value(expected: WireValue, got: WireValue) -> Diff:
    return {"kind": "value", "expected": show(expected), "got": show(got)}


def _kind(expected: WireValue, got: WireValue) -> tuple[Diff, str]:
    if not alike(expected, got):
        return _value(expected, got), ""
    types = {"expected_type": type_name(expected), "got_type": type_name(got)}
    return {**_value(expected, got), "kind": "type", **types}, _kind_sentence(expected, got)


def _kind_sentence(expected: WireValue, got: WireValue) -> str:
    ours, theirs = kind_words(expected), kind_words(got)
    return f"The value is right, its kind is not: `{show(got, 80)}` is {theirs}, and {ours} is expected."


def _item(found: Difference, expected: WireValue, got: WireValue) -> Diff:
    return {
        "kind": "item",
        "path": visible(found.path, 200),
        "expected": None if found.expected is None else show(found.expected),
        "got": None if found.got is None else show(found.got),
        "whole_expected": around(expected, found.path),
        "whole_got": around(got, found.path),
    }


def _part_sentence(found: Difference) -> str:
    ours, theirs = found.expected, found.got
    if found.reason == "index" and ours and theirs and len(ours[1]) != len(theirs[1]):
        return f"{counted(len(ours[1]), 'row')} expected, your answer has {len(theirs[1])}."
    verb = "differ" if found.reason in ("columns", "dtypes") else "differs"
    return f"The {found.reason} {verb}."


def _length_sentence(found: Difference) -> str:
    ours, theirs = (len(w[1]) if w is not None else 0 for w in (found.expected, found.got))
    return f"{counted(ours, 'item')} expected, your answer has {theirs}."


def counted(number: int, noun: str) -> str:
    """ "2 lines are"."""
    return f"1 {noun} is" if number == 1 else f"{number} {noun}s are"


def _item_sentence(found: Difference, expected: WireValue, got: WireValue) -> str:
    place = visible(found.path, 80)
    if found.reason == "length":
        return f"At `{place}`: {_length_sentence(found)}"
    if found.reason in _NOT_THERE:
        item = found.expected if found.expected is not None else found.got
        shown = show(item, 80) if expected[0] in ("set", "frozenset") else place
        return f"`{shown}` {_NOT_THERE[found.reason]}."
    if found.reason == "kind" and alike(found.expected, found.got):
        return f"At `{place}`: {_kind_sentence(found.expected, found.got)}"
    if expected[0] in ("list", "tuple") and len(expected[1]) == len(got[1]) > 1 and place.count("[") == 1:
        return f"{len(expected[1])} items each; the first difference is at position {place.strip('[]')}."
    return f"The first difference is at `{place}`."


def around(wire: WireValue, path: str) -> str:
    """The whole value if it is short; of a long list its ends and what stands at the difference."""
    text = show(wire, WHOLE_CAP)
    if wire[0] not in ("list", "tuple") or not text.endswith("…"):
        return text
    items = wire[1]
    inner = path[1:].partition("]")[0]
    place = int(inner) if inner.isdigit() else len(items)
    keep = {0, 1, 2, place - 1, place, place + 1, len(items) - 1}
    parts: list[str] = []
    for number, item in enumerate(items):
        if number in keep:
            parts.append(show(item, 60))
        elif parts[-1] != "…":
            parts.append("…")
    opening, closing = "[]" if wire[0] == "list" else "()"
    return opening + ", ".join(parts) + closing


def _table(expected: WireValue, got: WireValue, rules: EqualityRules) -> Diff:
    """The rows that differ, of two tables with the same labels."""
    series = expected[0] == "series"
    columns = [expected[1]] if series else expected[1]
    pairs = [(expected[4], got[4])] if series else list(zip(expected[4], got[4], strict=True))
    rows = [n for n in range(len(expected[2])) if any(cells_differ(a[n], b[n], rules) for a, b in pairs)]
    names = ["" if c[0] == "none" else cell(c) for c in columns[:MAX_LINES]]
    shown = []
    for n in rows[:MAX_ROWS]:
        both = zip(names, pairs, strict=False)
        cells = [{"column": name, "expected": cell(a[n]), "got": cell(b[n])} for name, (a, b) in both]
        shown.append({"index": cell(expected[2][n]), "cells": cells})
    more = max(0, len(rows) - MAX_ROWS)
    return {"kind": "table", "columns": names, "rows": shown, "more": more, "total": len(expected[2])}


def printed_lines(text: str) -> list[str]:
    """The lines of an output as they are compared: trailing spaces and final newlines aside."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(lines).rstrip("\n").split("\n") if any(lines) else []


def lines_diff(expected: list[str], got: list[str]) -> Diff:
    """Lines in pairs, from two before the first that differs."""
    pairs = list(zip_longest(expected, got))
    first = next((n for n, (a, b) in enumerate(pairs) if a != b), 0)
    start = 0 if len(pairs) <= MAX_LINES else max(0, first - 2)
    lines = []
    for n, pair in enumerate(pairs[start : start + MAX_LINES], start + 1):
        ours, theirs = (None if line is None else visible(line, LINE_CAP) for line in pair)
        lines.append({"n": n, "expected": ours, "got": theirs, "same": pair[0] == pair[1]})
    return {"kind": "lines", "lines": lines}


def lines_sentence(expected: list[str], got: list[str]) -> str:
    """Which lines of what is printed differ."""
    if not got:
        return "Nothing is printed."
    numbers = [n for n, (a, b) in enumerate(zip_longest(expected, got), 1) if a != b]
    if len(numbers) == 1:
        return f"Line {numbers[0]} of what is printed differs."
    if len(numbers) == 2:
        return f"Lines {numbers[0]} and {numbers[1]} of what is printed differ."
    return f"{len(numbers)} lines of what is printed differ, the first is line {numbers[0]}."
