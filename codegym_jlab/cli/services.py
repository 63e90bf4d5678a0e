"""`codegym sandbox-host` and `codegym mcp`: what serves other programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Option

from codegym_jlab.records import Json, frozen, utc_now
from codegym_jlab.store.classes import Enrolment
from codegym_jlab.telemetry import logs

from .command import Records, asynchronous, managers
from .flows import MetricsAddress, MetricsPort, metrics_listener
from .output import fail, failing_on, out, wrong_use_on

if TYPE_CHECKING:
    from codegym_jlab.grading.manager import GradingManager


_LEASES = 4 * len(os.sched_getaffinity(0))


def sandbox_host(
    listen: str = Option(help="unix:/PATH, ADDRESS:PORT (plain TCP: a private network only) or tls:ADDRESS:PORT."),
    key_file: Path | None = Option(
        None,
        envvar="CODEGYM_SANDBOX_KEY_FILE",
        show_envvar=False,
        help="File with the service's shared key; default: $CODEGYM_SANDBOX_KEY_FILE, $CODEGYM_SANDBOX_KEY.",
    ),
    level: str = Option("", help="Sandbox level: namespaces, confined, docker. Default: the best that works."),
    user: str = Option("", help="The user to become if root starts it: a name or a number. Default: an unused number."),
    group: str = Option("", help="Group that may open the UNIX socket. Default: only its owner."),
    leases: int = Option(_LEASES, min=1, help="Submissions at the same time; others wait."),
    memory_mb: int = Option(4096, min=16, help="The most that one submission may ask for."),
    files_mb: int = Option(512, min=1, help="How much of courses' data files to keep."),
    certificate: Path | None = Option(None, help="With tls: its certificate chain, PEM."),
    private_key: Path | None = Option(None, help="With tls: the key of the certificate, PEM."),
    metrics_port: MetricsPort = None,
    metrics_address: MetricsAddress = "127.0.0.1",
) -> None:
    """Run answers for a service, under another user, container, pod or machine, without tokens or passwords.

    For the service, set CODEGYM_SANDBOX=remote, CODEGYM_SANDBOX_HOST=ADDRESS and the same key. Both sides prove that
    they have the key; only tls: encrypts what follows. Answers run with the Python and the packages found here.
    Started by root, it gives up the machine's files and network and becomes another user before it serves.
    """
    from codegym_jlab.sandbox.base import SandboxUnavailable
    from codegym_jlab.sandbox.remote import NotAnAddress
    from codegym_jlab.sandbox.remote.daemon import HostOptions, serve
    from codegym_jlab.sandbox.remote.host import Bounds

    logs.to_stderr()
    if sys.platform != "linux":
        fail("a sandbox host needs Linux")
    bounds = Bounds(leases, memory_mb, files_mb)
    orders = HostOptions(listen, level or None, key_file, user, group, certificate, private_key, bounds)
    with failing_on(SandboxUnavailable), wrong_use_on(NotAnAddress):
        page = metrics_listener(metrics_address, metrics_port)
        serve(orders, lambda text: out.print(f"codegym sandbox-host: {text}"), page)


LOCAL = "local"  #: the one account of a computer of one's own


@frozen
class _Owner:
    """The owner of this computer."""

    manager: GradingManager
    listed: Sequence[Json]

    async def courses(self) -> Sequence[Json]:
        return self.listed

    async def admit(self, course: str) -> Enrolment:
        return await self.manager.enrol(LOCAL, course)


@asynchronous
async def mcp(
    courses: Path | None = Option(None, help="Folder of courses; default: the one in the settings."),
    records: Records = "",
) -> None:
    """Let another assistant read your exercises, answers, judgements and hints: MCP on standard input and output.

    It shows nothing hidden, and nothing of a unit where the tutor is off. Name this command in the assistant's
    settings. A running server offers the same over HTTP at /codegym/mcp, with its token.
    """
    from codegym_jlab.grading.feedback import outcome_view
    from codegym_jlab.handlers.base import Denied
    from codegym_jlab.handlers.mcp import server_of
    from codegym_jlab.tutor.manager import TutorManager
    from codegym_jlab.tutor.tools import Tools

    async with managers(records, courses=courses) as m:
        listed = [{"id": id, "title": loaded.title} for id, loaded in m.catalogue.courses.items() if not loaded.broken]
        owner, tutor = _Owner(m.grading, listed), TutorManager(m.store, m.grading)
        tools = Tools(m.grading, tutor, owner, user=LOCAL, view=outcome_view, clock=utc_now)
        with failing_on(Denied):
            server = server_of(tools, version("codegym-jlab"))
        from mcp.server.stdio import stdio_server

        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
