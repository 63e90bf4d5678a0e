"""A student's way through a course over HTTP: open, check, hand in, hint, reset."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from server.conftest import Call, answer, word

RIGHT = "def add(a, b):\n    return a + b\n"
ENDLESS = "while True:\n    pass\n"
WRONG = "def add(a, b):\n    return a - b\n"


def sent(exercise: str, source: str, key: str, **more: Any) -> dict[str, Any]:
    """The body of a submission."""
    body = {"course": "demo", "exercise": exercise, "kind": "submit", "source": source, "idempotency_key": key}
    return {**body, **more}


async def stop(key: str, call: Call, **options: Any) -> Any:
    """Cancel by key, asked again until what was sent has come to be stored."""
    for _ in range(6000):
        response = await call("POST", "submissions/cancel", {"course": "demo", "idempotency_key": key}, **options)
        if response.code != 404:
            break
        await asyncio.sleep(0.01)
    assert response.code == 200, response.body
    return answer(response)


async def test_the_catalogue(call: Call) -> None:
    page = answer(await call("GET", "courses"))
    assert [course["id"] for course in page["courses"]] == ["demo", "timed", "broken"]
    demo, _, broken = page["courses"]
    assert (demo["title"], demo["state"], demo["exercises"], demo["max_points"]) == ("Demo", "not_started", 3, 4)
    assert broken["broken"] and "did you mean `units`?" in broken["errors"][0]
    assert page["place"] == "local"
    assert page["sandbox"]["level"]
    assert (demo["folder"], broken["folder"]) == (None, None), "their files are not among the server's"


async def test_a_catalogue_with_a_mistake(call: Call, courses_dir: Path) -> None:
    (courses_dir / "config.yaml").write_text("course: [demo]\n")
    page = answer(await call("GET", "courses"))
    assert "did you mean `courses`?" in page["errors"][0]


async def test_an_example_for_an_empty_folder(call: Call, courses_dir: Path) -> None:
    shutil.rmtree(courses_dir)
    assert answer(await call("GET", "courses"))["courses"] == []
    put = answer(await call("POST", "example", {}))
    assert Path(put["folder"]).parent == courses_dir
    (row,) = answer(await call("GET", "courses"))["courses"]
    assert (row["id"], row["broken"], row["exercises"]) == ("first-course", False, 1)
    again = await call("POST", "example", {})
    assert (again.code, word(again)) == (409, "cannot_write")


async def test_a_course(call: Call) -> None:
    page = answer(await call("GET", "courses/demo"))
    one, two = page["units"]
    assert [exercise["id"] for exercise in one["exercises"]] == ["add", "limited"]
    assert one["path"] is None and not one["locked"]
    assert page["go_on"] == {"unit": "one", "exercise": "add"}
    sealed = answer(await call("GET", "courses"))["sandbox"]["level"] == "namespaces"
    assert page["kernel"]["name"] == ("codegym-python3" if sealed else "python3")
    assert (page["kernel"]["why"] == "") is sealed
    assert ZoneInfo(page["time_zone"])
    assert [exercise["count"] for exercise in one["exercises"]] == ["best", "last"]
    assert page["person"]["roles"] == ["admin", "grader", "instructor", "student"]


async def test_no_such_course(call: Call) -> None:
    for path, code in [("courses/none", 404), ("courses/broken", 409), ("courses/..", 404)]:
        assert (await call("GET", path)).code == code, path


async def test_check_and_hand_in(call: Call) -> None:
    wrong = answer(await call("POST", "submissions", sent("add", WRONG, "1")))
    view = wrong["judgement"]
    assert (view["verdict"], view["score"], wrong["exercise"]["status"]) == ("WA", 0, "submitted")
    right = answer(await call("POST", "submissions", sent("add", RIGHT, "2")))
    assert (right["judgement"]["verdict"], right["judgement"]["score"]) == ("AC", 2)
    assert right["exercise"]["score"] == 2
    assert set(right["bundle"]) == {"application/vnd.codegym.judgement+json", "text/plain", "text/html"}
    page = answer(await call("GET", "courses/demo"))
    assert (page["points"], page["done"]) == (2, 1)
    assert page["units"][0]["exercises"][0] == right["exercise"]


async def test_a_try_runs_the_samples_alone(call: Call) -> None:
    tried = answer(await call("POST", "submissions", sent("add", RIGHT, "1", kind="try")))
    assert tried["judgement"]["hidden_not_run"] == 4
    assert tried["exercise"]["status"] == "tried"


async def test_the_same_key_is_one_submission(call: Call) -> None:
    body = sent("limited", "x = 2", "key-1")
    first = answer(await call("POST", "submissions", body))
    again = answer(await call("POST", "submissions", body))
    assert again["submission"]["id"] == first["submission"]["id"]
    assert again["exercise"]["attempts"] == {"used": 1, "max": 2, "left": 1}
    other = await call("POST", "submissions", {**body, "source": "x = 1"})
    assert (other.code, word(other)) == (409, "key_taken")


async def test_the_same_key_at_once_is_one_submission(call: Call) -> None:
    bodies = [sent("limited", "x = 2", "key-1") for _ in range(4)]
    replies = [answer(r) for r in await asyncio.gather(*(call("POST", "submissions", body) for body in bodies))]
    assert len({reply["submission"]["id"] for reply in replies}) == 1
    assert {reply["exercise"]["attempts"]["used"] for reply in replies} == {1}


async def test_attempts_end(call: Call) -> None:
    for n in (2, 3):
        assert (await call("POST", "submissions", sent("limited", f"x = {n}", f"k{n}"))).code == 200
    over = await call("POST", "submissions", sent("limited", "x = 1", "k4"))
    assert (over.code, word(over)) == (409, "attempts_used_up")
    said = {"template": "No attempts left. You can still check.", "args": []}
    assert answer(over)["error"]["details"] == {"used": 2, "max": 2, "left": 0, "said": said}


async def test_a_submission_again(call: Call) -> None:
    first = answer(await call("POST", "submissions", sent("add", RIGHT, "1")))
    path = f"submissions/{first['submission']['id']}"
    assert answer(await call("GET", path)) == first
    late = await call("POST", f"{path}/cancel")
    assert (late.code, word(late)) == (409, "already_judged")


async def test_stopping_while_it_is_judged(call: Call) -> None:
    await call("POST", "submissions", sent("add", RIGHT, "warm"))
    sending = asyncio.create_task(call("POST", "submissions", sent("limited", ENDLESS, "1")))
    stopped = await stop("1", call)
    replied = await sending
    assert (stopped["submission"]["state"], stopped["judgement"], stopped["bundle"]) == ("cancelled", None, None)
    assert stopped["exercise"]["attempts"] == {"used": 0, "max": 2, "left": 2}
    assert (replied.code, answer(replied)) == (200, stopped)
    assert await stop("1", call) == stopped


async def test_stopping_comes_too_late(call: Call) -> None:
    await call("POST", "submissions", sent("add", RIGHT, "1"))
    late = await call("POST", "submissions/cancel", {"course": "demo", "idempotency_key": "1"})
    assert (late.code, word(late)) == (409, "already_judged")


async def test_stopping_what_was_never_sent(call: Call) -> None:
    response = await call("POST", "submissions/cancel", {"course": "demo", "idempotency_key": "1"})
    assert (response.code, word(response)) == (404, "unknown_submission")


async def test_dates(call: Call) -> None:
    for exercise, code in [("locked", "not_open"), ("late", "closed")]:
        body = {**sent(exercise, "z = 3", "1"), "course": "timed"}
        response = await call("POST", "submissions", body)
        assert (response.code, word(response)) == (409, code)


async def test_cells_above_run_first(call: Call) -> None:
    cells = [{"source": "base = 1", "id": "c1", "role": None, "exercise": None}, {"source": "1 / 0"}]
    body = sent("limited", "x = base", "1", cells=cells)
    view = answer(await call("POST", "submissions", body))["judgement"]
    assert view["verdict"] == "AC"
    assert view["notices"]


async def test_hints(call: Call) -> None:
    path = "courses/demo/exercises/add/hints"
    assert answer(await call("GET", path))["given"] == []
    ladder = answer(await call("POST", path))
    assert [hint["rung"] for hint in ladder["given"]] == [1]
    soon = await call("POST", path)
    assert (soon.code, word(soon)) == (409, "not_yet")
    assert 0 < answer(soon)["error"]["details"]["wait_s"] <= 30
    assert 0 < int(soon.headers["Retry-After"]) <= 30


async def test_the_starter(call: Call) -> None:
    source = answer(await call("GET", "courses/demo/exercises/add/starter"))["source"]
    assert source == "def add(a, b):\n    ..."
    assert (await call("GET", "courses/demo/exercises/none/starter")).code == 404
    locked = await call("GET", "courses/timed/exercises/locked/starter")
    assert (locked.code, word(locked)) == (409, "not_open")


async def test_opening_a_unit(call: Call, jp_root_dir: Path) -> None:
    opened = answer(await call("POST", "courses/demo/units/one/open"))
    assert opened == {"path": "demo/one.ipynb", "created": True, "notices": [], "kernel": "python3"}
    before = (jp_root_dir / "demo/one.ipynb").read_bytes()
    assert (jp_root_dir / "demo/data/rain.csv").is_file()
    again = answer(await call("POST", "courses/demo/units/one/open"))
    assert again == {**opened, "created": False}
    assert (jp_root_dir / "demo/one.ipynb").read_bytes() == before
    page = answer(await call("GET", "courses/demo"))
    assert page["units"][0]["path"] == "demo/one.ipynb"


async def test_units_that_do_not_open(call: Call, jp_root_dir: Path) -> None:
    for path, code in [("demo/units/none", 404), ("timed/units/later", 409), ("none/units/one", 404)]:
        assert (await call("POST", f"courses/{path}/open")).code == code, path
        assert os.listdir(jp_root_dir) == []


async def test_repair_and_drafts(call: Call, jp_root_dir: Path) -> None:
    await call("POST", "courses/demo/units/one/open")
    notebook = json.loads((jp_root_dir / "demo/one.ipynb").read_text())
    whole = answer(await call("POST", "notebooks/repair", {"notebook": notebook}))
    assert not whole["changed"]
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "add-answer")
    cell["source"] = RIGHT
    drafts = {"course": "demo", "unit": "one", "notebook": notebook}
    assert answer(await call("POST", "drafts", drafts)) == {"kept": ["add"]}
    assert answer(await call("POST", "drafts", drafts)) == {"kept": []}
    notebook["cells"].append({**cell, "id": "copy"})
    mended = answer(await call("POST", "notebooks/repair", {"notebook": notebook}))
    assert mended["changed"] and mended["notices"]


async def test_a_locked_unit_cannot_be_had_by_repair(call: Call) -> None:
    stamp = {"schema": 1, "course": "timed", "unit": "later", "version": "0"}
    notebook = {"cells": [], "metadata": {"codegym": stamp}, "nbformat": 4, "nbformat_minor": 5}
    response = await call("POST", "notebooks/repair", {"notebook": notebook})
    assert (response.code, word(response)) == (409, "not_open")


async def test_download_my_work(call: Call, jp_root_dir: Path) -> None:
    await call("POST", "courses/demo/units/one/open")
    (jp_root_dir / "private.txt").write_text("mine")
    response = await call("GET", "work")
    assert "attachment" in response.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(response.body)) as packed:
        assert sorted(packed.namelist()) == ["demo/data/rain.csv", "demo/one.ipynb"]


async def test_staff_see_the_whole(call: Call) -> None:
    first = answer(await call("POST", "submissions", sent("add", WRONG, "1")))
    whole = await call("GET", f"submissions/{first['submission']['id']}/staff")
    assert whole.code == 200
    assert b"SENTINEL_INPUT" in whole.body
    (given,) = answer(whole)["history"]
    assert (given["cause"], given["holds"], given["who"]) == ("check", True, None)
    assert answer(whole)["reason"] is None and answer(whole)["sent_by"]


async def test_health(call: Call) -> None:
    assert answer(await call("GET", "health"))["alive"]
    await call("GET", "courses")
    assert answer(await call("GET", "health")) == {"alive": True, "ready": True}


class TestTwoPeople:
    """Another's work is not there; the staff view is for staff."""

    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.ByHeader"

    async def test_work_is_its_owners(self, call: Call, session: dict[str, str]) -> None:
        ada, bob, prof = {"X-Who": "ada"}, {"X-Who": "bob"}, {"X-Who": "prof", **session}
        first = answer(await call("POST", "submissions", sent("add", WRONG, "1"), headers=ada))
        path = f"submissions/{first['submission']['id']}"
        assert (await call("GET", path, headers=ada)).code == 200
        for method, end in (("GET", ""), ("GET", "/receipt"), ("POST", "/cancel")):
            response = await call(method, f"{path}{end}", headers=bob)
            assert (response.code, word(response)) == (404, "unknown_submission")
        theirs = {"course": "demo", "idempotency_key": "1"}
        assert (await call("POST", "submissions/cancel", theirs, headers=bob)).code == 404
        assert (await call("POST", "submissions/cancel", theirs, headers=ada)).code == 409
        for student in (ada, bob):
            denied = await call("GET", f"{path}/staff", headers=student)
            assert (denied.code, word(denied)) == (403, "forbidden")
        assert (await call("GET", f"{path}/staff", headers=prof)).code == 200

    async def test_keys_are_each_ones_own(self, call: Call) -> None:
        for name in ("ada", "bob"):
            body = sent("limited", f"x = '{name}'", "same-key")
            response = await call("POST", "submissions", body, headers={"X-Who": name})
            assert answer(response)["exercise"]["attempts"]["used"] == 1


class TestBinder:
    """A machine that is in nobody's time zone."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"place": "binder"}

    async def test_times_are_shown_in_the_readers_own_zone(self, call: Call) -> None:
        page = answer(await call("GET", "courses"))
        assert page["place"] == "binder"
        assert [row["time_zone"] for row in page["courses"]] == [None, None, None]
        assert answer(await call("GET", "courses/demo"))["time_zone"] is None


class TestSlow:
    """A request that does not wait for its judgement."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"wait_s": 0.0}

    async def test_it_is_kept_and_judged_later(self, call: Call) -> None:
        response = await call("POST", "submissions", sent("add", RIGHT, "1"))
        kept = answer(response)
        assert (response.code, kept["submission"]["state"], kept["judgement"]) == (202, "waiting", None)
        assert kept["exercise"]["status"] == "kept"
        for _ in range(2400):
            later = answer(await call("GET", f"submissions/{kept['submission']['id']}"))
            if later["judgement"]:
                break
            await asyncio.sleep(0.05)
        assert (later["judgement"]["verdict"], later["exercise"]["status"]) == ("AC", "submitted")

    async def test_it_can_be_stopped(self, call: Call) -> None:
        kept = answer(await call("POST", "submissions", sent("limited", "while True: pass", "1")))
        path = f"submissions/{kept['submission']['id']}"
        stopped = answer(await call("POST", f"{path}/cancel"))
        assert (stopped["submission"]["state"], stopped["judgement"]) == ("cancelled", None)
        assert stopped["exercise"]["attempts"]["used"] == 0
        assert answer(await call("POST", f"{path}/cancel")) == stopped
