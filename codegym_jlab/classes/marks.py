"""What a person marks: what awaits it in a class, one of them to be read, and the marks. Who may is said here."""

import asyncio
import math
from bisect import bisect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.admission import class_policy, ids_of, place_in
from codegym_jlab.grading.apply_judgement import CountingRules
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.grading.feedback import MAX_COMMENT
from codegym_jlab.grading.regrade import Change, lowers_progress, recounted_progress, revision, rules_for
from codegym_jlab.llm.base import NoAnswer
from codegym_jlab.llm.chain import Chain
from codegym_jlab.store import Store
from codegym_jlab.store.base import Found, GivenMarks, HandedIn, Progress, Revision
from codegym_jlab.store.classes import Enrolment

from ..grading.errors import (
    DraftsOff,
    ManyDrafts,
    MarkedAlready,
    NewerSubmission,
    NoMarksDrafted,
    NothingToMark,
    OwnWork,
    UnfitMarks,
    WouldLower,
)
from ..records import (
    Json,
    Judgement,
    Kind,
    RubricMark,
    Score,
    ScorePart,
    State,
    Submission,
    Verdict,
    end_tasks,
    frozen,
    is_local,
    new_id,
    some,
)
from ..telemetry.traces import carry, span_of
from .manager import CHANGES, READS, Actor, ClassManager, Names, students_in
from .markers import NO_DRAFT, Pair, agreement, by_submission, drafts_agreement, prompt_for, proposals
from .reports import exercises_in


@frozen
class Marks:
    """Points by line of the rubric, or alone where there is none."""

    points: float | None = None
    items: Mapping[str, float] = field(default_factory=dict)
    comment: str = ""  #: to the student
    why: str = ""  #: for the history; needed where marks stand already
    allow_lower: bool = False
    accepted: Collection[str] = ()  #: lines whose points are a model's draft, accepted as it was


def to_be_had(exercise: Exercise, judged: Judgement) -> float:
    """The points that a person can give: by the rubric; without one, what the checks leave."""
    if exercise.rubric:
        return half_up(sum(item.points for item in exercise.rubric))
    return half_up(max(exercise.points - _checked(judged), 0.0))


def lines_of(exercise: Exercise, judged: Judgement) -> dict[str, float]:
    """The most points by line of the rubric; without one, of all of it, under the empty text."""
    return {item.id: item.points for item in exercise.rubric} or {"": to_be_had(exercise, judged)}


def part_of(marks: Marks, exercise: Exercise, judged: Judgement, who: str) -> ScorePart:
    """The person's part of the score. Raises UnfitMarks."""
    most = to_be_had(exercise, judged)
    if exercise.rubric and judged.checks and _checked(judged) + most > exercise.points + 0.005:
        raise UnfitMarks("The points of this exercise were changed since it was checked. Run `codegym regrade` first.")
    if len(marks.comment) > MAX_COMMENT:
        raise UnfitMarks(f"The comment is longer than {MAX_COMMENT} characters. Make it shorter.", key="comment")
    given = _given(marks, lines_of(exercise, judged))
    items = tuple(RubricMark(item.id, item.text, given[item.id], item.points) for item in exercise.rubric)
    points, comment = half_up(sum(given.values())), marks.comment.strip() or None
    return ScorePart("person", points, most, who, comment, items, tuple(marks.accepted))


def _checked(judged: Judgement) -> float:
    """The points that its checks share."""
    return sum(part.max_points for part in judged.parts if part.source == "checker")


def _given(marks: Marks, lines: Mapping[str, float]) -> dict[str, float]:
    """The points of each line. Raises UnfitMarks."""
    if "" in lines:
        if marks.items or (marks.points is None and lines[""]):
            told = f"Give points, from 0 to {lines['']:g}; this exercise has no rubric."
            raise UnfitMarks(told, key="points")
    elif marks.points is not None or marks.items.keys() != lines.keys():
        there = ", ".join(f"{name} (to {most:g})" for name, most in lines.items())
        odd = next(iter(marks.items.keys() ^ lines.keys()), "points")
        raise UnfitMarks(f"Give points by each line of the rubric, and no others: {there}.", key=odd)
    given = marks.items or {"": marks.points or 0.0}
    for name, points in given.items():
        if not math.isfinite(points) or not 0 <= points <= lines[name]:
            what = f"`{name}` takes" if name else "This takes"
            raise UnfitMarks(f"{what} from 0 to {lines[name]:g} points, not {points:g}.", key=name or "points")
    return {name: half_up(points) for name, points in given.items()}


def marked(before: Judgement, part: ScorePart, exercise: Exercise, now: datetime) -> Judgement:
    """The judgement that takes the place of `before`: the checkers' parts and the verdict stay."""
    parts = (*(one for one in before.parts if one.source == "checker"), part)
    score = Score(half_up(sum(one.points for one in parts)), half_up(exercise.points))
    return replace(before, id=new_id(), parts=parts, score=score, judged_at=now)


def marking(
    submission: str, marks: Marks, exercise: Exercise, rules: CountingRules, who: str, line: HandedIn
) -> Revision:
    """What takes the place of what stands. The same marks again change nothing. Earlier ones await review no more, too.

    Raises NothingToMark, NewerSubmission, UnfitMarks, MarkedAlready, WouldLower.
    """
    before = _standing(line, submission)
    part = part_of(marks, exercise, before, who)
    stood = before.marks
    if stood is not None and replace(stood, who=who) == part:
        return Revision((), line.progress)
    if stood is not None and not marks.why.strip():
        raise MarkedAlready
    change = Change(before, marked(before, part, exercise, rules.now))
    if not marks.allow_lower:
        _refuse_lowering(line, change, rules)
    made = revision(line, [change], rules, allow_lower=True)
    sent = [found.submission for found in line.found]
    return replace(made, reviewed=[one.id for one in sent if one.state is State.AWAITING_REVIEW])


def unmarking(submission: str, marked: Judgement, before: Judgement, rules: CountingRules, line: HandedIn) -> Revision:
    """What stood `before` takes the place of what a person `marked`; without marks it awaits review again.

    Raises NothingToMark, NewerSubmission.
    """
    if _standing(line, submission).id != marked.id:
        raise NothingToMark(NOT_YOURS)
    awaits = before.marks is None
    told = replace(line, progress=replace(line.progress, awaiting_review=awaits, score=None))  # told again, even at 0
    change = Change(marked, replace(before, id=new_id(), judged_at=rules.now))
    return replace(revision(told, [change], rules, allow_lower=True), awaiting=[submission] if awaits else ())


def _standing(line: HandedIn, submission: str) -> Judgement:
    found = next((one for one in line.found if one.submission.id == submission), None)
    if found is None:
        raise NothingToMark("This is no longer there to be marked. Look at `codegym class review` again.")
    if line.progress.submission is not None and line.progress.submission != submission:
        raise NewerSubmission(submission=line.progress.submission)
    return found.judged


def _refuse_lowering(line: HandedIn, change: Change, rules: CountingRules) -> None:
    if change.lowers:
        raise WouldLower(before=change.before.score.points, after=change.after.score.points)
    after = recounted_progress(line, [change.after], rules)
    if lowers_progress(line.progress, after):
        raise WouldLower(before=line.progress.counting_score or 0.0, after=after.counting_score or 0.0)


def _unmarkable(found: Found, exercise: Exercise) -> str | None:
    """Why a person cannot mark it, and what to do; None where they can."""
    sent = found.submission
    if exercise.marking != "manual":
        return f"{exercise.title} is marked by its checks alone. Write `marking: manual` in the course, and publish it."
    if sent.state in _NOT_HANDED_IN:
        return _NOT_HANDED_IN[sent.state]
    if sent.kind is not Kind.SUBMIT:
        return "This was only tried, not handed in. Mark what was handed in."
    if found.judgement is None or found.judgement.verdict is Verdict.CE:
        return "Python cannot read this, so it was not taken as handed in. Mark what is handed in next."
    return None


_NOT_HANDED_IN = {
    State.WAITING: "This is not checked yet. Wait a moment and mark it then.",
    State.CANCELLED: "This was stopped by its student or taken away, and is not handed in.",
    State.PARKED: "This could not be checked, by a fault of ours. `codegym parked` shows what to do; mark it then.",
    State.KEPT: "This is a draft that was not handed in.",
}


PAGE = 500  #: answers that are told
FIRST, TAKEN_BACK = "marked for the first time", "marks taken back"
NOT_YOURS = "These marks are not the last that you recorded. Record others in their place, and say why."


@frozen
class Review:
    """A submission for a person to read and to mark, as its exercise is now."""

    found: Found
    unit: str
    exercise: Exercise
    names: Names
    policy: EffectivePolicy  #: of the whole class
    pair: Pair | None  #: where two people mark it
    drafted: GivenMarks | None  #: a model's draft
    is_drafting: bool

    @property
    def submission(self) -> Submission:
        """What was handed in."""
        return self.found.submission

    @property
    def text(self) -> str:
        """What was handed in, as it can be sent on."""
        return self.submission.source.encode("utf-8", "backslashreplace").decode()

    @property
    def lines(self) -> dict[str, float]:
        """The most points by line, as `lines_of` has them."""
        return lines_of(self.exercise, self.found.judged)

    def _draft(self) -> Json | None:
        """A model's draft, of the lines that the rubric has now; None where it is switched off."""
        if self.policy.markers_drafts == "off":
            return None
        most = self.lines
        known = {line["id"]: dict(line) for line in self.drafted.items} if self.drafted else {}
        fits = {id: line for id, line in known.items() if (line["points"] or 0) <= most.get(id, -1)}
        lines = [fits.get(id, {"id": id} | NO_DRAFT) for id in most if known]
        return {"drafting": self.is_drafting, "llm": self.drafted and self.drafted.giver, "lines": lines}

    def as_drafted(self, marks: Marks) -> Marks:
        """The same, and of the lines that are said to be accepted those alone whose draft has these points."""
        drafted = {one["id"]: one["points"] for one in (self._draft() or {}).get("lines", ())}
        given: dict[str, float | None] = {**marks.items} or {"": marks.points}
        accepted = [id for id in given if id in marks.accepted and given[id] == drafted.get(id) is not None]
        return replace(marks, accepted=accepted)

    def as_json(self, *, blind: bool = False) -> Json:
        """The same on the command line and over HTTP. `blind`: whose it is stays out until it is marked."""
        sent, judged = self.submission, self.found.judged
        pair, marks = self.pair, judged.marks
        mine = pair.mine if pair is not None and marks is None and pair.stage == "mine" else None
        given = mine or marks
        blind = marks is None and (blind or (self.policy.markers_blind and (pair is None or pair.stage != "differ")))
        return {
            "submission": sent.id,
            **some(sent, "exercise state received_at"),
            **(dict.fromkeys(("account", "team")) if blind else self.names.owner(sent.person)),
            "unit": self.unit,
            **some(self.exercise, "title statement answer"),
            "reference": self.exercise.solution,
            "source": self.text,
            "score": judged.score.points,
            "max_score": judged.score.max_points,
            "passed": sum(check.passed for check in judged.checks),
            "total": len(judged.checks),
            "to_give": to_be_had(self.exercise, judged),
            "rubric": list(self._rubric(mine)),
            "points": given.points if given else None,
            "comment": given.comment or "" if given else "",
            "accepted": list(given.accepted if given else ()),
            "blind": blind,
            "markers": None if pair is None else pair.as_json(self.names.accounts, marks is not None),
            "draft": self._draft(),
        }

    def _rubric(self, mine: GivenMarks | None) -> Iterator[Json]:
        marks = self.found.judged.marks
        given = {item.id: item.points for item in marks.items} if marks is not None else {}
        given |= {item["id"]: item["points"] for item in mine.items} if mine is not None else {}
        for item in self.exercise.rubric:
            yield {**some(item, "id text"), "max_points": item.points, "points": given.get(item.id)}


@frozen
class MarkersDesk:
    """What one of the staff sees of what markers gave in a class."""

    loaded: LoadedCourse
    policies: Mapping[str, EffectivePolicy]  #: by exercise, of the whole class
    given: Mapping[str, Sequence[GivenMarks]]  #: by submission
    me: str | None
    decides: bool  #: an instructor
    drafted: Mapping[str, GivenMarks]  #: by a model
    drafting: Collection[str]

    def review(self, found: Found, names: Names) -> Review:
        """One answer."""
        sent = found.submission
        unit, exercise = self.loaded.find(sent.exercise)
        return Review(
            found,
            unit.id,
            exercise,
            names,
            self.policies[sent.exercise],
            self._pair(sent.exercise, sent.id),
            self.drafted.get(sent.id),
            sent.id in self.drafting,
        )

    def _pair(self, exercise: str, submission: str | None) -> Pair | None:
        policy = self.policies[exercise]
        given = self.given.get(submission or "", ())
        return Pair(given, self.me, policy, self.decides) if policy.markers_count > 1 else None

    def awaits(self, line: Progress) -> bool:
        """It is for this person to mark, or to decide."""
        pair = self._pair(line.exercise, line.submission)
        return pair is None or pair.stage == "open" or (pair.stage == "differ" and self.decides)


#: Seconds that a request waits for a model's draft, which then goes on by itself.
DRAFT_S = 20.0
DRAFTS, UNDER_WAY = 2, 20  #: drafts that are made at a time, and of a class those with the ones that wait


@dataclass
class Reviewing:
    """One a process, over the same records as the grading manager. Every method says first who asks."""

    store: Store
    classes: ClassManager
    on_events: Callable[[], None] = lambda: None  #: called once there is something in the outbox
    chain: Chain | None = None  #: drafts marks
    _drafting: dict[tuple[str, str], asyncio.Task[bool]] = field(default_factory=dict)  #: by offering and submission
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DRAFTS))

    async def waiting(
        self,
        actor: Actor,
        offering: str,
        *,
        unit: str = "",
        exercise: str = "",
        section: str = "",
        after: str = "",
        limit: int = PAGE,
    ) -> tuple[list[Review], int]:
        """What awaits review, the oldest first: so many, of those after one, and how many there are.

        Raises NotAllowed, UnknownOffering, UnknownUnit, UnknownExercise, UnknownSection, NotPublished, CourseBroken.
        """
        names = await self.classes.names(actor, offering)
        loaded = await self.classes.course(offering)
        wanted, people = _exercises(loaded, unit, exercise), await self._people(offering, section)
        desk = await self._desk(actor, offering, loaded)
        lines = [
            line
            for line in await self.store.awaiting_review(offering)
            if line.exercise in wanted and (people is None or line.person in people) and desk.awaits(line)
        ]
        ids = sorted(line.submission for line in lines if line.submission is not None)
        found = [await self.store.find(id) for id in ids[bisect(ids, after) :][:limit]]
        return [desk.review(one, names) for one in found if one and one.judgement is not None], len(lines)

    async def agreement(self, actor: Actor, offering: str, *, unit: str = "", exercise: str = "") -> Json:
        """How near two markers came, and people to drafts. Raises as `waiting` does."""
        await self.classes.allow(actor, offering, READS)
        loaded = await self.classes.course(offering)
        wanted, desk = _exercises(loaded, unit, exercise), await self._desk(actor, offering, loaded)
        pairs = [given for given in desk.given.values() if given[0].exercise in wanted]
        decided = [one for one in await self.store.decided_drafts(offering) if one.exercise in wanted]
        told = agreement((given, desk.policies[given[0].exercise].markers_tolerance) for given in pairs)
        return told | {"drafts": drafts_agreement(decided, loaded)}

    async def _desk(self, actor: Actor, offering: str, loaded: LoadedCourse, submission: str = "") -> MarkersDesk:
        """What was given so far, of one submission or all, as the actor may see it."""
        rules = await self.store.overrides(offering)
        anyone = Enrolment(offering, loaded.id, "")
        places = (place_in(loaded, exercise.id) for exercise in loaded.exercises)
        policies = {place.exercise.id: class_policy(place, anyone, rules) for place in places}
        drafting = frozenset(sent for _, sent in self._drafting)  # before it is read what they came to
        given = await self.store.marks_given(offering, submission)
        decides = await self.classes.may(actor, offering, CHANGES)
        me = await self.store.person(offering, actor.account)
        drafted = {one.submission: one for one in given if one.drafted}  # the newest comes last
        return MarkersDesk(loaded, policies, by_submission(given), me, decides, drafted, drafting)

    async def _people(self, offering: str, section: str) -> frozenset[str] | None:
        """Those of a section, and the teams that one of them is in; None: all."""
        if not section:
            return None
        own = await students_in(self.store, offering, section)
        return frozenset(own | {team.id for team in await self.store.teams(offering) if own & set(team.members)})

    async def review(self, actor: Actor, offering: str, submission: str) -> Review:
        """One of them, or one that was marked. Raises NotAllowed, UnknownOffering, NothingToMark, …."""
        names = await self.classes.names(actor, offering)
        found, loaded, _ = await self._found(offering, submission)
        return (await self._desk(actor, offering, loaded, submission)).review(found, names)

    async def mark(self, actor: Actor, offering: str, submission: str, marks: Marks) -> Review:
        """Its judgement with these marks takes the place of the one that stands; the line and the events with it.

        Raises NotAllowed, UnknownOffering, NothingToMark, NewerSubmission, OwnWork, UnfitMarks, MarkedAlready,
        WouldLower, ….
        """
        await self.classes.allow(actor, offering, READS)
        found, loaded, who = await self._found(offering, submission)
        sent = found.submission
        await self._refuse_own(actor, sent)
        _, exercise = loaded.find(sent.exercise)
        rules = await rules_for(self.store, loaded, who, sent.exercise, self.classes.clock())
        by = await self.store.make_person(offering, actor.account)
        review = (await self._desk(actor, offering, loaded, submission)).review(found, Names({}, {}))
        settled = await self._settled(actor, review, review.as_drafted(marks), by)
        if settled is not None:
            final = review.as_drafted(settled)
            why = final.why.strip() or FIRST
            revise = partial(marking, submission, final, exercise, rules, by)
            await self.store.supersede(offering, sent.person, sent.exercise, revise, who=by, why=why, cause="mark")
            self.on_events()
        return await self.review(actor, offering, submission)

    async def take_back(self, actor: Actor, offering: str, submission: str) -> Review:
        """What stood before the marks that this person recorded stands again. Raises as `mark` does."""
        await self.classes.allow(actor, offering, READS)
        found, loaded, who = await self._found(offering, submission)
        sent, by = found.submission, await self.store.make_person(offering, actor.account)
        if (await self._desk(actor, offering, loaded, submission)).policies[sent.exercise].markers_count > 1:
            await self.classes.allow(actor, offering, CHANGES)  # both marks were seen
        *_, before, last = [None, *await self.store.history(submission)]
        if before is None or (last.cause, last.who) != ("mark", by) or last.judgement.marks is None:
            raise NothingToMark(NOT_YOURS)
        rules = await rules_for(self.store, loaded, who, sent.exercise, self.classes.clock())
        revise = partial(unmarking, submission, last.judgement, before.judgement, rules)
        await self.store.supersede(offering, sent.person, sent.exercise, revise, who=by, why=TAKEN_BACK, cause="mark")
        self.on_events()
        return await self.review(actor, offering, submission)

    async def draft(self, actor: Actor, offering: str, submission: str) -> Review:
        """Have a model draft its marks, which stand beside it and count for nothing; one under way is joined.

        Raises as `review` does, OwnWork, DraftsOff, ManyDrafts, NoMarksDrafted.
        """
        review = await self.review(actor, offering, submission)
        await self._refuse_own(actor, review.submission)
        drafts = review.policy.markers_drafts
        if drafts == "off":
            raise DraftsOff
        links = [link for link in (self.chain.links if self.chain else ()) if link.here or drafts == "anywhere"]
        key = offering, submission
        if (task := self._drafting.get(key)) is None:
            if sum(of == offering for of, _ in self._drafting) >= UNDER_WAY:
                raise ManyDrafts
            task = self._drafting[key] = asyncio.create_task(self._drafted(review, Chain(links)))
            task.add_done_callback(lambda _: self._drafting.pop(key))
        await asyncio.wait({task}, timeout=DRAFT_S)
        if task.done() and not task.result():
            raise NoMarksDrafted
        return await self.review(actor, offering, submission)

    async def _drafted(self, review: Review, chain: Chain) -> bool:
        """False: no model answered."""
        sent, lines = review.submission, review.lines
        async with self._free:
            try:
                with span_of(carry(), "draft marks", submission=sent.id, offering=sent.offering):
                    reply, llm, _ = await chain.whole(prompt_for(review.exercise, lines, review.text))
            except NoAnswer:
                return False
        items = proposals(reply, lines, review.text)
        points, now = half_up(sum(item["points"] or 0 for item in items)), self.classes.clock()
        await self.store.give_marks(
            GivenMarks(sent.id, llm, sent.offering, sent.person, sent.exercise, True, points, items, "", now)
        )
        return True

    async def close(self) -> None:
        """Drafts that are under way end."""
        await end_tasks(*self._drafting.values())

    async def _settled(self, actor: Actor, review: Review, marks: Marks, by: str) -> Marks | None:
        """What is recorded now; of an answer that two people mark, if anything is.

        Raises NotAllowed for who is no instructor, once both are in.
        """
        sent, pair, judged = review.submission, review.pair, review.found.judged
        if pair is None:
            return marks
        if judged.marks is not None or len(pair.given) > 1:
            await self.classes.allow(actor, sent.offering, CHANGES)
            return marks if judged.marks else replace(marks, why=marks.why.strip() or "two markers differed")
        ledger = await self.store.ledger(sent.offering, sent.person, review.unit, sent.exercise)
        if ledger.progress.submission not in (None, sent.id):
            raise NewerSubmission(submission=ledger.progress.submission)
        part = part_of(marks, review.exercise, judged, by)
        items = [some(item, "id points") for item in part.items]
        of = sent.id, by, sent.offering, sent.person, sent.exercise, False
        mine = GivenMarks(*of, part.points, items, part.comment or "", self.classes.clock(), part.accepted)
        await self.store.give_marks(mine)
        given = by_submission(await self.store.marks_given(sent.offering, sent.id))[sent.id]
        if not (pair := replace(pair, given=given)).agrees:
            return None
        points, of_lines, comment, accepted = pair.mean()
        alone, why = None if of_lines else points, "the mean of two markers"
        return Marks(alone, of_lines, comment[:MAX_COMMENT], why, marks.allow_lower, accepted)

    async def _found(self, offering: str, submission: str) -> tuple[Found, LoadedCourse, Enrolment]:
        found = await self.store.find(submission)
        if found is None or found.submission.offering != offering:
            raise NothingToMark(
                f"There is no submission {submission!r} in this class. `codegym class review` lists what can be marked."
            )
        who = await self.store.enrolment(offering, found.submission.person)
        assert who is not None, "foreign keys hold"
        loaded = await self.classes.places.course(who)
        if said := _unmarkable(found, place_in(loaded, found.submission.exercise).exercise):
            raise NothingToMark(said)
        return found, loaded, who

    async def _refuse_own(self, actor: Actor, sent: Submission) -> None:
        """On one's own computer there is nobody else."""
        if is_local(sent.offering):
            return
        own = await ids_of(self.store, sent.offering, actor.account)
        if sent.person in own or (sent.submitter in own and sent.reason is None):
            raise OwnWork


def _exercises(loaded: LoadedCourse, unit: str, exercise: str) -> frozenset[str]:
    """Those that a person marks, of the course, a unit or the one named."""
    return frozenset(one.id for one, _ in exercises_in(loaded, unit or None, exercise or None))
