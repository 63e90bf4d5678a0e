"""A class on two servers over one database: what one of them changes, the other's next request sees."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from contract.stored import patient

from codegym_jlab.classes.manager import Actor, ClassManager, Scope
from codegym_jlab.classes.publication import Publisher
from codegym_jlab.classes.teams import TeamManager
from codegym_jlab.course.catalogue import load_catalogue
from codegym_jlab.grading import errors
from codegym_jlab.grading.admission import Places, Versions
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.records import Kind, new_id
from codegym_jlab.store.base import StoreUnavailable
from codegym_jlab.store.classes import Joining, Offering
from codegym_jlab.store.sql.store import SqlStore

from . import worker

pytestmark = pytest.mark.anyio
ID, HOUR = "autumn", timedelta(hours=1)
ROOT, PROF, OTHER = Actor("root", frozenset({"admin"})), Actor("prof"), Actor("other")


@dataclass
class Server:
    """One of two, with a folder of its own for what is published."""

    store: SqlStore
    manager: GradingManager
    classes: ClassManager
    publisher: Publisher
    folder: Path

    async def send(self, source: str, account: str = "ana") -> Outcome:
        who = await self.manager.enrol(account, "basics", local=False)
        return await self.manager.submit(
            who, "sum-even", kind=Kind.SUBMIT, source=source, idempotency_key=new_id(), wait_s=60
        )

    async def title(self) -> str:
        return (await self.manager.standing(await self.manager.enrol("ana", "basics", local=False), "sum-even")).title


@pytest.fixture
async def servers(place: Path | str, courses: Path, tmp_path: Path) -> AsyncIterator[list[Server]]:
    """With a class of one student, and the course as it is published for it."""
    (courses / "basics" / "data").mkdir()
    (courses / "basics" / "data" / "points.csv").write_bytes(bytes(range(256)))
    head = courses / "basics" / "course.yaml"
    head.write_text(head.read_text() + "files: [data/*.csv]\n")
    made = []
    for name in ("one", "two"):
        store, folder = patient(place), tmp_path / f"versions-{name}"
        catalogue, versions = load_catalogue(courses), Versions(store, folder)
        manager = GradingManager(store, catalogue, worker.SlowJudge(), settings=worker.SETTINGS, versions=versions)
        await manager.start()
        classes = ClassManager(store, Places(catalogue, versions))
        made.append(Server(store, manager, classes, Publisher(store, classes, versions), folder))
    await made[0].classes.make(ROOT, Offering(ID, "basics", "Basics"), ["prof", "other"])
    await made[0].classes.enlist(PROF, ID, [Joining("ana", "student", "A")])
    await made[0].publisher.publish(PROF, ID, courses / "basics", "first")
    yield made
    for server in made:
        await server.manager.close()
        await server.store.close()


def variant(courses: Path, folder: Path, title: str) -> Path:
    """A copy of the course with another title of its exercise."""
    shutil.copytree(courses / "basics", folder)
    unit = folder / "loops.yaml"
    unit.write_text(unit.read_text().replace("Sum of the even numbers", title))
    return folder


async def test_nothing_of_a_class_is_stale_on_the_other_server(servers: list[Server]) -> None:
    one, two = servers
    now = datetime.now(UTC)
    for server in servers:
        assert (await server.send(f"warm {server.folder.name}")).counts

    async def rule(scope: Scope, **fields: object) -> None:
        await one.classes.set_policy(PROF, ID, scope, fields, "exam")

    await rule(Scope(unit="loops"), due=(now - HOUR).isoformat())
    with pytest.raises(errors.Closed):
        await two.send("a")
    await one.classes.set_policy(PROF, ID, Scope(section="A"), {"due": (now + HOUR).isoformat()}, "exam")
    assert (await two.send("a")).late_s is None
    await rule(Scope("ana"), attempts=2)
    with pytest.raises(errors.AttemptsUsedUp):
        await two.send("b")
    await one.classes.enlist(PROF, ID, [Joining("ana", "student", "B")])
    with pytest.raises(errors.Closed):
        await two.send("b")
    await rule(Scope("ana"), attempts=None, late={"per_day": 0.1})
    assert (await two.send("b")).late_s is not None
    await one.classes.change(PROF, ID, {"time_zone": "Asia/Tokyo"})
    assert (await two.manager.enrol("ana", "basics", local=False)).time_zone == "Asia/Tokyo"
    await one.classes.enlist(PROF, ID, [Joining("ana", None)])
    with pytest.raises(errors.NotInCourse):
        await two.send("c")


async def test_a_team_on_two_servers_shares_its_attempts(servers: list[Server]) -> None:
    """Three attempts, and four who send at once: two members, each at both servers."""
    one, two = servers
    await one.classes.enlist(PROF, ID, [Joining("ben", "student", "B")])
    teams = TeamManager(one.store, one.classes)
    await teams.group(PROF, ID, ["loops"], {"ana": "red", "ben": "red"})
    await one.classes.set_policy(PROF, ID, Scope(unit="loops"), {"owner": "team", "attempts": 3}, "in pairs")
    sends = [server.send(f"x = {n}", who) for n, (server, who) in enumerate(product(servers, ("ana", "ben")))]
    told = await asyncio.gather(*sends, return_exceptions=True)
    refused = [one for one in told if isinstance(one, errors.AttemptsUsedUp)]
    assert len(refused) == 1 and sum(isinstance(one, Outcome) for one in told) == 3
    for server, who in product(servers, ("ana", "ben")):
        standing = await server.manager.standing(await server.manager.enrol(who, "basics", local=False), "sum-even")
        assert standing.attempts is not None and (standing.team, standing.attempts.used) == ("red", 3)
    await teams.group(PROF, ID, ["loops"], {"ben": None}, "he asked")
    assert (await two.send("x = 9", "ben")).standing.team is None, "alone from the next request on"


async def test_what_is_published_at_one_is_seen_at_the_other_byte_for_byte(
    servers: list[Server], courses: Path, tmp_path: Path
) -> None:
    one, two = servers
    assert [await server.title() for server in servers] == ["Sum of the even numbers"] * 2
    shutil.rmtree(courses)
    assert [await server.title() for server in servers] == ["Sum of the even numbers"] * 2, "the folder is not asked"
    (first,) = await two.publisher.publications(PROF, ID)
    served = await two.manager.course(await two.manager.enrol("ana", "basics", local=False))
    assert served.digest == first.version and dict(served.data_files)["data/points.csv"].read_bytes() == bytes(
        range(256)
    )


async def test_who_sends_while_a_version_is_published_is_judged_by_the_one_that_was_in_force(
    servers: list[Server], courses: Path, tmp_path: Path
) -> None:
    """An exam of three attempts: four students use them up at both servers meanwhile, and no attempt is lost."""
    one, two = servers
    names = [f"s{n}" for n in range(4)]
    await one.classes.enlist(PROF, ID, [Joining(name, "student") for name in names])
    exam = {"due": (datetime.now(UTC) + HOUR).isoformat(), "attempts": 3}
    await one.classes.set_policy(PROF, ID, Scope(unit="loops"), exam, "exam")
    (first,) = await one.publisher.publications(PROF, ID)
    early = await one.send("early", names[0])
    folder = variant(courses, tmp_path / "new", "new")
    turns = ((one, names[1:]), (two, names), (one, names))
    sends = [server.send(f"{name} {n}", name) for n, (server, who) in enumerate(turns) for name in who]
    second, *sent = await asyncio.gather(two.publisher.publish(PROF, ID, folder), *sends)
    assert len(sent) == 11
    for outcome in (early, *sent):
        found = await two.store.find(outcome.submission.id)
        assert found is not None and found.judgement is not None
        assert found.judgement.course_digest == found.submission.version
        assert found.submission.version in (first.version, second.version)
    for server, name in product(servers, names):
        with pytest.raises(errors.AttemptsUsedUp):
            await server.send("one more", name)
    await two.classes.set_policy(PROF, ID, Scope(unit="loops"), {"attempts": 4}, "it was changed meanwhile")
    for server, name in zip((one, two) * 2, names, strict=True):
        last = await server.send("the fourth", name)
        assert last.judgement is not None and last.judgement.course_digest == second.version


async def test_two_instructors_who_publish_at_once_come_one_after_the_other(
    servers: list[Server], courses: Path, tmp_path: Path
) -> None:
    one, two = servers
    folders = [variant(courses, tmp_path / name, name) for name in ("left", "right")]
    made = await asyncio.gather(
        one.publisher.publish(PROF, ID, folders[0], "left"), two.publisher.publish(OTHER, ID, folders[1], "right")
    )
    assert sorted(p.number for p in made) == [2, 3]
    assert all(p.changes == ("loops: exercise sum-even: title",) for p in made), "each told against the one before"
    last = max(made, key=lambda p: p.number)
    assert [await server.title() for server in servers] == [last.note] * 2
    listed = await one.publisher.publications(PROF, ID)
    assert [p.number for p in listed] == [3, 2, 1] and {p.note for p in listed[:2]} == {"left", "right"}
    events = [p.event for p in await one.store.undelivered(99) if p.event.type == "course_published"]
    assert [(event.data["number"], event.data["digest"]) for event in events] == [
        (p.number, p.version) for p in reversed(listed)
    ]


async def test_the_same_published_by_both_at_once_is_published_once(
    servers: list[Server], courses: Path, tmp_path: Path
) -> None:
    folder = variant(courses, tmp_path / "new", "new")
    answers = await asyncio.gather(
        *(server.publisher.publish(PROF, ID, folder) for server in servers), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyPublished", "Publication"]


async def test_a_version_that_is_damaged_on_the_disk_is_read_anew(servers: list[Server], tmp_path: Path) -> None:
    one, two = servers
    await two.title()
    (folder,) = two.folder.iterdir()
    for spoil in (
        lambda: (folder / "loops.yaml").write_text("id: loops\ntitle: Forged\ncells: []\n"),
        lambda: (folder / "more.yaml").write_text("x"),
        lambda: (folder / "data" / "points.csv").unlink(),
    ):
        spoil()
        fresh = Versions(two.store, two.folder)
        loaded = await fresh.course(folder.name)
        assert loaded.digest == folder.name and loaded.find("sum-even")[1].title == "Sum of the even numbers"


async def test_a_file_that_is_damaged_in_the_records_is_told_and_never_served(
    servers: list[Server], tmp_path: Path
) -> None:
    one, two = servers
    (published,) = await one.publisher.publications(PROF, ID)

    class Damaged:
        version = two.store.version

        async def course_files(self, digests: list[str]) -> dict[str, bytes]:
            found = dict(await two.store.course_files(digests))
            return {digest: body + b" " for digest, body in found.items()}

    with pytest.raises(StoreUnavailable, match="Publish the course again"):
        await Versions(Damaged(), tmp_path / "third").course(published.version)  # type: ignore[arg-type]
    assert not (tmp_path / "third" / published.version).exists()
