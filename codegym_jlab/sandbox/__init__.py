"""Where student code runs. `open_sandbox` picks a level; the seam is in `base`."""

from .base import (
    Answers,
    ExitKind,
    ExitStatus,
    Image,
    Level,
    Limits,
    Process,
    ProcessEnded,
    Sandbox,
    SandboxUnavailable,
    side_of_author,
)
from .levels import LEVELS, REMOTE, choose, levels, open_remote, open_sandbox
