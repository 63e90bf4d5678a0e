"""A class on JupyterHub in the last minute before the deadline: everybody hands in at once, and one sends a flood."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from benchmarks import hosts
from benchmarks.desk import Desk, answer
from benchmarks.figures import Figure, figure
from benchmarks.hub_class import HubClass, Reply, Visitor, good, hub_class
from benchmarks.processors import family, used_ms
from codegym_jlab.hub.demo import CLASS, PATIENCE_S

_MINUTE = timedelta(minutes=1)
FLOOD = 100  #: requests that one student has under way


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer: milliseconds until it was acknowledged, and until its judgement was known; its place in the line."""

    acknowledged: float
    judged: float
    ahead: int | None  #: None where it was judged at once
    late_s: float | None
    id: str = ""


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """300 students (as many as rounds, below 200) through the proxy, each beside a student alone; 1, 2, 3 hosts."""
    for found in await asyncio.to_thread(_deadline, desk, 300 if desk.rounds >= 200 else desk.rounds):
        yield found
    async for found in hosts.figures(desk):
        yield found


class Streams:
    """What the pages of students hear of what they sent, in a thread of its own."""

    def __init__(self, it: HubClass) -> None:
        """All of them listen."""
        self._told: dict[str, Future[dict[str, Any]]] = {}
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        for who in it.students:
            asyncio.run_coroutine_threadsafe(self._open(it.stream(who)), self._loop).result()

    async def _open(self, asked: HTTPRequest) -> None:
        await websocket_connect(asked, on_message_callback=self._hear)

    def _hear(self, message: str | bytes | None) -> None:
        told = json.loads(message or "{}")
        if told.get("type") == "judgement":
            self._of(told["submission"]["id"]).set_result(told)

    def _of(self, submission: str) -> Future[dict[str, Any]]:
        return self._told.setdefault(submission, Future())

    def judged(self, submission: str) -> dict[str, Any]:
        """Waited for."""
        return self._of(submission).result(PATIENCE_S)


def _deadline(desk: Desk, students: int) -> list[Figure]:
    with hub_class(desk.root / "courses", "bench", students + 1) as it, ThreadPoolExecutor(students + 1) as seats:
        *everybody, flooder = it.students
        streams = Streams(it)
        list(seats.map(lambda who: _hand_in(it, streams, who), it.students))  # each is known to service and Hub
        alone = [_hand_in(it, streams, everybody[0]).judged for _ in range(max(20, desk.rounds // 4))]
        assert it.teacher is not None
        _due_in_a_minute(it.teacher)
        before, began = _processor_ms(it), time.perf_counter()
        told = list(seats.map(lambda who: _hand_in(it, streams, who), everybody))
        took = (time.perf_counter() - began) * 1000
        spent = {part: (ms - before[part]) / students for part, ms in _processor_ms(it).items()}
        assert not [sent for sent in told if sent.late_s], "what came before the deadline counts"
        assert _kept(it, {sent.id for sent in told}) == (students, students), "none is lost, none is there twice"
        minute = _last_minute(it, streams, seats, everybody)
        good(it.teacher.ask_service("POST", f"classes/{CLASS}/policy", {"clear": ["due"], "why": "bench"}))
        beside, statuses = _beside_a_flood(it, streams, everybody[0], flooder, max(5, desk.rounds / 20))
    longest = max((sent.ahead or 0) for sent in told)
    floor = figure("class", "class: a student alone, request to judgement", alone)
    acknowledged = [sent.acknowledged for sent in told]
    crowd = f"{students} students at once, nobody late; the longest line that one was told: {longest}"
    return [
        floor,
        Figure("class", "class: acknowledged, all at once", tuple(sorted(acknowledged)), floor.p50, floor.name, crowd),
        Figure(
            "class", "class: judged, all at once", tuple(sorted(sent.judged for sent in told)), floor.p50, floor.name
        ),
        figure("class", "class: judged, through the last minute", minute, floor, f"{students} students, nobody late"),
        Figure("class", "class: an answer, all at once", (took / students,), floor.p50, floor.name),
        figure("class", "class: a student beside a flood", beside, floor, _flooded(statuses)),
        *(Figure("class", f"class: processor time of {part}, an answer", (ms,)) for part, ms in spent.items()),
    ]


def _due_in_a_minute(teacher: Visitor) -> None:
    due = (datetime.now(UTC) + _MINUTE).isoformat()
    good(teacher.ask_service("POST", f"classes/{CLASS}/policy", {"set": {"due": due}, "why": "bench"}))


def _last_minute(it: HubClass, streams: Streams, seats: ThreadPoolExecutor, everybody: Sequence[str]) -> list[float]:
    """Milliseconds to each judgement where students hand in through the minute, more and more: half in its last 18 s.

    The last one is sent a second before the deadline.
    """
    assert it.teacher is not None
    began = time.monotonic()
    _due_in_a_minute(it.teacher)

    def at_their_time(number: int) -> Sent:
        time.sleep(max(0.0, began + 59 * (number / len(everybody)) ** 0.5 - time.monotonic()))
        return _hand_in(it, streams, everybody[number - 1])

    told = list(seats.map(at_their_time, range(1, len(everybody) + 1)))
    assert not [sent for sent in told if sent.late_s], "what came before the deadline counts"
    assert _kept(it, {sent.id for sent in told}) == (len(everybody), len(everybody)), "none is lost or there twice"
    return [sent.judged for sent in told]


def _flooded(statuses: Counter[int]) -> str:
    return f"one other has {FLOOD} requests under way; so many were answered by each status: {dict(statuses)}"


def _processor_ms(it: HubClass) -> dict[str, float]:
    """What each part has used so far, with all that it started and that has ended."""
    assert it.process is not None and it.host is not None and it.cluster is not None
    hub = it.process.pid
    proxy = int((it.home / "proxy.pid").read_text())
    parts = {"the proxy": {proxy}, "the sandbox host": family(it.host.pid)}
    parts["the service"] = family(hub) - {hub, proxy}
    parts["the Hub"] = {hub}
    parts["PostgreSQL"] = family(int((it.cluster.folder / "data" / "postmaster.pid").read_text().split()[0]))
    return {part: sum(map(used_ms, pids)) for part, pids in parts.items()}


def _hand_in(it: HubClass, streams: Streams, who: str) -> Sent:
    """One right answer to its judgement, as a page hears it. Raises RuntimeError where it is not accepted."""
    began = time.perf_counter()
    status, reply, _ = it.ask("POST", "submissions", _body(), who=who)
    acknowledged = time.perf_counter()
    if status not in (200, 202):
        raise RuntimeError(f"an answer is refused: {status} {reply}")
    ahead, id = reply["submission"]["ahead"], reply["submission"]["id"]
    assert ahead is not None or status == 200, "whoever waits is told their place"
    if reply["submission"]["state"] == "waiting":
        reply = streams.judged(id)
    judgement = reply["judgement"] or {}
    if judgement.get("verdict") != "AC":
        raise RuntimeError(f"a right answer was not accepted: {reply}")
    return Sent((acknowledged - began) * 1000, (time.perf_counter() - began) * 1000, ahead, judgement.get("late_s"), id)


def _kept(it: HubClass, ids: set[str]) -> tuple[int, int]:
    """How many of these answers the records hold, and how many keys of theirs."""
    from sqlalchemy import bindparam, create_engine, text

    from codegym_jlab.store.postgresql import address

    assert it.cluster is not None
    asked = text("SELECT count(*), count(DISTINCT idempotency_key) FROM submissions WHERE id IN :ids")
    engine = create_engine(address(it.cluster.url()))
    with engine.connect() as connection:
        rows, keys = connection.execute(asked.bindparams(bindparam("ids", sorted(ids), expanding=True))).one()
    engine.dispose()
    return rows, keys


def _beside_a_flood(
    it: HubClass, streams: Streams, who: str, flooder: str, for_s: float
) -> tuple[list[float], Counter[int]]:
    """Milliseconds of each answer that `who` hands in, and how what the flooder sent meanwhile was answered.

    The flooder has a process of their own that takes what processors are idle, as their computer is not the class's.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), os.nice, (19,)) as elsewhere:
        elsewhere.submit(os.getpid).result()  # it has started
        flood = elsewhere.submit(_flood, it.asker(flooder), for_s)
        time.sleep(1)  # all of it has come
        beside = []
        while not flood.done():
            beside.append(_hand_in(it, streams, who).judged)
        return beside, flood.result()


def _flood(ask: Callable[..., Reply], for_s: float) -> Counter[int]:
    """Send without pause, FLOOD at once; counts the statuses of what comes back."""
    over = time.monotonic() + for_s

    def send(_: int) -> Counter[int]:
        statuses = Counter[int]()
        while time.monotonic() < over:
            statuses[ask("POST", "submissions", _body("try"))[0]] += 1
        return statuses

    with ThreadPoolExecutor(FLOOD) as seats:
        return sum(seats.map(send, range(FLOOD)), Counter[int]())


def _body(kind: str = "submit") -> dict[str, str]:
    key = secrets.token_hex(16)
    return {"course": "bench", "exercise": "twice", "kind": kind, "source": answer(), "idempotency_key": key}
