"""From check results to a verdict and points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from codegym_jlab.course.schema import Exercise
from codegym_jlab.records import CheckResult, Score, ScorePart, Verdict

_CENT = Decimal("0.01")


def half_up(points: float | Decimal) -> float:
    """Rounded to two decimals, half up: 0.125 is 0.13."""
    exact = points if isinstance(points, Decimal) else Decimal(repr(points))
    return float(exact.quantize(_CENT, ROUND_HALF_UP))


def verdict_of(checks: Iterable[CheckResult]) -> Verdict:
    """AC when every check's is, else that of the first that is not; JE where one of them could not be judged."""
    verdicts = [check.verdict for check in checks if not check.passed]
    return Verdict.JE if Verdict.JE in verdicts else next(iter(verdicts), Verdict.AC)


def is_closed(checks: Iterable[CheckResult]) -> bool:
    """Whether a gate keeps points back: a hidden check passes, and a sample does not."""
    checks = tuple(checks)
    return _is_shut(checks) and any(check.hidden and check.passed and check.weight for check in checks)


def _is_shut(checks: Iterable[CheckResult]) -> bool:
    return not all(check.passed for check in checks if not check.hidden)


def score_of(exercise: Exercise, checks: Sequence[CheckResult], *, gated: bool) -> tuple[Score, tuple[ScorePart, ...]]:
    """Points × passed weight / total weight, in which checks that were not run count too.

    `gated`: hidden checks earn nothing until all samples pass. Where there is no check, a person gives the points.
    """
    if not exercise.checks:
        return Score(0.0, half_up(float(exercise.points))), ()
    earning = [c for c in checks if c.passed and not (gated and c.hidden and _is_shut(checks))]
    passed = sum(Decimal(repr(c.weight)) for c in earning)
    total = sum(Decimal(repr(exercise.weight_of(check))) for check in exercise.checks)
    share = passed / total if total else Decimal(all(c.passed for c in checks))
    if exercise.grading == "all" and (share < 1 or not all(c.passed for c in checks if c.weight)):
        share = Decimal(0)
    points = half_up(Decimal(repr(float(exercise.checked_points))) * share)
    part = ScorePart("checker", points, half_up(float(exercise.checked_points)))
    return Score(points, half_up(float(exercise.points))), (part,)
