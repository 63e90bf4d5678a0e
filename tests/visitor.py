"""Somebody's browser at a Hub, whose own server is begun and spoken to as well."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import httpx

from benchmarks import hub_class
from codegym_jlab.hub.demo import PATIENCE_S


class Visitor(hub_class.Visitor):
    """Raises RuntimeError where the Hub does not answer as it should."""

    token = ""  #: of the person's own server, once its page is open

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
        return self.request(method, f"/user/{self.name}/codegym/api/{path}", body, headers)
