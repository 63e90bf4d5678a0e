"""A class of 100 whose wrong answers come at once: while each page asks for its diagnosis, and while none does."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from benchmarks.desk import Desk
from benchmarks.figures import Figure, figure

if TYPE_CHECKING:
    from codegym_jlab.grading.progress import Outcome
    from codegym_jlab.wiring import Services

STUDENTS = 100  #: below as many rounds, as many as those
_LOOKS_S = 0.5  #: a page asks again after this, while it is looked for
#: Wrong in one place; no two answers are the same, so that each is diagnosed anew.
_WRONG = "def twice(x):\n    return 3 * x\n# {}\n"


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Turn by turn, so that both meet the same machine; and the time of a diagnosis in such a crowd."""
    from codegym_jlab.records import Verdict
    from codegym_jlab.settings import CodeGym
    from codegym_jlab.wiring import opened

    students = min(STUDENTS, desk.rounds)
    folder = desk.scratch("diagnosis")
    settings = CodeGym(courses_dir=str(desk.root / "courses"), data_dir=str(folder), llms=[])
    services = await opened(settings.settings(folder))
    alone: list[float] = []
    beside: list[float] = []
    told: list[float] = []
    try:
        await services.tutor.make_ready()
        for _ in range(max(2, desk.rounds // 40)):
            for times, asks in ((alone, False), (beside, True)):
                began = time.perf_counter()
                sent = (_one(services, number, told if asks else None) for number in range(students))
                each = await asyncio.gather(*sent)
                times.append((max(judged for _, judged in each) - began) * 1000)
                if {outcome.judgement.verdict for outcome, _ in each if outcome.judgement} != {Verdict.WA}:
                    raise RuntimeError("a wrong answer was not judged")
    finally:
        await services.close()
    floor = figure("diagnosis", f"diagnosis: {students} judged at once, none asked for", alone)
    yield floor
    yield figure("diagnosis", f"diagnosis: {students} judged at once, each asked for", beside, floor)
    yield figure("diagnosis", "diagnosis: from a judgement to its lines, in the crowd", told)


async def _one(services: Services, number: int, told: list[float] | None) -> tuple[Outcome, float]:
    """A student's answer, and when it was judged; `told`: milliseconds until its diagnosis was there."""
    from codegym_jlab.records import Kind

    who = await services.manager.enrol(f"student-{number}", "bench")
    outcome = await services.manager.submit(
        who,
        "twice",
        kind=Kind.TRY,
        source=_WRONG.format(secrets.token_hex(8)),
        idempotency_key=secrets.token_hex(16),
        wait_s=60.0,
    )
    judged = time.perf_counter()
    if told is not None:
        while (await services.tutor.diagnosis(outcome, "en"))["state"] == "looking":  # noqa: ASYNC110  as pages ask
            await asyncio.sleep(_LOOKS_S)
        told.append((time.perf_counter() - judged) * 1000)
    return outcome, judged
