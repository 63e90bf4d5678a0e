"""`codegym guard`: does a reply give an exercise's answer or hidden tests away?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .batches import BadLine, body_of, failed, lines_in, numbered, told
from .opening import CourseDir, Unsafe, grading, sandboxed, usable
from .terminal import AsJson

if TYPE_CHECKING:
    from ..course.loader import LoadedCourse
    from ..tutor.guard import Guard

_WRITE = 'write {"id": …, "exercise": …, "source": …, "reply": …}'


def guard(
    course_dir: CourseDir,
    batch: Annotated[
        Path, typer.Option(metavar="FILE.jsonl", help="A reply a line; - for standard input.", show_default=False)
    ],
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Do a tutor's replies leak: none, partial, solution or hidden_test, and why. For instructors."""
    with lines_in(batch) as texts:
        raise typer.Exit(asyncio.run(_guard(texts, usable(course_dir), as_json, allow_unsafe_sandbox)))


async def _guard(texts: Iterable[str], loaded: LoadedCourse, as_json: bool, unsafe: bool) -> int:
    from ..tutor.guard import Guard

    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        own = Guard(loaded, sandbox, grader)
        answers = (await _answer(own, loaded, text, number) for number, text in numbered(texts))
        return await told(answers, as_json, lambda a: f"{a['id']}  {a['leaks']}  {a['why']}")


async def _answer(own: Guard, loaded: LoadedCourse, text: str, number: int) -> dict[str, Any]:
    from ..grading.replay import SandboxLost
    from ..sandbox.base import ProcessEnded, SandboxUnavailable

    try:
        body = body_of(text, _WRITE)
    except BadLine as error:
        return failed(None, number, error)
    id, exercise, source, reply = (body.get(name) for name in ("id", "exercise", "source", "reply"))
    source = "" if source is None else source
    if not all(isinstance(value, str) for value in (exercise, source, reply)):
        return failed(id, number, f"`exercise` and `reply` must be there, and text; {_WRITE}")
    try:
        finding = await own.judge(str(exercise), source, str(reply))
    except KeyError:
        return failed(id, number, f"the course `{loaded.id}` has no exercise `{exercise}`")
    except (SandboxUnavailable, SandboxLost, ProcessEnded) as error:
        return failed(id, number, f"it could not be run: {error}")
    return {"id": id, "leaks": finding.leaks, "why": finding.why}
