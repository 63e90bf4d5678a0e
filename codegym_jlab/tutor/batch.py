"""Conversations that keep no records: for `codegym ask` and the examination. Each begins a fresh ladder."""

from dataclasses import dataclass, field, replace
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import bare_answer
from codegym_jlab.course.policy import EffectivePolicy, merged, resolved
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.batch import NOBODY, judge_unrecorded
from codegym_jlab.grading.feedback import student_view
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Cell, Clock, Json, Subject, frozen, some, utc_now
from codegym_jlab.store.base import HintGiven, Progress

from .agents import Judged, Terms
from .conversation import Conversation, Room, Took, Withheld
from .ladder import Hints, Ladder
from .misconceptions import WrongPatterns
from .question import Done, Reply, Situation
from .questions import judged_in, stopped_in, verdict_in


@dataclass(slots=True)
class FreshLadder:
    """The ladder of one exercise in memory; cooldown and tries as the policy says, points cost nothing."""

    exercise: Exercise
    policy: EffectivePolicy
    clock: Clock = utc_now
    given: list[HintGiven] = field(default_factory=list)

    async def seen(self) -> Hints:
        """See `agents.Climb`."""
        return self._ladder().seen(self._line(), self.given)

    async def next(self, *, is_said_back: bool = False) -> Hints:
        """See `agents.Climb`."""
        hint, _, _ = replace(self._ladder(), is_said_back=is_said_back).give(self._line(), self.given)
        self.given.append(hint)
        return await self.seen()

    def _ladder(self) -> Ladder:
        return Ladder(self.exercise, self.policy, Subject(NOBODY, NOBODY, self.exercise.id, NOBODY), self.clock())

    def _line(self) -> Progress:
        return Progress(NOBODY, NOBODY, self.exercise.id)


@frozen
class Line:
    """A conversation as it is asked: turns, and what the notebook shows at each of them."""

    id: Any
    turns: tuple[str, ...]
    exercise: str | None = None
    source: str = ""
    has_code: bool = False
    last_error: str | None = None
    last_verdict: str | None = None
    output: str | None = None
    judged: Judged | None = None
    cells: tuple[Cell, ...] = ()  #: the student's above the answer


@frozen
class Answered:
    """A line's answer: a reply a turn, and how the last turn was taken."""

    replies: tuple[Reply, ...]
    took: tuple[Took, ...]

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """Of all turns."""
        return tuple(one for took in self.took for one in took.withheld)

    def as_json(self, id: Any) -> Json:
        """For the command line and MCP; what was withheld is told without its text."""
        last = self.took[-1]
        return {
            "id": id,
            "intent": last.intent,
            "agent": self.replies[-1].agent,
            "replies": [_with_choices(reply) for reply in self.replies],
            "withheld": [some(one, "turn agent leaks") for one in self.withheld],
            "llm": next((reply.by for reply in reversed(self.replies) if reply.by), None),
        }


def _with_choices(reply: Reply) -> str:
    """What was said, and below it what stands on its buttons."""
    listed = "\n".join(f"- {choice.label}" for choice in reply.choices)
    return f"{reply.text}\n\n{listed}" if listed else reply.text


async def checked(loaded: LoadedCourse, grader: Grader, patterns: WrongPatterns, line: Line) -> Line:
    """The same with what a student sees of the judgement of its answer; as it is where nothing is checked."""
    exercise = loaded.find(str(line.exercise))[1]
    submission, judgement = await judge_unrecorded(grader, loaded, exercise.id, line.source, line.cells)
    view = student_view(judgement, submission, exercise)
    if not view["checks"]:  # a person marks it, or it is no answer of its kind yet
        return line
    idea = await patterns.misconception(loaded, exercise, judgement, line.source)
    error, judged = stopped_in(view, line.source), judged_in(view, idea)
    return replace(line, last_error=error, last_verdict=verdict_in(view), judged=judged)


async def answer_line(room: Room, line: Line) -> Answered:
    """The whole conversation, turn by turn. Raises KeyError for an exercise that the course has not."""
    talk = Conversation(room)
    situation, terms = _begin(room.loaded, line)
    replies, took = [], []
    for message in line.turns:
        async for event in talk.ask(message, situation, terms):
            if isinstance(event, Done) and event.turn.reply is not None:
                replies.append(event.turn.reply)
        took.append(talk.took)
    return Answered(tuple(replies), tuple(took))


def _begin(loaded: LoadedCourse, line: Line) -> tuple[Situation, Terms]:
    course = loaded.course
    assert course is not None, "a course that is broken answers nothing"
    exercise, terms = None, Terms(contact=course.contact)
    if line.exercise is not None:
        unit, exercise = loaded.find(line.exercise)
        fields = merged([course.policy, unit.policy, exercise.policy])
        policy = replace(resolved(fields, "UTC", None), opens=None, hint_cost=0.0)
        climb = FreshLadder(exercise, policy)
        terms = replace(terms, policy=policy, climb=climb, cells=line.cells, practice=True, judged=line.judged)
    source = line.source if exercise is None else bare_answer(exercise, line.source)
    has_code = line.has_code or bool(source.strip())
    return (
        Situation(
            exercise, source, has_code, line.last_error, line.last_verdict, line.output, language=course.language
        ),
        terms,
    )
