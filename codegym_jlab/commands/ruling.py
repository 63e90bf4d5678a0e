"""`codegym class policy set | show | clear | history`, `codegym class extend`: what holds for whom, and more time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Records
from .overseeing import Courses, OfferingId, classes
from .teaching import Account, Desk, Why, at_desk, instant
from .terminal import AsJson, line, lines, moment, out, table, wrong_use

if TYPE_CHECKING:
    from ..grading.classroom import Held, Scope
    from ..store.base import Override

policy = typer.Typer(
    name="policy", help="Attempts, dates, lateness and the rest: set, looked at, taken away.", no_args_is_help=True
)

Student = Annotated[str, typer.Option(metavar="ACCOUNT", help="For this person alone.")]
Team = Annotated[str, typer.Option(metavar="NAME", help="For this team, in --unit or --exercise.")]
Section = Annotated[str, typer.Option(help="For the students of this section.")]
Unit = Annotated[str, typer.Option(help="In this unit.")]
Exercise = Annotated[str, typer.Option(help="In this exercise.")]
SOURCES = {
    "term": "the class's dates",
    "yaml": "the course",
    "offering": "the class",
    "section": "the section",
    "student": "the student",
}
#: As people write durations: 2d, 1h30m, 45min.
_SPANS = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?", re.IGNORECASE)


@policy.command("set")
def set_(
    offering: OfferingId,
    fields: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…", help="attempts=3 late.per_day=0.1 due=null …")],
    student: Student = "",
    section: Section = "",
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    why: Why = "",
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Set fields of the policy; they hold from the next request on, also while an exam runs.

    Fields are those of the course's YAML: attempts, count, opens, due, grace, late.per_day, late.floor, unsubmitted,
    feedback, tutor, duration, time_factor, rate.sources, rate.per_s, hints.cost, … `null` lifts a bound. Local times
    are of the class's time zone. A student's win over the section's, those over the class's, those over the course's.
    """
    scope, written = _scope(student, section, unit, exercise, team), _fields(fields)
    told = at_desk(
        records, account, lambda d: d.classes.set_policy(d.actor, offering, scope, written, why), courses=courses
    )
    _tell_set(told, as_json)


@policy.command()
def clear(
    offering: OfferingId,
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD]…", help="Default: all that is set there.")
    ] = None,
    student: Student = "",
    section: Section = "",
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    why: Why = "",
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Take back what was set: for the class, or just where --student, --section, --unit, --exercise say."""
    scope = _scope(student, section, unit, exercise, team)
    told = at_desk(
        records, account, lambda d: d.classes.clear_policy(d.actor, offering, scope, fields or (), why), courses=courses
    )
    _tell_set(told, as_json)


@policy.command()
def show(
    offering: OfferingId,
    student: Annotated[
        str, typer.Option(metavar="ACCOUNT", help="What holds for this person, in --unit or --exercise.")
    ] = "",
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """What is set in a class, by whom, when and why; or what holds for a student, and where each field comes from."""
    if student and not (unit or exercise):
        wrong_use("say where: --unit or --exercise")
    if not (student or team):
        if unit or exercise:
            wrong_use("say for whom: --student ACCOUNT, or --team NAME")
        return _show_rulings(offering, account, records, as_json)
    scope = _scope(student, "", unit, exercise, team)
    held = at_desk(records, account, lambda d: d.classes.held(d.actor, offering, scope), courses=courses)
    _show_held(held, as_json)


@policy.command()
def history(offering: OfferingId, account: Account = "", records: Records = "", as_json: AsJson = False) -> None:
    """Everything that was ever set and taken back, the newest first."""
    from ..grading.class_json import ruling_change_json

    async def do(d: Desk) -> list[dict[str, Any]]:
        names = await d.classes.names(d.actor, offering)
        return [ruling_change_json(one, names) for one in await d.classes.ruling_changes(d.actor, offering)]

    found = at_desk(records, account, do)
    if as_json:
        return lines(found)
    rows = (
        [_when(c["set_at"]), c["set_by"] or "", _for(c), _written(c["before"]), _written(c["after"]), c["why"]]
        for c in found
    )
    table(["when", "by", "for", "was", "became", "why"], rows)


@classes.command()
def extend(
    offering: OfferingId,
    student: Annotated[str, typer.Argument(metavar="[ACCOUNT]", help="Who gets more time; else --team.")] = "",
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    by: Annotated[str, typer.Option(metavar="SPAN", help="2d, 1h30m, 45min: from what holds now.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="2026-11-05T23:59, in the class's time zone.")] = "",
    why: Why = "",
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Give a student or a team more time, also during an exam. Due time and duration move; no exercise gets less."""
    from ..grading.rulings import Extension

    if bool(by) == bool(until):
        wrong_use("say how much: --by 2d, or --until 2026-11-05T23:59")
    if not (unit or exercise):
        wrong_use("say where: --unit or --exercise")
    if not (student or team):
        wrong_use("say who gets more time: ACCOUNT, or --team NAME")
    scope, span = _scope(student, "", unit, exercise, team), _span(by) if by else None

    async def do(d: Desk) -> tuple[list[Override], Held]:
        zone = (await d.classes.page(d.actor, offering)).offering.time_zone
        end = instant(until, zone, "--until", latest=True) if until else None
        changed = await d.classes.extend(d.actor, offering, scope, Extension(span, end), why)
        return changed, await d.classes.held(d.actor, offering, scope)

    changed, held = at_desk(records, account, do, courses=courses)
    if as_json:
        from ..grading.class_json import held_json

        set_ = [{"unit": o.unit, "exercise": o.exercise, "fields": dict(o.fields)} for o in changed]
        return line({"account": student or None, "team": team or None, "set": set_, **held_json(held)})
    where, zone = exercise or unit, held.time_zone
    ends = moment(held.policy.due, zone) or "when their time is over, counted from the first opening"
    out.print(
        f"{student or team} now has until {ends} ({zone}) in {where}"
        if held.policy.due
        else f"{student or team}: {where} ends {ends}"
    )


def _scope(student: str, section: str, unit: str, exercise: str, team: str) -> Scope:
    from ..grading.classroom import Scope

    if sum(map(bool, (student, section, team))) > 1:
        wrong_use("--student, --section and --team do not go together")
    if team and not (unit or exercise):
        wrong_use("say where the team answers: --unit or --exercise")
    return Scope(student, section, unit, exercise, team)


def _fields(words: list[str]) -> dict[str, Any]:
    """`late.per_day=0.1` → `{"late": {"per_day": 0.1}}`; values are read as YAML reads them."""
    from ..course.source import Unreadable, read_yaml

    fields: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            wrong_use(f"{word!r}: write FIELD=VALUE, as attempts=3 or due=2026-11-03T23:59")
        try:
            read = read_yaml(f"value: {value}\n").plain()["value"]
        except (Unreadable, TypeError, KeyError):
            wrong_use(f"{word!r}: this value cannot be read; put it into quotes")
        outer, _, inner = name.partition(".")
        if inner:
            known = fields.setdefault(outer, {})
            if not isinstance(known, dict):
                wrong_use(f"{outer} and {name} do not go together")
            known[inner] = read
        else:
            fields[outer] = read
    return fields


def _span(text: str) -> timedelta:
    from ..course.times import parse_duration

    found = _SPANS.fullmatch(text.replace(" ", ""))
    try:
        if found is None or not any(found.groups()):
            span = parse_duration(text)
        else:
            weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
            span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    except (ValueError, OverflowError):
        wrong_use(f"--by {text!r} is no span of time; write it as 2d, 1h30m or 45min")
    if not timedelta() < span <= timedelta(days=3660):
        wrong_use("--by takes a span of more than nothing, and of ten years at most")
    return span


def _tell_set(told: Override, as_json: bool) -> None:
    if as_json:
        return line(
            {"unit": told.unit, "exercise": told.exercise, "section": told.section, "fields": dict(told.fields)}
        )
    out.print(f"set there now: {_written(told.fields)}" if told.fields else "nothing is set there now")


def _show_rulings(offering: str, account: str, records: str, as_json: bool) -> None:
    from ..grading.class_json import ruling_json

    async def do(d: Desk) -> list[dict[str, Any]]:
        names = await d.classes.names(d.actor, offering)
        return [ruling_json(one, names) for one in await d.classes.rulings(d.actor, offering)]

    found = at_desk(records, account, do)
    if as_json:
        return lines(found)
    rows = ([_for(r), _written(r["fields"]), r["set_by"] or "", _when(r["set_at"]), r["why"]] for r in found)
    table(["for", "set", "by", "when", "why"], rows)
    if not found:
        out.print("Nothing is set: the course's own policy holds.")


def _show_held(held: Held, as_json: bool) -> None:
    from ..grading.class_json import held_json

    if as_json:
        return line(held_json(held))
    rows = []
    for one in held.fields:
        source = "default" if one.layer is None else f"{SOURCES[one.layer.level]}, for the {one.layer.part}"
        rows.append([one.name, "" if one.layer is None else _value(one.value), source])
    table(["field", "value", "from"], rows)
    now = held.policy
    facts = {"opened": held.opened_at, "opens": now.opens, "due": now.due, "closes": now.closes}
    shown = [f"{name} {moment(at, held.time_zone)}" for name, at in facts.items() if at is not None]
    out.print(f"So, in {held.time_zone}: {', '.join(shown) or 'no bounds in time'}")


def _for(place: Mapping[str, Any]) -> str:
    who = place["account"] or (f"section {place['section']}" if place["section"] else "all")
    if place["person"] and not place["account"]:
        who = f"team {place['team']}" if place["team"] else "(erased)"
    where = place["exercise"] or place["unit"]
    return f"{who}, {where}" if where else str(who)


def _written(fields: Mapping[str, Any] | None) -> str:
    flat: dict[str, Any] = {}
    for name, value in (fields or {}).items():
        flat |= {f"{name}.{key}": v for key, v in value.items()} if isinstance(value, Mapping) else {name: value}
    return " ".join(f"{name}={_value(value)}" for name, value in flat.items()) or "–"


def _value(value: Any) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _when(text: str) -> str:
    return moment(datetime.fromisoformat(text))
