"""Whatever speaks OpenAI's chat completions: OpenAI, vLLM, a LiteLLM proxy, llama.cpp, Gemini and Vertex at their
compatible endpoints. https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from codegym_jlab.records import Json

from .base import Away, CutOff, LlmError, Prompt, Readiness, Refused
from .client import CONNECT_S, LOOK_S, Client, Key, said_in
from .profiles import Profile, profile_of, room_in

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAi(Client):
    """One model at one URL, which ends as the server's documentation says, often in `/v1`."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: Key = Key(),  # noqa: B008
        profile: Profile | None = None,
        context: int | None = None,
        max_tokens_as: str = "max_tokens",
    ) -> None:
        super().__init__(f"openai:{model}", url, profile or profile_of(model), key)
        self._model, self._context, self._max_tokens = model, context, max_tokens_as

    @cached_property
    def _client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        http = DefaultAsyncHttpxClient(**self._options())
        patience = Timeout(None, connect=CONNECT_S, pool=CONNECT_S)
        return AsyncOpenAI(base_url=self._url, api_key="none", max_retries=0, timeout=patience, http_client=http)

    def _headers(self) -> Json:
        from openai import Omit

        secret = self._secret()
        return {"Authorization": f"Bearer {secret}" if secret else Omit()}

    @asynccontextmanager
    async def _told(self, told: Json) -> AsyncIterator[None]:
        """The library's errors in our words; `told` knows whether something came."""
        from openai import APIConnectionError, APIError, APIStatusError

        try:
            yield
        except APIStatusError as error:
            response = error.response
            raise self._error(said_in(response.text), response.status_code, response.headers) from None
        except APIConnectionError as error:
            raise self._lost(bool(told.get("came"))) from error
        except APIError as error:  # within a stream
            found = self._error(said_in(json.dumps(error.body)) or error.message)
            if isinstance(found, Away):
                found = CutOff(self.name, f"the model stopped half-way: {found.text}")
            raise found from None
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            raise CutOff(self.name, "the server's answer broke off, or is not as OpenAI's are") from None

    async def _make_room(self, prompt: Prompt) -> None:
        if self._context is not None:  # else the server says so itself, or its usage shows it
            room_in(prompt, self._profile, self._context, self.name)

    def _body(self, prompt: Prompt) -> Json:
        body: Json = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "stream_options": {"include_usage": True},
            self._max_tokens: max(1, prompt.max_tokens),
            "temperature": prompt.temperature,
        }
        body |= {"stop": list(prompt.stop[:4])} if prompt.stop else {}
        return body

    async def _said(self, prompt: Prompt, told: Json) -> AsyncGenerator[str, None]:
        async with self._told(told):
            asking = self._client.chat.completions.with_raw_response
            raw = await asking.create(stream=True, extra_headers=self._headers(), **self._body(prompt))
            try:
                if not raw.headers.get("content-type", "").startswith("text/event-stream"):
                    where = f"{self._url} answers, but not as OpenAI does"
                    raise Refused(self.name, f"{where}: the URL often ends in /v1")
                async for chunk in raw.parse():
                    yield self._take(chunk.model_dump(), told)
            finally:
                await raw.http_response.aclose()
        if not told.get("finish") and not told.get("came"):
            raise Away(self.name, "the server ended its answer before it began")
        if not told.get("finish"):
            raise CutOff(self.name, "the server ended its answer before it was whole")

    def _take(self, chunk: Json, told: Json) -> str:
        """The text of a chunk; how it ends and what it took go into `told`."""
        if usage := chunk.get("usage"):
            told |= {"prompt": usage.get("prompt_tokens"), "reply": usage.get("completion_tokens")}
        if not chunk.get("choices"):
            return ""
        choice = chunk["choices"][0]
        told["finish"] = choice.get("finish_reason") or told.get("finish")
        text = str((choice.get("delta") or {}).get("content") or "")
        told["came"] = told.get("came") or bool(text)
        return text

    async def look(self) -> Readiness:
        """Whether the server has it."""
        try:
            await self._connect()
            async with self._told({}):
                listed = await self._client.models.list(extra_headers=self._headers(), timeout=LOOK_S)
                there = [one.id for one in listed.data]
        except CutOff:
            return Readiness(self.name, "refused", f"{self._url} answers, but not as OpenAI does: look at the URL")
        except LlmError as error:
            if "no such model" in error.text:
                return Readiness(self.name, "ready", "the server has no list of models; it is asked all the same")
            return self._unready(error, f"{error.text}; look at the URL and whether it runs")
        if any(self._model in (name, name.removesuffix(":latest"), name.removeprefix("models/")) for name in there):
            return Readiness(self.name, "ready", "", self._context)
        return Readiness(self.name, "absent", f"the server has no {self._model}; it has {', '.join(there)[:200]}")
