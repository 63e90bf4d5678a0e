"""Policy: attempts, dates, lateness, feedback, tutor, rate and hints, from the YAML and from overrides.

`merged` and `resolved` are the one place where they are joined; managers call them at every request.
Also points in time and durations as people write them.
"""

import math
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError, WithJsonSchema, WrapValidator

from codegym_jlab.records import Json, frozen, without_nulls

from .validation import Bool, Float, Int, Model, Natural, NotNegative, Positive, fault, unset


def parse_moment(text: str) -> datetime:
    """A point in time, aware where `text` has an offset, else naive. Raises ValueError also for a bare date."""
    if "T" not in text.upper() and " " not in text.strip():
        raise ValueError("no time of day")
    moment = datetime.fromisoformat(text.strip())
    if not 1970 <= moment.year <= 9000:
        raise ValueError("far out of any term")
    return moment


def iso_duration(duration: timedelta) -> str:
    """`duration` as ISO 8601 text: days and seconds."""
    seconds = duration.seconds + duration.microseconds / 1e6
    return f"P{duration.days}DT{seconds:g}S"


def on_the_clock(moment: datetime, zone: tzinfo, *, latest: bool) -> datetime:
    """`moment` in UTC; a local one is of `zone`. Where clocks change, a local time may be read in two ways:

    `latest` says which one is taken (for a due time the later: in the student's favour).
    """
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    readings = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(readings) if latest else min(readings)


def _moment(value: Any) -> datetime:
    text = str(value)
    try:
        return value if isinstance(value, datetime) else parse_moment(text)
    except ValueError:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise fault(f"`{text}` is a date without a time", f"write the time too: `{text}T23:59`") from None
        raise fault(f"`{text}` is no time", "write it as `2026-10-27T23:59`, with an offset or local") from None


_DURATION = r"P([\d.]+W)?([\d.]+D)?(T(?=\d)([\d.]+H)?([\d.]+M)?([\d.]+S)?)?"


def _duration(value: Any, read: Callable[[Any], timedelta]) -> timedelta:
    """ISO 8601 in weeks, days, hours, minutes and seconds; a day is 24 hours. pydantic would take more than that."""
    with suppress(ValidationError):
        if isinstance(value, timedelta) or re.fullmatch(_DURATION, str(value)):
            return read(value)
    mend = "write an ISO 8601 duration in days, hours and minutes: `PT10M`, `PT1H30M`, `P2D`"
    raise fault(f"`{value}` is no duration", mend)


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-?\d{2}-?\d{2}[Tt ]\d{2}"})
]
Duration = Annotated[
    timedelta,
    Field(le=timedelta(days=10 * 366)),
    WrapValidator(_duration),
    PlainSerializer(iso_duration, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^P"}),
]


Level = Literal["term", "yaml", "offering", "section", "student"]
Part = Literal["course", "unit", "exercise"]
CountRule = Literal["best", "last"]
Feedback = Literal["full", "labels", "after_close", "none"]
Unsubmitted = Literal["collect", "ignore"]
OwnerKind = Literal["student", "team"]
TutorAccess = Literal["full", "hints", "off"]
DiagnosisTime = Literal["at_check", "as_hint", "off"]
DraftMarks = Literal["off", "here", "anywhere"]
Share = Annotated[Float, Field(ge=0, le=1)]


class Late(Model):
    """What handing in after the due time costs. Without `late`, nothing is taken after grace."""

    per_day: Share | None = unset("Share of the score lost with each started day, 0 to 1.")
    floor: Share | None = unset("Share that is always kept, 0 to 1. Above 0, an exercise never closes.", 0)


class Rate(Model):
    """How many new sources of one exercise a person may have checked in a span of time; more wait."""

    sources: Positive | None = unset("How many new answers.")
    per_s: Annotated[Float, Field(gt=0)] | None = unset("In how many seconds.")


class HintPolicy(Model):
    """When the next rung of the ladder is given."""

    cooldown_s: NotNegative | None = unset("Seconds between two hints of an exercise.", 30)
    cost: NotNegative | None = unset("Points that each hint costs.", 0)
    explain_back_after: Positive | None = unset(
        "After this many hints a student must first say in their own words what they understood."
    )


class DropLowest(Model):
    """How many of the lowest leave the sum of points and its maximum. 0 for one of them: it stays."""

    exercises: Natural | None = unset("How many exercises of each unit.", 0)
    units: Natural | None = unset("How many units of the course.", 0)


class MarkerPolicy(Model):
    """Who marks what `marking: manual` asks a person to mark."""

    count: Annotated[Int, Field(ge=1, le=2)] | None = unset(
        "How many people mark each answer. Neither sees the other's marks until both are in.", 1
    )
    blind: Bool | None = unset("Markers do not see the student's name until they have marked the answer.", False)
    tolerance: NotNegative | None = unset(
        "Points by which two markers may differ: the mean counts. Beyond it an instructor decides.", 0
    )
    drafts: DraftMarks | None = unset(
        "Which language models may draft marks: none, those that keep answers here, or any.", "off"
    )


class Policy(Model):
    """Every field may be left out; then the level above decides, and at last the default."""

    attempts: Positive | None = unset("How many attempts count; null: any number.")
    count: CountRule | None = unset("Which submission counts.", "best")
    owner: OwnerKind | None = unset(
        "Who hands in and owns the answer: each student, or a team of the class.", "student"
    )
    opens: Moment | None = unset("When it becomes visible: 2026-10-27T08:00, local time or with an offset.")
    due: Moment | None = unset("When it is due: 2026-11-03T23:59, local time or with an offset.")
    grace: Duration | None = unset(
        "How long after the due time it still counts as on time: an ISO 8601 duration, PT10M."
    )
    late: Late | None = unset("What handing in late costs.")
    unsubmitted: Unsubmitted | None = unset(
        "If a student has handed in nothing by the due time, their newest draft is collected or ignored.", "collect"
    )
    feedback: Feedback | None = unset("What a student sees of a judgement.", "full")
    tutor: TutorAccess | None = unset(
        "How much help the tutor gives; it covers chat, hints and help with errors.", "full"
    )
    diagnosis: DiagnosisTime | None = unset(
        "When the tutor names the line of a mistake: when a student asks, with a hint, or never.",
        "at_check; with `duration`: off",
    )
    duration: Duration | None = unset("How much time there is after first opening it: an ISO 8601 duration, PT90M.")
    time_factor: Annotated[Float, Field(gt=0, le=100)] | None = unset(
        "Multiplies `duration`, for students who are granted more time.", 1
    )
    rate: Rate | None = unset("How many new answers are checked in a span of time.")
    hints: HintPolicy | None = unset("When hints are given and what they cost.")
    drop_lowest: DropLowest | None = unset("How many of the lowest results are dropped.")
    markers: MarkerPolicy | None = unset("Who marks the answers that a person has to mark.")


class PersonPolicy(Policy):
    """What a class sets for one student or team: besides, what no course and no section says."""

    mark: NotNegative | None = unset("The points that count, whatever the judgement says.")
    excused: Bool | None = unset("Does not count, neither in the points nor in their maximum.")


class Layer(NamedTuple):
    """One place where policy may be set: by whom (the dates of the term, the course's YAML, …) and for which part."""

    level: Level
    part: Part
    policy: Policy


class RateLimit(NamedTuple):
    """`sources` new sources at once, and then one every `per_s` / `sources` seconds."""

    sources: int
    per_s: float


@frozen
class LateOffer:
    """What a late answer is worth: the share that is kept, and until when it is."""

    share: float
    until: datetime | None


@frozen
class EffectivePolicy:
    """What holds for one person and exercise (or unit). All times are UTC; None is "no such bound"."""

    attempts: int | None = None
    count: CountRule = "best"
    opens: datetime | None = None
    due: datetime | None = None
    grace: timedelta = timedelta()
    late_per_day: float | None = None  #: None: nothing is taken late
    late_floor: float = 0.0
    unsubmitted: Unsubmitted = "collect"
    feedback: Feedback = "full"
    tutor: TutorAccess = "full"
    diagnosis: DiagnosisTime = "at_check"
    duration: timedelta | None = None  #: time_factor is already in it
    time_factor: float = 1.0
    rate: RateLimit | None = None
    hint_cooldown_s: float = 30.0
    hint_cost: float = 0.0
    hint_explain_back_after: int | None = None
    owner: OwnerKind = "student"
    mark: float | None = None  #: what counts was set by a person
    excused: bool = False
    drop_exercises: int = 0  #: so many of the lowest of a unit leave the sum; 0: this one stays
    drop_units: int = 0
    markers_count: int = 1  #: people who mark an answer
    markers_blind: bool = False
    markers_tolerance: float = 0.0  #: points
    markers_drafts: DraftMarks = "off"
    was_open: bool = False  #: this person has opened it since `opens`, by the server's clock at that time

    @property
    def in_time_until(self) -> datetime | None:
        """The last moment that counts as in time: due time and grace."""
        return None if self.due is None else self.due + self.grace

    @property
    def closes(self) -> datetime | None:
        """The last moment at which an answer is taken. None: never closes."""
        end = self.in_time_until
        if end is None or self.late_per_day is None:
            return end
        if self.late_floor > 0 or self.late_per_day == 0 or self.due is None:
            return None
        # started days that leave something: the last is the one before the share reaches 0
        days = math.ceil(round(1 / self.late_per_day, 9)) - 1
        return max(end, self.due + timedelta(days=days))

    def feedback_at(self, now: datetime | None) -> tuple[Feedback, str | None]:
        """full, labels or none at `now` (aware), and the moment after which there is more to see."""
        if self.feedback != "after_close":
            return self.feedback, None
        until = self.closes or self.in_time_until
        if until is None:
            return "none", None
        return ("full", None) if now is not None and now > until else ("none", until.isoformat())

    def is_open(self, now: datetime) -> bool:
        """True where `now` (aware) is not before `opens`: it may be seen, also after it closed.

        What was open to a person stays so when the clock is set back.
        """
        return self.opens is None or self.was_open or now >= self.opens

    def is_closed(self, now: datetime) -> bool:
        """True where no answer is taken any more at `now` (aware)."""
        return self.closes is not None and now > self.closes

    def takes_answers(self, now: datetime) -> bool:
        """True between `opens` and the close."""
        return self.is_open(now) and not self.is_closed(now)

    def late_by(self, received_at: datetime) -> timedelta | None:
        """How long after the due time it came; None where it is in time."""
        end = self.in_time_until
        return received_at - self.due if end and self.due and received_at > end else None

    def late_factor(self, received_at: datetime) -> float:
        """The share of the score that is kept, 0 to 1, of what came at `received_at` (aware)."""
        late = self.late_by(received_at)
        if late is None:
            return 1.0
        if self.late_per_day is None:
            return 0.0
        days = math.ceil(late / timedelta(days=1))
        return max(self.late_floor, round(1 - days * self.late_per_day, 9), 0.0)

    def late_offer(self, now: datetime) -> LateOffer | None:
        """Of what comes late at `now` (aware). None where none counts."""
        if self.due is None or self.late_by(now) is None or not (share := self.late_factor(now)):
            return None
        until = self.due + math.ceil((now - self.due) / timedelta(days=1)) * timedelta(days=1)
        return LateOffer(share, None if share == self.late_factor(until + timedelta(days=1)) else until)


def merged(layers: Iterable[Policy]) -> Json:
    """The fields that any layer sets, the last winning; those with fields of their own (`late`, …) merge by these.

    A field set to null counts as set, so `attempts: null` lifts a limit.
    """
    result: Json = {}
    for layer in layers:
        for name in layer.model_fields_set:
            value = getattr(layer, name)
            if isinstance(value, Model):
                value = {**(result.get(name) or {}), **value.model_dump(exclude_unset=True)}
            result[name] = value
    return result


def resolved(fields: Json, time_zone: str, first_opened: datetime | None) -> EffectivePolicy:
    """Merged fields as what holds, defaults filled in; local times are of `time_zone`.

    With `duration`, the due time is no later than `first_opened` plus duration × time_factor.
    """
    zone = ZoneInfo(time_zone)
    inner = {
        f"{prefix}_{key}": value
        for name, prefix in _PREFIXES.items()
        for key, value in without_nulls(fields.get(name) or {}).items()
    }
    if fields.get("late") is not None:
        inner.setdefault("late_per_day", 0.0)
    rate, duration = without_nulls(fields.get("rate") or {}), fields.get("duration")
    duration = duration * (fields.get("time_factor") or 1) if duration is not None else None
    due = fields.get("due") and on_the_clock(fields["due"], zone, latest=True)
    if duration is not None and first_opened is not None:
        own = first_opened.astimezone(UTC) + duration
        due = own if due is None else min(due, own)
    opens = fields.get("opens") and on_the_clock(fields["opens"], zone, latest=False)
    return EffectivePolicy(
        **without_nulls({name: fields.get(name) for name in _TAKEN_OVER}),
        opens=opens,
        due=due,
        **inner,
        diagnosis=fields.get("diagnosis") or ("at_check" if duration is None else "off"),
        duration=duration,
        rate=RateLimit(rate["sources"], rate.get("per_s", 60.0)) if "sources" in rate else None,
        was_open=opens is not None and first_opened is not None and first_opened >= opens,
    )


#: Fields with fields of their own, and how those are called in what holds.
_PREFIXES = {"late": "late", "hints": "hint", "drop_lowest": "drop", "markers": "markers"}
_TAKEN_OVER = "attempts count grace unsubmitted feedback tutor time_factor owner mark excused".split()
