"""`codegym doctor`: what works on this machine, how its servers are, and what to do about the rest."""

from dataclasses import replace
from pathlib import Path

from ..settings import CodeGym
from . import machine, records, servers
from .report import Report


async def examine() -> Report:
    """Look at everything once; nothing is changed."""
    settings = CodeGym().settings(Path.cwd())
    level, sandboxes = await machine.sandboxes(settings)
    about_records = [await records.place(settings), *await records.contents(settings)]
    found = {
        "Machine": [machine.python(), *machine.packages(), machine.frontend(), machine.disk(settings)],
        "Sandboxes": [*sandboxes, await machine.notebooks(settings)],
        "Courses": machine.courses(settings),
        "Records": [servers.roles(), servers.service(), *about_records],
        "Events": await servers.sinks_of(settings),
        "Models": await servers.models(settings),
        "Servers": await servers.servers(),
    }
    return Report(tuple(replace(fact, group=group) for group, own in found.items() for fact in own), level)
