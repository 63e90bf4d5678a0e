"""`codegym`: the same managers as the server, from the command line. Heavy imports happen within the commands.

Exit 0: done, every line answered, whatever the verdicts. 1: something could not be answered, or a course falls short.
2: wrong use.
"""

from __future__ import annotations

import typer

from . import (
    author,
    command,
    course,
    events,
    flows,
    hub,
    import_notebooks,
    lab,
    models,
    records,
    regrade,
    services,
    tutor,
)

# each module of `classes` adds its commands to `codegym class`
from .classes import export, marks, members, policy, publish, reports, teams  # noqa: F401

app = typer.Typer(
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


app.command()(lab.lab)
app.command()(lab.preview)
app.add_typer(course.new)
app.command()(course.notebook)
app.command()(course.check)
app.command()(course.suggest)
app.command()(course.grade)
app.command()(course.convert)
app.add_typer(author.author)
app.command()(lab.demo)
app.command()(lab.doctor)
app.add_typer(hub.hub)
app.command("sandbox-host")(services.sandbox_host)
app.add_typer(records.receipt)
app.add_typer(models.models)
app.command()(regrade.regrade)
app.command("import")(import_notebooks.import_)
app.add_typer(flows.flows)
app.command()(flows.worker)
app.command()(records.parked)
app.command()(tutor.ask)
app.command()(tutor.guard)
app.command()(tutor.explain)
app.command()(services.mcp)
app.add_typer(events.events)
app.command()(records.backup)
app.command()(records.restore)
app.command()(publish.publish)
app.add_typer(command.classes)
app.add_typer(export.export)
app.add_typer(records.person)
app.command()(records.retention)
