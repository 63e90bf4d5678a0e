"""Where student code runs. `open_sandbox` picks a level; the seam is in `base`."""

from .base import Answers, ExitKind, Image, Limits, Process, ProcessEnded, Sandbox, SandboxUnavailable
from .levels import choose, levels, open_remote, open_sandbox
