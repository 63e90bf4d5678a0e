"""Who was erased stays so when a backup from before is put back, on either database, and in older forms."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from contract.postgres import Server
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app
from codegym_jlab.store import store_at
from codegym_jlab.store.backup import LIST, BackupError, listed, save
from codegym_jlab.store.base import Erasure, ExerciseDraft

from .conftest import NOON
from .test_backup import Place, hand_in, rows_of
from .test_migrations import LATER_ROWS, OFFERING, ROWS, database

pytestmark = pytest.mark.anyio
WORD = "zqx-hers"


@pytest.fixture(params=["sqlite", "postgresql"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Two people's, on either database."""
    target: Place = tmp_path / "now" / "codegym.sqlite"
    postgres: Server | None = None
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        name = postgres.database()
        target = postgres.url(name)
    else:
        target.parent.mkdir()  # type: ignore[union-attr]
    hand_in(target, f"{WORD}-account", f"x = '{WORD}'")
    asyncio.run(drafted(target))
    hand_in(target, "ben", "y = 'his'")
    yield target
    if postgres is not None:
        postgres.drop(name)


async def drafted(place: Place) -> None:
    store = store_at(place)
    await store.open()
    await store.add_exercise_draft(ExerciseDraft("d", f"{WORD}-account", {"topic": WORD}, NOON))
    await store.close()


async def erase(place: Place, account: str) -> str:
    store = store_at(place)
    await store.open()
    (mine,) = await store.memberships(account)
    person = mine.enrolment.person
    assert await store.erase(Erasure(OFFERING.id, person, NOON, "tim", "asked"))
    await store.compact()
    await store.close()
    return person


def back(file: Path, place: Place, *words: object) -> Result:
    told = [str(word) for word in ("restore", file, "--json", "--records", place, *words)]
    return CliRunner().invoke(app, told)


def again(result: Result) -> int:
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["erased_again"])


def words_in(place: Place) -> str:
    return repr(rows_of(place))


async def test_by_the_records_that_it_takes_the_place_of(records: Place, tmp_path: Path) -> None:
    save(records, tmp_path / "before.zip")
    person = await erase(records, f"{WORD}-account")
    assert again(back(tmp_path / "before.zip", records, "--replace")) == 1
    assert [row[0] for row in rows_of(records)["erasures"]] == [person]
    assert WORD not in words_in(records) and "his" in words_in(records)
    if isinstance(records, Path):
        assert WORD.encode() not in records.read_bytes()
    store = store_at(records)
    await store.open()
    assert not await store.memberships(f"{WORD}-account")
    await store.close()
    assert again(back(tmp_path / "before.zip", records, "--replace")) == 1, "and another time"


async def test_by_the_list_beside_backups_where_those_records_are_gone(records: Place, tmp_path: Path) -> None:
    save(records, tmp_path / "1.zip")
    assert not (tmp_path / LIST).exists()
    person = await erase(records, f"{WORD}-account")
    save(records, tmp_path / "2.zip")
    save(records, tmp_path / "3.zip")
    assert (tmp_path / LIST).stat().st_mode & 0o777 == 0o600
    (told,) = (tmp_path / LIST).read_text().splitlines()
    assert json.loads(told) == {"offering": OFFERING.id, "person": person, "erased_at": NOON.isoformat()}
    new = tmp_path / "new.sqlite"
    assert again(back(tmp_path / "1.zip", new)) == 1
    assert WORD.encode() not in new.read_bytes() and "his" in words_in(new)


async def test_by_a_list_that_is_named(records: Place, tmp_path: Path) -> None:
    for folder in ("old", "late"):
        (tmp_path / folder).mkdir()
    save(records, tmp_path / "old" / "1.zip")
    await erase(records, f"{WORD}-account")
    save(records, tmp_path / "late" / "2.zip")
    assert again(back(tmp_path / "old" / "1.zip", tmp_path / "a.sqlite")) == 0
    named = tmp_path / "late" / LIST
    assert again(back(tmp_path / "old" / "1.zip", tmp_path / "b.sqlite", "--erased", named)) == 1
    missing = back(tmp_path / "old" / "1.zip", tmp_path / "c.sqlite", "--erased", tmp_path / "none")
    assert missing.exit_code == 2 and "does not exist" in missing.output and not (tmp_path / "c.sqlite").exists()


async def test_from_an_older_form(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    class Sqlite:
        param = "sqlite"

    making = database(Sqlite(), tmp_path, [("0001", ROWS + LATER_ROWS)])  # type: ignore[arg-type]
    old = next(making)
    save(old, tmp_path / "old.zip")
    store = store_at(old)
    await store.open()
    people = [row[0] for row in rows_of(old)["people"]]
    await store.close()
    told = [{"offering": OFFERING.id, "person": one, "erased_at": NOON.isoformat()} for one in (*people, "nobody")]
    (tmp_path / LIST).write_text("".join(json.dumps(one) + "\n" for one in told))
    count = again(back(tmp_path / "old.zip", tmp_path / "new.sqlite"))
    here = [row for row in rows_of(tmp_path / "new.sqlite")["erasures"]]
    assert count == len(here) > 0
    next(making, None)


def test_a_line_that_is_none(tmp_path: Path) -> None:
    (tmp_path / LIST).write_text('{"offering": "o", "person": "p", "erased_at": "2026-01-02T03:04:05+00:00"}\n{}\n')
    with pytest.raises(BackupError, match=f"{LIST}:2: "):
        listed(tmp_path / LIST)
