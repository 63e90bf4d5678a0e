"""A whole class on this machine for a while: `codegym hub demo`, and the ground of the tests of a class.

JupyterHub with its proxy, PostgreSQL, the service and a sandbox host, each the real one; two students and a teacher.
All of it is on this machine's own address, keeps its files in one folder, and ends with `close`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from .postgresql import Cluster, Missing
from .visitor import Visitor, good

STUDENTS = ("ana", "ben")
TEACHER = "prof"
CLASS = "demo"
PATIENCE_S = 120
PROXY = "configurable-http-proxy"
ROOT = Path(__file__).parents[2]
CONFIG = """
import sys
from codegym_jlab.hub.config import configure
service = {{"CODEGYM_LLM": {llm!r}, "HOME": "{home}/service"}}
address = "http://127.0.0.1:{service}"
configure(c, config="{home}/codegym_config.py", address=address, admins=[{admin!r}], environment=service)
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {inner}
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{home}/cookie_secret"
c.JupyterHub.pid_file = ""
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.auth_token = {secret!r}
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allowed_users = {people!r}
c.JupyterHub.spawner_class = "simple"  # everybody's server runs as this machine's user: for a look, not for an exam
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/homes/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.environment.update({{"JUPYTER_CONFIG_PATH": {defaults!r}}})  # no question about news meets a student first
c.Spawner.http_timeout = {patience}
"""


class Demo:
    """Raises Missing where JupyterHub or its proxy is not installed; says what it does without of the rest."""

    def __init__(self, home: Path, courses: Path, *, port: int = 0, admin: str = TEACHER, more: str = "") -> None:
        if importlib.util.find_spec("jupyterhub") is None:
            raise Missing("JupyterHub is not installed: pip install 'codegym-jlab[hub]'")
        self.home, self.courses = home, courses
        self.password = secrets.token_hex(6)
        self.url = f"http://127.0.0.1:{(public := port or free_port())}"
        self.service = free_port()
        self.records = self.sandboxes = ""  #: what they are, in words
        (home / "service").mkdir(mode=0o700)
        self._cluster: Cluster | None = None
        self._host: subprocess.Popen[str] | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._visitors: list[Visitor] = []
        told = {"public": public, "inner": free_port(), "api": free_port(), "service": self.service, "home": home}
        told |= {"proxy": proxy(), "secret": secrets.token_hex(16), "password": self.password, "patience": PATIENCE_S}
        told |= {"admin": admin, "people": {*STUDENTS, TEACHER, admin}}
        told |= {"llm": os.environ.get("CODEGYM_LLM", "none")}
        told |= {"defaults": str(Path(__file__).parents[1] / "labdefaults")}
        (home / "jupyterhub_config.py").write_text(CONFIG.format(**told) + more)

    def start(self) -> None:
        """Returns when Hub and service answer. Raises Missing, RuntimeError."""
        settings = {"courses_dir": str(self.courses), "data_dir": f"{self.home}/service/records"}
        settings |= self._start_records() | self._start_sandboxes()
        lines = (f"c.CodeGym.{name} = {value!r}\n" for name, value in settings.items())
        (self.home / "codegym_config.py").write_text("".join(lines))
        command = [sys.executable, "-m", "jupyterhub", "-f", str(self.home / "jupyterhub_config.py")]
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        with open(self.home / "hub.log", "ab") as log:
            # a Ctrl-C of the terminal is ours alone: the Hub ends the others in their order
            self.process = subprocess.Popen(
                command, env=env, stdout=log, stderr=log, cwd=self.home, start_new_session=True
            )
        self.wait(f"{self.url}/hub/health")
        self.wait(f"{self.url}/services/codegym/codegym/api/health/ready")

    def wait(self, url: str) -> None:
        """Until 200. Raises RuntimeError."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(url, timeout=10).status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{url} does not answer: {self.said()[-4000:]}")

    def said(self) -> str:
        """The log of the Hub, its proxy, the service and the servers."""
        log = self.home / "hub.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def visitor(self, name: str) -> Visitor:
        """Somebody's browser, logged in at the Hub."""
        self._visitors.append(visitor := Visitor(self.url, name, self.password))
        return visitor

    def make_class(self, course: str, title: str, admin: Visitor) -> None:
        """The class CLASS with its students and teacher, published, by somebody who makes classes."""
        about = {"id": CLASS, "course": course, "title": title, "term": "demo", "time_zone": "Europe/Berlin"}
        people = [{"account": name, "role": "student"} for name in STUDENTS]
        people.append({"account": TEACHER, "role": "instructor"})
        good(admin.ask_service("POST", "classes", about))
        good(admin.ask_service("POST", f"classes/{CLASS}/members", {"people": people}))
        good(admin.ask_service("POST", f"classes/{CLASS}/versions", {"note": "first", "anyway": True}))

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

    def close(self) -> None:
        """The Hub ends its proxy, its service and the servers; then the rest. The folder is the caller's."""
        for visitor in self._visitors:
            visitor.close()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with contextlib.suppress(OSError, ValueError):  # a Hub that failed leaves its proxy
            os.kill(int((self.home / "proxy.pid").read_text()), signal.SIGTERM)
        if self._host is not None:
            self._host.terminate()
            self._host.wait()
            assert self._host.stdout is not None
            self._host.stdout.close()
        if self._cluster is not None:
            self._cluster.close()

    def _start_records(self) -> dict[str, str]:
        """PostgreSQL, else SQLite."""
        try:
            if importlib.util.find_spec("psycopg") is None:
                raise Missing("psycopg is not installed: pip install 'codegym-jlab[postgres]'")
            (folder := self.home / "pg").mkdir(mode=0o700)
            self.home.chmod(0o711)  # its user comes through
            self._cluster = Cluster(folder)
            self._cluster.make()
            self._cluster.start()
        except Missing as problem:
            self.records = f"SQLite ({problem})"
            return {}
        self.records = "PostgreSQL"
        return {"database": self._cluster.url()}

    def _start_sandboxes(self) -> dict[str, str]:
        """A host under another user, where root may make one; else answers run beside the service."""
        if os.getuid() != 0:
            self.sandboxes = "on this machine as you; as root they would be a host of their own under another user"
            return {}
        key, place = self.home / "service/sandbox.key", f"unix:{self.home}/service/sandbox"
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
        command = [sys.executable, "-m", "codegym_jlab.cli", "sandbox-host", "--listen", place, "--key-file", str(key)]
        with open(self.home / "hub.log", "ab") as log:
            self._host = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.home, start_new_session=True
            )
        assert self._host.stdout is not None
        if not (said := self._host.stdout.readline().strip()):
            self.sandboxes = "on this machine, beside the service (no sandbox host can start here)"
            return {}
        self.sandboxes = f"a host of their own: {said.rpartition(': ')[2]}"
        return {"sandbox": "remote", "sandbox_host": place, "sandbox_key_file": str(key)}


def proxy() -> list[str]:
    """The command of the Hub's proxy. Raises Missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codegym"
    node = shutil.which("node") or ROOT / ".tools/bin/node"
    scripts = [*sorted(cache.glob(f"{PROXY}-*/node_modules/.bin/{PROXY}")), *filter(None, [shutil.which(PROXY)])]
    if not scripts:
        raise Missing(f"JupyterHub's proxy is not installed: make class, or npm install -g {PROXY}")
    return [str(node), str(scripts[-1])]


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
