"""Who asks too fast is told how long to wait, and nobody else is; where a request comes from is not made up."""

from __future__ import annotations

import time
from asyncio import StreamReader, open_connection
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from codegym_jlab.handlers.base import described
from codegym_jlab.hub.service import HELD_S, MOST_KEPT, Buckets, Proxies, SlowReaders, TooFast

LARGE = 50_000_000  #: bytes


def test_a_quarter_of_a_minutes_requests_at_once_and_then_one_by_one() -> None:
    now = [0.0]
    buckets = Buckets(60, lambda: now[0])
    assert [buckets.wait_s("ana") for _ in range(17)] == [0] * 15 + [1, 1], "what is refused is not counted"
    assert buckets.wait_s("ben") == 0
    now[0] = 2.5
    assert [buckets.wait_s("ana") for _ in range(3)] == [0, 0, 0.5]
    now[0] = 1000.0
    assert [buckets.wait_s("ana") for _ in range(16)] == [0] * 15 + [1]
    unlimited = Buckets(0, lambda: now[0])
    assert not any(unlimited.wait_s("ana") for _ in range(10_000))


def test_a_first_request_is_let_through_at_whatever_time_of_the_clock() -> None:
    """A sum of floats may be a hair above its parts: 16383.7 + 15 - 16383.7 is more than 15."""
    times = [2**power - part / 10 for power in range(5, 20) for part in range(1, 150)]
    for now in times:
        assert Buckets(4, lambda now=now: now).wait_s("ana") == 0, now
        burst = Buckets(60, lambda now=now: now)
        assert [burst.wait_s("ana") > 0 for _ in range(16)] == [False] * 15 + [True], now


@pytest.mark.anyio
async def test_who_is_refused_is_told_so_a_while_later() -> None:
    began = time.monotonic()
    refusal = await TooFast(2.5).held()
    assert described(refusal, 429)["details"]["wait_s"] == 3, "so a page sends the same once more by itself"
    assert HELD_S / 2 <= time.monotonic() - began


class Large(RequestHandler):
    """More than the system keeps on its way."""

    def get(self) -> None:
        self.finish(b" " * LARGE)


@pytest.mark.anyio
async def test_who_does_not_read_an_answer_is_cut_off_and_who_reads_on_is_not() -> None:
    server = HTTPServer(Application([("/", Large)]))
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    slow, writers = SlowReaders(server), []

    async def begun() -> StreamReader:
        reader, writer = await open_connection(*socket.getsockname())
        writers.append(writer)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        return reader

    idle, reads = await begun(), await begun()
    slow.look()
    await reads.readexactly(LARGE // 2)
    slow.look()
    assert len(await idle.read()) < LARGE
    assert len(await reads.read()) == LARGE - LARGE // 2
    server.stop()
    for writer in writers:
        writer.close()
        await writer.wait_closed()


def test_no_more_names_are_kept_than_memory_takes() -> None:
    buckets = Buckets(1, lambda: 0.0)
    for number in range(MOST_KEPT + 100):
        buckets.wait_s(str(number))
    assert len(buckets._full_at) == MOST_KEPT


@pytest.mark.parametrize(
    ("peer", "told", "origin"),
    [
        ("127.0.0.1", "", None),
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.1.2.3", "198.51.100.1, 192.0.2.7, 10.9.9.9", "192.0.2.7"),
        ("::1", "2001:db8::1", "2001:db8::/64"),
        ("::1", "2001:db8::ffff:1:2:3", "2001:db8::/64"),
        ("::1", "2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:127.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", "x" * 100, "x" * 45),
    ],
)
def test_the_nearest_address_that_is_no_proxys(peer: str, told: str, origin: str | None) -> None:
    headers = HTTPHeaders({"X-Forwarded-For": told} if told else {})
    request: Any = SimpleNamespace(headers=headers, remote_ip=peer)
    assert Proxies("127.0.0.0/8, ::1, 10.0.0.0/8").origin(request) == origin
