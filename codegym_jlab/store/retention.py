"""The store seam for what is kept no longer: finding what is old, and letting go of it in small transactions.

What counts for a score is never among it: the store asks that again in the transaction that lets go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: What may be let go of: delivered events; drafts of what was handed in; outputs; texts of what does not count; talks
#: with the tutor; questions to a person.
KINDS = ("deliveries", "drafts", "outputs", "submissions", "conversations", "tickets")


@dataclass(frozen=True, slots=True)
class Stale:
    """A page of what is old. `after` begins the next one; None: this was the last."""

    ids: Sequence[str]
    after: str | None
    done: str | None = None  #: once `ids` are gone, nothing up to here is ever old again; None: not known


class Retention(Protocol):
    """What `grading.retention` needs of a store."""

    async def stale(self, kind: str, before: datetime, after: str, limit: int) -> Stale:
        """What of one of KINDS is older than `before`, among at most `limit` looked at; `after`: empty for the first.

        deliveries: events that every sink has. drafts: of exercises that the person handed in, all but the newest of
        those older; while nothing is handed in, any may be collected, whichever times are set later.
        outputs: judgements with something printed or got, of what is settled.
        submissions: tries, and submits that neither count, nor are the newest, nor are accepted, nor wait for anything.
        conversations: what was asked of the tutor and answered. tickets: those that a person answered, by when.
        """
        ...

    async def let_go_of(self, kind: str, ids: Sequence[str], before: datetime) -> int:
        """One transaction; how many it was. Verdicts, scores, labels, times stay; events and talks are deleted."""
        ...
