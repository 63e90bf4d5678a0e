"""What is asked of the tutor and what it is asked beside: pure records, shared by all who answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codegym_jlab.course.schema import Exercise

#: What a student needs next.
Intent = Literal[
    "hint",
    "explain_error",
    "review",
    "concept",
    "solution_request",
    "progress",
    "logistics",
    "off_topic",
    "distress",
    "injection",
]


@dataclass(frozen=True, slots=True)
class Situation:
    """What the notebook shows beside a message. `exercise` comes from the course; all else is quoted data."""

    exercise: Exercise | None = None
    source: str = ""  #: the answer cell
    has_code: bool = False  #: whether there is code of the student's, also where `source` is not told
    last_error: str | None = None  #: the last line of a traceback, or the whole of it
    last_verdict: str | None = None  #: free text: `WA`, `failed 2/7` (2 of 7 did not pass), `passed 6/6`, `error`
    output: str | None = None  #: what the cell printed
    language: str = "en"  #: BCP 47, of the course


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the student's and, where there is one yet, what was shown as the answer."""

    message: str
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a message goes. Never a guess acted on: unless `sure`, it is asked back, with `other` as well."""

    intent: Intent
    sure: bool = True
    other: Intent | None = None
    language: str = "en"  #: BCP 47, of the message
