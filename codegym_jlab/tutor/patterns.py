"""Which checks each of the author's wrong ideas fails: found by grading the author's own `wrong` code, once a version.

A student's stored judgement is compared with it; the student's code is run by nobody here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.grader import Grader
from codegym_jlab.grading.unrecorded import judge_unrecorded
from codegym_jlab.submission import Judgement

Pattern = frozenset[str]
_KEPT = 500


class WrongPatterns:
    """Patterns by course version and exercise."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self._known: OrderedDict[tuple[str, str], Mapping[str, Pattern]] = OrderedDict()

    async def misconception(self, loaded: LoadedCourse, exercise: Exercise, judgement: Judgement) -> str | None:
        """The id of the one wrong idea whose checks fail just as this judgement's do; None for none, or several."""
        own = pattern_of(judgement)
        if not own or not exercise.misconceptions:
            return None
        patterns = await self._of(loaded, exercise)
        fitting = [id for id, pattern in patterns.items() if pattern == own]
        return fitting[0] if len(fitting) == 1 else None

    async def _of(self, loaded: LoadedCourse, exercise: Exercise) -> Mapping[str, Pattern]:
        key = (loaded.digest, exercise.id)
        if key not in self._known:
            found = {}
            for one in exercise.misconceptions:
                _, judgement = await judge_unrecorded(self._grader, loaded, exercise.id, one.wrong)
                found[one.id] = pattern_of(judgement)
            self._known[key] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def pattern_of(judgement: Judgement) -> Pattern:
    """The checks that did not pass; empty where the answer did not run at all."""
    if judgement.failure is not None:
        return frozenset()
    return frozenset(check.check for check in judgement.checks if not check.passed)
