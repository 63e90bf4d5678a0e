"""The sandbox that settings ask for; where it cannot be had, one that refuses, so that courses can be read."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from .base import Image, Level, Limits, Process, Sandbox, SandboxUnavailable, side_of_author
from .choice import REMOTE, open_remote, open_sandbox
from .remote import HostAddress, NotAnAddress, Remote
from .remote.address import named

log = logging.getLogger("codegym")

_SAID = {
    "namespaces": "Each answer is checked in a sealed process of its own.",
    "confined": "Each answer is checked in a confined process of its own. This machine allows no namespaces, so an "
    "answer can find out names and sizes of files here, but neither read nor change them.",
    "remote": "Each answer is checked on a sandbox host, which holds no token, password or hidden check.",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What settings say: `level` empty for the best that works; the rest is for `remote`."""

    level: str = ""
    allow_unsafe: bool = False
    host: str = ""
    key_file: str = ""
    authority: str = ""
    author: str = ""

    def address(self) -> HostAddress:
        """Raises SandboxUnavailable where no host is named."""
        try:
            return named(self.host, self.key_file, self.authority)
        except NotAnAddress as error:
            raise SandboxUnavailable(str(error)) from None


async def opened(wanted: Wanted) -> tuple[Sandbox, Level]:
    """The sandbox that is wanted, and what to say of it; where there is none, one that refuses."""
    try:
        if wanted.level == REMOTE:
            return await _remote(wanted), Level(REMOTE, True, _SAID[REMOTE])
        sandbox = await open_sandbox(wanted.level or None, allow_unsafe=wanted.allow_unsafe)
    except SandboxUnavailable as error:
        log.error("no answer can be checked: %s", error)
        return NoSandbox(str(error)), Level("none", False, str(error))
    if sandbox.level == "process":
        log.critical("answers are checked with NO ISOLATION: they can do whatever you can (allow_unsafe_sandbox)")
        return sandbox, Level("process", True, "Answers are checked without any isolation, as the settings say.")
    return sandbox, Level(sandbox.level, True, _SAID.get(sandbox.level, "Each answer is checked in a container."))


async def _remote(wanted: Wanted) -> Remote:
    """A host that is away now may be back for the first answer. Raises SandboxUnavailable for what will not mend."""
    remote = open_remote(wanted.address(), wanted.author, wanted.allow_unsafe)
    try:
        await side_of_author(remote).warm(Image())
    except SandboxUnavailable:
        await remote.close()
        raise
    try:
        await remote.ping()
    except SandboxUnavailable as error:
        log.error("answers are not checked until the sandbox host is back: %s", error)
    return remote


class NoSandbox:
    """A sandbox where none works: courses can be read, nothing can be checked."""

    level = "none"

    def __init__(self, why: str) -> None:
        self.why = why

    async def lease(self, image: Image, limits: Limits) -> Process:
        """Raises SandboxUnavailable."""
        raise SandboxUnavailable(self.why)

    async def warm(self, image: Image) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to end."""
