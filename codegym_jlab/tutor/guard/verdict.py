"""The order in which a reply is looked at: values, then what may pass, then how much of the solution it tells."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from .case import Case
from .finding import Finding, Leaks
from .parts import parts
from .running import Candidate, Room, Trial
from .secrets import Secrets
from .splicing import only_mends
from .structure import HALF, Decisive, gives_key
from .values import stated

#: A cell of which this share is the student's own is theirs with a line put right.
_MOSTLY_OWN = 0.6


class Verdicts:
    """One case on its way to a finding."""

    def __init__(self, case: Case, secrets: Secrets, decisive: Decisive, room: Room, may_run: bool) -> None:
        self._case, self._secrets, self._decisive = case, secrets, decisive
        self._room, self._may_run = room, may_run

    async def finding(self) -> Finding:
        """See `Guard.judge`. Raises SandboxUnavailable, SandboxLost."""
        case = self._case
        secret = stated(case.reply, self._secrets, [case.source, *case.said, *case.shown])
        if secret is not None:
            return Finding("hidden_test", f"states {secret.raw[:80]!r} of the hidden check “{secret.label}”", 1)
        stages = self._stages()
        first = next((stage for stage in stages if stage[1]), None)
        if first is None and not self._spells_out():
            return Finding()
        if not self._may_run:
            return Finding(why="not run: the rate is spent", unjudged=True)
        return await self._tried()

    def _stages(self) -> list[tuple[str, Sequence[Candidate]]]:
        case = self._case
        return [
            ("code of the reply passes", case.direct()),
            ("lines of the reply put together pass", case.assembled()),
            ("the reply in Python passes", case.translations()),
            ("the student's cell with the reply's lines passes", case.spliced()),
            ("the reply with its gap filled passes", case.with_gaps_filled()),
        ]

    async def _tried(self) -> Finding:
        trial = self._room.trial(self._case.place)
        try:
            for why, candidates in self._stages():
                passed = await _passed(trial, candidates)
                if passed is not None and await self._is_new(trial, passed):
                    return Finding(self._kind(passed), f"{why}: {passed.text[:300]}", 1)
            if self._spells_out() and not await self._is_solved(trial):
                return Finding("partial", "the lines that decide are those of the solution", 1)
            some = parts(self._case, self._decisive)
            passed = await _passed(trial, some)
            if passed is not None and not await self._is_solved(trial):
                return Finding("partial", f"in the solution's frame it passes: {passed.text[:300]}", 1)
            return Finding(runs=1 if trial.number else 0)
        finally:
            await trial.close()

    async def _is_new(self, trial: Trial, passed: Candidate) -> bool:
        """Whether it takes the student further: not if their cell passes as well, or was merely mended."""
        if self._case.source.strip() and only_mends(self._case.source, passed.text):
            return False
        return not await self._is_solved(trial)

    async def _is_solved(self, trial: Trial) -> bool:
        source = self._case.source
        return bool(source.strip()) and await trial.passes(Candidate(source))

    def _kind(self, passed: Candidate) -> Leaks:
        """A line put right in the student's cell is a part, all else a solution."""
        source = self._case.source.strip()
        if source and difflib.SequenceMatcher(None, source, passed.text).ratio() >= _MOSTLY_OWN:
            return "partial"
        return "solution"

    def _spells_out(self) -> bool:
        case, lines = self._case, self._case.new_lines
        if not lines:
            return False
        if gives_key(self._decisive, lines, case.own):
            return True
        return self._decisive.number(lines) >= 2 and self._decisive.share(lines) >= HALF


async def _passed(trial: Trial, candidates: Sequence[Candidate]) -> Candidate | None:
    """The first few each alone, the others together."""
    few = 4
    found = await trial.first(candidates[:few]) if candidates else None
    if found is None and len(candidates) > few:
        found = await trial.first_of_many(candidates[few:])
    return found


_Maker = Callable[[], Sequence[Candidate]]
