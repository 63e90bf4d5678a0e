"""`codegym doctor`: what works on this machine, how its servers are, and what to do about the rest."""

from __future__ import annotations

from pathlib import Path

from ..settings import CodeGym
from . import keeping, machine, modelling, telling
from .facts import Fact as Fact
from .facts import Report as Report
from .facts import grouped
from .keeping import records as records


async def examine() -> Report:
    """Look at everything once; nothing is changed."""
    settings = CodeGym().settings(Path.cwd())
    level, sandboxes = await machine.sandboxes(settings)
    facts = [
        *grouped("Machine", machine.python(), *machine.packages(), machine.frontend()),
        *grouped("Machine", machine.disk(settings), machine.clock()),
        *grouped("Sandboxes", *sandboxes, await machine.notebooks(settings)),
        *grouped("Courses", *machine.courses(settings)),
        *grouped("Records", await records(settings), *await keeping.contents(settings)),
        *grouped("Events", *await telling.sinks_of(settings)),
        *grouped("Models", *await modelling.models(settings)),
        *grouped("Seeing it", telling.logs(settings), telling.traces(settings), *await telling.servers(settings)),
    ]
    return Report(tuple(facts), level)
