"""Who is asking, and what they may do: the identity seam.

Locally the Jupyter user is everything in every offering; in a class the Hub's answer for the token says it.
A handler asks once a request; nothing in a request's body ever says who someone is. A token proves a server, not the
person before it: it does a student's work only, whoever has it, but where that person owns the machine anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol


class Role(StrEnum):
    """What a person is in one offering; admin is site-wide."""

    STUDENT = "student"
    GRADER = "grader"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


#: Those who may see checks, others' work and scores.
STAFF = frozenset({Role.GRADER, Role.INSTRUCTOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Person:
    """The person behind a request: `user` is their account's name, never written into records."""

    user: str
    name: str = ""
    everywhere: frozenset[Role] = frozenset()  #: roles held in every offering
    offerings: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    owner: bool = False  #: of this machine and all that is on it: nothing is gained by keeping their own token from it
    student_only: bool = False  #: as this request shows them: what they are beyond a student does not count

    def roles(self, offering: str) -> frozenset[Role]:
        """The roles in this offering; empty where the person is not in it."""
        return self.everywhere | self.offerings.get(offering, frozenset())

    def as_student(self) -> Person:
        """The same person where they do a student's work only: what they are staff of, they are a student of."""
        offerings = {offering: _students(roles) for offering, roles in self.offerings.items()}
        return replace(self, everywhere=_students(self.everywhere), offerings=offerings, student_only=True)


def _students(roles: frozenset[Role]) -> frozenset[Role]:
    return frozenset({Role.STUDENT}) if roles else roles


class Identity(Protocol):
    """The seam: `JupyterIdentity` locally, the Hub's in a class, a test's own in tests."""

    def who(self, handler: Any) -> Person:
        """The person behind this authenticated request; called once a request, after authentication."""
        ...


class JupyterIdentity:
    """The Jupyter user is student, grader, instructor and admin: a laptop has one owner."""

    def who(self, handler: Any) -> Person:
        """The owner of this server.

        Jupyter's own providers make up a new name for every browser that shows the token, so theirs is `local`.
        """
        user = handler.current_user
        made_up = type(handler.identity_provider).__module__ == "jupyter_server.auth.identity"
        account = "local" if made_up else user.username
        return Person(user=account, name=user.display_name or account, everywhere=frozenset(Role), owner=True)
