"""Ollama: models on this computer or a server of one's own, by its own API, which OpenAI's form of it has not all of.

What that is needed for: a context that holds the whole prompt (Ollama cuts it silently to what `num_ctx` says), pulling
with progress, what is loaded, and how long it stays so. https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from . import counting
from .base import (
    BadAnswer,
    CutOff,
    Listed,
    LlmError,
    Piece,
    Prompt,
    Pulled,
    Readiness,
    Refused,
    TooLong,
    Usage,
)
from .connection import Connection
from .profiles import Profile, profile_of, shaped, without_thoughts

HERE = "http://127.0.0.1:11434"
#: Tokens; a model whose context changes is loaded anew, so it grows by doubling and never shrinks.
LEAST_CONTEXT = 4096
#: Tokens, unless the settings say more: each costs memory (qwen2.5:3b 36 kB).
MOST_CONTEXT = 16384


class Ollama:
    """One model of one Ollama."""

    def __init__(
        self,
        model: str,
        url: str = HERE,
        *,
        profile: Profile | None = None,
        context: int = MOST_CONTEXT,
        keep_alive: str = "30m",
        name: str = "",
    ) -> None:
        self.name = name or f"ollama:{model}"
        self._model, self._keep_alive, self._most = model, keep_alive, context
        self._profile = profile or profile_of(model)
        self._at = Connection(self.name, url.rstrip("/"))
        self._num_ctx = LEAST_CONTEXT
        self._own_context: int | None = None

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Its answer. Raises LlmError; TooLong before anything is asked where the prompt could be cut."""
        asked = shaped(prompt, self._profile)
        certain = await self._make_room(asked)
        last: dict[str, Any] = {}
        async with aclosing(self._said(self._body(asked), last)) as texts:
            async for text in without_thoughts(texts):
                yield Piece(text, self.name)
        yield Piece("", self.name, self._usage(asked, last, certain))

    async def _said(self, body: dict[str, Any], last: dict[str, Any]) -> AsyncGenerator[str, None]:
        began = False
        async with aclosing(self._at.lines("/api/chat", body)) as lines:
            async for line in lines:
                if not line.strip() or line.startswith(":"):
                    continue
                told = self._read(line)
                if "error" in told:
                    raise self._broken(str(told["error"]), began)
                began = True
                yield str((told.get("message") or {}).get("content") or "")
                if told.get("done"):
                    last.update(told)
                    return
        raise CutOff(self.name, "the server ended its answer before it was whole")

    def _broken(self, said: str, began: bool) -> LlmError:
        error = self._at.error(said)
        return CutOff(self.name, f"the model stopped half-way: {error.text}") if began else error

    def _read(self, line: str) -> dict[str, Any]:
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise BadAnswer(self.name, "the server answers in no form that Ollama has: look at the URL")
        return told

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        options: dict[str, Any] = {
            "num_ctx": self._num_ctx,
            "num_predict": max(1, prompt.max_tokens),
            "temperature": prompt.temperature,
            "stop": list(prompt.stop),
        }
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "stream": True,
            "keep_alive": self._keep_alive,
            "options": options | ({} if prompt.seed is None else {"seed": prompt.seed}),
        }
        if prompt.schema is not None:
            body["format"] = dict(prompt.schema)
        return body | ({"think": False} if self._profile.thinks else {})

    async def _make_room(self, prompt: Prompt) -> bool:
        """Chooses the context; True where it is certain that nothing is cut. Raises TooLong, and what `show` raises."""
        most = min(self._most, await self._context())
        certain, likely = counting.bytes_of(prompt), counting.at_most(prompt)
        room = most - prompt.max_tokens
        if (likely if self._profile.known else certain) > room:
            raise TooLong(
                self.name, f"the prompt may be longer than the {max(0, room)} tokens that this model has for it"
            )
        need = prompt.max_tokens + (certain if certain + prompt.max_tokens <= LEAST_CONTEXT else min(likely, certain))
        need = need if self._profile.known else prompt.max_tokens + certain
        while self._num_ctx < min(need, most):
            self._num_ctx *= 2
        self._num_ctx = min(self._num_ctx, most)
        return certain <= self._num_ctx - prompt.max_tokens

    async def _context(self) -> int:
        if self._own_context is None:
            self._own_context = await self._shown()
        return self._own_context

    async def _shown(self) -> int:
        try:
            about = await self._at.post("/api/show", {"model": self._model})
        except Refused as error:
            if "no such model" in error.text:
                raise Refused(self.name, f"{self._model} is not there: codegym models pull {self.name}") from None
            raise
        facts = about.get("model_info") or {}
        return next((int(value) for name, value in facts.items() if name.endswith(".context_length")), MOST_CONTEXT)

    def _usage(self, prompt: Prompt, last: dict[str, Any], certain: bool) -> Usage:
        told = last.get("prompt_eval_count")
        if last.get("done_reason") == "length":
            raise CutOff(self.name, f"the reply is longer than {prompt.max_tokens} tokens", by="length")
        if isinstance(told, int) and not certain and (told >= self._num_ctx or told < counting.at_least(prompt)):
            raise TooLong(self.name, "the server cut the prompt, so its answer is to another question")
        reply = last.get("eval_count")
        if isinstance(told, int) and isinstance(reply, int):
            return Usage(told, reply)
        return Usage(counting.at_most(prompt), int(reply or 0), counted=False)

    async def look(self) -> Readiness:
        """Whether it is there and loaded."""
        try:
            here = {one.model: one for one in await self.models()}
        except LlmError as error:
            return Readiness(
                self.name, "away" if error.word != "refused" else "refused", _what_to_do(error, self._at.url)
            )
        found = here.get(self._model) or here.get(f"{self._model}:latest")
        if found is None:
            return Readiness(self.name, "absent", f"fetch it: codegym models pull {self.name}")
        try:
            context = min(self._most, await self._context())
        except LlmError as error:
            return Readiness(self.name, "refused", error.text)
        return Readiness(self.name, "loaded" if found.loaded else "ready", "", context, found.size)

    async def models(self) -> list[Listed]:
        """All that this Ollama has. Raises Away, Refused."""
        there, loaded = await self._at.get("/api/tags"), await self._at.get("/api/ps")
        try:
            busy = {str(one["name"]) for one in loaded["models"] or ()}
            return [Listed(str(one["name"]), one.get("size"), one["name"] in busy) for one in there["models"] or ()]
        except (KeyError, TypeError):
            raise Refused(self.name, f"{self._at.url} answers, but it is no Ollama: look at the URL") from None

    async def pull(self) -> AsyncIterator[Pulled]:
        """Fetch it from where Ollama has its models. Raises Away, Refused, CutOff."""
        self._own_context = None
        async with aclosing(self._at.lines("/api/pull", {"model": self._model, "stream": True})) as lines:
            async for line in lines:
                if not line.strip() or line.startswith(":"):
                    continue
                told = self._read(line)
                if "error" in told:
                    raise Refused(self.name, f"{self._model} cannot be fetched: {str(told['error'])[:200]}")
                yield Pulled(str(told.get("status", "")), int(told.get("completed") or 0), int(told.get("total") or 0))
                if told.get("status") == "success":
                    return
        raise CutOff(self.name, "the server ended the pull before it was whole; pull again, it goes on where it was")

    async def close(self) -> None:
        """The model stays loaded as long as `keep_alive` says."""
        await self._at.close()


def _what_to_do(error: LlmError, url: str) -> str:
    if error.word == "refused":
        return f"{error.text}; for another host name than its own, set OLLAMA_HOST where Ollama runs"
    start = "start it (ollama serve), or install it from https://ollama.com" if url == HERE else "is it running?"
    return f"{error.text}; {start}"
