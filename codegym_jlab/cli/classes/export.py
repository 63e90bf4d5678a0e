"""`codegym export scores`: a class's scores for other systems: CSV, Moodle's, Gradescope's, or LTI's score objects."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import Annotated, TextIO

import typer

from ..command import Managers, OfferingId, Section, command
from ..output import complain, wrong_use

export = typer.Typer(name="export", help="Scores, for other systems.", no_args_is_help=True)


@command(export, without=("account", "as_json"))
async def scores(
    m: Managers,
    offering: OfferingId,
    csv_file: Annotated[
        typer.FileTextWrite | None,
        typer.Option("--csv", metavar="FILE", encoding="utf-8", help="A row a student; - to see it."),
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="With --csv: a row for each student and exercise.")] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="With --csv: begin with a mark, which Excel needs for UTF-8.")
    ] = False,
    lti: Annotated[
        typer.FileTextWrite | None,
        typer.Option(metavar="FILE", encoding="utf-8", help="Line items and scores of LTI AGS 2.0; - to see them."),
    ] = None,
    lti_users: Annotated[
        typer.FileText | None,
        typer.Option(
            metavar="FILE.csv",
            encoding="utf-8-sig",
            help="Rows `account,userId`: LTI's ids; default: the accounts are these.",
        ),
    ] = None,
    moodle: Annotated[
        typer.FileTextWrite | None,
        typer.Option(
            metavar="FILE", encoding="utf-8", help="For Moodle's import of grades: a unit a grade item; - to see it."
        ),
    ] = None,
    gradescope: Annotated[
        typer.FileTextWrite | None,
        typer.Option(
            metavar="FILE", encoding="utf-8", help="A unit, as Gradescope exports an assignment; - to see it."
        ),
    ] = None,
    unit: Annotated[str, typer.Option(help="With --gradescope: the unit.")] = "",
    section: Section = None,
) -> int:
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
        csv_file.write(("\ufeff" if bom else "") + csv_text(book.long() if long else book.wide()))
    elif moodle is not None:
        moodle.write(csv_text(book.moodle()))
    elif gradescope is not None:
        try:
            gradescope.write(csv_text(book.gradescope(book.course.unit(unit))))
        except KeyError:
            wrong_use(f"the course has no unit `{unit}`")
    elif lti is not None:
        items = book.lti(datetime.now(UTC), users)
        lti.write(json.dumps({"lineitems": items}, indent=1, ensure_ascii=False) + "\n")
    unknown = [] if users is None else [s.account for s in book.students if s.account not in users]
    for account in unknown:
        complain(f"--lti-users has no userId for {account}: left out")
    return 1 if unknown else 0


def _users(file: TextIO) -> dict[str, str]:
    try:
        rows = list(csv.reader(file))
    except UnicodeDecodeError as error:
        wrong_use(f"--lti-users cannot be read: {error}")
    odd = [number for number, row in enumerate(rows, 1) if row and (len(row) != 2 or not all(row))]
    if odd:
        wrong_use(f"--lti-users, line {odd[0]}: write `account,userId`")
    return dict(row for row in rows if row)
