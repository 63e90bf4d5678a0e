"""`codegym sandbox-host`: lends this machine's sandboxes to a service elsewhere. See docs/sandbox-host.md."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..telemetry import logs
from .flowing import metrics_listener
from .terminal import fail, out, wrong_use

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
    user: Annotated[str, typer.Option(help="Who it becomes when root starts it: a name or a number.")] = "65534",
    group: Annotated[str, typer.Option(help="Group that may open the UNIX socket. Default: its owner alone.")] = "",
    leases: Annotated[int, typer.Option(min=1, help="Submissions at once; more wait.")] = _LEASES,
    memory_mb: Annotated[int, typer.Option(min=16, help="The most that one submission may ask for.")] = 4096,
    files_mb: Annotated[int, typer.Option(min=1, help="Courses' data files that are kept.")] = 512,
    certificate: Annotated[Path | None, typer.Option(help="With tls: its certificate chain, PEM.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="With tls: the key of the certificate, PEM.")] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Metrics for Prometheus there, at /metrics; 0: any free port.")
    ] = None,
    metrics_address: Annotated[str, typer.Option(help="Of this machine: 0.0.0.0 for all of its.")] = "127.0.0.1",
) -> None:
    """Run answers for a service elsewhere: another user, container, pod or machine, holding no token or password.

    The service is told by CODEGYM_SANDBOX=remote, CODEGYM_SANDBOX_HOST=ADDRESS and the same key. Both sides prove that
    they have the key; what follows is encrypted with tls: only. Python and the courses' packages are those found here.
    Started by root, it leaves the machine's files and network and becomes another user before it serves.
    """
    from ..sandbox.base import SandboxUnavailable
    from ..sandbox.choice import open_sandbox
    from ..sandbox.remote import NotAnAddress
    from ..sandbox.remote.host import Bounds
    from ..sandbox.remote.serve import Orders, serve

    logs.to_stderr()
    if sys.platform != "linux":
        fail("a sandbox host needs Linux")
    named = key_file or (Path(found) if (found := os.environ.get("CODEGYM_SANDBOX_KEY_FILE")) else None)
    bounds = Bounds(leases, memory_mb, files_mb)
    orders = Orders(listen, level or None, named, user, group, certificate, private_key, bounds)
    try:
        page = None if metrics_port is None else metrics_listener(metrics_address, metrics_port)
        serve(orders, open_sandbox, _say, page)
    except NotAnAddress as error:
        wrong_use(str(error))
    except SandboxUnavailable as error:
        fail(str(error))


def _say(text: str) -> None:
    out.print(f"codegym sandbox-host: {text}")
