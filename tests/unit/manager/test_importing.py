"""What is imported, where it cannot be judged at once, or could not be handed in any more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from codegym_jlab.classes.imports.import_notebooks import PARKED, Importing, NotJudged
from codegym_jlab.classes.imports.notebook_sources import Source, Terms, look_through, moment_in
from codegym_jlab.course.notebook import mark_of, unit_notebook
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.records import State
from codegym_jlab.store.classes import Grouping, Joining

from .conftest import Class

pytestmark = pytest.mark.anyio


@pytest.fixture
async def importing(school: Class) -> Importing:
    await school.store.enlist(school.who.offering, lambda _: [Joining("ana", "student")], school.clock())
    loaded = await school.manager.course(school.who)
    prof = await school.store.make_person(school.who.offering, "prof")
    settings = Settings(fault_limit=1)
    store, judge, offering = school.store, school.judge, school.who.offering
    return Importing(store, loaded, judge, offering, who=prof, flow="f", clock=school.clock, settings=settings)


async def source(school: Class, folder: Path, answer: str, received_at: datetime | None = None) -> Source:
    """A notebook of ana's with this answer to the first exercise."""
    loaded = await school.manager.course(school.who)
    body = dict(unit_notebook(loaded, loaded.unit("loops")))
    for cell in body["cells"]:
        mark = mark_of(cell)
        if (mark.get("exercise"), mark.get("role")) == ("sum-even", "answer"):
            cell["source"] = answer
    (folder / "mail").mkdir(exist_ok=True)
    (folder / "mail" / "ana.ipynb").write_text(json.dumps(body))
    now = school.clock()
    return look_through(folder / "mail", Terms(frozenset({"ana"}), now, received_at or now), loaded)


async def test_without_a_sandbox_it_is_stored_and_said_and_then_judged(
    school: Class, importing: Importing, tmp_path: Path
) -> None:
    found = await source(school, tmp_path, "AC 2")
    school.judge.away = {"AC"}
    with pytest.raises(NotJudged):
        await importing.row(found, found.notebooks[0])
    school.judge.away = set()
    (one,) = (await importing.row(found, found.notebooks[0]))["answers"]
    assert (one["did"], one["verdict"]) == ("imported", "AC")
    ledger = await school.store.ledger(school.who.offering, school.who.person, "loops", "sum-even")
    assert ledger.progress.attempts == 1 and school.judge.judged == ["AC 2"] * 2


async def test_what_our_fault_keeps_from_being_judged_is_parked_and_told(
    school: Class, importing: Importing, tmp_path: Path
) -> None:
    found = await source(school, tmp_path, "boom")
    (one,) = (await importing.row(found, found.notebooks[0]))["answers"]
    assert one["error"] == PARKED
    kept = await school.store.find(one["submission"])
    assert kept is not None and kept.submission.state is State.PARKED and kept.submission.attempt is None


async def test_what_came_too_late_and_out_of_attempts_is_taken_all_the_same(
    school: Class, importing: Importing, tmp_path: Path
) -> None:
    due = school.clock() - timedelta(days=1)
    await school.policy(exercise="sum-even", attempts=1, due=due.isoformat(), late={"per_day": 0.5, "floor": 0})
    found = await source(school, tmp_path, "AC 2", due + timedelta(hours=1))
    (one,) = (await importing.row(found, found.notebooks[0]))["answers"]
    assert (one["late_s"], one["score"]) == (3600, 2)
    found = await source(school, tmp_path, "AC 1.5", due - timedelta(hours=1))
    (two,) = (await importing.row(found, found.notebooks[0]))["answers"]
    ledger = await school.store.ledger(school.who.offering, school.who.person, "loops", "sum-even")
    assert (ledger.progress.attempts, ledger.progress.counting_submission) == (2, two["submission"])
    assert ledger.progress.submission == one["submission"], "it came last, though it was imported first"


async def test_what_a_team_answers_is_the_teams_and_there_once_for_all_of_them(
    school: Class, importing: Importing, tmp_path: Path
) -> None:
    offering, now = school.who.offering, school.clock()
    await school.store.enlist(offering, lambda _: [Joining("ben", "student")], now)
    people = [m.person for m in await school.store.members(offering) if m.account in ("ana", "ben")]
    await school.store.regroup(offering, lambda *_: [Grouping(person, "loops", "A") for person in people], now)
    await school.policy(unit="loops", owner="team")
    found = await source(school, tmp_path, "AC 2")
    mine, theirs = found.notebooks[0], replace(found.notebooks[0], account="ben")
    ((one,), (two,)) = [(await importing.row(found, notebook))["answers"] for notebook in (mine, theirs)]
    assert one["submission"] == two["submission"] is not None
    kept = await school.store.find(one["submission"])
    (team,) = await school.store.teams(offering)
    assert kept is not None and kept.submission.person == team.id not in people


def test_times_as_files_have_them() -> None:
    noon = datetime(2026, 10, 27, 12, tzinfo=UTC)
    for text in ("2026-10-27 12:00:00 UTC", "2026-10-27T13:00+01:00", "2026-10-27 08:00 America/New_York"):
        assert moment_in(text) == noon
    assert moment_in("2026-10-27 13:00", ZoneInfo("Europe/Berlin")) == noon
    for text in ("", "soon", "2026-10-27", "2026-10-27 12:00 Nowhere/At_all"):
        with pytest.raises(ValueError):
            moment_in(text)
