"""Every reply, whoever wrote it, before a student sees it: does it give the answer or a hidden test away?

The tutor's manager asks before anything is shown, `codegym guard` for a file of replies. Nothing of a reply is run
outside the sandbox. What the student wrote themselves is passed through without a look at any check, so that a verdict
tells nothing about code that was dictated; docs/decisions/guard.md has the reasons.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.grader import Grader
from codegym_jlab.sandbox.base import Sandbox

from .case import Case
from .facts import Steps
from .finding import Finding
from .lasting import Lasting
from .running import Room
from .secrets import secrets_of
from .structure import Decisive
from .verdict import Known, Verdicts

#: Exercises whose secrets are kept.
_KEPT = 500


class Guard:
    """The guard of one course's replies. `of` makes one for another course that shares what is kept."""

    def __init__(self, loaded: LoadedCourse, sandbox: Sandbox, grader: Grader) -> None:
        self._loaded = loaded
        self._room = Room(sandbox, grader)
        self._secrets: OrderedDict[str, Known] = OrderedDict()
        self._lasting = Lasting()

    def of(self, loaded: LoadedCourse) -> Guard:
        """The guard of another course, or of another version of this one."""
        other = object.__new__(Guard)
        other._loaded, other._room, other._secrets, other._lasting = loaded, self._room, self._secrets, self._lasting
        return other

    async def judge(
        self,
        exercise: str | Exercise,
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
        `may_run=False` (the rate is spent) what would have to be run is `unjudged`, and withheld. `lasting`: the reply
        holds nothing of the student's and many are told it alike; by itself it is judged once, and only for what it
        adds up to in this conversation after that. It was written for no exercise, so what counts is what its code does
        and which values it states, not which steps its words tell.
        Raises KeyError for an exercise that the course has not, SandboxUnavailable, SandboxLost.
        """
        id = exercise if isinstance(exercise, str) else exercise.id
        place = await self._room.place(self._loaded, id)
        key = hashlib.sha256(f"{self._loaded.digest}:{id}".encode()).hexdigest()
        if key not in self._secrets:
            found = place.exercise
            decisive, steps = Decisive(found.solution, found.starter), Steps(found.solution, found.statement)
            self._secrets[key] = secrets_of(place), decisive, steps
            while len(self._secrets) > _KEPT:
                self._secrets.popitem(last=False)
        case = Case(place, source, reply, tuple(said), tuple(shown))
        verdicts = Verdicts(case, self._secrets[key], self._room, may_run, lasting)
        if not lasting:
            return await verdicts.finding()
        tried = self._lasting.tried(key, reply)
        if tried is None:
            alone = Verdicts(Case(place, "", reply), self._secrets[key], self._room, may_run, lasting)
            if (await alone.finding()).withheld:
                return await verdicts.finding()
            tried = alone.tried
            self._lasting.passed(key, reply, tried)
        return await verdicts.together(tried)
