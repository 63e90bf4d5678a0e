"""How long what is kept: what is older goes, in small transactions, now and then. What counts never goes.

By default nothing that a student sent is let go of, but drafts of what was handed in that a newer one follows.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from codegym_jlab.records import Clock, frozen
from codegym_jlab.store import Store
from codegym_jlab.store.base import StoreError

log = logging.getLogger("codegym.retention")

PAGE = 500  #: looked at in one transaction that reads
AT_ONCE = 100  #: let go of in one that writes, so that students wait no longer than for each other
FIRST_S, EVERY_S = 600.0, 6 * 3600.0


class BadRetention(Exception):
    """The setting cannot be understood; the text says what to write."""


@frozen
class Retention:
    """Days for which each is kept; None: for ever."""

    deliveries_days: float | None = 30.0  #: events that every sink has
    drafts_days: float | None = 30.0  #: drafts of what was handed in, but the newest
    outputs_days: float | None = None  #: what was printed and got, tracebacks
    submissions_days: float | None = None  #: texts of tries, and of submits that do not count
    conversations_days: float | None = None  #: what was asked of the tutor, and what it said or withheld
    tickets_days: float | None = None  #: questions to a person, after their answer

    @property
    def kinds(self) -> dict[str, float]:
        """Days by the store's word; what is kept for ever is not among them."""
        days = {field.name.removesuffix("_days"): getattr(self, field.name) for field in fields(self)}
        return {kind: value for kind, value in days.items() if value is not None}


def retention_of(setting: Mapping[str, Any]) -> Retention:
    """From `CodeGym.retention`: names and days; 0 or `never` for what is kept for ever. Raises BadRetention."""
    known = [field.name for field in fields(Retention)]
    days = {}
    for name, value in setting.items():
        if name not in known:
            raise BadRetention(f"CodeGym.retention has no {name!r}; it has {', '.join(known)}.")
        try:
            number = 0.0 if value in (None, "", "never") else float(value)
        except (TypeError, ValueError):
            number = -1.0
        if not 0 <= number < 100_000:
            raise BadRetention(f"CodeGym.retention: {name} is a number of days, or `never`; not {value!r}.")
        days[name] = number or None
    return Retention(**days)


@dataclass
class Keeper:
    """Lets go of what is old. Several on one database do no harm: each asks again before it does."""

    store: Store
    retention: Retention
    clock: Clock
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on, in the background."""
        if self._task is None and self.retention.kinds:
            self._task = asyncio.create_task(self._go_on(), name="codegym-retention")

    async def close(self) -> None:
        """The transaction under way is whole; what is left is found the next time."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def let_go(self, *, dry_run: bool = False) -> dict[str, int]:
        """Let go of all that is old, but for `dry_run`; how much of each kind it is. Raises StoreUnavailable."""
        now = self.clock()
        kinds = self.retention.kinds.items()
        return {kind: await self._one(kind, now - timedelta(days=days), dry_run) for kind, days in kinds}

    async def _one(self, kind: str, before: datetime, dry_run: bool) -> int:
        count, after = 0, ""
        while True:
            page = await self.store.stale(kind, before, after, PAGE)
            for start in range(0, len(page.ids), AT_ONCE):
                ids = page.ids[start : start + AT_ONCE]
                count += len(ids) if dry_run else await self.store.let_go_of(kind, ids, before)
            if page.after is None:
                return count
            after = page.after
            await asyncio.sleep(0)

    async def _go_on(self) -> None:
        # servers that start together do not look together
        wait = FIRST_S * random.uniform(1, 2)
        while True:
            await asyncio.sleep(wait)
            wait = EVERY_S * random.uniform(0.8, 1.2)
            try:
                gone = {kind: count for kind, count in (await self.let_go()).items() if count}
                if gone:
                    log.info("no longer kept: %s", ", ".join(f"{count} {kind}" for kind, count in gone.items()))
            except StoreError as error:
                log.warning("what is old is let go of later: %s", error)
            except Exception:
                log.exception("what is old could not be let go of")
