"""Every setting, and `build`: the one composition root. Nothing heavy is imported before `build` is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir, jupyter_path
from traitlets import Bool, Enum, Float, Integer, Unicode, default
from traitlets.config import Configurable

from . import __version__

if TYPE_CHECKING:
    from .course.catalogue import Catalogue
    from .events.relay import Relay
    from .grading.grader import Grader
    from .grading.manager import GradingManager
    from .grading.workspace import Workspace
    from .sandbox.base import Level, Sandbox
    from .store.base import Store

LEVELS = ("", "namespaces", "process")
PLACES = ("", "local", "binder")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as plain values: what `build` takes. Paths are absolute."""

    courses_dir: Path
    data_dir: Path
    root_dir: Path
    work_dir: str = "."
    sandbox: str = ""
    allow_unsafe_sandbox: bool = False
    place: str = "local"
    max_body_kb: int = 1024
    max_notebook_kb: int = 20 * 1024
    sweep_s: float = 3.0


class CodeGym(Configurable):
    """Settings of CodeGYM, as `--CodeGym.courses_dir=…` or `c.CodeGym.courses_dir = …`."""

    courses_dir = Unicode(
        help="Folder of courses: config.yaml and one folder a course. Default: $CODEGYM_COURSES, else the courses that ship."
    ).tag(config=True)
    data_dir = Unicode(
        help="Folder of the records (SQLite) and the server's key. Default: `codegym` in Jupyter's data folder."
    ).tag(config=True)
    work_dir = Unicode(
        ".", help="Folder for the students' course folders, below the server's root. Default: the root itself."
    ).tag(config=True)
    sandbox = Enum(
        LEVELS,
        help="Sandbox level: namespaces, or process with allow_unsafe_sandbox. Default: $CODEGYM_SANDBOX, else the best there is.",
    ).tag(config=True)
    allow_unsafe_sandbox = Bool(
        False,
        help="DANGER. Let answers be checked with no isolation at all, where no sandbox works: whatever an answer does, it "
        "does as you, with your files and network, and it can read the hidden tests.",
    ).tag(config=True)
    place = Enum(PLACES, help="local or binder. Default: binder where Binder's variables are set.").tag(config=True)
    max_body_kb = Integer(1024, min=16, help="Largest request, in kB.").tag(config=True)
    max_notebook_kb = Integer(20 * 1024, min=16, help="Largest request that holds a notebook, in kB.").tag(config=True)
    sweep_s = Float(3.0, min=0.1, help="Seconds between two looks for what was stored and not judged.").tag(config=True)

    @default("courses_dir")
    def _courses_dir(self) -> str:
        return os.environ.get("CODEGYM_COURSES") or str(shipped_courses())

    @default("data_dir")
    def _data_dir(self) -> str:
        return os.path.join(jupyter_data_dir(), "codegym")

    @default("sandbox")
    def _sandbox(self) -> str:
        return os.environ.get("CODEGYM_SANDBOX", "")

    @default("place")
    def _place(self) -> str:
        return place_of(os.environ)

    def settings(self, root_dir: str | Path) -> Settings:
        """These settings for a server whose files begin at `root_dir`."""
        return Settings(
            courses_dir=Path(self.courses_dir).expanduser().absolute(),
            data_dir=Path(self.data_dir).expanduser().absolute(),
            root_dir=Path(root_dir).expanduser().absolute(),
            work_dir=self.work_dir,
            sandbox=self.sandbox,
            allow_unsafe_sandbox=self.allow_unsafe_sandbox,
            place=self.place,
            max_body_kb=self.max_body_kb,
            max_notebook_kb=self.max_notebook_kb,
            sweep_s=self.sweep_s,
        )


def place_of(environment: Mapping[str, str]) -> str:
    """`binder` where Binder's own variables are set, else `local`."""
    return "binder" if any(name in environment for name in ("BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST")) else "local"


def shipped_courses() -> Path:
    """The courses of this checkout, else those that the wheel put beside Jupyter's data."""
    checkout = Path(__file__).resolve().parent.parent / "courses"
    installed = [Path(path).parent / "codegym" / "courses" for path in jupyter_path()]
    candidates = [checkout, Path(sys.prefix) / "share" / "codegym" / "courses", *installed]
    return next((path for path in candidates if (path / "config.yaml").is_file()), candidates[1])


@dataclass(frozen=True, slots=True)
class Services:
    """The managers, joined; made once a server by `build`."""

    settings: Settings
    catalogue: Catalogue
    store: Store
    sandbox: Sandbox
    level: Level
    grader: Grader
    manager: GradingManager
    workspace: Workspace
    relay: Relay
    about: dict[str, Any] = field(default_factory=dict)

    async def start(self) -> None:
        """Open the records, begin the sweep and the relay, and fork ahead of need. Raises store.base.StoreError."""
        await self.manager.start()
        self.relay.start()

    async def close(self) -> None:
        """End everything: no task, process or lock is left. What was accepted and not judged is judged at the next start."""
        await self.relay.close()
        await self.manager.close()
        await self.sandbox.close()
