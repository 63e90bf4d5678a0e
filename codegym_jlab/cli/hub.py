"""`codegym hub`: a class's service on JupyterHub, and a whole class on this machine to try."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Argument, Context, Option, Typer

from codegym_jlab.settings import shipped_courses
from codegym_jlab.telemetry import logs

from .command import usable
from .lab import Browser
from .output import fail, failing_on, out, wrong_use_on

if TYPE_CHECKING:
    from codegym_jlab.hub.demo import Demo

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
    from codegym_jlab.hub.demo import TEACHER, Demo, Visitor
    from codegym_jlab.hub.postgresql import Missing

    loaded, began = usable(course_dir or shipped_courses() / "python-basics"), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all of it ends with us
    with tempfile.TemporaryDirectory(prefix="codegym-class-", ignore_cleanup_errors=True) as home:
        out.print("Starting JupyterHub, PostgreSQL, the service and a sandbox host …")
        with failing_on(Missing):
            it = Demo(Path(home), loaded.root, port=port)
        try:
            it.start()
            teacher = Visitor(it.url, TEACHER, it.password)
            teacher.log_in_at_service()
            it.make_class(loaded.id, loaded.title, teacher)
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
