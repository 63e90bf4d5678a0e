"""`codegym mcp`: other assistants on this computer, over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Records, managed, records_at
from .terminal import fail

if TYPE_CHECKING:
    from ..grading.manager import GradingManager
    from ..store.base import Enrolment

LOCAL = "local"  #: the one account of a computer of one's own


class _Desk:
    """The owner of this computer."""

    def __init__(self, manager: GradingManager, courses: Sequence[dict[str, Any]]) -> None:
        self._manager, self._courses = manager, courses

    async def courses(self) -> Sequence[dict[str, Any]]:
        return self._courses

    async def admit(self, course: str) -> Enrolment:
        return await self._manager.enrol(LOCAL, course)


def mcp(
    courses: Annotated[
        Path | None, typer.Option(help="Folder of courses; default: the settings'.", show_default=False)
    ] = None,
    records: Records = "",
) -> None:
    """Let another assistant read your exercises, answers, judgements and hints: MCP on standard input and output.

    Nothing hidden is among it, and nothing of a unit where the tutor is off. Name this command in the assistant's
    settings. Over HTTP, a running server has the same at /codegym/mcp, with its token.
    """
    asyncio.run(_serve(courses, records_at(records)))


async def _serve(courses: Path | None, place: Path | str) -> None:
    from importlib.metadata import version

    from ..grading.manager import utc_now
    from ..grading.shown import student_view
    from ..handlers.assistants import NoProtocol, server_of
    from ..tutor.manager import TutorManager
    from ..tutor.tools import Tools

    async with managed(place, courses) as (store, manager, catalogue):
        listed = [{"id": id, "title": loaded.title} for id, loaded in catalogue.courses.items() if not loaded.broken]
        tools = Tools(
            manager, TutorManager(store, manager), _Desk(manager, listed), user=LOCAL, view=student_view, clock=utc_now
        )
        try:
            server = server_of(tools, version("codegym-jlab"))
        except NoProtocol as error:
            fail(str(error))
        from mcp.server.stdio import stdio_server

        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
