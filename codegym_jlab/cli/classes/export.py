"""`codegym export scores`: a class's scores for other systems: CSV, Moodle's, Gradescope's."""

from typing import Annotated, Any

from typer import FileTextWrite, Option

from ..command import Managers, OfferingId, Section, command, group
from ..output import wrong_use

export = group("export", "Export scores for other systems.")


Written = FileTextWrite | None


def _to_file(help: str, *names: str) -> Any:
    return Option(*names, metavar="FILE", encoding="utf-8", help=help)


@command(export, act="export")
async def scores(
    m: Managers,
    offering: OfferingId,
    csv_file: Annotated[Written, _to_file("A row a student; - to see it.", "--csv")] = None,
    long: bool = Option(False, "--long", help="With --csv: a row for each student and exercise."),
    moodle: Annotated[Written, _to_file("For Moodle's import of grades: a unit a grade item; - to see it.")] = None,
    gradescope: Annotated[Written, _to_file("A unit, as Gradescope exports an assignment; - to see it.")] = None,
    unit: str = Option("", help="With --gradescope: the unit."),
    section: Section = None,
) -> None:
    """Export the scores that count, of enrolled students. Text that a spreadsheet would run gets a ' before it."""
    from codegym_jlab.classes.gradebook import csv_text, gradebook

    named = {"long" if long else "wide": csv_file, "moodle": moodle, "gradescope": gradescope}
    targets = [(form, file) for form, file in named.items() if file is not None]
    if len(targets) != 1:
        wrong_use("name one of --csv FILE, --moodle FILE and --gradescope FILE; - for standard output")
    if bool(unit) != (gradescope is not None):
        wrong_use("--gradescope and --unit go together")
    book = await gradebook(m.store, await m.classes.course(offering), offering, section)
    ((form, file),) = targets
    file.write(csv_text(book.table(form, unit)))
