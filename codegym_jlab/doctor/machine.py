"""What this machine has: Python and packages, sandbox levels, kernels, courses, the frontend; disk."""

import asyncio
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..course.catalogue import load_catalogue
from ..health import DISK_LOW, disk_free
from ..sandbox.base import Image, Level, Limits, SandboxUnavailable
from ..sandbox.kernels import Kernels, levels_of
from ..sandbox.levels import LEVELS, levels, open_remote
from ..settings import Settings
from .report import Fact


def python() -> Fact:
    """Its version."""
    return Fact("Python", True, platform.python_version())


def packages() -> Iterator[Fact]:
    """Those that everything rests on."""
    for name in ("codegym-jlab", "jupyterlab", "jupyter-server", "ipykernel", "numpy", "pandas"):
        try:
            yield Fact(name, True, version(name))
        except PackageNotFoundError:
            yield Fact(name, False, f"not installed; pip install {name}")


async def sandboxes(settings: Settings) -> tuple[str | None, list[Fact]]:
    """Every level, really tried, and the one that is in force."""
    found = await levels()
    forced = settings.sandbox or os.environ.get("CODEGYM_SANDBOX", "")
    if settings.sandbox_host or forced == "remote":
        found = [await _sandbox_host(settings), *found]
    facts = [Fact(f"sandbox {level.name}", level.available, level.why, matters=level.name == forced) for level in found]
    wanted = (forced,) if forced else LEVELS  # the others are taken only where they are named
    in_force = next((level.name for level in found if level.available and level.name in wanted), None)
    reason = "forced by CODEGYM_SANDBOX" if forced else "the best that works here"
    text = f"{in_force}, {reason}" if in_force else "none: answers are not checked unless an unsafe sandbox is allowed"
    return in_force, [*facts, Fact("sandbox in force", in_force is not None, text)]


async def _sandbox_host(settings: Settings) -> Level:
    """The host that is named: whether it answers and runs something, its level, and how far away it is."""
    wanted = settings.wanted_sandbox
    try:
        remote = await open_remote(*wanted.hosts(), author=wanted.author, allow_unsafe=wanted.allow_unsafe)
    except SandboxUnavailable as error:
        return Level("remote", False, str(error))
    try:
        await (await remote.lease(Image(), Limits())).close()
        trip, about = await remote.ping(), remote.about
        text = f"{settings.sandbox_host} answers in {trip:.1f} ms: {about.get('level')}, Python {about.get('python')}"
        if about.get("python") != platform.python_version():
            text += f", but Python {platform.python_version()} here, where the teacher's side runs"
        if settings.sandbox != "remote":
            text += "; not in use, for CODEGYM_SANDBOX is not remote"
        return Level("remote", True, text, dict(about))
    except SandboxUnavailable as error:
        return Level("remote", False, str(error))
    finally:
        await remote.close()


async def notebooks(settings: Settings) -> Fact:
    """A notebook's kernel in the sandbox, and which kernels of other languages there are."""
    from jupyter_client.kernelspec import find_kernel_specs

    try:
        kernels = Kernels()
        try:
            level = await kernels.warm((), levels_of(settings.sandbox))
        finally:
            await asyncio.to_thread(kernels.close)
    except SandboxUnavailable as error:
        return Fact("sandboxed kernel", False, f"{error}; notebooks open on the plain kernel")
    others = sorted(set(await asyncio.to_thread(find_kernel_specs)) - {"python3", "codegym-python3"})
    more = f"; other kernels, checked at namespaces alone: {', '.join(others)}" if others else ""
    return Fact("sandboxed kernel", True, f"works at the level {level}{more}")


def courses(settings: Settings) -> Iterator[Fact]:
    """Which are served, and what is wrong with them."""
    catalogue = load_catalogue(settings.courses_dir)
    yield Fact("courses", bool(catalogue.courses), f"{len(catalogue.courses)} in {settings.courses_dir}")
    for loaded in catalogue.courses.values():
        mistakes = len(loaded.errors)
        text = f"{mistakes} to mend: codegym check {loaded.root}" if mistakes else f"{loaded.title}"
        yield Fact(f"course {loaded.id}", not mistakes, text)


def frontend() -> Fact:
    """Is it where JupyterLab looks?"""
    from jupyter_core.paths import jupyter_path

    places = [Path(folder) / "labextensions" / "codegym-jlab" for folder in jupyter_path()]
    there = any((place / "package.json").is_file() for place in places)
    return Fact("frontend", there, "installed" if there else "not installed; pip install codegym-jlab, or make lab")


def disk(settings: Settings) -> Fact:
    """Room where the records are."""
    free = disk_free(settings.data_dir)
    text = f"{free / 2**30:.1f} GB free at {settings.data_dir}"
    return Fact("disk", free >= DISK_LOW, text if free >= DISK_LOW else f"{text}: make room, or set --CodeGym.data_dir")
