"""What a manager refuses, in words of the domain; `handlers/base.py` knows the HTTP status of each `code`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from codegym_jlab.events.records import iso


class Refused(Exception):
    """Not done, for a reason that the person can understand; `details` are for programs.

    Where a subclass is raised without a message, its docstring is the message.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or self.__doc__)
        self.details: Mapping[str, Any] = details


class UnknownCourse(Refused):
    code = "unknown_course"

    def __init__(self, course: str) -> None:
        super().__init__(f"There is no course {course!r} here.", course=course)


class CourseBroken(Refused):
    code = "course_broken"

    def __init__(self, course: str) -> None:
        super().__init__("This course cannot be read. Its author has to mend it first.", course=course)


class NotPublished(Refused):
    code = "not_published"

    def __init__(self, course: str) -> None:
        super().__init__("Your instructors have not published this course yet.", course=course)


class NotInCourse(Refused):
    """Only people of this course may see this."""

    code = "forbidden"


class UnknownUnit(Refused):
    code = "unknown_unit"

    def __init__(self, unit: str) -> None:
        super().__init__(f"This course has no unit {unit!r}. Reload the page.", unit=unit)


class UnknownExercise(Refused):
    code = "unknown_exercise"

    def __init__(self, exercise: str) -> None:
        super().__init__(f"This course has no exercise {exercise!r}. Reload the page.", exercise=exercise)


class UnknownSubmission(Refused):
    code = "unknown_submission"

    def __init__(self, submission: str) -> None:
        super().__init__("There is no such submission of yours.", submission=submission)


class NotOpen(Refused):
    code = "not_open"

    def __init__(self, opens: datetime | None) -> None:
        super().__init__("This is not open yet.", opens=iso(opens))


class Closed(Refused):
    code = "closed"

    def __init__(self, due: datetime | None) -> None:
        super().__init__("This is closed: answers can no longer be handed in. You can still try it.", due=iso(due))


class AttemptsUsedUp(Refused):
    code = "attempts_used_up"

    def __init__(self, used: int, limit: int) -> None:
        judging = " Your last one is still being judged." if used < limit else ""
        super().__init__(f"No attempts left.{judging} You can still check.", used=used, max=limit, left=0)


class TooLarge(Refused):
    code = "too_large"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} longer than {limit // 1024} kB. Make it shorter.", limit_kb=limit // 1024)


class WrongKind(Refused):
    """Only a try or a submit can be checked."""

    code = "wrong_kind"


class AlreadyJudged(Refused):
    """This is judged already."""

    code = "already_judged"


class HintsOff(Refused):
    """There are no hints here for now."""

    code = "hints_off"


class NoMoreHints(Refused):
    code = "no_more_hints"

    def __init__(self, total: int) -> None:
        super().__init__("You have all the hints of this exercise.", total=total)


class HintNotYet(Refused):
    code = "not_yet"

    def __init__(self, wait_s: float) -> None:
        super().__init__("The next hint comes after a try, or in a moment.", wait_s=math.ceil(wait_s))
        self.wait_s = wait_s
        self.retry_after_s = wait_s


class SayBackFirst(Refused):
    """Say in your own words what the hints told you so far: write it in the tutor."""

    code = "say_back"


class NotAllowed(Refused):
    code = "forbidden"

    def __init__(self, roles: str) -> None:
        super().__init__(f"Only {roles} of this class may do this.")


class UnknownOffering(Refused):
    code = "unknown_offering"

    def __init__(self, offering: str) -> None:
        super().__init__(f"There is no class {offering!r}. `codegym class list` shows those there are.")


class OfferingTaken(Refused):
    code = "offering_taken"

    def __init__(self, offering: str) -> None:
        super().__init__(f"There is a class {offering!r} already. Give this one another id.")


class UnfitOffering(Refused):
    """A time zone, date or id that makes no sense."""

    code = "unfit"


class UnknownPerson(Refused):
    code = "unknown_person"

    def __init__(self, account: str) -> None:
        super().__init__(f"Nobody called {account!r} is in this class. Enrol them first.", account=account)


class UnknownSection(Refused):
    code = "unknown_section"

    def __init__(self, section: str, known: list[str]) -> None:
        there = f"There are: {', '.join(known)}." if known else "There are no sections."
        super().__init__(f"No student of this class is in a section {section!r}. {there}", section=section)


class NotStudents(Refused):
    code = "not_students"

    def __init__(self, accounts: list[str]) -> None:
        named = ", ".join(dict.fromkeys(accounts))
        super().__init__(f"Not among the students of this class: {named}. Enrol them first.", accounts=accounts)


class UnknownTeam(Refused):
    code = "unknown_team"

    def __init__(self, team: str, unit: str) -> None:
        super().__init__(f"The unit {unit} has no team {team!r}.", team=team, unit=unit)


class TeamNameTaken(Refused):
    code = "team_name_taken"

    def __init__(self, team: str, unit: str) -> None:
        super().__init__(f"The unit {unit} has a team {team!r} already. Choose another name.", team=team, unit=unit)


class TeamAnswers(Refused):
    code = "team_answers"

    def __init__(self, account: str, team: str) -> None:
        super().__init__(f"{account} answers this with the team {team!r}: give the time to the team.", team=team)


class LastInstructor(Refused):
    """This would leave the class without an instructor. Enrol another one first."""

    code = "last_instructor"


class UnfitPolicy(Refused):
    """A policy field or value that is none; the text says what to write."""

    code = "unfit"


class NoSuchField(Refused):
    code = "unfit"

    def __init__(self, name: str, near: str | None) -> None:
        meant = f" Did you mean `{near}`?" if near else ""
        super().__init__(f"The policy has no field `{name}`.{meant}", field=name)


class NeedsReason(Refused):
    code = "needs_reason"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(f"Say why: {', '.join(fields)} changes the conditions of a score.", fields=fields)


class NothingToExtend(Refused):
    """There is no due time and no duration here that could be extended."""

    code = "nothing_to_extend"


class UnknownVersion(Refused):
    code = "unknown_version"

    def __init__(self, version: str) -> None:
        super().__init__(f"No version {version!r} was published for this class.", version=version)


class AlreadyPublished(Refused):
    code = "already_published"

    def __init__(self, number: int) -> None:
        super().__init__(f"The class holds this version already: its publication {number}.", number=number)


class OtherCourse(Refused):
    code = "other_course"

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(f"This class is one of the course {wanted}, and this is {found}.", wanted=wanted, found=found)


class LocalOffering(Refused):
    """On your own computer the course folder is shown as it is. Publish for a class."""

    code = "local_offering"


class NothingToMark(Refused):
    """No such submission in the class, or one that nobody can mark; the text says what to do."""

    code = "nothing_to_mark"


class NewerSubmission(Refused):
    code = "newer_submission"

    def __init__(self, newest: str) -> None:
        text = f"This is not what was handed in last. Read and mark that: {newest}."
        super().__init__(text, submission=newest)


class OwnWork(Refused):
    """You handed this in yourself. Ask another grader or instructor of the class to mark it."""

    code = "own_work"


class UnfitMarks(Refused):
    """Points that are none, or are not to be had; the text says what to write."""

    code = "unfit"


class MarkedAlready(Refused):
    """This was marked before. Say why it is marked again; who and when is kept as well."""

    code = "needs_reason"


class WouldLower(Refused):
    code = "would_lower"

    def __init__(self, before: float, after: float) -> None:
        text = f"The score would fall from {before:g} to {after:g}. Nothing was changed; allow it where it is right."
        super().__init__(text, before=before, after=after)
