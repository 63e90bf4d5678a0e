"""`codegym ask`: what the tutor answers to a file of conversations. No records, no attempts, no dates, no rate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .batches import BadLine, body_of, failed, lines_in, numbered, told
from .opening import CourseDir, Unsafe, grading, sandboxed, usable
from .terminal import AsJson

if TYPE_CHECKING:
    from ..course.loader import LoadedCourse
    from ..tutor.conversation import Room
    from ..tutor.unrecorded import Line

_WRITE = 'write {"id": …, "exercise": …, "turns": ["…"]}'
_TEXTS = ("exercise", "source", "last_error", "last_verdict", "output")


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
    with lines_in(batch) as texts:
        raise typer.Exit(asyncio.run(_ask(texts, usable(course_dir), as_json, allow_unsafe_sandbox)))


async def _ask(texts: Iterable[str], loaded: LoadedCourse, as_json: bool, unsafe: bool) -> int:
    from ..tutor.conversation import Room
    from ..tutor.explaining import SandboxExplains
    from ..tutor.guard import Guard

    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        room = Room(loaded, Guard(loaded, sandbox, grader), explains=SandboxExplains(sandbox))
        answers = (await _answer(room, text, number) for number, text in numbered(texts))
        return await told(answers, as_json, _words)


def _words(answer: Mapping[str, Any]) -> str:
    return f"{answer['id']} ({answer['agent']})\n" + "\n---\n".join(answer["replies"]) + "\n"


async def _answer(room: Room, text: str, number: int) -> dict[str, Any]:
    from ..tutor.unrecorded import answer_line

    id: Any = None
    try:
        body = body_of(text, _WRITE)
        id = body.get("id")
        return (await answer_line(room, read_line(body))).as_json(id)
    except BadLine as error:
        return failed(id, number, error)
    except KeyError as error:
        return failed(id, number, f"the course `{room.loaded.id}` has no exercise `{error.args[0]}`")


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
