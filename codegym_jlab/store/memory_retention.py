"""What is old in dicts: a part of `memory.MemoryStore`. What each method promises stands in `retention.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from codegym_jlab.submission import Judgement, Kind, State, Submission, Verdict

from .base import Progress
from .conversations import KeptTurn
from .remembered import Kept, Posted
from .retention import Stale
from .tickets import Ticket

_SETTLED = (State.JUDGED, State.CANCELLED)


class MemoryRetention:
    """Everything is found at once: no page has a next one."""

    _kept: dict[str, Kept]
    _progress: dict[tuple[str, str, str], Progress]
    _outbox: list[Posted]
    _turns: dict[str, KeptTurn]
    _tickets: dict[str, Ticket]

    async def stale(self, kind: str, before: datetime, after: str, limit: int) -> Stale:
        found = {
            "deliveries": self._old_deliveries,
            "drafts": self._old_drafts,
            "outputs": self._old_outputs,
            "submissions": self._old_submissions,
            "conversations": self._old_turns,
            "tickets": self._old_tickets,
        }
        return Stale(found[kind](before), None)

    async def let_go_of(self, kind: str, ids: Sequence[str], before: datetime) -> int:
        still = set((await self.stale(kind, before, "", 0)).ids) & set(ids)
        for id in sorted(still):
            if kind == "deliveries":
                self._outbox[int(id) - 1].gone = True
            elif kind == "conversations":
                del self._turns[id]
            elif kind == "tickets":
                del self._tickets[id]
            elif kind == "outputs":
                self._mute(next(k for k in self._kept.values() if id in _judgements(k)), before)
            else:
                self._let_go(self._kept[id], before)
        return len(still)

    def _let_go(self, kept: Kept, before: datetime) -> None:
        state = State.CANCELLED if kept.submission.state is State.KEPT else kept.submission.state
        kept.submission = replace(kept.submission, state=state, source="", cells=(), claimed_at=None)
        kept.emptied = True
        self._mute(kept, before)

    def _mute(self, kept: Kept, before: datetime) -> None:
        if kept.judgement is not None and kept.judgement.judged_at < before:
            kept.judgement = _muted(kept.judgement)
        kept.given[:] = [
            replace(given, judgement=_muted(given.judgement)) if given.judgement.judged_at < before else given
            for given in kept.given
        ]

    def _old_deliveries(self, before: datetime) -> list[str]:
        old = [
            place
            for place, post in enumerate(self._outbox, 1)
            if post.delivered_at is not None and post.delivered_at < before and not post.gone
        ]
        return [str(place) for place in old]

    def _old_turns(self, before: datetime) -> list[str]:
        return sorted(turn.id for turn in self._turns.values() if turn.asked_at < before)

    def _old_tickets(self, before: datetime) -> list[str]:
        answered = {one.id: one.answered_at for one in self._tickets.values()}
        return sorted(id for id, at in answered.items() if at is not None and at < before)

    def _old_drafts(self, before: datetime) -> list[str]:
        old = [k.submission for k in self._kept.values() if k.submission.state is State.KEPT]
        old = [sent for sent in old if sent.received_at < before]
        newest: dict[tuple[str, str, str], str] = {}
        for sent in old:
            newest[_place(sent)] = max(newest.get(_place(sent), ""), sent.id)
        return [sent.id for sent in old if newest[_place(sent)] != sent.id and self._was_attempted(sent)]

    def _was_attempted(self, sent: Submission) -> bool:
        line = self._progress.get(_place(sent))
        return line is not None and line.attempts > 0

    def _old_outputs(self, before: datetime) -> list[str]:
        settled = (kept for kept in self._kept.values() if kept.submission.state in _SETTLED)
        judged = (one for kept in settled for one in _judgements(kept).values())
        return [one.id for one in judged if one.judged_at < before and one != _muted(one)]

    def _old_submissions(self, before: datetime) -> list[str]:
        leant_on = {kept.same_as for kept in self._kept.values()}
        return [
            kept.submission.id
            for kept in self._kept.values()
            if kept.submission.received_at < before
            and kept.submission.state in _SETTLED
            and kept.submission.kind is not Kind.DRAFT
            and not kept.emptied
            and kept.submission.id not in leant_on
            and (kept.submission.kind is Kind.TRY or not self._matters(kept))
        ]

    def _matters(self, kept: Kept) -> bool:
        """It counts, is the newest, or is accepted."""
        line = self._progress.get(_place(kept.submission))
        counts = line is not None and kept.submission.id in (line.submission, line.counting_submission)
        judged = self._kept[kept.same_as].judgement if kept.same_as else kept.judgement
        return counts or (judged is not None and judged.verdict is Verdict.AC)


def _place(sent: Submission) -> tuple[str, str, str]:
    return sent.offering, sent.person, sent.exercise


def _judgements(kept: Kept) -> dict[str, Judgement]:
    found = [given.judgement for given in kept.given]
    return {one.id: one for one in [*found, *([kept.judgement] if kept.judgement else [])]}


def _muted(judged: Judgement) -> Judgement:
    checks = tuple(replace(check, got=None, diff=None, stdout="", failure=None) for check in judged.checks)
    return replace(judged, stdout="", failure=None, checks=checks)
