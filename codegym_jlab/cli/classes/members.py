"""`codegym class new | list | show | members | change | enrol | leave`: the classes, and who is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..command import ERASED, DryRun, Managers, OfferingId, Section, classes, command, instant, table_in, text_of
from ..output import line, lines, listing, moment, out, table, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.classes.manager import Enlisted

Role = Annotated[str, typer.Option(help="student, grader or instructor.")]
Zone = Annotated[str, typer.Option("--time-zone", help="Of the class's dates: Europe/Berlin, America/New_York, …")]
Begins = Annotated[str, typer.Option(help="Nothing opens earlier, unless the policy says so: 2026-10-12T08:00.")]
Ends = Annotated[str, typer.Option(help="Nothing is taken later, unless the policy says so: 2027-02-05T23:59.")]


@command(classes, without=("courses",), make=True)
async def new(
    m: Managers,
    course: Annotated[str, typer.Argument(metavar="COURSE", help="The course's id.")],
    term: Annotated[str, typer.Option(help="autumn-2026")],
    time_zone: Zone,
    title: Annotated[str, typer.Option(help="Default: the course's id and the term.", show_default=False)] = "",
    id: Annotated[str, typer.Option("--id", help="Default: COURSE-TERM.", show_default=False)] = "",
    instructor: Annotated[list[str] | None, typer.Option(help="An account; may be given more than once.")] = None,
    contact: Annotated[str, typer.Option(help="Whom students ask: a name with an address or page.")] = "",
    begins: Begins = "",
    ends: Ends = "",
) -> None:
    """Make a class: one holding of a course for one group. Students see it once `codegym publish` was run for it."""
    from codegym_jlab.records import plain
    from codegym_jlab.store.classes import Offering

    name = id or f"{course}-{re.sub(r'[^A-Za-z0-9_-]+', '-', term).strip('-')}"
    for text, what in ((name, "--id"), (course, "the course's id")):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}", text):
            wrong_use(f"{what} {text!r}: use letters, digits, - and _ alone")
    first, last = _day(begins, time_zone, "--begins"), _day(ends, time_zone, "--ends")
    made = Offering(name, course, title or f"{course} {term}", term, time_zone, contact or None, first, last)
    await m.classes.make(m.actor, made, instructor or ())
    if m.as_json:
        return line(plain(made))
    out.print(f"{made.id} is made. Next:")
    out.print(f"  codegym class enrol {made.id} LIST.csv        # a table with account, role, section")
    out.print(f"  codegym publish COURSE_DIR --offering {made.id}")


@command(classes, "list", without=("courses",))
async def list_(m: Managers) -> None:
    """All classes in the records, that of a computer itself (local:COURSE) among them."""
    from codegym_jlab.records import plain

    found = await m.classes.offerings(m.actor)
    heads = ["class", "course", "title", "term", "time zone"]
    rows = ([o.id, o.course, o.title, o.term, o.time_zone] for o in found)
    listing(m.as_json, map(plain, found), heads, rows)


@command(classes, without=("courses",))
async def show(m: Managers, offering: OfferingId) -> None:
    """One class: its dates, how many are in it, its sections, and which version of the course it sees."""

    page = await m.classes.page(m.actor, offering)
    if m.as_json:
        return line(page.as_json())
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


@command(classes, without=("courses",))
async def change(
    m: Managers,
    offering: OfferingId,
    title: Annotated[str | None, typer.Option()] = None,
    term: Annotated[str | None, typer.Option()] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone")] = None,
    contact: Annotated[str | None, typer.Option(help="Empty: nobody.")] = None,
    begins: Annotated[str | None, typer.Option(help="Empty: no bound.")] = None,
    ends: Annotated[str | None, typer.Option(help="Empty: no bound.")] = None,
) -> None:
    """Change title, term, time zone, contact, first or last day; it holds from the next request on."""
    from codegym_jlab.records import plain

    fields: dict[str, Any] = {"title": title, "term": term, "time_zone": time_zone}
    fields = {name: value for name, value in fields.items() if value is not None}
    if contact is not None:
        fields["contact"] = contact or None
    zone = time_zone or (await m.classes.page(m.actor, offering)).offering.time_zone
    fields |= {n: _day(t, zone, f"--{n}") for n, t in (("begins", begins), ("ends", ends)) if t is not None}
    if not fields:
        wrong_use("nothing is to be changed: give --title, --term, --time-zone, --contact, --begins or --ends")
    changed = await m.classes.change(m.actor, offering, fields)
    if m.as_json:
        return line(plain(changed))
    out.print(f"{changed.id} is changed")


@command(classes, without=("courses",))
async def members(
    m: Managers,
    offering: OfferingId,
    section: Section = None,
    role: Annotated[str | None, typer.Option(help="Only student, grader or instructor.")] = None,
    former: Annotated[bool, typer.Option("--former", help="Those who left, too.")] = False,
) -> None:
    """Who is in a class, in which role and section, since when."""
    from codegym_jlab.records import plain

    found = [one for one in await m.classes.members(m.actor, offering) if former or one.ended_at is None]
    found = [one for one in found if section in (None, one.section) and role in (None, one.role)]
    heads = ["account", "role", "section", "since", "left"]
    rows = ([o.account or ERASED, o.role, o.section, moment(o.since), moment(o.ended_at)] for o in found)
    listing(m.as_json, map(plain, found), heads, rows, end=f"{len(found)} people")


@command(classes, without=("courses",))
async def enrol(
    m: Managers,
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
) -> None:
    """Enrol people, or move them to another role or section; all of them or, where anything is wrong, nobody.

    A table has a line of heads, with `account` and, where they differ, `role` and `section`; what else it has is not
    read. It may come from a spreadsheet: commas, semicolons or tabs.
    """
    from codegym_jlab.classes.rosters import Defaults, UnfitTable, joining_of, read_roster

    named = table_in(who)
    try:
        joinings = (
            read_roster(text_of(named), named, Defaults(role, section)) if named else joining_of(who, role, section)
        )
    except UnfitTable as error:
        wrong_use("nobody was enrolled", error.errors)
    how = {"leave_others": leave_others, "dry_run": dry_run}
    _show_enlisted(m, await m.classes.enlist(m.actor, offering, joinings, **how), dry_run)


@command(classes, without=("courses",))
async def leave(
    m: Managers,
    offering: OfferingId,
    who: Annotated[list[str], typer.Argument(metavar="ACCOUNT…")],
    dry_run: DryRun = False,
) -> None:
    """End enrolments. What they did stays, and is theirs again if they are enrolled anew."""
    from codegym_jlab.store.classes import Joining

    there = {one.account for one in (await m.classes.page(m.actor, offering)).members}
    if unknown := [name for name in who if name not in there]:
        wrong_use(f"nobody called {unknown[0]!r} is in {offering}")
    leaving = [Joining(name, None) for name in who]
    _show_enlisted(m, await m.classes.enlist(m.actor, offering, leaving, dry_run=dry_run), dry_run)


def _show_enlisted(m: Managers, done: Sequence[Enlisted], dry_run: bool) -> None:
    if m.as_json:
        return lines({**one.as_json(), "changes": one.changes, "dry_run": dry_run} for one in done)
    changing = [one for one in done if one.changes]
    if changing:
        rows = ([one.account, _place(one.before), "→", _place(one.after)] for one in changing)
        table(["account", "was", "", "is" if not dry_run else "would be"], rows)
    new, left = sum(one.before is None for one in changing), sum(one.after is None for one in changing)
    moved = sum(one.before is not None and one.after is not None for one in changing)
    nothing = "; nothing was done" if dry_run else ""
    out.print(f"{new} new, {left} left, {moved} moved, {len(done) - len(changing)} as they were{nothing}")


def _place(at: tuple[str, str] | None) -> str:
    return "–" if at is None else f"{at[0]}, section {at[1]}" if at[1] else at[0]


def _day(text: str, zone: str, what: str) -> datetime | None:
    return instant(text, zone, what, latest=what == "--ends") if text else None
