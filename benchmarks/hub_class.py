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
from typing import Any, TypeVar

import httpx
from tornado.httpclient import HTTPRequest

from codegym_jlab.hub.demo import CLASS, PATIENCE_S, STUDENTS, TEACHER, Demo

Reply = tuple[int, dict[str, Any], dict[str, str]]  #: status, JSON, headers
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


class Visitor:
    """Somebody's browser at a Hub, without its window: logs in, and speaks to the service.

    Raises RuntimeError where the Hub does not let them in.
    """

    def __init__(self, url: str, name: str, password: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=PATIENCE_S)
        self.http.get("/hub/login")
        form = {"username": name, "password": password, "_xsrf": self.xsrf("/hub/")}
        answer = self.http.post("/hub/login", params={"next": "/hub/home"}, data=form)
        if answer.url.path != "/hub/home":
            raise RuntimeError(f"the Hub does not let {name} in: {answer.status_code} {answer.text[-500:]}")

    def close(self) -> None:
        self.http.close()

    def xsrf(self, path: str) -> str:
        """What a page below `path` sends along."""
        return next(
            str(cookie.value) for cookie in self.http.cookies.jar if (cookie.name, cookie.path) == ("_xsrf", path)
        )

    def log_in_at_service(self) -> httpx.Response:
        """Through the Hub's OAuth; the service's own page."""
        return self.http.get("/services/codegym/")

    def ask_service(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """As a page of the service does, by the session of this browser."""
        headers = {"X-XSRFToken": self.xsrf("/services/codegym/")} | headers
        return self.request(method, f"/services/codegym/codegym/api/{path}", body, headers)

    def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        """Of JSON, also where there is no body."""
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} | headers
        return self.http.request(method, path, content=content, headers=headers)


def good(answer: httpx.Response) -> Any:
    """Its JSON. Raises RuntimeError where it is a refusal."""
    if answer.status_code >= 300:
        raise RuntimeError(f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text[:500]}")
    return answer.json()


def make_class(course: str, title: str, admin: Visitor) -> None:
    """The class CLASS with its students and teacher, published, by somebody who makes classes."""
    about = {"id": CLASS, "course": course, "title": title, "term": "demo", "time_zone": "Europe/Berlin"}
    roles = dict.fromkeys(STUDENTS, "student") | {TEACHER: "instructor"}
    people = [{"account": name, "role": role} for name, role in roles.items()]
    good(admin.ask_service("POST", "classes", about))
    good(admin.ask_service("POST", f"classes/{CLASS}/members", {"people": people}))
    good(admin.ask_service("POST", f"classes/{CLASS}/versions", {"note": "first", "anyway": True}))


class HubClass(Demo):
    """The demo's Hub, PostgreSQL, service and sandbox host, with students `s0`, `s1`, … in its class."""

    def __init__(
        self, home: Path, courses: Path, students: int, settings: dict[str, str] | None = None, more: str = ""
    ) -> None:
        super().__init__(home, courses, more=_MORE + more, settings=settings)
        self.students = tuple(f"s{number}" for number in range(students))
        self.teacher: Visitor | None = None
        self._tokens: dict[str, str] = {}

    def enrol_all(self, course: str) -> None:
        """The class, its students, and a token for each."""
        self.teacher = Visitor(self.url, TEACHER, self.password)
        self.teacher.log_in_at_service()
        make_class(course, course, self.teacher)
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

    def stream(self, who: str) -> HTTPRequest:
        """Of the page of theirs: where what was judged is heard."""
        url = f"ws{self.url.removeprefix('http')}/services/codegym/codegym/api/stream"
        return HTTPRequest(url, headers={"Authorization": f"token {self._tokens[who]}"}, connect_timeout=PATIENCE_S)

    def asker(self, who: str, port: int = 0) -> Callable[..., Reply]:
        """What asks in their name, also from another process: through the proxy, or at this port."""
        return partial(_ask, port or int(self.url.rpartition(":")[2]), self._tokens[who])


Made = TypeVar("Made", bound=HubClass)


def _ask(port: int, token: str, method: str, path: str, body: Any = None) -> Reply:
    headers = {"Authorization": f"token {token}"}
    return reply_of(port, method, f"/services/codegym/codegym/api/{path}", headers, body)


@contextmanager
def hub_class(courses: Path, course: str, students: int, settings: dict[str, str] | None = None) -> Iterator[HubClass]:
    """It runs, and everybody is in the class of this course of the catalogue `courses`."""
    with class_of(courses, course, lambda home, copied: HubClass(home, copied, students, settings)) as it:
        yield it


@contextmanager
def class_of(courses: Path, course: str, make: Callable[[Path, Path], Made]) -> Iterator[Made]:
    """The same of any kind; `make` is given its folder and the courses in it."""
    with tempfile.TemporaryDirectory(prefix="codegym-class-", ignore_cleanup_errors=True) as home:
        copied = Path(shutil.copytree(courses, Path(home) / "service-courses"))
        it = make(Path(home), copied)
        try:
            it.start()
            it.enrol_all(course)
            yield it
        finally:
            it.close()
