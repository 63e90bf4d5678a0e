"""`codegym class policy set | show | clear | history`, `codegym class extend`: what holds for whom, and more time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from codegym_jlab.records import Json, plain

from ..command import ERASED, Managers, OfferingId, Why, classes, command, group, instant
from ..output import for_programs, line, listing, moment, out, say, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.classes.manager import Scope

policy = group("policy", "Set, show and clear attempts, dates, lateness and the rest.")
classes.add_typer(policy)

Student = Annotated[str, Option(metavar="ACCOUNT", help="Only for this person.")]
Team = Annotated[str, Option(metavar="NAME", help="For this team, in --unit or --exercise.")]
Section = Annotated[str, Option(help="For the students of this section.")]
Unit = Annotated[str, Option(help="In this unit.")]
Exercise = Annotated[str, Option(help="In this exercise.")]
SOURCES = {
    "term": "the class's dates",
    "yaml": "the course",
    "offering": "the class",
    "section": "the section",
    "student": "the student",
}
#: As people write durations: 2d, 1h30m, 45min.
_SPAN = re.compile(r"(\d{1,5})(w|d|h|m)(?:in)?")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


@command(policy, "set", act="policy")
async def set_(
    m: Managers,
    offering: OfferingId,
    fields: list[str] = Argument(metavar="FIELD=VALUE…", help="attempts=3 late.per_day=0.1 due=null …"),
    student: Student = "",
    section: Section = "",
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    why: Why = "",
) -> None:
    """Set fields of the policy; they apply from the next request on, even during an exam.

    Fields are those of the course's YAML: attempts, count, opens, due, grace, late.per_day, late.floor, unsubmitted,
    feedback, tutor, duration, time_factor, rate.sources, rate.per_s, hints.cost, … `null` lifts a bound. Local times
    are of the class's time zone. A student's win over the section's, those over the class's, those over the course's.
    """
    scope = _scope(student, section, unit, exercise, team)
    say(plain(await m.classes.set_policy(m.actor, offering, scope, _fields(fields), why), "person"))


@command(policy, act="policy")
async def clear(
    m: Managers,
    offering: OfferingId,
    fields: list[str] | None = Argument(None, metavar="[FIELD]…", help="Default: every field that is set there."),
    student: Student = "",
    section: Section = "",
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    why: Why = "",
) -> None:
    """Clear what was set: for the class, or only where --student, --section, --unit, --exercise say."""
    scope = _scope(student, section, unit, exercise, team)
    say(plain(await m.classes.clear_policy(m.actor, offering, scope, fields or (), why), "person"))


@command(policy)
async def show(
    m: Managers,
    offering: OfferingId,
    student: str = Option("", metavar="ACCOUNT", help="Show what applies to this person, in --unit or --exercise."),
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
) -> None:
    """Show what is set in a class, by whom, when and why; or what applies to a student, and where it comes from."""
    if student and not (unit or exercise):
        wrong_use("say where: --unit or --exercise")
    if student or team:
        return await _show_held(m, offering, _scope(student, "", unit, exercise, team))
    if unit or exercise:
        wrong_use("say for whom: --student ACCOUNT, or --team NAME")
    found = await m.classes.rulings(m.actor, offering)
    end = "" if found else "Nothing is set: the course's own policy holds."
    listing(found, "whom fields set_by set_at why", whom=_whom, end=end)


@command(policy)
async def history(m: Managers, offering: OfferingId) -> None:
    """Show everything that was ever set and cleared, the newest first."""
    listing(await m.classes.ruling_changes(m.actor, offering), "set_at set_by whom before after why", whom=_whom)


@command(classes, act="extend")
async def extend(
    m: Managers,
    offering: OfferingId,
    student: str = Argument("", metavar="[ACCOUNT]", help="Who gets more time; or use --team."),
    team: Team = "",
    unit: Unit = "",
    exercise: Exercise = "",
    by: str = Option("", metavar="SPAN", help="2d, 1h30m, 45min: added to the current time."),
    until: str = Option("", metavar="TIME", help="2026-11-05T23:59, in the class's time zone."),
    why: Why = "",
) -> None:
    """Give a student or a team more time, even during an exam. Moves due time and duration; no exercise gets less."""
    from codegym_jlab.classes.policy_overrides import Extension

    if bool(by) == bool(until):
        wrong_use("say how much: --by 2d, or --until 2026-11-05T23:59")
    if not (unit or exercise):
        wrong_use("say where: --unit or --exercise")
    if not (student or team):
        wrong_use("say who gets more time: ACCOUNT, or --team NAME")
    scope, span = _scope(student, "", unit, exercise, team), _span(by) if by else None
    zone = (await m.classes.page(m.actor, offering)).offering.time_zone
    end = instant(until, zone, "--until", latest=True) if until else None
    changed = await m.classes.extend(m.actor, offering, scope, Extension(span, end), why)
    held = await m.classes.held(m.actor, offering, scope)
    set_ = [plain(override, "person", "section") for override in changed]
    told = {"account": student or None, "team": team or None, "set": set_, **held.as_json()}
    until = f"until {moment(held.policy.due, held.time_zone)} ({held.time_zone})" if held.policy.due else "more time"
    say(told, f"{student or team} now has {until} in {exercise or unit}")


def _scope(student: str, section: str, unit: str, exercise: str, team: str) -> Scope:
    from codegym_jlab.classes.manager import Scope

    if sum(map(bool, (student, section, team))) > 1:
        wrong_use("--student, --section and --team do not go together")
    if team and not (unit or exercise):
        wrong_use("say where the team answers: --unit or --exercise")
    return Scope(student, section, unit, exercise, team)


def _fields(words: list[str]) -> Json:
    """`late.per_day=0.1` → `{"late": {"per_day": 0.1}}`; values are read as YAML reads them."""
    from codegym_jlab.course.yaml_source import Unreadable, read_yaml

    fields: Json = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            wrong_use(f"{word!r}: write FIELD=VALUE, such as attempts=3 or due=2026-11-03T23:59")
        try:
            read = read_yaml(f"value: {value}\n").plain()["value"]
        except (Unreadable, TypeError, KeyError):
            wrong_use(f"{word!r}: this value cannot be read; put it into quotes")
        outer, _, inner = name.partition(".")
        known = fields.setdefault(outer, {}) if inner else fields
        if not isinstance(known, dict):
            wrong_use(f"{outer} and {name} do not go together")
        known[inner or outer] = read
    return fields


def _span(text: str) -> timedelta:
    said = text.lower().replace(" ", "")
    span = timedelta(**{_UNITS[unit]: int(count) for count, unit in _SPAN.findall(said)})
    if _SPAN.sub("", said) or not timedelta() < span <= timedelta(days=3660):
        wrong_use(f"--by {text!r} is not a time span above zero and up to ten years; write 2d, 1h30m or 45min")
    return span


async def _show_held(m: Managers, offering: str, scope: Scope) -> None:
    held = await m.classes.held(m.actor, offering, scope)
    if for_programs():
        return line(held)
    listing(held.as_json()["fields"], "field value set_by", set_by=_source)
    now = held.policy
    facts = {"opened": held.opened_at, "opens": now.opens, "due": now.due, "closes": now.closes}
    shown = [f"{name} {moment(at, held.time_zone)}" for name, at in facts.items() if at is not None]
    out.print(f"So, in {held.time_zone}: {', '.join(shown) or 'no bounds in time'}")


def _source(one: Json) -> str:
    by = one["set_by"]
    return f"{SOURCES[by['level']]}, for the {by['part']}" if by else "default"


def _whom(place: Json) -> str:
    who = place["account"] or (f"section {place['section']}" if place["section"] else "all")
    if place["person"] and not place["account"]:
        who = f"team {place['team']}" if place["team"] else ERASED
    where = place["exercise"] or place["unit"]
    return f"{who}, {where}" if where else str(who)
