"""Sessions of drafting: flows of DBOS in a database of their own, so that they go on after a crash and can be stopped.

Importing this imports DBOS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import DRAFT, Flow, Ledger, Worker

from .draft import Attempt, Drafter, Order


class UnknownDraft(Exception):
    """No session has this id."""

    code = "unknown_draft"

    def __init__(self) -> None:
        super().__init__("There is no such draft; look: codegym author drafts")


@dataclass(frozen=True, slots=True)
class Session:
    """A draft as it stands."""

    id: str
    state: str  #: waiting, drafting, passed, for_a_person, stopped, failed
    order: Order
    attempts: tuple[Attempt, ...]
    created_ms: int
    why: str = ""  #: of one that failed

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return self.state not in ("waiting", "drafting")

    @property
    def passed(self) -> Attempt | None:
        """The attempt that a person may take over."""
        return next((one for one in self.attempts if one.verdict == "passes"), None)

    def as_json(self) -> dict[str, Any]:
        """For programs; without the folder, which is the server's."""
        order = {name: value for name, value in self.order.as_json().items() if name not in ("course_dir", "who")}
        told = {"id": self.id, "state": self.state, "created_ms": self.created_ms, "why": self.why}
        return {**told, "order": order, "attempts": [asdict(one) for one in self.attempts]}


class Sessions:
    """Looked at, begun and stopped here, by whoever may open the records; worked on in `working`."""

    def __init__(self, records: Path | str) -> None:
        self.place = FlowDatabase(records, "drafts")
        self._ledger: Ledger | None = None

    async def _do(self, name: str, *given: Any) -> Any:
        if self._ledger is None:
            self._ledger = await asyncio.to_thread(Ledger, self.place, (DRAFT,))
        return await asyncio.to_thread(getattr(self._ledger, name), *given)

    async def begin(self, order: Order) -> str:
        """Its id; it is worked on where somebody does."""
        return str(await self._do("begin", order))

    async def all(self) -> list[Session]:
        """The newest first, at most 100."""
        return [await self._session(flow) for flow in await self._do("all")]

    async def find(self, id: str) -> Session:
        """One of them. Raises UnknownDraft."""
        flow = await self._do("find", id)
        if flow is None:
            raise UnknownDraft
        return await self._session(flow)

    async def _session(self, flow: Flow) -> Session:
        attempts = tuple(Attempt(**one) for one in await self._do("attempts", flow.id))
        states = {"running": "drafting", "cancelled": "stopped", "done": "for_a_person"}
        passed = any(one.verdict == "passes" for one in attempts)
        state = "passed" if passed and flow.state == "done" else states.get(flow.state, flow.state)
        return Session(flow.id, state, Order(**flow.order), attempts, flow.created_ms, flow.why)

    async def stop(self, id: str, drafter: Drafter | None = None) -> Session:
        """No attempt is begun any more; one that is under way here ends now. Raises UnknownDraft."""
        if not (await self.find(id)).is_over:
            await self._do("cancel", id)
            if drafter is not None:
                drafter.stop(id)
        return await self.find(id)

    async def resume(self, id: str) -> str:
        """Go on where it was stopped or has failed; the id under which it goes on. Raises UnknownDraft."""
        flow = await self._do("find", id)
        if flow is None:
            raise UnknownDraft
        return str(await self._do("resume", flow))

    @asynccontextmanager
    async def working(self, drafter: Drafter) -> AsyncIterator[None]:
        """This process works on drafts while it is open; what others left is taken over.

        Raises bulk.database.Taken where another process of this machine does.
        """
        worker = await asyncio.to_thread(Worker, self.place, drafter)
        try:
            await asyncio.to_thread(worker.take_over)
            yield
        finally:
            await drafter.close()
            await asyncio.to_thread(worker.close)

    async def close(self) -> None:
        """Let go of the database."""
        if self._ledger is not None:
            await asyncio.to_thread(self._ledger.close)
            self._ledger = None
