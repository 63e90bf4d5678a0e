"""The store seam for a person's own data: finding what is kept of them, and erasing it.

Erasing leaves scores under a random id that names nobody: a class's figures stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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


class Privacy(Protocol):
    """What is kept of a person, who is known by the random id in an offering."""

    async def sent_by(self, offering: str, person: str) -> Sequence[str]:
        """Ids of all that is theirs, and of what they sent for a team; drafts too, the oldest first."""
        ...

    async def holdings(self, offering: str, person: str) -> Holdings:
        """What erasing would take away."""
        ...

    async def erase(self, erasure: Erasure) -> bool:
        """Account, sources, cells, outputs, drafts, notebooks, hints, talks, openings, overrides: in one transaction.

        What waits to be judged is cancelled. Verdicts, scores and times stay. False: they were erased before.
        A team's work stays for the others, without who sent it; with the last of them it goes as well.
        """
        ...

    async def erasures(self, offering: str) -> Sequence[Erasure]:
        """The newest first."""
        ...

    async def compact(self) -> bool:
        """Overwrite what was erased where the records lie; False where another program keeps that from being done."""
        ...
