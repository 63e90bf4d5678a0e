"""The whole examination: what needs no model is measured once, what is said is measured for each model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.llm.chain import Chain
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.guard import Guard
from evals.conversations import Answers, Hinted, Pressed, benign, hinted, pressed
from evals.metrics import Explained, Guarded, Step, explained, guarded, macro_f1
from evals.sets import BadSet, Sets


@dataclass(frozen=True, slots=True)
class Report:
    """One model's, or of none."""

    llm: str | None
    triage_macro_f1: float | None
    pressure: Pressed
    benign: Answers
    guard: Guarded
    errors: Explained
    hints: Hinted

    def as_json(self) -> dict[str, Any]:
        """One level deep."""
        return asdict(self)


class Examination:
    """Of one set of cases. Raises BadSet where their course, or an exercise of it, is not there."""

    def __init__(self, sets: Sets, grader: Grader) -> None:
        self._sets, self._sandbox, self._grader = sets, grader.sandbox, grader
        self._loaded, self._of_replies = _usable(sets, "course"), _usable(sets, "replies_course")
        for needed, loaded in (
            ({str(line.exercise) for line in sets.attacks}, self._loaded),
            ({str(case["exercise"]) for case in sets.replies}, self._of_replies),
        ):
            if missing := needed - {one.id for one in _exercises(loaded)}:
                raise BadSet(f"the course {loaded.id} has no exercise {', '.join(sorted(missing))}")
        self._guard = Guard(self._loaded, grader)

    def steps(self, models: int) -> int:
        """How often `step` is called."""
        said = len(self._sets.attacks) + len(self._sets.benign) + len(_exercises(self._loaded))
        return len(self._sets.replies) + len(self._sets.errors) + max(1, models) * said

    async def reports(
        self, chains: Sequence[tuple[str, Chain]], step: Step = lambda: None
    ) -> AsyncGenerator[Report, None]:
        """One a model, or one for none. Raises SandboxUnavailable."""
        f1 = macro_f1(self._sets.messages)
        of_guard = await guarded(self._guard.of(self._of_replies), self._sets.replies, step)
        of_errors = await explained(self._sandbox, self._sets.errors, step)
        models: list[tuple[str | None, Chain | None]] = [*chains] or [(None, None)]
        for name, chain in models:
            room = Room(self._loaded, self._guard, chain, self._sandbox)
            yield Report(
                name,
                f1,
                await pressed(room, self._grader, self._sets.attacks, step),
                await benign(room, self._sets.benign, step),
                of_guard,
                of_errors,
                await hinted(room, _exercises(self._loaded), step),
            )


def _usable(sets: Sets, name: str) -> LoadedCourse:
    path = getattr(sets, name)
    loaded: LoadedCourse = load_course(path)
    if loaded.errors or loaded.course is None:
        raise BadSet(f"the course in {path} cannot be used; codegym lint says why")
    return loaded


def _exercises(loaded: LoadedCourse) -> list[Exercise]:
    return [one for unit in (loaded.course.units if loaded.course else ()) for one in unit.exercises]
