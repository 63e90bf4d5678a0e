"""The same promises for an ordinary user, root in namespaces, and in a box with a read-only root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]
CHECK = Path(__file__).with_name("selfcheck_kernel.py")
SITE = sysconfig.get_path("purelib")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": SITE, "HOME": "/nonexistent"}
# setpriv keeps its capabilities until its exec: the shell in between has none, and reaches what this user reaches
NOBODY = ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", "sh", "-c", 'exec "$@"', "sh"]
FORBID = "for kind in user pid mnt net; do echo 0 > /proc/sys/user/max_${kind}_namespaces; done"
BOX = (
    "bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /dev/shm "
    "--unshare-pid --unshare-net --unshare-ipc --die-with-parent --new-session --chdir /tmp"
).split()
IS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")


def run(prefix: list[str], python: str, *more: str, check: Path = CHECK) -> dict[str, Any]:
    command = [*prefix, python, str(check), str(REPOSITORY), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=ENVIRONMENT, cwd="/")
    assert done.returncode == 0, done.stderr[-2000:]
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def holds(facts: dict[str, Any]) -> None:
    assert "refused" not in facts, facts
    look = facts.pop("look")
    assert look["caps"] in (["0000000000000000"] * 3, ["0"] * 3)
    assert (look["token"], look["shadow"], look["tmp"], look["uid"]) == (None, False, False, 65534)
    assert (look["read"], look["written"], look["link"]) == ("given", "done", "PermissionError")
    assert (look["network"], look["program"]) == ("SandboxViolation", "SandboxViolation")
    assert facts == {"owner": True, "again": "42\n", "memory": True, "left": []}


def reachable_python(prefix: list[str]) -> str:
    """A Python for which our packages were built, that this user may run, and that may read this checkout."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        same = f"import sys; assert sys.version_info[:2] == {sys.version_info[:2]}; open({str(CHECK)!r}); import zmq"
        if subprocess.run([*prefix, python, "-c", same], capture_output=True, cwd="/", env=ENVIRONMENT).returncode == 0:
            return python
    pytest.skip("an ordinary user reaches no Python of this version, or not this checkout")


def needs(*programs: str) -> None:
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def works(command: list[str]) -> None:
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this machine does not allow it")


def test_this_user() -> None:
    holds(run([], sys.executable))


@IS_ROOT
def test_an_ordinary_user() -> None:
    needs("setpriv")
    holds(run(NOBODY, reachable_python(NOBODY)))


@IS_ROOT
def test_an_ordinary_user_who_is_root_in_a_namespace() -> None:
    needs("setpriv", "unshare")
    prefix = [*NOBODY, "unshare", "--map-root-user"]
    holds(run(prefix, reachable_python(prefix)))


def test_root_in_a_namespace_of_one_id() -> None:
    needs("unshare")
    prefix = ["unshare", "--map-root-user"]
    works(prefix)
    holds(run(prefix, sys.executable))


def test_in_a_box_with_a_read_only_root() -> None:
    needs("bwrap")
    box = [*BOX, "--ro-bind", str(CHECK), "/tmp/selfcheck_kernel.py"]
    if REPOSITORY.is_relative_to("/tmp"):
        box += ["--ro-bind", str(REPOSITORY), str(REPOSITORY)]
    works(box)
    holds(run(box, sys.executable, check=Path("/tmp/selfcheck_kernel.py")))


@IS_ROOT
def test_without_a_procfs_of_its_own() -> None:
    needs("setpriv", "unshare")
    cover = 'mount -t tmpfs none /proc/sys && exec setpriv --reuid 65533 --regid 65533 --clear-groups "$@"'
    holds(run(["unshare", "--mount", "sh", "-c", cover, "sh"], reachable_python(NOBODY)))


NO_NAMESPACES = ["unshare", "--user", "--map-root-user", "sh", "-c", f'{FORBID} && exec "$@"', "sh"]


@IS_ROOT
def test_where_there_are_no_user_namespaces_it_is_confined() -> None:
    needs("unshare")
    works(NO_NAMESPACES)
    facts = run(NO_NAMESPACES, sys.executable)
    if "Landlock" in facts.get("refused", ""):
        pytest.skip(facts["refused"])
    look = facts["look"]
    assert (look["uid"], look["shadow"]) == (0, True), "root of that one id alone; names can be asked for"
    holds({**facts, "look": {**look, "uid": 65534, "shadow": False, "tmp": False}})


@IS_ROOT
def test_where_the_level_that_is_forced_does_not_work_it_says_what_to_do() -> None:
    needs("unshare")
    works(NO_NAMESPACES)
    refused = run([*NO_NAMESPACES, "env", "CODEGYM_SANDBOX=namespaces"], sys.executable)["refused"]
    assert "the sandbox did not start" in refused
    assert refused.endswith("The kernel Python 3 runs without a sandbox.")


@IS_ROOT
@pytest.mark.parametrize("owner", [0, 1234])
def test_on_a_file_system_without_id_mapped_mounts(tmp_path: Path, owner: int) -> None:
    """As in a container: another user's folder is lent to that user, root's is refused."""
    needs("unshare")
    for name in ("lower", "upper", "work", "folder"):
        (tmp_path / name).mkdir()
    lower, upper, work, folder = (tmp_path / name for name in ("lower", "upper", "work", "folder"))
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mount = f'mount -t overlay overlay -o {options} {folder} && chown {owner}:{owner} {folder} && exec "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", mount, "sh"]
    works(prefix)
    facts = run(prefix, sys.executable, str(folder))
    if owner:
        holds(facts)
    else:
        assert "belongs to root" in facts["refused"] and "start Jupyter as an ordinary user" in facts["refused"]
