"""Ollama: models on this computer or a server of one's own, by its own API, which OpenAI's form of it has not all of.

What that is needed for: a context that holds the whole prompt (Ollama cuts it silently to what `num_ctx` says), pulling
with progress, what is loaded, and how long it stays so. https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from codegym_jlab.records import Json

from .base import CutOff, LlmError, Prompt, Pulled, Readiness, Refused
from .client import CONNECT_S, LOOK_S, Client
from .profiles import Profile, profile_of, room_in

if TYPE_CHECKING:
    from ollama import AsyncClient

HERE = "http://127.0.0.1:11434"
#: Tokens; a model whose context changes is loaded anew, so it grows by doubling and never shrinks.
LEAST_CONTEXT = 4096
#: Tokens, unless the settings say more: each costs memory (qwen2.5:3b 36 kB).
MOST_CONTEXT = 16384
_Told = TypeVar("_Told")


class Ollama(Client):
    """One model of one Ollama."""

    def __init__(
        self,
        model: str,
        url: str = HERE,
        *,
        profile: Profile | None = None,
        context: int = MOST_CONTEXT,
        keep_alive: str = "30m",
    ) -> None:
        super().__init__(f"ollama:{model}", url, profile or profile_of(model))
        self.here = self.here and not model.endswith("cloud")  # such a model it hands on to its maker's servers
        self._model, self._keep_alive, self._most = model, keep_alive, context
        self._room = LEAST_CONTEXT
        self._own_context: int | None = None

    @cached_property
    def _client(self) -> AsyncClient:
        import httpx
        from ollama import AsyncClient

        patience = httpx.Timeout(None, connect=CONNECT_S, pool=CONNECT_S)
        return AsyncClient(self._url, timeout=patience, **self._options())

    @asynccontextmanager
    async def _told(self, last: Json) -> AsyncIterator[None]:
        """The library's errors in our words; `last` holds something once the answer has begun."""
        import httpx
        from ollama import ResponseError

        try:
            yield
        except ResponseError as error:
            found = self._error(error.error, error.status_code if error.status_code > 0 else 500)
            raise CutOff(self.name, f"the model stopped half-way: {found.text}") if last else found from None
        except (httpx.HTTPError, httpx.InvalidURL, ConnectionError, TimeoutError) as error:
            raise self._lost(bool(last)) from error
        except (ValueError, AttributeError, TypeError):
            raise Refused(self.name, f"{self._url} answers, but it is no Ollama: look at the URL") from None

    async def _said(self, prompt: Prompt, last: Json) -> AsyncGenerator[str, None]:
        async with self._told(last):
            asking: Any = await self._client.chat(stream=True, **self._body(prompt))
            async with aclosing(asking) as parts:
                async for part in parts:
                    last.update(finish=part.done_reason, prompt=part.prompt_eval_count, reply=part.eval_count)
                    yield part.message.content or ""
                    if part.done:
                        return
        raise CutOff(self.name, "the server ended its answer before it was whole")

    async def _at_once(self, asking: Awaitable[_Told]) -> _Told:
        """An answer that is due at once. Raises LlmError."""
        async with self._told({}), asyncio.timeout(LOOK_S):
            return await asking

    def _body(self, prompt: Prompt) -> Json:
        options = {
            "num_ctx": self._room,
            "num_predict": max(1, prompt.max_tokens),
            "temperature": prompt.temperature,
            "stop": list(prompt.stop),
        }
        return {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "keep_alive": self._keep_alive,
            "options": options,
            "think": False if self._profile.thinks else None,
        }

    async def _make_room(self, prompt: Prompt) -> None:
        """Chooses the context. Raises TooLong, and what `show` raises."""
        most = min(self._most, await self._context())
        need = room_in(prompt, self._profile, most, self.name)
        while self._room < need:
            self._room *= 2
        self._room = min(self._room, most)

    async def _context(self) -> int:
        if self._own_context is None:
            try:
                facts = (await self._at_once(self._client.show(self._model))).modelinfo or {}
            except Refused as error:
                if "no such model" in error.text:
                    raise Refused(self.name, f"{self._model} is not there: codegym models pull {self.name}") from None
                raise
            lengths = (int(value) for name, value in facts.items() if name.endswith(".context_length"))
            self._own_context = next(lengths, MOST_CONTEXT)
        return self._own_context

    async def look(self) -> Readiness:
        """Whether it is there and loaded."""
        try:
            await self._connect()
            there = await self._at_once(self._client.list())
            busy = {one.model for one in (await self._at_once(self._client.ps())).models}
        except LlmError as error:
            return self._unready(error, _what_to_do(error, self._url))
        names = (self._model, f"{self._model}:latest")
        found = next((one for one in there.models if one.model in names), None)
        if found is None:
            return Readiness(self.name, "absent", f"fetch it: codegym models pull {self.name}")
        try:
            context = min(self._most, await self._context())
        except LlmError as error:
            return Readiness(self.name, "refused", error.text)
        return Readiness(self.name, "loaded" if found.model in busy else "ready", "", context, found.size)

    async def pull(self) -> AsyncIterator[Pulled]:
        """Fetch it from where Ollama has its models. Raises Away, Refused, CutOff."""
        await self._connect()
        self._own_context = None
        last: Json = {}
        try:
            async with self._told(last):
                asking: Any = await self._client.pull(self._model, stream=True)
                async with aclosing(asking) as steps:
                    async for step in steps:
                        last["status"] = step.status
                        yield Pulled(step.status or "", step.completed or 0, step.total or 0)
        except CutOff as error:
            raise Refused(self.name, f"{self._model} cannot be fetched: {error.text}") from None
        if last.get("status") != "success":
            raise CutOff(self.name, "the server ended the pull before it was whole; pull again, it goes on")


def _what_to_do(error: LlmError, url: str) -> str:
    if error.word == "refused":
        return f"{error.text}; for another host name than its own, set OLLAMA_HOST where Ollama runs"
    start = "start it (ollama serve), or install it from https://ollama.com" if url == HERE else "is it running?"
    return f"{error.text}; {start}"
