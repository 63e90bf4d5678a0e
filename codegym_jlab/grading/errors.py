"""What a manager refuses, in words of the domain; `handlers/base.py` knows the HTTP status of each `code`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from codegym_jlab.events.records import iso


class Refused(Exception):
    """Not done, for a reason that the person can understand; `details` are for programs."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details: Mapping[str, Any] = details


class UnknownCourse(Refused):
    """No such course in the catalogue."""

    code = "unknown_course"

    def __init__(self, course: str) -> None:
        super().__init__(f"There is no course {course!r} here.", course=course)


class CourseBroken(Refused):
    """The course is there, and cannot be read."""

    code = "course_broken"

    def __init__(self, course: str) -> None:
        super().__init__("This course cannot be read. Its author has to mend it first.", course=course)


class NotPublished(Refused):
    """Nothing of the course is published for this class yet."""

    code = "not_published"

    def __init__(self, course: str) -> None:
        super().__init__("Your instructors have not published this course yet.", course=course)


class NotInCourse(Refused):
    """Neither in a class of this course, nor on one's own computer."""

    code = "forbidden"

    def __init__(self) -> None:
        super().__init__("Only people of this course may see this.")


class UnknownUnit(Refused):
    """No such unit in the course."""

    code = "unknown_unit"

    def __init__(self, unit: str) -> None:
        super().__init__(f"This course has no unit {unit!r}. Reload the page.", unit=unit)


class UnknownExercise(Refused):
    """No such exercise in the course."""

    code = "unknown_exercise"

    def __init__(self, exercise: str) -> None:
        super().__init__(f"This course has no exercise {exercise!r}. Reload the page.", exercise=exercise)


class UnknownSubmission(Refused):
    """No such submission, or not this person's."""

    code = "unknown_submission"

    def __init__(self, submission: str) -> None:
        super().__init__("There is no such submission of yours.", submission=submission)


class NotOpen(Refused):
    """Before `opens`."""

    code = "not_open"

    def __init__(self, opens: datetime | None) -> None:
        super().__init__("This is not open yet.", opens=iso(opens))


class Closed(Refused):
    """After the last moment at which an answer is taken."""

    code = "closed"

    def __init__(self, due: datetime | None) -> None:
        super().__init__("This is closed: answers can no longer be handed in. You can still try it.", due=iso(due))


class AttemptsUsedUp(Refused):
    """All attempts that count are used, or held by answers that are still being judged."""

    code = "attempts_used_up"

    def __init__(self, used: int, limit: int) -> None:
        judging = " Your last one is still being judged." if used < limit else ""
        super().__init__(f"No attempts left.{judging} You can still check.", used=used, max=limit, left=0)


class TooLarge(Refused):
    """More text than an answer may hold."""

    code = "too_large"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} longer than {limit // 1024} kB. Make it shorter.", limit_kb=limit // 1024)


class WrongKind(Refused):
    """A draft is kept with `draft`, never submitted."""

    code = "wrong_kind"

    def __init__(self) -> None:
        super().__init__("Only a try or a submit can be checked.")


class AlreadyJudged(Refused):
    """Too late to cancel."""

    code = "already_judged"

    def __init__(self) -> None:
        super().__init__("This is judged already.")


class HintsOff(Refused):
    """The policy turns hints off here."""

    code = "hints_off"

    def __init__(self) -> None:
        super().__init__("There are no hints here for now.")


class NoMoreHints(Refused):
    """The ladder has ended."""

    code = "no_more_hints"

    def __init__(self, total: int) -> None:
        super().__init__("You have all the hints of this exercise.", total=total)


class HintNotYet(Refused):
    """The next rung comes after a try, or after a while."""

    code = "not_yet"

    def __init__(self, wait_s: float) -> None:
        super().__init__("The next hint comes after a try, or in a moment.", wait_s=math.ceil(wait_s))
        self.wait_s = wait_s
        self.retry_after_s = wait_s


class SayBackFirst(Refused):
    """The policy wants the hints told in the student's own words before the next rung."""

    code = "say_back"

    def __init__(self) -> None:
        super().__init__("Say in your own words what the hints told you so far: write it in the tutor.")


class NotAllowed(Refused):
    """The role does not reach so far; nobody is told whether there is such an offering."""

    code = "forbidden"

    def __init__(self, roles: str) -> None:
        super().__init__(f"Only {roles} of this class may do this.")


class UnknownOffering(Refused):
    """No such offering."""

    code = "unknown_offering"

    def __init__(self, offering: str) -> None:
        super().__init__(f"There is no class {offering!r}. `codegym class list` shows those there are.")


class OfferingTaken(Refused):
    """There is a class of that id."""

    code = "offering_taken"

    def __init__(self, offering: str) -> None:
        super().__init__(f"There is a class {offering!r} already. Give this one another id.")


class UnfitOffering(Refused):
    """A time zone, date or id that makes no sense."""

    code = "unfit"


class UnknownPerson(Refused):
    """Nobody of that account is, or was, in the class."""

    code = "unknown_person"

    def __init__(self, account: str) -> None:
        super().__init__(f"Nobody called {account!r} is in this class. Enrol them first.", account=account)


class UnknownSection(Refused):
    """No student is in a section of that name."""

    code = "unknown_section"

    def __init__(self, section: str, known: list[str]) -> None:
        there = f"There are: {', '.join(known)}." if known else "There are no sections."
        super().__init__(f"No student of this class is in a section {section!r}. {there}", section=section)


class NotStudents(Refused):
    """Who is to be in a team is no student of the class now."""

    code = "not_students"

    def __init__(self, accounts: list[str]) -> None:
        named = ", ".join(dict.fromkeys(accounts))
        super().__init__(f"Not among the students of this class: {named}. Enrol them first.", accounts=accounts)


class UnknownTeam(Refused):
    """The unit has no team of that name."""

    code = "unknown_team"

    def __init__(self, team: str, unit: str) -> None:
        super().__init__(f"The unit {unit} has no team {team!r}.", team=team, unit=unit)


class TeamNameTaken(Refused):
    """Another team of the unit has that name."""

    code = "team_name_taken"

    def __init__(self, team: str, unit: str) -> None:
        super().__init__(f"The unit {unit} has a team {team!r} already. Choose another name.", team=team, unit=unit)


class TeamAnswers(Refused):
    """More time for one member would do nothing: what holds there is what holds for the team."""

    code = "team_answers"

    def __init__(self, account: str, team: str) -> None:
        super().__init__(f"{account} answers this with the team {team!r}: give the time to the team.", team=team)


class LastInstructor(Refused):
    """The class would be left without anyone who may change it."""

    code = "last_instructor"

    def __init__(self) -> None:
        super().__init__("This would leave the class without an instructor. Enrol another one first.")


class UnfitPolicy(Refused):
    """A policy field or value that is none; the text says what to write."""

    code = "unfit"


class NoSuchField(Refused):
    """The policy has no such field."""

    code = "unfit"

    def __init__(self, name: str, near: str | None) -> None:
        meant = f" Did you mean `{near}`?" if near else ""
        super().__init__(f"The policy has no field `{name}`.{meant}", field=name)


class NeedsReason(Refused):
    """What changes the conditions of a score is never changed without saying why."""

    code = "needs_reason"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(f"Say why: {', '.join(fields)} changes the conditions of a score.", fields=fields)


class NothingToExtend(Refused):
    """Neither a due time nor a duration."""

    code = "nothing_to_extend"

    def __init__(self) -> None:
        super().__init__("There is no due time and no duration here that could be extended.")


class UnknownVersion(Refused):
    """Nothing of that digest was published for this class."""

    code = "unknown_version"

    def __init__(self, version: str) -> None:
        super().__init__(f"No version {version!r} was published for this class.", version=version)


class AlreadyPublished(Refused):
    """The class holds just this version."""

    code = "already_published"

    def __init__(self, number: int) -> None:
        super().__init__(f"The class holds this version already: its publication {number}.", number=number)


class OtherCourse(Refused):
    """The class is one of another course."""

    code = "other_course"

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(f"This class is one of the course {wanted}, and this is {found}.", wanted=wanted, found=found)


class LocalOffering(Refused):
    """What makes no sense for the offering of one's own computer."""

    code = "local_offering"

    def __init__(self) -> None:
        super().__init__("On your own computer the course folder is shown as it is. Publish for a class.")


class NothingToMark(Refused):
    """No such submission in the class, or one that nobody can mark; the text says what to do."""

    code = "nothing_to_mark"


class NewerSubmission(Refused):
    """What was read is not what stands: something else was handed in last."""

    code = "newer_submission"

    def __init__(self, newest: str) -> None:
        text = f"This is not what was handed in last. Read and mark that: {newest}."
        super().__init__(text, submission=newest)


class OwnWork(Refused):
    """Nobody marks what they handed in themselves."""

    code = "own_work"

    def __init__(self) -> None:
        super().__init__("You handed this in yourself. Ask another grader or instructor of the class to mark it.")


class UnfitMarks(Refused):
    """Points that are none, or are not to be had; the text says what to write."""

    code = "unfit"


class MarkedAlready(Refused):
    """Marks take the place of others only with a reason."""

    code = "needs_reason"

    def __init__(self) -> None:
        super().__init__("This was marked before. Say why it is marked again; who and when is kept as well.")


class WouldLower(Refused):
    """A score falls only where that is asked for."""

    code = "would_lower"

    def __init__(self, before: float, after: float) -> None:
        text = f"The score would fall from {before:g} to {after:g}. Nothing was changed; allow it where it is right."
        super().__init__(text, before=before, after=after)
