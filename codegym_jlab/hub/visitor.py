"""Somebody's browser at a Hub, without its window: logs in, begins a server, speaks to it and to the service."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import httpx

PATIENCE_S = 120


class Visitor:
    """Raises RuntimeError where the Hub does not let them in or does not answer as it should."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.name, self.token = name, ""
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=PATIENCE_S)
        self.http.get("/hub/login")
        form = {"username": name, "password": password, "_xsrf": self.xsrf("/hub/")}
        answer = self.http.post("/hub/login", params={"next": "/hub/home"}, data=form)
        if answer.url.path != "/hub/home":
            raise RuntimeError(f"the Hub does not let {name} in: {answer.status_code} {answer.text[-500:]}")

    def close(self) -> None:
        """The last call."""
        self.http.close()

    def xsrf(self, path: str) -> str:
        """What a page below `path` sends along."""
        return next(
            str(cookie.value) for cookie in self.http.cookies.jar if (cookie.name, cookie.path) == ("_xsrf", path)
        )

    def begin_server(self) -> None:
        """Ask for the person's own server."""
        answer = self.http.post(f"/hub/api/users/{self.name}/server", headers={"X-XSRFToken": self.xsrf("/hub/")})
        if answer.status_code not in (201, 202):
            raise RuntimeError(f"the Hub begins no server for {self.name}: {answer.text}")

    def open_lab(self) -> None:
        """Wait for the server, open its page and keep the token that it gives to its scripts."""
        end = time.monotonic() + PATIENCE_S
        while "jupyter-config-data" not in (page := self.http.get(f"/user/{self.name}/lab")).text:
            if time.monotonic() > end:
                raise RuntimeError(f"the server of {self.name} does not answer: {page.status_code}")
            time.sleep(0.2)
        found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.text, re.DOTALL)
        assert found
        self.token = str(json.loads(found[1])["token"])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """As the page in the person's own server does."""
        headers = {"Authorization": f"token {self.token}"} | headers
        return self._ask(method, f"/user/{self.name}/codegym/api/{path}", body, headers)

    def log_in_at_service(self) -> httpx.Response:
        """Through the Hub's OAuth; the service's own page."""
        return self.http.get("/services/codegym/")

    def ask_service(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """As a page of the service does, by the session of this browser."""
        headers = {"X-XSRFToken": self.xsrf("/services/codegym/")} | headers
        return self._ask(method, f"/services/codegym/codegym/api/{path}", body, headers)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} | headers
        return self.http.request(method, path, content=content, headers=headers)


def good(answer: httpx.Response) -> Any:
    """Its JSON. Raises RuntimeError where it is a refusal."""
    if answer.status_code >= 300:
        raise RuntimeError(f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text[:500]}")
    return answer.json()
