"""A person's own data in dicts: a part of `memory.MemoryStore`. What each method promises stands in `privacy.py`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from codegym_jlab.submission import CheckResult, Judgement, Kind, State

from .base import Given, HintGiven, Progress
from .conversations import KeptTurn
from .memory_teams import MemoryTeams
from .privacy import Erasure, Holdings
from .register import Ruling, RulingChange
from .remembered import Kept, Posted
from .tickets import Ticket

_STOPPED = {
    State.WAITING: State.CANCELLED,
    State.PARKED: State.CANCELLED,
    State.KEPT: State.CANCELLED,
    State.AWAITING_REVIEW: State.JUDGED,
}


class MemoryPrivacy(MemoryTeams):
    """Finding and erasing."""

    _kept: dict[str, Kept]
    _keys: dict[tuple[str, str, str], str]
    _people: dict[tuple[str, str], str]
    _progress: dict[tuple[str, str, str], Progress]
    _hints: dict[tuple[str, str, str], list[HintGiven]]
    _full_at: dict[tuple[str, str, str], datetime]
    _openings: dict[tuple[str, str, str], datetime]
    _bases: dict[tuple[str, str, str, str], str]
    _rulings: dict[tuple[str, str, str, str, str], Ruling]
    _ruling_changes: dict[str, list[RulingChange]]
    _unsubmitted: set[tuple[str, str, str]]
    _turns: dict[str, KeptTurn]
    _tickets: dict[str, Ticket]
    _outbox: list[Posted]

    def __init__(self) -> None:
        super().__init__()
        self._erased: dict[str, Erasure] = {}

    def _own(self, offering: str, person: str) -> list[Kept]:
        mine = (k for k in self._kept.values() if (k.submission.offering, k.submission.person) == (offering, person))
        return sorted(mine, key=lambda kept: kept.submission.id)

    async def sent_by(self, offering: str, person: str) -> Sequence[str]:
        teams = self._team_owners(offering, person)
        for_teams = [k for team in teams for k in self._own(offering, team) if k.submission.submitter == person]
        return sorted(kept.submission.id for kept in [*self._own(offering, person), *for_teams])

    async def holdings(self, offering: str, person: str) -> Holdings:
        def of(keys: Collection[tuple[str, ...]]) -> int:
            return sum(key[:2] == (offering, person) for key in keys)

        mine = self._own(offering, person)
        whole = [kept for kept in mine if not kept.emptied]
        drafts = sum(kept.submission.kind is Kind.DRAFT for kept in whole)
        sent = len(whole) - drafts
        judged = sum(len(kept.given) + (kept.judgement is not None) for kept in mine)
        hints = sum(len(given) for key, given in self._hints.items() if key[:2] == (offering, person))
        others = (hints, of(self._openings), of(self._bases), of(self._rulings))
        talk = sum((turn.offering, turn.person) == (offering, person) for turn in self._turns.values())
        asked = sum((one.offering, one.person) == (offering, person) for one in self._tickets.values())
        return Holdings(sent, drafts, judged, *others, talk, asked)

    async def erase(self, erasure: Erasure) -> bool:
        who = (erasure.offering, erasure.person)
        accounts = [key for key, person in self._people.items() if (key[0], person) == who]
        if not (accounts or erasure.person in self._teams) or erasure.person in self._erased:
            return False
        for kept in self._own(*who):
            self._empty(kept)
        for post in self._outbox:
            post.gone = post.gone or (post.event.key == erasure.person and (post.done or post.dead))
        tables: tuple[dict[Any, Any], ...] = (self._hints, self._full_at, self._openings, self._bases, self._rulings)
        for table in tables:
            for key in [key for key in table if key[:2] == who]:
                del table[key]
        for turn in [turn for turn in self._turns.values() if (turn.offering, turn.person) == who]:
            del self._turns[turn.id]
        for ticket in [one for one in self._tickets.values() if (one.offering, one.person) == who]:
            del self._tickets[ticket.id]
        self._unsubmitted -= {key for key in self._unsubmitted if key[:2] == who}
        changes = self._ruling_changes.get(erasure.offering, [])
        changes[:] = [one for one in changes if erasure.person not in _about(one)]
        moves = self._team_moves.get(who, [])
        moves[:] = [replace(move, why="") for move in moves]
        for place, line in self._progress.items():
            if place[:2] == who:
                self._progress[place] = replace(line, awaiting_review=False)
        for role, member in self._roles.items():
            if role[:2] == who:
                self._roles[role] = replace(member, account=None, section="")
        for account in accounts:
            del self._people[account]
        self._erased[erasure.person] = erasure
        for team in self._team_owners(*who):
            await self._leave_to_others(erasure, team)
        return True

    async def _leave_to_others(self, erasure: Erasure, team: str) -> None:
        """What was handed in is the team's, and stays for the others; it goes with the last of them."""
        for kept in self._own(erasure.offering, team):
            if kept.submission.state is State.KEPT and kept.submission.submitter == erasure.person:
                self._empty(kept)
        if self._teams[team].ever <= self._erased.keys():
            await self.rename_team(erasure.offering, team, team)
            await self.erase(replace(erasure, person=team))

    def _empty(self, kept: Kept) -> None:
        sent = kept.submission
        self._keys.pop((sent.offering, sent.person, sent.idempotency_key), None)
        state = _STOPPED.get(sent.state, sent.state)
        bare: dict[str, Any] = {
            "source": "",
            "cells": (),
            "idempotency_key": sent.id,
            "claimed_at": None,
            "traceparent": None,
            "reason": None,
        }
        kept.submission = replace(sent, state=state, **bare)
        kept.emptied = True
        kept.lease = kept.not_before = None
        if kept.judgement is not None:
            kept.judgement = _bare(kept.judgement)
        kept.reason = _bare_reason(*kept.reason)
        kept.given[:] = [_bare_given(given) for given in kept.given]

    async def erasures(self, offering: str) -> Sequence[Erasure]:
        found = (one for one in self._erased.values() if one.offering == offering)
        return sorted(found, key=lambda one: (one.erased_at, one.person), reverse=True)

    async def compact(self) -> bool:
        return True


def _about(change: RulingChange) -> tuple[str, ...]:
    return tuple(override.person for override in (change.before, change.after) if override is not None)


def _bare(judged: Judgement) -> Judgement:
    parts = tuple(replace(part, comment=None) for part in judged.parts)
    checks = tuple(map(_bare_check, judged.checks))
    return replace(judged, stdout="", notices=(), failure=None, seed="", parts=parts, checks=checks)


def _bare_given(given: Given) -> Given:
    return replace(given, judgement=_bare(given.judgement), why=_bare_reason(given.cause, given.who, given.why)[2])


def _bare_reason(cause: str, who: str | None, why: str | None) -> tuple[str, str | None, str | None]:
    """Why somebody marked it so tells of the person; why a check was mended does not."""
    return cause, who, None if cause == "mark" else why


def _bare_check(check: CheckResult) -> CheckResult:
    return replace(check, message="", expected=None, got=None, diff=None, stdout="", failure=None)
