"""A student's question from the records to the records: policy, budget and rate hold, and the turn is kept."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import bare_answer
from codegym_jlab.course.policy import RateLimit
from codegym_jlab.grading.admission import Situation as Standpoint, turn_of
from codegym_jlab.grading.errors import NotOpen, Refused
from codegym_jlab.grading.feedback import student_view
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import ANSWER
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.llm.budget import Budget, Limits
from codegym_jlab.llm.chain import Chain, messages_json
from codegym_jlab.records import Cell, Clock, Json, Verdict, frozen, is_local, new_id, plain
from codegym_jlab.store import Store
from codegym_jlab.store.base import KeptTurn
from codegym_jlab.store.classes import Enrolment
from codegym_jlab.telemetry.traces import Span, carry, span_of

from .agents import Climb, Judged, Terms
from .concepts import words_in
from .conversation import Conversation, Room, Took, doing, seen
from .diagnosis import Diagnoser
from .diagnosis.clusters import clusters
from .diagnosis.edits.guides import MOST_RIGHT
from .diagnosis.row import NOTHING, Rows, calm_of
from .guard import Guard
from .misconceptions import WrongPatterns
from .question import Choice, Done, Intent, Reply, Said, Situation, Told
from .tickets import contact_of

#: Turns of a conversation that are looked at.
TURNS = 40
#: Messages of one person, where the policy says nothing of it.
MESSAGES = RateLimit(20, 60.0)
#: What a server that stops waits for answers to be kept.
_ENDING_S = 5.0
#: Tokens that one turn sets aside of a day's share.
_HELD = 4000


class TutorOff(Refused):
    """The tutor is off here, and so is every other assistant. Check works as always."""

    code = "tutor_off"


class TooManyQuestions(Refused):
    """One moment. Ask again in {wait_s:.0f} seconds."""

    code = "too_many_questions"


@frozen
class Shown:
    """What the notebook shows: quoted data, all of it."""

    source: str = ""
    last_error: str | None = None
    output: str | None = None
    wants: Intent | None = None  #: where a button asked, which leaves nothing to guess
    llm: str | None = None  #: the model that the student chose, as it is shown; "": none


@frozen
class Desk:
    """What answers need beside the records. `room` is asked at every question, as a course may have a new version."""

    room: Callable[[LoadedCourse], Room]
    patterns: WrongPatterns | None = None
    budget: Budget | None = None
    diagnoser: Diagnoser | None = None


class Bucket:
    """Turns as `turn_of` counts them, by key, in memory."""

    def __init__(self) -> None:
        self._full_at: dict[object, datetime] = {}

    def wait_s(self, key: object, limit: RateLimit, now: datetime) -> float:
        """Seconds until one more fits."""
        free_at = turn_of(limit, self._full_at.get(key), now).not_before
        return (free_at - now).total_seconds() if free_at is not None else 0.0

    def take(self, key: object, limit: RateLimit, now: datetime, number: int = 1) -> None:
        """So many are used."""
        self._full_at = {other: at for other, at in self._full_at.items() if at > now}
        for _ in range(number):
            self._full_at[key] = turn_of(limit, self._full_at.get(key), now).full_at


class Questions:
    """Questions of all people. Turns of one person and exercise come one after the other."""

    def __init__(
        self, climb: Callable[[Enrolment, str], Climb], store: Store, grading: GradingManager, desk: Desk, clock: Clock
    ) -> None:
        """`climb`: the ladder of an exercise for a person."""
        self._climb, self._store, self._grading, self._desk, self._clock = climb, store, grading, desk, clock
        self._messages, self._runs = Bucket(), Bucket()
        self._rows = Rows(desk.diagnoser, self._take_run, clock) if desk.diagnoser is not None else None
        self._under_way: set[asyncio.Task[Any]] = set()
        self._put_away: set[tuple[str, str, str]] = set()
        self._locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    async def ask(self, who: Enrolment, exercise: str, message: str, shown: Shown) -> AsyncGenerator[Told, None]:
        """See `TutorManager.ask`."""
        now = self._clock()
        standpoint = await admitted(self._grading, who, exercise, now)
        key = (who.offering, who.person, exercise)
        lock = self._locks.setdefault(key, asyncio.Lock())
        if (wait := self._messages.wait_s(key[:2], MESSAGES, now)) > 0:
            raise TooManyQuestions(wait_s=wait)
        self._messages.take(key[:2], MESSAGES, now)  # before the lock: no more than these ever wait for it
        known = {
            "offering": who.offering,
            "exercise": exercise,
            **doing("invoke_agent"),
            "gen_ai.conversation.id": f"{who.person}:{exercise}",
            "gen_ai.agent.name": "tutor",
        }
        with self._known(), span_of(carry(), "invoke_agent tutor", "internal", **known) as turn:
            async with lock, aclosing(self._turn(who, standpoint, message, shown, turn)) as events:
                self._put_away.discard(key)
                async for event in events:
                    yield event

    @contextmanager
    def _known(self) -> Iterator[None]:
        """The task that asks is known, so that `close` can end it."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def begin_anew(self, who: Enrolment, exercise: str) -> None:
        """See `TutorManager.begin_anew`; what is being answered goes with the rest once it is kept."""
        key = (who.offering, who.person, exercise)
        if key in self._locks:
            self._put_away.add(key)
        await self._store.hide_turns(*key)

    async def row(self, outcome: Outcome, language: str) -> Json:
        """See `TutorManager.diagnosis`."""
        if self._rows is None:
            return NOTHING
        sent = outcome.submission
        given = await self._store.hints(sent.offering, outcome.enrolment.person, sent.exercise)
        return await self._rows.row(outcome, given, language)

    async def clusters(self, loaded: LoadedCourse, offering: str, exercise: str, language: str) -> Json:
        """See `TutorManager.clusters`."""
        assert self._desk.diagnoser is not None, "a server has one"
        return await clusters(self._store, self._desk.diagnoser, loaded, offering, exercise, language)

    def _take_run(self, key: tuple[str, str, str], rate: RateLimit) -> bool:
        if is_free := self._may_run(key, rate):
            self._runs.take(key, rate, self._clock())
        return is_free

    def _may_run(self, key: tuple[str, str, str], rate: RateLimit | None) -> bool:
        return rate is None or self._runs.wait_s(key, rate, self._clock()) <= 0

    async def close(self) -> None:
        """Ends what is being answered; it is kept as far as it came."""
        if self._rows is not None:
            await self._rows.close()
        tasks = set(self._under_way)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_ENDING_S)

    async def _turn(
        self, who: Enrolment, standpoint: Standpoint, message: str, shown: Shown, turn: Span
    ) -> AsyncGenerator[Told, None]:
        place = standpoint.place
        key = (who.offering, who.person, place.exercise.id)
        kept = await self._store.turns(*key, TURNS)
        void = [seen(str(text)) for turn in kept for text in (turn.reply or {}).get("void", ())]
        room = self._desk.room(place.loaded)
        if room.chain is not None and shown.llm is not None:
            room = replace(room, chain=room.chain.led_by(shown.llm))
        talk = Conversation(room, said_of(kept, False), said_of(kept, True) + void)
        situation, judged, cells = await self._situation(standpoint, shown)
        held = await self._hold(who)
        policy = standpoint.policy
        terms = Terms(
            policy,
            await contact_of(self._store, self._grading, who),
            self._climb(who, place.exercise.id),
            standing=partial(self._grading.course_standing, who),
            judged=judged,
            tells_ideas=policy.feedback_at(self._clock())[0] == "full",
            cells=cells,
            practice=is_local(who.offering),
            offering=who.offering,
            may_ask_model=held is not None,
            may_run=self._may_run(key, policy.rate),
            only_hints=policy.tutor == "hints",
            wants=shown.wants,
        )
        asked_at, done = self._clock(), None
        try:
            async with aclosing(talk.ask(message, situation, terms)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        done = event.turn
                        await self._keep(who, place.exercise.id, asked_at, message, talk, done)
                    yield event
        finally:
            _tell(turn, message, talk.took)
            try:
                if done is None:  # stopped, or the student went away
                    await self._keep(who, place.exercise.id, asked_at, message, talk, None)
            finally:  # also where the records are away: what is set aside must not stay so
                self._settle(key, policy.rate, talk, held or 0)

    async def _situation(
        self, standpoint: Standpoint, shown: Shown
    ) -> tuple[Situation, Judged | None, tuple[Cell, ...] | None]:
        """What is on the table, and the stored judgement and cells above where they are of this very answer."""
        place, verdict, judged, stopped = standpoint.place, None, None, None
        cells: tuple[Cell, ...] | None = None
        line = standpoint.progress  # also what cost no attempt, such as a SyntaxError
        found = await self._store.find_newest(line.offering, line.person, line.exercise)
        if found is not None and found.submission.source.strip() != shown.source.strip():
            found = None
        if found is not None and found.judgement is not None:
            now = self._clock()
            view = student_view(found.judgement, found.submission, place.exercise, standpoint.policy, now=now)
            stopped = stopped_in(view, shown.source)
            if view["checks"]:
                idea, may_tell = None, standpoint.policy.feedback_at(now)[0] == "full"
                if view["verdict"] != "AC" and may_tell and self._desk.patterns is not None:
                    idea = await self._desk.patterns.misconception(
                        place.loaded, place.exercise, found.judgement, shown.source
                    )
                judged, verdict = judged_in(view, idea), verdict_in(view)
                cells = found.submission.cells
        source = bare_answer(place.exercise, shown.source)
        error, language = shown.last_error or stopped, place.loaded.head.language
        has_code = bool(source.strip())
        situation = Situation(place.exercise, source, has_code, error, verdict, shown.output, language)
        return situation, judged, cells

    async def _hold(self, who: Enrolment) -> int | None:
        """Tokens set aside; None where the share is used up."""
        if self._desk.budget is None:
            return 0
        return _HELD if await self._desk.budget.hold(who.offering, who.person, _HELD) else None

    def _settle(self, key: tuple[str, str, str], rate: RateLimit | None, talk: Conversation, held: int) -> None:
        if self._desk.budget is not None:
            self._desk.budget.settle(key[0], key[1], held)
        if rate is not None and talk.took.runs:
            self._runs.take(key, rate, self._clock(), talk.took.runs)

    async def _keep(
        self, who: Enrolment, exercise: str, at: datetime, message: str, talk: Conversation, said: Said | None
    ) -> None:
        took = talk.took
        stopped = Reply("stopped", took.shown) if took.shown.strip() else None
        turn = KeptTurn(
            id=said.id if said else new_id(),
            offering=who.offering,
            person=who.person,
            exercise=exercise,
            asked_at=at,
            message=message,
            hidden=(who.offering, who.person, exercise) in self._put_away,
            intent=took.intent,
            reply=_kept(said.reply if said else stopped, took.void),
            llm=took.llm,
            tokens=took.tokens,
            wall_ms=round(took.wall_ms, 3),
            withheld=tuple(plain(one, "turn") for one in took.withheld),
        )
        await self._store.add_turn(turn)


def _tell(turn: Span, message: str, took: Took) -> None:
    """What it was about and what it took; what was said only where content is switched on."""
    turn.note(intent=took.intent, agent=took.agent or None, tokens=took.tokens, runs=took.runs)
    turn.note(withheld=len(took.withheld), **{"gen_ai.response.model": took.llm})
    asked, told = messages_json([("user", message)]), messages_json([("assistant", took.shown)])
    turn.show(**{"gen_ai.input.messages": asked, "gen_ai.output.messages": told})


def judged_in(view: Mapping[str, Any], idea: str | None) -> Judged:
    """A judgement as its student sees it, with the wrong idea that was recognised, if any."""
    passed = {str(check["label"]): check["status"] == "passed" for check in view["checks"]}
    failing, passing = (tuple(one for one, ok in passed.items() if ok is wanted) for wanted in (False, True))
    return Judged(view["verdict"] == "AC", failing, passing, _told_in(view), rule_in(view), idea)


def verdict_in(view: Mapping[str, Any]) -> str:
    """How many tests pass, in the words of `Situation.last_verdict`."""
    failed = sum(check["status"] != "passed" for check in view["checks"])
    return f"failed {failed}/{view['total']}" if view["verdict"] != "AC" else f"passed {view['total']}/{view['total']}"


def _told_in(view: Mapping[str, Any]) -> tuple[str, ...]:
    """What a judgement says in words: of options that were chosen, of lines and gaps."""
    words = [check.get("message") for check in view["checks"] if check["status"] != "passed"]
    return tuple(str(one) for one in (*words, *(notice["text"] for notice in view["notices"])) if one)


def rule_in(view: Mapping[str, Any]) -> str:
    """What the task wants of the code and the answer does not keep, such as a name; "" for nothing."""
    is_unknown = all(
        (one.get("failure") or {}).get("type") == "NameError" for one in view["checks"] if not one["hidden"]
    )
    codes = ("syntax_rule", "name_missing") if is_unknown else ("syntax_rule",)
    return " ".join(str(one["text"]) for one in view["notices"] if one["code"] in codes)


def stopped_in(view: Mapping[str, Any], source: str) -> str | None:
    """The error that a student sees in their judgement, as Python would print it; None where there is none.

    Nor for a limit that was reached, or an error of a check's own code that says nothing of the answer's.
    """
    failures = (view["failure"], *(check.get("failure") for check in view["checks"] if not check["hidden"]))
    failure = next((one for one in failures if one), None)
    if failure is None or failure["type"] in Verdict.__members__:
        return None
    own = [frame for frame in failure["frames"] if frame["cell"] == ANSWER]
    lines = [f'  File "answer", line {frame["line"]}, in {frame["function"]}' for frame in own]
    if not own and failure["cell"] == ANSWER and failure["line"]:
        lines = [f'  File "answer", line {failure["line"]}']
    if not lines and words_in(source).isdisjoint(re.findall(r"\w{3,}", failure["message"])):
        return None
    return "\n".join(["Traceback (most recent call last):", *lines, f"{failure['type']}: {failure['message']}"])


def _kept(reply: Reply | None, void: Sequence[str]) -> Json | None:
    """The answer, and what was told and is no part of it: both were seen."""
    if reply is None and not void:
        return None
    return asdict(reply or Reply("stopped", "")) | ({"void": list(void)} if void else {})


def said_of(turns: Sequence[KeptTurn], put_away: bool) -> list[Said]:
    """Kept turns as they are told again: those that the student did not put away, or those that they did."""
    return [_said(turn) for turn in turns if turn.hidden == put_away]


def _said(turn: KeptTurn) -> Said:
    reply = None
    if turn.reply is not None and turn.reply.get("text"):
        told = {name: value for name, value in turn.reply.items() if name != "void"}
        reply = Reply(**{**told, "choices": tuple(Choice(**one) for one in told.get("choices", ()))})
    return Said(turn.id, turn.message, reply, turn.thumb)


async def admitted(grading: GradingManager, who: Enrolment, exercise: str, now: datetime) -> Standpoint:
    """Where the person stands, if the tutor may be asked there. Raises UnknownExercise, NotOpen, TutorOff."""
    found = await grading.situation(who, exercise)
    if not found.policy.is_open(now):
        raise NotOpen(found.policy.opens)
    if found.policy.tutor == "off":
        raise TutorOff
    return found


def desk_of(store: Store, grader: Grader, chain: Chain | None, tokens: Limits | None, busy: Callable[[], int]) -> Desk:
    """For a server; `tokens` are those of a day (UTC), `busy` says how many submissions are judged just now.

    Called once, at the first question.
    """
    guard: Guard | None = None
    patterns = WrongPatterns(grader)
    diagnoser = Diagnoser(grader, patterns, calm_of(busy), partial(right_answers, store))

    def room(loaded: LoadedCourse) -> Room:
        nonlocal guard
        guard = guard.of(loaded) if guard is not None else Guard(loaded, grader)
        return Room(loaded, guard, chain, grader.sandbox, diagnoser)

    budget = Budget(tokens, partial(spent_of, store), lambda: datetime.now(UTC).date()) if tokens else None
    return Desk(room, patterns, budget, diagnoser)


async def right_answers(store: Store, offering: str, exercise: str) -> list[str]:
    """The newest that were accepted in a class; they are never shown."""
    found = await store.judged_answers(offering, exercise, {Verdict.AC}, MOST_RIGHT)
    return [one.submission.source for one in found]


async def spent_of(store: Store, day: date, offering: str, person: str) -> tuple[int, int]:
    """The tokens that the kept turns of a day took: a person's, and all of a class."""
    spent = await store.spent(offering, person, datetime.combine(day, time(), UTC))
    return spent.person, spent.offering
