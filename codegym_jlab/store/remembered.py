"""What `memory.py` keeps of a submission and of an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from codegym_jlab.events.records import Event
from codegym_jlab.submission import Judgement, State, Submission

from .base import Given, Lease


@dataclass(slots=True)
class Kept:
    """A submission and its bookkeeping."""

    submission: Submission
    lease: Lease | None = None
    judgement: Judgement | None = None
    same_as: str | None = None
    faults: int = 0
    not_before: datetime | None = None
    given: list[Given] = field(default_factory=list)  #: judgements that others took the place of, the oldest first
    emptied: bool = False  #: its text is gone, what was judged stays
    reason: tuple[str, str | None, str | None] = ("check", None, None)  #: cause, who, why of the one that holds

    @property
    def waits(self) -> bool:
        """It is still to be judged."""
        return self.submission.state is State.WAITING


@dataclass(slots=True)
class Posted:
    """An event in the outbox."""

    event: Event
    done: bool = False
    delivered_at: datetime | None = None
    tries: int = 0
    dead: bool = False
    problem: str = ""
    sent: set[str] = field(default_factory=set)
    gone: bool = False  #: its place is never given again
