"""What staff ask of a class of 1 000 students and 200 exercises, beside a reading of every line of progress.

The class is made by the database itself, in words that both databases read. Who has solved what follows from numbers
alone, so that each run asks the same.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.databases import VARIABLE, made_database
from benchmarks.desk import Desk, timed
from benchmarks.figures import Figure, figure
from codegym_jlab.store import Store, store_at

OFFERING = "bench-class"
CHECKS = 5
SECTIONS = 4

#: Whether student p began exercise e, how good the newest answer is (100: all passes), and how often they sent one.
_LINES = """
CREATE TEMPORARY TABLE bench_lines AS
WITH RECURSIVE p(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM p WHERE p < {students} - 1),
 e(e) AS (SELECT 0 UNION ALL SELECT e + 1 FROM e WHERE e < {exercises} - 1),
 pairs AS (SELECT p, e, (p * 37) % 100 AS able, (e * 61) % 100 AS hard, (p * 31 + e * 17) % 100 AS luck FROM p, e),
 lines AS (SELECT p, e, CASE WHEN able + luck >= hard THEN 100 ELSE luck END AS good FROM pairs
  WHERE e * 100 <= {exercises} * (55 + able))
SELECT p, e, {later} AS at, good, 1 + (100 - good) / 25 AS sends, 'exercise-' || e AS exercise,
 's' || p || '-' || e AS submission, CASE WHEN good = 100 THEN 'AC' ELSE 'WA' END AS verdict,
 coalesce((SELECT id FROM people WHERE offering = '{offering}' AND account = 'student-' || p), 'p' || p) AS person
 FROM lines;
"""
_SENDS = """
CREATE TEMPORARY TABLE bench_sends AS
WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 4)
SELECT bench_lines.*, n, CASE WHEN n = 0 THEN submission ELSE submission || '-' || n END AS id
 FROM bench_lines, n WHERE n < sends;
"""
_ROWS = (
    "INSERT INTO offerings (id, course, title, created_at) SELECT '{offering}', 'bench', 'bench', {noon}"
    " WHERE NOT EXISTS (SELECT 1 FROM offerings WHERE id = '{offering}')",
    "INSERT INTO people (id, offering, account, created_at)"
    " SELECT DISTINCT person, '{offering}', 'student-' || p, {noon} FROM bench_lines"
    " WHERE person NOT IN (SELECT id FROM people)",
    "INSERT INTO enrolments (offering, person, role, section, created_at) SELECT DISTINCT '{offering}', person,"
    " 'student', 'S' || (p % {sections}), {noon} FROM bench_lines WHERE person NOT IN (SELECT person FROM enrolments)",
    "INSERT INTO submissions (id, offering, person, submitter, course, exercise, kind, source, cells, digest,"
    " idempotency_key, received_at, state, attempt) SELECT id, '{offering}', person, person, 'bench', exercise,"
    " 'submit', 'def answer(x):\n    total = 0\n    for y in x:\n        total += y\n    return total  # ' || id,"
    " '[]', id, id, at, 'judged', sends - n FROM bench_sends",
    "INSERT INTO judgements (id, submission, current, verdict, score, max_score, hidden_not_run, stdout, notices,"
    " course_digest, environment_digest, seed, level, wall_ms, judged_at) SELECT 'j' || id, id, {true},"
    " CASE WHEN n = 0 THEN verdict ELSE 'WA' END, good / 50.0, 2.0, 0, '', '[]', '{digest}', '{digest}', 'seed',"
    " 'namespaces', 9.5, at FROM bench_sends",
    "WITH RECURSIVE c(c) AS (SELECT 0 UNION ALL SELECT c + 1 FROM c WHERE c < {checks} - 1)"
    " INSERT INTO check_results (judgement, position, check_id, label, hidden, verdict, weight, message, reveal,"
    " stdout) SELECT 'j' || id, c, 'c' || c, 'check ' || c, c > 1, CASE WHEN good >= 20 * (c + 1) THEN 'AC' ELSE"
    " 'WA' END, 1.0, '', {false}, '' FROM bench_sends, c",
    "INSERT INTO progress (offering, person, exercise, submitted_at, submission, score, max_score, awaiting_review,"
    " counting_submission, counting_at, counting_score, solved, attempts, hints, hint_cost, verdict, failed)"
    " SELECT '{offering}', person, exercise, at, submission, good / 50.0, 2.0, {false}, submission, at,"
    " good / 50.0, good = 100, sends, 0, 0, verdict, CASE WHEN good = 100 THEN NULL WHEN good < 20 THEN"
    ' {json}\'["c0","c1","c2","c3","c4"]\' WHEN good < 60 THEN {json}\'["c2","c3","c4"]\''
    ' ELSE {json}\'["c3","c4"]\' END FROM bench_lines',
)


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Each question beside the floor of its own database."""
    whole = desk.rounds >= 200
    students, exercises = (1000, 200) if whole else (100, 40)
    async with AsyncExitStack() as stack:
        places: list[tuple[str, Path | str]] = [("SQLite", desk.scratch("store") / "codegym.sqlite")]
        if named := os.environ.get(VARIABLE):
            places.append(("PostgreSQL", await stack.enter_async_context(made_database(named))))
        else:
            desk.say(f"PostgreSQL is left out: {VARIABLE} names none")
        for database, place in places:
            async for found in _of(database, place, students, exercises, max(5, desk.rounds // 20)):
                yield found


async def _of(database: str, place: Path | str, students: int, exercises: int, rounds: int) -> AsyncIterator[Figure]:
    store, size = store_at(place), f"{students} students, {exercises} exercises"
    await store.open()
    try:
        engine = engine_at(place)
        await asyncio.to_thread(fill, engine, students, exercises)
        taken: list[float] = []
        await asyncio.to_thread(_read_all, engine, rounds, taken)
        engine.dispose()
        floor = figure("classroom", f"{database}: every line of progress counted and added up", taken, note=size)
        yield floor
        for name, ask in _questions(store, exercises).items():
            took: list[float] = []
            for _ in range(rounds + 1):
                with timed(took):
                    await ask()
            yield figure("classroom", f"{database}: {name}", took[1:], floor, size)
    finally:
        await store.close()


def _questions(store: Store, exercises: int) -> dict[str, Callable[[], Awaitable[Any]]]:
    units = units_of(exercises)
    return {
        "progress of each student by unit": lambda: store.tallies(OFFERING, units),
        "the same, of one section": lambda: store.tallies(OFFERING, units, "S1"),
        "scores of one exercise": lambda: store.tallies(OFFERING, {"exercise-7": ""}),
        "hardest checks": lambda: store.exercise_tallies(OFFERING),
        "stuck students": lambda: store.standstills(OFFERING),
    }


def _read_all(engine: Engine, rounds: int, into: list[float]) -> None:
    with engine.connect() as connection:
        for _ in range(rounds):
            began = time.perf_counter()
            connection.exec_driver_sql("SELECT count(*), sum(attempts), sum(counting_score) FROM progress").all()
            into.append((time.perf_counter() - began) * 1000)


def fill(engine: Engine, students: int, exercises: int) -> None:
    """Into records that are there; of the offering, where it is there, with who is in it."""
    lite = engine.dialect.name == "sqlite"
    words = {
        "offering": OFFERING,
        "students": students,
        "exercises": exercises,
        "sections": SECTIONS,
        "checks": CHECKS,
        "digest": "d" * 64,
        "noon": "'2026-10-27 12:00:00.000000'" if lite else "TIMESTAMPTZ '2026-10-27 12:00:00+00'",
        # one exercise a minute
        "later": "datetime('2026-10-27 12:00:00', e || ' minutes') || '.000000'"
        if lite
        else "TIMESTAMPTZ '2026-10-27 12:00:00+00' + e * INTERVAL '1 minute'",
        "true": "1" if lite else "true",
        "false": "0" if lite else "false",
        "json": "" if lite else "JSON ",
    }
    with engine.begin() as connection:
        for statement in (_LINES, _SENDS, *_ROWS):
            written = statement.format(**words)
            connection.exec_driver_sql(written if lite else written.replace("%", "%%"))
        for table in ("bench_lines", "bench_sends"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def units_of(exercises: int, units: int = 10) -> dict[str, str]:
    """Exercise → unit."""
    return {f"exercise-{e}": f"unit-{e * units // exercises}" for e in range(exercises)}


def engine_at(place: Path | str) -> Engine:
    """As the store itself connects to it."""
    if isinstance(place, Path):
        from codegym_jlab.store.sqlite import make_engine as lite

        return lite(place)
    from codegym_jlab.store.postgresql import address, make_engine

    return make_engine(address(place))
