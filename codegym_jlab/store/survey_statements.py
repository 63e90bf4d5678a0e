"""Statements that add up a class. Students enrolled now and their lines both lie by offering and student."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from .tables import enrolments, progress, submissions, team_members

P = bindparam
E, G, M, S = enrolments.c, progress.c, team_members.c, submissions.c


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


@cache
def _told(dialect: str, name: str) -> Any:
    """A parameter of JSON, text → text, as rows."""
    if dialect == "postgresql":
        told = func.json_each_text(cast(P(name, type_=Text()), JSON)).table_valued("key", "value")
    else:
        told = func.json_each(P(name, type_=Text())).table_valued("key", "value")
    # by itself SQLite would look through all of it for every line
    return select(told.c.key, cast(told.c.value, Text).label("value")).cte(name[2:]).prefix_with("MATERIALIZED")


@cache
def _shared_lines(dialect: str, by_section: bool) -> Any:
    """Those of the students asked for, in what teams answer alone: from each student to the exercises, by keys."""
    told, members = _told(dialect, "p_shared"), team_members
    # `|| ''`: else SQLite reads every line of the class, and looks for the student and the exercise of each
    named = G.exercise == told.c.key.concat(literal_column("''"))
    own = and_(G.offering == E.offering, G.person == E.person.concat(literal_column("''")), named)
    mine = (
        select(G.person.label("owner"), *G)
        .select_from(enrolments.join(told, true()).join(progress, own))
        .where(_students(by_section), ~_in_team(E, told))
    )
    of_team = and_(M.offering == E.offering, M.person == E.person, M.ended_at.is_(None))
    theirs = (
        _for_members()
        .select_from(
            enrolments.join(members, of_team)
            .join(told, told.c.value == M.unit)
            .join(progress, and_(G.offering == E.offering, G.person == M.team, named))
        )
        .where(_students(by_section))
    )
    return union_all(mine, theirs).cte("lines").prefix_with("MATERIALIZED")


def _in_team(line: Any, told: Any) -> Any:
    """Its owner answers that unit in a team now."""
    return exists().where(
        M.offering == line.offering, M.person == line.person, M.unit == told.c.value, M.ended_at.is_(None)
    )


def _for_members() -> Select[Any]:
    """A team's lines, as those of each member."""
    rest = [column for column in G if column.name not in ("offering", "person")]
    return select(G.person.label("owner"), G.offering, M.person, *rest)


def _own(line: Any) -> Any:
    return and_(line.offering == E.offering, line.person == E.person)


def _owner(line: Any) -> Any:
    return line.owner if "owner" in line else line.person


def _count(what: Any) -> Any:
    """Rows of which it is true; 0 where there is none."""
    return func.coalesce(func.sum(case((what, 1), else_=0)), 0)


@cache
def tallies(dialect: str, by_section: bool, shared: bool = False) -> Select[Any]:
    """By student and unit; `p_units`: JSON, exercise → unit; `shared`: of what teams answer alone, in `p_shared`."""
    lines, units = _shared_lines(dialect, by_section) if shared else progress, _told(dialect, "p_units")
    line, unit = lines.c, units.c.value.label("unit")
    students = select(E.person).where(_students(by_section))
    asked = true() if shared else and_(line.offering == P("p_offering"), line.person.in_(students))
    return (
        select(
            line.person,
            unit,
            _count(line.submitted_at.is_not(None)).label("handed_in"),
            _count(line.solved).label("solved"),
            _count(func.coalesce(line.counting_late_s, 0) > 0).label("late"),
            _count(line.awaiting_review).label("awaiting_review"),
            func.coalesce(func.sum(line.counting_score), 0.0).label("points"),
            func.max(_touched(line), type_=line.tried_at.type).label("last_at"),
        )
        # `|| ''`: else SQLite goes through the units, and for each of them to every student's line by itself
        .select_from(lines.join(units, units.c.key == line.exercise.concat(literal_column("''"))))
        .where(asked)
        .group_by(line.person, unit)
    )


@cache
def exercises(dialect: str, by_section: bool, shared: bool = False) -> Select[Any]:
    """By exercise; `shared`: of what teams answer alone."""
    lines = _shared_lines(dialect, by_section) if shared else progress
    line = lines.c
    return (
        select(
            line.exercise,
            func.count().label("handed_in"),
            _count(line.verdict == literal_column("'AC'")).label("accepted"),
            func.sum(line.attempts).label("attempts"),
        )
        .select_from(lines if shared else enrolments.join(lines, _own(line)))
        .where(true() if shared else _students(by_section), line.submitted_at.is_not(None))
        .group_by(line.exercise)
    )


@cache
def failures(dialect: str, by_section: bool, shared: bool = False) -> Select[Any]:
    """By exercise and check; `shared`: of what teams answer alone."""
    lines = _shared_lines(dialect, by_section) if shared else progress
    line = lines.c
    each = func.json_array_elements_text(line.failed) if dialect == "postgresql" else func.json_each(line.failed)
    check = each.table_valued("value")
    named = cast(check.c.value, Text).label("check")
    return (
        select(line.exercise, named, func.count().label("people"))
        .select_from((lines if shared else enrolments.join(lines, _own(line))).join(check, true()))
        .where(true() if shared else _students(by_section), line.failed.is_not(None))
        .group_by(line.exercise, named)
    )


@cache
def standstills(dialect: str, by_section: bool, shared: bool = False) -> Select[Any]:
    """Each student's newest exercise, where it is not accepted, with how often and since when they sent."""
    lines = _newest_of_teams(dialect, by_section) if shared else progress
    line = lines.c
    theirs = and_(S.offering == line.offering, S.person == _owner(line), S.exercise == line.exercise)
    sent = and_(theirs, S.kind != literal_column("'draft'"))

    def of_sent(what: Any) -> Any:
        return select(what).where(sent).correlate(lines).scalar_subquery()

    return (
        select(
            line.person,
            line.exercise,
            line.verdict,
            line.failed,
            of_sent(func.count()).label("sends"),
            of_sent(func.min(S.received_at, type_=S.received_at.type)).label("first_at"),
            of_sent(func.max(S.received_at, type_=S.received_at.type)).label("last_at"),
        )
        .select_from(lines if shared else enrolments.join(lines, and_(_own(line), line.exercise == _newest())))
        .where(line.place == 1 if shared else _students(by_section))
        .where(line.solved.is_(False), line.awaiting_review.is_(False))
        .where(exists().where(sent).correlate(lines))
    )


def _newest(*asked: Callable[[Any], Any]) -> Any:
    """The exercise that a student worked at last, of their own lines for which all of `asked` hold."""
    mine = progress.alias("mine")
    line, touched = mine.c, _touched(mine.c)
    return (
        select(line.exercise)
        .where(line.offering == E.offering, line.person == E.person, touched.is_not(None))
        .where(*(each(line) for each in asked))
        .order_by(touched.desc(), line.exercise)
        .limit(1)
        .correlate(enrolments)
        .scalar_subquery()
    )


@cache
def _newest_of_teams(dialect: str, by_section: bool) -> Any:
    """Lines of each student by `place`, 1 the newest: their own newest, and those of what teams answer."""
    told, lines = _told(dialect, "p_shared"), _shared_lines(dialect, by_section)
    alone = _newest(lambda line: line.exercise.not_in(select(told.c.key))).label("exercise")
    # a table of its own: else PostgreSQL looks for the newest twice, and reads every line of the class beside it
    tops = select(E.offering, E.person, alone).where(_students(by_section)).cte("tops").prefix_with("MATERIALIZED")
    top = and_(G.offering == tops.c.offering, G.person == tops.c.person, G.exercise == tops.c.exercise)
    own = select(G.person.label("owner"), *_of_standstills(G)).select_from(tops.join(progress, top))
    theirs = select(lines.c.owner, *_of_standstills(lines.c)).where(_touched(lines.c).is_not(None))
    both = union_all(own, theirs).subquery("both")
    order = (both.c.touched.desc(), both.c.exercise)
    place = func.row_number().over(partition_by=both.c.person, order_by=order)
    return select(both, place.label("place")).subquery("newest")


def _of_standstills(line: Any) -> list[Any]:
    """What is asked of a line: sorted together with what is not, it takes much longer."""
    named = (line.offering, line.person, line.exercise, line.solved, line.awaiting_review, line.verdict, line.failed)
    return [*named, _touched(line).label("touched")]
