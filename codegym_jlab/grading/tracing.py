"""What a span tells of a submission and its judgement: ids, kinds, whose fault; no verdict."""

from __future__ import annotations

from codegym_jlab.submission import Judgement, Submission, Verdict
from codegym_jlab.telemetry.spans import Span, Value


def known_of(sent: Submission) -> dict[str, Value | None]:
    """Whose it is and what of, by ids alone."""
    return {
        "submission": sent.id,
        "offering": sent.offering,
        "exercise": sent.exercise,
        "person": sent.person,
        "kind": sent.kind.value,
    }


def tell(span: Span, judgement: Judgement) -> None:
    """How judging went. What the answer cell printed is its student's; what a check printed may be a hidden one's."""
    span.note(
        judgement=judgement.id,
        level=judgement.level,
        checks=len(judgement.checks),
        wall_ms=judgement.wall_ms,
        fault=judgement.verdict is Verdict.JE,
    )
    span.show(stdout=judgement.stdout)
