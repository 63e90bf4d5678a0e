"""`codegym`: the same managers as the server, from the command line. Heavy imports happen within the commands.

Exit 0: done, every line answered, whatever the verdicts. 1: something could not be answered, or a course falls short.
2: wrong use.
"""

from typer import Typer

from . import author, command, course, flows, lab, models, records, services, tutor

# each module of `classes` adds its commands to `codegym class`
from .classes import import_notebooks, marks, members, policy, publish, regrade, reports, teams  # noqa: F401

app = Typer(
    name="codegym",
    help="Learn programming inside JupyterLab: courses in YAML, checked in milliseconds in sandboxes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The command `codegym`."""
    app()


_import = import_notebooks.import_
for do in (
    lab.lab,
    lab.preview,
    course.notebook,
    course.check,
    course.suggest,
    course.grade,
    course.convert,
    lab.demo,
    lab.doctor,
    services.sandbox_host,
    regrade.regrade,
    _import,
    flows.worker,
    records.parked,
    tutor.ask,
    tutor.guard,
    tutor.explain,
    services.mcp,
    records.backup,
    records.restore,
    publish.publish,
    records.retention,
):
    app.command("import" if do is _import else None)(do)
for group in (
    course.new,
    author.author,
    services.hub,
    records.receipt,
    models.models,
    flows.flows,
    records.events,
    command.classes,
    reports.export,
    records.person,
):
    app.add_typer(group)
