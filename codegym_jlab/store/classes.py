"""The store seam for classes: offerings, who is in them as what, overrides with their reasons, published versions.

As in `base.py`, what depends on what is stored is decided by a pure function inside the transaction. Whoever changes
an offering holds its row, so two instructors come one after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from codegym_jlab.records import frozen

#: What a person is in an offering: one of these at a time.
ROLES = ("student", "grader", "instructor")


@frozen
class Offering:
    """One holding of a course for one group."""

    id: str
    course: str
    title: str
    term: str = ""
    time_zone: str = "UTC"  #: IANA name
    contact: str | None = None
    begins: datetime | None = None
    ends: datetime | None = None


@frozen
class TeamRef:
    """The team that a person is in."""

    id: str  #: as the owner of a submission
    name: str


@frozen
class Enrolment:
    """One person in one offering. `person` is random; only the table of people knows whose it is."""

    offering: str
    course: str
    person: str
    time_zone: str = "UTC"
    version: str | None = None  #: digest of the course that is published there; None: nothing is
    role: str | None = None  #: None: left, or never enrolled as anything
    begins: datetime | None = None  #: the offering's
    ends: datetime | None = None
    teams: Mapping[str, TeamRef] = field(default_factory=dict, hash=False)  #: by unit; as `memberships` tells it

    @property
    def team(self) -> str | None:
        """The name, where this is a team as the owner of what is sent, and no person."""
        return next((team.name for team in self.teams.values() if team.id == self.person), None)


@frozen
class Membership:
    """One account in one offering, as it is now."""

    offering: Offering
    enrolment: Enrolment
    section: str

    @property
    def role(self) -> str | None:
        """What the account is there now; None where it left, or was never enrolled as anything."""
        return self.enrolment.role


@frozen
class Member:
    """A line of an offering's list: a person in a role. Who changed roles has a line for each."""

    person: str
    account: str | None  #: None: erased
    role: str
    section: str
    since: datetime
    ended_at: datetime | None = None
    name: str | None = None  #: what people call them, where a roster said it

    @property
    def is_student(self) -> bool:
        """A student of the class now."""
        return self.role == "student" and self.ended_at is None


@frozen
class Joining:
    """What an account becomes in an offering; no role: it leaves, and what it did stays; no name: it keeps its name."""

    account: str
    role: str | None
    section: str = ""
    name: str = ""


@frozen
class Override:
    """Policy fields set for an offering, narrowed to a unit, exercise, person or section where these are not empty.

    An exercise is named without its unit. Of a person and a section one is empty.
    """

    fields: Mapping[str, Any]
    unit: str = ""
    exercise: str = ""
    person: str = ""
    section: str = ""


@frozen
class Ruling:
    """An override that stands: who set it (a person of the offering), when and why."""

    override: Override
    set_by: str | None
    set_at: datetime
    why: str


@frozen
class RulingChange:
    """One change of an override, kept for good. No `before`: it was new; no `after`: it was taken away."""

    before: Override | None
    after: Override | None
    set_by: str | None
    set_at: datetime
    why: str = ""


@frozen
class Version:
    """A course as it was frozen. `digest` is the course's; `files` gives each file's path and SHA-256."""

    digest: str
    course: str
    title: str
    files: Mapping[str, str] = field(repr=False)
    made_at: datetime


@frozen
class Publication:
    """From `published_at` on, the offering holds this version. The one with the greatest number is in force."""

    offering: str
    number: int  #: from 1
    version: str
    published_by: str | None  #: a person of the offering
    published_at: datetime
    note: str
    changes: tuple[str, ...]  #: against the one before, in words


#: The fields of an override as they are → as they become.
FieldsChange = Callable[[Mapping[str, Any]], Mapping[str, Any]]
#: Where (an override whose own fields do not count), and what becomes of its fields.
Change = tuple[Override, FieldsChange]
#: The members as they are → what changes; or the manager's error.
Enlist = Callable[[Sequence[Member]], Sequence[Joining]]


@frozen
class Team:
    """One team, and who is in it now."""

    id: str  #: as the owner of a submission
    unit: str
    name: str  #: no other team of the unit has it
    members: tuple[str, ...] = ()  #: persons, those who came first before


@frozen
class Grouping:
    """Where a person belongs in a unit from now on; no team: in none."""

    person: str
    unit: str
    team: str | None  #: a name; the team is made where there is none


@frozen
class TeamMove:
    """That a person came to a team of a unit, left it, or went from one to another. Kept for good."""

    person: str
    unit: str
    before: str | None  #: a team's id; None: in none
    after: str | None
    moved_by: str | None  #: a person of the offering; None: moved before such things were kept
    moved_at: datetime
    why: str = ""


#: The teams and the members of the offering as they are → what changes; or the manager's error.
Regroup = Callable[[Sequence[Team], Sequence[Member]], Sequence[Grouping]]


@frozen
class Tally:
    """What one student has done in one unit; none for who has not begun it."""

    person: str
    unit: str
    handed_in: int  #: exercises
    solved: int  #: of them, accepted at least once
    late: int  #: of them, where what counts came late
    points: float  #: of what counts, after lateness and hints
    last_at: datetime | None  #: when they last sent something


@frozen
class ExerciseTally:
    """What a class did in one exercise, by the newest that each handed in."""

    exercise: str
    handed_in: int  #: people
    failed: Mapping[str, int]  #: by check: how many did not pass it


@frozen
class Standstill:
    """The exercise that a student worked at last, which is not accepted yet."""

    person: str
    exercise: str
    sends: int  #: tries and submits
    first_at: datetime
    last_at: datetime
    verdict: str | None  #: of the newest that was handed in
    failed: tuple[str, ...]  #: checks that it did not pass


#: Exercise → unit, of what teams answer: there a member of a team has the team's line.
Shared = Mapping[str, str]
