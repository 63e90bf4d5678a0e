"""What staff see of a class's questions: by intent and exercise, how the answers fared, what was withheld and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.events.records import iso
from codegym_jlab.grading.places import Places
from codegym_jlab.grading.survey import course_of
from codegym_jlab.store.base import Store
from codegym_jlab.store.conversations import Asked, KeptTurn

NEWEST = 20_000  #: turns from which the time to the next accepted answer is taken


@dataclass(frozen=True, slots=True)
class ExerciseQuestions:
    """The questions about one exercise."""

    exercise: str
    title: str
    turns: int
    intents: Mapping[str, int]
    helped: int  #: thumbs up
    unhelped: int
    withheld: int  #: turns of which something was not shown
    by_llm: int  #: turns that a model answered
    hints: float | None  #: the median number of hints, of people who had any
    accepted_after_s: float | None  #: the median time from a question to the person's next accepted answer


@dataclass(frozen=True, slots=True)
class Questions:
    """All of a class."""

    exercises: tuple[ExerciseQuestions, ...]  #: in the course's order; what it has no more comes last

    @property
    def intents(self) -> Mapping[str, int]:
        """How often each, the most frequent first."""
        counts: dict[str, int] = defaultdict(int)
        for one in self.exercises:
            for intent, turns in one.intents.items():
                counts[intent] += turns
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def as_json(self) -> dict[str, Any]:
        """For HTTP and the command line."""
        sums = {name: sum(getattr(one, name) for one in self.exercises) for name in ("turns", "helped", "unhelped")}
        sums["withheld"] = sum(one.withheld for one in self.exercises)
        return {**sums, "intents": self.intents, "exercises": [asdict(one) for one in self.exercises]}


class QuestionSurvey:
    """Questions of a class. Both raise UnknownClass, and as `Places.course` does."""

    def __init__(self, store: Store, places: Places) -> None:
        self._store, self._places = store, places

    async def questions(self, offering: str) -> Questions:
        """Added up where the records lie."""
        loaded = await course_of(self._store, self._places, offering)
        grouped: dict[str, list[Asked]] = defaultdict(list)
        for one in await self._store.asked(offering):
            grouped[one.exercise].append(one)
        rungs, waits = await self._store.rungs(offering), await self._store.waits(offering, NEWEST)
        titles = _titles(loaded)
        order = [*titles, *sorted(set(grouped) - set(titles))]
        return Questions(
            tuple(
                _about(exercise, titles.get(exercise, exercise), grouped[exercise], rungs, waits)
                for exercise in order
                if exercise in grouped
            )
        )

    async def withheld(self, offering: str, after: str, limit: int) -> list[dict[str, Any]]:
        """A page of what students were not shown, by id: for reading by hand. Nobody is named but by their id."""
        loaded = await course_of(self._store, self._places, offering)
        titles = _titles(loaded)
        found = await self._store.withheld(offering, after, limit)
        return [_told(turn, titles) for turn in found]


def _titles(loaded: LoadedCourse) -> dict[str, str]:
    units = loaded.course.units if loaded.course else ()
    return {exercise.id: exercise.title for unit in units for exercise in unit.exercises}


def _about(
    exercise: str,
    title: str,
    rows: Sequence[Asked],
    rungs: Mapping[str, Mapping[int, int]],
    waits: Mapping[str, Sequence[float]],
) -> ExerciseQuestions:
    hints = [rung for rung, people in rungs.get(exercise, {}).items() for _ in range(people)]
    return ExerciseQuestions(
        exercise,
        title,
        turns=sum(row.turns for row in rows),
        intents={row.intent: row.turns for row in rows},
        helped=sum(row.helped for row in rows),
        unhelped=sum(row.unhelped for row in rows),
        withheld=sum(row.withheld for row in rows),
        by_llm=sum(row.by_llm for row in rows),
        hints=median(hints) if hints else None,
        accepted_after_s=median(waits[exercise]) if waits.get(exercise) else None,
    )


def _told(turn: KeptTurn, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": turn.id,
        "person": turn.person,
        "exercise": turn.exercise,
        "title": titles.get(turn.exercise, turn.exercise),
        "asked_at": iso(turn.asked_at),
        "message": turn.message,
        "shown": turn.reply and turn.reply.get("text"),
        "llm": turn.llm,
        "withheld": [dict(one) for one in turn.withheld],
    }
