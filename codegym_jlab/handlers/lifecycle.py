"""Between the server's start and its end: the managers, made in the background, and the open tabs of each person."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from codegym_jlab.records import DomainError, Json, begin_task, end_tasks

from .identity import STAFF, Identity, Person

if TYPE_CHECKING:
    from codegym_jlab.grading.progress import Outcome
    from codegym_jlab.settings import Settings
    from codegym_jlab.wiring import Services

RETRY_S = 3.0  #: between two attempts at making the managers
LOOK_S = 1.0  #: between two looks at the course files, at requests
STIR_S = 2.0  #: between two messages to the staff of a class
WATCH_S = 2.0  #: the same while tabs are open and nobody asks
MAX_WAITING = 200  #: messages kept for one slow tab; beyond it the tab is closed, comes back, and asks anew
MAX_TABS = 50  #: of one person
FELL_BEHIND = 1013  #: "try again later"
LET_GO = 1008  #: "policy violation": somebody may no longer, or floods
GOING_AWAY = 1001

log = logging.getLogger("codegym")


class Tab(Protocol):
    """An open page of a person's."""

    who: Person

    def tell(self, message: Json) -> None:
        """Send it, or end where the page is too far behind."""

    def close(self, code: int) -> None:
        """With a code of WebSockets."""


class NotReady(DomainError):
    """CodeGYM could not start; the server's log says why. Your work is safe. Try again in a moment."""

    code = "unavailable"
    retry_after_s = RETRY_S


async def wired(settings: Settings, event_logger: Any) -> Services:
    """All of a server, made and started. Its imports take long: they are made in a thread."""
    wiring = await asyncio.to_thread(import_module, "codegym_jlab.wiring")
    services: Services = await wiring.opened(settings, event_logger)
    return services


class Backend:
    """What the handlers are given: the managers once they are made, and the open tabs. Lives on the event loop."""

    def __init__(self, make: Callable[[], Awaitable[Services]], identity: Identity, settings: Settings) -> None:
        self.identity, self.settings = identity, settings
        self.broadcast = Broadcast()
        self.ready = False  #: the managers are there
        self._make = make
        self._making: asyncio.Task[Services] | None = None
        self._failed_at = 0.0
        self._watching: asyncio.Task[None] | None = None
        self._looked_at = 0.0
        #: Accounts by what they answer as: a person of an offering, or a team; and of staff, by the class they look at.
        self._users = defaultdict[str, set[str]](set)
        self._stirred = set[str]()
        self._telling = set[asyncio.Task[None]]()
        self._closed = False

    def start(self) -> None:
        """Begin to make the managers, once."""
        if self._making is None and not self._closed:
            # not a part of the request that comes first: what is begun here outlives it
            self._making = asyncio.create_task(self._open(), name="codegym-start", context=contextvars.Context())

    async def services(self) -> Services:
        """The managers, waited for. Raises NotReady, or the store's own error."""
        if self._making is not None and self._making.done() and not self.ready:
            if time.monotonic() - self._failed_at > RETRY_S:
                self._making = None
        self.start()
        if self._making is None:
            raise NotReady("The server is stopping. Your work is safe. Try again in a moment.")
        services = await asyncio.shield(self._making)
        await self._look(services)
        return services

    async def _open(self) -> Services:
        began = time.monotonic()
        try:
            services = await self._make()
        except Exception as error:
            self._failed_at = time.monotonic()
            log.exception("CodeGYM could not start")
            if getattr(error, "code", None):
                raise
            raise NotReady from error
        services.watch.start_s = time.monotonic() - began
        log.info("CodeGYM is ready after %.1f s", services.watch.start_s)
        services.manager.subscribe(self.tell_outcome)
        services.studio.on_told = lambda session, what, number: self.broadcast.tell(
            session.order.who, {"type": "draft", "draft": session.id, "what": what, "attempt": number}
        )
        self._looked_at = time.monotonic()
        self._watching = asyncio.create_task(self._watch(services), name="codegym-courses")
        self.ready = not self._closed
        return services

    def introduce(self, user: str, *owners: str) -> None:
        """What happens to these, a person of an offering, their teams, or a class to its staff, goes to its tabs."""
        for owner in owners:
            self._users[owner].add(user)

    async def is_staff(self, person: Person, offering: str) -> bool:
        """Identity or records say that they are of its staff now."""
        recorded = await (await self.services()).manager.roles(person.user, offering)
        held = person.roles(offering) | (recorded - STAFF if person.student_only else recorded)
        return bool(held & STAFF)

    def tell_person(self, person: str, message: Json) -> None:
        """To the tabs of the person of an offering, where they were seen since the server started."""
        for tab in self._listening(person):
            tab.tell(message)

    def tell_outcome(self, outcome: Outcome) -> None:
        """A submission was judged: to the tabs of its owner, of a team of those who are in it still; and to staff."""
        if self._listening(outcome.enrolment.person):
            begin_task(self._telling, self._tell_outcome(outcome), "codegym-tell")
        offering = outcome.enrolment.offering
        if offering not in self._stirred and self._listening(offering):
            self._stirred.add(offering)
            begin_task(self._telling, self._tell_staff(offering), "codegym-tell")

    def _listening(self, owner: str) -> list[Tab]:
        return [tab for user in self._users.get(owner, ()) for tab in self.broadcast.tabs(user)]

    async def _tell_staff(self, offering: str) -> None:
        """That something has changed, all of a burst at once: what it is they read as ever, if they may."""
        from codegym_jlab.store.base import StoreError

        await asyncio.sleep(STIR_S)
        self._stirred.discard(offering)
        for tab in self._listening(offering):
            with suppress(StoreError):
                if await self.is_staff(tab.who, offering):
                    tab.tell({"type": "class", "offering": offering})

    async def _tell_outcome(self, outcome: Outcome) -> None:
        from codegym_jlab.grading.feedback import judgement_message
        from codegym_jlab.store.base import StoreError

        await asyncio.sleep(0.001)  # the tab that waits for the reply comes first
        manager = (await self.services()).manager
        for user in {tab.who.user for tab in self._listening(outcome.enrolment.person)}:
            with suppress(StoreError):
                if await manager.owners.may_see(user, outcome.submission):
                    self.broadcast.tell(user, judgement_message(outcome))

    async def _watch(self, services: Services) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            if self.broadcast.count:
                await self._look(services)

    async def _look(self, services: Services) -> None:
        """Reload what changed in the course folder, and tell every tab."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        try:
            changed = await asyncio.to_thread(services.catalogue.refresh)
        except Exception:
            log.exception("the courses could not be read again")
            return
        for course in changed:
            self.broadcast.tell(None, {"type": "course", "course": course})

    async def close(self) -> None:
        """End the tabs, the watch and the managers. The last call."""
        self._closed, self.ready = True, False
        self.broadcast.close()
        making, self._making = self._making, None
        if making is not None:
            with suppress(Exception):
                services = await making
                await end_tasks(self._watching)  # it may have begun only now
                await services.close()


class Broadcast:
    """The open tabs of all people. Lives on the server's event loop."""

    def __init__(self) -> None:
        self._tabs = set[Tab]()

    def join(self, tab: Tab) -> bool:
        """A new tab; False where its person has too many."""
        if len(self.tabs(tab.who.user)) >= MAX_TABS:
            return False
        self._tabs.add(tab)
        return True

    def leave(self, tab: Tab) -> None:
        """It hears no more; also one that is not there."""
        self._tabs.discard(tab)

    def tabs(self, user: str | None = None) -> list[Tab]:
        """Those of one person, or of all, that are open now."""
        return [tab for tab in self._tabs if user in (None, tab.who.user)]

    @property
    def count(self) -> int:
        """Open tabs, of all people."""
        return len(self._tabs)

    def tell(self, user: str | None, message: Json) -> None:
        """Send to all tabs of one person; None: to every tab, what is about no person."""
        for tab in self.tabs(user):
            tab.tell(message)

    def close(self) -> None:
        """The server ends: every tab is closed cleanly."""
        for tab in self.tabs():
            tab.close(GOING_AWAY)
