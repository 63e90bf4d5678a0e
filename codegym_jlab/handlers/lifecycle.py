"""Between the server's start and the managers: made in the background, waited for by requests, closed at the end."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from codegym_jlab.telemetry import metrics

from ..telemetry.metrics import Reading
from .identity import Identity
from .stream import Broadcast

if TYPE_CHECKING:
    from codegym_jlab.grading.progress import Outcome
    from codegym_jlab.wiring import Services

    from ..store.classes import Enrolment

RETRY_S = 3.0  #: between two attempts at making the managers
LOOK_S = 1.0  #: between two looks at the course files, at requests
WATCH_S = 2.0  #: the same while tabs are open and nobody asks

log = logging.getLogger("codegym")


def _read_ahead() -> None:
    """The models of bodies, which the first check would wait for."""
    from .schemas.requests import SubmissionRequest

    SubmissionRequest.model_rebuild()


class NotReady(Exception):
    """The managers cannot be made; the log says why."""

    code = "unavailable"
    retry_after_s = RETRY_S

    def __init__(self) -> None:
        super().__init__(
            "CodeGYM could not start; the server's log says why. Your work is safe. Try again in a moment."
        )


class Backend:
    """What the handlers are given: the managers once they are made, and the open tabs. Lives on the event loop."""

    def __init__(
        self,
        make: Callable[[], Awaitable[Services]],
        identity: Identity,
        *,
        max_body: int,
        max_notebook: int,
        admins: frozenset[str] = frozenset(),
        metrics_token: str = "",
        staff_tokens: bool = False,
        practice: bool = True,
    ) -> None:
        """`max_body`, `max_notebook`: bytes of a request; `admins`: accounts that look after the whole site.

        `staff_tokens`: a token may do staff's work, too; `metrics_token`: whoever shows it may read the metrics;
        `practice`: who is in no class may try the courses as a student.
        """
        self.practice = practice
        self.identity = identity
        self.staff_tokens = staff_tokens
        self.metrics_token = metrics_token
        self.admins = admins
        self.max_body = max_body
        self.max_notebook = max_notebook
        self.broadcast = Broadcast()
        self._make = make
        self._making: asyncio.Task[Services] | None = None
        self._failed_at = 0.0
        self._watching: asyncio.Task[None] | None = None
        self._looked_at = 0.0
        self._users: dict[str, str] = {}
        self._teams: dict[str, frozenset[str]] = {}  #: of a person who was seen in some
        self._mates: defaultdict[str, set[str]] = defaultdict(set)  #: accounts by team
        self._telling: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def ready(self) -> bool:
        """True once the managers are there."""
        task = self._making
        return task is not None and task.done() and not task.cancelled() and task.exception() is None

    def start(self) -> None:
        """Begin to make the managers, once."""
        if self._making is None and not self._closed:
            # not a part of the request that comes first: what is begun here outlives it
            self._making = asyncio.create_task(self._open(), name="codegym-start", context=contextvars.Context())

    async def services(self) -> Services:
        """The managers, waited for. Raises NotReady, or the store's own error."""
        if self._broken_long_ago():
            self._making = None
        self.start()
        if self._making is None:
            raise NotReady
        services = await asyncio.shield(self._making)
        await self._look(services)
        return services

    def _broken_long_ago(self) -> bool:
        task = self._making
        return task is not None and task.done() and not self.ready and time.monotonic() - self._failed_at > RETRY_S

    async def _open(self) -> Services:
        began = time.monotonic()
        try:
            _, services = await asyncio.gather(asyncio.to_thread(_read_ahead), self._make())
        except Exception as error:
            self._failed_at = time.monotonic()
            log.exception("CodeGYM could not start")
            if getattr(error, "code", None):
                raise
            raise NotReady from error
        services.watch.start_s = time.monotonic() - began
        log.info("CodeGYM is ready after %.1f s", services.watch.start_s)
        services.manager.subscribe(self._judged)
        self._looked_at = time.monotonic()
        self._watching = asyncio.create_task(self._watch(services), name="codegym-courses")
        return services

    def readings(self) -> list[Reading]:
        """How many tabs are open."""
        return [metrics.tabs.reads(self.broadcast.count)]

    def introduce(self, user: str, enrolment: Enrolment) -> None:
        """This person of an offering is that account: what happens to them goes to its tabs."""
        self._users[enrolment.person] = user
        teams = frozenset(team.id for team in enrolment.teams.values())
        before = self._teams.get(enrolment.person, frozenset())
        if teams != before:
            self._teams[enrolment.person] = teams
            for team in before - teams:
                self._mates[team].discard(user)
            for team in teams:
                self._mates[team].add(user)

    def tell(self, user: str, message: dict[str, Any]) -> None:
        """Send a message to the open tabs of this account."""
        self.broadcast.tell(user, message)

    def tell_person(self, person: str, message: dict[str, Any]) -> None:
        """The same for the person of an offering, where they were seen since the server started."""
        user = self._users.get(person)
        if user is not None:
            self.broadcast.tell(user, message)

    def tell_outcome(self, outcome: Outcome) -> None:
        """A judgement that took the place of another: to the tabs of its owner, as when it was judged."""
        self._judged(outcome)

    def _judged(self, outcome: Outcome) -> None:
        owner = outcome.enrolment.person
        user = self._users.get(owner)
        if user is not None and self.broadcast.has_tabs(user):
            # the tab that waits for the reply comes first
            asyncio.get_running_loop().call_later(0.001, self._tell_judgement, user, outcome)
        elif mates := [mate for mate in self._mates.get(owner, ()) if self.broadcast.has_tabs(mate)]:
            telling = asyncio.create_task(self._tell_team(mates, outcome), name="codegym-tell-team")
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell_team(self, mates: Sequence[str], outcome: Outcome) -> None:
        """Those who are in the team still."""
        from codegym_jlab.store.base import StoreError

        manager = (await self.services()).manager
        for mate in mates:
            with suppress(StoreError):
                if await manager.may_see(mate, outcome.submission):
                    self._tell_judgement(mate, outcome)

    def _tell_judgement(self, user: str, outcome: Outcome) -> None:
        from codegym_jlab.grading.feedback.student_view import judgement_message

        self.broadcast.tell(user, judgement_message(outcome))

    async def _watch(self, services: Services) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            if self.broadcast.has_tabs():
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
            self.broadcast.tell_all({"type": "course", "course": course})

    async def close(self) -> None:
        """End the tabs, the watch and the managers. The last call."""
        self._closed = True
        self.broadcast.close()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        making, self._making = self._making, None
        if making is not None:
            with suppress(Exception):
                await (await making).close()
