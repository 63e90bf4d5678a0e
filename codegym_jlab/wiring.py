"""`build`: the one composition root. It imports all of a server: import it in a thread, once one is wanted."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .authoring.sessions import Studio
from .classes.manager import ClassManager
from .classes.marks import Reviewing
from .classes.publication import Publisher
from .classes.regrades import Regrades
from .classes.reports import Survey
from .classes.teams import TeamManager
from .course.catalogue import Catalogue, load_catalogue
from .course.loader import LoadedCourse
from .events.relay import Relay
from .events.sinks import sinks_or_none
from .files import private_folder
from .grading.admission import Places, Versions
from .grading.errors import UnknownCourse
from .grading.grader.grader import Grader
from .grading.judgements import Holding, Settings as GradingSettings
from .grading.manager import GradingManager
from .grading.units import Units
from .grading.workspace import Folder, Workspace
from .health import Monitor
from .llm.registry import chain_or_less
from .llm.status import Glance
from .privacy import Keeper, Shelves, pack, retention_of
from .receipts import Signer, write_once
from .records import begin_task, utc_now
from .sandbox.base import Level, Sandbox
from .sandbox.levels import opened as opened_sandbox
from .settings import Settings
from .store import store_at
from .store.base import StoreUnavailable
from .store.classes import Enrolment
from .telemetry import metrics
from .telemetry.traces import switch_on
from .tutor.manager import TutorManager
from .tutor.reports import QuestionSurvey
from .tutor.tickets import HumanDesk

if TYPE_CHECKING:
    from .events.lti import Tool
    from .provisioner import Readiness
    from .tutor.questions import Desk

log = logging.getLogger("codegym")

AFTER_THE_PAGE_S = 0.05  #: the page that was asked for goes out before anything is made ready


class Services:
    """The managers, joined; made once a server by `build`. Nothing is open yet but the sandbox."""

    def __init__(
        self, settings: Settings, key: bytes, catalogue: Catalogue, sandbox: Sandbox, level: Level, event_logger: Any
    ) -> None:
        """Raises store.base.StoreUnavailable. `key`: this server's secret."""
        self.settings, self.catalogue, self.sandbox, self.level = settings, catalogue, sandbox, level
        self.store = store = store_at(settings.records)
        sinks = sinks_or_none(settings.events, event_logger)
        if (tool := _tool(settings)) is not None:
            from .events.lti import Grades

            sinks.append(Grades(tool, store))
        self.lti = tool  #: None: no learning platform is set
        self.relay = Relay(store, sinks)
        self.grader = Grader(sandbox, key=key)
        how = GradingSettings(sweep_s=settings.sweep_s, wait_s=settings.wait_s, at_once=settings.at_once)
        holding = Holding() if settings.hold_back else None
        versions, told = Versions(store, settings.data_dir / "versions"), self.relay.poke
        self.manager = GradingManager(
            store, catalogue, self.grader, settings=how, on_events=told, versions=versions, holding=holding
        )
        self.workspace = Workspace(Folder(settings.root_dir, settings.work_dir))
        self.llm = chain_or_less(settings.llms)
        self.glance = Glance(self.llm)
        self.tutor = TutorManager(store, self.manager, on_events=told, desk=self._desk)
        self.receipts = Signer(settings.data_dir)
        self.keeper = Keeper(store, retention_of(settings.retention), utc_now)
        records = "postgresql" if settings.database else "sqlite"
        about = {"version": settings.version, "records": records, "place": settings.place}
        self.watch = Monitor(store, sandbox, level, self.manager, self.relay, data_dir=settings.data_dir, about=about)
        self.studio = Studio(store, settings.records, self.llm.find, sandbox)
        self._warming = set[asyncio.Task[None]]()
        self._alone = asyncio.Lock()
        # what staff have of their classes
        places = Places(catalogue, versions)
        self.classes = classes = ClassManager(store, places)
        self.teams = TeamManager(store, classes)
        self.reviewing = Reviewing(store, classes, on_events=told, chain=self.llm)
        self.publisher = Publisher(store, classes, versions, on_events=told)
        self.regrades = Regrades(store, classes, self.grader, on_events=told, at_once=settings.at_once)
        self.survey, self.questions = Survey(store, places), QuestionSurvey(store, places)
        self.tickets = HumanDesk(store, self.manager)

    def _desk(self) -> Desk:
        """What the tutor answers with: imported at the first question."""
        from .llm.budget import Limits
        from .tutor.questions import desk_of

        student, offering = self.settings.llm_tokens_student or None, self.settings.llm_tokens_class or None
        tokens = Limits(student, offering) if student or offering else None
        return desk_of(self.store, self.grader, self.llm, tokens, lambda: self.manager.busy)

    @property
    def about(self) -> dict[str, Any]:
        """What the catalogue page says below the courses."""
        sandbox = {"level": self.level.name, "why": self.level.why}
        return {"sandbox": sandbox, "place": self.settings.place, "version": self.settings.version}

    @cached_property
    def kernels(self) -> Readiness:
        """The kernel of this server's notebooks."""
        from .provisioner import Readiness

        return Readiness(self.settings.root_dir / self.settings.work_dir, self.level.name)

    def units(self, enrolment: Enrolment) -> Units:
        """What fills this person's folder."""
        return Units(self.manager, enrolment)

    async def start(self) -> None:
        """Open the records, begin the sweep and the relay. Raises store.base.StoreError."""
        if self.settings.sandbox:
            from .sandbox import kernels

            kernels.allow(self.settings.sandbox)
        await self.manager.start()
        self.relay.start()
        self.keeper.start()
        gc.freeze()  # what a server holds by now it holds to its end: the collector's full rounds need not walk it

    def warm(self, enrolment: Enrolment) -> None:
        """Someone looks at a course: make ready for the first check and question.

        Returns at once.
        """
        begin_task(self._warming, self._warm(enrolment), f"codegym-warm-{enrolment.course}")

    async def _warm(self, enrolment: Enrolment) -> None:
        """What the first check needs comes first; the rest once at a time, since two would do the same work twice."""
        await asyncio.sleep(AFTER_THE_PAGE_S)
        try:
            await self.grader.warm(await self.manager.course(enrolment))
            async with self._alone:
                if self.settings.warm_kernels and self.level.name in ("namespaces", "confined"):
                    await self.kernels.warm()
                await self.tutor.make_ready()
        except Exception as error:
            log.warning("the course %s could not be made ready ahead: %s", enrolment.course, error)

    def loaded(self, course: str) -> LoadedCourse:
        """A course in this server's folder. Raises grading.errors.UnknownCourse."""
        if course not in self.catalogue.courses:
            raise UnknownCourse(course=course)
        return self.catalogue.courses[course]

    async def packed(self, account: str, offering: str | None = None) -> IO[bytes]:
        """A zip of all that is kept of an account, as it may see it; of one class or all."""
        return await pack(Shelves(self.store, self.manager, self.receipts), account, utc_now(), offering)

    async def close(self) -> None:
        """End everything: no task, process or lock is left. What waits to be judged is judged at the next start."""
        if self._warming:  # a zygote that is being started is waited for: one half started would stay
            await asyncio.wait(tuple(self._warming), timeout=10)
        parts: list[Any] = [self.studio, self.reviewing, self.tutor, self.keeper, self.manager, self.grader, self.relay]
        for part in [*parts, self.glance, self.llm, self.store, self.sandbox]:
            await part.close()
        if kernels := sys.modules.get("codegym_jlab.sandbox.kernels"):
            await asyncio.to_thread(kernels.close_shared)
        gc.unfreeze()


async def opened(settings: Settings, event_logger: Any = None) -> Services:
    """Built, and started."""
    await asyncio.to_thread(switch_on, settings.traces, settings.version)
    metrics.switch_on()
    services = await build(settings, event_logger)
    try:
        await services.start()
    except BaseException:
        await services.close()
        raise
    return services


async def build(settings: Settings, event_logger: Any = None) -> Services:
    """Join everything; what takes long is read in a thread. Raises store.base.StoreUnavailable.

    Nothing is open yet but the sandbox: `Services.start` opens the rest.
    """
    opening = asyncio.create_task(opened_sandbox(settings.wanted_sandbox))
    try:
        key, catalogue = await asyncio.to_thread(_read, settings)
    except BaseException:
        await (await opening)[0].close()
        raise
    return Services(settings, key, catalogue, *await opening, event_logger)


def _read(settings: Settings) -> tuple[bytes, Catalogue]:
    """The server's key and the courses; and the records' import, which would hold up the event loop."""
    from .store.sql import store as sql  # noqa: F401

    return server_key(settings.data_dir), load_catalogue(settings.courses_dir)


def _tool(settings: Settings) -> Tool | None:
    """Where a learning platform is set. Raises store.base.StoreUnavailable where its key cannot be read."""
    if not settings.lti:
        return None
    from .events.lti import Platform, Tool, new_key

    platform = Platform(**settings.lti)
    path = Path(platform.key_file or settings.data_dir / "lti.pem")
    try:
        if not (key := os.environ.get("CODEGYM_LTI_KEY", "").encode()):
            if not (path.exists() or platform.key_file):
                write_once(path, new_key())
            key = path.read_bytes()
        return Tool(platform, key)
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"The key of LTI cannot be used ({error}). Look at {path}.") from error


def server_key(data_dir: Path) -> bytes:
    """The secret of this server, 32 bytes, made at its first start. Raises store.base.StoreUnavailable."""
    path = data_dir / "server.key"
    try:
        private_folder(data_dir)
        if not path.exists():
            write_once(path, secrets.token_bytes(32))
        return path.read_bytes()
    except OSError as error:
        said = f"The folder of the records cannot be used ({error.strerror}). Look at CodeGym.data_dir and its rights."
        raise StoreUnavailable(said) from error
