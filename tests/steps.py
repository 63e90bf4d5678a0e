"""What a chain of models went through, in a word for each; and an answer once it is whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from codegym_jlab.llm.base import BadAnswer, Draft, Piece, Usage
from codegym_jlab.llm.chain import Step


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, and whose."""

    text: str
    llm: str
    usage: Usage


async def whole(stream: AsyncGenerator[Piece, None]) -> Reply:
    """The answer once it is whole. Raises what the stream raises; BadAnswer where it held no word."""
    draft, last = Draft(), None
    async with aclosing(stream) as pieces:
        async for last in pieces:
            draft.add(last)
    if last is None or last.usage is None or not draft.text.strip():
        raise BadAnswer(last.llm if last else "none", "the model said nothing")
    return Reply(draft.text, last.llm, last.usage)


def gist(steps: Sequence[Step]) -> tuple[str | None, dict[str, str]]:
    """Who answered, and the word of the last error of each that failed or was left alone before."""
    answered = next((step.llm for step in steps if step.what == "answered"), None)
    return answered, {step.llm: step.error for step in steps if step.what in ("failed", "resting")}
