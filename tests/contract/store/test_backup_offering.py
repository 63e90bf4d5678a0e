"""One class alone: saved without the others, put beside others that stay as they are, on either database."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contract.postgres import Server
from typer.testing import CliRunner

from codegym_jlab.cli import app
from codegym_jlab.events.records import course_published
from codegym_jlab.store import store_at
from codegym_jlab.store.backup.archive import BackupError, Reader, shapes_of
from codegym_jlab.store.backup.erasures import listed
from codegym_jlab.store.backup.offering import Taken, add
from codegym_jlab.store.backup.save import reading, save
from codegym_jlab.store.classes import Grouping, Joining, Offering, Override, Publication, Version
from codegym_jlab.store.privacy import Erasure
from codegym_jlab.store.sql.store import SqlStore

from .conftest import NOON, Desk
from .test_backup import Place, Rows, nothing, rows_of

MOVED, STAYS = Offering("autumn", "basics", "Basics"), Offering("spring", "basics", "Basics")


def work(place: Place, do: Callable[[SqlStore], Awaitable[None]]) -> None:
    async def run() -> None:
        store = store_at(place)
        await store.open()
        await do(store)
        await store.close()

    asyncio.run(run())


async def fill(store: SqlStore, offering: Offering, body: bytes) -> None:
    """A class with a published course, a team, an override, and what two people handed in."""
    await store.make_offering(offering)
    await store.enlist(offering.id, lambda _: [Joining("ana", "student", "A"), Joining("ben", "student")], NOON)
    people = {m.account: m.person for m in await store.members(offering.id)}
    digest = (offering.id * 64)[:64]
    version = Version(digest, "basics", "Basics", {"course.yaml": "shared", "one.yaml": digest}, NOON)
    told = course_published(offering=offering.id, number=1, course="basics", digest=digest, time=NOON)
    bodies = {"shared": b"schema: 1", digest: body}
    assert await store.publish(Publication(offering.id, 1, digest, people["ana"], NOON), version, bodies, told)
    await store.regroup(offering.id, lambda *_: [Grouping(people["ben"], "loops", "red")], NOON)
    await store.override(offering.id, Override({"attempts": 3}, person=people["ana"]), by=people["ana"], at=NOON)
    for account, person in people.items():
        (mine,) = [m.enrolment for m in await store.memberships(account or "") if m.offering.id == offering.id]
        desk = Desk(store, offering, mine)
        assert desk.enrolment.person == person
        await desk.judged(desk.send(f"{offering.id} of {account}", version=digest))
    await store.delivered([(await store.undelivered(1))[0].place])


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    place = tmp_path / "origin.sqlite"
    work(place, lambda store: fill(store, STAYS, b"b"))
    work(place, lambda store: fill(store, MOVED, b"a"))
    return place


@pytest.fixture(params=["sqlite", "postgresql", "nothing there"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Records of another server, with a class of their own; or none."""
    if request.param == "nothing there":
        yield tmp_path / "new" / "codegym.sqlite"
    elif request.param == "sqlite":
        work(tmp_path / "there.sqlite", lambda store: fill(store, STAYS, b"b"))
        yield tmp_path / "there.sqlite"
    else:
        server: Server = request.getfixturevalue("postgres")
        name = server.database()
        work(server.url(name), lambda store: fill(store, STAYS, b"b"))
        yield server.url(name)
        server.drop(name)


def brought(file: Path, place: Place, erased: list[Erasure] | None = None) -> int:
    reader = Reader(file)
    try:
        return add(reader, place, told=nothing, erased=erased or [])
    finally:
        reader.close()


def of_class(place: Place, offering: str) -> Rows:
    """Of tables that name their class, its rows, but for places in the outbox."""
    found: Rows = {}
    with reading(place) as connection:
        for shape in shapes_of(connection):
            names = list(shape.columns)
            at = (
                names.index("id" if shape.name == "offerings" else "offering") if _names_it(shape.name, names) else None
            )
            if at is None or shape.name == "outbox":
                continue
            rows = [tuple(row) for row in connection.execute(shape.reading())]
            found[shape.name] = sorted((row for row in rows if row[at] == offering), key=repr)
    return found


def _names_it(name: str, columns: list[str]) -> bool:
    return name == "offerings" or "offering" in columns


def test_a_class_goes_to_another_server_beside_its_own(origin: Path, there: Place, tmp_path: Path) -> None:
    file = tmp_path / "autumn.zip"
    save(origin, file, offering="autumn")
    assert b"spring of ana" not in b"".join(zipfile.ZipFile(file).read(n) for n in zipfile.ZipFile(file).namelist())
    before = of_class(there, "spring") if isinstance(there, str) or there.exists() else None
    assert brought(file, there) == 0
    assert of_class(there, "autumn") == of_class(origin, "autumn")
    assert before is None or of_class(there, "spring") == before
    rows = rows_of(there)
    assert len(rows["judgements"]) == (2 if before is None else 4)
    assert sorted({row[0] for row in rows["course_files"]}) == sorted(
        {"shared", ("autumn" * 64)[:64]} | (set() if before is None else {("spring" * 64)[:64]})
    )

    async def goes_on(store: SqlStore) -> None:
        (mine,) = [m.enrolment for m in await store.memberships("ana") if m.offering.id == "autumn"]
        desk = Desk(store, MOVED, replace(mine))
        found = await desk.store.sent_by("autumn", mine.person)
        judged = await store.find(found[0])
        assert judged is not None and judged.judgement is not None and judged.submission.source == "autumn of ana"
        await desk.judged(desk.send("and more"))
        waiting = [pending.event.offering for pending in await store.undelivered(99)]
        assert waiting.count("autumn") == 4, "what waited to be told is told from here"
        assert {team.name for team in await store.teams("autumn")} == {"red"}

    work(there, goes_on)


def test_one_that_is_there_stays_as_it_is(origin: Path, tmp_path: Path) -> None:
    file = tmp_path / "spring.zip"
    save(origin, file, offering="spring")
    before = rows_of(origin)
    with pytest.raises(Taken):
        brought(file, origin)
    assert rows_of(origin) == before
    with pytest.raises(BackupError, match="autumn, spring"):
        save(origin, tmp_path / "x.zip", offering="winter")
    assert not (tmp_path / "x.zip").exists()


def test_who_was_erased_meanwhile_is_erased_on_arrival(origin: Path, tmp_path: Path) -> None:
    file, place = tmp_path / "autumn.zip", tmp_path / "there.sqlite"
    save(origin, file, offering="autumn")

    async def erase(store: SqlStore) -> None:
        (ana,) = [m.enrolment.person for m in await store.memberships("ana") if m.offering.id == "autumn"]
        assert await store.erase(Erasure("autumn", ana, NOON, "root", "asked"))

    work(origin, erase)
    save(origin, tmp_path / "later.zip", offering="spring")
    assert brought(file, place, listed(tmp_path / "erased.jsonl")) == 1
    assert "autumn of ana" not in repr(rows_of(place)) and "autumn of ben" in repr(rows_of(place))


def test_the_commands_say_which_class_it_is(origin: Path, tmp_path: Path) -> None:
    file, there = tmp_path / "autumn.zip", tmp_path / "there.sqlite"
    run = lambda *words: CliRunner().invoke(app, list(words))  # noqa: E731
    saved = run("backup", "-o", str(file), "--offering", "autumn", "--records", str(origin), "--json")
    assert saved.exit_code == 0 and json.loads(saved.stdout)["offering"] == "autumn"
    assert "autumn: 2 submissions of 3 people" in run("restore", str(file), "--dry-run").stdout
    wrong = run("restore", str(file), "--replace", "--records", str(there))
    assert wrong.exit_code == 2 and "beside what is there" in wrong.stderr
    assert run("backup", "-o", str(tmp_path / "k.zip"), "--offering", "autumn", "--with-keys").exit_code == 2
    assert run("restore", str(file), "--records", str(there)).exit_code == 0
    again = run("restore", str(file), "--records", str(there))
    assert again.exit_code == 1 and "'autumn' is among the records already" in again.stderr
