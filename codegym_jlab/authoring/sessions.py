"""Sessions of drafting: kept among the records, so that they go on after a crash and can be stopped.

What proves drafts is imported by the first that is looked for or begun.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from codegym_jlab.bulk.database import FlowDatabase, Taken
from codegym_jlab.records import Json, end_tasks, frozen, new_id, plain, some
from codegym_jlab.sandbox.base import Sandbox, side_of_author
from codegym_jlab.store import Store
from codegym_jlab.store.base import ExerciseDraft
from codegym_jlab.telemetry import metrics

if TYPE_CHECKING:
    from codegym_jlab.llm.chain import Link

    from .draft import Attempt, Drafter, Order

log = logging.getLogger("codegym.drafts")

MOST_AT_ONCE = 3  #: sessions of one person that are not over
WORKED_ON = 2  #: sessions at a time
MOST_HERE = 6  #: checks and reviews at a time, of which one person may have so many as drafts
UNDER_WAY = ("waiting", "drafting")


class UnknownDraft(Exception):
    """No session has this id."""

    code = "unknown_draft"


class NoDrafts(Exception):
    """Nothing can be drafted here now; the text says why."""

    code = "no_drafts"


class TooManyDrafts(Exception):
    """This person has enough under way."""

    code = "too_many"


class TooManyTurns(Exception):
    """Enough is checked and reviewed for authors."""

    code = "too_many_requests"
    retry_after_s = 5


@frozen
class Session:
    """A draft as it stands."""

    id: str
    state: str  #: waiting, drafting, passed, for_a_person, stopped, failed; interrupted where nobody works on it
    order: Order
    attempts: tuple[Attempt, ...]
    created_at: datetime
    why: str = ""  #: of one that failed

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return self.state not in (*UNDER_WAY, "interrupted")

    @property
    def passed(self) -> Attempt | None:
        """The attempt that a person may take over."""
        return next((one for one in self.attempts if one.verdict == "passes"), None)

    def as_json(self) -> Json:
        """For programs; without the folder, which is the server's."""
        return {
            **some(self, "id state why"),
            "created_ms": int(self.created_at.timestamp() * 1000),
            "order": plain(self.order, "course_dir", "who"),
            "attempts": [asdict(one) for one in self.attempts],
        }


class Studio:
    """The drafts among the records: looked at, begun and stopped here, by whoever may open them.

    They are worked on from the first that is begun or gone on with until `close`; what others left is taken over then.
    """

    def __init__(
        self, store: Store, records: Path | str, links: Callable[[str], Link], sandbox: Sandbox | None = None
    ) -> None:
        """`records`: where they are. Without a sandbox nothing can be begun."""
        self.store, self._place = store, FlowDatabase(records, "drafts")
        self._links, self._sandbox = links, sandbox
        self._worker, self._free = "", asyncio.Semaphore(WORKED_ON)
        self._opening = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns = Counter[str]()  #: under way, by person
        #: Told of each attempt that is made here, by its number: "asked" as it is, "attempt" as it is over.
        self.on_told: Callable[[Session, str, int], None] = lambda session, what, number: None

    @cached_property
    def drafter(self) -> Drafter:
        """What proves drafts, with a grader on the author's side."""
        from codegym_jlab.grading.grader.grader import Grader

        from .draft import Drafter

        assert self._sandbox is not None
        return Drafter(self._links, Grader(side_of_author(self._sandbox)))

    @asynccontextmanager
    async def turn(self, who: str, route: str) -> AsyncIterator[None]:
        """A check or review of theirs, within it, counted and timed. Raises TooManyTurns."""
        if self._turns[who] >= MOST_AT_ONCE or self._turns.total() >= MOST_HERE:
            metrics.author_turns.add(route, "refused")
            raise TooManyTurns("Enough checks and reviews are under way. Try again when one of them has ended.")
        self._turns[who] += 1
        began, outcome = time.monotonic(), "done"
        try:
            yield
        except Exception as error:
            outcome = "refused" if getattr(error, "code", None) else "failed"
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome = "stopped"
            raise
        finally:
            self._turns[who] -= 1
            metrics.author_turns.add(route, outcome)
            metrics.author_seconds.observe(time.monotonic() - began, route)

    async def begin(self, order: Order) -> Session:
        """A new one, which is worked on here. Raises NoDrafts, TooManyDrafts."""
        under_way = [one for one in await self.all() if one.order.who == order.who and not one.is_over]
        if len(under_way) >= MOST_AT_ONCE:
            raise TooManyDrafts(f"{MOST_AT_ONCE} drafts of yours are under way. Wait for one, or stop one.")
        await self._work()
        draft = ExerciseDraft(new_id(), order.who, asdict(order), datetime.now(UTC), worker=self._worker)
        await self.store.add_exercise_draft(draft)
        self._go_on(draft.id)
        return self._session(draft)

    async def all(self) -> list[Session]:
        """The newest first, at most 100."""
        return [self._session(draft) for draft in await self.store.exercise_drafts()]

    async def find(self, id: str) -> Session:
        """One of them. Raises UnknownDraft."""
        draft = await self.store.exercise_draft(id)
        if draft is None:
            raise UnknownDraft("There is no such draft; look: codegym author drafts")
        return self._session(draft)

    def _session(self, draft: ExerciseDraft) -> Session:
        from .draft import Attempt, Order

        attempts, state = tuple(Attempt(**one) for one in draft.attempts), draft.state
        if state == "done":
            state = "passed" if any(one.verdict == "passes" for one in attempts) else "for_a_person"
        elif state in UNDER_WAY and self._place.is_idle:
            state = "interrupted"
        return Session(draft.id, state, Order(**draft.ordered), attempts, draft.created_at, draft.why)

    async def stop(self, id: str) -> Session:
        """No attempt is begun any more; one that is under way here ends now. Raises UnknownDraft."""
        await self.store.change_exercise_draft(id, UNDER_WAY, {"state": "stopped"})
        await end_tasks(self._tasks.get(id))
        return await self.find(id)

    async def resume(self, id: str) -> Session:
        """Go on where it was stopped, interrupted or has failed. Raises NoDrafts, UnknownDraft."""
        await self.find(id)
        await self._work()
        again = {"state": "waiting", "worker": self._worker, "why": ""}
        draft = await self.store.exercise_draft(id)
        if await self.store.change_exercise_draft(id, ("stopped", "failed"), again) or await self._is_left(draft):
            self._go_on(id)
        return await self.find(id)

    async def stats(self) -> Json:
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

    # -- at work -----------------------------------------------------------------------------------

    async def _work(self) -> None:
        """From now on. Raises NoDrafts."""
        async with self._opening:
            if self._worker:
                return
            try:
                self._worker = await asyncio.to_thread(self._place.take)
            except Taken as error:
                raise NoDrafts(f"Nothing can be drafted here now: {error}") from error
            for draft in await self.store.exercise_drafts():
                if await self._is_left(draft):
                    self._go_on(draft.id)

    async def close(self) -> None:
        """What is under way is left for the next server."""
        await end_tasks(*self._tasks.values())
        await asyncio.to_thread(self._place.release)
        if "drafter" in self.__dict__:
            await self.drafter.grader.close()

    async def _is_left(self, draft: ExerciseDraft | None) -> bool:
        """Not over, and who worked on it has ended."""
        if draft is None or draft.state not in UNDER_WAY:
            return False
        return await asyncio.to_thread(self._place.is_gone, draft.worker)

    def _go_on(self, id: str) -> None:
        if id not in self._tasks:
            task = self._tasks[id] = asyncio.create_task(self._work_on(id), name=f"codegym-draft-{id}")
            task.add_done_callback(lambda _: self._tasks.pop(id))

    async def _work_on(self, id: str) -> None:
        """Until it is over. The attempt that a crash cut short is made anew."""
        async with self._free:
            try:
                mine = {"state": "drafting", "worker": self._worker}
                while await self.store.change_exercise_draft(id, UNDER_WAY, mine):
                    await self._attempt(await self.find(id))
            except Exception as error:
                log.exception("a draft cannot go on")
                await self.store.change_exercise_draft(id, UNDER_WAY, {"state": "failed", "why": str(error)})

    async def _attempt(self, session: Session) -> None:
        number = len(session.attempts) + 1
        self.on_told(session, "asked", number)
        made = await self.drafter.attempt(session.order, session.id, session.attempts)
        attempts = [asdict(one) for one in (*session.attempts, made)]
        became = {"attempts": attempts, "state": "drafting" if made.more else "done"}
        if await self.store.change_exercise_draft(session.id, UNDER_WAY, became):
            self.on_told(session, "attempt", number)


def _sums(attempts: list[Attempt]) -> dict[str, float]:
    tokens = sum(one.prompt_tokens + one.reply_tokens for one in attempts)
    return {"tokens": tokens, "seconds": round(sum(one.seconds for one in attempts), 2)}
