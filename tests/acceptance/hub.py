"""The class of `codegym hub demo` with what its tests look at: processes, tokens, memory, a stream."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
from processes import PATIENCE_S, descendants, told_by
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect
from visitor import Visitor

from benchmarks.hub_class import good
from codegym_jlab.hub.demo import CLASS, STUDENTS, TEACHER, Demo

#: Without a session; alone httpx waits five seconds, which are gone where the servers starve.
get, post = partial(httpx.get, timeout=PATIENCE_S), partial(httpx.post, timeout=PATIENCE_S)


class Hub(Demo):
    """A real JupyterHub with its proxy, CodeGYM's service, PostgreSQL, a sandbox host and students' servers."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._visitors: list[Visitor] = []

    def visitor(self, name: str) -> Visitor:
        """Somebody's browser, logged in at the Hub."""
        self._visitors.append(visitor := Visitor(self.url, name, self.password))
        return visitor

    def close(self) -> None:
        """The browsers first."""
        for visitor in self._visitors:
            visitor.close()
        super().close()

    def walk(self, where: tuple[str, str, str], wrong: str, right: str, teacher: Visitor) -> Iterator[str]:
        """Both students hand in both answers to the exercise (course, unit, id), and the teacher sees them.

        Yields what was seen, in words. Raises RuntimeError.
        """
        course, unit, exercise = where

        def study(name: str) -> str:
            student = self.visitor(name)
            student.begin_server()
            student.open_lab()
            path = good(student.ask("POST", f"courses/{course}/units/{unit}/open", {}))["path"]
            for source, verdict in ((wrong, "WA"), (right, "AC")):
                sent = {"course": course, "exercise": exercise, "kind": "submit", "source": source}
                told = good(student.ask("POST", "submissions", sent | {"idempotency_key": f"{name}-{verdict}"}))
                if not told["judgement"] or told["judgement"]["verdict"] != verdict:
                    raise RuntimeError(f"{name}'s answer should be judged {verdict}: {told}")
            return f"{name} opened {path} and handed in {exercise}: a wrong answer WA, a right one AC"

        with ThreadPoolExecutor(len(STUDENTS)) as both:
            yield from both.map(study, STUDENTS)
        page = good(teacher.ask_service("GET", f"classes/{CLASS}/gradebook"))
        points = {row["account"]: row["points"] for row in page["students"]}
        if not all(points.get(name) for name in STUDENTS):
            raise RuntimeError(f"the teacher does not see it: {page}")
        yield f"{TEACHER} sees in the gradebook: {', '.join(f'{name} {points[name]:g}' for name in STUDENTS)}"

    def token_of(self, name: str) -> str:
        """Where code of notebooks may find it."""
        return self.variable_of(name, "JUPYTERHUB_API_TOKEN")

    def variable_of(self, name: str, variable: str) -> str:
        """What lies in the environment of this person's server."""
        said = [told_by(pid, "environ") for pid in self.processes(f"JUPYTERHUB_USER={name}\0")]
        wanted = rf"(?:^|\0){variable}=([^\0]+)".encode()
        (value,) = {found[1].decode() for text in said if (found := re.search(wanted, text))}
        return value

    def processes(self, sign: str) -> set[int]:
        """Those of Hub's whose environment or command holds this, and what they started."""
        assert self.process is not None
        found = set[int]()
        for pid in descendants(self.process.pid):
            if sign.encode() in told_by(pid, "environ") + told_by(pid, "cmdline"):
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
