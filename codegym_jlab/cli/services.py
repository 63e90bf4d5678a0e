"""`codegym sandbox-host` and `codegym mcp`: what serves other programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from codegym_jlab.telemetry import logs

from .command import Courses, Records, asynchronous, managers
from .flows import MetricsAddress, MetricsPort, metrics_listener
from .output import fail, out, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.grading.manager import GradingManager
    from codegym_jlab.store.classes import Enrolment


_LEASES = 4 * (os.cpu_count() or 1)


def sandbox_host(
    listen: Annotated[
        str, typer.Option(help="unix:/PATH, ADDRESS:PORT (plain TCP: a private network only) or tls:ADDRESS:PORT.")
    ],
    key_file: Annotated[
        Path | None,
        typer.Option(help="The key shared with the service; default: $CODEGYM_SANDBOX_KEY_FILE, $CODEGYM_SANDBOX_KEY."),
    ] = None,
    level: Annotated[
        str, typer.Option(help="Sandbox level: namespaces, confined, docker. Default: the best that works.")
    ] = "",
    user: Annotated[
        str, typer.Option(help="Who it becomes when root starts it: a name or a number. Default: an unused number.")
    ] = "",
    group: Annotated[str, typer.Option(help="Group that may open the UNIX socket. Default: its owner alone.")] = "",
    leases: Annotated[int, typer.Option(min=1, help="Submissions at once; more wait.")] = _LEASES,
    memory_mb: Annotated[int, typer.Option(min=16, help="The most that one submission may ask for.")] = 4096,
    files_mb: Annotated[int, typer.Option(min=1, help="Courses' data files that are kept.")] = 512,
    certificate: Annotated[Path | None, typer.Option(help="With tls: its certificate chain, PEM.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="With tls: the key of the certificate, PEM.")] = None,
    metrics_port: MetricsPort = None,
    metrics_address: MetricsAddress = "127.0.0.1",
) -> None:
    """Run answers for a service elsewhere: another user, container, pod or machine, holding no token or password.

    The service is told by CODEGYM_SANDBOX=remote, CODEGYM_SANDBOX_HOST=ADDRESS and the same key. Both sides prove that
    they have the key; what follows is encrypted with tls: only. Python and the courses' packages are those found here.
    Started by root, it leaves the machine's files and network and becomes another user before it serves.
    """
    from codegym_jlab.sandbox.base import SandboxUnavailable
    from codegym_jlab.sandbox.remote import NotAnAddress
    from codegym_jlab.sandbox.remote.daemon import HostOptions, serve
    from codegym_jlab.sandbox.remote.host import Bounds

    logs.to_stderr()
    if sys.platform != "linux":
        fail("a sandbox host needs Linux")
    named = key_file or (Path(found) if (found := os.environ.get("CODEGYM_SANDBOX_KEY_FILE")) else None)
    bounds = Bounds(leases, memory_mb, files_mb)
    orders = HostOptions(listen, level or None, named, user, group, certificate, private_key, bounds)
    try:
        page = None if metrics_port is None else metrics_listener(metrics_address, metrics_port)
        serve(orders, lambda text: out.print(f"codegym sandbox-host: {text}"), page)
    except NotAnAddress as error:
        wrong_use(str(error))
    except SandboxUnavailable as error:
        fail(str(error))


LOCAL = "local"  #: the one account of a computer of one's own


class _Owner:
    """The owner of this computer."""

    def __init__(self, manager: GradingManager, courses: Sequence[dict[str, Any]]) -> None:
        self._manager, self._courses = manager, courses

    async def courses(self) -> Sequence[dict[str, Any]]:
        return self._courses

    async def admit(self, course: str) -> Enrolment:
        return await self._manager.enrol(LOCAL, course)


@asynchronous
async def mcp(
    courses: Courses = None,
    records: Records = "",
) -> None:
    """Let another assistant read your exercises, answers, judgements and hints: MCP on standard input and output.

    Nothing hidden is among it, and nothing of a unit where the tutor is off. Name this command in the assistant's
    settings. Over HTTP, a running server has the same at /codegym/mcp, with its token.
    """
    from codegym_jlab.grading.feedback.student_view import outcome_view
    from codegym_jlab.handlers.base import Denied
    from codegym_jlab.handlers.mcp import server_of
    from codegym_jlab.records import utc_now
    from codegym_jlab.tutor.manager import TutorManager
    from codegym_jlab.tutor.tools import Tools

    async with managers(records, courses) as m:
        listed = [{"id": id, "title": loaded.title} for id, loaded in m.catalogue.courses.items() if not loaded.broken]
        owner, tutor = _Owner(m.grading, listed), TutorManager(m.store, m.grading)
        tools = Tools(m.grading, tutor, owner, user=LOCAL, view=outcome_view, clock=utc_now)
        try:
            server = server_of(tools, version("codegym-jlab"))
        except Denied as error:
            fail(str(error))
        from mcp.server.stdio import stdio_server

        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
