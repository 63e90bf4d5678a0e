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
    """The same, counted, and told as a span."""
    provider, _, model = llm.partition(":")
    known: dict[str, Value | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model or provider,
        "gen_ai.request.max_tokens": prompt.max_tokens,
        "gen_ai.request.temperature": prompt.temperature,
        "gen_ai.output.type": "text" if prompt.schema is None else "json",
    }
    call = span(f"chat {model or provider}", attempt=attempt, **known).call()
    began, said, outcome, finish = time.perf_counter(), "", "stopped", ""
    try:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                if piece.text and not said:
                    taken = time.perf_counter() - began
                    metrics.llm_first_seconds.observe(taken, llm)
                    call.note(**{"gen_ai.response.time_to_first_chunk": taken})
                said += piece.text
                if piece.usage is not None:
                    outcome, finish = "answered", "stop"
                    _count(call, llm, piece.usage)
                yield piece
    except LlmError as error:
        outcome, finish = error.word, "length" if isinstance(error, CutOff) and error.by == "length" else "error"
        call.note(**{"error.type": error.word.replace(" ", "_")})
        raise
    finally:
        metrics.llm_calls.add(llm, outcome)
        metrics.llm_seconds.observe(time.perf_counter() - began, llm)
        call.note(**{"gen_ai.response.finish_reasons": (finish,) if finish else None})
        call.show(
            **{
                "gen_ai.input.messages": messages_json([(m.role, m.text) for m in prompt.messages]),
                "gen_ai.output.messages": messages_json([("assistant", said)]),
            }
        )
        call.end(failed=outcome if outcome not in ("answered", "stopped") else "")


def _count(call: Span, llm: str, usage: Usage) -> None:
    metrics.llm_tokens.add(llm, "prompt", by=usage.prompt)
    metrics.llm_tokens.add(llm, "reply", by=usage.reply)
    tokens = {"gen_ai.usage.input_tokens": usage.prompt, "gen_ai.usage.output_tokens": usage.reply}
    call.note(**tokens, counted=usage.counted)


def messages_json(turns: list[tuple[str, str]]) -> str:
    """Roles and texts in the form that the conventions give them."""
    parts = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in turns]
    return json.dumps(parts, ensure_ascii=False)
