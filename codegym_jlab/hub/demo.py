"""A whole class on this machine for a while: `codegym hub demo`, and the ground of the tests of a class.

JupyterHub with its proxy, PostgreSQL, the service and a sandbox host, each the real one; two students and a teacher.
All of it is on this machine's own address, keeps its files in one folder, and ends with `close`.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from .config import START_S
from .postgresql import Cluster, Missing

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
configure(c, settings="{home}/codegym_config.py", address=address, admins=[{admin!r}], environment=service, lti={lti!r})
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

    def __init__(
        self,
        home: Path,
        courses: Path,
        *,
        port: int = 0,
        admin: str = TEACHER,
        more: str = "",
        settings: dict[str, str] | None = None,
        lti: Any = None,
    ) -> None:
        """`more`: lines of jupyterhub_config.py; `settings`: of the service, beside those of its records."""
        try:
            import jupyterhub.authenticators  # noqa: F401  (for its shared password)
        except ImportError:
            raise Missing("JupyterHub 5.3 or newer is not installed: pip install 'codegym-jlab[hub]'") from None
        self.home, self.courses = home, courses
        self.password = secrets.token_hex(6)
        self.url = f"http://127.0.0.1:{(public := port or free_port())}"
        self.inner, self.service = free_port(), free_port()
        self.records = self.sandboxes = ""  #: what they are, in words
        self.database = f"{home}/service/records"  #: where they are
        (home / "service").mkdir(mode=0o700)
        self.cluster: Cluster | None = None
        self.host: subprocess.Popen[str] | None = None
        self._settings = settings or {}
        self.process: subprocess.Popen[bytes] | None = None
        config = CONFIG.format(
            public=public,
            inner=self.inner,
            api=free_port(),
            service=self.service,
            home=home,
            proxy=proxy(),
            secret=secrets.token_hex(16),
            password=self.password,
            patience=PATIENCE_S,
            lti=lti or {},
            admin=admin,
            people={*STUDENTS, TEACHER, admin},
            llm=os.environ.get("CODEGYM_LLM", "none"),
            defaults=str(Path(__file__).parents[1] / "labdefaults"),
        )
        (home / "jupyterhub_config.py").write_text(config + more)

    def start(self) -> None:
        """Returns when Hub and service answer. Raises Missing, RuntimeError."""
        settings = {"courses_dir": str(self.courses), "data_dir": self.database}
        settings |= self._start_records() | self.start_host() | self._settings
        lines = (f"c.CodeGym.{name} = {value!r}\n" for name, value in settings.items())
        (self.home / "codegym_config.py").write_text("".join(lines))
        self.start_hub()

    def start_hub(self) -> None:
        """The Hub, which starts its proxy and the service, on what there is; the same return and errors."""
        command = [sys.executable, "-m", "jupyterhub", "-f", str(self.home / "jupyterhub_config.py")]
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        if self.process:
            self.process.wait()  # one that was killed
        with open(self.home / "hub.log", "ab") as log:
            # a Ctrl-C of the terminal is ours alone: the Hub ends the others in their order
            self.process = subprocess.Popen(
                command, env=env, stdout=log, stderr=log, cwd=self.home, start_new_session=True
            )
        # at its own address first: asked before there is a Hub, its proxy fills the log
        self.wait(f"http://127.0.0.1:{self.inner}/hub/health")
        self.wait(f"{self.url}/services/codegym/codegym/api/health/ready")

    def wait(self, url: str) -> None:
        """Until 200. Raises RuntimeError."""
        end = time.monotonic() + START_S
        with httpx.Client(timeout=10) as http:
            while time.monotonic() < end and self.process and self.process.poll() is None:
                with suppress(httpx.TransportError):
                    if http.get(url).status_code == 200:
                        return
                time.sleep(0.1)
        ended = self.process and self.process.poll()
        why = f"does not answer within {START_S} s" if ended is None else f"is away: the Hub ended with status {ended}"
        raise RuntimeError(f"{url} {why}: {self.said()[-16_000:]}")

    def said(self) -> str:
        """The log of the Hub, its proxy, the service and the servers."""
        log = self.home / "hub.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def close(self) -> None:
        """The Hub ends its proxy, its service and the servers; then the rest. The folder is the caller's."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with suppress(OSError, ValueError):  # a Hub that failed leaves its proxy
            os.kill(int((self.home / "proxy.pid").read_text()), signal.SIGTERM)
        self._end_host()
        if self.cluster is not None:
            self.cluster.close()

    def _end_host(self) -> None:
        """Also one that was killed already."""
        if self.host:
            self.host.terminate()
            self.host.wait()
            assert self.host.stdout is not None
            self.host.stdout.close()

    def _start_records(self) -> dict[str, str]:
        """PostgreSQL, else SQLite."""
        try:
            if importlib.util.find_spec("psycopg") is None:
                raise Missing("psycopg is not installed: pip install 'codegym-jlab[postgres]'")
            (folder := self.home / "pg").mkdir(mode=0o700)
            self.home.chmod(0o711)  # its user comes through
            self.cluster = Cluster(folder)
            self.cluster.make()
            self.cluster.start()
        except Missing as problem:
            self.records = f"SQLite ({problem})"
            return {}
        self.records, self.database = "PostgreSQL", self.cluster.url()
        return {"database": self.database}

    def start_host(self) -> dict[str, str]:
        """A sandbox host under another user, where root may make one; else answers run beside the service.

        Returns what the service is told of it.
        """
        if os.getuid() != 0:
            self.sandboxes = "on this machine as you; as root they would be a host of their own under another user"
            return {}
        self._end_host()
        key, place = self.home / "service/sandbox.key", f"unix:{self.home}/service/sandbox"
        if not key.exists():
            key.write_text(secrets.token_hex(32))
            key.chmod(0o600)
        command = [sys.executable, "-m", "codegym_jlab.cli", "sandbox-host", "--listen", place, "--key-file", str(key)]
        with open(self.home / "hub.log", "ab") as log:
            self.host = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.home, start_new_session=True
            )
        assert self.host.stdout is not None
        if not (said := self.host.stdout.readline().strip()):
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
    """One that nobody listens on now, below those that the system hands out by itself."""
    port = 15_000 + secrets.randbelow(17_000)
    with socket.socket() as s:
        return port if s.connect_ex(("127.0.0.1", port)) else free_port()
