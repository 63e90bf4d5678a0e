"""A class on JupyterHub whose parts are killed one by one under load; each comes back as an administrator's does.

The Hub itself starts its service and its proxy again. The others are what systemd or Kubernetes starts: here, we do.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.outside import Broker
from faults.audit import Figures, audit, rows, settle
from faults.students import RIGHT, Crowd
from processes import descendants, end_tidily, told_by

from benchmarks.hub_class import HubClass, hub_class
from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import Flow, Ledger
from codegym_jlab.bulk.steps import Order
from codegym_jlab.course.loader import load_course
from codegym_jlab.events.kafka import TOPIC
from codegym_jlab.hub.demo import CLASS

COURSES = Path(__file__).parent / "courses"
DOWN_S = 2.0  #: until whoever watches over a part starts it again
MORE = 20  #: answers that are acknowledged after each return
PATIENCE_S = 600.0  #: for a regrade, and for the next answer that is judged


@dataclass(frozen=True)
class Return:
    """Seconds a part was away; from its return until the next answer was acknowledged, and until one was judged."""

    part: str
    away_s: float
    back_s: float
    judged_s: float


Away = Callable[[], AbstractContextManager[object]]


def kill_each(
    students: int, away_s: float, say: Callable[[str], None], broker: Broker | None = None, more: int = MORE
) -> tuple[list[Return], Figures, Crowd]:
    """All of them; for `away_s` what hangs, PostgreSQL and Kafka (where there is a broker). Then what the records say.

    `more`: so many answers are acknowledged after each return.
    """
    settings = {"event_sinks": "log"}
    if broker is not None:
        settings = {"event_sinks": "kafka", "kafka_servers": broker.servers}
    with hub_class(COURSES, "basics", students, settings) as hub, Regrading(hub) as regrading:
        crowd = Crowd([hub], students, hub.students, pause_s=1.0, again_s=1.0)
        crowd.start()
        crowd.wait_for(students)
        returns = []
        regrading.begin(regrading.changed())
        for part, (away, for_s) in _parts(hub, away_s, broker, regrading).items():
            with away():
                time.sleep(for_s)
            began = time.monotonic()
            before = rows(regrading.records, _OF_STUDENTS)
            crowd.wait_for(1)
            back_s = time.monotonic() - began
            while rows(regrading.records, _OF_STUDENTS) == before:
                assert time.monotonic() - began < PATIENCE_S, hub.said()[-3000:]
                time.sleep(0.05)
            returns.append(found := Return(part, for_s, back_s, time.monotonic() - began))
            told = f"an answer acknowledged {back_s:.1f} s after its return, one judged {found.judged_s:.1f} s after it"
            say(f"{part}: away {for_s:g} s, {told}")
            crowd.wait_for(more)
        crowd.stop()
        settle(regrading.records)
        say(regrading.there_and_back())
        settle(regrading.records)
        arrived = None
        if broker is not None:
            arrived = [(message.key().decode(), json.loads(message.value())["id"]) for message in broker.read(TOPIC)]
        return returns, audit(regrading.records, crowd.acknowledged, arrived), crowd


class Regrading:
    """A `codegym worker` beside the class, and what it does: all that was handed in, by another course and back.

    It is judged by the sandbox host of the service, as in the chart.
    """

    def __init__(self, hub: HubClass) -> None:
        assert hub.cluster is not None, hub.records
        self.records = hub.cluster.url()
        self._hub, self._course = hub, COURSES / "basics"
        self._ledger = Ledger(FlowDatabase(self.records))
        self._flow = self._stood = ""
        self.worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Regrading:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.worker is not None
        end_tidily(self.worker, self._hub.said)
        self._ledger.close()

    def start(self) -> None:
        """The worker."""
        if self.worker is not None:
            self.worker.wait()  # one that was killed
        place = f"{self._hub.home}/service/sandbox"
        told = {"DATABASE": self.records, "SANDBOX": "remote", "SANDBOX_HOST": f"unix:{place}"}
        told |= {"SANDBOX_KEY_FILE": f"{place}.key", "DATA_DIR": f"{self._hub.home}/service/worker"}
        environment = os.environ | {f"CODEGYM_{name}": value for name, value in told.items()}
        with open(self._hub.home / "hub.log", "ab") as log:
            command = [sys.executable, "-m", "codegym_jlab.cli", "worker"]
            self.worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def changed(self) -> Path:
        """The course, with a check that judges every answer otherwise."""
        place = Path(shutil.copytree(self._course, self._hub.home / "changed/basics"))
        unit = place / "loops.yaml"
        unit.write_text(unit.read_text().replace("equals: 2\n", "equals: 1\n"))
        return place

    def begin(self, course: Path) -> None:
        """What was handed in until now is judged by this course, in some twenty steps."""
        [(who, people)] = rows(self.records, "SELECT min(person), count(DISTINCT person) FROM progress")
        terms: Any = {"who": who, "why": "tried", "allow_lower": True, "span": max(1, people // 20)}
        self._flow = self._ledger.begin(Order(str(course), load_course(course).digest, CLASS, ["twice"], **terms))

    def flow(self, until: Callable[[Flow], bool]) -> Flow:
        """Once it is so. Patience is with a standstill: thousands of answers are judged twice more."""
        done, end = -1, time.monotonic() + PATIENCE_S
        while (found := self._ledger.find(self._flow)) is None or not until(found):
            if found and found.done > done:
                done, end = found.done, time.monotonic() + PATIENCE_S
            assert time.monotonic() < end, (found, self._hub.said()[-3000:])
            time.sleep(0.05)
        return found

    @contextmanager
    def killed(self) -> Iterator[None]:
        """The worker, once it has done a part; the next one goes on with the rest."""
        before = self.flow(lambda flow: flow.done > 0)
        assert self.worker is not None
        with killed({self.worker.pid}, self.start):
            yield
        began = time.monotonic()
        self.flow(lambda flow: flow.done > before.done or flow.is_over)
        self._stood = f"killed after {before.done} of {before.spans} steps, goes on in {time.monotonic() - began:.1f} s"

    def there_and_back(self) -> str:
        """What was begun is done, and then undone: every answer stands as its student was told, none judged twice."""
        there = self.flow(lambda flow: flow.is_over)
        self.begin(self._course)
        back = self.flow(lambda flow: flow.is_over)
        assert there.result and back.result, (there, back)
        assert not there.result["unanswered"] and not back.result["unanswered"]
        numbers = dict(rows(self.records, _JUDGED))
        counted = there.result["recorded"], back.result["recorded"], numbers.get(3, 0)
        assert set(numbers) == {1, 3} and len(set(counted)) == 1, (numbers, counted)
        changed = load_course(self._hub.home / "changed/basics").digest
        wrongly = rows(self.records, _WRONGLY.format(right=RIGHT, changed=changed))
        assert not wrongly, wrongly[:5]
        return f"worker: {self._stood}; {counted[0]} answers regraded and back, of {back.result['graded']}, each once"


_OF_STUDENTS = "SELECT count(*) FROM submissions WHERE state = 'judged'"
_JUDGED = """
SELECT number, count(*) FROM
(SELECT count(*) AS number FROM judgements WHERE verdict <> 'JE' GROUP BY submission) AS each GROUP BY number
"""
#: A fault of ours that was then judged again is none; what ran out of time because we did is one.
_WRONGLY = """
SELECT s.id, j.verdict, j.notices FROM submissions s JOIN judgements j ON j.submission = s.id
WHERE j.course_digest <> '{changed}'
AND j.verdict NOT IN ('JE', CASE WHEN position('{right}' in s.source) > 0 THEN 'AC' ELSE 'WA' END)
"""


def _parts(hub: HubClass, away_s: float, broker: Broker | None, regrading: Regrading) -> dict[str, tuple[Away, float]]:
    """What goes away, and for how long."""
    assert hub.host is not None and hub.cluster is not None, hub.sandboxes
    cluster = hub.cluster
    parts: dict[str, tuple[Away, float]] = {
        "worker": (regrading.killed, DOWN_S),
        "service": (lambda: killed(_of(hub, "codegym_jlab.cli\0hub")), 0.0),
        "proxy": (lambda: killed({int((hub.home / "proxy.pid").read_text())}), 0.0),
        "sandboxes": (lambda: killed(descendants(hub.host.pid)), 0.0),
        "sandbox host": (lambda: killed({hub.host.pid}, hub.start_host), DOWN_S),
        "sandbox host hangs": (lambda: halted(hub.host.pid), away_s),
        "Hub": (lambda: killed({hub.process.pid}, hub.start_hub), DOWN_S),
        "PostgreSQL": (lambda: away(cluster.stop, cluster.start), away_s),
    }
    if broker is not None:
        parts["Kafka"] = (lambda: away(broker.end, broker.start), away_s)
    return parts


def _of(hub: HubClass, command: str) -> set[int]:
    """Processes below the Hub with these words in their command line."""
    return {pid for pid in descendants(hub.process.pid) if command.encode() in told_by(pid, "cmdline")}


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
def halted(pid: int) -> Iterator[None]:
    """It takes connections and answers none."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def away(end: Callable[[], object], start: Callable[[], object]) -> Iterator[None]:
    """Gone at once, and nobody listens."""
    end()
    try:
        yield
    finally:
        start()
