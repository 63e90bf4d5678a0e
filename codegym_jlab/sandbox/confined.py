"""The level `confined`, host side: what may be read where no namespaces can be made. Linux alone.

Landlock, which can only allow, seccomp and limits. The inner side is `runner.isolation.confined`; `pool.py` gives
each check a process in which the cells run again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .base import Image
from .namespaces import Namespaces, lease_user, python_paths, relative, shared_libraries

_OURS = Path(__file__).parent.parent
_NEVER = ("codegym_jlab", "site-packages", "dist-packages", "__editable__", "__pycache__")
_NEVER_ENDS = (".pth", ".egg-link")
_FOLDERS = ("HOME", "TMPDIR", "MPLCONFIGDIR")  # each fork has its own


class Confined(Namespaces):
    """How zygotes of this level are started."""

    level = "confined"
    replays = True

    def environment(self) -> dict[str, str]:
        """Built from nothing; the folders are added inside."""
        return {name: value for name, value in super().environment().items() if name not in _FOLDERS}

    def configuration(self, image: Image) -> dict[str, Any]:
        """What to import, and what may be read."""
        paths = python_paths()
        libraries = shared_libraries()
        return {
            "level": self.level,
            "user": lease_user(),
            "path": paths,
            "preload": ["random", *image.preload],
            "reads": [*paths, *libraries],
            "grants": [*(entry for path in paths for entry in _entries(path)), *_libraries(libraries, paths)],
            "files": [[relative(name), os.path.abspath(path)] for name, path in image.files],
            "scratch": tempfile.gettempdir(),
        }


def _entries(folder: str) -> Iterator[str]:
    """What lies in a folder of Python's, but for this package, links to a checkout of it, and packages of others."""
    with os.scandir(folder) as found:
        for entry in found:
            if not entry.name.startswith(_NEVER) and not entry.name.endswith(_NEVER_ENDS) and _is_apart(entry.path):
                yield entry.path


def _is_apart(path: str) -> bool:
    """Whether this package lies neither there nor around it, links followed."""
    real = Path(os.path.realpath(path))
    return not _OURS.is_relative_to(real) and not real.is_relative_to(_OURS)


def _libraries(folders: list[str], paths: list[str]) -> Iterator[str]:
    """Shared libraries: whole folders, but files alone of one that holds packages or data as well."""
    yield from (path for path in ("/etc/ld.so.cache", "/usr/share/zoneinfo") if os.path.exists(path))
    for folder in folders:
        real = Path(os.path.realpath(folder))
        if all(_is_apart(folder) and not Path(os.path.realpath(p)).is_relative_to(real) for p in paths):
            yield folder
            continue
        with os.scandir(folder) as found:
            yield from (e.path for e in found if ".so" in e.name and e.is_file())
