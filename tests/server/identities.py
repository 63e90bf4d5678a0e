"""Other answers to "who is it?", given to the server by its configuration."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider
from tornado import web

from codegym_jlab.handlers.identity import Person, Role


class Student:
    """A student of `demo` and `timed`, nobody elsewhere."""

    def who(self, handler: Any) -> Person:
        """Roles in two offerings."""
        student = frozenset({Role.STUDENT})
        return Person("ada", "Ada", offerings={"local:demo": student, "local:timed": student})


class Stranger:
    """Logged in, and in no course."""

    def who(self, handler: Any) -> Person:
        """No role anywhere."""
        return Person("eve", "Eve")


class ByHeader:
    """Who the header X-Who says: two people at one server, for tests that need another's work."""

    def who(self, handler: Any) -> Person:
        """A student everywhere; `prof` is an instructor, `head` one who sees all classes."""
        user = handler.request.headers.get("X-Who", "ada")
        staff = {"prof": {Role.INSTRUCTOR}, "head": {Role.INSTRUCTOR, Role.ADMIN}}
        return Person(user, user.title(), everywhere=frozenset(staff.get(user, {Role.STUDENT})))


class StaffEverywhere:
    """Staff of every course, of a server that is not theirs."""

    def who(self, handler: Any) -> Person:
        """An instructor and admin."""
        return Person("prof", "Prof", everywhere=frozenset({Role.INSTRUCTOR, Role.ADMIN}))


class Grader:
    """Who marks `demo`, and is nothing else and nowhere else."""

    def who(self, handler: Any) -> Person:
        """A grader."""
        return Person("tim", "Tim", offerings={"local:demo": frozenset({Role.GRADER})})


class Named:
    """An account and nothing else, as a class's identity has it: what it may do stands in the records."""

    def who(self, handler: Any) -> Person:
        """By the header X-Who."""
        return Person(handler.request.headers.get("X-Who", "eve"))


class Away(IdentityProvider):  # type: ignore[misc]
    """A login that does not answer, as the service's is while its Hub is away."""

    def get_user(self, handler: Any) -> Any:
        """See the base."""
        raise web.HTTPError(503)
