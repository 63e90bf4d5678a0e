"""The store seam for classes: offerings, who is in them as what, overrides with their reasons, published versions.

As in `base.py`, what depends on what is stored is decided by a pure function inside the transaction. Whoever changes
an offering holds its row, so two instructors come one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from codegym_jlab.events.records import Event
from codegym_jlab.submission import Submission

#: What a person is in an offering: one of these at a time.
ROLES = ("student", "grader", "instructor")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class TeamRef:
    """The team that a person is in."""

    id: str  #: as the owner of a submission
    name: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Membership:
    """One account in one offering, as it is now."""

    offering: Offering
    enrolment: Enrolment
    section: str = ""

    @property
    def role(self) -> str | None:
        """What the account is there now; None where it left, or was never enrolled as anything."""
        return self.enrolment.role


@dataclass(frozen=True, slots=True)
class Member:
    """A line of an offering's list: a person in a role. Who changed roles has a line for each."""

    person: str
    account: str | None  #: None: erased
    role: str
    section: str
    since: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """What an account becomes in an offering; no role: it leaves, and what it did stays."""

    account: str
    role: str | None
    section: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """Policy fields set for an offering, narrowed to a unit, exercise, person or section where these are not empty.

    An exercise is named without its unit. Of a person and a section one is empty.
    """

    fields: Mapping[str, Any]
    unit: str = ""
    exercise: str = ""
    person: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """An override that stands: who set it (a person of the offering), when and why."""

    override: Override
    set_by: str | None
    set_at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class RulingChange:
    """One change of an override, kept for good. No `before`: it was new; no `after`: it was taken away."""

    before: Override | None
    after: Override | None
    set_by: str | None
    set_at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A course as it was frozen. `digest` is the course's; `files` gives each file's path and SHA-256."""

    digest: str
    course: str
    title: str
    files: Mapping[str, str] = field(repr=False)
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """From `published_at` on, the offering holds this version. The one with the greatest number is in force."""

    offering: str
    number: int  #: from 1
    version: str
    published_by: str | None  #: a person of the offering
    published_at: datetime
    note: str = ""
    changes: tuple[str, ...] = ()  #: against the one before, in words


#: Where (an override whose own fields do not count), and its fields as they are → as they become.
Change = tuple[Override, Callable[[Mapping[str, Any]], Mapping[str, Any]]]
#: The members as they are → what changes; or the manager's error.
Enlist = Callable[[Sequence[Member]], Sequence[Joining]]


class Register(Protocol):
    """Offerings, their people and their overrides."""

    async def make_offering(self, offering: Offering) -> bool:
        """False where there is one of that id."""
        ...

    async def change_offering(self, id: str, change: Callable[[Offering], Offering]) -> Offering | None:
        """All but its id and course. None where there is no such offering."""
        ...

    async def offering(self, id: str) -> Offering | None:
        """One of them."""
        ...

    async def offerings(self) -> Sequence[Offering]:
        """All of them, by id."""
        ...

    async def memberships(self, account: str) -> Sequence[Membership]:
        """All that this account is in, the offering made last first; those that it left too."""
        ...

    async def members(self, offering: str) -> Sequence[Member]:
        """Who is, or was, in it; by account, what they were before first."""
        ...

    async def accounts(self, offering: str) -> Mapping[str, str | None]:
        """Whose each person of the offering is, also those who are enrolled as nothing; None: erased, or a team."""
        ...

    async def enlist(self, offering: str, enlist: Enlist, at: datetime) -> Sequence[Joining]:
        """Enrol, move and let go as `enlist` says, all or nothing; returns that. Raises KeyError: no such offering."""
        ...

    async def override(self, offering: str, override: Override, *, by: str | None, at: datetime, why: str = "") -> None:
        """Set an override, whole; empty fields remove it."""
        ...

    async def rule(
        self, offering: str, changes: Sequence[Change], *, by: str | None, at: datetime, why: str = ""
    ) -> Sequence[Override]:
        """Several overrides, each changed by its pure function, in one transaction; what they are then."""
        ...

    async def rulings(self, offering: str) -> Sequence[Ruling]:
        """All overrides that stand."""
        ...

    async def ruling_changes(self, offering: str, limit: int) -> Sequence[RulingChange]:
        """What was set and taken away, the newest first."""
        ...


class Versions(Protocol):
    """Courses as they were frozen, and which of them an offering holds."""

    async def publish(
        self, publication: Publication, version: Version, bodies: Mapping[str, bytes], event: Event
    ) -> bool:
        """The version (unless it is kept already), the publication and its event in one transaction.

        False, and nothing is changed, where the offering's newest publication is not the one numbered before it.
        `bodies` holds the files by their SHA-256; of those that are kept already none is needed.
        """
        ...

    async def publications(self, offering: str) -> Sequence[Publication]:
        """The newest first."""
        ...

    async def version(self, digest: str) -> Version | None:
        """A course that was frozen."""
        ...

    async def course_files(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        """Bodies by their SHA-256; what is not kept is not there."""
        ...


class Collecting(Protocol):
    """Drafts that may be collected at the due time."""

    async def unsubmitted(self, after: tuple[str, str, str], limit: int) -> Sequence[tuple[str, str, str]]:
        """A page of (offering, person, exercise) with a draft that is not dealt with yet, in order."""
        ...

    async def newest_draft(self, offering: str, person: str, exercise: str, until: datetime) -> Submission | None:
        """The last that was kept until then."""
        ...

    async def dealt_with(self, offering: str, person: str, exercise: str) -> None:
        """Nothing is to be collected there, until there is another draft."""
        ...
