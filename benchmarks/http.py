"""A check over HTTP on a real server: one student, and a class of a hundred at once."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from io import FileIO

from benchmarks.desk import PAUSE_S, Desk, timed
from benchmarks.figures import Figure, figure
from benchmarks.server import Ask, server, submit

_CLASS = 100  #: below as many rounds, as many as those
_WRITTEN = bytes(40_000)  #: about what a transaction writes
_PANDAS = "http: the same, numpy and pandas preloaded"
_SETTLED = 0.02  #: times the rounds: so many seconds after an opening its zygotes, word lists and library are there


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Plain, with pandas, and a class; GET health and the bare disk stand beside."""
    for found in await asyncio.to_thread(_one_student, desk):
        yield found
    yield await asyncio.to_thread(_a_class, desk)


def _one_student(desk: Desk) -> list[Figure]:
    found = []
    with server(desk) as served:
        ask = served.connect()
        for course, name in (("bench", "http: request to durable judgement, 5 checks"), ("tables", _PANDAS)):
            first = _first_seconds(desk, ask, course)
            floor, posts, disk = list[float](), list[float](), list[float]()
            with open(desk.scratch("disk") / "written", "wb", buffering=0) as file:
                for _ in range(desk.rounds):
                    with timed(floor):
                        ask("GET", "health", None)
                    with timed(posts):
                        submit(ask, course)
                    time.sleep(PAUSE_S)
                    with timed(disk):
                        _wait_twice(file)
            again = "" if course == "bench" else ", the second time"
            health = figure("http", f"GET health{again}", floor)
            found += [health, figure("http", f"the disk alone, two waits{again}", disk)]
            found.append(figure("http", name, posts, health))
            found.append(Figure("http", f"a check in the first seconds after opening{again}", tuple(sorted(first))))
    return found


def _first_seconds(desk: Desk, ask: Ask, course: str) -> list[float]:
    """The checks from an opening on, while all that it makes ready takes the processors; timed by themselves."""
    ask("POST", f"courses/{course}/units/one/open", {})
    taken, until = list[float](), time.monotonic() + desk.rounds * _SETTLED
    while not taken or time.monotonic() < until:
        with timed(taken):
            submit(ask, course)
        time.sleep(PAUSE_S)
    return taken


def _wait_twice(file: FileIO) -> None:
    """What a check's two transactions ask of the disk, and nothing else: where this is late, so are they."""
    for _ in range(2):
        file.write(_WRITTEN)
        os.fdatasync(file.fileno())


def _a_class(desk: Desk) -> Figure:
    """Everyone sends when the answer before is there and a thought was taken, so that the server is never idle.

    Many people: one person's submits would come one after the other.
    """
    people = min(_CLASS, desk.rounds)
    each = max(2, desk.rounds // 20)

    def student(ask: Ask) -> None:
        for _ in range(each):
            time.sleep(random.uniform(0, 0.05))
            submit(ask)

    with server(desk, each_browser=True) as served, ThreadPoolExecutor(people) as seats:
        asks = [served.connect() for _ in range(people)]
        asks[0]("POST", "courses/bench/units/one/open", {})
        for ask in asks:  # each is in the records then
            submit(ask)
        time.sleep(desk.rounds * _SETTLED)
        began = time.perf_counter()
        list(seats.map(student, asks))
        took = (time.perf_counter() - began) * 1000 / (each * people)
    return figure("http", f"http: a class of {people}, an answer", [took])
