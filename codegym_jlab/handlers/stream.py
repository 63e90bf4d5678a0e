"""The WebSocket: what happens to a person's work reaches each of that person's open tabs."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

if TYPE_CHECKING:
    from .lifecycle import Backend


MAX_WAITING = 200  #: messages kept for one slow tab; beyond it the tab is closed, comes back, and asks anew
MAX_TABS = 50  #: of one person
FELL_BEHIND = 1013  #: "try again later"
GOING_AWAY = 1001


class Tab:
    """One open connection: a bounded line of messages."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING + 1)
        self.closed = False
        self.code = GOING_AWAY

    def put(self, message: str) -> None:
        """Add a message; a tab that is too far behind is closed instead."""
        if self.closed:
            return
        if self._waiting.qsize() >= MAX_WAITING:
            self.close(FELL_BEHIND)
        else:
            self._waiting.put_nowait(message)

    def close(self, code: int = GOING_AWAY) -> None:
        """End the line after what is in it."""
        if not self.closed:
            self.closed = True
            self.code = code
            self._waiting.put_nowait(None)

    async def next(self) -> str | None:
        """The next message; None at the end."""
        return await self._waiting.get()


class Broadcast:
    """Person's account → open tabs. Lives on the server's event loop."""

    def __init__(self) -> None:
        self._tabs: defaultdict[str, set[Tab]] = defaultdict(set)

    def join(self, user: str) -> Tab | None:
        """A new tab of this person; None where they have too many."""
        if len(self._tabs.get(user, ())) >= MAX_TABS:
            return None
        tab = Tab()
        self._tabs[user].add(tab)
        return tab

    def leave(self, user: str, tab: Tab) -> None:
        """The tab is gone."""
        tab.close()
        self._tabs[user].discard(tab)
        if not self._tabs[user]:
            del self._tabs[user]

    def tell(self, user: str, message: dict[str, Any]) -> None:
        """Send to all tabs of one person."""
        if tabs := self._tabs.get(user):
            text = json.dumps(message, separators=(",", ":"))
            for tab in tuple(tabs):
                tab.put(text)

    def has_tabs(self, user: str | None = None) -> bool:
        """True where someone listens: this account, or anybody."""
        return bool(self._tabs) if user is None else user in self._tabs

    @property
    def count(self) -> int:
        """Open tabs, of all people."""
        return sum(map(len, self._tabs.values()))

    def tell_all(self, message: dict[str, Any]) -> None:
        """Send to every tab: for what is about no person."""
        for user in tuple(self._tabs):
            self.tell(user, message)

    def close(self) -> None:
        """The server ends: every tab is closed cleanly."""
        for tabs in tuple(self._tabs.values()):
            for tab in tuple(tabs):
                tab.close()


class StreamHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """`codegym/api/stream`: the server speaks, tabs listen; what a tab sends is not read."""

    auth_resource = "codegym"
    _tab: Tab | None = None
    _sending: asyncio.Task[None] | None = None
    _user = ""

    def initialize(self, backend: Backend) -> None:
        """Tornado's hook: given by the routes."""
        self.backend, self.broadcast = backend, backend.broadcast

    def set_default_headers(self) -> None:
        """JupyterHandler's defaults make no sense for a WebSocket."""

    @property
    def max_message_size(self) -> int:
        """Bytes of a message from a tab."""
        return 4096

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Authorize, then upgrade."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", self.auth_resource)
        if not await ensure_async(allowed):
            raise web.HTTPError(403)
        self._user = self.backend.identity.who(self).user
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Join the broadcast."""
        super().open(*args, **kwargs)  # starts the keep-alive pings
        self._tab = self.broadcast.join(self._user)
        if self._tab is None:
            self.close(FELL_BEHIND, "too many tabs are open")
        else:
            self._sending = asyncio.create_task(self._send(self._tab))

    async def _send(self, tab: Tab) -> None:
        try:
            while (message := await tab.next()) is not None:
                await self.write_message(message)
        except WebSocketClosedError:
            return
        self.close(tab.code)

    def on_message(self, message: str | bytes) -> None:
        """Not read."""

    def on_close(self) -> None:
        """Leave the broadcast and end the sending."""
        if self.ping_callback is not None:
            self.ping_callback.stop()
        if self._tab is not None:
            self.broadcast.leave(self._user, self._tab)
        if self._sending is not None:
            self._sending.cancel()
