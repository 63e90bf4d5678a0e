"""Statements that add up a class. Students enrolled now and their lines both lie by offering and student."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import JSON, Select, Text, and_, bindparam, case, cast, func, literal_column, select, true

from .tables import enrolments, progress, submissions

P = bindparam
E, G, S = enrolments.c, progress.c, submissions.c


def _touched(line: Any) -> Any:
    """When a person last sent something for an exercise."""
    return case(
        (line.tried_at.is_(None), line.submitted_at),
        (line.submitted_at.is_(None), line.tried_at),
        (line.submitted_at < line.tried_at, line.tried_at),
        else_=line.submitted_at,
    )


def _students(by_section: bool) -> Any:
    asked = [E.offering == P("p_offering"), E.role == literal_column("'student'"), E.ended_at.is_(None)]
    return and_(*asked, *([E.section == P("p_section")] if by_section else []))


_own = and_(G.offering == E.offering, G.person == E.person)
_handed_in = G.submitted_at.is_not(None)


def _count(what: Any) -> Any:
    """Rows of which it is true; 0 where there is none."""
    return func.coalesce(func.sum(case((what, 1), else_=0)), 0)


@cache
def tallies(dialect: str, by_section: bool) -> Select[Any]:
    """By student and unit; `p_units`: JSON, exercise → unit."""
    if dialect == "postgresql":
        told = func.json_each_text(cast(P("p_units", type_=Text()), JSON)).table_valued("key", "value")
    else:
        told = func.json_each(P("p_units", type_=Text())).table_valued("key", "value")
    # by itself SQLite would look through all of it for every line
    units = select(told.c.key, told.c.value).cte("units").prefix_with("MATERIALIZED")
    unit = cast(units.c.value, Text).label("unit")
    students = select(E.person).where(_students(by_section))
    return (
        select(
            G.person,
            unit,
            _count(_handed_in).label("handed_in"),
            _count(G.solved).label("solved"),
            _count(func.coalesce(G.counting_late_s, 0) > 0).label("late"),
            _count(G.awaiting_review).label("awaiting_review"),
            func.coalesce(func.sum(G.counting_score), 0.0).label("points"),
            func.max(_touched(G), type_=G.tried_at.type).label("last_at"),
        )
        # `|| ''`: else SQLite goes through the units, and for each of them to every student's line by itself
        .select_from(progress.join(units, units.c.key == G.exercise.concat(literal_column("''"))))
        .where(G.offering == P("p_offering"), G.person.in_(students))
        .group_by(G.person, unit)
    )


@cache
def exercises(by_section: bool) -> Select[Any]:
    """By exercise."""
    return (
        select(
            G.exercise,
            func.count().label("handed_in"),
            _count(G.verdict == literal_column("'AC'")).label("accepted"),
            func.sum(G.attempts).label("attempts"),
        )
        .join_from(enrolments, progress, _own)
        .where(_students(by_section), _handed_in)
        .group_by(G.exercise)
    )


@cache
def failures(dialect: str, by_section: bool) -> Select[Any]:
    """By exercise and check."""
    each = func.json_array_elements_text(G.failed) if dialect == "postgresql" else func.json_each(G.failed)
    check = each.table_valued("value")
    named = cast(check.c.value, Text).label("check")
    return (
        select(G.exercise, named, func.count().label("people"))
        .select_from(enrolments.join(progress, _own).join(check, true()))
        .where(_students(by_section), G.failed.is_not(None))
        .group_by(G.exercise, named)
    )


@cache
def standstills(by_section: bool) -> Select[Any]:
    """Each student's newest exercise, where it is not accepted, with how often and since when they sent."""
    mine = progress.alias("mine")
    touched = _touched(mine.c)
    newest = (
        select(mine.c.exercise)
        .where(mine.c.offering == E.offering, mine.c.person == E.person, touched.is_not(None))
        .order_by(touched.desc(), mine.c.exercise)
        .limit(1)
        .correlate(enrolments)
        .scalar_subquery()
    )
    theirs = and_(S.offering == G.offering, S.person == G.person, S.exercise == G.exercise)
    sent = and_(theirs, S.kind != literal_column("'draft'"))
    return (
        select(
            G.person,
            G.exercise,
            G.verdict,
            G.failed,
            func.count().label("sends"),
            func.min(S.received_at, type_=S.received_at.type).label("first_at"),
            func.max(S.received_at, type_=S.received_at.type).label("last_at"),
        )
        .select_from(enrolments.join(progress, and_(_own, G.exercise == newest)).join(submissions, sent))
        .where(_students(by_section), G.solved.is_(False), G.awaiting_review.is_(False))
        .group_by(G.offering, G.person, G.exercise)
    )
