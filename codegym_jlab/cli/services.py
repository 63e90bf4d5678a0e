"""`codegym sandbox-host`, `mcp` and `hub`: what serves other programs, and a whole class on this machine to try."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Argument, Context, Option, Typer

from codegym_jlab.records import Json, frozen, utc_now
from codegym_jlab.settings import shipped_courses
from codegym_jlab.store.classes import Enrolment, Joining, Offering
from codegym_jlab.telemetry import logs

from .command import Records, asynchronous, managers, usable
from .flows import MetricsAddress, MetricsPort, metrics_listener
from .lab import Browser
from .output import fail, failing_on, out, wrong_use_on

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.manager import GradingManager
    from codegym_jlab.hub.demo import Demo


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


hub = Typer(name="hub")


@hub.callback(invoke_without_command=True)
def serve(
    context: Context,
    config: Path | None = Option(None, help="A file with `c.CodeGym.… = …`; for the rest, CODEGYM_… count."),
) -> None:
    """Run a class's service on JupyterHub: records, courses, checks and keys are here, not on students' servers.

    The Hub starts it as a service, or has it in its configuration; the variables JUPYTERHUB_… say where it listens.
    Students' servers find it by CODEGYM_SERVICE=http://HOST:PORT/services/NAME.
    """
    if context.invoked_subcommand:
        return
    try:
        from codegym_jlab.hub.service import serve, settings_of
    except ImportError:
        fail("this needs JupyterHub here: pip install jupyterhub")
    settings = settings_of(config)
    logs.to_stderr(settings.log_format, settings.log_level)
    with wrong_use_on(ValueError):
        asyncio.run(serve(settings))


@hub.command()
def demo(
    course_dir: Path | None = Argument(None, metavar="[COURSE_DIR]", help="Default: python-basics."),
    browser: Browser = True,
    port: int = Option(0, help="0: any free port."),
) -> None:
    """Try a whole class on this machine: JupyterHub, records, service, sandbox host, two students and a teacher.

    Everything is real, and is removed when you press Ctrl-C. All servers run as you, and you can read the hidden
    tests: use it only to look around.
    """
    from codegym_jlab.hub.demo import Demo
    from codegym_jlab.hub.postgresql import Missing

    loaded, began = usable(course_dir or shipped_courses() / "python-basics"), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all of it ends with us
    with tempfile.TemporaryDirectory(prefix="codegym-class-", ignore_cleanup_errors=True) as home:
        out.print("Starting JupyterHub, PostgreSQL, the service and a sandbox host …")
        with failing_on(Missing):
            it = Demo(Path(home), loaded.root, port=port)
        try:
            it.start()
            asyncio.run(_make_class(it.database, loaded))
            tell(it, time.monotonic() - began)
            if browser:
                webbrowser.open(it.url)
            threading.Event().wait()
        except KeyboardInterrupt:
            out.print("\nEnding …")
        except (Missing, RuntimeError) as problem:
            fail(str(problem))
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave half of it
            it.close()


async def _make_class(records: str, loaded: LoadedCourse) -> None:
    """With its students and teacher, published."""
    from codegym_jlab.hub.demo import CLASS, STUDENTS, TEACHER

    async with managers(records, TEACHER) as m:
        made = Offering(CLASS, loaded.id, loaded.title, "demo", "Europe/Berlin")
        await m.classes.make(m.actor, made, [TEACHER])
        await m.classes.enlist(m.actor, CLASS, [Joining(name, "student") for name in STUDENTS])
        await m.publisher.publish(m.actor, CLASS, loaded.root, "first")


def tell(it: Demo, took: float) -> None:
    """Where everything is, and how to go on."""
    from codegym_jlab.hub.demo import STUDENTS, TEACHER

    out.print(
        f"\nA class, ready after {took:.0f} s:   {it.url}\n",
        f"  students    {', '.join(STUDENTS)}   their own JupyterLab, with the course beside it",
        f"  teacher     {TEACHER}       the same, and the class's page at {it.url}/services/codegym/",
        f"  password    {it.password}   for all three; a browser is one person, so take a private window too",
        f"  records     {it.records}",
        f"  sandboxes   {it.sandboxes}",
        "\nCtrl-C ends it and removes everything. For a real class: docs/how-to/jupyterhub.md\n",
        sep="\n",
    )
