"""The class of `codegym hub demo` with what its tests look at: processes, tokens, memory, a stream."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
from processes import PATIENCE_S, descendants
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from codegym_jlab.hub.demo import Demo, Visitor

#: Without a session; alone httpx waits five seconds, which are gone where the servers starve.
get, post = partial(httpx.get, timeout=PATIENCE_S), partial(httpx.post, timeout=PATIENCE_S)


class Hub(Demo):
    """A real JupyterHub with its proxy, CodeGYM's service, PostgreSQL, a sandbox host and students' servers."""

    def token_of(self, name: str) -> str:
        """Where code of notebooks may find it."""
        return self.variable_of(name, "JUPYTERHUB_API_TOKEN")

    def variable_of(self, name: str, variable: str) -> str:
        """What lies in the environment of this person's server."""
        said = [Path(f"/proc/{pid}/environ").read_bytes() for pid in self.processes(f"JUPYTERHUB_USER={name}\0")]
        wanted = rf"(?:^|\0){variable}=([^\0]+)".encode()
        (value,) = {found[1].decode() for text in said if (found := re.search(wanted, text))}
        return value

    def processes(self, sign: str) -> set[int]:
        """Those of Hub's whose environment or command holds this, and what they started."""
        assert self.process is not None
        found = set[int]()
        for pid in descendants(self.process.pid):
            try:
                about = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if sign.encode() in about:
                found |= {pid, *descendants(pid)}
        return found


async def listen(visitor: Visitor) -> WebSocketClientConnection:
    """The stream of the person's own server."""
    url = f"{str(visitor.http.base_url).replace('http', 'ws', 1)}/user/{visitor.name}/codegym/api/stream"
    return await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {visitor.token}"}))


def holders(pids: set[int], signs: list[bytes]) -> set[bytes]:
    """Which of these texts any of these processes has in its memory or environment."""
    return {sign for pid in pids for part in memory(pid) for sign in signs if sign in part}


def memory(pid: int) -> Iterator[bytes]:
    """All that a process has for itself, its environment too, in pieces."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            place, rights, *_ = line.split()
            begin, end = (int(part, 16) for part in place.split("-"))
            if "rw" in rights:
                with contextlib.suppress(OSError, OverflowError):
                    mem.seek(begin)
                    yield mem.read(end - begin)
