"""Several models, one after the other, until one gives a whole answer; every step is told to whoever listens.

What a failed one said is void, which the next piece's `attempt` says (`base.py`). Where nobody answers, NoAnswer says
so, and the caller goes on with the course's own words.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Literal, Self

from codegym_jlab.records import DomainError, frozen
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.traces import Span, Value, span

from .base import (
    Away,
    BadAnswer,
    CutOff,
    Draft,
    Llm,
    LlmError,
    NoAnswer,
    Overloaded,
    Pieces,
    Prompt,
    Readiness,
    Refused,
    TooLong,
    Usage,
)

#: Failures in a row, after which a model rests for so many seconds.
MOST_FAULTS, REST_S = 3, 60.0


@dataclass(slots=True)
class Breaker:
    """Of one model: is it asked, or does it rest?"""

    faults: int = 0
    until: float = 0.0

    def is_open(self, now: float) -> bool:
        return now < self.until

    def lets_through(self, now: float) -> bool:
        """Whether it may be asked now. After a rest one question goes through; it rests on unless that is answered."""
        if self.is_open(now):
            return False
        if self.faults >= MOST_FAULTS:
            self.until = now + REST_S
        return True

    def worked(self) -> None:
        self.faults, self.until = 0, 0.0

    def failed(self, error: LlmError, now: float) -> None:
        """It did not. A prompt that does not fit, and a bad answer, are no sign of its health."""
        if isinstance(error, TooLong | BadAnswer) or (isinstance(error, CutOff) and error.by == "length"):
            self.worked()
            return
        # whoever asks again after a refusal is told the same, until somebody mends the settings
        self.faults += MOST_FAULTS if isinstance(error, Refused) else 1
        if self.faults >= MOST_FAULTS:
            self.until = now + REST_S


@frozen
class Patience:
    """Seconds. A model of 3 GB that must be loaded first and reads a long prompt on two cores takes half a minute."""

    first_s: float = 45.0
    between_s: float = 15.0
    total_s: float = 120.0


async def timed(stream: Pieces, patience: Patience, llm: str) -> Pieces:
    """The same pieces, if they come in time and say something; only waiting for the model counts.

    Raises Overloaded, CutOff, BadAnswer.
    """
    waited, heard, has_said = 0.0, False, False
    clock = asyncio.get_running_loop().time
    async with aclosing(stream) as pieces:
        while True:
            began = clock()
            due = patience.between_s if heard else patience.first_s
            try:
                async with asyncio.timeout(min(due, patience.total_s - waited)):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if not heard:
                    said = f"it did not begin within {patience.first_s:g} seconds"
                    raise Overloaded(llm, said, wait_s=float("inf")) from None
                raise CutOff(llm, "it fell silent, or was not done in time", by="silent") from None
            waited, heard = waited + clock() - began, True
            has_said = has_said or bool(piece.text.strip())
            if piece.usage is not None and not has_said:
                raise BadAnswer(llm, "the model said nothing")
            yield piece


def without_talk(prompt: Prompt) -> Prompt | None:
    """Without the conversation before the last turn; None where there is none. The system's words stay."""
    system = tuple(message for message in prompt.messages if message.role == "system")
    turns = len(prompt.messages) - len(system)
    return replace(prompt, messages=(*system, prompt.messages[-1])) if turns > 1 else None


#: A provider that asks for more is passed over.
MOST_WAIT_S = 3.0
BACKOFF_S = 0.3
#: Of all tries together.
WHOLE_S = 180.0

What = Literal["asked", "began", "answered", "failed", "resting"]


@frozen
class Step:
    """What a chain does. `llm` is the name that people are shown; `error` the word of what went wrong."""

    what: What
    llm: str
    error: str = ""


Listener = Callable[[Step], None]


@frozen
class Pace:
    """How fast a model answered at last. Seconds, and tokens a second; None where the answer was too short to tell."""

    first_s: float
    tokens_s: float | None


@dataclass(slots=True)
class Link:
    """A model in its place. `label` is what people are told: *class server*."""

    llm: Llm
    label: str = ""
    patience: Patience = field(default_factory=Patience)
    tries: int = 2
    breaker: Breaker = field(default_factory=Breaker)
    pace: Pace | None = None
    here: bool = False  #: what it is asked stays on this computer, or with those who run the server
    busy: int = 0  #: questions that it answers now
    last_error: str = ""  #: of its last answer, where that failed

    @property
    def shown(self) -> str:
        """Its label, else its name without who serves it."""
        return self.label or self.llm.name.partition(":")[2] or self.llm.name


class UnknownLlm(DomainError):
    """No model of the settings has this name. Reload the page."""


@dataclass
class Chain:
    """Asks its links in order. `clock` and `sleep` are seconds, for tests."""

    links: Sequence[Link]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    whole_s: float = WHOLE_S

    def __bool__(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self.links)

    async def stream(self, prompt: Prompt, listener: Listener = lambda step: None) -> Pieces:
        """A whole answer, begun again as often as need be; each step is told to `listener`. Raises NoAnswer."""
        attempt, due, errors = 0, self.clock() + self.whole_s, list[LlmError]()
        for number, link in enumerate(self.links):
            others = any(not after.breaker.is_open(self.clock()) for after in self.links[number + 1 :])
            asked = prompt
            for turn in range(link.tries):
                if not link.breaker.lets_through(self.clock()):
                    if not turn:
                        errors.append(Away(link.llm.name, "it failed several times and rests for a while"))
                        listener(Step("resting", link.shown, Away.word))
                    break
                attempt += 1
                try:
                    async with aclosing(self._answer(link, asked, attempt, due, listener)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return
                except LlmError as error:
                    link.last_error = error.text
                    link.breaker.failed(error, self.clock())
                    errors.append(error)
                    listener(Step("failed", link.shown, error.word))
                    again = _again(error, asked, turn, others)
                if again is None or turn + 1 == link.tries or self.clock() >= due:
                    break
                wait, asked = again
                await self.sleep(wait)
        raise NoAnswer("; ".join(f"{error.llm}: {error.text}" for error in errors) or "models are turned off")

    async def _answer(self, link: Link, prompt: Prompt, attempt: int, due: float, listener: Listener) -> Pieces:
        """One model, once."""
        name, asked_at, began_at = link.llm.name, self.clock(), 0.0
        listener(Step("asked", link.shown))
        patience = replace(link.patience, total_s=min(link.patience.total_s, max(0.1, due - asked_at)))
        stream = timed(link.llm.stream(prompt), patience, name)
        link.busy += 1
        try:
            async with aclosing(watched(stream, prompt, name, attempt)) as pieces:
                async for piece in pieces:
                    if piece.text and not began_at:
                        began_at = self.clock()
                        listener(Step("began", link.shown))
                    if piece.usage is not None:  # it is whole: known before the last piece is handed on
                        link.breaker.worked()
                        link.last_error = ""
                        link.pace = pace_of(asked_at, began_at or asked_at, self.clock(), piece.usage.reply)
                        listener(Step("answered", link.shown))
                    yield replace(piece, llm=link.shown, attempt=attempt)
        finally:
            link.busy -= 1

    async def whole(self, prompt: Prompt) -> tuple[str, str, Usage]:
        """A reply that is read once it is over, who gave it, and its tokens. Raises NoAnswer."""
        draft, llm, usage = Draft(), "", Usage(0, 0)
        async with aclosing(self.stream(prompt)) as pieces:
            async for piece in pieces:
                draft.add(piece)
                llm, usage = piece.llm, piece.usage or usage
        return draft.text, llm, usage

    def led_by(self, shown: str) -> Self:
        """The same links, the one that is shown so asked first; none for "". Raises UnknownLlm."""
        led = copy(self)
        first = self.find(shown) if shown else None
        led.links = tuple(sorted(self.links, key=lambda link: link is not first)) if first else ()
        return led

    def find(self, name: str) -> Link:
        """The link that people, or the settings, know by this name. Raises UnknownLlm."""
        for link in self.links:
            if name in (link.shown, link.llm.name):
                return link
        raise UnknownLlm

    async def seen(self) -> list[tuple[str, Readiness]]:
        """Each of them, in order, under the name that people are shown."""
        ready = await asyncio.gather(*(link.llm.look() for link in self.links))
        return [(link.shown, one) for link, one in zip(self.links, ready, strict=True)]

    async def close(self) -> None:
        await asyncio.gather(*(link.llm.close() for link in self.links))


def _again(error: LlmError, prompt: Prompt, turn: int, others: bool) -> tuple[float, Prompt] | None:
    """After how many seconds, and what, the same model is asked once more; None: the next one is better."""
    if isinstance(error, TooLong):
        shorter = without_talk(prompt)
        return (0.0, shorter) if shorter is not None else None
    backoff = BACKOFF_S * 2**turn * random.uniform(0.5, 1.0)  # noqa: S311
    if isinstance(error, Overloaded):
        wait = backoff if error.wait_s is None else error.wait_s
        return (wait, prompt) if wait <= MOST_WAIT_S else None
    if isinstance(error, Away) or (isinstance(error, CutOff) and error.by == "died"):
        return None if others else (backoff, prompt)  # a runner is started again at the next question
    return None


def pace_of(asked_at: float, began_at: float, ended_at: float, tokens: int) -> Pace:
    """By a clock's seconds, of an answer of so many tokens."""
    took = ended_at - began_at
    return Pace(began_at - asked_at, (tokens - 1) / took if tokens > 1 and took > 0 else None)


async def watched(stream: Pieces, prompt: Prompt, llm: str, attempt: int) -> Pieces:
    """The same, counted, and told as a span by OpenTelemetry's conventions for generative AI.

    https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ What is asked and said is a part of it only where
    content is switched on.
    """
    provider, _, model = llm.partition(":")
    known: dict[str, Value | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model or provider,
        "gen_ai.request.max_tokens": prompt.max_tokens,
        "gen_ai.request.temperature": prompt.temperature,
        "gen_ai.output.type": "text",
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
        asked = messages_json([(m.role, m.text) for m in prompt.messages])
        call.show(**{"gen_ai.input.messages": asked, "gen_ai.output.messages": messages_json([("assistant", said)])})
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
