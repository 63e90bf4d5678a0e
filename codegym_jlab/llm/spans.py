"""What is seen of a call: a span by OpenTelemetry's conventions for generative AI, and counters.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ What is asked and said is a part of a span only where
content is switched on.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.traces import Span, Value, span

from .base import CutOff, LlmError, Piece, Prompt, Usage


async def watched(
    stream: AsyncGenerator[Piece, None], prompt: Prompt, llm: str, attempt: int
) -> AsyncGenerator[Piece, None]:
    """The same, counted, and told as a span that is over when the last piece has come."""
    call = _Call(prompt, llm, attempt)
    try:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                call.heard(piece)
                yield piece
    except LlmError as error:
        call.over(error.word, "length" if isinstance(error, CutOff) and error.by == "length" else "error")
        raise
    except BaseException:
        call.over("stopped")
        raise


class _Call:
    def __init__(self, prompt: Prompt, llm: str, attempt: int) -> None:
        self._llm, self._prompt = llm, prompt
        self._began, self._first, self._said, self._is_over = time.perf_counter(), False, "", False
        provider, _, model = llm.partition(":")
        known: dict[str, Value | None] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model or provider,
            "gen_ai.request.max_tokens": prompt.max_tokens,
            "gen_ai.request.temperature": prompt.temperature,
            "gen_ai.output.type": "text" if prompt.schema is None else "json",
        }
        self._span: Span = span(f"chat {model or provider}", attempt=attempt, **known).call()

    def heard(self, piece: Piece) -> None:
        self._said += piece.text
        if piece.text and not self._first:
            self._first = True
            taken = time.perf_counter() - self._began
            metrics.llm_first_seconds.observe(taken, self._llm)
            self._span.note(**{"gen_ai.response.time_to_first_chunk": taken})
        if piece.usage is not None:
            self._count(piece.usage)
            self.over("", "stop")

    def _count(self, usage: Usage) -> None:
        metrics.llm_tokens.add(self._llm, "prompt", by=usage.prompt)
        metrics.llm_tokens.add(self._llm, "reply", by=usage.reply)
        self._span.note(
            **{"gen_ai.usage.input_tokens": usage.prompt, "gen_ai.usage.output_tokens": usage.reply},
            counted=usage.counted,
        )

    def over(self, failed: str, finish: str = "") -> None:
        if self._is_over:
            return
        self._is_over = True
        self._span.note(**{"gen_ai.response.finish_reasons": (finish,) if finish else None})
        metrics.llm_calls.add(self._llm, failed or "answered")
        metrics.llm_seconds.observe(time.perf_counter() - self._began, self._llm)
        if failed:
            self._span.note(**{"error.type": failed.replace(" ", "_")})
        self._span.show(
            **{
                "gen_ai.input.messages": messages_json([(m.role, m.text) for m in self._prompt.messages]),
                "gen_ai.output.messages": messages_json([("assistant", self._said)]),
            }
        )
        self._span.end(failed=failed if failed != "stopped" else "")


def messages_json(turns: list[tuple[str, str]]) -> str:
    """Roles and texts in the form that the conventions give them."""
    parts = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in turns]
    return json.dumps(parts, ensure_ascii=False)
