"""The sandbox levels: which of them this machine can give, and how one is opened as settings ask for it."""

import logging
import os
import platform
from dataclasses import dataclass
from typing import TypeVar

from codegym_jlab.records import frozen
from codegym_jlab.runner.wire.frames import Json

from .base import Image, Level, Limits, NoSuchLevel, Process, Sandbox, SandboxUnavailable, sides
from .docker import LEVELS as CONTAINERS, Docker
from .namespaces import MACHINES, Confined, Namespaces, delegated, files_there, python_paths
from .pool import Pool
from .remote.client import Remote
from .remote.protocol import HostAddress, named

#: From the safest of those that need nothing installed; each is tried in this order.
LEVELS = ("namespaces", "confined", "process")
#: Taken only where it is named, as containers are: its host has to be named too.
REMOTE = "remote"

_S = TypeVar("_S", bound=Sandbox)

REFUSAL = (
    "the level 'process' isolates nothing: student code would run with all your files, network and tokens. "
    "If that is what you want, say so: set c.CodeGym.allow_unsafe_sandbox = True"
)


class Unisolated(Namespaces):
    """A level that isolates nothing: for machines where nothing else works, if configuration says so aloud.

    Student code runs as the person who runs CodeGYM, with that person's files, network and tokens. It shares the
    runner, so that a judgement has the same shape as everywhere.
    """

    level = "process"

    def configuration(self, image: Image) -> Json:
        """What to import, and which files to lay out."""
        files = files_there(image)
        return {"level": self.level, "path": python_paths(), "preload": list(image.preload), "files": files}


async def open_sandbox(level: str | None = None, *, allow_unsafe: bool = False) -> Sandbox:
    """The sandbox to grade in, proved by a process that was really sealed.

    `level` forces one (CODEGYM_SANDBOX, which configuration reads); None takes the best that works. `process`, which
    isolates nothing, needs `allow_unsafe`. Raises SandboxUnavailable with what was tried and why it failed, NoSuchLevel
    for a name that is none.
    """
    if level == REMOTE:
        return await _proved(await open_remote(allow_unsafe=allow_unsafe))
    problems = []
    for name in (level,) if level else LEVELS:
        try:
            return await _proved(choose(name, allow_unsafe=allow_unsafe))
        except NoSuchLevel:
            raise
        except SandboxUnavailable as e:
            problems.append(f"{name}: {e}")
    raise SandboxUnavailable("; ".join(problems))


def choose(name: str, *, allow_unsafe: bool = False) -> Pool | Docker:
    """One of this machine, without the proof, outside any event loop: what is wrong shows at the first lease."""
    if name not in (*LEVELS, *CONTAINERS):
        there = ", ".join((*LEVELS, *CONTAINERS, REMOTE))
        raise NoSuchLevel(f"there is no sandbox level {name!r}; there are: {there}")
    if name == "process":
        if not allow_unsafe:
            raise SandboxUnavailable(REFUSAL)
        return Pool(Unisolated())
    if platform.machine() not in MACHINES:
        raise SandboxUnavailable(f"it needs Linux on {' or '.join(MACHINES)}")
    if name in CONTAINERS:
        return Docker(name)
    return Pool(Confined() if name == "confined" else Namespaces())


async def open_remote(*hosts: HostAddress, author: str = "", allow_unsafe: bool = False) -> Remote:
    """The level `remote`, its hosts not tried yet; what is not given is as the environment says.

    Raises SandboxUnavailable where the two do not name a host, or the author's side does not work here.
    """
    author = author or os.environ.get("CODEGYM_AUTHOR_SANDBOX", "")
    if author == REMOTE:
        raise SandboxUnavailable("the author's side holds the hidden checks, and stays on this machine")
    return Remote(hosts or named(), await open_sandbox(author or None, allow_unsafe=allow_unsafe))


async def levels() -> list[Level]:
    """What each level is on this machine; all but `process` are really tried. Takes about 0.4 s; where there is
    a container engine a second more, and ten when its image is made.
    """
    tried = [await _tried(name) for name in (*LEVELS, *CONTAINERS) if name != "process"]
    return [*tried, Level("process", False, REFUSAL)]


async def _tried(name: str) -> Level:
    try:
        sandbox = await _proved(choose(name))
    except SandboxUnavailable as e:
        return Level(name, False, str(e))
    details = sandbox.details(Image())
    await sandbox.close()
    return Level(name, True, _in_force(name, {**details, **details.get("sealed", {})}), details)


def _in_force(name: str, sealed: Json) -> str:
    landlock = f"Landlock {sealed['landlock']}" if sealed.get("landlock") else "no Landlock (this kernel has none)"
    if name in CONTAINERS:
        return f"a container for each submission: no network, read-only, seccomp, {landlock}; tried just now"
    if name == "namespaces":
        by = "the kernel" if sealed.get("bounds") == "cgroup" else "a watchdog"
        bounds = f"memory bounded by {by} ({delegated()[1]})"
        return f"namespaces, seccomp, {landlock}, {sealed.get('proc', 'no')} /proc; {bounds}; tried just now"
    more = "" if sealed.get("capability", "none") == "none" else f"; capability: {sealed['capability']}"
    return (
        f"no namespaces: {landlock}, seccomp, limits; names and sizes of files of this machine can be asked for, not "
        f"their contents{more}; tried just now"
    )


_ADVICE = (
    "; this machine does not let you make user namespaces. In a container, allow the unshare and mount calls "
    "(docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or --cap-add SYS_ADMIN); on "
    "Ubuntu 24.04 and later, `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`; on Debian before 11, "
    "`sudo sysctl kernel.unprivileged_userns_clone=1`"
)


async def _proved(sandbox: _S) -> _S:
    """The same, which works; it is closed where it does not."""
    try:
        for side in sides(sandbox):
            leased = await side.lease(Image(), Limits())
            await leased.close()
        return sandbox
    except SandboxUnavailable as e:
        await sandbox.close()
        is_forbidden = any(word in str(e) for word in ("unshare:", "mount ", "uid_map"))
        raise SandboxUnavailable(f"{e}{_ADVICE if is_forbidden else ''}") from e
    except BaseException:
        await sandbox.close()
        raise


log = logging.getLogger("codegym")

_SAID = {
    "namespaces": "Each answer is checked in a sealed process of its own.",
    "confined": "Each answer is checked in a confined process of its own. This machine allows no namespaces, so an "
    "answer can find out names and sizes of files here, but neither read nor change them.",
    "remote": "Each answer is checked on a sandbox host, which holds no token, password or hidden check.",
}


@frozen
class Wanted:
    """What settings say: `level` empty for the best that works; the rest is for `remote`."""

    level: str = ""
    allow_unsafe: bool = False
    host: str = ""
    key_file: str = ""
    authority: str = ""
    author: str = ""

    async def remote(self) -> Remote:
        """The level `remote`, as `open_remote` gives it. Raises SandboxUnavailable, also where no host is named."""
        hosts = named(self.host, self.key_file, self.authority)
        return await open_remote(*hosts, author=self.author, allow_unsafe=self.allow_unsafe)


async def opened(wanted: Wanted) -> tuple[Sandbox, Level]:
    """The sandbox that is wanted, and what to say of it; where there is none, one that refuses."""
    try:
        if wanted.level == REMOTE:
            remote = await wanted.remote()
            try:
                await remote.ping()
            except SandboxUnavailable as error:  # it may be back for the first answer
                log.error("answers are not checked until the sandbox host is back: %s", error)
            return remote, Level(REMOTE, True, _SAID[REMOTE])
        sandbox = await open_sandbox(wanted.level or None, allow_unsafe=wanted.allow_unsafe)
    except SandboxUnavailable as error:
        log.error("no answer can be checked: %s", error)
        return NoSandbox(str(error)), Level("none", False, str(error))
    if sandbox.level == "process":
        log.critical("answers are checked with NO ISOLATION: they can do whatever you can (allow_unsafe_sandbox)")
        return sandbox, Level("process", True, "Answers are checked without any isolation, as the settings say.")
    return sandbox, Level(sandbox.level, True, _SAID.get(sandbox.level, "Each answer is checked in a container."))


@dataclass(eq=False)  # it is a key, as each sandbox is
class NoSandbox:
    """A sandbox where none works: courses can be read, nothing can be checked."""

    why: str
    level: str = "none"

    async def lease(self, image: Image, limits: Limits) -> Process:
        """Raises SandboxUnavailable."""
        raise SandboxUnavailable(self.why)

    async def warm(self, image: Image) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to end."""
