"""A page of metrics for Prometheus from a process that is no Jupyter server: `GET /metrics`, and nothing else.

It holds counts and times by kinds, never a person, a key or a path; who may reach the port may read it.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from . import metrics
from .metrics import Reading

Readings = Callable[[], Awaitable[Sequence[Reading]]]


def listening(address: str, port: int) -> socket.socket:
    """A port of this machine, before rights or networks are given up; counting begins. Raises OSError."""
    metrics.switch_on()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family)


@contextmanager
def serving(listener: socket.socket, readings: Readings) -> Iterator[str]:
    """On the running event loop, while this is open; the page's address. Imports tornado."""
    from tornado.httpserver import HTTPServer
    from tornado.web import Application, RequestHandler

    class Page(RequestHandler):
        async def get(self) -> None:
            media, page = metrics.page(await readings(), self.request.headers.get("Accept", ""))
            self.set_header("Content-Type", media)
            self.finish(page)

    listener.setblocking(False)
    server = HTTPServer(Application([(r"/metrics", Page)], log_function=lambda _: None), max_body_size=1024)
    server.add_socket(listener)
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}/metrics"
    finally:
        server.stop()
