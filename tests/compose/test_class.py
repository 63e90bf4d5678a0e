"""A class by `compose.yaml` with the images of this clone: `make test-compose`."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from absent import running
from acceptance import safety
from acceptance.student import class_at_work
from compose.classroom import PROJECT, Class
from contract.engine import Engine
from visitor import Visitor

from benchmarks.hub_class import good
from codegym_jlab.hub.demo import STUDENTS

MAKE = {"id": "demo", "course": "demo", "title": "Demo", "term": "autumn", "time_zone": "Europe/Berlin"}
WRONG, RIGHT = "def add(a, b):\n    return a - b", "def add(a, b):\n    return a + b"
OWN = ("hub", "sandbox", "service", "singleuser")


@pytest.fixture(scope="module")
def classroom(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    with running(lambda: Class(engine, tmp_path_factory.mktemp("compose"))) as it:
        yield it


def test_a_class_by_compose(classroom: Class, browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logged in by TLS, started by DockerSpawner, judged by the sandbox hosts, one of which then goes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(classroom.secrets / "tls.crt"))
    headers(classroom)
    ada = classroom.visitor("ada")
    ada.log_in_at_service()
    good(ada.ask_service("POST", "classes", MAKE))
    people = [{"account": name, "role": "student"} for name in STUDENTS] + [{"account": "prof", "role": "instructor"}]
    good(ada.ask_service("POST", "classes/demo/members", {"people": people}))
    good(ada.ask_service("POST", "classes/demo/versions", {"note": "first", "anyway": True}))
    place = ("Unit one", "Add two numbers")
    class_at_work(browser, classroom.url, classroom.passwords(), place, WRONG, RIGHT)
    print(f"from up.sh, images built, to a teacher who sees two students: {time.monotonic() - classroom.began:.0f} s")

    assert set(classroom.students()) == set(STUDENTS)
    prof = classroom.visitor("prof")
    prof.log_in_at_service()
    rows = good(prof.ask_service("GET", "classes/demo/gradebook"))["students"]
    assert {row["account"]: row["points"] for row in rows} == dict.fromkeys(STUDENTS, 2)
    ana = classroom.visitor("ana")
    ana.open_lab()
    assert ana.ask("GET", "classes/demo/gradebook").status_code == 403

    fences(classroom)
    limits(classroom)
    forged(classroom, ana)
    watched(classroom)
    assert classroom.run("stop", "--timeout", "1", "sandbox-1").returncode == 0
    for number in range(3):
        assert verdict(ana, f"{RIGHT}  # {number}") == "AC"
    no_secret_is_logged(classroom)
    too_fast(classroom)


def headers(classroom: Class) -> None:
    """Of the Hub and of the service; plain HTTP goes to HTTPS."""
    away = httpx.get(f"{classroom.plain}/hub/login")
    assert (away.status_code, away.headers["Location"]) == (301, f"{classroom.url}/hub/login")
    for path in ("/hub/login", "/services/codegym/"):
        answer = httpx.get(classroom.url + path)
        assert answer.status_code in (200, 302)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers["Referrer-Policy"] == "same-origin" and "Server" not in answer.headers


def verdict(ana: Visitor, source: str) -> str:
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "idempotency_key": uuid4().hex, "source": source}
    return str(good(ana.ask("POST", "submissions", sent))["judgement"]["verdict"])


def names_in_sbom(classroom: Class, image: str) -> set[str]:
    """All that stands in an image's SBOM, which has Debian's packages as dpkg has them."""
    stands = json.loads((classroom.checkout / f"dist/sbom-{image}.json").read_text())["components"]
    look = ("run", "--rm", "--network", "none", "--entrypoint", "dpkg-query", f"codegym/{image}:test")
    told = classroom.engine.docker(*look, "-W", "-f", "${Package} ${Version}\n").stdout.splitlines()
    debian = {f"{one['name']} {one['version']}" for one in stands if one.get("purl", "").startswith("pkg:deb/")}
    assert debian == set(told) and any(line.startswith("libc6 ") for line in told), image
    return {one["name"].replace("_", "-") for one in stands}


def fences(classroom: Class) -> None:
    """Nobody is root; a student's container reaches the service and neither the records nor the world."""
    listed = classroom.engine.docker("ps", "-q", "--filter", f"name=^{PROJECT}-").stdout.split()
    assert len(listed) == 8 + len(STUDENTS)
    for container in listed:
        form = "{{.HostConfig.ReadonlyRootfs}}"
        assert classroom.engine.docker("inspect", "-f", form, container).stdout.strip() == "true", container
        said = classroom.engine.docker("exec", container, "cat", "/proc/1/status").stdout
        about = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
        assert "0" not in about["Uid"].split() and int(about["CapEff"], 16) == 0 and about["NoNewPrivs"] == "1", said
    assert names_in_sbom(classroom, "others") >= {"traefik", "kafka-clients", "postgresql-15"}
    for name in OWN:  # whoever has the courses that ship can read their checks
        look = ("run", "--rm", "--network", "none", "--entrypoint", "find", f"codegym/{name}:test")
        found = classroom.engine.docker(*look, "/srv/codegym/share", "-name", "course.yaml").stdout.split()
        assert bool(found) is (name == "service"), (name, found)
        assert names_in_sbom(classroom, name) >= {"codegym-jlab", "jupyter-server"}, name
    reach = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"
    student = classroom.students()["ana"]

    def reaches(place: str, port: int) -> bool:
        return classroom.engine.docker("exec", student, "python3", "-c", reach, place, str(port)).returncode == 0

    assert reaches("service", 10101) and reaches("hub", 8081)
    for name, port in (("postgresql", 5432), ("kafka", 9092), ("sandbox-2", 10200), ("prometheus", 9090)):
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        places = classroom.engine.docker("inspect", "-f", form, f"{PROJECT}-{name}-1").stdout.split()
        assert places and not any(reaches(place, port) for place in places), name
    assert not reaches("192.0.2.1", 80)
    for name, secrets in (("sandbox-2", ["sandbox-key"]), ("prometheus", ["metrics-token"])):
        assert classroom.run("exec", "-T", name, "ls", "/run/secrets").stdout.split() == secrets


def limits(classroom: Class) -> None:
    """What DockerSpawner gave each student's container: memory, one processor, processes, and one place of its own."""
    for name, container in classroom.students().items():
        (about,) = json.loads(classroom.engine.docker("inspect", container).stdout)
        host = about["HostConfig"]
        assert host["Memory"] == 2**30 and host["CpuQuota"] == host["CpuPeriod"] > 0 and host["PidsLimit"] == 512, host
        mounts = [(one["Type"], one.get("Name"), one["Destination"], one["RW"]) for one in about["Mounts"]]
        assert mounts == [("volume", f"{PROJECT}-{name}", "/home/jovyan/work", True)]
        touch = ("exec", container, "touch")
        own = [f"{place}/mine" for place in ("/home/jovyan/work", "/home/jovyan", "/tmp")]  # noqa: S108
        assert classroom.engine.docker(*touch, *own).returncode == 0, name
        assert "Read-only file system" in classroom.engine.docker(*touch, "/var/tmp/mine").stderr, name  # noqa: S108


def forged(classroom: Class, ana: Visitor) -> None:
    """Through Traefik each gets one answer, a refusal; the request that stands in its body comes to nobody."""
    tls = ssl.create_default_context(cafile=classroom.secrets / "tls.crt")
    port = int(classroom.url.rpartition(":")[2])
    assert ana.ask("GET", "seen").status_code == 404
    for api in (safety.API, safety.own(ana)):
        for name, text in safety.forged_requests(api, ana.token):
            got = safety.raw(port, text, tls=tls)
            refused = got.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")) and got.count(b"HTTP/1.1 ") == 1
            assert refused, (api, name, got)
    log = classroom.run("logs", "--no-color", "service").stdout
    assert log.count("GET (no such address)") == 1, "an address that is none is not named: only `seen` came"


def watched(classroom: Class) -> None:
    """Prometheus sees each; Kafka has taken what happened."""
    token = (classroom.secrets / "metrics-token").read_text().strip()
    place = f"{classroom.url}/services/codegym/codegym/metrics"

    def taken() -> bool:
        page = httpx.get(place, headers={"Authorization": f"Bearer {token}"}).text
        return re.search(r'^codegym_relay_sends_total\{.*sink="kafka".*\} [1-9]', page, re.MULTILINE) is not None

    def up() -> bool:
        told = httpx.get(f"{classroom.prometheus}/api/v1/query", params={"query": "up"}).json()["data"]["result"]
        return [row["value"][1] for row in told] == ["1"] * 4

    end = time.monotonic() + 60
    while not (taken() and up()):  # it looks every 15 s
        assert time.monotonic() < end
        time.sleep(0.5)
    assert httpx.get(place).status_code == 403


def no_secret_is_logged(classroom: Class) -> None:
    log = classroom.run("logs", "--no-color").stdout
    assert "JupyterHub is now running" in log and "codegym hub listens" in log
    words = [word for path in classroom.secrets.iterdir() for word in path.read_text().split() if len(word) >= 16]
    assert len(words) > 10 and [word for word in words if word in log] == []


def too_fast(classroom: Class) -> None:
    """At the login, of one address; other pages are not concerned."""
    with httpx.Client(base_url=classroom.url) as http:
        with ThreadPoolExecutor(8) as many:
            seen = [answer.status_code for answer in many.map(lambda _: http.get("/hub/login"), range(160))]
        assert {200, 429} == set(seen)
        assert http.get("/hub/health").status_code == 200
