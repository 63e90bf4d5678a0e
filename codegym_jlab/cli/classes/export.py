"""`codegym export scores`: a class's scores for other systems: CSV, Moodle's, Gradescope's, or LTI's score objects."""

import csv
import json
from datetime import UTC, datetime
from typing import Annotated, Any, TextIO

from typer import FileText, FileTextWrite, Option

from ..command import Managers, OfferingId, Section, command, group
from ..output import complain, wrong_use

export = group("export", "Scores, for other systems.")


Written = FileTextWrite | None


def _to_file(help: str, *names: str) -> Any:
    return Option(*names, metavar="FILE", encoding="utf-8", help=help)


@command(export, without="account as_json", act="export")
async def scores(
    m: Managers,
    offering: OfferingId,
    csv_file: Annotated[Written, _to_file("A row a student; - to see it.", "--csv")] = None,
    long: bool = Option(False, "--long", help="With --csv: a row for each student and exercise."),
    bom: bool = Option(False, "--bom", help="With --csv: begin with a mark, which Excel needs for UTF-8."),
    lti: Annotated[Written, _to_file("Line items and scores of LTI AGS 2.0; - to see them.")] = None,
    lti_users: FileText | None = Option(
        None,
        metavar="FILE.csv",
        encoding="utf-8-sig",
        help="Rows `account,userId`: LTI's ids; default: the accounts are these.",
    ),
    moodle: Annotated[Written, _to_file("For Moodle's import of grades: a unit a grade item; - to see it.")] = None,
    gradescope: Annotated[Written, _to_file("A unit, as Gradescope exports an assignment; - to see it.")] = None,
    unit: str = Option("", help="With --gradescope: the unit."),
    section: Section = None,
) -> int:
    """Scores that count, of students who are enrolled now. Text that a spreadsheet would run gets a ' before it."""
    from codegym_jlab.classes.gradebook import csv_text, gradebook
    from codegym_jlab.classes.reports import course_of

    targets = [one for one in (csv_file, lti, moodle, gradescope) if one is not None]
    if len(targets) != 1:
        wrong_use("name one of --csv FILE, --moodle FILE, --gradescope FILE and --lti FILE; - for standard output")
    if bool(unit) != (gradescope is not None):
        wrong_use("--gradescope and --unit go together")
    if csv_file is None and (long or bom):
        wrong_use("--long and --bom go with --csv")
    if lti is None and lti_users is not None:
        wrong_use("--lti-users goes with --lti")
    users = None if lti_users is None else _users(lti_users)
    book = await gradebook(m.store, await course_of(m.store, m.places, offering), offering, section)
    try:
        one_unit = book.course.unit(unit) if unit else None
    except KeyError:
        wrong_use(f"the course has no unit `{unit}`")
    if lti is not None:
        text = json.dumps({"lineitems": book.lti(datetime.now(UTC), users)}, indent=1, ensure_ascii=False) + "\n"
    elif moodle is not None:
        text = csv_text(book.moodle())
    elif one_unit is not None:
        text = csv_text(book.gradescope(one_unit))
    else:
        text = ("\ufeff" if bom else "") + csv_text(book.long() if long else book.wide())
    targets[0].write(text)
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
