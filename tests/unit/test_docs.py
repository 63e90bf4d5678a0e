"""What README, docs and configuration name of the code is there."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/README.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile"])
FILE = re.compile(r"(?<![\w./-])(?:[\w-]+/)+[\w-]+\.(?:py|ts|tsx|toml|sh|yaml|json|po)\b")
BARE = re.compile(r"`([\w-]+\.(?:py|ts|tsx))`")
MODULE = re.compile(r"\bcodegym_jlab(?:\.[a-z_]+)+\b")
#: What stands in a course or a home, is built, or is another project's.
ELSEWHERE = re.compile(
    r"^(?:etc|my-|winter|data|python-basics|\.codegym|courses/my|HOME|share|codegym_jlab/labextension|test_kernelmanager|jupyter_server_config)"
)


@cache
def files() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(f"/{path}" for path in listed.splitlines())


def is_module(name: str) -> bool:
    path = name.replace(".", "/")
    while "/" in path:  # the last part may be a name in a module
        if any(f"/{path}{end}" in files() for end in (".py", "/__init__.py")):
            return True
        path, _, last = path.rpartition("/")
        if path == "codegym_jlab":
            return False
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {path for path in FILE.findall(text) + BARE.findall(text) if not ELSEWHERE.match(path)}
    assert [path for path in sorted(named) if not any(f.endswith(f"/{path}") for f in files())] == []
    assert [name for name in sorted(set(MODULE.findall(text))) if not is_module(name)] == []


def test_the_page_of_a_class_says_which_versions_it_needs() -> None:
    """As the package asks for them, so that `pip` brings no other Hub."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [f"python{project['requires-python']}", *project["dependencies"], *project["optional-dependencies"]["hub"]]
    page = " ".join((ROOT / "docs/how-to/jupyterhub.md").read_text("utf-8").split())
    for name in ("Python", "JupyterLab", "JupyterHub"):
        (least,) = re.findall(rf"^{name.lower()}>=([\d.]+)", "\n".join(asked), re.MULTILINE)
        assert f"{name} {least} or newer" in page
