"""What a person marks: what awaits it in a class, one of them to be read, and the marks. Who may is said here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.events.records import iso
from codegym_jlab.store.base import Enrolment, Found, HandedIn, Progress, Revision, Store
from codegym_jlab.submission import Submission

from .classroom import READS, Actor, ClassManager, Names
from .errors import NothingToMark, OwnWork, UnknownExercise, UnknownSection, UnknownUnit
from .manager import utc_now
from .marks import Marks, marking, to_be_had, unmarkable
from .offering import is_local
from .places import Places
from .recounting import rules_for
from .survey import course_of

PAGE = 500
FIRST = "marked for the first time"


@dataclass(frozen=True, slots=True)
class Review:
    """A submission for a person to read and to mark, as its exercise is now."""

    found: Found
    unit: str
    exercise: Exercise
    account: str | None  #: whose it is; None: a team's, or erased
    team: str | None

    @property
    def submission(self) -> Submission:
        """What was handed in."""
        return self.found.submission

    def as_json(self) -> dict[str, Any]:
        """The same on the command line and over HTTP."""
        sent, judged = self.found.submission, self.found.judgement
        assert judged is not None, "what was handed in has a judgement"
        return {
            "submission": sent.id,
            "account": self.account,
            "team": self.team,
            "unit": self.unit,
            "exercise": sent.exercise,
            "title": self.exercise.title,
            "state": sent.state.value,
            "received_at": iso(sent.received_at),
            "source": sent.source.encode("utf-8", "backslashreplace").decode(),
            "answer": self.exercise.answer,
            "score": judged.score.points,
            "max_score": judged.score.max_points,
            "passed": sum(check.passed for check in judged.checks),
            "total": len(judged.checks),
            "to_give": to_be_had(self.exercise, judged),
            "rubric": list(self._rubric()),
            "points": None if judged.marks is None else judged.marks.points,
            "comment": "" if judged.marks is None else judged.marks.comment or "",
        }

    def _rubric(self) -> Iterator[dict[str, Any]]:
        assert self.found.judgement is not None
        marks = self.found.judgement.marks
        given = {item.id: item.points for item in marks.items} if marks is not None else {}
        for item in self.exercise.rubric:
            yield {"id": item.id, "text": item.text, "max_points": item.points, "points": given.get(item.id)}


class Reviewing:
    """One a process, over the same records as the grading manager. Every method says first who asks."""

    def __init__(
        self,
        store: Store,
        places: Places,
        classes: ClassManager,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_events` is called once there is something in the outbox."""
        self._store, self._places, self._classes, self._clock = store, places, classes, clock
        self._on_events = on_events

    async def waiting(
        self, actor: Actor, offering: str, *, unit: str = "", exercise: str = "", section: str = "", limit: int = PAGE
    ) -> tuple[list[Review], int]:
        """What awaits review, the oldest first: so many, and how many there are.

        Raises NotAllowed, UnknownOffering, UnknownUnit, UnknownExercise, UnknownSection, NotPublished, CourseBroken.
        """
        names = await self._classes.names(actor, offering)
        loaded = await course_of(self._store, self._places, offering)
        wanted, people = _exercises(loaded, unit, exercise), await self._people(offering, section)
        lines = [line async for line in self._lines(offering) if line.exercise in wanted]
        lines = [line for line in lines if people is None or line.person in people]
        lines.sort(key=lambda line: line.submission or "")
        found = [await self._store.find(line.submission) for line in lines[:limit] if line.submission is not None]
        return [_review(one, loaded, names) for one in found if one and one.judgement is not None], len(lines)

    async def _lines(self, offering: str) -> AsyncIterator[Progress]:
        after = ("", "")
        while page := await self._store.awaiting_review(offering, after, PAGE):
            after = (page[-1].person, page[-1].exercise)
            for line in page:
                yield line

    async def _people(self, offering: str, section: str) -> frozenset[str] | None:
        """Those of a section, and the teams that one of them is in; None: all."""
        if not section:
            return None
        students = [m for m in await self._store.members(offering) if m.role == "student" and m.ended_at is None]
        known = sorted({m.section for m in students if m.section})
        if section not in known:
            raise UnknownSection(section, known)
        own = {m.person for m in students if m.section == section}
        teams = await self._store.teams(offering)
        return frozenset(own | {team.id for team in teams if own & set(team.members)})

    async def review(self, actor: Actor, offering: str, submission: str) -> Review:
        """One of them, or one that was marked. Raises NotAllowed, UnknownOffering, NothingToMark, …."""
        names = await self._classes.names(actor, offering)
        found, loaded, _ = await self._found(offering, submission)
        return _review(found, loaded, names)

    async def mark(self, actor: Actor, offering: str, submission: str, marks: Marks) -> Review:
        """Its judgement with these marks takes the place of the one that stands; the line and the events with it.

        Raises NotAllowed, UnknownOffering, NothingToMark, NewerSubmission, OwnWork, UnfitMarks, MarkedAlready,
        WouldLower, ….
        """
        await self._classes.allow(actor, offering, READS)
        found, loaded, who = await self._found(offering, submission)
        sent = found.submission
        await self._refuse_own(actor, sent)
        _, exercise = loaded.find(sent.exercise)
        rules = await rules_for(self._store, loaded, who, sent.exercise, self._clock())
        by = await self._store.make_person(offering, actor.account)

        def revise(line: HandedIn) -> Revision:
            return marking(line, submission, marks, exercise, rules, by)

        why = marks.why.strip() or FIRST
        await self._store.supersede(offering, sent.person, sent.exercise, revise, who=by, why=why, cause="mark")
        self._on_events()
        return await self.review(actor, offering, submission)

    async def _found(self, offering: str, submission: str) -> tuple[Found, LoadedCourse, Enrolment]:
        found = await self._store.find(submission)
        if found is None or found.submission.offering != offering:
            raise NothingToMark(
                f"There is no submission {submission!r} in this class. `codegym class review` lists what can be marked."
            )
        who = await self._store.enrolment(offering, found.submission.person)
        assert who is not None, "foreign keys hold"
        loaded = await self._places.course(who)
        try:
            _, exercise = loaded.find(found.submission.exercise)
        except KeyError:
            raise UnknownExercise(found.submission.exercise) from None
        if (refused := unmarkable(found, exercise)) is not None:
            raise refused
        return found, loaded, who

    async def _refuse_own(self, actor: Actor, sent: Submission) -> None:
        """On one's own computer there is nobody else."""
        if is_local(sent.offering):
            return
        mine = await self._store.memberships(actor.account)
        own = {await self._store.person(sent.offering, actor.account)}
        own |= {team.id for m in mine if m.offering.id == sent.offering for team in m.enrolment.teams.values()}
        if sent.person in own or (sent.submitter in own and sent.reason is None):
            raise OwnWork


def _exercises(loaded: LoadedCourse, unit: str, exercise: str) -> frozenset[str]:
    """Those that a person marks, of the course, a unit or the one named."""
    assert loaded.course is not None
    units = [one for one in loaded.course.units if unit in ("", one.id)]
    if not units:
        raise UnknownUnit(unit)
    found = frozenset(one.id for one_of in units for one in one_of.exercises if exercise in ("", one.id))
    if not found:
        raise UnknownExercise(exercise)
    return found


def _review(found: Found, loaded: LoadedCourse, names: Names) -> Review:
    unit, exercise = loaded.find(found.submission.exercise)
    owner = found.submission.person
    return Review(found, unit.id, exercise, names.get(owner), names.teams.get(owner))
