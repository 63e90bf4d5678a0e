"""What happened, told to the outside: one frozen record an event, and how each of the five is made.

An event tells a person by the random id within the offering. It holds no name, no mail, no code, and nothing of a check
that the student may not see. Ids are derived from what the event tells of, so that a consumer can drop the second copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from codegym_jlab.telemetry.traces import Span, carry, nothing, span_of

CODE_SUBMITTED: Final = "code_submitted"
GRADING_COMPLETE: Final = "grading_complete"
USER_PROGRESS_UPDATED: Final = "user_progress_updated"
HINT_GIVEN: Final = "hint_given"
COURSE_PUBLISHED: Final = "course_published"

EVENT_TYPES: Final = (CODE_SUBMITTED, GRADING_COMPLETE, USER_PROGRESS_UPDATED, HINT_GIVEN, COURSE_PUBLISHED)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the outbox. Events of one `key` are delivered in the order in which they were committed."""

    id: str
    type: str
    key: str  #: the person's id in the offering, or the offering's id where it is about no person
    offering: str
    time: datetime
    data: Mapping[str, Any]  #: the body, as `schemas/<type>.yaml` describes it
    traceparent: str | None = None  #: of what wrote it, where that is traced (W3C Trace Context)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what an event is about."""

    offering: str
    course: str
    exercise: str
    person: str

    def event(self, type: str, about: str, time: datetime, **data: Any) -> Event:
        """An event of this person; `about` is the id of the record that it tells of."""
        body = {"offering": self.offering, "course": self.course, "exercise": self.exercise, "person": self.person}
        return Event(f"{type}:{about}", type, self.person, self.offering, time, {**body, **data}, carry())


def told_of(event: Event, sink: str) -> Span:
    """The span of sending it, a part of what wrote it; none where that was not traced."""
    if event.traceparent is None:
        return nothing
    return span_of(event.traceparent, "send", "producer", sink=sink, event=event.type, event_id=event.id)


def code_submitted(
    subject: Subject,
    *,
    submission: str,
    kind: str,
    digest: str,
    received_at: datetime,
    claimed_at: datetime | None,
    submitter: str | None = None,
) -> Event:
    """A try or a submit was stored. `digest` is the SHA-256 of the source; the source itself never travels.

    `submitter`: who sent it, where that is not its owner: one of a team.
    """
    data: dict[str, Any] = {"submission": submission, "kind": kind, "digest": digest}
    data |= {"received_at": iso(received_at), "claimed_at": iso(claimed_at)}
    data |= {} if submitter is None else {"submitter": submitter}
    return subject.event(CODE_SUBMITTED, submission, received_at, **data)


def grading_complete(subject: Subject, *, judgement: str, about: str, time: datetime, **result: Any) -> Event:
    """A submission has a judgement; `result` holds what its student may be told (see the schema).

    `about` names both: a repeat is another submission with the same judgement.
    """
    return subject.event(GRADING_COMPLETE, about, time, judgement=judgement, **result)


def user_progress_updated(subject: Subject, *, cause: str, time: datetime, **progress: Any) -> Event:
    """A person's line for one exercise changed; the whole line is in it, so that the newest one is enough."""
    return subject.event(USER_PROGRESS_UPDATED, cause, time, **progress)


def hint_given(subject: Subject, *, rung: int, cost: float, time: datetime) -> Event:
    """The next rung of the ladder was shown; its text is the course's and does not travel."""
    return subject.event(HINT_GIVEN, f"{subject.person}:{subject.exercise}:{rung}", time, rung=rung, cost=cost)


def course_published(*, offering: str, number: int, course: str, digest: str, time: datetime) -> Event:
    """An offering now holds this version of the course. `number` counts its publications: a version may come back."""
    data = {"offering": offering, "course": course, "number": number, "digest": digest}
    return Event(f"{COURSE_PUBLISHED}:{offering}:{number}", COURSE_PUBLISHED, offering, offering, time, data)


def iso(time: datetime | None) -> str | None:
    """UTC, ISO 8601 with the offset, microseconds kept; None stays None."""
    return None if time is None else time.astimezone(UTC).isoformat()
