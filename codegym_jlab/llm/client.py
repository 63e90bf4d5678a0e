"""What the clients of model servers share: the key, and the words of `base.py` for a server's answers and silence."""

import asyncio
import ipaddress
import json
import os
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from codegym_jlab.records import Json, frozen

from .base import (
    Away,
    CutOff,
    LlmError,
    Overloaded,
    Piece,
    Pieces,
    Prompt,
    Readiness,
    Refused,
    TooLong,
    Usage,
    at_least,
    at_most,
    tokens,
)  # fmt: skip
from .profiles import Profile, shaped, without_thoughts

#: Seconds for a connection, and for an answer that is due at once.
CONNECT_S, LOOK_S = 5.0, 3.0
#: Of what a server says of its error.
MOST_SAID = 200
_FULL = re.compile(
    r"context (length|window|size)|context_length|maximum context|too many tokens|prompt is too long", re.I
)
_FOR_GOOD = re.compile(r"format|grammar|schema|more system memory|unsupported|not support", re.I)


@frozen
class Key:
    """Where a key is read: anew for each request, so that one that is renewed is taken at once."""

    env: str = ""
    file: str = ""

    def read(self) -> str:
        """The key, empty where there is none. Raises OSError."""
        if self.file:
            return Path(self.file).expanduser().read_text(encoding="utf-8").strip()
        return os.environ.get(self.env, "").strip() if self.env else ""


class Client:
    """One server, asked for one model by a library: `_client`, made by whoever inherits this where first needed."""

    def __init__(self, name: str, url: str, profile: Profile, key: Key = Key()) -> None:  # noqa: B008
        self.name, self.here = name, is_here(url)
        self._url, self._profile, self._key = url.rstrip("/"), profile, key
        self._room = inf  #: tokens that prompt and reply have together, where we set that

    async def _connect(self) -> None:
        """The library takes long to import: not on the event loop."""
        if "_client" not in self.__dict__:
            await asyncio.to_thread(getattr, self, "_client")

    async def close(self) -> None:
        """Ends its connections; what a server has loaded stays."""
        if client := self.__dict__.pop("_client", None):
            await client.close()

    def _secret(self) -> str:
        """The key, if one is set. Raises Refused where it cannot be had."""
        try:
            key = self._key.read()
        except OSError as error:
            raise Refused(self.name, f"the key's file {self._key.file} cannot be read ({error.strerror})") from None
        if (self._key.env and not key) or not key.isascii() or not key.isprintable():
            raise Refused(self.name, f"there is no key in {self._key.env or self._key.file}")
        return key

    def _options(self) -> Json:
        """For the HTTP client: no redirects (a key goes to no other host), no proxy to this computer."""
        return {"follow_redirects": False, "trust_env": not is_here(self._url)}

    def _lost(self, began: bool) -> LlmError:
        """A connection that was not made, or broke."""
        if began:
            return CutOff(self.name, "the server went away in the middle of its answer")
        return Away(self.name, f"nobody answers at {self._url}")

    def _error(self, said: str, status: int = 500, headers: Mapping[str, str] | None = None) -> LlmError:
        """What a server's complaint is, in our words; without what a key could be read from."""
        said = self._safe(said)
        because = f": {said}" if said else ""
        if status in (429, 503, 529, 408):
            asked = (headers or {}).get("retry-after", "")  # a date is not read
            wait_s = float(asked) if asked.isdecimal() else None
            return Overloaded(self.name, f"the server has no time now{because}", wait_s=wait_s)
        if status == 413 or (status in (400, 422, 500) and _FULL.search(said)):
            return TooLong(self.name, f"the prompt is longer than this model takes{because}")
        if status in (401, 403):
            return Refused(self.name, f"the server refuses the key, or requests for {self._url} ({status}){because}")
        if status == 404:
            return Refused(self.name, f"the server has no such model, or not at this URL{because}")
        if status >= 500 and not _FOR_GOOD.search(said):
            return Away(self.name, f"the server failed ({status}){because}")
        return Refused(self.name, f"the server refuses ({status}){because}")

    def _safe(self, said: str) -> str:
        try:
            key = self._key.read()
        except OSError:
            key = ""
        shown = said.replace(key, "…") if key else said
        return " ".join(shown.split())[:MOST_SAID]

    async def stream(self, prompt: Prompt) -> Pieces:
        """Its answer. Raises LlmError; TooLong before anything is asked where the prompt could be cut."""
        await self._connect()
        asked, told, said = shaped(prompt, self._profile), dict[str, Any](), 0
        await self._make_room(asked)
        async with aclosing(self._said(asked, told)) as texts:
            async for text in without_thoughts(texts):
                said += tokens(text)
                yield Piece(text, self.name)
        yield Piece("", self.name, self._usage(asked, told, said))

    async def _make_room(self, prompt: Prompt) -> None:
        """See that a prompt fits. Raises TooLong."""
        raise NotImplementedError

    def _said(self, prompt: Prompt, told: Json) -> AsyncGenerator[str, None]:
        """Texts as they come. `told`: why it ended (`finish`), tokens of `prompt` and `reply`; empty until it began."""
        raise NotImplementedError

    def _usage(self, prompt: Prompt, told: Json, said: int) -> Usage:
        """As the server counted. Raises CutOff, Refused; TooLong where it read less than was asked."""
        if told["finish"] == "length":
            raise CutOff(self.name, f"the reply is longer than {prompt.max_tokens} tokens", by="length")
        if told["finish"] == "content_filter":
            raise Refused(self.name, "the server's filter held the answer back")
        read, reply = told.get("prompt"), told.get("reply")
        if isinstance(read, int) and (read >= self._room or read < at_least(prompt)):
            raise TooLong(self.name, "the server cut the prompt, so its answer is to another question")
        if isinstance(read, int) and isinstance(reply, int):
            return Usage(read, reply)
        return Usage(at_most(prompt), said, counted=False)

    def _unready(self, error: LlmError, text: str) -> Readiness:
        return Readiness(self.name, "refused" if isinstance(error, Refused) else "away", text)


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


def is_here(url: str) -> bool:
    """Whether a URL's server is this computer."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
