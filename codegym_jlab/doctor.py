"""`codegym doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config import CodeGym, Settings

if TYPE_CHECKING:
    from .sandbox.base import Level


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at."""

    name: str
    good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; `can_grade` where answers can be checked safely here."""

    facts: tuple[Fact, ...]
    level: str | None

    @property
    def can_grade(self) -> bool:
        """True where some sandbox level works."""
        return self.level is not None

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"level": self.level, "can_grade": self.can_grade, "facts": [asdict(fact) for fact in self.facts]}


async def examine() -> Report:
    """Look at everything once; nothing is changed but that the records' folder may be made."""
    settings = CodeGym().settings(Path.cwd())
    facts = [_python(), *_packages()]
    level, sandbox_facts = await _sandboxes(settings)
    facts += [*sandbox_facts, await _notebooks(settings), *_courses(settings), await records(settings), _frontend()]
    facts += [*await _sinks(settings), *await _outbox(settings)]
    return Report(tuple(facts), level)


def _python() -> Fact:
    return Fact("Python", sys.version_info >= (3, 11), sys.version.split()[0])


def _packages() -> Iterator[Fact]:
    for name in ("codegym-jlab", "jupyterlab", "jupyter-server", "ipykernel", "numpy", "pandas"):
        try:
            yield Fact(name, True, version(name))
        except PackageNotFoundError:
            yield Fact(name, False, f"not installed; pip install {name}")


async def _sandboxes(settings: Settings) -> tuple[str | None, list[Fact]]:
    from .sandbox.choice import levels

    found = await levels()
    forced = settings.sandbox or os.environ.get("CODEGYM_SANDBOX", "")
    if settings.sandbox_host or forced == "remote":
        found = [await _sandbox_host(settings), *found]
    facts = [Fact(f"sandbox {level.name}", level.available, level.why) for level in found]
    safe = [level.name for level in found if level.available and level.name != "process"]
    if not forced and safe[:1] == ["remote"]:  # taken only where it is named
        safe = safe[1:]
    in_force = next((name for name in safe if forced in ("", name)), None)
    reason = "forced by CODEGYM_SANDBOX" if forced else "the best that works here"
    text = f"{in_force}, {reason}" if in_force else "none: answers are not checked unless an unsafe sandbox is allowed"
    return in_force, [*facts, Fact("sandbox in force", in_force is not None, text)]


async def _sandbox_host(settings: Settings) -> Level:
    """The host that is named: whether it answers and runs something, its level, and how far away it is."""
    from .sandbox.base import Image, Level, Limits, SandboxUnavailable
    from .sandbox.choice import open_remote

    try:
        remote = open_remote(settings.wanted_sandbox.address(), settings.author_sandbox, settings.allow_unsafe_sandbox)
    except SandboxUnavailable as error:
        return Level("remote", False, str(error))
    try:
        await (await remote.lease(Image(), Limits())).close()
        trips = sorted([await remote.ping() for _ in range(9)])
        about = remote.about
        text = (
            f"{settings.sandbox_host} answers in {trips[4]:.1f} ms: {about.get('level')}, Python {about.get('python')}"
        )
        if about.get("python") != platform.python_version():
            text += f", but Python {platform.python_version()} here, where the teacher's side runs"
        if settings.sandbox != "remote":
            text += "; not in use, for CODEGYM_SANDBOX is not remote"
        await (await remote.author.lease(Image(), Limits())).close()
        return Level("remote", True, text, dict(about))
    except SandboxUnavailable as error:
        return Level("remote", False, str(error))
    finally:
        await remote.close()


async def _notebooks(settings: Settings) -> Fact:
    """A notebook's kernel in the sandbox, and which kernels of other languages there are."""
    from jupyter_client.kernelspec import find_kernel_specs

    from .sandbox import SandboxUnavailable
    from .sandbox.kernels import Kernels, levels_of

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


def _courses(settings: Settings) -> Iterator[Fact]:
    from .course.catalogue import load_catalogue

    catalogue = load_catalogue(settings.courses_dir)
    yield Fact("courses", bool(catalogue.courses), f"{len(catalogue.courses)} in {settings.courses_dir}")
    for loaded in catalogue.courses.values():
        mistakes = len(loaded.errors)
        text = f"{mistakes} to mend: codegym check {loaded.root}" if mistakes else f"{loaded.title}"
        yield Fact(f"course {loaded.id}", not mistakes, text)


async def records(settings: Settings) -> Fact:
    """Where they are kept, and whether they can be."""
    from .store.base import StoreUnavailable
    from .store.filesystem import network_of

    if settings.database:
        try:
            from .store.postgresql import look

            return Fact("records", True, await look(settings.database))
        except (ImportError, StoreUnavailable) as error:
            return Fact("records", False, f"the database of the setting `database`: {error}")
    folder = next((p for p in (settings.data_dir, *settings.data_dir.parents) if p.exists()), settings.data_dir)
    if not os.access(folder, os.W_OK):
        return Fact("records", False, f"{settings.data_dir} cannot be written; set --CodeGym.data_dir")
    if kind := network_of(folder):
        said = f"SQLite in {settings.data_dir}, on a network file system ({kind}): without WAL, slower, for one server"
        return Fact("records", False, f"{said} alone; set --CodeGym.data_dir to a local disk, or --CodeGym.database")
    return Fact("records", True, f"SQLite in {settings.data_dir}")


async def _sinks(settings: Settings) -> list[Fact]:
    """Where events go, and whether what is there answers."""
    from .events import dapr, sinks
    from .events.relay import SinkUnavailable

    routes, facts = settings.events, []
    try:
        names = routes.names
        for name in names:
            if name == "kafka":
                broker = routes.broker(3)
                from .events import kafka

                facts.append((name, asyncio.to_thread(kafka.examine, broker)))
            elif name == "dapr":
                facts.append((name, dapr.examine(routes.sidecar(3))))
    except sinks.NotASink as error:
        for _, asking in facts:
            asking.close()
        return [Fact("events", False, f"{error}; until then they wait in the outbox")]
    found = [Fact("events", True, f"go to {', '.join(names)}" if names else "stay in the outbox (event_sinks is none)")]
    for name, asking in facts:
        try:
            found.append(Fact(f"events on {name}", True, await asking))
        except SinkUnavailable as error:
            found.append(Fact(f"events on {name}", False, f"{error}; until it answers they wait in the outbox"))
    return found


async def _outbox(settings: Settings) -> list[Fact]:
    """How much waits, and what was refused for good; nothing where there are no records yet."""
    from .store.base import StoreError
    from .store.choice import store_at

    place = settings.records
    if isinstance(place, Path) and not place.is_file():
        return []
    try:
        store = store_at(place)
        try:
            depth = await store.depth()
        finally:
            await store.close()
    except StoreError as error:
        return [Fact("outbox", False, str(error))]
    since = f", the oldest since {depth.oldest:%Y-%m-%d %H:%M} UTC" if depth.oldest else ""
    dead = f"; {depth.dead} dead letters: codegym events dead" if depth.dead else ""
    return [Fact("outbox", not depth.dead, f"{depth.waiting} events wait{since}{dead}")]


def _frontend() -> Fact:
    from jupyter_core.paths import jupyter_path

    places = [Path(folder) / "labextensions" / "codegym-jlab" for folder in jupyter_path()]
    there = any((place / "package.json").is_file() for place in places)
    return Fact("frontend", there, "installed" if there else "not installed; pip install codegym-jlab, or make lab")
