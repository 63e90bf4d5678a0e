"""A student's server in a class: every request goes on to the class's service, in the name of this server's owner.

There are no records here, no course, no key: nothing that the service does not show this student. What is kept here is
the student's folder, and the kernels of their notebooks. What the service does not answer in time is answered by 503,
and waits in the browser as when this server is away.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from ..grading.workspace import Brought, Folder, Workspace
from ..handlers.base import NAME, REFUSALS, REQUEST_HEADER, ROUTES, VERSION_HEADER, Denied, Handler, Routes, as_bytes
from ..handlers.conversation import Stoppable
from ..handlers.courses import WORK, send_zip
from ..handlers.lifecycle import FELL_BEHIND, GOING_AWAY
from ..handlers.routes import Socket
from ..records import Json, Notice

if TYPE_CHECKING:
    import httpx

    from codegym_jlab.provisioner import Readiness
    from codegym_jlab.settings import Settings

    from ..course.notebook import Notebook
    from ..handlers.identity import Identity

CONNECT_S = 3.0
ANSWER_S = 60.0  #: without a byte from the service; it answers within half of that that it has stored an answer
MOST_MESSAGE = 4 * 1024 * 1024  #: bytes of one message of the stream
#: Nothing else crosses: no cookie, no login of the browser's, nothing of the connection itself.
SENT_ON = (VERSION_HEADER, REQUEST_HEADER, "Content-Type", "Content-Length", "Accept-Language", "traceparent")
SENT_BACK = (
    VERSION_HEADER, "Content-Type", "Content-Length", "Content-Disposition", "Retry-After", "X-Accel-Buffering",
)  # fmt: skip
ADDRESS = re.compile(r"[A-Za-z0-9._~:%/-]{0,1000}")

log = logging.getLogger("codegym.service")


class Away(Denied):
    """The service does not answer; what was sent waits in the browser."""

    def __init__(self) -> None:
        super().__init__("unavailable", REFUSALS[503][1])


class Service:
    """The class's service, asked with this server's own token. Raises Away, or Denied as the service does."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise ValueError(f"CodeGym.service is no address of a service: {address!r}")
        self.base = f"{address.rstrip('/')}/codegym/api/"
        self.headers = {"Authorization": f"token {token}", "Accept-Encoding": "identity"}

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        import httpx

        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        waits = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        return httpx.AsyncClient(headers=self.headers, timeout=waits, limits=limits, trust_env=False)

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: AsyncIterator[bytes] | bytes | None
    ) -> httpx.Response:
        """The beginning of its answer, which the caller closes. A redirection is none, wherever it leads."""
        import httpx

        asked = self._client.build_request(method, self.base + path, headers=headers, content=body)
        try:
            answer = await self._client.send(asked, stream=True)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            log.warning("the service does not answer: %s", type(error).__name__)
            raise Away from error
        if answer.status_code < 200 or answer.has_redirect_location or answer.status_code in (502, 504):
            await answer.aclose()
            raise Away
        return answer

    async def read(self, method: str, path: str, body: Json | None = None) -> bytes | None:
        """Its whole answer; None where that is 204."""
        import httpx

        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = await self.send(method, path, headers, None if body is None else as_bytes(body))
        try:
            read = await answer.aread()
        except httpx.TransportError as error:
            raise Away from error
        finally:
            await answer.aclose()
        if answer.status_code >= 400:
            raise _refusal(read)
        return None if answer.status_code == 204 else read

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Its answer's JSON."""
        return json.loads(await self.read(method, path, body) or b"null")

    async def close(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()


def _refusal(answer: bytes) -> Denied:
    try:
        error = json.loads(answer)["error"]
        return Denied(str(error["code"]), str(error["message"]), **error["details"])
    except (ValueError, KeyError, TypeError):
        return Away()


@dataclass
class ServiceUnits:
    """The owner's units as the service has them: the `Source` of the folder here."""

    service: Service
    course: str

    async def notebook(self, unit: str, mine: Notebook | None) -> Brought:
        told = await self.service.ask("POST", f"courses/{self.course}/units/{unit}/notebook", {"notebook": mine})
        notices = tuple(Notice(**notice) for notice in told["notices"])
        files = tuple((path, digest) for path, digest in told["files"])
        return Brought(told["notebook"], told["changed"], notices, told["kernel"], files)

    async def file(self, unit: str, path: str, have: str) -> bytes | None:
        asked = urlencode({"path": path, "have": have})
        return await self.service.read("GET", f"courses/{self.course}/units/{unit}/file?{asked}")


class Outpost:
    """What the handlers of a student's server are given in place of the managers."""

    def __init__(self, settings: Settings, identity: Identity) -> None:
        self.settings, self.identity = settings, identity
        self.service = Service(settings.service, os.environ.get("JUPYTERHUB_API_TOKEN", ""))
        self.workspace = Workspace(Folder(settings.root_dir, settings.work_dir))
        self._warming: asyncio.Task[None] | None = None

    @cached_property
    def kernels(self) -> Readiness:
        """The kernel of this server's notebooks."""
        from codegym_jlab.provisioner import Readiness

        return Readiness(self.settings.root_dir / self.settings.work_dir, "namespaces")

    def start(self) -> None:
        """Make a kernel ready."""
        if self._warming is None and self.settings.warm_kernels:
            self._warming = asyncio.create_task(self._warm(), name="codegym-kernels")

    async def _warm(self) -> None:
        from codegym_jlab.sandbox import kernels

        try:
            if self.settings.sandbox:
                kernels.allow(self.settings.sandbox)
            await self.kernels.warm()
        except Exception as error:
            log.warning("no kernel could be made ready ahead: %s", error)

    async def close(self) -> None:
        if self._warming is not None:  # a zygote that is being started is waited for: one half started would stay
            await asyncio.wait((self._warming,), timeout=10)
            from codegym_jlab.sandbox import kernels

            await asyncio.to_thread(kernels.close_shared)
        await self.service.close()


class Here(Handler):
    """An address that this server answers itself, with what it asks the service for."""

    backend: Outpost  # type: ignore[assignment]


class CoursePage(Here):
    """`courses/COURSE`: the service's, with the paths and the kernel of this server."""

    @web.authenticated
    @authorized
    async def get(self, course: str) -> None:
        page = await self.backend.service.ask("GET", f"courses/{course}")
        for unit in page["units"]:
            unit["path"] = self.backend.workspace.path_of(course, unit["id"])
        self.reply(page | {"kernel": self.backend.kernels.kernel_of(course)})


class OpenUnit(Here):
    """`courses/COURSE/units/UNIT/open`: into the folder of this server."""

    @web.authenticated
    @authorized
    async def post(self, course: str, unit: str) -> None:
        self.reply(await self.backend.workspace.open_unit(ServiceUnits(self.backend.service, course), unit))


class Work(Here):
    """`work`: a zip of the course folders of this server."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        rows = (await self.backend.service.ask("GET", "courses"))["courses"]
        await send_zip(self, WORK, await self.backend.workspace.pack({row["id"] for row in rows}))


@web.stream_request_body
class Forward(Here, Stoppable):
    """Any other address: there and back as it comes, neither side faster than the other reads."""

    _sent = 0

    def initialize(self, backend: Any) -> None:
        self._path = self.request.path.partition("/codegym/api/")[2]
        larger = (pattern for pattern, handler in ROUTES.items() if handler.holds_notebook)
        self.holds_notebook = any(re.fullmatch(pattern, self._path) for pattern in larger)
        super().initialize(backend)

    async def prepare(self) -> None:  # type: ignore[override]
        """Who is not logged in, has no XSRF token or sends too much does not reach the service."""
        await super().prepare()
        if self._finished:
            return
        if self.request.method not in ("GET", "POST", "DELETE"):
            raise web.HTTPError(405)
        if not self.current_user or not await self.may("execute"):
            raise web.HTTPError(403)
        if not ADDRESS.fullmatch(self._path) or ".." in unquote(self._path).split("/"):
            raise web.HTTPError(404)
        kept = [pair for pair in parse_qsl(self.request.query, keep_blank_values=True) if pair[0] != "token"]
        headers = {name: self.request.headers[name] for name in SENT_ON if name in self.request.headers}
        headers[REQUEST_HEADER] = self.request_id
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        body = None if self.request.method in ("GET", "DELETE") else self._coming()
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self._limit:
            return  # it is read to its end, and refused then
        where = f"{self._path}?{urlencode(kept)}" if kept else self._path
        asking = self.backend.service.send(self.request.method, where, headers, body)
        self._telling = asyncio.create_task(asking, name="codegym-forward")

    async def _coming(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk

    async def data_received(self, chunk: bytes | None) -> None:  # type: ignore[override]
        """A piece of the body, or its end; returns when the service has taken the one before, or wants no more."""
        self._sent += len(chunk or b"")
        if self._telling is None:
            return
        if self._sent > self._limit:
            self._telling.cancel()
        putting = asyncio.ensure_future(self._chunks.put(chunk))
        await asyncio.wait({putting, self._telling}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()

    async def get(self, _rest: str | None = None) -> None:
        """The service's answer, as it comes."""
        import httpx

        if self._sent > self._limit:
            raise self._too_large()
        if self.request.method == "POST":
            await self.data_received(None)
        assert self._telling is not None
        try:
            answer: httpx.Response = await self._telling
        except asyncio.CancelledError:
            return  # nobody waits for it any more
        self.set_status(answer.status_code)
        for name in SENT_BACK:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        try:
            async for chunk in answer.aiter_raw():
                self.write(chunk)
                await self.flush()
            self.finish(set_content_type=answer.headers.get("Content-Type", ""))
        except httpx.TransportError:
            if not self._headers_written:
                raise Away from None
            cast(Any, self.request.connection).close()  # cut short, and seen to be
        finally:
            await answer.aclose()

    post = delete = get


class ForwardStream(Socket):
    """`codegym/api/stream`: the service's, message by message."""

    _upstream: WebSocketClientConnection | None = None

    async def begin(self) -> None:
        """Reach the service first. Raises 503."""
        service = cast(Outpost, self.backend).service
        where = f"ws{service.base.removeprefix('http')}stream"
        asked = HTTPRequest(where, headers=service.headers, connect_timeout=CONNECT_S, follow_redirects=False)
        try:
            self._upstream = await websocket_connect(asked, ping_interval=30, max_message_size=MOST_MESSAGE)
        except Exception as error:
            log.warning("the service's stream does not answer: %s", type(error).__name__)
            raise web.HTTPError(503) from error

    async def go_on(self) -> None:
        assert self._upstream is not None
        with suppress(WebSocketClosedError):
            while (message := await self._upstream.read_message()) is not None:
                await self.write_message(message)
            self.close(FELL_BEHIND if self._upstream.close_code == FELL_BEHIND else GOING_AWAY)

    async def on_message(self, message: str | bytes) -> None:
        """What a tab says; the next is read when this one has gone on."""
        assert self._upstream is not None
        with suppress(WebSocketClosedError):
            await self._upstream.write_message(message)

    def on_close(self) -> None:
        super().on_close()
        if self._upstream is not None:
            self._upstream.close()


#: What is about the student's folder alone: the service has no such address.
FOLDER: dict[str, type[Here]] = {rf"courses/{NAME}/units/{NAME}/open": OpenUnit, "work": Work}


def forwarding_routes(outpost: Outpost) -> Routes:
    """What `app.py` mounts on a student's server."""
    given = {"backend": outpost}
    here = {**FOLDER, rf"courses/{NAME}": CoursePage, "stream": ForwardStream, "(.*)": Forward}
    return [(f"codegym/api/{path}", handler, given) for path, handler in here.items()]
