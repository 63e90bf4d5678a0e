"""What a helper may know of a student's work: the tools of the tutor's own agents and of other assistants alike.

Nothing hidden comes out here, of a judgement no more than its student sees, and nothing where the policy has the tutor
off. What costs something is not done: that needs a click of the student's.
"""

from collections.abc import Awaitable, Callable, Sequence
from inspect import signature
from typing import Protocol

from codegym_jlab.course.checks import Check
from codegym_jlab.course.notebook import statement_text
from codegym_jlab.grading.admission import Situation
from codegym_jlab.grading.errors import Refused
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.records import Clock, Json, frozen, iso
from codegym_jlab.store.classes import Enrolment

from .agents.solution_request import expected
from .manager import TutorManager
from .questions import admitted


class NeedsClick(Refused):
    """The next hint takes {cost:g} points. Only the student can ask for it, in JupyterLab: press Hint there."""

    code = "needs_click"


class Door(Protocol):
    """Whose work it is, and how it is shown to them."""

    async def courses(self) -> Sequence[Json]:
        """The courses that the person is in: id, title and progress."""

    async def admit(self, course: str) -> Enrolment:
        """The person in a course. Raises what the managers refuse."""


@frozen
class Tools:
    """One person's, for as long as one request. Methods raise what the managers refuse, TutorOff, NeedsClick."""

    grading: GradingManager
    tutor: TutorManager
    door: Door
    user: str
    view: Callable[[Outcome], Json]
    clock: Clock

    async def list_courses(self) -> Json:
        """The student's courses."""
        return {"courses": list(await self.door.courses())}

    async def list_exercises(self, course: str) -> Json:
        """Units and exercises of a course, and how each stands: the student's progress."""
        standing = await self.grading.course_standing(await self.door.admit(course))
        return standing.as_json()

    async def read_exercise(self, course: str, exercise: str) -> Json:
        """An exercise: statement, starter, sample checks, labels of the hidden tests."""
        _, now = await self._situation(course, exercise)
        found = now.place.exercise
        return {
            "id": found.id,
            "title": found.title,
            "unit": now.place.unit.id,
            "answer": found.answer,
            "statement": statement_text(found),
            "starter": found.starter,
            "points": found.points,
            "due": iso(now.policy.due),
            "sample_checks": [_sample(check) for check in found.sample_checks],
            "hidden_tests": [check.title for check in found.hidden_checks],
        }

    async def read_answer(self, course: str, exercise: str) -> Json:
        """The student's last answer and its judgement, as the student sees it; nulls where there is none."""
        _, now = await self._situation(course, exercise)
        if now.progress.submission is None:
            return {"source": None, "received_at": None, "judgement": None}
        outcome = await self.grading.outcome(self.user, now.progress.submission)
        judged = None if outcome.judgement is None else self.view(outcome)
        sent = outcome.submission
        return {"source": sent.source, "received_at": iso(sent.received_at), "judgement": judged}

    async def read_hints(self, course: str, exercise: str) -> Json:
        """The hints given so far, and when the next may come."""
        who, _ = await self._situation(course, exercise)
        return (await self.tutor.hints(who, exercise)).as_json()

    async def next_hint(self, course: str, exercise: str) -> Json:
        """Gives the student the next authored hint, where it costs nothing."""
        who, now = await self._situation(course, exercise)
        if now.policy.hint_cost > 0:
            raise NeedsClick(cost=now.policy.hint_cost)
        return (await self.tutor.next_hint(who, exercise)).as_json()

    async def _situation(self, course: str, exercise: str) -> tuple[Enrolment, Situation]:
        who = await self.door.admit(course)
        return who, await admitted(self.grading, who, exercise, self.clock())


def _sample(check: Check) -> Json:
    """A sample check as its student sees it in the notebook."""
    known: Json = {"label": check.title, "do": check.call or check.run or check.code or check.title}
    if check.setup:
        known["setup"] = check.setup
    if check.stdin:
        known["stdin"] = check.stdin
    return known | {"expect": expected(check) or "as the exercise says"}


#: What assistants are shown, by name; a tool's docstring describes it, and its parameters are ids.
OFFERED: dict[str, Callable[..., Awaitable[Json]]] = {
    method.__name__: method
    for method in (
        Tools.list_courses,
        Tools.list_exercises,
        Tools.read_exercise,
        Tools.read_answer,
        Tools.read_hints,
        Tools.next_hint,
    )
}


def parameters(tool: str) -> tuple[str, ...]:
    """Which of course and exercise a tool takes."""
    return tuple(signature(OFFERED[tool]).parameters)[1:]
