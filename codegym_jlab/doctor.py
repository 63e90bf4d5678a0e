"""`codegym doctor`: what works on this machine, how its servers are, and what to do about the rest.

It looks at the machine, at sandboxes, courses and records, and at what a server speaks with: sinks of events, the Hub,
its class's service, models.
"""

import asyncio
import os
import platform
import shlex
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.text import Text

from .course.catalogue import load_catalogue
from .health import DISK_LOW, EVENTS_WAIT_S, age_s, disk_free
from .records import Json, frozen
from .sandbox.base import Image, Level, Limits, SandboxUnavailable
from .sandbox.kernels import Kernels, levels_of
from .sandbox.levels import LEVELS, levels
from .settings import DEFAULT_LLM, SCOPES, CodeGym, Settings, roles_here
from .store import store_at
from .store.base import StoreError, StoreUnavailable
from .store.migrations import HEAD, VERSION_TABLE
from .store.sqlite import network_of, record_files


@frozen
class Fact:
    """One thing that was looked at; the text of what is not good says what to do."""

    name: str
    good: bool
    text: str
    group: str = ""
    matters: bool = True  #: False: nothing is amiss without it
    fails: bool = False  #: where it is not good, doctor ends with 1


@frozen
class Report:
    """What was found."""

    facts: tuple[Fact, ...]
    level: str | None  #: of the sandbox; None: no answer can be checked safely here

    @property
    def failed(self) -> bool:
        """No answer can be checked safely here, or something has to be put right first."""
        return self.level is None or any(fact.fails and not fact.good for fact in self.facts)

    def as_json(self) -> Json:
        """For `--json`."""
        return {"level": self.level, "can_grade": bool(self.level), "facts": [asdict(fact) for fact in self.facts]}


def show(report: Report, out: Console) -> None:
    """Group by group, in colour on a terminal, what is wrong in red; then how much is."""
    group = ""
    width = max((len(fact.name) for fact in report.facts), default=0) if out.is_terminal else 0
    for fact in report.facts:
        if fact.group != group:
            group = fact.group
            out.print(Text(f"\n{group}" if out.is_terminal else group, "bold"))
        out.print(_line(fact, width))
    wrong = sum(fact.matters and not fact.good for fact in report.facts)
    out.print(Text(f"\n✗ {wrong} to look at" if wrong else "\n✓ all is well", "bold"))


def _line(fact: Fact, width: int) -> Text:
    mark, colour = ("✓", "green") if fact.good else ("✗", "bold red") if fact.matters else ("–", "dim")
    return Text.assemble((mark, colour), f" {fact.name}: ".ljust(width + 3), fact.text)


async def examine() -> Report:
    """Look at everything once; nothing is changed."""
    settings = CodeGym().settings(Path.cwd())
    level, tried = await sandboxes(settings)
    found = {
        "Machine": [*_packages(), _frontend(), _disk(settings)],
        "Sandboxes": [*tried, await _notebooks(settings)],
        "Courses": _courses(settings),
        "Records": [roles(), service(), await records(settings), *await contents(settings)],
        "Events": await _sinks(settings),
        "Models": await _models(settings),
        "Servers": await servers(),
    }
    return Report(tuple(replace(fact, group=group) for group, own in found.items() for fact in own), level)


def _packages() -> Iterator[Fact]:
    """Python, and those that everything rests on."""
    yield Fact("Python", True, platform.python_version())
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
    try:
        remote = await settings.wanted_sandbox.remote()
        try:
            await (await remote.lease(Image(), Limits())).close()
            trip, about = await remote.ping(), remote.about
        finally:
            await remote.close()
    except SandboxUnavailable as error:
        return Level("remote", False, str(error))
    text = f"{settings.sandbox_host} answers in {trip:.1f} ms: {about.get('level')}, Python {about.get('python')}"
    if about.get("python") != platform.python_version():
        text += f", but Python {platform.python_version()} here, where the teacher's side runs"
    if settings.sandbox != "remote":
        text += "; not in use, for CODEGYM_SANDBOX is not remote"
    return Level("remote", True, text)


async def _notebooks(settings: Settings) -> Fact:
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


def _courses(settings: Settings) -> Iterator[Fact]:
    """Which are served, and what is wrong with them."""
    catalogue = load_catalogue(settings.courses_dir)
    yield Fact("courses", bool(catalogue.courses), f"{len(catalogue.courses)} in {settings.courses_dir}")
    for loaded in catalogue.courses.values():
        mistakes = len(loaded.errors)
        text = f"{mistakes} to mend: codegym check {loaded.root}" if mistakes else f"{loaded.title}"
        yield Fact(f"course {loaded.id}", not mistakes, text)


def _frontend() -> Fact:
    """Is it where JupyterLab looks?"""
    from jupyter_core.paths import jupyter_path

    there = any(Path(folder, "labextensions/codegym-jlab/package.json").is_file() for folder in jupyter_path())
    return Fact("frontend", there, "installed" if there else "not installed; pip install codegym-jlab, or make lab")


def _disk(settings: Settings) -> Fact:
    """Room where the records are."""
    free = disk_free(settings.data_dir)
    text = f"{free / 2**30:.1f} GB free at {settings.data_dir}"
    return Fact("disk", free >= DISK_LOW, text if free >= DISK_LOW else f"{text}: make room, or set --CodeGym.data_dir")


async def records(settings: Settings) -> Fact:
    """Where they are kept, and whether they can be."""
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


async def contents(settings: Settings) -> list[Fact]:
    """Form and size, what waits and what nobody will judge; nothing where there are no records yet."""
    place = settings.records
    if isinstance(place, Path) and not place.is_file():
        return []
    try:
        form, size, kind = _file(place) if isinstance(place, Path) else _database(place)
        rights = [_rights(place)] if isinstance(place, Path) else []
        return [_form(form, size, kind), *rights, *(await _waiting(place) if form == HEAD else ())]
    except (StoreError, ImportError, sqlite3.Error, OSError) as error:
        return [Fact("queue", False, f"cannot be read: {error}; look at the file, or the database, and its rights")]


def _file(path: Path) -> tuple[str, int, str]:
    """The form of its tables, its bytes, and of which kind it is."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        (form,) = db.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        (journal,) = db.execute("PRAGMA journal_mode").fetchone()
    size = sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))
    return form, size, f"SQLite {sqlite3.sqlite_version}, journal {journal}"


def _rights(records: Path) -> Fact:
    """Whether the owner alone may read and write the files of records, whoever made the folder."""
    loose = [path for path in record_files(records) if stat.S_IMODE(path.stat().st_mode) & 0o177]
    mend = f"others can read the records: chmod 600 {shlex.join(map(str, loose))}"
    text = mend if loose else "their owner alone reads and writes them (0600)"
    return Fact("rights of the records", not loose, text, fails=True)


def _database(url: str) -> tuple[str, int, str]:
    """The same of a database."""
    from .store.backup import connected

    asked = f"SELECT version_num, pg_database_size(current_database()) FROM {VERSION_TABLE}"
    with connected(url) as connection:
        form, size = connection.exec_driver_sql(asked).one()
    return str(form), int(size), "PostgreSQL"


def _form(form: str, size: int, kind: str) -> Fact:
    said = f"{kind}, form {form}, {size / 2**20:.1f} MB"
    if form > HEAD:
        return Fact("form of the records", False, f"{said}: of a newer CodeGYM, this one knows {HEAD}; update it")
    later = "" if form == HEAD else f"; the next server that starts brings them to {HEAD}, and what waits is told then"
    return Fact("form of the records", True, said + later)


async def _waiting(place: Path | str) -> list[Fact]:
    store = store_at(place)
    try:
        depth, backlog = await store.depth(), await store.backlog()
    finally:
        await store.close()
    is_late = age_s(backlog.oldest) > EVENTS_WAIT_S
    queue = f"{backlog.waiting} wait to be judged{_since(backlog.oldest)}"
    is_old = age_s(depth.oldest) > EVENTS_WAIT_S
    events = f"{depth.waiting} events wait{_since(depth.oldest)}"
    dead = f"; {depth.dead} dead letters: codegym events dead" if depth.dead else ""
    away = "; does a server run, and do the sinks below answer?" if is_old else ""
    return [
        Fact("queue", not is_late, queue + ("; does a server run, with a sandbox that works?" if is_late else "")),
        Fact("parked", not backlog.parked, f"{backlog.parked}" + (": codegym parked OFFERING" * bool(backlog.parked))),
        Fact("outbox", not depth.dead and not is_old, f"{events}{away}{dead}"),
    ]


def _since(oldest: datetime | None) -> str:
    return f", the oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""


_PATIENCE_S = 3.0


async def _sinks(settings: Settings) -> list[Fact]:
    """Where events go, and whether what is there answers."""
    from .events import dapr, sinks
    from .events.relay import SinkUnavailable

    routes = settings.events
    try:
        names = ", ".join(routes.names)
        found = [Fact("events", True, f"go to {names}" if names else "stay in the outbox (event_sinks is none)")]
        for name in routes.names:
            try:
                if name == "kafka":
                    broker = routes.broker(3)
                    from .events import kafka

                    found.append(Fact("events on kafka", True, await asyncio.to_thread(kafka.examine, broker)))
                elif name == "dapr":
                    found.append(Fact("events on dapr", True, await dapr.examine(routes.sidecar(3))))
            except SinkUnavailable as error:
                found.append(Fact(f"events on {name}", False, f"{error}; until it answers they wait in the outbox"))
    except sinks.NotASink as error:
        return [Fact("events", False, f"{error}; until then they wait in the outbox")]
    return found


#: Where the service of a class has roles from, beside its enrolments.
_OF_THE_HUB = (
    "as enrolled, and by the Hub's groups codegym-CLASS-grader and codegym-CLASS-instructor and its scopes "
    + ", ".join(SCOPES)
)


def roles() -> Fact:
    """Who may do what here; under a Hub, what it says of this process's own token, of groups and of roles."""
    hub = {"url": f"{os.environ.get('JUPYTERHUB_API_URL', '')}/", "token": os.environ.get("JUPYTERHUB_API_TOKEN", "")}
    why = roles_here(os.environ).why
    if "JUPYTERHUB_SERVICE_URL" in os.environ and not os.environ.get("JUPYTERHUB_USER"):
        why = _OF_THE_HUB
    if not os.environ.get("JUPYTERHUB_API_URL"):
        return Fact("roles", True, why)
    try:
        answer = _asked(hub, "user")
        if answer.status_code != 200:
            return Fact("roles", False, f"{why}; the Hub refuses the token here ({answer.status_code})")
        about = answer.json()
        held = [*about.get("groups", ()), *(scope for scope in about["scopes"] if scope.startswith("custom:codegym"))]
        why += (
            f"; the Hub knows this token as {about['kind']} {about['name']} ({', '.join(held) or 'no group, no scope'})"
        )
        groups = _listed(hub, "groups")
        having = {one["name"]: list(one.get("users", ())) for one in groups}
        for one in [*groups, *_listed(hub, "users")]:  # a role by its name: the Hub tells no role's scopes
            for role in one.get("roles", ()):
                having.setdefault(role, []).append(one["name"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return Fact("roles", False, f"{why}; the Hub does not answer ({error})")
    told = [f"{name}: {', '.join(having[name])}" for name in sorted(having) if name.startswith("codegym-")]
    return Fact("roles", True, "; ".join([why, *told]))


def _listed(hub: dict[str, Any], kind: str) -> list[Json]:
    """All of them, page by page; none where this token may not read them."""
    found: list[Json] = []
    while True:
        answer = _asked(hub, f"{kind}?offset={len(found)}")
        if answer.status_code != 200 or not (page := answer.json()):
            return found
        found += page


def service() -> Fact:
    """Whether a student's server reaches the service of its class, and holds nothing that is the service's alone."""
    address = os.environ.get("CODEGYM_SERVICE", "")
    if not address:
        return Fact("service", True, "none: this server keeps records and courses itself (CODEGYM_SERVICE)")
    found = [name for name in ("CODEGYM_DATABASE", "CODEGYM_COURSES") if os.environ.get(name)]
    if found:
        told = f"a student's server must not be given {' or '.join(found)}; that is for `codegym hub` alone"
        return Fact("service", False, told, fails=True)
    try:
        where = {"url": f"{address.rstrip('/')}/", "token": os.environ.get("JUPYTERHUB_API_TOKEN", "")}
        status = _asked(where, "codegym/api/health").status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Fact("service", False, f"{address} does not answer ({error})")
    if status != 200:
        return Fact("service", False, f"{address} refuses the token of this server ({status})")
    return Fact("service", True, f"{address} answers, and knows this server's token")


async def servers() -> list[Fact]:
    """Jupyter servers of this user that run here: are they ready."""
    from jupyter_server.serverapp import list_running_servers

    facts = await asyncio.gather(*(asyncio.to_thread(_server, one) for one in list_running_servers()))
    return [fact for fact in facts if fact is not None] or [Fact("servers", True, "none of this user runs here")]


def _server(about: dict[str, Any]) -> Fact | None:
    """None where it has no CodeGYM, or does not let us ask."""
    url = str(about["url"])
    if not url.startswith(("http://", "https://")):
        return None
    try:
        answer = _asked(about, "codegym/api/health/ready")
    except httpx.HTTPError as error:
        return Fact(f"server {url}", False, f"does not answer ({error}); end it, or look at its log")
    if answer.status_code == 200:
        return Fact(f"server {url}", True, "ready")
    if answer.status_code != 503:
        return None
    why = answer.json().get("error", {}).get("message", "")
    return Fact(f"server {url}", False, f"not ready: {why}")


def _asked(about: dict[str, Any], path: str) -> httpx.Response:
    """Raises httpx.HTTPError where it does not answer."""
    headers = {"Authorization": f"token {about.get('token', '')}"}
    return httpx.get(f"{about['url']}{path}", headers=headers, timeout=_PATIENCE_S, follow_redirects=True)


_WITHOUT = "the tutor answers from the course alone"


async def _models(settings: Settings) -> list[Fact]:
    """One a model. Nothing is amiss without any: the default's absence is told and is no trouble."""
    from .llm.registry import links_of

    if not settings.llms:
        return [Fact("models", True, f"off: {_WITHOUT}")]
    chain, errors = links_of(settings.llms)
    facts = [Fact("models", False, error) for error in errors]
    try:
        seen = await chain.seen()
    finally:
        await chain.close()
    wanted = settings.llms != (DEFAULT_LLM,)
    for shown, ready in seen:
        text = f"{ready.llm}: {ready.text or ready.state}"
        text += "" if ready.answers else f"; until then {_WITHOUT if len(seen) == 1 else 'others are asked'}"
        facts.append(Fact(f"model {shown}", ready.answers, text, matters=wanted))
    return [*facts, *_keys(settings)]


def _keys(settings: Settings) -> Iterator[Fact]:
    """A key that travels where others can read it."""
    from .llm.client import is_here

    for spec in settings.llms:
        if isinstance(spec, str) or not (spec.get("key_env") or spec.get("key_file")):
            continue
        url = str(spec.get("llm", "")).partition(":")[2].partition("#")[0]
        if url.startswith("http://") and not is_here(url):
            host = urlsplit(url).hostname
            yield Fact(f"key for {host}", False, "travels unencrypted; use https:// unless that net is yours")
