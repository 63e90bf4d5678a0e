"""What a manager refuses; the docstrings are the messages."""

import math
from datetime import datetime

from codegym_jlab.records import DomainError, iso


class Refused(DomainError):
    """Not done, for a reason that the person can understand."""


class UnknownCourse(Refused):
    """There is no course '{course}' here."""


class CourseBroken(Refused):
    """This course cannot be read. Its author has to fix it first."""


class NotPublished(Refused):
    """Your instructors have not published this course yet."""


class NotInCourse(Refused):
    """Only people of this course may see this."""

    code = "forbidden"


class UnknownUnit(Refused):
    """This course has no unit '{unit}'. Reload the page."""


class UnknownExercise(Refused):
    """This course has no exercise '{exercise}'. Reload the page."""


class UnknownSubmission(Refused):
    """There is no such submission of yours."""


class NotOpen(Refused):
    """This is not open yet."""

    def __init__(self, opens: datetime | None) -> None:
        super().__init__(opens=iso(opens))


class Closed(Refused):
    """This is closed: answers can no longer be handed in. You can still try it."""


class AttemptsUsedUp(Refused):
    """No attempts left. You can still check."""


class TooLarge(Refused):
    """This is longer than {limit_kb} kB. Make it shorter."""


class TooManyWaiting(Refused):
    """Too many requests in a short time. Your work is kept; try again in a moment."""

    code = "too_many_requests"


class AlreadyJudged(Refused):
    """This is already judged."""


class HintsOff(Refused):
    """There are no hints here for now."""


class NoMoreHints(Refused):
    """You have all the hints of this exercise."""


class HintNotYet(Refused):
    """The next hint comes after a try, or in a moment."""

    code = "not_yet"

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s=math.ceil(wait_s))
        self.retry_after_s = wait_s


class SayBackFirst(Refused):
    """Say in your own words what the hints told you so far: write it in the tutor."""

    code = "say_back"


class NotAllowed(Refused):
    """Only {roles} of this class may do this."""

    code = "forbidden"


class UnknownOffering(Refused):
    """There is no class '{offering}'. `codegym class list` shows those there are."""


class OfferingTaken(Refused):
    """There is a class '{offering}' already. Give this one another id."""


class UnfitOffering(Refused):
    """A time zone, date or id that makes no sense."""

    code = "unfit"


class UnknownPerson(Refused):
    """Nobody called '{account}' is in this class. Enrol them first."""


class UnknownSection(Refused):
    """No student of this class is in a section '{section}'."""


class NotStudents(Refused):
    """Some of them are no students of this class. Enrol them first."""


class UnknownTeam(Refused):
    """The unit {unit} has no team '{team}'."""


class TeamNameTaken(Refused):
    """The unit {unit} has a team '{team}' already. Choose another name."""


class TeamAnswers(Refused):
    """{account} answers this with the team '{team}': give the time to the team."""


class LastInstructor(Refused):
    """This would leave the class without an instructor. Enrol another one first."""


class UnfitPolicy(Refused):
    """A policy field or value that is none; the text says what to write."""

    code = "unfit"


class TooManyPoints(UnfitPolicy):
    """This exercise has {points:g} points; {mark:g} are more."""


class NeedsReason(Refused):
    """Say why: this changes a score, or its conditions."""

    code = "needs_reason"


class NeedsReasonFor(NeedsReason):
    """Say why: {conditions} changes the conditions of a score."""


class NothingToExtend(Refused):
    """There is no due time and no duration here that could be extended."""


class UnknownVersion(Refused):
    """No version '{version}' was published for this class."""


class AlreadyPublished(Refused):
    """The class holds this version already: its publication {number}."""


class OtherCourse(Refused):
    """This class is one of the course {wanted}, and this is {found}."""


class LocalOffering(Refused):
    """On your own computer the course folder is shown as it is. Publish for a class."""


class NothingToMark(Refused):
    """No such submission in the class, or one that nobody can mark; the text says what to do."""


class NewerSubmission(Refused):
    """This is not what was handed in last. Read and mark that: {submission}."""


class OwnWork(Refused):
    """You handed this in yourself. Ask another grader or instructor of the class to mark it."""


class UnfitMarks(Refused):
    """Points that are none, or are not to be had; the text says what to write."""

    code = "unfit"


class DraftsOff(Refused):
    """Language models draft no marks here. The policy says so: `markers.drafts`."""


class NoMarksDrafted(Refused):
    """No language model that may read this answer is available, or it did not reply. Give the points yourself."""

    code = "no_drafts"


class ManyDrafts(Refused):
    """Many drafts for this class are being made. Ask again when some are ready."""


class MarkedAlready(Refused):
    """This was marked before. Say why it is marked again; who and when is kept as well."""

    code = "needs_reason"


class WouldLower(Refused):
    """The score would fall from {before:g} to {after:g}. Nothing was changed; allow it where it is right."""
