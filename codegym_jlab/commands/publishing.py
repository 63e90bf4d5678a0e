"""`codegym publish` and `codegym class versions`: what a class sees, frozen until something else is published."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Records, Unsafe, load, sandboxed
from .overseeing import OfferingId, classes
from .teaching import Account, Desk, at_desk
from .terminal import AsJson, complain, line, lines, moment, out, table, wrong_use

if TYPE_CHECKING:
    from ..course.loader import LoadedCourse


def publish(
    course_dir: Annotated[
        Path | None, typer.Argument(metavar="[COURSE_DIR]", help="The folder that holds course.yaml.")
    ] = None,
    offering: Annotated[
        str, typer.Option(help="The class. Default: the only one of this course.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option(help="What is new, for your colleagues.")] = "",
    version: Annotated[
        str, typer.Option(metavar="DIGEST", help="Go back to this one: its beginning, as --list shows it.")
    ] = "",
    list_: Annotated[bool, typer.Option("--list", help="Only list what was published.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change for the class.")] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Do not run solutions and starters first: quicker.")
    ] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Publish though `codegym check` finds something.")] = False,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Freeze a course for a class: students see just this, from their next request on, until you publish again.

    First the course is checked as `codegym check --no-mutants` does; what has mistakes is not published.
    """
    if list_ or version:
        if not offering and course_dir is None:
            wrong_use("name the class: --offering ID")
        if version and (dry_run or list_):
            wrong_use("--version goes with neither --list nor --dry-run")
        id = offering or at_desk(records, account, lambda d: _only_class(d, load(_folder(course_dir)).id))
        return _list(id, account, records, as_json) if list_ else _go_back(id, version, note, account, records, as_json)
    loaded = load(_folder(course_dir))
    if loaded.errors or loaded.broken:
        complain("this course has mistakes, and is not published")
        raise typer.Exit(1)
    id = offering or at_desk(records, account, lambda d: _only_class(d, loaded.id))
    changes = at_desk(records, account, lambda d: d.publisher.compare(d.actor, id, loaded.root))
    if dry_run:
        return _tell_changes(id, changes, as_json)
    if not changes:
        return _nothing_new(id, as_json)
    if not no_check and (found := asyncio.run(_checked(loaded, allow_unsafe_sandbox))):
        for told in found:
            complain(told)
        if not anyway:
            complain(f"{len(found)} findings; nothing was published (--anyway publishes all the same)")
            raise typer.Exit(1)
    _publish(id, loaded, note, account, records, as_json)


def _publish(offering: str, loaded: LoadedCourse, note: str, account: str, records: str, as_json: bool) -> None:
    from ..course.frozen import CannotFreeze

    async def do(d: Desk) -> dict[str, Any]:
        from ..grading.class_json import publication_json

        try:
            made = await d.publisher.publish(d.actor, offering, loaded.root, note, checked=loaded.digest)
        except CannotFreeze as error:
            for told in error.errors:
                complain(told)
            complain(str(error))
            raise typer.Exit(1) from None
        return publication_json(made, await d.classes.names(d.actor, offering))

    _tell_published(offering, at_desk(records, account, do), as_json)


def _go_back(offering: str, version: str, note: str, account: str, records: str, as_json: bool) -> None:
    async def do(d: Desk) -> dict[str, Any]:
        from ..grading.class_json import publication_json

        made = await d.publisher.go_back(d.actor, offering, version, note)
        return publication_json(made, await d.classes.names(d.actor, offering))

    _tell_published(offering, at_desk(records, account, do), as_json)


@classes.command()
def versions(offering: OfferingId, account: Account = "", records: Records = "", as_json: AsJson = False) -> None:
    """What was published for a class, by whom, when and why; the newest, which is in force, first."""
    _list(offering, account, records, as_json)


def _list(offering: str, account: str, records: str, as_json: bool) -> None:
    from ..grading.class_json import publication_json

    async def do(d: Desk) -> list[dict[str, Any]]:
        names = await d.classes.names(d.actor, offering)
        return [publication_json(one, names) for one in await d.publisher.publications(d.actor, offering)]

    found = at_desk(records, account, do)
    if as_json:
        return lines(found)
    rows = (
        [
            str(p["number"]),
            p["version"][:12],
            moment(datetime.fromisoformat(p["published_at"])),
            p["published_by"] or "",
            p["note"],
            "; ".join(p["changes"][:3]) + (f" and {len(p['changes']) - 3} more" if len(p["changes"]) > 3 else ""),
        ]
        for p in found
    )
    table(["number", "version", "when", "by", "note", "changed"], rows)
    if not found:
        out.print("Nothing is published yet.")


async def _only_class(d: Desk, course: str) -> str:
    found = [o.id for o in await d.classes.offerings(d.actor) if o.course == course and not o.id.startswith("local:")]
    if len(found) != 1:
        known = f"there are {', '.join(found)}" if found else "there is none: codegym class new"
        wrong_use(f"name the class of {course}, --offering ID; {known}")
    return found[0]


async def _checked(loaded: LoadedCourse, unsafe: bool) -> list[str]:
    """What `codegym check` finds, mutants aside: a line each."""
    from ..authoring.check import shortcomings

    async with sandboxed(unsafe) as sandbox:
        return await shortcomings(loaded, sandbox)


def _folder(course_dir: Path | None) -> Path:
    if course_dir is None:
        wrong_use("name the course: codegym publish COURSE_DIR")
    return course_dir


def _tell_changes(offering: str, changes: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        return line({"offering": offering, "changes": list(changes), "dry_run": True})
    for one in changes:
        out.print(f"  {one}")
    out.print("Nothing was published." if changes else f"{offering} sees just this already.")


def _nothing_new(offering: str, as_json: bool) -> None:
    if as_json:
        return line({"offering": offering, "changes": [], "number": None})
    out.print(f"{offering} sees just this already: nothing was published.")


def _tell_published(offering: str, made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return line({"offering": offering, **made})
    for one in made["changes"]:
        out.print(f"  {one}")
    out.print(f"{offering} sees version {made['version'][:12]} from now on: its publication {made['number']}.")
    out.print(f"To go back: codegym publish --offering {offering} --list, then --version DIGEST.")
