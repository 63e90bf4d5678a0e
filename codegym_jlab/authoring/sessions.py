"""Sessions of drafting: flows of DBOS in a database of their own, so that they go on after a crash and can be stopped.

DBOS and what proves drafts are imported by the first that is looked for or begun.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codegym_jlab.bulk.database import FlowDatabase, Taken
from codegym_jlab.sandbox.base import side_of_author

if TYPE_CHECKING:
    from codegym_jlab.bulk.flows import Flow, Ledger
    from codegym_jlab.llm.chain import Link
    from codegym_jlab.sandbox.base import Sandbox

    from .draft import Attempt, Drafter, Order, Told

MOST_AT_ONCE = 3  #: sessions of one person that are not over


class UnknownDraft(Exception):
    """No session has this id."""

    code = "unknown_draft"

    def __init__(self) -> None:
        super().__init__("There is no such draft; look: codegym author drafts")


@dataclass(frozen=True, slots=True)
class Session:
    """A draft as it stands."""

    id: str
    state: str  #: waiting, drafting, passed, for_a_person, stopped, failed; interrupted where nobody works on it
    order: Order
    attempts: tuple[Attempt, ...]
    created_ms: int
    why: str = ""  #: of one that failed

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return self.state not in ("waiting", "drafting", "interrupted")

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
        """What the ledger does under that name. Raises store.base.StoreUnavailable where its database is away."""
        from sqlalchemy.exc import DBAPIError

        from codegym_jlab.store.postgresql import unavailable

        try:
            if self._ledger is None:
                from codegym_jlab.bulk.flows import DRAFT, Ledger

                self._ledger = await asyncio.to_thread(Ledger, self.place, (DRAFT,))
            return await asyncio.to_thread(getattr(self._ledger, name), *given)
        except DBAPIError as error:
            raise unavailable(error) from error

    async def begin(self, order: Order) -> str:
        """Its id; it is worked on where somebody does."""
        return str(await self._do("begin", order))

    async def all(self) -> list[Session]:
        """The newest first, at most 100."""
        found = await self._do("all") if self.place.is_there else ()
        return [await self._session(flow) for flow in found]

    async def find(self, id: str) -> Session:
        """One of them. Raises UnknownDraft."""
        return await self._session(await self._flow(id))

    async def _flow(self, id: str) -> Flow:
        flow: Flow | None = await self._do("find", id) if self.place.is_there else None
        if flow is None:
            raise UnknownDraft
        return flow

    async def _session(self, flow: Flow) -> Session:
        from .draft import Attempt, Order

        attempts = tuple(Attempt(**one) for one in await self._do("attempts", flow.id))
        states = {"running": "drafting", "cancelled": "stopped", "done": "for_a_person"}
        passed = any(one.verdict == "passes" for one in attempts)
        if not flow.is_over and self.place.is_idle:
            states |= {"running": "interrupted", "waiting": "interrupted"}
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
        return str(await self._do("resume", await self._flow(id)))

    @asynccontextmanager
    async def working(self, drafter: Drafter) -> AsyncIterator[None]:
        """This process works on drafts while it is open; what others left is taken over.

        Raises bulk.database.Taken where another process of this machine does.
        """
        from codegym_jlab.bulk.flows import Worker

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


class NoDrafts(Exception):
    """Nothing can be drafted here now; the text says why."""

    code = "no_drafts"


class TooManyDrafts(Exception):
    """This person has enough under way."""

    code = "too_many"

    def __init__(self) -> None:
        super().__init__(f"{MOST_AT_ONCE} drafts of yours are under way. Wait for one, or stop one.")


class Studio:
    """The drafts of a server. It works on them from the first that is begun or gone on with until it ends."""

    def __init__(self, records: Path | str, links: Callable[[str], Link], sandbox: Sandbox) -> None:
        self.sessions = Sessions(records)
        self._links, self._own = links, side_of_author(sandbox)
        self._listeners: list[Callable[[Told], None]] = []
        self._opening, self._at_end = asyncio.Lock(), AsyncExitStack()
        self._drafter: Drafter | None = None
        self._works = False

    def subscribe(self, listener: Callable[[Told], None]) -> None:
        """Told of each attempt, as it is asked and as it is over."""
        self._listeners.append(listener)

    def _tell(self, told: Told) -> None:
        for listener in self._listeners:
            listener(told)

    @property
    def drafter(self) -> Drafter:
        """What proves drafts, with a grader on the author's side."""
        if self._drafter is None:
            from codegym_jlab.grading.grader.grader import Grader

            from .draft import Drafter

            grader = Grader(self._own)
            self._at_end.push_async_callback(grader.close)
            self._drafter = Drafter(self._links, grader, self._own, self._tell)
        return self._drafter

    async def _work(self) -> None:
        """From now on. Raises NoDrafts."""
        async with self._opening:
            if not self._works:
                try:
                    await self._at_end.enter_async_context(self.sessions.working(self.drafter))
                except (Taken, ImportError) as error:
                    raise NoDrafts(f"Nothing can be drafted here now: {error}") from error
                self._works = True

    async def begin(self, order: Order) -> Session:
        """A new one. Raises NoDrafts, TooManyDrafts."""
        under_way = [one for one in await self.all() if one.order.who == order.who and not one.is_over]
        if len(under_way) >= MOST_AT_ONCE:
            raise TooManyDrafts
        await self._work()
        return await self.find(await self.sessions.begin(order))

    async def resume(self, id: str) -> Session:
        """Go on with one that was stopped or interrupted. Raises NoDrafts, UnknownDraft."""
        await self.sessions.find(id)
        await self._work()
        return await self.find(await self.sessions.resume(id))

    async def stop(self, id: str) -> Session:
        """No attempt more. Raises UnknownDraft."""
        return await self.sessions.stop(id, self._drafter)

    async def find(self, id: str) -> Session:
        """One of them. Raises UnknownDraft."""
        return await self.sessions.find(id)

    async def all(self) -> list[Session]:
        """The newest first, at most 100."""
        return await self.sessions.all()

    async def stats(self) -> dict[str, Any]:
        """Figures of the newest 100: how many by state, attempts, tokens and seconds, of each model too."""
        sessions = await self.all()
        attempts = [attempt for one in sessions for attempt in one.attempts]
        passed = [one for one in sessions if one.passed]
        llms = {
            llm: {"attempts": len(own), "passed": sum(one.verdict == "passes" for one in own), **_sums(own)}
            for llm in dict.fromkeys(one.llm for one in attempts)
            if (own := [one for one in attempts if one.llm == llm])
        }
        a_draft = sum(len(one.attempts) for one in passed) / len(passed) if passed else None
        states = dict(Counter(one.state for one in sessions))
        return {"states": states, "attempts_a_draft": a_draft, **_sums(attempts), "llms": llms}

    async def close(self) -> None:
        """What is under way is left for the next server."""
        await self._at_end.aclose()
        await self.sessions.close()


def _sums(attempts: list[Attempt]) -> dict[str, float]:
    tokens = sum(one.prompt_tokens + one.reply_tokens for one in attempts)
    return {"tokens": tokens, "seconds": round(sum(one.seconds for one in attempts), 2)}
