"""What the warm process of notebook kernels has imported and may see, at each level that has kernels."""

from __future__ import annotations

import os
from typing import Any

from .base import Image
from .confined import Confined
from .namespaces import Namespaces

#: What ipykernel and IPython import until a cell has run, failed, been completed and been asked about.
MODULES = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.guarded_eval", "IPython.core.latex_symbols",
    "IPython.core.logger", "IPython.core.magics.execution", "IPython.core.magics.pylab", "IPython.core.oinspect",
    "IPython.extensions.storemagic", "IPython.utils.module_paths", "IPython.utils.wildcard", "jedi", "sqlite3",
    "faulthandler", "stack_data", "pygments.lexers.python", "pygments.formatters.html",
    "pygments.formatters.terminal256", "pygments.styles.default", "tornado.platform.asyncio", "tornado.queues",
    "comm", "matplotlib_inline.config", "ipywidgets",
)  # fmt: skip
#: What courses use most; the same for all kernels of a server, so that they share one zygote.
PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
_SHOWN = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class _KernelZygote(Namespaces):
    """What the warm process is started with, whatever the level."""

    def command(self) -> list[str]:
        """That of a submission's zygote, with the module named."""
        return [*super().command(), "kernel_zygote"]

    def environment(self) -> dict[str, str]:
        """Built from nothing; plots are shown inline."""
        return {**super().environment(), **_SHOWN, **_time_zone()}


class Images(_KernelZygote):
    """A `pool.Backend` whose zygotes can be lent folders. `preload`: modules that are imported beside ipykernel's."""

    def configuration(self, image: Image) -> dict[str, Any]:
        """What to import, and what the view is made of."""
        given = super().configuration(image)
        texts = [*given["texts"], ["/notebook/.keep", ""], ["/connection/.keep", ""]]
        clock = [["/etc/localtime", os.path.realpath("/etc/localtime")]] if os.path.exists("/etc/localtime") else []
        preload = [*MODULES, *image.preload]
        binds = [*given["binds"], *clock]
        return {**given, "level": "kernels", "lends_folders": True, "texts": texts, "preload": preload, "binds": binds}


class ConfinedImages(_KernelZygote, Confined):
    """The same where no namespaces can be made; the folders are added inside."""

    def configuration(self, image: Image) -> dict[str, Any]:
        """What to import, and what may be read."""
        given = super().configuration(image)
        clock = [path for path in ("/etc/localtime",) if os.path.exists(path)]
        return {
            **given, "level": "kernels_confined", "grants": [*given["grants"], *clock],
            "preload": [*MODULES, *image.preload],
        }  # fmt: skip


#: A kernel can be had at these levels, the safest first.
KERNEL_LEVELS = ("namespaces", "confined")


def images_of(level: str) -> Namespaces:
    """The backend of kernels at that level."""
    return Images() if level == "namespaces" else ConfinedImages()


def _time_zone() -> dict[str, str]:
    return {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}
