"""`codegym class new | list | show | members | change | enrol | leave`: the classes, and who is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from codegym_jlab.records import NAME_PATTERN, Json
from codegym_jlab.store.classes import Joining, Offering

from ..command import ERASED, DryRun, Managers, OfferingId, Section, classes, command, instant, table_in, text_of
from ..output import for_programs, line, listing, moment, out, say, table, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.classes.manager import Enlisted

Role = Annotated[str, Option(help="student, grader or instructor.")]
Zone = Annotated[str, Option("--time-zone", help="Of the class's dates: Europe/Berlin, America/New_York, …")]
Begins = Annotated[str, Option(help="Nothing opens earlier, unless the policy says so: 2026-10-12T08:00.")]
Ends = Annotated[str, Option(help="Nothing is taken later, unless the policy says so: 2027-02-05T23:59.")]


@command(classes, without="courses", make=True, act="make")
async def new(
    m: Managers,
    course: Annotated[str, Argument(metavar="COURSE", help="The course's id.")],
    term: Annotated[str, Option(help="autumn-2026")],
    time_zone: Zone,
    title: str = Option("", help="Default: the course's id and the term.", show_default=False),
    id: str = Option("", "--id", help="Default: COURSE-TERM.", show_default=False),
    instructor: list[str] | None = Option(None, help="An account; may be given more than once."),
    contact: str = Option("", help="Whom students ask: a name with an address or page."),
    begins: Begins = "",
    ends: Ends = "",
) -> None:
    """Make a class: one holding of a course for one group. Students see it once `codegym publish` was run for it."""
    name = id or f"{course}-{re.sub(r'[^A-Za-z0-9_-]+', '-', term).strip('-')}"
    for text, what in ((name, "--id"), (course, "the course's id")):
        if not re.fullmatch(NAME_PATTERN, text):
            wrong_use(f"{what} {text!r}: use letters, digits, - and _ alone")
    first, last = _day(begins, time_zone, "--begins"), _day(ends, time_zone, "--ends")
    made = Offering(name, course, title or f"{course} {term}", term, time_zone, contact or None, first, last)
    await m.classes.make(m.actor, made, instructor or ())
    say(
        made,
        f"{made.id} is made. Next:",
        f"  codegym class enrol {made.id} LIST.csv        # a table with account, role, section",
        f"  codegym publish COURSE_DIR --offering {made.id}",
    )


@command(classes, "list", without="courses")
async def list_(m: Managers) -> None:
    """All classes in the records, that of a computer itself (local:COURSE) among them."""
    found = await m.classes.offerings(m.actor)
    heads = ["class", "course", "title", "term", "time zone"]
    rows = ([o.id, o.course, o.title, o.term, o.time_zone] for o in found)
    listing(found, heads, rows)


@command(classes, without="courses")
async def show(m: Managers, offering: OfferingId) -> None:
    """One class: its dates, how many are in it, its sections, and which version of the course it sees."""
    page = await m.classes.page(m.actor, offering)
    if for_programs():
        return line(page)
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


@command(classes, without="courses", act="change")
async def change(
    m: Managers,
    offering: OfferingId,
    title: str | None = Option(None),
    term: str | None = Option(None),
    time_zone: str | None = Option(None, "--time-zone"),
    contact: str | None = Option(None, help="Empty: nobody."),
    begins: str | None = Option(None, help="Empty: no bound."),
    ends: str | None = Option(None, help="Empty: no bound."),
) -> None:
    """Change title, term, time zone, contact, first or last day; it holds from the next request on."""
    fields: dict[str, Any] = {"title": title, "term": term, "time_zone": time_zone}
    fields = {name: value for name, value in fields.items() if value is not None}
    if contact is not None:
        fields["contact"] = contact or None
    zone = time_zone or (await m.classes.page(m.actor, offering)).offering.time_zone
    fields |= {n: _day(t, zone, f"--{n}") for n, t in (("begins", begins), ("ends", ends)) if t is not None}
    if not fields:
        wrong_use("nothing is to be changed: give --title, --term, --time-zone, --contact, --begins or --ends")
    changed = await m.classes.change(m.actor, offering, fields)
    say(changed, f"{changed.id} is changed")


@command(classes, without="courses")
async def members(
    m: Managers,
    offering: OfferingId,
    section: Section = None,
    role: str | None = Option(None, help="Only student, grader or instructor."),
    former: bool = Option(False, "--former", help="Those who left, too."),
) -> None:
    """Who is in a class, in which role and section, since when."""
    found = [one for one in await m.classes.members(m.actor, offering) if former or one.ended_at is None]
    found = [one for one in found if section in (None, one.section) and role in (None, one.role)]
    heads = ["account", "role", "section", "since", "left"]
    rows = ([o.account or ERASED, o.role, o.section, moment(o.since), moment(o.ended_at)] for o in found)
    listing(found, heads, rows, end=f"{len(found)} people")


@command(classes, without="courses account")
async def audit(
    m: Managers,
    offering: str = Argument("", metavar="[OFFERING]", help="The class; default: every class, and what is of none."),
    as_csv: bool = Option(False, "--csv", help="A table for a spreadsheet, in place of text."),
) -> None:
    """What staff did, the newest first: who, when, what, and on whom. The records refuse to change or lose a line."""
    from codegym_jlab.classes.gradebook import csv_text

    found: list[Json] = []
    while page := await (
        m.classes.acts(m.actor, offering, found[-1]["id"] if found else "")
        if offering
        else m.store.acts(None, found[-1]["id"] if found else "")
    ):
        found += page
    heads = ["when", "class", "who", "act", "on", "what"]
    rows = ([one["done_at"], *_told(one)] for one in found)
    if as_csv:
        return out.print(csv_text([heads, *rows]), end="")
    listing(found, heads, ([moment(row[0]), *row[1:]] for row in rows))


def _told(act: Json) -> list[str]:
    whom = (" ".join(filter(None, (one["name"] or ERASED, one["became"]))) for one in act["whom"])
    what = "; ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in act["what"].items())
    return [act["offering"] or "", act["who"] or ERASED, act["act"], ", ".join(whom), what]


@command(classes, without="courses", act="members")
async def enrol(
    m: Managers,
    offering: OfferingId,
    who: list[str] = Argument(metavar="FILE.csv|ACCOUNT…", help="A table, or accounts; - reads a table."),
    role: Role = "student",
    section: str = Option("", help="Of those for whom the table names none."),
    leave_others: bool = Option(False, "--leave-others", help="Students who are not named leave; what they did stays."),
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
    _show_enlisted(await m.classes.enlist(m.actor, offering, joinings, **how), dry_run)


@command(classes, without="courses", act="members")
async def leave(
    m: Managers, offering: OfferingId, who: list[str] = Argument(metavar="ACCOUNT…"), dry_run: DryRun = False
) -> None:
    """End enrolments. What they did stays, and is theirs again if they are enrolled anew."""
    there = {one.account for one in (await m.classes.page(m.actor, offering)).members}
    if unknown := [name for name in who if name not in there]:
        wrong_use(f"nobody called {unknown[0]!r} is in {offering}")
    leaving = [Joining(name, None) for name in who]
    _show_enlisted(await m.classes.enlist(m.actor, offering, leaving, dry_run=dry_run), dry_run)


def _show_enlisted(done: Sequence[Enlisted], dry_run: bool) -> None:
    if for_programs():
        for one in done:
            line({**one.as_json(), "changes": one.changes, "dry_run": dry_run})
        return
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
