"""Every reply, whoever wrote it, before a student sees it: does it give the answer or a hidden test away?

The tutor asks before anything is shown, `codegym guard` for a file of replies. Nothing of a reply is run outside the
sandbox. What the student wrote themselves is passed through without a look at any check, so that a verdict tells
nothing about code that was dictated; docs/understand/decisions/guard.md has the reasons.
"""

from __future__ import annotations

import ast
import asyncio
import difflib
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import lru_cache
from typing import Literal

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import frozen

from .extract import readings, texts_of
from .hidden_values import stated
from .reply import Case
from .run import Place, Room, Trial
from .splice import only_mends
from .student_code import Line, Own, closed, line_of, lines_of, lines_of_pieces
from .syntax import nodes_of, tree_of

Leaks = Literal["none", "partial", "solution", "hidden_test"]

#: Texts of the library that are known to give nothing away, of all exercises.
_KEPT = 4000
#: A cell of which this share is the student's own is theirs with a line put right.
_MOSTLY_OWN = 0.6
_STRESS = re.compile(r"\*\*([^*`\n]+)\*\*")


@frozen
class Finding:
    """Whether a reply gives something away. `why` is for staff: it never reaches a student.

    `runs`: how many sources this verdict counts for against `policy.rate` (0: nothing secret was looked at). A reply
    is one source, however many ways of reading it were tried: all that becomes known of them is whether it is shown.
    """

    leaks: Leaks = "none"
    why: str = ""
    runs: int = 0
    unjudged: bool = False  #: it would have to be run, and may not be now: the rate is spent

    @property
    def withheld(self) -> bool:
        """Whether a student must not see it."""
        return self.leaks != "none" or self.unjudged


class Guard:
    """The guard of one course's replies. `of` makes one for another course that shares what is kept."""

    def __init__(self, loaded: LoadedCourse, grader: Grader) -> None:
        self._loaded = loaded
        self._room = Room(grader)
        self._innocent: dict[tuple[str, str, str], None] = {}

    def of(self, loaded: LoadedCourse) -> Guard:
        """The guard of another course, or of another version of this one."""
        other = copy(self)
        other._loaded = loaded
        return other

    async def judge(
        self,
        exercise: str,
        source: str,
        reply: str,
        *,
        said: Sequence[str] = (),
        shown: Sequence[str] = (),
        may_run: bool = True,
        lasting: bool = False,
    ) -> Finding:
        """What `reply` gives away to a student whose answer cell is `source`.

        `said`: the student's turns of this conversation, `shown`: the replies that they saw, both oldest first. With
        `may_run=False` (the rate is spent) what would have to be run is `unjudged`, and withheld. `lasting`: a text of
        the library, told to many alike: it is judged by itself, once for each version of the course.
        Raises KeyError for an exercise that the course has not, SandboxUnavailable, SandboxLost.
        """
        if self._loaded.find(exercise)[1].has_one_answer:
            return Finding()  # only the course's own words are told there: no model is asked
        place = await self._room.place(self._loaded, exercise)
        if not lasting:
            return await self._found(Case(place, source, reply, tuple(said), tuple(shown)), may_run)
        text = _STRESS.sub(r"\1", reply)  # one sentence may be stressed by the question
        key = self._loaded.digest, exercise, text
        if key in self._innocent:
            return Finding()
        finding = await self._found(Case(place, "", reply), may_run)
        if not finding.withheld:
            self._innocent[key] = None
            if len(self._innocent) > _KEPT:
                del self._innocent[next(iter(self._innocent))]
        return finding

    async def _found(self, case: Case, may_run: bool) -> Finding:
        """First hidden values, then what passes, then the lines that decide."""
        if (value := await asyncio.to_thread(_value, case)) is not None:
            return value
        if not may_run:
            return await asyncio.to_thread(_unrun, case)
        async with self._room.trial(case.place) as trial:
            return await _tried(case, trial)


async def _tried(case: Case, trial: Trial) -> Finding:
    """Raises SandboxUnavailable, SandboxLost. Texts are read in a thread: a long one takes milliseconds."""
    for why, make in _stages(case):
        programs = await asyncio.to_thread(_unmended, case, make)
        while (passed := await trial.first(programs)) is not None:
            # a wrong cell may pass the hidden checks by itself: what is put into it tells something if all is right
            if make != case.spliced or await trial.solves(passed):
                return await _unless_solved(case, trial, _kind(case, passed), f"{why}: {passed[:300]}")
            programs.remove(passed)
    if await asyncio.to_thread(_tells_lines, case):
        return await _unless_solved(case, trial, "partial", "the lines that decide are those of the solution")
    if foreign := await asyncio.to_thread(shared_names, case):
        return await _unless_solved(case, trial, "solution", foreign)
    return Finding(runs=int(trial.is_begun))


def _unrun(case: Case) -> Finding:
    """The finding where nothing may be run."""
    runs = any(_unmended(case, make) for _, make in _stages(case))
    if runs or _tells_lines(case) or shared_names(case):
        return Finding(why="not run: the rate is spent", unjudged=True)
    return Finding()


def _stages(case: Case) -> list[tuple[str, Callable[[], list[str]]]]:
    """What makes submissions, and what it means that one passes; each asked when those before brought nothing."""
    return [
        ("code of the reply passes", case.direct),
        ("lines of the reply put together pass", case.assembled),
        ("the student's cell with the reply's lines passes", case.spliced),
    ]


def _unmended(case: Case, make: Callable[[], list[str]]) -> list[str]:
    """Submissions without those that are the student's cell, its spelling put right."""
    return [one for one in make() if not (case.source.strip() and only_mends(case.source, one))]


def _value(case: Case) -> Finding | None:
    """What there is to say of a hidden value that the reply states."""
    secret = stated(case.reply, case.place, [case.source, *case.said, *case.shown])
    if secret is None:
        return None
    return Finding("hidden_test", f"states {secret.raw[:80]!r} of the hidden check “{secret.label}”", 1)


def _tells_lines(case: Case) -> bool:
    """Whether the reply spells out what decides in the solution."""
    own = case.student.own
    lines = own.adds(lines_of_pieces(texts_of(case.pieces)))
    return _has_key(case.place, lines, own) or _is_told(case.place, lines)


async def _unless_solved(case: Case, trial: Trial, leaks: Leaks, why: str) -> Finding:
    """A student whose cell passes as it is learns nothing from what passes too."""
    if case.source.strip() and await trial.solves(case.source):
        return Finding(runs=1)
    return Finding(leaks, why, 1)


def _kind(case: Case, passed: str) -> Leaks:
    """A line put right in the student's cell is a part, all else a solution."""
    source = case.source.strip()
    if source and difflib.SequenceMatcher(None, source, passed).ratio() >= _MOSTLY_OWN:
        return "partial"
    return "solution"


# -- blocks that are no Python: held back where they speak of this exercise's names and values -----------

#: What programs and pseudo-code of any language are made of, beside names and numbers.
_SIGNS = re.compile(
    r"\b(?:function|func|fun|fn|def|let|var|val|const|int|double|end|begin|return|returns|if|then|else|for|foreach|each"
    r"|while|do|loop|repeat|set|select|from|where|mutable|public|static|match|wenn|für|solange|sonst|gib|si|para"
    r"|mientras|devolver|pour|tant que|renvoyer)\b|[{};]|<-|=>|:=|->|←|:$",
    re.IGNORECASE | re.MULTILINE,
)
_OPEN = re.compile(r"\.\.\.|…|_{3,}|\?{2,}|\?[ ]*$|\bTODO\b", re.MULTILINE)
#: Signs that a program has, and of how many names and values of the solution a block may have fewer than these.
_FEWEST_SIGNS, _SHARED, _SHARE = 3, 2, 0.5


def shared_names(case: Case) -> str:
    """Why a block of the reply is held back; empty where none is."""
    names, values = _known(case.place)
    own = closed("\n".join((case.source, *case.said)))
    for piece in case.pieces:
        text = piece.text
        if not piece.is_block or _is_python(text) or _OPEN.search(text):
            continue
        if len(_SIGNS.findall(text)) < _FEWEST_SIGNS or _is_quoted(text, own):
            continue
        words = {_bare(word) for word in re.findall(r"[^\W\d]\w*", text)}
        numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)) | set(re.findall(r"[\"']([^\"'\n]+)[\"']", text))
        shared = sorted(names & words) + sorted(values & numbers)
        if len(shared) >= max(_SHARED, _SHARE * min(len(names) + len(values), 6)):
            return f"a block that is no Python, with {', '.join(shared)[:100]} of the solution"
    return ""


def _is_python(text: str) -> bool:
    """Whether most of a block can be read as Python, in whatever way."""
    return any(tree_of(textwrap.dedent(one)) is not None for one in readings(text) if len(one) > 0.6 * len(text))


def _is_quoted(text: str, own: str) -> bool:
    """Whether half of its lines are the student's."""
    rows = [row for row in text.split("\n") if len(row.strip()) > 3]
    return sum(closed(row) in own for row in rows) >= len(rows) / 2


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


@lru_cache(maxsize=200)
def _known(place: Place) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a solution gives, and its values that say something."""
    names, values = set[str](), set[str]()
    for node in nodes_of(place.exercise.solution, ast.AST):
        match node:
            case ast.FunctionDef(name) | ast.ClassDef(name) | ast.arg(name) | ast.Name(name, ast.Store()):
                names.add(name)
            case ast.Constant(value) if not isinstance(value, (bool, type(None))):
                values.add(str(value))
    return frozenset(_bare(name) for name in names - {"self"} if len(name) > 2), frozenset(values - {"0", "1", "", " "})


# -- how much of the author's solution a reply spells out: lines that decide something, and whole keys ------

#: Nodes from which on what a function gives back decides something by itself.
KEY_WEIGHT = 6
#: The share of the lines that decide from which on a reply gives them away.
HALF = 0.5
#: Nodes of a line that nobody writes by chance.
_LONG = 5


@lru_cache(maxsize=200)
def _decisive(place: Place) -> tuple[Line, ...]:
    """Statements of the solution that are more than a start value, a header or the way out, and not in the starter."""
    exercise = place.exercise
    given = {line.form for line in lines_of(exercise.solution if exercise.answer == "order" else exercise.starter)}
    own = (line for line in lines_of(exercise.solution) if line.form not in given and line.weight > 2)
    return tuple(dict.fromkeys(line for line in own if not line.form.startswith(("def(", "ClassDef("))))


def _has_key(place: Place, lines: Sequence[Line], own: Own) -> bool:
    """Whether lines that are not the student's hold a function that the solution gives to others: there it decides."""
    found = (line_of(node.body) for node in nodes_of(place.exercise.solution, ast.Lambda))
    keys = {line.form for line in found if line.weight >= KEY_WEIGHT}
    return any(line.form in keys for line in lines if line.form not in own.lines)


def _is_told(place: Place, lines: Iterable[Line]) -> bool:
    """Whether these give half or more of what decides away: two lines at least, or the only one where it is long."""
    forms, every = {line.form for line in lines}, _decisive(place)
    told = [line for line in every if line.form in forms]
    is_alone = len(told) == len(every) == 1 and told[0].weight >= _LONG
    return is_alone or len(told) >= max(2, HALF * len(every))
