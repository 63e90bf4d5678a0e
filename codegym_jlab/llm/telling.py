"""What people are told of who answered them, and why it was not who is asked first."""

from __future__ import annotations

from collections.abc import Sequence

from .chain import Step

_HAPPENED = {
    "away": "is away",
    "overloaded": "is busy",
    "refused": "cannot be asked",
    "cut off": "stopped half-way",
    "too long": "does not take a text that long",
    "bad answer": "gave no answer that could be used",
}


def note(steps: Sequence[Step]) -> str | None:
    """One sentence; None where the first one answered at once, and where there is none to ask."""
    last = {step.llm: step.error for step in steps if step.what in ("failed", "resting")}
    answered = next((step.llm for step in steps if step.what == "answered"), None)
    if not last:
        return None
    if answered is not None and set(last) == {answered}:
        return f"Answered by {answered} at the second try."
    why = ", ".join(f"{llm} {_HAPPENED[word]}" for llm, word in last.items() if llm != answered)
    return f"Answered by {answered}, as {why}." if answered else f"Answered from the course's own hints, as {why}."
