"""`codegym class new | list | show | members | change | enrol | leave`: the classes, and who is in them."""

import re
from datetime import datetime
from typing import Annotated, Any

from typer import Argument, Option

from codegym_jlab.classes.rosters import UnfitTable, joining_of, read_roster
from codegym_jlab.records import NAME_PATTERN, without_nulls
from codegym_jlab.store.classes import Joining, Offering

from ..command import ALL, ERASED, DryRun, Managers, OfferingId, classes, command, flag, instant, table_in, text_of
from ..output import for_programs, listing, moment, print_changes, say, wrong_use

MOVED = "account before after"


@command(classes, make=True, act="make")
async def new(
    m: Managers,
    course: Annotated[str, Argument(metavar="COURSE", help="The course's id.")],
    term: Annotated[str, Option(help="autumn-2026")],
    time_zone: Annotated[str, Option(help="For the class's dates: Europe/Berlin, America/New_York, …")],
    id: str = Option("", help="Default: COURSE-TERM.", show_default=False),
    instructor: list[str] | None = Option(None, help="An account; may be given more than once."),
    begins: str = Option("", help="Nothing opens earlier, unless the policy says so: 2026-10-12T08:00."),
    ends: str = Option("", help="Nothing is accepted later, unless the policy says so: 2027-02-05T23:59."),
) -> None:
    """Create a class: a course held for one group. Students see it after you run `codegym publish` for it.

    `codegym class change` gives it another title, and a contact.
    """
    name = id or f"{course}-{re.sub(r'[^A-Za-z0-9_-]+', '-', term).strip('-')}"
    for text, what in ((name, "--id"), (course, "the course's id")):
        if not re.fullmatch(NAME_PATTERN, text):
            wrong_use(f"{what} {text!r}: use only letters, digits, - and _")
    first, last = _day(begins, time_zone, "--begins"), _day(ends, time_zone, "--ends")
    made = Offering(name, course, f"{course} {term}", term, time_zone, begins=first, ends=last)
    await m.classes.make(m.actor, made, instructor or ())
    say(
        made,
        f"{made.id} is made. Next:",
        f"  codegym class enrol {made.id} LIST.csv        # a table with account, name, role, section",
        f"  codegym publish COURSE_DIR --offering {made.id}",
    )


@command(classes, "list")
async def list_(m: Managers) -> None:
    """List all classes in the records, including this computer's own (local:COURSE)."""
    listing(await m.classes.offerings(m.actor), "id course title term time_zone")


@command(classes)
async def show(m: Managers, offering: OfferingId) -> None:
    """Show one class: its dates, people, sections, and the version of the course that it sees."""
    page = await m.classes.page(m.actor, offering)
    held = page.offering
    days = {"begins": moment(held.begins, held.time_zone), "ends": moment(held.ends, held.time_zone)}
    say(page if for_programs() else {**page.as_json(), **days})


@command(classes, act="change")
async def change(
    m: Managers,
    offering: OfferingId,
    title: str | None = None,
    term: str | None = None,
    time_zone: str | None = None,
    contact: str | None = Option(None, help="Empty: nobody."),
    begins: str | None = Option(None, help="Empty: no bound."),
    ends: str | None = Option(None, help="Empty: no bound."),
) -> None:
    """Change title, term, time zone, contact, first or last day, from the next request on."""
    given = {"title": title, "term": term, "time_zone": time_zone, "contact": contact, "begins": begins, "ends": ends}
    fields: dict[str, Any] = without_nulls(given)
    zone = time_zone or (await m.classes.page(m.actor, offering)).offering.time_zone
    fields |= {name: _day(fields[name], zone, f"--{name}") for name in ("begins", "ends") if name in fields}
    if not fields:
        wrong_use("nothing to change: give --title, --term, --time-zone, --contact, --begins or --ends")
    say(await m.classes.change(m.actor, offering, fields))


@command(classes)
async def members(
    m: Managers, offering: OfferingId, former: bool = flag("--former", "Include those who left.")
) -> None:
    """List who is in a class, with role and section, and since when."""
    found = [one for one in await m.classes.members(m.actor, offering) if former or one.ended_at is None]
    listing(
        found,
        "account name role section since ended_at",
        end=f"{len(found)} people",
        account=lambda one: one["account"] or ERASED,
        since=lambda one: moment(one["since"]),
    )


@command(classes)
async def audit(
    m: Managers,
    offering: str = Argument("", metavar="[OFFERING]", help="The class; default: all, and acts outside a class."),
) -> None:
    """Show what staff did, the newest first: who, when, what, to whom. The records refuse to change a line."""
    acts = m.classes.acts(m.actor, offering, limit=ALL) if offering else m.store.acts(None, limit=ALL)
    listing(await acts, "done_at offering who act whom what", who=lambda act: act["who"] or ERASED)


@command(classes, act="members")
async def enrol(
    m: Managers,
    offering: OfferingId,
    who: list[str] = Argument(metavar="FILE.csv|ACCOUNT…", help="A table, or accounts; - reads a table."),
    role: str = Option("student", help="student, grader or instructor."),
    section: str = Option("", help="For those who have none in the table."),
    leave_others: bool = flag("--leave-others", "Remove students who are not named; their work stays."),
    dry_run: DryRun = False,
) -> None:
    """Enrol people, or move them to another role or section; all of them or, if anything is wrong, nobody.

    A table has a line of heads, with `account`, maybe `name` (as staff see it) and, where they differ, `role` and
    `section`; what else it has is not read. It may come from a spreadsheet: commas, semicolons or tabs.
    """
    named = table_in(who)
    try:
        joinings = read_roster(text_of(named), named, role, section) if named else joining_of(who, role, section)
    except UnfitTable as error:
        wrong_use("nobody was enrolled", error.errors)
    done = await m.classes.enlist(m.actor, offering, joinings, leave_others=leave_others, dry_run=dry_run)
    print_changes(done, MOVED, dry_run)


@command(classes, act="members")
async def leave(
    m: Managers, offering: OfferingId, who: list[str] = Argument(metavar="ACCOUNT…"), dry_run: DryRun = False
) -> None:
    """Remove people from a class. Their work stays, and they get it back if they are enrolled again."""
    there = {one.account for one in (await m.classes.page(m.actor, offering)).members}
    if unknown := [name for name in who if name not in there]:
        wrong_use(f"nobody called {unknown[0]!r} is in {offering}")
    leaving = [Joining(name, None) for name in who]
    print_changes(await m.classes.enlist(m.actor, offering, leaving, dry_run=dry_run), MOVED, dry_run)


def _day(text: str, zone: str, what: str) -> datetime | None:
    return instant(text, zone, what, latest=what == "--ends") if text else None
