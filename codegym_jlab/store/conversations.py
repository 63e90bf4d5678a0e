"""The store seam for conversations with the tutor: what was asked, what was answered, what staff are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One question and its answer. `reply` and `withheld` are JSON that the tutor alone reads."""

    id: str
    offering: str
    person: str
    exercise: str
    asked_at: datetime
    message: str
    intent: str
    reply: Mapping[str, Any] | None = None  #: None where it was stopped before there was one
    llm: str | None = None  #: which one answered; None: the course's own
    tokens: int = 0  #: that models read and wrote for it
    wall_ms: float = 0.0
    thumb: int = 0  #: 1: it helped; −1: it did not
    hidden: bool = False  #: the student began anew; it still counts
    withheld: Sequence[Mapping[str, Any]] = ()  #: what was not shown, and why, for staff


@dataclass(frozen=True, slots=True)
class Asked:
    """How often something was asked in a class, and how the answers fared."""

    exercise: str
    intent: str
    turns: int
    people: int
    helped: int
    unhelped: int
    withheld: int  #: turns of which something was not shown
    by_llm: int  #: turns that a model answered


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens since a time: of one person, and of all."""

    person: int
    offering: int


@dataclass(frozen=True, slots=True)
class Narrow:
    """What of a class is looked at; a field that is None leaves nothing out."""

    exercise: str | None = None
    section: str | None = None  #: of who asked, as they are enrolled now
    since: datetime | None = None


ALL = Narrow()


@dataclass(frozen=True, slots=True)
class Ticket:
    """One question to a person. What was asked never changes; it is answered once or more, the last answer stands."""

    id: str
    offering: str
    person: str
    exercise: str
    asked_at: datetime
    question: str
    shared: Mapping[str, Any] = field(default_factory=dict)  #: what the student sent with it
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None  #: the name that the student is shown
