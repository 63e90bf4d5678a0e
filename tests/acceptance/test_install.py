"""Binder's build steps in a clean environment, as an ordinary user: a wheel from a clean copy, a bare JupyterLab.

No Node is on the path, no `jupyter … enable` is run, and what is installed is used: the catalogue, a check, the level.
The frontend that `make` built goes along where there is one; else the steps build it, as on Binder.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from absent import part_of
from processes import PATIENCE_S

from codegym_jlab.hub.demo import free_port

ROOT = Path(__file__).parents[2]
#: Settings by which a machine reaches its package indexes.
REACH = ("PIP_", "SSL_", "REQUESTS_", "NPM_", "NODE_EXTRA_", "LANG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
BUILT = "codegym_jlab/labextension"
ORDINARY = 1000  #: user and group that a root test run changes to
pytestmark = pytest.mark.minutes


@dataclass(frozen=True)
class Installed:
    """A checkout built as Binder builds it, and the environment that it went into."""

    checkout: Path
    env: Path
    home: Path
    said: str

    def run(self, *command: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run as the ordinary user, with the new environment first on the path."""
        done = subprocess.run(
            [*as_ordinary_user(), *map(str, command)],
            env=self.environ(),
            cwd=self.checkout,
            capture_output=True,
            text=True,
            timeout=600,
            **more,
        )
        return done

    def environ(self) -> dict[str, str]:
        """What a Binder image has, and how this machine reaches its package index."""
        kept = {k: v for k, v in os.environ.items() if k.upper().startswith(REACH)}
        return kept | {
            "HOME": str(self.home),
            "PATH": f"{self.env / 'bin'}:{self.checkout.parent / 'bin'}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_CACHE_DIR": str(self.home / "pip"),
            "PIP_COMPILE": "0",  # what is used is compiled then
        }


def as_ordinary_user() -> list[str]:
    """The words before a command that make root an ordinary user."""
    if os.geteuid() != 0:
        return []
    return ["/usr/bin/setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"]


def reachable_python() -> str:
    """A Python ≥ 3.11 that an ordinary user may run."""
    for path in [sys.executable] if os.geteuid() != 0 else ["/usr/bin/python3", "/usr/local/bin/python3"]:
        asked = [*as_ordinary_user(), path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if os.path.exists(path) and subprocess.run(asked, check=False).returncode == 0:
            return path
    pytest.skip("no Python 3.11 that an ordinary user may run: apt-get install python3")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    python = reachable_python()
    top = Path("/tmp") / f"codegym-install-{os.getpid()}"
    checkout, env, home = top / "checkout", top / "env", top / "home"
    try:
        checkout.mkdir(parents=True)
        home.mkdir()
        if (Path.home() / ".npmrc").is_file():
            shutil.copy(Path.home() / ".npmrc", home)
        tools_without_node(top / "bin")
        copy_of_the_repository(checkout)
        make_environment(python, env)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{ORDINARY}:{ORDINARY}", str(top)], check=True)
        it = Installed(checkout, env, home, "")
        done = it.run("pip", "install", "-q", "-r", "binder/requirements.txt")
        assert done.returncode == 0, done.stderr
        done = it.run("bash", "binder/postBuild")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Installed(checkout, env, home, done.stdout)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def tools_without_node(folder: Path) -> None:
    """The few tools that the steps use; node and npm are not among them."""
    folder.mkdir()
    for name in ("bash", "sh", "env", "grep", "rm", "uname", "cat", "ls", "dirname", "sed"):
        found = shutil.which(name, path="/usr/bin:/bin")
        if found:
            (folder / name).symlink_to(found)


def copy_of_the_repository(target: Path) -> None:
    """What git tracks, as it is in the working tree, and the frontend, which takes a minute to build."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    if (ROOT / BUILT).is_dir():
        shutil.copytree(ROOT / BUILT, target / BUILT)


def make_environment(python: str, env: Path) -> None:
    """A bare virtual environment with pip, by uv where there is one."""
    uv = shutil.which("uv")
    command = [uv, "venv", "-q", "--seed", "--python", python, str(env)] if uv else [python, "-m", "venv", str(env)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no virtual environment can be made with {python}: {done.stderr.strip()[-200:]}")


def test_binder_recognises_the_folder_and_takes_these_steps() -> None:
    """By its own program; the fixture runs what it would build the image by, the last test what it would launch."""
    command = [part_of("repo2docker") / "bin/python", "-m", "repo2docker", "--no-build", "--debug"]
    person = ["--user-id", str(ORDINARY), "--user-name", "jovyan"]
    done = subprocess.run([*command, *person, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "Building conda environment for python=3.11\n" in said  # of binder/runtime.txt
    steps = re.findall(r"^(?:USER|RUN.*binder/|ENV R2D_).*", said, re.MULTILINE)
    assert steps[1:] == [
        "USER ${NB_USER}",
        'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "USER root",
        "USER ${NB_USER}",
        "RUN chmod +x binder/postBuild",
        "RUN ./binder/postBuild",
        'RUN chmod +x "${REPO_DIR}/binder/start"',
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ]


def test_the_build_steps_pass_and_doctor_names_the_level(installed: Installed) -> None:
    assert "sandbox in force: " in installed.said
    assert "frontend: installed" in installed.said


def test_the_wheel_holds_what_it_must(installed: Installed) -> None:
    site = next((installed.env / "lib").glob("python3.*")) / "site-packages" / "codegym_jlab"
    there = [
        installed.env / "share/jupyter/labextensions/codegym-jlab/package.json",
        installed.env / "share/jupyter/labextensions/codegym-jlab/static/style.js",
        installed.env / "etc/jupyter/jupyter_server_config.d/codegym_jlab.json",
        installed.env / "share/codegym/courses/config.yaml",
        installed.env / "share/codegym/courses/python-basics/course.yaml",
        installed.env / "share/codegym/courses/data-with-pandas/data/loans.csv",
        installed.env / "share/jupyter/kernels/codegym-python3/kernel.json",
        site / "course/course.schema.json",
        site / "course/unit.schema.json",
        site / "grading/judgement.schema.json",
    ]
    assert [str(path) for path in there if not path.is_file()] == []
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["hooks"]["jupyter-builder"]
    assert hook["build-kwargs"]["build_cmd"] in json.loads((ROOT / "labextension/package.json").read_text())["scripts"]
    assert all((installed.checkout / path).is_file() for path in hook["ensured-targets"])
    for listing, name in (
        (("jupyter", "labextension", "list"), "codegym-jlab"),
        (("jupyter", "server", "extension", "list"), "codegym_jlab"),
        (("jupyter", "kernelspec", "list"), "codegym-python3"),
    ):
        done = installed.run(*listing)
        assert name in done.stdout + done.stderr


def test_the_courses_are_installed_whole(installed: Installed) -> None:
    """That they are fit, is seen where they are: test_command_line."""
    ours, theirs = ROOT / "courses", installed.env / "share/codegym/courses"
    files = [path.relative_to(ours) for path in sorted(ours.rglob("*")) if path.is_file()]
    shipped = [path for path in files if not any(part[0] in "._" for part in path.parts)]
    assert len(shipped) > 20
    assert filecmp.cmpfiles(ours, theirs, shipped, shallow=False)[1:] == ([], [])


def test_a_launch_serves_the_catalogue_and_checks_an_answer(installed: Installed) -> None:
    port = free_port()
    command = ["bash", "binder/start", "jupyter", "lab", "--no-browser", f"--port={port}", "--IdentityProvider.token=t"]
    server = subprocess.Popen(
        [*as_ordinary_user(), *command, "--ServerApp.port_retries=0"],
        env=installed.environ(),
        cwd=installed.checkout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        catalogue = ask(port, "courses")
        assert catalogue["place"] == "binder"
        assert catalogue["sandbox"]["level"]
        listed = [course["id"] for course in catalogue["courses"]]
        assert listed == ["python-basics", "data-with-pandas", "shell-basics"]
        opened = ask(port, "courses/python-basics/units/loops/open", {})
        assert (installed.checkout / opened["path"]).is_file()
        source = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)\n"
        body = {"course": "python-basics", "exercise": "sum-even", "kind": "submit", "source": source, "cells": []}
        judged = ask(port, "submissions", body | {"idempotency_key": "one"})
        assert judged["judgement"]["verdict"] == "AC"
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def ask(port: int, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request to the launched server, which may still be starting."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": "token t", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/codegym/api/{path}", data, headers)
    for _ in range(1200):
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                answer: dict[str, Any] = json.loads(reply.read())
                return answer
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
