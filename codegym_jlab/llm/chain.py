"""Several models, one after the other, until one gives a whole answer; every step is told to whoever listens.

A chain is a model, too: what a failed one said is void, which the next piece's `attempt` says (`base.py`). Where nobody
answers, NoAnswer says so, and the caller goes on with the course's own words.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal

from .base import (
    Away,
    BadAnswer,
    CutOff,
    Llm,
    LlmError,
    Message,
    NoAnswer,
    Overloaded,
    Piece,
    Prompt,
    Readiness,
    Refused,
    TooLong,
    checked,
)
from .spans import watched

#: Failures in a row.
MOST_FAULTS = 3
REST_S, MOST_REST_S = 30.0, 300.0
Standing = Literal["closed", "open", "trying"]


@dataclass(slots=True)
class Breaker:
    """Of one model. Closed: it is asked. Open: it rests. Trying: one question finds out whether it is back."""

    faults: int = 0
    until: float = 0.0
    rest_s: float = REST_S
    trying: bool = False

    def standing(self, now: float) -> Standing:
        """How it stands; changes nothing."""
        if self.trying:
            return "trying"
        return "open" if now < self.until else "closed"

    def lets_through(self, now: float) -> bool:
        """Whether it may be asked now. After a rest one question goes through, the others wait for how that ends."""
        if self.trying or now < self.until:
            return False
        self.trying = self.until > 0
        return True

    def worked(self) -> None:
        """It answered."""
        self.faults, self.until, self.rest_s, self.trying = 0, 0.0, REST_S, False

    def failed(self, error: LlmError, now: float) -> None:
        """It did not. A prompt that does not fit, and a bad answer, are no sign of its health."""
        was_trying, self.trying = self.trying, False
        if isinstance(error, Refused):  # whoever asks again is told the same, until somebody mends the settings
            self.faults = MOST_FAULTS
        elif isinstance(error, Away | Overloaded) or (isinstance(error, CutOff) and error.by != "length"):
            self.faults += 1
        else:
            self.worked()
            return
        if was_trying or self.faults >= MOST_FAULTS:
            self.until = now + self.rest_s
            self.rest_s = min(MOST_REST_S, self.rest_s * 2)

    def left(self) -> None:
        """Whoever asked went away before it was known how it would end."""
        self.trying = False


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. A model of 3 GB that must be loaded first and reads a long prompt on two cores takes half a minute."""

    first_s: float = 45.0
    between_s: float = 15.0
    total_s: float = 120.0


async def timed(stream: AsyncGenerator[Piece, None], patience: Patience, llm: str) -> AsyncGenerator[Piece, None]:
    """The same pieces, if they come in time; only waiting for the model counts. Raises Overloaded, CutOff."""
    waited, heard = 0.0, False
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
                raise _late(llm, heard, waited + due < patience.total_s, patience) from None
            waited, heard = waited + clock() - began, True
            yield piece


def _late(llm: str, heard: bool, silent: bool, patience: Patience) -> Overloaded | CutOff:
    if not heard:
        return Overloaded(llm, f"it did not begin within {patience.first_s:g} seconds", wait_s=float("inf"))
    if silent:
        return CutOff(llm, f"it said nothing more for {patience.between_s:g} seconds", by="silent")
    return CutOff(llm, f"it was not done within {patience.total_s:g} seconds", by="silent")


_ONLY_JSON = "Answer with the JSON value only: no fence, no word before it or after it."
_SAY_SOMETHING = "Answer with one short sentence."
_SHORTER = "Answer in at most {words} words."


def tighter(prompt: Prompt, error: LlmError) -> Prompt | None:
    """The prompt that has a better chance, or None where there is none. Never loses the system's words or the last."""
    if isinstance(error, TooLong):
        return _without_talk(prompt)
    if isinstance(error, BadAnswer):
        said = _ONLY_JSON if prompt.schema is not None else _SAY_SOMETHING
        return replace(_with_rule(prompt, said), temperature=0.0)
    if isinstance(error, CutOff) and error.by == "length":
        if prompt.schema is not None:
            return replace(prompt, max_tokens=prompt.max_tokens * 2)
        return _with_rule(prompt, _SHORTER.format(words=max(10, prompt.max_tokens // 4)))
    return None


def _without_talk(prompt: Prompt) -> Prompt | None:
    """Without the conversation before the last turn; None where there is none."""
    system = tuple(message for message in prompt.messages if message.role == "system")
    turns = len(prompt.messages) - len(system)
    return replace(prompt, messages=(*system, prompt.messages[-1])) if turns > 1 else None


def _with_rule(prompt: Prompt, rule: str) -> Prompt:
    messages = list(prompt.messages)
    at = next((i for i, message in enumerate(messages) if message.role == "system"), None)
    if at is None:
        return replace(prompt, messages=(Message("system", rule), *messages))
    messages[at] = replace(messages[at], text=f"{messages[at].text}\n\n{rule}")
    return replace(prompt, messages=tuple(messages), brief=f"{prompt.brief}\n\n{rule}" if prompt.brief else "")


#: A provider that asks for more is passed over.
MOST_WAIT_S = 3.0
BACKOFF_S = 0.3
#: Of all tries together.
WHOLE_S = 180.0

What = Literal["asked", "began", "answered", "failed", "resting", "waiting", "tightened", "nobody"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a chain does. `llm` is the name that people are shown; `error` the word of what went wrong."""

    what: What
    llm: str
    attempt: int = 0
    error: str = ""


Listener = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
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
    busy: int = 0  #: questions that it answers now
    last_error: str = ""  #: of its last answer, where that failed

    @property
    def shown(self) -> str:
        """Its label, else its name without who serves it."""
        return self.label or self.llm.name.partition(":")[2] or self.llm.name


@dataclass(frozen=True, slots=True)
class Seen:
    """A link as it is now."""

    shown: str
    ready: Readiness
    standing: Standing
    last_error: str


class Chain:
    """Asks its links in order. `clock` and `sleep` are seconds, for tests."""

    name = "chain"

    def __init__(
        self,
        links: Sequence[Link],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        whole_s: float = WHOLE_S,
    ) -> None:
        self.links = tuple(links)
        self.now, self._sleep, self.whole_s = clock, sleep, whole_s

    def __bool__(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self.links)

    async def stream(self, prompt: Prompt, listener: Listener = lambda step: None) -> AsyncGenerator[Piece, None]:
        """A whole answer, begun again as often as need be; each step is told to `listener`. Raises NoAnswer."""
        asking = _Asking(self, prompt, listener)
        for number, link in enumerate(self.links):
            others = any(after.breaker.standing(self.now()) == "closed" for after in self.links[number + 1 :])
            if not link.breaker.lets_through(self.now()):
                asking.failed(link, Away(link.llm.name, "it failed several times and rests for a while"), "resting")
                continue
            async with aclosing(self._ask(link, asking, others)) as pieces:
                async for piece in pieces:
                    yield piece
            if asking.answered:
                return
        asking.tell("nobody", "")
        raise NoAnswer(_why(self.links, asking.errors), tuple(asking.errors))

    async def _ask(self, link: Link, asking: _Asking, others: bool) -> AsyncGenerator[Piece, None]:
        """One model, as often as it is worth it."""
        prompt = asking.prompt
        for turn in range(link.tries):
            if turn and not link.breaker.lets_through(self.now()):
                return
            asking.attempt += 1
            link.busy += 1
            try:
                async with aclosing(self._answer(link, prompt, asking)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except LlmError as error:
                link.last_error = error.text
                link.breaker.failed(error, self.now())
                asking.failed(link, error, "failed")
                again = _again(error, prompt, turn, others) if asking.left() > 0 else None
            except BaseException:
                link.breaker.left()
                raise
            finally:
                link.busy -= 1
            if again is None or turn + 1 == link.tries:
                return
            wait, tight = again
            if tight is not prompt:
                asking.tell("tightened", link.shown)
            if wait:
                asking.tell("waiting", link.shown)
                await self._sleep(wait)
            prompt = tight

    async def _answer(self, link: Link, prompt: Prompt, asking: _Asking) -> AsyncGenerator[Piece, None]:
        attempt, began, asked_at, began_at = asking.attempt, False, self.now(), 0.0
        asking.tell("asked", link.shown)
        patience = replace(link.patience, total_s=min(link.patience.total_s, max(0.1, asking.left())))
        stream = checked(timed(link.llm.stream(prompt), patience, link.llm.name), prompt, link.llm.name)
        async with aclosing(watched(stream, prompt, link.llm.name, attempt)) as pieces:
            async for piece in pieces:
                if piece.text and not began:
                    began, began_at = True, self.now()
                    asking.tell("began", link.shown)
                if piece.usage is not None:  # it is whole: known before the last piece is handed on
                    link.breaker.worked()
                    link.last_error = ""
                    if began:
                        link.pace = _pace(asked_at, began_at, self.now(), piece.usage.reply)
                    asking.answered = True
                    asking.tell("answered", link.shown)
                yield replace(piece, llm=link.shown, attempt=attempt)

    async def look(self) -> Readiness:
        """The first that answers."""
        seen = await self.seen()
        first = next((each.ready for each in seen if each.ready.answers), None)
        if first is not None:
            return first
        if not seen:
            return Readiness(self.name, "refused", "models are turned off")
        return replace(seen[0].ready, text="; ".join(f"{each.shown}: {each.ready.text}" for each in seen))

    async def seen(self) -> list[Seen]:
        """Each of them, in order."""
        ready = await asyncio.gather(*(link.llm.look() for link in self.links))
        return [
            Seen(link.shown, one, link.breaker.standing(self.now()), link.last_error)
            for link, one in zip(self.links, ready, strict=True)
        ]

    async def close(self) -> None:
        """All of them."""
        await asyncio.gather(*(link.llm.close() for link in self.links))


class _Asking:
    """One question on its way through a chain."""

    def __init__(self, chain: Chain, prompt: Prompt, listener: Listener) -> None:
        self._chain, self.prompt, self._listener = chain, prompt, listener
        self._began = chain.now()
        self.attempt, self.answered = 0, False
        self.errors: list[LlmError] = []

    def left(self) -> float:
        """Seconds."""
        return self._chain.whole_s - (self._chain.now() - self._began)

    def tell(self, what: What, shown: str, error: str = "") -> None:
        """A step."""
        self._listener(Step(what, shown, self.attempt, error))

    def failed(self, link: Link, error: LlmError, what: What) -> None:
        """It gave no whole answer, or rests."""
        self.errors.append(error)
        self.tell(what, link.shown, error.word)


def _again(error: LlmError, prompt: Prompt, turn: int, others: bool) -> tuple[float, Prompt] | None:
    """After how many seconds, and what, the same model is asked once more; None: the next one is better."""
    tight = tighter(prompt, error)
    if tight is not None:
        return 0.0, tight
    backoff = BACKOFF_S * 2**turn * random.uniform(0.5, 1.0)  # noqa: S311
    if isinstance(error, Overloaded):
        wait = backoff if error.wait_s is None else error.wait_s
        return (wait, prompt) if wait <= MOST_WAIT_S else None
    if isinstance(error, Away) or (isinstance(error, CutOff) and error.by == "died"):
        return None if others else (backoff, prompt)  # a runner is started again at the next question
    return None


def _pace(asked_at: float, began_at: float, ended_at: float, tokens: int) -> Pace:
    took = ended_at - began_at
    return Pace(began_at - asked_at, (tokens - 1) / took if tokens > 1 and took > 0 else None)


def _why(links: Sequence[Link], errors: Sequence[LlmError]) -> str:
    if not links:
        return "no model is set up, or models are turned off"
    shown = {link.llm.name: link.shown for link in links}
    last = {shown.get(error.llm, error.llm): error.text for error in errors}
    return "no model answered: " + "; ".join(f"{name}: {text}" for name, text in last.items())
