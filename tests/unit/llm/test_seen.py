"""A call of a model in traces and metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import aclosing

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from steps import whole

from codegym_jlab.llm.base import Message, Prompt
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.llm.scripted import Line, Scripted
from codegym_jlab.telemetry import metrics, traces
from codegym_jlab.telemetry.traces import OpenTelemetry

pytestmark = pytest.mark.anyio
SECRET = "tabby-cat-4711"
PROMPT = Prompt((Message("user", f"Why? {SECRET}"),), max_tokens=64)


class Traced:
    def __init__(self, content: bool) -> None:
        self._exporter = InMemorySpanExporter()
        self._tracing = OpenTelemetry(self._exporter, content=content)
        traces.use(self._tracing)

    def close(self) -> list[ReadableSpan]:
        traces.use(None)
        self._tracing.close(5)
        return list(self._exporter.get_finished_spans())


@pytest.fixture(params=[False, True])
def content(request: pytest.FixtureRequest) -> Iterator[bool]:
    yield request.param
    traces.use(None)


def chain() -> Chain:
    dying = Scripted([Line("One two three", fault="cut off", after=2)], "ollama:qwen2.5:3b")
    return Chain([Link(dying), Link(Scripted([f"Look there. {SECRET}"], "openai:big"))])


async def test_each_try_is_a_span_by_the_conventions_and_content_only_where_it_is_switched_on(content: bool) -> None:
    traced = Traced(content)
    with traces.span_of(None, "ask"):
        async with aclosing(chain().stream(PROMPT)) as pieces:
            async for _ in pieces:
                with traces.span("guard"):
                    pass
    all_spans = traced.close()
    turn = next(span for span in all_spans if span.name == "ask")
    assert turn.context is not None
    assert {span.parent.span_id for span in all_spans if span.parent} == {turn.context.span_id}, "none within a call"
    dead, good = (span for span in all_spans if span.name.startswith("chat "))
    assert (dead.name, good.name) == ("chat qwen2.5:3b", "chat big") and dead.kind is SpanKind.CLIENT
    assert dead.attributes and good.attributes
    assert dead.attributes["error.type"] == "cut_off" and not dead.status.is_ok
    known = {name: good.attributes[name] for name in good.attributes if name.startswith("gen_ai")}
    assert known["gen_ai.operation.name"] == "chat" and known["gen_ai.provider.name"] == "openai"
    assert known["gen_ai.request.model"] == "big" and known["gen_ai.request.max_tokens"] == 64
    assert known["gen_ai.usage.output_tokens"] == 3
    assert (SECRET in str([dict(span.attributes or {}) for span in all_spans])) is content
    if content:
        (said,) = json.loads(str(known["gen_ai.output.messages"]))
        assert said == {"role": "assistant", "parts": [{"type": "text", "content": f"Look there. {SECRET}"}]}


async def test_calls_are_counted_by_how_they_ended() -> None:
    def count(llm: str, outcome: str) -> float:
        _, page = metrics.page(())
        found = re.search(rf'codegym_llm_calls_total{{llm="{llm}",outcome="{outcome}"}} (\S+)', page.decode())
        return float(found[1]) if found else 0.0

    metrics.switch_on()
    pairs = [("ollama:qwen2.5:3b", "cut off"), ("openai:big", "answered"), ("openai:big", "stopped")]
    before = [count(*pair) for pair in pairs]
    await whole(chain().stream(PROMPT))
    async with aclosing(Chain([Link(Scripted(["One two"], "openai:big"))]).stream(PROMPT)) as pieces:
        await anext(pieces)
    assert [count(*pair) for pair in pairs] == [number + 1 for number in before]
    _, page = metrics.page(())
    assert b'codegym_llm_tokens_total{kind="reply",llm="openai:big"}' in page and SECRET.encode() not in page
