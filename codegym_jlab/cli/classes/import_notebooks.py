"""`codegym import`: notebooks that were handed in elsewhere become submissions of their students."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Argument, Option

from codegym_jlab.records import Json, digest_of, is_local, without

from ..command import Account, DryRun, NoJudge, OfferingId, Records, instant, opened, published, records_at
from ..flows import carried_out, how_to_go_on, until_stopped, working
from ..output import AsJson, fail, listing, say, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.bulk.steps import ImportOrder
    from codegym_jlab.classes.imports.notebook_sources import Source
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.store import Store


def import_(
    offering: OfferingId,
    source: Path = Argument(metavar="FOLDER_OR_ZIP", help="The folder or zip with the notebooks."),
    received_at: str = Option("", metavar="TIME", help="When they were received, if neither table nor folder says so."),
    says: Path | None = Option(
        None, "--table", metavar="FILE.csv", help="Whose each file is: file, account, received_at."
    ),
    reason: str = Option("", help="Why staff hand this in; it is recorded."),
    dry_run: DryRun = False,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Import students' notebooks from elsewhere: a folder or zip of them, nbgrader's `submitted`, a table.

    Each answer that was begun is stored for its student and judged by what is published for the class. The same again
    adds nothing; begun and stopped, it goes on where it was. What cannot be taken is told, and the rest goes on.
    """
    if not dry_run and not reason.strip():
        wrong_use("add --reason TEXT, which is recorded with what you hand in; or --dry-run, to look first")
    from codegym_jlab.bulk.steps import ImportOrder

    place, table = records_at(records), str(says.resolve()) if says else ""
    typed = ImportOrder(str(source.resolve()), "", offering, "", reason.strip(), received_at, table)
    if dry_run:
        until_stopped(_look(place, typed), "nothing was stored")
    until_stopped(_import(place, typed, account), "to go on, give the same command again")


async def _found(store: Store, typed: ImportOrder) -> tuple[ImportOrder, LoadedCourse, Source]:
    """The order as typed made whole, but for who gives it; into what, and from where. What cannot be is wrong use."""
    from codegym_jlab.bulk.steps import source_of
    from codegym_jlab.classes.imports.notebook_sources import UnfitSource
    from codegym_jlab.classes.rosters import UnfitTable

    offering = await store.offering(typed.offering)
    if offering is None or is_local(typed.offering):
        wrong_use(f"there is no class {typed.offering}: see codegym class list; your own computer is not a class")
    loaded = await published(store, typed.offering)
    received = typed.received_at and instant(typed.received_at, offering.time_zone, "--received-at").isoformat()
    try:
        digest = digest_of(Path(typed.table)) if typed.table else ""
    except OSError as error:
        wrong_use(f"{typed.table} cannot be read ({error.strerror})")
    order = replace(typed, course_digest=loaded.digest, received_at=received, table_digest=digest)
    try:
        return order, loaded, await source_of(store, order, loaded)
    except UnfitTable as error:
        wrong_use("nothing was imported", error.errors)
    except UnfitSource as error:
        wrong_use(str(error))


async def _look(records: Path | str, typed: ImportOrder) -> int:
    from codegym_jlab.bulk.steps import ImportTally
    from codegym_jlab.classes.imports.import_notebooks import Importing

    tally = ImportTally()
    async with opened(records) as store:
        _, loaded, source = await _found(store, typed)
        importing = Importing(store, loaded, NoJudge(), typed.offering, who="")
        tally.passed_over = source.passed_over
        for one in source.notebooks:
            tally.count(await importing.row(source, one, dry_run=True))
        await importing.close()
    _print_rows(source, tally.as_json(), {"dry_run": True})
    return 1 if tally.refused else 0


async def _import(records: Path | str, typed: ImportOrder, account: str) -> int:
    from codegym_jlab.store.audit import Act

    who = account or getpass.getuser()
    async with working(records) as at:
        order, _, source = await _found(at.store, typed)
        order = replace(order, who=await at.store.make_person(typed.offering, who))
        count = len(source.notebooks)
        act = Act(who, "import", typed.offering, {"notebooks": count})
        flow = await carried_out(at, act, order, count, "imported")
    if flow.result is None:
        fail(how_to_go_on(flow))
    _print_rows(source, flow.result, {"flow": flow.id, "state": flow.state})
    return 1 if flow.result["refused"] else 0


def _print_rows(source: Source, result: Json, named: Json) -> None:
    """Names are put to the rows only here: where flows are kept there are none."""
    from codegym_jlab.classes.imports.import_notebooks import named_row

    handed = {one.key: one for one in source.notebooks}
    rows = sorted((named_row(handed.get(row["key"]), row) for row in result["rows"]), key=lambda row: row["file"] or "")
    columns = "file account received_at answers error"
    listing(rows, columns, answers=lambda row: [*map(_answer, row["answers"])], error=lambda row: row.get("error"))
    say(named | without(result, "rows"))


def _answer(answer: Json) -> str:
    late = " late" if "late_s" in answer else ""
    points = f" {answer['verdict']} {answer['score']:g}/{answer['max_score']:g}{late}" if "verdict" in answer else ""
    told = f"{answer['exercise']}{points}{' (there)' if answer['did'] == 'there' else ''}"
    return f"{told}: {answer['error']}" if "error" in answer else told
