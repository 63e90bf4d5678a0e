"""How each of the author's wrong ideas behaves: found by grading the author's own `wrong` code, once a version.

A student's stored judgement is compared with it; the student's code is run by nobody here.
"""

import ast
import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Generic, TypeVar

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import answer_source
from codegym_jlab.course.schema import Exercise, Misconception
from codegym_jlab.grading.batch import judge_unrecorded
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.replay import LOST, SandboxLost
from codegym_jlab.records import CheckResult, Judgement, Verdict

from .explain import lost_in
from .explain.explanation import MAX_SOURCE
from .guard.student_code import Line, Own, line_of, lines_of
from .guard.syntax import nodes_of, tree_of

log = logging.getLogger("codegym.tutor")

Behaviour = Mapping[str, str | None]  #: what came in place of what was wanted, by the checks that did not pass
V = TypeVar("V")


class Once(Generic[V]):
    """What is worked out once for all who ask, also where who asked first goes away; the newest `most` are kept.

    What could not be found out is tried again when it is asked for again.
    """

    def __init__(self, most: int) -> None:
        self._tasks: dict[object, asyncio.Task[V]] = {}
        self._most = most

    def __contains__(self, key: object) -> bool:
        return key in self._tasks

    async def of(self, key: object, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What `work` gives, or gave before. Raises what it raises."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._settle(key, done))
        return await asyncio.shield(task)

    def _settle(self, key: object, task: asyncio.Task[V]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._tasks.pop(key, None)
        while len(self._tasks) > self._most:
            del self._tasks[next(iter(self._tasks))]


class WrongPatterns:
    """Behaviours by course version and exercise."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self._known = Once[Mapping[str, Behaviour]](500)

    async def misconception(
        self, loaded: LoadedCourse, exercise: Exercise, judgement: Judgement, source: str
    ) -> str | None:
        """The id of the wrong idea that does just what this answer did in all that was run; else None.

        Other mistakes may do the same: what the idea writes must be possible in `source`. Of several the nearest.
        """
        own = _behaviour_of(judgement, exercise)
        if not own or not exercise.misconceptions or len(source) > MAX_SOURCE:
            return None
        ran = {one.check for one in judgement.checks}
        known = await self._of(loaded, exercise)
        alike = [
            one
            for one in exercise.misconceptions
            if (wrong := known.get(one.id)) is not None and {check: wrong[check] for check in wrong.keys() & ran} == own
        ]
        return await asyncio.to_thread(_nearest, exercise, alike, source)

    async def _of(self, loaded: LoadedCourse, exercise: Exercise) -> Mapping[str, Behaviour]:
        """Nothing, and tried again at the next question, where nothing can be run now."""
        try:
            return await self._known.of((loaded.digest, exercise.id), lambda: self._find(loaded, exercise))
        except LOST as error:
            log.warning("the wrong ideas of %s could not be looked at: %s", exercise.id, error)
            return {}

    async def _find(self, loaded: LoadedCourse, exercise: Exercise) -> Mapping[str, Behaviour]:
        found: dict[str, Behaviour] = {}
        for one in exercise.misconceptions:
            source = answer_source(exercise, one.wrong)
            _, judgement = await judge_unrecorded(self._grader, loaded, exercise.id, source)
            if judgement.verdict is Verdict.JE:
                raise SandboxLost
            found[one.id] = _behaviour_of(judgement, exercise)
        return found


def _nearest(exercise: Exercise, alike: Sequence[Misconception], source: str) -> str | None:
    """The id of the idea whose wrong code is most like an answer that may have it; None where that are several."""
    fitting = [
        (SequenceMatcher(None, source.split(), one.wrong.split()).ratio(), one.id)
        for one in alike
        if not (exercise.is_code and (_is_another(exercise, one, source) or _names_other(one, source)))
    ]
    best = max((near for near, _ in fitting), default=0.0)
    nearest = [id for near, id in fitting if near == best]
    return nearest[0] if len(nearest) == 1 else None


def _behaviour_of(judgement: Judgement, exercise: Exercise) -> Behaviour:
    """Empty where the answer did not run at all, or broke a rule. What was drawn differs each time: it is left out."""
    if judgement.failure is not None or any(one.code == "syntax_rule" for one in judgement.notices):
        return {}
    drawn = {check.id for check in exercise.checks if check.random is not None}
    return {one.check: None if one.check in drawn else _outcome_of(one) for one in judgement.checks if not one.passed}


def _outcome_of(one: CheckResult) -> str | None:
    """What came, or the error that it stopped with."""
    return f"{one.failure.type}: {one.failure.message}" if one.failure is not None else one.got


def _is_another(exercise: Exercise, idea: Misconception, source: str) -> bool:
    """Whether an answer that behaves like an idea shows another mistake.

    It does where all its lines are the solution's (one is missing, or misplaced) and the idea's are not, where
    it has the very lines of the solution in whose place the idea writes others. So it does where all that the idea
    calls beyond the solution is missing in it, and that is `print`, or it calls something of its own in that place;
    where it calls all that the idea has left out, as often as the solution; where it only leaves out a call that the
    idea has; where it writes out all values of the solution that the idea has left out, or moves nothing that the idea
    moves; and where the idea alone works something out that comes nowhere.
    """
    calls, meant_calls, own_calls = _calls(exercise.solution), _calls(idea.wrong), _calls(source)
    known, meant, used = calls.keys(), meant_calls.keys(), own_calls.keys()
    if known < meant and not (meant - known) & used and ("print" in meant or used - meant):
        return True
    left_out = calls - meant_calls
    if left_out and all(own_calls[name] >= calls[name] for name in left_out):
        return True
    if used < known <= meant:
        return True
    if (lost := lost_in(idea.wrong)) and lost.isdisjoint(lost_in(source)):
        return True
    lacking_values = _values(exercise.solution) - _values(idea.wrong)
    is_one = len(lacking_values) == 1 and len(min(lacking_values)) < _BY_CHANCE
    if lacking_values and not is_one and lacking_values <= _values(source):
        return True
    moved = _placed(idea.wrong) - _placed(exercise.solution)
    right, wrong, own = lines_of(exercise.solution), lines_of(idea.wrong), lines_of(source)
    written, replaced = Own(right).adds(wrong), Own(wrong).adds(right)
    if not written and moved and Own(right).adds(own) and moved.isdisjoint(_placed(source)):
        return True
    is_right = bool(written) and not Own(right).adds(own)
    lacking = Own(own).adds(right)
    return is_right or bool(replaced) and not any(line in lacking for line in replaced)


def _names_other(idea: Misconception, source: str) -> bool:
    """Whether the author's words quote a piece of the wrong code that this answer does not have."""
    wrong, own = (re.sub(r"[\s'\"]", "", text) for text in (idea.wrong, source))
    said = (re.sub(r"[\s'\"]", "", one) for one in re.findall(r"`([^`]+)`", idea.say))
    return any(one in wrong and one not in own for one in said)


def _placed(source: str) -> set[tuple[str, ...]]:
    """The statements of a program, each behind the kinds of those that hold it."""
    tree = tree_of(source)
    return set(_below(tree)) if tree is not None else set()


def _below(node: ast.AST, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for step in (one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)):
        yield (*above, line_of(step).form)
        yield from _below(step, (*above, type(step).__name__))


def _values(source: str) -> set[str]:
    """The numbers and texts that a program writes out."""
    return {repr(one.value) for one in nodes_of(source, ast.Constant)}


_BY_CHANCE = 3  #: characters of a value that may stand in a program for another reason


def _calls(source: str) -> Counter[str]:
    """How often a program calls which functions and methods, in its functions where it has some."""
    bodies: list[ast.stmt] = [*nodes_of(source, ast.FunctionDef)] or nodes_of(source, ast.stmt)
    calls = {one for body in bodies for one in ast.walk(body) if isinstance(one, ast.Call)}  # blocks hold one another
    return Counter(ast.unparse(one.func).rpartition(".")[2] for one in calls)


#: The share of a program that must be that of the author's wrong code, whatever its names are.
ALIKE = 0.8


def by_form(exercise: Exercise, source: str) -> Misconception | None:
    """The wrong code that `source` is most like, if it is nearer to it than to the solution."""
    lines = lines_of(source)
    if not lines:
        return None
    alike = [(_share(lines, one.wrong), one) for one in exercise.misconceptions]
    most, found = max(alike, key=lambda pair: pair[0])
    return found if most >= ALIKE and most > _share(lines, exercise.solution) else None


def _share(lines: Sequence[Line], other: str) -> float:
    """The part of a program's lines, by their size, that another one has too, with one renaming for all of them."""
    new = Own(lines_of(other)).adds(lines)
    return 1 - sum(1 + line.weight for line in new) / sum(1 + line.weight for line in lines)
