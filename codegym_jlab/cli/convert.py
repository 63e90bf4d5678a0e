"""`codegym convert`: notebooks of another grader become a course."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .command import Unsafe, asynchronous, grading, sandboxed
from .output import AsJson, err, line, out, wrong_use

if TYPE_CHECKING:
    from ..authoring.convert.course import Reader

convert = typer.Typer(name="convert", help="Courses of other graders become ours.", no_args_is_help=True)

Source = Annotated[
    Path, typer.Argument(metavar="SOURCE", help="A notebook, an assignment's folder, or a course's with `source`.")
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="COURSE", help="The new course's folder.")]
Title = Annotated[str, typer.Option(help="The course's title; by default the name of SOURCE.")]


@convert.command()
@asynchronous
async def nbgrader(
    source: Source, output: Output, title: Title = "", as_json: AsJson = False, allow_unsafe_sandbox: Unsafe = False
) -> int:
    """Source notebooks of nbgrader. What cannot be moved is told with its cell, the reason, and what to do."""
    from ..authoring.convert.nbgrader import read

    return await _convert(source, output, title, read, as_json, allow_unsafe_sandbox)


@convert.command()
@asynchronous
async def otter(
    source: Source, output: Output, title: Title = "", as_json: AsJson = False, allow_unsafe_sandbox: Unsafe = False
) -> int:
    """Source notebooks of Otter Assign, in each of its formats. What cannot be moved is told, as for nbgrader."""
    from ..authoring.convert.otter import read

    return await _convert(source, output, title, read, as_json, allow_unsafe_sandbox)


async def _convert(source: Path, output: Path, title: str, read: Reader, as_json: bool, unsafe: bool) -> int:
    from ..authoring.convert.course import Conversion, words
    from ..authoring.convert.parts import Unfit

    try:
        conversion = Conversion(source, output, read, title)
    except Unfit as error:
        wrong_use(f"{error.why}; {error.mend}" if error.mend else error.why)
    await asyncio.to_thread(conversion.write)
    written = tests = moved = 0
    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        async for told in conversion.prove(grader):
            written, tests, moved = written + bool(told.unit), tests + told.tests, moved + told.moved
            if as_json:
                line(told.as_json())
            else:
                out.print("\n".join(words(told)))
    if written and not as_json:
        err.print(f"{moved} of {tests} tests moved. Next: codegym check {output}; codegym preview {output}")
    return 0 if written else 1
