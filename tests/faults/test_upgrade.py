"""The version before and this one on one PostgreSQL under a crowd, while the records change their form."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from absent import Absent, running, skip
from acceptance.hub import Hub
from acceptance.test_hub import COURSES, RIGHT, WRONG, answers_told
from faults.audit import audit, held, rows, settle
from faults.conftest import FAST
from faults.rollout import FORM, roll_out, version_before
from faults.served import Served
from faults.students import Crowd

from benchmarks.hub_class import make_class
from codegym_jlab.hub.demo import TEACHER
from codegym_jlab.hub.postgresql import Missing
from codegym_jlab.store.migrations import HEAD

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The package as it was before the records got their newest form."""
    try:
        return version_before(tmp_path / "before")
    except Absent as problem:
        skip(problem)


def test_an_older_server_and_a_newer_one_share_the_work(
    before: Path, database: str, serve: Callable[..., Served], tmp_path: Path
) -> None:
    """And the way back: the older package restores what was saved before the newer one came, and goes on with it."""
    older = serve(package=before, settings={**FAST, "database": database})
    [(form,)] = rows(database, FORM)
    assert form < HEAD
    servers = [older]
    crowd = Crowd(servers, students=8, pause_s=0.05)
    crowd.start()
    crowd.wait_for(20)
    kept, backup = list(crowd.acknowledged), tmp_path / "backup.zip"
    command(before, "backup", "-o", str(backup), "--records", database)
    newer = serve(settings={**FAST, "database": database})  # which gives the records their newest form
    assert rows(database, FORM) == [(HEAD,)]
    servers.append(newer)
    crowd.wait_for(60)
    del servers[0]  # as a proxy that sends nobody there any more
    older.stop()
    crowd.wait_for(20)
    figures = held(crowd, newer, older)
    print(f"{figures}, {len(crowd.refused)} refused for a while, an answer within {crowd.longest_s:.1f} s")
    # "unavailable": it is stopping, or, as the older one said then, could not start
    known = "store_unavailable", "not_ready", "unavailable"
    assert not [one for one in crowd.refused if one[1] not in known], crowd.refused

    newer.stop()
    command(ROOT, "backup", "-o", str(tmp_path / "newer.zip"), "--records", database)
    with psycopg.connect(database) as emptied:
        emptied.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    command(before, "restore", str(backup), "--records", database)
    assert rows(database, FORM) == [(form,)]
    older.start()
    later = Crowd([older], names=("late-1", "late-2"))
    later.start()
    later.wait_for(10)
    later.stop()
    settle(database)
    audit(database, [*kept, *later.acknowledged], None)


@pytest.fixture
def home() -> Iterator[Path]:
    """Where PostgreSQL's user comes through."""
    with tempfile.TemporaryDirectory(prefix="codegym-hub-", ignore_cleanup_errors=True) as home:
        yield Path(home)


@pytest.mark.minutes
@pytest.mark.parametrize(
    ("environment", "module"),
    [("c.Spawner.environment", "app"), ('c.JupyterHub.services.get_value([])[0]["environment"]', "wiring")],
    ids=["students", "service"],
)
def test_students_servers_and_a_service_of_two_versions(
    before: Path, environment: str, module: str, home: Path
) -> None:
    """Students open a unit, hand in, and hear the verdicts on the stream, whichever of the two is the older one."""
    courses = Path(shutil.copytree(COURSES, home / "service-courses"))
    more = f'{environment}.update({{"PYTHONPATH": {str(before)!r}}})\n'
    with running(lambda: Hub(home, courses, more=more)) as hub:
        prof = hub.visitor(TEACHER)
        prof.log_in_at_service()
        make_class("demo", "Demo", prof)
        print(*hub.walk(("demo", "one", "add"), WRONG, RIGHT, prof), sep="\n")
        ana = hub.visitor("ana")
        ana.open_lab()
        told = asyncio.run(answers_told(ana))
    assert [message["judgement"]["verdict"] for message in told] == ["WA", "AC"]
    ran = {path.name.partition(".")[0] for path in (before / "codegym_jlab/__pycache__").iterdir()}
    assert {"app", "wiring"} & ran == {module}, "the older one is of the version before, the other is not"


@pytest.mark.minutes
def test_two_services_are_replaced_one_after_the_other_while_students_hand_in() -> None:
    """From the version before to this one, by way of one of each."""
    try:
        done, figures, crowd = roll_out(8, print)
    except Missing as problem:
        skip(problem)
    print(f"{figures}, {len(crowd.refused)} refused, {crowd.unanswered} cut off, within {crowd.longest_s:.1f} s")
    assert len(done) == 2 and figures.acknowledged >= 3 * 20 and (figures.lost, figures.doubled) == (0, 0)


def command(package: Path, *words: str) -> None:
    """`codegym` as this package has it."""
    environment = os.environ | {"PYTHONPATH": str(package), "CODEGYM_DATA_DIR": str(package)}
    asked = [sys.executable, "-m", "codegym_jlab.cli", *words]
    done = subprocess.run(asked, env=environment, cwd=package, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
