"""The Jupyter server extension: joins the configuration to the handlers, starts and stops. It holds no logic."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.extension.application import ExtensionApp
from traitlets import Type

from . import __version__
from .handlers.identity import Identity, JupyterIdentity
from .handlers.lifecycle import Backend, wired
from .handlers.routes import routes
from .settings import CodeGym, told_of_password
from .telemetry import logs
from .telemetry.traces import switch_off

if TYPE_CHECKING:
    from .hub.forward import Outpost

#: The server answers its first requests before our imports take the processor; one for us begins them.
HEAD_START_S = 1.0
LEAVE_S = 5.0  #: for requests that are cancelled at the end


class CodeGymApp(ExtensionApp):
    """`jupyter server extension enable codegym_jlab`, done by the wheel's own configuration file."""

    name = "codegym_jlab"
    extension_url = "/lab"
    load_other_extensions = True
    classes = [CodeGym]

    identity_class = Type(
        default_value=JupyterIdentity,
        klass=object,
        help="Who a request comes from: a class with who(handler) -> Person.",
    ).tag(config=True)

    def initialize_settings(self) -> None:
        """Read the settings and mount the addresses; make nothing yet."""
        server = self.serverapp
        assert server is not None
        settings = CodeGym(parent=self).settings(server.root_dir, __version__)
        shown = server.cli_config.CodeGym
        told_of_password(shown.get("database", ""), server.log.warning)
        if "metrics_token" in shown:
            server.log.warning("anybody here can see the token on your command line: set CODEGYM_METRICS_TOKEN instead")
        identity = cast(Identity, self.identity_class())
        self.backend: Backend | Outpost
        if settings.service:
            from .hub.forward import Outpost, forwarding_routes

            self.backend = Outpost(settings, identity)
            self.handlers.extend(forwarding_routes(self.backend))
        else:
            self.backend = Backend(lambda: wired(settings, server.event_logger), identity, settings)
            self.handlers.extend(routes(self.backend))
        self.restore_logs = logs.set_up(server.log, settings.log_format, settings.log_level)

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """The event loop runs: begin the rest shortly after. A request that comes earlier does not wait for that."""
        asyncio.get_running_loop().call_later(HEAD_START_S, self.backend.start)

    async def stop_extension(self) -> None:
        """The server ends: no process, task or lock of ours is left.

        Kernels go first, by Jupyter's own hand: one that ends with its zygote would be started again meanwhile.
        """
        if self.serverapp is not None:
            await end_kernels(self.serverapp.kernel_manager)
        await self.backend.close()
        await switch_off()
        await leave_requests()
        self.restore_logs()


async def leave_requests() -> None:
    """Cancel what is still being answered: Python waits for ever for the thread that AnyIO keeps for such a request."""
    asked = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "_execute"]
    for task in asked:
        task.cancel()
    if asked:
        await asyncio.wait(asked, timeout=LEAVE_S)


async def end_kernels(kernels: Any) -> None:
    """End all of a server's kernels, one that is being started too.

    A start that was refused stays among jupyter_client's pending ones, and the server then could not end.
    """
    pending = getattr(kernels, "_pending_kernels", {})
    await asyncio.gather(*pending.values(), return_exceptions=True)
    for id in set(pending) - set(kernels.list_kernel_ids()):
        del pending[id]
    await asyncio.gather(*map(kernels.shutdown_kernel, kernels.list_kernel_ids()), return_exceptions=True)
