"""A real JupyterHub with its proxy, CodeGYM's service and students' servers, as `examples/hub` has it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from absent import Absent
from acceptance.lab import ROOT, clean_home, free_port
from processes import PATIENCE_S, descendants, end_tidily
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PROXY = "configurable-http-proxy"
BIN = Path(sys.executable).parent
CONFIG = """
import sys
load_subconfig({example!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {inner}
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.pid_file = ""
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.auth_token = {secret!r}
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/homes/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.http_timeout = 120
c.Spawner.environment = {{"CODEGYM_SERVICE": "http://127.0.0.1:{service}/services/codegym", "PYTHONPATH": {path!r}}}
c.JupyterHub.load_groups["codegym-admins"]["users"] = ["ada"]
c.JupyterHub.load_groups["codegym-demo-autumn-grader"] = {{"users": ["tim"]}}
service = c.JupyterHub.services[0]
service["url"] = "http://127.0.0.1:{service}"
service["command"] = [sys.executable, "-m", "codegym_jlab.cli", "hub", "--config", "{home}/codegym_config.py"]
service["environment"] = {{"CODEGYM_LLM": "none", "PYTHONPATH": {path!r}, "HOME": "{home}/service"}}
"""


class Hub:
    """Hub, proxy and service on ports of their own; all of it ends with `close`."""

    def __init__(self, home: Path, courses: Path) -> None:
        if importlib.util.find_spec("jupyterhub") is None:
            raise Absent("no JupyterHub here: pip install jupyterhub")
        self.home, self.url = home, f"http://127.0.0.1:{(public := free_port())}"
        self.service = free_port()
        (home / "service").mkdir()
        told = {"public": public, "inner": free_port(), "api": free_port(), "service": self.service, "home": home}
        told |= {"example": str(ROOT / "examples/hub/jupyterhub_config.py"), "proxy": proxy(), "path": str(ROOT)}
        told |= {"secret": secrets.token_hex(16)}
        (home / "jupyterhub_config.py").write_text(CONFIG.format(**told))
        (home / "codegym_config.py").write_text(
            f"c.CodeGym.courses_dir = {str(courses)!r}\nc.CodeGym.data_dir = '{home}/service/records'\n"
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.browsers: list[httpx.Client] = []

    def start(self) -> None:
        """Returns when Hub and service answer."""
        command = [sys.executable, "-m", "jupyterhub", "-f", str(self.home / "jupyterhub_config.py")]
        env = {**os.environ, **clean_home(self.home), "PATH": f"{BIN}:{os.environ['PATH']}"}
        with open(self.home / "hub.log", "ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.home)
        self.wait(f"{self.url}/hub/health")
        self.wait(f"{self.url}/services/codegym/codegym/api/health/ready")

    def wait(self, url: str) -> None:
        """Until 200."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process and self.process.poll() is None:
            try:
                if httpx.get(url, timeout=10).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{url} does not answer: {self.said()[-4000:]}")

    def said(self) -> str:
        """The logs of all of them."""
        return (self.home / "hub.log").read_text()

    def close(self) -> None:
        """The Hub ends its proxy, its service and the servers."""
        for browser in self.browsers:
            browser.close()
        if self.process is not None and self.process.poll() is None:
            end_tidily(self.process, self.said)

    def token_of(self, name: str) -> str:
        """What lies in the environment of this person's server, where code of notebooks may find it."""
        said = [Path(f"/proc/{pid}/environ").read_bytes() for pid in self.processes(f"JUPYTERHUB_USER={name}\0")]
        (token,) = {found[1].decode() for text in said if (found := re.search(rb"JUPYTERHUB_API_TOKEN=(\w+)", text))}
        return token

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


def proxy() -> list[str]:
    """The command of the Hub's proxy. Raises Absent."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codegym"
    node = shutil.which("node") or ROOT / ".tools/bin/node"
    scripts = [*sorted(cache.glob(f"{PROXY}-*/node_modules/.bin/{PROXY}")), *filter(None, [shutil.which(PROXY)])]
    if not scripts:
        raise Absent("no proxy of JupyterHub's here: make parts")
    return [str(node), str(scripts[-1])]


class Person:
    """Somebody's browser, logged in at the Hub."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub, self.name = hub, name
        self.http = httpx.Client(base_url=hub.url, follow_redirects=True, timeout=PATIENCE_S)
        hub.browsers.append(self.http)
        self.http.get("/hub/login")
        form = {"username": name, "password": "x", "_xsrf": self.xsrf("/hub/")}
        answer = self.http.post("/hub/login", params={"next": "/hub/home"}, data=form)
        assert answer.url.path == "/hub/home", answer.text[-500:]

    def xsrf(self, path: str) -> str:
        """What a page below `path` sends along."""
        return next(
            str(cookie.value) for cookie in self.http.cookies.jar if (cookie.name, cookie.path) == ("_xsrf", path)
        )

    def begin_server(self) -> None:
        """Ask for the person's own server."""
        answer = self.http.post(f"/hub/api/users/{self.name}/server", headers={"X-XSRFToken": self.xsrf("/hub/")})
        assert answer.status_code in (201, 202), answer.text

    def open_lab(self) -> None:
        """Wait for the server, open its page and keep the token that it gives to its scripts."""
        end = time.monotonic() + PATIENCE_S
        while "jupyter-config-data" not in (page := self.http.get(f"/user/{self.name}/lab")).text:
            assert time.monotonic() < end, self.hub.said()[-4000:]
            time.sleep(0.2)
        found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.text, re.DOTALL)
        assert found
        self.token = str(json.loads(found[1])["token"])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """As the page in the person's own server does."""
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"} | headers
        content = None if body is None else json.dumps(body)
        return self.http.request(method, f"/user/{self.name}/codegym/api/{path}", content=content, headers=headers)

    def log_in_at_service(self) -> None:
        """Through the Hub's OAuth."""
        assert f"knows you as {self.name}" in self.http.get("/services/codegym/").text

    def ask_service(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """As a page of the service does, by the session of this browser."""
        headers = {"X-XSRFToken": self.xsrf("/services/codegym/"), "Content-Type": "application/json"} | headers
        content = None if body is None else json.dumps(body)
        return self.http.request(method, f"/services/codegym/codegym/api/{path}", content=content, headers=headers)

    async def listen(self) -> WebSocketClientConnection:
        """The stream of the person's own server."""
        url = f"{self.hub.url.replace('http', 'ws', 1)}/user/{self.name}/codegym/api/stream"
        return await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {self.token}"}))


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
