"""Whether a part of the cgroup v2 tree is delegated to us (systemd: `Delegate=memory pids`)."""

from __future__ import annotations

import contextlib
import os
from functools import cache
from pathlib import Path

_NEEDED = ("memory", "pids")


@cache
def delegated() -> tuple[str, str]:
    """The folder for leases' cgroups, or an empty text; and what to say of it. Tried once a process."""
    try:
        own = _own()
        if own is None:
            return "", "no cgroup v2 here"
        base = _base(own)
        if base is None:
            return "", "no cgroup v2 subtree with memory and pids is delegated"
        (base / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in _NEEDED))
        _sweep(base)
        return str(base), f"cgroup v2 below {base}"
    except OSError as e:
        return "", f"cgroup v2 cannot be used: {e}"


def _own() -> Path | None:
    """The folder of this process's cgroup."""
    path = next((line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")), "")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        root, point = fields.split()[3:5]
        if path and rest.startswith("cgroup2 ") and (path + "/").startswith(root.rstrip("/") + "/"):
            return Path(point) / path[len(root.rstrip("/")) :].lstrip("/")
    return None


def _base(own: Path) -> Path | None:
    """Where cgroups for leases can be made: it must hold no process itself, so that it may have bounded children."""
    if _is_ours(own.parent) and not _processes(own.parent):
        return own.parent
    if not _is_ours(own) or _processes(own) - {os.getpid()}:
        return None
    leaf = own / "codegym-host"
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))
    return own


def _is_ours(folder: Path) -> bool:
    try:
        there = set((folder / "cgroup.controllers").read_text().split())
    except OSError:
        return False
    files = [folder, folder / "cgroup.procs", folder / "cgroup.subtree_control"]
    return there.issuperset(_NEEDED) and all(os.access(path, os.W_OK) for path in files)


def _processes(folder: Path) -> set[int]:
    return {int(word) for word in (folder / "cgroup.procs").read_text().split()}


def _sweep(base: Path) -> None:
    """Remove what zygotes left that were killed."""
    for left in base.glob("codegym-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                left.rmdir()
