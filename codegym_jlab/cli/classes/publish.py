"""`codegym publish` and `codegym class versions`: what a class sees, frozen until something else is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Option

from codegym_jlab.store.classes import Publication

from ..command import AnyCourseDir, DryRun, Managers, OfferingId, Unsafe, classes, command, flag, sandboxed, usable
from ..output import err, fail, failing_on, listing, say, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse


@command(None, act="publish")
async def publish(
    m: Managers,
    course_dir: AnyCourseDir = None,
    offering: str = Option("", help="The class. Default: the only one of this course.", show_default=False),
    note: str = Option("", help="What is new, for your colleagues."),
    version: str = Option(
        "", metavar="DIGEST", help="Go back to this version: its first characters, as in `codegym class versions`."
    ),
    dry_run: DryRun = False,
    anyway: bool = flag("--anyway", "Do not run solutions and starters first."),
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Publish a course for a class: students see exactly this version, from their next request on.

    First the course is checked as `codegym check --no-mutants` does; a course with mistakes is not published.
    """
    from codegym_jlab.course.snapshot import CannotFreeze

    if course_dir is None and not (version and offering):
        wrong_use("name the course: codegym publish COURSE_DIR; to go back: --offering ID --version DIGEST")
    loaded = usable(course_dir, whole=True) if course_dir is not None else None
    id = offering or await _only_class(m, loaded.id if loaded else "")
    if version and not dry_run:
        return await _show_published(m, id, await m.publisher.go_back(m.actor, id, version, note))
    changes = await m.publisher.compare(m.actor, id, loaded.root if loaded and not version else None, version)
    told = {"offering": id, "changes": list(changes)} | ({"dry_run": True} if dry_run else {"number": None})
    if not changes:
        return say(told, f"{id} already has exactly this version: nothing was published.")
    if dry_run:
        return say(told)
    assert loaded is not None
    if not anyway:
        await _check(loaded, allow_unsafe_sandbox)
    with failing_on(CannotFreeze):
        made = await m.publisher.publish(m.actor, id, loaded.root, note, checked=loaded.digest)
    await _show_published(m, id, made)


async def _check(loaded: LoadedCourse, unsafe: bool) -> None:
    from codegym_jlab.authoring.check import shortcomings

    async with sandboxed(unsafe) as sandbox:
        found = await shortcomings(loaded, sandbox)
    for one in found:
        err.print(one)
    if found:
        fail(f"{len(found)} findings; nothing was published (to publish it anyway: --anyway)")


@command(classes)
async def versions(m: Managers, offering: OfferingId) -> None:
    """List what was published for a class, by whom, when and why; first the newest, which is current."""
    names = await m.classes.names(m.actor, offering)
    found = [names.publication_json(one) for one in await m.publisher.publications(m.actor, offering)]
    end = "" if found else "Nothing is published yet."
    columns = "number version published_at published_by note changes"
    listing(found, columns, version=lambda one: one["version"][:12], end=end)


async def _only_class(m: Managers, course: str) -> str:
    found = [o.id for o in await m.classes.offerings(m.actor) if o.course == course and not o.id.startswith("local:")]
    if len(found) != 1:
        known = f"there are {', '.join(found)}" if found else "there is none: codegym class new"
        wrong_use(f"name the class of {course}, --offering ID; {known}")
    return found[0]


async def _show_published(m: Managers, offering: str, publication: Publication) -> None:
    say({"offering": offering, **(await m.classes.names(m.actor, offering)).publication_json(publication)})
