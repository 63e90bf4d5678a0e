"""Students who hand in without pause, each as the browser does: what got no answer is sent again under its own key."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.hub_class import Reply, Unanswered

RIGHT, WRONG = "def twice(x): return 2 * x", "def twice(x): return x"


class Server(Protocol):
    """What a crowd sends to."""

    def ask(self, method: str, path: str, body: Any = None, *, who: str) -> Reply:
        """One request. Raises Unanswered."""
        ...

    def said(self) -> str:
        """The end of its log."""
        ...


@dataclass
class Acknowledged:
    """What the server answered to one key."""

    student: str
    key: str
    submission: str
    status: int
    kind: str
    judgement: dict[str, Any] | None
    tries: int  #: how often it was sent


@dataclass
class Crowd:
    """Students, each in a thread of its own. `servers`: each request goes to any of them."""

    servers: Sequence[Server]
    students: int = 4
    names: Sequence[str] = ()  #: theirs; else made up
    pause_s: float = 0.0
    again_s: float = 0.05  #: after a refusal
    looks: Sequence[str] = ()  #: pages of which each student opens one before each send
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[tuple[int, str, str, str | None]] = field(default_factory=list)  #: status, code, text, Retry-After
    looked: Counter[int] = field(default_factory=Counter)  #: by status
    unanswered: int = 0
    longest_s: float = 0.0  #: until an answer came
    faults: list[BaseException] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _seed: int = 0

    def start(self) -> None:
        """Begin."""
        self._over.clear()
        self._seed += 1
        self._threads = [
            threading.Thread(target=self._guarded, args=(name, self._seed), daemon=True)
            for name in self.names or [f"student-{number}" for number in range(self.students)]
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Each sends what it has begun until that is acknowledged, and ends. The servers must run."""
        self._over.set()
        for thread in self._threads:
            thread.join(180)
            assert not thread.is_alive(), "an answer is never acknowledged"
        assert not self.faults, self.faults

    def wait_for(self, more: int, alive: Callable[[], bool] = lambda: True) -> None:
        """Until so many more are acknowledged."""
        wanted = len(self.acknowledged) + more
        end = time.monotonic() + 180
        while len(self.acknowledged) < wanted and alive():
            assert not self.faults, self.faults
            assert time.monotonic() < end, f"{len(self.acknowledged)} acknowledged: {self.servers[0].said()}"
            time.sleep(0.005)

    def _guarded(self, student: str, seed: int) -> None:
        try:
            self._study(student, seed)
        except BaseException as error:
            self.faults.append(error)

    def _study(self, student: str, seed: int) -> None:
        chance, number = random.Random(f"{student} {seed}"), 0
        while not self._over.is_set():
            number += 1
            if self.looks:
                self._look(student, chance)
            key = f"{student}.{seed}.{number}"
            kind = "try" if chance.random() < 0.1 else "submit"
            source = f"{RIGHT if chance.random() < 0.3 else WRONG}  # {key}"
            self._send(student, key, kind, source, chance)
            time.sleep(self.pause_s)

    def _look(self, student: str, chance: random.Random) -> None:
        """What is opened is there, or the records are away: nothing else is said."""
        status, reply, _ = self._ask(chance, "GET", chance.choice(self.looks), None, student)
        assert status == 200 or (status, reply["error"]["code"]) == (503, "store_unavailable"), (status, reply)
        self.looked[status] += 1

    def _ask(self, chance: random.Random, method: str, path: str, body: Any, student: str) -> Reply:
        began = time.monotonic()
        told = chance.choice(self.servers).ask(method, path, body, who=student)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        return told

    def _send(self, student: str, key: str, kind: str, source: str, chance: random.Random) -> None:
        body = {"course": "basics", "exercise": "twice", "kind": kind, "source": source, "idempotency_key": key}
        tries = 0
        while True:
            tries += 1
            try:
                status, reply, headers = self._ask(chance, "POST", "submissions", body, student)
            except Unanswered:
                self.unanswered += 1
                time.sleep(0.02)
                continue
            if status in (200, 202):
                told = reply["judgement"] if status == 200 else None
                sent = reply["submission"]["id"]
                self.acknowledged.append(Acknowledged(student, key, sent, status, kind, told, tries))
                return
            error = reply["error"]
            self.refused.append((status, error["code"], error["message"], headers.get("Retry-After")))
            assert status == 503, (status, reply)
            time.sleep(self.again_s)
