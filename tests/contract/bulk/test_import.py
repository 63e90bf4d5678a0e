"""`codegym import`: notebooks that came another way, in the records once, whatever is killed meanwhile."""

from __future__ import annotations

import asyncio
import getpass
import json
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from contract.stored import ANSWERS, Stored, write_course

from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import Ledger
from codegym_jlab.bulk.steps import ImportOrder
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.notebook import mark_of, unit_notebook
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import Found
from codegym_jlab.store.classes import Joining, Offering

from .conftest import Office, until

DUE = datetime(2026, 10, 27, 12, tzinfo=UTC)
AUTUMN = Offering("autumn", "basics", "Basics", time_zone="Europe/Berlin", ends=DUE)
AT = ("--received-at", "2026-10-27T10:00", "--reason", "the network was down")
POINTS = [before for before, _ in ANSWERS.values()]


@dataclass
class Desk(Office):
    """A class with students, and the notebooks that they handed in by mail."""

    loaded: LoadedCourse
    folder: Path

    def put(self, path: str, answer: str, unit: str = "one", folder: Path | None = None) -> Path:
        """A notebook of a unit with this answer."""
        body = dict(unit_notebook(self.loaded, self.loaded.unit(unit)))
        for cell in body["cells"]:
            if mark_of(cell).get("role") == "answer":
                cell["source"] = answer
        at = (folder or self.folder) / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(json.dumps(body))
        return at

    def put_all(self, students: int) -> None:
        """One of each student and unit."""
        for number in range(students):
            for unit, exercise in (("one", "twice"), ("two", "double")):
                answer = list(ANSWERS)[number % 4].format(e=exercise) + f"\n# {number}\n"
                self.put(f"submitted/s{number:02}/{unit}/{unit}.ipynb", answer, unit)

    def bring(self, *words: str, fails: bool = False, source: Path | None = None) -> list[dict[str, Any]]:
        done = self.say("import", "autumn", str(source or self.folder), "--json", *words, exit_code=int(fails))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def look(self, *words: str, exit_code: int = 0) -> list[dict[str, Any]]:
        done = self.say("import", "autumn", str(self.folder), "--json", "--dry-run", *words, exit_code=exit_code)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sent(self) -> dict[tuple[str, str], list[Found]]:
        """What stands in the records, by account and exercise."""

        async def read(store: Store) -> dict[tuple[str, str], list[Found]]:
            accounts = await store.accounts("autumn")
            lines = await store.handed_in("autumn", ["twice", "double"], ("", ""), 9999)
            return {(accounts[w.person] or "", w.exercise): [*one.found] for one in lines for w in [one.progress]}

        return self.read(read)

    def read(self, what: Callable[[Store], Any]) -> Any:
        async def run() -> Any:
            store = store_at(self.records)
            await store.open()
            try:
                return await what(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def events(self) -> Counter[tuple[str, str]]:
        """How often a submission was told of, by type."""

        async def read(store: Store) -> Counter[tuple[str, str]]:
            told = [one.event for one in await store.undelivered(99_999)]
            return Counter((one.type, str(one.data.get("submission"))) for one in told)

        found: Counter[tuple[str, str]] = self.read(read)
        return found

    def holds_each_once(self, students: int) -> None:
        """Every answer of `put_all`, judged, with its points; every event once."""
        sent = self.sent()
        assert len(sent) == 2 * students
        for (account, _), found in sent.items():
            (one,) = found
            assert one.judgement is not None
            assert one.judgement.score.points == POINTS[int(account[1:]) % 4]
        assert all(times == 1 for (type, _), times in self.events().items() if type != "user_progress_updated")

    def import_order(self) -> ImportOrder:
        """Of all, in small spans."""
        who = self.read(lambda store: store.make_person("autumn", "prof"))
        received = "2026-10-27T09:00:00+00:00"
        return ImportOrder(str(self.folder), self.loaded.digest, "autumn", who, "mail", received, span=2)


async def _class(records: Path | str, loaded: LoadedCourse, students: int) -> None:
    store = store_at(records)
    await store.open()
    await store.make_offering(AUTUMN)
    joining = [Joining(f"s{number:02}", "student") for number in range(students)] + [Joining("prof", "instructor")]
    await store.enlist("autumn", lambda members: joining, DUE)
    await store.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("CODEGYM_DATABASE", "")

    def made(students: int, records: Path | str = tmp_path / "codegym.sqlite") -> Desk:
        folder = write_course(tmp_path / "basics")
        loaded = load_course(folder)
        asyncio.run(_class(records, loaded, students))
        found = Desk(records, Stored(folder, ()), loaded, tmp_path / "mail")
        found.say("publish", str(folder), "--offering", "autumn", "--anyway")
        return found

    return made


Make = Callable[..., Desk]


def test_what_came_by_mail_is_in_the_records_once_and_judged_by_when_it_came(desk: Make) -> None:
    office = desk(4)
    office.put_all(3)
    office.put("submitted/s03/one/one.ipynb", office.loaded.unit("one").exercises[0].starter or "")
    (office.folder / "submitted/s02/one/timestamp.txt").write_text("2026-10-27 12:30:00.5 UTC")
    (office.folder / "autograded/s00/one").mkdir(parents=True)
    (office.folder / "autograded/s00/one/one.ipynb").write_text("{}")
    *rows, last = office.look(*AT)
    assert not office.sent() and last["dry_run"] and last["notebooks"] == 7 and last["passed_over"] == 2
    assert [row["answers"] for row in rows if row["account"] == "s03"] == [[]], "it was not begun"
    assert {answer["did"] for row in rows for answer in row["answers"]} == {"new"}

    *rows, last = office.bring(*AT)
    assert last["state"] == "done" and (last["imported"], last["there"], last["refused"]) == (6, 0, 0)
    office.holds_each_once(3)
    told = {(row["account"], answer["exercise"]): answer for row in rows for answer in row["answers"]}
    sent = office.sent()
    for key, (found,) in sent.items():
        assert found.judgement is not None and told[key]["submission"] == found.submission.id
        assert (told[key]["score"], told[key]["verdict"]) == (found.judgement.score.points, found.judgement.verdict)
        assert found.submission.version == office.loaded.digest
        assert found.submission.submitter != found.submission.person, "who imports sent it"
        assert found.submission.reason == "the network was down"
    ten, later = (sent[who, "twice"][0].submission.received_at for who in ("s01", "s02"))
    assert ten == datetime(2026, 10, 27, 9, tzinfo=UTC), "a time without an offset is of the class's clock"
    assert later == datetime(2026, 10, 27, 12, 30, 0, 500_000, UTC), "what the file says goes before the command"
    assert told["s02", "twice"]["late_s"] == 1800.5 and "late_s" not in told["s01", "twice"]

    (told,) = map(json.loads, office.say("class", "history", "autumn", "s01", "--json").stdout.splitlines()[:1])
    assert (told["reason"], told["sent_by"], [one["cause"] for one in told["history"]]) == (
        "the network was down",
        getpass.getuser(),
        ["check"],
    )
    shown = office.say("class", "history", "autumn", "s01", "--exercise", "twice").stdout
    assert "the network was down" in " ".join(shown.split()) and "double" not in shown
    assert "Nobody called 'eve'" in office.say("class", "history", "autumn", "eve", exit_code=2).stderr

    ledger = Ledger(FlowDatabase(office.records))
    (flow,) = ledger.all()
    ledger.close()
    assert flow.kind == "import" and flow.order["why"] == "the network was down"
    assert "s01" not in json.dumps([flow.as_json(), flow.result]), "flows hold no names"


def test_the_same_again_adds_nothing_and_what_came_earlier_does_not_take_the_place_of_what_came_later(
    desk: Make,
) -> None:
    office = desk(3)
    office.put_all(3)
    office.bring(*AT)
    office.put("submitted/s00/one/one.ipynb", "def twice(x): return x + 1")
    (office.folder / "submitted/s00/one/timestamp.txt").write_text("2026-10-20 12:00:00 UTC")
    *_, again = office.bring("--received-at", "2026-10-27T10:00", "--reason", "found in a drawer")
    assert (again["imported"], again["there"]) == (1, 5)
    older, newer = office.sent().pop(("s00", "twice"))
    assert older.submission.source.endswith("x + 1") and "2 * x" in newer.submission.source

    async def read(store: Store) -> Any:
        lines = await store.handed_in("autumn", ["twice"], ("", ""), 9)
        return next(one.progress for one in lines if len(one.found) == 2)

    line = office.read(read)
    assert line.submission == newer.submission.id and line.attempts == 2 and line.counting_score == POINTS[0]


def test_bad_files_are_told_and_the_rest_goes_on_and_comes_from_a_zip_too(desk: Make, tmp_path: Path) -> None:
    office = desk(4)
    inside = tmp_path / "inside"
    office.put("Ana Example_17/Loops.ipynb", "def twice(x): return 2 * x", folder=inside)
    office.put("s01/a.ipynb", "def twice(x): return 2 * x", folder=inside)
    office.put("s01/b.ipynb", "def twice(x): return x", folder=inside)
    office.put("nobody/one.ipynb", "def twice(x): return x", folder=inside)
    (inside / "s02.ipynb").write_text('{"cells": [')
    (inside / "s03").mkdir()
    (inside / "s03/other.ipynb").write_text(json.dumps({"cells": [], "metadata": {"codegym": {"course": "other"}}}))
    (inside / "s03/readme.txt").write_text("hello")
    (inside / "__MACOSX").mkdir()
    (inside / "__MACOSX/s03.ipynb").write_text("{}")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(inside.rglob("*.*")):
            packed.write(file, f"hw1/{file.relative_to(inside)}")
        packed.writestr("../../escape.txt", "no")
    whose = tmp_path / "whose.csv"
    whose.write_text("file;account;received_at\nhw1/Ana Example_17;s00;2026-10-27 08:00\nhw1/nobody;s77;\n")
    *rows, last = office.bring(*AT, "--table", str(whose), source=archive, fails=True)
    errors = {row["file"]: row.get("error", "") for row in rows}
    assert (
        "cut off or no notebook" in errors["hw1/s02.ipynb"]
        and "no unit of this course" in errors["hw1/s03/other.ipynb"]
    )
    assert "several notebooks" in errors["hw1/s01/a.ipynb"] and "several notebooks" in errors["hw1/s01/b.ipynb"]
    assert "the table names is no student" in errors["hw1/nobody/one.ipynb"]
    assert errors["hw1/Ana Example_17/Loops.ipynb"] == ""
    assert (last["imported"], last["refused"], last["passed_over"]) == (1, 5, 3)
    ((key, (found,)),) = office.sent().items()
    assert key == ("s00", "twice") and found.submission.received_at == datetime(2026, 10, 27, 7, tzinfo=UTC)


def test_wrong_use_of_import_is_told(desk: Make, tmp_path: Path) -> None:
    office = desk(1)
    mail = str(office.put("s00.ipynb", "def twice(x): return x").parent)
    table, junk = tmp_path / "bad.csv", tmp_path / "junk.zip"
    table.write_text("file,received_at\ns00.ipynb,yesterday\n")
    junk.write_bytes(b"PK no zip")
    for words, said in (
        (("autumn", mail), "--reason"),
        (("spring", mail, *AT), "no class spring"),
        (("local:basics", mail, *AT), "no class local:basics"),
        (("autumn", str(tmp_path / "no"), *AT), "no folder or zip"),
        (("autumn", str(junk), *AT), "no zip that can be read"),
        (("autumn", str(tmp_path / "basics"), *AT), "holds no notebook"),
        (("autumn", mail, "--received-at", "soon", "--reason", "x"), "is no time"),
        (("autumn", mail, *AT, "--table", str(table)), "bad.csv:2: 'yesterday' is no time"),
    ):
        look = ("--dry-run",) if "--reason" in words else ()
        done = office.say("import", *words, *look, exit_code=2)
        assert said in done.stderr, (words, done.stderr)
    assert "nothing says when" in office.look(exit_code=1)[0]["error"]


def test_a_killed_import_goes_on_and_nothing_is_doubled(desk: Make, place: Path | str) -> None:
    office = desk(60, place)  # so many that none ends between two looks at the records
    office.put_all(60)
    first = office.start("import", "autumn", str(office.folder), *AT)
    try:
        until(lambda: len(office.sent()) or first.poll() is not None)
    finally:
        first.kill()
        first.communicate()
    assert office.sent()
    *_, last = office.bring(*AT)
    assert last["state"] == "done" and (last["imported"], last["refused"]) == (120, 0)
    office.holds_each_once(60)


def test_a_stopped_import_goes_on_with_what_is_not_done(desk: Make) -> None:
    office = desk(12)
    office.put_all(12)
    assert isinstance(office.records, Path)
    ledger = Ledger(FlowDatabase(office.records))
    id = ledger.begin(office.import_order())
    worker = office.start("worker")
    seen = []

    def flow() -> Any:
        found = ledger.find(id)
        assert found is not None
        seen.append((found.done, found.spans))
        return found

    try:
        until(lambda: flow().done)
        ledger.cancel(id)
        assert flow().state == "cancelled" and flow().done < flow().spans == 12
        office.say("flows", "resume", id)
        until(lambda: flow().state == "done")
        assert "needs no resuming" in office.say("flows", "resume", id).stderr
    finally:
        worker.terminate()
        worker.communicate()
    assert all(done <= spans for done, spans in seen) and {spans for done, spans in seen if done} == {12}
    assert flow().result["imported"] == 24
    ledger.close()
    office.holds_each_once(12)


def test_two_workers_share_an_import_and_one_takes_over_what_the_other_leaves(desk: Make, own_database: str) -> None:
    office = desk(12, own_database)
    office.put_all(12)
    ledger = Ledger(FlowDatabase(own_database))
    workers = [office.start("worker"), office.start("worker")]
    try:
        for worker in workers:
            assert worker.stderr is not None and "works on flows" in worker.stderr.readline()
        id = ledger.begin(office.import_order())
        until(office.sent)
        workers[0].kill()
        until(lambda: (found := ledger.find(id)) is not None and found.is_over)
    finally:
        for worker in workers:
            worker.terminate()
            worker.communicate()
    flow = ledger.find(id)
    assert flow is not None and flow.state == "done" and flow.result is not None, flow
    assert (flow.result["imported"], flow.result["refused"]) == (24, 0)
    ledger.close()
    office.holds_each_once(12)


def test_what_has_failed_is_begun_anew(desk: Make) -> None:
    office = desk(2)
    office.put_all(2)
    assert isinstance(office.records, Path)
    ledger = Ledger(FlowDatabase(office.records))
    mail = office.folder.rename(office.folder.with_name("elsewhere"))
    id = ledger.begin(office.import_order())
    worker = office.start("worker")
    try:
        until(lambda: (found := ledger.find(id)) is not None and found.state == "failed" and "no folder" in found.why)
        mail.rename(office.folder)
        said = office.say("flows", "resume", id)
        assert "starts again as" in said.stderr
        anew = said.stdout.split()[0]
        until(lambda: (found := ledger.find(anew)) is not None and found.state == "done")
    finally:
        worker.terminate()
        worker.communicate()
    ledger.close()
    office.holds_each_once(2)


def old(path: Path, *cells: dict[str, Any]) -> str:
    """A student's notebook of an old grader."""
    body = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}
    for cell in cells:
        body["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, **cell})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body))
    return path.read_text()


def test_notebooks_of_nbgrader_and_zips_of_otter_come_in(desk: Make) -> None:
    """By the names of their answers; whose and when the gradebook says, in the layout that the tools write."""
    room = desk(students=2)
    answer, mark = list(ANSWERS)[0], {"grade": False, "solution": True, "locked": False, "schema_version": 3}
    test = {"grade": True, "solution": False, "locked": True, "points": 1, "grade_id": "test_twice"}
    old(
        room.folder / "submitted" / "nb-7" / "one" / "one.ipynb",
        {"source": answer.format(e="twice"), "metadata": {"nbgrader": {**mark, "grade_id": "twice"}}},
        {"source": "assert False", "metadata": {"nbgrader": test}},
    )
    book = sqlite3.connect(room.folder / "gradebook.db")
    book.executescript(
        "CREATE TABLE student (id, first_name, last_name, email, lms_user_id);"
        "CREATE TABLE assignment (id, name, duedate, course_id);"
        "CREATE TABLE submitted_assignment (id, assignment_id, student_id, timestamp, extension);"
        "INSERT INTO student VALUES ('nb-7', 'A', 'B', 's00', NULL);"
        "INSERT INTO assignment VALUES ('a', 'one', NULL, 'c');"
        "INSERT INTO submitted_assignment VALUES ('s', 'a', 'nb-7', '2026-10-27 08:30:00.000000', NULL);"
    )
    book.close()
    (told, _) = room.bring("--reason", "taken over")
    assert (told["account"], told["received_at"]) == ("s00", "2026-10-27T08:30:00+00:00")
    assert [one["exercise"] for one in told["answers"]] == ["twice"]
    assert "assert False" not in json.dumps([one.submission.source for one in room.sent()["s00", "twice"]])
    text = old(
        room.folder / "two.ipynb",
        {"source": "import otter\ngrader = otter.Notebook()"},
        {"source": answer.format(e="double"), "metadata": {"tags": ["otter_answer_cell"]}},
        {"source": 'grader.check("double")'},
    )
    mails = room.folder / "mails"
    mails.mkdir()
    with zipfile.ZipFile(mails / "s01_two_2026_10_27.zip", "w") as into:
        into.writestr("two.ipynb", text)
        into.writestr(".OTTER_LOG", "{}")
    (told, _) = room.bring(*AT, source=mails)
    assert (told["file"], told["account"], told["unit"]) == ("s01_two_2026_10_27.zip/two.ipynb", "s01", "two")
    assert [(one["exercise"], one["did"]) for one in told["answers"]] == [("double", "imported")]
    (found,) = room.sent()["s01", "double"]
    assert found.submission.cells == () and found.judgement is not None and found.judgement.score.points == POINTS[0]
