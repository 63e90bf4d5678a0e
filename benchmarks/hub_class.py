"""A class on a real JupyterHub, of as many students as are wanted: each asks the service through the Hub's proxy, as
their server would, with a token of the Hub's of their own.

No servers are started for them: at 130 MB each they would be what is timed.
"""

from __future__ import annotations

import http.client
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from codegym_jlab.hub.demo import CLASS, TEACHER, Demo, Visitor, good

Reply = tuple[int, dict[str, Any], dict[str, str]]  #: status, JSON, headers
PATIENCE_S = 120.0
_KEY = secrets.token_hex(16)
_MORE = f"""
c.JupyterHub.services.append({{"name": "bench", "api_token": {_KEY!r}}})
c.JupyterHub.load_roles.append({{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "tokens"]}})
"""


class Unanswered(Exception):
    """No whole answer came: whether it was stored is not known."""


def reply_of(port: int, method: str, path: str, headers: dict[str, str], body: Any = None) -> Reply:
    """One request to this machine, on a connection of its own. Raises Unanswered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    text = None if body is None else json.dumps(body)
    try:
        connection.request(method, path, text, headers | {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read()), dict(response.headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unanswered from error
    finally:
        connection.close()


class HubClass(Demo):
    """The demo's Hub, PostgreSQL, service and sandbox host, with students `s0`, `s1`, … in its class."""

    def __init__(self, home: Path, courses: Path, students: int, settings: dict[str, str] | None = None) -> None:
        super().__init__(home, courses, more=_MORE, settings=settings)
        self.students = tuple(f"s{number}" for number in range(students))
        self.teacher: Visitor | None = None
        self._tokens: dict[str, str] = {}

    def enrol_all(self, course: str) -> None:
        """The class, its students, and a token for each."""
        self.teacher = Visitor(self.url, TEACHER, self.password)
        self.teacher.log_in_at_service()
        self.make_class(course, course, self.teacher)
        people = [{"account": name, "role": "student"} for name in self.students]
        good(self.teacher.ask_service("POST", f"classes/{CLASS}/members", {"people": people}))
        with httpx.Client(headers={"Authorization": f"token {_KEY}"}, timeout=PATIENCE_S) as api:
            good(api.post(f"{self.url}/hub/api/users", json={"usernames": list(self.students)}))
            scopes = {"scopes": ["access:services!service=codegym"]}
            for name in self.students:
                self._tokens[name] = good(api.post(f"{self.url}/hub/api/users/{name}/tokens", json=scopes))["token"]

    def close(self) -> None:
        """Also the teacher's connections: one left open would be found by a later test."""
        if self.teacher is not None:
            self.teacher.close()
        super().close()

    def ask(self, method: str, path: str, body: Any = None, *, who: str) -> Reply:
        """One request. Raises Unanswered."""
        return self.asker(who)(method, path, body)

    def asker(self, who: str) -> Callable[..., Reply]:
        """What asks in their name, also from another process."""
        return partial(_ask, int(self.url.rpartition(":")[2]), self._tokens[who])


def _ask(port: int, token: str, method: str, path: str, body: Any = None) -> Reply:
    headers = {"Authorization": f"token {token}"}
    return reply_of(port, method, f"/services/codegym/codegym/api/{path}", headers, body)


@contextmanager
def hub_class(courses: Path, course: str, students: int, settings: dict[str, str] | None = None) -> Iterator[HubClass]:
    """It runs, and everybody is in the class of this course of the catalogue `courses`."""
    with tempfile.TemporaryDirectory(prefix="codegym-class-", ignore_cleanup_errors=True) as home:
        copied = Path(shutil.copytree(courses, Path(home) / "service-courses"))
        it = HubClass(Path(home), copied, students, settings)
        try:
            it.start()
            it.enrol_all(course)
            yield it
        finally:
            it.close()
