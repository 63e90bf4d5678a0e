"""`codegym import`: notebooks that were handed in elsewhere become submissions of their students."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer import Argument, Option

from codegym_jlab.records import Json, is_local

from ..command import Account, DryRun, NoJudge, OfferingId, Records, instant, opened, records_at
from ..flows import carried_out, how_to_go_on, until_stopped, working
from ..output import AsJson, complain, fail, for_programs, harmless, line, moment, out, table, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.bulk.inputs import ImportOrder
    from codegym_jlab.classes.imports.notebook_sources import Handed, Source
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.store import Store


def import_(
    offering: OfferingId,
    source: Path = Argument(metavar="FOLDER_OR_ZIP", help="Where the notebooks lie."),
    received_at: str = Option(
        "", metavar="TIME", help="When what says nothing itself was received; `file`: each file's own time."
    ),
    says: Path | None = Option(
        None, "--table", metavar="FILE.csv", help="Whose files are: file, account, received_at."
    ),
    reason: str = Option("", help="Why staff hand this in; it is kept."),
    dry_run: DryRun = False,
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Hand in students' notebooks that came another way: a folder or zip of them, nbgrader's `submitted`, a table.

    Each answer that was begun is stored for its student and judged by what is published for the class. The same again
    adds nothing; begun and stopped, it goes on where it was. What cannot be taken is told, and the rest goes on.
    """
    if not dry_run and not reason.strip():
        wrong_use("give --reason TEXT: it is kept with what you hand in; or --dry-run, to look")
    from codegym_jlab.bulk.inputs import ImportOrder

    place, table = records_at(records), str(says.resolve()) if says else ""
    typed = ImportOrder(str(source.resolve()), "", offering, "", reason.strip(), received_at, table)
    if dry_run:
        until_stopped(_look(place, typed), "nothing was stored")
    until_stopped(_import(place, typed, account), "to go on, give the same command again")


async def _found(store: Store, typed: ImportOrder) -> tuple[ImportOrder, LoadedCourse, Source]:
    """The order as typed made whole, but for who gives it; into what, and from where. What cannot be is wrong use."""
    from codegym_jlab.bulk.imports import source_of
    from codegym_jlab.classes.imports.notebook_sources import UnfitSource
    from codegym_jlab.classes.rosters import UnfitTable
    from codegym_jlab.course.loader import digest_of_file
    from codegym_jlab.grading.admission import Versions

    offering = await store.offering(typed.offering)
    if offering is None or is_local(typed.offering):
        wrong_use(f"there is no class {typed.offering}: codegym class list; one's own computer is none")
    published = await store.publications(typed.offering)
    if not published:
        wrong_use(f"nothing is published for the class {typed.offering}: codegym publish COURSE_DIR")
    received = typed.received_at
    if received and received != "file":
        received = instant(received, offering.time_zone, "--received-at").isoformat()
    try:
        digest = digest_of_file(Path(typed.table)) if typed.table else ""
    except OSError as error:
        wrong_use(f"{typed.table} cannot be read ({error.strerror})")
    order = replace(typed, course_digest=published[0].version, received_at=received, table_digest=digest)
    versions = Versions(store)
    try:
        loaded = await versions.course(order.course_digest)
        return order, loaded, await source_of(store, order, loaded)
    except UnfitTable as error:
        wrong_use("nothing was imported", error.errors)
    except UnfitSource as error:
        wrong_use(str(error))
    finally:
        versions.close()


async def _look(records: Path | str, typed: ImportOrder) -> int:
    from codegym_jlab.bulk.inputs import ImportTally
    from codegym_jlab.classes.imports.import_notebooks import Importing
    from codegym_jlab.classes.imports.notebook_sources import Unreadable

    tally = ImportTally()
    async with opened(records) as store:
        _, loaded, source = await _found(store, typed)
        importing = Importing(store, loaded, NoJudge(), typed.offering, who="")
        tally.passed_over = source.passed_over
        for one in source.notebooks:
            row: Json = {"key": one.key, "answers": []}
            try:
                if one.problem:
                    raise Unreadable(one.problem)
                row["answers"] = [each.as_json() for each in await importing.look(source, one)]
            except Unreadable as error:
                row["error"] = str(error)
            tally.count(row)
        await importing.close()
    _print_rows(source, tally.as_json(), {"dry_run": True})
    return 1 if tally.refused else 0


async def _import(records: Path | str, typed: ImportOrder, account: str) -> int:
    from codegym_jlab.store.audit import Act, acting

    async with working(records) as at:
        order, _, source = await _found(at.store, typed)
        who = await at.store.make_person(typed.offering, account or getpass.getuser())
        order = replace(order, who=who)
        act = Act(account or getpass.getuser(), "import", typed.offering, {"notebooks": len(source.notebooks)})
        async with acting(at.store, act):
            await at.store.note_act()  # the flow goes on whatever becomes of this command
            flow = await carried_out(at.place, order, len(source.notebooks), "imported")
    if flow.result is None:
        fail(how_to_go_on(flow))
    _print_rows(source, flow.result, {"flow": flow.id, "state": flow.state})
    return 1 if flow.result["refused"] else 0


def _print_rows(source: Source, result: Mapping[str, Any], named: Mapping[str, Any]) -> None:
    """Names are put to the rows only here: where flows are kept there are none."""
    handed = {one.key: one for one in source.notebooks}
    rows = sorted(result["rows"], key=lambda row: _path(handed, row))
    counts = {name: value for name, value in result.items() if name != "rows"}
    if for_programs():
        for row in rows:
            line(_row(handed.get(row["key"]), row))
        return line({**named, **counts})
    taken = (_words(handed.get(row["key"]), row) for row in rows if "error" not in row)
    table(["file", "student", "received", "answers"], taken)
    for row in rows:
        if "error" in row:
            complain(f"{harmless(_path(handed, row))}: {row['error']}")
        for answer in row["answers"]:
            if "error" in answer:
                complain(f"{harmless(_path(handed, row))}: {answer['exercise']}: {answer['error']}")
    new = sum(answer["did"] == "new" for row in rows for answer in row["answers"])
    did = f"{new} answers would be imported" if "dry_run" in named else f"{counts['imported']} answers imported"
    out.print(
        f"{counts['notebooks']} notebooks: {did}, {counts['there']} there already, {counts['refused']} refused; "
        f"{counts['passed_over']} other files not looked at"
    )


def _path(handed: Mapping[str, Handed], row: Mapping[str, Any]) -> str:
    one = handed.get(row["key"])
    return one.path if one is not None else f"(changed or gone: {row['key']})"


def _row(one: Handed | None, row: Mapping[str, Any]) -> Json:
    facts = {name: value for name, value in row.items() if name not in ("key", "unit")}
    if one is None:
        return {"file": None, **facts}
    received = one.received_at.isoformat() if one.received_at else None
    place = {"file": one.path, "account": one.account or None, "unit": one.unit or None}
    return {**place, "received_at": received, **facts}


def _words(one: Handed | None, row: Mapping[str, Any]) -> list[str]:
    answers = ", ".join(_answer(answer) for answer in row["answers"]) or "none was begun"
    return [harmless(one.path), one.account, moment(one.received_at), answers] if one else ["", "", "", answers]


def _answer(answer: Mapping[str, Any]) -> str:
    late = " late" if "late_s" in answer else ""
    points = f" {answer['verdict']} {answer['score']:g}/{answer['max_score']:g}{late}" if "verdict" in answer else ""
    return f"{answer['exercise']}{points}{' (there)' if answer['did'] == 'there' else ''}"
