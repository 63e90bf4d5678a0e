"""The store seam for a person's own data: finding what is kept of them, and erasing it.

Erasing leaves scores under a random id that names nobody: a class's figures stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept of a person in one offering."""

    submissions: int  #: tries and submits whose source is kept
    drafts: int
    judgements: int  #: also those that others took the place of
    hints: int
    openings: int
    notebooks: int  #: as they were generated for the person
    overrides: int  #: set for this person alone
    turns: int = 0  #: of conversations with the tutor
    tickets: int = 0  #: questions to a person


@dataclass(frozen=True, slots=True)
class Erasure:
    """That somebody was erased, when, by which account, and why."""

    offering: str
    person: str
    erased_at: datetime
    who: str
    why: str


#: What may be let go of: delivered events; drafts of what was handed in; outputs; texts of what does not count; talks
#: with the tutor; questions to a person.
KINDS = ("deliveries", "drafts", "outputs", "submissions", "conversations", "tickets")


@dataclass(frozen=True, slots=True)
class Stale:
    """A page of what is old. `after` begins the next one; None: this was the last."""

    ids: Sequence[str]
    after: str | None
