"""A class on JupyterHub whose parts are killed one by one under load; each comes back as an administrator's does.

The Hub itself starts its service and its proxy again. The others are what systemd or Kubernetes starts: here, we do.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from contract.outside import Broker
from faults.audit import Figures, audit, settle
from faults.students import Crowd
from processes import descendants

from benchmarks.hub_class import HubClass, hub_class
from codegym_jlab.events.kafka import TOPIC

COURSES = Path(__file__).parent / "courses"
DOWN_S = 2.0  #: until whoever watches over a part starts it again
MORE = 20  #: answers that are acknowledged after each return


@dataclass(frozen=True)
class Return:
    """One part: seconds it was away, and from its return until the next answer was acknowledged."""

    part: str
    away_s: float
    back_s: float


Away = Callable[[], AbstractContextManager[object]]


def kill_each(
    students: int, away_s: float, say: Callable[[str], None], broker: Broker | None = None
) -> tuple[list[Return], Figures, Crowd]:
    """All of them, PostgreSQL and Kafka (where there is a broker) for `away_s`; then what the records say."""
    settings = {"event_sinks": "log"}
    if broker is not None:
        settings = {"event_sinks": "kafka", "kafka_servers": broker.servers}
    with hub_class(COURSES, "basics", students, settings) as hub:
        crowd = Crowd([hub], students, hub.students, pause_s=1.0, again_s=1.0)
        crowd.start()
        crowd.wait_for(students)
        returns = []
        for part, (away, for_s) in _parts(hub, away_s, broker).items():
            with away():
                time.sleep(for_s)
            began = time.monotonic()
            crowd.wait_for(1)
            returns.append(Return(part, for_s, time.monotonic() - began))
            say(f"{part}: away {for_s:g} s, an answer acknowledged {returns[-1].back_s:.1f} s after its return")
            crowd.wait_for(MORE)
        crowd.stop()
        assert hub.cluster is not None, hub.records
        records = hub.cluster.url()
        settle(records)
        arrived = None
        if broker is not None:
            arrived = [(message.key().decode(), json.loads(message.value())["id"]) for message in broker.read(TOPIC)]
        return returns, audit(records, crowd.acknowledged, arrived), crowd


def _parts(hub: HubClass, away_s: float, broker: Broker | None) -> dict[str, tuple[Away, float]]:
    """What goes away, and for how long."""
    assert hub.host is not None and hub.cluster is not None, hub.sandboxes
    cluster = hub.cluster
    parts: dict[str, tuple[Away, float]] = {
        "service": (lambda: killed(_of(hub, "codegym_jlab.cli\0hub")), 0.0),
        "proxy": (lambda: killed({int((hub.home / "proxy.pid").read_text())}), 0.0),
        "worker": (lambda: killed(descendants(hub.host.pid)), 0.0),
        "sandbox host": (lambda: killed({hub.host.pid}, hub.start_host), DOWN_S),
        "Hub": (lambda: killed({hub.process.pid}, hub.start_hub), DOWN_S),
        "PostgreSQL": (lambda: away(cluster.stop, cluster.start), away_s),
    }
    if broker is not None:
        parts["Kafka"] = (lambda: away(broker.end, broker.start), away_s)
    return parts


def _of(hub: HubClass, command: str) -> set[int]:
    """Processes below the Hub with these words in their command line."""
    return {
        pid for pid in descendants(hub.process.pid) if command.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    }


@contextmanager
def killed(pids: set[int], again: Callable[[], object] = lambda: None) -> Iterator[None]:
    """With no time for anything; whoever watches over it starts it again at the end, by `again` or by itself."""
    assert pids
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    yield
    again()


@contextmanager
def away(end: Callable[[], object], start: Callable[[], object]) -> Iterator[None]:
    """Gone at once, and nobody listens."""
    end()
    try:
        yield
    finally:
        start()
