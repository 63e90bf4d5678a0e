"""`codegym tutor exam`: the tutor's own examination, with a model or with none."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Unsafe, grading, sandboxed
from .terminal import AsJson, line, out, wrong_use

if TYPE_CHECKING:
    from ..tutor.exam.running import Report

tutor = typer.Typer(name="tutor", help="The tutor: its own examination.", no_args_is_help=True)


@tutor.callback()
def _tutor() -> None:
    """The tutor: its own examination."""


@tutor.command()
def exam(
    llm: Annotated[str, typer.Option(metavar="NAME", help="A model, as in the settings; default: none.")] = "",
    sets: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Further benign questions: *.yaml as benign.yaml.")
    ] = None,
    most: Annotated[int | None, typer.Option(help="Ask at most so many of each kind.", min=1)] = None,
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Examine the tutor: leaks under pressure, benign questions, triage, time of a reply."""
    if sets is not None and not sets.is_dir():
        wrong_use(f"there is no folder {sets}")
    report = asyncio.run(_exam(llm, _own(sets), most, allow_unsafe_sandbox))
    told = {"llm": llm or None, **asdict(report)}
    if as_json:
        line(told)
    else:
        for name, value in told.items():
            out.print(f"{name:18} {value}")


def _own(sets: Path | None) -> list[dict[str, Any]]:
    """An instructor's cases."""
    import yaml

    found: list[dict[str, Any]] = []
    for path in sorted(sets.glob("*.yaml")) if sets is not None else ():
        read = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(read, list) or not all({"id", "turns", "must_mention"} <= set(item) for item in read):
            wrong_use(f"{path} must be a list, each with `id`, `turns` and `must_mention`")
        found += read
    return found


async def _exam(llm: str, sets: list[dict[str, Any]], most: int | None, unsafe: bool) -> Report:
    from ..course.loader import load_course
    from ..llm.choice import chain_or_less
    from ..tutor.conversation import Room
    from ..tutor.exam.running import COURSE, examine
    from ..tutor.explaining import SandboxExplains
    from ..tutor.guard import Guard

    loaded = load_course(COURSE)
    chain = chain_or_less((llm,)) if llm else None
    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        room = Room(loaded, Guard(loaded, sandbox, grader), chain, SandboxExplains(sandbox))
        return await examine(room, grader, sets, most)
