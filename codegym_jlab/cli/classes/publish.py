"""`codegym publish` and `codegym class versions`: what a class sees, frozen until something else is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..command import AnyCourseDir, DryRun, Managers, OfferingId, Unsafe, classes, command, load, sandboxed
from ..output import complain, err, line, listing, moment, out, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.store.classes import Publication


@command(None, without=("courses",))
async def publish(
    m: Managers,
    course_dir: AnyCourseDir = None,
    offering: Annotated[
        str, typer.Option(help="The class. Default: the only one of this course.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option(help="What is new, for your colleagues.")] = "",
    version: Annotated[
        str,
        typer.Option(
            metavar="DIGEST", help="Go back to this one: its beginning, as `codegym class versions` shows it."
        ),
    ] = "",
    dry_run: DryRun = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Do not run solutions and starters first: quicker.")
    ] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Publish though `codegym check` finds something.")] = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Freeze a course for a class: students see just this, from their next request on, until you publish again.

    First the course is checked as `codegym check --no-mutants` does; what has mistakes is not published.
    """
    if version and dry_run:
        wrong_use("--version and --dry-run do not go together")
    if course_dir is None and not version:
        wrong_use("name the course: codegym publish COURSE_DIR")
    if course_dir is None and not offering:
        wrong_use("name the class: --offering ID")
    loaded = load(course_dir) if course_dir is not None else None
    id = offering or await _only_class(m, loaded.id if loaded else "")
    if version:
        return await _show_published(m, id, await m.publisher.go_back(m.actor, id, version, note))
    assert loaded is not None
    if loaded.errors or loaded.broken:
        complain("this course has mistakes, and is not published")
        raise typer.Exit(1)
    changes = await m.publisher.compare(m.actor, id, loaded.root)
    if dry_run:
        return _show_changes(m, id, changes, {"dry_run": True}, "Nothing was published.")
    if not changes:
        return _show_changes(m, id, changes, {"number": None}, "")
    if not no_check:
        await _check(loaded, anyway, allow_unsafe_sandbox)
    await _publish(m, id, loaded, note)


async def _check(loaded: LoadedCourse, anyway: bool, unsafe: bool) -> None:
    from codegym_jlab.authoring.check import shortcomings

    async with sandboxed(unsafe) as sandbox:
        found = await shortcomings(loaded, sandbox)
    for one in found:
        err.print(one)
    if found and not anyway:
        complain(f"{len(found)} findings; nothing was published (--anyway publishes all the same)")
        raise typer.Exit(1)


async def _publish(m: Managers, offering: str, loaded: LoadedCourse, note: str) -> None:
    from codegym_jlab.course.snapshot import CannotFreeze

    try:
        made = await m.publisher.publish(m.actor, offering, loaded.root, note, checked=loaded.digest)
    except CannotFreeze as error:
        for one in (*error.errors, str(error)):
            complain(one)
        raise typer.Exit(1) from None
    await _show_published(m, offering, made)


@command(classes, without=("courses",))
async def versions(m: Managers, offering: OfferingId) -> None:
    """What was published for a class, by whom, when and why; the newest, which is in force, first."""
    published = await m.publisher.publications(m.actor, offering)
    found = [await _as_json(m, offering, one) for one in published]
    rows = (
        [
            str(p["number"]),
            p["version"][:12],
            moment(p["published_at"]),
            p["published_by"] or "",
            p["note"],
            "; ".join(p["changes"][:3]) + (f" and {len(p['changes']) - 3} more" if len(p["changes"]) > 3 else ""),
        ]
        for p in found
    )
    end = "" if found else "Nothing is published yet."
    listing(m.as_json, found, ["number", "version", "when", "by", "note", "changed"], rows, end=end)


async def _as_json(m: Managers, offering: str, one: Publication) -> dict[str, Any]:

    return (await m.classes.names(m.actor, offering)).publication_json(one)


async def _only_class(m: Managers, course: str) -> str:
    found = [o.id for o in await m.classes.offerings(m.actor) if o.course == course and not o.id.startswith("local:")]
    if len(found) != 1:
        known = f"there are {', '.join(found)}" if found else "there is none: codegym class new"
        wrong_use(f"name the class of {course}, --offering ID; {known}")
    return found[0]


def _show_changes(m: Managers, offering: str, changes: Sequence[str], more: dict[str, Any], end: str) -> None:
    if m.as_json:
        return line({"offering": offering, "changes": list(changes), **more})
    for one in changes:
        out.print(f"  {one}")
    out.print(end if changes else f"{offering} sees just this already: nothing was published.")


async def _show_published(m: Managers, offering: str, publication: Publication) -> None:
    made = await _as_json(m, offering, publication)
    if m.as_json:
        return line({"offering": offering, **made})
    for one in made["changes"]:
        out.print(f"  {one}")
    out.print(f"{offering} sees version {made['version'][:12]} from now on: its publication {made['number']}.")
    out.print(
        f"To go back: codegym class versions {offering}, then codegym publish --offering {offering} --version DIGEST."
    )
