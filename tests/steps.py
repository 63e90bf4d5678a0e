"""What a chain of models went through, in a word for each."""

from __future__ import annotations

from collections.abc import Sequence

from codegym_jlab.llm.chain import Step


def gist(steps: Sequence[Step]) -> tuple[str | None, dict[str, str]]:
    """Who answered, and the word of the last error of each that failed or was left alone before."""
    answered = next((step.llm for step in steps if step.what == "answered"), None)
    return answered, {step.llm: step.error for step in steps if step.what in ("failed", "resting")}
