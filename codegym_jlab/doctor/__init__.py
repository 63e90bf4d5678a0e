"""`codegym doctor`: what works on this machine, how its servers are, and what to do about the rest."""

from pathlib import Path

from ..settings import CodeGym
from . import machine, records, servers
from .report import Fact as Fact
from .report import Report as Report
from .report import grouped


async def examine() -> Report:
    """Look at everything once; nothing is changed."""
    settings = CodeGym().settings(Path.cwd())
    level, sandboxes = await machine.sandboxes(settings)
    facts = [
        *grouped("Machine", machine.python(), *machine.packages(), machine.frontend(), machine.disk(settings)),
        *grouped("Sandboxes", *sandboxes, await machine.notebooks(settings)),
        *grouped("Courses", *machine.courses(settings)),
        *grouped(
            "Records",
            servers.roles(),
            servers.service(),
            await records.place(settings),
            *await records.contents(settings),
        ),
        *grouped("Events", *await servers.sinks_of(settings)),
        *grouped("Models", *await servers.models(settings)),
        *grouped("Seeing it", servers.logs(settings), servers.traces(settings), *await servers.servers(settings)),
    ]
    return Report(tuple(facts), level)
