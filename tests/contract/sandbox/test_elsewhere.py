"""The same promises for an ordinary user, in a user namespace of one id, and in a box with a read-only root.

`selfcheck.py` is run there by whatever Python can be reached.
"""

from __future__ import annotations

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegym_jlab.sandbox import choose

pytestmark = pytest.mark.full

REPOSITORY = Path(__file__).parents[3]
CHECK = Path(__file__).with_name("selfcheck.py")
# setpriv keeps its capabilities until its exec: the shell in between has none, and reaches what this user reaches
NOBODY = ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", "sh", "-c", 'exec "$@"', "sh"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "CG_SECRET_CANARY": "cg-env-canary", "PYTHONDONTWRITEBYTECODE": "1"}
FORBID = "for kind in user pid mnt net; do echo 0 > /proc/sys/user/max_${kind}_namespaces; done"
BOX = (
    "bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /dev/shm "
    "--unshare-pid --unshare-net --unshare-ipc --die-with-parent --new-session --chdir /tmp"
).split()


def run(prefix: list[str], python: str, repository: Path = REPOSITORY, check: Path = CHECK) -> dict[str, Any]:
    command = [*prefix, python, str(check), str(repository), "namespaces"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT, cwd="/")
    assert done.returncode == 0, done.stderr[-2000:]
    facts: dict[str, Any] = json.loads(done.stdout)
    if "unavailable" in facts:
        pytest.skip(facts["unavailable"])
    return facts


def holds(facts: dict[str, Any]) -> None:
    look = ast.literal_eval(facts["look"]["stdout"])
    assert look["caps"] == ["0000000000000000"] * 3 or look["proc"] == []
    assert (look["secret"], look["tmp"], look["sys"], look["canary"], look["shadow"]) == (None, [], False, False, False)
    assert look["uid"] == 65534
    assert look["proc"] in (["1"], [])
    if "refused" in facts:
        assert facts["refused"]["stdout"] == "[True, True, True, True, True, True]\nread-only\n"
    assert facts["value"]["value"] == ["int", "0"]
    assert (facts["slept"], facts["loop"], facts["memory"]) == ("timeout", "timeout", "memory")
    assert facts["network"] == "opening a network connection"
    assert facts["bomb"] in ("full\n", "killed")
    assert facts["tree"] == "killed"


def reachable_python(prefix: list[str]) -> str:
    """A Python of at least 3.11 that this user may run, and that may read this checkout."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        files = [str(CHECK), choose.__code__.co_filename]
        test = f"import sys; assert sys.version_info >= (3, 11); [open(f) for f in {files}]"
        if subprocess.run([*prefix, python, "-c", test], capture_output=True, cwd="/").returncode == 0:
            return python
    pytest.skip("an ordinary user reaches no Python of 3.11 or newer, or not this checkout")


def needs(*programs: str) -> None:
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def test_this_user() -> None:
    holds(run([], sys.executable))


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_an_ordinary_user() -> None:
    needs("setpriv")
    facts = run(NOBODY, reachable_python(NOBODY))
    holds(facts)


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_an_ordinary_user_who_is_root_in_a_namespace() -> None:
    needs("setpriv", "unshare")
    prefix = [*NOBODY, "unshare", "--map-root-user"]
    holds(run(prefix, reachable_python(prefix)))


def test_root_in_a_namespace_of_one_id() -> None:
    needs("unshare")
    prefix = ["unshare", "--map-root-user"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("no user namespace here")
    holds(run(prefix, sys.executable))


def test_in_a_box_with_a_read_only_root(tmp_path: Path) -> None:
    needs("bwrap")
    box = [*BOX, "--ro-bind", str(CHECK), "/tmp/selfcheck.py"]
    if REPOSITORY.is_relative_to("/tmp"):
        box += ["--ro-bind", str(REPOSITORY), str(REPOSITORY)]
    if subprocess.run([*box, "true"], capture_output=True).returncode:
        pytest.skip("bwrap does not work here")
    holds(run(box, sys.executable, check=Path("/tmp/selfcheck.py")))


def test_without_a_procfs_of_its_own() -> None:
    """Where the kernel allows no fresh /proc, the sandbox has an empty one, and the watchdog still works."""
    needs("setpriv", "unshare")
    if os.getuid() != 0:
        pytest.skip("only root can cover a part of /proc")
    # a covered part of /proc is what containers have: an ordinary user may then mount none
    cover = f'mount -t tmpfs none /proc/sys && exec {shlex.join(NOBODY)} "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", cover, "sh"]
    facts = run(prefix, reachable_python(NOBODY))
    assert facts["details"]["sealed"]["proc"] == "empty"
    holds(facts)


def test_where_there_are_no_user_namespaces_it_says_so() -> None:
    needs("setpriv", "unshare")
    if os.getuid() != 0:
        pytest.skip("only root can forbid them")
    prefix = ["unshare", "--user", "--map-root-user", "sh", "-c", f'{FORBID} && exec "$@"', "sh"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("they cannot be forbidden here")
    with pytest.raises(pytest.skip.Exception, match="namespaces: the sandbox did not start: .*unshare"):
        run(prefix, sys.executable)
