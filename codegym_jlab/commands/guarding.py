"""`codegym guard`: does a reply give an exercise's answer or hidden tests away?"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import CourseDir, Unsafe, grading, sandboxed, usable
from .terminal import AsJson, err, line, out, wrong_use

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
    if str(batch) != "-" and not batch.is_file():
        wrong_use(f"there is no file {batch}")
    loaded = usable(course_dir)
    if str(batch) == "-":
        raise typer.Exit(asyncio.run(_guard(sys.stdin, loaded, as_json, allow_unsafe_sandbox)))
    with batch.open(encoding="utf-8", errors="replace") as texts:
        raise typer.Exit(asyncio.run(_guard(texts, loaded, as_json, allow_unsafe_sandbox)))


async def _guard(texts: Iterable[str], loaded: LoadedCourse, as_json: bool, unsafe: bool) -> int:
    from ..tutor.guard import Guard

    unanswered = 0
    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        own = Guard(loaded, sandbox, grader)
        for number, text in enumerate(texts, 1):
            if not text.strip():
                continue
            answer = await _answer(own, loaded, text, number)
            unanswered += "error" in answer
            if as_json:
                line(answer)
            elif "error" in answer:
                err.print(f"{answer['id']}: {answer['error']}")
            else:
                out.print(f"{answer['id']}  {answer['leaks']}  {answer['why']}")
    return 1 if unanswered else 0


async def _answer(own: Guard, loaded: LoadedCourse, text: str, number: int) -> dict[str, Any]:
    from ..grading.replay import SandboxLost
    from ..sandbox.base import ProcessEnded, SandboxUnavailable

    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {"id": None, "error": f"line {number}: this is not JSON; {_WRITE}"}
    if not isinstance(body, dict):
        return {"id": None, "error": f"line {number}: {_WRITE}"}
    id, exercise, source, reply = (body.get(name) for name in ("id", "exercise", "source", "reply"))
    source = "" if source is None else source
    if not all(isinstance(value, str) for value in (exercise, source, reply)):
        return {"id": id, "error": f"line {number}: `exercise` and `reply` must be there, and text; {_WRITE}"}
    try:
        finding = await own.judge(str(exercise), source, str(reply))
    except KeyError:
        return {"id": id, "error": f"line {number}: the course `{loaded.id}` has no exercise `{exercise}`"}
    except (SandboxUnavailable, SandboxLost, ProcessEnded) as error:
        return {"id": id, "error": f"line {number}: it could not be run: {error}"}
    return {"id": id, "leaks": finding.leaks, "why": finding.why}
