"""The levels `docker` and `docker+runsc`: a container for each submission, of an engine on this machine.

`pool` keeps containers ready, `container` is one of them, `spec` says what it may, `image` what it is made of, `engine`
is the way to the engine. The half inside is `runner.isolation.container`.
"""

from __future__ import annotations

import platform
import sys

from ..base import SandboxUnavailable
from ..namespaces import MACHINES
from .engine import LEVELS, settings_of
from .pool import Docker

__all__ = ["LEVELS", "Docker", "create"]


def create(level: str) -> Docker:
    """The sandbox of that level. Raises SandboxUnavailable where it can't be."""
    if sys.platform != "linux":
        raise SandboxUnavailable("the container's Python is made of this machine's, which must be Linux")
    if platform.machine() not in MACHINES:
        raise SandboxUnavailable(f"there is no system call filter for {platform.machine()} yet")
    return Docker(settings_of(level))
