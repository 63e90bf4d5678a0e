"""`codegym class new | list | show | members | change | enrol | leave`: the classes, and who is in them."""

from __future__ import annotations

import asyncio
import getpass
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from .opening import Records, opened, place_of
from .overseeing import OfferingId, class_records, classes
from .terminal import AsJson, complain, line, lines, moment, out, table, wrong_use

if TYPE_CHECKING:
    from ..grading.classroom import Actor, ClassManager, Enlisted
    from ..grading.publishing import Publisher
    from ..grading.reviewing import Reviewing
    from ..grading.teamwork import TeamManager
    from ..store.base import Offering

T = TypeVar("T")
Account = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Who it is that does this.", show_default="you")]
Why = Annotated[str, typer.Option(help="Why; it is kept, and needed for what changes the conditions of a score.")]
Role = Annotated[str, typer.Option(help="student, grader or instructor.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Zone = Annotated[str, typer.Option("--time-zone", help="Of the class's dates: Europe/Berlin, America/New_York, …")]
Begins = Annotated[str, typer.Option(help="Nothing opens earlier, unless the policy says so: 2026-10-12T08:00.")]
Ends = Annotated[str, typer.Option(help="Nothing is taken later, unless the policy says so: 2027-02-05T23:59.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with. Whoever can open the records may do anything in them."""

    classes: ClassManager
    teams: TeamManager
    publisher: Publisher
    reviewing: Reviewing
    actor: Actor


@asynccontextmanager
async def _desk(records: str, courses: Path | None, account: str) -> AsyncIterator[Desk]:
    """The records and the managers of classes over them. What is refused is told."""
    from ..grading.classroom import ADMIN, Actor, ClassManager
    from ..grading.errors import Refused
    from ..grading.publishing import Publisher
    from ..grading.reviewing import Reviewing
    from ..grading.teamwork import TeamManager
    from ..grading.versions import Versions

    actor = Actor(account or getpass.getuser(), frozenset({ADMIN}))
    async with class_records(records, courses) as (store, places):
        manager, versions = ClassManager(store, places), Versions(store)
        try:
            teams, publisher = TeamManager(store, places, manager), Publisher(store, manager, versions)
            yield Desk(manager, teams, publisher, Reviewing(store, places, manager), actor)
        except Refused as error:
            wrong_use(str(error))
        finally:
            versions.close()


def at_desk(
    records: str, account: str, do: Callable[[Desk], Awaitable[T]], *, courses: Path | None = None, make: bool = False
) -> T:
    """Open, do it, close. `make`: records that are not there yet are made."""

    async def run() -> T:
        if make:
            async with opened(place_of(records)):
                pass
        async with _desk(records, courses, account) as found:
            return await do(found)

    return asyncio.run(run())


@classes.command()
def new(
    course: Annotated[str, typer.Argument(metavar="COURSE", help="The course's id.")],
    term: Annotated[str, typer.Option(help="autumn-2026")],
    time_zone: Zone,
    title: Annotated[str, typer.Option(help="Default: the course's id and the term.", show_default=False)] = "",
    id: Annotated[str, typer.Option("--id", help="Default: COURSE-TERM.", show_default=False)] = "",
    instructor: Annotated[list[str] | None, typer.Option(help="An account; may be given more than once.")] = None,
    contact: Annotated[str, typer.Option(help="Whom students ask: a name with an address or page.")] = "",
    begins: Begins = "",
    ends: Ends = "",
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Make a class: one holding of a course for one group. Students see it once `codegym publish` was run for it."""
    from ..store.base import Offering

    name = id or f"{course}-{re.sub(r'[^A-Za-z0-9_-]+', '-', term).strip('-')}"
    for text, what in ((name, "--id"), (course, "the course's id")):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}", text):
            wrong_use(f"{what} {text!r}: use letters, digits, - and _ alone")
    first, last = _day(begins, time_zone, "--begins"), _day(ends, time_zone, "--ends", latest=True)
    made = Offering(name, course, title or f"{course} {term}", term, time_zone, contact or None, first, last)
    at_desk(records, account, lambda d: d.classes.make(d.actor, made, instructor or ()), make=True)
    if as_json:
        return line(_json().offering_json(made))
    out.print(f"{made.id} is made. Next:")
    out.print(f"  codegym class enrol {made.id} LIST.csv        # a table with account, role, section")
    out.print(f"  codegym publish COURSE_DIR --offering {made.id}")


@classes.command("list")
def list_(account: Account = "", records: Records = "", as_json: AsJson = False) -> None:
    """All classes in the records, that of a computer itself (local:COURSE) among them."""
    found = at_desk(records, account, lambda d: d.classes.offerings(d.actor))
    if as_json:
        return lines(_json().offering_json(one) for one in found)
    table(
        ["class", "course", "title", "term", "time zone"],
        ([o.id, o.course, o.title, o.term, o.time_zone] for o in found),
    )


@classes.command()
def show(offering: OfferingId, account: Account = "", records: Records = "", as_json: AsJson = False) -> None:
    """One class: its dates, how many are in it, its sections, and which version of the course it sees."""
    page = at_desk(records, account, lambda d: d.classes.page(d.actor, offering))
    if as_json:
        return line(_json().page_json(page))
    found, published = page.offering, page.published
    facts = {
        "class": f"{found.id}: {found.title}",
        "course": found.course,
        "term": found.term,
        "time zone": found.time_zone,
        "begins": moment(found.begins, found.time_zone),
        "ends": moment(found.ends, found.time_zone),
        "contact": found.contact or "",
        "people": ", ".join(f"{count} {role}s" for role, count in page.roles.items()),
        "sections": ", ".join(f"{name or 'none'} ({count})" for name, count in page.sections.items()),
        "sees": f"version {published.version[:12]}, publication {published.number}"
        if published
        else "nothing yet: codegym publish COURSE_DIR",
    }
    for name, value in facts.items():
        if value:
            out.print(f"{name + ':':<11} {value}")


@classes.command()
def change(
    offering: OfferingId,
    title: Annotated[str | None, typer.Option()] = None,
    term: Annotated[str | None, typer.Option()] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone")] = None,
    contact: Annotated[str | None, typer.Option(help="Empty: nobody.")] = None,
    begins: Annotated[str | None, typer.Option(help="Empty: no bound.")] = None,
    ends: Annotated[str | None, typer.Option(help="Empty: no bound.")] = None,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Change title, term, time zone, contact, first or last day; it holds from the next request on."""
    fields: dict[str, Any] = {"title": title, "term": term, "time_zone": time_zone}
    fields = {name: value for name, value in fields.items() if value is not None}
    fields |= {} if contact is None else {"contact": contact or None}

    async def do(d: Desk) -> Offering:
        zone = time_zone or (await d.classes.page(d.actor, offering)).offering.time_zone
        if begins is not None:
            fields["begins"] = _day(begins, zone, "--begins")
        if ends is not None:
            fields["ends"] = _day(ends, zone, "--ends", latest=True)
        if not fields:
            wrong_use("nothing is to be changed: give --title, --term, --time-zone, --contact, --begins or --ends")
        return await d.classes.change(d.actor, offering, fields)

    changed = at_desk(records, account, do)
    if as_json:
        return line(_json().offering_json(changed))
    out.print(f"{changed.id} is changed")


@classes.command()
def members(
    offering: OfferingId,
    section: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    role: Annotated[str | None, typer.Option(help="Only student, grader or instructor.")] = None,
    former: Annotated[bool, typer.Option("--former", help="Those who left, too.")] = False,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Who is in a class, in which role and section, since when."""
    found = at_desk(records, account, lambda d: d.classes.members(d.actor, offering))
    shown = [m for m in found if former or m.ended_at is None]
    shown = [m for m in shown if section in (None, m.section) and role in (None, m.role)]
    if as_json:
        return lines(_json().member_json(one) for one in shown)
    rows = ([m.account or "(erased)", m.role, m.section, moment(m.since), moment(m.ended_at)] for m in shown)
    table(["account", "role", "section", "since", "left"], rows)
    out.print(f"{len(shown)} people")


@classes.command()
def enrol(
    offering: OfferingId,
    who: Annotated[
        list[str], typer.Argument(metavar="FILE.csv|ACCOUNT…", help="A table, or accounts; - reads a table.")
    ],
    role: Role = "student",
    section: Annotated[str, typer.Option(help="Of those for whom the table names none.")] = "",
    leave_others: Annotated[
        bool, typer.Option("--leave-others", help="Students who are not named leave; what they did stays.")
    ] = False,
    dry_run: DryRun = False,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Enrol people, or move them to another role or section; all of them or, where anything is wrong, nobody.

    A table has a line of heads, with `account` and, where they differ, `role` and `section`; what else it has is not
    read. It may come from a spreadsheet: commas, semicolons or tabs.
    """
    from ..grading.rosters import Defaults, UnfitRoster, joining_of, read_roster
    from ..store.register import Joining

    try:
        tables = [name for name in who if name == "-" or name.lower().endswith((".csv", ".tsv", ".txt"))]
        if tables and len(who) > 1:
            wrong_use("name one table, or accounts")
        if tables:
            joinings = read_roster(text_of(tables[0]), tables[0], Defaults(role, section))
        else:
            joinings = joining_of(who, role, section)
    except UnfitRoster as error:
        for told in error.errors:
            complain(told)
        wrong_use("nobody was enrolled")

    async def do(d: Desk) -> list[Enlisted]:
        named = {joining.account for joining in joinings}
        if leave_others:
            page = await d.classes.page(d.actor, offering)
            others = [m.account for m in page.members if m.role == "student" and m.account]
            joinings.extend(Joining(name, None) for name in others if name not in named)
        return await d.classes.enlist(d.actor, offering, joinings, dry_run=dry_run)

    _tell_enlisted(at_desk(records, account, do), dry_run, as_json)


@classes.command()
def leave(
    offering: OfferingId,
    who: Annotated[list[str], typer.Argument(metavar="ACCOUNT…")],
    dry_run: DryRun = False,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """End enrolments. What they did stays, and is theirs again if they are enrolled anew."""
    from ..store.register import Joining

    async def do(d: Desk) -> list[Enlisted]:
        there = {m.account for m in (await d.classes.page(d.actor, offering)).members}
        if unknown := [name for name in who if name not in there]:
            wrong_use(f"nobody called {unknown[0]!r} is in {offering}")
        return await d.classes.enlist(d.actor, offering, [Joining(name, None) for name in who], dry_run=dry_run)

    _tell_enlisted(at_desk(records, account, do), dry_run, as_json)


def _json() -> Any:
    """How a class is told to programs; imported when it is."""
    from ..grading import class_json

    return class_json


def _tell_enlisted(told: Sequence[Enlisted], dry_run: bool, as_json: bool) -> None:
    if as_json:
        return lines({**one.as_json(), "changes": one.changes, "dry_run": dry_run} for one in told)
    changing = [one for one in told if one.changes]
    rows = ([one.account, _place(one.before), "→", _place(one.after)] for one in changing)
    if changing:
        table(["account", "was", "", "is" if not dry_run else "would be"], rows)
    left = sum(one.after is None for one in changing)
    out.print(
        f"{sum(one.before is None for one in changing)} new, {left} left, "
        f"{sum(one.before is not None and one.after is not None for one in changing)} moved, "
        f"{len(told) - len(changing)} as they were{'; nothing was done' if dry_run else ''}"
    )


def _place(at: tuple[str, str] | None) -> str:
    return "–" if at is None else f"{at[0]}, section {at[1]}" if at[1] else at[0]


def text_of(name: str) -> str:
    """A table as a person names it; - reads standard input."""
    if name == "-":
        return sys.stdin.read()
    if not Path(name).is_file():
        wrong_use(f"there is no file {name}")
    try:
        return Path(name).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = Path(name).read_bytes().count(b"\n", 0, error.start) + 1
        wrong_use(f"{name}:{at}: this is not UTF-8 text; save the table as UTF-8")


def _day(text: str, zone: str, what: str, *, latest: bool = False) -> datetime | None:
    return instant(text, zone, what, latest=latest) if text else None


def instant(text: str, zone: str, what: str, *, latest: bool = False) -> datetime:
    """A point in time as a person writes it: with an offset, or local in the class's time zone."""
    from zoneinfo import ZoneInfo

    from ..course.times import on_the_clock, parse_moment

    try:
        where = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        wrong_use(f"{zone!r} is no time zone; write one as Europe/Berlin or America/New_York")
    try:
        found = on_the_clock(parse_moment(text), where, latest=latest)
    except ValueError:
        wrong_use(f"{what} {text!r} is no time; write day and time, as 2026-10-27T23:59")
    assert found is not None
    return found
