"""A check over HTTP on a real server: one student, and a class of a hundred at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from .desk import PAUSE_S, Desk, timed
from .figures import Figure, figure
from .server import Ask, server, submit

_CLASS = 100
_PANDAS = "http: the same, numpy and pandas preloaded"


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Plain, with pandas, and a class; GET health and the bare floor stand beside."""
    for found in await asyncio.to_thread(_one_student, desk):
        yield found
    yield await asyncio.to_thread(_a_class, desk)


def _one_student(desk: Desk) -> list[Figure]:
    found = []
    with server(desk) as served:
        ask = served.connect()
        for course, name in (("bench", "http: request to durable judgement, 5 checks"), ("tables", _PANDAS)):
            ask("POST", f"courses/{course}/units/one/open", {})
            floor, posts = list[float](), list[float]()
            for _ in range(desk.rounds):
                with timed(floor):
                    ask("GET", "health", None)
                with timed(posts):
                    submit(ask, course)
                time.sleep(PAUSE_S)
            health = figure("http", "GET health" if course == "bench" else "GET health, the second time", floor)
            found += [health, figure("http", name, posts, health)]
    return found


def _a_class(desk: Desk) -> Figure:
    """Everyone sends when the answer before is there and a thought was taken, so that the server is never idle."""
    each = max(2, desk.rounds // 50)

    def student(ask: Ask) -> None:
        for _ in range(each):
            time.sleep(random.uniform(0, 0.05))
            submit(ask)

    with server(desk) as served, ThreadPoolExecutor(_CLASS) as seats:
        served.connect()("POST", "courses/bench/units/one/open", {})
        asks = [served.connect() for _ in range(_CLASS)]
        submit(asks[0])
        began = time.perf_counter()
        list(seats.map(student, asks))
        took = (time.perf_counter() - began) * 1000 / (each * _CLASS)
    return figure("http", "http: a class of 100, an answer", [took])
