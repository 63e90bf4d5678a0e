"""What a student's server hands on to the service of a class, and what it does when that is odd, slow or away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from server.conftest import Call, answer, word
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets
from tornado.simple_httpclient import HTTPStreamClosedError
from tornado.tcpclient import TCPClient
from tornado.websocket import WebSocketHandler

from codegym_jlab.handlers import base
from codegym_jlab.hub import forward

MB = 1024 * 1024
LARGE = 64 * MB
API = "/services/codegym/codegym/api/"


class Seen:
    """What came to the service, and what it waits for."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.go = asyncio.Event()
        self.come = asyncio.Event()
        self.gone = asyncio.Event()
        self.written = 0


class Service(web.RequestHandler):
    """A service that does as the address says."""

    def initialize(self, seen: Seen) -> None:
        self.seen = seen

    async def get(self, what: str) -> None:
        self.seen.headers.append(dict(self.request.headers))
        self.seen.come.set()
        self.set_header("Set-Cookie", "a=b; Path=/")
        self.set_header("X-Other", "x")
        await getattr(self, f"do_{what.partition('/')[0]}")()

    post = delete = get

    async def do_gone(self) -> None:
        self.set_status(204)

    async def do_echo(self) -> None:
        told = {"uri": self.request.uri, "body": self.request.body.decode()}
        self.finish(told | {"method": self.request.method})

    async def do_refused(self) -> None:
        self.set_status(409)
        self.finish({"error": {"code": "closed", "message": "Too late.", "details": {"n": 1}}})

    async def do_elsewhere(self) -> None:
        self.redirect("http://evil.example/")

    async def do_silent(self) -> None:
        await self.seen.go.wait()

    async def do_cut(self) -> None:
        self.set_header("Content-Length", "100")
        self.write(b"x" * 10)
        await self.flush()
        self.request.connection.stream.close()  # type: ignore[union-attr]

    async def do_lines(self) -> None:
        self.set_header("Content-Type", "application/x-ndjson")
        self.write(b'{"n": 1}\n')
        await self.flush()
        await self.seen.go.wait()
        self.finish(b'{"n": 2}\n')

    async def do_flood(self) -> None:
        try:
            while self.seen.written < LARGE:
                self.write(b"x" * MB)
                await self.flush()
                self.seen.written += MB
        except StreamClosedError:
            self.seen.gone.set()

    def on_connection_close(self) -> None:
        self.seen.gone.set()


@web.stream_request_body
class Sink(Service):
    """Reads nothing of what is sent before it may."""

    async def prepare(self) -> None:
        self.seen.come.set()

    async def data_received(self, chunk: bytes) -> None:
        await self.seen.go.wait()
        self.seen.written += len(chunk)

    async def post(self) -> None:  # type: ignore[override]
        self.finish({"kept": []})


class Stream(WebSocketHandler):
    """Says what it was told, and its headers."""

    def initialize(self, seen: Seen) -> None:
        self.seen = seen

    def open(self) -> None:  # type: ignore[override]
        self.seen.headers.append(dict(self.request.headers))

    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message * 1000)


@pytest.fixture
def seen(jp_asyncio_loop: Any) -> Seen:
    async def make() -> Seen:
        return Seen()

    made: Seen = jp_asyncio_loop.run_until_complete(make())
    return made


@pytest.fixture
def port(jp_asyncio_loop: Any, seen: Seen) -> Iterator[int]:
    """Where the service listens."""
    given = {"seen": seen}
    served = {"drafts": Sink, "stream": Stream, "(.*)": Service}
    app = web.Application([(API + path, handler, given) for path, handler in served.items()])

    async def begin() -> HTTPServer:
        server = HTTPServer(app, max_body_size=2 * LARGE)
        server.add_sockets(sockets)
        return server

    sockets = bind_sockets(0, "127.0.0.1")
    server = jp_asyncio_loop.run_until_complete(begin())
    yield sockets[0].getsockname()[1]

    async def end() -> None:
        seen.go.set()
        server.stop()
        await server.close_all_connections()

    jp_asyncio_loop.run_until_complete(end())


@pytest.fixture
def settings(port: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "hubs")
    address = f"http://127.0.0.1:{port}/services/codegym/"
    return {"service": address, "max_notebook_kb": LARGE // 1024}


@pytest.fixture
def ask(http_server_client: Any, jp_base_url: str, jp_auth_header: dict[str, str]) -> Call:
    """As `call`, with the address as it is sent, and for any."""

    async def fetch(method: str, path: str, **options: Any) -> Any:
        headers = jp_auth_header | {"Content-Type": "application/json"} | options.pop("headers", {})
        url = f"{jp_base_url}codegym/api/{path}"
        return await http_server_client.fetch(url, method=method, headers=headers, raise_error=False, **options)

    return fetch


async def test_there_and_back(ask: Call, seen: Seen, jp_serverapp: Any) -> None:
    token = jp_serverapp.identity_provider.token
    sent = {"Cookie": "c=d", "X-Forwarded-For": "1.2.3.4", "X-Request-ID": "abcdefgh", "X-Evil": "e"}
    got = await ask("POST", f"echo/a%20b?x=1&token={token}", body='{"a": "ü"}', headers=sent)
    assert answer(got) == {"uri": f"{API}echo/a%20b?x=1", "body": '{"a": "ü"}', "method": "POST"}
    assert "X-Other" not in got.headers and "a=b" not in got.headers.get("Set-Cookie", "")
    (came,) = seen.headers
    assert came["Authorization"] == "token hubs" and came["X-Request-Id"] == "abcdefgh"
    assert not {"Cookie", "X-Forwarded-For", "X-Evil", "Origin", "Referer"} & set(came)
    refused = await ask("GET", "refused")
    assert (refused.code, answer(refused)["error"]["details"]) == (409, {"n": 1})
    gone = await ask("DELETE", "gone")  # as where a conversation is forgotten
    assert (gone.code, gone.body, "Content-Type" in gone.headers) == (204, b"", False)
    for path in ("echo/..%2f..%2fx", "%2e%2e/x", "echo/%2e%2e", "echo/%c3%a4/../x"):
        assert (await ask("GET", path)).code == 404
    assert (await ask("PUT", "echo", body="{}")).code == 405
    assert len(seen.headers) == 3


async def test_what_is_no_answer_waits_in_the_browser(ask: Call, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "ANSWER_S", 0.5)
    for path in ("elsewhere", "silent"):
        got = await ask("GET", path)
        assert (got.code, word(got), got.headers["Retry-After"]) == (503, "unavailable", "2"), path
    with pytest.raises((HTTPStreamClosedError, StreamClosedError)):  # cut short here, too
        await ask("GET", "cut")


async def test_a_service_that_is_not_there(ask: Call, port: int, jp_serverapp: Any) -> None:
    app = next(iter(jp_serverapp.extension_manager.extension_apps["codegym_jlab"]))
    app.backend.service.base = app.backend.service.base.replace(str(port), "1")
    for method, path, body in (("GET", "courses", None), ("GET", "courses/demo", None), ("POST", "submissions", "{}")):
        got = await ask(method, path, body=body)
        assert (got.code, word(got), got.headers["Retry-After"]) == (503, "unavailable", "2"), path


async def test_an_answer_comes_as_it_is_made(ask: Call, seen: Seen) -> None:
    lines, first = list[bytes](), asyncio.Event()

    def take(chunk: bytes) -> None:
        lines.append(chunk)
        first.set()

    asking = asyncio.ensure_future(ask("GET", "lines", streaming_callback=take))
    await first.wait()
    assert lines == [b'{"n": 1}\n']
    seen.go.set()
    assert (await asking).headers["Content-Type"] == "application/x-ndjson"
    assert b"".join(lines) == b'{"n": 1}\n{"n": 2}\n'


async def test_neither_side_is_faster_than_the_other(
    ask: Call, seen: Seen, jp_serverapp: Any, jp_base_url: str, http_server_port: Any
) -> None:
    sent = 0

    async def produce(write: Any) -> None:
        nonlocal sent
        for _ in range(LARGE // MB - 1):
            await write(b" " * MB)
            sent += MB

    asking = asyncio.ensure_future(ask("POST", "drafts", body_producer=produce, request_timeout=120))
    await seen.come.wait()
    await asyncio.sleep(0.5)
    assert sent < LARGE // 2, "what the service does not read is not taken from the browser"
    seen.go.set()
    assert answer(await asking) == {"kept": []}
    assert seen.written == sent == LARGE - MB
    more = await ask("POST", "drafts", body_producer=lambda write: write(b" " * (LARGE + 1)), request_timeout=120)
    assert (more.code, word(more)) == (413, "too_large")
    seen.written = 0
    seen.gone.clear()

    stream: IOStream = await TCPClient().connect("127.0.0.1", http_server_port[-1])
    token = jp_serverapp.identity_provider.token
    head = f"GET {jp_base_url}codegym/api/flood HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {token}\r\n\r\n"
    await stream.write(head.encode())
    await stream.read_until(b"\r\n\r\n")
    await asyncio.sleep(0.5)
    assert 0 < seen.written < LARGE // 2, "what the browser does not read is not taken from the service"
    stream.close()
    await seen.gone.wait()


async def test_a_body_that_does_not_come_is_waited_for_so_long(
    http_server: Any, jp_serverapp: Any, jp_base_url: str, http_server_port: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BODY_S", 0.5)
    stream: IOStream = await TCPClient().connect("127.0.0.1", http_server_port[-1])
    head = f"POST {jp_base_url}codegym/api/drafts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
    head += f"Content-Type: application/json\r\nAuthorization: token {jp_serverapp.identity_provider.token}\r\n\r\n{{"
    await stream.write(head.encode())
    assert await asyncio.wait_for(stream.read_until_close(), 20) == b""


async def test_the_stream_goes_both_ways(seen: Seen, jp_ws_fetch: Call, jp_serverapp: Any) -> None:
    stream: Any = await jp_ws_fetch("codegym/api", "stream")
    for text in ("a", "ü", "c" * 1000):
        await stream.write_message(text)
        assert await stream.read_message() == text * 1000
    assert seen.headers[0]["Authorization"] == "token hubs"
    assert jp_serverapp.identity_provider.token not in json.dumps(seen.headers)
    stream.close()
