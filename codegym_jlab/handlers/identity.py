"""Who is asking, and what they may do: the identity seam.

Alone on a computer the Jupyter user is everything in every offering; under a Hub the enrolments say what an account
is (`settings.roles_here` holds the rule).
A handler asks once a request; nothing in a request's body ever says who someone is. A token proves a server, not the
person before it: it does a student's work only, whoever has it, but where that person owns the machine anyway.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum
from typing import Any, Protocol

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider

from ..records import frozen, is_local
from ..settings import roles_here


class Role(StrEnum):
    """What a person is in one offering; admin is site-wide."""

    STUDENT = "student"
    GRADER = "grader"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


#: Those who may see checks, others' work and scores.
STAFF = frozenset({Role.GRADER, Role.INSTRUCTOR, Role.ADMIN})


@frozen
class Person:
    """The person behind a request: `user` is their account's name, never written into records."""

    user: str
    name: str = ""
    everywhere: frozenset[Role] = frozenset()  #: roles held in every offering
    offerings: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    practises: bool = False  #: a student of every course of this server, beside their classes
    owner: bool = False  #: of this machine and all that is on it: nothing is gained by keeping their own token from it
    student_only: bool = False  #: as this request shows them: what they are beyond a student does not count

    def roles(self, offering: str) -> frozenset[Role]:
        """The roles in this offering; empty where the person is not in it."""
        practice = frozenset({Role.STUDENT} if self.practises and is_local(offering) else ())
        return self.everywhere | self.offerings.get(offering, frozenset()) | practice

    def as_student(self) -> Person:
        """The same person where they do a student's work only: what they are staff of, they are a student of."""
        offerings = {offering: _students(roles) for offering, roles in self.offerings.items()}
        return replace(self, everywhere=_students(self.everywhere), offerings=offerings, student_only=True)


def _students(roles: frozenset[Role]) -> frozenset[Role]:
    return frozenset({Role.STUDENT}) if roles else roles


class Identity(Protocol):
    """The seam: `JupyterIdentity`, or a class that the setting `CodeGymApp.identity_class` names."""

    def who(self, handler: Any) -> Person:
        """The person behind this authenticated request; called once a request, after authentication."""


class JupyterIdentity:
    """The Jupyter user: alone on a computer its owner, who is everything; under a Hub what they are enrolled as.

    An account that a provider other than Jupyter's own names (a Hub's, an institution's) is one of several people, too.
    """

    def __init__(self) -> None:
        self._owner = roles_here(os.environ).owner

    def who(self, handler: Any) -> Person:
        """The person of this server, or the account that the Hub says.

        Jupyter's own providers make up a new name for every browser that shows the token, so theirs is `local`.
        """
        user, provider = handler.current_user, type(handler.identity_provider)
        alone = provider in (IdentityProvider, PasswordIdentityProvider)
        if alone and self._owner:
            return Person("local", user.display_name or "local", everywhere=frozenset(Role), owner=True)
        account = os.environ.get("JUPYTERHUB_USER", "local") if alone else user.username
        return Person(account, user.display_name or account, practises=not handler.backend.settings.database)
