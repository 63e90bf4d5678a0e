"""Whatever speaks OpenAI's chat completions: OpenAI, vLLM, a LiteLLM proxy, llama.cpp, Gemini and Vertex at their
compatible endpoints. https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

from . import counting
from .base import (
    Away,
    CutOff,
    Listed,
    LlmError,
    Piece,
    Prompt,
    Readiness,
    Refused,
    TooLong,
    Usage,
)
from .connection import Connection, Key, said_in
from .profiles import Profile, profile_of, shaped, with_schema, without_thoughts

#: How a schema is asked for: as OpenAI does; any JSON with the schema in the prompt; in the prompt alone.
Json = Literal["schema", "object", "prompt"]


class OpenAi:
    """One model at one URL, which ends as the server's documentation says, often in `/v1`."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: Key = Key(),  # noqa: B008
        profile: Profile | None = None,
        context: int | None = None,
        json_by: Json = "schema",
        max_tokens_as: str = "max_tokens",
        name: str = "",
    ) -> None:
        self.name = name or f"openai:{model}"
        self._model, self._context, self._json_by, self._max_tokens = model, context, json_by, max_tokens_as
        self._profile = profile or profile_of(model)
        self._at = Connection(self.name, url.rstrip("/"), key)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Its answer. Raises LlmError."""
        asked = shaped(prompt if self._json_by == "schema" else with_schema(prompt), self._profile)
        self._make_room(asked)
        told: dict[str, Any] = {}
        async with aclosing(self._said(self._body(asked, prompt), told)) as texts:
            said = 0
            async for text in without_thoughts(texts):
                said += counting.tokens(text)
                yield Piece(text, self.name)
        yield Piece("", self.name, self._usage(asked, told, said))

    def _make_room(self, prompt: Prompt) -> None:
        if self._context is None:  # the server says so itself, or its usage shows it
            return
        count = counting.at_most(prompt) if self._profile.known else counting.bytes_of(prompt)
        if count + prompt.max_tokens > self._context:
            room = self._context - prompt.max_tokens
            raise TooLong(
                self.name, f"the prompt may be longer than the {max(0, room)} tokens that this model has for it"
            )

    def _body(self, prompt: Prompt, wanted: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            self._max_tokens: max(1, prompt.max_tokens),
            "temperature": prompt.temperature,
        }
        body |= {"stop": list(prompt.stop[:4])} if prompt.stop else {}
        body |= {} if prompt.seed is None else {"seed": prompt.seed}
        if wanted.schema is not None and self._json_by == "schema":
            form = {"name": "answer", "schema": dict(wanted.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        elif wanted.schema is not None and self._json_by == "object":
            body["response_format"] = {"type": "json_object"}
        return body

    async def _said(self, body: dict[str, Any], told: dict[str, Any]) -> AsyncGenerator[str, None]:
        async with aclosing(self._at.lines("/chat/completions", body)) as lines:
            media = (await anext(lines))[2:]
            if media == "application/json":  # it does not stream
                yield self._take("".join([line async for line in lines]), told)
            elif media != "text/event-stream":
                raise Refused(self.name, f"{self._at.url} answers, but not as OpenAI does: the URL often ends in /v1")
            else:
                async for line in lines:
                    field, _, data = line.partition(":")
                    if field == "data" and data.strip() == "[DONE]":
                        break
                    yield self._take(data, told) if field == "data" else ""
        if not told.get("finish") and not told.get("came"):
            raise Away(self.name, "the server ended its answer before it began")
        if not told.get("finish"):
            raise CutOff(self.name, "the server ended its answer before it was whole")

    def _take(self, data: str, told: dict[str, Any]) -> str:
        try:
            chunk = json.loads(data)
            if "error" in chunk:
                raise self._broken(data)
            told["usage"] = chunk.get("usage") or told.get("usage")
            if not chunk.get("choices"):
                return ""
            choice = chunk["choices"][0]
            told["finish"] = choice.get("finish_reason") or told.get("finish")
            said = choice.get("delta") or choice.get("message") or {}
            text = str(said.get("content") or "")
            told["came"] = told.get("came") or bool(text)
            return text
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            raise CutOff(self.name, "the server's answer broke off, or is not as OpenAI's are") from None

    def _broken(self, data: str) -> LlmError:
        error = self._at.error(said_in(data))
        return CutOff(self.name, f"the model stopped half-way: {error.text}") if isinstance(error, Away) else error

    def _usage(self, prompt: Prompt, told: dict[str, Any], said: int) -> Usage:
        if told["finish"] == "length":
            raise CutOff(self.name, f"the reply is longer than {prompt.max_tokens} tokens", by="length")
        if told["finish"] == "content_filter":
            raise Refused(self.name, "the server's filter held the answer back")
        usage = told.get("usage") or {}
        counted, reply = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if not isinstance(counted, int) or not isinstance(reply, int):
            return Usage(counting.at_most(prompt), said, counted=False)
        if counted < counting.at_least(prompt):
            raise TooLong(self.name, "the server cut the prompt, so its answer is to another question")
        return Usage(counted, reply)

    async def look(self) -> Readiness:
        """Whether the server has it."""
        try:
            there = [one.model for one in await self.models()]
        except LlmError as error:
            if "no such model" in error.text:
                return Readiness(self.name, "ready", "the server has no list of models; it is asked all the same")
            state: Literal["refused", "away"] = "refused" if isinstance(error, Refused) else "away"
            return Readiness(self.name, state, f"{error.text}; look at the URL and whether it runs")
        if any(self._model in (name, name.removesuffix(":latest"), name.removeprefix("models/")) for name in there):
            return Readiness(self.name, "ready", "", self._context)
        some = ", ".join(there[:5]) + (", …" if len(there) > 5 else "")
        return Readiness(self.name, "absent", f"the server has no {self._model}; it has {some or 'none'}")

    async def models(self) -> list[Listed]:
        """All that the server has. Raises LlmError."""
        listed = await self._at.get("/models")
        try:
            return [Listed(str(one["id"])) for one in listed["data"]]
        except (KeyError, TypeError):
            raise Refused(self.name, f"{self._at.url} answers, but not as OpenAI does") from None

    async def close(self) -> None:
        """Ends its connections."""
        await self._at.close()
