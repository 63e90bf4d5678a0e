"""The level `process`: isolates nothing. For machines where nothing else works, if configuration says so aloud.

Student code runs as the person who runs CodeGYM, with that person's files, network and tokens. It shares the runner,
so that a judgement has the same shape as everywhere; it works on macOS too.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from .base import Image, SandboxUnavailable
from .namespaces import ENVIRONMENT, Namespaces, python_paths
from .pool import Pool

REFUSAL = (
    "the level 'process' isolates nothing: student code would run with all your files, network and tokens. "
    "If that is what you want, say so: set c.CodeGym.allow_unsafe_sandbox = True"
)


class Unisolated(Namespaces):
    """A `pool.Backend`."""

    level = "process"

    def environment(self) -> dict[str, str]:
        """The sandbox's, with this machine's own folder for temporary files."""
        return {**ENVIRONMENT, "HOME": tempfile.gettempdir(), "TMPDIR": tempfile.gettempdir()}

    def configuration(self, image: Image) -> dict[str, Any]:
        """What to import, and which files to lay out."""
        return {
            "level": self.level,
            "path": python_paths(),
            "preload": list(image.preload),
            "files": [[name, os.path.abspath(path)] for name, path in image.files],
        }


def create(allow_unsafe: bool) -> Pool:
    """The sandbox of this level. Raises SandboxUnavailable unless `allow_unsafe`."""
    if not allow_unsafe:
        raise SandboxUnavailable(REFUSAL)
    if sys.platform == "win32":
        raise SandboxUnavailable("Windows cannot fork; use WSL, where 'namespaces' works")
    return Pool(Unisolated())
