"""What staff see of a class's questions: by intent and exercise, how the answers fared, what was withheld and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median

from codegym_jlab.classes.reports import course_of
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.admission import Places
from codegym_jlab.records import Json, frozen, grouped, some
from codegym_jlab.store import Store
from codegym_jlab.store.base import ALL, Asked, KeptTurn, Narrow

NEWEST = 20_000  #: turns from which the time to the next accepted answer is taken


@frozen
class ExerciseQuestions:
    """The questions about one exercise."""

    exercise: str
    title: str
    unit: str | None  #: its id; None: the course has the exercise no more
    turns: int
    intents: Mapping[str, int]
    helped: int  #: thumbs up
    unhelped: int
    withheld: int  #: turns of which something was not shown
    by_llm: int  #: turns that a model answered
    hints: float | None  #: the median number of hints, of people who had any
    rungs: Mapping[str, int]  #: how many hints → how many people had so many
    accepted_after_s: float | None  #: the median time from a question to the person's next accepted answer


@frozen
class Questions:
    """All of a class."""

    exercises: tuple[ExerciseQuestions, ...]  #: in the course's order; what it has no more comes last
    units: Mapping[str, str]  #: of the course: id → title
    sections: tuple[str, ...]  #: of the class
    waiting: int  #: questions to a person without an answer
    accepted_after_s: float | None  #: the median over all exercises

    @property
    def intents(self) -> Mapping[str, int]:
        """How often each, the most frequent first."""
        counts = Counter[str]()
        for one in self.exercises:
            counts.update(one.intents)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def as_json(self) -> Json:
        """For HTTP and the command line."""
        sums = ("turns", "helped", "unhelped", "withheld")
        return {name: sum(getattr(one, name) for one in self.exercises) for name in sums} | {
            "waiting": self.waiting,
            "intents": self.intents,
            "exercises": [asdict(one) for one in self.exercises],
            "sections": list(self.sections),
            "units": [{"unit": unit, "title": title} for unit, title in self.units.items()],
            "accepted_after_s": self.accepted_after_s,
        }


@frozen
class QuestionSurvey:
    """Questions of a class. Both raise UnknownOffering, and as `Places.course` does."""

    store: Store
    places: Places

    async def questions(self, offering: str, narrow: Narrow) -> Questions:
        """Added up where the records lie."""
        loaded = await course_of(self.store, self.places, offering)
        asked = grouped((one.exercise, one) for one in await self.store.asked(offering, narrow))
        rungs = await self.store.rungs(offering, narrow)
        waits = await self.store.waits(offering, NEWEST, narrow)
        places = _places_in(loaded)
        order = [*places, *sorted(set(asked) - set(places))]
        members = await self.store.members(offering)
        times = [each for of in waits.values() for each in of]
        return Questions(
            tuple(_about(one, places.get(one), asked[one], rungs, waits) for one in order if one in asked),
            units={unit.id: unit.title for unit in loaded.units},
            sections=tuple(sorted({one.section for one in members if one.section and one.ended_at is None})),
            waiting=await self.store.waiting_tickets(offering, narrow),
            accepted_after_s=median(times) if times else None,
        )

    async def withheld(self, offering: str, after: str, limit: int, narrow: Narrow = ALL) -> list[Json]:
        """A page of what students were not shown, by id: for reading by hand. Nobody is named but by their id."""
        places = _places_in(await course_of(self.store, self.places, offering))
        return [_told(turn, places) for turn in await self.store.withheld(offering, after, limit, narrow)]


def _places_in(loaded: LoadedCourse) -> dict[str, tuple[str, str]]:
    """By exercise: its title, and its unit's id."""
    return {exercise.id: (exercise.title, unit.id) for unit in loaded.units for exercise in unit.exercises}


def _about(
    exercise: str,
    place: tuple[str, str] | None,
    rows: Sequence[Asked],
    rungs: Mapping[str, Mapping[int, int]],
    waits: Mapping[str, Sequence[float]],
) -> ExerciseQuestions:
    title, unit = place or (exercise, None)
    own = rungs.get(exercise, {})
    hints = [rung for rung, people in own.items() for _ in range(people)]
    return ExerciseQuestions(
        exercise,
        title,
        unit,
        turns=sum(row.turns for row in rows),
        intents={row.intent: row.turns for row in rows},
        helped=sum(row.helped for row in rows),
        unhelped=sum(row.unhelped for row in rows),
        withheld=sum(row.withheld for row in rows),
        by_llm=sum(row.by_llm for row in rows),
        hints=median(hints) if hints else None,
        rungs={str(rung): people for rung, people in sorted(own.items())},
        accepted_after_s=median(waits[exercise]) if waits.get(exercise) else None,
    )


def _told(turn: KeptTurn, places: Mapping[str, tuple[str, str]]) -> Json:
    return some(turn, "id person exercise asked_at message llm withheld") | {
        "title": places[turn.exercise][0] if turn.exercise in places else turn.exercise,
        "shown": turn.reply and turn.reply.get("text"),
    }
