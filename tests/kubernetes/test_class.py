"""A class on a real Kubernetes by the chart of `helm/codegym`: judged, killed, upgraded, rolled back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import httpx
import pytest
from absent import running
from acceptance.hub import holders
from faults.audit import audit, rows, settle
from faults.students import Acknowledged
from kubernetes.classroom import NEW_TAG, ROOT, Classroom
from kubernetes.images import TAG

from benchmarks.hub_class import good
from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import Flow, Ledger
from codegym_jlab.bulk.steps import Order
from codegym_jlab.hub.demo import CLASS, STUDENTS

ANSWERS = {"WA": "def add(a, b):\n    return a - b", "AC": "def add(a, b):\n    return a + b"}
#: What stands in hidden checks, in solutions, in wrong answers and in hints of the course.
HIDDEN = [b"SENTINEL_INPUT", b"987001", b"SENTINEL_SOLUTION", b"SENTINEL_WRONG", b"SENTINEL_HINT_1"]
PATIENCE_S = 120
numbers = count()


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    with running(Classroom) as it:
        yield it


def test_a_class(room: Classroom) -> None:
    """In one go, each step on what those before it left."""
    sent = list[Acknowledged]()
    with ThreadPoolExecutor(len(STUDENTS)) as both:
        for name, path in zip(STUDENTS, both.map(lambda name: opened(room, name), STUDENTS), strict=True):
            room.say(f"{name} logged in and opened {path} in a pod of their own")
    pods = {pod["metadata"]["name"]: pod for pod in room.cluster.get("pods", "-l", "component=singleuser-server")}
    assert len(pods) == len(STUDENTS)
    judged_by_hosts(room, sent)
    room.codegym("doctor")  # exit 0: answers can be checked here
    for name in pods:
        nothing_hidden(room, name)
        room.cluster.kubectl("exec", name, "--", "touch", "/tmp/mine", "/home/jovyan/mine")  # noqa: S108
        with pytest.raises(RuntimeError, match="Read-only file system"):
            room.cluster.kubectl("exec", name, "--", "touch", "/var/tmp/mine")  # noqa: S108
    room.say("the students' pods hold nothing hidden: files, environment, memory; their root is read-only")

    for component, copies in (("service", 2), ("sandbox-host", 2), ("worker", 1)):
        before = room.restarts(component)
        with sending(room, sent):
            room.kill(room.pods(component)[0])
            room.cluster.wait(lambda: room.restarts(component) > before, f"another {component}")  # noqa: B023
            room.cluster.wait(lambda: room.ready(component, copies), f"all of {component}")  # noqa: B023
        judged_by_hosts(room, sent, f"after {component} was killed")
        teacher_sees(room)
    worker_goes_on(room)
    with pytest.raises(RuntimeError, match="violates PodSecurity"):
        room.cluster.kubectl("run", "free", "--image=codegym/service:test")
    with sending(room, sent):
        one, other = room.pods("service")
        room.evict(one)
        with pytest.raises(RuntimeError, match="disruption budget"):
            room.evict(other)
        room.cluster.wait(lambda: room.ready("service", 2), "a pod in its place")
    room.say("of the service's two pods, one is evicted and the other stays")
    with sending(room, sent):
        gone = room.pods("service")[0]["metadata"]["name"]
        room.cluster.kubectl("delete", "pod", gone, "--grace-period=0", "--force")
        room.cluster.wait(lambda: room.ready("service", 2), "a pod in its place")
    judged_by_hosts(room, sent, "after a pod of the service was removed")

    for change, tag in ((room.upgrade, NEW_TAG), (room.roll_back, TAG)):
        with sending(room, sent):
            change()
        for component in ("service", "sandbox-host", "worker"):
            images = {status["image"] for pod in room.pods(component) for status in pod["spec"]["containers"]}
            assert {image.rpartition(":")[2] for image in images} == {tag}, component
        judged_by_hosts(room, sent, f"after {change.__name__}")
        teacher_sees(room)

    settle(room.database.url())
    figures = audit(room.database.url(), sent, None)
    room.say(f"{figures.acknowledged} answers acknowledged, {figures.lost} lost, {figures.doubled} doubled, "
             f"{figures.sent_again} sent more than once")  # fmt: skip
    backed_up(room, figures.stored)


def opened(room: Classroom, name: str) -> str:
    """The unit's notebook in the student's own folder."""
    page = good(room.visitor(name).ask("POST", "courses/demo/units/one/open", {}))
    return str(page["path"])


def judged_by_hosts(room: Classroom, sent: list[Acknowledged], when: str = "") -> None:
    """A wrong and a right answer of each student, as such, and by pods that are sandbox hosts."""
    before = sum(room.lent().values())
    for name in STUDENTS:
        for verdict in ANSWERS:
            answer = hand_in(room, name, verdict)
            assert answer.judgement and answer.judgement["verdict"] == verdict, answer
            sent.append(answer)
    assert sum(room.lent().values()) >= before + len(STUDENTS) * len(ANSWERS)
    room.say(f"each student's wrong answer is judged WA, the right one AC {when}")


def hand_in(room: Classroom, name: str, verdict: str) -> Acknowledged:
    """Sent until it is acknowledged, as the page does, and looked at until it is judged."""
    key = f"{name}-{next(numbers)}"
    # its own text: of two that are the same, one is judged
    body = {"course": "demo", "exercise": "add", "kind": "submit", "source": f"{ANSWERS[verdict]}  # {key}"}
    end, tries = time.monotonic() + PATIENCE_S, 0
    while True:
        tries += 1
        try:
            answer = room.visitors[name].ask("POST", "submissions", body | {"idempotency_key": key})
            if answer.status_code < 300:
                break
            said = f"{answer.status_code} {answer.text[:300]}"
        except httpx.TransportError as error:
            said = repr(error)
        assert time.monotonic() < end, said
        time.sleep(0.5)
    about = answer.json()
    id, judgement = about["submission"]["id"], about["judgement"]
    while judgement is None and time.monotonic() < end:
        time.sleep(0.5)
        answer = room.visitors[name].ask("GET", f"submissions/{id}")
        judgement = answer.json()["judgement"] if answer.status_code < 300 else None
    return Acknowledged(name, key, id, answer.status_code, "submit", judgement, tries)


def teacher_sees(room: Classroom) -> None:
    """In a browser that logs in at the service."""
    page = good(room.teacher().ask_service("GET", f"classes/{CLASS}/gradebook"))
    points = {row["account"]: row["points"] for row in page["students"]}
    assert set(points) == set(STUDENTS) and all(points.values()), points


def worker_goes_on(room: Classroom) -> None:
    """A regrade is begun in a pod of the service which is killed then; there is one worker.

    Another is begun, and the worker's own pod is deleted with it under way.
    """
    pod = room.pods("service")[0]
    ledger = Ledger(FlowDatabase(room.database.url()))
    regrade = f"codegym regrade --offering {CLASS} --apply --reason tried"
    with ThreadPoolExecutor(1) as aside:
        words = ["exec", pod["metadata"]["name"], "--", "sh", "-c", regrade]
        begun = aside.submit(room.cluster.kubectl, *words)
        room.cluster.wait(lambda: bool(ledger.all()), "a flow")
        room.kill(pod)
        with suppress(RuntimeError):  # its container has ended
            begun.result()
    first = over(room, ledger, ledger.all()[0].id)
    assert first.state == "done" and first.result and first.result["graded"], first
    room.say(f"the worker ends the regrade of a pod that was killed: {first.result['graded']} answers")
    room.cluster.wait(lambda: room.ready("service", 2), "the service")

    [gone] = room.pods("worker")
    with halted(room, "sandbox-host"):  # so nothing is judged, and the flow cannot end
        id = ledger.begin(Order(**first.order | {"span": 1}))
        room.cluster.wait(lambda: found(ledger, id).spans > 0, "a flow under way")
        room.cluster.kubectl("delete", "pod", gone["metadata"]["name"], "--grace-period=0", "--force")
        with suppress(subprocess.CalledProcessError):  # it has ended already
            room.kill(gone)
        assert not found(ledger, id).is_over
    again = over(room, ledger, id)
    ledger.close()
    assert again.state == "done" and again.done == again.spans == len(STUDENTS), again
    assert again.result and again.result["graded"] == first.result["graded"] and not again.result["unanswered"], again
    room.say(f"the worker's pod is deleted with a regrade under way; the next one ends it: {again.result['graded']}")


def found(ledger: Ledger, id: str) -> Flow:
    flow = ledger.find(id)
    assert flow is not None, id
    return flow


def over(room: Classroom, ledger: Ledger, id: str) -> Flow:
    room.cluster.wait(lambda: found(ledger, id).is_over, "the end of the flow")
    return found(ledger, id)


@contextmanager
def halted(room: Classroom, component: str) -> Iterator[None]:
    """Its pods take connections and answer none."""
    pids = {pid for pod in room.pods(component) for pid in room.cluster.pids(pod["metadata"]["name"])}

    def send(what: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    send(signal.SIGSTOP)
    try:
        yield
    finally:
        send(signal.SIGCONT)


def backed_up(room: Classroom, stored: int) -> None:
    """As the nightly job does; the file holds what was handed in."""
    room.cluster.kubectl("create", "job", "saved", "--from=cronjob/class-backup")
    room.cluster.kubectl("wait", "--for=condition=complete", "job/saved", f"--timeout={PATIENCE_S}s")
    [saved] = [path for path in (room.home / "backups").iterdir() if path.name != "erased.jsonl"]
    (again := room.home / "again").mkdir()
    command = [sys.executable, "-m", "codegym_jlab.cli", "restore", str(saved), "--records", str(again)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    assert rows(again, "SELECT count(*) FROM submissions") == [(stored,)]
    room.say(f"the backup job's file brings back {stored} answers")


@contextmanager
def sending(room: Classroom, sent: list[Acknowledged]) -> Iterator[None]:
    """Meanwhile each student hands in one answer after the other."""
    over = threading.Event()

    def study(name: str) -> None:
        for verdict in ["WA", "AC"] * 1000:
            if over.wait(0.5):
                return
            sent.append(hand_in(room, name, verdict))

    with ThreadPoolExecutor(len(STUDENTS)) as both:
        studies = [both.submit(study, name) for name in STUDENTS]
        try:
            yield
        finally:
            over.set()
        for one in studies:
            one.result()


def known(pids: set[int]) -> set[bytes]:
    """What of it these processes have in memory, environment too; some of a service's end meanwhile."""
    found = set[bytes]()
    for pid in pids:
        with suppress(ProcessLookupError, FileNotFoundError):
            found |= holders({pid}, HIDDEN)
    return found


def nothing_hidden(room: Classroom, pod: str) -> None:
    """Neither in the memory and environment of what runs in a student's pod, nor in its files; the service has it."""
    theirs = room.cluster.pids(pod)
    assert theirs and known(theirs) == set()
    assert known(room.cluster.pids(room.pods("service")[0]["metadata"]["name"]))
    root, words = Path(f"/proc/{max(theirs)}/root"), [sign for sign in HIDDEN if not sign.isdigit()]
    for folder in ("home", "srv", "etc", "tmp", "opt", "var"):
        files = [path for path in (root / folder).rglob("*") if path.is_file() and not path.is_symlink()]
        assert not [path for path in files if any(sign in path.read_bytes() for sign in words)]
