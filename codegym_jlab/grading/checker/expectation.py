"""What a check expects, and what the checker says of a reply to it.

The grader has the author's side (`grader.author_side`) say what is expected, asks the student's process, and calls
`decide`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from codegym_jlab.course.checks import DEFAULT_TOLERANCE, Check, Raises
from codegym_jlab.records import Failure, Verdict, WireValue
from codegym_jlab.runner.wire import values

from .difference import described, lines_diff, lines_sentence, printed_lines
from .equality import PLAIN, EqualityRules, compare
from .responses import FORGED, Raised, Reply
from .value_text import CAP, show, visible

#: Characters of a message that a pattern of the course is tried on.
MATCHED = 500
_SPECIAL = frozenset(r".^$*+?{}[]\|()")


@dataclass(frozen=True)
class Expected:
    """What passes a check: exactly one of a value, a printed text, an exception, and an expression that is true."""

    value: WireValue | None = None
    rules: EqualityRules = PLAIN
    prints: str | None = None
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
            return visible("\n".join(printed_lines(self.prints)), CAP)
        return show(self.value)


@dataclass(frozen=True, slots=True)
class Decision:
    """The checker's word on one reply."""

    verdict: Verdict
    message: str = ""
    got: str | None = None
    diff: dict[str, Any] | None = None
    failure: Failure | None = None


def stated(check: Check) -> Expected | None:
    """What the course file itself states; None where the author's sandbox has to say it.

    Raises values.Unsupported for a value that is too large.
    """
    rules = rules_of(check)
    if check.outcome == "equals":
        return Expected(value=values.encode(check.equals), rules=rules)
    if check.outcome == "close_to":
        return Expected(value=values.encode(check.close_to), rules=rules)
    if check.outcome == "prints":
        return Expected(prints=check.prints)
    if check.outcome == "raises":
        return Expected(raises=check.raises)
    if check.outcome == "satisfies":
        return Expected(satisfies=check.satisfies)
    return None


def rules_of(check: Check) -> EqualityRules:
    """The rules of comparison that a check's keys ask for."""
    near = check.outcome == "close_to"
    tolerance = DEFAULT_TOLERANCE if near and check.tolerance is None else check.tolerance
    return EqualityRules(exact=check.exact, tolerance=tolerance, by_value=near)


def decide(expected: Expected, reply: Reply) -> Decision:
    """Verdict, sentence, what the answer gave and the difference. A value that breaks the protocol is SV.

    Where the author's side has a say too (`satisfies`, `pattern`), AC means: as far as can be told here.
    """
    try:
        return _decided(expected, reply)
    except values.WireError:
        return Decision(Verdict.SV, failure=Failure(Verdict.SV, FORGED))
    except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
        return Decision(Verdict.WA)  # a value that cannot be computed with is not equal


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
        return _of_printed(expected.prints, reply.printed)
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


def _of_printed(expected: str, got: str) -> Decision:
    ours, theirs = printed_lines(expected), printed_lines(got)
    text = visible("\n".join(theirs), CAP)
    if ours == theirs:
        return Decision(Verdict.AC, got=text)
    return Decision(Verdict.WA, lines_sentence(ours, theirs), text, lines_diff(ours, theirs))


def _of_raised(expected: Expected, raised: Raised, failure: Failure | None) -> Decision:
    name = visible(raised.type)
    shown = f"{name}: {visible(raised.message, 200)}" if raised.message else name
    if expected.raises is None:
        return Decision(Verdict.RTE, got=None, failure=failure or Failure(name, visible(raised.message)))
    wanted = expected.raises
    right_type = wanted.type.rpartition(".")[2] in raised.bases
    if not right_type:
        diff = {"kind": "raises", "expected": _raises_text(wanted), "got": name, "value": None}
        sentence = f"Expected `{wanted.type}`; your answer raised `{name}`."
        return Decision(Verdict.WA, sentence, shown, diff, failure)
    if expected.pattern is None and wanted.match is not None and wanted.match not in raised.message[:MATCHED]:
        return other_message(expected, Decision(Verdict.AC, got=shown, failure=failure))
    return Decision(Verdict.AC, got=shown)


def other_message(expected: Expected, decision: Decision) -> Decision:
    """The word on an exception of the right type whose message does not match; `decision`: without the message."""
    assert expected.raises is not None and decision.got is not None
    diff = {"kind": "raises", "expected": _raises_text(expected.raises), "got": decision.got, "value": None}
    sentence = f"`{decision.got.partition(':')[0]}` is right, its message is another."
    return Decision(Verdict.WA, sentence, decision.got, diff, decision.failure)


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
