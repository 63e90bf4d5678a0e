"""A class over HTTP, as its records say who is in it: each role's reach, and what students see of what is published."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.store.conftest import Desk
from server.conftest import Call, answer, word
from tornado.httpclient import HTTPResponse

from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import Ledger
from codegym_jlab.bulk.steps import Order
from codegym_jlab.classes.imports import import_notebooks, old_notebooks
from codegym_jlab.course.loader import load_course
from codegym_jlab.course.notebook import mark_of, unit_notebook
from codegym_jlab.records import State, Verdict
from codegym_jlab.store.base import Step

ID = "demo-autumn"
MAKE = {"id": ID, "course": "demo", "title": "Demo", "term": "autumn", "time_zone": "Europe/Berlin"}
As = Callable[..., Awaitable[HTTPResponse]]


@pytest.fixture
def identity_class() -> str:
    return "server.identities.Named"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"admins": "root, other"}


@pytest.fixture
def ask(call: Call, session: dict[str, str]) -> As:
    async def asked(who: str, method: str, path: str, body: Any = None, **options: Any) -> HTTPResponse:
        """From a browser; with `by` of another kind, from there."""
        headers = options.pop("by", session)
        return await call(method, path, body, headers={"X-Who": who, **headers}, **options)

    return asked


@pytest.fixture
def school(ask: As) -> Callable[[], Awaitable[As]]:
    async def made() -> As:
        """With an instructor, a grader and two students, and the course as it is in the folder."""
        await good(ask("root", "POST", "classes", MAKE))
        people = [{"account": "prof", "role": "instructor"}]
        await good(ask("root", "POST", f"classes/{ID}/members", {"people": people}))
        people = [{"account": "tim", "role": "grader"}, {"account": "ana", "role": "student", "section": "A"}]
        people += [{"account": "ben", "role": "student", "section": "B"}]
        await good(ask("prof", "POST", f"classes/{ID}/members", {"people": people}))
        await good(ask("prof", "POST", f"classes/{ID}/versions", {"note": "first"}))
        return ask

    return made


async def good(response: Awaitable[HTTPResponse]) -> Any:
    got = await response
    assert got.code == 200, got.body
    return answer(got)


READING = ["", "/similar", "/members", "/teams", "/reviews", "/policy", "/policy/history", "/versions", "/gradebook"]
READING += ["/parked", "/flows"]
CHANGING: list[tuple[str, Any]] = [
    ("", {"title": "New"}),
    ("/members", {"people": [{"account": "eve", "role": "student"}]}),
    ("/teams", {"units": ["one"], "people": [{"account": "ana", "team": "red"}]}),
    ("/teams/name", {"unit": "one", "team": "red", "name": "red"}),
    ("/policy", {"set": {"attempts": 3}, "why": "plan"}),
    ("/extensions", {"account": "ana", "unit": "one", "by": "P1D", "why": "ill"}),
    ("/versions", {"version": "ffff"}),
    ("/regrade", {"exercise": "none"}),
    ("/parked", {}),
    ("/flows/none/stop", {}),
    ("/flows/none/resume", {}),
    ("/import", {"upload": ""}),
    ("/person/erase", {"account": "nobody", "why": "asked"}),
]
#: Let in, and refused for another reason.
BEYOND = {
    "/extensions": "nothing_to_extend",
    "/versions": "unknown_version",
    "/regrade": "unknown_exercise",
    "/import": "unfit",
    "/person/erase": "unknown_person",
}


async def test_each_role_reaches_so_far(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    for who in ("ana", "eve"):
        for path in (*READING, "/gradebook.csv", "/history"):
            assert word(await ask(who, "GET", f"classes/{ID}{path}")) == "forbidden"
        held = await ask(who, "GET", f"classes/{ID}/policy/held", params={"account": "ana", "unit": "one"})
        assert word(held) == "forbidden"
    for who in ("ana", "eve", "tim"):
        for path, body in CHANGING:
            assert word(await ask(who, "POST", f"classes/{ID}{path}", body)) == "forbidden"
        assert word(await ask(who, "GET", f"classes/{ID}/versions/changes")) == "forbidden"
    for who in ("ana", "eve", "tim", "prof"):
        assert word(await ask(who, "POST", "classes", {**MAKE, "id": "another"})) == "forbidden"
    for who in ("tim", "prof", "other"):
        for path in READING:
            await good(ask(who, "GET", f"classes/{ID}{path}"))
        await good(ask(who, "GET", f"classes/{ID}/policy/held", params={"account": "ana", "exercise": "add"}))
    for who in ("prof", "other"):
        for path, body in CHANGING:
            response = await ask(who, "POST", f"classes/{ID}{path}", body)
            assert response.code == 200 or word(response) == BEYOND[path]
    mine = {
        who: [c["id"] for c in (await good(ask(who, "GET", "classes")))["classes"]] for who in ("ana", "tim", "root")
    }
    assert mine == {"ana": [], "tim": [ID], "root": [ID]}
    assert word(await ask("root", "GET", "classes/nowhere")) == "unknown_offering"
    assert word(await ask("prof", "GET", "classes/nowhere")) == "forbidden"


def by_token(token: str) -> list[dict[str, str]]:
    """Each way in which a request shows one."""
    return [{}, {"Authorization": f"token {token}"}, {"Authorization": f"Bearer {token}"}]


async def test_a_token_does_a_students_work_only_whoever_has_it(
    school: Callable[[], Awaitable[As]], jp_serverapp: Any, session: dict[str, str]
) -> None:
    ask = await school()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "idempotency_key": "k", "source": "add = 1"}
    id = (await good(ask("ana", "POST", "submissions", sent)))["submission"]["id"]
    shown = by_token(jp_serverapp.identity_provider.token)
    for headers in [*shown, {**session, "Authorization": "token another"}]:
        for who in ("tim", "prof", "root"):
            for path in (*(f"classes/{ID}{path}" for path in READING), "classes", f"submissions/{id}/staff"):
                assert_by_token(await ask(who, "GET", path, by=headers))
    for who in ("prof", "root"):
        for path, body in CHANGING:
            assert_by_token(await ask(who, "POST", f"classes/{ID}{path}", body, by=shown[0]))
        assert_by_token(await ask(who, "POST", "classes", {**MAKE, "id": "another"}, by=shown[0]))
    assert_by_token(await ask("prof", "GET", f"classes/{ID}", by=session, params={"token": "another"}))
    page = await good(ask("prof", "GET", "courses/demo", by=shown[0]))
    assert page["person"]["roles"] == ["student"]
    assert (await good(ask("prof", "GET", "courses/demo")))["person"]["roles"] == ["instructor"]
    await good(ask("prof", "POST", "submissions", sent, by=shown[0]))


def assert_by_token(response: HTTPResponse) -> None:
    """Refused, for being by token."""
    assert response.code == 403
    assert answer(response)["error"]["message"].startswith("A token gives only a student's rights.")


class TestStaffTokens:
    """Where the settings say so."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"admins": "root", "staff_tokens": True}

    async def test_they_do_staffs_work(self, school: Callable[[], Awaitable[As]], ask: As) -> None:
        await school()
        await good(ask("tim", "GET", f"classes/{ID}", by={}))
        assert word(await ask("ana", "GET", f"classes/{ID}", by={})) == "forbidden"


async def test_what_is_not_published_is_told_to_staff_in_a_browser(ask: As) -> None:
    await good(ask("root", "POST", "classes", MAKE))
    people = [{"account": "prof", "role": "instructor"}]
    await good(ask("root", "POST", f"classes/{ID}/members", {"people": people}))
    assert [row["broken"] for row in (await good(ask("prof", "GET", "courses")))["courses"]] == [True]
    assert (await good(ask("prof", "GET", "courses", by={})))["courses"] == []


async def test_students_see_what_is_published_and_nothing_else(
    school: Callable[[], Awaitable[As]], courses_dir: Path
) -> None:
    ask = await school()
    file = courses_dir / "demo" / "one.yaml"
    text = file.read_text()
    file.write_text(text.replace("title: Add two numbers", "title: Add them"))

    async def title() -> str:
        page = await good(ask("ana", "GET", "courses/demo"))
        return str(page["units"][0]["exercises"][0]["title"])

    page = await good(ask("ana", "GET", "courses/demo"))
    assert page["person"]["roles"] == ["student"] and page["time_zone"] == "Europe/Berlin"
    assert [row["id"] for row in (await good(ask("ana", "GET", "courses")))["courses"]] == ["demo"]
    assert await title() == "Add two numbers"
    made = await good(ask("prof", "POST", f"classes/{ID}/versions", {"note": "shorter"}))
    assert (made["number"], made["changes"], made["published_by"]) == (2, ["one: exercise add: title"], "prof")
    assert await title() == "Add them"
    file.write_text(text + "  - nonsense\n")
    broken = await ask("prof", "POST", f"classes/{ID}/versions", {})
    assert word(broken) == "course_broken" and answer(broken)["error"]["details"]["errors"]
    first = (await good(ask("tim", "GET", f"classes/{ID}/versions")))["versions"][-1]["version"]
    back = await good(ask("prof", "POST", f"classes/{ID}/versions", {"version": first}))
    assert back["number"] == 3 and await title() == "Add two numbers"
    assert word(await ask("eve", "GET", "courses/demo")) == "forbidden"
    assert (await good(ask("eve", "GET", "courses")))["courses"] == []


async def test_an_answer_is_judged_and_shown_to_the_staff_of_its_class(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "idempotency_key": "k"}
    outcome = await good(ask("ana", "POST", "submissions", {**sent, "source": "def add(a, b):\n    return a + b\n"}))
    assert outcome["judgement"]["verdict"] == "AC"
    staff = f"submissions/{outcome['submission']['id']}/staff"
    for who in ("tim", "prof", "root"):
        await good(ask(who, "GET", staff))
    for who in ("ana", "ben", "eve"):
        assert word(await ask(who, "GET", staff)) == "forbidden"
    opened = await good(ask("ana", "POST", "courses/demo/units/one/open", {}))
    assert opened["created"]


async def test_more_time_holds_for_the_next_request(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    past = {"unit": "one", "set": {"due": "2020-01-01T12:00"}, "why": "plan"}
    (ruling,) = (await good(ask("prof", "POST", f"classes/{ID}/policy", past)))["overrides"]
    assert (ruling["unit"], ruling["account"], ruling["set_by"], ruling["why"]) == ("one", None, "prof", "plan")
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "source": "1", "idempotency_key": "a"}
    assert word(await ask("ana", "POST", "submissions", sent)) == "closed"
    more = {"account": "ana", "unit": "one", "until": "2090-01-01T12:00:00+01:00", "why": "ill"}
    held = await good(ask("prof", "POST", f"classes/{ID}/extensions", more))
    assert held["holds"]["due"] == "2090-01-01T11:00:00+00:00"
    await good(ask("ana", "POST", "submissions", sent))
    assert word(await ask("ben", "POST", "submissions", sent)) == "closed"
    asked = {"account": "ana", "exercise": "add"}
    held = await good(ask("tim", "GET", f"classes/{ID}/policy/held", params=asked))
    due = next(field for field in held["fields"] if field["field"] == "due")
    assert due["set_by"] == {"level": "student", "part": "unit"}
    cleared = await good(
        ask("prof", "POST", f"classes/{ID}/policy", {"account": "ana", "unit": "one", "clear": [], "why": "x"})
    )
    assert [one["account"] for one in cleared["overrides"]] == [None]
    assert word(await ask("ana", "POST", "submissions", {**sent, "idempotency_key": "b"})) == "closed"
    history = (await good(ask("tim", "GET", f"classes/{ID}/policy/history")))["changes"]
    assert [change["after"] is None for change in history] == [True, False, False]


async def test_who_leaves_is_out_at_once(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    await good(ask("ana", "GET", "courses/demo"))
    told = await good(ask("prof", "POST", f"classes/{ID}/members", {"people": [{"account": "ana", "role": None}]}))
    assert told["people"] == [
        {"account": "ana", "before": {"role": "student", "section": "A"}, "after": None, "changes": True}
    ]
    assert word(await ask("ana", "GET", "courses/demo")) == "forbidden"
    last = {"people": [{"account": "prof", "role": None}]}
    assert word(await ask("prof", "POST", f"classes/{ID}/members", last)) == "last_instructor"


async def test_a_table_is_looked_at_then_taken(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    table = {"table": "account;section\nana;C\nzoe;A\n", "leave_others": True}
    looked = await good(ask("prof", "POST", f"classes/{ID}/members", {**table, "dry_run": True}))
    assert [(one["account"], one["before"] is None, one["after"] is None) for one in looked["people"]] == [
        ("ana", False, False),
        ("zoe", True, False),
        ("ben", False, True),
    ]
    assert len((await good(ask("tim", "GET", f"classes/{ID}")))["sections"]) == 2
    assert await good(ask("prof", "POST", f"classes/{ID}/members", table)) == looked
    assert [one["section"] for one in (await good(ask("tim", "GET", f"classes/{ID}")))["sections"]] == ["A", "C"]
    await good(ask("prof", "POST", f"classes/{ID}/members", {"table": "account,name\nzoe,Zoe Quinn"}))
    found = (await good(ask("tim", "GET", f"classes/{ID}/members")))["members"]
    assert {one["account"]: one["name"] for one in found if one["account"] in ("ana", "zoe")} == {
        "ana": None,
        "zoe": "Zoe Quinn",
    }
    wrong = await ask("prof", "POST", f"classes/{ID}/members", {"table": "name\nzoe"})
    assert answer(wrong)["error"]["details"]["errors"][0].startswith("roster:1: there is no column `account`")


async def test_marks_leave_as_other_systems_read_them(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "source": "def add(a, b): return a + b", "cells": []}
    await good(ask("ana", "POST", "submissions", {**sent, "idempotency_key": "m"}))

    async def table(**params: str) -> list[list[str]]:
        got = await ask("tim", "GET", f"classes/{ID}/gradebook.csv", params=params)
        assert got.code == 200 and got.headers["Content-Type"].startswith("text/csv")
        return [*csv.reader(io.StringIO(got.body.decode()))]

    assert await table(form="long") == await table(long="1") != await table()
    heads, *rows = await table(form="moodle")
    assert heads == ["Username", "Unit one", "Unit two"]
    assert rows == [["ana", "2", ""], ["ben", "", ""]]
    heads, ana = await table(form="gradescope", unit="one", section="A")
    row = dict(zip(heads, ana, strict=True))
    assert (row["SID"], row["Status"], row["Total Score"]) == ("ana", "Graded", "2")
    wrong = [{"form": "gradescope"}, {"form": "gradescope", "unit": "nine"}, {"form": "excel"}]
    words = [word(await ask("tim", "GET", f"classes/{ID}/gradebook.csv", params=one)) for one in wrong]
    assert words == ["unknown_unit", "unknown_unit", "malformed"]


async def test_what_could_not_be_judged_is_read_and_judged_again(
    school: Callable[[], Awaitable[As]], jp_serverapp: Any
) -> None:
    ask = await school()
    await good(ask("ana", "GET", "courses/demo"))
    store = (await jp_serverapp.extension_manager.extension_points["codegym_jlab"].app.backend.services()).store
    (mine,) = await store.memberships("ana")
    desk = Desk(store, mine.offering, mine.enrolment, "add", "one")
    sent = desk.send("def add(a, b): return a + b", cells=(), version=mine.enrolment.version)
    await desk.accept(sent)
    await store.record(sent, desk.judge(sent, Verdict.JE), lambda before, faults: Step(State.PARKED, before))

    (found,) = (await good(ask("tim", "GET", f"classes/{ID}/parked")))["answers"]
    assert (found["submission"], found["account"], found["exercise"]) == (sent.id, "ana", "add")
    assert found["why"] == "Cell 4 was skipped."
    whole = await good(ask("tim", "GET", f"submissions/{sent.id}/staff"))
    assert whole["judgement"]["source"] == sent.source
    assert (await good(ask("prof", "POST", f"classes/{ID}/parked", {})))["answers"] == []
    (act, *_) = (await good(ask("prof", "GET", f"classes/{ID}/audit")))["acts"]
    assert (act["act"], act["who"]) == ("retry", "prof")
    state = ""
    async with asyncio.timeout(60):
        while state != "judged":
            await asyncio.sleep(0.1)
            state = (await good(ask("ana", "GET", f"submissions/{sent.id}")))["submission"]["state"]
    assert (await good(ask("tim", "GET", f"classes/{ID}/parked")))["answers"] == []


async def test_old_notebooks_are_looked_at_then_handed_in_page_by_page(
    school: Callable[[], Awaitable[As]], courses_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_notebooks, "PAGE", 2)
    ask, loaded = await school(), load_course(courses_dir / "demo")
    right: Any = unit_notebook(loaded, loaded.unit("one"))
    for cell in right["cells"]:
        if (mark_of(cell).get("exercise"), mark_of(cell).get("role")) == ("add", "answer"):
            cell["source"] = "def add(a, b):\n    return a + b"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("ana/one.ipynb", "ben/one.ipynb", "stranger/one.ipynb"):
            file.writestr(name, json.dumps(right))
    upload = {"upload": base64.b64encode(packed.getvalue()).decode(), "received_at": "2026-01-02T12:00:00Z"}

    async def pages(**more: str) -> list[Any]:
        rows, after = [], 0
        while after is not None:
            page = await good(ask("prof", "POST", f"classes/{ID}/import", {**upload, **more, "after": after}))
            assert page["total"] == 3
            rows, after = rows + page["rows"], page["next"]
        return rows

    def told(rows: list[Any]) -> list[Any]:
        return [(row["account"], [(one["exercise"], one["did"]) for one in row["answers"]]) for row in rows]

    both = [("ana", [("add", "new")]), ("ben", [("add", "new")]), (None, [])]
    rows = await pages()
    assert told(rows) == both and "no part of its path" in rows[2]["error"]
    assert told(await pages()) == both, "nothing was stored"
    rows = await pages(table="file,account,received_at\nstranger,ben,2026-01-03T08:00\nben,nobody,\n")
    assert told(rows) == [("ana", [("add", "new")]), ("nobody", []), ("ben", [("add", "new")])]
    assert rows[2]["received_at"] == "2026-01-03T07:00:00+00:00", "as the clocks of the class showed it"
    unfit = await ask("prof", "POST", f"classes/{ID}/import", {**upload, "table": "name\nx"})
    assert answer(unfit)["error"]["details"]["errors"][0].startswith("table:1: there is no column `file`")
    assert [one[1] for one in told(await pages(why="from last year's system"))] == [
        *([("add", "imported")], [("add", "imported")]),
        [],
    ]
    assert [one[1] for one in told(await pages(why="again"))] == [[("add", "there")], [("add", "there")], []]
    past = (await good(ask("tim", "GET", f"classes/{ID}/history", params={"account": "ben"})))["past"]
    assert [(one["sent_by"], one["reason"]) for one in past] == [("prof", "from last year's system")]
    wrong = await ask("prof", "POST", f"classes/{ID}/import", {"upload": base64.b64encode(b"no zip").decode()})
    assert word(wrong) == "unfit" and "/tmp" not in answer(wrong)["error"]["message"]


async def test_works_that_commands_began_are_seen_stopped_and_gone_on_with(
    school: Callable[[], Awaitable[As]], tmp_path: Path
) -> None:
    """Of this class alone; who did it is in the audit log."""
    ask, place = await school(), FlowDatabase(tmp_path / "records" / "codegym.sqlite")
    assert (await good(ask("tim", "GET", f"classes/{ID}/flows")))["flows"] == []
    with closing(Ledger(place)) as ledger:
        id, _ = (ledger.begin(Order("", "d", of, ["add"], "someone", "a check was wrong")) for of in (ID, "other"))

    async def flow(what: str) -> Any:
        (found,) = (await good(ask("prof", "POST", f"classes/{ID}/flows/{id}/{what}", {})))["flows"]
        assert (found["id"], found["kind"], found["reason"]) == (id, "regrade", "a check was wrong")
        return found["state"]

    assert [await flow(what) for what in ("resume", "stop", "stop", "resume")] == [
        "waiting",
        *2 * ["cancelled"],
        "waiting",
    ]
    acts = (await good(ask("prof", "GET", f"classes/{ID}/audit")))["acts"]
    assert [(act["act"], act["who"], act["what"]["flow"]) for act in acts[:2]] == [
        ("resume", "prof", id),
        ("cancel", "prof", id),
    ]


async def test_a_zip_of_nbgraders_folder_has_its_gradebook(
    school: Callable[[], Awaitable[As]], courses_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose a notebook is and when it came are asked of it; what is no gradebook, or never answers, says nothing."""
    monkeypatch.setattr(old_notebooks, "MOST_STEPS", 1_000_000)
    ask, loaded = await school(), load_course(courses_dir / "demo")
    begun: Any = unit_notebook(loaded, loaded.unit("one"))
    for cell in begun["cells"]:
        if (mark_of(cell).get("exercise"), mark_of(cell).get("role")) == ("add", "answer"):
            cell["source"] = "def add(a, b):\n    return a + b"

    async def looked_at(people: str, place: str = "course101/gradebook.db") -> Any:
        with closing(sqlite3.connect(tmp_path / "gradebook.db")) as book:
            book.executescript(
                f"{people}; CREATE TABLE assignment (id, name);"
                "CREATE TABLE submitted_assignment (assignment_id, student_id, timestamp);"
                "INSERT INTO assignment VALUES ('a', 'one');"
                "INSERT INTO submitted_assignment VALUES ('a', 'nb-7', '2026-01-02 08:30:00');"
            )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("course101/submitted/nb-7/one/one.ipynb", json.dumps(begun))
            file.write(tmp_path / "gradebook.db", place)
        (tmp_path / "gradebook.db").unlink()
        upload = {"upload": base64.b64encode(packed.getvalue()).decode()}
        (row,) = (await good(ask("prof", "POST", f"classes/{ID}/import", upload)))["rows"]
        return row["account"], row["received_at"]

    people = "CREATE TABLE student (id, email, lms_user_id); INSERT INTO student VALUES ('nb-7', 'ana', NULL)"
    assert await looked_at(people) == ("ana", "2026-01-02T08:30:00+00:00")
    own = "course101/submitted/nb-7/one/gradebook.db"  # a student's says nothing of when they handed in
    assert await looked_at(people, own) == (None, None)
    without_end = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, i AS email FROM n"
    assert await looked_at(f"CREATE VIEW student AS {without_end}") == (None, None)


async def test_a_mark_is_set_excused_and_taken_back(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "source": "def add(a, b): return a", "cells": []}
    id = (await good(ask("ana", "POST", "submissions", {**sent, "idempotency_key": "m"})))["submission"]["id"]
    policy, here = f"classes/{ID}/policy", {"account": "ana", "exercise": "add"}

    async def counts() -> tuple[Any, str, float, float]:
        book = await good(ask("tim", "GET", f"classes/{ID}/gradebook"))
        at = [one["exercise"] for one in book["exercises"]].index("add")
        (ana,) = [one for one in book["students"] if one["account"] == "ana"]
        page = await good(ask("ana", "GET", "courses/demo"))
        assert (page["points"], page["max_points"]) == (ana["points"], ana["max_points"])
        return ana["scores"][at], ana["signs"][at], ana["points"], ana["max_points"]

    before, _, points, most = await counts()
    worth = next(e["points"] for e in (await good(ask("tim", "GET", f"classes/{ID}/gradebook")))["exercises"])
    assert word(await ask("prof", "POST", policy, {**here, "set": {"mark": 0.5}})) == "needs_reason"
    assert word(await ask("prof", "POST", policy, {**here, "set": {"mark": 99.0}, "why": "x"})) == "unfit"
    assert word(await ask("prof", "POST", policy, {"exercise": "add", "set": {"mark": 1.0}, "why": "x"})) == "unfit"
    nothing = {"account": "ben", "exercise": "add", "set": {"mark": 1.0}, "why": "x"}
    assert word(await ask("prof", "POST", policy, nothing)) == "nothing_to_mark"
    await good(ask("prof", "POST", policy, {**here, "set": {"mark": worth}, "why": "power cut, seen on paper"}))
    assert await counts() == (worth, "m", points - before + worth, most)
    notices = (await good(ask("ana", "GET", f"submissions/{id}")))["judgement"]["notices"]
    assert [one["args"]["why"] for one in notices if one["code"] == "mark_set"] == ["power cut, seen on paper"]
    past = (await good(ask("tim", "GET", f"classes/{ID}/history", params={"account": "ana", "exercise": "add"})))[
        "past"
    ]
    newest = past[0]["history"][-1]
    assert (newest["who"], newest["why"], newest["mark"]) == ("prof", "power cut, seen on paper", worth)
    again = {**sent, "source": "def add(a, b): return b", "idempotency_key": "m2"}
    await good(ask("ana", "POST", "submissions", again))
    assert (await counts())[:2] == (worth, "m")
    await good(ask("prof", "POST", policy, {**here, "set": {"excused": True}, "why": "ill"}))
    assert await counts() == (worth, "xm", points - before, most - worth)
    (row,) = (await good(ask("tim", "GET", f"classes/{ID}/progress", params={"section": "A"})))["rows"]
    assert (row["points"], sum(unit["max_points"] for unit in row["units"])) == (points - before, most - worth)
    spread = await good(ask("tim", "GET", f"classes/{ID}/scores", params={"exercise": "add", "section": "A"}))
    assert (sum(spread["bins"]), spread["not_begun"], spread["mean"]) == (0, 0, None)
    assert b"excused" in (await ask("tim", "GET", f"classes/{ID}/gradebook.csv")).body
    await good(ask("prof", "POST", policy, {**here, "clear": [], "why": "a mistake"}))
    assert await counts() == (before, "", points, most)


async def test_the_lowest_are_dropped_for_staff_and_student_alike(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    answers = {"add": "def add(a, b): return a", "limited": "x = 1", "print-it": "def hello(): print('hello')"}
    for exercise, source in answers.items():
        sent = {"course": "demo", "exercise": exercise, "kind": "submit", "source": source, "cells": []}
        await good(ask("ana", "POST", "submissions", {**sent, "idempotency_key": exercise}))

    async def drop(**body: Any) -> tuple[dict[str, str], float, float]:
        """What is dropped and why, as all see it, and what is left."""
        await good(ask("prof", "POST", f"classes/{ID}/policy", {"why": "as in the syllabus", **body}))
        book = await good(ask("tim", "GET", f"classes/{ID}/gradebook"))
        ana = next(one for one in book["students"] if one["account"] == "ana")
        page = await good(ask("ana", "GET", "courses/demo"))
        row = (await good(ask("tim", "GET", f"classes/{ID}/progress", params={"section": "A"})))["rows"][0]
        sums = {(it["points"], it["max_points"]) for it in (page, ana)}
        sums.add((row["points"], sum(unit["max_points"] for unit in row["units"])))
        gone = {e["id"]: e["dropped"] for u in page["units"] for e in u["exercises"] if e["dropped"]}
        signs = {e["exercise"]: s for e, s in zip(book["exercises"], ana["signs"], strict=True)}
        assert gone == {id: {"d": "exercise", "u": "unit"}[s[-1]] for id, s in signs.items() if s[-1:] in ("d", "u")}
        table = (await ask("tim", "GET", f"classes/{ID}/gradebook.csv")).body.decode().splitlines()[1]
        assert table.count("dropped") == len(gone)
        return gone, *sums.pop()

    lowest = {"set": {"drop_lowest": {"exercises": 1}}}
    assert word(await ask("prof", "POST", f"classes/{ID}/policy", lowest)) == "needs_reason"
    assert await drop(**lowest) == ({"add": "exercise"}, 2.0, 2.0)  # the only one of unit two stays
    assert (await drop(exercise="add", set={"drop_lowest": {"exercises": 0}}))[0] == {"limited": "exercise"}
    units = {"set": {"drop_lowest": {"units": 1}}}
    assert (await drop(**units))[0] == {"limited": "exercise", "add": "unit"}
    assert (await drop(unit="one", set={"drop_lowest": {"units": 0}}))[0]["print-it"] == "unit"
    assert word(await ask("prof", "POST", f"classes/{ID}/policy", {**units, "exercise": "add", "why": "x"})) == "unfit"
    held = await good(ask("tim", "GET", f"classes/{ID}/policy/held", params={"account": "ana", "unit": "one"}))
    said = {one["field"]: (one["value"], one["set_by"]) for one in held["fields"] if "drop" in one["field"]}
    assert said == {
        "drop_lowest.exercises": (1, {"level": "offering", "part": "course"}),
        "drop_lowest.units": (0, {"level": "offering", "part": "unit"}),
    }
    assert (await drop(account="ana", set={"drop_lowest": None}))[0] == {}


async def test_a_regrade_is_looked_at_then_recorded(school: Callable[[], Awaitable[As]], courses_dir: Path) -> None:
    ask = await school()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "cells": []}
    source = "def add(a, b): return a - b"
    await good(ask("ana", "POST", "submissions", {**sent, "source": source, "idempotency_key": "r"}))
    file = courses_dir / "demo" / "one.yaml"
    file.write_text(file.read_text().replace("equals: 3", "equals: -1"))
    changes = await good(ask("prof", "GET", f"classes/{ID}/versions/changes"))
    assert changes["students"] == 2 and any("add" in one for one in changes["changes"])
    await good(ask("prof", "POST", f"classes/{ID}/versions", {"anyway": True}))
    first = (await good(ask("tim", "GET", f"classes/{ID}/versions")))["versions"][-1]["version"]
    back = await good(ask("prof", "GET", f"classes/{ID}/versions/changes", params={"version": first}))
    assert back["changes"]
    looked = await good(ask("prof", "POST", f"classes/{ID}/regrade", {"exercise": "add"}))
    assert (looked["seen"], looked["total"], looked["next"], looked["recorded"]) == (1, 1, None, 0)
    assert word(await ask("prof", "POST", f"classes/{ID}/regrade", {"exercise": "add", "why": " "})) == "needs_reason"
    done = await good(
        ask("prof", "POST", f"classes/{ID}/regrade", {"exercise": "add", "why": "was wrong", "allow_lower": True})
    )
    assert (done["lines"], done["recorded"]) == (looked["lines"], len(looked["lines"]))
    again = await good(ask("prof", "POST", f"classes/{ID}/regrade", {"exercise": "add"}))
    assert again["lines"] == []


async def test_one_student_is_erased_by_an_instructor_and_exported_by_an_admin(
    school: Callable[[], Awaitable[As]],
) -> None:
    ask = await school()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "source": "def add(a, b): return 4242", "cells": []}
    await good(ask("ana", "POST", "submissions", {**sent, "idempotency_key": "e"}))
    of, place = {"params": {"account": "ana"}}, f"classes/{ID}/person"
    assert word(await ask("prof", "GET", f"{place}.zip", **of)) == "forbidden"
    packed = await ask("root", "GET", f"{place}.zip", **of)
    with zipfile.ZipFile(io.BytesIO(packed.body)) as archive:
        (answered,) = [name for name in archive.namelist() if name.endswith("answer.txt")]
        assert answered.startswith(f"{ID}/") and b"4242" in archive.read(answered)
    held = await good(ask("prof", "GET", place, **of))
    assert held["submissions"] == 1
    for who, whom in (("prof", "tim"), ("prof", "prof"), ("tim", "ana")):
        body = {"account": whom, "why": "asked"}
        assert word(await ask(who, "POST", f"{place}/erase", body)) == "forbidden", (who, whom)
    assert word(await ask("prof", "POST", f"{place}/erase", {"account": "ana", "why": " "})) == "unfit"
    erased = await good(ask("prof", "POST", f"{place}/erase", {"account": "ana", "why": "asked in writing"}))
    assert {name: erased[name] for name in held} == held
    book = await good(ask("prof", "GET", f"classes/{ID}/gradebook"))
    assert [one["account"] for one in book["students"]] == ["ben"]
    assert word(await ask("prof", "GET", place, **of)) == "unknown_person"


async def test_what_makes_no_sense_is_said(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    wrong: list[tuple[str, Any, str]] = [
        ("/policy", {"set": {"attemps": 1}, "why": "x"}, "unfit"),
        ("/policy", {"set": {"attempts": 1}}, "needs_reason"),
        ("/policy", {"why": "x"}, "unfit"),
        ("/policy", {"set": {}, "clear": []}, "unfit"),
        ("/policy", {"account": "ana", "section": "A", "set": {"tutor": "off"}}, "unfit"),
        ("/policy", {"account": "zoe", "set": {"tutor": "off"}}, "unknown_person"),
        ("/policy", {"section": "C", "set": {"tutor": "off"}}, "unknown_section"),
        ("/policy", {"unit": "nine", "set": {"tutor": "off"}}, "unknown_unit"),
        ("/extensions", {"account": "ana", "unit": "one", "why": "x"}, "unfit"),
        ("/extensions", {"account": "ana", "unit": "one", "by": "soon", "why": "x"}, "unfit"),
        ("/members", {"people": [{"account": " ", "role": "student"}]}, "unfit"),
        ("", {"time_zone": "Mars"}, "unfit"),
        ("/versions", {}, "already_published"),
    ]
    for path, body, code in wrong:
        assert word(await ask("prof", "POST", f"classes/{ID}{path}", body)) == code, (path, body)
    assert word(await ask("root", "POST", "classes", MAKE)) == "offering_taken"
    await good(ask("root", "POST", "classes", {**MAKE, "id": "other", "course": "absent"}))
    assert word(await ask("root", "POST", "classes/other/versions", {})) == "unknown_course"


async def test_while_nothing_is_published_its_staff_is_told(ask: As) -> None:
    await good(ask("root", "POST", "classes", MAKE))
    people = [{"account": "prof", "role": "instructor"}, {"account": "ana", "role": "student"}]
    await good(ask("root", "POST", f"classes/{ID}/members", {"people": people}))
    assert (await good(ask("ana", "GET", "courses")))["courses"] == []
    (row,) = (await good(ask("prof", "GET", "courses")))["courses"]
    assert row["broken"] and "not published" in row["errors"][0]
    assert word(await ask("ana", "GET", "courses/demo")) == "not_published"


async def test_what_the_check_finds_is_not_published_unless_anyway(
    school: Callable[[], Awaitable[As]], courses_dir: Path
) -> None:
    ask = await school()
    file = courses_dir / "demo" / "one.yaml"
    file.write_text(file.read_text().replace("SENTINEL_SOLUTION = a + b", "SENTINEL_SOLUTION = a - b"))
    refused = await ask("prof", "POST", f"classes/{ID}/versions", {"note": "quick"})
    error = answer(refused)["error"]
    assert (refused.code, error["code"]) == (409, "falls_short")
    assert "Nothing was published" in error["message"]
    assert any(": add: " in told for told in error["details"]["findings"])
    assert len((await good(ask("tim", "GET", f"classes/{ID}/versions")))["versions"]) == 1
    made = await good(ask("prof", "POST", f"classes/{ID}/versions", {"note": "quick", "anyway": True}))
    assert made["number"] == 2
    again = await ask("prof", "POST", f"classes/{ID}/versions", {})
    assert word(again) == "already_published"


async def test_a_course_comes_with_the_request_where_nobody_reaches_the_servers_folder(
    school: Callable[[], Awaitable[As]], courses_dir: Path
) -> None:
    ask, place = await school(), f"classes/{ID}/versions"
    folder = courses_dir / "demo"
    text = {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}

    def brought(**changed: str) -> dict[str, str]:
        return {name: base64.b64encode(body.encode()).decode() for name, body in {**text, **changed}.items()}

    title = {"course.yaml": text["course.yaml"].replace("title: ", "title: New ")}
    body = {"files": brought(**title), "note": "by hand"}
    told = await good(ask("prof", "POST", place, body | {"dry_run": True}))
    assert (told["number"], told["changes"]) == (2, ["course: title"])
    assert len((await good(ask("tim", "GET", place)))["versions"]) == 1
    assert word(await ask("tim", "POST", place, body)) == "forbidden"
    made = await good(ask("prof", "POST", place, body))
    assert (made["number"], made["changes"], made["note"]) == (2, ["course: title"], "by hand")
    (seen,) = (await good(ask("ana", "GET", "courses")))["courses"]
    assert seen["title"].startswith("New ")
    acts = (await good(ask("prof", "GET", f"classes/{ID}/audit")))["acts"]
    assert [act["act"] for act in acts].count("publish") == 2  # the first, and this one
    assert "title: New" not in (folder / "course.yaml").read_text()  # which is as it was

    worse = text["one.yaml"].replace("SENTINEL_SOLUTION = a + b", "SENTINEL_SOLUTION = a - b")
    assert word(await ask("prof", "POST", place, {"files": brought(**{"one.yaml": worse})})) == "falls_short"
    for files, errors in (
        (brought(**{"one.yaml": text["one.yaml"] + "  - nonsense: 1\n"}), r"one\.yaml:\d+"),
        ({"one.yaml": brought()["one.yaml"]}, r"course\.yaml"),
    ):
        for more in ({}, {"dry_run": True}, {"anyway": True}):
            refused = answer(await ask("prof", "POST", place, {"files": files, **more}))["error"]
            assert refused["code"] == "course_broken" and re.search(errors, refused["details"]["errors"][0])
    for name in ("../out.yaml", "/etc/out.yaml", "a/../../out.yaml", "a//b", "", ".git/config", "a\0b"):
        assert (await ask("prof", "POST", place, {"files": {**brought(), name: ""}})).code == 422, name
    assert len((await good(ask("tim", "GET", place)))["versions"]) == 2


async def test_a_team_shares_what_one_of_them_sends(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    red = [{"account": who, "team": "red"} for who in ("ana", "ben")]
    told = await good(ask("prof", "POST", f"classes/{ID}/teams", {"units": ["one"], "people": red}))
    assert [(one["account"], one["after"]) for one in told["people"]] == [("ana", "red"), ("ben", "red")]
    policy = {"unit": "one", "set": {"owner": "team", "attempts": 2}, "why": "in pairs"}
    await good(ask("prof", "POST", f"classes/{ID}/policy", policy))
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "source": "def add(a, b): return a", "cells": []}
    mine = await good(ask("ana", "POST", "submissions", {**sent, "idempotency_key": "a" * 20}))
    page = await good(ask("ben", "GET", "courses/demo"))
    (add,) = [one for unit in page["units"] for one in unit["exercises"] if one["id"] == "add"]
    assert add["team"] == "red" and add["attempts"] == {"used": 1, "max": 2, "left": 1}
    id = mine["submission"]["id"]
    assert (await good(ask("ben", "GET", f"submissions/{id}")))["judgement"]["verdict"] == "WA"
    claims = (await good(ask("ben", "GET", f"submissions/{id}/receipt")))["claims"]
    assert claims["version"] == 2 and claims["submitter"] != claims["person"]
    for field in ({"mark": 1.0}, {"excused": True}):
        body = {"account": "ben", "exercise": "add", "set": field, "why": "x"}
        assert word(await ask("prof", "POST", f"classes/{ID}/policy", body)) == "team_answers"
    alone = {"units": ["one"], "people": [{"account": "ben", "team": None}]}
    unsaid = await ask("prof", "POST", f"classes/{ID}/teams", alone)
    assert (unsaid.code, word(unsaid)) == (422, "needs_reason")
    moved = await good(ask("prof", "POST", f"classes/{ID}/teams", {**alone, "why": "works alone"}))
    assert [(one["before"], one["after"]) for one in moved["people"]] == [("red", None)]
    wrong = await ask(
        "prof", "POST", f"classes/{ID}/teams", {"units": ["one"], "people": [{"account": "tim", "team": "x"}]}
    )
    assert (wrong.code, word(wrong)) == (409, "not_students")
    assert (await ask("prof", "POST", f"classes/{ID}/extensions", {"unit": "one", "by": "P1D", "why": "x"})).code == 422


async def test_teams_come_by_a_table(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    body = {"units": ["one"], "people": [{"account": "ana", "team": "blue"}, {"account": "ben", "team": "blue"}]}
    await good(ask("prof", "POST", f"classes/{ID}/teams", body))
    table = {"units": ["one"], "people": [], "table": "account;team\nana;red\n", "leave_others": True}
    looked = await good(ask("prof", "POST", f"classes/{ID}/teams", {**table, "dry_run": True}))
    told = {one["account"]: (one["before"], one["after"]) for one in looked["people"]}
    assert told == {"ana": ("blue", "red"), "ben": ("blue", None)}
    assert await good(ask("prof", "POST", f"classes/{ID}/teams", table)) == looked
    wrong = await ask("prof", "POST", f"classes/{ID}/teams", {**table, "table": "account,team\nana,red\nana,blue"})
    assert answer(wrong)["error"]["details"]["errors"] == ["teams:3: ana stands in it twice"]


async def test_wrong_answers_stand_together_by_mistake_with_a_drafted_misconception(
    school: Callable[[], Awaitable[As]],
) -> None:
    ask = await school()
    place = f"classes/{ID}/wrong"
    first, second = (
        "def add(a, b):\n    a = b\n    return a + b",
        "def add(x, y):\n    # the sum\n    x = y\n    return x + y",
    )
    for who, source, key in (
        ("ana", "def add(a, b):\n    return 1", "k0"),
        ("ana", first, "k1"),
        ("ben", second, "k2"),
    ):
        body = {"course": "demo", "exercise": "add", "kind": "try", "source": source, "idempotency_key": key}
        await good(ask(who, "POST", "submissions", body))
    assert word(await ask("ana", "GET", place, params={"exercise": "add"})) == "forbidden"
    assert word(await ask("prof", "GET", place, params={"exercise": "none"})) == "unknown_exercise"
    told = await good(ask("tim", "GET", place))
    assert told["exercises"] == [{"exercise": "add", "title": "Add two numbers", "answers": 2}]
    told = await good(ask("tim", "GET", place, params={"exercise": "add"}))
    assert (told["answers"], told["left"]) == (2, 0), "of each student the newest"
    (cluster,) = told["clusters"]
    assert (cluster["answers"], cluster["lines"], cluster["code"]) == (2, [2], "a = b")
    assert cluster["source"] == first and cluster["misconception"] is None
    draft = cluster["draft"]
    assert draft["refused"] and draft["alike"] == 2
    (item,) = yaml.safe_load(draft["yaml"])
    assert item["wrong"] == f"{first}\n" and item["say"] and item["id"]
    other = {**body, "source": "def add(a, b):\n    return a + a", "idempotency_key": "k3"}
    await good(ask("ben", "POST", "submissions", other))
    told = await good(ask("tim", "GET", place, params={"exercise": "add"}))
    assert {(one["answers"], one["code"]) for one in told["clusters"]} == {(1, "a = b"), (1, "return a + a")}
    assert {one["question"] for one in told["clusters"]} == {cluster["question"]}, "one kind, in two places"
    whole = {**body, "kind": "submit", "source": "def add(a, b):\n    return a - b", "idempotency_key": "k4"}
    await good(ask("ben", "POST", "submissions", whole))
    told = await good(ask("prof", "GET", place, params={"exercise": "add"}))
    spoken = next(one for one in told["clusters"] if one["misconception"])
    assert (spoken["misconception"], spoken["draft"]) == ("minus", None) and "SENTINEL_SAY" in spoken["question"]
    long = "def add(a, b):\n    total = [a]\n    total.append(b)\n"
    long += "    while len(total) > 1:\n        total[0] += total.pop() * 2 // 2\n    return total[0]"
    for who, source in (("ana", long), ("ben", long.replace("total", "rest"))):
        await good(ask(who, "POST", "submissions", {**whole, "source": source, "idempotency_key": f"s-{who}"}))
    alike = await good(ask("tim", "GET", f"classes/{ID}/similar", params={"exercise": "add"}))
    (pair,) = alike["pairs"]
    assert {one["account"] for one in pair["answers"]} == {"ana", "ben"} and pair["share"] == 1
    assert word(await ask("prof", "GET", f"classes/{ID}/similar", params={"exercise": "none"})) == "unknown_exercise"


async def test_what_staff_do_stands_in_the_audit_log(school: Callable[[], Awaitable[As]]) -> None:
    ask = await school()
    place = f"classes/{ID}"
    ben = {"account": "ben", "role": None}
    await good(ask("prof", "POST", f"{place}/members", {"people": [ben], "dry_run": True}))
    assert word(await ask("tim", "POST", f"{place}/members", {"people": [ben]})) == "forbidden"
    await good(ask("prof", "POST", f"{place}/policy", {"account": "ana", "set": {"attempts": 3}, "why": "SECRET"}))
    await good(ask("prof", "POST", f"{place}/regrade", {"exercise": "add"}))
    assert (await ask("tim", "GET", f"{place}/gradebook.csv", params={"section": "A"})).code == 200
    assert word(await ask("prof", "GET", f"{place}/person.zip", params={"account": "ana"})) == "forbidden"
    assert (await ask("root", "GET", f"{place}/person.zip", params={"account": "ana"})).code == 200
    await good(ask("prof", "POST", f"{place}/person/erase", {"account": "ben", "why": "SECRET"}))
    for who in ("ana", "tim", "eve"):
        assert word(await ask(who, "GET", f"{place}/audit")) == "forbidden"
    told = await good(ask("prof", "GET", f"{place}/audit"))
    assert "SECRET" not in str(told)
    assert [(one["who"], one["act"], one["whom"], one["what"]) for one in told["acts"]] == [
        ("prof", "erase", [{"name": None, "became": ""}], {}),
        ("root", "export", [{"name": "ana", "became": ""}], {}),
        ("tim", "export", [], {}),
        ("prof", "policy", [{"name": "ana", "became": ""}], {"set": {"attempts": 3}}),
        ("prof", "publish", [], {}),
        (
            "prof",
            "members",
            [
                {"name": "tim", "became": "grader"},
                {"name": "ana", "became": "student"},
                {"name": None, "became": "student"},
            ],
            {},
        ),
        ("root", "members", [{"name": "prof", "became": "instructor"}], {}),
        ("root", "make", [], {"course": "demo"}),
    ]
    page = await good(ask("prof", "GET", f"{place}/audit", params={"after": told["acts"][0]["id"], "limit": "1"}))
    assert page["acts"] == told["acts"][1:2]
