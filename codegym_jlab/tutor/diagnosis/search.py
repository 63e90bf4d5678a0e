"""The search for repairs: which small edits make the program pass all that shows its mistake.

First single edits, those that look most like a beginner's mistake before the others; where none mends it, pairs, the
first of which changed something. Each candidate runs only on the check that the program fails first, and on the
others once it passes that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import TypeVar

from codegym_jlab.records import Failure

from .bench import Bench, Outcome, OutOfTime
from .evidence import Evidence
from .expressions import changes_in
from .guides import edits_toward
from .program import Edit, Program
from .statements import changes_of_statements
from .texts import changes_of_texts

T = TypeVar("T")

#: Costs up to which candidates are tried together, and how much dearer than the cheapest repair one may be.
_ROUNDS = (1.25, 1.65, 9.0)
MARGIN, PAIR_MARGIN = 0.35, 0.75
#: What a repair costs more that the checks of the course accept, and a new input does not.
_DOUBT = 0.5
#: What an edit costs less that looks like a beginner's mistake and that a right answer has, too.
_BOTH = 0.3
#: What the second edit of a pair costs that is the first once more, elsewhere: whoever copies copies the mistake.
_AGAIN = 0.2
_PAIRS, _FIRSTS, _BATCH = 4000, 40, 400


@dataclass(frozen=True, slots=True)
class Repair:
    """An edit after which everything passes; `cost` has where it stands in it, too."""

    edit: Edit
    cost: float


@dataclass(slots=True)
class Finding:
    """What the search saw."""

    failing: list[Evidence] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)  #: of the program itself, by the id of a check
    repairs: list[Repair] = field(default_factory=list)
    crash: int | None = None  #: the line that raised at the smallest failing check
    failure: Failure | None = None  #: what it raised there
    suspicion: dict[int, float] = field(default_factory=dict)  #: of the lines that ran in a failing check
    tried: int = 0

    @property
    def ran(self) -> frozenset[int]:
        """The lines that ran in a failing check."""
        return frozenset(self.suspicion)

    def outcome_of(self, one: Evidence) -> Outcome:
        """What the program itself makes of a check."""
        return self.outcomes[str(one.check.id)]


def edits_of(program: Program) -> Iterator[Edit]:
    """Every small edit of a program, no two of which are the same."""
    seen: set[object] = set()
    for place in program.places():
        for edit in (*changes_in(place), *changes_of_statements(place)):
            if edit.patches not in seen:
                seen.add(edit.patches)
                yield edit


class Search:
    """One search. `find` is called once."""

    def __init__(
        self, program: Program, bench: Bench, evidence: Sequence[Evidence], rights: Sequence[str], *, is_whole: bool
    ) -> None:
        """`rights`: right answers that may guide. `is_whole`: the evidence holds every check of the exercise, so
        that what passes them is right.
        """
        self._program, self._bench, self._evidence = program, bench, list(evidence)
        self._rights, self._is_whole = rights, is_whole
        self._endless: set[object] = set()  #: edits with which it did not come to an end
        self.finding = Finding()

    async def find(self) -> Finding:
        """As far as the time went."""
        try:
            await self._find()
        except OutOfTime:
            pass
        self.finding.repairs.sort(key=lambda repair: repair.cost)
        return self.finding

    async def _find(self) -> None:
        found = self.finding
        both = list(zip(self._evidence, await self._bench.traced(None, self._evidence), strict=True))
        found.outcomes = {str(one.check.id): outcome for one, outcome in both}
        failing = sorted((one for one, outcome in both if not outcome.passed), key=lambda one: (one.is_new, one.size))
        if not failing:
            return
        found.failing = failing
        self._bench.bound(max((o.trace.rounds for _, o in both if o.reply.status != "timeout"), default=0))
        self._ran = {str(one.check.id): outcome.trace.lines for one, outcome in both}
        first = found.outcome_of(failing[0])
        found.failure = first.reply.failure
        frames = found.failure.frames if found.failure is not None else ()
        found.crash = next((frame.line for frame in reversed(frames) if frame.cell == "answer"), None)
        found.suspicion = suspicion((o.trace.lines, o.passed) for _, o in both)
        ranked = await self._bench.aside(self._ranked)
        reached = [pair for pair in ranked if self._is_reached(pair[1]) and pair[1].parts == 1]
        moved = await self._singles(reached, failing, first)
        if not found.repairs:
            await self._pairs(ranked, moved)

    def _ranked(self) -> list[tuple[float, Edit]]:
        """Every small edit of the program, the likeliest first."""
        failing = (one for one in self.finding.failing if one.shown and not one.is_new)
        samples = [(one.expected, self.finding.outcome_of(one).reply) for one in failing]
        edits = {edit.patches: edit for edit in edits_toward(self._program.tree, self._rights)}
        for edit in (*edits_of(self._program), *changes_of_texts(self._program, samples)):
            guide = edits.get(edit.patches)
            if guide is not None and guide.far is not None:
                edit = replace(edit, cost=min(edit.cost, guide.cost) - _BOTH, far=guide.far)
            edits[edit.patches] = edit
        return sorted(((self._rank(edit), edit) for edit in edits.values()), key=lambda pair: pair[0])

    def _rank(self, edit: Edit) -> float:
        """Its cost, more where its lines ran in checks that pass as often."""
        lines = (*edit.lines, edit.reach)
        return edit.cost + 0.6 * (1 - max(self.finding.suspicion.get(line, 0.3) for line in lines))

    def _is_reached(self, edit: Edit) -> bool:
        """Whether what it changes ran in a check that fails, as far as lines show it."""
        if edit.reach:
            return edit.reach in self.finding.suspicion
        return any(line + n in self.finding.suspicion for line in edit.lines for n in (-1, 0, 1))

    async def _singles(
        self, ranked: Sequence[tuple[float, Edit]], failing: Sequence[Evidence], before: Outcome
    ) -> list[tuple[float, Edit, Evidence]]:
        """Fills `repairs`. Those that changed something: with the check that is next to be passed."""
        moved: list[tuple[float, Edit, Evidence]] = []
        start, same = 0, _alike(before)
        for bound in _ROUNDS:
            rest = [pair for pair in ranked[start:] if pair[0] < bound + 0.3]
            start += len(rest)
            for batch in _chunks(rest, _BATCH):
                told = await self._bench.run([edit for _, edit in batch], failing[:1])
                self.finding.tried += len(told)
                passed = [pair for pair, outcomes in zip(batch, told, strict=False) if outcomes and outcomes[0].passed]
                for (cost, edit), outcomes in zip(batch, told, strict=False):
                    if outcomes and outcomes[0].reply.limit is not None:
                        self._endless.add(edit.patches)
                    elif outcomes and not outcomes[0].passed and _alike(outcomes[0]) != same:
                        worse = 0.5 if outcomes[0].reply.status != "value" else 0.0
                        moved.append((cost + worse + 0.3, edit, failing[0]))
                moved += await self._verified(passed)
                if len(told) < len(batch):
                    raise OutOfTime
            if self.finding.repairs and start < len(ranked):
                best = min(repair.cost for repair in self.finding.repairs)
                if ranked[start][0] > best + MARGIN:
                    break
        return moved

    async def _verified(self, candidates: Sequence[tuple[float, Edit]]) -> list[tuple[float, Edit, Evidence]]:
        """Those that pass everything become repairs; the others come back with the first check that they fail."""
        back: list[tuple[float, Edit, Evidence]] = []
        order = sorted(self._evidence, key=lambda one: one not in self.finding.failing)
        told = await self._bench.run([edit for _, edit in candidates], order, whole=True) if candidates else []
        for (cost, edit), outcomes in zip(candidates, told, strict=False):
            failures = [one for one, outcome in zip(order, outcomes, strict=False) if not outcome.passed]
            failures += order[len(outcomes) :]
            failed = next(iter(failures), None)
            doubt = _DOUBT if failed is not None and all(one.is_new for one in failures) else 0.0
            if outcomes and (failed is None or (doubt and self._is_whole)):
                self.finding.repairs.append(Repair(edit, cost + doubt))
            elif failed is not None:
                better = sum(outcome.passed for outcome in outcomes) / len(outcomes)
                back.append((cost - better, edit, failed))
        return back

    async def _pairs(
        self,
        ranked: Sequence[tuple[float, Edit]],
        moved: list[tuple[float, Edit, Evidence]],
    ) -> None:
        pairs = await self._bench.aside(lambda: self._paired(ranked, moved))
        for batch in _chunks(pairs, _BATCH):
            if self.finding.repairs and batch[0][0] > min(one.cost for one in self.finding.repairs) + PAIR_MARGIN:
                return
            passed: list[tuple[float, Edit]] = []
            for check in {str(one[3].check.id): one[3] for one in batch}.values():
                some = [one for one in batch if one[3] is check]
                part = [(cost, first.with_(second) if second else first) for cost, first, second, _ in some]
                told = await self._bench.run([edit for _, edit in part], [check])
                self.finding.tried += len(told)
                passed += [pair for pair, outcomes in zip(part, told, strict=False) if outcomes and outcomes[0].passed]
            await self._verified(passed)

    def _paired(
        self, ranked: Sequence[tuple[float, Edit]], moved: list[tuple[float, Edit, Evidence]]
    ) -> list[tuple[float, Edit, Edit | None, Evidence]]:
        """The first of each pair changed something; with the check that is next to be passed.

        Alone stand several differences of a right answer at once.
        """
        moved.sort(key=lambda one: one[0])
        pairs: list[tuple[float, Edit, Edit | None, Evidence]] = []
        pairs += [(cost, edit, None, self.finding.failing[0]) for cost, edit in ranked if edit.parts > 1]
        for cost, first, check in moved[:_FIRSTS]:
            ran = self._ran[str(check.check.id)]
            apart = not ran.intersection(first.lines)  # then the second place is among the lines that ran there
            for other, second in ranked:
                if apart and not ran.intersection((*second.lines, second.reach)):
                    continue
                if (
                    other < 2.3
                    and second.parts == 1
                    and second.patches not in self._endless
                    and not first.meets(second)
                ):
                    is_again = (first.kind, first.patches[0][1]) == (second.kind, second.patches[0][1])
                    pairs.append((cost + (_AGAIN if is_again else other), first, second, check))
        return sorted(pairs, key=lambda one: one[0])[:_PAIRS]


def _alike(outcome: Outcome) -> str:
    reply = outcome.reply
    kind = reply.failure.type if reply.failure is not None else ""
    return repr((reply.status, reply.value, reply.stdout, kind))


def suspicion(runs: Iterable[tuple[frozenset[int], bool]]) -> dict[int, float]:
    """Ochiai's measure of each line that ran in a failing run (Abreu, Zoeteweij, van Gemund 2006)."""
    told = list(runs)
    failed = [lines for lines, passed in told if not passed]
    found = {}
    for line in set().union(*failed):
        fails = sum(line in lines for lines in failed)
        all_ = sum(line in lines for lines, _ in told)
        found[line] = fails / sqrt(len(failed) * all_)
    return found


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
