"""How a server is: can checks be taken now, and its gauges. What probes, Prometheus and `codegym doctor` are told.

Texts are for anyone, so they hold no path, address or name; where more is known, the log and `codegym doctor` have it.
"""

import asyncio
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from codegym_jlab.records import frozen

from .events.relay import Depth, Relay
from .grading.manager import GradingManager
from .sandbox.base import Level, Sandbox, SandboxUnavailable, prove, readings as sandbox_readings
from .store import Store
from .store.base import Backlog, StoreError
from .telemetry import metrics
from .telemetry.metrics import Reading

#: A probe is answered from the last look, unless that is older; a look that takes longer is a look that failed.
FRESH_S, PATIENCE_S = 1.0, 2.0
#: So long events may wait, and so little of the disk may be free, before staff are told.
EVENTS_WAIT_S, DISK_LOW = 300.0, 200 << 20

_DATABASE = "The database does not answer. Look whether it runs and can be reached; what was accepted is kept."
_NO_SANDBOX = "No sandbox works here, so nothing is checked. Run codegym doctor on the server: it says what to change."
_SANDBOX = "No sandbox can be had now; what is handed in is kept. codegym doctor and the server's log say why."
_RELAY = "Events are no longer told to {}. Start the server again: they wait in the outbox, none is lost."
_SWEEP = "What was left over is no longer taken up. Start the server again: it is kept, and judged then."


@frozen
class Trouble:
    """Something that is wrong: a word for programs, and what to do."""

    code: str
    text: str


@frozen
class Health:
    """What was found. With no `reasons` against it the server is ready; `notes` are for staff, who should look."""

    reasons: tuple[Trouble, ...] = ()
    notes: tuple[Trouble, ...] = ()

    @property
    def ready(self) -> bool:
        """Checks can be taken."""
        return not self.reasons


@dataclass
class Monitor:
    """One a server. Its looks change nothing, and are shared by all who ask at the same time."""

    store: Store
    sandbox: Sandbox
    level: Level
    manager: GradingManager
    relay: Relay
    data_dir: Path
    about: Mapping[str, str]  #: version, records (sqlite or postgresql) and place, for `codegym_info`
    start_s: float = 0.0  #: how long its start took
    _seen: Health = Health()
    _seen_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def health(self) -> Health:
        """As it is now, or was less than a second ago."""
        async with self._looking:
            if time.monotonic() - self._seen_at > FRESH_S:
                self._seen = await self._look()
                self._seen_at = time.monotonic()
            return self._seen

    async def _look(self) -> Health:
        records, sandbox = await asyncio.gather(self._records(), self._can_run())
        reasons = [trouble for trouble in (records, sandbox) if trouble is not None]
        if not self.manager.sweeps:
            reasons.append(Trouble("sweep_stopped", _SWEEP))
        if stuck := self.relay.stuck:
            reasons.append(Trouble("relay_stuck", _RELAY.format(", ".join(stuck))))
        return Health(tuple(reasons), () if records else await self._notes())

    async def _records(self) -> Trouble | None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.store.check()
        except StoreError as error:
            return Trouble(error.code, str(error))
        except TimeoutError:
            return Trouble("store_unavailable", _DATABASE)
        return None

    async def _can_run(self) -> Trouble | None:
        if not self.level.available:
            return Trouble("no_sandbox", _NO_SANDBOX)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await prove(self.sandbox)
        except (SandboxUnavailable, TimeoutError):
            return Trouble("no_sandbox", _SANDBOX)
        return None

    async def _notes(self) -> tuple[Trouble, ...]:
        if (counts := await _counts(self.store)) is None:
            return ()
        depth, backlog = counts
        notes = []
        if (age := age_s(depth.oldest)) > EVENTS_WAIT_S:
            since = f"the oldest for {age / 60:.0f} min"
            notes.append(Trouble("events_wait", f"{depth.waiting} events wait, {since}: codegym doctor says for what."))
        if depth.dead:
            notes.append(Trouble("dead_letters", f"{depth.dead} events were refused for good: codegym events dead."))
        if backlog.parked:
            notes.append(Trouble("parked", f"{backlog.parked} answers could not be judged: codegym parked OFFERING."))
        if disk_free(self.data_dir) < DISK_LOW:
            notes.append(Trouble("disk_low", "The disk of the data folder is nearly full. Make room."))
        return tuple(notes)

    async def readings(self) -> list[Reading]:
        """All gauges; those of the records are left out while they do not answer."""
        health = await self.health()
        about = self.about
        return [
            metrics.info.reads(1, about["version"], self.level.name, about["records"], about["place"]),
            metrics.ready.reads(health.ready),
            metrics.start_seconds.reads(self.start_s),
            metrics.judging.reads(self.manager.busy),
            metrics.disk_free.reads(disk_free(self.data_dir)),
            *sandbox_readings(self.sandbox),
            *await waiting(self.store),
        ]


async def _counts(store: Store) -> tuple[Depth, Backlog] | None:
    """What waits in the records; None while they do not answer."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await store.depth(), await store.backlog()
    except (StoreError, TimeoutError):
        return None


async def waiting(store: Store) -> list[Reading]:
    """Gauges of what waits in the records, for a server and for `codegym worker`; none while they do not answer."""
    if (counts := await _counts(store)) is None:
        return []
    depth, backlog = counts
    return [
        metrics.queue.reads(backlog.waiting),
        metrics.queue_age.reads(age_s(backlog.oldest)),
        metrics.parked.reads(backlog.parked),
        metrics.outbox.reads(depth.waiting),
        metrics.outbox_age.reads(age_s(depth.oldest)),
        metrics.dead_letters.reads(depth.dead),
    ]


def age_s(since: datetime | None) -> float:
    """0 where nothing waits, and where the clock was set back."""
    return 0.0 if since is None else max(0.0, (datetime.now(UTC) - since).total_seconds())


def disk_free(folder: Path) -> int:
    """Bytes free where the folder is, or will be."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    return shutil.disk_usage(there).free
