"""HTTP to a model's server: one place where its answers and its silence become the words of `base.py`."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .base import Away, CutOff, LlmError, Overloaded, Refused, TooLong

if TYPE_CHECKING:
    import httpx

CONNECT_S = 5.0
LOOK_S = 3.0
#: Of what a server says of its error.
MOST_SAID = 200
_FULL = re.compile(
    r"context (length|window|size)|context_length|maximum context|too many tokens|prompt is too long", re.I
)
_FOR_GOOD = re.compile(r"format|grammar|schema|more system memory|unsupported|not support", re.I)


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key is read: anew for each request, so that one that is renewed is taken at once."""

    env: str = ""
    file: str = ""

    def read(self) -> str:
        """The key, empty where there is none. Raises OSError."""
        if self.file:
            return Path(self.file).expanduser().read_text(encoding="utf-8").strip()
        return os.environ.get(self.env, "").strip() if self.env else ""


@dataclass(slots=True)
class Connection:
    """To one server, for one model. Redirects are not followed: a key goes to no other host."""

    llm: str
    url: str
    key: Key = field(default_factory=Key)
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    async def get(self, path: str) -> Any:
        """JSON of an answer that is due at once. Raises LlmError."""
        return await self._json("GET", path, None)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The same, for what is asked in a body."""
        return await self._json("POST", path, body)

    async def _json(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        with_it: dict[str, Any] = {} if body is None else {"json": body}
        async with self._told():
            response = await self._open().request(
                method, self.url + path, headers=self._headers(), timeout=LOOK_S, **with_it
            )
            if response.status_code != 200:
                raise self._error(response.status_code, response.text, response.headers)
            try:
                return response.json()
            except ValueError:
                raise Refused(self.llm, f"{self.url} answers, but is no server of models: look at the URL") from None

    async def lines(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[str, None]:
        """The lines of an answer as they come; before a stream's, a line `: MEDIA-TYPE`. Raises LlmError.

        How long each may take is the reader's business; closing this ends the request.
        """
        began = [False]
        async with self._told(began):
            asking = self._open().stream("POST", self.url + path, json=body, headers=self._headers())
            async with asking as response:
                if response.status_code != 200:
                    said = (await response.aread()).decode(errors="replace")
                    raise self._error(response.status_code, said, response.headers)
                yield f": {response.headers.get('content-type', '').partition(';')[0]}"
                async for line in response.aiter_lines():
                    began[0] = began[0] or bool(line.strip())
                    yield line

    async def close(self) -> None:
        """Ends all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            patience = httpx.Timeout(None, connect=CONNECT_S, pool=CONNECT_S)
            # a proxy from the environment is for what is outside
            self._client = httpx.AsyncClient(timeout=patience, trust_env=not is_here(self.url))
        return self._client

    def _headers(self) -> dict[str, str]:
        try:
            key = self.key.read()
        except OSError as error:
            raise Refused(self.llm, f"the key's file {self.key.file} cannot be read ({error.strerror})") from None
        if self.key.env and not key:
            raise Refused(self.llm, f"the key is missing: set the environment variable {self.key.env}")
        if not key.isascii() or not key.isprintable():
            raise Refused(self.llm, "the key is no key: it holds characters that a header cannot have")
        return {"Authorization": f"Bearer {key}"} if key else {}

    @asynccontextmanager
    async def _told(self, began: list[bool] | None = None) -> AsyncIterator[None]:
        import httpx

        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Away(self.llm, f"nobody answers at {self.url}") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Refused(self.llm, f"{self.url} is no URL of a server") from error
        except httpx.HTTPError as error:
            if began and began[0]:
                raise CutOff(self.llm, "the server went away in the middle of its answer") from error
            raise Away(self.llm, f"the server at {self.url} closed the connection, or did not answer") from error

    def _error(self, status: int, body: str, headers: Mapping[str, str]) -> LlmError:
        return self.error(said_in(body), status, headers)

    def error(self, said: str, status: int = 500, headers: Mapping[str, str] | None = None) -> LlmError:
        """What a server's complaint is, in our words; without what a key could be read from."""
        said = self._safe(said)
        because = f": {said}" if said else ""
        if status in (429, 503, 529, 408):
            return Overloaded(self.llm, f"the server has no time now{because}", wait_s=_wait(headers or {}))
        if status == 413 or (status in (400, 422, 500) and _FULL.search(said)):
            return TooLong(self.llm, f"the prompt is longer than this model takes{because}")
        if status == 401 or (status == 403 and self.key != Key()):
            return Refused(self.llm, f"the server refuses the key{because}")
        if status == 403:
            return Refused(
                self.llm, f"the server does not take requests for {urlsplit(self.url).netloc} (403){because}"
            )
        if status == 404:
            return Refused(self.llm, f"the server has no such model, or not at this URL{because}")
        if status >= 500 and not _FOR_GOOD.search(said):
            return Away(self.llm, f"the server failed ({status}){because}")
        return Refused(self.llm, f"the server refuses ({status}){because}")

    def _safe(self, said: str) -> str:
        try:
            key = self.key.read()
        except OSError:
            key = ""
        shown = said.replace(key, "…") if key else said
        return " ".join(shown.split())[:MOST_SAID]


def said_in(body: str) -> str:
    """An error's text, in any of the forms that servers have for it; never what they were sent, which some quote."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        return "" if body.lstrip().startswith("<") else body
    for name in ("error", "detail", "message", "msg"):
        while isinstance(said, list) and said:
            said = said[0]
        if isinstance(said, dict):
            said = said.get(name, said)
    return said if isinstance(said, str) else ""


def _wait(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def is_here(url: str) -> bool:
    """Whether a URL's server is this computer."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
