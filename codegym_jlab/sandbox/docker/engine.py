"""The container engine on this machine, through the `docker` package: its calls block, so threads make them."""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import Any

from ..base import SandboxUnavailable
from ..namespaces import NOBODY, unused_user

LEVELS = ("docker", "docker+runsc")


_THREADS = 16
_PATIENCE_S = 90.0
_TOLD_S = 2  #: the engine tells of a container's end somewhat later than its stream does
_KILLED = "137"  #: exit status after SIGKILL
LABEL = "codegym.sandbox"  #: of each container, its value names the process that made it

INSTALL = "the Python package `docker` is not installed: pip install 'codegym-jlab[docker]'"
AWAY = (
    "no container engine answers at {host}: start Docker (`sudo systemctl start docker`), let this user reach it "
    "(`sudo usermod -aG docker $USER`, then log in again), or set DOCKER_HOST"
)


class NotStarted(SandboxUnavailable):
    """One container died before it could be used; another one may well start."""


class Engine:
    """One connection. Made outside any event loop; `call` belongs to one."""

    def __init__(self, runtime: str) -> None:
        """`runtime`: the engine's name of an OCI runtime; "" is the engine's default."""
        self._host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        self._runtime = runtime
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="codegym-docker")
        self._user = 0

    @cached_property
    def api(self) -> Any:
        """The client of the `docker` package. Raises SandboxUnavailable where there is none."""
        try:
            from docker.api import APIClient
        except ImportError:
            raise SandboxUnavailable(INSTALL) from None
        if not self._host.startswith("unix://"):
            raise SandboxUnavailable(f"the engine must run on this machine and listen on a socket, not at {self._host}")
        try:
            with socket.socket(socket.AF_UNIX) as probe:  # the package would leave its own one open
                probe.connect(self._host.removeprefix("unix://"))
            api = APIClient(base_url=self._host, version="auto", timeout=_PATIENCE_S)
            api.trust_env = False  # no proxy stands before a socket, and threads may not read what others change
            runtimes = api.info().get("Runtimes", {})
        except Exception as e:
            raise SandboxUnavailable(f"{AWAY.format(host=self._host)}. It said: {str(e)[:300]}") from None
        if self._runtime and self._runtime not in runtimes:
            api.close()
            raise SandboxUnavailable(
                f"the engine has no runtime {self._runtime!r}: `make parts` builds runsc; start dockerd with "
                "--add-runtime runsc=PATH, or name it in /etc/docker/daemon.json and restart the engine"
            )
        return api

    def user(self) -> int:
        """Of all that runs in containers of this connection; an engine that maps users keeps `nobody` to itself."""
        if not self._user:
            options = self.api.info().get("SecurityOptions") or ()
            maps = any("userns" in option or "rootless" in option for option in options)
            self._user = NOBODY if maps else unused_user()
        return self._user

    async def call(self, work: Callable[..., Any], *args: Any) -> Any:
        """`work(*args)` in a thread. Raises SandboxUnavailable with what the engine said."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, work, *args)
        except (SandboxUnavailable, asyncio.CancelledError):
            raise
        except RuntimeError as e:  # its threads were ended
            raise SandboxUnavailable(f"the sandbox was closed ({e})") from e
        except Exception as e:
            raise SandboxUnavailable(f"the container engine refused: {str(e)[:600]}") from e

    def created(self, image: str, how: dict[str, Any]) -> tuple[str, socket.socket]:
        """A new container that runs, and the stream to it, attached before its start so that nothing is missed."""
        from docker.errors import APIError

        made = self.api.create_container_from_config({"Image": image, **how})
        number = str(made["Id"])
        with ExitStack() as undo:
            undo.callback(self.remove, number)
            stream = undo.enter_context(self._attached(number))
            try:
                self.api.start(number)
            except APIError as e:
                raise NotStarted(f"the container engine refused: {str(e)[:600]}") from e
            undo.pop_all()
        return number, stream

    def _attached(self, number: str) -> socket.socket:
        held = self.api.attach_socket(number, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        own = socket.socket(fileno=os.dup(held.fileno()))
        held._response.close()  # which closes its side; ours is a duplicate
        own.setblocking(False)
        return own

    def end(self, number: str) -> None:
        """Kill a container; returns when nothing of it runs any more, whether or not it was there."""
        from docker.errors import APIError

        with suppress(APIError):
            self.api.kill(number)  # 404: removed; 409: it does not run

    def remove(self, number: str) -> None:
        """Remove one that was ended."""
        with suppress(Exception):  # the engine may be away
            self.api.remove_container(number, force=True)

    def ran_out_of_memory(self, number: str, *, whole: bool) -> bool:
        """Whether the kernel ended this container for its memory, or, unless `whole`, a process in it.

        From the engine's events, which it remembers when the container is removed already; see docker-events(1).
        """
        wanted = {"container": number, "event": ["oom", "die"]}
        events = self.api.events(since=1, until=int(time.time()) + _TOLD_S, filters=wanted, decode=True)
        short = False
        try:
            for event in events:
                short = short or event["Action"] == "oom"
                if short and not whole:
                    break
                if event["Action"] == "die":
                    return short and bool(event["Actor"]["Attributes"].get("exitCode") == _KILLED)
        finally:
            events.close()
        return short and not whole

    def later(self, work: Callable[..., Any], *args: Any) -> None:
        """`work(*args)` in a thread, some time; `close` waits for it."""
        with suppress(RuntimeError):  # its threads were ended
            self._threads.submit(work, *args)

    async def close(self) -> None:
        """End its threads, once what they do is done."""
        await asyncio.to_thread(self._threads.shutdown, True)
        if api := vars(self).pop("api", None):
            api.close()
