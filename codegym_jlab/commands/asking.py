"""`codegym ask`: what the tutor answers to a file of conversations. No records, no attempts, no dates, no rate."""

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
    from ..tutor.conversation import Room
    from ..tutor.unrecorded import Line

_WRITE = 'write {"id": …, "exercise": …, "turns": ["…"]}'
_TEXTS = ("exercise", "source", "last_error", "last_verdict", "output")


class BadLine(ValueError):
    """A line that is not what is asked for; the text says what to write."""


def ask(
    course_dir: CourseDir,
    batch: Annotated[
        Path,
        typer.Option(metavar="FILE.jsonl", help="A conversation a line; - for standard input.", show_default=False),
    ],
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Ask the tutor: each line is a conversation of its own and begins with a fresh ladder of hints."""
    if str(batch) != "-" and not batch.is_file():
        wrong_use(f"there is no file {batch}")
    loaded = usable(course_dir)
    if str(batch) == "-":
        raise typer.Exit(asyncio.run(_ask(sys.stdin, loaded, as_json, allow_unsafe_sandbox)))
    with batch.open(encoding="utf-8", errors="replace") as texts:
        code = asyncio.run(_ask(texts, loaded, as_json, allow_unsafe_sandbox))
    raise typer.Exit(code)


async def _ask(texts: Iterable[str], loaded: LoadedCourse, as_json: bool, unsafe: bool) -> int:
    from ..tutor.conversation import Room
    from ..tutor.explaining import SandboxExplains
    from ..tutor.guard import Guard

    unanswered = 0
    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        room = Room(loaded, Guard(loaded, sandbox, grader), explains=SandboxExplains(sandbox))
        for number, text in enumerate(texts, 1):
            if not text.strip():
                continue
            answer = await _answer(room, text, number)
            unanswered += "error" in answer
            if as_json:
                line(answer)
            elif "error" in answer:
                err.print(f"{answer['id']}: {answer['error']}")
            else:
                out.print(f"{answer['id']} ({answer['agent']})\n" + "\n---\n".join(answer["replies"]) + "\n")
    return 1 if unanswered else 0


async def _answer(room: Room, text: str, number: int) -> dict[str, Any]:
    from ..tutor.unrecorded import answer_line

    id: Any = None
    try:
        body = _body(text)
        id = body.get("id")
        return (await answer_line(room, read_line(body))).as_json(id)
    except BadLine as error:
        return {"id": id, "error": f"line {number}: {error}"}
    except KeyError as error:
        return {"id": id, "error": f"line {number}: the course `{room.loaded.id}` has no exercise `{error.args[0]}`"}


def _body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLine(f"this is not JSON; {_WRITE}") from None
    if not isinstance(body, dict):
        raise BadLine(_WRITE)
    return body


def read_line(body: dict[str, Any]) -> Line:
    """A conversation from its JSON object; any key but `turns` may be null or left out. Raises BadLine."""
    from ..tutor.unrecorded import Line

    turns = body.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        raise BadLine(f"`turns` must be a list of at least one text; {_WRITE}")
    for name in _TEXTS:
        if not isinstance(body.get(name), str | None):
            raise BadLine(f"`{name}` must be text or null")
    return Line(
        body.get("id"),
        tuple(turns),
        body.get("exercise"),
        body.get("source") or "",
        bool(body.get("has_code")),
        body.get("last_error") or None,
        body.get("last_verdict") or None,
        body.get("output") or None,
    )
