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
)
from .choice import LEVELS, choose, levels, open_sandbox

__all__ = [
    "LEVELS",
    "Answers",
    "ExitKind",
    "ExitStatus",
    "Image",
    "Level",
    "Limits",
    "Process",
    "ProcessEnded",
    "Sandbox",
    "SandboxUnavailable",
    "choose",
    "levels",
    "open_sandbox",
]
