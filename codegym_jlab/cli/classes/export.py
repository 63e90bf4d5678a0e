"""`codegym export scores`: a class's scores for other systems: CSV, Moodle's, Gradescope's, or LTI's score objects."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ..command import Managers, OfferingId, Section, command
from ..output import complain, fail, wrong_use

export = typer.Typer(name="export", help="Scores, for other systems.", no_args_is_help=True)


@command(export, without=("account", "as_json"))
async def scores(
    m: Managers,
    offering: OfferingId,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="A row a student; - to see it.")
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="With --csv: a row for each student and exercise.")] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="With --csv: begin with a mark, which Excel needs for UTF-8.")
    ] = False,
    lti: Annotated[
        Path | None, typer.Option("--lti", metavar="FILE", help="Line items and scores of LTI AGS 2.0; - to see them.")
    ] = None,
    lti_users: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Rows `account,userId`: LTI's ids; default: the accounts are these."),
    ] = None,
    moodle: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For Moodle's import of grades: a unit a grade item; - to see it."),
    ] = None,
    gradescope: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A unit, as Gradescope exports an assignment; - to see it.")
    ] = None,
    unit: Annotated[str, typer.Option(help="With --gradescope: the unit.")] = "",
    section: Section = None,
) -> None:
    """Scores that count, of students who are enrolled now. Text that a spreadsheet would run gets a ' before it."""
    from codegym_jlab.classes.gradebook import csv_text, gradebook
    from codegym_jlab.classes.reports import course_of

    if sum(one is not None for one in (csv_file, lti, moodle, gradescope)) != 1:
        wrong_use("name one of --csv FILE, --moodle FILE, --gradescope FILE and --lti FILE; - for standard output")
    if bool(unit) != (gradescope is not None):
        wrong_use("--gradescope and --unit go together")
    if csv_file is None and (long or bom):
        wrong_use("--long and --bom go with --csv")
    if lti is None and lti_users is not None:
        wrong_use("--lti-users goes with --lti")
    users = None if lti_users is None else _users(lti_users)
    book = await gradebook(m.store, await course_of(m.store, m.places, offering), offering, section)
    if csv_file is not None:
        text = ("\ufeff" if bom else "") + csv_text(book.long() if long else book.wide())
        return _write(csv_file, text)
    if moodle is not None:
        return _write(moodle, csv_text(book.moodle()))
    if gradescope is not None:
        try:
            return _write(gradescope, csv_text(book.gradescope(book.course.unit(unit))))
        except KeyError:
            wrong_use(f"the course has no unit `{unit}`")
    assert lti is not None
    items = book.lti(datetime.now(UTC), users)
    _write(lti, json.dumps({"lineitems": items}, indent=1, ensure_ascii=False) + "\n")
    unknown = [] if users is None else [s.account for s in book.students if s.account not in users]
    for account in unknown:
        complain(f"{lti_users} has no userId for {account}: left out")
    raise typer.Exit(1 if unknown else 0)


def _users(file: Path) -> dict[str, str]:
    try:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        wrong_use(f"{file} cannot be read: {error}")
    odd = [number for number, row in enumerate(rows, 1) if row and (len(row) != 2 or not all(row))]
    if odd:
        wrong_use(f"{file}:{odd[0]}: write `account,userId`")
    return dict(row for row in rows if row)


def _write(file: Path, text: str) -> None:
    if str(file) == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        with file.open("w", encoding="utf-8", newline="") as into:
            into.write(text)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
