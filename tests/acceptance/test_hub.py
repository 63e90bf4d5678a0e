"""A class on a real JupyterHub: the service has the course, students' servers only what it shows them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from absent import running
from acceptance import safety
from acceptance.hub import Hub, get, holders, listen, post
from acceptance.lms import DL, LTI, Platform, lti_settings
from acceptance.student import READY, Student, expect, log_in
from acceptance.test_images import health_checks
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric import rsa
from jsonschema import Draft202012Validator
from playwright.sync_api import Error as PlaywrightError
from processes import PATIENCE_S, end_tidily
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect
from visitor import Visitor

from benchmarks.hub_class import good, make_class
from codegym_jlab import doctor
from codegym_jlab.handlers.lifecycle import LET_GO
from codegym_jlab.hub.config import READS
from codegym_jlab.hub.demo import CLASS, free_port
from codegym_jlab.hub.service import ASK_AGAIN_S

pytestmark = pytest.mark.minutes
COURSES = Path(__file__).parents[1] / "server" / "courses"
RULES = json.loads((Path(__file__).parents[1] / "contract/lti_ags.schema.json").read_text())
MAKE = {"id": "other", "course": "demo", "title": "Demo", "term": "autumn", "time_zone": "Europe/Berlin"}
OUTSIDE, KEY = free_port(), secrets.token_hex(16)
#: Three are staff by what the Hub gives them; a second service on the same records, which the Hub does not start.
MORE = f"""
c.Spawner.args.append("--LabApp.expose_app_in_browser=True")
c.Authenticator.allowed_users |= {{"tim", "gil", "tess"}}
for name, scope in (("gil", "grade"), ("tess", "teach")):
    c.JupyterHub.load_roles.append(
        {{"name": f"codegym-{{scope}}", "users": [name], "scopes": [f"custom:codegym:{{scope}}"]}}
    )
c.JupyterHub.load_groups.update({{"codegym-{CLASS}-grader": {{"users": ["tim"]}}}})
scopes = ["custom:codegym:grade", "custom:codegym:teach", "custom:codegym:admin"]
other = {{"name": "outside", "url": "http://127.0.0.1:{OUTSIDE}", "api_token": "{KEY}", "oauth_no_confirm": True}}
c.JupyterHub.services.append(other | {{"oauth_client_allowed_scopes": scopes}})
c.JupyterHub.load_groups.update({{"outside": {{"users": ["prof"]}}}})
c.JupyterHub.load_roles.append(
    {{"name": "outside", "groups": ["outside"], "scopes": ["access:services!service=outside"]}}
)
c.JupyterHub.load_roles.append(
    {{"name": "reads", "services": ["outside"], "scopes": {list(READS)}}}
)
"""
# a launch from a learning platform is a login beside the Hub's own
MORE += """
from codegym_jlab.hub.authenticator import LTIAuthenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator as Own
class Both(LTIAuthenticator, Own):
    login_service = ""
    login_url = Own.login_url
    def get_handlers(self, app):
        own = Own.get_handlers(self, app)
        return [*own, ("/lti13/oauth_login", self.login_handler), ("/lti13/oauth_callback", self.callback_handler)]
    async def authenticate(self, handler, data):
        return await (Own if "username" in data else LTIAuthenticator).authenticate(self, handler, data)
c.JupyterHub.authenticator_class = Both
"""
WRONG = "def add(a, b):\n    return a - b"
RIGHT = "def add(a, b):\n    return a + b"
#: What stands in hidden checks, in expected values, in solutions and in wrong answers of the course.
HIDDEN = [b"SENTINEL_INPUT", b"987001", b"SENTINEL_SOLUTION", b"SENTINEL_WRONG", b"SENTINEL_HINT_1"]


LMS_PORT = free_port()


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with tempfile.TemporaryDirectory(prefix="codegym-hub-", ignore_cleanup_errors=True) as home:
        courses = Path(shutil.copytree(COURSES, Path(home) / "service-courses"))
        more = {"admin": "ada", "more": MORE, "lti": lti_settings(LMS_PORT)}
        settings = {"metrics_token": safety.METRICS_TOKEN}
        with running(lambda: Hub(Path(home), courses, settings=settings, **more)) as it:
            ada = it.visitor("ada")
            ada.log_in_at_service()
            make_class("demo", "Demo", ada)
            yield it


def word(answer: httpx.Response) -> str:
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"]["code"])


def sent(source: str, key: str) -> dict[str, Any]:
    return {"course": "demo", "exercise": "add", "kind": "submit", "idempotency_key": key, "source": source}


def test_a_class(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(3 + len(safety.SLOW)) as aside:  # these wait for the service to let go
        waiting = [aside.submit(asyncio.run, ended_with_its_token(hub, hub.visitor("ana")))]
        waiting += [aside.submit(safety.slow, hub, text) for text in safety.SLOW]
        ana, ben, prof, mine = a_way_through(hub, monkeypatch)
        waiting += [aside.submit(one) for one in safety.slow_bodies(hub, ana)]
        outside(hub, prof, monkeypatch)
        names = ("ana", "ben", "ada", "tim", "gil", "tess")
        people = {"prof": prof, **{name: hub.visitor(name) for name in names}}
        for name in names:
            people[name].log_in_at_service()
        safety.tokens(hub, people["ana"])
        safety.redirects(hub, people["ana"])
        safety.forged(hub, ana)
        asyncio.run(safety.floods(hub, prof))
        shown = safety.tokens_shown(hub, people["ana"], KEY)
        safety.own_server(hub, people, shown)
        safety.denials(hub, people, shown, mine)
        for one in waiting:
            one.result()
    safety.no_secret_is_logged(hub, KEY, safety.METRICS_TOKEN, ana.token, ben.token, prof.token)
    nothing_hidden(hub)
    images_ask_right(hub)
    service_ends(hub, ana)


def a_way_through(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> tuple[Visitor, Visitor, Visitor, str]:
    """A class's first hour, the right way and others; its people, and Ana's submission."""
    ana, ben, prof = (hub.visitor(name) for name in ("ana", "ben", "prof"))
    prof.begin_server()
    page = prof.log_in_at_service()
    assert "<span>prof</span>" in page.text
    assert page.headers["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in str(page.headers)
    assert word(prof.ask_service("POST", "classes", MAKE)) == "forbidden"
    print(*hub.walk(("demo", "one", "add"), WRONG, RIGHT, prof), sep="\n")
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
    assert not doctor.service().good
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", hub.token_of("ana"))
    assert doctor.service().good and "answers" in doctor.service().text
    monkeypatch.setenv("CODEGYM_DATABASE", "postgresql://")
    assert doctor.service().fails and not doctor.service().good
    return ana, ben, prof, mine


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
    while await asyncio.wait_for(stream.read_message(), 60) is not None:  # else its socket outlives the loop
        pass
    return told


async def ended_with_its_token(hub: Hub, ana: Visitor) -> None:
    """A stream that is open already ends when the Hub takes its token back."""
    token = safety.token_for(ana)
    url = f"ws://127.0.0.1:{hub.service}/services/codegym/codegym/api/stream"
    stream = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {token['token']}"}))
    safety.take_back(ana, token["id"])
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
    slower = "c.CodeGym.requests_person = 4\nc.CodeGym.requests_address = 4\n"
    (config := hub.home / "outside_config.py").write_text((hub.home / "codegym_config.py").read_text() + slower)
    command = [sys.executable, "-m", "codegym_jlab.cli", "hub", "--config", str(config)]
    with open(hub.home / "hub.log", "ab") as log:
        process = subprocess.Popen(command, env=os.environ | told, stdout=log, stderr=log)
    try:
        hub.wait(f"{hub.url}/services/outside/codegym/api/health/ready")
        assert "<span>prof</span>" in prof.http.get("/services/outside/").text
        page = good(prof.http.get("/services/outside/codegym/api/classes"))
        assert [row["id"] for row in page["classes"]] == [CLASS]
        too_fast(prof)
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        said = doctor.roles().text
        assert f"codegym-{CLASS}-grader: tim" in said and "custom:codegym:teach" in said, said
        assert "codegym-grade: gil; codegym-teach: tess" in said, said
        assert "codegym-admin: codegym-admins" in said, said
    finally:
        end_tidily(process, hub.said)


def too_fast(prof: Visitor) -> None:
    """A person, and an address before anybody is asked who they are; others are not concerned."""
    place = "/services/outside/codegym/api"
    while (answer := prof.http.get(f"{place}/classes")).status_code == 200:
        pass
    assert (answer.status_code, word(answer)) == (429, "too_many_requests") and int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error"]["details"]["wait_s"] > 0

    def probe(origin: str) -> httpx.Response:
        url = f"http://127.0.0.1:{OUTSIDE}{place}/health/live"
        return get(url, headers={"X-Forwarded-For": f"198.51.100.1, {origin}"})

    while (answer := probe("192.0.2.1")).status_code == 200:
        pass
    assert (answer.status_code, word(answer)) == (429, "too_many_requests") and int(answer.headers["Retry-After"]) > 0
    assert probe("192.0.2.2").status_code == 200


def no_way_round(hub: Hub, ana: Visitor, ben: Visitor, prof: Visitor, mine: str) -> None:
    """Others' work, staff's work, and what is no address of the service."""
    assert word(ben.ask("GET", f"submissions/{mine}")) == "unknown_submission"
    for person in (ana, prof):  # the token of a server does a student's work, whoever owns it
        assert word(person.ask("GET", f"submissions/{mine}/staff")) in ("forbidden", "unknown_submission")
        for path in ("classes", f"classes/{CLASS}/members", f"classes/{CLASS}/scores"):
            assert word(person.ask("GET", path)) == "forbidden"
    direct = f"http://127.0.0.1:{hub.service}/services/codegym/codegym/api"
    own = {name: {"Authorization": f"token {hub.token_of(name)}"} for name in ("ana", "prof")}
    assert get(f"{direct}/courses", headers=own["prof"]).status_code == 200
    for path in (f"classes/{CLASS}/members", f"submissions/{mine}/staff", "classes", "llms/pull"):
        assert get(f"{direct}/{path}", headers=own["prof"]).status_code in (403, 404, 405)
    assert post(f"{direct}/classes", headers=own["prof"], json=MAKE).status_code == 403
    assert post(f"{direct}/courses/demo/units/one/open", headers=own["ana"], json={}).status_code == 404
    assert get(f"{direct}/courses").status_code == 403
    assert get(f"{direct}/courses", headers={"Authorization": f"token {ana.token}"}).status_code == 403
    server = own["prof"]
    # a token is no login: it gets no session with the service
    begun = get(f"{hub.url}/services/codegym/", headers=server, follow_redirects=False)
    assert "set-cookie" not in begun.headers or "oauth-state" not in begun.headers["set-cookie"]
    away = get(f"{hub.url}/services/codegym/", follow_redirects=False).headers["location"]
    assert "/hub/login" in get(f"{hub.url}{away}", headers=server, follow_redirects=False).headers["location"]
    for path in ("../../who", "..%2f..%2fwho", "%2e%2e/%2e%2e/who"):
        refused = ana.ask("GET", path)
        assert refused.status_code in (403, 404), (path, hub.said()[-3000:])
    # without the server's login, or with a cookie and no XSRF token, nothing goes on
    assert ana.ask("GET", "courses", **{"Authorization": ""}).status_code in (200, 403)
    assert ana.ask("POST", "submissions", sent(RIGHT, "three"), **{"Authorization": ""}).status_code == 403
    assert get(f"{hub.url}/user/ana/codegym/api/courses").status_code == 403
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


def images_ask_right(hub: Hub) -> None:
    """The `HEALTHCHECK`s of the images, asked of this Hub and of Ana's server, and of what is not there."""
    inner = re.findall(r"hub_port = (\d+)", (hub.home / "jupyterhub_config.py").read_text())[0]
    port = re.findall(r":(\d+)/user/ana/", hub.variable_of("ana", "JUPYTERHUB_SERVICE_URL"))[0]
    for name, usual, real, prefix, well in (
        ("hub", "8081", inner, "", True),
        ("hub", "8081", str(free_port()), "", False),
        ("singleuser", "8888", port, "/user/ana/", True),
        ("singleuser", "8888", port, "/user/ben/", False),
        ("singleuser", "8888", str(free_port()), "/user/ana/", False),
    ):
        command = [word.replace(usual, real) for word in health_checks()[name]]
        environment = {"PATH": os.environ["PATH"], "JUPYTERHUB_SERVICE_PREFIX": prefix}
        done = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE_S)
        assert (done.returncode == 0) is well, (name, prefix, done.stderr)


@pytest.mark.browser
def test_in_a_browser(hub: Hub, page: Any, browser: Any) -> None:
    """A teacher's page at the service, and a student's first page."""
    page.goto(f"{hub.url}/services/codegym/")
    log_in(page, "prof", hub.password)
    page.get_by_role("tab", name="People").wait_for(timeout=READY)
    page.get_by_role("textbox", name="Account").fill("zoe")
    page.get_by_role("button", name="Enrol").click()  # with the service's XSRF token
    expect(page.get_by_role("rowheader", name="zoe")).to_be_visible(timeout=READY)
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("tab", name="Marks").click()
    expect(page.get_by_role("rowheader", name="ana")).to_be_visible(timeout=READY)
    address = page.url
    assert address.endswith(f"/services/codegym/#marks/{CLASS}")
    page.go_back()
    expect(page.get_by_role("tab", name="People")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Regrade").click()
    page.goto("about:blank")
    page.goto(address)  # as from a bookmark
    expect(page.get_by_role("rowheader", name="ana")).to_be_visible(timeout=READY)
    assert page.title().startswith("Marks · ") and page.url == address
    walk_in_the_dark(page)

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(READY)
    try:
        ana = context.new_page()
        answers, heard = list[Any](), list[str]()
        ana.on("response", lambda answer: answers.append(answer))
        ana.on("websocket", lambda stream: stream.on("framereceived", lambda frame: heard.append(str(frame))))
        ana.goto(hub.url)
        log_in(ana, "ana", hub.password)
        courses = ana.get_by_role("navigation", name="Courses")  # her only course, once her server has started
        courses.get_by_role("tree", name="Demo").wait_for(timeout=3 * READY)
        assert "/user/ana/lab" in ana.url
        works(ana)
        browser_holds_nothing_hidden(ana, answers, heard)
        ana.goto(f"{hub.url}/services/codegym/")
        expect(ana.get_by_text("This page is for the staff of a class.")).to_be_visible(timeout=READY)
    finally:
        context.close()


def walk_in_the_dark(page: Any) -> None:
    """Each part of the class's page, by keyboard, as who prefers a dark page sees it."""
    page.emulate_media(color_scheme="dark")
    chosen = page.get_by_role("tab", selected=True)
    chosen.focus()
    page.keyboard.press("Home")
    for name in page.get_by_role("tab").all_inner_texts():
        expect(chosen).to_have_text(name)
        expect(chosen).to_be_focused()
        expect(page.locator(".codegym-Class-page")).to_have_attribute("aria-busy", "false", timeout=READY)
        assert Axe().run(page).response["violations"] == [], name
        page.keyboard.press("ArrowRight")


def works(page: Any) -> None:
    """A wrong answer, judged by hidden checks, too."""
    student = Student(page)
    student.open_exercise("Demo", "Unit one", "Add two numbers")
    student.kernel_is_idle()
    student.write("Add two numbers", f"{WRONG}  # in a browser")
    student.check("Add two numbers", "Not yet.")


KEPT = """async () => {
    const found = [document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }];
    for (const { name } of await indexedDB.databases()) {
        const opened = await new Promise((done, fail) => {
            const asked = indexedDB.open(name);
            asked.onsuccess = () => done(asked.result);
            asked.onerror = () => fail(asked.error);
        });
        for (const store of opened.objectStoreNames) {
            const all = opened.transaction(store).objectStore(store).getAll();
            found.push(name, store, await new Promise(done => { all.onsuccess = () => done(all.result); }));
        }
        opened.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const asked of await cache.keys()) {
            found.push(asked.url, await (await cache.match(asked)).text());
        }
    }
    return JSON.stringify(found);
}"""


def browser_holds_nothing_hidden(page: Any, answers: list[Any], heard: list[str]) -> None:
    """Neither in its storage nor in the page, nor in anything that it was ever sent."""
    kept = page.evaluate(KEPT)
    assert "# in a browser" in kept
    told = list[str]()
    for answer in answers:
        if "/codegym/" in answer.url or "/api/" in answer.url:
            with contextlib.suppress(PlaywrightError):  # of a redirection, or one that was let go
                told.append(answer.text())
    assert any('"verdict"' in text for text in told), [answer.url for answer in answers]
    for _ in range(READY // 100):  # the stream may tell later than the answer to the request
        if any("judgement" in text for text in heard):
            break
        page.wait_for_timeout(100)
    assert any("judgement" in text for text in heard), heard[:5]
    for text in (kept, *told, *heard):
        assert not [sign for sign in HIDDEN if sign.decode() in text], text[:2000]


@pytest.fixture(scope="module")
def lms(hub: Hub) -> Iterator[Platform]:
    members = {"u-1": ("Ana", "Learner"), "u-2": ("lea", "Learner"), "u-9": ("prof", "Instructor")}
    with contextlib.closing(Platform(LMS_PORT, f"{hub.url}/services/codegym/", hub.url, members)) as platform:
        yield platform


@pytest.fixture
def browsers() -> Iterator[Callable[[], httpx.Client]]:
    with contextlib.ExitStack() as opened:
        yield lambda: opened.enter_context(httpx.Client(follow_redirects=True, timeout=READY / 1000))


def test_from_a_learning_platform(hub: Hub, lms: Platform, browsers: Callable[[], httpx.Client]) -> None:
    """Linked by the teacher, opened by a student, the score sent back though the platform was away."""
    link = f"{lms.tool}lti/{CLASS}/one/add"
    ana, prof = browsers(), browsers()
    assert "not linked with the class" in lms.launch(ana, "u-1", link).text
    assert get(f"{hub.url}/hub/home", cookies=ana.cookies).status_code == 302  # not logged in

    # the teacher chooses, in the platform, what to link
    page = lms.launch(prof, "u-9", f"{lms.tool}lti/", pick=True)
    assert page.status_code == 200 and page.headers["X-Frame-Options"] == "DENY", page.text
    form = dict(re.findall(r"type=['\"]hidden['\"] name=['\"](\w+)['\"] value=['\"]([^'\"]+)", page.text))
    offered = re.findall("name='choice' value='([^']+)'", page.text)
    assert f"{CLASS}/one" in offered and f"{CLASS}/one/add" in offered
    pick = {"choice": [f"{CLASS}/one", f"{CLASS}/one/add"]}
    assert prof.post(f"{lms.tool}lti/pick", data={"launch": form["launch"], **pick}).status_code == 403
    chosen = prof.post(f"{lms.tool}lti/pick", data={**form, **pick})
    assert f"action='{lms.url}/return'" in chosen.text and f"form-action {lms.url};" in str(chosen.headers)
    (token,) = re.findall("name='JWT' value='([^']+)'", chosen.text)
    assert prof.post(f"{lms.url}/return", data={"JWT": token}).status_code == 200
    (told,) = lms.returned
    assert told[f"{DL}data"] == "opaque" and told[f"{LTI}deployment_id"] == "deployment-1"
    unit, exercise = told[f"{DL}content_items"]
    assert "lineItem" not in unit and exercise["url"] == link and exercise["lineItem"]["resourceId"] == f"{CLASS}/add"

    # who is enrolled there is in the class, before they come
    assert lms.launch(prof, "u-9", unit["url"]).url.path == "/services/codegym/"
    teacher = hub.visitor("prof")
    teacher.log_in_at_service()
    members = good(teacher.ask_service("GET", f"classes/{CLASS}/members"))["members"]
    there = {m["account"]: m["role"] for m in members}
    assert there["lea"] == "student" and there["prof"] == "instructor" and "Ana" not in there
    assert {m["name"] for m in members if m["account"] in ("lea", "ana")} == {"Member, Lea", "Member, Ana"}
    launched = launches(teacher)
    assert [who for who, _ in launched] == ["prof"] * len(launched)  # who linked, and who is in the class by it
    named = [("ana", "student"), ("lea", "student"), ("prof", "instructor")]
    assert ("prof", named) in launched and ("prof", []) in launched
    ids = [column.about["resourceId"] for column in lms.columns]
    assert len(ids) == len(set(ids)) > 1  # each of the unit's, and no second one for what was linked by itself

    # a student's click, in a browser where another was logged in
    arrived = lms.launch(prof, "u-1", link)
    assert launches(teacher) == launched  # what changes nothing is no act
    assert arrived.url.path.startswith(("/user/ana/", "/hub/spawn")) and "codegym" in str(arrived.url), arrived.url

    # scores go back, also what came while the platform was away: in order, none twice
    student = hub.visitor("ana")
    student.open_lab()
    (column,) = [one for one in lms.columns if one.about["resourceId"] == f"{CLASS}/add"]
    good(student.ask("POST", "submissions", sent(f"{WRONG}  # lti", "lti-1")))
    assert lms.wait_for(lambda: len(column.scores) == 1)
    lms.stop()
    for number in (2, 3):
        good(student.ask("POST", "submissions", sent(f"{RIGHT}  # lti {number}", f"lti-{number}")))
    lms.start()
    assert lms.wait_for(lambda: len(column.scores) == 3), (lms.asked, hub.said()[-3000:])
    validator = Draft202012Validator({**RULES, "$ref": "#/$defs/score"})
    for score in column.scores:
        validator.validate(score)
    assert [one["timestamp"] for one in column.scores] == sorted({one["timestamp"] for one in column.scores})
    assert {one["userId"] for one in column.scores} == {"u-1"}
    assert column.scores[-1]["scoreGiven"] == column.scores[-1]["scoreMaximum"] > 0
    assert column.scores[-1]["activityProgress"] == "Completed"

    refused_launches(hub, lms, link, browsers)


@pytest.mark.browser
def test_a_launch_ends_at_the_exercise(
    hub: Hub, lms: Platform, browsers: Callable[[], httpx.Client], page: Any
) -> None:
    """Clicked by a student whose server does not run yet, and again when it does."""
    lms.launch(browsers(), "u-9", f"{lms.tool}lti/{CLASS}/one")  # the teacher links the class first
    student = Student(page)
    for exercise, title in (("add", "Add two numbers"), ("limited", "Two attempts")):
        page.goto(lms.link("u-2", f"{lms.tool}lti/{CLASS}/one/{exercise}"))
        page.wait_for_url("**/user/lea/lab*", timeout=3 * READY)
        student.at(title)
        assert "codegym=" not in page.url  # a reload asks for nothing


def launches(teacher: Visitor) -> list[tuple[str, list[tuple[str, str]]]]:
    """What they changed in the class, as its audit log says: who, and whom to what."""
    acts = good(teacher.ask_service("GET", f"classes/{CLASS}/audit"))["acts"]
    found = [(act["who"], act["whom"]) for act in acts if act["act"] == "launch"]
    return [(who, [(one["name"], one["became"]) for one in whom]) for who, whom in found]


def refused_launches(hub: Hub, lms: Platform, link: str, browsers: Callable[[], httpx.Client]) -> None:
    """What is forged, old, for others, or comes twice logs nobody in."""

    def refused(http: httpx.Client, answer: httpx.Response, *statuses: int) -> None:
        assert answer.status_code in statuses, (answer.status_code, answer.text[-2000:])
        assert get(f"{hub.url}/hub/home", cookies=http.cookies).status_code == 302

    def change(name: str, value: Any) -> Any:
        return lambda claims: claims.update({name: value})

    now = int(time.time())
    elsewhere = [
        f"http://127.0.0.1:{LMS_PORT}/lti/x/y",
        "https://example.org/services/codegym/lti/demo/one",
        "http://demo/one",
    ]
    inside = [f"{hub.url}/hub/logout", f"{lms.tool}lti/x", f"{lms.tool}lti/../../hub/x", "//example.org/lti/a/b"]
    wrong = [
        change("aud", "another"),
        change("iss", "https://example.org"),
        change("exp", now - 60),
        change("iat", now - 3600),
        change("nonce", "another"),
        change(f"{LTI}deployment_id", "another"),
        change(f"{LTI}version", "1.1"),
        change("email", None),
        *(change(f"{LTI}target_link_uri", target) for target in (*elsewhere, *inside)),
    ]
    for lms.spoil in wrong:
        refused(http := browsers(), lms.launch(http, "u-1", link), 400, 401, 403)
    lms.spoil = None
    lms.sign_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(http := browsers(), lms.launch(http, "u-1", link), 401)
    lms.sign_with = None
    refused(http := browsers(), lms.send(http, lms.form(http, "u-1", link) | {"state": "another"}), 400)

    # the same launch again, though the browser's cookies are put back
    form = lms.form(http := browsers(), "u-1", link)
    again = browsers()
    again.cookies.update(http.cookies)
    assert "ana" in str(lms.send(http, form).url)
    answer = lms.send(again, form)
    refused(again, answer, 401)
    assert "used already" in answer.text
    # nor is a launch one's own to give away
    ben = hub.visitor("ben")
    ben.log_in_at_service()
    launched = next(one.headers["location"] for one in lms.send(http, lms.form(http, "u-1", link)).history)
    assert "another name" in ben.http.get(launched).text
    assert "took too long" in ben.http.get(launched[:-9]).text
    # nor does a token do here what its owner may do in a browser
    prof = hub.visitor("prof")
    token = {"Authorization": f"token {safety.token_for(prof)['token']}"}
    for target, pick in ((link, False), (f"{lms.tool}lti/", True)):
        picked = lms.send(http := browsers(), lms.form(http, "u-9", target, pick))
        opened = next(one.headers["location"] for one in picked.history)
        assert get(f"{hub.url}{opened}", headers=token).status_code == 403
        form = {"launch": opened.partition("launch=")[2], "choice": f"{CLASS}/one"}
        assert post(f"{lms.tool}lti/pick", headers=token, data=form).status_code == 403
