"""All handlers put together: each of the five modules below lists its addresses beside them; and the WebSocket."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from codegym_jlab.records import Json

from . import authors, classes, conversation, courses, submissions  # noqa: F401  (each fills ROUTES)
from .base import ROUTES, NoSuchAddress, PersonHandler, Routes, get
from .health import Metrics
from .identity import Person
from .lifecycle import FELL_BEHIND, LET_GO, MAX_WAITING, Backend
from .mcp import Assistants


@get("openapi.yaml", media="application/yaml")
async def read_description() -> Any:
    """This description."""
    from .openapi import as_yaml

    return await asyncio.to_thread(as_yaml)


class Socket(WebSocketMixin, WebSocketHandler, PersonHandler):
    """A WebSocket of who is logged in and allowed."""

    max_message_size = 4096  #: bytes, from a tab
    beside: asyncio.Task[None] | None = None

    def initialize(self, backend: Any) -> None:
        self.backend = backend

    def set_default_headers(self) -> None:
        """JupyterHandler's defaults make no sense for a WebSocket."""

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Authorize, then upgrade."""
        if not await self.may("read"):
            raise web.HTTPError(403)
        await self.begin()
        await super().get(*args, **kwargs)

    async def begin(self) -> None:
        """Before the upgrade; may raise an HTTPError in its place."""

    def open(self, *args: Any, **kwargs: Any) -> None:
        """See the base, which starts the keep-alive pings."""
        super().open(*args, **kwargs)
        self.beside = asyncio.create_task(self.go_on(), name="codegym-stream")

    async def go_on(self) -> None:
        """What it does while it is open, beside what it is told."""

    def on_close(self) -> None:
        if self.ping_callback is not None:
            self.ping_callback.stop()
        if self.beside is not None:
            self.beside.cancel()


MOST_HEARD = 100  #: messages of a tab, which has nothing to say


class StreamHandler(Socket):
    """`codegym/api/stream`: the server speaks, tabs listen; what a tab sends is not read."""

    who = Person("")
    _heard = _unsent = 0

    async def begin(self) -> None:
        self.who = self.person()

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Join the broadcast."""
        super().open(*args, **kwargs)
        if not self.backend.broadcast.join(self):
            self.close(FELL_BEHIND, "too many tabs are open")

    def tell(self, message: Json) -> None:
        """Send it; a tab that is too far behind is closed instead."""
        if self._unsent >= MAX_WAITING:
            return self.close(FELL_BEHIND)
        with suppress(WebSocketClosedError):
            self.write_message(json.dumps(message, separators=(",", ":"))).add_done_callback(self._sent)
            self._unsent += 1

    def _sent(self, sending: asyncio.Future[None]) -> None:
        self._unsent -= 1
        if not sending.cancelled():
            sending.exception()  # closed meanwhile: nobody is waiting for it

    def on_message(self, message: str | bytes) -> None:
        """Not read; who does not stop is let go."""
        self._heard += 1
        if self._heard > MOST_HEARD:
            self.close(LET_GO, "nothing is read here")

    def on_close(self) -> None:
        """Leave the broadcast."""
        super().on_close()
        self.backend.broadcast.leave(self)


def routes(backend: Backend) -> Routes:
    """What `app.py` mounts under the server's base URL."""
    mounted: dict[str, type[web.RequestHandler]] = {f"api/{path}": handler for path, handler in ROUTES.items()}
    mounted |= {"api/stream": StreamHandler, r"api(?:/(.*))?": NoSuchAddress, "metrics": Metrics, "mcp": Assistants}
    return [(f"codegym/{path}", handler, {"backend": backend}) for path, handler in mounted.items()]
