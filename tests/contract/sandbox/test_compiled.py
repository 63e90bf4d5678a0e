"""A zygote starts from what the one before it compiled, as an installed package does."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import codegym_jlab
from codegym_jlab.sandbox.namespaces import Namespaces

RUNNER = Path(codegym_jlab.__file__).parent / "runner"


@pytest.mark.parametrize("keeps", [True, False])
def test_what_was_compiled_is_kept_where_python_keeps_it(
    keeps: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", not keeps)
    backend = Namespaces()
    *python, _ = backend.command()
    copy = shutil.copytree(RUNNER, tmp_path / "runner", ignore=shutil.ignore_patterns("__pycache__"))
    ours, theirs = socket.socketpair()
    ours.close()  # the host goes away before it asks for anything
    with theirs:
        command = [*python, str(copy / "__main__.py"), str(theirs.fileno())]
        subprocess.run(
            command,
            env=backend.environment(),
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
    assert bool(list(copy.glob("isolation/__pycache__/zygote.*.pyc"))) == keeps
