"""The search for repairs: which small edits make the program pass all that shows its mistake.

First single edits, those that look most like a beginner's mistake before the others; where none mends it, pairs, the
first of which changed something. Each candidate runs only on the check that the program fails first, and on the
others once it passes that.
"""

import ast
import builtins
import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import sqrt
from typing import Any

from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.verdict import Expected
from codegym_jlab.records import Failure, in_parts

from ..explain.program import DEFINITIONS, called, every, is_str, names_in
from ..guard.syntax import parsed, twin
from .bench import WHOLE_STEPS, Bench, Outcome, OutOfTime
from .edits.expressions import changes_in
from .edits.flow import in_vain
from .edits.guides import edits_toward
from .edits.statements import changes_of_statements
from .evidence import Evidence
from .program import Edit, Program, stored, text

#: What changed something, when its turn is, and the check that is next to be passed; and with what else it is tried.
Moved = tuple[float, Edit, Evidence]
Pair = tuple[float, Edit, Edit | None, Evidence]

#: How much dearer than the cheapest repair one may be.
MARGIN, PAIR_MARGIN = 0.2, 0.75
#: One that is dearer looks too little like a beginner's mistake to be told.
MOST_COST = 2.0
#: What a repair costs more that the checks of the course accept, and a new input does not.
_DOUBT = 0.5
#: What an edit costs less that looks like a beginner's mistake and that a right answer has, too.
_BOTH = 0.3
#: What a repair costs more for each line that is there in vain once it is made.
_IDLE = 0.5
#: What the second edit of a pair costs that is the first once more, elsewhere: whoever copies copies the mistake.
_AGAIN = 0.2
#: Right answers whose words may stand in place of others, what that costs, and more where both have either word.
_WORDED, _SWAP, _KNOWN = 3, 0.8, 0.3
_STEP = 1.2  #: of a step more, or less
_PAIRS, _FIRSTS, _BATCH = 4000, 40, 200


@dataclass(slots=True)
class Finding:
    """What the search saw."""

    failing: list[Evidence] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)  #: of the program itself, by the id of a check
    repairs: list[Edit] = field(default_factory=list)  #: after which everything passes
    crash: int | None = None  #: the line that raised at the smallest failing check
    failure: Failure | None = None  #: what it raised there
    is_cut: bool = False  #: a run took too long to be watched to its end: a line that was not seen to run may have run
    suspicion: dict[int, float] = field(default_factory=dict)  #: of the lines that ran in a failing check

    @property
    def ran(self) -> frozenset[int]:
        """The lines that ran in a failing check."""
        return frozenset(self.suspicion)

    @property
    def stops_itself(self) -> bool:
        """Whether the cell of an answer that is no program stops before a check calls anything of it."""
        frames = self.failure.frames if self.failure is not None else ()
        is_program = any(one.check.action in ("program", "figure") for one in self.failing)
        return not is_program and any(one.cell == "answer" and one.function == "<module>" for one in frames)

    def outcome_of(self, one: Evidence) -> Outcome:
        """What the program itself makes of a check."""
        return self.outcomes[str(one.check.id)]


def edits_of(program: Program) -> Iterator[Edit]:
    """Every small edit of a program, no two of which are the same."""
    seen = set[object]()
    for place in program.places():
        for edit in (*changes_in(place), *changes_of_statements(place)):
            if edit.patches not in seen:
                seen.add(edit.patches)
                yield edit


@dataclass
class Search:
    """One search. `find` is called once."""

    program: Program
    bench: Bench
    evidence: Sequence[Evidence]
    rights: Sequence[str]  #: right answers that may guide
    is_whole: bool  #: the evidence holds every check of the exercise, so that what passes them is right
    finding: Finding = field(default_factory=Finding)

    @cached_property
    def _kept(self) -> frozenset[str]:
        """The names that checks read."""
        asked = (parsed(one.check.call or one.check.run or "") for one in self.evidence)
        return frozenset(name for tree in asked if tree is not None for name in names_in(tree))

    @cached_property
    def _in_vain(self) -> int:
        return in_vain(self.program.tree, self._kept)

    async def find(self) -> Finding:
        """As far as the time went."""
        with suppress(OutOfTime):
            await self._find()
        self.finding.repairs.sort(key=lambda repair: repair.cost)
        return self.finding

    async def _find(self) -> None:
        found = self.finding
        both = [*zip(self.evidence, await self.bench.traced(None, self.evidence), strict=True)]
        found.outcomes = {str(one.check.id): outcome for one, outcome in both}
        long = sorted((one for one, outcome in both if outcome.reply.status == "timeout"), key=Evidence.order)
        found.is_cut = bool(long)
        for one in long:  # it may only be longer than what is watched
            (whole,) = (await self.bench.run([None], [one], steps=WHOLE_STEPS))[0]
            if whole.passed:
                found.outcomes[str(one.check.id)] = replace(found.outcome_of(one), reply=whole.reply, passed=True)
            elif whole.reply.status == "timeout":
                break  # a larger one takes no less
        outcomes = found.outcomes.values()
        failing = [one for one in self.evidence if not found.outcome_of(one).passed]
        failing.sort(key=lambda one: (one in long, one.order()))
        if not failing:
            return
        found.failing = failing
        self.bench.bound(max((o.rounds for o in outcomes if o.reply.status != "timeout"), default=0))
        first = found.outcome_of(failing[0])
        found.failure = first.reply.failure
        found.crash = first.crash
        found.suspicion = blamed(self.program.tree, suspicion((o.lines, o.passed) for o in outcomes))
        ranked = await self.bench.aside(self._ranked)
        beside = frozenset() if found.stops_itself else self._beside()
        ranked = [edit for edit in ranked if not beside.issuperset(edit.lines)]
        reached = [edit for edit in ranked if self._is_reached(edit) and edit.parts == 1]
        moved = await self._singles(reached, failing, first)
        if all(repair.cost > MOST_COST for repair in found.repairs):
            await self._pairs(ranked, moved)

    def _beside(self) -> frozenset[int]:
        """The lines in which an answer of functions and classes tries them out: no check looks at what they do."""
        body = self.program.tree.body
        inner = (names_in(one) for one in body if isinstance(one, DEFINITIONS))
        read = self._kept.union(*inner)
        plain = (one for one in body if isinstance(one, (ast.Expr, ast.Assign)))
        tried = [one for one in plain if not read.intersection(stored([one]))]
        is_called = all(one.check.action in ("call", "run") for one in self.evidence)
        return frozenset(one.lineno for one in tried) if is_called and len(tried) < len(body) else frozenset()

    def _ranked(self) -> list[Edit]:
        """Every small edit of the program, the likeliest first; what it costs now has where it stands in it, too."""
        failing = (one for one in self.finding.failing if one.shown and not one.is_new)
        samples = [(one.expected, self.finding.outcome_of(one).reply) for one in failing]
        guides = {edit.patches: edit for edit in edits_toward(self.program.tree, self.rights, self._kept)}
        edits = dict(guides)
        small = (*edits_of(self.program), *swaps(self.program, self.rights), *changes_of_texts(self.program, samples))
        for edit in small:
            guide = guides.get(edit.patches)
            if guide is not None and guide.far is not None:
                edit = replace(edit, cost=min(edit.cost, guide.cost) - _BOTH, far=guide.far)
            if edit.patches not in edits or edit.cost < edits[edit.patches].cost:
                edits[edit.patches] = edit
        return sorted(map(self._placed, edits.values()), key=lambda edit: edit.cost)

    def _placed(self, edit: Edit) -> Edit:
        """One that costs more where its lines ran in checks that pass as often."""
        likely = max(self.finding.suspicion.get(line, 0.3) for line in (*edit.lines, edit.reach))
        return replace(edit, cost=edit.cost + 0.6 * (1 - likely))

    def _is_reached(self, edit: Edit) -> bool:
        """Whether what it changes ran in a check that fails, as far as lines show it."""
        if edit.reach:
            return edit.reach in self.finding.suspicion
        return any(line + n in self.finding.suspicion for line in edit.lines for n in (-1, 0, 1))

    async def _singles(self, ranked: Sequence[Edit], failing: Sequence[Evidence], before: Outcome) -> list[Moved]:
        """Fills `repairs`. Those that changed something: with the check that is next to be passed."""
        moved: list[Moved] = []
        same = _alike(before)
        for batch in in_parts(ranked, _BATCH):
            if self._is_dear(batch[0].cost, MARGIN):
                break
            told = await self.bench.run(batch, failing[:1])
            ran = [(edit, own[0]) for edit, own in zip(batch, told, strict=False) if own]
            for edit, own in ran:
                if own.reply.limit is None and not own.passed and _alike(own) != same:
                    worse = 0.5 if own.reply.status != "value" else 0.0
                    moved.append((edit.cost + worse + 0.3, edit, failing[0]))
            moved += await self._verified([edit for edit, own in ran if own.passed])
            if len(told) < len(batch):
                raise OutOfTime
        return moved

    def _is_dear(self, cost: float, margin: float) -> bool:
        """Whether a repair is known that is cheaper by more than this."""
        return any(cost > repair.cost + margin for repair in self.finding.repairs)

    async def _verified(self, candidates: Sequence[Edit]) -> list[Moved]:
        """Those that pass everything become repairs; the others come back with the first check that they fail."""
        back: list[Moved] = []
        order = sorted(self.evidence, key=lambda one: one not in self.finding.failing)
        told = await self.bench.run(candidates, order, steps=WHOLE_STEPS) if candidates else []
        for edit, outcomes in zip(candidates, told, strict=False):
            failures = [one for one, outcome in zip(order, outcomes, strict=False) if not outcome.passed]
            failures += order[len(outcomes) :]
            failed = next(iter(failures), None)
            doubt = _DOUBT if failed is not None and all(one.is_new for one in failures) else 0.0
            if outcomes and (failed is None or (doubt and self.is_whole)):
                self.finding.repairs.append(replace(edit, cost=edit.cost + doubt + _IDLE * self._idle(edit)))
            elif failed is not None:
                better = sum(outcome.passed for outcome in outcomes) / len(outcomes)
                back.append((edit.cost - better, edit, failed))
        return back

    def _idle(self, edit: Edit) -> int:
        """How many lines it leaves there in vain, but for a name that hides one of Python's own.

        One less than none where a small edit makes use of what was.
        """
        if edit.kind == "shadowed":
            return 0
        more = in_vain(edit.applied(self.program.tree), self._kept) - self._in_vain
        return max(more, -1 if edit.far is None else 0)

    async def _pairs(self, ranked: Sequence[Edit], moved: list[Moved]) -> None:
        pairs = await self.bench.aside(lambda: self._paired(ranked, moved))
        for batch in in_parts(pairs, _BATCH):
            if self._is_dear(batch[0][0], PAIR_MARGIN):
                return
            passed: list[Edit] = []
            for check in {str(one[3].check.id): one[3] for one in batch}.values():
                some = [one for one in batch if one[3] is check]
                part = [replace(one.with_(other) if other else one, cost=cost) for cost, one, other, _ in some]
                told = await self.bench.run(part, [check])
                passed += [edit for edit, outcomes in zip(part, told, strict=False) if outcomes and outcomes[0].passed]
            await self._verified(passed)

    def _paired(self, ranked: Sequence[Edit], moved: list[Moved]) -> list[Pair]:
        """The first of each pair changed something; with the check that is next to be passed.

        Alone stand several differences of a right answer at once.
        """
        moved.sort(key=lambda one: one[0])
        first_failing = self.finding.failing[0]
        pairs: list[Pair] = [(edit.cost, edit, None, first_failing) for edit in ranked if edit.parts > 1]
        for cost, first, check in moved[:_FIRSTS]:
            ran = self.finding.outcome_of(check).lines
            apart = not ran.intersection(first.lines)  # then the second place is among the lines that ran there
            for second in ranked:
                if apart and not ran.intersection((*second.lines, second.reach)):
                    continue
                if second.cost < 2.3 and second.parts == 1 and not first.meets(second):
                    is_again = (first.kind, first.patches[0][1]) == (second.kind, second.patches[0][1])
                    pairs.append((cost + (_AGAIN if is_again else second.cost), first, second, check))
        return sorted(pairs, key=lambda one: one[0])[:_PAIRS]


def _alike(outcome: Outcome) -> str:
    reply = outcome.reply
    error = reply.failure
    lines = [frame.line for frame in error.frames if frame.cell == "answer"] if error is not None else []
    return repr((reply.status, reply.value, reply.stdout, error and error.type, lines))


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


def blamed(tree: ast.Module, found: dict[int, float]) -> dict[int, float]:
    """The same, where a condition is no less suspicious than the lines that it sends a run to."""
    told = dict(found)
    for node in every(tree, ast.If, ast.While):
        if node.lineno in found:
            within = (getattr(one, "lineno", 0) for one in ast.walk(node))
            told[node.lineno] = max(found.get(line, 0.0) for line in within)
    return told


# -- words of the right answers, methods, values and conditions, in place of others of their kind


def swaps(program: Program, rights: Sequence[str]) -> Iterator[Edit]:
    """A method, a value that is written out, or a condition, as the first right answers have it."""
    trees = [tree for tree in map(parsed, rights[:_WORDED]) if tree is not None]
    methods, own_methods = ({*map(called, _calls(*some))} for some in (trees, [program.tree]))
    values, own_values = ({one.value for one in _constants(*some)} for some in (trees, [program.tree]))
    known = {called(node) for node in every(program.tree, ast.Call)}
    steps = dict.fromkeys(_step(one) for tree in trees for one in every(tree, ast.Call) if called(one) not in known)
    methods |= {one for one in values - own_values if isinstance(one, str) and one.isidentifier() and methods}
    asked = {text(one): names_in(one) for tree in trees for one in every(tree, ast.Compare)}
    defaults = [repr(one) for one in sorted(values - own_values, key=repr) if isinstance(one, (str, int))]
    for place in program.places():
        node, line = place.node, (getattr(place.node, "lineno", 0),)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            for default in dict.fromkeys([*defaults, "0"]):
                met = f"{text(node.value)}.get({text(node.slice)}, {default})"
                yield Edit("missing_key", line, 1.4, ((place.path, met),))
        if isinstance(node, ast.Compare):
            own, read = text(node), names_in(node)
            for other, names in asked.items():
                if other != own and names & read and all(map(place.scope.is_defined, names)):
                    yield Edit("condition", line, 1.3, ((place.path, other),))
        match node, place.parent:
            case ast.Attribute(value, name), ast.Call() if place.field == "func":
                for other in sorted(methods - {name}):
                    cost = _SWAP + _KNOWN * ((name in methods) + (other in own_methods))
                    yield Edit("method", line, cost, ((place.path, f"{text(value)}.{other}"),))
            case ast.Attribute(_, name), _ if name in methods and isinstance(node.ctx, ast.Load):
                yield Edit("method", line, 0.6, ((place.path, f"{text(node)}()"),))
            case ast.Constant(said), parent if not isinstance(parent, (ast.Expr, ast.JoinedStr)):
                for new in sorted(values - {said, None}, key=repr):
                    if type(new) is type(said) or isinstance(new, str) and isinstance(said, bool):
                        cost = _SWAP + _KNOWN * ((said in values) + (new in own_values))
                        kind = "wrong_name" if isinstance(place.parent, ast.Subscript) else "wrong_value"  # a column
                        yield Edit(kind, line, cost, ((place.path, repr(new)),))
            case ast.Call(ast.Attribute(value, name), _), _ if name not in methods and methods:
                yield Edit("method", line, _STEP, ((place.path, text(value)),))
        is_read = not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        is_whole = isinstance(node, ast.BinOp) and isinstance(place.parent, (ast.Assign, ast.Return))
        is_value = isinstance(node, (ast.Call, ast.Subscript, ast.Name)) and place.field != "func"
        if (is_value or is_whole) and is_read:
            own = f"({text(node)})" if is_whole else text(node)
            for step in filter(None, steps):
                is_use = isinstance(node, ast.Name) and not isinstance(place.parent, ast.Assign)
                cost = _STEP - 0.3 * is_use  # where a value is used, rather than where it is made
                yield Edit("step", line, cost, ((place.path, step.replace(_HERE, own)),))


def _calls(*trees: ast.AST) -> Iterator[Any]:
    """The calls of methods."""
    return (node for tree in trees for node in every(tree, ast.Call) if isinstance(node.func, ast.Attribute))


def _constants(*trees: ast.AST) -> Iterator[ast.Constant]:
    return (node for tree in trees for node in every(tree, ast.Constant))


_HERE = "_here_"


def _step(call: Any) -> str:
    """A call as a step that may be taken with another value: `_here_.round(2)`, `sorted(_here_)`; "" for none."""
    here = ast.Name(_HERE)
    if isinstance(call.func, ast.Attribute):
        return text(twin(call, func=twin(call.func, value=here)))
    is_by_python = isinstance(call.func, ast.Name) and hasattr(builtins, call.func.id)
    return text(twin(call, args=[here, *call.args[1:]])) if is_by_python and call.args else ""


# -- wrong texts: what a sample shows and the program says differ in a piece that stands in the program; only samples
# are looked at, whose values a student sees anyway

_AROUND = 6


def changes_of_texts(program: Program, told: Sequence[tuple[Expected, Reply]]) -> Iterator[Edit]:
    """Texts of the program with a piece of what was said in place of another, as the samples want it."""
    pieces = {piece for expected, reply in told for piece in _pieces(expected, reply)}
    # a whole line more or less is no slip in a text: a statement is missing, or one too many
    pieces = {(old, new) for old, new in pieces if old.count("\n") == new.count("\n")}
    for place in program.places():
        node = place.node
        is_text = is_str(node) and not isinstance(place.parent, (ast.Expr, ast.JoinedStr))
        if is_text or isinstance(node, ast.JoinedStr):
            own = ast.unparse(node)
            if own[-3:-1] == "\\n":
                yield Edit("wrong_text", (node.lineno,), 1.2, ((place.path, own[:-3] + own[-1]),))
            for old, new in pieces:
                if old in own and old.strip("{}") and "{" not in old + new:
                    yield Edit("wrong_text", (node.lineno,), 0.6, ((place.path, own.replace(old, new)),))


def _pieces(expected: Expected, reply: Reply) -> Iterator[tuple[str, str]]:
    wanted = expected.prints if expected.prints is not None else _text(expected.value)
    got = reply.printed if expected.prints is not None else _text(reply.value)
    if not wanted or got is None or len(wanted) + len(got) > 2000:
        return
    for kind, a, b, c, d in difflib.SequenceMatcher(None, got, wanted, autojunk=False).get_opcodes():
        if kind == "equal" or max(b - a, d - c) > 40:
            continue
        for left in range(_AROUND):
            for right in {0, left, _AROUND}:
                before, after = got[max(a - left, 0) : a], got[b : b + right]
                if before + got[a:b] + after:
                    yield before + got[a:b] + after, before + wanted[c:d] + after


def _text(wire: Any) -> str | None:
    """A text on the wire; of a list of texts all of them."""
    match wire:
        case ["str", said]:
            return str(said)
        case ["list" | "tuple", [*parts]]:
            return "\n".join(_text(part) or "" for part in parts)
    return None
