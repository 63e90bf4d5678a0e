"""Records written by the first version are there, whole, after the steps to the newest, on every database."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from contract.postgres import Server
from contract.stored import whole

from codegym_jlab.records import Cell, Kind, Notice, Score, ScorePart, State, Verdict
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import HintGiven, Lease, Progress, Step
from codegym_jlab.store.classes import Offering, Override, TeamMove
from codegym_jlab.store.migrations import HEAD

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
FORMS = Path(__file__).parent / "forms"
OFFERING = Offering("local:basics", "new", "Now")

#: As 0001 has its tables, in words that both databases read. Frozen: never brought up to date.
ROWS = """
INSERT INTO offerings (id, course, title, term, time_zone, contact, created_at)
 VALUES ('local:basics', 'basics', 'Before', 'autumn', 'Europe/Berlin', 'staff@school', :noon);
INSERT INTO people (id, offering, kind, account, created_at, erased_at)
 VALUES ('p1', 'local:basics', 'person', 'ana', :noon, NULL);
INSERT INTO enrolments (offering, person, role, section, created_at)
 VALUES ('local:basics', 'p1', 'student', 'A', :noon);
INSERT INTO submissions (id, offering, person, submitter, course, exercise, kind, source, cells, digest,
  idempotency_key, received_at, claimed_at, state, attempt, same_as, faults, worker, leased_until, not_before)
 VALUES ('s1', 'local:basics', 'p1', 'p1', 'basics', 'sum-even', 'submit', 'x = 1', '[["a = 1", "c", "given", null]]',
  'd', 'k1', :noon, NULL, 'judged', 1, NULL, 1, NULL, NULL, NULL);
INSERT INTO submissions (id, offering, person, submitter, course, exercise, kind, source, cells, digest,
  idempotency_key, received_at, claimed_at, state, attempt, same_as, faults, worker, leased_until, not_before)
 VALUES ('s2', 'local:basics', 'p1', 'p1', 'basics', 'sum-even', 'submit', 'x = 2', '[]',
  'e', 'k2', :noon, :noon, 'waiting', NULL, NULL, 0, 'gone', :noon, NULL);
INSERT INTO judgements (id, submission, current, superseded_by, cause, who, why, verdict, score, max_score,
  hidden_not_run, stdout, notices, failure, course_digest, environment_digest, seed, level, wall_ms, judged_at)
 VALUES ('j1', 's1', true, NULL, 'check', NULL, NULL, 'WA', 1.33, 2.0, 0, 'printed', '[["n", "Text.", {}]]', NULL,
  'cd', 'ed', '5eed', 'namespaces', 9.25, :noon);
INSERT INTO judgements (id, submission, current, superseded_by, cause, who, why, verdict, score, max_score,
  hidden_not_run, stdout, notices, failure, course_digest, environment_digest, seed, level, wall_ms, judged_at)
 VALUES ('j0', 's1', false, 'j1', 'check', NULL, NULL, 'JE', 0, 2.0, 0, '', '[]', NULL,
  'cd', 'ed', '5eed', 'namespaces', 1, :noon);
INSERT INTO check_results (judgement, position, check_id, label, hidden, verdict, weight, message, reveal, expected,
  got, diff, stdout, failure)
 VALUES ('j1', 0, 'c1', 'an empty list', true, 'WA', 1.5, 'say', true, '0', NULL, '{"kind": "value"}', '', NULL);
INSERT INTO score_parts (judgement, position, source, points, max_points, who, comment)
 VALUES ('j1', 0, 'checker', 1.33, 2.0, NULL, NULL);
INSERT INTO progress (offering, person, exercise, tried_at, submitted_at, submission, score, max_score, late_s,
  awaiting_review, counting_submission, counting_at, counting_score, counting_late_s, solved, attempts, hints,
  hint_cost)
 VALUES ('local:basics', 'p1', 'sum-even', :noon, :noon, 's1', 1.33, 2.0, NULL, false, 's1', :noon, 1.33, NULL, false,
  1, 1, 0.25);
INSERT INTO hints_given (offering, person, exercise, rung, given_at, cost)
 VALUES ('local:basics', 'p1', 'sum-even', 1, :noon, 0.25);
INSERT INTO notebooks (offering, person, unit, digest, body, made_at)
 VALUES ('local:basics', 'p1', 'loops', 'v1', '{"cells": []}', :noon);
INSERT INTO openings (offering, person, unit, opened_at) VALUES ('local:basics', 'p1', 'loops', :noon);
INSERT INTO overrides (offering, person, unit, exercise, fields, set_by, set_at)
 VALUES ('local:basics', '', 'loops', '', '{"attempts": 3}', 'p1', :noon);
INSERT INTO outbox (id, type, key, offering, payload, created_at, delivered_at, tries, dead, problem)
 VALUES ('e1', 'code_submitted', 'p1', 'local:basics', '{"submission": "s1"}', :noon, :noon, 0, false, NULL);
INSERT INTO outbox (id, type, key, offering, payload, created_at, delivered_at, tries, dead, problem)
 VALUES ('e2', 'grading_complete', 'p1', 'local:basics', '{"submission": "s1"}', :noon, NULL, 1, false, 'away');
"""


#: A draft, and an override for all of a course. Frozen as well.
LATER_ROWS = """
INSERT INTO submissions (id, offering, person, submitter, course, exercise, kind, source, cells, digest,
  idempotency_key, received_at, claimed_at, state, attempt, same_as, faults, worker, leased_until, not_before)
 VALUES ('s3', 'local:basics', 'p1', 'p1', 'basics', 'maximum', 'draft', 'x = 3', '[]',
  'f', 'k3', :noon, NULL, 'kept', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO overrides (offering, person, unit, exercise, fields, set_by, set_at)
 VALUES ('local:basics', 'p1', '', '', '{"time_factor": 1.5}', NULL, :noon);
"""


#: Two teams, of which p1 left the first for the second, and then that as well; 0011 knew no moves.
TEAM_ROWS = """
INSERT INTO people (id, offering, kind, account, created_at, erased_at)
 VALUES ('red', 'local:basics', 'team', NULL, :noon, NULL), ('blue', 'local:basics', 'team', NULL, :noon, NULL);
INSERT INTO people (id, offering, kind, account, created_at, erased_at)
 VALUES ('p2', 'local:basics', 'person', 'ben', :noon, NULL);
INSERT INTO teams (id, offering, unit, name, made_at)
 VALUES ('red', 'local:basics', 'loops', 'Red', :noon), ('blue', 'local:basics', 'loops', 'Blue', :noon);
INSERT INTO team_members (team, person, offering, unit, since, ended_at)
 VALUES ('red', 'p1', 'local:basics', 'loops', :noon, :one), ('blue', 'p1', 'local:basics', 'loops', :one, :two),
  ('red', 'p2', 'local:basics', 'loops', :noon, NULL);
DROP TABLE team_moves;
UPDATE alembic_version SET version_num = '0011';
"""


#: As 0012 has its tables: what a person gave for an answer, points alone. Frozen as well.
MARK_ROWS = """
INSERT INTO score_parts (judgement, position, source, points, max_points, who, comment)
 VALUES ('j1', 1, 'person', 0.5, 1.0, 'p1', 'well told');
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def first_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A database in the form of 0001, with a row or two in each of its tables."""
    yield from database(request, tmp_path, [("0001", ROWS)])


@pytest.fixture(params=["sqlite", "postgresql"])
def before_classes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """The same, with more rows."""
    yield from database(request, tmp_path, [("0001", ROWS + LATER_ROWS)])


@pytest.fixture(params=["sqlite", "postgresql"])
def before_moves(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """The same, brought to 0011, with teams whose members came and went."""
    yield from database(request, tmp_path, [("0001", ROWS), ("0012", TEAM_ROWS)])


@pytest.fixture(params=["sqlite", "postgresql"])
def before_marks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """The same, brought to 0012, with a person's part of a score."""
    yield from database(request, tmp_path, [("0001", ROWS), ("0012", MARK_ROWS)])


def database(request: pytest.FixtureRequest, folder: Path, steps: list[tuple[str, str]]) -> Iterator[Path | str]:
    """At each step's version, rows are put in as it has its tables: `forms` holds what it told the database."""
    kind, zone = request.param, ".000000" if request.param == "sqlite" else "+00"
    script = "".join((FORMS / f"{version}.{kind}.sql").read_text() + rows for version, rows in steps)
    for name, hour in (("noon", 12), ("one", 13), ("two", 14)):
        script = script.replace(f":{name}", f"'2026-10-27 {hour}:00:00{zone}'")
    if kind == "sqlite":
        with closing(sqlite3.connect(folder / "records.db")) as db:
            db.executescript(script)
        yield folder / "records.db"
    else:
        server: Server = request.getfixturevalue("postgres")
        name = server.database()
        with psycopg.connect(server.url(name)) as driver:
            driver.execute(script.encode())
        yield server.url(name)
        server.drop(name)


def test_the_steps_lead_to_the_tables(before_classes: Path | str, tmp_path: Path) -> None:
    """With checks, partial indexes and defaults; only the order of columns may be another."""
    asyncio.run(opened(store_at(before_classes)))
    if isinstance(before_classes, Path):
        new: Path | str = tmp_path / "new.db"
    else:
        with psycopg.connect(before_classes, autocommit=True) as driver:
            driver.execute("CREATE SCHEMA new")
        new = f"{before_classes}&options=-csearch_path%3Dnew"
    asyncio.run(opened(store_at(new)))
    declared = shape(new)
    assert len(declared) > 20 and shape(before_classes) == declared


async def opened(store: Store) -> None:
    await store.open()
    await store.close()


def shape(place: Path | str) -> list[object]:
    """What a database says of its tables."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as db:
            rows = db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND sql NOTNULL")
            return sorted((name, parts(sql)) for name, sql in rows)
    asked = [
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2",
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2",
    ]
    with psycopg.connect(place) as driver:
        rows = [row for statement in asked for row in driver.execute(statement)]
    return [tuple(str(said).replace("new.", "public.") for said in row) for row in rows if "alembic" not in row[0]]


def parts(sql: str) -> list[str]:
    """What stands between the outer brackets, in no order: a later column stands last in SQLite's text."""
    head, _, rest = sql.partition("(")
    inner, _, tail = rest.rpartition(")")
    return sorted(" ".join(part.split()) for part in [head, tail, *re.split(r",(?![^(]*\))", inner)])


async def test_records_of_the_first_version_are_kept(first_version: Path | str) -> None:
    store = store_at(first_version)
    await store.open()
    desk = Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))
    assert (desk.enrolment.person, desk.enrolment.course, desk.enrolment.time_zone) == ("p1", "basics", "Europe/Berlin")
    found = await store.find("s1")
    assert found is not None and found.judgement is not None and found.faults == 1
    sent, judged = found.submission, found.judgement
    assert (sent.source, sent.kind, sent.state, sent.attempt) == ("x = 1", Kind.SUBMIT, State.JUDGED, 1)
    assert (sent.received_at, sent.claimed_at, sent.cells) == (NOON, None, (Cell("a = 1", "c", "given", None),))
    assert (judged.id, judged.verdict, judged.score) == ("j1", Verdict.WA, Score(1.33, 2.0))
    assert (judged.notices, judged.checks[0].diff) == ((Notice("n", "Text.", {}),), {"kind": "value"})
    ledger = await store.ledger("local:basics", "p1", "loops", "sum-even")
    assert ledger.progress == Progress(
        *("local:basics", "p1", "sum-even", NOON, NOON, "s1", 1.33, 2.0, None, False),
        *("s1", NOON, 1.33, None, False, 1, 1, 0.25),
        *("WA", ("c1",)),
    )
    assert (ledger.overrides, ledger.opened_at, ledger.waiting) == ((Override({"attempts": 3}, unit="loops"),), NOON, 1)
    assert await store.hints("local:basics", "p1", "sum-even") == [HintGiven(1, NOON, 0.25)]
    assert await store.base("local:basics", "p1", "loops", "v1") == '{"cells": []}'
    assert [pending.event.id for pending in await store.undelivered(9)] == ["e2"]
    await store.close()


async def test_work_goes_on_after_the_steps(first_version: Path | str) -> None:
    """What the first version accepted and did not judge is judged; the next is accepted."""
    store = store_at(first_version)
    await store.open()
    desk = Desk(store, OFFERING, await store.enrol(OFFERING, "ana"))
    (claimed,) = await store.claim(Lease("me", NOON + timedelta(hours=1)), NOON + timedelta(seconds=1), limit=9)
    waiting = claimed.submission
    assert waiting.id == "s2"
    recorded = await store.record(waiting, desk.judge(waiting), lambda before, _: Step(State.JUDGED, before, 2))
    assert recorded.fresh and (await desk.judged(desk.send("x = 3"))).verdict is Verdict.WA
    await store.close()


async def test_the_steps_are_taken_once_by_servers_that_start_together(first_version: Path | str) -> None:
    stores = [store_at(first_version) for _ in range(3)]
    await asyncio.gather(*(store.open() for store in stores))
    assert len({(await store.enrol(OFFERING, "ana")).person for store in stores}) == 1
    await asyncio.gather(*(store.close() for store in stores))
    again = store_at(first_version)
    await again.open()
    await again.close()
    if isinstance(first_version, Path):
        with sqlite3.connect(first_version) as db:
            assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        db.close()
    else:
        with psycopg.connect(first_version) as driver:
            assert driver.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


async def test_overrides_of_the_version_before_classes_are_of_no_section(before_classes: Path | str) -> None:
    store = store_at(before_classes)
    await store.open()
    ledger = await store.ledger("local:basics", "p1", "loops", "sum-even")
    more_time = Override({"time_factor": 1.5}, person="p1")
    assert sorted(ledger.overrides, key=lambda o: o.unit) == [more_time, Override({"attempts": 3}, unit="loops")]
    await store.rule("local:basics", [whole(Override({}, person="p1"))], by=None, at=NOON)
    assert (await store.ledgers("local:basics", "p1")).overrides == (Override({"attempts": 3}, unit="loops"),)
    await store.close()


async def test_moves_of_before_are_told_without_who_and_why(before_moves: Path | str) -> None:
    store = store_at(before_moves)
    await store.open()
    hour = timedelta(hours=1)
    assert list(await store.team_moves("local:basics", "p1")) == [
        TeamMove("p1", "loops", None, "red", None, NOON),
        TeamMove("p1", "loops", "red", "blue", None, NOON + hour),
        TeamMove("p1", "loops", "blue", None, None, NOON + 2 * hour),
    ]
    assert list(await store.team_moves("local:basics", "p2")) == [TeamMove("p2", "loops", None, "red", None, NOON)]
    await store.close()


async def test_marks_of_before_are_of_no_rubric(before_marks: Path | str) -> None:
    store = store_at(before_marks)
    await store.open()
    found = await store.find("s1")
    assert found is not None and found.judgement is not None
    person = ScorePart("person", 0.5, 1.0, "p1", "well told")
    assert found.judgement.parts == (ScorePart("checker", 1.33, 2.0), person) and person.items == ()
    await store.close()
