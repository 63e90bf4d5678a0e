"""A part of a class in SQL: what `conversations.Narrow` leaves of a table that has exercise, person and a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from .conversations import Narrow
from .tables import enrolments

P, E = bindparam, enrolments.c
_IN_SECTION = select(E.person).where(E.offering == P("p_offering"), E.section == P("p_section"), E.ended_at.is_(None))


def bounds(columns: Any, narrow: Narrow, at: str = "asked_at") -> list[ColumnElement[bool]]:
    """For WHERE; `at`: the column with the time. The values are those of `given`."""
    found: list[ColumnElement[bool]] = []
    if narrow.exercise is not None:
        found.append(columns.exercise == P("p_exercise"))
    if narrow.section is not None:
        found.append(columns.person.in_(_IN_SECTION))
    if narrow.since is not None:
        found.append(columns[at] >= P("p_since"))
    return found


def given(narrow: Narrow) -> dict[str, Any]:
    """What those conditions are given."""
    named = {"p_exercise": narrow.exercise, "p_section": narrow.section, "p_since": narrow.since}
    return {name: value for name, value in named.items() if value is not None}
