"""A class on a real JupyterHub: the service has the course, students' servers only what it shows them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from absent import running
from acceptance.hub import Hub, holders, listen
from acceptance.student import READY, expect
from axe_playwright_python.sync_playwright import Axe
from processes import end_tidily
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from codegym_jlab.doctor import servers
from codegym_jlab.hub.demo import CLASS, free_port
from codegym_jlab.hub.service import ASK_AGAIN_S, LET_GO
from codegym_jlab.hub.visitor import Visitor, good

COURSES = Path(__file__).parents[1] / "server" / "courses"
MAKE = {"id": "other", "course": "demo", "title": "Demo", "term": "autumn", "time_zone": "Europe/Berlin"}
OUTSIDE, KEY = free_port(), secrets.token_hex(16)
#: Somebody is a grader by a group of the Hub's; a second service on the same records, which the Hub does not start.
MORE = f"""
c.Authenticator.allowed_users |= {{"tim"}}
c.JupyterHub.load_groups.update({{"codegym-{CLASS}-grader": {{"users": ["tim"]}}}})
scopes = ["custom:codegym:grade", "custom:codegym:teach", "custom:codegym:admin"]
other = {{"name": "outside", "url": "http://127.0.0.1:{OUTSIDE}", "api_token": "{KEY}", "oauth_no_confirm": True}}
c.JupyterHub.services.append(other | {{"oauth_client_allowed_scopes": scopes}})
c.JupyterHub.load_groups.update({{"outside": {{"users": ["prof"]}}}})
c.JupyterHub.load_roles.append(
    {{"name": "outside", "groups": ["outside"], "scopes": ["access:services!service=outside"]}}
)
c.JupyterHub.load_roles.append(
    {{"name": "reads", "services": ["outside"], "scopes": ["list:groups", "read:groups"]}}
)
"""
WRONG = "def add(a, b):\n    return a - b"
RIGHT = "def add(a, b):\n    return a + b"
#: What stands in hidden checks, in expected values, in solutions and in wrong answers of the course.
HIDDEN = [b"SENTINEL_INPUT", b"987001", b"SENTINEL_SOLUTION", b"SENTINEL_WRONG", b"SENTINEL_HINT_1"]


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with tempfile.TemporaryDirectory(prefix="codegym-hub-", ignore_cleanup_errors=True) as home:
        courses = Path(shutil.copytree(COURSES, Path(home) / "service-courses"))
        with running(lambda: Hub(Path(home), courses, admin="ada", more=MORE)) as it:
            ada = it.visitor("ada")
            ada.log_in_at_service()
            it.make_class("demo", "Demo", ada)
            yield it


def word(answer: httpx.Response) -> str:
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"]["code"])


def sent(source: str, key: str) -> dict[str, Any]:
    return {"course": "demo", "exercise": "add", "kind": "submit", "idempotency_key": key, "source": source}


def test_a_class(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben, prof = (hub.visitor(name) for name in ("ana", "ben", "prof"))
    prof.begin_server()
    page = prof.log_in_at_service()
    assert "<span>prof</span>" in page.text
    assert page.headers["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in str(page.headers)
    assert word(prof.ask_service("POST", "classes", MAKE)) == "forbidden"
    print(*hub.walk(("demo", "one", "add"), WRONG, RIGHT, prof), sep="\n")  # as `codegym hub demo --check`
    for person in (ana, ben, prof):
        person.open_lab()

    # a student's way: the course, the unit in their own folder, a wrong and a right answer, told over the stream
    assert [row["id"] for row in good(ana.ask("GET", "courses"))["courses"]] == ["demo"]
    opened = good(ana.ask("POST", "courses/demo/units/one/open", {}))
    assert opened["path"] == "demo/one.ipynb"
    folder = hub.home / "homes/ana/demo"
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["one.ipynb", "rain.csv"]
    page = good(ana.ask("GET", "courses/demo"))
    assert page["units"][0]["path"] == "demo/one.ipynb"
    assert page["person"]["roles"] == ["student"]
    told = asyncio.run(answers_told(ana))
    assert [message["judgement"]["verdict"] for message in told] == ["WA", "AC"]
    mine = told[1]["submission"]["id"]

    # what the student changed in the folder stays, and is known again
    notebook = json.loads((folder / "one.ipynb").read_text())
    notebook["cells"][0]["source"] = "# mine"
    (folder / "one.ipynb").write_text(json.dumps(notebook))
    (folder / "data/rain.csv").write_text("mine")
    assert [n["code"] for n in good(ana.ask("POST", "courses/demo/units/one/open", {}))["notices"]] == ["file_kept"]
    assert "# mine" in (folder / "one.ipynb").read_text()
    assert good(ana.ask("POST", "notebooks/repair", {"notebook": notebook}))["changed"] is False
    assert ana.ask("GET", "work").content.startswith(b"PK")

    no_way_round(hub, ana, ben, prof, mine)

    # staff in a browser
    assert (
        word(prof.ask_service("GET", f"submissions/{mine}/staff", Authorization=f"token {hub.token_of('prof')}"))
        == "forbidden"
    )
    staff = good(prof.ask_service("GET", f"submissions/{mine}/staff"))
    assert "SENTINEL_INPUT" in json.dumps(staff)
    assert word(prof.ask_service("POST", f"classes/{CLASS}/policy", {}, **{"X-XSRFToken": "x"})) == "forbidden"

    # who is a grader by the Hub's group alone
    tim = hub.visitor("tim")
    tim.log_in_at_service()
    assert len(good(tim.ask_service("GET", f"classes/{CLASS}/members"))["members"]) == 3
    assert word(tim.ask_service("POST", f"classes/{CLASS}/members", {"people": []})) == "forbidden"

    # `codegym doctor` on a student's server
    monkeypatch.setenv("CODEGYM_SERVICE", f"http://127.0.0.1:{hub.service}/services/codegym")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", ana.token)
    assert not servers.service().good
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", hub.token_of("ana"))
    assert servers.service().good and "answers" in servers.service().text
    monkeypatch.setenv("CODEGYM_DATABASE", "postgresql://")
    assert servers.service().fails and not servers.service().good

    with ThreadPoolExecutor(1) as aside:  # it waits most of its time
        ended = aside.submit(asyncio.run, ended_with_its_token(hub, hub.visitor("ana")))
        outside(hub, prof, monkeypatch)
        ended.result()
    nothing_hidden(hub)
    print_latency(hub, ana)
    service_ends(hub, ana)


async def answers_told(ana: Visitor) -> list[dict[str, Any]]:
    """Send a wrong and a right answer; what the stream tells of each."""
    stream, told = await listen(ana), list[dict[str, Any]]()
    for source, key, verdict in ((WRONG, "one", "WA"), (RIGHT, "two", "AC")):
        answer = good(await asyncio.to_thread(ana.ask, "POST", "submissions", sent(source, key)))
        assert answer["judgement"]["verdict"] == verdict
        while True:
            message = json.loads(str(await asyncio.wait_for(stream.read_message(), 60)))
            if message["type"] == "judgement":
                break
        told.append(answer)
        assert message["submission"]["id"] == answer["submission"]["id"]
    stream.close()
    return told


async def ended_with_its_token(hub: Hub, ana: Visitor) -> None:
    """A stream that is open already ends when the Hub takes its token back."""
    asked = {"scopes": ["access:services!service=codegym"], "note": "stream"}
    xsrf = {"X-XSRFToken": ana.xsrf("/hub/")}
    token = good(ana.http.post("/hub/api/users/ana/tokens", json=asked, headers=xsrf))
    url = f"ws://127.0.0.1:{hub.service}/services/codegym/codegym/api/stream"
    stream = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {token['token']}"}))
    assert ana.http.delete(f"/hub/api/users/ana/tokens/{token['id']}", headers=xsrf).status_code == 204
    while await asyncio.wait_for(stream.read_message(), 3 * ASK_AGAIN_S) is not None:
        pass
    assert stream.close_code == LET_GO
    stream.close()


def outside(hub: Hub, prof: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that the Hub does not start works beside the one that it does, and `codegym doctor` there."""
    told = {
        "JUPYTERHUB_API_TOKEN": KEY,
        "JUPYTERHUB_API_URL": f"{hub.url}/hub/api",
        "JUPYTERHUB_SERVICE_NAME": "outside",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/outside/",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{OUTSIDE}",
        "JUPYTERHUB_CLIENT_ID": "service-outside",
    }
    command = [sys.executable, "-m", "codegym_jlab.cli", "hub", "--config", f"{hub.home}/codegym_config.py"]
    with open(hub.home / "hub.log", "ab") as log:
        process = subprocess.Popen(command, env=os.environ | told, stdout=log, stderr=log)
    try:
        hub.wait(f"{hub.url}/services/outside/codegym/api/health/ready")
        assert "<span>prof</span>" in prof.http.get("/services/outside/").text
        page = good(prof.http.get("/services/outside/codegym/api/classes"))
        assert [row["id"] for row in page["classes"]] == [CLASS]
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        said = servers.roles().text
        assert f"codegym-{CLASS}-grader: tim" in said and "custom:codegym:teach" in said, said
    finally:
        end_tidily(process, hub.said)


def no_way_round(hub: Hub, ana: Visitor, ben: Visitor, prof: Visitor, mine: str) -> None:
    """Others' work, staff's work, and what is no address of the service."""
    assert word(ben.ask("GET", f"submissions/{mine}")) == "unknown_submission"
    for person in (ana, prof):  # the token of a server does a student's work, whoever owns it
        assert word(person.ask("GET", f"submissions/{mine}/staff")) in ("forbidden", "unknown_submission")
        for path in ("classes", f"classes/{CLASS}/members", f"classes/{CLASS}/scores"):
            assert word(person.ask("GET", path)) == "forbidden"
    direct = f"http://127.0.0.1:{hub.service}/services/codegym/codegym/api"
    own = {name: {"Authorization": f"token {hub.token_of(name)}"} for name in ("ana", "prof")}
    assert httpx.get(f"{direct}/courses", headers=own["prof"]).status_code == 200
    for path in (f"classes/{CLASS}/members", f"submissions/{mine}/staff", "classes", "llms/pull"):
        assert httpx.get(f"{direct}/{path}", headers=own["prof"]).status_code in (403, 404, 405)
    assert httpx.post(f"{direct}/classes", headers=own["prof"], json=MAKE).status_code == 403
    assert httpx.post(f"{direct}/courses/demo/units/one/open", headers=own["ana"], json={}).status_code == 404
    assert httpx.get(f"{direct}/courses").status_code == 403
    assert httpx.get(f"{direct}/courses", headers={"Authorization": f"token {ana.token}"}).status_code == 403
    server = own["prof"]
    # a token is no login: it gets no session with the service
    begun = httpx.get(f"{hub.url}/services/codegym/", headers=server, follow_redirects=False)
    assert "set-cookie" not in begun.headers or "oauth-state" not in begun.headers["set-cookie"]
    away = httpx.get(f"{hub.url}/services/codegym/", follow_redirects=False).headers["location"]
    assert "/hub/login" in httpx.get(f"{hub.url}{away}", headers=server, follow_redirects=False).headers["location"]
    for path in ("../../who", "..%2f..%2fwho", "%2e%2e/%2e%2e/who"):
        refused = ana.ask("GET", path)
        assert refused.status_code in (403, 404), (path, hub.said()[-3000:])
    # without the server's login, or with a cookie and no XSRF token, nothing goes on
    assert ana.ask("GET", "courses", **{"Authorization": ""}).status_code in (200, 403)
    assert ana.ask("POST", "submissions", sent(RIGHT, "three"), **{"Authorization": ""}).status_code == 403
    assert httpx.get(f"{hub.url}/user/ana/codegym/api/courses").status_code == 403
    large = ana.ask("POST", "submissions", sent("#" * 3_000_000, "four"))
    assert word(large) == "too_large"


def nothing_hidden(hub: Hub) -> None:
    """Not in the files, the memory or the environment of students' servers; the service has it all."""
    theirs = {pid for name in ("ana", "ben") for pid in hub.processes(f"JUPYTERHUB_USER={name}\0")}
    assert len(theirs) >= 2
    assert holders(theirs, [*HIDDEN, b"service-courses"]) == set()
    assert set(HIDDEN) <= holders(hub.processes("codegym_jlab.cli"), HIDDEN)
    files = [path for path in (hub.home / "homes").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if any(sign in path.read_bytes() for sign in HIDDEN)]


def service_ends(hub: Hub, ana: Visitor) -> None:
    """What is sent meanwhile waits in the browser; the Hub starts the service again, and nothing is lost."""
    for pid in hub.processes("codegym_jlab.cli"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while (answer := ana.ask("POST", "submissions", sent(f"{RIGHT}  # again", "five"))).status_code == 503:
        assert word(answer) == "unavailable" and answer.headers["Retry-After"]
        time.sleep(0.2)
    assert good(answer)["judgement"]["verdict"] == "AC"


def print_latency(hub: Hub, ana: Visitor) -> None:
    """What handing on adds to a request, on standard output."""
    took: dict[str, list[float]] = {"student's server": [], "service": []}
    path = "codegym/api/courses/demo/exercises/add/starter"
    places = {"student's server": ("user/ana", ana.token), "service": ("services/codegym", hub.token_of("ana"))}
    with httpx.Client() as http:
        for _ in range(40):
            for where, (place, token) in places.items():
                began = time.perf_counter()
                asked = http.get(f"{hub.url}/{place}/{path}", headers={"Authorization": f"token {token}"})
                assert asked.status_code == 200
                took[where].append(1000 * (time.perf_counter() - began))
    print({where: f"p50 {sorted(all)[20]:.1f} ms, p95 {sorted(all)[38]:.1f} ms" for where, all in took.items()})


@pytest.mark.browser
def test_in_a_browser(hub: Hub, page: Any, browser: Any) -> None:
    """A teacher's page at the service, and a student's first page."""
    page.goto(f"{hub.url}/services/codegym/")
    log_in(hub, page, "prof")
    page.get_by_role("tab", name="People").wait_for(timeout=READY)
    page.get_by_role("textbox", name="Account").fill("zoe")
    page.get_by_role("button", name="Enrol").click()  # with the service's XSRF token
    expect(page.get_by_role("rowheader", name="zoe")).to_be_visible(timeout=READY)
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("tab", name="Marks").click()
    expect(page.get_by_role("rowheader", name="ana")).to_be_visible(timeout=READY)

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        ana = context.new_page()
        ana.goto(hub.url)
        log_in(hub, ana, "ana")
        ana.get_by_role("navigation", name="Courses").get_by_text("Demo").first.wait_for(timeout=READY)
        assert "/user/ana/lab" in ana.url
        ana.goto(f"{hub.url}/services/codegym/")
        expect(ana.get_by_text("This page is for the staff of a class.")).to_be_visible(timeout=READY)
    finally:
        context.close()


def log_in(hub: Hub, page: Any, name: str) -> None:
    """At the Hub's page."""
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(hub.password)
    page.locator("#login_submit").click()
